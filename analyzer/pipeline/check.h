/* Inside of the verb `check`: what its two ways, the disk and a comparison of git states, share. */
#ifndef LL_PIPELINE_CHECK_H
#define LL_PIPELINE_CHECK_H

#include "pipeline/cache.h"
#include "pipeline/findings.h"
#include "pipeline/plan.h"

/* The database of a run; without one (store NULL) nothing is compared, kept or taken from earlier runs. */
typedef struct check_database {
    store *store;
    const char *shown; /* as messages name it */
    facts_cache *cache;
    seen_view view; /* what the cache sees */
} check_database;

/* A database that cannot be used is one line on the log, and the run goes on without. */
void check_open_database(const check_options *opt, const check_result *r, check_database *db);
void check_close_database(const check_options *opt, check_database *db);
/* What lies over the disk, for the cache. */
seen_view check_seen_view(src_overlay *view);
/* The cache is for the units of one state: `view`, or NULL for the disk. Borrowed until it is closed. */
void check_open_cache(check_database *db, src_overlay *view);
void check_close_cache(const check_options *opt, check_database *db);

/* One line on the log, safe for terminals: "lifelint: WHAT: FILE: TEXT"; `file` may be NULL. */
void check_log(const check_options *opt, const char *what, const char *file, const char *text);
/* What could not be analysed, in whole or in part: one line a unit, sorted by file, and into r->run and r->summary. */
void check_gather_failures(const check_options *opt, const plan *units, check_result *r);
/* The first error of a unit that did not parse cleanly, NULL when it did. */
const ir_note *check_first_error(const ir_unit *u);
/* Into r->rules, unless they are there: opt->loaded, or r's own, with what solving needs of them. */
bool check_load_rules(const check_options *opt, check_result *r, ll_err *err);
/* Suppressions outside the sources, as `view` (NULL: the disk) has their file: into r->entries. r->root is known; rules
 * are loaded when there are any. False (LL_E_USAGE): a mistake in one. */
bool check_load_entries(const check_options *opt, const src_overlay *view, check_result *r, ll_err *err);
/* run_link.c: `check` from opt->link instead of sources. */
bool link_parts(const check_options *opt, check_result *r, ll_err *err);
/* From what was gathered of r->analysis to findings that are filtered, fingerprinted and stored: fills r->findings,
 * r->run and r->summary. `commit`: what was analysed, NULL: the disk. */
void check_conclude(const check_options *opt, const plan *units, const check_database *db, const char *commit,
                    finished *f, check_result *r);

#endif
