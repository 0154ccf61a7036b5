/* Real paths of many files agree with realpath(3) on each. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"

static void every_kind_of_path(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    ll_real_paths *r = ll_real_paths_new();
    char root[] = "/tmp/lifelint-real-XXXXXX";
    assert_non_null(mkdtemp(root));
    assert_int_equal(mkdir(ll_path_join(a, root, "d"), 0700), 0);
    assert_int_equal(symlink("d", ll_path_join(a, root, "l")), 0);
    assert_true(ll_write_file(ll_path_join(a, root, "d/f.c"), "", 0, NULL));
    assert_int_equal(symlink("f.c", ll_path_join(a, root, "d/g.c")), 0);
    static const char *const names[] = {"d/f.c", "l/f.c",      "d/g.c", "l/g.c", "d/../l/f.c", "d/.", "d/..",
                                        "d",     "none/there", "l",     "d/",    "d//f.c",     "..",  "d/none.c"};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *path = ll_path_join(a, root, names[i]);
            assert_string_equal(ll_real_paths_of(r, a, path), ll_path_real(a, path));
        }
    assert_string_equal(ll_real_paths_of(r, a, "/"), "/");
    assert_string_equal(ll_real_paths_of(r, a, "/tmp"), ll_path_real(a, "/tmp"));
    ll_real_paths_free(r);
    int status = 0;
    char *const command[] = {"rm", "-rf", root, NULL};
    if (fork() == 0) execv("/bin/rm", command);
    wait(&status);
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
