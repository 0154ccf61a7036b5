/* Which prefixes pay, and for whom. */
#ifndef LL_PIPELINE_PREFIXES_PLAN_H
#define LL_PIPELINE_PREFIXES_PLAN_H

#include "base/array.h"
#include "frontend/prefix.h"
#include "pipeline/behind.h"
#include "pipeline/search_dirs.h"

enum {
    PLAN_MAX_PREFIXES = 256,
    PLAN_BUILD_COST = 9 /* of a process and of writing, in units of fe_step.weight */
};

typedef struct plan_step {
    const char *text;   /* fe_step.text */
    const char *place;  /* flags with -I that must be the same for it to mean the same; "": nothing beyond the family */
    const char *folder; /* of the file, likewise */
    uint32_t weight, units;
    bool moves;  /* changes places with its neighbours that do */
    bool common; /* prefixes_sets: the units that it goes with have it, too */
} plan_step;

typedef struct plan_unit {
    uint32_t t;         /* which of todo */
    fe_request rq;      /* without -I that make no difference */
    const char *family; /* folder of the command, flags but -I: what units must have in common */
    const char *place;  /* flags with -I: where else it looks for headers */
    const char *folder; /* of the file: where it looks first */
    search_list search;
    plan_step *steps;
    uint32_t nsteps;
    fe_step *own_steps;       /* as its file has them */
    uint32_t nown_steps, own; /* own: the first that includes an own header */
    const char *const *early; /* for fe_request.early */
    uint32_t nearly;
    const char *const *guards; /* of the headers that those are from */
    uint32_t nguards;
    behind_unit behind;
} plan_unit;

typedef struct prefix_plan {
    const char *texts[PLAN_MAX_PREFIXES];
    const plan_unit *like[PLAN_MAX_PREFIXES];         /* one of those it is for */
    LL_ARRAY(const char *) guards[PLAN_MAX_PREFIXES]; /* of those it is for */
    uint32_t n;
    plan_unit **units; /* per todo, NULL: has none */
    uint32_t *of;      /* per todo: number of its prefix + 1, 0: none */
} prefix_plan;

/* Says which of the headers before the first own one are common to the units that go together; of one family. */
void prefixes_sets(plan_unit *const *u, uint32_t n);

/* In `a`. Asks the compiler in worker processes. */
prefix_plan *prefixes_plan(ll_arena *a, search_dirs *dirs, const fe_request *rq, const uint32_t *todo, uint32_t n,
                           const workers_options *opt);

#endif
