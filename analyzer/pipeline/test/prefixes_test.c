#define _GNU_SOURCE
/* Units read on a shared prefix have the facts, byte for byte, that they have without: whatever their headers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "pipeline/facts.h"

enum { MAX_UNITS = 24 };

static ll_arena *arena;
static ll_intern *names;
static char *root;

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    char *dir = ll_strdup(arena, "/tmp/lifelint-prefixes-XXXXXX");
    root = mkdtemp(dir);
    return !root;
}

static int tear_down(void **state) {
    (void)state;
    int status = 1;
    char *const command[] = {"rm", "-rf", root, NULL};
    if (fork() == 0) execv("/bin/rm", command);
    wait(&status);
    ll_intern_free(names);
    ll_arena_free(arena);
    return status;
}

static const char *put(const char *name, const char *text) {
    const char *path = ll_path_join(arena, root, name);
    ll_err err = {0};
    if (!ll_make_dirs(ll_path_dir(arena, path), &err) || !ll_write_file(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    return path;
}

typedef struct project {
    fe_request rq[MAX_UNITS];
    uint32_t n;
} project;

static void unit(project *p, const char *name, const char *text) {
    static const char *const args[] = {"-std=gnu17", "-DGIVEN(x)=free(x)"};
    p->rq[p->n++] = (fe_request){.file = put(name, text), .dir = root, .root = root, .args = args, .nargs = 2};
}

typedef struct reading {
    facts_unit units[MAX_UNITS];
    facts_costs costs;
} reading;

static reading read_all(const project *p, bool no_prefixes) {
    reading r = {0};
    int stopped_by;
    ll_err err = {0};
    const facts_options opt = {
        .workers = {.jobs = 2, .time_limit_s = 60}, .no_prefixes = no_prefixes, .costs = &r.costs};
    if (!facts_collect(arena, names, p->rq, p->n, &opt, r.units, &stopped_by, &err)) fail_msg("%s", err.msg);
    return r;
}

static const char *shown(const facts_unit *u) {
    ll_strbuf out = {0};
    if (u->unit) ir_print_unit(&out, u->unit);
    for (uint32_t i = 0; u->unit && i < u->unit->files.n; i++) ll_sb_printf(&out, "file %s\n", u->unit->files.v[i]);
    ll_sb_add(&out, u->error.msg);
    const char *text = ll_strdup(arena, ll_sb_str(&out));
    ll_sb_free(&out);
    return text;
}

/* The same with and without; returns what it took with. */
static facts_costs same_facts(const project *p) {
    reading plain = read_all(p, true), shared = read_all(p, false);
    for (uint32_t i = 0; i < p->n; i++) {
        assert_string_equal(shown(&shared.units[i]), shown(&plain.units[i]));
        assert_true(ll_hash_equal(shared.units[i].facts, plain.units[i].facts));
    }
    assert_int_equal(plain.costs.nprefixes, 0);
    assert_int_equal(plain.costs.prefixed, 0);
    assert_int_equal(shared.costs.units, p->n);
    return shared.costs;
}

static void headers(void) {
    put("pool.h",
        "#ifndef POOL_H\n#define POOL_H\n#include <stdlib.h>\n#include <assert.h>\n"
        "struct pool { char *base; int n; };\n"
        "#define pool_drop(p) free(p)\n"
        "#define FREE_AND_NULL(p) do { free(p); (p) = NULL; } while (0)\n"
        "static inline char *pool_get(struct pool *p) { assert(p); return p->base ? p->base : malloc(8); }\n"
        "static inline void pool_put(struct pool *p, char *b) { if (b != p->base) free(b); }\n"
        "extern int pool_count;\n#endif\n");
    /* no include guard, and not the same when it is read again */
    put("toggle.h", "#ifdef TOGGLE\n#undef TOGGLE\n#define SECOND 1\n#else\n#define TOGGLE 1\n#endif\n");
}

#define LEADING "#define _GNU_SOURCE\n#include <stdio.h>\n#include \"toggle.h\" /* once */\n#include \"pool.h\"\n"

