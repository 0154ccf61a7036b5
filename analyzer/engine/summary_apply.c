/* A summary at a call: each disjunct whose conditions the caller's state allows becomes one state.
 *
 * Order within a disjunct: translate every symbol against the memory *before* the call, take over the
 * conditions, then uses, releases, hand-overs, stores, acquisitions, the result. Losses are looked for once, at
 * the end: between two effects of a callee the caller's memory is in nobody's consistent state. */
#include <string.h>

#include "engine/application.h"
#include "engine/evidence.h"

static sym ret_slot(fctx *c, state *st, const ir_inst *in) {
    bool record = is_record_type(in->type);
    if (record && in->dst.var != IR_NOVAR) return eval_place_addr(c, st, &in->dst);
    return sym_addr_local(c->t, c->f->nvars + 1, in->type);
}

static bool record_param(const application *ap, uint32_t i) {
    const ir_type *ty = i < ap->in->nargs ? ap->in->args[i].type : NULL;
    return is_record_type(ty);
}

static sym translate_entry(application *ap, uint32_t entry, sym a, sym b) {
    const sum_entry *e = &ap->shared->entries[entry - 1];
    const sum_sym *s = e->s;
    fctx *c = ap->c;
    state *st = ap->st;
    switch ((sym_kind)s->kind) {
        case SY_CONST:
            return sym_const(c->t, s->k);
        case SY_STR:
            return sym_str(c->t, s->p);
        case SY_FUNC:
            return sym_func(c->t, s->p, s->q);
        case SY_ADDR:
            if (s->p) return sym_addr_global(c->t, s->p, s->q, s->type);
            if (s->a == UINT32_MAX) return ret_slot(c, st, ap->in);
            if (record_param(ap, s->a)) return ap->args[s->a];
            return sym_addr_local(c->t, c->f->nvars + 2 + s->a, s->type); /* never looked into but by INIT below */
        case SY_SUB:
            return s->op == SUB_FIELD ? sym_field(c->t, a, s->p) : sym_index(c->t, a, b);
        case SY_INIT: {
            const sum_sym *of = ap->shared->entries[e->a - 1].s;
            if (of->kind == SY_ADDR && !of->p && of->a < ap->nargs && !record_param(ap, of->a)) return ap->args[of->a];
            return known_value(c, st, mem_load(c, st, a, s->type));
        }
        case SY_TERM:
            if (s->op == TERM_ALIAS) return sym_term(c->t, TERM_ALIAS, a, b, s->type);
            if (s->op == IR_NOT) return eval_not(c, a);
            if (s->op == IR_NEG || s->op == IR_BNOT || s->op == IR_TRUNC) return sym_term(c->t, s->op, a, 0, s->type);
            return eval_bin(c, st, (ir_arith)s->op, a, b, s->type);
        case SY_CONJ:
        case SY_DFLT:
        case SY_NONE:
            break;
    }
    return fresh(c, st, 1024 + ap->first + entry, s->type);
}

/* What an entry comes to does not depend on the state, but for what its parts come to. */
static bool same_in_all_states(const application *ap, const sum_sym *s) {
    switch ((sym_kind)s->kind) {
        case SY_INIT:
        case SY_TERM:
            return false;
        case SY_ADDR:
            return s->p || (s->a != UINT32_MAX && !record_param(ap, s->a));
        default:
            return true;
    }
}

/* The states that come to a call one after the other ask much the same. */
static void recall(fctx *c, const state *st, const application *ap) {
    call_memo *m = &c->memo;
    uint32_t turn = turn_of(c, st);
    if (m->in == ap->in && m->shared == ap->shared && m->first == ap->first && m->turn == turn) return;
    if (m->size <= ap->shared->n) {
        m->size = ap->shared->n * 2 + 64;
        m->v = LL_NEWN(c->arena, call_value, m->size);
    }
    m->in = ap->in;
    m->shared = ap->shared;
    m->first = ap->first;
    m->turn = turn;
    m->stamp++;
}

static void forget_ranges(fctx *c, uint32_t nentries) {
    if (c->ranges.size <= nentries) {
        c->ranges.size = nentries * 2 + 64;
        c->ranges.v = LL_NEWN(c->arena, call_range, c->ranges.size);
    }
    c->ranges.stamp++;
}

