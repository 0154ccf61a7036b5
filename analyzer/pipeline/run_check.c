/* `check` from the plan to a stored, fingerprinted list of findings. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "output/snippet.h"
#include "pipeline/bodies.h"
#include "pipeline/check.h"
#include "pipeline/diff.h"
#include "pipeline/near.h"
#include "pipeline/outlines.h"
#include "pipeline/pipeline.h"
#include "pipeline/result.h"
#include "pipeline/suppressions.h"
#include "source/overlay_git.h"
#include "store/store.h"

enum { MAX_NOTES_SHOWN = 20, WORTH_KEEPING_MS = 250 };

/* Names and messages come out of the analysed sources: nothing in them may steer the terminal. */
void check_log(const check_options *opt, const char *what, const char *file, const char *text) {
    ll_strbuf line = {0};
    if (file) {
        snippet_escape(&line, file);
        ll_sb_add(&line, ": ");
    }
    snippet_escape(&line, text);
    fprintf(opt->log, "lifelint: %s: %s\n", what, ll_sb_str(&line));
    ll_sb_free(&line);
}

const ir_note *check_first_error(const ir_unit *u) {
    for (uint32_t i = 0; i < u->notes.n; i++)
        if (u->notes.v[i].kind == IR_NOTE_PARSE_ERROR) return &u->notes.v[i];
    return NULL;
}

static void log_notes(const check_options *opt, const check_result *r, const ir_unit *u) {
    for (uint32_t i = 0; i < u->notes.n; i++) {
        const ir_note *note = &u->notes.v[i];
        const char *file = pipeline_relative(r->arena, r->root, note->file);
        check_log(opt, note->kind == IR_NOTE_PARSE_ERROR ? "does not compile" : "left out",
                  ll_printf(r->arena, "%s:%d:%d", file, note->line, note->col), note->text);
    }
}

static const char *place_of_error(const check_result *r, const ir_unit *u, const ir_note *e) {
    if (!e->line) return e->text;
    if (strcmp(e->file, u->file) == 0) return ll_printf(r->arena, "line %d: %s", e->line, e->text);
    return ll_printf(r->arena, "%s:%d: %s", pipeline_relative(r->arena, r->root, e->file), e->line, e->text);
}

typedef struct unit_place {
    const char *file; /* as shown */
    uint32_t index;
} unit_place;

static int by_file(const void *x, const void *y) {
    const unit_place *a = x, *b = y;
    int d = strcmp(a->file, b->file);
    return d ? d : (a->index > b->index) - (a->index < b->index);
}

static bool note_failure(const check_options *opt, check_result *r, const facts_unit *u, output_failure *f) {
    const ir_note *error = u->unit ? check_first_error(u->unit) : NULL;
    f->partial = u->unit != NULL;
    if (!u->error.code && !error) return false;
    f->message = u->error.code ? u->error.msg : place_of_error(r, u->unit, error);
    if (u->error.code)
        r->summary.failed_units++;
    else
        r->partial_units++;
    if (u->error.code)
        check_log(opt, "not analysed", f->file, f->message);
    else if (opt->verbose)
        log_notes(opt, r, u->unit);
    else if (!opt->quiet && r->partial_units <= MAX_NOTES_SHOWN)
        check_log(opt, "analysed in part", f->file, f->message);
    return true;
}

void check_gather_failures(const check_options *opt, const plan *units, check_result *r) {
    LL_ARRAY(output_failure) failures = {0};
    LL_ARRAY(unit_place) order = {0};
    for (uint32_t i = 0; i < units->requests.n; i++)
        LL_PUSH(r->arena, &order, (unit_place){pipeline_relative(r->arena, r->root, units->requests.v[i].file), i});
    if (order.n) qsort(order.v, order.n, sizeof *order.v, by_file);
    for (uint32_t i = 0; i < order.n; i++) {
        output_failure f = {.file = order.v[i].file};
        if (note_failure(opt, r, &r->analysis.units[order.v[i].index], &f)) LL_PUSH(r->arena, &failures, f);
    }
    r->run.failures = failures.v;
    r->run.nfailures = failures.n;
    if (opt->verbose || !r->partial_units || (!opt->quiet && r->partial_units <= MAX_NOTES_SHOWN)) return;
    fprintf(opt->log, "lifelint: %u units analysed in part; --verbose says why\n", r->partial_units);
}

