#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "cmd/run_options.h"

enum { FAIL_ERROR, FAIL_WARNING, FAIL_NOTE, FAIL_ANY, FAIL_NEW, FAIL_NEVER }; /* as in options.def */

static int exit_class(const check_result *r, int fail_on) {
    static const finding_severity least[] = {FINDING_ERROR, FINDING_WARNING, FINDING_NOTE, FINDING_NOTE, FINDING_NOTE};
    if (r->analysis.stopped_by) return EXIT_SIGNAL + r->analysis.stopped_by;
    bool only_new = fail_on == FAIL_NEW || (r->compared && fail_on != FAIL_ANY);
    if (fail_on != FAIL_NEVER && check_result_count(r, least[fail_on], only_new)) return EXIT_FINDINGS;
    return r->summary.failed_units ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

static void print_stats(const check_result *r) {
    const engine_stats *s = &r->analysis.stats;
    fprintf(stderr, "time: %.2f s parsing, %.2f s solving, %.2f s in all\n", (double)r->analysis.parse_ms / 1000,
            (double)r->analysis.solve_ms / 1000, (double)r->total_ms / 1000);
    fprintf(stderr, "units: %u parsed, %u unchanged since they were\n", r->analysis.nparsed, r->analysis.ncached);
    const facts_costs *c = &r->analysis.costs;
    const double second = 1e9;
    fprintf(
        stderr,
        "units: %u parsed, CPU %.2f s = %.2f parsing + %.2f lowering + %.2f for %u shared prefixes + %.2f processes\n",
        c->units, (double)c->workers / second, (double)c->parsing / second, (double)c->lowering / second,
        (double)c->prefixes / second, c->nprefixes,
        ((double)c->workers - (double)c->parsing - (double)c->lowering - (double)c->prefixes) / second);
    fprintf(stderr, "prefixes: %u units read on one, %u read again\n", c->prefixed, c->reread);
    fprintf(stderr, "engine: %llu functions followed, %llu as before, %llu instructions, %llu states, %llu summaries\n",
            (unsigned long long)s->functions, (unsigned long long)s->remembered, (unsigned long long)s->instructions,
            (unsigned long long)s->states, (unsigned long long)s->summaries);
    fprintf(stderr, "cut short: %llu functions by steps, %llu by states, %llu loops\n",
            (unsigned long long)s->cut_steps, (unsigned long long)s->cut_disjuncts, (unsigned long long)s->cut_loops);
    fprintf(stderr, "memory: %zu KiB of facts and findings\n", ll_arena_used(r->analysis.arena) / 1024);
}

static void print_summary(const cmd_line *line, const check_result *r) {
    ll_strbuf text = {0};
    if (cmd_has(line, OPT_QUIET)) return;
    output_summary_line(&r->summary, &text);
    fprintf(stderr, "%s\n", ll_sb_str(&text));
    ll_sb_free(&text);
}

static bool write_depfile(const cmd_line *line, const check_options *opt, const check_result *r, ll_err *err) {
    const char *path = cmd_str(line, OPT_DEPFILE, NULL);
    return !path || pipeline_link_depfile(opt, r, line->config, cmd_str(line, OPT_OUTPUT, NULL), path, err);
}

int cmd_run_check(const cmd_line *line, check_options *opt) {
    ll_err err = {0};
    progress bar;
    opt->facts.watch = progress_start(&bar, line);
    check_result r;
    workers_catch_signals();
    if (!cmd_report_options(line, &err)) return cmd_fail(&err);
    bool ok = pipeline_check(opt, &r, &err);
    progress_end(&bar);
    int code = EXIT_CLEAN;
    if (ok) {
        code = exit_class(&r, cmd_choice(line, OPT_FAIL_ON, FAIL_WARNING));
        r.run.exit_code = code;
        ok = cmd_report(line, &r, &err) && write_depfile(line, opt, &r, &err);
        if (!r.skipped) print_summary(line, &r);
        if (cmd_has(line, OPT_STATS)) print_stats(&r);
    }
    check_result_free(&r);
    return ok ? code : cmd_fail(&err);
}

static bool against(const cmd_line *line, check_against *out, ll_err *err) {
    const char *diff = cmd_str(line, OPT_DIFF, NULL), *baseline = cmd_str(line, OPT_BASELINE, NULL);
    bool staged = cmd_has(line, OPT_STAGED);
    if ((diff != NULL) + (baseline != NULL) + staged > 1)
        return ll_fail(err, LL_E_USAGE, "check: --diff, --staged and --baseline: compare with one of them");
    *out = (check_against){.git = diff || staged, .base = diff, .staged = staged, .baseline = baseline};
    return true;
}

/* Where nothing is staged (pre-commit run --from-ref, its pre-push stage), pre-commit names what is to be checked. */
static void heed_pre_commit(check_against *against) {
    const char *from = getenv("PRE_COMMIT_FROM_REF"), *to = getenv("PRE_COMMIT_TO_REF");
    if (!against->staged || !from || !*from || !to || !*to) return;
    *against = (check_against){.git = true, .base = from, .head = to};
}

int cmd_check(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    check_options opt = cmd_check_options(line);
    if (!against(line, &opt.against, &err)) return cmd_fail(&err);
    heed_pre_commit(&opt.against);
    opt.no_db = (check_no_db)cmd_choice(line, OPT_NO_DB, NO_DB_FAIL);
    return cmd_run_check(line, &opt);
}
