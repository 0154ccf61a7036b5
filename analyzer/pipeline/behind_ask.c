/* What the system's headers bring, asked of the compiler once for all units to which they mean the same. */
#define _GNU_SOURCE
#include <string.h>

#include "base/sys.h"
#include "pipeline/behind_inside.h"

enum {
    WORTH_UNITS = 16, /* asking costs what reading five units does */
    WORTH_HEADERS = 2,
    MAX_SETTINGS = 16,
    MAX_BYTES = 16 << 20
};

known_header *behind_header(behind *b, behind_setting *s, const char *name, bool add) {
    known_header *h;
    HASH_FIND_STR(s->headers, name, h);
    if (h || !add) return h;
    h = LL_NEW(b->a, known_header);
    *h = (known_header){.name = ll_strdup(b->a, name)};
    HASH_ADD_KEYPTR(hh, s->headers, h->name, strlen(h->name), h);
    return h;
}

typedef struct asking {
    behind *b;
    behind_setting *v[MAX_SETTINGS];
    uint32_t n;
} asking;

static bool ask(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    const behind_setting *s = ((asking *)ctx)->v[i];
    ll_strbuf text = {0};
    ll_sb_add(&text, s->like->before);
    for (const known_header *h = s->headers; h; h = h->hh.next) ll_sb_printf(&text, "#include <%s>\n", h->name);
    bool ok = fe_prefix_probe(s->like->rq, ll_sb_str(&text), result, err);
    ll_sb_free(&text);
    return ok;
}

/* ---- files of the system ---- */

static void add_file(behind *b, file_list *to, uint16_t file) {
    if (!to->n || to->v[to->n - 1] != file) LL_PUSH(b->a, to, file);
}

static system_name *name_of(behind *b, const char *s, size_t n) {
    system_name *m;
    HASH_FIND(hh, b->names, s, (unsigned)n, m);
    if (m) return m;
    m = LL_NEW(b->a, system_name);
    *m = (system_name){.text = ll_strndup(b->a, s, n)};
    HASH_ADD_KEYPTR(hh, b->names, m->text, n, m);
    return m;
}

typedef struct reading {
    behind *b;
    system_file *f;
    uint16_t file;
} reading;

/* Words that no text of ours has do not matter. */
static void take_word(void *ctx, const fe_text_token *t) {
    const reading *r = ctx;
    if (t->kind == FE_TEXT_INCLUDE) LL_PUSH(r->b->a, &r->f->includes, name_of(r->b, t->s, t->n));
    bool word_like = t->kind == FE_TEXT_WORD || t->kind == FE_TEXT_MEMBER || t->kind == FE_TEXT_DEFINE;
    word *w = word_like || t->kind == FE_TEXT_TYPEDEF ? behind_word(r->b, t->s, t->n, false) : NULL;
    if (!w) return;
    add_file(r->b, &w->mentions, r->file);
    if (t->kind == FE_TEXT_DEFINE) add_file(r->b, &w->macros, r->file);
    w->undefined |= t->undef;
    if (t->kind == FE_TEXT_TYPEDEF) add_file(r->b, &w->names, r->file);
}

static system_file *file_at(behind *b, const char *path) {
    system_file *f;
    char *text;
    size_t n;
    HASH_FIND_STR(b->files, path, f);
    if (f) return f;
    f = LL_NEW(b->a, system_file);
    *f = (system_file){.path = ll_strdup(b->a, path), .number = (uint16_t)HASH_COUNT(b->files)};
    HASH_ADD_KEYPTR(hh, b->files, f->path, strlen(f->path), f);
    ll_arena *scratch = ll_arena_new("system header");
    f->readable = f->number < BEHIND_MAX_FILES && ll_read_file(scratch, path, MAX_BYTES, &text, &n, NULL);
    reading r = {b, f, f->number};
    if (f->readable) fe_text_scan(text, n, true, take_word, &r);
    ll_arena_free(scratch);
    return f;
}

static bool ends_with_name(const char *path, const char *name) {
    size_t n = strlen(path), k = strlen(name);
    return n > k && path[n - k - 1] == '/' && strcmp(path + n - k, name) == 0;
}

/* Which files of the system may be read with which, whatever conditions say: <sys/cdefs.h> includes <features.h> where
 * that has not been, which the compiler, having read it, does not tell. Of files without a guard it does tell, each
 * time anew. */
