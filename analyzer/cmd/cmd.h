/* Verbs: one file each, all with one shape. A verb prints its own result and returns the exit class. */
#ifndef LL_CMD_H
#define LL_CMD_H

#include "cmd/options.h"
#include "pipeline/pipeline.h"

enum {
    EXIT_CLEAN = 0,      /* nothing at or above --fail-on */
    EXIT_FINDINGS = 1,   /* such findings */
    EXIT_USAGE = 2,      /* arguments, configuration, rule packs */
    EXIT_INCOMPLETE = 3, /* some units could not be analysed */
    EXIT_INTERNAL = 4,   /* the machine's trouble or our bug */
    EXIT_SIGNAL = 128    /* + signal number */
};

int cmd_check(ll_arena *a, const cmd_line *line);
int cmd_diff(ll_arena *a, const cmd_line *line);
int cmd_facts(ll_arena *a, const cmd_line *line);
int cmd_link(ll_arena *a, const cmd_line *line);
int cmd_history(ll_arena *a, const cmd_line *line);
int cmd_fix(ll_arena *a, const cmd_line *line);
int cmd_init(ll_arena *a, const cmd_line *line);
int cmd_ir(ll_arena *a, const cmd_line *line);
int cmd_rules(ll_arena *a, const cmd_line *line);
int cmd_explain(ll_arena *a, const cmd_line *line);
int cmd_suppress(ll_arena *a, const cmd_line *line);
int cmd_confirm(ll_arena *a, const cmd_line *line);
int cmd_lsp(ll_arena *a, const cmd_line *line);
int cmd_gen(ll_arena *a, const cmd_line *line);
int cmd_doctor(ll_arena *a, const cmd_line *line);
int cmd_help(ll_arena *a, const cmd_line *line);
int cmd_version(ll_arena *a, const cmd_line *line);

/* Prints "lifelint: message" on stderr and gives the exit class of the code. */
int cmd_fail(const ll_err *err);
/* Runs a check as the options say, reports it, and gives the exit class: all of `check`, `diff` and `link`. */
int cmd_run_check(const cmd_line *line, check_options *opt);
/* argv to exit class: all of main(). */
int cmd_main(int argc, char **argv);

#endif
