#define _GNU_SOURCE
#include "source/overlay.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "base/array.h"
#include "base/sys.h"

enum { MAX_ALIAS_ROUNDS = 8 }; /* links to links */

/* Where hidden files are said to be: clang does not fall back to the original of a file that it was told is elsewhere.
 */
#define NOWHERE "/nonexistent/lifelint"

typedef struct entry {
    const char *path;
    const char *bytes; /* NULL: hidden */
    size_t n;
    uint32_t copy; /* entries with one number share one copy, so that the compiler knows them for one file */
    UT_hash_handle hh;
} entry;

typedef struct alias {
    const char *link, *target;
} alias;

typedef struct dir_row {
    const char *path;
    LL_ARRAY(const char *) names;
    UT_hash_handle hh;
} dir_row;

struct src_overlay {
    ll_arena *arena;
    entry *by_path;
    LL_ARRAY(entry *) entries;
    LL_ARRAY(alias) aliases;
    char *dir, *vfs; /* while deployed */
    uint32_t ncopies;
    dir_row *dirs;    /* made by the first src_overlay_names */
    uint32_t nlisted; /* entries in it */
};

src_overlay *src_overlay_new(void) {
    src_overlay *o = ll_xcalloc(1, sizeof *o);
    o->arena = ll_arena_new("overlay");
    return o;
}

void src_overlay_free(src_overlay *o) {
    if (!o) return;
    src_overlay_retire(o);
    HASH_CLEAR(hh, o->by_path);
    HASH_CLEAR(hh, o->dirs);
    ll_arena_free(o->arena);
    free(o);
}

static entry *find(const src_overlay *o, const char *path) {
    entry *e = NULL;
    if (o) HASH_FIND(hh, o->by_path, path, (unsigned)strlen(path), e);
    return e;
}

static entry *set(src_overlay *o, const char *path, const char *bytes, size_t n, uint32_t copy) {
    entry *e = find(o, path);
    if (!e) {
        e = LL_NEW(o->arena, entry);
        e->path = ll_strdup(o->arena, path);
        HASH_ADD_KEYPTR(hh, o->by_path, e->path, (unsigned)strlen(e->path), e);
        LL_PUSH(o->arena, &o->entries, e);
    }
    e->bytes = bytes;
    e->n = n;
    e->copy = copy;
    return e;
}

void src_overlay_put(src_overlay *o, const char *path, const void *bytes, size_t n) {
    char *copy = ll_alloc(o->arena, n + 1);
    if (n) memcpy(copy, bytes, n);
    set(o, path, copy, n, o->ncopies++);
}

void src_overlay_hide(src_overlay *o, const char *path) {
    set(o, path, NULL, 0, 0);
}

void src_overlay_alias(src_overlay *o, const char *link, const char *target) {
    for (uint32_t i = 0; i < o->aliases.n; i++)
        if (strcmp(o->aliases.v[i].link, link) == 0 && strcmp(o->aliases.v[i].target, target) == 0) return;
    LL_PUSH(o->arena, &o->aliases, (alias){ll_strdup(o->arena, link), ll_strdup(o->arena, target)});
}

/* False: nothing was added. */
static bool carry_over(src_overlay *o, const alias *l) {
    uint32_t before = o->entries.n;
    for (uint32_t i = 0; i < before; i++) {
        const entry *e = o->entries.v[i];
        const char *rest = ll_path_under(l->target, e->path);
        bool itself = strcmp(e->path, l->target) == 0;
        if (!itself && rest == e->path) continue;
        const char *path = itself ? l->link : ll_path_join(o->arena, l->link, rest);
        if (!find(o, path)) set(o, path, e->bytes, e->n, e->copy);
    }
    return o->entries.n != before;
}

void src_overlay_settle(src_overlay *o) {
    bool more = true;
    for (int round = 0; more && round < MAX_ALIAS_ROUNDS; round++) {
        more = false;
        for (uint32_t i = 0; i < o->aliases.n; i++) more |= carry_over(o, &o->aliases.v[i]);
    }
}

/* ---- reading ---- */

src_overlay_kind src_overlay_find(const src_overlay *o, const char *path, const char **bytes, size_t *n) {
    const entry *e = find(o, path);
    if (!e) return SRC_OVERLAY_NONE;
    *bytes = e->bytes;
    *n = e->n;
    return e->bytes ? SRC_OVERLAY_BYTES : SRC_OVERLAY_HIDDEN;
}

/* False: the name is known there already. */
static bool add_name(src_overlay *o, const char *dir, const char *name) {
    dir_row *d = NULL;
    HASH_FIND(hh, o->dirs, dir, (unsigned)strlen(dir), d);
    if (!d) {
        d = LL_NEW(o->arena, dir_row);
        d->path = dir;
        HASH_ADD_KEYPTR(hh, o->dirs, d->path, (unsigned)strlen(d->path), d);
    }
    for (uint32_t i = 0; i < d->names.n; i++)
        if (strcmp(d->names.v[i], name) == 0) return false;
    LL_PUSH(o->arena, &d->names, name);
    return true;
}

/* A directory that only the overlay has is itself a name in the one above it. */
static void list_entry(src_overlay *o, const entry *e) {
    for (const char *path = e->path; strcmp(path, "/") != 0;) {
        const char *dir = ll_path_dir(o->arena, path);
        if (!add_name(o, dir, strrchr(path, '/') + 1) || !e->bytes || ll_is_dir(dir)) return;
        path = dir;
    }
}

