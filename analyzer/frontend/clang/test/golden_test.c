/* The lowering, shown: every source of fixtures/ir against the IR it must give, as text.
 * LIFELINT_UPDATE_GOLDENS=1 rewrites the goldens; read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "frontend/frontend.h"

#define DIR FIXTURES_DIR "/ir"

typedef struct unit {
    ll_arena *arena;
    ll_intern *names;
    ir_unit u;
} unit;

static unit lower(const char *name) {
    unit r = {.arena = ll_arena_new("test"), .names = ll_intern_new()};
    const char *dot = strrchr(name, '.');
    const char *args[] = {dot && strcmp(dot, ".cpp") == 0 ? "-std=c++17" : "-std=gnu17", "--target=x86_64-linux-gnu"};
    fe_request rq = {.file = ll_path_join(r.arena, DIR, name), .dir = DIR, .args = args, .nargs = 2};
    ll_err err = {0};
    if (!fe_clang_unit(r.arena, r.names, &rq, &r.u, &err)) fail_msg("%s", err.msg);
    return r;
}

static void drop(unit *r) {
    ll_intern_free(r->names);
    ll_arena_free(r->arena);
}

/* The printed unit, its absolute paths made relative to the fixtures. */
static char *printed(ll_arena *a, const ir_unit *u) {
    ll_strbuf raw = {0}, out = {0};
    ir_print_unit(&raw, u);
    for (const char *s = ll_sb_str(&raw); *s;) {
        const char *hit = strstr(s, DIR "/");
        if (!hit) hit = s + strlen(s);
        ll_sb_addn(&out, s, (size_t)(hit - s));
        s = *hit ? hit + strlen(DIR "/") : hit;
    }
    char *text = ll_strdup(a, ll_sb_str(&out));
    ll_sb_free(&raw);
    ll_sb_free(&out);
    return text;
}

static void check_verified(const ir_unit *u) {
    for (uint32_t i = 0; i < u->funcs.n; i++) {
        ll_err err = {0};
        if (!ir_verify(u->funcs.v[i], &err)) fail_msg("%s", err.msg);
    }
}

static void check_reads_back(unit *r, const char *name) {
    ll_strbuf first = {0}, second = {0};
    ir_unit again;
    ll_err err = {0};
    ir_print_unit(&first, &r->u);
    if (!ir_read_unit(r->arena, r->names, name, ll_sb_str(&first), &again, &err)) fail_msg("%s", err.msg);
    ir_print_unit(&second, &again);
    assert_string_equal(ll_sb_str(&first), ll_sb_str(&second));
    ll_sb_free(&first);
    ll_sb_free(&second);
}

static void golden(void **state) {
    const char *name = *state;
    unit r = lower(name);
    char *got = printed(r.arena, &r.u), *want = NULL;
    size_t n = 0;
    char *path = ll_printf(r.arena, "%s/%s.ir", DIR, name);
    ll_err err = {0};
    check_verified(&r.u);
    check_reads_back(&r, name);
    if (getenv("LIFELINT_UPDATE_GOLDENS") && !ll_write_file(path, got, strlen(got), &err)) fail_msg("%s", err.msg);
    if (!ll_read_file(r.arena, path, 0, &want, &n, &err)) fail_msg("%s", err.msg);
    assert_string_equal(got, want);
    drop(&r);
}

#define GOLDEN(file) {"golden " file, golden, NULL, NULL, file}

int main(void) {
    const struct CMUnitTest tests[] = {
        GOLDEN("calls.c"),   GOLDEN("conditions.c"), GOLDEN("loops.c"),       GOLDEN("jumps.c"),
        GOLDEN("cleanup.c"), GOLDEN("fields.c"),     GOLDEN("init.c"),        GOLDEN("globals.c"),
        GOLDEN("gnu.c"),     GOLDEN("attributes.c"), GOLDEN("header.c"),      GOLDEN("errors.c"),
        GOLDEN("raii.cpp"),  GOLDEN("objects.cpp"),  GOLDEN("macro_calls.c"), GOLDEN("tables.c"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
