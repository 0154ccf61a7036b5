/* Numbers and strings as bytes, for caches and pipes: small numbers are short, nothing depends on the machine.
 *
 * What is read back is not believed: past the end, or with a number out of its range, the reader turns bad and gives
 * zeros from then on, so that a decoder checks once, at its end. A count is checked against the bytes that are left
 * before anything is allocated for it. */
#ifndef LL_BASE_BYTES_H
#define LL_BASE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/strbuf.h"

void ll_put_long_uint(ll_strbuf *out, uint64_t v);
static inline void ll_put_uint(ll_strbuf *out, uint64_t v) {
    if (v < 0x80 && out->n + 1 < out->cap) { /* nearly all are: facts and conclusions are made of these */
        out->s[out->n++] = (char)v;
        out->s[out->n] = 0;
    } else {
        ll_put_long_uint(out, v);
    }
}
void ll_put_int(ll_strbuf *out, int64_t v);
void ll_put_u64(ll_strbuf *out, uint64_t v); /* always eight bytes */
void ll_put_hash(ll_strbuf *out, ll_hash h);
void ll_put_bytes(ll_strbuf *out, const void *bytes, size_t n); /* with their number in front */
void ll_put_str(ll_strbuf *out, const char *s);                 /* NULL stays NULL */

typedef struct ll_reader {
    const unsigned char *p, *end;
    bool bad;
} ll_reader;

ll_reader ll_reader_of(const void *bytes, size_t n);
void ll_reader_fail(ll_reader *r);
uint64_t ll_get_long_uint(ll_reader *r); /* any number; ll_get_uint is quicker where most are short */

/* Here, for a run reads hundreds of thousands of numbers, most of one byte. */
static inline uint64_t ll_get_uint(ll_reader *r) {
    return r->p < r->end && *r->p < 0x80 ? *r->p++ : ll_get_long_uint(r);
}

static inline int64_t ll_get_int(ll_reader *r) {
    uint64_t v = ll_get_uint(r);
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

static inline uint32_t ll_get_below(ll_reader *r, uint64_t limit) { /* limit at most 2^32 */
    uint64_t v = ll_get_uint(r);
    if (v < limit) return (uint32_t)v;
    ll_reader_fail(r);
    return 0;
}

static inline uint32_t ll_get_u32(ll_reader *r) {
    return ll_get_below(r, (uint64_t)UINT32_MAX + 1);
}

static inline int32_t ll_get_int32(ll_reader *r) {
    int64_t v = ll_get_int(r);
    if (v >= INT32_MIN && v <= INT32_MAX) return (int32_t)v;
    ll_reader_fail(r);
    return 0;
}

uint32_t ll_get_count(ll_reader *r, size_t least); /* of things that take at least `least` bytes each */
uint64_t ll_get_u64(ll_reader *r);
ll_hash ll_get_hash(ll_reader *r);
const void *ll_get_bytes(ll_reader *r, size_t *n); /* lie in the reader's bytes; "" when bad */
const char *ll_get_str(ll_reader *r, ll_arena *a); /* in the arena */

/* What is kept from run to run: the number of its format and a hash ahead of the bytes. */
void ll_put_sealed(ll_strbuf *out, uint64_t format, const ll_strbuf *body);
/* False: of another format, or damaged. Else the body is next, to the reader's end. */
bool ll_open_sealed(ll_reader *r, uint64_t format);

/* ---- strings that occur more than once: written once, by number from then on ---- */

typedef struct ll_strtab ll_strtab;
ll_strtab *ll_strtab_new(void);
void ll_strtab_free(ll_strtab *t);
uint64_t ll_strtab_add(ll_strtab *t, const char *s); /* NULL is 0 */
/* Any bytes; a table of such is read by ll_get_count and as many ll_get_bytes. */
uint64_t ll_strtab_add_bytes(ll_strtab *t, const void *s, size_t n);
void ll_strtab_write(const ll_strtab *t, ll_strbuf *out);

typedef struct ll_strings {
    const char **v; /* v[0] is NULL */
    uint32_t n;
} ll_strings;
/* Strings lie in the arena, or are those of the pool when there is one. */
ll_strings ll_get_strings(ll_reader *r, ll_arena *a, ll_intern *pool);
static inline const char *ll_get_string(ll_reader *r, const ll_strings *s) {
    return s->v[ll_get_below(r, s->n)];
}

#endif
