#include "lsp/text.h"

#include <string.h>

#include "finding/utf8.h"

static const char *line_end(const char *s, const char *end) {
    while (s < end && *s != '\n' && *s != '\r') s++;
    return s;
}

static const char *next_line(const char *s, const char *end) {
    s = line_end(s, end);
    if (s < end && *s == '\r' && s + 1 < end && s[1] == '\n') return s + 2;
    return s < end ? s + 1 : NULL;
}

static uint32_t units_of(uint32_t cp, size_t bytes, text_units units) {
    if (units == TEXT_UTF8) return (uint32_t)bytes;
    return cp != UTF8_BAD && cp > 0xFFFF ? 2 : 1;
}

size_t text_offset(const char *s, size_t n, text_units units, uint32_t line, uint32_t column) {
    const char *p = s, *end = s + n;
    for (; line; line--)
        if (!(p = next_line(p, end))) return n;
    const char *stop = line_end(p, end);
    while (p < stop && column) {
        uint32_t cp;
        size_t k = utf8_decode(p, (size_t)(stop - p), &cp);
        uint32_t u = units_of(cp, k, units);
        if (u > column) break;
        column -= u;
        p += k;
    }
    return (size_t)(p - s);
}

bool text_line(const char *s, size_t n, int32_t line, const char **out, size_t *len) {
    const char *p = s, *end = s + n;
    for (; line > 1; line--)
        if (!(p = next_line(p, end))) return false;
    *out = p;
    *len = (size_t)(line_end(p, end) - p);
    return line == 1;
}

uint32_t text_column(const char *s, size_t n, text_units units, int32_t line, int32_t byte_column) {
    const char *p;
    size_t len, at = byte_column > 0 ? (size_t)byte_column - 1 : 0;
    uint32_t column = 0, cp;
    if (!text_line(s, n, line, &p, &len)) return (uint32_t)at;
    if (at > len) at = len;
    for (size_t i = 0; i < at;) {
        size_t k = utf8_decode(p + i, len - i, &cp);
        column += units_of(cp, k, units);
        i += k;
    }
    return column;
}

void text_replace(ll_strbuf *b, size_t from, size_t to, const char *with, size_t n) {
    ll_strbuf out = {0};
    if (to > b->n) to = b->n;
    if (from > to) from = to;
    ll_sb_addn(&out, ll_sb_str(b), from);
    ll_sb_addn(&out, with, n);
    ll_sb_addn(&out, ll_sb_str(b) + to, b->n - to);
    ll_sb_free(b);
    *b = out;
}
