#include "engine/bond.h"

#include <string.h>

#include "engine/fctx.h"
#include "engine/kinds.h"

/* ---- the list ---- */

static bool is_note(const bond *b) {
    return b->kind == BOND_CHANGED || b->kind == BOND_STOPPED || b->kind == BOND_BANNED;
}

static bool same_bond(const bond *a, const bond *b) {
    if (a->kind == BOND_BANNED && b->kind == BOND_BANNED) return a->rule == b->rule;
    return a->kind == b->kind && a->s == b->s && a->owner == b->owner && a->rule == b->rule;
}

static bond *find_bond(const state *st, const bond *like) {
    for (uint32_t i = 0; i < st->nbonds; i++)
        if (same_bond(&st->bonds[i], like)) return &st->bonds[i];
    return NULL;
}

static void remove_bond(state *st, uint32_t i) {
    memmove(st->bonds + i, st->bonds + i + 1, (st->nbonds - i - 1) * sizeof *st->bonds);
    st->nbonds--;
}

void bond_add(fctx *c, state *st, bond b) {
    bond *old = find_bond(st, &b);
    if (old) {
        if (!is_note(&b)) *old = b;
        return;
    }
    if (st->nbonds == LIM_BONDS) return;
    state_add_bond(c->pool, st, b);
}

static void note(fctx *c, state *st, bond_kind kind, const rule *r, sym s) {
    bond_add(c, st, (bond){.kind = kind, .s = s, .rule = r});
}

/* ---- ends ---- */

/* The same place, or elements of one array of which nothing says that they differ. */
bool bond_may_be_same(const fctx *c, sym a, sym b) {
    if (a == b) return true;
    return sym_object(c->t, a) == sym_object(c->t, b) && (sym_in_element(c->t, a) || sym_in_element(c->t, b));
}

static void die(fctx *c, state *st, bond *b, const char *by, bool released) {
    if (b->ended) return;
    add_step(c, st, STEP_NOTE, by);
    b->ended = st->path;
    b->ended_by = by;
    if (b->kind == BOND_KEPT) b->place = place_words(c, st, sym_object(c->t, b->s));
    b->released = released;
}

void bond_changed(fctx *c, state *st, const rule *r, sym owner, sym asked, bool only_same, const char *by) {
    for (uint32_t i = 0; i < st->nbonds; i++) {
        bond *b = &st->bonds[i];
        if (b->kind != BOND_DERIVED || b->rule != r || (owner && b->owner != owner)) continue;
        bool same = asked && b->asked == asked;
        if (only_same ? same : !same || strcmp(b->made->callee, by) != 0) die(c, st, b, by, false);
    }
    if (!only_same) note(c, st, BOND_CHANGED, r, owner);
}

/* The value itself is handed to what ends it: an element's iterator, not its neighbours'. */
static void value_died(fctx *c, state *st, const rule *r, sym s, const char *by) {
    for (uint32_t i = 0; s && i < st->nbonds; i++) {
        bond *b = &st->bonds[i];
        if (b->kind == BOND_DERIVED && b->rule == r && b->s == s) die(c, st, b, by, false);
    }
}

void bond_stopped(fctx *c, state *st, const rule *r, sym what) {
    bool exact = false, handles = false;
    for (uint32_t i = st->nbonds; i-- > 0;) {
        const bond *b = &st->bonds[i];
        if (b->kind == BOND_DERIVED && b->rule == r && b->s == what) {
            remove_bond(st, i);
            continue;
        }
        if (b->kind != BOND_KEPT || b->rule != r) continue;
        handles |= b->owner != 0;
        bool part = what && addr_lies_in(c->t, what, b->s); /* &x->listener.link */
        if (what && !part && !bond_may_be_same(c, b->s, what) && !(b->owner && bond_may_be_same(c, b->owner, what)))
            continue;
        exact = true;
        remove_bond(st, i);
    }
    for (uint32_t i = st->nbonds; !exact && handles && i-- > 0;) /* a handle that was read from who knows where */
        if (st->bonds[i].kind == BOND_KEPT && st->bonds[i].rule == r && st->bonds[i].owner) remove_bond(st, i);
    note(c, st, BOND_STOPPED, r, what);
}

void bond_retained(state *st, sym s) {
    for (uint32_t i = st->nbonds; i-- > 0;)
        if (st->bonds[i].kind == BOND_DERIVED && st->bonds[i].s == s) remove_bond(st, i);
}

void bond_released(fctx *c, state *st, const rule *r, sym s, const char *by) {
    for (uint32_t i = st->nbonds; i-- > 0;) {
        bond *b = &st->bonds[i];
        if (b->kind == BOND_DERIVED && b->owner == s) die(c, st, b, by, true);
        if (b->kind != BOND_KEPT) continue;
        if (!b->owner && r->keeps_memory && b->s == s)
            remove_bond(st, i);
        else if (!r->keeps_memory && !r->is_integer && sym_object(c->t, b->s) == s)
            die(c, st, b, by, true);
    }
    kinds_note_release(c, st, s);
}

