/* Saving a run. What it is compared with is not "the run before" but, file by file, the last run that
 * analysed the file: so a narrowed run (one file, the staged ones) neither declares the rest of the
 * tree gone nor makes the next whole run see it as new. Runs with other options (fewer rules, another
 * confidence) have their own line of comparison. All in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "finding/baseline.h"
#include "finding/finding_bytes.h"
#include "finding/finding_json.h"
#include "store/rows.h"
#include "store/sql.h"

/* One earlier occurrence in a file of this run. */
struct earlier {
    int64_t run, seq;
    const char *fingerprint, *file;
    bool suppressed;
};

struct saving {
    store *s;
    ll_arena *a;
    store_run *run;
    const finding_list *l;
    store_change *out;
    LL_ARRAY(struct earlier) earlier;
    bool *is_new;
    ll_err *err;
};

static bool insert_run(struct saving *v) {
    sqlite3_stmt *st = NULL;
    const store_run *r = v->run;
    bool ok =
        sql_prepare(v->s,
                    "INSERT INTO runs(started, tool_version, rules_hash, root, commit_id, options, units, failed_units,"
                    " whole, findings, suppressed, n_new, n_gone, n_unchanged)"
                    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0, 0, 0)",
                    &st, v->err);
    if (ok) {
        const char *texts[] = {r->started, r->tool_version, r->rules_hash, r->root, r->commit, r->options};
        for (int i = 0; i < 6; i++) sql_bind_text(st, i + 1, texts[i]);
        sqlite3_bind_int64(st, 7, r->units);
        sqlite3_bind_int64(st, 8, r->failed_units);
        sqlite3_bind_int(st, 9, r->whole);
        ok = sql_run(v->s, st, v->err);
        v->run->id = sqlite3_last_insert_rowid(v->s->db);
    }
    sqlite3_finalize(st);
    return ok;
}

/* temp.analysed: the files this run speaks for; `listed` 0 marks those a whole run no longer has. */
static bool note_files(struct saving *v, const char *const *files, uint32_t nfiles) {
    sqlite3_stmt *st = NULL;
    bool ok =
        sql_exec(
            v->s,
            "CREATE TEMP TABLE IF NOT EXISTS analysed(path TEXT PRIMARY KEY, listed INTEGER NOT NULL) WITHOUT ROWID;"
            "DELETE FROM temp.analysed;",
            v->err) &&
        sql_prepare(v->s, "INSERT OR IGNORE INTO temp.analysed VALUES(?1, 1)", &st, v->err);
    for (uint32_t i = 0; ok && i < nfiles; i++) {
        sql_bind_text(st, 1, files[i]);
        ok = sql_run(v->s, st, v->err);
    }
    for (uint32_t i = 0; ok && i < v->l->items.n; i++) {
        const char *file = v->l->items.v[i].loc.file;
        sql_bind_text(st, 1, file ? file : "");
        ok = sql_run(v->s, st, v->err);
    }
    sqlite3_finalize(st);
    if (ok && v->run->whole)
        ok = sql_exec(v->s, "INSERT OR IGNORE INTO temp.analysed SELECT path, 0 FROM main.files", v->err);
    return ok;
}

static const char *options_of(const struct saving *v) {
    return v->run->options ? v->run->options : "";
}

static bool load_earlier(struct saving *v) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_prepare(v->s,
                          "SELECT f.path, o.run, o.seq, o.fingerprint, o.suppressed FROM temp.analysed t"
                          " JOIN main.files f ON f.path = t.path AND f.options = ?1"
                          " LEFT JOIN main.occurrences o ON o.file = f.path AND o.run = f.last_run ORDER BY 1, 2, 3",
                          &st, v->err);
    if (ok) sql_bind_text(st, 1, options_of(v));
    while (ok && sql_row(v->s, st, &ok, v->err)) {
        v->out->compared = true;
        if (sqlite3_column_type(st, 1) == SQLITE_NULL) continue;
        struct earlier e = {sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2), sql_text(v->a, st, 3),
                            sql_text(v->a, st, 0), sqlite3_column_int(st, 4) != 0};
        LL_PUSH(v->a, &v->earlier, e);
    }
    sqlite3_finalize(st);
    return ok;
}

