/* Calls of functions that packs describe: the effects of their rules, and what is known of their arguments. */
#include <string.h>

#include "engine/bond.h"
#include "engine/call.h"
#include "engine/evidence.h"
#include "engine/kinds.h"

/* Fields are told apart by their interned names; a rule's text is not one of them. */
static sym rule_field(fctx *c, sym base, const char *field) {
    return sym_field(c->t, base, ll_intern_str(c->e->names, field));
}

static sym where_addr(fctx *c, const call *k, const rule_where *w, uint32_t elem) {
    sym a = k->args[w->arg - 1];
    if (w->field) a = rule_field(c, a, w->field);
    return sym_index(c->t, a, sym_const(c->t, elem));
}

/* The value a `where` speaks of; 0 when the call has no such argument. */
sym call_where_value(fctx *c, state *st, const call *k, const rule_where *w, uint32_t elem) {
    if (w->kind == WHERE_RET) {
        return w->field ? mem_load(c, st, rule_field(c, k->ret, w->field), NULL) : k->ret;
    }
    if (w->kind == WHERE_NONE || !w->arg || w->arg > k->nargs) return 0;
    if (w->kind == WHERE_ARG_DEREF) return mem_load(c, st, where_addr(c, k, w, elem), NULL);
    sym a = k->args[w->arg - 1];
    return w->field ? mem_load(c, st, rule_field(c, a, w->field), NULL) : a;
}

guard ret_guard(const rule_effect *ef, sym ret) {
    for (uint32_t i = 0; i < ef->nconds; i++)
        if (ef->conds[i].where.kind == WHERE_RET) return (guard){ret, ef->conds[i].cmp, ef->conds[i].value};
    return (guard){0};
}

/* Whether the conditions on arguments hold: 1 yes, 0 no, -1 nobody knows. */
static int args_decide(fctx *c, state *st, const call *k, const rule_effect *ef) {
    int all = 1;
    for (uint32_t i = 0; i < ef->nconds && all; i++) {
        const rule_cond *cd = &ef->conds[i];
        if (cd->where.kind == WHERE_RET) continue;
        sym v = call_where_value(c, st, k, &cd->where, 0);
        int one = v ? decide_cmp(c, st, cd->cmp, v, cd->value) : 0;
        if (one != 1) all = one;
    }
    return all;
}

/* They must be known to hold: an effect that may not be there is not claimed. */
bool call_args_allow(fctx *c, state *st, const call *k, const rule_effect *ef) {
    return args_decide(c, st, k, ef) == 1;
}

static rule_cmp negate(rule_cmp op) {
    static const rule_cmp other[] = {[CMP_EQ] = CMP_NE,
                                     [CMP_NE] = CMP_EQ,
                                     [CMP_LT] = CMP_GE,
                                     [CMP_LE] = CMP_GT,
                                     [CMP_GT] = CMP_LE,
                                     [CMP_GE] = CMP_LT,
                                     [CMP_BITS_SET] = CMP_BITS_CLEAR,
                                     [CMP_BITS_CLEAR] = CMP_BITS_SET};
    return other[op];
}

/* Splits on the effect's condition on the result: st goes on where it holds; *failed (or NULL) where not. */
static bool split(fctx *c, state *st, const call *k, const rule_effect *ef, state **failed) {
    guard g = ret_guard(ef, k->ret);
    *failed = NULL;
    if (!g.s) return true;
    int d = decide_cmp(c, st, g.cmp, g.s, g.k);
    if (d >= 0) return d == 1;
    if (!result_used(c, k->in)) return assume_cmp(c, st, g.cmp, g.s, g.k); /* nobody looks: it worked */
    *failed = state_copy(c->pool, st);
    if (!assume_cmp(c, *failed, negate(g.cmp), g.s, g.k)) *failed = NULL;
    return assume_cmp(c, st, g.cmp, g.s, g.k);
}

