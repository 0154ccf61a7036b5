#include "store/sql.h"

static const char *const names[] = {[VERDICT_CONFIRMED] = "confirmed", [VERDICT_FALSE] = "false"};

bool store_set_verdict(store *s, const char *fingerprint, const char *rule, store_verdict v, const char *reason,
                       const char *day, ll_err *err) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_prepare(s,
                          "INSERT OR REPLACE INTO verdicts(fingerprint, rule, verdict, reason, day)"
                          " VALUES(?1, ?2, ?3, ?4, ?5)",
                          &st, err);
    if (ok) {
        const char *texts[] = {fingerprint, rule, names[v], reason, day};
        for (int i = 0; i < 5; i++) sql_bind_text(st, i + 1, texts[i]);
        ok = sql_run(s, st, err);
    }
    sqlite3_finalize(st);
    return ok;
}

/* `now`: the present state, as store_findings has it with run 0. */
static const char stats_select[] =
    "WITH now AS (SELECT o.rule, o.suppressed FROM occurrences o"
    "  JOIN (SELECT path, max(last_run) AS run FROM main.files GROUP BY path) f ON f.path = o.file AND f.run = o.run),"
    " ids AS (SELECT rule FROM findings UNION SELECT rule FROM verdicts)"
    " SELECT ids.rule, (SELECT count(*) FROM findings f WHERE f.rule = ids.rule),"
    "  (SELECT count(*) FROM now WHERE now.rule = ids.rule),"
    "  (SELECT count(*) FROM now WHERE now.rule = ids.rule AND now.suppressed),"
    "  (SELECT count(*) FROM verdicts v WHERE v.rule = ids.rule AND v.verdict = 'confirmed'),"
    "  (SELECT count(*) FROM verdicts v WHERE v.rule = ids.rule AND v.verdict = 'false'),"
    "  (SELECT r.started FROM runs r WHERE r.id = (SELECT max(last_seen) FROM findings f WHERE f.rule = ids.rule))"
    " FROM ids ORDER BY 1";

bool store_rule_statistics(store *s, ll_arena *a, store_rules *out, ll_err *err) {
    sqlite3_stmt *st = NULL;
    *out = (store_rules){0};
    bool ok = sql_prepare(s, stats_select, &st, err);
    while (ok && sql_row(s, st, &ok, err)) {
        store_rule_stats row = {.rule = sql_text(a, st, 0),
                                .hits = sql_count(st, 1),
                                .present = sql_count(st, 2),
                                .suppressed = sql_count(st, 3),
                                .confirmed = sql_count(st, 4),
                                .judged_false = sql_count(st, 5),
                                .last_seen = sql_text(a, st, 6)};
        LL_PUSH(a, &out->items, row);
    }
    sqlite3_finalize(st);
    return ok;
}