static void whatever_headers_do(void **state) {
    (void)state;
    project p = {0};
    headers();
    unit(&p, "a.c",
         "/* its own words */\n" LEADING
         "#ifdef SECOND\n#error read twice\n#endif\n"
         "int here(struct pool *p) { char *b = pool_get(p); if (!b) return __LINE__; pool_put(p, b); return TOGGLE; "
         "}\n");
    unit(&p, "b.c",
         LEADING
         "#include \"pool.h\"\n#include \"toggle.h\"\n#ifndef SECOND\n#error read once\n#endif\n"
         "void drop(char *x, char *y) { pool_drop(x); FREE_AND_NULL(y); GIVEN(x); }\n");
    unit(&p, "c.c",
         LEADING
         "static char *pool_put_back;\nchar *keep(struct pool *p) { pool_put(p, pool_put_back); "
         "assert(pool_count); puts(__FILE__); puts(__BASE_FILE__); return pool_get(p); }\n");
    unit(&p, "d.c", LEADING "int broken(void) { return undeclared(3) }\nint fine(FILE *f) { return fclose(f); }\n");
    facts_costs c = same_facts(&p);
    assert_int_equal(c.nprefixes, 1);
    assert_int_equal(c.prefixed, 4);
    assert_int_equal(c.reread, 0);
}

static void a_declaration_behind_the_prefix_is_looked_for_without_it(void **state) {
    (void)state;
    project p = {0};
    headers();
    unit(&p, "a.c", LEADING "void f(char *p) { __builtin_free(p); }\n");
    unit(&p, "b.c", LEADING "void g(char *p) { free(p); }\n");
    unit(&p, "c.c", LEADING "void h(char *p) { free(p); }\n");
    facts_costs c = same_facts(&p);
    assert_int_equal(c.prefixed, 2);
    assert_int_equal(c.reread, 1);
}

static void a_cleanup_function_of_the_unit_is_found_on_the_prefix(void **state) {
    (void)state;
    project p = {0};
    headers();
    put("cleanup.h", "static inline void drop_text(char **p) { free(*p); }\n");
    for (int i = 0; i < 3; i++)
        unit(&p, ll_printf(arena, "l%d.c", i),
             LEADING "#undef THERE\n#include \"cleanup.h\"\nvoid drop_pool(struct pool **);\n"
                     "int f(void) { __attribute__((cleanup(drop_text))) char *s = malloc(3);\n"
                     "__attribute__((cleanup(drop_pool))) struct pool *q = malloc(3); return !s + !q; }\n");
    facts_costs c = same_facts(&p);
    assert_int_equal(c.prefixed, 3);
    assert_int_equal(c.reread, 0);
}

static void units_part_where_their_directives_or_flags_do(void **state) {
    (void)state;
    static const char *const other[] = {"-std=gnu17", "-DTOGGLE"};
    project p = {0};
    headers();
    unit(&p, "a.c", LEADING "void a(char *p) { free(p); }\n");
    unit(&p, "b.c", LEADING "void b(char *p) { free(p); }\n");
    unit(&p, "c.c", LEADING "void c(char *p) { free(p); }\n");
    unit(&p, "d.c", "#include \"pool.h\"\nvoid d(char *p) { free(p); }\n");
    unit(&p, "e.c", LEADING "int e(void) {\n#ifdef SECOND\nreturn 1;\n#endif\nreturn 0; }\n");
    p.rq[4].args = other;
    put("sub/pool.h", "struct pool;\nchar *pool_get(struct pool *);\n");
    put("sub/toggle.h", "");
    unit(&p, "sub/f.c", LEADING "char *f(void) { return pool_get(0); }\n");
    facts_costs c = same_facts(&p);
    assert_int_equal(c.nprefixes, 1);
    assert_int_equal(c.prefixed, 3);
}

static void headers_with_errors_or_a_look_at_the_unit_have_none(void **state) {
    (void)state;
    project p = {0};
    put("pool.h", "int pool(void) { return missing; }\n");
    for (int i = 0; i < 3; i++)
        unit(&p, ll_printf(arena, "e%d.c", i),
             "#include <stdio.h>\n#include \"pool.h\"\nint f(void) { return pool(); }\n");
    assert_int_equal(same_facts(&p).nprefixes, 0);
    put("pool.h", "static inline const char *pool(void) { return __BASE_FILE__; }\n");
    assert_int_equal(same_facts(&p).nprefixes, 0);
    put("pool.h", "");
    unlink(ll_path_join(arena, root, "pool.h"));
    assert_int_equal(same_facts(&p).nprefixes, 0);
}

#define MORE "#include <errno.h>\n#include <fcntl.h>\n#include <ctype.h>\n#include <signal.h>\n"

