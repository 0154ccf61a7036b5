/* The symbols of all outcomes of a summary in one table, each once, so that a call translates them once. Opaque values
 * stay apart: two outcomes that acquire something are two acquisitions, and their states must not merge. */
#include <string.h>

#include "engine/program.h"
#include "engine/summary.h"

typedef struct share {
    sum_shared *out;
    uint32_t *slot, nslot; /* power of two; entry + 1 */
} share;

static uint32_t hash_entry(const sum_sym *s, uint32_t nslot) {
    uint64_t h = (uint64_t)s->kind | (uint64_t)s->op << 8 | (uint64_t)s->a << 32;
    h = (h ^ s->b) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 29 ^ (uint64_t)s->k) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 31 ^ (uint64_t)(uintptr_t)s->p) * 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32) & (nslot - 1);
}

static bool same_entry(const sum_sym *x, const sum_sym *y) {
    return x->kind == y->kind && x->op == y->op && x->a == y->a && x->b == y->b && x->k == y->k && x->p == y->p;
}

/* Number of the entry + 1. */
static uint32_t put_entry(share *sh, sum_sym s) {
    uint32_t i = hash_entry(&s, sh->nslot);
    for (; sh->slot[i]; i = (i + 1) & (sh->nslot - 1))
        if (same_entry(&sh->out->syms[sh->slot[i] - 1], &s)) return sh->slot[i];
    sh->out->syms[sh->out->n] = s;
    return sh->slot[i] = ++sh->out->n;
}

static void share_outcome(share *sh, const disjunct *d, uint32_t outcome, uint32_t *of) {
    uint32_t opaque = 0;
    for (uint32_t i = 0; i < d->nsyms; i++) {
        sum_sym s = d->syms[i];
        s.used = false;
        if (s.kind == SY_CONJ) {
            s.k = (int64_t)outcome << 32 | opaque++;
        } else if (s.kind != SY_ADDR) {
            s.a = s.a ? of[s.a - 1] : 0;
            s.b = s.b ? of[s.b - 1] : 0;
        }
        of[i] = put_entry(sh, s);
    }
}

const sum_shared *summary_share(summary *s, ll_arena *a, ll_arena *scratch) {
    if (s->shared) return s->shared;
    uint32_t total = 0;
    for (uint32_t i = 0; i < s->n; i++) total += s->d[i].nsyms;
    sum_shared all = {.syms = LL_NEWN(scratch, sum_sym, total + 1), .of = LL_NEWN(a, uint32_t *, s->n)};
    share sh = {.out = &all, .nslot = 16};
    while (sh.nslot < total * 2) sh.nslot *= 2;
    sh.slot = LL_NEWN(scratch, uint32_t, sh.nslot);
    for (uint32_t i = 0; i < s->n; i++) {
        all.of[i] = LL_NEWN(a, uint32_t, s->d[i].nsyms);
        share_outcome(&sh, &s->d[i], i, all.of[i]);
    }
    all.syms = ll_memdup(a, all.syms, all.n * sizeof *all.syms);
    return s->shared = ll_memdup(a, &all, sizeof all);
}
