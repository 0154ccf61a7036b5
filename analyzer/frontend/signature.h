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

typedef struct fe_signature {
    const char *result;
    fe_param *params;
    uint32_t n;
    bool is_member; /* of a class, and not static */
} fe_signature;

/* Reads the unit again and finds the definition of the function that begins on this line. False: the unit cannot be
 * read, or the function is not there. */
bool fe_clang_signature(ll_arena *a, const fe_request *rq, const char *name, int32_t line, fe_signature *out,
                        ll_err *err);

#endif
