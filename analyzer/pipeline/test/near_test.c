/* One edit of a small program each: whether the short way was taken (pipeline/near.h), and that either way finds what a
 * run without memory finds. Longer sequences are in edits_test.c. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"

static char root[64];

static void put(const char *name, const char *text) {
    ll_arena *a = ll_arena_new("path");
    const char *path = ll_path_join(a, root, name);
    char *old;
    size_t n;
    if (!text)
        unlink(path);
    else if (!ll_read_file(a, path, 0, &old, &n, NULL) || n != strlen(text) || memcmp(old, text, n) != 0)
        assert_true(ll_write_file(path, text, strlen(text), NULL));
    ll_arena_free(a);
}

/* A program: two files, of which B may not be there, flags, a pack. NULL: none that matter. */
enum { A, B, FLAGS, PACK, PARTS };

static void write_program(const char *const *p) {
    ll_strbuf db = {0};
    const char *flags = p[FLAGS] ? p[FLAGS] : "";
    put("all.h",
        "void *malloc(unsigned long);\nvoid free(void *);\nint puts(const char *);\nint cond(int);\n"
        "void (*signal(int, void (*)(int)))(int);\nchar *make(int);\nvoid end(char *);\nint tell(int);\n"
        "struct ops { void (*end)(char *); };\nextern const struct ops table;\nextern int limit;\n"
        "struct box { char *p, *q; int n; };\nint last(int);\nint use(int);\n");
    put("a.c", p[A]);
    put("b.c", p[B]);
    ll_sb_printf(&db, "[{\"directory\": \"%s\", \"file\": \"a.c\", \"command\": \"cc %s -c a.c\"}", root, flags);
    if (p[B])
        ll_sb_printf(&db, ",{\"directory\": \"%s\", \"file\": \"b.c\", \"command\": \"cc %s -c b.c\"}", root, flags);
    ll_sb_add(&db, "]");
    put("compile_commands.json", db.s);
    put("pack.yml",
        p[PACK] ? p[PACK] : "about: functions of the program\nfunctions:\n  - {call: nobody, noreturn: true}\n");
    ll_sb_free(&db);
}

static char *run(bool remember, bool *near) {
    char pack[80], *json;
    const char *path = pack;
    size_t n;
    snprintf(pack, sizeof pack, "%s/pack.yml", root);
    check_options opt = {.tool_version = "test",
                         .root = root,
                         .build_dir = root,
                         .confidence = CONFIDENCE_LOW,
                         .rules.paths = {.v = &path, .n = 1},
                         .no_store = !remember,
                         .quiet = true,
                         .log = fopen("/dev/null", "w")};
    opt.facts.workers.jobs = 1;
    check_result r;
    ll_err err = {0};
    if (!pipeline_check(&opt, &r, &err)) fail_msg("%s", err.msg);
    r.run.is_new = NULL; /* what the store knows of earlier runs is not what the run came to */
    r.run.n_gone = 0;
    FILE *to = open_memstream(&json, &n);
    assert_true(pipeline_report(to, OUTPUT_JSON, &r, &(output_options){0}, &err));
    fclose(to);
    fclose(opt.log);
    *near = r.analysis.nparsed == 1 && !r.analysis.engine;
    check_result_free(&r);
    return json;
}

static void check_same(const char *const *p, const char *what, bool near) {
    bool taken, none;
    write_program(p);
    nanosleep(&(struct timespec){0, 9 * 1000 * 1000}, NULL);
    char *warm = run(true, &taken), *cold = run(false, &none);
    if (strcmp(warm, cold) != 0) fail_msg("%s: the runs differ:\n%s\n%s", what, warm, cold);
    if (taken != near) fail_msg("%s: %s", what, near ? "the long way was taken" : "the short way was taken");
    free(warm);
    free(cold);
}

/* ---- cases ---- */

