/* Units without bodies: the same findings, also when the bodies are gone once they are wanted. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"

static ll_arena *arena;
static char root[64];

static void put(const char *name, const char *text) {
    assert_true(ll_write_file(ll_path_join(arena, root, name), text, strlen(text), NULL));
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    memcpy(root, "/tmp/lifelint-outlines-XXXXXX", 30);
    if (!mkdtemp(root)) return -1;
    ll_strbuf db = {0};
    static const char *const units[] = {"take", "use", "more"};
    for (size_t i = 0; i < 3; i++)
        ll_sb_printf(&db, "%s{\"directory\": \"%s\", \"file\": \"%s.c\", \"arguments\": [\"cc\", \"-c\", \"%s.c\"]}",
                     i ? "," : "[", root, units[i], units[i]);
    ll_sb_add(&db, "]");
    put("compile_commands.json", db.s);
    ll_sb_free(&db);
    put("use.c", "#include <stdlib.h>\nvoid take(char *p);\nint f(void) { char *p = malloc(4); take(p); return 0; }\n");
    put("more.c", "int f(void);\nint g(void) { return f(); }\n");
    put("take.c", "#include <stdlib.h>\nvoid take(char *p) { free(p); }\n");
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

typedef struct outcome {
    uint32_t parsed, findings;
    uint64_t functions;
} outcome;

static outcome run(bool remember) {
    check_options opt = {.tool_version = "test",
                         .root = root,
                         .build_dir = root,
                         .no_store = !remember,
                         .quiet = true,
                         .log = fopen("/dev/null", "w")};
    opt.facts.workers.jobs = 2;
    check_result r;
    ll_err err = {0};
    nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
    if (!pipeline_check(&opt, &r, &err)) fail_msg("%s", err.msg);
    outcome out = {r.analysis.nparsed, r.findings.items.n, r.analysis.stats.functions};
    fclose(opt.log);
    check_result_free(&r);
    return out;
}

static bool sql(const char *statement) {
    char *const command[] = {"sqlite3", (char *)ll_path_join(arena, root, STORE_FILE), (char *)statement, NULL};
    int status = 0;
    if (fork() == 0) {
        execvp("sqlite3", command);
        _exit(77);
    }
    wait(&status);
    return WEXITSTATUS(status) != 77;
}

static void bodies_are_fetched_when_they_are_followed(void **state) {
    (void)state;
    assert_int_equal(run(true).findings, 0);
    put("take.c", "void take(char *p) { (void)p; }\n");
    outcome warm = run(true), cold = run(false);
    assert_int_equal(cold.findings, 1);
    assert_int_equal(warm.findings, 1);
    assert_int_equal(warm.parsed, 1);
    assert_int_equal(warm.functions, 2); /* take() and f(), but not g() */
}

static void bodies_that_are_gone_are_read_again(void **state) {
    (void)state;
    run(true);
    put("take.c", "void take(char *p) { (void)p; }\n");
    if (!sql("DELETE FROM cache WHERE kind = 3")) skip(); /* STORE_FACTS */
    outcome warm = run(true);
    assert_int_equal(warm.findings, 1);
    assert_int_equal(warm.parsed, 3);
    put("take.c", "#include <stdlib.h>\nvoid take(char *p) { free(p); }\n\n");
    outcome again = run(true);
    assert_int_equal(again.findings, 0);
    assert_int_equal(again.parsed, 1);
}

static void bodies_that_were_asked_for_are_kept(void **state) {
    (void)state;
    run(true);
    put("take.c", "void take(char *p) { (void)p; }\n");
    assert_int_equal(run(true).functions, 2); /* f() has a new callee: its body comes from the facts */
    put("take.c", "#include <stdlib.h>\nvoid take(char *p) { free(p); }\n\n");
    if (!sql("DELETE FROM cache WHERE kind = 3")) skip(); /* STORE_FACTS */
    outcome warm = run(true);
    assert_int_equal(warm.findings, 0);
    assert_int_equal(warm.parsed, 1);
    put("more.c", "int f(void);\nint g(void) { return f() + 1; }\n");
    put("take.c", "void take(char *p) { (void)*p; }\n");
    warm = run(true);
    assert_int_equal(warm.findings, 1);
    assert_int_equal(warm.parsed, 2);
}

static void damaged_outlines_are_none(void **state) {
    (void)state;
    static const char *const damage[] = {
        "UPDATE cache_bytes SET method = 0, bytes = substr(bytes, 1, length(bytes) / 2) WHERE id IN"
        " (SELECT id FROM cache WHERE kind = 4)",
        "UPDATE cache_bytes SET method = 0, bytes = x'014c4c4f4cff' WHERE id IN (SELECT id FROM cache WHERE kind = 4)",
    };
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        put("take.c", "#include <stdlib.h>\nvoid take(char *p) { free(p); }\n");
        assert_int_equal(run(true).findings, 0);
        put("take.c", ll_printf(arena, "void take(char *p) { (void)p; }\n/* %d */", (int)i));
        if (!sql(damage[i])) skip();
        outcome warm = run(true);
        assert_int_equal(warm.findings, 1);
        assert_int_equal(warm.parsed, 1);
    }
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(bodies_are_fetched_when_they_are_followed),
        T(bodies_that_are_gone_are_read_again),
        T(bodies_that_were_asked_for_are_kept),
        T(damaged_outlines_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
