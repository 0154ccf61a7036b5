#include "finding/match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "finding/baseline.h"
#include "finding/fingerprint.h"

#define LIKE_ENOUGH 0.6

typedef struct item { /* a finding that has no partner yet */
    const finding *f;
    uint32_t index;
    const char *file; /* of its anchor, by its present name */
    const char *usr;  /* by the present name of its file */
    bool taken;
} item;

typedef struct matcher {
    ll_arena *a;
    const match_texts *t;
    item *old, *now;
    uint32_t nold, nnow;
    match_result *out;
} matcher;

/* ---- names across renamed files ---- */

static const char *present_file(const matcher *m, const char *file) {
    return file && m->t->renamed ? m->t->renamed(m->t->ctx, file) : file;
}

/* "c:dir/old.c@F@name" -> "c:dir/new.c@F@name" */
static const char *present_usr(const matcher *m, const char *usr) {
    if (!usr || !m->t->renamed || strncmp(usr, "c:", 2) != 0) return usr;
    const char *at = strchr(usr, '@');
    if (!at || at == usr + 2) return usr;
    const char *file = ll_strndup(m->a, usr + 2, (size_t)(at - usr - 2)), *present = present_file(m, file);
    return strcmp(file, present) == 0 ? usr : finding_fingerprint_rename(m->a, usr, present);
}

static bool equal(const char *x, const char *y) {
    return strcmp(x ? x : "", y ? y : "") == 0;
}

static bool same_function(const item *x, const item *y) {
    if (x->f->usr && *x->f->usr) return equal(x->usr, y->usr);
    return !(y->f->usr && *y->f->usr) && equal(x->file, y->file);
}

static bool same_resource(const item *x, const item *y) {
    return equal(x->f->rule_id, y->f->rule_id) && equal(x->f->role_acquire, y->f->role_acquire) &&
           equal(x->f->role_place, y->f->role_place);
}

/* ---- the stages: whether an old and a present finding may be partners ---- */

static double by_roles(const matcher *m, const item *x, const item *y) {
    (void)m;
    return same_function(x, y) && same_resource(x, y) && equal(x->f->role_exit, y->f->role_exit) &&
           x->f->ordinal == y->f->ordinal;
}

static double by_line(const matcher *m, const item *x, const item *y) {
    if (!m->t->line || !equal(x->f->rule_id, y->f->rule_id) || !equal(x->file, y->file) || !x->f->loc.file) return 0;
    return m->t->line(m->t->ctx, x->f->loc.file, x->f->loc.line) == y->f->loc.line;
}

static double by_resource(const matcher *m, const item *x, const item *y) {
    (void)m;
    return same_function(x, y) && same_resource(x, y);
}

static bool is_leak(const finding *f) {
    return f->category == CAT_LEAK || f->category == CAT_FD_LEAK || f->category == CAT_HANDLE_LEAK ||
           f->category == CAT_TIMER_LEAK || f->category == CAT_THREAD_LEAK;
}

static double by_leak(const matcher *m, const item *x, const item *y) {
    (void)m;
    return is_leak(x->f) && is_leak(y->f) && same_function(x, y) && equal(x->f->role_acquire, y->f->role_acquire) &&
           equal(x->f->role_place, y->f->role_place);
}

typedef struct words {
    const char *s, *end;
} words;

/* The next token without what is white; its length, 0 at the end. */
static size_t next_word(words *w, const char **word) {
    while (w->s < w->end && isspace((unsigned char)*w->s)) w->s++;
    *word = w->s;
    if (w->s >= w->end) return 0;
    if (!isalnum((unsigned char)*w->s) && *w->s != '_') return w->s++, 1;
    while (w->s < w->end && (isalnum((unsigned char)*w->s) || *w->s == '_')) w->s++;
    return (size_t)(w->s - *word);
}

static bool is_word(const char *word, size_t n, const char *name) {
    return name && strlen(name) == n && memcmp(word, name, n) == 0;
}

