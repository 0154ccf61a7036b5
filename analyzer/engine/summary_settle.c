/* The outcomes of a call beside each other: what the caller cannot tell apart is claimed of none of them. */
#include "engine/application.h"
#include "engine/evidence.h"

/* The outcome puts a block of its own there, of that kind. */
static bool refills(const application *ap, sym addr, const rule *r) {
    const disjunct *d = ap->d;
    for (uint32_t i = 0; i < d->ncells; i++)
        for (uint32_t k = 0; ap->map[d->cells[i].addr] == addr && k < d->ntracks; k++) {
            const sum_track *now = &d->tracks[k];
            if (now->s == d->cells[i].val && now->state == TR_HELD && now->acq && now->rule == r) return true;
        }
    return false;
}

/* What held the block that the outcome releases, where that is a place; 0: none. */
static sym place_of(const application *ap, const sum_track *tr) {
    const sum_sym *s = &ap->d->syms[tr->s - 1];
    return s->kind == SY_INIT ? ap->map[s->a] : 0;
}

bool outcome_moves(const application *ap, const sum_track *tr) {
    sym place = place_of(ap, tr);
    return place && refills(ap, place, tr->rule);
}

/* A pointer into a block (its counter, its header) stands for the block. */
static bool same_block(const application *ap, uint32_t x, sym s) {
    return sym_object(ap->c->t, ap->map[x]) == sym_object(ap->c->t, s);
}

bool outcome_releases(const application *ap, sym s) {
    for (uint32_t i = 0; i < ap->d->ntracks; i++) {
        const sum_track *tr = &ap->d->tracks[i];
        if (tr->state == TR_RELEASED && !tr->acq && same_block(ap, tr->s, s)) return true;
    }
    return false;
}

static uint8_t outcome_class(application *ap) {
    if (!ap->result) ap->result = ap->d->ret ? result_class(ap->c, ap->st, ap->map[ap->d->ret]) : RESULT_ANY;
    return ap->result;
}

/* A cell of the record at `in` has s in it. */
static bool holds_there(const application *ap, sym in, sym s) {
    for (uint32_t k = state_first_cell(ap->st, in); k < ap->st->ncells; k++)
        if (addr_lies_in(ap->c->t, ap->st->cells[k].addr, in) && sym_contains(ap->c->t, ap->st->cells[k].val, s))
            return true;
    return false;
}

/* Stores s somewhere. */
static bool stores(const application *ap, sym s) {
    for (uint32_t i = 0; i < ap->nargs && i < 64 && ap->d->copied >> i; i++)
        if ((ap->d->copied >> i & 1) && holds_there(ap, sym_object(ap->c->t, ap->args[i]), s)) return true;
    for (uint32_t i = 0; i < ap->d->ndflts; i++)
        if (ap->d->dflts[i].from && holds_there(ap, ap->map[ap->d->dflts[i].from], s)) return true;
    for (uint32_t i = 0; i < ap->d->ncells; i++)
        if (sym_contains(ap->c->t, ap->map[ap->d->cells[i].val], s)) return true;
    for (uint32_t i = 0; i < ap->d->ntracks; i++)
        if (ap->d->tracks[i].state == TR_GONE && !ap->d->tracks[i].moved && same_block(ap, ap->d->tracks[i].s, s))
            return true;
    return false;
}

/* Or hands it on. */
static bool keeps(const application *ap, sym s) {
    for (uint32_t i = 0; i < ap->d->nescapes; i++)
        if (!ap->d->escapes[i].lent && same_block(ap, ap->d->escapes[i].s, s)) return true;
    return stores(ap, s);
}

/* Can the caller tell the two outcomes apart by the result? */
static bool told_apart(application *x, application *y) {
    return result_used(x->c, x->in) && !(outcome_class(x) & outcome_class(y));
}

