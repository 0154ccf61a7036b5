#include "pipeline/outlines.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "ir/outline.h"
#include "pipeline/versions.h"

enum { FORMAT = 2, FEW = 16 }; /* units not in the entry: one in so many */

static ll_hash key_of(const char *root) {
    ll_strbuf b = {0};
    ll_put_str(&b, "outlines");
    ll_put_uint(&b, FORMAT);
    ll_put_uint(&b, LL_FACTS_VERSION);
    ll_put_str(&b, root);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

/* ---- taking ---- */

typedef struct place {
    ll_hash facts;
    facts_unit *unit;
} place;

typedef struct taker {
    place *v;
    uint32_t n;
} taker;

static int by_facts(const void *x, const void *y) {
    const place *a = x, *b = y;
    if (a->facts.hi != b->facts.hi) return a->facts.hi < b->facts.hi ? -1 : 1;
    return a->facts.lo < b->facts.lo ? -1 : a->facts.lo > b->facts.lo;
}

static uint32_t first_of(const taker *t, ll_hash key) {
    const place wanted = {.facts = key};
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (by_facts(&t->v[mid], &wanted) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool wants(void *ctx, ll_hash key) {
    const taker *t = ctx;
    uint32_t i = first_of(t, key);
    return i < t->n && ll_hash_equal(t->v[i].facts, key);
}

static void take(void *ctx, ll_hash key, const ir_unit *unit) {
    const taker *t = ctx;
    for (uint32_t i = first_of(t, key); i < t->n && ll_hash_equal(t->v[i].facts, key); i++) {
        t->v[i].unit->unit = unit;
        t->v[i].unit->cached = t->v[i].unit->bare = true;
    }
}

void outlines_take(facts_cache *c, ll_arena *a, ll_intern *names, const char *root, bool once, facts_unit *out,
                   uint32_t n) {
    const void *bytes;
    size_t len;
    ll_arena *scratch = ll_arena_new("outlines");
    taker t = {.v = LL_NEWN(scratch, place, n)};
    for (uint32_t i = 0; i < n; i++)
        if (!out[i].unit && !out[i].error.code && !ll_hash_is_none(out[i].facts))
            t.v[t.n++] = (place){out[i].facts, &out[i]};
    if (t.n) qsort(t.v, t.n, sizeof *t.v, by_facts);
    const ir_outlines_sink sink = {.ctx = &t, .wants = wants, .take = take, .once = once};
    bool found = t.n && facts_cache_get_result(c, scratch, key_of(root), &bytes, &len);
    if (found && !ir_outlines_decode(a, names, bytes, len, &sink, NULL))
        for (uint32_t i = 0; i < t.n; i++) {
            t.v[i].unit->unit = NULL;
            t.v[i].unit->cached = t.v[i].unit->bare = false;
        }
    ll_arena_free(scratch);
}

/* ---- keeping ---- */

static bool is_known(const facts_unit *u) {
    return u->unit && !ll_hash_is_none(u->facts);
}

/* Those that came bare are taken once more, with all that is theirs; what is gone meanwhile is left out. */
static void encode(facts_cache *c, ll_intern *names, const char *root, const facts_unit *units, uint32_t n) {
    ll_arena *a = ll_arena_new("outlines");
    facts_unit *bare = LL_NEWN(a, facts_unit, n);
    ir_outlined *all = LL_NEWN(a, ir_outlined, n);
    uint32_t known = 0;
    for (uint32_t i = 0; i < n; i++)
        if (is_known(&units[i]) && units[i].bare) bare[i].facts = units[i].facts;
    outlines_take(c, a, names, root, false, bare, n);
    for (uint32_t i = 0; i < n; i++) {
        const facts_unit *u = is_known(&units[i]) && units[i].bare ? &bare[i] : &units[i];
        if (is_known(u)) all[known++] = (ir_outlined){u->facts, u->unit};
    }
    ll_strbuf b = {0};
    ir_outlines_encode(&b, all, known);
    facts_cache_put_common(c, key_of(root), b.s, b.n);
    ll_sb_free(&b);
    ll_arena_free(a);
}

void outlines_keep(facts_cache *c, ll_intern *names, const char *root, const facts_unit *units, uint32_t n) {
    uint32_t missing = 0;
    for (uint32_t i = 0; i < n; i++) missing += is_known(&units[i]) && !units[i].bare;
    if (missing > n / FEW) encode(c, names, root, units, n);
}
