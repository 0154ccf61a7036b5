/* Where a run's findings go: --format and --output, several of them at once. */
#ifndef LL_CMD_REPORT_H
#define LL_CMD_REPORT_H

#include "cmd/options.h"
#include "pipeline/pipeline.h"

/* The n-th --output belongs to the n-th --format; one report at most goes to standard output ("-", or no --output).
 * False (LL_E_USAGE) when the two do not pair so: asked before a run, not after it. */
bool cmd_report_options(const cmd_line *line, ll_err *err);

/* Writes every report asked for: to a file as a whole or not at all. */
bool cmd_report(const cmd_line *line, const check_result *r, ll_err *err);

#endif
