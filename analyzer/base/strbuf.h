/* A growing text buffer on the heap. Zero-initialise, append, release with ll_sb_free. */
#ifndef LL_BASE_STRBUF_H
#define LL_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

typedef struct ll_strbuf {
    char *s;       /* always NUL-terminated once anything was appended; NULL before */
    size_t n, cap; /* n excludes the NUL */
} ll_strbuf;

void ll_sb_add(ll_strbuf *b, const char *s);
void ll_sb_addn(ll_strbuf *b, const void *s, size_t n);
void ll_sb_addc(ll_strbuf *b, char c);
void ll_sb_printf(ll_strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ll_sb_vprintf(ll_strbuf *b, const char *fmt, va_list ap);
void ll_sb_clear(ll_strbuf *b);
void ll_sb_free(ll_strbuf *b);
/* The text, "" when nothing was appended. Borrowed until the next change. */
const char *ll_sb_str(const ll_strbuf *b);

#endif
