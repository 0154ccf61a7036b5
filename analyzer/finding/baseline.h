/* What changed between two sets of findings. Sets are multisets of fingerprints: two findings of one
 * fingerprint before and one now are one unchanged and one gone. */
#ifndef LL_FINDING_BASELINE_H
#define LL_FINDING_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct baseline_item {
    const char *fingerprint;
    const char *file; /* only decides which of several equal ones are partners; may be NULL */
} baseline_item;

typedef struct baseline_diff {
    uint32_t n_new, n_gone, n_unchanged;
    bool *is_new;  /* one for each of `now` */
    bool *is_gone; /* one for each of `before` */
} baseline_diff;

/* Partners are found within the same file first, then anywhere (a moved file keeps its findings). */
baseline_diff baseline_compare(ll_arena *a, const baseline_item *before, uint32_t nbefore, const baseline_item *now,
                               uint32_t nnow);

#endif
