#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "base/array.h"
#include "base/sys.h"
#include "cmd/cmd.h"
#include "cmd/run_options.h"

typedef LL_ARRAY(const char *) path_list;

/* One path a line; empty lines are none. */
static bool read_list(ll_arena *a, const char *file, path_list *out, ll_err *err) {
    char *text, *rest;
    size_t n;
    if (!ll_read_file(a, file, 0, &text, &n, err)) {
        err->code = LL_E_USAGE;
        return false;
    }
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) LL_PUSH(a, out, line);
    return true;
}

int cmd_link(ll_arena *a, const cmd_line *line) {
    ll_err err = {0};
    path_list all = {0};
    check_options opt = cmd_check_options(line);
    for (uint32_t i = 0; i < line->nargs; i++) LL_PUSH(a, &all, line->args[i]);
    for (uint32_t i = 0; i < line->opts[OPT_LIST].n; i++)
        if (!read_list(a, line->opts[OPT_LIST].v[i], &all, &err)) return cmd_fail(&err);
    if (!all.n)
        ll_fail(&err, LL_E_USAGE, "link: name the facts files, or a --list of them");
    else if (cmd_has(line, OPT_DEPFILE) && !cmd_has(line, OPT_OUTPUT))
        ll_fail(&err, LL_E_USAGE, "link: --depfile needs an --output that it is about");
    if (err.code) return cmd_fail(&err);
    opt.files = (pipeline_words){0};
    opt.link = (pipeline_words){.v = all.v, .n = all.n};
    opt.against.baseline = cmd_str(line, OPT_BASELINE, NULL);
    opt.no_store = true;
    return cmd_run_check(line, &opt);
}
