/* Outlines: what the program asks of functions without their bodies, and many units of them as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strbuf.h"
#include "every.h"
#include "ir/codec.h"
#include "ir/outline.h"

static ll_arena *arena;
static ll_intern *names;
static ir_unit units[2];
static ll_strbuf bytes;

static const char asking_text[] =
    "unit \"/p/b.c\"\n"
    "decl arm : void ()\n"
    "decl on : void ()\n"
    "global count \"c:@count\" at \"/p/b.c\" : int32\n"
    "global other \"c:@other\" at \"/p/b.c\" : ptr(int32)\n"
    "\n"
    "func asks at \"/p/b.c\" 1..9 : void {\n"
    "  param p : ptr(struct foo)\n"
    "  global count \"c:@count\" : int32\n"
    "  global other \"c:@other\" : ptr(int32)\n"
    "  fn arm : func(void)\n"
    "  fn on : func(void)\n"
    "b0:\n"
    "  count = 1\n"
    "  *other = 2\n"
    "  call arm(&p->ev, on) @3:5\n"
    "  p->cb = on\n"
    "  p->next = p->ops:ptr(func(void))\n"
    "  call p->run(1, 2)\n"
    "  call p->run(1, 2) table \"foo::run\"\n"
    "  unreachable\n"
    "}\n";

static const ll_hash keys[2] = {{1, 2}, {3, 4}};

static int setup(void **state) {
    (void)state;
    ll_err err = {0};
    arena = ll_arena_new("test");
    names = ll_intern_new();
    if (!ir_read_unit(arena, names, "every.ir", every_text, &units[0], &err)) fail_msg("%s", err.msg);
    if (!ir_read_unit(arena, names, "asks.ir", asking_text, &units[1], &err)) fail_msg("%s", err.msg);
    const ir_outlined all[2] = {{keys[0], &units[0]}, {keys[1], &units[1]}};
    ir_outlines_encode(&bytes, all, 2);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_sb_free(&bytes);
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

/* ---- what is in one ---- */

static void test_an_outline_says_what_is_asked(void **state) {
    (void)state;
    const ir_outline *o = ir_outline_make(arena, arena, units[1].funcs.v[0]);
    assert_int_equal(o->nrefs, 3);
    assert_string_equal(o->refs[0].name, "arm");
    assert_int_equal(o->nwritten, 1); /* what `other` points to is not `other` */
    assert_string_equal(o->written[0], "c:@count");
    assert_int_equal(o->ncalls, 2);
    assert_false(o->calls[0].through);
    assert_true(o->calls[1].through); /* known by its record and field, as a function is by its USR */
    assert_string_equal(o->refs[o->calls[1].ref].usr, "foo::run");
    assert_string_equal(o->refs[o->calls[1].ref].name, "run");
    assert_int_equal(o->calls[0].ref, 0);
    assert_int_equal(o->calls[0].inst, 2);
    assert_int_equal(o->calls[0].loc.line, 3);
    assert_string_equal(o->calls[0].callback->field, "ev");
    assert_int_equal(o->calls[0].callback->nusr, 1);
    assert_int_equal(o->ntaken, 1);
    assert_string_equal(o->taken[0], "c:@F@on");
    assert_int_equal(o->nfills, 2);
    assert_string_equal(o->fills[0].field, "cb");
    assert_string_equal(o->fills[0].usr, "c:@F@on");
    assert_null(o->fills[1].usr);
    assert_int_equal(o->nthrough, 2);
    assert_string_equal(o->through[0].field, "run");
    assert_int_equal(o->through[0].nargs, 2);
    assert_false(o->leaves);
    assert_false(o->by_value);
    const ir_inst *call = ir_inst_at(units[1].funcs.v[0], o->calls[0].inst);
    assert_int_equal(call->op, IR_CALL);
    assert_null(ir_inst_at(units[1].funcs.v[0], 100));
}

/* ---- bytes ---- */

