/* One view of files: path -> bytes.
 *
 * What is analysed is not always what lies on the disk: an editor's unsaved buffer, what is staged for the next
 * commit, a revision that is not checked out. An overlay says in which paths such a view differs from the disk: other
 * bytes, or a file that must not be seen. Everything else is the disk. NULL stands for the disk alone wherever a
 * `const src_overlay *` is taken.
 *
 * Paths are absolute and lexically normal. The compiler's library reads the view through a virtual file system
 * description (clang's -ivfsoverlay) over copies in a private directory: its unsaved files alone cannot hide a file,
 * and one that is not on the disk is found there under one spelling only, not as "dir/../file.h". */
#ifndef LL_SOURCE_OVERLAY_H
#define LL_SOURCE_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

typedef struct src_overlay src_overlay;

src_overlay *src_overlay_new(void);
void src_overlay_free(src_overlay *o); /* NULL is allowed */

/* The file has these bytes (copied). */
void src_overlay_put(src_overlay *o, const char *path, const void *bytes, size_t n);
/* The file is not there. */
void src_overlay_hide(src_overlay *o, const char *path);
/* `link` (a file or a directory) is another name of `target`, also for what is put or hidden later. */
void src_overlay_alias(src_overlay *o, const char *link, const char *target);
/* Carries entries over to their other names; call after the last change and before reading. */
void src_overlay_settle(src_overlay *o);

typedef enum src_overlay_kind { SRC_OVERLAY_NONE, SRC_OVERLAY_BYTES, SRC_OVERLAY_HIDDEN } src_overlay_kind;
/* What the overlay says of a path; SRC_OVERLAY_NONE: nothing, the disk counts. Bytes are borrowed. */
src_overlay_kind src_overlay_find(const src_overlay *o, const char *path, const char **bytes, size_t *n);
/* Names in a directory of which the overlay says something (files; directories that it alone has), borrowed. Call
 * src_overlay_settle before. */
const char *const *src_overlay_names(src_overlay *o, const char *dir, uint32_t *n);
bool src_overlay_is_file(const src_overlay *o, const char *path);
/* As ll_read_file. */
bool src_overlay_read(const src_overlay *o, ll_arena *a, const char *path, size_t max, char **text, size_t *n,
                      ll_err *err);
/* Whether two views have the same bytes, or both no file, under a path. */
bool src_overlay_same(const src_overlay *x, const src_overlay *y, const char *path);
/* The paths with an entry, in the order they came. */
uint32_t src_overlay_count(const src_overlay *o);
const char *src_overlay_path(const src_overlay *o, uint32_t i);

/* Writes the description and the copies for the compiler's library into a new directory under $TMPDIR; nothing to do
 * when there are no entries. src_overlay_retire (or _free) removes them again: do it as soon as everything is parsed.
 */
bool src_overlay_deploy(src_overlay *o, ll_err *err);
void src_overlay_retire(src_overlay *o);
/* The description's path; NULL: not deployed, or nothing to describe. */
const char *src_overlay_vfs(const src_overlay *o);

#endif
