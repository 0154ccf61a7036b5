/* Resources on a path: acquired, released, used, handed over, lost.
 *
 * A resource is lost when no live variable, no memory the caller can see, no memory of unknown
 * owners and no reachable resource holds its value any more. Handing it to a callee of unknown body does not
 * end the duty at once: the hand-over is noted (escape), and at the end the defect is reported only when
 * every such callee is shown to borrow, by a path that released the same kind of argument after the same call. */
#include <string.h>

#include "engine/bond.h"
#include "engine/evidence.h"
#include "engine/fctx.h"

void add_step(fctx *c, state *st, step_kind kind, const char *text) {
    path_step *s = LL_NEW(c->arena, path_step);
    *s = (path_step){st->path, kind, c->f, c->cur, 0, text, st->path ? st->path->serial + 1 : 1};
    st->path = s;
}

const acquisition *make_acquisition(fctx *c, const state *st, const rule *r, const char *callee,
                                    const acquisition *inner) {
    acquisition *a = LL_NEW(c->arena, acquisition);
    *a = (acquisition){.rule = r,
                       .func = c->f,
                       .inst = c->cur,
                       .callee = callee,
                       .inner = inner,
                       .step = st->path,
                       .block = c->cur_block,
                       .site = c->cur_uid};
    return a;
}

/* `unlock(m); sleep(1); lock(m);` of a lock that the caller holds: all is as it was. */
static bool caller_has_it_again(const fctx *c, const track *old, const track *now) {
    if (old->state != TR_RELEASED || old->acq || !now->rule || !now->rule->scope_bound) return false;
    return !now->when.s || !result_used(c, c->cur);
}

void acquire(fctx *c, state *st, track tr) {
    int64_t konst;
    if (sym_is_const(c->t, tr.s, &konst)) return;
    track *old = state_track(st, tr.s, tr.rule);
    if (tr.acq && tr.state == TR_HELD) {
        add_step(c, st, STEP_ACQUIRE, NULL);
        ((acquisition *)tr.acq)->step = st->path;
    }
    if (old) {
        if (old->rule && old->rule->counted && old->state == TR_HELD) {
            old->count++;
            return;
        }
        if (caller_has_it_again(c, old, &tr)) {
            state_remove_track(st, (uint32_t)(old - st->tracks));
            return;
        }
        *old = tr;
        return;
    }
    state_add_track(c->pool, st, tr);
}

/* ---- reachability ---- */

static void mark(fctx *c, sym s) {
    while (s && c->mark[s] != c->stamp) {
        c->mark[s] = c->stamp;
        const symrec *r = symtab_at(c->t, s);
        if (r->kind == SY_TERM && (r->op == IR_EQ || r->op == IR_LT || r->op == IR_NOT))
            return; /* an answer about s is not s */
        if (r->kind == SY_TERM && r->b) mark(c, r->b);
        if (r->kind != SY_SUB && r->kind != SY_TERM) return;
        s = r->a;
    }
}

/* What a track says of the block it is about. */
enum { FATE_OWNED = 1 /* held by who holds a pointer to it, or by nobody: not a root */, FATE_DEAD = 2 };

static uint32_t fate_by(const track *tr) {
    if (!tr->rule || tr->rule->keeps_memory) return 0;
    if (tr->state == TR_RELEASED) return tr->rule->counted ? FATE_OWNED : FATE_OWNED | FATE_DEAD;
    return tr->state == TR_HELD ? FATE_OWNED : 0;
}

static uint32_t fate_of(const state *st, sym o) {
    uint32_t fate = 0;
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].s == o) fate |= fate_by(&st->tracks[i]);
    return fate;
}

static bool object_is_root(fctx *c, sym o, uint32_t fate, viewpoint from) {
    const symrec *r = symtab_at(c->t, o);
    if (r->kind == SY_ADDR) return r->p || from == SEEN_INSIDE || r->a - 1 == c->f->nvars;
    if (r->kind == SY_CONST || r->kind == SY_STR || r->kind == SY_FUNC) return false;
    if (from == SEEN_BY_CALLER && !r->input) return false;
    return !(fate & FATE_OWNED);
}

uint32_t new_stamp(fctx *c) {
    uint32_t n = symtab_count(c->t);
    if (n > c->nmark) {
        c->nmark = n * 2;
        c->mark = LL_NEWN(c->arena, uint32_t, c->nmark);
        c->fate = LL_NEWN(c->arena, uint32_t, c->nmark);
        c->stamp = 0;
    }
    c->marked_of = NULL;
    return ++c->stamp;
}

