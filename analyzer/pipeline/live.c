/* See live.h: the holder's side. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/sys.h"
#include "ir/outline.h"
#include "pipeline/check.h"
#include "pipeline/live_inside.h"
#include "pipeline/result.h"
#include "pipeline/suppressions.h"

/* Conclusions about a unit are not kept when a finding in it brings its own edits: a few such units are no reason to
 * take the program for unsolved. */
enum { UNSOLVED_SHARE = 8, UNSOLVED_LEAST = 4 };
#define MAX_SOURCE_BYTES ((size_t)64 << 20)

struct live_conclusion {
    char *unit;
    void *bytes;
    size_t n;
    bool fresh;
    UT_hash_handle hh;
};

/* ---- conclusions ---- */

static live_conclusion *conclusion_of(live *l, const char *unit) {
    live_conclusion *c = NULL;
    HASH_FIND_STR(l->conclusions, unit, c);
    return c;
}

static void forget_conclusion(live *l, live_conclusion *c) {
    HASH_DEL(l->conclusions, c);
    free(c->unit);
    free(c->bytes);
    free(c);
}

/* What the unit's old conclusions need and the new ones do not. */
static void forget_needs(live *l, const char *unit, const live_conclusion *old, const void *bytes, size_t n) {
    ll_arena *a = ll_arena_new("names");
    const char **was, **is;
    uint32_t nwas = engine_cache_needs(a, unit, old->bytes, old->n, &was);
    uint32_t nis = nwas ? engine_cache_needs(a, unit, bytes, n, &is) : 0;
    for (uint32_t i = 0; i < nwas; i++) {
        bool needed = false;
        for (uint32_t k = 0; k < nis; k++) needed |= strcmp(was[i], is[k]) == 0;
        live_conclusion *c = needed ? NULL : conclusion_of(l, was[i]);
        if (c) forget_conclusion(l, c);
    }
    ll_arena_free(a);
}

/* Fresh ones are those of a fork, in which nothing is forgotten: the engine may still hold on to the bytes. */
static void keep_conclusion(live *l, const char *unit, const void *bytes, size_t n, bool fresh) {
    live_conclusion *c = conclusion_of(l, unit);
    if (!c) {
        c = ll_xcalloc(1, sizeof *c);
        c->unit = ll_xstrdup(unit);
        HASH_ADD_KEYPTR(hh, l->conclusions, c->unit, (unsigned)strlen(c->unit), c);
    }
    if (c->bytes && !fresh) {
        forget_needs(l, unit, c, bytes, n);
        free(c->bytes);
    }
    c->bytes = ll_xcalloc(1, n + 1);
    memcpy(c->bytes, bytes, n);
    c->n = n;
    c->fresh = fresh;
}

static bool get_conclusion(void *ctx, const char *unit, const void **bytes, size_t *n) {
    const live_conclusion *c = conclusion_of(ctx, unit);
    if (!c) return false;
    *bytes = c->bytes;
    *n = c->n;
    return true;
}

static void put_conclusion(void *ctx, const char *unit, const void *bytes, size_t n) {
    keep_conclusion(ctx, unit, bytes, n, true);
}

engine_cache live_engine_cache(live *l) {
    return (engine_cache){.ctx = l, .get = get_conclusion, .put = put_conclusion};
}

void live_put_fresh(live *l, ll_strbuf *out) {
    uint32_t n = 0;
    for (const live_conclusion *c = l->conclusions; c; c = c->hh.next) n += c->fresh;
    ll_put_uint(out, n);
    for (const live_conclusion *c = l->conclusions; c; c = c->hh.next) {
        if (!c->fresh) continue;
        ll_put_str(out, c->unit);
        ll_put_bytes(out, c->bytes, c->n);
    }
}

void live_take_fresh(live *l, ll_reader *r) {
    ll_arena *names = ll_arena_new("names");
    for (uint32_t k = ll_get_count(r, 2); k && !r->bad; k--) {
        const char *unit = ll_get_str(r, names);
        size_t n;
        const void *bytes = ll_get_bytes(r, &n);
        if (unit && !r->bad) keep_conclusion(l, unit, bytes, n, false);
    }
    ll_arena_free(names);
}

/* ---- facts ---- */

/* Once here, instead of in each fork that solves. */
static void make_outlines(ll_arena *a, const ir_unit *u) {
    ll_arena *scratch = ll_arena_new("outlines");
    for (uint32_t i = 0; i < u->funcs.n; i++) {
        u->funcs.v[i]->outline = ir_outline_make(a, scratch, u->funcs.v[i]);
        ll_arena_reset(scratch);
    }
    ll_arena_free(scratch);
}

