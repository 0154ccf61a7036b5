/* A function as it is for constants that it is given.
 *
 *     int check(str *path) { return is_valid(path, REJECT_LONG) ? 0 : -1; }
 *
 * is_valid() does different things for different flags. Where its outcomes were too many to tell with all that they
 * ask of the flags, a call with known flags follows its body once more with these, to be told what they come to.
 *
 * What such a call comes to is a matter of the function that calls: questions are noted in the trace of that, and the
 * body that was followed is one of them. */
#include <stdio.h>
#include <string.h>

#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/special.h"
#include "engine/trace.h"
#include "ir/fold.h"

typedef struct special {
    const summary *sum; /* NULL: that is too long a way */
    const asked *asked; /* what that rests on */
    uint32_t nasked;
} special;

struct specials {
    name_map *known; /* of depth, function and what it is given -> special */
    ll_arena *room[LIM_SPECIAL_DEPTH];
};

void specials_free(struct specials *x) {
    for (uint32_t i = 0; x && i < LIM_SPECIAL_DEPTH; i++)
        if (x->room[i]) ll_arena_free(x->room[i]);
}

static struct specials *specials_of(engine *e) {
    if (!e->specials) {
        e->specials = LL_NEW(e->arena, struct specials);
        e->specials->known = name_map_new(e->arena);
    }
    return e->specials;
}

/* ---- which parameters decide ---- */

static uint64_t params_in(const fctx *c, sym s) {
    const symrec *r = symtab_at(c->t, s);
    if (r->kind == SY_INIT) {
        uint32_t p = entry_param(c, s);
        const ir_type *ty = p < 64 ? c->f->vars[p].type : NULL;
        return ty && ty->kind != IR_T_PTR ? (uint64_t)1 << p : 0;
    }
    if (r->kind != SY_TERM) return 0;
    return params_in(c, r->a) | (r->b ? params_in(c, r->b) : 0);
}

uint64_t params_asked(const fctx *c, const state_list *exits) {
    uint64_t asked = 0;
    for (uint32_t i = 0; i < exits->n; i++)
        for (uint32_t k = 0; k < exits->v[i]->nranges; k++)
            if (sym_is_input(c->t, exits->v[i]->ranges[k].s)) asked |= params_in(c, exits->v[i]->ranges[k].s);
    return asked;
}

/* ---- following the body with what is given ---- */

/* Of the arguments that decide, which are constants: their bit set. */
static uint64_t constants(const fctx *c, uint64_t asked, const sym *args, uint32_t nargs) {
    uint64_t given = 0;
    int64_t k;
    for (uint32_t i = 0; i < nargs && asked >> i && i < 64; i++)
        if (asked >> i & 1 && sym_is_const(c->t, args[i], &k)) given |= (uint64_t)1 << i;
    return given;
}

/* What symbol s of the outcome comes to for what is given alone. */
static bool comes_to(const fctx *c, const disjunct *d, uint32_t s, uint64_t given, const sym *args, int64_t *k) {
    const sum_sym *x = s ? &d->syms[s - 1] : NULL;
    int64_t a, b = 0;
    if (!x) return false;
    if (x->kind == SY_CONST) {
        *k = x->k;
        return true;
    }
    uint32_t param = sum_param(d, s);
    if (param < 64) return given >> param & 1 && sym_is_const(c->t, args[param], k);
    if (x->kind != SY_TERM || x->op == TERM_ALIAS || !comes_to(c, d, x->a, given, args, &a)) return false;
    if (x->op == IR_NOT) *k = !a;
    return x->op == IR_NOT ||
           (x->b && comes_to(c, d, x->b, given, args, &b) && ir_fold((ir_arith)x->op, a, b, false, k));
}

static bool ruled_out(const fctx *c, const disjunct *d, uint64_t given, const sym *args) {
    int64_t k;
    for (uint32_t i = 0; i < d->nranges; i++) {
        const sum_range *r = &d->ranges[i];
        if (!comes_to(c, d, r->s, given, args, &k)) continue;
        if (k < r->lo || k > r->hi || (r->nonzero && !k) || (r->has_ne && k == r->ne)) return true;
    }
    return false;
}

typedef struct results { /* bit sets of classes */
    uint8_t all;
    bool doubtful; /* some class is told by outcomes alone of which not all is known that they ask for */
} results;

