/* Facts of earlier runs: taken exactly when reading again would give the same. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "pipeline/facts.h"

static ll_arena *arena;
static char root[64];
static const char *args[4];
static int nargs;
static bool with_manifest; /* every case is tried without one and with */

static const char *in_tree(const char *name) {
    return ll_path_join(arena, root, name);
}

/* A tick of the clock later: what is written within the tick of a run is not kept, on purpose. */
static void wait_a_tick(void) {
    nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
}

static void put(const char *name, const char *text) {
    const char *path = in_tree(name);
    assert_true(ll_make_dirs(ll_path_dir(arena, path), NULL));
    assert_true(ll_write_file(path, text, strlen(text), NULL));
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    memcpy(root, "/tmp/lifelint-cache-XXXXXX", 27);
    if (!mkdtemp(root)) return -1;
    args[0] = ll_printf(arena, "-I%s/first", root);
    args[1] = ll_printf(arena, "-I%s/second", root);
    nargs = 2;
    put("a.c", "#include \"local.h\"\n#include <far.h>\nint a(int x) { return x + LOCAL + FAR; }\n");
    put("b.c", "int b(int x) { return x; }\n");
    put("local.h", "#define LOCAL 1\n");
    put("second/far.h", "#define FAR 2\n");
    put("first/near.h", "#define NEAR 3\n");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    int status = 0;
    char *const command[] = {"rm", "-rf", root, NULL};
    if (fork() == 0) execv("/bin/rm", command);
    wait(&status);
    ll_arena_free(arena);
    return status;
}

typedef struct run {
    uint32_t parsed;
    bool failed[2];
    const char *text[2]; /* the facts, printed */
} run;

static run read_both_now(void) {
    ll_intern *names = ll_intern_new();
    facts_unit out[2] = {{0}};
    fe_request rq[2] = {{.file = in_tree("a.c")}, {.file = in_tree("b.c")}};
    store *s = NULL;
    int stopped_by;
    ll_err err = {0};
    run r = {0};
    for (int i = 0; i < 2; i++) {
        rq[i].dir = rq[i].root = root;
        rq[i].args = args;
        rq[i].nargs = nargs;
    }
    assert_true(store_open(root, &s, &err));
    facts_options opt = {.workers = {.jobs = 2}, .cache = facts_cache_new(s, NULL)};
    assert_true(facts_collect(arena, names, rq, 2, &opt, out, &stopped_by, &err));
    for (int i = 0; i < 2; i++) {
        ll_strbuf b = {0};
        r.parsed += !out[i].cached;
        r.failed[i] = !out[i].unit;
        if (out[i].unit) ir_print_unit(&b, out[i].unit);
        r.text[i] = ll_strdup(arena, ll_sb_str(&b));
        ll_sb_free(&b);
    }
    if (with_manifest && facts_cache_inputs(opt.cache, arena)) facts_cache_keep_manifest(opt.cache);
    assert_null(facts_cache_error(opt.cache));
    facts_cache_free(opt.cache);
    store_close(s);
    ll_intern_free(names);
    return r;
}

static run read_both(void) {
    wait_a_tick();
    return read_both_now();
}

static void the_second_run_parses_nothing(void **state) {
    (void)state;
    run cold = read_both(), warm = read_both();
    assert_int_equal(cold.parsed, 2);
    assert_int_equal(warm.parsed, 0);
    for (int i = 0; i < 2; i++) assert_string_equal(cold.text[i], warm.text[i]);
}

static void an_edit_costs_the_units_that_include_it(void **state) {
    (void)state;
    read_both();
    put("second/far.h", "#define FAR 7\n");
    run r = read_both();
    assert_int_equal(r.parsed, 1);
    assert_non_null(strstr(r.text[0], "7"));
    put("b.c", "int b(int x) { return x + 9; }\n");
    assert_int_equal(read_both().parsed, 1);
    assert_int_equal(read_both().parsed, 0);
}

static void touching_is_not_editing(void **state) {
    (void)state;
    read_both();
    put("local.h", "#define LOCAL 1\n"); /* another inode, other times, the same bytes */
    assert_int_equal(read_both().parsed, 0);
}

/* cp -p, tar, rsync -t: the time that make looks at is not the time of the change. */
static void old_times_hide_no_edit(void **state) {
    (void)state;
    struct stat st;
    assert_int_equal(stat(in_tree("local.h"), &st), 0);
    read_both();
    FILE *f = fopen(in_tree("local.h"), "r+");
    assert_non_null(f);
    fputs("#define LOCAL 5\n", f);
    fclose(f);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, in_tree("local.h"), times, 0), 0);
    assert_int_equal(read_both().parsed, 1);
}

