/* A block that a function releases and leaves in a place that outlives it, where that can be no plan:
 *
 *     free(s->buf);                    refilled on one path, left dangling on the other: whoever releases
 *     p = malloc(n);                   s->buf next releases it twice
 *     if (!p) return -1;
 *     s->buf = p;
 *
 *     e->next = l->head;               released while it is the head of the list, which goes with it
 *     l->head = e;
 *     if (!name) { free(e); return -1; }
 *
 * A field released and left by every path is what destructors do, and says nothing. */
#include "engine/kinds.h"

static bool is_memory(const rule *r) {
    return r && !r->keeps_memory && !r->is_integer && !r->counted && !r->scope_bound && !r->idempotent;
}

/* free(p->list[i].name): the place may be any element. */
static bool of_element(const ir_inst *release) {
    for (uint32_t i = 0; i < release->nargs; i++)
        for (uint32_t k = 0; release->args[i].kind == IR_O_PLACE && k < release->args[i].place.npath; k++)
            if (release->args[i].place.path[k].kind == IR_S_INDEX) return true;
    return false;
}

/* A place of the caller's, in memory that is still there. */
static bool outlives(fctx *c, const state *st, sym addr) {
    const symrec *r = symtab_at(c->t, addr);
    if (!r->input) return false;
    sym o = sym_object(c->t, addr);
    if (symtab_at(c->t, o)->kind == SY_ADDR) return symtab_at(c->t, o)->p != NULL;
    for (sym at = o; at;) {
        if (state_any_track((state *)st, at)) return false; /* released, or handed to somebody: it may be no more */
        const symrec *x = symtab_at(c->t, at);
        at = x->kind == SY_INIT ? sym_object(c->t, x->a) : 0;
    }
    return symtab_at(c->t, o)->kind == SY_INIT;
}

static void report(fctx *c, state *st, const track *tr, sym addr, bool contrast) {
    candidate cand = {.defect = DEFECT_USE_AFTER,
                      .rule = tr->rule,
                      .acq = tr->acq,
                      .at = tr->ended->inst,
                      .exit_role = "return",
                      .path = st->path,
                      .ended = tr->ended,
                      .released_by = tr->released_by,
                      .subject = addr,
                      .left_at = c->cur,
                      .by_contrast = contrast,
                      .sure_nonnull = true,
                      .place = place_words(c, st, addr)};
    if (*cand.place) add_candidate(c, cand);
}

/* The block at s holds what `addr` held before: it was linked in front of it. */
static bool linked_before(fctx *c, const state *st, sym s, sym addr) {
    for (uint32_t i = 0; i < st->ncells; i++) {
        const symrec *v = symtab_at(c->t, st->cells[i].val);
        if (v->kind == SY_INIT && v->a == addr && addr_lies_in(c->t, st->cells[i].addr, s)) return true;
    }
    return false;
}

static void note_refilled(fctx *c, sym addr) {
    for (uint32_t i = 0; i < c->refilled.n; i++)
        if (c->refilled.v[i] == addr) return;
    LL_PUSH(c->arena, &c->refilled, addr);
}

/* The caller's block, found at r.a: is it still there? */
static void watch_found(fctx *c, state *st, const track *tr, sym addr) {
    int64_t k;
    if (!outlives(c, st, addr)) return;
    sym now = state_find_cell(st, addr);
    if (!now && state_find_default(st, c->t, addr)) return;
    if (!now || now == tr->s)
        report(c, st, tr, addr, true);
    else if (!sym_is_const(c->t, now, &k))
        note_refilled(c, addr);
}

void dangling_at_return(fctx *c, state *st) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track tr = st->tracks[i];
        if (tr.state != TR_RELEASED || !tr.ended || tr.deep || !is_memory(tr.rule)) continue;
        if (of_element(tr.ended->inst)) continue;
        symrec r = symtab_get(c->t, tr.s);
        if (r.kind == SY_INIT && r.input && symtab_at(c->t, r.a)->kind == SY_SUB) watch_found(c, st, &tr, r.a);
        for (uint32_t k = 0; tr.acq && k < st->ncells; k++) {
            cell x = st->cells[k];
            if (x.val == tr.s && outlives(c, st, x.addr) && linked_before(c, st, tr.s, x.addr))
                report(c, st, &tr, x.addr, false);
        }
    }
}

bool dangling_calm(const fctx *c, const candidate *k) {
    if (!k->left_at || !k->by_contrast) return false;
    for (uint32_t i = 0; i < c->refilled.n; i++)
        if (c->refilled.v[i] == k->subject) return false;
    return true;
}

const char *dangling_message(fctx *c, const candidate *k) {
    return report_words(c, "`%s` still refers to what %s() has %s when the function returns at line %d", k->place,
                        k->released_by, k->rule->released ? k->rule->released : "released",
                        c->f->first_line + k->left_at->loc.line);
}
