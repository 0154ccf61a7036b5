/* From a defect seen on a path to a finding a reader can follow. */
#include "engine/report.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "engine/evidence.h"
#include "engine/kinds.h"

static bool same_defect(const candidate *a, const candidate *b) {
    if (a->defect != b->defect || a->rule != b->rule) return false;
    if (a->defect == DEFECT_LEAK)
        return a->acq && b->acq && a->acq->inst == b->acq->inst && a->subject_elem == b->subject_elem &&
               (a->rule || a->acq_result == b->acq_result);
    if (a->bond && b->bond && !a->acq && !b->acq) return a->subject == b->subject; /* one local, several returns */
    return a->at == b->at;
}

void add_losses(fctx *c, const state *st) {
    for (const loss *l = st->losses; l; l = l->prev) add_candidate(c, *l->cand);
}

void add_old_losses(fctx *c, const state *st) {
    for (const loss *l = st->losses; l; l = l->prev)
        if (l->cand->undecided <= st->decided) add_candidate(c, *l->cand);
}

void add_candidate(fctx *c, candidate cand) {
    cand.hits = 1;
    cand.subject_elem = cand.acq ? symtab_get(c->t, cand.subject).b & 0xff : 0;
    if (cand.defect == DEFECT_LEAK && cand.acq && cand.acq->inner && cand.rule) {
        /* two blocks of one constructor are two findings */
        cand.subject_elem = (uint32_t)(uintptr_t)cand.acq->inner->inst;
    }
    for (uint32_t i = 0; i < c->found.n; i++) {
        candidate *o = &c->found.v[i];
        if (!same_defect(o, &cand)) continue;
        o->hits++;
        /* the claim that needs least evidence, and of those the shorter path, is the one to show */
        bool better = cand.nneeds < o->nneeds || (cand.nneeds == o->nneeds && cand.sure_nonnull && !o->sure_nonnull);
        bool shorter = cand.nneeds == o->nneeds && cand.path && o->path && cand.path->serial < o->path->serial;
        if (better || (shorter && cand.sure_nonnull == o->sure_nonnull)) {
            cand.hits = o->hits;
            *o = cand;
        }
        return;
    }
    LL_PUSH(c->arena, &c->found, cand);
}

/* ---- words ---- */

const char *report_words(fctx *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *s = ll_vprintf(c->e->out_arena, fmt, ap);
    va_end(ap);
    return s;
}

static finding_loc loc_in(const ir_func *f, const ir_inst *in) {
    return (finding_loc){.file = f->file, .line = f->first_line + (in ? in->loc.line : 0), .col = in ? in->loc.col : 0};
}

static const ir_inst *definition_of(const ir_func *f, const ir_inst *use, uint32_t var) {
    for (uint32_t b = 0; b < f->nblocks; b++) {
        const ir_block *blk = &f->blocks[b];
        for (uint32_t i = 0; i < blk->ninsts; i++) {
            if (&blk->insts[i] != use) continue;
            for (uint32_t k = i; k-- > 0;)
                if (blk->insts[k].dst.var == var && !blk->insts[k].dst.npath) return &blk->insts[k];
            return NULL;
        }
    }
    return NULL;
}

static const char *operator_symbol(ir_arith op) {
    static const char *const symbols[IR_ARITH_COUNT] = {
        [IR_ADD] = "+", [IR_SUB] = "-", [IR_MUL] = "*",  [IR_DIV] = "/",  [IR_REM] = "%",   [IR_AND] = "&",
        [IR_OR] = "|",  [IR_XOR] = "^", [IR_SHL] = "<<", [IR_SHR] = ">>", [IR_EQ] = "==",   [IR_NE] = "!=",
        [IR_LT] = "<",  [IR_LE] = "<=", [IR_GT] = ">",   [IR_GE] = ">=",  [IR_PTRADD] = "+"};
    return symbols[op] ? symbols[op] : ir_arith_name(op);
}

