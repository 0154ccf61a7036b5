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

#define IR_CODEC_MAGIC "LLIR"
#define IR_CODEC_HEADER 13u /* magic, version, XXH3-64 of the rest in little endian */

#endif
