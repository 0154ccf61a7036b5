/* Marks in sources, and their comparison with what was reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rulepack/expect.h"

static int setup(void **state) {
    *state = ll_arena_new("test");
    return 0;
}

static int teardown(void **state) {
    ll_arena_free(*state);
    return 0;
}

static expect_list parse(ll_arena *a, const char *text) {
    expect_list marks;
    ll_err err;
    assert_true(expect_parse(a, text, &marks, &err));
    return marks;
}

static void marks_are_read(void **state) {
    expect_list m = parse(*state,
                          "int a; // expect: x-leak\n"
                          "int b; // words expect: y-leak are words\n"
                          "int c; /* expect: y-leak \"lost here\" */ // gap: z-leak no join yet\n"
                          "int d; // expect: p-leak expect: q-leak \"at // end\"");
    assert_int_equal(m.n, 5);
    assert_int_equal(m.v[0].line, 1);
    assert_string_equal(m.v[0].rule, "x-leak");
    assert_null(m.v[0].message);
    assert_int_equal(m.v[1].line, 3);
    assert_string_equal(m.v[1].message, "lost here");
    assert_false(m.v[1].kind == EXPECT_GAP);
    assert_string_equal(m.v[2].rule, "z-leak");
    assert_true(m.v[2].kind == EXPECT_GAP);
    assert_string_equal(m.v[3].rule, "p-leak");
    assert_string_equal(m.v[4].rule, "q-leak");
    assert_string_equal(m.v[4].message, "at // end");
    assert_int_equal(m.v[4].line, 4);
}

static void broken_marks_are_refused(void **state) {
    expect_list marks;
    ll_err err;
    assert_false(expect_parse(*state, "\n// expect: \n", &marks, &err));
    assert_string_equal(err.msg, "line 2: 'expect:' without a rule id");
    assert_false(expect_parse(*state, "// expect: a \"open\n", &marks, &err));
    assert_string_equal(err.msg, "line 1: the message after 'expect:' has no closing quote");
}

static void differences_are_told(void **state) {
    expect_list m = parse(*state,
                          "// expect: a-leak\n"
                          "// expect: a-leak \"file\"\n"
                          "// expect: b-leak\n"
                          "// gap: c-leak\n"
                          "// gap: d-leak\n"
                          "// noise: e-leak\n"
                          "// expect: f-leak \"kept\" noise: f-leak\n");
    const expect_actual got[] = {{1, "a-leak", "m"},  {1, "a-leak", "m"}, {2, "a-leak", "a stream is lost"},
                                 {5, "d-leak", NULL}, {7, "f-leak", "x"}, {7, "f-leak", "kept"}};
    expect_result r;
    expect_compare(*state, &m, got, 6, &r);
    assert_int_equal(r.met, 2);
    assert_int_equal(r.gaps, 2);
    assert_int_equal(r.missing.n, 2);
    assert_int_equal(r.unexpected.n, 2);
    assert_int_equal(r.outdated.n, 2);
    assert_false(expect_is_met(&r));
    ll_strbuf out = {0};
    expect_describe(&r, "p.yml", 10, &out);
    assert_string_equal(out.s,
                        "p.yml:12: missing: a-leak \"file\"\n"
                        "p.yml:13: missing: b-leak\n"
                        "p.yml:11: unexpected: a-leak: m\n"
                        "p.yml:12: unexpected: a-leak: a stream is lost\n"
                        "p.yml:15: no longer a gap, change 'gap:' to 'expect:': d-leak\n"
                        "p.yml:16: no longer falsely reported, remove the noise mark: e-leak\n");
    ll_sb_free(&out);
}

static void silence_is_an_expectation(void **state) {
    expect_list m = parse(*state, "int quiet;\n");
    expect_result r;
    expect_compare(*state, &m, NULL, 0, &r);
    assert_true(expect_is_met(&r));
    expect_compare(*state, &m, &(expect_actual){1, "a-leak", "m"}, 1, &r);
    assert_false(expect_is_met(&r));
}

/* A mark with a message must not lose its finding to one without. */
static void the_finding_that_fits_is_taken(void **state) {
    expect_list m = parse(*state, "// expect: a expect: a \"second\"\n");
    const expect_actual got[] = {{1, "a", "the second"}, {1, "a", "the first"}};
    expect_result r;
    expect_compare(*state, &m, got, 2, &r);
    assert_true(expect_is_met(&r));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_read),
        cmocka_unit_test(broken_marks_are_refused),
        cmocka_unit_test(differences_are_told),
        cmocka_unit_test(silence_is_an_expectation),
        cmocka_unit_test(the_finding_that_fits_is_taken),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
