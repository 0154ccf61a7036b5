/* Generator `stubs`: a test skeleton for one function, which fails while a leak or misuse is there. */
#ifndef LL_GENERATORS_STUBS_H
#define LL_GENERATORS_STUBS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "frontend/signature.h"
#include "generators/stubs/route.h"

typedef enum stub_framework { STUB_MAIN, STUB_CMOCKA, STUB_CHECK, STUB_GTEST } stub_framework;

typedef struct stub_spec {
    const char *version;
    const char *stem;   /* of the files: "head_test" */
    const char *source; /* the file with the function: absolute */
    const char *dir;    /* where its compile command runs */
    const char *const *flags;
    uint32_t nflags;
    LL_ARRAY(const char *) others; /* further sources the test needs, absolute */
    bool cxx, has_main;
    stub_framework framework;
    const route_program *program;
    const ir_func *func;
    const fe_signature *signature;
    const route *route;
    const finding *finding;         /* NULL: any resource of any rule */
    const char *kind;               /* "leak", "double-release", …; NULL: whatever the rule is about */
    const char *kept;               /* in C: an object that is armed when the function is called; NULL */
    LL_ARRAY(const char *) globals; /* declared in the source, defined nowhere the test has */
    LL_ARRAY(const char *)
    pointers; /* of these, pointers to functions that rules know: they call lifelint_through_NAME */
    LL_ARRAY(const char *) replaced; /* functions that a header defines, and the runtime too */
    const char *before;              /* the stub as it is now, for the parts that are the user's; NULL */
} stub_spec;

typedef struct stub_output {
    const char *source_ending; /* ".c", ".cpp" */
    ll_strbuf source;          /* STEM.c */
    ll_strbuf runner;          /* gtest with a C source: STEM_run.cpp; else empty */
    ll_strbuf script;          /* STEM.sh */
} stub_output;

/* False: the function cannot be called from a test; err says why. Release with stub_output_free either way. */
bool stub_emit(ll_arena *a, const stub_spec *spec, stub_output *out, ll_err *err);
/* What was asked for of this function; NULL: nothing. */
const fe_outside *stub_outside(const fe_signature *s, const char *name);
void stub_output_free(stub_output *out);

#endif
