/* One root: which keeper serves it, when a new one is opened, and when what it misses is indexed.
 *
 *     opened -> the program is whole: that is all
 *            -> something is missing: analyses see one unit at a time; the index runs; opened anew, as it is then
 *     files changed -> the index runs, the old keeper serves on; opened anew
 *     configuration or rules changed -> opened anew at once, nothing is served in between */
#ifndef LL_LSP_PROGRAM_H
#define LL_LSP_PROGRAM_H

#include "lsp/keeper.h"

typedef struct program {
    char *root;
    keeper now, next;
    process index;
    int64_t open_at, index_at; /* ll_now_ms; 0: not wanted */
    bool settled;              /* the index has run: what is missing stays so */
    bool failed;               /* there is nothing to serve until something changes */
    uint32_t lost;             /* keepers in a row that ended while they opened */
    uint32_t token;            /* of the progress that is shown; 0: none */
    uint32_t percent;
    struct program *following;
} program;

/* What happened to a program; the owner tells the client. */
typedef struct program_watch {
    void *ctx;
    void (*opened)(void *ctx, program *p);                      /* another keeper serves now */
    void (*failed)(void *ctx, program *p, const char *trouble); /* nothing serves */
    void (*indexing)(void *ctx, program *p, uint32_t done, uint32_t n, const char *file);
    void (*indexed)(void *ctx, program *p, const char *trouble); /* the index ended; trouble NULL: as it should */
} program_watch;

program *program_new(const char *root);
void program_free(program *p);
/* Files of the program were written. */
void program_files_changed(program *p);
/* What says how the program is read was written. */
void program_setup_changed(program *p);
/* The user does not want the index now. */
void program_stop_index(program *p);
/* Starts what is due; milliseconds until something will be, -1: nothing. */
int program_step(program *p, const lsp_service *s);
/* What it waits for: 3 descriptors, -1 where there is none. */
enum { PROGRAM_FDS = 3 };
void program_fds(const program *p, int fds[PROGRAM_FDS]);
/* readable[i]: the i-th of them can be read. */
void program_read(program *p, const bool readable[PROGRAM_FDS], const program_watch *w);

#endif
