/* Edits that mend leaks: the call that releases, put in before the statement that loses the last reference.
 *
 *     if (n > 3)                    if (n > 3) {
 *         return 1;          ->         fclose(g);
 *                                       return 1;
 *                                   }
 *
 * Offered only where the text alone shows that the acquisition comes before the loss on every way there (it stands in
 * a block around it, no label between), that the variable still has it, and what is called. Whether another path
 * has released or kept it by then, the text does not show: who applies the edits analyses the result first (fix.c). */
#ifndef LL_PIPELINE_MEND_H
#define LL_PIPELINE_MEND_H

#include "base/arena.h"
#include "finding/finding.h"
#include "rulepack/rulepack.h"
#include "source/overlay.h"

/* Gives the leaks among the findings that have no edits theirs. Their paths are relative to `root`, the texts are
 * those of `view` (NULL: the disk). */
void mend_leaks(ll_arena *a, const char *root, const src_overlay *view, const rule_set *rules, finding_list *l);

#endif
