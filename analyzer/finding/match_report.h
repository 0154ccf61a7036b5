/* An earlier report as the side to compare with, where its state of the program is not to be had any more. */
#ifndef LL_FINDING_MATCH_REPORT_H
#define LL_FINDING_MATCH_REPORT_H

#include "base/err.h"
#include "finding/finding.h"

/* Reads a report of `--format json`. LL_E_USAGE: it is none; LL_E_INPUT: it cannot be read. */
bool match_read_report(ll_arena *a, const char *path, finding_list *out, ll_err *err);

#endif
