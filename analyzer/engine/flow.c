/* Static facts of a function's graph: what is read from a block on, from which blocks it returns; with flow_loops.c and
 * flow_live.c. */
#include "engine/flow.h"

#include <string.h>

static pred_list find_preds(fctx *c) {
    uint32_t n = c->f->nblocks;
    pred_list p = {.first = LL_NEWN(c->arena, uint32_t, n + 2)};
    for (uint32_t b = 0; b < n; b++) {
        const ir_inst *t = flow_terminator(c->f, b);
        for (uint32_t k = 0; t && k < t->ntargets; k++) p.first[t->targets[k] + 2]++;
    }
    for (uint32_t b = 1; b < n + 2; b++) p.first[b] += p.first[b - 1];
    p.v = LL_NEWN(c->arena, uint32_t, p.first[n + 1]);
    for (uint32_t b = 0; b < n; b++) {
        const ir_inst *t = flow_terminator(c->f, b);
        for (uint32_t k = 0; t && k < t->ntargets; k++) p.v[p.first[t->targets[k] + 1]++] = b;
    }
    return p;
}

static bool has(const uint64_t *set, uint32_t i) {
    return set[i / 64] >> (i % 64) & 1;
}
static void add(uint64_t *set, uint32_t i) {
    set[i / 64] |= (uint64_t)1 << (i % 64);
}

bool result_used(const fctx *c, const ir_inst *call) {
    if (call->dst.var == IR_NOVAR) return false;
    const ir_var *v = &c->f->vars[call->dst.var];
    return call->dst.npath || v->kind != IR_V_TEMP || c->var_read[call->dst.var] || v->address_taken;
}

/* ---- fields and globals read from a block on ---- */

static uint32_t read_bit(fctx *c, const char *name) {
    uint32_t bit = (uint32_t)(uintptr_t)name_map_get(c->read_bits, name);
    if (bit) return bit - 1;
    name_map_put(c->read_bits, name, (void *)(uintptr_t)(c->nread_bits + 1));
    return c->nread_bits++;
}

typedef LL_ARRAY(uint32_t) bit_list;

static void read_place(fctx *c, bit_list *out, const ir_place *p, bool stored) {
    if (p->var == IR_NOVAR) return;
    uint32_t n = p->npath; /* a store reads the pointers on its way only */
    while (stored && n && p->path[n - 1].kind != IR_S_DEREF) n--;
    const ir_var *v = &c->f->vars[p->var];
    if (v->kind == IR_V_GLOBAL && (n || !stored)) LL_PUSH(c->arena, out, read_bit(c, v->usr));
    for (uint32_t i = 0; i < n; i++)
        if (p->path[i].kind == IR_S_FIELD) LL_PUSH(c->arena, out, read_bit(c, p->path[i].field));
}

/* Of a callee, what its outcomes are told by; what else it reads, nobody asks about here. */
static void read_call(fctx *c, bit_list *out, const ir_inst *x) {
    if (x->a.kind != IR_O_FUNC) return;
    const func_node *node = program_node(c->e, c->f->vars[x->a.place.var].usr, c->unit);
    for (uint32_t i = 0; node && node->sum && i < node->sum->nreads; i++)
        LL_PUSH(c->arena, out, read_bit(c, node->sum->reads[i]));
}

static void find_reads(fctx *c) {
    uint32_t n = c->f->nblocks;
    c->read_bits = name_map_new(c->arena);
    bit_list *lists = LL_NEWN(c->arena, bit_list, n);
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t i = 0; i < c->f->blocks[b].ninsts; i++) {
            const ir_inst *x = &c->f->blocks[b].insts[i];
            read_place(c, &lists[b], &x->a.place, false);
            read_place(c, &lists[b], &x->b.place, false);
            for (uint32_t k = 0; k < x->nargs; k++) read_place(c, &lists[b], &x->args[k].place, false);
            read_place(c, &lists[b], &x->dst, true);
            if (x->op == IR_CALL) read_call(c, &lists[b], x);
        }
    uint32_t words = (c->nread_bits + 64) / 64;
    c->reads = LL_NEWN(c->arena, uint64_t *, n);
    for (uint32_t b = 0; b < n; b++) {
        c->reads[b] = LL_NEWN(c->arena, uint64_t, words);
        for (uint32_t i = 0; i < lists[b].n; i++) add(c->reads[b], lists[b].v[i]);
    }
    for (bool again = true; again;) {
        again = false;
        for (uint32_t b = n; b-- > 0;) {
            const ir_inst *t = flow_terminator(c->f, b);
            for (uint32_t k = 0; t && k < t->ntargets; k++)
                for (uint32_t w = 0; w < words; w++) {
                    uint64_t more = c->reads[t->targets[k]][w] & ~c->reads[b][w];
                    c->reads[b][w] |= more;
                    again |= more != 0;
                }
        }
    }
}

bool read_from(const fctx *c, uint32_t block, const char *name) {
    uint32_t bit = (uint32_t)(uintptr_t)name_map_get(c->read_bits, name);
    return bit && has(c->reads[block], bit - 1);
}

/* ---- blocks from which the function returns ---- */