/* Who has an armed object calls back with it: the callback finds what surrounds it. */
static void mark_armed(fctx *c, const state *st) {
    for (uint32_t i = 0; i < st->nbonds; i++) {
        const bond *b = &st->bonds[i];
        if (b->kind == BOND_KEPT && b->rule && b->rule->armed && !b->ended && guard_holds(c, st, b->when))
            mark(c, b->s);
    }
}

/* fate_of() for many questions about one state: valid for the present stamp. */
static void note_fates(fctx *c, const state *st) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        uint32_t *f = &c->fate[st->tracks[i].s];
        *f = (*f >> 2 == c->stamp ? *f & 3 : 0) | c->stamp << 2 | fate_by(&st->tracks[i]);
    }
}

static uint32_t noted_fate(const fctx *c, sym o) {
    return c->fate[o] >> 2 == c->stamp ? c->fate[o] & 3 : 0;
}

void mark_reachable(fctx *c, const state *st, viewpoint from) {
    new_stamp(c);
    note_fates(c, st);
    if (from != SEEN_INSIDE && st->ret) mark(c, st->ret);
    if (from != SEEN_BY_CALLER) mark_armed(c, st);
    if (st->ncells > c->nhidden) {
        c->nhidden = st->ncells * 2;
        c->hidden = LL_NEWN(c->arena, cell, c->nhidden);
    }
    uint32_t n = 0; /* cells of blocks that nothing was seen to lead to so far */
    for (uint32_t i = 0; i < st->ncells; i++) {
        sym val = st->cells[i].val, o = sym_object(c->t, st->cells[i].addr);
        if (c->mark[val] == c->stamp || symtab_kind(c->t, val) == SY_CONST) continue;
        bool seen = c->mark[o] == c->stamp;
        uint32_t fate = noted_fate(c, o);
        if (seen ? !(fate & FATE_DEAD) : object_is_root(c, o, fate, from))
            mark(c, val);
        else if (!seen && !(fate & FATE_DEAD))
            c->hidden[n++] = (cell){o, val};
    }
    for (bool again = n != 0; again;) {
        again = false;
        for (uint32_t i = 0; i < n; i++) {
            if (c->mark[c->hidden[i].addr] != c->stamp || c->mark[c->hidden[i].val] == c->stamp) continue;
            mark(c, c->hidden[i].val);
            again = true;
        }
    }
}

/* A variable still has what some library call left in it, which nobody has copied anywhere. */
static bool lies_in_variable(const fctx *c, const state *st, sym s) {
    const symrec *r = symtab_at(c->t, s);
    if (r->kind != SY_DFLT || sym_local_var(c->t, r->a) == IR_NOVAR || state_find_cell(st, r->a)) return false;
    const dflt *d = state_find_default(st, c->t, r->a);
    return d && d->event == r->b;
}

static bool track_reachable(fctx *c, const state *st, const track *tr, viewpoint from) {
    sym o = sym_object(c->t, tr->s);
    const symrec *r = symtab_at(c->t, o);
    if (c->mark[tr->s] == c->stamp || c->mark[o] == c->stamp) return o == tr->s || !(fate_of(st, o) & FATE_DEAD);
    if (r->kind == SY_ADDR) return r->p || from == SEEN_INSIDE;
    if (from == SEEN_INSIDE && lies_in_variable(c, st, o)) return true;
    /* made in memory that some other call gave, whose it is */
    bool in_place = tr->rule && tr->rule->keeps_memory && r->kind == SY_CONJ && tr->acq && r->a != tr->acq->site;
    if (o != tr->s || in_place) return object_is_root(c, o, fate_of(st, o), from);
    return r->input;
}

/* ---- defects ---- */

static void needs_of(fctx *c, const state *st, const track *tr, candidate *cand) {
    for (const escape *e = tr->escapes; e; e = e->prev) cand->nneeds += !e->lent;
    escape_class *v = LL_NEWN(c->arena, escape_class, cand->nneeds);
    uint32_t i = 0;
    for (const escape *e = tr->escapes; e; e = e->prev)
        if (!e->lent)
            v[i++] =
                (escape_class){e->callee, e->arg | (e->what == tr->s ? ARG_ITSELF : 0), result_class(c, st, e->ret)};
    cand->needs = v;
}

