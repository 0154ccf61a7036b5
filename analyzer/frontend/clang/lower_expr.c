/* Expressions as values (operands), and for their effect only. */
#include <string.h>

#include "frontend/clang/lower.h"

bool fe_enter(fe_fn *fn, CXCursor c) {
    if (fn->depth < FE_MAX_DEPTH) {
        fn->depth++;
        return true;
    }
    if (!fn->too_deep) fe_note(fn->u, IR_NOTE_NOT_LOWERED, c, "nested too deeply: the innermost part is not analysed");
    fn->too_deep = fn->is_partial = true;
    return false;
}

void fe_leave(fe_fn *fn) {
    fn->depth--;
}

ir_operand fe_load(fe_fn *fn, ir_place p, const ir_type *t) {
    if (t && t->kind == IR_T_ARRAY) return fe_addr(fn, p, fe_ptr_to(fn->u, t->elem));
    if (t && t->kind == IR_T_FUNC) return fe_addr(fn, p, fe_ptr_to(fn->u, t));
    return ir_load(p, t);
}

static bool is_function_decl(enum CXCursorKind k) {
    return k == CXCursor_FunctionDecl || k == CXCursor_CXXMethod || k == CXCursor_Constructor ||
           k == CXCursor_Destructor || k == CXCursor_ConversionFunction;
}

static ir_operand decl_ref(fe_fn *fn, CXCursor c) {
    CXCursor d = clang_getCursorReferenced(c);
    const ir_type *t = fe_type_of(fn->u, c);
    if (d.kind == CXCursor_EnumConstantDecl) return ir_int(clang_getEnumConstantDeclValue(d), t);
    if (is_function_decl(d.kind)) return fe_func_operand(fn, fe_func_of(fn->u, d));
    if (d.kind == CXCursor_VarDecl || d.kind == CXCursor_ParmDecl) return fe_load(fn, fe_var_place(fn, d), t);
    int64_t v;
    if (fe_eval_int(fn->u, c, &v)) return ir_int(v, t);
    return fe_unknown(t);
}

static ir_operand literal(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    int64_t v;
    if (t && t->kind == IR_T_INT && t->bits <= 64 && fe_eval_int(fn->u, c, &v)) return ir_int(v, t);
    return fe_unknown(t);
}

static ir_operand float_literal(fe_fn *fn, CXCursor c) {
    ir_operand o = {.kind = IR_O_FLOAT, .type = fe_type_of(fn->u, c)};
    o.place.var = IR_NOVAR;
    return o;
}

static ir_operand string_literal(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    ir_operand o = {.kind = IR_O_STR, .type = t && t->kind == IR_T_ARRAY ? fe_ptr_to(fn->u, t->elem) : t};
    o.str = fe_string_text(fn->u, c);
    o.place.var = IR_NOVAR;
    return o;
}

static ir_operand constant_or_unknown(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    int64_t v;
    if (fe_eval_int(fn->u, c, &v)) return ir_int(v, t);
    return t && t->kind == IR_T_VOID ? fe_unknown(t) : fe_havoc(fn, t);
}

bool fe_is_va_list(const ir_type *t) {
    return t && t->kind == IR_T_PTR && t->elem && t->elem->name && strncmp(t->elem->name, "__va_list", 9) == 0;
}

ir_operand fe_cast(fe_fn *fn, CXCursor operand, const ir_type *to) {
    if (to && to->kind == IR_T_VOID) {
        fe_effect(fn, operand);
        return fe_unknown(to);
    }
    ir_operand a = fe_value(fn, operand);
    if (to && to->kind == IR_T_BOOL && a.kind == IR_O_PLACE && fe_is_boolean(fn->u, operand)) {
        a.type = to;
        return a;
    }
    if (to != a.type) fe_at(fn, operand);
    return fe_convert(fn, a, to);
}

/* What it would come to, had it compiled, nobody knows; its parts are run. */
static ir_operand broken(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++) fe_effect(fn, k.v[i]);
    fe_at(fn, c);
    return fe_havoc(fn, NULL);
}

/* Implicit casts, and everything libclang has no cursor kind for. */
static ir_operand unexposed(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    if (fe_is_broken(c)) return broken(fn, c);
    fe_kids all = fe_children(u, c), k = {NULL, 0};
    k.v = LL_NEWN(u->scratch, CXCursor, all.n + 1);
    for (uint32_t i = 0; i < all.n; i++) {
        if (all.v[i].kind == CXCursor_MemberRef) return constant_or_unknown(fn, c); /* offsetof */
        if (fe_is_expr(all.v[i])) k.v[k.n++] = all.v[i];
    }
    if (k.n == 0) return constant_or_unknown(fn, c); /* types_compatible_p and its kin */
    if (k.n > 1) return fe_unexposed_multi(fn, c, k);
    const ir_type *to = fe_type_of(u, c), *from = fe_type_of(u, k.v[0]);
    if (fe_is_va_list(from) && !fe_is_va_list(to)) { /* va_arg */
        fe_at(fn, c);
        return fe_havoc(fn, to);
    }
    return fe_cast(fn, k.v[0], to);
}

static ir_operand ternary_value(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    if (t && t->kind == IR_T_VOID) {
        fe_ternary(fn, c, NULL, t);
        return fe_unknown(t);
    }
    ir_place p = ir_place_var(fe_new_temp(fn, t));
    fe_ternary(fn, c, &p, t);
    return ir_load(p, t);
}

