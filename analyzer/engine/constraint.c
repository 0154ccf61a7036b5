/* What branches teach: intervals, disequalities, equalities, pushed from a comparison to its operands. */
#include <string.h>

#include "engine/fctx.h"

static bool narrow(fctx *c, state *st, sym s, int64_t lo, int64_t hi);

static bool exclude(fctx *c, state *st, sym s, int64_t k);

static void replace_value(state *st, sym from, sym to) {
    for (uint32_t i = 0; i < st->ncells; i++)
        if (st->cells[i].val == from) st->cells[i].val = to;
}

/* What was opened is no error code. */
static void opened_handles(fctx *c, state *st, sym s) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        if (tr->when.s != s || tr->s == s || tr->state != TR_HELD || !tr->rule || !tr->rule->is_integer) continue;
        range r = state_range(st, c->t, s); /* 0 or -1, mostly: `< 0` asks the same as `!= 0` */
        bool opened =
            decide_cmp(c, st, tr->when.cmp, s, tr->when.k) == 1 || (tr->when.cmp == CMP_EQ && !tr->when.k && !r.lo);
        if (opened && symtab_kind(c->t, tr->s) == SY_CONJ) narrow(c, st, tr->s, 0, INT64_MAX);
    }
}

/* A resource whose success condition is now refuted was never acquired. */
static void recheck_guards(fctx *c, state *st, sym s) {
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track *tr = &st->tracks[i];
        if (tr->when.s == s && decide_cmp(c, st, tr->when.cmp, s, tr->when.k) == 0) {
            if (tr->was) replace_value(st, tr->s, tr->was);
            state_remove_track(st, i);
            continue;
        }
        if (tr->s == s && tr->state == TR_HELD) {
            /* null and (void *)-1 are no resource; a handle equal to a constant (fd == STDOUT_FILENO) is the process's
             * own */
            range r = state_range(st, c->t, s);
            bool own = r.lo == r.hi || (tr->rule && tr->rule->is_integer && r.hi <= 2);
            if (own) state_remove_track(st, i);
        }
    }
}

static bool push_down(fctx *c, state *st, sym s, const range *r) {
    const symrec *x = symtab_at(c->t, s);
    sym of = x->a, by = x->b;
    ir_arith op = (ir_arith)x->op;
    if ((op == IR_EQ || op == IR_LT || op == IR_NOT) && (r->nonzero || r->hi <= 0)) return assume(c, st, s, r->nonzero);
    int64_t k, lo, hi;
    if (op == IR_ADD && sym_is_const(c->t, by, &k)) {
        if (r->lo == INT64_MIN || __builtin_sub_overflow(r->lo, k, &lo)) lo = INT64_MIN;
        if (r->hi == INT64_MAX || __builtin_sub_overflow(r->hi, k, &hi)) hi = INT64_MAX;
        if (!narrow(c, st, of, lo, hi)) return false;
        if (r->nonzero && k != INT64_MIN) return exclude(c, st, of, -k);
    }
    if (op == IR_TRUNC && r->lo == r->hi) return narrow(c, st, of, r->lo, r->hi);
    if (op == IR_REM && r->lo == 0 && r->hi == 0 && sym_is_const(c->t, by, &k) && k > 0) {
        range a = state_range(st, c->t, of); /* a positive multiple of k, and not (size_t)-1 */
        if (a.nonzero && a.lo >= -1) return narrow(c, st, of, k, INT64_MAX);
    }
    return true;
}

static bool resources_hang_on(const state *st, sym s) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].when.s == s || st->tracks[i].s == s) return true;
    return false;
}

/* r: what is known of its symbol now. */
static bool settle(fctx *c, state *st, range r) {
    if (r.lo > r.hi || (r.nonzero && r.lo == 0 && r.hi == 0)) return false;
    if (r.has_ne && r.lo == r.hi && r.lo == r.ne) return false;
    if (resources_hang_on(st, r.s)) {
        recheck_guards(c, st, r.s);
        opened_handles(c, st, r.s);
        r = state_range(st, c->t, r.s);
    }
    return symtab_kind(c->t, r.s) != SY_TERM || push_down(c, st, r.s, &r);
}

