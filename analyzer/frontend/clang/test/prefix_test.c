/* Which leading directives can be part of a shared prefix, and where they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/prefix.h"

static void expect(const char *source, const char *steps, const char *rest) {
    ll_arena *a = ll_arena_new("test");
    ll_strbuf got = {0};
    fe_step *v;
    uint32_t n = fe_prefix_steps(a, source, strlen(source), &v);
    for (uint32_t i = 0; i < n; i++) ll_sb_printf(&got, "%s|", v[i].text);
    assert_string_equal(ll_sb_str(&got), steps);
    assert_string_equal(source + (n ? v[n - 1].end : 0), rest);
    ll_sb_free(&got);
    ll_arena_free(a);
}

static void includes_in_any_spelling(void **state) {
    (void)state;
    expect("/* a */ // b\n#include <a.h>\n  #  include /* c */ \"b.h\" // d\nint x;\n",
           "#include <a.h>\n|#include \"b.h\"\n|", "\nint x;\n");
    expect("#include \"a//b.h\"\n#include <c/*d.h>\nint x;", "#include \"a//b.h\"\n|#include <c/*d.h>\n|", "\nint x;");
    expect("#inc\\\nlude <a.h>\\\n\nint x;", "#include <a.h>\n|", "\nint x;");
    expect("#include <a.h> /* b\n c */\n;", "#include <a.h>\n|", "\n;");
    expect("", "", "");
    expect("#include <a.h>", "#include <a.h>\n|", "");
}

static void conditions_are_one_step(void **state) {
    (void)state;
    expect("#ifdef A\n#  include <a.h>\n#elif B > 1\n#else\n#endif\n#if C\nint x;\n#endif\n",
           "#ifdef A\n#include <a.h>\n#elif B > 1\n#else\n#endif\n|", "\n#if C\nint x;\n#endif\n");
    expect("#else\n#include <a.h>\n", "", "#else\n#include <a.h>\n");
    expect("#endif\n", "", "#endif\n");
    expect("#if A\n#include <a.h>\n", "", "#if A\n#include <a.h>\n");
}

static void definitions_of_flags_only(void **state) {
    (void)state;
    expect("#define _GNU_SOURCE\n#define BITS 0x40UL\n#define f(x) g(x)\n",
           "#define _GNU_SOURCE\n|#define BITS 0x40UL\n|", "\n#define f(x) g(x)\n");
    expect("#define free my_free\n", "", "#define free my_free\n");
    expect("#define A 1 + 2\n", "", "#define A 1 + 2\n");
    expect("#define A 'x'\n", "", "#define A 'x'\n");
}

static void what_is_not_surely_harmless_ends_it(void **state) {
    (void)state;
    expect("#pragma once\n", "", "#pragma once\n");
    expect("#undef A\n", "", "#undef A\n");
    expect("#include_next <a.h>\n", "", "#include_next <a.h>\n");
    expect("#error no\n", "", "#error no\n");
    expect("#line 3\n", "", "#line 3\n");
    expect("#\n", "", "#\n");
    expect("#if __LINE__ > 3\n#endif\n", "", "#if __LINE__ > 3\n#endif\n");
    expect("#if A\n#pragma once\n#endif\n", "", "#if A\n#pragma once\n#endif\n");
    expect("\xEF\xBB\xBF#include <a.h>\n", "", "\xEF\xBB\xBF#include <a.h>\n");
    expect("/* no end\n#include <a.h>\n", "", "/* no end\n#include <a.h>\n");
    expect("#include <a.h> /* no end\n", "", "#include <a.h> /* no end\n");
    expect("#include \"no end\nint x;", "", "#include \"no end\nint x;");
}

static void own_headers_weigh_more(void **state) {
    (void)state;
    static const char source[] =
        "#include <a.h>\n#include \"b.h\"\n#define C\n#if C\n#include <d.h>\n#include \"e.h\"\n#endif\n";
    ll_arena *a = ll_arena_new("test");
    fe_step *v;
    assert_int_equal(fe_prefix_steps(a, source, sizeof source - 1, &v), 4);
    assert_true(v[0].weight > 0 && v[1].weight > v[0].weight && v[2].weight == 0);
    assert_int_equal(v[3].weight, v[0].weight + v[1].weight);
    ll_arena_free(a);
}

static void expect_longest(const char *source, const char *text, const char *blanked) {
    ll_arena *a = ll_arena_new("test");
    char *rest;
    assert_string_equal(fe_prefix_longest(a, source, strlen(source), &rest), text);
    assert_string_equal(rest, blanked);
    assert_int_equal(strlen(rest), strlen(source));
    ll_arena_free(a);
}

static void an_open_condition_leaves_its_answer(void **state) {
    (void)state;
    expect_longest("#include <a.h>\n#ifndef NO_FEATURE\n#include <b.h>\nint x;\n#else\n#endif\n",
                   "#include <a.h>\n#ifndef NO_FEATURE\n#define __LIFELINT0\n#include <b.h>\n#endif\n",
                   "              \n#ifdef __LIFELINT0\n              \nint x;\n#else\n#endif\n");
    expect_longest("#if defined(A) && !B\n#if defined(LONG_NAME)\n#include <b.h>\n;",
                   "#if defined(A) && !B\n#define __LIFELINT0\n#if defined(LONG_NAME)\n#define __LIFELINT1\n"
                   "#include <b.h>\n#endif\n#endif\n",
                   "#ifdef __LIFELINT0  \n#ifdef __LIFELINT1    \n              \n;");
    /* no room for the question; on a later branch; nothing gained */
    expect_longest("#include <a.h>\n#if A\n#include <b.h>\n;", "#include <a.h>\n",
                   "              \n#if A\n#include <b.h>\n;");
    expect_longest("#ifdef A_LONG_NAME_OF_ONE\n#else\n#include <b.h>\n;", "",
                   "#ifdef A_LONG_NAME_OF_ONE\n#else\n#include <b.h>\n;");
    expect_longest("#ifndef A_LONG_NAME_OF_ONE\nint x;\n#endif\n", "", "#ifndef A_LONG_NAME_OF_ONE\nint x;\n#endif\n");
    expect_longest("int x;\n", "", "int x;\n");
}

