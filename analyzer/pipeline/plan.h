/* Which units are read, with which flags: source/'s plan as requests to the front end. */
#ifndef LL_PIPELINE_PLAN_H
#define LL_PIPELINE_PLAN_H

#include "pipeline/pipeline.h"
#include "source/source.h"

typedef struct plan {
    const char *root;    /* absolute: what paths are relative to, and where the store is */
    const char *db_path; /* NULL: flags came from the command line */
    LL_ARRAY(fe_request) requests;
    LL_ARRAY(bool) guessed; /* one a request: its command is that of another file */
    bool whole;             /* every unit of the project, none left out by name */
} plan;

/* Which state of the project is planned. */
typedef struct plan_state {
    const src_overlay *view; /* NULL: the disk */
    facts_cache *cache;      /* where plans are kept; NULL: nowhere */
    const src_stand_in *stand_ins;
    uint32_t nstand_ins;
} plan_state;

/* Notes (dropped flags, files that are gone) go to opt->log, one line a kind, unless opt->quiet. False: nothing to do,
 * and how to mend it. `root` is set either way.
 *
 * Without --root the root is the working directory when the database lies in it, else the project the database belongs
 * to: where it is, or the directory above when that is a build directory. */
bool plan_check(ll_arena *a, const check_options *opt, plan *out, ll_err *err);
/* The same for another state than the disk's. */
bool plan_check_state(ll_arena *a, const check_options *opt, const plan_state *state, plan *out, ll_err *err);
/* The project's root alone, as the plan will have it, and whether there is a database (or flags instead of one). */
const char *plan_root(ll_arena *a, const check_options *opt, bool *has_commands);

#endif
