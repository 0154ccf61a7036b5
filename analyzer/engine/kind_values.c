/* Counted values (value_refs.h) that one path consumes and another loses:
 *
 *     jv sub = jv_get(jv_copy(t), k);
 *     t = jv_set(t, k, jv_null());
 *     if (!jv_is_valid(t)) return t;          sub is lost here,
 *     return jv_set(t, k, change(sub));       and was consumed there
 *
 * One function at a time, path by path over its blocks: which variables hold a reference, and which flags are known to
 * be zero or not. Not every value of such a type has a counter behind it, and programs leave those alone once they have
 * looked: a loss is told only where, behind the last such look at the value, the same decision also leads to where it
 * is consumed, or copied, and where no look said of which one kind it is. Functions that see the counter are the type's
 * own and not judged. */
#include <string.h>

#include "engine/kinds.h"
#include "engine/value_refs.h"

enum { WORDS = 8, FLAGS = 48, MOST_STATES = 20000, MOST_IN_BLOCK = 64 };
enum { FLAG_UNKNOWN, FLAG_ZERO, FLAG_NONZERO };

/* What is known where a block begins, and by which way that block was come to. */
typedef struct value_state {
    uint64_t held[WORDS];
    uint8_t flag[FLAGS];
    uint32_t block, taken; /* taken: number of the target of the block before that this one is */
    const struct value_state *from;
} value_state;

typedef LL_ARRAY(const value_state *) value_states;

typedef struct value_run {
    const value_refs *refs;
    ll_arena *arena;
    fctx *c;
    const func_node *n;
    const ir_func *f;
    uint32_t *bit, *flag_of; /* per variable: number + 1, 0 none */
    value_states todo;
    value_states *seen; /* per block */
    uint32_t nstates;
    finding_list found;
} value_run;

typedef struct value_loss {
    uint32_t var;
    const value_state *at;
    uint32_t inst;    /* in its block */
    const char *role; /* as in a candidate */
} value_loss;

/* ---- what an instruction does to the variable v ---- */

static bool consumes(const value_run *r, const ir_inst *in, uint32_t v) {
    if (in->op == IR_COPY || in->op == IR_RET) return value_var(&in->a) == v;
    if (in->op != IR_CALL) return false;
    value_sig s = value_refs_call(r->refs, r->f, r->n->unit, in);
    for (uint32_t i = 0; i < in->nargs; i++)
        if (value_var(&in->args[i]) == v && (i >= 64 || s.consumes >> i & 1)) return true;
    return false;
}

static bool is_argument(const ir_inst *in, uint32_t v) {
    for (uint32_t i = 0; in->op == IR_CALL && i < in->nargs; i++)
        if (value_var(&in->args[i]) == v) return true;
    return false;
}

static bool copies(const value_run *r, const ir_inst *in, uint32_t v) {
    return is_argument(in, v) && value_refs_call(r->refs, r->f, r->n->unit, in).copies;
}

static bool writes(const ir_inst *in, uint32_t v) {
    return in->dst.var == v && !in->dst.npath && in->op != IR_SCOPE_END;
}

/* v holds a reference from here on. */
static bool gives(const value_run *r, const ir_inst *in, uint32_t v) {
    if (value_is_made(in)) return in->dst.var == v;
    if (in->op != IR_CALL) return false;
    value_sig s = value_refs_call(r->refs, r->f, r->n->unit, in);
    if (s.copies && in->dst.var == IR_NOVAR) return is_argument(in, v); /* for its effect alone */
    return s.gives && writes(in, v);
}

/* ---- is it a defect? ---- */

/* From the instruction on, is v consumed or copied before it gets another value? */
static bool leads_on(const value_run *r, uint32_t block, uint32_t first, uint32_t v) {
    bool *been = LL_NEWN(r->arena, bool, r->f->nblocks);
    LL_ARRAY(uint32_t) todo = {0};
    LL_PUSH(r->arena, &todo, block);
    while (todo.n) {
        const ir_block *b = &r->f->blocks[todo.v[--todo.n]];
        bool open = true;
        for (uint32_t i = first; i < b->ninsts && open; i++) {
            const ir_inst *in = &b->insts[i];
            if (copies(r, in, v) || consumes(r, in, v)) return true;
            open = !writes(in, v);
        }
        const ir_inst *end = b->ninsts ? &b->insts[b->ninsts - 1] : NULL;
        first = 0;
        for (uint32_t k = 0; open && end && k < end->ntargets; k++) {
            if (been[end->targets[k]]) continue;
            been[end->targets[k]] = true;
            LL_PUSH(r->arena, &todo, end->targets[k]);
        }
    }
    return false;
}

