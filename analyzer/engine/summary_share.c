/* The symbols of all outcomes of a summary in one table, each once, so that a call translates them once. Opaque values
 * stay apart: two outcomes that acquire something are two acquisitions, and their states must not merge. */
#include "engine/program.h"
#include "engine/summary.h"

typedef struct share {
    sum_shared *out;
    uint32_t *slot, nslot; /* power of two; entry + 1 */
} share;

static uint32_t hash_entry(const sum_entry *e, uint32_t nslot) {
    uint64_t h = (uint64_t)e->s->kind | (uint64_t)e->s->op << 8 | (uint64_t)e->a << 32;
    h = (h ^ e->b) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 29 ^ (uint64_t)e->s->k) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 31 ^ (uint64_t)(uintptr_t)e->s->p) * 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32) & (nslot - 1);
}

static bool same_entry(const sum_entry *x, const sum_entry *y) {
    return x->s->kind == y->s->kind && x->s->op == y->s->op && x->a == y->a && x->b == y->b && x->s->k == y->s->k &&
           x->s->p == y->s->p;
}

/* Number of the entry + 1. */
static uint32_t put_entry(share *sh, sum_entry e) {
    uint32_t i = hash_entry(&e, sh->nslot);
    for (; sh->slot[i]; i = (i + 1) & (sh->nslot - 1))
        if (same_entry(&sh->out->entries[sh->slot[i] - 1], &e)) return sh->slot[i];
    sh->out->entries[sh->out->n] = e;
    return sh->slot[i] = ++sh->out->n;
}

static void share_outcome(share *sh, const disjunct *d, uint32_t *of) {
    for (uint32_t i = 0; i < d->nsyms; i++) {
        const sum_sym *s = &d->syms[i];
        if (s->kind == SY_CONJ) {
            sh->out->entries[sh->out->n] = (sum_entry){s, 0, 0};
            of[i] = ++sh->out->n;
        } else if (s->kind == SY_ADDR) {
            of[i] = put_entry(sh, (sum_entry){s, s->a, 0});
        } else {
            of[i] = put_entry(sh, (sum_entry){s, s->a ? of[s->a - 1] : 0, s->b ? of[s->b - 1] : 0});
        }
    }
}

/* What the callee releases it may read first; handing it released memory is one defect, the double release. */
static bool is_released(const disjunct *d, uint32_t s) {
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].s == s && d->tracks[i].state == TR_RELEASED) return true;
    return false;
}

static bool is_written(const disjunct *d, uint32_t addr) {
    for (uint32_t i = 0; i < d->ncells; i++)
        if (d->cells[i].addr == addr) return true;
    return false;
}

static void list_reads(const disjunct *d, sum_outcome *o, ll_arena *a) {
    uint32_t nread = 0, nused = 0;
    for (uint32_t i = 0; i < d->nsyms; i++) {
        nread += d->syms[i].kind == SY_INIT;
        nused += d->syms[i].used;
    }
    if (d->ncells) o->read = LL_NEWN(a, uint32_t, nread);
    o->used = LL_NEWN(a, uint32_t, nused);
    for (uint32_t i = 0; i < d->nsyms; i++) {
        const sum_sym *x = &d->syms[i];
        if (d->ncells && x->kind == SY_INIT && !is_written(d, x->a)) o->read[o->nread++] = x->a;
        if (x->used && !is_released(d, i + 1)) o->used[o->nused++] = i + 1;
    }
}

/* Of an outcome's symbol; 0: not the caller's. */
static uint32_t input_of(const disjunct *d, uint32_t s) {
    while (s && d->syms[s - 1].kind == SY_SUB) s = d->syms[s - 1].a;
    return s && d->syms[s - 1].kind == SY_INIT ? s : 0;
}

static void list_ends(const disjunct *d, sum_outcome *o, ll_arena *a) {
    o->ends = LL_NEWN(a, uint32_t, d->ntracks + d->ncells + d->nescapes);
    for (uint32_t i = 0; i < d->ntracks; i++) {
        const sum_track *tr = &d->tracks[i];
        bool ended = tr->state == TR_RELEASED ? !tr->acq : tr->state == TR_GONE && !tr->moved;
        if (ended && input_of(d, tr->s)) o->ends[o->nends++] = input_of(d, tr->s);
    }
    for (uint32_t i = 0; i < d->ncells; i++)
        if (input_of(d, d->cells[i].val)) o->ends[o->nends++] = input_of(d, d->cells[i].val);
    for (uint32_t i = 0; i < d->nescapes; i++)
        if (!d->escapes[i].lent && input_of(d, d->escapes[i].s)) o->ends[o->nends++] = input_of(d, d->escapes[i].s);
}

/* Parameters among what the outcome releases or keeps. */
static uint64_t ended_params(const disjunct *d, const sum_outcome *o) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < o->nends; i++) {
        uint32_t param = sum_param(d, o->ends[i]);
        if (param < 64) bits |= (uint64_t)1 << param;
    }
    return bits;
}

const sum_shared *summary_share(summary *s, ll_arena *a, ll_arena *scratch) {
    if (s->shared) return s->shared;
    uint32_t total = 0;
    for (uint32_t i = 0; i < s->n; i++) total += s->d[i].nsyms;
    sum_shared all = {.entries = LL_NEWN(scratch, sum_entry, total + 1), .outcome = LL_NEWN(a, sum_outcome, s->n)};
    share sh = {.out = &all, .nslot = 16};
    while (sh.nslot < total * 2) sh.nslot *= 2;
    sh.slot = LL_NEWN(scratch, uint32_t, sh.nslot);
    for (uint32_t i = 0; i < s->n; i++) {
        all.outcome[i].of = LL_NEWN(a, uint32_t, s->d[i].nsyms);
        share_outcome(&sh, &s->d[i], all.outcome[i].of);
        list_reads(&s->d[i], &all.outcome[i], a);
        if (s->incomplete) list_ends(&s->d[i], &all.outcome[i], a);
        all.ends |= ended_params(&s->d[i], &all.outcome[i]);
    }
    all.entries = ll_memdup(a, all.entries, all.n * sizeof *all.entries);
    return s->shared = ll_memdup(a, &all, sizeof all);
}
