/* What one function gives and ends, from its declaration and its summary. */
#include <string.h>

#include "engine/evidence.h"
#include "engine/infer_parts.h"

const char *infer_type_key(const ir_type *ty) {
    if (!ty || ty->kind != IR_T_PTR) return NULL;
    const ir_type *to = ty->elem;
    if (to && (to->kind == IR_T_RECORD || to->kind == IR_T_UNION) && to->name) return to->name;
    return ty->name;
}

static const ir_type *param_of(const known_function *f, uint32_t arg) {
    if (f->node) return arg <= f->node->f->nparams ? f->node->f->vars[arg - 1].type : NULL;
    return f->decl && arg <= f->decl->nparams ? f->decl->params[arg - 1] : NULL;
}

static uint32_t params_of(const known_function *f) {
    uint32_t n = f->node ? f->node->f->nparams : f->decl ? f->decl->nparams : 0;
    return n < 32 ? n : 32;
}

static const ir_type *result_of(const known_function *f) {
    return f->node ? f->node->f->ret : f->decl ? f->decl->ret : NULL;
}

/* ---- symbols of an outcome ---- */

static const sum_sym *at(const disjunct *d, uint32_t s) {
    return &d->syms[s - 1];
}

/* s is the value of a parameter: its number from 1, else 0. */
static uint32_t param_value(const disjunct *d, uint32_t s) {
    uint32_t param = sum_param(d, s);
    return param < 32 ? param + 1 : 0;
}

/* s is what a parameter points to, when the function is entered. */
static uint32_t param_pointee(const disjunct *d, uint32_t s) {
    return s && at(d, s)->kind == SY_INIT ? param_value(d, at(d, s)->a) : 0;
}

static const sum_range *range_of(const disjunct *d, uint32_t s) {
    for (uint32_t i = 0; i < d->nranges; i++)
        if (d->ranges[i].s == s) return &d->ranges[i];
    return NULL;
}

static bool is_zero(const disjunct *d, uint32_t s) {
    if (at(d, s)->kind == SY_CONST) return at(d, s)->k == 0;
    const sum_range *r = range_of(d, s);
    return r && r->lo == 0 && r->hi == 0;
}

static bool is_nonzero(const disjunct *d, uint32_t s) {
    const sum_range *r = range_of(d, s);
    return r && (r->nonzero || r->lo > 0 || r->hi < 0);
}

/* The address under all fields and elements. */
static uint32_t region(const disjunct *d, uint32_t s) {
    while (at(d, s)->kind == SY_SUB) s = at(d, s)->a;
    return s;
}

static const sum_track *held(const disjunct *d, uint32_t s) {
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].s == s && d->tracks[i].state == TR_HELD && d->tracks[i].acq && d->tracks[i].rule)
            return &d->tracks[i];
    return NULL;
}

/* Stored where the caller's own data is. `except`: the out-parameter it is given by. */
static bool known_elsewhere(const disjunct *d, uint32_t s, uint32_t except) {
    for (uint32_t i = 0; i < d->ncells; i++) {
        uint32_t addr = d->cells[i].addr, val = d->cells[i].val;
        if (!val || region(d, val) != s || addr == except) continue;
        const sum_sym *r = at(d, region(d, addr));
        if (r->kind == SY_INIT || (r->kind == SY_ADDR && r->p)) return true;
    }
    return false;
}

/* Handed to somebody of whom nothing is known, who may keep it. */
static bool handed_on(const disjunct *d, uint32_t s) {
    for (uint32_t i = 0; i < d->nescapes; i++)
        if (d->escapes[i].s == s) return true;
    return false;
}

/* ---- what it gives ---- */

typedef struct result_span {
    int64_t lo, hi;
    bool any, unknown, nonzero;
} result_span;

static void widen(result_span *r, const disjunct *d) {
    int64_t lo = INT64_MIN, hi = INT64_MAX;
    bool nonzero = false;
    if (d->ret && at(d, d->ret)->kind == SY_CONST) {
        lo = hi = at(d, d->ret)->k;
        nonzero = lo != 0;
    } else if (d->ret) {
        const sum_range *x = range_of(d, d->ret);
        if (x) {
            lo = x->lo;
            hi = x->hi;
            nonzero = x->nonzero || lo > 0 || hi < 0;
        }
    } else {
        r->unknown = true;
    }
    r->nonzero = (!r->any || r->nonzero) && nonzero;
    r->lo = r->any && r->lo < lo ? r->lo : lo;
    r->hi = r->any && r->hi > hi ? r->hi : hi;
    r->any = true;
}

