/* Bottom-up over the program: interpret, summarise, report. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "engine/body_answers.h"
#include "engine/evidence.h"
#include "engine/fctx.h"
#include "engine/heard.h"
#include "engine/kinds.h"
#include "engine/outline_edit.h"
#include "engine/remember.h"
#include "engine/report.h"
#include "engine/special.h"
#include "engine/summary_codec.h"

engine *engine_new(const rule_set *rules, ll_intern *names, engine_options opt) {
    engine *e = ll_xcalloc(1, sizeof *e);
    e->rules = rules;
    e->names = names;
    e->opt = opt;
    e->arena = ll_arena_new("program");
    e->by_usr = name_map_new(e->arena);
    e->decls = name_map_new(e->arena);
    e->globals = name_map_new(e->arena);
    e->slots = name_map_new(e->arena);
    e->releasing = name_map_new(e->arena);
    e->borrows = name_map_new(e->arena);
    e->type_hashes = name_map_new(e->arena);
    e->memory = memory_new(e);
    e->asked = e->memory ? LL_NEW(e->arena, trace) : NULL;
    return e;
}

void engine_free(engine *e) {
    if (!e) return;
    memory_free(e->memory);
    specials_free(e->specials);
    ll_arena_free(e->arena);
    free(e);
}

static bool says_more(const ir_fdecl *d, const ir_fdecl *old) {
    return (!old->nparams && d->nparams) || d->is_noreturn > old->is_noreturn || d->is_pure > old->is_pure ||
           d->returns_nonnull > old->returns_nonnull || (d->nonnull_args & ~old->nonnull_args) ||
           d->attr_malloc > old->attr_malloc;
}

/* The first one counts, with what later ones add. */
static void add_decl(engine *e, const ir_fdecl *d) {
    known_decl *known = name_map_get(e->decls, d->usr);
    if (!known) {
        known = LL_NEW(e->arena, known_decl);
        known->d = d;
        name_map_put(e->decls, d->usr, known);
        return;
    }
    const ir_fdecl *old = known->d;
    if (!says_more(d, old)) return;
    ir_fdecl *both = ll_memdup(e->arena, old, sizeof *old);
    known->d = both;
    if (!old->nparams && d->nparams) { /* `int f();` says less than a prototype */
        both->params = d->params;
        both->nparams = d->nparams;
        both->variadic = d->variadic;
    }
    both->is_noreturn |= d->is_noreturn;
    both->is_pure |= d->is_pure;
    both->returns_nonnull |= d->returns_nonnull;
    both->nonnull_args |= d->nonnull_args;
    both->attr_malloc |= d->attr_malloc;
}

static void add_global(engine *e, const ir_global *g) {
    global_fact *old = name_map_get(e->globals, g->usr);
    if (old) {
        if (!old->g->has_definition && g->has_definition) old->g = g;
        return;
    }
    global_fact *gf = LL_NEW(e->arena, global_fact);
    gf->g = g;
    name_map_put(e->globals, g->usr, gf);
    LL_PUSH(e->arena, &e->globals_list, gf);
}

void engine_add_unit(engine *e, const ir_unit *u) {
    LL_PUSH(e->arena, &e->units, u);
}

static int by_file(const void *x, const void *y) {
    const ir_unit *a = *(const ir_unit *const *)x, *b = *(const ir_unit *const *)y;
    return strcmp(a->file, b->file);
}

static void take_unit(engine *e, const ir_unit *u) {
    for (uint32_t i = 0; i < u->decls.n; i++) add_decl(e, &u->decls.v[i]);
    for (uint32_t i = 0; i < u->globals.n; i++) add_global(e, &u->globals.v[i]);
    for (uint32_t i = 0; i < u->funcs.n; i++)
        LL_PUSH(e->arena, &e->nodes, (func_node){.f = u->funcs.v[i], .usr = u->funcs.v[i]->usr, .unit = u->file});
}

