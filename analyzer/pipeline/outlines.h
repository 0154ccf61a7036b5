/* The units of a whole program without the bodies of their functions (ir/outline.h), in one entry of the cache: what a
 * run needs of units that did not change is one read; bodies.h fetches those of the few functions that are followed.
 *
 * The entry is written anew when too many units are not in it, so an edit does not write it each time. Like all of the
 * cache, it may be missing, of another state, or damaged: then units are read from their facts. */
#ifndef LL_PIPELINE_OUTLINES_H
#define LL_PIPELINE_OUTLINES_H

#include "pipeline/facts.h"

/* Fills in the units of which out[i].facts are known to the entry; they are bare then. */
void outlines_take(facts_cache *c, ll_arena *a, ll_intern *names, const char *root, bool once, facts_unit *out,
                   uint32_t n);
/* Keeps those of this run, unless most were taken. Only whole programs are worth keeping. */
void outlines_keep(facts_cache *c, ll_intern *names, const char *root, const facts_unit *units, uint32_t n);

#endif
