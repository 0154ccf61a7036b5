/* The contract of fe_clang_unit beyond single constructs: bad input, size, depth, overlays, stability under edits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "frontend/frontend.h"

#define DIR FIXTURES_DIR "/ir"

static ll_arena *arena;
static ll_intern *names;

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

/* Lowers text that stands in no file. */
static ir_unit lower(const char *name, const char *text, bool all_headers) {
    fe_overlay o = {.path = ll_path_join(arena, DIR, name), .bytes = text, .n = strlen(text)};
    fe_request rq = {.file = o.path, .dir = DIR, .overlay = &o, .noverlay = 1, .all_headers = all_headers};
    ir_unit u;
    ll_err err = {0};
    if (!fe_clang_unit(arena, names, &rq, &u, &err)) fail_msg("%s", err.msg);
    for (uint32_t i = 0; i < u.funcs.n; i++)
        if (!ir_verify(u.funcs.v[i], &err)) fail_msg("%s", err.msg);
    return u;
}

static const ir_func *find(const ir_unit *u, const char *name) {
    for (uint32_t i = 0; i < u->funcs.n; i++)
        if (strcmp(u->funcs.v[i]->name, name) == 0) return u->funcs.v[i];
    return NULL;
}

static bool has_note(const ir_unit *u, ir_note_kind kind, const char *text) {
    for (uint32_t i = 0; i < u->notes.n; i++)
        if (u->notes.v[i].kind == kind && strstr(u->notes.v[i].text, text)) return true;
    return false;
}