/* A record of the library's that a branch found empty (`if (buffer.length) release(&buffer)`) holds nothing. */
static bool found_empty(const fctx *c, const state *st, const track *tr) {
    if (!tr->rule || !tr->rule->keeps_memory || symtab_kind(c->t, tr->s) != SY_ADDR) return false;
    for (uint32_t i = 0; i < st->nranges; i++) {
        const range *r = &st->ranges[i];
        const symrec *v = symtab_at(c->t, r->s);
        if (r->lo || r->hi || (v->kind != SY_INIT && v->kind != SY_DFLT)) continue;
        if (v->a != tr->s && addr_lies_in(c->t, v->a, tr->s)) return true;
    }
    return false;
}

/* Every turn of a loop loses another one. */
static bool lost_by_turns(const fctx *c, const track *tr) {
    if (!tr->acq || tr->acq->func != c->f) return false;
    for (const uint32_t *l = c->enclosing[tr->acq->block]; *l != UINT32_MAX; l++)
        for (const uint32_t *m = c->enclosing[c->lost_at]; *m != UINT32_MAX; m++)
            if (*l == *m && !c->loops[*l].few) return true;
    return false;
}

/* It ends with something that is held here. */
static bool sheltered(fctx *c, const state *st, const rule *r) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        if (tr->state != TR_HELD || !tr->rule || !guard_holds(c, st, tr->when)) continue;
        for (uint32_t k = 0; k < r->nwithin; k++)
            if (strcmp(r->within[k], tr->rule->id) == 0) return true;
    }
    return false;
}

/* Losing it does no harm. */
static bool may_be_lost(fctx *c, const state *st, const track *tr) {
    const rule *r = tr->rule;
    if (!r) return false;
    return r->no_leak || (r->nwithin && sheltered(c, st, r)) || (r->loops_only && !lost_by_turns(c, tr));
}

/* Lost because a call has failed, or right before a branch that may find that out: `p = realloc(p, n); if (!p)
 * exit(1);`. Of a path that is not followed any further nothing is claimed then. */
static bool may_be_checked(fctx *c, state *st, const char *exit_role) {
    const ir_inst *in = c->cur;
    if (strcmp(exit_role, "return") == 0) return block_ends_in(c->f, in, IR_BRANCH);
    if ((in->op != IR_CALL && in->op != IR_COPY) || in->dst.var == IR_NOVAR) return false;
    sym now = state_find_cell(st, eval_place_addr(c, st, &in->dst));
    return now && decide_cmp(c, st, CMP_EQ, now, 0) == 1;
}

/* A reference taken to what lies in somebody's memory (the caller's, a list's): the object is there without it. */
static bool found_in_memory(const fctx *c, sym s) {
    sym_kind kind = symtab_kind(c->t, s);
    return sym_is_input(c->t, s) || kind == SY_INIT || kind == SY_DFLT;
}

/* `o->ops->cleanup(o); free(o);` shows that cleanup() does not free o; what hangs on o, it is there to release. */
static bool emptied_by_name(const fctx *c, const track *tr) {
    for (const escape *e = tr->escapes; e; e = e->prev)
        if (!e->lent && !e->aside && sym_object(c->t, e->what) != tr->s && name_releases(c->e, e->callee)) return true;
    return false;
}

void lose(fctx *c, state *st, const track *tr, const char *exit_role) {
    if (may_be_lost(c, st, tr) || emptied_by_name(c, tr)) return;
    if (st->guarded || !guard_holds(c, st, tr->when)) return;
    if (found_empty(c, st, tr)) return;
    if (tr->in_array && c->walks_arrays) return; /* something reads or frees elements we cannot tell apart */
    candidate cand = {.defect = DEFECT_LEAK,
                      .rule = tr->rule,
                      .acq = tr->acq,
                      .at = c->cur,
                      .exit_role = exit_role,
                      .path = st->path,
                      .undecided = may_be_checked(c, st, exit_role) ? st->decided + 1 : 0,
                      .by_contrast = tr->rule && tr->rule->counted && found_in_memory(c, tr->s),
                      .place = tr->acq ? tr->acq->place : ""};
    cand.sure_nonnull = !tr->when.s || decide_cmp(c, st, tr->when.cmp, tr->when.s, tr->when.k) == 1;
    cand.acq_result = result_class(c, st, tr->call_ret);
    cand.subject = tr->s;
    needs_of(c, st, tr, &cand);
    candidate *keep = LL_NEW(c->arena, candidate);
    *keep = cand;
    loss *l = LL_NEW(c->arena, loss);
    *l = (loss){st->losses, keep};
    st->losses = l;
}

