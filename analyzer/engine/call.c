/* Calls: by rule model, by summary, or unknown. */
#include <string.h>

#include "engine/bond.h"
#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/kinds.h"

#define MAX_ARGS 48

typedef struct call {
    const ir_inst *in;
    const char *usr, *name; /* name: what messages call it; never NULL */
    const char *keeper;     /* what evidence calls it; "(...)": somebody nothing is learned of */
    const ir_fdecl *decl;   /* NULL: nothing declared (indirect) */
    sym args[MAX_ARGS];
    uint32_t nargs;
    sym ret;
    bool indirect;
    bool modelled; /* rules know what it keeps and ends */
} call;

static const ir_type *param_type(const call *k, uint32_t i) {
    if (k->decl && i < k->decl->nparams) return k->decl->params[i];
    return k->in->args[i].type;
}

static bool is_pointer(const ir_type *ty) {
    return !ty || ty->kind == IR_T_PTR || ty->kind == IR_T_ARRAY;
}
static bool const_pointee(const ir_type *ty) {
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->is_const;
}

/* ---- result ---- */

static void name_places(fctx *c, state *st, const ir_inst *in) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track *tr = &st->tracks[i];
        if (!tr->acq || tr->acq->inst != in || tr->acq->place) continue;
        ((acquisition *)tr->acq)->place = place_words(c, st, tr->s);
    }
}

static void bind_result(fctx *c, state *st, const call *k) {
    if (k->in->dst.var != IR_NOVAR) {
        sym dst = eval_place_addr(c, st, &k->in->dst);
        if (c->dead) return;
        if (is_record_type(k->in->type))
            mem_havoc(c, st, dst);
        else
            mem_store(c, st, dst, k->ret);
    }
    if (!st->ntracks) return;
    name_places(c, st, k->in);
    if (k->in->dst.var == IR_NOVAR) check_lost(c, st, "discarded");
    for (uint32_t i = st->ntracks; i-- > 0;) {
        track tr = st->tracks[i];
        if (!tr.callers) continue;
        state_remove_track(st, i);
        sym home = symtab_get(c->t, tr.s).a;
        if (mem_load(c, st, home, NULL) != tr.s) lose(c, st, &tr, "overwrite");
    }
}

/* ---- calls known from rules ---- */

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
static sym where_value(fctx *c, state *st, const call *k, const rule_where *w, uint32_t elem) {
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
        sym v = where_value(c, st, k, &cd->where, 0);
        int one = v ? decide_cmp(c, st, cd->cmp, v, cd->value) : 0;
        if (one != 1) all = one;
    }
    return all;
}

/* They must be known to hold: an effect that may not be there is not claimed. */
static bool args_allow(fctx *c, state *st, const call *k, const rule_effect *ef) {
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
            mem_store(c, st, addr, tr.s);
        } else {
            tr.s = where_value(c, st, k, &ef->where, 0);
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
    sym v = where_value(c, st, k, &ef->where, 0);
    if (!v) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (!ok) return;
    if (ef->rule->deep) give_away_fields(c, st, v);
    release(c, st, ef->rule, v, k->name, false);
    if (ef->where.kind == WHERE_ARG_DEREF && ef->clears)
        mem_store(c, st, where_addr(c, k, &ef->where, 0), sym_const(c->t, 0));
}

