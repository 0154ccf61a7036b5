/* Conclusions of earlier runs: taken exactly when following the functions again would give the same. */
#include "harness.h"

#include <stdlib.h>

enum { ROWS = 64 };

typedef struct row {
    char unit[80];
    char *bytes;
    size_t n;
} row;

static row rows[ROWS];
static uint32_t nrows;

static row *row_of(const char *unit) {
    for (uint32_t i = 0; i < nrows; i++)
        if (strcmp(rows[i].unit, unit) == 0) return &rows[i];
    return NULL;
}

static bool get(void *ctx, const char *unit, const void **bytes, size_t *n) {
    (void)ctx;
    const row *r = row_of(unit);
    if (!r) return false;
    *bytes = r->bytes;
    *n = r->n;
    return true;
}

static void put(void *ctx, const char *unit, const void *bytes, size_t n) {
    (void)ctx;
    row *r = row_of(unit);
    if (!r) {
        assert_true(nrows < ROWS);
        r = &rows[nrows++];
        snprintf(r->unit, sizeof r->unit, "%s", unit);
    }
    r->bytes = realloc(r->bytes, n + 1);
    memcpy(r->bytes, bytes, n);
    r->n = n;
}

static int forget_all(void **state) {
    (void)state;
    for (uint32_t i = 0; i < nrows; i++) {
        free(rows[i].bytes);
        rows[i].bytes = NULL;
    }
    nrows = 0;
    return 0;
}

typedef struct outcome {
    char text[4096];
    uint64_t followed, remembered;
} outcome;

static const char *focused; /* the unit that counts; NULL: all do */

static bool in_focus(const void *ctx, const char *unit) {
    (void)ctx;
    return strcmp(unit, focused) == 0;
}

static outcome run(const char *text, bool remember, bool keep) {
    program p;
    outcome out = {0};
    ll_strbuf b = {0};
    harness_parse(&p, "a.c", text);
    harness_run(&p,
                (engine_options){.cache = {.get = remember ? get : NULL, .put = put},
                                 .focus = {.on = focused ? in_focus : NULL}},
                NULL);
    if (keep) engine_keep(p.e);
    harness_print(&p, &b);
    snprintf(out.text, sizeof out.text, "%s", ll_sb_str(&b));
    out.followed = engine_get_stats(p.e).functions;
    out.remembered = engine_get_stats(p.e).remembered;
    ll_sb_free(&b);
    harness_free(&p);
    return out;
}

/* With what is remembered, and without: the same findings, and so many functions followed. */
static void follows(const char *text, uint32_t followed) {
    outcome cold = run(text, false, false), warm = run(text, true, true);
    assert_string_equal(cold.text, warm.text);
    assert_int_equal(warm.followed, followed);
}

/* The lines of each unit; %s: what is on top of it, and what ends the callee. */
#define DECLARATIONS                          \
    "decl malloc : ptr(void) (long) system\n" \
    "decl free : void (ptr(void)) system\n"   \
    "decl end : void (ptr(char))\n"           \
    "decl use : int (ptr(char))\n"            \
    "decl other : int ()\n"

#define CALLEE(line, body)                                        \
    "unit \"lib.c\"\n" DECLARATIONS "func end at \"lib.c\" " line \
    " : void {\n  param p : ptr(char)\n  local n : int\n" body "  ret\n}\n"

#define CALLER                                                                      \
    "unit \"use.c\"\n" DECLARATIONS                                                 \
    "func use at \"use.c\" 1..99 : int {\n  param q : ptr(char)\n"                  \
    "  local p : ptr(char)\n  p = call malloc(10)\n  branch p, have, none\nhave:\n" \
    "  call end(p)\n  ret 1\nnone:\n  ret 0\n}\n"                                   \
    "func other at \"use.c\" 100..199 : int {\n  local p : ptr(char)\n  p = call malloc(10)\n  ret 0\n}\n"

static void nothing_changed_nothing_followed(void **state) {
    (void)state;
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 0);
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 0);
}

static void a_callee_that_does_something_else_is_felt(void **state) {
    (void)state;
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    follows(CALLEE("1..99", "  n = 2\n  n = 1\n") CALLER, 2); /* end() and use(), which leaks now; not other() */
    outcome leaks = run(CALLEE("1..99", "  n = 2\n  n = 1\n") CALLER, true, false);
    assert_non_null(strstr(leaks.text, "use: "));
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 2);
}

