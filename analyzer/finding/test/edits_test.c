#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "finding/edits.h"

static finding_edit edit(int32_t line, int32_t col, int32_t end_line, int32_t end_col, const char *text) {
    return (finding_edit){"a.c", line, col, end_line, end_col, text};
}

/* NULL: refused. */
static void expect(const char *text, const finding_edit *v, uint32_t n, const char *wanted) {
    ll_arena *a = ll_arena_new("test");
    const finding_edit *edits[4];
    ll_strbuf out = {0};
    for (uint32_t i = 0; i < n; i++) edits[i] = &v[i];
    assert_int_equal(finding_edits_apply(a, text, strlen(text), edits, n, &out), wanted != NULL);
    assert_string_equal(ll_sb_str(&out), wanted ? wanted : "");
    ll_sb_free(&out);
    ll_arena_free(a);
}

static void edits_are_done_in_any_order(void **state) {
    (void)state;
    expect("ab\ncd\n", (finding_edit[]){edit(2, 1, 2, 2, "X"), edit(1, 3, 1, 3, "!")}, 2, "ab!\nXd\n");
    expect("ab\ncd\n", (finding_edit[]){edit(1, 1, 2, 1, "")}, 1, "cd\n");
    expect("ab\ncd", (finding_edit[]){edit(2, 3, 2, 3, "e\n")}, 1, "ab\ncde\n");
    expect("ab\n", (finding_edit[]){edit(2, 1, 2, 1, "z")}, 1, "ab\nz");
    expect("", (finding_edit[]){edit(1, 1, 1, 1, "z")}, 1, "z");
    expect("ab", NULL, 0, "ab");
}

static void places_that_are_not_there_are_refused(void **state) {
    (void)state;
    expect("ab\ncd", (finding_edit[]){edit(1, 4, 1, 4, "x")}, 1, NULL);
    expect("ab\ncd", (finding_edit[]){edit(3, 1, 3, 1, "x")}, 1, NULL);
    expect("ab\ncd", (finding_edit[]){edit(0, 1, 1, 1, "x")}, 1, NULL);
    expect("ab\ncd", (finding_edit[]){edit(1, 0, 1, 1, "x")}, 1, NULL);
    expect("ab\ncd", (finding_edit[]){edit(1, 2, 1, 1, "x")}, 1, NULL);
    expect("abcd", (finding_edit[]){edit(1, 1, 1, 3, ""), edit(1, 2, 1, 4, "")}, 2, NULL);
}

static void overlapping_is_sharing_a_byte_or_a_place(void **state) {
    (void)state;
    finding_edit a = edit(1, 1, 1, 3, ""), b = edit(1, 3, 1, 5, ""), c = edit(1, 2, 1, 3, ""),
                 d = edit(1, 3, 1, 3, "x");
    finding_edit other = {"b.c", 1, 1, 1, 3, ""};
    assert_false(finding_edits_overlap(&a, &b));
    assert_true(finding_edits_overlap(&a, &c));
    assert_true(finding_edits_overlap(&c, &a));
    assert_false(finding_edits_overlap(&a, &d));
    assert_true(finding_edits_overlap(&b, &d)); /* which stands first is not said */
    assert_true(finding_edits_overlap(&d, &d));
    assert_false(finding_edits_overlap(&a, &other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_done_in_any_order),
        cmocka_unit_test(places_that_are_not_there_are_refused),
        cmocka_unit_test(overlapping_is_sharing_a_byte_or_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
