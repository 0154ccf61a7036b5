/* From a parsed command line to the options of the pipeline: what several verbs share. */
#ifndef LL_CMD_RUN_OPTIONS_H
#define LL_CMD_RUN_OPTIONS_H

#include "cmd/options.h"
#include "pipeline/pipeline.h"

pipeline_words cmd_words(const cmd_line *l, cmd_opt o);
pipeline_rules cmd_rule_options(const cmd_line *l);
/* Everything `check` is told; also what `ir` needs of it. */
check_options cmd_check_options(const cmd_line *l);
/* Whether to colour what goes to `f`: --color, then NO_COLOR, CLICOLOR_FORCE, a terminal, TERM. */
bool cmd_want_color(const cmd_line *l, FILE *f);

#endif
