#define _GNU_SOURCE
#include "pipeline/facts.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "pipeline/outlines.h"
#include "pipeline/prefixes.h"
#include "source/source.h"

typedef struct collector {
    ll_arena *a;
    ll_intern *names;
    const fe_request *rq;
    uint32_t n, ended;
    uint32_t *todo, ntodo; /* numbers of the requests that must be read */
    const char *latest;
    bool had_time; /* for use_time */
    const facts_options *opt;
    facts_unit *out;
    prefixes *shared; /* NULL: none */
    fe_cost *cost;    /* in memory that the workers share; NULL: there is none to be had */
} collector;

static void tell(const collector *c) {
    const facts_watch *w = &c->opt->watch;
    if (w->progress) w->progress(w->ctx, c->ended, c->n, c->latest);
}

/* Some flags make the compiler's library refuse a unit altogether. Then it is read with those alone without which
 * nothing parses, and a note says so. */
static bool read_with_essential_flags(ll_arena *a, ll_intern *names, const fe_request *rq, ir_unit *unit, ll_err *err) {
    src_words args = {0};
    fe_request again = *rq;
    ll_err first = *err;
    src_flags_essential(a, rq->args, (uint32_t)rq->nargs, &args);
    again.args = args.v;
    again.nargs = (int)args.n;
    if (!rq->nargs || !fe_clang_unit(a, names, &again, unit, err)) {
        *err = first;
        return false;
    }
    const char *text = ll_printf(a, "read with its include and macro flags only: %s", first.msg);
    LL_PUSH(a, &unit->notes,
            (ir_note){.kind = IR_NOTE_PARSE_ERROR, .file = unit->file, .text = ll_intern_str(names, text)});
    *err = (ll_err){0};
    return true;
}

static bool read_one(ll_arena *a, ll_intern *names, const fe_request *rq, ir_unit *unit, ll_err *err) {
    if (fe_clang_unit(a, names, rq, unit, err)) return true;
    *unit = (ir_unit){0};
    return read_with_essential_flags(a, names, rq, unit, err);
}

static bool lacks_header(const ir_unit *unit) {
    for (uint32_t i = 0; i < unit->notes.n; i++)
        if (unit->notes.v[i].text && strstr(unit->notes.v[i].text, "' file not found")) return true;
    return false;
}

/* In the worker: its own pool and arena, both dropped with the process. */
static bool read_unit(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    const collector *c = ctx;
    ll_arena *a = ll_arena_new("unit");
    ll_intern *names = ll_intern_new();
    ir_unit unit = {0};
    fe_request rq = c->rq[c->todo[i]];
    if (c->shared) prefixes_give(c->shared, i, &rq);
    rq.cost = c->cost;
    bool ok = read_one(a, names, &rq, &unit, err);
    if (rq.nargs != c->rq[c->todo[i]].nargs && (!ok || lacks_header(&unit))) {
        rq = c->rq[c->todo[i]];
        unit = (ir_unit){0};
        ok = read_one(a, names, &rq, &unit, err);
    }
    if (ok) ir_encode(result, &unit);
    ll_intern_free(names);
    ll_arena_free(a);
    return ok;
}

static void unit_started(void *ctx, uint32_t i) {
    collector *c = ctx;
    c->latest = c->rq[c->todo[i]].file;
    tell(c);
}

static bool take(collector *c, uint32_t i, const void *bytes, size_t n) {
    facts_unit *out = &c->out[i];
    ir_unit *unit = LL_NEW(c->a, ir_unit);
    if (!ir_decode(c->a, c->names, bytes, n, unit, &out->error)) return false;
    out->unit = unit;
    out->facts = ll_hash_of(bytes, n);
    return true;
}

static void unit_done(void *ctx, uint32_t t, const void *bytes, size_t n, const ll_err *err) {
    collector *c = ctx;
    uint32_t i = c->todo[t];
    facts_cache *cache = c->opt->cache;
    if (err)
        c->out[i].error = *err;
    else if (take(c, i, bytes, n) && cache)
        facts_cache_put(cache, &c->rq[i], c->out[i].unit, bytes, n);
    if (!c->out[i].unit && cache) facts_cache_skip(cache);
    c->ended++;
    tell(c);
}

static void read_here(collector *c) {
    for (uint32_t t = 0; t < c->ntodo && !workers_stopped_by(); t++) {
        uint32_t i = c->todo[t];
        unit_started(c, t);
        ir_unit *unit = LL_NEW(c->a, ir_unit);
        if (read_one(c->a, c->names, &c->rq[i], unit, &c->out[i].error)) c->out[i].unit = unit;
        c->ended++;
        tell(c);
    }
}

