/* The few classes of the standard library that are part of how C++ code owns and points: their public meaning,
 * whatever library provides them.
 *
 *   unique_ptr   a record with the field `ptr` (and `deleter`): its destructor and reset() delete, release() and a
 *                move take the pointer out
 *   shared_ptr   a record with the field `ptr`, which belongs to somebody unknown from then on
 *   views        iterators, string_view, span, reference_wrapper: a pointer (type.c makes them one), so that copying
 *                one, handing it on and returning it need nothing said
 *
 * What is not known here is a call like any other. */
#include <string.h>

#include "frontend/clang/lower.h"

/* ---- which ---- */

static bool in_std(fe_unit *u, CXCursor decl) {
    const char *name = NULL;
    for (CXCursor p = clang_getCursorSemanticParent(decl); p.kind == CXCursor_Namespace;
         p = clang_getCursorSemanticParent(p)) {
        const char *n = fe_name(u, p);
        if (n) name = n;
    }
    return name && (strcmp(name, "std") == 0 || strcmp(name, "__gnu_cxx") == 0);
}

static fe_std kind_of_name(const char *n) {
    static const struct {
        const char *name;
        fe_std kind;
    } table[] = {{"unique_ptr", FE_STD_UNIQUE},      {"shared_ptr", FE_STD_SHARED},
                 {"__shared_ptr", FE_STD_SHARED},    {"__shared_ptr_access", FE_STD_SHARED},
                 {"basic_string_view", FE_STD_VIEW}, {"span", FE_STD_VIEW},
                 {"reference_wrapper", FE_STD_VIEW}, {"__wrap_iter", FE_STD_VIEW}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(n, table[i].name) == 0) return table[i].kind;
    return strstr(n, "iterator") && !strstr(n, "iterator_traits") ? FE_STD_VIEW : FE_STD_NONE;
}

fe_std fe_std_kind(fe_unit *u, CXType t) {
    if (!u->cxx) return FE_STD_NONE;
    t = clang_getCanonicalType(t);
    if (t.kind != CXType_Record) return FE_STD_NONE;
    CXCursor decl = clang_getTypeDeclaration(t);
    uintptr_t known = (uintptr_t)fe_map_get(&u->stds, fe_key(decl));
    if (known) return (fe_std)(known - 1);
    const char *name = fe_name(u, decl);
    fe_std kind = name ? kind_of_name(name) : FE_STD_NONE;
    if (kind != FE_STD_NONE && !in_std(u, decl)) kind = FE_STD_NONE;
    if (kind == FE_STD_VIEW && strstr(name, "iterator") && clang_Type_getNumTemplateArguments(t) < 1)
        kind = FE_STD_NONE; /* the tags of iterator categories */
    fe_map_put(&u->stds, fe_key(decl), (void *)((uintptr_t)kind + 1));
    return kind;
}

bool fe_std_owns(fe_unit *u, CXCursor decl) {
    const char *name = fe_name(u, decl);
    fe_std kind = name ? kind_of_name(name) : FE_STD_NONE;
    return (kind == FE_STD_UNIQUE || kind == FE_STD_SHARED) && in_std(u, decl);
}

const ir_type *fe_std_pointee(fe_unit *u, CXType t) {
    CXType e = clang_getCanonicalType(clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(t), 0));
    if (e.kind == CXType_Pointer) e = clang_getPointeeType(e);
    const ir_type *it = fe_type(u, e);
    const char *name = fe_name(u, clang_getTypeDeclaration(clang_getCanonicalType(t)));
    bool reads = name && (strstr(name, "const_iterator") || strcmp(name, "basic_string_view") == 0);
    if (!it || !reads || it->is_const) return it;
    ir_type *c = ll_memdup(u->a, it, sizeof *it);
    c->is_const = true;
    return c;
}

/* ---- the places of an owner ---- */

static ir_place part(fe_fn *fn, ir_place p, const char *field) {
    return ir_place_field(fn->u->scratch, p, ll_intern_str(fn->u->names, field));
}

