/* Inside of overlay_git.c, overlay_tree.c and textdiff.c. */
#ifndef LL_SOURCE_OVERLAY_REPO_H
#define LL_SOURCE_OVERLAY_REPO_H

#include <git2.h>

#include "source/overlay_git.h"

struct src_git {
    git_repository *repo;
    ll_arena *arena;
    const char *top;
};

/* libgit2.c: before any other function of the library; git_libgit2_shutdown when done. False: it cannot be used. */
bool src_git_start(ll_err *err);
/* The state's committed tree; NULL before the first commit. */
bool src_git_tree(src_git *g, const src_state *s, git_tree **out, ll_err *err);
/* libgit2's last error as ours; returns false. */
bool src_git_broken(const char *doing, ll_err *err);
const char *src_git_message(void);
/* src_git_overlay for a repository `depth` submodules deep. */
bool src_git_overlay_at(src_git *g, const src_state *state, ll_arena *a, src_overlay *o, src_git_gaps *gaps, int depth,
                        ll_err *err);

#endif
