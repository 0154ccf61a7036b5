#include "engine/state.h"

#include <assert.h>
#include <string.h>

#include "engine/bond.h"
#include "engine/limits.h"

struct state_pool {
    ll_arena *arena;
    state *free;
};

state_pool *state_pool_new(ll_arena *a) {
    state_pool *p = LL_NEW(a, state_pool);
    p->arena = a;
    return p;
}

state *state_new(state_pool *p) {
    state *s = p->free;
    if (!s) return LL_NEW(p->arena, state);
    p->free = s->next_free;
    state keep = *s;
    *s = (state){.cells = keep.cells,
                 .capcells = keep.capcells,
                 .ranges = keep.ranges,
                 .capranges = keep.capranges,
                 .tracks = keep.tracks,
                 .captracks = keep.captracks,
                 .dflts = keep.dflts,
                 .capdflts = keep.capdflts,
                 .bonds = keep.bonds,
                 .capbonds = keep.capbonds};
    return s;
}

static void copy_array(ll_arena *a, void **dst, uint32_t *dn, uint32_t *dcap, const void *src, uint32_t n,
                       size_t elem) {
    if (*dcap < n) {
        uint32_t cap = n + n / 2 + 4;
        *dst = ll_alloc(a, (size_t)cap * elem);
        *dcap = cap;
    }
    if (n) memcpy(*dst, src, (size_t)n * elem);
    *dn = n;
}

state *state_copy(state_pool *p, const state *s) {
    state *c = state_new(p);
    copy_array(p->arena, (void **)&c->cells, &c->ncells, &c->capcells, s->cells, s->ncells, sizeof *s->cells);
    copy_array(p->arena, (void **)&c->ranges, &c->nranges, &c->capranges, s->ranges, s->nranges, sizeof *s->ranges);
    copy_array(p->arena, (void **)&c->tracks, &c->ntracks, &c->captracks, s->tracks, s->ntracks, sizeof *s->tracks);
    copy_array(p->arena, (void **)&c->dflts, &c->ndflts, &c->capdflts, s->dflts, s->ndflts, sizeof *s->dflts);
    copy_array(p->arena, (void **)&c->bonds, &c->nbonds, &c->capbonds, s->bonds, s->nbonds, sizeof *s->bonds);
    c->path = s->path;
    c->losses = s->losses;
    memcpy(c->turns, s->turns, sizeof c->turns);
    c->ret = s->ret;
    c->given = s->given;
    c->property = s->property;
    c->wild = s->wild;
    c->relinked = s->relinked;
    c->copied = s->copied;
    c->found = s->found;
    c->loose = s->loose;
    c->decided = s->decided;
    c->guarded = s->guarded;
    return c;
}

void state_drop(state_pool *p, state *s) {
    s->next_free = p->free;
    p->free = s;
}

/* ---- memory ---- */

static inline sym key_at(const void *v, uint32_t i, size_t size) {
    sym x;
    memcpy(&x, (const char *)v + i * size, sizeof x);
    return x;
}

/* The first of n elements, sorted by the symbol each begins with, whose symbol is not below s. This is the innermost
 * loop: inlined where the size is known, and without a branch that the processor would have to guess. */
static inline uint32_t lower_bound(const void *v, uint32_t n, size_t size, sym s) {
    uint32_t at = 0;
    for (uint32_t half; n > 1; n -= half) {
        half = n / 2;
        at += key_at(v, at + half - 1, size) < s ? half : 0;
    }
    return at + (n && key_at(v, at, size) < s);
}

uint32_t state_first_cell(const state *st, sym base) {
    return lower_bound(st->cells, st->ncells, sizeof *st->cells, base);
}

sym state_find_cell(const state *st, sym addr) {
    uint32_t i = state_first_cell(st, addr);
    return i < st->ncells && st->cells[i].addr == addr ? st->cells[i].val : 0;
}

void state_set_cell(state_pool *p, state *st, sym addr, sym val) {
    uint32_t i = state_first_cell(st, addr);
    if (i < st->ncells && st->cells[i].addr == addr) {
        st->cells[i].val = val;
        return;
    }
    if (st->ncells == st->capcells)
        ll_array_grow(p->arena, (void **)&st->cells, st->ncells, &st->capcells, sizeof *st->cells);
    memmove(st->cells + i + 1, st->cells + i, (st->ncells - i) * sizeof *st->cells);
    st->cells[i] = (cell){addr, val};
    st->ncells++;
}

static uint32_t default_at(const state *st, sym base) {
    return lower_bound(st->dflts, st->ndflts, sizeof *st->dflts, base);
}