static void headers_of_the_library_come_in_any_order(void **state) {
    (void)state;
    project p = {0};
    headers();
    unit(&p, "a.c",
         MORE
         "#include <unistd.h>\n#include <stdio.h>\n#include <string.h>\n#include <mntent.h>\n"
         "int a(FILE *f) { endmntent(f); return close(fileno(f)); }\n");
    unit(&p, "b.c",
         "#include <stdio.h>\n" MORE
         "#include <string.h>\n#include <unistd.h>\n#include <stdio.h>\n"
         "int b(char *x) { return unlink(strchr(x, 1)); }\n");
    unit(&p, "c.c",
         "#include <string.h>\n#ifdef HAVE_UNISTD_H\n#include <unistd.h>\n#endif\n#include <unistd.h>\n"
         "#include <stdio.h>\n" MORE "int c(FILE *f) { return fclose(f) + __LINE__; }\n");
    unit(&p, "d.c",
         "#include <stdio.h>\n#include <unistd.h>\n#include <string.h>\n" MORE "int d(void) { return getpid(); }\n");
    unit(&p, "e.c",
         "#include <time.h>\n#include <stdio.h>\n#include <unistd.h>\n#include <string.h>\n" MORE "int e;\n");
    /* what comes between keeps its place */
    unit(&p, "f.c",
         "#include <stdio.h>\n#include <unistd.h>\n#define NDEBUG\n#include <string.h>\n#include <assert.h>\n"
         "#undef NDEBUG\n#include <assert.h>\nint f(int x) { assert(x); return x; }\n");
    unit(&p, "g.c",
         "#include <stdio.h>\n#include \"toggle.h\"\n#include <unistd.h>\n#include <string.h>\n#include \"toggle.h\"\n"
         "#ifndef SECOND\n#error once\n#endif\nint g(void) { return SECOND; }\n");
    unit(&p, "h.c",
         "#include <unistd.h>\n#if 0\n#include <stdio.h>\n#endif\n#include <string.h>\n"
         "#ifdef BUFSIZ\n#error not asked for\n#endif\nint h(char *s) { return strlen(s); }\n");
    facts_costs c = same_facts(&p);
    assert_int_equal(c.nprefixes, 1);
    assert_int_equal(c.prefixed, 5);
    assert_int_equal(c.reread, 0);
}

static void so_do_those_that_the_first_header_begins_with(void **state) {
    (void)state;
    project p = {0};
    put("first.h",
        "/* ours */\n#ifndef FIRST_H\n#define FIRST_H\n#include \"second.h\"\n#include <fcntl.h>\n"
        "#ifndef O_CLOEXEC\n#define O_CLOEXEC 1\n#endif\n"
        "static inline int first(void) { return O_CLOEXEC; }\n#endif\n");
    put("second.h",
        "#pragma once\n#include <stdlib.h>\n#include <errno.h>\n#include <string.h>\n#include <limits.h>\n"
        "#include <unistd.h>\n#include <stdint.h>\n#include <time.h>\nstatic inline void second(char *p) { free(p); "
        "}\n");
    for (int i = 0; i < 6; i++)
        unit(&p, ll_printf(arena, "u%d.c", i),
             ll_printf(arena, "%s#include %s\nint u%d(char *p) { second(p); return first() + open(p, O_CLOEXEC); }\n",
                       (const char *[]){"", "#include <errno.h>\n", "#include <signal.h>\n#include <stdlib.h>\n",
                                        "#include <wchar.h>\n", "#include <grp.h>\n", "#include <pwd.h>\n"}[i],
                       i == 3 ? "\"./first.h\"" : "\"first.h\"", i));
    facts_costs c = same_facts(&p);
    assert_true(c.nprefixes >= 1);
    assert_int_equal(c.prefixed, 5); /* "./first.h" is not looked for */
    assert_int_equal(c.reread, 0);
}

/* A guard that the system's headers use is no guard: the header may be empty then. */
static void not_behind_a_guard_of_the_systems(void **state) {
    (void)state;
    project p = {0};
    put("mine.h",
        "#ifndef _ERRNO_H\n#define _ERRNO_H\n#include <stdlib.h>\n#include <string.h>\n#include <time.h>\n"
        "#include <unistd.h>\n#include <stdint.h>\n#include <limits.h>\n#endif\nextern int mine;\n");
    for (int i = 0; i < 5; i++)
        unit(&p, ll_printf(arena, "v%d.c", i),
             "#include <errno.h>\n#include \"mine.h\"\n#ifdef UINT8_MAX\n#error hidden\n#endif\nint v(void) { return "
             "mine; }\n");
    same_facts(&p);
}

static const char *const *flags_with(const char *one, const char *two) {
    const char **v = LL_NEWN(arena, const char *, 4);
    v[0] = "-std=gnu17";
    v[1] = "-DGIVEN(x)=free(x)";
    v[2] = ll_printf(arena, "-I%s", one);
    v[3] = ll_printf(arena, "-I%s", two);
    return v;
}

