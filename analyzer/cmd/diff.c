#include "cmd/cmd.h"
#include "cmd/run_options.h"

int cmd_diff(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    if (line->nargs < 1 || line->nargs > 2) {
        ll_fail(&err, LL_E_USAGE, "diff: name the revision to compare with, for example 'lifelint diff origin/main'");
        return cmd_fail(&err);
    }
    check_options opt = cmd_check_options(line);
    opt.files = (pipeline_words){0};
    opt.against = (check_against){.git = true, .base = line->args[0], .head = line->nargs > 1 ? line->args[1] : NULL};
    return cmd_run_check(line, &opt);
}
