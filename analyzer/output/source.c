#include "output/source.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/array.h"

enum { BYTES_A_LINE = 24 }; /* about; more lines cost a copy */

struct entry {
    const char *name;
    source_file file;
    UT_hash_handle hh;
};

struct source_cache {
    const output_source *source;
    ll_arena *arena;
    struct entry *entries;
};

source_cache *source_cache_new(const output_source *source) {
    source_cache *c = ll_xcalloc(1, sizeof *c);
    c->source = source;
    c->arena = ll_arena_new("report sources");
    return c;
}

void source_cache_free(source_cache *c) {
    if (!c) return;
    HASH_CLEAR(hh, c->entries);
    ll_arena_free(c->arena);
    free(c);
}

ll_arena *source_cache_arena(source_cache *c) {
    return c->arena;
}

static void cut_lines(ll_arena *a, source_file *f) {
    LL_ARRAY(size_t)
    start = {.v = LL_NEWN(a, size_t, f->n / BYTES_A_LINE + 2), .cap = (uint32_t)(f->n / BYTES_A_LINE + 2)};
    const char *end = f->text + f->n;
    LL_PUSH(a, &start, 0);
    for (const char *p = f->text; (p = memchr(p, '\n', (size_t)(end - p))) && start.n < INT32_MAX; p++)
        LL_PUSH(a, &start, (size_t)(p - f->text) + 1);
    if (start.n > INT32_MAX - 1) {
        f->text = NULL;
        return;
    }
    f->nlines = (int32_t)start.n;
    LL_PUSH(a, &start, f->n);
    f->line_start = start.v;
}

source_file *source_cache_get(source_cache *c, const char *file) {
    struct entry *e;
    if (!file) file = "";
    HASH_FIND_STR(c->entries, file, e);
    if (e) return &e->file;
    e = LL_NEW(c->arena, struct entry);
    e->name = ll_strdup(c->arena, file);
    HASH_ADD_KEYPTR(hh, c->entries, e->name, strlen(e->name), e);
    bool ok = c->source && c->source->text && c->source->text(c->source->ctx, file, &e->file.text, &e->file.n);
    if (ok && e->file.text) {
        cut_lines(c->arena, &e->file);
    } else {
        e->file = (source_file){0};
    }
    return &e->file;
}

bool source_line(const source_file *f, int32_t line, const char **s, size_t *n) {
    if (!f->text || line < 1 || line > f->nlines) return false;
    size_t from = f->line_start[line - 1], to = f->line_start[line];
    while (to > from && (f->text[to - 1] == '\n' || f->text[to - 1] == '\r')) to--;
    *s = f->text + from;
    *n = to - from;
    return true;
}
