/* Files that are written again keep what the user put between `lifelint:begin NAME` and `lifelint:end NAME`. */
#ifndef LL_GENERATORS_KEEP_H
#define LL_GENERATORS_KEEP_H

#include "base/arena.h"
#include "base/strbuf.h"

/* Appends `fresh` with the parts of `before` (NULL: none) in place of its own of the same name. A part of `before` that
 * `fresh` has no place for is appended at the end, in a comment's marks of its own: nothing of the user's is lost. */
void keep_users_parts(ll_arena *a, const char *before, const char *fresh, ll_strbuf *out);

#endif
