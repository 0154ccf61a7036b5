/* States of a git repository as views of files: a revision, the index, the work tree, and what differs between them.
 *
 * Read-only: nothing is checked out, no index is written, no filter program or hook of the repository is run. Bytes
 * are those a checkout would write as far as git itself makes them (line ends, $Id$).
 *
 * What git does not know (generated headers, the build directory) has no state: every view takes it from the disk. */
#ifndef LL_SOURCE_OVERLAY_GIT_H
#define LL_SOURCE_OVERLAY_GIT_H

#include "base/array.h"
#include "source/overlay.h"

typedef struct src_git src_git;

typedef enum src_state_kind {
    SRC_STATE_EMPTY,    /* before the first commit: no file at all */
    SRC_STATE_REVISION, /* a commit */
    SRC_STATE_INDEX,    /* what is staged */
    SRC_STATE_DISK      /* the work tree as it is */
} src_state_kind;

typedef struct src_state {
    src_state_kind kind;
    char commit[41]; /* hex; of the index and the disk: HEAD's, "" before the first commit */
    bool dirty;      /* SRC_STATE_DISK: tracked files differ from HEAD; SRC_STATE_INDEX: the index does */
} src_state;

/* The repository `dir` lies in. False (LL_E_USAGE): none, or one without a work tree, or not to be trusted; one line
 * says how to mend it. A hook's GIT_INDEX_FILE is heeded. */
bool src_git_open(const char *dir, src_git **out, ll_err *err);
void src_git_free(src_git *g);             /* NULL is allowed */
const char *src_git_top(const src_git *g); /* top of the work tree: absolute, real, no slash at the end */

/* `name`: anything git rev-parse takes that names a commit. False (LL_E_USAGE): unknown, or beyond a shallow clone. */
bool src_git_revision(src_git *g, const char *name, src_state *out, ll_err *err);
/* HEAD; SRC_STATE_EMPTY before the first commit. */
bool src_git_head(src_git *g, src_state *out, ll_err *err);
bool src_git_index(src_git *g, src_state *out, ll_err *err); /* false (LL_E_USAGE): it has conflicts */
bool src_git_disk(src_git *g, src_state *out, ll_err *err);
/* The commit where the two histories part. *found false: they share none (both complete). False (LL_E_USAGE): cannot be
 * told in a shallow clone. */
bool src_git_merge_base(src_git *g, const src_state *x, const src_state *y, src_state *out, bool *found, ll_err *err);
/* Whether `commit` (hex) is `of` or in its history; false when it is not known here. */
bool src_git_is_ancestor(src_git *g, const char *commit, const src_state *of);

/* What could not be had as it was in a state: read from the disk instead, or not at all. */
typedef struct src_git_gaps {
    LL_ARRAY(const char *) lines; /* "submodule lib/x: commit 0123abc is not here, its files are taken …" */
} src_git_gaps;

/* Fills `o` with what tells the state from the disk (nothing for SRC_STATE_DISK); call src_overlay_settle after it. */
bool src_git_overlay(src_git *g, const src_state *state, ll_arena *a, src_overlay *o, src_git_gaps *gaps, ll_err *err);

typedef struct src_git_paths {
    LL_ARRAY(const char *) items;
} src_git_paths;

typedef enum src_delta_kind { SRC_DELTA_CHANGED, SRC_DELTA_ADDED, SRC_DELTA_DELETED, SRC_DELTA_RENAMED } src_delta_kind;
typedef struct src_delta {
    src_delta_kind kind;
    const char *before, *after; /* relative to the top; NULL where there is none */
} src_delta;
typedef struct src_deltas {
    LL_ARRAY(src_delta) items;
} src_deltas;

/* What differs, renamed files paired by the likeness of their contents. `from` is no disk state. */
bool src_git_deltas(src_git *g, const src_state *from, const src_state *to, ll_arena *a, src_deltas *out, ll_err *err);

/* Whether git tracks the path (relative to the top) now, and whether it is told to ignore it. */
bool src_git_tracks(src_git *g, const char *path);
bool src_git_ignores(src_git *g, const char *path);

/* Where git looks for hooks: core.hooksPath, or the repository's own directory. Absolute. */
const char *src_git_hooks(src_git *g, ll_arena *a);
/* Paths of submodules, relative to the top. */
void src_git_submodules(src_git *g, ll_arena *a, src_git_paths *out);

/* Line numbers across an edit; white space within lines does not count. */
typedef struct src_lines {
    const int32_t *map; /* map[i]: what line i + 1 became, 0: changed or gone */
    int32_t n;
} src_lines;
src_lines src_git_lines(ll_arena *a, const char *before, size_t nbefore, const char *after, size_t nafter);

#endif