static int by_word(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* " name a b c", each word once and sorted: however it was typed, it reads the same. */
static void add_words(ll_arena *a, const char *name, pipeline_words words, ll_strbuf *out) {
    if (!words.n) return;
    const char **sorted = ll_memdup(a, words.v, words.n * sizeof *words.v);
    qsort(sorted, words.n, sizeof *sorted, by_word);
    ll_sb_printf(out, "%s%s", out->n ? " " : "", name);
    for (uint32_t i = 0; i < words.n; i++)
        if (!i || strcmp(sorted[i], sorted[i - 1]) != 0) ll_sb_printf(out, " %s", sorted[i]);
}

/* What chose among the findings, NULL when nothing did: see store_run.options. */
static const char *chosen(ll_arena *a, const check_options *opt) {
    ll_strbuf b = {0};
    if (opt->confidence != CONFIDENCE_MEDIUM)
        ll_sb_printf(&b, "confidence %s", finding_confidence_name(opt->confidence));
    add_words(a, "disable", opt->rules.disable, &b);
    add_words(a, "enable", opt->rules.enable, &b);
    if (opt->rules.experimental) ll_sb_add(&b, b.n ? " experimental" : "experimental");
    const char *text = b.n ? ll_strdup(a, b.s) : NULL;
    ll_sb_free(&b);
    return text;
}

/* The commit whose files these are, with a "+" when the work tree differs from it; NULL: no git, or before the first.
 */
static const char *commit_of_disk(check_result *r) {
    src_git *g = NULL;
    src_state s = {0};
    const char *commit = NULL;
    if (src_git_open(r->root, &g, NULL) && src_git_disk(g, &s, NULL) && s.commit[0])
        commit = ll_printf(r->arena, "%s%s", s.commit, s.dirty ? "+" : "");
    src_git_free(g);
    return commit;
}

static const char *utc_now(ll_arena *a) {
    time_t now = time(NULL);
    struct tm t;
    char text[32];
    gmtime_r(&now, &t);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &t);
    return ll_strdup(a, text);
}

/* A store that cannot be used costs the comparison, not the findings: one line, and the run goes on. */
void check_open_database(const check_options *opt, const check_result *r, check_database *db) {
    ll_err err = {0};
    bool ok, here = strcmp(r->root, ll_path_abs(r->arena, NULL, ".")) == 0;
    *db = (check_database){0};
    if (opt->no_store) return;
    db->shown = here ? STORE_FILE : ll_path_join(r->arena, r->root, STORE_FILE);
    if (!opt->store_path) {
        ok = store_open(r->root, &db->store, &err);
    } else {
        db->shown = opt->store_path;
        ok = ll_make_dirs(ll_path_dir(r->arena, ll_path_abs(r->arena, NULL, opt->store_path)), &err) &&
             store_open_file(opt->store_path, false, &db->store, &err) &&
             (store_check_home(db->store, &(ll_err){0}) || store_adopt(db->store, &err));
    }
    if (!ok) check_log(opt, "findings are not stored", NULL, err.msg);
}

static seen_answer look(void *ctx, const char *path, const char **bytes, size_t *n) {
    static const seen_answer answers[] = {
        [SRC_OVERLAY_NONE] = SEEN_ON_DISK, [SRC_OVERLAY_BYTES] = SEEN_IN_MEMORY, [SRC_OVERLAY_HIDDEN] = SEEN_ABSENT};
    return answers[src_overlay_find(ctx, path, bytes, n)];
}

static const char *const *names(void *ctx, const char *dir, uint32_t *n) {
    return src_overlay_names(ctx, dir, n);
}

seen_view check_seen_view(src_overlay *view) {
    return (seen_view){.ctx = view, .look = look, .names = names};
}