sym translate_anew(application *ap, uint32_t entry) {
    fctx *c = ap->c;
    const sum_entry *e = &ap->shared->entries[entry - 1];
    bool parts = e->s->kind == SY_SUB || e->s->kind == SY_INIT || e->s->kind == SY_TERM;
    sym a = parts ? translate(ap, e->a) : 0, b = parts ? translate(ap, e->b) : 0;
    if (++c->translated % LIM_SYMS_PER_STEP == 0) c->steps++; /* a large summary is work, though one instruction */
    call_value *known = &c->memo.v[entry];
    if (known->stamp == c->memo.stamp && known->a == a && known->b == b) return ap->values[entry] = known->v;
    sym v = ap->values[entry] = translate_entry(ap, entry, a, b);
    if (same_in_all_states(ap, e->s)) *known = (call_value){a, b, v, c->memo.stamp};
    return v;
}

/* A pointer that the function that is followed was given. */
static bool is_pointer_param(const fctx *c, sym s) {
    const ir_type *ty = symtab_at(c->t, s)->type;
    return ty && ty->kind == IR_T_PTR && entry_param(c, s) != IR_NOVAR;
}

/* What is known before the call of the value of a shared entry: outcomes ask after much the same values. */
static const range *known_before(application *ap, uint32_t entry) {
    call_range *known = &ap->c->ranges.v[entry];
    if (known->stamp == ap->c->ranges.stamp) return &known->r;
    *known = (call_range){state_range(ap->before, ap->c->t, translate(ap, entry)), ap->c->ranges.stamp};
    return &known->r;
}

static bool implies(const range *known, const sum_range *r) {
    return r->lo <= known->lo && r->hi >= known->hi && (!r->nonzero || known->nonzero) && !r->has_ne;
}

static bool conditions_hold(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->nranges; i++) {
        const sum_range *r = &ap->d->ranges[i];
        sym s = ap->map[r->s];
        if (!s) continue;
        const symrec *x = symtab_at(ap->c->t, s);
        bool logical = x->kind == SY_TERM && (x->op == IR_EQ || x->op == IR_LT || x->op == IR_NOT);
        if (logical && (r->lo == r->hi || r->nonzero)) {
            ap->c->by_outcome = true;
            bool holds = assume(ap->c, st, s, r->nonzero || r->lo != 0);
            ap->c->by_outcome = false;
            if (!holds) return false;
            continue;
        }
        if (implies(known_before(ap, ap->how->of[r->s - 1]), r)) continue; /* most do */
        if (r->lo == 0 && r->hi == 0 && is_pointer_param(ap->c, s) && decide_cmp(ap->c, st, CMP_EQ, s, 0) < 0)
            st->guarded = true;
        range known = state_range(st, ap->c->t, s);
        if (r->lo > known.lo && !assume_cmp(ap->c, st, CMP_GE, s, r->lo)) return false;
        if (r->hi < known.hi && !assume_cmp(ap->c, st, CMP_LE, s, r->hi)) return false;
        if (r->nonzero && !known.nonzero && !assume_cmp(ap->c, st, CMP_NE, s, 0)) return false;
        if (r->has_ne && !assume_cmp(ap->c, st, CMP_NE, s, r->ne)) return false;
    }
    return true;
}

static void do_uses(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->how->nused; i++) use_value(ap->c, st, ap->map[ap->how->used[i]], ap->callee);
}

/* The caller's own callers must hear of it, as far as they can be expected to know what lies there. */
static void note_gone(fctx *c, state *st, sym s, bool moved) {
    s = sym_shifted(c->t, s);
    const symrec *r = symtab_at(c->t, s);
    if (r->kind == SY_INIT && r->input && r->depth <= LIM_KEPT_DEPTH)
        state_add_track(c->pool, st, (track){.s = s, .state = TR_GONE, .moved = moved});
}

static void forget_duty(application *ap, sym s, bool released, bool moved) {
    track *tr = state_any_track(ap->st, s);
    if (released && tr && tr->state == TR_HELD && tr->acq) note_release_site(ap->c, ap->st, tr, ap->callee);
    if (!tr) note_gone(ap->c, ap->st, s, moved);
    give_away(ap->c, ap->st, s);
}

/* What one outcome stops, another that the caller cannot tell from it may have stopped, too. */
static void do_stops(application *v, uint32_t n, state *st) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < v[i].d->nbonds; k++) {
            const sum_bond *b = &v[i].d->bonds[k];
            if (b->kind == BOND_STOPPED) bond_stopped(v[i].c, st, b->rule, b->s ? v[i].map[b->s] : 0);
        }
}

static void do_changes(application *ap, state *st) {
    for (uint32_t k = 0; k < ap->d->nbonds; k++) {
        const sum_bond *b = &ap->d->bonds[k];
        if (b->kind == BOND_CHANGED) bond_changed(ap->c, st, b->rule, b->s ? ap->map[b->s] : 0, 0, false, ap->callee);
    }
}

