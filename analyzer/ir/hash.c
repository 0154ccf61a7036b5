#include <string.h>

#include "ir/codec.h"

static void full_string(ir_writer *w, const char *s) {
    size_t n = s ? strlen(s) : 0;
    ir_write_uint(w->out, s ? (uint64_t)n + 1 : 0);
    ll_sb_addn(w->out, s, n);
}

static void full_type(ir_writer *w, const ir_type *t) {
    for (; t; t = t->elem) {
        ir_write_uint(w->out, (uint64_t)t->kind + 1);
        ir_write_uint(w->out, (uint64_t)t->is_unsigned | (uint64_t)t->is_const << 1);
        ir_write_uint(w->out, t->bits);
        ir_write_int(w->out, t->count);
        full_string(w, t->name);
    }
    ir_write_uint(w->out, 0);
}

ll_hash ir_func_hash(const ir_func *f) {
    ll_strbuf bytes = {0};
    ir_writer w = {&bytes, full_string, full_type, NULL};
    ir_write_func(&w, f);
    ll_hash h = ll_hash_of(bytes.s, bytes.n);
    ll_sb_free(&bytes);
    return h;
}
