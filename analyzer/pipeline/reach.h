/* Which of the folders that -I names a unit can find anything in.
 *
 * A compiler tries one folder after the other for every header, and a command line may name twenty of them. The names
 * that a unit and all headers it might reach mention after #include, in whatever branch, are looked up in listings of
 * the folders once; a folder that has none of them, nor anything with the name of a system's header, is left out. */
#ifndef LL_PIPELINE_REACH_H
#define LL_PIPELINE_REACH_H

#include "pipeline/search_dirs.h"

typedef struct reach reach;

/* In `a`, until reach_free; `s` is borrowed. */
reach *reach_new(ll_arena *a, search_dirs *s);
void reach_free(reach *r);

/* Takes out of `search`, the request's folders, those that make no difference. Where that cannot be told (a name made
 * by a macro, __has_include), it leaves all. */
void reach_prune(reach *r, const fe_request *rq, search_list *search);

#endif
