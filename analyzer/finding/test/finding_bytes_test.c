#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "finding/finding_bytes.h"
#include "finding/finding_json.h"

static finding_step steps[] = {{STEP_ACQUIRE, {"a.c", 3, 4, 0}, "opened", "f", 0},
                               {STEP_LOST, {"b.c", 9, 1, 5}, "lost", "g", 2}};
static finding_edit edits[] = {{"a.c", 1, 2, 3, 4, "text"}};
static const finding all = {.rule_id = "r-leak",
                            .family_id = "r",
                            .severity = FINDING_ERROR,
                            .confidence = CONFIDENCE_MEDIUM,
                            .category = CAT_TIMER_LEAK,
                            .resource = "thing",
                            .message = "m",
                            .why = "w",
                            .fix = "x",
                            .link = NULL,
                            .cwe = 401,
                            .security_severity = 3.5,
                            .function = "f",
                            .usr = "c:@F@f",
                            .loc = {"a.c", 3, 4, 0},
                            .function_loc = {"a.c", 1, 0, 0},
                            .steps = steps,
                            .nsteps = 2,
                            .role_acquire = "open",
                            .role_exit = "return",
                            .role_place = "p",
                            .edits = edits,
                            .nedits = 1};

static void finding_comes_back(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    ll_strtab *t = ll_strtab_new();
    ll_strbuf body = {0}, b = {0};
    finding_write(&all, t, &body);
    ll_strtab_write(t, &b);
    ll_sb_addn(&b, body.s, body.n);
    ll_reader r = ll_reader_of(b.s, b.n);
    ll_strings strings = ll_get_strings(&r, a, NULL);
    finding got = finding_read(&r, &strings, a);
    assert_true(!r.bad && r.p == r.end);
    json_t *want = finding_to_json(&all), *have = finding_to_json(&got);
    assert_true(json_equal(want, have));
    json_decref(want);
    json_decref(have);
    for (size_t n = 0; n < b.n; n++) { /* cut anywhere, it is damage and nothing worse */
        r = ll_reader_of(b.s, n);
        strings = ll_get_strings(&r, a, NULL);
        finding_read(&r, &strings, a);
        assert_true(r.bad);
    }
    ll_strtab_free(t);
    ll_sb_free(&body);
    ll_sb_free(&b);
    ll_arena_free(a);
}

static void suppression_comes_back(void **state) {
    (void)state;
    static const char text[] = "int a; // lifelint:ignore heap, posix-fd until 2027-03-31: kept\n";
    ll_arena *a = ll_arena_new("test");
    ll_strtab *t = ll_strtab_new();
    ll_strbuf body = {0}, b = {0};
    suppress_set set = {0};
    suppress_scan(a, "a.c", text, sizeof text - 1, &set);
    assert_int_equal(set.items.n, 1);
    const suppression *want = &set.items.v[0];
    suppression_write(want, t, &body);
    ll_strtab_write(t, &b);
    ll_sb_addn(&b, body.s, body.n);
    ll_reader r = ll_reader_of(b.s, b.n);
    ll_strings strings = ll_get_strings(&r, a, NULL);
    suppression got = suppression_read(&r, &strings, a);
    assert_true(!r.bad && r.p == r.end);
    assert_int_equal(got.nrules, 2);
    assert_string_equal(got.rules[1], want->rules[1]);
    assert_string_equal(got.until, want->until);
    assert_string_equal(got.reason, want->reason);
    assert_int_equal(got.target, want->target);
    assert_int_equal(got.removal.col, want->removal.col);
    assert_int_equal(got.state, want->state);
    ll_strtab_free(t);
    ll_sb_free(&body);
    ll_sb_free(&b);
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finding_comes_back), cmocka_unit_test(suppression_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
