#include "rulepack/problems.h"

#include <stdlib.h>
#include <string.h>

rulepack_problems *rulepack_problems_new(void) {
    rulepack_problems *p = ll_xcalloc(1, sizeof *p);
    p->arena = ll_arena_new("rule pack problems");
    return p;
}

void rulepack_problems_free(rulepack_problems *p) {
    if (!p) return;
    ll_arena_free(p->arena);
    free(p);
}

uint32_t rulepack_problems_count(const rulepack_problems *p) {
    return p->list.n + p->dropped;
}

const rulepack_problem *rulepack_problems_at(const rulepack_problems *p, uint32_t i) {
    return i < p->list.n ? &p->list.v[i] : NULL;
}

/* Sources of packs are outside our control: what they make us print must not drive a terminal. */
static void blank_controls(char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) *s = ' ';
}

static bool before(const rulepack_problem *a, const rulepack_problem *b) {
    if (strcmp(a->file, b->file) != 0) return false;
    return a->line != b->line ? a->line < b->line : a->col < b->col;
}

/* The reader mends a file from top to bottom; the checks run in an order of their own. */
static void keep_order(rulepack_problems *p) {
    for (uint32_t i = p->list.n - 1; i > 0 && before(&p->list.v[i], &p->list.v[i - 1]); i--) {
        rulepack_problem t = p->list.v[i];
        p->list.v[i] = p->list.v[i - 1];
        p->list.v[i - 1] = t;
    }
}

void problem_add(rulepack_problems *p, const char *file, int32_t line, int32_t col, const char *fmt, ...) {
    if (p->list.n == PROBLEMS_MAX) {
        p->dropped++;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    char *text = ll_vprintf(p->arena, fmt, ap);
    va_end(ap);
    blank_controls(text);
    LL_PUSH(p->arena, &p->list, (rulepack_problem){ll_strdup(p->arena, file), line, col, text});
    keep_order(p);
}

void rulepack_print_problems(const rulepack_problems *p, FILE *to) {
    for (uint32_t i = 0; i < p->list.n; i++) {
        const rulepack_problem *b = &p->list.v[i];
        if (b->line > 0)
            fprintf(to, "%s:%d:%d: %s\n", b->file, b->line, b->col, b->text);
        else
            fprintf(to, "%s: %s\n", b->file, b->text);
    }
    if (p->dropped) fprintf(to, "and %u more problems\n", p->dropped);
}

bool rulepack_first_problem(const rulepack_problems *p, ll_err *err) {
    if (!p->list.n) return true;
    const rulepack_problem *b = &p->list.v[0];
    if (b->line > 0) return ll_fail(err, LL_E_USAGE, "%s:%d:%d: %s", b->file, b->line, b->col, b->text);
    return ll_fail(err, LL_E_USAGE, "%s: %s", b->file, b->text);
}
