#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"

int cmd_ir(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    if (line->nargs != 1) {
        ll_fail(&err, LL_E_USAGE, "ir: name one file");
        return cmd_fail(&err);
    }
    check_options opt = cmd_check_options(line);
    ll_strbuf text = {0};
    bool ok = pipeline_print_ir(&opt, cmd_str(line, OPT_SUMMARY, NULL), &text, &err);
    fputs(ll_sb_str(&text), stdout);
    ll_sb_free(&text);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}
