/* The few lines around SQLite that every file of the store needs; inside store/ only. */
#ifndef LL_STORE_SQL_H
#define LL_STORE_SQL_H

#include <sqlite3.h>

#include "store/store.h"

struct store {
    sqlite3 *db;
    char *path;
    bool read_only;
    sqlite3_stmt *cache_get; /* prepared once: a run asks for hundreds of entries */
    int64_t *used;           /* entries asked for today for the first time; written with the next batch */
    uint32_t nused, capused;
};

/* Turns the connection's last error (or rc) into words; returns false. */
bool sql_fail(store *s, int rc, const char *doing, ll_err *err);

/* Runs statements that give no rows. */
bool sql_exec(store *s, const char *sql, ll_err *err);
bool sql_prepare(store *s, const char *sql, sqlite3_stmt **out, ll_err *err);
/* Runs a prepared statement to its end and makes it ready for the next binding. */
bool sql_run(store *s, sqlite3_stmt *st, ll_err *err);
/* One row on: SQLITE_ROW or SQLITE_DONE; *ok false and err set otherwise. */
bool sql_row(store *s, sqlite3_stmt *st, bool *ok, ll_err *err);

void sql_bind_text(sqlite3_stmt *st, int i, const char *s);      /* NULL binds null; borrowed until the next reset */
const char *sql_text(ll_arena *a, sqlite3_stmt *st, int column); /* NULL for null */
uint32_t sql_count(sqlite3_stmt *st, int column);                /* clamped to what is sensible */

/* Write transactions take the lock at once, so that two writers queue instead of failing half-way. */
bool sql_begin(store *s, ll_err *err);
/* Commits when ok, else rolls back; the result is `ok` and the commit's success. */
bool sql_end(store *s, bool ok, ll_err *err);

/* migrations.c: brings the schema to this version; refuses what is not ours. */
bool store_migrate(store *s, ll_err *err);

#endif
