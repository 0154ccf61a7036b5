#include "engine/value_refs.h"

#include <string.h>

/* ---- counting functions, from summaries ---- */

typedef struct count_step {
    uint32_t param;
    const char *field;
} count_step;

/* The store adds `by` to a field that a pointer in a parameter leads to, not one further away. */
static bool counts(const disjunct *d, const sum_cell *x, int64_t by, count_step *out) {
    const sum_sym *to = &d->syms[x->addr - 1], *val = x->val ? &d->syms[x->val - 1] : NULL;
    if (!val || val->kind != SY_TERM || val->op != IR_ADD || !val->a || !val->b) return false;
    const sum_sym *was = &d->syms[val->a - 1], *step = &d->syms[val->b - 1];
    if (was->kind != SY_INIT || was->a != x->addr || step->kind != SY_CONST || step->k != by) return false;
    if (to->kind != SY_SUB || to->op != SUB_FIELD) return false;
    uint32_t pointers = 0;
    for (const sum_sym *s = to;;) {
        if (s->kind == SY_ADDR) {
            *out = (count_step){s->a, to->p};
            return pointers == 1 && !s->p && s->a < 64;
        }
        if ((s->kind != SY_SUB && s->kind != SY_INIT) || !s->a) return false;
        pointers += s->kind == SY_INIT;
        s = &d->syms[s->a - 1];
    }
}

static bool by_value(const ir_type *ty) {
    return ty && ty->kind == IR_T_RECORD && ty->name && *ty->name;
}

/* Some outcome counts by `by` through a parameter of type `ty` (NULL: any record), and none the other way. */
static bool counting(const engine *e, const func_node *n, const summary *s, int64_t by, count_step *out) {
    bool found = false;
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->d[i].ncells; k++) {
            count_step other, here;
            if (counts(&s->d[i], &s->d[i].cells[k], -by, &other)) return false;
            if (!counts(&s->d[i], &s->d[i].cells[k], by, &here) || here.param >= n->f->nparams) continue;
            if (!by_value(program_body(e, n)->vars[here.param].type)) continue;
            *out = here;
            found = true;
        }
    return found;
}

typedef struct counter {
    uint32_t node;
    count_step at;
    const ir_type *type;
} counter;

typedef LL_ARRAY(counter) counter_list;

static void list_counters(engine *e, ll_arena *a, counter_list *drops, counter_list *copies) {
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        func_node *n = &e->nodes.v[i];
        if (!n->f->ret || !n->outline->by_value) continue;
        bool nothing = n->f->ret->kind == IR_T_VOID;
        if (!nothing && !by_value(n->f->ret)) continue;
        const summary *s = program_summary(e, n);
        count_step at;
        if (!s || !counting(e, n, s, nothing ? -1 : 1, &at)) continue;
        counter x = {i, at, program_body(e, n)->vars[at.param].type};
        if (nothing)
            LL_PUSH(a, drops, x);
        else if (ir_type_equal(n->f->ret, x.type))
            LL_PUSH(a, copies, x);
    }
}

static bool same_counter(const counter *x, const counter *y) {
    return ir_type_equal(x->type, y->type) && strcmp(x->at.field, y->at.field) == 0;
}

/* Of several functions that end a reference the one for everybody is meant: it is not static, and more call it. */
static void note_type(value_refs *r, ll_arena *a, const counter *drop) {
    const func_node *n = &r->e->nodes.v[drop->node];
    for (uint32_t i = 0; i < r->types.n; i++) {
        if (!ir_type_equal(r->types.v[i], drop->type)) continue;
        if (!n->f->is_static) r->drops.v[i] = n->f->name;
        return;
    }
    LL_PUSH(a, &r->types, drop->type);
    LL_PUSH(a, &r->drops, n->f->name);
}

static bool match_counters(value_refs *r, ll_arena *a) {
    counter_list drops = {0}, copies = {0};
    list_counters(r->e, a, &drops, &copies);
    for (uint32_t i = 0; i < drops.n; i++)
        for (uint32_t k = 0; k < copies.n; k++) {
            if (!same_counter(&drops.v[i], &copies.v[k])) continue;
            if (!r->types.n) r->sig = LL_NEWN(a, value_sig, r->e->nodes.n);
            note_type(r, a, &drops.v[i]);
            r->sig[drops.v[i].node] = (value_sig){.consumes = (uint64_t)1 << drops.v[i].at.param, .fixed = true};
            r->sig[copies.v[k].node] = (value_sig){.copies = true, .gives = true, .fixed = true};
        }
    return r->types.n != 0;
}

/* ---- the other functions, from their bodies ---- */

const char *value_refs_drop(const value_refs *r, const ir_type *ty) {
    if (!by_value(ty)) return NULL;
    for (uint32_t i = 0; i < r->types.n; i++)
        if (ir_type_equal(r->types.v[i], ty)) return r->drops.v[i];
    return NULL;
}

uint32_t value_var(const ir_operand *o) {
    return o->kind == IR_O_PLACE && !o->place.npath ? o->place.var : IR_NOVAR;
}

bool value_is_made(const ir_inst *in) {
    if (in->op != IR_COPY || !in->dst.npath || !in->type || in->type->kind != IR_T_PTR) return false;
    for (uint32_t i = 0; i < in->dst.npath; i++)
        if (in->dst.path[i].kind != IR_S_FIELD) return false;
    return in->a.kind == IR_O_PLACE || in->a.kind == IR_O_ADDR;
}

