#include "engine/call_index.h"

#include <string.h>

#include "base/bytes.h"

bool call_has(const rule_model *m, rule_effect_kind kind) {
    for (uint32_t i = 0; i < m->neffects; i++)
        if (m->effects[i].kind == kind) return true;
    return false;
}

const ir_var *call_function_arg(const ir_func *f, const ir_inst *call, uint32_t arg) {
    if (!call || !arg || arg > call->nargs || call->args[arg - 1].kind != IR_O_FUNC) return NULL;
    return &f->vars[call->args[arg - 1].place.var];
}

const rule_model *call_watched(const engine *e, const ir_outcall *c, const ir_ref *callee) {
    const rule_model *m = NULL;
    if (c->through)
        m = rule_set_model(e->rules, callee->usr);
    else if (callee->name)
        m = program_model(e, callee->usr, callee->name, program_decl(e, callee->usr));
    return m && m->watches ? m : NULL;
}

/* Few functions are called, often. */
static const rule_model *model_watching(engine *e, call_index *x, const ir_outcall *c, const ir_ref *callee) {
    static const rule_model none;
    const rule_model *m = name_map_get(x->models, callee->usr);
    if (!m) {
        m = call_watched(e, c, callee);
        name_map_put(x->models, callee->usr, (void *)(m ? m : &none));
    }
    return m == &none ? NULL : m;
}

static void note_callback(engine *e, call_index *x, const func_node *n, const ir_callback *c) {
    for (uint32_t k = 0; k < c->nusr; k++) {
        const func_node *f = program_node(e, c->usr[k], n->unit);
        if (f) LL_PUSH(e->arena, &x->callbacks, (field_callback){c->field, (uint32_t)(f - e->nodes.v)});
    }
}

static void take(const engine *e, call_index *x, const char *usr, const char *unit) {
    const func_node *n = usr ? program_find_node(e, usr, unit) : NULL;
    if (n) x->taken[n - e->nodes.v] = true;
}

/* callee_of[i]: whom call i of the function is of, or NO_NODE. */
static void index_function(engine *e, call_index *x, uint32_t number, uint32_t *callee_of) {
    const func_node *n = &e->nodes.v[number];
    const ir_outline *o = n->outline;
    for (uint32_t i = 0; i < o->ntaken; i++) take(e, x, o->taken[i], n->unit);
    for (uint32_t i = 0; i < o->ncalls; i++) {
        const ir_outcall *c = &o->calls[i];
        const ir_ref *callee = &o->refs[c->ref];
        if (c->callback) note_callback(e, x, n, c->callback);
        const func_node *to = n->refs[c->ref] ? &e->nodes.v[n->refs[c->ref] - 1] : NULL;
        callee_of[i] = to ? (uint32_t)(to - e->nodes.v) : NO_NODE;
        if (to && !to->f->in_system_header) continue; /* a library's inline function is that library's */
        const rule_model *m = model_watching(e, x, c, callee);
        if (m) LL_PUSH(e->arena, &x->calls, (watched_call){number, c, m});
    }
}

const char *call_name(const engine *e, uint32_t node, const ir_outcall *c) {
    return e->nodes.v[node].outline->refs[c->ref].name;
}

const ir_inst *call_inst(const engine *e, uint32_t node, const ir_outcall *c) {
    return program_call(e, &e->nodes.v[node], c);
}

static bool stands_before(const call_edge *x, const call_edge *y) {
    if (x->to != y->to || x->from != y->from) return false; /* in order already */
    const ir_loc *a = &x->call->loc, *b = &y->call->loc;
    return a->line != b->line ? a->line < b->line : a->col < b->col;
}

/* By callee, caller, place. They come by caller, so counting brings them together, and what is left to order is the
 * calls of one function in another. callees: of all calls of all functions, NO_NODE where there is no edge. */
