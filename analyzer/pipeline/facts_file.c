#include "pipeline/facts_file.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/sys.h"
#include "finding/finding_bytes.h"
#include "ir/codec.h"
#include "pipeline/versions.h"
#include "store/pack.h"

/* Magic, version, checksum of the rest; the rest is packed. */
#define MAGIC "LLFACTS\n"
enum { MAGIC_BYTES = 8, HEADER = MAGIC_BYTES + 8 + 8, FORMAT = 1, LEVEL = 3, MAX_SHARDS = 10000 };
#define MAX_UNPACKED ((size_t)4 << 30)
#define MAX_SOURCE_BYTES ((size_t)64 << 20)

static uint64_t version(void) {
    return LL_FACTS_VERSION + FORMAT;
}

/* ---- writing ---- */

static ll_hash hash_of_file(const char *path) {
    ll_arena *a = ll_arena_new("source");
    char *text;
    size_t n;
    ll_hash h = {0};
    if (ll_read_file(a, path, MAX_SOURCE_BYTES, &text, &n, NULL)) h = ll_hash_of(text, n);
    ll_arena_free(a);
    return h;
}

static void put_sources(const finished *f, const char *root, ll_strtab *strings, ll_strbuf *out) {
    ll_arena *a = ll_arena_new("paths");
    ll_put_uint(out, f->files.n);
    for (uint32_t i = 0; i < f->files.n; i++) {
        ll_put_uint(out, ll_strtab_add(strings, f->files.v[i]));
        ll_put_hash(out, hash_of_file(ll_path_join(a, root, f->files.v[i])));
    }
    ll_put_uint(out, f->suppressions.items.n);
    for (uint32_t i = 0; i < f->suppressions.items.n; i++) suppression_write(&f->suppressions.items.v[i], strings, out);
    ll_arena_free(a);
}

static void put_unit(const facts_unit *u, const char *file, const char *root, ll_strtab *strings, ll_strbuf *out) {
    ll_strbuf b = {0};
    ll_put_uint(out, ll_strtab_add(strings, file));
    ll_put_uint(out, u->unit ? LL_OK : u->error.code ? u->error.code : LL_E_INTERNAL);
    if (!u->unit && ir_leave_root(&b, root, u->error.msg))
        ll_put_uint(out, ll_strtab_add(strings, ll_sb_str(&b)));
    else
        ll_put_uint(out, ll_strtab_add(strings, u->error.msg));
    ll_sb_clear(&b);
    if (u->unit) ir_encode_under(&b, u->unit, root);
    ll_put_bytes(out, ll_sb_str(&b), b.n);
    ll_sb_free(&b);
}

static void seal(const ll_strbuf *body, ll_strbuf *out) {
    ll_strbuf packed = {0};
    pack_bytes(&packed, body->s, body->n, LEVEL);
    ll_sb_addn(out, MAGIC, MAGIC_BYTES);
    ll_put_u64(out, version());
    ll_put_u64(out, ll_hash64(packed.s, packed.n));
    ll_sb_addn(out, packed.s, packed.n);
    ll_sb_free(&packed);
}

void facts_file_write(ll_strbuf *out, const pipeline_analysis *p, const fe_request *rq, const finished *f,
                      const char *root, facts_shard shard) {
    ll_arena *a = ll_arena_new("paths");
    ll_strtab *strings = ll_strtab_new();
    ll_strbuf rest = {0}, body = {0};
    ll_put_uint(&rest, shard.k);
    ll_put_uint(&rest, shard.n);
    put_sources(f, root, strings, &rest);
    ll_put_uint(&rest, p->nunits);
    for (uint32_t i = 0; i < p->nunits; i++)
        put_unit(&p->units[i], pipeline_relative(a, root, rq[i].file), root, strings, &rest);
    ll_strtab_write(strings, &body);
    ll_sb_addn(&body, ll_sb_str(&rest), rest.n);
    seal(&body, out);
    ll_strtab_free(strings);
    ll_sb_free(&rest);
    ll_sb_free(&body);
    ll_arena_free(a);
}

/* ---- reading ---- */

typedef struct facts_row {
    const char *path;
    uint32_t index;
    UT_hash_handle hh;
} facts_row;

