#include "engine/trace.h"

#include <string.h>

#include "base/bytes.h"
#include "engine/call_index.h"

void trace_begin(engine *e, trace *t, uint32_t scc) {
    t->asked.n = t->borrows.n = 0;
    t->scc = scc;
    if (t->set) memset(t->set, 0, t->cap * sizeof *t->set);
    e->trace = t;
}

/* ---- questions ---- */

static uint64_t mix(uint64_t h, uint64_t v) {
    return (h ^ v) * 0x9e3779b97f4a7c15ull ^ (h >> 29);
}

static uint64_t hash_question(const asked *q) {
    uint64_t h = mix(q->kind, (uintptr_t)q->name);
    h = mix(mix(h, (uintptr_t)q->unit), q->nargs);
    for (uint32_t i = 0; i < q->npath; i++)
        h = mix(h, q->path[i].kind == IR_S_FIELD ? (uintptr_t)q->path[i].field : (uint64_t)q->path[i].index);
    return h;
}

bool trace_same_question(const asked *a, const asked *b) {
    if (a->kind != b->kind || a->name != b->name || a->unit != b->unit || a->nargs != b->nargs || a->npath != b->npath)
        return false;
    for (uint32_t i = 0; i < a->npath; i++) {
        const ir_step *x = &a->path[i], *y = &b->path[i];
        if (x->kind != y->kind || (x->kind == IR_S_FIELD ? x->field != y->field : x->index != y->index)) return false;
    }
    return true;
}

/* The slot of the question in the set: where it is, or where it belongs. */
static uint32_t *find(trace *t, const asked *q) {
    uint32_t i = (uint32_t)(hash_question(q) >> 32) & (t->cap - 1);
    while (t->set[i] && !trace_same_question(&t->asked.v[t->set[i] - 1], q)) i = (i + 1) & (t->cap - 1);
    return &t->set[i];
}

static void grow(engine *e, trace *t) {
    t->cap = t->cap ? t->cap * 2 : 256;
    t->set = LL_NEWN(e->arena, uint32_t, t->cap);
    for (uint32_t i = 0; i < t->asked.n; i++) *find(t, &t->asked.v[i]) = i + 1;
}

void trace_ask(const engine *e, asked q) {
    trace *t = e->trace;
    if (!t) return;
    if (t->asked.n * 2 >= t->cap) grow((engine *)e, t);
    uint32_t *slot = find(t, &q);
    if (*slot) return;
    q.path = q.npath ? ll_memdup(e->arena, q.path, q.npath * sizeof *q.path) : NULL;
    LL_PUSH(e->arena, &t->asked, q);
    *slot = t->asked.n;
}

void trace_borrow(engine *e, const char *key, uint8_t results) {
    trace *t = e->trace;
    for (uint32_t i = 0; t && i < t->borrows.n; i++)
        if (t->borrows.v[i].key == key) {
            t->borrows.v[i].results |= results;
            return;
        }
    if (t) LL_PUSH(e->arena, &t->borrows, (borrow){key, results});
}

void trace_end(engine *e, trace *t) {
    e->trace = NULL;
    for (uint32_t i = 0; i < t->asked.n; i++) t->asked.v[i].answer = trace_answer(e, &t->asked.v[i], NULL);
}

/* ---- answers ---- */

static uint64_t take_hash(ll_strbuf *b) {
    uint64_t h = ll_hash64(ll_sb_str(b), b->n);
    ll_sb_free(b);
    return h;
}

static uint64_t answer_node(const engine *e, const asked *q, bool *final) {
    const func_node *n = program_find_node(e, q->name, q->unit);
    if (!n) return 0;
    bool known = n->sum || n->packed;
    if (final) *final = known;
    const uint64_t all[] = {1, known, known ? n->sum_hash : 0, n->f->is_static, n->f->nparams};
    return ll_hash64(all, sizeof all);
}

static uint64_t answer_body(const engine *e, const asked *q) {
    const func_node *n = program_find_node(e, q->name, q->unit);
    if (!n) return 0;
    ((func_node *)n)->looked_into = true;
    ll_hash h = program_facts_hash(n);
    return ll_hash64(&h, sizeof h);
}

/* Equal types of one unit are one: few are ever written out. */
static void put_type(const engine *e, ll_strbuf *b, const ir_type *t) {
    uintptr_t known = t ? (uintptr_t)name_map_get(e->type_hashes, (const char *)t) : 0;
    if (t && !known) {
        ll_strbuf all = {0};
        ir_put_type(&all, t);
        known = (uintptr_t)take_hash(&all) | 1;
        name_map_put(e->type_hashes, (const char *)t, (void *)known);
    }
    ll_put_u64(b, known);
}

