/* The worklist: states through the blocks of one function, in reverse postorder. */
#include <string.h>

#include "engine/bond.h"
#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/special.h"

static void note_branch(fctx *c, state *st, const ir_inst *t, uint32_t taken) {
    bool of_interest = false;
    for (uint32_t i = 0; i < st->ntracks && !of_interest; i++)
        of_interest = st->tracks[i].acq != NULL || st->tracks[i].ended;
    if (!of_interest) return;
    add_step(c, st, STEP_BRANCH, NULL);
    ((path_step *)st->path)->inst = t;
    ((path_step *)st->path)->taken = taken;
}

/* A variable's number and the turn of the loop and of those around it: what is unknown in another turn is another
 * value. */
static uint32_t turn_tag(const fctx *c, const state *st, const loop_info *l, uint32_t var) {
    uint32_t turn = 0;
    for (const uint32_t *in = c->enclosing[l->head]; *in != UINT32_MAX; in++)
        turn = turn * (LIM_LOOP_TURNS + 2) + st->turns[*in % STATE_LOOPS];
    return var << 12 | (turn & 0xfff);
}

/* `do { if (*argv) … argv++; } while (*argv);`: the pointer is where it was, however it is called from now on: whether
 * null lies there is as well known. */
static void keep_seen(fctx *c, state *st, sym was, sym now, const ir_type *pointer) {
    const ir_type *ty = pointer ? pointer->elem : NULL;
    if (!ty || ty->kind != IR_T_PTR) return; /* what is known of text parts more states than it helps */
    sym seen = state_find_cell(st, was);
    if (!seen && !state_find_default(st, c->t, was)) seen = symtab_at(c->t, was)->init;
    int null = seen ? decide_cmp(c, st, CMP_EQ, seen, 0) : -1;
    if (null >= 0) assume_cmp(c, st, null ? CMP_EQ : CMP_NE, mem_load(c, st, now, ty), 0);
}

/* Counters stepped in a loop become unknown after its first turn, so that the exit is seen. */
static void widen(fctx *c, state *st, const loop_info *l) {
    uint32_t uid = c->block_uid[l->head] - 1;
    for (uint32_t i = 0; i < l->ninduction; i++) {
        uint32_t v = l->induction[i];
        const ir_var *x = &c->f->vars[v];
        if (x->kind == IR_V_GLOBAL) continue;
        sym addr = sym_addr_local(c->t, v, x->type);
        sym old = state_find_cell(st, addr);
        if (!old) continue;
        symrec r = symtab_get(c->t, old);
        sym any = sym_conj(c->t, UINT32_MAX - 2 - uid, turn_tag(c, st, l, v), x->type);
        if (r.kind == SY_SUB && r.op == SUB_INDEX) {
            sym ix = sym_conj(c->t, UINT32_MAX - 2 - uid, turn_tag(c, st, l, v), NULL);
            range was = state_range(st, c->t, r.b);
            if (l->rises[i] && was.lo != INT64_MIN) assume_cmp(c, st, CMP_GE, ix, was.lo);
            sym there = sym_index(c->t, r.a, ix);
            keep_seen(c, st, old, there, x->type);
            state_set_cell(c->pool, st, addr, there);
        } else if (r.kind == SY_CONST || (r.kind == SY_TERM && !state_any_track(st, old)) || r.kind == SY_CONJ) {
            range was = state_range(st, c->t, old);
            if (state_any_track(st, old)) continue;
            if (x->type && x->type->kind == IR_T_PTR) continue;
            state_set_cell(c->pool, st, addr, any);
            if (l->rises[i] && was.lo != INT64_MIN)
                assume_cmp(c, st, CMP_GE, any, was.lo);
            else if (was.lo > 0)
                assume_cmp(c, st, CMP_GE, any, 0);
        }
    }
}

static bool is_scalar_const(const fctx *c, sym v) {
    const symrec *r = symtab_at(c->t, v);
    if (r->kind == SY_CONST) return true;
    return r->kind == SY_TERM && r->op != TERM_ALIAS && r->op != IR_EQ && r->op != IR_LT && r->op != IR_NOT;
}

/* A record that holds a resource: its tags and counts go with it. */
static bool beside_resource(const fctx *c, state *st, sym record) {
    for (uint32_t i = state_first_cell(st, record); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, record) && state_any_track(st, st->cells[i].val)) return true;
    return false;
}

