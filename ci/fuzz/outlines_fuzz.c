/* Outlines as bytes from outside, with a right checksum, or nothing behind it would ever be reached. The first byte
 * says which units are wanted. What is accepted must survive the way out and back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strbuf.h"
#include "ir/codec.h"
#include "ir/outline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct taken {
    ll_arena *arena;
    unsigned wanted; /* bit i: units whose key ends in i */
    LL_ARRAY(ir_outlined) units;
} taken;

static void must(bool ok) {
    if (!ok) abort();
}

static bool wants(void *ctx, ll_hash key) {
    return ((const taken *)ctx)->wanted >> (key.lo & 7) & 1;
}

static void take(void *ctx, ll_hash key, const ir_unit *unit) {
    taken *t = ctx;
    LL_PUSH(t->arena, &t->units, ((ir_outlined){key, unit}));
}

static bool decode(taken *t, ll_intern *names, const void *bytes, size_t n) {
    const ir_outlines_sink sink = {.ctx = t, .wants = wants, .take = take};
    return ir_outlines_decode(t->arena, names, bytes, n, &sink, NULL);
}

static bool decode_sealed(taken *t, ll_intern *names, const uint8_t *data, size_t size) {
    ll_strbuf b = {0};
    uint64_t h = XXH3_64bits(data, size);
    ll_sb_add(&b, "LLOL");
    ll_sb_addc(&b, IR_VERSION);
    ll_put_u64(&b, h);
    ll_sb_addn(&b, data, size);
    bool ok = decode(t, names, b.s, b.n);
    ll_sb_free(&b);
    return ok;
}

/* Whoever has the unit may rely on these. */
static void check_unit(const ir_unit *u) {
    must(u->file != NULL);
    for (uint32_t i = 0; i < u->funcs.n; i++) {
        const ir_func *f = u->funcs.v[i];
        must(f->bare && f->usr && f->name && f->file && f->outline);
        const ir_outline *o = f->outline;
        for (uint32_t k = 0; k < o->ncalls; k++) must(o->calls[k].ref < o->nrefs);
        for (uint32_t k = 0; k < o->nevents; k++) {
            const ir_field_event *e = &o->events[k];
            must(e->callee == IR_NO_CALLEE || e->callee < o->nrefs + o->npointers);
            must(e->what != IR_FIELD_VALUE || e->callee != IR_NO_CALLEE);
        }
    }
}

static void check_round_trip(const taken *t, ll_intern *names) {
    ll_strbuf first = {0}, second = {0};
    taken again = {.arena = t->arena, .wanted = 0xff};
    ir_outlines_encode(&first, t->units.v, t->units.n);
    must(decode(&again, names, first.s, first.n));
    must(again.units.n == t->units.n);
    ir_outlines_encode(&second, again.units.v, again.units.n);
    must(first.n == second.n && memcmp(first.s, second.s, first.n) == 0);
    ll_sb_free(&first);
    ll_sb_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    ll_intern *names = ll_intern_new();
    taken t = {.arena = ll_arena_new("fuzz"), .wanted = data[0]};
    bool ok = decode_sealed(&t, names, data + 1, size - 1);
    for (uint32_t i = 0; i < t.units.n; i++) check_unit(t.units.v[i].unit);
    if (ok) check_round_trip(&t, names);
    ll_intern_free(names);
    ll_arena_free(t.arena);
    return 0;
}
