#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/source.h"
#include "tree.h"

static ll_arena *arena;
static src_notes notes;
static src_kind last_kind;

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    notes = (src_notes){.arena = arena};
    tree_new();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tree_free();
    ll_arena_free(arena);
    return 0;
}

/* The cleaned command without the two words that are always there; relative to $R/src. */
static const char *clean(const char *file, const char *command) {
    src_words argv = {0};
    src_trust trust = {.root = tree_root};
    src_flags f;
    assert_true(src_split(arena, command, strlen(command), &argv));
    src_flags_clean(arena, &trust, tree_path(arena, "src"), file, &argv, &f, &notes);
    assert_true(f.args.n >= 2);
    assert_string_equal(f.args.v[f.args.n - 2], "-Wno-everything");
    assert_string_equal(f.args.v[f.args.n - 1], "-ferror-limit=0");
    last_kind = f.kind;
    return tree_show(arena, f.args.v, f.args.n - 2);
}

#define CLEANS(command, want) assert_string_equal(clean("a.c", command), want)
#define CLEANS_CXX(command, want) assert_string_equal(clean("a.cc", command), want)

static uint32_t noted(src_note_kind k) {
    return notes.v[k].count;
}
static const char *examples(src_note_kind k) {
    return tree_show(arena, notes.v[k].examples.v, notes.v[k].examples.n);
}

static void test_what_the_parser_needs_stays(void **state) {
    (void)state;
    CLEANS("cc -c a.c -o a.o", "");
    CLEANS("cc -Iinc -I inc2 -I/abs -isystem sys -isystemsys2 -iquote q -idirafter d a.c",
           "-I$R/src/inc -I$R/src/inc2 -I/abs -isystem $R/src/sys -isystem $R/src/sys2 -iquote $R/src/q -idirafter "
           "$R/src/d");
    CLEANS("cc -DA -D B=1 -UC -U D a.c", "-DA -DB=1 -UC -UD");
    CLEANS("cc -std=gnu11 -fshort-enums -funsigned-char -fms-extensions -pthread -m32 -msse4.2 a.c",
           "-fshort-enums -funsigned-char -fms-extensions -pthread -std=gnu11 -m32 -msse4.2");
    CLEANS("cc --sysroot=root --sysroot root2 -isysroot /r a.c",
           "--sysroot=$R/src/root --sysroot $R/src/root2 -isysroot /r");
    CLEANS("cc -nostdinc -O2 -march=haswell a.c", "-nostdlibinc -O2 -march=haswell");
    assert_int_equal(last_kind, SRC_C);
    for (int i = 0; i < SRC_NOTE_COUNT; i++) assert_int_equal(noted((src_note_kind)i), 0);
}

static void test_what_writes_or_only_builds_goes_silently(void **state) {
    (void)state;
    CLEANS(
        "cc -MD -MMD -MP -MF x.d -MT x.o -MQ y -MJ j -Wall -Werror -Wl,-z,now -Wa,--x -g3 -save-temps -lm -L/x "
        "-fno-ipa-sra -fconserve-stack -mpreferred-stack-boundary=3 -mindirect-branch-register -fanalyzer "
        "-no-integrated-cpp --param max=3 -fsanitize=address -fopenmp -pipe -shared x.o a.c",
        "");
    CLEANS("cc -Wp,-MMD,x.d -Wp,-DX=1,-Iy,-D_FORTIFY_SOURCE=2 -D_FORTIFY_SOURCE=3 a.c", "-DX=1 -I$R/src/y");
    for (int i = 0; i < SRC_NOTE_COUNT; i++) assert_int_equal(noted((src_note_kind)i), 0);
}

static void test_what_loads_code_goes_with_a_note(void **state) {
    (void)state;
    CLEANS(
        "cc -fplugin=evil.so -Xclang -load -Xclang evil.so -mllvm -load=x -B/evil -specs=evil -wrapper sh,-c "
        "-fpass-plugin=x -DOK a.c",
        "-DOK");
    assert_string_equal(examples(SRC_NOTE_UNSAFE_FLAG), "-fplugin -Xclang -load -Xclang evil.so -mllvm -B -specs");
    src_words lines = {0};
    src_notes_lines(arena, &notes, &lines);
    assert_int_equal(lines.n, 1);
    assert_string_equal(lines.v[0],
                        "flags that could load code or reach outside the project were dropped (8 times): -fplugin, "
                        "-Xclang -load, -Xclang evil.so, -mllvm, -B, ...");
}

