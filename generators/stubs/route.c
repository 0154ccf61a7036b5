/* The route finder: one path at a time through the blocks, back to the last choice when it leads nowhere. */
#include "generators/stubs/route.h"

#include <stdlib.h>
#include <string.h>

#include "generators/stubs/finder.h"

/* ---- the program ---- */

const ir_func *route_function(const route_program *p, const char *usr, const char *name) {
    for (uint32_t u = 0; u < p->nunits; u++)
        for (uint32_t i = 0; i < p->units[u]->funcs.n; i++) {
            const ir_func *f = p->units[u]->funcs.v[i];
            bool same = usr ? f->usr && strcmp(f->usr, usr) == 0 : f->name && strcmp(f->name, name) == 0;
            if (same && f->nblocks) return f;
        }
    return NULL;
}

const ir_func *route_body(const route_program *p, const char *usr) {
    const ir_fdecl *d = route_decl(p, usr);
    const rule_model *m = d && d->in_system_header && d->name ? rule_set_model(p->rules, d->name) : NULL;
    return m && !m->from_facts_only ? NULL : route_function(p, usr, NULL);
}

const ir_fdecl *route_decl(const route_program *p, const char *usr) {
    for (uint32_t u = 0; u < p->nunits; u++)
        for (uint32_t i = 0; i < p->units[u]->decls.n; i++) {
            const ir_fdecl *d = &p->units[u]->decls.v[i];
            if (d->usr && strcmp(d->usr, usr) == 0) return d;
        }
    return NULL;
}

/* ---- what the finding wants ---- */

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

static int taken_of(const finding_step *s) {
    if (s->kind != STEP_BRANCH) return -1;
    if (ends_with(s->text, " is true") || ends_with(s->text, "true branch")) return 1;
    return ends_with(s->text, " is false") || ends_with(s->text, "false branch") ? 0 : -1;
}

static void gather_wants(finder *x, const finding *f) {
    for (uint32_t i = 0; f && i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        bool counts = s->kind == STEP_ACQUIRE || s->kind == STEP_BRANCH || s->kind == STEP_CALL ||
                      s->kind == STEP_RELEASE || s->kind == STEP_USE || s->kind == STEP_LOST;
        if (counts && !s->depth) LL_PUSH(x->a, &x->wants, (want){s->kind, s->loc.line, s->loc.col, taken_of(s)});
    }
}

static bool is_at(const finder *x, const path_state *st, const ir_inst *in, const want *w) {
    return st->top.f == x->func && !st->top.depth && x->func->first_line + in->loc.line == w->line &&
           (!w->col || !in->loc.col || w->col == in->loc.col);
}

/* Steps other than branches are met by being there. */
static void meet(const finder *x, path_state *st, const ir_inst *in) {
    while (st->step < x->wants.n) {
        const want *w = &x->wants.v[st->step];
        bool by_call = w->kind == STEP_ACQUIRE || w->kind == STEP_CALL || w->kind == STEP_RELEASE;
        bool met = w->kind != STEP_BRANCH && is_at(x, st, in, w) && (!by_call || in->op == IR_CALL || in->op == IR_RET);
        if (!met) return;
        st->step++;
        bool lost_there = st->step < x->wants.n && x->wants.v[st->step].kind == STEP_LOST;
        if (by_call && in->op == IR_CALL && !lost_there) return; /* two steps at one call are two calls */
    }
}

/* ---- conditions ---- */