static void folders_that_make_no_difference_are_none(void **state) {
    (void)state;
    project p = {0};
    put("lib/own.h",
        "#define SOURCES \"../\"\n#include <stdlib.h>\n#include <string.h>\nstruct own { int x; };\nvoid own_drop(struct own *);\n");
    put("bits/unistd_ext.h", "#define SHADOWED 1\n");
    put("other/own.h", "struct own { char *y; };\nvoid own_drop(struct own *);\n");
    for (int i = 0; i < 8; i++) {
        unit(&p, ll_printf(arena, "w%d.c", i),
             "#include <unistd.h>\n#include <errno.h>\n#include <stdio.h>\n#include <fcntl.h>\n#include <signal.h>\n"
             "#include <time.h>\n#include <ctype.h>\n#include \"own.h\"\n"
             "#ifdef SHADOWED\nvoid w(struct own *o) { own_drop(o); }\n#else\nint w(struct own *o) { own_drop(o); "
             "return "
             "isatty(0); }\n#endif\n");
        p.rq[i].args = i < 5    ? flags_with(i % 2 ? "none" : "sub", "lib")
                       : i == 5 ? flags_with("other", "lib")
                                : flags_with(".", i == 6 ? "lib" : "other");
        p.rq[i].nargs = 4;
    }
    facts_costs c = same_facts(&p);
    assert_true(c.nprefixes >= 1);
    assert_true(c.prefixed >= 5);
    assert_int_equal(c.reread, 0);
}

/* ---- headers of the C library behind the first own one ---- */

enum { MANY = 20 }; /* so many that asking the compiler pays */

/* Many units that include "own.h", each by way of a header that no other has: a prefix can only hold what comes before.
 */
static facts_costs behind_own(const char *begin, const char *own, const char *end) {
    project p = {0};
    put("own.h", own);
    for (int i = 0; i < MANY; i++) {
        put(ll_printf(arena, "way%d.h", i), "#include \"own.h\"\n");
        unit(&p, ll_printf(arena, "m%d.c", i),
             ll_printf(arena, "%s#include \"way%d.h\"\nint m%d(char *p) { free(p); return own() + __LINE__; }\n%s",
                       begin, i, i, end));
    }
    facts_costs c = same_facts(&p);
    assert_int_equal(c.reread, 0);
    return c;
}

static void headers_behind_an_own_one_come_before_it(void **state) {
    (void)state;
    facts_costs c =
        behind_own("",
                   "#ifndef OWN_H\n#define OWN_H\n#define OWN_LIMIT 4\nstruct own { int read, index; };\n"
                   "static inline int own_one(struct own *o, int link) { return o->read + link; }\n"
                   "#include <stdlib.h>\n#include <string.h>\n#ifdef HAVE_TIME_H\n#include <time.h>\n#endif\n"
                   "#if defined(__GNUC__) && !defined(NEVER)\n#include <unistd.h>\n#endif\n#include <signal.h>\n"
                   "static int own(void) { struct own o = {1, 2}; return own_one(&o, getpid()); }\n#endif\n",
                   "#include <sys/stat.h>\nint late(char *p) { struct stat s; return stat(p, &s); }\n");
    assert_int_equal(c.prefixed, MANY);
    assert_true(c.nprefixes >= 1);
}

#define LIBRARY "#include <stdlib.h>\n#include <string.h>\n#include <errno.h>\n#include <signal.h>\n"

/* (a) What the header says depends on what was defined before it. */
static void not_over_a_macro_that_they_mention(void **state) {
    (void)state;
    behind_own("", "#define _GNU_SOURCE\n" LIBRARY "#include <fcntl.h>\nstatic int own(void) { return O_PATH; }\n", "");
    behind_own("",
               "#define NDEBUG\n" LIBRARY
               "#include <assert.h>\n"
               "static int own(void) { assert(getenv(\"A\")); return 0; }\n",
               "");
    /* it includes <features.h> by way of <sys/cdefs.h>, which does so where nobody else has */
    behind_own("",
               "#define _GNU_SOURCE\n#include <stdio.h>\n#include <glob.h>\n" LIBRARY
               "#include <fcntl.h>\nstatic int own(void) { return O_PATH; }\n",
               "");
}

