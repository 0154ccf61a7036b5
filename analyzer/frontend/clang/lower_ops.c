/* Operators: assignment, arithmetic, comparison, increment. */
#include "frontend/clang/lower.h"

bool fe_arith_of(enum CXBinaryOperatorKind k, ir_arith *op) {
    switch (k) {
        case CXBinaryOperator_Mul:
        case CXBinaryOperator_MulAssign:
            *op = IR_MUL;
            return true;
        case CXBinaryOperator_Div:
        case CXBinaryOperator_DivAssign:
            *op = IR_DIV;
            return true;
        case CXBinaryOperator_Rem:
        case CXBinaryOperator_RemAssign:
            *op = IR_REM;
            return true;
        case CXBinaryOperator_Add:
        case CXBinaryOperator_AddAssign:
            *op = IR_ADD;
            return true;
        case CXBinaryOperator_Sub:
        case CXBinaryOperator_SubAssign:
            *op = IR_SUB;
            return true;
        case CXBinaryOperator_Shl:
        case CXBinaryOperator_ShlAssign:
            *op = IR_SHL;
            return true;
        case CXBinaryOperator_Shr:
        case CXBinaryOperator_ShrAssign:
            *op = IR_SHR;
            return true;
        case CXBinaryOperator_And:
        case CXBinaryOperator_AndAssign:
            *op = IR_AND;
            return true;
        case CXBinaryOperator_Xor:
        case CXBinaryOperator_XorAssign:
            *op = IR_XOR;
            return true;
        case CXBinaryOperator_Or:
        case CXBinaryOperator_OrAssign:
            *op = IR_OR;
            return true;
        case CXBinaryOperator_LT:
            *op = IR_LT;
            return true;
        case CXBinaryOperator_GT:
            *op = IR_GT;
            return true;
        case CXBinaryOperator_LE:
            *op = IR_LE;
            return true;
        case CXBinaryOperator_GE:
            *op = IR_GE;
            return true;
        case CXBinaryOperator_EQ:
            *op = IR_EQ;
            return true;
        case CXBinaryOperator_NE:
            *op = IR_NE;
            return true;
        default:
            return false;
    }
}

bool fe_is_boolean(fe_unit *u, CXCursor c) {
    c = fe_strip(u, c);
    enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
    return (k >= CXBinaryOperator_LT && k <= CXBinaryOperator_NE) || k == CXBinaryOperator_LAnd ||
           k == CXBinaryOperator_LOr || clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_LNot;
}

static bool is_ptr(ir_operand o) {
    return o.type && o.type->kind == IR_T_PTR;
}

static bool is_float(const ir_type *t) {
    return t && t->kind == IR_T_FLOAT;
}

/* Constants go right, so that every reader finds them there. */
static void constant_right(ir_arith *op, ir_operand *a, ir_operand *b) {
    if (a->kind != IR_O_INT || b->kind == IR_O_INT) return;
    switch (*op) {
        case IR_LT:
            *op = IR_GT;
            break;
        case IR_GT:
            *op = IR_LT;
            break;
        case IR_LE:
            *op = IR_GE;
            break;
        case IR_GE:
            *op = IR_LE;
            break;
        case IR_EQ:
        case IR_NE:
        case IR_ADD:
        case IR_MUL:
        case IR_AND:
        case IR_OR:
        case IR_XOR:
            break;
        default:
            return;
    }
    ir_operand t = *a;
    *a = *b;
    *b = t;
}

/* Pointer arithmetic in its one form: PTRADD with a signed element count. */
static void pointer_form(fe_fn *fn, ir_arith *op, ir_operand *a, ir_operand *b) {
    if (*op == IR_ADD && !is_ptr(*a) && is_ptr(*b)) {
        ir_operand t = *a;
        *a = *b;
        *b = t;
    }
    if ((*op != IR_ADD && *op != IR_SUB) || !is_ptr(*a) || is_ptr(*b)) return;
    if (*op == IR_SUB) *b = fe_un(fn, IR_NEG, *b, b->type);
    *op = IR_PTRADD;
}

static ir_operand arithmetic(fe_fn *fn, CXCursor c, ir_arith op, CXCursor l, CXCursor r, const ir_place *dst) {
    const ir_type *t = fe_type_of(fn->u, c);
    ir_operand a = fe_value(fn, l), b = fe_value(fn, r);
    pointer_form(fn, &op, &a, &b);
    constant_right(&op, &a, &b);
    fe_at(fn, c);
    if (!dst || (a.kind == IR_O_INT && b.kind == IR_O_INT)) return fe_bin(fn, op, a, b, t);
    fe_bin_into(fn, *dst, op, a, b, t);
    return ir_load(*dst, t);
}

static ir_operand assign(fe_fn *fn, CXCursor c, CXCursor l, CXCursor r) {
    const ir_type *t = fe_type_of(fn->u, l);
    if (fe_simple_place(fn->u, l, 0)) {
        ir_place dst = fe_place(fn, l);
        fe_into(fn, r, dst, t);
        return fe_load(fn, dst, t);
    }
    ir_operand v = fe_value(fn, r);
    ir_place dst = fe_place(fn, l);
    fe_at(fn, c);
    fe_copy(fn, dst, v, t);
    return fe_load(fn, dst, t);
}

