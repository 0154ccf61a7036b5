#define _GNU_SOURCE
#include "pipeline/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sys.h"
#include "pipeline/sanitized.h"

/* The first byte of what a child sends: the rest is a result, or an error (its code, then its message).
 * A child that ends without sending the closing byte did not finish, whatever its exit status says. */
enum { SENT_RESULT = 'r', SENT_ERROR = 'e', SENT_END = '.' };

enum { MAX_JOBS = 256, POLL_MS = 250, STACK_BYTES = 96 << 20 };

typedef struct slot {
    pid_t pid; /* 0: free */
    int fd;
    uint32_t task;
    int64_t deadline; /* 0: none */
    bool timed_out;
    ll_strbuf got;
} slot;

typedef struct pool {
    const workers_job *job;
    const workers_options *opt;
    slot slots[MAX_JOBS];
    uint32_t nslots, running;
} pool;

static volatile sig_atomic_t stop_signal;

void workers_stop(int signal) {
    stop_signal = signal;
}
int workers_stopped_by(void) {
    return (int)stop_signal;
}

void workers_catch_signals(void) {
    struct sigaction action = {.sa_handler = workers_stop, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* The kernel leaves at least 128 MiB for the first thread's stack to grow into. */
void workers_allow_deep_stack(void) {
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= STACK_BYTES) return;
    if (stack.rlim_max < STACK_BYTES) return;
    stack.rlim_cur = STACK_BYTES;
    setrlimit(RLIMIT_STACK, &stack);
}

static void limit(__rlimit_resource_t what, rlim_t value) {
    struct rlimit r = {value, value};
    setrlimit(what, &r);
}

static void send_all(int fd, const char *p, size_t n) {
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) _exit(1);
        p += k;
        n -= (size_t)k;
    }
}

static void child_limits(const workers_options *opt) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    workers_allow_deep_stack();
#ifndef LL_SANITIZED
    /* not RLIMIT_AS: the mapped library alone is hundreds of megabytes that nobody pays for */
    if (opt->memory_limit_mb) limit(RLIMIT_DATA, (rlim_t)opt->memory_limit_mb << 20);
#endif
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (!opt->keep_stderr) dup2(null, STDERR_FILENO);
    close(null);
}

static _Noreturn void child(const pool *p, uint32_t task, int fd) {
    child_limits(p->opt);
    ll_strbuf out = {0};
    ll_err err = {0};
    ll_sb_addc(&out, SENT_RESULT);
    if (!p->job->work(p->job->ctx, task, &out, &err)) {
        ll_sb_clear(&out);
        ll_sb_addc(&out, SENT_ERROR);
        ll_sb_addc(&out, (char)('0' + (int)err.code));
        ll_sb_add(&out, err.msg);
    }
    ll_sb_addc(&out, SENT_END);
    send_all(fd, out.s, out.n);
    _exit(0); /* no atexit handlers: buffers shared with the parent would be written twice */
}

