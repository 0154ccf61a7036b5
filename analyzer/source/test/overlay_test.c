/* The view of files: what is put, hidden and aliased, and lines across edits. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "source/overlay.h"
#include "source/overlay_git.h"
#include "source/test/tree.h"

static bool reads(const src_overlay *o, const char *path, const char *wanted) {
    ll_arena *a = ll_arena_new("read");
    char *text;
    size_t n;
    bool ok = src_overlay_read(o, a, path, 0, &text, &n, NULL);
    ok = wanted ? ok && n == strlen(wanted) && strcmp(text, wanted) == 0 : !ok;
    ok = ok && src_overlay_is_file(o, path) == (wanted != NULL);
    ll_arena_free(a);
    return ok;
}

static void entries(void **state) {
    ll_arena *a = *state;
    tree_write(a, "disk.h", "disk");
    src_overlay *o = src_overlay_new();
    const char *disk = tree_path(a, "disk.h"), *other = tree_path(a, "other.h");
    assert_true(reads(NULL, disk, "disk"));
    assert_true(reads(o, disk, "disk"));
    assert_true(reads(o, other, NULL));
    src_overlay_put(o, other, "new", 3);
    assert_true(reads(o, other, "new"));
    assert_false(src_overlay_same(o, NULL, other));
    assert_true(src_overlay_same(o, NULL, disk));
    src_overlay_put(o, disk, "disk", 4);
    assert_true(src_overlay_same(o, NULL, disk));
    src_overlay_hide(o, disk);
    assert_true(reads(o, disk, NULL));
    assert_false(src_overlay_same(o, NULL, disk));
    src_overlay_put(o, disk, "", 0);
    assert_true(reads(o, disk, ""));
    assert_int_equal(src_overlay_count(o), 2);
    ll_err err = {0};
    char *text;
    size_t n;
    assert_false(src_overlay_read(o, a, other, 2, &text, &n, &err));
    assert_non_null(strstr(err.msg, "larger"));
    src_overlay_free(o);
}

static void other_names(void **state) {
    (void)state;
    src_overlay *o = src_overlay_new();
    src_overlay_alias(o, "/p/link", "/p/dir");
    src_overlay_alias(o, "/q", "/p");
    src_overlay_alias(o, "/p/dir/one.h", "/p/dir/two.h");
    src_overlay_put(o, "/p/dir/two.h", "2", 1);
    src_overlay_hide(o, "/p/dir/gone.h");
    src_overlay_settle(o);
    assert_true(reads(o, "/p/link/two.h", "2"));
    assert_true(reads(o, "/p/dir/one.h", "2"));
    assert_true(reads(o, "/q/link/one.h", "2"));
    const char *bytes;
    size_t n;
    assert_int_equal(src_overlay_find(o, "/q/link/gone.h", &bytes, &n), SRC_OVERLAY_HIDDEN);
    assert_int_equal(src_overlay_find(o, "/p/directory/two.h", &bytes, &n), SRC_OVERLAY_NONE);
    src_overlay_free(o);
}

static void deployed_and_retired(void **state) {
    ll_arena *a = *state;
    ll_err err = {0};
    src_overlay *o = src_overlay_new();
    assert_true(src_overlay_deploy(o, &err));
    assert_null(src_overlay_vfs(o));
    src_overlay_put(o, "/p/a.h", "a", 1);
    src_overlay_hide(o, "/p/b.h");
    src_overlay_put(o, "/p/not \xff utf-8", "", 0);
    assert_true(src_overlay_deploy(o, &err));
    const char *vfs = ll_strdup(a, src_overlay_vfs(o));
    assert_true(ll_is_file(vfs));
    src_overlay_retire(o);
    assert_null(src_overlay_vfs(o));
    assert_false(ll_is_dir(ll_path_dir(a, vfs)));
    assert_true(reads(o, "/p/a.h", "a"));
    src_overlay_free(o);
    setenv("TMPDIR", "/nonexistent/tmp", 1);
    o = src_overlay_new();
    src_overlay_put(o, "/p/a.h", "a", 1);
    assert_false(src_overlay_deploy(o, &err));
    assert_non_null(strstr(err.msg, "/nonexistent/tmp"));
    unsetenv("TMPDIR");
    src_overlay_free(o);
}

static void line_maps(void **state) {
    ll_arena *a = *state;
    static const struct {
        const char *before, *after;
        int32_t map[5];
    } cases[] = {
        {"a\nb\nc\n", "a\nb\nc\n", {1, 2, 3}},     {"a\nb\nc\n", "x\na\nb\nc\n", {2, 3, 4}},
        {"a\nb\nc\n", "a\nx\ny\nb\nc", {1, 4, 5}}, {"a\nb\nc\n", "a\nc\n", {1, 0, 2}},
        {"a\nb\nc\n", "a\nB\nc\nd\n", {1, 0, 3}},  {"a\n  b c\nd", "a\n\tb  c\nd", {1, 2, 3}},
        {"a\nb\nc\nd\n", "d\n", {0, 0, 0, 1}},     {"a\n", "", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        src_lines l =
            src_git_lines(a, cases[i].before, strlen(cases[i].before), cases[i].after, strlen(cases[i].after));
        for (int32_t k = 0; k < l.n; k++)
            if (l.map[k] != cases[i].map[k]) fail_msg("case %zu, line %d: %d", i, k + 1, l.map[k]);
    }
    assert_int_equal(src_git_lines(a, "", 0, "a\n", 2).n, 0);
}

static int set_up(void **state) {
    tree_new();
    *state = ll_arena_new("overlay");
    return 0;
}

static int tear_down(void **state) {
    ll_arena_free(*state);
    tree_free();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries),
        cmocka_unit_test(other_names),
        cmocka_unit_test(deployed_and_retired),
        cmocka_unit_test(line_maps),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
