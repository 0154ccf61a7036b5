/* XXH3-128 of bytes: what caches are keyed by. Not a defence against somebody who makes collisions on purpose. */
#ifndef LL_BASE_HASH_H
#define LL_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LL_HASH_BYTES 16

typedef struct ll_hash {
    uint64_t lo, hi; /* both 0: none */
} ll_hash;

ll_hash ll_hash_of(const void *bytes, size_t n);
uint64_t ll_hash64(const void *bytes, size_t n);
/* Of a sequence: not the same for another order. */
ll_hash ll_hash_join(ll_hash a, ll_hash b);

static inline bool ll_hash_equal(ll_hash a, ll_hash b) {
    return a.lo == b.lo && a.hi == b.hi;
}
static inline bool ll_hash_is_none(ll_hash h) {
    return !h.lo && !h.hi;
}
/* The same 16 bytes on every machine. */
void ll_hash_bytes(ll_hash h, unsigned char out[LL_HASH_BYTES]);

#endif
