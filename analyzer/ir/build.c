/* Building a function.
 *
 * A front end makes blocks as it meets labels and arms, so at the end there are blocks nothing jumps to, blocks
 * that only jump on, and chains of blocks with one way in and one way out. ir_build_finish makes the graph the
 * engine wants to see from it: every block is reachable, the numbers are a reverse postorder (a target not above
 * the block's own number is a back edge), and a chain is one block. Building again from the result changes nothing. */
#include <string.h>

#include "ir/ir.h"

typedef struct build_block {
    LL_ARRAY(ir_inst) insts;
} build_block;

struct ir_builder {
    ll_arena *arena;
    LL_ARRAY(ir_var) vars;
    LL_ARRAY(build_block) blocks;
    uint32_t nparams;
    uint32_t here;
};

ir_builder *ir_build_new(ll_arena *a, ll_intern *names) {
    (void)names;
    ir_builder *b = LL_NEW(a, ir_builder);
    b->arena = a;
    ir_build_block(b);
    return b;
}

uint32_t ir_build_var(ir_builder *b, ir_var var) {
    if (var.kind == IR_V_PARAM) b->nparams++;
    LL_PUSH(b->arena, &b->vars, var);
    return b->vars.n - 1;
}

const ir_var *ir_build_vars(const ir_builder *b, uint32_t *nvars) {
    *nvars = b->vars.n;
    return b->vars.v;
}

uint32_t ir_build_block(ir_builder *b) {
    LL_PUSH(b->arena, &b->blocks, (build_block){0});
    return b->blocks.n - 1;
}

void ir_build_at(ir_builder *b, uint32_t block) {
    b->here = block;
}
uint32_t ir_build_here(const ir_builder *b) {
    return b->here;
}

static bool terminated(const build_block *k) {
    return k->insts.n && ir_op_terminates(k->insts.v[k->insts.n - 1].op);
}

bool ir_build_terminated(const ir_builder *b) {
    return terminated(&b->blocks.v[b->here]);
}

static void clear_operand(ir_operand *o) {
    if (o->kind != IR_O_PLACE && o->kind != IR_O_ADDR && o->kind != IR_O_FUNC) o->place = ir_place_var(IR_NOVAR);
    if (o->kind != IR_O_INT) o->i = 0;
    if (o->kind != IR_O_STR) o->str = NULL;
    if (o->kind == IR_O_NONE) o->type = NULL;
}

/* What the operation does not use gets one fixed value, so that equal instructions are equal in every byte written. */
static void normalise(ir_inst *i) {
    const char *uses = ir_op_operands(i->op);
    if (!strchr(uses, 'd') && !strchr(uses, 'p')) {
        i->dst = ir_place_var(IR_NOVAR);
        i->type = NULL;
    }
    if (!strchr(uses, 'o')) i->arith = IR_ADD;
    if (!strchr(uses, 'o') && !strchr(uses, 'c')) i->is_unsigned = false;
    if (!strchr(uses, 'a') && !strchr(uses, 'f')) i->a.kind = IR_O_NONE;
    if (!strchr(uses, 'b')) i->b.kind = IR_O_NONE;
    if (!strchr(uses, 'v')) i->nargs = 0;
    if (!strchr(uses, 't')) i->ntargets = 0;
    if (!strchr(uses, 'c')) i->ncases = 0;
    clear_operand(&i->a);
    clear_operand(&i->b);
    for (uint32_t k = 0; k < i->nargs; k++) clear_operand(&i->args[k]);
}

void ir_build_inst(ir_builder *b, ir_inst inst) {
    if (ir_build_terminated(b)) ir_build_at(b, ir_build_block(b));
    normalise(&inst);
    LL_PUSH(b->arena, &b->blocks.v[b->here].insts, inst);
}

static ir_inst *last_inst(const ir_builder *b, uint32_t block) {
    const build_block *k = &b->blocks.v[block];
    return &k->insts.v[k->insts.n - 1];
}

static bool jump_only(const ir_builder *b, uint32_t block) {
    return b->blocks.v[block].insts.n == 1 && last_inst(b, block)->op == IR_JUMP;
}

/* Where control that enters `block` first finds something to do. An empty endless loop is its own destination. */
static uint32_t destination(const ir_builder *b, uint32_t block) {
    uint32_t slow = block;
    for (uint32_t steps = 0; jump_only(b, block); steps++) {
        block = last_inst(b, block)->targets[0];
        if (steps & 1) slow = last_inst(b, slow)->targets[0];
        if (block == slow) break;
    }
    return block;
}

static void thread_jumps(ir_builder *b) {
    uint32_t *to = LL_NEWN(b->arena, uint32_t, b->blocks.n);
    for (uint32_t k = 0; k < b->blocks.n; k++) to[k] = destination(b, k);
    for (uint32_t k = 0; k < b->blocks.n; k++) {
        ir_inst *t = last_inst(b, k);
        for (uint32_t j = 0; j < t->ntargets; j++) t->targets[j] = to[t->targets[j]];
    }
}

