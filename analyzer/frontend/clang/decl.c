/* Declarations -> facts, once each. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "frontend/clang/lower.h"

const fe_file *fe_file_of(fe_unit *u, CXFile file) {
    if (!file) return NULL;
    fe_file *f = fe_map_get(&u->files, file);
    if (f) return f;
    f = LL_NEW(u->a, fe_file);
    CXString s = clang_getFileName(file);
    f->path = ll_intern_str(u->names, ll_path_abs(u->scratch, u->rq->dir, clang_getCString(s)));
    clang_disposeString(s);
    f->is_main = clang_File_isEqual(file, u->main_file) != 0;
    fe_map_put(&u->files, file, f);
    return f;
}

static const fe_file *file_of_cursor(fe_unit *u, CXCursor c) {
    CXFile file = NULL;
    clang_getExpansionLocation(clang_getCursorLocation(c), &file, NULL, NULL, NULL);
    return fe_file_of(u, file);
}

/* libclang's USR, except that internal functions and globals ("c:util.c@F@helper") are named by the
 * file's path, not its base name: two directories may hold a util.c each. */
const char *fe_usr_of(fe_unit *u, CXCursor c) {
    const char *usr = fe_intern_cx(u, clang_getCursorUSR(c));
    if (!usr) return NULL;
    const char *at = strchr(usr, '@');
    if (strncmp(usr, "c:", 2) != 0 || !at || at == usr + 2) return usr;
    const fe_file *f = file_of_cursor(u, c);
    if (!f) return usr;
    const char *path = ll_path_under(u->rq->root ? u->rq->root : u->rq->dir, f->path);
    return ll_intern_str(u->names, ll_printf(u->scratch, "c:%s%s", path, at));
}

/* ---- attributes ---- */

char *fe_pretty(fe_unit *u, CXCursor decl) {
    if (!u->policy) {
        u->policy = clang_getCursorPrintingPolicy(decl);
        clang_PrintingPolicy_setProperty(u->policy, CXPrintingPolicy_TerseOutput, 1);
    }
    CXString s = clang_getCursorPrettyPrinted(decl, u->policy);
    char *r = ll_strdup(u->scratch, clang_getCString(s));
    clang_disposeString(s);
    return r;
}

typedef struct attrs {
    bool unexposed, pure;
} attrs;

static enum CXChildVisitResult attr_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    attrs *a = data;
    if (c.kind == CXCursor_UnexposedAttr) a->unexposed = true;
    if (c.kind == CXCursor_PureAttr || c.kind == CXCursor_ConstAttr) a->pure = true;
    return CXChildVisit_Continue;
}

static attrs attrs_of(CXCursor decl) {
    attrs a = {0};
    if (clang_Cursor_hasAttrs(decl)) clang_visitChildren(decl, attr_visit, &a);
    return a;
}

bool fe_has_unexposed_attr(fe_unit *u, CXCursor decl) {
    (void)u;
    return attrs_of(decl).unexposed;
}

/* Where `word` stands as a word of its own, or NULL. */
static const char *find_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word)) {
        bool start = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
        if (start && !(isalnum((unsigned char)p[n]) || p[n] == '_')) return p;
    }
    return NULL;
}

const char *fe_attr_argument(fe_unit *u, const char *pretty, const char *attr) {
    const char *p = find_word(pretty, attr);
    if (!p) return NULL;
    p += strlen(attr);
    if (*p++ != '(') return NULL;
    size_t n = strcspn(p, ",) ");
    return n ? ll_intern_strn(u->names, p, n) : NULL;
}

/* The arguments that attribute nonnull names, all pointers where it names none: a bit set. */
static uint32_t nonnull_args(const char *pretty) {
    uint32_t set = 0;
    for (const char *p = find_word(pretty, "nonnull"); p; p = find_word(p + 1, "nonnull")) {
        const char *q = p + strlen("nonnull");
        if (*q != '(') return INT32_MAX;
        do {
            long n = strtol(q + 1, (char **)&q, 10);
            if (n > 0 && n <= 31) set |= 1u << (n - 1);
        } while (*q == ',');
    }
    return set;
}

