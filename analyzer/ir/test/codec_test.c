#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strbuf.h"
#include "every.h"
#include "ir/codec.h"
#include "ir/ir.h"

static ll_arena *arena;
static ll_intern *names;
static ll_strbuf bytes;

static void read_into(const char *text, ir_unit *u) {
    ll_err err = {0};
    if (!ir_read_unit(arena, names, "t.ir", text, u, &err)) fail_msg("%s", err.msg);
}

static int setup(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    ir_unit u;
    read_into(every_text, &u);
    ir_encode(&bytes, &u);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ll_arena_free(arena);
    ll_intern_free(names);
    ll_sb_free(&bytes);
    return 0;
}

static bool decode(const char *p, size_t n, ll_err *err) {
    ll_arena *a = ll_arena_new("decode");
    ll_intern *pool = ll_intern_new();
    char *copy = malloc(n ? n : 1); /* exact, so that reading past the end is seen */
    if (n) memcpy(copy, p, n);
    ir_unit u;
    bool ok = ir_decode(a, pool, copy, n, &u, err);
    free(copy);
    ll_intern_free(pool);
    ll_arena_free(a);
    return ok;
}

/* Makes the checksum right again, as an attacker would. */
static void seal(char *p, size_t n) {
    uint64_t h = XXH3_64bits(p + IR_CODEC_HEADER, n - IR_CODEC_HEADER);
    for (int i = 0; i < 8; i++) p[5 + i] = (char)(h >> (8 * i));
}

static void test_decoded_prints_the_same(void **state) {
    (void)state;
    ir_unit u;
    ll_err err = {0};
    ll_intern *pool = ll_intern_new();
    if (!ir_decode(arena, pool, bytes.s, bytes.n, &u, &err)) fail_msg("%s", err.msg);
    ll_strbuf text = {0};
    ir_print_unit(&text, &u);
    assert_text(ll_sb_str(&text), every_text);
    assert_ptr_equal(u.funcs.v[0]->usr, ll_intern_str(pool, "c:@F@every"));
    assert_ptr_equal(u.decls.v[4].usr, u.funcs.v[0]->usr);
    assert_true(ir_verify(u.funcs.v[0], &err));
    ll_strbuf again = {0};
    ir_encode(&again, &u);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.s, bytes.s, bytes.n);
    ll_sb_free(&again);
    ll_sb_free(&text);
    ll_intern_free(pool);
}

static void test_truncation_is_an_error(void **state) {
    (void)state;
    for (size_t n = 0; n < bytes.n; n++) {
        ll_err err = {0};
        assert_false(decode(bytes.s, n, &err));
        assert_int_equal(err.code, LL_E_INTERNAL);
    }
}

static void test_truncation_under_a_right_checksum_is_an_error(void **state) {
    (void)state;
    char *p = malloc(bytes.n);
    for (size_t n = IR_CODEC_HEADER; n < bytes.n; n++) {
        ll_err err = {0};
        memcpy(p, bytes.s, n);
        seal(p, n);
        assert_false(decode(p, n, &err));
    }
    free(p);
}

static void test_flipped_bytes_are_an_error(void **state) {
    (void)state;
    for (size_t i = 0; i < bytes.n; i++) {
        ll_err err = {0};
        bytes.s[i] ^= 0x55;
        assert_false(decode(bytes.s, bytes.n, &err));
        bytes.s[i] ^= 0x55;
    }
}

static void test_flipped_bytes_under_a_right_checksum_do_not_crash(void **state) {
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff, 0x7f};
    unsigned refused = 0;
    char *p = malloc(bytes.n);
    for (size_t i = IR_CODEC_HEADER; i < bytes.n; i++)
        for (size_t k = 0; k < sizeof flips; k++) {
            memcpy(p, bytes.s, bytes.n);
            p[i] = (char)(p[i] ^ flips[k]);
            seal(p, bytes.n);
            refused += !decode(p, bytes.n, NULL);
        }
    assert_in_range(refused, 100, 100000);
    free(p);
}