static inferred_fails fails_of(const result_span *with, const result_span *without, bool complete) {
    if (!without->any)
        return complete ? FAILS_NEVER : with->any && with->lo == 0 && with->hi == 0 ? FAILS_NONZERO : FAILS_UNKNOWN;
    if (with->unknown || without->unknown) return FAILS_UNKNOWN;
    if (with->lo == 0 && with->hi == 0 && without->nonzero) return FAILS_NONZERO;
    if (with->lo >= 0 && without->hi < 0) return FAILS_NEGATIVE;
    if (with->nonzero && without->lo == 0 && without->hi == 0) return FAILS_ZERO;
    return FAILS_UNKNOWN;
}

/* Born in the function: by an acquisition a rule names, else by a call of which nothing is known. */
static bool is_fresh(const disjunct *d, uint32_t s, give *g) {
    const sum_track *t = held(d, s);
    if (t) {
        if (!g->rule) g->rule = t->rule;
        if (g->rule != t->rule) return false;
        g->proof = PROOF_BODY;
        return true;
    }
    if (at(d, s)->kind != SY_CONJ) return false;
    if (g->proof == PROOF_NONE) g->proof = PROOF_LIKELY;
    return true;
}

static uint32_t stored_through(const disjunct *d, uint32_t arg) {
    for (uint32_t i = 0; i < d->ncells; i++)
        if (param_value(d, d->cells[i].addr) == arg) return i + 1;
    return 0;
}

/* What *argument held before matters: it is changed, not given (a list to put something in). */
static bool reads_old(const disjunct *d, uint32_t arg) {
    for (uint32_t i = 1; arg && i <= d->nsyms; i++)
        if (param_pointee(d, i) == arg) return true;
    return false;
}

/* One outcome: what is found at the result, or in *argument. */
static void see_outcome(give *g, const disjunct *d, result_span *with, result_span *without) {
    uint32_t cell = g->arg ? stored_through(d, g->arg) : 0;
    uint32_t s = g->arg ? (cell ? d->cells[cell - 1].val : 0) : d->ret;
    if (s && at(d, s)->kind == SY_SUB && at(d, s)->op == SUB_FIELD) s = region(d, s); /* the base it is built around */
    if (!s || is_zero(d, s)) {
        g->none++;
        widen(without, d);
        return;
    }
    widen(with, d);
    if (!is_fresh(d, s, g)) {
        g->other++;
        return;
    }
    g->fresh++;
    g->maybe_null |= !is_nonzero(d, s);
    g->handed |= handed_on(d, s);
    g->shared |= known_elsewhere(d, s, g->arg ? d->cells[cell - 1].addr : 0);
    for (uint32_t i = 0; i < d->ntracks; i++)
        if (d->tracks[i].state == TR_RELEASED && !d->tracks[i].acq && param_value(d, d->tracks[i].s))
            g->from = param_value(d, d->tracks[i].s);
}

static void see_give(inference *x, known_function *f, uint32_t arg, const ir_type *ty) {
    const summary *sum = f->node->sum;
    give g = {.f = f, .arg = arg, .type = infer_type_key(ty)};
    result_span with = {0}, without = {0};
    for (uint32_t i = 0; i < sum->n; i++) see_outcome(&g, &sum->d[i], &with, &without);
    for (uint32_t i = 0; i < sum->n; i++)
        if (reads_old(&sum->d[i], arg)) return;
    if (!g.fresh) return;
    bool complete = !sum->incomplete && !sum->lossy && !g.maybe_null;
    bool integer = g.rule && g.rule->is_integer;
    if (arg)
        g.fails = fails_of(&with, &without, complete);
    else
        g.fails = complete && !g.none && !integer ? FAILS_NEVER : FAILS_DEFAULT;
    LL_PUSH(x->a, &f->gives, g);
}

