/* The schema, as the steps that lead to it. PRAGMA user_version counts the steps done; a released
 * step is never edited, a change is a new step at the end. */
#include <stdio.h>

#include "store/sql.h"

#define APPLICATION_ID 0x6C696665 /* "life" */

/* occurrences: one finding in one run. What is asked for by column is a column, the rest is the
 * finding's JSON in `details`, kept once for all runs in which it reads the same.
 * files: which run analysed a file last with the same options; its occurrences of that run are what
 * the next such run is compared with. */
static const char *const steps[] = {
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, started TEXT, tool_version TEXT, rules_hash TEXT, root TEXT,"
    "  commit_id TEXT, options TEXT, units INTEGER NOT NULL, failed_units INTEGER NOT NULL, whole INTEGER NOT NULL,"
    "  findings INTEGER NOT NULL, suppressed INTEGER NOT NULL, n_new INTEGER NOT NULL, n_gone INTEGER NOT NULL,"
    "  n_unchanged INTEGER NOT NULL);"
    "CREATE TABLE files (path TEXT NOT NULL, options TEXT NOT NULL, last_run INTEGER NOT NULL REFERENCES runs(id),"
    "  PRIMARY KEY (path, options)) WITHOUT ROWID;"
    "CREATE TABLE findings (fingerprint TEXT PRIMARY KEY, rule TEXT NOT NULL, first_seen INTEGER NOT NULL,"
    "  last_seen INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE details (hash BLOB PRIMARY KEY, json TEXT NOT NULL);"
    "CREATE TABLE occurrences (run INTEGER NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL, fingerprint TEXT NOT "
    "NULL,"
    "  rule TEXT NOT NULL, severity TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, message TEXT NOT NULL,"
    "  suppressed INTEGER NOT NULL, is_new INTEGER NOT NULL, detail BLOB NOT NULL REFERENCES details(hash),"
    "  PRIMARY KEY (run, seq)) WITHOUT ROWID;"
    "CREATE INDEX occurrences_by_file ON occurrences(file, run);"
    "CREATE INDEX occurrences_by_fingerprint ON occurrences(fingerprint, run);"
    "CREATE TABLE suppressions (file TEXT NOT NULL, line INTEGER NOT NULL, target INTEGER NOT NULL, rules TEXT NOT "
    "NULL,"
    "  until TEXT, reason TEXT, used INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES runs(id));"
    "CREATE INDEX suppressions_by_file ON suppressions(file);"
    "CREATE TABLE facts (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, bytes BLOB NOT "
    "NULL);",
    /* 2: one cache for everything; the day of last use lies apart from the bytes, so that noting it is cheap */
    "DROP TABLE facts;"
    "CREATE TABLE cache (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key BLOB NOT NULL, day INTEGER NOT NULL,"
    "  size INTEGER NOT NULL, UNIQUE (kind, key));"
    "CREATE TABLE cache_bytes (id INTEGER PRIMARY KEY, method INTEGER NOT NULL, bytes BLOB NOT NULL);",
    /* 3: what people said of findings; with the findings' history, which is never dropped */
    ("CREATE TABLE verdicts (fingerprint TEXT PRIMARY KEY, rule TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT,"
     "  day TEXT NOT NULL) WITHOUT ROWID;"),
    /* 4: which file it was made as; one row, or none for a database that an older lifelint made */
    "CREATE TABLE home (mark TEXT NOT NULL);",
};
#define VERSION ((int)(sizeof steps / sizeof *steps))

static bool pragma_int(store *s, const char *sql, int *out, ll_err *err) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_prepare(s, sql, &st, err);
    if (ok && sql_row(s, st, &ok, err)) *out = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return ok;
}

static bool apply_steps(store *s, int from, ll_err *err) {
    char sql[96];
    for (int v = from; v < VERSION; v++)
        if (!sql_exec(s, steps[v], err)) return false;
    if (from == 0 && !store_adopt(s, err)) return false;
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, VERSION);
    return sql_exec(s, sql, err);
}

/* `version` on return; fails on another program's database and on a newer one of ours. */
static bool check_version(store *s, int *version, ll_err *err) {
    int id = 0, tables = 0;
    if (!pragma_int(s, "PRAGMA application_id", &id, err) || !pragma_int(s, "PRAGMA user_version", version, err) ||
        !pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    if (id != APPLICATION_ID && (id || *version || tables))
        return ll_fail(err, LL_E_INPUT, "%s: a database, but not one of lifelint's; move it away and run again",
                       s->path);
    if (*version > VERSION)
        return ll_fail(
            err, LL_E_INPUT,
            "%s: made by a newer lifelint (schema %d, this one knows %d); update lifelint or move the file away",
            s->path, *version, VERSION);
    if (*version < 0)
        return ll_fail(err, LL_E_INPUT, "%s: the database is damaged (schema version %d)", s->path, *version);
    return true;
}

/* In one transaction: read one by one, the answers could be those from before and after another process made the
 * schema, and together look like somebody else's database. */
static bool check_version_at_once(store *s, int *version, ll_err *err) {
    if (!sql_exec(s, "BEGIN", err)) return false;
    return sql_end(s, check_version(s, version, err), err);
}

bool store_migrate(store *s, ll_err *err) {
    int version = 0;
    if (!check_version_at_once(s, &version, err)) return false;
    if (version == VERSION) return true;
    if (s->read_only)
        return ll_fail(err, LL_E_INPUT,
                       "%s: the schema is of an older lifelint and the database was opened for reading", s->path);
    if (!sql_begin(s, err)) return false;
    /* another process may have done it while this one waited */
    bool ok = check_version(s, &version, err) && (version == VERSION || apply_steps(s, version, err));
    return sql_end(s, ok, err);
}
