#include "engine/field_index.h"

#include <string.h>

#include "engine/evidence.h"

enum { PARAMS = 4, WRAPPERS = 3, DEFS = 8 };

/* Per function and parameter, once asked. */
struct param_end {
    uint8_t known[PARAMS]; /* 0 not asked, 1 no, 2 yes */
    const rule *rule[PARAMS];
};

const char *field_record_of(const ir_func *f, uint32_t var) {
    const ir_type *ty = f->vars[var].type;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD ? ty->elem->name : NULL;
}

/* `v->a.b` with v a pointer to a record, or a record itself: its name. */
static const char *base_record(const ir_func *f, const ir_place *p) {
    uint32_t from = p->path[0].kind == IR_S_DEREF;
    for (uint32_t i = from; i < p->npath; i++)
        if (p->path[i].kind != IR_S_FIELD) return NULL;
    if (from) return field_record_of(f, p->var);
    const ir_type *ty = f->vars[p->var].type;
    return ty && ty->kind == IR_T_RECORD ? ty->name : NULL;
}

/* ---- calls that end what they are given ---- */

static const char *callee_name(const engine *e, const ir_func *f, const ir_inst *call, const char **usr) {
    const ir_place *p = &call->a.place;
    *usr = NULL;
    if (call->a.kind != IR_O_FUNC && (call->a.kind != IR_O_PLACE || p->npath || f->vars[p->var].kind != IR_V_GLOBAL))
        return NULL;
    *usr = f->vars[p->var].usr;
    if (call->a.kind == IR_O_FUNC) return f->vars[p->var].name;
    *usr = program_find_target(e, *usr); /* void (*xfree)(void *) = free; */
    const ir_fdecl *d = *usr ? program_find_decl(e, *usr) : NULL;
    return d ? d->name : NULL;
}

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

static bool ends(field_index *x, uint32_t node, const ir_inst *call, uint32_t arg, const rule **r, uint32_t depth);

/* free_it(void *p) { free(p); }: the body ends its parameter. */
static bool body_ends(field_index *x, const func_node *to, uint32_t arg, const rule **r, uint32_t depth) {
    const ir_func *f = program_body(x->e, to);
    uint32_t number = (uint32_t)(to - x->e->nodes.v);
    if (arg > PARAMS || arg > f->nparams) return false;
    struct param_end *k = &x->ends[number];
    if (!k->known[arg - 1]) {
        k->known[arg - 1] = 1;
        for (uint32_t b = 0; depth < WRAPPERS && b < f->nblocks; b++)
            for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
                const ir_inst *in = &f->blocks[b].insts[i];
                for (uint32_t a = 0; in->op == IR_CALL && a < in->nargs; a++) {
                    const ir_operand *o = &in->args[a];
                    bool param = o->kind == IR_O_PLACE && !o->place.npath && o->place.var == arg - 1;
                    if (param && ends(x, number, in, a + 1, &k->rule[arg - 1], depth + 1)) k->known[arg - 1] = 2;
                }
            }
    }
    *r = k->rule[arg - 1];
    return k->known[arg - 1] == 2;
}

static bool ends(field_index *x, uint32_t node, const ir_inst *call, uint32_t arg, const rule **r, uint32_t depth) {
    const func_node *n = &x->e->nodes.v[node];
    const char *usr, *name = callee_name(x->e, n->f, call, &usr);
    *r = NULL;
    if (!name) return false;
    if (model_ends(rule_set_model(x->e->rules, name), arg, WHERE_ARG, r)) return true;
    const func_node *to = usr ? program_find_node(x->e, usr, n->unit) : NULL;
    if (!name_releases(x->e, name)) return false;
    if (to) return body_ends(x, to, arg, r, depth);
    return !rule_set_model(x->e->rules, name) && arg == 1;
}

bool field_call_ends(field_index *x, uint32_t node, const ir_inst *call, uint32_t arg, release_call *out) {
    const char *usr, *name = callee_name(x->e, x->e->nodes.v[node].f, call, &usr);
    *out = (release_call){.node = node, .inst = call, .by = call->macro ? call->macro : name};
    return ends(x, node, call, arg, &out->rule, 0);
}

