/* Calls: by rule model, by summary, or unknown. */
#include <stddef.h>
#include <string.h>

#include "engine/bond.h"
#include "engine/call.h"
#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/kinds.h"
#include "engine/special.h"

/* ---- result ---- */

static void name_places(fctx *c, state *st, const ir_inst *in) {
    for (uint32_t i = 0; i < st->ntracks; i++) {
        track *tr = &st->tracks[i];
        if (!tr->acq || tr->acq->inst != in || tr->acq->place) continue;
        ((acquisition *)tr->acq)->place = place_words(c, st, tr->s);
    }
}

static bool has_callers_block(const state *st) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (st->tracks[i].callers) return true;
    return false;
}

void call_bind_result(fctx *c, state *st, const call *k) {
    sym before = 0; /* what the result takes the place of */
    if (k->in->dst.var != IR_NOVAR) {
        sym dst = eval_place_addr(c, st, &k->in->dst);
        if (c->dead) return;
        if (has_callers_block(st)) before = mem_load(c, st, dst, NULL);
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
        if (before == tr.s && mem_load(c, st, home, NULL) != tr.s) lose(c, st, &tr, "overwrite");
    }
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
        if (!addr_lies_in(c->t, a, o) || call_holds(st, sym_object(c->t, st->cells[j].val))) continue;
        call_keep_input(c, st, st->cells[j].val);
        st->cells[j].val = sym_dflt(c->t, a, event, symtab_at(c->t, st->cells[j].val)->type);
    }
    /* Flags of a caller's object that were read before are the same behind the call, unless a loop waits for them. */
    bool in_loop = c->enclosing[c->cur_block][0] != UINT32_MAX;
    if (in_loop || !sym_is_input(c->t, o)) mem_havoc_unwritten(c, st, o, event);
}

