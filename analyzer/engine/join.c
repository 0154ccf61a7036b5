/* Where paths meet: which states stay apart.
 *
 *     p = open(…);                    Two states reach `use(p)`: one with verbose != 0, one with == 0.
 *     if (verbose) puts("open");      They agree on memory and resources, and nothing reads verbose
 *     use(p);                         again: one state goes on, with the hull of what both know.
 *
 * Precisely: two states at a block merge when, after dropping dead variables, their cells, defaults,
 * resources and the ranges of values that can still be asked about are equal; other ranges become their hull.
 * This keeps the goto-cleanup idiom and correlated flags exact (merging on resources alone, as ESP does,
 * lost both), and long runs of independent tests linear. Above a bound (most_states), states with the same resources
 * in the same condition are thinned out, newest first, the less where one holds a resource, and after a call no class
 * of its results altogether: misses then, and in summaries doubt (lossy, keeps), never false alarms. */
#include <string.h>

#include "engine/bond.h"
#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/summary_build.h"

/* ---- dropping what is dead ---- */

static void drop_dead_cells(fctx *c, uint32_t block, state *st) {
    if (!c->returns[block]) return; /* the program ends, or never gets on: nothing is lost by that */
    bool lost = false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < st->ncells; i++) {
        uint32_t v = sym_local_var(c->t, st->cells[i].addr);
        if (v == IR_NOVAR || var_live_in(c, block, v))
            st->cells[n++] = st->cells[i];
        else
            lost |= symtab_kind(c->t, st->cells[i].val) != SY_CONST;
    }
    st->ncells = n;
    n = 0;
    for (uint32_t i = 0; i < st->ndflts; i++) {
        uint32_t v = sym_local_var(c->t, st->dflts[i].base);
        if (v == IR_NOVAR || var_live_in(c, block, v))
            st->dflts[n++] = st->dflts[i];
        else
            lost |= st->dflts[i].event != 0;
    }
    st->ndflts = n;
    uint32_t was = c->lost_at;
    c->lost_at = block;
    if (lost && st->ntracks) check_lost(c, st, "return");
    c->lost_at = was;
}

/* Can code from here on come to ask about s again? */
static bool askable(fctx *c, uint32_t block, sym s) {
    const symrec *r = symtab_at(c->t, s);
    switch ((sym_kind)r->kind) {
        case SY_CONST:
        case SY_STR:
        case SY_FUNC:
        case SY_ADDR:
            return true;
        case SY_SUB:
            return askable(c, block, r->a);
        case SY_CONJ:
            return c->mark[s] == c->stamp || is_pure_answer(r);
        case SY_INIT:
        case SY_DFLT: {
            if (c->mark[s] == c->stamp) return true;
            const symrec *a = symtab_at(c->t, r->a);
            if (a->kind == SY_ADDR) return a->p ? read_from(c, block, a->p) : var_live_in(c, block, a->a - 1);
            if (a->kind == SY_SUB && a->op == SUB_FIELD) return read_from(c, block, a->p) && askable(c, block, a->a);
            return askable(c, block, r->a);
        }
        case SY_TERM: {
            if (c->mark[s] == c->stamp) return true;
            sym a = r->a, b = r->b;
            return askable(c, block, a) && (!b || askable(c, block, b));
        }
        case SY_NONE:
            break;
    }
    return false;
}

/* An answer that is held keeps what it is about. */
static void mark_sym(fctx *c, sym s) {
    while (s && c->mark[s] != c->stamp) {
        c->mark[s] = c->stamp;
        if (symtab_kind(c->t, s) != SY_SUB && symtab_kind(c->t, s) != SY_TERM) return;
        const symrec *r = symtab_at(c->t, s);
        if (r->b) mark_sym(c, r->b);
        s = r->a;
    }
}

