/* Between the two halves of making a summary: what outcomes there are, and how they become few. */
#ifndef LL_ENGINE_SUMMARY_BUILD_H
#define LL_ENGINE_SUMMARY_BUILD_H

#include "engine/fctx.h"

/* The store of a caller's value that the summary does not tell: the caller must not count on having it alone. */
void note_kept(fctx *c, state *st, sym val);
/* Neither's conditions include the other's: their hull lets in what neither does. */
bool ask_otherwise(const fctx *c, const state *x, const state *y);
/* y with x's names for the new values that it gives and stores where x does. NULL: they differ in more than names. */
state *renamed_like(fctx *c, const state *x, const state *y);
/* Merges outcomes until they are LIM_SUMMARY at most, when there are more than `limit`. */
void merge_to_limit(fctx *c, state_list *l, uint32_t limit);

#endif