static void make_edges(engine *e, call_index *x, const uint32_t *callees, uint32_t ncalls) {
    uint32_t *end = LL_NEWN(e->arena, uint32_t, e->nodes.n + 1);
    for (uint32_t i = 0; i < ncalls; i++) {
        if (callees[i] == NO_NODE) continue;
        end[callees[i] + 1]++;
        x->edges.n++;
    }
    for (uint32_t n = 0; n < e->nodes.n; n++) end[n + 1] += end[n];
    call_edge *v = x->edges.v = LL_NEWN(e->arena, call_edge, x->edges.n);
    x->edges.cap = x->edges.n;
    for (uint32_t n = 0; n < e->nodes.n; n++)
        for (uint32_t i = 0; i < e->nodes.v[n].outline->ncalls; i++, callees++) {
            if (*callees == NO_NODE) continue;
            const call_edge g = {n, *callees, &e->nodes.v[n].outline->calls[i]};
            uint32_t at = end[g.to]++;
            for (; at && stands_before(&g, &v[at - 1]); at--) v[at] = v[at - 1];
            v[at] = g;
        }
}

static void index_calls(engine *e, call_index *x) {
    uint32_t ncalls = 0, at = 0;
    for (uint32_t i = 0; i < e->nodes.n; i++) ncalls += e->nodes.v[i].outline->ncalls;
    uint32_t *callees = LL_NEWN(e->arena, uint32_t, ncalls);
    for (uint32_t i = 0; i < e->nodes.n; at += e->nodes.v[i++].outline->ncalls) index_function(e, x, i, callees + at);
    make_edges(e, x, callees, ncalls);
}

uint32_t call_first_edge(const call_index *x, uint32_t node) {
    uint32_t lo = 0, hi = x->edges.n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (x->edges.v[mid].to < node)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool call_gets_to(engine *e, uint32_t from, uint32_t to) {
    const call_index *x = e->calls;
    e->asked_ways = true;
    bool *seen = LL_NEWN(e->arena, bool, e->nodes.n);
    uint32_t *queue = LL_NEWN(e->arena, uint32_t, e->nodes.n), n = 0;
    queue[n++] = to; /* from the callee up: edges are sorted by it */
    seen[to] = true;
    for (uint32_t k = 0; k < n && !seen[from]; k++)
        for (uint32_t i = call_first_edge(x, queue[k]); i < x->edges.n && x->edges.v[i].to == queue[k]; i++) {
            if (seen[x->edges.v[i].from]) continue;
            seen[x->edges.v[i].from] = true;
            queue[n++] = x->edges.v[i].from;
        }
    return seen[from];
}

reach_step *call_reach(engine *e, call_index *x, wanted_call wanted, const void *what) {
    if (!x->nowhere) {
        x->nowhere = LL_NEWN(e->arena, reach_step, e->nodes.n);
        x->queue = LL_NEWN(e->arena, uint32_t, e->nodes.n);
    }
    reach_step *r = x->nowhere;
    uint32_t *queue = x->queue, n = 0;
    for (uint32_t i = 0; i < x->calls.n; i++) {
        const watched_call *w = &x->calls.v[i];
        if (r[w->node].call || !wanted(w, what)) continue;
        if (r == x->nowhere) r = LL_NEWN(e->arena, reach_step, e->nodes.n);
        r[w->node] = (reach_step){w->call, NO_NODE, 1};
        queue[n++] = w->node;
    }
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t lo = call_first_edge(x, queue[k]); lo < x->edges.n && x->edges.v[lo].to == queue[k]; lo++) {
            const call_edge *g = &x->edges.v[lo];
            if (r[g->from].call) continue;
            r[g->from] = (reach_step){g->call, queue[k], r[queue[k]].far + 1};
            queue[n++] = g->from;
        }
    }
    return r;
}

/* ---- roots ---- */

static bool field_is(const ir_place *p, const char *field) {
    const char *last = ir_place_last_field(p);
    return last && strcmp(last, field) == 0;
}

