/* Which units are read, with which flags: source/'s plan as requests to the front end. */
#ifndef LL_PIPELINE_PLAN_H
#define LL_PIPELINE_PLAN_H

#include "pipeline/pipeline.h"

typedef struct plan {
    LL_ARRAY(fe_request) requests;
    bool whole; /* every unit of the project, none left out by name */
} plan;

/* Notes (dropped flags, files that are gone) go to opt->log. False: nothing to do, and how to mend it. */
bool plan_check(ll_arena *a, const check_options *opt, const char *root, plan *out, ll_err *err);

#endif