/* Behind two pointers of the caller's: a list that others link and unlink, by ways that are not all followed. */
static bool is_far(const symtab *t, sym addr) {
    const symrec *r = symtab_at(t, sym_object(t, addr));
    return r->kind == SY_INIT && r->input && r->depth >= 2;
}

/* Somebody still holds the address of the local whose scope ends: using it is a defect from here on. */
static void note_dangling(fctx *c, state *st, sym addr) {
    bool held = false;
    for (uint32_t i = 0; i < st->ncells && !held; i++) {
        sym v = st->cells[i].val;
        held = v >= addr && addr_lies_in(c->t, v, addr) && !is_far(c->t, st->cells[i].addr);
    }
    const rule *r = held ? c->e->watch_locals : NULL;
    if (!r) return;
    add_step(c, st, STEP_NOTE, "");
    bond_add(c, st,
             (bond){.kind = BOND_DERIVED,
                    .s = addr,
                    .owner = addr,
                    .rule = r,
                    .ended = st->path,
                    .ended_by = "",
                    .released = true});
}

void bond_scope_end(fctx *c, state *st, sym addr) {
    for (uint32_t i = 0; i < st->nbonds; i++) {
        bond *b = &st->bonds[i];
        if (b->kind == BOND_DERIVED && b->owner && addr_lies_in(c->t, b->owner, addr)) die(c, st, b, "", true);
        if (b->kind == BOND_KEPT && addr_lies_in(c->t, b->s, addr)) die(c, st, b, "", true);
    }
    note_dangling(c, st, addr);
}

void bond_declared(fctx *c, state *st, sym addr) {
    (void)c;
    for (uint32_t i = st->nbonds; i-- > 0;)
        if (st->bonds[i].kind == BOND_DERIVED && st->bonds[i].s == addr) remove_bond(st, i);
}

static sym root_of(const fctx *c, sym s) {
    for (const symrec *r = symtab_at(c->t, s); r->kind == SY_INIT || r->kind == SY_DFLT; r = symtab_at(c->t, s)) {
        sym o = sym_object(c->t, r->a);
        if (symtab_at(c->t, o)->kind == SY_ADDR) return s;
        s = o;
    }
    return s;
}

/* The callee may stop what hangs on its arguments, however deep. */
void bond_unknown_call(fctx *c, state *st, const sym *args, uint32_t nargs) {
    if (!st->nbonds) return;
    for (uint32_t i = st->nbonds; i-- > 0;) {
        const bond *b = &st->bonds[i];
        if (b->kind != BOND_KEPT) continue;
        sym s = sym_object(c->t, b->s), h = b->owner ? sym_object(c->t, b->owner) : 0;
        bool given = false;
        for (uint32_t k = 0; k < nargs && !given; k++) {
            sym a = sym_object(c->t, args[k]);
            given = a == s || (h && a == h) || root_of(c, a) == root_of(c, s) || (h && root_of(c, a) == root_of(c, h));
        }
        if (given) remove_bond(st, i);
    }
}

/* ---- rules ---- */

static sym field_of(fctx *c, sym base, const char *path) {
    while (*path) {
        size_t n = strcspn(path, ".");
        base = sym_field(c->t, base, ll_intern_strn(c->e->names, path, n));
        path += n + (path[n] == '.');
    }
    return base;
}

static sym value_at(fctx *c, state *st, const bond_call *k, const rule_where *w) {
    sym base;
    if (w->kind == WHERE_NONE) return 0;
    if (w->kind == WHERE_RET)
        base = k->ret;
    else if (!w->arg || w->arg > k->nargs)
        return 0;
    else
        base = k->args[w->arg - 1];
    if (!base) return 0;
    if (w->field) return mem_load(c, st, field_of(c, base, w->field), NULL);
    return w->kind == WHERE_ARG_DEREF ? mem_load(c, st, base, NULL) : base;
}

static bool allowed(fctx *c, state *st, const bond_call *k, const rule_effect *ef, guard *g) {
    *g = (guard){0};
    for (uint32_t i = 0; i < ef->nconds; i++) {
        const rule_cond *cd = &ef->conds[i];
        sym v = value_at(c, st, k, &cd->where);
        if (!v) return cd->where.kind == WHERE_RET;
        int d = decide_cmp(c, st, cd->cmp, v, cd->value);
        if (d == 0) return false;
        if (d > 0) continue;
        if (cd->where.kind != WHERE_RET) return false; /* an argument that nobody knows does not count */
        *g = (guard){v, cd->cmp, cd->value};
    }
    return true;
}

