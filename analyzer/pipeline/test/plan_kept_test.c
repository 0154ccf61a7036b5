/* A kept plan is taken exactly when making it again would give the same. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "pipeline/plan.h"
#include "pipeline/plan_kept.h"
#include "source/test/tree.h"

static ll_arena *arena;
static check_options opt;
static const char *excludes[1];

static void write_database(const char *flags) {
    tree_write(
        arena, "build/compile_commands.json",
        ll_printf(arena,
                  "[{\"directory\": \"$R/build\", \"file\": \"../src/a.c\", \"command\": \"cc %s -c a.c\"},"
                  " {\"directory\": \"$R\", \"file\": \"src/b.c\", \"command\": \"cc -DB -fplugin=x.so -c b.c\"},"
                  " {\"directory\": \"$R\", \"file\": \"src/gone.c\", \"command\": \"cc -DG -c gone.c\"}]",
                  flags));
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    tree_new();
    tree_write(arena, "src/a.c", "");
    tree_write(arena, "src/b.c", "");
    tree_write(arena, "inc/config.h", "");
    tree_write(arena, "more/y.c", "");
    write_database("-DA -I../inc -include config.h");
    opt = (check_options){.build_dir = tree_path(arena, "build"), .root = tree_root};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    tree_free();
    ll_arena_free(arena);
    return 0;
}

/* A tick of the clock later: what is written within the tick of a run is not known the next time, on purpose. */
static facts_cache *open_cache(store **s) {
    nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
    assert_true(store_open(tree_root, s, NULL));
    return facts_cache_new(*s, NULL);
}

static void close_cache(store *s, facts_cache *c) {
    assert_null(facts_cache_error(c));
    facts_cache_free(c);
    store_close(s);
}

/* The plan and what is said of it. */
static const char *shown(facts_cache *c) {
    char *text = NULL;
    size_t n;
    plan p;
    ll_err err = {0};
    const plan_state state = {.cache = c};
    opt.log = open_memstream(&text, &n);
    if (!plan_check_state(arena, &opt, &state, &p, &err)) fprintf(opt.log, "%s", err.msg);
    for (uint32_t i = 0; i < p.requests.n; i++) {
        const fe_request *rq = &p.requests.v[i];
        fprintf(opt.log, "%s %s %s\n", rq->file, rq->dir, tree_show(arena, rq->args, (uint32_t)rq->nargs));
    }
    fprintf(opt.log, "%s %d", p.db_path, p.whole);
    fclose(opt.log);
    const char *out = ll_strdup(arena, text);
    free(text);
    return out;
}

static const char *shown_with_cache(void) {
    store *s;
    facts_cache *c = open_cache(&s);
    const char *text = shown(c);
    close_cache(s, c);
    return text;
}

static bool is_kept(void) {
    store *s;
    src_plan p;
    src_notes found = {.arena = arena};
    facts_cache *c = open_cache(&s);
    const src_options how = {.cwd = ll_path_abs(arena, NULL, "."),
                             .root = tree_root,
                             .build_dir = opt.build_dir,
                             .excludes = opt.excludes.v,
                             .nexcludes = opt.excludes.n};
    ll_hash key = plan_kept_key(c, &how, tree_path(arena, "build/compile_commands.json"), &found);
    bool kept = !ll_hash_is_none(key) && plan_recall(c, arena, key, &p);
    close_cache(s, c);
    return kept;
}

/* What was done to the tree is seen, and what is made anew is kept again. */
static void assert_noticed(void) {
    assert_false(is_kept());
    assert_string_equal(shown_with_cache(), shown(NULL));
    assert_true(is_kept());
    assert_string_equal(shown_with_cache(), shown(NULL));
}

static void a_kept_plan_is_the_plan(void **state) {
    (void)state;
    const char *first = shown_with_cache();
    assert_non_null(strstr(first, "-include $R/inc/config.h"));
    assert_non_null(strstr(first, "gone.c"));
    assert_non_null(strstr(first, "was dropped"));
    assert_true(is_kept());
    assert_string_equal(shown_with_cache(), first);
}

static void other_text_is_another_plan(void **state) {
    (void)state;
    shown_with_cache();
    write_database("-DOTHER");
    assert_noticed();
    write_database("-DOTHER"); /* rewritten as it was */
    assert_true(is_kept());
}

