#define _GNU_SOURCE
#include "source/overlay_git.h"

#include <git2.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "source/overlay_repo.h"

const char *src_git_message(void) {
    const git_error *e = git_error_last();
    return e && e->message ? e->message : "no reason given";
}

bool src_git_broken(const char *doing, ll_err *err) {
    return ll_fail(err, LL_E_INPUT, "git: %s: %s", doing, src_git_message());
}

/* A hook of `git commit -a` or `git commit FILE` is given another index than the repository's own. It must be one
 * of this repository: a hook may well start us somewhere else. */
static void take_index_of_hook(src_git *g) {
    const char *named = getenv("GIT_INDEX_FILE");
    ll_arena *tmp = ll_arena_new("index");
    const char *path = named && *named ? ll_path_real(tmp, named) : NULL;
    const char *dir = ll_path_abs(tmp, NULL, git_repository_path(g->repo));
    git_index *index = NULL;
    if (path && ll_path_under(dir, path) != path && ll_is_file(path) && git_index_open(&index, path) == 0)
        git_repository_set_index(g->repo, index);
    git_index_free(index);
    ll_arena_free(tmp);
}

/* Starting libgit2 reads every certificate of the system: half the time of a run that finds nothing changed. Where
 * there is no repository at all, it need not be started. */
static bool may_be_in_repository(const char *dir) {
    ll_arena *a = ll_arena_new("git");
    bool found = false;
    for (const char *at = ll_path_real(a, dir);; at = ll_path_dir(a, at)) {
        const char *git = ll_path_join(a, at, ".git");
        found = ll_is_dir(git) || ll_is_file(git) || ll_is_file(ll_path_join(a, at, "HEAD"));
        if (found || !strchr(at, '/') || strcmp(at, "/") == 0) break;
    }
    ll_arena_free(a);
    return found;
}

bool src_git_open(const char *dir, src_git **out, ll_err *err) {
    *out = NULL;
    if (!may_be_in_repository(dir)) return ll_fail(err, LL_E_USAGE, "%s: not in a git repository", dir);
    if (!src_git_start(err)) return false;
    src_git *g = ll_xcalloc(1, sizeof *g);
    int got = git_repository_open_ext(&g->repo, dir, 0, NULL);
    *out = g;
    if (got == GIT_EOWNER)
        return ll_fail(err, LL_E_USAGE,
                       "%s: the git repository belongs to another user; if you trust it: git config --global --add "
                       "safe.directory %s",
                       dir, dir);
    if (got == GIT_ENOTFOUND) return ll_fail(err, LL_E_USAGE, "%s: not in a git repository", dir);
    if (got != 0) return ll_fail(err, LL_E_USAGE, "%s: cannot open the git repository: %s", dir, src_git_message());
    const char *top = git_repository_workdir(g->repo);
    if (!top) return ll_fail(err, LL_E_USAGE, "%s: a bare git repository; a work tree is needed", dir);
    g->arena = ll_arena_new("git");
    g->top = ll_path_real(g->arena, top);
    take_index_of_hook(g);
    return true;
}

void src_git_free(src_git *g) {
    if (!g) return;
    git_repository_free(g->repo);
    if (g->arena) ll_arena_free(g->arena);
    free(g);
    git_libgit2_shutdown();
}

const char *src_git_top(const src_git *g) {
    return g->top;
}

/* ---- states ---- */

static bool set_commit(const git_oid *id, src_state *out) {
    *out = (src_state){.kind = SRC_STATE_REVISION};
    git_oid_tostr(out->commit, sizeof out->commit, id);
    return true;
}

static bool is_shallow(src_git *g) {
    return git_repository_is_shallow(g->repo) == 1;
}

#define DEEPEN "git fetch --deepen=100 (or --unshallow), or compare with a report: --baseline FILE"

bool src_git_revision(src_git *g, const char *name, src_state *out, ll_err *err) {
    git_object *object = NULL, *commit = NULL;
    int got = git_revparse_single(&object, g->repo, name);
    if (got == 0) got = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    bool ok = got == 0 && set_commit(git_object_id(commit), out);
    git_object_free(commit);
    git_object_free(object);
    if (ok) return true;
    if (got == GIT_EAMBIGUOUS)
        return ll_fail(err, LL_E_USAGE, "'%s' names more than one commit; write more of it", name);
    if (is_shallow(g)) return ll_fail(err, LL_E_USAGE, "unknown revision '%s'; this is a shallow clone: " DEEPEN, name);
    return ll_fail(err, LL_E_USAGE, "unknown revision '%s'; is its branch fetched? (git fetch origin, git branch -a)",
                   name);
}

bool src_git_head(src_git *g, src_state *out, ll_err *err) {
    git_oid id;
    int got = git_reference_name_to_id(&id, g->repo, "HEAD");
    *out = (src_state){.kind = SRC_STATE_EMPTY};
    if (got == GIT_ENOTFOUND) return true;
    return got == 0 ? set_commit(&id, out) : src_git_broken("HEAD", err);
}

