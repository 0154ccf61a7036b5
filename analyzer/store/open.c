#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "store/sql.h"

/* The file may come with the analysed tree: see "Defense Against The Dark Arts" in SQLite's documentation. */
static void distrust(sqlite3 *db) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 256 * 1024 * 1024);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
}

/* Two processes that make the database at once meet here; SQLite answers "busy" without waiting when
 * waiting could not help the other, so the wait is ours. */
static bool set_journal(store *s, ll_err *err) {
    for (int64_t until = ll_now_ms() + STORE_BUSY_MS;;) {
        int rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc == SQLITE_OK) return sql_exec(s, "PRAGMA synchronous = FULL", err);
        if ((rc & 0xFF) != SQLITE_BUSY || ll_now_ms() > until) return sql_fail(s, rc, "opening", err);
        nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
    }
}

static bool check_writable(store *s, ll_err *err) {
    if (s->read_only || !sqlite3_db_readonly(s->db, "main")) return true;
    return sql_fail(s, SQLITE_READONLY, "opening", err);
}

bool store_open_file(const char *path, bool read_only, store **out, ll_err *err) {
    *out = NULL;
    ll_arena *a = ll_arena_new("store path");
    store *s = ll_xcalloc(1, sizeof *s);
    /* the directory's links are the user's business, the file itself must be no link */
    const char *slash = strrchr(path, '/');
    const char *dir = ll_path_real(a, ll_path_dir(a, path));
    s->path = ll_xstrdup(path);
    s->read_only = read_only;
    int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    flags |= read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(ll_path_join(a, dir, slash ? slash + 1 : path), &s->db, flags, NULL);
    ll_arena_free(a);
    bool ok = rc == SQLITE_OK || sql_fail(s, rc, "opening", err);
    if (ok) {
        sqlite3_extended_result_codes(s->db, 1);
        sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
        distrust(s->db);
        ok = check_writable(s, err) &&
             sql_exec(s,
                      "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA "
                      "cache_size = 128;",
                      err) &&
             (read_only || set_journal(s, err)) && store_migrate(s, err);
    }
    if (!ok) {
        store_close(s);
        return false;
    }
    *out = s;
    return true;
}

/* The file's identity, which nobody who sends files can choose: restored or copied, it is another one. */
static bool home_mark(const store *s, char *out, size_t n, uint32_t *owner, ll_err *err) {
    struct statx st;
    if (statx(AT_FDCWD, s->path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st) != 0)
        return ll_fail(err, LL_E_SYS, "%s: %s", s->path, strerror(errno));
    *owner = st.stx_uid;
    bool born = st.stx_mask & STATX_BTIME;
    snprintf(out, n, "%" PRIu64 " %" PRId64 ".%09" PRIu32, (uint64_t)st.stx_ino,
             born ? (int64_t)st.stx_btime.tv_sec : 0, born ? st.stx_btime.tv_nsec : 0);
    return true;
}

bool store_adopt(store *s, ll_err *err) {
    char mark[96];
    uint32_t owner;
    sqlite3_stmt *st = NULL;
    if (!home_mark(s, mark, sizeof mark, &owner, err) || !sql_exec(s, "DELETE FROM home;", err) ||
        !sql_prepare(s, "INSERT INTO home (mark) VALUES (?)", &st, err))
        return false;
    sql_bind_text(st, 1, mark);
    bool ok = sql_run(s, st, err);
    sqlite3_finalize(st);
    return ok;
}

bool store_check_home(store *s, ll_err *err) {
    char mark[96];
    uint32_t owner = 0;
    bool same = false, ok = home_mark(s, mark, sizeof mark, &owner, err);
    if (!ok) return false;
    if (owner != geteuid())
        return ll_fail(err, LL_E_INPUT,
                       "%s: belongs to another user and could hide findings; name a database of your own with --store",
                       s->path);
    sqlite3_stmt *st = NULL;
    ok = sql_prepare(s, "SELECT mark FROM home", &st, err);
    if (ok && sql_row(s, st, &ok, err)) {
        const char *said = (const char *)sqlite3_column_text(st, 0);
        same = said && strcmp(said, mark) == 0;
    }
    sqlite3_finalize(st);
    if (ok && !same)
        return ll_fail(
            err, LL_E_INPUT,
            "%s: was not made here (it came with the tree, or was copied) and could hide findings; delete it, "
            "or run once with --store %s to trust it",
            s->path, s->path);
    return ok;
}

void store_close(store *s) {
    if (!s) return;
    sqlite3_finalize(s->cache_get);
    sqlite3_close_v2(s->db);
    free(s->used);
    free(s->path);
    free(s);
}

/* A link out of the tree would let the tree choose which directory is written to. */
static bool make_dir(const char *dir, ll_err *err) {
    struct stat st;
    if (mkdir(dir, 0777) == 0) return true;
    if (errno != EEXIST) return ll_fail(err, LL_E_SYS, "%s: cannot create directory: %s", dir, strerror(errno));
    if (lstat(dir, &st) != 0) return ll_fail(err, LL_E_SYS, "%s: %s", dir, strerror(errno));
    if (S_ISLNK(st.st_mode))
        return ll_fail(err, LL_E_INPUT, "%s: is a symbolic link; lifelint wants a directory here", dir);
    if (!S_ISDIR(st.st_mode)) return ll_fail(err, LL_E_INPUT, "%s: not a directory", dir);
    return true;
}

bool store_open(const char *root, store **out, ll_err *err) {
    *out = NULL;
    ll_arena *a = ll_arena_new("store path");
    const char *dir = ll_path_join(a, root, STORE_DIR);
    const char *ignore = ll_path_join(a, dir, ".gitignore");
    bool ok = make_dir(dir, err);
    if (ok && !ll_is_file(ignore)) ok = ll_write_file(ignore, "*\n", 2, err);
    ok = ok && store_open_file(ll_path_join(a, root, STORE_FILE), false, out, err);
    if (ok && !store_check_home(*out, err)) {
        store_close(*out);
        *out = NULL;
        ok = false;
    }
    ll_arena_free(a);
    return ok;
}
