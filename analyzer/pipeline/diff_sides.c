/* The two states of a comparison: which they are, how their files are seen, which units they have. */
#define _GNU_SOURCE
#include "pipeline/diff_sides.h"

#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "source/source.h"

enum { MAX_UNTRACKED_SHOWN = 3 };

/* ---- which states ---- */

static bool resolve_staged(diff_run *d, ll_err *err) {
    const char *base = d->opt->against.base;
    return src_git_index(d->git, &d->head.state, err) &&
           (base ? src_git_revision(d->git, base, &d->base.state, err) : src_git_head(d->git, &d->base.state, err));
}

static bool resolve_head(diff_run *d, ll_err *err) {
    const char *head = d->opt->against.head;
    src_state disk;
    if (!src_git_disk(d->git, &disk, err)) return false;
    if (!head) {
        d->head.state = disk;
        if (disk.dirty && !d->opt->quiet)
            check_log(d->opt, "note", NULL, "the work tree has uncommitted changes; they count as part of the change");
        return true;
    }
    if (!src_git_revision(d->git, head, &d->head.state, err)) return false;
    if (disk.dirty && strcmp(disk.commit, d->head.state.commit) == 0 && !d->opt->quiet)
        check_log(d->opt, "note", NULL, "the work tree has uncommitted changes; they are left out");
    return true;
}

static bool resolve_base(diff_run *d, ll_err *err) {
    const check_against *against = &d->opt->against;
    src_state meet;
    bool found;
    if (!src_git_revision(d->git, against->base ? against->base : "HEAD", &d->base.state, err)) return false;
    if (!src_git_merge_base(d->git, &d->base.state, &d->head.state, &meet, &found, err)) return false;
    if (found)
        d->base.state = meet;
    else if (!d->opt->quiet)
        check_log(d->opt, "note", NULL, "the two share no history; they are compared as they are");
    return true;
}

bool diff_resolve(diff_run *d, ll_err *err) {
    if (!src_git_open(d->root, &d->git, err)) return false;
    if (d->opt->against.staged) return resolve_staged(d, err);
    return resolve_head(d, err) && resolve_base(d, err);
}

/* ---- how their files are seen ---- */

static const char *full_path(const diff_run *d, const char *path) {
    return ll_path_join(d->a, src_git_top(d->git), path);
}

const char *diff_spelling(const diff_run *d, const char *path) {
    return ll_path_under(d->real_root, full_path(d, path));
}

/* A file that the other state has and this one does not, left on the disk after git forgot it. */
static void hide_unless_known(diff_run *d, src_overlay *view, const char *path) {
    const char *full = full_path(d, path), *bytes;
    size_t n;
    if (view && src_overlay_find(view, full, &bytes, &n) == SRC_OVERLAY_NONE) src_overlay_hide(view, full);
}

static void hide_others(diff_run *d) {
    for (uint32_t i = 0; i < d->deltas.items.n; i++) {
        const src_delta *x = &d->deltas.items.v[i];
        if (x->kind == SRC_DELTA_CHANGED) continue;
        if (x->after) hide_unless_known(d, d->base.view, x->after);
        if (x->before) hide_unless_known(d, d->head.view, x->before);
    }
}

static bool fill(diff_run *d, diff_side *side, ll_err *err) {
    src_git_gaps gaps = {0};
    if (side->state.kind == SRC_STATE_DISK) return true;
    side->view = src_overlay_new();
    if (!src_git_overlay(d->git, &side->state, d->a, side->view, &gaps, err)) return false;
    for (uint32_t i = 0; i < gaps.lines.n && !d->opt->quiet; i++) check_log(d->opt, "note", NULL, gaps.lines.v[i]);
    return true;
}

/* The project may be known by a path with symbolic links in it, to us or to the compile commands. */
static void add_spelling(src_overlay *view, const char *spelled, const char *real) {
    size_t n = strlen(spelled), m = strlen(real);
    while (n && m && spelled[n - 1] == real[m - 1]) n--, m--;
    while (spelled[n] && spelled[n] != '/') n++, m++;
    if (!view || !n || !m) return;
    ll_arena *tmp = ll_arena_new("spelling");
    src_overlay_alias(view, ll_strndup(tmp, spelled, n), ll_strndup(tmp, real, m));
    ll_arena_free(tmp);
}