/* What is set up in place gets values of its own: a length that was 0 before is not known any more. */
static void numbers_change(fctx *c, state *st, sym record) {
    uint32_t event = fresh(c, st, 202, NULL);
    for (uint32_t i = state_first_cell(st, record); i < st->ncells; i++) {
        cell *x = &st->cells[i];
        bool number = x->addr != record && symtab_kind(c->t, x->val) == SY_CONST;
        if (number && addr_lies_in(c->t, x->addr, record)) x->val = sym_dflt(c->t, x->addr, event, NULL);
    }
    const dflt *d = state_find_default(st, c->t, record);
    if (d && !d->event && !d->from) mem_havoc_unwritten(c, st, record, event);
}

static void model_acquire(fctx *c, state *st, const call *k, const rule_effect *ef) {
    if (ef->if_used && !result_used(c, k->in)) return;
    uint32_t count = ef->where.kind == WHERE_ARG_DEREF && ef->where.count ? ef->where.count : 1;
    for (uint32_t i = 0; i < count; i++) {
        track tr = {.state = TR_HELD, .rule = ef->rule, .when = ret_guard(ef, k->ret), .count = 1};
        if (ef->where.kind == WHERE_ARG_DEREF) {
            if (ef->where.arg > k->nargs) return;
            sym addr = where_addr(c, k, &ef->where, i);
            int64_t zero;
            if (sym_is_const(c->t, k->args[ef->where.arg - 1], &zero)) return; /* open_memstream(NULL, …) */
            tr.s = fresh(c, st, 8 + i + 16u * ef->where.arg, NULL);
            tr.acq = make_acquisition(c, st, ef->rule, k->name, NULL);
            tr.call_ret = k->ret;
            tr.was = mem_load(c, st, addr, NULL);
            bool quiet = c->quiet_lost;
            c->quiet_lost |= state_any_track(st, k->ret) != NULL; /* the result is nowhere so far */
            mem_store(c, st, addr, tr.s);
            c->quiet_lost = quiet;
        } else {
            tr.s = call_where_value(c, st, k, &ef->where, 0);
            tr.acq = make_acquisition(c, st, ef->rule, k->name, NULL);
            if (ef->where.kind == WHERE_ARG) {
                tr.call_ret = k->ret;
                if (ef->rule->keeps_memory && tr.s) numbers_change(c, st, tr.s);
            }
        }
        if (tr.s && ef->zeroed) state_default(c->pool, st, c->t, (dflt){tr.s, 0, 0});
        if (tr.s) acquire(c, st, tr);
    }
}

static void model_release(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    sym v = call_where_value(c, st, k, &ef->where, 0);
    if (!v) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (!ok) return;
    release(c, st, ef->rule, v, k->name, false);
    if (ef->where.kind == WHERE_ARG_DEREF && ef->clears)
        mem_store(c, st, where_addr(c, k, &ef->where, 0), sym_const(c->t, 0));
}

/* It lies where somebody else looks for it: not in a parameter, of which the caller has the original. */
static bool lies_elsewhere(const fctx *c, sym block) {
    const symrec *r = symtab_at(c->t, block);
    return r->kind == SY_INIT && (symtab_kind(c->t, r->a) != SY_ADDR || symtab_at(c->t, r->a)->p);
}

