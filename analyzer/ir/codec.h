/* Inside ir/: one walk over a function's facts serves the codec and the hash. */
#ifndef LL_IR_CODEC_H
#define LL_IR_CODEC_H

#include "base/strbuf.h"
#include "ir/ir.h"

typedef struct ir_writer ir_writer;

/* How strings and types are written: as table indexes (codec) or in full (hash). */
struct ir_writer {
    ll_strbuf *out;
    void (*string)(ir_writer *w, const char *s);
    void (*type)(ir_writer *w, const ir_type *t);
    void *tables;
};

/* Everything but the file and the absolute lines. */
void ir_write_func(ir_writer *w, const ir_func *f);

/* ---- root.c: strings that name the project's root, the same bytes wherever that is ---- */

/* Appends `s` with every "ROOT/" in it as a mark. False: it is the same, and nothing was appended. */
bool ir_leave_root(ll_strbuf *out, const char *root, const char *s);
/* The way back, to another root perhaps. */
bool ir_enter_root(ll_strbuf *out, const char *root, const char *s);

#define IR_CODEC_MAGIC "LLIR"
#define IR_CODEC_HEADER 13u /* magic, version, XXH3-64 of the rest in little endian */

#endif
