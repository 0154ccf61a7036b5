/* What construction and destruction of a C++ object run: its own functions, or those of its members and bases when
 * it has none, which the tree does not show because the compiler makes them up later. */
#include "frontend/clang/lower.h"

enum { MAX_ELEMENTS = 16 /* of an array of objects, each constructed and destroyed on its own */ };

typedef struct record_ctx {
    fe_unit *u;
    fe_record *r;
    LL_ARRAY(CXType) bases;
} record_ctx;

/* The compiler wrote it: it stands where the class's name stands, or is `= default`. */
bool fe_cxx_is_implicit(CXCursor method) {
    CXCursor parent = clang_getCursorSemanticParent(method);
    return clang_CXXMethod_isDefaulted(method) ||
           clang_equalLocations(clang_getCursorLocation(method), clang_getCursorLocation(parent));
}

static enum CXChildVisitResult template_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    if (c.kind != CXCursor_TemplateRef) return CXChildVisit_Recurse;
    *(CXCursor *)data = clang_getCursorReferenced(c);
    return CXChildVisit_Break;
}

/* `: base<T>` of a template: which class that is for this T is not shown. What the library's bases hold ends with the
 * scope, whatever they are, unless they are owners. */
static bool is_unseen_base(fe_unit *u, CXCursor base) {
    if (clang_getCanonicalType(clang_getCursorType(base)).kind == CXType_Record) return false;
    CXCursor from = clang_getNullCursor();
    clang_visitChildren(base, template_visit, &from);
    bool system = !clang_Cursor_isNull(from) && clang_Location_isInSystemHeader(clang_getCursorLocation(from));
    return !system || fe_std_owns(u, from);
}

static enum CXChildVisitResult member_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    record_ctx *ctx = data;
    if (c.kind == CXCursor_CXXBaseSpecifier) {
        LL_PUSH(ctx->u->a, &ctx->bases, clang_getCursorType(c));
        ctx->r->unseen_base |= is_unseen_base(ctx->u, c);
    }
    if (c.kind != CXCursor_Destructor && c.kind != CXCursor_Constructor) return CXChildVisit_Continue;
    if (c.kind == CXCursor_Destructor && clang_CXXMethod_isVirtual(c)) ctx->r->virtual_dtor = true;
    if (fe_cxx_is_implicit(c)) return CXChildVisit_Continue;
    if (c.kind == CXCursor_Destructor)
        ctx->r->dtor = fe_func_of(ctx->u, c);
    else if (ctx->r->of_template)
        ctx->r->written_ctor = true;
    else if (clang_CXXConstructor_isDefaultConstructor(c))
        ctx->r->ctor = fe_func_of(ctx->u, c);
    else if (clang_CXXConstructor_isCopyConstructor(c))
        ctx->r->copy = fe_func_of(ctx->u, c);
    else if (clang_CXXConstructor_isMoveConstructor(c))
        ctx->r->move = fe_func_of(ctx->u, c);
    return CXChildVisit_Continue;
}

/* What a class was made from; a template may be declared before it is defined. */
static CXCursor template_of(CXCursor decl) {
    CXCursor from = clang_getSpecializedCursorTemplate(decl), def = clang_getCursorDefinition(from);
    return clang_Cursor_isNull(def) ? from : def;
}

/* What is made from a template has fields, but its functions and bases are seen in the template only. */
void fe_cxx_record(fe_unit *u, CXCursor decl, fe_record *r) {
    record_ctx ctx = {.u = u, .r = r};
    CXCursor from = template_of(decl);
    r->is_system = clang_Location_isInSystemHeader(clang_getCursorLocation(decl)) != 0;
    r->of_template = !clang_Cursor_isNull(from);
    if (r->is_system) return; /* rules know what the library's classes do; their ends are ends of scopes */
    clang_visitChildren(decl, member_visit, &ctx);
    if (r->of_template && !r->dtor && !ctx.bases.n) clang_visitChildren(from, member_visit, &ctx);
    r->bases = ctx.bases.v;
    r->nbases = ctx.bases.n;
    for (uint32_t i = 0; i < r->nbases && !r->virtual_dtor; i++)
        r->virtual_dtor = fe_cxx_has_virtual_dtor(u, r->bases[i]);
}

