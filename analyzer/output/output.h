/* Reports: a list of findings as text for people, JSON for programs, and what code hosts and review tools read.
 *
 * Same list, same bytes, whatever the machine, directory or locale. The list must be sorted, its paths
 * relative to the root, its fingerprints set. Everything that came out of a source file (paths, names,
 * code) is untrusted: control characters and direction overrides are shown as escapes in the text
 * form and cannot break the JSON forms. */
#ifndef LL_OUTPUT_H
#define LL_OUTPUT_H

#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "finding/finding.h"

/* F(ID, name): one row and one file a format; its writer is <name>_write of writers.h. */
#define OUTPUT_FORMATS(F)                                  \
    F(TEXT, text)         /* people at a terminal */       \
    F(JSON, json)         /* findings.schema.json */       \
    F(SARIF, sarif)       /* code scanning, CodeChecker */ \
    F(PLIST, plist)       /* CodeChecker, with our ids */  \
    F(RDJSONL, rdjsonl)   /* reviewdog */                  \
    F(GITHUB, github)     /* annotations of a workflow */  \
    F(GITLAB, gitlab)     /* Code Quality */               \
    F(MARKDOWN, markdown) /* a comment, a step's summary */

typedef enum output_format {
#define OUTPUT_ID(ID, name) OUTPUT_##ID,
    OUTPUT_FORMATS(OUTPUT_ID)
#undef OUTPUT_ID
        OUTPUT_FORMAT_COUNT
} output_format;

/* "text|json|…", for the table of options. */
#define OUTPUT_FORMAT_WORD(ID, name) "|" #name
#define OUTPUT_FORMAT_CHOICES (&(OUTPUT_FORMATS(OUTPUT_FORMAT_WORD))[1])

/* Where source lines come from. `text` returns false when the file cannot be had (the report then goes
 * without its lines); a text it gives must live until output_write returns. It is asked once a file. */
typedef struct output_source {
    bool (*text)(void *ctx, const char *file, const char **text, size_t *n);
    void *ctx;
} output_source;

/* A unit that could not be analysed, or only in part. */
typedef struct output_failure {
    const char *file;
    const char *message;
    bool partial;
} output_failure;

/* What the findings come from. Zero and NULL mean unknown and are left out. */
typedef struct output_run {
    const char *tool_version;
    const char *root;     /* absolute; only written when given, because it differs between machines */
    const char *commit;   /* the analysed revision */
    const char *base;     /* what it was compared with: a revision, or what names a report; NULL: not known */
    const char *category; /* SARIF automationDetails: what tells two runs on one commit apart; NULL: "lifelint" */
    uint32_t units;
    const output_failure *failures;
    uint32_t nfailures;
    int exit_code;            /* as the process will end */
    bool incomplete;          /* the run itself was cut short (SARIF executionSuccessful false) */
    const bool *is_new;       /* one a finding, as store_save_run or a comparison says; NULL: not compared */
    const bool *is_reopened;  /* of the new ones: it was there once, before the state compared with; may be NULL */
    uint32_t n_gone;          /* with is_new */
    const finding_list *gone; /* those, as they were last seen; NULL: only counted */
} output_run;

typedef struct output_options {
    bool color;           /* text: terminal colours */
    bool show_suppressed; /* text: also what is suppressed (JSON and SARIF always carry it, marked) */
    bool brief;           /* text: one line a finding */
    bool absent;    /* text, JSON: also what is gone; SARIF: the same as `absent`, not for uploads: code scanning would
                       keep it open */
    bool only_new;  /* text, github, rdjsonl: with is_new, nothing that is not */
    uint32_t width; /* text: columns for a source line, longer ones are cut around the caret; 0: 120 */
} output_options;

/* Writes the whole report and flushes. Fails on a write error only (full disk, closed pipe). */
bool output_write(FILE *f, output_format format, const finding_list *l, const output_run *run,
                  const output_source *source, const output_options *opt, ll_err *err);

const char *output_format_name(output_format f);
bool output_format_parse(const char *name, output_format *out);

/* The line at the end of a run, without newline; for stderr. */
typedef struct output_summary {
    uint32_t findings, suppressed; /* suppressed ones are not in `findings` */
    bool compared;                 /* the three below are known */
    uint32_t n_new, n_gone, n_unchanged;
    uint32_t units, failed_units;
    const char *stored_in; /* NULL: not stored */
    uint32_t n_reopened;   /* of the new ones */
    const char *against;   /* a state ("main", "HEAD") that it was compared with; NULL: the last run */
} output_summary;

/* "12 findings (3 new, 1 gone, 9 unchanged) in 84 units; stored in .lifelint/lifelint.db"
 * "3 new (1 reopened), 1 fixed, 9 unchanged since main, in 84 units" */
void output_summary_line(const output_summary *s, ll_strbuf *out);

#endif