value_sig value_refs_call(const value_refs *r, const ir_func *f, const char *unit, const ir_inst *call) {
    const func_node *n = NULL;
    if (call->a.kind == IR_O_FUNC) n = program_find_node(r->e, f->vars[call->a.place.var].usr, unit);
    return n ? r->sig[n - r->e->nodes.v] : (value_sig){.consumes = UINT64_MAX};
}

enum { VAR_CONSUMED = 1, VAR_GIVEN = 2 }; /* of a variable: its value goes somewhere; it may hold a reference */

static void scan_inst(const value_refs *r, const func_node *n, const ir_inst *in, uint8_t *is) {
    bool whole = in->dst.var != IR_NOVAR && !in->dst.npath && n->f->vars[in->dst.var].kind != IR_V_GLOBAL;
    if (in->op == IR_CALL) {
        value_sig s = value_refs_call(r, n->f, n->unit, in);
        for (uint32_t i = 0; i < in->nargs; i++)
            if (value_var(&in->args[i]) != IR_NOVAR && (i >= 64 || s.consumes >> i & 1))
                is[value_var(&in->args[i])] |= VAR_CONSUMED;
        if (whole && s.gives) is[in->dst.var] |= VAR_GIVEN;
    } else if (in->op == IR_COPY) {
        uint32_t from = value_var(&in->a);
        if (value_is_made(in)) is[in->dst.var] |= VAR_GIVEN;
        if (from == IR_NOVAR) return;
        if (!whole || is[in->dst.var] & VAR_CONSUMED) is[from] |= VAR_CONSUMED;
        if (whole) is[in->dst.var] |= is[from] & VAR_GIVEN;
    } else if (in->op == IR_RET && value_var(&in->a) != IR_NOVAR) {
        is[value_var(&in->a)] |= VAR_CONSUMED;
    }
}

static value_sig sig_of(const value_refs *r, const func_node *n, ll_arena *a) {
    const ir_func *f = n->f;
    uint8_t *is = LL_NEWN(a, uint8_t, f->nvars);
    for (uint32_t i = 0; i < f->nparams; i++) is[i] = value_refs_drop(r, f->vars[i].type) ? VAR_GIVEN : 0;
    for (int round = 0; round < 3; round++) /* copies of copies; deeper ones are rare */
        for (uint32_t b = 0; b < f->nblocks; b++)
            for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) scan_inst(r, n, &f->blocks[b].insts[i], is);
    value_sig s = {0};
    for (uint32_t i = 0; i < f->nparams && i < 64; i++)
        if (value_refs_drop(r, f->vars[i].type) && is[i] & VAR_CONSUMED) s.consumes |= (uint64_t)1 << i;
    for (uint32_t b = 0; b < f->nblocks && value_refs_drop(r, f->ret); b++) {
        const ir_block *k = &f->blocks[b];
        const ir_inst *ret = k->ninsts ? &k->insts[k->ninsts - 1] : NULL;
        uint32_t v = ret && ret->op == IR_RET ? value_var(&ret->a) : IR_NOVAR;
        s.gives |= v != IR_NOVAR && (is[v] & VAR_GIVEN);
    }
    return s;
}

/* Every outcome is told, and in each the result has no pointer in it. */
static bool gives_nothing(const summary *s) {
    if (!s || s->incomplete || !s->n) return false;
    for (uint32_t i = 0; i < s->n; i++) {
        const disjunct *d = &s->d[i];
        for (uint32_t k = 0; k < d->ndflts; k++)
            if (!d->dflts[k].zero) return false;
        for (uint32_t k = 0; k < d->ncells; k++)
            if (d->cells[k].val && d->syms[d->cells[k].val - 1].kind != SY_CONST) return false;
        if (!d->ncells && !d->ndflts) return false;
    }
    return true;
}

static bool has_values(const value_refs *r, const ir_func *f) {
    for (uint32_t v = 0; v < f->nvars; v++)
        if (value_refs_drop(r, f->vars[v].type)) return true;
    return false;
}

static void spread(const value_refs *r, ll_arena *a) {
    LL_ARRAY(uint32_t) users = {0};
    for (uint32_t i = 0; i < r->e->nodes.n; i++) {
        func_node *n = &r->e->nodes.v[i];
        if (r->sig[i].fixed || !has_values(r, program_body(r->e, n))) continue;
        bool plain = value_refs_drop(r, n->f->ret) && !n->outline->by_value && gives_nothing(program_summary(r->e, n));
        r->sig[i].fixed = plain;
        if (!plain) LL_PUSH(a, &users, i);
    }
    for (bool again = true; again;) { /* consumed and given only ever grow */
        again = false;
        for (uint32_t k = 0; k < users.n; k++) {
            value_sig now = sig_of(r, &r->e->nodes.v[users.v[k]], a), *was = &r->sig[users.v[k]];
            if (now.consumes == was->consumes && now.gives == was->gives) continue;
            *was = now;
            again = true;
        }
    }
}

const value_refs *value_refs_find(engine *e, ll_arena *a) {
    value_refs *r = LL_NEW(a, value_refs);
    r->e = e;
    if (!match_counters(r, a)) return NULL;
    spread(r, a);
    return r;
}
