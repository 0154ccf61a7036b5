/* Objects freed while something in them is armed, when no one function shows it:
 *
 *     void conn_new(…)        { …  event_add(&c->ev, …); }      a field of struct conn is armed somewhere,
 *     void conn_free(conn *c) { free(c->name); free(c); }       and this releases a struct conn without a stop.
 *
 * What one path shows, bond.c and kind_keepalive.c find. This is the question to the whole program, asked of the
 * summaries once all are there: which outcome releases an object of a type with an armed field and does not stop it? It
 * is not asked where the stop may well be: when the releasing function has a stop on some other path or near it in its
 * callees, when each of its callers has one, when the field is known to be empty; and, where nothing ever stops the
 * field, when the callback of that very field releases the object itself (it has fired, and is armed no more). */
#include <string.h>

#include "engine/call_index.h"

enum { NEAR = 2, CALLERS_UP = 3, MOST_CALLERS = 1000 };

typedef struct armed_field {
    const char *type;  /* of the record */
    const char *field; /* in it, the last name of the path */
    const rule *rule;
    bool handle; /* the field holds a handle; the object itself is what is kept */
    uint32_t node;
    const ir_outcall *call;  /* where it is armed */
    uint32_t stopper;        /* a function that stops it; NO_NODE: none */
    const ir_outcall *stop;  /* there */
    bool ended;              /* some stop is not there to arm it anew */
    bool staged;             /* nor to release the object then: some stage before its end */
    const reach_step *stops; /* ways from every function to a stop */
} armed_field;

typedef LL_ARRAY(armed_field) armed_list;

/* `&v->field` or `v->field` with v a pointer to a record: the record's type, and the field. */
static bool field_place(const ir_func *f, const ir_place *p, const char **type, const char **field) {
    *type = NULL;
    *field = p->var == IR_NOVAR ? NULL : ir_place_last_field(p);
    if (!*field) return false;
    const ir_type *ty = f->vars[p->var].type;
    bool one_step = p->path[0].kind == IR_S_DEREF;
    for (uint32_t i = 1; i < p->npath; i++) one_step = one_step && p->path[i].kind == IR_S_FIELD;
    if (one_step && ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD) *type = ty->elem->name;
    return true;
}

static bool operand_field(const ir_func *f, const ir_inst *in, uint32_t arg, const char **type, const char **field) {
    if (!arg || arg > in->nargs) return false;
    const ir_operand *o = &in->args[arg - 1];
    return (o->kind == IR_O_ADDR || o->kind == IR_O_PLACE) && field_place(f, &o->place, type, field);
}

/* o->id = register(…, o): the field that the result goes to, at once or by way of a temporary. */
static bool result_field(const ir_func *f, const ir_inst *call, const char **type, const char **field) {
    if (call->dst.var == IR_NOVAR) return false;
    if (call->dst.npath) return field_place(f, &call->dst, type, field);
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            bool copy =
                in->op == IR_COPY && in->a.kind == IR_O_PLACE && !in->a.place.npath && in->a.place.var == call->dst.var;
            if (copy && in->dst.npath) return field_place(f, &in->dst, type, field);
        }
    return false;
}

static const char *pointee(const ir_func *f, const ir_operand *o) {
    if (o->kind != IR_O_PLACE || o->place.npath) return NULL;
    const ir_type *ty = f->vars[o->place.var].type;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD ? ty->elem->name : NULL;
}

static bool armed_by(const engine *e, const watched_call *w, const rule_effect *ef, armed_field *out) {
    const ir_inst *call = call_inst(e, w->node, w->call);
    const ir_func *f = e->nodes.v[w->node].f;
    *out = (armed_field){.rule = ef->rule, .node = w->node, .call = w->call, .stopper = NO_NODE};
    if (!call) return false;
    if (ef->from.kind == WHERE_NONE) /* embedded; a pointer would be to another object */
        return operand_field(f, call, ef->where.arg, &out->type, &out->field) && out->type &&
               call->args[ef->where.arg - 1].kind == IR_O_ADDR;
    out->handle = true;
    bool found = ef->from.kind == WHERE_RET ? result_field(f, call, &out->type, &out->field)
                                            : operand_field(f, call, ef->from.arg, &out->type, &out->field);
    if (!found || !out->type || !ef->where.arg || ef->where.arg > call->nargs) return false;
    const char *kept = pointee(f, &call->args[ef->where.arg - 1]);
    return kept && strcmp(kept, out->type) == 0;
}

