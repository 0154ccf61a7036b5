/* The list of problems while packs are read. */
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

#endif