static void evidence_release(fctx *c, state *st, const call *k, sym v) {
    track *tr = state_track(st, v, NULL);
    if (!tr || !tr->acq || tr->state != TR_HELD) return;
    if (!tr->acq->by_address && name_empties(k->name)) return;
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
    ((acquisition *)a)->by_body = k->node != NULL;
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

/* Which function it is, the caller says: by a parameter. */
static bool chosen_by_caller(const fctx *c, const call *k) {
    const ir_operand *f = &k->in->a;
    return k->indirect && f->kind == IR_O_PLACE && !f->place.npath && f->place.var < c->f->nparams;
}

/* Methods of different classes share names, and say nothing of each other, nor does bind() of std::bind(). */
static const char *keeper_of(fctx *c, const call *k) {
    if (k->usr && program_is_std(k->usr)) return "(std)";
    if (chosen_by_caller(c, k) && name_releases(c->e, k->name))
        return "(parameter)"; /* its name is not the function's */
    if (!k->decl || !k->decl->owner) return k->name;
    return ll_intern_str(c->e->names, ll_printf(c->arena, "%s::%s", k->decl->owner, k->name));
}

/* An object that is made is not owed anything: its destructor runs by itself. */
static bool gives_nothing(const call *k) {
    if (of_std(k)) return true;
    return k->decl && k->decl->owner && strcmp(k->decl->owner, k->name) == 0;
}

/* `*out = buf_text(&buf);`: what is given to write to of a record that was filled in place may be what was owed. */
static bool gives_part(state *st, const call *k, sym v) {
    const ir_type *ty = k->in->type;
    const track *tr = ty && ty->kind == IR_T_PTR && !ir_points_to_const(ty) ? state_track(st, v, NULL) : NULL;
    return tr && tr->acq && tr->acq->by_address;
}

/* Which of the functions that override it runs hangs on the object: some may end what the object holds, and what others
 * are seen to do says nothing of that. */
static bool is_virtual(const call *k) {
    return k->usr && strncmp(k->usr, "virtual:", 8) == 0;
}

/* `all.push_back(p)` has a reference to p: what a container is given so is the value, a caller's as well. */
static void keep_referred(fctx *c, state *st, const call *k, uint32_t i, const ir_type *ty) {
    const ir_type *held = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
    if (!i || !held || (held->kind != IR_T_PTR && held->kind != IR_T_INT)) return;
    sym v = mem_load(c, st, k->args[i], held);
    if (entry_param(c, v) != IR_NOVAR) hand_over(c, st, v, k->keeper, i + 1, k->ret);
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
    const ir_type *ty = call_param_type(k, i);
    bool pointer = call_is_pointer(ty);
    if (pointer && of_std(k)) keep_referred(c, st, k, i, ty);
    if (!pointer || ir_points_to_const(ty)) {
        bool callers = r.kind == SY_INIT && r.input && r.depth <= 2 && k->decl && !k->decl->variadic;
        if (!pointer && (callers || state_any_track(st, v))) hand_over(c, st, v, k->keeper, i + 1, k->ret);
        if (is_record_type(ty) || (pointer && of_std(k))) hand_over(c, st, v, k->keeper, i + 1, k->ret);
        if (pointer && gives_part(st, k, v)) hand_over(c, st, v, "(part)", i + 1, k->ret);
        return;
    }
    bool local = r.kind == SY_ADDR && !r.p && r.a - 1 < c->f->nvars;
    bool through = local && c->f->vars[r.a - 1].type && c->f->vars[r.a - 1].type->kind == IR_T_PTR;
    if (releasing) evidence_release_at(c, st, k, v);
    if (through && !releasing) given_anew(st, v);
    hand_over(c, st, v, k->keeper, i + 1, k->ret);
    if (!i && is_virtual(k)) hand_over_contents(c, st, v, "(virtual)", i + 1, k->ret);
    forget_states(c, st, v);
    unknown_writes(c, st, v, i);
    if (releasing) return;
    bool told = !(k->decl && k->decl->owner && is_record_type(k->in->type)); /* an object says whether it worked */
    if (gives_nothing(k) || !told || chosen_by_caller(c, k)) return;
    if (through) {
        sym given = mem_load(c, st, v, c->f->vars[r.a - 1].type);
        state_set_cell(c->pool, st, v, given);
        evidence_acquire(c, st, k, given, i + 1, (guard){given, CMP_NE, 0});
    } else if (local && is_record_type(c->f->vars[r.a - 1].type)) {
        evidence_acquire(c, st, k, v, i + 1, (guard){0});
    }
}

static void call_unknown(fctx *c, state *st, call *k, state_list *out) {
    k->ret = st->given = library_result(c, st, k->in, k->decl, k->args, k->nargs);
    bool library = k->decl && k->decl->in_system_header;
    bool releasing = k->releases;
    if (!library && !k->modelled) bond_unknown_call(c, st, k->args, k->nargs);
    if (k->decl && k->decl->returns_nonnull) assume(c, st, k->ret, true);
    if (k->model && k->model->never_negative) assume_cmp(c, st, CMP_GE, k->ret, 0);
    for (uint32_t i = 0; i < k->nargs; i++) {
        use_value(c, st, k->args[i], k->name);
        if (library) note_use(c, k->args[i]);
        if (library && releasing) evidence_release_at(c, st, k, k->args[i]);
        if (library)
            call_library_arg(c, st, k, i, true);
        else
            unknown_arg(c, st, k, i, releasing);
    }
    if (k->decl && k->decl->is_noreturn) {
        state_drop(c->pool, st);
        return;
    }
    call_register_callback(c, st, k, NULL);
    bool pointer = k->in->type && k->in->type->kind == IR_T_PTR;
    for (uint32_t i = 0; pointer && ir_points_to_const(k->in->type) && i < k->nargs;
         i++) /* a view of an object that is ours: who keeps it keeps the object */
        if (ir_points_to_const(call_param_type(k, i)) && state_track(st, k->args[i], NULL)) {
            k->ret = sym_term(c->t, TERM_ALIAS, k->args[i], k->ret, k->in->type);
            break;
        }
    bool view = ir_points_to_const(k->in->type);
    if (pointer && !view && !k->indirect && !gives_nothing(k))
        evidence_acquire(c, st, k, k->ret, 0, (guard){k->ret, CMP_NE, 0});
    call_either_or(c, st, k, out);
    call_bind_result(c, st, k);
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
        k->indirect = !k->usr;
        return;
    }
    k->name = "";
    if (r.kind == SY_FUNC) {
        k->usr = r.p;
        k->name = r.q;
    } else {
        k->indirect = true;
        const ir_place *p = &in->a.place;
        if (in->a.kind == IR_O_PLACE && ir_place_last_field(p))
            k->name = ir_place_last_field(p);
        else if (in->a.kind == IR_O_PLACE && p->var < c->f->nvars && c->f->vars[p->var].name)
            k->name = c->f->vars[p->var].name;
    }
    if (k->usr) k->decl = program_decl(c->e, k->usr);
}

/* `#define free(p) my_free(p)`: the source says free, and so do the rules; what stands behind it is free's stand-in. A
 * static function of the program's own is looked at instead, as one of the very name would be (own_body). */
