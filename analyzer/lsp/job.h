/* One analysis in a child process. What it writes comes back as one text; ending it early costs nothing but itself. */
#ifndef LL_LSP_JOB_H
#define LL_LSP_JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "lsp/lsp.h"

typedef struct job {
    pid_t pid; /* 0: none */
    int fd;
    char *dir; /* its temporary files: it is killed more often than not, and cannot clear up */
    ll_strbuf got;
} job;

/* False: no process can be had. Nothing the child prints reaches the client. */
bool job_start(job *j, const lsp_service *s, const char *root, const char *file, const lsp_buffer *buffers, size_t n);
/* To be called when j->fd is readable. True: it has ended; *ok: with a report in j->got, else with a line of trouble.
 */
bool job_read(job *j, bool *ok);
/* Ends it and forgets it; nothing to do when there is none. */
void job_stop(job *j);

#endif