static void connect_files(behind *b) {
    for (system_name *m = b->names; m; m = m->hh.next)
        for (const system_file *f = b->files; f; f = f->hh.next)
            if (f->readable && f->guarded && ends_with_name(f->path, m->text)) file_set_add(&m->files, f->number);
    for (system_file *f = b->files; f; f = f->hh.next) {
        if (f->readable) file_set_add(&f->perhaps, f->number);
        for (uint32_t i = 0; f->guarded && i < f->includes.n; i++)
            file_set_add_all(&f->perhaps, &f->includes.v[i]->files);
    }
    for (bool more = true; more;) {
        more = false;
        for (system_file *f = b->files; f; f = f->hh.next)
            for (const system_file *g = b->files; g; g = g->hh.next)
                if (g->readable && file_set_has(&f->perhaps, g->number))
                    more |= file_set_add_all(&f->perhaps, &g->perhaps);
    }
    for (behind_setting *s = b->settings; s; s = s->hh.next)
        for (known_header *h = s->headers; h; h = h->hh.next)
            for (const system_file *g = b->files; g; g = g->hh.next)
                if (g->readable && file_set_has(&h->files, g->number)) file_set_add_all(&h->perhaps, &g->perhaps);
}

static void take_names(behind *b, const fe_probed_file *p, const system_file *f) {
    for (uint32_t i = 0; i < p->nnames; i++) {
        word *w = behind_word(b, p->names[i], strlen(p->names[i]), false);
        if (w) add_file(b, &w->names, f->number);
    }
    for (uint32_t i = 0; i < p->nmacros; i++) {
        word *w = behind_word(b, p->macros[i], strlen(p->macros[i]), false);
        if (w) add_file(b, &w->defines, f->number);
    }
}

static void give(behind *b, behind_setting *s, const char *const *names, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        given_macro *g = NULL;
        const word *w = behind_word(b, names[i], strlen(names[i]), false);
        if (w) HASH_FIND_PTR(s->given, &w, g);
        if (!w || g) continue;
        g = LL_NEW(b->a, given_macro);
        *g = (given_macro){.word = w};
        HASH_ADD_PTR(s->given, word, g);
    }
}

static void take_header(const fe_probed *p, system_file *const *files, const fe_probed_header *from, known_header *to) {
    to->usable = true;
    for (uint32_t i = 0; i < from->nfiles; i++) {
        const system_file *f = files[from->files[i]];
        bool counts = f && f->readable && p->files[from->files[i]].is_system;
        if (counts)
            file_set_add(&to->files, f->number);
        else
            to->usable = false;
    }
}

static void answered(void *ctx, uint32_t i, const void *bytes, size_t n, const ll_err *err) {
    const asking *q = ctx;
    behind *b = q->b;
    behind_setting *s = q->v[i];
    ll_arena *scratch = ll_arena_new("probe");
    fe_probed p;
    if (!err && fe_prefix_probed(scratch, bytes, n, &p)) {
        system_file **files = LL_NEWN(scratch, system_file *, p.nfiles + 1);
        for (uint32_t k = 0; k < p.nfiles; k++) {
            files[k] = p.files[k].is_system ? file_at(b, p.files[k].path) : NULL;
            if (files[k]) files[k]->guarded |= p.files[k].guarded;
            if (files[k])
                take_names(b, &p.files[k], files[k]);
            else
                give(b, s, p.files[k].macros, p.files[k].nmacros);
        }
        give(b, s, p.given, p.ngiven);
        for (uint32_t k = 0; k < p.nfiles; k++)
            for (uint32_t j = 0; files[k] && j < p.files[k].nbrings; j++) {
                const system_file *f = files[p.files[k].brings[j]];
                if (f && f->readable) file_set_add(&files[k]->perhaps, f->number);
            }
        for (uint32_t k = 0; k < p.nheaders; k++)
            if (p.headers[k].name) take_header(&p, files, &p.headers[k], behind_header(b, s, p.headers[k].name, true));
        s->asked = true;
    }
    ll_arena_free(scratch);
}

void behind_ask(behind *b, const workers_options *opt) {
    asking q = {.b = b};
    const workers_job job = {.ctx = &q, .work = ask, .done = answered};
    int stopped_by;
    ll_err err = {0};
    for (behind_setting *s = b->settings; s && q.n < MAX_SETTINGS; s = s->hh.next)
        if (s->units >= WORTH_UNITS && HASH_COUNT(s->headers) >= WORTH_HEADERS) q.v[q.n++] = s;
    if (q.n && workers_run(&job, q.n, opt, &stopped_by, &err)) connect_files(b);
}