static CXType pointee(CXType owner) {
    CXType t = clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(owner), 0);
    CXType c = clang_getCanonicalType(t);
    bool array = c.kind == CXType_IncompleteArray || c.kind == CXType_ConstantArray;
    return array ? clang_getArrayElementType(c) : t;
}

static const ir_type *pointer_type(fe_fn *fn, CXType owner) {
    return fe_ptr_to(fn->u, fe_type(fn->u, pointee(owner)));
}

static ir_operand held(fe_fn *fn, ir_place owner, CXType t) {
    return ir_load(part(fn, owner, "ptr"), pointer_type(fn, t));
}

static void hold(fe_fn *fn, ir_place owner, CXType t, ir_operand p) {
    fe_copy(fn, part(fn, owner, "ptr"), p, pointer_type(fn, t));
}

static ir_operand take(fe_fn *fn, ir_place owner, CXType t) {
    const ir_type *ptr = pointer_type(fn, t);
    ir_place was = ir_place_var(fe_new_temp(fn, ptr));
    fe_copy(fn, was, held(fn, owner, t), ptr);
    hold(fn, owner, t, ir_int(0, ptr));
    return ir_load(was, ptr);
}

void fe_cxx_unseen(fe_fn *fn, const char *name, ir_operand *args, uint32_t n) {
    fe_func *f = fe_func_named(fn->u, ll_printf(fn->u->scratch, "cxx:%s", name), name, NULL);
    ir_fdecl *d = &fn->u->out->decls.v[f->decl];
    d->in_system_header = d->variadic = false;
    args = ll_memdup(fn->u->scratch, args, n * sizeof *args);
    fe_call_emit(fn, fe_func_operand(fn, f), args, n, NULL, ir_place_var(IR_NOVAR), false);
}

/* Somebody unknown holds p from now on, and changes nothing of what it points to. */
static void share(fe_fn *fn, ir_operand p) {
    p.type = fe_size_type(fn->u);
    fe_cxx_unseen(fn, "(share)", &p, 1);
}

/* ---- the end of what a unique_ptr holds ---- */

typedef struct call_op {
    CXCursor method;
} call_op;

static enum CXChildVisitResult call_op_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    CXString s = clang_getCursorSpelling(c);
    bool hit = c.kind == CXCursor_CXXMethod && strcmp(clang_getCString(s), "operator()") == 0 &&
               clang_Cursor_getNumArguments(c) == 1;
    clang_disposeString(s);
    if (hit) ((call_op *)data)->method = c;
    return hit ? CXChildVisit_Break : CXChildVisit_Continue;
}

static void end_by_deleter(fe_fn *fn, ir_place owner, CXType deleter, ir_operand p) {
    fe_unit *u = fn->u;
    CXType d = clang_getCanonicalType(deleter);
    ir_place at = part(fn, owner, "deleter");
    if (d.kind == CXType_Pointer || fe_is_reference(d)) {
        ir_operand *arg = ll_memdup(u->scratch, &p, sizeof p);
        ir_operand f = ir_load(at, fe_type(u, d));
        fe_call_emit(fn, f, arg, 1, fe_type(u, clang_getResultType(clang_getPointeeType(d))), ir_place_var(IR_NOVAR),
                     false);
        return;
    }
    call_op k = {clang_getNullCursor()};
    if (d.kind == CXType_Record) clang_visitChildren(clang_getTypeDeclaration(d), call_op_visit, &k);
    if (clang_Cursor_isNull(k.method)) {
        fe_cxx_unseen(fn, "(deleter)", &p, 1);
        return;
    }
    ir_operand args[2] = {fe_addr(fn, at, fe_ptr_to(u, fe_type(u, d))), p};
    fe_func *f = fe_func_of(u, k.method);
    bool is_static = clang_CXXMethod_isStatic(k.method);
    ir_operand *v = ll_memdup(u->scratch, is_static ? args + 1 : args, sizeof *args * (is_static ? 1 : 2));
    fe_call_emit(fn, fe_func_operand(fn, f), v, is_static ? 1 : 2, fe_decl_of(u, f)->ret, ir_place_var(IR_NOVAR),
                 false);
}

