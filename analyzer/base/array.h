/* One growable array, its storage in an arena:
 *
 *     LL_ARRAY(int) xs = {0};
 *     LL_PUSH(arena, &xs, 7);
 *     for (uint32_t i = 0; i < xs.n; i++) use(xs.v[i]);
 *
 * Growing leaves the old storage behind in the arena (at most as much again as is in use).
 * Pointers into v die at the next push. */
#ifndef LL_BASE_ARRAY_H
#define LL_BASE_ARRAY_H

#include "base/arena.h"

#define LL_ARRAY(T)      \
    struct {             \
        T *v;            \
        uint32_t n, cap; \
    }

/* Makes room for one more element and returns nothing; used by LL_PUSH. */
void ll_array_grow(ll_arena *a, void **v, uint32_t n, uint32_t *cap, size_t elem);

#define LL_PUSH(arena, arr, ...)                                                                 \
    do {                                                                                         \
        if ((arr)->n == (arr)->cap)                                                              \
            ll_array_grow((arena), (void **)&(arr)->v, (arr)->n, &(arr)->cap, sizeof *(arr)->v); \
        (arr)->v[(arr)->n++] = (__VA_ARGS__);                                                    \
    } while (0)

#endif