/* On the last turn everything numeric that the loop writes becomes unknown, so that an exit that counts in a field,
 * doubles or waits for a flag is seen too. Null pointers stay what they are. */
static void widen_all(fctx *c, state *st, const loop_info *l) {
    uint32_t uid = UINT32_MAX - 2 - (c->block_uid[l->head] - 1);
    for (uint32_t i = 0; i < l->nwritten; i++) {
        const ir_var *x = &c->f->vars[l->written[i]];
        if (!x->type || (x->type->kind != IR_T_INT && x->type->kind != IR_T_BOOL)) continue;
        sym addr = x->kind == IR_V_GLOBAL ? sym_addr_global(c->t, x->usr, x->name, x->type)
                                          : sym_addr_local(c->t, l->written[i], x->type);
        sym old = state_find_cell(st, addr);
        if (old && is_scalar_const(c, old))
            state_set_cell(c->pool, st, addr, sym_conj(c->t, uid, l->written[i] << 3 | 7, x->type));
    }
    for (uint32_t k = 0; k < st->ncells; k++) {
        const symrec *r = symtab_at(c->t, st->cells[k].addr);
        int64_t zero;
        if (r->kind != SY_SUB || r->op != SUB_FIELD || !is_scalar_const(c, st->cells[k].val)) continue;
        if (sym_is_const(c->t, st->cells[k].val, &zero) && zero == 0) continue;
        if (beside_resource(c, st, r->a)) continue;
        for (uint32_t i = 0; i < l->nfields; i++)
            if (l->fields[i] == r->p) {
                st->cells[k].val = sym_conj(c->t, uid, 0x80000000u | st->cells[k].addr, NULL);
                break;
            }
    }
}

/* Only decides: nothing in it but what a condition is made of. */
static bool is_condition(const ir_block *b) {
    for (uint32_t i = 0; i + 1 < b->ninsts; i++) {
        const ir_inst *x = &b->insts[i];
        bool quiet = x->op == IR_COPY || x->op == IR_UN || x->op == IR_BIN;
        if (!quiet || x->dst.npath) return false;
    }
    return b->ninsts && b->insts[b->ninsts - 1].op == IR_BRANCH;
}

static void go(fctx *c, state *st, uint32_t target);

static bool in_loop(const fctx *c, uint32_t block, uint32_t loop) {
    for (const uint32_t *l = c->enclosing[block]; *l != UINT32_MAX; l++)
        if (*l == loop) return true;
    return false;
}

/* Follows st from block of the loop through its condition to where it leaves the loop; false: it does not. */
static bool leave_loop(fctx *c, state *st, uint32_t loop, uint32_t block, int depth) {
    const ir_block *b = &c->f->blocks[block];
    if (depth > 4 || !is_condition(b)) {
        state_drop(c->pool, st);
        return false;
    }
    uint32_t was_block = c->cur_block, was_uid = c->cur_uid;
    const ir_inst *was = c->cur;
    state_list one = {0};
    c->cur_block = c->lost_at = block;
    for (uint32_t i = 0; i + 1 < b->ninsts && st; i++) {
        c->cur = &b->insts[i];
        c->cur_uid = c->block_uid[block] + i;
        c->steps++;
        one.n = 0;
        step_inst(c, st, c->cur, &one);
        st = one.n ? one.v[0] : NULL;
    }
    bool left = false;
    c->cur = &b->insts[b->ninsts - 1];
    c->cur_uid = c->block_uid[block] + b->ninsts - 1;
    sym v = st ? eval_operand(c, st, &c->cur->a) : 0;
    for (uint32_t k = 0; k < 2 && st && !c->dead; k++) {
        uint32_t to = c->cur->targets[k];
        state *way = state_copy(c->pool, st);
        if (!assume(c, way, v, k == 0)) {
            state_drop(c->pool, way);
        } else if (in_loop(c, to, loop)) {
            left |= to != c->loops[loop].head && leave_loop(c, way, loop, to, depth + 1);
        } else {
            note_branch(c, way, c->cur, k);
            go(c, way, to);
            left = true;
        }
    }
    if (st) state_drop(c->pool, st);
    c->dead = false;
    c->cur_block = c->lost_at = was_block;
    c->cur_uid = was_uid;
    c->cur = was;
    return left;
}

