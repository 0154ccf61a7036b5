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

enum { MAX_UNITS = 8 };

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
        cmocka_unit_test(units_part_where_their_directives_or_flags_do),
        cmocka_unit_test(headers_with_errors_or_a_look_at_the_unit_have_none),
        cmocka_unit_test(cxx_has_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
