#include "pipeline/diff.h"

#include <string.h>

#include "base/sys.h"
#include "pipeline/bodies.h"
#include "pipeline/diff_sides.h"
#include "pipeline/outlines.h"
#include "pipeline/result.h"
#include "source/source.h"

/* ---- nothing to do ---- */

/* What no compiler is given to read. Anything else counts, whatever it is called: tables and templates are included
 * under many names. */
static bool is_never_read(const char *path) {
    static const char *const ends[] = {".md",  ".rst",  ".txt",  ".adoc", ".html", ".css", ".svg", ".png",  ".po",
                                       ".yml", ".yaml", ".toml", ".sh",   ".py",   ".pl",  ".js",  ".bats", NULL};
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && ends[i]; i++)
        if (strcmp(dot, ends[i]) == 0) return true;
    return false;
}

static bool may_matter(const diff_run *d) {
    for (uint32_t i = 0; i < d->deltas.items.n; i++) {
        const src_delta *x = &d->deltas.items.v[i];
        if (!is_never_read(x->after ? x->after : x->before)) return true;
    }
    return false;
}

/* ---- facts ---- */

/* With a command that was another file's, only a clean parse is worth anything. */
static void drop_bad_guesses(diff_run *d, pipeline_analysis *base) {
    for (uint32_t i = 0; i < base->nunits; i++)
        if (d->base.units.guessed.v[i] && base->units[i].unit && check_first_error(base->units[i].unit))
            base->units[i].unit = NULL;
}

static bool read_side(diff_run *d, diff_side *side, const pipeline_analysis *with, const facts_unit *known,
                      pipeline_analysis *out, ll_err *err) {
    facts_options facts = d->opt->facts;
    check_open_cache(&d->db, side->view);
    facts.cache = d->db.cache;
    facts.bare = d->db.cache && !d->with_bodies;
    bool ok = pipeline_read(side->units.requests.v, side->units.requests.n, &facts, with, known, out, err);
    check_close_cache(d->opt, &d->db);
    side->analysis = out;
    return ok;
}

static bool read_both(diff_run *d, pipeline_analysis *base, ll_err *err) {
    pipeline_analysis *head = &d->r->analysis;
    bool ok = read_side(d, &d->head, NULL, NULL, head, err);
    bool again = false;
    if (ok && !head->stopped_by) ok = diff_follow_links(d, &again, err);
    if (ok && again) {
        pipeline_analysis_free(head);
        ok = read_side(d, &d->head, NULL, NULL, head, err);
    }
    if (!ok || head->stopped_by) return ok;
    if (!d->opt->quiet && (!d->opt->against.staged || d->opt->verbose)) diff_say_untracked(d);
    ok = read_side(d, &d->base, head, diff_shared_facts(d), base, err);
    if (ok) drop_bad_guesses(d, base);
    head->parse_ms += base->parse_ms;
    head->nparsed += base->nparsed;
    head->ncached += base->ncached;
    if (base->stopped_by) head->stopped_by = base->stopped_by;
    return ok;
}

/* ---- findings ---- */

static void finish_base(diff_run *d, pipeline_analysis *base) {
    bool clean = d->base.units.whole;
    for (uint32_t i = 0; i < base->nunits; i++)
        clean = clean && base->units[i].unit && !check_first_error(base->units[i].unit);
    /* what is accepted now was no less there before */
    const suppress_entries *now = &d->r->entries;
    suppress_entries entries = {.items = {.v = ll_memdup(d->a, now->items.v, now->items.n * sizeof *now->items.v),
                                          .n = now->items.n,
                                          .cap = now->items.n}};
    const finish_options finish = {
        .root = d->root,
        .rules = &d->opt->rules,
        .excludes = d->opt->excludes,
        .confidence = d->opt->confidence,
        .entries = &entries,
        .view = d->base.view,
        .report_unused = clean && !d->opt->rules.disable.n && d->opt->confidence != CONFIDENCE_HIGH};
    finished f;
    pipeline_gather(d->a, base, d->root, d->base.view, NULL, &f);
    pipeline_finish(d->a, d->r->rules, &finish, &f);
    d->base.findings = f.findings;
}

