/* Inside of `rules infer`: inferred rules as text. */
#ifndef LL_PIPELINE_INFER_WRITE_H
#define LL_PIPELINE_INFER_WRITE_H

#include "pipeline/infer.h"
#include "rulepack/ywrite.h"

/* What a rule is written with. */
typedef struct infer_rule_text {
    const inferred_rule *r;
    const char *id;       /* of the rule in the pack */
    const char *reported; /* what its findings begin with: its own id, or that of the rule it extends */
    const char *resource;
} infer_rule_text;

/* infer_examples.c: writes `bad` and `good`, two of each, when the functions' declarations are known. */
void infer_write_examples(ll_arena *a, ywriter *w, const infer_rule_text *t);

#endif
