/* Conditions are control flow: each leaf becomes one BRANCH, comparisons with zero branch on the value itself. */
#include "frontend/clang/lower.h"

bool fe_is_zero_literal(fe_unit *u, CXCursor c) {
    for (int depth = 0; depth < 8; depth++) {
        switch (c.kind) {
            case CXCursor_ParenExpr:
            case CXCursor_UnexposedExpr:
            case CXCursor_CStyleCastExpr: {
                fe_kids k = fe_exprs(u, c);
                if (k.n != 1) return false;
                c = k.v[0];
                continue;
            }
            case CXCursor_GNUNullExpr:
            case CXCursor_CXXNullPtrLiteralExpr:
                return true;
            case CXCursor_IntegerLiteral:
            case CXCursor_CXXBoolLiteralExpr:
            case CXCursor_CharacterLiteral: {
                int64_t v;
                return fe_eval_int(u, c, &v) && v == 0;
            }
            default:
                return false;
        }
    }
    return false;
}

/* Whether e is zero exactly when its conversion to `to` is. */
static bool keeps_zero(const ir_type *from, const ir_type *to) {
    if (!from || !to) return false;
    if (from->kind == IR_T_ARRAY || from->kind == IR_T_FUNC || from->kind == IR_T_FLOAT) return false;
    if (to->kind == IR_T_BOOL) return from->kind == IR_T_INT || from->kind == IR_T_PTR || from->kind == IR_T_BOOL;
    if (to->kind != IR_T_INT && to->kind != IR_T_PTR) return false;
    return from->kind == IR_T_BOOL || ((from->kind == IR_T_INT || from->kind == IR_T_PTR) && from->bits <= to->bits);
}

static bool strip_cast(fe_unit *u, CXCursor *c) {
    if (c->kind == CXCursor_ParenExpr) {
        *c = fe_last_expr(u, *c);
        return true;
    }
    if (c->kind != CXCursor_UnexposedExpr && c->kind != CXCursor_CStyleCastExpr) return false;
    fe_kids k = fe_exprs(u, *c);
    if (k.n != 1) return false;
    const ir_type *from = fe_type_of(u, k.v[0]), *to = fe_type_of(u, *c);
    if (!keeps_zero(from, to)) return false;
    if (from->kind == IR_T_PTR && from->elem && from->elem->kind == IR_T_RECORD && to->kind == IR_T_INT)
        return false; /* may be va_arg */
    *c = k.v[0];
    return true;
}

static void leaf(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f) {
    ir_operand v = fe_value(fn, c);
    fe_at(fn, c);
    fe_branch(fn, v, t, f);
}

static bool is_float(fe_unit *u, CXCursor c) {
    const ir_type *t = fe_type_of(u, c);
    return t && t->kind == IR_T_FLOAT;
}

static void binary(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f) {
    enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(c);
    fe_kids k = fe_exprs(fn->u, c);
    if (k.n != 2) {
        leaf(fn, c, t, f);
        return;
    }
    CXCursor l = k.v[0], r = k.v[1];
    bool equality = kind == CXBinaryOperator_EQ || kind == CXBinaryOperator_NE;
    if (kind == CXBinaryOperator_LAnd || kind == CXBinaryOperator_LOr) {
        uint32_t more = fe_new_block(fn);
        fe_cond(fn, l, kind == CXBinaryOperator_LAnd ? more : t, kind == CXBinaryOperator_LAnd ? f : more);
        ir_build_at(fn->b, more);
        fn->perhaps++;
        fe_cond(fn, r, t, f);
        fn->perhaps--;
    } else if (kind == CXBinaryOperator_Comma) {
        fe_effect(fn, l);
        fe_cond(fn, r, t, f);
    } else if (equality && !is_float(fn->u, l) && (fe_is_zero_literal(fn->u, r) || fe_is_zero_literal(fn->u, l))) {
        bool eq = kind == CXBinaryOperator_EQ;
        fe_cond(fn, fe_is_zero_literal(fn->u, r) ? l : r, eq ? f : t, eq ? t : f);
    } else {
        leaf(fn, c, t, f);
    }
}

