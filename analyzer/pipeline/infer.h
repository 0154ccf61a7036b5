/* The verb `rules infer`: a pack from what the engine inferred (engine/infer.h). */
#ifndef LL_PIPELINE_INFER_H
#define LL_PIPELINE_INFER_H

#include "engine/infer.h"
#include "pipeline/pipeline.h"

typedef struct infer_counts {
    uint32_t rules[INFERRED_CLASSES];
    uint32_t functions;
} infer_counts;

/* Reads the program that `opt` names and appends a pack with what it shows of its own allocators, strongest first.
 * `schema`: path or address of schema.json, for editors. False: nothing could be read, or a rule pack is broken. */
bool pipeline_infer(const check_options *opt, const char *schema, ll_strbuf *out, infer_counts *counts, ll_err *err);

/* Whether the text of a pack is as pipeline_infer wrote it: its first line has a hash of the rest. */
bool pipeline_infer_untouched(const char *text, size_t n);

#endif
