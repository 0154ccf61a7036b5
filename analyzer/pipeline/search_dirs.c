#include "pipeline/search_dirs.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/sys.h"

#define NO_NUMBER UINT32_MAX

struct search_dir {
    UT_hash_handle hh;
    uint32_t number;  /* of those named by -I */
    const char *path; /* absolute */
    ll_names names;   /* empty when it is no folder */
};

struct search_dirs {
    ll_arena *a;
    search_dir *by_path;
    search_list named;
};

search_dirs *search_dirs_new(ll_arena *a) {
    search_dirs *s = LL_NEW(a, search_dirs);
    *s = (search_dirs){.a = a};
    return s;
}

void search_dirs_free(search_dirs *s) {
    HASH_CLEAR(hh, s->by_path);
}

static search_dir *find_dir(search_dirs *s, const fe_request *rq, const char *name) {
    search_dir *d;
    const char *path = ll_path_abs(s->a, rq->dir, name);
    const bool *is_dir;
    HASH_FIND_STR(s->by_path, path, d);
    if (d) return d;
    d = LL_NEW(s->a, search_dir);
    *d = (search_dir){.number = NO_NUMBER, .path = path};
    if (!ll_list_dir(s->a, path, &d->names, &is_dir)) d->names = (ll_names){0};
    HASH_ADD_KEYPTR(hh, s->by_path, d->path, strlen(d->path), d);
    return d;
}

static search_dir *named_dir(search_dirs *s, const fe_request *rq, const char *name) {
    search_dir *d = find_dir(s, rq, name);
    if (d->number == NO_NUMBER) {
        d->number = s->named.n;
        LL_PUSH(s->a, &s->named, d);
    }
    return d;
}

/* How many words name a folder there, "-Idir" or "-I" "dir"; 0: none do. */
static int names_dir(const fe_request *rq, int i) {
    const char *arg = rq->args[i];
    if (strncmp(arg, "-I", 2) != 0 || strcmp(arg, "-I-") == 0) return 0;
    return arg[2] ? 1 : i + 1 < rq->nargs ? 2 : 0;
}

void search_dirs_of(search_dirs *s, const fe_request *rq, search_list *out, ll_strbuf *others) {
    for (int i = 0; i < rq->nargs; i++) {
        int words = names_dir(rq, i);
        if (words) {
            LL_PUSH(s->a, out, named_dir(s, rq, words == 1 ? rq->args[i] + 2 : rq->args[i + 1]));
            i += words - 1;
        } else
            ll_sb_printf(others, "%s\n", rq->args[i]);
    }
}

/* `name` up to its first slash against an entry. */
static int by_first_part(const void *key, const void *entry) {
    const char *name = key, *of = *(const char *const *)entry;
    size_t n = strcspn(name, "/");
    int c = strncmp(name, of, n);
    return c ? c : of[n] ? -1 : 0;
}

bool search_dir_mentions(const search_dir *d, const char *name) {
    return d->names.n && bsearch(name, d->names.v, d->names.n, sizeof *d->names.v, by_first_part);
}

static bool dir_has(search_dirs *s, const search_dir *d, const char *name) {
    if (!search_dir_mentions(d, name)) return false;
    return !strchr(name, '/') || ll_is_file(ll_path_join(s->a, d->path, name));
}

bool search_dirs_have(search_dirs *s, const search_list *l, const char *name) {
    for (uint32_t i = 0; i < l->n; i++)
        if (dir_has(s, l->v[i], name)) return true;
    return false;
}

const char *search_dirs_find(search_dirs *s, const fe_request *rq, const search_list *l, const char *folder,
                             const char *name) {
    const search_dir *here = folder ? find_dir(s, rq, folder) : NULL;
    if (name[0] == '/' || strstr(name, "..")) return NULL;
    if (here && dir_has(s, here, name)) return ll_path_join(s->a, here->path, name);
    for (uint32_t i = 0; i < l->n; i++)
        if (dir_has(s, l->v[i], name)) return ll_path_join(s->a, l->v[i]->path, name);
    return NULL;
}

