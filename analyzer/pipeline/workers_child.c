#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "pipeline/sanitized.h"
#include "pipeline/workers_wire.h"

/* A worker's memory does not shrink again: one that has needed this much makes room for a fresh one. */
enum { GROWN_MB = 192, STACK_BYTES = 96 << 20 };

/* The kernel leaves at least 128 MiB for the first thread's stack to grow into. */
void workers_allow_deep_stack(void) {
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= STACK_BYTES) return;
    if (stack.rlim_max < STACK_BYTES) return;
    stack.rlim_cur = STACK_BYTES;
    setrlimit(RLIMIT_STACK, &stack);
}

bool worker_send(int fd, const void *bytes, size_t n) {
    for (const char *p = bytes; n;) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static void limit(__rlimit_resource_t what, rlim_t value) {
    struct rlimit r = {value, value};
    setrlimit(what, &r);
}

static void limit_memory(const workers_options *opt) {
    limit(RLIMIT_CORE, 0);
    workers_allow_deep_stack();
#ifndef LL_SANITIZED
    /* not RLIMIT_AS: the mapped library alone is hundreds of megabytes that nobody pays for */
    if (opt->memory_limit_mb) limit(RLIMIT_DATA, (rlim_t)opt->memory_limit_mb << 20);
#else
    (void)opt;
#endif
}

void workers_limit_self(const workers_options *opt) {
    limit_memory(opt);
    alarm(opt->time_limit_s);
}

/* The compiler's library works in a thread of its own, whose memory the allocator would map a page or two at a time. */
static void map_in_large_steps(void) {
#ifndef LL_SANITIZED
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 20);
#endif
}

static void set_up(const workers_options *opt) {
    map_in_large_steps();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    limit_memory(opt);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (!opt->keep_stderr) dup2(null, STDERR_FILENO);
    close(null);
}

static bool has_grown(const workers_options *opt) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return false;
    long mb = usage.ru_maxrss >> 10;
    return mb > GROWN_MB || (opt->memory_limit_mb && mb > (long)opt->memory_limit_mb / 4);
}

static bool next_task(int fd, uint32_t *task) {
    ssize_t k;
    do k = recv(fd, task, sizeof *task, MSG_WAITALL);
    while (k < 0 && errno == EINTR);
    return k == (ssize_t)sizeof *task;
}

static bool serve_one(const workers_job *job, const workers_options *opt, int fd, uint32_t task) {
    ll_strbuf out = {0};
    ll_err err = {0};
    worker_head head = {.kind = WORKER_RESULT};
    if (!job->work(job->ctx, task, &out, &err)) {
        ll_sb_clear(&out);
        ll_sb_add(&out, err.msg);
        head.kind = WORKER_ERROR;
        head.code = (uint8_t)err.code;
    }
    head.n = out.n;
    head.last = head.kind == WORKER_ERROR || job->end_by_exit || has_grown(opt);
    bool go_on = worker_send(fd, &head, sizeof head) && worker_send(fd, out.s, out.n) && !head.last;
    ll_sb_free(&out);
    return go_on;
}

_Noreturn void worker_serve(const workers_job *job, const workers_options *opt, int fd) {
    uint32_t task;
    set_up(opt);
    while (next_task(fd, &task) && serve_one(job, opt, fd, task)) continue;
    /* Without atexit handlers: buffers shared with the parent would be written twice. */
    if (!job->end_by_exit) _exit(0);
    ll_exit(0);
}