/* At once: what an array leaves behind while it grows is as much again. */
static void reserve_nodes(engine *e) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->units.n; i++) n += e->units.v[i]->funcs.n;
    e->nodes.v = LL_NEWN(e->arena, func_node, n);
    e->nodes.cap = n;
}

/* An unknown callee with a releasing name is what evidence is made of; without one nothing need be watched.
 * A known releasing function counts as well: what an unknown callee returned may be given to it. */
static bool wants_evidence(engine *e, const func_node *node) {
    const ir_func *f = node->f;
    for (uint32_t v = 0; v < f->nvars; v++) {
        bool pointer =
            f->vars[v].kind == IR_V_GLOBAL && f->vars[v].name && f->vars[v].type && f->vars[v].type->kind == IR_T_PTR;
        if (pointer && name_releases(e, f->vars[v].name)) return true;
        if (f->vars[v].kind != IR_V_FUNC || !f->vars[v].name) continue;
        const rule_model *m = rule_set_model(e->rules, f->vars[v].name);
        if (m && rule_model_releases(m)) return true;
        const func_node *n = program_node(e, f->vars[v].usr, node->unit);
        if (!n && name_releases(e, f->vars[v].name)) return true;
        if (n && n->sum && n->sum->has_effects && name_releases(e, f->vars[v].name)) return true;
    }
    return false;
}

static uint32_t most_steps(const ir_func *f) {
    uint64_t most = LIM_STEPS_LEAST;
    for (uint32_t b = 0; b < f->nblocks; b++) most += (uint64_t)f->blocks[b].ninsts * LIM_STEPS_EACH;
    return most < LIM_STEPS ? (uint32_t)most : LIM_STEPS;
}

static void interpret(fctx *c, const func_node *n) {
    c->t = symtab_new(c->arena);
    c->pool = state_pool_new(c->arena);
    c->wants_evidence = wants_evidence(c->e, n);
    run_function(c);
}

summary *engine_follow(fctx *c, const func_node *n) {
    interpret(c, n);
    return c->steps <= c->max_steps ? summary_build(c, c->e->arena) : NULL;
}

static void analyse(engine *e, func_node *n, ll_arena *scratch) {
    ll_arena_reset(scratch);
    fctx c = {.e = e, .f = program_body(e, n), .unit = n->unit, .arena = scratch};
    c.max_steps = e->opt.max_steps ? e->opt.max_steps : most_steps(c.f);
    interpret(&c, n);
    report_function(&c);
    n->sum = summary_build(&c, e->arena);
    e->stats.summaries += n->sum->n;
}

/* ---- functions that call each other ---- */

/* They are followed twice, callees first as far as there is a first: in the second round all know what the first said
 * of each. One that asked only for those before it, and these say the same again, would say the same, too. */
typedef struct first_round {
    summary *sum;
    finding *found;
    deferred *waiting;
    uint32_t nfound, nwaiting;
    bool stands;                           /* as far as the functions themselves tell: it asked for none behind it */
    uint32_t *met, nmet;                   /* of those before it: their places in the component */
    enum { NOT_ASKED, SAME, OTHER } again; /* what the second round said of it, compared with the first */
} first_round;

static void follow_first(engine *e, func_node *n, first_round *r, ll_arena *scratch) {
    uint32_t found = e->out->items.n, waiting = e->deferred.n;
    e->circle->met.n = 0;
    analyse(e, n, scratch);
    *r = (first_round){.sum = n->sum, .nfound = e->out->items.n - found, .nwaiting = e->deferred.n - waiting};
    if (r->nfound) r->found = ll_memdup(e->arena, e->out->items.v + found, r->nfound * sizeof *r->found);
    if (r->nwaiting) r->waiting = ll_memdup(e->arena, e->deferred.v + waiting, r->nwaiting * sizeof *r->waiting);
    r->met = LL_NEWN(e->arena, uint32_t, e->circle->met.n);
    r->stands = true;
    for (uint32_t i = 0; i < e->circle->met.n && r->stands; i++) {
        r->met[r->nmet++] = e->circle->place[e->circle->met.v[i]];
        r->stands = r->met[r->nmet - 1] < e->circle->place[n - e->nodes.v];
    }
}

