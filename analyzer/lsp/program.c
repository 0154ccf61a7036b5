#define _GNU_SOURCE
#include "lsp/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/sys.h"

/* Saving all files is many notifications; and the build that follows is not to be slowed down. */
enum { SETTLE_MS = 300, NICE = 19, MAX_LOST = 3 };

/* ---- the index's process ---- */

enum { FILE_BYTES = 512 };

typedef struct step {
    bool last;
    uint32_t done, n;
    char text[FILE_BYTES]; /* a file; at the end, trouble or "" */
} step;

typedef struct indexing {
    const lsp_service *service;
    const char *root;
    int socket;
} indexing;

static void say(int socket, step m, const char *text) {
    snprintf(m.text, sizeof m.text, "%.*s", FILE_BYTES - 1, text ? text : "");
    send(socket, &m, sizeof m, MSG_NOSIGNAL);
}

static void progress(void *to, uint32_t done, uint32_t n, const char *file) {
    const indexing *x = to;
    say(x->socket, (step){.done = done, .n = n}, file);
}

static void run_index(void *ctx, int socket) {
    indexing *x = ctx;
    ll_err err = {0};
    x->socket = socket;
    setpriority(PRIO_PROCESS, 0, NICE);
    bool ok = x->service->index(x->service->ctx, x->root, progress, x, &err);
    say(socket, (step){.last = true}, ok ? "" : err.msg);
}

/* ---- */

program *program_new(const char *root) {
    program *p = ll_xcalloc(1, sizeof *p);
    p->root = ll_xstrdup(root);
    p->open_at = ll_now_ms();
    return p;
}

void program_free(program *p) {
    keeper_stop(&p->now);
    keeper_stop(&p->next);
    process_stop(&p->index);
    free(p->root);
    free(p);
}

void program_files_changed(program *p) {
    p->index_at = ll_now_ms() + SETTLE_MS;
    if (p->failed) program_setup_changed(p);
}

void program_setup_changed(program *p) {
    keeper_stop(&p->now);
    keeper_stop(&p->next);
    process_stop(&p->index);
    p->settled = p->failed = false;
    p->open_at = ll_now_ms();
    p->index_at = 0;
}

void program_stop_index(program *p) {
    process_stop(&p->index);
    p->index_at = 0;
}

static int until(int64_t at, int64_t now) {
    return at > now ? (int)(at - now) : 0;
}

int program_step(program *p, const lsp_service *s) {
    int64_t now = ll_now_ms();
    if (p->open_at && now >= p->open_at && !p->next.process.pid) {
        bool started = keeper_start(&p->next, s, p->root, p->settled);
        p->open_at = started ? 0 : now + SETTLE_MS; /* no process can be had; perhaps a moment later */
    }
    if (p->index_at && now >= p->index_at && !p->index.pid) {
        indexing x = {.service = s, .root = p->root};
        p->index_at = 0;
        process_start(&p->index, p->root, run_index, &x);
    }
    int wait = -1;
    if (p->open_at && !p->next.process.pid) wait = until(p->open_at, now);
    if (p->index_at && !p->index.pid && (wait < 0 || until(p->index_at, now) < wait)) wait = until(p->index_at, now);
    return wait;
}

void program_fds(const program *p, int fds[PROGRAM_FDS]) {
    fds[0] = p->now.process.pid ? p->now.process.fd : -1;
    fds[1] = p->next.process.pid ? p->next.process.fd : -1;
    fds[2] = p->index.pid ? p->index.fd : -1;
}

static void take_next(program *p, const program_watch *w) {
    keeper_stop(&p->now);
    p->now = p->next;
    p->next = (keeper){0};
    p->failed = false;
    p->lost = 0;
    if (p->now.known.missing && !p->settled) p->index_at = ll_now_ms();
    w->opened(w->ctx, p);
}

static void read_next(program *p, const program_watch *w) {
    ll_err err = {0};
    keeper_event e = keeper_read(&p->next, &err);
    if (e == KEEPER_READY) take_next(p, w);
    if (e != KEEPER_FAILED) return;
    if (err.code == LL_E_SYS && ++p->lost < MAX_LOST) {
        p->open_at = ll_now_ms() + SETTLE_MS;
        return;
    }
    keeper_stop(&p->now);
    p->failed = true;
    w->failed(w->ctx, p, err.msg);
}

static void read_now(program *p, const program_watch *w) {
    ll_err err = {0};
    keeper_event e = keeper_read(&p->now, &err);
    if (e == KEEPER_MOVED && !p->index_at && !p->index.pid) program_files_changed(p);
    if (e != KEEPER_FAILED) return;
    w->failed(w->ctx, p, err.msg);
    p->open_at = ll_now_ms() + SETTLE_MS;
}

static void read_index(program *p, const program_watch *w) {
    step m;
    ssize_t n = recv(p->index.fd, &m, sizeof m, 0);
    if (n < 0 && errno == EINTR) return;
    if (n == (ssize_t)sizeof m && !m.last) {
        w->indexing(w->ctx, p, m.done, m.n, m.text);
        return;
    }
    if (n != (ssize_t)sizeof m) snprintf(m.text, sizeof m.text, "the index ended early");
    process_stop(&p->index);
    p->settled = true;
    p->open_at = ll_now_ms();
    w->indexed(w->ctx, p, *m.text ? m.text : NULL);
}

void program_read(program *p, const bool readable[PROGRAM_FDS], const program_watch *w) {
    if (readable[2]) read_index(p, w);
    if (readable[0] && p->now.process.pid) read_now(p, w);
    if (readable[1] && p->next.process.pid) read_next(p, w);
}
