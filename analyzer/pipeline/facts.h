/* The first half of the flow: units to be read in, facts out. */
#ifndef LL_PIPELINE_FACTS_H
#define LL_PIPELINE_FACTS_H

#include "base/arena.h"
#include "base/err.h"
#include "frontend/frontend.h"
#include "ir/ir.h"
#include "pipeline/cache.h"
#include "pipeline/workers.h"

typedef struct facts_unit {
    const ir_unit *unit; /* NULL: failed or never reached */
    ll_err error;        /* code LL_OK when it did not fail */
    bool cached;         /* not parsed: its facts are those of an earlier run */
    bool bare;           /* cached, and without bodies: outlines.h */
    ll_hash facts;       /* of their bytes; none with in_process */
} facts_unit;

/* What reading took: CPU time in nanoseconds, whichever process spent it. */
typedef struct facts_costs {
    uint64_t workers;           /* of all worker processes; what is not below is starting them, encoding, sending */
    uint64_t prefixes;          /* of those that made shared prefixes */
    uint64_t parsing, lowering; /* of the others */
    uint32_t nprefixes, units;
    uint32_t prefixed, reread; /* units read on a prefix; units that had to be read a second time */
} facts_costs;

/* Told of progress; may be NULL. `done` of `n` units are over, `file` is the one that began last. */
typedef struct facts_watch {
    void *ctx;
    void (*progress)(void *ctx, uint32_t done, uint32_t n, const char *file);
} facts_watch;

typedef struct facts_options {
    workers_options workers;
    uint32_t solve_limit_s; /* for what comes after the units, wall clock; 0: none */
    bool in_process;        /* no worker processes: for tests and memory-only units; no limits then */
    facts_cache *cache;     /* NULL: everything is read */
    bool no_prefixes;       /* every unit parses all of its headers */
    facts_costs *costs;     /* filled; NULL: nobody asks */
    facts_watch watch;
    bool bare;     /* units that are known may come without bodies */
    bool only_new; /* units that are known are left out for now: asked again with out[] as it is then, they are taken */
    bool once;     /* and without what units before them have, by their names: for who looks at all of them together */
    /* Work that does not depend on what is read, done once, while worker processes read when there is something to
     * read. May be NULL. Without it the compiler's library is loaded here, and not in the one worker that needs it. */
    void (*meanwhile)(void *ctx);
    void *meanwhile_ctx;
} facts_options;

/* Reads units rq[0..n) and fills out[0..n), in the order of rq whatever order they end in; those that are there already
 * stay. Units live in
 * `a`, strings in `names`. *stopped_by: the signal that cut the work short, else 0. A unit that fails is
 * no failure of the whole; false only when no process could be made. */
bool facts_collect(ll_arena *a, ll_intern *names, const fe_request *rq, uint32_t n, const facts_options *opt,
                   facts_unit *out, int *stopped_by, ll_err *err);

#endif
