/* The verb `fix`: the edits that mend findings, applied to the files.
 *
 * In rounds, on texts in memory: edit what does not overlap, analyse the result, go on from there; the files are
 * written at the end. An edit that mends a leak is kept only when the leak is gone from that place and nothing new is
 * reported in its function. An edit is applied only to the text that was analysed, and only to files under the root. */
#ifndef LL_PIPELINE_FIX_H
#define LL_PIPELINE_FIX_H

#include "pipeline/pipeline.h"

typedef enum fix_how { FIX_WRITE, FIX_LIST, FIX_DIFF } fix_how; /* do it; say what would be done; as a patch */

typedef struct fix_options {
    check_options check;
    pipeline_words rules;        /* ids of rules or findings; empty: all */
    pipeline_words fingerprints; /* beginnings of them; empty: all */
    fix_how how;
} fix_options;

typedef struct fix_result {
    uint32_t applied, files; /* findings whose edits were applied, files written */
    uint32_t left;           /* of the findings applied: still there */
    uint32_t refused;        /* files that were not touched, one line on the log each */
    uint32_t without;        /* chosen by fingerprint or rule, but mending them takes thought */
} fix_result;

/* Appends one line a finding, or the patch, to `out`. False: it could not be analysed, or not be written. */
bool pipeline_fix(const fix_options *opt, ll_strbuf *out, fix_result *r, ll_err *err);

#endif