static void choice(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f) {
    fe_kids k = fe_exprs(fn->u, c);
    if (k.n != 3) {
        leaf(fn, c, t, f);
        return;
    }
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn);
    fe_cond(fn, k.v[0], yes, no);
    fn->perhaps++;
    ir_build_at(fn->b, yes);
    fe_cond(fn, k.v[1], t, f);
    ir_build_at(fn->b, no);
    fe_cond(fn, k.v[2], t, f);
    fn->perhaps--;
}

static void cond(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f) {
    fe_unit *u = fn->u;
    while (strip_cast(u, &c)) continue;
    enum CXUnaryOperatorKind un = clang_getCursorUnaryOperatorKind(c);
    if (c.kind == CXCursor_BinaryOperator) {
        binary(fn, c, t, f);
    } else if (un == CXUnaryOperator_LNot) {
        fe_cond(fn, fe_last_expr(u, c), f, t);
    } else if (un == CXUnaryOperator_Extension) {
        fe_cond(fn, fe_last_expr(u, c), t, f);
    } else if (c.kind == CXCursor_ConditionalOperator) {
        choice(fn, c, t, f);
    } else if (c.kind == CXCursor_CallExpr && fe_is_expect(fn, c)) {
        fe_kids k = fe_exprs(u, c);
        fe_cond(fn, k.v[1], t, f);
    } else {
        leaf(fn, c, t, f);
    }
}

void fe_cond(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f) {
    if (!fe_enter(fn, c)) {
        fe_branch(fn, fe_unknown(NULL), t, f);
        return;
    }
    cond(fn, c, t, f);
    fe_leave(fn);
}

void fe_logical_into(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t) {
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn), join = fe_new_block(fn);
    fe_cond(fn, c, yes, no);
    ir_build_at(fn->b, yes);
    fe_copy(fn, dst, ir_int(1, t), t);
    fe_jump(fn, join);
    ir_build_at(fn->b, no);
    fe_copy(fn, dst, ir_int(0, t), t);
    fe_start(fn, join);
}

static void arm(fe_fn *fn, CXCursor c, const ir_place *dst, const ir_type *t) {
    fn->perhaps++;
    if (dst)
        fe_into(fn, c, *dst, t);
    else
        fe_effect(fn, c);
    fn->perhaps--;
}

/* dst NULL: for effect. */
void fe_ternary(fe_fn *fn, CXCursor c, const ir_place *dst, const ir_type *t) {
    fe_kids k = fe_exprs(fn->u, c);
    if (k.n != 3) {
        if (dst) fe_simple(fn, IR_HAVOC, *dst, t);
        return;
    }
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn), join = fe_new_block(fn);
    fe_cond(fn, k.v[0], yes, no);
    ir_build_at(fn->b, yes);
    arm(fn, k.v[1], dst, t);
    fe_jump(fn, join);
    ir_build_at(fn->b, no);
    arm(fn, k.v[2], dst, t);
    fe_start(fn, join);
}

/* `a ?: b`: children a, a, a, b. */
void fe_elvis_into(fe_fn *fn, fe_kids k, ir_place dst, const ir_type *t) {
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn), join = fe_new_block(fn);
    const ir_type *at = fe_type_of(fn->u, k.v[0]);
    ir_operand a = fe_value(fn, k.v[0]);
    fe_at(fn, k.v[0]);
    a = fe_freeze(fn, a, at);
    fe_branch(fn, a, yes, no);
    ir_build_at(fn->b, yes);
    fe_copy(fn, dst, fe_convert(fn, a, t), t);
    fe_jump(fn, join);
    ir_build_at(fn->b, no);
    fe_into(fn, k.v[3], dst, t);
    fe_start(fn, join);
}
