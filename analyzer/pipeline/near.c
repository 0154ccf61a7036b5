#include "pipeline/near.h"

#include <string.h>

#include "engine/heard.h"
#include "ir/outline.h"
#include "pipeline/guard.h"
#include "pipeline/near_findings.h"
#include "pipeline/versions.h"

enum { FORMAT = 3, MAX_CALLEE_UNITS = 32, MAX_ROUNDS = 6 };

/* Kept with the conclusions: which program they are of, and how to hear whom it names. Names that came by edits of this
 * kind are not in there: they are listed here. */
typedef struct program {
    ll_hash result, heard;
    LL_ARRAY(const char *) added;
    LL_ARRAY(const char *) named; /* and those that edits of this kind made somebody name */
} program;

struct near {
    const result_query *q;
    ll_arena *arena;
    ll_hash scope;
    uint32_t edited; /* number of the request */
    ll_hash before;  /* its facts in that program */
    program known;
};

/* ---- what is kept ---- */

static ll_hash key_of_heard(ll_hash scope) {
    ll_strbuf b = {0};
    ll_put_str(&b, "heard");
    ll_put_uint(&b, FORMAT);
    ll_put_hash(&b, scope);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

static void note_program(facts_cache *c, const program *p) {
    ll_strbuf b = {0};
    ll_put_uint(&b, FORMAT);
    ll_put_hash(&b, p->result);
    ll_put_hash(&b, p->heard);
    ll_put_uint(&b, p->added.n);
    for (uint32_t i = 0; i < p->added.n; i++) ll_put_str(&b, p->added.v[i]);
    ll_put_uint(&b, p->named.n);
    for (uint32_t i = 0; i < p->named.n; i++) ll_put_str(&b, p->named.v[i]);
    facts_cache_note_program(c, b.s, b.n);
    ll_sb_free(&b);
}

static bool read_program(const result_query *q, ll_arena *a, ll_hash scope, program *out) {
    const void *bytes;
    size_t n;
    if (!facts_cache_program(q->cache, a, scope, &bytes, &n)) return false;
    ll_reader r = ll_reader_of(bytes, n);
    *out = (program){0};
    if (ll_get_uint(&r) != FORMAT) return false;
    out->result = ll_get_hash(&r);
    out->heard = ll_get_hash(&r);
    for (uint32_t i = ll_get_count(&r, 1); i && !r.bad; i--) {
        const char *usr = ll_get_str(&r, a);
        if (usr) LL_PUSH(a, &out->added, usr);
    }
    for (uint32_t i = ll_get_count(&r, 1); i && !r.bad; i--) {
        const char *usr = ll_get_str(&r, a);
        if (usr) LL_PUSH(a, &out->named, usr);
    }
    return !r.bad && r.p == r.end;
}

void near_keep(const result_query *q, ll_arena *a, ll_hash scope, const pipeline_analysis *p) {
    ll_hash *facts = LL_NEWN(a, ll_hash, q->n);
    ll_strbuf b = {0};
    if (!result_remembers(q)) return;
    for (uint32_t i = 0; i < q->n; i++) facts[i] = p->units[i].facts;
    program now = {.result = result_key(q, a, facts)};
    if (ll_hash_is_none(now.result)) return;
    now.heard = now.result;
    ll_put_hash(&b, now.heard);
    heard_write(p->engine, &b);
    facts_cache_put_common(q->cache, key_of_heard(scope), b.s, b.n);
    note_program(q->cache, &now);
    ll_sb_free(&b);
}

static bool read_heard(const near *n, heard *out) {
    const void *bytes;
    size_t len;
    if (!facts_cache_get_result(n->q->cache, n->arena, key_of_heard(n->scope), &bytes, &len)) return false;
    ll_reader r = ll_reader_of(bytes, len);
    return ll_hash_equal(ll_get_hash(&r), n->known.heard) && heard_read(n->arena, r.p, (size_t)(r.end - r.p), out);
}

/* ---- whether there is a way ---- */

/* The number of the one request that must be read; n: there is none, or another one. */
static uint32_t only_edited(const result_query *q, ll_hash *facts) {
    uint32_t found = q->n;
    for (uint32_t i = 0; i < q->n; i++) {
        facts[i] = facts_cache_find(q->cache, &q->rq[i]);
        if (!ll_hash_is_none(facts[i])) continue;
        if (found < q->n) return q->n;
        found = i;
    }
    return found;
}

near *near_begin(const result_query *q, ll_arena *a, ll_hash scope) {
    const ll_hash *states;
    if (!result_remembers(q)) return NULL;
    near *n = LL_NEW(a, near);
    ll_hash *facts = LL_NEWN(a, ll_hash, q->n);
    *n = (near){.q = q, .arena = a, .scope = scope, .edited = only_edited(q, facts)};
    if (n->edited == q->n || !read_program(q, a, scope, &n->known)) return NULL;
    uint32_t nstates = facts_cache_states(q->cache, a, &q->rq[n->edited], &states);
    for (uint32_t i = 0; i < nstates && ll_hash_is_none(n->before); i++) {
        facts[n->edited] = states[i];
        if (ll_hash_equal(result_key(q, a, facts), n->known.result)) n->before = states[i];
    }
    return ll_hash_is_none(n->before) ? NULL : n;
}

/* ---- whether the edit is of this kind ---- */

static const ir_unit *decode(const near *n, pipeline_analysis *p, ll_hash facts) {
    const void *bytes;
    size_t len;
    ir_unit *u = LL_NEW(p->arena, ir_unit);
    bool ok = facts_cache_fetch(n->q->cache, p->arena, facts, &bytes, &len) &&
              ir_decode(p->arena, p->names, bytes, len, u, NULL);
    return ok ? u : NULL;
}

static bool is_among(const char *const *v, uint32_t n, const char *usr) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(v[i], usr) == 0) return true;
    return false;
}