/* What is lost together with its owner is the owner's finding, not one of its own. */
static bool held_by_another(fctx *c, const state *st, const track *lost, uint32_t n, uint32_t i) {
    for (uint32_t k = 0; k < st->ncells; k++) {
        if (!sym_contains(c->t, st->cells[k].val, lost[i].s)) continue;
        sym o = sym_object(c->t, st->cells[k].addr);
        for (uint32_t j = 0; j < n; j++)
            if (j != i && lost[j].s == o && lost[j].rule) return true;
    }
    return false;
}

/* A call that makes an element and links what was the last of a list to it (`l->tail->next = n; l->tail = n;`): the one
 * before is found from the head, wherever that is. */
static bool linked_on(const fctx *c, state *st, const track *lost) {
    if (!c->cur || c->cur->op != IR_CALL) return false;
    for (uint32_t i = state_first_cell(st, lost->s); i < st->ncells; i++) {
        if (!addr_lies_in(c->t, st->cells[i].addr, lost->s)) continue;
        const track *next = state_track(st, st->cells[i].val, lost->rule);
        if (next && next->state == TR_HELD && next->acq && next->acq->inst == c->cur) return true;
    }
    return false;
}

static void collect_lost(fctx *c, state *st, const char *exit_role, viewpoint from) {
    if (c->quiet_lost) return;
    bool any = false;
    for (uint32_t i = 0; i < st->ntracks && !any; i++) any = st->tracks[i].state == TR_HELD && st->tracks[i].acq;
    if (!any) return;
    mark_reachable(c, st, from);
    LL_ARRAY(track) lost = {0};
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track tr = st->tracks[i];
        if (tr.state != TR_HELD || !tr.acq || (tr.rule && tr.rule->scope_bound)) continue;
        if (track_reachable(c, st, &tr, from)) continue;
        state_remove_track(st, i);
        LL_PUSH(c->arena, &lost, tr);
    }
    for (uint32_t i = 0; i < lost.n; i++)
        if (!held_by_another(c, st, lost.v, lost.n, i) && !linked_on(c, st, &lost.v[i]))
            lose(c, st, &lost.v[i], exit_role);
}

void check_lost(fctx *c, state *st, const char *exit_role) {
    collect_lost(c, st, exit_role, SEEN_INSIDE);
}

/* ---- one reference more to the caller's object ----
 *
 *     node_get(n);                          n stays reachable by whoever called: only the other path, which keeps the
 *     if (check(h) < 0) return -1;          reference in what outlives the function, or puts it, says that here one is
 *     h->node = n;                          too many. A failing return alone is blamed: a function may well be there to
 *     return 0;                             take a reference. */

static bool says_failure(const fctx *c, const state *st) {
    int64_t k;
    const ir_type *ty = c->f->ret;
    if (!st->ret || !ty || !sym_is_const(c->t, st->ret, &k)) return false;
    return ty->kind == IR_T_PTR ? k == 0 : k < 0;
}

/* Where the caller, or anybody, finds it afterwards. */
static bool kept_somewhere(const fctx *c, const state *st, sym s) {
    if (st->ret && sym_contains(c->t, st->ret, s)) return true;
    for (uint32_t i = 0; i < st->ncells; i++) {
        const symrec *o = symtab_at(c->t, sym_object(c->t, st->cells[i].addr));
        bool local = o->kind == SY_ADDR && !o->p;
        if (!local && sym_contains(c->t, st->cells[i].val, s)) return true;
    }
    return false;
}

static void check_extra_reference(fctx *c, state *st, const track *tr) {
    bool taken = tr->state == TR_HELD && tr->acq && tr->rule && tr->rule->counted && !tr->acq->inner;
    if (!taken || tr->count != 1 || !sym_is_input(c->t, tr->s)) return;
    if (kept_somewhere(c, st, tr->s))
        note_release_site(c, st, tr, "");
    else if (says_failure(c, st))
        lose(c, st, tr, "return");
}

void check_lost_at_return(fctx *c, state *st) {
    for (uint32_t i = 0; i < st->ntracks; i++) check_extra_reference(c, st, &st->tracks[i]);
    collect_lost(c, st, "return", SEEN_AT_RETURN);
    /* A lock still held is a defect only where another path of this function gives it back: report.c decides. */
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track tr = st->tracks[i];
        if (tr.state == TR_HELD && tr.acq && tr.rule && tr.rule->scope_bound) lose(c, st, &tr, "return");
    }
}

