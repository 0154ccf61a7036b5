/* What all units of a program were read from, in one entry of the cache: paths once, units as lists of their numbers.
 * One read, and one look at each path, tell of every unit whether its facts are those of today.
 *
 * It says yes or nothing: what it does not vouch for is asked of the unit's own row (inputs.h). */
#ifndef LL_PIPELINE_MANIFEST_H
#define LL_PIPELINE_MANIFEST_H

#include "pipeline/inputs.h"

typedef struct manifest manifest;

/* The bytes are borrowed. NULL: they are damaged. */
manifest *manifest_read(ll_arena *a, const void *bytes, size_t n);
/* The facts of the request, when all that it was read from is the same now; none: unknown. */
ll_hash manifest_find(manifest *m, seen *s, ll_hash request);
/* Every path that requests found so far were read from, each once. */
void manifest_each_path(const manifest *m, void (*visit)(void *ctx, const char *path, ll_hash hash), void *ctx);

typedef struct manifest_writer manifest_writer;
manifest_writer *manifest_writer_new(void);
void manifest_writer_free(manifest_writer *w);
void manifest_add(manifest_writer *w, ll_hash request, ll_hash facts, const inputs *in);
void manifest_add_found(manifest_writer *w, const manifest *m); /* all that was found in it */
uint32_t manifest_count(const manifest_writer *w);
void manifest_write(manifest_writer *w, ll_strbuf *out);

#endif
