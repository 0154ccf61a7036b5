/* Symbols: equal structure, equal number; addresses inside objects; what callers can name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/sym.h"

static ll_arena *arena;
static ll_intern *names;
static symtab *t;
static const ir_type int_type = {.kind = IR_T_INT, .bits = 32};

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    t = symtab_new(arena);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

static const char *name(const char *s) {
    return ll_intern_str(names, s);
}

static void test_equal_structure_is_one_symbol(void **state) {
    (void)state;
    sym p = sym_init(t, sym_addr_local(t, 0, NULL), NULL, true);
    sym q = sym_init(t, sym_addr_local(t, 1, NULL), NULL, true);
    assert_int_not_equal(p, q);
    assert_int_equal(p, sym_init(t, sym_addr_local(t, 0, NULL), NULL, true));
    assert_int_equal(sym_const(t, -7), sym_const(t, -7));
    assert_int_not_equal(sym_const(t, 0), 0);
    assert_int_equal(sym_field(t, p, name("len")), sym_field(t, p, name("len")));
    assert_int_not_equal(sym_field(t, p, name("len")), sym_field(t, q, name("len")));
    assert_int_not_equal(sym_field(t, p, name("len")), sym_field(t, p, name("cap")));
    assert_int_not_equal(sym_conj(t, 3, 0, NULL), sym_conj(t, 3, 1, NULL));
    assert_int_not_equal(sym_term(t, IR_LT, p, q, NULL), sym_term(t, IR_LT, q, p, NULL));
    assert_int_not_equal(sym_str(t, name("a")), sym_func(t, name("a"), name("a")));
    assert_int_not_equal(sym_dflt(t, p, 1, NULL), sym_dflt(t, p, 2, NULL));
    assert_int_not_equal(sym_dflt(t, p, 1, NULL), sym_init(t, p, NULL, false));
}

/* The type is no part of a symbol's identity; the first one known stays. */
static void test_type_is_learned_once(void **state) {
    (void)state;
    sym a = sym_addr_local(t, 0, NULL);
    sym v = sym_init(t, a, NULL, true);
    assert_null(symtab_at(t, v)->type);
    assert_int_equal(sym_init(t, a, &int_type, true), v);
    assert_ptr_equal(symtab_at(t, v)->type, &int_type);
}

static void test_many_symbols_keep_their_numbers(void **state) {
    (void)state;
    enum { N = 5000 };
    sym first = sym_const(t, 0);
    for (int i = 1; i < N; i++) assert_int_equal(sym_const(t, i), first + (sym)i);
    uint32_t n = symtab_count(t);
    for (int i = 0; i < N; i++) assert_int_equal(sym_const(t, i), first + (sym)i);
    assert_int_equal(symtab_count(t), n);
}

static void test_constant_indexes_add_up(void **state) {
    (void)state;
    sym base = sym_conj(t, 1, 0, NULL);
    sym at3 = sym_index(t, base, sym_const(t, 3));
    assert_int_equal(sym_index(t, base, sym_const(t, 0)), base);
    assert_int_equal(sym_index(t, sym_index(t, base, sym_const(t, 1)), sym_const(t, 2)), at3);
    assert_int_equal(sym_index(t, at3, sym_const(t, -3)), base);
    sym i = sym_init(t, sym_addr_local(t, 0, NULL), &int_type, true);
    sym at_i = sym_index(t, base, i);
    assert_int_not_equal(at_i, base);
    assert_int_equal(sym_index(t, base, i), at_i);
    assert_int_not_equal(sym_index(t, at_i, sym_const(t, 1)), at_i);
    assert_int_equal(sym_object(t, sym_index(t, at_i, sym_const(t, 1))), base);
    /* an element of an array in a field is not an element of the record */
    sym f = sym_field(t, base, name("v"));
    assert_int_not_equal(sym_index(t, f, sym_const(t, 3)), at3);
}

static void test_object_of_an_address(void **state) {
    (void)state;
    sym block = sym_conj(t, 1, 0, NULL);
    sym inner = sym_index(t, sym_field(t, sym_field(t, block, name("a")), name("b")), sym_const(t, 2));
    assert_int_equal(sym_object(t, inner), block);
    assert_int_equal(sym_object(t, block), block);
    assert_int_equal(sym_object(t, 0), 0);
    sym found = sym_term(t, TERM_ALIAS, inner, sym_conj(t, 2, 0, NULL), NULL);
    assert_int_equal(sym_object(t, found), block);
    /* what is stored in the block is another object */
    sym next = sym_init(t, sym_field(t, block, name("next")), NULL, false);
    assert_int_equal(sym_object(t, next), next);
}

static void test_local_variable_of_an_address(void **state) {
    (void)state;
    sym v = sym_addr_local(t, 4, NULL);
    assert_int_equal(sym_local_var(t, v), 4);
    assert_int_equal(sym_local_var(t, sym_index(t, sym_field(t, v, name("f")), sym_const(t, 1))), 4);
    assert_int_equal(sym_local_var(t, sym_addr_global(t, name("c:@g"), name("g"), NULL)), IR_NOVAR);
    assert_int_equal(sym_local_var(t, sym_init(t, v, NULL, true)), IR_NOVAR);
}

static bool input(sym s) {
    return symtab_at(t, s)->input;
}

static void test_what_the_caller_can_name(void **state) {
    (void)state;
    sym param = sym_addr_local(t, 0, NULL);
    assert_false(input(param));
    sym p = sym_init(t, param, NULL, true);
    assert_true(input(p));
    assert_true(input(sym_init(t, sym_field(t, p, name("next")), NULL, false)));
    assert_true(input(sym_term(t, IR_LT, p, sym_const(t, 3), NULL)));
    sym g = sym_addr_global(t, name("c:@g"), name("g"), NULL);
    assert_true(input(g) && input(sym_init(t, g, NULL, false)));
    sym born = sym_conj(t, 1, 0, NULL);
    assert_false(input(born));
    assert_false(input(sym_field(t, born, name("f"))));
    assert_false(input(sym_term(t, IR_LT, p, born, NULL)));
    assert_false(input(sym_index(t, p, born)));
    assert_false(input(sym_init(t, sym_addr_local(t, 1, NULL), NULL, false)));
    assert_false(input(sym_dflt(t, p, 3, NULL)));
}

/* list->next->next->… ends somewhere, and stays one symbol a depth. */
static void test_depth_is_bounded(void **state) {
    (void)state;
    sym p = sym_init(t, sym_addr_local(t, 0, NULL), NULL, true);
    for (int i = 0; i < 1000; i++) p = sym_init(t, sym_field(t, p, name("next")), NULL, false);
    assert_true(symtab_at(t, p)->depth <= 32);
    sym sum = p;
    for (int i = 0; i < 1000; i++) sum = sym_term(t, IR_ADD, sum, p, &int_type);
    assert_true(symtab_at(t, sum)->depth <= 32);
    assert_int_not_equal(sym_object(t, p), 0);
}

static void test_constants(void **state) {
    (void)state;
    int64_t k = 99;
    assert_true(sym_is_const(t, sym_const(t, INT64_MIN), &k));
    assert_true(k == INT64_MIN);
    assert_false(sym_is_const(t, sym_conj(t, 1, 0, NULL), &k));
    assert_false(sym_is_const(t, 0, &k));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal_structure_is_one_symbol, setup, teardown),
        cmocka_unit_test_setup_teardown(test_type_is_learned_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_symbols_keep_their_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_constant_indexes_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_object_of_an_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_local_variable_of_an_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_the_caller_can_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_constants, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
