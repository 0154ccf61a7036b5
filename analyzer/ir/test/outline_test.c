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
    "decl free : void (ptr(void))\n"
    "decl dup : ptr(int8) (ptr(const int8))\n"
    "global count \"c:@count\" at \"/p/b.c\" : int32\n"
    "global other \"c:@other\" at \"/p/b.c\" : ptr(int32)\n"
    "global end \"c:@end\" at \"/p/b.c\" : ptr(func(void))\n"
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
    "}\n"
    "\n"
    "func fields at \"/p/b.c\" 1..30 : void {\n"
    "  param p : ptr(struct foo)\n"
    "  param s : ptr(int8)\n"
    "  local q : ptr(struct foo)\n"
    "  local l : ptr(int8)\n"
    "  local old : ptr(int8)\n"
    "  temp t5 : ptr(int8)\n"
    "  global end \"c:@end\" : ptr(func(void))\n"
    "  fn free : func(void)\n"
    "  fn dup : func(ptr(int8))\n"
    "b0:\n"
    "  p->a:ptr(int8) = 0\n"
    "  p->a:ptr(int8) = 0\n"
    "  p->a:ptr(int8) = s\n"
    "  t5:ptr(int8) = call dup(s) @7:9\n"
    "  l:ptr(int8) = t5\n"
    "  p->b:ptr(int8) = l\n"
    "  p->c:ptr(int8) = \"x\"\n"
    "  q->c:ptr(int8) = p->b\n"
    "  *q:struct foo = *p\n"
    "  old:ptr(int8) = p->a\n"
    "  call free(old) macro xfree @9:1\n"
    "  call end(p->b) @10:1\n"
    "  call free(p)\n"
    "  call free(&p->c)\n"
    "  call q->run(p->b)\n"
    "  ret\n"
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
    assert_string_equal(o->fills[0].field, "foo::cb");
    assert_string_equal(o->fills[0].usr, "c:@F@on");
    assert_null(o->fills[1].usr);
    assert_int_equal(o->nthrough, 2);
    assert_string_equal(o->through[0].field, "run");
    assert_string_equal(o->through[1].field, "foo::run");
    assert_int_equal(o->through[0].nargs, 2);
    assert_false(o->leaves);
    assert_false(o->by_value);
    const ir_inst *call = ir_inst_at(units[1].funcs.v[0], o->calls[0].inst);
    assert_int_equal(call->op, IR_CALL);
    assert_null(ir_inst_at(units[1].funcs.v[0], 100));
}

typedef struct expected {
    ir_field_what what;
    const char *type, *field;
    uint32_t inst;
} expected;

static void test_what_is_done_with_fields(void **state) {
    (void)state;
    static const expected want[] = {
        {IR_FIELD_MET, "foo", "a", 0},      {IR_FIELD_GIVEN, "foo", "a", 2},   {IR_FIELD_VALUE, NULL, NULL, 3},
        {IR_FIELD_GIVEN, "foo", "b", 5},    {IR_FIELD_SHARED, "foo", "c", 6},  {IR_FIELD_SHARED, "foo", "b", 7},
        {IR_FIELD_HANDED, "foo", "b", 7},   {IR_FIELD_COPIED, "foo", NULL, 8}, {IR_FIELD_HANDED, "foo", "a", 9},
        {IR_FIELD_VALUE, "foo", "a", 10},   {IR_FIELD_VALUE, "foo", "b", 11},  {IR_FIELD_VALUE, "foo", NULL, 12},
        {IR_FIELD_ADDRESS, "foo", "c", 13},
    };
    const ir_outline *o = ir_outline_make(arena, arena, units[1].funcs.v[1]);
    for (uint32_t i = 0; i < sizeof want / sizeof *want && i < o->nevents; i++) {
        const ir_field_event *e = &o->events[i];
        if (e->what != want[i].what || e->inst != want[i].inst) fail_msg("event %u: %d at %u", i, e->what, e->inst);
        assert_ptr_equal(e->type, want[i].type ? ll_intern_str(names, want[i].type) : NULL);
        assert_ptr_equal(e->field, want[i].field ? ll_intern_str(names, want[i].field) : NULL);
    }
    assert_int_equal(o->nevents, sizeof want / sizeof *want);
    assert_int_equal(o->events[1].ngivers, 0); /* the parameter */
    assert_int_equal(o->events[3].ngivers, 1);
    assert_string_equal(o->events[3].givers[0], "dup");
    assert_string_equal(o->refs[o->events[3].callee].name, "dup");
    assert_int_equal(o->events[3].loc.line, 7);
    assert_false(o->events[9].direct);
    assert_int_equal(o->events[9].arg, 1);
    assert_string_equal(o->events[9].macro, "xfree");
    assert_true(o->events[10].direct);
    assert_int_equal(o->npointers, 1);
    assert_int_equal(o->events[10].callee, o->nrefs);
    assert_string_equal(o->pointers[0], "c:@end");
    assert_int_equal(o->ntakes, 1);
    assert_string_equal(o->takes[0], "foo");
}

