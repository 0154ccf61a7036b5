/* `.lifelint.yml`: what a project wants of every run. Its keys are options of the command line under their own names:
 *
 *     exclude: [third_party/, "*.pb.c"]
 *     disable: [stdio-stream]
 *     confidence: high
 *     fail-on: error
 *     rules: [ci/our-pool.yml]
 *     suppress:
 *       - {rule: stdio-stream, path: tests/, reason: the tests end at once, until: 2027-01-31}
 *
 * It is looked for in the working directory and above. Its folder becomes the root of the run, and paths in it are
 * relative to that. */
#ifndef LL_CMD_CONFIG_H
#define LL_CMD_CONFIG_H

#include "cmd/options.h"

#define CONFIG_FILE ".lifelint.yml"

/* Adds what the configuration says to a parsed command line, as far as its verb knows the options: lists are put in
 * front of what was typed; a single value counts only when none was typed. No file is no error. False (LL_E_USAGE): one
 * line `file:line:column: …`. */
bool cmd_config(ll_arena *a, cmd_line *line, ll_err *err);

#endif
