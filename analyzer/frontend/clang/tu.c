#define _GNU_SOURCE
/* One translation unit: parse, notes, top level, and the queue of bodies to lower.
 *
 * Parsing costs 97 % of the time, so system headers are looked at only as far as asking each top-level
 * declaration where it is; a function is described when something refers to it. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "frontend/clang/lower.h"

enum {
    FE_STACK = 128 << 20, /* of the thread that parses and lowers: both recurse as deep as the source nests */
    FE_MAX_NOTES = 64
};

static bool note_at(fe_unit *u, CXSourceLocation loc, ir_note n) {
    if (u->out->notes.n >= FE_MAX_NOTES) return false;
    CXFile file = NULL;
    unsigned line = 0, col = 0;
    clang_getExpansionLocation(loc, &file, &line, &col, NULL);
    const fe_file *f = fe_file_of(u, file);
    n.file = f ? f->path : u->out->file;
    n.line = (int32_t)line;
    n.col = (int32_t)col;
    LL_PUSH(u->a, &u->out->notes, n);
    return true;
}

void fe_note(fe_unit *u, ir_note_kind kind, CXCursor at, const char *text) {
    note_at(u, clang_getCursorLocation(at), (ir_note){.kind = kind, .text = ll_intern_str(u->names, text)});
}

/* gcc's malloc(deallocator) form, which this clang does not know: the code is right, the function still allocates. */
static bool is_harmless(const char *text) {
    return strstr(text, "malloc") && strstr(text, "attribute takes no arguments");
}

static void parse_notes(fe_unit *u) {
    unsigned n = clang_getNumDiagnostics(u->tu);
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic d = clang_getDiagnostic(u->tu, i);
        if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
            const char *text = fe_intern_cx(u, clang_getDiagnosticSpelling(d));
            ir_note note = {.kind = IR_NOTE_PARSE_ERROR, .text = text ? text : ll_intern_str(u->names, "error")};
            if (!is_harmless(note.text) && !note_at(u, clang_getDiagnosticLocation(d), note)) n = i;
        }
        clang_disposeDiagnostic(d);
    }
}

static void inclusion_visit(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
    (void)stack;
    (void)depth;
    fe_unit *u = data;
    const fe_file *f = fe_file_of(u, file);
    for (uint32_t i = 0; f && i < u->out->files.n; i++)
        if (u->out->files.v[i] == f->path) return;
    if (f) LL_PUSH(u->a, &u->out->files, f->path);
}

static bool is_function(enum CXCursorKind k) {
    return k == CXCursor_FunctionDecl || k == CXCursor_CXXMethod || k == CXCursor_Constructor ||
           k == CXCursor_Destructor || k == CXCursor_ConversionFunction;
}

typedef struct top {
    fe_unit *u;
    LL_ARRAY(CXCursor) roots; /* what the unit defines itself */
} top;

static enum CXChildVisitResult top_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    top *t = data;
    fe_unit *u = t->u;
    bool container = c.kind == CXCursor_Namespace || c.kind == CXCursor_LinkageSpec || c.kind == CXCursor_ClassDecl ||
                     (u->cxx && c.kind == CXCursor_StructDecl);
    if (!container && !is_function(c.kind) && c.kind != CXCursor_VarDecl) return CXChildVisit_Continue;
    CXSourceLocation loc = clang_getCursorLocation(c);
    if (clang_Location_isInSystemHeader(loc)) return CXChildVisit_Continue;
    if (container) return CXChildVisit_Recurse;
    if (is_function(c.kind) && !clang_isCursorDefinition(c)) return CXChildVisit_Continue;
    if (is_function(c.kind)) fe_map_put(&u->ordinals, fe_key(c), (void *)((uintptr_t)u->next_ordinal++ + 1));
    CXFile file = NULL;
    clang_getExpansionLocation(loc, &file, NULL, NULL, NULL);
    bool wanted = u->rq->all_headers || (file && clang_File_isEqual(file, u->main_file));
    if (c.kind == CXCursor_VarDecl && clang_Cursor_hasVarDeclExternalStorage(c) == 1 &&
        clang_Cursor_isNull(clang_Cursor_getVarDeclInitializer(c)))
        wanted = false;
    if (wanted) LL_PUSH(u->scratch, &t->roots, c);
    return CXChildVisit_Continue;
}

