/* The lifecycle IR: the smallest language in which every lifecycle question can be asked.
 *
 * A unit is functions, function declarations, globals. A function is variables and basic blocks; a
 * block is instructions, the last one a terminator. Instructions work on *operands* and *places*.
 *
 * A place denotes a memory location: start at a variable's own location, then follow the path:
 *   FIELD name   the field's location inside the record at the current location
 *   INDEX i      element i of the array that begins at the current location; INDEX constant 0 is
 *                dropped when the element is not itself an array, so `*p`, `p[0]` are one place
 *   DEREF        the location that the pointer stored at the current location points to
 * So `p->buf` is p DEREF FIELD buf, `s.fds[1]` is s FIELD fds INDEX 1, `*out` is out DEREF, and
 * `p[i]` is p DEREF INDEX i. Fields of anonymous records are reached directly by their name; all
 * members of a union share the one path step FIELD with the name of the union's first member.
 * An array used as a value is ADDR of its place; a function used as a value is FUNC.
 *
 * Facts are a pure function of (bytes of the unit and its includes, flags). They know nothing of
 * rules. Locations are relative to the first line of their function, so an edit above a function
 * changes nothing in its facts. All strings are interned in one pool per program: equal text,
 * equal pointer, within the unit (and within a program after ir_decode into its pool).
 *
 * Conventions of lowering that the engine relies on:
 *  - every subexpression with side effects or a call is flattened into temporaries (IR_V_TEMP),
 *    each assigned in one instruction (two for the arms of ?: and &&/|| used as values);
 *  - conditions are control flow: `if (a && !b)` gives two BRANCH instructions; a branch operand is a
 *    place or a temporary holding a comparison made by BIN in the same block;
 *  - `if (!p)`, `if (p == NULL)`, `if (p)`: compare with constant 0 becomes BRANCH on p itself with
 *    the targets ordered accordingly;
 *  - leaving a scope (end of block, goto, break, continue, return) emits, innermost first, cleanup
 *    calls / destructor calls and SCOPE_END of each local that has one or whose address is taken;
 *    the returned value is computed into a temporary before;
 *  - after a call of a noreturn function comes UNREACHABLE;
 *  - casts between pointers, and between pointers and integers, are COPY; conversion to bool is BIN NE 0;
 *  - a compound literal and a C++ temporary are IR_V_LOCAL variables without a name;
 *  - static locals are IR_V_GLOBAL with their own USR;
 *  - sizeof, offsetof, enumerators and constant expressions are INT operands. */
#ifndef LL_IR_H
#define LL_IR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/strbuf.h"

/* Raise when the meaning or encoding of facts changes: cached facts of other versions are dropped. */
#define IR_VERSION 4

typedef enum ir_opcode {
#define IR_OP(NAME, text, operands, terminator, meaning) IR_##NAME,
#include "ir/ops.def"
#undef IR_OP
    IR_OPCODE_COUNT
} ir_opcode;

/* Operators of BIN and UN; names in ir_arith_name. Signedness is ir_inst.is_unsigned, that of a's type.
 * PTRADD: pointer + element count b (may be a place); the result points into a's object. TRUNC: conversion to a
 * narrower integer. NOT: !a. BNOT: ~a. */
// clang-format off
typedef enum ir_arith {
    IR_ADD, IR_SUB, IR_MUL, IR_DIV, IR_REM, IR_AND, IR_OR, IR_XOR, IR_SHL, IR_SHR,
    IR_EQ, IR_NE, IR_LT, IR_LE, IR_GT, IR_GE,
    IR_NEG, IR_NOT, IR_BNOT,
    IR_PTRADD,
    IR_TRUNC,
    IR_ARITH_COUNT
} ir_arith;
// clang-format on

typedef enum ir_tkind {
    IR_T_VOID,
    IR_T_BOOL,
    IR_T_INT,
    IR_T_FLOAT,
    IR_T_PTR,
    IR_T_ARRAY,
    IR_T_RECORD,
    IR_T_UNION,
    IR_T_FUNC,
    IR_T_OTHER,
    IR_T_COUNT
} ir_tkind;

