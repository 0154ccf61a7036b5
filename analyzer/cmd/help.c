#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/pages.h"

static bool find_verb_name(const char *name, cmd_verb *out) {
    for (*out = 0; *out < VERB_COUNT; (*out)++)
        if (strcmp(cmd_verbs[*out].name, name) == 0) return true;
    return false;
}

int cmd_help(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_strbuf out = {0};
    cmd_verb verb;
    if (cmd_has(line, OPT_MAN)) {
        cmd_man_page(&out);
    } else if (cmd_has(line, OPT_COMPLETIONS)) {
        cmd_completions(&out, cmd_str(line, OPT_COMPLETIONS, "bash"));
    } else if (line->nargs && find_verb_name(line->args[0], &verb)) {
        cmd_help_verb(&out, verb);
    } else if (line->nargs) {
        ll_err err;
        ll_fail(&err, LL_E_USAGE, "help: no verb '%s'; 'lifelint help' lists them", line->args[0]);
        return cmd_fail(&err);
    } else {
        cmd_help_overview(&out);
    }
    fputs(ll_sb_str(&out), stdout);
    ll_sb_free(&out);
    return EXIT_CLEAN;
}