static void do_bonds(application *ap, state *st) {
    for (uint32_t k = 0; k < ap->d->nbonds; k++) {
        const sum_bond *b = &ap->d->bonds[k];
        if (b->kind != BOND_DERIVED && b->kind != BOND_KEPT) continue;
        acquisition *a = (acquisition *)make_acquisition(ap->c, st, b->rule, ap->callee, b->made);
        add_step(ap->c, st, STEP_NOTE, NULL);
        a->step = st->path;
        bond now = {
            .kind = b->kind, .s = ap->map[b->s], .owner = b->owner ? ap->map[b->owner] : 0, .rule = b->rule, .made = a};
        if (b->guard_s) now.when = (guard){ap->map[b->guard_s], b->when.cmp, b->when.k};
        a->place = place_words(ap->c, st, now.s);
        if (guard_holds(ap->c, st, now.when)) bond_add(ap->c, st, now);
    }
}

/* The callee does more than release its argument: how it left the places that held that, merged outcomes do not tell.
 */
static void note_deep(const application *ap, state *st, sym s) {
    track *tr = state_any_track(st, s);
    if (tr && tr->state == TR_RELEASED) tr->deep = ap->nargs != 1 || ap->args[0] != s;
}

static void do_releases(application *ap, state *st) {
    LL_ARRAY(sym) gone = {0};
    for (uint32_t i = 0; i < ap->d->ntracks; i++) {
        const sum_track *tr = &ap->d->tracks[i];
        sym s = ap->map[tr->s];
        if (tr->state == TR_RELEASED && !tr->acq) {
            if (ap->undecided[i])
                forget_duty(ap, s, true, outcome_moves(ap, tr));
            else
                release(ap->c, st, tr->rule, s, ap->callee, true);
            note_deep(ap, st, s);
        }
        if (tr->state == TR_STATE) transition(ap->c, st, tr->rule, s, UINT32_MAX, (uint32_t)tr->count, ap->callee);
        if (tr->state != TR_GONE) continue;
        if (!state_any_track(st, s)) note_gone(ap->c, st, s, tr->moved);
        LL_PUSH(ap->c->arena, &gone, s);
    }
    give_away_all(ap->c, st, gone.v, gone.n);
}

/* Nobody tells how what lies at base is changed: a place in it that holds what was released is perhaps filled again. */
static void doubt_released_in(application *ap, state *st, sym base) {
    fctx *c = ap->c;
    bool any = false;
    for (uint32_t i = 0; i < st->ntracks; i++) {
        if (st->tracks[i].state != TR_RELEASED) continue;
        const symrec *r = symtab_at(c->t, st->tracks[i].s);
        bool unwritten = (r->kind == SY_INIT || r->kind == SY_DFLT) && !state_find_cell(st, r->a);
        any = true;
        if (unwritten && addr_lies_in(c->t, r->a, base)) state_set_cell(c->pool, st, r->a, st->tracks[i].s);
    }
    for (uint32_t i = state_first_cell(st, base); any && i < st->ncells; i++) {
        if (!addr_lies_in(c->t, st->cells[i].addr, base)) continue;
        sym val = st->cells[i].val;
        const track *tr = state_any_track(st, sym_object(c->t, val));
        if (!tr || tr->state != TR_RELEASED) continue;
        st->cells[i].val = sym_dflt(c->t, st->cells[i].addr, fresh(c, st, 960, NULL), symtab_at(c->t, val)->type);
    }
}

/* The same of what the callee hands on to functions of unknown body. */
static void doubt_handed(application *ap, state *st) {
    for (uint32_t i = 0; st->ntracks && i < ap->d->nescapes; i++)
        doubt_released_in(ap, st, ap->map[ap->d->escapes[i].s]);
}

/* Twice. Before the stores, for what can be reached from the caller's values as they were: when the callee handed them
 * on is not told. After the acquisitions: what it acquired and handed on itself is handed on, too. */
static void do_hand_overs(application *ap, state *st, bool before) {
    if (before && !ap->d->ncells && !ap->d->ndflts) return;
    for (uint32_t i = 0; i < ap->d->nescapes; i++) {
        const sum_escape *e = &ap->d->escapes[i];
        if (before && ap->d->syms[e->s - 1].kind != SY_INIT) continue;
        sym ret = ap->d->ret && result_used(ap->c, ap->in) ? ap->map[ap->d->ret] : 0;
        if (e->lent)
            hand_over_contents(ap->c, st, ap->map[e->s], e->callee, e->arg, ret);
        else
            hand_over(ap->c, st, ap->map[e->s], e->callee, e->arg, ret);
        doubt_released_in(ap, st, ap->map[e->s]);
    }
}

