#include "pipeline/fix.h"

#include <string.h>

#include "base/sys.h"
#include "finding/edits.h"
#include "output/snippet.h"
#include "pipeline/check.h"
#include "pipeline/mend.h"
#include "source/textdiff.h"

enum { MAX_ROUNDS = 16, LEAST_PREFIX = 6 };
#define MAX_TEXT_BYTES ((size_t)64 << 20)

/* A file as it will be: the edits of every round are made on its text here, and written at the end. */
typedef struct change {
    const char *file, *path;
    const char *before, *now, *next; /* on the disk; after the rounds so far; after this one, or NULL */
    size_t nbefore, nnow, nnext;
    ll_file_stat stat;
} change;

typedef struct fixing {
    const fix_options *opt;
    fix_result *r;
    ll_arena *a;
    ll_strbuf *out;
    check_result check;                   /* of the texts as they are by now */
    int64_t start;                        /* of the first one */
    LL_ARRAY(const finding *) chosen;     /* in this round: their edits are applied together */
    LL_ARRAY(const char *) done;          /* fingerprints whose edits were applied */
    LL_ARRAY(const char *) places, lines; /* one each: where it was, and what */
    LL_ARRAY(change) changes;
    LL_ARRAY(const char *) refused; /* files */
    LL_ARRAY(const char *) failed;  /* fingerprints whose edits left the defect, or made another */
    rule_set *rules;
} fixing;

static bool contains(const char *const *v, uint32_t n, const char *s) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(v[i], s) == 0) return true;
    return false;
}

/* ---- choosing ---- */

static bool is_wanted(const fix_options *opt, const finding *f) {
    bool rule = !opt->rules.n || contains(opt->rules.v, opt->rules.n, f->rule_id) ||
                (f->family_id && contains(opt->rules.v, opt->rules.n, f->family_id));
    bool id = !opt->fingerprints.n;
    for (uint32_t i = 0; i < opt->fingerprints.n; i++)
        id |= strncmp(f->fingerprint, opt->fingerprints.v[i], strlen(opt->fingerprints.v[i])) == 0;
    return rule && id && !f->suppressed;
}

static bool check_arguments(const fix_options *opt, ll_err *err) {
    for (uint32_t i = 0; i < opt->fingerprints.n; i++) {
        const char *id = opt->fingerprints.v[i];
        if (strlen(id) < LEAST_PREFIX || strspn(id, "0123456789abcdef") != strlen(id))
            return ll_fail(err, LL_E_USAGE,
                           "fix: '%s' is no fingerprint, nor %d digits of one; 'lifelint check' shows them", id,
                           LEAST_PREFIX);
    }
    return true;
}

static bool every_fingerprint_is_known(const fix_options *opt, const finding_list *l, ll_err *err) {
    for (uint32_t i = 0; i < opt->fingerprints.n; i++) {
        const char *id = opt->fingerprints.v[i];
        bool known = false;
        for (uint32_t k = 0; k < l->items.n; k++) known |= strncmp(l->items.v[k].fingerprint, id, strlen(id)) == 0;
        if (!known) return ll_fail(err, LL_E_USAGE, "fix: no finding %s now; 'lifelint check' shows them", id);
    }
    return true;
}

static bool overlaps(const fixing *x, const finding *f) {
    for (uint32_t i = 0; i < x->chosen.n; i++) {
        const finding *g = x->chosen.v[i];
        for (uint32_t k = 0; k < f->nedits; k++)
            for (uint32_t j = 0; j < g->nedits; j++)
                if (finding_edits_overlap(&f->edits[k], &g->edits[j])) return true;
    }
    return false;
}

static bool is_refused(const fixing *x, const finding *f) {
    for (uint32_t i = 0; i < f->nedits; i++)
        if (contains(x->refused.v, x->refused.n, f->edits[i].file)) return true;
    return false;
}

/* One fingerprint stands for all the places where a leak of one acquisition is lost: they are mended one by one. */
static bool is_leak(const finding *f) {
    return f->category != CAT_LIFECYCLE && f->nsteps && f->steps[f->nsteps - 1].kind == STEP_LOST;
}

static void choose(fixing *x) {
    const finding_list *l = &x->check.findings;
    x->chosen.n = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (!is_wanted(x->opt, f) || !f->nedits || contains(x->failed.v, x->failed.n, f->fingerprint)) continue;
        if (!is_leak(f) && contains(x->done.v, x->done.n, f->fingerprint)) continue;
        if (!is_refused(x, f) && !overlaps(x, f)) LL_PUSH(x->a, &x->chosen, f);
    }
}

/* ---- files ---- */

static void refuse(fixing *x, const char *file, const char *why) {
    LL_PUSH(x->a, &x->refused, ll_strdup(x->a, file));
    x->r->refused++;
    check_log(&x->opt->check, "not touched", file, why);
}

