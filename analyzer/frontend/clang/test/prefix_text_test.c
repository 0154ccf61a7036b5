/* What a scan of words tells of a text, for prefixes that reach behind own headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "frontend/prefix_text.h"

static void show(void *ctx, const fe_text_token *t) {
    static const char *const kinds[] = {
        [FE_TEXT_WORD] = "",         [FE_TEXT_MEMBER] = ".",         [FE_TEXT_DEFINE] = "=",
        [FE_TEXT_TYPEDEF] = "type:", [FE_TEXT_INCLUDE] = "include:", [FE_TEXT_IF] = "[",
        [FE_TEXT_ELSE] = "|",        [FE_TEXT_ELIF] = "|",           [FE_TEXT_ENDIF] = "]",
        [FE_TEXT_ONCE] = "once",     [FE_TEXT_STOP] = "STOP"};
    ll_strbuf *out = ctx;
    bool named = t->kind != FE_TEXT_ENDIF && t->kind != FE_TEXT_STOP && t->kind != FE_TEXT_ONCE;
    ll_sb_printf(out, "%s%s%s%s%.*s", out->n ? " " : "", t->undef ? "-" : "", t->inside ? "inside-" : "",
                 kinds[t->kind], named ? (int)t->n : 0, named ? t->s : "");
}

static void expect(const char *source, const char *tokens) {
    ll_strbuf out = {0};
    fe_text_scan(source, strlen(source), false, show, &out);
    assert_string_equal(ll_sb_str(&out), tokens);
    ll_sb_free(&out);
}

static void words_of_code_and_directives(void **state) {
    (void)state;
    expect("int a; /* b */ // c \\\n d\nchar *e = \"f\" 'g' 1u 0xh;", "int a char e");
    expect("#define A(x) x + B\n#undef C\n", "=A x x B -=C");
    expect("# if  X > 1 /* a */ && \\\n Y\nint a;\n#elif Z\n#else\n#endif\n",
           "X Y [if X > 1 && Y int a Z |elif Z |else ]");
    expect("int a; __COUNTER__;\n#define A __COUNTER__\n", "int a -=__COUNTER__ =A -=__COUNTER__");
    expect("#error don't\n#warning a\n", "");
}

static void members_and_parameters(void **state) {
    (void)state;
    expect("struct s { int a, *b; const c; int (*d)(int e, int (*p)(q), f); g h[I]; };",
           "struct s int .a .b const c int .d int .e int .p q f g .h I");
    expect("int f(char *a, b, const c, struct d *e);", "int f char .a b const c struct d .e");
    expect("int f(int a) { int b = a; c->d = e.f; g; }", "int f int .a int b a c .d e .f g");
    expect("struct s f(int a) { b * c; }", "struct s f int .a b c");
    expect("struct s *f(void) { a; }", "struct s f void a");
    expect("struct __attribute__((packed)) s { int a; };", "struct __attribute__ packed s int .a");
    expect("struct A s { int a; };", "struct A s int a");
    expect("int a[] = { b, (c * d) };", "int a b c d");
    expect("struct { struct { int a; } b; } c;", "struct struct int .a .b c");
}

static void typedefs(void **state) {
    (void)state;
    expect("typedef a b;\ntypedef struct c { int d; } e;", "typedef a b type:b typedef struct c int .d e type:e");
    expect("typedef int (*a)(int b);", "typedef int a int .b");
    expect("int (*a)(void), *(*(*b)(char *c))(int d);", "int a void b char .c int .d");
}

static void includes(void **state) {
    (void)state;
    expect("#include <a/b.h> // c\n  #  include \"d.h\" /* e */\n", "include:a/b.h include:d.h");
    expect("int a;\n#include <b.h>\nint a\n#include <c.h>\n;", "int a include:b.h int a inside-include:c.h");
    expect("void f(void) {\n#include <a.h>\n}\n#include <b.h>\n", "void f void inside-include:a.h include:b.h");
    expect("struct a { int b; }\n#include <c.h>\n;", "struct a int .b inside-include:c.h");
}

static void branches_for_cxx_are_none(void **state) {
    (void)state;
    expect(
        "#ifdef __cplusplus\nextern \"C\" {\n#include <a>\n#else\nint b;\n#endif\nint c;\n#if defined(__cplusplus) && "
        "D\n}\n"
        "#pragma e\n#endif\n",
        "__cplusplus [ifdef __cplusplus |else int b ] int c defined __cplusplus D [if defined(__cplusplus) && D ]");
    expect("#if defined(__cplusplus) || A\nint b;\n#endif\n",
           "defined __cplusplus A [if defined(__cplusplus) || A int b ]");
}

static void each_branch_begins_with_the_braces_of_the_first(void **state) {
    (void)state;
    expect("#ifdef A\nint f(int a) {\n#else\nint f(void) {\n#endif\n", "A [ifdef A int f int .a |else int f void STOP");
    expect("void f(void) {\n#ifdef A\nif (b) {\n#else\nif (c) {\n#endif\n}}\nint d;",
           "void f void A [ifdef A if b |else if c STOP");
}

static void what_cannot_be_followed_stops_it(void **state) {
    (void)state;
    expect("#pragma once\n#pragma GCC diagnostic push\nint a;\n#pragma pack(1)\nint b;", "once int a STOP");
    expect("_Pragma(\"GCC diagnostic push\") int a; _Pragma(\"pack(1)\") int b;", "_Pragma int a _Pragma STOP");
    expect("#define A _Pragma(\"GCC diagnostic push\")\n#define B(x) _Pragma(#x)\nint c;",
           "=A _Pragma =B x _Pragma STOP");
    expect("#include_next <a.h>\nint b;", "STOP");
    expect("#include A\nint b;", "STOP");
    expect("#line 3\n", "STOP");
    expect("%:define A\n", "STOP");
    expect("int a <% b %>", "int a STOP");
    expect("a \?\?= b", "a STOP");
    expect("a ?: b ? c : d % e < f;", "a b c d e f");
    expect("}\nint a;", "STOP");
    expect(")\nint a;", "STOP");
    expect("int a {", "int a STOP");
    expect("#else\nint a;", "STOP");
    expect("#endif\nint a;", "STOP");
    expect("#if A\nint a;", "A [if A int a STOP");
    expect("#include \"a\nint b;", "STOP");
    expect("#include <a\"b\\\nc\".h>\nint b;", "STOP");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_code_and_directives),
        cmocka_unit_test(members_and_parameters),
        cmocka_unit_test(typedefs),
        cmocka_unit_test(includes),
        cmocka_unit_test(branches_for_cxx_are_none),
        cmocka_unit_test(each_branch_begins_with_the_braces_of_the_first),
        cmocka_unit_test(what_cannot_be_followed_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