static void test_a_record_is_named_where_it_is_known(void **state) {
    (void)state;
    const ir_type rec = {.kind = IR_T_RECORD, .name = "ops"}, many = {.kind = IR_T_ARRAY, .elem = &rec},
                  plain = {.kind = IR_T_RECORD}, pointer = {.kind = IR_T_PTR};
    ir_step path[] = {{.kind = IR_S_INDEX}, {.kind = IR_S_FIELD, .field = "open"}, {.kind = IR_S_FIELD, .field = "x"}};
    ir_place direct = {.path = path + 1, .npath = 1}, indexed = {.path = path, .npath = 2},
             deep = {.path = path, .npath = 3};
    assert_string_equal(ir_filled_name(arena, &rec, &direct), "ops::open");
    assert_string_equal(ir_filled_name(arena, &many, &indexed), "ops::open");
    assert_string_equal(ir_filled_name(arena, &many, &deep), "x"); /* of whatever `open` is */
    assert_string_equal(ir_filled_name(arena, &plain, &direct), "open");
    assert_string_equal(ir_filled_name(arena, &pointer, &indexed), "open");
    assert_string_equal(ir_filled_name(arena, NULL, &direct), "open");
    assert_null(ir_filled_name(arena, &rec, &(ir_place){0}));
}

/* ---- bytes ---- */

typedef struct got {
    const ir_unit *unit[2];
    bool only_second, once;
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
    const ir_outlines_sink sink = {.ctx = g, .wants = wants, .take = take, .once = g->once};
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

/* The first by name has what both have, wherever it stands. */
static void test_what_two_units_have_can_be_had_once(void **state) {
    (void)state;
    ir_unit a = units[0], b = units[0];
    got g = {0}, once = {.once = true};
    ll_strbuf out = {0};
    b.file = ll_intern_str(names, "/p/0.c");
    LL_PUSH(arena, &a.files, ll_intern_str(names, "/p/only.h"));
    const ir_outlined all[2] = {{keys[0], &a}, {keys[1], &b}};
    ir_outlines_encode(&out, all, 2);
    assert_true(decode(out.s, out.n, &g));
    assert_true(decode(out.s, out.n, &once));
    assert_true(g.unit[1]->decls.n && g.unit[1]->globals.n && g.unit[1]->files.n);
    assert_int_equal(once.unit[1]->decls.n, g.unit[1]->decls.n);
    assert_int_equal(once.unit[1]->globals.n, g.unit[1]->globals.n);
    assert_int_equal(once.unit[1]->files.n, g.unit[1]->files.n);
    assert_int_equal(g.unit[0]->decls.n, g.unit[1]->decls.n);
    assert_int_equal(once.unit[0]->decls.n + once.unit[0]->globals.n, 0);
    assert_int_equal(once.unit[0]->files.n, 1);
    assert_string_equal(once.unit[0]->files.v[0], "/p/only.h");
    assert_int_equal(once.unit[0]->funcs.n, g.unit[0]->funcs.n);
    ll_sb_free(&out);
}

static void test_damage_is_an_error_and_no_crash(void **state) {
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    unsigned refused = 0;
    char *p = malloc(bytes.n);
    for (size_t n = 0; n < bytes.n; n++) {
        assert_false(decode(bytes.s, n, &(got){.once = n % 2}));
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
            decode(p, bytes.n, &(got){.once = i % 2});
        }
    assert_true(refused == (bytes.n - IR_CODEC_HEADER) * sizeof flips);
    free(p);
}

/* Whatever else is in order: nobody asks twice whether a function has a name. */
static void test_a_function_without_a_name_is_refused(void **state) {
    (void)state;
    ir_unit u = units[1];
    ir_func *f = ll_memdup(arena, u.funcs.v[0], sizeof *f);
    ll_strbuf b = {0};
    f->name = NULL;
    u.funcs.v = &f;
    u.funcs.n = 1;
    ir_outlines_encode(&b, &(ir_outlined){keys[1], &u}, 1);
    assert_false(decode(b.s, b.n, &(got){0}));
    ll_sb_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_done_with_fields),
        cmocka_unit_test(test_an_outline_says_what_is_asked),
        cmocka_unit_test(test_a_record_is_named_where_it_is_known),
        cmocka_unit_test(test_what_is_read_back_is_the_same),
        cmocka_unit_test(test_what_is_not_wanted_is_left),
        cmocka_unit_test(test_what_two_units_have_can_be_had_once),
        cmocka_unit_test(test_units_share_what_is_the_same),
        cmocka_unit_test(test_damage_is_an_error_and_no_crash),
        cmocka_unit_test(test_a_function_without_a_name_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