/* Whatever a cell holds, reachable or not: what is known of it may be asked for as long as the cell is there. */
static void mark_live(fctx *c, const state *st) {
    new_stamp(c);
    c->marked_of = st;
    for (uint32_t i = 0; i < st->ncells; i++) {
        mark_sym(c, st->cells[i].val);
        mark_sym(c, st->cells[i].addr);
    }
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        mark_sym(c, tr->s);
        mark_sym(c, tr->when.s);
        mark_sym(c, tr->call_ret);
        for (const escape *e = tr->escapes; e; e = e->prev) mark_sym(c, e->ret);
    }
    for (uint32_t i = 0; i < st->nbonds; i++) {
        const bond *b = &st->bonds[i];
        if (b->kind == BOND_DERIVED && c->mark[b->s] != c->stamp) continue; /* it dies, see bond_drop_dead */
        mark_sym(c, b->kind == BOND_KEPT || b->kind == BOND_CHILD ? b->s : 0);
        mark_sym(c, b->owner && b->kind != BOND_BANNED ? b->owner : 0);
        mark_sym(c, b->when.s);
    }
}

/* The same, of a value in st; what is live there is marked when the first such question comes. */
static bool asked_of(fctx *c, uint32_t block, const state *st, sym s) {
    if (c->marked_of != st) mark_live(c, st);
    return askable(c, block, s);
}

static void drop_dead_ranges(fctx *c, uint32_t block, state *st) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < st->nranges; i++) {
        sym s = st->ranges[i].s;
        if (sym_is_input(c->t, s) || asked_of(c, block, st, s)) st->ranges[n++] = st->ranges[i];
    }
    st->nranges = n;
}

/* ---- equality and merge ---- */

static bool same_tracks(const state *a, const state *b) {
    if (a->ntracks != b->ntracks) return false;
    for (uint32_t i = 0; i < a->ntracks; i++) {
        const track *x = &a->tracks[i], *y = &b->tracks[i];
        if (x->s != y->s || x->state != y->state || x->rule != y->rule || x->count != y->count ||
            x->when.s != y->when.s || x->moved != y->moved)
            return false;
        if ((x->escapes != NULL) != (y->escapes != NULL)) return false;
    }
    return true;
}

static bool same_memory(const state *a, const state *b) {
    if (a->ncells != b->ncells || a->ndflts != b->ndflts || a->found != b->found) return false;
    if (a->ncells && memcmp(a->cells, b->cells, a->ncells * sizeof *a->cells) != 0) return false;
    return !a->ndflts || memcmp(a->dflts, b->dflts, a->ndflts * sizeof *a->dflts) == 0;
}

static bool same_range(const range *x, const range *y) {
    return x->lo == y->lo && x->hi == y->hi && x->nonzero == y->nonzero && x->has_ne == y->has_ne &&
           (!x->has_ne || x->ne == y->ne);
}

/* Ranges that can still be asked about, in b, are equal. */
static bool same_ranges(fctx *c, uint32_t block, const state *a, const state *b) {
    uint32_t i = 0, j = 0;
    while (i < a->nranges || j < b->nranges) {
        sym sa = i < a->nranges ? a->ranges[i].s : UINT32_MAX, sb = j < b->nranges ? b->ranges[j].s : UINT32_MAX;
        if (sa == sb) {
            if (!same_range(&a->ranges[i], &b->ranges[j]) && asked_of(c, block, b, sa)) return false;
            i++, j++;
        } else if (sa < sb) {
            if (asked_of(c, block, b, sa)) return false;
            i++;
        } else {
            if (asked_of(c, block, b, sb)) return false;
            j++;
        }
    }
    return true;
}

/* Losses of both, each once; lists share their older part. */
static void join_losses(fctx *c, state *into, const state *from) {
    for (const loss *l = from->losses; l; l = l->prev) {
        bool known = false;
        for (const loss *o = into->losses; o && !known; o = o->prev) known = o == l || o->cand == l->cand;
        if (known) continue;
        loss *n = LL_NEW(c->arena, loss);
        *n = (loss){into->losses, l->cand};
        into->losses = n;
    }
}

