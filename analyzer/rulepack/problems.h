/* The list of problems while packs are read, and the search for the word that was meant. */
#ifndef LL_RULEPACK_PROBLEMS_H
#define LL_RULEPACK_PROBLEMS_H

#include "base/arena.h"
#include "base/array.h"
#include "rulepack/rulepack.h"

/* Past this many the rest is counted, not kept: a binary file must not print a page. */
#define PROBLEMS_MAX 200

struct rulepack_problems {
    ll_arena *arena;
    LL_ARRAY(rulepack_problem) list;
    uint32_t dropped;
};

void problem_add(rulepack_problems *p, const char *file, int32_t line, int32_t col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Calls back with each candidate word; see nearest_word. */
typedef struct nearest {
    const char *wanted;
    const char *best;
    uint32_t distance;
} nearest;

void nearest_begin(nearest *n, const char *wanted);
void nearest_offer(nearest *n, const char *candidate);
/* The best candidate when it is near enough to have been meant, else NULL. */
const char *nearest_word(const nearest *n);

#endif
