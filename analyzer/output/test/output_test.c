#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "finding/fingerprint.h"
#include "output/linehash.h"
#include "output/output.h"
#include "output/snippet.h"

/* ---- a list of findings made by hand, over fixtures/output/src */

static bool fixture_text(void *ctx, const char *file, const char **text, size_t *n) {
    char *s;
    if (!ll_read_file(ctx, ll_path_join(ctx, FIXTURES_DIR "/output", file), 0, &s, n, NULL)) return false;
    *text = s;
    return true;
}

static finding_step *steps_of(ll_arena *a, const finding_step *v, size_t n) {
    return ll_memdup(a, v, n * sizeof *v);
}

static finding fd_leak(ll_arena *a) {
    const finding_step steps[] = {
        {STEP_ACQUIRE, {"src/lines.c", 5, 11, 31}, "opened here", "count_lines", 0},
        {STEP_BRANCH, {"src/lines.c", 6, 2, 0}, "taking the branch where `fd < 0` is false", "count_lines", 0},
        {STEP_BRANCH, {"src/lines.c", 7, 6, 15}, "taking the branch where `limit < 0` is true", "count_lines", 0},
        {STEP_LOST, {"src/lines.c", 7, 17, 26}, "lost here", "count_lines", 0},
    };
    return (finding){
        .rule_id = "posix-fd-leak",
        .family_id = "posix-fd",
        .severity = FINDING_WARNING,
        .confidence = CONFIDENCE_HIGH,
        .category = CAT_FD_LEAK,
        .resource = "file descriptor `fd` from open()",
        .message = "file descriptor `fd` from open() is not closed on every path",
        .why = "A process has few descriptors. Once they are used up, every open and accept fails.",
        .fix = "call close(fd) before returning",
        .link = "https://man7.org/linux/man-pages/man2/close.2.html",
        .cwe = 775,
        .security_severity = 5.3,
        .function = "count_lines",
        .usr = "c:@F@count_lines",
        .loc = {"src/lines.c", 5, 11, 31},
        .function_loc = {"src/lines.c", 4, 1, 0},
        .steps = steps_of(a, steps, 4),
        .nsteps = 4,
        .role_acquire = "open",
        .role_exit = "return",
        .role_place = "fd",
    };
}

static finding use_after_free(ll_arena *a) {
    const finding_step steps[] = {
        {STEP_CALL, {"src/lines.c", 8, 10, 29}, "calling read_all", "count_lines", 0},
        {STEP_ACQUIRE, {"src/lines.c", 14, 14, 35}, "allocated here", "read_all", 1},
        {STEP_RELEASE, {"src/lines.c", 14, 94, 103}, "freed here", "read_all", 1},
        {STEP_USE, {"src/lines.c", 14, 112, 126}, "used here", "read_all", 1},
    };
    return (finding){
        .rule_id = "libc-heap-use-after-release",
        .family_id = "libc-heap",
        .severity = FINDING_ERROR,
        .confidence = CONFIDENCE_MEDIUM,
        .category = CAT_USE_AFTER_FREE,
        .resource = "heap block `buf`",
        .message = "heap block `buf` is used after it was freed",
        .why = "The memory may hold something else by then.",
        .cwe = 416,
        .security_severity = 9.1,
        .function = "read_all",
        .usr = "c:@F@read_all",
        .loc = {"src/lines.c", 14, 112, 126},
        .function_loc = {"src/lines.c", 13, 1, 0},
        .steps = steps_of(a, steps, 4),
        .nsteps = 4,
        .role_acquire = "malloc",
        .role_exit = "use",
        .role_place = "buf",
    };
}

/* Text from a hostile source: escapes, direction overrides, bytes that are no UTF-8. */
static finding hostile(ll_arena *a) {
    const finding_step steps[] = {{STEP_LOST, {"src/gone.c", 3, 1, 0}, "in a file that cannot be read", "evil", 0}};
    return (finding){
        .rule_id = "libc-heap-double-release",
        .family_id = "libc-heap",
        .severity = FINDING_ERROR,
        .confidence = CONFIDENCE_LOW,
        .category = CAT_DOUBLE_FREE,
        .message = "heap block `p\033[31m\xFE` is freed twice",
        .function = "evil",
        .usr = "c:evil.c@F@evil",
        .loc = {"src/evil.c", 2, 47, 0},
        .steps = steps_of(a, steps, 1),
        .nsteps = 1,
        .role_place = "p",
    };
}