static bool deletes(fe_unit *u, CXType deleter) {
    CXType d = clang_getCanonicalType(deleter);
    const char *name = d.kind == CXType_Record ? fe_name(u, clang_getTypeDeclaration(d)) : NULL;
    return d.kind == CXType_Invalid || (name && strcmp(name, "default_delete") == 0);
}

static void end_held(fe_fn *fn, ir_place owner, CXType t, ir_operand p) {
    CXType c = clang_getCanonicalType(t);
    CXType of = clang_getCanonicalType(clang_Type_getTemplateArgumentAsType(c, 0));
    CXType deleter = clang_Type_getTemplateArgumentAsType(c, 1);
    uint32_t yes = fe_new_block(fn), join = fe_new_block(fn);
    fe_branch(fn, p, yes, join);
    ir_build_at(fn->b, yes);
    if (deletes(fn->u, deleter))
        fe_cxx_delete(fn, p, pointee(t), of.kind == CXType_IncompleteArray);
    else
        end_by_deleter(fn, owner, deleter, p);
    fe_jump(fn, join);
    ir_build_at(fn->b, join);
}

void fe_std_destroy(fe_fn *fn, ir_place p, CXType t) {
    const ir_type *ptr = pointer_type(fn, t);
    end_held(fn, p, t, fe_freeze(fn, held(fn, p, t), ptr));
}

static void replace(fe_fn *fn, ir_place p, CXType t, ir_operand with) {
    const ir_type *ptr = pointer_type(fn, t);
    ir_place was = ir_place_var(fe_new_temp(fn, ptr));
    with = fe_freeze(fn, with, ptr);
    fe_copy(fn, was, held(fn, p, t), ptr);
    hold(fn, p, t, with);
    if (fe_std_kind(fn->u, t) == FE_STD_UNIQUE) end_held(fn, p, t, ir_load(was, ptr));
}

/* ---- construction and assignment ---- */

/* What an argument of a constructor, reset() or operator= gives: a pointer, or what another owner holds. */
static ir_operand given(fe_fn *fn, CXCursor arg, CXType self, bool moves, const ir_place *deleter) {
    fe_unit *u = fn->u;
    const ir_type *ptr = pointer_type(fn, self);
    CXType at = clang_getCanonicalType(clang_getCursorType(arg));
    fe_std kind = fe_std_kind(u, at);
    if (at.kind == CXType_NullPtr || fe_cxx_is_default_arg(u, arg)) return ir_int(0, ptr);
    if (kind == FE_STD_UNIQUE || kind == FE_STD_SHARED) {
        ir_place from = fe_place(fn, arg);
        bool own = kind == FE_STD_UNIQUE && fe_std_kind(u, self) == FE_STD_UNIQUE;
        if (own && deleter) {
            const ir_type *dt = fe_type(u, clang_Type_getTemplateArgumentAsType(at, 1));
            if (dt && dt->kind == IR_T_PTR) fe_copy(fn, *deleter, ir_load(part(fn, from, "deleter"), dt), dt);
        }
        if (kind == FE_STD_SHARED && !moves) return fe_freeze(fn, held(fn, from, at), ptr);
        ir_operand p = take(fn, from, at);
        if (kind != fe_std_kind(u, self)) share(fn, p);
        return p;
    }
    if (at.kind != CXType_Pointer) {
        fe_effect(fn, arg);
        return fe_havoc(fn, ptr);
    }
    ir_operand p = fe_freeze(fn, fe_convert(fn, fe_value(fn, arg), ptr), ptr);
    if (fe_std_kind(u, self) == FE_STD_SHARED) share(fn, p);
    return p;
}

static bool takes_rvalue(CXCursor callee) {
    CXType a = clang_getCanonicalType(clang_getArgType(clang_getCursorType(callee), 0));
    return a.kind == CXType_RValueReference;
}

