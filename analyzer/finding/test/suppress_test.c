#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "finding/suppress.h"

static int setup(void **state) {
    *state = ll_arena_new("test");
    return 0;
}

static int teardown(void **state) {
    ll_arena_free(*state);
    return 0;
}

static suppress_set scan(ll_arena *a, const char *text) {
    suppress_set s = {0};
    suppress_scan(a, "a.c", text, strlen(text), &s);
    return s;
}

/* The only suppression of a text. */
static suppression one(ll_arena *a, const char *text) {
    suppress_set s = scan(a, text);
    assert_int_equal(s.items.n, 1);
    return s.items.v[0];
}

static void reads_rules_date_and_reason(void **state) {
    suppression s =
        one(*state, "x = 1; // lifelint:ignore posix-fd, heap-leak until 2030-02-03: kept: see init\nnext();\n");
    assert_int_equal(s.state, SUPPRESSION_OK);
    assert_int_equal(s.nrules, 2);
    assert_string_equal(s.rules[0], "posix-fd");
    assert_string_equal(s.rules[1], "heap-leak");
    assert_string_equal(s.rule_text, "posix-fd, heap-leak");
    assert_string_equal(s.until, "2030-02-03");
    assert_string_equal(s.reason, "kept: see init");
    assert_int_equal(s.line, 1);
    assert_int_equal(s.col, 8);
    assert_int_equal(s.target, 1);
}

static void comment_alone_speaks_for_the_next_code(void **state) {
    assert_int_equal(one(*state, "// lifelint:ignore all: r\nx();\n").target, 2);
    assert_int_equal(one(*state, "   /* lifelint:ignore all: r */\n\tx();\n").target, 2);
    assert_int_equal(one(*state, "// lifelint:ignore all: r\n// more\nx();\n").target, 3);
    assert_int_equal(one(*state, "/* lifelint:ignore all: a\n * b */\nx();\n").target, 3);
    assert_int_equal(one(*state, "// lifelint:ignore all: r\n\nx();\n").target, 0);
    assert_int_equal(one(*state, "// lifelint:ignore all: r").target, 0);
    assert_int_equal(one(*state, "/* lifelint:ignore all: r */ x();\n").target, 1);
    assert_int_equal(one(*state, "/* lifelint:ignore all:\n r */ x();\n").target, 2);
    assert_int_equal(one(*state, "x(); /* lifelint:ignore all:\n r */\ny();\n").target, 1);
}

static void removal_is(ll_arena *a, const char *text, int32_t line, int32_t col, int32_t end_line, int32_t end_col) {
    finding_edit e = one(a, text).removal;
    assert_string_equal(e.file, "a.c");
    assert_string_equal(e.text, "");
    assert_int_equal(e.line, line);
    assert_int_equal(e.col, col);
    assert_int_equal(e.end_line, end_line);
    assert_int_equal(e.end_col, end_col);
}

static void removal_leaves_no_trace(void **state) {
    removal_is(*state, "a;\n  // lifelint:ignore all: r\nb;\n", 2, 1, 3, 1);
    removal_is(*state, "  /* lifelint:ignore all:\n r */  \nb;\n", 1, 1, 3, 1);
    removal_is(*state, "a;  // lifelint:ignore all: r\nb;\n", 1, 3, 1, 30);
    removal_is(*state, "a; /* lifelint:ignore all: r */ b;\n", 1, 3, 1, 32);
    removal_is(*state, "/* lifelint:ignore all: r */ b;\n", 1, 1, 1, 29);
    removal_is(*state, "// lifelint:ignore all: r", 1, 1, 1, 26);
    removal_is(*state, "a; /* lifelint:ignore all: r", 1, 3, 1, 29);
}

static void block_comment_reason_is_one_line(void **state) {
    suppression s = one(*state, "/* lifelint:ignore all: first\r\n   * second  part\n   */\nx();\n");
    assert_string_equal(s.reason, "first second part");
}

