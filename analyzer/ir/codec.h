/* Inside ir/: one walk over a function's facts serves the codec and the hash. */
#ifndef LL_IR_CODEC_H
#define LL_IR_CODEC_H

#include "base/bytes.h"
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

/* ---- encode.c: what facts and outlines have in common ---- */

void ir_write_position(ir_writer *w, const ir_func *f, ll_hash hash);
void ir_write_head(ir_writer *w, const ir_func *f);   /* ir_write_func without variables and blocks */
void ir_write_origin(ir_writer *w, const ir_unit *u); /* file, files, notes */
void ir_write_decl(ir_writer *w, const ir_fdecl *d);
void ir_write_global(ir_writer *w, const ir_global *g);
struct ir_outline;
void ir_write_outline(ir_writer *w, const struct ir_outline *o); /* outline_codec.c */

/* Strings and types in full: what is written can be compared and hashed. */
ir_writer ir_full_writer(ll_strbuf *out);

/* Strings and types, each there once and by number from then on. */
typedef struct ir_tables ir_tables;
ir_tables *ir_tables_new(const char *root); /* NULL: strings as they are */
ir_writer ir_tables_writer(ir_tables *t, ll_strbuf *out);
/* Magic, version, checksum, tables, body; the tables are freed. */
void ir_tables_seal(ir_tables *t, const char *magic, const ll_strbuf *body, ll_strbuf *out);

/* ---- decode.c ---- */

typedef struct ir_reader {
    ll_arena *arena;
    ll_reader in;
    ll_strings strings;
    const ir_type **types;
    uint8_t *depth; /* of types[i] */
    uint32_t ntypes;
} ir_reader;

/* False: the bytes are not what ir_tables_seal wrote. The reader stands at the body then. */
bool ir_read_tables(ll_arena *a, ll_intern *names, const char *magic, const void *bytes, size_t n, const char *root,
                    ir_reader *r, ll_err *err);
const char *ir_get_string(ir_reader *r);
ir_func *ir_read_head(ir_reader *r); /* with what ir_write_position wrote ahead of it */
/* once: per string, whether some unit has that file already; such files are left out. NULL: none are. */
void ir_read_origin(ir_reader *r, bool *once, ir_unit *u);
ir_fdecl ir_read_decl(ir_reader *r);
ir_global ir_read_global(ir_reader *r);

/* ---- root.c: strings that name the project's root, the same bytes wherever that is ---- */

/* Appends `s` with every "ROOT/" in it as a mark. False: it is the same, and nothing was appended. */
bool ir_leave_root(ll_strbuf *out, const char *root, const char *s);
/* The way back, to another root perhaps. */
bool ir_enter_root(ll_strbuf *out, const char *root, const char *s);

#define IR_CODEC_MAGIC "LLIR"
#define IR_CODEC_HEADER 13u /* magic, version, XXH3-64 of the rest in little endian */

#endif
