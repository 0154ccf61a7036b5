/* Memory of the route finder: objects, and cells that come into being when they are read. */
#include <string.h>

#include "generators/stubs/finder.h"

uint32_t finder_object(finder *x, object o) {
    LL_PUSH(x->a, &x->objs, o);
    return x->objs.n - 1;
}

uint32_t finder_symbol(finder *x, symbol s) {
    LL_PUSH(x->a, &x->syms, s);
    return x->syms.n - 1;
}

static const value *keep(finder *x, value v) {
    return ll_memdup(x->a, &v, sizeof v);
}

const value *value_unknown(void) {
    static const value unknown = {.kind = VAL_UNKNOWN};
    return &unknown;
}

const value *value_int(finder *x, int64_t i) {
    return keep(x, (value){.kind = VAL_INT, .i = i});
}

const value *value_sym(finder *x, uint32_t sym) {
    return keep(x, (value){.kind = VAL_SYM, .sym = sym});
}

const char *path_add_field(finder *x, const char *path, const char *field) {
    return ll_intern_str(x->names, ll_printf(x->a, "%s.%s", path, field));
}

const char *path_add_index(finder *x, const char *path, int64_t i) {
    if (i == 0) return path;
    return ll_intern_str(x->names, ll_printf(x->a, "%s[%lld]", path, (long long)i));
}

bool finder_require(finder *x, path_state *st, uint32_t sym, ir_arith op, int64_t k) {
    cond_node *c = LL_NEW(x->a, cond_node);
    *c = (cond_node){st->conds, sym, op, k};
    st->conds = c;
    bound b = bound_of(st->conds, &x->syms.v[sym], sym);
    return bound_possible(&b);
}

/* ---- pointers ---- */

static uint32_t object_of_symbol(finder *x, uint32_t sym, const ir_type *pointee) {
    symbol *s = &x->syms.v[sym];
    if (s->obj) return s->obj - 1;
    object o = {.kind = OBJ_OPAQUE, .type = pointee};
    if (s->origin == SYM_INPUT && s->lvalue) {
        o.kind = OBJ_INPUT;
        o.base = s->lvalue;
        o.is_const = pointee && pointee->is_const;
        o.call = s->owner;
        o.arg = s->arg;
    } else if (s->origin == SYM_RESULT || (s->origin == SYM_OUT && !s->lvalue)) {
        o.kind = OBJ_GIVEN;
        o.base = "GIVEN";
        o.call = s->call + 1;
        o.arg = s->origin == SYM_OUT ? s->arg : 0;
    }
    uint32_t obj = finder_object(x, o);
    x->syms.v[sym].obj = obj + 1;
    return obj;
}

bool finder_deref(finder *x, path_state *st, const value *v, const ir_type *pointee, uint32_t *obj, const char **path) {
    int64_t k;
    switch (v->kind) {
        case VAL_ADDR:
            *obj = v->obj;
            *path = v->path;
            return true;
        case VAL_SYM:
            if (!finder_require(x, st, v->sym, IR_NE, 0)) return false;
            *obj = object_of_symbol(x, v->sym, pointee);
            *path = ll_intern_str(x->names, "");
            return true;
        case VAL_EXPR:
            if (v->op != IR_PTRADD || !value_eval(v->b, st->conds, &k)) return false;
            if (!finder_deref(x, st, v->a, pointee, obj, path)) return false;
            *path = path_add_index(x, *path, k);
            return true;
        default:
            return false;
    }
}

static bool is_variable(const ir_func *f, uint32_t var, const ir_global *g) {
    return var != IR_NOVAR && f->vars[var].kind == IR_V_GLOBAL && f->vars[var].usr &&
           strcmp(f->vars[var].usr, g->usr) == 0;
}

/* A variable of the file that no function in it sets, or hands the address of to anybody. */
static bool is_fixed(const finder *x, const ir_global *g) {
    const ir_unit *u = x->program->units[0];
    if (!g || !g->is_static || !g->has_definition) return false;
    for (uint32_t i = 0; i < u->funcs.n; i++)
        for (uint32_t b = 0; b < u->funcs.v[i]->nblocks; b++)
            for (uint32_t k = 0; k < u->funcs.v[i]->blocks[b].ninsts; k++) {
                const ir_func *f = u->funcs.v[i];
                const ir_inst *in = &f->blocks[b].insts[k];
                const ir_operand *ops[] = {&in->a, &in->b};
                if (in->op != IR_DECL && in->op != IR_SCOPE_END && is_variable(f, in->dst.var, g)) return false;
                for (uint32_t n = 0; n < 2 + in->nargs; n++) {
                    const ir_operand *o = n < 2 ? ops[n] : &in->args[n - 2];
                    if (o->kind == IR_O_ADDR && is_variable(f, o->place.var, g)) return false;
                }
            }
    return true;
}

