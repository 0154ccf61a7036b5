/* A state of a repository as an overlay over the disk.
 *
 * Only what differs from the disk is read: paths in which the state differs from the index, and paths in which the
 * index differs from the work tree (which git knows from file times, without reading). Of those the state's tree is
 * asked; a path it does not have is hidden. Symbolic links that git tracks are other names of what they point to.
 * A submodule is a repository in the state its commit says, so it goes the same way with the names below its path. */
#include <git2.h>
#include <string.h>

#include "base/sys.h"
#include "source/overlay_repo.h"

enum { MAX_SUBMODULE_DEPTH = 8 };

typedef struct filler {
    src_git *g;
    const src_state *state;
    git_tree *tree;   /* SRC_STATE_REVISION */
    git_index *index; /* of the repository; the state itself for SRC_STATE_INDEX */
    ll_arena *a;
    src_overlay *o;
    src_git_gaps *gaps;
    int depth;
    LL_ARRAY(const char *) links; /* tracked links that differ from the disk */
    ll_err *err;
} filler;

typedef struct object { /* what a state has under a path */
    git_oid id;
    uint32_t mode; /* 0: nothing */
} object;

static void gap(filler *f, const char *line) {
    LL_PUSH(f->a, &f->gaps->lines, line);
}

static object look_up(filler *f, const char *path) {
    object o = {0};
    if (f->state->kind == SRC_STATE_INDEX) {
        const git_index_entry *e = git_index_get_bypath(f->index, path, 0);
        if (e) o = (object){e->id, e->mode};
    } else if (f->tree) {
        git_tree_entry *e = NULL;
        if (git_tree_entry_bypath(&e, f->tree, path) == 0)
            o = (object){*git_tree_entry_id(e), (uint32_t)git_tree_entry_filemode(e)};
        git_tree_entry_free(e);
        if (o.mode == GIT_FILEMODE_TREE) o.mode = 0; /* what was a file is a directory there */
    }
    return o;
}

