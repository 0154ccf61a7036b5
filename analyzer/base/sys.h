/* The seam to the machine: files, directories, clock, terminal. Everything that touches the
 * disk goes through here, so that a test can make any of it fail. */
#ifndef LL_BASE_SYS_H
#define LL_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"

/* Reads a whole file into the arena, with a NUL after the last byte. Fails on a directory, on
 * a file over `max` bytes (0: no limit) and on anything unreadable; the message names the path. */
bool ll_read_file(ll_arena *a, const char *path, size_t max, char **text, size_t *n, ll_err *err);
/* Writes through a temporary file and a rename: readers see the old or the new content, with the permissions that the
 * file had. Symbolic links are followed; what is no regular file (a device, a pipe) is written to as it is, never
 * replaced. */
bool ll_write_file(const char *path, const void *data, size_t n, ll_err *err);
/* write(2) until everything is written; false: errno says why not. */
bool ll_write_all(int fd, const char *data, size_t n);
/* Lets everyone who may read the file run it. */
bool ll_make_executable(const char *path, ll_err *err);
bool ll_is_file(const char *path);
bool ll_is_dir(const char *path);
/* mkdir -p. */
bool ll_make_dirs(const char *path, ll_err *err);

/* Lexical: makes `path` absolute against `dir` (NULL: the working directory) and folds "." and ".." . */
char *ll_path_abs(ll_arena *a, const char *dir, const char *path);
/* realpath(3) when the file exists, the lexical form otherwise. */
char *ll_path_real(ll_arena *a, const char *path);
/* The same for many files, each directory resolved once; for as long as directories stay what they are. */
typedef struct ll_real_paths ll_real_paths;
ll_real_paths *ll_real_paths_new(void);
void ll_real_paths_free(ll_real_paths *r);
char *ll_real_paths_of(ll_real_paths *r, ll_arena *a, const char *path);
/* The same of a path whose last name is known to be no link. */
char *ll_real_paths_of_plain(ll_real_paths *r, ll_arena *a, const char *path);
/* `path` relative to `dir` when it lies under it, else `path` itself. Both absolute. */
const char *ll_path_under(const char *dir, const char *path);
char *ll_path_join(ll_arena *a, const char *dir, const char *name);
char *ll_path_dir(ll_arena *a, const char *path);

typedef enum ll_file_kind { LL_FILE_NONE, LL_FILE_REGULAR, LL_FILE_DIR, LL_FILE_OTHER } ll_file_kind;

/* What tells that a file has not changed without reading it. Equal in all members: not written to in between, but
 * for a write within one tick of the clock after the first look. */
typedef struct ll_file_stat {
    ll_file_kind kind; /* links followed */
    uint64_t size, inode;
    int64_t modified_ns, changed_ns; /* changed: of the inode, which nobody can set back */
} ll_file_stat;

/* kind LL_FILE_NONE when there is nothing, or nothing that can be reached. */
ll_file_stat ll_stat(const char *path);
/* The kind of what has this name, a link not followed; *is_link: it is one, and of no kind. */
ll_file_kind ll_kind_of_name(const char *path, bool *is_link);
bool ll_stat_equal(const ll_file_stat *a, const ll_file_stat *b);
/* The clock that the file system stamps files with; never ahead of it. */
int64_t ll_file_clock_ns(void);
/* The finer clock, which no stamp of a file written before is ahead of: some file systems stamp with this one. */
int64_t ll_wall_clock_ns(void);

typedef struct ll_names {
    const char **v;
    uint32_t n, cap;
} ll_names;
/* The names in a directory but those that begin with a dot, sorted; is_dir[i]: names.v[i] is a directory (a link is
 * none). False: no directory, or not readable. */
bool ll_list_dir(ll_arena *a, const char *path, ll_names *names, const bool **is_dir);

/* exit(3), for a forked process whose libraries must write out what they hold. Everyone else returns. */
_Noreturn void ll_exit(int status);
int ll_cpu_count(void);
int64_t ll_now_ms(void); /* monotonic */

#endif
