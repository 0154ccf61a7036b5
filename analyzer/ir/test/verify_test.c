#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ir/ir.h"

static ll_arena *arena;
static ll_intern *names;
static ir_func *f;
static ir_inst *inst; /* of block 0 */

static int setup(void **state) {
    (void)state;
    static const char text[] =
        "func f : void {\n"
        "  param x : int\n"
        "  local p : ptr(struct s)\n"
        "  temp t : int\n"
        "  fn g\n"
        "  p = call g(x)\n"
        "  t = x + 1\n"
        "  p->f = \"s\"\n"
        "  switch t, a, 1..2 b\n"
        "a:\n  branch p, b, c\n"
        "b:\n  decl p\n  jump c\n"
        "c:\n  ret\n"
        "}\n";
    ir_unit u;
    ll_err err = {0};
    arena = ll_arena_new("test");
    names = ll_intern_new();
    if (!ir_read_unit(arena, names, "t", text, &u, &err)) fail_msg("%s", err.msg);
    f = u.funcs.v[0];
    inst = f->blocks[0].insts;
    assert_true(ir_verify(f, &err));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_arena_free(arena);
    ll_intern_free(names);
    return 0;
}

static void assert_broken(const char *promise) {
    ll_err err = {0};
    assert_false(ir_verify(f, &err));
    assert_int_equal(err.code, LL_E_INTERNAL);
    if (!strstr(err.msg, promise)) fail_msg("got '%s', want '%s'", err.msg, promise);
}

/* Breaks one promise, expects it named, mends it. */
#define BREAK(lvalue, value, promise)        \
    do {                                     \
        __typeof__(lvalue) saved = (lvalue); \
        (lvalue) = (value);                  \
        assert_broken(promise);              \
        (lvalue) = saved;                    \
    } while (0)

static void test_variables(void **state) {
    (void)state;
    BREAK(f->usr, NULL, "USR");
    BREAK(f->nparams, 9, "more parameters");
    BREAK(f->nparams, 0, "parameters must be the first");
    BREAK(f->nparams, 2, "parameters must be the first");
    BREAK(f->vars[2].name, "t", "temporary has no name");
    BREAK(f->vars[3].usr, NULL, "name and a USR");
    BREAK(f->vars[1].type, NULL, "without type");
    BREAK(f->vars[1].kind, (ir_vkind)77, "no known kind");
}

static void test_places(void **state) {
    (void)state;
    BREAK(inst[0].dst.var, 99, "does not exist");
    BREAK(inst[0].dst.var, 3, "a function is not a place");
    BREAK(inst[1].dst.var, IR_NOVAR, "destination missing");
    BREAK(inst[2].dst.path[1].field, NULL, "without a name");
    BREAK(inst[2].dst.path[0].kind, (ir_skind)9, "step of no known kind");
    BREAK(inst[2].dst.npath, IR_MAX_PATH + 1, "path too long");
    ir_step index = {.kind = IR_S_INDEX, .index_var = 99};
    BREAK(inst[2].dst.path[0], index, "index by a variable that does not exist");
    index.index_var = 3;
    BREAK(inst[2].dst.path[0], index, "index by a function");
}

static void test_operands(void **state) {
    (void)state;
    BREAK(inst[0].a.place.var, 0, "not a function");
    BREAK(inst[0].args[0].kind, IR_O_NONE, "operand missing");
    BREAK(inst[0].args[0].kind, (ir_okind)50, "operand missing");
    BREAK(inst[1].b.kind, IR_O_NONE, "operand missing");
    BREAK(inst[2].a.str, NULL, "without text");
    BREAK(inst[1].arith, IR_NEG, "another number of operands");
    BREAK(inst[1].arith, IR_ARITH_COUNT, "operator unknown");
    BREAK(inst[1].macro, "malloc", "only a call has a macro name");
    BREAK(inst[0].macro, "", "empty macro name");
    BREAK(inst[1].table, "ops::open", "only a call has a table");
    BREAK(inst[0].table, "ops::open", "a table without a field");
}

static void test_control_flow(void **state) {
    (void)state;
    BREAK(inst[3].targets[1], 9, "target is not a block");
    BREAK(inst[3].cases[0].target, 2, "case without target");
    BREAK(inst[3].cases[0].lo, 3, "empty case range");
    BREAK(inst[3].ntargets, 0, "case without target");
    BREAK(f->blocks[2].insts[1].ntargets, 0, "jump has one target");
    BREAK(f->blocks[1].insts[0].ntargets, 1, "two targets");
    BREAK(f->blocks[0].ninsts, 3, "only terminator");
    BREAK(inst[1].op, IR_UNREACHABLE, "only terminator");
    BREAK(inst[1].op, (ir_opcode)IR_OPCODE_COUNT, "operation unknown");
    BREAK(f->blocks[2].ninsts, 0, "empty block");
    BREAK(f->nblocks, 0, "no blocks");
    BREAK(f->blocks[2].insts[0].dst.var, 0, "only a local can be declared");
    inst[3].targets[1] = 0;
    BREAK(f->blocks[1].insts[0].targets[0], 3, "reverse postorder");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_variables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_operands, setup, teardown),
        cmocka_unit_test_setup_teardown(test_control_flow, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
