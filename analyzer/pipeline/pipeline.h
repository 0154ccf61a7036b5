/* The one wire that knows every stage: what to read -> facts -> engine -> findings -> store -> report.
 * Verbs (and later the editor service) call it, so that the flow exists once. */
#ifndef LL_PIPELINE_H
#define LL_PIPELINE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "engine/engine.h"
#include "finding/suppress_outside.h"
#include "output/output.h"
#include "pipeline/facts.h"
#include "rulepack/rule.h"
#include "rulepack/rulepack.h"
#include "source/overlay.h"

typedef struct pipeline_words { /* a borrowed list of words from the command line or the configuration */
    const char *const *v;
    const char *const *where; /* for messages, where a word was read, or NULL: typed; may be NULL as a whole */
    uint32_t n;
} pipeline_words;

/* ---- rules.c ---- */

typedef struct pipeline_rules {
    pipeline_words paths, enable, disable; /* rule ids and reported ids */
    bool strict;
    bool solve_only;   /* as in rulepack_options */
    bool experimental; /* as in rulepack_options; enabling one loads the experimental ones, too, and reports that one */
} pipeline_rules;

/* The rules in force; free with rule_set_free. False (LL_E_USAGE): a pack is broken (each problem is one
 * line on `problems`), or a rule to enable or disable does not exist. */
bool pipeline_load_rules(const pipeline_rules *opt, FILE *problems, rule_set **out, ll_err *err);
/* A hash of all that pipeline_load_rules would read, much cheaper than loading; 0: unknown, load them. */
uint64_t pipeline_rules_hash(const pipeline_rules *opt);
/* Whether findings of this id are wanted: not disabled, and not experimental unless enabled or all of them are. `rules`
 * NULL: none of them is experimental. */
bool pipeline_wants(const pipeline_rules *opt, const rule_set *rules, const finding *f);
/* The rule that is named by its own id or by one of its reported ids, and which defect; NULL: none. */
const rule *pipeline_find_rule(const rule_set *rules, const char *id, rule_defect *defect);

/* ---- analyse.c: units in, findings out, nothing kept ---- */

typedef struct pipeline_analysis {
    ll_intern *names;
    ll_intern *own_names; /* the same, or NULL: they are another analysis's */
    ll_arena *arena;      /* facts and findings */
    facts_unit *units;    /* one a request */
    uint32_t nunits;
    uint32_t nparsed, ncached; /* units read, and units whose facts an earlier run left */
    finding_list findings;     /* deduplicated and sorted, paths absolute */
    engine *engine;            /* still there for its summaries */
    engine_stats stats;
    int stopped_by; /* signal, or 0 */
    int64_t parse_ms, solve_ms;
    facts_costs costs;
} pipeline_analysis;

/* `rules` NULL: only the facts. False only when nothing could be done at all. Release with
 * pipeline_analysis_free either way. */
bool pipeline_analyse(const fe_request *rq, uint32_t n, const rule_set *rules, const facts_options *facts,
                      const engine_options *opt, pipeline_analysis *out, ll_err *err);
void pipeline_analysis_free(pipeline_analysis *p);

/* Its two halves. `with`: an analysis to share names with, so that facts of either may be used in both; NULL: none.
 * known[i]: facts of request i that are there already, unit NULL: to be read; `known` itself may be NULL. */
bool pipeline_read(const fe_request *rq, uint32_t n, const facts_options *facts, const pipeline_analysis *with,
                   const facts_unit *known, pipeline_analysis *out, ll_err *err);
/* What facts->only_new left out. */
bool pipeline_read_rest(const fe_request *rq, const facts_options *facts, pipeline_analysis *p, ll_err *err);
void pipeline_solve(pipeline_analysis *p, const rule_set *rules, const facts_options *facts, const engine_options *opt);

/* ---- expectations.c: sources that say what must be found in them ---- */

typedef struct pipeline_verdict {
    uint32_t met, failed, gaps;
    uint32_t skipped; /* examples whose library headers are not installed */
} pipeline_verdict;

/* The examples of rules through the whole flow: those of the packs in `paths` (as given to pipeline_load_rules), or of
 * all when it is empty. Differences go to `out`, one line each. */
pipeline_verdict pipeline_test_rules(const rule_set *rules, pipeline_words paths, ll_strbuf *out);
/* One fixture: a file, or a folder whose sources are one program. Marks as in rulepack/expect.h; the first line of
 * a file may carry `// flags: …` and `// rules: PACK` (looked for beside the file, then as a path). */
pipeline_verdict pipeline_test_fixture(const rule_set *rules, const char *path, ll_strbuf *out);

/* ---- run_check.c: the verb `check` ---- */

/* What a run is compared with: the last run stored, unless one of these says otherwise. */
typedef struct check_against {
    bool git;             /* with a state of the git repository */
    const char *base;     /* git: the revision; NULL: HEAD. Counts from where its history and the head's parted */
    const char *head;     /* git: the revision analysed; NULL: the work tree as it is, or what is staged */
    bool staged;          /* git: what is staged */
    const char *baseline; /* a report of an earlier run (--format json) */
} check_against;

