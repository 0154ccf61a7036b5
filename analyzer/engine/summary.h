/* What a call of a function does, as disjuncts: under these conditions on what the caller can name,
 * these stores, acquisitions, releases, hand-overs and this result.
 *
 * A disjunct's symbols are written in its own small table, in an order in which each is built from
 * earlier ones, so that applying is one pass of translation: the callee's INIT(addr) becomes what the
 * caller's memory holds at the translated address (Pulse's pre/post pairs, with names instead of a
 * graph match). Borrowed from the engine until engine_free. */
#ifndef LL_ENGINE_SUMMARY_H
#define LL_ENGINE_SUMMARY_H

#include "engine/bond.h"
#include "engine/state.h"

typedef struct sum_sym {
    uint8_t kind, op;
    uint32_t a, b; /* earlier entries + 1, 0 none; ADDR of a parameter: number in a */
    int64_t k;
    const char *p, *q;
    const ir_type *type;
    bool used; /* dereferenced before any release in the callee */
} sum_sym;

typedef struct sum_cell {
    uint32_t addr, val;
    bool maybe;
} sum_cell; /* maybe: several outcomes in one, not all of them store */
typedef struct sum_dflt {
    uint32_t base, from;
    bool zero;
} sum_dflt; /* from: a copy of that record */
typedef struct sum_range {
    uint32_t s;
    bool nonzero, has_ne;
    int64_t lo, hi, ne;
} sum_range;

typedef struct sum_track {
    uint32_t s, guard_s;
    track_state state;
    const rule *rule;
    const acquisition *acq;
    guard when; /* s is guard_s */
    const char *released_by;
    const ir_inst *ended; /* the release, in the function itself; NULL: not released */
    int32_t count;        /* TR_STATE: the state it is left in */
    bool moved;           /* see track */
} sum_track;

typedef struct sum_escape {
    uint32_t s;
    const char *callee;
    uint32_t arg;
    bool lent; /* see escape */
} sum_escape;

typedef struct sum_bond {
    bond_kind kind;
    uint32_t s, owner, guard_s;
    const rule *rule;
    const acquisition *made;
    guard when; /* s is guard_s */
} sum_bond;

typedef struct disjunct {
    sum_sym *syms;
    uint32_t nsyms;
    sum_cell *cells;
    uint32_t ncells;
    sum_dflt *dflts;
    uint32_t ndflts;
    sum_range *ranges;
    uint32_t nranges;
    sum_track *tracks;
    uint32_t ntracks;
    sum_escape *escapes;
    uint32_t nescapes;
    sum_bond *bonds;
    uint32_t nbonds;
    uint32_t ret;           /* 0: none */
    bool wild, loose;       /* see state */
    uint64_t copied, found; /* see state */
} disjunct;

/* The parameter whose value at entry s is; UINT32_MAX: none. */
static inline uint32_t sum_param(const disjunct *d, uint32_t s) {
    const sum_sym *x = s ? &d->syms[s - 1] : NULL;
    if (!x || x->kind != SY_INIT) return UINT32_MAX;
    const sum_sym *of = &d->syms[x->a - 1];
    return of->kind == SY_ADDR && !of->p ? of->a : UINT32_MAX;
}

typedef struct sum_entry {
    const sum_sym *s; /* of one of the outcomes that have it */
    uint32_t a, b;    /* earlier entries + 1, 0 none */
} sum_entry;

typedef struct sum_outcome {
    uint32_t *of;          /* its symbol -> shared entry + 1 */
    uint32_t *read, nread; /* symbols + 1: addresses whose entry value it depends on and which it does not write */
    uint32_t *used, nused; /* symbols + 1 that it dereferences and does not release */
    uint32_t *ends, nends; /* symbols + 1 of the caller's that it releases or keeps */
} sum_outcome;

typedef struct sum_shared {
    sum_entry *entries; /* the symbols of all outcomes, each once */
    uint32_t n;
    sum_outcome *outcome; /* per disjunct */
    uint64_t ends;        /* bit set of parameters that some outcome releases or keeps */
} sum_shared;

typedef struct summary {
    const char *name; /* of the function, for messages */
    disjunct *d;
    uint32_t n;
    bool incomplete; /* some path was cut: other outcomes exist */
    uint64_t nulls;  /* bit set of parameters that are null in an outcome that is not told */
    uint64_t asks;   /* bit set of parameters on whose values more depends than the outcomes tell */
    uint64_t keeps;  /* bit set of parameters whose value some outcome stores or hands on; or, not told, releases */
    uint64_t inside; /* bit set of parameters with records of which an outcome, not told, releases or keeps contents */
    uint64_t lends;  /* bit set of parameters that no path stores, hands on, releases or returns, */
    uint64_t lends_all; /* and of those, the ones of which it does so with nothing that they lead to either */
    bool lossy;         /* outcomes are missing for want of room: what is not told may keep any argument */
    bool walks;         /* it, or a callee, reads elements of unknown index */
    bool hands_out;     /* some outcome takes its result out of what a global leads to */
    bool never_returns;
    const char **reads; /* names of fields and globals in what the outcomes depend on or give */
    uint32_t nreads;
    bool has_effects;         /* any disjunct tracks, stores or escapes */
    const sum_shared *shared; /* NULL: not applied so far */
} summary;

struct fctx;
/* From the exit states of an interpreted function; allocated in `a` (program lifetime). */
summary *summary_build(struct fctx *c, ll_arena *a);
/* summary_share.c: the table of s, made at the first call; it lives in `a`. */
const sum_shared *summary_share(summary *s, ll_arena *a, ll_arena *scratch);

#endif
