/* Address -> pointer. uthash does the work; it lives in one file because its macros do not pass -Wconversion. */
#include <stdint.h>
#include <stdlib.h>
/* All keys are addresses, asked for several times an expression: one multiplication tells them apart. */
#define HASH_FUNCTION(key, n, h) (h) = (unsigned)((uintptr_t)*(const void *const *)(key) * 0x9e3779b97f4a7c15ull >> 32)
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <uthash.h>

#include "frontend/clang/lower.h"

struct fe_slot {
    const void *key;
    void *val;
    UT_hash_handle hh;
};

void *fe_map_get(const fe_map *m, const void *key) {
    fe_slot *s = NULL;
    HASH_FIND_PTR(m->head, &key, s);
    return s ? s->val : NULL;
}

void fe_map_put(fe_map *m, const void *key, void *val) {
    fe_slot *s = NULL;
    HASH_FIND_PTR(m->head, &key, s);
    if (s) {
        s->val = val;
        return;
    }
    s = LL_NEW(m->a, fe_slot);
    s->key = key;
    s->val = val;
    HASH_ADD_PTR(m->head, key, s);
}

void fe_map_clear(fe_map *m) {
    HASH_CLEAR(hh, m->head);
}