/* Interned per unit by value: equal types are one pointer where cheap, never rely on it. */
typedef struct ir_type {
    ir_tkind kind;
    bool is_unsigned;           /* INT */
    bool is_const;              /* the type itself is const-qualified (so pointee const: elem->is_const) */
    uint16_t bits;              /* INT, BOOL, FLOAT */
    const char *name;           /* RECORD, UNION: tag or typedef name as spelled; PTR, INT: typedef; or NULL */
    const struct ir_type *elem; /* PTR: pointee, ARRAY: element, FUNC: result; else NULL */
    int64_t count;              /* ARRAY: elements, -1 when unknown */
} ir_type;

static inline bool ir_points_to_const(const ir_type *t) {
    return t && t->kind == IR_T_PTR && t->elem && t->elem->is_const;
}

typedef struct ir_loc {
    int32_t line; /* relative to ir_func.first_line; 0 is that line. Expansion location for macros. */
    int32_t col;  /* 1-based byte column; 0: unknown */
} ir_loc;

typedef enum ir_vkind { IR_V_PARAM, IR_V_LOCAL, IR_V_TEMP, IR_V_GLOBAL, IR_V_FUNC } ir_vkind;

typedef struct ir_var {
    ir_vkind kind;
    const char *name; /* source name; NULL for temporaries and unnamed */
    const char *usr;  /* GLOBAL (static locals too), FUNC; else NULL */
    const ir_type *type;
    ir_loc loc; /* of the declaration, PARAM and LOCAL */
    bool is_volatile, address_taken, is_thread_local;
} ir_var;

/* The USR of a static local: that of its function, this, its name. */
#define IR_STATIC_LOCAL "@static@"

typedef enum ir_skind { IR_S_FIELD, IR_S_INDEX, IR_S_DEREF } ir_skind;

typedef enum ir_okind {
    IR_O_NONE,
    IR_O_INT,   /* i: integer constant, also null pointers */
    IR_O_STR,   /* string literal; str holds at most 256 bytes of it */
    IR_O_FLOAT, /* a floating constant, value not kept */
    IR_O_PLACE, /* the value stored at place */
    IR_O_ADDR,  /* the address of place */
    IR_O_FUNC,  /* the address of function vars[place.var] */
    IR_O_UNKNOWN
} ir_okind;

typedef struct ir_step {
    ir_skind kind;
    const char *field; /* FIELD; interned */
    /* INDEX: constant when index_var is IR_NOVAR, else the value of that (scalar) variable */
    int64_t index;
    uint32_t index_var;
} ir_step;

#define IR_NOVAR UINT32_MAX
#define IR_MAX_PATH 256u      /* steps of a place */
#define IR_MAX_TYPE_DEPTH 64u /* levels of ir_type.elem; front ends cut deeper types with IR_T_OTHER */

typedef struct ir_place {
    uint32_t var; /* index into ir_func.vars; IR_NOVAR: absent */
    uint32_t npath;
    ir_step *path;
} ir_place;

typedef struct ir_operand {
    ir_okind kind;
    const ir_type *type; /* of the value; may be NULL for INT */
    int64_t i;
    const char *str;
    ir_place place;
} ir_operand;

typedef struct ir_case {
    int64_t lo, hi;  /* inclusive */
    uint32_t target; /* index into ir_inst.targets */
} ir_case;

typedef struct ir_inst {
    ir_opcode op;
    ir_arith arith;
    bool is_unsigned;
    ir_loc loc;
    const ir_type *type; /* of the value written to dst (COPY: a RECORD copies all fields); CALL: result type */
    ir_place dst;        /* also the place of DECL, SCOPE_END, ZERO, HAVOC */
    ir_operand a, b;     /* CALL: a is the callee (FUNC: direct, PLACE: indirect) */
    ir_operand *args;
    uint32_t nargs;
    const char *macro; /* CALL: the macro name the source calls the callee by; NULL: its own name */
    const char *table; /* CALL of a function pointer read from a field: "record::field"; NULL: none, or no name */
    uint32_t *targets; /* block numbers */
    uint32_t ntargets;
    ir_case *cases;
    uint32_t ncases;
} ir_inst;

typedef struct ir_block {
    ir_inst *insts;
    uint32_t ninsts;
} ir_block;

