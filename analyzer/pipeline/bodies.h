/* Where the engine gets bodies of functions that came without them (pipeline/outlines.h): from one entry with those
 * that recent runs asked for, else from the facts of their unit. What every run asks of the same functions (who
 * registers handlers, who starts threads) costs one read then, however many units they lie in. */
#ifndef LL_PIPELINE_BODIES_H
#define LL_PIPELINE_BODIES_H

#include "engine/engine.h"
#include "pipeline/facts.h"

typedef struct bodies bodies;

/* All borrowed until the last body was loaded and kept; lives in the arena. */
bodies *bodies_new(facts_cache *c, ll_arena *a, ll_intern *names, const char *root, const facts_unit *units,
                   uint32_t n);
engine_bodies bodies_for_engine(bodies *b);
/* Keeps those that were asked for, unless most came from the entry. */
void bodies_keep(const bodies *b);

#endif