static void construct_owner(fe_fn *fn, CXCursor c, CXCursor ctor, fe_kids args, ir_place p, CXType t) {
    ir_place deleter = part(fn, p, "deleter");
    const ir_type *ptr = pointer_type(fn, t);
    uint32_t from = args.n == 2 && fe_std_kind(fn->u, t) == FE_STD_SHARED &&
                            fe_std_kind(fn->u, clang_getCursorType(args.v[0])) == FE_STD_SHARED
                        ? 1
                        : 0; /* shared_ptr(owner, member): points to the member */
    ir_operand v = args.n ? given(fn, args.v[from], t, takes_rvalue(ctor), &deleter) : ir_int(0, ptr);
    if (args.n == 2 && !from) {
        const ir_type *dt = fe_type_of(fn->u, args.v[1]);
        ir_operand d = fe_value(fn, args.v[1]);
        CXType want = clang_getCanonicalType(clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(t), 1));
        if (want.kind == CXType_Pointer || fe_is_reference(want)) fe_copy(fn, deleter, d, fe_decayed(fn->u, dt));
    }
    fe_at(fn, c);
    hold(fn, p, t, v);
}

static ir_operand view_of(fe_fn *fn, CXCursor arg, const ir_type *t) {
    const ir_type *at = fe_type_of(fn->u, arg);
    if (at && (at->kind == IR_T_PTR || at->kind == IR_T_ARRAY)) return fe_convert(fn, fe_value(fn, arg), t);
    return fe_addr(fn, fe_place(fn, arg), t);
}

bool fe_std_construct(fe_fn *fn, CXCursor c, CXCursor ctor, fe_kids args, ir_place p) {
    fe_unit *u = fn->u;
    CXType t = clang_getCursorType(c);
    fe_std kind = fe_std_kind(u, t);
    if (kind == FE_STD_UNIQUE || kind == FE_STD_SHARED) {
        construct_owner(fn, c, ctor, args, p, t);
        return true;
    }
    if (kind != FE_STD_VIEW) return false;
    const ir_type *it = fe_type(u, t);
    ir_operand v = args.n ? view_of(fn, args.v[0], it) : ir_int(0, it);
    for (uint32_t i = 1; i < args.n; i++) fe_effect(fn, args.v[i]);
    fe_at(fn, c);
    fe_copy(fn, p, v, it);
    return true;
}

void fe_std_copy(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns) {
    ir_operand v = moves || fe_std_kind(fn->u, t) == FE_STD_UNIQUE ? take(fn, src, t) : held(fn, src, t);
    if (fe_std_kind(fn->u, t) == FE_STD_UNIQUE) {
        const ir_type *dt = fe_type(fn->u, clang_Type_getTemplateArgumentAsType(clang_getCanonicalType(t), 1));
        if (dt && dt->kind == IR_T_PTR)
            fe_copy(fn, part(fn, dst, "deleter"), ir_load(part(fn, src, "deleter"), dt), dt);
    }
    if (assigns)
        replace(fn, dst, t, v);
    else
        hold(fn, dst, t, v);
}

void fe_std_default(fe_fn *fn, ir_place p, CXType t) {
    hold(fn, p, t, ir_int(0, pointer_type(fn, t)));
}

/* The library takes the object at p: what it owns is the library's. */
static void give(fe_fn *fn, ir_place p, CXType t) {
    if (fe_std_kind(fn->u, t) == FE_STD_UNIQUE) {
        ir_operand held_by = take(fn, p, t);
        fe_cxx_unseen(fn, "(std)", &held_by, 1);
        return;
    }
    const fe_record *r = fe_cxx_needs_destruction(fn->u, t) ? fe_record_of(fn->u, t) : NULL;
    if (!r || r->is_union || !fe_enter(fn, clang_getTypeDeclaration(t))) return;
    for (uint32_t i = 0; i < r->n; i++)
        if (!r->fields[i].is_ref && r->fields[i].name)
            give(fn, ir_place_field(fn->u->scratch, p, r->fields[i].name), r->fields[i].type);
    fe_leave(fn);
}

