/* A guard around work that is done in the main process: when it crashes, never ends or wants more memory than the
 * machine has, the run still says so in one line and ends with exit class 4; SIGINT and SIGTERM end it at once, with
 * 128+n. Only for stretches in which nothing is open that would have to be put in order. */
#ifndef LL_PIPELINE_GUARD_H
#define LL_PIPELINE_GUARD_H

#include <stdint.h>

/* Watches what follows, until guard_end. `doing` stands in the line: "solving". time_limit_s: wall clock; 0: none.
 * One guard at a time. */
void guard_begin(const char *doing, uint32_t time_limit_s);
void guard_end(void);

#endif
