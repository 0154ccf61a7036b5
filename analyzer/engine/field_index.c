#include "engine/field_index.h"

#include "engine/evidence.h"

enum { PARAMS = 4, WRAPPERS = 3 };

/* What a function is known as, by its name. */
typedef struct callee_facts {
    const rule_model *model;
    bool releases; /* its name says so */
} callee_facts;

typedef struct callee {
    const char *usr, *name; /* name NULL: nobody knows what is called */
} callee;

static callee callee_of(const engine *e, const ir_outline *o, uint32_t number) {
    if (number == IR_NO_CALLEE) return (callee){0};
    if (number < o->nrefs) return (callee){o->refs[number].usr, o->refs[number].name};
    const char *usr = program_find_target(e, o->pointers[number - o->nrefs]); /* void (*xfree)(void *) = free; */
    const ir_fdecl *d = usr ? program_find_decl(e, usr) : NULL;
    return (callee){usr, d ? d->name : NULL};
}

static const callee_facts *facts_of(field_index *x, const char *name) {
    callee_facts *c = name_map_get(x->callees, name);
    if (c) return c;
    c = LL_NEW(x->e->arena, callee_facts);
    *c = (callee_facts){rule_set_model(x->e->rules, name), name_releases(x->e, name)};
    name_map_put(x->callees, name, c);
    return c;
}

/* ---- calls that end what they are given ---- */

static bool model_ends(const rule_model *m, uint32_t arg, rule_where_kind kind, const rule **r) {
    for (uint32_t i = 0; m && i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind != EFF_RELEASE || ef->where.kind != kind || ef->where.arg != arg || ef->where.field) continue;
        if (!ef->rule || ef->rule->scope_bound || ef->rule->is_integer) continue;
        *r = ef->rule;
        return true;
    }
    return false;
}

static bool ends(field_index *x, const func_node *n, const ir_field_event *ev, const rule **r, uint32_t depth);

/* free_it(void *p) { free(p); }: the body ends its parameter. */
static bool body_ends(field_index *x, const func_node *to, uint32_t arg, const rule **r, uint32_t depth) {
    bool found = false;
    if (arg > PARAMS || arg > to->f->nparams || depth == WRAPPERS) return false;
    for (uint32_t i = 0; i < to->outline->nevents; i++) {
        const ir_field_event *ev = &to->outline->events[i];
        const rule *one;
        if (ev->what != IR_FIELD_VALUE || ev->field || ev->var != arg - 1) continue;
        if (!ends(x, to, ev, &one, depth + 1)) continue;
        found = true;
        if (one) *r = one;
    }
    return found;
}

/* The argument is a pointer that the callee ends: by a rule, by its body, or by its name. */
static bool ends(field_index *x, const func_node *n, const ir_field_event *ev, const rule **r, uint32_t depth) {
    const callee c = callee_of(x->e, n->outline, ev->callee);
    const callee_facts *k = c.name ? facts_of(x, c.name) : NULL;
    *r = NULL;
    if (!k) return false;
    if (model_ends(k->model, ev->arg, WHERE_ARG, r)) return true;
    if (!k->releases) return false;
    const func_node *to = c.usr ? program_find_node(x->e, c.usr, n->unit) : NULL;
    if (to) return body_ends(x, to, ev->arg, r, depth);
    return !k->model && ev->arg == 1;
}

/* ---- stores ---- */

static record_type *type_at(field_index *x, const char *type) {
    record_type *t = name_map_get(x->types, type);
    if (t) return t;
    t = LL_NEW(x->e->arena, record_type);
    name_map_put(x->types, type, t);
    return t;
}

static record_field *field_at(field_index *x, const ir_field_event *ev) {
    record_type *t = type_at(x, ev->type);
    for (uint32_t i = 0; i < t->fields.n; i++)
        if (t->fields.v[i]->field == ev->field) return t->fields.v[i];
    record_field *r = LL_NEW(x->e->arena, record_field);
    *r = (record_field){.type = ev->type, .field = ev->field};
    LL_PUSH(x->e->arena, &t->fields, r);
    return r;
}

/* Not what a getter found: that is somebody else's. */
static void note_given(field_index *x, uint32_t node, const ir_field_event *ev) {
    record_field *r = field_at(x, ev);
    for (uint32_t i = 0; i < ev->ngivers; i++)
        if (name_borrows(ev->givers[i])) {
            r->borrows = true;
            return;
        }
    r->ngiven += ev->ngivers > 0;
    const char *last = ev->ngivers ? ev->givers[ev->ngivers - 1] : NULL;
    LL_PUSH(x->e->arena, &r->given, (field_store){node, ev, last});
}