/* ---- stores ---- */

typedef enum given_kind { GIVEN_NOTHING, GIVEN_CALL, GIVEN_PARAM, GIVEN_OTHER } given_kind;

static const char *called(const ir_func *f, const ir_inst *call) {
    const ir_place *p = &call->a.place;
    if (call->a.kind == IR_O_FUNC) return f->vars[p->var].name;
    return call->a.kind == IR_O_PLACE && !p->npath ? f->vars[p->var].name : NULL;
}

/* What a call gives is somebody's own: not a view of a constant, not what a getter found. */
static bool call_gives(const ir_func *f, const ir_inst *call) {
    const char *name = called(f, call);
    if (!name || name_borrows(name)) return false;
    return !ir_points_to_const(call->type);
}

/* The value goes to more than one place: which of them owns it? */
static bool stored_twice(const ir_func *f, uint32_t var) {
    uint32_t n = 0;
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            bool copy = in->op == IR_COPY && in->a.kind == IR_O_PLACE && !in->a.place.npath && in->a.place.var == var;
            n += copy && (in->dst.npath || f->vars[in->dst.var].kind == IR_V_GLOBAL);
        }
    return n > 1;
}

/* All that a variable was ever given, as one answer. */
static given_kind variable_given(const ir_func *f, uint32_t var, const ir_inst **by, uint32_t depth) {
    given_kind k = var < f->nparams ? GIVEN_PARAM : GIVEN_NOTHING;
    if (f->vars[var].kind == IR_V_GLOBAL || depth > DEFS) return GIVEN_OTHER;
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->dst.var != var || in->dst.npath || in->op == IR_DECL || in->op == IR_SCOPE_END) continue;
            if (in->op == IR_COPY && in->a.kind == IR_O_INT && !in->a.i) continue;
            const ir_place *p = &in->a.place;
            bool temp = in->op == IR_COPY && in->a.kind == IR_O_PLACE && !p->npath && f->vars[p->var].kind == IR_V_TEMP;
            given_kind one = temp                                     ? variable_given(f, p->var, by, depth + 1)
                             : in->op == IR_CALL && call_gives(f, in) ? GIVEN_CALL
                                                                      : GIVEN_OTHER;
            if (one == GIVEN_NOTHING) continue;
            if (one == GIVEN_OTHER || (k != GIVEN_NOTHING && k != one)) return GIVEN_OTHER;
            if (!temp) *by = in;
            k = one;
        }
    return k;
}

static given_kind given(const ir_func *f, const ir_inst *in, const ir_inst **by) {
    *by = in;
    if (in->op == IR_CALL) return call_gives(f, in) ? GIVEN_CALL : GIVEN_OTHER;
    if (in->op != IR_COPY) return GIVEN_OTHER;
    if (in->a.kind == IR_O_INT && !in->a.i) return GIVEN_NOTHING;
    if (in->a.kind != IR_O_PLACE || in->a.place.npath) return GIVEN_OTHER;
    return stored_twice(f, in->a.place.var) ? GIVEN_OTHER : variable_given(f, in->a.place.var, by, 0);
}

static record_field *field_at(field_index *x, const char *type, const char *field) {
    char key[512];
    size_t n = strlen(type), m = strlen(field);
    if (n + m + 2 > sizeof key) return NULL;
    memcpy(key, type, n);
    key[n] = '.';
    memcpy(key + n + 1, field, m + 1);
    const char *name = ll_intern_str(x->e->names, key);
    record_field *r = name_map_get(x->by_name, name);
    if (r) return r;
    r = LL_NEW(x->e->arena, record_field);
    *r = (record_field){.type = type, .field = field};
    name_map_put(x->by_name, name, r);
    LL_PUSH(x->e->arena, &x->fields, r);
    return r;
}