/* The block moves: what it held is held by the new one; on failure nothing happened. */
static void model_realloc(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    sym old = call_where_value(c, st, k, &ef->from, 0);
    if (!old) return;
    old = released_block(c, st, old);
    range r = state_range(st, c->t, old);
    bool was_null = r.lo == 0 && r.hi == 0;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    for (uint32_t i = 0; failed && i < k->nargs; i++) /* to nothing, it does not fail */
        if (call_param_type(k, i) && call_param_type(k, i)->kind == IR_T_INT && !assume(c, failed, k->args[i], true))
            failed = NULL;
    if (failed) {
        if (!was_null && !state_any_track(failed, old) && lies_elsewhere(c, old))
            state_add_track(c->pool, failed,
                            (track){.s = old,
                                    .state = TR_HELD,
                                    .rule = ef->rule,
                                    .count = 1,
                                    .callers = true,
                                    .acq = make_acquisition(c, failed, ef->rule, k->name, NULL)});
        LL_PUSH(c->arena, out, failed);
    }
    if (!ok) return;
    sym now = ef->where.kind == WHERE_ARG_DEREF ? fresh(c, st, 7, NULL) : k->ret;
    if (!was_null) {
        mem_copy_record(c, st, now, old);
        track *tr = state_track(st, old, ef->rule);
        if (!tr) tr = state_any_track(st, old);
        if (tr && tr->state == TR_RELEASED) {
            release(c, st, ef->rule, old, k->name, false); /* says double release */
        } else if (tr) {
            add_step(c, st, STEP_RELEASE, k->name);
            end_track(c, st, tr, k->name);
            tr->rule = ef->rule;
        } else {
            add_step(c, st, STEP_RELEASE, k->name);
            state_add_track(
                c->pool, st,
                (track){.s = old, .state = TR_RELEASED, .rule = ef->rule, .released_by = k->name, .ended = st->path});
        }
    }
    if (ef->where.kind == WHERE_ARG_DEREF) state_set_cell(c->pool, st, where_addr(c, k, &ef->where, 0), now);
    acquire(c, st,
            (track){.s = now,
                    .state = TR_HELD,
                    .rule = ef->rule,
                    .when = ret_guard(ef, k->ret),
                    .count = 1,
                    .acq = make_acquisition(c, st, ef->rule, k->name, NULL)});
}

/* A part of what this function has: whoever ends the whole must know that it was taken out. */
static bool is_part_of_ours(const fctx *c, state *st, sym v) {
    const symrec *r = symtab_at(c->t, v);
    if (r->kind != SY_INIT && r->kind != SY_DFLT) return false;
    sym whole = sym_object(c->t, r->a);
    const track *tr = symtab_kind(c->t, whole) == SY_ADDR ? NULL : state_any_track(st, whole);
    return tr && tr->state == TR_HELD && tr->rule;
}

static void model_hand_on(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    const rule_where *w = ef->kind == EFF_MOVE ? &ef->from : &ef->where;
    sym v = call_where_value(c, st, k, w, 0);
    if (!v) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (!ok) return;
    bool callers = sym_is_input(c->t, v) && symtab_at(c->t, v)->kind == SY_INIT; /* whose duty ends, too */
    if ((callers || is_part_of_ours(c, st, v)) && !state_any_track(st, v))
        state_add_track(c->pool, st, (track){.s = v, .state = TR_GONE});
    give_away(c, st, v);
    track *tr = state_any_track(st, v);
    if (tr) learn_borrows(c, st, tr);
    if (tr && ef->kind == EFF_MOVE) tr->inside = call_where_value(c, st, k, &ef->where, 0);
}

static void model_retain(fctx *c, state *st, const call *k, const rule_effect *ef) {
    sym v = call_where_value(c, st, k, &ef->where, 0);
    if (!v) return;
    bond_retained(st, v);
    track *tr = state_track(st, v, ef->rule);
    if (tr && tr->state == TR_HELD)
        tr->count++;
    else
        acquire(c, st,
                (track){.s = v,
                        .state = TR_HELD,
                        .rule = ef->rule,
                        .count = 1,
                        .when = ret_guard(ef, k->ret),
                        .acq = make_acquisition(c, st, ef->rule, k->name, NULL)});
}

/* An order rule's automaton; an object of unknown history may be in any state. `from`: those allowed. */
void call_transition(fctx *c, state *st, const call *k, const rule_effect *ef, uint32_t from, state_list *out) {
    if (ef->where.kind == WHERE_NONE) {
        for (uint32_t i = 0; i < st->ntracks; i++)
            if (st->tracks[i].state == TR_STATE && st->tracks[i].rule == ef->rule)
                st->tracks[i].count = (int32_t)ef->to_state;
        return;
    }
    sym s = call_where_value(c, st, k, &ef->where, 0);
    int64_t null;
    if (!s || (sym_is_const(c->t, s, &null) && null == 0)) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (ok) transition(c, st, ef->rule, s, from, ef->to_state, k->name);
}

/* How much is copied is not known, and more than the part pointed to may be: memcpy(slot, &entry.base, t->entry_size).
 */