static bool narrow(fctx *c, state *st, sym s, int64_t lo, int64_t hi) {
    uint32_t at;
    range r = state_range_found(st, c->t, s, &at);
    if (lo <= r.lo && hi >= r.hi) return true;
    if (lo > r.hi || hi < r.lo || lo > hi) return false;
    if (symtab_kind(c->t, s) == SY_CONST) return true;
    range *x = state_range_slot_at(c->pool, st, s, at);
    if (lo > x->lo) x->lo = lo;
    if (hi < x->hi) x->hi = hi;
    if (lo > r.lo) r.lo = lo;
    if (hi < r.hi) r.hi = hi;
    return settle(c, st, range_tidy(r));
}

static bool exclude(fctx *c, state *st, sym s, int64_t k) {
    uint32_t at;
    range r = state_range_found(st, c->t, s, &at);
    if (k < r.lo || k > r.hi || (k == 0 && r.nonzero) || (r.has_ne && r.ne == k)) return true;
    if (r.lo == r.hi) return false;
    if (k == r.lo) return narrow(c, st, s, k + 1, INT64_MAX);
    if (k == r.hi) return narrow(c, st, s, INT64_MIN, k - 1);
    range *x = state_range_slot_at(c->pool, st, s, at);
    if (k == 0) {
        x->nonzero = r.nonzero = true;
    } else {
        x->has_ne = r.has_ne = true;
        x->ne = r.ne = k;
    }
    return settle(c, st, range_tidy(r));
}

/* ---- equality of two values ---- */

static bool is_fresh_heap(const fctx *c, const state *st, sym s) {
    if (symtab_at(c->t, s)->kind != SY_CONJ) return false;
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].s == s && st->tracks[i].rule && !st->tracks[i].rule->is_integer) return true;
    return false;
}

/* The track of a handle that was opened here; NULL: s is none. */
static const track *handle_track(const state *st, sym s) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        if (tr->s == s && tr->acq && tr->rule && tr->rule->is_integer) return tr;
    }
    return NULL;
}

static bool is_open(const fctx *c, const state *st, const track *tr) {
    return tr->state == TR_HELD &&
           (!tr->when.s || decide_cmp((fctx *)c, st, tr->when.cmp, tr->when.s, tr->when.k) == 1);
}

/* A handle opened here and still open is none that somebody had before. */
static bool is_new_handle(const fctx *c, const state *st, sym s, sym older) {
    const symrec *o = symtab_at(c->t, older);
    if (symtab_at(c->t, s)->kind != SY_CONJ || o->kind != SY_INIT || !o->input) return false;
    const track *tr = handle_track(st, s);
    return tr && is_open(c, st, tr);
}

/* s is open, and was opened while the other was, of the same kind: two numbers. */
static bool open_at_once(const fctx *c, const state *st, sym s, sym other) {
    const track *x = handle_track(st, s), *y = x ? handle_track(st, other) : NULL;
    if (!y || x->rule != y->rule || !is_open(c, st, x)) return false;
    if (is_open(c, st, y)) return true;
    return y->state == TR_RELEASED && y->ended && x->acq->step && y->ended->serial > x->acq->step->serial;
}

