/* Every program of fixtures/engine against its marks; the format is described in harness.h. */
#include "harness.h"

/* What differs from the marks, one line each, into `b`. */
static void compare(const program *p, const char *name, const char *text, ll_strbuf *b) {
    ll_err err = {0};
    expect_list marks;
    if (!expect_parse(p->arena, text, &marks, &err)) ll_sb_printf(b, "%s: %s\n", name, err.msg);
    LL_ARRAY(expect_actual) actual = {0};
    for (uint32_t i = 0; i < p->found.items.n; i++) {
        const finding *f = &p->found.items.v[i];
        LL_PUSH(p->arena, &actual, ((expect_actual){f->loc.line, f->rule_id, f->message}));
    }
    expect_result r;
    expect_compare(p->arena, &marks, actual.v, actual.n, &r);
    expect_describe(&r, name, 0, b);
    if (!marks.n) ll_sb_printf(b, "%s: no marks\n", name);
}

static void test_program(void **state) {
    const char *name = *state;
    ll_arena *a = ll_arena_new("text");
    const char *text = harness_read(a, name);
    program p;
    harness_parse(&p, name, text);
    harness_run(&p, (engine_options){0}, NULL);
    ll_strbuf differences = {0};
    compare(&p, name, text, &differences);
    bool met = !differences.n;
    if (!met) print_error("\n%s", ll_sb_str(&differences));
    ll_sb_free(&differences);
    harness_free(&p);
    ll_arena_free(a);
    assert_true(met);
}

/* One test a file, so that one broken program hides no other. */
#define PROGRAM(file) {file, test_program, NULL, NULL, (void *)(uintptr_t)file}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        PROGRAM("leak.ir"),     PROGRAM("loops.ir"),     PROGRAM("branches.ir"), PROGRAM("results.ir"),
        PROGRAM("realloc.ir"),  PROGRAM("records.ir"),   PROGRAM("objects.ir"),  PROGRAM("recursion.ir"),
        PROGRAM("ends.ir"),     PROGRAM("unknown.ir"),   PROGRAM("globals.ir"),  PROGRAM("locks.ir"),
        PROGRAM("misuse.ir"),   PROGRAM("ownership.ir"), PROGRAM("units.ir"),    PROGRAM("twins.ir"),
        PROGRAM("wrappers.ir"), PROGRAM("flow.ir"),      PROGRAM("lists.ir"),    PROGRAM("twins_near.ir"),
    };
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
