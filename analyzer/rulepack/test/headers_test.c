/* Our packs against the real headers: every function a pack names is declared by the headers it lists,
 * takes the arguments the pack speaks of, and the constants have the values the pack gives them. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "rulepack/rulepack.h"

typedef struct proto {
    bool found, variadic, returns_pointer, returns_void;
    char *params[16];
    uint32_t nparams;
} proto;

typedef struct test_dir {
    char path[64];
    ll_arena *arena;
} test_dir;

static int setup(void **state) {
    test_dir *d = calloc(1, sizeof *d);
    strncpy(d->path, "/tmp/rulepack-headers-XXXXXX", sizeof d->path - 1);
    if (!mkdtemp(d->path)) return -1;
    d->arena = ll_arena_new("test");
    *state = d;
    return 0;
}

static int teardown(void **state) {
    test_dir *d = *state;
    char *command = ll_printf(d->arena, "rm -rf '%s'", d->path);
    int r = system(command);
    ll_arena_free(d->arena);
    free(d);
    return r;
}

static bool run(const char *command) {
    return system(command) == 0;
}

/* What the pack's headers are compiled with. */
static const char *header_flags(test_dir *d, const rulepack_pack *p) {
    uint32_t n;
    const char **flags = rulepack_header_flags(p, d->arena, &n), *all = "";
    for (uint32_t i = 0; i < n; i++) all = ll_printf(d->arena, "%s '%s'", all, flags[i]);
    return all;
}

/* Whether the headers of a library's pack are here; ci/setup-packs installs them. LIFELINT_ALL_HEADERS=1
 * asks that they be. */
static bool has_headers(test_dir *d, const rulepack_pack *p) {
    if (!p->npackages || getenv("LIFELINT_ALL_HEADERS")) return true;
    ll_strbuf unit = {0};
    for (uint32_t i = 0; i < p->nheaders; i++)
        ll_sb_printf(&unit, "#if !__has_include(<%s>)\n#error missing\n#endif\n", p->headers[i]);
    char *source = ll_path_join(d->arena, d->path, "has.c");
    ll_err err;
    assert_true(ll_write_file(source, ll_sb_str(&unit), unit.n, &err));
    ll_sb_free(&unit);
    if (run(ll_printf(d->arena, "gcc -fsyntax-only %s '%s' 2>/dev/null", header_flags(d, p), source))) return true;
    print_message("%s: skipped, its headers are not installed\n", p->name);
    return false;
}

/* Compiles a unit with the pack's headers; gcc writes every prototype it saw. NULL when it does not compile. */
static char *prototypes(test_dir *d, const rulepack_pack *p) {
    ll_strbuf unit = {0};
    ll_sb_add(&unit, "#define _GNU_SOURCE\n");
    for (uint32_t i = 0; i < p->nheaders; i++) ll_sb_printf(&unit, "#include <%s>\n", p->headers[i]);
    for (uint32_t i = 0; i < p->nconstants; i++)
        ll_sb_printf(&unit, "char check_%s[(long)(%s) == %lld ? 1 : -1];\n", p->constants[i].name, p->constants[i].name,
                     (long long)p->constants[i].value);
    char *source = ll_path_join(d->arena, d->path, "unit.c"), *info = ll_path_join(d->arena, d->path, "unit.info");
    ll_err err;
    assert_true(ll_write_file(source, unit.s, unit.n, &err));
    ll_sb_free(&unit);
    if (!run(ll_printf(d->arena, "gcc -std=gnu17 -w -fsyntax-only -aux-info '%s' %s '%s'", info, header_flags(d, p),
                       source)))
        return NULL;
    char *text;
    size_t n;
    assert_true(ll_read_file(d->arena, info, 0, &text, &n, &err));
    return text;
}

static char *trimmed(ll_arena *a, const char *s, const char *end) {
    while (s < end && isspace((unsigned char)*s)) s++;
    while (end > s && isspace((unsigned char)end[-1])) end--;
    return ll_strndup(a, s, (size_t)(end - s));
}

static void add_param(ll_arena *a, proto *p, const char *from, const char *to) {
    char *t = trimmed(a, from, to);
    if (strcmp(t, "...") == 0)
        p->variadic = true;
    else if (strcmp(t, "void") != 0 && *t && p->nparams < sizeof p->params / sizeof *p->params)
        p->params[p->nparams++] = t;
}

/* `s` is behind the opening parenthesis. */
static void split_params(ll_arena *a, proto *p, const char *s) {
    int depth = 0;
    const char *start = s;
    for (; *s && depth >= 0; s++) {
        if (*s == '(') depth++;
        if (*s == ')') depth--;
        if ((*s == ',' && depth == 0) || depth < 0) {
            add_param(a, p, start, s);
            start = s + 1;
        }
    }
}