/* The result of this outcome, as other outcomes do with theirs. */
static void do_like_others(application *ap, state *st) {
    for (uint32_t i = 0; !ap->ret_unclear && i < ap->handed.n; i++)
        hand_over_alike(ap->c, st, ap->map[ap->d->ret], ap->handed.v[i].callee, ap->handed.v[i].arg);
}

static void do_copies(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->nargs && i < 64 && ap->copied >> i; i++)
        if (ap->copied >> i & 1) note_copied(ap->c, st, ap->args[i]);
}

static void do_stores(application *ap, state *st) {
    st->wild |= ap->d->wild;
    st->relinked |= ap->unlinked;
    st->loose |= ap->d->loose;
    record_copy *copies = LL_NEWN(ap->c->arena, record_copy, ap->d->ndflts);
    for (uint32_t i = 0; i < ap->d->ndflts; i++) {
        const sum_dflt *x = &ap->d->dflts[i];
        if (x->from) copies[i] = mem_copy_take(ap->c, st, ap->map[x->base], ap->map[x->from]);
    }
    for (uint32_t i = 0; i < ap->d->ndflts; i++) {
        const sum_dflt *x = &ap->d->dflts[i];
        sym base = ap->map[x->base];
        if (x->from) {
            mem_copy_put(ap->c, st, &copies[i]);
        } else if (x->zero) {
            state_default(ap->c->pool, st, ap->c->t, (dflt){base, 0, 0});
        } else {
            mem_havoc_unwritten(ap->c, st, base, fresh(ap->c, st, 900 + (i & 63), NULL));
            doubt_released_in(ap, st, base);
        }
    }
    /* the stores of one outcome are simultaneous: none forgets another */
    for (uint32_t i = 0; i < ap->d->ncells; i++) {
        sym addr = ap->map[ap->d->cells[i].addr];
        spare_elements(ap->c, st, addr);
        /* perhaps it is not overwritten, or not while something is there */
        bool maybe = ap->d->cells[i].maybe || ap->d->loose;
        if (maybe && state_find_cell(st, addr)) give_away(ap->c, st, state_find_cell(st, addr));
    }
    for (uint32_t i = 0; i < ap->d->ncells; i++)
        mem_put(ap->c, st, ap->map[ap->d->cells[i].addr], ap->map[ap->d->cells[i].val]);
}

/* A block that the callee put into a structure of somebody else (a parameter's field, a global) is that
 * structure's from then on; what it returned or put into our own locals and blocks is ours. */
static bool ours(const application *ap, const state *st, sym s, int depth) {
    fctx *c = ap->c;
    if (ap->d->ret && sym_object(c->t, ap->map[ap->d->ret]) == s) return true;
    for (uint32_t i = 0; i < ap->d->ncells; i++) {
        if (!sym_contains(c->t, ap->map[ap->d->cells[i].val], s)) continue;
        sym o = sym_object(c->t, ap->map[ap->d->cells[i].addr]);
        const symrec *r = symtab_at(c->t, o);
        if (r->kind == SY_ADDR) return !r->p;
        if (r->kind == SY_INIT && sym_local_var(c->t, r->a) != IR_NOVAR)
            return true; /* *out, sb->buf: our caller's to judge */
        if (r->kind != SY_CONJ || depth > 4) return false;
        const track *holder = state_any_track((state *)st, o);
        if (holder) return holder->state == TR_HELD && holder->acq;
        for (uint32_t k = 0; k < ap->d->ntracks; k++)
            if (ap->map[ap->d->tracks[k].s] == o && ap->d->tracks[k].acq) return ours(ap, st, o, depth + 1);
        return false;
    }
    return ap->d->ret || !ap->d->ncells;
}

