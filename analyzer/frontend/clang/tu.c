#define _GNU_SOURCE
/* One translation unit: parse, notes, top level, and the queue of bodies to lower.
 *
 * Parsing costs 97 % of the time, so system headers are looked at only as far as asking each top-level
 * declaration where it is; a function is described when something refers to it. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "frontend/clang/lower.h"
#include "frontend/prefix.h"

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

void fe_add_file(fe_unit *u, CXFile file) {
    const fe_file *f = fe_file_of(u, file);
    if (f) LL_PUSH(u->a, &u->out->files, f->path);
}

static void inclusion_visit(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
    (void)stack;
    (void)depth;
    fe_add_file(data, file);
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void fe_sort_files(fe_unit *u, uint32_t first) {
    uint32_t n = first;
    const char **v = u->out->files.v;
    if (u->out->files.n > first) qsort(v + first, u->out->files.n - first, sizeof *v, by_text);
    for (uint32_t i = first; i < u->out->files.n; i++)
        if (!n || (v[i] != v[0] && v[i] != v[n - 1])) v[n++] = v[i];
    u->out->files.n = n;
}

/* Main file first, the others by name: a prefix may enter them in another order. */
static void list_files(fe_unit *u) {
    LL_PUSH(u->a, &u->out->files, u->out->file);
    for (uint32_t i = 0; u->prefix && i < u->prefix->nfiles; i++)
        LL_PUSH(u->a, &u->out->files, ll_intern_str(u->names, u->prefix->files[i]));
    clang_getInclusions(u->tu, inclusion_visit, u);
    fe_sort_files(u, 1);
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
    CXFile file = NULL;
    clang_getExpansionLocation(loc, &file, NULL, NULL, NULL);
    bool wanted = u->rq->all_headers || (file && clang_File_isEqual(file, u->main_file));
    if (c.kind == CXCursor_VarDecl && clang_Cursor_hasVarDeclExternalStorage(c) == 1 &&
        clang_Cursor_isNull(clang_Cursor_getVarDeclInitializer(c)))
        wanted = false;
    if (wanted) LL_PUSH(u->scratch, &t->roots, c);
    return CXChildVisit_Continue;
}

/* Where a function stands: headers by name, then the main file. */
typedef struct standing {
    const char *path, *usr;
    unsigned offset;
    ir_func *body;
} standing;

static int by_standing(const void *x, const void *y) {
    const standing *a = x, *b = y;
    int c = strcmp(a->path, b->path);
    if (!c && a->offset != b->offset) c = a->offset < b->offset ? -1 : 1;
    return c ? c : strcmp(a->usr, b->usr);
}

static standing standing_of(fe_unit *u, const fe_func *f, ir_func *body) {
    standing s = {.path = "", .usr = f->pending ? f->pending->usr : "", .body = body};
    CXFile file = NULL;
    clang_getExpansionLocation(clang_getCursorLocation(f->cursor), &file, NULL, NULL, &s.offset);
    const fe_file *known = fe_file_of(u, file);
    if (known) s.path = known->is_main ? "\xff" : known->path;
    return s;
}

/* Bodies by where they stand: the order of lowering follows references, which an edit may change. */
static void sort_funcs(fe_unit *u) {
    standing *done = LL_NEWN(u->scratch, standing, u->queue.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->queue.n; i++)
        if (u->queue.v[i]->lowered) {
            done[n] = standing_of(u, u->queue.v[i], u->out->funcs.v[n]);
            n++;
        }
    qsort(done, n, sizeof *done, by_standing);
    for (uint32_t i = 0; i < n; i++) u->out->funcs.v[i] = done[i].body;
}