int decide_eq(fctx *c, const state *st, sym a, sym b) {
    if (a == b) return 1;
    if (st->ntracks && (is_new_handle(c, st, a, b) || is_new_handle(c, st, b, a))) return 0;
    if (st->ntracks > 1 && (open_at_once(c, st, a, b) || open_at_once(c, st, b, a))) return 0;
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    if (x.lo == x.hi && y.lo == y.hi) return x.lo == y.lo;
    if (x.hi < y.lo || y.hi < x.lo) return 0;
    if ((x.nonzero && y.lo == 0 && y.hi == 0) || (y.nonzero && x.lo == 0 && x.hi == 0)) return 0;
    if (x.has_ne && y.lo == y.hi && y.lo == x.ne) return 0;
    if (y.has_ne && x.lo == x.hi && x.lo == y.ne) return 0;
    sym oa = sym_object(c->t, a), ob = sym_object(c->t, b);
    if (oa == ob) return -1;
    symrec ra = symtab_get(c->t, oa), rb = symtab_get(c->t, ob);
    bool va = ra.kind == SY_ADDR || ra.kind == SY_STR || ra.kind == SY_FUNC;
    bool vb = rb.kind == SY_ADDR || rb.kind == SY_STR || rb.kind == SY_FUNC;
    if (va && vb) return 0;
    bool ha = is_fresh_heap(c, st, oa), hb = is_fresh_heap(c, st, ob);
    if ((ha && (vb || hb || rb.kind == SY_INIT)) || (hb && (va || ra.kind == SY_INIT))) return 0;
    if ((ha && rb.kind == SY_CONJ && ob < oa) || (hb && ra.kind == SY_CONJ && oa < ob))
        return 0; /* a new block is no older value */
    if ((va && ra.kind == SY_ADDR && !ra.p && rb.input) || (vb && rb.kind == SY_ADDR && !rb.p && ra.input)) return 0;
    return -1;
}

/* It is what something else gave that we did not acquire (fileno(stdin), what a list holds): not ours to account for.
 */
static void known_elsewhere(state *st, sym s) {
    track *tr = state_any_track(st, s);
    if (tr && tr->state == TR_HELD && tr->acq && !(tr->rule && tr->rule->scope_bound)) tr->state = TR_GONE;
}

/* A parameter's pointer, as a bit, where what it is equal to lies in memory of others. */
static uint64_t found_param(const fctx *c, sym s, sym there) {
    const ir_type *ty = symtab_at(c->t, s)->type;
    if (!ty || ty->kind != IR_T_PTR || entry_param(c, there) != IR_NOVAR) return 0;
    sym_kind kind = symtab_kind(c->t, there);
    return kind == SY_INIT || kind == SY_DFLT ? param_bit(c, s) : 0;
}

static bool assume_eq(fctx *c, state *st, sym a, sym b) {
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    if (!narrow(c, st, a, y.lo, y.hi) || !narrow(c, st, b, x.lo, x.hi)) return false;
    if (x.nonzero && !exclude(c, st, b, 0)) return false;
    if (y.nonzero && !exclude(c, st, a, 0)) return false;
    st->found |= found_param(c, a, b) | found_param(c, b, a);
    sym oa = sym_object(c->t, a), ob = sym_object(c->t, b); /* what lies behind a header stands for the block */
    if (oa == ob) oa = a, ob = b;
    bool ta = state_any_track(st, oa) != NULL, tb = state_any_track(st, ob) != NULL;
    symrec ra = symtab_get(c->t, a), rb = symtab_get(c->t, b);
    if (ta != tb && ra.kind != SY_CONST && rb.kind != SY_CONST) known_elsewhere(st, ta ? oa : ob);
    /* where a callee compares with a mark (`if (init == NOT_INIT)`), it is not all told, perhaps, what is no mark */
    bool mark = c->by_outcome && (ra.kind == SY_STR || rb.kind == SY_STR);
    if (ra.kind != SY_CONST && rb.kind != SY_CONST && !(ta && tb) && !mark) replace_value(st, ta ? b : a, ta ? a : b);
    return true;
}

static bool assume_ne(fctx *c, state *st, sym a, sym b) {
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    if (y.lo == y.hi) return exclude(c, st, a, y.lo);
    if (x.lo == x.hi) return exclude(c, st, b, x.lo);
    return true;
}

static bool assume_lt(fctx *c, state *st, sym a, sym b) {
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    if (y.hi == INT64_MIN || x.lo == INT64_MAX) return false;
    return narrow(c, st, a, INT64_MIN, y.hi == INT64_MAX ? INT64_MAX : y.hi - 1) &&
           narrow(c, st, b, x.lo == INT64_MIN ? INT64_MIN : x.lo + 1, INT64_MAX);
}

static bool assume_ge(fctx *c, state *st, sym a, sym b) {
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    return narrow(c, st, a, y.lo, INT64_MAX) && narrow(c, st, b, INT64_MIN, x.hi);
}