/* bind(), make_pair(), async(): the object that the function gives holds what its maker is given. */
static void give_number(fe_fn *fn, ir_operand arg, CXType param) {
    CXType t = clang_getCanonicalType(clang_getPointeeType(param));
    const ir_type *it = fe_type(fn->u, t);
    if (clang_isConstQualifiedType(t) || !it || (it->kind != IR_T_INT && it->kind != IR_T_PTR)) return;
    ir_operand v = fe_freeze(fn, ir_load(fe_deref(fn, arg), it), it);
    fe_cxx_unseen(fn, "(std)", &v, 1);
}

void fe_std_give(fe_fn *fn, CXCursor callee, const ir_operand *args, uint32_t n) {
    CXCursor canon = clang_getCanonicalCursor(callee);
    if (!clang_Location_isInSystemHeader(clang_getCursorLocation(canon)) || fe_std_has_plain_body(fn->u, callee))
        return;
    CXType f = clang_getCursorType(callee);
    bool makes = callee.kind == CXCursor_FunctionDecl && in_std(fn->u, callee) &&
                 clang_getCanonicalType(clang_getResultType(f)).kind == CXType_Record;
    for (uint32_t i = 0; i < n; i++) {
        CXType param = clang_getCanonicalType(clang_getArgType(f, i));
        if (makes && fe_is_reference(param)) give_number(fn, args[i], param);
        bool moved = param.kind == CXType_RValueReference;
        if (!moved && !fe_cxx_by_address(fn->u, param)) continue;
        CXType t = clang_getCanonicalType(moved ? clang_getPointeeType(param) : param);
        if (t.kind == CXType_Record && fe_cxx_needs_destruction(fn->u, t)) give(fn, fe_deref(fn, args[i]), t);
    }
}

/* ---- methods ---- */

static bool is(const char *name, const char *what) {
    return strcmp(name, what) == 0;
}

static void effects(fe_fn *fn, fe_kids args, uint32_t first) {
    for (uint32_t i = first; i < args.n; i++) fe_effect(fn, args.v[i]);
}

static ir_operand not_null(fe_fn *fn, ir_operand p, const ir_type *t) {
    return fe_bin(fn, IR_NE, p, ir_int(0, p.type), t);
}

static bool owner_method(fe_fn *fn, const fe_std_call *k, CXType t, ir_operand *out) {
    ir_place p = k->self;
    const char *n = k->name;
    const ir_type *ptr = pointer_type(fn, t), *ret = fe_type_of(fn->u, k->c);
    bool has_arg = k->args.n > k->first;
    if (is(n, "get") || is(n, "operator->") || is(n, "operator*")) {
        *out = fe_freeze(fn, held(fn, p, t), ptr);
    } else if (is(n, "operator[]") && has_arg) {
        ir_operand i = fe_value(fn, k->args.v[k->first]);
        *out = fe_bin(fn, IR_PTRADD, held(fn, p, t), i, ptr);
    } else if (is(n, "operator bool")) {
        *out = not_null(fn, held(fn, p, t), ret);
    } else if (is(n, "release")) {
        *out = take(fn, p, t);
    } else if (is(n, "reset")) {
        ir_operand v = has_arg ? given(fn, k->args.v[k->first], t, false, NULL) : ir_int(0, ptr);
        effects(fn, k->args, k->first + 1);
        fe_at(fn, k->c);
        replace(fn, p, t, v);
        *out = fe_unknown(NULL);
    } else if (is(n, "operator=") && has_arg) {
        ir_place deleter = part(fn, p, "deleter");
        ir_operand v = given(fn, k->args.v[k->first], t, takes_rvalue(k->d), &deleter);
        fe_at(fn, k->c);
        replace(fn, p, t, v);
        *out = fe_addr(fn, p, fe_ptr_to(fn->u, fe_type(fn->u, t)));
    } else if (is(n, "swap") && has_arg) {
        ir_place q = fe_place(fn, k->args.v[k->first]);
        ir_operand mine = take(fn, p, t), theirs = take(fn, q, t);
        hold(fn, p, t, theirs);
        hold(fn, q, t, mine);
        *out = fe_unknown(NULL);
    } else {
        return false;
    }
    return true;
}