static bool handed_as(const escape *v, const escape *e) {
    for (; v; v = v->prev)
        if (v == e || (v->callee == e->callee && v->arg == e->arg && (e->lent || !v->lent))) return true;
    return false;
}

const escape *escapes_of_both(fctx *c, const escape *a, const escape *b) {
    if (!a || a == b) return b;
    const escape *own = a;
    for (const escape *e = b; e && e != own; e = e->prev) { /* they share their older part */
        if (handed_as(a, e)) continue;
        escape *x = LL_NEW(c->arena, escape);
        *x = *e;
        x->prev = a;
        a = x;
    }
    return a;
}

static void hull(fctx *c, state *into, const state *from) {
    join_losses(c, into, from);
    bond_hull(c, into, from);
    into->wild |= from->wild;
    into->copied |= from->copied;
    into->relinked |= from->relinked;
    into->loose |= from->loose || ask_otherwise(c, into, from);
    into->guarded &= from->guarded;
    if (from->decided > into->decided) into->decided = from->decided;
    state_hull_ranges(c->pool, into, from, c->t);
    for (int l = 0; l < STATE_LOOPS; l++)
        if (from->turns[l] < into->turns[l]) into->turns[l] = from->turns[l];
    for (uint32_t i = 0; i < into->ntracks; i++) { /* fewer hand-overs is the stronger claim */
        track *x = &into->tracks[i];
        const track *y = &from->tracks[i];
        x->escapes = escapes_of_both(c, x->escapes, y->escapes);
        if (!x->used_after && x->escapes == y->escapes) x->used_after = y->used_after;
    }
}

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 32;
}

static uint64_t property_of(fctx *c, const state *st) {
    uint64_t h = 0; /* order does not matter */
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        h += mix(mix((uint64_t)tr->state << 32 | (tr->acq ? tr->acq->site : tr->s), (uint64_t)(uintptr_t)tr->rule), 1);
    }
    for (uint32_t i = 0; i < st->ncells; i++) { /* flags and null pointers in locals say what the path is about */
        int64_t k;
        sym addr = st->cells[i].addr;
        if (symtab_kind(c->t, addr) != SY_ADDR || sym_local_var(c->t, addr) == IR_NOVAR) continue;
        if (!sym_is_const(c->t, st->cells[i].val, &k)) continue;
        h += mix((uint64_t)st->cells[i].addr << 1 | (k != 0), 2);
    }
    return h;
}

static bool equal_in_all(fctx *c, uint32_t block, const state *a, const state *b) {
    return same_tracks(a, b) && bond_same(a, b) && same_memory(a, b) && same_ranges(c, block, a, b);
}

/* Their properties are known, and differ in most. */
static inline bool equal_here(fctx *c, uint32_t block, const state *a, const state *b) {
    return a->property == b->property && equal_in_all(c, block, a, b);
}

/* ---- thinning ---- */

/* What is cheap is followed closely; of what is not, the main lines. */
static uint32_t most_states(const fctx *c) {
    if (c->hurry) return LIM_DISJUNCTS / 4;
    if (c->steps > LIM_STEPS_MAIN) return LIM_DISJUNCTS / 3;
    return c->steps > LIM_STEPS_CLOSE ? LIM_DISJUNCTS / 2 : LIM_DISJUNCTS;
}

static bool holds(const state *st) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].acq && st->tracks[i].state == TR_HELD) return true;
    return false;
}

/* Many states are worth their cost where something can be lost. */
static uint32_t most_thinned(const fctx *c, const state_list *l) {
    bool held = c->hurry;
    for (uint32_t i = 0; i < l->n && !held; i++) held = holds(l->v[i]);
    return most_states(c) * (held ? LIM_HELD_TIMES : 1);
}

