/* Where the compilation database is. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "source/source.h"

#define DB_NAME "compile_commands.json"
#define MAX_DIRS 256u
#define MAX_PARENTS 40

#define HOW_TO_MAKE                                                                                                \
    "make one with cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON (Meson writes it by itself, for make: bear -- make), " \
    "or give the flags: lifelint check FILE -- FLAGS"

static bool build_dir_name(const char *name) {
    static const char *const patterns[] = {"build*",  "out*",      "cmake-build-*", "_build*",
                                           ".build*", "builddir*", "obj-*"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fnmatch(patterns[i], name, FNM_PERIOD) == 0 || (name[0] == '.' && fnmatch(patterns[i], name, 0) == 0))
            return true;
    return false;
}

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Names of the subdirectories, sorted, so that the choice does not depend on the file system. */
static void subdirs(ll_arena *a, const char *dir, bool build_only, src_words *out) {
    DIR *d = opendir(dir);
    if (!d) return;
    for (struct dirent *e; out->n < MAX_DIRS && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (e->d_type != DT_DIR && e->d_type != DT_LNK && e->d_type != DT_UNKNOWN) continue;
        if (build_only && !build_dir_name(e->d_name)) continue;
        LL_PUSH(a, out, ll_strdup(a, e->d_name));
    }
    closedir(d);
    if (out->n) qsort(out->v, out->n, sizeof *out->v, by_name);
}

static void try_dir(ll_arena *a, const char *dir, src_words *found) {
    const char *path = ll_path_join(a, dir, DB_NAME);
    if (ll_is_file(path)) LL_PUSH(a, found, path);
}

/* The directory itself, its build directories, and one level below those (build/release). */
static void search(ll_arena *a, const char *dir, src_words *found) {
    src_words builds = {0};
    try_dir(a, dir, found);
    subdirs(a, dir, true, &builds);
    for (uint32_t i = 0; i < builds.n; i++) try_dir(a, ll_path_join(a, dir, builds.v[i]), found);
    for (uint32_t i = 0; i < builds.n && !found->n; i++) {
        const char *build = ll_path_join(a, dir, builds.v[i]);
        src_words inner = {0};
        subdirs(a, build, false, &inner);
        for (uint32_t k = 0; k < inner.n; k++) try_dir(a, ll_path_join(a, build, inner.v[k]), found);
    }
}

static bool holds_any(ll_arena *a, const char *dir, const char *const *names) {
    for (; *names; names++) {
        const char *path = ll_path_join(a, dir, *names);
        if (ll_is_file(path) || ll_is_dir(path)) return true;
    }
    return false;
}

/* Upwards as clangd does, a database in the directory itself; but "build" below a directory that is nobody's project
 * (a home, /tmp) belongs to someone else. What a version control holds is one project, and nothing above is asked. */
static bool search_up(ll_arena *a, const char *cwd, const char *first_file, src_words *found) {
    static const char *const roots[] = {".git", ".hg", ".svn", ".lifelint.yml", NULL};
    static const char *const projects[] = {"CMakeLists.txt", "meson.build", "configure.ac", "configure",
                                           "Makefile",       "GNUmakefile", "WORKSPACE",    NULL};
    search(a, cwd, found);
    const char *dir = first_file ? ll_path_dir(a, ll_path_abs(a, cwd, first_file)) : cwd;
    bool top = false;
    for (int i = 0; !found->n && !top && i < MAX_PARENTS && strcmp(dir, "/") != 0; i++) {
        top = holds_any(a, dir, roots);
        if (top || holds_any(a, dir, projects))
            search(a, dir, found);
        else
            try_dir(a, dir, found);
        dir = ll_path_dir(a, dir);
    }
    return found->n != 0;
}

static bool find_named(ll_arena *a, const char *cwd, const char *build_dir, const char **path, ll_err *err) {
    const char *given = ll_path_abs(a, cwd, build_dir);
    *path = ll_is_dir(given) ? ll_path_join(a, given, DB_NAME) : given;
    if (ll_is_file(*path)) return true;
    if (!ll_is_dir(given))
        return ll_fail(err, LL_E_INPUT, "%s: no such directory or database; " HOW_TO_MAKE, build_dir);
    return ll_fail(err, LL_E_INPUT, "%s: no " DB_NAME " in it; " HOW_TO_MAKE, build_dir);
}

bool src_db_find(ll_arena *a, const char *cwd, const char *build_dir, const char *first_file, const char **path,
                 src_notes *notes, ll_err *err) {
    if (build_dir) return find_named(a, cwd, build_dir, path, err);
    src_words found = {0};
    if (!search_up(a, cwd, first_file, &found)) return ll_fail(err, LL_E_INPUT, "no " DB_NAME " found; " HOW_TO_MAKE);
    *path = found.v[0];
    for (uint32_t i = 1; i < found.n; i++) src_note(notes, SRC_NOTE_OTHER_DB, found.v[i]);
    return true;
}
