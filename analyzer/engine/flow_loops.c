/* Natural loops of retreating edges (blocks are numbered in reverse postorder), and what each does with variables. */
#include <stdlib.h>

#include "engine/flow.h"

typedef LL_ARRAY(uint32_t) number_list;

/* While one function's loops are found. */
typedef struct finder {
    fctx *c;
    const pred_list *preds;
    uint32_t *in;   /* per block: number + 1 of the loop whose body it was last seen to be of */
    uint32_t *slot; /* per variable: its number + 1 among the induction variables of the loop at hand, 0 none */
} finder;

static int by_number(const void *x, const void *y) {
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

/* The blocks from which a tail is reached without the head, in order. */
static number_list loop_body(const finder *x, uint32_t loop, uint32_t head, const number_list *tails) {
    number_list body = {0};
    LL_PUSH(x->c->arena, &body, head);
    x->in[head] = loop + 1;
    for (uint32_t i = 0; i < tails->n; i++) {
        if (x->in[tails->v[i]] == loop + 1) continue;
        x->in[tails->v[i]] = loop + 1;
        LL_PUSH(x->c->arena, &body, tails->v[i]);
    }
    for (uint32_t done = 1; done < body.n; done++) {
        uint32_t b = body.v[done];
        for (uint32_t i = x->preds->first[b]; i < x->preds->first[b + 1]; i++) {
            uint32_t p = x->preds->v[i];
            if (x->in[p] == loop + 1) continue;
            x->in[p] = loop + 1;
            LL_PUSH(x->c->arena, &body, p);
        }
    }
    qsort(body.v, body.n, sizeof *body.v, by_number);
    return body;
}

static bool is_step(const fctx *c, const ir_inst *in) {
    if (in->op != IR_BIN || in->dst.npath || in->dst.var == IR_NOVAR) return false;
    if (in->arith != IR_ADD && in->arith != IR_SUB && in->arith != IR_PTRADD) return false;
    return c->f->vars[in->dst.var].kind != IR_V_TEMP;
}

static bool step_rises(const ir_inst *x) {
    bool adds = x->arith == IR_ADD || x->arith == IR_PTRADD;
    return adds && x->b.kind == IR_O_INT && x->b.i > 0;
}

/* Variables that the loop steps, and whether every assignment in it is a step upwards. */
static void find_induction(const finder *x, loop_info *l, const number_list *body) {
    fctx *c = x->c;
    number_list vars = {0};
    LL_ARRAY(bool) rises = {0};
    for (uint32_t b = 0; b < body->n; b++)
        for (uint32_t i = 0; i < c->f->blocks[body->v[b]].ninsts; i++) {
            const ir_inst *in = &c->f->blocks[body->v[b]].insts[i];
            if (!is_step(c, in)) continue;
            uint32_t *k = &x->slot[in->dst.var];
            if (!*k) {
                LL_PUSH(c->arena, &vars, in->dst.var);
                LL_PUSH(c->arena, &rises, true);
                *k = vars.n;
            }
            rises.v[*k - 1] = rises.v[*k - 1] && step_rises(in);
        }
    for (uint32_t b = 0; vars.n && b < body->n; b++) /* an assignment beside the steps starts it anew */
        for (uint32_t i = 0; i < c->f->blocks[body->v[b]].ninsts; i++) {
            const ir_inst *in = &c->f->blocks[body->v[b]].insts[i];
            if (in->dst.var == IR_NOVAR || in->dst.npath || in->op == IR_DECL || in->op == IR_SCOPE_END) continue;
            if (x->slot[in->dst.var] && !is_step(c, in)) rises.v[x->slot[in->dst.var] - 1] = false;
        }
    for (uint32_t k = 0; k < vars.n; k++) x->slot[vars.v[k]] = 0;
    l->induction = vars.v;
    l->rises = rises.v;
    l->ninduction = vars.n;
}

static void find_written(fctx *c, loop_info *l, const number_list *body) {
    number_list vars = {0};
    LL_ARRAY(const char *) fields = {0};
    for (uint32_t b = 0; b < body->n; b++)
        for (uint32_t i = 0; i < c->f->blocks[body->v[b]].ninsts; i++) {
            const ir_inst *x = &c->f->blocks[body->v[b]].insts[i];
            if (x->dst.var == IR_NOVAR || x->op == IR_DECL || x->op == IR_SCOPE_END) continue;
            if (x->op == IR_COPY && x->a.kind == IR_O_INT) continue; /* set to this or that: every value is met */
            if (!x->dst.npath)
                LL_PUSH(c->arena, &vars, x->dst.var);
            else if (ir_place_last_field(&x->dst))
                LL_PUSH(c->arena, &fields, ir_place_last_field(&x->dst));
        }
    l->written = vars.v;
    l->nwritten = vars.n;
    l->fields = fields.v;
    l->nfields = fields.n;
}

/* for (i = 0; i < 3; i++): the head compares a counter with a small constant. */
static void find_few(fctx *c, loop_info *l) {
    const ir_block *b = &c->f->blocks[l->head];
    for (uint32_t i = 0; i < b->ninsts; i++) {
        const ir_inst *x = &b->insts[i];
        if (x->op != IR_BIN || (x->arith != IR_LT && x->arith != IR_LE) || x->a.kind != IR_O_PLACE) continue;
        if (x->a.place.npath || x->b.kind != IR_O_INT || x->b.i > LIM_FEW_TURNS) continue;
        for (uint32_t k = 0; k < l->ninduction; k++) l->few |= l->induction[k] == x->a.place.var && l->rises[k];
    }
}

/* Turns of a nest multiply, and a long body has many paths: one turn less. */
static void limit_turns(fctx *c, loop_info *l, const number_list *body) {
    uint32_t n = 0;
    for (uint32_t b = 0; b < body->n; b++) n += c->f->blocks[body->v[b]].ninsts;
    bool inner = c->enclosing[l->head][0] != UINT32_MAX && c->enclosing[l->head][1] != UINT32_MAX;
    l->max_turns = inner || n > LIM_LOOP_SHORT ? LIM_LOOP_TURNS - 1 : LIM_LOOP_TURNS;
}

/* Per block the loops around it, by number. */
static void note_enclosing(fctx *c, const number_list *bodies) {
    uint32_t n = c->f->nblocks, all = 0;
    uint32_t *count = LL_NEWN(c->arena, uint32_t, n);
    for (uint32_t l = 0; l < c->nloops; l++)
        for (uint32_t i = 0; i < bodies[l].n; i++) count[bodies[l].v[i]]++;
    for (uint32_t b = 0; b < n; b++) all += count[b] + 1;
    uint32_t *v = LL_NEWN(c->arena, uint32_t, all);
    c->enclosing = LL_NEWN(c->arena, uint32_t *, n);
    for (uint32_t b = 0; b < n; b++) {
        c->enclosing[b] = v;
        v += count[b];
        *v++ = UINT32_MAX;
        count[b] = 0;
    }
    for (uint32_t l = 0; l < c->nloops; l++)
        for (uint32_t i = 0; i < bodies[l].n; i++) {
            uint32_t b = bodies[l].v[i];
            c->enclosing[b][count[b]++] = l;
        }
}

void flow_find_loops(fctx *c, const pred_list *preds) {
    uint32_t n = c->f->nblocks;
    c->loop_of = LL_NEWN(c->arena, int32_t, n);
    for (uint32_t b = 0; b < n; b++) c->loop_of[b] = -1;
    LL_ARRAY(loop_info) loops = {0};
    LL_ARRAY(number_list) tails = {0};
    for (uint32_t b = 0; b < n; b++) {
        const ir_inst *t = flow_terminator(c->f, b);
        for (uint32_t k = 0; t && k < t->ntargets; k++) {
            uint32_t h = t->targets[k];
            if (h > b) continue;
            if (c->loop_of[h] < 0) {
                c->loop_of[h] = (int32_t)loops.n;
                LL_PUSH(c->arena, &loops, (loop_info){.head = h});
                LL_PUSH(c->arena, &tails, (number_list){0});
            }
            LL_PUSH(c->arena, &tails.v[c->loop_of[h]], b);
        }
    }
    c->loops = loops.v;
    c->nloops = loops.n;
    finder x = {c, preds, loops.n ? LL_NEWN(c->arena, uint32_t, n) : NULL,
                loops.n ? LL_NEWN(c->arena, uint32_t, c->f->nvars) : NULL};
    number_list *bodies = LL_NEWN(c->arena, number_list, loops.n);
    for (uint32_t l = 0; l < loops.n; l++) bodies[l] = loop_body(&x, l, c->loops[l].head, &tails.v[l]);
    note_enclosing(c, bodies);
    for (uint32_t l = 0; l < loops.n; l++) {
        find_induction(&x, &c->loops[l], &bodies[l]);
        find_written(c, &c->loops[l], &bodies[l]);
        limit_turns(c, &c->loops[l], &bodies[l]);
        find_few(c, &c->loops[l]);
    }
}