static bool line_of(const matcher *m, bool now, const finding_loc *l, words *out) {
    const char *text;
    size_t n;
    if (!m->t->text || !l->file || l->line < 1 || !m->t->text(m->t->ctx, now, l->file, &text, &n)) return false;
    const char *end = text + n;
    for (int32_t i = 1; i < l->line && text; i++) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (text) text++;
    }
    if (!text) return false;
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    *out = (words){text, stop ? stop : end};
    return true;
}

/* The anchors' lines read the same, but for white space and the places' names. */
static bool lines_alike(const matcher *m, const item *x, const item *y) {
    words p, q;
    if (!line_of(m, false, &x->f->loc, &p) || !line_of(m, true, &y->f->loc, &q)) return false;
    for (bool any = false;; any = true) {
        const char *s, *t;
        size_t n = next_word(&p, &s), k = next_word(&q, &t);
        if (!n && !k) return any;
        bool places = is_word(s, n, x->f->role_place) && is_word(t, k, y->f->role_place);
        if (!places && (n != k || memcmp(s, t, n) != 0)) return false;
    }
}

/* The variable at the front of a place ("req" of "req->buf"); its length. */
static size_t variable_of(const finding *f, const char **name) {
    words w = {f->role_place, f->role_place ? f->role_place + strlen(f->role_place) : NULL};
    size_t n = 0;
    while (w.s && (n = next_word(&w, name)) && !isalpha((unsigned char)**name) && **name != '_') continue;
    return w.s ? n : 0;
}

static bool mentions(const matcher *m, bool now, const item *in, const char *name, size_t len) {
    const char *text;
    size_t n;
    const finding_loc *l = &in->f->function_loc;
    return !l->file || !m->t->text(m->t->ctx, now, l->file, &text, &n) ||
           match_body_mentions(text, n, l->line, name, len);
}

/* The old variable is not in the function any more, and the new one was not. */
static bool is_renamed_variable(const matcher *m, const item *x, const item *y) {
    const char *p, *q;
    size_t n = variable_of(x->f, &p), k = variable_of(y->f, &q);
    return m->t->text && n && k && !mentions(m, true, y, p, n) && !mentions(m, false, x, q, k);
}

static double by_renamed_place(const matcher *m, const item *x, const item *y) {
    return same_function(x, y) && equal(x->f->rule_id, y->f->rule_id) &&
           equal(x->f->role_acquire, y->f->role_acquire) && (is_renamed_variable(m, x, y) || lines_alike(m, x, y));
}

static bool only_old(const matcher *m, const item *x) {
    return m->t->defines && x->usr && !m->t->defines(m->t->ctx, true, x->usr);
}

/* A static function of a file that was renamed is asked for by the name it had: see present_usr. */
static bool only_now(const matcher *m, const item *y) {
    if (!m->t->defines || !y->usr || m->t->defines(m->t->ctx, false, y->usr)) return false;
    for (uint32_t i = 0; i < m->nold; i++)
        if (equal(m->old[i].usr, y->usr)) return false;
    return true;
}

static double by_moved_function(const matcher *m, const item *x, const item *y) {
    const char *s, *t;
    size_t n, k;
    if (!same_resource(x, y) || !only_old(m, x) || !only_now(m, y)) return 0;
    if (x->f->function && equal(x->f->function, y->f->function)) return 2;
    if (!m->t->text || !x->f->function_loc.file || !y->f->function_loc.file) return 0;
    if (!m->t->text(m->t->ctx, false, x->f->function_loc.file, &s, &n)) return 0;
    if (!m->t->text(m->t->ctx, true, y->f->function_loc.file, &t, &k)) return 0;
    double like =
        match_bodies(s, n, x->f->function_loc.line, x->f->function, t, k, y->f->function_loc.line, y->f->function);
    return like >= LIKE_ENOUGH ? like : 0;
}

static double by_moved_code(const matcher *m, const item *x, const item *y) {
    return same_resource(x, y) && only_now(m, y) && lines_alike(m, x, y);
}

/* ---- pairing ---- */

typedef double (*stage)(const matcher *m, const item *x, const item *y);

