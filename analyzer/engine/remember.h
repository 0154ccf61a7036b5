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
void remember_unit(engine *e, const ir_unit *before, const ir_change *change);
/* As remember_component, without asking anything again. What is not known stays so. */
void remember_as_it_is(engine *e, const uint32_t *nodes, uint32_t n);
/* The function was just followed, where only a part of the program is. True: in the whole program it would have got the
 * same answers, and what others are told of it is what they were told before, but for places in it; unless nobody asks.
 * Those places, and what is reported now instead of what was, are put into `edit`. */
bool remember_same(engine *e, uint32_t node, const ir_unit *before, const ir_changed *c, const trace *t,
                   uint32_t findings, uint32_t deferred, engine_edit *edit);

/* Called by program_node. A summary that cannot be unpacked marks the memory as damaged. */
void remember_unpack(engine *e, func_node *n);
/* True: what was concluded with it does not count. */
bool memory_is_damaged(const memory *m);
/* Hands the units of which something new is known to the cache. */
void memory_save(engine *e);

#endif