static int by_ordinal(const void *x, const void *y) {
    const fe_func *a = *(fe_func *const *)x, *b = *(fe_func *const *)y;
    if (a->ordinal != b->ordinal) return a->ordinal < b->ordinal ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* Bodies in source order: the order of lowering follows references, which an edit may change. */
static void sort_funcs(fe_unit *u) {
    LL_ARRAY(fe_func *) done = {0};
    for (uint32_t i = 0; i < u->queue.n; i++)
        if (u->queue.v[i]->lowered) LL_PUSH(u->a, &done, u->queue.v[i]);
    ir_func **old = LL_NEWN(u->a, ir_func *, done.n + 1);
    for (uint32_t i = 0; i < done.n; i++) {
        old[i] = u->out->funcs.v[i];
        done.v[i]->slot = i;
    }
    if (done.n) qsort(done.v, done.n, sizeof *done.v, by_ordinal);
    for (uint32_t i = 0; i < done.n; i++) u->out->funcs.v[i] = old[done.v[i]->slot];
}

static void lower_unit(fe_unit *u) {
    top t = {.u = u};
    CXCursor root = clang_getTranslationUnitCursor(u->tu);
    LL_PUSH(u->a, &u->out->files, u->out->file);
    clang_getInclusions(u->tu, inclusion_visit, u);
    clang_visitChildren(root, top_visit, &t);
    for (uint32_t i = 0; i < t.roots.n; i++) {
        CXCursor c = t.roots.v[i];
        if (c.kind == CXCursor_VarDecl)
            fe_global_of(u, c, NULL);
        else
            fe_func_of(u, c);
    }
    fe_reset_scratch(u);
    for (uint32_t i = 0; i < u->queue.n; i++) fe_lower_func(u, u->queue.v[i]);
    sort_funcs(u);
}

/* ---- parsing ---- */

static const char *parse_failure(enum CXErrorCode code) {
    switch (code) {
        case CXError_Crashed:
            return "libclang crashed while parsing it";
        case CXError_InvalidArguments:
            return "libclang rejects its arguments";
        case CXError_ASTReadError:
            return "libclang cannot read a precompiled header it uses";
        default:
            return "libclang gives no translation unit: is the file there, are the flags for a compiler?";
    }
}

static CXTranslationUnit parse(fe_unit *u, CXIndex index, enum CXErrorCode *code) {
    const fe_request *rq = u->rq;
    LL_ARRAY(const char *) args = {0};
    for (int i = 0; i < rq->nargs; i++) LL_PUSH(u->scratch, &args, rq->args[i]);
    if (rq->dir) LL_PUSH(u->scratch, &args, ll_printf(u->scratch, "-working-directory=%s", rq->dir));
    if (src_overlay_vfs(rq->view)) {
        LL_PUSH(u->scratch, &args, "-ivfsoverlay");
        LL_PUSH(u->scratch, &args, src_overlay_vfs(rq->view));
    }
    LL_PUSH(u->scratch, &args, "-w"); /* warnings cost time, and -Werror would make them errors */
    LL_PUSH(u->scratch, &args, "-ferror-limit=0");
    LL_PUSH(u->scratch, &args, "-fno-spell-checking");
    struct CXUnsavedFile *files = LL_NEWN(u->scratch, struct CXUnsavedFile, rq->noverlay + 1);
    for (size_t i = 0; i < rq->noverlay; i++)
        files[i] = (struct CXUnsavedFile){rq->overlay[i].path, rq->overlay[i].bytes, rq->overlay[i].n};
    CXTranslationUnit tu = NULL;
    *code = clang_parseTranslationUnit2(index, rq->file, args.v, (int)args.n, files, (unsigned)rq->noverlay,
                                        CXTranslationUnit_KeepGoing, &tu);
    return tu;
}

typedef struct job {
    fe_unit u;
    enum CXErrorCode code;
    bool parsed;
} job;

static void clear_maps(fe_unit *u) {
    fe_map *maps[] = {&u->types, &u->funcs,    &u->globals,        &u->fields, &u->records,
                      &u->files, &u->ordinals, &u->names_to_funcs, &u->macros};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) fe_map_clear(maps[i]);
}

