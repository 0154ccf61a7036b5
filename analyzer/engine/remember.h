/* What earlier runs concluded about each component of the program, and on which answers that rested (trace.h).
 *
 * A component's conclusions are: a summary a function, the findings reported in it, those that wait for evidence,
 * and the borrows it bears witness to. They are kept a unit at a time, under the unit of the component's first
 * function. Where findings lie is kept relative to the functions they lie in, so that lines inserted above cost
 * nothing. */
#ifndef LL_ENGINE_REMEMBER_H
#define LL_ENGINE_REMEMBER_H

#include "engine/program.h"
#include "engine/trace.h"

typedef struct memory memory;

/* NULL when the options name no cache. */
memory *memory_new(engine *e);
void memory_free(memory *m);
/* Instead of one that is damaged: knows nothing, and what is concluded now takes the place of what was there. */
memory *memory_begin_anew(engine *e);

/* Takes what is known of the component nodes[0..n): summaries stay packed, findings and the rest go where following it
 * would have put them. False: it must be followed. */
bool remember_component(engine *e, const uint32_t *nodes, uint32_t n);
/* Keeps what was concluded about the component that was just followed. `findings`, `deferred`: how many there were
 * before it. */
void memorise_component(engine *e, const uint32_t *nodes, uint32_t n, trace *t, uint32_t findings, uint32_t deferred);
/* ---- engine_run_near: one unit was edited, and the rest of the program is not there ---- */

/* What the unit's functions rested on, as they were: what it says the program answers is so. `before`: the unit as it
 * was when the whole program was analysed last. */
void remember_unit(engine *e, const ir_unit *before);
/* As remember_component, without asking anything again. What is not known stays so. */
void remember_as_it_is(engine *e, const uint32_t *nodes, uint32_t n);
/* What is known of the function as it was is not to be kept: it is followed anew, or gone. */
void remember_replaced(engine *e, const char *unit, const ir_func *before);

typedef struct remembered { /* a function that was just followed again */
    const struct heard *heard;
    const ir_unit *before;
    const ir_changed *changed; /* it may be the same before and now */
    const trace *asked;
    uint32_t findings, deferred; /* how many there were before it */
} remembered;

typedef enum remember_verdict {
    REMEMBER_LOST,
    REMEMBER_OTHER, /* it does something else */
    REMEMBER_SAME,  /* or nobody asks */
} remember_verdict;

/* The function was just followed, where only a part of the program is. REMEMBER_SAME: in the whole program it would
 * have got the same answers, and what others are told of it is what they were told before, but for places in it. Those
 * places, and what is reported now instead of what was, are put into `edit`. REMEMBER_OTHER: all but what it does.
 * REMEMBER_LOST: neither. */
remember_verdict remember_same(engine *e, uint32_t node, const remembered *was, engine_edit *edit);

/* Called by program_node. A summary that cannot be unpacked marks the memory as damaged. */
void remember_unpack(engine *e, func_node *n);
/* True: what was concluded with it does not count. */
bool memory_is_damaged(const memory *m);
/* Hands the units of which something new is known to the cache. */
void memory_save(engine *e);

#endif
