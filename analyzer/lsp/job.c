#define _GNU_SOURCE
#include "lsp/job.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, OPEN_DIRS = 8 };

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
    (void)at;
    return remove(path);
}

static void drop_dir(char *dir) {
    nftw(dir, remove_entry, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

static _Noreturn void child(const lsp_service *s, const char *root, const char *file, const lsp_buffer *buffers,
                            size_t n, const char *dir, int fd) {
    setenv("TMPDIR", dir, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* its own workers end with it */
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    FILE *report = fdopen(fd, "w");
    bool ok = report && chdir(root) == 0 && s->analyse(s->ctx, root, file, buffers, n, report);
    if (!report || fclose(report) != 0) _exit(2);
    _exit(ok ? 0 : 1);
}

bool job_start(job *j, const lsp_service *s, const char *root, const char *file, const lsp_buffer *buffers, size_t n) {
    int ends[2];
    char *dir = make_dir();
    if (!dir) return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        drop_dir(dir);
        return false;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(s, root, file, buffers, n, dir, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        drop_dir(dir);
        return false;
    }
    setpgid(pid, pid);
    *j = (job){.pid = pid, .fd = ends[0], .dir = dir};
    return true;
}

static int reap(job *j) {
    int status = 0;
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR) continue;
    close(j->fd);
    j->fd = -1;
    j->pid = 0;
    drop_dir(j->dir);
    j->dir = NULL;
    return status;
}

bool job_read(job *j, bool *ok) {
    char buf[READ_BYTES];
    ssize_t k = read(j->fd, buf, sizeof buf);
    if (k < 0 && errno == EINTR) return false;
    if (k > 0) {
        ll_sb_addn(&j->got, buf, (size_t)k);
        return false;
    }
    int status = reap(j);
    *ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
}

void job_stop(job *j) {
    if (j->pid) {
        kill(-j->pid, SIGKILL);
        kill(j->pid, SIGKILL);
        reap(j);
    }
    ll_sb_free(&j->got);
}
