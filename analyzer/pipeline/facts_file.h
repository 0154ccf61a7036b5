/* A file of facts: what `lifelint facts` makes of some units, and all that `lifelint link` needs of them. The same
 * bytes for the same sources and flags, on any machine and in any directory: paths are relative to the root, and there
 * are no times. It also says what else the reports rest on: the hashes of the project's files, the suppressions in
 * them, and the units that failed. */
#ifndef LL_PIPELINE_FACTS_FILE_H
#define LL_PIPELINE_FACTS_FILE_H

#include "pipeline/findings.h"

typedef struct facts_source {
    const char *path; /* relative to the root, as in finished.files */
    ll_hash hash;     /* of its bytes; none: it could not be read */
    const char *from; /* the facts file that says so, when read */
} facts_source;

typedef struct facts_sources {
    LL_ARRAY(facts_source) items;
} facts_sources;

typedef struct facts_shard { /* part k of n; 0, 0: no part of a known whole */
    uint32_t k, n;
} facts_shard;

/* Appends the facts of p->units, which were asked for by rq; `f`: as pipeline_gather fills it. Hashes the files. */
void facts_file_write(ll_strbuf *out, const pipeline_analysis *p, const fe_request *rq, const finished *f,
                      const char *root, facts_shard shard);

/* What one or several facts files hold together. */
typedef struct facts_program {
    ll_arena *arena;
    const char *root; /* absolute: where the files' paths begin now */
    pipeline_analysis *analysis;
    LL_ARRAY(facts_unit) units;
    LL_ARRAY(const char *) files; /* of the units, absolute */
    LL_ARRAY(const char *) from;  /* the facts file of each */
    facts_sources sources;
    suppress_set suppressions;
    LL_ARRAY(const char *) mixed;  /* sources that the facts files saw in different states; once each */
    LL_ARRAY(const char *) shards; /* the file of part k + 1, NULL: not there yet; as many as there are parts */
    struct facts_row *by_unit, *by_source;
} facts_program;

/* `p` has a pool of names and an arena: the facts go there. */
facts_program *facts_program_new(ll_arena *a, pipeline_analysis *p, const char *root);
/* Adds one file. False (LL_E_USAGE): it is damaged, another version's, or has a unit that is there already; nothing can be
 * added any more. What was added and not closed is to be closed. */
bool facts_program_add(facts_program *g, const char *path, ll_err *err);
/* Sorts by path: from here on the order of the files no longer shows. Fills the analysis' units. False (LL_E_USAGE): a
 * part of a whole is missing. */
bool facts_program_close(facts_program *g, ll_err *err);

#endif