/* (b) What comes before the header asks whether it has been there. */
static void not_over_a_mention_of_what_they_say(void **state) {
    (void)state;
    behind_own(
        "",
        "#ifdef O_RDONLY\n#error too early\n#endif\n#ifndef EINTR\nstatic int first(void) { return 1; }\n#endif\n"
        "#include <fcntl.h>\n" LIBRARY "static int own(void) { return first(); }\n",
        "");
    behind_own("",
               "#ifndef offsetof\n#define offsetof(t, m) 3\n#define MINE 1\n#endif\n" LIBRARY
               "#undef offsetof\n#include <stddef.h>\nstatic int own(void) { return MINE; }\n",
               "");
    behind_own("",
               "#define either(a, b) EINTR_##a\n#define ask(x) either(x, 1)\nenum { EINTR_EINTR = 3 };\n"
               "static int mine = ask(EINTR);\n" LIBRARY "static int own(void) { return mine; }\n",
               "");
}

/* (c) It needs, or says itself, what they declare. */
static void not_over_a_declaration_of_the_same(void **state) {
    (void)state;
    behind_own("",
               "static int early(void) { return getppid(); }\n" LIBRARY
               "#include <unistd.h>\nstatic int own(void) { return early(); }\n",
               "");
    behind_own("",
               "__attribute__((noreturn)) void abort(void);\nint unlink(const char *);\n"
               "static int early(const char *s) { if (unlink(s)) abort(); return 0; }\n" LIBRARY
               "#include <unistd.h>\nstatic int own(void) { return early(\"\"); }\n",
               "");
}

/* (d) Under pragmas, in the middle of something, where a condition asks. */
static void not_where_something_is_open(void **state) {
    (void)state;
    behind_own("",
               "#pragma pack(push, 1)\n#include <time.h>\n#pragma pack(pop)\n" LIBRARY
               "static int own(void) { return sizeof(struct tm); }\n",
               "");
    behind_own("",
               "static int inner(void) {\n#include <ctype.h>\nreturn 0; }\n" LIBRARY
               "static int own(void) { return inner() + toupper(3); }\n",
               "");
    behind_own("",
               "#define PICKED 1\n#if PICKED > 2\n#include <fcntl.h>\n#endif\n" LIBRARY
               "static int own(void) { return 0; }\n",
               "#ifdef O_RDONLY\n#error never asked for\n#endif\n");
    behind_own("#define HAVE_IT 1\n",
               "#undef HAVE_IT\n#ifdef HAVE_IT\n#include <fcntl.h>\n#endif\n" LIBRARY
               "static int own(void) { return 0; }\n",
               "#ifdef O_RDONLY\n#error never asked for\n#endif\n");
}

/* What is read twice finds other answers the second time. */
static void not_by_what_a_first_reading_finds(void **state) {
    (void)state;
    put("again.h",
        "#ifdef AGAIN\n#ifdef EINTR\nstatic int second(void) { return 1; }\n#else\n"
        "static int second(void) { return 2; }\n#endif\n#else\n#define AGAIN\n#endif\n");
    behind_own("", "#include \"again.h\"\n#include \"again.h\"\n" LIBRARY "static int own(void) { return second(); }\n",
               "");
}

static void cxx_has_none(void **state) {
    (void)state;
    static const char *const args[] = {"-std=gnu++17"};
    project p = {0};
    headers();
    for (int i = 0; i < 3; i++)
        unit(&p, ll_printf(arena, "x%d.cc", i),
             "#include \"pool.h\"\nvoid f(struct pool *p) { pool_put(p, pool_get(p)); }\n");
    for (uint32_t i = 0; i < p.n; i++) {
        p.rq[i].args = args;
        p.rq[i].nargs = 1;
    }
    assert_int_equal(same_facts(&p).nprefixes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_headers_do),
        cmocka_unit_test(a_declaration_behind_the_prefix_is_looked_for_without_it),
        cmocka_unit_test(a_cleanup_function_of_the_unit_is_found_on_the_prefix),
        cmocka_unit_test(units_part_where_their_directives_or_flags_do),
        cmocka_unit_test(headers_with_errors_or_a_look_at_the_unit_have_none),
        cmocka_unit_test(headers_of_the_library_come_in_any_order),
        cmocka_unit_test(so_do_those_that_the_first_header_begins_with),
        cmocka_unit_test(not_behind_a_guard_of_the_systems),
        cmocka_unit_test(folders_that_make_no_difference_are_none),
        cmocka_unit_test(headers_behind_an_own_one_come_before_it),
        cmocka_unit_test(not_over_a_macro_that_they_mention),
        cmocka_unit_test(not_over_a_mention_of_what_they_say),
        cmocka_unit_test(not_over_a_declaration_of_the_same),
        cmocka_unit_test(not_where_something_is_open),
        cmocka_unit_test(not_by_what_a_first_reading_finds),
        cmocka_unit_test(cxx_has_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
