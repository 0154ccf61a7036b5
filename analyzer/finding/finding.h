/* A finding as plain data: what is reported, why, along which path. Reporters, the store, the LSP
 * service and generators see this and nothing of the engine. All strings live as long as the list. */
#ifndef LL_FINDING_H
#define LL_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"

typedef enum finding_severity { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR } finding_severity;
typedef enum finding_confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH } finding_confidence;

/* Names in finding_category_name; SARIF properties.category. */
typedef enum finding_category {
    CAT_LEAK,        /* "leak" */
    CAT_FD_LEAK,     /* "fd_leak": integer handles */
    CAT_HANDLE_LEAK, /* "handle_leak": streams, directories, library objects */
    CAT_TIMER_LEAK,
    CAT_THREAD_LEAK,
    CAT_DOUBLE_FREE,
    CAT_USE_AFTER_FREE,
    CAT_MISMATCH,
    CAT_REFCOUNT,
    CAT_LIFECYCLE, /* everything else: order, keepalive, task, forbid */
    CAT_COUNT
} finding_category;

typedef enum step_kind {
    STEP_ACQUIRE,
    STEP_BRANCH,
    STEP_CALL,
    STEP_RELEASE,
    STEP_ESCAPE,
    STEP_USE,
    STEP_LOST,
    STEP_NOTE
} step_kind;

typedef struct finding_loc {
    const char *file;  /* absolute inside a run; made relative to the root by the pipeline before output and store */
    int32_t line, col; /* 1-based; col in bytes, 0 unknown */
    int32_t end_col;   /* exclusive; 0 unknown */
} finding_loc;

typedef struct finding_step {
    step_kind kind;
    finding_loc loc;
    const char *text;     /* "opened here", "taking the branch where `fd < 0` is false", "lost here" */
    const char *function; /* where the step happens */
    uint32_t depth;       /* 0: the finding's own function, 1: in a callee, … */
} finding_step;

/* One replacement of source text; positions as in finding_loc. */
typedef struct finding_edit {
    const char *file;
    int32_t line, col, end_line, end_col;
    const char *text; /* what stands there instead; "" deletes */
} finding_edit;

/* Where the words are that suppress a finding. */
typedef enum suppress_origin {
    SUPPRESSED_IN_SOURCE, /* a comment */
    SUPPRESSED_OUTSIDE,   /* the configuration, or the file of suppressions */
} suppress_origin;

typedef struct finding {
    const char *rule_id;   /* reported id: "posix-fd-leak" */
    const char *family_id; /* the rule's id: "posix-fd" */
    finding_severity severity;
    finding_confidence confidence;
    finding_category category;
    const char *resource;         /* "file descriptor `fd` from open()" */
    const char *message;          /* one sentence, no newline */
    const char *why, *fix, *link; /* from the rule; fix names the actual release call where known */
    uint32_t cwe;
    double security_severity;   /* 0: not security relevant; else 0.1 … 10.0 */
    const char *function, *usr; /* where it is reported */
    finding_loc loc;            /* anchor: where the resource was acquired for leaks, the offending call otherwise */
    finding_loc function_loc;   /* first line of the function */
    finding_step *steps;
    uint32_t nsteps;
    /* what the fingerprint is made of; roles, never lines: see finding/fingerprint.h */
    const char *role_acquire; /* "open", "param", "obj_new" */
    const char *role_exit;    /* "return", "overwrite", "close", … */
    const char *role_place;   /* "fd", "o->buf" */
    const char *fingerprint;  /* 32 hex digits; set by finding_fingerprints */
    uint32_t ordinal;         /* among equal roles in one function, in source order */
    bool suppressed;
    suppress_origin suppress_origin;
    const char *suppress_reason;
    finding_edit *edits; /* together they mend it; none when that takes thought */
    uint32_t nedits;
} finding;

typedef struct finding_list {
    LL_ARRAY(finding) items;
} finding_list;

const char *finding_category_name(finding_category c);
const char *finding_severity_name(finding_severity s);     /* "note", "warning", "error" */
const char *finding_confidence_name(finding_confidence c); /* "low", "medium", "high" */

/* Sorts by file, line, column, rule, message: the order of every output. */
void finding_sort(finding_list *l);

#endif
