/* C++ as far as C-like C++ goes: objects, references, new and delete, exceptions as exits.
 * What is not understood becomes UNKNOWN, silently: C++ units are analysed where they read like C. */
#include <string.h>

#include "frontend/clang/lower.h"

/* ---- declarations ---- */

const char *fe_cxx_owner(fe_unit *u, CXCursor decl) {
    CXCursor p = clang_getCursorSemanticParent(decl);
    bool is_class = p.kind == CXCursor_ClassDecl || p.kind == CXCursor_StructDecl || p.kind == CXCursor_UnionDecl ||
                    p.kind == CXCursor_ClassTemplate || p.kind == CXCursor_ClassTemplatePartialSpecialization;
    if (!is_class || decl.kind == CXCursor_FunctionDecl) return NULL;
    const char *name = fe_name(u, p);
    return name && *name != '(' ? name : ll_intern_str(u->names, "(unnamed)");
}

static const ir_type *record_ptr(fe_unit *u, CXCursor method) {
    return fe_ptr_to(u, fe_type_of(u, clang_getCursorSemanticParent(method)));
}

/* ---- calls ---- */

static fe_kids arguments(fe_unit *u, CXCursor call) {
    int n = clang_Cursor_getNumArguments(call);
    fe_kids k = {LL_NEWN(u->scratch, CXCursor, n > 0 ? n : 1), 0};
    for (int i = 0; i < n; i++) {
        CXCursor a = clang_Cursor_getArgument(call, (unsigned)i);
        if (!clang_Cursor_isNull(a)) k.v[k.n++] = a;
    }
    return k;
}

/* A place for an object that no variable names; destroyed with the full expression. */
static ir_place temporary(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    fe_at(fn, c);
    uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_LOCAL, .type = t ? t : fe_int_type(fn->u), .loc = fn->loc});
    fe_simple(fn, IR_DECL, ir_place_var(v), NULL);
    return ir_place_var(v);
}

/* What is made on some paths only of the full expression is not destroyed, which would ask which; it is given away. */
static void end_temporary(fe_fn *fn, ir_place p, CXType t) {
    bool taken_apart = fe_cxx_needs_destruction(fn->u, t);
    if (!fn->perhaps || !taken_apart) {
        fe_live_push_object(fn, p.var, t);
        return;
    }
    ir_operand a = fe_addr(fn, p, fe_ptr_to(fn->u, fe_type(fn->u, t)));
    fe_cxx_unseen(fn, "(temporary)", &a, 1);
}

/* `using base::base;` makes constructors of the base's name, whose bodies are not shown. */
static bool is_inherited(fe_unit *u, CXCursor ctor) {
    const char *name = fe_name(u, ctor), *class = fe_name(u, clang_getCursorSemanticParent(ctor));
    size_t n = class ? strlen(class) : 0;
    return name && n && (strncmp(name, class, n) != 0 || (name[n] && name[n] != '<'));
}

/* It may keep what it is given, and copies it at least. */
static void construct_inherited(fe_fn *fn, ir_operand *v, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) v[i].type = fe_size_type(fn->u);
    fe_cxx_unseen(fn, "(constructor)", v, n);
}

static ir_operand construct(fe_fn *fn, CXCursor c, CXCursor ctor, const ir_place *dst) {
    fe_unit *u = fn->u;
    const ir_type *t = fe_type_of(u, c);
    fe_kids args = arguments(u, c);
    bool array = t && t->kind == IR_T_ARRAY;
    ir_place p = dst ? *dst : temporary(fn, c);
    bool moves = clang_CXXConstructor_isMoveConstructor(ctor);
    bool copies = moves || clang_CXXConstructor_isCopyConstructor(ctor);
    if (!array && fe_std_construct(fn, c, ctor, args, p)) {
    } else if (fe_cxx_is_implicit(ctor) && copies && args.n == 1) {
        ir_place from = fe_place(fn, args.v[0]);
        fe_at(fn, c);
        fe_cxx_copy(fn, p, from, clang_getCursorType(c), moves, false);
    } else if (array || (fe_cxx_is_implicit(ctor) && clang_CXXConstructor_isDefaultConstructor(ctor))) {
        fe_at(fn, c);
        fe_cxx_default_construct(fn, p, clang_getCursorType(c));
    } else if (!fe_cxx_is_implicit(ctor)) {
        ir_operand self = fe_addr(fn, p, record_ptr(u, ctor));
        uint32_t n = 0;
        ir_operand *v = fe_args(fn, args, 0, clang_getCursorType(ctor), &self, &n);
        fe_at(fn, c);
        fe_std_give(fn, ctor, v + 1, n - 1);
        fe_func *f = fe_func_of(u, ctor);
        const fe_record *r = copies ? fe_record_of(u, clang_getCursorType(c)) : NULL;
        if (r && r->is_system) f = fe_named_of(u, f, moves ? "move_construct" : "copy_construct");
        if (is_inherited(u, ctor))
            construct_inherited(fn, v, n);
        else
            fe_call_emit(fn, fe_func_operand(fn, f), v, n, NULL, ir_place_var(IR_NOVAR), false);
        if (args.n == 1 && !copies) fe_cxx_wrap_lambda(fn, args.v[0], p);
    }
    if (!dst) end_temporary(fn, p, clang_getCursorType(c));
    return ir_load(p, t);
}

