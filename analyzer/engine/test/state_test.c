/* States: cells, defaults, ranges, tracks, copies; and what branches teach about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/fctx.h"

static ll_arena *arena;
static ll_intern *names;
static engine program;
static fctx c;
static ir_func function; /* of two parameters, when asked */
static state *st;
static const ir_type int_type = {.kind = IR_T_INT, .bits = 32};
static const ir_type byte_type = {.kind = IR_T_INT, .bits = 8, .is_unsigned = true};
static const ir_type bool_type = {.kind = IR_T_BOOL, .bits = 8};

static int setup(void **s) {
    (void)s;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    program = (engine){.names = names, .arena = arena};
    c = (fctx){.e = &program, .f = &function, .arena = arena, .t = symtab_new(arena), .pool = state_pool_new(arena)};
    st = state_new(c.pool);
    return 0;
}

static int teardown(void **s) {
    (void)s;
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

static sym local(uint32_t n) {
    return sym_addr_local(c.t, n, NULL);
}

static sym param(uint32_t n, const ir_type *type) {
    return sym_init(c.t, sym_addr_local(c.t, n, type), type, true);
}

static sym field(sym base, const char *name) {
    return sym_field(c.t, base, ll_intern_str(names, name));
}

static sym number(int64_t k) {
    return sym_const(c.t, k);
}

static void assert_range(sym s, int64_t lo, int64_t hi) {
    range r = state_range(st, c.t, s);
    assert_true(r.lo == lo);
    assert_true(r.hi == hi);
}

/* ---- memory ---- */

static void test_cells(void **s) {
    (void)s;
    assert_int_equal(state_find_cell(st, local(0)), 0);
    for (uint32_t i = 50; i-- > 0;) state_set_cell(c.pool, st, local(i), number(i));
    for (uint32_t i = 0; i < 50; i++) assert_int_equal(state_find_cell(st, local(i)), number(i));
    assert_int_equal(st->ncells, 50);
    state_set_cell(c.pool, st, local(7), number(-1));
    assert_int_equal(state_find_cell(st, local(7)), number(-1));
    assert_int_equal(st->ncells, 50);
}

static void test_address_lies_in(void **s) {
    (void)s;
    sym v = local(0), f = field(v, "f"), fi = sym_index(c.t, f, number(3));
    assert_true(addr_lies_in(c.t, v, v));
    assert_true(addr_lies_in(c.t, fi, v));
    assert_true(addr_lies_in(c.t, fi, f));
    assert_false(addr_lies_in(c.t, v, f));
    assert_false(addr_lies_in(c.t, fi, field(v, "g")));
    assert_false(addr_lies_in(c.t, field(sym_init(c.t, f, NULL, false), "x"), v));
}

/* = {0}: forgets what lies below, covers what is not written, gives way to what is written later. */
static void test_default_covers_region(void **s) {
    (void)s;
    sym v = local(0), a = field(v, "a"), b = field(v, "b"), inner = field(b, "x");
    state_set_cell(c.pool, st, a, number(5));
    state_set_cell(c.pool, st, local(1), number(6));
    assert_null(state_find_default(st, c.t, a));
    state_default(c.pool, st, c.t, (dflt){v, 0, 0});
    assert_int_equal(state_find_cell(st, a), 0);
    assert_int_equal(state_find_cell(st, local(1)), number(6));
    assert_int_equal(state_find_default(st, c.t, inner)->base, v);
    assert_null(state_find_default(st, c.t, local(1)));
    state_default(c.pool, st, c.t, (dflt){b, 17, 0});
    assert_int_equal(state_find_default(st, c.t, inner)->event, 17);
    assert_int_equal(state_find_default(st, c.t, a)->event, 0);
    /* the whole again: the inner default goes */
    state_default(c.pool, st, c.t, (dflt){v, 18, 0});
    assert_int_equal(st->ndflts, 1);
    assert_int_equal(state_find_default(st, c.t, inner)->event, 18);
}

static void test_copies_are_independent(void **s) {
    (void)s;
    state_set_cell(c.pool, st, local(0), number(1));
    state_add_track(c.pool, st, (track){.s = number(9), .state = TR_HELD});
    state *copy = state_copy(c.pool, st);
    state_set_cell(c.pool, copy, local(0), number(2));
    state_set_cell(c.pool, copy, local(1), number(3));
    state_any_track(copy, number(9))->state = TR_RELEASED;
    assert_true(assume_cmp(&c, copy, CMP_GE, param(3, &int_type), 5));
    assert_int_equal(state_find_cell(st, local(0)), number(1));
    assert_int_equal(state_find_cell(st, local(1)), 0);
    assert_int_equal(state_any_track(st, number(9))->state, TR_HELD);
    assert_int_equal(st->nranges, 0);
    /* a recycled state starts empty */
    state_drop(c.pool, copy);
    state *again = state_new(c.pool);
    assert_ptr_equal(again, copy);
    assert_int_equal(again->ncells + again->ntracks + again->nranges + again->ndflts, 0);
    assert_null(again->path);
}

static void test_tracks_by_rule(void **s) {
    (void)s;
    rule heap = {.id = "heap"}, lock = {.id = "lock"};
    sym v = sym_conj(c.t, 1, 0, NULL);
    state_add_track(c.pool, st, (track){.s = v, .rule = &heap});
    state_add_track(c.pool, st, (track){.s = v, .rule = &lock});
    assert_ptr_equal(state_track(st, v, &heap)->rule, &heap);
    assert_ptr_equal(state_any_track(st, v)->rule, &lock);
    assert_null(state_track(st, v, NULL));
    state_remove_track(st, 1);
    assert_null(state_track(st, v, &lock));
    assert_ptr_equal(state_any_track(st, v)->rule, &heap);
}

/* ---- what a value's form and type say ---- */

static void test_ranges_from_form(void **s) {
    (void)s;
    assert_range(number(4), 4, 4);
    assert_range(param(0, &int_type), INT32_MIN, INT32_MAX);
    assert_range(param(1, &byte_type), 0, 255);
    assert_range(param(2, &bool_type), 0, 1);
    assert_range(param(3, NULL), INT64_MIN, INT64_MAX);
    assert_true(state_range(st, c.t, local(0)).nonzero);
    assert_true(state_range(st, c.t, sym_str(c.t, "x")).nonzero);
    assert_true(state_range(st, c.t, field(local(0), "f")).nonzero);
    sym less = sym_term(c.t, IR_LT, param(0, &int_type), number(3), NULL);
    assert_range(less, 0, 1);
    sym masked = sym_term(c.t, IR_AND, param(0, &int_type), number(6), NULL);
    assert_range(masked, 0, 6);
}

static void test_sum_follows_its_operand(void **s) {
    (void)s;
    sym n = param(0, &int_type), sum = sym_term(c.t, IR_ADD, n, number(-1), &int_type);
    assert_true(assume_cmp(&c, st, CMP_GE, n, 1));
    assert_true(assume_cmp(&c, st, CMP_LE, n, 10));
    assert_range(sum, 0, 9);
    assert_true(assume_cmp(&c, st, CMP_GE, sum, 5));
    assert_range(n, 6, 10);
}

/* ---- branches ---- */

static void test_decisions(void **s) {
    (void)s;
    sym n = param(0, &int_type);
    assert_int_equal(decide_cmp(&c, st, CMP_LT, n, 0), -1);
    assert_true(assume_cmp(&c, st, CMP_GE, n, 3));
    assert_int_equal(decide_cmp(&c, st, CMP_LT, n, 0), 0);
    assert_int_equal(decide_cmp(&c, st, CMP_NE, n, 0), 1);
    assert_int_equal(decide_cmp(&c, st, CMP_GT, n, 3), -1);
    assert_true(assume_cmp(&c, st, CMP_NE, n, 3));
    assert_int_equal(decide_cmp(&c, st, CMP_GT, n, 3), 1);
    assert_true(assume_cmp(&c, st, CMP_LE, n, 4));
    assert_int_equal(decide_cmp(&c, st, CMP_EQ, n, 4), 1);
    assert_false(assume_cmp(&c, st, CMP_NE, n, 4));
}

static void test_edges_of_the_number_line(void **s) {
    (void)s;
    sym n = param(0, NULL);
    assert_false(assume_cmp(&c, state_copy(c.pool, st), CMP_LT, n, INT64_MIN));
    assert_false(assume_cmp(&c, state_copy(c.pool, st), CMP_GT, n, INT64_MAX));
    assert_true(assume_cmp(&c, st, CMP_NE, n, INT64_MIN));
    assert_range(n, INT64_MIN + 1, INT64_MAX);
    assert_true(assume_cmp(&c, st, CMP_NE, n, INT64_MAX));
    assert_range(n, INT64_MIN + 1, INT64_MAX - 1);
}

static void test_not_zero(void **s) {
    (void)s;
    sym p = param(0, NULL);
    state *null = state_copy(c.pool, st);
    assert_true(assume(&c, st, p, true));
    assert_true(state_range(st, c.t, p).nonzero);
    assert_false(assume(&c, st, p, false));
    assert_true(assume(&c, null, p, false));
    assert_int_equal(decide_cmp(&c, null, CMP_EQ, p, 0), 1);
    assert_false(assume(&c, null, p, true));
}

/* x < y decided once is decided for the path, also when nothing is known of x and y. */
static void test_comparison_is_remembered(void **s) {
    (void)s;
    sym x = param(0, &int_type), y = param(1, &int_type), less = sym_term(c.t, IR_LT, x, y, NULL);
    assert_true(assume(&c, st, less, true));
    assert_false(assume(&c, state_copy(c.pool, st), less, false));
    assert_false(assume(&c, state_copy(c.pool, st), sym_term(c.t, IR_NOT, less, 0, NULL), true));
    assert_range(x, INT32_MIN, INT32_MAX - 1);
    assert_range(y, (int64_t)INT32_MIN + 1, INT32_MAX);
}

static void test_equality_passes_bounds_on(void **s) {
    (void)s;
    sym x = param(0, &int_type), y = param(1, &int_type);
    assert_true(assume_cmp(&c, st, CMP_GE, x, 5));
    assert_true(assume_cmp(&c, st, CMP_LE, y, 8));
    assert_true(assume(&c, st, sym_term(c.t, IR_EQ, x, y, NULL), true));
    assert_range(x, 5, 8);
    assert_range(y, 5, 8);
    state_set_cell(c.pool, st, local(9), x);
    sym z = param(2, &int_type);
    assert_true(assume_cmp(&c, st, CMP_GT, z, 20));
    assert_int_equal(decide_eq(&c, st, x, z), 0);
    assert_false(assume(&c, st, sym_term(c.t, IR_EQ, x, z, NULL), true));
}

static void test_addresses_that_differ(void **s) {
    (void)s;
    assert_int_equal(decide_eq(&c, st, local(0), local(1)), 0);
    assert_int_equal(decide_eq(&c, st, local(0), local(0)), 1);
    assert_int_equal(decide_eq(&c, st, local(0), param(1, NULL)), 0);
    assert_int_equal(decide_eq(&c, st, param(0, NULL), param(1, NULL)), -1);
    assert_int_equal(decide_eq(&c, st, local(0), number(0)), 0);
}

/* An acquisition that held only for some results is gone once the result is another. */
static void test_refuted_guard_drops_the_track(void **s) {
    (void)s;
    rule heap = {.id = "heap"};
    sym ret = sym_conj(c.t, 1, 0, &int_type), v = sym_conj(c.t, 1, 8, NULL);
    state_add_track(c.pool, st, (track){.s = v, .rule = &heap, .when = {ret, CMP_GE, 0}});
    state *fail = state_copy(c.pool, st);
    assert_true(assume_cmp(&c, st, CMP_GE, ret, 0));
    assert_non_null(state_track(st, v, &heap));
    assert_true(assume_cmp(&c, fail, CMP_LT, ret, 0));
    assert_null(state_track(fail, v, &heap));
}

static void test_null_is_no_block(void **s) {
    (void)s;
    rule heap = {.id = "heap"}, fd = {.id = "fd", .is_integer = true};
    sym v = sym_conj(c.t, 1, 0, NULL), n = sym_conj(c.t, 2, 0, &int_type);
    state_add_track(c.pool, st, (track){.s = v, .rule = &heap});
    state_add_track(c.pool, st, (track){.s = n, .rule = &fd});
    assert_true(assume(&c, st, v, false));
    assert_null(state_track(st, v, &heap));
    assert_true(assume_cmp(&c, st, CMP_GE, n, 0));
    assert_non_null(state_track(st, n, &fd));
    /* fd == STDOUT_FILENO: the process's own */
    assert_true(assume_cmp(&c, st, CMP_EQ, n, 1));
    assert_null(state_track(st, n, &fd));
}

static void test_contains(void **s) {
    (void)s;
    sym p = param(0, NULL), i = param(1, &int_type);
    sym e = sym_index(c.t, field(p, "v"), i);
    assert_true(sym_contains(c.t, e, p));
    assert_true(sym_contains(c.t, sym_term(c.t, IR_ADD, number(1), i, NULL), i));
    assert_false(sym_contains(c.t, e, number(1)));
}

/* What a state had released in the record that a parameter leads to is noted when the state is dropped, but not where
 * another block has taken its place, as after realloc(). */
static void test_dropped_state_released_inside(void **s) {
    (void)s;
    rule heap = {.id = "heap"};
    ir_var vars[2] = {{.kind = IR_V_PARAM}, {.kind = IR_V_PARAM}};
    function = (ir_func){.vars = vars, .nvars = 2, .nparams = 2};
    sym job = param(0, NULL), text = param(1, NULL);
    sym args = sym_init(c.t, field(job, "args"), NULL, false), buf = sym_init(c.t, field(text, "buf"), NULL, false);
    sym moved = sym_conj(c.t, 3, 0, NULL);
    state_add_track(c.pool, st, (track){.s = args, .state = TR_RELEASED, .rule = &heap});
    state_add_track(c.pool, st, (track){.s = buf, .state = TR_RELEASED, .rule = &heap});
    state_add_track(c.pool, st, (track){.s = moved, .state = TR_HELD, .rule = &heap, .acq = &(acquisition){0}});
    state_set_cell(c.pool, st, field(text, "buf"), moved);
    note_cut_keeps(&c, st);
    assert_int_equal(c.cut_inside, 1);
    assert_int_equal(c.cut_keeps, 0);
    function = (ir_func){0};
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_cells),
        TEST(test_address_lies_in),
        TEST(test_default_covers_region),
        TEST(test_copies_are_independent),
        TEST(test_tracks_by_rule),
        TEST(test_ranges_from_form),
        TEST(test_sum_follows_its_operand),
        TEST(test_decisions),
        TEST(test_edges_of_the_number_line),
        TEST(test_not_zero),
        TEST(test_comparison_is_remembered),
        TEST(test_equality_passes_bounds_on),
        TEST(test_addresses_that_differ),
        TEST(test_refuted_guard_drops_the_track),
        TEST(test_null_is_no_block),
        TEST(test_contains),
        TEST(test_dropped_state_released_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
