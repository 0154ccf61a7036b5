/* Candidates of one function to findings; those that rest on other callees borrowing wait (engine.deferred). */
#ifndef LL_ENGINE_REPORT_H
#define LL_ENGINE_REPORT_H

#include "engine/fctx.h"

void report_function(fctx *c);

/* What the rule kinds build their findings with. Strings and steps live as long as the findings. */
typedef LL_ARRAY(finding_step) step_list;
const char *report_words(fctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void report_step(fctx *c, step_list *l, step_kind k, const ir_func *f, const ir_inst *in, uint32_t depth,
                 const char *text);
/* What was called inside the callee, down to the primitive. */
void report_inner_steps(fctx *c, step_list *l, const acquisition *a);
/* The decisions after `from` up to `to`, and k's release among them. */
void report_steps_between(fctx *c, step_list *l, const path_step *from, const path_step *to, const candidate *k);

#endif
