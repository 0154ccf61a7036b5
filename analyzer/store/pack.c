#include "store/pack.h"

#include <zstd.h>

/* Making a context costs more than most entries. One a thread, kept to its end. */
static _Thread_local ZSTD_CCtx *packer;
static _Thread_local ZSTD_DCtx *unpacker;

void pack_bytes(ll_strbuf *out, const void *bytes, size_t n, int level) {
    size_t bound = ZSTD_compressBound(n);
    if (bound > out->cap) out->s = ll_xrealloc(out->s, out->cap = bound);
    if (!packer) packer = ZSTD_createCCtx();
    /* cannot fail: there is room */
    out->n = packer ? ZSTD_compressCCtx(packer, out->s, out->cap, bytes, n, level)
                    : ZSTD_compress(out->s, out->cap, bytes, n, level);
}

bool pack_restore(ll_arena *a, const void *packed, size_t npacked, size_t max, const void **bytes, size_t *n) {
    unsigned long long size = ZSTD_getFrameContentSize(packed, npacked);
    if (size > max) return false; /* ZSTD's error codes are larger still */
    void *out = ll_alloc(a, (size_t)size);
    *bytes = out;
    *n = (size_t)size;
    if (!unpacker) unpacker = ZSTD_createDCtx();
    size_t got = unpacker ? ZSTD_decompressDCtx(unpacker, out, (size_t)size, packed, npacked)
                          : ZSTD_decompress(out, (size_t)size, packed, npacked);
    return got == size;
}
