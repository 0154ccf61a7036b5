/* From exit states to disjuncts. What the caller cannot name is dropped; outcomes that differ in nothing but what
 * they know of their inputs become one. Above LIM_SUMMARY, outcomes with the same resources and the same class of
 * result (zero, positive, negative) become one, with unknown in place of the values they disagree on. */
#include <stdlib.h>
#include <string.h>

#include "engine/special.h"
#include "engine/summary_build.h"

typedef struct builder {
    fctx *c;
    ll_arena *a;
    uint32_t *map; /* sym -> index + 1 in syms */
    LL_ARRAY(sum_sym) syms;
} builder;

/* ---- which cells and tracks a caller sees ---- */

static bool cell_visible(fctx *c, const state *st, const cell *x) {
    sym o = sym_object(c->t, x->addr);
    const symrec *r = symtab_at(c->t, o);
    const symrec *v = symtab_at(c->t, x->val);
    if (v->kind == SY_INIT && v->a == x->addr) return false;
    if (r->kind == SY_ADDR) return r->p || r->a - 1 == c->f->nvars;
    (void)st;
    return r->input || c->mark[o] == c->stamp;
}

static bool track_visible(fctx *c, const state *st, const track *tr) {
    (void)st;
    sym o = sym_object(c->t, tr->s);
    const symrec *r = symtab_at(c->t, o);
    if (tr->state == TR_STATE) return sym_is_input(c->t, tr->s);
    if (tr->state == TR_GONE && !sym_is_input(c->t, tr->s)) return false;
    if (tr->state == TR_GONE && tr->rule && tr->rule->scope_bound) return false; /* not locked: as before the call */
    if (!tr->rule && tr->acq) return false;                                      /* evidence stays in its function */
    if (r->kind == SY_ADDR) return r->p != NULL;
    return sym_is_input(c->t, tr->s) || c->mark[tr->s] == c->stamp || c->mark[o] == c->stamp;
}

static bool holder_outlives(fctx *c, const state *st, sym addr) {
    const symrec *r = symtab_at(c->t, sym_object(c->t, addr));
    (void)st;
    return r->kind == SY_CONJ || r->kind == SY_INIT || r->kind == SY_DFLT || r->kind == SY_TERM;
}

static bool sym_visible(fctx *c, sym s) {
    return sym_is_input(c->t, s) || c->mark[s] == c->stamp || c->mark[sym_object(c->t, s)] == c->stamp;
}

static bool bond_visible(fctx *c, const state *st, const bond *b) {
    switch (b->kind) {
        case BOND_DERIVED:
            return !b->ended && (b->s == st->ret || sym_visible(c, b->s)) && (!b->owner || sym_visible(c, b->owner));
        case BOND_KEPT:
            return !b->ended && sym_visible(c, b->s);
        case BOND_CHILD:
        case BOND_BANNED:
            return false;
        case BOND_CHANGED:
        case BOND_STOPPED:
            break;
    }
    return !b->s || sym_is_input(c->t, b->s);
}

static void project(fctx *c, state *st) {
    give_away_elements(c, st);
    mark_reachable(c, st, SEEN_BY_CALLER);
    uint32_t n = 0;
    for (uint32_t i = 0; i < st->ncells; i++) {
        if (cell_visible(c, st, &st->cells[i]))
            st->cells[n++] = st->cells[i];
        else if (holder_outlives(c, st, st->cells[i].addr))
            note_kept(c, st, st->cells[i].val);
    }
    st->ncells = n;
    n = 0;
    for (uint32_t i = 0; i < st->ndflts; i++) {
        sym o = sym_object(c->t, st->dflts[i].base);
        const symrec *r = symtab_at(c->t, o);
        bool seen = r->kind == SY_ADDR ? r->p != NULL || r->a - 1 == c->f->nvars : r->input || c->mark[o] == c->stamp;
        if (seen)
            st->dflts[n++] = st->dflts[i];
        else if (st->dflts[i].from && holder_outlives(c, st, o))
            note_copied(c, st, st->dflts[i].from);
    }
    st->ndflts = n;
    n = 0;
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (track_visible(c, st, &st->tracks[i])) st->tracks[n++] = st->tracks[i];
    st->ntracks = n;
    n = 0;
    for (uint32_t i = 0; i < st->nbonds; i++)
        if (bond_visible(c, st, &st->bonds[i])) st->bonds[n++] = st->bonds[i];
    st->nbonds = n;
    n = 0;
    for (uint32_t i = 0; i < st->nranges; i++) {
        sym s = st->ranges[i].s;
        if (sym_is_input(c->t, s) || c->mark[s] == c->stamp || s == st->ret) st->ranges[n++] = st->ranges[i];
    }
    st->nranges = n;
}

