/* The project's own allocators, as the program shows them: which functions give something that others must end.
 *
 *     struct node *node_new(int n);     returns memory that nobody else has      | one pair, with what speaks for it:
 *     void node_free(struct node *n);   frees it, and takes the same type        | summaries, call sites, names
 *
 * Two witnesses are heard: what functions do (their summaries), and what their callers do with the result. The second
 * alone decides where bodies are unknown (Engler, Chen, Hallem, Chou, Chelf: "Bugs as deviant behavior", SOSP 2001;
 * Weimer, Necula: "Mining temporal specifications for error detection", TACAS 2005). Callers are read without following
 * paths: counted is which functions a result reaches by way of locals, and by way of fields of one name. */
#ifndef LL_ENGINE_INFER_H
#define LL_ENGINE_INFER_H

#include "engine/engine.h"

typedef enum inferred_proof {
    PROOF_NONE,   /* no body: callers alone say so */
    PROOF_LIKELY, /* its body gets or ends it by calls of unknown body with such names */
    PROOF_BODY,   /* its body gets or ends it by what a rule names */
} inferred_proof;

typedef enum inferred_class { INFERRED_STRONG, INFERRED_LIKELY, INFERRED_WEAK, INFERRED_CLASSES } inferred_class;

/* What the result, or an out-parameter, says of failure. */
typedef enum inferred_fails {
    FAILS_UNKNOWN,
    FAILS_DEFAULT,
    FAILS_NEVER,
    FAILS_NONZERO,
    FAILS_NEGATIVE,
    FAILS_ZERO
} inferred_fails;

typedef struct inferred_call {
    const char *name;
    const ir_fdecl *decl;
    const char *file; /* of the body, absolute; NULL: none in the program */
    int32_t line;
    uint32_t arg; /* acquire: 0 the result, else the out-parameter; release, retain, realloc: the argument */
    bool through; /* release: of what the argument points to, which is null then */
    bool returns; /* retain: gives its argument back */
    bool in_part; /* release: some of its outcomes leave the object alive */
    inferred_proof proof;
    inferred_fails fails;             /* acquire */
    uint32_t sites, released, passed; /* acquire: calls; those whose function ends it; that return or store it */
    uint32_t keeps;                   /* bit set of other parameters (1 << (n - 1)) that it may keep */
} inferred_call;

typedef LL_ARRAY(inferred_call) inferred_calls;

typedef struct inferred_rule {
    const char *stem;    /* what the functions' names have in common, words joined by '-' */
    const char *type;    /* name of the record, NULL: plain memory or a number */
    const rule *extends; /* of the rule whose functions end it, NULL: it has its own */
    inferred_class confidence;
    bool counted;
    inferred_call ended_by; /* with extends: the function callers end it by */
    inferred_calls acquire, release, retain, realloc;
} inferred_rule;

typedef LL_ARRAY(inferred_rule) inferred_rules;

/* After engine_run of an engine without a cache of its own: what was inferred, strongest first, allocated in `a`. The
 * order depends on the program alone. Functions that a rule speaks of already are left out. */
void engine_infer(engine *e, ll_arena *a, inferred_rules *out);

#endif
