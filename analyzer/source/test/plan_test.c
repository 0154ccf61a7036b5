#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/source.h"
#include "tree.h"

static ll_arena *arena;
static src_plan plan;
static src_options opt;

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    tree_new();
    opt = (src_options){.cwd = tree_root, .root = tree_root};
    tree_write(arena, "src/a.c", "#include \"a.h\"\n");
    tree_write(arena, "src/b.c", "# include <lib/deep.h>\nint x;\n");
    tree_write(arena, "src/c.cc", "");
    tree_write(arena, "src/a.h", "");
    tree_write(arena, "src/orphan.h", "");
    tree_write(arena, "src/notbuilt.c", "");
    tree_write(arena, "include/lib/deep.h", "#include \"deeper.h\"\n");
    tree_write(arena, "include/lib/deeper.h", "");
    tree_write(
        arena, "build/compile_commands.json",
        "[{\"directory\": \"$R/build\", \"file\": \"../src/a.c\", \"command\": \"cc -DONE -c ../src/a.c\"},"
        " {\"directory\": \"$R/build\", \"file\": \"../src/a.c\", \"command\": \"cc -DONE -o x -c ../src/a.c\"},"
        " {\"directory\": \"$R/build\", \"file\": \"../src/a.c\", \"command\": \"cc -DTWO -c ../src/a.c\"},"
        " {\"directory\": \"$R\", \"file\": \"src/b.c\", \"arguments\": [\"cc\", \"-Iinclude\", \"-c\", \"src/b.c\"]},"
        " {\"directory\": \"$R\", \"file\": \"src/c.cc\", \"command\": \"c++ -c src/c.cc\"},"
        " {\"directory\": \"$R\", \"file\": \"src/gone.c\", \"command\": \"cc -c src/gone.c\"},"
        " {\"directory\": \"$R/build\", \"file\": \"gen.c\", \"command\": \"cc -c gen.c\"},"
        " {\"directory\": \"$R\", \"file\": \"src/boot.S\", \"command\": \"cc -c src/boot.S\"},"
        " {\"directory\": \"$R\", \"file\": \"src/x.m\", \"command\": \"cc -c src/x.m\"}]");
    tree_write(arena, "src/boot.S", "");
    tree_write(arena, "src/x.m", "");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tree_free();
    ll_arena_free(arena);
    return 0;
}

static void make(void) {
    ll_err err = {0};
    if (!src_plan_make(arena, &opt, &plan, &err)) fail_msg("%s", err.msg);
}

static void assert_fails(ll_code code, const char *part) {
    ll_err err = {0};
    assert_false(src_plan_make(arena, &opt, &plan, &err));
    if (!strstr(err.msg, part)) fail_msg("got '%s', want '%s'", err.msg, part);
    assert_int_equal(err.code, code);
}

static void assert_units(const char *want) {
    const char *s = "";
    for (uint32_t i = 0; i < plan.units.n; i++)
        s = ll_printf(arena, "%s%s%s", s, i ? " " : "", ll_path_under(tree_root, plan.units.v[i].file));
    assert_string_equal(s, want);
}

static void assert_note(src_note_kind k, uint32_t count, const char *examples) {
    assert_int_equal(plan.notes.v[k].count, count);
    assert_string_equal(tree_show(arena, plan.notes.v[k].examples.v, plan.notes.v[k].examples.n), examples);
}

static void files(const char *const *v, uint32_t n) {
    opt.files = v;
    opt.nfiles = n;
}

static void test_whole_project(void **state) {
    (void)state;
    make();
    assert_units("src/a.c src/b.c src/c.cc");
    assert_true(plan.whole);
    assert_string_equal(ll_path_under(tree_root, plan.db_path), "build/compile_commands.json");
    assert_note(SRC_NOTE_CONFIGURATIONS, 1, "src/a.c");
    assert_note(SRC_NOTE_GONE, 1, "src/gone.c");
    assert_note(SRC_NOTE_NOT_GENERATED, 1, "build/gen.c");
    assert_note(SRC_NOTE_NOT_C, 1, "src/x.m");
    assert_string_equal(plan.units.v[0].args[0], "-DONE");
    assert_int_equal(plan.units.v[2].kind, SRC_CXX);
}

