#include "base/intern.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"

#include <stdlib.h>

struct entry {
    uint64_t hash;
    const char *s;
    size_t n;
};

struct ll_intern {
    ll_arena *arena;
    struct entry *slot;
    size_t cap, used; /* cap is a power of two */
};

ll_intern *ll_intern_new(void) {
    ll_intern *t = ll_xcalloc(1, sizeof *t);
    t->arena = ll_arena_new("intern");
    t->cap = 1024;
    t->slot = ll_xcalloc(t->cap, sizeof *t->slot);
    return t;
}

void ll_intern_free(ll_intern *t) {
    if (!t) return;
    ll_arena_free(t->arena);
    free(t->slot);
    free(t);
}

static void rehash(ll_intern *t, size_t cap) {
    struct entry *slot = ll_xcalloc(cap, sizeof *slot);
    for (size_t i = 0; i < t->cap; i++) {
        if (!t->slot[i].s) continue;
        size_t j = t->slot[i].hash & (cap - 1);
        while (slot[j].s) j = (j + 1) & (cap - 1);
        slot[j] = t->slot[i];
    }
    free(t->slot);
    t->slot = slot;
    t->cap = cap;
}

void ll_intern_reserve(ll_intern *t, size_t n) {
    size_t cap = t->cap;
    while (cap < SIZE_MAX / 8 && (t->used + n) * 4 > cap * 3) cap *= 2;
    if (cap > t->cap) rehash(t, cap);
}

const char *ll_intern_strn(ll_intern *t, const char *s, size_t n) {
    uint64_t h = XXH3_64bits(s, n);
    size_t i = h & (t->cap - 1);
    for (; t->slot[i].s; i = (i + 1) & (t->cap - 1))
        if (t->slot[i].hash == h && t->slot[i].n == n && memcmp(t->slot[i].s, s, n) == 0) return t->slot[i].s;
    t->slot[i] = (struct entry){h, ll_strndup(t->arena, s, n), n};
    const char *out = t->slot[i].s;
    if (++t->used * 4 > t->cap * 3) rehash(t, t->cap * 2);
    return out;
}

const char *ll_intern_str(ll_intern *t, const char *s) {
    return s ? ll_intern_strn(t, s, strlen(s)) : NULL;
}
