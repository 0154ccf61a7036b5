/* Task: a routine that cannot end, though somebody waits for its end.
 *
 *     static void *run(void *q) { for (;;) work(pop(q)); }          no return, no break, no pthread_exit
 *     …  pthread_create(&p->tid, NULL, run, q);  …  pthread_join(p->tid, NULL);
 *
 * A routine that no return and no ending call leaves is common and meant to run as long as the process; one that is
 * joined, and that nothing cancels, keeps its joiner for ever. Both sides are found by the name of the handle. */
#include <string.h>

#include "engine/call_index.h"

static const char *last_name(const ir_func *f, const ir_operand *o) {
    if (o->kind != IR_O_PLACE && o->kind != IR_O_ADDR) return NULL;
    for (uint32_t i = o->place.npath; i-- > 0;)
        if (o->place.path[i].kind == IR_S_FIELD) return o->place.path[i].field;
    return o->place.var == IR_NOVAR ? NULL : f->vars[o->place.var].name;
}

static const rule_effect *effect_of(const watched_call *w, rule_effect_kind kind, const rule *r) {
    for (uint32_t i = 0; i < w->model->neffects; i++)
        if (w->model->effects[i].kind == kind && w->model->effects[i].rule == r) return &w->model->effects[i];
    return NULL;
}

/* Something ends threads from outside, or the routine ends itself. */
static bool may_be_ended(const engine *e, const rule *r, const reach_step *ends, uint32_t node) {
    if (ends[node].call) return true;
    for (uint32_t i = 0; i < e->calls->calls.n; i++) {
        const watched_call *w = &e->calls->calls.v[i];
        const rule_effect *ef = effect_of(w, EFF_TASK_END, r);
        if (!ef || ef->where.kind != WHERE_ARG || !strstr(w->model->name, "cancel")) continue;
        const ir_inst *call = call_inst(e, w->node, w->call);
        if (call && call->nargs) return true;
    }
    return false;
}

static const watched_call *waited_for(const engine *e, const rule *r, const char *handle) {
    for (uint32_t i = 0; handle && i < e->calls->calls.n; i++) {
        const watched_call *w = &e->calls->calls.v[i];
        const rule_effect *ef = effect_of(w, EFF_WAIT, r);
        const ir_inst *call = ef ? call_inst(e, w->node, w->call) : NULL;
        if (!call || ef->where.arg > call->nargs) continue;
        const char *name = last_name(e->nodes.v[w->node].f, &call->args[ef->where.arg - 1]);
        if (name && strcmp(name, handle) == 0) return w;
    }
    return NULL;
}

static bool ends_task(const watched_call *w, const void *r) {
    return effect_of(w, EFF_TASK_END, r) != NULL;
}

static void check_start(engine *e, const rule *r, const watched_call *w, const reach_step *ends) {
    const rule_effect *run = effect_of(w, EFF_RUN, r);
    const func_node *n = &e->nodes.v[w->node];
    const ir_inst *call = run ? call_inst(e, w->node, w->call) : NULL;
    const ir_var *v = run ? call_function_arg(n->f, call, run->where.arg) : NULL;
    const func_node *routine = v ? program_node(e, v->usr, n->unit) : NULL;
    if (!routine || routine->outline->leaves || !call->nargs) return;
    if (may_be_ended(e, r, ends, (uint32_t)(routine - e->nodes.v))) return;
    const watched_call *wait = waited_for(e, r, last_name(n->f, &call->args[0]));
    if (!wait) return;
    fctx c = {.e = e, .f = n->f};
    finding x = kinds_finding(
        e, r, n->f, call,
        report_words(&c, "%s() never ends, and %s() waits for it", routine->f->name, e->nodes.v[wait->node].f->name));
    step_list l = {0};
    report_step(&c, &l, STEP_ACQUIRE, n->f, call, 0, report_words(&c, "%s() is started here", routine->f->name));
    const ir_inst *body = &program_body(e, routine)->blocks[0].insts[0];
    report_step(&c, &l, STEP_NOTE, routine->f, body, 1, "no return, break or ending call leaves it");
    report_step(&c, &l, STEP_USE, e->nodes.v[wait->node].f, call_inst(e, wait->node, wait->call), 0,
                "its end is waited for here");
    x.role_acquire = routine->f->name;
    x.role_exit = e->nodes.v[wait->node].f->name;
    x.steps = l.v;
    x.nsteps = l.n;
    LL_PUSH(e->out_arena, &e->out->items, x);
}

void task_report(engine *e) {
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        const rule *r = rule_set_at(e->rules, i);
        if (r->kind != RULE_TASK) continue;
        const reach_step *ends = call_reach(e, e->calls, ends_task, r);
        for (uint32_t k = 0; k < e->calls->calls.n; k++) check_start(e, r, &e->calls->calls.v[k], ends);
    }
}