static const char two_commands[] =
    "[{\"directory\": \"$R\", \"file\": \"src/a.c\", \"command\": \"cc -DTWO -c src/a.c\"},"
    " {\"directory\": \"$R\", \"file\": \"link/b.c\", \"command\": \"cc -c link/b.c\"},"
    " {\"directory\": \"$R\", \"file\": \"src/b.c\", \"command\": \"cc -c src/b.c\"},"
    " {\"directory\": \"$R\", \"file\": \"src/a.c\", \"command\": \"cc -DONE -c src/a.c\"}]";

static void test_order_of_commands_changes_nothing(void **state) {
    (void)state;
    if (symlink("src", tree_path(arena, "link")) != 0) fail();
    tree_write(arena, "build/compile_commands.json", two_commands);
    make();
    assert_units("src/a.c src/b.c");
    assert_string_equal(plan.units.v[0].args[0], "-DONE");
    assert_note(SRC_NOTE_CONFIGURATIONS, 1, "src/a.c");
}

static void test_every_configuration(void **state) {
    (void)state;
    opt.all_configurations = true;
    make();
    assert_units("src/a.c src/a.c src/b.c src/c.cc");
    assert_note(SRC_NOTE_CONFIGURATIONS, 0, "");
}

static void test_excludes(void **state) {
    (void)state;
    const char *ex[] = {"src/*.cc", "b.c"};
    opt.excludes = ex;
    opt.nexcludes = 2;
    make();
    assert_units("src/a.c");
    const char *all[] = {"src/"};
    opt.excludes = all;
    opt.nexcludes = 1;
    assert_fails(LL_E_INPUT, "nothing to analyse is left");
}

static void test_file_arguments_narrow(void **state) {
    (void)state;
    const char *named[] = {"src/b.c", "./src/../src/c.cc"};
    files(named, 2);
    make();
    assert_units("src/b.c src/c.cc");
    assert_false(plan.whole);
    assert_note(SRC_NOTE_GONE, 0, "");
    const char *dir[] = {"src"};
    files(dir, 1);
    make();
    assert_units("src/a.c src/b.c src/c.cc");
    const char *absent[] = {"src/nope.c"};
    files(absent, 1);
    assert_fails(LL_E_INPUT, "src/nope.c: no such file or directory");
    const char *unbuilt[] = {"src/notbuilt.c"};
    files(unbuilt, 1);
    assert_fails(LL_E_INPUT, "no command for src/notbuilt.c");
    assert_note(SRC_NOTE_NO_COMMAND, 1, "src/notbuilt.c");
}

static void test_excluded_file_argument(void **state) {
    (void)state;
    const char *named[] = {"src/a.c", "src/b.c"}, *ex[] = {"a.c"};
    files(named, 2);
    opt.excludes = ex;
    opt.nexcludes = 1;
    make();
    assert_units("src/b.c");
}

static void test_headers_go_through_a_unit(void **state) {
    (void)state;
    const char *same[] = {"src/a.h"}, *deep[] = {"include/lib/deeper.h"}, *orphan[] = {"src/orphan.h", "src/c.cc"};
    files(same, 1);
    make();
    assert_units("src/a.c");
    assert_string_equal(plan.units.v[0].header, tree_path(arena, "src/a.h"));
    files(deep, 1);
    make();
    assert_units("src/b.c");
    files(orphan, 2);
    make();
    assert_units("src/c.cc");
    assert_note(SRC_NOTE_NO_UNIT, 1, "src/orphan.h");
}

static void test_include_cycles_end(void **state) {
    (void)state;
    tree_write(arena, "src/a.h", "#include \"a.h\"\n#include \"loop.h\"\n");
    tree_write(arena, "src/loop.h", "#include \"a.h\"\n");
    const char *named[] = {"src/loop.h", "src/orphan.h"};
    files(named, 2);
    make();
    assert_units("src/a.c");
}

