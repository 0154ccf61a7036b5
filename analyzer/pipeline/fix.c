#include "pipeline/fix.h"

#include <string.h>

#include "base/sys.h"
#include "finding/edits.h"
#include "output/snippet.h"
#include "pipeline/check.h"
#include "source/textdiff.h"

enum { MAX_ROUNDS = 16, LEAST_PREFIX = 6 };
#define MAX_TEXT_BYTES ((size_t)64 << 20)

typedef struct fixing {
    const fix_options *opt;
    fix_result *r;
    ll_arena *a;
    ll_strbuf *out;
    LL_ARRAY(const char *) done;          /* fingerprints whose edits were applied */
    LL_ARRAY(const char *) places, lines; /* one each: where it was, and what */
    LL_ARRAY(const char *) written;       /* files */
    LL_ARRAY(const char *) refused;
} fixing;

/* One round: the findings whose edits are applied together. */
typedef struct fix_round {
    check_result check;
    int64_t start; /* by the clock of the files */
    LL_ARRAY(const finding *) chosen;
} fix_round;

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

static bool overlaps(const fix_round *round, const finding *f) {
    for (uint32_t i = 0; i < round->chosen.n; i++) {
        const finding *g = round->chosen.v[i];
        for (uint32_t x = 0; x < f->nedits; x++)
            for (uint32_t y = 0; y < g->nedits; y++)
                if (finding_edits_overlap(&f->edits[x], &g->edits[y])) return true;
    }
    return false;
}

static bool is_refused(const fixing *x, const finding *f) {
    for (uint32_t i = 0; i < f->nedits; i++)
        if (contains(x->refused.v, x->refused.n, f->edits[i].file)) return true;
    return false;
}

static void choose(fixing *x, fix_round *round) {
    const finding_list *l = &round->check.findings;
    round->chosen.n = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (!is_wanted(x->opt, f) || !f->nedits || contains(x->done.v, x->done.n, f->fingerprint)) continue;
        if (!is_refused(x, f) && !overlaps(round, f)) LL_PUSH(x->a, &round->chosen, f);
    }
}

/* ---- files ---- */

static void refuse(fixing *x, const char *file, const char *why) {
    LL_PUSH(x->a, &x->refused, ll_strdup(x->a, file));
    x->r->refused++;
    check_log(&x->opt->check, "not touched", file, why);
}

/* NULL: it may be written. */
static const char *objection(const fixing *x, const fix_round *round, const char *path, const ll_file_stat *st) {
    const char *root = ll_path_real(x->a, round->check.root), *real = ll_path_real(x->a, path);
    if (st->kind != LL_FILE_REGULAR) return "it is no file any more";
    if (ll_path_under(root, real) == real) return "it lies outside the root";
    if (st->modified_ns > round->start || st->changed_ns > round->start)
        return "it was changed while it was analysed; run lifelint fix again";
    return NULL;
}

static void edits_of(fixing *x, const fix_round *round, const char *file, const finding_edit ***out, uint32_t *n) {
    LL_ARRAY(const finding_edit *) edits = {0};
    for (uint32_t i = 0; i < round->chosen.n; i++)
        for (uint32_t k = 0; k < round->chosen.v[i]->nedits; k++)
            if (strcmp(round->chosen.v[i]->edits[k].file, file) == 0)
                LL_PUSH(x->a, &edits, &round->chosen.v[i]->edits[k]);
    *out = edits.v;
    *n = edits.n;
}

typedef struct change {
    const char *file, *path;
    char *before;
    size_t n;
    ll_strbuf after;
    ll_file_stat stat;
} change;

static bool make_change(fixing *x, const fix_round *round, const char *file, change *c) {
    const finding_edit **edits;
    uint32_t n;
    ll_err err = {0};
    *c = (change){.file = file, .path = ll_path_abs(x->a, round->check.root, file)};
    c->stat = ll_stat(c->path);
    const char *why = objection(x, round, c->path, &c->stat);
    edits_of(x, round, file, &edits, &n);
    if (!why && !ll_read_file(x->a, c->path, MAX_TEXT_BYTES, &c->before, &c->n, &err)) why = err.msg;
    if (!why && !finding_edits_apply(x->a, c->before, c->n, edits, n, &c->after))
        why = "the place to edit is not there";
    if (why) refuse(x, file, why);
    return !why;
}

