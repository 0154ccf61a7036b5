/* The program: all functions of all units by USR, static facts of globals, the call graph. */
#ifndef LL_ENGINE_PROGRAM_H
#define LL_ENGINE_PROGRAM_H

#include "engine/engine.h"
#include "engine/summary.h"
#include "ir/outline.h"

typedef struct func_node {
    const ir_func *f; /* its vars and blocks only after program_body */
    const ir_outline *outline;
    const char *usr;
    const char *unit;   /* main file of the unit it came from */
    uint32_t next_same; /* node number + 1 of another definition under this USR, 0 none */
    uint32_t *callees;  /* node numbers */
    uint32_t ncallees;
    uint32_t *refs;                      /* per ref of the outline: the number of its node + 1, 0: it has no body */
    summary *sum;                        /* NULL: not analysed yet, or still packed */
    const struct packed_summary *packed; /* from an earlier run; unpacked when somebody asks for the node */
    const char *const *releases;         /* while packed: types of records it releases, as kind_armed.c sees it */
    uint32_t nreleases;
    uint64_t sum_hash;
    uint32_t scc;
    bool recursive;
    bool asked_roots;  /* a question over all asked whom it registers */
    bool asked_around; /* a question over all went on to what it calls, or to what calls it */
    bool looked_into;  /* its body: by a question to the program as a whole (engine.over_all), or for a caller */
} func_node;

#define ARG_ITSELF 0x10000u

/* A resource handed to `callee` as argument `arg` was released by its own function afterwards: that
 * argument is borrowed, at least where the call's result was of class `ret`. */
typedef struct escape_class {
    const char *callee;
    uint32_t arg; /* with ARG_ITSELF: it was this that was handed over, not something that leads to it */
    uint8_t ret;  /* bit set of {zero 1, positive 2, negative 4}; 7: whatever */
} escape_class;

typedef struct known_decl {
    const ir_fdecl *d;
    uint64_t hash; /* as trace.c answers; 0: nobody asked yet */
} known_decl;

typedef struct global_fact {
    const ir_global *g;
    bool written; /* by any function of the program, or its address leaves our sight */
} global_fact;

/* A finding that holds only if every callee in `needs` borrows. */
typedef struct deferred {
    finding f;
    const escape_class *needs;
    uint32_t nneeds;
} deferred;

#define MAX_SLOT 4

/* Functions stored in a field (struct ops = { .open = my_open }, o->open = my_open). */
typedef struct slot {
    const char *usr[MAX_SLOT];
    uint32_t n;
    bool many; /* more than MAX_SLOT, or something that is not a known function: not to be resolved */
} slot;

/* Functions of one component that were asked for while one of them was followed (engine.c). */
typedef struct circle {
    uint32_t scc;
    uint32_t *place;        /* per node of the component: which of it */
    LL_ARRAY(uint32_t) met; /* node numbers, in any order and some more than once */
} circle;

typedef struct engine {
    const rule_set *rules;
    ll_intern *names;
    engine_options opt;
    engine_stats stats;
    ll_arena *arena; /* program lifetime */
    LL_ARRAY(const ir_unit *) units;
    LL_ARRAY(func_node) nodes; /* in order of file, line, USR */
    struct name_map *by_usr;   /* USR -> node */
    struct name_map *decls;    /* USR -> known_decl */
    struct name_map *globals;  /* USR -> global_fact */
    LL_ARRAY(global_fact *) globals_list;
    struct name_map *slots;     /* field name -> slot */
    struct name_map *releasing; /* function name -> 1 no, 2 yes: does the name say that it releases? */
    struct name_map *borrows;   /* callee#arg -> escape_class */
    ll_arena *out_arena;
    finding_list *out;
    LL_ARRAY(deferred) deferred;  /* candidates waiting for evidence */
    struct trace *trace;          /* of the component that is followed; NULL: nobody wants to know */
    struct name_map *type_hashes; /* ir_type -> the hash, as a pointer */
    circle *circle;               /* while functions that call each other are followed for the first time; or NULL */
    circle circles;               /* what it points to, kept for the next component */
    struct trace *asked;          /* what `trace` points to, kept for the next component */
    struct memory *memory;        /* remember.h; NULL: every run is the first */
    struct body_answers *answers; /* body_answers.h; NULL: as before, or nobody asked yet */
    const rule *watch_locals;     /* the rule about addresses of locals, or NULL */
    struct specials *specials;    /* special.h; NULL: none so far */
    LL_ARRAY(const rule *) lent;  /* rules about what some functions are lent for their time (rule.entries) */
    struct call_index *calls;     /* kind_forbid.h; NULL: no rule wants it */
    bool over_all;                /* what is asked now is no part of following a function */
    bool lost_bodies;
    LL_ARRAY(const char *) away; /* units that summaries from earlier runs speak of, and that are not there */
    bool over_calls;            /* with over_all: of a body only what call_put_roots tells is asked for */
    bool asked_ways;            /* whether some function gets to another, by whatever way */
    uint32_t *order, norder;    /* of nodes, callees before callers */
    struct field_index *fields; /* NULL: no rule wants it */
} engine;