static void do_acquisitions(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->d->ntracks; i++) {
        const sum_track *tr = &ap->d->tracks[i];
        bool memory = tr->rule && !tr->rule->scope_bound && !tr->rule->keeps_memory;
        if (tr->state == TR_RELEASED && tr->acq &&
            memory) /* acquired and released inside: whoever still holds it must not use it */
            state_add_track(ap->c->pool, st,
                            (track){.s = ap->map[tr->s],
                                    .state = TR_RELEASED,
                                    .rule = tr->rule,
                                    .acq = tr->acq,
                                    .released_by = ap->callee,
                                    .ended = st->path});
        if (tr->state != TR_HELD || !tr->acq) continue;
        if (!(tr->rule && (tr->rule->scope_bound || tr->rule->keeps_memory)) && !ours(ap, st, ap->map[tr->s], 0))
            continue;
        bool is_ret = ap->d->ret && sym_object(ap->c->t, ap->map[ap->d->ret]) == ap->map[tr->s];
        if (ap->ret_unclear && is_ret) continue;
        track now = {.s = ap->map[tr->s],
                     .state = TR_HELD,
                     .rule = tr->rule,
                     .count = 1,
                     .acq = make_acquisition(ap->c, st, tr->rule, ap->callee, tr->acq)};
        if (tr->when.s && tr->guard_s) now.when = (guard){ap->map[tr->guard_s], tr->when.cmp, tr->when.k};
        if (guard_holds(ap->c, st, now.when)) acquire(ap->c, st, now);
    }
}

static void finish(application *ap, state *st, state_list *out) {
    fctx *c = ap->c;
    bool record = is_record_type(ap->in->type);
    if (ap->in->dst.var != IR_NOVAR && !record) {
        sym v = ap->d->ret ? ap->map[ap->d->ret] : fresh(c, st, 0, ap->in->type);
        sym dst = eval_place_addr(c, st, &ap->in->dst);
        if (!c->dead) mem_store(c, st, dst, v);
    }
    st->given = ap->d->ret ? ap->map[ap->d->ret] : 0;
    c->quiet_lost = false;
    if (st->ntracks && !c->dead) {
        for (uint32_t i = 0; i < st->ntracks; i++) {
            track *tr = &st->tracks[i];
            if (tr->acq && tr->acq->inst == ap->in && !tr->acq->place)
                ((acquisition *)tr->acq)->place = place_words(c, st, tr->s);
        }
        check_lost(c, st, ap->in->dst.var == IR_NOVAR ? ap->callee : "overwrite");
    }
    if (c->dead)
        state_drop(c->pool, st);
    else
        LL_PUSH(c->arena, out, st);
}

/* Two addresses the callee took for different are one here, and it wrote both, or wrote the one and read the other:
 * what it did then is not what this outcome tells. */
static bool aliased(const application *ap) {
    const disjunct *d = ap->d;
    fctx *c = ap->c;
    if (!d->ncells) return false;
    uint32_t stamp = new_stamp(c);
    for (uint32_t i = 0; i < d->ncells; i++) {
        sym addr = ap->map[d->cells[i].addr];
        if (c->mark[addr] == stamp && !d->cells[i].maybe) return true;
        c->mark[addr] = stamp;
    }
    for (uint32_t k = 0; k < ap->how->nread; k++)
        if (c->mark[ap->map[ap->how->read[k]]] == stamp) return true;
    return false;
}

/* What the caller knows already rules the outcome out. */
static bool refuted(application *ap) {
    const uint32_t *of = ap->how->of;
    for (uint32_t i = 0; i < ap->d->nranges; i++) {
        const sum_range *r = &ap->d->ranges[i];
        sym s = r->s ? translate(ap, of[r->s - 1]) : 0;
        if (!s) continue;
        const range *known = known_before(ap, of[r->s - 1]);
        if (r->lo > known->hi || r->hi < known->lo) return true;
        if (r->nonzero && known->lo == 0 && known->hi == 0) return true;
        if (r->has_ne && known->lo == known->hi && known->lo == r->ne) return true;
    }
    return false;
}

typedef enum fit { FIT_NO, FIT_ALIASED, FIT_YES } fit;

/* A block that was acquired here and that only variables hold that no argument leads to: nobody finds it elsewhere. */
static bool known_here_alone(const application *ap, sym s) {
    const state *st = ap->before;
    const track *tr = state_any_track((state *)st, s);
    if (!tr || tr->state != TR_HELD || !tr->acq || !tr->rule || tr->rule->is_integer || tr->escapes) return false;
    if (symtab_kind(ap->c->t, s) != SY_CONJ) return false;
    for (uint32_t i = 0; i < st->ncells; i++) {
        if (!sym_contains(ap->c->t, st->cells[i].val, s)) continue;
        const symrec *r = symtab_at(ap->c->t, st->cells[i].addr);
        if (r->kind != SY_ADDR || r->p) return false;
        for (uint32_t k = 0; k < ap->nargs; k++)
            if (ap->args[k] == st->cells[i].addr) return false;
    }
    return true;
}

