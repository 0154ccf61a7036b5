/* A function is built in memory that is given back; what it came to is copied out in one piece, exactly fitting. */
#include <string.h>

#include "frontend/clang/lower.h"

ir_place fe_keep_place(ll_arena *a, ir_place p) {
    if (p.npath) p.path = ll_memdup(a, p.path, p.npath * sizeof *p.path);
    return p;
}

static ir_operand keep_operand(ll_arena *a, ir_operand o) {
    o.place = fe_keep_place(a, o.place);
    return o;
}

static void keep_inst(ll_arena *a, ir_inst *i) {
    i->dst = fe_keep_place(a, i->dst);
    i->a = keep_operand(a, i->a);
    i->b = keep_operand(a, i->b);
    if (i->nargs) i->args = ll_memdup(a, i->args, i->nargs * sizeof *i->args);
    for (uint32_t k = 0; k < i->nargs; k++) i->args[k] = keep_operand(a, i->args[k]);
    if (i->ntargets) i->targets = ll_memdup(a, i->targets, i->ntargets * sizeof *i->targets);
    if (i->ncases) i->cases = ll_memdup(a, i->cases, i->ncases * sizeof *i->cases);
}

ir_func *fe_keep_func(ll_arena *a, const ir_func *f) {
    ir_func *r = ll_memdup(a, f, sizeof *f);
    if (f->nvars) r->vars = ll_memdup(a, f->vars, f->nvars * sizeof *f->vars);
    r->blocks = ll_memdup(a, f->blocks, f->nblocks * sizeof *f->blocks);
    for (uint32_t b = 0; b < r->nblocks; b++) {
        ir_block *k = &r->blocks[b];
        k->insts = ll_memdup(a, k->insts, k->ninsts * sizeof *k->insts);
        for (uint32_t i = 0; i < k->ninsts; i++) keep_inst(a, &k->insts[i]);
    }
    return r;
}
