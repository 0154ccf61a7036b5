#include "rulepack/ytree_bytes.h"

#include <string.h>

#include "base/bytes.h"

void ytree_write(const ynode *y, ll_strbuf *out) {
    ll_put_uint(out, (unsigned)y->kind | (unsigned)y->quoted << 2 | (unsigned)y->block << 3);
    ll_put_int(out, y->line);
    ll_put_int(out, y->col);
    if (y->kind == Y_SCALAR) {
        ll_put_bytes(out, y->text, strlen(y->text) + 1);
    } else if (y->kind == Y_LIST) {
        ll_put_uint(out, y->items.n);
        for (uint32_t i = 0; i < y->items.n; i++) ytree_write(y->items.v[i], out);
    } else {
        ll_put_uint(out, y->pairs.n);
        for (uint32_t i = 0; i < y->pairs.n; i++) {
            ytree_write(y->pairs.v[i].key, out);
            ytree_write(y->pairs.v[i].value, out);
        }
    }
}

static const char *get_text(ll_reader *r) {
    size_t n;
    const char *text = ll_get_bytes(r, &n);
    if (!r->bad && n && !text[n - 1]) return text;
    ll_reader_fail(r);
    return "";
}

static ynode *get(ll_reader *r, ll_arena *a, uint32_t depth) {
    ynode *y = LL_NEW(a, ynode);
    uint32_t bits = ll_get_below(r, 16);
    if ((bits & 3) > Y_MAP || depth > YTREE_MAX_DEPTH) ll_reader_fail(r);
    y->kind = (ykind)(bits & 3);
    y->quoted = bits >> 2 & 1;
    y->block = bits >> 3 & 1;
    y->line = ll_get_int32(r);
    y->col = ll_get_int32(r);
    if (r->bad) return y;
    if (y->kind == Y_SCALAR) {
        y->text = get_text(r);
    } else if (y->kind == Y_LIST) {
        y->items.n = y->items.cap = ll_get_count(r, 4);
        y->items.v = LL_NEWN(a, ynode *, y->items.n);
        for (uint32_t i = 0; i < y->items.n && !r->bad; i++) y->items.v[i] = get(r, a, depth + 1);
    } else {
        y->pairs.n = y->pairs.cap = ll_get_count(r, 8);
        y->pairs.v = LL_NEWN(a, ypair, y->pairs.n);
        for (uint32_t i = 0; i < y->pairs.n && !r->bad; i++) {
            y->pairs.v[i].key = get(r, a, depth + 1);
            y->pairs.v[i].value = get(r, a, depth + 1);
        }
    }
    return y;
}

ynode *ytree_restore(ll_arena *a, const void *bytes, size_t n) {
    ll_reader r = ll_reader_of(bytes, n);
    ynode *y = get(&r, a, 0);
    return r.bad || r.p != r.end ? NULL : y;
}