static uint32_t object_of_global(finder *x, const ir_func *f, uint32_t var) {
    const char *usr = f->vars[var].usr;
    for (uint32_t i = 0; i < x->objs.n; i++)
        if (x->objs.v[i].kind == OBJ_GLOBAL && x->objs.v[i].base && usr && x->objs.v[i].global &&
            strcmp(x->objs.v[i].global->usr, usr) == 0)
            return i;
    const ir_global *g = NULL;
    for (uint32_t u = 0; usr && u < x->program->nunits; u++)
        for (uint32_t i = 0; i < x->program->units[u]->globals.n; i++) {
            const ir_global *one = &x->program->units[u]->globals.v[i];
            if (one->usr && strcmp(one->usr, usr) == 0 && (!g || one->has_definition)) g = one;
        }
    return finder_object(x, (object){.is_fixed = is_fixed(x, g),
                                     .kind = g ? OBJ_GLOBAL : OBJ_OPAQUE,
                                     .base = f->vars[var].name,
                                     .global = g,
                                     .type = f->vars[var].type});
}

bool finder_locate(finder *x, path_state *st, const ir_place *p, uint32_t *obj, const char **path) {
    const ir_func *f = st->top.f;
    if (p->var == IR_NOVAR) return false;
    const ir_type *t = f->vars[p->var].type;
    *obj = f->vars[p->var].kind == IR_V_GLOBAL ? object_of_global(x, f, p->var) : st->top.base + p->var;
    *path = ll_intern_str(x->names, "");
    for (uint32_t i = 0; i < p->npath; i++) {
        const ir_step *s = &p->path[i];
        int64_t k = s->index;
        if (s->kind == IR_S_FIELD) {
            *path = path_add_field(x, *path, s->field);
            t = NULL;
        } else if (s->kind == IR_S_INDEX) {
            if (s->index_var != IR_NOVAR) {
                const value *v = finder_read(x, st, st->top.base + s->index_var, "", f->vars[s->index_var].type);
                if (!value_eval(v, st->conds, &k)) return false;
            }
            *path = path_add_index(x, *path, k);
            t = t ? t->elem : NULL;
        } else {
            const value *v = finder_read(x, st, *obj, *path, t);
            if (!finder_deref(x, st, v, t ? t->elem : NULL, obj, path)) return false;
            t = t ? t->elem : NULL;
        }
    }
    return true;
}

/* ---- cells ---- */

static bool covers(const char *above, const char *path) {
    size_t n = strlen(above);
    return strncmp(above, path, n) == 0 && (!path[n] || path[n] == '.' || path[n] == '[');
}

/* The C expression of a cell: "s->kind", "v[3].name", "*out". */
static const char *lvalue_of(finder *x, const object *o, const char *path) {
    bool by_pointer = o->kind == OBJ_INPUT || o->kind == OBJ_GIVEN;
    if (o->is_param || o->kind == OBJ_GLOBAL) by_pointer = false;
    const char *base = strpbrk(o->base, "*-+ ") ? ll_printf(x->a, "(%s)", o->base) : o->base;
    if (!by_pointer) return ll_printf(x->a, "%s%s", o->base, path);
    if (!*path) return ll_printf(x->a, "*%s", base);
    if (*path == '.') return ll_printf(x->a, "%s->%s", base, path + 1);
    return ll_printf(x->a, "%s%s", base, path);
}

static bool initial_of(const ir_global *g, const char *path, finder *x, int64_t *out) {
    *out = 0;
    for (uint32_t i = 0; i < g->ninits; i++) {
        const char *at = "";
        const ir_init *init = &g->inits[i];
        for (uint32_t k = 0; k < init->place.npath; k++)
            at = init->place.path[k].kind == IR_S_FIELD ? path_add_field(x, at, init->place.path[k].field)
                                                        : path_add_index(x, at, init->place.path[k].index);
        if (strcmp(at, path) != 0) continue;
        *out = init->value.i;
        return init->value.kind == IR_O_INT;
    }
    return g->init_complete || !g->ninits;
}

static const value *first_read(finder *x, path_state *st, uint32_t obj, const char *path, const ir_type *t) {
    object o = x->objs.v[obj];
    symbol s = {.origin = SYM_INPUT, .type = t, .is_const = o.is_const, .owner = o.call, .arg = o.arg};
    if (o.kind == OBJ_HEAP && o.copy_of) return finder_read(x, st, o.copy_of - 1, path, t);
    if (o.kind == OBJ_HEAP) return o.zeroed ? value_int(x, 0) : value_unknown();
    if (o.kind == OBJ_GLOBAL) {
        s.has_initial = o.global->has_definition && initial_of(o.global, path, x, &s.initial);
        s.is_const = o.global->is_const;
        if (o.is_fixed && s.has_initial) return value_int(x, s.initial);
        if (s.has_initial && s.is_const) return value_int(x, s.initial);
        if (s.is_const) return value_unknown();
    } else if (o.kind != OBJ_INPUT && o.kind != OBJ_GIVEN && !o.is_param) {
        return value_unknown();
    }
    s.lvalue = lvalue_of(x, &o, path);
    return value_sym(x, finder_symbol(x, s));
}