static bool is_forced(search_dirs *s, const fe_request *rq, const char *file) {
    for (int i = 0; i + 1 < rq->nargs; i++)
        if (strcmp(rq->args[i], "-include") == 0 && strcmp(ll_path_abs(s->a, rq->dir, rq->args[i + 1]), file) == 0)
            return true;
    return false;
}

bool search_dirs_shadow(search_dirs *s, const search_list *l, const fe_request *rq, const char *const *files,
                        uint32_t nfiles) {
    for (uint32_t i = 0; i < l->n; i++)
        for (uint32_t k = 0; k < nfiles; k++)
            for (const char *p = strchr(files[k], '/'); p; p = strchr(p + 1, '/'))
                if (dir_has(s, l->v[i], p + 1) && !is_forced(s, rq, files[k])) return true;
    return false;
}

uint32_t search_dirs_count(const search_dirs *s) {
    return s->named.n;
}

const search_dir *search_dirs_at(const search_dirs *s, uint32_t number) {
    return s->named.v[number];
}

uint32_t search_dir_number(const search_dir *d) {
    return d->number;
}

const char *search_dir_path(const search_dir *d) {
    return d->path;
}

/* Every compiler's folder: one too many does no harm. */
void search_dirs_system(search_dirs *s, search_list *out) {
    static const char *const patterns[] = {"/usr/include", "/usr/local/include", "/usr/include/*-linux-*",
                                           "/usr/lib/llvm-*/lib/clang/*/include", "/usr/lib/clang/*/include"};
    const fe_request nowhere = {.dir = "/"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found;
        if (glob(patterns[i], 0, NULL, &found) != 0) continue;
        for (size_t k = 0; k < found.gl_pathc; k++) LL_PUSH(s->a, out, find_dir(s, &nowhere, found.gl_pathv[k]));
        globfree(&found);
    }
}

void search_dirs_by(search_dirs *s, const fe_request *rq, const char *flag, search_list *out) {
    size_t n = strlen(flag);
    for (int i = 0; i < rq->nargs; i++) {
        if (strncmp(rq->args[i], flag, n) != 0) continue;
        const char *dir = rq->args[i][n] ? rq->args[i] + n : i + 1 < rq->nargs ? rq->args[++i] : ".";
        LL_PUSH(s->a, out, find_dir(s, rq, dir));
    }
}

void search_dirs_others(search_dirs *s, const fe_request *rq, search_list *out) {
    static const char *const flags[] = {"-isystem", "-iquote", "-idirafter"};
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) search_dirs_by(s, rq, flags[k], out);
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

bool search_dirs_clash(const search_dir *d, const search_list *l) {
    for (uint32_t i = 0; i < d->names.n; i++)
        for (uint32_t k = 0; k < l->n; k++)
            if (l->v[k]->names.n &&
                bsearch(&d->names.v[i], l->v[k]->names.v, l->v[k]->names.n, sizeof *d->names.v, by_text))
                return true;
    return false;
}

static bool is_in(const search_list *l, const search_dir *d) {
    for (uint32_t i = 0; i < l->n; i++)
        if (l->v[i] == d) return true;
    return false;
}

const char *const *search_dirs_args(search_dirs *s, const fe_request *rq, const search_list *keep, int *n) {
    const char **args = LL_NEWN(s->a, const char *, (size_t)rq->nargs + 1);
    *n = 0;
    for (int i = 0; i < rq->nargs; i++) {
        int words = names_dir(rq, i);
        const char *name = words == 1 ? rq->args[i] + 2 : words ? rq->args[i + 1] : NULL;
        if (name && !is_in(keep, find_dir(s, rq, name)))
            i += words - 1;
        else
            for (int k = words ? words : 1; k > 0; k--, i += k > 0) args[(*n)++] = rq->args[i];
    }
    return args;
}
