/* One unit of a whole program was edited: is what the program comes to still what it came to before?
 *
 * Whatever other units conclude rests on what they were told: which functions there are and what they do, what is
 * declared of them, what is stored where functions are called from, which globals are written. Questions over all (who
 * handles signals, which fields are forgotten) rest on outlines, on what functions release, and on the bodies that they
 * looked into. So all conclusions about other units stand, which need not be read at all, if of the unit that was read
 * anew
 *   - what it declares, globals, inputs and notes are what they were (ir/change.h),
 *   - functions that are new or gone are silent ones that nobody names (engine/heard.h),
 *   - into functions whose facts changed no question over all looked, and what their outlines say otherwise matters to
 *     none (engine/outline_edit.h),
 *   - each of these, followed again, does and bears witness to what it did before, wherever it does it; or only
 *     functions of this unit ask, which are followed again, too, and so on (engine_run_near).
 * Followed they are with the units they call, and those that these speak of. That these tell them what the program
 * would tell them is seen from what they are: all the definitions that it has; else all was answered the same to this
 * unit before, when there was the whole program.
 *
 * Then the last result stands, but for what is reported in the functions that were followed, and for places in what was
 * edited or moved, which are brought up to date. A place of which that cannot be told is one more reason against it.
 *
 * This is the early cut-off of "Build systems à la carte" (see engine/trace.h), for a unit. An edit that is not of this
 * kind costs the look, and goes the long way: reads all outlines, and asks again what each conclusion rests on. */
#ifndef LL_PIPELINE_NEAR_H
#define LL_PIPELINE_NEAR_H

#include "pipeline/result.h"

typedef struct near near;

/* Before reading. NULL: more than one unit is to be read, or the program was not solved as it was before. */
near *near_begin(const result_query *q, ll_arena *a, ll_hash scope);
/* After the one unit was read (facts->only_new). True: fills the analysis and `out` as result_recall does, and keeps
 * what this unit is now and what the program comes to. False: nothing was changed. */
bool near_recall(const near *n, const rule_set *rules, const facts_options *facts, pipeline_analysis *p, finished *out);
/* After a whole program was solved, and the engine has handed over its conclusions. */
void near_keep(const result_query *q, ll_arena *a, ll_hash scope, const pipeline_analysis *p);

#endif
