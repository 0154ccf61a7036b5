#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"

int cmd_init(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    ll_strbuf text = {0};
    const check_options opt = cmd_check_options(line);
    bool ok = pipeline_init(&opt, cmd_has(line, OPT_HOOK), &text, &err);
    fputs(ll_sb_str(&text), stdout);
    ll_sb_free(&text);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}