/* What is known of a function from its declarations alone. */
typedef struct ir_fdecl {
    const char *usr, *name;
    const ir_type *ret;
    const ir_type **params;
    uint32_t nparams;
    bool variadic;
    bool is_static;
    bool is_noreturn; /* attribute, _Noreturn, [[noreturn]] or a builtin that never returns */
    bool in_system_header;
    bool is_pure; /* attribute pure or const */
    bool returns_nonnull;
    uint32_t nonnull_args; /* attribute nonnull: bit set of arguments, from 0 */
    bool attr_malloc;      /* attribute malloc, with or without deallocator */
    const char *dealloc;   /* attribute malloc(dealloc[, n]): name of the deallocator, else NULL */
    uint32_t dealloc_arg;  /* 1-based */
    const char *owner;     /* C++ member: class name, else NULL; a member's first parameter is `this` */
} ir_fdecl;

typedef struct ir_func {
    const char *usr, *name;
    const char *file;              /* as found by the compiler, made absolute; of the definition's expansion */
    int32_t first_line, last_line; /* 1-based, absolute: the only absolute lines of a function's facts */
    const ir_type *ret;
    uint32_t nparams; /* vars[0..nparams) are the parameters */
    ir_var *vars;
    uint32_t nvars;
    ir_block *blocks; /* block 0 is the entry */
    uint32_t nblocks;
    bool is_static, is_inline, is_variadic, is_noreturn;
    bool in_system_header, in_main_file;
    bool is_weak;                     /* another definition, anywhere in the program, is meant instead */
    bool is_ctor_attr;                /* attribute constructor/destructor: runs without a caller */
    bool is_partial;                  /* something in it could not be lowered; see ir_unit.notes */
    const char *owner;                /* C++ member: class name */
    ll_hash hash;                     /* ir_func_hash when the facts came from ir_decode, else none */
    const struct ir_outline *outline; /* outline.h; NULL: not made yet */
    bool bare;                        /* vars and blocks are not here */
} ir_func;

/* One scalar of a global's initialiser: path from the global, and the value. */
typedef struct ir_init {
    ir_place place;   /* var is 0 and means the global itself */
    ir_operand value; /* INT, STR, FLOAT, UNKNOWN; FUNC and ADDR name the target in `usr` */
    const char *usr;  /* FUNC: function; ADDR: global; else NULL */
} ir_init;

typedef struct ir_global {
    const char *usr, *name;
    const char *file;
    const ir_type *type;
    bool is_static, is_const, has_definition;
    ir_init *inits; /* a definition without initialiser is all zero; ninits 0 */
    uint32_t ninits;
    bool init_complete; /* every scalar not listed is 0; false when the initialiser was too large to keep */
} ir_global;

typedef enum ir_note_kind {
    IR_NOTE_PARSE_ERROR, /* the compiler's own error; the unit is analysed as far as it parses */
    IR_NOTE_NOT_LOWERED, /* a construct the front end declines */
} ir_note_kind;

typedef struct ir_note {
    ir_note_kind kind;
    const char *file;
    int32_t line, col;
    const char *text;
} ir_note;

typedef struct ir_unit {
    const char *file;             /* main file, absolute */
    LL_ARRAY(ir_func *) funcs;    /* bodies, in source order; headers' inline functions too */
    LL_ARRAY(ir_fdecl) decls;     /* every function referenced or defined */
    LL_ARRAY(ir_global) globals;  /* every global referenced or defined */
    LL_ARRAY(const char *) files; /* every file read, absolute, main file first */
    LL_ARRAY(ir_note) notes;
} ir_unit;

/* The unit's body, or declaration, of the function; NULL: none. The USR is of the unit's pool of names. */
static inline const ir_func *ir_unit_func(const ir_unit *u, const char *usr) {
    for (uint32_t i = 0; i < u->funcs.n; i++)
        if (u->funcs.v[i]->usr == usr) return u->funcs.v[i];
    return NULL;
}
static inline const ir_fdecl *ir_unit_decl(const ir_unit *u, const char *usr) {
    for (uint32_t i = 0; i < u->decls.n; i++)
        if (u->decls.v[i].usr == usr) return &u->decls.v[i];
    return NULL;
}

/* ---- build.c: what front ends use to make functions ---- */

typedef struct ir_builder ir_builder;