void state_add_default(state_pool *p, state *st, dflt d) {
    uint32_t i = default_at(st, d.base);
    if (i < st->ndflts && st->dflts[i].base == d.base) {
        st->dflts[i] = d;
        return;
    }
    if (st->ndflts == st->capdflts)
        ll_array_grow(p->arena, (void **)&st->dflts, st->ndflts, &st->capdflts, sizeof *st->dflts);
    memmove(st->dflts + i + 1, st->dflts + i, (st->ndflts - i) * sizeof *st->dflts);
    st->dflts[i] = d;
    st->ndflts++;
}

void state_default(state_pool *p, state *st, const symtab *t, dflt d) {
    uint32_t n = state_first_cell(st, d.base);
    for (uint32_t i = n; i < st->ncells; i++)
        if (!addr_lies_in(t, st->cells[i].addr, d.base)) st->cells[n++] = st->cells[i];
    st->ncells = n;
    state_default_unwritten(p, st, t, d);
}

void state_default_unwritten(state_pool *p, state *st, const symtab *t, dflt d) {
    uint32_t n = default_at(st, d.base);
    for (uint32_t i = n; i < st->ndflts; i++)
        if (!addr_lies_in(t, st->dflts[i].base, d.base)) st->dflts[n++] = st->dflts[i];
    st->ndflts = n;
    state_add_default(p, st, d);
}

const dflt *state_find_default(const state *st, const symtab *t, sym addr) {
    if (!st->ndflts) return NULL;
    for (;;) {
        uint32_t i = default_at(st, addr);
        if (i < st->ndflts && st->dflts[i].base == addr) return &st->dflts[i];
        const symrec *r = symtab_at(t, addr);
        if (r->kind != SY_SUB) return NULL;
        addr = r->a;
    }
}

/* ---- tracks ---- */

track *state_track(state *st, sym s, const rule *r) {
    for (uint32_t i = st->ntracks; i-- > 0;)
        if (st->tracks[i].s == s && st->tracks[i].rule == r) return &st->tracks[i];
    return NULL;
}

track *state_any_track(state *st, sym s) {
    for (uint32_t i = st->ntracks; i-- > 0;)
        if (st->tracks[i].s == s && st->tracks[i].state != TR_STATE) return &st->tracks[i];
    return NULL;
}

track *state_add_track(state_pool *p, state *st, track tr) {
    if (st->ntracks == st->captracks)
        ll_array_grow(p->arena, (void **)&st->tracks, st->ntracks, &st->captracks, sizeof *st->tracks);
    st->tracks[st->ntracks] = tr;
    return &st->tracks[st->ntracks++];
}

void state_remove_track(state *st, uint32_t index) {
    assert(index < st->ntracks);
    st->tracks[index] = st->tracks[--st->ntracks];
}

void state_add_bond(state_pool *p, state *st, bond b) {
    if (st->nbonds == st->capbonds)
        ll_array_grow(p->arena, (void **)&st->bonds, st->nbonds, &st->capbonds, sizeof *st->bonds);
    st->bonds[st->nbonds++] = b;
}

/* ---- ranges ---- */

static uint32_t range_at(const state *st, sym s) {
    return lower_bound(st->ranges, st->nranges, sizeof *st->ranges, s);
}

range *state_range_slot(state_pool *p, state *st, sym s) {
    return state_range_slot_at(p, st, s, range_at(st, s));
}

range *state_range_slot_at(state_pool *p, state *st, sym s, uint32_t i) {
    if (i < st->nranges && st->ranges[i].s == s) return &st->ranges[i];
    if (st->nranges == st->capranges)
        ll_array_grow(p->arena, (void **)&st->ranges, st->nranges, &st->capranges, sizeof *st->ranges);
    memmove(st->ranges + i + 1, st->ranges + i, (st->nranges - i) * sizeof *st->ranges);
    st->ranges[i] = (range){.s = s, .lo = INT64_MIN, .hi = INT64_MAX};
    st->nranges++;
    return &st->ranges[i];
}

static void clamp(range *r, int64_t lo, int64_t hi) {
    if (lo > r->lo) r->lo = lo;
    if (hi < r->hi) r->hi = hi;
}

