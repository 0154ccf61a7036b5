#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ir/ir.h"

static const ir_type int_type = {.kind = IR_T_INT, .bits = 32};

static ll_arena *arena;
static ir_builder *b;

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    b = ir_build_new(arena, NULL);
    ir_build_var(b, (ir_var){.kind = IR_V_PARAM, .name = "x", .type = &int_type});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_arena_free(arena);
    return 0;
}

static ir_operand x(void) {
    return ir_load(ir_place_var(0), &int_type);
}

static void set(int v) {
    ir_build_inst(b, (ir_inst){.op = IR_COPY, .dst = ir_place_var(0), .type = &int_type, .a = ir_int(v, &int_type)});
}

static void terminate(ir_opcode op, uint32_t n, ...) {
    ir_inst i = {.op = op, .a = op == IR_BRANCH ? x() : (ir_operand){0}, .ntargets = n};
    va_list ap;
    va_start(ap, n);
    i.targets = LL_NEWN(arena, uint32_t, n);
    for (uint32_t k = 0; k < n; k++) i.targets[k] = va_arg(ap, uint32_t);
    va_end(ap);
    ir_build_inst(b, i);
}

static ir_func finish(void) {
    ir_func f = {.name = "f",
                 .usr = "c:@F@f",
                 .file = "a.c",
                 .first_line = 1,
                 .last_line = 2,
                 .ret = &int_type,
                 .in_main_file = true};
    ll_err err = {0};
    ir_build_finish(b, &f);
    if (!ir_verify(&f, &err)) fail_msg("%s", err.msg);
    return f;
}

static void assert_body(const ir_func *f, const char *want) {
    ll_strbuf s = {0};
    ir_print_func(&s, f);
    const char *body = strstr(ll_sb_str(&s), "b0:\n");
    assert_non_null(body);
    assert_string_equal(body, want);
    ll_sb_free(&s);
}

static void test_empty_function_returns(void **state) {
    (void)state;
    ir_func f = finish();
    assert_int_equal(f.nparams, 1);
    assert_body(&f, "b0:\n  ret\n}\n");
}

static void test_dead_blocks_go_and_the_rest_is_renumbered(void **state) {
    (void)state;
    uint32_t join = ir_build_block(b), dead = ir_build_block(b), no = ir_build_block(b), yes = ir_build_block(b);
    terminate(IR_BRANCH, 2, yes, no);
    set(0); /* after a terminator: dead */
    ir_build_at(b, yes);
    set(1);
    terminate(IR_JUMP, 1, join);
    ir_build_at(b, no);
    set(2);
    terminate(IR_JUMP, 1, join);
    ir_build_at(b, dead);
    set(3);
    terminate(IR_JUMP, 1, join);
    ir_build_at(b, join);
    terminate(IR_RET, 0);
    ir_func f = finish();
    assert_body(&f,
                "b0:\n  branch x, b1, b2\n"
                "b1:\n  x = 1\n  jump b3\n"
                "b2:\n  x = 2\n  jump b3\n"
                "b3:\n  ret\n}\n");
}

static void test_jumps_are_threaded_and_chains_joined(void **state) {
    (void)state;
    uint32_t hop1 = ir_build_block(b), hop2 = ir_build_block(b), tail = ir_build_block(b);
    set(1);
    terminate(IR_JUMP, 1, hop1);
    ir_build_at(b, hop1);
    terminate(IR_JUMP, 1, hop2);
    ir_build_at(b, hop2);
    terminate(IR_JUMP, 1, tail);
    ir_build_at(b, tail);
    set(2);
    ir_func f = finish();
    assert_body(&f, "b0:\n  x = 1\n  x = 2\n  ret\n}\n");
}

static void test_empty_endless_loops_survive(void **state) {
    (void)state;
    uint32_t a = ir_build_block(b), c = ir_build_block(b), self = ir_build_block(b);
    terminate(IR_BRANCH, 2, a, self);
    ir_build_at(b, a);
    terminate(IR_JUMP, 1, c);
    ir_build_at(b, c);
    terminate(IR_JUMP, 1, a);
    ir_build_at(b, self);
    terminate(IR_JUMP, 1, self);
    ir_func f = finish();
    assert_int_equal(f.nblocks, 3);
    assert_int_equal(f.blocks[1].insts[0].op, IR_JUMP);
    assert_int_equal(f.blocks[1].insts[0].targets[0], 1);
    assert_int_equal(f.blocks[2].insts[0].targets[0], 2);
}