#define HEAD "#include \"all.h\"\n"
#define MAKE "char *make(int n) { return malloc(n + 1); }\n"
#define END "void end(char *p) { free(p); }\n"
#define TELL "int tell(int x) { return x * 2; }\n"
#define MAKER HEAD MAKE END TELL
/* loses what make() gives where tell() says so */
#define USE                                                                                                      \
    "int use(int x) {\n    char *p = make(x);\n    if (!p) return 1;\n    if (tell(x)) return 2;\n    end(p);\n" \
    "    return 0;\n}\n"
#define USER HEAD USE
#define LOSES(TEST)                                                             \
    HEAD "int use(int x) {\n    char *p = make(x);\n    if (p && cond(x) " TEST \
         " 1) return 2;\n    end(p);\n    return 0;\n}\n"
/* what it says of 4 hangs on what it leaves out, which its callers do not see in what it does in general */
#define CHECK(LEFT_OUT)                                                                                        \
    HEAD "int tell(int how) {\n    if (how & 4) how &= ~" LEFT_OUT                                             \
         ";\n    if (!how) return 0;\n"                                                                        \
         "    for (int i = 0; cond(i); i++) {\n        if ((how & 1) && cond(2)) return -1;\n"                 \
         "        if ((how & 2) && cond(3)) return -1;\n        if (cond(how)) return -1;\n    }\n    return " \
         "0;\n}\n" MAKE END
#define CHECKED                                                                                                       \
    HEAD "int use(int x) {\n    char *p = make(x);\n    if (!p) return 1;\n    if (tell(4)) return 2;\n    end(p);\n" \
         "    return 0;\n}\n"

/* released twice where it asks what the table holds; no call names the unit that says so */
#define ASKS(N)                                                 \
    HEAD "int use(int x) {\n    int n = " N                     \
         ";\n    char *p = malloc(4);\n    if (!p) return 1;\n" \
         "    if (n == 4) table.end(p);\n    free(p);\n    return 0;\n}\n"

#define LONG_MAKE "char *make(int n) {\n\n    return malloc(n + 1);\n}\n"
#define MAKE_BELOW "static char *below(int n) { return malloc(n); }\nchar *make(int n) { return below(n + 1); }\n"
#define TWICE(WHAT) "char *make(int n) {\n    int c = cond(n);\n    return " WHAT ";\n}\n"

#define USER_TELLS(MORE)                                                                  \
    HEAD "int use(int x) {\n    char *p = make(x);\n    if (!p) return 1;\n    if (" MORE \
         "tell(x)) return 2;\n    end(p);\n"                                              \
         "    return 0;\n}\n"
#define LAST "int last(int x) { return x - 1; }\n"
#define PUTS "int both(int x) { return cond(x) + puts(\"x\"); }\n"
#define HANDLER(BODY) "static void on(int x) { " BODY "; }\nvoid set(void) { signal(2, on); }\n"
#define BOX                                                                                                            \
    "void box_free(struct box *b) { end(b->p); free(b); }\nvoid box_set(struct box *b) { free(b->p); b->p = make(2); " \
    "}\n"
#define DONE(UNLESS) "static void done(char *p, int x) {\n    " UNLESS ";\n    x = 0;\n    end(p);\n}\n"
#define CLOSE(MORE) "int use(int x) {\n    char *p = make(x);\n    done(p, x);\n    return 0;\n}\n" MORE "\n"

typedef struct edit {
    const char *what;
    const char *before[PARTS], *after[PARTS];
    bool near;
} edit;

