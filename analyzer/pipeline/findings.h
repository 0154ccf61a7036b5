/* From what the engine found to what the reader gets: paths, suppressions, filters, fingerprints. */
#ifndef LL_PIPELINE_FINDINGS_H
#define LL_PIPELINE_FINDINGS_H

#include "finding/suppress_outside.h"
#include "pipeline/pipeline.h"
#include "source/overlay.h"

/* Spells `path` relative to the root when it lies under it (also through symbolic links). */
const char *pipeline_relative(ll_arena *a, const char *root, const char *path);
/* All paths of each. */
void pipeline_relative_findings(ll_arena *a, const char *root, finding *v, uint32_t n);

typedef struct finish_options {
    const char *root; /* absolute */
    const pipeline_rules *rules;
    pipeline_words excludes; /* findings in such files are dropped too: headers that were read on the way */
    finding_confidence confidence;
    const src_overlay *view;   /* where the texts are; NULL: the disk */
    suppress_entries *entries; /* of the configuration and the file of suppressions; their files as in a unit's facts */
    bool report_unused;        /* suppressions that hid nothing; only sensible when everything was analysed */
    bool report_unused_comments; /* of these the ones in the files at hand alone */
} finish_options;

typedef struct finished {
    finding_list findings; /* relative paths, suppressed ones marked, unwanted ones dropped, sorted, fingerprints set */
    suppress_set suppressions;
    LL_ARRAY(const char *) files; /* of the project, read by units that did not fail; relative, sorted, each once */
} finished;

/* Takes the analysis' findings over: relative paths, files and suppressions; nothing marked or dropped yet. */
void pipeline_gather(ll_arena *a, pipeline_analysis *p, const char *root, const src_overlay *view, facts_cache *cache,
                     finished *out);
/* The same where the suppressions are known already. */
void pipeline_gather_known(ll_arena *a, pipeline_analysis *p, const char *root, const suppress_set *suppressions,
                           finished *out);
/* Suppressions in the texts of out->files, as they are now: facts do not show them. The cache, of the same view, may
 * know files without; NULL: none does. */
void pipeline_scan_suppressions(ll_arena *a, const char *root, const src_overlay *view, facts_cache *cache,
                                finished *out);
/* The rest. */
void pipeline_finish(ll_arena *a, const rule_set *rules, const finish_options *opt, finished *out);

#endif