static facts_row *find_row(facts_row *head, const char *path) {
    facts_row *row;
    HASH_FIND_STR(head, path, row);
    return row;
}

static void add_row(facts_program *g, facts_row **head, const char *path, uint32_t index) {
    facts_row *row = LL_NEW(g->arena, facts_row);
    *row = (facts_row){.path = path, .index = index};
    HASH_ADD_KEYPTR(hh, *head, row->path, (unsigned)strlen(row->path), row);
}

static void drop_rows(facts_program *g) {
    HASH_CLEAR(hh, g->by_unit);
    HASH_CLEAR(hh, g->by_source);
}

facts_program *facts_program_new(ll_arena *a, pipeline_analysis *p, const char *root) {
    facts_program *g = LL_NEW(a, facts_program);
    g->arena = a;
    g->root = root;
    g->analysis = p;
    return g;
}

static bool damaged(const char *path, ll_err *err) {
    return ll_fail(err, LL_E_USAGE, "%s: these facts are damaged; make the file again", path);
}

static bool unpack(ll_arena *a, const char *path, ll_reader *out, ll_err *err) {
    char *bytes;
    size_t n;
    if (!ll_read_file(a, path, MAX_UNPACKED, &bytes, &n, err)) {
        err->code = LL_E_USAGE;
        return false;
    }
    ll_reader r = ll_reader_of(bytes, n);
    if (n < HEADER || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
        return ll_fail(err, LL_E_USAGE, "%s: no file of facts; 'lifelint facts' makes them", path);
    r.p += MAGIC_BYTES;
    if (ll_get_u64(&r) != version())
        return ll_fail(err, LL_E_USAGE, "%s: made by another version of lifelint; make the file again with this one",
                       path);
    uint64_t checksum = ll_get_u64(&r);
    const void *body;
    size_t size, npacked = (size_t)(r.end - r.p);
    if (checksum != ll_hash64(r.p, npacked) || !pack_restore(a, r.p, npacked, MAX_UNPACKED, &body, &size))
        return damaged(path, err);
    *out = ll_reader_of(body, size);
    return true;
}

/* What several files say of one source is the same, unless it changed between them. */
static bool take_source(facts_program *g, const facts_source *s) {
    facts_row *row = find_row(g->by_source, s->path);
    if (!row) {
        add_row(g, &g->by_source, s->path, g->sources.items.n);
        LL_PUSH(g->arena, &g->sources.items, *s);
        return true;
    }
    facts_source *old = &g->sources.items.v[row->index];
    if (ll_hash_equal(old->hash, s->hash) || !old->from) return false;
    LL_PUSH(g->arena, &g->mixed, ll_printf(g->arena, "%s (%s, %s)", s->path, old->from, s->from));
    old->from = NULL;
    return false;
}

static bool in_list(const facts_sources *l, const char *path) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (strcmp(l->items.v[i].path, path) == 0) return true;
    return false;
}

static void get_sources(facts_program *g, ll_reader *r, const ll_strings *strings, const char *path) {
    facts_sources fresh = {0};
    for (uint32_t n = ll_get_count(r, 1 + LL_HASH_BYTES); n && !r->bad; n--) {
        facts_source s = {.path = ll_get_string(r, strings), .from = path};
        s.hash = ll_get_hash(r);
        if (!s.path) ll_reader_fail(r);
        if (!r->bad && take_source(g, &s)) LL_PUSH(g->arena, &fresh.items, s);
    }
    for (uint32_t n = ll_get_count(r, 8); n && !r->bad; n--) {
        suppression s = suppression_read(r, strings, g->arena);
        if (!r->bad && in_list(&fresh, s.file)) LL_PUSH(g->arena, &g->suppressions.items, s);
    }
}