static void operand_words(ll_strbuf *b, const ir_func *f, const ir_inst *at, const ir_operand *o, int depth) {
    switch (o->kind) {
        case IR_O_INT:
            if (o->type && o->type->kind == IR_T_PTR && o->i == 0)
                ll_sb_add(b, "NULL");
            else
                ll_sb_printf(b, "%lld", (long long)o->i);
            return;
        case IR_O_STR:
            ll_sb_add(b, "\"…\"");
            return;
        case IR_O_FUNC:
            ll_sb_add(b, f->vars[o->place.var].name ? f->vars[o->place.var].name : "…");
            return;
        case IR_O_ADDR:
            ll_sb_addc(b, '&');
            ir_print_place(b, f, &o->place);
            return;
        case IR_O_PLACE:
            break;
        default:
            ll_sb_add(b, "…");
            return;
    }
    if (f->vars[o->place.var].kind != IR_V_TEMP || o->place.npath) {
        ir_print_place(b, f, &o->place);
        return;
    }
    const ir_inst *d = depth < 3 ? definition_of(f, at, o->place.var) : NULL;
    if (!d) {
        ll_sb_add(b, "…");
    } else if (d->op == IR_BIN) {
        operand_words(b, f, d, &d->a, depth + 1);
        ll_sb_printf(b, " %s ", operator_symbol(d->arith));
        operand_words(b, f, d, &d->b, depth + 1);
    } else if (d->op == IR_CALL) {
        operand_words(b, f, d, &d->a, depth + 1);
        ll_sb_add(b, "()");
    } else if (d->op == IR_UN || d->op == IR_COPY) {
        operand_words(b, f, d, &d->a, depth + 1);
    } else {
        ll_sb_add(b, "…");
    }
}

static const char *branch_words(fctx *c, const path_step *s) {
    ll_strbuf b = {0};
    operand_words(&b, s->func, s->inst, &s->inst->a, 0);
    const char *text;
    if (s->inst->op == IR_SWITCH)
        text = report_words(c, "taking a case of `switch (%s)`", ll_sb_str(&b));
    else if (strcmp(ll_sb_str(&b), "…") == 0)
        text = s->taken == 0 ? "taking the true branch" : "taking the false branch";
    else
        text = report_words(c, "`%s` is %s", ll_sb_str(&b), s->taken == 0 ? "true" : "false");
    ll_sb_free(&b);
    return text;
}

static const char *participle(const rule *r, bool released) {
    const char *p = r ? (released ? r->released : r->acquired) : NULL;
    return p ? p : released ? "released" : "acquired";
}

static const char *resource_name(const rule *r) {
    return r && r->resource ? r->resource : "value";
}

/* ---- steps ---- */

void report_step(fctx *c, step_list *l, step_kind k, const ir_func *f, const ir_inst *in, uint32_t depth,
                 const char *text) {
    LL_PUSH(c->e->out_arena, l, (finding_step){k, loc_in(f, in), text, f->name, depth});
}

static void acquisition_steps(fctx *c, step_list *l, const acquisition *a) {
    const char *place = a->place && *a->place ? report_words(c, " into `%s`", a->place) : "";
    report_step(
        c, l, STEP_ACQUIRE, a->func, a->inst, 0,
        report_words(c, "%s %s here by %s()%s", resource_name(a->rule), participle(a->rule, false), a->callee, place));
    report_inner_steps(c, l, a);
}

void report_inner_steps(fctx *c, step_list *l, const acquisition *a) {
    uint32_t depth = 1;
    for (const acquisition *in = a->inner; in && depth < 4; in = in->inner, depth++)
        report_step(c, l, STEP_CALL, in->func, in->inst, depth, report_words(c, "inside, %s() gives it", in->callee));
}

void report_steps_between(fctx *c, step_list *l, const path_step *from, const path_step *to, const candidate *k) {
    const path_step *v[256];
    uint32_t n = 0;
    for (const path_step *s = to; s && s != from && n < 256; s = s->prev) v[n++] = s;
    uint32_t shown = 0, total = 0;
    for (uint32_t i = 0; i < n; i++) total += v[i]->kind == STEP_BRANCH || v[i] == k->ended;
    for (uint32_t i = n; i-- > 0;) {
        const path_step *s = v[i];
        if (s == k->ended && k->defect == DEFECT_ORDER) {
            report_step(c, l, STEP_CALL, s->func, s->inst, 0, report_words(c, "by %s() here", k->released_by));
            continue;
        }
        if (s == k->ended && k->bond) {
            kinds_ended_step(c, k, s, l);
            continue;
        }
        if (s == k->ended) {
            report_step(c, l, STEP_RELEASE, s->func, s->inst, 0,
                        report_words(c, "%s here by %s()", participle(k->rule, true), k->released_by));
            continue;
        }
        if (s->kind != STEP_BRANCH) continue;
        shown++;
        if (total > LIM_PATH_SHOWN && shown > LIM_PATH_SHOWN / 2 && shown + LIM_PATH_SHOWN / 2 <= total) continue;
        report_step(c, l, STEP_BRANCH, s->func, s->inst, 0, branch_words(c, s));
    }
}

