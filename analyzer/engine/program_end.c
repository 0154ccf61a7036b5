#include "engine/program_end.h"

#include <string.h>

#include "engine/body_answers.h"
#include "engine/call_index.h"
#include "engine/evidence.h"

enum { GOES_ON = 8, MAX_HOLDERS = 8, NRESULTS = 3 };

typedef enum verdict { NOT_ASKED, ASKING, ENDS, LIVES_ON } verdict;

struct program_ends {
    engine *e;
    const reach_step *blocks; /* functions that get to a call that may take long */
    verdict *known;           /* per function and result */
};

/* ---- what calls do ---- */

/* Of a function by USR: a call of it may take long, or never comes back. Both are all that a walk asks of it. */
enum { TAKES_LONG = 1, NEVER_RETURNS = 2 };

static uint8_t what_call_does(const program_ends *p, const char *usr, const char *name, const char *unit) {
    const func_node *n = program_find_node(p->e, usr, unit);
    if (n && !n->f->in_system_header) {
        bool leaves = !n->outline || n->outline->leaves;
        return (uint8_t)((p->blocks[n - p->e->nodes.v].call ? TAKES_LONG : 0) | (leaves ? 0 : NEVER_RETURNS));
    }
    const rule_model *m = name ? program_model(p->e, usr, name, program_find_decl(p->e, usr)) : NULL;
    uint8_t does = 0;
    for (uint32_t i = 0; m && i < m->neffects; i++) {
        if (m->effects[i].kind == EFF_BLOCK) does |= TAKES_LONG;
        if (m->effects[i].kind == EFF_NORETURN && !m->effects[i].nconds) does |= NEVER_RETURNS;
    }
    return does;
}

/* ---- one body: what comes after an instruction ---- */

/* Places that hold the call's result at some point of the walk. */
typedef struct holders {
    ir_place v[MAX_HOLDERS];
    uint32_t n;
} holders;

typedef struct test {
    uint32_t var; /* holds whether the result compares so with k; IR_NOVAR: none */
    ir_arith op;
    int64_t k;
} test;

typedef struct walk {
    const program_ends *p;
    const func_node *n;
    const ir_func *f;
    const ir_inst *from;
    uint8_t result; /* one bit: of the call that it begins with */
    uint8_t found;  /* RESULT_… of the function's own, GOES_ON */
    holders *at;    /* per block, at its entry */
    bool *seen;
    LL_ARRAY(uint32_t) todo;
    ll_arena *a;
} walk;

static bool holds(const holders *h, const ir_place *p) {
    for (uint32_t i = 0; i < h->n; i++)
        if (ir_place_equal(&h->v[i], p)) return true;
    return false;
}

static void drop_at(holders *h, uint32_t i) {
    h->v[i] = h->v[--h->n];
}

/* What no call and no pointer can write to. */
static bool is_hidden(const ir_func *f, const ir_place *p) {
    const ir_var *v = &f->vars[p->var];
    return v->kind != IR_V_GLOBAL && v->kind != IR_V_FUNC && !v->address_taken && !p->npath;
}

static bool has_step(const ir_place *p, ir_skind kind) {
    for (uint32_t i = 0; i < p->npath; i++)
        if (p->path[i].kind == kind) return true;
    return false;
}

/* The variable is written to, or what a pointer points to is, or a call may write to anything. */
static void write_to(const walk *w, holders *h, const ir_inst *in) {
    const ir_place *dst = &in->dst;
    bool anywhere = in->op == IR_CALL || (dst->var != IR_NOVAR && has_step(dst, IR_S_DEREF));
    for (uint32_t i = h->n; i-- > 0;)
        if (h->v[i].var == dst->var || (anywhere && !is_hidden(w->f, &h->v[i]))) drop_at(h, i);
}

static void hold(const walk *w, holders *h, const ir_place *p) {
    if (w->f->vars[p->var].is_volatile || has_step(p, IR_S_INDEX)) return;
    if (h->n < MAX_HOLDERS && !holds(h, p)) h->v[h->n++] = *p;
}

static bool is_held(const holders *h, const ir_operand *o) {
    return o->kind == IR_O_PLACE && holds(h, &o->place);
}

static void go_to(walk *w, uint32_t block, const holders *h) {
    holders *was = &w->at[block];
    if (!w->seen[block]) {
        w->seen[block] = true;
        *was = *h;
        LL_PUSH(w->a, &w->todo, block);
        return;
    }
    bool fewer = false;
    for (uint32_t i = was->n; i-- > 0;)
        if (!holds(h, &was->v[i])) {
            drop_at(was, i);
            fewer = true;
        }
    if (fewer) LL_PUSH(w->a, &w->todo, block);
}

