/* Keepalive: borrowed values that outlive their owner, and memory that dies while somebody keeps its address.
 *
 * A borrowed value is dead when its owner was released, changed or went out of scope; what is reported is its use.
 * A kept address is reported when the function returns and the memory is gone by then: what is stopped after the
 * free, but before anything can fire, does no harm. */
#include <string.h>

#include "engine/kinds.h"

static const bond *keep_bond(fctx *c, const bond *b) {
    bond *copy = LL_NEW(c->arena, bond);
    *copy = *b;
    return copy;
}

void kinds_misused(fctx *c, state *st, const bond *b, sym s, const char *by) {
    candidate cand = {.defect = DEFECT_OTHER,
                      .rule = b->rule,
                      .acq = b->made,
                      .at = c->cur,
                      .exit_role = by ? by : "use",
                      .path = st->path,
                      .ended = b->ended,
                      .released_by = b->ended_by,
                      .subject = s,
                      .bond = keep_bond(c, b),
                      .sure_nonnull = true,
                      .place = b->made ? place_words(c, st, b->s) : c->f->vars[sym_local_var(c->t, b->s)].name};
    add_candidate(c, cand);
}

static void left_in(fctx *c, const state *st, const bond *b, const ir_inst *at, const char *role, const char *place) {
    candidate cand = {.defect = DEFECT_OTHER,
                      .rule = b->rule,
                      .acq = b->made,
                      .at = at,
                      .exit_role = role,
                      .path = st->path,
                      .subject = b->s,
                      .bond = keep_bond(c, b),
                      .sure_nonnull = true,
                      .place = place};
    add_candidate(c, cand);
}

void kinds_left_in(fctx *c, state *st, const bond *b, const char *place) {
    left_in(c, st, b, b->made->inst, "global", place);
}

void kinds_kept_dies(fctx *c, state *st, const bond *b) {
    bool local = sym_local_var(c->t, b->s) != IR_NOVAR;
    candidate cand = {.defect = DEFECT_OTHER,
                      .rule = b->rule,
                      .acq = b->made,
                      .at = local || !b->ended ? b->made->inst : b->ended->inst,
                      .exit_role = local ? "return" : b->ended_by,
                      .path = b->ended ? b->ended : st->path,
                      .ended = b->ended,
                      .released_by = b->ended_by,
                      .subject = b->s,
                      .bond = keep_bond(c, b),
                      .sure_nonnull = true,
                      .place = local || !b->place ? place_words(c, st, b->s) : b->place};
    add_candidate(c, cand);
}

void kinds_note_release(fctx *c, const state *st, sym s) {
    (void)s;
    for (uint32_t i = 0; i < st->nbonds; i++)
        if (st->bonds[i].kind == BOND_STOPPED)
            LL_PUSH(c->arena, &c->calm, (calm_release){c->cur, st->bonds[i].rule, st->bonds[i].s});
}

bool kinds_calm(const fctx *c, const candidate *k) {
    if (!k->bond || k->bond->kind != BOND_KEPT) return false;
    for (uint32_t i = 0; i < c->calm.n; i++) {
        const calm_release *x = &c->calm.v[i];
        if (x->at != k->at || x->rule != k->rule) continue;
        if (!x->what || x->what == k->bond->owner || bond_may_be_same(c, x->what, k->bond->s)) return true;
    }
    return false;
}

/* ---- addresses of locals ---- */

static bool own_local(const fctx *c, sym v) {
    uint32_t x = sym_local_var(c->t, v);
    const symrec *r = symtab_at(c->t, v);
    return x != IR_NOVAR && x < c->f->nvars && (r->kind == SY_ADDR || r->kind == SY_SUB);
}

/* After a loop: how often it went round may have cleared a place, or may not. */
static bool went_round(const state *st) {
    bool turned = false;
    for (uint32_t i = 0; i < STATE_LOOPS; i++) turned |= st->turns[i] > 0;
    return turned;
}

/* Places that a path of this function leaves null: where another leaves the address of a local, that is no plan. */
static void note_plain_stores(fctx *c, const state *st) {
    if (went_round(st)) return;
    for (uint32_t i = 0; i < st->ncells && c->nulled.n < LIM_SEEN; i++) {
        int64_t k;
        const cell *x = &st->cells[i];
        if (!sym_is_input(c->t, x->addr) || !sym_is_const(c->t, x->val, &k) || k) continue;
        bool known = false;
        for (uint32_t j = 0; j < c->nulled.n && !known; j++) known = c->nulled.v[j] == x->addr;
        if (!known) LL_PUSH(c->arena, &c->nulled, x->addr);
    }
}

