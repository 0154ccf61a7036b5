/* Inside of live*.c only: what the holder has, and what one check adds to it. */
#ifndef LL_PIPELINE_LIVE_INSIDE_H
#define LL_PIPELINE_LIVE_INSIDE_H

#include "base/sys.h"
#include "frontend/prefix.h"
#include "pipeline/live.h"
#include "pipeline/plan.h"

typedef struct live_text {
    const char *s;
    size_t n;
} live_text;

/* The facts of a unit, and what they were read from. */
typedef struct live_unit {
    ll_arena *a; /* its own: facts are replaced one unit at a time */
    facts_unit facts;
    ll_hash state; /* of the texts that may come from buffers, see live_state_of; none: not read */
    bool from_buffer;
    live_text text;   /* with from_buffer: of its main file; in `a` */
    fe_prefix prefix; /* text NULL: none was tried; fd -1: of this text there is none, or it is of no use */
} live_unit;

/* What the engine concluded about one unit. */
typedef struct live_conclusion live_conclusion;

/* A unit that a check read: what live_unit will be. */
typedef struct live_reread {
    uint32_t unit;
    const ir_unit *facts; /* NULL: none that are worth keeping */
    ll_hash state;
    bool from_buffer;
    live_text text;
    fe_request rq;
    const char *prefix_text; /* a prefix of this text is to be tried; NULL: all is known */
    bool in_vain;            /* it has been, and the unit was read again without */
} live_reread;

typedef struct live_file {
    const char *path;
    ll_file_stat stat;
} live_file;

struct live {
    const check_options *opt;
    ll_arena *a;
    ll_intern *names;
    check_result base; /* root, rules, entries of suppressions */
    plan units;
    live_unit *v; /* one a request */
    live_state state;
    live_conclusion *conclusions;
    LL_ARRAY(live_file) files; /* on the disk: what was read, and what said how */
    int spare;                 /* memory for the prefix that a fork may make */

    /* of one check, in its fork */
    LL_ARRAY(live_reread) reread;
};

/* engine_cache over the conclusions held; what is put is also noted as fresh. */
engine_cache live_engine_cache(live *l);
void live_put_fresh(live *l, ll_strbuf *out);
void live_take_fresh(live *l, ll_reader *r);
bool live_files_moved(const live *l);
/* Takes a unit's encoded facts; false: they are damaged. */
bool live_take_facts(live *l, uint32_t i, const void *bytes, size_t n);

/* ---- live_mend.c ---- */

/* Whether a unit has errors that it did not have. */
bool live_is_broken(const ir_unit *held, const ir_unit *now);
/* What it shows now, and of what it does not show any more what was there before. In `a`, which both outlive. */
const ir_unit *live_mend(ll_arena *a, const ir_unit *held, const live_text *old, const ir_unit *now,
                         const live_text *text);

#endif
