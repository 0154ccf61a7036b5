/* What the program does with the pointers its records hold: which fields are given values, which are released, and
 * where whole records are. Gathered from the outlines of all functions (ir_field_event) without following paths, for
 * questions that no one function answers (kind_forgotten.c); what callees do is asked of rules, names and outlines. */
#ifndef LL_ENGINE_FIELD_INDEX_H
#define LL_ENGINE_FIELD_INDEX_H

#include "engine/call_index.h"

typedef struct field_store {
    uint32_t node;
    const ir_field_event *at;
    const char *callee; /* what was called; NULL: the value is a parameter */
} field_store;

/* A call that ends what a variable or a field points to. */
typedef struct release_call {
    uint32_t node;
    const ir_field_event *at; /* its var is the record, or the pointer to it */
    const rule *rule;         /* NULL: its name alone says so */
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

typedef struct record_type {
    LL_ARRAY(record_field *) fields; /* in the order they were met */
    bool copied;                     /* as a whole somewhere: two may hold one pointer */
} record_type;

typedef struct record_release {
    release_call call;
    const char *type;
    const record_type *of;
} record_release;

/* Functions that release some field of this name, whatever the record. */
typedef struct field_enders {
    LL_ARRAY(uint32_t) nodes;
} field_enders;

typedef struct field_index {
    engine *e;
    LL_ARRAY(record_release) records;
    name_map *types;   /* name -> record_type */
    name_map *enders;  /* field -> field_enders */
    name_map *handed;  /* names of fields whose value does so, of records nobody knows */
    name_map *callees; /* field_index.c: what rules and names say of functions */
} field_index;

field_index *field_index_new(engine *e);

#endif