static const ir_inst *only_definition(const ir_func *f, const ir_operand *o) {
    uint32_t v = value_var(o);
    const ir_inst *found = NULL;
    for (uint32_t b = 0; v != IR_NOVAR && b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            if (!writes(&f->blocks[b].insts[i], v) || f->blocks[b].insts[i].op == IR_DECL) continue;
            if (found) return NULL;
            found = &f->blocks[b].insts[i];
        }
    return found;
}

typedef enum look { NO_LOOK, LOOK, LOOK_EQUAL } look; /* EQUAL: v is of the one kind that was asked for */

/* The call asks about v, or about a copy of it. */
static bool asks(const value_run *r, const ir_inst *call, uint32_t v, bool *itself) {
    *itself = is_argument(call, v) && !consumes(r, call, v);
    if (*itself) return true;
    for (uint32_t i = 0; call->op == IR_CALL && i < call->nargs; i++) {
        const ir_inst *d = only_definition(r->f, &call->args[i]);
        if (d && copies(r, d, v)) return true;
    }
    return false;
}

/* Does the decision at the end of a block, taken this way, look at v? */
static look looks_at(const value_run *r, const ir_inst *end, uint32_t taken, uint32_t v) {
    if (end->op != IR_BRANCH && end->op != IR_SWITCH) return NO_LOOK;
    const ir_inst *d = only_definition(r->f, &end->a);
    bool equal = end->op == IR_SWITCH, itself;
    for (int depth = 0; d && depth < 4; depth++) {
        if (asks(r, d, v, &itself)) return equal && itself ? LOOK_EQUAL : LOOK;
        if (d->op == IR_BIN && ((d->arith != IR_EQ && d->arith != IR_NE) || d->b.kind != IR_O_INT)) return NO_LOOK;
        if (d->op == IR_BIN) equal = taken == (d->arith == IR_EQ ? 0 : 1);
        if (d->op != IR_BIN && d->op != IR_UN && d->op != IR_COPY) return NO_LOOK;
        d = only_definition(r->f, &d->a);
    }
    return NO_LOOK;
}

/* What the decision asks stays as it is while the function runs: bits of an argument. */
static bool is_steady(const value_run *r, const ir_inst *end) {
    if (end->op != IR_BRANCH) return false;
    const ir_inst *d = only_definition(r->f, &end->a);
    uint32_t of = d && d->op == IR_BIN && d->b.kind == IR_O_INT ? value_var(&d->a) : IR_NOVAR;
    if (of == IR_NOVAR || r->f->vars[of].kind != IR_V_PARAM) return false;
    return !only_definition(r->f, &d->a) && !r->f->vars[of].address_taken;
}

/* One such decision went both ways on the path. */
static bool contradicts_itself(const value_run *r, const value_state *s) {
    uint32_t *way = LL_NEWN(r->arena, uint32_t, r->f->nblocks);
    for (; s->from; s = s->from) {
        const ir_block *b = &r->f->blocks[s->from->block];
        if (!is_steady(r, &b->insts[b->ninsts - 1])) continue;
        uint32_t *w = &way[s->from->block];
        if (*w && *w != s->taken + 1) return true;
        *w = s->taken + 1;
    }
    return false;
}

static const ir_inst *definition_in(const value_run *r, const value_state *s, uint32_t end, uint32_t v, uint32_t *at) {
    const ir_block *b = &r->f->blocks[s->block];
    for (uint32_t i = end < b->ninsts ? end : b->ninsts; i-- > 0;) {
        *at = i;
        if (gives(r, &b->insts[i], v)) return &b->insts[i];
    }
    return NULL;
}

/* A value that is looked at and has no name is never consumed: a kind it was asked for has perhaps no counter, any
 * other may have one. */
static bool dropped(const value_run *r, const value_state *s, const ir_inst *given, uint32_t at, uint32_t v) {
    return given && r->f->vars[v].kind == IR_V_TEMP && !leads_on(r, s->block, at + 1, v);
}

/* The instruction that gave the reference, and the state of its block; NULL and the first state: the caller gave it. */
static const ir_inst *given_by(const value_run *r, const value_loss *l, const value_state **where, bool *stands) {
    const value_state *s = l->at;
    uint32_t end = l->inst, at = 0;
    bool looked = false, equal = false;
    *stands = true;
    for (;; end = UINT32_MAX) {
        const ir_inst *d = definition_in(r, s, end, l->var, &at);
        if (d || !s->from) {
            *where = s;
            if (!looked) *stands = leads_on(r, s->block, d ? at + 1 : 0, l->var);
            if (looked) *stands |= dropped(r, s, d, at, l->var);
            *stands &= !equal && !contradicts_itself(r, l->at);
            return d;
        }
        const ir_block *before = &r->f->blocks[s->from->block];
        look k = looks_at(r, &before->insts[before->ninsts - 1], s->taken, l->var);
        equal |= k == LOOK_EQUAL;
        if (k == LOOK && !looked) *stands = leads_on(r, s->block, 0, l->var);
        looked |= k != NO_LOOK;
        s = s->from;
    }
}