static void test_single_files_with_flags(void **state) {
    (void)state;
    const char *named[] = {"src/notbuilt.c"}, *flags[] = {"-Iinclude", "-fplugin=x", "-std=c11"};
    files(named, 1);
    opt.has_flags = true;
    opt.flags = flags;
    opt.nflags = 3;
    make();
    assert_units("src/notbuilt.c");
    assert_string_equal(tree_show(arena, plan.units.v[0].args, plan.units.v[0].nargs),
                        "-I$R/include -std=c11 -Wno-everything -ferror-limit=0");
    assert_note(SRC_NOTE_UNSAFE_FLAG, 1, "-fplugin");
    assert_null(plan.db_path);
    const char *dir[] = {"src"};
    files(dir, 1);
    make();
    assert_units("src/a.c src/b.c src/c.cc src/notbuilt.c");
    files(NULL, 0);
    assert_fails(LL_E_USAGE, "flags without a file");
}

static void test_where_the_database_is_looked_for(void **state) {
    (void)state;
    opt.cwd = tree_path(arena, "src");
    assert_fails(LL_E_INPUT, "no compile_commands.json found"); /* build/ beside it may be anybody's */
    tree_write(arena, "CMakeLists.txt", "");
    make(); /* found upwards */
    assert_units("src/a.c src/b.c src/c.cc");
    opt.cwd = tree_root;
    opt.build_dir = "build/compile_commands.json";
    make();
    opt.build_dir = "src";
    assert_fails(LL_E_INPUT,
                 "src: no compile_commands.json in it; make one with cmake "
                 "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON (Meson writes it by itself, for make: bear -- make)");
    opt.build_dir = "nope";
    assert_fails(LL_E_INPUT, "nope: no such directory or database");
    opt.build_dir = NULL;
    if (rename(tree_path(arena, "build"), tree_path(arena, "cmake-build-debug")) != 0) fail();
    make();
    assert_string_equal(ll_path_under(tree_root, plan.db_path), "cmake-build-debug/compile_commands.json");
    ll_make_dirs(tree_path(arena, "out"), NULL);
    if (rename(tree_path(arena, "cmake-build-debug"), tree_path(arena, "out/Release")) != 0) fail();
    make();
    assert_string_equal(ll_path_under(tree_root, plan.db_path), "out/Release/compile_commands.json");
    tree_write(arena, "build/compile_commands.json", "[]");
    tree_write(arena, "build2/compile_commands.json", "[]");
    assert_fails(LL_E_INPUT, "holds no commands");
    assert_note(SRC_NOTE_OTHER_DB, 1, "$R/build2/compile_commands.json");
}

static void test_database_of_another_machine(void **state) {
    (void)state;
    tree_write(arena, "build/compile_commands.json",
               "[{\"directory\": \"/workspace\", \"file\": \"a.c\", \"command\": \"cc a.c\"}]");
    assert_fails(LL_E_INPUT, "none of its 1 files exist (the first is /workspace/a.c); was it made on another machine");
}

static void test_symbolic_links_are_one_file(void **state) {
    (void)state;
    if (symlink("src", tree_path(arena, "link")) != 0) fail();
    tree_write(arena, "build/compile_commands.json",
               "[{\"directory\": \"$R\", \"file\": \"src/b.c\", \"command\": \"cc -c src/b.c\"},"
               " {\"directory\": \"$R\", \"file\": \"link/b.c\", \"command\": \"cc -c link/b.c\"}]");
    make();
    assert_units("src/b.c");
    const char *named[] = {"link/b.c"};
    files(named, 1);
    make();
    assert_units("src/b.c");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_whole_project),
        T(test_order_of_commands_changes_nothing),
        T(test_every_configuration),
        T(test_excludes),
        T(test_file_arguments_narrow),
        T(test_excluded_file_argument),
        T(test_headers_go_through_a_unit),
        T(test_include_cycles_end),
        T(test_single_files_with_flags),
        T(test_where_the_database_is_looked_for),
        T(test_database_of_another_machine),
        T(test_symbolic_links_are_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
