#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "pipeline/facts.h"

static ll_arena *arena;
static ll_intern *names;

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

static const fe_overlay sources[] = {
    {"/facts/one.c", "int f(int x) { return x + K; }\n", 31},
    {"/facts/two.c", "int f(int); int g(int x) { return f(x); }\n", 42},
};

static fe_request request(int source, const char *const *args, int nargs) {
    return (fe_request){.file = sources[source].path,
                        .dir = "/",
                        .args = args,
                        .nargs = nargs,
                        .overlay = &sources[source],
                        .noverlay = 1};
}

static const char *printed(const facts_unit *u) {
    ll_strbuf out = {0};
    assert_non_null(u->unit);
    ir_print_unit(&out, u->unit);
    const char *text = ll_strdup(arena, ll_sb_str(&out));
    ll_sb_free(&out);
    return text;
}

static void workers_bring_what_reading_here_gives(void **state) {
    (void)state;
    const char *args[] = {"-DK=3"};
    const fe_request rq[] = {request(0, args, 1), request(1, args, 1), request(0, args, 1)};
    facts_unit here[3] = {{0}}, there[3] = {{0}};
    int stopped_by = -1;
    ll_err err = {0};
    const facts_options in_process = {.in_process = true}, in_workers = {.workers = {.jobs = 2}};
    assert_true(facts_collect(arena, names, rq, 3, &in_process, here, &stopped_by, &err));
    assert_true(facts_collect(arena, names, rq, 3, &in_workers, there, &stopped_by, &err));
    assert_int_equal(stopped_by, 0);
    for (int i = 0; i < 3; i++) assert_string_equal(printed(&here[i]), printed(&there[i]));
    assert_string_equal(printed(&there[0]), printed(&there[2]));
    assert_ptr_equal(there[1].unit->file, ll_intern_str(names, "/facts/two.c")); /* one pool for the program */
}

static void refused_flags_are_left_out_and_said(void **state) {
    (void)state;
    const char *args[] = {"-no-integrated-cpp", "-DK=3"};
    const fe_request rq = request(0, args, 2);
    const facts_options opt = {.workers = {.jobs = 1}};
    facts_unit out = {0};
    int stopped_by;
    ll_err err = {0};
    assert_true(facts_collect(arena, names, &rq, 1, &opt, &out, &stopped_by, &err));
    if (out.error.code) fail_msg("%s", out.error.msg);
    assert_int_equal(out.unit->funcs.n, 1);
    assert_int_equal(out.unit->notes.n, 1);
    assert_non_null(strstr(out.unit->notes.v[0].text, "include and macro flags only"));
}

static void a_missing_file_fails_alone(void **state) {
    (void)state;
    fe_request rq[] = {request(0, NULL, 0), request(1, NULL, 0)};
    rq[0] = (fe_request){.file = "/facts/nowhere.c", .dir = "/"};
    const facts_options opt = {.workers = {.jobs = 1}};
    facts_unit out[2] = {{0}};
    int stopped_by;
    ll_err err = {0};
    assert_true(facts_collect(arena, names, rq, 2, &opt, out, &stopped_by, &err));
    assert_null(out[0].unit);
    assert_int_equal(out[0].error.code, LL_E_INPUT);
    assert_non_null(out[1].unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_bring_what_reading_here_gives),
        cmocka_unit_test(refused_flags_are_left_out_and_said),
        cmocka_unit_test(a_missing_file_fails_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