static void add_attributes(fe_unit *u, CXCursor decl, ir_fdecl *d) {
    CXString s = clang_getTypeSpelling(clang_getCursorType(decl));
    if (strstr(clang_getCString(s), "noreturn")) d->is_noreturn = true;
    clang_disposeString(s);
    attrs a = attrs_of(decl);
    if (a.pure) d->is_pure = true;
    if (!a.unexposed) return;
    const char *text = fe_pretty(u, decl);
    /* "noreturn" in a parameter's function type is not ours, but nobody does that */
    if (find_word(text, "noreturn") || find_word(text, "_Noreturn")) d->is_noreturn = true;
    if (find_word(text, "returns_nonnull")) d->returns_nonnull = true;
    d->nonnull_args |= nonnull_args(text);
    const char *m = find_word(text, "__attribute__");
    if (m && find_word(m, "malloc")) {
        d->attr_malloc = true;
        const char *dealloc = fe_attr_argument(u, m, "malloc");
        if (dealloc) {
            d->dealloc = dealloc;
            d->dealloc_arg = 1;
        }
    }
}

/* ---- functions ---- */

static const ir_type **param_types(fe_unit *u, CXCursor decl, CXType t, bool has_this, uint32_t *n) {
    int count = clang_getNumArgTypes(t);
    if (count < 0) count = 0;
    const ir_type **v = LL_NEWN(u->a, const ir_type *, count + 1);
    uint32_t k = 0;
    if (has_this) v[k++] = fe_ptr_to(u, fe_type_of(u, clang_getCursorSemanticParent(decl)));
    for (int i = 0; i < count; i++) {
        CXType a = clang_getArgType(t, (unsigned)i);
        const ir_type *it = fe_decayed(u, fe_type(u, a));
        v[k++] = fe_cxx_by_address(u, a) ? fe_ptr_to(u, it) : it;
    }
    *n = k;
    return v;
}

