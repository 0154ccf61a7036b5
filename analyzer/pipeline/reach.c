#define _GNU_SOURCE
#include "pipeline/reach.h"

#include <string.h>
#include <uthash.h>

#include "base/sys.h"

enum { MAX_DIRS = 512, WORDS = MAX_DIRS / 64, MAX_BYTES = 16 << 20 };

typedef struct text_file text_file;

typedef struct found {
    text_file *file;
    uint32_t dir;
} found;

/* What stands after #include, and which of the folders have it. */
typedef struct name {
    UT_hash_handle hh;
    const char *text;
    uint32_t known; /* folders that were asked */
    uint64_t in[WORDS];
    LL_ARRAY(found) files;
} name;

typedef struct mention {
    name *name;
    text_file *beside; /* the file of this name relative to the includer, NULL: none */
} mention;

struct text_file {
    UT_hash_handle hh;
    const char *path;
    bool read, unclear;
    uint32_t visit; /* the last unit that reached it */
    LL_ARRAY(mention) mentions;
};

struct reach {
    ll_arena *a, *scratch; /* scratch: one unit's */
    search_dirs *dirs;
    search_list system;
    name *names;
    text_file *files;
    uint32_t visit;
    uint8_t asked[MAX_DIRS]; /* whether the folder has something of a system's name: 0 not yet, 1 no, 2 yes */
};

reach *reach_new(ll_arena *a, search_dirs *s) {
    reach *r = LL_NEW(a, reach);
    *r = (reach){.a = a, .scratch = ll_arena_new("reach"), .dirs = s};
    search_dirs_system(s, &r->system);
    return r;
}

void reach_free(reach *r) {
    HASH_CLEAR(hh, r->names);
    HASH_CLEAR(hh, r->files);
    ll_arena_free(r->scratch);
}

static text_file *file_at(reach *r, const char *path) {
    text_file *f;
    HASH_FIND_STR(r->files, path, f);
    if (f) return f;
    f = LL_NEW(r->a, text_file);
    *f = (text_file){.path = path};
    HASH_ADD_KEYPTR(hh, r->files, f->path, strlen(f->path), f);
    return f;
}

static name *name_of(reach *r, const char *text, size_t n) {
    name *m;
    HASH_FIND(hh, r->names, text, (unsigned)n, m);
    if (m) return m;
    m = LL_NEW(r->a, name);
    *m = (name){.text = ll_strndup(r->a, text, n)};
    HASH_ADD_KEYPTR(hh, r->names, m->text, n, m);
    return m;
}

static void ask_folders(reach *r, name *m) {
    for (uint32_t n = search_dirs_count(r->dirs); m->known < n && m->known < MAX_DIRS; m->known++) {
        const search_dir *d = search_dirs_at(r->dirs, m->known);
        if (!search_dir_mentions(d, m->text)) continue;
        m->in[m->known / 64] |= 1ULL << (m->known % 64);
        const char *path = ll_path_abs(r->a, search_dir_path(d), m->text);
        if (ll_is_file(path)) LL_PUSH(r->a, &m->files, (found){file_at(r, path), m->known});
    }
}

/* ---- what a text mentions ---- */

static void add_mention(reach *r, text_file *f, const char *folder, const char *text, size_t n, bool quoted) {
    name *m = name_of(r, text, n);
    const char *path = quoted || text[0] == '/' ? ll_path_abs(r->a, folder, m->text) : NULL;
    bool there = path && ll_is_file(path);
    if (strstr(m->text, "..") && !there) f->unclear = true;
    LL_PUSH(r->a, &f->mentions, (mention){m, there ? file_at(r, path) : NULL});
}

static const char *skip_blanks(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    return p;
}

/* Behind the word "include": a name, or something that says that none can be told. The text ends in NUL. */
static void after_include(reach *r, text_file *f, const char *folder, const char *text, const char *word,
                          const char *end) {
    const char *back = word, *p = word + strlen("include");
    if (strncmp(p, "_next", 5) == 0) p += 5;
    p = skip_blanks(p, end);
    if (p < end && (*p == '<' || *p == '"')) {
        const char *close = memchr(p + 1, *p == '<' ? '>' : '"', (size_t)(end - p - 1));
        const char *line = memchr(p, '\n', (size_t)(end - p));
        if (close && close > p + 1 && (!line || close < line))
            add_mention(r, f, folder, p + 1, (size_t)(close - p - 1), *p == '"');
        return;
    }
    while (back > text && (back[-1] == ' ' || back[-1] == '\t')) back--;
    if (back > text && back[-1] == '#') f->unclear = true;
}