static char *repeat(const char *head, const char *part, int times, const char *tail) {
    ll_strbuf b = {0};
    ll_sb_add(&b, head);
    for (int i = 0; i < times; i++) ll_sb_printf(&b, part, i, i);
    ll_sb_add(&b, tail);
    char *text = ll_strdup(arena, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static void missing_file(void **state) {
    (void)state;
    fe_request rq = {.file = DIR "/not_there.c", .dir = DIR};
    ir_unit u;
    ll_err err = {0};
    assert_false(fe_clang_unit(arena, names, &rq, &u, &err));
    assert_int_equal(err.code, LL_E_INPUT);
    assert_non_null(strstr(err.msg, "not_there.c"));
}

static void nothing_and_noise(void **state) {
    (void)state;
    ir_unit u = lower("empty.c", "", false);
    assert_int_equal(u.funcs.n, 0);
    assert_int_equal(u.notes.n, 0);
    assert_string_equal(u.files.v[0], DIR "/empty.c");
    u = lower("noise.c", "\x01\x02 } ) int \xff\xfe {{{ \"", false);
    assert_true(has_note(&u, IR_NOTE_PARSE_ERROR, ""));
    u = lower("cut.c", "int f(int x) { switch (x) { case 1: for (; x", false);
    assert_true(has_note(&u, IR_NOTE_PARSE_ERROR, ""));
}

static void errors_stay_in_their_function(void **state) {
    (void)state;
    ir_unit u = lower("e.c", "int bad(void) { return nope; }\nint good(int x) { return x; }\n", false);
    assert_true(has_note(&u, IR_NOTE_PARSE_ERROR, "nope"));
    assert_true(find(&u, "bad")->is_partial);
    assert_false(find(&u, "good")->is_partial);
}

static void deep_nesting(void **state) {
    (void)state;
    ir_unit u = lower("minus.c", repeat("int f(int *x) { return ", "- ", 5000, "*x; }"), false);
    assert_true(has_note(&u, IR_NOTE_NOT_LOWERED, "nested too deeply"));
    assert_true(find(&u, "f")->is_partial);
    u = lower("sum.c", repeat("int f(int x) { return x", "+ x", 10000, "; }"), false);
    assert_true(find(&u, "f")->is_partial);
}

/* Long is not deep. */
static void long_chains(void **state) {
    (void)state;
    ir_unit u = lower("else.c",
                      repeat("int g(int);\nint f(int x) {", "if (x == %d) g(%d); else\n", 4000, "return 0; }"), false);
    assert_int_equal(u.notes.n, 0);
    assert_true(find(&u, "f")->nblocks > 4000);
    u = lower("case.c", repeat("int f(int x) { switch (x) {", "case %d:\n", 20000, "x = 1; } return x; }"), false);
    assert_int_equal(u.notes.n, 0);
    const ir_func *f = find(&u, "f");
    assert_int_equal(f->blocks[0].insts[f->blocks[0].ninsts - 1].ncases, 20000);
}

static void one_megabyte_function(void **state) {
    (void)state;
    const char *head = "void *malloc(unsigned long); void free(void *); void g(char *);\nint f(int x) { char *p;";
    char *text = repeat(head, "p = malloc(%d); if (!p) return %d; g(p); free(p);\n", 20000, "return 0; }");
    assert_true(strlen(text) > 1 << 20);
    int64_t start = ll_now_ms();
    ir_unit u = lower("big.c", text, false);
    assert_true(ll_now_ms() - start < 30000);
    assert_true(find(&u, "f")->nblocks > 20000);
    assert_false(find(&u, "f")->is_partial);
}

static void headers_on_demand(void **state) {
    (void)state;
    const char *text = "#include \"decls.h\"\n#include \"header.h\"\nvoid f(char *p) { drop(p); }\n";
    ir_unit u = lower("h.c", text, false);
    assert_non_null(find(&u, "drop"));
    assert_false(find(&u, "drop")->in_main_file);
    assert_null(find(&u, "never_used"));
    u = lower("h.c", text, true);
    assert_non_null(find(&u, "never_used"));
}

static void language(void **state) {
    (void)state;
    ir_unit u = lower("a.cc", "struct S { int n; int get() { return n; } };\nint f(S &s) { return s.get(); }\n", false);
    assert_string_equal(find(&u, "get")->owner, "S");
    assert_int_equal(find(&u, "get")->nparams, 1);
    u = lower("a.c", "int f(int class) { return class; }\n", false);
    assert_int_equal(u.notes.n, 0);
}

static const ir_fdecl *declared(const ir_unit *u, const char *name) {
    for (uint32_t i = 0; i < u->decls.n; i++)
        if (strcmp(u->decls.v[i].name, name) == 0) return &u->decls.v[i];
    fail_msg("%s is not among the declarations", name);
    return NULL;
}

/* What the system's own headers say of their functions, through their macros. */
static void facts_of_system_headers(void **state) {
    (void)state;
    const char *text =
        "#include <assert.h>\n#include <err.h>\n#include <pthread.h>\n#include <setjmp.h>\n#include <stdio.h>\n"
        "#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
        "jmp_buf env;\nint f(int n) {\n    assert(n);\n    switch (n) {\n"
        "    case 0: exit(1); case 1: abort(); case 2: _exit(2); case 3: longjmp(env, 1); case 4: pthread_exit(NULL);\n"
        "    case 5: err(1, \"x\"); case 6: _Exit(1); case 7: quick_exit(1); }\n"
        "    char *p = malloc(3);\n    FILE *s = fopen(p, \"r\");\n    return s ? (int)strlen(p) : putenv(p);\n}\n";
    ir_unit u = lower("system.c", text, false);
    const char *never[] = {"exit", "abort", "_exit",      "longjmp",      "pthread_exit",
                           "err",  "_Exit", "quick_exit", "__assert_fail"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_true(declared(&u, never[i])->is_noreturn);
        assert_true(declared(&u, never[i])->in_system_header);
    }
    assert_false(declared(&u, "putenv")->is_noreturn);
    assert_true(declared(&u, "malloc")->attr_malloc);
    assert_true(declared(&u, "strlen")->is_pure);
    assert_true(declared(&u, "err")->variadic);
    assert_false(declared(&u, "f")->in_system_header);
    assert_int_equal(u.notes.n, 0);
}

static const char *body =
    "static int count;\n"
    "static int helper(int *p) { static int calls; return *p + calls++ + count; }\n"
    "int f(int x) {\n    int y = helper(&x);\n    return y ? y : x;\n}\n";

/* What stands above a function does not change its facts, and the same text gives the same facts. */
static void edits_above(void **state) {
    (void)state;
    ir_unit a = lower("m.c", body, false), again = lower("m.c", body, false);
    ir_unit b = lower("m.c", ll_printf(arena, "/* new */\nint other(void) { return 1; }\n\n%s", body), false);
    const char *functions[] = {"f", "helper"};
    for (int i = 0; i < 2; i++) {
        ll_hash x = ir_func_hash(find(&a, functions[i])), y = ir_func_hash(find(&b, functions[i]));
        ll_hash z = ir_func_hash(find(&again, functions[i]));
        assert_true(x.lo == y.lo && x.hi == y.hi);
        assert_true(x.lo == z.lo && x.hi == z.hi);
        assert_int_equal(find(&b, functions[i])->first_line, find(&a, functions[i])->first_line + 3);
    }
}

/* Two files of one name in two directories may each have a static helper. */
static void internal_names_are_by_path(void **state) {
    (void)state;
    ir_unit a = lower("one/m.c", body, false), b = lower("two/m.c", body, false);
    assert_string_not_equal(find(&a, "helper")->usr, find(&b, "helper")->usr);
    assert_string_equal(find(&a, "f")->usr, find(&b, "f")->usr);
    assert_null(strstr(find(&a, "helper")->usr, FIXTURES_DIR));
}

/* The macro name of the only call there, with `definition` before it; "-" for none. */
static const char *macro_of(const char *file, const char *definition, const char *call) {
    char *text = ll_printf(arena, "%s\nvoid f(char *p, int n) { %s; }\n", definition, call);
    ir_unit u = lower(file, text, false);
    const ir_func *f = find(&u, "f");
    for (uint32_t i = 0; i < f->blocks[0].ninsts; i++)
        if (f->blocks[0].insts[i].op == IR_CALL) return f->blocks[0].insts[i].macro ? f->blocks[0].insts[i].macro : "-";
    return "no call";
}

#define SET "void set(void *p, int n, ...);\n"

static void macro_names(void **state) {
    (void)state;
    static const struct {
        const char *definition, *call, *want;
    } cases[] = {
        {"#define put(p, n) set(p, n)\n" SET, "put(p, n)", "put"}, /* the file's first line */
        {SET "# define put(p, n) \\\r\n  set((p), \\\n (n))\r\n", "put(p, n)", "put"},
        {SET "#define put(p, n) /* why, and (how) */ set(p, /* n */ n) // so", "put (p, n)", "put"},
        {SET "#define put /* x */ (set) // y", "put(p, n)", "put"},
        {SET "#define put(a...) set(a)", "put(p, n)", "put"},
        {SET "#define put(p, n) set(((char *)(p)), (int)(n), 0)", "put(p, n)", "put"},
        {SET "#define put(p, n) set(n, p)", "put((void *)0, 0)", "-"},
        {SET "#define put(p, n) set((p) + 1, n)", "put(p, n)", "-"},
        {SET "#define put(p, n) set(p, n), set(p, 0)", "put(p, n)", "-"},
        {SET "#define put(p, n) if (n) set(p, n)", "put(p, 1)", "-"},
        {SET "#define put set(p, n)", "put", "-"},
        {SET "#define put() set(p, n)", "put()", "put"},
        {SET "#define call(f, p, n) f(p, n)", "call(set, p, n)", "-"},
        {SET "#define name set", "(name)(p, n)", "-"},
        {SET "#define set(p, n) set(p, n)", "set(p, n)", "-"},
        {SET "#define object p\n", "set(object, n)", "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = macro_of("macro.c", cases[i].definition, cases[i].call);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu: %s: got %s, want %s", i, cases[i].call, got, cases[i].want);
    }
    static const char in_namespace[] = "namespace ns { void set(char *p, int n); }\n#define put(p, n) ns::set(p, n)";
    assert_string_equal(macro_of("macro.cpp", in_namespace, "put(p, n)"), "put");
    static const char member[] = "struct s { void set(int n); } *o;\n#define put(n) set(n)";
    assert_string_equal(macro_of("macro.cpp", member, "o->put(n)"), "-");
}

/* A macro of the command line has no text to read: the word in the source stands for it. */
static void macro_of_the_command_line(void **state) {
    (void)state;
    static const char text[] = "void set(void *);\nvoid f(void *p) { put(p); }\n";
    fe_overlay o = {.path = DIR "/macro_line.c", .bytes = text, .n = sizeof text - 1};
    const char *args[] = {"-Dput=set"};
    fe_request rq = {.file = o.path, .dir = DIR, .args = args, .nargs = 1, .overlay = &o, .noverlay = 1};
    ir_unit u;
    ll_err err = {0};
    if (!fe_clang_unit(arena, names, &rq, &u, &err)) fail_msg("%s", err.msg);
    assert_string_equal(find(&u, "f")->blocks[0].insts[0].macro, "put");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_file),
        cmocka_unit_test(nothing_and_noise),
        cmocka_unit_test(errors_stay_in_their_function),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(long_chains),
        cmocka_unit_test(one_megabyte_function),
        cmocka_unit_test(headers_on_demand),
        cmocka_unit_test(language),
        cmocka_unit_test(facts_of_system_headers),
        cmocka_unit_test(edits_above),
        cmocka_unit_test(internal_names_are_by_path),
        cmocka_unit_test(macro_names),
        cmocka_unit_test(macro_of_the_command_line),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
