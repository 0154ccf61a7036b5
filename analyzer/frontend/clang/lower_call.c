/* Calls. */
#include <string.h>

#include "frontend/clang/lower.h"

static void emit_call(fe_fn *fn, ir_operand callee, ir_operand *args, uint32_t n, const ir_type *ret, ir_place dst,
                      bool is_noreturn, const char *macro, const char *table) {
    ir_inst in = fe_inst(IR_CALL);
    in.a = callee;
    in.args = args;
    in.nargs = n;
    in.type = ret;
    in.dst = dst;
    in.macro = macro;
    in.table = callee.kind == IR_O_PLACE ? table : NULL;
    fe_emit(fn, in);
    if (is_noreturn) fe_unreachable(fn);
}

void fe_call_emit(fe_fn *fn, ir_operand callee, ir_operand *args, uint32_t n, const ir_type *ret, ir_place dst,
                  bool is_noreturn) {
    emit_call(fn, callee, args, n, ret, dst, is_noreturn, NULL, NULL);
}

/* "ops::open" of a callee `d->ops->open`, however it is dereferenced and cast; NULL: it is no field, or the record has
 * no name. The record is that of the base as it is written: a typedef names what has no tag. */
static const char *table_name(fe_unit *u, CXCursor callee) {
    CXCursor c = fe_strip(u, callee);
    while (c.kind == CXCursor_CStyleCastExpr || clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Deref)
        c = fe_strip(u, fe_last_expr(u, c));
    if (c.kind != CXCursor_MemberRefExpr) return NULL;
    CXCursor field = clang_getCursorReferenced(c), base = fe_last_expr(u, c);
    if (field.kind != CXCursor_FieldDecl || clang_Cursor_isNull(base)) return NULL;
    const ir_type *record = fe_type_of(u, base);
    if (record && record->kind == IR_T_PTR) record = record->elem;
    const char *name = fe_field_of(u, field)->name;
    if (!record || !record->name || !name || (record->kind != IR_T_RECORD && record->kind != IR_T_UNION)) return NULL;
    return ll_intern_str(u->names, ll_printf(u->scratch, "%s::%s", record->name, name));
}

void fe_call_written(fe_fn *fn, CXCursor c, ir_operand callee, ir_operand *args, uint32_t n, const ir_type *ret,
                     ir_place dst, bool is_noreturn) {
    fe_kids k = fe_exprs(fn->u, c);
    const char *macro = k.n ? fe_macro_name(fn->u, k.v[0]) : NULL;
    const char *table = k.n && callee.kind == IR_O_PLACE ? table_name(fn->u, k.v[0]) : NULL;
    fe_at(fn, c);
    emit_call(fn, callee, args, n, ret, dst, is_noreturn, macro, table);
}

/* f(arg), result dropped: cleanups, constructors, destructors. */
void fe_call_func(fe_fn *fn, fe_func *f, ir_operand arg) {
    ir_operand *args = LL_NEW(fn->u->scratch, ir_operand);
    args[0] = arg;
    ir_operand callee = fe_func_operand(fn, f);
    fe_call_emit(fn, callee, args, 1, fe_decl_of(fn->u, f)->ret, ir_place_var(IR_NOVAR), false);
}

bool fe_is_expect(fe_fn *fn, CXCursor c) {
    CXCursor d = clang_getCursorReferenced(c);
    if (d.kind != CXCursor_FunctionDecl) return false;
    const char *b = fe_func_of(fn->u, d)->builtin;
    return b && strncmp(b, "__builtin_expect", 16) == 0;
}

/* The function pointer of `fp(x)`, `(*fp)(x)`, `p->cb(x)`, `(c ? f : g)(x)`. */
static ir_operand callee_value(fe_fn *fn, CXCursor c) {
    ir_operand v = fe_value(fn, c);
    if (v.kind == IR_O_FUNC || v.kind == IR_O_PLACE) return v;
    const ir_type *t = v.type ? v.type : fe_type_of(fn->u, c);
    if (v.kind == IR_O_UNKNOWN || v.kind == IR_O_NONE) return fe_havoc(fn, t);
    return fe_freeze(fn, ir_load(fe_materialize(fn, v, t), t), t);
}

/* Arguments kids[first..]; reference parameters take the address. */
ir_operand *fe_args(fe_fn *fn, fe_kids k, uint32_t first, CXType callee, ir_operand *lead, uint32_t *n) {
    uint32_t count = k.n > first ? k.n - first : 0, at = 0;
    ir_operand *v = LL_NEWN(fn->u->scratch, ir_operand, count + 1);
    if (lead) v[at++] = *lead;
    for (uint32_t i = 0; i < count; i++) {
        CXCursor e = k.v[first + i];
        CXType param = clang_getArgType(callee, i);
        bool by_ref = fn->u->cxx && (fe_is_reference(param) || fe_cxx_by_address(fn->u, param));
        ir_operand o = by_ref ? fe_addr(fn, fe_place(fn, e), fe_ptr_to(fn->u, fe_type_of(fn->u, e))) : fe_value(fn, e);
        v[at++] = o.kind == IR_O_NONE ? fe_unknown(NULL) : o;
    }
    *n = at;
    return v;
}

/* Where the result goes: dst, a temporary, or nowhere. */
ir_place fe_result_place(fe_fn *fn, const ir_type *ret, const ir_place *dst) {
    if (!ret || ret->kind == IR_T_VOID) return ir_place_var(IR_NOVAR);
    return dst ? *dst : ir_place_var(fe_new_temp(fn, ret));
}

static CXType function_type(CXCursor callee) {
    CXType t = clang_getCanonicalType(clang_getCursorType(callee));
    return t.kind == CXType_Pointer ? clang_getCanonicalType(clang_getPointeeType(t)) : t;
}

ir_operand fe_call(fe_fn *fn, CXCursor c, const ir_place *dst) {
    fe_unit *u = fn->u;
    ir_operand out;
    if (u->cxx && fe_cxx_call(fn, c, dst, &out)) return out;
    CXCursor d = clang_getCursorReferenced(c);
    fe_func *f = d.kind == CXCursor_FunctionDecl ? fe_func_of(u, d) : NULL;
    fe_kids k = fe_exprs(u, c);
    const ir_type *ret = fe_type_of(u, c);
    if (f && f->builtin && fe_builtin(fn, c, f->builtin, k, &out)) return out;
    if (!k.n) return fe_unknown(ret);
    if (u->cxx && !f && k.n == 1 && ret && ret->kind == IR_T_RECORD && dst) { /* C++11's T x{f()}: what f gives */
        CXType a = clang_getUnqualifiedType(clang_getCanonicalType(clang_getCursorType(k.v[0])));
        if (clang_equalTypes(a, clang_getUnqualifiedType(clang_getCanonicalType(clang_getCursorType(c))))) {
            fe_into(fn, k.v[0], *dst, ret);
            return ir_load(*dst, ret);
        }
    }
    ir_operand callee = f ? fe_func_operand(fn, f) : callee_value(fn, k.v[0]);
    uint32_t n = 0;
    ir_operand *args = fe_args(fn, k, 1, function_type(k.v[0]), NULL, &n);
    ir_place to = fe_result_place(fn, ret, dst);
    fe_call_written(fn, c, callee, args, n, ret, to, f && fe_decl_of(u, f)->is_noreturn);
    return to.var == IR_NOVAR ? fe_unknown(ret) : ir_load(to, ret);
}