bool fe_cxx_is_default_arg(fe_unit *u, CXCursor arg) {
    return arg.kind == CXCursor_UnexposedExpr && fe_children(u, arg).n == 0;
}

/* The object a method is called on; false: the first argument of an operator is. */
static bool object_of(fe_fn *fn, CXCursor call, CXCursor method, ir_operand *self) {
    fe_unit *u = fn->u;
    fe_kids k = fe_exprs(u, call);
    const ir_type *ptr = record_ptr(u, method);
    CXCursor callee = k.n ? fe_strip(u, k.v[0]) : clang_getNullCursor();
    if (callee.kind != CXCursor_MemberRefExpr || !clang_equalCursors(clang_getCursorReferenced(callee), method))
        return false;
    CXCursor base = fe_last_expr(u, callee);
    if (clang_Cursor_isNull(base)) {
        *self = fn->this_var == IR_NOVAR ? fe_unknown(ptr) : ir_load(ir_place_var(fn->this_var), ptr);
        return true;
    }
    const ir_type *bt = fe_type_of(u, base);
    *self = bt && bt->kind == IR_T_PTR ? fe_value(fn, base) : fe_addr(fn, fe_place(fn, base), ptr);
    return true;
}

/* `f(x)`, not `x.f()` or an operator. */
static bool calls_by_name(fe_unit *u, CXCursor c, CXCursor d) {
    fe_kids k = fe_exprs(u, c);
    return d.kind == CXCursor_FunctionDecl && k.n && clang_equalCursors(clang_getCursorReferenced(k.v[0]), d);
}

/* Which body runs is known: the object is a variable of this function, not something pointed to. */
static bool is_exact(fe_fn *fn, CXCursor d, ir_operand self) {
    CXCursor parent = clang_getCursorSemanticParent(d);
    if (self.kind == IR_O_ADDR) {
        for (uint32_t i = 0; i < self.place.npath; i++)
            if (self.place.path[i].kind == IR_S_DEREF) return false;
        uint32_t n;
        const ir_type *t = ir_build_vars(fn->b, &n)[self.place.var].type, *of = fe_type_of(fn->u, parent);
        return self.place.npath || (t && of && t->name == of->name);
    }
    return false;
}

/* A virtual function through a pointer: any of those that override it. */
static fe_func *callee_of(fe_fn *fn, CXCursor c, CXCursor d, const ir_operand *self) {
    fe_unit *u = fn->u;
    fe_func *f = fe_func_of(u, d);
    if (!self || d.kind == CXCursor_Destructor || !clang_CXXMethod_isVirtual(d) || is_exact(fn, d, *self)) return f;
    if (fe_is_qualified_call(u, c)) return f;
    return fe_virtual_of(u, f);
}

static bool assigns_memberwise(CXCursor d) {
    return clang_CXXMethod_isCopyAssignmentOperator(d) || clang_CXXMethod_isMoveAssignmentOperator(d);
}

/* `a = b` of a class whose operator the compiler makes. */
static bool implicit_assignment(fe_fn *fn, CXCursor c, CXCursor d, ir_operand self, CXCursor arg, ir_operand *out) {
    fe_unit *u = fn->u;
    CXType t = clang_getCursorType(clang_getCursorSemanticParent(d));
    if (!fe_cxx_is_implicit(d) || !assigns_memberwise(d)) return false;
    ir_place from = fe_place(fn, arg);
    fe_at(fn, c);
    fe_cxx_copy(fn, fe_deref(fn, self), from, t, clang_CXXMethod_isMoveAssignmentOperator(d) != 0, true);
    *out = fe_convert(fn, self, fe_type(u, clang_getResultType(clang_getCursorType(d))));
    return true;
}

