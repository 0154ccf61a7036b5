/* Expressions: as a value (operand), as a location (place), into a place, for effect only. */
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

/* ---- variables ---- */

static uint32_t global_var(fe_fn *fn, CXCursor decl) {
    uint32_t g = fe_global_of(fn->u, decl, fn);
    const void *key = (const void *)((uintptr_t)g * 2 + 1); /* odd: no declaration's address */
    uintptr_t got = (uintptr_t)fe_map_get(&fn->vars, key);
    if (got) return (uint32_t)got - 1;
    const ir_global *gl = &fn->u->out->globals.v[g];
    CXType t = clang_getCursorType(decl);
    uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_GLOBAL,
                                         .name = gl->name,
                                         .usr = gl->usr,
                                         .type = gl->type ? gl->type : fe_int_type(fn->u),
                                         .is_volatile = clang_isVolatileQualifiedType(t) != 0,
                                         .is_thread_local = clang_getCursorTLSKind(decl) != CXTLS_None});
    fn->is_ref.v[v] = t.kind == CXType_LValueReference || t.kind == CXType_RValueReference;
    fe_map_put(&fn->vars, key, (void *)((uintptr_t)v + 1));
    return v;
}

/* A local the lowering did not declare (structured binding, capture): known by name only. */
static uint32_t stray_var(fe_fn *fn, CXCursor decl) {
    const ir_type *t = fe_type_of(fn->u, decl);
    return fe_new_var(fn,
                      (ir_var){.kind = IR_V_LOCAL, .name = fe_name(fn->u, decl), .type = t ? t : fe_int_type(fn->u)});
}