static enum CXChildVisitResult constructor_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    bool template = c.kind == CXCursor_FunctionTemplate && clang_getTemplateCursorKind(c) == CXCursor_Constructor;
    bool written = template || (c.kind == CXCursor_Constructor && !fe_cxx_is_implicit(c));
    *(bool *)data |= written || c.kind == CXCursor_CXXBaseSpecifier;
    return *(bool *)data ? CXChildVisit_Break : CXChildVisit_Continue;
}

bool fe_cxx_is_class(fe_unit *u, CXType t) {
    fe_record *r = u->cxx ? (fe_record *)fe_record_of(u, t) : NULL;
    if (!r || r->class_known) return r && r->is_class;
    CXCursor decl = clang_getTypeDeclaration(clang_getCanonicalType(t));
    CXCursor from = template_of(decl);
    r->class_known = true;
    clang_visitChildren(decl, constructor_visit, &r->is_class);
    if (!clang_Cursor_isNull(from)) clang_visitChildren(from, constructor_visit, &r->is_class);
    return r->is_class;
}

bool fe_cxx_has_virtual_dtor(fe_unit *u, CXType t) {
    const fe_record *r = fe_record_of(u, t);
    return r && r->virtual_dtor;
}

static CXType element(CXType t, int64_t *count) {
    t = clang_getCanonicalType(t);
    *count = 1;
    if (t.kind != CXType_ConstantArray) return t;
    *count = clang_getArraySize(t);
    return clang_getCanonicalType(clang_getArrayElementType(t));
}

bool fe_cxx_needs_destruction(fe_unit *u, CXType t) {
    int64_t count;
    t = element(t, &count);
    if (fe_std_kind(u, t) != FE_STD_NONE) return fe_std_kind(u, t) == FE_STD_UNIQUE;
    fe_record *r = (fe_record *)fe_record_of(u, t);
    if (!r || r->is_union) return false;
    if (r->dtor || r->unseen_base) return true;
    if (r->destruction_known) return r->needs_destruction;
    r->destruction_known = true; /* first: a record cannot hold itself, a broken one may */
    for (uint32_t i = 0; i < r->nbases && !r->needs_destruction; i++)
        r->needs_destruction = fe_cxx_needs_destruction(u, r->bases[i]);
    for (uint32_t i = 0; i < r->n && !r->needs_destruction; i++)
        r->needs_destruction = !r->fields[i].is_ref && fe_cxx_needs_destruction(u, r->fields[i].type);
    return r->needs_destruction;
}

static ir_place member(fe_fn *fn, ir_place p, const fe_field *f) {
    return f->name ? ir_place_field(fn->u->scratch, p, f->name) : p;
}

void fe_cxx_destroy_members(fe_fn *fn, ir_place p, CXType t) {
    const fe_record *r = fe_record_of(fn->u, t);
    if (!r || r->is_union) return;
    for (uint32_t i = r->n; i-- > 0;)
        if (!r->fields[i].is_ref) fe_cxx_destroy(fn, member(fn, p, &r->fields[i]), r->fields[i].type);
    for (uint32_t i = r->nbases; i-- > 0;) fe_cxx_destroy(fn, p, r->bases[i]);
    if (!r->unseen_base) return;
    ir_operand a = fe_addr(fn, p, fe_ptr_to(fn->u, fe_type(fn->u, t)));
    fe_cxx_unseen(fn, "(destructor)", &a, 1);
}

void fe_cxx_destroy(fe_fn *fn, ir_place p, CXType t) {
    int64_t count;
    CXType e = element(t, &count);
    if (!fe_cxx_needs_destruction(fn->u, e)) return;
    const fe_record *r = fe_record_of(fn->u, e);
    const ir_type *et = fe_type(fn->u, e), *ptr = fe_ptr_to(fn->u, et);
    if (count > MAX_ELEMENTS) count = 1;
    for (int64_t i = count; i-- > 0;) {
        ir_place one = count > 1 ? fe_index(fn, p, ir_int(i, NULL), et) : p;
        bool owner = fe_std_kind(fn->u, e) == FE_STD_UNIQUE;
        if (owner)
            fe_std_destroy(fn, one, e);
        else if (r->dtor)
            fe_call_func(fn, r->dtor, fe_addr(fn, one, ptr));
        if (!owner && (!r->dtor || r->of_template)) fe_cxx_destroy_members(fn, one, e);
    }
}

