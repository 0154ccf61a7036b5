/* Evidence beside proof: what one path of the program shows about callees whose bodies are unknown.
 *
 *     b = buf_get();  if (!parse(b)) return -1;  …  buf_put(b);
 *
 * buf_put looks like a release (its name, and nothing touches b afterwards); the path that calls it
 * also calls parse(b) before, so parse borrows. The early return then loses b: reported, at a lower
 * confidence, as released on one path and lost on another. */
#ifndef LL_ENGINE_EVIDENCE_H
#define LL_ENGINE_EVIDENCE_H

#include "engine/fctx.h"

enum { RESULT_ZERO = 1, RESULT_POSITIVE = 2, RESULT_NEGATIVE = 4, RESULT_ANY = 7 };
/* Which results this path still allows; RESULT_ANY for s 0. */
uint8_t result_class(fctx *c, const state *st, sym s);

/* What is witnessed of a callee's argument (with ARG_ITSELF: that alone) has this name. */
const char *borrow_key(struct engine *e, const char *callee, uint32_t arg);
/* Every callee the released resource was handed to before borrows that argument. */
void learn_borrows(fctx *c, const state *st, const track *tr);
/* The callee is given the address of a local variable: what it releases is not what that argument points to. */
void learn_local(fctx *c, sym s, const char *callee, uint32_t arg);
/* s is read by somebody who keeps nothing: whom it was handed to before borrowed it, if it is released later. */
void note_used_again(state *st, sym s);
/* This acquisition is released here on some path of the function. */
void note_release_site(fctx *c, const state *st, const track *tr, const char *by);

/* Says the name of a releasing function: free, close, destroy, unref, put, … as a word of it. */
bool name_releases(engine *e, const char *name); /* name is interned */
/* Of those: the object is there afterwards, and what it held is not. */
bool name_empties(const char *name);
/* Names whose result is a borrowed view more often than not: get, find, lookup, first, next, … */
bool name_borrows(const char *name);

/* Judges what the whole program gathered and turns candidates into findings. */
void evidence_settle(engine *e);

#endif
