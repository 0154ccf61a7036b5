#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "finding/fingerprint.h"
#include "store/sql.h"
#include "store/store.h"

/* ---- a temporary tree for each test */

struct tree {
    ll_arena *a;
    char root[64];
};

static int setup(void **state) {
    struct tree *t = calloc(1, sizeof *t);
    t->a = ll_arena_new("test");
    memcpy(t->root, "/tmp/lifelint-store-XXXXXX", 27);
    *state = t;
    return mkdtemp(t->root) ? 0 : -1;
}

static void remove_tree(const char *dir) {
    static const char *const names[] = {".gitignore",          "lifelint.db", "lifelint.db-wal", "lifelint.db-shm",
                                        "lifelint.db-journal", "other.db",    "link.db"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/" STORE_DIR "/%s", dir, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/" STORE_DIR, dir);
    if (rmdir(path) != 0) unlink(path);
    rmdir(dir);
}

static int teardown(void **state) {
    struct tree *t = *state;
    chmod(t->root, 0700);
    remove_tree(t->root);
    ll_arena_free(t->a);
    free(t);
    return 0;
}

static const char *in_tree(struct tree *t, const char *name) {
    return ll_path_join(t->a, t->root, name);
}

static store *open_store(struct tree *t) {
    store *s = NULL;
    ll_err err = {0};
    if (!store_open(t->root, &s, &err)) fail_msg("%s", err.msg);
    return s;
}

/* ---- findings by the letter: "a1" is role "1" in file "a.c" */

static finding_list list_of(ll_arena *a, const char *spec) {
    finding_list l = {0};
    for (int line = 1; *spec; spec += spec[2] ? 3 : 2, line++) {
        finding f = {
            .rule_id = "posix-fd-leak", .family_id = "posix-fd", .severity = FINDING_WARNING, .message = "leak"};
        f.usr = "c:@F@f";
        f.loc = (finding_loc){ll_printf(a, "%c.c", spec[0]), line, 1, 0};
        f.role_place = ll_printf(a, "%c%c", spec[0], spec[1]);
        f.steps = LL_NEW(a, finding_step);
        f.steps[0] = (finding_step){STEP_LOST, f.loc, "lost here", "f", 0};
        f.nsteps = 1;
        LL_PUSH(a, &l.items, f);
    }
    finding_fingerprints(a, &l);
    return l;
}

static store_change save(store *s, ll_arena *a, const char *files, const char *spec, bool whole) {
    const char *names[26];
    uint32_t n = 0;
    for (; files[n]; n++) names[n] = ll_printf(a, "%c.c", files[n]);
    finding_list l = list_of(a, spec);
    store_run run = {.started = "2026-01-31T12:00:00Z", .tool_version = "0.1.0", .units = n, .whole = whole};
    store_change ch;
    ll_err err = {0};
    if (!store_save_run(s, a, &run, names, n, &l, NULL, &ch, &err)) fail_msg("%s", err.msg);
    return ch;
}

static void check_change(store_change c, bool compared, uint32_t n_new, uint32_t n_gone, uint32_t n_unchanged) {
    assert_int_equal(c.compared, compared);
    assert_int_equal(c.n_new, n_new);
    assert_int_equal(c.n_gone, n_gone);
    assert_int_equal(c.n_unchanged, n_unchanged);
    assert_int_equal(c.gone.items.n, n_gone);
}

static uint32_t run_count(store *s, ll_arena *a) {
    store_runs runs;
    ll_err err = {0};
    if (!store_list_runs(s, a, 0, &runs, &err)) fail_msg("%s", err.msg);
    return runs.items.n;
}

/* ---- what is kept and compared */

static void second_run_says_what_changed(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    check_change(save(s, t->a, "ab", "a1 a2 b1", true), false, 3, 0, 0);
    store_change c = save(s, t->a, "ab", "a1 b1 b2", true);
    check_change(c, true, 1, 1, 2);
    assert_false(c.is_new[0]);
    assert_true(c.is_new[2]);
    assert_string_equal(c.gone.items.v[0].role_place, "a2");
    assert_string_equal(c.gone.items.v[0].steps[0].text, "lost here");
    check_change(save(s, t->a, "ab", "a1 b1 b2", true), true, 0, 0, 3);
    store_close(s);
}

