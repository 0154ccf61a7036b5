/* The stage as a whole: options in, list of units out. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "base/sys.h"
#include "source/source.h"

#define MAX_WALK_DEPTH 32u
#define MAX_WALK_FILES 100000u

typedef struct seen_file { /* units planned of one file */
    const char *real;
    src_words keys; /* distinct commands */
    uint32_t unit;  /* the first one planned */
    UT_hash_handle hh;
} seen_file;

typedef struct wanted { /* one file argument */
    const char *given, *path, *real;
    bool is_dir, met;
} wanted;

typedef struct planner {
    ll_arena *arena;
    const src_options *opt;
    src_trust trust;
    src_db db;
    LL_ARRAY(wanted) wanted;
    seen_file *seen;
    src_plan *plan;
} planner;

static const char *shown(const planner *p, const char *path) {
    return ll_path_under(p->opt->root, path);
}

static bool excluded(const planner *p, const char *path) {
    const char *relative = shown(p, path);
    return src_excluded(p->opt->excludes, p->opt->nexcludes, *relative == '/' ? relative + 1 : relative);
}

/* The top of the work tree: commands may name any file in it, also when lifelint runs in a directory below. */
static const char *project_root(ll_arena *a, src_looks *looks, const char *root) {
    for (const char *dir = root; strcmp(dir, "/") != 0; dir = ll_path_dir(a, dir)) {
        const char *git = ll_path_join(a, dir, ".git");
        if (src_look_is_dir(looks, git) || src_look_is_file(looks, git)) return dir;
    }
    return root;
}

/* ---- file arguments ---- */

static bool read_file_arguments(planner *p, ll_err *err) {
    for (uint32_t i = 0; i < p->opt->nfiles; i++) {
        wanted w = {.given = p->opt->files[i]};
        w.path = ll_path_abs(p->arena, p->opt->cwd, w.given);
        w.real = ll_path_real(p->arena, w.path);
        w.is_dir = ll_is_dir(w.path);
        if (!w.is_dir && !src_overlay_is_file(p->opt->view, w.path))
            return ll_fail(err, LL_E_INPUT, "%s: no such file or directory", w.given);
        LL_PUSH(p->arena, &p->wanted, w);
    }
    return true;
}

static bool below(const char *dir, const char *path) {
    return strcmp(dir, path) == 0 || strcmp(dir, "/") == 0 || ll_path_under(dir, path) != path;
}

static bool is_wanted(planner *p, const src_entry *e) {
    bool found = !p->wanted.n;
    for (uint32_t i = 0; i < p->wanted.n; i++) {
        wanted *w = &p->wanted.v[i];
        bool hit = w->is_dir ? below(w->path, e->file) || below(w->real, e->real)
                             : strcmp(w->path, e->file) == 0 || strcmp(w->real, e->real) == 0;
        w->met |= hit;
        found |= hit;
    }
    return found;
}

/* ---- units ---- */

static seen_file *file_row(planner *p, const char *real) {
    seen_file *row = NULL;
    HASH_FIND(hh, p->seen, real, (unsigned)strlen(real), row);
    if (row) return row;
    row = LL_NEW(p->arena, seen_file);
    row->real = real;
    HASH_ADD_KEYPTR(hh, p->seen, row->real, (unsigned)strlen(real), row);
    return row;
}

static const char *command_key(ll_arena *a, const src_unit *u) {
    size_t n = 1;
    for (uint32_t i = 0; i < u->nargs; i++) n += strlen(u->args[i]) + 1;
    char *key = ll_alloc(a, n), *end = key;
    for (uint32_t i = 0; i < u->nargs; i++) {
        size_t len = strlen(u->args[i]);
        memcpy(end, u->args[i], len);
        end += len;
        *end++ = '\n';
    }
    return key;
}

/* Which of two commands stands for their file: whichever, but not by the order they came in. Of two names the file's
 * own is better than a link's. */
static int by_words(const src_unit *a, const src_unit *b, const char *real) {
    int d = 0;
    for (uint32_t i = 0; !d && i < a->nargs && i < b->nargs; i++) d = strcmp(a->args[i], b->args[i]);
    if (!d) d = (a->nargs > b->nargs) - (a->nargs < b->nargs);
    if (!d) d = strcmp(a->dir, b->dir);
    if (!d) d = (strcmp(a->file, real) != 0) - (strcmp(b->file, real) != 0);
    return d ? d : strcmp(a->file, b->file);
}