/* The outcome is for an argument that the callee finds where it cannot be. */
static bool found_nowhere(const application *ap) {
    for (uint32_t i = 0; i < ap->nargs && i < 64 && ap->d->found >> i; i++)
        if ((ap->d->found >> i & 1) && known_here_alone(ap, ap->args[i])) return true;
    return false;
}

static void found_by_callee(application *ap, state *st) {
    for (uint32_t i = 0; i < ap->nargs && i < 64 && ap->d->found >> i; i++)
        if (ap->d->found >> i & 1) st->found |= param_bit(ap->c, ap->args[i]);
}

/* Translates and tests the conditions; FIT_YES: ap->st is a state of its own, in which they hold. */
static fit prepare(application *ap) {
    ap->map[0] = 0;
    for (uint32_t i = 0; i < ap->d->nsyms; i++) ap->map[i + 1] = translate(ap, ap->how->of[i]);
    if (aliased(ap)) return FIT_ALIASED;
    if (found_nowhere(ap)) return FIT_NO;
    ap->st = state_copy(ap->c->pool, ap->st);
    if (conditions_hold(ap, ap->st)) return FIT_YES;
    state_drop(ap->c->pool, ap->st);
    return FIT_NO;
}

/* Released by the outcome. A block of its own counts where the outcome stands for several results, by which the caller
 * may tell that it is gone: a token's kind, looked up in a table. */
static bool released_here(const application *ap, const track *tr) {
    int64_t k;
    if (tr->ended && tr->ended->inst == ap->in) return true;
    if (!ap->d->ret || sym_is_const(ap->c->t, ap->map[ap->d->ret], &k)) return false;
    for (uint32_t i = 0; i < ap->d->ntracks; i++)
        if (ap->d->tracks[i].state == TR_RELEASED && ap->map[ap->d->tracks[i].s] == tr->s) return true;
    return false;
}

/* A callee whose outcomes are not all told, and that released what it found behind an argument or a global, may have
 * reset the place in an outcome that is not told (`destroy(node, &root)`). */
static void doubt_dangling(application *ap, state *st) {
    fctx *c = ap->c;
    bool any = false;
    for (uint32_t i = 0; i < st->ntracks && !any; i++)
        any = st->tracks[i].state == TR_RELEASED && released_here(ap, &st->tracks[i]);
    for (uint32_t i = 0; any && i < st->ncells; i++) {
        sym val = st->cells[i].val;
        const symrec *o = symtab_at(c->t, sym_object(c->t, st->cells[i].addr));
        bool passed = o->kind == SY_ADDR && o->p;
        for (uint32_t k = 0; k < ap->nargs && !passed; k++) passed = addr_lies_in(c->t, st->cells[i].addr, ap->args[k]);
        const track *tr = passed ? state_any_track(st, sym_object(c->t, val)) : NULL;
        if (!tr || tr->state != TR_RELEASED || !released_here(ap, tr)) continue;
        st->cells[i].val = sym_dflt(c->t, st->cells[i].addr, fresh(c, st, 950, NULL), symtab_at(c->t, val)->type);
    }
}

static void apply_effects(application *ap, state_list *out) {
    fctx *c = ap->c;
    c->dead = false;
    c->quiet_lost = true;
    do_uses(ap, ap->st);
    do_changes(ap, ap->st);
    doubt_handed(ap, ap->st);
    do_releases(ap, ap->st);
    do_hand_overs(ap, ap->st, true);
    do_copies(ap, ap->st);
    found_by_callee(ap, ap->st);
    do_stores(ap, ap->st);
    do_acquisitions(ap, ap->st);
    do_bonds(ap, ap->st);
    do_hand_overs(ap, ap->st, false);
    do_like_others(ap, ap->st);
    if (ap->lossy) doubt_dangling(ap, ap->st);
    sym noted = 0;
    for (uint32_t i = 0; ap->st->ntracks && i < ap->d->ncells; i++)
        note_element(c, ap->st, ap->map[ap->d->cells[i].addr], ap->map[ap->d->cells[i].val], &noted);
    finish(ap, ap->st, out);
    c->quiet_lost = false;
    c->dead = false;
}

uint8_t class_by_itself(const disjunct *d) {
    const sum_sym *ret = d->ret ? &d->syms[d->ret - 1] : NULL;
    if (!ret) return RESULT_ANY;
    bool pointer = ret->type && ret->type->kind == IR_T_PTR;
    if (ret->kind == SY_CONST)
        return ret->k == 0 ? RESULT_ZERO : ret->k > 0 || pointer ? RESULT_POSITIVE : RESULT_NEGATIVE;
    for (uint32_t i = 0; i < d->nranges; i++) {
        const sum_range *r = &d->ranges[i];
        if (r->s != d->ret) continue;
        bool zero = r->lo <= 0 && r->hi >= 0 && !r->nonzero;
        return (uint8_t)((zero ? RESULT_ZERO : 0) | (r->hi > 0 || pointer ? RESULT_POSITIVE : 0) |
                         (r->lo < 0 || pointer ? RESULT_NEGATIVE : 0));
    }
    return RESULT_ANY;
}