static bool says_the_same(engine *e, const func_node *n, first_round *r) {
    if (r->again == NOT_ASKED && r->sum == n->sum) r->again = SAME;
    if (r->again == NOT_ASKED) {
        ll_strbuf was = {0}, now = {0};
        summary_encode(e, n, r->sum, &was);
        summary_encode(e, n, n->sum, &now);
        r->again = was.n == now.n && memcmp(was.s, now.s, now.n) == 0 ? SAME : OTHER;
        ll_sb_free(&was);
        ll_sb_free(&now);
    }
    return r->again == SAME;
}

static void report_again(engine *e, const first_round *r) {
    for (uint32_t i = 0; i < r->nfound; i++) LL_PUSH(e->out_arena, &e->out->items, r->found[i]);
    for (uint32_t i = 0; i < r->nwaiting; i++) LL_PUSH(e->arena, &e->deferred, r->waiting[i]);
}

static void follow_circle(engine *e, const uint32_t *nodes, uint32_t n, ll_arena *scratch) {
    uint32_t found = e->out->items.n, waiting = e->deferred.n;
    first_round *first = LL_NEWN(e->arena, first_round, n);
    e->circle = &e->circles;
    e->circle->scc = e->nodes.v[nodes[0]].scc;
    if (!e->circle->place) e->circle->place = LL_NEWN(e->arena, uint32_t, e->nodes.n);
    for (uint32_t i = 0; i < n; i++) e->circle->place[nodes[i]] = i;
    for (uint32_t i = 0; i < n; i++) follow_first(e, &e->nodes.v[nodes[i]], &first[i], scratch);
    e->circle = NULL;
    e->out->items.n = found; /* only the last round reports: the first saw its own callees as unknown */
    e->deferred.n = waiting;
    for (uint32_t i = 0; i < n; i++) {
        bool stands = first[i].stands;
        for (uint32_t k = 0; stands && k < first[i].nmet; k++) {
            uint32_t at = first[i].met[k];
            stands = says_the_same(e, &e->nodes.v[nodes[at]], &first[at]);
        }
        if (stands)
            report_again(e, &first[i]);
        else
            analyse(e, &e->nodes.v[nodes[i]], scratch);
    }
}

static void follow(engine *e, const uint32_t *nodes, uint32_t n, ll_arena *scratch) {
    if (e->nodes.v[nodes[0]].recursive)
        follow_circle(e, nodes, n, scratch);
    else
        for (uint32_t i = 0; i < n; i++) analyse(e, &e->nodes.v[nodes[i]], scratch);
}

/* ---- all of them ---- */

/* Which nodes are in focus, or called from there; NULL: all. */
static bool *needed_nodes(engine *e, const uint32_t *order, uint32_t n) {
    if (!e->opt.focus.on) return NULL;
    bool *needed = LL_NEWN(e->arena, bool, n + 1);
    for (uint32_t i = n, j; i > 0; i = j) { /* components, callers before callees */
        bool any = false;
        for (j = i; j > 0 && e->nodes.v[order[j - 1]].scc == e->nodes.v[order[i - 1]].scc; j--)
            any |= needed[order[j - 1]] || e->opt.focus.on(e->opt.focus.ctx, e->nodes.v[order[j - 1]].unit);
        for (uint32_t k = j; any && k < i; k++) {
            const func_node *x = &e->nodes.v[order[k]];
            needed[order[k]] = true;
            for (uint32_t c = 0; c < x->ncallees; c++) needed[x->callees[c]] = true;
        }
    }
    return needed;
}