static void narrowed_run_speaks_for_its_files_only(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "abc", "a1 b1 c1", true);
    check_change(save(s, t->a, "b", "b2", false), true, 1, 1, 0);
    check_change(save(s, t->a, "abc", "a1 b2 c1", true), true, 0, 0, 3);
    /* a file whose unit failed is not listed: its findings stay */
    check_change(save(s, t->a, "bc", "b2", false), true, 0, 1, 1);
    finding_list now;
    ll_err err = {0};
    assert_true(store_findings(s, t->a, 0, &now, &err));
    assert_int_equal(now.items.n, 2);
    assert_string_equal(now.items.v[0].role_place, "a1");
    assert_string_equal(now.items.v[1].role_place, "b2");
    store_close(s);
}

static void whole_run_misses_deleted_files(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "ab", "a1 b1", true);
    check_change(save(s, t->a, "a", "a1", true), true, 0, 1, 1);
    check_change(save(s, t->a, "a", "a1", true), true, 0, 0, 1);
    store_close(s);
}

static void other_options_are_compared_apart(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "a", "a1 a2", true);
    finding_list l = list_of(t->a, "a1");
    const char *files[] = {"a.c"};
    store_run strict = {.options = "confidence=high", .whole = true};
    store_change c;
    assert_true(store_save_run(s, t->a, &strict, files, 1, &l, NULL, &c, NULL));
    check_change(c, false, 1, 0, 0);
    assert_true(store_save_run(s, t->a, &strict, files, 1, &l, NULL, &c, NULL));
    check_change(c, true, 0, 0, 1);
    finding_list now;
    assert_true(store_findings(s, t->a, 0, &now, NULL));
    assert_int_equal(now.items.n, 1);
    check_change(save(s, t->a, "a", "a1 a2", true), true, 0, 0, 2);
    store_close(s);
}

static void suppressing_is_not_fixing(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "a", "a1 a2", true);
    finding_list l = list_of(t->a, "a1 a2");
    l.items.v[1].suppressed = true;
    const char *files[] = {"a.c"};
    const char *rules[] = {"posix-fd"};
    suppress_set set = {0};
    suppression sup = {.file = "a.c",
                       .line = 2,
                       .target = 2,
                       .rules = rules,
                       .nrules = 1,
                       .rule_text = "posix-fd",
                       .reason = "r",
                       .used = 1};
    LL_PUSH(t->a, &set.items, sup);
    store_run run = {0};
    store_change c;
    assert_true(store_save_run(s, t->a, &run, files, 1, &l, &set, &c, NULL));
    check_change(c, true, 0, 0, 1);
    assert_int_equal(run.findings, 1);
    assert_int_equal(run.suppressed, 1);
    /* and the other way round it is reported again */
    check_change(save(s, t->a, "a", "a1 a2", true), true, 1, 0, 1);
    store_close(s);
}

static void runs_and_history_can_be_listed(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    bool found = true;
    store_run run;
    ll_err err = {0};
    assert_true(store_last_run(s, t->a, &run, &found, &err));
    assert_false(found);
    save(s, t->a, "a", "a1", true);
    save(s, t->a, "a", "a1 a2", true);
    assert_true(store_last_run(s, t->a, &run, &found, &err));
    assert_true(found);
    assert_int_equal(run.id, 2);
    assert_int_equal(run.findings, 2);
    assert_int_equal(run.n_new, 1);
    assert_string_equal(run.started, "2026-01-31T12:00:00Z");
    assert_null(run.commit);
    assert_int_equal(run_count(s, t->a), 2);
    int64_t first, last;
    finding_list l = list_of(t->a, "a1 a2");
    assert_true(store_history(s, l.items.v[0].fingerprint, &first, &last, &found, &err));
    assert_true(found && first == 1 && last == 2);
    assert_true(store_history(s, "00", &first, &last, &found, &err));
    assert_false(found);
    finding_list one;
    assert_true(store_findings(s, t->a, 1, &one, &err));
    assert_int_equal(one.items.n, 1);
    assert_string_equal(one.items.v[0].fingerprint, l.items.v[0].fingerprint);
    store_close(s);
}