/* A header of an installed library: pkg-config gives its folder by -I, where clang sees no system header. */
static bool is_installed(const fe_file *file) {
    static const char *const roots[] = {"/usr/include/", "/usr/lib/", "/usr/local/include/"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (strncmp(file->path, roots[i], strlen(roots[i])) == 0) return true;
    return false;
}

static void fill_decl(fe_unit *u, CXCursor decl, CXCursor def, ir_fdecl *d) {
    CXType t = clang_getCursorType(decl);
    const fe_file *file = file_of_cursor(u, clang_getCanonicalCursor(decl));
    d->owner = u->cxx ? fe_cxx_owner(u, decl) : NULL;
    d->ret = fe_type(u, clang_getResultType(t));
    bool has_this = d->owner && !clang_CXXMethod_isStatic(decl);
    d->params = param_types(u, decl, t, has_this, &d->nparams);
    d->variadic = clang_isFunctionTypeVariadic(t) != 0;
    d->is_static = clang_getCursorLinkage(decl) == CXLinkage_Internal;
    /* a builtin that nobody declared has no place: it is the compiler's */
    d->in_system_header = !file || is_installed(file) ||
                          clang_Location_isInSystemHeader(clang_getCursorLocation(clang_getCanonicalCursor(decl)));
    /* C++ library code (containers, smart pointers) keeps what it is given, C library functions do not */
    if (u->cxx && clang_getCursorLanguage(decl) == CXLanguage_CPlusPlus && d->owner) d->in_system_header = false;
    CXCursor canon = clang_getCanonicalCursor(decl);
    add_attributes(u, decl, d);
    if (!clang_equalCursors(canon, decl)) add_attributes(u, canon, d);
    if (!clang_Cursor_isNull(def) && !clang_equalCursors(def, decl)) add_attributes(u, def, d);
}

/* "__builtin_memcpy" is memcpy to every rule; so are the checked variants that fortified headers call. */
static const char *plain_name(fe_unit *u, const char *name) {
    if (!name || strncmp(name, "__builtin_", 10) != 0) return name;
    const char *rest = name + 10;
    size_t n = strlen(rest);
    if (strncmp(rest, "__", 2) == 0 && n > 6 && strcmp(rest + n - 4, "_chk") == 0)
        return ll_intern_strn(u->names, rest + 2, n - 6);
    return ll_intern_str(u->names, rest);
}

static bool is_builtin(const char *name) {
    return name && (strncmp(name, "__builtin_", 10) == 0 || strncmp(name, "__sync_", 7) == 0 ||
                    strncmp(name, "__atomic_", 9) == 0);
}

const ir_fdecl *fe_decl_of(fe_unit *u, fe_func *f) {
    if (f->decl == UINT32_MAX) {
        f->decl = u->out->decls.n;
        LL_PUSH(u->a, &u->out->decls, *f->pending);
    }
    return &u->out->decls.v[f->decl];
}

static bool is_lambda(CXCursor parent) {
    CXString s = clang_getCursorSpelling(parent);
    const char *name = clang_getCString(s);
    bool yes = name && (!*name || strncmp(name, "(lambda", 7) == 0);
    clang_disposeString(s);
    return yes;
}

static fe_func *new_func(fe_unit *u, CXCursor decl) {
    fe_func *f = LL_NEW(u->a, fe_func);
    CXCursor def = clang_getCursorDefinition(decl);
    const char *raw = fe_name(u, decl), *plain = plain_name(u, raw);
    ir_fdecl d = {0};
    d.usr = plain != raw ? ll_intern_str(u->names, ll_printf(u->scratch, "c:@F@%s", plain)) : fe_usr_of(u, decl);
    d.name = plain ? plain : ll_intern_str(u->names, "");
    fill_decl(u, decl, def, &d);
    if (!d.usr) d.usr = d.name;
    f->decl = UINT32_MAX;
    f->pending = ll_memdup(u->a, &d, sizeof d);
    f->cursor = clang_Cursor_isNull(def) ? decl : def;
    /* the body of a lambda speaks of its maker's variables: it is not a function on its own */
    bool lambda = u->cxx && f->pending->owner && is_lambda(clang_getCursorSemanticParent(decl));
    bool ours = !clang_Location_isInSystemHeader(clang_getCursorLocation(def)) || fe_std_has_plain_body(u, decl);
    f->has_body = !lambda && !clang_Cursor_isNull(def) && ours;
    if (is_builtin(raw)) {
        f->builtin = raw;
        f->pending->in_system_header = true;
    }
    if (!f->builtin) fe_decl_of(u, f);
    if (f->has_body) {
        f->queued = true;
        LL_PUSH(u->a, &u->queue, f);
    }
    return f;
}

/* __builtin_free where free is declared too: one function. */
static fe_func *same_plain_name(fe_unit *u, CXCursor decl) {
    const char *raw = fe_name(u, decl), *plain = plain_name(u, raw);
    if (plain == raw || strncmp(plain, "va_", 3) == 0 || strncmp(plain, "expect", 6) == 0) return NULL;
    if (fe_is_inline_builtin(raw)) return NULL;
    CXCursor declared = fe_find_function(u, plain);
    return clang_Cursor_isNull(declared) ? NULL : fe_func_of(u, declared);
}

fe_func *fe_func_of(fe_unit *u, CXCursor decl) {
    fe_func *f = fe_map_get(&u->funcs, fe_key(decl));
    if (f) return f;
    CXCursor canon = clang_getCanonicalCursor(decl);
    f = fe_map_get(&u->funcs, fe_key(canon));
    if (!f) f = same_plain_name(u, decl);
    if (!f) f = new_func(u, decl);
    fe_map_put(&u->funcs, fe_key(decl), f);
    fe_map_put(&u->funcs, fe_key(canon), f);
    return f;
}

fe_func *fe_func_named(fe_unit *u, const char *usr, const char *name, const ir_type *ret) {
    usr = ll_intern_str(u->names, usr);
    fe_func *f = fe_map_get(&u->funcs, usr);
    if (f) return f;
    f = LL_NEW(u->a, fe_func);
    f->cursor = clang_getNullCursor();
    f->decl = u->out->decls.n;
    ir_fdecl d = {.usr = usr, .name = ll_intern_str(u->names, name), .ret = ret, .variadic = true};
    d.in_system_header = true;
    LL_PUSH(u->a, &u->out->decls, d);
    fe_map_put(&u->funcs, usr, f);
    return f;
}

static fe_func *alias(fe_unit *u, fe_func *f, const char *usr, const char *name) {
    ir_fdecl d = *fe_decl_of(u, f);
    fe_func *v = fe_func_named(u, usr, name, d.ret);
    ir_fdecl *to = &u->out->decls.v[v->decl];
    d.usr = to->usr;
    d.name = to->name;
    d.is_static = false;
    *to = d;
    return v;
}

fe_func *fe_virtual_of(fe_unit *u, fe_func *f) {
    const ir_fdecl *d = fe_decl_of(u, f);
    return alias(u, f, ll_printf(u->scratch, "virtual:%s", d->usr), d->name);
}

fe_func *fe_named_of(fe_unit *u, fe_func *f, const char *name) {
    return alias(u, f, ll_printf(u->scratch, "%s%s", fe_decl_of(u, f)->usr, name), name);
}

typedef struct by_name {
    fe_unit *u;
    bool system;
} by_name;

static enum CXChildVisitResult name_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    by_name *ctx = data;
    if (c.kind == CXCursor_LinkageSpec || c.kind == CXCursor_Namespace) return CXChildVisit_Recurse;
    if (c.kind != CXCursor_FunctionDecl) return CXChildVisit_Continue;
    if ((clang_Location_isInSystemHeader(clang_getCursorLocation(c)) != 0) != ctx->system) return CXChildVisit_Continue;
    const char *name = fe_name(ctx->u, c);
    if (name) fe_map_put(&ctx->u->names_to_funcs, name, ll_memdup(ctx->u->a, &c, sizeof c));
    return CXChildVisit_Continue;
}

