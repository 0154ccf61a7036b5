#define _GNU_SOURCE
#include "lsp/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/sys.h"

enum { READ_BYTES = 1 << 16 };

/* ---- messages ---- */

/* To the service. */
typedef struct saying {
    keeper_event event;
    lsp_known known;
    ll_err trouble;
} saying;

/* To the keeper: the request in a file of its own, and where the report goes. Without files: end what runs. */
typedef union control {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
} control;

static bool send_request(int socket, const int *fds, uint32_t n) {
    char byte = 0;
    control c = {0};
    struct iovec v = {&byte, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    if (n) {
        m.msg_control = &c;
        m.msg_controllen = CMSG_SPACE(n * sizeof *fds);
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        *h = (struct cmsghdr){.cmsg_len = CMSG_LEN(n * sizeof *fds), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(h), fds, n * sizeof *fds);
    }
    return sendmsg(socket, &m, MSG_NOSIGNAL) == 1;
}

/* False: the service is gone. fds[0] -1: none came. */
static bool receive_request(int socket, int fds[2]) {
    char byte;
    control c = {0};
    struct iovec v = {&byte, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    ssize_t k;
    do k = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    while (k < 0 && errno == EINTR);
    fds[0] = fds[1] = -1;
    struct cmsghdr *h = k > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (h && h->cmsg_len == CMSG_LEN(2 * sizeof *fds)) memcpy(fds, CMSG_DATA(h), 2 * sizeof *fds);
    return k > 0;
}

static int write_request(const char *file, const lsp_buffer *buffers, size_t n) {
    ll_strbuf b = {0};
    int fd = memfd_create("lifelint request", MFD_CLOEXEC);
    ll_put_str(&b, file);
    ll_put_uint(&b, n);
    for (size_t i = 0; i < n; i++) {
        ll_put_str(&b, buffers[i].path);
        ll_put_bytes(&b, buffers[i].text, buffers[i].n);
    }
    if (fd >= 0 && !ll_write_all(fd, b.s, b.n)) {
        close(fd);
        fd = -1;
    }
    ll_sb_free(&b);
    return fd;
}

/* ---- in the fork ---- */

static lsp_buffer *read_request(ll_arena *a, int fd, const char **file, uint32_t *n) {
    struct stat st;
    void *bytes = fstat(fd, &st) == 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) return NULL;
    ll_reader r = ll_reader_of(bytes, (size_t)st.st_size);
    *file = ll_get_str(&r, a);
    *n = ll_get_count(&r, 2);
    lsp_buffer *out = LL_NEWN(a, lsp_buffer, *n + 1);
    for (uint32_t i = 0; i < *n; i++) {
        out[i].path = ll_get_str(&r, a);
        out[i].text = ll_get_bytes(&r, &out[i].n);
    }
    return r.bad || !*file ? NULL : out;
}

/* {"covered": [PATHS], "report": REPORT} */
static void write_answer(FILE *to, const lsp_buffer *buffers, uint32_t n, const bool *covered, const char *report) {
    json_t *paths = json_array();
    for (uint32_t i = 0; i < n; i++)
        if (covered[i]) json_array_append_new(paths, json_string(buffers[i].path));
    fputs("{\"covered\": ", to);
    json_dumpf(paths, to, JSON_COMPACT);
    fprintf(to, ", \"report\": %s}", report);
    json_decref(paths);
}

static bool answer(const lsp_service *s, void *held, int request, FILE *to) {
    // lifelint:ignore libc-heap: as below
    ll_arena *a = ll_arena_new("request");
    ll_err err = {0};
    const char *file;
    char *report = NULL;
    size_t size = 0;
    uint32_t n;
    const lsp_buffer *buffers = read_request(a, request, &file, &n);
    // lifelint:ignore libc-heap, stdio-stream: the process ends with its answer
    FILE *memory = open_memstream(&report, &size);
    bool *covered = buffers ? LL_NEWN(a, bool, n + 1) : NULL;
    if (!buffers || !memory) return false;
    bool ok = s->analyse(held, file, buffers, n, covered, memory, &err) && fclose(memory) == 0;
    if (ok)
        write_answer(to, buffers, n, covered, report);
    else
        fputs(err.msg, to);
    return ok;
}

static _Noreturn void analyse(const lsp_service *s, void *held, const int fds[2], int learnt) {
    ll_strbuf b = {0};
    FILE *report = fdopen(fds[1], "w");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool ok = report && answer(s, held, fds[0], report);
    if (!report || fclose(report) != 0 || !ok) _exit(1);
    s->learnt(held, &b);
    _exit(ll_write_all(learnt, ll_sb_str(&b), b.n) ? 0 : 1);
}

/* ---- the keeper ---- */

typedef struct keeping {
    const lsp_service *service;
    const char *root;
    bool settled;
    void *held;
    int socket;
    pid_t pid;  /* of the analysis; 0: none runs */
    int learnt; /* what it says at its end */
    ll_strbuf got;
} keeping;

static void say(const keeping *k, saying m) {
    send(k->socket, &m, sizeof m, MSG_NOSIGNAL);
}

static bool reap(keeping *k) {
    int status = 0;
    while (waitpid(k->pid, &status, 0) < 0 && errno == EINTR) continue;
    close(k->learnt);
    k->pid = 0;
    k->learnt = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void end_analysis(keeping *k) {
    if (!k->pid) return;
    kill(k->pid, SIGKILL);
    reap(k);
    ll_sb_clear(&k->got);
    process_clear_dir(getenv("TMPDIR"));
}

static void begin_analysis(keeping *k, const int fds[2]) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    k->service->prepare(k->held);
    k->pid = fork();
    if (k->pid == 0) {
        close(ends[0]);
        analyse(k->service, k->held, fds, ends[1]);
    }
    close(ends[1]);
    k->learnt = ends[0];
    if (k->pid > 0) return;
    close(ends[0]);
    k->pid = 0;
    k->learnt = -1;
}

static void read_learnt(keeping *k) {
    char bytes[READ_BYTES];
    ssize_t n = read(k->learnt, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) return;
    if (n > 0) {
        ll_sb_addn(&k->got, bytes, (size_t)n);
        return;
    }
    bool moved = reap(k) && k->service->learn(k->held, k->got.s, k->got.n);
    ll_sb_clear(&k->got);
    if (moved) say(k, (saying){.event = KEEPER_MOVED});
}

static void keep(void *ctx, int socket) {
    keeping *k = ctx;
    saying hello = {.event = KEEPER_READY};
    k->socket = socket;
    k->learnt = -1;
    k->held = k->service->open(k->service->ctx, k->root, k->settled, &hello.known, &hello.trouble);
    if (!k->held) hello.event = KEEPER_FAILED;
    say(k, hello);
    while (k->held) {
        struct pollfd fds[] = {{.fd = socket, .events = POLLIN}, {.fd = k->learnt, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
        if (fds[1].revents) read_learnt(k);
        if (!fds[0].revents) continue;
        int given[2];
        if (!receive_request(socket, given)) return;
        end_analysis(k);
        if (given[0] < 0) continue;
        begin_analysis(k, given);
        close(given[0]);
        close(given[1]);
    }
}

/* ---- the service's side ---- */

bool keeper_start(keeper *k, const lsp_service *s, const char *root, bool settled) {
    keeping child = {.service = s, .root = root, .settled = settled};
    *k = (keeper){0};
    return process_start(&k->process, root, keep, &child);
}

keeper_event keeper_read(keeper *k, ll_err *trouble) {
    saying m;
    ssize_t n = recv(k->process.fd, &m, sizeof m, 0);
    if (n < 0 && errno == EINTR) return KEEPER_NOTHING;
    if (n != (ssize_t)sizeof m) {
        ll_fail(trouble, LL_E_SYS, "the process that held the program has ended");
        m.event = KEEPER_FAILED;
    } else if (m.event == KEEPER_FAILED) {
        *trouble = m.trouble;
    }
    if (m.event == KEEPER_FAILED) keeper_stop(k);
    if (m.event != KEEPER_READY) return m.event;
    k->ready = true;
    k->known = m.known;
    return m.event;
}

int keeper_analyse(keeper *k, const char *file, const lsp_buffer *buffers, size_t n) {
    int ends[2], request = write_request(file, buffers, n);
    if (request < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        if (request >= 0) close(request);
        return -1;
    }
    const int fds[2] = {request, ends[1]};
    bool sent = send_request(k->process.fd, fds, 2);
    close(request);
    close(ends[1]);
    if (sent) return ends[0];
    close(ends[0]);
    return -1;
}

void keeper_quiet(keeper *k) {
    if (k->ready) send_request(k->process.fd, NULL, 0);
}

void keeper_stop(keeper *k) {
    process_stop(&k->process);
    *k = (keeper){0};
}