static bool start(pool *p, uint32_t task, ll_err *err) {
    slot *s = p->slots;
    while (s->pid) s++;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return ll_fail(err, LL_E_SYS, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        ll_fail(err, LL_E_SYS, "cannot start a worker process: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    if (pid == 0) {
        close(ends[0]);
        child(p, task, ends[1]);
    }
    close(ends[1]);
    if (p->job->started) p->job->started(p->job->ctx, task);
    *s = (slot){.pid = pid, .fd = ends[0], .task = task};
    if (p->opt->time_limit_s) s->deadline = ll_now_ms() + (int64_t)p->opt->time_limit_s * 1000;
    p->running++;
    return true;
}

/* An allocation that fails ends a task in several ways, so having come near the limit is the evidence. */
static bool near_limit(const workers_options *opt, long peak_mb) {
    return opt->memory_limit_mb && peak_mb > (long)opt->memory_limit_mb / 2;
}

/* `peak_mb`: the most memory the child had in use. */
static void explain_end(const slot *s, const workers_options *opt, int status, long peak_mb, ll_err *err) {
    if (s->timed_out)
        ll_fail(err, LL_E_INPUT, "gave up after %u s (--time-limit)", opt->time_limit_s);
    else if (near_limit(opt, peak_mb))
        ll_fail(err, LL_E_INPUT, "stopped, most likely for want of memory (--memory-limit is %u MB)",
                opt->memory_limit_mb);
    else if (WIFSIGNALED(status))
        ll_fail(err, LL_E_INPUT, "crashed the parser (%s)", strsignal(WTERMSIG(status)));
    else
        ll_fail(err, LL_E_INPUT, "stopped the parser (status %d)", WEXITSTATUS(status));
}

/* The child has closed its end: takes it off the list and reports. */
static void finish(pool *p, slot *s) {
    int status = 0;
    struct rusage usage = {0};
    while (wait4(s->pid, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    close(s->fd);
    slot ended = *s;
    *s = (slot){0};
    p->running--;
    ll_err err = {0};
    const char *bytes = ended.got.s;
    size_t n = ended.got.n;
    bool complete = n >= 2 && bytes[n - 1] == SENT_END && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (complete && bytes[0] == SENT_RESULT) {
        p->job->done(p->job->ctx, ended.task, bytes + 1, n - 2, NULL);
    } else {
        long peak_mb = usage.ru_maxrss >> 10;
        if (complete && !near_limit(p->opt, peak_mb))
            ll_fail(&err, (ll_code)(bytes[1] - '0'), "%.*s", (int)(n - 3), bytes + 2);
        else
            explain_end(&ended, p->opt, status, peak_mb, &err);
        p->job->done(p->job->ctx, ended.task, NULL, 0, &err);
    }
    ll_sb_free(&ended.got);
}

static void receive(pool *p, slot *s) {
    char buf[1 << 16];
    ssize_t k = read(s->fd, buf, sizeof buf);
    if (k < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (k > 0)
        ll_sb_addn(&s->got, buf, (size_t)k);
    else
        finish(p, s);
}

static void wait_for_some(pool *p) {
    struct pollfd fds[MAX_JOBS];
    slot *of[MAX_JOBS];
    nfds_t n = 0;
    int64_t now = ll_now_ms();
    for (uint32_t i = 0; i < p->nslots; i++) {
        slot *s = &p->slots[i];
        if (!s->pid) continue;
        if (s->deadline && now > s->deadline && !s->timed_out) {
            s->timed_out = true;
            kill(s->pid, SIGKILL);
        }
        of[n] = s;
        fds[n++] = (struct pollfd){.fd = s->fd, .events = POLLIN};
    }
    if (poll(fds, n, POLL_MS) <= 0) return;
    for (nfds_t i = 0; i < n; i++)
        if (fds[i].revents) receive(p, of[i]);
}

static void abandon(pool *p) {
    for (uint32_t i = 0; i < p->nslots; i++) {
        slot *s = &p->slots[i];
        if (!s->pid) continue;
        kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        close(s->fd);
        ll_sb_free(&s->got);
    }
}

bool workers_run(const workers_job *job, uint32_t n, const workers_options *opt, int *stopped_by, ll_err *err) {
    pool *p = ll_xcalloc(1, sizeof *p);
    p->job = job;
    p->opt = opt;
    p->nslots = opt->jobs < 1 ? 1 : opt->jobs > MAX_JOBS ? MAX_JOBS : opt->jobs;
    bool ok = true;
    for (uint32_t next = 0; (next < n || p->running) && !stop_signal;) {
        if (next < n && p->running < p->nslots) {
            if (start(p, next, err)) {
                next++;
                continue;
            }
            /* Out of processes for the moment: go on with those there are. */
            ok = p->running > 0;
            if (!ok) break;
        }
        wait_for_some(p);
    }
    abandon(p);
    free(p);
    *stopped_by = (int)stop_signal;
    return ok;
}