bool diff_make_views(diff_run *d, ll_err *err) {
    if (!fill(d, &d->head, err) || !fill(d, &d->base, err)) return false;
    hide_others(d);
    diff_side *sides[] = {&d->base, &d->head};
    for (int i = 0; i < 2; i++) {
        if (!sides[i]->view) continue;
        if (strcmp(d->root, d->real_root) != 0) add_spelling(sides[i]->view, d->root, d->real_root);
        src_overlay_settle(sides[i]->view);
    }
    return true;
}

/* ---- which units they have ---- */

static bool is_source(const char *path) {
    src_kind kind = src_kind_of(path);
    return kind == SRC_C || kind == SRC_CXX;
}

typedef struct stand_ins {
    src_stand_in *v;
    uint32_t n, cap;
} stand_ins;

static void add_stand_in(diff_run *d, const char *own, const char *other, stand_ins *out) {
    if (!own || !is_source(own)) return;
    const char *file = full_path(d, own);
    for (uint32_t i = 0; i < out->n; i++)
        if (strcmp(out->v[i].file, file) == 0) return;
    LL_PUSH(d->a, out, (src_stand_in){file, other ? full_path(d, other) : NULL});
}

/* The database is that of the disk. A file that it does not know is read like the one it is now; one that was deleted
 * since like its neighbours. */
static bool since_then(diff_run *d, const diff_side *side, stand_ins *out, ll_err *err) {
    src_deltas since;
    src_state disk = {.kind = SRC_STATE_DISK};
    if (side->state.kind == SRC_STATE_DISK) return true;
    if (!src_git_deltas(d->git, &side->state, &disk, d->a, &since, err)) return false;
    for (uint32_t i = 0; i < since.items.n; i++) {
        const src_delta *x = &since.items.v[i];
        if (x->kind == SRC_DELTA_RENAMED || x->kind == SRC_DELTA_DELETED) add_stand_in(d, x->before, x->after, out);
    }
    return true;
}

/* Nor may the database know yet that a file was renamed. */
static bool state_of(diff_run *d, const diff_side *side, plan_state *out, ll_err *err) {
    stand_ins v = {0};
    if (!since_then(d, side, &v, err)) return false;
    for (uint32_t i = 0; i < d->deltas.items.n; i++) {
        const src_delta *x = &d->deltas.items.v[i];
        if (x->kind != SRC_DELTA_RENAMED) continue;
        if (side == &d->base)
            add_stand_in(d, x->before, x->after, &v);
        else
            add_stand_in(d, x->after, x->before, &v);
    }
    *out = (plan_state){.view = side->view, .stand_ins = v.v, .nstand_ins = v.n};
    return true;
}

/* A source that git has not been told of, in a work tree: as much a part of the change as a tracked one. What git is
 * told to ignore, or what lies in the build directory, was generated and is there in both states. */
static bool is_new_untracked(const diff_run *d, const plan *units, const char *file) {
    const char *bytes, *real = ll_path_real(d->a, file), *path = ll_path_under(src_git_top(d->git), real);
    size_t n;
    if (d->head.state.kind != SRC_STATE_DISK || path == real) return false;
    if (src_overlay_find(d->base.view, real, &bytes, &n) != SRC_OVERLAY_NONE || src_git_tracks(d->git, path))
        return false;
    const char *build = units->db_path ? ll_path_real(d->a, ll_path_dir(d->a, units->db_path)) : NULL;
    if (build && strcmp(build, d->real_root) != 0 && ll_path_under(build, real) != real) return false;
    return !src_git_ignores(d->git, path);
}

static void drop_new_untracked(diff_run *d) {
    plan *p = &d->base.units;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->requests.n; i++) {
        if (is_new_untracked(d, p, p->requests.v[i].file)) continue;
        p->guessed.v[kept] = p->guessed.v[i];
        p->requests.v[kept++] = p->requests.v[i];
    }
    p->requests.n = p->guessed.n = kept;
}

static void spell_units(diff_run *d, const plan *p) {
    const char *last = "";
    for (uint32_t i = 0; i < p->requests.n; i++) {
        const char *file = p->requests.v[i].file, *dir = ll_path_dir(d->a, file);
        if (strcmp(dir, last) == 0) continue;
        last = dir;
        const char *real = ll_path_real(d->a, dir);
        if (strcmp(real, dir) == 0) continue;
        add_spelling(d->base.view, dir, real);
        add_spelling(d->head.view, dir, real);
    }
}