/* A constructor, an operator of the standard library or of the compiler: no call is written for it. */
static bool call_known(fe_fn *fn, CXCursor c, CXCursor d, ir_operand *self, fe_kids args, uint32_t first,
                       ir_operand *out) {
    if (!self) return fe_std_function(fn, c, d, args, out);
    const char *name = fe_name(fn->u, d);
    fe_std_call k = {c, d, name ? name : "", fe_deref(fn, *self), args, first};
    if (fe_std_method(fn, &k, out)) return true;
    return args.n == first + 1 && implicit_assignment(fn, c, d, *self, args.v[first], out);
}

static bool is_callable(enum CXCursorKind k) {
    return k == CXCursor_FunctionDecl || k == CXCursor_CXXMethod || k == CXCursor_Destructor ||
           k == CXCursor_ConversionFunction;
}

/* The call's operand; *is_ref: it is a pointer to the result. */
static ir_operand call_function(fe_fn *fn, CXCursor c, CXCursor d, const ir_place *dst, bool *is_ref) {
    fe_unit *u = fn->u;
    fe_kids args = arguments(u, c);
    ir_operand self, known, *lead = NULL;
    uint32_t first = 0, n = 0;
    bool method = d.kind != CXCursor_FunctionDecl && !clang_CXXMethod_isStatic(d);
    CXType type = clang_getCursorType(d);
    *is_ref = fe_is_reference(clang_getResultType(type));
    if (fe_std_is_cast(u, d, args)) return fe_addr(fn, fe_place(fn, args.v[0]), fe_ptr_to(u, fe_type_of(u, c)));
    if (method && object_of(fn, c, d, &self)) {
        lead = &self;
    } else if (method && args.n) {
        self = fe_addr(fn, fe_place(fn, args.v[0]), record_ptr(u, d));
        lead = &self;
        first = 1;
    }
    if (call_known(fn, c, d, lead, args, first, &known)) return known;
    fe_func *f = callee_of(fn, c, d, lead);
    ir_operand *v = fe_args(fn, args, first, type, lead, &n);
    CXType result = clang_getResultType(type);
    fe_std_give(fn, d, v + (lead != NULL), n - (lead != NULL));
    const ir_type *ret = *is_ref ? fe_type(u, result) : fe_type_of(u, c);
    ir_place to = fe_result_place(fn, ret, *is_ref ? NULL : dst);
    if (calls_by_name(u, c, d)) {
        fe_call_written(fn, c, fe_func_operand(fn, f), v, n, ret, to, fe_decl_of(u, f)->is_noreturn);
    } else {
        fe_at(fn, c);
        fe_call_emit(fn, fe_func_operand(fn, f), v, n, ret, to, fe_decl_of(u, f)->is_noreturn);
    }
    return to.var == IR_NOVAR ? fe_unknown(ret) : ir_load(to, ret);
}

bool fe_cxx_call(fe_fn *fn, CXCursor c, const ir_place *dst, ir_operand *out) {
    CXCursor d = clang_getCursorReferenced(c);
    bool is_ref = false;
    if (d.kind == CXCursor_Constructor) {
        *out = construct(fn, c, d, dst);
        return true;
    }
    if (!is_callable(d.kind)) return false;
    if (d.kind == CXCursor_FunctionDecl && fe_func_of(fn->u, d)->builtin) return false;
    *out = call_function(fn, c, d, dst, &is_ref);
    if (is_ref) *out = fe_load(fn, fe_deref(fn, *out), fe_type_of(fn->u, c));
    return true;
}

/* Of a class of the library that may own something others point into: a string, a container. */
static bool is_library_object(fe_unit *u, CXType t) {
    const fe_record *r = fe_std_kind(u, t) == FE_STD_NONE ? fe_record_of(u, t) : NULL;
    return r && r->is_system && !r->is_union;
}