static void files_come_and_go(void **state) {
    (void)state;
    shown_with_cache();
    tree_write(arena, "src/gone.c", "");
    assert_noticed();
    assert_int_equal(remove(tree_path(arena, "src/b.c")), 0);
    assert_noticed();
}

static void a_forced_include_is_found_elsewhere(void **state) {
    (void)state;
    shown_with_cache();
    tree_write(arena, "build/config.h", "");
    assert_noticed();
    assert_non_null(strstr(shown(NULL), "-include $R/build/config.h"));
}

static void links_are_followed_anew(void **state) {
    (void)state;
    shown_with_cache();
    assert_int_equal(remove(tree_path(arena, "src/b.c")), 0);
    assert_int_equal(symlink("a.c", tree_path(arena, "src/b.c")), 0);
    assert_noticed();
    assert_int_equal(rename(tree_path(arena, "src"), tree_path(arena, "src.old")), 0);
    assert_int_equal(symlink("src.old", tree_path(arena, "src")), 0);
    assert_noticed();
}

static void a_forced_include_leads_out_of_the_project(void **state) {
    (void)state;
    shown_with_cache();
    assert_int_equal(remove(tree_path(arena, "inc/config.h")), 0);
    assert_int_equal(symlink("/etc/passwd", tree_path(arena, "inc/config.h")), 0);
    assert_noticed();
    assert_null(strstr(shown(NULL), "-include"));
}

static void options_are_part_of_it(void **state) {
    (void)state;
    shown_with_cache();
    excludes[0] = "b.c";
    opt.excludes = (pipeline_words){.v = excludes, .n = 1};
    assert_noticed();
    opt.excludes = (pipeline_words){0};
    assert_true(is_kept());
}

static void response_files_are_read_every_time(void **state) {
    (void)state;
    tree_write(arena, "build/flags.rsp", "-DFROM_RSP");
    write_database("@flags.rsp");
    assert_non_null(strstr(shown_with_cache(), "-DFROM_RSP"));
    assert_false(is_kept());
    tree_write(arena, "build/flags.rsp", "-DNEW_RSP");
    assert_non_null(strstr(shown_with_cache(), "-DNEW_RSP"));
}

/* Whoever may write to the store must not be able to hand flags to the compiler's library. */
static void keep_with(const char *flag, const char *value) {
    store *s;
    facts_cache *c = open_cache(&s);
    const src_options how = {.cwd = ll_path_abs(arena, NULL, "."), .root = tree_root, .build_dir = opt.build_dir};
    src_notes found = {.arena = arena};
    const char *db = tree_path(arena, "build/compile_commands.json"), *args[] = {"-DA", flag, value};
    src_plan p = {.db_path = db, .whole = true};
    src_looks *looks = src_looks_new();
    LL_PUSH(arena, &p.units,
            (src_unit){.file = tree_path(arena, "src/a.c"), .dir = tree_root, .args = args, .nargs = value ? 3 : 2});
    plan_keep(c, plan_kept_key(c, &how, db, &found), &p, looks);
    src_looks_free(looks);
    close_cache(s, c);
}

static void flags_that_cleaning_does_not_give_are_refused(void **state) {
    (void)state;
    static const char *const bad[][2] = {{"-fplugin=evil.so", NULL}, {"-Xclang", "-load"},
                                         {"-load", "evil.so"},       {"-mllvm", "-x"},
                                         {"@flags", NULL},           {"other.c", NULL},
                                         {"-ivfsoverlay", "/tmp/v"}, {"-I", NULL},
                                         {"-o", "/tmp/out"},         {"-fno-such-flag-here", NULL},
                                         {"-resource-dir", "/tmp"}};
    keep_with("-I", "-fplugin=a.so"); /* a folder of that name */
    assert_true(is_kept());
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        keep_with(bad[i][0], bad[i][1]);
        assert_false(is_kept());
    }
    assert_string_equal(shown_with_cache(), shown(NULL));
    assert_true(is_kept());
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {CASE(a_kept_plan_is_the_plan),
                                       CASE(other_text_is_another_plan),
                                       CASE(files_come_and_go),
                                       CASE(a_forced_include_is_found_elsewhere),
                                       CASE(links_are_followed_anew),
                                       CASE(a_forced_include_leads_out_of_the_project),
                                       CASE(options_are_part_of_it),
                                       CASE(response_files_are_read_every_time),
                                       CASE(flags_that_cleaning_does_not_give_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