static bool put_blob(filler *f, const char *path, const char *full, const git_oid *id) {
    git_blob *blob = NULL;
    git_buf bytes = GIT_BUF_INIT;
    git_blob_filter_options opt;
    git_blob_filter_options_init(&opt, GIT_BLOB_FILTER_OPTIONS_VERSION);
    if (git_blob_lookup(&blob, f->g->repo, id) != 0) return src_git_broken(path, f->err);
    bool ok = git_blob_filter(&bytes, blob, path, &opt) == 0;
    if (ok)
        src_overlay_put(f->o, full, bytes.ptr, bytes.size);
    else
        src_overlay_put(f->o, full, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    git_buf_dispose(&bytes);
    git_blob_free(blob);
    return true;
}

static const char *link_target(filler *f, const char *full, const git_oid *id) {
    git_blob *blob = NULL;
    if (git_blob_lookup(&blob, f->g->repo, id) != 0) return NULL;
    const char *text = ll_strndup(f->a, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
    git_blob_free(blob);
    return ll_path_abs(f->a, ll_path_dir(f->a, full), text);
}

static bool take(filler *f, const char *path) {
    const char *full = ll_path_join(f->a, f->g->top, path), *bytes;
    size_t n;
    if (src_overlay_find(f->o, full, &bytes, &n) != SRC_OVERLAY_NONE) return true;
    object o = look_up(f, path);
    if (o.mode == GIT_FILEMODE_COMMIT) return true; /* see submodules() */
    src_overlay_hide(f->o, full);
    if (o.mode == GIT_FILEMODE_LINK) {
        LL_PUSH(f->a, &f->links, ll_strdup(f->a, path));
        return true;
    }
    return !o.mode || put_blob(f, path, full, &o.id);
}

static bool take_all(filler *f, git_diff *diff) {
    bool ok = true;
    for (size_t i = 0; ok && i < git_diff_num_deltas(diff); i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);
        ok = take(f, d->old_file.path) && take(f, d->new_file.path);
    }
    git_diff_free(diff);
    return ok;
}

static bool take_differences(filler *f) {
    git_diff_options opt;
    git_diff_options_init(&opt, GIT_DIFF_OPTIONS_VERSION);
    git_diff *staged = NULL, *unstaged = NULL;
    opt.flags = GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_INCLUDE_TYPECHANGE;
    bool ok = git_diff_index_to_workdir(&unstaged, f->g->repo, f->index, &opt) == 0 &&
              (f->state->kind == SRC_STATE_INDEX ||
               git_diff_tree_to_index(&staged, f->g->repo, f->tree, f->index, &opt) == 0);
    if (!ok) {
        git_diff_free(unstaged);
        return src_git_broken("comparing with the work tree", f->err);
    }
    ok = take_all(f, unstaged);
    return (!staged || take_all(f, staged)) && ok;
}

/* ---- entries of the index that need a look of their own ---- */

static bool submodule(filler *f, const char *path, const git_oid *id) {
    filler sub = *f;
    src_git inner = {.arena = f->a, .top = ll_path_join(f->a, f->g->top, path)};
    src_state state = {.kind = SRC_STATE_REVISION};
    git_commit *commit = NULL;
    git_oid_tostr(state.commit, sizeof state.commit, id);
    bool here = f->depth < MAX_SUBMODULE_DEPTH && git_repository_open(&inner.repo, inner.top) == 0;
    if (!here) {
        gap(f, ll_printf(f->a, "submodule %s is not checked out here; its files are missing", path));
        return true;
    }
    bool ok = true;
    if (git_commit_lookup(&commit, inner.repo, id) == 0) {
        git_commit_free(commit);
        sub.depth++;
        ok = src_git_overlay_at(&inner, &state, f->a, f->o, f->gaps, sub.depth, f->err);
    } else {
        gap(f, ll_printf(f->a, "submodule %s: commit %.12s is not fetched; its files are taken as they are now", path,
                         state.commit));
    }
    git_repository_free(inner.repo);
    return ok;
}

/* Links that are the same here and there still lead to files that are not; entries whose changes git was told not to
 * look for have to be compared as any other. */
static bool special_entries(filler *f) {
    bool ok = true;
    for (size_t i = 0; ok && i < git_index_entrycount(f->index); i++) {
        const git_index_entry *e = git_index_get_byindex(f->index, i);
        if (e->mode == GIT_FILEMODE_COMMIT) {
            object o = look_up(f, e->path);
            if (o.mode == GIT_FILEMODE_COMMIT) ok = submodule(f, e->path, &o.id);
        } else if (e->mode == GIT_FILEMODE_LINK) {
            const char *full = ll_path_join(f->a, f->g->top, e->path), *bytes, *target;
            size_t n;
            if (src_overlay_find(f->o, full, &bytes, &n) != SRC_OVERLAY_NONE) continue;
            target = link_target(f, full, &e->id);
            if (target) src_overlay_alias(f->o, full, target);
        } else if ((e->flags & GIT_INDEX_ENTRY_VALID) || (e->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE)) {
            ok = take(f, e->path);
        }
    }
    return ok;
}

/* The link is not on the disk as it is in the state; what it points to may be. */
static bool changed_links(filler *f) {
    for (uint32_t i = 0; i < f->links.n; i++) {
        const char *full = ll_path_join(f->a, f->g->top, f->links.v[i]), *bytes;
        object o = look_up(f, f->links.v[i]);
        const char *target = link_target(f, full, &o.id);
        size_t n;
        char *text;
        if (!target) return src_git_broken(f->links.v[i], f->err);
        if (src_overlay_find(f->o, target, &bytes, &n) == SRC_OVERLAY_BYTES)
            src_overlay_put(f->o, full, bytes, n);
        else if (src_overlay_is_file(f->o, target) && ll_read_file(f->a, target, 0, &text, &n, NULL))
            src_overlay_put(f->o, full, text, n);
        else if (ll_is_dir(target))
            gap(f, ll_printf(f->a, "%s is a link to a directory that is not on the disk; files below it are missing",
                             f->links.v[i]));
    }
    return true;
}

bool src_git_overlay_at(src_git *g, const src_state *state, ll_arena *a, src_overlay *o, src_git_gaps *gaps, int depth,
                        ll_err *err) {
    filler f = {.g = g, .state = state, .a = a, .o = o, .gaps = gaps, .depth = depth, .err = err};
    bool ok = git_repository_index(&f.index, g->repo) == 0 && git_index_read(f.index, 0) == 0;
    if (!ok) src_git_broken("reading the index", err);
    if (ok && state->kind == SRC_STATE_REVISION) ok = src_git_tree(g, state, &f.tree, err);
    ok = ok && take_differences(&f) && special_entries(&f) && changed_links(&f);
    git_tree_free(f.tree);
    git_index_free(f.index);
    return ok;
}

bool src_git_overlay(src_git *g, const src_state *state, ll_arena *a, src_overlay *o, src_git_gaps *gaps, ll_err *err) {
    if (state->kind == SRC_STATE_DISK) return true;
    return src_git_overlay_at(g, state, a, o, gaps, 0, err);
}
