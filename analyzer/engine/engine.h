/* The engine: functions and rules in, findings out.
 *
 * Under-approximating path-sensitive interpretation with function summaries, in the line of
 * Infer's Pulse (Le, Raad, Villard, Berdine, Dreyer, O'Hearn: "Finding real bugs in big programs
 * with incorrectness logic", OOPSLA 2022) and ESP (Das, Lerner, Seigle: PLDI 2002; states that agree
 * on the property are merged). It knows nothing of libclang, YAML or SQLite. */
#ifndef LL_ENGINE_H
#define LL_ENGINE_H

#include "base/arena.h"
#include "base/err.h"
#include "finding/finding.h"
#include "ir/change.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

typedef struct engine engine;

/* What earlier runs with the same rules and the same engine concluded, as bytes under the name of a unit. Nothing is
 * believed of them but that they are whose name they bear; any may be missing. */
typedef struct engine_cache {
    void *ctx;
    /* False: none. The bytes stay until engine_free. NULL: nothing is remembered. */
    bool (*get)(void *ctx, const char *unit, const void **bytes, size_t *n);
    void (*put)(void *ctx, const char *unit, const void *bytes, size_t n);
} engine_cache;

/* The other names under which the cache must have something for what it has under a unit's name to be of use. In `a`.
 */
uint32_t engine_cache_needs(ll_arena *a, const char *unit, const void *bytes, size_t n, const char ***names);

/* For whom only some units count: what nothing in them calls, however far down, is not followed. What is remembered of
 * it counts all the same. */
typedef struct engine_focus {
    const void *ctx;
    bool (*on)(const void *ctx, const char *unit); /* NULL: every unit counts */
} engine_focus;

/* Bodies of functions that units came without (ir/outline.h). Fills in that of `f`, a function of the unit that is
 * bare. False: it is gone. */
typedef struct engine_bodies {
    void *ctx;
    bool (*load)(void *ctx, const ir_unit *u, ir_func *f); /* NULL: no function is bare */
} engine_bodies;

typedef struct engine_options {
    uint32_t max_steps; /* instructions interpreted per function; 0: as its size allows (limits.h) */
    engine_cache cache;
    engine_focus focus;
    engine_bodies bodies;
} engine_options;

typedef struct engine_stats {
    uint64_t functions, remembered; /* followed; taken from an earlier run */
    uint64_t instructions, states, summaries, cut_steps, cut_disjuncts, cut_loops;
} engine_stats;

/* names: the pool in which all units' strings are interned. Rules and pool are borrowed. */
engine *engine_new(const rule_set *rules, ll_intern *names, engine_options opt);
void engine_free(engine *e);
/* Adds a unit's facts, which must stay alive until engine_free. Functions defined in several units under
 * one USR (headers) are analysed once. */
void engine_add_unit(engine *e, const ir_unit *u);
/* Analyses everything added: call graph, summaries bottom-up, findings. Findings and their strings are
 * allocated in `out_arena`. The order does not depend on the order of the units. */
void engine_run(engine *e, ll_arena *out_arena, finding_list *out);

/* What an edit changes in what the whole program comes to. */
typedef struct engine_moved { /* a place that others may mention; lines are relative to the function's first */
    const ir_func *of;        /* as it was before */
    int32_t line, col, to_line, to_col;
} engine_moved;

typedef struct engine_swap {
    finding was, is; /* with absolute paths; `was`: as it was before, where things stood then */
    bool had, has;   /* there is such a one */
    bool perhaps;    /* it may not have been reported: then it is not now, either */
} engine_swap;

typedef struct engine_edit {
    LL_ARRAY(engine_moved) moved;
    LL_ARRAY(engine_swap) swaps;
    LL_ARRAY(const char *) wanted; /* NEAR_WANTS_UNITS: main files */
} engine_edit;

struct heard;
typedef struct engine_near {
    const struct heard *heard; /* of the whole program, as it was */
    const ir_unit *before;
    const ir_change *change; /* from there to the unit that was added */
    void *ctx;
    /* Whether a function of that unit may do something else than before: whoever asks what it does calls it, in the
     * unit. */
    bool (*may_change)(void *ctx, const ir_func *f);
    bool with_callers; /* the functions that such callers call are there, too */
} engine_near;

typedef enum engine_near_answer {
    NEAR_LOST,          /* what the program comes to cannot be told from here */
    NEAR_WANTS_CALLERS, /* it may be, but with_callers */
    NEAR_WANTS_UNITS,   /* it may be, but with more units: what is known of some function speaks of others */
    NEAR_KNOWN,
} engine_near_answer;

/* Instead of engine_run, after the units `now` and those in which the functions it calls are were added, all with their
 * bodies: follows the functions that `change` names, and their callers in that unit as far as they are told something
 * else, alone. NEAR_KNOWN: what the whole program comes to is what it came to with `before`, of which the cache has
 * what was concluded last, but for what `edit` says. Else nothing of this is to be kept. See near_begin in
 * pipeline/near.h for what else has to hold. All is in `out_arena`. */
engine_near_answer engine_run_near(engine *e, const engine_near *near, ll_arena *out_arena, engine_edit *edit);
/* After engine_run: hands what was newly concluded to the cache. */
void engine_keep(engine *e);
/* After engine_run: some body was gone. What was concluded is worth nothing, and must not be kept. */
bool engine_lost_bodies(const engine *e);
engine_stats engine_get_stats(const engine *e);
/* The summary of a function in words, for `lifelint ir --summary` and tests; "" when there is none. */
struct ll_strbuf;
void engine_print_summary(const engine *e, const char *function_name, struct ll_strbuf *out);

#endif
