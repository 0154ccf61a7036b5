/* Who calls whom, for the rules that ask about contexts rather than paths. Built once a program, and only when some
 * rule is of kind forbid or task. */
#ifndef LL_ENGINE_CALL_INDEX_H
#define LL_ENGINE_CALL_INDEX_H

#include "engine/kinds.h"

#define NO_NODE UINT32_MAX

/* A call of a function without body for which some rule has an effect that watches. */
typedef struct watched_call {
    uint32_t node;
    const ir_outcall *call;
    const rule_model *model;
} watched_call;

/* The next call on a shortest way from a function to a banned call; node NO_NODE: it is the banned one. */
typedef struct reach_step {
    const ir_outcall *call; /* NULL: it does not get there */
    uint32_t node;
    uint32_t far; /* calls from here to the banned one, that one included */
} reach_step;

typedef struct call_edge {
    uint32_t from, to;
    const ir_outcall *call;
} call_edge;

/* A function that was named in one call with the address of a field: called back, most likely, for that field. */
typedef struct field_callback {
    const char *field;
    uint32_t node;
} field_callback;

typedef struct call_index {
    LL_ARRAY(call_edge) edges; /* by caller; then, after sorting, by callee */
    LL_ARRAY(watched_call) calls;
    LL_ARRAY(field_callback) callbacks;
    reach_step **reach;             /* per rule number; NULL: not a forbid rule */
    name_map *models;               /* USR, or "record::field" -> what rules watch at a call of it */
    reach_step *execs;              /* functions that get to exec */
    reach_step *nowhere;            /* no function gets anywhere: one array for all that nobody calls */
    uint32_t *queue;                /* of call_reach, one for each function */
    bool *taken;                    /* per function: its address is taken; who calls it, edges do not tell */
    bool threads;                   /* something of the program runs a thread */
    LL_ARRAY(const rule *) on_path; /* rules that ban calls with a lock held, or after a fork */
    bool in_lock, in_fork;          /* some of them do */
} call_index;

/* The function operand i of a call names, or NULL. No call: none. */
const ir_var *call_function_arg(const ir_func *f, const ir_inst *call, uint32_t arg);
/* The name of what is called, and the instruction, of a call in a node's outline. */
const char *call_name(const engine *e, uint32_t node, const ir_outcall *c);
const ir_inst *call_inst(const engine *e, uint32_t node, const ir_outcall *c);
/* As call_inst, for whoever looks at no more of the function's body than call_put_roots does. */
const ir_inst *call_registering(engine *e, uint32_t node, const ir_outcall *c);
bool call_has(const rule_model *m, rule_effect_kind kind);
/* What rules watch at a call of somebody whose body is not there; NULL: nothing. */
const rule_model *call_watched(const engine *e, const ir_outcall *c, const ir_ref *callee);
/* Shortest ways from every function to a call for which `wanted` holds. Not to be written to. */
typedef bool (*wanted_call)(const watched_call *w, const void *what);
reach_step *call_reach(engine *e, call_index *x, wanted_call wanted, const void *what);
/* Functions that some code of the program registers with an effect of this kind (rule NULL: any). */
typedef void (*visit_root)(engine *e, const rule *r, const watched_call *at, func_node *root);
void call_each_root(engine *e, rule_effect_kind kind, visit_root visit);

/* All that decides whom the function registers: what call_each_root looks at in its body, and more. */
void call_put_roots(const engine *e, const ir_func *f, ll_strbuf *out);

/* Number of the first edge to this function; edges.n or an edge to another: it has no caller. */
uint32_t call_first_edge(const call_index *x, uint32_t node);
bool call_gets_to(engine *e, uint32_t from, uint32_t to);

void task_report(engine *e);  /* kind_task.c */
void armed_report(engine *e); /* kind_armed.c */
/* The types of records that the function releases in some outcome. It was followed. */
const char **armed_releases(const engine *e, const func_node *n, uint32_t *ntypes);
void forgotten_report(engine *e); /* kind_forgotten.c */

#endif