typedef struct name_map name_map;
name_map *name_map_new(ll_arena *a);
/* Makes room for so many more, so that it need not grow step by step. */
void name_map_reserve(name_map *m, uint32_t n);
/* Keys are interned pointers. */
void *name_map_get(const name_map *m, const char *key);
void name_map_put(name_map *m, const char *key, void *value);

/* ---- questions about the program. The analysis of functions asks by program_node, …; each is noted in the trace.
 * program_find_… is the same without. */

/* The definition that code of `unit` means by usr: its own unit's when there are several (two programs in one
 * database), else that of the unit next to it in the tree, the first by file name of those; a weak one when there is no
 * other. NULL: no body in the program. */
func_node *program_node(engine *e, const char *usr, const char *unit);
func_node *program_find_node(const engine *e, const char *usr, const char *unit);
/* What the function does, once it was followed; unpacked when it has to be. */
const summary *program_summary(engine *e, func_node *n);
/* The functions that a call through a field may reach, when they are few and all known: those that the program stores
 * in that field of that record, or in a field of this name where it does not know the record. When nothing is known to
 * be stored in the record's, or the record of the call has no name: in a field of this name of any record. */
bool program_slot(const engine *e, const ir_inst *call, uint32_t nargs, const char *unit, slot *out);
/* name: as ir_called_name gives it. */
bool program_find_slot(const engine *e, const char *name, uint32_t nargs, const char *unit, slot *out);
/* The function a global function pointer is initialised with (`void (*xfree)(void *) = free;`): what a call through it
 * does unless somebody replaced it. NULL: none known. */
const char *program_default_target(const engine *e, const char *global_usr);
const char *program_find_target(const engine *e, const char *global_usr);
/* Declared in the standard library's namespaces. */
bool program_is_std(const char *usr);
/* What rules say of the function. A member is meant by its class and name: a method called close() is not close(). So
 * is a function in a namespace; members of the standard library begin with std::, lest a project's own vector is taken
 * for it. decl NULL: a plain function. */
const rule_model *program_model(const engine *e, const char *usr, const char *name, const ir_fdecl *decl);
const ir_fdecl *program_decl(const engine *e, const char *usr);
const ir_fdecl *program_find_decl(const engine *e, const char *usr);
/* The constant initial value of a global's cell when nothing in the program writes it: true and *value. */
bool program_global_value(const engine *e, const symrec *global, const ir_step *path, uint32_t npath, ir_operand *value,
                          const char **usr);
bool program_find_value(const engine *e, const char *global_usr, const ir_step *path, uint32_t npath, ir_operand *value,
                        const char **usr);
/* The node of this body; NULL: a copy of a header's function that was left out. */
const func_node *program_home(const engine *e, const ir_func *f);
/* The function whose body holds this line, NULL when none does. */
const func_node *program_function_at(const engine *e, const char *file, int32_t line, const char *name);

/* The function with its body, which is fetched now when it did not come with it. Nobody else looks at vars and blocks
 * of a node's function. A body that is gone is that of a function which does nothing, and engine_lost_bodies says so.
 */
const ir_func *program_body(const engine *e, const func_node *n);
/* What comes next depends on its body, whether that is fetched or an earlier answer taken. */
void program_look_into(const engine *e, const func_node *n);
/* Of its facts, wherever it stands. */
ll_hash program_facts_hash(const func_node *n);
/* The instruction of a call in the node's outline. */
const ir_inst *program_call(const engine *e, const func_node *n, const ir_outcall *c);

void program_link(engine *e); /* call graph, SCCs, global facts */
/* Node numbers, callees before callers. */
uint32_t *program_order(engine *e, uint32_t *n);

#endif
