/* Which units are read, with which flags: source/'s plan as requests to the front end. */
#ifndef LL_PIPELINE_PLAN_H
#define LL_PIPELINE_PLAN_H

#include "pipeline/pipeline.h"

typedef struct plan {
    const char *root;    /* absolute: what paths are relative to, and where the store is */
    const char *db_path; /* NULL: flags came from the command line */
    LL_ARRAY(fe_request) requests;
    bool whole; /* every unit of the project, none left out by name */
} plan;

/* Notes (dropped flags, files that are gone) go to opt->log, one line a kind, unless opt->quiet. False: nothing to do,
 * and how to mend it. `root` is set either way.
 *
 * Without --root the root is the working directory when the database lies in it, else the project the database belongs
 * to: where it is, or the directory above when that is a build directory. */
bool plan_check(ll_arena *a, const check_options *opt, plan *out, ll_err *err);

#endif