/* Constants of sources are as large as they like. */
static int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t difference(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* sym + constant, compared with a constant. */
static bool linear(const value *v, const path_state *st, uint32_t *sym, int64_t *add) {
    int64_t k;
    *add = 0;
    while (v->kind == VAL_EXPR && v->b) {
        if (v->op != IR_ADD && v->op != IR_SUB) return false;
        if (!value_eval(v->b, st->conds, &k)) return false;
        *add = v->op == IR_ADD ? sum(*add, k) : difference(*add, k);
        v = v->a;
    }
    *sym = v->sym;
    return v->kind == VAL_SYM;
}

static ir_arith negated(ir_arith op) {
    static const ir_arith of[] = {
        [IR_EQ] = IR_NE, [IR_NE] = IR_EQ, [IR_LT] = IR_GE, [IR_GE] = IR_LT, [IR_GT] = IR_LE, [IR_LE] = IR_GT};
    return of[op];
}

static ir_arith mirrored(ir_arith op) {
    static const ir_arith of[] = {
        [IR_EQ] = IR_EQ, [IR_NE] = IR_NE, [IR_LT] = IR_GT, [IR_GE] = IR_LE, [IR_GT] = IR_LT, [IR_LE] = IR_GE};
    return of[op];
}

static bool is_comparison(ir_arith op) {
    return op >= IR_EQ && op <= IR_GE;
}

typedef enum outcome { NO, YES, OPEN } outcome;

static outcome compare_with(finder *x, path_state *st, const value *left, ir_arith op, int64_t k) {
    uint32_t sym;
    int64_t add;
    if (!linear(left, st, &sym, &add)) return OPEN;
    return finder_require(x, st, sym, op, difference(k, add)) ? YES : NO;
}

/* Guesses values for the symbols of a condition that no bound can say. */
static bool guess(finder *x, path_state *st, const value *v, bool truth) {
    uint32_t syms[2], n = 0;
    int64_t r;
    if (!value_symbols(v, syms, &n, 2)) return false;
    uint32_t second = n > 1 ? x->numbers.n : 1;
    for (uint32_t i = 0; i < x->numbers.n && n; i++)
        for (uint32_t k = 0; k < second; k++) {
            path_state trial = *st;
            if (!finder_require(x, &trial, syms[0], IR_EQ, x->numbers.v[i])) continue;
            if (n > 1 && !finder_require(x, &trial, syms[1], IR_EQ, x->numbers.v[k])) continue;
            if (!value_eval(v, trial.conds, &r) || (r != 0) != truth) continue;
            *st = trial;
            return true;
        }
    return false;
}

/* Makes the value true or false. OPEN: nothing here can decide it. */
static outcome require_truth(finder *x, path_state *st, const value *v, bool truth) {
    int64_t k;
    if (value_eval(v, st->conds, &k)) return (k != 0) == truth ? YES : NO;
    if (v->kind == VAL_ADDR || v->kind == VAL_FUNC) return truth ? YES : NO;
    if (v->kind == VAL_SYM) return finder_require(x, st, v->sym, truth ? IR_NE : IR_EQ, 0) ? YES : NO;
    if (v->kind != VAL_EXPR) return OPEN;
    if (v->op == IR_NOT) return require_truth(x, st, v->a, !truth);
    if (v->op == IR_TRUNC) return require_truth(x, st, v->a, truth);
    if (is_comparison(v->op)) {
        ir_arith op = truth ? v->op : negated(v->op);
        outcome o = OPEN;
        bool left_fixed = value_eval(v->a, st->conds, &k);
        if (left_fixed)
            o = compare_with(x, st, v->b, mirrored(op), k);
        else if (value_eval(v->b, st->conds, &k))
            o = compare_with(x, st, v->a, op, k);
        if (o != OPEN) return o;
        bool same_address = v->a->kind == VAL_ADDR && v->b->kind == VAL_ADDR;
        if (same_address && (v->op == IR_EQ || v->op == IR_NE)) {
            bool equal = v->a->obj == v->b->obj && strcmp(v->a->path, v->b->path) == 0;
            return (equal == (v->op == IR_EQ)) == truth ? YES : NO;
        }
        if (v->a->kind == VAL_ADDR && value_eval(v->b, st->conds, &k) && k == 0)
            return (v->op == IR_NE) == truth ? YES : NO;
    }
    uint32_t syms[2], n = 0;
    if (!value_symbols(v, syms, &n, 2)) return OPEN;
    return guess(x, st, v, truth) ? YES : NO;
}

/* ---- one path ---- */

static bool follow(finder *x, path_state st);

static bool go(finder *x, path_state st, uint32_t block) {
    if (st.top.f == x->func && !st.top.depth) {
        if (st.visits[block] >= MAX_VISITS) return false;
        uint8_t *visits = ll_memdup(x->a, st.visits, x->func->nblocks);
        visits[block]++;
        st.visits = visits;
    }
    st.top.block = block;
    st.top.inst = 0;
    return follow(x, st);
}

static bool try_way(finder *x, path_state st, const value *v, bool truth, const ir_inst *in, bool meets) {
    if (++x->forks > MAX_FORKS) return false;
    if (require_truth(x, &st, v, truth) == NO) return false;
    if (meets) st.step++;
    return go(x, st, in->targets[truth ? 0 : 1]);
}

static bool branch(finder *x, path_state st, const ir_inst *in) {
    const value *v = finder_operand(x, &st, &in->a);
    const want *w = st.step < x->wants.n ? &x->wants.v[st.step] : NULL;
    bool asked = w && w->kind == STEP_BRANCH && w->taken >= 0 && is_at(x, &st, in, w);
    if (asked && try_way(x, st, v, w->taken == 1, in, true)) return true;
    bool first = asked ? w->taken == 0 : true;
    if (try_way(x, st, v, first, in, false)) return true;
    return try_way(x, st, v, !first, in, false);
}

static bool take_case(finder *x, path_state st, const value *v, const ir_inst *in, uint32_t i) {
    int64_t k;
    uint32_t sym;
    int64_t add;
    if (++x->forks > MAX_FORKS) return false;
    const ir_case *c = &in->cases[i];
    if (value_eval(v, st.conds, &k)) return k >= c->lo && k <= c->hi && go(x, st, in->targets[c->target]);
    if (linear(v, &st, &sym, &add) && (!finder_require(x, &st, sym, IR_GE, difference(c->lo, add)) ||
                                       !finder_require(x, &st, sym, IR_LE, difference(c->lo, add))))
        return false;
    return go(x, st, in->targets[c->target]);
}

static bool take_default(finder *x, path_state st, const value *v, const ir_inst *in) {
    int64_t k, add;
    uint32_t sym;
    bool fixed = value_eval(v, st.conds, &k), bounded = !fixed && linear(v, &st, &sym, &add);
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (uint32_t i = 0; i < in->ncases; i++) {
        if (fixed && k >= in->cases[i].lo && k <= in->cases[i].hi) return false;
        if (in->cases[i].lo < least) least = in->cases[i].lo;
        if (in->cases[i].hi > most) most = in->cases[i].hi;
    }
    if (!bounded || !in->ncases) return go(x, st, in->targets[0]);
    path_state above = st, below = st, between = st;
    if (finder_require(x, &above, sym, IR_GT, difference(most, add)) && go(x, above, in->targets[0])) return true;
    if (finder_require(x, &below, sym, IR_LT, difference(least, add)) && go(x, below, in->targets[0])) return true;
    for (uint32_t i = 0; i < in->ncases; i++)
        for (uint64_t k = 0; k < 4 && k <= (uint64_t)in->cases[i].hi - (uint64_t)in->cases[i].lo; k++)
            if (!finder_require(x, &between, sym, IR_NE, difference(sum(in->cases[i].lo, (int64_t)k), add)))
                return false;
    return go(x, between, in->targets[0]);
}

static bool choose_case(finder *x, path_state st, const ir_inst *in) {
    const value *v = finder_operand(x, &st, &in->a);
    const want *w = st.step < x->wants.n ? &x->wants.v[st.step] : NULL;
    if (w && w->kind == STEP_BRANCH && is_at(x, &st, in, w)) st.step++;
    for (uint32_t i = 0; i < in->ncases; i++)
        if (take_case(x, st, v, in, i)) return true;
    return take_default(x, st, v, in);
}

/* ---- functions with a body ---- */

static bool enter(finder *x, path_state *st, const ir_inst *in, const ir_func *callee) {
    frame *up = ll_memdup(x->a, &st->top, sizeof st->top);
    uint32_t base = x->objs.n;
    for (uint32_t i = 0; i < callee->nvars; i++)
        finder_object(x, (object){.kind = OBJ_VAR, .base = callee->vars[i].name, .type = callee->vars[i].type});
    for (uint32_t i = 0; i < callee->nparams && i < in->nargs; i++)
        finder_write(x, st, base + i, "", finder_operand(x, st, &in->args[i]));
    st->top = (frame){.up = up, .f = callee, .base = base, .call = in, .depth = up->depth + 1};
    return go(x, *st, 0);
}

static bool leave(finder *x, path_state st, const ir_inst *ret) {
    const value *v = ret->a.kind == IR_O_NONE ? value_unknown() : finder_operand(x, &st, &ret->a);
    const ir_inst *call = st.top.call;
    uint32_t obj;
    const char *path;
    if (!st.top.up && x->has_end && st.step == x->wants.n) {
        x->end = st;
        return true;
    }
    if (!st.top.up) return false; /* out, and not all was met */
    st.top = *st.top.up;
    if (call->dst.var != IR_NOVAR && finder_locate(x, &st, &call->dst, &obj, &path)) finder_write(x, &st, obj, path, v);
    return follow(x, st);
}

static bool releases(const rule_model *m, const char *rule_id) {
    for (uint32_t i = 0; m && rule_id && i < m->neffects; i++) {
        const rule_effect *e = &m->effects[i];
        bool ends = e->kind == EFF_RELEASE || e->kind == EFF_CONSUME || e->kind == EFF_MOVE;
        if (ends && e->rule && strcmp(e->rule->id, rule_id) == 0) return true;
    }
    return false;
}

/* A block is lost where its realloc() overwrites it: only when that fails. */
static bool fails_to_grow(finder *x, path_state *st, const ir_inst *in) {
    const call_event *e = st->calls;
    bool grows = false, lost = false;
    for (uint32_t i = 0; i < x->wants.n; i++)
        lost |= x->wants.v[i].kind == STEP_LOST && x->func->first_line + in->loc.line == x->wants.v[i].line;
    for (uint32_t i = 0; x->lost && lost && e && e->model && i < e->model->neffects; i++) {
        const rule_effect *f = &e->model->effects[i];
        grows |= f->kind == EFF_REALLOC && f->where.kind == WHERE_RET && strcmp(f->rule->id, x->lost) == 0;
    }
    return !grows || st->top.depth || !e->sym || finder_require(x, st, e->sym - 1, IR_EQ, 0);
}

static bool call(finder *x, path_state *st, const ir_inst *in, bool *ended, bool *found) {
    const value *callee = finder_operand(x, st, &in->a);
    const char *usr = callee->kind == VAL_FUNC ? callee->usr : NULL,
               *name = callee->kind == VAL_FUNC ? callee->name : NULL;
    const ir_func *body = usr && st->top.depth < MAX_FRAMES ? route_body(x->program, usr) : NULL;
    *ended = true;
    *found = false;
    if (callee->kind == VAL_SYM && !finder_require(x, st, callee->sym, IR_NE, 0)) return true;
    if (x->has_end && st->step == x->wants.n && releases(finder_model(x, in, name), x->lost)) return true;
    if (body) {
        *found = enter(x, st, in, body);
        return true;
    }
    *ended = !finder_call_outside(x, st, in, name, usr) || !fails_to_grow(x, st, in);
    return true;
}

/* ---- instructions ---- */

static const value *expression(finder *x, const ir_inst *in, const value *a, const value *b) {
    value v = {.kind = VAL_EXPR, .op = in->arith, .is_unsigned = in->is_unsigned, .a = a, .b = b};
    int64_t k;
    if (a->kind == VAL_UNKNOWN || (b && b->kind == VAL_UNKNOWN)) return value_unknown();
    if (value_eval(&v, NULL, &k)) return value_int(x, k);
    if (in->arith == IR_TRUNC) return a;
    return ll_memdup(x->a, &v, sizeof v);
}

static void assign(finder *x, path_state *st, const ir_inst *in) {
    uint32_t obj, from;
    const char *path, *from_path;
    bool is_record = in->type && (in->type->kind == IR_T_RECORD || in->type->kind == IR_T_UNION);
    if (in->op == IR_COPY && is_record && in->a.kind == IR_O_PLACE) {
        if (finder_locate(x, st, &in->a.place, &from, &from_path) && finder_locate(x, st, &in->dst, &obj, &path))
            finder_copy_record(x, st, obj, path, from, from_path);
        return;
    }
    const value *a = finder_operand(x, st, &in->a), *b = in->op == IR_BIN ? finder_operand(x, st, &in->b) : NULL;
    const value *v = in->op == IR_COPY ? a : expression(x, in, a, b);
    if (finder_locate(x, st, &in->dst, &obj, &path)) finder_write(x, st, obj, path, v);
}

static void set_mark(finder *x, path_state *st, const ir_inst *in) {
    uint32_t obj;
    const char *path;
    if (finder_locate(x, st, &in->dst, &obj, &path))
        finder_mark(x, st, obj, path, in->op == IR_ZERO ? CELL_ZERO : CELL_HAVOC);
}

static bool follow(finder *x, path_state st) {
    for (;;) {
        const ir_block *b = &st.top.f->blocks[st.top.block];
        if (st.top.inst >= b->ninsts || ++x->steps > MAX_STEPS) return false;
        const ir_inst *in = &b->insts[st.top.inst++];
        bool ended = false, found = false;
        meet(x, &st, in);
        bool all = st.step == x->wants.n && !x->wants.n && in->op == IR_RET && !st.top.up;
        if (st.step == x->wants.n && x->wants.n && !x->has_end) {
            x->has_end = true;
            x->end = st;
        }
        switch (in->op) {
            case IR_COPY:
            case IR_UN:
            case IR_BIN:
                assign(x, &st, in);
                break;
            case IR_CALL:
                call(x, &st, in, &ended, &found);
                if (found) return true;
                if (ended) return false;
                break;
            case IR_ZERO:
            case IR_HAVOC:
                set_mark(x, &st, in);
                break;
            case IR_BRANCH:
                if (!all) return branch(x, st, in);
                break;
            case IR_SWITCH:
                if (!all) return choose_case(x, st, in);
                break;
            case IR_JUMP:
                if (!all) return go(x, st, in->targets[0]);
                break;
            case IR_RET:
                if (!all) return leave(x, st, in);
                break;
            case IR_IJUMP:
            case IR_UNREACHABLE:
                if (!all) return false;
                break;
            default:
                break;
        }
        if (all) {
            x->end = st;
            return true;
        }
    }
}

/* ---- from the end state to inputs and answers ---- */

static int by_length(const void *p, const void *q) {
    const route_input *a = p, *b = q;
    size_t x = strlen(a->lvalue), y = strlen(b->lvalue);
    return x != y ? (x < y ? -1 : 1) : strcmp(a->lvalue, b->lvalue);
}

static bool is_pointer(const ir_type *t) {
    return t && (t->kind == IR_T_PTR || t->kind == IR_T_FUNC);
}

static bool was_bound(const path_state *st, uint32_t sym) {
    for (const cond_node *c = st->conds; c; c = c->prev)
        if (c->sym == sym) return true;
    return false;
}

static bool symbol_value(const finder *x, uint32_t sym, route_input *out) {
    const symbol *s = &x->syms.v[sym];
    bound b = bound_of(x->end.conds, s, sym);
    if (!s->lvalue || !bound_possible(&b) || !was_bound(&x->end, sym)) return false;
    *out = (route_input){.lvalue = s->lvalue, .is_const = s->is_const};
    bool pointer = is_pointer(s->type) || s->obj, null = pointer && b.lo == 0 && b.hi == 0;
    out->is_pointer = pointer && !null;
    out->is_function =
        out->is_pointer && s->type && s->type->kind == IR_T_PTR && s->type->elem && s->type->elem->kind == IR_T_FUNC;
    out->value = out->is_pointer ? 0 : bound_pick(&b, s->has_initial ? s->initial : 1);
    return !(s->has_initial && !out->is_pointer && out->value == s->initial);
}

/* Whether the effect holds for this result, as far as its conditions speak of the result. */
static bool holds_for(const rule_effect *f, int64_t result) {
    static const ir_arith ops[] = {IR_EQ, IR_NE, IR_LT, IR_LE, IR_GT, IR_GE, IR_AND, IR_OR};
    for (uint32_t k = 0; k < f->nconds; k++) {
        int64_t r = 1;
        if (f->conds[k].where.kind == WHERE_RET) arith(ops[f->conds[k].cmp], result, f->conds[k].value, false, &r);
        if (!r) return false;
    }
    return true;
}

/* A result with which the call does not take over what the finding says is lost. */
static bool refusal_of(const finder *x, const call_event *e, const bound *b, int64_t *out) {
    static const int64_t tried[] = {-1, 1, 0, 12};
    bool takes = false;
    for (size_t t = 0; t < sizeof tried / sizeof *tried; t++) {
        bool taken = false;
        for (uint32_t i = 0; x->lost && e->model && i < e->model->neffects; i++) {
            const rule_effect *f = &e->model->effects[i];
            if (f->kind != EFF_CONSUME || !f->rule || strcmp(f->rule->id, x->lost) != 0 || !f->nconds) continue;
            takes = true;
            taken |= holds_for(f, tried[t]);
        }
        *out = tried[t];
        if (takes && !taken && bound_pick(b, tried[t]) == tried[t]) return true;
    }
    return false;
}

static int64_t success_of(const call_event *e, const bound *b) {
    static const int64_t tried[] = {0, 1, -1};
    for (size_t t = 0; t < sizeof tried / sizeof *tried; t++)
        for (uint32_t i = 0; e->model && i < e->model->neffects; i++) {
            const rule_effect *f = &e->model->effects[i];
            if (f->kind != EFF_ACQUIRE) continue;
            if (holds_for(f, tried[t])) return bound_pick(b, tried[t]);
        }
    return bound_pick(b, 0);
}

static bool gives_by_result(const rule_model *m) {
    for (uint32_t i = 0; m && i < m->neffects; i++)
        if (m->effects[i].kind == EFF_ACQUIRE && m->effects[i].where.kind == WHERE_RET) return true;
    return false;
}

static void fields_of(finder *x, const call_event *e, route_answer *out) {
    for (uint32_t i = 0; i < x->syms.n; i++) {
        route_input in;
        const symbol *s = &x->syms.v[i];
        bool is_of = s->origin == SYM_INPUT && s->owner == e->index + 1 && s->arg == out->arg;
        if (is_of && symbol_value(x, i, &in)) LL_PUSH(x->a, &out->fields, in);
    }
}

static bool answer_of(finder *x, const call_event *e, route_answer *out) {
    enum { FRESH_NUMBER = 700 };
    *out = (route_answer){.function = e->name, .call = e->nth};
    if (!e->sym) return false;
    uint32_t sym = e->sym - 1;
    const symbol *s = &x->syms.v[sym];
    bound b = bound_of(x->end.conds, s, sym);
    bool bounded = was_bound(&x->end, sym), pointer = is_pointer(s->type), null = b.lo == 0 && b.hi == 0;
    if (route_is_plain(e->name, e->model) && (!bounded || (pointer && !null))) return false;
    out->in_order = bounded;
    if (pointer)
        out->gives = !null;
    else
        out->gives = gives_by_result(e->model) && b.lo <= FRESH_NUMBER && b.hi >= FRESH_NUMBER;
    if (!out->gives && !pointer && !refusal_of(x, e, &b, &out->value)) out->value = success_of(e, &b);
    if (out->gives && pointer) fields_of(x, e, out);
    return true;
}

/* Objects that the call gives through its arguments, where the path wants something of them. */
static void answers_through(finder *x, const call_event *e, route *out) {
    for (uint32_t arg = 1; arg <= e->nargs; arg++) {
        route_answer one = {.function = e->name, .call = e->nth, .arg = arg, .gives = true, .in_order = true};
        fields_of(x, e, &one);
        if (one.fields.n) LL_PUSH(x->a, &out->answers, one);
    }
}

static void writes_of(finder *x, const call_event *e, route *out) {
    for (uint32_t i = 0; i < x->syms.n; i++) {
        route_input in;
        const symbol *s = &x->syms.v[i];
        if (s->origin != SYM_OUT || s->call != e->index || !symbol_value(x, i, &in)) continue;
        route_write w = {.function = e->name, .call = e->nth, .arg = s->arg, .path = s->lvalue};
        w.is_pointer = in.is_pointer;
        w.value = in.value;
        LL_PUSH(x->a, &out->writes, w);
    }
}

static void collect(finder *x, route *out) {
    LL_ARRAY(const call_event *) events = {0};
    for (const call_event *e = x->end.calls; e; e = e->prev) LL_PUSH(x->a, &events, e);
    for (uint32_t i = events.n; i-- > 0;) {
        route_answer one;
        if (answer_of(x, events.v[i], &one)) LL_PUSH(x->a, &out->answers, one);
        if (route_is_plain(events.v[i]->name, events.v[i]->model)) continue;
        answers_through(x, events.v[i], out);
        writes_of(x, events.v[i], out);
    }
    for (uint32_t i = 0; i < x->syms.n; i++) {
        route_input in;
        if (x->syms.v[i].origin == SYM_INPUT && !x->syms.v[i].owner && symbol_value(x, i, &in))
            LL_PUSH(x->a, &out->inputs, in);
    }
    if (out->inputs.n) qsort(out->inputs.v, out->inputs.n, sizeof *out->inputs.v, by_length);
    for (uint32_t i = 0; i < out->answers.n; i++)
        if (out->answers.v[i].fields.n)
            qsort(out->answers.v[i].fields.v, out->answers.v[i].fields.n, sizeof(route_input), by_length);
}

/* ---- begin ---- */

static void add_number(finder *x, int64_t v) {
    for (uint32_t i = 0; i < x->numbers.n; i++)
        if (x->numbers.v[i] == v) return;
    if (x->numbers.n < 64) LL_PUSH(x->a, &x->numbers, v);
}

static void gather_numbers(finder *x) {
    static const int64_t always[] = {0, 1, -1, 2, 3, 4, 8, 16};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) add_number(x, always[i]);
    for (uint32_t b = 0; b < x->func->nblocks; b++)
        for (uint32_t i = 0; i < x->func->blocks[b].ninsts; i++) {
            const ir_inst *in = &x->func->blocks[b].insts[i];
            const ir_operand *both[] = {&in->a, &in->b};
            for (int k = 0; k < 2; k++)
                for (int64_t d = -1; both[k]->kind == IR_O_INT && d <= 1; d++) add_number(x, sum(both[k]->i, d));
        }
}

