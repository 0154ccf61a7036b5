/* Small entries as one: which are found where, when the bundle is written anew, and what damage comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "pipeline/bundle.h"

enum { MANY = 40 };

static ll_arena *arena;
static ll_strbuf bytes, newer;
static bundle_entry *own;
static uint32_t nown;

static ll_hash key(uint64_t n) {
    return (ll_hash){n, 7};
}

static LL_ARRAY(bundle *) opened;

static bundle *open_bundle(const void *p, size_t n, const void *q, size_t m) {
    bundle *b = bundle_new(arena, p, n, q, m);
    LL_PUSH(arena, &opened, b);
    return b;
}

static bundle *load(void) {
    return open_bundle(ll_sb_str(&bytes), bytes.n, ll_sb_str(&newer), newer.n);
}

static bool save(bundle *b) {
    ll_strbuf out = {0};
    bool anew = bundle_write(b, arena, &out, &own, &nown);
    if (anew) ll_sb_clear(&bytes);
    if (anew || nown) ll_sb_clear(&newer);
    ll_sb_addn(anew ? &bytes : &newer, ll_sb_str(&out), out.n);
    ll_sb_free(&out);
    return anew;
}

static bool says(bundle *b, uint64_t k, const char *want) {
    const void *p;
    size_t n;
    if (!bundle_find(b, key(k), &p, &n)) return !want;
    return want && n == strlen(want) && memcmp(p, want, n) == 0;
}

static void note(bundle *b, uint64_t k, const char *text, bool fresh) {
    bundle_note(b, key(k), text, strlen(text), fresh);
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    bundle *b = load();
    for (uint64_t i = 0; i < MANY; i++) note(b, i, "first", true);
    return save(b) && !nown ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    for (uint32_t i = 0; i < opened.n; i++) bundle_free(opened.v[i]);
    opened.v = NULL;
    opened.n = opened.cap = 0;
    ll_sb_free(&bytes);
    ll_sb_free(&newer);
    ll_arena_free(arena);
    return 0;
}

static void all_are_in_one(void **state) {
    (void)state;
    bundle *b = load();
    for (uint64_t i = 0; i < MANY; i++) assert_true(says(b, i, "first"));
    assert_true(says(b, MANY, NULL));
    assert_false(save(b));
    assert_int_equal(nown, 0); /* nothing changed */
}

static void a_newer_one_stands_by_itself(void **state) {
    (void)state;
    bundle *b = load();
    assert_true(says(b, 3, "first"));
    note(b, 3, "second", true);
    assert_true(says(b, 3, "second"));
    assert_false(save(b));
    assert_int_equal(nown, 1);
    assert_memory_equal(own[0].bytes, "second", 6);
    b = load();
    assert_true(says(b, 3, NULL)); /* the bundle's is old */
    assert_true(says(b, 4, "first"));
    note(b, 3, "second", false); /* read by itself */
    assert_false(save(b));
    assert_int_equal(nown, 0);
}

static void too_many_newer_ones_make_a_new_bundle(void **state) {
    (void)state;
    bundle *b = load();
    note(b, 1, "second", true);
    note(b, 2, "second", true);
    assert_false(save(b));
    b = load();
    note(b, 3, "third", true); /* the other two are by themselves, and nobody asked for them */
    assert_true(save(b));
    b = load();
    assert_true(says(b, 3, "third"));
    assert_true(says(b, 1, NULL));
    assert_true(says(b, 4, "first"));
}

static void what_is_gone_for_long_goes(void **state) {
    (void)state;
    for (uint64_t round = 1; round < 4; round++) { /* other units each time */
        bundle *b = load();
        for (uint64_t i = 0; i < MANY; i++) note(b, round * MANY + i, "later", true);
        assert_true(save(b));
    }
    bundle *b = load();
    assert_true(says(b, 3 * MANY, "later"));
    assert_true(says(b, 0, NULL));
    for (uint64_t i = 0; i < 6; i++) note(b, 3 * MANY + i, "changed", true); /* a run over few units drops nothing */
    assert_true(save(b));
    assert_true(says(load(), 3 * MANY + 6, "later"));
}

static void damage_is_less_and_no_crash(void **state) {
    (void)state;
    for (size_t n = 0; n < bytes.n; n++) {
        char *copy = malloc(n ? n : 1); /* exact, so that reading past the end is seen */
        memcpy(copy, bytes.s, n);
        bundle *b = open_bundle(copy, n, copy, n);
        for (uint64_t i = 0; i < MANY; i++) says(b, i, "first");
        free(copy);
    }
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.s[i] = (char)(bytes.s[i] ^ 0xff);
        bundle *b = load();
        for (uint64_t k = 0; k < MANY; k++) says(b, k, "first");
        bytes.s[i] = (char)(bytes.s[i] ^ 0xff);
    }
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(all_are_in_one), T(a_newer_one_stands_by_itself),
                                       T(too_many_newer_ones_make_a_new_bundle), T(what_is_gone_for_long_goes),
                                       T(damage_is_less_and_no_crash)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
