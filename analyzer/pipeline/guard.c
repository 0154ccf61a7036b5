#define _GNU_SOURCE
#include "pipeline/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "pipeline/sanitized.h"

enum { EXIT_GUARDED = 4, EXIT_SIGNALLED = 128, ALT_STACK_BYTES = 64 << 10, LINE_BYTES = 256 };

/* SIGALRM comes from the time limit, SIGXCPU from the shell's, SIGINT and SIGTERM from whoever has had enough; the
 * others are crashes. */
static const int watched[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGXCPU, SIGINT, SIGTERM};
enum { WATCHED = sizeof watched / sizeof *watched };

/* The lines are made beforehand: a handler may call next to nothing. */
static struct guard {
    char crashed[LINE_BYTES], gave_up[LINE_BYTES], stopped[LINE_BYTES];
    struct sigaction before[WATCHED];
    struct rlimit memory_before;
    stack_t stack, stack_before;
} guard;

static void die(int signal) {
    bool out_of_time = signal == SIGALRM || signal == SIGXCPU, stopped = signal == SIGINT || signal == SIGTERM;
    const char *line = stopped ? guard.stopped : out_of_time ? guard.gave_up : guard.crashed;
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written;
    _exit(stopped ? EXIT_SIGNALLED + signal : EXIT_GUARDED);
}

static void prepare_lines(const char *doing, uint32_t time_limit_s) {
    static const char end[] = "nothing was reported, and what is stored stays as it was";
    snprintf(guard.crashed, sizeof guard.crashed, "lifelint: internal error: %s crashed; %s\n", doing, end);
    snprintf(guard.stopped, sizeof guard.stopped, "lifelint: stopped while %s; %s\n", doing, end);
    if (time_limit_s)
        snprintf(guard.gave_up, sizeof guard.gave_up, "lifelint: gave up %s after %u s (--solve-limit); %s\n", doing,
                 time_limit_s, end);
    else
        snprintf(guard.gave_up, sizeof guard.gave_up, "lifelint: out of time while %s; %s\n", doing, end);
}

/* The kernel promises memory that is not there and kills whoever touches it; a refused allocation says one line. */
static void limit_memory(void) {
#ifndef LL_SANITIZED
    struct rlimit limit = guard.memory_before;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0) return;
    rlim_t all = (rlim_t)pages * (rlim_t)size;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > all) limit.rlim_cur = all;
    setrlimit(RLIMIT_AS, &limit);
#endif
}

void guard_begin(const char *doing, uint32_t time_limit_s) {
    prepare_lines(doing, time_limit_s);
    guard.stack = (stack_t){.ss_sp = ll_xcalloc(1, ALT_STACK_BYTES), .ss_size = ALT_STACK_BYTES};
    sigaltstack(&guard.stack, &guard.stack_before); /* a recursion without end leaves no other */
    struct sigaction action = {.sa_handler = die, .sa_flags = SA_ONSTACK};
    sigfillset(&action.sa_mask);
    for (int i = 0; i < WATCHED; i++) sigaction(watched[i], &action, &guard.before[i]);
    if (getrlimit(RLIMIT_AS, &guard.memory_before) == 0) limit_memory();
    alarm(time_limit_s);
}

void guard_end(void) {
    alarm(0);
    setrlimit(RLIMIT_AS, &guard.memory_before);
    for (int i = 0; i < WATCHED; i++) sigaction(watched[i], &guard.before[i], NULL);
    sigaltstack(&guard.stack_before, NULL);
    free(guard.stack.ss_sp);
    guard = (struct guard){0};
}
