/* What the program does with the pointers its records hold: which fields are given values, which are released, and
 * where whole records are. Read off the instructions of all functions without following paths, for questions that no
 * one function answers (kind_forgotten.c). A field is known by the record's name and its own: `p->name` and `q->name`
 * are one field when p and q point to records of one name. */
#ifndef LL_ENGINE_FIELD_INDEX_H
#define LL_ENGINE_FIELD_INDEX_H

#include "engine/call_index.h"

typedef struct field_store {
    uint32_t node;
    const ir_inst *inst; /* the call that gives the value, else the store */
    const char *callee;  /* what was called; NULL: the value is a parameter */
} field_store;

/* A call that ends what a variable or a field points to. */
typedef struct release_call {
    uint32_t node;
    const ir_inst *inst;
    uint32_t var;     /* the record, or the pointer to it, in that function */
    const rule *rule; /* NULL: its name alone says so */
    const char *by;
} release_call;

typedef struct record_field {
    const char *type, *field;
    LL_ARRAY(field_store) given;     /* results of calls, and parameters */
    LL_ARRAY(release_call) released; /* by way of a record of this type */
    uint32_t ngiven;                 /* of `given`, results of calls */
    bool handed;                     /* its value goes to where somebody may release it */
    bool borrows; /* something else is stored there, too (a literal, an address), or it is stored elsewhere, too */
} record_field;

typedef struct record_release {
    release_call call;
    const char *type;
} record_release;

/* Functions that release some field of this name, whatever the record. */
typedef struct field_enders {
    LL_ARRAY(uint32_t) nodes;
} field_enders;

typedef struct field_index {
    engine *e;
    LL_ARRAY(record_field *) fields; /* in the order they were met */
    LL_ARRAY(record_release) records;
    name_map *by_name;      /* "record.field" -> record_field */
    name_map *enders;       /* field -> field_enders */
    name_map *handed;       /* names of fields whose value does so, of records nobody knows */
    name_map *copied;       /* names of records that are copied as a whole somewhere */
    struct param_end *ends; /* field_index.c: what functions do to their first parameters */
} field_index;

field_index *field_index_new(engine *e);
/* Argument `arg` (from 1) of this call is a pointer that the callee ends: by a rule, by its body, or by its name. */
bool field_call_ends(field_index *x, uint32_t node, const ir_inst *call, uint32_t arg, release_call *out);
/* Records of this name are copied as a whole somewhere: two may hold one pointer. */
bool field_record_copied(const field_index *x, const char *type);
/* The name of the record that a variable points to, NULL: it points to none. */
const char *field_record_of(const ir_func *f, uint32_t var);

#endif
