/* Outcomes that are too many to tell become fewer, and none is dropped.
 *
 *     dictAdd(d, key, val)      forty ways through a rehashing table, and two things the caller must know:
 *                               it returns 0 and keeps key and val, or it returns 1 and keeps neither
 *
 * Outcomes become one when they agree on what matters to a caller; what they disagree on becomes unknown, and what one
 * of them does to a resource becomes something that may have happened: kept, if it was kept or released in either. What
 * matters is looked at ever more coarsely until the rest fits. */
#include <string.h>

#include "base/hash.h"
#include "engine/evidence.h"
#include "engine/summary_build.h"

/* What outcomes must agree on to become one; each asks for less than the one before. */
typedef enum likeness {
    SAME_RESOURCES, /* every resource in the same state, and the class of the result */
    SAME_FATES,     /* what becomes of the arguments and what lies behind them, what they are given, the result */
    SAME_TOUCHED,   /* which arguments are kept or released at all, what is given, the result */
    SAME_RESULT,    /* whether the result is acquired, and its class */
    SAME_ACQUIRED,  /* whether the result is acquired */
    SAME_NOTHING
} likeness;

static bool is_given(const track *tr) {
    return tr->state == TR_HELD && tr->acq;
}
static bool is_ended(const track *tr) {
    return tr->state == TR_RELEASED && !tr->acq;
}

/* ---- likeness ---- */

/* What is merely given away keeps no outcomes apart: the merged one gives away what either did. */
static bool has_same(const state *x, const state *y) {
    for (uint32_t i = 0; i < x->ntracks; i++) {
        bool found = x->tracks[i].state == TR_GONE;
        for (uint32_t j = 0; j < y->ntracks && !found; j++)
            found = x->tracks[i].s == y->tracks[j].s && x->tracks[i].state == y->tracks[j].state &&
                    x->tracks[i].rule == y->tracks[j].rule;
        if (!found) return false;
    }
    return true;
}

static bool same_resources(fctx *c, const state *x, const state *y) {
    if (!has_same(x, y) || !has_same(y, x)) return false;
    bool px = x->ret && symtab_at(c->t, x->ret)->kind != SY_CONST && state_any_track((state *)x, x->ret);
    bool py = y->ret && symtab_at(c->t, y->ret)->kind != SY_CONST && state_any_track((state *)y, y->ret);
    if (px || py) return x->ret == y->ret;
    return result_class(c, x, x->ret) == result_class(c, y, y->ret);
}

static uint64_t mix(uint64_t a, uint64_t b, uint64_t d) {
    uint64_t key[3] = {a, b, d};
    return ll_hash64(key, sizeof key);
}

/* The parameter that s was reached from, IR_NOVAR: none. */
static uint32_t root_param(const fctx *c, sym s) {
    const symrec *r = symtab_at(c->t, s);
    while (r->kind == SY_SUB || r->kind == SY_INIT) r = symtab_at(c->t, r->a);
    return r->kind == SY_ADDR && !r->p && r->a - 1 < c->f->nparams ? r->a - 1 : IR_NOVAR;
}

static bool is_argument(const fctx *c, sym s) {
    const symrec *r = symtab_at(c->t, s);
    return r->kind == SY_INIT && symtab_at(c->t, r->a)->kind == SY_ADDR && root_param(c, s) != IR_NOVAR;
}

static const track *result_track(const fctx *c, const state *st) {
    if (!st->ret || symtab_at(c->t, st->ret)->kind == SY_CONST) return NULL;
    const track *tr = state_any_track((state *)st, sym_object(c->t, st->ret));
    return tr && is_given(tr) ? tr : NULL;
}

static uint64_t result_signature(fctx *c, const state *st, likeness how) {
    const track *tr = result_track(c, st);
    uint64_t h = tr ? mix(1, (uintptr_t)tr->rule, 0) : 0;
    if (how == SAME_ACQUIRED) return h;
    if (st->ret && is_argument(c, sym_object(c->t, st->ret))) h += mix(2, root_param(c, st->ret), 0);
    return h + mix(3, result_class(c, st, st->ret), 0);
}

