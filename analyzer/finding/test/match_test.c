/* Which finding is which across an edit: every stage, and what must not be taken for the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "finding/fingerprint.h"
#include "finding/match.h"

static ll_arena *arena;

/* One file a side; lines are related by text. */
typedef struct world {
    const char *file, *renamed; /* at the base; now */
    const char *before, *now;
    const char *only_before, *only_now; /* USRs that one side alone defines */
} world;

static const char *renamed(void *ctx, const char *file) {
    const world *w = ctx;
    return w->renamed && strcmp(file, w->file) == 0 ? w->renamed : file;
}

static bool text(void *ctx, bool now, const char *file, const char **out, size_t *n) {
    const world *w = ctx;
    (void)file;
    *out = now ? w->now : w->before;
    *n = *out ? strlen(*out) : 0;
    return *out != NULL;
}

static bool defines(void *ctx, bool now, const char *usr) {
    const world *w = ctx;
    const char *other = now ? w->only_before : w->only_now;
    return !other || strcmp(other, usr) != 0;
}

static int32_t no_line(void *ctx, const char *file, int32_t line) {
    (void)ctx;
    (void)file;
    (void)line;
    return 0;
}

static int32_t two_down(void *ctx, const char *file, int32_t line) {
    (void)ctx;
    (void)file;
    return line + 2;
}

static finding leak(const char *file, const char *usr, const char *function, const char *place, int32_t line) {
    return (finding){.rule_id = "libc-heap-leak",
                     .category = CAT_LEAK,
                     .usr = usr,
                     .function = function,
                     .loc = {.file = file, .line = line, .col = 5},
                     .function_loc = {.file = file, .line = 1},
                     .message = "lost",
                     .role_acquire = "malloc",
                     .role_exit = "return",
                     .role_place = place};
}

static finding_list list(const finding *v, uint32_t n) {
    finding_list l = {0};
    for (uint32_t i = 0; i < n; i++) LL_PUSH(arena, &l.items, v[i]);
    finding_fingerprints(arena, &l);
    return l;
}

static void counts(finding before, finding now, const world *w, int32_t (*line)(void *, const char *, int32_t),
                   uint32_t n_new, uint32_t n_fixed) {
    const match_texts t = {(void *)(uintptr_t)w, renamed, line, text, defines};
    finding_list old = list(&before, 1), cur = list(&now, 1);
    match_result m = finding_match(arena, &old, &cur, &t);
    assert_int_equal(m.n_new, n_new);
    assert_int_equal(m.n_fixed, n_fixed);
    assert_int_equal(m.is_new[0], n_new);
    assert_int_equal(m.is_fixed[0], n_fixed);
}

static void same_without_texts(void **state) {
    (void)state;
    finding a = leak("a.c", "c:@F@f", "f", "p", 3), b = leak("b.c", "c:@F@f", "f", "p", 90);
    finding_list old = list(&a, 1), cur = list(&b, 1), none = {0};
    match_result m = finding_match(arena, &old, &cur, NULL);
    assert_int_equal(m.n_unchanged, 1);
    m = finding_match(arena, &none, &cur, NULL);
    assert_int_equal(m.n_new, 1);
    m = finding_match(arena, &old, &none, NULL);
    assert_int_equal(m.n_fixed, 1);
}

static void renamed_file(void **state) {
    (void)state;
    const world w = {.file = "src/a.c", .renamed = "lib/z.c"};
    finding a = leak("src/a.c", "c:src/a.c@F@f", "f", "p", 3);
    counts(a, leak("lib/z.c", "c:lib/z.c@F@f", "f", "p", 3), &w, no_line, 0, 0);
    counts(a, leak("lib/y.c", "c:lib/y.c@F@f", "f", "p", 3), &w, no_line, 1, 1);
}

static void line_left_alone(void **state) {
    (void)state;
    const world w = {0};
    finding a = leak("a.c", "c:@F@f", "f", "p", 3), b = leak("a.c", "c:@F@f", "f", "q", 5);
    b.role_exit = "overwrite";
    counts(a, b, &w, two_down, 0, 0);
    counts(a, b, &w, no_line, 1, 1);
    b.rule_id = "posix-fd-leak";
    counts(a, b, &w, two_down, 1, 1);
}

static void lost_otherwise(void **state) {
    (void)state;
    const world w = {0};
    finding a = leak("a.c", "c:@F@f", "f", "p", 3), b = a;
    b.role_exit = "overwrite";
    counts(a, b, &w, no_line, 0, 0);
    b.rule_id = "evidence-leak";
    counts(a, b, &w, no_line, 0, 0);
    b.rule_id = "libc-heap-double-free";
    b.category = CAT_DOUBLE_FREE;
    counts(a, b, &w, no_line, 1, 1);
}

