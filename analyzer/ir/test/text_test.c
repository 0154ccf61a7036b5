#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "every.h"
#include "ir/ir.h"

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
    ll_arena_free(arena);
    ll_intern_free(names);
    return 0;
}

static ir_unit read_ok(const char *text) {
    ir_unit u;
    ll_err err = {0};
    if (!ir_read_unit(arena, names, "t.ir", text, &u, &err)) fail_msg("%s", err.msg);
    for (uint32_t i = 0; i < u.funcs.n; i++)
        if (!ir_verify(u.funcs.v[i], &err)) fail_msg("%s", err.msg);
    return u;
}

static void assert_error(const char *text, const char *message) {
    ir_unit u;
    ll_err err = {0};
    assert_false(ir_read_unit(arena, names, "t.ir", text, &u, &err));
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, LL_E_INPUT);
}

static void assert_prints(const ir_unit *u, const char *want) {
    ll_strbuf b = {0};
    ir_print_unit(&b, u);
    assert_text(ll_sb_str(&b), want);
    ll_sb_free(&b);
}

static void test_canonical_text_round_trips(void **state) {
    (void)state;
    ir_unit u = read_ok(every_text);
    assert_prints(&u, every_text);
}

typedef struct seen {
    bool op[IR_OPCODE_COUNT], arith[IR_ARITH_COUNT], operand[IR_O_UNKNOWN + 1], step[IR_S_DEREF + 1],
        var[IR_V_FUNC + 1], type[IR_T_COUNT];
} seen;

static void see_place(seen *s, const ir_place *p) {
    for (uint32_t i = 0; p->var != IR_NOVAR && i < p->npath; i++) s->step[p->path[i].kind] = true;
}

static void see_operand(seen *s, const ir_operand *o) {
    s->operand[o->kind] = true;
    see_place(s, &o->place);
}

/* The sample is only worth its name while a new row of ops.def makes this fail. */
static void test_sample_has_every_kind(void **state) {
    (void)state;
    ir_unit u = read_ok(every_text);
    const ir_func *f = u.funcs.v[0];
    seen s = {0};
    for (uint32_t i = 0; i < f->nvars; i++) {
        s.var[f->vars[i].kind] = true;
        for (const ir_type *t = f->vars[i].type; t; t = t->elem) s.type[t->kind] = true;
    }
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *k = &f->blocks[b].insts[i];
            s.op[k->op] = true;
            if (strchr(ir_op_operands(k->op), 'o')) s.arith[k->arith] = true;
            see_place(&s, &k->dst);
            see_operand(&s, &k->a);
            see_operand(&s, &k->b);
            for (uint32_t j = 0; j < k->nargs; j++) see_operand(&s, &k->args[j]);
        }
    for (size_t i = 0; i < sizeof s; i++)
        if (!((const bool *)&s)[i]) fail_msg("kind number %zu of the table is not in the sample", i);
}

static void test_short_form_fills_in(void **state) {
    (void)state;
    ir_unit u = read_ok(
        "decl malloc : ptr(void) (int64u) system\n"
        "global g : ptr(char)\n"
        "func main : int {   // comment\n"
        "  local p : ptr(struct foo)\n"
        "  local fds : array(int, 2)\n"
        "  p = call malloc(10)  @2:9\n"
        "  branch p, ok, out\n"
        "ok:\n"
        "  p->next:ptr(struct foo) = 0\n"
        "  fds[0] = call open(\"x\")\n"
        "  g = call strdup(fds[1])\n"
        "out:\n"
        "  ret 0\n"
        "}\n");
    assert_prints(&u,
                  "unit \"t.ir\"\n"
                  "file \"t.ir\"\n"
                  "decl malloc : ptr(void) (int64u) system\n"
                  "decl main : int32 ()\n"
                  "decl open : ? (...)\n"
                  "decl strdup : ? (...)\n"
                  "global g at \"t.ir\" : ptr(int8)\n"
                  "\n"
                  "func main at \"t.ir\" 1..1 : int32 {\n"
                  "  local p : ptr(struct foo)\n"
                  "  local fds : array(int32, 2)\n"
                  "  fn malloc : func(ptr(void))\n"
                  "  fn open : ?\n"
                  "  global g : ptr(int8)\n"
                  "  fn strdup : ?\n"
                  "b0:\n"
                  "  p = call malloc(10)                  @2:9\n"
                  "  branch p, b1, b2\n"
                  "b1:\n"
                  "  p->next:ptr(struct foo) = 0\n"
                  "  fds = call open(\"x\")\n"
                  "  g = call strdup(fds[1])\n"
                  "  jump b2\n"
                  "b2:\n"
                  "  ret 0\n"
                  "}\n");
    const ir_inst *call = &u.funcs.v[0]->blocks[0].insts[0];
    assert_int_equal(call->type->kind, IR_T_PTR);
    assert_int_equal(call->loc.line, 2);
    assert_int_equal(call->loc.col, 9);
}