void scope_end(fctx *c, state *st, sym addr) {
    uint32_t n = state_first_cell(st, addr);
    for (uint32_t i = n; i < st->ncells; i++)
        if (!addr_lies_in(c->t, st->cells[i].addr, addr)) st->cells[n++] = st->cells[i];
    st->ncells = n;
    n = 0;
    for (uint32_t i = 0; i < st->ndflts; i++)
        if (!addr_lies_in(c->t, st->dflts[i].base, addr)) st->dflts[n++] = st->dflts[i];
    st->ndflts = n;
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track tr = st->tracks[i];
        if (!addr_lies_in(c->t, tr.s, addr)) continue;
        state_remove_track(st, i);
        if (tr.state == TR_HELD && tr.acq) lose(c, st, &tr, "scope");
    }
    if (st->ntracks) check_lost(c, st, "scope");
    bond_scope_end(c, st, addr);
}

static void misuse(fctx *c, state *st, rule_defect d, const rule *r, const track *tr, sym s, const char *by) {
    if (st->guarded) return;
    candidate cand = {.defect = d,
                      .rule = r,
                      .acq = tr ? tr->acq : NULL,
                      .at = c->cur,
                      .exit_role = by,
                      .path = st->path,
                      .ended = tr ? tr->ended : NULL,
                      .released_by = tr ? tr->released_by : NULL,
                      .subject = s,
                      .other = tr && tr->rule != r ? tr->rule : NULL,
                      .sure_nonnull = true,
                      .place = place_words(c, st, s)};
    add_candidate(c, cand);
}

bool use_value(fctx *c, state *st, sym s, const char *by) {
    if (st->nbonds && bond_use(c, st, s, by)) return true;
    bool dead = false;
    if (!st->ntracks) return false;
    sym o = sym_object(c->t, s);
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track tr = st->tracks[i];
        if (tr.state != TR_RELEASED || !tr.rule || tr.rule->keeps_memory || tr.rule->counted) continue;
        if (tr.s != s && tr.s != o) continue;
        if (tr.rule->is_integer && tr.s != s) continue;
        misuse(c, st, DEFECT_USE_AFTER, tr.rule, &tr, tr.s, by);
        state_remove_track(st, i);
        dead = true;
    }
    return dead;
}

void check_state(fctx *c, state *st, const rule *r, sym s, uint32_t from, const char *by) {
    const track *tr = state_track(st, s, r);
    if (!tr || (from >> tr->count & 1)) return;
    track old = *tr;
    misuse(c, st, DEFECT_ORDER, r, &old, s, by);
}

void transition(fctx *c, state *st, const rule *r, sym s, uint32_t from, uint32_t to, const char *by) {
    check_state(c, st, r, s, from, by);
    track *tr = state_track(st, s, r);
    add_step(c, st, STEP_CALL, by);
    if (!tr) tr = state_add_track(c->pool, st, (track){.s = s, .state = TR_STATE, .rule = r});
    tr->count = (int32_t)to;
    tr->ended = st->path;
    tr->released_by = by;
}

/* ---- release ---- */

static bool release_of_foreign(fctx *c, state *st, const rule *r, sym s, const char *by) {
    if (r->is_integer || r->keeps_memory || r->scope_bound || r->counted) return false;
    symrec x = symtab_get(c->t, s);
    int64_t k;
    if (x.kind == SY_SUB && x.op == SUB_INDEX && sym_is_const(c->t, x.b, &k)) {
        sym o = sym_object(c->t, s);
        symrec ro = symtab_get(c->t, o);
        if (ro.kind != SY_ADDR && !state_track(st, o, r)) return false; /* p[-1]-style headers of unknown memory */
        misuse(c, st, DEFECT_BAD_RELEASE, r, NULL, s, by);
        give_away(c, st, o);
        return true;
    }
    if (x.kind == SY_STR || x.kind == SY_FUNC || (x.kind == SY_ADDR)) {
        misuse(c, st, DEFECT_BAD_RELEASE, r, NULL, s, by);
        return true;
    }
    return false;
}

static bool release_of_lent(fctx *c, state *st, const rule *r, sym s, const char *by) {
    if (!st->nbonds || r->keeps_memory || r->scope_bound) return false;
    const track *tr = state_any_track(st, s);
    return !(tr && tr->rule) && bond_lent(c, st, s, by);
}