/* A file's first command makes a unit; another one of its takes that one's place, or is a unit, too. */
static void put_unit(planner *p, const char *real, src_unit *u) {
    seen_file *row = file_row(p, real);
    const char *key = command_key(p->arena, u);
    bool known = false;
    for (uint32_t i = 0; i < row->keys.n && !known; i++) known = strcmp(row->keys.v[i], key) == 0;
    if (!known) LL_PUSH(p->arena, &row->keys, key);
    if (row->keys.n == 1 && !known) row->unit = p->plan->units.n;
    if (!known && (row->keys.n == 1 || p->opt->all_configurations)) {
        LL_PUSH(p->arena, &p->plan->units, *u);
        return;
    }
    if (!known) src_note(&p->plan->notes, SRC_NOTE_CONFIGURATIONS, shown(p, u->file));
    src_unit *old = &p->plan->units.v[row->unit];
    if (p->opt->all_configurations || by_words(u, old, real) >= 0) return;
    if (!u->header) u->header = old->header;
    *old = *u;
}

static void add_unit(planner *p, const char *file, const char *real, const char *dir, uint32_t number,
                     const src_words *argv, const char *header) {
    src_flags f;
    src_flags_clean(p->arena, &p->trust, dir, file, argv, &f, &p->plan->notes);
    if (f.kind != SRC_C && f.kind != SRC_CXX) {
        if (f.kind == SRC_OTHER) src_note(&p->plan->notes, SRC_NOTE_NOT_C, shown(p, file));
        return;
    }
    put_unit(p, real,
             &(src_unit){.file = file,
                         .dir = dir,
                         .args = f.args.v,
                         .nargs = f.args.n,
                         .kind = f.kind,
                         .number = number,
                         .header = header});
}

static void add_entry(planner *p, const src_entry *e, const char *header) {
    if (e->kind == SRC_ASM) return;
    if (!(p->opt->view ? src_overlay_is_file(p->opt->view, e->file) : e->exists)) {
        bool generated = below(p->db.dir, e->file) && strcmp(p->db.dir, p->opt->root) != 0;
        src_note(&p->plan->notes, generated ? SRC_NOTE_NOT_GENERATED : SRC_NOTE_GONE, shown(p, e->file));
        return;
    }
    add_unit(p, e->file, e->real, e->dir, e->number, &e->argv, header);
}

/* ---- from a database ---- */

static void add_header(planner *p, src_headers *h, const wanted *w) {
    const src_entry *e = src_unit_for_header(h, w->path);
    for (uint32_t i = 0; e && i < p->plan->units.n; i++) {
        src_unit *u = &p->plan->units.v[i];
        if (strcmp(u->file, e->file) != 0) continue; /* with this command or another of its */
        if (!u->header) u->header = w->path;
        return;
    }
    if (e && !excluded(p, e->file))
        add_entry(p, e, w->path);
    else
        src_note(&p->plan->notes, SRC_NOTE_NO_UNIT, shown(p, w->path));
}

/* File arguments that no entry is for: headers, excluded files, files that are not built. */
static void add_remaining(planner *p) {
    src_headers *h = NULL;
    for (uint32_t i = 0; i < p->wanted.n; i++) {
        const wanted *w = &p->wanted.v[i];
        if (w->met) continue;
        if (!w->is_dir && excluded(p, w->path)) {
            src_note(&p->plan->notes, SRC_NOTE_EXCLUDED_ARG, w->given);
        } else if (!w->is_dir && src_kind_of(w->path) == SRC_HEADER) {
            if (!h) h = src_headers_new(p->arena, &p->db, &p->trust);
            add_header(p, h, w);
        } else {
            src_note(&p->plan->notes, SRC_NOTE_NO_COMMAND, w->given);
        }
    }
    src_headers_free(h);
}

static const src_entry *entry_like(const planner *p, const src_stand_in *s) {
    const char *dir = ll_path_dir(p->arena, s->file);
    src_kind kind = src_kind_of(s->file);
    for (uint32_t i = 0; i < p->db.entries.n; i++) {
        const src_entry *e = &p->db.entries.v[i];
        if (s->like ? strcmp(e->file, s->like) == 0 || strcmp(e->real, s->like) == 0
                    : e->kind == kind && strcmp(ll_path_dir(p->arena, e->file), dir) == 0)
            return e;
    }
    return NULL;
}

static bool has_entry(const planner *p, const char *file) {
    for (uint32_t i = 0; i < p->db.entries.n; i++)
        if (strcmp(p->db.entries.v[i].file, file) == 0 || strcmp(p->db.entries.v[i].real, file) == 0) return true;
    return false;
}

static void add_stand_ins(planner *p) {
    for (uint32_t i = 0; i < p->opt->nstand_ins; i++) {
        const src_stand_in *s = &p->opt->stand_ins[i];
        const src_entry *e = has_entry(p, s->file) || excluded(p, s->file) ? NULL : entry_like(p, s);
        if (!e) continue;
        src_flags f;
        src_flags_clean(p->arena, &p->trust, e->dir, e->file, &e->argv, &f, &p->plan->notes);
        if (f.kind != SRC_C && f.kind != SRC_CXX) continue;
        LL_PUSH(p->arena, &p->plan->units,
                (src_unit){s->file, e->dir, f.args.v, f.args.n, f.kind, e->number, NULL, true});
    }
}

