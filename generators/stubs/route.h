/* A way through a function that shows a finding: which arguments, and which answers of the functions it calls outside,
 * lead along the finding's steps.
 *
 * A small symbolic interpretation of the facts, one path at a time: what comes from outside (parameters, globals, what
 * they point to, results of calls) is a symbol; branches put conditions on symbols; at the end each symbol gets a value
 * that meets its conditions. Where a finding's steps say which way a branch goes, that way is taken first; elsewhere
 * both are tried. What cannot be solved is left open, and the route says so (`open`). */
#ifndef LL_GENERATORS_ROUTE_H
#define LL_GENERATORS_ROUTE_H

#include "base/arena.h"
#include "base/array.h"
#include "finding/finding.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

typedef struct route_program {
    const ir_unit *const *units; /* the first one has the function */
    uint32_t nunits;
    const rule_set *rules;
} route_program;

/* Something to be set before the call, in C: `s->kind` = 4. */
typedef struct route_input {
    const char *lvalue;
    bool is_pointer;  /* a pointer to an object of its own, which later inputs may reach into; else an integer */
    bool is_function; /* with is_pointer: to a function */
    bool is_const;    /* cannot be assigned: written through its address */
    int64_t value;    /* null pointers: 0, is_pointer false */
} route_input;

/* The n-th call of an outside function. */
typedef struct route_answer {
    const char *function;
    uint32_t call;
    uint32_t arg; /* what it gives through this argument, not its result; 0: its result */
    bool gives;   /* an object or number of its own; else `value` */
    int64_t value;
    bool in_order;                /* decided by the path, not only filled in */
    LL_ARRAY(route_input) fields; /* of the object: lvalues begin with "GIVEN" for the pointer */
} route_answer;

/* What the n-th call of an outside function leaves behind its argument. */
typedef struct route_write {
    const char *function;
    uint32_t call, arg;
    const char *path; /* behind the pointer: "", ".size", "[2]" */
    bool is_pointer;  /* to an object of its own; else `value` */
    int64_t value;
} route_write;

typedef struct route {
    bool found; /* the steps were followed to their end */
    LL_ARRAY(route_input) inputs;
    LL_ARRAY(route_answer) answers;
    LL_ARRAY(route_write) writes;
} route;

/* The function with this USR, or by name when `usr` is NULL; NULL: no body. */
const ir_func *route_function(const route_program *p, const char *usr, const char *name);
/* The same, but a function of a library whose rules say what it does is outside, whether its header has a body or not.
 */
const ir_func *route_body(const route_program *p, const char *usr);
/* The declaration of a function, NULL: unknown. */
const ir_fdecl *route_decl(const route_program *p, const char *usr);
/* `f` NULL: any way to the end. */
void route_find(ll_arena *a, const route_program *p, const ir_func *func, const finding *f, route *out);
/* Functions of the C library that stay real: they only compute, on memory that is there. `m`: NULL without rules. */
bool route_is_plain(const char *name, const rule_model *m);

#endif
