#include "output/linehash.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uthash.h>

#include "finding/utf8.h"

#define WINDOW 100u
#define BASE 37u
#define END_OF_TEXT 0xFFFFu

/* The filtered code units and where lines begin in them. */
struct units {
    uint16_t *v;
    size_t n;
    size_t *line;
    size_t lines;
};

static void put(struct units *u, uint16_t unit, bool *line_start) {
    if (*line_start) u->line[u->lines++] = u->n;
    *line_start = unit == '\n';
    u->v[u->n++] = unit;
}

static bool is_tail(const char *s, size_t n, size_t at) {
    return at < n && ((unsigned char)s[at] & 0xC0) == 0x80;
}

/* What is not UTF-8 counts as U+FFFD as their decoder has it: one for the longest beginning of a character (the
 * "maximal subpart" of the Unicode standard, 3.9), one for each byte that can begin none. `n` bytes are there. */
static size_t bad_length(const char *s, size_t n) {
    unsigned char lead = (unsigned char)s[0], next = n > 1 ? (unsigned char)s[1] : 0;
    if (lead < 0xE0 || lead > 0xF4 || !is_tail(s, n, 1)) return 1;
    if ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F)) return 1;
    if ((lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F)) return 1;
    return lead >= 0xF0 && is_tail(s, n, 2) ? 3 : 2;
}

static void filter(struct units *u, const char *s, size_t n) {
    bool line_start = true, after_cr = false;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t length = utf8_decode(s + i, n - i, &cp);
        i += cp == UTF8_BAD ? bad_length(s + i, n - i) : length;
        if (cp == UTF8_BAD) cp = 0xFFFD;
        bool skip = cp == ' ' || cp == '\t' || (after_cr && cp == '\n');
        after_cr = cp == '\r';
        if (skip) continue;
        if (cp == '\r') cp = '\n';
        if (cp > 0xFFFF) {
            put(u, (uint16_t)(0xD800 + ((cp - 0x10000) >> 10)), &line_start);
            cp = 0xDC00 + ((cp - 0x10000) & 0x3FF);
        }
        put(u, (uint16_t)cp, &line_start);
    }
    put(u, END_OF_TEXT, &line_start);
}

static uint64_t hash_from(const struct units *u, size_t at) {
    uint64_t h = 0;
    for (size_t i = at; i < at + WINDOW; i++) h = h * BASE + (i < u->n ? u->v[i] : 0);
    return h;
}

struct seen {
    uint64_t hash;
    unsigned count;
    UT_hash_handle hh;
};

static unsigned count_of(ll_arena *a, struct seen **table, uint64_t hash) {
    struct seen *s;
    HASH_FIND(hh, *table, &hash, sizeof hash, s);
    if (!s) {
        s = LL_NEW(a, struct seen);
        s->hash = hash;
        HASH_ADD(hh, *table, hash, sizeof s->hash, s);
    }
    return ++s->count;
}

size_t linehash_all(ll_arena *a, const char *text, size_t n, char ***out) {
    struct units u = {ll_xcalloc(n + 2, sizeof *u.v), 0, ll_xcalloc(n + 2, sizeof *u.line), 0};
    filter(&u, text, n);
    ll_arena *scratch = ll_arena_new("line hashes");
    struct seen *table = NULL;
    *out = LL_NEWN(a, char *, u.lines + 1);
    for (size_t i = 0; i < u.lines; i++) {
        uint64_t h = hash_from(&u, u.line[i]);
        (*out)[i + 1] = ll_printf(a, "%" PRIx64 ":%u", h, count_of(scratch, &table, h));
    }
    size_t lines = u.lines;
    HASH_CLEAR(hh, table);
    ll_arena_free(scratch);
    free(u.v);
    free(u.line);
    return lines;
}