/* NULL: it may be written. */
static const char *objection(const fixing *x, const char *path, const ll_file_stat *st) {
    const char *root = ll_path_real(x->a, x->check.root), *real = ll_path_real(x->a, path);
    if (st->kind != LL_FILE_REGULAR) return "it is no file any more";
    if (ll_path_under(root, real) == real) return "it lies outside the root";
    if (st->modified_ns > x->start || st->changed_ns > x->start)
        return "it was changed while it was analysed; run lifelint fix again";
    return NULL;
}

/* NULL: it is refused. */
static change *change_of(fixing *x, const char *file) {
    for (uint32_t i = 0; i < x->changes.n; i++)
        if (strcmp(x->changes.v[i].file, file) == 0) return &x->changes.v[i];
    ll_err err = {0};
    char *text = NULL;
    change c = {.file = ll_strdup(x->a, file), .path = ll_path_abs(x->a, x->check.root, file)};
    c.stat = ll_stat(c.path);
    const char *why = objection(x, c.path, &c.stat);
    if (!why && !ll_read_file(x->a, c.path, MAX_TEXT_BYTES, &text, &c.nbefore, &err)) why = err.msg;
    if (why) {
        refuse(x, file, why);
        return NULL;
    }
    c.before = c.now = text;
    c.nnow = c.nbefore;
    LL_PUSH(x->a, &x->changes, c);
    return &x->changes.v[x->changes.n - 1];
}

static bool edit(fixing *x, change *c) {
    LL_ARRAY(const finding_edit *) edits = {0};
    ll_strbuf after = {0};
    for (uint32_t i = 0; i < x->chosen.n; i++)
        for (uint32_t k = 0; k < x->chosen.v[i]->nedits; k++)
            if (strcmp(x->chosen.v[i]->edits[k].file, c->file) == 0) LL_PUSH(x->a, &edits, &x->chosen.v[i]->edits[k]);
    bool ok = finding_edits_apply(x->a, c->now, c->nnow, edits.v, edits.n, &after);
    if (ok) {
        c->next = ll_strndup(x->a, ll_sb_str(&after), after.n);
        c->nnext = after.n;
    } else {
        refuse(x, c->file, "the place to edit is not there");
    }
    ll_sb_free(&after);
    return ok;
}

/* The next text of every file of the chosen findings. A finding that needs a file that may not be written is left out,
 * and with it its edits in other files: so every text is made before the first is taken. */
static void make_changes(fixing *x) {
    uint32_t refused;
    do {
        refused = x->refused.n;
        for (uint32_t i = 0; i < x->changes.n; i++) x->changes.v[i].next = NULL;
        choose(x);
        for (uint32_t i = 0; i < x->chosen.n; i++)
            for (uint32_t k = 0; k < x->chosen.v[i]->nedits; k++) {
                change *c = change_of(x, x->chosen.v[i]->edits[k].file);
                if (c && !c->next) edit(x, c);
            }
    } while (x->refused.n > refused);
}

/* ---- what comes of it ---- */

static bool check(fixing *x, src_overlay *view, check_result *out, ll_err *err) {
    check_options opt = x->opt->check;
    opt.view = view;
    opt.loaded = x->rules;
    opt.no_history = opt.no_history || view;
    if (!pipeline_check(&opt, out, err)) return false;
    mend_leaks(out->arena, out->root, out->view, x->rules, &out->findings);
    return true;
}

static const finding *find_reported(const finding_list *l, const char *fingerprint) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (strcmp(l->items.v[i].fingerprint, fingerprint) == 0)
            return l->items.v[i].suppressed ? NULL : &l->items.v[i];
    return NULL;
}