static void read_file(reach *r, text_file *f) {
    static const char word[] = "include";
    char *text;
    size_t n;
    f->read = true;
    ll_arena *scratch = ll_arena_new("text");
    if (ll_read_file(scratch, f->path, MAX_BYTES, &text, &n, NULL)) {
        const char *folder = ll_path_dir(r->a, f->path), *end = text + n;
        f->unclear = strstr(text, "__has_include") || strstr(text, "#import") || strstr(text, "%:");
        for (const char *p = text; (p = memmem(p, (size_t)(end - p), word, sizeof word - 1)); p += sizeof word - 1)
            after_include(r, f, folder, text, p, end);
    }
    ll_arena_free(scratch);
}

/* ---- what a unit reaches ---- */

typedef struct walk {
    reach *r;
    uint64_t mine[WORDS], wanted[WORDS]; /* the unit's folders; those that have something it mentions */
    LL_ARRAY(text_file *) queue;
    bool unclear;
} walk;

static void reach_file(walk *w, text_file *f) {
    if (f->visit == w->r->visit) return;
    f->visit = w->r->visit;
    LL_PUSH(w->r->scratch, &w->queue, f);
}

static void reach_name(walk *w, name *m) {
    ask_folders(w->r, m);
    for (uint32_t i = 0; i < WORDS; i++) w->wanted[i] |= m->in[i];
    for (uint32_t i = 0; i < m->files.n; i++)
        if (w->mine[m->files.v[i].dir / 64] >> (m->files.v[i].dir % 64) & 1) reach_file(w, m->files.v[i].file);
}

static void walk_all(walk *w) {
    for (uint32_t i = 0; i < w->queue.n && !w->unclear; i++) {
        text_file *f = w->queue.v[i];
        if (!f->read) read_file(w->r, f);
        w->unclear |= f->unclear;
        for (uint32_t k = 0; k < f->mentions.n; k++) {
            reach_name(w, f->mentions.v[k].name);
            if (f->mentions.v[k].beside) reach_file(w, f->mentions.v[k].beside);
        }
    }
}

/* With the system's folders once and for all. */
static bool clashes(reach *r, uint32_t dir, const search_list *others) {
    const search_dir *d = search_dirs_at(r->dirs, dir);
    if (!r->asked[dir]) r->asked[dir] = search_dirs_clash(d, &r->system) ? 2 : 1;
    return r->asked[dir] == 2 || search_dirs_clash(d, others);
}

void reach_prune(reach *r, const fe_request *rq, search_list *search) {
    walk w = {.r = r};
    if (search_dirs_count(r->dirs) > MAX_DIRS) return;
    r->visit++;
    ll_arena_reset(r->scratch);
    for (uint32_t i = 0; i < search->n; i++) {
        uint32_t k = search_dir_number(search->v[i]);
        w.mine[k / 64] |= 1ULL << (k % 64);
    }
    for (int i = 0; i + 1 < rq->nargs; i++)
        if (strcmp(rq->args[i], "-include") == 0 || strcmp(rq->args[i], "-imacros") == 0) {
            const char *path = ll_path_abs(r->a, rq->dir, rq->args[i + 1]);
            if (ll_is_file(path)) reach_file(&w, file_at(r, path));
            reach_name(&w, name_of(r, rq->args[i + 1], strlen(rq->args[i + 1])));
        }
    reach_file(&w, file_at(r, rq->file));
    walk_all(&w);
    if (w.unclear) return;
    search_list others = {0};
    search_dirs_others(r->dirs, rq, &others);
    uint32_t n = 0;
    for (uint32_t i = 0; i < search->n; i++) {
        uint32_t k = search_dir_number(search->v[i]);
        if ((w.wanted[k / 64] >> (k % 64) & 1) || clashes(r, k, &others)) search->v[n++] = search->v[i];
    }
    search->n = n;
}
