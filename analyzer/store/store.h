/* The database of a tree, <root>/.lifelint/lifelint.db: runs and their findings, and a cache.
 *
 * Every change is one transaction: a kill at any moment leaves the state before or after it. Several
 * processes may use one database; a writer waits up to STORE_BUSY_MS for another. The file lies in the
 * analysed tree and is not trusted: triggers and views in it never run, links are not followed, text
 * that makes no sense is an error. One that came with the tree (checked out, unpacked, another user's) could hide
 * findings by what it says is known: store_open refuses it, see store_check_home. Cache entries may be dropped at any
 * time, findings history may not.
 *
 * All functions return false with an ll_err: LL_E_INPUT when the database cannot be used (not ours,
 * damaged, made by a newer lifelint), LL_E_SYS when the machine is in the way (no permission, full disk,
 * locked). A failure leaves the store usable or closed, and the database as it was. */
#ifndef LL_STORE_H
#define LL_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "finding/finding.h"
#include "finding/suppress.h"

#define STORE_DIR ".lifelint"
#define STORE_FILE ".lifelint/lifelint.db"
#define STORE_BUSY_MS 30000

typedef struct store store;

/* Opens the tree's database; makes .lifelint/ (with a .gitignore that hides it) and the database when
 * there is none, and brings an older schema up to date. *out is the caller's, for store_close. */
bool store_open(const char *root, store **out, ll_err *err);
/* The same for a database anywhere; its directory must exist. read_only: nothing is made or changed. */
bool store_open_file(const char *path, bool read_only, store **out, ll_err *err);
void store_close(store *s);
/* Whether the database was made here: it notes which file it is (the inode, and when that came into being), which no
 * copy can know. False for one that was copied, unpacked or checked out, or belongs to another user: nothing in it is
 * to be believed, unless the user names it himself (store_adopt makes it his). */
bool store_check_home(store *s, ll_err *err);
bool store_adopt(store *s, ll_err *err);

/* ---- runs */

typedef struct store_run {
    int64_t id;                                   /* set by the store */
    const char *started;                          /* UTC, "2026-01-31T12:00:00Z" */
    const char *tool_version, *rules_hash, *root; /* NULL: unknown */
    const char *commit;  /* hex, a "+" behind it when the work tree was not clean; NULL: unknown */
    const char *options; /* what chooses among findings (rules switched off, confidence), in a fixed spelling; only
                            runs with equal options are compared. NULL: none */
    uint32_t units, failed_units;
    bool whole;                          /* everything was analysed: files not listed count as removed */
    uint32_t findings, suppressed;       /* set by the store */
    uint32_t n_new, n_gone, n_unchanged; /* set by the store */
} store_run;

/* What became of the findings since each file was analysed last. Suppressed findings count on neither
 * side; one that has been suppressed since is not "gone" either. */
typedef struct store_change {
    bool compared; /* false: none of these files was analysed before */
    uint32_t n_new, n_gone, n_unchanged;
    const bool *is_new; /* one for each finding of the list saved; in the arena */
    finding_list gone;  /* as they were last seen; in the arena */
} store_change;

/* Saves a run and compares. `files`: those whose findings are complete in this run (units that failed
 * are left out, so that their old findings are not taken for gone), spelled as in the findings; files
 * of findings are added by themselves. The list must have fingerprints. `suppressions` may be NULL.
 * run->id and counts are set. */
bool store_save_run(store *s, ll_arena *a, store_run *run, const char *const *files, uint32_t nfiles,
                    const finding_list *l, const suppress_set *suppressions, store_change *out, ll_err *err);

/* The newest run; *found false when there is none. */
bool store_last_run(store *s, ll_arena *a, store_run *out, bool *found, ll_err *err);

typedef struct store_runs {
    LL_ARRAY(store_run) items;
} store_runs;
/* Newest first, at most `limit` (0: all). */
bool store_list_runs(store *s, ll_arena *a, uint32_t limit, store_runs *out, ll_err *err);

/* The findings of one run, or with run 0 the present state: for each file those of the last run over it. Sorted. */
bool store_findings(store *s, ll_arena *a, int64_t run, finding_list *out, ll_err *err);

typedef struct store_commits {
    LL_ARRAY(const char *) items;
} store_commits;
/* Commits at which a finding of this fingerprint was reported, unsuppressed, with a clean work tree. */
bool store_commits_with(store *s, ll_arena *a, const char *fingerprint, store_commits *out, ll_err *err);

/* When a fingerprint was first and last seen (run ids); *found false when never. */
bool store_history(store *s, const char *fingerprint, int64_t *first, int64_t *last, bool *found, ll_err *err);

/* ---- verdicts.c: what people said of findings, and what that makes of rules */

typedef enum store_verdict { VERDICT_CONFIRMED, VERDICT_FALSE } store_verdict;

/* Replaces an earlier verdict on the finding. `reason` may be NULL; `day` is "2026-01-31". */
bool store_set_verdict(store *s, const char *fingerprint, const char *rule, store_verdict v, const char *reason,
                       const char *day, ll_err *err);

typedef struct store_rule_stats {
    const char *rule;                   /* reported id */
    uint32_t hits, present, suppressed; /* findings ever; in the present state, and of those suppressed */
    uint32_t confirmed, judged_false;
    const char *last_seen; /* start of the last run that reported it, or NULL: only verdicts are known */
} store_rule_stats;

typedef struct store_rules {
    LL_ARRAY(store_rule_stats) items; /* by id */
} store_rules;
bool store_rule_statistics(store *s, ll_arena *a, store_rules *out, ll_err *err);

/* ---- cache: bytes under a kind and a 16-byte key. An entry may be gone at any time; what was found damaged is a
 * miss to the caller, who decodes it. Large entries are kept compressed. */

typedef enum store_kind {                      /* numbers stay: rows of databases carry them */
                          STORE_FILES = 1,     /* what is known of the files on disk */
                          STORE_UNIT = 2,      /* what a unit was read from, and the key of its facts */
                          STORE_FACTS = 3,     /* facts by the hash of their bytes */
                          STORE_RESULT = 4,    /* what a whole run came to */
                          STORE_SUMMARIES = 5, /* what the engine concluded about the functions of a unit */
                          STORE_PLAN = 6       /* what a compile database asks for */
} store_kind;

typedef struct store_entry {
    store_kind kind;
    unsigned char key[16];
    const void *bytes;
    size_t n;
    bool often; /* asked for on every run: not compressed, which costs more then than it saves */
} store_entry;

/* *found false on a miss. The bytes are copied into the arena. */
bool store_cache_get(store *s, ll_arena *a, store_kind kind, const unsigned char key[16], const void **bytes, size_t *n,
                     bool *found, ll_err *err);
/* All in one transaction; an entry that is there already is replaced. Also notes which entries were asked for. */
bool store_cache_put(store *s, const store_entry *entries, uint32_t n, ll_err *err);
/* Drops what was used longest ago until at most max_bytes are left. */
bool store_cache_trim(store *s, uint64_t max_bytes, ll_err *err);

#endif