static int32_t count_lines(const char *text) {
    int32_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* The line that a place of the text before has in the one after. */
static int32_t moved_line(const fixing *x, const char *file, int32_t line) {
    int32_t by = 0;
    for (uint32_t i = 0; i < x->chosen.n; i++)
        for (uint32_t k = 0; k < x->chosen.v[i]->nedits; k++) {
            const finding_edit *e = &x->chosen.v[i]->edits[k];
            if (strcmp(e->file, file) == 0 && e->end_line <= line) by += count_lines(e->text) - (e->end_line - e->line);
        }
    return line + by;
}

static bool is_lost_there_still(const fixing *x, const finding *f, const finding_list *after) {
    const finding *g = find_reported(after, f->fingerprint);
    if (!g || !is_leak(g)) return g;
    const finding_loc *was = &f->steps[f->nsteps - 1].loc, *is = &g->steps[g->nsteps - 1].loc;
    int32_t line = moved_line(x, was->file, was->line);
    return is->line >= line - 1 && is->line <= line + 1;
}

/* Something is reported in the function that was not before. */
static bool makes_wrong(const fixing *x, const finding *f, const finding_list *after) {
    for (uint32_t i = 0; i < after->items.n; i++) {
        const finding *g = &after->items.v[i];
        bool here = strcmp(g->loc.file, f->loc.file) == 0 && (!g->function || strcmp(g->function, f->function) == 0);
        if (here && !g->suppressed && !find_reported(&x->check.findings, g->fingerprint)) return true;
    }
    return false;
}

static bool stands_trial(const fixing *x, const finding *f, const check_result *tried) {
    if (!is_leak(f)) return true;
    bool broken =
        tried->summary.failed_units > x->check.summary.failed_units || tried->partial_units > x->check.partial_units;
    return !broken && !is_lost_there_still(x, f, &tried->findings) && !makes_wrong(x, f, &tried->findings);
}

static void note_applied(fixing *x, const finding *f) {
    if (contains(x->done.v, x->done.n, f->fingerprint)) return;
    ll_strbuf line = {0};
    snippet_escape(&line, f->message);
    ll_sb_printf(&line, " [%s]", f->rule_id);
    LL_PUSH(x->a, &x->lines, ll_strdup(x->a, line.s));
    LL_PUSH(x->a, &x->done, ll_strdup(x->a, f->fingerprint));
    LL_PUSH(x->a, &x->places, ll_printf(x->a, "%s:%d", f->loc.file, f->loc.line));
    ll_sb_free(&line);
}

static void accept(fixing *x, check_result *tried) {
    for (uint32_t i = 0; i < x->chosen.n; i++) note_applied(x, x->chosen.v[i]);
    for (uint32_t i = 0; i < x->changes.n; i++) {
        change *c = &x->changes.v[i];
        if (!c->next) continue;
        c->now = c->next;
        c->nnow = c->nnext;
    }
    check_result_free(&x->check);
    x->check = *tried;
}

/* ---- rounds ---- */

/* Makes the texts of the next round and analyses them, without those edits that did not stand it. *more false: there is
 * nothing left to do. */
static bool run_round(fixing *x, bool *more, ll_err *err) {
    for (;;) {
        make_changes(x);
        *more = x->chosen.n > 0;
        if (!*more) return true;
        src_overlay *view = src_overlay_new();
        for (uint32_t i = 0; i < x->changes.n; i++) {
            const change *c = &x->changes.v[i];
            src_overlay_put(view, c->path, c->next ? c->next : c->now, c->next ? c->nnext : c->nnow);
        }
        src_overlay_settle(view);
        check_result tried;
        uint32_t failed = x->failed.n;
        bool ok = check(x, view, &tried, err);
        for (uint32_t i = 0; ok && i < x->chosen.n; i++) {
            const finding *f = x->chosen.v[i];
            if (!stands_trial(x, f, &tried)) LL_PUSH(x->a, &x->failed, ll_strdup(x->a, f->fingerprint));
        }
        if (ok && x->failed.n == failed) {
            accept(x, &tried);
            return true;
        }
        check_result_free(&tried);
        if (!ok) return false;
    }
}

static bool put_change(fixing *x, const change *c, ll_err *err) {
    if (c->now == c->before) return true;
    if (x->opt->how == FIX_DIFF) return src_text_diff(c->file, c->before, c->nbefore, c->now, c->nnow, x->out, err);
    if (x->opt->how == FIX_LIST) return true;
    ll_file_stat now = ll_stat(c->path);
    if (!ll_stat_equal(&now, &c->stat)) {
        refuse(x, c->file, "it was changed while it was analysed; run lifelint fix again");
        return true;
    }
    x->r->files++;
    return ll_write_file(c->path, c->now, c->nnow, err);
}

static void tell(fixing *x) {
    const finding_list *l = &x->check.findings;
    bool written = x->opt->how == FIX_WRITE;
    x->r->applied = x->done.n;
    for (uint32_t i = 0; i < l->items.n; i++)
        x->r->without +=
            is_wanted(x->opt, &l->items.v[i]) && !contains(x->done.v, x->done.n, l->items.v[i].fingerprint);
    for (uint32_t i = 0; i < x->done.n; i++) {
        bool left = find_reported(l, x->done.v[i]);
        x->r->left += left;
        if (x->opt->how == FIX_DIFF) continue;
        snippet_escape(x->out, x->places.v[i]);
        ll_sb_printf(x->out, ": %s: %s\n",
                     left      ? "still reported"
                     : written ? "mended"
                               : "would be mended",
                     x->lines.v[i]);
    }
}

bool pipeline_fix(const fix_options *opt, ll_strbuf *out, fix_result *r, ll_err *err) {
    fixing x = {.opt = opt, .r = r, .a = ll_arena_new("fix"), .out = out, .start = ll_wall_clock_ns()};
    *r = (fix_result){0};
    bool more = true;
    bool ok = check_arguments(opt, err) && pipeline_load_rules(&opt->check.rules, opt->check.log, &x.rules, err) &&
              check(&x, NULL, &x.check, err) && every_fingerprint_is_known(opt, &x.check.findings, err);
    for (uint32_t i = 0; ok && more && i < MAX_ROUNDS; i++) ok = run_round(&x, &more, err);
    for (uint32_t i = 0; ok && i < x.changes.n; i++) ok = put_change(&x, &x.changes.v[i], err);
    if (ok) tell(&x);
    check_result_free(&x.check);
    rule_set_free(x.rules);
    ll_arena_free(x.a);
    return ok;
}