static void test_huge_counts_allocate_nothing(void **state) {
    (void)state;
    char p[IR_CODEC_HEADER + 10] = IR_CODEC_MAGIC;
    p[4] = IR_VERSION;
    memcpy(p + IR_CODEC_HEADER, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
    seal(p, sizeof p);
    ll_err err = {0};
    assert_false(decode(p, sizeof p, &err));
    memcpy(p + IR_CODEC_HEADER, "\xff\xff\xff\xff\x0f\0\0\0\0\0", 10);
    seal(p, sizeof p);
    assert_false(decode(p, sizeof p, &err));
    assert_string_equal(err.msg, "damaged facts");
}

static void test_other_versions_are_refused(void **state) {
    (void)state;
    ll_err err = {0};
    bytes.s[4] = IR_VERSION + 1;
    assert_false(decode(bytes.s, bytes.n, &err));
    assert_non_null(strstr(err.msg, "version"));
}

static ll_hash hash_of(const char *head, const char *line) {
    ir_unit u;
    char text[512];
    snprintf(text, sizeof text, "func f at %s : int {\n  param p : ptr(struct a)\n  %s\n}\n", head, line);
    read_into(text, &u);
    return ir_func_hash(u.funcs.v[0]);
}

static bool same(ll_hash a, ll_hash b) {
    return a.lo == b.lo && a.hi == b.hi;
}

static void test_hash_ignores_position_only(void **state) {
    (void)state;
    ll_hash h = hash_of("\"a.c\" 1..3", "ret p->n:int @1:2");
    assert_true(same(h, hash_of("\"dir/b.c\" 100..103", "ret p->n:int @1:2")));
    assert_false(same(h, hash_of("\"a.c\" 1..3", "ret p->m:int @1:2")));
    assert_false(same(h, hash_of("\"a.c\" 1..3", "ret p->n:int @1:3")));
    assert_false(same(h, hash_of("\"a.c\" 1..3", "ret p->n:long @1:2")));
    assert_false(same(h, hash_of("\"a.c\" 1..3", "ret p.n:int @1:2")));
    h = hash_of("\"a.c\" 1..3", "call p->f:ptr(func(void))()\n  ret");
    assert_false(same(h, hash_of("\"a.c\" 1..3", "call p->f:ptr(func(void))() macro g\n  ret")));
    assert_false(same(h, hash_of("\"a.c\" 1..3", "call p->f:ptr(func(void))() table \"ops::f\"\n  ret")));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void moves(const char *text, const char *from, const char *to, const char *expected) {
    ll_strbuf left = {0}, entered = {0};
    if (!ir_leave_root(&left, from, text)) ll_sb_add(&left, text);
    assert_null(strstr(ll_sb_str(&left), "/home/"));
    if (!ir_enter_root(&entered, to, ll_sb_str(&left))) ll_sb_add(&entered, ll_sb_str(&left));
    assert_string_equal(ll_sb_str(&entered), expected);
    ll_sb_free(&left);
    ll_sb_free(&entered);
}

static void test_root_is_left_and_entered(void **state) {
    (void)state;
    moves("/home/a/x.c", "/home/a", "/b", "/b/x.c");
    moves("struct (unnamed at /home/a/x.h:3:1)", "/home/a", "/b/c", "struct (unnamed at /b/c/x.h:3:1)");
    moves("/home/a/x", "/home/a", "/", "/x");
    moves("/mnt/a/x /mnt/ab/y", "/mnt/a", "/b", "/b/x /mnt/ab/y");
    moves("/srv/mnt/a/x", "/mnt/a", "/b", "/srv/mnt/a/x");
    moves("\1r \1\1 /mnt/a/", "/mnt/a", "/b", "\1r \1\1 /b/");
    moves("/usr/x", "/", "/b", "/usr/x");
}

static void test_unit_at_another_root(void **state) {
    (void)state;
    ir_unit u, back;
    ll_err err = {0};
    read_into(every_text, &u);
    const char *before = u.file;
    u.file = ll_intern_str(names, "/home/a/x.c");
    ll_strbuf one = {0}, two = {0};
    ir_encode_under(&one, &u, "/home/a");
    u.file = ll_intern_str(names, "/elsewhere/x.c");
    ir_encode_under(&two, &u, "/elsewhere");
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.s, two.s, two.n);
    if (!ir_decode_under(arena, names, one.s, one.n, "/third", &back, &err)) fail_msg("%s", err.msg);
    assert_string_equal(back.file, "/third/x.c");
    back.file = before;
    ll_strbuf text = {0};
    ir_print_unit(&text, &back);
    assert_text(ll_sb_str(&text), every_text);
    ll_sb_free(&one);
    ll_sb_free(&two);
    ll_sb_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_decoded_prints_the_same),
        T(test_truncation_is_an_error),
        T(test_truncation_under_a_right_checksum_is_an_error),
        T(test_flipped_bytes_are_an_error),
        T(test_flipped_bytes_under_a_right_checksum_do_not_crash),
        T(test_huge_counts_allocate_nothing),
        T(test_other_versions_are_refused),
        T(test_hash_ignores_position_only),
        T(test_root_is_left_and_entered),
        T(test_unit_at_another_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