static bool copies_around(const fctx *c, const call *k, uint32_t from) {
    const symrec *r = symtab_at(c->t, k->args[from]);
    if (r->kind != SY_SUB || r->op != SUB_FIELD) return false;
    for (uint32_t i = 0; i < k->nargs; i++) {
        const ir_type *ty = call_param_type(k, i);
        if (ty && ty->kind == IR_T_INT && symtab_kind(c->t, k->args[i]) != SY_CONST) return true;
    }
    return false;
}

/* One of the caller's, a variable of that type, or bytes that a record was copied to. */
static bool is_whole_record(const fctx *c, const state *st, sym addr) {
    const symrec *r = symtab_at(c->t, addr);
    if (r->kind == SY_INIT) return r->input;
    const dflt *d = state_find_default(st, c->t, addr);
    return r->kind == SY_ADDR && ((r->type && r->type->kind == IR_T_RECORD) || (d && d->from));
}

/* What is written may be what another argument points to (memcpy of a record): then it holds the same resources. */
static void model_write(fctx *c, state *st, const call *k, uint32_t to) {
    for (uint32_t i = 0; i < k->nargs; i++) {
        if (i == to || !call_is_pointer(call_param_type(k, i)) || k->args[i] == k->args[to]) continue;
        if (copies_around(c, k, i)) note_copy(c, st, k->args[to], k->args[i]);
        const symrec *from = symtab_at(c->t, k->args[i]);
        bool pointer = from->kind == SY_ADDR && !from->p && from->type && from->type->kind == IR_T_PTR;
        if (pointer) { /* the bytes of one pointer variable */
            mem_store(c, st, k->args[to], mem_load(c, st, k->args[i], NULL));
            return;
        }
        const ir_type *ty = call_param_type(k, i);
        bool bytes = ir_points_to_const(ty) && ty->elem->kind == IR_T_VOID;
        if (bytes && is_whole_record(c, st, k->args[i])) {
            mem_copy_record(c, st, k->args[to], k->args[i]);
            return;
        }
        for (uint32_t j = state_first_cell(st, k->args[i]); j < st->ncells; j++) {
            sym val = st->cells[j].val;
            const symrec *held_there = symtab_at(c->t, val);
            bool matters = state_any_track(st, sym_object(c->t, val)) || state_any_track(st, val) ||
                           (held_there->kind == SY_INIT && held_there->input);
            if (!matters || !addr_lies_in(c->t, st->cells[j].addr, k->args[i])) continue;
            mem_copy_record(c, st, k->args[to], k->args[i]);
            return;
        }
    }
    mem_havoc(c, st, k->args[to]);
}

/* strsep(): null where *arg is null, else what it held; *arg is then behind the first piece, or null after the last. */
static void model_advance(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    sym addr = where_addr(c, k, &ef->where, 0);
    state *at_end = state_copy(c->pool, st);
    if (assume(c, at_end, k->ret, false))
        LL_PUSH(c->arena, out, at_end);
    else
        state_drop(c->pool, at_end);
    if (!assume(c, st, k->ret, true)) {
        c->dead = true;
        return;
    }
    state *last = state_copy(c->pool, st);
    state_set_cell(c->pool, last, addr, sym_const(c->t, 0));
    LL_PUSH(c->arena, out, last);
    sym further = sym_term(c->t, TERM_ALIAS, k->ret, fresh(c, st, 400, NULL), NULL);
    state_set_cell(c->pool, st, addr, further);
    assume(c, st, further, true);
}

/* p = GetStringUTFChars(…); if (ExceptionCheck()) return: where it says so, there is no p. */
static void model_tells(fctx *c, state *st, const call *k, state_list *out) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        const track *tr = &st->tracks[i];
        if (tr->state != TR_HELD || !tr->acq || tr->acq->func != c->f || !tr->when.s || !flow_called_before(c, tr->acq))
            continue;
        guard g = tr->when;
        state *failed = state_copy(c->pool, st);
        if (assume(c, failed, k->ret, true) && assume_cmp(c, failed, negate(g.cmp), g.s, g.k))
            LL_PUSH(c->arena, out, failed);
        else
            state_drop(c->pool, failed);
        if (!assume(c, st, k->ret, false)) c->dead = true;
        return;
    }
}

