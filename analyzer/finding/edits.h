/* Edits of findings, applied to the text of one file. */
#ifndef LL_FINDING_EDITS_H
#define LL_FINDING_EDITS_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "finding/finding.h"

/* Whether two edits cannot both be applied: they replace a byte both, or put text in at one place. */
bool finding_edits_overlap(const finding_edit *x, const finding_edit *y);
/* Where a line and a column, both from 1, stand in the text; the column may be one past the line's end. False: nowhere.
 */
bool finding_edits_offset(const char *text, size_t n, int32_t line, int32_t col, size_t *out);
/* Appends the text with all of the edits done, which all are of this file and do not overlap. False: a place that the
 * text does not have; nothing is appended. */
bool finding_edits_apply(ll_arena *a, const char *text, size_t n, const finding_edit *const *edits, uint32_t nedits,
                         ll_strbuf *out);

#endif