typedef struct home {
    const char *own;
    bool elsewhere;
} home;

static void see_home(void *ctx, const char *unit) {
    home *h = ctx;
    h->elsewhere |= strcmp(unit, h->own) != 0;
}

static bool is_named(const near *n, const heard *h, const char *usr) {
    return heard_named(h, usr) || is_among(n->known.named.v, n->known.named.n, usr);
}

/* Defined in its unit alone, which alone may name it. */
static bool is_unheard(const near *n, const heard *h, const char *usr, bool is_new) {
    home at = {.own = n->q->rq[n->edited].file};
    heard_homes(h, usr, see_home, &at);
    const program *p = &n->known;
    return !at.elsewhere && !is_named(n, h, usr) && !(is_new && is_among(p->added.v, p->added.n, usr));
}

static bool touches_nobody(const near *n, const heard *h, ir_change *change) {
    for (uint32_t i = 0; i < change->funcs.n; i++) {
        ir_changed *c = &change->funcs.v[i];
        const char *usr = c->now ? c->now->usr : c->before->usr;
        bool both = c->now && c->before;
        c->alone = c->alone && is_unheard(n, h, usr, !c->before);
        if (both ? heard_looked_into(h, usr, n->q->rq[n->edited].file) : !c->alone) return false;
    }
    return true;
}

/* ---- following what changed ---- */

typedef struct callees {
    const near *n;
    pipeline_analysis *p;
    const char *own;
    LL_ARRAY(const ir_unit *) units;
    bool lost;
} callees;

static void add_unit(void *ctx, const char *file) {
    callees *c = ctx;
    const result_query *q = c->n->q;
    uint32_t found = q->n;
    if (c->lost || strcmp(file, c->own) == 0) return;
    for (uint32_t i = 0; i < c->units.n; i++)
        if (strcmp(c->units.v[i]->file, file) == 0) return;
    for (uint32_t i = 0; i < q->n; i++) {
        if (strcmp(q->rq[i].file, file) != 0) continue;
        c->lost |= found < q->n; /* read twice, with other flags: there is no telling which is meant */
        found = i;
    }
    if (c->lost || found == q->n || c->units.n == MAX_CALLEE_UNITS) {
        c->lost = true;
        return;
    }
    const ir_unit *u = decode(c->n, c->p, c->p->units[found].facts);
    c->lost = !u || strcmp(u->file, file) != 0;
    if (!c->lost) LL_PUSH(c->n->arena, &c->units, u);
}

static void add_callees(callees *c, const heard *h, const ir_outline *o) {
    for (uint32_t k = 0; k < o->nrefs; k++) heard_homes(h, o->refs[k].usr, add_unit, c);
    for (uint32_t k = 0; k < o->npointers; k++) heard_homes(h, o->pointers[k], add_unit, c);
}

/* The edited unit, and what is to be known of its functions to follow some of them. */
typedef struct edited_unit {
    const heard *h;
    const near *n;
    const ir_unit *unit;
    ll_arena *arena;
    const ir_outline **outlines; /* of its functions, once asked for */
} edited_unit;

static const ir_outline *outline_of(const edited_unit *u, uint32_t i) {
    if (!u->outlines[i]) u->outlines[i] = ir_outline_make(u->arena, u->arena, u->unit->funcs.v[i]);
    return u->outlines[i];
}