/* a * k, a << k: bounds where they do not overflow; what is not zero stays so. */
static void scaled(range *r, const state *st, const symtab *t, const symrec *x) {
    range a = state_range(st, t, x->a), b = state_range(st, t, x->b);
    if (b.lo != b.hi || b.lo < 0 || b.lo > 62) {
        if (x->op == IR_SHL || b.lo != b.hi || b.lo <= 0) return;
    }
    int64_t k = x->op == IR_SHL ? (int64_t)1 << b.lo : b.lo, lo, hi;
    r->nonzero = a.nonzero && k != 0;
    if (a.lo != INT64_MIN && !__builtin_mul_overflow(a.lo, k, &lo)) clamp(r, lo, INT64_MAX);
    if (a.hi != INT64_MAX && !__builtin_mul_overflow(a.hi, k, &hi)) clamp(r, INT64_MIN, hi);
}

/* a / k, a % k of what is not negative, and a - b, where the bounds tell. */
static void divided(range *r, const state *st, const symtab *t, const symrec *x) {
    range a = state_range(st, t, x->a), b = state_range(st, t, x->b);
    int64_t lo, hi;
    if (x->op == IR_SUB && a.hi < 0 && x->type && x->type->is_unsigned) return; /* SIZE_MAX - n */
    if (x->op == IR_SUB) {
        if (a.lo != INT64_MIN && b.hi != INT64_MAX && !__builtin_sub_overflow(a.lo, b.hi, &lo)) clamp(r, lo, INT64_MAX);
        if (a.hi != INT64_MAX && b.lo != INT64_MIN && !__builtin_sub_overflow(a.hi, b.lo, &hi)) clamp(r, INT64_MIN, hi);
        return;
    }
    if (b.lo != b.hi || b.lo <= 0 || a.lo < 0) return;
    if (x->op == IR_DIV)
        clamp(r, a.lo / b.lo, a.hi / b.lo);
    else
        clamp(r, 0, b.lo - 1);
}

/* (int)n of a count: nobody counts so far that it does not fit. */
static void narrowed(range *r, const state *st, const symtab *t, const symrec *x) {
    bool wide = x->type && x->type->kind == IR_T_INT && x->type->bits >= 32;
    if (wide && state_range(st, t, x->a).lo >= 0) r->lo = 0;
}

/* What the symbol's form says before any branch did, where that hangs on what its parts are known to be. */
static range structural(const state *st, const symtab *t, sym s) {
    range r = {.s = s, .lo = INT64_MIN, .hi = INT64_MAX};
    const symrec *x = symtab_at(t, s);
    switch ((sym_kind)x->kind) {
        case SY_SUB: {
            range b = state_range(st, t, x->a);
            r.nonzero = b.nonzero || !(b.lo == 0 && b.hi == 0);
            break;
        }
        case SY_TERM:
            if (x->op == IR_AND) {
                range b = state_range(st, t, x->b);
                if (b.lo == b.hi && b.lo >= 0) clamp(&r, 0, b.lo);
                if (b.lo == b.hi && b.lo < 0 && b.lo != INT64_MIN && !(-b.lo & (-b.lo - 1))) { /* rounded down */
                    range a = state_range(st, t, x->a);
                    if (a.lo >= 0) clamp(&r, a.lo & b.lo, a.hi);
                }
                const symrec *in = symtab_at(t, x->a);
                int64_t set;
                if (b.lo == b.hi && in->kind == SY_TERM && in->op == IR_OR && in->b && sym_is_const(t, in->b, &set) &&
                    (set & b.lo))
                    r.nonzero = true;
            }
            if (x->op == IR_NEG) {
                range a = state_range(st, t, x->a);
                r.nonzero = a.nonzero;
                if (a.lo != INT64_MIN) r.hi = -a.lo;
                if (a.hi != INT64_MAX) r.lo = -a.hi;
            }
            if (x->op == IR_ADD) {
                range a = state_range(st, t, x->a), b = state_range(st, t, x->b);
                int64_t lo, hi;
                if (b.lo == b.hi && a.lo != INT64_MIN && !__builtin_add_overflow(a.lo, b.lo, &lo)) r.lo = lo;
                if (b.lo == b.hi && a.hi != INT64_MAX && !__builtin_add_overflow(a.hi, b.lo, &hi)) r.hi = hi;
                bool sizes = a.lo >= -1 && b.lo >= -1 && (a.lo > 0 || a.nonzero) && b.lo != b.hi; /* -1: (size_t)-1 */
                if (sizes && x->type && x->type->is_unsigned) r.nonzero = true;
            }
            if (x->op == IR_MUL || x->op == IR_SHL) scaled(&r, st, t, x);
            if (x->op == IR_DIV || x->op == IR_REM || x->op == IR_SUB) divided(&r, st, t, x);
            if (x->op == IR_TRUNC) narrowed(&r, st, t, x);
            if (x->op == IR_OR) r.nonzero = state_range(st, t, x->a).nonzero || state_range(st, t, x->b).nonzero;
            if (x->op != IR_ADD && x->op != IR_SUB) clamp(&r, t->bounds[s].lo, t->bounds[s].hi);
            break;
        default:
            break;
    }
    return r;
}