/* Where a block that the caller is given was put, as far as an argument leads there. */
static uint64_t given_signature(fctx *c, const state *st, const track *tr, likeness how) {
    for (uint32_t i = 0; i < st->ncells; i++) {
        if (sym_object(c->t, st->cells[i].val) != sym_object(c->t, tr->s)) continue;
        uint32_t p = root_param(c, st->cells[i].addr);
        if (p == IR_NOVAR) continue;
        return mix(4, (uintptr_t)tr->rule, how == SAME_FATES ? st->cells[i].addr : p);
    }
    return 0;
}

static bool stores_argument(fctx *c, const state *st, sym arg) {
    for (uint32_t i = 0; i < st->ncells; i++)
        if (sym_object(c->t, st->cells[i].val) == arg) return true;
    return false;
}

static uint64_t argument_fate(fctx *c, const state *st, uint32_t p, likeness how) {
    sym arg = sym_init(c->t, sym_addr_local(c->t, p, c->f->vars[p].type), c->f->vars[p].type, true);
    uint32_t kept = stores_argument(c, st, arg), ended = 0;
    for (uint32_t i = 0; i < st->ntracks; i++) {
        if (st->tracks[i].s != arg) continue;
        ended |= is_ended(&st->tracks[i]);
        kept |= st->tracks[i].state == TR_GONE || st->tracks[i].escapes;
    }
    if (how == SAME_TOUCHED) return kept | ended ? mix(5, p, 1) : 0;
    return kept | ended ? mix(5, p, kept * 2 + ended) : 0;
}

static uint64_t signature(fctx *c, const state *st, likeness how) {
    uint64_t h = how == SAME_NOTHING ? 0 : result_signature(c, st, how);
    if (how > SAME_TOUCHED) return h;
    for (uint32_t p = 0; p < c->f->nparams; p++) h += argument_fate(c, st, p, how);
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        if (is_given(tr)) h += given_signature(c, st, tr, how);
        bool behind = how == SAME_FATES && is_ended(tr) && !is_argument(c, tr->s) && root_param(c, tr->s) != IR_NOVAR;
        if (behind) h += mix(6, tr->s, (uintptr_t)tr->rule);
        if (how == SAME_FATES && tr->state == TR_STATE) h += mix(7, tr->s, (uint64_t)tr->count);
    }
    return h;
}

/* ---- two become one ---- */

void note_kept(fctx *c, state *st, sym val) {
    sym o = sym_shifted(c->t, sym_object(c->t, val));
    const symrec *r = symtab_at(c->t, o);
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].s == o && st->tracks[i].state == TR_HELD) st->tracks[i].state = TR_GONE;
    if (r->kind != SY_INIT || !r->input || r->depth > LIM_KEPT_DEPTH || state_any_track(st, o)) return;
    state_add_track(c->pool, st, (track){.s = o, .state = TR_GONE});
}

uint64_t record_bit(const fctx *c, sym src) {
    sym o = sym_object(c->t, src);
    uint32_t v = entry_param(c, o);
    if (v == IR_NOVAR) v = sym_local_var(c->t, o);
    return v < c->f->nparams && v < 64 ? (uint64_t)1 << v : 0;
}

static bool outlives(const fctx *c, sym dst, sym src) {
    sym o = sym_object(c->t, dst);
    const symrec *r = symtab_at(c->t, o);
    return o != sym_object(c->t, src) && (r->kind != SY_ADDR || r->p);
}

void note_copied(fctx *c, state *st, sym src) {
    sym o = sym_object(c->t, src);
    st->copied |= record_bit(c, o);
    LL_ARRAY(sym) held = {0};
    for (uint32_t i = state_first_cell(st, o); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, o)) LL_PUSH(c->arena, &held, st->cells[i].val);
    for (uint32_t i = 0; i < held.n; i++) {
        give_away(c, st, held.v[i]);
        note_kept(c, st, held.v[i]);
    }
}

void note_copy(fctx *c, state *st, sym dst, sym src) {
    if (outlives(c, dst, src)) note_copied(c, st, src);
}

static bool range_within(const range *x, const range *y) {
    if (x->lo < y->lo || x->hi > y->hi) return false;
    if (y->nonzero && !x->nonzero && x->lo <= 0 && x->hi >= 0) return false;
    return !y->has_ne || (x->has_ne && x->ne == y->ne) || y->ne < x->lo || y->ne > x->hi;
}

