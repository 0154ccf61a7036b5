/* The rule kinds besides pair and order, each in a file of its own; bond.c, step.c and report.c call in here. */
#ifndef LL_ENGINE_KINDS_H
#define LL_ENGINE_KINDS_H

#include "engine/bond.h"
#include "engine/fctx.h"
#include "engine/report.h"

/* kind_keepalive.c: a borrowed value is used when dead (b->ended), or released while its owner is there; memory that
 * somebody still refers to is gone. */
void kinds_misused(fctx *c, state *st, const bond *b, sym s, const char *by);
/* A borrowed value is still in the global `place` when the function returns. */
void kinds_left_in(fctx *c, state *st, const bond *b, const char *place);
void kinds_kept_dies(fctx *c, state *st, const bond *b);
/* s is released: on this path with those things stopped that the state says. */
void kinds_note_release(fctx *c, const state *st, sym s);
/* Candidates that another path of the function answers. */
bool kinds_calm(const fctx *c, const candidate *k);
finding_confidence kinds_confidence(const fctx *c, const candidate *k);
const char *kinds_message(fctx *c, const candidate *k);
/* The step in which the owner, or the memory, ended. */
void kinds_ended_step(fctx *c, const candidate *k, const path_step *at, step_list *l);
void kinds_steps(fctx *c, const candidate *k, step_list *l);

/* kind_dangling.c: a candidate of it that no other path of the function contradicts its being a plan; its words. */
bool dangling_calm(const fctx *c, const candidate *k);
const char *dangling_message(fctx *c, const candidate *k);

/* ---- kind_forbid.c, kind_task.c ---- */

/* After program_link: who calls what is banned somewhere, who handles signals, who is called back, who runs threads. */
void kinds_prepare(engine *e);
/* What needs no path: handlers, callbacks, destructors, endless tasks; and counted values. */
void kinds_report_program(engine *e);
void values_report(engine *e); /* kind_values.c */
/* A call of a library's function, in every one of its outcomes; and, before it is followed, one of the program's own.
 */
void forbid_call(fctx *c, state *st, const bond_call *k);
void forbid_callee(fctx *c, state *st, const func_node *callee);
const char *forbid_message(fctx *c, const candidate *k);
void forbid_steps(fctx *c, const candidate *k, step_list *l);
/* A finding of a rule that has no path: the caller fills in steps. */
finding kinds_finding(engine *e, const rule *r, const ir_func *f, const ir_inst *at, const char *message);

#endif
