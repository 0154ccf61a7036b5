/* Suppressions that stand outside the sources: in the configuration (rule x path x reason x end) and in the file that
 * `lifelint suppress` writes (one finding by its fingerprint). An entry suppresses what all of its parts name. As with
 * comments, one that has expired suppresses nothing and is a finding, and one that hides nothing is reported. */
#ifndef LL_FINDING_SUPPRESS_OUTSIDE_H
#define LL_FINDING_SUPPRESS_OUTSIDE_H

#include "finding/suppress.h"

typedef struct suppress_entry {
    const char *file; /* where it is written, spelled as in the findings */
    int32_t line, col;
    const char *rule;        /* family id, reported id or `all`; NULL: any */
    const char *path;        /* a glob on the finding's file; NULL: any */
    const char *fingerprint; /* NULL: any */
    const char *reason, *until;
    bool is_false; /* the finding was judged to be wrong, not merely accepted */
    bool expired;  /* set by suppress_outside */
    uint32_t used; /* findings it names, those included that a comment hid before; set by suppress_outside */
} suppress_entry;

typedef struct suppress_entries {
    LL_ARRAY(suppress_entry) items;
} suppress_entries;

/* Whether a path lies under a glob. */
typedef bool (*suppress_path_fn)(const char *glob, const char *path);

/* The list must have fingerprints. Findings about entries are appended without one. */
void suppress_outside(ll_arena *a, suppress_entries *entries, suppress_path_fn in_path, const suppress_options *opt,
                      finding_list *l);

#endif
