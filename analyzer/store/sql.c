#include "store/sql.h"

#include <string.h>

static const char *damaged = "%s: the database is damaged (%s); move it away and run again";

bool sql_fail(store *s, int rc, const char *doing, ll_err *err) {
    const char *path = s->path, *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
    switch (rc & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ll_fail(err, LL_E_SYS, "%s: locked by another process for more than %d seconds", path,
                           STORE_BUSY_MS / 1000);
        case SQLITE_NOTADB:
            return ll_fail(err, LL_E_INPUT, "%s: not a database; move it away and run again", path);
        case SQLITE_CORRUPT:
            return ll_fail(err, LL_E_INPUT, damaged, path, why);
        case SQLITE_FULL:
            return ll_fail(err, LL_E_SYS, "%s: cannot write: the disk is full", path);
        case SQLITE_READONLY:
            return ll_fail(err, LL_E_SYS, "%s: cannot write: the file or its directory is read-only", path);
        case SQLITE_CANTOPEN:
            return ll_fail(err, LL_E_SYS, "%s: cannot open: no such file, no permission, or a symbolic link", path);
        case SQLITE_IOERR:
            return ll_fail(err, LL_E_SYS, "%s: input/output error while %s (%s)", path, doing, why);
        case SQLITE_ERROR:
        case SQLITE_SCHEMA:
            return ll_fail(err, LL_E_INPUT, damaged, path, why); /* a table is missing or not ours */
        default:
            return ll_fail(err, LL_E_INTERNAL, "%s: %s while %s", path, why, doing);
    }
}

bool sql_exec(store *s, const char *sql, ll_err *err) {
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_fail(s, rc, "writing", err);
}

bool sql_prepare(store *s, const char *sql, sqlite3_stmt **out, ll_err *err) {
    int rc = sqlite3_prepare_v2(s->db, sql, -1, out, NULL);
    return rc == SQLITE_OK || sql_fail(s, rc, "preparing a statement", err);
}

bool sql_run(store *s, sqlite3_stmt *st, ll_err *err) {
    int rc = sqlite3_step(st);
    while (rc == SQLITE_ROW) rc = sqlite3_step(st);
    bool ok = rc == SQLITE_DONE || sql_fail(s, rc, "writing", err);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return ok;
}

bool sql_row(store *s, sqlite3_stmt *st, bool *ok, ll_err *err) {
    int rc = sqlite3_step(st);
    *ok = rc == SQLITE_ROW || rc == SQLITE_DONE || sql_fail(s, rc, "reading", err);
    return rc == SQLITE_ROW;
}

void sql_bind_text(sqlite3_stmt *st, int i, const char *s) {
    if (s) sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
}

const char *sql_text(ll_arena *a, sqlite3_stmt *st, int column) {
    const unsigned char *s = sqlite3_column_text(st, column);
    return s ? ll_strdup(a, (const char *)s) : NULL;
}

uint32_t sql_count(sqlite3_stmt *st, int column) {
    sqlite3_int64 n = sqlite3_column_int64(st, column);
    return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

bool sql_begin(store *s, ll_err *err) {
    return sql_exec(s, "BEGIN IMMEDIATE", err);
}

bool sql_end(store *s, bool ok, ll_err *err) {
    if (ok && sql_exec(s, "COMMIT", err)) return true;
    if (!sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
