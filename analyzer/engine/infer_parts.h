/* Inside of infer.c: what is gathered before anything is concluded. */
#ifndef LL_ENGINE_INFER_PARTS_H
#define LL_ENGINE_INFER_PARTS_H

#include "engine/infer.h"
#include "engine/program.h"

/* A function that some value was seen to reach, in one argument. */
typedef struct partner {
    struct known_function *f;
    uint32_t arg;
    bool through;
    uint32_t sites, last; /* calls whose result it gets; gets as the last one */
    uint32_t fields;      /* fields in which one leaves the value and the other finds it */
} partner;

/* One way of a function to give something: its result, or an out-parameter. */
typedef struct give {
    struct known_function *f;
    uint32_t arg; /* 0: the result */
    const char *type;
    const rule *rule; /* of what it is made of; NULL: unknown */
    inferred_proof proof;
    inferred_fails fails;
    uint32_t fresh, other, none;      /* outcomes: a new object, something else, nothing */
    bool shared, handed;              /* somebody else knows it, too; or may */
    bool maybe_null;                  /* an outcome gives what nobody asked whether it is null */
    uint32_t from;                    /* the argument it is reallocated from */
    uint32_t tested; /* calls after which the caller asks whether it is null */
    uint32_t sites, released, passed; /* calls; whose caller ends it, too; that return or store it */
    LL_ARRAY(partner) partners;
    LL_ARRAY(const char *) fields; /* it was stored in */
} give;

/* One way of a function to end something. */
typedef struct ender {
    uint32_t arg;
    bool through, in_part; /* in_part: some outcomes leave it alive */
    bool counts_down;      /* a field of it becomes one less */
    const char *type;
    const rule *rule;
    inferred_proof proof;
} ender;

typedef struct known_function {
    const char *usr, *name;
    const ir_fdecl *decl;
    const func_node *node; /* NULL: no body */
    const rule_model *model;
    LL_ARRAY(give) gives;
    LL_ARRAY(ender) ends;
    uint32_t retains; /* argument, 0: none */
    bool returns_it;
    uint32_t keeps;
    bool sounds_releasing;
} known_function;

typedef struct inference {
    engine *e;
    ll_arena *a;
    name_map *by_usr; /* USR -> known_function */
    LL_ARRAY(known_function *) all;
    name_map *fields; /* name -> what ends values found in such fields */
} inference;

/* What is called here, NULL when nobody knows. */
known_function *infer_callee(inference *x, const ir_func *f, const ir_inst *call);
known_function *infer_function(inference *x, const char *usr);
/* What tells types apart: the name of the record behind a pointer, or of a typedef of a pointer; NULL for others. */
const char *infer_type_key(const ir_type *ty);
static inline bool infer_is_modelled(const known_function *f) {
    return f->model && !f->model->from_facts_only && !f->model->watches_only;
}

/* infer_facts.c: what its declaration and its summary say of one function. */
void infer_facts(inference *x, known_function *f);
/* infer_sites.c: what callers do; fills partners. */
void infer_sites(inference *x);
/* infer_names.c: the name without the words that say what is done, "git_signature_new" -> "git-signature". */
const char *infer_stem(ll_arena *a, const char *name);
/* 2: the same; 1: one begins with the other; 0. */
int infer_stems_agree(const char *a, const char *b);
bool infer_sounds_retaining(const char *name);
bool infer_sounds_emptying(const char *name); /* the object may be used again */

#endif