static void test_index_zero_is_no_step(void **state) {
    (void)state;
    ir_unit u = read_ok(
        "func f : void {\n"
        "  local p : ptr(char)\n"
        "  p[0] = 1\n"
        "}\n");
    const ir_place *p = &u.funcs.v[0]->blocks[0].insts[0].dst;
    assert_int_equal(p->npath, 1);
    assert_int_equal(p->path[0].kind, IR_S_DEREF);
}

static void test_errors_have_a_position(void **state) {
    (void)state;
    assert_error("func f : void {\n  x = 1\n}\n", "t.ir:2:3: no variable 'x' here");
    assert_error("func f : void {\n  local x : int\n  x = 1 2\n}\n", "t.ir:3:9: expected the end of the line");
    assert_error("func f : void {\n  jump b9\n}\n", "t.ir:2:8: no block 'b9' in this function");
    assert_error("func f : void {\na:\na:\n}\n", "t.ir:3:1: block 'a' is there twice");
    assert_error("func f : void {\n", "t.ir:2:1: function without '}'");
    assert_error("func f : void {\n  local x : int\n  local x : int\n}\n",
                 "t.ir:3:9: 'x' is declared twice; tell them apart by a number: x#2");
    assert_error("func f : void {\n  local x : integer\n}\n",
                 "t.ir:2:13: expected a type: void bool intN[u] floatN ptr() array() func() struct union other ?");
    assert_error("func f : void {\n  local x : int\n  x = 9223372036854775808\n}\n", "t.ir:3:7: number too large");
    assert_error("func f : void {\n  local x : int\n  param y : int\n}\n", "t.ir:3:3: parameters come first");
    assert_error("unit \"a\n", "t.ir:1:6: string without end");
    assert_error("unit \"a\\q\"\n", "t.ir:1:9: unknown escape; known are \\n \\t \\\" \\\\ \\xHH");
    assert_error("frob\n", "t.ir:1:1: expected unit, file, note, decl, global, init or func");
    assert_error("init = 5\n", "t.ir:1:6: init stands below its global");
    assert_error("decl a : int() wants -1\n", "t.ir:1:22: a set of arguments is 0 or more");
    assert_error("decl a : int() dealloc \"free\" -1\n", "t.ir:1:31: an argument's number is 1 or more, 0 for none");
    assert_error("func f : void {\n  branch 1, a\na:\n}\n", "t.ir:2:14: branch takes 2 target(s)");
    assert_error("func f : void {\n  param x : int\n  decl x\n}\n",
                 "t.ir:1:6: ir: function f, block 0, instruction 0 (decl): only a local can be declared");
}

static void test_depth_is_limited(void **state) {
    (void)state;
    ll_strbuf b = {0};
    ll_sb_add(&b, "global g : ");
    for (int i = 0; i < 100000; i++) ll_sb_add(&b, "ptr(");
    ir_unit u;
    ll_err err = {0};
    assert_false(ir_read_unit(arena, names, "t", ll_sb_str(&b), &u, &err));
    assert_non_null(strstr(err.msg, "type nested too deeply"));
    ll_sb_clear(&b);
    ll_sb_add(&b, "func f : void {\n local x : int\n x = ");
    for (int i = 0; i < 100000; i++) ll_sb_add(&b, "(");
    assert_false(ir_read_unit(arena, names, "t", ll_sb_str(&b), &u, &err));
    assert_non_null(strstr(err.msg, "nested too deeply"));
    ll_sb_clear(&b);
    ll_sb_add(&b, "func f : void {\n local x : int\n x = x");
    for (int i = 0; i < 300; i++) ll_sb_add(&b, ".f");
    assert_false(ir_read_unit(arena, names, "t", ll_sb_str(&b), &u, &err));
    assert_non_null(strstr(err.msg, "path too long"));
    ll_sb_free(&b);
}

static void assert_place(const ir_func *f, const ir_inst *i, const char *want) {
    ll_strbuf b = {0};
    ir_print_place(&b, f, &i->a.place);
    assert_string_equal(ll_sb_str(&b), want);
    ll_sb_free(&b);
}

static void test_places_for_messages(void **state) {
    (void)state;
    ir_unit u = read_ok(
        "func f : void {\n"
        "  param p : ptr(struct foo)\n"
        "  local p#1 : ptr(struct foo)\n"
        "  temp t2 : int\n"
        "  local i : int\n"
        "  t2 = p#1->buf:ptr(char)\n"
        "  t2 = *p\n"
        "  t2 = p[i]\n"
        "  t2 = p->fds.[1]:int\n"
        "  t2 = (**p).x:int\n"
        "  t2 = t2\n"
        "  t2 = p[t2]\n"
        "}\n");
    const ir_func *f = u.funcs.v[0];
    const ir_inst *i = f->blocks[0].insts;
    assert_place(f, i++, "p->buf");
    assert_place(f, i++, "*p");
    assert_place(f, i++, "p[i]");
    assert_place(f, i++, "p->fds[1]");
    assert_place(f, i++, "(*p)->x");
    assert_place(f, i++, "");
    assert_place(f, i++, "p[...]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_canonical_text_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sample_has_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_form_fills_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_index_zero_is_no_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors_have_a_position, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth_is_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_for_messages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