/* Targets of a switch: the default, then each block once, in the order of the cases. */
static void normalise_switch(ir_builder *b, ir_inst *s) {
    if (s->op != IR_SWITCH || !s->ntargets) return;
    uint32_t *targets = LL_NEWN(b->arena, uint32_t, s->ncases + 1);
    uint32_t *index = LL_NEWN(b->arena, uint32_t, b->blocks.n); /* index of a block in targets, plus 1 */
    uint32_t n = 0;
    targets[n++] = s->targets[0];
    index[s->targets[0]] = n;
    for (uint32_t k = 0; k < s->ncases; k++) {
        uint32_t block = s->targets[s->cases[k].target];
        if (!index[block]) {
            targets[n++] = block;
            index[block] = n;
        }
        s->cases[k].target = index[block] - 1;
    }
    s->targets = targets;
    s->ntargets = n;
}

typedef struct order {
    uint32_t *rpo; /* reachable blocks in reverse postorder */
    uint32_t n;
    uint32_t *preds; /* edges into a block from reachable blocks; the entry has one more */
} order;

/* Depth first without recursion: a function of a megabyte has deep graphs. The last target is visited first,
 * so that the first one comes first in reverse postorder. */
static order reverse_postorder(ir_builder *b) {
    uint32_t nb = b->blocks.n, depth = 0, post = nb;
    uint32_t *stack = LL_NEWN(b->arena, uint32_t, nb), *next = LL_NEWN(b->arena, uint32_t, nb);
    uint32_t *rpo = LL_NEWN(b->arena, uint32_t, nb);
    order o = {.preds = LL_NEWN(b->arena, uint32_t, nb)};
    o.preds[0] = 1;
    stack[depth++] = 0;
    next[0] = last_inst(b, 0)->ntargets;
    while (depth) {
        uint32_t k = stack[depth - 1];
        if (!next[k]) {
            rpo[--post] = k;
            depth--;
            continue;
        }
        uint32_t to = last_inst(b, k)->targets[--next[k]];
        if (o.preds[to]++) continue;
        stack[depth++] = to;
        next[to] = last_inst(b, to)->ntargets;
    }
    o.rpo = rpo + post;
    o.n = nb - post;
    return o;
}

/* Appends to each block the chain of blocks that only it leads to. Those are left empty. A chain's head comes
 * before its members in reverse postorder, so every block is moved once. */
static void merge_chains(ir_builder *b, const order *o) {
    for (uint32_t i = 0; i < o->n; i++) {
        build_block *k = &b->blocks.v[o->rpo[i]];
        while (k->insts.n && k->insts.v[k->insts.n - 1].op == IR_JUMP) {
            uint32_t to = k->insts.v[k->insts.n - 1].targets[0];
            if (o->preds[to] != 1 || &b->blocks.v[to] == k) break;
            build_block *tail = &b->blocks.v[to];
            k->insts.n--;
            for (uint32_t j = 0; j < tail->insts.n; j++) LL_PUSH(b->arena, &k->insts, tail->insts.v[j]);
            tail->insts.n = 0;
        }
    }
}

static void emit_blocks(ir_builder *b, const order *o, ir_func *f) {
    uint32_t *number = LL_NEWN(b->arena, uint32_t, b->blocks.n);
    f->blocks = LL_NEWN(b->arena, ir_block, o->n);
    f->nblocks = 0;
    for (uint32_t i = 0; i < o->n; i++) {
        const build_block *k = &b->blocks.v[o->rpo[i]];
        if (!k->insts.n) continue;
        number[o->rpo[i]] = f->nblocks;
        f->blocks[f->nblocks++] = (ir_block){k->insts.v, k->insts.n};
    }
    for (uint32_t i = 0; i < f->nblocks; i++) {
        ir_inst *t = &f->blocks[i].insts[f->blocks[i].ninsts - 1];
        for (uint32_t j = 0; j < t->ntargets; j++) t->targets[j] = number[t->targets[j]];
    }
}

/* Targets are written to: an array that two instructions share would be renumbered twice. */
static void own_targets(ir_builder *b) {
    for (uint32_t k = 0; k < b->blocks.n; k++) {
        if (!terminated(&b->blocks.v[k]))
            LL_PUSH(
                b->arena, &b->blocks.v[k].insts,
                (ir_inst){.op = IR_RET, .dst = {.var = IR_NOVAR}, .a.place.var = IR_NOVAR, .b.place.var = IR_NOVAR});
        ir_inst *t = last_inst(b, k);
        if (t->ntargets) t->targets = ll_memdup(b->arena, t->targets, t->ntargets * sizeof *t->targets);
        if (t->ncases) t->cases = ll_memdup(b->arena, t->cases, t->ncases * sizeof *t->cases);
    }
}

void ir_build_finish(ir_builder *b, ir_func *f) {
    own_targets(b);
    thread_jumps(b);
    order o = reverse_postorder(b);
    for (uint32_t i = 0; i < o.n; i++) normalise_switch(b, last_inst(b, o.rpo[i]));
    /* again: folding equal switch targets changes the number of edges, and may change the order */
    o = reverse_postorder(b);
    merge_chains(b, &o);
    emit_blocks(b, &o, f);
    f->vars = b->vars.v;
    f->nvars = b->vars.n;
    f->nparams = b->nparams;
}