/* Asks the cache what it has; the rest is to do. */
static void find_cached(collector *c) {
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->out[i].unit || c->out[i].error.code) {
            c->ended++;
            continue;
        }
        c->out[i].facts = c->opt->cache ? facts_cache_find(c->opt->cache, &c->rq[i]) : (ll_hash){0};
        if (ll_hash_is_none(c->out[i].facts))
            c->todo[c->ntodo++] = i;
        else
            c->ended++;
    }
}

/* What there is to do besides reading. */
static void use_time(void *ctx) {
    collector *c = ctx;
    if (c->had_time) return;
    c->had_time = true;
    if (c->opt->bare && c->n && !c->opt->only_new)
        outlines_take(c->opt->cache, c->a, c->names, c->rq[0].root, c->opt->once, c->out, c->n);
    if (c->opt->meanwhile) c->opt->meanwhile(c->opt->meanwhile_ctx);
}

/* Takes what the cache said it has; where it was wrong, there is more to do. */
static void take_cached(collector *c) {
    ll_arena *scratch = ll_arena_new("cached facts");
    c->ntodo = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        facts_unit *u = &c->out[i];
        const void *bytes;
        size_t n;
        if (u->unit || u->error.code || ll_hash_is_none(u->facts)) continue;
        u->cached = facts_cache_fetch(c->opt->cache, scratch, u->facts, &bytes, &n) && take(c, i, bytes, n);
        u->error = (ll_err){0};
        if (!u->cached) {
            u->facts = (ll_hash){0};
            c->todo[c->ntodo++] = i;
            c->ended--;
        }
        ll_arena_reset(scratch);
    }
    ll_arena_free(scratch);
}

static uint64_t cpu_of_children(void) {
    struct rusage r;
    if (getrusage(RUSAGE_CHILDREN, &r) != 0) return 0;
    return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000 +
           (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000;
}

static bool read_in_workers(collector *c, int *stopped_by, ll_err *err) {
    /* the library is loaded once for all workers; for one, by that one, while there is something to do here */
    const workers_job job = {.ctx = c, .work = read_unit, .started = unit_started, .done = unit_done, .idle = use_time};
    facts_costs *costs = c->opt->costs;
    uint64_t start = cpu_of_children(), made;
    bool load_there = c->ntodo == 1 && c->opt->meanwhile;
    if (c->ntodo && !load_there && !fe_clang_load(err)) return false;
    void *page = mmap(NULL, sizeof *c->cost, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    c->cost = page == MAP_FAILED ? NULL : page;
    if (!c->opt->no_prefixes) c->shared = prefixes_make(c->a, c->rq, c->todo, c->ntodo, &c->opt->workers);
    made = cpu_of_children();
    bool ok = workers_run(&job, c->ntodo, &c->opt->workers, stopped_by, err);
    if (load_there && c->out[c->todo[0]].error.code && !fe_clang_load(err)) ok = false;
    if (costs)
        *costs = (facts_costs){.workers = cpu_of_children() - start,
                               .prefixes = made - start,
                               .nprefixes = c->shared ? prefixes_count(c->shared) : 0};
    if (costs && c->cost) {
        costs->parsing = c->cost->parsing;
        costs->lowering = c->cost->lowering;
        costs->units = c->cost->units;
        costs->prefixed = c->cost->prefixed;
        costs->reread = c->cost->reread;
    }
    if (c->shared) prefixes_close(c->shared);
    if (c->cost) munmap(c->cost, sizeof *c->cost);
    return ok;
}

static bool read_todo(collector *c, int *stopped_by, ll_err *err) {
    if (!c->opt->in_process) return read_in_workers(c, stopped_by, err);
    read_here(c);
    *stopped_by = workers_stopped_by();
    return true;
}

/* Units that are to be read come first: a process is forked cheaply while it is small. */
bool facts_collect(ll_arena *a, ll_intern *names, const fe_request *rq, uint32_t n, const facts_options *opt,
                   facts_unit *out, int *stopped_by, ll_err *err) {
    collector c = {.a = a, .names = names, .rq = rq, .n = n, .opt = opt, .out = out};
    c.todo = LL_NEWN(a, uint32_t, n);
    find_cached(&c);
    if (!read_todo(&c, stopped_by, err)) return false;
    use_time(&c);
    if (opt->only_new) return true;
    take_cached(&c);
    return !c.ntodo || *stopped_by || read_todo(&c, stopped_by, err);
}