static uint8_t class_of(int64_t k) {
    return k == 0 ? RESULT_ZERO : k > 0 ? RESULT_POSITIVE : RESULT_NEGATIVE;
}

/* Can a value of this class compare so with k? */
static bool may_compare(uint8_t class, ir_arith op, int64_t k) {
    int64_t lo = class == RESULT_POSITIVE ? 1 : class == RESULT_NEGATIVE ? INT64_MIN : 0;
    int64_t hi = class == RESULT_POSITIVE ? INT64_MAX : class == RESULT_NEGATIVE ? -1 : 0;
    switch (op) {
        case IR_EQ:
            return lo <= k && k <= hi;
        case IR_NE:
            return lo != k || hi != k;
        case IR_LT:
            return lo < k;
        case IR_LE:
            return lo <= k;
        case IR_GT:
            return hi > k;
        case IR_GE:
            return hi >= k;
        default:
            return true;
    }
}

static ir_arith negated(ir_arith op) {
    static const ir_arith of[] = {
        [IR_EQ] = IR_NE, [IR_NE] = IR_EQ, [IR_LT] = IR_GE, [IR_LE] = IR_GT, [IR_GT] = IR_LE, [IR_GE] = IR_LT};
    return of[op];
}

static void branch(walk *w, const ir_inst *t, const holders *h, const test *last) {
    test on = {.var = IR_NOVAR};
    bool plain = t->a.kind == IR_O_PLACE && !t->a.place.npath;
    if (is_held(h, &t->a))
        on = (test){t->a.place.var, IR_NE, 0};
    else if (plain && last->var == t->a.place.var)
        on = *last;
    if (on.var == IR_NOVAR || may_compare(w->result, on.op, on.k)) go_to(w, t->targets[0], h);
    if (on.var == IR_NOVAR || may_compare(w->result, negated(on.op), on.k)) go_to(w, t->targets[1], h);
}

static void give_back(walk *w, const ir_inst *t, const holders *h) {
    if (t->a.kind == IR_O_INT)
        w->found |= class_of(t->a.i);
    else
        w->found |= is_held(h, &t->a) ? w->result : RESULT_ANY;
}

/* An operation whose truth the result decides; its place, if any, holds something else from here on. */
static void note_test(const ir_inst *in, const holders *h, test *last) {
    if (in->dst.var == IR_NOVAR || in->dst.npath) return;
    if (last->var == in->dst.var) last->var = IR_NOVAR;
    bool compares = in->op == IR_BIN && in->arith >= IR_EQ && in->arith <= IR_GE;
    if (compares && is_held(h, &in->a) && in->b.kind == IR_O_INT) *last = (test){in->dst.var, in->arith, in->b.i};
}

static uint8_t what_this_does(const walk *w, const ir_inst *call) {
    if (call->a.kind != IR_O_FUNC) return TAKES_LONG;
    const ir_var *callee = &w->f->vars[call->a.place.var];
    return what_call_does(w->p, callee->usr, callee->name, w->n->unit);
}

static void leave(walk *w, const ir_inst *t, const holders *h, const test *last) {
    if (t->op == IR_RET) give_back(w, t, h);
    if (t->op == IR_BRANCH) {
        branch(w, t, h, last);
        return;
    }
    for (uint32_t i = 0; i < t->ntargets; i++) go_to(w, t->targets[i], h);
}

static void follow_block(walk *w, const ir_block *b, uint32_t i, holders h) {
    test last = {.var = IR_NOVAR};
    for (; i + 1 < b->ninsts && !(w->found & GOES_ON); i++) {
        const ir_inst *in = &b->insts[i];
        uint8_t does = in->op == IR_CALL ? what_this_does(w, in) : 0;
        if (in == w->from || does & TAKES_LONG) w->found |= GOES_ON;
        if (does & NEVER_RETURNS) return;
        bool copied = in->op == IR_COPY && is_held(&h, &in->a);
        note_test(in, &h, &last);
        if (in->op != IR_SCOPE_END) write_to(w, &h, in);
        if (copied) hold(w, &h, &in->dst);
    }
    if (w->found & GOES_ON) return;
    leave(w, &b->insts[b->ninsts - 1], &h, &last);
}