/* What is left of a source on a prefix; "-": it cannot be read on it. */
static void expect_left(const char *source, const char *early, const char *prefix, const char *left) {
    ll_arena *a = ll_arena_new("test");
    fe_step *v;
    char *text = ll_strdup(a, source), *out = ll_strdup(a, "-");
    uint32_t n = fe_prefix_steps(a, source, strlen(source), &v);
    if (fe_prefix_matches(a, v, n, &early, early != NULL, prefix)) {
        out = text;
        for (uint32_t i = 0; i < n; i++)
            if (v[i].taken) fe_prefix_blank(text + v[i].from, v[i].end - v[i].from);
    }
    assert_string_equal(out, left);
    ll_arena_free(a);
}

#define ERRNO "#include <errno.h>\n"
#define STDIO "#include <stdio.h>\n"
#define BLANK "                  "
#define OWN "#include \"a.h\"\n"

static void part_of_a_run_in_any_order(void **state) {
    (void)state;
    expect_left(STDIO ERRNO "int x;", NULL, ERRNO, STDIO BLANK "\nint x;");
    expect_left(STDIO ERRNO STDIO ";", NULL, ERRNO STDIO, BLANK "\n" BLANK "\n" BLANK "\n;");
    expect_left(STDIO ERRNO ";", NULL, "#include <time.h>\n", "-");
    expect_left(STDIO OWN ERRNO ";", NULL, ERRNO, "-");
    expect_left(STDIO ERRNO OWN ";", NULL, ERRNO STDIO OWN, BLANK "\n" BLANK "\n              \n;");
    expect_left(STDIO ERRNO OWN ";", NULL, STDIO OWN, "-");
    expect_left(STDIO "#define A\n" ERRNO ";", NULL, STDIO "#define A\n", BLANK "\n         \n" ERRNO ";");
    expect_left("#include <linux/fs.h>\n" STDIO, NULL, STDIO, "-");
    expect_left("#define A\n" STDIO, NULL, STDIO, "-");
    expect_left(STDIO, NULL, "", "-");
}

static void what_the_next_header_begins_with(void **state) {
    (void)state;
    expect_left(STDIO OWN ";", ERRNO, ERRNO, STDIO OWN ";");
    expect_left(OWN ";", ERRNO, ERRNO OWN, "              \n;");
    expect_left(STDIO "#define A\n" OWN ";", ERRNO, ERRNO STDIO, "-");
    expect_left("#include \"b.h\"\n" STDIO OWN ";", ERRNO, "#include \"b.h\"\n" ERRNO, "-");
}

static void conditions_on_the_configuration(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    static const struct {
        const char *text;
        bool commutes;
    } cases[] = {
        {"#ifdef HAVE_ERR_H\n#include <err.h>\n#endif\n", true},
        {"#if defined(HAVE_A) && !HAVE_B\n#include <err.h>\n#else\n#include <stdio.h>\n#endif\n", true},
        {"#ifdef O_CLOEXEC\n#include <err.h>\n#endif\n", false},
        {"#if HAVE_A > 1\n#include <err.h>\n#endif\n", false},
        {"#ifdef HAVE_A\n#define B\n#endif\n", false},
        {"#ifdef HAVE_A\n#include \"err.h\"\n#endif\n", false},
        {"#include <err.h>\n", true},
        {"#include <linux/fs.h>\n", false},
        {"#include \"err.h\"\n", false},
        {"#include <err.h>x\n", false},
        {"#define HAVE_A\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fe_step *v;
        uint32_t n = fe_prefix_steps(a, cases[i].text, strlen(cases[i].text), &v);
        assert_int_equal(n && v[0].commutes, cases[i].commutes);
    }
    ll_arena_free(a);
}

static void descriptions_are_not_believed(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    fe_prefix p;
    assert_true(fe_prefix_describe(a, "\0\0", 2, &p));
    assert_false(p.any_search);
    assert_false(fe_prefix_describe(a, "\0\0x", 3, &p));
    assert_false(fe_prefix_describe(a, "\0\7", 2, &p));
    assert_false(fe_prefix_describe(a, "", 0, &p));
    fe_probed probed;
    assert_true(fe_prefix_probed(a, "\0\0\0", 3, &probed));
    assert_int_equal(probed.ngiven + probed.nfiles + probed.nheaders, 0);
    assert_false(fe_prefix_probed(a, "", 0, &probed));
    assert_false(fe_prefix_probed(a, "\0\0\0x", 4, &probed));
    assert_false(fe_prefix_probed(a, "\0\7\0", 3, &probed));
    assert_false(fe_prefix_probed(a, "\0\0\1\0\1\0", 6, &probed)); /* of a file that is not there */
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(includes_in_any_spelling),         cmocka_unit_test(conditions_are_one_step),
        cmocka_unit_test(definitions_of_flags_only),        cmocka_unit_test(what_is_not_surely_harmless_ends_it),
        cmocka_unit_test(own_headers_weigh_more),           cmocka_unit_test(an_open_condition_leaves_its_answer),
        cmocka_unit_test(descriptions_are_not_believed),    cmocka_unit_test(part_of_a_run_in_any_order),
        cmocka_unit_test(what_the_next_header_begins_with), cmocka_unit_test(conditions_on_the_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