static void out_of_focus_nothing_is_followed_anew(void **state) {
    (void)state;
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    focused = "lib.c"; /* use() leaks now, but calls into the focus, and is not called from there */
    outcome callee = run(CALLEE("1..99", "  n = 2\n  n = 1\n") CALLER, true, false);
    focused = "use.c"; /* what end() does now is needed */
    outcome caller = run(CALLEE("1..99", "  n = 2\n  n = 1\n") CALLER, true, false);
    focused = NULL;
    assert_int_equal(callee.followed, 1);
    assert_null(strstr(callee.text, "use: "));
    assert_non_null(strstr(callee.text, "other: ")); /* remembered */
    assert_int_equal(caller.followed, 2);
    assert_non_null(strstr(caller.text, "use: "));
}

static void the_same_effect_ends_the_search(void **state) {
    (void)state;
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    follows(CALLEE("1..99", "  n = 3\n  call free(p)\n") CALLER, 1);
}

static void a_function_that_moved_is_the_same(void **state) {
    (void)state;
    outcome before, after;
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    before = run(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, true, false);
    ll_strbuf moved = {0};
    ll_sb_add(&moved, CALLEE("11..109", "  call free(p)\n  n = 1\n") CALLER);
    char *at = strstr(moved.s, "100..199");
    assert_non_null(at);
    memcpy(at, "200..299", 8);
    follows(moved.s, 0);
    after = run(moved.s, true, false);
    assert_string_not_equal(before.text, after.text); /* the finding in other() and the line its message names */
    ll_sb_free(&moved);
}

static void what_is_declared_counts(void **state) {
    (void)state;
    static const char extra[] = "decl end : void (ptr(char)) noreturn\n";
    ll_strbuf b = {0};
    follows(CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER, 3);
    ll_sb_add(&b, CALLEE("1..99", "  call free(p)\n  n = 1\n"));
    ll_sb_add(&b, CALLER);
    char *at = strstr(b.s, "decl end");
    assert_non_null(at);
    ll_strbuf c = {0};
    ll_sb_addn(&c, b.s, (size_t)(at - b.s));
    ll_sb_add(&c, extra);
    ll_sb_add(&c, strchr(at, '\n') + 1);
    outcome cold = run(c.s, false, false), warm = run(c.s, true, false);
    assert_string_equal(cold.text, warm.text);
    assert_true(warm.followed >= 1 && warm.followed < 3);
    ll_sb_free(&b);
    ll_sb_free(&c);
}

static void damage_is_nothing_known(void **state) {
    (void)state;
    static const char text[] = CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER;
    outcome cold = run(text, false, false);
    run(text, true, true);
    for (uint32_t i = 0; i < nrows; i++)
        for (size_t k = 0; k < rows[i].n; k += 3) {
            rows[i].bytes[k] ^= 0x55;
            outcome warm = run(text, true, false);
            assert_string_equal(warm.text, cold.text);
            assert_true(warm.followed >= 1 || strchr(rows[i].unit, '\n')); /* summaries: only if they are asked for */
            rows[i].bytes[k] ^= 0x55;
        }
    for (uint32_t i = 0; i < nrows; i++) rows[i].n /= 2;
    assert_string_equal(run(text, true, false).text, cold.text);
}

/* What a changed caller asks for is damaged or gone: everything is followed, and kept in the place of it. */
static void summaries_that_are_lost_are_made_again(void **state) {
    (void)state;
    static const char before[] = CALLEE("1..99", "  call free(p)\n  n = 1\n") CALLER;
    ll_strbuf after = {0};
    ll_sb_add(&after, before);
    char *at = strstr(after.s, "call malloc(10)");
    assert_non_null(at);
    memcpy(at, "call malloc(11)", 15);
    outcome cold = run(after.s, false, false);
    for (int gone = 0; gone < 2; gone++) {
        forget_all(state);
        run(before, true, true);
        for (uint32_t i = 0; i < nrows; i++)
            if (strchr(rows[i].unit, '\n')) gone ? (void)(rows[i].unit[0] = '?') : (void)(rows[i].bytes[0] ^= 0x55);
        outcome warm = run(after.s, true, true);
        assert_string_equal(warm.text, cold.text);
        assert_int_equal(warm.followed, 3);
        follows(after.s, 0);
    }
    ll_sb_free(&after);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, forget_all, forget_all)
    const struct CMUnitTest tests[] = {
        T(nothing_changed_nothing_followed),
        T(a_callee_that_does_something_else_is_felt),
        T(out_of_focus_nothing_is_followed_anew),
        T(the_same_effect_ends_the_search),
        T(a_function_that_moved_is_the_same),
        T(what_is_declared_counts),
        T(damage_is_nothing_known),
        T(summaries_that_are_lost_are_made_again),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