/* Where a node's iterator goes next is another node; an element's neighbour lies beside it. */
static bool is_node(fe_unit *u, CXType t) {
    const char *n = fe_name(u, clang_getTypeDeclaration(clang_getCanonicalType(t)));
    return n && (strstr(n, "tree") || strstr(n, "list") || strstr(n, "List") || strstr(n, "Node") ||
                 strstr(n, "hash") || strstr(n, "map_iterator"));
}

typedef struct erased {
    fe_fn *fn;
    uint32_t var;
    bool inside, found;
} erased;

static enum CXChildVisitResult erased_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    erased *e = data;
    const char *n = c.kind == CXCursor_CallExpr && !e->inside ? fe_name(e->fn->u, c) : NULL;
    if (n && strcmp(n, "erase") == 0) {
        e->inside = true;
        clang_visitChildren(c, erased_visit, e);
        e->inside = false;
    } else if (e->inside && c.kind == CXCursor_DeclRefExpr) {
        uintptr_t v = (uintptr_t)fe_map_get(&e->fn->vars, fe_key(clang_getCursorReferenced(c)));
        e->found |= v == (uintptr_t)e->var + 1;
    }
    return e->found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* Somewhere in the function, what the iterator is at. */
static bool is_erased(fe_fn *fn, const ir_place *it) {
    erased e = {.fn = fn, .var = it->var};
    if (!it->npath) clang_visitChildren(fn->self->cursor, erased_visit, &e);
    return e.found;
}

static ir_operand step_view(fe_fn *fn, const fe_std_call *k, CXType t, const ir_type *ptr) {
    ir_operand was = ir_load(k->self, ptr), by = ir_int(1, fe_size_type(fn->u));
    bool prefix = fe_is_reference(clang_getResultType(clang_getCursorType(k->d)));
    bool compound = is(k->name, "operator+=") || is(k->name, "operator-=");
    if (compound && k->args.n > k->first) by = fe_value(fn, k->args.v[k->first]);
    fe_at(fn, k->c);
    if (!prefix) was = fe_freeze(fn, was, ptr);
    bool node = is_node(fn->u, t);
    if (node &&
        is_erased(fn, &k->self)) { /* which way it goes stands in the node, that of one which was erased as well */
        const ir_type *word = fe_size_type(fn->u);
        fe_freeze(fn, ir_load(fe_deref(fn, ir_load(k->self, ptr)), word), word);
    }
    if (node || k->name[8] == '-')
        fe_simple(fn, IR_HAVOC, k->self, ptr);
    else
        fe_bin_into(fn, k->self, IR_PTRADD, ir_load(k->self, ptr), by, ptr);
    return prefix ? fe_addr(fn, k->self, fe_ptr_to(fn->u, ptr)) : was;
}

static bool view_method(fe_fn *fn, const fe_std_call *k, CXType t, ir_operand *out) {
    const char *n = k->name;
    const ir_type *ptr = fe_type(fn->u, t), *ret = fe_type_of(fn->u, k->c);
    bool has_arg = k->args.n > k->first, by_ref = fe_is_reference(clang_getResultType(clang_getCursorType(k->d)));
    ir_operand v = ir_load(k->self, ptr);
    if (is(n, "operator=") && has_arg) {
        ir_operand from = view_of(fn, k->args.v[k->first], ptr);
        fe_at(fn, k->c);
        fe_copy(fn, k->self, from, ptr);
        *out = fe_addr(fn, k->self, fe_ptr_to(fn->u, ptr));
    } else if (is(n, "operator++") || is(n, "operator--") || is(n, "operator+=") || is(n, "operator-=")) {
        *out = step_view(fn, k, t, ptr);
    } else if ((is(n, "operator[]") && by_ref && has_arg) || (is(n, "operator+") && has_arg)) {
        *out = fe_bin(fn, IR_PTRADD, v, fe_value(fn, k->args.v[k->first]), ptr);
    } else if (by_ref || (ret && ret->kind == IR_T_PTR)) { /* operator*, operator->, data, get, substr, base */
        effects(fn, k->args, k->first);
        *out = fe_freeze(fn, v, ptr);
    } else if (is(n, "operator()")) {
        return false;
    } else {
        effects(fn, k->args, k->first);
        fe_at(fn, k->c);
        *out = ret && ret->kind != IR_T_VOID ? fe_havoc(fn, ret) : fe_unknown(NULL);
    }
    return true;
}