/* The project's functions first: the system's are thousands, and asked for only when a name is not among them. Behind a
 * prefix those that it declares are not shown; what the project declares after it is the last word with and without. */
CXCursor fe_find_function(fe_unit *u, const char *name) {
    for (; u->names_known <= 2; u->names_known++) {
        const CXCursor *c = fe_map_get(&u->names_to_funcs, name);
        if (c) return *c;
        if (u->names_known == 1 && u->prefix) u->needs_all = true;
        if (u->names_known == 2 || (u->needs_all && !u->sees_all)) break;
        by_name ctx = {u, u->names_known == 1};
        clang_visitChildren(clang_getTranslationUnitCursor(u->tu), name_visit, &ctx);
    }
    return clang_getNullCursor();
}

/* ---- globals ---- */

/* Static locals: libclang's USR holds a file offset, which an edit above would change. */
static const char *static_local_usr(fe_fn *fn, const char *name) {
    uintptr_t n = (uintptr_t)fe_map_get(&fn->statics, name);
    fe_map_put(&fn->statics, name, (void *)(n + 1));
    const char *owner = fe_decl_of(fn->u, fn->self)->usr;
    char *s = n ? ll_printf(fn->u->scratch, "%s" IR_STATIC_LOCAL "%s#%u", owner, name, (unsigned)n)
                : ll_printf(fn->u->scratch, "%s" IR_STATIC_LOCAL "%s", owner, name);
    return ll_intern_str(fn->u->names, s);
}

static bool const_through_arrays(const ir_type *t) {
    while (t && t->kind == IR_T_ARRAY && !t->is_const) t = t->elem;
    return t && t->is_const;
}

static uint32_t new_global(fe_unit *u, CXCursor decl, fe_fn *fn) {
    CXCursor def = clang_getCursorDefinition(decl);
    CXCursor best = clang_Cursor_isNull(def) ? decl : def;
    ir_global g = {.name = fe_name(u, decl), .type = fe_type_of(u, best), .init_complete = true};
    if (!g.name) g.name = ll_intern_str(u->names, "");
    enum CXLinkageKind link = clang_getCursorLinkage(decl);
    bool is_local = fn && link == CXLinkage_NoLinkage;
    g.usr = is_local ? static_local_usr(fn, g.name) : fe_usr_of(u, decl);
    if (!g.usr) g.usr = g.name;
    const fe_file *file = file_of_cursor(u, best);
    g.file = file ? file->path : u->out->file;
    g.is_static = is_local || link == CXLinkage_Internal;
    g.is_const = const_through_arrays(g.type);
    g.has_definition = !clang_Cursor_isNull(def) || clang_Cursor_hasVarDeclExternalStorage(decl) == 0;
    uint32_t index = u->out->globals.n;
    LL_PUSH(u->a, &u->out->globals, g);
    return index;
}