static bool get_unit(facts_program *g, ll_reader *r, const ll_strings *strings, const char *path, ll_err *err) {
    const char *file = ll_get_string(r, strings);
    facts_unit u = {.error.code = (ll_code)ll_get_below(r, LL_E_INTERNAL + 1)};
    const char *message = ll_get_string(r, strings);
    size_t n;
    const void *bytes = ll_get_bytes(r, &n);
    if (r->bad || !file) return damaged(path, err);
    facts_row *old = find_row(g->by_unit, file);
    if (old)
        return ll_fail(err, LL_E_USAGE, "%s: has facts of %s, and so has %s; give one of them", path, file,
                       g->from.v[old->index]);
    if (u.error.code) {
        ll_strbuf b = {0};
        const char *msg = message && ir_enter_root(&b, g->root, message) ? ll_sb_str(&b) : message;
        ll_fail(&u.error, u.error.code, "%s", msg && *msg ? msg : "failed");
        ll_sb_free(&b);
    } else {
        ir_unit *unit = LL_NEW(g->analysis->arena, ir_unit);
        if (!ir_decode_under(g->analysis->arena, g->analysis->names, bytes, n, g->root, unit, NULL))
            return damaged(path, err);
        u.unit = unit;
    }
    add_row(g, &g->by_unit, file, g->units.n);
    LL_PUSH(g->arena, &g->units, u);
    LL_PUSH(g->arena, &g->files, ll_path_abs(g->arena, g->root, file));
    LL_PUSH(g->arena, &g->from, path);
    return true;
}

static bool get_shard(facts_program *g, ll_reader *r, const char *path, ll_err *err) {
    uint32_t k = ll_get_u32(r), n = ll_get_u32(r);
    if (r->bad || k > n || n > MAX_SHARDS || (n && !k)) return damaged(path, err);
    if (n && !g->shards.n) {
        g->shards.v = LL_NEWN(g->arena, const char *, n);
        g->shards.n = n;
    }
    if (n && n != g->shards.n)
        return ll_fail(err, LL_E_USAGE, "%s: is a part of %u, others here are of %u", path, n, g->shards.n);
    if (n && g->shards.v[k - 1])
        return ll_fail(err, LL_E_USAGE, "%s: is part %u of %u, and so is %s", path, k, n, g->shards.v[k - 1]);
    if (n) g->shards.v[k - 1] = path;
    return true;
}

bool facts_program_add(facts_program *g, const char *path, ll_err *err) {
    ll_arena *tmp = ll_arena_new("facts file");
    ll_reader r;
    bool ok = unpack(tmp, path, &r, err);
    if (ok) {
        ll_strings strings = ll_get_strings(&r, tmp, g->analysis->names);
        ok = get_shard(g, &r, path, err);
        if (ok) get_sources(g, &r, &strings, path);
        for (uint32_t n = ll_get_count(&r, 4); n && ok && !r.bad; n--) ok = get_unit(g, &r, &strings, path, err);
        if (ok && (r.bad || r.p != r.end)) ok = damaged(path, err);
    }
    if (!ok) drop_rows(g);
    ll_arena_free(tmp);
    return ok;
}

/* ---- order ---- */

static int by_path(const void *x, const void *y) {
    return strcmp((*(const facts_row *const *)x)->path, (*(const facts_row *const *)y)->path);
}

static int by_line(const void *x, const void *y) {
    const suppression *a = x, *b = y;
    int d = strcmp(a->file, b->file);
    if (!d) d = (a->line > b->line) - (a->line < b->line);
    return d ? d : (a->col > b->col) - (a->col < b->col);
}

bool facts_program_close(facts_program *g, ll_err *err) {
    uint32_t n = 0, count = g->units.n;
    const facts_row **rows = LL_NEWN(g->arena, const facts_row *, count);
    const char **files = LL_NEWN(g->arena, const char *, count);
    pipeline_analysis *p = g->analysis;
    for (const facts_row *row = g->by_unit; row; row = row->hh.next) rows[n++] = row;
    if (n) qsort(rows, n, sizeof *rows, by_path);
    p->units = LL_NEWN(p->arena, facts_unit, count);
    p->nunits = p->ncached = count;
    for (uint32_t i = 0; i < n; i++) {
        p->units[i] = g->units.v[rows[i]->index];
        files[i] = g->files.v[rows[i]->index];
    }
    g->files.v = files;
    if (g->suppressions.items.n)
        qsort(g->suppressions.items.v, g->suppressions.items.n, sizeof *g->suppressions.items.v, by_line);
    drop_rows(g);
    for (uint32_t i = 0; i < g->shards.n; i++)
        if (!g->shards.v[i])
            return ll_fail(err, LL_E_USAGE, "link: part %u of %u is not among these facts", i + 1, g->shards.n);
    return true;
}
