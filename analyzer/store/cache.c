/* The cache: see store.h. An entry is a small row, by which it is found and its age is known, and a row of bytes under
 * the same id. Entries written together are read together, so ids that rise in the order of writing keep reads local.
 */
#include <stdlib.h>
#include <time.h>

#include "store/pack.h"
#include "store/sql.h"

enum { PLAIN = 0, ZSTD = 1 };  /* cache_bytes.method */
enum { WORTH_A_BLOB = 16384 }; /* bytes that are not read with their row */
enum { WORTH_COMPRESSING = 512, ZSTD_LEVEL = 1, DAY_S = 86400 };
#define MAX_ENTRY ((size_t)256 << 20) /* of bytes unpacked: a damaged header must not ask for more */

static int64_t today(void) {
    return (int64_t)time(NULL) / DAY_S;
}

/* Into the arena at once: as a column's value they would be put together elsewhere first. */
static const void *read_bytes(store *s, ll_arena *a, int64_t id, size_t *n) {
    sqlite3_blob *blob = NULL;
    void *bytes = NULL;
    if (sqlite3_blob_open(s->db, "main", "cache_bytes", "bytes", id, 0, &blob) == SQLITE_OK) {
        *n = (size_t)sqlite3_blob_bytes(blob);
        bytes = ll_alloc(a, *n);
        if (sqlite3_blob_read(blob, bytes, (int)*n, 0) != SQLITE_OK) bytes = NULL;
    }
    sqlite3_blob_close(blob);
    return bytes;
}

static bool unpack(ll_arena *a, int method, const void *packed, size_t npacked, const void **bytes, size_t *n) {
    if (method == PLAIN) {
        *bytes = packed;
        *n = npacked;
        return true;
    }
    return method == ZSTD && pack_restore(a, packed, npacked, MAX_ENTRY, bytes, n);
}

/* The row stands at an entry; it stays what it is until it is reset. */
static bool take(store *s, ll_arena *a, sqlite3_stmt *row, const void **bytes, size_t *n) {
    int method = sqlite3_column_int(row, 2);
    size_t npacked = (size_t)sqlite3_column_int64(row, 3);
    if (npacked >= WORTH_A_BLOB) {
        ll_arena *scratch = method == PLAIN ? a : ll_arena_new("packed bytes");
        const void *packed = read_bytes(s, scratch, sqlite3_column_int64(row, 0), &npacked);
        bool ok = packed && unpack(a, method, packed, npacked, bytes, n);
        if (scratch != a) ll_arena_free(scratch);
        return ok;
    }
    const void *packed = sqlite3_column_blob(row, 4);
    return unpack(a, method, method == PLAIN ? ll_memdup(a, packed, npacked) : packed, npacked, bytes, n);
}

static void note_use(store *s, int64_t id, int64_t day) {
    if (day == today() || s->read_only) return;
    if (s->nused == s->capused) {
        s->capused = s->capused ? s->capused * 2 : 64;
        s->used = ll_xrealloc(s->used, s->capused * sizeof *s->used);
    }
    s->used[s->nused++] = id;
}

bool store_cache_get(store *s, ll_arena *a, store_kind kind, const unsigned char key[16], const void **bytes, size_t *n,
                     bool *found, ll_err *err) {
    bool ok = true;
    *found = false;
    if (!s->cache_get)
        ok =
            sql_prepare(s,
                        "SELECT c.id, c.day, b.method, length(b.bytes), CASE WHEN length(b.bytes) < ?3 THEN b.bytes END"
                        " FROM main.cache c JOIN main.cache_bytes b ON b.id = c.id WHERE c.kind = ?1 AND c.key = ?2",
                        &s->cache_get, err);
    if (!ok) return false;
    sqlite3_stmt *st = s->cache_get;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_blob(st, 2, key, 16, SQLITE_STATIC);
    sqlite3_bind_int(st, 3, WORTH_A_BLOB);
    if (sql_row(s, st, &ok, err)) {
        *found = take(s, a, st, bytes, n);
        if (*found) note_use(s, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1));
    }
    sqlite3_reset(st);
    return ok;
}

typedef struct putting {
    store *s;
    sqlite3_stmt *row, *bytes;
    ll_strbuf packed;
    ll_err *err;
} putting;

