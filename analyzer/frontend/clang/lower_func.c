/* One function body. */
#include <string.h>

#include "frontend/clang/lower.h"

static enum CXChildVisitResult body_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    if (c.kind == CXCursor_CompoundStmt || c.kind == CXCursor_CXXTryStmt) *(CXCursor *)data = c;
    return CXChildVisit_Continue;
}

static CXCursor body_of(CXCursor def) {
    CXCursor body = clang_getNullCursor();
    clang_visitChildren(def, body_visit, &body);
    return body;
}

static int32_t line_of(CXSourceLocation loc) {
    unsigned line = 0;
    clang_getExpansionLocation(loc, NULL, &line, NULL, NULL);
    return (int32_t)line;
}

/* Attributes that libclang has no cursors for. */
static void read_attributes(fe_unit *u, CXCursor decl, ir_func *f) {
    if (!fe_has_unexposed_attr(u, decl)) return;
    const char *text = fe_pretty(u, decl);
    f->is_ctor_attr |= strstr(text, "((constructor") || strstr(text, "((destructor");
    f->is_weak |= strstr(text, "((weak") != NULL;
}

static void describe(fe_unit *u, fe_func *fd, ir_func *f) {
    const ir_fdecl *d = fe_decl_of(u, fd);
    CXSourceRange extent = clang_getCursorExtent(fd->cursor);
    CXFile file = NULL;
    clang_getExpansionLocation(clang_getCursorLocation(fd->cursor), &file, NULL, NULL, NULL);
    const fe_file *ff = fe_file_of(u, file);
    f->usr = d->usr;
    f->name = d->name;
    f->owner = d->owner;
    f->ret = d->ret;
    f->file = ff ? ff->path : u->out->file;
    f->in_main_file = ff && ff->is_main;
    f->first_line = line_of(clang_getRangeStart(extent));
    f->last_line = line_of(clang_getRangeEnd(extent));
    f->is_static = d->is_static;
    f->is_variadic = d->variadic;
    f->is_noreturn = d->is_noreturn;
    f->is_inline = clang_Cursor_isFunctionInlined(fd->cursor) != 0;
    read_attributes(u, fd->cursor, f);
    read_attributes(u, clang_getCanonicalCursor(fd->cursor), f);
}

static void params(fe_fn *fn) {
    fe_unit *u = fn->u;
    CXCursor def = fn->self->cursor;
    const ir_fdecl *d = fe_decl_of(u, fn->self);
    int n = clang_Cursor_getNumArguments(def);
    if (d->owner && !clang_CXXMethod_isStatic(def))
        fn->this_var =
            fe_new_var(fn, (ir_var){.kind = IR_V_PARAM, .name = ll_intern_str(u->names, "this"), .type = d->params[0]});
    for (int i = 0; i < n; i++) {
        CXCursor p = clang_Cursor_getArgument(def, (unsigned)i);
        CXType t = clang_getCursorType(p);
        const ir_type *it = fe_decayed(u, fe_type(u, t));
        bool by_address = fe_cxx_by_address(u, t);
        if (by_address) it = fe_ptr_to(u, it);
        fe_at(fn, p);
        uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_PARAM,
                                             .name = fe_name(u, p),
                                             .type = it ? it : fe_int_type(u),
                                             .loc = fn->loc,
                                             .is_volatile = clang_isVolatileQualifiedType(t) != 0});
        fn->is_ref.v[v] = by_address || fe_is_reference(t);
        fe_map_put(&fn->vars, fe_key(p), (void *)((uintptr_t)v + 1));
        fe_live_push(fn, v, clang_getNullCursor());
    }
}

/* Control that reaches the closing brace. */
static void fall_off(fe_fn *fn) {
    fe_at_end(fn, fn->self->cursor);
    fe_unwind(fn, NULL);
    if (!fe_open(fn)) return;
    ir_inst in = fe_inst(IR_RET);
    if (strcmp(fn->f->name, "main") == 0 && fn->f->ret && fn->f->ret->kind == IR_T_INT) in.a = ir_int(0, fn->f->ret);
    fe_emit(fn, in);
}

static bool has_parse_error(const fe_unit *u, const ir_func *f) {
    for (uint32_t i = 0; i < u->out->notes.n; i++) {
        const ir_note *n = &u->out->notes.v[i];
        bool inside = n->line >= f->first_line && n->line <= f->last_line;
        if (n->kind == IR_NOTE_PARSE_ERROR && n->file == f->file && inside) return true;
    }
    return false;
}

/* A broken promise is our bug; the unit goes on without the function, and says so. */
static bool verified(fe_unit *u, const ir_func *f, CXCursor at) {
    ll_err err = {0};
    if (ir_verify(f, &err)) return true;
    fe_note(u, IR_NOTE_NOT_LOWERED, at, err.msg);
    return false;
}

static void lower_body(fe_fn *fn, CXCursor body) {
    fe_func *fd = fn->self;
    params(fn);
    CXCursor owner = clang_getCursorSemanticParent(fd->cursor);
    if (fd->cursor.kind == CXCursor_Constructor) fe_cxx_ctor_inits(fn, fd->cursor);
    if (fd->cursor.kind == CXCursor_Destructor) fe_live_push_members(fn, clang_getCursorType(owner));
    fe_stmt(fn, body);
    fall_off(fn);
    fe_finish_jumps(fn);
    ir_build_finish(fn->b, fn->f);
    fe_tidy(fn);
}

void fe_lower_func(fe_unit *u, fe_func *fd) {
    CXCursor body = body_of(fd->cursor);
    if (clang_Cursor_isNull(body)) return;
    fe_fn fn = {.u = u, .self = fd, .f = LL_NEW(u->scratch, ir_func), .this_var = IR_NOVAR, .returned = IR_NOVAR};
    fn.vars.a = fn.labels.a = fn.statics.a = u->scratch;
    fn.b = ir_build_new(u->scratch, u->names);
    describe(u, fd, fn.f);
    fn.first_line = fn.f->first_line;
    lower_body(&fn, body);
    fn.f->is_partial = fn.is_partial || has_parse_error(u, fn.f);
    fd->lowered = verified(u, fn.f, fd->cursor);
    if (fd->lowered) LL_PUSH(u->a, &u->out->funcs, fe_keep_func(u->a, fn.f));
    fe_map_clear(&fn.vars);
    fe_map_clear(&fn.labels);
    fe_map_clear(&fn.statics);
    fe_reset_scratch(u);
}