/* What is told of the one's conditions contradicts the other's. */
static bool exclude_each_other(const application *x, const application *y) {
    for (uint32_t i = 0; i < x->d->nranges; i++)
        for (uint32_t j = 0; j < y->d->nranges; j++) {
            const sum_range *a = &x->d->ranges[i], *b = &y->d->ranges[j];
            if (x->map[a->s] != y->map[b->s]) continue;
            bool a_zero = a->lo == 0 && a->hi == 0, b_zero = b->lo == 0 && b->hi == 0;
            if (a->hi < b->lo || b->hi < a->lo || (a_zero && b->nonzero) || (b_zero && a->nonzero)) return true;
        }
    return false;
}

/* That this outcome leaves s alone, when another does not, is no claim where the result tells nothing, or where what it
 * takes to come to it was merged away. */
static bool leaves_open(application *leaving, application *other) {
    if (!told_apart(leaving, other)) return true;
    return leaving->d->loose && !exclude_each_other(leaving, other);
}

static bool is_null(const application *ap, sym s) {
    range r = state_range(ap->st, ap->c->t, s);
    return r.lo == 0 && r.hi == 0;
}

static void mark_unclear(application *ap, sym s, bool moved) {
    for (uint32_t i = 0; i < ap->unclear.n; i++) {
        if (ap->unclear.v[i].s != s) continue;
        ap->unclear.v[i].moved &= moved;
        return;
    }
    LL_PUSH(ap->c->arena, &ap->unclear, ((doubt){s, moved}));
}

static bool stores_at(const application *ap, sym addr) {
    for (uint32_t i = 0; i < ap->d->ncells; i++)
        if (ap->map[ap->d->cells[i].addr] == addr) return true;
    return false;
}

/* A callee that releases or keeps s under conditions the caller cannot decide and whose result does not tell
 * either (a reference count, an owned flag, a key that may be in the tree already) leaves nothing to be claimed
 * about s: neither lost nor dead. Of a buffer that was moved, or was not and is where it was, one is there to be
 * released either way. */
static void settle_undecided(application *v, uint32_t n) {
    const state *before = v->before;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t t = 0; t < v[i].d->ntracks; t++) {
            const sum_track *tr = &v[i].d->tracks[t];
            if (tr->state != TR_RELEASED || tr->acq) continue;
            sym s = v[i].map[tr->s];
            for (uint32_t j = 0; j < n; j++) {
                if (outcome_releases(&v[j], s) || is_null(&v[j], s) || !leaves_open(&v[j], &v[i])) continue;
                v[i].undecided[t] |= !told_apart(&v[i], &v[j]);
                bool moved = outcome_moves(&v[i], tr);
                if (!moved || stores_at(&v[j], place_of(&v[i], tr)))
                    mark_unclear(&v[j], s, moved && refills(&v[j], place_of(&v[i], tr), tr->rule));
            }
        }
    for (uint32_t k = 0; k < before->ntracks; k++) {
        sym s = before->tracks[k].s;
        if (before->tracks[k].state != TR_HELD || !before->tracks[k].acq) continue;
        bool kept[LIM_SUMMARY * MAX_SLOT];
        for (uint32_t i = 0; i < n; i++) kept[i] = keeps(&v[i], s);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; kept[i] && j < n; j++)
                if (!kept[j] && !outcome_releases(&v[j], s) && leaves_open(&v[j], &v[i])) mark_unclear(&v[j], s, false);
    }
}

static void settle_copies(application *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; v[i].d->copied && j < n; j++)
            if (!told_apart(&v[j], &v[i])) v[j].copied |= v[i].d->copied;
}

/* Some outcomes are not told, and one that is keeps the argument: another that does not proves nothing. */
static void settle_cut(application *v, uint32_t n, const summary *s) {
    for (uint32_t a = 0; a < v->nargs && a < 64; a++) {
        if (!(s->keeps >> a & 1)) continue;
        for (uint32_t i = 0; i < n; i++)
            if (!keeps(&v[i], v->args[a]) && !outcome_releases(&v[i], v->args[a]))
                mark_unclear(&v[i], v->args[a], false);
    }
}

bool is_held(const state *st, sym x) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].s == x && st->tracks[i].state == TR_HELD && st->tracks[i].acq) return true;
    return false;
}

static bool is_among(const application *v, uint32_t n, const disjunct *d) {
    for (uint32_t i = 0; i < n; i++)
        if (v[i].d == d) return true;
    return false;
}