static void analyse_component(engine *e, const uint32_t *nodes, uint32_t n, bool needed, ll_arena *scratch) {
    uint32_t findings = e->out->items.n, deferred = e->deferred.n;
    if (!e->memory) {
        if (needed) follow(e, nodes, n, scratch);
    } else if (remember_component(e, nodes, n)) {
        e->stats.remembered += n;
    } else if (needed) {
        trace_begin(e, e->asked, e->nodes.v[nodes[0]].scc);
        follow(e, nodes, n, scratch);
        trace_end(e, e->asked);
        memorise_component(e, nodes, n, e->asked, findings, deferred);
    }
}

static void analyse_all(engine *e, const uint32_t *order, uint32_t n) {
    ll_arena *scratch = ll_arena_new("function");
    const bool *needed = needed_nodes(e, order, n);
    for (uint32_t i = 0; i < n;) {
        uint32_t j = i + 1;
        while (j < n && e->nodes.v[order[j]].scc == e->nodes.v[order[i]].scc) j++;
        analyse_component(e, order + i, j - i, !needed || needed[order[i]], scratch);
        i = j;
    }
    ll_arena_free(scratch);
}

/* What an earlier run left turned out to make no sense, half-way: as if there were none. */
static void forget(engine *e) {
    e->memory = memory_begin_anew(e);
    e->out->items.n = e->deferred.n = 0;
    e->borrows = name_map_new(e->arena);
    e->stats = (engine_stats){0};
    specials_free(e->specials);
    e->specials = NULL;
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        e->nodes.v[i].sum = NULL;
        e->nodes.v[i].packed = NULL;
    }
}

static void conclude(engine *e, const uint32_t *order, uint32_t n) {
    analyse_all(e, order, n);
    e->over_all = true;
    evidence_settle(e);
    kinds_report_program(e);
    e->over_all = false;
}

static uint32_t *assemble(engine *e, uint32_t *n) {
    /* of what several units say, the first says it: which that is must not depend on the order they came in */
    if (e->units.n) qsort(e->units.v, e->units.n, sizeof *e->units.v, by_file);
    reserve_nodes(e);
    for (uint32_t i = 0; i < e->units.n; i++) take_unit(e, e->units.v[i]);
    program_link(e);
    e->over_all = true;
    kinds_prepare(e);
    e->over_all = false;
    e->order = program_order(e, n);
    e->norder = *n;
    return e->order;
}

void engine_run(engine *e, ll_arena *out_arena, finding_list *out) {
    uint32_t n;
    e->out_arena = out_arena;
    e->out = out;
    uint32_t *order = assemble(e, &n);
    conclude(e, order, n);
    if (memory_is_damaged(e->memory)) {
        forget(e);
        conclude(e, order, n);
    }
    finding_sort(out);
}

/* ---- one unit edited ---- */

typedef struct near_run {
    engine *e;
    const engine_near *near;
    engine_edit *edit;
    ll_arena *scratch;
    bool *other; /* per node: it does something else than before */
    uint32_t followed;
    bool any_other;
} near_run;

static bool calls_other(const near_run *r, const func_node *x) {
    for (uint32_t i = 0; r->any_other && i < x->ncallees; i++)
        if (r->other[x->callees[i]]) return true;
    return false;
}

/* Why the function is to be followed. False: it is not. */
static bool is_touched(near_run *r, uint32_t node, ir_changed *out) {
    const ir_change *change = r->near->change;
    const func_node *x = &r->e->nodes.v[node];
    for (uint32_t k = 0; k < change->funcs.n; k++) {
        if (change->funcs.v[k].now != x->f) continue;
        *out = change->funcs.v[k];
        r->followed++;
        return true;
    }
    if (!calls_other(r, x)) return false;
    const bool own = x->unit == r->near->before->file;
    *out = (ir_changed){.before = own ? ir_unit_func(r->near->before, x->usr) : NULL, .now = x->f};
    return true;
}

