#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/hash.h"
#include "base/sys.h"

typedef struct dir_row {
    const char *real;
    UT_hash_handle hh;
    char path[];
} dir_row;

struct ll_real_paths {
    ll_arena *arena;
    dir_row *dirs;
};

ll_real_paths *ll_real_paths_new(void) {
    ll_real_paths *r = ll_xcalloc(1, sizeof *r);
    r->arena = ll_arena_new("real paths");
    return r;
}

void ll_real_paths_free(ll_real_paths *r) {
    if (!r) return;
    HASH_CLEAR(hh, r->dirs);
    ll_arena_free(r->arena);
    free(r);
}

static const char *real_dir(ll_real_paths *r, const char *path, size_t n) {
    dir_row *d = NULL;
    HASH_FIND(hh, r->dirs, path, (unsigned)n, d);
    if (d) return d->real;
    d = ll_alloc(r->arena, sizeof *d + n + 1);
    memcpy(d->path, path, n);
    d->real = ll_path_real(r->arena, n ? d->path : "/");
    HASH_ADD_KEYPTR(hh, r->dirs, d->path, (unsigned)n, d);
    return d->real;
}

static bool has_plain_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return path[0] == '/' && slash[1] && slash[1] != '.';
}

char *ll_real_paths_of_plain(ll_real_paths *r, ll_arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!has_plain_name(path)) return ll_path_real(a, path);
    return ll_path_join(a, real_dir(r, path, (size_t)(slash - path)), slash + 1);
}

/* A last name that is neither dots nor a link adds nothing to resolve. */
char *ll_real_paths_of(ll_real_paths *r, ll_arena *a, const char *path) {
    char link[1];
    if (!has_plain_name(path)) return ll_path_real(a, path);
    char *real = ll_real_paths_of_plain(r, a, path);
    if (readlink(real, link, sizeof link) < 0 && errno == EINVAL) return real;
    return ll_path_real(a, path);
}