/* A member that no initialiser names. */
static void default_member(fe_fn *fn, ir_place p, const fe_field *f) {
    fe_kids k = f->is_bitfield ? (fe_kids){0} : fe_exprs(fn->u, f->cursor);
    bool in_class = k.n && clang_getCanonicalType(f->type).kind != CXType_ConstantArray;
    if (in_class && f->is_ref) return;
    if (in_class) {
        bool pinned = fn->loc_pinned;
        fn->loc_pinned = true;
        fe_init_local(fn, p, f->type, k.v[k.n - 1]);
        fn->loc_pinned = pinned;
    } else if (!f->is_ref)
        fe_cxx_default_construct(fn, p, f->type);
}

void fe_cxx_default_members(fe_fn *fn, ir_place p, CXType t) {
    const fe_record *r = fe_record_of(fn->u, t);
    if (!r || r->is_union) return;
    for (uint32_t i = 0; i < r->nbases; i++) fe_cxx_default_construct(fn, p, r->bases[i]);
    for (uint32_t i = 0; i < r->n; i++) default_member(fn, member(fn, p, &r->fields[i]), &r->fields[i]);
}

void fe_cxx_default_construct(fe_fn *fn, ir_place p, CXType t) {
    int64_t count;
    CXType e = element(t, &count);
    const fe_record *r = fe_record_of(fn->u, e);
    fe_std kind = fe_std_kind(fn->u, e);
    if (!r || kind == FE_STD_VIEW || !fe_enter(fn, clang_getTypeDeclaration(e))) return;
    const ir_type *et = fe_type(fn->u, e);
    if (count > MAX_ELEMENTS) count = 1;
    for (int64_t i = 0; i < count; i++) {
        ir_place one = count > 1 ? fe_index(fn, p, ir_int(i, NULL), et) : p;
        if (kind != FE_STD_NONE)
            fe_std_default(fn, one, e);
        else if (r->is_system && !r->ctor)
            continue;
        else if (r->written_ctor ||
                 r->unseen_base) /* which one, and what it does with the template's arguments, is not seen */
            fe_simple(fn, IR_HAVOC, one, et);
        else if (r->ctor)
            fe_call_func(fn, r->ctor, fe_addr(fn, one, fe_ptr_to(fn->u, et)));
        else
            fe_cxx_default_members(fn, one, e);
    }
    fe_leave(fn);
}

/* ---- copies that the compiler writes ---- */

static void copy_part(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns);

static void copy_members(fe_fn *fn, ir_place dst, ir_place src, const fe_record *r, bool moves, bool assigns) {
    for (uint32_t i = 0; i < r->nbases; i++) copy_part(fn, dst, src, r->bases[i], moves, assigns);
    for (uint32_t i = 0; i < r->n; i++) {
        const fe_field *f = &r->fields[i];
        const ir_type *t = fe_type(fn->u, f->type);
        if (f->is_ref)
            fe_copy(fn, member(fn, dst, f), ir_load(member(fn, src, f), t), t);
        else
            copy_part(fn, member(fn, dst, f), member(fn, src, f), f->type, moves, assigns);
    }
}

static void copy_part(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns) {
    const ir_type *it = fe_type(fn->u, t);
    const fe_record *r = fe_record_of(fn->u, t);
    fe_func *f = !r || assigns ? NULL : moves && r->move ? r->move : r->copy;
    if (!f || fe_std_kind(fn->u, t) != FE_STD_NONE) {
        fe_cxx_copy(fn, dst, src, t, moves, assigns);
        return;
    }
    ir_operand *args = LL_NEWN(fn->u->scratch, ir_operand, 2);
    args[0] = fe_addr(fn, dst, fe_ptr_to(fn->u, it));
    args[1] = fe_addr(fn, src, fe_ptr_to(fn->u, it));
    fe_call_emit(fn, fe_func_operand(fn, f), args, 2, NULL, ir_place_var(IR_NOVAR), false);
}

void fe_cxx_copy(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns) {
    fe_unit *u = fn->u;
    const ir_type *it = fe_type(u, t);
    fe_std kind = fe_std_kind(u, t);
    const fe_record *r = fe_record_of(u, t);
    if (kind == FE_STD_UNIQUE || kind == FE_STD_SHARED) {
        fe_std_copy(fn, dst, src, t, moves, assigns);
    } else if (!r || kind == FE_STD_VIEW || !fe_cxx_needs_destruction(u, t)) {
        fe_copy(fn, dst, ir_load(src, it), it);
    } else if (r->is_system || r->of_template || (assigns && r->dtor) || !fe_enter(fn, clang_getTypeDeclaration(t))) {
        ir_operand args[2] = {fe_addr(fn, dst, fe_ptr_to(u, it)), fe_addr(fn, src, fe_ptr_to(u, it))};
        fe_cxx_unseen(fn, "(copy)", args, 2);
    } else {
        copy_members(fn, dst, src, r, moves, assigns);
        fe_leave(fn);
    }
}

