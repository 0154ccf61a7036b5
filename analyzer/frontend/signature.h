/* The signature of a function in the words of its source: what facts do not keep, and code generators need. */
#ifndef LL_FRONTEND_SIGNATURE_H
#define LL_FRONTEND_SIGNATURE_H

#include "frontend/frontend.h"

typedef struct fe_param {
    const char *name; /* "" when it has none */
    const char *type; /* as C spells it, without const at its top: "const struct s *", "int (*)(void *)" */
    bool is_pointer, is_record;
    bool is_function; /* a pointer to a function */
    bool is_opaque;   /* a pointer to void, to a type that is only declared, or to a record of a system header */
} fe_param;

/* A function that another one calls. */
typedef struct fe_outside {
    const char *name;
    const char *result; /* types in the words of its declaration; NULL: not declared before the function */
    bool gives_opaque;  /* its result points to what is only declared */
    const char **params;
    uint32_t *sizes; /* bytes of what a parameter points to; 0: no pointer, or unknown */
    uint32_t nparams;
    bool has_body; /* a header defines it */
} fe_outside;

typedef struct fe_signature {
    const char *result;
    fe_param *params;
    uint32_t n;
    bool is_member;      /* of a class, and not static */
    fe_outside *outside; /* asked for by name: set, with the names, before the call */
    uint32_t noutside;
} fe_signature;

/* Reads the unit again and finds the definition of the function that begins on this line, and the declarations of
 * out->outside. False: the unit cannot be read, or the function is not there. */
bool fe_clang_signature(ll_arena *a, const fe_request *rq, const char *name, int32_t line, fe_signature *out,
                        ll_err *err);

#endif