/* ---- merging ---- */

static bool same_effects(const state *x, const state *y) {
    if (x->ntracks != y->ntracks || x->ncells != y->ncells || x->ret != y->ret || x->ndflts != y->ndflts) return false;
    if (x->found != y->found) return false;
    for (uint32_t i = 0; i < x->ntracks; i++)
        if (x->tracks[i].s != y->tracks[i].s || x->tracks[i].state != y->tracks[i].state ||
            x->tracks[i].rule != y->tracks[i].rule || x->tracks[i].moved != y->tracks[i].moved ||
            (x->tracks[i].escapes != NULL) != (y->tracks[i].escapes != NULL))
            return false;
    if (!bond_same(x, y)) return false;
    return !x->ncells || memcmp(x->cells, y->cells, x->ncells * sizeof *x->cells) == 0;
}

/* y, with x's names for what is new where they differ in nothing else; NULL: they do. */
static state *alike(fctx *c, const state *x, state *y, uint32_t *renamed) {
    if (same_effects(x, y)) return y;
    state *o = *renamed < LIM_RENAMED ? renamed_like(c, x, y) : NULL;
    *renamed += o != NULL;
    if (!o || same_effects(x, o)) return o;
    state_drop(c->pool, o);
    return NULL;
}

static void join_outcome(fctx *c, state *into, const state *from) {
    bond_hull(c, into, from);
    into->copied |= from->copied;
    into->loose |= from->loose || ask_otherwise(c, into, from);
    state_hull_ranges(c->pool, into, from, c->t);
}

/* Two reasons for one outcome are merged only when one includes the other: the hull of `c == NULL` and `c->flags & A`
 * is no condition at all, and would let the outcome be where neither holds. Where no resource depends on it and
 * outcomes are many (`loosely`), that is accepted. */
static void merge_exact(fctx *c, state_list *l, bool loosely) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        uint32_t j = 0, renamed = 0;
        state *y = NULL;
        for (; j < n; j++) {
            if (!(y = alike(c, l->v[j], l->v[i], &renamed))) continue;
            if (loosely && !y->ntracks) break;
            if (!ask_otherwise(c, l->v[j], y)) break;
        }
        if (j < n)
            join_outcome(c, l->v[j], y);
        else
            l->v[n++] = l->v[i];
    }
    l->n = n;
}

/* ---- numbers that no one else sees ---- */

/* `static size_t limit;` in the function itself, as long as its address goes nowhere. */
static bool is_own_number(const ir_var *v) {
    bool number = v->type && (v->type->kind == IR_T_INT || v->type->kind == IR_T_BOOL);
    return v->kind == IR_V_GLOBAL && number && !v->address_taken && !v->is_volatile && strstr(v->usr, IR_STATIC_LOCAL);
}

/* Their addresses; 0: there are none. */
static uint32_t own_numbers(fctx *c, const sym **out) {
    LL_ARRAY(sym) own = {0};
    for (uint32_t i = 0; i < c->f->nvars; i++) {
        const ir_var *v = &c->f->vars[i];
        if (is_own_number(v)) LL_PUSH(c->arena, &own, sym_addr_global(c->t, v->usr, v->name, v->type));
    }
    *out = own.v;
    return own.n;
}

static bool is_about(const fctx *c, sym s, sym addr) {
    const symrec *r = symtab_at(c->t, s);
    if (s == addr) return true;
    if (r->kind == SY_TERM && r->b && is_about(c, r->b, addr)) return true;
    return (r->kind == SY_INIT || r->kind == SY_SUB || r->kind == SY_TERM) && is_about(c, r->a, addr);
}

/* Without the number there. NULL: it has nothing of it. */
static state *without(fctx *c, const state *st, sym addr) {
    state *o = state_copy(c->pool, st);
    o->ncells = o->nranges = 0;
    for (uint32_t i = 0; i < st->ncells; i++)
        if (st->cells[i].addr != addr) o->cells[o->ncells++] = st->cells[i];
    for (uint32_t i = 0; i < st->nranges; i++)
        if (!is_about(c, st->ranges[i].s, addr)) o->ranges[o->nranges++] = st->ranges[i];
    if (o->ncells != st->ncells || o->nranges != st->nranges) return o;
    state_drop(c->pool, o);
    return NULL;
}