/* An object, or something that a rule knows to be a resource. */
static bool is_object_pointer(const ir_type *ty) {
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind != IR_T_FUNC && !ty->elem->is_const;
}

static bool is_out_param(const ir_type *ty) {
    return is_object_pointer(ty) && ty->elem->kind == IR_T_PTR && is_object_pointer(ty->elem);
}

/* ---- what it ends ---- */

static ender *ender_of(inference *x, known_function *f, uint32_t arg, bool through) {
    for (uint32_t i = 0; i < f->ends.n; i++)
        if (f->ends.v[i].arg == arg && f->ends.v[i].through == through) return &f->ends.v[i];
    const ir_type *ty = param_of(f, arg);
    if (through) ty = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
    LL_PUSH(x->a, &f->ends, (ender){.arg = arg, .through = through, .type = infer_type_key(ty)});
    return &f->ends.v[f->ends.n - 1];
}

static void see_end(inference *x, known_function *f, const disjunct *d, uint32_t s, const rule *r) {
    uint32_t direct = param_value(d, s), behind = param_pointee(d, s);
    if (!direct && !behind) return;
    ender *n = ender_of(x, f, direct ? direct : behind, !direct);
    if (r) {
        n->rule = r;
        n->proof = PROOF_BODY;
    } else if (n->proof == PROOF_NONE) {
        n->proof = PROOF_LIKELY;
    }
}

/* Given to somebody who keeps or ends it, by a function that by its name ends it. */
static bool taken_by_name(const known_function *f, const sum_track *t) {
    return f->sounds_releasing && t->state == TR_GONE;
}

static bool ends_in(inference *x, const known_function *f, const disjunct *d, const ender *n) {
    for (uint32_t i = 0; i < d->ntracks; i++) {
        uint32_t s = d->tracks[i].s;
        bool ended = (d->tracks[i].state == TR_RELEASED && !d->tracks[i].acq) || taken_by_name(f, &d->tracks[i]);
        if (ended && (n->through ? param_pointee(d, s) : param_value(d, s)) == n->arg) return true;
    }
    for (uint32_t i = 0; i < d->nescapes; i++) {
        uint32_t s = d->escapes[i].s;
        if (name_releases(x->e, d->escapes[i].callee) &&
            (n->through ? param_pointee(d, s) : param_value(d, s)) == n->arg)
            return true;
    }
    return false;
}

static bool null_there(const disjunct *d, const ender *n) {
    for (uint32_t i = 1; i <= d->nsyms; i++)
        if ((n->through ? param_pointee(d, i) : param_value(d, i)) == n->arg && is_zero(d, i)) return true;
    return false;
}

static void see_ends(inference *x, known_function *f) {
    const summary *sum = f->node->sum;
    for (uint32_t i = 0; i < sum->n; i++) {
        const disjunct *d = &sum->d[i];
        for (uint32_t k = 0; k < d->ntracks; k++)
            if (d->tracks[k].state == TR_RELEASED && !d->tracks[k].acq && d->tracks[k].rule)
                see_end(x, f, d, d->tracks[k].s, d->tracks[k].rule);
        for (uint32_t k = 0; k < d->ntracks; k++)
            if (taken_by_name(f, &d->tracks[k])) see_end(x, f, d, d->tracks[k].s, NULL);
        for (uint32_t k = 0; k < d->nescapes; k++)
            if (name_releases(x->e, d->escapes[k].callee)) see_end(x, f, d, d->escapes[k].s, NULL);
    }
    for (uint32_t k = 0; k < f->ends.n; k++)
        for (uint32_t i = 0; i < sum->n; i++)
            f->ends.v[k].in_part |= !ends_in(x, f, &sum->d[i], &f->ends.v[k]) && !null_there(&sum->d[i], &f->ends.v[k]);
}

/* p->refs becomes p->refs + *by: the parameter p, else 0. */
static uint32_t counted_param(const disjunct *d, const sum_cell *c, int64_t *by) {
    if (!c->val || at(d, c->addr)->kind != SY_SUB || at(d, c->val)->kind != SY_TERM) return 0;
    const sum_sym *v = at(d, c->val);
    if ((v->op != IR_ADD && v->op != IR_SUB) || !v->a || !v->b || at(d, v->b)->kind != SY_CONST) return 0;
    *by = v->op == IR_ADD ? at(d, v->b)->k : -at(d, v->b)->k;
    return at(d, v->a)->kind == SY_INIT && at(d, v->a)->a == c->addr ? param_value(d, region(d, c->addr)) : 0;
}