bool fe_cxx_temporary(fe_fn *fn, CXCursor c, ir_place *out) {
    CXType t = clang_getCursorType(c);
    if (c.kind != CXCursor_CallExpr || (!fe_cxx_needs_destruction(fn->u, t) && !is_library_object(fn->u, t)))
        return false;
    CXCursor d = clang_getCursorReferenced(c);
    if (d.kind == CXCursor_Constructor) return false; /* ends as one already */
    if (is_callable(d.kind) && fe_is_reference(clang_getResultType(clang_getCursorType(d)))) return false;
    *out = temporary(fn, c);
    fe_into(fn, c, *out, fe_type_of(fn->u, c));
    end_temporary(fn, *out, clang_getCursorType(c));
    return true;
}

/* An object of the library that goes to the caller takes with it what the library knows by its address. */
void fe_cxx_hand_out(fe_fn *fn, ir_place p, CXType t) {
    if (!is_library_object(fn->u, t)) return;
    ir_operand a = fe_addr(fn, p, fe_ptr_to(fn->u, fe_type(fn->u, t)));
    a.type = fe_size_type(fn->u); /* its address is known elsewhere; nothing is written there */
    fe_cxx_unseen(fn, "(caller)", &a, 1);
}

bool fe_cxx_by_address(fe_unit *u, CXType param) {
    return u->cxx && !fe_is_reference(param) && clang_getCanonicalType(param).kind == CXType_Record &&
           fe_cxx_needs_destruction(u, param);
}

/* `return b;` of a local object moves it out (or builds it in place): its destructor has nothing to do. */
uint32_t fe_returned_local(fe_fn *fn, CXCursor e) {
    e = fe_strip(fn->u, e);
    while (e.kind == CXCursor_CallExpr && clang_getCursorReferenced(e).kind == CXCursor_Constructor) {
        fe_kids k = arguments(fn->u, e);
        CXCursor ctor = clang_getCursorReferenced(e);
        bool same = clang_CXXConstructor_isCopyConstructor(ctor) || clang_CXXConstructor_isMoveConstructor(ctor);
        if (k.n != 1 || !same) return IR_NOVAR;
        e = fe_strip(fn->u, k.v[0]);
    }
    if (e.kind != CXCursor_DeclRefExpr) return IR_NOVAR;
    uintptr_t v = (uintptr_t)fe_map_get(&fn->vars, fe_key(clang_getCursorReferenced(e)));
    uint32_t n, var = v ? (uint32_t)v - 1 : IR_NOVAR;
    if (var == IR_NOVAR || fn->is_ref.v[var] || ir_build_vars(fn->b, &n)[var].kind != IR_V_LOCAL) return IR_NOVAR;
    return var;
}

/* ---- new, delete ---- */

static ir_operand call_named(fe_fn *fn, const char *name, ir_operand *args, uint32_t n, const ir_type *ret,
                             const ir_place *dst) {
    fe_unit *u = fn->u;
    fe_func *f = fe_func_named(u, ll_printf(u->scratch, "cxx:%s", name), name, ret);
    ir_operand callee = fe_func_operand(fn, f);
    ir_place to = fe_result_place(fn, ret, dst);
    fe_call_emit(fn, callee, ll_memdup(u->scratch, args, n * sizeof *args), n, ret, to, false);
    return to.var == IR_NOVAR ? fe_unknown(NULL) : ir_load(to, ret);
}

static ir_operand new_size(fe_fn *fn, CXType elem, const CXCursor *count) {
    long long size = clang_Type_getSizeOf(elem);
    if (size < 0 || !count) return ir_int(size < 0 ? 0 : size, fe_size_type(fn->u));
    ir_operand n = fe_value(fn, *count);
    return size == 1 ? n : fe_bin(fn, IR_MUL, n, ir_int(size, n.type), n.type);
}

typedef struct mention {
    fe_fn *fn;
    const ir_place *p;
    const char *field;
    bool found;
} mention;

static enum CXChildVisitResult mention_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    mention *m = data;
    if (c.kind == CXCursor_DeclRefExpr && !m->p->npath) {
        uintptr_t v = (uintptr_t)fe_map_get(&m->fn->vars, fe_key(clang_getCursorReferenced(c)));
        m->found |= v == (uintptr_t)m->p->var + 1;
    } else if (c.kind == CXCursor_MemberRefExpr && m->field) {
        m->found |= fe_name(m->fn->u, c) == m->field;
    }
    return m->found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* Perhaps; what is neither a variable of the function nor a field is not looked for. */
