/* Generators, driven: rules and facts in, files written. The verb `gen` calls this. */
#ifndef LL_PIPELINE_GEN_H
#define LL_PIPELINE_GEN_H

#include "generators/runtime/runtime.h"
#include "pipeline/pipeline.h"

typedef struct gen_runtime_options {
    const char *tool_version;
    pipeline_rules rules;
    pipeline_words only_rules, only_packs; /* both empty: everything */
    facts_options facts;
    const char *dir, *stem; /* NULL: the working directory, "lifelint_runtime" */
    bool verbose, quiet;
    FILE *log; /* what is left out, one line a pack; verbose: one a function */
} gen_runtime_options;

typedef struct gen_runtime_result {
    uint32_t rules, functions, left_out;
} gen_runtime_result;

/* Writes STEM.c, STEM.h and STEM.wrap. What the functions of the rules take and give is read from their headers; those
 * whose headers are not installed are left out. */
bool pipeline_gen_runtime(const gen_runtime_options *opt, gen_runtime_result *out, ll_err *err);

/* Writes what was generated. A file that is there and was not written by lifelint is never replaced. */
bool pipeline_write_generated(const char *path, const ll_strbuf *text, ll_err *err);
/* Writes a runtime's three files into `dir`. */
bool pipeline_write_runtime(const runtime_output *text, const char *dir, const char *stem, ll_err *err);

typedef struct gen_stubs_options {
    check_options check;  /* what is read, rules, flags */
    const char *what;     /* fingerprint (or 6 digits of it and more), FILE:LINE, FILE; NULL with `function` */
    const char *function; /* a function without a finding: nothing it acquires may be lost */
    const char *file;     /* of the function; NULL: any */
    int framework;        /* stub_framework */
    const char *dir, *stem;
} gen_stubs_options;

typedef struct gen_stubs_result {
    uint32_t stubs, unguided; /* unguided: no way along the finding's path was found */
} gen_stubs_result;

/* Writes STEM.c (or .cpp), STEM.sh and STEM_runtime.c for each finding asked for; what the user wrote between the marks
 * of an earlier STEM.c stays. */
bool pipeline_gen_stubs(const gen_stubs_options *opt, gen_stubs_result *out, ll_err *err);

#endif
