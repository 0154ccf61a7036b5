/* Which finding of one state of a program is which of another: what a pull request brought, what it fixed, and what
 * was there before and only moved.
 *
 * A fingerprint (finding/fingerprint.h) survives edits elsewhere; what it does not survive, the two texts tell, and
 * here both are at hand. Partners are looked for in stages, the surest first; a finding that has a partner is out:
 *
 *   1. equal fingerprint: in the same file (renamed or not), then anywhere;
 *   2. the same roles in the same function of a renamed file;
 *   3. the same rule where the anchor's line is one that the edit left alone;
 *   4. the same function, rule, acquisition and place; the way it is lost may differ;
 *   5. for leaks, the same function, acquisition and place: what is known of the kind of resource may differ;
 *   6. the same function, rule and acquisition where the variable was renamed, or on a line that differs by its name
 * alone;
 *   7. a function that only the old state has and one that only the new state has, of one name (a static one that went
 *      to another file) or with like bodies (a renamed one): the same rule, acquisition and place in them;
 *   8. code that went into a function which only the new state has: the same rule, acquisition and place on a line that
 *      reads the same.
 *
 * The stages are tried over all findings in turn, so that a sure partner is never taken by a doubtful one. Two findings
 * are partners only when both are suppressed or neither is, except that one which is suppressed now was not fixed, and
 * one which is not any longer is new. */
#ifndef LL_FINDING_MATCH_H
#define LL_FINDING_MATCH_H

#include "finding/finding.h"

/* What is known of the two states' texts; any member may be NULL (a baseline file has no texts). Files as in the
 * findings. `now` tells the sides apart. */
typedef struct match_texts {
    void *ctx;
    /* The name that a file of the old state has now; the same pointer or text when it was not renamed. */
    const char *(*renamed)(void *ctx, const char *file);
    /* What line `line` of the old file is in the file's present text; 0: changed or gone. */
    int32_t (*line)(void *ctx, const char *file, int32_t line);
    /* The bytes of a file; false: not to be had. They live until finding_match returns. */
    bool (*text)(void *ctx, bool now, const char *file, const char **text, size_t *n);
    /* Whether the state has a function of this USR. */
    bool (*defines)(void *ctx, bool now, const char *usr);
} match_texts;

typedef struct match_result {
    bool *is_new;   /* one for each finding now; suppressed ones are not */
    bool *is_fixed; /* one for each finding before */
    uint32_t n_new, n_fixed, n_unchanged;
} match_result;

/* Both lists have fingerprints; results are in the arena. */
match_result finding_match(ll_arena *a, const finding_list *before, const finding_list *now, const match_texts *texts);

/* How alike two functions' texts are, 0 … 1: shared triples of tokens, names of the functions themselves left out.
 * `line` is where the function begins in the text. */
double match_bodies(const char *x, size_t nx, int32_t line_x, const char *name_x, const char *y, size_t ny,
                    int32_t line_y, const char *name_y);
/* Whether a name occurs in the function that begins in this line of the text. */
bool match_body_mentions(const char *text, size_t n, int32_t line, const char *name, size_t len);

#endif