void end_track(fctx *c, state *st, track *tr, const char *by) {
    learn_borrows(c, st, tr);
    /* of a counted object as far as we see: what a getter gave is there without our reference */
    bool last = tr->rule && (!tr->rule->counted || (tr->acq && !tr->escapes && !name_borrows(tr->acq->callee)));
    if (st->nbonds && last) bond_released(c, st, tr->rule, tr->s, by);
    if (tr->acq) note_release_site(c, st, tr, by);
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track *in = &st->tracks[i];
        if (in->state != TR_GONE || in->inside != tr->s) continue;
        if (!in->rule && !in->acq) continue; /* the caller's: it must hear that it is gone */
        in->state = TR_RELEASED;
        in->released_by = by;
        in->ended = st->path;
    }
    tr->state = TR_RELEASED;
    tr->released_by = by;
    tr->escapes = NULL;
    tr->ended = st->path;
}

/* The block that a pointer handed to a releasing function means: bits set, masked off or added do not make
 * another block of it, nor does an offset nobody knows (p - header, end - length). */
sym released_block(fctx *c, state *st, sym s) {
    sym v = s;
    for (;;) {
        symrec r = symtab_get(c->t, v);
        int64_t k;
        if (state_any_track(st, v)) return v;
        bool bits = r.kind == SY_TERM &&
                    (r.op == IR_AND || r.op == IR_OR || r.op == IR_XOR || r.op == IR_ADD || r.op == IR_TRUNC);
        bool offset = r.kind == SY_SUB && r.op == SUB_INDEX && !sym_is_const(c->t, r.b, &k);
        if (!bits && !offset) return s;
        v = r.a;
    }
}

/* Found in memory of others after a store we cannot place: perhaps no longer what the name says. */
static bool doubtful(const fctx *c, const state *st, sym s) {
    const symrec *r = symtab_at(c->t, s);
    return st->wild && r->kind == SY_INIT && sym_local_var(c->t, r->a) == IR_NOVAR;
}

/* Released, and this function has not seen it acquired. */
static void release_unseen(fctx *c, state *st, const rule *r, sym s, const char *by) {
    state_add_track(c->pool, st,
                    (track){.s = s,
                            .state = doubtful(c, st, s) ? TR_GONE : TR_RELEASED,
                            .rule = r,
                            .released_by = by,
                            .ended = st->path});
    if (st->nbonds && !r->counted) bond_released(c, st, r, s, by);
}

/* r's release functions may end what the other family's functions gave. */
static bool accepts(const rule *r, const rule *other) {
    for (uint32_t i = 0; i < r->naccepts; i++)
        if (strcmp(r->accepts[i], other->id) == 0) return true;
    return false;
}

/* Its elements were released one by one, handed on or taken out, or there are none: only the block is left of it. */
static bool is_emptied(const fctx *c, const state *st, sym s) {
    const ir_type *ty = symtab_at(c->t, s)->type, *held = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
    if (!held || held->kind != IR_T_PTR) return false; /* an array of pointers; not `s[0] = 0` of a text */
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const symrec *v = symtab_at(c->t, st->tracks[i].s);
        bool ended = st->tracks[i].state == TR_RELEASED || st->tracks[i].state == TR_GONE;
        bool read = v->kind == SY_INIT || v->kind == SY_DFLT;
        if (ended && read && addr_lies_in(c->t, v->a, s)) return true;
    }
    for (uint32_t i = 0; i < st->nranges; i++) {
        const symrec *v = symtab_at(c->t, st->ranges[i].s);
        bool null = st->ranges[i].lo == 0 && st->ranges[i].hi == 0 && (v->kind == SY_INIT || v->kind == SY_DFLT);
        if (null && v->a == s && v->type && v->type->kind == IR_T_PTR) return true; /* the first one */
    }
    int64_t k;
    for (uint32_t i = state_first_cell(st, s); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, s) && sym_is_const(c->t, st->cells[i].val, &k) && k == 0) return true;
    return false;
}