const ir_inst *call_registering(engine *e, uint32_t node, const ir_outcall *c) {
    e->over_calls = true;
    const ir_inst *call = call_inst(e, node, c);
    e->over_calls = false;
    return call;
}

/* sa.sa_handler = f; … sigaction(SIG, &sa, …): the last store to that field ahead of the call. */
static void field_roots(engine *e, const rule_effect *ef, const watched_call *w, visit_root visit) {
    const func_node *n = &e->nodes.v[w->node];
    const ir_inst *call = call_registering(e, w->node, w->call);
    func_node *root = NULL;
    for (uint32_t b = 0; b < n->f->nblocks; b++)
        for (uint32_t i = 0; i < n->f->blocks[b].ninsts; i++) {
            const ir_inst *in = &n->f->blocks[b].insts[i];
            if (in == call) {
                if (root) visit(e, ef->rule, w, root);
                return;
            }
            if (in->op != IR_COPY || !field_is(&in->dst, ef->where.field)) continue;
            root = in->a.kind == IR_O_FUNC ? program_node(e, n->f->vars[in->a.place.var].usr, n->unit) : NULL;
        }
}

/* void on(int sig, void (*h)(int)) { … signal(sig, h); }: whoever calls on() registers its argument. */
static void wrapper_roots(engine *e, const rule_effect *ef, const watched_call *w, uint32_t param, visit_root visit) {
    const call_index *x = e->calls;
    for (uint32_t i = call_first_edge(x, w->node); i < x->edges.n && x->edges.v[i].to == w->node; i++) {
        const call_edge *g = &x->edges.v[i];
        const func_node *n = &e->nodes.v[g->from];
        const ir_var *v = call_function_arg(n->f, call_registering(e, g->from, g->call), param + 1);
        func_node *root = v ? program_node(e, v->usr, n->unit) : NULL;
        if (root) visit(e, ef->rule, &(watched_call){g->from, g->call, w->model}, root);
    }
}

static void param_stores(engine *e, const rule_effect *ef, const watched_call *w, visit_root visit) {
    const ir_inst *call = call_registering(e, w->node, w->call);
    const ir_func *f = e->nodes.v[w->node].f;
    const ir_operand *o = call && ef->where.arg <= call->nargs ? &call->args[ef->where.arg - 1] : NULL;
    if (!ef->where.field && o && o->kind == IR_O_PLACE && !o->place.npath && o->place.var < f->nparams)
        wrapper_roots(e, ef, w, o->place.var, visit);
    for (uint32_t b = 0; ef->where.field && b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            bool param =
                in->op == IR_COPY && in->a.kind == IR_O_PLACE && !in->a.place.npath && in->a.place.var < f->nparams;
            if (param && field_is(&in->dst, ef->where.field)) wrapper_roots(e, ef, w, in->a.place.var, visit);
        }
}

void call_each_root(engine *e, rule_effect_kind kind, visit_root visit) {
    const call_index *x = e->calls;
    for (uint32_t i = 0; i < x->calls.n; i++) {
        const watched_call *w = &x->calls.v[i];
        for (uint32_t k = 0; k < w->model->neffects; k++) {
            const rule_effect *ef = &w->model->effects[k];
            if (ef->kind != kind) continue;
            const func_node *n = &e->nodes.v[w->node];
            const ir_inst *call = ef->where.field ? NULL : call_registering(e, w->node, w->call);
            const ir_var *v = call_function_arg(n->f, call, ef->where.arg);
            func_node *root = v ? program_node(e, v->usr, n->unit) : NULL;
            if (root) visit(e, ef->rule, w, root);
            if (ef->where.field) field_roots(e, ef, w, visit);
            param_stores(e, ef, w, visit);
        }
    }
}