ir_operand fe_binary(fe_fn *fn, CXCursor c, const ir_place *dst) {
    fe_kids k = fe_exprs(fn->u, c);
    const ir_type *t = fe_type_of(fn->u, c);
    if (k.n != 2) return fe_unknown(t);
    enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(c);
    ir_arith op;
    switch (kind) {
        case CXBinaryOperator_Comma:
            fe_effect(fn, k.v[0]);
            return fe_value(fn, k.v[1]);
        case CXBinaryOperator_Assign:
            return assign(fn, c, k.v[0], k.v[1]);
        case CXBinaryOperator_LAnd:
        case CXBinaryOperator_LOr: {
            ir_place p = dst ? *dst : ir_place_var(fe_new_temp(fn, t));
            fe_logical_into(fn, c, p, t);
            return ir_load(p, t);
        }
        default:
            break;
    }
    if (fe_arith_of(kind, &op)) return arithmetic(fn, c, op, k.v[0], k.v[1], dst);
    fe_effect(fn, k.v[0]);
    fe_effect(fn, k.v[1]);
    return fe_unknown(t);
}

ir_operand fe_compound_assign(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    const ir_type *t = fe_type_of(fn->u, c);
    ir_arith op;
    if (k.n != 2 || !fe_arith_of(clang_getCursorBinaryOperatorKind(c), &op)) return fe_unknown(t);
    ir_operand b = fe_value(fn, k.v[1]);
    ir_place p = fe_place(fn, k.v[0]);
    ir_operand a = ir_load(p, t);
    pointer_form(fn, &op, &a, &b);
    fe_at(fn, c);
    if (is_float(b.type) && !is_float(t))
        fe_simple(fn, IR_HAVOC, p, t);
    else
        fe_bin_into(fn, p, op, a, b, t);
    return ir_load(p, t);
}

static ir_operand increment(fe_fn *fn, CXCursor c, CXCursor e, bool down, bool old) {
    const ir_type *t = fe_type_of(fn->u, e);
    ir_place p = fe_place(fn, e);
    fe_at(fn, c);
    ir_operand before = old ? fe_freeze(fn, ir_load(p, t), t) : ir_load(p, t);
    bool ptr = t && t->kind == IR_T_PTR;
    ir_arith op = ptr ? IR_PTRADD : down ? IR_SUB : IR_ADD;
    fe_bin_into(fn, p, op, ir_load(p, t), ir_int(ptr && down ? -1 : 1, fe_int_type(fn->u)), t);
    return before;
}

static ir_operand address_of(fe_fn *fn, CXCursor e, const ir_type *t) {
    const ir_type *et = fe_type_of(fn->u, e);
    if (et && et->kind == IR_T_FUNC) return fe_value(fn, e);
    return fe_addr(fn, fe_place(fn, e), t);
}

ir_operand fe_unary(fe_fn *fn, CXCursor c, bool used) {
    CXCursor e = fe_last_expr(fn->u, c);
    const ir_type *t = fe_type_of(fn->u, c);
    if (clang_Cursor_isNull(e)) return fe_unknown(t);
    ir_operand v;
    switch (clang_getCursorUnaryOperatorKind(c)) {
        case CXUnaryOperator_AddrOf:
            return address_of(fn, e, t);
        case CXUnaryOperator_Deref:
            return fe_load(fn, fe_place(fn, c), t);
        case CXUnaryOperator_PreInc:
            return increment(fn, c, e, false, false);
        case CXUnaryOperator_PreDec:
            return increment(fn, c, e, true, false);
        case CXUnaryOperator_PostInc:
            return increment(fn, c, e, false, used);
        case CXUnaryOperator_PostDec:
            return increment(fn, c, e, true, used);
        case CXUnaryOperator_Plus:
        case CXUnaryOperator_Extension:
            return fe_value(fn, e);
        case CXUnaryOperator_Minus:
            v = fe_value(fn, e);
            fe_at(fn, c);
            if (is_float(t)) return v.kind == IR_O_FLOAT ? v : fe_havoc(fn, t);
            return fe_un(fn, IR_NEG, v, t);
        case CXUnaryOperator_Not:
            v = fe_value(fn, e);
            fe_at(fn, c);
            return fe_un(fn, IR_BNOT, v, t);
        case CXUnaryOperator_LNot:
            v = fe_value(fn, e);
            fe_at(fn, c);
            if (v.kind == IR_O_ADDR || v.kind == IR_O_STR) return ir_int(0, t);
            if (v.kind == IR_O_UNKNOWN || v.kind == IR_O_NONE) return fe_havoc(fn, t);
            return fe_un(fn, IR_NOT, v, t);
        default:
            fe_effect(fn, e);
            return fe_unknown(t);
    }
}