static void finding_without_fingerprint_is_refused(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    finding_list l = {0};
    finding f = {.rule_id = "r", .message = "m"};
    LL_PUSH(t->a, &l.items, f);
    store_run run = {0};
    store_change c;
    ll_err err = {0};
    assert_false(store_save_run(s, t->a, &run, NULL, 0, &l, NULL, &c, &err));
    assert_int_equal(err.code, LL_E_INTERNAL);
    assert_int_equal(run_count(s, t->a), 0);
    store_close(s);
}

static bool cached(store *s, ll_arena *a, const store_entry *e, size_t *n) {
    const void *bytes;
    bool found;
    assert_true(store_cache_get(s, a, e->kind, e->key, &bytes, n, &found, NULL));
    if (found && *n == e->n) assert_memory_equal(bytes, e->bytes, *n);
    return found;
}

static void cache_entries_come_back(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    char *large = ll_alloc(t->a, 100000);
    for (size_t i = 0; i < 100000; i++) large[i] = (char)(i / 1000);
    const store_entry e[] = {{STORE_FACTS, {1}, "one", 3, false},
                             {STORE_UNIT, {1}, "two!", 4, false},
                             {STORE_FACTS, {3}, "", 0, false},
                             {STORE_FACTS, {4}, large, 100000, false}};
    const store_entry other = {STORE_FACTS, {1}, "ONE!", 4, false};
    size_t n;
    assert_false(cached(s, t->a, &e[0], &n));
    assert_true(store_cache_put(s, e, 4, NULL));
    for (int i = 0; i < 4; i++) assert_true(cached(s, t->a, &e[i], &n) && n == e[i].n);
    assert_true(store_cache_put(s, &other, 1, NULL));
    assert_true(cached(s, t->a, &other, &n) && n == 4);
    assert_true(cached(s, t->a, &e[1], &n) && n == 4);
    store_close(s);
}

static void cache_forgets_what_was_used_longest_ago(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    const store_entry e[] = {
        {STORE_FACTS, {1}, "one", 3, false}, {STORE_FACTS, {2}, "two", 3, false}, {STORE_FACTS, {3}, "six", 3, false}};
    size_t n;
    assert_true(store_cache_put(s, e, 3, NULL));
    assert_true(sql_exec(s, "UPDATE cache SET day = 7", NULL));
    assert_true(cached(s, t->a, &e[0], &n)); /* used today, which the next batch writes down */
    assert_true(store_cache_put(s, &e[2], 1, NULL));
    assert_true(store_cache_trim(s, 9, NULL));
    assert_true(cached(s, t->a, &e[1], &n));
    assert_true(sql_exec(s, "UPDATE cache SET day = 7 WHERE key = x'02000000000000000000000000000000'", NULL));
    assert_true(store_cache_trim(s, 7, NULL));
    assert_true(cached(s, t->a, &e[0], &n));
    assert_false(cached(s, t->a, &e[1], &n));
    assert_true(cached(s, t->a, &e[2], &n));
    store_close(s);
}

static void damaged_cache_entry_is_a_miss(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    char *large = ll_alloc(t->a, 4096);
    const store_entry e = {STORE_FACTS, {1}, large, 4096, false};
    size_t n;
    assert_true(store_cache_put(s, &e, 1, NULL));
    assert_true(sql_exec(s, "UPDATE cache_bytes SET bytes = zeroblob(40)", NULL));
    assert_false(cached(s, t->a, &e, &n));
    assert_true(sql_exec(s, "UPDATE cache_bytes SET method = 77", NULL));
    assert_false(cached(s, t->a, &e, &n));
    store_close(s);
}

/* ---- opening */

static void opening_makes_what_is_needed(void **state) {
    struct tree *t = *state;
    store_close(open_store(t));
    char *text;
    size_t n;
    assert_true(ll_read_file(t->a, in_tree(t, ".lifelint/.gitignore"), 0, &text, &n, NULL));
    assert_string_equal(text, "*\n");
    assert_true(ll_is_file(in_tree(t, STORE_FILE)));
    store_close(open_store(t));
}

/* Opening fails with this code and a message that holds `words`. */
static void refuses(struct tree *t, ll_code code, const char *words) {
    store *s = NULL;
    ll_err err = {0};
    assert_false(store_open(t->root, &s, &err));
    assert_null(s);
    if (err.code != code || !strstr(err.msg, words)) fail_msg("%d: %s", err.code, err.msg);
}