static void note_handed(field_index *x, const ir_field_event *ev) {
    if (ev->type)
        field_at(x, ev)->handed = true;
    else
        name_map_put(x->handed, ev->field, x);
}

/* ---- calls ---- */

static void note_ender(field_index *x, const char *field, uint32_t node) {
    field_enders *n = name_map_get(x->enders, field);
    if (!n) {
        n = LL_NEW(x->e->arena, field_enders);
        name_map_put(x->enders, field, n);
    }
    if (!n->nodes.n || n->nodes.v[n->nodes.n - 1] != node) LL_PUSH(x->e->arena, &n->nodes, node);
}

/* The callee takes any pointer, and knows nothing of what the record holds. */
static bool takes_anything(const engine *e, const func_node *n, const ir_field_event *ev) {
    const callee c = callee_of(e, n->outline, ev->callee);
    const ir_fdecl *d = c.usr ? program_find_decl(e, c.usr) : NULL;
    const ir_type *ty = d && ev->arg <= d->nparams ? d->params[ev->arg - 1] : NULL;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_VOID;
}

/* What is only looked at is not handed on. */
static bool only_looks(const engine *e, const ir_outline *o, const ir_field_event *ev) {
    const ir_fdecl *d = ev->callee < o->nrefs ? program_find_decl(e, o->refs[ev->callee].usr) : NULL;
    if (!d) return false;
    return ev->arg <= d->nparams ? ir_points_to_const(d->params[ev->arg - 1]) : d->variadic && d->in_system_header;
}

/* asprintf(&p->name, …): the call gives what the field holds. */
static bool gives_by_address(field_index *x, const func_node *n, const ir_field_event *ev, const char **name) {
    *name = callee_of(x->e, n->outline, ev->callee).name;
    const rule_model *m = *name ? facts_of(x, *name)->model : NULL;
    for (uint32_t i = 0; m && i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind == EFF_ACQUIRE && ef->where.kind == WHERE_ARG_DEREF && ef->where.arg == ev->arg) return true;
    }
    return false;
}

static void note_address(field_index *x, uint32_t node, const ir_field_event *ev) {
    const char *name;
    if (!gives_by_address(x, &x->e->nodes.v[node], ev, &name)) {
        note_ender(x, ev->field, node); /* freep(&p->name) */
    } else if (ev->type) {
        record_field *r = field_at(x, ev);
        r->ngiven++;
        LL_PUSH(x->e->arena, &r->given, (field_store){node, ev, name});
    }
}

static void note_value(field_index *x, uint32_t node, const ir_field_event *ev) {
    const func_node *n = &x->e->nodes.v[node];
    release_call c = {.node = node, .at = ev};
    if (ev->direct && !only_looks(x->e, n->outline, ev)) note_handed(x, ev);
    if (!ev->field && !(ev->type && takes_anything(x->e, n, ev))) return;
    if (!ends(x, n, ev, &c.rule, 0)) return;
    c.by = ev->macro ? ev->macro : callee_of(x->e, n->outline, ev->callee).name;
    if (ev->field) note_ender(x, ev->field, node);
    if (ev->field && ev->type) LL_PUSH(x->e->arena, &field_at(x, ev)->released, c);
    if (!ev->field) LL_PUSH(x->e->arena, &x->records, (record_release){c, ev->type, type_at(x, ev->type)});
}

static void note(field_index *x, uint32_t node, const ir_field_event *ev) {
    switch (ev->what) {
        case IR_FIELD_MET:
            field_at(x, ev);
            break;
        case IR_FIELD_GIVEN:
            note_given(x, node, ev);
            break;
        case IR_FIELD_SHARED:
            field_at(x, ev)->borrows = true;
            break;
        case IR_FIELD_HANDED:
            note_handed(x, ev);
            break;
        case IR_FIELD_COPIED:
            type_at(x, ev->type)->copied = true;
            break;
        case IR_FIELD_VALUE:
            note_value(x, node, ev);
            break;
        case IR_FIELD_ADDRESS:
            note_address(x, node, ev);
            break;
        case IR_FIELD_WHATS:
            break;
    }
}

field_index *field_index_new(engine *e) {
    field_index *x = LL_NEW(e->arena, field_index);
    x->e = e;
    x->types = name_map_new(e->arena);
    x->enders = name_map_new(e->arena);
    x->handed = name_map_new(e->arena);
    x->callees = name_map_new(e->arena);
    for (uint32_t n = 0; n < e->nodes.n; n++)
        for (uint32_t i = 0; i < e->nodes.v[n].outline->nevents; i++) note(x, n, &e->nodes.v[n].outline->events[i]);
    return x;
}
