/* What a whole run came to, before anything is filtered: remembered by what it was made from.
 *
 * Two keys lead to it. The first is of the requests alone and says which files have to be what they were: nothing is
 * read but their stats. The second is of the facts of all units: files have changed and changed back, or in ways that
 * facts do not show. Suppressions are such a way: they are kept with the first key, and read again with the second. */
#ifndef LL_PIPELINE_RESULT_H
#define LL_PIPELINE_RESULT_H

#include "pipeline/findings.h"

typedef struct result_query {
    facts_cache *cache; /* NULL: nothing is remembered */
    const char *root;   /* absolute: paths in results are relative to it */
    const fe_request *rq;
    uint32_t n;
    uint64_t rules; /* pipeline_rules_hash; 0: nothing is remembered */
    const src_overlay *view; /* where the texts are; NULL: the disk */
} result_query;

/* Takes the result when nothing changed: fills the analysis (its units have files and notes only) and `out`, as
 * pipeline_gather does. */
bool result_recall(const result_query *q, ll_arena *a, pipeline_analysis *p, finished *out);
/* The same when all facts are known (`p` was read, or every unit is in the cache). */
bool result_recall_by_facts(const result_query *q, ll_arena *a, pipeline_analysis *p, finished *out);
void result_remember(const result_query *q, ll_arena *a, const pipeline_analysis *p, const finished *f);

/* For near.h, which knows what a result is still that of. */
bool result_remembers(const result_query *q);
/* The second key: of the facts of each request. None when one of them is. */
ll_hash result_key(const result_query *q, ll_arena *a, const ll_hash *facts);
/* The bytes that are kept under it. */
void result_write(const result_query *q, const pipeline_analysis *p, const finished *f, ll_strbuf *out);
/* Takes the result from bytes kept under that key. False: damaged; nothing was changed. */
bool result_read(const void *bytes, size_t n, const result_query *q, ll_arena *a, pipeline_analysis *p, finished *out);

/* What the engine's conclusions about any unit depend on besides the program: see facts_cache_engine. Runs over a part
 * of the program see other callees; they keep apart what they conclude. */
ll_hash result_scope(const result_query *q, bool whole);

#endif
