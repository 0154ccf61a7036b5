#include "pipeline/plan.h"

#include <string.h>

#include "base/sys.h"
#include "pipeline/plan_kept.h"
#include "source/source.h"

static bool within(const char *dir, const char *path) {
    return strcmp(dir, path) == 0 || strcmp(dir, "/") == 0 || ll_path_under(dir, path) != path;
}

static bool is_build_dir(ll_arena *a, const char *dir) {
    return ll_is_file(ll_path_join(a, dir, "CMakeCache.txt")) || ll_is_file(ll_path_join(a, dir, "build.ninja")) ||
           ll_is_dir(ll_path_join(a, dir, "meson-info"));
}

static const char *find_db(ll_arena *a, const check_options *opt, const char *cwd, src_notes *notes) {
    const char *db, *first = opt->files.n ? ll_path_abs(a, cwd, opt->files.v[0]) : NULL;
    if (opt->has_flags || !src_db_find(a, cwd, opt->build_dir, first, &db, notes, NULL)) return NULL;
    return db;
}

/* The project root: see plan.h. */
static const char *find_root(ll_arena *a, const check_options *opt, const char *cwd, const char *db) {
    if (opt->root) return ll_path_abs(a, NULL, opt->root);
    if (!db) return cwd;
    const char *dir = ll_path_dir(a, ll_path_abs(a, cwd, db)), *above = ll_path_dir(a, dir);
    if (within(cwd, dir)) return cwd;
    return is_build_dir(a, dir) || (within(above, cwd) && !within(dir, cwd)) ? above : dir;
}

/* As it was kept, else made anew. */
static bool make(ll_arena *a, const src_options *how, const char *db, const src_notes *found, facts_cache *cache,
                 src_plan *out, ll_err *err) {
    src_options noted = *how;
    ll_hash key = plan_kept_key(cache, how, db, found);
    if (!ll_hash_is_none(key) && plan_recall(cache, a, key, out)) return true;
    noted.looks = src_looks_new();
    bool ok = src_plan_make(a, &noted, out, err);
    if (ok && !ll_hash_is_none(key)) plan_keep(cache, key, out, noted.looks);
    src_looks_free(noted.looks);
    return ok;
}

static void log_notes(ll_arena *a, const check_options *opt, const src_plan *p) {
    src_words lines = {0};
    src_notes_lines(a, &p->notes, &lines);
    for (uint32_t i = 0; i < lines.n && !opt->quiet; i++) fprintf(opt->log, "lifelint: %s\n", lines.v[i]);
}

const char *plan_root(ll_arena *a, const check_options *opt, bool *has_commands) {
    const char *cwd = ll_path_abs(a, NULL, "."), *db = find_db(a, opt, cwd, NULL);
    *has_commands = db || opt->has_flags;
    return find_root(a, opt, cwd, db);
}

bool plan_check(ll_arena *a, const check_options *opt, plan *out, ll_err *err) {
    const plan_state disk = {0};
    return plan_check_state(a, opt, &disk, out, err);
}

bool plan_check_state(ll_arena *a, const check_options *opt, const plan_state *state, plan *out, ll_err *err) {
    src_notes found = {.arena = a};
    const char *cwd = ll_path_abs(a, NULL, "."), *db = find_db(a, opt, cwd, &found);
    *out = (plan){.root = find_root(a, opt, cwd, db)};
    const src_options how = {.cwd = cwd,
                             .root = out->root,
                             .build_dir = opt->build_dir,
                             .files = opt->files.v,
                             .nfiles = opt->files.n,
                             .excludes = opt->excludes.v,
                             .nexcludes = opt->excludes.n,
                             .flags = opt->flags.v,
                             .nflags = opt->flags.n,
                             .has_flags = opt->has_flags,
                             .view = state->view,
                             .stand_ins = state->stand_ins,
                             .nstand_ins = state->nstand_ins};
    src_plan p = {0};
    bool ok = make(a, &how, db, &found, state->cache, &p, err);
    log_notes(a, opt, &p);
    out->db_path = p.db_path;
    out->whole = p.whole && !opt->has_flags;
    for (uint32_t i = 0; ok && i < p.units.n; i++) {
        const src_unit *u = &p.units.v[i];
        const fe_request rq = {.file = u->file,
                               .dir = u->dir,
                               .root = out->root,
                               .args = u->args,
                               .nargs = (int)u->nargs,
                               .view = state->view};
        LL_PUSH(a, &out->requests, rq);
        LL_PUSH(a, &out->guessed, u->guessed);
    }
    /* A damaged database is bad input; none at all means that the command line was not complete. */
    if (!ok && !db && !opt->has_flags) err->code = LL_E_USAGE;
    return ok;
}