/* Finds `name (` in the list; lines are "… * / extern TYPE name (PARAMS);". */
static proto find_proto(ll_arena *a, const char *info, const char *name) {
    proto p = {0};
    char *wanted = ll_printf(a, "%s (", name);
    for (const char *at = strstr(info, wanted); at; at = strstr(at + 1, wanted)) {
        if (at == info || isalnum((unsigned char)at[-1]) || at[-1] == '_') continue;
        const char *line = at;
        while (line > info && line[-1] != '\n') line--;
        const char *ret = strstr(line, "*/ ");
        if (!ret || ret > at) continue;
        ret += 3;
        if (strncmp(ret, "extern ", 7) == 0) ret += 7;
        char *type = trimmed(a, ret, at);
        p.found = true;
        p.returns_pointer = strchr(type, '*') != NULL;
        p.returns_void = strcmp(type, "void") == 0;
        split_params(a, &p, at + strlen(wanted));
        return p;
    }
    return p;
}

/* A type of the pack's headers that hides a pointer (gss_buffer_t). */
static bool hides_pointer(test_dir *d, const rulepack_pack *p, const char *type) {
    ll_strbuf unit = {0};
    for (uint32_t i = 0; i < p->nheaders; i++) ll_sb_printf(&unit, "#include <%s>\n", p->headers[i]);
    ll_sb_printf(&unit, "char check[__builtin_classify_type((%s)0) == 5 ? 1 : -1];\n", type);
    char *source = ll_path_join(d->arena, d->path, "type.c");
    ll_err err;
    assert_true(ll_write_file(source, unit.s, unit.n, &err));
    ll_sb_free(&unit);
    return run(ll_printf(d->arena, "gcc -w -fsyntax-only %s '%s' 2>/dev/null", header_flags(d, p), source));
}

static uint32_t complaints;

#define COMPLAIN(...) (complaints++, print_error(__VA_ARGS__))

static void check_where(test_dir *d, const rulepack_pack *pack, const char *f, const proto *p, const rule_where *w) {
    if (w->kind == WHERE_RET && p->returns_void) COMPLAIN("%s: %s returns nothing\n", pack->name, f);
    if (w->kind != WHERE_ARG && w->kind != WHERE_ARG_DEREF) return;
    if (w->arg > p->nparams) {
        if (!p->variadic) COMPLAIN("%s: %s has no argument %d\n", pack->name, f, w->arg);
        return;
    }
    const char *type = p->params[w->arg - 1];
    bool points = strchr(type, '*') || strchr(type, '[') || strstr(type, "SOCKADDR_ARG");
    if (w->kind == WHERE_ARG_DEREF && !points) points = hides_pointer(d, pack, type);
    if (w->kind == WHERE_ARG_DEREF && !points)
        COMPLAIN("%s: argument %d of %s is no pointer: %s\n", pack->name, w->arg, f, type);
    if (w->kind == WHERE_ARG_DEREF && strncmp(type, "const ", 6) == 0 && strchr(type, '*') == strrchr(type, '*'))
        COMPLAIN("%s: %s cannot write through argument %d: %s\n", pack->name, f, w->arg, type);
}

static void check_effect(test_dir *d, const rulepack_pack *pack, const char *f, const proto *p, const rule_effect *e) {
    check_where(d, pack, f, p, &e->where);
    check_where(d, pack, f, p, &e->from);
    for (uint32_t i = 0; i < e->nconds; i++) {
        const rule_cond *c = &e->conds[i];
        check_where(d, pack, f, p, &c->where);
        bool ordered = c->cmp == CMP_LT || c->cmp == CMP_LE || c->cmp == CMP_GT || c->cmp == CMP_GE;
        if (c->where.kind == WHERE_RET && p->returns_pointer && (ordered || (c->value != 0 && c->value != -1)))
            COMPLAIN("%s: the result of %s is a pointer, and is compared like a number\n", pack->name, f);
    }
    if (e->kind == EFF_ACQUIRE && e->where.kind == WHERE_RET && e->rule->is_integer && p->returns_pointer)
        COMPLAIN("%s: %s returns a pointer, the resource is an integer\n", pack->name, f);
}

/* A pointer to a function that the headers declare (xmlFree): nothing is known of its arguments. */
static bool is_variable(test_dir *d, const rulepack_pack *p, const char *name) {
    ll_strbuf unit = {0};
    for (uint32_t i = 0; i < p->nheaders; i++) ll_sb_printf(&unit, "#include <%s>\n", p->headers[i]);
    ll_sb_printf(&unit, "__typeof__(%s) *check = &%s;\n", name, name);
    char *source = ll_path_join(d->arena, d->path, "variable.c");
    ll_err err;
    assert_true(ll_write_file(source, unit.s, unit.n, &err));
    ll_sb_free(&unit);
    return run(ll_printf(d->arena, "gcc -w -fsyntax-only %s '%s' 2>/dev/null", header_flags(d, p), source));
}

