#define _GNU_SOURCE
#include "pipeline/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/sys.h"
#include "pipeline/workers_wire.h"

enum { MAX_JOBS = 256, POLL_MS = 250, READ_BYTES = 1 << 18 };

typedef struct slot {
    pid_t pid; /* 0: free */
    int fd;
    uint32_t task, served;
    bool busy; /* task is on its way */
    bool ending, timed_out;
    int64_t deadline; /* 0: none */
    ll_strbuf got;
} slot;

typedef struct pool {
    const workers_job *job;
    const workers_options *opt;
    slot slots[MAX_JOBS];
    uint32_t nslots, alive;
    uint32_t n, next, ended;
    LL_ARRAY(uint32_t) again; /* failed in a child that had served others */
    uint32_t again_at;
    ll_arena *a;
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

/* ---- starting and dealing ---- */

static _Noreturn void child(pool *p, pid_t parent, int fd) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1); /* it died before that took hold */
    for (uint32_t i = 0; i < p->nslots; i++)
        if (p->slots[i].pid) close(p->slots[i].fd);
    worker_serve(p->job, p->opt, fd);
}

static slot *start(pool *p, ll_err *err) {
    slot *s = p->slots;
    while (s->pid) s++;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        ll_fail(err, LL_E_SYS, "cannot make a socket for a worker process: %s", strerror(errno));
        return NULL;
    }
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        ll_fail(err, LL_E_SYS, "cannot start a worker process: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return NULL;
    }
    if (pid == 0) {
        close(ends[0]);
        child(p, parent, ends[1]);
    }
    close(ends[1]);
    *s = (slot){.pid = pid, .fd = ends[0]};
    p->alive++;
    return s;
}

static bool has_more(const pool *p) {
    return p->next < p->n || p->again_at < p->again.n;
}

/* A child that is gone already is noticed when its end of the socket is. */
static void deal(pool *p, slot *s) {
    bool again = !s->served && p->again_at < p->again.n;
    if (!again && p->next >= p->n) { /* what is left wants fresh children */
        s->ending = true;
        shutdown(s->fd, SHUT_WR);
        return;
    }
    s->task = again ? p->again.v[p->again_at++] : p->next++;
    s->busy = true;
    s->deadline = p->opt->time_limit_s ? ll_now_ms() + (int64_t)p->opt->time_limit_s * 1000 : 0;
    if (!again && p->job->started) p->job->started(p->job->ctx, s->task);
    worker_send(s->fd, &s->task, sizeof s->task);
}

/* ---- what comes back ---- */

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

static bool answered(const slot *s, worker_head *head) {
    if (s->got.n < sizeof *head) return false;
    memcpy(head, s->got.s, sizeof *head);
    return s->got.n - sizeof *head >= head->n;
}

static void report(pool *p, slot *s, const void *bytes, size_t n, const ll_err *err) {
    s->busy = false;
    s->served++;
    p->ended++;
    p->job->done(p->job->ctx, s->task, bytes, n, err);
    ll_sb_clear(&s->got);
}

/* True: the task goes to a fresh child. */
static bool retry(pool *p, slot *s) {
    if (!s->served || s->timed_out) return false;
    LL_PUSH(p->a, &p->again, s->task);
    s->busy = false;
    return true;
}

/* The child has closed its end: takes it off the list; a task it still held has failed. */
static void bury(pool *p, slot *s) {
    int status = 0;
    struct rusage usage = {0};
    while (wait4(s->pid, &status, 0, &usage) < 0 && errno == EINTR) continue;
    close(s->fd);
    p->alive--;
    if (s->busy && !retry(p, s)) {
        ll_err err = {0};
        worker_head head;
        long peak_mb = usage.ru_maxrss >> 10;
        if (!s->timed_out && answered(s, &head) && !near_limit(p->opt, peak_mb))
            ll_fail(&err, (ll_code)head.code, "%.*s", (int)head.n, s->got.s + sizeof head);
        else
            explain_end(s, p->opt, status, peak_mb, &err);
        report(p, s, NULL, 0, &err);
    }
    ll_sb_free(&s->got);
    *s = (slot){0};
}

/* An error is reported when the child has ended: how much memory it had is known then. */
static void take_answer(pool *p, slot *s) {
    worker_head head;
    if (!s->busy || !answered(s, &head)) return;
    s->ending = head.last;
    if (head.kind != WORKER_RESULT) return;
    report(p, s, s->got.s + sizeof head, head.n, NULL);
}

static void receive(pool *p, slot *s) {
    static char buf[READ_BYTES];
    ssize_t k = recv(s->fd, buf, sizeof buf, 0);
    if (k < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (k <= 0) {
        bury(p, s);
        return;
    }
    ll_sb_addn(&s->got, buf, (size_t)k);
    take_answer(p, s);
    if (!s->busy && !s->ending) deal(p, s);
}

static void wait_for_some(pool *p) {
    struct pollfd fds[MAX_JOBS];
    slot *of[MAX_JOBS];
    nfds_t n = 0;
    int64_t now = ll_now_ms();
    for (uint32_t i = 0; i < p->nslots; i++) {
        slot *s = &p->slots[i];
        if (!s->pid) continue;
        if (s->busy && s->deadline && now > s->deadline && !s->timed_out) {
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
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) continue;
        close(s->fd);
        ll_sb_free(&s->got);
    }
}

/* False: there is no child, and none can be made. */
static bool start_some(pool *p, ll_err *err) {
    while (has_more(p) && p->alive < p->nslots) {
        slot *s = start(p, err);
        if (!s) return p->alive > 0; /* out of processes for the moment: go on with those there are */
        deal(p, s);
    }
    return true;
}

bool workers_run(const workers_job *job, uint32_t n, const workers_options *opt, int *stopped_by, ll_err *err) {
    pool *p = ll_xcalloc(1, sizeof *p);
    p->a = ll_arena_new("workers");
    p->job = job;
    p->opt = opt;
    p->n = n;
    p->nslots = opt->jobs < 1 ? 1 : opt->jobs > MAX_JOBS ? MAX_JOBS : opt->jobs;
    bool ok = true, idle = job->idle != NULL;
    while ((p->ended < n || p->alive) && !stop_signal) {
        ok = start_some(p, err);
        if (!ok) break;
        if (idle && !has_more(p)) {
            idle = false;
            job->idle(job->ctx);
        }
        wait_for_some(p);
    }
    abandon(p);
    ll_arena_free(p->a);
    free(p);
    *stopped_by = (int)stop_signal;
    return ok;
}
