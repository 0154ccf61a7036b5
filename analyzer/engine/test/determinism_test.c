/* Same facts, same bytes out: whatever the order of the units and wherever memory happens to lie. */
#include "harness.h"

static void add_summaries(const program *p, ll_strbuf *out) {
    for (uint32_t u = 0; u < p->nunits; u++)
        for (uint32_t i = 0; i < p->units[u].funcs.n; i++)
            engine_print_summary(p->e, p->units[u].funcs.v[i]->name, out);
}

/* Everything a run says, freshly parsed; `shift` bytes of garbage move what is allocated after it. */
static void run_once(const char *name, const char *text, const uint32_t *order, size_t shift, ll_strbuf *out) {
    ll_arena *garbage = ll_arena_new("garbage");
    ll_alloc(garbage, shift + 1);
    program p;
    harness_parse(&p, name, text);
    harness_run(&p, (engine_options){0}, order);
    harness_print(&p, out);
    add_summaries(&p, out);
    harness_free(&p);
    ll_arena_free(garbage);
}

static bool same_in_every_order(const char *name, const uint32_t (*orders)[3], uint32_t norders) {
    ll_arena *a = ll_arena_new("text");
    const char *text = harness_read(a, name);
    ll_strbuf first = {0};
    run_once(name, text, orders[0], 0, &first);
    bool same = true;
    for (uint32_t i = 1; i < norders; i++) {
        ll_strbuf other = {0};
        run_once(name, text, orders[i], 0, &other);
        same = same && strcmp(ll_sb_str(&first), ll_sb_str(&other)) == 0;
        ll_sb_free(&other);
    }
    bool any = first.n > 0;
    ll_sb_free(&first);
    ll_arena_free(a);
    assert_true(any);
    return same;
}

static const uint32_t of_two[][3] = {{0, 1}, {1, 0}};
static const uint32_t of_three[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static void test_order_of_units(void **state) {
    (void)state;
    assert_true(same_in_every_order("recursion.ir", of_two, 2));
    assert_true(same_in_every_order("mixed.ir", of_two, 2));
    assert_true(same_in_every_order("twins.ir", of_two, 2));
    assert_true(same_in_every_order("twin_globals.ir", of_two, 2));
    assert_true(same_in_every_order("units.ir", of_three, 6));
}

/* Names are hashed and compared as pointers; that must never show. */
static void test_addresses_do_not_show(void **state) {
    (void)state;
    static const char *const files[] = {"branches.ir", "objects.ir", "unknown.ir", "loops.ir", "globals.ir"};
    for (uint32_t f = 0; f < sizeof files / sizeof *files; f++) {
        ll_arena *a = ll_arena_new("text");
        const char *text = harness_read(a, files[f]);
        ll_strbuf first = {0};
        run_once(files[f], text, NULL, 0, &first);
        for (uint32_t i = 1; i < 6; i++) {
            ll_strbuf other = {0};
            run_once(files[f], text, NULL, i * 5008, &other);
            assert_string_equal(ll_sb_str(&first), ll_sb_str(&other));
            ll_sb_free(&other);
        }
        ll_sb_free(&first);
        ll_arena_free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_units),
        cmocka_unit_test(test_addresses_do_not_show),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