static bool assume_term(fctx *c, state *st, symrec x, bool truth) {
    if (x.op == IR_NOT) return assume(c, st, x.a, !truth);
    if (x.op == IR_EQ) return truth ? assume_eq(c, st, x.a, x.b) : assume_ne(c, st, x.a, x.b);
    if (x.op == IR_LT && order_is_open(c, x.a, x.b)) return true;
    if (x.op == IR_LT) return truth ? assume_lt(c, st, x.a, x.b) : assume_ge(c, st, x.a, x.b);
    return true;
}

/* A flag that ~x has is one that x has not. */
static bool assume_flag(fctx *c, state *st, symrec x, bool truth) {
    int64_t k;
    if (x.kind != SY_TERM || x.op != IR_AND || !sym_is_const(c->t, x.b, &k) || k <= 0 || (k & (k - 1))) return true;
    symrec of = symtab_get(c->t, x.a);
    if (of.kind != SY_TERM || of.op != IR_BNOT) return true;
    return assume(c, st, sym_term(c->t, IR_AND, of.a, x.b, x.type), !truth);
}

bool assume(fctx *c, state *st, sym s, bool truth) {
    symrec x = symtab_get(c->t, s);
    range r = state_range(st, c->t, s);
    if (truth ? (r.lo == 0 && r.hi == 0) : r.nonzero) return false;
    bool logical = x.kind == SY_TERM && (x.op == IR_EQ || x.op == IR_LT || x.op == IR_NOT);
    /* some bit of a & b is set: neither is 0 */
    if (truth && x.kind == SY_TERM && x.op == IR_AND && !(exclude(c, st, x.a, 0) && exclude(c, st, x.b, 0)))
        return false;
    if (!assume_flag(c, st, x, truth)) return false;
    if (!logical) return truth ? exclude(c, st, s, 0) : narrow(c, st, s, 0, 0);
    if (x.op != IR_NOT) { /* remember the decision itself: the same comparison comes out the same later */
        range *slot = state_range_slot(c->pool, st, s);
        slot->lo = slot->hi = truth;
    }
    return assume_term(c, st, x, truth);
}

bool assume_cmp(fctx *c, state *st, rule_cmp op, sym a, int64_t k) {
    switch (op) {
        case CMP_EQ:
            return narrow(c, st, a, k, k);
        case CMP_NE:
            return exclude(c, st, a, k);
        case CMP_LT:
            return k != INT64_MIN && narrow(c, st, a, INT64_MIN, k - 1);
        case CMP_LE:
            return narrow(c, st, a, INT64_MIN, k);
        case CMP_GT:
            return k != INT64_MAX && narrow(c, st, a, k + 1, INT64_MAX);
        case CMP_GE:
            return narrow(c, st, a, k, INT64_MAX);
        case CMP_BITS_SET:
        case CMP_BITS_CLEAR:
            break;
    }
    return true;
}

int decide_cmp(fctx *c, const state *st, rule_cmp op, sym a, int64_t k) {
    range r = state_range(st, c->t, a);
    bool out = k < r.lo || k > r.hi || (k == 0 && r.nonzero) || (r.has_ne && r.ne == k);
    switch (op) {
        case CMP_EQ:
            return out ? 0 : r.lo == r.hi ? 1 : -1;
        case CMP_NE:
            return out ? 1 : r.lo == r.hi ? 0 : -1;
        case CMP_LT:
            return r.hi < k ? 1 : r.lo >= k ? 0 : -1;
        case CMP_LE:
            return r.hi <= k ? 1 : r.lo > k ? 0 : -1;
        case CMP_GT:
            return r.lo > k ? 1 : r.hi <= k ? 0 : -1;
        case CMP_GE:
            return r.lo >= k ? 1 : r.hi < k ? 0 : -1;
        case CMP_BITS_SET:
            return r.lo == r.hi ? (r.lo & k) != 0 : -1;
        case CMP_BITS_CLEAR:
            return r.lo == r.hi ? (r.lo & k) == 0 : -1;
    }
    return -1;
}

bool guard_holds(fctx *c, const state *st, guard g) {
    return !g.s || decide_cmp(c, st, g.cmp, g.s, g.k) != 0;
}
