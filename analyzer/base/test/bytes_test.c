#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void numbers_come_back(void **state) {
    (void)state;
    static const uint64_t numbers[] = {0, 1, 127, 128, 300, UINT32_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    const ll_hash h = ll_hash_of("x", 1);
    ll_strbuf b = {0};
    for (int i = 0; i < 8; i++) {
        ll_put_uint(&b, numbers[i]);
        ll_put_int(&b, (int64_t)numbers[i]);
        ll_put_u64(&b, numbers[i]);
    }
    ll_put_hash(&b, h);
    ll_reader r = ll_reader_of(b.s, b.n);
    for (int i = 0; i < 8; i++) {
        assert_true(ll_get_uint(&r) == numbers[i]);
        assert_true(ll_get_int(&r) == (int64_t)numbers[i]);
        assert_true(ll_get_u64(&r) == numbers[i]);
    }
    assert_true(ll_hash_equal(ll_get_hash(&r), h));
    assert_true(!r.bad && r.p == r.end);
    ll_sb_free(&b);
}

static void strings_are_written_once(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    ll_strtab *t = ll_strtab_new();
    ll_strbuf b = {0}, body = {0};
    const char *const words[] = {"one", "two", NULL, "", "one"};
    for (int i = 0; i < 5; i++) ll_put_uint(&body, ll_strtab_add(t, words[i]));
    ll_strtab_write(t, &b);
    ll_sb_addn(&b, body.s, body.n);
    ll_reader r = ll_reader_of(b.s, b.n);
    ll_strings s = ll_get_strings(&r, a, NULL);
    assert_int_equal(s.n, 4);
    for (int i = 0; i < 5; i++) {
        const char *got = ll_get_string(&r, &s);
        if (words[i])
            assert_string_equal(got, words[i]);
        else
            assert_null(got);
    }
    assert_false(r.bad);
    ll_get_string(&r, &s);
    assert_true(r.bad);
    ll_strtab_free(t);
    ll_sb_free(&b);
    ll_sb_free(&body);
    ll_arena_free(a);
}

static void nothing_is_believed(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    size_t n;
    ll_reader r = ll_reader_of("\xff\xff\xff\xff\x0f", 5); /* 2^32 - 1 things in no bytes */
    assert_int_equal(ll_get_count(&r, 1), 0);
    assert_true(r.bad);
    r = ll_reader_of("\x05xy", 3);
    assert_string_equal(ll_get_bytes(&r, &n), "");
    assert_true(r.bad && n == 0);
    r = ll_reader_of("\x05xy", 3);
    assert_null(ll_get_str(&r, a));
    assert_true(r.bad);
    r = ll_reader_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11);
    ll_get_uint(&r);
    assert_true(r.bad && r.p == r.end);
    r = ll_reader_of("\x09", 1);
    assert_int_equal(ll_get_below(&r, 9), 0);
    assert_true(r.bad);
    r = ll_reader_of(NULL, 0);
    assert_int_equal(ll_get_u64(&r), 0);
    assert_true(r.bad);
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(strings_are_written_once),
        cmocka_unit_test(nothing_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
