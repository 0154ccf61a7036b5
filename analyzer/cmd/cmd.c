#define _POSIX_C_SOURCE 200809L
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>

#include "cmd/config.h"

static int (*const verbs[VERB_COUNT])(ll_arena *, const cmd_line *) = {
    [VERB_CHECK] = cmd_check,       [VERB_DIFF] = cmd_diff,
    [VERB_FIX] = cmd_fix,           [VERB_FACTS] = cmd_facts,
    [VERB_LINK] = cmd_link,         [VERB_HISTORY] = cmd_history,
    [VERB_INIT] = cmd_init,         [VERB_IR] = cmd_ir,
    [VERB_RULES] = cmd_rules,       [VERB_EXPLAIN] = cmd_explain,
    [VERB_SUPPRESS] = cmd_suppress, [VERB_CONFIRM] = cmd_confirm,
    [VERB_GEN] = cmd_gen,           [VERB_LSP] = cmd_lsp,
    [VERB_DOCTOR] = cmd_doctor,     [VERB_HELP] = cmd_help,
    [VERB_VERSION] = cmd_version};

int cmd_fail(const ll_err *err) {
    fprintf(stderr, "lifelint: %s\n", err->msg);
    switch (err->code) {
        case LL_OK:
            return EXIT_CLEAN;
        case LL_E_USAGE:
            return EXIT_USAGE;
        case LL_E_INPUT:
            return EXIT_INCOMPLETE;
        case LL_E_SYS:
        case LL_E_INTERNAL:
            break;
    }
    return EXIT_INTERNAL;
}

int cmd_main(int argc, char **argv) {
    ll_arena *a = ll_arena_new("run");
    cmd_line line;
    ll_err err = {0};
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of that write, not the end */
    bool ok = cmd_parse(a, argc, argv, &line, &err) && (line.verb == VERB_LSP || cmd_config(a, &line, &err));
    int exit_class = ok ? verbs[line.verb](a, &line) : cmd_fail(&err);
    /* A full disk behind `lifelint check > report` must not look like a clean run. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_class < EXIT_INTERNAL) {
        ll_fail(&err, LL_E_SYS, "cannot write to standard output");
        exit_class = cmd_fail(&err);
    }
    ll_arena_free(a);
    return exit_class;
}
