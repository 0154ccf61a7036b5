/* The plan of a whole database, kept in the cache: a run that finds the database as it was reads no JSON and cleans no
 * flags. It holds while the database's bytes, the options and all that the disk was asked meanwhile are the same. What a
 * store says of flags is not believed: a plan with a word that cleaning would not give is none. */
#ifndef LL_PIPELINE_PLAN_KEPT_H
#define LL_PIPELINE_PLAN_KEPT_H

#include "pipeline/cache.h"
#include "source/source.h"

/* Names the plan that `how` asks for, with the database at `db`; `found` are the notes of looking for it. None: such
 * plans are not kept (files or flags are named, or it is not the disk that is planned). */
ll_hash plan_kept_key(facts_cache *c, const src_options *how, const char *db, const src_notes *found);
/* Units have what a request needs: file, directory and flags. In the arena. */
bool plan_recall(facts_cache *c, ll_arena *a, ll_hash key, src_plan *out);
void plan_keep(facts_cache *c, ll_hash key, const src_plan *p, const src_looks *looks);

#endif
