/* Counted values: records that are passed by value and stand for one reference each (a handle with a pointer to a
 * counter in it, like the values of interpreters).
 *
 * Which types those are the program says itself: one function takes such a record, gives nothing, and counts down
 * behind a pointer in it; another takes and gives one, and counts up the same field. Which other functions consume an
 * argument, or give a reference, follows from their bodies. */
#ifndef LL_ENGINE_VALUE_REFS_H
#define LL_ENGINE_VALUE_REFS_H

#include "engine/program.h"

typedef struct value_sig {
    uint64_t consumes; /* bit set of parameters whose reference it ends, keeps or gives back */
    bool copies;       /* counts up: its argument stays, its result is another reference */
    bool gives;        /* its result is a reference that has to be consumed */
    bool fixed;        /* told by its summary */
} value_sig;

typedef struct value_refs {
    engine *e;
    LL_ARRAY(const ir_type *) types;
    LL_ARRAY(const char *) drops; /* per type: a function that ends a reference */
    value_sig *sig;               /* per node of the program */
} value_refs;

/* After all functions were followed. NULL: the program has no such type. Lives in a. */
const value_refs *value_refs_find(engine *e, ll_arena *a);
/* The function that ends a reference of this type; NULL: not a counted type. */
const char *value_refs_drop(const value_refs *r, const ir_type *ty);
/* What a call of f, which came with `unit`, does; of unknown callees: takes everything, gives nothing. */
value_sig value_refs_call(const value_refs *r, const ir_func *f, const char *unit, const ir_inst *call);
/* The variable that o is the whole value of, IR_NOVAR: none. */
uint32_t value_var(const ir_operand *o);
/* Stores a pointer into a field of the variable itself: a reference is made. */
bool value_is_made(const ir_inst *in);

#endif