static void follow_from(walk *w) {
    const ir_block *blk = &w->f->blocks[ir_block_of(w->f, w->from)];
    holders h = {0};
    if (w->from->op == IR_CALL && w->from->dst.var != IR_NOVAR) hold(w, &h, &w->from->dst);
    uint32_t next = (uint32_t)(w->from - blk->insts) + 1;
    if (next < blk->ninsts) follow_block(w, blk, next, h);
    while (w->todo.n && !(w->found & GOES_ON)) {
        uint32_t b = w->todo.v[--w->todo.n];
        follow_block(w, &w->f->blocks[b], 0, w->at[b]);
    }
}

/* ---- bodies are asked once, and their answers kept ---- */

/* It depends on nothing but these. */
static ll_strbuf question(const program_ends *p, const func_node *n, uint32_t inst, uint8_t result) {
    ll_strbuf b = body_question(p->e, n, "what comes after");
    ll_put_uint(&b, inst);
    ll_put_uint(&b, result);
    const ir_outline *o = n->outline;
    for (uint32_t i = 0; i < o->nrefs; i++)
        ll_put_uint(&b, what_call_does(p, o->refs[i].usr, o->refs[i].name, n->unit));
    return b;
}

static uint8_t walk_from(program_ends *p, const func_node *n, uint32_t inst, uint8_t result) {
    walk w = {.p = p, .n = n, .f = program_body(p->e, n), .result = result, .a = p->e->arena};
    w.from = ir_inst_at(w.f, inst);
    if (!w.from || w.f->is_partial) return GOES_ON;
    w.at = LL_NEWN(w.a, holders, w.f->nblocks);
    w.seen = LL_NEWN(w.a, bool, w.f->nblocks);
    follow_from(&w);
    return w.found;
}

/* What may come after this instruction; result: what it gives, if it is a call. */
static uint8_t comes_after(program_ends *p, const func_node *n, uint32_t inst, uint8_t result) {
    ll_strbuf q = question(p, n, inst, result);
    uint8_t found;
    if (!body_answer_known(p->e->answers, &q, &found)) {
        found = walk_from(p, n, inst, result);
        body_answer_keep(p->e->answers, &q, found);
    }
    ll_sb_free(&q);
    return found;
}

/* ---- from caller to caller ---- */

static bool is_main(const ir_func *f) {
    return f->name && strcmp(f->name, "main") == 0 && !f->owner && !f->is_static;
}

static bool ends_after_giving(program_ends *p, const func_node *f, uint8_t results);

static bool ends_after_one(program_ends *p, uint32_t node, uint8_t result) {
    const call_index *x = p->e->calls;
    uint32_t i = call_first_edge(x, node), first = i;
    for (; i < x->edges.n && x->edges.v[i].to == node; i++) {
        const call_edge *g = &x->edges.v[i];
        const func_node *caller = &p->e->nodes.v[g->from];
        uint8_t then = comes_after(p, caller, g->call->inst, result);
        if (then & GOES_ON || !ends_after_giving(p, caller, then)) return false;
    }
    return i > first;
}

static bool ends_after_giving(program_ends *p, const func_node *f, uint8_t results) {
    if (is_main(f->f)) return true;
    uint32_t node = (uint32_t)(f - p->e->nodes.v);
    if (!f->f->is_static || p->e->calls->taken[node] || f->f->is_ctor_attr) return false;
    for (uint32_t i = 0; i < NRESULTS; i++) {
        verdict *v = &p->known[node * NRESULTS + i];
        if (!(results & 1u << i)) continue;
        if (*v == NOT_ASKED) {
            *v = ASKING; /* whoever comes by again is recursive: it lives on */
            *v = ends_after_one(p, node, (uint8_t)(1u << i)) ? ENDS : LIVES_ON;
        }
        if (*v != ENDS) return false;
    }
    return true;
}

bool program_ends_after(program_ends *p, const deferred *d) {
    const func_node *n = p ? program_find_node(p->e, d->f.usr, d->unit) : NULL;
    if (!n || !ends_after_giving(p, n, d->gives)) return false;
    for (uint32_t i = 0; i < d->nlost_at; i++)
        if (comes_after(p, n, d->lost_at[i], 0) & GOES_ON) return false;
    return true;
}

static bool takes_long(const watched_call *w, const void *unused) {
    (void)unused;
    return call_has(w->model, EFF_BLOCK);
}

program_ends *program_ends_new(engine *e) {
    if (!e->calls) return NULL;
    if (!e->answers) e->answers = body_answers_new(e);
    program_ends *p = LL_NEW(e->arena, program_ends);
    p->e = e;
    p->blocks = call_reach(e, e->calls, takes_long, NULL);
    p->known = LL_NEWN(e->arena, verdict, (size_t)e->nodes.n * NRESULTS);
    return p;
}