static void note_store(field_index *x, uint32_t node, const ir_inst *in) {
    const ir_func *f = x->e->nodes.v[node].f;
    if (in->op == IR_DECL || in->op == IR_SCOPE_END || in->op == IR_ZERO || !ir_place_last_field(&in->dst)) return;
    const char *type = base_record(f, &in->dst);
    if (!type || !in->type || in->type->kind != IR_T_PTR) return;
    record_field *r = field_at(x, type, ir_place_last_field(&in->dst));
    const ir_inst *by = in;
    given_kind k = r ? given(f, in, &by) : GIVEN_NOTHING;
    if (k == GIVEN_NOTHING) return;
    r->borrows |= k == GIVEN_OTHER;
    if (k == GIVEN_OTHER) return;
    r->ngiven += k == GIVEN_CALL;
    LL_PUSH(x->e->arena, &r->given, (field_store){node, by, k == GIVEN_CALL ? called(f, by) : NULL});
}

/* ---- releases ---- */

/* `char *s = p->name; … free(s);`: the field that a local was read from, and only from there. */
static const ir_place *source_of(const ir_func *f, const ir_operand *o) {
    if (o->place.npath || f->vars[o->place.var].kind == IR_V_GLOBAL || o->place.var < f->nparams) return &o->place;
    const ir_place *from = NULL;
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->dst.var != o->place.var || in->dst.npath || in->op == IR_DECL || in->op == IR_SCOPE_END) continue;
            if (from || in->op != IR_COPY || in->a.kind != IR_O_PLACE) return &o->place;
            from = &in->a.place;
        }
    return from && ir_place_last_field(from) ? from : &o->place;
}

static void note_ender(field_index *x, const char *field, uint32_t node) {
    field_enders *n = name_map_get(x->enders, field);
    if (!n) {
        n = LL_NEW(x->e->arena, field_enders);
        name_map_put(x->enders, field, n);
    }
    if (!n->nodes.n || n->nodes.v[n->nodes.n - 1] != node) LL_PUSH(x->e->arena, &n->nodes, node);
}

/* The callee takes any pointer, and knows nothing of what the record holds. */
static bool takes_anything(const engine *e, const ir_func *f, const ir_inst *call, uint32_t arg) {
    const char *usr;
    if (!callee_name(e, f, call, &usr)) return false;
    const ir_fdecl *d = usr ? program_find_decl(e, usr) : NULL;
    const ir_type *ty = d && arg <= d->nparams ? d->params[arg - 1] : NULL;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_VOID;
}

/* asprintf(&p->name, …): the call gives what the field holds. */
static bool note_out(field_index *x, const ir_func *f, uint32_t node, const ir_inst *in, uint32_t arg) {
    const char *usr, *name = callee_name(x->e, f, in, &usr);
    const rule_model *m = name ? rule_set_model(x->e->rules, name) : NULL;
    const ir_place *p = &in->args[arg - 1].place;
    for (uint32_t i = 0; m && i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind != EFF_ACQUIRE || ef->where.kind != WHERE_ARG_DEREF || ef->where.arg != arg) continue;
        const char *type = base_record(f, p);
        record_field *r = type ? field_at(x, type, ir_place_last_field(p)) : NULL;
        if (r) r->ngiven++;
        if (r) LL_PUSH(x->e->arena, &r->given, (field_store){node, in, name});
        return true;
    }
    return false;
}

static void note_call(field_index *x, uint32_t node, const ir_inst *in) {
    const ir_func *f = x->e->nodes.v[node].f;
    for (uint32_t a = 1; a <= in->nargs; a++) {
        const ir_operand *o = &in->args[a - 1];
        release_call c;
        if (o->kind == IR_O_ADDR && ir_place_last_field(&o->place)) {
            if (!note_out(x, f, node, in, a)) note_ender(x, ir_place_last_field(&o->place), node); /* freep(&p->name) */
            continue;
        }
        if (o->kind != IR_O_PLACE || !field_call_ends(x, node, in, a, &c)) continue;
        const ir_place *p = source_of(f, o);
        c.var = p->var;
        const char *type = p->npath ? base_record(f, p) : field_record_of(f, p->var);
        if (ir_place_last_field(p)) note_ender(x, ir_place_last_field(p), node);
        record_field *r = type && ir_place_last_field(p) ? field_at(x, type, ir_place_last_field(p)) : NULL;
        if (r) LL_PUSH(x->e->arena, &r->released, c);
        if (type && !p->npath && takes_anything(x->e, f, in, a))
            LL_PUSH(x->e->arena, &x->records, (record_release){c, type});
    }
}