static const char *lost_words(fctx *c, const candidate *k) {
    const char *what =
        k->place && *k->place ? report_words(c, "`%s`", k->place) : report_words(c, "the %s", resource_name(k->rule));
    if (strcmp(k->exit_role, "return") == 0)
        return report_words(c, "%s is lost here: nothing refers to it any more", what);
    if (strcmp(k->exit_role, "overwrite") == 0)
        return report_words(c, "%s is lost here: its last reference is overwritten", what);
    if (strcmp(k->exit_role, "scope") == 0) return report_words(c, "%s is lost here: its scope ends", what);
    if (strcmp(k->exit_role, "discarded") == 0) return "the result is not used: it is lost at once";
    return report_words(c, "%s is lost here: %s() ends the object that holds it", what, k->exit_role);
}

static void build_steps(fctx *c, const candidate *k, finding *f) {
    step_list l = {0};
    if (k->bond) {
        kinds_steps(c, k, &l);
        f->steps = l.v;
        f->nsteps = l.n;
        return;
    }
    if (k->acq) acquisition_steps(c, &l, k->acq);
    const path_step *from = k->acq ? k->acq->step : k->ended ? k->ended->prev : NULL;
    if (k->acq || k->ended) report_steps_between(c, &l, from, k->path, k);
    if (k->defect == DEFECT_LEAK)
        report_step(c, &l, STEP_LOST, c->f, k->at, 0, lost_words(c, k));
    else if (k->left_at)
        report_step(c, &l, STEP_USE, c->f, k->left_at, 0, report_words(c, "`%s` is left as it was", k->place));
    else if (k->defect == DEFECT_USE_AFTER)
        report_step(c, &l, STEP_USE, c->f, k->at, 0,
                    k->exit_role ? report_words(c, "used here: handed to %s()", k->exit_role) : "used here");
    else if (k->defect == DEFECT_ORDER)
        report_step(c, &l, STEP_CALL, c->f, k->at, 0, report_words(c, "then %s() here", k->exit_role));
    else
        report_step(c, &l, STEP_RELEASE, c->f, k->at, 0,
                    report_words(c, "%s here by %s()", participle(k->rule, true), k->exit_role));
    f->steps = l.v;
    f->nsteps = l.n;
}

/* ---- message ---- */

static const char *message(fctx *c, const candidate *k) {
    const char *res = resource_name(k->rule), *place = k->place && *k->place ? report_words(c, " `%s`", k->place) : "";
    switch (k->defect) {
        case DEFECT_LEAK: {
            int32_t line = c->f->first_line + k->at->loc.line;
            if (!k->rule)
                return report_words(
                    c, "%s%s from %s() is released on another path but lost on the one that leaves at line %d", "value",
                    place, k->acq->callee, line);
            if (strcmp(k->exit_role, "discarded") == 0)
                return report_words(c, "%s from %s() is never %s: the result is discarded", res, k->acq->callee,
                                    participle(k->rule, true));
            return report_words(c, "%s%s from %s() is not %s on the path that loses it at line %d", res, place,
                                k->acq->callee, participle(k->rule, true), line);
        }
        case DEFECT_DOUBLE:
            return report_words(c, "%s%s is %s twice: %s() has %s it already", res, place, participle(k->rule, true),
                                k->released_by, participle(k->rule, true));
        case DEFECT_USE_AFTER:
            if (k->left_at) return dangling_message(c, k);
            return report_words(c, "%s%s is used after %s() has %s it", res, place, k->released_by,
                                participle(k->rule, true));
        case DEFECT_WRONG_RELEASE:
            return report_words(c, "%s%s from %s() is released by %s(), which is for a %s", resource_name(k->other),
                                place, k->acq ? k->acq->callee : "?", k->exit_role, res);
        case DEFECT_BAD_RELEASE:
            return report_words(c, "%s() is given%s, which was never %s", k->exit_role, *place ? place : " something",
                                participle(k->rule, false));
        default:
            if (k->bond && !k->rule->message) return kinds_message(c, k);
            return k->rule && k->rule->message ? k->rule->message : "lifecycle rule broken";
    }
}

