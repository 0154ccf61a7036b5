#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

ll_hash ll_hash_of(const void *bytes, size_t n) {
    XXH128_hash_t h = XXH3_128bits(bytes, n);
    return (ll_hash){h.low64, h.high64};
}

uint64_t ll_hash64(const void *bytes, size_t n) {
    return XXH3_64bits(bytes, n);
}

ll_hash ll_hash_join(ll_hash a, ll_hash b) {
    const uint64_t both[4] = {a.lo, a.hi, b.lo, b.hi};
    return ll_hash_of(both, sizeof both);
}

void ll_hash_bytes(ll_hash h, unsigned char out[LL_HASH_BYTES]) {
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(h.hi >> (56 - 8 * i));
        out[8 + i] = (unsigned char)(h.lo >> (56 - 8 * i));
    }
}