/* The block moves: what it held is held by the new one; on failure nothing happened. */
static void model_realloc(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    sym old = where_value(c, st, k, &ef->from, 0);
    if (!old) return;
    old = released_block(c, st, old);
    range r = state_range(st, c->t, old);
    bool was_null = r.lo == 0 && r.hi == 0;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    for (uint32_t i = 0; failed && i < k->nargs; i++) /* to nothing, it does not fail */
        if (param_type(k, i) && param_type(k, i)->kind == IR_T_INT && !assume(c, failed, k->args[i], true))
            failed = NULL;
    if (failed) {
        if (!was_null && !state_any_track(failed, old) && symtab_at(c->t, old)->kind == SY_INIT)
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

static void model_hand_on(fctx *c, state *st, const call *k, const rule_effect *ef, state_list *out) {
    const rule_where *w = ef->kind == EFF_MOVE ? &ef->from : &ef->where;
    sym v = where_value(c, st, k, w, 0);
    if (!v) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (!ok) return;
    if (symtab_at(c->t, v)->input && symtab_at(c->t, v)->kind == SY_INIT && !state_any_track(st, v))
        state_add_track(c->pool, st, (track){.s = v, .state = TR_GONE}); /* the caller's duty ends too */
    give_away(c, st, v);
    track *tr = state_any_track(st, v);
    if (tr) learn_borrows(c, st, tr);
    if (tr && ef->kind == EFF_MOVE) tr->inside = where_value(c, st, k, &ef->where, 0);
}

static void model_retain(fctx *c, state *st, const call *k, const rule_effect *ef) {
    sym v = where_value(c, st, k, &ef->where, 0);
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
static void model_transition(fctx *c, state *st, const call *k, const rule_effect *ef, uint32_t from, state_list *out) {
    if (ef->where.kind == WHERE_NONE) {
        for (uint32_t i = 0; i < st->ntracks; i++)
            if (st->tracks[i].state == TR_STATE && st->tracks[i].rule == ef->rule)
                st->tracks[i].count = (int32_t)ef->to_state;
        return;
    }
    sym s = where_value(c, st, k, &ef->where, 0);
    int64_t null;
    if (!s || (sym_is_const(c->t, s, &null) && null == 0)) return;
    state *failed;
    bool ok = split(c, st, k, ef, &failed);
    if (failed) LL_PUSH(c->arena, out, failed);
    if (ok) transition(c, st, ef->rule, s, from, ef->to_state, k->name);
}

/* What is written may be what another argument points to (memcpy of a record): then it holds the same resources. */
static void model_write(fctx *c, state *st, const call *k, uint32_t to) {
    for (uint32_t i = 0; i < k->nargs; i++) {
        if (i == to || !is_pointer(param_type(k, i)) || k->args[i] == k->args[to]) continue;
        const symrec *from = symtab_at(c->t, k->args[i]);
        bool pointer = from->kind == SY_ADDR && !from->p && from->type && from->type->kind == IR_T_PTR;
        if (pointer) { /* the bytes of one pointer variable */
            mem_store(c, st, k->args[to], mem_load(c, st, k->args[i], NULL));
            return;
        }
        const ir_type *ty = param_type(k, i);
        bool bytes = const_pointee(ty) && ty->elem->kind == IR_T_VOID; /* memcpy of a caller's record */
        if (bytes && from->kind == SY_INIT && from->input) {
            mem_copy_record(c, st, k->args[to], k->args[i]);
            return;
        }
        for (uint32_t j = state_first_cell(st, k->args[i]); j < st->ncells; j++) {
            const symrec *held_there = symtab_at(c->t, st->cells[j].val);
            bool matters = state_any_track(st, st->cells[j].val) || (held_there->kind == SY_INIT && held_there->input);
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
    if (!args_allow(c, st, k, ef)) return;
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
            model_transition(c, st, k, ef, ef->from_states, out);
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
        if (ef->kind == EFF_ADVANCE && ef->where.arg <= k->nargs) return where_value(c, st, k, &ef->where, 0);
        if (ef->kind != EFF_ALIAS || ef->where.kind == WHERE_RET || !args_allow(c, st, k, ef)) continue;
        sym v = where_value(c, st, k, &ef->where, 0);
        if (v) return ret_guard(ef, ret).s == 0 ? v : sym_term(c->t, TERM_ALIAS, v, ret, k->in->type);
    }
    if (m->returns_nonnull) assume(c, st, ret, true);
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

static bool held(state *st, sym v) {
    const track *tr = state_any_track(st, v);
    return tr && tr->state != TR_RELEASED; /* where a dead pointer was, there may be a new one */
}

/* A caller's value that lies in memory an unknown callee is given: that callee may keep it. */
static void keep_input(fctx *c, state *st, sym v) {
    const symrec *r = symtab_at(c->t, v);
    if (r->kind == SY_INIT && r->input && r->depth <= 2 && !state_any_track(st, v))
        state_add_track(c->pool, st, (track){.s = v, .state = TR_GONE});
}

/* An address handed over as a number is there to be found again (SetLongField(env, o, handle, (jlong)p)). */
static void hand_over_number(fctx *c, state *st, const call *k, uint32_t i) {
    if (k->decl && k->decl->variadic && i >= k->decl->nparams) return; /* printed */
    const track *tr = state_any_track(st, k->args[i]);
    const ir_type *ty = symtab_at(c->t, k->args[i])->type;
    bool callers = symtab_at(c->t, k->args[i])->input && ty && ty->kind == IR_T_PTR;
    if (tr ? tr->state == TR_HELD && tr->rule && !tr->rule->is_integer : callers)
        hand_over(c, st, k->args[i], k->keeper, i + 1, k->ret);
}

/* Library memory effects: what a non-const pointer argument points to may change; what lies in records behind
 * arguments may be copied to where we do not see it. */
static void library_arg(fctx *c, state *st, const call *k, uint32_t i, bool keeps_void) {
    sym v = k->args[i];
    const ir_type *ty = param_type(k, i);
    if (ty && ty->kind == IR_T_INT) hand_over_number(c, st, k, i);
    if (!is_pointer(ty) || symtab_at(c->t, v)->kind == SY_CONST || symtab_at(c->t, v)->kind == SY_FUNC) return;
    if (const_pointee(ty)) return;
    bool opaque = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_VOID;
    if (keeps_void && opaque) hand_over(c, st, v, k->keeper, i + 1, k->ret);
    uint32_t event = fresh(c, st, 300 + i, NULL);
    for (uint32_t j = state_first_cell(st, v); j < st->ncells; j++) {
        if (!addr_lies_in(c->t, st->cells[j].addr, v)) continue;
        if (held(st, sym_object(c->t, st->cells[j].val)))
            hand_over(c, st, st->cells[j].val, k->keeper, i + 1, k->ret);
        else
            st->cells[j].val = sym_dflt(c->t, st->cells[j].addr, event, symtab_at(c->t, st->cells[j].val)->type);
    }
    mem_havoc_unwritten(c, st, v, event);
}

/* A function handed over is a callback, and the untyped pointer behind it is what it will be called with: that is kept.
 */
static void register_callback(fctx *c, state *st, const call *k, const rule_model *m) {
    bool callback = false;
    for (uint32_t i = 0; i < k->nargs; i++) {
        const ir_type *ty = param_type(k, i);
        bool user_data = ty && ty->kind == IR_T_PTR && (!ty->elem || ty->elem->kind == IR_T_VOID);
        if (symtab_at(c->t, k->args[i])->kind == SY_FUNC) {
            callback = true;
        } else if (callback && user_data && !(m && model_owns_arg(m, i + 1))) {
            keep_input(c, st, k->args[i]);
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
        sym s = where_value(c, st, k, &ef->where, 0);
        if (!g.s || !s || guard_holds(c, st, g) || state_track(st, s, ef->rule)) continue;
        state_add_track(c->pool, st, (track){.s = s, .state = TR_GONE, .rule = ef->rule});
    }
}

/* The variable behind a last argument of type `struct …Error **`; 0: there is none. */
static sym error_place(const fctx *c, const call *k) {
    const ir_type *ty = k->nargs ? param_type(k, k->nargs - 1) : NULL;
    for (int i = 0; i < 2; i++) ty = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
    if (!is_record_type(ty) || !ty->name || !strstr(ty->name, "rror")) return 0;
    sym place = k->args[k->nargs - 1];
    return symtab_kind(c->t, place) == SY_ADDR ? place : 0;
}

/* A function that gives an object or an error gives one of them: g_file_read(f, NULL, &error). */
static void either_or(fctx *c, state *st, const call *k, state_list *out) {
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
    bind_result(c, failed, k);
    if (!c->dead) LL_PUSH(c->arena, out, failed);
    c->dead = false;
}

/* What is handed over where the call failed: an earlier effect has split that off. */
static void consume_where_failed(fctx *c, call *k, const rule_effect *ef, state_list *done) {
    for (uint32_t i = 0; i < done->n; i++) {
        guard g = ret_guard(ef, k->ret);
        state *st = done->v[i];
        if (g.s && decide_cmp(c, st, g.cmp, g.s, g.k) == 1 && args_allow(c, st, k, ef))
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
            other = speaks_of(&m->effects[j], ef->where.arg) && args_allow(c, st, k, &m->effects[j]);
        sym v = other ? 0 : where_value(c, st, k, &ef->where, 0);
        if (!v) continue;
        keep_input(c, st, v);
        give_away(c, st, v);
    }
}

static void call_by_model(fctx *c, state *st, call *k, const rule_model *m, state_list *out) {
    bool releases = false;
    for (uint32_t i = 0; i < m->neffects; i++)
        releases |= m->effects[i].kind == EFF_RELEASE || m->effects[i].kind == EFF_REALLOC;
    k->ret = model_result(c, st, k, m);
    for (uint32_t i = 0; i < k->nargs; i++) {
        if (model_owns_arg(m, i + 1) && releases) continue;
        use_value(c, st, k->args[i], k->name);
        note_use(c, k->args[i]);
        if (!model_owns_arg(m, i + 1))
            library_arg(c, st, k, i, !m->from_facts_only && !of_same_pack(m, state_any_track(st, k->args[i])));
    }
    register_callback(c, st, k, m);
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
        bind_result(c, done.v[i], k);
        if (!c->dead) LL_PUSH(c->arena, out, done.v[i]);
    }
    c->dead = dead;
    if (!dead) either_or(c, st, k, out);
    if (!dead && m->gives_errno) errno_is_set(c, st, k->in, k->ret);
    if (!dead) bind_result(c, st, k);
    if (!c->dead)
        LL_PUSH(c->arena, out, st);
    else
        state_drop(c->pool, st);
}

/* ---- unknown callees ---- */

/* What an unknown callee may have changed behind v. Cells that hold a resource of ours stay: the
 * callee may have changed them too, but claiming a loss from that would be a guess. */
static void unknown_writes(fctx *c, state *st, sym v, uint32_t i) {
    st->wild = true;
    uint32_t event = fresh(c, st, 300 + i, NULL);
    sym o = v;
    for (uint32_t j = state_first_cell(st, o); j < st->ncells; j++) {
        sym a = st->cells[j].addr;
        if (!addr_lies_in(c->t, a, o) || held(st, sym_object(c->t, st->cells[j].val))) continue;
        keep_input(c, st, st->cells[j].val);
        st->cells[j].val = sym_dflt(c->t, a, event, symtab_at(c->t, st->cells[j].val)->type);
    }
    /* Flags of a caller's object that were read before are the same behind the call, unless a loop waits for them. */
    bool in_loop = c->enclosing[c->cur_block][0] != UINT32_MAX;
    if (in_loop || !symtab_at(c->t, o)->input) mem_havoc_unwritten(c, st, o, event);
}

static void evidence_release(fctx *c, state *st, const call *k, sym v) {
    track *tr = state_track(st, v, NULL);
    if (!tr || !tr->acq || tr->state != TR_HELD) return;
    add_step(c, st, STEP_RELEASE, k->name);
    end_track(c, st, tr, k->name);
}

/* v itself, or what the local pointer variable at v holds. */
static void evidence_release_at(fctx *c, state *st, const call *k, sym v) {
    evidence_release(c, st, k, v);
    uint32_t var = symtab_kind(c->t, v) == SY_ADDR ? sym_local_var(c->t, v) : IR_NOVAR;
    bool pointer = var < c->f->nvars && c->f->vars[var].type && c->f->vars[var].type->kind == IR_T_PTR;
    if (pointer) evidence_release(c, st, k, mem_load(c, st, v, NULL));
}

/* arg: 0 the result, else the argument whose pointee v is; v that argument itself: initialised in place. */
static void evidence_acquire(fctx *c, state *st, const call *k, sym v, uint32_t arg, guard when) {
    if (!c->wants_evidence || !v || state_any_track(st, v)) return;
    const acquisition *a = make_acquisition(c, st, NULL, k->name, NULL);
    ((acquisition *)a)->by_address = arg && v == k->args[arg - 1];
    ((acquisition *)a)->arg = arg;
    acquire(
        c, st,
        (track){.s = v, .state = TR_HELD, .acq = a, .when = when, .call_ret = v == k->ret ? 0 : k->ret, .count = 1});
}

/* Locals that a record handed over points to (struct { char **out; } job = { &result }): the callee may write them. */
static void nested_writes(fctx *c, state *st, sym v, uint32_t i) {
    LL_ARRAY(sym) locals = {0};
    for (uint32_t j = state_first_cell(st, v); j < st->ncells; j++) {
        const symrec *r = symtab_at(c->t, st->cells[j].val);
        bool local = r->kind == SY_ADDR && !r->p && r->a - 1 < c->f->nvars;
        if (local && st->cells[j].val != v && addr_lies_in(c->t, st->cells[j].addr, v))
            LL_PUSH(c->arena, &locals, st->cells[j].val);
    }
    for (uint32_t k = 0; k < locals.n; k++) unknown_writes(c, st, locals.v[k], 64 + i * 16 + (k & 15));
}

/* What an unknown callee perhaps gave is no longer what another call perhaps puts in its place. */
static void given_anew(state *st, sym addr) {
    sym old = state_find_cell(st, addr);
    track *tr = old ? state_track(st, old, NULL) : NULL;
    if (tr && tr->acq && tr->acq->arg && !tr->acq->by_address && tr->state == TR_HELD)
        state_remove_track(st, (uint32_t)(tr - st->tracks));
}

/* Members of the standard library's classes: containers keep what they are given, by whatever reference. */
static bool of_std(const call *k) {
    return k->decl && k->decl->owner && k->usr && program_is_std(k->usr);
}

/* Methods of different classes share names, and say nothing of each other. */
static const char *keeper_of(fctx *c, const call *k) {
    if (of_std(k)) return "(std)";
    if (!k->decl || !k->decl->owner) return k->name;
    return ll_intern_str(c->e->names, ll_printf(c->arena, "%s::%s", k->decl->owner, k->name));
}

/* An object that is made is not owed anything: its destructor runs by itself. */
static bool gives_nothing(const call *k) {
    if (of_std(k)) return true;
    return k->decl && k->decl->owner && strcmp(k->decl->owner, k->name) == 0;
}

static void unknown_arg(fctx *c, state *st, const call *k, uint32_t i, bool releasing) {
    sym v = k->args[i];
    symrec r = symtab_get(c->t, v);
    if (r.kind == SY_CONST || r.kind == SY_FUNC || r.kind == SY_STR) return;
    if (k->decl && k->decl->variadic && i >= k->decl->nparams) { /* printf-like: read, not kept; scanf-like: written */
        if (r.kind == SY_ADDR && !r.p && r.a - 1 < c->f->nvars) unknown_writes(c, st, v, i);
        return;
    }
    nested_writes(c, st, v, i);
    const ir_type *ty = param_type(k, i);
    bool pointer = is_pointer(ty);
    if (!pointer || const_pointee(ty)) {
        bool callers = r.kind == SY_INIT && r.input && r.depth <= 2 && k->decl && !k->decl->variadic;
        if (!pointer && (callers || state_any_track(st, v))) hand_over(c, st, v, k->keeper, i + 1, k->ret);
        if (is_record_type(ty) || (pointer && of_std(k))) hand_over(c, st, v, k->keeper, i + 1, k->ret);
        return;
    }
    bool local = r.kind == SY_ADDR && !r.p && r.a - 1 < c->f->nvars;
    bool through = local && c->f->vars[r.a - 1].type && c->f->vars[r.a - 1].type->kind == IR_T_PTR;
    if (releasing) evidence_release_at(c, st, k, v);
    if (through && !releasing) given_anew(st, v);
    hand_over(c, st, v, k->keeper, i + 1, k->ret);
    forget_states(c, st, v);
    unknown_writes(c, st, v, i);
    if (releasing) return;
    bool told = !(k->decl && k->decl->owner && is_record_type(k->in->type)); /* an object says whether it worked */
    if (gives_nothing(k) || !told) return;
    if (through) {
        sym given = mem_load(c, st, v, c->f->vars[r.a - 1].type);
        state_set_cell(c->pool, st, v, given);
        evidence_acquire(c, st, k, given, i + 1, (guard){given, CMP_NE, 0});
    } else if (local && is_record_type(c->f->vars[r.a - 1].type)) {
        evidence_acquire(c, st, k, v, i + 1, (guard){0});
    }
}

static void call_unknown(fctx *c, state *st, call *k, state_list *out) {
    k->ret = library_result(c, st, k->in, k->decl, k->args, k->nargs);
    bool library = k->decl && k->decl->in_system_header;
    bool releasing = name_releases(c->e, k->name);
    if (!library && !k->modelled) bond_unknown_call(c, st, k->args, k->nargs);
    if (k->decl && k->decl->returns_nonnull) assume(c, st, k->ret, true);
    for (uint32_t i = 0; i < k->nargs; i++) {
        use_value(c, st, k->args[i], k->name);
        if (library) note_use(c, k->args[i]);
        if (library && releasing) evidence_release_at(c, st, k, k->args[i]);
        if (library)
            library_arg(c, st, k, i, true);
        else
            unknown_arg(c, st, k, i, releasing);
    }
    if (k->decl && k->decl->is_noreturn) {
        state_drop(c->pool, st);
        return;
    }
    register_callback(c, st, k, NULL);
    bool pointer = k->in->type && k->in->type->kind == IR_T_PTR;
    for (uint32_t i = 0; pointer && const_pointee(k->in->type) && i < k->nargs;
         i++) /* a view of an object that is ours: who keeps it keeps the object */
        if (const_pointee(param_type(k, i)) && state_track(st, k->args[i], NULL)) {
            k->ret = sym_term(c->t, TERM_ALIAS, k->args[i], k->ret, k->in->type);
            break;
        }
    bool view = const_pointee(k->in->type);
    if (pointer && !view && !k->indirect && !gives_nothing(k))
        evidence_acquire(c, st, k, k->ret, 0, (guard){k->ret, CMP_NE, 0});
    either_or(c, st, k, out);
    bind_result(c, st, k);
    if (!c->dead)
        LL_PUSH(c->arena, out, st);
    else
        state_drop(c->pool, st);
}

/* ---- dispatch ---- */

static void resolve(fctx *c, state *st, call *k) {
    const ir_inst *in = k->in;
    sym f = eval_operand(c, st, &in->a);
    symrec r = symtab_get(c->t, f);
    const ir_place *gp = &in->a.place;
    if (r.kind != SY_FUNC && in->a.kind == IR_O_PLACE && !gp->npath && c->f->vars[gp->var].kind == IR_V_GLOBAL) {
        k->name = c->f->vars[gp->var].name;
        k->usr = program_default_target(c->e, c->f->vars[gp->var].usr);
        if (k->usr) k->decl = program_decl(c->e, k->usr);
        if (k->decl) k->name = k->decl->name;
        return;
    }
    k->name = "";
    if (r.kind == SY_FUNC) {
        k->usr = r.p;
        k->name = r.q;
    } else {
        k->indirect = true;
        const ir_place *p = &in->a.place;
        if (in->a.kind == IR_O_PLACE && p->npath && p->path[p->npath - 1].kind == IR_S_FIELD)
            k->name = p->path[p->npath - 1].field;
        else if (in->a.kind == IR_O_PLACE && p->var < c->f->nvars && c->f->vars[p->var].name)
            k->name = c->f->vars[p->var].name;
    }
    if (k->usr) k->decl = program_decl(c->e, k->usr);
}

/* `#define free(p) my_free(p)`: the source says free, and so do the rules; what stands behind it is free's stand-in. */
static void resolve_macro(const fctx *c, call *k) {
    const char *m = k->in->macro;
    if (!m || !rule_set_model(c->e->rules, m) || (k->usr && program_model(c->e, k->usr, k->name, NULL))) return;
    k->name = m;
    k->usr = ll_intern_str(c->e->names, ll_printf(c->arena, "c:@F@%s", m));
    k->indirect = false;
    const ir_fdecl *known = program_decl(c->e, k->usr);
    if (known) k->decl = known;
}

/* A call through a field of which the program stores few functions, all known: any of them. */
static bool call_slot(fctx *c, state *st, const call *k, state_list *out) {
    if (!k->indirect || k->in->a.kind != IR_O_PLACE) return false;
    slot s;
    if (!program_slot(c->e, &k->in->a.place, k->nargs, c->unit, &s)) return false;
    const summary *v[MAX_SLOT];
    for (uint32_t i = 0; i < s.n; i++)
        if (!(v[i] = program_node(c->e, s.usr[i], c->unit)->sum)) return false;
    return apply_summaries(c, st, k->in, v, s.n, k->args, k->nargs, out);
}

/* What a pool of the program's own gave is put back by a function whose name says so. */
static void put_back(fctx *c, state *st, const call *k) {
    for (uint32_t i = 0; i < k->nargs && st->ntracks; i++) {
        const symrec *r = symtab_at(c->t, k->args[i]);
        bool local = r->kind == SY_ADDR && !r->p && r->a - 1 < c->f->nvars;
        sym v = local ? mem_load(c, st, k->args[i], NULL) : k->args[i];
        const track *tr = state_track(st, v, NULL);
        if (tr && tr->acq && tr->acq->from_store) evidence_release(c, st, k, v);
    }
}

/* It is nobody else's from now on: a value of its own, not what the global still leads to. */
static void taken_out(fctx *c, state_list *out, uint32_t first, const call *k) {
    if (!k->in->type || k->in->type->kind != IR_T_PTR || const_pointee(k->in->type)) return;
    sym dst = sym_addr_local(c->t, k->in->dst.var, c->f->vars[k->in->dst.var].type);
    for (uint32_t i = first; i < out->n; i++) {
        call given = *k;
        sym was = mem_load(c, out->v[i], dst, k->in->type);
        if (!c->wants_evidence || symtab_at(c->t, was)->kind != SY_INIT || state_any_track(out->v[i], was)) continue;
        given.ret = fresh(c, out->v[i], 500, k->in->type);
        if (decide_cmp(c, out->v[i], CMP_NE, was, 0) == 1) assume(c, out->v[i], given.ret, true);
        state_set_cell(c->pool, out->v[i], dst, given.ret);
        evidence_acquire(c, out->v[i], &given, given.ret, 0, (guard){given.ret, CMP_NE, 0});
        track *tr = state_track(out->v[i], given.ret, NULL);
        if (tr && tr->acq && tr->acq->inst == k->in) ((acquisition *)tr->acq)->from_store = true;
        name_places(c, out->v[i], k->in);
    }
}

/* A summary that was cut and tells only failures, or only successes, hides the rest of the caller: then the call is
 * also followed as one of unknown body. */
static bool call_summary(fctx *c, state *st, const call *k, const summary *sum, state_list *out) {
    const ir_inst *in = k->in;
    bool partial = sum->incomplete && !sum->never_returns && in->dst.var != IR_NOVAR && !in->dst.npath &&
                   !is_record_type(in->type);
    state *spare = partial ? state_copy(c->pool, st) : NULL;
    uint32_t before = out->n, nargs = k->nargs;
    if (k->decl && k->decl->variadic && k->decl->nparams < nargs) nargs = k->decl->nparams; /* as in unknown_arg() */
    for (uint32_t i = nargs; i < k->nargs; i++) note_used_again(st, k->args[i]);
    if (!apply_summaries(c, st, in, &sum, 1, k->args, nargs, out)) {
        if (spare) state_drop(c->pool, spare);
        return false;
    }
    if (!spare) return true;
    uint8_t seen = 0, signs = 0;
    sym dst = sym_addr_local(c->t, in->dst.var, c->f->vars[in->dst.var].type);
    for (uint32_t i = before; i < out->n; i++) {
        uint8_t one = result_class(c, out->v[i], mem_load(c, out->v[i], dst, in->type));
        seen |= one;
        if (one == RESULT_POSITIVE || one == RESULT_NEGATIVE) signs |= one;
    }
    bool pointer = in->type && in->type->kind == IR_T_PTR;
    bool enumerated = signs == (RESULT_POSITIVE | RESULT_NEGATIVE); /* -1 and counts: 0 need not be among them */
    bool one_sided = pointer ? seen == RESULT_ZERO : (!(seen & RESULT_ZERO) && !enumerated) || seen == RESULT_ZERO;
    bool wanted = c->wants_evidence;
    c->wants_evidence = false; /* its body is known; what it gives in the outcomes not told, is not */
    uint32_t told = out->n;
    if (out->n > before && one_sided)
        call_unknown(c, spare, (call *)k, out);
    else
        state_drop(c->pool, spare);
    for (uint32_t i = told; i < out->n; i++) /* only for the results that are not told */
        assume(c, out->v[i], mem_load(c, out->v[i], dst, in->type), seen == RESULT_ZERO);
    c->wants_evidence = wanted;
    return true;
}

/* A library object's functions do not take a variable that is null (fwrite on a failed stream ends the path), but for
 * those that give what they take, and begin with nothing (list = list_append(list, x)). */
static bool null_object(const fctx *c, const call *k) {
    if (!k->decl || !k->decl->in_system_header) return false;
    for (uint32_t i = 0; i < k->nargs && i < k->decl->nparams; i++) {
        const ir_type *ty = k->decl->params[i];
        int64_t v;
        bool object = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD && !ty->elem->is_const;
        if (!object || k->nargs < 2 || ir_type_equal(k->decl->ret, ty)) continue;
        if (k->in->args[i].kind != IR_O_PLACE || !sym_is_const(c->t, k->args[i], &v) || v) continue;
        if (flow_from_a_call(c->f, &k->in->args[i].place)) return true;
    }
    return false;
}

static const rule_model *call_model(fctx *c, const call *k) {
    if (k->usr) return program_model(c->e, k->usr, k->name, k->decl);
    return k->indirect && k->in->table ? rule_set_model(c->e->rules, k->in->table) : NULL;
}

/* The program has a body for what rules speak of, and that knows better: a library's own sources, or functions of its
 * own that it puts into the record. */
static bool own_body(fctx *c, const call *k, const rule_model *m) {
    slot s;
    if (!k->usr) return program_slot(c->e, &k->in->a.place, k->nargs, c->unit, &s);
    const func_node *node = program_node(c->e, k->usr, c->unit);
    /* Py_DECREF() and its like are what their pack says, not the counter that the inline body moves */
    bool inline_of_library = m->from_library && k->decl && k->decl->in_system_header;
    return node && !inline_of_library && (node->f->is_static || m->from_facts_only || m->from_library);
}

static bool gives_a_resource(const summary *s) {
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->d[i].ntracks; k++)
            if (s->d[i].tracks[k].acq && s->d[i].tracks[k].state == TR_HELD) return true;
    return false;
}

/* A value that came with this call, and of which its summary tells nothing but that it is there. */
static bool told_nothing_of(const fctx *c, state *st, sym v) {
    const symrec *r = symtab_at(c->t, v);
    return r->kind == SY_CONJ && r->a == c->cur_uid && !state_any_track(st, v);
}

static bool sounds_ending(fctx *c, const ir_inst *in) {
    const ir_var *f = in->a.place.var < c->f->nvars ? &c->f->vars[in->a.place.var] : NULL;
    return f && f->name && (in->a.kind == IR_O_FUNC || in->a.kind == IR_O_PLACE) && name_releases(c->e, f->name);
}

/* Variables that this function hands to something whose name says that it releases. */
static const bool *ended_vars(fctx *c) {
    if (c->ended_vars) return c->ended_vars;
    c->ended_vars = LL_NEWN(c->arena, bool, c->f->nvars + 1);
    for (uint32_t b = 0; b < c->f->nblocks; b++)
        for (uint32_t i = 0; i < c->f->blocks[b].ninsts; i++) {
            const ir_inst *in = &c->f->blocks[b].insts[i];
            if (in->op != IR_CALL || !sounds_ending(c, in)) continue;
            for (uint32_t k = 0; k < in->nargs; k++)
                if (in->args[k].kind == IR_O_PLACE || in->args[k].kind == IR_O_ADDR)
                    c->ended_vars[in->args[k].place.var] = true;
        }
    return c->ended_vars;
}

/* What a body that was not followed to its end gave: as much is known of it as of what an unknown callee gives. */
static void given_untold(fctx *c, state *st, const call *k) {
    call given = *k;
    const ir_place *dst = &k->in->dst;
    bool kept = dst->var != IR_NOVAR && !dst->npath && !is_record_type(k->in->type);
    sym to = kept ? sym_addr_local(c->t, dst->var, c->f->vars[dst->var].type) : 0;
    given.ret = kept ? mem_load(c, st, to, k->in->type) : 0;
    for (uint32_t i = 0; i < k->nargs; i++) {
        const symrec *r = symtab_at(c->t, k->args[i]);
        bool local = r->kind == SY_ADDR && !r->p && r->a - 1 < c->f->nvars && ended_vars(c)[r->a - 1];
        const ir_type *ty = local ? c->f->vars[r->a - 1].type : NULL;
        if (!ty || ty->kind != IR_T_PTR || const_pointee(ty)) continue;
        sym v = mem_load(c, st, k->args[i], ty);
        if (told_nothing_of(c, st, v)) evidence_acquire(c, st, &given, v, i + 1, (guard){v, CMP_NE, 0});
    }
    name_places(c, st, k->in);
}

static void call_body(fctx *c, state *st, call *k, state_list *out) {
    func_node *node = k->usr ? program_node(c->e, k->usr, c->unit) : NULL;
    if (node && c->e->calls) forbid_callee(c, st, node);
    if (node && name_releases(c->e, k->name)) put_back(c, st, k);
    uint32_t first = out->n;
    if (node && node->sum && call_summary(c, st, k, node->sum, out)) {
        bool kept = k->in->dst.var != IR_NOVAR && !k->in->dst.npath;
        if (kept && node->sum->hands_out) taken_out(c, out, first, k);
        if (c->wants_evidence && node->sum->incomplete && !gives_a_resource(node->sum) && !name_releases(c->e, k->name))
            for (uint32_t i = first; i < out->n; i++) given_untold(c, out->v[i], k);
        return;
    }
    if (call_slot(c, st, k, out)) return;
    bool wanted = c->wants_evidence;
    if (node) c->wants_evidence = false; /* a body that is known but too large for its summary is no unknown acquirer */
    call_unknown(c, st, k, out);
    c->wants_evidence = wanted;
}

/* What the call borrows, keeps, ends, in each of its outcomes. */
static void watch_call(fctx *c, bond_call *b, const call *k, state_list *out, uint32_t first) {
    b->ret = k->ret;
    for (uint32_t i = first; i < out->n; i++) bond_call_done(c, out->v[i], b);
}

/* Order rules on a call that no other rule models: the object must be in an allowed state before; in each outcome of
 * the call it goes to its next one. */
static void check_states(fctx *c, state *st, const call *k, const rule_model *m) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        if (ef->kind != EFF_TRANSITION || ef->where.kind == WHERE_NONE || !args_allow(c, st, k, ef)) continue;
        sym s = where_value(c, st, k, &ef->where, 0);
        if (s) check_state(c, st, ef->rule, s, ef->from_states, k->name);
    }
}

static void change_states(fctx *c, const call *k, const rule_model *m, state_list *out, uint32_t first) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        uint32_t n = out->n;
        for (uint32_t j = first; ef->kind == EFF_TRANSITION && j < n; j++)
            if (args_allow(c, out->v[j], k, ef)) model_transition(c, out->v[j], k, ef, UINT32_MAX, out);
    }
}

