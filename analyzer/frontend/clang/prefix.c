/* See frontend/prefix.h. */
#define _GNU_SOURCE
#include "frontend/prefix.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/sys.h"
#include "frontend/clang/lower.h"

enum { MAX_SOURCE_BYTES = 16 << 20 };

/* Bytes of the main file that are not on the disk are no obstacle; other files' are: the prefix is read from the disk.
 */
bool fe_prefix_allowed(const fe_request *rq) {
    for (size_t i = 0; i < rq->noverlay; i++)
        if (strcmp(rq->overlay[i].path, rq->file) != 0) return false;
    if (rq->view || rq->all_headers || fe_is_cxx(rq)) return false;
    for (int i = 0; i < rq->nargs; i++)
        if (strstr(rq->args[i], "-pch") || strncmp(rq->args[i], "-fmodule", 8) == 0 ||
            strncmp(rq->args[i], "-x", 2) == 0)
            return false;
    return true;
}

/* ---- using one ---- */

static char *source_of(ll_arena *a, const fe_request *rq, size_t *n) {
    char *source;
    for (size_t i = 0; i < rq->noverlay; i++) {
        if (strcmp(rq->overlay[i].path, rq->file) != 0) continue;
        *n = rq->overlay[i].n;
        return ll_strndup(a, rq->overlay[i].bytes, *n);
    }
    return ll_read_file(a, rq->file, MAX_SOURCE_BYTES, &source, n, NULL) ? source : NULL;
}

const char *fe_prefix_text(ll_arena *a, const fe_request *rq) {
    size_t n;
    char *blanked, *source = fe_prefix_allowed(rq) ? source_of(a, rq, &n) : NULL;
    return source ? fe_prefix_longest(a, source, n, &blanked) : "";
}

/* On a prefix that several share, or on its own. */
char *fe_prefix_blanked(ll_arena *a, const fe_request *rq, size_t *n) {
    fe_step *steps;
    char *blanked, *source = source_of(a, rq, n);
    if (!source) return NULL;
    uint32_t nsteps = fe_prefix_steps(a, source, *n, &steps);
    if (!fe_prefix_matches(a, steps, nsteps, rq->early, rq->nearly, rq->prefix->text)) {
        const char *own = fe_prefix_longest(a, source, *n, &blanked);
        return *own && strcmp(own, rq->prefix->text) == 0 ? blanked : NULL;
    }
    for (uint32_t i = 0; i < nsteps; i++)
        if (steps[i].taken) fe_prefix_blank(source + steps[i].from, steps[i].end - steps[i].from);
    return source;
}

bool fe_prefix_describe(ll_arena *a, const void *described, size_t n, fe_prefix *out) {
    ll_reader r = ll_reader_of(described, n);
    LL_ARRAY(const char *) files = {0};
    out->any_search = ll_get_uint(&r) != 0;
    for (uint32_t count = ll_get_count(&r, 1); count && !r.bad; count--) {
        const char *s = ll_get_str(&r, a);
        LL_PUSH(a, &files, s ? s : "");
    }
    out->files = files.v;
    out->nfiles = files.n;
    return !r.bad && r.p == r.end;
}

/* ---- making one ---- */

typedef struct maker {
    fe_unit *u;
    const char *const *guards;
    uint32_t nguards;
    bool names_base, names_guard, looks_about;
} maker;

static bool mentions(const char *text, size_t n, const char *word) {
    return memmem(text, n, word, strlen(word)) != NULL;
}

/* Whether it includes something by way of a folder above, in any branch; a text that only speaks of one does not. */
static bool looks_above(const char *text, size_t n) {
    const char *end = text + n;
    for (const char *p = text; (p = memmem(p, (size_t)(end - p), "../", 3)); p += 3) {
        const char *line = p;
        while (line > text && line[-1] != '\n') line--;
        bool goes_on = line - text > 1 && (line[-2] == '\\' || line[-2] == '\r');
        if (goes_on || mentions(line, (size_t)(p - line), "include")) return true;
    }
    return false;
}

