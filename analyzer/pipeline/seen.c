#define _GNU_SOURCE
#include "pipeline/seen.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/array.h"
#include "base/sys.h"
#include "finding/suppress.h"

enum { FORMAT = 2, FORGET_AFTER_DAYS = 30, DAY_S = 86400 };
#define MAX_FILE ((size_t)256 << 20)
/* File systems stamp by a clock that may be this coarse when they show no fraction of a second. */
#define COARSE_NS ((int64_t)2000000000)

typedef LL_ARRAY(const char *) name_list;

typedef struct row {
    const char *path;
    int64_t day; /* last asked for */
    bool asked;  /* in this run: `stat` and `hash` are those of now */
    bool known;  /* `stat` and `hash` belong together, from an earlier run */
    ll_file_stat stat;
    ll_hash hash;
    name_list probes;
    bool suppresses; /* its text may have suppressions */
    bool listed;
    ll_names names; /* of a directory, once it was read in this run */
    bool in_memory;
    uint32_t round; /* of the last seen_unchanged_since */
    bool unchanged;
    UT_hash_handle hh;
} row;

struct seen {
    ll_arena *arena, *scratch;
    const seen_view *view;
    row *rows;
    int64_t day;
    bool learnt;
};

seen *seen_new(const seen_view *view) {
    seen *s = ll_xcalloc(1, sizeof *s);
    s->arena = ll_arena_new("files seen");
    s->scratch = ll_arena_new("file text");
    s->view = view;
    s->day = (int64_t)time(NULL) / DAY_S;
    return s;
}

void seen_free(seen *s) {
    if (!s) return;
    HASH_CLEAR(hh, s->rows);
    ll_arena_free(s->scratch);
    ll_arena_free(s->arena);
    free(s);
}

static row *row_of(seen *s, const char *path) {
    row *r = NULL;
    size_t n = strlen(path);
    HASH_FIND(hh, s->rows, path, (unsigned)n, r);
    if (r) return r;
    r = LL_NEW(s->arena, row);
    r->path = ll_strdup(s->arena, path);
    HASH_ADD_KEYPTR(hh, s->rows, r->path, (unsigned)n, r);
    return r;
}

/* ---- contents ---- */

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

/* `__has_include(<x.h>)`: whether x.h is there changes what the unit is, although nothing was included. */
static void find_probes(seen *s, row *r, const char *text, size_t n) {
    static const char word[] = "__has_include";
    r->probes = (name_list){0};
    for (const char *p = text; (p = memmem(p, (size_t)(text + n - p), word, sizeof word - 1));) {
        p += sizeof word - 1;
        const char *q = strncmp(p, "_next", 5) == 0 ? p + 5 : p;
        while (blank(*q)) q++;
        if (*q++ != '(') continue;
        while (blank(*q)) q++;
        char end = *q == '<' ? '>' : *q == '"' ? '"' : 0;
        size_t len = end ? strcspn(q + 1, "<>\"\n") : 0;
        if (len && q[1 + len] == end) LL_PUSH(s->arena, &r->probes, ll_strndup(s->arena, q + 1, len));
    }
}

static ll_hash hash_text(seen *s, row *r, const char *text, size_t n) {
    find_probes(s, r, text, n);
    r->suppresses = memmem(text, n, SUPPRESS_WORD, sizeof SUPPRESS_WORD - 1) != NULL;
    ll_hash h = ll_hash_of(text, n);
    return ll_hash_is_none(h) ? (ll_hash){1, 0} : h;
}

static ll_hash read_file(seen *s, row *r) {
    char *text;
    size_t n;
    ll_arena_reset(s->scratch);
    if (!ll_read_file(s->scratch, r->path, MAX_FILE, &text, &n, NULL)) return (ll_hash){0};
    return hash_text(s, r, text, n);
}

/* Sources and what building leaves behind come and go; headers have these endings, or none. */
static bool may_be_included(const char *name, bool is_dir) {
    static const char *const endings[] = {"h", "hh", "hpp", "hxx", "h++", "H", "inc", "inl", "ipp", "tcc", "def", NULL};
    const char *dot = strrchr(name, '.');
    if (is_dir || !dot) return true;
    for (const char *const *e = endings; *e; e++)
        if (strcmp(dot + 1, *e) == 0) return true;
    return false;
}