static results results_of(const fctx *c, const summary *s, uint64_t given, const sym *args) {
    uint8_t sure = 0, loose = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (!ruled_out(c, &s->d[i], given, args)) *(s->d[i].loose ? &loose : &sure) |= class_by_itself(&s->d[i]);
    results r = {sure | loose, (loose & ~sure) != 0};
    bool one = !(r.all & (r.all - 1));
    if (one && s->incomplete && !s->never_returns) r = (results){RESULT_ANY, true}; /* see call_summary() */
    return r;
}

static bool is_status(const fctx *c, const ir_inst *in) {
    return in->type && in->type->kind != IR_T_PTR && !is_record_type(in->type) && result_used(c, in);
}

static bool is_small(const ir_func *f) {
    uint32_t n = 0;
    for (uint32_t b = 0; b < f->nblocks && n <= LIM_SPECIAL_INSTS; b++) n += f->blocks[b].ninsts;
    return n <= LIM_SPECIAL_INSTS;
}

static const char *key_of(fctx *c, const func_node *n, uint64_t given, const sym *args) {
    ll_strbuf b = {0};
    /* how deep: the further in, the less is followed once more inside, whoever was first to ask */
    ll_sb_printf(&b, "%u %u", c->deep, (uint32_t)(n - c->e->nodes.v));
    for (uint32_t i = 0; given >> i && i < 64; i++)
        if (given >> i & 1) ll_sb_printf(&b, " %u=%lld", i, (long long)symtab_at(c->t, args[i])->k);
    const char *key = ll_intern_str(c->e->names, ll_sb_str(&b));
    ll_sb_free(&b);
    return key;
}

void special_enter(fctx *c, state *st) {
    for (uint32_t i = 0; c->given >> i && i < 64; i++) {
        const ir_type *ty = c->f->vars[i].type;
        if (c->given >> i & 1)
            state_set_cell(c->pool, st, sym_addr_local(c->t, i, ty), sym_const(c->t, c->given_value[i]));
    }
}

static void make(fctx *c, special *x, const func_node *n, uint64_t given, const sym *args) {
    engine *e = c->e;
    trace *outer = e->trace, own = {0};
    ll_arena **room = &e->specials->room[c->deep];
    if (!*room) *room = ll_arena_new("special");
    ll_arena_reset(*room);
    fctx in = {.e = e, .f = n->f, .unit = n->unit, .arena = *room, .deep = c->deep + 1, .given = given};
    int64_t *value = LL_NEWN(*room, int64_t, 64);
    for (uint32_t i = 0; given >> i && i < 64; i++)
        if (given >> i & 1) value[i] = symtab_at(c->t, args[i])->k;
    in.given_value = value;
    if (outer) trace_begin(e, &own, UINT32_MAX);
    in.max_steps = LIM_SPECIAL_STEPS;
    x->sum = engine_follow(&in, n);
    e->trace = outer;
    x->asked = own.asked.v;
    x->nasked = own.asked.n;
}

static const summary *known_or_made(fctx *c, const func_node *n, uint64_t given, const sym *args) {
    const char *key = key_of(c, n, given, args);
    special *x = name_map_get(specials_of(c->e)->known, key);
    if (!c->specials) c->specials = name_map_new(c->arena);
    if (!name_map_get(c->specials, key)) {
        if (c->nspecials >= LIM_SPECIALS) return NULL;
        c->nspecials++;
        name_map_put(c->specials, key, (void *)key);
    }
    trace_ask(c->e, (asked){.kind = ASKED_BODY, .name = n->usr, .unit = n->unit});
    if (!is_small(program_body(c->e, n))) return NULL;
    if (!x) {
        x = LL_NEW(c->e->arena, special);
        name_map_put(c->e->specials->known, key, x);
        make(c, x, n, given, args);
    }
    for (uint32_t i = 0; i < x->nasked; i++) trace_ask(c->e, x->asked[i]);
    return x->sum;
}

const summary *special_summary(fctx *c, const ir_inst *in, func_node *n, const sym *args, uint32_t nargs) {
    uint64_t given = n->sum->asks ? constants(c, n->sum->asks, args, nargs) : 0;
    if (!given || n->recursive || c->deep >= LIM_SPECIAL_DEPTH || !is_status(c, in)) return n->sum;
    results told = results_of(c, n->sum, given, args);
    const summary *s = told.doubtful && told.all & (told.all - 1) ? known_or_made(c, n, given, args) : NULL;
    return s && told.all & ~results_of(c, s, given, args).all ? s : n->sum;
}
