/* What people say of findings: accepted or false (into the tree's file of suppressions), confirmed; and what all that
 * makes of the rules. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "pipeline/suppressions.h"
#include "rulepack/ywrite.h"
#include "store/store.h"

enum { MOST_NAMED = 3, SHORT = 12, LEAST = 4, FEW_VERDICTS = 3 };

static const char header[] =
    "# Findings accepted by name: who reads the code next finds here what was decided and why.\n"
    "# `lifelint suppress FINGERPRINT --reason TEXT` adds an entry; take one out to see its finding again.\n";

static const char *root_of(ll_arena *a, const known_findings *k) {
    return ll_path_abs(a, NULL, k->root ? k->root : ".");
}

static bool open_known(ll_arena *a, const known_findings *k, bool read_only, store **out, ll_err *err) {
    const char *path = k->store_path ? k->store_path : ll_path_join(a, root_of(a, k), STORE_FILE);
    if (!ll_is_file(path))
        return ll_fail(err, LL_E_USAGE, "%s: no findings are known yet; run 'lifelint check' first", path);
    if (!store_open_file(path, read_only, out, err)) return false;
    if (k->store_path || store_check_home(*out, err)) return true;
    store_close(*out);
    *out = NULL;
    return false;
}

static bool load_known(ll_arena *a, const known_findings *k, finding_list *out, ll_err *err) {
    store *s = NULL;
    bool ok = open_known(a, k, true, &s, err) && store_findings(s, a, 0, out, err);
    if (s) store_close(s);
    return ok;
}

static size_t common(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}

/* "9fefc10ff562 (entry.c:61 libc-heap-leak)" */
static void add_name(const finding *f, ll_strbuf *out) {
    ll_sb_printf(out, "%.*s (%s:%d %s)", SHORT, f->fingerprint, f->loc.file, f->loc.line, f->rule_id);
}

static bool unknown(const char *wanted, const finding_list *l, ll_err *err) {
    const finding *nearest = NULL;
    size_t most = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        size_t n = common(wanted, l->items.v[i].fingerprint);
        if (n <= most) continue;
        most = n;
        nearest = &l->items.v[i];
    }
    if (!nearest)
        return ll_fail(err, LL_E_USAGE,
                       "no finding '%s' in the last runs; the line 'id:' of a finding has its fingerprint", wanted);
    ll_strbuf name = {0};
    add_name(nearest, &name);
    ll_fail(err, LL_E_USAGE, "no finding '%s' in the last runs; the nearest is %s", wanted, ll_sb_str(&name));
    ll_sb_free(&name);
    return false;
}

static bool ambiguous(const char *wanted, const finding_list *l, ll_err *err) {
    ll_strbuf names = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        if (strncmp(l->items.v[i].fingerprint, wanted, strlen(wanted)) != 0 || n++ >= MOST_NAMED) continue;
        if (names.n) ll_sb_add(&names, ", ");
        add_name(&l->items.v[i], &names);
    }
    ll_fail(err, LL_E_USAGE, "'%s' begins %u fingerprints; give more of it: %s%s", wanted, n, ll_sb_str(&names),
            n > MOST_NAMED ? ", …" : "");
    ll_sb_free(&names);
    return false;
}

/* The finding with this fingerprint or beginning of one. Equal fingerprints are one name. */
static bool find_one(ll_arena *a, const known_findings *k, const char *wanted, finding *out, ll_err *err) {
    finding_list l;
    const finding *found = NULL;
    if (strlen(wanted) < LEAST)
        return ll_fail(err, LL_E_USAGE, "'%s' is too short for a fingerprint; give at least %d digits of it", wanted,
                       LEAST);
    if (!load_known(a, k, &l, err)) return false;
    for (uint32_t i = 0; i < l.items.n; i++) {
        const finding *f = &l.items.v[i];
        if (strncmp(f->fingerprint, wanted, strlen(wanted)) != 0) continue;
        if (found && strcmp(found->fingerprint, f->fingerprint) != 0) return ambiguous(wanted, &l, err);
        found = f;
    }
    if (!found) return unknown(wanted, &l, err);
    *out = *found;
    return true;
}