ir_place fe_var_place(fe_fn *fn, CXCursor decl) {
    uintptr_t got = (uintptr_t)fe_map_get(&fn->vars, fe_key(decl));
    if (!got) {
        bool global = decl.kind == CXCursor_VarDecl && clang_Cursor_hasVarDeclGlobalStorage(decl) == 1;
        got = (uintptr_t)(global ? global_var(fn, decl) : stray_var(fn, decl)) + 1;
        fe_map_put(&fn->vars, fe_key(decl), (void *)got);
    }
    ir_place p = ir_place_var((uint32_t)got - 1);
    return fn->is_ref.v[p.var] ? ir_place_deref(fn->u->scratch, p) : p;
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

/* ---- places ---- */

static ir_place member_place(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    CXCursor d = clang_getCursorReferenced(c);
    if (d.kind == CXCursor_VarDecl) return fe_var_place(fn, d); /* static member */
    CXCursor base = fe_last_expr(u, c);
    ir_place p;
    if (clang_Cursor_isNull(base)) {
        if (fn->this_var == IR_NOVAR) return fe_materialize(fn, fe_unknown(NULL), fe_type_of(u, c));
        p = ir_place_deref(u->scratch, ir_place_var(fn->this_var));
    } else {
        const ir_type *bt = fe_type_of(u, base);
        p = bt && bt->kind == IR_T_PTR ? fe_pointee(fn, base) : fe_place(fn, base);
    }
    if (d.kind != CXCursor_FieldDecl) return p;
    const fe_field *f = fe_field_of(u, d);
    if (f->name) p = ir_place_field(u->scratch, p, f->name);
    return f->is_ref ? ir_place_deref(u->scratch, p) : p;
}

ir_place fe_pointee(fe_fn *fn, CXCursor ptr) {
    fe_unit *u = fn->u;
    CXCursor e = ptr;
    while (e.kind == CXCursor_ParenExpr) e = fe_last_expr(u, e);
    if (clang_getCursorUnaryOperatorKind(e) == CXUnaryOperator_AddrOf) return fe_place(fn, fe_last_expr(u, e));
    if (e.kind == CXCursor_UnexposedExpr) {
        fe_kids k = fe_exprs(u, e);
        const ir_type *t = k.n == 1 ? fe_type_of(u, k.v[0]) : NULL;
        if (t && t->kind == IR_T_ARRAY && fe_strip(u, k.v[0]).kind != CXCursor_StringLiteral)
            return fe_place(fn, k.v[0]);
    }
    return fe_deref(fn, fe_value(fn, e));
}

static ir_place pointer_index(fe_fn *fn, CXCursor base, CXCursor index, const ir_type *elem) {
    const ir_type *bt = fe_type_of(fn->u, base);
    ir_place p = bt && bt->kind == IR_T_PTR ? fe_pointee(fn, base) : fe_place(fn, base);
    ir_operand i = fe_value(fn, index);
    if (i.kind == IR_O_PLACE && i.place.npath) fe_at(fn, index); /* read into a temporary, there */
    return fe_index(fn, p, i, elem);
}

static bool is_pointer(fe_unit *u, CXCursor c) {
    const ir_type *t = fe_type_of(u, c);
    return t && t->kind == IR_T_PTR;
}

static ir_place subscript_place(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    if (k.n != 2) return fe_materialize(fn, fe_unknown(NULL), fe_type_of(fn->u, c));
    bool swapped = !is_pointer(fn->u, k.v[0]) && is_pointer(fn->u, k.v[1]);
    return pointer_index(fn, k.v[swapped], k.v[!swapped], fe_type_of(fn->u, c));
}

/* `*e`; `*(p + i)` is p[i]. */
static ir_place deref_place(fe_fn *fn, CXCursor c) {
    CXCursor e = fe_last_expr(fn->u, c);
    CXCursor s = fe_strip(fn->u, e);
    if (clang_getCursorBinaryOperatorKind(s) == CXBinaryOperator_Add) {
        fe_kids k = fe_exprs(fn->u, s);
        const ir_type *elem = fe_type_of(fn->u, c);
        if (k.n == 2 && is_pointer(fn->u, k.v[0])) return pointer_index(fn, k.v[0], k.v[1], elem);
        if (k.n == 2 && is_pointer(fn->u, k.v[1])) return pointer_index(fn, k.v[1], k.v[0], elem);
    }
    return fe_pointee(fn, e);
}

static bool same_kind(fe_unit *u, CXCursor a, CXCursor b) {
    const ir_type *x = fe_type_of(u, a), *y = fe_type_of(u, b);
    return x && y && x->kind == y->kind;
}

static ir_place place_of(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    ir_place p;
    switch (c.kind) {
        case CXCursor_ParenExpr:
            return fe_place(fn, fe_last_expr(u, c));
        case CXCursor_DeclRefExpr: {
            CXCursor d = clang_getCursorReferenced(c);
            if (d.kind == CXCursor_VarDecl || d.kind == CXCursor_ParmDecl) return fe_var_place(fn, d);
            break;
        }
        case CXCursor_MemberRefExpr:
            return member_place(fn, c);
        case CXCursor_ArraySubscriptExpr:
            return subscript_place(fn, c);
        case CXCursor_UnaryOperator: {
            enum CXUnaryOperatorKind k = clang_getCursorUnaryOperatorKind(c);
            if (k == CXUnaryOperator_Deref) return deref_place(fn, c);
            if (k == CXUnaryOperator_Extension || k == CXUnaryOperator_Real || k == CXUnaryOperator_Imag)
                return fe_place(fn, fe_last_expr(u, c));
            break;
        }
        case CXCursor_UnexposedExpr: {
            fe_kids k = fe_exprs(u, c);
            if (k.n == 1 && same_kind(u, c, k.v[0])) return fe_place(fn, k.v[0]);
            break;
        }
        case CXCursor_BinaryOperator:
            if (clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Comma) {
                fe_kids k = fe_exprs(u, c);
                fe_effect(fn, k.v[0]);
                return fe_place(fn, k.v[1]);
            }
            break;
        case CXCursor_CompoundLiteralExpr:
            return fe_compound_literal(fn, c);
        case CXCursor_GenericSelectionExpr:
            return fe_place(fn, fe_generic_choice(fn, c));
        default:
            break;
    }
    if (u->cxx && fe_cxx_place(fn, c, &p)) return p;
    return fe_materialize(fn, fe_value(fn, c), fe_type_of(u, c));
}

ir_place fe_place(fe_fn *fn, CXCursor c) {
    if (!fe_enter(fn, c)) return fe_materialize(fn, fe_unknown(NULL), fe_type_of(fn->u, c));
    ir_place p = place_of(fn, c);
    fe_leave(fn);
    return p;
}

/* Computing the place runs no code, so it may be done before the value that goes there. */
bool fe_simple_place(fe_unit *u, CXCursor c, int depth) {
    if (depth > 16) return false;
    switch (c.kind) {
        case CXCursor_DeclRefExpr:
        case CXCursor_IntegerLiteral:
        case CXCursor_CXXThisExpr:
            return true;
        case CXCursor_UnaryOperator: {
            enum CXUnaryOperatorKind k = clang_getCursorUnaryOperatorKind(c);
            if (k != CXUnaryOperator_Deref && k != CXUnaryOperator_AddrOf) return false;
            break;
        }
        case CXCursor_ParenExpr:
        case CXCursor_MemberRefExpr:
        case CXCursor_ArraySubscriptExpr:
        case CXCursor_UnexposedExpr:
        case CXCursor_CStyleCastExpr:
            break;
        default:
            return false;
    }
    fe_kids k = fe_exprs(u, c);
    if (c.kind == CXCursor_UnexposedExpr && k.n != 1) return false;
    for (uint32_t i = 0; i < k.n; i++)
        if (!fe_simple_place(u, k.v[i], depth + 1)) return false;
    return true;
}

/* ---- values ---- */

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

static bool is_va_list(const ir_type *t) {
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

/* Implicit casts, and everything libclang has no cursor kind for. */
static ir_operand unexposed(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    fe_kids all = fe_children(u, c), k = {NULL, 0};
    k.v = LL_NEWN(u->scratch, CXCursor, all.n + 1);
    for (uint32_t i = 0; i < all.n; i++) {
        if (all.v[i].kind == CXCursor_MemberRef) return constant_or_unknown(fn, c); /* offsetof */
        if (fe_is_expr(all.v[i])) k.v[k.n++] = all.v[i];
    }
    if (k.n == 0) return constant_or_unknown(fn, c); /* types_compatible_p and its kin */
    if (k.n > 1) return fe_unexposed_multi(fn, c, k);
    const ir_type *to = fe_type_of(u, c), *from = fe_type_of(u, k.v[0]);
    if (is_va_list(from) && !is_va_list(to)) { /* va_arg */
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
            return fe_load(fn, member_place(fn, c), fe_type_of(u, c));
        case CXCursor_ArraySubscriptExpr:
            return fe_load(fn, subscript_place(fn, c), fe_type_of(u, c));
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

/* ---- into a place ---- */

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
    if (is_va_list(from)) return false;
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
            fe_effect(fn, e.v[1]);
            fe_start(fn, join);
            return true;
        }
        default:
            return false;
    }
}

void fe_effect(fe_fn *fn, CXCursor c) {
    if (!fe_enter(fn, c)) return;
    if (!effect_directly(fn, c)) fe_value(fn, c);
    fe_leave(fn);
}