/* As git, tar and cp make one: a new file with the old bytes. */
static void bring_copy(struct tree *t) {
    char *bytes;
    size_t n;
    assert_true(ll_read_file(t->a, in_tree(t, STORE_FILE), 0, &bytes, &n, NULL));
    assert_true(ll_write_file(in_tree(t, ".lifelint/other.db"), bytes, n, NULL));
    assert_int_equal(rename(in_tree(t, ".lifelint/other.db"), in_tree(t, STORE_FILE)), 0);
}

static void a_database_that_came_with_the_tree_is_refused_until_it_is_named(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    ll_err err = {0};
    assert_true(store_check_home(s, &err));
    store_close(s);
    store_close(open_store(t));
    bring_copy(t);
    refuses(t, LL_E_INPUT, "was not made here");
    assert_true(store_open_file(in_tree(t, STORE_FILE), false, &s, &err));
    assert_false(store_check_home(s, &err));
    assert_true(store_adopt(s, &err));
    store_close(s);
    store_close(open_store(t));
    if (geteuid() == 0 && chown(in_tree(t, STORE_FILE), 1, 1) == 0) refuses(t, LL_E_INPUT, "belongs to another user");
}

static void put_database(struct tree *t, const char *bytes, size_t n) {
    assert_true(ll_make_dirs(in_tree(t, STORE_DIR), NULL));
    assert_true(ll_write_file(in_tree(t, STORE_FILE), bytes, n, NULL));
}

static void sql_into(struct tree *t, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(in_tree(t, STORE_FILE), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void text_file_is_refused(void **state) {
    char text[4096];
    memset(text, 'x', sizeof text);
    put_database(*state, text, sizeof text);
    refuses(*state, LL_E_INPUT, "not a database");
}

static void empty_file_becomes_a_database(void **state) {
    put_database(*state, "", 0);
    store_close(open_store(*state));
}

static void other_programs_database_is_refused(void **state) {
    put_database(*state, "", 0);
    sql_into(*state, "CREATE TABLE bookmarks(url TEXT)");
    refuses(*state, LL_E_INPUT, "not one of lifelint's");
}

static int schema_version(store *s) {
    sqlite3_stmt *st = NULL;
    assert_true(sql_prepare(s, "PRAGMA user_version", &st, NULL));
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return version;
}

static void newer_schema_is_refused_and_kept(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "a", "a1", true);
    int version = schema_version(s);
    store_close(s);
    sql_into(t, "PRAGMA user_version = 99");
    refuses(t, LL_E_INPUT, "newer lifelint (schema 99");
    sql_into(t, ll_printf(t->a, "PRAGMA user_version = %d", version));
    s = open_store(t);
    assert_int_equal(run_count(s, t->a), 1);
    store_close(s);
}

static void missing_table_is_damage(void **state) {
    struct tree *t = *state;
    store_close(open_store(t));
    sql_into(t, "DROP TABLE occurrences");
    store *s = open_store(t);
    finding_list l;
    ll_err err = {0};
    assert_false(store_findings(s, t->a, 0, &l, &err));
    assert_int_equal(err.code, LL_E_INPUT);
    assert_non_null(strstr(err.msg, "damaged"));
    store_close(s);
}

static void senseless_finding_is_damage(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "a", "a1", true);
    store_close(s);
    sql_into(t, "UPDATE details SET json = '[1'");
    s = open_store(t);
    finding_list l;
    ll_err err = {0};
    assert_false(store_findings(s, t->a, 0, &l, &err));
    assert_int_equal(err.code, LL_E_INPUT);
    store_close(s);
}

/* Every page of a real database overwritten in turn: an error or an answer, never a crash. */
static void damaged_pages_give_errors(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    for (int i = 0; i < 5; i++) save(s, t->a, "ab", "a1 a2 a3 b1 b2", true);
    store_close(s);
    char *good;
    size_t n;
    uint32_t failures = 0;
    assert_true(ll_read_file(t->a, in_tree(t, STORE_FILE), 0, &good, &n, NULL));
    for (size_t at = 0; at < n; at += 4096) {
        char *bad = ll_memdup(t->a, good, n);
        memset(bad + at, 0x5A, at + 512 < n ? 512 : n - at);
        put_database(t, bad, n);
        ll_err err = {0};
        finding_list l;
        store_change c;
        store_run run = {.whole = true};
        bool ok = store_open(t->root, &s, &err);
        if (ok) {
            finding_list now = list_of(t->a, "a1 b7");
            ok = store_findings(s, t->a, 0, &l, &err);
            ok = store_save_run(s, t->a, &run, NULL, 0, &now, NULL, &c, &err) && ok;
            store_close(s);
        }
        failures += !ok;
        if (!ok) assert_true(err.msg[0] && (err.code == LL_E_INPUT || err.code == LL_E_SYS));
    }
    assert_true(failures > 3);
}

