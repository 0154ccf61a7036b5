/* A process of the service's own: it ends with the service, has a directory for temporary files, which goes with it
 * however it ends, and a socket on which messages stay whole. */
#ifndef LL_LSP_PROCESS_H
#define LL_LSP_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct process {
    pid_t pid; /* 0: none */
    int fd;
    char *dir;
} process;

/* Runs run(ctx, fd) in a new process, in the directory `root`; it ends when that returns. False: none can be had. */
bool process_start(process *p, const char *root, void (*run)(void *ctx, int fd), void *ctx);
/* Ends it and all that it started, and forgets it; nothing to do when there is none. */
void process_stop(process *p);
/* What a process left in its directory. */
void process_clear_dir(const char *dir);

#endif