static void run_job(void *data) {
    job *j = data;
    fe_unit *u = &j->u;
    CXIndex index = clang_createIndex(0, 0);
    u->tu = parse(u, index, &j->code);
    if (u->tu) {
        j->parsed = true;
        u->main_file = clang_getFile(u->tu, u->rq->file);
        parse_notes(u);
        lower_unit(u);
        if (u->policy) clang_PrintingPolicy_dispose(u->policy);
        clang_disposeTranslationUnit(u->tu);
    }
    clear_maps(u);
    clang_disposeIndex(index);
}

static bool has_suffix(const char *s, const char *const *suffixes) {
    const char *dot = strrchr(s, '.');
    for (; dot && *suffixes; suffixes++)
        if (strcmp(dot, *suffixes) == 0) return true;
    return false;
}

/* C++ by -x, else by the file's suffix, as the compiler driver decides. */
static bool is_cxx(const fe_request *rq) {
    static const char *const suffixes[] = {".cc", ".cpp", ".cxx", ".C", ".c++", ".hpp", ".hh", ".hxx", ".cppm", NULL};
    for (int i = rq->nargs - 1; i >= 0; i--) {
        const char *lang = strncmp(rq->args[i], "-x", 2) == 0 ? rq->args[i] + 2 : NULL;
        if (lang && !*lang) lang = i + 1 < rq->nargs ? rq->args[i + 1] : "";
        if (lang) return strncmp(lang, "c++", 3) == 0;
    }
    return has_suffix(rq->file, suffixes);
}

/* libclang parses on a thread of its own, whose 8 MB a chain of a few thousand `else if` uses up; told not to, it
 * parses on ours. Set before the first index exists, an explicit setting of the user wins. */
static void use_our_stack(void) {
    setenv("LIBCLANG_NOTHREADS", "1", 0);
}

bool fe_clang_unit(ll_arena *a, ll_intern *names, const fe_request *rq, ir_unit *out, ll_err *err) {
    job j = {.u = {.a = a, .names = names, .rq = rq, .out = out, .cxx = is_cxx(rq)}};
    fe_unit *u = &j.u;
    *out = (ir_unit){.file = ll_intern_str(names, rq->file)};
    u->scratch = ll_arena_new("clang front end");
    fe_map *maps[] = {&u->types, &u->funcs,    &u->globals,        &u->fields, &u->records,
                      &u->files, &u->ordinals, &u->names_to_funcs, &u->macros};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) maps[i]->a = a;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_our_stack);
    clang_executeOnThread(run_job, &j, FE_STACK);
    ll_arena_free(u->scratch);
    if (!j.parsed) return ll_fail(err, LL_E_INPUT, "%s: %s", rq->file, parse_failure(j.code));
    return true;
}

const char *fe_clang_version(void) {
    static char text[64];
    CXString s = clang_getClangVersion();
    const char *v = strstr(clang_getCString(s), "version ");
    size_t n = v ? strcspn(v + 8, " (") : 0;
    if (n >= sizeof text) n = sizeof text - 1;
    memcpy(text, v ? v + 8 : "", n);
    text[n] = 0;
    clang_disposeString(s);
    return text;
}