bool live_take_facts(live *l, uint32_t i, const void *bytes, size_t n) {
    live_unit *u = &l->v[i];
    ll_arena *a = ll_arena_new("unit");
    ir_unit *unit = LL_NEW(a, ir_unit);
    if (!ir_decode(a, l->names, bytes, n, unit, NULL)) {
        ll_arena_free(a);
        return false;
    }
    make_outlines(a, unit);
    if (u->a) ll_arena_free(u->a);
    u->a = a;
    u->facts = (facts_unit){.unit = unit, .cached = true};
    return true;
}

static ll_hash hash_of_file(ll_arena *scratch, const char *path) {
    char *text;
    size_t n;
    ll_arena_reset(scratch);
    return ll_read_file(scratch, path, MAX_SOURCE_BYTES, &text, &n, NULL) ? ll_hash_of(text, n) : (ll_hash){0};
}

static void take_conclusions(live *l, const engine_cache *engine, const char *unit) {
    ll_arena *a = ll_arena_new("names");
    const char **names;
    const void *bytes;
    size_t n;
    if (engine->get && engine->get(engine->ctx, unit, &bytes, &n)) {
        uint32_t count = engine_cache_needs(a, unit, bytes, n, &names);
        keep_conclusion(l, unit, bytes, n, false);
        for (uint32_t i = 0; i < count; i++)
            if (engine->get(engine->ctx, names[i], &bytes, &n)) keep_conclusion(l, names[i], bytes, n, false);
    }
    ll_arena_free(a);
}

static bool known_from(live *l, facts_cache *cache, uint32_t i, const engine_cache *engine, ll_arena *scratch) {
    const fe_request *rq = &l->units.requests.v[i];
    const void *bytes;
    size_t n;
    ll_hash facts = facts_cache_find(cache, rq);
    ll_arena_reset(scratch);
    if (ll_hash_is_none(facts) || !facts_cache_fetch(cache, scratch, facts, &bytes, &n)) return false;
    if (!live_take_facts(l, i, bytes, n)) return false;
    take_conclusions(l, engine, rq->file);
    l->v[i].state = hash_of_file(scratch, rq->file);
    return true;
}

static void read_cache(live *l, const check_database *db, bool settled) {
    ll_arena *scratch = ll_arena_new("cached");
    const result_query q = {.cache = db->cache, .root = l->base.root, .rules = pipeline_rules_hash(&l->opt->rules)};
    const engine_cache engine = facts_cache_engine(q.rules ? db->cache : NULL, result_scope(&q, true));
    uint32_t unknown = 0, unsolved = 0, n = l->units.requests.n;
    for (uint32_t i = 0; i < n; i++) {
        const live_unit *u = &l->v[i];
        if (!db->cache || !known_from(l, db->cache, i, &engine, scratch))
            unknown++;
        else if (u->facts.unit->funcs.n && !conclusion_of(l, u->facts.unit->file))
            unsolved++;
    }
    ll_arena_free(scratch);
    bool solved = unsolved <= n / UNSOLVED_SHARE + UNSOLVED_LEAST && n > unknown;
    l->state = (live_state){.units = n, .missing = unknown + unsolved, .whole = solved && (settled || !unknown)};
    if (l->state.whole && !unknown) l->state.missing = 0;
}

/* ---- what it was read from ---- */

static int by_path(const void *x, const void *y) {
    return strcmp(((const live_file *)x)->path, ((const live_file *)y)->path);
}

static void watch(live *l, const char *path) {
    if (path) LL_PUSH(l->a, &l->files, (live_file){.path = path});
}

static void list_files(live *l) {
    watch(l, l->units.db_path);
    watch(l, ll_path_join(l->a, l->base.root, SUPPRESSIONS_FILE));
    for (uint32_t i = 0; i < l->opt->rules.paths.n; i++) watch(l, ll_path_abs(l->a, NULL, l->opt->rules.paths.v[i]));
    for (uint32_t i = 0; i < l->units.requests.n; i++) {
        const ir_unit *u = l->v[i].facts.unit;
        for (uint32_t k = 0; u && k < u->files.n; k++) watch(l, u->files.v[k]);
    }
    if (l->files.n) qsort(l->files.v, l->files.n, sizeof *l->files.v, by_path);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->files.n; i++)
        if (!kept || strcmp(l->files.v[i].path, l->files.v[kept - 1].path) != 0) l->files.v[kept++] = l->files.v[i];
    l->files.n = kept;
    for (uint32_t i = 0; i < kept; i++) l->files.v[i].stat = ll_stat(l->files.v[i].path);
}

bool live_files_moved(const live *l) {
    for (uint32_t i = 0; i < l->files.n; i++) {
        ll_file_stat now = ll_stat(l->files.v[i].path);
        if (!ll_stat_equal(&now, &l->files.v[i].stat)) return true;
    }
    return false;
}

/* ---- opening ---- */

