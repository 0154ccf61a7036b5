#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static const char *const words[] = {"check", "rules", NULL, "doctor", "ir", "help"};

static const char *nearest(const char *word) {
    return ll_nearest(word, words, sizeof words / sizeof *words);
}

static void finds_typos(void **state) {
    (void)state;
    assert_string_equal(nearest("chekc"), "check");
    assert_string_equal(nearest("rule"), "rules");
    assert_string_equal(nearest("docter"), "doctor");
    assert_string_equal(nearest("help"), "help");
}

static void declines_what_is_far(void **state) {
    (void)state;
    assert_null(nearest("xyzzy"));
    assert_null(nearest(""));
    assert_null(nearest("zz")); /* as far from "ir" as its own length: not a typo of it */
    char longer[200];
    for (size_t i = 0; i < sizeof longer - 1; i++) longer[i] = 'a';
    longer[sizeof longer - 1] = 0;
    assert_null(nearest(longer));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_typos), cmocka_unit_test(declines_what_is_far)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
