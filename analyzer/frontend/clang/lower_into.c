/* Expressions whose value goes straight into a place: `x = f()` is one instruction, not a temporary and a copy. */
#include "frontend/clang/lower.h"

bool fe_is_load_of(ir_operand o, const ir_place *p) {
    return o.kind == IR_O_PLACE && o.place.var == p->var && o.place.npath == p->npath && o.place.path == p->path;
}

static void store(fe_fn *fn, ir_place dst, ir_operand o, const ir_type *t) {
    if (!fe_is_load_of(o, &dst)) fe_copy(fn, dst, o, t);
}

/* The conversion from one type to the other keeps every bit. */
static bool same_bits(const ir_type *from, const ir_type *to) {
    if (!from || !to || from->kind == IR_T_ARRAY || from->kind == IR_T_FUNC) return false;
    if (from->kind == to->kind) return from->kind == IR_T_RECORD || from->bits == to->bits;
    bool a = from->kind == IR_T_INT || from->kind == IR_T_PTR, b = to->kind == IR_T_INT || to->kind == IR_T_PTR;
    return a && b && from->bits == to->bits;
}

static bool narrows(const ir_type *from, const ir_type *to) {
    bool a = from && (from->kind == IR_T_INT || from->kind == IR_T_PTR);
    return a && to && to->kind == IR_T_INT && from->bits > to->bits;
}

static bool into_cast(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t) {
    fe_kids k = fe_exprs(fn->u, c);
    if (c.kind == CXCursor_UnexposedExpr && k.n == 4) {
        fe_elvis_into(fn, k, dst, t);
        return true;
    }
    if (!k.n || (k.n > 1 && c.kind == CXCursor_UnexposedExpr)) return false;
    CXCursor e = k.v[k.n - 1];
    const ir_type *from = fe_type_of(fn->u, e), *to = fe_type_of(fn->u, c);
    if (fe_is_va_list(from)) return false;
    if (to && to->kind == IR_T_BOOL && fe_is_boolean(fn->u, e)) {
        fe_into(fn, e, dst, t);
        return true;
    }
    if (same_bits(from, to)) {
        fe_into(fn, e, dst, t);
        return true;
    }
    if (!narrows(from, to)) return false;
    ir_operand a = fe_value(fn, e);
    fe_at(fn, e);
    if (a.kind == IR_O_PLACE)
        fe_un_into(fn, dst, IR_TRUNC, a, to);
    else
        store(fn, dst, fe_convert(fn, a, to), t);
    return true;
}

/* -x, ~x, !x of something that is computed, straight into the place. */
static bool into_unary(fe_fn *fn, CXCursor c, ir_place dst) {
    const ir_type *t = fe_type_of(fn->u, c);
    ir_arith op;
    switch (clang_getCursorUnaryOperatorKind(c)) {
        case CXUnaryOperator_Minus:
            op = IR_NEG;
            break;
        case CXUnaryOperator_Not:
            op = IR_BNOT;
            break;
        case CXUnaryOperator_LNot:
            op = IR_NOT;
            break;
        default:
            return false;
    }
    CXCursor e = fe_strip(fn->u, fe_last_expr(fn->u, c));
    bool computed = e.kind == CXCursor_DeclRefExpr || e.kind == CXCursor_CallExpr || e.kind == CXCursor_MemberRefExpr ||
                    e.kind == CXCursor_UnaryOperator || e.kind == CXCursor_ArraySubscriptExpr;
    if (!computed || !t || t->kind == IR_T_FLOAT) return false;
    ir_operand v = fe_value(fn, fe_last_expr(fn->u, c));
    fe_at(fn, c);
    if (v.kind == IR_O_PLACE)
        fe_un_into(fn, dst, op, v, t);
    else
        store(fn, dst, fe_un_constant(fn, op, v, t), t);
    return true;
}

static bool into_directly(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t) {
    switch (c.kind) {
        case CXCursor_ParenExpr:
            fe_into(fn, fe_last_expr(fn->u, c), dst, t);
            return true;
        case CXCursor_UnexposedExpr:
        case CXCursor_CStyleCastExpr:
        case CXCursor_CXXStaticCastExpr:
        case CXCursor_CXXReinterpretCastExpr:
        case CXCursor_CXXConstCastExpr:
            return into_cast(fn, c, dst, t);
        case CXCursor_ConditionalOperator:
            fe_ternary(fn, c, &dst, t);
            return true;
        case CXCursor_UnaryOperator:
            return into_unary(fn, c, dst);
        case CXCursor_StmtExpr:
            fe_stmt_expr(fn, c, &dst, t);
            return true;
        case CXCursor_InitListExpr:
            fe_init_local(fn, dst, clang_getCursorType(c), c);
            return true;
        case CXCursor_CallExpr:
            store(fn, dst, fe_call(fn, c, &dst), t);
            return true;
        case CXCursor_BinaryOperator: {
            enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
            if (k == CXBinaryOperator_LAnd || k == CXBinaryOperator_LOr) {
                fe_logical_into(fn, c, dst, t);
                return true;
            }
            store(fn, dst, fe_binary(fn, c, &dst), t);
            return true;
        }
        default:
            return false;
    }
}

void fe_into(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t) {
    if (!fe_enter(fn, c)) {
        fe_simple(fn, IR_HAVOC, dst, t);
        return;
    }
    if (!into_directly(fn, c, dst, t)) {
        ir_operand o = c.kind > CXCursor_AddrLabelExpr && fn->u->cxx ? fe_cxx_value(fn, c, &dst) : fe_value(fn, c);
        fe_at(fn, c);
        store(fn, dst, o, t);
    }
    fe_leave(fn);
}
