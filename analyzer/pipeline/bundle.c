#include "pipeline/bundle.h"

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/array.h"

enum { FORMAT = 1, FEW = 16, LEAST_RUN = 16 }; /* entries that are newer than the bundle: one in so many */

typedef struct row {
    ll_hash key;
    const void *bytes; /* NULL: in an entry of its own, which nobody asked for */
    size_t n;
    bool newer; /* than the bundle */
    bool fresh, asked;
    UT_hash_handle hh;
} row;

struct bundle {
    ll_arena *arena;
    row *rows;
    uint32_t nfresh, nasked;
};

static row *row_of(bundle *b, ll_hash key) {
    row *r = NULL;
    HASH_FIND(hh, b->rows, &key, sizeof key, r);
    if (r) return r;
    r = LL_NEW(b->arena, row);
    r->key = key;
    HASH_ADD(hh, b->rows, key, sizeof r->key, r);
    return r;
}

static void ask(bundle *b, row *r) {
    b->nasked += !r->asked;
    r->asked = true;
}

static bool begins(ll_reader *r) {
    return r->p < r->end && ll_get_uint(r) == FORMAT;
}

bundle *bundle_new(ll_arena *a, const void *bytes, size_t n, const void *newer, size_t nnewer) {
    bundle *b = LL_NEW(a, bundle);
    b->arena = a;
    ll_reader r = ll_reader_of(bytes, n);
    for (uint32_t i = begins(&r) ? ll_get_count(&r, LL_HASH_BYTES + 1) : 0; i && !r.bad; i--) {
        ll_hash key = ll_get_hash(&r);
        size_t size;
        const void *one = ll_get_bytes(&r, &size);
        if (r.bad) break;
        row *x = row_of(b, key);
        x->bytes = one;
        x->n = size;
    }
    r = ll_reader_of(newer, nnewer);
    for (uint32_t i = begins(&r) ? ll_get_count(&r, LL_HASH_BYTES) : 0; i && !r.bad; i--) {
        ll_hash key = ll_get_hash(&r);
        if (r.bad) break;
        row *x = row_of(b, key);
        x->bytes = NULL;
        x->newer = true;
    }
    return b;
}

void bundle_free(bundle *b) {
    if (b) HASH_CLEAR(hh, b->rows);
}

bool bundle_find(bundle *b, ll_hash key, const void **bytes, size_t *n) {
    row *r = NULL;
    HASH_FIND(hh, b->rows, &key, sizeof key, r);
    if (!r || !r->bytes) return false;
    ask(b, r);
    *bytes = r->bytes;
    *n = r->n;
    return true;
}

void bundle_note(bundle *b, ll_hash key, const void *bytes, size_t n, bool fresh) {
    row *r = row_of(b, key);
    ask(b, r);
    b->nfresh += fresh && !r->fresh;
    r->bytes = bytes;
    r->n = n;
    r->newer = true;
    r->fresh |= fresh;
}

static void write_bundle(const bundle *b, ll_strbuf *out) {
    uint32_t n = 0, all = HASH_COUNT(b->rows);
    bool drop = b->nasked > LEAST_RUN && all > b->nasked * 2; /* most of it is of units that are gone */
    for (const row *r = b->rows; r; r = r->hh.next) n += r->bytes && (r->asked || !drop);
    ll_put_uint(out, FORMAT);
    ll_put_uint(out, n);
    for (const row *r = b->rows; r; r = r->hh.next) {
        if (!r->bytes || (!r->asked && drop)) continue;
        ll_put_hash(out, r->key);
        ll_put_bytes(out, r->bytes, r->n);
    }
}

bool bundle_write(bundle *b, ll_arena *a, ll_strbuf *out, bundle_entry **entries, uint32_t *n) {
    uint32_t newer = 0;
    *n = 0;
    if (!b->nfresh) return false;
    for (const row *r = b->rows; r; r = r->hh.next) newer += r->newer;
    if (newer * FEW > HASH_COUNT(b->rows)) {
        write_bundle(b, out);
        return true;
    }
    *entries = LL_NEWN(a, bundle_entry, b->nfresh);
    ll_put_uint(out, FORMAT);
    ll_put_uint(out, newer);
    for (const row *r = b->rows; r; r = r->hh.next) {
        if (r->newer) ll_put_hash(out, r->key);
        if (r->fresh) (*entries)[(*n)++] = (bundle_entry){r->key, r->bytes, r->n};
    }
    return false;
}
