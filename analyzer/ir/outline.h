/* What the program as a whole asks of functions that nobody follows: whom they call, what they store where functions
 * are called from, which globals they write. Made from a function's body alone, so it can be kept beside facts, and the
 * bodies of functions that are not followed need not be read.
 *
 * A function is *bare* when it came without its body: everything but vars and blocks is there, and its outline. */
#ifndef LL_IR_OUTLINE_H
#define LL_IR_OUTLINE_H

#include "ir/ir.h"

typedef struct ir_ref {
    const char *usr, *name;
} ir_ref;

/* Functions given away in a call that names a field's address as well: called back for that field, most likely. */
typedef struct ir_callback {
    const char *field;
    const char **usr;
    uint32_t nusr;
} ir_callback;

typedef struct ir_outcall { /* a direct call, or one through a field of a record that has a name */
    bool through;           /* the latter: the ref's USR is "record::field", its name the field */
    uint32_t ref;           /* of ir_outline.refs */
    uint32_t inst;          /* number of the instruction, counted over all blocks */
    ir_loc loc;
    const ir_callback *callback; /* NULL: none */
} ir_outcall;

typedef struct ir_fill { /* a field that is given a function */
    const char *field;
    const char *usr; /* NULL: a function that is not known */
} ir_fill;

typedef struct ir_through { /* a call through a field */
    const char *field;
    uint32_t nargs;
} ir_through;

typedef struct ir_outline {
    ir_ref *refs; /* functions it names, in the order of its variables; then fields it calls through */
    ir_outcall *calls;
    ir_fill *fills;
    ir_through *through;
    const char **taken;   /* USRs of functions whose address is stored or given away */
    const char **written; /* USRs of globals that are written, or whose address is taken */
    uint32_t nrefs, ncalls, nfills, nthrough, ntaken, nwritten;
    bool leaves;   /* some path returns, or jumps who knows where */
    bool by_value; /* a record is a parameter */
} ir_outline;

/* The outline of a function that has its body, in `a`; the scratch may be reset after, and may be the same. */
const ir_outline *ir_outline_make(ll_arena *a, ll_arena *scratch, const ir_func *f);
/* The field a call through this place calls, NULL: none. */
const char *ir_called_field(const ir_place *callee);
/* Instruction number n, counted over all blocks; NULL: there is none. */
const ir_inst *ir_inst_at(const ir_func *f, uint32_t n);

/* ---- outline_codec.c: many units without their bodies as bytes. What units have in common is there once. ---- */

typedef struct ir_outlined {
    ll_hash key; /* of the unit's facts */
    const ir_unit *unit;
} ir_outlined;

void ir_outlines_encode(struct ll_strbuf *out, const ir_outlined *units, uint32_t n);
/* Which of the units are wanted is asked by `wants`, by their keys; the others are skipped. Units share functions that
 * are the same. Damaged or foreign bytes are an error, never a crash. */
typedef struct ir_outlines_sink {
    void *ctx;
    bool (*wants)(void *ctx, ll_hash key);
    void (*take)(void *ctx, ll_hash key, const ir_unit *unit);
} ir_outlines_sink;
bool ir_outlines_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, const ir_outlines_sink *sink,
                        ll_err *err);

#endif