/* Its address goes somewhere: who calls it nobody knows. */
static bool is_taken(const edited_unit *u, const char *usr) {
    for (uint32_t i = 0; i < u->unit->funcs.n; i++) {
        const ir_outline *o = outline_of(u, i);
        if (is_among(o->taken, o->ntaken, usr)) return true;
        for (uint32_t k = 0; k < o->nfills; k++)
            if (o->fills[k].usr && strcmp(o->fills[k].usr, usr) == 0) return true;
    }
    for (uint32_t i = 0; i < u->unit->globals.n; i++)
        for (uint32_t k = 0; k < u->unit->globals.v[i].ninits; k++)
            if (u->unit->globals.v[i].inits[k].usr && strcmp(u->unit->globals.v[i].inits[k].usr, usr) == 0) return true;
    return false;
}

/* Whoever calls it is in this unit. */
static bool is_private(void *ctx, const ir_func *f) {
    const edited_unit *u = ctx;
    if (!f->in_main_file || f->is_weak || f->is_ctor_attr || f->owner) return false;
    return f->is_static ? !is_taken(u, f->usr) : !is_named(u->n, u->h, f->usr);
}

static bool calls_any(const ir_outline *o, const ir_unit *of, const bool *called) {
    for (uint32_t k = 0; k < o->nrefs; k++)
        for (uint32_t i = 0; i < of->funcs.n; i++)
            if (called[i] && strcmp(of->funcs.v[i]->usr, o->refs[k].usr) == 0) return true;
    return false;
}

/* And those that what calls them calls, as far up as what it does may change. */
static void add_callers_callees(callees *c, const edited_unit *u, const ir_change *change) {
    const ir_unit *unit = u->unit;
    bool *up = LL_NEWN(c->n->arena, bool, unit->funcs.n), more = true;
    bool *passes = LL_NEWN(c->n->arena, bool, unit->funcs.n);
    for (uint32_t i = 0; i < unit->funcs.n; i++)
        for (uint32_t k = 0; k < change->funcs.n; k++) passes[i] |= change->funcs.v[k].now == unit->funcs.v[i];
    while (more && !c->lost) {
        more = false;
        for (uint32_t i = 0; i < unit->funcs.n; i++) {
            if (up[i] || !calls_any(outline_of(u, i), unit, passes)) continue;
            up[i] = more = true;
            passes[i] |= is_private((void *)u, unit->funcs.v[i]);
            add_callees(c, u->h, outline_of(u, i));
        }
    }
}

static engine_near_answer follow(const edited_unit *u, const rule_set *rules, const facts_options *facts,
                                 pipeline_analysis *p, const engine_near *how, const callees *c, engine **out,
                                 engine_edit *edit) {
    const engine_options opt = {.cache = facts_cache_engine(u->n->q->cache, u->n->scope)};
    if (!facts->in_process) guard_begin("solving", facts->solve_limit_s);
    engine *e = engine_new(rules, p->names, opt);
    engine_add_unit(e, u->unit);
    for (uint32_t i = 0; i < c->units.n; i++) engine_add_unit(e, c->units.v[i]);
    engine_near_answer answer = engine_run_near(e, how, p->arena, edit);
    if (!facts->in_process) guard_end();
    if (answer == NEAR_KNOWN)
        *out = e;
    else
        engine_free(e);
    return answer;
}

/* Follows what changed and, when that does something else than before, its callers. NULL: there is no telling. */
static engine *follow_changed(const edited_unit *u, const rule_set *rules, const facts_options *facts,
                              pipeline_analysis *p, const ir_unit *before, const ir_change *change, engine_edit *edit) {
    callees c = {.n = u->n, .p = p, .own = u->unit->file};
    engine *e = NULL;
    engine_near how = {u->h, before, change, (void *)u, is_private, false};
    for (uint32_t i = 0; i < u->unit->funcs.n; i++)
        for (uint32_t k = 0; k < change->funcs.n; k++)
            if (change->funcs.v[k].now == u->unit->funcs.v[i] && change->funcs.v[k].before) {
                add_callees(&c, u->h, outline_of(u, i));
                if (change->funcs.v[k].was) add_callees(&c, u->h, change->funcs.v[k].was);
            }
    for (int round = 0; round < MAX_ROUNDS && !c.lost; round++) {
        engine_near_answer answer = follow(u, rules, facts, p, &how, &c, &e, edit);
        if (answer == NEAR_KNOWN || answer == NEAR_LOST) return e;
        for (uint32_t i = 0; i < edit->wanted.n; i++) add_unit(&c, edit->wanted.v[i]);
        if (answer == NEAR_WANTS_CALLERS) add_callers_callees(&c, u, change);
        how.with_callers |= answer == NEAR_WANTS_CALLERS;
    }
    return NULL;
}