static void test_loop_header_after_entry(void **state) {
    (void)state;
    uint32_t head = ir_build_block(b), body = ir_build_block(b), out = ir_build_block(b);
    terminate(IR_JUMP, 1, head);
    ir_build_at(b, head);
    terminate(IR_BRANCH, 2, body, out);
    ir_build_at(b, body);
    set(1);
    terminate(IR_JUMP, 1, head);
    ir_build_at(b, out);
    ir_func f = finish();
    assert_body(&f,
                "b0:\n  jump b1\n"
                "b1:\n  branch x, b2, b3\n"
                "b2:\n  x = 1\n  jump b1\n"
                "b3:\n  ret\n}\n");
}

static void test_switch_names_a_target_once(void **state) {
    (void)state;
    uint32_t one = ir_build_block(b), hop = ir_build_block(b), other = ir_build_block(b);
    ir_case cases[] = {{1, 1, 1}, {2, 4, 2}, {9, 9, 3}, {5, 5, 0}};
    uint32_t targets[] = {other, one, hop, other};
    ir_build_inst(b,
                  (ir_inst){.op = IR_SWITCH, .a = x(), .targets = targets, .ntargets = 4, .cases = cases, .ncases = 4});
    ir_build_at(b, one);
    set(1);
    terminate(IR_RET, 0);
    ir_build_at(b, hop);
    terminate(IR_JUMP, 1, one);
    ir_build_at(b, other);
    ir_func f = finish();
    assert_int_equal(f.blocks[0].insts[0].ntargets, 2);
    assert_body(&f,
                "b0:\n  switch x, b1, 1 b2, 2..4 b2, 9 b1, 5 b1\n"
                "b1:\n  ret\n"
                "b2:\n  x = 1\n  ret\n}\n");
}

/* A function of a megabyte: neither recursion nor quadratic time. */
static void test_long_chains(void **state) {
    (void)state;
    enum { N = 20000 };
    for (int i = 0; i < N; i++) {
        uint32_t next = ir_build_block(b);
        set(i);
        terminate(i % 2 ? IR_BRANCH : IR_JUMP, i % 2 ? 2 : 1, next, next);
        ir_build_at(b, next);
    }
    ir_func f = finish();
    assert_int_equal(f.nblocks, N / 2 + 1);
}

static void test_building_again_changes_nothing(void **state) {
    (void)state;
    const char *text =
        "func f : void {\n"
        "  local x : int\n"
        "  jump l3\n"
        "l1:\n  x = 1\n  branch x, l3, l4\n"
        "l2:\n  x = 2\n  switch x, l1, 1 l2, 2 l5, 3 l3\n"
        "l3:\n  branch x, l2, l1\n"
        "l4:\n  x = 4\n  ijump x, l1, l2, l5\n"
        "l5:\n  ret\n"
        "}\n";
    ll_intern *names = ll_intern_new();
    ll_strbuf first = {0}, second = {0};
    ir_unit u;
    ll_err err = {0};
    if (!ir_read_unit(arena, names, "t", text, &u, &err)) fail_msg("%s", err.msg);
    ir_print_unit(&first, &u);
    if (!ir_read_unit(arena, names, "t", ll_sb_str(&first), &u, &err)) fail_msg("%s", err.msg);
    ir_print_unit(&second, &u);
    assert_string_equal(ll_sb_str(&first), ll_sb_str(&second));
    ll_sb_free(&first);
    ll_sb_free(&second);
    ll_intern_free(names);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_empty_function_returns),
        T(test_dead_blocks_go_and_the_rest_is_renumbered),
        T(test_jumps_are_threaded_and_chains_joined),
        T(test_empty_endless_loops_survive),
        T(test_loop_header_after_entry),
        T(test_switch_names_a_target_once),
        T(test_long_chains),
        T(test_building_again_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
