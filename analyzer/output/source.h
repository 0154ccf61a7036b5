/* The source lines behind a report: the caller's text, asked for once a file, cut into lines. */
#ifndef LL_OUTPUT_SOURCE_H
#define LL_OUTPUT_SOURCE_H

#include "output/output.h"

typedef struct source_cache source_cache;

typedef struct source_file {
    const char *text; /* NULL: not to be had */
    size_t n;
    size_t *line_start; /* nlines + 1 entries; the last is n */
    int32_t nlines;
    char **line_hash; /* SARIF's primaryLocationLineHash by line, made on first use */
} source_file;

source_cache *source_cache_new(const output_source *source);
void source_cache_free(source_cache *c);
/* Never NULL; borrowed until the cache is freed. */
source_file *source_cache_get(source_cache *c, const char *file);
/* Memory that lives as long as the cache. */
ll_arena *source_cache_arena(source_cache *c);

/* Line `line` (1-based) without its newline; false when there is none. */
bool source_line(const source_file *f, int32_t line, const char **s, size_t *n);

#endif
