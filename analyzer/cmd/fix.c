/* lifelint fix: the edits that mend findings, applied. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"
#include "pipeline/fix.h"

static void say(const fix_options *opt, const fix_result *r) {
    if (opt->check.quiet) return;
    if (opt->how == FIX_WRITE)
        fprintf(stderr, "%u finding%s mended in %u file%s", r->applied - r->left, r->applied - r->left == 1 ? "" : "s",
                r->files, r->files == 1 ? "" : "s");
    else
        fprintf(stderr, "%u finding%s can be mended", r->applied, r->applied == 1 ? "" : "s");
    if (r->left) fprintf(stderr, ", %u still reported", r->left);
    if (r->refused) fprintf(stderr, ", %u file%s not touched", r->refused, r->refused == 1 ? "" : "s");
    if (r->without) fprintf(stderr, "; %u more take%s thought", r->without, r->without == 1 ? "s" : "");
    fputc('\n', stderr);
}

int cmd_fix(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    ll_strbuf out = {0};
    fix_result r;
    fix_options opt = {.check = cmd_check_options(line),
                       .rules = cmd_words(line, OPT_RULE),
                       .fingerprints = {.v = line->args, .n = line->nargs},
                       .how = cmd_has(line, OPT_PATCH)     ? FIX_DIFF
                              : cmd_has(line, OPT_DRY_RUN) ? FIX_LIST
                                                           : FIX_WRITE};
    opt.check.files = (pipeline_words){0};
    opt.check.no_history = true;
    if (opt.how == FIX_DIFF && cmd_has(line, OPT_DRY_RUN)) {
        ll_fail(&err, LL_E_USAGE, "fix: --dry-run and --diff: one of them");
        return cmd_fail(&err);
    }
    workers_catch_signals();
    bool ok = pipeline_fix(&opt, &out, &r, &err);
    fputs(ll_sb_str(&out), stdout);
    ll_sb_free(&out);
    if (!ok) return cmd_fail(&err);
    say(&opt, &r);
    return r.left || r.refused ? EXIT_FINDINGS : EXIT_CLEAN;
}
