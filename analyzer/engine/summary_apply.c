/* A summary at a call: each disjunct whose conditions the caller's state allows becomes one state.
 *
 * Order within a disjunct: translate every symbol against the memory *before* the call, take over the
 * conditions, then uses, releases, hand-overs, stores, acquisitions, the result. Losses are looked for once, at
 * the end: between two effects of a callee the caller's memory is in nobody's consistent state. */
#include <string.h>

#include "engine/fctx.h"

typedef struct application {
    fctx *c;
    const ir_inst *in;
    const disjunct *d;
    const sym *args;
    uint32_t nargs, number;
    const char *callee;
    sym *map;          /* index + 1 -> caller's symbol */
} application;

static sym ret_slot(fctx *c, state *st, const ir_inst *in) {
    bool record = in->type && (in->type->kind == IR_T_RECORD || in->type->kind == IR_T_UNION);
    if (record && in->dst.var != IR_NOVAR) return eval_place_addr(c, st, &in->dst);
    return sym_addr_local(c->t, c->f->nvars + 1, in->type);
}

static bool record_param(const application *ap, uint32_t i) {
    const ir_type *ty = i < ap->in->nargs ? ap->in->args[i].type : NULL;
    return ty && (ty->kind == IR_T_RECORD || ty->kind == IR_T_UNION);
}

static sym translate(application *ap, state *st, uint32_t i) {
    fctx *c = ap->c;
    const sum_sym *s = &ap->d->syms[i];
    sym a = s->kind == SY_ADDR ? 0 : ap->map[s->a], b = s->kind == SY_ADDR ? 0 : ap->map[s->b];
    switch ((sym_kind)s->kind) {
        case SY_CONST: return sym_const(c->t, s->k);
        case SY_STR: return sym_str(c->t, s->p);
        case SY_FUNC: return sym_func(c->t, s->p, s->q);
        case SY_ADDR:
            if (s->p) return sym_addr_global(c->t, s->p, s->q, s->type);
            if (s->a == UINT32_MAX) return ret_slot(c, st, ap->in);
            if (record_param(ap, s->a)) return ap->args[s->a];
            return sym_addr_local(c->t, c->f->nvars + 2 + s->a, s->type); /* never looked into but by INIT below */
        case SY_SUB: return s->op == SUB_FIELD ? sym_field(c->t, a, s->p) : sym_index(c->t, a, b);
        case SY_INIT: {
            const sum_sym *of = &ap->d->syms[s->a - 1];
            if (of->kind == SY_ADDR && !of->p && of->a < ap->nargs && !record_param(ap, of->a)) return ap->args[of->a];
            sym v = mem_load(c, st, a, s->type);
            range r = state_range(st, c->t, v);
            return r.lo == r.hi ? sym_const(c->t, r.lo) : v;
        }
        case SY_TERM:
            if (s->op == TERM_ALIAS) return sym_term(c->t, TERM_ALIAS, a, b, s->type);
            if (s->op == IR_NOT) return eval_not(c, a);
            if (s->op == IR_NEG || s->op == IR_BNOT || s->op == IR_TRUNC) return sym_term(c->t, s->op, a, 0, s->type);
            return eval_bin(c, st, (ir_arith)s->op, a, b, s->type);
        case SY_CONJ: case SY_DFLT: case SY_NONE: break;
    }
    return fresh(c, st, 1024 + ap->number * 512 + (i & 511), s->type);
}

static bool conditions_hold(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->nranges; i++) {
        const sum_range *r = &ap->d->ranges[i];
        sym s = ap->map[r->s];
        if (!s) continue;
        const symrec *x = symtab_at(ap->c->t, s);
        bool logical = x->kind == SY_TERM && (x->op == IR_EQ || x->op == IR_LT || x->op == IR_NOT);
        if (logical && (r->lo == r->hi || r->nonzero)) {
            if (!assume(ap->c, st, s, r->nonzero || r->lo != 0)) return false;
            continue;
        }
        if (r->lo != INT64_MIN && !assume_cmp(ap->c, st, CMP_GE, s, r->lo)) return false;
        if (r->hi != INT64_MAX && !assume_cmp(ap->c, st, CMP_LE, s, r->hi)) return false;
        if (r->nonzero && !assume_cmp(ap->c, st, CMP_NE, s, 0)) return false;
        if (r->has_ne && !assume_cmp(ap->c, st, CMP_NE, s, r->ne)) return false;
    }
    return true;
}

/* What the callee releases it may read first; handing it released memory is one defect, the double release. */
static bool released_by(const disjunct *d, uint32_t s) {
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].s == s && d->tracks[i].state == TR_RELEASED) return true;
    return false;
}

