/* Suppressions in the code:
 *
 *     int fd = open(p, O_RDONLY);  // lifelint:ignore posix-fd-leak: kept for the life of the process
 *     // lifelint:ignore heap, posix-fd until 2027-03-31: rewritten with the new loader
 *     char *s = strdup(name);
 *
 * `lifelint:ignore RULE[,RULE] [until YYYY-MM-DD]: reason` opens a // or block comment. RULE is a family id
 * ("posix-fd"), a reported id ("posix-fd-leak") or `all`. The comment speaks for its own line, or, when
 * it stands alone, for the next line that holds code (other comments between are skipped, an empty
 * line is not). `until` includes that day. A suppression that cannot be trusted suppresses nothing
 * and is a finding itself: without a reason, expired, or not understood. One that matched nothing
 * is reported too, as a note. */
#ifndef LL_FINDING_SUPPRESS_H
#define LL_FINDING_SUPPRESS_H

#include "finding/finding.h"

/* No text without this has a suppression. */
#define SUPPRESS_WORD "lifelint:"

typedef enum suppression_state {
    SUPPRESSION_OK,
    SUPPRESSION_NO_REASON,
    SUPPRESSION_MALFORMED, /* no rule, or no date after `until` */
} suppression_state;

typedef struct suppression {
    const char *file;
    int32_t line, col, end_col; /* the comment; end_col 0 when it ends on another line */
    finding_edit removal;       /* takes the comment out, with the blanks or the lines it would leave */
    int32_t target;             /* the line it speaks for; 0: none */
    const char **rules;
    uint32_t nrules;
    const char *rule_text; /* the rules as written, for messages */
    const char *until;     /* "YYYY-MM-DD" or NULL */
    const char *reason;    /* NULL when there is none */
    suppression_state state;
    bool expired;  /* set by suppress_apply */
    uint32_t used; /* findings it hides; set by suppress_apply */
} suppression;

typedef struct suppress_set {
    LL_ARRAY(suppression) items;
} suppress_set;

typedef struct suppress_options {
    const char *today;  /* "YYYY-MM-DD": the caller's clock, so that runs can be repeated */
    bool report_unused; /* off when only some rules or a part of the code ran */
} suppress_options;

/* "2027-03-31" and the like; NULL is none. */
bool suppress_is_date(const char *s);

/* Adds the suppressions of one file's text (C, C++). Strings go to the arena; `file` is borrowed and
 * must be spelled as in the findings. Never fails: what is no suppression is skipped. */
void suppress_scan(ll_arena *a, const char *file, const char *text, size_t n, suppress_set *out);

/* Marks suppressed findings (suppressed, suppress_reason), then appends a finding for each suppression
 * that is wrong, expired or unused. Call before finding_fingerprints. */
void suppress_apply(ll_arena *a, suppress_set *set, const suppress_options *opt, finding_list *l);

#endif
