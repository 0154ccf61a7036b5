#define _GNU_SOURCE
#include "lsp/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"

enum { OPEN_DIRS = 8 };

static char *make_dir(void) {
    ll_strbuf path = {0};
    const char *tmp = getenv("TMPDIR");
    ll_sb_printf(&path, "%s/lifelint-lsp-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
    if (!mkdtemp(path.s)) ll_sb_free(&path);
    return path.s;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st;
    (void)type;
    return at->level ? remove(path) : 0;
}

void process_clear_dir(const char *dir) {
    nftw(dir, remove_entry, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
}

/* Nothing that a library prints reaches the client. */
static _Noreturn void child(const char *root, const char *dir, void (*run)(void *ctx, int fd), void *ctx, int fd) {
    setenv("TMPDIR", dir, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* what it starts ends with it */
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    if (chdir(root) != 0) _exit(1);
    run(ctx, fd);
    _exit(0);
}

static bool fork_child(process *p, const char *root, void (*run)(void *ctx, int fd), void *ctx) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    fflush(NULL);
    p->pid = fork();
    if (p->pid == 0) {
        close(ends[0]);
        child(root, p->dir, run, ctx, ends[1]);
    }
    close(ends[1]);
    p->fd = ends[0];
    if (p->pid > 0) return true;
    close(ends[0]);
    return false;
}

bool process_start(process *p, const char *root, void (*run)(void *ctx, int fd), void *ctx) {
    *p = (process){.fd = -1, .dir = make_dir()};
    if (p->dir && fork_child(p, root, run, ctx)) {
        setpgid(p->pid, p->pid);
        return true;
    }
    if (p->dir) rmdir(p->dir);
    free(p->dir);
    *p = (process){0};
    return false;
}

void process_stop(process *p) {
    if (!p->pid) return;
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) continue;
    close(p->fd);
    process_clear_dir(p->dir);
    rmdir(p->dir);
    free(p->dir);
    *p = (process){0};
}
