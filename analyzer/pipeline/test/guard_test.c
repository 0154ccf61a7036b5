/* Each case in a child of its own: what it says on standard error, and how it ends. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "pipeline/guard.h"
#include "pipeline/sanitized.h"

/* The exit class; what was said goes to `said`. */
static int run(void (*work)(void), uint32_t time_limit_s, char *said, size_t size) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        guard_begin("solving", time_limit_s);
        work();
        guard_end();
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t k; n + 1 < size && (k = read(ends[0], said + n, size - 1 - n)) > 0;) n += (size_t)k;
    said[n] = 0;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void nothing(void) {}

static void crash(void) {
    raise(SIGSEGV);
}

static void give_in(void) {
    abort();
}

static void hang(void) {
    for (;;) pause();
}

static void interrupt(void) {
    raise(SIGINT);
}

/* Volatile, so that no compiler makes a loop of it. */
static int deeper(volatile int *above) {
    volatile int here[256];
    if (*above < 0) return 0;
    here[0] = *above + 1;
    return deeper(here) + here[0];
}

static void recurse(void) {
    volatile int start = 0;
    (void)deeper(&start);
}

static void one_line(const char *said, const char *part) {
    assert_non_null(strstr(said, part));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void what_ends_well_is_left_alone(void **state) {
    (void)state;
    char said[1024];
    assert_int_equal(run(nothing, 1, said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void crashes_are_told(void **state) {
    (void)state;
    char said[1024];
    void (*const ways[])(void) = {crash, give_in, recurse};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(run(ways[i], 0, said, sizeof said), 4);
        one_line(said, "lifelint: internal error: solving crashed; nothing was reported");
    }
}

static void the_time_limit_ends_it(void **state) {
    (void)state;
    char said[1024];
    assert_int_equal(run(hang, 1, said, sizeof said), 4);
    one_line(said, "lifelint: gave up solving after 1 s (--solve-limit)");
}

static void who_has_had_enough_is_heard(void **state) {
    (void)state;
    char said[1024];
    assert_int_equal(run(interrupt, 0, said, sizeof said), 128 + SIGINT);
    one_line(said, "lifelint: stopped while solving; nothing was reported");
}

static void everything(void) {
    size_t pages = (size_t)sysconf(_SC_PHYS_PAGES), size = (size_t)sysconf(_SC_PAGESIZE);
    free(ll_xcalloc(pages, size)); /* never touched: without the limit the kernel would promise it */
}

static void memory_has_an_end(void **state) {
    (void)state;
    char said[1024];
#ifdef LL_SANITIZED
    skip();
#endif
    assert_int_equal(run(everything, 0, said, sizeof said), 4);
    one_line(said, "out of memory");
}

/* Afterwards signals mean what they meant before. */
static void the_guard_ends(void **state) {
    (void)state;
    struct sigaction before, after;
    sigaction(SIGSEGV, NULL, &before);
    guard_begin("solving", 100);
    guard_end();
    sigaction(SIGSEGV, NULL, &after);
    assert_true(before.sa_handler == after.sa_handler);
    assert_int_equal(alarm(0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ends_well_is_left_alone), cmocka_unit_test(crashes_are_told),
        cmocka_unit_test(the_time_limit_ends_it),       cmocka_unit_test(memory_has_an_end),
        cmocka_unit_test(who_has_had_enough_is_heard),  cmocka_unit_test(the_guard_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
