/* One call on a path. call.c decides who is called: a function that rules describe (call_model.c), one with a summary
 * (summary_apply.c), or one that nobody knows. Only those two files see this. */
#ifndef LL_ENGINE_CALL_H
#define LL_ENGINE_CALL_H

#include "engine/fctx.h"

#define MAX_ARGS 48

typedef struct call {
    const ir_inst *in;
    const char *usr, *name;  /* name: what messages call it; never NULL */
    const char *keeper;      /* what evidence calls it; "(...)": somebody nothing is learned of */
    const ir_fdecl *decl;    /* NULL: nothing declared (indirect) */
    func_node *node;         /* NULL: it has no body, or nothing tells who is called */
    const rule_model *model; /* what rules say, NULL nothing */
    bool own;                /* of those that have a model: the body knows better */
    bool releases;           /* its name says so */
    bool indirect;
    bool modelled; /* rules know what it keeps and ends */
    uint32_t nargs;
    sym ret;
    sym args[MAX_ARGS];
} call;

static inline const ir_type *call_param_type(const call *k, uint32_t i) {
    if (k->decl && i < k->decl->nparams) return k->decl->params[i];
    return k->in->args[i].type;
}

static inline bool call_is_pointer(const ir_type *ty) {
    return !ty || ty->kind == IR_T_PTR || ty->kind == IR_T_ARRAY;
}

/* Puts the result where the call's does, and says where what it acquired lies now. */
void call_bind_result(fctx *c, state *st, const call *k);

/* ---- call_model.c ---- */

/* All that the function's rules say; states that split off go to `out`, and st is the last of them. */
void call_by_model(fctx *c, state *st, call *k, const rule_model *m, state_list *out);
/* The value at a place of the call; elem counts the elements of an array there. */
sym call_where_value(fctx *c, state *st, const call *k, const rule_where *w, uint32_t elem);
/* Conditions of an effect on arguments must be known to hold: one that may not be there is not claimed. */
bool call_args_allow(fctx *c, state *st, const call *k, const rule_effect *ef);
/* An order rule's change of state, where the object is in one of the states `from`. */
void call_transition(fctx *c, state *st, const call *k, const rule_effect *ef, uint32_t from, state_list *out);
/* v is a resource that is held, or was handed on, but is not dead. */
bool call_holds(state *st, sym v);
/* A value of the caller that lies in memory which the callee is given: the callee may keep it. */
void call_keep_input(fctx *c, state *st, sym v);
/* What a library function may do to its i-th argument beside its rules. */
void call_library_arg(fctx *c, state *st, const call *k, uint32_t i, bool keeps_void);
/* Functions among the arguments may be called back with the others. */
void call_register_callback(fctx *c, state *st, const call *k, const rule_model *m);
/* An error that the callee reports by an argument (GError) says that there is no result: both outcomes, apart. */
void call_either_or(fctx *c, state *st, const call *k, state_list *out);

#endif
