/* Inside of the route finder: one state on its way, and the tables all states share. */
#ifndef LL_GENERATORS_FINDER_H
#define LL_GENERATORS_FINDER_H

#include "generators/stubs/route.h"
#include "generators/stubs/value.h"

enum { MAX_STEPS = 20000, MAX_FORKS = 4000, MAX_FRAMES = 6, MAX_VISITS = 6, NO_CALL = 0 };

typedef enum obj_kind { OBJ_VAR, OBJ_INPUT, OBJ_GLOBAL, OBJ_GIVEN, OBJ_HEAP, OBJ_OPAQUE } obj_kind;

/* A piece of memory. Its cells are made when they are first read. */
typedef struct object {
    obj_kind kind;
    const char *base;      /* INPUT, GLOBAL, GIVEN: in C, the pointer (INPUT, GIVEN) or the variable */
    bool is_param;         /* VAR: a record that is a parameter by value: INPUT with `base` as variable */
    bool is_const, zeroed; /* INPUT: pointee const; HEAP */
    bool is_fixed;         /* GLOBAL: static, and nothing writes it */
    uint32_t copy_of;      /* HEAP: object + 1 whose content it was made of (strdup) */
    uint32_t call, arg;    /* GIVEN: index of the call + 1; through which argument, 0: the result */
    const ir_global *global;
    const ir_type *type; /* of the element at path "" */
} object;

/* CALL: a function outside may have written it, as the test likes. */
typedef enum cell_mark { CELL_VALUE, CELL_ZERO, CELL_HAVOC, CELL_CALL } cell_mark;

typedef struct cell { /* newest first, shared between states */
    const struct cell *prev;
    uint32_t obj;
    const char *path; /* interned; a mark covers everything below it */
    cell_mark mark;
    const value *v;
    uint32_t call, arg; /* CALL: index of the call, number of the argument that points here */
} cell;

typedef struct call_event {
    const struct call_event *prev;
    const char *name;
    uint32_t nth, index; /* of this name; of all */
    const ir_fdecl *decl;
    const rule_model *model;
    uint32_t sym; /* its result + 1; 0: none */
    const value *args[8];
    uint32_t nargs;
} call_event;

typedef struct frame {
    const struct frame *up;
    const ir_func *f;
    uint32_t base; /* object of its first variable */
    uint32_t block, inst;
    const ir_inst *call; /* in `up`, waiting for the result */
    uint32_t depth;
} frame;

typedef struct path_state {
    const cell *cells;
    const cond_node *conds;
    const call_event *calls;
    frame top;
    uint32_t step;         /* of the finding: the next one to meet */
    const uint8_t *visits; /* of the blocks of the function under test, MAX_VISITS at most */
} path_state;

typedef struct want {
    step_kind kind;
    int32_t line, col;
    int taken; /* BRANCH: 1 true, 0 false, -1 not said */
} want;

typedef struct finder {
    ll_arena *a;
    ll_intern *names;
    const route_program *program;
    const ir_func *func;
    LL_ARRAY(symbol) syms;
    LL_ARRAY(object) objs;
    LL_ARRAY(want) wants;
    LL_ARRAY(int64_t) numbers; /* constants of the function, for guesses */
    uint32_t steps, forks;
    const char *family; /* the finding's rule; NULL */
    const char *lost;   /* of a leak: the rule; once all wants are met nothing may release it */
    path_state end;     /* the state that met all wants, at the function's end when it gets there */
    bool has_end;
} finder;

/* ---- memory.c ---- */
uint32_t finder_object(finder *x, object o);
uint32_t finder_symbol(finder *x, symbol s);
const value *value_int(finder *x, int64_t i);
const value *value_sym(finder *x, uint32_t sym);
const value *value_unknown(void);
const char *path_add_field(finder *x, const char *path, const char *field);
const char *path_add_index(finder *x, const char *path, int64_t i);
/* Where a pointer value points: object and path in it. False: nowhere known; null. */
bool finder_deref(finder *x, path_state *st, const value *v, const ir_type *pointee, uint32_t *obj, const char **path);
/* The location of a place. */
bool finder_locate(finder *x, path_state *st, const ir_place *p, uint32_t *obj, const char **path);
const value *finder_read(finder *x, path_state *st, uint32_t obj, const char *path, const ir_type *t);
void finder_write(finder *x, path_state *st, uint32_t obj, const char *path, const value *v);
void finder_mark(finder *x, path_state *st, uint32_t obj, const char *path, cell_mark m);
void finder_mark_call(finder *x, path_state *st, uint32_t obj, const char *path, uint32_t call, uint32_t arg);
void finder_copy_record(finder *x, path_state *st, uint32_t to, const char *to_path, uint32_t from,
                        const char *from_path);
const value *finder_operand(finder *x, path_state *st, const ir_operand *o);
/* Adds the condition; false: no value is left. */
bool finder_require(finder *x, path_state *st, uint32_t sym, ir_arith op, int64_t k);

/* ---- calls.c ---- */
/* A call of an outside function. False: the path ends here (it never returns). */
bool finder_call_outside(finder *x, path_state *st, const ir_inst *in, const char *name, const char *usr);
/* What rules say of the called function, under its own name or the macro's that the source has. */
const rule_model *finder_model(const finder *x, const ir_inst *in, const char *name);

#endif