static bool plan_base(diff_run *d, const check_options *opt, ll_err *err) {
    ll_err none = {0};
    plan_state state;
    check_options quiet = *opt;
    quiet.quiet = true;
    if (!state_of(d, &d->base, &state, err)) return false;
    if (d->base.state.kind == SRC_STATE_EMPTY || plan_check_state(d->a, &quiet, &state, &d->base.units, &none))
        return true;
    /* a state in which nothing of this is there yet has no findings */
    d->base.units = (plan){.root = d->root};
    return !d->opt->quiet ? (check_log(d->opt, "the base has no units", NULL, none.msg), true) : true;
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

bool diff_plan(diff_run *d, ll_err *err) {
    check_options planning = *d->opt;
    if (!planning.has_flags) planning.files = (pipeline_words){0};
    plan_state head;
    if (!state_of(d, &d->head, &head, err) || !plan_check_state(d->a, &planning, &head, &d->head.units, err))
        return false;
    if (!plan_base(d, &planning, err)) return false;
    drop_new_untracked(d);
    spell_units(d, &d->head.units);
    if (d->head.view) src_overlay_settle(d->head.view);
    src_overlay_settle(d->base.view);
    return src_overlay_deploy(d->head.view, err) && src_overlay_deploy(d->base.view, err);
}

/* ---- what git does not know ---- */

static uint32_t distinct_files(const diff_run *d, const char ***out) {
    LL_ARRAY(const char *) all = {0};
    for (uint32_t i = 0; i < d->head.analysis->nunits; i++) {
        const ir_unit *u = d->head.analysis->units[i].unit;
        for (uint32_t k = 0; u && k < u->files.n; k++) LL_PUSH(d->a, &all, u->files.v[k]);
    }
    if (all.n) qsort(all.v, all.n, sizeof *all.v, by_text);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all.n; i++)
        if (!i || strcmp(all.v[i], all.v[i - 1]) != 0) all.v[kept++] = all.v[i];
    *out = all.v;
    return kept;
}

static bool redeploy(src_overlay *view, ll_err *err) {
    if (!view) return true;
    src_overlay_retire(view);
    src_overlay_settle(view);
    return src_overlay_deploy(view, err);
}

static bool is_known(const src_overlay *view, const char *path) {
    const char *bytes;
    size_t n;
    return src_overlay_find(view, path, &bytes, &n) != SRC_OVERLAY_NONE;
}

bool diff_follow_links(diff_run *d, bool *head_again, ll_err *err) {
    const char **files;
    uint32_t n = distinct_files(d, &files);
    bool any = false;
    *head_again = false;
    for (uint32_t i = 0; i < n; i++) {
        if (is_known(d->base.view, files[i]) || is_known(d->head.view, files[i])) continue;
        const char *real = ll_path_real(d->a, files[i]);
        bool at_head = is_known(d->head.view, real);
        if (strcmp(real, files[i]) == 0 || (!at_head && !is_known(d->base.view, real))) continue;
        src_overlay_alias(d->base.view, files[i], real);
        if (d->head.view) src_overlay_alias(d->head.view, files[i], real);
        *head_again |= at_head;
        any = true;
    }
    return !any || (redeploy(d->base.view, err) && redeploy(d->head.view, err));
}

void diff_say_untracked(const diff_run *d) {
    const char **files;
    uint32_t n = distinct_files(d, &files), found = 0;
    ll_strbuf text = {0};
    for (uint32_t i = 0; i < n; i++) {
        const char *bytes, *file = files[i];
        size_t len;
        if (src_overlay_find(d->base.view, file, &bytes, &len) != SRC_OVERLAY_NONE) continue;
        const char *path = ll_path_under(src_git_top(d->git), file);
        if (path == file) path = ll_path_under(d->root, file);
        if (path == file || src_git_tracks(d->git, path)) continue;
        if (found++ < MAX_UNTRACKED_SHOWN) ll_sb_printf(&text, "%s%s", found > 1 ? ", " : "", path);
    }
    if (found > MAX_UNTRACKED_SHOWN) ll_sb_printf(&text, " and %u more", found - MAX_UNTRACKED_SHOWN);
    if (found)
        check_log(d->opt, "note", NULL,
                  ll_printf(d->a, "not known to git, so taken as on the disk in both states: %s", ll_sb_str(&text)));
    ll_sb_free(&text);
}