static finding_category category(const candidate *k) {
    const rule *r = k->rule;
    switch (k->defect) {
        case DEFECT_LEAK:
            if (!r) return CAT_HANDLE_LEAK;
            if (r->counted) return CAT_REFCOUNT;
            if (strstr(r->id, "timer")) return CAT_TIMER_LEAK;
            if (strstr(r->id, "thread")) return CAT_THREAD_LEAK;
            if (r->is_integer || strstr(r->id, "stdio") || strstr(r->id, "-dir")) return CAT_FD_LEAK;
            return strstr(r->id, "heap") || strstr(r->id, "new") ? CAT_LEAK : CAT_HANDLE_LEAK;
        case DEFECT_DOUBLE:
            return CAT_DOUBLE_FREE;
        case DEFECT_USE_AFTER:
            return CAT_USE_AFTER_FREE;
        case DEFECT_WRONG_RELEASE:
        case DEFECT_BAD_RELEASE:
            return CAT_MISMATCH;
        default:
            return CAT_LIFECYCLE;
    }
}

static const char *fix_words(fctx *c, const candidate *k) {
    bool lent = k->bond && k->bond->kind == BOND_DERIVED && k->acq && !k->bond->ended;
    if (lent && strcmp(k->exit_role, "global") != 0)
        return "Leave it to its owner, or take a reference or a copy of its own first.";
    if (k->left_at) return report_words(c, "Put null, or the new value, into `%s` on this path too.", k->place);
    switch (k->defect) {
        case DEFECT_DOUBLE:
            return report_words(c, "Leave it to one of %s() and %s(), or clear the last reference after the first.",
                                k->released_by, k->exit_role ? k->exit_role : "this call");
        case DEFECT_USE_AFTER:
            return report_words(c, "Use it before %s(), or clear the reference there and test it here.",
                                k->released_by);
        case DEFECT_WRONG_RELEASE:
            return k->other && k->other->fix ? k->other->fix : "Release it with the function that belongs to it.";
        case DEFECT_BAD_RELEASE:
            return report_words(c, "Hand %s() only what was %s for it.", k->exit_role, participle(k->rule, false));
        default:
            break;
    }
    if (k->rule && k->rule->fix) return k->rule->fix;
    if (k->bond) return "";
    if (!k->rule) {
        for (uint32_t i = 0; i < c->released.n; i++)
            if (c->released.v[i].site == k->acq->site)
                return report_words(c, "Call %s() on this path too, as the other path does.", c->released.v[i].by);
    }
    return "Release it on every path that acquired it.";
}

/* A block deep inside a record that goes around by value is nearly always a counted handle: what copies and consumes
 * it is beyond what summaries tell (jv, GValue and their like). */
static bool deep_handle(const acquisition *a) {
    if (!a || !a->inst->type || (a->inst->type->kind != IR_T_RECORD && a->inst->type->kind != IR_T_UNION)) return false;
    uint32_t depth = 0;
    for (const acquisition *in = a->inner; in; in = in->inner) depth++;
    return depth >= LIM_HANDLE_DEPTH;
}

static finding make_finding(fctx *c, const candidate *k) {
    const rule *r = k->rule;
    finding f = {.severity = r ? (finding_severity)r->severity : FINDING_WARNING, .category = category(k)};
    if (k->defect == DEFECT_WRONG_RELEASE && k->other) r = k->other; /* the finding belongs to what was acquired */
    f.rule_id = r ? rule_set_reported_id(c->e->rules, r, k->defect) : "evidence-leak";
    f.family_id = r ? r->id : "evidence";
    f.confidence = k->nneeds ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    if (!r) f.confidence = CONFIDENCE_MEDIUM;
    if (k->bond) f.confidence = kinds_confidence(c, k);
    if (k->defect == DEFECT_LEAK && deep_handle(k->acq)) f.confidence = CONFIDENCE_LOW;
    f.resource =
        report_words(c, "%s%s%s%s", resource_name(r), k->place && *k->place ? " " : "", k->place ? k->place : "", "");
    f.message = message(c, k);
    f.why = r && r->why ? r->why : k->bond ? "" : "What one path of this function releases is lost on another.";
    f.fix = fix_words(c, k);
    f.link = r ? r->link : NULL;
    f.cwe = r ? rule_defect_cwe(r, k->defect) : 772;
    f.security_severity = k->defect == DEFECT_LEAK ? 3.5 : 7.5;
    f.function = c->f->name;
    f.usr = c->f->usr;
    const ir_inst *anchor = k->defect == DEFECT_LEAK && k->acq ? k->acq->inst : k->at;
    f.loc = loc_in(c->f, anchor);
    f.function_loc = (finding_loc){.file = c->f->file, .line = c->f->first_line};
    f.role_acquire = k->acq ? k->acq->callee : "param";
    f.role_exit = k->exit_role ? k->exit_role : "use";
    f.role_place = k->place ? k->place : "";
    build_steps(c, k, &f);
    return f;
}