static void see_counts(known_function *f) {
    const summary *sum = f->node->sum;
    for (uint32_t i = 0; i < sum->n; i++) {
        const disjunct *d = &sum->d[i];
        for (uint32_t k = 0; k < d->ncells; k++) {
            int64_t by = 0;
            uint32_t p = counted_param(d, &d->cells[k], &by);
            if (!p) continue;
            for (uint32_t n = 0; by == -1 && n < f->ends.n; n++)
                if (f->ends.v[n].arg == p && !f->ends.v[n].through) f->ends.v[n].counts_down = true;
            if (by != 1) continue;
            f->retains = p;
            f->returns_it = param_value(d, d->ret) == p;
        }
    }
}

static uint32_t kept_params(const known_function *f) {
    const summary *sum = f->node->sum;
    uint32_t kept = 0;
    for (uint32_t i = 1; i <= params_of(f); i++) {
        const ir_type *ty = param_of(f, i);
        if (!is_object_pointer(ty)) continue;
        if (sum->lossy || sum->keeps >> (i - 1) & 1) kept |= 1u << (i - 1);
    }
    return kept;
}

static void from_body(inference *x, known_function *f) {
    const ir_type *ret = result_of(f);
    bool integer = ret && ret->kind == IR_T_INT;
    if (is_object_pointer(ret) || integer) see_give(x, f, 0, ret);
    for (uint32_t i = 1; i <= params_of(f); i++)
        if (is_out_param(param_of(f, i))) see_give(x, f, i, param_of(f, i)->elem);
    for (uint32_t i = f->gives.n; i-- > 0;) /* a number that nobody knows to be a handle is none */
        if (!f->gives.v[i].arg && integer && f->gives.v[i].proof != PROOF_BODY)
            f->gives.v[i] = f->gives.v[--f->gives.n];
    see_ends(x, f);
    see_counts(f);
    f->keeps = kept_params(f);
}

/* Declared only: whatever looks like a constructor or a destructor may be one. */
static void from_declaration(inference *x, known_function *f) {
    const ir_type *ret = result_of(f);
    uint32_t n = params_of(f);
    if (f->sounds_releasing) {
        for (uint32_t i = n; i >= 1; i--) { /* the last object: what comes before is where it belongs */
            const ir_type *ty = param_of(f, i);
            bool through = is_out_param(ty) && infer_type_key(ty->elem);
            if (!through && !(is_object_pointer(ty) && (infer_type_key(ty) || n == 1))) continue;
            ender_of(x, f, i, through);
            break;
        }
        return;
    }
    if (is_object_pointer(ret) && infer_type_key(ret))
        LL_PUSH(x->a, &f->gives, (give){.f = f, .type = infer_type_key(ret), .fails = FAILS_DEFAULT});
    for (uint32_t i = 1; i <= n; i++)
        if (is_out_param(param_of(f, i)) && infer_type_key(param_of(f, i)->elem))
            LL_PUSH(x->a, &f->gives, (give){.f = f, .arg = i, .type = infer_type_key(param_of(f, i)->elem)});
}

void infer_facts(inference *x, known_function *f) {
    f->sounds_releasing = name_releases(x->e, f->name);
    if (infer_is_modelled(f)) {
        for (uint32_t i = 0; i < f->model->neffects; i++) {
            const rule_effect *ef = &f->model->effects[i];
            if (ef->kind != EFF_RELEASE || !ef->rule || ef->where.kind < WHERE_ARG || ef->where.field) continue;
            ender *n = ender_of(x, f, ef->where.arg, ef->where.kind == WHERE_ARG_DEREF);
            n->rule = ef->rule;
            n->proof = PROOF_BODY;
        }
        return;
    }
    if (f->node && f->node->sum)
        from_body(x, f);
    else if (!f->node && f->decl && !f->decl->owner)
        from_declaration(x, f);
}