/* Put together from single values: a record written in parts and copied as a whole costs more than all the rest. */
static inline range range_found(const state *st, const symtab *t, sym s, uint32_t *at) {
    const sym_bounds *b = &t->bounds[s];
    int64_t lo = b->lo, hi = b->hi, ne = 0;
    bool nonzero = b->nonzero, has_ne = false;
    *at = 0;
    if (t->kind[s] == SY_CONST) return (range){s, nonzero, false, lo, hi, 0};
    if (b->by_parts) {
        range r = structural(st, t, s);
        lo = r.lo;
        hi = r.hi;
        nonzero = r.nonzero;
    }
    uint32_t i = *at = range_at(st, s);
    if (i < st->nranges && st->ranges[i].s == s) {
        const range *x = &st->ranges[i];
        if (x->lo > lo) lo = x->lo;
        if (x->hi < hi) hi = x->hi;
        nonzero |= x->nonzero;
        has_ne = x->has_ne;
        ne = x->ne;
    }
    return range_tidy((range){s, nonzero, has_ne, lo, hi, ne});
}

range state_range(const state *st, const symtab *t, sym s) {
    uint32_t at;
    return range_found(st, t, s, &at);
}

range state_range_found(const state *st, const symtab *t, sym s, uint32_t *at) {
    return range_found(st, t, s, at);
}

range range_hull(range a, range b) {
    if (b.lo < a.lo) a.lo = b.lo;
    if (b.hi > a.hi) a.hi = b.hi;
    a.nonzero = a.nonzero && b.nonzero;
    if (a.has_ne && !(b.has_ne && b.ne == a.ne)) a.has_ne = false;
    return a;
}

static const range *known_range(const state *st, sym s) {
    uint32_t i = range_at(st, s);
    return i < st->nranges && st->ranges[i].s == s ? &st->ranges[i] : NULL;
}

/* It lies behind a pointer that is null there. */
static bool is_nowhere(const state *st, const symtab *t, sym s) {
    for (;;) {
        const symrec *r = symtab_at(t, s);
        if (r->kind != SY_INIT) return false;
        s = t->region[r->a];
        if (symtab_kind(t, s) != SY_INIT) return false;
        const range *known = known_range(st, s);
        if (known && !known->lo && !known->hi) return true;
    }
}

/* Two values are known to differ, and in the other state one of them is not there to be read: they do not differ any
 * less then. `if (b == (s->stack ? *s->stack : NULL)) *s->stack = NULL; free(b);` leaves b nowhere, stack or none. */
static bool differs_anyway(const range *r, const state *other, const symtab *t) {
    const symrec *x = symtab_at(t, r->s);
    if (x->kind != SY_TERM || x->op != IR_EQ || r->lo || r->hi || known_range(other, r->s)) return false;
    return is_nowhere(other, t, x->a) || (x->b && is_nowhere(other, t, x->b));
}

void state_hull_ranges(state_pool *p, state *into, const state *from, const symtab *t) {
    range kept[LIM_DIFFER];
    uint32_t n = 0, j = 0, nkept = 0;
    for (uint32_t i = 0; i < from->nranges && nkept < LIM_DIFFER; i++)
        if (differs_anyway(&from->ranges[i], into, t)) kept[nkept++] = from->ranges[i];
    for (uint32_t i = 0; i < into->nranges; i++) {
        while (j < from->nranges && from->ranges[j].s < into->ranges[i].s) j++;
        if (j < from->nranges && from->ranges[j].s == into->ranges[i].s)
            into->ranges[n++] = range_hull(into->ranges[i], from->ranges[j]);
        else if (differs_anyway(&into->ranges[i], from, t))
            into->ranges[n++] = into->ranges[i];
    }
    into->nranges = n;
    for (uint32_t i = 0; i < nkept; i++) *state_range_slot(p, into, kept[i].s) = kept[i];
}

bool sym_contains(const symtab *t, sym whole, sym part) {
    for (;;) {
        if (whole == part) return true;
        const symrec *r = symtab_at(t, whole);
        if (r->kind == SY_TERM && r->b && sym_contains(t, r->b, part)) return true;
        if (r->kind != SY_SUB && r->kind != SY_TERM) return false;
        whole = r->a;
    }
}
