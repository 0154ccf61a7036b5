/* What headers of the system bring, as libclang sees it: one parse of all of them with a record of what includes what.
 *
 * The record tells includes in the order in which they happen. A header that is included again and is guarded brings
 * what it brought first; one without a guard (stddef.h, which gives each time what was asked for) what it includes this
 * time. */
#include <string.h>

#include "base/bytes.h"
#include "base/sys.h"
#include "frontend/clang/lower.h"
#include "frontend/prefix.h"

typedef LL_ARRAY(uint32_t) numbers;

typedef struct probed_file {
    const char *path;
    bool is_system, guarded, known; /* known: first is what it brought when it came first */
    numbers first;
    LL_ARRAY(const char *) names, macros;
} probed_file;

/* A file that is being included. */
typedef struct level {
    uint32_t file;
    bool asked; /* it has included something */
    numbers files;
    const char *name;
} level;

typedef struct probe {
    fe_unit *u;
    const char *text;
    CXFile main_file;
    fe_map by_path;
    LL_ARRAY(probed_file) files;
    LL_ARRAY(level) open;
    LL_ARRAY(level) headers;
    LL_ARRAY(const char *) given; /* macros that the flags and the compiler define */
} probe;

static uint32_t number_of(probe *p, CXFile file) {
    const fe_file *f = fe_file_of(p->u, file);
    if (!f) return UINT32_MAX;
    uintptr_t n = (uintptr_t)fe_map_get(&p->by_path, f->path);
    if (n) return (uint32_t)n - 1;
    CXSourceLocation start = clang_getLocationForOffset(p->u->tu, file, 0);
    probed_file new = {.path = f->path,
                       .is_system = clang_Location_isInSystemHeader(start) != 0,
                       .guarded = clang_isFileMultipleIncludeGuarded(p->u->tu, file) != 0};
    LL_PUSH(p->u->a, &p->files, new);
    fe_map_put(&p->by_path, f->path, (void *)(uintptr_t)p->files.n);
    return p->files.n - 1;
}

static void add_number(probe *p, numbers *to, uint32_t n) {
    for (uint32_t i = 0; i < to->n; i++)
        if (to->v[i] == n) return;
    LL_PUSH(p->u->a, to, n);
}

static void close_level(probe *p) {
    level l = p->open.v[--p->open.n];
    probed_file *f = &p->files.v[l.file];
    add_number(p, &l.files, l.file);
    for (uint32_t i = 0; !l.asked && f->guarded && i < f->first.n; i++) add_number(p, &l.files, f->first.v[i]);
    if (!f->known) f->first = l.files;
    f->known = true;
    if (!p->open.n) LL_PUSH(p->u->a, &p->headers, l);
    for (uint32_t i = 0; p->open.n && i < l.files.n; i++) add_number(p, &p->open.v[p->open.n - 1].files, l.files.v[i]);
}

static void inclusion(probe *p, CXCursor c) {
    CXFile in = NULL, file = clang_getIncludedFile(c);
    clang_getExpansionLocation(clang_getCursorLocation(c), &in, NULL, NULL, NULL);
    bool top = in && p->main_file && clang_File_isEqual(in, p->main_file);
    uint32_t from = in && !top ? number_of(p, in) : UINT32_MAX;
    while (p->open.n && p->open.v[p->open.n - 1].file != from) close_level(p);
    if (p->open.n) p->open.v[p->open.n - 1].asked = true;
    if (!file || (!top && !p->open.n)) return;
    level l = {.file = number_of(p, file), .name = top ? fe_name(p->u, c) : NULL};
    if (l.file != UINT32_MAX) LL_PUSH(p->u->a, &p->open, l);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data) {
    probe *p = data;
    (void)parent;
    if (c.kind == CXCursor_InclusionDirective) inclusion(p, c);
    bool macro = c.kind == CXCursor_MacroDefinition;
    if (!macro && !clang_isDeclaration(c.kind)) return CXChildVisit_Continue;
    CXFile in = NULL;
    clang_getExpansionLocation(clang_getCursorLocation(c), &in, NULL, NULL, NULL);
    uint32_t file = in ? number_of(p, in) : UINT32_MAX;
    if (macro) {
        const char *defined = fe_name(p->u, c);
        if (file == UINT32_MAX)
            LL_PUSH(p->u->a, &p->given, defined);
        else
            LL_PUSH(p->u->a, &p->files.v[file].macros, defined);
        return CXChildVisit_Continue;
    }
    const char *name = c.kind == CXCursor_FieldDecl ? NULL : fe_name(p->u, c);
    if (file != UINT32_MAX && name && *name && !strchr(name, ' ')) LL_PUSH(p->u->a, &p->files.v[file].names, name);
    bool nests = c.kind == CXCursor_EnumDecl || c.kind == CXCursor_StructDecl || c.kind == CXCursor_UnionDecl;
    return nests ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

static void put_names(ll_strbuf *out, const char *const *v, uint32_t n) {
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) ll_put_str(out, v[i]);
}