static finding suppressed(void) {
    return (finding){
        .rule_id = "thread-leak",
        .family_id = "thread",
        .severity = FINDING_NOTE,
        .confidence = CONFIDENCE_HIGH,
        .category = CAT_THREAD_LEAK,
        .message = "thread is never joined",
        .fix = "call pthread_join",
        .loc = {"src/evil.c", 3, 0, 0},
        .suppressed = true,
        .suppress_reason = "demo",
    };
}

/* Mended by an edit; the place after `limit` counts more columns in bytes than in UTF-16, and those more than signs. */
static finding with_edit(ll_arena *a) {
    static const finding_edit edit = {"src/lines.c", 14, 66, 14, 69, "buf"};
    return (finding){
        .rule_id = "lifelint-suppression-unused",
        .family_id = "lifelint-suppression",
        .severity = FINDING_NOTE,
        .confidence = CONFIDENCE_HIGH,
        .category = CAT_LIFECYCLE,
        .message = "written `@team` of #12 | <img src=x> by [x](y), 100%: end",
        .fix = "write `buf`",
        .loc = {"src/lines.c", 14, 66, 69},
        .edits = ll_memdup(a, &edit, sizeof edit),
        .nedits = 1,
    };
}

static finding suppressed_outside(void) {
    finding f = suppressed();
    f.loc.line = 1;
    f.suppress_origin = SUPPRESSED_OUTSIDE;
    f.suppress_reason = "vendored";
    return f;
}

static finding_list sample(ll_arena *a) {
    finding_list l = {0};
    LL_PUSH(a, &l.items, with_edit(a));
    LL_PUSH(a, &l.items, suppressed_outside());
    LL_PUSH(a, &l.items, fd_leak(a));
    LL_PUSH(a, &l.items, use_after_free(a));
    LL_PUSH(a, &l.items, hostile(a));
    LL_PUSH(a, &l.items, suppressed());
    finding_fingerprints(a, &l);
    return l;
}

/* ---- running the writers */

static const output_failure failures[] = {
    {"src/a b%.c", "cannot open: No such file or directory", false},
    {"src/odd.c", "3 errors; analysed as far as possible", true},
};
static const bool is_new[] = {false, true, false, false, true, false}; /* as sorted */

static output_run sample_run(void) {
    return (output_run){
        .tool_version = "0.1.0",
        .commit = "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        .units = 3,
        .failures = failures,
        .nfailures = 2,
        .exit_code = 1,
        .is_new = is_new,
        .n_gone = 1,
    };
}

/* The report as text; free() it. */
static char *write_report(ll_arena *a, output_format format, const output_options *opt) {
    char *s = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&s, &n);
    finding_list l = sample(a), gone = {0};
    finding old = fd_leak(a);
    old.fingerprint = "0123456789abcdef0123456789abcdef";
    LL_PUSH(a, &gone.items, old);
    output_run run = sample_run();
    run.gone = &gone;
    output_source source = {fixture_text, a};
    ll_err err = {0};
    assert_true(output_write(f, format, &l, &run, &source, opt, &err));
    fclose(f);
    return s;
}

/* Compares with fixtures/output/<name>; UPDATE_GOLDENS=1 writes it instead. */
static void check_golden(ll_arena *a, const char *name, const char *got) {
    const char *path = ll_path_join(a, FIXTURES_DIR "/output", name);
    ll_err err = {0};
    char *want = "";
    size_t n;
    if (getenv("UPDATE_GOLDENS")) assert_true(ll_write_file(path, got, strlen(got), &err));
    assert_true(ll_read_file(a, path, 0, &want, &n, &err));
    if (strcmp(got, want) != 0) {
        ll_write_file("golden.actual", got, strlen(got), NULL);
        fail_msg("%s differs; see golden.actual in the build directory (UPDATE_GOLDENS=1 accepts it)", name);
    }
}

static int setup(void **state) {
    *state = ll_arena_new("test");
    return 0;
}

static int teardown(void **state) {
    ll_arena_free(*state);
    return 0;
}

static void golden(ll_arena *a, const char *name, output_format format, output_options opt) {
    char *s = write_report(a, format, &opt);
    check_golden(a, name, s);
    free(s);
}