static bool any_delta(git_diff *diff) {
    bool any = git_diff_num_deltas(diff) > 0;
    git_diff_free(diff);
    return any;
}

bool src_git_index(src_git *g, src_state *out, ll_err *err) {
    git_index *index = NULL;
    git_tree *tree = NULL;
    git_diff *diff = NULL;
    if (!src_git_head(g, out, err)) return false;
    bool ok = git_repository_index(&index, g->repo) == 0 && git_index_read(index, 0) == 0;
    if (ok && git_index_has_conflicts(index)) {
        git_index_free(index);
        return ll_fail(err, LL_E_USAGE, "the index has unmerged files; resolve the conflicts first (git status)");
    }
    ok = ok && src_git_tree(g, out, &tree, err) && git_diff_tree_to_index(&diff, g->repo, tree, index, NULL) == 0;
    git_tree_free(tree);
    git_index_free(index);
    if (!ok) return src_git_broken("reading the index", err);
    out->kind = SRC_STATE_INDEX;
    out->dirty = any_delta(diff);
    return true;
}

bool src_git_disk(src_git *g, src_state *out, ll_err *err) {
    git_tree *tree = NULL;
    git_diff *diff = NULL;
    git_diff_options opt;
    git_diff_options_init(&opt, GIT_DIFF_OPTIONS_VERSION);
    opt.flags = GIT_DIFF_IGNORE_SUBMODULES;
    if (!src_git_head(g, out, err) || !src_git_tree(g, out, &tree, err)) return false;
    bool ok = git_diff_tree_to_workdir_with_index(&diff, g->repo, tree, &opt) == 0;
    git_tree_free(tree);
    if (!ok) return src_git_broken("comparing the work tree with HEAD", err);
    out->kind = SRC_STATE_DISK;
    out->dirty = any_delta(diff);
    return true;
}

bool src_git_tree(src_git *g, const src_state *s, git_tree **out, ll_err *err) {
    git_oid id;
    git_commit *commit = NULL;
    *out = NULL;
    if (!s->commit[0]) return true;
    bool ok = git_oid_fromstr(&id, s->commit) == 0 && git_commit_lookup(&commit, g->repo, &id) == 0 &&
              git_commit_tree(out, commit) == 0;
    git_commit_free(commit);
    return ok || src_git_broken(s->commit, err);
}

bool src_git_merge_base(src_git *g, const src_state *x, const src_state *y, src_state *out, bool *found, ll_err *err) {
    git_oid a, b, base;
    *found = false;
    if (!x->commit[0] || !y->commit[0]) return true;
    if (git_oid_fromstr(&a, x->commit) != 0 || git_oid_fromstr(&b, y->commit) != 0)
        return src_git_broken("merge base", err);
    int got = git_merge_base(&base, g->repo, &a, &b);
    if (got == 0) {
        *found = true;
        return set_commit(&base, out);
    }
    if (got == GIT_ENOTFOUND && !is_shallow(g)) return true;
    if (is_shallow(g))
        return ll_fail(err, LL_E_USAGE, "%.12s and %.12s do not meet in this shallow clone: " DEEPEN, x->commit,
                       y->commit);
    return src_git_broken("merge base", err);
}

bool src_git_is_ancestor(src_git *g, const char *commit, const src_state *of) {
    git_oid a, b;
    if (!of->commit[0] || git_oid_fromstr(&a, commit) != 0 || git_oid_fromstr(&b, of->commit) != 0) return false;
    return git_oid_equal(&a, &b) || git_graph_descendant_of(g->repo, &b, &a) == 1;
}

/* ---- what differs ---- */

static const char *relative(ll_arena *a, const char *path) {
    return path ? ll_strdup(a, path) : NULL;
}

static void add_delta(ll_arena *a, const git_diff_delta *d, src_deltas *out) {
    const char *before = relative(a, d->old_file.path), *after = relative(a, d->new_file.path);
    src_delta row = {SRC_DELTA_CHANGED, before, after};
    if (d->status == GIT_DELTA_ADDED || d->status == GIT_DELTA_UNTRACKED)
        row = (src_delta){SRC_DELTA_ADDED, NULL, after};
    else if (d->status == GIT_DELTA_DELETED)
        row = (src_delta){SRC_DELTA_DELETED, before, NULL};
    else if (d->status == GIT_DELTA_RENAMED)
        row.kind = SRC_DELTA_RENAMED;
    LL_PUSH(a, &out->items, row);
}

