#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST ((size_t)4 * 1024) /* most arenas are small, and all of a chunk is cleared */
#define CHUNK_MIN ((size_t)64 * 1024)
#define ALIGN 16u
#define KEPT_MAX ((size_t)8 * 1024 * 1024)

struct chunk {
    struct chunk *next;
    size_t size, used;
    /* payload follows, aligned */
};

struct ll_arena {
    const char *name;
    struct chunk *head;
    struct chunk *spare; /* empty and zeroed, kept by a reset */
    size_t used;
};

static _Noreturn void out_of_memory(size_t size) {
    fprintf(stderr, "lifelint: out of memory (%zu bytes wanted)\n", size);
    exit(4);
}

void *ll_xcalloc(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) out_of_memory(n * size);
    return p;
}

void *ll_xrealloc(void *p, size_t size) {
    void *q = realloc(p, size ? size : 1);
    if (!q) out_of_memory(size);
    return q;
}

char *ll_xstrdup(const char *s) {
    size_t n = strlen(s) + 1;
    char *p = ll_xcalloc(1, n);
    memcpy(p, s, n);
    return p;
}

static size_t header_size(void) {
    return (sizeof(struct chunk) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

ll_arena *ll_arena_new(const char *name) {
    ll_arena *a = ll_xcalloc(1, sizeof *a);
    a->name = name;
    return a;
}

static void free_chunks(struct chunk *c) {
    while (c) {
        struct chunk *next = c->next;
        free(c);
        c = next;
    }
}

void ll_arena_reset(ll_arena *a) {
#ifdef LL_ARENA_DEBUG
    free_chunks(a->head);
#else
    /* a loop of resets does not go back to malloc: that costs more than clearing what was used */
    size_t kept = 0;
    for (struct chunk *c = a->spare; c; c = c->next) kept += c->size;
    for (struct chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        if (kept + c->size > KEPT_MAX) {
            free(c);
            continue;
        }
        kept += c->size;
        memset((char *)c + header_size(), 0, c->used);
        c->used = 0;
        c->next = a->spare;
        a->spare = c;
    }
#endif
    a->head = NULL;
    a->used = 0;
}

void ll_arena_free(ll_arena *a) {
    if (!a) return;
    free_chunks(a->head);
    free_chunks(a->spare);
    free(a);
}

size_t ll_arena_used(const ll_arena *a) {
    return a->used;
}

static struct chunk *add_chunk(ll_arena *a, size_t want) {
    for (struct chunk **at = &a->spare; *at; at = &(*at)->next) {
        struct chunk *c = *at;
        if (c->size < want) continue;
        *at = c->next;
        c->next = a->head;
        return a->head = c;
    }
    size_t size = a->head ? a->head->size * 2 : CHUNK_FIRST;
    if (a->head && size < CHUNK_MIN) size = CHUNK_MIN;
    if (size > CHUNK_MIN * 16) size = CHUNK_MIN * 16;
#ifdef LL_ARENA_DEBUG
    size = want;
#endif
    if (size < want) size = want;
    struct chunk *c = ll_xcalloc(1, header_size() + size);
    c->size = size;
    c->next = a->head;
    a->head = c;
    return c;
}

static void *take(ll_arena *a, size_t size, size_t align) {
    if (size > SIZE_MAX / 2) out_of_memory(size);
    struct chunk *c = a->head;
    size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;
    if (!c || at > c->size || c->size - at < size) {
        c = add_chunk(a, size);
        at = 0;
    }
    c->used = at + size;
    a->used += size;
    return (char *)c + header_size() + at;
}

void *ll_alloc(ll_arena *a, size_t size) {
    return take(a, size, ALIGN);
}

void *ll_memdup(ll_arena *a, const void *p, size_t n) {
    void *q = ll_alloc(a, n);
    if (n) memcpy(q, p, n);
    return q;
}

char *ll_strndup(ll_arena *a, const char *s, size_t n) {
    char *p = take(a, n + 1, 1);
    memcpy(p, s, n);
    return p;
}

char *ll_strdup(ll_arena *a, const char *s) {
    return ll_strndup(a, s, strlen(s));
}

char *ll_vprintf(ll_arena *a, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0) n = 0;
    char *p = ll_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *ll_printf(ll_arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *p = ll_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}