typedef struct got {
    const ir_unit *unit[2];
    bool only_second;
} got;

static bool wants(void *ctx, ll_hash key) {
    const got *g = ctx;
    return !g->only_second || ll_hash_equal(key, keys[1]);
}

static void take(void *ctx, ll_hash key, const ir_unit *u) {
    ((got *)ctx)->unit[ll_hash_equal(key, keys[1])] = u;
}

static bool decode(const char *p, size_t n, got *g) {
    char *copy = malloc(n ? n : 1); /* exact, so that reading past the end is seen */
    if (n) memcpy(copy, p, n);
    const ir_outlines_sink sink = {.ctx = g, .wants = wants, .take = take};
    bool ok = ir_outlines_decode(arena, names, copy, n, &sink, NULL);
    free(copy);
    return ok;
}

static void seal(char *p, size_t n) {
    uint64_t h = XXH3_64bits(p + IR_CODEC_HEADER, n - IR_CODEC_HEADER);
    for (int i = 0; i < 8; i++) p[5 + i] = (char)(h >> (8 * i));
}

static void test_what_is_read_back_is_the_same(void **state) {
    (void)state;
    got g = {0};
    ll_strbuf again = {0};
    assert_true(decode(bytes.s, bytes.n, &g));
    const ir_func *f = g.unit[0]->funcs.v[0];
    assert_true(f->bare && f->outline && !f->nblocks);
    assert_ptr_equal(f->usr, units[0].funcs.v[0]->usr);
    assert_int_equal(f->last_line, 99);
    const ll_hash hash = ir_func_hash(units[0].funcs.v[0]);
    assert_true(ll_hash_equal(f->hash, hash));
    const ir_outlined all[2] = {{keys[0], g.unit[0]}, {keys[1], g.unit[1]}};
    ir_outlines_encode(&again, all, 2);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.s, bytes.s, bytes.n);
    ll_sb_free(&again);
}

static void test_what_is_not_wanted_is_left(void **state) {
    (void)state;
    got g = {.only_second = true};
    assert_true(decode(bytes.s, bytes.n, &g));
    assert_null(g.unit[0]);
    assert_string_equal(g.unit[1]->file, "/p/b.c");
}

static void test_units_share_what_is_the_same(void **state) {
    (void)state;
    got g = {0};
    ll_strbuf b = {0};
    const ir_outlined all[2] = {{keys[0], &units[0]}, {keys[1], &units[0]}};
    ir_outlines_encode(&b, all, 2);
    assert_true(decode(b.s, b.n, &g));
    assert_ptr_equal(g.unit[0]->funcs.v[0], g.unit[1]->funcs.v[0]);
    ll_sb_free(&b);
}

static void test_damage_is_an_error_and_no_crash(void **state) {
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    unsigned refused = 0;
    char *p = malloc(bytes.n);
    for (size_t n = 0; n < bytes.n; n++) {
        assert_false(decode(bytes.s, n, &(got){0}));
        memcpy(p, bytes.s, bytes.n);
        if (n >= IR_CODEC_HEADER) seal(p, n);
        assert_false(decode(p, n, &(got){0}));
    }
    for (size_t i = IR_CODEC_HEADER; i < bytes.n; i++)
        for (size_t k = 0; k < sizeof flips; k++) {
            memcpy(p, bytes.s, bytes.n);
            p[i] = (char)(p[i] ^ flips[k]);
            refused += !decode(p, bytes.n, &(got){0});
            seal(p, bytes.n);
            decode(p, bytes.n, &(got){0});
        }
    assert_true(refused == (bytes.n - IR_CODEC_HEADER) * sizeof flips);
    free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_outline_says_what_is_asked),   cmocka_unit_test(test_what_is_read_back_is_the_same),
        cmocka_unit_test(test_what_is_not_wanted_is_left),      cmocka_unit_test(test_units_share_what_is_the_same),
        cmocka_unit_test(test_damage_is_an_error_and_no_crash),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