static void collect(engine *e, armed_list *l) {
    const call_index *x = e->calls;
    for (uint32_t i = 0; i < x->calls.n; i++) {
        const watched_call *w = &x->calls.v[i];
        for (uint32_t k = 0; k < w->model->neffects; k++) {
            armed_field a;
            const rule_effect *ef = &w->model->effects[k];
            if (ef->kind != EFF_KEEP || !ef->rule->armed || !armed_by(e, w, ef, &a)) continue;
            bool known = false;
            for (uint32_t j = 0; j < l->n && !known; j++)
                known = l->v[j].field == a.field && l->v[j].rule == a.rule && strcmp(l->v[j].type, a.type) == 0;
            if (!known) LL_PUSH(e->arena, l, a);
        }
    }
}

/* ---- stops ---- */

typedef struct stop_query {
    const engine *e;
    const armed_field *a;
} stop_query;

/* wl_list_remove(&c->listener.link): what is named may be a part of the field. */
static bool within_field(const ir_operand *o, const armed_field *a) {
    for (uint32_t i = 0; i < o->place.npath; i++)
        if (o->place.path[i].kind == IR_S_FIELD && o->place.path[i].field == a->field) return true;
    return false;
}

static bool stops_field(const watched_call *w, const void *what) {
    const stop_query *q = what;
    for (uint32_t k = 0; k < w->model->neffects; k++) {
        const rule_effect *ef = &w->model->effects[k];
        if (ef->kind != EFF_END || ef->rule != q->a->rule) continue;
        const char *type, *field;
        if (ef->where.kind == WHERE_NONE) return true;
        const ir_inst *call = call_inst(q->e, w->node, w->call);
        if (!call) return true;
        if (!operand_field(q->e->nodes.v[w->node].f, call, ef->where.arg, &type, &field)) {
            bool own = ef->where.arg <= call->nargs && call->args[ef->where.arg - 1].kind == IR_O_ADDR;
            if (own) continue; /* a variable's own address */
            return true;       /* a pointer that came from elsewhere: it may be anybody's */
        }
        if (!within_field(&call->args[ef->where.arg - 1], q->a)) continue;
        if (!type || strcmp(type, q->a->type) == 0) return true;
    }
    return false;
}

static bool arms_too(const engine *e, uint32_t node, const armed_field *a) {
    for (uint32_t i = 0; i < e->calls->calls.n; i++) {
        const watched_call *w = &e->calls->calls.v[i];
        for (uint32_t k = 0; w->node == node && k < w->model->neffects; k++) {
            armed_field x;
            const rule_effect *ef = &w->model->effects[k];
            bool keeps = ef->kind == EFF_KEEP && ef->rule == a->rule && armed_by(e, w, ef, &x);
            if (keeps && x.field == a->field) return true;
        }
    }
    return false;
}

static void find_stops(engine *e, armed_field *a) {
    stop_query q = {e, a};
    a->stops = call_reach(e, e->calls, stops_field, &q);
    for (uint32_t i = 0; i < e->calls->calls.n && !a->ended; i++) {
        const watched_call *w = &e->calls->calls.v[i];
        if (!stops_field(w, &q)) continue;
        a->stopper = w->node;
        a->stop = w->call;
        a->ended = !arms_too(e, w->node, a);
    }
}

static bool stops_near(const armed_field *a, uint32_t node) {
    for (uint32_t n = 0; n <= NEAR && node != NO_NODE && a->stops[node].call; n++) {
        if (a->stops[node].node == NO_NODE) return true;
        node = a->stops[node].node;
    }
    return false;
}

/* Every way up from here meets a function with a stop nearby. */
static bool callers_stop(const engine *e, const armed_field *a, uint32_t node, uint32_t up, uint32_t *asked) {
    if (stops_near(a, node) || ++*asked > MOST_CALLERS) return true; /* too many to say that none does */
    if (up == CALLERS_UP) return false;
    e->nodes.v[node].asked_around = true;
    bool any = false;
    for (uint32_t i = call_first_edge(e->calls, node); i < e->calls->edges.n && e->calls->edges.v[i].to == node; i++) {
        any = true;
        if (!callers_stop(e, a, e->calls->edges.v[i].from, up + 1, asked)) return false;
    }
    return any || (a->ended && e->calls->taken[node]); /* called back, after whoever stops it, perhaps */
}