/* ---- findings ---- */

static const path_step *decisions(const value_run *r, const value_state *s, const value_state *since) {
    if (s == since || !s->from) return NULL;
    const path_step *prev = decisions(r, s->from, since);
    const ir_block *b = &r->f->blocks[s->from->block];
    const ir_inst *end = &b->insts[b->ninsts - 1];
    if (end->op != IR_BRANCH && end->op != IR_SWITCH) return prev;
    path_step *p = LL_NEW(r->arena, path_step);
    *p = (path_step){prev, STEP_BRANCH, r->f, end, s->taken, NULL, prev ? prev->serial + 1 : 1};
    return p;
}

static const char *callee_of(const value_run *r, const ir_inst *call) {
    if (call->op != IR_CALL) return "";
    const char *name = call->a.kind == IR_O_FUNC ? r->f->vars[call->a.place.var].name : NULL;
    return name ? name : "";
}

static finding_loc loc_of(const ir_func *f, const ir_loc *at) {
    return (finding_loc){.file = f->file, .line = f->first_line + at->line, .col = at->col};
}

static void add_steps(value_run *r, const value_loss *l, const ir_inst *given, const value_state *since, finding *x) {
    step_list steps = {0};
    const ir_inst *at = &r->f->blocks[l->at->block].insts[l->inst];
    const char *var = r->f->vars[l->var].name;
    if (given)
        report_step(r->c, &steps, STEP_ACQUIRE, r->f, given, 0,
                    report_words(r->c, "a reference of its own comes from %s()", x->role_acquire));
    const candidate none = {.defect = DEFECT_LEAK};
    report_steps_between(r->c, &steps, NULL, decisions(r, l->at, since), &none);
    report_step(r->c, &steps, STEP_LOST, r->f, at, 0,
                var ? report_words(r->c, "`%s` is lost here: nothing has consumed its reference", var)
                    : "the reference is lost here: nothing has consumed it");
    x->steps = steps.v;
    x->nsteps = steps.n;
}

/* `return NULL`: who is given nothing still has what it handed over. */
static bool keeps_on_failure(const value_run *r, const ir_inst *ret) {
    return ret->op == IR_RET && ret->a.kind == IR_O_INT && !ret->a.i && r->f->ret && r->f->ret->kind == IR_T_PTR;
}

static void report_loss(value_run *r, const value_loss *l) {
    bool stands;
    const value_state *since;
    const ir_inst *given = given_by(r, l, &since, &stands);
    if (!stands) return;
    const ir_inst *at = &r->f->blocks[l->at->block].insts[l->inst];
    if (!given && keeps_on_failure(r, at)) return;
    const ir_var *v = &r->f->vars[l->var];
    const char *by = given ? callee_of(r, given) : "param", *drop = value_refs_drop(r->refs, v->type);
    const char *place = v->name ? report_words(r->c, " `%s`", v->name) : "";
    const char *from = given && *by ? report_words(r->c, " from %s()", by)
                       : given      ? ""
                                    : ", which the function is given,";
    finding x = {.rule_id = "evidence-leak",
                 .family_id = "evidence",
                 .severity = FINDING_WARNING,
                 .confidence = CONFIDENCE_MEDIUM,
                 .category = CAT_REFCOUNT,
                 .resource = report_words(r->c, "value%s", place),
                 .message = report_words(
                     r->c, "value%s%s is released on another path but lost on the one that leaves at line %d", place,
                     from, r->f->first_line + at->loc.line),
                 .why = "What one path of this function releases is lost on another.",
                 .fix = report_words(r->c, "Call %s() on this path too.", drop),
                 .cwe = 772,
                 .security_severity = 3.5,
                 .function = r->f->name,
                 .usr = r->f->usr,
                 .loc = loc_of(r->f, given ? &given->loc : &at->loc),
                 .function_loc = {.file = r->f->file, .line = r->f->first_line},
                 .role_acquire = by,
                 .role_exit = l->role,
                 .role_place = v->name ? v->name : ""};
    for (uint32_t i = 0; i < r->found.items.n; i++) {
        const finding *o = &r->found.items.v[i];
        if (o->loc.line == x.loc.line && o->loc.col == x.loc.col && strcmp(o->role_place, x.role_place) == 0) return;
    }
    add_steps(r, l, given, since, &x);
    LL_PUSH(r->arena, &r->found.items, x);
}