static void links_are_not_followed(void **state) {
    struct tree *t = *state;
    assert_int_equal(symlink("/tmp", in_tree(t, STORE_DIR)), 0);
    refuses(t, LL_E_INPUT, "symbolic link");
    unlink(in_tree(t, STORE_DIR));
    store_close(open_store(t));
    assert_int_equal(rename(in_tree(t, STORE_FILE), in_tree(t, ".lifelint/other.db")), 0);
    assert_int_equal(symlink("other.db", in_tree(t, STORE_FILE)), 0);
    refuses(t, LL_E_SYS, "symbolic link");
}

static void file_in_place_of_the_directory(void **state) {
    struct tree *t = *state;
    assert_true(ll_write_file(in_tree(t, STORE_DIR), "x", 1, NULL));
    refuses(t, LL_E_INPUT, "not a directory");
}

/* Runs fn in a child without root's power over permissions; returns whether it reported success. */
static bool as_nobody(void (*fn)(struct tree *), struct tree *t) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
        fn(t);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void expect_read_only(struct tree *t) {
    store *s = NULL;
    ll_err err = {0};
    bool ok = store_open(t->root, &s, &err);
    bool said = strstr(err.msg, "read-only") || strstr(err.msg, "ermission");
    if (ok || err.code != LL_E_SYS || !said) {
        fprintf(stderr, "opened: %d, %s\n", ok, err.msg);
        _exit(1);
    }
}

static void read_only_directory_is_said(void **state) {
    struct tree *t = *state;
    assert_int_equal(chmod(t->root, 0555), 0);
    assert_true(as_nobody(expect_read_only, t)); /* nothing there yet */
    assert_int_equal(chmod(t->root, 0755), 0);
    store_close(open_store(t));
    assert_int_equal(chmod(in_tree(t, STORE_DIR), 0555), 0);
    assert_int_equal(chmod(in_tree(t, STORE_FILE), 0444), 0);
    assert_true(as_nobody(expect_read_only, t)); /* a database that cannot be written */
    chmod(in_tree(t, STORE_DIR), 0755);
}

static void opened_for_reading_changes_nothing(void **state) {
    struct tree *t = *state;
    store *s = NULL;
    ll_err err = {0};
    assert_false(store_open_file(in_tree(t, "none.db"), true, &s, &err));
    assert_int_equal(err.code, LL_E_SYS);
    s = open_store(t);
    save(s, t->a, "a", "a1", true);
    store_close(s);
    assert_true(store_open_file(in_tree(t, STORE_FILE), true, &s, &err));
    assert_int_equal(run_count(s, t->a), 1);
    finding_list l = {0};
    store_run run = {0};
    store_change c;
    assert_false(store_save_run(s, t->a, &run, NULL, 0, &l, NULL, &c, &err));
    assert_non_null(strstr(err.msg, "read-only"));
    store_close(s);
}

/* ---- trouble while writing */

static void full_disk_leaves_the_last_run(void **state) {
    struct tree *t = *state;
    store *s = open_store(t);
    save(s, t->a, "a", "a1", true);
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), SQLITE_OK);
    finding_list l = {0};
    for (int i = 0; i < 400; i++) {
        finding_list more = list_of(t->a, "a9");
        more.items.v[0].message = ll_printf(t->a, "message number %d", i);
        LL_PUSH(t->a, &l.items, more.items.v[0]);
    }
    store_run run = {.whole = true};
    store_change c;
    ll_err err = {0};
    assert_false(store_save_run(s, t->a, &run, NULL, 0, &l, NULL, &c, &err));
    assert_int_equal(err.code, LL_E_SYS);
    assert_non_null(strstr(err.msg, "disk is full"));
    assert_int_equal(run_count(s, t->a), 1);
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
    check_change(save(s, t->a, "a", "a1", true), true, 0, 0, 1);
    store_close(s);
}