/* Applies one effect to st; states that split off go to `out`, their later effects are not theirs. */
static void apply_effect(fctx *c, state *st, call *k, const rule_effect *ef, state_list *out) {
    if (!call_args_allow(c, st, k, ef)) return;
    switch (ef->kind) {
        case EFF_ACQUIRE:
            model_acquire(c, st, k, ef);
            break;
        case EFF_RELEASE:
            model_release(c, st, k, ef, out);
            break;
        case EFF_REALLOC:
            model_realloc(c, st, k, ef, out);
            break;
        case EFF_RETAIN:
            model_retain(c, st, k, ef);
            break;
        case EFF_MOVE:
        case EFF_CONSUME:
            model_hand_on(c, st, k, ef, out);
            break;
        case EFF_WRITE:
            if (ef->where.arg && ef->where.arg <= k->nargs) model_write(c, st, k, ef->where.arg - 1);
            break;
        case EFF_ZERO:
            if (!ef->where.arg || ef->where.arg > k->nargs) break;
            state_default(c->pool, st, c->t, (dflt){k->args[ef->where.arg - 1], 0, 0});
            if (st->ntracks) check_lost(c, st, "overwrite");
            break;
        case EFF_ADVANCE:
            if (ef->where.arg <= k->nargs) model_advance(c, st, k, ef, out);
            break;
        case EFF_TRANSITION:
            call_transition(c, st, k, ef, ef->from_states, out);
            break;
        case EFF_TELLS:
            model_tells(c, st, k, out);
            break;
        case EFF_NORETURN:
            c->dead = true;
            break;
        default:
            break;
    }
}

static sym model_result(fctx *c, state *st, const call *k, const rule_model *m) {
    sym ret = library_result(c, st, k->in, k->decl, k->args, k->nargs);
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        bool given_back = ef->kind == EFF_RETAIN && ef->from.kind == WHERE_RET && ef->where.arg <= k->nargs;
        bool advances = ef->kind == EFF_ADVANCE && ef->where.arg <= k->nargs;
        if (given_back || advances) return call_where_value(c, st, k, &ef->where, 0);
        if (ef->kind == EFF_NONNULL && call_args_allow(c, st, k, ef)) assume(c, st, ret, true);
        if (ef->kind != EFF_ALIAS || ef->where.kind == WHERE_RET || !call_args_allow(c, st, k, ef)) continue;
        sym v = call_where_value(c, st, k, &ef->where, 0);
        if (v) return ret_guard(ef, ret).s == 0 ? v : sym_term(c->t, TERM_ALIAS, v, ret, k->in->type);
    }
    if (m->returns_nonnull) assume(c, st, ret, true);
    if (m->never_negative) assume_cmp(c, st, CMP_GE, ret, 0);
    return ret;
}

static bool speaks_of(const rule_effect *ef, uint32_t arg) {
    if (ef->kind == EFF_BORROW || rule_effect_watches(ef->kind)) return false;
    return (ef->where.kind >= WHERE_ARG && ef->where.arg == arg) || (ef->from.kind >= WHERE_ARG && ef->from.arg == arg);
}

static bool model_owns_arg(const rule_model *m, uint32_t arg) {
    for (uint32_t i = 0; i < m->neffects; i++)
        if (speaks_of(&m->effects[i], arg)) return true;
    return false;
}

bool call_holds(state *st, sym v) {
    const track *tr = state_any_track(st, v);
    return tr && tr->state != TR_RELEASED; /* where a dead pointer was, there may be a new one */
}

/* A caller's value that lies in memory an unknown callee is given: that callee may keep it. */
void call_keep_input(fctx *c, state *st, sym v) {
    const symrec *r = symtab_at(c->t, v);
    if (r->kind == SY_INIT && r->input && r->depth <= 2 && !state_any_track(st, v))
        state_add_track(c->pool, st, (track){.s = v, .state = TR_GONE});
}