/* What an operand says to whoever looks for roots. */
static void put_root_operand(const ir_func *f, const ir_operand *o, ll_strbuf *out) {
    ll_put_uint(out, o->kind);
    ll_put_int(out, o->kind == IR_O_INT ? o->i : 0);
    ll_put_str(out, o->kind == IR_O_FUNC ? f->vars[o->place.var].usr : NULL);
    bool param = o->kind == IR_O_PLACE && !o->place.npath && o->place.var < f->nparams;
    ll_put_uint(out, param ? o->place.var + 1 : 0);
}

void call_put_roots(const engine *e, const ir_func *f, ll_strbuf *out) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            const char *field = in->op == IR_COPY ? ir_place_last_field(&in->dst) : NULL;
            const ir_var *callee = in->op == IR_CALL && in->a.kind == IR_O_FUNC ? &f->vars[in->a.place.var] : NULL;
            const rule_model *m = callee && callee->name ? rule_set_model(e->rules, callee->name) : NULL;
            if (field && in->type && (in->a.kind == IR_O_FUNC || in->type->kind == IR_T_PTR)) {
                ll_put_str(out, field);
                put_root_operand(f, &in->a, out);
            }
            if (in->op != IR_CALL || (callee && (!m || !m->watches))) continue;
            bool registers = !callee || call_has(m, EFF_HANDLER) || call_has(m, EFF_CALLBACK) || call_has(m, EFF_RUN);
            ll_put_str(out, registers && callee ? callee->name : NULL);
            for (uint32_t k = 0; k < in->nargs && registers; k++) put_root_operand(f, &in->args[k], out);
        }
}

/* ---- building ---- */

static bool bans(const watched_call *w, const void *what) {
    const rule *r = what;
    for (uint32_t i = 0; i < w->model->neffects; i++) {
        const rule_effect *ef = &w->model->effects[i];
        if (ef->kind == EFF_FORBID && ef->rule == r && !ef->nconds) return true;
    }
    return false;
}

static bool has_kind(const watched_call *w, const void *what) {
    return call_has(w->model, *(const rule_effect_kind *)what);
}

static bool wants_index(const engine *e) {
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        rule_kind k = rule_set_at(e->rules, i)->kind;
        if (k == RULE_FORBID || k == RULE_TASK || k == RULE_KEEPALIVE) return true;
    }
    return false;
}

void kinds_prepare(engine *e) {
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        const rule *r = rule_set_at(e->rules, i);
        if (!e->watch_locals && (r->watch & RULE_WATCH_LOCALS)) e->watch_locals = r;
        if (r->entries) LL_PUSH(e->arena, &e->lent, r);
    }
    if (!wants_index(e)) return;
    call_index *x = LL_NEW(e->arena, call_index);
    e->calls = x;
    x->taken = LL_NEWN(e->arena, bool, e->nodes.n);
    x->models = name_map_new(e->arena);
    for (uint32_t i = 0; i < e->globals_list.n; i++)
        for (uint32_t k = 0; k < e->globals_list.v[i]->g->ninits; k++) {
            const ir_init *in = &e->globals_list.v[i]->g->inits[k];
            if (in->value.kind == IR_O_FUNC) take(e, x, in->usr, NULL);
        }
    index_calls(e, x);
    x->reach = LL_NEWN(e->arena, reach_step *, rule_set_count(e->rules));
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        const rule *r = rule_set_at(e->rules, i);
        if (r->kind == RULE_FORBID) x->reach[i] = call_reach(e, x, bans, r);
        if (r->kind != RULE_FORBID) continue;
        if (r->contexts & (IN_LOCK | IN_FORK)) LL_PUSH(e->arena, &x->on_path, r);
        x->in_lock |= (r->contexts & IN_LOCK) != 0;
        x->in_fork |= (r->contexts & IN_FORK) != 0;
    }
    rule_effect_kind exec = EFF_EXEC, run = EFF_RUN;
    x->execs = call_reach(e, x, has_kind, &exec);
    for (uint32_t i = 0; i < x->calls.n; i++) x->threads |= call_has(x->calls.v[i].model, run);
}
