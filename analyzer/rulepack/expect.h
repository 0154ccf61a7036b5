/* Expected diagnostics written in the source: the examples of rules and the fixtures share them.
 *
 *     int *p = malloc(4);   // expect: libc-heap-leak "lost here"
 *     free(p);              // expect: a-double-release expect: a-use-after-release
 *
 * The mark stands in a comment on the line of the finding; a part of the message may follow in double
 * quotes. Everything unmarked must be silent. `gap:` in place of `expect:` says the same truth, and that
 * it is known to be missed today; `noise:` marks what is known to be reported falsely today. Once a gap is
 * found or noise is silent, the comparison asks for the mark to be changed. */
#ifndef LL_RULEPACK_EXPECT_H
#define LL_RULEPACK_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"
#include "base/strbuf.h"

typedef enum expect_kind { EXPECT_FOUND, EXPECT_GAP, EXPECT_NOISE } expect_kind;

typedef struct expect_mark {
    int32_t line;        /* 1-based in the text */
    const char *rule;    /* reported id */
    const char *message; /* a part of the message, or NULL */
    expect_kind kind;
} expect_mark;

typedef LL_ARRAY(expect_mark) expect_list;

/* Marks in order of the lines, allocated in `a`. False (LL_E_INPUT) for a mark that cannot be read. */
bool expect_parse(ll_arena *a, const char *text, expect_list *out, ll_err *err);

/* What a run reported. */
typedef struct expect_actual {
    int32_t line;
    const char *rule, *message;
} expect_actual;

typedef struct expect_result {
    LL_ARRAY(const expect_mark *) missing;      /* marked and not reported */
    LL_ARRAY(const expect_actual *) unexpected; /* reported and not marked */
    LL_ARRAY(const expect_mark *) outdated;     /* a gap that is reported, noise that is silent */
    uint32_t met, gaps;                         /* gaps: known to be wrong, noise included */
} expect_result;

/* Matches one finding to one mark: same line, same id, message contained. */
void expect_compare(ll_arena *a, const expect_list *marks, const expect_actual *actual, uint32_t n, expect_result *out);
/* True when nothing is missing, unexpected or out of date. */
bool expect_is_met(const expect_result *r);
/* One line a difference, `file:line: …`; line_offset is added to the lines (examples inside a pack). */
void expect_describe(const expect_result *r, const char *file, int32_t line_offset, ll_strbuf *out);

#endif