static void test_values_are_not_flags(void **state) {
    (void)state;
    CLEANS("cc -o -DNOT -MF -DNOT2 -Xlinker -DNOT3 -Xpreprocessor -DNOT4 a.c", "");
    CLEANS("cc a.c -D", "");
    CLEANS("cc -DX -- -DFILE", "-DX");
}

static void test_forced_includes_stay_in_the_project(void **state) {
    (void)state;
    tree_write(arena, "src/config.h", "");
    tree_write(arena, "inc/found.h", "");
    if (symlink("/etc/passwd", tree_path(arena, "src/link.h")) != 0) fail();
    CLEANS("cc -include config.h a.c", "-include $R/src/config.h");
    CLEANS("cc -I../inc -include found.h -imacros not_there.h a.c",
           "-I$R/inc -include $R/inc/found.h -imacros not_there.h");
    CLEANS("cc -include stdio.h -I/usr/include a.c", "-include /usr/include/stdio.h -I/usr/include");
    assert_int_equal(noted(SRC_NOTE_INCLUDE_OUTSIDE), 0);
    CLEANS("cc -include /etc/passwd -include link.h -I/etc -include passwd -include ../../x.h a.c", "-I/etc");
    assert_string_equal(examples(SRC_NOTE_INCLUDE_OUTSIDE), "/etc/passwd link.h passwd ../../x.h");
}

static void test_precompiled_headers_of_cmake(void **state) {
    (void)state;
    tree_write(arena, "src/cmake_pch.h", "");
    CLEANS("clang -Xclang -include-pch -Xclang x.pch -Xclang -include -Xclang cmake_pch.h a.c",
           "-include $R/src/cmake_pch.h");
    assert_int_equal(noted(SRC_NOTE_UNSAFE_FLAG), 0);
}

static void test_response_files(void **state) {
    (void)state;
    tree_write(arena, "src/a.rsp", "-DA -I'with blank' @b.rsp\n");
    tree_write(arena, "src/b.rsp", "-DB \"-DC=1 2\"");
    tree_write(arena, "src/loop.rsp", "-DL @loop.rsp");
    CLEANS("cc @a.rsp a.c", "-DA -I$R/src/with blank -DB -DC=1 2");
    assert_int_equal(noted(SRC_NOTE_RESPONSE_FILE), 0);
    CLEANS("cc @loop.rsp a.c", "-DL -DL -DL -DL -DL -DL -DL -DL");
    CLEANS("cc @/etc/hostname @missing.rsp -DX a.c", "-DX");
    assert_string_equal(examples(SRC_NOTE_RESPONSE_FILE), "loop.rsp /etc/hostname missing.rsp");
}

static void test_launchers_and_compiler_names(void **state) {
    (void)state;
    CLEANS("ccache gcc -DX a.c", "-DX");
    CLEANS("/usr/bin/distcc /usr/bin/ccache x86_64-linux-gnu-gcc-12 -DX a.c", "-DX --target=x86_64-linux-gnu");
    CLEANS("env A=1 CCACHE_X=2 sccache clang-19 -DX a.c", "-DX");
    CLEANS("libtool --tag=CC --mode=compile gcc -DX a.c", "-DX");
    CLEANS("musl-gcc -DX a.c", "-DX");
    assert_string_equal(src_compiler_target(arena, "/opt/bin/arm-none-eabi-gcc-12.2.1"), "arm-none-eabi");
    assert_string_equal(src_compiler_target(arena, "avr-gcc"), "avr");
    assert_string_equal(src_compiler_target(arena, "C:\\t\\aarch64-linux-gnu-g++.exe"), "aarch64-linux-gnu");
    assert_null(src_compiler_target(arena, "gcc"));
    assert_null(src_compiler_target(arena, "clang++-19"));
    assert_true(src_compiler_is_cxx("/usr/bin/arm-none-eabi-g++-12"));
    assert_true(src_compiler_is_cxx("clang++"));
    assert_false(src_compiler_is_cxx("gcc"));
}

