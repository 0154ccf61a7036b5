/* What the program as a whole asks of functions that nobody follows: whom they call, what they store where functions
 * are called from, which globals they write, what they do with the fields of records. Made from a function's body
 * alone, so it can be kept beside facts, and the bodies of functions that are not followed need not be read.
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
    const char *field;   /* "record::field"; the field's name alone where the record is not known */
    const char *usr;     /* NULL: a function that is not known */
} ir_fill;

typedef struct ir_through { /* a call through a field */
    const char *field;      /* ir_called_name */
    uint32_t nargs;
} ir_through;

typedef enum ir_field_what {
    IR_FIELD_MET,     /* it is given NULL */
    IR_FIELD_GIVEN,   /* it is given the result of calls, or a parameter */
    IR_FIELD_SHARED,  /* it is given something else, or its value is stored elsewhere, too */
    IR_FIELD_HANDED,  /* its value goes where somebody could release it */
    IR_FIELD_COPIED,  /* a record of this type is copied as a whole */
    IR_FIELD_VALUE,   /* its value is an argument of a call */
    IR_FIELD_ADDRESS, /* its address is */
    IR_FIELD_WHATS
} ir_field_what;

#define IR_NO_CALLEE UINT32_MAX

/* What an instruction does with a field of a record, or with a record. A field is known by the record's name and its
 * own: `p->name` and `q->name` are one field when p and q point to records of one name. */
typedef struct ir_field_event {
    ir_field_what what;
    bool direct;       /* VALUE: the argument names the field; else a local that was read from it alone */
    const char *type;  /* of the record; NULL: unknown. Only VALUE and ADDRESS and HANDED may go without */
    const char *field; /* NULL: COPIED; VALUE of a pointer to the record, or of one of the parameters */
    uint32_t callee;   /* number of its ref; from nrefs on of its pointer; or IR_NO_CALLEE. GIVEN: the last giver */
    uint32_t arg;      /* VALUE, ADDRESS: from 1 */
    uint32_t inst;     /* as in ir_outcall */
    ir_loc loc;        /* GIVEN: of the last giver */
    uint32_t var;      /* VALUE: of the record, or the pointer to it */
    union {            /* there are many of these: all of them are read on every run */
        struct {       /* VALUE, ADDRESS, HANDED */
            const char *name;  /* VALUE: of that variable; NULL: it has none */
            const char *macro; /* VALUE: as in ir_inst */
        };
        struct {                 /* GIVEN */
            const char **givers; /* names of what is called, in the order of the source; none: a parameter */
            uint32_t ngivers;
        };
    };
} ir_field_event;

typedef struct ir_outline {
    ir_ref *refs; /* functions it names, in the order of its variables; then fields it calls through */
    ir_outcall *calls;
    ir_fill *fills;
    ir_through *through;
    const char **taken;     /* USRs of functions whose address is stored or given away */
    const char **written;   /* USRs of globals that are written, or whose address is taken */
    ir_field_event *events; /* in the order of the instructions */
    const char **takes;     /* names of records that parameters point to */
    const char **pointers;  /* USRs of global pointers that are called */
    uint32_t nrefs, ncalls, nfills, nthrough, ntaken, nwritten, nevents, ntakes, npointers;
    bool leaves;   /* some path returns, or jumps who knows where */
    bool by_value; /* a record is a parameter */
} ir_outline;

/* The outline of a function that has its body, in `a`; the scratch may be reset after, and may be the same. */
const ir_outline *ir_outline_make(ll_arena *a, ll_arena *scratch, const ir_func *f);
/* outline_fields.c: fills in events, pointers and takes; refs are there. */
void ir_outline_fields(ll_arena *a, ll_arena *scratch, const ir_func *f, ir_outline *o);
/* It names the function, or calls through the field. Names are of one pool. */
static inline bool ir_outline_names(const ir_outline *o, const char *usr) {
    for (uint32_t i = 0; i < o->nrefs; i++)
        if (o->refs[i].usr == usr) return true;
    return false;
}
/* The name of the record that a variable points to, NULL: it points to none. */
const char *ir_record_pointed_to(const ir_func *f, uint32_t var);
/* The field that a call calls through, NULL: none. "record::field", or the field's name alone where the record has
 * none. */
const char *ir_called_name(const ir_inst *call);
/* "record::field" of the field at the end of a place in a variable of this type; the field's name alone where the
 * record cannot be told, NULL when the place does not end in a field. In `a`, or as it is. */
const char *ir_filled_name(ll_arena *a, const ir_type *of_var, const ir_place *p);
/* Instruction number n, counted over all blocks; NULL: there is none. */
const ir_inst *ir_inst_at(const ir_func *f, uint32_t n);
/* The number of the block that holds it; f->nblocks: none does. */
uint32_t ir_block_of(const ir_func *f, const ir_inst *in);

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
    bool once; /* files, declarations and globals that an earlier unit has, by the units' names, are left out of later
                  ones: enough for whoever asks all units, and most of what they have */
} ir_outlines_sink;
bool ir_outlines_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, const ir_outlines_sink *sink,
                        ll_err *err);

#endif