static void inclusion_visit(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
    maker *m = data;
    size_t n = 0;
    (void)stack;
    const char *text = clang_getFileContents(m->u->tu, file, &n);
    if (!text) text = "";
    if (mentions(text, n, "__BASE_FILE__")) m->names_base = true;
    if (!clang_Location_isInSystemHeader(clang_getLocationForOffset(m->u->tu, file, 0)))
        m->looks_about |= looks_above(text, n) || mentions(text, n, "__has_include");
    else
        for (uint32_t i = 0; i < m->nguards; i++) m->names_guard |= mentions(text, n, m->guards[i]);
    if (depth) fe_add_file(m->u, file);
}

static bool has_errors(CXTranslationUnit tu) {
    bool errors = false;
    for (unsigned i = 0, n = clang_getNumDiagnostics(tu); i < n && !errors; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        errors = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
        clang_disposeDiagnostic(d);
    }
    return errors;
}

static bool describe(maker *m, ll_strbuf *out, ll_err *err) {
    fe_unit *u = m->u;
    if (has_errors(u->tu)) return ll_fail(err, LL_E_INPUT, "its headers have errors");
    clang_getInclusions(u->tu, inclusion_visit, m);
    if (m->names_base) return ll_fail(err, LL_E_INPUT, "its headers ask for the main file");
    if (m->names_guard) return ll_fail(err, LL_E_INPUT, "its headers ask for an include guard of the project's");
    fe_sort_files(u, 0);
    ll_put_uint(out, !m->looks_about);
    ll_put_uint(out, u->out->files.n);
    for (uint32_t i = 0; i < u->out->files.n; i++) ll_put_str(out, u->out->files.v[i]);
    return true;
}

CXTranslationUnit fe_prefix_parse(fe_unit *u, CXIndex index, const char *path, const char *text, unsigned options) {
    fe_flags args = {0};
    fe_common_args(u, &args);
    LL_PUSH(u->scratch, &args, "-xc-header");
    struct CXUnsavedFile file = {path, text, strlen(text)};
    CXTranslationUnit tu = NULL;
    options |= CXTranslationUnit_Incomplete | CXTranslationUnit_KeepGoing;
    clang_parseTranslationUnit2(index, path, args.v, (int)args.n, &file, 1, options, &tu);
    return tu;
}

typedef struct build {
    const fe_request *like;
    const char *text;
    const char *const *guards;
    uint32_t nguards;
    ll_strbuf *out;
    ll_err *err;
    bool ok;
} build;

/* The prefix has no file of its own: it stands where its units do, since names in quotes are looked for there. */
static void run_build(void *data) {
    build *b = data;
    ll_arena *a = ll_arena_new("prefix");
    ir_unit unit = {0};
    fe_unit u = {.a = a, .scratch = a, .names = ll_intern_new(), .rq = b->like, .out = &unit};
    maker m = {.u = &u, .guards = b->guards, .nguards = b->nguards};
    const char *path = ll_path_join(a, ll_path_dir(a, b->like->file), FE_PREFIX_FILE);
    fe_init_maps(&u);
    CXIndex index = clang_createIndex(0, 0);
    u.tu = fe_prefix_parse(&u, index, path, b->text, CXTranslationUnit_ForSerialization);
    if (!u.tu)
        ll_fail(b->err, LL_E_INPUT, "it does not parse");
    else if (describe(&m, b->out, b->err))
        b->ok = clang_saveTranslationUnit(u.tu, "-", CXSaveTranslationUnit_None) == CXSaveError_None ||
                ll_fail(b->err, LL_E_SYS, "it cannot be saved");
    if (u.tu) clang_disposeTranslationUnit(u.tu);
    clang_disposeIndex(index);
    fe_clear_maps(&u);
    ll_intern_free(u.names);
    ll_arena_free(a);
}

bool fe_prefix_build(const fe_request *like, const char *text, const char *const *guards, uint32_t nguards,
                     ll_strbuf *described, ll_err *err) {
    build b = {.like = like, .text = text, .guards = guards, .nguards = nguards, .out = described, .err = err};
    return fe_run(run_build, &b, err) && b.ok;
}
