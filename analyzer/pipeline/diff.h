/* What a change brings: the findings of two states, compared. Nothing needs to be stored from before: the base side is
 * analysed from git's objects. Units whose every input is the same in both states are read once. */
#ifndef LL_PIPELINE_DIFF_H
#define LL_PIPELINE_DIFF_H

#include "pipeline/pipeline.h"

/* Analyses both states of opt->against and fills `r` for the head, with what is new and fixed. */
bool diff_with_git(const check_options *opt, check_result *r, ll_err *err);
/* Compares the findings of `r` with those of the report opt->against.baseline. */
bool diff_with_report(const check_options *opt, check_result *r, ll_err *err);

#endif