static void text_golden(void **state) {
    golden(*state, "report.txt", OUTPUT_TEXT, (output_options){0});
}
static void color_golden(void **state) {
    golden(*state, "report-color.txt", OUTPUT_TEXT,
           (output_options){.color = true, .show_suppressed = true, .width = 60});
}
static void brief_golden(void **state) {
    golden(*state, "report-brief.txt", OUTPUT_TEXT, (output_options){.brief = true});
}
static void json_golden(void **state) {
    golden(*state, "report.json", OUTPUT_JSON, (output_options){0});
}
static void sarif_golden(void **state) {
    golden(*state, "report.sarif", OUTPUT_SARIF, (output_options){.absent = true});
}
static void plist_golden(void **state) {
    golden(*state, "report.plist", OUTPUT_PLIST, (output_options){0});
}
static void rdjsonl_golden(void **state) {
    golden(*state, "report.rdjsonl", OUTPUT_RDJSONL, (output_options){0});
}
static void github_golden(void **state) {
    golden(*state, "report.github", OUTPUT_GITHUB, (output_options){0});
}
static void gitlab_golden(void **state) {
    golden(*state, "report.gitlab.json", OUTPUT_GITLAB, (output_options){0});
}
static void markdown_golden(void **state) {
    golden(*state, "report.md", OUTPUT_MARKDOWN, (output_options){0});
}

/* ---- what the single formats promise */

static uint32_t occurrences(const char *s, const char *word) {
    uint32_t n = 0;
    for (; (s = strstr(s, word)); s++) n++;
    return n;
}

/* `n` copies of one finding, the last `fresh` of them new. */
static char *write_many(ll_arena *a, output_format format, uint32_t n, uint32_t fresh) {
    char *s = NULL;
    size_t size = 0;
    finding_list l = {0};
    bool *new_ones = LL_NEWN(a, bool, n);
    for (uint32_t i = 0; i < n; i++) {
        finding f = fd_leak(a);
        f.fingerprint = "0123456789abcdef0123456789abcdef";
        f.message = ll_printf(a, "number %u", i);
        new_ones[i] = i >= n - fresh;
        LL_PUSH(a, &l.items, f);
    }
    output_run run = {.is_new = new_ones};
    FILE *f = open_memstream(&s, &size);
    assert_true(output_write(f, format, &l, &run, NULL, NULL, NULL));
    fclose(f);
    return s;
}

static void github_shows_ten_of_a_level_new_ones_first(void **state) {
    char *s = write_many(*state, OUTPUT_GITHUB, 40, 2);
    assert_int_equal(occurrences(s, "::warning "), 10);
    assert_non_null(strstr(s, "::number 38"));
    assert_non_null(strstr(s, "::number 39"));
    assert_non_null(strstr(s, "::number 7."));
    assert_null(strstr(s, "::number 8."));
    assert_true(strstr(s, "::number 38") < strstr(s, "::number 0."));
    assert_non_null(strstr(s, "::notice title=lifelint::30 more findings are not annotated here"));
    free(s);
}

static void a_review_shows_what_is_new(void **state) {
    static const output_format forms[] = {OUTPUT_TEXT, OUTPUT_GITHUB, OUTPUT_RDJSONL};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char *s = write_report(*state, forms[i], &(output_options){.only_new = true});
        assert_non_null(strstr(s, "src/evil.c"));
        assert_null(strstr(s, "count_lines"));
        assert_null(strstr(s, "posix-fd-leak"));
        free(s);
    }
    char *s = write_report(*state, OUTPUT_GITLAB, &(output_options){.only_new = true});
    assert_non_null(strstr(s, "posix-fd-leak"));
    free(s);
}

static void equal_fingerprints_stay_apart(void **state) {
    char *s = write_many(*state, OUTPUT_GITLAB, 3, 3);
    assert_int_equal(occurrences(s, "\"fingerprint\":\"0123456789abcdef0123456789abcdef\""), 1);
    assert_int_equal(occurrences(s, "\"fingerprint\":\"0123456789abcdef0123456789abcdef-3\""), 1);
    free(s);
}

static void markdown_keeps_within_a_comment(void **state) {
    char *s = write_many(*state, OUTPUT_MARKDOWN, 5000, 3000);
    assert_true(strlen(s) < 60000);
    assert_non_null(strstr(s, "### lifelint: 3000 new findings, 0 gone, 2000 unchanged\n"));
    assert_non_null(strstr(s, "2950 more in the full report."));
    assert_int_equal(occurrences(s, "<details>"), occurrences(s, "</details>"));
    assert_int_equal(occurrences(s, "\n- "), 200);
    assert_non_null(strstr(s, "1800 more in the full report."));
    free(s);
}