/* What the call does hangs on whether a resource that is handed to it is null (realpath's buffer): both are followed.
 */
static void split_on_null(fctx *c, state *st, const call *k, const rule_model *m, state_list *out) {
    for (uint32_t i = 0; i < m->neffects; i++)
        for (uint32_t j = 0; j < m->effects[i].nconds; j++) {
            const rule_cond *cd = &m->effects[i].conds[j];
            bool about_null = cd->where.kind == WHERE_ARG && !cd->where.field && !cd->value &&
                              (cd->cmp == CMP_EQ || cd->cmp == CMP_NE);
            if (!about_null || !cd->where.arg || cd->where.arg > k->nargs) continue;
            sym s = k->args[cd->where.arg - 1];
            if (!state_any_track(st, s) || decide_cmp(c, st, CMP_EQ, s, 0) >= 0) continue;
            state *null = state_copy(c->pool, st);
            if (assume(c, null, s, false))
                step_call(c, null, k->in, out);
            else
                state_drop(c->pool, null);
            c->dead = false;
            assume(c, st, s, true);
            return;
        }
}

void step_call(fctx *c, state *st, const ir_inst *in, state_list *out) {
    call k = {.in = in};
    resolve(c, st, &k);
    resolve_macro(c, &k);
    k.keeper = keeper_of(c, &k);
    k.nargs = in->nargs < MAX_ARGS ? in->nargs : MAX_ARGS;
    for (uint32_t i = 0; i < k.nargs; i++) k.args[i] = eval_operand(c, st, &in->args[i]);
    if (c->dead) {
        state_drop(c->pool, st);
        return;
    }
    if (null_object(c, &k) || null_refused(c, st, in, k.decl)) {
        state_drop(c->pool, st);
        return;
    }
    const rule_model *m = call_model(c, &k);
    if (m && !own_body(c, &k, m)) split_on_null(c, st, &k, m, out);
    uint32_t before = out->n;
    if (!m || !own_body(c, &k, m)) {
        k.modelled = m != NULL;
        bond_call watched = {.model = m, .name = k.name, .args = k.args, .nargs = k.nargs};
        if (m && m->watches) bond_call_before(c, st, &watched);
        bool states = m && m->watches_only && m->has_states;
        if (states) check_states(c, st, &k, m);
        if (m && !m->watches_only)
            call_by_model(c, st, &k, m, out);
        else
            call_body(c, st, &k, out);
        if (states) change_states(c, &k, m, out, before);
        if (m && m->watches) watch_call(c, &watched, &k, out, before);
    } else {
        call_body(c, st, &k, out);
    }
}