/* The loop's body was followed often enough: only its condition is looked at once more, with what is known and, when
 * that does not end the loop, with everything unknown that the loop counts with. */
static void end_loop(fctx *c, state *st, uint32_t loop) {
    uint32_t head = c->loops[loop].head;
    c->e->stats.cut_loops++;
    c->cut = true;
    if (c->returns[head]) add_losses(c, st);
    widen(c, st, &c->loops[loop]);
    if (!leave_loop(c, state_copy(c->pool, st), loop, head, 0)) {
        note_cut_nulls(c, st);
        widen_all(c, st, &c->loops[loop]);
        leave_loop(c, st, loop, head, 0);
    } else {
        state_drop(c->pool, st);
    }
}

static void go(fctx *c, state *st, uint32_t target) {
    int32_t l = c->loop_of[target];
    if (l >= 0) {
        uint8_t *turn = &st->turns[l % STATE_LOOPS];
        if (target <= c->cur_block) {
            ++*turn;
            if (*turn > c->loops[l].max_turns) {
                end_loop(c, st, (uint32_t)l);
                return;
            }
            widen(c, st, &c->loops[l]);
        } else {
            *turn = 0;
        }
    }
    const ir_block *b = &c->f->blocks[target];
    const ir_inst *keep = c->cur;
    if (b->ninsts) c->cur = &b->insts[0];
    join_into(c, target, st);
    c->cur = keep;
}

static void do_branch(fctx *c, state *st, const ir_inst *t) {
    sym v = eval_operand(c, st, &t->a);
    if (c->dead) {
        state_drop(c->pool, st);
        return;
    }
    st->decided++;
    state *other = state_copy(c->pool, st);
    if (assume(c, st, v, true)) {
        note_branch(c, st, t, 0);
        go(c, st, t->targets[0]);
    } else {
        state_drop(c->pool, st);
    }
    if (assume(c, other, v, false)) {
        note_branch(c, other, t, 1);
        go(c, other, t->targets[1]);
    } else {
        state_drop(c->pool, other);
    }
}

static void do_switch(fctx *c, state *st, const ir_inst *t) {
    sym v = eval_operand(c, st, &t->a);
    if (c->dead) {
        state_drop(c->pool, st);
        return;
    }
    st->decided++;
    bool open = true;
    for (uint32_t i = 0; i < t->ncases && open; i++) {
        const ir_case *k = &t->cases[i];
        range r = state_range(st, c->t, v);
        state *hit = state_copy(c->pool, st);
        if (assume_cmp(c, hit, CMP_GE, v, k->lo) && assume_cmp(c, hit, CMP_LE, v, k->hi)) {
            note_branch(c, hit, t, k->target);
            go(c, hit, t->targets[k->target]);
        } else {
            state_drop(c->pool, hit);
        }
        if (r.lo >= k->lo && r.hi <= k->hi)
            open = false;
        else if (k->lo == k->hi)
            open = assume_cmp(c, st, CMP_NE, v, k->lo);
    }
    if (open && t->ntargets) {
        note_branch(c, st, t, 0);
        go(c, st, t->targets[0]);
    } else {
        state_drop(c->pool, st);
    }
}

/* By a return, or by an exception: then callers hear nothing of it. Theirs go on behind the call only when it returns,
 * and their handlers are entered as if the call had not been made. */
static void do_return(fctx *c, state *st, const ir_inst *t) {
    st->ret = 0;
    if (t->a.kind != IR_O_NONE) {
        sym v = eval_operand(c, st, &t->a);
        bool record = is_record_type(t->a.type);
        if (record && t->a.kind == IR_O_PLACE && !c->dead) {
            sym slot = sym_addr_local(c->t, c->f->nvars, t->a.type);
            mem_copy_record(c, st, slot, v);
            v = slot;
        }
        if (v && !(record && t->a.kind == IR_O_PLACE)) use_value(c, st, v, "return");
        st->ret = v;
    }
    if (c->dead) {
        state_drop(c->pool, st);
        return;
    }
    if (st->nbonds) bond_at_return(c, st);
    watch_return(c, st);
    watch_lent(c, st);
    if (st->ntracks) dangling_at_return(c, st);
    if (st->ntracks) check_lost_at_return(c, st);
    add_losses(c, st);
    st->losses = NULL;
    if (t->op == IR_THROW)
        state_drop(c->pool, st);
    else
        LL_PUSH(c->arena, &c->exits, st);
}

