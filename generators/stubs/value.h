/* Values of the route finder: numbers and symbols, and the expressions made of them. */
#ifndef LL_GENERATORS_VALUE_H
#define LL_GENERATORS_VALUE_H

#include "base/arena.h"
#include "base/array.h"
#include "ir/ir.h"

typedef enum value_kind { VAL_UNKNOWN, VAL_INT, VAL_SYM, VAL_EXPR, VAL_ADDR, VAL_FUNC } value_kind;

typedef struct value {
    value_kind kind;
    ir_arith op; /* EXPR */
    bool is_unsigned;
    int64_t i;                 /* INT */
    uint32_t sym;              /* SYM */
    const struct value *a, *b; /* EXPR */
    uint32_t obj;              /* ADDR */
    const char *path;          /* ADDR: ".f[2]" */
    const char *usr, *name;    /* FUNC */
} value;

/* What a symbol's value must meet. */
typedef struct bound {
    int64_t lo, hi;
    int64_t not[6];
    uint32_t nnot;
} bound;

typedef enum sym_origin { SYM_INPUT, SYM_RESULT, SYM_OUT } sym_origin;

typedef struct symbol {
    sym_origin origin;
    const ir_type *type;
    const char *lvalue; /* INPUT: in C; OUT: the path behind the argument, NULL for what the call gives there */
    bool is_const;      /* INPUT: the object it lies in is const */
    bool has_initial;   /* a global with a value of its own */
    int64_t initial;
    uint32_t call;   /* RESULT, OUT: index of the call */
    uint32_t owner;  /* INPUT in an object that a call gives: that call + 1; 0: none */
    uint32_t arg;    /* OUT, INPUT with an owner: through which argument; 0: the result */
    uint32_t obj;    /* what it points to + 1, once asked for */
    bool prefer_set; /* non-zero unless told otherwise */
} symbol;

/* Conditions, newest first; shared between states. */
typedef struct cond_node {
    const struct cond_node *prev;
    uint32_t sym;
    ir_arith op; /* EQ … GE */
    int64_t k;
} cond_node;

bound bound_of(const cond_node *conds, const symbol *s, uint32_t sym);
bool bound_possible(const bound *b);
/* A value within bounds: the preferred one when it is. */
int64_t bound_pick(const bound *b, int64_t preferred);
/* False: not a number now (unknown, or a symbol without a value in `given`). */
bool value_eval(const value *v, const cond_node *conds, int64_t *out);
/* The symbols of an expression, at most `max`; false: there are more, or something unknown. */
bool value_symbols(const value *v, uint32_t *syms, uint32_t *n, uint32_t max);
bool arith(ir_arith op, int64_t a, int64_t b, bool is_unsigned, int64_t *out);

#endif
