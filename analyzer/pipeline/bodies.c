#include "pipeline/bodies.h"

#include "base/bytes.h"
#include "ir/ir.h"
#include "pipeline/versions.h"

enum { FORMAT = 1, FEW = 16 }; /* bodies not in the entry: one in so many */

struct bodies {
    facts_cache *cache;
    ll_arena *arena;
    ll_intern *names;
    const char *root;
    const facts_unit *units;
    uint32_t n;
    const ir_unit **whole; /* per unit: its facts, once they were fetched */
    bool sought;           /* the entry */
    ir_unit entry;
    bool *used; /* per function of the entry */
    uint32_t nused;
    LL_ARRAY(ir_func *) fetched; /* from facts of units */
};

bodies *bodies_new(facts_cache *c, ll_arena *a, ll_intern *names, const char *root, const facts_unit *units,
                   uint32_t n) {
    bodies *b = LL_NEW(a, bodies);
    *b = (bodies){.cache = c, .arena = a, .names = names, .root = root, .units = units, .n = n};
    b->whole = LL_NEWN(a, const ir_unit *, n);
    return b;
}

static ll_hash key_of(const bodies *b) {
    ll_strbuf k = {0};
    ll_put_str(&k, "bodies");
    ll_put_uint(&k, FORMAT);
    ll_put_uint(&k, LL_FACTS_VERSION);
    ll_put_str(&k, b->root);
    ll_hash h = ll_hash_of(k.s, k.n);
    ll_sb_free(&k);
    return h;
}

static const ir_unit *decode(bodies *b, bool found, const void *bytes, size_t n) {
    ir_unit *u = LL_NEW(b->arena, ir_unit);
    return found && ir_decode(b->arena, b->names, bytes, n, u, NULL) ? u : NULL;
}

static void seek(bodies *b) {
    if (b->sought) return;
    b->sought = true;
    const void *bytes = NULL;
    size_t n = 0;
    ll_arena *scratch = ll_arena_new("bodies");
    bool found = facts_cache_get_result(b->cache, scratch, key_of(b), &bytes, &n);
    const ir_unit *u = decode(b, found, bytes, n);
    if (u) b->entry = *u;
    b->used = LL_NEWN(b->arena, bool, b->entry.funcs.n);
    ll_arena_free(scratch);
}

/* Whether `of` has the very facts of f, which may stand elsewhere. */
static bool is_body_of(const ir_func *of, const ir_func *f) {
    return of->usr == f->usr && of->nparams == f->nparams && ll_hash_equal(of->hash, f->hash);
}

static bool fill_in(ir_func *f, const ir_func *of) {
    f->vars = of->vars;
    f->nvars = of->nvars;
    f->blocks = of->blocks;
    f->nblocks = of->nblocks;
    f->bare = false;
    return true;
}

static bool take(bodies *b, ir_func *f) {
    for (uint32_t i = 0; i < b->entry.funcs.n; i++) {
        if (!is_body_of(b->entry.funcs.v[i], f)) continue;
        b->nused += !b->used[i];
        b->used[i] = true;
        return fill_in(f, b->entry.funcs.v[i]);
    }
    for (uint32_t i = 0; i < b->fetched.n; i++)
        if (is_body_of(b->fetched.v[i], f)) return fill_in(f, b->fetched.v[i]);
    return false;
}

/* The bare unit was made from these very facts: same functions, same order. */
static bool fetch(bodies *b, uint32_t unit, const ir_unit *bare, ir_func *f) {
    if (!b->whole[unit]) {
        const void *bytes = NULL;
        size_t n = 0;
        ll_arena *scratch = ll_arena_new("facts of bodies");
        bool found = facts_cache_fetch(b->cache, scratch, b->units[unit].facts, &bytes, &n);
        b->whole[unit] = decode(b, found, bytes, n);
        ll_arena_free(scratch);
    }
    const ir_unit *full = b->whole[unit];
    if (!full || full->funcs.n != bare->funcs.n) return false;
    uint32_t i = 0;
    while (i < bare->funcs.n && bare->funcs.v[i] != f) i++;
    if (i == bare->funcs.n || !is_body_of(full->funcs.v[i], f)) return false;
    LL_PUSH(b->arena, &b->fetched, f);
    return fill_in(f, full->funcs.v[i]);
}

static bool load(void *ctx, const ir_unit *u, ir_func *f) {
    bodies *b = ctx;
    seek(b);
    if (take(b, f)) return true;
    for (uint32_t i = 0; i < b->n; i++)
        if (b->units[i].unit == u) return fetch(b, i, u, f);
    return false;
}

engine_bodies bodies_for_engine(bodies *b) {
    return (engine_bodies){.ctx = b, .load = load};
}

void bodies_keep(const bodies *b) {
    if (b->fetched.n * FEW <= b->nused) return;
    ir_unit all = {.file = b->root};
    for (uint32_t i = 0; i < b->entry.funcs.n; i++)
        if (b->used[i]) LL_PUSH(b->arena, &all.funcs, b->entry.funcs.v[i]);
    for (uint32_t i = 0; i < b->fetched.n; i++) LL_PUSH(b->arena, &all.funcs, b->fetched.v[i]);
    ll_strbuf out = {0};
    ir_encode(&out, &all);
    facts_cache_put_common(b->cache, key_of(b), out.s, out.n);
    ll_sb_free(&out);
}