static const edit edits[] = {
    {"a new function that nobody names", {MAKER, USER}, {MAKER "int add(int x) { return x + 1; }\n", USER}, true},
    {"a new static function", {MAKER, USER}, {MAKER "static int add(int x) { return x + 1; }\n", USER}, true},
    {"a function that nobody named is gone", {MAKER "int add(int x) { return x + 1; }\n", USER}, {MAKER, USER}, true},
    {"a new function that is named elsewhere",
     {HEAD MAKE END, USER},
     {HEAD MAKE END "int tell(int x) { return 0; }\n", USER},
     false},
    {"a function that is named elsewhere is gone", {MAKER, USER}, {HEAD MAKE END, USER}, false},
    {"a new function that is defined elsewhere",
     {MAKER, USER TELL},
     {MAKER "int use(int x) { return x; }\n", USER TELL},
     false},
    {"a function above what is reported", {MAKER, USER}, {MAKER, HEAD "int add(int x) { return x; }\n" USE}, true},
    {"a function below what is reported", {MAKER, USER}, {MAKER, USER "int add(int x) { return x; }\n"}, true},
    {"a body that does what it did",
     {MAKER "int own(int x) { int n = 3; n += x; return 0; }\n", USER},
     {MAKER "int own(int x) { int n = 4; n -= x; return 0; }\n", USER},
     true},
    {"a body that answers otherwise, and somebody asked",
     {MAKER, USER},
     {HEAD MAKE END "int tell(int x) { return 0; }\n", USER},
     false},
    {"a body that keeps what it released",
     {MAKER, USER},
     {HEAD MAKE "void end(char *p) { (void)p; }\n" TELL, USER},
     false},
    {"a body that reports something else",
     {MAKER, USER},
     {MAKER, HEAD "int use(int x) {\n    char *p = make(x);\n    if (!p) return 1;\n    if (!tell(x)) return 2;\n    "
                  "end(p);\n    return 0;\n}\n"},
     true},
    {"what a static function does",
     {MAKER, HEAD DONE("if (x) return") CLOSE("void close_it(int x) { done(make(x), x); }")},
     {MAKER, HEAD DONE("if (!p) return") CLOSE("void close_it(int x) { done(make(x), x); }")},
     true},
    {"and back", {MAKER, HEAD DONE("if (!p) return") CLOSE("")}, {MAKER, HEAD DONE("if (x) return") CLOSE("")}, true},
    {"what a static function does that is in a table",
     {MAKER, HEAD DONE("if (x) return") "void (*const at_end)(char *, int) = done;\n" CLOSE("")},
     {MAKER, HEAD DONE("if (!p) return") "void (*const at_end)(char *, int) = done;\n" CLOSE("")},
     false},
    {"what a static function does, and so its caller, which is called elsewhere",
     {MAKER "void finish(char *, int); void both(char *p) { finish(p, 1); }\n",
      HEAD DONE("if (x) return") "void finish(char *p, int x) { done(p, x); }\n"},
     {MAKER "void finish(char *, int); void both(char *p) { finish(p, 1); }\n",
      HEAD DONE("if (!p) return") "void finish(char *p, int x) { done(p, x); }\n"},
     false},
    {"a call more", {MAKER, USER}, {HEAD MAKE END "int tell(int x) { puts(\"\"); return x * 2; }\n", USER}, false},
    {"a call more of what is called", {MAKER, USER}, {MAKER, USER_TELLS("tell(x + 1) || ")}, true},
    {"a call of what another unit defines and nobody here called",
     {MAKER LAST, USER},
     {MAKER LAST, USER_TELLS("last(x) || ")},
     true},
    {"and not any more", {MAKER LAST, USER_TELLS("last(x) || ")}, {MAKER LAST, USER}, false},
    {"a call of what nobody called", {MAKER, USER}, {MAKER, USER_TELLS("puts(\"\") || ")}, false},
    {"a call of what others call", {MAKER PUTS, USER}, {MAKER PUTS, USER_TELLS("cond(x) || ")}, true},
    {"a call of what calls back",
     {MAKER "int last(int x) { return x ? use(x - 1) : 0; }\n", USER},
     {MAKER "int last(int x) { return x ? use(x - 1) : 0; }\n", USER_TELLS("last(x) || ")},
     false},
    {"a call that is banned in a handler",
     {MAKER PUTS, USER HANDLER("x = tell(2)")},
     {MAKER PUTS, USER HANDLER("x = tell(2); puts(\"\")")},
     false},
    {"a call that is banned in a handler, further down",
     {MAKER PUTS, USER HANDLER("x = tell(2)")},
     {HEAD MAKE END "int tell(int x) { puts(\"\"); return x * 2; }\n" PUTS, USER HANDLER("x = tell(2)")},
     false},
    {"a field of a record that is released",
     {MAKER BOX, HEAD "void fill(struct box *b) { b->p = make(3); b->n = 0; }\n"},
     {MAKER BOX, HEAD "void fill(struct box *b) { b->p = make(3); b->q = make(4); b->n = 0; }\n"},
     false},
    {"a field of a record that nobody releases",
     {MAKER, HEAD "void fill(struct box *b) { b->p = make(3); b->n = 0; }\n"},
     {MAKER, HEAD "void fill(struct box *b) { b->p = make(3); b->n = tell(3); b->n = 0; }\n"},
     true},
    {"what is called with a field of a record that nobody releases",
     {MAKER, HEAD "int fill(struct box *b) { return tell(b->n) - b->n; }\n"},
     {MAKER, HEAD "int fill(struct box *b) { return tell(b->n) - tell(b->n + 1); }\n"},
     true},
    {"a callee in another unit",
     {MAKER, HEAD "int own(int x) { int n = 3; n += x; return tell(1) ? 0 : 0; }\n"},
     {MAKER, HEAD "int own(int x) { int n = 4; n -= x; return tell(1) ? 0 : 0; }\n"},
     true},
    {"a global's value",
     {MAKER "int limit = 0;\n",
      HEAD "static void *q;\nint use(int x) { char *p = make(1); if (limit) end(p); return 0; }\n"},
     {MAKER "int limit = 1;\n",
      HEAD "static void *q;\nint use(int x) { char *p = make(1); if (limit) end(p); return 0; }\n"},
     false},
    {"a table's function",
     {MAKER "const struct ops table = {end};\n",
      HEAD "int use(int x) { char *p = make(1); table.end(p); return 0; }\n"},
     {MAKER "const struct ops table = {0};\n", HEAD "int use(int x) { char *p = make(1); table.end(p); return 0; }\n"},
     false},
    {"a handler's body",
     {MAKER "static int seen; void on(int s) { int n = 3; n += s; seen = n ? 1 : 1; }\n",
      USER "void set(void) { void on(int); signal(2, on); }\n"},
     {MAKER "static int seen; void on(int s) { int n = 4; n += s; puts(\"\"); seen = n ? 1 : 1; }\n",
      USER "void set(void) { void on(int); signal(2, on); }\n"},
     false},
    {"what is found, and nothing else", {MAKER, LOSES(">")}, {MAKER, LOSES("<")}, true},
    {"what was found, and no more",
     {MAKER, USER},
     {MAKER,
      HEAD "int use(int x) {\n    char *p = make(x);\n    if (!p) return 1;\n    end(p);\n    if (tell(x)) return 2;\n"
           "    return 0;\n}\n"},
     true},
    {"a line within what is reported",
     {MAKER, USER},
     {MAKER, HEAD "int use(int x) {\n    char *p = make(x);\n\n    if (!p) return 1;\n    if (tell(x)) return 2;\n\n"
                  "    end(p);\n    return 0;\n}\n"},
     true},
    {"a line within what gives the block", {MAKER, USER}, {HEAD LONG_MAKE END TELL, USER}, true},
    {"a line within what gives the block to another that hands it on",
     {HEAD MAKE_BELOW END TELL, USER},
     {HEAD
      "static char *below(int n) {\n\n    return malloc(n);\n}\nchar *make(int n) { return below(n + 1); }\n" END TELL,
      USER},
     true},
    {"lines within both",
     {HEAD MAKE_BELOW END TELL, USER},
     {HEAD "static char *below(int n) {\n\n    return malloc(n);\n}\nchar *make(int n) {\n\n    return below(n + "
           "1);\n}\n" END TELL,
      USER},
     true},
    {"one block in two places",
     {HEAD TWICE("c ? malloc(n) : malloc(n + 1)") END TELL, USER},
     {HEAD TWICE("c ?\n malloc(n) : malloc(n + 1)") END TELL, USER},
     true},
    {"a body that was followed for a caller", {CHECK("4"), CHECKED}, {CHECK("8"), CHECKED}, false},
    {"the same way back", {CHECK("8"), CHECKED}, {CHECK("4"), CHECKED}, false},
    {"what only another unit can answer",
     {MAKER "const struct ops table = {end};\n", ASKS("3")},
     {MAKER "const struct ops table = {end};\n", ASKS("4")},
     false},
    {"both units",
     {MAKER, USER},
     {MAKER "int add(int x) { return x; }\n", USER "int sub(int x) { return x; }\n"},
     false},
    {"a unit less", {MAKER, USER}, {MAKER, NULL}, false},
    {"a unit more", {MAKER, NULL}, {MAKER "int add(int x) { return x; }\n", USER}, false},
    {"flags", {MAKER, USER}, {MAKER "int add(int x) { return x; }\n", USER, [FLAGS] = "-DX=1"}, false},
    {"rules",
     {MAKER, USER},
     {MAKER "int add(int x) { return x; }\n",
      USER, [PACK] = "about: functions of the program\nfunctions:\n  - {call: tell, noreturn: true}\n"},
     false},
    {"a suppression",
     {MAKER, USER},
     {MAKER "// lifelint:ignore libc-heap-leak\nint add(int x) { return x; }\n", USER},
     true},
    {"what does not compile", {MAKER, USER}, {MAKER "int add(int x) { return y; }\n", USER}, false},
};

