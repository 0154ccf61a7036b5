/* Interned strings: equal text, equal pointer, within one pool. */
#ifndef LL_BASE_INTERN_H
#define LL_BASE_INTERN_H

#include <stddef.h>

typedef struct ll_intern ll_intern;

ll_intern *ll_intern_new(void);
void ll_intern_free(ll_intern *t);
/* The pool's copy of s; lives as long as the pool. NULL stays NULL. */
const char *ll_intern_str(ll_intern *t, const char *s);
const char *ll_intern_strn(ll_intern *t, const char *s, size_t n);
/* Makes room for so many more at once. */
void ll_intern_reserve(ll_intern *t, size_t n);

#endif
