/* Headers of the C library change places with each other, and a unit takes part of a run of them from its prefix. */
#include "frontend/clang/prefix_order.h"

#include <stdlib.h>
#include <string.h>

#include "frontend/prefix.h"

/* ISO C (C17 7.1.2) and POSIX.1-2017 (XBD 13), which say so; and such of glibc's and musl's own as include all that
 * they need and ask nothing about what came before. Not those that clash with the kernel's when these come first. */
static const char *const library[] = {
    "aio.h",           "alloca.h",
    "arpa/inet.h",     "assert.h",
    "byteswap.h",      "complex.h",
    "cpio.h",          "crypt.h",
    "ctype.h",         "dirent.h",
    "dlfcn.h",         "elf.h",
    "endian.h",        "err.h",
    "errno.h",         "error.h",
    "execinfo.h",      "fcntl.h",
    "features.h",      "fenv.h",
    "float.h",         "fmtmsg.h",
    "fnmatch.h",       "ftw.h",
    "getopt.h",        "glob.h",
    "grp.h",           "iconv.h",
    "ifaddrs.h",       "inttypes.h",
    "iso646.h",        "langinfo.h",
    "libgen.h",        "libintl.h",
    "limits.h",        "link.h",
    "locale.h",        "malloc.h",
    "math.h",          "mntent.h",
    "monetary.h",      "mqueue.h",
    "ndbm.h",          "net/if.h",
    "netdb.h",         "netinet/in.h",
    "netinet/tcp.h",   "nl_types.h",
    "paths.h",         "poll.h",
    "pthread.h",       "pty.h",
    "pwd.h",           "regex.h",
    "sched.h",         "search.h",
    "semaphore.h",     "setjmp.h",
    "shadow.h",        "signal.h",
    "spawn.h",         "stdalign.h",
    "stdarg.h",        "stdatomic.h",
    "stdbool.h",       "stddef.h",
    "stdint.h",        "stdio.h",
    "stdio_ext.h",     "stdlib.h",
    "stdnoreturn.h",   "string.h",
    "strings.h",       "stropts.h",
    "sys/auxv.h",      "sys/cdefs.h",
    "sys/epoll.h",     "sys/eventfd.h",
    "sys/file.h",      "sys/fsuid.h",
    "sys/inotify.h",   "sys/ioctl.h",
    "sys/ipc.h",       "sys/klog.h",
    "sys/mman.h",      "sys/msg.h",
    "sys/param.h",     "sys/personality.h",
    "sys/prctl.h",     "sys/random.h",
    "sys/reboot.h",    "sys/resource.h",
    "sys/select.h",    "sys/sem.h",
    "sys/sendfile.h",  "sys/shm.h",
    "sys/signalfd.h",  "sys/socket.h",
    "sys/stat.h",      "sys/statfs.h",
    "sys/statvfs.h",   "sys/swap.h",
    "sys/syscall.h",   "sys/sysinfo.h",
    "sys/sysmacros.h", "sys/time.h",
    "sys/timerfd.h",   "sys/times.h",
    "sys/timex.h",     "sys/ttydefaults.h",
    "sys/types.h",     "sys/uio.h",
    "sys/un.h",        "sys/utsname.h",
    "sys/vfs.h",       "sys/wait.h",
    "sys/xattr.h",     "sysexits.h",
    "syslog.h",        "tar.h",
    "termios.h",       "tgmath.h",
    "threads.h",       "time.h",
    "trace.h",         "uchar.h",
    "ucontext.h",      "ulimit.h",
    "unistd.h",        "utime.h",
    "utmp.h",          "utmpx.h",
    "wchar.h",         "wctype.h",
    "wordexp.h",
};

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool includes_library(const char *line, size_t n) {
    static const char before[] = "#include <";
    char name[32], *key = name;
    size_t skip = sizeof before - 1;
    if (n < skip + 2 || n - skip - 1 >= sizeof name || memcmp(line, before, skip) != 0 || line[n - 1] != '>')
        return false;
    memcpy(name, line + skip, n - skip - 1);
    name[n - skip - 1] = 0;
    return bsearch(&key, library, sizeof library / sizeof *library, sizeof *library, by_name) != NULL;
}

