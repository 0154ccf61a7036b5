#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { MOST_PRINTED = 64 }; /* of most formats: those are printed once, not measured first */

static void reserve(ll_strbuf *b, size_t more) {
    if (b->n + more + 1 <= b->cap) return;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap < b->n + more + 1) cap *= 2;
    b->s = ll_xrealloc(b->s, cap);
    b->cap = cap;
}

void ll_sb_addn(ll_strbuf *b, const void *s, size_t n) {
    reserve(b, n);
    if (n) memcpy(b->s + b->n, s, n);
    b->n += n;
    b->s[b->n] = 0;
}

void ll_sb_add(ll_strbuf *b, const char *s) {
    ll_sb_addn(b, s, strlen(s));
}
void ll_sb_addc(ll_strbuf *b, char c) {
    reserve(b, 1);
    b->s[b->n++] = c;
    b->s[b->n] = 0;
}

void ll_sb_vprintf(ll_strbuf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    reserve(b, MOST_PRINTED);
    int n = vsnprintf(b->s + b->n, b->cap - b->n, fmt, ap);
    if (n > 0 && (size_t)n >= b->cap - b->n) {
        reserve(b, (size_t)n);
        vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
    }
    if (n > 0) b->n += (size_t)n;
    va_end(again);
}

void ll_sb_printf(ll_strbuf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    ll_sb_vprintf(b, fmt, ap);
    va_end(ap);
}

void ll_sb_clear(ll_strbuf *b) {
    b->n = 0;
    if (b->s) b->s[0] = 0;
}

void ll_sb_free(ll_strbuf *b) {
    free(b->s);
    *b = (ll_strbuf){0};
}

const char *ll_sb_str(const ll_strbuf *b) {
    return b->s ? b->s : "";
}