static void hand(field_index *x, const ir_func *f, const ir_operand *o) {
    if (o->kind != IR_O_PLACE || !ir_place_last_field(&o->place)) return;
    const char *type = base_record(f, &o->place), *field = ir_place_last_field(&o->place);
    record_field *r = type ? field_at(x, type, field) : NULL;
    if (r) r->handed = true;
    if (!type) name_map_put(x->handed, field, x);
}

/* Where a field's value goes: to variables and parameters that could release it? */
static void note_handed(field_index *x, const ir_func *f, const ir_inst *in) {
    if (in->op == IR_RET && !ir_points_to_const(f->ret)) hand(x, f, &in->a);
    if (in->op == IR_COPY && (in->dst.npath || !ir_points_to_const(f->vars[in->dst.var].type))) hand(x, f, &in->a);
    if (in->op != IR_CALL) return;
    const ir_fdecl *d = in->a.kind == IR_O_FUNC ? program_find_decl(x->e, f->vars[in->a.place.var].usr) : NULL;
    for (uint32_t i = 0; i < in->nargs; i++) {
        bool borrowed = d && (i < d->nparams ? ir_points_to_const(d->params[i]) : d->variadic && d->in_system_header);
        if (!borrowed) hand(x, f, &in->args[i]);
    }
}

/* q->list = p->list: whose is it now? */
static void note_move(field_index *x, const ir_func *f, const ir_inst *in) {
    bool kept = in->op == IR_COPY && in->a.kind == IR_O_PLACE && ir_place_last_field(&in->a.place) &&
                (in->dst.npath || f->vars[in->dst.var].kind == IR_V_GLOBAL);
    const char *type = kept ? base_record(f, &in->a.place) : NULL;
    record_field *r = type ? field_at(x, type, ir_place_last_field(&in->a.place)) : NULL;
    if (r) r->borrows = true;
}

static void note_copy(field_index *x, const ir_func *f, const ir_inst *in) {
    const char *type = NULL;
    if (in->op == IR_COPY && in->type && in->type->kind == IR_T_RECORD && in->a.kind == IR_O_PLACE)
        type = in->type->name;
    bool copies = in->op == IR_CALL && in->a.kind == IR_O_FUNC && in->nargs >= 2 && in->args[1].kind == IR_O_PLACE &&
                  !in->args[1].place.npath && f->vars[in->a.place.var].name;
    const char *name = copies ? f->vars[in->a.place.var].name : "";
    if (strstr(name, "memcpy") || strstr(name, "memmove") || strstr(name, "memdup"))
        type = field_record_of(f, in->args[1].place.var);
    if (type) name_map_put(x->copied, ll_intern_str(x->e->names, type), x);
}

bool field_record_copied(const field_index *x, const char *type) {
    return name_map_get(x->copied, ll_intern_str(x->e->names, type)) != NULL;
}

field_index *field_index_new(engine *e) {
    field_index *x = LL_NEW(e->arena, field_index);
    x->e = e;
    x->by_name = name_map_new(e->arena);
    x->enders = name_map_new(e->arena);
    x->copied = name_map_new(e->arena);
    x->handed = name_map_new(e->arena);
    x->ends = LL_NEWN(e->arena, struct param_end, e->nodes.n);
    for (uint32_t n = 0; n < e->nodes.n; n++) {
        const ir_func *f = program_body(e, &e->nodes.v[n]);
        for (uint32_t b = 0; b < f->nblocks; b++)
            for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
                const ir_inst *in = &f->blocks[b].insts[i];
                note_store(x, n, in);
                note_move(x, f, in);
                note_handed(x, f, in);
                note_copy(x, f, in);
                if (in->op == IR_CALL) note_call(x, n, in);
            }
    }
    return x;
}
