/* One defect, one finding. A function of a header is analysed in every unit that includes it, and
 * several paths can lose one resource at one place; the reader wants one report of either. */
#ifndef LL_FINDING_DEDUPE_H
#define LL_FINDING_DEDUPE_H

#include "finding/finding.h"

/* Sorts the list, then drops every finding that says the same as an earlier one: equal rule,
 * anchor, message and exit role. Of equal ones the most certain stays, then the one with the
 * shortest path. Returns how many went. */
uint32_t finding_dedupe(finding_list *l);

#endif
