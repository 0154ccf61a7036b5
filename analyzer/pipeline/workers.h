/* Worker processes, so that a crash, a hang or a memory hog costs one task alone.
 *
 * A task's function runs in a forked child and appends its result to a buffer; the bytes come back
 * to the parent over a socket. Results arrive in any order, each once.
 *
 * A child serves one task after another, for starting a process and first touching the pages of a large library
 * cost as much as a small task. It holds one task at a time: when it dies, that one is lost and no other. A task that
 * fails in a child that served others before is tried once more in a fresh one, so that what a neighbour left behind
 * is not blamed on it; only running out of time is final at once. */
#ifndef LL_PIPELINE_WORKERS_H
#define LL_PIPELINE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

typedef struct workers_options {
    uint32_t jobs;            /* tasks at a time; at least 1 */
    uint32_t time_limit_s;    /* per task, wall clock; 0: none */
    uint32_t memory_limit_mb; /* per task, data; 0: none */
    bool keep_stderr;         /* else what a child prints is dropped */
} workers_options;

typedef struct workers_job {
    void *ctx;
    /* In the child: does task i. False: err says why. Must not touch what the parent waits for. */
    bool (*work)(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err);
    /* In the parent: task i begins (progress). May be NULL. */
    void (*started)(void *ctx, uint32_t i);
    /* In the parent: task i is over. err NULL: bytes are its result, borrowed until return. Else what went
     * wrong: the task's own error, or "crashed (…)", "gave up after … s", "ran out of memory". */
    void (*done)(void *ctx, uint32_t i, const void *bytes, size_t n, const ll_err *err);
    /* In the parent, once, when every task has been given out: time to do something else until they end. May be NULL. */
    void (*idle)(void *ctx);
    /* One task a child, which ends through exit(3): a library's output that is still in memory is written then, before
     * workers_run returns. */
    bool end_by_exit;
} workers_job;

/* Runs tasks 0..n. Returns early with *stopped_by set to the signal when workers_stop was called; tasks
 * that had not ended then are not reported. False: processes could not be made at all (LL_E_SYS). */
bool workers_run(const workers_job *job, uint32_t n, const workers_options *opt, int *stopped_by, ll_err *err);

/* Asks the running workers_run to stop; safe in a signal handler. */
void workers_stop(int signal);
/* SIGINT and SIGTERM call workers_stop the first time; the second one ends the process as usual. */
void workers_catch_signals(void);
/* The signal that asked to stop, 0 when none did. */
int workers_stopped_by(void);

/* Deeply nested code makes deep recursions: raises this process's stack limit where it is allowed to. Workers have it.
 */
void workers_allow_deep_stack(void);

/* In a process that does one task and was not started here: the limits of a worker. The end of its time ends it. */
void workers_limit_self(const workers_options *opt);

#endif