static void report_local(fctx *c, state *st, const rule *r, sym local, sym cell, const char *where) {
    acquisition *a = (acquisition *)make_acquisition(c, st, r, "", NULL);
    a->place = place_words(c, st, local);
    bond b = {.kind = BOND_KEPT,
              .released = went_round(st),
              .s = local,
              .rule = r,
              .made = a,
              .owner = cell,
              .ended_by = where};
    candidate cand = {.defect = DEFECT_OTHER,
                      .rule = r,
                      .at = c->cur,
                      .exit_role = "return",
                      .path = st->path,
                      .subject = local,
                      .bond = keep_bond(c, &b),
                      .sure_nonnull = true,
                      .place = c->f->vars[sym_local_var(c->t, local)].name};
    add_candidate(c, cand);
}

/* Part of a record that is returned, and holds the address of a local. One that holds its own address (a buffer inside)
 * makes a new one for its copy. */
static bool in_result(const fctx *c, const state *st, uint32_t cell) {
    if (!own_local(c, st->cells[cell].val)) return false;
    const ir_var *v = &c->f->vars[sym_local_var(c->t, st->cells[cell].val)];
    if (!v->name || is_record_type(v->type)) return false;
    bool record = symtab_at(c->t, st->ret)->kind == SY_ADDR && sym_local_var(c->t, st->ret) == c->f->nvars;
    return record && addr_lies_in(c->t, st->cells[cell].addr, st->ret);
}

void watch_return(fctx *c, state *st) {
    bool any = st->ret && own_local(c, st->ret);
    note_plain_stores(c, st);
    for (uint32_t i = 0; i < st->ncells && !any; i++)
        any = own_local(c, st->cells[i].val) && !own_local(c, st->cells[i].addr);
    for (uint32_t i = 0; i < st->ncells && !any && st->ret; i++) any = in_result(c, st, i);
    if (!any) return;
    const rule *r = c->e->watch_locals;
    if (!r) return;
    if (st->ret && own_local(c, st->ret)) report_local(c, st, r, st->ret, 0, "");
    for (uint32_t i = 0; i < st->ncells; i++) {
        if (st->ret && in_result(c, st, i)) report_local(c, st, r, st->cells[i].val, 0, "");
        sym at = sym_object(c->t, st->cells[i].addr);
        const symrec *x = symtab_at(c->t, at);
        bool outlives = x->input || (x->kind == SY_ADDR && x->p);
        if (!outlives || !own_local(c, st->cells[i].val)) continue;
        report_local(c, st, r, st->cells[i].val, st->cells[i].addr, place_words(c, st, st->cells[i].addr));
    }
}

/* ---- parameters lent for the call ---- */

static bool is_lent(const rule *r, const ir_type *ty) {
    for (uint32_t i = 0; ty && ty->name && i < r->nlent; i++)
        if (strcmp(r->lent[i], ty->name) == 0) return true;
    return false;
}

/* Where the function puts something into the global; the return when that is done elsewhere. */
static const ir_inst *store_into(const fctx *c, const char *global) {
    const ir_inst *at = c->cur;
    for (uint32_t b = 0; b < c->f->nblocks; b++)
        for (uint32_t i = 0; i < c->f->blocks[b].ninsts; i++) {
            const ir_inst *in = &c->f->blocks[b].insts[i];
            if (in->op != IR_COPY || in->dst.var == IR_NOVAR || in->a.kind != IR_O_PLACE) continue;
            const ir_var *to = &c->f->vars[in->dst.var];
            if (to->kind == IR_V_GLOBAL && to->usr == global) at = in;
        }
    return at;
}

static void lent_in_globals(fctx *c, state *st, const rule *r) {
    for (uint32_t i = 0; i < st->ncells; i++) {
        const symrec *o = symtab_at(c->t, sym_object(c->t, st->cells[i].addr));
        const symrec *v = symtab_at(c->t, st->cells[i].val);
        if (o->kind != SY_ADDR || !o->p || v->kind != SY_INIT) continue;
        uint32_t var = symtab_kind(c->t, v->a) == SY_ADDR ? sym_local_var(c->t, v->a) : IR_NOVAR;
        if (var >= c->f->nparams || !is_lent(r, c->f->vars[var].type)) continue;
        const bond b = {.kind = BOND_DERIVED, .s = st->cells[i].val, .rule = r};
        left_in(c, st, &b, store_into(c, o->p), "given", place_words(c, st, st->cells[i].addr));
    }
}

void watch_lent(fctx *c, state *st) {
    for (uint32_t i = 0; c->f->name && i < c->e->lent.n; i++) {
        const rule *r = c->e->lent.v[i];
        if (strncmp(c->f->name, r->entries, strlen(r->entries)) == 0) lent_in_globals(c, st, r);
    }
}

finding_confidence kinds_confidence(const fctx *c, const candidate *k) {
    const bond *b = k->bond;
    if (b->kind != BOND_KEPT || k->acq || !b->owner)
        return b->kind == BOND_BANNED && b->owner ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    for (uint32_t i = 0; i < c->nulled.n; i++)
        if (c->nulled.v[i] == b->owner && !b->released) return CONFIDENCE_MEDIUM;
    return CONFIDENCE_LOW; /* left behind, which does no harm unless somebody looks */
}

/* ---- words ---- */

