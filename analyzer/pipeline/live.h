/* A whole program held in memory, for an editor: what is known of every unit, so that a keystroke costs reading the
 * edited unit and following what changed in it.
 *
 * One process opens the program and holds it; each check runs in a fork of that process, which sees the same memory,
 * writes what it learnt (facts, the engine's conclusions, a prefix) and ends. The holder takes that over, so that the
 * next check begins where the last one ended; a check that crashes or is ended early costs itself alone. The holder
 * reads the store when it opens and never after: another process fills it (pipeline_check without files).
 *
 * What is open in the editor counts for the unit that is edited and for every open file that is a unit of its own; a
 * header that is not saved counts for the edited unit only. */
#ifndef LL_PIPELINE_LIVE_H
#define LL_PIPELINE_LIVE_H

#include "frontend/frontend.h"
#include "pipeline/pipeline.h"

typedef struct live live;

typedef struct live_state {
    uint32_t units;
    uint32_t missing; /* units of which nothing is known yet, or that nobody has solved */
    bool whole;       /* checks see the whole program; else the edited unit alone */
} live_state;

/* `opt` is borrowed until live_free. `settled`: what is missing will stay so (units that cannot be read); the rest is
 * the program. False: nothing to hold, err says why. */
bool live_open(const check_options *opt, bool settled, live **out, ll_err *err);
void live_free(live *l);
live_state live_get_state(const live *l);
/* In the holder, before the fork for a check. */
void live_prepare(live *l);

typedef struct live_query {
    const char *file; /* absolute: what is edited */
    const fe_overlay *buffers;
    uint32_t nbuffers;
} live_query;

typedef struct live_answer {
    check_result result; /* the findings in the files of the buffers */
    bool *covered;       /* one a buffer: its findings are those of the text as it is open */
} live_answer;

/* In a fork. False: the file's unit could not be read at all; err says why. Release out->result either way. */
bool live_check(live *l, const live_query *q, live_answer *out, ll_err *err);
/* In a fork, once the answer is out: what live_check learnt, as bytes, and what can be got ready for the next check. */
void live_learnt(live *l, ll_strbuf *out);
/* In the holder. True: files have changed on the disk since the program was opened. */
bool live_learn(live *l, const void *bytes, size_t n);

#endif
