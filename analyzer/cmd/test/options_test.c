#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/options.h"
#include "cmd/pages.h"

static ll_arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ll_arena_free(arena);
    return 0;
}

#define PARSE(line, err, ...) parse((line), (err), (const char *[]){"lifelint", __VA_ARGS__, NULL})

static bool parse(cmd_line *line, ll_err *err, const char **argv) {
    int argc = 0;
    while (argv[argc]) argc++;
    *err = (ll_err){0};
    return cmd_parse(arena, argc, (char **)argv, line, err);
}

static void assert_refused(ll_err *err, const char *part) {
    assert_int_equal(err->code, LL_E_USAGE);
    assert_null(strchr(err->msg, '\n'));
    if (!strstr(err->msg, part)) fail_msg("'%s' does not say '%s'", err->msg, part);
}

static void reads_options_arguments_and_flags(void **state) {
    (void)state;
    cmd_line line;
    ll_err err;
    assert_true(PARSE(&line, &err, "check", "a.c", "-p", "build", "--exclude", "x/*", "--exclude=y", "-qj4", "b.c",
                      "--", "-std=gnu17", "--", "-q"));
    assert_int_equal(line.verb, VERB_CHECK);
    assert_string_equal(cmd_str(&line, OPT_BUILD_DIR, ""), "build");
    assert_int_equal(line.opts[OPT_EXCLUDE].n, 2);
    assert_string_equal(line.opts[OPT_EXCLUDE].v[0], "x/*");
    assert_string_equal(line.opts[OPT_EXCLUDE].v[1], "y");
    assert_true(cmd_has(&line, OPT_QUIET));
    assert_int_equal(cmd_num(&line, OPT_JOBS, 1), 4);
    assert_int_equal(line.nargs, 2);
    assert_string_equal(line.args[1], "b.c");
    assert_true(line.has_flags);
    assert_int_equal(line.nflags, 3);
    assert_string_equal(line.flags[1], "--");
}

static void absent_options_give_the_fallback(void **state) {
    (void)state;
    cmd_line line;
    ll_err err;
    assert_true(PARSE(&line, &err, "check"));
    assert_false(line.has_flags);
    assert_int_equal(cmd_choice(&line, OPT_FORMAT, 7), 7);
    assert_int_equal(cmd_num(&line, OPT_JOBS, 3), 3);
    assert_true(PARSE(&line, &err, "check", "--format", "sarif"));
    assert_int_equal(cmd_choice(&line, OPT_FORMAT, 7), 2);
}

static void wrong_words_name_the_nearest(void **state) {
    (void)state;
    cmd_line line;
    ll_err err;
    assert_false(PARSE(&line, &err, "chekc"));
    assert_refused(&err, "did you mean 'check'?");
    assert_false(PARSE(&line, &err, "check", "--fromat=json"));
    assert_refused(&err, "unknown option '--fromat'; did you mean '--format'?");
    assert_false(PARSE(&line, &err, "check", "--man"));
    assert_refused(&err, "belongs to 'lifelint help'");
    assert_false(PARSE(&line, &err, "check", "-Z"));
    assert_refused(&err, "unknown option '-Z'");
    assert_false(PARSE(&line, &err, "--quiet", "check"));
    assert_refused(&err, "before the verb");
}

static void wrong_values_are_refused(void **state) {
    (void)state;
    cmd_line line;
    ll_err err;
    assert_false(PARSE(&line, &err, "check", "--format", "xml"));
    assert_refused(&err, "--format cannot be 'xml'; use one of text|json|sarif");
    assert_false(PARSE(&line, &err, "check", "-j", "many"));
    assert_refused(&err, "--jobs needs a number, not 'many'");
    assert_false(PARSE(&line, &err, "check", "-j", "-3"));
    assert_refused(&err, "--jobs needs a number");
    assert_false(PARSE(&line, &err, "check", "--exclude"));
    assert_refused(&err, "--exclude needs a value: GLOB");
    assert_false(PARSE(&line, &err, "check", "-p"));
    assert_refused(&err, "--build-dir needs a value: DIR");
    assert_false(PARSE(&line, &err, "check", "--quiet=yes"));
    assert_refused(&err, "--quiet takes no value");
    assert_false(PARSE(&line, &err, "check", "--output="));
    assert_refused(&err, "--output needs a FILE");
    assert_false(PARSE(&line, &err, "doctor", "--", "-O2"));
    assert_refused(&err, "takes no compiler flags");
}

static void help_is_a_verb_and_an_option(void **state) {
    (void)state;
    cmd_line line;
    ll_err err;
    assert_true(PARSE(&line, &err, "--help"));
    assert_int_equal(line.verb, VERB_HELP);
    assert_true(PARSE(&line, &err, "rules", "-h"));
    assert_int_equal(line.verb, VERB_HELP);
    assert_string_equal(line.args[0], "rules");
    assert_true(PARSE(&line, &err, "--version"));
    assert_int_equal(line.verb, VERB_VERSION);
}

/* Whatever the table holds must show wherever the table is shown. */
static void every_option_is_in_help_man_and_completions(void **state) {
    (void)state;
    ll_strbuf man = {0}, shells[3] = {{0}};
    cmd_man_page(&man);
    cmd_completions(&shells[0], "bash");
    cmd_completions(&shells[1], "zsh");
    cmd_completions(&shells[2], "fish");
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        for (cmd_verb v = 0; v < VERB_COUNT; v++) {
            if (!(cmd_opts[o].verbs >> v & 1)) continue;
            ll_strbuf page = {0};
            cmd_help_verb(&page, v);
            assert_non_null(strstr(ll_sb_str(&page), cmd_opts[o].name));
            ll_sb_free(&page);
        }
        for (int i = 0; i < 3; i++) assert_non_null(strstr(ll_sb_str(&shells[i]), cmd_opts[o].name));
    }
    assert_non_null(strstr(ll_sb_str(&man), "\\-\\-fail\\-on"));
    for (int i = 0; i < 3; i++) ll_sb_free(&shells[i]);
    ll_sb_free(&man);
}

static void help_lines_fit_a_terminal(void **state) {
    (void)state;
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        ll_strbuf page = {0};
        cmd_help_verb(&page, v);
        for (const char *p = ll_sb_str(&page); *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] != 0))
            if (strcspn(p, "\n") > 80) fail_msg("too long: %.*s", (int)strcspn(p, "\n"), p);
        ll_sb_free(&page);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_options_arguments_and_flags),
        cmocka_unit_test(absent_options_give_the_fallback),
        cmocka_unit_test(wrong_words_name_the_nearest),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(help_is_a_verb_and_an_option),
        cmocka_unit_test(every_option_is_in_help_man_and_completions),
        cmocka_unit_test(help_lines_fit_a_terminal),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