/* ---- which candidates stand ---- */

/* Evidence-only: the function itself releases this acquisition on some path, and did so with the
 * same outcome of the acquiring call as on the losing path. */
static bool released_elsewhere(const fctx *c, const candidate *k) {
    for (uint32_t i = 0; i < c->released.n; i++) {
        const release_site *s = &c->released.v[i];
        bool same = k->acq->by_address ? s->subject == k->subject
                                       : s->site == k->acq->site && !s->subject && s->arg == k->acq->arg;
        /* what a getter gives is borrowed more often than not: only a release that a rule knows says otherwise, where
         * the getter's body is nowhere to be seen */
        if (same && !k->rule && (!s->known || k->acq->by_body) && name_borrows(k->acq->callee)) continue;
        if (same && !(k->acq_result & ~s->acq_result)) return true;
    }
    return false;
}

/* Several ways to lose one acquisition are one finding, and so are several ways on which it is released once more. */
static bool reported_before(const fctx *c, uint32_t i) {
    const candidate *k = &c->found.v[i];
    for (uint32_t j = 0; k->defect == DEFECT_DOUBLE && k->ended && j < i; j++) {
        const candidate *o = &c->found.v[j];
        bool again = o->stands && o->defect == DEFECT_DOUBLE && o->rule == k->rule && o->ended;
        if (again && o->ended->inst == k->ended->inst && o->subject == k->subject) return true;
    }
    for (uint32_t j = 0; k->defect == DEFECT_LEAK && k->acq && j < i; j++) {
        const candidate *o = &c->found.v[j];
        bool same =
            o->stands && o->defect == DEFECT_LEAK && o->rule == k->rule && o->acq && o->acq->inst == k->acq->inst;
        if (same && o->subject_elem == k->subject_elem && o->acq->arg == k->acq->arg) return true;
    }
    return false;
}

/* The program ends with main(): what goes with its last scope is given back like what goes with its return. */
static bool ends_main(const fctx *c, const candidate *k) {
    if (!c->f->name || strcmp(c->f->name, "main") != 0 || !k->exit_role) return false;
    if (strcmp(k->exit_role, "return") == 0) return true;
    if (strcmp(k->exit_role, "scope") != 0) return false;
    return block_ends_in(c->f, k->at, IR_RET) || block_ends_in(c->f, k->at, IR_THROW);
}

void report_function(fctx *c) {
    for (uint32_t i = 0; i < c->found.n; i++) {
        candidate *k = &c->found.v[i];
        if (c->f->in_system_header) continue;
        bool by_contrast = !k->rule || k->rule->scope_bound || k->by_contrast;
        /* a lock taken inside a callee may be taken conditionally there: nothing to contrast */
        if (k->defect == DEFECT_LEAK && k->rule && k->rule->scope_bound && k->acq->inner) continue;
        if (kinds_calm(c, k) || dangling_calm(c, k)) continue;
        if (k->defect == DEFECT_LEAK && by_contrast && !released_elsewhere(c, k)) continue;
        if (k->defect == DEFECT_LEAK && ends_main(c, k)) continue;
        if (reported_before(c, i)) continue;
        k->stands = true;
        finding f = make_finding(c, k);
        if (k->nneeds)
            LL_PUSH(c->e->arena, &c->e->deferred,
                    (deferred){f, ll_memdup(c->e->arena, k->needs, k->nneeds * sizeof *k->needs), k->nneeds});
        else
            LL_PUSH(c->e->out_arena, &c->e->out->items, f);
    }
}