static void set_parameters(finder *x, path_state *st) {
    for (uint32_t i = 0; i < x->func->nvars; i++) {
        const ir_var *v = &x->func->vars[i];
        object o = {.kind = OBJ_VAR, .base = v->name, .type = v->type};
        bool is_param = i < x->func->nparams && v->name;
        o.is_param = is_param && v->type && (v->type->kind == IR_T_RECORD || v->type->kind == IR_T_UNION);
        uint32_t obj = finder_object(x, o);
        if (!is_param || o.is_param) continue;
        symbol s = {.origin = SYM_INPUT, .type = v->type, .lvalue = v->name, .prefer_set = is_pointer(v->type)};
        finder_write(x, st, obj, "", value_sym(x, finder_symbol(x, s)));
    }
}

void route_find(ll_arena *a, const route_program *p, const ir_func *func, const finding *f, route *out) {
    finder x = {.a = a, .names = ll_intern_new(), .program = p, .func = func};
    path_state st = {.top = {.f = func}};
    *out = (route){0};
    gather_wants(&x, f);
    gather_numbers(&x);
    set_parameters(&x, &st);
    st.visits = LL_NEWN(a, uint8_t, func->nblocks);
    x.family = f ? f->family_id : NULL;
    if (f && ends_with(f->rule_id, "-leak")) x.lost = f->family_id;
    out->found = go(&x, st, 0) || x.has_end;
    if (out->found) collect(&x, out);
    ll_intern_free(x.names);
}
