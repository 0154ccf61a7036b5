/* Suppressions outside the sources, and what is known of findings by their fingerprints.
 *
 * Accepted findings live in .lifelint-suppressions.yml at the root: a list, in the tree and not in the database, so
 * that a review sees who accepted what and why, and every clone and CI job has the same. An entry of `suppress:` in
 * .lifelint.yml has the same form and usually names a rule and a path. Verdicts (confirmed, false) are evidence about
 * rules and are kept with the findings' history. */
#ifndef LL_PIPELINE_SUPPRESSIONS_H
#define LL_PIPELINE_SUPPRESSIONS_H

#include "finding/suppress_outside.h"
#include "pipeline/pipeline.h"
#include "rulepack/ytree.h"
#include "source/overlay.h"

#define SUPPRESSIONS_FILE ".lifelint-suppressions.yml"

/* A list of entries. What is wrong with one goes to `problems` under `shown`; `file` is where findings about it are. */
void suppressions_read(ll_arena *a, const char *file, const char *shown, const ynode *list, rulepack_problems *problems,
                       suppress_entries *out);
/* Adds those of the root's file in this view (NULL: the disk); none is no error. False (LL_E_USAGE): the first mistake
 * in it, or in the rules that entries name (`rules` NULL: not looked at). */
bool suppressions_load(ll_arena *a, const char *root, const src_overlay *view, const rule_set *rules,
                       suppress_entries *out, ll_err *err);

/* Where findings are known from. */
typedef struct known_findings {
    const char *root;       /* NULL: the working directory */
    const char *store_path; /* NULL: default */
} known_findings;

typedef struct suppress_request {
    const char *fingerprint; /* or the beginning of one */
    const char *reason, *until;
    bool is_false;
} suppress_request;

/* Appends an entry for one finding; *written gets the finding. False: unknown or ambiguous, already suppressed, a date
 * that is none; nothing is changed then. */
bool suppressions_add(ll_arena *a, const known_findings *k, const suppress_request *rq, finding *written, ll_err *err);
/* Records that a finding is true. */
bool suppressions_confirm(ll_arena *a, const known_findings *k, const char *fingerprint, finding *confirmed,
                          ll_err *err);

typedef struct rule_statistics {
    const char *rule;
    uint32_t hits, present; /* findings ever, findings now (suppressed ones included) */
    uint32_t suppressed;    /* of the present ones */
    uint32_t judged_false, judged_true;
    int32_t days;         /* since one was last seen; -1: never */
    const char *proposal; /* NULL: keep it as it is */
} rule_statistics;

typedef struct rule_statistics_list {
    LL_ARRAY(rule_statistics) items; /* as in `rules list`; rules no longer there at the end, by name */
    int32_t days;                    /* between the first run and now; -1: no run */
    uint32_t runs;
} rule_statistics_list;

/* One row a rule. `retire_after`: days without a hit after which a rule is proposed for retirement. */
bool pipeline_rule_statistics(ll_arena *a, const known_findings *k, const rule_set *rules, uint32_t retire_after,
                              rule_statistics_list *out, ll_err *err);

#endif
