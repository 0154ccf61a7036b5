/* A tree that was read, as bytes: the built-in packs are parsed when lifelint is built, not each time it runs. Written
 * and read by one build only; they are not for files. */
#ifndef LL_RULEPACK_YTREE_BYTES_H
#define LL_RULEPACK_YTREE_BYTES_H

#include "base/strbuf.h"
#include "rulepack/ytree.h"

void ytree_write(const ynode *root, ll_strbuf *out);
/* Texts lie in the bytes. NULL: damaged. */
ynode *ytree_restore(ll_arena *a, const void *bytes, size_t n);

#endif
