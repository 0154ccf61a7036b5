#include "base/array.h"

#include <string.h>

void ll_array_grow(ll_arena *a, void **v, uint32_t n, uint32_t *cap, size_t elem) {
    uint32_t next = *cap ? *cap * 2 : 8;
    void *p = ll_alloc(a, (size_t)next * elem);
    if (n) memcpy(p, *v, (size_t)n * elem);
    *v = p;
    *cap = next;
}
