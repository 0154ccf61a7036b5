/* Symbols: hash-consed names of values and addresses, one table a function analysis.
 *
 * A symbol is immutable and built from others, so that two paths that compute the same thing hold
 * the same number and states can be compared without renaming:
 *
 *     p->len        INIT(SUB(INIT(ADDR p), FIELD len))    what the caller's memory held at entry
 *     malloc() @17  CONJ(17, turn)                        a value the function itself came by
 *     a < b         TERM(LT, a, b)                        decided once, decided for the path
 *
 * An address *is* a symbol too: the pointer value v is the address of its pointee, SUB(v, FIELD f) that of
 * a field. Memory (state.h) maps addresses to values; a cell that nothing wrote holds INIT(address).
 * After Rival/Xu region symbols of Clang's analyzer ("A memory model for static analysis of C
 * programs", ISoLA 2010), flattened. */
#ifndef LL_ENGINE_SYM_H
#define LL_ENGINE_SYM_H

#include "ir/ir.h"

typedef uint32_t sym; /* 0: none */

typedef enum sym_kind {
    SY_NONE,
    SY_CONST, /* k */
    SY_STR,   /* p: text */
    SY_FUNC,  /* p: USR, q: name */
    SY_ADDR,  /* address of a variable: a (function-local index), or p: USR of a global */
    SY_SUB,   /* address inside the object at a: op is SUB_FIELD (p: name) or SUB_INDEX (b: index value) */
    SY_INIT,  /* value of cell a when the function was entered */
    SY_DFLT,  /* value of cell a under the unknown default set at event b */
    SY_CONJ,  /* value born at instruction a, b: tag and turn */
    SY_TERM,  /* op (ir_arith or TERM_ALIAS) over a, b */
} sym_kind;

enum { SUB_FIELD = 1, SUB_INDEX = 2, TERM_ALIAS = 100 /* points somewhere into a; b tells sites apart */ };

typedef struct symrec {
    uint8_t kind;
    uint8_t op;
    bool input; /* the caller can name it: built from parameters' values and globals only */
    uint8_t depth;
    sym a, b;
    sym init; /* what the cell at this address held at entry; 0: nobody asked. Not part of identity */
    int64_t k;
    const char *p, *q;
    const ir_type *type; /* of the value, when known; not part of identity */
} symrec;

/* What a symbol's form alone says of its value. */
typedef struct sym_bounds {
    int64_t lo, hi; /* of its type, or the constant */
    bool nonzero;
    bool by_parts; /* more of it, or less, hangs on what its parts are known to be */
} sym_bounds;

typedef struct symtab { /* open for reading by the inline functions below only */
    ll_arena *arena;
    symrec *rec;
    uint8_t *kind;        /* of rec[s], close together: most questions are about these three */
    sym *object, *region; /* derived: see sym_object; the address under all SUBs */
    uint32_t *var;        /* derived: the local variable whose storage contains address s, or IR_NOVAR */
    sym_bounds *bounds;   /* derived */
    bool *in_element;     /* derived: an address inside an element of unknown index */
    bool *input;          /* of rec[s] */
    bool has_elements;    /* there is such an address */
    uint32_t n, cap;
    sym *local; /* addresses of variables by their number; 0: not made so far */
    uint32_t nlocal;
    struct sym_slot *slot; /* sym.c */
    uint32_t nslot;        /* power of two */
} symtab;

symtab *symtab_new(ll_arena *a);
static inline symrec symtab_get(const symtab *t, sym s) {
    return t->rec[s];
}
static inline const symrec *symtab_at(const symtab *t, sym s) { /* dies at the next creation */
    return &t->rec[s];
}
static inline sym_kind symtab_kind(const symtab *t, sym s) {
    return (sym_kind)t->kind[s];
}
static inline uint32_t symtab_count(const symtab *t) {
    return t->n;
}

sym sym_const(symtab *t, int64_t k);
sym sym_str(symtab *t, const char *text);
sym sym_func(symtab *t, const char *usr, const char *name);
sym sym_addr_local(symtab *t, uint32_t var, const ir_type *type);
sym sym_addr_global(symtab *t, const char *usr, const char *name, const ir_type *type);
sym sym_field(symtab *t, sym base, const char *field);
/* Element `index` of the array at base; constant indexes add up, constant 0 is base itself. */
sym sym_index(symtab *t, sym base, sym index);
sym sym_init(symtab *t, sym addr, const ir_type *type, bool of_param);
sym sym_dflt(symtab *t, sym addr, uint32_t event, const ir_type *type);
sym sym_conj(symtab *t, uint32_t inst, uint32_t tag, const ir_type *type);
sym sym_term(symtab *t, int op, sym a, sym b, const ir_type *type);

static inline bool sym_is_const(const symtab *t, sym s, int64_t *k) {
    if (t->kind[s] != SY_CONST) return false;
    *k = t->rec[s].k;
    return true;
}
/* The object an address or interior pointer belongs to: strips SUB, PTRADD and ALIAS. */
static inline sym sym_object(const symtab *t, sym s) {
    return t->object[s];
}
/* What s was made of by adding a constant (a number kept as a pointer: fd + 1), or s. */
sym sym_shifted(const symtab *t, sym s);
/* The address lies in an element whose index is not known. */
static inline bool sym_in_element(const symtab *t, sym s) {
    return t->in_element[s];
}
/* The variable whose storage contains address s, or IR_NOVAR. */
static inline uint32_t sym_local_var(const symtab *t, sym s) {
    return t->var[s];
}
/* The caller can name it. */
static inline bool sym_is_input(const symtab *t, sym s) {
    return t->input[s];
}

#endif