/* Everything `wide` asks of its inputs, `narrow` asks too. */
static bool covers(const fctx *c, const state *wide, const state *narrow) {
    uint32_t j = 0;
    for (uint32_t i = 0; i < wide->nranges; i++) {
        if (!sym_is_input(c->t, wide->ranges[i].s)) continue;
        while (j < narrow->nranges && narrow->ranges[j].s < wide->ranges[i].s) j++;
        if (j == narrow->nranges || narrow->ranges[j].s != wide->ranges[i].s) return false;
        if (!range_within(&narrow->ranges[j], &wide->ranges[i])) return false;
    }
    return true;
}

bool ask_otherwise(const fctx *c, const state *x, const state *y) {
    return !covers(c, x, y) && !covers(c, y, x);
}

/* A value that stands for both x's and y's, with the hull of what is known. */
static sym unknown_for(fctx *c, state *x, const state *y, sym a, sym b, uint32_t tag) {
    range r = range_hull(state_range(x, c->t, a), state_range(y, c->t, b));
    sym s = sym_conj(c->t, UINT32_MAX - 1, tag, symtab_at(c->t, a)->type);
    range *slot = state_range_slot(c->pool, x, s);
    *slot = (range){.s = s, .lo = r.lo, .hi = r.hi, .nonzero = r.nonzero};
    return s;
}

static sym renamed(fctx *c, sym s, sym from, sym to) {
    if (s == from) return to;
    if (s < from) return s; /* wholes are made after their parts */
    symrec r = symtab_get(c->t, s);
    if ((r.kind != SY_SUB && r.kind != SY_TERM) || r.depth > LIM_CONDITION_DEPTH) return s;
    sym a = renamed(c, r.a, from, to), b = r.b ? renamed(c, r.b, from, to) : 0;
    if (a == r.a && b == r.b) return s;
    if (r.kind == SY_TERM) return sym_term(c->t, r.op, a, b, r.type);
    return r.op == SUB_FIELD ? sym_field(c->t, a, r.p) : sym_index(c->t, a, b);
}

static void rename_block(fctx *c, state *st, sym from, sym to) {
    cell *v = LL_NEWN(c->arena, cell, st->ncells + 1);
    uint32_t n = st->ncells;
    if (n) memcpy(v, st->cells, n * sizeof *v);
    st->ncells = 0;
    for (uint32_t i = 0; i < n; i++)
        state_set_cell(c->pool, st, renamed(c, v[i].addr, from, to), renamed(c, v[i].val, from, to));
    dflt *was = ll_memdup(c->arena, st->dflts, st->ndflts * sizeof *was);
    uint32_t ndflts = st->ndflts;
    st->ndflts = 0;
    for (uint32_t i = 0; i < ndflts; i++) {
        was[i].base = renamed(c, was[i].base, from, to);
        state_add_default(c->pool, st, was[i]);
    }
    for (uint32_t i = 0; i < st->ntracks; i++) st->tracks[i].s = renamed(c, st->tracks[i].s, from, to);
    for (uint32_t i = 0; i < st->nbonds; i++) {
        st->bonds[i].s = st->bonds[i].s ? renamed(c, st->bonds[i].s, from, to) : 0;
        st->bonds[i].owner = st->bonds[i].owner ? renamed(c, st->bonds[i].owner, from, to) : 0;
    }
    st->ret = renamed(c, st->ret, from, to);
    range r = state_range(st, c->t, from);
    *state_range_slot(c->pool, st, to) = (range){.s = to, .lo = r.lo, .hi = r.hi, .nonzero = r.nonzero};
}

/* The block of its own that the other outcome puts where this one puts s: returns it, or stores it at one address. */
static sym counterpart(fctx *c, const state *x, const state *y, const track *given) {
    const track *tx = result_track(c, x), *ty = result_track(c, y);
    if (tx && ty && ty->s == given->s) return tx->rule == ty->rule && x->ret != y->ret ? tx->s : 0;
    for (uint32_t i = 0; i < y->ncells; i++) {
        if (y->cells[i].val != given->s) continue;
        sym mine = state_find_cell(x, y->cells[i].addr);
        const track *tr = mine && mine != given->s ? state_any_track((state *)x, mine) : NULL;
        if (tr && is_given(tr) && tr->rule == given->rule) return mine;
    }
    return 0;
}