bool bond_allowed(fctx *c, state *st, const bond_call *k, const rule_effect *ef) {
    guard g;
    return allowed(c, st, k, ef, &g);
}

static bool nothing(const fctx *c, sym s) {
    int64_t k;
    return !s || sym_is_const(c->t, s, &k) || symtab_at(c->t, s)->kind == SY_STR || symtab_at(c->t, s)->kind == SY_FUNC;
}

static void derive(fctx *c, state *st, const bond_call *k, const rule_effect *ef, guard g) {
    sym s = value_at(c, st, k, &ef->where), owner = ef->rule->shared ? 0 : value_at(c, st, k, &ef->from);
    if (nothing(c, owner)) owner = 0;
    if (!owner && !ef->rule->shared && !(ef->rule->watch & RULE_WATCH_GLOBALS)) return;
    if (s && nothing(c, s) && ef->where.kind == WHERE_ARG_DEREF) { /* nothing else says that the call writes there */
        s = fresh(c, st, 500u + ef->where.arg, NULL);
        state_set_cell(c->pool, st, k->args[ef->where.arg - 1], s);
    }
    if (nothing(c, s)) return;
    acquisition *a = (acquisition *)make_acquisition(c, st, ef->rule, k->name, NULL);
    add_step(c, st, STEP_NOTE, NULL);
    a->step = st->path;
    bond_add(c, st,
             (bond){.kind = BOND_DERIVED,
                    .s = s,
                    .owner = owner,
                    .asked = k->nargs ? k->args[0] : 0,
                    .rule = ef->rule,
                    .made = a,
                    .when = g});
}

void bond_call_before(fctx *c, state *st, bond_call *k) {
    for (uint32_t i = 0; i < k->model->neffects && i < 16; i++) {
        const rule_effect *ef = &k->model->effects[i];
        bool inside = ef->where.field || ef->where.kind == WHERE_ARG_DEREF;
        if (inside && (ef->kind == EFF_KEEP || ef->kind == EFF_INVALIDATE || ef->kind == EFF_END))
            k->pre[i] = value_at(c, st, k, &ef->where);
    }
}

static sym subject_of(fctx *c, state *st, const bond_call *k, const rule_effect *ef) {
    uint32_t number = (uint32_t)(ef - k->model->effects);
    return number < 16 && k->pre[number] ? k->pre[number] : value_at(c, st, k, &ef->where);
}

static void keep(fctx *c, state *st, const bond_call *k, const rule_effect *ef, guard g) {
    if (c->enclosing[c->cur_block][0] != UINT32_MAX) return; /* which turn's is stopped later, nobody can tell */
    sym s = subject_of(c, st, k, ef), handle = value_at(c, st, k, &ef->from);
    if (nothing(c, s)) return;
    if (ef->from.kind == WHERE_ARG_DEREF && nothing(c, k->args[ef->from.arg - 1])) return; /* nobody wants the handle */
    if (symtab_at(c->t, sym_object(c->t, s))->kind == SY_ADDR && symtab_at(c->t, sym_object(c->t, s))->p)
        return; /* a global's */
    acquisition *a = (acquisition *)make_acquisition(c, st, ef->rule, k->name, NULL);
    add_step(c, st, STEP_NOTE, NULL);
    a->step = st->path;
    a->place = place_words(c, st, s);
    bond_add(c, st, (bond){.kind = BOND_KEPT, .s = s, .owner = handle, .rule = ef->rule, .made = a, .when = g});
}

static void effects_of(fctx *c, state *st, const bond_call *k, rule_effect_kind kind) {
    for (uint32_t i = 0; i < k->model->neffects; i++) {
        const rule_effect *ef = &k->model->effects[i];
        guard g;
        if (ef->kind != kind || !allowed(c, st, k, ef, &g)) continue;
        sym v = kind == EFF_INVALIDATE || kind == EFF_END ? subject_of(c, st, k, ef) : 0;
        switch (kind) {
            case EFF_INVALIDATE:
                if (ef->itself)
                    value_died(c, st, ef->rule, v, k->name);
                else if (v || ef->rule->shared)
                    bond_changed(c, st, ef->rule, ef->rule->shared ? 0 : v,
                                 ef->rule->shared && k->nargs ? k->args[0] : 0, ef->same_question, k->name);
                break;
            case EFF_END:
                if (v || ef->where.kind == WHERE_NONE) bond_stopped(c, st, ef->rule, v);
                break;
            case EFF_DERIVE:
                derive(c, st, k, ef, g);
                break;
            default:
                keep(c, st, k, ef, g);
                break;
        }
    }
}

void bond_call_done(fctx *c, state *st, const bond_call *k) {
    forbid_call(c, st, k);
    effects_of(c, st, k, EFF_INVALIDATE);
    effects_of(c, st, k, EFF_END);
    effects_of(c, st, k, EFF_DERIVE);
    effects_of(c, st, k, EFF_KEEP);
}