/* An address handed over as a number is there to be found again (SetLongField(env, o, handle, (jlong)p)). */
static void hand_over_number(fctx *c, state *st, const call *k, uint32_t i) {
    if (k->decl && k->decl->variadic && i >= k->decl->nparams) return; /* printed */
    const track *tr = state_any_track(st, k->args[i]);
    const ir_type *ty = symtab_at(c->t, k->args[i])->type;
    bool callers = sym_is_input(c->t, k->args[i]) && ty && ty->kind == IR_T_PTR;
    if (tr ? tr->state == TR_HELD && tr->rule && !tr->rule->is_integer : callers)
        hand_over(c, st, k->args[i], k->keeper, i + 1, k->ret);
}

/* Library memory effects: what a non-const pointer argument points to may change; what lies in records behind
 * arguments may be copied to where we do not see it. */
void call_library_arg(fctx *c, state *st, const call *k, uint32_t i, bool keeps_void) {
    sym v = k->args[i];
    const ir_type *ty = call_param_type(k, i);
    if (ty && ty->kind == IR_T_INT) hand_over_number(c, st, k, i);
    if (!call_is_pointer(ty) || symtab_at(c->t, v)->kind == SY_CONST || symtab_at(c->t, v)->kind == SY_FUNC) return;
    if (ir_points_to_const(ty)) return;
    bool opaque = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_VOID;
    if (keeps_void && opaque) hand_over(c, st, v, k->keeper, i + 1, k->ret);
    uint32_t event = fresh(c, st, 300 + i, NULL);
    for (uint32_t j = state_first_cell(st, v); j < st->ncells; j++) {
        if (!addr_lies_in(c->t, st->cells[j].addr, v)) continue;
        if (call_holds(st, sym_object(c->t, st->cells[j].val))) {
            hand_over(c, st, st->cells[j].val, k->keeper, i + 1, k->ret);
            continue;
        }
        call_keep_input(c, st, st->cells[j].val);
        st->cells[j].val = sym_dflt(c->t, st->cells[j].addr, event, symtab_at(c->t, st->cells[j].val)->type);
    }
    mem_havoc_unwritten(c, st, v, event);
}

/* A function handed over is a callback, and the untyped pointer behind it is what it will be called with: that is kept.
 */
void call_register_callback(fctx *c, state *st, const call *k, const rule_model *m) {
    bool callback = false;
    for (uint32_t i = 0; i < k->nargs; i++) {
        const ir_type *ty = call_param_type(k, i);
        bool user_data = ty && ty->kind == IR_T_PTR && (!ty->elem || ty->elem->kind == IR_T_VOID);
        bool function = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_FUNC;
        if (symtab_kind(c->t, k->args[i]) == SY_FUNC || (function && symtab_kind(c->t, k->args[i]) == SY_INIT)) {
            callback = true;
        } else if (callback && user_data && !(m && model_owns_arg(m, i + 1))) {
            call_keep_input(c, st, k->args[i]);
            give_away(c, st, k->args[i]);
        }
    }
}

/* A library's functions do not take over its own objects unless their model says so. */
static bool of_same_pack(const rule_model *m, const track *tr) {
    for (uint32_t i = 0; tr && tr->rule && i < m->neffects; i++)
        if (m->effects[i].rule && strcmp(m->effects[i].rule->pack, tr->rule->pack) == 0) return true;
    return false;
}

/* A lock that was not got on this path: code that unlocks it here all the same does not expect that. */
static void note_not_locked(fctx *c, state *st, const call *k, const rule_model *m) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind != EFF_ACQUIRE || ef->where.kind != WHERE_ARG || !ef->rule->scope_bound) continue;
        guard g = ret_guard(ef, k->ret);
        sym s = call_where_value(c, st, k, &ef->where, 0);
        if (!g.s || !s || guard_holds(c, st, g) || state_track(st, s, ef->rule)) continue;
        state_add_track(c->pool, st, (track){.s = s, .state = TR_GONE, .rule = ef->rule});
    }
}

/* The variable behind a last argument of type `struct …Error **`; 0: there is none. */
static sym error_place(const fctx *c, const call *k) {
    const ir_type *ty = k->nargs ? call_param_type(k, k->nargs - 1) : NULL;
    for (int i = 0; i < 2; i++) ty = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
    if (!is_record_type(ty) || !ty->name || !strstr(ty->name, "rror")) return 0;
    sym place = k->args[k->nargs - 1];
    return symtab_kind(c->t, place) == SY_ADDR ? place : 0;
}

