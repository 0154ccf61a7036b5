#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

void ll_put_long_uint(ll_strbuf *out, uint64_t v) {
    char buf[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) buf[n++] = (char)((v & 0x7f) | 0x80);
    buf[n++] = (char)v;
    ll_sb_addn(out, buf, n);
}

void ll_put_int(ll_strbuf *out, int64_t v) {
    ll_put_uint(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void ll_put_u64(ll_strbuf *out, uint64_t v) {
    char buf[8];
    for (int i = 0; i < 8; i++) buf[i] = (char)(v >> (8 * i) & 0xff);
    ll_sb_addn(out, buf, sizeof buf);
}

void ll_put_hash(ll_strbuf *out, ll_hash h) {
    ll_put_u64(out, h.lo);
    ll_put_u64(out, h.hi);
}

void ll_put_bytes(ll_strbuf *out, const void *bytes, size_t n) {
    ll_put_uint(out, n);
    ll_sb_addn(out, bytes, n);
}

void ll_put_str(ll_strbuf *out, const char *s) {
    size_t n = s ? strlen(s) : 0;
    ll_put_uint(out, s ? (uint64_t)n + 1 : 0);
    if (n) ll_sb_addn(out, s, n);
}

ll_reader ll_reader_of(const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    return (ll_reader){.p = p, .end = n ? p + n : p};
}

void ll_reader_fail(ll_reader *r) {
    r->bad = true;
    r->p = r->end;
}

uint64_t ll_get_long_uint(ll_reader *r) {
    uint64_t v = 0;
    for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
        unsigned char c = *r->p++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) return v;
    }
    ll_reader_fail(r);
    return 0;
}

uint32_t ll_get_count(ll_reader *r, size_t least) {
    uint64_t v = ll_get_uint(r);
    if (v <= (uint64_t)(r->end - r->p) / least && v < UINT32_MAX) return (uint32_t)v;
    ll_reader_fail(r);
    return 0;
}

uint64_t ll_get_u64(ll_reader *r) {
    uint64_t v = 0;
    if (r->end - r->p < 8) {
        ll_reader_fail(r);
        return 0;
    }
    for (int i = 7; i >= 0; i--) v = v << 8 | r->p[i];
    r->p += 8;
    return v;
}

ll_hash ll_get_hash(ll_reader *r) {
    ll_hash h = {.lo = ll_get_u64(r)};
    h.hi = ll_get_u64(r);
    return h;
}

const void *ll_get_bytes(ll_reader *r, size_t *n) {
    *n = ll_get_count(r, 1);
    const void *p = *n ? (const void *)r->p : "";
    r->p += *n;
    return p;
}

const char *ll_get_str(ll_reader *r, ll_arena *a) {
    uint64_t v = ll_get_uint(r);
    if (!v || v - 1 > (uint64_t)(r->end - r->p)) {
        if (v) ll_reader_fail(r);
        return NULL;
    }
    const char *s = ll_strndup(a, (const char *)r->p, (size_t)v - 1);
    r->p += v - 1;
    return s;
}

/* ---- kept from run to run ---- */

void ll_put_sealed(ll_strbuf *out, uint64_t format, const ll_strbuf *body) {
    ll_put_uint(out, format);
    ll_put_u64(out, ll_hash64(ll_sb_str(body), body->n));
    ll_sb_addn(out, ll_sb_str(body), body->n);
}

bool ll_open_sealed(ll_reader *r, uint64_t format) {
    if (ll_get_uint(r) != format) return false;
    uint64_t hash = ll_get_u64(r);
    return !r->bad && hash == ll_hash64(r->p, (size_t)(r->end - r->p));
}

/* ---- strings ---- */

enum {
    MANY = 1024, /* strings worth making room for at once */
    RECENT = 256 /* strings that are found by where they lie, a power of two */
};

typedef struct row {
    uint64_t number;
    UT_hash_handle hh;
    char text[];
} row;

struct ll_strtab {
    ll_arena *arena;
    row *rows;
    uint64_t n;
    ll_strbuf bytes;
    const row *recent[RECENT]; /* by the address a string was last added from: most come again from there */
};

ll_strtab *ll_strtab_new(void) {
    ll_strtab *t = ll_xcalloc(1, sizeof *t);
    t->arena = ll_arena_new("string table");
    return t;
}

void ll_strtab_free(ll_strtab *t) {
    HASH_CLEAR(hh, t->rows);
    ll_sb_free(&t->bytes);
    ll_arena_free(t->arena);
    free(t);
}

static const row *find_or_add(ll_strtab *t, const void *s, size_t n) {
    row *x = NULL;
    HASH_FIND(hh, t->rows, s, (unsigned)n, x);
    if (x) return x;
    x = ll_alloc(t->arena, sizeof *x + n + 1);
    memcpy(x->text, s, n);
    x->number = ++t->n;
    HASH_ADD_KEYPTR(hh, t->rows, x->text, (unsigned)n, x);
    ll_put_bytes(&t->bytes, s, n);
    return x;
}

uint64_t ll_strtab_add_bytes(ll_strtab *t, const void *s, size_t n) {
    return find_or_add(t, s, n)->number;
}

uint64_t ll_strtab_add(ll_strtab *t, const char *s) {
    if (!s) return 0;
    const row **recent = &t->recent[((uintptr_t)s * 0x9e3779b97f4a7c15ull >> 32) % RECENT];
    if (!*recent || strcmp((*recent)->text, s) != 0) *recent = find_or_add(t, s, strlen(s));
    return (*recent)->number;
}

void ll_strtab_write(const ll_strtab *t, ll_strbuf *out) {
    ll_put_uint(out, t->n);
    ll_sb_addn(out, t->bytes.s, t->bytes.n);
}

ll_strings ll_get_strings(ll_reader *r, ll_arena *a, ll_intern *pool) {
    ll_strings s = {.n = ll_get_count(r, 1) + 1};
    s.v = LL_NEWN(a, const char *, s.n);
    if (pool && s.n > MANY) ll_intern_reserve(pool, s.n);
    for (uint32_t i = 1; i < s.n && !r->bad; i++) {
        size_t n;
        const char *p = ll_get_bytes(r, &n);
        if (memchr(p, 0, n)) ll_reader_fail(r);
        s.v[i] = pool ? ll_intern_strn(pool, p, n) : ll_strndup(a, p, n);
    }
    return s;
}