/* What a library sets up when it is first used, and the pages it touches then, forks would each pay for. */
static void warm_up(void) {
    static const char text[] = "#include <stdio.h>\nint main(void) { return puts(\"\"); }\n";
    const fe_overlay source = {.path = "/warm/up.c", .bytes = text, .n = sizeof text - 1};
    const fe_request rq = {.file = source.path, .dir = "/", .overlay = &source, .noverlay = 1};
    ll_arena *a = ll_arena_new("warm up");
    ll_intern *names = ll_intern_new();
    ir_unit unit;
    fe_clang_unit(a, names, &rq, &unit, NULL);
    ll_intern_free(names);
    ll_arena_free(a);
}

static bool open_program(live *l, bool settled, ll_err *err) {
    check_result *r = &l->base;
    check_database db;
    if (!plan_check(l->a, l->opt, &l->units, err)) return false;
    r->root = l->units.root;
    if (!check_load_rules(l->opt, r, err)) return false;
    if (!check_load_entries(l->opt, NULL, r, err)) return false;
    l->v = LL_NEWN(l->a, live_unit, l->units.requests.n);
    for (uint32_t i = 0; i < l->units.requests.n; i++) l->v[i].prefix.fd = -1;
    check_open_database(l->opt, r, &db);
    check_open_cache(&db, NULL);
    read_cache(l, &db, settled);
    check_close_database(l->opt, &db);
    list_files(l);
    if (!fe_clang_load(err)) return false;
    warm_up();
    return true;
}

bool live_open(const check_options *opt, bool settled, live **out, ll_err *err) {
    live *l = ll_xcalloc(1, sizeof *l);
    l->opt = opt;
    l->a = ll_arena_new("live");
    l->names = ll_intern_new();
    l->base.arena = ll_arena_new("live rules");
    l->spare = -1;
    workers_allow_deep_stack();
    if (open_program(l, settled, err)) {
        *out = l;
        return true;
    }
    live_free(l);
    return false;
}

void live_free(live *l) {
    if (!l) return;
    live_conclusion *c, *next;
    HASH_ITER(hh, l->conclusions, c, next) forget_conclusion(l, c);
    for (uint32_t i = 0; l->v && i < l->units.requests.n; i++) {
        if (l->v[i].a) ll_arena_free(l->v[i].a);
        if (l->v[i].prefix.fd >= 0) close(l->v[i].prefix.fd);
    }
    if (l->spare >= 0) close(l->spare);
    check_result_free(&l->base);
    ll_intern_free(l->names);
    ll_arena_free(l->a);
    free(l);
}

live_state live_get_state(const live *l) {
    return l->state;
}

/* A new one for every fork: who is ended early may have written to the last. */
void live_prepare(live *l) {
    if (l->spare >= 0) close(l->spare);
    l->spare = memfd_create("lifelint prefix", MFD_CLOEXEC);
}

/* ---- learning ---- */

static void learn_facts(live *l, ll_reader *r) {
    for (uint32_t k = ll_get_count(r, 4); k && !r->bad; k--) {
        uint32_t i = ll_get_below(r, l->units.requests.n);
        ll_hash state = ll_get_hash(r);
        bool from_buffer = ll_get_below(r, 2);
        size_t n;
        const void *bytes = ll_get_bytes(r, &n);
        size_t ntext;
        const void *text = ll_get_bytes(r, &ntext);
        if (r->bad || !live_take_facts(l, i, bytes, n)) return;
        live_unit *u = &l->v[i];
        u->state = state;
        u->from_buffer = from_buffer;
        u->text = (live_text){from_buffer ? ll_memdup(u->a, text, ntext) : NULL, ntext};
    }
}

/* The number of its unit + 1, 0 for none; then its text, and the description, empty when there is no such prefix. */
static void learn_prefix(live *l, ll_reader *r) {
    uint32_t i = ll_get_below(r, (uint64_t)l->units.requests.n + 1);
    if (!i) return;
    live_unit *u = &l->v[i - 1];
    size_t n;
    const char *text = ll_get_str(r, l->a);
    const void *described = ll_get_bytes(r, &n);
    if (r->bad || !text) return;
    fe_prefix p = {.text = text, .fd = l->spare};
    if (u->prefix.fd >= 0) close(u->prefix.fd);
    if (n && l->spare >= 0 && fe_prefix_describe(l->a, described, n, &p))
        l->spare = -1;
    else
        p.fd = -1;
    u->prefix = p;
}

bool live_learn(live *l, const void *bytes, size_t n) {
    ll_reader r = ll_reader_of(bytes, n);
    bool moved = ll_get_below(&r, 2);
    learn_facts(l, &r);
    learn_prefix(l, &r);
    live_take_fresh(l, &r);
    return moved && !r.bad;
}
