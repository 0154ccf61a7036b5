/* A header is no unit: it is read through a source that includes it.
 *
 * No build has to be run and no preprocessor asked: the text of the sources is scanned for #include lines,
 * which are resolved beside the including file and on the unit's include path. That sees too much (conditionals) and
 * misses computed includes; both only cost the better choice. Each file is scanned once for all headers of a run, and
 * a run scans a bounded number of files and bytes. */
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "base/sys.h"
#include "source/source.h"

#define MAX_FILES 20000u
#define MAX_FILE_BYTES ((size_t)4 << 20)
#define MAX_TOTAL_BYTES ((size_t)256 << 20)
#define MAX_DEPTH 32u

typedef struct scanned {
    const char *path;   /* real */
    src_words includes; /* real paths in the project */
    uint32_t visited;   /* number of the last query that came by */
    UT_hash_handle hh;
} scanned;

struct src_headers {
    ll_arena *arena;
    const src_db *db;
    const src_trust *trust;
    scanned *files;
    uint32_t nfiles, query;
    size_t bytes;
};

src_headers *src_headers_new(ll_arena *a, const src_db *db, const src_trust *trust) {
    src_headers *h = LL_NEW(a, src_headers);
    h->arena = a;
    h->db = db;
    h->trust = trust;
    return h;
}

void src_headers_free(src_headers *h) {
    if (h) HASH_CLEAR(hh, h->files);
}

static const char *existing(src_headers *h, const char *dir, const char *name) {
    const char *path = ll_path_abs(h->arena, dir, name);
    if (!ll_is_file(path) || !src_trusted(h->arena, h->trust, path, false)) return NULL;
    return ll_path_real(h->arena, path);
}

static void add_include(src_headers *h, scanned *s, const char *name, const src_words *path) {
    const char *found = existing(h, ll_path_dir(h->arena, s->path), name);
    for (uint32_t i = 0; !found && i < path->n; i++) found = existing(h, path->v[i], name);
    if (found) LL_PUSH(h->arena, &s->includes, found);
}

/* Lines `# include "name"` and `# include <name>`. */
static void scan_text(src_headers *h, scanned *s, const char *text, const src_words *path) {
    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\n");
        const char *p = line + strspn(line, " \t");
        if (*p == '#') {
            p++;
            p += strspn(p, " \t");
            if (strncmp(p, "include", 7) == 0) {
                p += 7;
                p += strspn(p, " \t");
                size_t n = *p == '"' ? strcspn(p + 1, "\"\n") : *p == '<' ? strcspn(p + 1, ">\n") : 0;
                if (n && p + 1 + n < end) add_include(h, s, ll_strndup(h->arena, p + 1, n), path);
            }
        }
        line = *end ? end + 1 : end;
    }
}

/* The file's includes; read at the first call. NULL: nothing known, or the bound is reached. */
static scanned *scan(src_headers *h, const char *real, const src_words *path) {
    scanned *s = NULL;
    HASH_FIND(hh, h->files, real, (unsigned)strlen(real), s);
    if (s) return s;
    if (h->nfiles >= MAX_FILES || h->bytes >= MAX_TOTAL_BYTES) return NULL;
    s = LL_NEW(h->arena, scanned);
    s->path = real;
    h->nfiles++;
    HASH_ADD_KEYPTR(hh, h->files, s->path, (unsigned)strlen(s->path), s);
    ll_arena *tmp = ll_arena_new("scan");
    char *text;
    size_t n;
    if (ll_read_file(tmp, real, MAX_FILE_BYTES, &text, &n, NULL)) {
        h->bytes += n;
        scan_text(h, s, text, path);
    }
    ll_arena_free(tmp);
    return s;
}

static bool reaches(src_headers *h, const char *from, const char *header, const src_words *path, uint32_t depth,
                    uint32_t max_depth) {
    scanned *s = scan(h, from, path);
    if (!s || s->visited == h->query) return false;
    s->visited = h->query;
    for (uint32_t i = 0; i < s->includes.n; i++)
        if (strcmp(s->includes.v[i], header) == 0) return true;
    for (uint32_t i = 0; depth + 1 < max_depth && i < s->includes.n; i++)
        if (reaches(h, s->includes.v[i], header, path, depth + 1, max_depth)) return true;
    return false;
}

/* Directories of -I and its kin. */
static src_words include_path(src_headers *h, const src_entry *e) {
    static const char *const flags[] = {"-I", "-iquote", "-isystem", "-idirafter"};
    src_words out = {0};
    for (uint32_t i = 0; i < e->argv.n; i++)
        for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
            size_t n = strlen(flags[k]);
            if (strncmp(e->argv.v[i], flags[k], n) != 0) continue;
            const char *dir = e->argv.v[i] + n;
            if (!*dir && i + 1 < e->argv.n) dir = e->argv.v[i + 1];
            if (*dir) LL_PUSH(h->arena, &out, ll_path_abs(h->arena, e->dir, dir));
        }
    return out;
}

static size_t stem(const char *path, const char **base) {
    const char *slash = strrchr(path, '/');
    *base = slash ? slash + 1 : path;
    const char *dot = strrchr(*base, '.');
    return dot ? (size_t)(dot - *base) : strlen(*base);
}

static bool same_stem(const char *x, const char *y) {
    const char *a, *b;
    size_t n = stem(x, &a);
    return n == stem(y, &b) && memcmp(a, b, n) == 0;
}

static size_t dir_length(const char *path) {
    return (size_t)(strrchr(path, '/') - path);
}

static bool same_dir(const char *x, const char *y) {
    return dir_length(x) == dir_length(y) && memcmp(x, y, dir_length(x)) == 0;
}

/* 0: same name beside it, 1: same name elsewhere, 2: beside it, 3: elsewhere. */
static int rank(const src_entry *e, const char *header) {
    return (same_stem(e->real, header) ? 0 : 2) + (same_dir(e->real, header) ? 0 : 1);
}

static const src_entry *search(src_headers *h, const char *header, uint32_t max_depth) {
    h->query++;
    for (int want = 0; want < 4; want++)
        for (uint32_t i = 0; i < h->db->entries.n; i++) {
            const src_entry *e = &h->db->entries.v[i];
            if (!e->exists || (e->kind != SRC_C && e->kind != SRC_CXX) || rank(e, header) != want) continue;
            src_words path = include_path(h, e);
            if (reaches(h, e->real, header, &path, 0, max_depth)) return e;
        }
    return NULL;
}

const src_entry *src_unit_for_header(src_headers *h, const char *header) {
    const char *real = ll_path_real(h->arena, header);
    const src_entry *direct = search(h, real, 1);
    return direct ? direct : search(h, real, MAX_DEPTH);
}