static void locked_database_is_said(void **state) {
    struct tree *t = *state;
    store *one = open_store(t), *two = open_store(t);
    ll_err err = {0};
    assert_true(sql_begin(one, &err));
    sqlite3_busy_timeout(two->db, 50);
    store_entry f = {STORE_FACTS, {1}, "x", 1, false};
    assert_false(store_cache_put(two, &f, 1, &err));
    assert_int_equal(err.code, LL_E_SYS);
    assert_non_null(strstr(err.msg, "locked"));
    /* reading goes on beside a writer */
    assert_int_equal(run_count(two, t->a), 0);
    assert_true(sql_end(one, true, &err));
    assert_true(store_cache_put(two, &f, 1, &err));
    store_close(one);
    store_close(two);
}

static void save_twenty(struct tree *t) {
    store *s = NULL;
    ll_err err = {0};
    if (!store_open(t->root, &s, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        _exit(1);
    }
    for (int i = 0; i < 20; i++) save(s, t->a, "ab", "a1 b1", true);
    store_close(s);
}

static void processes_at_once_all_finish(void **state) {
    struct tree *t = *state;
    enum { N = 4 };
    pid_t pid[N];
    fflush(NULL);
    for (int i = 0; i < N; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            save_twenty(t); /* the first of them makes the database while the others wait */
            _exit(0);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = -1;
        waitpid(pid[i], &status, 0);
        assert_int_equal(status, 0);
    }
    store *s = open_store(t);
    assert_int_equal(run_count(s, t->a), N * 20);
    store_close(s);
}

/* Saves for ever; a byte down the pipe for each run that the store said is saved. */
static void save_until_killed(struct tree *t, int fd) {
    store *s = NULL;
    if (!store_open(t->root, &s, NULL)) _exit(1);
    for (;;) {
        save(s, t->a, "ab", "a1 a2 b1 b2", true);
        if (write(fd, "x", 1) != 1) _exit(1);
    }
}

static void kill_loses_nothing_committed(void **state) {
    struct tree *t = *state;
    uint32_t committed = 0;
    for (int round = 0; round < 8; round++) {
        int fds[2];
        char buf[64];
        assert_int_equal(pipe(fds), 0);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            close(fds[0]);
            save_until_killed(t, fds[1]);
        }
        close(fds[1]);
        assert_int_equal(read(fds[0], buf, 1), 1);
        committed++;
        nanosleep(&(struct timespec){0, 3000000 + round * 1700000}, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        for (ssize_t n; (n = read(fds[0], buf, sizeof buf)) > 0;) committed += (uint32_t)n;
        close(fds[0]);
        store *s = open_store(t);
        uint32_t runs = run_count(s, t->a);
        /* one more may have been committed just before its byte was written */
        assert_in_range(runs, committed, committed + 1);
        committed = runs;
        finding_list l;
        assert_true(store_findings(s, t->a, 0, &l, NULL));
        assert_int_equal(l.items.n, 4);
        store_close(s);
    }
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(second_run_says_what_changed),
        T(a_database_that_came_with_the_tree_is_refused_until_it_is_named),
        T(narrowed_run_speaks_for_its_files_only),
        T(whole_run_misses_deleted_files),
        T(other_options_are_compared_apart),
        T(suppressing_is_not_fixing),
        T(runs_and_history_can_be_listed),
        T(finding_without_fingerprint_is_refused),
        T(cache_entries_come_back),
        T(cache_forgets_what_was_used_longest_ago),
        T(damaged_cache_entry_is_a_miss),
        T(opening_makes_what_is_needed),
        T(text_file_is_refused),
        T(empty_file_becomes_a_database),
        T(other_programs_database_is_refused),
        T(newer_schema_is_refused_and_kept),
        T(missing_table_is_damage),
        T(senseless_finding_is_damage),
        T(damaged_pages_give_errors),
        T(links_are_not_followed),
        T(file_in_place_of_the_directory),
        T(read_only_directory_is_said),
        T(opened_for_reading_changes_nothing),
        T(full_disk_leaves_the_last_run),
        T(locked_database_is_said),
        T(processes_at_once_all_finish),
        T(kill_loses_nothing_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
