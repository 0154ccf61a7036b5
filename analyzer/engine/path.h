/* How a state came to be: acquisitions and steps, immutable and shared between states. They live as long as the
 * interpretation of their function; what a summary or a finding tells of them is a copy. */
#ifndef LL_ENGINE_PATH_H
#define LL_ENGINE_PATH_H

#include "finding/finding.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

typedef struct path_step {
    const struct path_step *prev;
    step_kind kind;
    const ir_func *func;
    const ir_inst *inst; /* BRANCH, SWITCH: the decision; else where it happened */
    uint32_t taken;      /* target index of a BRANCH or SWITCH */
    const char *text;    /* NULL: made from inst when shown */
    uint32_t serial;     /* grows along a path */
} path_step;

typedef struct acquisition {
    const rule *rule;    /* NULL: evidence only */
    const ir_func *func; /* where the call stands */
    const ir_inst *inst;
    const char *callee;              /* what was called */
    const char *place;               /* what received it, in words; "" unknown */
    const struct acquisition *inner; /* acquired inside the callee: how */
    const path_step *step;
    uint32_t block;  /* of func */
    uint32_t site;   /* instruction number, identity of the acquisition within its function */
    uint32_t arg;    /* evidence: the out-parameter that gave it, 1-based; 0 the result */
    bool from_store; /* evidence: out of a store of the program's own, by a function whose body is known */
    bool by_body;    /* evidence: by a function whose body is known, and was not followed to its end */
    bool by_address; /* evidence: an object initialised in place (strbuf style) */
} acquisition;

#endif
