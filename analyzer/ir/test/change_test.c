/* What an edit changed in a unit, and when it is more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ir/change.h"

static ll_arena *arena;
static ll_intern *names;

/* As it comes from the cache: with hashes. */
static const ir_unit *unit_of(const char *text) {
    ir_unit *read = LL_NEW(arena, ir_unit), *u = LL_NEW(arena, ir_unit);
    ll_err err = {0};
    ll_strbuf bytes = {0};
    if (!ir_read_unit(arena, names, "change.ir", text, read, &err)) fail_msg("%s", err.msg);
    ir_encode(&bytes, read);
    assert_true(ir_decode(arena, names, bytes.s, bytes.n, u, NULL));
    ll_sb_free(&bytes);
    return u;
}

#define HEAD                                                                                        \
    "unit \"/p/a.c\"\nfile \"/p/a.c\"\ndecl free : void (ptr(void))\ndecl end : void (ptr(int8))\n" \
    "global count \"c:@count\" at \"/p/a.c\" : int32\n"
#define END(LINES, PLACE)                                                           \
    "\nfunc end at \"/p/a.c\" " LINES                                               \
    " : void {\n  param p : ptr(int8)\n  local n : int32\n  fn free : func(void)\n" \
    "b0:\n  n = 3\n  call free(p) @" PLACE "\n  ret\n}\n"
#define ADD(LINES, N)                                                                                        \
    "\nfunc add at \"/p/a.c\" " LINES " : int32 {\n  param x : int32\n  temp t1 : int32\nb0:\n  t1 = x + " N \
    "\n  ret t1\n}\n"
#define BEFORE HEAD END("1..4", "2:1")

typedef struct comparison {
    const char *before, *now;
    bool offers_the_same;
    uint32_t changed, moved, alone;
} comparison;

static const comparison comparisons[] = {
    {BEFORE, BEFORE, true, 0, 0, 0},
    {BEFORE, HEAD END("5..8", "2:1"), true, 0, 1, 0},
    {BEFORE, HEAD END("1..5", "3:1"), true, 1, 0, 0},
    {BEFORE, BEFORE ADD("6..6", "1"), true, 1, 0, 1},
    {BEFORE ADD("6..6", "1"), BEFORE, true, 1, 0, 1},
    {BEFORE ADD("6..6", "1"), BEFORE ADD("6..6", "2"), true, 1, 0, 1},
    {BEFORE ADD("6..6", "1"), BEFORE ADD("7..7", "2"), true, 1, 0, 1},
    {BEFORE, HEAD, false, 0, 0, 0},
    {HEAD ADD("1..1", "1") END("2..5", "2:1"), HEAD END("2..5", "2:1") ADD("6..6", "1"), false, 0, 0, 0},
    {BEFORE, HEAD "decl puts : void (ptr(int8))\n" END("1..4", "2:1"), true, 0, 0, 0},
    {HEAD "decl puts : void (ptr(int8))\n" END("1..4", "2:1"), BEFORE, false, 0, 0, 0},
    {BEFORE, HEAD "global other \"c:@other\" at \"/p/a.c\" : int32\n" END("1..4", "2:1"), false, 0, 0, 0},
    {BEFORE, "unit \"/p/a.c\"\nfile \"/p/a.c\"\nfile \"/p/a.h\"\n", false, 0, 0, 0},
};

static void declared(void **state) {
    (void)state;
    ir_change change;
    assert_true(ir_change_find(arena, unit_of(BEFORE),
                               unit_of(HEAD "decl puts : void (ptr(int8))\n" END("1..4", "2:1")), &change));
    assert_int_equal(change.declared.n, 1);
    assert_string_equal(change.declared.v[0]->name, "puts");
}

static void what_changed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        const comparison *c = &comparisons[i];
        ir_change change;
        uint32_t alone = 0;
        bool same = ir_change_find(arena, unit_of(c->before), unit_of(c->now), &change);
        if (same != c->offers_the_same) fail_msg("comparison %zu", i);
        if (!same) continue;
        for (uint32_t k = 0; k < change.funcs.n; k++) alone += change.funcs.v[k].alone;
        if (change.funcs.n != c->changed || change.moved.n != c->moved || alone != c->alone)
            fail_msg("comparison %zu: %u changed, %u moved, %u alone", i, change.funcs.n, change.moved.n, alone);
    }
}

/* A call more, or less, may be what others see. */
static void outlines_count(void **state) {
    (void)state;
    static const char *const bodies[] = {"  n = 4\n  call free(p) @2:1\n",
                                         "  n = 3\n  call free(p) @2:1\n  call free(p) @2:1\n",
                                         "  n = 3\n  p = 0\n  call free(p) @2:1\n", "  n = 3\n"};
    static const bool same[] = {true, false, true, false}; /* outlines */
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        ll_strbuf b = {0};
        ir_change change;
        ll_sb_printf(&b,
                     "%s\nfunc end at \"/p/a.c\" 1..4 : void {\n  param p : ptr(int8)\n  local n : int32\n"
                     "  fn free : func(void)\nb0:\n%s  ret\n}\n",
                     HEAD, bodies[i]);
        bool found = ir_change_find(arena, unit_of(BEFORE), unit_of(b.s), &change);
        assert_true(found);
        assert_int_equal(change.funcs.n, 1);
        assert_false(change.funcs.v[0].alone);
        if (same[i] != !change.funcs.v[0].is) fail_msg("body %zu", i);
        ll_sb_free(&b);
    }
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("change");
    names = ll_intern_new();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed),
        cmocka_unit_test(declared),
        cmocka_unit_test(outlines_count),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
