#include "store/sql.h"

bool store_commits_with(store *s, ll_arena *a, const char *fingerprint, store_commits *out, ll_err *err) {
    sqlite3_stmt *st = NULL;
    *out = (store_commits){0};
    bool ok = sql_prepare(s,
                          "SELECT DISTINCT r.commit_id FROM occurrences o JOIN runs r ON r.id = o.run"
                          " WHERE o.fingerprint = ?1 AND NOT o.suppressed AND r.commit_id NOT LIKE '%+'"
                          " ORDER BY r.id DESC",
                          &st, err);
    if (ok) sql_bind_text(st, 1, fingerprint);
    while (ok && sql_row(s, st, &ok, err)) LL_PUSH(a, &out->items, sql_text(a, st, 0));
    sqlite3_finalize(st);
    return ok;
}
