#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/bytes.h"
#include "base/sys.h"
#include "source/source.h"

typedef struct row {
    bool has_kind, has_real;
    ll_file_kind kind;
    const char *real;
    UT_hash_handle hh;
    char path[];
} row;

struct src_looks {
    ll_arena *arena;
    ll_real_paths *known;
    row *rows;
    bool lost;
};

src_looks *src_looks_new(void) {
    src_looks *l = ll_xcalloc(1, sizeof *l);
    l->arena = ll_arena_new("looks");
    l->known = ll_real_paths_new();
    return l;
}

void src_looks_free(src_looks *l) {
    if (!l) return;
    HASH_CLEAR(hh, l->rows);
    ll_real_paths_free(l->known);
    ll_arena_free(l->arena);
    free(l);
}

static row *row_of(src_looks *l, const char *path) {
    row *r = NULL;
    size_t n = strlen(path);
    HASH_FIND(hh, l->rows, path, (unsigned)n, r);
    if (r) return r;
    r = ll_alloc(l->arena, sizeof *r + n + 1);
    memcpy(r->path, path, n);
    HASH_ADD_KEYPTR(hh, l->rows, r->path, (unsigned)n, r);
    return r;
}

static ll_file_kind kind_of(src_looks *l, const char *path) {
    row *r = row_of(l, path);
    if (!r->has_kind) r->kind = ll_stat(path).kind;
    r->has_kind = true;
    return r->kind;
}

bool src_look_is_file(src_looks *l, const char *path) {
    return l ? kind_of(l, path) == LL_FILE_REGULAR : ll_is_file(path);
}

bool src_look_is_dir(src_looks *l, const char *path) {
    return l ? kind_of(l, path) == LL_FILE_DIR : ll_is_dir(path);
}

const char *src_look_real(src_looks *l, ll_arena *a, const char *path) {
    if (!l) return ll_path_real(a, path);
    row *r = row_of(l, path);
    if (!r->real) r->real = ll_real_paths_of(l->known, l->arena, path);
    return ll_strdup(a, r->real);
}

void src_looks_lose(src_looks *l) {
    if (l) l->lost = true;
}

/* ---- bytes: what follows the path is 1 + kind, or 0; then the real path where it was asked for and is another ---- */

static void put_path(ll_strbuf *out, const char *path) {
    ll_put_bytes(out, path, strlen(path) + 1);
}

bool src_looks_write(const src_looks *l, ll_strbuf *out) {
    ll_put_uint(out, HASH_COUNT(l->rows));
    for (const row *r = l->rows; r; r = r->hh.next) {
        bool same = r->real && strcmp(r->real, r->path) == 0;
        put_path(out, r->path);
        ll_put_uint(out, r->has_kind ? 1 + (uint64_t)r->kind : 0);
        ll_put_uint(out, !r->real ? 0 : same ? 1 : 2);
        if (r->real && !same) put_path(out, r->real);
    }
    return !l->lost;
}

static const char *get_path(ll_reader *in) {
    size_t n;
    const char *path = ll_get_bytes(in, &n);
    if (n && !path[n - 1]) return path;
    ll_reader_fail(in);
    return "";
}

static bool row_holds(ll_reader *in, ll_arena *a, ll_real_paths *known) {
    const char *path = get_path(in), *real = path;
    uint32_t kind = ll_get_below(in, LL_FILE_OTHER + 2), how = ll_get_below(in, 3);
    if (how == 2) real = get_path(in);
    if (in->bad) return false;
    bool is_link = true;
    ll_file_kind now = kind ? ll_kind_of_name(path, &is_link) : LL_FILE_NONE;
    if (is_link && kind) now = ll_stat(path).kind;
    if (kind && now != (ll_file_kind)(kind - 1)) return false;
    if (!how) return true;
    bool plain = !is_link && now != LL_FILE_NONE;
    return strcmp(plain ? ll_real_paths_of_plain(known, a, path) : ll_real_paths_of(known, a, path), real) == 0;
}

bool src_looks_hold(ll_reader *in) {
    ll_arena *a = ll_arena_new("looks");
    ll_real_paths *known = ll_real_paths_new();
    bool hold = true;
    for (uint32_t i = ll_get_count(in, 4); i && hold; i--) hold = row_holds(in, a, known);
    ll_real_paths_free(known);
    ll_arena_free(a);
    return hold && !in->bad;
}