const char *const *src_overlay_names(src_overlay *o, const char *dir, uint32_t *n) {
    dir_row *d = NULL;
    for (; o->nlisted < o->entries.n; o->nlisted++) list_entry(o, o->entries.v[o->nlisted]);
    HASH_FIND(hh, o->dirs, dir, (unsigned)strlen(dir), d);
    *n = d ? d->names.n : 0;
    return d ? d->names.v : NULL;
}

bool src_overlay_is_file(const src_overlay *o, const char *path) {
    const entry *e = find(o, path);
    return e ? e->bytes != NULL : ll_is_file(path);
}

bool src_overlay_read(const src_overlay *o, ll_arena *a, const char *path, size_t max, char **text, size_t *n,
                      ll_err *err) {
    const entry *e = find(o, path);
    if (!e) return ll_read_file(a, path, max, text, n, err);
    if (!e->bytes) return ll_fail(err, LL_E_INPUT, "%s: cannot read: %s", path, strerror(ENOENT));
    if (max && e->n > max) return ll_fail(err, LL_E_INPUT, "%s: larger than %zu bytes", path, max);
    *text = ll_alloc(a, e->n + 1);
    memcpy(*text, e->bytes, e->n);
    *n = e->n;
    return true;
}

bool src_overlay_same(const src_overlay *x, const src_overlay *y, const char *path) {
    if (!find(x, path) && !find(y, path)) return true;
    bool there = src_overlay_is_file(x, path);
    if (there != src_overlay_is_file(y, path)) return false;
    if (!there) return true;
    ll_arena *tmp = ll_arena_new("compare");
    char *s, *t;
    size_t n, m;
    bool same = src_overlay_read(x, tmp, path, 0, &s, &n, NULL) && src_overlay_read(y, tmp, path, 0, &t, &m, NULL) &&
                n == m && memcmp(s, t, n) == 0;
    ll_arena_free(tmp);
    return same;
}

uint32_t src_overlay_count(const src_overlay *o) {
    return o ? o->entries.n : 0;
}

const char *src_overlay_path(const src_overlay *o, uint32_t i) {
    return o->entries.v[i]->path;
}

/* ---- for the compiler's library ---- */

static char *copy_path(src_overlay *o, uint32_t copy) {
    return ll_printf(o->arena, "%s/%u", o->dir, copy);
}

/* Paths of git may be any bytes; the description is JSON, which YAML reads. A path that is not UTF-8 cannot be named in
 * an #include of a source that compiles, and is left out. */
static json_t *describe(const entry *e, const char *where) {
    json_t *name = json_string(e->path), *o = name ? json_object() : NULL;
    if (!o) {
        json_decref(name);
        return NULL;
    }
    json_object_set_new(o, "type", json_string("file"));
    json_object_set_new(o, "name", name);
    json_object_set_new(o, "external-contents", json_string(where));
    return o;
}

static bool write_description(src_overlay *o, ll_err *err) {
    json_t *top = json_object(), *roots = json_array();
    json_object_set_new(top, "version", json_integer(0));
    json_object_set_new(top, "case-sensitive", json_true());
    json_object_set_new(top, "use-external-names", json_false());
    json_object_set_new(top, "roots", roots);
    for (uint32_t i = 0; i < o->entries.n; i++) {
        const entry *e = o->entries.v[i];
        json_t *row = describe(e, e->bytes ? copy_path(o, e->copy) : NOWHERE);
        if (row) json_array_append_new(roots, row);
    }
    char *text = json_dumps(top, JSON_COMPACT);
    json_decref(top);
    const char *path = ll_path_join(o->arena, o->dir, "vfs.json");
    bool ok = text ? ll_write_file(path, text, strlen(text), err) : ll_fail(err, LL_E_INTERNAL, "overlay: no memory");
    if (ok) o->vfs = ll_strdup(o->arena, path);
    free(text);
    return ok;
}

static bool write_copies(src_overlay *o, ll_err *err) {
    bool *done = ll_xcalloc(o->ncopies + 1, sizeof *done), ok = true;
    for (uint32_t i = 0; ok && i < o->entries.n; i++) {
        const entry *e = o->entries.v[i];
        if (!e->bytes || done[e->copy]) continue;
        done[e->copy] = true;
        ok = ll_write_file(copy_path(o, e->copy), e->bytes, e->n, err);
    }
    free(done);
    return ok;
}

bool src_overlay_deploy(src_overlay *o, ll_err *err) {
    if (!o || !o->entries.n || o->vfs) return true;
    const char *tmp = getenv("TMPDIR");
    char *dir = ll_printf(o->arena, "%s/lifelint-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
    if (!mkdtemp(dir)) return ll_fail(err, LL_E_SYS, "%s: cannot create directory: %s", dir, strerror(errno));
    o->dir = dir;
    return (write_copies(o, err) && write_description(o, err)) || (src_overlay_retire(o), false);
}

void src_overlay_retire(src_overlay *o) {
    if (!o || !o->dir) return;
    DIR *d = opendir(o->dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.') unlinkat(dirfd(d), e->d_name, 0);
    if (d) closedir(d);
    rmdir(o->dir);
    o->dir = o->vfs = NULL;
}

const char *src_overlay_vfs(const src_overlay *o) {
    return o ? o->vfs : NULL;
}