/* A function registered for this field (in a call that names both) gets to `node`. */
static bool freed_by_callback(engine *e, const armed_field *a, uint32_t node) {
    for (uint32_t i = 0; i < e->calls->callbacks.n; i++) {
        const field_callback *x = &e->calls->callbacks.v[i];
        if (x->field == a->field && call_gets_to(e, x->node, node)) return true;
    }
    return false;
}

/* ---- releases in summaries ---- */

static bool same_sub(const disjunct *d, uint32_t s, uint32_t object, const char *field) {
    for (uint32_t n = 0; s && n < 16; n++) {
        const sum_sym *x = &d->syms[s - 1];
        if (x->kind == SY_SUB && x->op == SUB_FIELD && x->p == field) {
            uint32_t base = x->a;
            while (base && base != object && d->syms[base - 1].kind == SY_SUB) base = d->syms[base - 1].a;
            if (base == object) return true;
        }
        if (x->kind != SY_SUB && x->kind != SY_INIT) return false;
        s = x->a;
    }
    return false;
}

static bool stopped_in(const disjunct *d, uint32_t object, const armed_field *a) {
    for (uint32_t i = 0; i < d->nbonds; i++) {
        const sum_bond *b = &d->bonds[i];
        if (b->kind == BOND_STOPPED && b->rule == a->rule && (!b->s || same_sub(d, b->s, object, a->field)))
            return true;
    }
    for (uint32_t i = 0; a->handle && i < d->nranges; i++) /* known to be empty */
        if (d->ranges[i].lo <= 0 && d->ranges[i].hi <= 0 && same_sub(d, d->ranges[i].s, object, a->field)) return true;
    return false;
}

static bool record_pointer(const ir_type *ty) {
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD && ty->elem->name;
}

/* `struct conn *c = arg;`: what a value of void * is taken for. */
static const ir_type *taken_for(const ir_func *f, uint32_t param, const char *field) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->op != IR_COPY || in->a.kind != IR_O_PLACE || in->dst.npath) continue;
            const ir_place *p = &in->a.place;
            bool from = field ? ir_place_last_field(p) == field : !p->npath && p->var == param;
            if (from && record_pointer(f->vars[in->dst.var].type)) return f->vars[in->dst.var].type;
        }
    return NULL;
}

/* The type of what a released symbol points to; a variable's own type, for the value's may be that of free(). */
static const ir_type *released_type(const engine *e, const func_node *n, const disjunct *d, const sum_sym *x) {
    const sum_sym *home = &d->syms[x->a - 1];
    const ir_type *ty = home->kind == SY_ADDR ? home->type : x->type;
    if (record_pointer(ty)) return ty;
    if (home->kind == SY_ADDR) return home->p ? NULL : taken_for(program_body(e, n), home->a, NULL);
    return home->kind == SY_SUB && home->op == SUB_FIELD ? taken_for(program_body(e, n), IR_NOVAR, home->p) : NULL;
}

/* NULL: the track is no release of a record. */
static const char *released_record(const engine *e, const func_node *n, const disjunct *d, const sum_track *t) {
    if (t->state != TR_RELEASED || t->acq || !t->rule || t->rule->keeps_memory || t->rule->is_integer) return NULL;
    if (t->rule->counted || !t->ended || d->syms[t->s - 1].kind != SY_INIT) return NULL;
    const ir_type *ty = released_type(e, n, d, &d->syms[t->s - 1]);
    return ty ? ty->elem->name : NULL;
}

static const sum_track *release_of(const engine *e, const func_node *n, const disjunct *d, const armed_field *a) {
    for (uint32_t i = 0; i < d->ntracks; i++) {
        const char *type = released_record(e, n, d, &d->tracks[i]);
        if (type && strcmp(type, a->type) == 0) return &d->tracks[i];
    }
    return NULL;
}

static bool has_name(const char *const *v, uint32_t n, const char *name) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(v[i], name) == 0) return true;
    return false;
}

const char **armed_releases(const engine *e, const func_node *n, uint32_t *ntypes) {
    LL_ARRAY(const char *) found = {0};
    for (uint32_t i = 0; i < n->sum->n; i++)
        for (uint32_t k = 0; k < n->sum->d[i].ntracks; k++) {
            const char *type = released_record(e, n, &n->sum->d[i], &n->sum->d[i].tracks[k]);
            if (type && !has_name(found.v, found.n, type)) LL_PUSH(e->arena, &found, type);
        }
    *ntypes = found.n;
    return found.v;
}

