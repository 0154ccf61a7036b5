#include "store/sql.h"

bool store_get_fact(store *s, ll_arena *a, const unsigned char key[16], const void **bytes, size_t *n, bool *found,
                    ll_err *err) {
    sqlite3_stmt *st = NULL;
    *found = false;
    bool ok = sql_prepare(s, "SELECT bytes FROM facts WHERE key = ?1", &st, err);
    if (ok) sqlite3_bind_blob(st, 1, key, 16, SQLITE_STATIC);
    if (ok && sql_row(s, st, &ok, err)) {
        const void *p = sqlite3_column_blob(st, 0);
        *n = (size_t)sqlite3_column_bytes(st, 0);
        *bytes = ll_memdup(a, p, *n);
        *found = true;
    }
    sqlite3_finalize(st);
    return ok;
}

bool store_put_facts(store *s, const store_fact *facts, uint32_t n, ll_err *err) {
    sqlite3_stmt *st = NULL;
    if (!sql_begin(s, err)) return false;
    bool ok = sql_prepare(s, "INSERT OR REPLACE INTO facts(key, size, bytes) VALUES(?1, ?2, ?3)", &st, err);
    for (uint32_t i = 0; ok && i < n; i++) {
        sqlite3_bind_blob(st, 1, facts[i].key, 16, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, (sqlite3_int64)facts[i].n);
        sqlite3_bind_blob64(st, 3, facts[i].n ? facts[i].bytes : "", facts[i].n, SQLITE_STATIC);
        ok = sql_run(s, st, err);
    }
    sqlite3_finalize(st);
    return sql_end(s, ok, err);
}

bool store_trim_facts(store *s, uint64_t max_bytes, ll_err *err) {
    sqlite3_stmt *st = NULL;
    if (!sql_begin(s, err)) return false;
    /* running total from the newest back; what lies beyond the limit goes */
    bool ok = sql_prepare(
        s,
        "DELETE FROM facts WHERE id IN (SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id DESC) AS total"
        " FROM facts) WHERE total > ?1)",
        &st, err);
    if (ok) {
        sqlite3_bind_int64(st, 1, max_bytes > INT64_MAX ? INT64_MAX : (sqlite3_int64)max_bytes);
        ok = sql_run(s, st, err);
    }
    sqlite3_finalize(st);
    return sql_end(s, ok, err);
}
