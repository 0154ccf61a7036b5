/* Earlier runs as a table for people or as JSON for programs. */
#ifndef LL_OUTPUT_HISTORY_H
#define LL_OUTPUT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

typedef struct output_past_run {
    int64_t id;
    const char *started;                         /* UTC, "2026-01-31T12:00:00Z" */
    const char *commit, *tool_version, *options; /* NULL: unknown, none */
    uint32_t units, failed_units, findings, suppressed;
    uint32_t n_new, n_gone, n_unchanged;
    bool whole; /* over the whole project */
} output_past_run;

void output_history_text(const output_past_run *v, uint32_t n, ll_strbuf *out);
/* An array of objects, one a line. */
void output_history_json(const output_past_run *v, uint32_t n, ll_strbuf *out);

#endif