static bool releases(engine *e, uint32_t node, const armed_field *a) {
    func_node *n = &e->nodes.v[node];
    if (n->packed && !n->sum && !has_name(n->releases, n->nreleases, a->type)) return false;
    const summary *s = program_summary(e, n);
    for (uint32_t i = 0; s && i < s->n; i++)
        if (release_of(e, n, &s->d[i], a)) return true;
    return false;
}

/* Stopped by a function that neither arms it anew nor releases the object, nor do its callers: an object that ends in
 * stages may come to its last one with nothing armed. */
static void find_stages(engine *e, armed_field *a) {
    stop_query q = {e, a};
    const call_index *x = e->calls;
    for (uint32_t i = 0; i < x->calls.n && !a->staged; i++) {
        const watched_call *w = &x->calls.v[i];
        if (!a->ended || !stops_field(w, &q) || arms_too(e, w->node, a) || releases(e, w->node, a)) continue;
        bool by_caller = false;
        for (uint32_t k = call_first_edge(x, w->node); k < x->edges.n && x->edges.v[k].to == w->node; k++)
            by_caller |= releases(e, x->edges.v[k].from, a);
        a->staged = !by_caller;
    }
}

/* The release in this function's summary that nothing answers; NULL: none. */
static const sum_track *unanswered(engine *e, func_node *n, const armed_field *a) {
    if (n->packed && !n->sum && !has_name(n->releases, n->nreleases, a->type)) return NULL;
    const summary *s = program_summary(e, n);
    const sum_track *found = NULL;
    for (uint32_t i = 0; s && i < s->n; i++) {
        const sum_track *t = release_of(e, n, &s->d[i], a);
        if (!t) continue;
        if (stopped_in(&s->d[i], t->s, a)) return NULL;
        found = t;
    }
    return found;
}

/* A callee that releases it the same way is the one to speak of. */
static bool callee_answers(engine *e, const func_node *n, const sum_track *t, const armed_field *a) {
    const ir_inst *in = t->ended;
    if (in->op != IR_CALL || in->a.kind != IR_O_FUNC) return true;
    func_node *to = program_node(e, program_body(e, n)->vars[in->a.place.var].usr, n->unit);
    return to && unanswered(e, to, a);
}

static void report_armed(engine *e, const armed_field *a, const func_node *n, const sum_track *t) {
    fctx c = {.e = e, .f = n->f};
    const char *by = t->released_by ? t->released_by : "?";
    finding x = kinds_finding(e, a->rule, n->f, t->ended,
                              report_words(&c, "`%s` is released by %s() while the %s in its field `%s` may be armed",
                                           a->type, by, a->rule->resource, a->field));
    x.confidence = CONFIDENCE_MEDIUM;
    x.role_acquire = a->type;
    x.role_exit = by;
    x.role_place = a->field;
    step_list l = {0};
    const func_node *arms = &e->nodes.v[a->node];
    report_step(&c, &l, STEP_ACQUIRE, arms->f, call_inst(e, a->node, a->call), 0,
                report_words(&c, "%s() arms `%s`", arms->f->name, a->field));
    if (a->stopper != NO_NODE) {
        const func_node *stops = &e->nodes.v[a->stopper];
        report_step(&c, &l, STEP_NOTE, stops->f, call_inst(e, a->stopper, a->stop), 0,
                    report_words(&c, "%s() stops it", stops->f->name));
    }
    report_step(&c, &l, STEP_RELEASE, n->f, t->ended, 0,
                report_words(&c, "%s() releases the object here, and stops nothing", n->f->name));
    x.steps = l.v;
    x.nsteps = l.n;
    LL_PUSH(e->out_arena, &e->out->items, x);
}

void armed_report(engine *e) {
    armed_list l = {0};
    collect(e, &l);
    for (uint32_t i = 0; i < l.n; i++) find_stops(e, &l.v[i]);
    for (uint32_t i = 0; i < l.n; i++) find_stages(e, &l.v[i]);
    for (uint32_t k = 0; l.n && k < e->nodes.n; k++) {
        func_node *n = &e->nodes.v[k];
        for (uint32_t i = 0; i < l.n; i++) {
            const armed_field *a = &l.v[i];
            const sum_track *t = a->staged ? NULL : unanswered(e, n, a);
            if (!t || callee_answers(e, n, t, a)) continue;
            uint32_t asked = 0;
            if (callers_stop(e, a, k, 0, &asked)) continue;
            if (a->stopper == NO_NODE && freed_by_callback(e, a, k)) continue;
            report_armed(e, a, n, t);
        }
    }
}