static void markdown_cannot_be_broken_out_of(void **state) {
    char *s = write_report(*state, OUTPUT_MARKDOWN, NULL);
    assert_null(strstr(s, "<img"));
    assert_null(strstr(s, "@team"));
    assert_null(strstr(s, "[x](y)"));
    assert_non_null(strstr(s, "&#60;img src=x&#62;"));
    free(s);
}

static void uploads_carry_nothing_absent(void **state) {
    char *s = write_report(*state, OUTPUT_SARIF, NULL);
    assert_null(strstr(s, "\"absent\""));
    assert_int_equal(occurrences(s, "\"baselineState\":\"new\""), 2);
    assert_int_equal(occurrences(s, "\"baselineState\":\"unchanged\""), 4);
    free(s);
}

static void plain_text_holds_no_escapes(void **state) {
    char *s = write_report(*state, OUTPUT_TEXT, &(output_options){.show_suppressed = true});
    for (const char *p = s; *p; p++) assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    assert_null(strstr(s, "\xE2\x80\xAE"));
    assert_non_null(strstr(s, "<U+001B>"));
    free(s);
}

static void locale_changes_nothing(void **state) {
    char *one = write_report(*state, OUTPUT_SARIF, NULL);
    setlocale(LC_ALL, "de_DE.UTF-8");
    char *two = write_report(*state, OUTPUT_SARIF, NULL);
    setlocale(LC_ALL, "C");
    assert_string_equal(one, two);
    free(one);
    free(two);
}

static void json_forms_parse(void **state) {
    static const output_format forms[] = {OUTPUT_JSON, OUTPUT_SARIF, OUTPUT_GITLAB};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char *s = write_report(*state, forms[i], NULL);
        json_t *j = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(j);
        json_decref(j);
        free(s);
    }
}

static void empty_lists_are_valid(void **state) {
    (void)state;
    for (output_format format = OUTPUT_TEXT; format < OUTPUT_FORMAT_COUNT; format++) {
        char *s = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&s, &n);
        finding_list l = {0};
        assert_true(output_write(f, format, &l, NULL, NULL, NULL, NULL));
        fclose(f);
        json_t *j = json_loads(s, 0, NULL);
        assert_int_equal(j != NULL, format == OUTPUT_JSON || format == OUTPUT_SARIF || format == OUTPUT_GITLAB);
        json_decref(j);
        free(s);
    }
}

static void root_is_written_only_when_given(void **state) {
    (void)state;
    for (int given = 0; given < 2; given++) {
        char *s = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&s, &n);
        finding_list l = {0};
        output_run run = {.root = given ? "/home/a b/src" : NULL};
        assert_true(output_write(f, OUTPUT_SARIF, &l, &run, NULL, NULL, NULL));
        fclose(f);
        assert_int_equal(strstr(s, "\"uri\":\"file:///home/a%20b/src/\"") != NULL, given);
        free(s);
    }
}

static void full_disk_is_an_error(void **state) {
    FILE *f = fopen("/dev/full", "w");
    if (!f) skip();
    finding_list l = sample(*state);
    ll_err err = {0};
    assert_false(output_write(f, OUTPUT_JSON, &l, NULL, NULL, NULL, &err));
    assert_int_equal(err.code, LL_E_SYS);
    fclose(f);
}

/* ---- parts */

static void check_snippet(const char *line, int32_t col, int32_t end_col, uint32_t width, const char *want,
                          uint32_t mark, uint32_t mark_width) {
    snippet s;
    snippet_make(&s, line, strlen(line), col, end_col, width);
    assert_string_equal(ll_sb_str(&s.line), want);
    assert_int_equal(s.mark, mark);
    assert_int_equal(s.mark_width, mark_width);
    snippet_free(&s);
}

static void snippets(void **state) {
    (void)state;
    check_snippet("\tx = y;  ", 2, 3, 80, "        x = y;", 8, 1);
    check_snippet("a\tb", 3, 4, 80, "a       b", 8, 1);
    check_snippet("\xC3\xBC = f(\xC3\xBC)", 6, 11, 80, "\xC3\xBC = f(\xC3\xBC)", 4, 4);
    check_snippet("a\033b", 3, 4, 80, "a<U+001B>b", 9, 1);
    check_snippet("a\xFFz", 3, 0, 80, "a<FF>z", 5, 1);
    check_snippet("", 1, 0, 80, "", 0, 1);
    check_snippet("abc", 99, 120, 80, "abc", 3, 1);
    check_snippet("abc", 0, 0, 80, "abc", 0, 0);
    check_snippet("0123456789012345678901234567890123456789", 30, 32, 20, "...56789012345678...", 7, 2);
    check_snippet("0123456789012345678901234567890123456789", 1, 40, 20, "01234567890123...", 0, 14);
    check_snippet("0123456789012345678901234567890123456789", 40, 41, 20, "...67890123456789", 16, 1);
}