/* ---- all of it ---- */

static void keep(const near *n, const ir_change *change, const pipeline_analysis *p, const void *bytes, size_t len) {
    const result_query *q = n->q;
    ll_hash *facts = LL_NEWN(n->arena, ll_hash, q->n);
    program now = {.heard = n->known.heard};
    for (uint32_t i = 0; i < q->n; i++) facts[i] = p->units[i].facts;
    now.result = result_key(q, n->arena, facts);
    for (uint32_t i = 0; i < n->known.added.n; i++) {
        bool gone = false;
        for (uint32_t k = 0; k < change->funcs.n; k++)
            gone |= !change->funcs.v[k].now && strcmp(change->funcs.v[k].before->usr, n->known.added.v[i]) == 0;
        if (!gone) LL_PUSH(n->arena, &now.added, n->known.added.v[i]);
    }
    for (uint32_t i = 0; i < n->known.named.n; i++) LL_PUSH(n->arena, &now.named, n->known.named.v[i]);
    for (uint32_t k = 0; k < change->funcs.n; k++) {
        const ir_changed *f = &change->funcs.v[k];
        if (!f->before) LL_PUSH(n->arena, &now.added, f->now->usr);
        for (uint32_t i = 0; f->is && i < f->is->nrefs; i++)
            if (!ir_outline_names(f->was, f->is->refs[i].usr)) LL_PUSH(n->arena, &now.named, f->is->refs[i].usr);
    }
    facts_cache_put_result(q->cache, now.result, bytes, len);
    note_program(q->cache, &now);
}

static void take(const near *n, const engine *e, pipeline_analysis *p, pipeline_analysis *result, finished *out) {
    result->nparsed = 1;
    result->ncached = n->q->n - 1;
    result->parse_ms = p->parse_ms;
    result->costs = p->costs;
    result->stats = engine_get_stats(e);
    pipeline_scan_suppressions(n->arena, n->q->root, n->q->view, n->q->cache, out);
}

/* What the program comes to now, from what it came to before. The bytes are kept for the next run. */
static bool update_result(const near *n, const ir_change *change, const engine_edit *edit, const void **bytes,
                          size_t *len, pipeline_analysis *result, finished *out) {
    ll_strbuf b = {0};
    bool other;
    if (!near_findings(n->arena, n->q->root, change, edit, &out->findings, &other)) return false;
    if (!other) return true;
    result_write(n->q, result, out, &b);
    *bytes = ll_memdup(n->arena, b.s, *len = b.n);
    ll_sb_free(&b);
    return result_read(*bytes, *len, n->q, n->arena, result, out); /* its strings were others' */
}

bool near_recall(const near *n, const rule_set *rules, const facts_options *facts, pipeline_analysis *p,
                 finished *out) {
    const result_query *q = n->q;
    const facts_unit *edited = &p->units[n->edited];
    const void *bytes;
    size_t len;
    ir_change change;
    heard h;
    engine_edit edit;
    pipeline_analysis result = {0};
    if (p->nparsed != 1 || p->stopped_by || !edited->unit || ll_hash_is_none(edited->facts)) return false;
    const ir_unit *before = decode(n, p, n->before);
    if (!before || before->file != edited->unit->file || !ir_change_find(p->arena, before, edited->unit, &change))
        return false;
    if (!read_heard(n, &h) || !touches_nobody(n, &h, &change)) return false;
    if (!facts_cache_get_result(q->cache, n->arena, n->known.result, &bytes, &len)) return false;
    const edited_unit u = {.h = &h,
                           .n = n,
                           .unit = edited->unit,
                           .arena = p->arena,
                           .outlines = LL_NEWN(p->arena, const ir_outline *, edited->unit->funcs.n)};
    engine *e = follow_changed(&u, rules, facts, p, before, &change, &edit);
    bool ok = e && result_read(bytes, len, q, n->arena, &result, out) &&
              update_result(n, &change, &edit, &bytes, &len, &result, out);
    if (ok) {
        engine_keep(e);
        keep(n, &change, p, bytes, len);
        take(n, e, p, &result, out);
    }
    if (e) engine_free(e);
    pipeline_analysis_free(ok ? p : &result);
    if (ok) *p = result;
    return ok;
}
