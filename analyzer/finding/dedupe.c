#include "finding/dedupe.h"

#include <string.h>

static bool same_text(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The function does not count: a static inline one has a USR in each unit. */
static bool same_defect(const finding *a, const finding *b) {
    return a->loc.line == b->loc.line && a->loc.col == b->loc.col && same_text(a->loc.file, b->loc.file) &&
           same_text(a->rule_id, b->rule_id) && same_text(a->message, b->message) &&
           same_text(a->role_exit, b->role_exit);
}

static bool better(const finding *a, const finding *b) {
    if (a->confidence != b->confidence) return a->confidence > b->confidence;
    return a->nsteps < b->nsteps;
}

uint32_t finding_dedupe(finding_list *l) {
    finding_sort(l);
    uint32_t kept = 0, n = l->items.n;
    for (uint32_t i = 0; i < n; i++) {
        const finding *f = &l->items.v[i];
        uint32_t j = kept;
        /* equal anchors are neighbours; only the exit roles within them may be mixed */
        while (j > 0 && l->items.v[j - 1].loc.line == f->loc.line && !same_defect(&l->items.v[j - 1], f)) j--;
        if (j > 0 && same_defect(&l->items.v[j - 1], f)) {
            if (better(f, &l->items.v[j - 1])) l->items.v[j - 1] = *f;
        } else {
            l->items.v[kept++] = *f;
        }
    }
    l->items.n = kept;
    finding_sort(l);
    return n - kept;
}