static const char *const *names_over(seen *s, const char *dir, uint32_t *n) {
    *n = 0;
    return s->view && s->view->names ? s->view->names(s->view->ctx, dir, n) : NULL;
}

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* What the view says of names in the directory goes over what the disk has there. */
static void lay_over(seen *s, row *r) {
    uint32_t n, nbelow, kept = 0;
    const char *const *over = names_over(s, r->path, &n);
    const char *bytes;
    size_t len;
    if (!n) return;
    for (uint32_t i = 0; i < r->names.n; i++) {
        const char *path = ll_path_join(s->arena, r->path, r->names.v[i]);
        if (s->view->look(s->view->ctx, path, &bytes, &len) == SEEN_ON_DISK) r->names.v[kept++] = r->names.v[i];
    }
    r->names.n = kept;
    for (uint32_t i = 0; i < n; i++) {
        const char *path = ll_path_join(s->arena, r->path, over[i]);
        bool is_dir = names_over(s, path, &nbelow) && nbelow;
        bool there = is_dir || s->view->look(s->view->ctx, path, &bytes, &len) == SEEN_IN_MEMORY;
        if (there && may_be_included(over[i], is_dir)) LL_PUSH(s->arena, &r->names, over[i]);
    }
    if (r->names.n) qsort(r->names.v, r->names.n, sizeof *r->names.v, by_name);
    for (uint32_t i = kept = 0; i < r->names.n; i++)
        if (!i || strcmp(r->names.v[i], r->names.v[kept - 1]) != 0) r->names.v[kept++] = r->names.v[i];
    r->names.n = kept;
}

static void list(seen *s, row *r) {
    ll_names all = {0};
    const bool *is_dir = NULL;
    if (r->listed) return;
    r->listed = true;
    r->names = (ll_names){0};
    if (ll_list_dir(s->arena, r->path, &all, &is_dir))
        for (uint32_t i = 0; i < all.n; i++)
            if (may_be_included(all.v[i], is_dir[i])) LL_PUSH(s->arena, &r->names, all.v[i]);
    lay_over(s, r);
}

static ll_hash hash_names(seen *s, row *r) {
    ll_strbuf text = {0};
    list(s, r);
    for (uint32_t i = 0; i < r->names.n; i++) {
        ll_sb_add(&text, r->names.v[i]);
        ll_sb_addc(&text, '\n');
    }
    ll_hash h = ll_hash_of(ll_sb_str(&text), text.n);
    ll_sb_free(&text);
    return h;
}

static ll_hash hash_now(seen *s, row *r) {
    if (r->stat.kind == LL_FILE_REGULAR) return read_file(s, r);
    return r->stat.kind == LL_FILE_DIR ? hash_names(s, r) : (ll_hash){0};
}

/* Not older than the clock's tick: another write could leave the same stat. */
static bool racy(const ll_file_stat *st, int64_t now) {
    int64_t newest = st->changed_ns > st->modified_ns ? st->changed_ns : st->modified_ns;
    return newest >= now - (newest % 1000000000 ? 0 : COARSE_NS);
}

static void look(seen *s, row *r) {
    const char *bytes;
    size_t n;
    seen_answer where = s->view ? s->view->look(s->view->ctx, r->path, &bytes, &n) : SEEN_ON_DISK;
    bool known = r->known;
    r->asked = true;
    r->in_memory = where != SEEN_ON_DISK;
    r->known = false;
    if (where == SEEN_ABSENT) r->hash = (ll_hash){0};
    if (where == SEEN_IN_MEMORY) r->hash = hash_text(s, r, bytes, n);
    if (r->in_memory) return;
    uint32_t nover;
    if (names_over(s, r->path, &nover) && nover) {
        r->in_memory = true;
        r->stat = (ll_file_stat){.kind = LL_FILE_DIR};
        r->hash = hash_names(s, r);
        return;
    }
    int64_t now = ll_file_clock_ns();
    ll_file_stat st = ll_stat(r->path);
    if (known && ll_stat_equal(&st, &r->stat)) {
        r->known = true;
        return;
    }
    r->stat = st;
    r->hash = hash_now(s, r);
    r->known = st.kind != LL_FILE_NONE && !racy(&st, now);
    r->day = s->day;
    s->learnt |= r->known || known;
}

static row *looked(seen *s, const char *path) {
    row *r = row_of(s, path);
    if (!r->asked) look(s, r);
    return r;
}

ll_hash seen_hash(seen *s, const char *path) {
    return looked(s, path)->hash;
}

