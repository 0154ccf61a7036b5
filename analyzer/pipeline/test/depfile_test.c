#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/depfile.h"

static void prints(const char *target, const char *file, const char *expected) {
    ll_arena *a = ll_arena_new("test");
    ll_strbuf out = {0};
    depfile_print(&out, a, "/w", target, &file, 1);
    assert_string_equal(ll_sb_str(&out), expected);
    ll_sb_free(&out);
    ll_arena_free(a);
}

static void test_escapes(void **state) {
    (void)state;
    prints("o", "/w/a.c", "o: \\\n a.c\n");
    prints("o", "/elsewhere/a.c", "o: \\\n /elsewhere/a.c\n");
    prints("my o", "a b.c", "my\\ o: \\\n a\\ b.c\n");
    prints("o", "a#b$c.c", "o: \\\n a\\#b$$c.c\n");
    prints("o", "a\\ b", "o: \\\n a\\\\\\ b\n");
    prints("o", "a\\b", "o: \\\n a\\b\n");
    prints("o", "a\nb", "o:\n");
}

static void test_sorted_and_once(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    ll_strbuf out = {0};
    const char *files[] = {"z.h", "/w/a.h", "./a.h", "/w/x/../z.h"};
    depfile_print(&out, a, "/w", "o", files, 4);
    assert_string_equal(ll_sb_str(&out), "o: \\\n a.h \\\n z.h\n");
    ll_sb_free(&out);
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escapes), cmocka_unit_test(test_sorted_and_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