static void renamed_variable(void **state) {
    (void)state;
    world w = {.before = "int f(void) {\n char *p = malloc(3);\n if (!p) return 1;\n return use(p);\n}\n",
               .now = "int f(void) {\n char *buf\n  = malloc(3);\n if (!buf) return 1;\n return use(buf);\n}\n"};
    finding a = leak("a.c", "c:@F@f", "f", "p", 2), b = leak("a.c", "c:@F@f", "f", "buf", 3);
    counts(a, b, &w, no_line, 0, 0);
    /* p is still there, and was mended: the other one is a new leak */
    w.now = "int f(void) {\n char *p = malloc(3);\n free(p);\n char *buf = malloc(4);\n return use(buf);\n}\n";
    b.loc.line = 4;
    counts(a, b, &w, no_line, 1, 1);
}

static void moved_function(void **state) {
    (void)state;
    world w = {.only_before = "c:a.c@F@f", .only_now = "c:b.c@F@f"};
    finding a = leak("a.c", "c:a.c@F@f", "f", "p", 3), b = leak("b.c", "c:b.c@F@f", "f", "p", 30);
    counts(a, b, &w, no_line, 0, 0);
    w.only_before = NULL; /* there are two now: the second is a copy with a bug of its own */
    counts(a, b, &w, no_line, 1, 1);
}

static void renamed_function(void **state) {
    (void)state;
    world w = {
        .before = "int f(int x) {\n char *p = malloc(3);\n if (x) return 1; /* why */\n free(p);\n return 0;\n}\n",
        .now = "int g(int x)\n{\n  char *p = malloc(3);\n  if (x)\n return 1;\n  free(p);\n  return 0;\n}\n",
        .only_before = "c:@F@f",
        .only_now = "c:@F@g"};
    finding a = leak("a.c", "c:@F@f", "f", "p", 2), b = leak("a.c", "c:@F@g", "g", "p", 3);
    counts(a, b, &w, no_line, 0, 0);
    w.now =
        "int g(int x)\n{\n  char *p = malloc(x);\n  while (x--) put(x, p);\n  log(\"done\");\n  return done(7);\n}\n";
    counts(a, b, &w, no_line, 1, 1);
}

static void moved_code(void **state) {
    (void)state;
    const world w = {
        .before = "int f(int x) {\n first();\n second();\n\tchar *p = malloc(3);\n return third(p);\n}\n",
        .now = "static int part(void) {\n    char *p = malloc(3);\n    return p != 0;\n}\nint f(int x) {\n}\n",
        .only_now = "c:a.c@F@part"};
    finding a = leak("a.c", "c:@F@f", "f", "p", 4), b = leak("a.c", "c:a.c@F@part", "part", "p", 2);
    counts(a, b, &w, no_line, 0, 0);
}

static void sure_partners_first(void **state) {
    (void)state;
    const world w = {0};
    finding old[] = {leak("a.c", "c:@F@f", "f", "p", 3), leak("a.c", "c:@F@f", "f", "p", 9)}, now[2];
    old[1].role_exit = "overwrite";
    memcpy(now, old, sizeof now);
    now[0].role_exit = "call"; /* was "return"; the other one is as it was */
    const match_texts t = {(void *)(uintptr_t)&w, NULL, NULL, NULL, NULL};
    finding_list before = list(old, 2), after = list(now, 2);
    match_result m = finding_match(arena, &before, &after, &t);
    assert_int_equal(m.n_unchanged, 2);
    after.items.n = 1; /* sorted by line: the first */
    m = finding_match(arena, &before, &after, &t);
    assert_int_equal(m.n_fixed, 1);
    assert_true(m.is_fixed[1]);
}

static void suppressed_ones(void **state) {
    (void)state;
    const world w = {0};
    finding a = leak("a.c", "c:@F@f", "f", "p", 3), hidden = a;
    hidden.suppressed = true;
    counts(a, hidden, &w, no_line, 0, 0);
    counts(hidden, a, &w, no_line, 1, 0);
}

static void bodies(void **state) {
    (void)state;
    static const char one[] = "int f(void)\n{ /* x */ return g(1, \"}\"); }\nint h(void) { return 7; }\n";
    static const char two[] = "int\nff(void) { return g(1,\n \"}\"); } // end\n";
    assert_true(match_bodies(one, sizeof one - 1, 1, "f", two, sizeof two - 1, 1, "ff") > 0.999);
    assert_true(match_bodies(one, sizeof one - 1, 1, "f", one, sizeof one - 1, 3, "h") < 0.5);
    assert_true(match_bodies(one, 0, 1, "f", two, 0, 1, "f") < 0.001);
    assert_true(match_bodies(one, sizeof one - 1, 99, "f", two, sizeof two - 1, 1, "ff") < 0.001);
    assert_true(match_body_mentions(one, sizeof one - 1, 1, "g", 1));
    assert_false(match_body_mentions(one, sizeof one - 1, 1, "h", 1));
    assert_false(match_body_mentions(one, sizeof one - 1, 1, "x", 1));
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("match");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ll_arena_free(arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_without_texts), cmocka_unit_test(renamed_file),     cmocka_unit_test(line_left_alone),
        cmocka_unit_test(lost_otherwise),     cmocka_unit_test(renamed_variable), cmocka_unit_test(moved_function),
        cmocka_unit_test(renamed_function),   cmocka_unit_test(moved_code),       cmocka_unit_test(sure_partners_first),
        cmocka_unit_test(suppressed_ones),    cmocka_unit_test(bodies),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