const char *const *seen_probes(seen *s, const char *path, uint32_t *n) {
    const row *r = looked(s, path);
    *n = r->probes.n;
    return r->probes.v;
}

bool seen_is_dir(seen *s, const char *path) {
    return looked(s, path)->stat.kind == LL_FILE_DIR;
}

bool seen_is_plain(seen *s, const char *path) {
    const row *r = looked(s, path);
    bool file = r->in_memory ? r->stat.kind != LL_FILE_DIR : r->stat.kind == LL_FILE_REGULAR;
    return file && !ll_hash_is_none(r->hash) && !r->suppresses;
}

bool seen_suppresses(seen *s, const char *path) {
    const row *r = looked(s, path);
    return !r->in_memory && r->stat.kind == LL_FILE_REGULAR && r->suppresses;
}

bool seen_in_dir(seen *s, const char *dir, const char *name) {
    row *r = looked(s, dir);
    list(s, r);
    bool found = r->names.n && bsearch(&name, r->names.v, r->names.n, sizeof *r->names.v, by_name);
    if (!s->view) return found;
    const char *bytes;
    size_t n;
    seen_answer where = s->view->look(s->view->ctx, ll_path_join(s->scratch, dir, name), &bytes, &n);
    return where == SEEN_ON_DISK ? found : where == SEEN_IN_MEMORY;
}

bool seen_unchanged_since(seen *s, const char *path, int64_t clock_ns, uint32_t round) {
    row *r = looked(s, path);
    if (r->in_memory) return true;
    if (r->round == round + 1) return r->unchanged;
    ll_file_stat st = ll_stat(path);
    r->round = round + 1;
    r->unchanged = ll_stat_equal(&st, &r->stat);
    /* that a directory's names are the same, its stat need not say */
    if (r->unchanged && st.kind != LL_FILE_DIR) r->unchanged = !racy(&st, clock_ns);
    return r->unchanged;
}

/* ---- cache ---- */

static void load_row(seen *s, ll_reader *in) {
    size_t n;
    const char *path = ll_get_bytes(in, &n);
    if (!n || path[n - 1]) {
        ll_reader_fail(in);
        return;
    }
    row *r = row_of(s, path);
    r->day = ll_get_int(in);
    r->stat.kind = (ll_file_kind)ll_get_below(in, LL_FILE_OTHER + 1);
    r->stat.size = ll_get_uint(in);
    r->stat.inode = ll_get_uint(in);
    r->stat.modified_ns = ll_get_int(in);
    r->stat.changed_ns = ll_get_int(in);
    r->hash = ll_get_hash(in);
    r->suppresses = ll_get_below(in, 2);
    for (uint32_t i = ll_get_count(in, 1); i && !in->bad; i--) LL_PUSH(s->arena, &r->probes, ll_get_str(in, s->arena));
    r->known = !in->bad;
}

void seen_load(seen *s, const void *bytes, size_t n) {
    ll_reader in = ll_reader_of(bytes, n);
    if (ll_get_uint(&in) != FORMAT) return;
    for (uint32_t i = ll_get_count(&in, 24); i && !in.bad; i--) load_row(s, &in);
}

bool seen_learnt(const seen *s) {
    return s->learnt;
}

static void save_row(const row *r, ll_strbuf *out) {
    ll_put_bytes(out, r->path, strlen(r->path) + 1);
    ll_put_int(out, r->day);
    ll_put_uint(out, r->stat.kind);
    ll_put_uint(out, r->stat.size);
    ll_put_uint(out, r->stat.inode);
    ll_put_int(out, r->stat.modified_ns);
    ll_put_int(out, r->stat.changed_ns);
    ll_put_hash(out, r->hash);
    ll_put_uint(out, r->suppresses);
    ll_put_uint(out, r->probes.n);
    for (uint32_t i = 0; i < r->probes.n; i++) ll_put_str(out, r->probes.v[i]);
}

void seen_save(seen *s, ll_strbuf *out) {
    ll_strbuf rows = {0};
    uint32_t n = 0;
    for (row *r = s->rows; r; r = r->hh.next) {
        if (r->asked && !r->in_memory) r->day = s->day;
        if (!r->known || r->in_memory || r->day + FORGET_AFTER_DAYS < s->day) continue;
        save_row(r, &rows);
        n++;
    }
    ll_put_uint(out, FORMAT);
    ll_put_uint(out, n);
    ll_sb_addn(out, rows.s, rows.n);
    ll_sb_free(&rows);
}