static void unite_given(fctx *c, const state *x, state *y) {
    for (uint32_t i = 0; i < y->ntracks; i++) {
        track tr = y->tracks[i];
        sym to = is_given(&tr) ? counterpart(c, x, y, &tr) : 0;
        if (to && !state_any_track(y, to)) rename_block(c, y, tr.s, to);
    }
}

/* A value that nothing but the outcome itself says anything of. */
static bool is_nameless(fctx *c, const state *st, sym s) {
    const symrec *r = symtab_at(c->t, s);
    return r->kind == SY_CONJ && !is_pure_answer(r) && !state_any_track((state *)st, s);
}

static bool occurs(const fctx *c, const state *st, sym s) {
    if (st->ret && sym_contains(c->t, st->ret, s)) return true;
    for (uint32_t i = 0; i < st->ncells; i++)
        if (sym_contains(c->t, st->cells[i].addr, s) || sym_contains(c->t, st->cells[i].val, s)) return true;
    return false;
}

static void unite_value(fctx *c, const state *x, state *y, sym mine, sym theirs) {
    if (!mine || !theirs || mine == theirs || !is_nameless(c, x, mine) || !is_nameless(c, y, theirs)) return;
    if (!occurs(c, y, mine)) rename_block(c, y, theirs, mine);
}

state *renamed_like(fctx *c, const state *x, const state *y) {
    if (x->ntracks != y->ntracks || x->ncells != y->ncells || x->ndflts != y->ndflts) return NULL;
    bool both_new = x->ret && y->ret && symtab_kind(c->t, sym_object(c->t, x->ret)) == SY_CONJ &&
                    symtab_kind(c->t, sym_object(c->t, y->ret)) == SY_CONJ;
    if (x->ret != y->ret && !both_new) return NULL;
    state *o = state_copy(c->pool, y);
    unite_given(c, x, o);
    unite_value(c, x, o, x->ret, o->ret);
    for (uint32_t i = 0; i < x->ncells; i++)
        unite_value(c, x, o, x->cells[i].val, state_find_cell(o, x->cells[i].addr));
    return o;
}

static const track *same_track(const state *st, const track *tr) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].s == tr->s && st->tracks[i].state == tr->state && st->tracks[i].rule == tr->rule)
            return &st->tracks[i];
    return NULL;
}

/* What only one of the outcomes does may have happened: an argument released or handed on is gone, what was acquired
 * is nobody's to claim. False: nothing remains to be said. */
static bool may_have(track *tr) {
    if (is_ended(tr)) {
        *tr = (track){.s = tr->s, .state = TR_GONE, .escapes = tr->escapes};
        return true;
    }
    return tr->state == TR_GONE || (tr->state == TR_HELD && !tr->acq);
}

static void merge_tracks(fctx *c, state *x, const state *y) {
    uint32_t n = 0, own = x->ntracks;
    for (uint32_t i = 0; i < own; i++) {
        track tr = x->tracks[i];
        const track *other = same_track(y, &tr);
        if (!other && !may_have(&tr)) continue;
        if (other) tr.escapes = escapes_of_both(c, tr.escapes, other->escapes);
        tr.moved = tr.moved && other && other->moved;
        x->tracks[n++] = tr;
    }
    x->ntracks = n;
    for (uint32_t i = 0; i < y->ntracks; i++) {
        track tr = y->tracks[i];
        if (same_track(x, &tr) || !may_have(&tr)) continue;
        tr.moved = false;
        if (!state_any_track(x, tr.s)) state_add_track(c->pool, x, tr);
    }
}

static void forget_default(state *x, const state *y) {
    for (uint32_t i = 0; i < x->ndflts; i++) {
        bool same = false;
        for (uint32_t j = 0; j < y->ndflts && !same; j++)
            same = x->dflts[i].base == y->dflts[j].base && x->dflts[i].event == y->dflts[j].event &&
                   x->dflts[i].from == y->dflts[j].from;
        if (!same) x->dflts[i] = (dflt){x->dflts[i].base, UINT32_MAX - 1, 0};
    }
}

