/* What a function does for constants that it is given, where its summary could not tell that for each. */
#ifndef LL_ENGINE_SPECIAL_H
#define LL_ENGINE_SPECIAL_H

#include "engine/fctx.h"

/* Of the parameters, whose values the exits depend on; asked before outcomes are merged. */
uint64_t params_asked(const fctx *c, const state_list *exits);
/* n's summary, or, where that excludes some result, one for the constants among these arguments of a call; n has been
 * summarised. */
const summary *special_summary(fctx *c, const ir_inst *in, func_node *n, const sym *args, uint32_t nargs);
/* The first state of a function that is followed for constants. */
void special_enter(fctx *c, state *st);
void specials_free(struct specials *x);

#endif