static const char *today(ll_arena *a) {
    time_t now = time(NULL);
    struct tm t;
    char text[16];
    localtime_r(&now, &t);
    strftime(text, sizeof text, "%Y-%m-%d", &t);
    return ll_strdup(a, text);
}

static bool judge(ll_arena *a, const known_findings *k, const finding *f, store_verdict v, const char *reason,
                  ll_err *err) {
    store *s = NULL;
    bool ok =
        open_known(a, k, false, &s, err) && store_set_verdict(s, f->fingerprint, f->rule_id, v, reason, today(a), err);
    if (s) store_close(s);
    return ok;
}

/* The file as it is, or its first lines. */
static bool old_text(ll_arena *a, const char *path, ll_strbuf *out, ll_err *err) {
    char *text = NULL;
    size_t n = 0;
    if (!ll_is_file(path)) {
        ll_sb_add(out, header);
        return true;
    }
    if (!ll_read_file(a, path, YTREE_MAX_BYTES, &text, &n, err)) return false;
    ll_sb_addn(out, text, n);
    if (n && text[n - 1] != '\n') ll_sb_addc(out, '\n');
    return true;
}

static bool already(const suppress_entries *entries, const finding *f, ll_err *err) {
    for (uint32_t i = 0; i < entries->items.n; i++) {
        const suppress_entry *e = &entries->items.v[i];
        if (e->fingerprint && strcmp(e->fingerprint, f->fingerprint) == 0)
            return !ll_fail(err, LL_E_USAGE, "finding %.*s is suppressed already, at %s:%d; change it there", SHORT,
                            f->fingerprint, e->file, e->line);
    }
    return false;
}

/* Appends to the text and reads it as a run will: what was written by hand may be no block list. */
static bool append(ll_arena *a, ll_strbuf *text, const finding *f, const suppress_request *rq, ll_err *err) {
    const char *place = f->loc.file;
    const ywrite_pair pairs[] = {{"fingerprint", f->fingerprint, true},
                                 {"rule", f->rule_id, true},
                                 {"file", place, false},
                                 {"message", f->message, false},
                                 {"reason", rq->reason, false},
                                 {"until", rq->until, true},
                                 {"false", rq->is_false ? "true" : NULL, true}};
    uint32_t before = 0;
    for (int after = 0; after < 2; after++) {
        suppress_entries entries = {0};
        rulepack_problems *problems = rulepack_problems_new();
        const ynode *list =
            ytree_says_nothing(ll_sb_str(text)) ? NULL : ytree_read(a, SUPPRESSIONS_FILE, text->s, text->n, problems);
        if (list) suppressions_read(a, SUPPRESSIONS_FILE, SUPPRESSIONS_FILE, list, problems, &entries);
        bool ok = rulepack_first_problem(problems, err);
        rulepack_problems_free(problems);
        if (after && ok && entries.items.n != before + 1)
            ok = ll_fail(err, LL_E_USAGE, "%s: not a list of lines that begin with '- '; nothing was added",
                         SUPPRESSIONS_FILE);
        if (!ok || (!after && already(&entries, f, err))) return false;
        before = entries.items.n;
        if (!after && !ywrite_item(pairs, sizeof pairs / sizeof *pairs, text, err)) return false;
    }
    return true;
}

bool suppressions_add(ll_arena *a, const known_findings *k, const suppress_request *rq, finding *written, ll_err *err) {
    const char *path = ll_path_join(a, root_of(a, k), SUPPRESSIONS_FILE);
    ll_strbuf text = {0};
    if (rq->until && !suppress_is_date(rq->until))
        return ll_fail(err, LL_E_USAGE, "'%s' for --until, expected a day as YYYY-MM-DD", rq->until);
    if (rq->until && strcmp(rq->until, today(a)) < 0)
        return ll_fail(err, LL_E_USAGE, "--until %s is over already", rq->until);
    if (!find_one(a, k, rq->fingerprint, written, err)) return false;
    bool ok =
        old_text(a, path, &text, err) && append(a, &text, written, rq, err) && ll_write_file(path, text.s, text.n, err);
    ll_sb_free(&text);
    return ok && (!rq->is_false || judge(a, k, written, VERDICT_FALSE, rq->reason, err));
}