void settle_missing(application *like, const summary *s, application *v, uint32_t n) {
    bool used = result_used(like->c, like->in);
    for (uint32_t i = 0; i < s->n; i++) {
        const sum_outcome *how = &like->shared->outcome[i];
        if (!how->nends || is_among(v, n, &s->d[i])) continue;
        uint8_t results = class_by_itself(&s->d[i]);
        for (uint32_t k = 0; k < how->nends; k++) {
            sym x = translate(like, how->of[how->ends[k] - 1]);
            if (!is_held(like->before, x)) continue;
            for (uint32_t j = 0; j < n; j++) {
                if (used && !(outcome_class(&v[j]) & results)) continue;
                if (!is_null(&v[j], x) && !outcome_releases(&v[j], x) && !keeps(&v[j], x))
                    mark_unclear(&v[j], x, false);
            }
        }
    }
    uint64_t untold = s->keeps & ~like->shared->ends;
    for (uint32_t a = 0; a < like->nargs && untold >> a; a++)
        for (uint32_t j = 0; (untold >> a & 1) && is_held(like->before, like->args[a]) && j < n; j++)
            mark_unclear(&v[j], like->args[a], false);
}

/* One outcome returns what it acquired, another, not told apart, what is not the caller's to release (found in a
 * table, kept by the callee): nothing tells the caller which it was, so no duty is claimed. */
static bool maybe_not_ours(application *v, uint32_t n, application *x) {
    sym mine = x->d->ret ? sym_object(x->c->t, x->map[x->d->ret]) : 0;
    bool acquired = false;
    for (uint32_t i = 0; mine && i < x->d->ntracks; i++)
        acquired |= x->d->tracks[i].state == TR_HELD && x->d->tracks[i].acq && x->map[x->d->tracks[i].s] == mine;
    for (uint32_t i = 0; acquired && i < n; i++) {
        application *o = &v[i];
        if (o == x || !o->d->ret || !(outcome_class(o) & outcome_class(x) & ~RESULT_ZERO)) continue;
        sym theirs = sym_object(o->c->t, o->map[o->d->ret]);
        bool held = false;
        for (uint32_t k = 0; k < o->d->ntracks; k++)
            held |= o->d->tracks[k].state == TR_HELD && o->d->tracks[k].acq && o->map[o->d->tracks[k].s] == theirs;
        const track *was = state_any_track((state *)o->before, theirs);
        held |= was && was->state == TR_HELD && was->acq;
        if (!held || stores(o, theirs)) return true;
        for (uint32_t k = 0; k < o->d->nescapes; k++)
            if (!o->d->escapes[k].lent && same_block(o, o->d->escapes[k].s, theirs))
                LL_PUSH(x->c->arena, &x->handed, o->d->escapes[k]);
    }
    return false;
}

bool unlike_failure(application *v, uint32_t n, application *x) {
    const disjunct *d = x->d;
    int64_t k;
    if (!d->ret || sym_is_const(x->c->t, x->map[d->ret], &k)) return true;
    bool acquires = false;
    for (uint32_t i = 0; i < d->ntracks; i++) acquires |= d->tracks[i].state == TR_HELD && d->tracks[i].acq;
    for (uint32_t i = 0; acquires && i < n; i++) {
        bool fails = v[i].d->ret && sym_is_const(x->c->t, v[i].map[v[i].d->ret], &k) && k < 0;
        for (uint32_t t = 0; fails && t < v[i].d->ntracks; t++) fails = !v[i].d->tracks[t].acq;
        if (fails && !assume_cmp(x->c, x->st, CMP_NE, x->map[d->ret], k)) return false;
    }
    return true;
}

void settle_outcomes(application *v, uint32_t n, const summary *const *s, uint32_t ns) {
    for (uint32_t i = 0; n > 1 && i < n; i++) v[i].ret_unclear = maybe_not_ours(v, n, &v[i]);
    if (n > 1) settle_undecided(v, n);
    settle_copies(v, n);
    for (uint32_t k = 0; k < ns && n && !result_used(v->c, v->in); k++)
        if (s[k]->keeps && s[k]->incomplete) settle_cut(v, n, s[k]);
}
