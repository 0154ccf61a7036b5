/* Own text as segments of words between includes and conditions, each file once. */
#include <ctype.h>
#include <string.h>

#include "base/sys.h"
#include "pipeline/behind_inside.h"

enum { MAX_BYTES = 16 << 20 };

size_t behind_word_length(const char *p) {
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_') n++;
    return n;
}

word *behind_word(behind *b, const char *s, size_t n, bool add) {
    word *w;
    HASH_FIND(hh, b->words, s, (unsigned)n, w);
    if (w || !add) return w;
    w = LL_NEW(b->a, word);
    *w = (word){.text = ll_strndup(b->a, s, n)};
    HASH_ADD_KEYPTR(hh, b->words, w->text, n, w);
    return w;
}

typedef struct reading {
    behind *b;
    behind_text *t;
} reading;

static segment *segment_of(reading *r) {
    behind_text *t = r->t;
    if (t->events.n && t->events.v[t->events.n - 1].segment) return t->events.v[t->events.n - 1].segment;
    segment *s = LL_NEW(r->b->a, segment);
    *s = (segment){.resolved = false};
    r->b->segments++;
    LL_PUSH(r->b->a, &t->events, (event){.kind = FE_TEXT_WORD, .segment = s});
    return s;
}

static void add_word(reading *r, const fe_text_token *t) {
    segment *s = segment_of(r);
    word *w = behind_word(r->b, t->s, t->n, true);
    uint32_t serial = r->b->segments;
    if (t->kind == FE_TEXT_WORD && w->used != serial) {
        w->used = serial;
        LL_PUSH(r->b->a, &s->uses, w);
    } else if (t->kind == FE_TEXT_MEMBER && w->member != serial) {
        w->member = serial;
        LL_PUSH(r->b->a, &s->members, w);
    } else if (t->kind == FE_TEXT_DEFINE && w->defined != serial) {
        w->defined = serial;
        LL_PUSH(r->b->a, &s->defines, w);
    }
    if (t->kind == FE_TEXT_DEFINE && t->undef) LL_PUSH(r->b->a, &s->undefines, w);
}

static bool is_library(const char *name) {
    fe_step *v;
    ll_arena *scratch = ll_arena_new("step");
    const char *text = ll_printf(scratch, "#include <%s>\n", name);
    bool is = fe_prefix_steps(scratch, text, strlen(text), &v) == 1 && v[0].commutes;
    ll_arena_free(scratch);
    return is;
}

static void take(void *ctx, const fe_text_token *t) {
    reading *r = ctx;
    event e = {.kind = t->kind, .quoted = t->quoted, .inside = t->inside};
    if (t->kind == FE_TEXT_WORD || t->kind == FE_TEXT_MEMBER || t->kind == FE_TEXT_DEFINE) {
        add_word(r, t);
        return;
    }
    if (t->kind == FE_TEXT_ONCE) r->t->once = true;
    if (t->kind == FE_TEXT_TYPEDEF || t->kind == FE_TEXT_ONCE) return;
    if (t->kind == FE_TEXT_INCLUDE || t->kind == FE_TEXT_IF || t->kind == FE_TEXT_ELIF)
        e.text = ll_strndup(r->b->a, t->s, t->n);
    if (t->kind == FE_TEXT_INCLUDE) e.of_library = !t->quoted && is_library(e.text);
    LL_PUSH(r->b->a, &r->t->events, e);
}

/* "#ifndef G" and "#define G" before anything else; then G is no word of the first segments. */
static void find_guard(behind *b, behind_text *t) {
    const event *e = t->events.v;
    if (t->events.n < 3 || !e[0].segment || e[1].kind != FE_TEXT_IF || !e[2].segment) return;
    segment *before = e[0].segment, *after = e[2].segment;
    if (strncmp(e[1].text, "ifndef ", 7) != 0 || before->uses.n != 1 || before->members.n || before->defines.n) return;
    const word *w = behind_word(b, e[1].text + 7, strlen(e[1].text) - 7, false);
    if (w != before->uses.v[0] || !after->defines.n || after->defines.v[0] != w) return;
    before->uses.n = 0;
    t->guard = w;
    t->once = true;
}

behind_text *behind_text_of(behind *b, const char *path, const char *source, size_t n) {
    behind_text *t = LL_NEW(b->a, behind_text);
    reading r = {b, t};
    *t = (behind_text){.path = ll_strdup(b->a, path)};
    t->folder = ll_path_dir(b->a, path);
    fe_text_scan(source, n, false, take, &r);
    return t;
}

behind_text *behind_text_at(behind *b, const char *path) {
    behind_text *t;
    char *source;
    size_t n;
    HASH_FIND_STR(b->texts, path, t);
    if (t) return t;
    ll_arena *scratch = ll_arena_new("header");
    if (ll_read_file(scratch, path, MAX_BYTES, &source, &n, NULL)) {
        t = behind_text_of(b, path, source, n);
        find_guard(b, t);
        HASH_ADD_KEYPTR(hh, b->texts, t->path, strlen(t->path), t);
    }
    ll_arena_free(scratch);
    return t;
}

/* When all is known of the system's files. */
void behind_resolve(behind *b, segment *s) {
    if (s->resolved) return;
    s->resolved = true;
    for (uint32_t i = 0; i < s->uses.n; i++) {
        file_set_add_list(&s->macros, &s->uses.v[i]->macros);
        if (s->uses.v[i]->names.n) LL_PUSH(b->a, &s->names, s->uses.v[i]);
    }
    for (uint32_t i = 0; i < s->members.n; i++) file_set_add_list(&s->macros, &s->members.v[i]->macros);
    for (uint32_t i = 0; i < s->defines.n; i++) {
        file_set_add_list(&s->mentions, &s->defines.v[i]->mentions);
        file_set_add_list(&s->mentions, &s->defines.v[i]->names);
    }
}
