/* What was reported of a program, brought up to date with an edit of one unit of it (near.h): what is reported in
 * functions that were followed again takes the place of what was, and what lies in functions that moved is where they
 * are now. */
#ifndef LL_PIPELINE_NEAR_FINDINGS_H
#define LL_PIPELINE_NEAR_FINDINGS_H

#include "engine/engine.h"

/* l: as results have it, relative to the root; its findings may lie in the arena, or be the edit's. *other: something
 * is another than it was. False: of some place it cannot be told where it is now; l is of no use. */
bool near_findings(ll_arena *a, const char *root, const ir_change *change, const engine_edit *edit, finding_list *l,
                   bool *other);

#endif
