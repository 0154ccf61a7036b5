/* Inside of the comparison of two git states: the sides, and how their findings are told apart. */
#ifndef LL_PIPELINE_DIFF_SIDES_H
#define LL_PIPELINE_DIFF_SIDES_H

#include "finding/match.h"
#include "pipeline/check.h"
#include "source/overlay_git.h"

typedef struct diff_side {
    src_state state;
    src_overlay *view; /* NULL: the disk */
    plan units;
    const pipeline_analysis *analysis;
    finding_list findings;
} diff_side;

typedef struct diff_run {
    const check_options *opt;
    check_result *r;
    ll_arena *a;
    src_git *git;
    check_database db;
    const char *root, *real_root; /* absolute; symbolic links followed */
    diff_side base, head;
    src_deltas deltas;
    bool with_bodies; /* units that are known come with them, too */
    bool lost_bodies; /* one was wanted that is gone: what was concluded is worth nothing */
} diff_run;

/* ---- diff_sides.c ---- */

/* Opens the repository and names the two states; notes go to the log. */
bool diff_resolve(diff_run *d, ll_err *err);
/* Makes the two views from the states and d->deltas: not deployed yet. */
bool diff_make_views(diff_run *d, ll_err *err);
/* Plans both sides, and deploys the views. */
bool diff_plan(diff_run *d, ll_err *err);
/* Links that git does not know of (a build directory's) may lead to files that differ: makes them other names in both
 * views. *head_again: the head was read past its view, and has to be read again. */
bool diff_follow_links(diff_run *d, bool *head_again, ll_err *err);
/* Files that git knows nothing of, read by the head's units: one line on the log. */
void diff_say_untracked(const diff_run *d);
/* `path` (relative to the top of the work tree) as findings spell it. */
const char *diff_spelling(const diff_run *d, const char *path);

/* ---- diff_shared.c ---- */

/* One a unit of the base: the head's facts where they are the base's too, else unit NULL. In the run's arena. */
facts_unit *diff_shared_facts(diff_run *d);

/* ---- diff_match.c ---- */

/* Fills r->run, r->summary and r->fixed. */
void diff_compare(diff_run *d);

#endif