static void each_edit(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        put(".lifelint/lifelint.db", NULL);
        check_same(edits[i].before, edits[i].what, false);
        check_same(edits[i].after, edits[i].what, edits[i].near);
    }
}

/* What an edit of this kind left is what the next one starts from. */
static void one_after_the_other(void **state) {
    (void)state;
    put(".lifelint/lifelint.db", NULL);
    check_same((const char *[PARTS]){MAKER, USER}, "first", false);
    check_same((const char *[PARTS]){MAKER "int add(int x) { return x + 1; }\n", USER}, "a function", true);
    check_same((const char *[PARTS]){MAKER "int add(int x) { return x + 2; }\n", USER}, "its body", true);
    check_same((const char *[PARTS]){MAKER "int sub(int x) { return x - 2; }\n", USER}, "its name", true);
    check_same(
        (const char *[PARTS]){MAKER "int sub(int x) { return x - 2; }\n", USER "int sub(int x) { return x - 3; }\n"},
        "the same elsewhere", false);
    check_same(
        (const char *[PARTS]){MAKER "int sub(int x) { return x - 2; }\n", USER "int add(int x) { return sub(x); }\n"},
        "somebody names it", false);
    check_same((const char *[PARTS]){MAKER, USER "int add(int x) { return sub(x); }\n"}, "it is gone", false);
}

/* What is known of the program is not of the one that was edited: another was analysed since. */
static void another_in_between(void **state) {
    (void)state;
    put(".lifelint/lifelint.db", NULL);
    check_same((const char *[PARTS]){MAKER, USER}, "first", false);
    check_same((const char *[PARTS]){HEAD MAKE END "int tell(int x) { return 0; }\n", USER}, "another", false);
    check_same((const char *[PARTS]){MAKER, USER}, "the first again", false);
    check_same((const char *[PARTS]){MAKER, USER "int add(int x) { return x; }\n"}, "edited", false);
    check_same((const char *[PARTS]){MAKER, USER "int sub(int x) { return x; }\n"}, "edited again", true);
}

static int set_up(void **state) {
    (void)state;
    memcpy(root, "/tmp/lifelint-near-XXXXXX", 26);
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char *const command[] = {"rm", "-rf", root, NULL};
    int status = 0;
    if (fork() == 0) execv("/bin/rm", command);
    wait(&status);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_edit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_in_between, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