static void an_edit_within_a_tick_is_seen(void **state) {
    (void)state;
    read_both();
    for (int i = 0; i < 20; i++) {
        put("b.c", ll_printf(arena, "int b(int x) { return x + %d; }\n", 10 + i));
        run r = read_both_now();
        assert_int_equal(r.parsed, 1);
        assert_non_null(strstr(r.text[1], ll_printf(arena, "%d", 10 + i)));
    }
}

static void going_back_is_known(void **state) {
    (void)state;
    run first = read_both();
    put("local.h", "#define LOCAL 5\n");
    assert_int_equal(read_both().parsed, 1);
    put("local.h", "#define LOCAL 1\n");
    run again = read_both();
    assert_int_equal(again.parsed, 0);
    assert_string_equal(again.text[0], first.text[0]);
    args[2] = "-DX=1";
    nargs = 3;
    assert_int_equal(read_both().parsed, 2);
    nargs = 2;
    assert_int_equal(read_both().parsed, 0);
}

static void a_header_that_would_be_found_first_counts(void **state) {
    (void)state;
    read_both();
    put("first/other.h", "");
    assert_int_equal(read_both().parsed, 0);
    put("first/far.h", "#define FAR 8\n");
    run r = read_both();
    assert_int_equal(r.parsed, 1);
    assert_non_null(strstr(r.text[0], "8"));
    assert_int_equal(unlink(in_tree("first/far.h")), 0);
    r = read_both();
    assert_non_null(strstr(r.text[0], "2"));
    assert_int_equal(read_both().parsed, 0);
}

static void a_missing_header_is_waited_for(void **state) {
    (void)state;
    put("a.c", "#include <sub/late.h>\nint a(int x) { return x + LATE; }\n");
    read_both();
    assert_int_equal(read_both().parsed, 0); /* read in part, and that is kept */
    put("second/sub/late.h", "#define LATE 6\n");
    run r = read_both();
    assert_int_equal(r.parsed, 1);
    assert_non_null(strstr(r.text[0], "6"));
}

static void what_is_asked_after_counts(void **state) {
    (void)state;
    put("a.c", "#if __has_include(\"late.h\")\nint a(void) { return 1; }\n#else\nint a(void) { return 2; }\n#endif\n");
    read_both();
    assert_int_equal(read_both().parsed, 0);
    put("first/late.h", "");
    run r = read_both();
    assert_int_equal(r.parsed, 1);
    assert_non_null(strstr(r.text[0], "ret 1"));
}

static void a_failure_is_not_kept(void **state) {
    (void)state;
    read_both();
    assert_int_equal(rename(in_tree("b.c"), in_tree("c.c")), 0);
    assert_true(read_both().failed[1]);
    assert_true(read_both().failed[1]);
    assert_int_equal(rename(in_tree("c.c"), in_tree("b.c")), 0);
    assert_false(read_both().failed[1]);
}

static void damage_is_a_miss(void **state) {
    (void)state;
    static const char *const damage[] = {
        "UPDATE cache_bytes SET method = 0, bytes = substr(bytes, 1, length(bytes) / 2)",
        "UPDATE cache_bytes SET method = 0, bytes = zeroblob(100)",
        "UPDATE cache_bytes SET method = 0, bytes = x'01ffffffffffffffffff01'",
        "UPDATE cache_bytes SET method = 0, bytes = x'7f'",
        "DELETE FROM cache_bytes",
    };
    run cold = read_both();
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        char *const command[] = {"sqlite3", (char *)in_tree(STORE_FILE), (char *)damage[i], NULL};
        int status = 0;
        if (fork() == 0) {
            execvp("sqlite3", command);
            _exit(77);
        }
        wait(&status);
        if (WEXITSTATUS(status) == 77) skip();
        run r = read_both();
        assert_int_equal(r.parsed, 2);
        assert_string_equal(r.text[0], cold.text[0]);
        assert_int_equal(read_both().parsed, 0);
    }
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_second_run_parses_nothing),
        T(an_edit_costs_the_units_that_include_it),
        T(touching_is_not_editing),
        T(old_times_hide_no_edit),
        T(an_edit_within_a_tick_is_seen),
        T(going_back_is_known),
        T(a_header_that_would_be_found_first_counts),
        T(a_missing_header_is_waited_for),
        T(what_is_asked_after_counts),
        T(a_failure_is_not_kept),
        T(damage_is_a_miss),
    };
    int failed = cmocka_run_group_tests_name("rows", tests, NULL, NULL);
    with_manifest = true;
    return failed + cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