/* A callee whose outcomes are not all told may keep what it is handed, as one of unknown body may. */
static void hand_over_args(application *ap) {
    if (!ap->st->ntracks) return;
    for (uint32_t i = 0; i < ap->nargs; i++) {
        const ir_type *ty = i < ap->in->nargs ? ap->in->args[i].type : NULL;
        if (ir_points_to_const(ty) || (ap->lends_all >> (i & 63) & 1)) continue;
        if (ty && ty->kind == IR_T_INT && !(ap->keeps >> (i & 63) & 1)) continue; /* a number is rarely kept unseen */
        sym ret = ap->d->ret && result_used(ap->c, ap->in) ? ap->map[ap->d->ret] : 0;
        if (outcome_releases(ap, ap->args[i])) continue;
        if (ap->lends >> (i & 63) & 1)
            hand_over_contents(ap->c, ap->st, ap->args[i], ap->callee, i + 1, ret);
        else
            hand_over(ap->c, ap->st, ap->args[i], ap->callee, i + 1, ret);
    }
}

/* Room for the values of the shared entries of all callees and for the maps of their outcomes; used again by the next
 * call: there are thousands in a function. */
static sym *apply_room(fctx *c, const summary *const *s, uint32_t ns) {
    uint32_t need = 0;
    for (uint32_t k = 0; k < ns; k++) {
        need += summary_share((summary *)s[k], c->e->arena, c->arena)->n + 1;
        for (uint32_t i = 0; i < s[k]->n; i++) need += s[k]->d[i].nsyms + 1;
    }
    if (need > c->room_size) {
        c->room_size = need * 2;
        c->room = LL_NEWN(c->arena, sym, c->room_size);
    }
    return c->room;
}

/* Makes s the callee whose symbols `like` translates; they take room from *room. */
static void translate_for(application *like, const state *st, const summary *s, sym **room) {
    like->callee = s->name;
    like->lossy = s->lossy;
    like->keeps = s->keeps;
    like->lends = s->lends;
    like->lends_all = s->lends_all;
    like->shared = s->shared;
    like->values = *room;
    like->st = (state *)st;
    memset(like->values, 0, (like->shared->n + 1) * sizeof *like->values);
    *room += like->shared->n + 1;
    recall(like->c, st, like);
    forget_ranges(like->c, like->shared->n);
}

/* The outcome is for a parameter that is not null. */
static bool wants_parameter(const disjunct *d, uint32_t param) {
    for (uint32_t i = 0; i < d->nranges; i++) {
        const sum_range *r = &d->ranges[i];
        if (sum_param(d, r->s) == param && (r->nonzero || r->lo > 0)) return true;
    }
    return false;
}

/* An argument is null, which nothing comes of: each outcome that is told is for one that is not, and in none of the
 * others is it null. */
static bool null_refused_by(const application *like, const summary *s) {
    for (uint32_t a = 0; s->n && a < like->nargs && a < 64; a++) {
        int64_t k;
        if (!sym_is_const(like->c->t, like->args[a], &k) || k || (s->nulls >> a & 1)) continue;
        uint32_t i = 0;
        while (i < s->n && wants_parameter(&s->d[i], a)) i++;
        if (i == s->n) return true;
    }
    return false;
}

/* It is given something to keep. */
static bool hands_pointer(const application *like) {
    for (uint32_t i = 0; i < like->nargs; i++) {
        const ir_type *ty = i < like->in->nargs ? like->in->args[i].type : NULL;
        bool number = ty && (ty->kind == IR_T_INT || ty->kind == IR_T_BOOL || ty->kind == IR_T_FLOAT);
        sym_kind kind = symtab_kind(like->c->t, like->args[i]);
        if (!number && kind != SY_CONST && kind != SY_STR && kind != SY_FUNC) return true;
    }
    return false;
}

/* The outcomes of one callee that the caller's state allows, added to v; their values and maps take room from *room.
 * False: what it does here is not told. */
