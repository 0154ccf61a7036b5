/* Bounds: what long functions cost, that a cut loses no defect it need not lose, and that it is counted. */
#include "harness.h"

enum { TESTS = 40 };

static const char declarations[] =
    "decl malloc : ptr(void) (long) system\n"
    "decl free : void (ptr(void)) system\n"
    "decl puts : int (ptr(const char)) system\n"
    "decl more : int () system\n";

/* A leak on the early return that stands behind `before`. */
static void add_defect(ll_strbuf *b) {
    ll_sb_add(b,
              "  p = call malloc(10)\n"
              "  branch p, have, none\n"
              "have:\n"
              "  t1 = call more()\n"
              "  branch t1, early, last\n"
              "early:\n"
              "  ret 1\n"
              "last:\n"
              "  call free(p)\n"
              "none:\n"
              "  ret 0\n"
              "}\n");
}

static void run_text(program *p, const ll_strbuf *b, engine_options opt) {
    harness_parse(p, "bounds", ll_sb_str(b));
    harness_run(p, opt, NULL);
}

/* if (p0) puts("x"); if (p1) puts("x"); … */
static void test_independent_tests_stay_linear(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%sfunc f : int {\n", declarations);
    for (int i = 0; i < TESTS; i++) ll_sb_printf(&b, "  param a%d : int\n", i);
    ll_sb_add(&b, "  local p : ptr(char)\n  temp t1 : int\n");
    for (int i = 0; i < TESTS; i++)
        ll_sb_printf(&b, "  branch a%d, y%d, n%d\ny%d:\n  call puts(\"x\")\nn%d:\n", i, i, i, i, i);
    add_defect(&b);
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 1);
    engine_stats s = engine_get_stats(p.e);
    assert_int_equal(s.functions, 1);
    assert_int_equal(s.cut_steps, 0);
    assert_int_equal(s.cut_disjuncts, 0);
    assert_true(s.states < 4 * TESTS);
    assert_true(s.instructions > 3 * TESTS && s.instructions < 12 * TESTS);
    harness_free(&p);
    ll_sb_free(&b);
}

/* if (p0) flags |= 1; if (p1) flags |= 2; … and flags is read at the end: nothing can merge exactly. */
static void test_dependent_tests_are_cut_and_counted(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%sfunc f : int {\n", declarations);
    for (int i = 0; i < TESTS; i++) ll_sb_printf(&b, "  param a%d : int\n", i);
    ll_sb_add(&b, "  local p : ptr(char)\n  local flags : long\n  temp t1 : int\n  flags = 0\n");
    for (int i = 0; i < TESTS; i++)
        ll_sb_printf(&b, "  branch a%d, y%d, n%d\ny%d:\n  flags = flags | %lld\nn%d:\n", i, i, i, i, 1ll << i, i);
    ll_sb_add(&b, "  t1 = flags & 7\n  branch t1, some, rest\nsome:\n  call puts(\"x\")\nrest:\n");
    add_defect(&b);
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 1);
    engine_stats s = engine_get_stats(p.e);
    assert_true(s.cut_disjuncts > 0);
    assert_true(s.states < 50 * 3 * TESTS);
    harness_free(&p);
    ll_sb_free(&b);
}

/* A block held across the tests, with the defect at their end. */
static void test_resource_survives_the_tests(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%sfunc f : int {\n", declarations);
    for (int i = 0; i < TESTS; i++) ll_sb_printf(&b, "  param a%d : int\n", i);
    ll_sb_add(&b, "  local q : ptr(char)\n  local p : ptr(char)\n  temp t1 : int\n  q = call malloc(3)\n");
    for (int i = 0; i < TESTS; i++)
        ll_sb_printf(&b, "  branch a%d, y%d, n%d\ny%d:\n  call puts(\"x\")\nn%d:\n", i, i, i, i, i);
    ll_sb_add(&b, "  call puts(q)\n");
    add_defect(&b);
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 2);
    assert_true(engine_get_stats(p.e).states < 12 * TESTS);
    harness_free(&p);
    ll_sb_free(&b);
}

static void long_function(ll_strbuf *b, int n) {
    ll_sb_printf(b, "%sfunc f : int {\n  local p : ptr(char)\n  local x : int\n  temp t1 : int\n", declarations);
    for (int i = 0; i < n; i++) ll_sb_printf(b, "  x = call more()\n");
    add_defect(b);
    ll_sb_add(b, "func after : int {\n  local p : ptr(char)\n  temp t1 : int\n  t1 = call f()\n");
    add_defect(b);
}

/* The limit ends the function, says so, and leaves the others alone: a cut callee is an unknown one. */
static void test_step_limit(void **state) {
    (void)state;
    ll_strbuf b = {0};
    long_function(&b, 500);
    program p;
    run_text(&p, &b, (engine_options){.max_steps = 100});
    engine_stats s = engine_get_stats(p.e);
    assert_int_equal(s.cut_steps, 1);
    assert_true(s.instructions < 300);
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 0);
    assert_int_equal(harness_count(&p, "after", "libc-heap-leak"), 1);
    harness_free(&p);
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(engine_get_stats(p.e).cut_steps, 0);
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 1);
    harness_free(&p);
    ll_sb_free(&b);
}