bool fe_std_method(fe_fn *fn, const fe_std_call *k, ir_operand *out) {
    CXType t = clang_getCursorType(clang_getCursorSemanticParent(k->d));
    fe_std kind = fe_std_kind(fn->u, t);
    if (kind == FE_STD_VIEW) return view_method(fn, k, t, out);
    return kind != FE_STD_NONE && owner_method(fn, k, t, out);
}

/* ---- functions ---- */

static bool one_argument(fe_unit *u, CXCursor d, fe_kids args, const char *const *names) {
    const char *n = fe_name(u, d);
    if (args.n != 1 || !n) return false;
    for (; *names; names++)
        if (strcmp(n, *names) == 0) return in_std(u, d);
    return false;
}

bool fe_std_has_plain_body(fe_unit *u, CXCursor d) {
    const char *n = u->cxx && d.kind == CXCursor_FunctionDecl ? fe_name(u, d) : NULL;
    return n && strcmp(n, "make_unique") == 0 && in_std(u, d);
}

bool fe_std_is_cast(fe_unit *u, CXCursor d, fe_kids args) {
    static const char *const casts[] = {"move", "forward", "as_const", "move_if_noexcept", NULL};
    return one_argument(u, d, args, casts);
}

static ir_operand compared(fe_fn *fn, CXCursor e, const ir_type *ptr) {
    CXType t = clang_getCanonicalType(clang_getCursorType(e));
    fe_std kind = fe_std_kind(fn->u, t);
    if (t.kind == CXType_NullPtr) return ir_int(0, ptr);
    ir_place p = fe_place(fn, e);
    return fe_freeze(fn, kind == FE_STD_VIEW ? ir_load(p, fe_type(fn->u, t)) : held(fn, p, t), ptr);
}

static bool is_comparable(fe_unit *u, CXCursor e) {
    CXType t = clang_getCanonicalType(clang_getCursorType(e));
    if (t.kind == CXType_NullPtr) return true;
    const char *n = t.kind == CXType_Record ? fe_name(u, clang_getTypeDeclaration(t)) : NULL;
    bool text = n && strcmp(n, "basic_string_view") == 0; /* compares what it views */
    return fe_std_kind(u, t) != FE_STD_NONE && !text;
}

bool fe_std_function(fe_fn *fn, CXCursor c, CXCursor d, fe_kids args, ir_operand *out) {
    static const char *const address[] = {"addressof", "__addressof", NULL};
    fe_unit *u = fn->u;
    const char *n = fe_name(u, d);
    if (!n) return false;
    bool eq = is(n, "operator=="), ne = is(n, "operator!=");
    if ((eq || ne) && args.n == 2 && is_comparable(u, args.v[0]) && is_comparable(u, args.v[1])) {
        const ir_type *ptr = fe_ptr_to(u, NULL);
        ir_operand a = compared(fn, args.v[0], ptr), b = compared(fn, args.v[1], ptr);
        fe_at(fn, c);
        *out = fe_bin(fn, eq ? IR_EQ : IR_NE, a, b, fe_type_of(u, c));
        return true;
    }
    if (!one_argument(u, d, args, address)) return false;
    *out = fe_addr(fn, fe_place(fn, args.v[0]), fe_type_of(u, c));
    return true;
}