/* A pick of the earlier or of the present findings, with the way back to the index. */
struct picked {
    baseline_item *v;
    uint32_t *index;
    uint32_t n;
};

static struct picked pick_earlier(struct saving *v) {
    struct picked p = {LL_NEWN(v->a, baseline_item, v->earlier.n), LL_NEWN(v->a, uint32_t, v->earlier.n), 0};
    for (uint32_t i = 0; i < v->earlier.n; i++) {
        if (v->earlier.v[i].suppressed) continue;
        p.v[p.n] = (baseline_item){v->earlier.v[i].fingerprint, v->earlier.v[i].file};
        p.index[p.n++] = i;
    }
    return p;
}

static struct picked pick_present(struct saving *v, bool suppressed) {
    uint32_t n = v->l->items.n;
    struct picked p = {LL_NEWN(v->a, baseline_item, n), LL_NEWN(v->a, uint32_t, n), 0};
    for (uint32_t i = 0; i < n; i++) {
        const finding *f = &v->l->items.v[i];
        if (f->suppressed != suppressed) continue;
        p.v[p.n] = (baseline_item){f->fingerprint, f->loc.file};
        p.index[p.n++] = i;
    }
    return p;
}

static bool load_gone(struct saving *v, const struct picked *before, const bool *is_gone) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_prepare(v->s, OCCURRENCE_SELECT " WHERE o.run = ?1 AND o.seq = ?2", &st, v->err);
    for (uint32_t i = 0; ok && i < before->n; i++) {
        if (!is_gone[i]) continue;
        const struct earlier *e = &v->earlier.v[before->index[i]];
        sqlite3_bind_int64(st, 1, e->run);
        sqlite3_bind_int64(st, 2, e->seq);
        ok = rows_read_findings(v->s, st, v->a, &v->out->gone, v->err);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    if (ok) finding_sort(&v->out->gone);
    return ok;
}

static bool compare(struct saving *v) {
    if (!load_earlier(v)) return false;
    struct picked before = pick_earlier(v), now = pick_present(v, false), hidden = pick_present(v, true);
    baseline_diff d = baseline_compare(v->a, before.v, before.n, now.v, now.n);
    for (uint32_t i = 0; i < now.n; i++) v->is_new[now.index[i]] = d.is_new[i];
    /* what a suppression hides now has not been fixed */
    struct picked left = {LL_NEWN(v->a, baseline_item, before.n), LL_NEWN(v->a, uint32_t, before.n), 0};
    for (uint32_t i = 0; i < before.n; i++) {
        if (!d.is_gone[i]) continue;
        left.v[left.n] = before.v[i];
        left.index[left.n++] = before.index[i];
    }
    baseline_diff h = baseline_compare(v->a, left.v, left.n, hidden.v, hidden.n);
    v->out->n_new = d.n_new;
    v->out->n_unchanged = d.n_unchanged;
    v->out->n_gone = h.n_gone;
    return load_gone(v, &left, h.is_gone);
}

/* Statements that run once a finding. */
struct inserts {
    sqlite3_stmt *known, *detail, *occurrence, *finding;
};

