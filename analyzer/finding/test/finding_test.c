#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "finding/baseline.h"
#include "finding/dedupe.h"
#include "finding/finding_json.h"
#include "finding/fingerprint.h"
#include "finding/utf8.h"

static finding sample(const char *file, int32_t line, const char *usr) {
    finding f = {.rule_id = "posix-fd-leak", .family_id = "posix-fd", .severity = FINDING_WARNING};
    f.confidence = CONFIDENCE_HIGH;
    f.category = CAT_FD_LEAK;
    f.message = "file descriptor `fd` is never closed";
    f.loc = (finding_loc){file, line, 9, 13};
    f.function_loc = (finding_loc){file, 1, 1, 0};
    f.usr = usr;
    f.role_acquire = "open";
    f.role_exit = "return";
    f.role_place = "fd";
    return f;
}

static int setup(void **state) {
    *state = ll_arena_new("test");
    return 0;
}

static int teardown(void **state) {
    ll_arena_free(*state);
    return 0;
}

static void names_cover_every_value(void **state) {
    (void)state;
    for (int c = 0; c < CAT_COUNT; c++) assert_non_null(finding_category_name((finding_category)c));
    assert_string_equal(finding_category_name(CAT_USE_AFTER_FREE), "use_after_free");
    assert_string_equal(finding_severity_name(FINDING_ERROR), "error");
    assert_string_equal(finding_confidence_name(CONFIDENCE_LOW), "low");
    assert_string_equal(finding_step_name(STEP_LOST), "lost");
}

static void sorting_is_by_place_then_rule(void **state) {
    finding_list l = {0};
    finding b = sample("b.c", 1, "c:@F@f"), a9 = sample("a.c", 9, "c:@F@f"), a2 = sample("a.c", 2, "c:@F@f");
    finding a2heap = a2;
    a2heap.rule_id = "heap-leak";
    LL_PUSH(*state, &l.items, b);
    LL_PUSH(*state, &l.items, a9);
    LL_PUSH(*state, &l.items, a2);
    LL_PUSH(*state, &l.items, a2heap);
    finding_sort(&l);
    assert_string_equal(l.items.v[0].rule_id, "heap-leak");
    assert_int_equal(l.items.v[1].loc.line, 2);
    assert_int_equal(l.items.v[2].loc.line, 9);
    assert_string_equal(l.items.v[3].loc.file, "b.c");
}

static const char *fingerprint_of(ll_arena *a, finding f) {
    finding_list l = {0};
    LL_PUSH(a, &l.items, f);
    finding_fingerprints(a, &l);
    return l.items.v[0].fingerprint;
}

static void fingerprint_ignores_where_and_sees_what(void **state) {
    ll_arena *a = *state;
    finding f = sample("src/conf.c", 10, "c:@F@load");
    const char *base = fingerprint_of(a, f);
    /* the recipe is part of the format of databases and baselines: a change must be meant */
    assert_string_equal(base, "1ab1b55c31a4a8e381302b8f464d9285");

    finding g = f;
    g.loc = (finding_loc){"/home/me/other/dir/conf.c", 99, 1, 0};
    g.function_loc.line = 90;
    g.message = "said differently";
    assert_string_equal(fingerprint_of(a, g), base);

    const char **fields[] = {&g.rule_id, &g.usr, &g.role_acquire, &g.role_exit, &g.role_place};
    for (size_t i = 0; i < 5; i++) {
        g = f;
        *fields[i] = "other";
        assert_string_not_equal(fingerprint_of(a, g), base);
    }
    /* fields are delimited: moving a letter between two of them is a difference */
    g = f;
    g.role_exit = "returnf";
    g.role_place = "d";
    assert_string_not_equal(fingerprint_of(a, g), base);
}

static void main_of_two_programs_differs(void **state) {
    ll_arena *a = *state;
    const char *one = fingerprint_of(a, sample("tools/one.c", 3, "c:@F@main"));
    const char *two = fingerprint_of(a, sample("tools/two.c", 3, "c:@F@main"));
    assert_string_not_equal(one, two);
    assert_string_equal(one, fingerprint_of(a, sample("bin/one.c", 8, "c:@F@main")));
}

