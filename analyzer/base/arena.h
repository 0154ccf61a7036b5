/* Arenas: bump allocation with one stated lifetime (run, unit, function).
 *
 * Everything allocated from an arena dies with it; nothing is freed one by one.
 * Memory is zeroed. Exhausted memory ends the process with one line: no caller
 * can do anything useful about it. With LL_ARENA_DEBUG defined every allocation is a block
 * of its own, so that the address sanitizer sees a use after reset. */
#ifndef LL_BASE_ARENA_H
#define LL_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ll_arena ll_arena;

/* `name` is borrowed and shows in statistics. Free with ll_arena_free. */
ll_arena *ll_arena_new(const char *name);
void ll_arena_free(ll_arena *a);
/* Forgets every allocation, keeps the arena. */
void ll_arena_reset(ll_arena *a);
/* Bytes handed out since creation or reset. */
size_t ll_arena_used(const ll_arena *a);

/* Zeroed memory, aligned for any object; never NULL. size 0 is allowed. */
void *ll_alloc(ll_arena *a, size_t size);
char *ll_strdup(ll_arena *a, const char *s);
char *ll_strndup(ll_arena *a, const char *s, size_t n);
char *ll_printf(ll_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *ll_vprintf(ll_arena *a, const char *fmt, va_list ap);
void *ll_memdup(ll_arena *a, const void *p, size_t n);

#define LL_NEW(a, T) ((T *)ll_alloc((a), sizeof(T)))
#define LL_NEWN(a, T, n) ((T *)ll_alloc((a), sizeof(T) * (size_t)(n)))

/* Heap allocation that cannot fail (see above); release with free(). For modules with _new/_free. */
void *ll_xcalloc(size_t n, size_t size);
void *ll_xrealloc(void *p, size_t size);
char *ll_xstrdup(const char *s);

#endif
