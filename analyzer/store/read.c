#include <string.h>

#include "finding/finding_json.h"
#include "store/rows.h"
#include "store/sql.h"

bool rows_read_findings(store *s, sqlite3_stmt *st, ll_arena *a, finding_list *out, ll_err *err) {
    bool ok = true;
    while (ok && sql_row(s, st, &ok, err)) {
        const char *json = (const char *)sqlite3_column_text(st, 0);
        size_t n = (size_t)sqlite3_column_bytes(st, 0);
        json_t *j = json ? json_loadb(json, n, 0, NULL) : NULL;
        finding f;
        ok = j && finding_from_json(a, j, &f, err);
        json_decref(j);
        if (!ok)
            return ll_fail(err, LL_E_INPUT,
                           "%s: the database is damaged (a finding cannot be read); move it away and run again",
                           s->path);
        LL_PUSH(a, &out->items, f);
    }
    return ok;
}

#define RUN_SELECT                                                                                                  \
    "SELECT id, started, tool_version, rules_hash, root, commit_id, options, units, failed_units, whole, findings," \
    " suppressed, n_new, n_gone, n_unchanged FROM runs ORDER BY id DESC LIMIT ?1"

static store_run read_run(sqlite3_stmt *st, ll_arena *a) {
    return (store_run){
        .id = sqlite3_column_int64(st, 0),
        .started = sql_text(a, st, 1),
        .tool_version = sql_text(a, st, 2),
        .rules_hash = sql_text(a, st, 3),
        .root = sql_text(a, st, 4),
        .commit = sql_text(a, st, 5),
        .options = sql_text(a, st, 6),
        .units = sql_count(st, 7),
        .failed_units = sql_count(st, 8),
        .whole = sqlite3_column_int(st, 9) != 0,
        .findings = sql_count(st, 10),
        .suppressed = sql_count(st, 11),
        .n_new = sql_count(st, 12),
        .n_gone = sql_count(st, 13),
        .n_unchanged = sql_count(st, 14),
    };
}

bool store_list_runs(store *s, ll_arena *a, uint32_t limit, store_runs *out, ll_err *err) {
    sqlite3_stmt *st = NULL;
    *out = (store_runs){0};
    bool ok = sql_prepare(s, RUN_SELECT, &st, err);
    if (ok) sqlite3_bind_int64(st, 1, limit ? (sqlite3_int64)limit : -1);
    while (ok && sql_row(s, st, &ok, err)) LL_PUSH(a, &out->items, read_run(st, a));
    sqlite3_finalize(st);
    return ok;
}

bool store_last_run(store *s, ll_arena *a, store_run *out, bool *found, ll_err *err) {
    store_runs runs;
    *found = false;
    if (!store_list_runs(s, a, 1, &runs, err)) return false;
    if (!runs.items.n) return true;
    *out = runs.items.v[0];
    *found = true;
    return true;
}

bool store_findings(store *s, ll_arena *a, int64_t run, finding_list *out, ll_err *err) {
    sqlite3_stmt *st = NULL;
    *out = (finding_list){0};
    const char *sql = run ? OCCURRENCE_SELECT " WHERE o.run = ?1 ORDER BY o.seq"
                          : OCCURRENCE_SELECT
                          " JOIN (SELECT path, max(last_run) AS run FROM main.files GROUP BY path) f"
                          " ON f.path = o.file AND f.run = o.run"
                          " ORDER BY o.file, o.seq";
    bool ok = sql_prepare(s, sql, &st, err);
    if (ok && run) sqlite3_bind_int64(st, 1, run);
    ok = ok && rows_read_findings(s, st, a, out, err);
    sqlite3_finalize(st);
    if (ok) finding_sort(out);
    return ok;
}

bool store_history(store *s, const char *fingerprint, int64_t *first, int64_t *last, bool *found, ll_err *err) {
    sqlite3_stmt *st = NULL;
    *found = false;
    bool ok = sql_prepare(s, "SELECT first_seen, last_seen FROM findings WHERE fingerprint = ?1", &st, err);
    if (ok) sql_bind_text(st, 1, fingerprint);
    if (ok && sql_row(s, st, &ok, err)) {
        *first = sqlite3_column_int64(st, 0);
        *last = sqlite3_column_int64(st, 1);
        *found = true;
    }
    sqlite3_finalize(st);
    return ok;
}