static void put_numbers(ll_strbuf *out, const numbers *v) {
    ll_put_uint(out, v->n);
    for (uint32_t i = 0; i < v->n; i++) ll_put_uint(out, v->v[i]);
}

static void put_all(const probe *p, ll_strbuf *out) {
    put_names(out, p->given.v, p->given.n);
    ll_put_uint(out, p->files.n);
    for (uint32_t i = 0; i < p->files.n; i++) {
        const probed_file *f = &p->files.v[i];
        ll_put_str(out, f->path);
        ll_put_uint(out, f->is_system);
        ll_put_uint(out, f->guarded);
        put_numbers(out, &f->first);
        put_names(out, f->names.v, f->names.n);
        put_names(out, f->macros.v, f->macros.n);
    }
    ll_put_uint(out, p->headers.n);
    for (uint32_t i = 0; i < p->headers.n; i++) {
        ll_put_str(out, p->headers.v[i].name);
        put_numbers(out, &p->headers.v[i].files);
    }
}

typedef struct probing {
    const fe_request *like;
    const char *text;
    ll_strbuf *out;
    bool ok;
} probing;

static void run_probe(void *data) {
    probing *b = data;
    ll_arena *a = ll_arena_new("probe");
    ir_unit unit = {0};
    fe_unit u = {.a = a, .scratch = a, .names = ll_intern_new(), .rq = b->like, .out = &unit};
    probe p = {.u = &u, .by_path = {.a = a}};
    const char *path = ll_path_join(a, ll_path_dir(a, b->like->file), FE_PREFIX_FILE);
    fe_init_maps(&u);
    CXIndex index = clang_createIndex(0, 0);
    u.tu = fe_prefix_parse(&u, index, path, b->text, CXTranslationUnit_DetailedPreprocessingRecord);
    if (u.tu) {
        p.main_file = clang_getFile(u.tu, path);
        clang_visitChildren(clang_getTranslationUnitCursor(u.tu), visit, &p);
        while (p.open.n) close_level(&p);
        put_all(&p, b->out);
        clang_disposeTranslationUnit(u.tu);
    }
    b->ok = u.tu != NULL;
    clang_disposeIndex(index);
    fe_map_clear(&p.by_path);
    fe_clear_maps(&u);
    ll_intern_free(u.names);
    ll_arena_free(a);
}

bool fe_prefix_probe(const fe_request *like, const char *text, ll_strbuf *out, ll_err *err) {
    probing b = {.like = like, .text = text, .out = out};
    return fe_run(run_probe, &b, err) && (b.ok || ll_fail(err, LL_E_INPUT, "the system's headers do not parse"));
}

static const char **get_names(ll_reader *r, ll_arena *a, uint32_t *n) {
    *n = ll_get_count(r, 1);
    const char **v = LL_NEWN(a, const char *, *n + 1);
    for (uint32_t i = 0; i < *n; i++) {
        v[i] = ll_get_str(r, a);
        if (!v[i]) v[i] = "";
    }
    return v;
}

static uint32_t *get_numbers(ll_reader *r, ll_arena *a, uint32_t *n, uint32_t limit) {
    *n = ll_get_count(r, 1);
    uint32_t *v = LL_NEWN(a, uint32_t, *n + 1);
    for (uint32_t i = 0; i < *n; i++) v[i] = ll_get_below(r, limit);
    return v;
}

bool fe_prefix_probed(ll_arena *a, const void *bytes, size_t n, fe_probed *out) {
    ll_reader r = ll_reader_of(bytes, n);
    out->given = get_names(&r, a, &out->ngiven);
    out->nfiles = ll_get_count(&r, 6);
    out->files = LL_NEWN(a, fe_probed_file, out->nfiles + 1);
    for (uint32_t i = 0; i < out->nfiles && !r.bad; i++) {
        fe_probed_file *f = &out->files[i];
        f->path = ll_get_str(&r, a);
        f->is_system = ll_get_uint(&r) != 0;
        f->guarded = ll_get_uint(&r) != 0;
        f->brings = get_numbers(&r, a, &f->nbrings, out->nfiles);
        f->names = get_names(&r, a, &f->nnames);
        f->macros = get_names(&r, a, &f->nmacros);
    }
    out->nheaders = ll_get_count(&r, 2);
    out->headers = LL_NEWN(a, fe_probed_header, out->nheaders + 1);
    for (uint32_t i = 0; i < out->nheaders && !r.bad; i++) {
        fe_probed_header *h = &out->headers[i];
        h->name = ll_get_str(&r, a);
        h->files = get_numbers(&r, a, &h->nfiles, out->nfiles);
    }
    return !r.bad && r.p == r.end;
}
