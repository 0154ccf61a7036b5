#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline/workers.h"

enum { TASKS = 8 };
enum task_kind { ANSWER, REFUSE, CRASH, HANG, QUIT, LARGE, EMPTY, STOP, WHO, FRESH };

typedef struct outcome {
    int reports;
    bool failed;
    char message[1024];
    size_t n;
    unsigned char last;
} outcome;

typedef struct table {
    enum task_kind kinds[TASKS];
    outcome out[TASKS];
    uint32_t started;
} table;

static uint32_t served_here; /* in a child: how many tasks it had before */

static bool work(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    table *t = ctx;
    bool fresh = served_here++ == 0;
    switch (t->kinds[i]) {
        case ANSWER:
            ll_sb_printf(result, "answer %u", i);
            return true;
        case REFUSE:
            return ll_fail(err, LL_E_INPUT, "task %u refused", i);
        case CRASH:
            signal(SIGSEGV, SIG_DFL);
            raise(SIGSEGV);
            return true;
        case HANG:
            for (;;) pause();
        case QUIT:
            _exit(7);
        case LARGE:
            for (int k = 0; k < 3 << 20; k++) ll_sb_addc(result, (char)('a' + k % 26));
            return true;
        case EMPTY:
            return true;
        case STOP:
            kill(getppid(), SIGUSR1);
            for (;;) pause();
        case WHO:
            ll_sb_printf(result, "%d", (int)getpid());
            return true;
        case FRESH: /* suffers from what others left behind */
            if (!fresh) abort();
            ll_sb_printf(result, "fresh %d", (int)getpid());
            return true;
    }
    return false;
}

static void started(void *ctx, uint32_t i) {
    (void)i;
    ((table *)ctx)->started++;
}

static void done(void *ctx, uint32_t i, const void *bytes, size_t n, const ll_err *err) {
    outcome *o = &((table *)ctx)->out[i];
    o->reports++;
    o->failed = err != NULL;
    o->n = n;
    if (n) o->last = ((const unsigned char *)bytes)[n - 1];
    if (err)
        snprintf(o->message, sizeof o->message, "%s", err->msg);
    else if (n && n < sizeof o->message)
        memcpy(o->message, bytes, n);
}

static bool run(table *t, uint32_t n, uint32_t jobs, int *stopped_by) {
    const workers_job job = {.ctx = t, .work = work, .started = started, .done = done};
    const workers_options opt = {.jobs = jobs, .time_limit_s = 1};
    ll_err err = {0};
    return workers_run(&job, n, &opt, stopped_by, &err);
}

static void one_bad_task_costs_itself_alone(void **state) {
    (void)state;
    table t = {.kinds = {ANSWER, CRASH, REFUSE, HANG, QUIT, LARGE, EMPTY, ANSWER}};
    int stopped_by = -1;
    assert_true(run(&t, TASKS, 3, &stopped_by));
    assert_int_equal(stopped_by, 0);
    assert_int_equal(t.started, TASKS);
    for (int i = 0; i < TASKS; i++) assert_int_equal(t.out[i].reports, 1);
    assert_false(t.out[0].failed);
    assert_string_equal(t.out[0].message, "answer 0");
    assert_true(t.out[1].failed);
    assert_non_null(strstr(t.out[1].message, "crashed"));
    assert_string_equal(t.out[2].message, "task 2 refused");
    assert_non_null(strstr(t.out[3].message, "gave up after 1 s"));
    assert_non_null(strstr(t.out[4].message, "status 7"));
    assert_false(t.out[5].failed);
    assert_int_equal(t.out[5].n, 3 << 20);
    assert_int_equal(t.out[5].last, 'a' + ((3 << 20) - 1) % 26);
    assert_false(t.out[6].failed);
    assert_int_equal(t.out[6].n, 0);
    assert_string_equal(t.out[7].message, "answer 7");
}

static void a_child_serves_many_tasks(void **state) {
    (void)state;
    table t = {.kinds = {WHO, WHO, WHO, WHO}};
    int stopped_by = -1;
    assert_true(run(&t, 4, 1, &stopped_by));
    for (int i = 1; i < 4; i++) assert_string_equal(t.out[i].message, t.out[0].message);
}

static void what_a_neighbour_left_behind_is_not_blamed_on_a_task(void **state) {
    (void)state;
    table t = {.kinds = {WHO, FRESH, REFUSE, WHO, CRASH, FRESH, WHO, ANSWER}};
    int stopped_by = -1;
    assert_true(run(&t, TASKS, 1, &stopped_by));
    assert_int_equal(t.started, TASKS);
    for (int i = 0; i < TASKS; i++) assert_int_equal(t.out[i].reports, 1);
    for (int i = 0; i < TASKS; i++) assert_int_equal(t.out[i].failed, t.kinds[i] == REFUSE || t.kinds[i] == CRASH);
    assert_memory_equal(t.out[1].message, "fresh ", 6);
    assert_memory_equal(t.out[5].message, "fresh ", 6);
    assert_string_not_equal(t.out[1].message, t.out[5].message);
    assert_string_equal(t.out[2].message, "task 2 refused");
    assert_non_null(strstr(t.out[4].message, "crashed"));
}

/* What a library holds back until the process ends has arrived when workers_run returns. */
static int held_back_to;
static void write_out(void) {
    if (write(held_back_to, "x", 1) != 1) abort();
}
static bool hold_back(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    (void)ctx, (void)i, (void)result, (void)err;
    return atexit(write_out) == 0;
}

static void ending_by_exit_runs_the_handlers_of_each_task(void **state) {
    (void)state;
    table t = {0};
    int ends[2], stopped_by = -1;
    char got[8];
    assert_int_equal(pipe(ends), 0);
    held_back_to = ends[1];
    const workers_job job = {.ctx = &t, .work = hold_back, .done = done, .end_by_exit = true};
    const workers_options opt = {.jobs = 2, .time_limit_s = 5};
    ll_err err = {0};
    assert_true(workers_run(&job, 3, &opt, &stopped_by, &err));
    assert_int_equal(read(ends[0], got, sizeof got), 3);
    close(ends[0]);
    close(ends[1]);
}

static void no_tasks_is_no_work(void **state) {
    (void)state;
    table t = {0};
    int stopped_by = -1;
    assert_true(run(&t, 0, 2, &stopped_by));
    assert_int_equal(t.started, 0);
}

static void a_signal_keeps_what_is_done(void **state) {
    (void)state;
    table t = {.kinds = {ANSWER, STOP, ANSWER}};
    int stopped_by = 0;
    signal(SIGUSR1, workers_stop);
    assert_true(run(&t, 3, 1, &stopped_by));
    assert_int_equal(stopped_by, SIGUSR1);
    assert_int_equal(t.out[0].reports, 1);
    assert_int_equal(t.out[1].reports, 0);
    assert_int_equal(t.started, 2);
    workers_stop(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bad_task_costs_itself_alone),
        cmocka_unit_test(a_child_serves_many_tasks),
        cmocka_unit_test(what_a_neighbour_left_behind_is_not_blamed_on_a_task),
        cmocka_unit_test(ending_by_exit_runs_the_handlers_of_each_task),
        cmocka_unit_test(no_tasks_is_no_work),
        cmocka_unit_test(a_signal_keeps_what_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
