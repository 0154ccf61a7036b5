/* One disjunct: what is known on one set of paths to one program point.
 *
 *   cells       address -> value, for everything written since entry
 *   defaults    regions whose unwritten cells are all zero, or all unknown since an event
 *   ranges      what branches said of values: bounds, not zero, not k
 *   tracks      resources and their automaton state
 *   bonds       borrowed values and kept addresses
 *   path        the steps that led here, newest first, shared between states
 *
 * States are flat arrays so that a fork is a memcpy; they are recycled through the pool. */
#ifndef LL_ENGINE_STATE_H
#define LL_ENGINE_STATE_H

#include "engine/path.h"
#include "engine/sym.h"
#include "rulepack/rule.h"

typedef enum track_state {
    TR_HELD,     /* acquired and ours to release */
    TR_RELEASED, /* released: use and second release are defects */
    TR_GONE,     /* given away or moved into another resource: no duty, no defect */
    TR_STATE,    /* order rules: the object is in automaton state `count` */
} track_state;

typedef struct guard { /* the track is real only where `s cmp k`; s 0: always */
    sym s;
    rule_cmp cmp;
    int64_t k;
} guard;

/* Handing a resource to a callee of unknown body; whether that takes it over is judged at the end. */
typedef struct escape {
    const struct escape *prev;
    const char *callee;
    uint32_t arg; /* 1-based */
    sym ret;      /* the call's result, 0 when none */
    sym what;     /* what was handed over: the resource, or something that leads to it */
    bool alike;   /* not by this outcome of the call, but by one that the caller cannot tell from it */
    bool lent;    /* only what it leads to may have been kept; it tells of the callee, and asks for nothing */
    bool aside;   /* what was handed over is one part of a record, and this lies in another */
} escape;

typedef struct track {
    sym s;
    track_state state;
    const acquisition *acq; /* NULL: the caller's (released or used here only) */
    const rule *rule;       /* NULL: evidence only, no rule names the acquiring function */
    guard when;
    sym inside;   /* GONE: it lives in this other resource and ends with it (fdopen) */
    sym was;      /* what the out-parameter held before; again so when the call failed. 0: not one */
    sym call_ret; /* result of the acquiring call, 0 when it is s itself or none */
    const escape *escapes, *used_after; /* used_after: one of them, behind which it was used again; NULL: none */
    const path_step *ended;             /* the release */
    const char *released_by;
    bool in_array; /* it was stored in an array element */
    bool deep;     /* released by a callee that was handed more than just the resource */
    bool callers;  /* the caller's block, watched only across the call that may lose it */
    bool moved;    /* GONE: released, perhaps, and the place that held it has another of its kind instead */
    int32_t count; /* counted rules: references owed */
} track;

typedef struct cell {
    sym addr, val;
} cell;
/* The unwritten cells of the region at base: zero (event 0, from 0), the entry values of the region at
 * `from` (a struct copy), or unknown since `event`. */
typedef struct dflt {
    sym base;
    uint32_t event;
    sym from;
} dflt;

typedef struct range {
    sym s;
    bool nonzero, has_ne;
    int64_t lo, hi, ne;
} range;

/* Losses seen on this path; they count when it returns, not when it ends the program. */
typedef struct loss {
    const struct loss *prev;
    const struct candidate *cand;
} loss;

#define STATE_LOOPS 24

typedef struct state {
    cell *cells;
    uint32_t ncells, capcells; /* sorted by addr */
    range *ranges;
    uint32_t nranges, capranges; /* sorted by s */
    track *tracks;
    uint32_t ntracks, captracks;
    dflt *dflts;
    uint32_t ndflts, capdflts; /* sorted by base */
    struct bond *bonds;        /* bond.h */
    uint32_t nbonds, capbonds;
    const path_step *path;
    const loss *losses;
    uint8_t turns[STATE_LOOPS];
    sym ret;
    sym given;         /* by the call that is the last instruction; 0: not known */
    uint64_t property; /* join.c: what the state is kept for, as it was when it last came to a block or out of a call */
    uint64_t copied; /* bit set of parameters: of the records there contents were copied to where they outlive the call,
                      * nothing tells which */
    uint64_t found;  /* bit set of parameters: pointers that were found in memory of others, too */
    uint32_t decided; /* branches taken so far */
    bool guarded;     /* a callee's guard clause says that a parameter is null, nothing else does */
    bool loose;       /* came by an outcome merged of several: what that outcome asks for is not all known */
    bool wild; /* something was stored through a pointer found in memory: it may have changed any cell we do not own */
    bool relinked; /* a callee took an element out of a list of others, or did not where that was in none */
    struct state *next_free;
} state;

struct bond;
typedef struct state_pool state_pool;
state_pool *state_pool_new(ll_arena *a);
state *state_new(state_pool *p);
state *state_copy(state_pool *p, const state *s);
void state_drop(state_pool *p, state *s);

/* Memory. Types may be NULL. The caller says of a parameter's own storage that it is one (of_param). */
sym state_find_cell(const state *st, sym addr); /* 0: not written */
/* The first cell that may lie in the region at base; none before it does, as parts are made after their whole. */
uint32_t state_first_cell(const state *st, sym base);
void state_set_cell(state_pool *p, state *st, sym addr, sym val);
/* Forgets cells at and below d.base; the whole region now has the default d. */
void state_default(state_pool *p, state *st, const symtab *t, dflt d);
/* The same, but written cells stay. */
void state_default_unwritten(state_pool *p, state *st, const symtab *t, dflt d);
/* The same, and defaults within the region stay too. */
void state_add_default(state_pool *p, state *st, dflt d);
/* The default that covers addr, or NULL. */
const dflt *state_find_default(const state *st, const symtab *t, sym addr);
static inline bool addr_lies_in(const symtab *t, sym addr, sym base) {
    if (t->region[addr] != t->region[base]) return false;
    while (addr > base && t->kind[addr] == SY_SUB) addr = t->rec[addr].a; /* parts are made after their whole */
    return addr == base;
}

track *state_track(state *st, sym s, const rule *r); /* exact rule; NULL: none */
track *state_any_track(state *st, sym s);            /* whatever rule, the newest */
track *state_add_track(state_pool *p, state *st, track tr);
void state_remove_track(state *st, uint32_t index);
void state_add_bond(state_pool *p, state *st, struct bond b);

range state_range(const state *st, const symtab *t, sym s); /* known bounds, structural facts included */
range *state_range_slot(state_pool *p, state *st, sym s);   /* to narrow; created on demand */
/* The same two for one symbol: *at is where its slot is or belongs, as long as no other is made. */
range state_range_found(const state *st, const symtab *t, sym s, uint32_t *at);
range *state_range_slot_at(state_pool *p, state *st, sym s, uint32_t at);
static inline range range_tidy(range r) { /* not zero, where its bounds say so, and bounds that are not zero then */
    if (r.lo > 0 || r.hi < 0) r.nonzero = true;
    if (r.nonzero && r.lo == 0) r.lo = 1;
    if (r.nonzero && r.hi == 0) r.hi = -1;
    return r;
}
range range_hull(range a, range b); /* all that either allows; of a's symbol */
/* Of what both know something; and which values differ, as long as they are there to be read. */
void state_hull_ranges(state_pool *p, state *into, const state *from, const symtab *t);

bool sym_contains(const symtab *t, sym whole, sym part); /* part occurs in whole as address base or operand */

#endif
