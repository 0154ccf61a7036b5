#include "pipeline/cache.h"
#include "pipeline/bundle.h"

#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/sys.h"
#include "pipeline/inputs.h"
#include "pipeline/manifest.h"
#include "pipeline/versions.h"

enum { FORMAT = 1, MAX_STATES = 4, BATCH_UNITS = 64, BATCH_BYTES = 8 << 20 };
enum { FEW = 16 }; /* units the manifest does not vouch for: one in so many */
#define MAX_CACHE_BYTES ((uint64_t)1 << 30)

typedef struct unit_state {
    ll_hash facts;
    inputs in;
} unit_state;

typedef struct unit_row {
    unit_state v[MAX_STATES];
    uint32_t n;
} unit_row;

typedef struct pending {
    const fe_request *rq;
    unit_state state;
    const void *facts; /* NULL: only the row is written */
    size_t n;
} pending;

/* What was found out in this run about one request. */
typedef struct found {
    ll_hash key, facts;
    UT_hash_handle hh;
} found;

/* The key of a request, which is asked for several times in a run. */
typedef struct keyed {
    const fe_request *rq;
    ll_hash key;
    UT_hash_handle hh;
} keyed;

/* One path that some request was read from. */
typedef struct used {
    ll_hash hash;
    bool reread; /* in this run, by a unit that was not known */
    UT_hash_handle hh;
    char path[];
} used;

struct facts_cache {
    store *store;
    ll_arena *arena; /* of the run */
    found *found;
    keyed *keys;
    const char *const *flags; /* of the request that was asked for last, which others have, too */
    int nflags;
    ll_hash flags_key;
    used *used;
    bool unknown_inputs;
    ll_hash all; /* the key of the manifest */
    manifest *manifest;
    bool sought;            /* the manifest, in the store */
    manifest_writer *fresh; /* units that were found otherwise, or put */
    ll_hash scope;          /* of the engine's entries */
    bundle *concluded;      /* those of units; NULL: nobody asked yet */
    uint64_t newer;         /* of the list of those that are newer than the bundle */
    const void *program;    /* what they are of; NULL: nobody said */
    size_t nprogram;
    LL_ARRAY(store_entry) kept; /* results and conclusions, to be written last */
    seen *seen;
    ll_arena *batch_arena;
    LL_ARRAY(pending) batch;
    size_t batch_bytes;
    int64_t start; /* of the run, by the clock of the files */
    uint32_t round;
    bool looked_again;   /* at the files, after what was put last was read */
    bool wrote, written; /* something; all of it */
    ll_err error;
};

static const unsigned char files_key[16] = "files";

/* The first failure ends it: what the next calls would say is the same, and each may wait for a lock. */
static bool usable(const facts_cache *c) {
    return !c->error.code;
}

facts_cache *facts_cache_new(store *s, const seen_view *view) {
    facts_cache *c = ll_xcalloc(1, sizeof *c);
    c->store = s;
    c->seen = seen_new(view);
    c->arena = ll_arena_new("cache");
    c->batch_arena = ll_arena_new("cache batch");
    c->start = ll_file_clock_ns();
    c->fresh = manifest_writer_new();
    const void *bytes;
    size_t n;
    bool found;
    if (store_cache_get(s, c->batch_arena, STORE_FILES, files_key, &bytes, &n, &found, &c->error) && found)
        seen_load(c->seen, bytes, n);
    ll_arena_reset(c->batch_arena);
    return c;
}

const ll_err *facts_cache_error(const facts_cache *c) {
    return c->error.code ? &c->error : NULL;
}

/* ---- keys ---- */

