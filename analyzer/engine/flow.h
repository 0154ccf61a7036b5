/* What flow.c and its parts share about the graph of one function. */
#ifndef LL_ENGINE_FLOW_H
#define LL_ENGINE_FLOW_H

#include "engine/fctx.h"

typedef struct pred_list {
    uint32_t *v, *first; /* predecessors of block b: v[first[b]] … v[first[b + 1] - 1] */
} pred_list;

static inline const ir_inst *flow_terminator(const ir_func *f, uint32_t b) {
    const ir_block *blk = &f->blocks[b];
    return blk->ninsts ? &blk->insts[blk->ninsts - 1] : NULL;
}

/* flow_loops.c: c->loops, c->loop_of, c->enclosing. */
void flow_find_loops(fctx *c, const pred_list *preds);
/* flow_asserts.c: c->asserts. */
void flow_find_asserts(fctx *c);
/* flow_lent.c: c->lends, c->lends_all. */
void flow_find_lent(fctx *c);
/* flow_live.c: c->live, c->var_read. */
void flow_find_liveness(fctx *c, const pred_list *preds);

#endif
