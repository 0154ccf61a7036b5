#include "base/bytes.h"
#include "ir/codec.h"

static void full_string(ir_writer *w, const char *s) {
    ll_put_str(w->out, s);
}

static void full_type(ir_writer *w, const ir_type *t) {
    ir_put_type(w->out, t);
}

void ir_put_type(ll_strbuf *out, const ir_type *t) {
    for (; t; t = t->elem) {
        ll_put_uint(out, (uint64_t)t->kind + 1);
        ll_put_uint(out, (uint64_t)t->is_unsigned | (uint64_t)t->is_const << 1);
        ll_put_uint(out, t->bits);
        ll_put_int(out, t->count);
        ll_put_str(out, t->name);
    }
    ll_put_uint(out, 0);
}

ir_writer ir_full_writer(ll_strbuf *out) {
    return (ir_writer){out, full_string, full_type, NULL};
}

ll_hash ir_func_hash(const ir_func *f) {
    ll_strbuf bytes = {0};
    ir_writer w = ir_full_writer(&bytes);
    ir_write_func(&w, f);
    ll_hash h = ll_hash_of(bytes.s, bytes.n);
    ll_sb_free(&bytes);
    return h;
}
