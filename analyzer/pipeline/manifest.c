/* Bytes: format, checksum, paths with their hashes, then units in the order of their requests' keys. */
#include "pipeline/manifest.h"

#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/array.h"

enum { FORMAT = 1 };

typedef enum look { NOT_YET, SAME, CHANGED } look;

typedef struct path_row {
    const char *path;
    ll_hash hash;
    look look;
    bool used; /* by a request that was found */
} path_row;

typedef struct unit_row {
    ll_hash request, facts;
    const void *list; /* of numbers of paths */
    size_t n;
    bool found;
} unit_row;

struct manifest {
    path_row *paths;
    unit_row *units;
    uint32_t npaths, nunits, nfound;
};

static int by_request(const void *x, const void *y) {
    const unit_row *a = x, *b = y;
    if (a->request.hi != b->request.hi) return a->request.hi < b->request.hi ? -1 : 1;
    return a->request.lo < b->request.lo ? -1 : a->request.lo > b->request.lo;
}

/* ---- reading ---- */

manifest *manifest_read(ll_arena *a, const void *bytes, size_t n) {
    ll_reader r = ll_reader_of(bytes, n);
    manifest *m = LL_NEW(a, manifest);
    if (!ll_open_sealed(&r, FORMAT)) return NULL;
    m->npaths = ll_get_count(&r, 2 + LL_HASH_BYTES);
    m->paths = LL_NEWN(a, path_row, m->npaths);
    for (uint32_t i = 0; i < m->npaths && !r.bad; i++) {
        size_t len;
        const char *path = ll_get_bytes(&r, &len);
        if (!len || path[len - 1] || path[0] != '/') ll_reader_fail(&r);
        m->paths[i] = (path_row){.path = path, .hash = ll_get_hash(&r)};
    }
    m->nunits = ll_get_count(&r, 2 * LL_HASH_BYTES + 1);
    m->units = LL_NEWN(a, unit_row, m->nunits);
    for (uint32_t i = 0; i < m->nunits && !r.bad; i++) {
        unit_row *u = &m->units[i];
        u->request = ll_get_hash(&r);
        u->facts = ll_get_hash(&r);
        u->list = ll_get_bytes(&r, &u->n);
    }
    return r.bad || r.p != r.end ? NULL : m;
}

static bool is_same(path_row *p, seen *s) {
    if (p->look == NOT_YET) p->look = ll_hash_equal(seen_hash(s, p->path), p->hash) ? SAME : CHANGED;
    return p->look == SAME;
}

ll_hash manifest_find(manifest *m, seen *s, ll_hash request) {
    const unit_row wanted = {.request = request};
    unit_row *u = m->nunits ? bsearch(&wanted, m->units, m->nunits, sizeof *m->units, by_request) : NULL;
    if (!u) return (ll_hash){0};
    bool same = true;
    ll_reader r = ll_reader_of(u->list, u->n);
    while (r.p < r.end && same) {
        uint32_t i = ll_get_below(&r, m->npaths);
        same = !r.bad && is_same(&m->paths[i], s);
    }
    if (!same || !u->n) return (ll_hash){0};
    r = ll_reader_of(u->list, u->n);
    while (r.p < r.end) m->paths[ll_get_below(&r, m->npaths)].used = true;
    m->nfound += !u->found;
    u->found = true;
    return u->facts;
}

void manifest_each_path(const manifest *m, void (*visit)(void *ctx, const char *path, ll_hash hash), void *ctx) {
    for (uint32_t i = 0; i < m->npaths; i++)
        if (m->paths[i].used) visit(ctx, m->paths[i].path, m->paths[i].hash);
}

/* ---- writing ---- */

typedef struct path_number {
    uint64_t number;
    ll_hash hash;
    UT_hash_handle hh;
    char path[];
} path_number;

struct manifest_writer {
    ll_arena *arena;
    path_number *paths;
    uint64_t npaths;
    ll_strbuf path_bytes;
    LL_ARRAY(unit_row) units;
};

manifest_writer *manifest_writer_new(void) {
    manifest_writer *w = ll_xcalloc(1, sizeof *w);
    w->arena = ll_arena_new("manifest");
    return w;
}

void manifest_writer_free(manifest_writer *w) {
    HASH_CLEAR(hh, w->paths);
    ll_sb_free(&w->path_bytes);
    ll_arena_free(w->arena);
    free(w);
}

/* False: the path had another hash elsewhere. */
static bool add_path(manifest_writer *w, const char *path, ll_hash hash, ll_strbuf *list) {
    size_t n = strlen(path);
    path_number *p = NULL;
    HASH_FIND(hh, w->paths, path, (unsigned)n, p);
    if (!p) {
        p = ll_alloc(w->arena, sizeof *p + n + 1);
        memcpy(p->path, path, n);
        p->hash = hash;
        p->number = w->npaths++;
        HASH_ADD_KEYPTR(hh, w->paths, p->path, (unsigned)n, p);
        ll_put_bytes(&w->path_bytes, path, n + 1);
        ll_put_hash(&w->path_bytes, hash);
    }
    ll_put_uint(list, p->number);
    return ll_hash_equal(p->hash, hash);
}

static void add_unit(manifest_writer *w, ll_hash request, ll_hash facts, ll_strbuf *list) {
    unit_row u = {.request = request, .facts = facts, .list = ll_memdup(w->arena, list->s, list->n), .n = list->n};
    LL_PUSH(w->arena, &w->units, u);
}

void manifest_add(manifest_writer *w, ll_hash request, ll_hash facts, const inputs *in) {
    ll_strbuf list = {0};
    bool ok = in->files.n > 0;
    for (uint32_t i = 0; i < in->files.n; i++) ok &= add_path(w, in->files.v[i].path, in->files.v[i].hash, &list);
    for (uint32_t i = 0; i < in->dirs.n; i++) ok &= add_path(w, in->dirs.v[i].path, in->dirs.v[i].hash, &list);
    if (ok) add_unit(w, request, facts, &list);
    ll_sb_free(&list);
}

void manifest_add_found(manifest_writer *w, const manifest *m) {
    for (uint32_t i = 0; i < m->nunits; i++) {
        const unit_row *u = &m->units[i];
        ll_strbuf list = {0};
        ll_reader r = ll_reader_of(u->list, u->n);
        bool ok = u->found;
        while (ok && r.p < r.end) {
            const path_row *p = &m->paths[ll_get_below(&r, m->npaths)];
            ok = add_path(w, p->path, p->hash, &list);
        }
        if (ok) add_unit(w, u->request, u->facts, &list);
        ll_sb_free(&list);
    }
}

uint32_t manifest_count(const manifest_writer *w) {
    return w->units.n;
}

void manifest_write(manifest_writer *w, ll_strbuf *out) {
    ll_strbuf body = {0};
    if (w->units.n) qsort(w->units.v, w->units.n, sizeof *w->units.v, by_request);
    ll_put_uint(&body, w->npaths);
    ll_sb_addn(&body, ll_sb_str(&w->path_bytes), w->path_bytes.n);
    ll_put_uint(&body, w->units.n);
    for (uint32_t i = 0; i < w->units.n; i++) {
        ll_put_hash(&body, w->units.v[i].request);
        ll_put_hash(&body, w->units.v[i].facts);
        ll_put_bytes(&body, w->units.v[i].list, w->units.v[i].n);
    }
    ll_put_sealed(out, FORMAT, &body);
    ll_sb_free(&body);
}
