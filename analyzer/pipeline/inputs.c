#include "pipeline/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/sys.h"

/* ---- where headers are looked for ---- */

typedef LL_ARRAY(const char *) path_list;

/* A name a header may have been asked for by, "sys/types.h" as "sys" and "types.h", and the file it led to. */
typedef struct wanted {
    const char *part, *base;
    const char *file; /* NULL: none */
    bool by_system;   /* asked for by system headers, which look in the command line's directories only */
} wanted;

typedef struct places {
    ll_arena *arena;
    seen *seen;
    path_list search; /* of the command line, and /usr/local/include */
    path_list from;   /* directories of the project's files that were read */
    LL_ARRAY(wanted) wanted;
    path_list dirs;  /* out: where a taken place would show */
    path_list taken; /* out */
} places;

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void sort_unique(path_list *l) {
    uint32_t n = 0;
    if (l->n) qsort(l->v, l->n, sizeof *l->v, by_text);
    for (uint32_t i = 0; i < l->n; i++)
        if (!i || strcmp(l->v[i], l->v[n - 1]) != 0) l->v[n++] = l->v[i];
    l->n = n;
}

static bool of_system(const char *path) {
    return strncmp(path, "/usr/", 5) == 0 || strncmp(path, "/lib", 4) == 0;
}

static void search_dirs(places *p, const fe_request *rq) {
    static const char *const flags[] = {"-I", "-iquote", "-isystem", "-idirafter", NULL};
    for (int i = 0; i < rq->nargs; i++)
        for (const char *const *f = flags; *f; f++) {
            size_t n = strlen(*f);
            if (strncmp(rq->args[i], *f, n) != 0) continue;
            const char *dir = rq->args[i][n] ? rq->args[i] + n : i + 1 < rq->nargs ? rq->args[++i] : ".";
            LL_PUSH(p->arena, &p->search, ll_path_abs(p->arena, rq->dir, dir));
            break;
        }
    LL_PUSH(p->arena, &p->search, "/usr/local/include");
    sort_unique(&p->search);
}

static void including_dirs(places *p, const inputs *in) {
    for (uint32_t i = 0; i < in->files.n; i++)
        if (!of_system(in->files.v[i].path)) LL_PUSH(p->arena, &p->from, ll_path_dir(p->arena, in->files.v[i].path));
    sort_unique(&p->from);
}

static void want(places *p, const char *name, const char *file, bool by_system) {
    const char *slash = strrchr(name, '/');
    wanted w = {.part = slash ? ll_strndup(p->arena, name, (size_t)(slash - name)) : "",
                .base = slash ? slash + 1 : name,
                .file = file,
                .by_system = by_system};
    LL_PUSH(p->arena, &p->wanted, w);
}

static bool want_below(places *p, const path_list *dirs, const char *file, bool by_system) {
    bool any = false;
    for (uint32_t i = 0; i < dirs->n; i++) {
        const char *name = ll_path_under(dirs->v[i], file);
        if (name == file) continue;
        want(p, name, file, by_system);
        any = true;
    }
    return any;
}

/* "sys/types.h" of /usr/include/x86_64-linux-gnu/sys/types.h */
static const char *system_name(const char *file) {
    static const char usual[] = "/usr/include/";
    if (strncmp(file, usual, sizeof usual - 1) != 0) return strrchr(file, '/') + 1;
    const char *name = file + sizeof usual - 1, *slash = strchr(name, '/'), *triple = strstr(name, "-linux-");
    return slash && triple && triple < slash ? slash + 1 : name;
}

static void want_file(places *p, const char *file) {
    bool system = of_system(file);
    bool any = want_below(p, &p->search, file, system);
    if (!system)
        want_below(p, &p->from, file, false);
    else if (!any)
        want(p, system_name(file), file, true);
}

static int by_part(const void *x, const void *y) {
    const wanted *a = x, *b = y;
    int d = strcmp(a->part, b->part);
    if (!d) d = strcmp(a->base, b->base);
    if (!d) d = (int)a->by_system - (int)b->by_system;
    return d ? d : strcmp(a->file ? a->file : "", b->file ? b->file : "");
}