uint32_t fe_global_of(fe_unit *u, CXCursor decl, fe_fn *fn) {
    uintptr_t got = (uintptr_t)fe_map_get(&u->globals, fe_key(decl));
    if (!got) {
        CXCursor canon = clang_getCanonicalCursor(decl);
        got = (uintptr_t)fe_map_get(&u->globals, fe_key(canon));
        bool is_new = !got;
        if (is_new) got = (uintptr_t)new_global(u, decl, fn) + 1;
        fe_map_put(&u->globals, fe_key(decl), (void *)got);
        fe_map_put(&u->globals, fe_key(canon), (void *)got);
        CXCursor def = clang_getCursorDefinition(decl);
        CXCursor init = clang_Cursor_isNull(def) ? def : clang_Cursor_getVarDeclInitializer(def);
        if (is_new && !clang_Cursor_isNull(init))
            fe_global_init(u, (uint32_t)got - 1, clang_getCursorType(def), init, fn);
    }
    ir_global *g = &u->out->globals.v[got - 1];
    if (clang_Cursor_hasVarDeclExternalStorage(decl) == 0) g->has_definition = true;
    return (uint32_t)got - 1;
}

/* ---- fields and records ---- */

static enum CXVisitorResult first_named_visit(CXCursor c, CXClientData data);

/* Name of the first member, looking into an anonymous first member. */
static const char *first_member(fe_unit *u, CXType record) {
    struct {
        fe_unit *u;
        const char *name;
    } ctx = {u, NULL};
    clang_Type_visitFields(record, first_named_visit, &ctx);
    return ctx.name;
}

static enum CXVisitorResult first_named_visit(CXCursor c, CXClientData data) {
    struct {
        fe_unit *u;
        const char *name;
    } *ctx = data;
    bool anon = clang_Cursor_isAnonymousRecordDecl(clang_getTypeDeclaration(clang_getCursorType(c))) != 0;
    ctx->name = anon ? first_member(ctx->u, clang_getCursorType(c)) : fe_name(ctx->u, c);
    return ctx->name ? CXVisit_Break : CXVisit_Continue;
}

const fe_field *fe_field_of(fe_unit *u, CXCursor field) {
    fe_field *f = fe_map_get(&u->fields, fe_key(field));
    if (f) return f;
    f = LL_NEW(u->a, fe_field);
    f->cursor = field;
    f->type = clang_getCursorType(field);
    f->is_ref = fe_is_reference(f->type);
    f->is_bitfield = clang_Cursor_isBitField(field) != 0;
    CXCursor type_decl = clang_getTypeDeclaration(f->type);
    bool anon = clang_Cursor_isAnonymousRecordDecl(type_decl) != 0;
    CXCursor parent = clang_getCursorSemanticParent(field);
    if (!anon && clang_getCursorKind(parent) == CXCursor_UnionDecl)
        f->name = first_member(u, clang_getCursorType(parent));
    else if (!anon)
        f->name = fe_name(u, field);
    fe_map_put(&u->fields, fe_key(field), f);
    return f;
}

typedef struct record_ctx {
    fe_unit *u;
    LL_ARRAY(fe_field) fields;
} record_ctx;

static enum CXVisitorResult record_visit(CXCursor c, CXClientData data) {
    record_ctx *ctx = data;
    const fe_field *f = fe_field_of(ctx->u, c);
    bool anon = clang_Cursor_isAnonymousRecordDecl(clang_getTypeDeclaration(f->type)) != 0;
    if (f->name || anon) LL_PUSH(ctx->u->a, &ctx->fields, *f);
    return CXVisit_Continue;
}

const fe_record *fe_record_of(fe_unit *u, CXType t) {
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_Record) return NULL;
    CXCursor decl = clang_getCursorDefinition(clang_getTypeDeclaration(c));
    if (clang_Cursor_isNull(decl)) return NULL;
    fe_record *r = fe_map_get(&u->records, fe_key(decl));
    if (r) return r;
    r = LL_NEW(u->a, fe_record);
    fe_map_put(&u->records, fe_key(decl), r);
    record_ctx ctx = {.u = u};
    clang_Type_visitFields(c, record_visit, &ctx);
    r->fields = ctx.fields.v;
    r->n = ctx.fields.n;
    r->is_union = clang_getCursorKind(decl) == CXCursor_UnionDecl;
    if (u->cxx) fe_cxx_record(u, decl, r);
    return r;
}
