/* The findings of two states, told apart with the help of the states' texts. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/sys.h"
#include "finding/match_report.h"
#include "pipeline/diff.h"
#include "pipeline/diff_sides.h"

enum { MAX_TEXT_BYTES = 64 << 20 };

typedef struct text_row { /* a file of one side */
    const char *key;      /* the side's letter and the name */
    char *text;           /* NULL: not to be had */
    size_t n;
    UT_hash_handle hh;
} text_row;

typedef struct lines_row { /* a file of the base */
    const char *file;
    src_lines lines;
    UT_hash_handle hh;
} lines_row;

typedef struct pair {
    const char *before, *after;
} pair;

typedef struct names {
    const char **v;
    uint32_t n, cap;
} names;

typedef struct texts {
    const diff_run *d;
    ll_arena *a;
    pair *renamed;
    uint32_t nrenamed;
    names defined[2]; /* USRs at the base and now, sorted */
    text_row *rows;
    lines_row *lines;
} texts;

static int by_before(const void *x, const void *y) {
    return strcmp(((const pair *)x)->before, ((const pair *)y)->before);
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static const char *renamed(void *ctx, const char *file) {
    const texts *t = ctx;
    const pair key = {file, NULL};
    const pair *hit = t->nrenamed ? bsearch(&key, t->renamed, t->nrenamed, sizeof key, by_before) : NULL;
    return hit ? hit->after : file;
}

static bool text_of(void *ctx, bool now, const char *file, const char **text, size_t *n) {
    texts *t = ctx;
    text_row *row = NULL;
    const char *key = ll_printf(t->a, "%c%s", now ? 'n' : 'b', file);
    HASH_FIND_STR(t->rows, key, row);
    if (!row) {
        row = LL_NEW(t->a, text_row);
        row->key = key;
        const diff_side *side = now ? &t->d->head : &t->d->base;
        const char *path = ll_path_abs(t->a, t->d->root, file);
        if (!src_overlay_read(side->view, t->a, path, MAX_TEXT_BYTES, &row->text, &row->n, NULL)) row->text = NULL;
        HASH_ADD_KEYPTR(hh, t->rows, row->key, (unsigned)strlen(row->key), row);
    }
    *text = row->text;
    *n = row->n;
    return row->text != NULL;
}

static int32_t line_of(void *ctx, const char *file, int32_t line) {
    texts *t = ctx;
    lines_row *row = NULL;
    HASH_FIND_STR(t->lines, file, row);
    if (!row) {
        const char *before, *after;
        size_t n, m;
        row = LL_NEW(t->a, lines_row);
        row->file = file;
        if (text_of(ctx, false, file, &before, &n) && text_of(ctx, true, renamed(ctx, file), &after, &m))
            row->lines = src_git_lines(t->a, before, n, after, m);
        HASH_ADD_KEYPTR(hh, t->lines, row->file, (unsigned)strlen(row->file), row);
    }
    return line >= 1 && line <= row->lines.n ? row->lines.map[line - 1] : 0;
}

static bool defines(void *ctx, bool now, const char *usr) {
    const texts *t = ctx;
    const names *all = &t->defined[now];
    return all->n && bsearch(&usr, all->v, all->n, sizeof usr, by_text);
}

static names defined_in(ll_arena *a, const pipeline_analysis *p) {
    names all = {0};
    for (uint32_t i = 0; p && i < p->nunits; i++) {
        const ir_unit *u = p->units[i].unit;
        for (uint32_t k = 0; u && k < u->funcs.n; k++) LL_PUSH(a, &all, u->funcs.v[k]->usr);
    }
    if (all.n) qsort(all.v, all.n, sizeof *all.v, by_text);
    return all;
}

static void list_renamed(texts *t) {
    const src_deltas *deltas = &t->d->deltas;
    t->renamed = LL_NEWN(t->a, pair, deltas->items.n);
    for (uint32_t i = 0; i < deltas->items.n; i++) {
        const src_delta *x = &deltas->items.v[i];
        if (x->kind == SRC_DELTA_RENAMED)
            t->renamed[t->nrenamed++] = (pair){diff_spelling(t->d, x->before), diff_spelling(t->d, x->after)};
    }
    if (t->nrenamed) qsort(t->renamed, t->nrenamed, sizeof *t->renamed, by_before);
}

/* ---- what one side could not see ---- */

static bool is_poor(const facts_unit *u) {
    return !u->unit || check_first_error(u->unit);
}

/* A unit that was read worse on one side than on the other lacks findings there, which are not new or fixed for that.
 * Main files, as findings spell them; `poor` the side in question. */
static names unsure_files(const diff_run *d, texts *t, const diff_side *poor, const diff_side *other) {
    names out = {0}, good = {0};
    for (uint32_t i = 0; other->analysis && i < other->units.requests.n; i++)
        if (!is_poor(&other->analysis->units[i]))
            LL_PUSH(d->a, &good, pipeline_relative(d->a, d->root, other->units.requests.v[i].file));
    if (good.n) qsort(good.v, good.n, sizeof *good.v, by_text);
    for (uint32_t i = 0; poor->analysis && i < poor->units.requests.n; i++) {
        const char *file = pipeline_relative(d->a, d->root, poor->units.requests.v[i].file);
        if (!is_poor(&poor->analysis->units[i])) continue;
        const char *there = poor == &d->base ? renamed(t, file) : file;
        if (poor == &d->base ? good.n && bsearch(&there, good.v, good.n, sizeof there, by_text) : true)
            LL_PUSH(d->a, &out, there);
    }
    if (out.n) qsort(out.v, out.n, sizeof *out.v, by_text);
    return out;
}

static bool holds(const names *all, const char *file) {
    return file && all->n && bsearch(&file, all->v, all->n, sizeof file, by_text);
}

static void leave_out_unsure(diff_run *d, texts *t, match_result *m) {
    names base = unsure_files(d, t, &d->base, &d->head), head = unsure_files(d, t, &d->head, &d->base);
    uint32_t left = 0;
    for (uint32_t i = 0; i < d->head.findings.items.n; i++) {
        if (!m->is_new[i] || !holds(&base, d->head.findings.items.v[i].loc.file)) continue;
        m->is_new[i] = false;
        left++;
    }
    m->n_new -= left;
    m->n_unchanged += left;
    if (left && !d->opt->quiet)
        check_log(d->opt, "note", NULL,
                  ll_printf(d->a, "%u finding%s in %s%s not called new: the base does not compile cleanly there", left,
                            left == 1 ? "" : "s", base.v[0],
                            base.n > 1  ? " and other files are"
                            : left == 1 ? " is"
                                        : " are"));
    for (uint32_t i = 0; i < d->base.findings.items.n; i++) {
        const char *file = renamed(t, d->base.findings.items.v[i].loc.file);
        if (!m->is_fixed[i] || !holds(&head, file)) continue;
        m->is_fixed[i] = false;
        m->n_fixed--;
    }
}

static void take_over(check_result *r, const char *against, const finding_list *before, const match_result *m) {
    r->gone = (finding_list){0};
    for (uint32_t i = 0; i < before->items.n; i++)
        if (m->is_fixed[i]) LL_PUSH(r->arena, &r->gone.items, before->items.v[i]);
    r->run.gone = &r->gone;
    r->compared = r->summary.compared = true;
    r->summary.against = against;
    r->run.is_new = m->is_new;
    r->run.n_gone = r->summary.n_gone = m->n_fixed;
    r->summary.n_new = m->n_new;
    r->summary.n_unchanged = m->n_unchanged;
}

/* New, but reported at a commit that is in the base's own history: it was fixed in between and is back. Needs the
 * store; what it does not know is plainly new. */
static void find_reopened(diff_run *d) {
    check_result *r = d->r;
    bool *is_reopened = LL_NEWN(r->arena, bool, r->findings.items.n);
    r->run.is_reopened = is_reopened;
    for (uint32_t i = 0; d->db.store && i < r->findings.items.n; i++) {
        store_commits commits;
        if (!r->run.is_new[i]) continue;
        if (!store_commits_with(d->db.store, d->a, r->findings.items.v[i].fingerprint, &commits, NULL)) return;
        for (uint32_t k = 0; k < commits.items.n && !is_reopened[i]; k++)
            is_reopened[i] = strcmp(commits.items.v[k], d->base.state.commit) != 0 &&
                             src_git_is_ancestor(d->git, commits.items.v[k], &d->base.state);
        r->summary.n_reopened += is_reopened[i];
    }
}

void diff_compare(diff_run *d) {
    texts t = {.d = d, .a = d->a};
    const match_texts how = {&t, renamed, line_of, text_of, defines};
    list_renamed(&t);
    t.defined[0] = defined_in(d->a, d->base.analysis);
    t.defined[1] = defined_in(d->a, d->head.analysis);
    match_result m = finding_match(d->a, &d->base.findings, &d->head.findings, &how);
    leave_out_unsure(d, &t, &m);
    const char *base = d->opt->against.base ? d->opt->against.base : "HEAD";
    take_over(d->r, base, &d->base.findings, &m);
    if (d->base.state.commit[0]) d->r->run.base = ll_strdup(d->r->arena, d->base.state.commit);
    find_reopened(d);
    HASH_CLEAR(hh, t.rows);
    HASH_CLEAR(hh, t.lines);
}

/* Of a report by what it reports. */
static const char *name_of(ll_arena *a, const finding_list *l) {
    ll_hash h = {0};
    for (uint32_t i = 0; i < l->items.n; i++)
        if (l->items.v[i].fingerprint)
            h = ll_hash_join(h, ll_hash_of(l->items.v[i].fingerprint, strlen(l->items.v[i].fingerprint)));
    return ll_printf(a, "report %016llx%016llx", (unsigned long long)h.hi, (unsigned long long)h.lo);
}

bool diff_with_report(const check_options *opt, check_result *r, ll_err *err) {
    finding_list before;
    if (!match_read_report(r->arena, opt->against.baseline, &before, err)) return false;
    match_result m = finding_match(r->arena, &before, &r->findings, NULL);
    take_over(r, opt->against.baseline, &before, &m);
    r->run.base = name_of(r->arena, &before);
    return true;
}