/* A function that gives an object or an error gives one of them: g_file_read(f, NULL, &error). */
void call_either_or(fctx *c, state *st, const call *k, state_list *out) {
    sym place = error_place(c, k);
    const track *tr = place ? state_any_track(st, k->ret) : NULL;
    if (!tr || !tr->acq || tr->acq->inst != k->in) return;
    state *failed = state_copy(c->pool, st);
    sym error = mem_load(c, failed, place, NULL);
    if (assume(c, st, error, false)) state_set_cell(c->pool, st, place, sym_const(c->t, 0));
    if (!assume_cmp(c, failed, CMP_EQ, k->ret, 0) || !assume(c, failed, error, true)) {
        state_drop(c->pool, failed);
        return;
    }
    call_bind_result(c, failed, k);
    if (!c->dead) LL_PUSH(c->arena, out, failed);
    c->dead = false;
}

/* What is handed over where the call failed: an earlier effect has split that off. */
static void consume_where_failed(fctx *c, call *k, const rule_effect *ef, state_list *done) {
    for (uint32_t i = 0; i < done->n; i++) {
        guard g = ret_guard(ef, k->ret);
        state *st = done->v[i];
        if (g.s && decide_cmp(c, st, g.cmp, g.s, g.k) == 1 && call_args_allow(c, st, k, ef))
            model_hand_on(c, st, k, ef, done);
    }
}

/* Whether the call ends what it is given depends on an argument of which nobody knows the value: then nothing is
 * claimed of what it is given. */
static void doubt_releases(fctx *c, state *st, const call *k, const rule_model *m) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind != EFF_RELEASE || args_decide(c, st, k, ef) >= 0) continue;
        bool other = false; /* another entry says what happens to it (realloc of 0 bytes, or of some) */
        for (uint32_t j = 0; j < m->neffects && !other; j++)
            other = speaks_of(&m->effects[j], ef->where.arg) && call_args_allow(c, st, k, &m->effects[j]);
        sym v = other ? 0 : call_where_value(c, st, k, &ef->where, 0);
        if (!v) continue;
        call_keep_input(c, st, v);
        give_away(c, st, v);
    }
}

void call_by_model(fctx *c, state *st, call *k, const rule_model *m, state_list *out) {
    bool releases = false;
    for (uint32_t i = 0; i < m->neffects; i++)
        releases |= m->effects[i].kind == EFF_RELEASE || m->effects[i].kind == EFF_REALLOC;
    k->ret = model_result(c, st, k, m);
    for (uint32_t i = 0; i < k->nargs; i++) {
        if (model_owns_arg(m, i + 1) && releases) continue;
        use_value(c, st, k->args[i], k->name);
        note_use(c, k->args[i]);
        if (!model_owns_arg(m, i + 1))
            call_library_arg(c, st, k, i, !m->from_facts_only && !of_same_pack(m, state_any_track(st, k->args[i])));
    }
    call_register_callback(c, st, k, m);
    if (releases) doubt_releases(c, st, k, m);
    state_list done = {0};
    for (uint32_t i = 0; i < m->neffects && !c->dead; i++) {
        if (m->effects[i].kind == EFF_CONSUME) consume_where_failed(c, k, &m->effects[i], &done);
        apply_effect(c, st, k, &m->effects[i], &done);
    }
    if (k->decl && k->decl->is_noreturn) c->dead = true;
    bool dead = c->dead;
    for (uint32_t i = 0; i < done.n; i++) {
        c->dead = false;
        note_not_locked(c, done.v[i], k, m);
        call_bind_result(c, done.v[i], k);
        if (!c->dead) LL_PUSH(c->arena, out, done.v[i]);
    }
    c->dead = dead;
    if (!dead) call_either_or(c, st, k, out);
    if (!dead && m->gives_errno) errno_is_set(c, st, k->in, k->ret);
    if (!dead) call_bind_result(c, st, k);
    if (!c->dead)
        LL_PUSH(c->arena, out, st);
    else
        state_drop(c->pool, st);
}