/* What a state is about, in the large: which acquisitions it holds, and what became of the arguments. */
static uint64_t kind_of(const fctx *c, const state *st) {
    uint64_t h = 0;
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        const symrec *r = symtab_at(c->t, tr->s);
        bool argument = r->kind == SY_INIT && symtab_at(c->t, r->a)->kind == SY_ADDR;
        if (!(tr->acq ? tr->state == TR_HELD : argument)) continue;
        h += mix((uint64_t)tr->state << 32 | (tr->acq ? tr->acq->site : tr->s), 3);
    }
    return h;
}

/* The parameter whose record leads to s. */
static uint64_t contents_bit(const fctx *c, sym s) {
    for (const symrec *r = symtab_at(c->t, s); r->kind == SY_INIT; r = symtab_at(c->t, s)) {
        uint64_t bit = record_bit(c, r->a);
        if (bit) return bit;
        s = sym_object(c->t, r->a);
    }
    return 0;
}

/* Where s was there is another block now, as after realloc(). */
static bool is_replaced(const fctx *c, const state *st, sym s) {
    const symrec *r = symtab_at(c->t, s);
    sym now = r->kind == SY_INIT ? state_find_cell(st, r->a) : 0;
    const track *tr = now ? state_any_track((state *)st, sym_object(c->t, now)) : NULL;
    return tr && tr->acq && tr->state == TR_HELD;
}

void note_cut_keeps(fctx *c, const state *st) {
    c->cut_inside |= st->copied;
    for (uint32_t i = 0; i < st->ncells; i++) {
        uint64_t bit = param_bit(c, st->cells[i].val);
        if (!bit || (c->cut_keeps & bit)) continue;
        const symrec *o = symtab_at(c->t, sym_object(c->t, st->cells[i].addr));
        if (o->kind != SY_ADDR || o->p) c->cut_keeps |= bit;
    }
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        bool ended = (tr->state == TR_RELEASED && !tr->acq) || (tr->state == TR_GONE && !tr->moved) || tr->escapes;
        if (!ended) continue;
        uint64_t itself = param_bit(c, tr->s);
        if (itself)
            c->cut_keeps |= itself;
        else if (!is_replaced(c, st, tr->s))
            c->cut_inside |= contents_bit(c, tr->s);
    }
}

void note_cut_nulls(fctx *c, const state *st) {
    for (uint32_t i = 0; i < st->nranges; i++)
        if (st->ranges[i].lo == 0 && st->ranges[i].hi == 0) c->cut_nulls |= param_bit(c, st->ranges[i].s);
}

static void cut_state(fctx *c, uint32_t block, state *st) {
    if (c->returns[block]) {
        note_cut_keeps(c, st);
        note_cut_nulls(c, st);
        add_old_losses(c, st);
    }
    state_drop(c->pool, st);
    c->e->stats.cut_disjuncts++;
    c->cut = c->lossy = true;
}

/* Failures must not hide that there is success, however many they are and whoever is told first. */
static uint64_t given_kind(fctx *c, const state *st) {
    return mix(result_class(c, st, st->given), 4);
}

/* Losses that count only once the next branch is behind them: whoever is cut before takes them along. */
static uint64_t open_losses(const state *st) {
    uint64_t h = 0;
    for (const loss *l = st->losses; l; l = l->prev)
        if (l->cand->undecided > st->decided && l->cand->acq) h += mix(l->cand->acq->site, 5);
    return h;
}