/* Each present finding takes the best old one; of equally good ones the first, both lists being sorted. */
static void pair_up(matcher *m, stage likeness) {
    for (uint32_t i = 0; i < m->nnow; i++) {
        item *y = &m->now[i], *best = NULL;
        double most = 0;
        for (uint32_t k = 0; !y->taken && k < m->nold; k++) {
            item *x = &m->old[k];
            double like = x->taken ? 0 : likeness(m, x, y);
            if (like <= most) continue;
            most = like;
            best = x;
        }
        if (!best) continue;
        best->taken = y->taken = true;
        m->out->is_new[y->index] = m->out->is_fixed[best->index] = false;
    }
}

static item *items_of(matcher *m, const finding_list *l, bool now, const bool *open, uint32_t *n) {
    item *v = LL_NEWN(m->a, item, l->items.n);
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (!open[i] || f->suppressed) continue;
        v[*n] = (item){.f = f, .index = i, .file = f->loc.file, .usr = f->usr};
        if (!now) {
            v[*n].file = present_file(m, f->loc.file);
            v[*n].usr = present_usr(m, f->usr);
        }
        ++*n;
    }
    return v;
}

static baseline_item *baseline_items(matcher *m, const finding_list *l, bool now, bool suppressed, const bool *open,
                                     uint32_t **index, uint32_t *n) {
    baseline_item *v = LL_NEWN(m->a, baseline_item, l->items.n);
    *index = LL_NEWN(m->a, uint32_t, l->items.n);
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (f->suppressed != suppressed || (open && !open[i])) continue;
        v[*n] = (baseline_item){f->fingerprint, now ? f->loc.file : present_file(m, f->loc.file)};
        (*index)[(*n)++] = i;
    }
    return v;
}

/* Stage 1. What is suppressed now is neither new nor fixed. */
static void by_fingerprint(matcher *m, const finding_list *before, const finding_list *now) {
    uint32_t *old_index, *now_index, nold = 0, nnow = 0;
    baseline_item *old = baseline_items(m, before, false, false, NULL, &old_index, &nold);
    baseline_item *cur = baseline_items(m, now, true, false, NULL, &now_index, &nnow);
    baseline_diff d = baseline_compare(m->a, old, nold, cur, nnow);
    for (uint32_t i = 0; i < nold; i++) m->out->is_fixed[old_index[i]] = d.is_gone[i];
    for (uint32_t i = 0; i < nnow; i++) m->out->is_new[now_index[i]] = d.is_new[i];
    nold = nnow = 0;
    old = baseline_items(m, before, false, false, m->out->is_fixed, &old_index, &nold);
    cur = baseline_items(m, now, true, true, NULL, &now_index, &nnow);
    d = baseline_compare(m->a, old, nold, cur, nnow);
    for (uint32_t i = 0; i < nold; i++) m->out->is_fixed[old_index[i]] = d.is_gone[i];
}

static uint32_t count(const bool *v, uint32_t n) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++) found += v[i];
    return found;
}

match_result finding_match(ll_arena *a, const finding_list *before, const finding_list *now, const match_texts *texts) {
    static const match_texts none;
    static const stage stages[] = {by_roles,         by_line,           by_resource,  by_leak,
                                   by_renamed_place, by_moved_function, by_moved_code};
    match_result out = {LL_NEWN(a, bool, now->items.n), LL_NEWN(a, bool, before->items.n), 0, 0, 0};
    matcher m = {.a = a, .t = texts ? texts : &none, .out = &out};
    by_fingerprint(&m, before, now);
    m.old = items_of(&m, before, false, out.is_fixed, &m.nold);
    m.now = items_of(&m, now, true, out.is_new, &m.nnow);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) pair_up(&m, stages[i]);
    out.n_new = count(out.is_new, now->items.n);
    out.n_fixed = count(out.is_fixed, before->items.n);
    for (uint32_t i = 0; i < now->items.n; i++) out.n_unchanged += !now->items.v[i].suppressed && !out.is_new[i];
    return out;
}