static void check_pack(test_dir *d, const char *path) {
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s =
        rulepack_load(&(rulepack_options){.paths = &path, .npaths = 1, .strict = true, .experimental = true}, bad);
    rulepack_print_problems(bad, stderr);
    assert_non_null(s);
    const rulepack_pack *pack = NULL;
    for (uint32_t i = 0; i < rule_set_pack_count(s); i++)
        if (strcmp(rule_set_pack_at(s, i)->file, path) == 0) pack = rule_set_pack_at(s, i);
    assert_non_null(pack);
    if (pack->nheaders && has_headers(d, pack)) {
        char *info = prototypes(d, pack);
        assert_non_null(info);
        for (uint32_t i = 0; i < pack->nfunctions; i++) {
            const char *f = pack->functions[i];
            proto p = find_proto(d->arena, info, f);
            if (!p.found && is_variable(d, pack, f)) continue;
            if (!p.found) {
                COMPLAIN("%s: no declaration of %s in the listed headers\n", pack->name, f);
                continue;
            }
            const rule_model *m = rule_set_model(s, f);
            for (uint32_t j = 0; m && j < m->neffects; j++) check_effect(d, pack, f, &p, &m->effects[j]);
        }
    }
    rule_set_free(s);
    rulepack_problems_free(bad);
}

static void packs_agree_with_headers(void **state) {
    test_dir *d = *state;
    DIR *dir = opendir(RULES_DIR);
    assert_non_null(dir);
    uint32_t seen = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".yml") != 0) continue;
        check_pack(d, ll_path_join(d->arena, RULES_DIR, e->d_name));
        seen++;
    }
    closedir(dir);
    assert_true(seen >= 5);
    assert_int_equal(complaints, 0);
}

/* The check itself: what it must refuse. */
static void mistakes_are_seen(void **state) {
    test_dir *d = *state;
    const char *headers[] = {"stdlib.h"};
    rulepack_constant wrong = {"EXIT_FAILURE", 7}, right = {"EXIT_FAILURE", 1};
    rulepack_pack pack = {.name = "test", .headers = headers, .nheaders = 1, .constants = &right, .nconstants = 1};
    char *info = prototypes(d, &pack);
    assert_non_null(info);
    assert_false(find_proto(d->arena, info, "mallok").found);
    assert_false(find_proto(d->arena, info, "alloc").found);
    proto p = find_proto(d->arena, info, "posix_memalign");
    assert_true(p.found);
    assert_int_equal(p.nparams, 3);
    assert_false(p.returns_pointer);
    check_where(d, &pack, "posix_memalign", &p, &(rule_where){.kind = WHERE_ARG_DEREF, .arg = 1});
    assert_int_equal(complaints, 0);
    check_where(d, &pack, "posix_memalign", &p, &(rule_where){.kind = WHERE_ARG_DEREF, .arg = 2});
    check_where(d, &pack, "posix_memalign", &p, &(rule_where){.kind = WHERE_ARG, .arg = 4});
    assert_int_equal(complaints, 2);
    complaints = 0;
    pack.constants = &wrong;
    assert_null(prototypes(d, &pack));
}

static void compile_example(test_dir *d, const rule *r, const rule_example *e, const char *include) {
    bool cxx = strcmp(e->lang, "c++") == 0;
    char *source = ll_path_join(d->arena, d->path, cxx ? "example.cc" : "example.c");
    ll_err err;
    assert_true(ll_write_file(source, e->code, strlen(e->code), &err));
    const char *flags =
        cxx ? "g++ -std=gnu++17" : "gcc -std=gnu17 -Werror=implicit-function-declaration -Werror=int-conversion";
    if (run(ll_printf(d->arena, "%s -w -fsyntax-only %s '%s'", flags, include, source))) return;
    COMPLAIN("%s:%d: this example of %s does not compile\n", r->file, e->line, r->id);
}

static void examples_compile(void **state) {
    test_dir *d = *state;
    const char *path = RULES_DIR;
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load(&(rulepack_options){.paths = &path, .npaths = 1, .no_base = true}, bad);
    rulepack_print_problems(bad, stderr);
    assert_non_null(s);
    complaints = 0;
    const rulepack_pack *pack = NULL;
    bool present = false;
    for (uint32_t i = 0; i < rule_set_count(s); i++) {
        const rule *r = rule_set_at(s, i);
        if (rulepack_pack_of(s, r) != pack) {
            pack = rulepack_pack_of(s, r);
            present = has_headers(d, pack);
        }
        if (present)
            for (uint32_t j = 0; j < r->nexamples; j++) compile_example(d, r, &r->examples[j], header_flags(d, pack));
    }
    rule_set_free(s);
    rulepack_problems_free(bad);
    assert_int_equal(complaints, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_seen),
        cmocka_unit_test(packs_agree_with_headers),
        cmocka_unit_test(examples_compile),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