static void ordinal_counts_equals_in_source_order_per_file(void **state) {
    ll_arena *a = *state;
    finding_list l = {0};
    LL_PUSH(a, &l.items, sample("a.c", 30, "c:u.c@F@f"));
    LL_PUSH(a, &l.items, sample("a.c", 10, "c:u.c@F@f"));
    LL_PUSH(a, &l.items, sample("b.c", 20, "c:u.c@F@f"));
    finding_fingerprints(a, &l);
    assert_int_equal(l.items.v[0].loc.line, 10);
    assert_int_equal(l.items.v[0].ordinal, 0);
    assert_int_equal(l.items.v[1].ordinal, 1);
    assert_int_equal(l.items.v[2].ordinal, 0);
    assert_string_not_equal(l.items.v[0].fingerprint, l.items.v[1].fingerprint);
    assert_int_equal(strlen(l.items.v[0].fingerprint), FINDING_FINGERPRINT_LEN);
    /* what b.c's finding is called does not depend on a.c having been analysed too */
    assert_string_equal(l.items.v[2].fingerprint, fingerprint_of(a, sample("b.c", 20, "c:u.c@F@f")));
}

static void renaming_maps_only_usrs_with_a_file(void **state) {
    assert_string_equal(finding_fingerprint_rename(*state, "c:new.c@F@f", "old.c"), "c:old.c@F@f");
    assert_string_equal(finding_fingerprint_rename(*state, "c:@F@f", "old.c"), "c:@F@f");
    assert_string_equal(finding_fingerprint_rename(*state, "go:pkg.F", "old.c"), "go:pkg.F");
}

static void dedupe_keeps_the_surest_and_shortest(void **state) {
    ll_arena *a = *state;
    finding_list l = {0};
    finding_step steps[2] = {{.kind = STEP_ACQUIRE}, {.kind = STEP_LOST}};
    finding low = sample("x.h", 5, "c:a.c@F@f"), high = sample("x.h", 5, "c:b.c@F@f"),
            other = sample("x.h", 5, "c:a.c@F@f");
    low.confidence = CONFIDENCE_LOW;
    high.steps = steps;
    high.nsteps = 2;
    finding brief = high;
    brief.nsteps = 1;
    other.role_exit = "overwrite";
    LL_PUSH(a, &l.items, low);
    LL_PUSH(a, &l.items, other);
    LL_PUSH(a, &l.items, high);
    LL_PUSH(a, &l.items, brief);
    assert_int_equal(finding_dedupe(&l), 2);
    assert_int_equal(l.items.n, 2);
    for (uint32_t i = 0; i < 2; i++) {
        if (strcmp(l.items.v[i].role_exit, "overwrite") == 0) continue;
        assert_int_equal(l.items.v[i].confidence, CONFIDENCE_HIGH);
        assert_int_equal(l.items.v[i].nsteps, 1);
    }
}

static void baseline_counts_with_multiplicity(void **state) {
    const baseline_item before[] = {{"aa", "x.c"}, {"aa", "y.c"}, {"bb", "x.c"}, {"cc", "old.c"}};
    const baseline_item now[] = {{"dd", "x.c"}, {"aa", "y.c"}, {"cc", "new.c"}};
    baseline_diff d = baseline_compare(*state, before, 4, now, 3);
    assert_int_equal(d.n_new, 1);
    assert_int_equal(d.n_gone, 2);
    assert_int_equal(d.n_unchanged, 2);
    assert_true(d.is_new[0]);
    assert_false(d.is_new[1]);
    assert_false(d.is_new[2]);
    /* the one in the same file is the partner; the moved file keeps its finding */
    assert_true(d.is_gone[0]);
    assert_false(d.is_gone[1]);
    assert_true(d.is_gone[2]);
    assert_false(d.is_gone[3]);
    d = baseline_compare(*state, NULL, 0, now, 3);
    assert_int_equal(d.n_new, 3);
    d = baseline_compare(*state, before, 4, NULL, 0);
    assert_int_equal(d.n_gone, 4);
}