static void bind_bytes(putting *p, const store_entry *e, int64_t *size) {
    bool packed = e->n >= WORTH_COMPRESSING && !e->often;
    if (packed) pack_bytes(&p->packed, e->bytes, e->n, ZSTD_LEVEL);
    packed = packed && p->packed.n < e->n;
    *size = (int64_t)(packed ? p->packed.n : e->n);
    sqlite3_bind_int(p->bytes, 2, packed ? ZSTD : PLAIN);
    sqlite3_bind_blob64(p->bytes, 3, packed ? p->packed.s : e->n ? e->bytes : "", (sqlite3_uint64)*size, SQLITE_STATIC);
}

static bool put_entry(putting *p, const store_entry *e) {
    int64_t size;
    bool ok = true;
    bind_bytes(p, e, &size);
    sqlite3_bind_int(p->row, 1, (int)e->kind);
    sqlite3_bind_blob(p->row, 2, e->key, 16, SQLITE_STATIC);
    sqlite3_bind_int64(p->row, 3, today());
    sqlite3_bind_int64(p->row, 4, size);
    if (sql_row(p->s, p->row, &ok, p->err)) sqlite3_bind_int64(p->bytes, 1, sqlite3_column_int64(p->row, 0));
    sqlite3_reset(p->row);
    return ok && sql_run(p->s, p->bytes, p->err);
}

/* Entries that are used day after day are not the ones to go. */
static bool write_uses(store *s, ll_err *err) {
    sqlite3_stmt *st = NULL;
    bool ok = !s->nused || sql_prepare(s, "UPDATE main.cache SET day = ?1 WHERE id = ?2", &st, err);
    for (uint32_t i = 0; ok && i < s->nused; i++) {
        sqlite3_bind_int64(st, 1, today());
        sqlite3_bind_int64(st, 2, s->used[i]);
        ok = sql_run(s, st, err);
    }
    sqlite3_finalize(st);
    if (ok) s->nused = 0;
    return ok;
}

bool store_cache_put(store *s, const store_entry *entries, uint32_t n, ll_err *err) {
    putting p = {.s = s, .err = err};
    if (s->read_only) return sql_fail(s, SQLITE_READONLY, "caching", err);
    if (!sql_begin(s, err)) return false;
    bool ok =
        sql_prepare(s,
                    "INSERT INTO main.cache(kind, key, day, size) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, key)"
                    " DO UPDATE SET day = excluded.day, size = excluded.size RETURNING id",
                    &p.row, err) &&
        sql_prepare(s, "INSERT OR REPLACE INTO main.cache_bytes(id, method, bytes) VALUES(?1, ?2, ?3)", &p.bytes, err);
    for (uint32_t i = 0; ok && i < n; i++) ok = put_entry(&p, &entries[i]);
    ok = ok && write_uses(s, err);
    sqlite3_finalize(p.row);
    sqlite3_finalize(p.bytes);
    ll_sb_free(&p.packed);
    return sql_end(s, ok, err);
}

/* The total is cheap to know (an index of small rows), so that asking after every run costs nothing. */
static bool cache_size(store *s, uint64_t *total, ll_err *err) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_prepare(s, "SELECT ifnull(sum(size), 0) FROM main.cache", &st, err);
    if (ok && sql_row(s, st, &ok, err)) *total = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return ok;
}

bool store_cache_trim(store *s, uint64_t max_bytes, ll_err *err) {
    sqlite3_stmt *st = NULL;
    uint64_t total = 0;
    if (!cache_size(s, &total, err)) return false;
    if (total <= max_bytes) return true;
    if (!sql_begin(s, err)) return false;
    /* running total from the youngest back; what lies beyond the limit goes */
    bool ok = sql_prepare(
        s,
        "DELETE FROM main.cache WHERE id IN (SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY day DESC, id DESC)"
        " AS total FROM main.cache) WHERE total > ?1)",
        &st, err);
    if (ok) {
        sqlite3_bind_int64(st, 1, max_bytes > INT64_MAX ? INT64_MAX : (sqlite3_int64)max_bytes);
        ok = sql_run(s, st, err) &&
             sql_exec(s, "DELETE FROM main.cache_bytes WHERE id NOT IN (SELECT id FROM main.cache)", err);
    }
    sqlite3_finalize(st);
    return sql_end(s, ok, err);
}