/* ---- the paths ---- */

static bool is_held(const value_run *r, const value_state *s, uint32_t v) {
    uint32_t b = v == IR_NOVAR ? 0 : r->bit[v];
    return b && s->held[(b - 1) / 64] >> ((b - 1) & 63) & 1;
}

static void set_held(const value_run *r, value_state *s, uint32_t v, bool held) {
    uint32_t b = v == IR_NOVAR ? 0 : r->bit[v];
    if (!b) return;
    uint64_t one = (uint64_t)1 << ((b - 1) & 63);
    s->held[(b - 1) / 64] = held ? s->held[(b - 1) / 64] | one : s->held[(b - 1) / 64] & ~one;
}

static uint8_t flag_value(const value_run *r, const value_state *s, const ir_operand *o) {
    if (o->kind == IR_O_INT) return o->i ? FLAG_NONZERO : FLAG_ZERO;
    uint32_t v = value_var(o);
    return v != IR_NOVAR && r->flag_of[v] ? s->flag[r->flag_of[v] - 1] : FLAG_UNKNOWN;
}

static void lost(value_run *r, const value_state *at, value_state *s, uint32_t v, uint32_t inst, const char *role) {
    if (!is_held(r, s, v)) return;
    set_held(r, s, v, false);
    report_loss(r, &(value_loss){v, at, inst, role});
}

static void step_values(value_run *r, const value_state *at, value_state *s, uint32_t i) {
    const ir_inst *in = &r->f->blocks[at->block].insts[i];
    uint32_t d = in->dst.var, from = in->op == IR_COPY ? value_var(&in->a) : IR_NOVAR;
    for (uint32_t k = 0; in->op == IR_CALL && k < in->nargs; k++) {
        uint32_t v = value_var(&in->args[k]);
        if (is_held(r, s, v) && consumes(r, in, v)) set_held(r, s, v, false);
    }
    set_held(r, s, from, false);
    if (in->op == IR_RET) {
        set_held(r, s, value_var(&in->a), false);
        for (uint32_t v = 0; v < r->f->nvars; v++) lost(r, at, s, v, i, "return");
        return;
    }
    if (in->op == IR_CALL && d == IR_NOVAR)
        for (uint32_t k = 0; k < in->nargs; k++)
            if (value_var(&in->args[k]) != IR_NOVAR && gives(r, in, value_var(&in->args[k])))
                set_held(r, s, value_var(&in->args[k]), true);
    if (d == IR_NOVAR) return;
    if (value_is_made(in)) set_held(r, s, d, true);
    if (in->dst.npath) return;
    if (in->op == IR_HAVOC) set_held(r, s, d, false);
    lost(r, at, s, d, i, in->op == IR_DECL || in->op == IR_SCOPE_END ? "scope" : "overwrite");
    if (in->op == IR_CALL && gives(r, in, d)) set_held(r, s, d, true);
    if (r->flag_of[d]) s->flag[r->flag_of[d] - 1] = in->op == IR_COPY ? flag_value(r, s, &in->a) : FLAG_UNKNOWN;
}

static void arrive(value_run *r, const value_state *from, value_state *s, uint32_t block, uint32_t taken) {
    value_states *seen = &r->seen[block];
    for (uint32_t i = 0; i < seen->n; i++)
        if (memcmp(seen->v[i]->held, s->held, sizeof s->held) == 0 &&
            memcmp(seen->v[i]->flag, s->flag, sizeof s->flag) == 0)
            return;
    if (seen->n >= MOST_IN_BLOCK || r->nstates >= MOST_STATES) return; /* misses, then */
    value_state *x = ll_memdup(r->arena, s, sizeof *s);
    x->block = block;
    x->taken = taken;
    x->from = from;
    r->nstates++;
    LL_PUSH(r->arena, seen, x);
    LL_PUSH(r->arena, &r->todo, x);
}