/* Follows the one function again. */
static engine_near_answer follow_again(near_run *r, uint32_t node, const ir_changed *c) {
    engine *e = r->e;
    const func_node *x = &e->nodes.v[node];
    if (c->before && heard_looked_into(r->near->heard, x->usr, x->unit)) return NEAR_LOST;
    if (outline_edit_matters(e, r->near->heard, x, c)) return NEAR_LOST;
    uint32_t findings = e->out->items.n, deferred = e->deferred.n;
    if (c->before) remember_replaced(e, r->near->before->file, c->before);
    trace_begin(e, e->asked, e->nodes.v[node].scc);
    follow(e, &node, 1, r->scratch);
    trace_end(e, e->asked);
    const remembered was = {r->near->heard, r->near->before, c, e->asked, findings, deferred};
    remember_verdict v = remember_same(e, node, &was, r->edit);
    memorise_component(e, &node, 1, e->asked, findings, deferred);
    if (v != REMEMBER_OTHER) return v == REMEMBER_SAME ? NEAR_KNOWN : NEAR_LOST;
    if (!r->near->may_change(r->near->ctx, c->now)) return NEAR_LOST;
    r->other[node] = r->any_other = true;
    return r->near->with_callers ? NEAR_KNOWN : NEAR_WANTS_CALLERS;
}

static engine_near_answer follow_touched(near_run *r, const uint32_t *order, uint32_t n) {
    engine *e = r->e;
    engine_near_answer answer = NEAR_KNOWN;
    for (uint32_t i = 0, j; i < n && answer == NEAR_KNOWN; i = j) {
        ir_changed c;
        bool touched = false;
        for (j = i; j < n && e->nodes.v[order[j]].scc == e->nodes.v[order[i]].scc; j++)
            touched |= is_touched(r, order[j], &c);
        if (!touched)
            remember_as_it_is(e, order + i, j - i);
        else if (j - i > 1 || e->nodes.v[order[i]].recursive)
            answer = NEAR_LOST;
        else
            answer = follow_again(r, order[i], &c);
    }
    return answer;
}

/* What is declared now and was not is what the program has been told elsewhere. */
static bool all_declared(const engine_near *near) {
    for (uint32_t i = 0; i < near->change->declared.n; i++)
        if (!heard_declared(near->heard, near->change->declared.v[i])) return false;
    return true;
}

engine_near_answer engine_run_near(engine *e, const engine_near *near, ll_arena *out_arena, engine_edit *edit) {
    finding_list found = {0};
    uint32_t n, wanted = 0;
    *edit = (engine_edit){0};
    if (!e->memory || !all_declared(near)) return NEAR_LOST;
    e->out_arena = out_arena;
    e->out = &found;
    uint32_t *order = assemble(e, &n);
    near_run r = {.e = e, .near = near, .edit = edit, .other = LL_NEWN(e->arena, bool, e->nodes.n)};
    remember_unit(e, near->before);
    for (uint32_t k = 0; k < near->change->funcs.n; k++)
        if (!near->change->funcs.v[k].now) remember_replaced(e, near->before->file, near->change->funcs.v[k].before);
    r.scratch = ll_arena_new("function");
    engine_near_answer answer = follow_touched(&r, order, n);
    ll_arena_free(r.scratch);
    for (uint32_t k = 0; k < near->change->funcs.n; k++) wanted += near->change->funcs.v[k].now != NULL;
    e->out = NULL;
    for (uint32_t i = 0; i < e->away.n; i++) LL_PUSH(out_arena, &edit->wanted, e->away.v[i]);
    if (edit->wanted.n) return NEAR_WANTS_UNITS;
    if (answer == NEAR_KNOWN && (r.followed != wanted || memory_is_damaged(e->memory) || e->lost_bodies))
        return NEAR_LOST;
    return answer;
}

void engine_keep(engine *e) {
    memory_save(e);
    body_answers_save(e->answers);
}

bool engine_lost_bodies(const engine *e) {
    return e->lost_bodies;
}

engine_stats engine_get_stats(const engine *e) {
    return e->stats;
}
