/* How alike two functions are: the share of triples of tokens that they have in common (Jaccard, on sets). White space,
 * comments and the functions' own names do not count, so reformatting and renaming leave it at 1. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "finding/match.h"

enum { MAX_TOKENS = 20000, RUN = 3 };

typedef struct lexer {
    const char *s, *end;
} lexer;

static const char *after(const char *s, const char *end, const char *stop) {
    size_t n = strlen(stop);
    for (; (size_t)(end - s) >= n; s++)
        if (memcmp(s, stop, n) == 0) return s + n;
    return end;
}

static void skip_white(lexer *l) {
    while (l->s < l->end) {
        if (isspace((unsigned char)*l->s))
            l->s++;
        else if (l->end - l->s > 1 && l->s[0] == '/' && l->s[1] == '/')
            l->s = after(l->s, l->end, "\n");
        else if (l->end - l->s > 1 && l->s[0] == '/' && l->s[1] == '*')
            l->s = after(l->s + 2, l->end, "*/");
        else
            return;
    }
}

static size_t literal(const lexer *l) {
    const char *p = l->s + 1;
    while (p < l->end && *p != *l->s && *p != '\n') p += *p == '\\' && p + 1 < l->end ? 2 : 1;
    return (size_t)((p < l->end ? p + 1 : l->end) - l->s);
}

/* Length of the token at *text, 0 at the end. */
static size_t next_token(lexer *l, const char **text) {
    skip_white(l);
    *text = l->s;
    if (l->s >= l->end) return 0;
    size_t n = 1;
    if (*l->s == '"' || *l->s == '\'')
        n = literal(l);
    else if (isalnum((unsigned char)*l->s) || *l->s == '_')
        while (l->s + n < l->end && (isalnum((unsigned char)l->s[n]) || l->s[n] == '_')) n++;
    l->s += n;
    return n;
}

static lexer at_line(const char *text, size_t n, int32_t line) {
    lexer l = {text, text + n};
    for (int32_t i = 1; i < line && l.s < l.end; i++) l.s = after(l.s, l.end, "\n");
    return l;
}

typedef struct body {
    lexer l;
    int depth;
    size_t tokens;
    bool over;
} body;

/* The next token up to the brace that closes the body; 0 after it. */
static size_t next_in_body(body *b, const char **t) {
    size_t n = b->over || b->tokens >= MAX_TOKENS ? 0 : next_token(&b->l, t);
    if (!n) return 0;
    b->tokens++;
    b->depth += **t == '{' ? 1 : **t == '}' ? -1 : 0;
    b->over = **t == '}' && b->depth <= 0;
    return n;
}

/* Hashes of the runs of tokens of the function's text. */
static size_t runs_of(lexer l, const char *name, uint64_t *out) {
    uint64_t last[RUN] = {0};
    size_t n = 0, len, name_len = name ? strlen(name) : 0;
    body b = {.l = l};
    const char *t;
    while ((len = next_in_body(&b, &t))) {
        bool own = name_len && len == name_len && memcmp(t, name, len) == 0;
        memmove(last, last + 1, sizeof last - sizeof *last);
        last[RUN - 1] = own ? 1 : XXH3_64bits(t, len);
        if (b.tokens >= RUN) out[n++] = XXH3_64bits(last, sizeof last);
    }
    return n;
}

bool match_body_mentions(const char *text, size_t n, int32_t line, const char *name, size_t len) {
    body b = {.l = at_line(text, n, line)};
    const char *t;
    for (size_t k; (k = next_in_body(&b, &t));)
        if (k == len && memcmp(t, name, len) == 0) return true;
    return false;
}

static int by_value(const void *x, const void *y) {
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static size_t distinct(uint64_t *v, size_t n) {
    size_t kept = 0;
    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0; i < n; i++)
        if (!i || v[i] != v[i - 1]) v[kept++] = v[i];
    return kept;
}

double match_bodies(const char *x, size_t nx, int32_t line_x, const char *name_x, const char *y, size_t ny,
                    int32_t line_y, const char *name_y) {
    uint64_t *v = ll_xcalloc(2 * (size_t)MAX_TOKENS, sizeof *v), *w = v + MAX_TOKENS;
    size_t n = runs_of(at_line(x, nx, line_x), name_x, v), k = runs_of(at_line(y, ny, line_y), name_y, w), shared = 0;
    n = distinct(v, n);
    k = distinct(w, k);
    for (size_t i = 0, j = 0; i < n && j < k;) {
        if (v[i] == w[j]) shared++;
        uint64_t a = v[i], b = w[j];
        i += a <= b;
        j += b <= a;
    }
    free(v);
    return n + k ? (double)shared / (double)(n + k - shared) : 0;
}