void check_open_cache(check_database *db, src_overlay *view) {
    db->view = check_seen_view(view);
    if (db->store) db->cache = facts_cache_new(db->store, view ? &db->view : NULL);
}

void check_close_cache(const check_options *opt, check_database *db) {
    facts_cache_write(db->cache);
    const ll_err *trouble = db->cache ? facts_cache_error(db->cache) : NULL;
    if (trouble) check_log(opt, "nothing is kept for the next run", NULL, trouble->msg);
    facts_cache_free(db->cache);
    db->cache = NULL;
}

void check_close_database(const check_options *opt, check_database *db) {
    check_close_cache(opt, db);
    if (db->store) store_close(db->store);
    *db = (check_database){0};
}

bool check_load_rules(const check_options *opt, check_result *r, ll_err *err) {
    pipeline_rules rules = opt->rules;
    rules.solve_only = true;
    if (!r->rules && !opt->loaded && !pipeline_load_rules(&rules, opt->log, &r->own_rules, err)) return false;
    if (!r->rules) r->rules = opt->loaded ? opt->loaded : r->own_rules;
    return true;
}

bool check_load_entries(const check_options *opt, const src_overlay *view, check_result *r, ll_err *err) {
    for (uint32_t i = 0; opt->suppress && i < opt->suppress->items.n; i++)
        LL_PUSH(r->arena, &r->entries.items, opt->suppress->items.v[i]);
    bool any = r->entries.items.n || view || ll_is_file(ll_path_join(r->arena, r->root, SUPPRESSIONS_FILE));
    if (any && !check_load_rules(opt, r, err)) return false; /* entries name rules */
    return suppressions_load(r->arena, r->root, view, r->rules, &r->entries, err);
}

static void save(const check_options *opt, const plan *units, const check_database *db, const finished *f,
                 const char *commit, check_result *r) {
    ll_err err = {0};
    store_change change = {0};
    if (!db->store || r->analysis.stopped_by || opt->against.staged || opt->no_history) return;
    store_run run = {.started = utc_now(r->arena),
                     .tool_version = opt->tool_version,
                     .rules_hash = ll_printf(r->arena, "%016llx", (unsigned long long)pipeline_rules_hash(&opt->rules)),
                     .root = r->root,
                     .commit = commit ? commit : commit_of_disk(r),
                     .options = chosen(r->arena, opt),
                     .units = r->run.units,
                     .failed_units = r->summary.failed_units,
                     .whole = units->whole && !r->summary.failed_units};
    if (!store_save_run(db->store, r->arena, &run, f->files.v, f->files.n, &r->findings, &f->suppressions, &change,
                        &err)) {
        check_log(opt, "findings are not stored", NULL, err.msg);
        return;
    }
    r->summary.stored_in = db->shown;
    r->summary.compared = change.compared;
    r->summary.n_new = change.n_new;
    r->summary.n_gone = change.n_gone;
    r->summary.n_unchanged = change.n_unchanged;
    r->run.is_new = change.compared ? change.is_new : NULL;
    r->run.n_gone = change.n_gone;
    r->gone = change.gone;
    r->run.gone = change.compared ? &r->gone : NULL;
}

static void count_findings(check_result *r) {
    r->summary.findings = r->summary.suppressed = 0;
    for (uint32_t i = 0; i < r->findings.items.n; i++)
        if (r->findings.items.v[i].suppressed) r->summary.suppressed++;
    r->summary.findings = r->findings.items.n - r->summary.suppressed;
}