/* ---- `C(int x) : base(x), field(x) {}` ---- */

/* The written initialiser of a field; null cursor when there is none. The children of a constructor read field, then
 * its initialiser. */
static CXCursor written(fe_kids k, CXCursor what) {
    for (uint32_t i = 0; i + 1 < k.n; i++) {
        if (k.v[i].kind != CXCursor_MemberRef || !fe_is_expr(k.v[i + 1])) continue;
        if (clang_equalCursors(clang_getCursorReferenced(k.v[i]), what)) return k.v[i + 1];
    }
    return clang_getNullCursor();
}

static bool is_base(const fe_record *r, CXCursor decl) {
    for (uint32_t i = 0; i < r->nbases; i++)
        if (clang_equalCursors(clang_getTypeDeclaration(r->bases[i]), decl)) return true;
    return false;
}

/* The initialisers of bases that are not shown themselves tell which these are. */
static void init_unseen_bases(fe_fn *fn, fe_kids k, const fe_record *r, ir_place self) {
    for (uint32_t i = 0; i < k.n; i++) {
        if (!fe_is_expr(k.v[i]) || (i && k.v[i - 1].kind == CXCursor_MemberRef)) continue;
        CXType t = clang_getCanonicalType(clang_getCursorType(k.v[i]));
        if (t.kind != CXType_Record || is_base(r, clang_getTypeDeclaration(t))) continue;
        fe_into(fn, k.v[i], self, fe_type(fn->u, t));
    }
}

/* The written initialiser of a base, or of the object itself: what makes one of that type and no member. */
static CXCursor written_base(fe_kids k, CXCursor what) {
    for (uint32_t i = 0; i < k.n; i++) {
        if (!fe_is_expr(k.v[i]) || (i && k.v[i - 1].kind == CXCursor_MemberRef)) continue;
        CXType t = clang_getCanonicalType(clang_getCursorType(k.v[i]));
        if (clang_equalCursors(clang_getTypeDeclaration(t), what)) return k.v[i];
    }
    return clang_getNullCursor();
}

static void init_member(fe_fn *fn, ir_place p, const fe_field *f, CXCursor e) {
    const ir_type *t = fe_type(fn->u, f->type);
    if (f->is_ref)
        fe_copy(fn, p, fe_addr(fn, fe_place(fn, e), t), t);
    else
        fe_init_local(fn, p, f->type, e);
}

void fe_cxx_ctor_inits(fe_fn *fn, CXCursor ctor) {
    fe_unit *u = fn->u;
    fe_kids k = fe_children(u, ctor);
    CXCursor parent = clang_getCursorSemanticParent(ctor);
    CXType self_type = clang_getCursorType(parent);
    const fe_record *r = fe_record_of(u, self_type);
    ir_place self = ir_place_deref(u->scratch, ir_place_var(fn->this_var));
    fe_at(fn, ctor);
    CXCursor delegate = written_base(k, parent);
    if (!clang_Cursor_isNull(delegate)) {
        fe_into(fn, delegate, self, fe_type(u, self_type));
        return;
    }
    for (uint32_t i = 0; r && i < r->nbases; i++) {
        CXCursor e = written_base(k, clang_getTypeDeclaration(clang_getCanonicalType(r->bases[i])));
        if (clang_Cursor_isNull(e))
            fe_cxx_default_construct(fn, self, r->bases[i]);
        else
            fe_into(fn, e, self, fe_type(u, r->bases[i]));
    }
    if (r && r->unseen_base) init_unseen_bases(fn, k, r, self);
    for (uint32_t i = 0; r && i < r->n; i++) {
        const fe_field *f = &r->fields[i];
        CXCursor e = written(k, f->cursor);
        if (clang_Cursor_isNull(e))
            default_member(fn, member(fn, self, f), f);
        else
            init_member(fn, member(fn, self, f), f, e);
    }
}
