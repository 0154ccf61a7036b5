#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"

static char dir[] = "/tmp/write-file-XXXXXX";
static ll_arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    return mkdtemp(dir) && chdir(dir) == 0 ? 0 : 1;
}

static int tear_down(void **state) {
    (void)state;
    ll_arena_free(arena);
    unlink("file");
    unlink("link");
    unlink("pipe");
    return rmdir(dir);
}

static void assert_content(const char *path, const char *content) {
    char *text;
    size_t n;
    assert_true(ll_read_file(arena, path, 0, &text, &n, NULL));
    assert_string_equal(text, content);
}

static void replaces_a_file_through_a_link(void **state) {
    (void)state;
    struct stat st;
    assert_true(ll_write_file("file", "old", 3, NULL));
    assert_int_equal(symlink("file", "link"), 0);
    assert_true(ll_write_file("link", "newer", 5, NULL));
    assert_content("file", "newer");
    assert_int_equal(lstat("link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

/* A rename over a device would make it a file, for everybody on the machine. */
static void writes_into_what_is_no_file(void **state) {
    (void)state;
    struct stat st;
    char got[8] = "";
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_true(ll_write_file("pipe", "through", 7, NULL));
    assert_int_equal(read(reader, got, sizeof got), 7);
    assert_memory_equal(got, "through", 7);
    close(reader);
    assert_int_equal(lstat("pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
}

static void failures_name_the_path(void **state) {
    (void)state;
    ll_err err = {0};
    assert_false(ll_write_file("no/such/place", "x", 1, &err));
    assert_int_equal(err.code, LL_E_SYS);
    assert_non_null(strstr(err.msg, "no/such/place"));
    assert_false(ll_write_file(dir, "x", 1, &err));
    assert_non_null(strstr(err.msg, "is a directory"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_a_file_through_a_link),
        cmocka_unit_test(writes_into_what_is_no_file),
        cmocka_unit_test(failures_name_the_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