static bool diff_states(src_git *g, const src_state *from, const src_state *to, git_diff **out, ll_err *err) {
    git_tree *x = NULL, *y = NULL;
    git_diff_options opt;
    git_diff_options_init(&opt, GIT_DIFF_OPTIONS_VERSION);
    opt.flags = GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_INCLUDE_TYPECHANGE;
    bool ok = src_git_tree(g, from, &x, err);
    if (ok && to->kind == SRC_STATE_DISK)
        ok = git_diff_tree_to_workdir_with_index(out, g->repo, x, &opt) == 0;
    else if (ok && to->kind == SRC_STATE_INDEX)
        ok = git_diff_tree_to_index(out, g->repo, x, NULL, &opt) == 0;
    else if (ok)
        ok = src_git_tree(g, to, &y, err) && git_diff_tree_to_tree(out, g->repo, x, y, &opt) == 0;
    git_tree_free(x);
    git_tree_free(y);
    return ok || src_git_broken("comparing the two states", err);
}

bool src_git_deltas(src_git *g, const src_state *from, const src_state *to, ll_arena *a, src_deltas *out, ll_err *err) {
    git_diff *diff = NULL;
    git_diff_find_options how;
    git_diff_find_options_init(&how, GIT_DIFF_FIND_OPTIONS_VERSION);
    how.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_IGNORE_WHITESPACE;
    *out = (src_deltas){0};
    if (!diff_states(g, from, to, &diff, err)) return false;
    bool ok = git_diff_find_similar(diff, &how) == 0 || src_git_broken("looking for renamed files", err);
    for (size_t i = 0; ok && i < git_diff_num_deltas(diff); i++) add_delta(a, git_diff_get_delta(diff, i), out);
    git_diff_free(diff);
    return ok;
}

bool src_git_tracks(src_git *g, const char *path) {
    git_index *index = NULL;
    bool found = git_repository_index(&index, g->repo) == 0 && git_index_get_bypath(index, path, 0) != NULL;
    git_index_free(index);
    return found;
}

bool src_git_ignores(src_git *g, const char *path) {
    int ignored = 0;
    return git_ignore_path_is_ignored(&ignored, g->repo, path) == 0 && ignored;
}

const char *src_git_hooks(src_git *g, ll_arena *a) {
    git_config *config = NULL;
    git_buf path = GIT_BUF_INIT;
    const char *hooks = ll_path_join(a, git_repository_commondir(g->repo), "hooks");
    if (git_repository_config_snapshot(&config, g->repo) == 0 &&
        git_config_get_path(&path, config, "core.hooksPath") == 0 && path.size)
        hooks = path.ptr;
    hooks = ll_path_abs(a, g->top, hooks);
    git_buf_dispose(&path);
    git_config_free(config);
    return hooks;
}

void src_git_submodules(src_git *g, ll_arena *a, src_git_paths *out) {
    git_index *index = NULL;
    *out = (src_git_paths){0};
    if (git_repository_index(&index, g->repo) != 0) return;
    for (size_t i = 0; i < git_index_entrycount(index); i++) {
        const git_index_entry *e = git_index_get_byindex(index, i);
        if (e->mode == GIT_FILEMODE_COMMIT) LL_PUSH(a, &out->items, ll_strdup(a, e->path));
    }
    git_index_free(index);
}

/* ---- lines ---- */

typedef struct line_walk {
    int32_t *map;
    int32_t n, old, new; /* first lines not yet mapped */
} line_walk;

static void copy_until(line_walk *w, int32_t old) {
    for (; w->old < old && w->old <= w->n; w->old++, w->new ++) w->map[w->old - 1] = w->new;
}

/* Without context a hunk is what was taken out and what was put in; one that takes out nothing names the line before.
 */
static int on_hunk(const git_diff_delta *d, const git_diff_hunk *h, void *payload) {
    (void)d;
    line_walk *w = payload;
    copy_until(w, h->old_lines ? h->old_start : h->old_start + 1);
    w->old += h->old_lines;
    w->new += h->new_lines;
    return 0;
}

static int32_t count_lines(const char *text, size_t n) {
    int32_t lines = n && text[n - 1] != '\n';
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

src_lines src_git_lines(ll_arena *a, const char *before, size_t nbefore, const char *after, size_t nafter) {
    git_diff_options opt;
    line_walk w = {.n = count_lines(before, nbefore), .old = 1, .new = 1};
    w.map = LL_NEWN(a, int32_t, w.n + 1);
    if (!src_git_start(NULL)) return (src_lines){w.map, w.n};
    git_diff_options_init(&opt, GIT_DIFF_OPTIONS_VERSION);
    opt.context_lines = 0;
    opt.flags = GIT_DIFF_IGNORE_WHITESPACE | GIT_DIFF_FORCE_TEXT;
    if (git_diff_buffers(before, nbefore, NULL, after, nafter, NULL, &opt, NULL, NULL, on_hunk, NULL, &w) == 0)
        copy_until(&w, w.n + 1);
    git_libgit2_shutdown();
    return (src_lines){w.map, w.n};
}