static void take(places *p, const char *dir, const wanted *w) {
    const char *path = ll_path_join(p->arena, dir, w->base);
    if (!w->file || strcmp(path, w->file) != 0) LL_PUSH(p->arena, &p->taken, path);
}

/* wanted[i..j) have one part: their places in `dir` are in one directory. */
static void look_for(places *p, const char *dir, uint32_t i, uint32_t j, bool for_all) {
    const char *below = ll_path_abs(p->arena, dir, p->wanted.v[i].part[0] ? p->wanted.v[i].part : ".");
    const char *there = below;
    while (strcmp(there, "/") != 0 && !seen_is_dir(p->seen, there)) there = ll_path_dir(p->arena, there);
    LL_PUSH(p->arena, &p->dirs, there);
    if (there != below) return;
    for (; i < j; i++)
        if ((for_all || !p->wanted.v[i].by_system) && seen_in_dir(p->seen, below, p->wanted.v[i].base))
            take(p, below, &p->wanted.v[i]);
}

static void look_everywhere(places *p) {
    if (p->wanted.n) qsort(p->wanted.v, p->wanted.n, sizeof *p->wanted.v, by_part);
    for (uint32_t i = 0, j; i < p->wanted.n; i = j) {
        bool of_project = false;
        for (j = i; j < p->wanted.n && strcmp(p->wanted.v[j].part, p->wanted.v[i].part) == 0; j++)
            of_project |= !p->wanted.v[j].by_system;
        for (uint32_t k = 0; k < p->search.n; k++) look_for(p, p->search.v[k], i, j, true);
        for (uint32_t k = 0; of_project && k < p->from.n; k++) look_for(p, p->from.v[k], i, j, false);
    }
    sort_unique(&p->dirs);
    sort_unique(&p->taken);
}

static uint64_t hash_list(const path_list *l) {
    ll_strbuf text = {0};
    for (uint32_t i = 0; i < l->n; i++) {
        ll_sb_add(&text, l->v[i]);
        ll_sb_addc(&text, '\n');
    }
    uint64_t h = ll_hash64(ll_sb_str(&text), text.n);
    ll_sb_free(&text);
    return h;
}

static void find_places(seen *s, ll_arena *a, const fe_request *rq, inputs *in) {
    places p = {.arena = ll_arena_new("places"), .seen = s};
    search_dirs(&p, rq);
    including_dirs(&p, in);
    for (uint32_t i = 1; i < in->files.n; i++) want_file(&p, in->files.v[i].path);
    for (uint32_t i = 0; i < in->missing.n; i++) want(&p, in->missing.v[i], NULL, false);
    if (in->missing.n) LL_PUSH(p.arena, &p.search, "/usr/include");
    look_everywhere(&p);
    in->shadows = hash_list(&p.taken);
    in->dirs.n = 0;
    for (uint32_t i = 0; i < p.dirs.n; i++)
        LL_PUSH(a, &in->dirs, (input){ll_strdup(a, p.dirs.v[i]), seen_hash(s, p.dirs.v[i])});
    ll_arena_free(p.arena);
}

/* ---- a unit that was just read ---- */

/* "fatal error: 'x/y.h' file not found" */
static void missing_include(ll_arena *a, inputs *in, const ir_note *note) {
    const char *text = note->kind == IR_NOTE_PARSE_ERROR ? note->text : "";
    const char *end = strstr(text, "' file not found"), *start = end ? strchr(text, '\'') : NULL;
    if (start && start + 1 < end) LL_PUSH(a, &in->missing, ll_strndup(a, start + 1, (size_t)(end - start - 1)));
}

/* Where headers may lie depends on the request, on names and on directories, not on what is in the files. */
static bool same_places(seen *s, const inputs *a, const inputs *b) {
    if (a->files.n != b->files.n || a->missing.n != b->missing.n) return false;
    for (uint32_t i = 0; i < a->files.n; i++)
        if (strcmp(a->files.v[i].path, b->files.v[i].path) != 0) return false;
    for (uint32_t i = 0; i < a->missing.n; i++)
        if (strcmp(a->missing.v[i], b->missing.v[i]) != 0) return false;
    for (uint32_t i = 0; i < b->dirs.n; i++)
        if (!ll_hash_equal(seen_hash(s, b->dirs.v[i].path), b->dirs.v[i].hash)) return false;
    return true;
}

