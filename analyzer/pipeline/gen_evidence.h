/* Stubs for findings that no rule is behind: what one path releases and another loses is a resource of its own kind,
 * which the two functions of the finding give and end. */
#ifndef LL_PIPELINE_GEN_EVIDENCE_H
#define LL_PIPELINE_GEN_EVIDENCE_H

#include "base/arena.h"
#include "finding/finding.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

/* The model of the function called `name`, with what the finding in `func` says of it; `m` (may be NULL) otherwise. */
const rule_model *gen_evidence_model(ll_arena *a, const finding *f, const ir_func *func, const char *name,
                                     const rule_model *m);

#endif