static bool nothing_left(planner *p, ll_err *err) {
    const src_plan *plan = p->plan;
    uint32_t gone = plan->notes.v[SRC_NOTE_GONE].count + plan->notes.v[SRC_NOTE_NOT_GENERATED].count;
    if (plan->units.n) return true;
    if (gone == p->db.entries.n)
        return ll_fail(
            err, LL_E_INPUT,
            "%s: none of its %u files exist (the first is %s); was it made on another machine or in a container?",
            p->db.path, gone, p->db.entries.v[0].file);
    if (p->wanted.n)
        return ll_fail(err, LL_E_INPUT, "%s: no command for %s%s; give the flags: lifelint check %s -- FLAGS",
                       p->db.path, p->wanted.v[0].given, p->wanted.n > 1 ? " or the other files named" : "",
                       p->wanted.v[0].given);
    return ll_fail(err, LL_E_INPUT, "%s: nothing to analyse is left after --exclude and what was skipped", p->db.path);
}

static bool plan_database(planner *p, ll_err *err) {
    const char *path = NULL;
    const char *first = p->wanted.n ? p->wanted.v[0].path : NULL;
    src_notes *notes = &p->plan->notes;
    if (!src_db_find(p->arena, p->opt->cwd, p->opt->build_dir, first, &path, notes, err)) return false;
    if (!src_db_load(p->arena, path, p->opt->looks, &p->db, notes, err)) return false;
    p->plan->db_path = p->db.path;
    p->plan->whole = !p->wanted.n;
    p->trust.build = p->db.dir;
    for (uint32_t i = 0; i < p->db.entries.n; i++) {
        const src_entry *e = &p->db.entries.v[i];
        if (is_wanted(p, e) && !excluded(p, e->file)) add_entry(p, e, NULL);
    }
    add_remaining(p);
    add_stand_ins(p);
    return nothing_left(p, err);
}

/* ---- files with flags, no database ---- */

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void walk(planner *p, const char *dir, uint32_t depth, src_words *files) {
    DIR *d = depth < MAX_WALK_DEPTH ? opendir(dir) : NULL;
    src_words names = {0};
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') LL_PUSH(p->arena, &names, ll_strdup(p->arena, e->d_name));
    closedir(d);
    if (names.n) qsort(names.v, names.n, sizeof *names.v, by_name);
    for (uint32_t i = 0; i < names.n && files->n < MAX_WALK_FILES; i++) {
        const char *path = ll_path_join(p->arena, dir, names.v[i]);
        src_kind kind = src_kind_of(path);
        if (ll_is_dir(path))
            walk(p, path, depth + 1, files);
        else if ((kind == SRC_C || kind == SRC_CXX) && ll_is_file(path))
            LL_PUSH(p->arena, files, path);
    }
}

static bool plan_flags(planner *p, ll_err *err) {
    src_words files = {0};
    for (uint32_t i = 0; i < p->wanted.n; i++)
        if (p->wanted.v[i].is_dir)
            walk(p, p->wanted.v[i].path, 0, &files);
        else
            LL_PUSH(p->arena, &files, p->wanted.v[i].path);
    for (uint32_t i = 0; i < files.n; i++) {
        if (excluded(p, files.v[i])) {
            src_note(&p->plan->notes, SRC_NOTE_EXCLUDED_ARG, shown(p, files.v[i]));
            continue;
        }
        src_words argv = {0};
        LL_PUSH(p->arena, &argv, src_kind_of(files.v[i]) == SRC_CXX ? "c++" : "cc");
        for (uint32_t k = 0; k < p->opt->nflags; k++) LL_PUSH(p->arena, &argv, p->opt->flags[k]);
        add_unit(p, files.v[i], ll_path_real(p->arena, files.v[i]), p->opt->cwd, 0, &argv, NULL);
    }
    return p->plan->units.n || ll_fail(err, LL_E_INPUT, "%s: no C or C++ file to analyse", p->wanted.v[0].given);
}

bool src_plan_make(ll_arena *a, const src_options *opt, src_plan *out, ll_err *err) {
    *out = (src_plan){.notes.arena = a};
    planner p = {.arena = a, .opt = opt, .trust.looks = opt->looks, .plan = out};
    p.trust.root = project_root(a, opt->looks, opt->root);
    if (!read_file_arguments(&p, err)) return false;
    if (opt->has_flags && !p.wanted.n)
        return ll_fail(err, LL_E_USAGE, "flags without a file: lifelint check FILE -- FLAGS");
    bool ok = opt->has_flags ? plan_flags(&p, err) : plan_database(&p, err);
    HASH_CLEAR(hh, p.seen);
    return ok;
}