/* What the compiler library reads from its environment. */
static const char *const environment[] = {
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS", "COMPILER_PATH", "GCC_EXEC_PREFIX"};

static ll_hash flags_key(const fe_request *rq) {
    ll_strbuf b = {0};
    ll_put_uint(&b, LL_FACTS_VERSION);
    ll_put_str(&b, fe_clang_identity());
    for (int i = 0; i < rq->nargs; i++) ll_put_str(&b, rq->args[i]);
    ll_put_str(&b, NULL);
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++) ll_put_str(&b, getenv(environment[i]));
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

/* Names a request, whatever the files hold: versions, file, flags, directory. */
static ll_hash request_key(facts_cache *c, const fe_request *rq) {
    ll_strbuf b = {0};
    if (!rq->args || rq->args != c->flags || rq->nargs != c->nflags) c->flags_key = flags_key(rq);
    c->flags = rq->args;
    c->nflags = rq->nargs;
    ll_put_hash(&b, c->flags_key);
    ll_put_str(&b, rq->file);
    ll_put_str(&b, rq->dir);
    ll_put_str(&b, rq->root);
    ll_put_uint(&b, rq->all_headers);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

ll_hash facts_cache_key_of(facts_cache *c, const fe_request *rq) {
    keyed *k = NULL;
    HASH_FIND_PTR(c->keys, &rq, k);
    if (k) return k->key;
    k = LL_NEW(c->arena, keyed);
    *k = (keyed){.rq = rq, .key = request_key(c, rq)};
    HASH_ADD_PTR(c->keys, rq, k);
    return k->key;
}

/* ---- rows ---- */

static void read_row(const void *bytes, size_t n, ll_arena *a, unit_row *out) {
    ll_reader r = ll_reader_of(bytes, n);
    out->n = ll_get_uint(&r) == FORMAT ? ll_get_below(&r, MAX_STATES + 1) : 0;
    for (uint32_t i = 0; i < out->n; i++) {
        out->v[i].facts = ll_get_hash(&r);
        inputs_read(&r, a, &out->v[i].in);
    }
    if (r.bad || r.p != r.end) out->n = 0;
}

static void write_row(const unit_row *row, ll_strbuf *out) {
    ll_put_uint(out, FORMAT);
    ll_put_uint(out, row->n);
    for (uint32_t i = 0; i < row->n; i++) {
        ll_put_hash(out, row->v[i].facts);
        inputs_write(&row->v[i].in, out);
    }
}

static bool get(facts_cache *c, ll_arena *a, store_kind kind, ll_hash key, const void **bytes, size_t *n) {
    unsigned char k[LL_HASH_BYTES];
    bool found = false;
    ll_hash_bytes(key, k);
    return usable(c) && store_cache_get(c->store, a, kind, k, bytes, n, &found, &c->error) && found;
}

static void load_row(facts_cache *c, ll_arena *a, const fe_request *rq, unit_row *out) {
    const void *bytes;
    size_t n;
    out->n = 0;
    if (get(c, a, STORE_UNIT, facts_cache_key_of(c, rq), &bytes, &n)) read_row(bytes, n, a, out);
}

static void add_pending(facts_cache *c, pending p);

static used *note_used(facts_cache *c, const char *path, ll_hash hash) {
    used *u = NULL;
    size_t len = strlen(path);
    HASH_FIND(hh, c->used, path, (unsigned)len, u);
    if (u) return u;
    u = ll_alloc(c->arena, sizeof *u + len + 1);
    memcpy(u->path, path, len);
    u->hash = hash;
    HASH_ADD_KEYPTR(hh, c->used, u->path, (unsigned)len, u);
    return u;
}

static void note_path(void *cache, const char *path, ll_hash hash) {
    note_used(cache, path, hash);
}

static void note_list(facts_cache *c, const input *v, uint32_t n, bool reread) {
    for (uint32_t i = 0; i < n; i++) note_used(c, v[i].path, v[i].hash)->reread |= reread;
}

static void note_key(facts_cache *c, ll_hash key, ll_hash facts) {
    found *f = LL_NEW(c->arena, found);
    *f = (found){.key = key, .facts = facts};
    HASH_ADD(hh, c->found, key, sizeof f->key, f);
}

static void note_found(facts_cache *c, const fe_request *rq, ll_hash facts, const inputs *in, bool reread) {
    ll_hash key = facts_cache_key_of(c, rq);
    note_key(c, key, facts);
    manifest_add(c->fresh, key, facts, in);
    note_list(c, in->files.v, in->files.n, reread);
    note_list(c, in->dirs.v, in->dirs.n, reread);
}

/* A directory changed without consequence: the row is brought up to date. It outlives its arena in the batch. */
static void renew(facts_cache *c, const fe_request *rq, const unit_state *state) {
    ll_strbuf b = {0};
    unit_row one = {.v = {*state}, .n = 1}, kept;
    write_row(&one, &b);
    read_row(ll_memdup(c->batch_arena, b.s, b.n), b.n, c->batch_arena, &kept);
    if (kept.n) add_pending(c, (pending){.rq = rq, .state = kept.v[0]});
    ll_sb_free(&b);
}

static ll_hash key_of_manifest(const char *root) {
    ll_strbuf b = {0};
    ll_put_str(&b, "manifest");
    ll_put_uint(&b, LL_FACTS_VERSION);
    ll_put_str(&b, root);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

static ll_hash find_in_manifest(facts_cache *c, const fe_request *rq, ll_hash key) {
    const void *bytes;
    size_t n;
    if (!c->sought) {
        c->sought = true;
        c->all = key_of_manifest(rq->root);
        if (get(c, c->arena, STORE_RESULT, c->all, &bytes, &n)) c->manifest = manifest_read(c->arena, bytes, n);
    }
    ll_hash facts = c->manifest ? manifest_find(c->manifest, c->seen, key) : (ll_hash){0};
    if (!ll_hash_is_none(facts)) note_key(c, key, facts);
    return facts;
}

ll_hash facts_cache_find(facts_cache *c, const fe_request *rq) {
    found *f = NULL;
    ll_hash key = facts_cache_key_of(c, rq);
    HASH_FIND(hh, c->found, &key, sizeof key, f);
    if (f) return f->facts;
    ll_hash known = find_in_manifest(c, rq, key);
    if (!ll_hash_is_none(known)) return known;
    ll_arena *scratch = ll_arena_new("unit row");
    unit_row row;
    ll_hash facts = {0};
    load_row(c, scratch, rq, &row);
    for (uint32_t i = 0; i < row.n && ll_hash_is_none(facts); i++) {
        bool moved;
        if (!inputs_hold(c->seen, scratch, rq, &row.v[i].in, &moved)) continue;
        facts = row.v[i].facts;
        note_found(c, rq, facts, &row.v[i].in, false);
        if (moved) renew(c, rq, &row.v[i]);
    }
    ll_arena_free(scratch);
    return facts;
}

bool facts_cache_fetch(facts_cache *c, ll_arena *a, ll_hash facts, const void **bytes, size_t *n) {
    return get(c, a, STORE_FACTS, facts, bytes, n) && ll_hash_equal(ll_hash_of(*bytes, *n), facts);
}

bool facts_cache_is_plain(facts_cache *c, const char *path) {
    return seen_is_plain(c->seen, path);
}

void facts_cache_skip(facts_cache *c) {
    c->unknown_inputs = true;
}

/* ---- batches ---- */

typedef LL_ARRAY(store_entry) entry_list;

static void add_entry(facts_cache *c, entry_list *l, store_kind kind, ll_hash key, const void *bytes, size_t n) {
    store_entry e = {.kind = kind, .bytes = bytes, .n = n};
    ll_hash_bytes(key, e.key);
    LL_PUSH(c->batch_arena, l, e);
}

static bool same_inputs(const inputs *a, const inputs *b) {
    if (a->files.n != b->files.n || a->shadows != b->shadows) return false;
    for (uint32_t i = 0; i < a->files.n; i++)
        if (!ll_hash_equal(a->files.v[i].hash, b->files.v[i].hash) || strcmp(a->files.v[i].path, b->files.v[i].path))
            return false;
    return true;
}

/* The newest state first; the states before it that are not the same. */
static void add_unit(facts_cache *c, entry_list *l, const pending *p) {
    unit_row before, now = {.v = {p->state}, .n = 1};
    ll_strbuf b = {0};
    load_row(c, c->batch_arena, p->rq, &before);
    for (uint32_t i = 0; i < before.n && now.n < MAX_STATES; i++)
        if (!same_inputs(&before.v[i].in, &p->state.in)) now.v[now.n++] = before.v[i];
    write_row(&now, &b);
    add_entry(c, l, STORE_UNIT, facts_cache_key_of(c, p->rq), ll_memdup(c->batch_arena, b.s, b.n), b.n);
    if (p->facts) add_entry(c, l, STORE_FACTS, p->state.facts, p->facts, p->n);
    ll_sb_free(&b);
}

static void add_files(facts_cache *c, entry_list *l, ll_strbuf *b) {
    store_entry e = {.kind = STORE_FILES, .often = true};
    memcpy(e.key, files_key, sizeof e.key);
    seen_save(c->seen, b);
    e.bytes = b->s;
    e.n = b->n;
    LL_PUSH(c->batch_arena, l, e);
}

/* One look at a file after it was read, and after all that was read with it, is enough. */
static void look_again(facts_cache *c) {
    c->round += !c->looked_again;
    c->looked_again = true;
}

static void flush(facts_cache *c, bool last) {
    entry_list l = {0};
    ll_strbuf files = {0};
    look_again(c);
    for (uint32_t i = 0; i < c->batch.n; i++)
        if (inputs_unchanged_since(c->seen, &c->batch.v[i].state.in, c->start, c->round))
            add_unit(c, &l, &c->batch.v[i]);
    for (uint32_t i = 0; last && i < c->kept.n; i++) LL_PUSH(c->batch_arena, &l, c->kept.v[i]);
    if (last && seen_learnt(c->seen)) add_files(c, &l, &files);
    if (usable(c) && l.n) c->wrote |= store_cache_put(c->store, l.v, l.n, &c->error);
    ll_sb_free(&files);
    ll_arena_reset(c->batch_arena);
    c->batch.v = NULL;
    c->batch.n = c->batch.cap = 0;
    c->batch_bytes = 0;
}

static void add_pending(facts_cache *c, pending p) {
    LL_PUSH(c->batch_arena, &c->batch, p);
    c->batch_bytes += p.n;
}

void facts_cache_put(facts_cache *c, const fe_request *rq, const ir_unit *unit, const void *bytes, size_t n) {
    if (!usable(c)) return;
    pending p = {.rq = rq, .state = {.facts = ll_hash_of(bytes, n)}, .n = n};
    unit_row before;
    c->looked_again = false;
    load_row(c, c->batch_arena, rq, &before);
    if (!inputs_gather(c->seen, c->batch_arena, rq, unit, before.n ? &before.v[0].in : NULL, &p.state.in)) {
        c->unknown_inputs = true;
        return;
    }
    note_found(c, rq, p.state.facts, &p.state.in, true);
    p.facts = ll_memdup(c->batch_arena, bytes, n);
    add_pending(c, p);
    if (c->batch.n >= BATCH_UNITS || c->batch_bytes >= BATCH_BYTES) flush(c, false);
}

/* ---- results ---- */

static int by_path(const void *x, const void *y) {
    return strcmp((*(const used *const *)x)->path, (*(const used *const *)y)->path);
}

/* False: something may have been written to since it was read. */
static bool find_inputs(facts_cache *c) {
    look_again(c);
    if (c->manifest) manifest_each_path(c->manifest, note_path, c);
    for (const used *u = c->used; u && !c->unknown_inputs; u = u->hh.next) {
        /* what was known is known of bytes, whatever became of the file since; what was read may be of others */
        if (u->reread || seen_suppresses(c->seen, u->path))
            c->unknown_inputs |= !seen_unchanged_since(c->seen, u->path, c->start, c->round);
    }
    return !c->unknown_inputs && c->used;
}

const ll_strbuf *facts_cache_inputs(facts_cache *c, ll_arena *a) {
    LL_ARRAY(const used *) all = {0};
    inputs in = {0};
    if (!find_inputs(c)) return NULL;
    for (const used *u = c->used; u; u = u->hh.next) LL_PUSH(a, &all, u);
    qsort(all.v, all.n, sizeof *all.v, by_path);
    for (uint32_t i = 0; i < all.n; i++) LL_PUSH(a, &in.files, (input){all.v[i]->path, all.v[i]->hash});
    ll_strbuf b = {0}, *out = LL_NEW(a, ll_strbuf);
    inputs_write(&in, &b);
    *out = (ll_strbuf){.s = ll_memdup(a, b.s, b.n), .n = b.n};
    ll_sb_free(&b);
    return out;
}

void facts_cache_keep_manifest(facts_cache *c) {
    uint32_t fresh = manifest_count(c->fresh);
    ll_strbuf b = {0};
    if (ll_hash_is_none(c->all) || fresh * FEW < HASH_COUNT(c->found) || !find_inputs(c)) return;
    if (c->manifest) manifest_add_found(c->fresh, c->manifest);
    manifest_write(c->fresh, &b);
    facts_cache_put_common(c, c->all, b.s, b.n);
    ll_sb_free(&b);
}

bool facts_cache_inputs_hold(facts_cache *c, const void *bytes, size_t n) {
    ll_arena *scratch = ll_arena_new("inputs");
    ll_reader r = ll_reader_of(bytes, n);
    inputs in;
    inputs_read(&r, scratch, &in);
    bool hold = !r.bad && in.files.n;
    for (uint32_t i = 0; i < in.files.n && hold; i++)
        hold = ll_hash_equal(seen_hash(c->seen, in.files.v[i].path), in.files.v[i].hash);
    ll_arena_free(scratch);
    return hold;
}

ll_hash facts_cache_file(facts_cache *c, const char *path) {
    return seen_hash(c->seen, path);
}

bool facts_cache_get_result(facts_cache *c, ll_arena *a, ll_hash key, const void **bytes, size_t *n) {
    return get(c, a, STORE_RESULT, key, bytes, n);
}

static void keep(facts_cache *c, store_kind kind, bool often, ll_hash key, const void *bytes, size_t n) {
    store_entry e = {.kind = kind, .bytes = ll_memdup(c->arena, bytes, n), .n = n, .often = often};
    ll_hash_bytes(key, e.key);
    LL_PUSH(c->arena, &c->kept, e);
}

void facts_cache_put_result(facts_cache *c, ll_hash key, const void *bytes, size_t n) {
    keep(c, STORE_RESULT, false, key, bytes, n);
}

void facts_cache_put_common(facts_cache *c, ll_hash key, const void *bytes, size_t n) {
    keep(c, STORE_RESULT, true, key, bytes, n);
}

bool facts_cache_get_plan(facts_cache *c, ll_arena *a, ll_hash key, const void **bytes, size_t *n) {
    return get(c, a, STORE_PLAN, key, bytes, n);
}

void facts_cache_put_plan(facts_cache *c, ll_hash key, const void *bytes, size_t n) {
    keep(c, STORE_PLAN, true, key, bytes, n);
}

/* ---- the engine ---- */

static ll_hash key_in_scope(ll_hash scope, const char *unit) {
    ll_strbuf b = {0};
    ll_put_hash(&b, scope);
    ll_put_str(&b, unit);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

static ll_hash engine_key(const facts_cache *c, const char *unit) {
    return key_in_scope(c->scope, unit);
}

/* no unit's names */
static const char all_units[] = "\nall units", newer_units[] = "\nnewer than those", whole_program[] = "\nprogram";

/* What is asked for on every run goes into the bundle: not what belongs to a unit besides. */
static bool is_bundled(const char *unit) {
    return !strchr(unit, '\n');
}

static bundle *concluded_units(facts_cache *c) {
    const void *bytes = "", *newer = "";
    size_t n = 0, nnewer = 0;
    if (c->concluded) return c->concluded;
    bool found = get(c, c->arena, STORE_SUMMARIES, engine_key(c, all_units), &bytes, &n);
    if (!found || !get(c, c->arena, STORE_SUMMARIES, engine_key(c, newer_units), &newer, &nnewer)) nnewer = 0;
    c->newer = ll_hash64(newer, nnewer);
    return c->concluded = bundle_new(c->arena, bytes, found ? n : 0, newer, nnewer);
}

static bool get_concluded(void *ctx, const char *unit, const void **bytes, size_t *n) {
    facts_cache *c = ctx;
    ll_hash key = engine_key(c, unit);
    if (is_bundled(unit) && bundle_find(concluded_units(c), key, bytes, n)) return true;
    bool found = get(c, c->arena, STORE_SUMMARIES, key, bytes, n);
    if (found && is_bundled(unit)) bundle_note(c->concluded, key, *bytes, *n, false);
    return found;
}

static void put_concluded(void *ctx, const char *unit, const void *bytes, size_t n) {
    facts_cache *c = ctx;
    ll_hash key = engine_key(c, unit);
    if (is_bundled(unit))
        bundle_note(concluded_units(c), key, ll_memdup(c->arena, bytes, n), n, true);
    else
        keep(c, STORE_SUMMARIES, false, key, bytes, n);
}

/* With the list's hash: without that list, the bundle would pass for what was concluded last. */
static void keep_program(facts_cache *c) {
    ll_strbuf b = {0};
    ll_put_u64(&b, c->newer);
    ll_sb_addn(&b, c->program ? c->program : "", c->nprogram);
    keep(c, STORE_SUMMARIES, true, engine_key(c, whole_program), b.s, b.n);
    ll_sb_free(&b);
    c->program = NULL;
    c->nprogram = 0;
}

static void keep_concluded(facts_cache *c) {
    bundle_entry *own = NULL;
    uint32_t n = 0;
    ll_strbuf b = {0};
    if (!c->concluded) return;
    bool anew = bundle_write(c->concluded, c->arena, &b, &own, &n);
    if (anew) keep(c, STORE_SUMMARIES, true, engine_key(c, all_units), b.s, b.n);
    if (anew || n) keep(c, STORE_SUMMARIES, true, engine_key(c, newer_units), anew ? "" : b.s, anew ? 0 : b.n);
    for (uint32_t i = 0; i < n; i++) keep(c, STORE_SUMMARIES, false, own[i].key, own[i].bytes, own[i].n);
    if (anew || n) c->newer = ll_hash64(anew ? "" : ll_sb_str(&b), anew ? 0 : b.n);
    if (anew || n || c->program) keep_program(c);
    bundle_free(c->concluded);
    c->concluded = NULL;
    ll_sb_free(&b);
}

engine_cache facts_cache_engine(facts_cache *c, ll_hash scope) {
    if (!c) return (engine_cache){0};
    if (!ll_hash_equal(c->scope, scope)) keep_concluded(c);
    c->scope = scope;
    return (engine_cache){.ctx = c, .get = get_concluded, .put = put_concluded};
}

bool facts_cache_program(facts_cache *c, ll_arena *a, ll_hash scope, const void **bytes, size_t *n) {
    const void *newer = "";
    size_t nnewer = 0;
    if (!get(c, a, STORE_SUMMARIES, key_in_scope(scope, whole_program), bytes, n)) return false;
    if (!get(c, a, STORE_SUMMARIES, key_in_scope(scope, newer_units), &newer, &nnewer)) nnewer = 0;
    ll_reader r = ll_reader_of(*bytes, *n);
    if (ll_get_u64(&r) != ll_hash64(newer, nnewer) || r.bad) return false;
    *bytes = r.p;
    *n = (size_t)(r.end - r.p);
    return true;
}

void facts_cache_note_program(facts_cache *c, const void *bytes, size_t n) {
    concluded_units(c);
    c->program = ll_memdup(c->arena, bytes, n);
    c->nprogram = n;
}

uint32_t facts_cache_states(facts_cache *c, ll_arena *a, const fe_request *rq, const ll_hash **facts) {
    unit_row row;
    ll_hash *out = LL_NEWN(a, ll_hash, MAX_STATES);
    load_row(c, a, rq, &row);
    for (uint32_t i = 0; i < row.n; i++) out[i] = row.v[i].facts;
    *facts = out;
    return row.n;
}

void facts_cache_save(facts_cache *c) {
    if (c && c->batch.n) flush(c, false);
}

void facts_cache_write(facts_cache *c) {
    if (!c) return;
    keep_concluded(c);
    flush(c, true);
    c->kept.n = 0;
    c->written = true;
    if (usable(c) && c->wrote) store_cache_trim(c->store, MAX_CACHE_BYTES, &c->error);
}

void facts_cache_free(facts_cache *c) {
    if (!c) return;
    if (!c->written) facts_cache_write(c);
    HASH_CLEAR(hh, c->found);
    HASH_CLEAR(hh, c->keys);
    manifest_writer_free(c->fresh);
    HASH_CLEAR(hh, c->used);
    seen_free(c->seen);
    ll_arena_free(c->batch_arena);
    ll_arena_free(c->arena);
    free(c);
}