bool inputs_gather(seen *s, ll_arena *a, const fe_request *rq, const ir_unit *unit, const inputs *like, inputs *out) {
    *out = (inputs){0};
    for (uint32_t i = 0; i < unit->files.n; i++) {
        const char *path = unit->files.v[i];
        uint32_t nprobes;
        input in = {ll_strdup(a, path), seen_hash(s, path)};
        if (path[0] != '/' || ll_hash_is_none(in.hash)) return false;
        LL_PUSH(a, &out->files, in);
        const char *const *probes = seen_probes(s, path, &nprobes);
        for (uint32_t k = 0; k < nprobes; k++) LL_PUSH(a, &out->missing, probes[k]);
    }
    for (uint32_t i = 0; i < unit->notes.n; i++) missing_include(a, out, &unit->notes.v[i]);
    path_list unique = {out->missing.v, out->missing.n, out->missing.cap};
    sort_unique(&unique);
    out->missing.n = unique.n;
    if (like && same_places(s, out, like)) {
        out->dirs = like->dirs;
        out->shadows = like->shadows;
    } else {
        find_places(s, a, rq, out);
    }
    return out->files.n > 0;
}

bool inputs_unchanged_since(seen *s, const inputs *in, int64_t clock_ns, uint32_t round) {
    for (uint32_t i = 0; i < in->files.n; i++)
        if (!seen_unchanged_since(s, in->files.v[i].path, clock_ns, round)) return false;
    for (uint32_t i = 0; i < in->dirs.n; i++)
        if (!seen_unchanged_since(s, in->dirs.v[i].path, clock_ns, round)) return false;
    return true;
}

bool inputs_hold(seen *s, ll_arena *a, const fe_request *rq, inputs *in, bool *moved) {
    *moved = false;
    for (uint32_t i = 0; i < in->files.n; i++)
        if (!ll_hash_equal(seen_hash(s, in->files.v[i].path), in->files.v[i].hash)) return false;
    for (uint32_t i = 0; i < in->dirs.n && !*moved; i++)
        *moved = !ll_hash_equal(seen_hash(s, in->dirs.v[i].path), in->dirs.v[i].hash);
    if (!*moved) return true;
    uint64_t shadows = in->shadows;
    find_places(s, a, rq, in);
    return in->shadows == shadows;
}

/* ---- bytes ---- */

static void write_list(const input *v, uint32_t n, ll_strbuf *out) {
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) {
        ll_put_bytes(out, v[i].path, strlen(v[i].path) + 1);
        ll_put_hash(out, v[i].hash);
    }
}

void inputs_write(const inputs *in, ll_strbuf *out) {
    write_list(in->files.v, in->files.n, out);
    write_list(in->dirs.v, in->dirs.n, out);
    ll_put_uint(out, in->missing.n);
    for (uint32_t i = 0; i < in->missing.n; i++) ll_put_str(out, in->missing.v[i]);
    ll_put_u64(out, in->shadows);
}

static input *read_list(ll_reader *r, ll_arena *a, uint32_t *n) {
    *n = ll_get_count(r, 2 + LL_HASH_BYTES);
    input *v = LL_NEWN(a, input, *n);
    for (uint32_t i = 0; i < *n && !r->bad; i++) {
        size_t len;
        const char *path = ll_get_bytes(r, &len);
        if (!len || path[len - 1] || path[0] != '/') ll_reader_fail(r);
        v[i] = (input){r->bad ? "/" : path, ll_get_hash(r)};
    }
    if (r->bad) *n = 0;
    return v;
}

void inputs_read(ll_reader *r, ll_arena *a, inputs *out) {
    *out = (inputs){0};
    out->files.v = read_list(r, a, &out->files.n);
    out->files.cap = out->files.n;
    out->dirs.v = read_list(r, a, &out->dirs.n);
    out->dirs.cap = out->dirs.n;
    for (uint32_t i = ll_get_count(r, 1); i && !r->bad; i--) {
        const char *name = ll_get_str(r, a);
        if (name) LL_PUSH(a, &out->missing, name);
    }
    out->shadows = ll_get_u64(r);
}