static bool collect_outcomes(fctx *c, const state *st, application like, const summary *s, sym **room, application *v,
                             uint32_t *n) {
    uint32_t before = *n;
    bool aliases = false;
    translate_for(&like, st, s, room);
    c->dead = false;
    for (uint32_t i = 0; i < s->n; i++) {
        like.d = &s->d[i];
        like.how = &like.shared->outcome[i];
        if (refuted(&like)) continue;
        application *ap = &v[*n];
        *ap = like;
        ap->copied = ap->d->copied;
        ap->map = *room;
        *room += ap->d->nsyms + 1;
        fit fits = prepare(ap);
        aliases |= fits == FIT_ALIASED;
        c->dead = false;
        if (fits != FIT_YES) continue;
        if (ap->d->ntracks) ap->undecided = LL_NEWN(c->arena, bool, ap->d->ntracks);
        ++*n;
    }
    if (s->lossy && st->ntracks) settle_missing(&like, s, v + before, *n - before);
    c->dead = false;
    c->cut |= s->incomplete;
    c->lossy |= s->lossy && hands_pointer(&like);
    return *n > before || s->never_returns || !(s->incomplete || aliases) || null_refused_by(&like, s);
}

/* Something that was there before ends here. */
static bool ends_something(const disjunct *d) {
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].state == TR_RELEASED && !d->tracks[i].acq) return true;
    return false;
}

/* What unlinks an element in some of its outcomes does so in all in which it ends it, unless it was not linked: who
 * finds it again in memory of others then, has it from a list that it was in. */
static bool unlinks(const summary *const *s, uint32_t ns) {
    for (uint32_t k = 0; k < ns; k++)
        for (uint32_t i = 0; i < s[k]->n; i++)
            if (s[k]->d[i].wild && ends_something(&s[k]->d[i])) return true;
    return false;
}

bool apply_summaries(fctx *c, state *st, const ir_inst *in, const summary *const *s, uint32_t ns, const sym *args,
                     uint32_t nargs, state_list *out) {
    if (st->ntracks) give_away_elements(c, st); /* the callee's own indexes cannot be matched with ours */
    application v[LIM_SUMMARY * MAX_SLOT];
    uint32_t n = 0, first = 0;
    bool told = true, incomplete = false;
    sym *room = apply_room(c, s, ns);
    for (uint32_t k = 0; k < ns && told; k++) {
        application like = {.c = c, .in = in, .args = args, .nargs = nargs, .before = st, .first = first};
        told = collect_outcomes(c, st, like, s[k], &room, v, &n);
        first += s[k]->shared->n;
        incomplete |= s[k]->incomplete;
    }
    if (!told) { /* none of the known outcomes fits: treat as unknown */
        for (uint32_t i = 0; i < n; i++) state_drop(c->pool, v[i].st);
        return false;
    }
    settle_outcomes(v, n, s, ns);
    bool unlinked = unlinks(s, ns);
    for (uint32_t i = 0; i < n; i++) {
        v[i].unlinked = unlinked && ends_something(v[i].d);
        if (v[i].lossy) hand_over_args(&v[i]);
        if (!unlike_failure(v, n, &v[i])) {
            state_drop(c->pool, v[i].st);
            continue;
        }
        do_stops(v, n, v[i].st);
        if (incomplete) bond_unknown_call(c, v[i].st, args, nargs);
        for (uint32_t k = 0; k < v[i].unclear.n; k++)
            forget_duty(&v[i], v[i].unclear.v[k].s, false, v[i].unclear.v[k].moved);
        apply_effects(&v[i], out);
    }
    state_drop(c->pool, st);
    return true;
}

void doubt_untold(fctx *c, state *st, const ir_inst *in, const summary *s, const sym *args, uint32_t nargs,
                  uint8_t results) {
    for (uint32_t a = 0; a < nargs && a < 64 && s->inside >> a; a++)
        if (s->inside >> a & 1) note_copied(c, st, args[a]);
    if (!st->ntracks) return;
    sym *room = apply_room(c, &s, 1);
    application like = {.c = c, .in = in, .args = args, .nargs = nargs, .before = st};
    translate_for(&like, st, s, &room);
    for (uint32_t i = 0; i < s->n; i++) {
        const sum_outcome *how = &like.shared->outcome[i];
        if (!(class_by_itself(&s->d[i]) & results)) continue;
        for (uint32_t k = 0; k < how->nends; k++) {
            sym x = translate(&like, how->of[how->ends[k] - 1]);
            if (is_held(st, sym_object(c->t, x))) give_away(c, st, x);
        }
    }
    for (uint32_t a = 0; a < nargs && s->keeps >> a; a++)
        if ((s->keeps & ~like.shared->ends) >> a & 1) give_away(c, st, args[a]);
}