static bool mentions(fe_fn *fn, CXCursor e, const ir_place *p) {
    uint32_t n;
    mention m = {fn, p, ir_place_last_field(p), false};
    bool local = ir_build_vars(fn->b, &n)[p->var].kind != IR_V_GLOBAL;
    if (p->npath ? !m.field : !local) return fe_exprs(fn->u, e).n != 0;
    clang_visitChildren(e, mention_visit, &m);
    return m.found;
}

static ir_operand lower_new(fe_fn *fn, CXCursor c, const ir_place *dst) {
    fe_unit *u = fn->u;
    bool placement = false, array = fe_new_is_array(u, c, &placement);
    CXType elem = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(c)));
    const ir_type *ptr = fe_type_of(u, c), *et = fe_type(u, elem);
    fe_kids k = fe_exprs(u, c);
    uint32_t at = 0;
    const CXCursor *count = array && at < k.n ? &k.v[at++] : NULL;
    ir_operand args[2], p;
    uint32_t n = 1;
    args[0] = new_size(fn, elem, count);
    if (placement && at < k.n) args[n++] = fe_value(fn, k.v[at++]);
    fe_at(fn, c);
    if (dst && at < k.n && mentions(fn, k.v[at], dst))
        dst = NULL; /* `p = new node(p)`: what it was is asked for first */
    bool in_place = n == 2 && args[1].type && args[1].type->kind == IR_T_PTR;
    p = in_place ? fe_freeze(fn, fe_convert(fn, args[1], ptr), ptr)
                 : call_named(fn, array ? "operator new[]" : "operator new", args, n, ptr, dst);
    if (!array && at < k.n) fe_into(fn, k.v[at], fe_deref(fn, p), et);
    return p;
}

/* A virtual destructor is that of whatever class the object is of. */
static void destroy_pointee(fe_fn *fn, ir_operand p, CXType object) {
    if (fe_cxx_has_virtual_dtor(fn->u, object))
        fe_cxx_unseen(fn, "(destructor)", &p, 1);
    else
        fe_cxx_destroy(fn, fe_deref(fn, p), object);
}

static ir_operand lower_delete(fe_fn *fn, CXCursor c) {
    fe_unit *u = fn->u;
    CXCursor e = fe_last_expr(u, c);
    bool array = fe_delete_is_array(u, c);
    if (clang_Cursor_isNull(e)) return fe_unknown(NULL);
    ir_operand p = fe_value(fn, e);
    CXCursor s = fe_strip(u, e);
    CXType object = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(s)));
    fe_at(fn, c);
    if (!array && (fe_cxx_needs_destruction(u, object) || fe_cxx_has_virtual_dtor(u, object))) {
        uint32_t yes = fe_new_block(fn), join = fe_new_block(fn);
        fe_branch(fn, p, yes, join);
        ir_build_at(fn->b, yes);
        destroy_pointee(fn, p, object);
        fe_start(fn, join);
    }
    return call_named(fn, array ? "operator delete[]" : "operator delete", &p, 1, NULL, NULL);
}

void fe_cxx_delete(fe_fn *fn, ir_operand p, CXType object, bool array) {
    if (!array) destroy_pointee(fn, p, object);
    call_named(fn, array ? "operator delete[]" : "operator delete", &p, 1, NULL, NULL);
}

/* ---- throw, the rest ---- */

static void leave_by_exception(fe_fn *fn) {
    fe_unwind(fn, NULL);
    if (fe_open(fn)) fe_emit(fn, fe_inst(IR_THROW));
}

static ir_operand lower_throw(fe_fn *fn, CXCursor c) {
    CXCursor e = fe_last_expr(fn->u, c);
    if (!clang_Cursor_isNull(e)) fe_effect(fn, e);
    fe_at(fn, c);
    if (fn->tries) {
        fe_unwind(fn, fn->tries->live);
        fe_jump(fn, fn->tries->handler);
    } else {
        leave_by_exception(fn);
    }
    return fe_unknown(NULL);
}

static ir_operand children_for_effect(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++) fe_effect(fn, k.v[i]);
    return fe_unknown(fe_type_of(fn->u, c));
}

