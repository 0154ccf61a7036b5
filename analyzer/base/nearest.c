#include "base/nearest.h"

#include <string.h>

enum { MAX_WORD = 63 };

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment distance over three rolling rows; words over MAX_WORD are never near. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb) {
    unsigned rows[3][MAX_WORD + 1] = {{0}};
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++) last[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[nb];
}

const char *ll_nearest(const char *word, const char *const *words, size_t n) {
    const char *best = NULL;
    size_t len = strlen(word);
    if (len > MAX_WORD) return NULL;
    unsigned limit = (unsigned)len / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t other = words[i] ? strlen(words[i]) : MAX_WORD + 1;
        if (other > MAX_WORD) continue;
        unsigned d = distance(word, len, words[i], other);
        if (d > limit || d >= other) continue;
        best = words[i];
        limit = d ? d - 1 : 0;
        if (!d) break;
    }
    return best;
}