void release(fctx *c, state *st, const rule *r, sym s, const char *by, bool in_callee) {
    range x = state_range(st, c->t, s);
    if (x.lo == 0 && x.hi == 0 && !r->is_integer) return;
    if (r->is_integer && x.hi < 0) return;
    if (in_callee && symtab_at(c->t, s)->kind == SY_SUB && symtab_at(c->t, s)->op == SUB_INDEX)
        s = sym_object(c->t, s); /* it knows its headers */
    if (release_of_foreign(c, st, r, s, by)) return;
    if (r->deep) give_away_fields(c, st, s);
    int64_t konst;
    if (sym_is_const(c->t, s, &konst)) return; /* a number is no handle of ours */
    s = released_block(c, st, s);
    symrec rs = symtab_get(c->t, s);
    if (rs.kind == SY_SUB && rs.op == SUB_FIELD && !r->keeps_memory && !r->scope_bound) {
        sym o = sym_object(c->t, s); /* &obj->first: the object itself when it is ours */
        if (state_track(st, o, r)) s = o;
    } else if (rs.kind == SY_TERM && rs.op == TERM_ALIAS) {
        s = sym_object(c->t, s); /* freopen() gives its argument back */
        if (!state_track(st, s, r)) return;
    }
    if (release_of_lent(c, st, r, s, by)) return;
    add_step(c, st, STEP_RELEASE, by);
    track *tr = state_track(st, s, r);
    track *other = tr ? NULL : state_any_track(st, s);
    if (other && other->rule && accepts(r, other->rule)) {
        r = other->rule;
        tr = other;
        other = NULL;
    }
    if (other && other->rule && other->state == TR_HELD && !other->rule->keeps_memory && !r->keeps_memory &&
        !other->rule->scope_bound && !r->scope_bound) {
        if (is_emptied(c, st, s)) {
            end_track(c, st, other, by);
            return;
        }
        misuse(c, st, DEFECT_WRONG_RELEASE, r, other, s, by);
        other->state = TR_GONE;
        return;
    }
    if (tr && tr->state == TR_RELEASED && r->idempotent) return;
    if (tr && tr->state == TR_GONE && r->scope_bound) return;
    if (tr && tr->state == TR_RELEASED && !r->counted) {
        track old = *tr;
        state_remove_track(st, (uint32_t)(tr - st->tracks));
        misuse(c, st, DEFECT_DOUBLE, r, &old, s, by);
        return;
    }
    if (tr && r->counted && tr->state == TR_HELD && tr->count > 1) {
        tr->count--;
        return;
    }
    if (other && other->acq && !other->rule)
        end_track(c, st, other, by); /* evidence track: the unknown acquirer's value is released by a known rule */
    if (tr)
        end_track(c, st, tr, by);
    else
        release_unseen(c, st, r, s, by);
    if (!r->keeps_memory && !r->is_integer) check_lost(c, st, by);
}

/* ---- hand-over ---- */

static bool is_marked(const fctx *c, sym s) {
    return c->mark[s] == c->stamp || c->mark[sym_object(c->t, s)] == c->stamp;
}

/* Marks what can be reached through memory from what is marked. */
static void spread_marks(fctx *c, const state *st) {
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = 0; i < st->ncells; i++) {
            if (c->mark[sym_object(c->t, st->cells[i].addr)] != c->stamp) continue;
            sym val = st->cells[i].val;
            if (c->mark[val] == c->stamp || symtab_kind(c->t, val) == SY_CONST) continue;
            mark(c, val);
            again = true;
        }
    }
}

void forget_states(fctx *c, state *st, sym s) {
    bool any = false;
    for (uint32_t i = 0; i < st->ntracks && !any; i++) any = st->tracks[i].state == TR_STATE;
    if (!any) return;
    new_stamp(c);
    mark(c, s);
    spread_marks(c, st);
    for (uint32_t i = st->ntracks; i-- > 0;) {
        const track *tr = &st->tracks[i];
        if (tr->state == TR_STATE && (is_marked(c, tr->s) || sym_contains(c->t, tr->s, sym_object(c->t, s))))
            state_remove_track(st, i);
    }
}

/* Calls visit for every held track whose value is one of from[0..n) or can be reached from it through memory. */
typedef void (*track_visit)(fctx *c, track *tr, const escape *e);

static void each_reachable(fctx *c, state *st, const sym *from, uint32_t n, track_visit visit, const escape *e) {
    uint32_t left = 0; /* those not reached so far */
    for (uint32_t i = 0; i < st->ntracks; i++) left += st->tracks[i].state == TR_HELD;
    if (!left) return;
    new_stamp(c);
    for (uint32_t i = 0; i < n; i++) mark(c, from[i]);
    for (uint32_t i = 0; i < st->ntracks; i++) left -= st->tracks[i].state == TR_HELD && is_marked(c, st->tracks[i].s);
    if (left) spread_marks(c, st);
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track *tr = &st->tracks[i];
        if (tr->state == TR_HELD && is_marked(c, tr->s)) visit(c, tr, e);
    }
}