ir_operand fe_cxx_value(fe_fn *fn, CXCursor c, const ir_place *dst) {
    fe_unit *u = fn->u;
    const ir_type *t = fe_type_of(u, c);
    int64_t v;
    switch (c.kind) {
        case CXCursor_CXXThisExpr:
            return fn->this_var == IR_NOVAR ? fe_unknown(t) : ir_load(ir_place_var(fn->this_var), t);
        case CXCursor_CXXBoolLiteralExpr:
            return fe_eval_int(u, c, &v) ? ir_int(v, t) : fe_unknown(t);
        case CXCursor_CXXNullPtrLiteralExpr:
            return ir_int(0, t);
        case CXCursor_CXXNewExpr:
            return lower_new(fn, c, dst);
        case CXCursor_CXXDeleteExpr:
            return lower_delete(fn, c);
        case CXCursor_CXXThrowExpr:
            return lower_throw(fn, c);
        case CXCursor_LambdaExpr:
            return fe_cxx_lambda(fn, c, dst);
        case CXCursor_CXXFunctionalCastExpr:
        case CXCursor_CXXDynamicCastExpr: {
            CXCursor e = fe_last_expr(u, c);
            if (clang_Cursor_isNull(e)) return fe_eval_int(u, c, &v) ? ir_int(v, t) : fe_unknown(t);
            if (!dst || !fe_is_agg(t)) return fe_cast(fn, e, t);
            fe_into(fn, e, *dst, t);
            return ir_load(*dst, t);
        }
        default:
            return children_for_effect(fn, c);
    }
}

/* ---- places only C++ has ---- */

static bool choice_place(fe_fn *fn, CXCursor c, ir_place *out) {
    fe_kids k = fe_exprs(fn->u, c);
    const ir_type *ptr = fe_ptr_to(fn->u, fe_type_of(fn->u, c));
    if (k.n != 3) return false;
    ir_place to = ir_place_var(fe_new_temp(fn, ptr));
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn), join = fe_new_block(fn);
    fe_cond(fn, k.v[0], yes, no);
    fn->perhaps++;
    ir_build_at(fn->b, yes);
    fe_copy(fn, to, fe_addr(fn, fe_place(fn, k.v[1]), ptr), ptr);
    fe_jump(fn, join);
    ir_build_at(fn->b, no);
    fe_copy(fn, to, fe_addr(fn, fe_place(fn, k.v[2]), ptr), ptr);
    fn->perhaps--;
    fe_start(fn, join);
    *out = ir_place_deref(fn->u->scratch, to);
    return true;
}

bool fe_cxx_place(fe_fn *fn, CXCursor c, ir_place *out) {
    switch (c.kind) {
        case CXCursor_CallExpr: {
            CXCursor d = clang_getCursorReferenced(c);
            if (!is_callable(d.kind) || !fe_is_reference(clang_getResultType(clang_getCursorType(d)))) return false;
            bool is_ref = false;
            ir_operand p = call_function(fn, c, d, NULL, &is_ref);
            *out = fe_deref(fn, p);
            return true;
        }
        case CXCursor_ConditionalOperator:
            return choice_place(fn, c, out);
        case CXCursor_CStyleCastExpr:
        case CXCursor_CXXStaticCastExpr:
        case CXCursor_CXXConstCastExpr:
        case CXCursor_CXXReinterpretCastExpr:
        case CXCursor_CXXFunctionalCastExpr: {
            CXCursor e = fe_last_expr(fn->u, c);
            const ir_type *t = fe_type_of(fn->u, c);
            if (clang_Cursor_isNull(e) || !t || t->kind != IR_T_RECORD) return false;
            *out = fe_place(fn, e);
            return true;
        }
        default:
            return false;
    }
}

/* ---- statements ---- */

static void havoc_var(fe_fn *fn, CXCursor var) {
    ir_place p = ir_place_var(IR_NOVAR);
    fe_local_bare(fn, var, &p.var);
    fe_simple(fn, IR_HAVOC, p, fe_type_of(fn->u, var));
}

typedef struct taken {
    fe_fn *fn;
    LL_ARRAY(ir_operand) values;
    bool inside; /* an object's initialiser */
} taken;

