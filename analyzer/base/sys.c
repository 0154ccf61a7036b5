#define _GNU_SOURCE
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool read_all(ll_arena *a, int fd, const char *path, size_t size, char **text, size_t *n, ll_err *err) {
    char *buf = ll_alloc(a, size + 1);
    size_t got = 0;
    while (got < size) {
        ssize_t k = read(fd, buf + got, size - got);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return ll_fail(err, LL_E_SYS, "%s: cannot read: %s", path, strerror(errno));
        if (k == 0) break;
        got += (size_t)k;
    }
    buf[got] = 0;
    *text = buf;
    *n = got;
    return true;
}

bool ll_read_file(ll_arena *a, const char *path, size_t max, char **text, size_t *n, ll_err *err) {
    bool ok = false;
    struct stat st;
    /* not opened at all: a pipe's other end would take us for its reader */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) return ll_fail(err, LL_E_INPUT, "%s: not a regular file", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return ll_fail(err, LL_E_INPUT, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0) {
        ll_fail(err, LL_E_SYS, "%s: cannot stat: %s", path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        ll_fail(err, LL_E_INPUT, "%s: not a regular file", path);
    } else if (max && (uint64_t)st.st_size > max) {
        ll_fail(err, LL_E_INPUT, "%s: larger than the limit of %zu bytes", path, max);
    } else {
        ok = read_all(a, fd, path, (size_t)st.st_size, text, n, err);
    }
    close(fd);
    return ok;
}

bool ll_write_all(int fd, const char *data, size_t n) {
    while (n) {
        ssize_t k = write(fd, data, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return false;
        data += k;
        n -= (size_t)k;
    }
    return true;
}

/* A device, a pipe or a terminal is written to, never replaced: as root a rename over /dev/null would succeed. */
static bool write_special(const char *path, const void *data, size_t n, ll_err *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return ll_fail(err, LL_E_SYS, "%s: cannot write: %s", path, strerror(errno));
    bool ok = ll_write_all(fd, data, n);
    if (!ok) ll_fail(err, LL_E_SYS, "%s: cannot write: %s", path, strerror(errno));
    close(fd);
    return ok;
}

bool ll_write_file(const char *path, const void *data, size_t n, ll_err *err) {
    char tmp[PATH_MAX], target[PATH_MAX];
    struct stat st;
    const char *shown = path;
    bool old = stat(path, &st) == 0;
    if (old) {
        if (S_ISDIR(st.st_mode)) return ll_fail(err, LL_E_SYS, "%s: cannot write: is a directory", path);
        if (!S_ISREG(st.st_mode)) return write_special(path, data, n, err);
        if (realpath(path, target)) path = target; /* a symbolic link stays one */
    }
    if (snprintf(tmp, sizeof tmp, "%s.tmp.%ld", path, (long)getpid()) >= (int)sizeof tmp)
        return ll_fail(err, LL_E_SYS, "%s: path too long", shown);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return ll_fail(err, LL_E_SYS, "%s: cannot write: %s", shown, strerror(errno));
    bool ok = ll_write_all(fd, data, n) && (!old || fchmod(fd, st.st_mode & 07777) == 0);
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && rename(tmp, path) != 0) {
        ok = false;
        saved = errno;
    }
    if (ok) return true;
    unlink(tmp);
    return ll_fail(err, LL_E_SYS, "%s: cannot write: %s", shown, strerror(saved));
}

bool ll_make_executable(const char *path, ll_err *err) {
    struct stat st;
    if (stat(path, &st) == 0 && chmod(path, (st.st_mode | (st.st_mode & 0444) >> 2) & 07777) == 0) return true;
    return ll_fail(err, LL_E_SYS, "%s: cannot be made executable: %s", path, strerror(errno));
}

bool ll_is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool ll_is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool ll_make_dirs(const char *path, ll_err *err) {
    char buf[PATH_MAX];
    if (snprintf(buf, sizeof buf, "%s", path) >= (int)sizeof buf)
        return ll_fail(err, LL_E_SYS, "%s: path too long", path);
    for (char *p = buf + 1;; p++) {
        if (*p != '/' && *p) continue;
        char c = *p;
        *p = 0;
        if (mkdir(buf, 0777) != 0 && errno != EEXIST)
            return ll_fail(err, LL_E_SYS, "%s: cannot create directory: %s", buf, strerror(errno));
        *p = c;
        if (!c) break;
    }
    return ll_is_dir(path) || ll_fail(err, LL_E_SYS, "%s: not a directory", path);
}

char *ll_path_join(ll_arena *a, const char *dir, const char *name) {
    size_t n = strlen(dir), m = strlen(name) + 1;
    char *out = ll_alloc(a, n + m + 1);
    memcpy(out, dir, n);
    if (!n || dir[n - 1] != '/') out[n++] = '/';
    memcpy(out + n, name, m);
    return out;
}

char *ll_path_abs(ll_arena *a, const char *dir, const char *path) {
    char cwd[PATH_MAX];
    const char *full = path;
    if (path[0] != '/') {
        bool there = dir && dir[0] == '/';
        if (!there && !getcwd(cwd, sizeof cwd)) memcpy(cwd, "/", 2);
        if (!there) dir = dir ? ll_path_join(a, cwd, dir) : cwd;
        full = ll_path_join(a, dir, path);
    }
    char *out = ll_alloc(a, strlen(full) + 2);
    size_t n = 0;
    for (const char *p = full; *p;) {
        while (*p == '/') p++;
        const char *slash = strchr(p, '/');
        size_t len = slash ? (size_t)(slash - p) : strlen(p);
        if (len == 2 && p[0] == '.' && p[1] == '.') {
            while (n && out[--n] != '/') {
            }
        } else if (len && !(len == 1 && p[0] == '.')) {
            out[n++] = '/';
            memcpy(out + n, p, len);
            n += len;
        }
        p += len;
    }
    if (!n) out[n++] = '/';
    out[n] = 0;
    return out;
}

char *ll_path_real(ll_arena *a, const char *path) {
    char buf[PATH_MAX];
    return realpath(path, buf) ? ll_strdup(a, buf) : ll_path_abs(a, NULL, path);
}

const char *ll_path_under(const char *dir, const char *path) {
    size_t n = strlen(dir);
    if (n == 1 && dir[0] == '/') return path;
    if (strncmp(dir, path, n) == 0 && path[n] == '/') return path + n + 1;
    return path;
}

char *ll_path_dir(ll_arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return ll_strdup(a, ".");
    return slash == path ? ll_strdup(a, "/") : ll_strndup(a, path, (size_t)(slash - path));
}

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

ll_file_stat ll_stat(const char *path) {
    struct stat st;
    ll_file_stat out = {0};
    if (stat(path, &st) != 0) return out;
    out.kind = S_ISREG(st.st_mode) ? LL_FILE_REGULAR : S_ISDIR(st.st_mode) ? LL_FILE_DIR : LL_FILE_OTHER;
    out.size = (uint64_t)st.st_size;
    out.inode = (uint64_t)st.st_ino;
    out.modified_ns = nanoseconds(st.st_mtim);
    out.changed_ns = nanoseconds(st.st_ctim);
    return out;
}

ll_file_kind ll_kind_of_name(const char *path, bool *is_link) {
    struct stat st;
    bool there = lstat(path, &st) == 0;
    *is_link = there && S_ISLNK(st.st_mode);
    if (!there || *is_link) return LL_FILE_NONE;
    return S_ISREG(st.st_mode) ? LL_FILE_REGULAR : S_ISDIR(st.st_mode) ? LL_FILE_DIR : LL_FILE_OTHER;
}

bool ll_stat_equal(const ll_file_stat *a, const ll_file_stat *b) {
    return a->kind == b->kind && a->size == b->size && a->inode == b->inode && a->modified_ns == b->modified_ns &&
           a->changed_ns == b->changed_ns;
}

int64_t ll_wall_clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return nanoseconds(t);
}

int64_t ll_file_clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return nanoseconds(t);
}

typedef struct dir_name {
    const char *name;
    bool is_dir;
} dir_name;

static int by_dir_name(const void *x, const void *y) {
    return strcmp(((const dir_name *)x)->name, ((const dir_name *)y)->name);
}

bool ll_list_dir(ll_arena *a, const char *path, ll_names *names, const bool **is_dir) {
    LL_ARRAY(dir_name) all = {0};
    DIR *d = opendir(path);
    if (!d) return false;
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') LL_PUSH(a, &all, (dir_name){ll_strdup(a, e->d_name), e->d_type == DT_DIR});
    closedir(d);
    if (all.n) qsort(all.v, all.n, sizeof *all.v, by_dir_name);
    bool *dirs = LL_NEWN(a, bool, all.n);
    *names = (ll_names){.v = LL_NEWN(a, const char *, all.n), .n = all.n, .cap = all.n};
    for (uint32_t i = 0; i < all.n; i++) {
        names->v[i] = all.v[i].name;
        dirs[i] = all.v[i].is_dir;
    }
    *is_dir = dirs;
    return true;
}

void ll_exit(int status) {
    exit(status);
}

int ll_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

int64_t ll_now_ms(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