static void visit_gone(fctx *c, track *tr, const escape *e) {
    (void)c;
    (void)e;
    if (!(tr->rule && tr->rule->scope_bound)) tr->state = TR_GONE;
}

static void visit_escape(fctx *c, track *tr, const escape *e) {
    if (tr->rule && tr->rule->scope_bound) return;
    bool lent = e->lent && sym_object(c->t, tr->s) == sym_object(c->t, e->what);
    for (const escape *o = tr->escapes; o; o = o->prev)
        if (o->callee == e->callee && o->arg == e->arg && o->ret == e->ret && (lent || !o->lent)) return;
    escape *x = LL_NEW(c->arena, escape);
    *x = *e;
    x->lent = lent;
    x->prev = tr->escapes;
    tr->escapes = x;
}

void give_away(fctx *c, state *st, sym s) {
    each_reachable(c, st, &s, 1, visit_gone, NULL);
}

void give_away_fields(fctx *c, state *st, sym s) {
    LL_ARRAY(sym) held = {0};
    for (uint32_t i = 0; i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, s)) LL_PUSH(c->arena, &held, st->cells[i].val);
    for (uint32_t i = 0; i < held.n; i++)
        if (sym_object(c->t, held.v[i]) != s) give_away(c, st, held.v[i]);
}

void give_away_inside(fctx *c, state *st, sym object) {
    if (sym_local_var(c->t, object) == IR_NOVAR) return;
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track *tr = &st->tracks[i];
        if (tr->state == TR_HELD && tr->acq && addr_lies_in(c->t, tr->s, object)) visit_gone(c, tr, NULL);
    }
}

void give_away_all(fctx *c, state *st, const sym *s, uint32_t n) {
    if (n) each_reachable(c, st, s, n, visit_gone, NULL);
}

/* Of a part of a record (s) the callee may get at the rest by container_of(), and mostly does not. */
static void hand_over_part(fctx *c, state *st, sym s, const escape *e) {
    LL_ARRAY(sym) within = {0};
    for (uint32_t i = state_first_cell(st, s); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, s)) LL_PUSH(c->arena, &within, st->cells[i].val);
    each_reachable(c, st, within.v, within.n, visit_escape, e);
    for (sym at = s;; at = symtab_get(c->t, at).a) {
        track *tr = state_any_track(st, at);
        if (tr && tr->state == TR_HELD) visit_escape(c, tr, e);
        if (symtab_kind(c->t, at) != SY_SUB) break;
    }
    escape aside = *e;
    aside.aside = true;
    each_reachable(c, st, &s, 1, visit_escape, &aside);
}

static void hand(fctx *c, state *st, escape e) {
    sym s = e.what;
    const symrec *r = symtab_at(c->t, s);
    if (r->kind == SY_CONST && !r->k) return; /* nothing lies there */
    if (r->kind == SY_ADDR && !e.alike) learn_local(c, s, e.callee, e.arg);
    bool tells =
        r->kind == SY_INIT || (r->kind == SY_SUB && e.callee[0] == '('); /* (destructor): of a part's contents */
    if (tells && r->input && !state_track(st, s, NULL))                  /* the caller must hear of it */
        state_add_track(c->pool, st, (track){.s = s, .state = TR_HELD});
    if (st->ntracks && r->kind == SY_SUB && r->op == SUB_FIELD)
        hand_over_part(c, st, s, &e);
    else
        each_reachable(c, st, &s, 1, visit_escape, &e);
}

void hand_over(fctx *c, state *st, sym s, const char *callee, uint32_t arg, sym ret) {
    hand(c, st, (escape){.callee = callee, .arg = arg, .ret = ret, .what = s});
}

void hand_over_contents(fctx *c, state *st, sym s, const char *callee, uint32_t arg, sym ret) {
    bool callers = sym_is_input(c->t, s) && callee[0] != '('; /* they must hear of it */
    hand(c, st, (escape){.callee = callee, .arg = arg, .ret = ret, .what = s, .lent = !callers});
}

void hand_over_alike(fctx *c, state *st, sym s, const char *callee, uint32_t arg) {
    hand(c, st, (escape){.callee = callee, .arg = arg, .what = s, .alike = true});
}
