/* A summary at a call, on one state: what summary_apply.c translates and carries out, and what summary_settle.c asks of
 * the outcomes that the state allows, beside each other. */
#ifndef LL_ENGINE_APPLICATION_H
#define LL_ENGINE_APPLICATION_H

#include "engine/fctx.h"

typedef struct doubt { /* see settle_undecided() in summary_settle.c */
    sym s;
    bool moved; /* see track */
} doubt;

typedef struct application {
    fctx *c;
    const ir_inst *in;
    const disjunct *d;
    const sym *args;
    uint32_t nargs;
    const char *callee;
    const sum_shared *shared;
    const sum_outcome *how;
    sym *values; /* of the shared entries, as far as asked for; common to all outcomes */
    sym *map;    /* index + 1 -> caller's symbol */
    const state *before;
    state *st;
    uint8_t result; /* result_class() of what it gives, 0: not asked so far */
    uint32_t first; /* number of the callee's first shared entry among those of all callees of this call */
    bool lossy;     /* see summary */
    bool unlinked;  /* see unlinks() */
    uint64_t keeps, lends, lends_all;
    uint64_t copied;  /* of which records contents are copied: in this outcome, or in one that looks the same */
    bool ret_unclear; /* whether the result is the caller's to release, nothing tells */
    LL_ARRAY(sum_escape) handed; /* by whom it may have been kept instead: another outcome hands its own on to them */
    bool *undecided;         /* per track of d: another outcome that looks the same to the caller does not release it */
    LL_ARRAY(doubt) unclear; /* what the other outcome releases */
} application;

/* ---- summary_apply.c ---- */
sym translate_anew(application *ap, uint32_t entry);

/* The entry's value here, against the memory before the call; asked for once. */
static inline sym translate(application *ap, uint32_t entry) {
    return !entry || ap->values[entry] ? ap->values[entry] : translate_anew(ap, entry); /* values[0] is 0 */
}

/* ---- summary_settle.c ---- */
/* The outcome releases s, a pointer into it standing for the block. */
bool outcome_releases(const application *ap, sym s);
/* What it releases with tr it replaces by a block of its own, of the same kind: a buffer that grew. */
bool outcome_moves(const application *ap, const sum_track *tr);
/* Something that this function acquired. */
bool is_held(const state *st, sym x);
/* An outcome that acquires does not give the very result by which another says that it failed. */
bool unlike_failure(application *v, uint32_t n, application *x);
/* Of v[0..n), the outcomes of s[0..ns) that the state allows: notes in each what the others leave open. */
void settle_outcomes(application *v, uint32_t n, const summary *const *s, uint32_t ns);
/* Outcomes of s are missing for want of room, and one that is told, though not for what is known here, releases or
 * keeps x. Among the missing there may be one that does so here: that an outcome leaves x alone is no claim, unless its
 * result tells it apart. v[0..n): the outcomes of s that the caller's state allows. */
void settle_missing(application *like, const summary *s, application *v, uint32_t n);

#endif
