#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "source/source.h"

static void test_glob(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } table[] = {
        {"a.c", "a.c", true},
        {"a.c", "a.cc", false},
        {"*.c", "a.c", true},
        {"*.c", "d/a.c", false},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"a*c", "a/c", false},
        {"**/a.c", "a.c", true},
        {"**/a.c", "x/y/a.c", true},
        {"**/a.c", "x/ya.c", false},
        {"x/**", "x/y/z.c", true},
        {"x/**", "x", false},
        {"x/**/z.c", "x/z.c", true},
        {"x/**/z.c", "x/a/b/z.c", true},
        {"x/**/z.c", "xz.c", false},
        {"[abc].c", "b.c", true},
        {"[!abc].c", "b.c", false},
        {"[^abc].c", "d.c", true},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[]a].c", "].c", true},
        {"[", "[", true},
        {"[a", "[a", true},
        {"\\*.c", "*.c", true},
        {"\\*.c", "a.c", false},
        {"a[/]b", "a/b", false},
        {"a**b", "axxb", true},
        {"a**b", "a/b", false},
        {"", "", true},
        {"*", "", true},
        {"[a-]x", "-x", true},
        {"**", "a/b/c", true},
        {"a\\", "a\\", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (src_glob(table[i].pattern, table[i].text) != table[i].match)
            fail_msg("'%s' against '%s': expected %d", table[i].pattern, table[i].text, table[i].match);
}

static bool out(const char *patterns, const char *path) {
    const char *v[8];
    char buf[256];
    uint32_t n = 0;
    strncpy(buf, patterns, sizeof buf - 1);
    for (char *p = strtok(buf, " "); p; p = strtok(NULL, " ")) v[n++] = p;
    return src_excluded(v, n, path);
}

static void test_exclude_as_gitignore_does(void **state) {
    (void)state;
    assert_true(out("vendor", "vendor/x.c"));
    assert_true(out("vendor", "a/vendor/b/x.c"));
    assert_false(out("/vendor", "a/vendor/b/x.c"));
    assert_true(out("/vendor", "vendor/b/x.c"));
    assert_true(out("vendor/", "a/vendor/x.c"));
    assert_false(out("vendor/", "a/vendor"));
    assert_true(out("a/b", "a/b/c.c"));
    assert_false(out("a/b", "x/a/b/c.c"));
    assert_true(out("*_test.c", "deep/down/x_test.c"));
    assert_true(out("third_party/**", "third_party/z/y.c"));
    assert_true(out("**/gen", "x/gen/y.c"));
    assert_true(out("./src/a.c", "src/a.c"));
    assert_false(out("", "x.c"));
}

static void test_the_last_pattern_decides(void **state) {
    (void)state;
    assert_false(out("*.c !keep.c", "x/keep.c"));
    assert_true(out("*.c !keep.c keep.c", "x/keep.c"));
    assert_true(out("x/ !keep.c", "x/keep.c")); /* nothing below an excluded directory comes back */
}

static void test_no_pattern_takes_long(void **state) {
    (void)state;
    char pattern[402] = "", text[402] = "";
    for (int i = 0; i < 50; i++) strcat(pattern, "*a*[a-z]");
    memset(text, 'a', 390);
    int64_t start = ll_now_ms();
    assert_false(src_glob(strcat(pattern, "b"), text));
    assert_in_range(ll_now_ms() - start, 0, 3000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_exclude_as_gitignore_does),
        cmocka_unit_test(test_the_last_pattern_decides),
        cmocka_unit_test(test_no_pattern_takes_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
