#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "source/source.h"

static ll_arena *arena;
static src_db db;
static src_notes notes;

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    notes = (src_notes){.arena = arena};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_arena_free(arena);
    return 0;
}

static const char *fixture(const char *name) {
    return ll_printf(arena, "%s/compdb/%s", FIXTURES_DIR, name);
}

static void load(const char *name) {
    ll_err err = {0};
    if (!src_db_load(arena, fixture(name), NULL, &db, &notes, &err)) fail_msg("%s", err.msg);
}

/* The message with the folder of the fixtures taken off. */
static void assert_fails(const char *name, const char *message) {
    ll_err err = {0};
    assert_false(src_db_load(arena, fixture(name), NULL, &db, &notes, &err));
    assert_int_equal(err.code, LL_E_INPUT);
    const char *base = strstr(err.msg, name);
    assert_non_null(base);
    assert_string_equal(base, message);
}

static void assert_words(const src_words *w, const char *want) {
    char got[1024] = "";
    for (uint32_t i = 0; i < w->n; i++) {
        strncat(got, w->v[i], sizeof got - strlen(got) - 1);
        strncat(got, "|", sizeof got - strlen(got) - 1);
    }
    assert_string_equal(got, want);
}

static void test_each_broken_database_has_its_message(void **state) {
    (void)state;
    assert_fails("empty.json", "empty.json: the file is empty; configure or build the project again to fill it");
    assert_fails("blank.json", "blank.json: the file is empty; configure or build the project again to fill it");
    assert_fails("no_commands.json",
                 "no_commands.json: holds no commands; configure the project with at least one target");
    assert_fails("not_array.json", "not_array.json: not a compilation database: expected an array of commands");
    assert_fails("truncated.json",
                 "truncated.json:3:32: the file ends in the middle; the build that writes it was interrupted, run it "
                 "again");
    assert_fails("trailing_comma.json", "trailing_comma.json:2:61: not valid JSON: string or '}' expected near '}'");
    assert_fails("hopeless.json",
                 "hopeless.json: none of its 2 entries can be used (\"file\", \"directory\" and \"command\" or "
                 "\"arguments\" are needed)");
    assert_fails("not_there.json", "not_there.json: cannot open: No such file or directory");
    ll_err err = {0};
    assert_false(src_db_load(arena, fixture("deep.json"), NULL, &db, &notes, &err));
    assert_non_null(strstr(err.msg, "not valid JSON"));
}

static void test_bad_entries_are_left_out_and_said(void **state) {
    (void)state;
    load("damaged_entries.json");
    assert_int_equal(db.entries.n, 1);
    assert_string_equal(db.entries.v[0].file, "/p/good.c");
    assert_int_equal(db.entries.v[0].number, 10);
    src_words lines = {0};
    src_notes_lines(arena, &notes, &lines);
    assert_words(&lines,
                 "9 entries of the database cannot be used: entry 1 has no \"file\", entry 2 has no \"directory\", "
                 "entry 3 has neither \"command\" nor \"arguments\", entry 4 has a quote that is not closed, "
                 "entry 5 has an argument that is not a string, ...|");
}

static void test_arguments_form(void **state) {
    (void)state;
    load("bear.json");
    assert_string_equal(db.entries.v[0].file, "/p/lib/src/x.c");
    assert_words(&db.entries.v[0].argv, "/usr/bin/gcc|-c|-DNAME=\"a b\"|-Iinclude|-o|x.o|src/x.c|");
    assert_false(db.entries.v[0].exists);
}

static void test_command_form(void **state) {
    (void)state;
    load("cmake.json");
    assert_int_equal(db.entries.n, 2);
    assert_words(&db.entries.v[0].argv,
                 "/usr/bin/cc|-DNAME=\"a b\"|-I/p/include|-isystem|/opt/x/include|-O2|-g|-std=gnu11|-o|"
                 "CMakeFiles/x.dir/x.c.o|-c|/p/src/x.c|");
    assert_int_equal(db.entries.v[0].kind, SRC_C);
    assert_int_equal(db.entries.v[1].kind, SRC_ASM);
}

static void test_relative_directories_start_at_the_database(void **state) {
    (void)state;
    load("relative.json");
    assert_string_equal(db.entries.v[0].file, ll_path_abs(arena, FIXTURES_DIR, "compdb/a.c"));
    assert_string_equal(db.entries.v[1].dir, ll_path_abs(arena, FIXTURES_DIR, "compdb/other"));
    assert_string_equal(db.entries.v[1].file, ll_path_abs(arena, FIXTURES_DIR, "compdb/b.c"));
}

static void test_byte_order_mark_is_skipped(void **state) {
    (void)state;
    load("byte_order_mark.json");
    assert_int_equal(db.entries.n, 1);
}

static void split(const char *text, const char *want) {
    src_words w = {0};
    assert_true(src_split(arena, text, strlen(text), &w));
    assert_words(&w, want);
}

static void test_words_as_the_shell_takes_them(void **state) {
    (void)state;
    split("", "");
    split("  \t\n ", "");
    split("a  b\tc\nd", "a|b|c|d|");
    split("'a b' \"c d\"", "a b|c d|");
    split("-D'X=\"1\"' -DY=\\\"2\\\"", "-DX=\"1\"|-DY=\"2\"|");
    split("a\\ b c\\\\d", "a b|c\\d|");
    split("'' \"\" x", "||x|");
    split("'a\\b' \"a\\b\" \"a\\\"b\" \"\\$x\"", "a\\b|a\\b|a\"b|$x|");
    split("a\\\nb \"c\\\nd\"", "ab|cd|");
    split("a'b'\"c\"d", "abcd|");
    split("$HOME `x` *.c", "$HOME|`x`|*.c|");
    split("end\\", "end|");
    src_words w = {0};
    assert_false(src_split(arena, "a 'b", 4, &w));
    assert_false(src_split(arena, "a \"b", 4, &w));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_each_broken_database_has_its_message),
        T(test_bad_entries_are_left_out_and_said),
        T(test_arguments_form),
        T(test_command_form),
        T(test_relative_directories_start_at_the_database),
        T(test_byte_order_mark_is_skipped),
        T(test_words_as_the_shell_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