/* Strings given to the builder must be interned; the function and all parts live in `a`. */
ir_builder *ir_build_new(ll_arena *a, ll_intern *names);
uint32_t ir_build_var(ir_builder *b, ir_var var); /* parameters first */
uint32_t ir_build_block(ir_builder *b);          /* a new, empty, unterminated block */
void ir_build_at(ir_builder *b, uint32_t block); /* further instructions go to its end */
uint32_t ir_build_here(const ir_builder *b);     /* current block */
bool ir_build_terminated(const ir_builder *b);   /* current block ends in a terminator */
void ir_build_inst(ir_builder *b, ir_inst inst); /* after a terminator: goes to a fresh dead block */
/* Ends the function: unterminated blocks get RET, blocks that nothing reaches are dropped, the rest
 * renumbered in reverse postorder from the entry, jump-only blocks threaded, a block that is the only way into the
 * next joined with it; a switch names each target once. Fills vars, nparams and blocks of f. Once only. */
void ir_build_finish(ir_builder *b, ir_func *f);

const ir_var *ir_build_vars(const ir_builder *b, uint32_t *nvars); /* so far; borrowed until the next ir_build_var */

ir_place ir_place_var(uint32_t var);
ir_place ir_place_field(ll_arena *a, ir_place p, const char *field);
/* The field that the place's last step names; NULL: the last step is none, or there is none. */
const char *ir_place_last_field(const ir_place *p);
ir_place ir_place_deref(ll_arena *a, ir_place p);
ir_place ir_place_index(ll_arena *a, ir_place p, int64_t index, uint32_t index_var);
ir_operand ir_int(int64_t v, const ir_type *type);
ir_operand ir_load(ir_place p, const ir_type *type);
ir_operand ir_addr(ir_place p, const ir_type *type);
bool ir_place_equal(const ir_place *a, const ir_place *b);
/* The declared type at a place, from the type of its variable; NULL where a FIELD step hides it. */
const ir_type *ir_place_type(const ir_func *f, const ir_place *p);
bool ir_type_equal(const ir_type *a, const ir_type *b); /* by value; both may be NULL */

/* ---- names.c: the rows of ops.def ---- */

const char *ir_op_name(ir_opcode op);
const char *ir_op_operands(ir_opcode op); /* letters as in ops.def */
bool ir_op_terminates(ir_opcode op);
const char *ir_arith_name(ir_arith op);
bool ir_arith_is_unary(ir_arith op);

/* ---- verify.c ---- */

/* Checks every promise of this header (indexes in range, terminators last, operand kinds, interned
 * names present). False: the first broken promise in err (LL_E_INTERNAL). */
bool ir_verify(const ir_func *f, ll_err *err);

/* ---- print.c, read.c: the text form; reading back what was printed gives an equal unit ---- */

struct ll_strbuf;
void ir_print_func(struct ll_strbuf *out, const ir_func *f);
void ir_print_unit(struct ll_strbuf *out, const ir_unit *u);
bool ir_read_unit(ll_arena *a, ll_intern *names, const char *name, const char *text, ir_unit *out, ll_err *err);
/* The place as source would write it ("p->buf", "*out", "fds[1]"); temporaries give "". Appends. */
void ir_print_place(struct ll_strbuf *out, const ir_func *f, const ir_place *p);

/* ---- codec.c: bytes for the cache and for worker processes ---- */

void ir_encode(struct ll_strbuf *out, const ir_unit *u);
/* Damaged or foreign bytes are an error, never a crash. */
bool ir_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, ir_unit *out, ll_err *err);
/* The same for bytes that go to other machines: "root/" (absolute, NULL: as it is) in any string is written as a mark,
 * and read as the root given then. The hashes of functions stay behind. */
void ir_encode_under(struct ll_strbuf *out, const ir_unit *u, const char *root);
bool ir_decode_under(ll_arena *a, ll_intern *names, const void *bytes, size_t n, const char *root, ir_unit *out,
                     ll_err *err);

/* ---- hash.c ---- */

/* Of a function's facts without file and absolute lines: equal when only its position changed. */
ll_hash ir_func_hash(const ir_func *f);
/* Appends a type in full: equal types, equal bytes. */
void ir_put_type(ll_strbuf *out, const ir_type *t);

#endif