typedef enum check_no_db { NO_DB_FAIL, NO_DB_WARN, NO_DB_SKIP } check_no_db;

typedef struct check_options {
    check_against against;
    check_no_db no_db; /* when there is no compile database */
    const char *tool_version;
    const char *build_dir; /* NULL: look for the database */
    const char *root;      /* NULL: the working directory */
    pipeline_words files, excludes, flags;
    pipeline_words link; /* facts files: they are the program, nothing is read from sources nor taken from a store */
    bool has_flags;      /* `--` was given: files are single units with these flags */
    pipeline_rules rules;
    const rule_set *loaded;           /* what `rules` give, when they are loaded already; NULL: loaded when needed */
    const suppress_entries *suppress; /* of the configuration, or NULL; see pipeline/suppressions.h */
    finding_confidence confidence;    /* least confidence reported */
    facts_options facts;
    src_overlay *view; /* lies over the disk (an editor's buffers); taken over. NULL: none */
    bool no_store;
    bool no_history;        /* use the store's cache, but keep no findings in it */
    const char *store_path; /* NULL: default */
    bool quiet, verbose;
    FILE *log; /* notes and errors, one line each */
} check_options;

typedef struct check_result {
    ll_arena *arena;
    const char *root;         /* absolute */
    finding_list findings;    /* sorted, relative paths, fingerprints set; suppressed ones marked */
    finding_list gone;        /* with run.gone: what the last run over these files, or the state compared with, had and
                                 this one has not */
    suppress_entries entries; /* suppressions outside the sources, and what they hid */
    output_run run;
    output_summary summary;
    src_overlay *view;     /* where the texts of the findings are; NULL: the disk */
    bool compared;         /* with a state or a report */
    bool skipped;          /* there was nothing to do; one line on the log said why */
    const rule_set *rules; /* opt.loaded, or own_rules; NULL: an earlier run's result was taken */
    rule_set *own_rules;
    pipeline_analysis analysis, base; /* base: of the state compared with */
    uint32_t partial_units;
    int64_t total_ms;
} check_result;

/* False: could not run at all; err has the reason and the exit class. Release with check_result_free either way. */
bool pipeline_check(const check_options *opt, check_result *out, ll_err *err);
void check_result_free(check_result *r);
/* Unsuppressed findings at or above `severity`; only_new: of those that the comparison calls new. */
uint32_t check_result_count(const check_result *r, finding_severity severity, bool only_new);
/* Writes the findings; texts for the snippets are read from the root. */
bool pipeline_report(FILE *to, output_format format, const check_result *r, const output_options *opt, ll_err *err);

/* ---- run_facts.c, run_link.c: the verbs `facts` and `link` ---- */

typedef struct facts_job {
    const char *output;
    const char *depfile;    /* NULL: none */
    const char *config;     /* for the depfile: the configuration that was read, or NULL */
    uint32_t shard, shards; /* part `shard` (from 1) of `shards`; 0, 0: all */
    bool if_changed;        /* an output that would be the same is left alone */
} facts_job;

/* Writes the facts of opt's units. A unit that fails is in them as such, one line says so, and the call succeeds. With
 * *stopped_by, nothing is written. */
bool pipeline_facts(const check_options *opt, const facts_job *job, int *stopped_by, ll_err *err);
/* What pipeline_check with opt->link read, for the build system that made `target` with it. */
bool pipeline_link_depfile(const check_options *opt, const check_result *r, const char *config, const char *target,
                           const char *path, ll_err *err);

/* ---- run_ir.c: the verb `ir` ---- */

/* Appends the facts of opt->files (as text), or the engine's summary of one function in them. */
bool pipeline_print_ir(const check_options *opt, const char *summary_of, ll_strbuf *out, ll_err *err);

/* ---- history.c: the verb `history` ---- */

typedef struct history_options {
    uint32_t limit; /* newest runs; 0: all */
    bool json;
} history_options;

/* The runs in the store, newest first; nothing is changed. False (LL_E_USAGE): there is no store. */
bool pipeline_history(const check_options *opt, const history_options *how, ll_strbuf *out, ll_err *err);

/* ---- init.c: the verb `init` ---- */

/* Writes .lifelint.yml at the top of the project (git's, else the working directory), and with `hook` a git hook that
 * checks what is staged. Lines on what was written, found and kept go to `out`; files that are there are kept. */
bool pipeline_init(const check_options *opt, bool hook, ll_strbuf *out, ll_err *err);

/* ---- doctor.c: the verb `doctor` ---- */

typedef struct doctor_check {
    const char *what, *found; /* "libclang", "19.1.7" */
    const char *mend;         /* what to do about it; NULL: it is fine */
    bool blocks;              /* no check can run before it is mended */
} doctor_check;

typedef struct doctor_report {
    LL_ARRAY(doctor_check) checks;
} doctor_report;

/* Looks at everything a run needs; nothing is changed. */
void pipeline_doctor(ll_arena *a, const check_options *opt, doctor_report *out);

#endif