static void merge_defaults(fctx *c, state *x, const state *y) {
    forget_default(x, y);
    for (uint32_t j = 0; j < y->ndflts; j++) {
        bool known = false;
        for (uint32_t i = 0; i < x->ndflts && !known; i++) known = x->dflts[i].base == y->dflts[j].base;
        if (known) continue;
        state_add_default(c->pool, x, (dflt){y->dflts[j].base, UINT32_MAX - 1, 0});
    }
}

static void merge_cells(fctx *c, state *x, const state *y) {
    LL_ARRAY(cell) own = {0};
    for (uint32_t i = 0; i < x->ncells; i++) LL_PUSH(c->arena, &own, x->cells[i]);
    for (uint32_t i = 0; i < own.n; i++) {
        cell k = own.v[i];
        sym other = state_find_cell(y, k.addr);
        if (!other) other = mem_load(c, (state *)y, k.addr, NULL); /* written on one side only */
        if (other == k.val) continue;
        note_kept(c, x, k.val);
        note_kept(c, x, other);
        own.v[i].val = unknown_for(c, x, y, k.val, other, k.addr);
    }
    for (uint32_t i = 0; i < own.n; i++) x->cells[i] = own.v[i];
    for (uint32_t i = 0; i < y->ncells; i++) {
        cell k = y->cells[i];
        if (state_find_cell(x, k.addr)) continue;
        note_kept(c, x, k.val);
        sym mine = mem_load(c, x, k.addr, NULL);
        if (mine != k.val) state_set_cell(c->pool, x, k.addr, unknown_for(c, x, y, mine, k.val, k.addr));
    }
}

static void merge_into(fctx *c, state *x, state *y) {
    x->copied |= y->copied;
    x->found &= y->found;
    x->wild = true; /* the stores that are not told */
    bond_hull(c, x, y);
    bond_common(x, y);
    x->loose |= y->loose || ask_otherwise(c, x, y);
    unite_given(c, x, y);
    merge_tracks(c, x, y);
    sym ret = x->ret;
    if (x->ret != y->ret && x->ret && y->ret) ret = unknown_for(c, x, y, x->ret, y->ret, x->ret ^ 0x40000000u);
    merge_cells(c, x, y);
    merge_defaults(c, x, y);
    LL_ARRAY(range) made = {0}; /* the values made just now are known by what they stand for */
    for (uint32_t i = 0; i < x->nranges; i++) {
        const range *r = &x->ranges[i];
        bool says = r->nonzero || r->lo != INT64_MIN || r->hi != INT64_MAX;
        const symrec *of = symtab_at(c->t, r->s);
        if (says && of->kind == SY_CONJ && of->a == UINT32_MAX - 1) LL_PUSH(c->arena, &made, *r);
    }
    state_hull_ranges(c->pool, x, y, c->t);
    for (uint32_t i = 0; i < made.n; i++) *state_range_slot(c->pool, x, made.v[i].s) = made.v[i];
    x->ret = ret;
}

static void merge_alike(fctx *c, state_list *l, likeness how) {
    uint32_t n = 0;
    uint64_t *sig = LL_NEWN(c->arena, uint64_t, l->n + 1);
    for (uint32_t i = 0; i < l->n; i++) {
        uint64_t s = how == SAME_RESOURCES ? 0 : signature(c, l->v[i], how);
        uint32_t j = 0;
        while (j < n && !(how == SAME_RESOURCES ? same_resources(c, l->v[j], l->v[i]) : sig[j] == s)) j++;
        if (j < n) {
            merge_into(c, l->v[j], l->v[i]);
        } else {
            sig[n] = s;
            l->v[n++] = l->v[i];
        }
    }
    l->n = n;
}

void merge_to_limit(fctx *c, state_list *l, uint32_t limit) {
    for (likeness how = SAME_RESOURCES; how <= SAME_NOTHING && l->n > limit; how++) {
        merge_alike(c, l, how);
        limit = LIM_SUMMARY;
    }
}
