/* What lives only as long as something else: borrowed values, and addresses that others keep.
 *
 *     t = sqlite3_column_text(s, 0);    DERIVED   t dies when s is stepped, reset or finalized
 *     event_add(&o->ev, NULL);          KEPT      &o->ev is the loop's until event_del(&o->ev)
 *     g_timeout_add(100, cb, o);        KEPT      o is the source's until g_source_remove(id): a handle
 *     sqlite3_step(p->stmt)             CHANGED   what callers derived from p->stmt is dead
 *     event_del(&p->ev)                 STOPPED   what callers armed there is armed no more
 *
 * A state has few of them or none. CHANGED and STOPPED are there for the summary: they keep no two states
 * apart; where paths meet a change must be on both (else it is not claimed), a stop on one (it may be the one taken).
 */
#ifndef LL_ENGINE_BOND_H
#define LL_ENGINE_BOND_H

#include "engine/path.h"
#include "engine/state.h"

typedef enum bond_kind {
    BOND_DERIVED,
    BOND_KEPT,
    BOND_CHANGED,
    BOND_STOPPED,
    BOND_CHILD,  /* s: result of a fork; where it is 0 this is the child, before its exec */
    BOND_BANNED, /* made: a call that the child must not make if it execs later */
} bond_kind;

typedef struct bond {
    bond_kind kind;
    sym s; /* DERIVED: the value; KEPT: the address; CHANGED: the owner; STOPPED: address or handle. 0: all of the rule
            */
    sym owner; /* DERIVED: the owner, 0: the library's own buffer; KEPT: the handle that ends it, 0: s does */
    const rule *rule;
    const acquisition *made; /* CHANGED, STOPPED: NULL */
    guard when;
    const path_step *ended; /* DERIVED: dead since; KEPT: the memory it points to is dead since */
    sym asked;              /* DERIVED, shared: the first argument; the same question has the same answer */
    const char *place;      /* what it was called then */
    const char *ended_by;   /* "" : its scope ended */
    bool released;          /* ended because the owner was released, not changed */
} bond;

struct fctx;

/* ---- rules at a call that is over: what it derives, keeps, ends ---- */
typedef struct bond_call {
    const rule_model *model;
    const char *name;
    const sym *args;
    uint32_t nargs;
    sym ret;
    sym pre[16]; /* per effect of the model: what it speaks of inside of arguments, before the call wrote there */
} bond_call;
void bond_call_before(struct fctx *c, state *st, bond_call *k);
/* The effect's conditions are known to hold. */
bool bond_allowed(struct fctx *c, state *st, const bond_call *k, const rule_effect *ef);
void bond_call_done(struct fctx *c, state *st, const bond_call *k);
/* The call may do to what it is given whatever it likes, stopping things among it. */
void bond_unknown_call(struct fctx *c, state *st, const sym *args, uint32_t nargs);

/* ---- what happens to memory and handles ---- */
void bond_add(struct fctx *c, state *st, bond b);
/* asked: see there; 0 when the change answers no question. only_same: values asked by something else stay. */
void bond_changed(struct fctx *c, state *st, const rule *r, sym owner, sym asked, bool only_same, const char *by);
void bond_stopped(struct fctx *c, state *st, const rule *r, sym what);
/* Somebody holds a reference of its own to s now: it is borrowed no more. */
void bond_retained(state *st, sym s);
/* s was released: as an owner, as a handle, as the memory that somebody keeps an address of. */
void bond_released(struct fctx *c, state *st, const rule *r, sym s, const char *by);
/* A local declared again is alive again. */
void bond_declared(struct fctx *c, state *st, sym addr);
void bond_scope_end(struct fctx *c, state *st, sym addr);
bool bond_use(struct fctx *c, state *st, sym s, const char *by); /* true: it was dead, and reported */
bool bond_lent(struct fctx *c, state *st, sym s, const char *by); /* s is released; true: it was lent, and reported */
void bond_at_return(struct fctx *c, state *st);

/* ---- where states meet ---- */
/* The same place, or elements of one array of which nothing says that they differ. */
bool bond_may_be_same(const struct fctx *c, sym a, sym b);
bool bond_same(const state *a, const state *b);
void bond_hull(struct fctx *c, state *into, const state *from);
void bond_common(state *into, const state *from); /* borrowed and kept in both */
void bond_drop_dead(struct fctx *c, state *st);   /* derived values that c->mark does not reach */

#endif
