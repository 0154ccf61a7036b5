#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"

enum { RUNS_SHOWN = 20 };

int cmd_history(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    ll_strbuf text = {0};
    const check_options opt = cmd_check_options(line);
    const history_options how = {.limit = (uint32_t)cmd_num(line, OPT_LIMIT, RUNS_SHOWN),
                                 .json = cmd_has(line, OPT_JSON)};
    bool ok = !line->nargs || ll_fail(&err, LL_E_USAGE, "history: takes no arguments, '%s' is one", line->args[0]);
    ok = ok && pipeline_history(&opt, &how, &text, &err);
    fputs(ll_sb_str(&text), stdout);
    ll_sb_free(&text);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}