static void literals_and_prose_are_no_suppressions(void **state) {
    static const char *const texts[] = {
        "char *s = \"// lifelint:ignore all: no\";\n",
        "char *s = \"\\\" // lifelint:ignore all: no\";\n",
        "auto s = R\"x(\n// lifelint:ignore all: no\n)\" )x\";\n",
        "int c = '\"'; char *s = \" // lifelint:ignore all: no\";\n",
        "// write lifelint:ignore RULE: reason to hide it\n",
        "// lifelint:ignored all: other word\n",
        "lifelint:ignore all: not in a comment\n",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_int_equal(scan(*state, texts[i]).items.n, 0);
}

static void scanning_goes_on_after_odd_tokens(void **state) {
    static const char *const texts[] = {
        "int n = 1'000'000; // lifelint:ignore all: r\n",
        "// don't\nx(); // lifelint:ignore all: r\n",
        "#error isn't fine\nx(); // lifelint:ignore all: r\n",
        "auto s = u8R\"(a\"b)\"; // lifelint:ignore all: r\n",
        "auto s = R\"toolongadelimiterforthis(\"; // lifelint:ignore all: r\n",
        "x = a / b; y = '\\''; // lifelint:ignore all: r\n",
        "char *s = \"unfinished\n// lifelint:ignore all: r\n",
        "// one \\\n still a comment\n// lifelint:ignore all: r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_string_equal(one(*state, texts[i]).reason, "r");
}

static void states_of_bad_ones(void **state) {
    assert_int_equal(one(*state, "// lifelint:ignore posix-fd\n").state, SUPPRESSION_NO_REASON);
    assert_int_equal(one(*state, "// lifelint:ignore posix-fd:   \n").state, SUPPRESSION_NO_REASON);
    assert_int_equal(one(*state, "// lifelint:ignore\n").state, SUPPRESSION_MALFORMED);
    assert_int_equal(one(*state, "// lifelint:ignore : why\n").state, SUPPRESSION_MALFORMED);
    assert_int_equal(one(*state, "// lifelint:ignore all until tomorrow: why\n").state, SUPPRESSION_MALFORMED);
    assert_int_equal(one(*state, "// lifelint:ignore all until 2030-13-01: why\n").state, SUPPRESSION_MALFORMED);
    assert_int_equal(one(*state, "// lifelint:ignore all because I say so\n").state, SUPPRESSION_MALFORMED);
    assert_int_equal(one(*state, "/* lifelint:ignore all: unfinished").state, SUPPRESSION_OK);
}

static finding leak(int32_t line) {
    return (finding){.rule_id = "posix-fd-leak", .family_id = "posix-fd", .message = "m", .loc = {"a.c", line, 5, 0}};
}

/* Applies the text's suppressions to one leak at line 1; returns the list. */
static finding_list apply(ll_arena *a, const char *text, const char *today, bool unused) {
    suppress_set s = scan(a, text);
    finding_list l = {0};
    LL_PUSH(a, &l.items, leak(1));
    suppress_apply(a, &s, &(suppress_options){today, unused}, &l);
    return l;
}

static void applies_by_family_id_reported_id_and_all(void **state) {
    static const char *const texts[] = {
        "x(); // lifelint:ignore posix-fd: r\n",
        "x(); // lifelint:ignore posix-fd-leak: r\n",
        "x(); // lifelint:ignore heap,all: r\n",
        "x(); // lifelint:ignore posix-fd until 2026-05-01: r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        finding_list l = apply(*state, texts[i], "2026-05-01", true);
        assert_int_equal(l.items.n, 1);
        assert_true(l.items.v[0].suppressed);
        assert_string_equal(l.items.v[0].suppress_reason, "r");
    }
}

static void bad_ones_suppress_nothing_and_are_reported(void **state) {
    static const struct {
        const char *text, *rule;
        finding_severity severity;
    } cases[] = {
        {"x(); // lifelint:ignore posix-fd\n", "lifelint-suppression-without-reason", FINDING_WARNING},
        {"x(); // lifelint:ignore posix-fd until 2026-04-30: r\n", "lifelint-suppression-expired", FINDING_WARNING},
        {"x(); // lifelint:ignore heap: r\n", "lifelint-suppression-unused", FINDING_NOTE},
        {"x(); // lifelint:ignore posix: r\n", "lifelint-suppression-unused", FINDING_NOTE},
        {"x(); // lifelint:ignore: r\n", "lifelint-suppression-malformed", FINDING_WARNING},
        {"x();\n\n// lifelint:ignore all: other line\ny();\n", "lifelint-suppression-unused", FINDING_NOTE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        finding_list l = apply(*state, cases[i].text, "2026-05-01", true);
        assert_int_equal(l.items.n, 2);
        assert_false(l.items.v[0].suppressed);
        assert_string_equal(l.items.v[1].rule_id, cases[i].rule);
        assert_int_equal(l.items.v[1].severity, cases[i].severity);
        assert_string_equal(l.items.v[1].loc.file, "a.c");
        assert_non_null(l.items.v[1].fix);
    }
}

static void unused_is_silent_when_not_asked(void **state) {
    assert_int_equal(apply(*state, "x(); // lifelint:ignore heap: r\n", "2026-05-01", false).items.n, 1);
}

static void other_file_is_not_touched(void **state) {
    ll_arena *a = *state;
    suppress_set s = scan(a, "x(); // lifelint:ignore all: r\n");
    finding_list l = {0};
    finding f = leak(1);
    f.loc.file = "b.c";
    LL_PUSH(a, &l.items, f);
    suppress_apply(a, &s, &(suppress_options){"2026-05-01", false}, &l);
    assert_false(l.items.v[0].suppressed);
}

static void nul_bytes_do_not_end_the_scan(void **state) {
    static const char text[] = "x(); \0 // lifelint:ignore all: r\0s\n";
    suppress_set s = {0};
    suppress_scan(*state, "a.c", text, sizeof text - 1, &s);
    assert_int_equal(s.items.n, 1);
    assert_int_equal(s.items.v[0].target, 1);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(reads_rules_date_and_reason),
        T(comment_alone_speaks_for_the_next_code),
        T(removal_leaves_no_trace),
        T(removal_leaves_no_trace),
        T(block_comment_reason_is_one_line),
        T(literals_and_prose_are_no_suppressions),
        T(scanning_goes_on_after_odd_tokens),
        T(states_of_bad_ones),
        T(applies_by_family_id_reported_id_and_all),
        T(bad_ones_suppress_nothing_and_are_reported),
        T(unused_is_silent_when_not_asked),
        T(other_file_is_not_touched),
        T(nul_bytes_do_not_end_the_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
