#include "generators/stubs/value.h"

#include "ir/fold.h"

static void narrow(bound *b, ir_arith op, int64_t k) {
    switch (op) {
        case IR_EQ:
            if (b->lo < k) b->lo = k;
            if (b->hi > k) b->hi = k;
            return;
        case IR_NE:
            if (b->nnot < sizeof b->not/ sizeof *b->not) b->not[b->nnot++] = k;
            return;
        case IR_LT:
            if (k == INT64_MIN)
                b->hi = b->lo - 1;
            else if (b->hi > k - 1)
                b->hi = k - 1;
            return;
        case IR_LE:
            if (b->hi > k) b->hi = k;
            return;
        case IR_GT:
            if (k == INT64_MAX)
                b->lo = b->hi + 1;
            else if (b->lo < k + 1)
                b->lo = k + 1;
            return;
        case IR_GE:
            if (b->lo < k) b->lo = k;
            return;
        default:
            return;
    }
}

static bound range_of(const ir_type *t) {
    bound all = {.lo = INT64_MIN / 2, .hi = INT64_MAX / 2};
    if (!t) return all;
    if (t->kind == IR_T_BOOL) return (bound){.lo = 0, .hi = 1};
    if (t->kind == IR_T_PTR || t->kind == IR_T_ARRAY || t->kind == IR_T_FUNC)
        return (bound){.lo = 0, .hi = INT64_MAX / 2};
    if (t->kind != IR_T_INT) return all;
    if (t->bits >= 62) return (bound){.lo = t->is_unsigned ? 0 : all.lo, .hi = all.hi};
    if (t->is_unsigned) return (bound){.lo = 0, .hi = ((int64_t)1 << t->bits) - 1};
    return (bound){.lo = -((int64_t)1 << (t->bits - 1)), .hi = ((int64_t)1 << (t->bits - 1)) - 1};
}

bound bound_of(const cond_node *conds, const symbol *s, uint32_t sym) {
    bound b = range_of(s->type);
    for (const cond_node *c = conds; c; c = c->prev)
        if (c->sym == sym) narrow(&b, c->op, c->k);
    return b;
}

static bool excluded(const bound *b, int64_t v) {
    for (uint32_t i = 0; i < b->nnot; i++)
        if (b->not[i] == v) return true;
    return v < b->lo || v > b->hi;
}

bool bound_possible(const bound *b) {
    if (b->lo > b->hi) return false;
    if (b->hi - b->lo > (int64_t)b->nnot) return true;
    for (int64_t v = b->lo; v <= b->hi; v++)
        if (!excluded(b, v)) return true;
    return false;
}

int64_t bound_pick(const bound *b, int64_t preferred) {
    static const int64_t tried[] = {1, 0, 2, -1, 3, 8};
    if (!excluded(b, preferred)) return preferred;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        if (!excluded(b, tried[i])) return tried[i];
    int64_t v = b->lo > INT64_MIN / 2 ? b->lo : b->hi;
    int64_t step = b->lo > INT64_MIN / 2 ? 1 : -1;
    while (excluded(b, v) && v >= b->lo && v <= b->hi) v += step;
    return v;
}

bool arith(ir_arith op, int64_t a, int64_t b, bool is_unsigned, int64_t *out) {
    switch (op) {
        case IR_PTRADD:
            return ir_fold(IR_ADD, a, b, is_unsigned, out);
        case IR_NEG:
            return ir_fold(IR_SUB, 0, a, is_unsigned, out);
        case IR_NOT:
            *out = !a;
            return true;
        case IR_BNOT:
            *out = ~a;
            return true;
        case IR_TRUNC:
            *out = a;
            return true;
        default:
            return ir_fold(op, a, b, is_unsigned, out);
    }
}

bool value_eval(const value *v, const cond_node *conds, int64_t *out) {
    int64_t a, b = 0;
    switch (v->kind) {
        case VAL_INT:
            *out = v->i;
            return true;
        case VAL_SYM:
            for (const cond_node *c = conds; c; c = c->prev)
                if (c->sym == v->sym && c->op == IR_EQ) {
                    *out = c->k;
                    return true;
                }
            return false;
        case VAL_EXPR:
            return value_eval(v->a, conds, &a) && (!v->b || value_eval(v->b, conds, &b)) &&
                   arith(v->op, a, b, v->is_unsigned, out);
        default:
            return false;
    }
}

bool value_symbols(const value *v, uint32_t *syms, uint32_t *n, uint32_t max) {
    if (v->kind == VAL_INT) return true;
    if (v->kind == VAL_EXPR) return value_symbols(v->a, syms, n, max) && (!v->b || value_symbols(v->b, syms, n, max));
    if (v->kind != VAL_SYM) return false;
    for (uint32_t i = 0; i < *n; i++)
        if (syms[i] == v->sym) return true;
    if (*n == max) return false;
    syms[(*n)++] = v->sym;
    return true;
}
