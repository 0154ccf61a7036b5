/* Bytes made smaller, for the cache and for files of facts. The same bytes give the same bytes. */
#ifndef LL_STORE_PACK_H
#define LL_STORE_PACK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* Level 1 is fast, 19 is small. Fills `out`, whose room is used again. */
void pack_bytes(ll_strbuf *out, const void *bytes, size_t n, int level);
/* In the arena. False: damaged, or larger than `max` when unpacked. */
bool pack_restore(ll_arena *a, const void *packed, size_t npacked, size_t max, const void **bytes, size_t *n);

#endif