static void terminate(fctx *c, state *st, const ir_inst *t) {
    switch (t->op) {
        case IR_JUMP:
            go(c, st, t->targets[0]);
            break;
        case IR_BRANCH:
            do_branch(c, st, t);
            break;
        case IR_SWITCH:
            do_switch(c, st, t);
            break;
        case IR_IJUMP:
            for (uint32_t i = 0; i < t->ntargets; i++) go(c, state_copy(c->pool, st), t->targets[i]);
            state_drop(c->pool, st);
            break;
        case IR_RET:
        case IR_THROW:
            do_return(c, st, t);
            break;
        default:
            state_drop(c->pool, st);
            break;
    }
}

static void run_block(fctx *c, uint32_t b, state_list cur) {
    const ir_block *blk = &c->f->blocks[b];
    c->cur_block = c->lost_at = b;
    if (c->asserts && c->asserts[b]) {
        for (uint32_t k = 0; k < cur.n; k++) state_drop(c->pool, cur.v[k]);
        return;
    }
    for (uint32_t i = 0; i < blk->ninsts && cur.n; i++) {
        const ir_inst *in = &blk->insts[i];
        bool last = i + 1 == blk->ninsts;
        state_list next = {0};
        for (uint32_t k = 0; k < cur.n; k++) {
            c->cur = in;
            c->cur_uid = c->block_uid[b] + i;
            c->dead = false;
            c->steps++;
            if (last)
                terminate(c, cur.v[k], in);
            else
                step_inst(c, cur.v[k], in, &next);
            if (in->op == IR_CALL && k == 0 && next.n > 1) squeeze_before(c, b, &cur, next.n);
        }
        if (in->op == IR_CALL && next.n > 1) squeeze(c, b, &next);
        cur = next;
        c->steps += (uint32_t)(cur.n && cur.v[0]->ncells + cur.v[0]->nranges > 256 ? cur.n : 0);
        if (c->steps > c->max_steps && c->hurry) break;
        if (c->steps > c->max_steps + c->max_steps / LIM_HURRY) break;
    }
}

static void remember(fctx *c, uint32_t b, const state_list *l) {
    if (c->loop_of[b] < 0) return;
    for (uint32_t i = 0; i < l->n && c->seen[b].n < LIM_SEEN; i++)
        LL_PUSH(c->arena, &c->seen[b], state_copy(c->pool, l->v[i]));
}

/* In reverse postorder, so that states meet before they go on; in a hurry what is nearest to the end. */
static uint32_t next_pending(fctx *c) {
    while (c->first_pending < c->end_pending && !c->pending[c->first_pending].n) c->first_pending++;
    while (c->end_pending > c->first_pending && !c->pending[c->end_pending - 1].n) c->end_pending--;
    if (c->first_pending >= c->end_pending) return UINT32_MAX;
    return c->hurry ? c->end_pending - 1 : c->first_pending;
}

/* An outcome that is never told makes the others claims they are not: rather every branch once than some of them well.
 */
static bool hurry_up(fctx *c) {
    c->cut = c->lossy = true;
    c->cut_nulls = UINT64_MAX;
    if (c->hurry || c->deep) return false;
    c->e->stats.cut_steps++;
    c->hurry = true;
    c->max_steps = c->steps + c->max_steps / LIM_HURRY;
    for (uint32_t b = 0; b < c->f->nblocks; b++) squeeze(c, b, &c->pending[b]);
    return true;
}

void run_function(fctx *c) {
    flow_prepare(c);
    uint32_t n = c->f->nblocks;
    c->pending = LL_NEWN(c->arena, state_list, n);
    c->seen = LL_NEWN(c->arena, state_list, n);
    if (!n) return;
    state *first = state_new(c->pool);
    special_enter(c, first);
    LL_PUSH(c->arena, &c->pending[0], first);
    c->end_pending = 1;
    for (;;) {
        uint32_t b = next_pending(c);
        if (b == UINT32_MAX) break;
        state_list l = c->pending[b];
        c->pending[b] = (state_list){0};
        remember(c, b, &l);
        c->e->stats.states += l.n;
        run_block(c, b, l);
        if (c->steps > c->max_steps && !hurry_up(c)) break;
    }
    c->e->stats.instructions += c->steps;
    c->e->stats.functions++;
}