static uint64_t hash_decl(const engine *e, const ir_fdecl *d) {
    ll_strbuf b = {0};
    ll_put_str(&b, d->name);
    ll_put_str(&b, d->dealloc);
    ll_put_str(&b, d->owner);
    ll_put_uint(&b, d->dealloc_arg);
    put_type(e, &b, d->ret);
    ll_put_uint(&b, d->nonnull_args);
    ll_put_uint(&b, d->nparams);
    for (uint32_t i = 0; i < d->nparams; i++) put_type(e, &b, d->params[i]);
    const bool flags[] = {d->variadic, d->is_static,       d->is_noreturn, d->in_system_header,
                          d->is_pure,  d->returns_nonnull, d->attr_malloc};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) ll_put_uint(&b, flags[i]);
    return take_hash(&b);
}

/* Asked by every caller, so hashed once. */
static uint64_t answer_decl(const engine *e, const asked *q) {
    known_decl *known = name_map_get(e->decls, q->name);
    if (!known) return 0;
    if (!known->hash) known->hash = hash_decl(e, known->d);
    return known->hash;
}

static uint64_t answer_value(const engine *e, const asked *q) {
    ir_operand v;
    const char *usr;
    ll_strbuf b = {0};
    if (!program_find_value(e, q->name, q->path, q->npath, &v, &usr)) return 0;
    ll_put_uint(&b, v.kind);
    ll_put_int(&b, v.i);
    ll_put_str(&b, v.kind == IR_O_STR ? v.str : NULL);
    ll_put_str(&b, usr);
    return take_hash(&b);
}

static uint64_t answer_slot(const engine *e, const asked *q) {
    slot s;
    ll_strbuf b = {0};
    if (!program_find_slot(e, q->name, q->nargs, q->unit, &s)) return 0;
    for (uint32_t i = 0; i < s.n; i++) ll_put_str(&b, s.usr[i]);
    return take_hash(&b);
}

/* The chain as a finding would tell it, without lines that move. */
static void put_way(const engine *e, const reach_step *reach, uint32_t node, ll_strbuf *b) {
    ll_put_uint(b, reach[node].far);
    for (uint32_t n = 0; n < LIM_PATH_SHOWN && reach[node].call; n++) {
        const func_node *at = &e->nodes.v[node];
        const reach_step *s = &reach[node];
        ll_put_str(b, at->usr);
        ll_put_str(b, at->unit);
        ll_put_uint(b, at->f->in_system_header);
        ll_put_int(b, s->call->loc.line);
        ll_put_int(b, s->call->loc.col);
        ll_put_str(b, call_name(e, node, s->call));
        if (s->node == NO_NODE) return;
        node = s->node;
    }
}

static uint64_t answer_ways(const engine *e, const asked *q) {
    const call_index *x = e->calls;
    const func_node *n = program_find_node(e, q->name, q->unit);
    ll_strbuf b = {0};
    if (!n || !x) return 0;
    uint32_t node = (uint32_t)(n - e->nodes.v);
    ((func_node *)n)->asked_around = true;
    for (uint32_t i = 0; i < x->on_path.n; i++) {
        const reach_step *reach = x->reach[x->on_path.v[i]->index];
        bool near = reach[node].call && reach[node].far <= LIM_BANNED_FAR;
        ll_put_uint(&b, near);
        if (near) put_way(e, reach, node, &b);
    }
    ll_put_uint(&b, x->execs && x->execs[node].call);
    return take_hash(&b);
}

uint64_t trace_answer(const engine *e, const asked *q, bool *final) {
    const char *usr;
    if (final) *final = true;
    switch (q->kind) {
        case ASKED_NODE:
            return answer_node(e, q, final);
        case ASKED_DECL:
            return answer_decl(e, q);
        case ASKED_VALUE:
            return answer_value(e, q);
        case ASKED_TARGET:
            usr = program_find_target(e, q->name);
            return usr ? ll_hash64(usr, strlen(usr)) : 0;
        case ASKED_SLOT:
            return answer_slot(e, q);
        case ASKED_WAYS:
            return answer_ways(e, q);
        case ASKED_BODY:
            return answer_body(e, q);
        case ASKED_THREADS:
            return e->calls && e->calls->threads;
        case ASKED_KINDS:
            break;
    }
    return 0;
}