static ir_operand stmt_expr_value(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    if (!t || t->kind == IR_T_VOID) {
        fe_stmt_expr(fn, c, NULL, t);
        return fe_unknown(t);
    }
    ir_place p = ir_place_var(fe_new_temp(fn, t));
    fe_stmt_expr(fn, c, &p, t);
    return ir_load(p, t);
}

static ir_operand value_of(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    switch (c.kind) {
        case CXCursor_IntegerLiteral:
        case CXCursor_CharacterLiteral:
            return literal(fn, c);
        case CXCursor_FloatingLiteral:
        case CXCursor_ImaginaryLiteral:
            return float_literal(fn, c);
        case CXCursor_StringLiteral:
            return string_literal(fn, c);
        case CXCursor_ParenExpr:
            return fe_value(fn, fe_last_expr(u, c));
        case CXCursor_UnexposedExpr:
            return unexposed(fn, c);
        case CXCursor_DeclRefExpr:
            return decl_ref(fn, c);
        case CXCursor_MemberRefExpr:
            if (is_function_decl(clang_getCursorReferenced(c).kind)) return decl_ref(fn, c);
            return fe_load(fn, fe_place(fn, c), fe_type_of(u, c));
        case CXCursor_ArraySubscriptExpr:
            return fe_load(fn, fe_place(fn, c), fe_type_of(u, c));
        case CXCursor_UnaryOperator:
            return fe_unary(fn, c, true);
        case CXCursor_BinaryOperator:
            return fe_binary(fn, c, NULL);
        case CXCursor_CompoundAssignOperator:
            return fe_compound_assign(fn, c);
        case CXCursor_CStyleCastExpr:
        case CXCursor_CXXStaticCastExpr:
        case CXCursor_CXXReinterpretCastExpr:
        case CXCursor_CXXConstCastExpr: {
            CXCursor e = fe_last_expr(u, c);
            return clang_Cursor_isNull(e) ? fe_unknown(fe_type_of(u, c)) : fe_cast(fn, e, fe_type_of(u, c));
        }
        case CXCursor_ConditionalOperator:
            return ternary_value(fn, c);
        case CXCursor_CallExpr:
            return fe_call(fn, c, NULL);
        case CXCursor_CompoundLiteralExpr:
            return fe_load(fn, fe_compound_literal(fn, c), fe_type_of(u, c));
        case CXCursor_InitListExpr: {
            ir_place p = ir_place_var(fe_new_temp(fn, fe_type_of(u, c)));
            fe_init_local(fn, p, clang_getCursorType(c), c);
            return fe_load(fn, p, fe_type_of(u, c));
        }
        case CXCursor_StmtExpr:
            return stmt_expr_value(fn, c);
        case CXCursor_UnaryExpr:
            return constant_or_unknown(fn, c);
        case CXCursor_GenericSelectionExpr:
            return fe_cast(fn, fe_generic_choice(fn, c), fe_type_of(u, c));
        case CXCursor_GNUNullExpr:
            return ir_int(0, fe_type_of(u, c));
        case CXCursor_AddrLabelExpr:
            fe_label_address(fn, c);
            return fe_unknown(fe_type_of(u, c));
        default:
            return fe_cxx_value(fn, c, NULL);
    }
}

ir_operand fe_value(fe_fn *fn, CXCursor c) {
    if (!fe_enter(fn, c)) return fe_unknown(fe_type_of(fn->u, c));
    ir_operand o = value_of(fn, c);
    fe_leave(fn);
    return o;
}

/* ---- for effect ---- */

static bool effect_directly(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    switch (c.kind) {
        case CXCursor_ParenExpr:
            fe_effect(fn, fe_last_expr(u, c));
            return true;
        case CXCursor_UnaryOperator:
            fe_unary(fn, c, false);
            return true;
        case CXCursor_ConditionalOperator:
            fe_ternary(fn, c, NULL, NULL);
            return true;
        case CXCursor_StmtExpr:
            fe_stmt_expr(fn, c, NULL, NULL);
            return true;
        case CXCursor_CStyleCastExpr:
        case CXCursor_UnexposedExpr: {
            fe_kids k = fe_exprs(u, c);
            const ir_type *t = fe_type_of(u, c);
            if (k.n != 1 || (t && t->kind == IR_T_INT)) return false; /* may be va_arg */
            fe_effect(fn, k.v[0]);
            return true;
        }
        case CXCursor_BinaryOperator: {
            enum CXBinaryOperatorKind k = clang_getCursorBinaryOperatorKind(c);
            if (k != CXBinaryOperator_Comma && k != CXBinaryOperator_LAnd && k != CXBinaryOperator_LOr) return false;
            fe_kids e = fe_exprs(u, c);
            if (e.n != 2) return false;
            if (k == CXBinaryOperator_Comma) {
                fe_effect(fn, e.v[0]);
                fe_effect(fn, e.v[1]);
                return true;
            }
            uint32_t more = fe_new_block(fn), join = fe_new_block(fn);
            fe_cond(fn, e.v[0], k == CXBinaryOperator_LAnd ? more : join, k == CXBinaryOperator_LAnd ? join : more);
            ir_build_at(fn->b, more);
            fn->perhaps++;
            fe_effect(fn, e.v[1]);
            fn->perhaps--;
            fe_start(fn, join);
            return true;
        }
        default:
            return false;
    }
}

void fe_effect(fe_fn *fn, CXCursor c) {
    ir_place unused;
    if (!fe_enter(fn, c)) return;
    bool object = fn->u->cxx && fe_cxx_temporary(fn, c, &unused);
    if (!object && !effect_directly(fn, c)) fe_value(fn, c);
    fe_leave(fn);
}