/* ---- defects ---- */

bool bond_use(fctx *c, state *st, sym s, const char *by) {
    sym o = sym_object(c->t, s);
    for (uint32_t i = 0; i < st->nbonds; i++) {
        bond b = st->bonds[i];
        if (b.kind != BOND_DERIVED || !b.ended || (b.s != s && b.s != o)) continue;
        if (!b.made && by && strcmp(by, "return") == 0) continue; /* a local's address: watch_return() says so */
        if (!guard_holds(c, st, b.when)) continue;
        remove_bond(st, i);
        kinds_misused(c, st, &b, s, by);
        return true;
    }
    return false;
}

bool bond_lent(fctx *c, state *st, sym s, const char *by) {
    for (uint32_t i = 0; i < st->nbonds; i++) {
        bond b = st->bonds[i];
        if (b.kind != BOND_DERIVED || b.ended || b.s != s || !b.made || !guard_holds(c, st, b.when)) continue;
        if (b.rule->watch & RULE_WATCH_GLOBALS) continue; /* who has it may end it */
        remove_bond(st, i);
        kinds_misused(c, st, &b, s, by);
        return true;
    }
    return false;
}

static void drop_kept(fctx *c, state *st) {
    for (uint32_t i = st->nbonds; i-- > 0;) {
        bond b = st->bonds[i];
        if (b.kind != BOND_KEPT) continue;
        uint32_t v = sym_local_var(c->t, b.s);
        bool local = v != IR_NOVAR && v < c->f->nvars;
        if (!b.ended && !local) continue;
        remove_bond(st, i);
        if (guard_holds(c, st, b.when)) kinds_kept_dies(c, st, &b);
    }
}

/* A borrowed value stays in a global: whoever looks there later finds it dead. */
static void left_in_globals(fctx *c, state *st) {
    for (uint32_t i = st->nbonds; i-- > 0;) {
        bond b = st->bonds[i];
        if (b.kind != BOND_DERIVED || b.ended || !b.rule || !(b.rule->watch & RULE_WATCH_GLOBALS)) continue;
        for (uint32_t k = 0; k < st->ncells; k++) {
            const symrec *o = symtab_at(c->t, sym_object(c->t, st->cells[k].addr));
            if (st->cells[k].val != b.s || o->kind != SY_ADDR || !o->p || !guard_holds(c, st, b.when)) continue;
            remove_bond(st, i); /* said once, not again in every caller */
            kinds_left_in(c, st, &b, place_words(c, st, st->cells[k].addr));
            break;
        }
    }
}

void bond_at_return(fctx *c, state *st) {
    for (uint32_t i = st->nbonds; i-- > 0;) {
        bond *b = &st->bonds[i];
        uint32_t v = b->kind == BOND_DERIVED && b->owner ? sym_local_var(c->t, b->owner) : IR_NOVAR;
        if (v != IR_NOVAR && v < c->f->nvars && !sym_is_input(c->t, b->owner)) die(c, st, b, "", true);
    }
    bool local = st->ret && sym_local_var(c->t, st->ret) != IR_NOVAR;
    if (st->ret && !local && bond_use(c, st, st->ret, "return")) return;
    left_in_globals(c, st);
    drop_kept(c, st);
}

/* ---- where states meet ---- */

static uint32_t count_real(const state *st) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < st->nbonds; i++) n += !is_note(&st->bonds[i]);
    return n;
}

bool bond_same(const state *a, const state *b) {
    if (!a->nbonds && !b->nbonds) return true;
    if (count_real(a) != count_real(b)) return false;
    for (uint32_t i = 0; i < a->nbonds; i++) {
        if (is_note(&a->bonds[i])) continue;
        const bond *o = find_bond(b, &a->bonds[i]);
        if (!o || (o->ended != NULL) != (a->bonds[i].ended != NULL)) return false;
    }
    return true;
}

void bond_hull(fctx *c, state *into, const state *from) {
    for (uint32_t i = into->nbonds; i-- > 0;)
        if (into->bonds[i].kind == BOND_CHANGED && !find_bond(from, &into->bonds[i])) remove_bond(into, i);
    for (uint32_t i = 0; i < from->nbonds; i++)
        if (from->bonds[i].kind == BOND_STOPPED) bond_add(c, into, from->bonds[i]);
}

void bond_common(state *into, const state *from) {
    for (uint32_t i = into->nbonds; i-- > 0;)
        if (!is_note(&into->bonds[i]) && !find_bond(from, &into->bonds[i])) remove_bond(into, i);
}

void bond_drop_dead(fctx *c, state *st) {
    for (uint32_t i = st->nbonds; i-- > 0;)
        if (st->bonds[i].kind == BOND_DERIVED && c->mark[st->bonds[i].s] != c->stamp) remove_bond(st, i);
}
