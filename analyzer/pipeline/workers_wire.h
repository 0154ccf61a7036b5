/* What a worker process and its parent say to each other over a socket: inside workers*.c only.
 *
 * The parent sends the number of one task at a time, in the host's byte order, and shuts its side down when there are
 * no more. The worker answers each with a worker_head and the bytes behind it. A worker that goes away in between did
 * not finish its task, whatever its exit status says. */
#ifndef LL_PIPELINE_WORKERS_WIRE_H
#define LL_PIPELINE_WORKERS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/workers.h"

enum { WORKER_RESULT = 'r', WORKER_ERROR = 'e' };

typedef struct worker_head {
    uint64_t n;   /* bytes behind it: the result, or the error's message */
    uint8_t kind; /* WORKER_RESULT, WORKER_ERROR */
    uint8_t code; /* ll_code of an error */
    bool last;    /* the worker takes no other task: it has grown, or something went wrong in it */
} worker_head;

/* In the forked process: serves tasks from `fd` until there are no more, and ends the process. */
_Noreturn void worker_serve(const workers_job *job, const workers_options *opt, int fd);

/* False: the other side is gone. */
bool worker_send(int fd, const void *bytes, size_t n);

#endif