static void json_round_trip(void **state) {
    ll_arena *a = *state;
    finding f = sample("a.c", 7, "c:@F@f");
    finding_step steps[1] = {{STEP_BRANCH, {"a.c", 8, 3, 0}, "taking the branch", "f", 1}};
    f.steps = steps;
    f.nsteps = 1;
    f.cwe = 775;
    f.security_severity = 5.5;
    f.ordinal = 3;
    f.suppressed = true;
    f.suppress_origin = SUPPRESSED_OUTSIDE;
    f.suppress_reason = "known";
    finding_edit edits[1] = {{"a.c", 8, 3, 9, 1, ""}};
    f.edits = edits;
    f.nedits = 1;
    json_t *j = finding_to_json(&f);
    finding g;
    ll_err err = {0};
    assert_true(finding_from_json(a, j, &g, &err));
    json_t *again = finding_to_json(&g);
    assert_true(json_equal(j, again));
    assert_int_equal(g.category, CAT_FD_LEAK);
    assert_int_equal(g.steps[0].kind, STEP_BRANCH);
    assert_int_equal(g.ordinal, 3);
    assert_int_equal(g.suppress_origin, SUPPRESSED_OUTSIDE);
    assert_int_equal(g.edits[0].end_line, 9);
    json_decref(j);
    json_decref(again);
}

static void json_refuses_what_is_no_finding(void **state) {
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"rule\":\"r\",\"message\":\"m\",\"severity\":\"fatal\",\"confidence\":\"low\",\"category\":\"leak\"}",
        "{\"rule\":\"r\",\"message\":7,\"severity\":\"note\",\"confidence\":\"low\",\"category\":\"leak\"}",
        "{\"rule\":\"r\",\"message\":\"m\",\"severity\":\"note\",\"confidence\":\"low\",\"category\":\"leak\","
        "\"location\":{\"line\":-1}}",
        "{\"rule\":\"r\",\"message\":\"m\",\"severity\":\"note\",\"confidence\":\"low\",\"category\":\"leak\",\"path\":"
        "[7]}",
        "{\"rule\":\"r\",\"message\":\"m\",\"severity\":\"note\",\"confidence\":\"low\",\"category\":\"leak\","
        "\"edits\":"
        "[{\"file\":\"a.c\"}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *j = json_loads(bad[i], 0, NULL);
        finding f;
        ll_err err = {0};
        assert_non_null(j);
        assert_false(finding_from_json(*state, j, &f, &err));
        assert_int_equal(err.code, LL_E_INPUT);
        json_decref(j);
    }
}

static void json_text_survives_bad_bytes(void **state) {
    (void)state;
    json_t *j = finding_json_text("a\xFFz\xC3");
    assert_string_equal(json_string_value(j), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    json_decref(j);
    j = finding_json_text(NULL);
    assert_true(json_is_null(j));
    json_decref(j);
}

static void utf8_refuses_what_is_not_valid(void **state) {
    (void)state;
    static const struct {
        const char *s;
        size_t len;
        uint32_t cp;
    } cases[] = {
        {"A", 1, 'A'},
        {"\xC3\xA9", 2, 0xE9},
        {"\xE2\x82\xAC", 3, 0x20AC},
        {"\xF0\x9F\x98\x80", 4, 0x1F600},
        {"\x80", 1, UTF8_BAD},
        {"\xC0\x80", 1, UTF8_BAD},
        {"\xED\xA0\x80", 1, UTF8_BAD},
        {"\xF4\x90\x80\x80", 1, UTF8_BAD},
        {"\xE2\x82", 1, UTF8_BAD},
        {"\xE0\x80\x80", 1, UTF8_BAD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t cp;
        assert_int_equal(utf8_decode(cases[i].s, strlen(cases[i].s), &cp), cases[i].len);
        assert_int_equal(cp, cases[i].cp);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_cover_every_value),
        cmocka_unit_test_setup_teardown(sorting_is_by_place_then_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(fingerprint_ignores_where_and_sees_what, setup, teardown),
        cmocka_unit_test_setup_teardown(main_of_two_programs_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(ordinal_counts_equals_in_source_order_per_file, setup, teardown),
        cmocka_unit_test_setup_teardown(renaming_maps_only_usrs_with_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(dedupe_keeps_the_surest_and_shortest, setup, teardown),
        cmocka_unit_test_setup_teardown(baseline_counts_with_multiplicity, setup, teardown),
        cmocka_unit_test_setup_teardown(json_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(json_refuses_what_is_no_finding, setup, teardown),
        cmocka_unit_test(json_text_survives_bad_bytes),
        cmocka_unit_test(utf8_refuses_what_is_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
