#include "store/pack.h"

#include <zstd.h>

void pack_bytes(ll_strbuf *out, const void *bytes, size_t n, int level) {
    size_t bound = ZSTD_compressBound(n);
    if (bound > out->cap) out->s = ll_xrealloc(out->s, out->cap = bound);
    out->n = ZSTD_compress(out->s, out->cap, bytes, n, level); /* cannot fail: there is room */
}

bool pack_restore(ll_arena *a, const void *packed, size_t npacked, size_t max, const void **bytes, size_t *n) {
    unsigned long long size = ZSTD_getFrameContentSize(packed, npacked);
    if (size > max) return false; /* ZSTD's error codes are larger still */
    void *out = ll_alloc(a, (size_t)size);
    *bytes = out;
    *n = (size_t)size;
    return ZSTD_decompress(out, (size_t)size, packed, npacked) == size;
}