static bool put_change(fixing *x, change *c, ll_err *err) {
    ll_file_stat now = ll_stat(c->path);
    if (x->opt->how == FIX_DIFF)
        return src_text_diff(c->file, c->before, c->n, ll_sb_str(&c->after), c->after.n, x->out, err);
    if (x->opt->how == FIX_LIST) return true;
    if (!ll_stat_equal(&now, &c->stat)) {
        refuse(x, c->file, "it was changed while it was analysed; run lifelint fix again");
        return true;
    }
    if (!ll_write_file(c->path, ll_sb_str(&c->after), c->after.n, err)) return false;
    if (!contains(x->written.v, x->written.n, c->file)) LL_PUSH(x->a, &x->written, ll_strdup(x->a, c->file));
    return true;
}

/* Every file of the chosen findings, each once. A finding that needs a file that may not be written is left out, and
 * with it its edits in other files: so all changes are made before the first is written. */
static bool apply(fixing *x, fix_round *round, ll_err *err) {
    LL_ARRAY(change) changes = {0};
    uint32_t refused;
    do {
        LL_ARRAY(const char *) files = {0};
        refused = x->refused.n;
        for (uint32_t i = 0; i < changes.n; i++) ll_sb_free(&changes.v[i].after);
        changes.n = 0;
        choose(x, round);
        for (uint32_t i = 0; i < round->chosen.n; i++)
            for (uint32_t k = 0; k < round->chosen.v[i]->nedits; k++) {
                const char *file = round->chosen.v[i]->edits[k].file;
                change c;
                if (contains(files.v, files.n, file)) continue;
                LL_PUSH(x->a, &files, file);
                if (make_change(x, round, file, &c)) LL_PUSH(x->a, &changes, c);
            }
    } while (x->refused.n > refused);
    bool ok = true;
    for (uint32_t i = 0; i < changes.n; i++) {
        ok = ok && put_change(x, &changes.v[i], err);
        ll_sb_free(&changes.v[i].after);
    }
    return ok;
}

static void note_applied(fixing *x, const fix_round *round) {
    for (uint32_t i = 0; i < round->chosen.n; i++) {
        const finding *f = round->chosen.v[i];
        ll_strbuf line = {0};
        snippet_escape(&line, f->message);
        ll_sb_printf(&line, " [%s]", f->rule_id);
        LL_PUSH(x->a, &x->lines, ll_strdup(x->a, line.s));
        LL_PUSH(x->a, &x->done, ll_strdup(x->a, f->fingerprint));
        LL_PUSH(x->a, &x->places, ll_printf(x->a, "%s:%d", f->loc.file, f->loc.line));
        ll_sb_free(&line);
    }
    x->r->applied = x->done.n;
}

/* ---- rounds ---- */

static bool check(const fixing *x, fix_round *round, ll_err *err) {
    round->start = ll_file_clock_ns();
    return pipeline_check(&x->opt->check, &round->check, err);
}

static bool is_reported(const finding_list *l, const char *fingerprint) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (strcmp(l->items.v[i].fingerprint, fingerprint) == 0) return !l->items.v[i].suppressed;
    return false;
}

/* After the last round: which are gone. */
static void tell(fixing *x, const fix_round *round) {
    const finding_list *l = &round->check.findings;
    bool written = x->opt->how == FIX_WRITE;
    for (uint32_t i = 0; i < l->items.n; i++)
        x->r->without += !l->items.v[i].nedits && is_wanted(x->opt, &l->items.v[i]);
    for (uint32_t i = 0; i < x->done.n; i++) {
        bool left = written && is_reported(l, x->done.v[i]);
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
    fixing x = {.opt = opt, .r = r, .a = ll_arena_new("fix"), .out = out};
    fix_round round = {0};
    *r = (fix_result){0};
    bool more = true;
    bool ok = check_arguments(opt, err) && check(&x, &round, err) &&
              every_fingerprint_is_known(opt, &round.check.findings, err);
    for (uint32_t i = 0; ok && more && i < MAX_ROUNDS; i++) {
        ok = apply(&x, &round, err);
        more = round.chosen.n > 0 && opt->how == FIX_WRITE;
        if (ok) note_applied(&x, &round);
        if (!ok || !more) break;
        check_result_free(&round.check);
        ok = check(&x, &round, err);
    }
    if (ok) tell(&x, &round);
    r->files = x.written.n;
    check_result_free(&round.check);
    ll_arena_free(x.a);
    return ok;
}