static bool is_named(const diff_run *d, const finding *f) {
    for (uint32_t i = 0; i < d->opt->files.n; i++) {
        const char *path = pipeline_relative(d->a, d->root, ll_path_abs(d->a, NULL, d->opt->files.v[i]));
        if (strcmp(path, d->root) == 0 || strcmp(path, f->loc.file) == 0 ||
            ll_path_under(path, f->loc.file) != f->loc.file)
            return true;
    }
    return false;
}

/* File arguments narrow what is reported, not what is analysed: the change may be in another file than its effect. */
static void keep_named(diff_run *d) {
    check_result *r = d->r;
    bool *is_new = LL_NEWN(d->a, bool, r->findings.items.n), *is_reopened = LL_NEWN(d->a, bool, r->findings.items.n);
    uint32_t kept = 0, nfixed = 0;
    if (!d->opt->files.n || d->opt->has_flags) return;
    r->summary.findings = r->summary.suppressed = r->summary.n_new = r->summary.n_reopened = 0;
    for (uint32_t i = 0; i < r->findings.items.n; i++) {
        const finding *f = &r->findings.items.v[i];
        if (!is_named(d, f)) continue;
        r->summary.suppressed += f->suppressed;
        r->summary.findings += !f->suppressed;
        r->summary.n_new += is_new[kept] = r->run.is_new[i];
        r->summary.n_reopened += is_reopened[kept] = r->run.is_reopened[i];
        r->findings.items.v[kept++] = *f;
    }
    for (uint32_t i = 0; i < r->gone.items.n; i++)
        if (is_named(d, &r->gone.items.v[i])) r->gone.items.v[nfixed++] = r->gone.items.v[i];
    r->findings.items.n = kept;
    r->gone.items.n = r->run.n_gone = r->summary.n_gone = nfixed;
    r->summary.n_unchanged = r->summary.findings - r->summary.n_new;
    r->run.is_new = is_new;
    r->run.is_reopened = is_reopened;
}

static const char *name_of_head(const diff_run *d) {
    if (d->head.state.kind == SRC_STATE_REVISION) return ll_strdup(d->a, d->head.state.commit);
    return d->head.state.commit[0] ? ll_printf(d->a, "%s%s", d->head.state.commit, d->head.state.dirty ? "+" : "")
                                   : NULL;
}

/* Equal facts come to equal findings: nothing that is analysed was touched, or only where no facts come from. */
static bool facts_are_equal(const pipeline_analysis *x, const pipeline_analysis *y) {
    if (x->nunits != y->nunits) return false;
    for (uint32_t i = 0; i < x->nunits; i++)
        if (x->units[i].unit != y->units[i].unit &&
            (ll_hash_is_none(x->units[i].facts) || !ll_hash_equal(x->units[i].facts, y->units[i].facts)))
            return false;
    return true;
}

/* The head's findings, to be finished with the base's texts. */
static void take_findings(pipeline_analysis *base, const pipeline_analysis *head) {
    for (uint32_t i = 0; i < head->findings.items.n; i++) {
        finding f = head->findings.items.v[i];
        f.steps = ll_memdup(base->arena, f.steps, f.nsteps * sizeof *f.steps);
        LL_PUSH(base->arena, &base->findings.items, f);
    }
}

/* Follows only what the last run, of whichever state, did not; the other functions are as they were. What is learnt
 * about the head is kept: it is what comes next that is compared with it. */
static bool solve_side(diff_run *d, const diff_side *side, pipeline_analysis *p, bool keep) {
    check_open_cache(&d->db, side->view);
    const result_query q = {.cache = d->db.cache,
                            .root = d->root,
                            .rq = side->units.requests.v,
                            .n = side->units.requests.n,
                            .rules = d->db.cache ? pipeline_rules_hash(&d->opt->rules) : 0};
    bool bare = d->db.cache && !d->with_bodies;
    bodies *source = bodies_new(q.cache, p->arena, p->names, d->root, p->units, p->nunits);
    const engine_options engine = {
        .cache = facts_cache_engine(q.rules ? d->db.cache : NULL, result_scope(&q, side->units.whole)),
        .bodies = bare ? bodies_for_engine(source) : (engine_bodies){0}};
    pipeline_solve(p, d->r->rules, &d->opt->facts, &engine);
    d->lost_bodies = bare && engine_lost_bodies(p->engine);
    if (keep && !d->lost_bodies) engine_keep(p->engine);
    if (keep && !d->lost_bodies && bare && side->units.whole) {
        outlines_keep(q.cache, p->names, d->root, p->units, p->nunits);
        bodies_keep(source);
    }
    check_close_cache(d->opt, &d->db);
    return !d->lost_bodies;
}