static const char *what_of(fctx *c, const candidate *k) {
    return k->place && *k->place ? report_words(c, "`%s`", k->place) : "an object";
}

static const char *dead_message(fctx *c, const candidate *k) {
    const bond *b = k->bond;
    const char *place = k->place && *k->place ? report_words(c, " `%s`", k->place) : "";
    const char *res = k->rule->resource;
    if (strcmp(k->exit_role, "given") == 0)
        return report_words(c, "%s that %s() is given stays in%s when it returns, and does not live so long", res,
                            c->f->name, place);
    if (!k->acq) return report_words(c, "%s is used after its scope ended", what_of(c, k));
    if (strcmp(k->exit_role, "global") == 0)
        return report_words(c, "%s from %s() stays in%s when the function returns, and does not live so long", res,
                            k->acq->callee, place);
    if (!b->ended)
        return report_words(c, "%s() is given%s, which %s() only lent", k->exit_role, *place ? place : " something",
                            k->acq->callee);
    if (!*b->ended_by)
        return report_words(c, "%s%s from %s() is used after its owner went out of scope", res, place, k->acq->callee);
    if (k->rule->shared)
        return report_words(c, "%s%s from %s() is used after %s() has overwritten it", res, place, k->acq->callee,
                            b->ended_by);
    return report_words(c, "%s%s from %s() is used after %s() has %s its owner", res, place, k->acq->callee,
                        b->ended_by, b->released ? "released" : "changed");
}

static const char *kept_message(fctx *c, const candidate *k) {
    const bond *b = k->bond;
    if (!k->acq)
        return *b->ended_by ? report_words(c, "the address of %s stays in `%s` when the function returns",
                                           what_of(c, k), b->ended_by)
                            : report_words(c, "the address of %s is returned, and its scope ends", what_of(c, k));
    if (strcmp(k->exit_role, "return") == 0)
        return report_words(c, "%s() keeps the address of %s, whose scope ends while the %s is still there",
                            k->acq->callee, what_of(c, k), k->rule->resource);
    return report_words(c, "%s is released by %s() while the %s from %s() still refers to it", what_of(c, k),
                        b->ended_by, k->rule->resource, k->acq->callee);
}

const char *kinds_message(fctx *c, const candidate *k) {
    if (k->bond->kind == BOND_BANNED) return forbid_message(c, k);
    return k->bond->kind == BOND_DERIVED ? dead_message(c, k) : kept_message(c, k);
}

void kinds_ended_step(fctx *c, const candidate *k, const path_step *at, step_list *l) {
    const bond *b = k->bond;
    if (b->kind != BOND_DERIVED) return; /* it is the finding's own line, said at the end */
    const char *text = !k->acq           ? "the scope ends here"
                       : !*b->ended_by   ? "the owner's scope ends here"
                       : k->rule->shared ? report_words(c, "overwritten here by %s()", b->ended_by)
                       : b->released     ? report_words(c, "the owner is released here by %s()", b->ended_by)
                                         : report_words(c, "the owner is changed here by %s()", b->ended_by);
    report_step(c, l, STEP_RELEASE, at->func, at->inst, 0, text);
}

void kinds_steps(fctx *c, const candidate *k, step_list *l) {
    const bond *b = k->bond;
    if (b->kind == BOND_BANNED) {
        forbid_steps(c, k, l);
        return;
    }
    bool derived = b->kind == BOND_DERIVED;
    if (k->acq) {
        report_step(c, l, STEP_ACQUIRE, k->acq->func, k->acq->inst, 0,
                    derived
                        ? report_words(c, "%s taken here from %s()", k->rule->resource, k->acq->callee)
                        : report_words(c, "%s() keeps the address of %s from here on", k->acq->callee, what_of(c, k)));
        report_inner_steps(c, l, k->acq);
    }
    report_steps_between(c, l, k->acq ? k->acq->step : NULL, k->path, k);
    if (strcmp(k->exit_role, "global") == 0 || strcmp(k->exit_role, "given") == 0)
        report_step(c, l, STEP_LOST, c->f, k->at, 0, report_words(c, "stays in `%s`", k->place));
    else if (derived && !b->ended)
        report_step(c, l, STEP_RELEASE, c->f, k->at, 0, report_words(c, "released here by %s()", k->exit_role));
    else if (derived)
        report_step(c, l, STEP_USE, c->f, k->at, 0,
                    strcmp(k->exit_role, "use") == 0      ? "used here"
                    : strcmp(k->exit_role, "return") == 0 ? "returned here"
                                                          : report_words(c, "used here: handed to %s()", k->exit_role));
    else if (strcmp(k->exit_role, "return") == 0)
        report_step(c, l, STEP_LOST, c->f, k->at, 0,
                    report_words(c, "the scope of %s ends with the function", what_of(c, k)));
    else
        report_step(c, l, STEP_RELEASE, c->f, k->at, 0,
                    report_words(c, "%s is released here by %s()", what_of(c, k), b->ended_by));
}
