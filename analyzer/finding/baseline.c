#include "finding/baseline.h"

#include <stdlib.h>
#include <string.h>

struct ref {
    const char *fingerprint, *file;
    uint32_t index;
};

static int by_fingerprint(const struct ref *a, const struct ref *b) {
    return strcmp(a->fingerprint, b->fingerprint);
}

static int by_both(const struct ref *a, const struct ref *b) {
    int c = by_fingerprint(a, b);
    return c ? c : strcmp(a->file, b->file);
}

static int in_order(const void *pa, const void *pb) {
    const struct ref *a = pa, *b = pb;
    int c = by_both(a, b);
    return c ? c : (a->index > b->index) - (a->index < b->index);
}

static struct ref *sorted(const baseline_item *v, uint32_t n) {
    struct ref *r = ll_xcalloc(n, sizeof *r);
    for (uint32_t i = 0; i < n; i++)
        r[i] = (struct ref){v[i].fingerprint ? v[i].fingerprint : "", v[i].file ? v[i].file : "", i};
    qsort(r, n, sizeof *r, in_order);
    return r;
}

/* One merge over two sorted lists; pairs up what is still open on both sides. Sorting by both keys
 * also sorts by the first, so either comparison may drive it. */
static void pair_up(const struct ref *old, uint32_t nold, const struct ref *now, uint32_t nnow,
                    int (*compare)(const struct ref *, const struct ref *), baseline_diff *d) {
    uint32_t i = 0, j = 0;
    while (i < nold && j < nnow) {
        if (!d->is_gone[old[i].index]) {
            i++;
            continue;
        }
        if (!d->is_new[now[j].index]) {
            j++;
            continue;
        }
        int c = compare(&old[i], &now[j]);
        if (c == 0) {
            d->is_gone[old[i++].index] = false;
            d->is_new[now[j++].index] = false;
            d->n_unchanged++;
        } else if (c < 0) {
            i++;
        } else {
            j++;
        }
    }
}

baseline_diff baseline_compare(ll_arena *a, const baseline_item *before, uint32_t nbefore, const baseline_item *now,
                               uint32_t nnow) {
    baseline_diff d = {0};
    d.is_gone = LL_NEWN(a, bool, nbefore);
    d.is_new = LL_NEWN(a, bool, nnow);
    for (uint32_t i = 0; i < nbefore; i++) d.is_gone[i] = true;
    for (uint32_t i = 0; i < nnow; i++) d.is_new[i] = true;
    struct ref *old = sorted(before, nbefore), *cur = sorted(now, nnow);
    pair_up(old, nbefore, cur, nnow, by_both, &d);
    pair_up(old, nbefore, cur, nnow, by_fingerprint, &d);
    d.n_gone = nbefore - d.n_unchanged;
    d.n_new = nnow - d.n_unchanged;
    free(old);
    free(cur);
    return d;
}