static bool solve_both(diff_run *d, pipeline_analysis *base) {
    pipeline_analysis *head = &d->r->analysis;
    src_overlay_retire(d->base.view);
    src_overlay_retire(d->head.view);
    d->r->view = d->head.view; /* the result's from here on; diff_with_git gives it over where we do not come here */
    if (!solve_side(d, &d->head, head, true)) return true; /* diff_with_git begins again */
    if (facts_are_equal(base, head))
        take_findings(base, head);
    else if (!solve_side(d, &d->base, base, false))
        return true;
    head->solve_ms += base->solve_ms;
    finished f;
    pipeline_gather(d->r->arena, head, d->root, d->r->view, NULL, &f);
    check_conclude(d->opt, &d->head.units, &d->db, name_of_head(d), &f, d->r);
    d->head.findings = d->r->findings;
    finish_base(d, base);
    diff_compare(d);
    keep_named(d);
    return true;
}

static bool stopped(diff_run *d) {
    d->r->run.incomplete = true;
    check_log(d->opt, "stopped", NULL, "nothing was compared");
    return true;
}

/* Without a database, as far as the staged files parse without flags. */
static bool best_without_db(diff_run *d, check_options *opt) {
    bool has_commands;
    plan_root(d->a, opt, &has_commands);
    if (has_commands || opt->no_db != NO_DB_WARN) return true;
    LL_ARRAY(const char *) files = {0};
    for (uint32_t i = 0; i < d->deltas.items.n; i++) {
        const char *path = d->deltas.items.v[i].after;
        src_kind kind = path ? src_kind_of(path) : SRC_OTHER;
        if (kind == SRC_C || kind == SRC_CXX) LL_PUSH(d->a, &files, ll_path_join(d->a, src_git_top(d->git), path));
    }
    opt->has_flags = true;
    opt->files = (pipeline_words){.v = files.v, .n = files.n};
    check_log(opt, "warning", NULL, "no compile_commands.json: changed files are read without their flags");
    return files.n != 0;
}

static bool run(diff_run *d, pipeline_analysis *base, ll_err *err) {
    check_options opt = *d->opt;
    if (!diff_resolve(d, err) || !src_git_deltas(d->git, &d->base.state, &d->head.state, d->a, &d->deltas, err))
        return false;
    if (opt.against.staged && !may_matter(d)) {
        d->r->skipped = true;
        if (!opt.quiet) check_log(&opt, "nothing to check", NULL, "no staged change is one the compiler reads");
        return true;
    }
    if (!best_without_db(d, &opt)) return d->r->skipped = true;
    d->opt = &opt;
    check_open_database(&opt, d->r, &d->db);
    if (!diff_make_views(d, err) || !check_load_entries(&opt, d->head.view, d->r, err)) return false;
    if (!diff_plan(d, err) || !read_both(d, base, err)) return false;
    return d->r->analysis.stopped_by ? stopped(d) : solve_both(d, base);
}

/* The head's view goes to the result. */
static void end(diff_run *d, const check_options *opt) {
    d->r->view = d->head.view;
    src_overlay_retire(d->r->view);
    src_overlay_free(d->base.view);
    src_git_free(d->git);
    check_close_database(opt, &d->db);
}

bool diff_with_git(const check_options *opt, check_result *r, ll_err *err) {
    bool has_commands;
    pipeline_analysis base = {0};
    if (opt->against.baseline) return ll_fail(err, LL_E_USAGE, "--baseline and a git state: compare with one of them");
    diff_run d = {.opt = opt, .r = r, .a = r->arena, .root = plan_root(r->arena, opt, &has_commands)};
    r->root = d.root;
    d.real_root = ll_path_real(r->arena, d.root);
    const diff_run fresh = d;
    bool ok = run(&d, &base, err);
    if (ok && d.lost_bodies) { /* once more, with all bodies */
        end(&d, opt);
        pipeline_analysis_free(&base);
        pipeline_analysis_free(&r->analysis);
        src_overlay_free(r->view);
        r->view = NULL;
        r->entries.items.n = 0;
        d = fresh;
        d.with_bodies = true;
        ok = run(&d, &base, err);
    }
    end(&d, opt);
    /* findings of the base that are reported live in its arena, and in names it shares with the head */
    r->base = base;
    return ok;
}
