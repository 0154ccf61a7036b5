/* Expressions as places: where a variable, member, element or pointed-to object is. */
#include "frontend/clang/lower.h"

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
    fn->is_ref.v[v] = fe_is_reference(t);
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
            if (fe_is_broken(c)) return fe_deref(fn, fe_value(fn, c)); /* somewhere */
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
    if (u->cxx && (fe_cxx_place(fn, c, &p) || fe_cxx_temporary(fn, c, &p))) return p;
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