void check_conclude(const check_options *opt, const plan *units, const check_database *db, const char *commit,
                    finished *f, check_result *r) {
    r->run.units = r->summary.units = units->requests.n;
    check_gather_failures(opt, units, r);
    bool all = units->whole && !r->analysis.stopped_by && !r->partial_units && !r->summary.failed_units;
    bool every_rule = !opt->rules.disable.n && opt->confidence != CONFIDENCE_HIGH;
    const finish_options finish = {.root = r->root,
                                   .rules = &opt->rules,
                                   .excludes = opt->excludes,
                                   .confidence = opt->confidence,
                                   .view = r->view,
                                   .entries = &r->entries,
                                   .report_unused = all && every_rule};
    pipeline_finish(r->arena, r->rules, &finish, f);
    r->findings = f->findings;
    r->run.incomplete = r->analysis.stopped_by != 0;
    count_findings(r);
    if (commit && !strchr(commit, '+')) r->run.commit = commit;
    save(opt, units, db, f, commit, r);
}

typedef struct rules_wanted {
    const check_options *opt;
    check_result *r;
    ll_err err;
    bool ok;
} rules_wanted;

static void want_rules(void *ctx) {
    rules_wanted *w = ctx;
    w->ok = check_load_rules(w->opt, w->r, &w->err);
}

/* Reads what is not known and solves. Functions that are not followed need no bodies; should one be needed that is gone
 * from the cache, everything is read once more, with bodies. */
static bool read_and_solve(const check_options *opt, const result_query *q, bool whole, facts_options *facts,
                           check_result *r, finished *f, bool *recalled, ll_err *err) {
    rules_wanted rules = {.opt = opt, .r = r};
    const ll_hash scope = result_scope(q, whole);
    const near *edit = whole && facts->bare ? near_begin(q, r->arena, scope) : NULL;
    facts->only_new = edit != NULL;
    facts->meanwhile = want_rules;
    facts->meanwhile_ctx = &rules;
    bool ok = pipeline_read(q->rq, q->n, facts, NULL, NULL, &r->analysis, err);
    if (!rules.ok) {
        if (ok || rules.err.code) *err = rules.err;
        return false;
    }
    if (!ok) return false;
    *recalled = r->analysis.nparsed && result_recall_by_facts(q, r->arena, &r->analysis, f);
    if (!*recalled && edit) *recalled = near_recall(edit, r->rules, facts, &r->analysis, f);
    if (*recalled) return true;
    if (edit && !pipeline_read_rest(q->rq, facts, &r->analysis, err)) return false;
    facts->only_new = false;
    pipeline_analysis *p = &r->analysis;
    bodies *source = bodies_new(q->cache, p->arena, p->names, q->root, p->units, p->nunits);
    /* a commit of its own: solving may be ended, and what was parsed in a moment is as soon parsed again */
    if (p->parse_ms >= WORTH_KEEPING_MS) facts_cache_save(q->cache);
    const engine_options engine = {.cache = facts_cache_engine(q->rules ? q->cache : NULL, scope),
                                   .bodies = facts->bare ? bodies_for_engine(source) : (engine_bodies){0}};
    pipeline_solve(p, r->rules, facts, &engine);
    if (!facts->bare || !engine_lost_bodies(p->engine)) {
        engine_keep(p->engine);
        if (whole && facts->bare && !p->stopped_by) {
            near_keep(q, r->arena, scope, p);
            outlines_keep(q->cache, p->names, q->root, p->units, p->nunits);
            bodies_keep(source);
        }
        return true;
    }
    pipeline_analysis_free(p);
    facts->bare = false;
    return read_and_solve(opt, q, whole, facts, r, f, recalled, err);
}

/* From the plan to findings, by the shortest way: what an earlier run came to, else its facts, else everything. */
static bool analyse(const check_options *opt, const plan *units, const check_database *db, check_result *r, finished *f,
                    ll_err *err) {
    const result_query q = {.cache = db->cache,
                            .root = r->root,
                            .rq = units->requests.v,
                            .n = units->requests.n,
                            .view = r->view,
                            .rules = db->cache ? pipeline_rules_hash(&opt->rules) : 0};
    facts_options facts = opt->facts;
    bool recalled;
    facts.cache = db->cache;
    facts.bare = facts.once = db->cache != NULL;
    if (result_recall(&q, r->arena, &r->analysis, f)) return true;
    if (result_recall_by_facts(&q, r->arena, &r->analysis, f)) return true;
    if (!read_and_solve(opt, &q, units->whole, &facts, r, f, &recalled, err)) return false;
    if (recalled) return true;
    pipeline_gather(r->arena, &r->analysis, r->root, r->view, db->cache, f);
    result_remember(&q, r->arena, &r->analysis, f);
    if (db->cache && units->whole) facts_cache_keep_manifest(db->cache);
    return true;
}