static const cell *newest(const cell *c, uint32_t obj, const char *path) {
    for (; c; c = c->prev)
        if (c->obj == obj && (c->mark == CELL_VALUE ? strcmp(c->path, path) == 0 : covers(c->path, path))) break;
    return c;
}

/* What a call outside left there: what was there before, unless the path wants something else. */
static const value *left_by_call(finder *x, path_state *st, const cell *c, const char *path, const ir_type *t) {
    symbol s = {.origin = SYM_OUT, .type = t, .call = c->call, .arg = c->arg};
    const cell *before = newest(c->prev, c->obj, path);
    const value *v = before && before->mark == CELL_VALUE ? before->v : NULL;
    s.has_initial = v ? value_eval(v, st->conds, &s.initial) : before && before->mark == CELL_ZERO;
    s.lvalue = ll_strdup(x->a, path + strlen(c->path));
    v = value_sym(x, finder_symbol(x, s));
    finder_write(x, st, c->obj, path, v);
    return v;
}

const value *finder_read(finder *x, path_state *st, uint32_t obj, const char *path, const ir_type *t) {
    const cell *c = newest(st->cells, obj, path);
    if (c && c->mark == CELL_CALL) return left_by_call(x, st, c, path, t);
    if (c) return c->mark == CELL_VALUE ? c->v : c->mark == CELL_ZERO ? value_int(x, 0) : value_unknown();
    const value *v = first_read(x, st, obj, path, t);
    finder_write(x, st, obj, path, v);
    return v;
}

static void push_cell(finder *x, path_state *st, cell c) {
    c.prev = st->cells;
    st->cells = ll_memdup(x->a, &c, sizeof c);
}

void finder_write(finder *x, path_state *st, uint32_t obj, const char *path, const value *v) {
    push_cell(x, st, (cell){.obj = obj, .path = path, .mark = CELL_VALUE, .v = v});
}

void finder_mark(finder *x, path_state *st, uint32_t obj, const char *path, cell_mark m) {
    push_cell(x, st, (cell){.obj = obj, .path = path, .mark = m});
}

void finder_mark_call(finder *x, path_state *st, uint32_t obj, const char *path, uint32_t call, uint32_t arg) {
    push_cell(x, st, (cell){.obj = obj, .path = path, .mark = CELL_CALL, .call = call, .arg = arg});
}

void finder_copy_record(finder *x, path_state *st, uint32_t to, const char *to_path, uint32_t from,
                        const char *from_path) {
    const cell *before = st->cells;
    size_t n = strlen(from_path);
    finder_mark(x, st, to, to_path, CELL_HAVOC);
    for (const cell *c = before; c; c = c->prev)
        if (c->obj == from && c->mark == CELL_VALUE && covers(from_path, c->path))
            finder_write(x, st, to, ll_intern_str(x->names, ll_printf(x->a, "%s%s", to_path, c->path + n)),
                         finder_read(x, st, from, c->path, NULL));
}

/* ---- operands ---- */

/* What is stored there, not what a promotion makes of it. */
static const ir_type *operand_type(const ir_func *f, const ir_operand *o) {
    const ir_type *t = ir_place_type(f, &o->place);
    return t ? t : o->type;
}

const value *finder_operand(finder *x, path_state *st, const ir_operand *o) {
    uint32_t obj;
    const char *path;
    switch (o->kind) {
        case IR_O_INT:
            return value_int(x, o->i);
        case IR_O_FUNC:
            return keep(x, (value){.kind = VAL_FUNC,
                                   .usr = st->top.f->vars[o->place.var].usr,
                                   .name = st->top.f->vars[o->place.var].name});
        case IR_O_ADDR:
            if (!finder_locate(x, st, &o->place, &obj, &path)) return value_unknown();
            return keep(x, (value){.kind = VAL_ADDR, .obj = obj, .path = path});
        case IR_O_PLACE:
            if (!finder_locate(x, st, &o->place, &obj, &path)) return value_unknown();
            return finder_read(x, st, obj, path, operand_type(st->top.f, o));
        case IR_O_STR:
            return keep(x,
                        (value){.kind = VAL_ADDR, .obj = finder_object(x, (object){.kind = OBJ_OPAQUE}), .path = ""});
        default:
            return value_unknown();
    }
}