/* Of macros like HAVE_ERR_H and nothing else: "defined(HAVE_A) && !HAVE_B". */
static bool asks_configuration(const char *s, size_t n) {
    static const char prefix[] = "HAVE_", word[] = "defined";
    for (const char *end = s + n; s < end;) {
        size_t k = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (!k && !strchr(" ()!&|", *s)) return false;
        if (k && strncmp(s, prefix, sizeof prefix - 1) != 0 && (k != sizeof word - 1 || strncmp(s, word, k) != 0))
            return false;
        s += k ? k : 1;
    }
    return true;
}

static bool starts(const char *line, size_t n, const char *with, const char **rest) {
    size_t k = strlen(with);
    if (n < k || memcmp(line, with, k) != 0) return false;
    *rest = line + k;
    return true;
}

static bool line_commutes(const char *line, size_t n) {
    const char *rest, *end = line + n;
    if (starts(line, n, "#ifdef ", &rest) || starts(line, n, "#ifndef ", &rest) || starts(line, n, "#if ", &rest) ||
        starts(line, n, "#elif ", &rest))
        return asks_configuration(rest, (size_t)(end - rest));
    return (n == 5 && memcmp(line, "#else", 5) == 0) || (n == 6 && memcmp(line, "#endif", 6) == 0) ||
           includes_library(line, n);
}

bool fe_prefix_commutes(const char *text) {
    for (const char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end || !line_commutes(line, (size_t)(end - line))) return false;
    }
    return *text != 0;
}

uint32_t fe_prefix_first_own(const fe_step *v, uint32_t n) {
    uint32_t i = 0;
    while (i < n && (v[i].commutes || !strstr(v[i].text, "#include"))) i++;
    return i;
}

static uint32_t run_end(const fe_step *v, uint32_t i, uint32_t n) {
    while (i < n && v[i].commutes) i++;
    return i;
}

static bool has(const fe_step *v, uint32_t n, const char *text) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(v[i].text, text) == 0) return true;
    return false;
}

/* Of the run v[0..n) those that the run of the prefix names; false: it names another, none of the early ones either. */
static bool take_run(fe_step *v, uint32_t n, const char *const *early, uint32_t nearly, const fe_step *prefix,
                     uint32_t np, bool whole) {
    for (uint32_t i = 0; i < np; i++) {
        bool known = has(v, n, prefix[i].text);
        for (uint32_t k = 0; k < nearly && !known; k++) known = strcmp(early[k], prefix[i].text) == 0;
        if (!known) return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        v[i].taken = has(prefix, np, v[i].text);
        if (whole && !v[i].taken) return false;
    }
    return true;
}

bool fe_prefix_matches(ll_arena *a, fe_step *v, uint32_t n, const char *const *early, uint32_t nearly,
                       const char *text) {
    fe_step *prefix;
    uint32_t np = fe_prefix_steps(a, text, strlen(text), &prefix), i = 0, j = 0, own = fe_prefix_first_own(v, n);
    if (!np || prefix[np - 1].end + 1 != strlen(text)) return false;
    while (j < np) {
        uint32_t iend = run_end(v, i, n), jend = run_end(prefix, j, np);
        if (j < jend) {
            bool next = iend == own;
            if (!take_run(v + i, iend - i, early, next ? nearly : 0, prefix + j, jend - j, jend < np)) return false;
            i = iend;
            j = jend;
        } else {
            if (i == n || strcmp(v[i].text, prefix[j].text) != 0) return false;
            v[i++].taken = true;
            j++;
        }
    }
    return true;
}
