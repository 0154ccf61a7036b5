/* Liveness of variables, one by one: backwards from the blocks that read a variable before they write it, as far as no
 * block writes it. Most are written and read in one block and never looked at, few are live in many: that costs as much
 * as there are live blocks, where sets of all variables in all blocks cost a large function the square of its size. */
#include "engine/flow.h"

typedef struct mention {
    uint32_t var, block;
} mention;

/* While the blocks are looked through. */
typedef struct scan {
    fctx *c;
    uint32_t block;
    uint32_t *used, *set;         /* per variable: block + 1 that was last seen to read, or write, it first */
    LL_ARRAY(mention) uses, defs; /* in order of blocks */
} scan;

static void use_var(scan *s, uint32_t v) {
    s->c->var_read[v] = true;
    if (s->set[v] == s->block + 1 || s->used[v] == s->block + 1) return;
    s->used[v] = s->block + 1;
    LL_PUSH(s->c->arena, &s->uses, (mention){v, s->block});
}

static void use_place(scan *s, const ir_place *p) {
    if (p->var == IR_NOVAR) return;
    use_var(s, p->var);
    for (uint32_t i = 0; i < p->npath; i++)
        if (p->path[i].kind == IR_S_INDEX && p->path[i].index_var != IR_NOVAR) use_var(s, p->path[i].index_var);
}

static void use_operand(scan *s, const ir_operand *o) {
    if (o->kind == IR_O_PLACE) use_place(s, &o->place);
    if (o->kind != IR_O_ADDR) return;
    use_place(s, &o->place);
    bool through = false;
    for (uint32_t i = 0; i < o->place.npath; i++) through |= o->place.path[i].kind == IR_S_DEREF;
    if (!through) s->c->live[o->place.var].everywhere = true;
}

static void set_var(scan *s, uint32_t v) {
    if (s->set[v] == s->block + 1 || s->used[v] == s->block + 1) return;
    s->set[v] = s->block + 1;
    LL_PUSH(s->c->arena, &s->defs, (mention){v, s->block});
}

static void scan_block(scan *s, const ir_block *b) {
    for (uint32_t i = 0; i < b->ninsts; i++) {
        const ir_inst *x = &b->insts[i];
        use_operand(s, &x->a);
        use_operand(s, &x->b);
        for (uint32_t k = 0; k < x->nargs; k++) use_operand(s, &x->args[k]);
        if (x->op == IR_DECL || x->op == IR_SCOPE_END || x->dst.var == IR_NOVAR) continue;
        if (x->dst.npath)
            use_place(s, &x->dst);
        else
            set_var(s, x->dst.var);
    }
}

/* Blocks by variable: those of v are of[first[v]] … of[first[v + 1] - 1]. */
typedef struct by_var {
    uint32_t *first, *of;
} by_var;

static by_var sort_mentions(fctx *c, const mention *v, uint32_t n) {
    by_var s = {LL_NEWN(c->arena, uint32_t, c->f->nvars + 2), LL_NEWN(c->arena, uint32_t, n)};
    for (uint32_t i = 0; i < n; i++) s.first[v[i].var + 2]++;
    for (uint32_t i = 1; i < c->f->nvars + 2; i++) s.first[i] += s.first[i - 1];
    for (uint32_t i = 0; i < n; i++) s.of[s.first[v[i].var + 1]++] = v[i].block;
    return s;
}

/* One variable after the other. */
typedef struct walk {
    const pred_list *preds;
    by_var uses, defs;
    uint32_t *live,
        *set;            /* per block: number + 1 of the variable that was last seen to be live at its entry; written */
    uint32_t *blocks, n; /* where the variable at hand is live */
} walk;

static void reach(walk *w, uint32_t block, uint32_t var) {
    if (w->live[block] == var + 1) return;
    w->live[block] = var + 1;
    w->blocks[w->n++] = block;
}

static void find_live(fctx *c, walk *w, uint32_t var) {
    live_range *l = &c->live[var];
    l->everywhere |= c->f->vars[var].address_taken;
    if (l->everywhere || w->uses.first[var] == w->uses.first[var + 1]) return;
    for (uint32_t i = w->defs.first[var]; i < w->defs.first[var + 1]; i++) w->set[w->defs.of[i]] = var + 1;
    w->n = 0;
    for (uint32_t i = w->uses.first[var]; i < w->uses.first[var + 1]; i++) reach(w, w->uses.of[i], var);
    for (uint32_t done = 0; done < w->n; done++) {
        uint32_t b = w->blocks[done];
        for (uint32_t i = w->preds->first[b]; i < w->preds->first[b + 1]; i++)
            if (w->set[w->preds->v[i]] != var + 1) reach(w, w->preds->v[i], var);
    }
    uint32_t lo = UINT32_MAX, hi = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->blocks[i] < lo) lo = w->blocks[i];
        if (w->blocks[i] > hi) hi = w->blocks[i];
    }
    l->first = lo;
    l->n = hi - lo + 1;
    l->bits = LL_NEWN(c->arena, uint64_t, (l->n + 63) / 64);
    for (uint32_t i = 0; i < w->n; i++) l->bits[(w->blocks[i] - lo) / 64] |= (uint64_t)1 << (w->blocks[i] - lo) % 64;
}

void flow_find_liveness(fctx *c, const pred_list *preds) {
    uint32_t n = c->f->nblocks, nvars = c->f->nvars;
    c->var_read = LL_NEWN(c->arena, bool, nvars + 1);
    c->live = LL_NEWN(c->arena, live_range, nvars + 1);
    scan s = {.c = c, .used = LL_NEWN(c->arena, uint32_t, nvars + 1), .set = LL_NEWN(c->arena, uint32_t, nvars + 1)};
    for (s.block = 0; s.block < n; s.block++) scan_block(&s, &c->f->blocks[s.block]);
    walk w = {.preds = preds,
              .uses = sort_mentions(c, s.uses.v, s.uses.n),
              .defs = sort_mentions(c, s.defs.v, s.defs.n),
              .live = LL_NEWN(c->arena, uint32_t, n),
              .set = LL_NEWN(c->arena, uint32_t, n),
              .blocks = LL_NEWN(c->arena, uint32_t, n)};
    for (uint32_t v = 0; v < nvars; v++) find_live(c, &w, v);
}
