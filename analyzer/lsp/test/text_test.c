#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lsp/diagnose.h"
#include "lsp/rpc.h"
#include "lsp/text.h"

/* "ä" has two bytes and one UTF-16 unit, U+1F600 four bytes and two units. */
static const char text[] = "int a;\r\n// \xC3\xA4\xF0\x9F\x98\x80x\nend";

static void test_positions(void **state) {
    (void)state;
    size_t n = strlen(text);
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 0, 4), 4);
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 0, 99), 6); /* the end of the line */
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 1, 6), 8 + 9);
    assert_int_equal(text_offset(text, n, TEXT_UTF8, 1, 9), 8 + 9);
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 1, 5), 8 + 5); /* inside a pair: before it */
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 2, 1), n - 2);
    assert_int_equal(text_offset(text, n, TEXT_UTF16, 7, 0), n);
    assert_int_equal(text_column(text, n, TEXT_UTF16, 2, 10), 6);
    assert_int_equal(text_column(text, n, TEXT_UTF8, 2, 10), 9);
    assert_int_equal(text_column(text, n, TEXT_UTF16, 2, 999), 7);
}

static void test_lines(void **state) {
    (void)state;
    const char *line;
    size_t n;
    assert_true(text_line(text, strlen(text), 3, &line, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(line, "end", 3);
    assert_false(text_line(text, strlen(text), 4, &line, &n));
    assert_false(text_line(text, strlen(text), 0, &line, &n));
}

static void test_edits(void **state) {
    (void)state;
    ll_strbuf b = {0};
    text_replace(&b, 0, 0, "one three", 9);
    text_replace(&b, 4, 4, "two ", 4);
    assert_string_equal(ll_sb_str(&b), "one two three");
    text_replace(&b, 3, 999, "", 0);
    assert_string_equal(ll_sb_str(&b), "one");
    ll_sb_free(&b);
}

static void test_uris(void **state) {
    (void)state;
    char *path = uri_to_path("file:///a%20b/%C3%A4.c"), *uri = uri_of_path("/a b/\xC3\xA4.c");
    assert_string_equal(path, "/a b/\xC3\xA4.c");
    assert_string_equal(uri, "file:///a%20b/%C3%A4.c");
    assert_null(uri_to_path("untitled:Untitled-1"));
    free(path);
    free(uri);
}

static void test_messages_in_pieces(void **state) {
    (void)state;
    static const char whole[] = "Content-Type: x\r\nContent-Length: 8\r\n\r\n{\"a\": 1}Content-Length: 3\r\n\r\nno ";
    ll_strbuf in = {0};
    json_t *m = NULL;
    for (size_t i = 0; i < 45; i++) {
        ll_sb_addc(&in, whole[i]);
        assert_int_equal(rpc_take(&in, &m), RPC_MORE);
    }
    ll_sb_add(&in, whole + 45);
    assert_int_equal(rpc_take(&in, &m), RPC_MESSAGE);
    assert_int_equal(json_integer_value(json_object_get(m, "a")), 1);
    json_decref(m);
    assert_int_equal(rpc_take(&in, &m), RPC_MESSAGE); /* framed well, no JSON */
    assert_null(m);
    assert_int_equal(rpc_take(&in, &m), RPC_MORE);
    ll_sb_add(&in, "Content-Length: many\r\n\r\n");
    assert_int_equal(rpc_take(&in, &m), RPC_BROKEN);
    ll_sb_free(&in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_uris),
        cmocka_unit_test(test_messages_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