/* Outcomes that differ in nothing but what they know of the number there, and leave in it, are one. */
static void merge_without(fctx *c, state_list *l, sym addr) {
    state **bare = LL_NEWN(c->arena, state *, l->n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        state *had = without(c, l->v[i], addr), *x = had ? had : l->v[i], *y = NULL;
        uint32_t j = 0;
        for (; j < n; j++) {
            y = bare[j] ? bare[j] : l->v[j];
            if ((had || bare[j]) && same_effects(y, x) && !ask_otherwise(c, y, x)) break;
        }
        if (j < n) {
            join_outcome(c, y, x);
            l->v[j] = y;
            continue;
        }
        bare[n] = had;
        l->v[n++] = l->v[i];
    }
    l->n = n;
}

static void merge_own(fctx *c, state_list *l) {
    const sym *own;
    uint32_t n = l->n > 1 ? own_numbers(c, &own) : 0;
    for (uint32_t i = 0; i < n; i++) merge_without(c, l, own[i]);
}

/* A resource whose only holder was merged away or cut is not handed to the caller to worry about. */
static void drop_unheld(fctx *c, state *st) {
    if (st->ncells > LIM_SUMMARY_CELLS) st->ncells = LIM_SUMMARY_CELLS;
    mark_reachable(c, st, SEEN_BY_CALLER);
    uint32_t n = 0;
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (track_visible(c, st, &st->tracks[i])) st->tracks[n++] = st->tracks[i];
    st->ntracks = n;
}

/* Conditions this deep are not told; an outcome without them would be claimed where it is not. */
static bool too_deep(const fctx *c, const state *st) {
    for (uint32_t i = 0; st->ntracks && i < st->nranges; i++)
        if (symtab_at(c->t, st->ranges[i].s)->depth > LIM_CONDITION_DEPTH) return true;
    return false;
}

/* ---- writing a disjunct ---- */

static uint32_t put(builder *b, sym s) {
    if (!s) return 0;
    if (b->map[s]) return b->map[s];
    symrec r = symtab_get(b->c->t, s);
    sum_sym o = {.kind = r.kind, .op = r.op, .k = r.k, .p = r.p, .q = r.q, .type = r.type};
    bool opaque = r.kind == SY_CONJ || r.kind == SY_DFLT || (r.kind == SY_INIT && !r.input);
    if (r.kind == SY_ADDR && !r.p) {
        bool param = r.a - 1 < b->c->f->nparams;
        o.a = r.a - 1 == b->c->f->nvars ? UINT32_MAX : r.a - 1;
        if (!param && o.a != UINT32_MAX) opaque = true; /* a dead local's address */
    } else if (!opaque) {
        o.a = put(b, r.a);
        o.b = put(b, r.b);
    }
    if (opaque) o = (sum_sym){.kind = SY_CONJ, .type = r.type};
    for (uint32_t i = 0; i < b->c->used.n; i++) o.used |= b->c->used.v[i] == s;
    LL_PUSH(b->c->arena, &b->syms, o);
    return b->map[s] = b->syms.n;
}

/* Outlives the function, of whose path nothing is told to callers. */
static const acquisition *keep_acquisition(builder *b, const acquisition *acq) {
    if (!acq) return NULL;
    acquisition *a = ll_memdup(b->a, acq, sizeof *acq);
    a->step = NULL;
    return a;
}

static void put_tracks(builder *b, const state *st, disjunct *d) {
    d->tracks = LL_NEWN(b->a, sum_track, st->ntracks);
    LL_ARRAY(sum_escape) esc = {0};
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        uint32_t s = put(b, tr->s);
        for (const escape *e = tr->escapes; e; e = e->prev)
            LL_PUSH(b->c->arena, &esc, ((sum_escape){s, e->callee, e->arg, e->lent}));
        if (!tr->rule && !tr->acq && tr->state != TR_GONE) continue; /* only there for its escapes */
        d->tracks[d->ntracks++] = (sum_track){.s = s,
                                              .guard_s = put(b, tr->when.s),
                                              .state = tr->state,
                                              .rule = tr->rule,
                                              .acq = keep_acquisition(b, tr->acq),
                                              .when = tr->when,
                                              .released_by = tr->released_by,
                                              .ended = tr->ended ? tr->ended->inst : NULL,
                                              .count = tr->count,
                                              .moved = tr->moved};
    }
    d->escapes = ll_memdup(b->a, esc.v, esc.n * sizeof *esc.v);
    d->nescapes = esc.n;
}