/* A store that is there already may have the plan; one is made only for a project that has one. */
static void open_for_plan(const check_options *opt, check_result *r, check_database *db) {
    bool has_commands;
    if (opt->no_store || opt->has_flags || opt->files.n || r->view) return;
    r->root = plan_root(r->arena, opt, &has_commands);
    if (!has_commands || !ll_is_file(opt->store_path ? opt->store_path : ll_path_join(r->arena, r->root, STORE_FILE)))
        return;
    check_open_database(opt, r, db);
    check_open_cache(db, NULL);
}

static bool plan_disk(const check_options *opt, check_result *r, check_database *db, plan *units, ll_err *err) {
    open_for_plan(opt, r, db);
    bool tried = db->shown != NULL;
    const plan_state state = {.view = r->view, .cache = db->cache};
    if (!plan_check_state(r->arena, opt, &state, units, err)) {
        ll_err rules = {0};
        if (!check_load_rules(opt, r, &rules)) *err = rules; /* of two mistakes the one that is always made first */
        return false;
    }
    r->root = units->root;
    if (!check_load_entries(opt, r->view, r, err)) return false;
    if (tried) return true;
    check_open_database(opt, r, db);
    check_open_cache(db, r->view);
    return true;
}

static bool check_disk(const check_options *opt, check_result *r, ll_err *err) {
    plan units = {0};
    check_database db = {0};
    finished f;
    if (r->view && !src_overlay_deploy(r->view, err)) return false;
    bool ok = plan_disk(opt, r, &db, &units, err) && analyse(opt, &units, &db, r, &f, err);
    if (ok) check_conclude(opt, &units, &db, NULL, &f, r);
    check_close_database(opt, &db);
    if (r->view) src_overlay_retire(r->view);
    return ok && (!opt->against.baseline || diff_with_report(opt, r, err));
}

/* Without a database there is nothing to check; whether that is a failure is the caller's policy. */
static bool skip_without_db(const check_options *opt, check_result *r) {
    bool has_commands;
    if (opt->no_db != NO_DB_SKIP) return false;
    r->root = plan_root(r->arena, opt, &has_commands);
    r->skipped = !has_commands;
    if (r->skipped)
        fprintf(opt->log, "lifelint: skipped: no compile_commands.json (--no-db=fail makes this an error)\n");
    return r->skipped;
}

bool pipeline_check(const check_options *opt, check_result *out, ll_err *err) {
    int64_t start = ll_now_ms();
    *out = (check_result){.arena = ll_arena_new("check"), .run = {.tool_version = opt->tool_version}};
    out->view = opt->view;
    if (opt->root && !ll_is_dir(opt->root)) return ll_fail(err, LL_E_USAGE, "--root: %s is no directory", opt->root);
    if (skip_without_db(opt, out)) return true;
    /* ids on the command line are checked first of all; without any, an unchanged run needs no rules */
    bool ids = opt->rules.enable.n || opt->rules.disable.n;
    if ((ids || opt->no_store || opt->link.n || opt->against.git) && !check_load_rules(opt, out, err)) return false;
    bool ok = opt->link.n        ? link_parts(opt, out, err)
              : opt->against.git ? diff_with_git(opt, out, err)
                                 : check_disk(opt, out, err);
    if (!ok) return false;
    out->total_ms = ll_now_ms() - start;
    return true;
}

void check_result_free(check_result *r) {
    pipeline_analysis_free(&r->base); /* borrows names: goes first */
    pipeline_analysis_free(&r->analysis);
    rule_set_free(r->own_rules);
    src_overlay_free(r->view);
    if (r->arena) ll_arena_free(r->arena);
    *r = (check_result){0};
}
