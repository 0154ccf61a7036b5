/* Generators, driven: rules and facts in, files written. The verb `gen` calls this. */
#ifndef LL_PIPELINE_GEN_H
#define LL_PIPELINE_GEN_H

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

#endif
