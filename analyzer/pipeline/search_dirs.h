/* The folders that -I names, and what is in them: whether requests that differ in those alone find the same headers. */
#ifndef LL_PIPELINE_SEARCH_DIRS_H
#define LL_PIPELINE_SEARCH_DIRS_H

#include "base/arena.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "frontend/frontend.h"

typedef struct search_dir search_dir;
typedef LL_ARRAY(search_dir *) search_list;
typedef struct search_dirs search_dirs;

/* Folders are listed once. */
search_dirs *search_dirs_new(ll_arena *a);
void search_dirs_free(search_dirs *s);

/* Appends the request's folders of -I, in order, to `out` and its other arguments, one a line, to `others`. */
void search_dirs_of(search_dirs *s, const fe_request *rq, search_list *out, ll_strbuf *others);
/* Whether one of them has such a file: "sys/types.h". */
bool search_dirs_have(search_dirs *s, const search_list *l, const char *name);
/* The file that #include "name" leads to in a file of `folder`, or #include <name> without one (NULL), as far as it is
 * found there or by -I; NULL: it is not. */
const char *search_dirs_find(search_dirs *s, const fe_request *rq, const search_list *l, const char *folder,
                             const char *name);
/* Whether one of them may have been, or come, before the place where these files (absolute) were found: it has a file
 * by a name under which one of them may have been asked for. Files that the request's -include finds in its working
 * directory are found there by all. */
bool search_dirs_shadow(search_dirs *s, const search_list *l, const fe_request *rq, const char *const *files,
                        uint32_t nfiles);

/* All folders that were named so far, by number. */
uint32_t search_dirs_count(const search_dirs *s);
const search_dir *search_dirs_at(const search_dirs *s, uint32_t number);
uint32_t search_dir_number(const search_dir *d);
const char *search_dir_path(const search_dir *d);
/* Whether it has the first part of the name: "sys" of "sys/types.h". */
bool search_dir_mentions(const search_dir *d, const char *name);
/* The folders of the system's headers, and those that the request names by -isystem and the like, which have no number.
 */
void search_dirs_system(search_dirs *s, search_list *out);
void search_dirs_others(search_dirs *s, const fe_request *rq, search_list *out);
/* Those that it names by one of these: "-isystem". */
void search_dirs_by(search_dirs *s, const fe_request *rq, const char *flag, search_list *out);
/* Whether the folder and one of the list have something of the same name. */
bool search_dirs_clash(const search_dir *d, const search_list *l);
/* The request's arguments without those -I that are not in the list. */
const char *const *search_dirs_args(search_dirs *s, const fe_request *rq, const search_list *keep, int *n);

#endif