static void resolve_macro(const fctx *c, call *k) {
    const char *m = k->in->macro;
    if (!m || !rule_set_model(c->e->rules, m) || (k->usr && program_model(c->e, k->usr, k->name, NULL))) return;
    const func_node *body = k->usr ? program_node(c->e, k->usr, c->unit) : NULL;
    if (body && body->f->is_static && !(k->decl && k->decl->in_system_header)) return;
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
    if (!program_slot(c->e, k->in, k->nargs, c->unit, &s)) return false;
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

/* A record filled in place was given to such a function, which found nothing in it to release: nothing is owed. */
static void nothing_left(state *st, const call *k) {
    for (uint32_t i = 0; i < k->nargs; i++) {
        const track *tr = state_track(st, k->args[i], NULL);
        if (tr && tr->state == TR_HELD && tr->acq && tr->acq->by_address)
            state_remove_track(st, (uint32_t)(tr - st->tracks));
    }
}

/* It is nobody else's from now on: a value of its own, not what the global still leads to. */
static void taken_out(fctx *c, state_list *out, uint32_t first, const call *k) {
    if (!k->in->type || k->in->type->kind != IR_T_PTR || ir_points_to_const(k->in->type)) return;
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

/* A function of which some outcomes give 0 and others -1 does not give 1 in one that is not told. */
static void assume_sign(fctx *c, state *st, const summary *sum) {
    uint8_t gives = 0;
    for (uint32_t i = 0; i < sum->n; i++) gives |= class_by_itself(&sum->d[i]);
    if ((gives & ~RESULT_ZERO) == RESULT_NEGATIVE) assume_cmp(c, st, CMP_LE, st->given, 0);
    if ((gives & ~RESULT_ZERO) == RESULT_POSITIVE) assume_cmp(c, st, CMP_GE, st->given, 0);
}

/* Some element of an array at v has something in it. */
static bool is_table(fctx *c, const state *st, sym v) {
    for (uint32_t i = state_first_cell(st, v); i < st->ncells; i++) {
        sym at = addr_lies_in(c->t, st->cells[i].addr, v) ? st->cells[i].addr : v;
        for (; at > v; at = symtab_at(c->t, at)->a)
            if (symtab_at(c->t, at)->op == SUB_INDEX) return true;
    }
    return false;
}

/* A table of records (struct option { const char *name; int *value; }): which of them an element of unknown index is,
 * outcomes that are not all told do not say. Locals that the table points to may be written. */
static void table_writes(fctx *c, state *st, const call *k) {
    for (uint32_t i = 0; i < k->nargs; i++) {
        const symrec *r = symtab_at(c->t, k->args[i]);
        if (r->kind == SY_ADDR && !r->p && is_table(c, st, k->args[i])) nested_writes(c, st, k->args[i], i);
    }
}

/* A summary that was cut and tells only failures, or only successes, hides the rest of the caller: then the call is
 * also followed as one of unknown body. */
static bool call_summary(fctx *c, state *st, const call *k, const summary *sum, state_list *out) {
    const ir_inst *in = k->in;
    bool partial = sum->incomplete && !sum->never_returns && in->dst.var != IR_NOVAR && !is_record_type(in->type);
    state *spare = partial ? state_copy(c->pool, st) : NULL;
    uint32_t before = out->n, nargs = k->nargs;
    if (k->decl && k->decl->variadic && k->decl->nparams < nargs) nargs = k->decl->nparams; /* as in unknown_arg() */
    for (uint32_t i = nargs; i < k->nargs; i++) note_used_again(st, k->args[i]);
    if (sum->incomplete && sum->walks) table_writes(c, st, k);
    if (!apply_summaries(c, st, in, &sum, 1, k->args, nargs, out)) {
        if (spare) state_drop(c->pool, spare);
        doubt_untold(c, st, in, sum, k->args, nargs, RESULT_ANY);
        return false;
    }
    if (!spare) return true;
    uint8_t seen = 0, signs = 0;
    for (uint32_t i = before; i < out->n; i++) {
        uint8_t one = result_class(c, out->v[i], out->v[i]->given);
        seen |= one;
        if (one == RESULT_POSITIVE || one == RESULT_NEGATIVE) signs |= one;
    }
    bool pointer = in->type && in->type->kind == IR_T_PTR;
    bool enumerated = signs == (RESULT_POSITIVE | RESULT_NEGATIVE); /* -1 and counts: 0 need not be among them */
    bool one_sided = pointer ? seen == RESULT_ZERO : (!(seen & RESULT_ZERO) && !enumerated) || seen == RESULT_ZERO;
    bool wanted = c->wants_evidence;
    c->wants_evidence = false; /* its body is known; what it gives in the outcomes not told, is not */
    uint32_t told = out->n;
    if (out->n > before && one_sided) {
        doubt_untold(c, spare, in, sum, k->args, nargs, result_used(c, in) ? RESULT_ANY & ~seen : RESULT_ANY);
        call_unknown(c, spare, (call *)k, out);
    } else {
        state_drop(c->pool, spare);
    }
    for (uint32_t i = told; i < out->n; i++) { /* only for the results that are not told */
        assume(c, out->v[i], out->v[i]->given, seen == RESULT_ZERO);
        assume_sign(c, out->v[i], sum);
    }
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
static bool own_body(fctx *c, const call *k) {
    slot s;
    if (!k->usr) return program_slot(c->e, k->in, k->nargs, c->unit, &s);
    /* Py_DECREF() and its like are what their pack says, not the counter that the inline body moves */
    bool inline_of_library = k->model->from_library && k->decl && k->decl->in_system_header;
    if (!k->node || inline_of_library) return false;
    return k->node->f->is_static || k->model->from_facts_only || k->model->from_library;
}

/* All of k but the arguments. Where the call names the function, that is the same on every path. */
static void find_callee(fctx *c, state *st, const ir_inst *in, call *k) {
    bool named = in->a.kind == IR_O_FUNC;
    if (named && c->sites[c->cur_uid]) {
        memcpy(k, c->sites[c->cur_uid], offsetof(call, args));
        return;
    }
    memset(k, 0, offsetof(call, args));
    k->in = in;
    k->nargs = in->nargs < MAX_ARGS ? in->nargs : MAX_ARGS;
    resolve(c, st, k);
    resolve_macro(c, k);
    k->keeper = keeper_of(c, k);
    k->releases = name_releases(c->e, k->name);
    k->node = k->usr ? program_node(c->e, k->usr, c->unit) : NULL;
    k->model = call_model(c, k);
    k->own = k->model && own_body(c, k);
    if (named) c->sites[c->cur_uid] = ll_memdup(c->arena, k, offsetof(call, args));
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
        if (!ty || ty->kind != IR_T_PTR || ir_points_to_const(ty)) continue;
        sym v = mem_load(c, st, k->args[i], ty);
        if (told_nothing_of(c, st, v)) evidence_acquire(c, st, &given, v, i + 1, (guard){v, CMP_NE, 0});
    }
    name_places(c, st, k->in);
}

static void call_body(fctx *c, state *st, call *k, state_list *out) {
    func_node *node = k->node;
    if (node && c->e->calls) forbid_callee(c, st, node);
    if (node && k->releases) put_back(c, st, k);
    uint32_t first = out->n;
    const summary *sum = node && node->sum ? special_summary(c, k->in, node, k->args, k->nargs) : NULL;
    if (sum && call_summary(c, st, k, sum, out)) {
        bool kept = k->in->dst.var != IR_NOVAR && !k->in->dst.npath;
        if (kept && sum->hands_out) taken_out(c, out, first, k);
        for (uint32_t i = first; k->releases && i < out->n; i++) nothing_left(out->v[i], k);
        if (c->wants_evidence && sum->incomplete && !gives_a_resource(sum) && !k->releases)
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
        if (ef->kind != EFF_TRANSITION || ef->where.kind == WHERE_NONE || !call_args_allow(c, st, k, ef)) continue;
        sym s = call_where_value(c, st, k, &ef->where, 0);
        if (s) check_state(c, st, ef->rule, s, ef->from_states, k->name);
    }
}

static void change_states(fctx *c, const call *k, const rule_model *m, state_list *out, uint32_t first) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        uint32_t n = out->n;
        for (uint32_t j = first; ef->kind == EFF_TRANSITION && j < n; j++)
            if (call_args_allow(c, out->v[j], k, ef)) call_transition(c, out->v[j], k, ef, UINT32_MAX, out);
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
    call k;
    memset(k.args, 0, sizeof k.args);
    find_callee(c, st, in, &k);
    st->given = 0;
    for (uint32_t i = 0; i < k.nargs; i++) k.args[i] = eval_operand(c, st, &in->args[i]);
    if (c->dead) {
        state_drop(c->pool, st);
        return;
    }
    if (null_object(c, &k) || null_refused(c, st, in, k.decl)) {
        state_drop(c->pool, st);
        return;
    }
    sizes_are_told(c, st, in, k.decl, k.args, k.nargs);
    const rule_model *m = k.own ? NULL : k.model;
    if (!m) {
        call_body(c, st, &k, out);
        return;
    }
    split_on_null(c, st, &k, m, out);
    uint32_t before = out->n;
    k.modelled = true;
    bond_call watched = {.model = m, .name = k.name, .args = k.args, .nargs = k.nargs};
    if (m->watches) bond_call_before(c, st, &watched);
    bool states = m->watches_only && m->has_states;
    if (states) check_states(c, st, &k, m);
    if (m->watches_only)
        call_body(c, st, &k, out);
    else
        call_by_model(c, st, &k, m, out);
    if (states) change_states(c, &k, m, out, before);
    if (m->watches) watch_call(c, &watched, &k, out, before);
}