/* Nested loops, each with a constant bound, ahead of the defect. */
static uint32_t behind_nested_loops(int depth) {
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%sfunc f : int {\n  local p : ptr(char)\n  temp t1 : int\n", declarations);
    for (int i = 0; i < depth; i++) ll_sb_printf(&b, "  local i%d : int\n", i);
    for (int i = 0; i < depth; i++)
        ll_sb_printf(&b, "  i%d = 0\nh%d:\n  t1 = i%d < 8\n  branch t1, b%d, e%d\nb%d:\n", i, i, i, i, i, i);
    for (int i = depth; i-- > 0;) ll_sb_printf(&b, "  i%d = i%d + 1\n  jump h%d\ne%d:\n", i, i, i, i);
    add_defect(&b);
    program p;
    run_text(&p, &b, (engine_options){0});
    uint32_t n = harness_count(&p, "f", "libc-heap-leak");
    harness_free(&p);
    ll_sb_free(&b);
    return n;
}

static void test_nested_loops(void **state) {
    (void)state;
    assert_int_equal(behind_nested_loops(5), 1);
    assert_int_equal(behind_nested_loops(8), 1);
    /* known to fail: the turns of each loop multiply those of the loops around it, and nothing behind is reached */
    assert_int_equal(behind_nested_loops(16), 0);
}

/* A chain of callees a thousand deep is followed without a thousand frames of ours. */
static void test_deep_call_chain(void **state) {
    (void)state;
    enum { DEPTH = 1000 };
    ll_strbuf b = {0};
    ll_sb_add(&b, declarations);
    for (int i = 0; i < DEPTH; i++) ll_sb_printf(&b, "decl f%d : ptr(char) ()\n", i);
    ll_sb_add(&b, "func f0 : ptr(char) {\n  local p : ptr(char)\n  p = call malloc(3)\n  ret p\n}\n");
    for (int i = 1; i < DEPTH; i++)
        ll_sb_printf(&b, "func f%d : ptr(char) {\n  local p : ptr(char)\n  p = call f%d()\n  ret p\n}\n", i, i - 1);
    ll_sb_printf(&b, "func g : int {\n  local p : ptr(char)\n  p = call f%d()\n  ret 0\n}\n", DEPTH - 1);
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(harness_count(&p, "g", "libc-heap-leak"), 1);
    assert_int_equal(p.found.items.n, 1);
    harness_free(&p);
    ll_sb_free(&b);
}

/* A switch of many cases that all do the same is one state behind it. */
static void test_wide_switch(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%sfunc f : int {\n  param n : int\n  local p : ptr(char)\n  temp t1 : int\n", declarations);
    ll_sb_add(&b, "  switch n, other");
    for (int i = 0; i < 200; i++) ll_sb_printf(&b, ", %d c%d", i, i);
    ll_sb_add(&b, "\n");
    for (int i = 0; i < 200; i++) ll_sb_printf(&b, "c%d:\n  call puts(\"x\")\n  jump other\n", i);
    ll_sb_add(&b, "other:\n");
    add_defect(&b);
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(harness_count(&p, "f", "libc-heap-leak"), 1);
    assert_int_equal(engine_get_stats(p.e).cut_disjuncts, 0);
    assert_true(engine_get_stats(p.e).states < 500);
    harness_free(&p);
    ll_sb_free(&b);
}

/* two() comes first, asks for one() behind it, and says the same when that is known; three() and one() ask for those
 * before them only: they are not followed again. What three() does wrong is told once. */
static void test_circle_that_stands(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_add(&b, declarations);
    ll_sb_add(&b,
              "func three : int {\n  param n : int\n  local p : ptr(char)\n  temp t1 : int\n"
              "  t1 = call two(n)\n");
    add_defect(&b);
    ll_sb_add(&b, "func two : int {\n  param n : int\n  temp t1 : int\n  t1 = call one(1)\n  ret 3\n}\n");
    ll_sb_add(&b,
              "func one : int {\n  param n : int\n  temp t1 : int\n  branch n, more, none\nmore:\n"
              "  t1 = call three(0)\n  ret 1\nnone:\n  ret 1\n}\n");
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(engine_get_stats(p.e).functions, 4);
    assert_int_equal(harness_count(&p, "three", "libc-heap-leak"), 1);
    assert_int_equal(p.found.items.n, 1);
    harness_free(&p);
    ll_sb_free(&b);
}

static void test_empty_program(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_add(&b, "func f : void {\n  ret\n}\n");
    program p;
    run_text(&p, &b, (engine_options){0});
    assert_int_equal(p.found.items.n, 0);
    assert_int_equal(engine_get_stats(p.e).functions, 1);
    harness_free(&p);
    p = (program){.arena = ll_arena_new("test"), .names = ll_intern_new()};
    harness_run(&p, (engine_options){0}, NULL);
    assert_int_equal(p.found.items.n, 0);
    assert_int_equal(engine_get_stats(p.e).functions, 0);
    harness_free(&p);
    ll_sb_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_independent_tests_stay_linear),
        cmocka_unit_test(test_dependent_tests_are_cut_and_counted),
        cmocka_unit_test(test_resource_survives_the_tests),
        cmocka_unit_test(test_step_limit),
        cmocka_unit_test(test_nested_loops),
        cmocka_unit_test(test_deep_call_chain),
        cmocka_unit_test(test_wide_switch),
        cmocka_unit_test(test_circle_that_stands),
        cmocka_unit_test(test_empty_program),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