static void put_bonds(builder *b, const state *st, disjunct *d) {
    d->bonds = LL_NEWN(b->a, sum_bond, st->nbonds);
    for (uint32_t i = 0; i < st->nbonds; i++) {
        const bond *x = &st->bonds[i];
        d->bonds[d->nbonds++] = (sum_bond){.kind = x->kind,
                                           .s = put(b, x->s),
                                           .owner = put(b, x->owner),
                                           .guard_s = put(b, x->when.s),
                                           .rule = x->rule,
                                           .made = keep_acquisition(b, x->made),
                                           .when = x->when};
    }
}

static sum_dflt write_default(builder *b, const dflt *x) {
    sum_dflt o = {.base = put(b, x->base), .zero = !x->event && !x->from};
    uint32_t v = x->from ? sym_local_var(b->c->t, x->from) : IR_NOVAR;
    bool named = x->from && (v == IR_NOVAR ? sym_is_input(b->c->t, x->from) : v < b->c->f->nparams);
    if (named) o.from = put(b, x->from);
    return o;
}

static disjunct write_disjunct(builder *b, const state *st) {
    disjunct d = {0};
    memset(b->map, 0, symtab_count(b->c->t) * sizeof *b->map);
    b->syms.n = 0;
    d.ret = put(b, st->ret);
    d.wild = st->wild;
    d.loose = st->loose;
    d.copied = st->copied;
    d.found = st->found;
    d.cells = LL_NEWN(b->a, sum_cell, st->ncells);
    for (; d.ncells < st->ncells; d.ncells++) {
        const cell *x = &st->cells[d.ncells];
        d.cells[d.ncells] =
            (sum_cell){put(b, x->addr), put(b, x->val),
                       symtab_at(b->c->t, x->val)->kind == SY_CONJ && symtab_at(b->c->t, x->val)->a == UINT32_MAX - 1};
    }
    d.dflts = LL_NEWN(b->a, sum_dflt, st->ndflts);
    for (uint32_t i = 0; i < st->ndflts; i++) d.dflts[d.ndflts++] = write_default(b, &st->dflts[i]);
    put_tracks(b, st, &d);
    put_bonds(b, st, &d);
    d.ranges = LL_NEWN(b->a, sum_range, st->nranges);
    for (uint32_t i = 0; i < st->nranges; i++) {
        const range *r = &st->ranges[i];
        if (!sym_is_input(b->c->t, r->s) && !b->map[r->s]) continue;
        d.ranges[d.nranges++] = (sum_range){put(b, r->s), r->nonzero, r->has_ne, r->lo, r->hi, r->ne};
    }
    for (uint32_t i = 0; i < b->c->used.n; i++) put(b, b->c->used.v[i]);
    d.syms = ll_memdup(b->a, b->syms.v, b->syms.n * sizeof *b->syms.v);
    d.nsyms = b->syms.n;
    return d;
}

static void keep_param(summary *s, const disjunct *d, uint32_t i) {
    uint32_t param = sum_param(d, i);
    if (param < 64) s->keeps |= (uint64_t)1 << param;
}

static void note_kept_params(summary *s, const disjunct *d) {
    for (uint32_t i = 0; i < d->ncells; i++) keep_param(s, d, d->cells[i].val);
    for (uint32_t i = 0; i < d->nescapes; i++) keep_param(s, d, d->escapes[i].s);
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].state == TR_GONE && !d->tracks[i].moved) keep_param(s, d, d->tracks[i].s);
}

static bool in_global(const disjunct *d, uint32_t i) {
    for (; i; i = d->syms[i - 1].a) {
        const sum_sym *x = &d->syms[i - 1];
        if (x->kind == SY_ADDR) return x->p != NULL;
        if (x->kind != SY_SUB && x->kind != SY_INIT) return false;
    }
    return false;
}

/* `return pool[--npool];`: what a global leads to is returned, and a global is changed. */
static bool takes_out(const disjunct *d) {
    if (!d->ret || d->syms[d->ret - 1].kind != SY_INIT || !in_global(d, d->ret)) return false;
    for (uint32_t i = 0; i < d->ncells; i++) {
        const sum_sym *to = &d->syms[d->cells[i].addr - 1];
        if (to->kind == SY_ADDR && to->p) return true;
    }
    return false;
}