static void lower_unit(fe_unit *u) {
    top t = {.u = u};
    CXCursor root = clang_getTranslationUnitCursor(u->tu);
    list_files(u);
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

void fe_common_args(fe_unit *u, fe_flags *args) {
    const fe_request *rq = u->rq;
    for (int i = 0; i < rq->nargs; i++) LL_PUSH(u->scratch, args, rq->args[i]);
    if (rq->dir) LL_PUSH(u->scratch, args, ll_printf(u->scratch, "-working-directory=%s", rq->dir));
    if (src_overlay_vfs(rq->view)) {
        LL_PUSH(u->scratch, args, "-ivfsoverlay");
        LL_PUSH(u->scratch, args, src_overlay_vfs(rq->view));
    }
    LL_PUSH(u->scratch, args, "-w"); /* warnings cost time, and -Werror would make them errors */
    LL_PUSH(u->scratch, args, "-ferror-limit=0");
    LL_PUSH(u->scratch, args, "-fno-spell-checking");
}

/* On top of the prefix: its part of the file is blank, so that nothing in it happens twice. */
static bool add_prefix(fe_unit *u, fe_flags *args, struct CXUnsavedFile *blanked) {
    size_t n = 0;
    char *text = fe_prefix_blanked(u->scratch, u->rq, &n);
    if (!text) return false;
    *blanked = (struct CXUnsavedFile){u->rq->file, text, n};
    LL_PUSH(u->scratch, args, "-include-pch");
    LL_PUSH(u->scratch, args, ll_printf(u->scratch, "/proc/self/fd/%d", u->prefix->fd));
    return true;
}

CXTranslationUnit fe_parse(fe_unit *u, CXIndex index, enum CXErrorCode *code) {
    const fe_request *rq = u->rq;
    fe_flags args = {0};
    unsigned n = 0;
    fe_common_args(u, &args);
    struct CXUnsavedFile *files = LL_NEWN(u->scratch, struct CXUnsavedFile, rq->noverlay + 1);
    for (size_t i = 0; i < rq->noverlay && !u->prefix; i++)
        files[n++] = (struct CXUnsavedFile){rq->overlay[i].path, rq->overlay[i].bytes, rq->overlay[i].n};
    if (u->prefix && !add_prefix(u, &args, &files[n++])) return NULL;
    CXTranslationUnit tu = NULL;
    *code =
        clang_parseTranslationUnit2(index, rq->file, args.v, (int)args.n, files, n, CXTranslationUnit_KeepGoing, &tu);
    return tu;
}

typedef struct job {
    fe_unit u;
    enum CXErrorCode code;
    bool parsed;
} job;

typedef fe_map *maps[9];

static void maps_of(fe_unit *u, maps m) {
    maps all = {&u->types, &u->funcs,          &u->globals, &u->fields, &u->records,
                &u->files, &u->names_to_funcs, &u->macros,  &u->stds};
    memcpy(m, all, sizeof all);
}

void fe_init_maps(fe_unit *u) {
    maps m;
    maps_of(u, m);
    for (size_t i = 0; i < sizeof m / sizeof *m; i++) m[i]->a = u->a;
}

void fe_clear_maps(fe_unit *u) {
    maps m;
    maps_of(u, m);
    for (size_t i = 0; i < sizeof m / sizeof *m; i++) fe_map_clear(m[i]);
}

/* An error that keeps clang from going on, such as a header that has changed since the prefix was made. */
static bool has_fatal_error(CXTranslationUnit tu) {
    bool fatal = false;
    for (unsigned i = 0, n = clang_getNumDiagnostics(tu); i < n && !fatal; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        fatal = clang_getDiagnosticSeverity(d) == CXDiagnostic_Fatal;
        clang_disposeDiagnostic(d);
    }
    return fatal;
}

static uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void run_job(void *data) {
    job *j = data;
    fe_unit *u = &j->u;
    fe_cost *cost = u->rq->cost;
    uint64_t start = cpu_ns();
    CXIndex index = clang_createIndex(u->prefix && !u->sees_all, 0);
    u->tu = fe_parse(u, index, &j->code);
    uint64_t parsed = cpu_ns();
    if (u->tu && !(u->prefix && has_fatal_error(u->tu))) {
        j->parsed = true;
        u->main_file = clang_getFile(u->tu, u->rq->file);
        parse_notes(u);
        lower_unit(u);
        if (u->policy) clang_PrintingPolicy_dispose(u->policy);
    }
    uint64_t lowered = cpu_ns();
    if (u->tu) clang_disposeTranslationUnit(u->tu);
    fe_clear_maps(u);
    clang_disposeIndex(index);
    if (!cost) return;
    atomic_fetch_add(&cost->lowering, lowered - parsed);
    atomic_fetch_add(&cost->parsing, parsed - start + cpu_ns() - lowered);
}

static bool has_suffix(const char *s, const char *const *suffixes) {
    const char *dot = strrchr(s, '.');
    for (; dot && *suffixes; suffixes++)
        if (strcmp(dot, *suffixes) == 0) return true;
    return false;
}

/* C++ by -x, else by the file's suffix, as the compiler driver decides. */
bool fe_is_cxx(const fe_request *rq) {
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

bool fe_run(void (*job)(void *), void *data, ll_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_our_stack);
    if (!fe_clang_load(err)) return false;
    clang_executeOnThread(job, data, FE_STACK);
    return true;
}

/* False: it did not parse, or *needs_all: what the prefix declares must be shown, which takes its time. */
static bool read_unit(ll_arena *a, ll_intern *names, const fe_request *rq, const fe_prefix *prefix, bool *needs_all,
                      ir_unit *out, ll_err *err) {
    job j = {.u = {.a = a, .names = names, .rq = rq, .out = out, .cxx = fe_is_cxx(rq), .prefix = prefix}};
    j.u.sees_all = *needs_all;
    *out = (ir_unit){.file = ll_intern_str(names, rq->file)};
    j.u.scratch = ll_arena_new("clang front end");
    fe_init_maps(&j.u);
    bool ran = fe_run(run_job, &j, err);
    ll_arena_free(j.u.scratch);
    if (ran && !j.parsed) ll_fail(err, LL_E_INPUT, "%s: %s", rq->file, parse_failure(j.code));
    *needs_all = ran && j.parsed && j.u.needs_all;
    return ran && j.parsed && (!j.u.needs_all || j.u.sees_all);
}

/* Showing all that a prefix declares takes about as long as reading a small unit: where a third of the units before
 * asked for it, it is done at once. */
static bool asked_often(fe_cost *cost) {
    enum { FIRST = 6 };
    return cost && cost->needed >= FIRST && cost->needed * 3 > cost->prefixed + cost->reread;
}

bool fe_clang_unit(ll_arena *a, ll_intern *names, const fe_request *rq, ir_unit *out, ll_err *err) {
    bool needs_all = rq->prefix && asked_often(rq->cost), shown = needs_all;
    bool prefixed = rq->prefix && read_unit(a, names, rq, rq->prefix, &needs_all, out, NULL), needed = needs_all;
    bool done = prefixed || (needs_all && !shown && read_unit(a, names, rq, rq->prefix, &needs_all, out, NULL));
    done = done || read_unit(a, names, rq, NULL, &(bool){false}, out, err);
    if (rq->cost) {
        atomic_fetch_add(&rq->cost->units, 1);
        atomic_fetch_add(&rq->cost->prefixed, prefixed);
        atomic_fetch_add(&rq->cost->needed, needed);
        atomic_fetch_add(&rq->cost->reread, rq->prefix && !prefixed);
    }
    return done;
}

const char *fe_clang_version(void) {
    static char text[64];
    if (!fe_clang_load(NULL)) return "";
    CXString s = clang_getClangVersion();
    const char *v = strstr(clang_getCString(s), "version ");
    size_t n = v ? strcspn(v + 8, " (") : 0;
    if (n >= sizeof text) n = sizeof text - 1;
    memcpy(text, v ? v + 8 : "", n);
    text[n] = 0;
    clang_disposeString(s);
    return text;
}