static void run_block(value_run *r, const value_state *at) {
    const ir_block *b = &r->f->blocks[at->block];
    value_state s = *at;
    for (uint32_t i = 0; i < b->ninsts; i++) step_values(r, at, &s, i);
    const ir_inst *end = b->ninsts ? &b->insts[b->ninsts - 1] : NULL;
    for (uint32_t k = 0; end && k < end->ntargets; k++) {
        value_state out = s;
        if (end->op == IR_BRANCH) {
            uint8_t known = flag_value(r, &s, &end->a), way = k == 0 ? FLAG_NONZERO : FLAG_ZERO;
            if (known != FLAG_UNKNOWN && known != way) continue;
            uint32_t v = value_var(&end->a);
            if (v != IR_NOVAR && r->flag_of[v]) out.flag[r->flag_of[v] - 1] = way;
        }
        arrive(r, at, &out, end->targets[k], k);
    }
}

/* ---- which functions, which variables ---- */

static bool sees_counter(const value_run *r, const ir_inst *in) {
    const ir_place *p[3] = {&in->dst, in->a.kind == IR_O_PLACE ? &in->a.place : NULL,
                            in->b.kind == IR_O_PLACE ? &in->b.place : NULL};
    for (int i = 0; i < 3; i++) {
        if (!p[i] || p[i]->var == IR_NOVAR || !p[i]->npath) continue;
        if (!value_refs_drop(r->refs, r->f->vars[p[i]->var].type)) continue;
        if (in->type && in->type->kind == IR_T_PTR) return true;
        for (uint32_t k = 0; k < p[i]->npath; k++)
            if (p[i]->path[k].kind == IR_S_DEREF) return true;
    }
    return false;
}

/* Two variables with one reference: whose it is, is beyond this. */
static bool makes_alias(const ir_func *f, const ir_inst *in) {
    if (in->op != IR_COPY || in->dst.npath || value_var(&in->a) == IR_NOVAR) return false;
    return f->vars[in->dst.var].kind != IR_V_TEMP && f->vars[value_var(&in->a)].kind != IR_V_TEMP;
}

/* Numbers the variables that hold references, and the flags; false: there is nothing to follow, or too much. */
static bool number_variables(value_run *r) {
    const ir_func *f = r->f;
    uint32_t nbits = 0, nflags = 0;
    r->bit = LL_NEWN(r->arena, uint32_t, f->nvars);
    r->flag_of = LL_NEWN(r->arena, uint32_t, f->nvars);
    for (uint32_t v = 0; v < f->nvars; v++) {
        bool own = f->vars[v].kind == IR_V_PARAM || f->vars[v].kind == IR_V_LOCAL || f->vars[v].kind == IR_V_TEMP;
        if (own && !f->vars[v].address_taken && value_refs_drop(r->refs, f->vars[v].type)) r->bit[v] = ++nbits;
    }
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (sees_counter(r, in)) return false;
            if (makes_alias(f, in)) r->bit[in->dst.var] = r->bit[in->a.place.var] = 0;
            uint32_t v = in->op == IR_BRANCH ? value_var(&in->a) : IR_NOVAR;
            if (v == IR_NOVAR || r->flag_of[v] || nflags == FLAGS || f->vars[v].address_taken) continue;
            if (f->vars[v].kind == IR_V_PARAM || f->vars[v].kind == IR_V_LOCAL) r->flag_of[v] = ++nflags;
        }
    return nbits && nbits <= WORDS * 64;
}

static void follow_values(engine *e, const value_refs *refs, const func_node *n, ll_arena *a) {
    fctx c = {.e = e, .f = program_body(e, n), .unit = n->unit, .arena = a};
    value_run r = {.refs = refs, .arena = a, .c = &c, .n = n, .f = n->f};
    value_sig own = refs->sig[n - e->nodes.v];
    bool ends_program = n->f->name && strcmp(n->f->name, "main") == 0;
    if (own.fixed || ends_program || n->f->in_system_header || !number_variables(&r)) return;
    r.seen = LL_NEWN(a, value_states, n->f->nblocks);
    value_state first = {0};
    for (uint32_t i = 0; i < n->f->nparams && i < 64; i++) set_held(&r, &first, i, own.consumes >> i & 1);
    arrive(&r, NULL, &first, 0, 0);
    while (r.todo.n) run_block(&r, r.todo.v[--r.todo.n]);
    for (uint32_t i = 0; i < r.found.items.n; i++) LL_PUSH(e->out_arena, &e->out->items, r.found.items.v[i]);
}

void values_report(engine *e) {
    ll_arena *scratch = ll_arena_new("values");
    const value_refs *refs = value_refs_find(e, scratch);
    ll_arena *one = refs ? ll_arena_new("function") : NULL;
    for (uint32_t i = 0; refs && i < e->nodes.n; i++) {
        ll_arena_reset(one);
        follow_values(e, refs, &e->nodes.v[i], one);
    }
    if (one) ll_arena_free(one);
    ll_arena_free(scratch);
}
