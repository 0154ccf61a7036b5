/* Generator `runtime`: C source of an interposer that tracks, while a program runs, the resources the rules know.
 *
 * It speaks to the real functions through their binary interface: a pointer is a `void *`, a number has its width. So
 * the output needs no header of the libraries it watches; what functions take and give comes from facts (ir_fdecl). */
#ifndef LL_GENERATORS_RUNTIME_H
#define LL_GENERATORS_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

enum { RUNTIME_MAX_DOTS = 8 };

typedef struct runtime_function {
    const char *symbol;                    /* as the linker knows it */
    const char *name;                      /* as people know it: "operator new" */
    const ir_fdecl *decl;                  /* its result and parameters */
    const rule_model *model;               /* NULL: only wrapped */
    bool simulated;                        /* closed: answers for itself, the real function is never called */
    uint32_t ndots;                        /* of a variadic function: further arguments that each of its calls has, */
    const ir_type *dots[RUNTIME_MAX_DOTS]; /* and their types; NULL: unknown */
    uint32_t sizes[8];                     /* closed: bytes of what the parameters point to; 0: unknown */
} runtime_function;

typedef struct runtime_spec {
    const char *version, *stem; /* of lifelint; of the files: "lifelint_runtime" */
    bool closed;                /* for stubs: a closed world, see templates/5_closed.c.in */
    LL_ARRAY(runtime_function) functions;
} runtime_spec;

typedef struct runtime_output {
    ll_strbuf source, header, wrap;  /* STEM.c, STEM.h, STEM.wrap; release with runtime_output_free */
    LL_ARRAY(const char *) left_out; /* one line each: what is not watched, and why */
} runtime_output;

/* Whether a model says anything the runtime can watch; `closed`: for a stub. */
bool runtime_watches(const rule_model *m, bool closed);
/* Adds a function with its model, C++ operators under each of their symbols. */
void runtime_add(ll_arena *a, runtime_spec *spec, runtime_function f);
void runtime_emit(ll_arena *a, const runtime_spec *spec, runtime_output *out);
void runtime_output_free(runtime_output *out);

#endif