static void list_reads(fctx *c, summary *s, ll_arena *a) {
    LL_ARRAY(const char *) names = {0};
    name_map *seen = name_map_new(c->arena);
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->d[i].nsyms; k++) {
            const sum_sym *x = &s->d[i].syms[k];
            bool named = (x->kind == SY_SUB && x->op == SUB_FIELD) || (x->kind == SY_ADDR && x->p);
            if (!named || name_map_get(seen, x->p)) continue;
            name_map_put(seen, x->p, (void *)1);
            LL_PUSH(c->arena, &names, x->p);
        }
    s->reads = ll_memdup(a, names.v, names.n * sizeof *names.v);
    s->nreads = names.n;
}

static void only_lent(fctx *c, track *tr) {
    const escape *all = tr->escapes;
    tr->escapes = NULL;
    for (const escape *e = all; e; e = e->prev) {
        escape *x = LL_NEW(c->arena, escape);
        *x = *e;
        x->lent = true;
        x->prev = tr->escapes;
        tr->escapes = x;
    }
}

/* What callees that are not all told may have done to a parameter, they have not, as it is lent. What it leads to they
 * may have kept. */
static void take_back_lent(fctx *c, state *st) {
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track *tr = &st->tracks[i];
        uint64_t bit = param_bit(c, tr->s) & c->lends;
        bool doubt = !tr->acq && !tr->rule && (tr->state == TR_GONE || tr->state == TR_HELD);
        if (!bit || !doubt) continue;
        if (tr->state == TR_GONE) st->copied |= bit & ~c->lends_all;
        if (tr->state == TR_GONE || (bit & c->lends_all))
            state_remove_track(st, i);
        else
            only_lent(c, tr);
    }
}

summary *summary_build(fctx *c, ll_arena *a) {
    summary *s = LL_NEW(a, summary);
    s->name = c->f->name ? c->f->name : "";
    s->walks = c->walks_arrays;
    s->incomplete = c->cut;
    s->never_returns = !c->exits.n && (!c->cut || !c->returns[0]); /* cut short, the graph still tells */
    uint32_t told = 0;
    for (uint32_t i = 0; i < c->exits.n; i++) {
        project(c, c->exits.v[i]);
        take_back_lent(c, c->exits.v[i]);
        if (too_deep(c, c->exits.v[i])) {
            note_cut_keeps(c, c->exits.v[i]);
            note_cut_nulls(c, c->exits.v[i]);
            s->incomplete = true;
        } else {
            c->exits.v[told++] = c->exits.v[i];
        }
    }
    c->exits.n = told;
    uint64_t asked = c->exits.n > 1 ? params_asked(c, &c->exits) : 0;
    merge_own(c, &c->exits);
    merge_exact(c, &c->exits, false);
    if (c->exits.n > LIM_SUMMARY_EXACT) merge_exact(c, &c->exits, true);
    for (uint32_t i = 0; i < c->exits.n; i++) {
        const state *st = c->exits.v[i];
        s->has_effects |= st->ntracks || st->ncells || st->ndflts || st->nbonds || st->copied;
    }
    s->lossy = c->lossy;
    s->keeps = c->cut_keeps & ~c->lends;
    s->nulls = c->cut_nulls;
    s->inside = c->cut_inside & ~c->lends_all;
    s->lends = c->lends;
    s->lends_all = c->lends_all;
    merge_to_limit(c, &c->exits, s->has_effects ? LIM_SUMMARY : 3);
    uint32_t nmap = symtab_count(c->t) + 64;
    builder b = {.c = c, .a = a, .map = LL_NEWN(c->arena, uint32_t, nmap)};
    s->d = LL_NEWN(a, disjunct, c->exits.n);
    for (; s->n < c->exits.n; s->n++) {
        drop_unheld(c, c->exits.v[s->n]);
        s->d[s->n] = write_disjunct(&b, c->exits.v[s->n]);
        note_kept_params(s, &s->d[s->n]);
        s->hands_out |= takes_out(&s->d[s->n]);
        if (s->d[s->n].loose) s->asks = asked;
    }
    s->keeps &= ~s->lends;
    list_reads(c, s, a);
    return s;
}