static enum CXChildVisitResult taken_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    taken *k = data;
    fe_unit *u = k->fn->u;
    if (c.kind == CXCursor_LambdaExpr) return CXChildVisit_Continue;
    if (!k->inside && c.kind == CXCursor_VarDecl && fe_cxx_needs_destruction(u, clang_getCursorType(c))) {
        k->inside = true;
        clang_visitChildren(c, taken_visit, k);
        k->inside = false;
        return CXChildVisit_Continue;
    }
    CXCursor d = clang_getCursorReferenced(c);
    bool known = k->inside && c.kind == CXCursor_DeclRefExpr && fe_map_get(&k->fn->vars, fe_key(d));
    const ir_type *t = known ? fe_type_of(u, d) : NULL;
    if (t && (t->kind == IR_T_PTR || t->kind == IR_T_INT) && k->values.n < FE_MAX_LOCAL_COPIES)
        LL_PUSH(u->scratch, &k->values, ir_load(fe_var_place(k->fn, d), t));
    return CXChildVisit_Recurse;
}

/* `try { owner o(fd); ... }`: when the handler is entered, what the owner was given may have ended with it. */
static void give_to_owners(fe_fn *fn, CXCursor body) {
    taken k = {.fn = fn};
    clang_visitChildren(body, taken_visit, &k);
    if (k.values.n) fe_cxx_unseen(fn, "(try)", k.values.v, k.values.n);
}

/* Anything in the body may throw: a handler is entered as if at the start of the try. */
static void lower_try(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    uint32_t body = fe_new_block(fn), handlers = fe_new_block(fn), join = fe_new_block(fn);
    fe_live *outer = fn->live;
    fe_at(fn, c);
    uint32_t thrown = fe_new_block(fn);
    fe_branch(fn, fe_havoc(fn, fe_int_type(fn->u)), thrown, body);
    ir_build_at(fn->b, thrown);
    if (k.n) give_to_owners(fn, k.v[0]);
    fe_jump(fn, handlers);
    fe_try t = {fn->tries, handlers, fn->live};
    ir_build_at(fn->b, body);
    fn->tries = &t;
    if (k.n) fe_stmt(fn, k.v[0]);
    fn->tries = t.outer;
    fe_jump(fn, join);
    ir_build_at(fn->b, handlers);
    for (uint32_t i = 1; i < k.n; i++) {
        uint32_t this_one = fe_new_block(fn), next = i + 1 < k.n ? fe_new_block(fn) : this_one;
        if (next != this_one)
            fe_branch(fn, fe_havoc(fn, fe_int_type(fn->u)), this_one, next);
        else
            fe_jump(fn, this_one);
        ir_build_at(fn->b, this_one);
        fe_kids parts = fe_children(fn->u, k.v[i]);
        for (uint32_t j = 0; j < parts.n; j++) {
            if (parts.v[j].kind == CXCursor_VarDecl) havoc_var(fn, parts.v[j]);
            if (clang_isStatement(parts.v[j].kind)) fe_stmt(fn, parts.v[j]);
        }
        fe_unwind(fn, outer);
        fn->live = outer;
        fe_jump(fn, join);
        if (next != this_one) ir_build_at(fn->b, next);
    }
    ir_build_at(fn->b, join);
}

/* The element is whatever it is; the body runs any number of times. What the range is made of lives as long. */
static void range_for(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    fe_live *outer = fn->live, *range;
    CXCursor var = clang_getNullCursor();
    for (uint32_t i = 0; i + 1 < k.n; i++) {
        if (k.v[i].kind == CXCursor_VarDecl && clang_Cursor_isNull(var)) var = k.v[i];
        if (fe_is_expr(k.v[i])) fe_effect(fn, k.v[i]);
    }
    if (!k.n) return;
    uint32_t head = fe_new_block(fn), body = fe_new_block(fn), out = fe_new_block(fn);
    fe_start(fn, head);
    fe_at(fn, c);
    fe_branch(fn, fe_havoc(fn, fe_int_type(fn->u)), body, out);
    ir_build_at(fn->b, body);
    range = fn->live;
    fe_jumps j = {fn->jumps, out, head, range};
    fn->jumps = &j;
    if (!clang_Cursor_isNull(var)) havoc_var(fn, var);
    fe_stmt(fn, k.v[k.n - 1]);
    fn->jumps = j.outer;
    fe_unwind(fn, range);
    fn->live = range;
    fe_jump(fn, head);
    ir_build_at(fn->b, out);
    fe_unwind(fn, outer);
    fn->live = outer;
}

bool fe_cxx_stmt(fe_fn *fn, CXCursor c) {
    if (c.kind == CXCursor_CXXTryStmt) {
        lower_try(fn, c);
        return true;
    }
    if (c.kind == CXCursor_CXXForRangeStmt) {
        range_for(fn, c);
        return true;
    }
    return false;
}
