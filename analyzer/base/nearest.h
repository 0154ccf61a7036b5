/* "Did you mean": the known word closest to a mistyped one. */
#ifndef LL_BASE_NEAREST_H
#define LL_BASE_NEAREST_H

#include <stddef.h>

/* The word of words[0..n) with the smallest edit distance (a swap of neighbours counts as one), or NULL
 * when none is near enough to be meant. NULL entries are skipped; on a tie the first wins. */
const char *ll_nearest(const char *word, const char *const *words, size_t n);

#endif