static void do_uses(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->nsyms; i++)
        if (ap->d->syms[i].used && !released_by(ap->d, i + 1)) use_value(ap->c, st, ap->map[i + 1], ap->callee);
}

static void do_releases(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->ntracks; i++) {
        const sum_track *tr = &ap->d->tracks[i];
        sym s = ap->map[tr->s];
        if (tr->state == TR_RELEASED && !tr->acq) release(ap->c, st, tr->rule, s, ap->callee, NULL, true);
        if (tr->state != TR_GONE) continue;
        const symrec *r = symtab_at(ap->c->t, s);
        if (r->kind == SY_INIT && r->input && !state_any_track(st, s)) state_add_track(ap->c->pool, st, (track){.s = s, .state = TR_GONE});
        give_away(ap->c, st, s);
    }
    for (uint32_t i = 0; i < ap->d->nescapes; i++) {
        const sum_escape *e = &ap->d->escapes[i];
        hand_over(ap->c, st, ap->map[e->s], e->callee, e->arg, 0);
    }
}

static void do_stores(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->ndflts; i++) {
        const sum_dflt *x = &ap->d->dflts[i];
        sym base = ap->map[x->base];
        if (x->zero) state_default(ap->c->pool, st, ap->c->t, (dflt){base, 0, 0});
        else mem_havoc_unwritten(ap->c, st, base, fresh(ap->c, st, 900 + (i & 63), NULL));
    }
    for (uint32_t i = 0; i < ap->d->ncells; i++) mem_store(ap->c, st, ap->map[ap->d->cells[i].addr], ap->map[ap->d->cells[i].val]);
}

static void do_acquisitions(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->ntracks; i++) {
        const sum_track *tr = &ap->d->tracks[i];
        if (tr->state != TR_HELD || !tr->acq) continue;
        track now = {.s = ap->map[tr->s], .state = TR_HELD, .rule = tr->rule, .count = 1,
                     .acq = make_acquisition(ap->c, st, tr->rule, ap->callee, tr->acq)};
        if (tr->when.s && tr->guard_s) now.when = (guard){ap->map[tr->guard_s], tr->when.cmp, tr->when.k};
        if (guard_holds(ap->c, st, now.when)) acquire(ap->c, st, now);
    }
}

static void finish(application *ap, state *st, state_list *out) {
    fctx *c = ap->c;
    bool record = ap->in->type && (ap->in->type->kind == IR_T_RECORD || ap->in->type->kind == IR_T_UNION);
    if (ap->in->dst.var != IR_NOVAR && !record) {
        sym v = ap->d->ret ? ap->map[ap->d->ret] : fresh(c, st, 0, ap->in->type);
        sym dst = eval_place_addr(c, st, &ap->in->dst);
        if (!c->dead) mem_store(c, st, dst, v);
    }
    c->quiet_lost = false;
    if (st->ntracks) {
        for (uint32_t i = 0; i < st->ntracks; i++) {
            track *tr = &st->tracks[i];
            if (tr->acq && tr->acq->inst == ap->in && !tr->acq->place) ((acquisition *)tr->acq)->place = place_words(c, st, tr->s);
        }
        check_lost(c, st, ap->in->dst.var == IR_NOVAR ? ap->callee : "overwrite");
    }
    if (c->dead) state_drop(c->pool, st);
    else LL_PUSH(c->arena, out, st);
}

static void apply_disjunct(application *ap, state *st, state_list *out) {
    ap->map = LL_NEWN(ap->c->arena, sym, ap->d->nsyms + 1);
    for (uint32_t i = 0; i < ap->d->nsyms; i++) ap->map[i + 1] = translate(ap, st, i);
    if (!conditions_hold(ap, st)) {
        state_drop(ap->c->pool, st);
        return;
    }
    ap->c->quiet_lost = true;
    do_uses(ap, st);
    do_releases(ap, st);
    do_stores(ap, st);
    do_acquisitions(ap, st);
    finish(ap, st, out);
    ap->c->quiet_lost = false;
}

bool apply_summary(fctx *c, state *st, const ir_inst *in, const summary *s, const sym *args, uint32_t nargs, state_list *out) {
    if (s->never_returns) {
        state_drop(c->pool, st);
        return true;
    }
    if (st->ntracks) give_away_elements(c, st); /* the callee's own indexes cannot be matched with ours */
    uint32_t before = out->n;
    application ap = {.c = c, .in = in, .args = args, .nargs = nargs, .callee = s->name};
    for (uint32_t i = 0; i < s->n; i++) {
        c->dead = false;
        ap.d = &s->d[i];
        ap.number = i;
        apply_disjunct(&ap, state_copy(c->pool, st), out);
    }
    c->dead = false;
    if (out->n == before && s->incomplete) return false; /* none of the known outcomes fits: treat as unknown */
    state_drop(c->pool, st);
    return true;
}