static void test_targets(void **state) {
    (void)state;
    CLEANS("arm-linux-gnueabihf-gcc -mcpu=cortex-a7 -mfpu=neon -mthumb -m64 -msse a.c",
           "--target=arm-linux-gnueabihf -mcpu=cortex-a7 -mfpu=neon -mthumb");
    CLEANS("gcc -mcpu=cortex-a7 -mfpu=neon -march=armv7-a -march=unheard a.c", "");
    CLEANS("clang -target riscv64-linux-gnu -march=rv64gc a.c", "--target=riscv64-linux-gnu -march=rv64gc");
    assert_int_equal(noted(SRC_NOTE_UNKNOWN_TARGET), 0);
    CLEANS("xtensa-esp32-elf-gcc -mlongcalls -DX a.c", "-DX");
    assert_string_equal(examples(SRC_NOTE_UNKNOWN_TARGET), "xtensa-esp32-elf");
}

static void test_language_and_standard_agree(void **state) {
    (void)state;
    CLEANS("g++ -std=c++17 -fgnu89-inline a.c", "-x c++ -std=c++17");
    assert_int_equal(last_kind, SRC_CXX);
    CLEANS("cc -std=c++17 a.c", "");
    CLEANS("cc -std=c99x --std=gnu99 a.c", "-std=gnu99");
    CLEANS("cc -std=iso9899:2011 -fgnu89-inline a.c", "-std=iso9899:2011 -fgnu89-inline");
    CLEANS_CXX("cc -std=gnu11 -std=gnu++2a a.cc", "-std=gnu++2a");
    CLEANS_CXX("cc -x c -std=c11 a.cc", "-x c -std=c11");
    assert_int_equal(last_kind, SRC_C);
    CLEANS("cc -xassembler-with-cpp a.c", "");
    assert_int_equal(last_kind, SRC_ASM);
    CLEANS("cc -x cuda a.c", "");
    assert_int_equal(last_kind, SRC_OTHER);
    CLEANS("icc -xAVX2 a.c", "");
    assert_int_equal(last_kind, SRC_C);
    assert_string_equal(clean("a.h", "c++ -c a.h"), "-x c++");
}

static void test_gcc_headers_are_not_for_libclang(void **state) {
    (void)state;
    CLEANS(
        "gcc -nostdinc -isystem /usr/lib/gcc/x86_64-linux-gnu/12/include -isystem "
        "/usr/lib/gcc/x86_64-linux-gnu/12/include-fixed -Iinclude a.c",
        "-nostdlibinc -I$R/src/include");
}

static void test_essential_flags(void **state) {
    (void)state;
    const char *args[] = {"-Ia",      "-isystem", "b",  "-m32", "-DX",          "-UY",
                          "-include", "c.h",      "-x", "c++",  "--target=arm", "-O2"};
    src_words out = {0};
    src_flags_essential(arena, args, sizeof args / sizeof *args, &out);
    assert_string_equal(tree_show(arena, out.v, out.n), "-Ia -isystem b -DX -UY -include c.h -x c++ -Wno-everything");
}

static void test_kinds(void **state) {
    (void)state;
    assert_int_equal(src_kind_of("a/b.c"), SRC_C);
    assert_int_equal(src_kind_of("a.C"), SRC_CXX);
    assert_int_equal(src_kind_of("a.b/noext"), SRC_OTHER);
    assert_int_equal(src_kind_of("x.hpp"), SRC_HEADER);
    assert_int_equal(src_kind_of("x.S"), SRC_ASM);
    assert_int_equal(src_kind_of("x.m"), SRC_OTHER);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_what_the_parser_needs_stays),
        T(test_what_writes_or_only_builds_goes_silently),
        T(test_what_loads_code_goes_with_a_note),
        T(test_values_are_not_flags),
        T(test_forced_includes_stay_in_the_project),
        T(test_precompiled_headers_of_cmake),
        T(test_response_files),
        T(test_launchers_and_compiler_names),
        T(test_targets),
        T(test_language_and_standard_agree),
        T(test_gcc_headers_are_not_for_libclang),
        T(test_essential_flags),
        T(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
