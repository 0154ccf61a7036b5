/* What an edit changed in a unit, when nothing is changed that the unit offers to the rest of the program: what it
 * declares and defines, its globals, what it was read from. Where things stand is no part of that. What outlines say
 * may be something else: whether that matters to anybody is not asked here.
 *
 * A function that is there on one side only must be silent: it names nobody, and takes and touches nothing that the
 * program as a whole asks about. Whether somebody names it is not asked here. */
#ifndef LL_IR_CHANGE_H
#define LL_IR_CHANGE_H

#include "ir/outline.h"

typedef struct ir_changed {     /* a function whose facts are others, or that is on one side only */
    const ir_func *before;      /* NULL: it is new */
    const ir_func *now;         /* NULL: it is gone */
    bool alone;                 /* it is silent; for whoever knows that somebody names it to take back */
    const ir_outline *was, *is; /* where these say something else; else NULL */
} ir_changed;

typedef struct ir_moved { /* a function whose facts are the same, and that stands elsewhere */
    const ir_func *before, *now;
} ir_moved;

typedef struct ir_change {
    LL_ARRAY(ir_changed) funcs;
    LL_ARRAY(ir_moved) moved;
    LL_ARRAY(const ir_fdecl *) declared; /* now, and not before */
} ir_change;

/* False: the unit offers something else than before. Both have their bodies, and are in one pool of names. */
bool ir_change_find(ll_arena *a, const ir_unit *before, const ir_unit *now, ir_change *out);

#endif