static bool call_ends_program(const fctx *c, const ir_inst *x) {
    if (x->op != IR_CALL || x->a.kind != IR_O_FUNC) return false;
    const ir_var *f = &c->f->vars[x->a.place.var];
    const ir_fdecl *d = program_decl(c->e, f->usr);
    if (d && d->is_noreturn) return true;
    const func_node *n = program_node(c->e, f->usr, c->unit);
    if (n) return n->sum && n->sum->never_returns;
    const rule_model *m = rule_set_model(c->e->rules, f->name);
    for (uint32_t i = 0; m && i < m->neffects; i++)
        if (m->effects[i].kind == EFF_NORETURN && !m->effects[i].nconds) return true;
    return false;
}

static void find_returns(fctx *c) {
    uint32_t n = c->f->nblocks;
    c->returns = LL_NEWN(c->arena, bool, n);
    bool *stops = LL_NEWN(c->arena, bool, n);
    for (uint32_t b = 0; b < n; b++) {
        const ir_block *blk = &c->f->blocks[b];
        for (uint32_t i = 0; i < blk->ninsts && !stops[b]; i++) stops[b] = call_ends_program(c, &blk->insts[i]);
        const ir_inst *t = flow_terminator(c->f, b);
        c->returns[b] = t && (t->op == IR_RET || t->op == IR_THROW) && !stops[b];
    }
    for (bool again = true; again;) {
        again = false;
        for (uint32_t b = n; b-- > 0;) {
            const ir_inst *t = flow_terminator(c->f, b);
            if (c->returns[b] || stops[b]) continue;
            for (uint32_t k = 0; t && k < t->ntargets; k++)
                if (c->returns[t->targets[k]]) c->returns[b] = again = true;
        }
    }
}

/* ---- does it read pointers out of arrays by unknown index? ---- */

static bool walks(const fctx *c, const ir_operand *o) {
    if (o->kind != IR_O_PLACE || !o->place.npath) return false;
    for (uint32_t i = 0; i < o->place.npath; i++)
        if (o->place.path[i].kind == IR_S_INDEX && o->place.path[i].index_var != IR_NOVAR) return true;
    (void)c;
    return false;
}

static bool steps_pointers(const ir_inst *x) {
    const ir_type *ty = x->type ? x->type : x->a.type;
    return x->op == IR_BIN && x->arith == IR_PTRADD && ty && ty->elem &&
           (ty->elem->kind == IR_T_PTR || ty->elem->kind == IR_T_RECORD);
}

static void find_walks(fctx *c) {
    for (uint32_t b = 0; b < c->f->nblocks && !c->walks_arrays; b++)
        for (uint32_t i = 0; i < c->f->blocks[b].ninsts && !c->walks_arrays; i++) {
            const ir_inst *x = &c->f->blocks[b].insts[i];
            c->walks_arrays = walks(c, &x->a) || walks(c, &x->b) || steps_pointers(x);
            for (uint32_t k = 0; k < x->nargs; k++) c->walks_arrays |= walks(c, &x->args[k]);
            if (x->op != IR_CALL || x->a.kind != IR_O_FUNC) continue;
            const func_node *n = program_node(c->e, c->f->vars[x->a.place.var].usr, c->unit);
            c->walks_arrays |= n && n->sum && n->sum->walks;
        }
}

void flow_prepare(fctx *c) {
    uint32_t uid = 1;
    c->block_uid = LL_NEWN(c->arena, uint32_t, c->f->nblocks);
    for (uint32_t b = 0; b < c->f->nblocks; b++) {
        c->block_uid[b] = uid;
        uid += c->f->blocks[b].ninsts + 1;
    }
    c->sites = LL_NEWN(c->arena, struct call *, uid);
    c->asked_again = LL_NEWN(c->arena, uint8_t, uid);
    const pred_list preds = find_preds(c);
    flow_find_loops(c, &preds);
    flow_find_liveness(c, &preds);
    find_returns(c);
    flow_find_asserts(c);
    find_walks(c);
    flow_find_lent(c);
    find_reads(c);
}

/* ---- calls before ---- */

/* The call that came before the present one, as far as blocks tell: of this block, or the last of one that leads here.
 */
bool flow_called_before(const fctx *c, const acquisition *a) {
    const ir_block *b = &c->f->blocks[c->cur_block], *was = &c->f->blocks[a->block];
    bool here = a->block == c->cur_block, after = here;
    for (uint32_t i = 0; i < was->ninsts && !here; i++) {
        if (&was->insts[i] == a->inst)
            after = true;
        else if (was->insts[i].op == IR_CALL)
            after = false;
    }
    const ir_inst *last = here || !after ? NULL : a->inst;
    for (uint32_t i = 0; i < b->ninsts && &b->insts[i] != c->cur; i++)
        if (b->insts[i].op == IR_CALL) last = &b->insts[i];
    bool next = here;
    for (uint32_t k = 0; k < was->insts[was->ninsts - 1].ntargets && !next; k++)
        next = was->insts[was->ninsts - 1].targets[k] == c->cur_block;
    return next && last == a->inst;
}

/* Null there says that a call has failed, not that there is nothing to hand over: `tv = NULL; if (limit) tv = &wait;`.
 */
bool flow_from_a_call(const ir_func *f, const ir_place *p) {
    for (uint32_t b = 0; !p->npath && b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->op == IR_CALL && in->dst.var == p->var && !in->dst.npath) return true;
        }
    return p->npath != 0;
}