static void line_hash_is(ll_arena *a, const char *text, size_t n, const char *const *want) {
    char **got;
    linehash_all(a, text, n, &got);
    for (size_t i = 0; want[i]; i++) assert_string_equal(got[i + 1], want[i]);
}

/* The values are those that code scanning computes for these texts. */
static void line_hashes(void **state) {
    static const char *const empty[] = {"c129715d7a2bc9a3:1", NULL};
    static const char *const four[] = {"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1",
                                       "a23a3dc5e078b07b:1", NULL};
    line_hash_is(*state, "", 0, empty);
    static const char *const cut[] = {"a3ba181bdbefe1ae:1", "730797bc951c0748:1", "e6defd65bfa69a85:1",
                                      "fe680a0fc5d7ad68:1", NULL};
    static const char cut_text[] = "a\xE2\x82 b\nx\xF0\x9F\x98\nq\xC0\xAF\n\xEF\xBB\xBFz";
    line_hash_is(*state, cut_text, sizeof cut_text - 1, cut);
    static const char *const forms[] = {" a\nb\n  \t\tc\n d", " a\r\nb\r\n  \t\tc\r\n d", " a\rb\r  \t\tc\r d"};
    for (size_t i = 0; i < 3; i++) line_hash_is(*state, forms[i], strlen(forms[i]), four);
    char **got;
    ll_arena *a = *state;
    size_t n = 0;
    char *same = ll_alloc(a, 1000);
    for (; n < 400; n += 2) memcpy(same + n, "x\n", 2);
    assert_int_equal(linehash_all(a, same, n, &got), 201);
    assert_true(strchr(got[2], ':')[1] == '2');
}

static void summary_is(output_summary s, const char *want) {
    ll_strbuf b = {0};
    output_summary_line(&s, &b);
    assert_string_equal(ll_sb_str(&b), want);
    ll_sb_free(&b);
}

static void summaries(void **state) {
    (void)state;
    summary_is((output_summary){12, 0, true, 3, 1, 9, 84, 0, ".lifelint/lifelint.db", 0, NULL},
               "12 findings (3 new, 1 gone, 9 unchanged) in 84 units; stored in .lifelint/lifelint.db");
    summary_is((output_summary){1, 2, false, 0, 0, 0, 1, 1, NULL, 0, NULL},
               "1 finding in 1 unit, 1 unit not analysed, 2 suppressed");
    summary_is((output_summary){4, 0, true, 3, 1, 1, 84, 0, NULL, 1, "main"},
               "3 new (1 reopened), 1 fixed, 1 unchanged since main, in 84 units");
    summary_is((output_summary){0}, "0 findings in 0 units");
}

static void format_names(void **state) {
    (void)state;
    output_format f;
    for (output_format k = OUTPUT_TEXT; k < OUTPUT_FORMAT_COUNT; k++) {
        assert_true(output_format_parse(output_format_name(k), &f));
        assert_int_equal(f, k);
    }
    assert_false(output_format_parse("xml", &f));
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(text_golden),
        T(color_golden),
        T(brief_golden),
        T(json_golden),
        T(sarif_golden),
        T(plist_golden),
        T(rdjsonl_golden),
        T(github_golden),
        T(gitlab_golden),
        T(markdown_golden),
        T(github_shows_ten_of_a_level_new_ones_first),
        T(a_review_shows_what_is_new),
        T(equal_fingerprints_stay_apart),
        T(markdown_keeps_within_a_comment),
        T(markdown_cannot_be_broken_out_of),
        T(uploads_carry_nothing_absent),
        T(plain_text_holds_no_escapes),
        T(locale_changes_nothing),
        T(json_forms_parse),
        T(empty_lists_are_valid),
        T(root_is_written_only_when_given),
        T(full_disk_is_an_error),
        T(snippets),
        T(line_hashes),
        T(summaries),
        T(format_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