/* Somebody wrote down that it is wrong: both cannot be. */
static bool is_called_false(ll_arena *a, const known_findings *k, const finding *f, ll_err *err) {
    suppress_entries entries = {0};
    if (!suppressions_load(a, root_of(a, k), NULL, NULL, &entries, err)) return true;
    for (uint32_t i = 0; i < entries.items.n; i++) {
        const suppress_entry *e = &entries.items.v[i];
        if (!e->is_false || !e->fingerprint || strcmp(e->fingerprint, f->fingerprint) != 0) continue;
        return !ll_fail(err, LL_E_USAGE, "finding %.*s is suppressed as false, at %s:%d; take that entry out first",
                        SHORT, f->fingerprint, e->file, e->line);
    }
    return false;
}

bool suppressions_confirm(ll_arena *a, const known_findings *k, const char *fingerprint, finding *confirmed,
                          ll_err *err) {
    return find_one(a, k, fingerprint, confirmed, err) && !is_called_false(a, k, confirmed, err) &&
           judge(a, k, confirmed, VERDICT_CONFIRMED, NULL, err);
}

/* Days from the start of a run until now; -1 when the text is no time. */
static int32_t days_since(const char *started) {
    struct tm t = {0};
    if (!started || !strptime(started, "%Y-%m-%dT%H:%M:%SZ", &t)) return -1;
    double seconds = difftime(time(NULL), timegm(&t));
    return seconds < 0 ? 0 : (int32_t)(seconds / 86400);
}

static void add_row(rule_statistics *to, const store_rule_stats *row) {
    int32_t days = days_since(row->last_seen);
    to->hits += row->hits;
    to->present += row->present;
    to->suppressed += row->suppressed;
    to->judged_false += row->judged_false;
    to->judged_true += row->confirmed;
    if (days >= 0 && (to->days < 0 || days < to->days)) to->days = days;
}

static const char *proposal(ll_arena *a, const rule_statistics *s, int32_t known_days, uint32_t retire_after) {
    uint32_t judged = s->judged_false + s->judged_true;
    if (s->judged_false >= FEW_VERDICTS && s->judged_false * 2 > judged)
        return ll_printf(a, "retire or mend: %u of %u judged findings were false", s->judged_false, judged);
    int32_t idle = s->days >= 0 ? s->days : known_days;
    if (idle >= 0 && (uint32_t)idle >= retire_after)
        return s->hits ? ll_printf(a, "retire: no finding for %d days", idle)
                       : ll_printf(a, "retire: no finding in all %d days", idle);
    return NULL;
}

static rule_statistics *row_of(ll_arena *a, rule_statistics_list *out, const rule_set *rules, const char *reported) {
    rule_defect defect;
    const rule *r = pipeline_find_rule(rules, reported, &defect);
    if (r) return &out->items.v[r->index];
    LL_PUSH(a, &out->items, ((rule_statistics){.rule = reported, .days = -1}));
    return &out->items.v[out->items.n - 1];
}

bool pipeline_rule_statistics(ll_arena *a, const known_findings *k, const rule_set *rules, uint32_t retire_after,
                              rule_statistics_list *out, ll_err *err) {
    store *s = NULL;
    store_rules rows;
    store_runs runs;
    *out = (rule_statistics_list){.days = -1};
    bool ok = open_known(a, k, true, &s, err) && store_rule_statistics(s, a, &rows, err) &&
              store_list_runs(s, a, 0, &runs, err);
    if (s) store_close(s);
    if (!ok) return false;
    for (uint32_t i = 0; i < rule_set_count(rules); i++)
        LL_PUSH(a, &out->items, ((rule_statistics){.rule = rule_set_at(rules, i)->id, .days = -1}));
    for (uint32_t i = 0; i < rows.items.n; i++) {
        if (strncmp(rows.items.v[i].rule, "lifelint-", 9) == 0) continue; /* about suppressions, not about code */
        add_row(row_of(a, out, rules, rows.items.v[i].rule), &rows.items.v[i]);
    }
    out->runs = runs.items.n;
    if (runs.items.n) out->days = days_since(runs.items.v[runs.items.n - 1].started);
    for (uint32_t i = 0; i < out->items.n; i++)
        out->items.v[i].proposal = proposal(a, &out->items.v[i], out->days, retire_after);
    return true;
}
