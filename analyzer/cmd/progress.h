/* The progress bar: one line on stderr that is drawn over, on a terminal only. */
#ifndef LL_CMD_PROGRESS_H
#define LL_CMD_PROGRESS_H

#include "cmd/options.h"
#include "pipeline/facts.h"

typedef struct progress {
    bool on;
    int64_t drawn_ms; /* when last */
    int width;
} progress;

/* On when stderr is a terminal and neither --quiet nor --no-progress nor CI is set. The watch borrows `p`. */
facts_watch progress_start(progress *p, const cmd_line *l);
/* Clears the line. */
void progress_end(progress *p);

#endif