static bool prepare_inserts(struct saving *v, struct inserts *in) {
    return sql_prepare(v->s, "SELECT 1 FROM details WHERE hash = ?1", &in->known, v->err) &&
           sql_prepare(v->s, "INSERT OR IGNORE INTO details(hash, json) VALUES(?1, ?2)", &in->detail, v->err) &&
           sql_prepare(v->s,
                       "INSERT INTO occurrences(run, seq, fingerprint, rule, severity, file, line, message, suppressed,"
                       " is_new, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                       &in->occurrence, v->err) &&
           sql_prepare(v->s,
                       "INSERT INTO findings(fingerprint, rule, first_seen, last_seen) VALUES(?1, ?2, ?3, ?3)"
                       " ON CONFLICT(fingerprint) DO UPDATE SET last_seen = excluded.last_seen",
                       &in->finding, v->err);
}

/* Of all that a finding says, and of who writes it down: what its details are kept under. */
static void hash_of(const store_run *run, const finding *f, unsigned char out[LL_HASH_BYTES]) {
    ll_strtab *strings = ll_strtab_new();
    ll_strbuf b = {0};
    finding_write(f, strings, &b);
    ll_put_uint(&b, ll_strtab_add(strings, f->fingerprint));
    ll_put_uint(&b, f->ordinal);
    ll_put_uint(&b, f->suppressed);
    ll_put_uint(&b, f->suppress_origin);
    ll_put_uint(&b, ll_strtab_add(strings, f->suppress_reason));
    ll_put_uint(&b, ll_strtab_add(strings, run->tool_version));
    ll_strtab_write(strings, &b);
    ll_hash_bytes(ll_hash_of(b.s, b.n), out);
    ll_sb_free(&b);
    ll_strtab_free(strings);
}

static bool insert_detail(struct saving *v, struct inserts *in, const finding *f, const unsigned char *hash) {
    bool ok = true;
    sqlite3_bind_blob(in->known, 1, hash, LL_HASH_BYTES, SQLITE_TRANSIENT);
    bool known = sql_row(v->s, in->known, &ok, v->err);
    sqlite3_reset(in->known);
    if (known || !ok) return ok;
    json_t *j = finding_to_json(f);
    char *json = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(j);
    if (!json) return ll_fail(v->err, LL_E_INTERNAL, "a finding cannot be written as JSON");
    sqlite3_bind_blob(in->detail, 1, hash, LL_HASH_BYTES, SQLITE_TRANSIENT);
    sql_bind_text(in->detail, 2, json);
    ok = sql_run(v->s, in->detail, v->err);
    free(json);
    return ok;
}

static bool insert_finding(struct saving *v, struct inserts *in, uint32_t i) {
    const finding *f = &v->l->items.v[i];
    unsigned char hash[LL_HASH_BYTES];
    hash_of(v->run, f, hash);
    bool ok = insert_detail(v, in, f, hash);

    sqlite3_stmt *st = in->occurrence;
    sqlite3_bind_int64(st, 1, v->run->id);
    sqlite3_bind_int64(st, 2, i);
    sql_bind_text(st, 3, f->fingerprint);
    sql_bind_text(st, 4, f->rule_id);
    sql_bind_text(st, 5, finding_severity_name(f->severity));
    sql_bind_text(st, 6, f->loc.file ? f->loc.file : "");
    sqlite3_bind_int(st, 7, f->loc.line);
    sql_bind_text(st, 8, f->message ? f->message : "");
    sqlite3_bind_int(st, 9, f->suppressed);
    sqlite3_bind_int(st, 10, v->is_new[i]);
    sqlite3_bind_blob(st, 11, hash, sizeof hash, SQLITE_TRANSIENT);
    ok = ok && sql_run(v->s, st, v->err);

    sql_bind_text(in->finding, 1, f->fingerprint);
    sql_bind_text(in->finding, 2, f->rule_id);
    sqlite3_bind_int64(in->finding, 3, v->run->id);
    return ok && sql_run(v->s, in->finding, v->err);
}

static bool insert_findings(struct saving *v) {
    struct inserts in = {0};
    bool ok = prepare_inserts(v, &in);
    for (uint32_t i = 0; ok && i < v->l->items.n; i++) ok = insert_finding(v, &in, i);
    sqlite3_finalize(in.known);
    sqlite3_finalize(in.detail);
    sqlite3_finalize(in.occurrence);
    sqlite3_finalize(in.finding);
    return ok;
}

static bool insert_suppressions(struct saving *v, const suppress_set *set) {
    sqlite3_stmt *st = NULL;
    bool ok = sql_exec(v->s, "DELETE FROM main.suppressions WHERE file IN (SELECT path FROM temp.analysed)", v->err) &&
              sql_prepare(v->s,
                          "INSERT INTO suppressions(file, line, target, rules, until, reason, used, run)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          &st, v->err);
    for (uint32_t i = 0; ok && set && i < set->items.n; i++) {
        const suppression *p = &set->items.v[i];
        sql_bind_text(st, 1, p->file);
        sqlite3_bind_int(st, 2, p->line);
        sqlite3_bind_int(st, 3, p->target);
        sql_bind_text(st, 4, p->rule_text);
        sql_bind_text(st, 5, p->until);
        sql_bind_text(st, 6, p->reason);
        sqlite3_bind_int64(st, 7, p->used);
        sqlite3_bind_int64(st, 8, v->run->id);
        ok = sql_run(v->s, st, v->err);
    }
    sqlite3_finalize(st);
    return ok;
}

static bool finish_run(struct saving *v) {
    sqlite3_stmt *st = NULL;
    store_run *r = v->run;
    r->findings = r->suppressed = 0;
    for (uint32_t i = 0; i < v->l->items.n; i++) {
        r->suppressed += v->l->items.v[i].suppressed;
        r->findings += !v->l->items.v[i].suppressed;
    }
    r->n_new = v->out->n_new;
    r->n_gone = v->out->n_gone;
    r->n_unchanged = v->out->n_unchanged;
    const uint32_t counts[] = {r->findings, r->suppressed, r->n_new, r->n_gone, r->n_unchanged};
    bool ok = sql_prepare(
        v->s,
        "INSERT INTO main.files(path, options, last_run) SELECT path, ?2, ?1 FROM temp.analysed WHERE listed"
        " ON CONFLICT(path, options) DO UPDATE SET last_run = excluded.last_run",
        &st, v->err);
    if (ok) {
        sqlite3_bind_int64(st, 1, r->id);
        sql_bind_text(st, 2, options_of(v));
        ok = sql_run(v->s, st, v->err);
    }
    sqlite3_finalize(st);
    st = NULL;
    ok = ok &&
         sql_exec(v->s, "DELETE FROM main.files WHERE path IN (SELECT path FROM temp.analysed WHERE NOT listed)",
                  v->err) &&
         sql_prepare(
             v->s,
             "UPDATE runs SET findings = ?1, suppressed = ?2, n_new = ?3, n_gone = ?4, n_unchanged = ?5 WHERE id = ?6",
             &st, v->err);
    if (ok) {
        for (int i = 0; i < 5; i++) sqlite3_bind_int64(st, i + 1, counts[i]);
        sqlite3_bind_int64(st, 6, r->id);
        ok = sql_run(v->s, st, v->err);
    }
    sqlite3_finalize(st);
    return ok;
}

bool store_save_run(store *s, ll_arena *a, store_run *run, const char *const *files, uint32_t nfiles,
                    const finding_list *l, const suppress_set *suppressions, store_change *out, ll_err *err) {
    *out = (store_change){0};
    struct saving v = {.s = s, .a = a, .run = run, .l = l, .out = out, .err = err};
    v.is_new = LL_NEWN(a, bool, l->items.n);
    out->is_new = v.is_new;
    for (uint32_t i = 0; i < l->items.n; i++)
        if (!l->items.v[i].fingerprint || !l->items.v[i].rule_id)
            return ll_fail(err, LL_E_INTERNAL, "a finding without rule or fingerprint cannot be stored");
    if (s->read_only) return sql_fail(s, SQLITE_READONLY, "saving a run", err);
    if (!sql_begin(s, err)) return false;
    bool ok = insert_run(&v) && note_files(&v, files, nfiles) && compare(&v) && insert_findings(&v) &&
              insert_suppressions(&v, suppressions) && finish_run(&v);
    return sql_end(s, ok, err) || ll_err_context(err, "saving the run");
}
