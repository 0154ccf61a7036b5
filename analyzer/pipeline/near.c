#include "pipeline/near.h"

#include <string.h>

#include "engine/heard.h"
#include "finding/finding_bytes.h"
#include "finding/lines.h"
#include "ir/outline.h"
#include "pipeline/guard.h"
#include "pipeline/versions.h"

enum { FORMAT = 1, MAX_CALLEE_UNITS = 12 };

/* Kept with the conclusions: which program they are of, and how to hear whom it names. Names that came by edits of this
 * kind are not in there: they are listed here. */
typedef struct program {
    ll_hash result, heard;
    bool near; /* the last edit, which led here, was of this kind */
    LL_ARRAY(const char *) added;
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
    ll_put_uint(&b, p->near);
    ll_put_uint(&b, p->added.n);
    for (uint32_t i = 0; i < p->added.n; i++) ll_put_str(&b, p->added.v[i]);
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
    out->near = ll_get_below(&r, 2);
    for (uint32_t i = ll_get_count(&r, 1); i && !r.bad; i--) {
        const char *usr = ll_get_str(&r, a);
        if (usr) LL_PUSH(a, &out->added, usr);
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

bool near_is_likely(const near *n) {
    return n->known.near;
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

static bool was_added(const program *p, const char *usr) {
    for (uint32_t i = 0; i < p->added.n; i++)
        if (strcmp(p->added.v[i], usr) == 0) return true;
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

/* Defined in its unit alone, which alone may name it. */
static bool is_unheard(const near *n, const heard *h, const char *usr, bool is_new) {
    home at = {.own = n->q->rq[n->edited].file};
    heard_homes(h, usr, see_home, &at);
    return !at.elsewhere && !heard_named(h, usr) && !(is_new && was_added(&n->known, usr));
}

static bool touches_nobody(const near *n, const heard *h, ir_change *change) {
    for (uint32_t i = 0; i < change->funcs.n; i++) {
        ir_changed *c = &change->funcs.v[i];
        const char *usr = c->now ? c->now->usr : c->before->usr;
        bool both = c->now && c->before;
        c->alone = c->alone && is_unheard(n, h, usr, !c->before);
        if (both ? heard_looked_into(h, usr) : !c->alone) return false;
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
}

/* The edited unit, and what is to be known of its functions to follow some of them. */
typedef struct edited_unit {
    const heard *h;
    const near *n;
    const ir_unit *unit;
    const ir_outline **outlines; /* of its functions; with their bodies gone NULL */
} edited_unit;

static bool is_among(const char *const *v, uint32_t n, const char *usr) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(v[i], usr) == 0) return true;
    return false;
}

/* Its address goes somewhere: who calls it nobody knows. */
static bool is_taken(const edited_unit *u, const char *usr) {
    for (uint32_t i = 0; i < u->unit->funcs.n; i++) {
        const ir_outline *o = u->outlines[i];
        if (is_among(o->taken, o->ntaken, usr)) return true;
        for (uint32_t k = 0; k < o->nfills; k++)
            if (o->fills[k].usr && strcmp(o->fills[k].usr, usr) == 0) return true;
    }
    for (uint32_t i = 0; i < u->unit->globals.n; i++)
        for (uint32_t k = 0; k < u->unit->globals.v[i].ninits; k++)
            if (u->unit->globals.v[i].inits[k].usr && strcmp(u->unit->globals.v[i].inits[k].usr, usr) == 0) return true;
    return false;
}

static bool is_looked_into(void *ctx, const ir_func *f) {
    const edited_unit *u = ctx;
    return heard_looked_into(u->h, f->usr);
}

/* Whoever calls it is in this unit. */
static bool is_private(const edited_unit *u, const ir_func *f) {
    if (!f->in_main_file || f->is_weak || f->is_ctor_attr || f->owner) return false;
    return f->is_static ? !is_taken(u, f->usr) : is_unheard(u->n, u->h, f->usr, false);
}

static bool may_change(void *ctx, const ir_func *f) {
    return is_private(ctx, f) && !is_looked_into(ctx, f);
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
            if (up[i] || !calls_any(u->outlines[i], unit, passes)) continue;
            up[i] = more = true;
            passes[i] |= is_private(u, unit->funcs.v[i]);
            add_callees(c, u->h, u->outlines[i]);
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
    engine_near how = {before, change, (void *)u, may_change, is_looked_into, false};
    for (uint32_t i = 0; i < u->unit->funcs.n; i++)
        for (uint32_t k = 0; k < change->funcs.n; k++)
            if (change->funcs.v[k].now == u->unit->funcs.v[i] && change->funcs.v[k].before)
                add_callees(&c, u->h, u->outlines[i]);
    if (c.lost) return NULL;
    if (follow(u, rules, facts, p, &how, &c, &e, edit) == NEAR_WANTS_CALLERS) {
        add_callers_callees(&c, u, change);
        how.with_callers = true;
        if (!c.lost) follow(u, rules, facts, p, &how, &c, &e, edit);
    }
    return e;
}

static edited_unit edited_unit_of(const near *n, const heard *h, ll_arena *a, const ir_unit *unit) {
    edited_unit u = {h, n, unit, LL_NEWN(a, const ir_outline *, unit->funcs.n)};
    for (uint32_t i = 0; i < unit->funcs.n; i++) u.outlines[i] = ir_outline_make(a, a, unit->funcs.v[i]);
    return u;
}

/* ---- bringing the result up to date ---- */

/* A function that was changed or moved. */
typedef struct span {
    const char *file; /* as in results */
    const ir_func *before, *now;
    bool changed; /* what lies in it is only known where the engine says so */
} span;

typedef struct update {
    const near *n;
    const engine_edit *edit;
    LL_ARRAY(span) spans;
    bool lost; /* something is mentioned of which nobody knows where it is now */
    bool done; /* something is another */
} update;

static void add_span(update *u, const ir_func *before, const ir_func *now, bool changed) {
    const char *file = pipeline_relative(u->n->arena, u->n->q->root, before->file);
    LL_PUSH(u->n->arena, &u->spans, (span){ll_strdup(u->n->arena, file), before, now, changed});
}

static void list_spans(update *u, const ir_change *change) {
    for (uint32_t i = 0; i < change->moved.n; i++)
        add_span(u, change->moved.v[i].before, change->moved.v[i].now, false);
    for (uint32_t i = 0; i < change->funcs.n; i++)
        if (change->funcs.v[i].before && change->funcs.v[i].now)
            add_span(u, change->funcs.v[i].before, change->funcs.v[i].now, true);
}

static bool place_in(const update *u, const span *s, const finding_loc *was, finding_loc *now) {
    int32_t line = was->line - s->before->first_line;
    *now = *was;
    now->line = s->now->first_line + line;
    if (!s->changed || (!line && !was->col)) return true;
    for (uint32_t i = 0; i < u->edit->moved.n; i++) {
        const engine_moved *m = &u->edit->moved.v[i];
        if (m->of != s->before || m->line != line || m->col != was->col) continue;
        now->line = s->now->first_line + m->to_line;
        now->col = m->to_col;
        return !was->end_col; /* it is not said where that is */
    }
    return false;
}

static void update_loc(update *u, finding_loc *loc) {
    const finding_loc was = *loc;
    bool found = false;
    for (uint32_t i = 0; i < u->spans.n && loc->file; i++) {
        const span *s = &u->spans.v[i];
        finding_loc now;
        if (was.line < s->before->first_line || was.line > s->before->last_line || strcmp(was.file, s->file) != 0)
            continue;
        bool known = place_in(u, s, &was, &now);
        u->lost |= !known || (found && (now.line != loc->line || now.col != loc->col));
        found = true;
        *loc = now;
    }
    u->done |= loc->line != was.line || loc->col != was.col;
}

/* Messages name lines of the finding's own function. */
static void update_message(update *u, finding *f) {
    for (uint32_t i = 0; i < u->spans.n; i++) {
        const span *s = &u->spans.v[i];
        bool own = f->function_loc.line == s->before->first_line && strcmp(f->usr ? f->usr : "", s->before->usr) == 0;
        if (!own) continue;
        bool named = false;
        finding_shift_lines(u->n->arena, f->message, 0, 1, 0, &named);
        u->lost |= named && s->changed;
        if (named)
            f->message = finding_shift_lines(u->n->arena, f->message, s->now->first_line - s->before->first_line, 0,
                                             INT32_MAX, &(bool){0});
        return;
    }
}

static void update_finding(update *u, finding *f) {
    update_message(u, f);
    update_loc(u, &f->loc);
    update_loc(u, &f->function_loc);
    for (uint32_t i = 0; i < f->nsteps; i++) update_loc(u, &f->steps[i].loc);
}

static void make_relative(const update *u, finding *f) {
    const char *root = u->n->q->root;
    f->loc.file = pipeline_relative(u->n->arena, root, f->loc.file);
    f->function_loc.file = pipeline_relative(u->n->arena, root, f->function_loc.file);
    for (uint32_t i = 0; i < f->nsteps; i++)
        f->steps[i].loc.file = pipeline_relative(u->n->arena, root, f->steps[i].loc.file);
}

/* The number of the finding among those; their number: it is none of them. */
static uint32_t number_of(const finding_list *l, const finding *f) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (l->items.v[i].loc.line == f->loc.line && finding_same(&l->items.v[i], f)) return i;
    return l->items.n;
}

/* Takes out what was reported of functions that were followed again, and lists what is reported now. */
static void swap(update *u, finding_list *l, finding_list *came) {
    for (uint32_t i = 0; i < u->edit->swaps.n && !u->lost; i++) {
        engine_swap s = u->edit->swaps.v[i];
        if (s.had) make_relative(u, &s.was);
        uint32_t at = s.had ? number_of(l, &s.was) : l->items.n;
        bool there = at < l->items.n;
        u->lost |= s.had && !there && !s.perhaps;
        u->done |= there || !s.perhaps;
        if (there) memmove(l->items.v + at, l->items.v + at + 1, (--l->items.n - at) * sizeof *l->items.v);
        if (!s.has || (s.perhaps && !there)) continue;
        make_relative(u, &s.is);
        LL_PUSH(u->n->arena, &came->items, s.is);
    }
}

/* What lies outside the root stands elsewhere among what is reported than its path says. */
static bool all_below_root(const finding_list *l) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (!l->items.v[i].loc.file || l->items.v[i].loc.file[0] == '/') return false;
    return true;
}

static bool bring_up_to_date(update *u, finding_list *l) {
    finding_list came = {0};
    swap(u, l, &came);
    for (uint32_t i = 0; i < l->items.n && !u->lost; i++) update_finding(u, &l->items.v[i]);
    for (uint32_t i = 0; i < came.items.n; i++) LL_PUSH(u->n->arena, &l->items, came.items.v[i]);
    if (u->lost || (u->done && !all_below_root(l))) return false;
    if (u->done) finding_sort(l);
    return true;
}

/* ---- all of it ---- */

static void keep(const near *n, const ir_change *change, const pipeline_analysis *p, const void *bytes, size_t len) {
    const result_query *q = n->q;
    ll_hash *facts = LL_NEWN(n->arena, ll_hash, q->n);
    program now = {.heard = n->known.heard, .near = true};
    for (uint32_t i = 0; i < q->n; i++) facts[i] = p->units[i].facts;
    now.result = result_key(q, n->arena, facts);
    for (uint32_t i = 0; i < n->known.added.n; i++) {
        bool gone = false;
        for (uint32_t k = 0; k < change->funcs.n; k++)
            gone |= !change->funcs.v[k].now && strcmp(change->funcs.v[k].before->usr, n->known.added.v[i]) == 0;
        if (!gone) LL_PUSH(n->arena, &now.added, n->known.added.v[i]);
    }
    for (uint32_t k = 0; k < change->funcs.n; k++)
        if (!change->funcs.v[k].before) LL_PUSH(n->arena, &now.added, change->funcs.v[k].now->usr);
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
    update u = {.n = n, .edit = edit};
    ll_strbuf b = {0};
    list_spans(&u, change);
    if (!bring_up_to_date(&u, &out->findings)) return false;
    if (!u.done) return true;
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
    const edited_unit u = edited_unit_of(n, &h, p->arena, edited->unit);
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