/* Of the commonest kind the last goes first: the one outcome that does nothing must not drown among those that do. */
static void cut_commonest(fctx *c, uint32_t block, state_list *l, uint32_t most, bool after_call) {
    if (l->n <= most) return;
    uint64_t *kind = LL_NEWN(c->arena, uint64_t, l->n);
    uint32_t *first = LL_NEWN(c->arena, uint32_t, l->n), *same = LL_NEWN(c->arena, uint32_t, l->n), n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        kind[i] = kind_of(c, l->v[i]) + open_losses(l->v[i]) + (after_call ? given_kind(c, l->v[i]) : 0);
        for (first[i] = 0; kind[first[i]] != kind[i];) first[i]++;
        same[first[i]]++; /* of the kind, by the first state of it */
    }
    for (uint32_t left = l->n; left > most; left--) {
        uint32_t out = 0, count = 0;
        for (uint32_t i = l->n; i-- > 0;) {
            if (!l->v[i] || same[first[i]] <= count) continue;
            count = same[first[i]];
            out = i;
        }
        same[first[out]]--;
        cut_state(c, block, l->v[out]);
        l->v[out] = NULL;
    }
    for (uint32_t i = 0; i < l->n; i++)
        if (l->v[i]) l->v[n++] = l->v[i];
    l->n = n;
}

static void thin_out(fctx *c, uint32_t block, state_list *l, bool after_call) {
    uint32_t n = 0, each = c->hurry ? 1 : LIM_PER_PROPERTY;
    uint64_t *kept = LL_NEWN(c->arena, uint64_t, l->n);
    for (uint32_t i = 0; i < l->n; i++) {
        uint64_t p = l->v[i]->property + open_losses(l->v[i]) + (after_call ? given_kind(c, l->v[i]) : 0);
        uint32_t same = 0;
        for (uint32_t j = 0; j < n; j++) same += kept[j] == p;
        if (same >= each) {
            cut_state(c, block, l->v[i]);
            continue;
        }
        kept[n] = p;
        l->v[n++] = l->v[i];
    }
    l->n = n;
    cut_commonest(c, block, l, most_thinned(c, l), after_call);
}

void join_into(fctx *c, uint32_t block, state *st) {
    drop_dead_cells(c, block, st);
    c->marked_of = NULL;
    if (st->nbonds) {
        mark_live(c, st);
        bond_drop_dead(c, st);
    }
    drop_dead_ranges(c, block, st);
    st->property = property_of(c, st);
    state_list *seen = &c->seen[block], *l = &c->pending[block];
    for (uint32_t i = 0; i < seen->n; i++)
        if (equal_here(c, block, seen->v[i], st)) {
            if (c->returns[block]) add_losses(c, st); /* its way on is that of the one before */
            state_drop(c->pool, st);
            return;
        }
    for (uint32_t i = 0; i < l->n; i++)
        if (equal_here(c, block, l->v[i], st)) {
            hull(c, l->v[i], st);
            state_drop(c->pool, st);
            return;
        }
    LL_PUSH(c->arena, l, st);
    if (block < c->first_pending) c->first_pending = block;
    if (block >= c->end_pending) c->end_pending = block + 1;
    if (l->n > most_states(c)) thin_out(c, block, l, false);
}

/* The outcomes of a call that came to the same, and no more of them than a block entry may have. */
void squeeze(fctx *c, uint32_t block, state_list *l) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        c->marked_of = NULL;
        l->v[i]->property = property_of(c, l->v[i]);
        uint32_t j = 0;
        while (j < n && !equal_here(c, block, l->v[j], l->v[i])) j++;
        if (j < n) {
            hull(c, l->v[j], l->v[i]);
            state_drop(c->pool, l->v[i]);
        } else {
            l->v[n++] = l->v[i];
        }
    }
    l->n = n;
    uint32_t most = most_states(c);
    if (n > most) thin_out(c, block, l, true);
}

/* Each further state costs as much as the first, and where many outcomes meet many states most of what comes of them is
 * dropped: they are chosen before. */
void squeeze_before(fctx *c, uint32_t block, state_list *l, uint32_t n) {
    uint32_t most = most_thinned(c, l), want = 2 * most / n;
    if (want < most / 3) want = most / 3;
    state_list rest = {.v = l->v + 1, .n = l->n - 1};
    cut_commonest(c, block, &rest, want - 1, false);
    l->n = rest.n + 1;
}
