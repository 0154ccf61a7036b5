/* A process that holds a program and forks for each analysis of it. */
#ifndef LL_LSP_KEEPER_H
#define LL_LSP_KEEPER_H

#include "lsp/lsp.h"
#include "lsp/process.h"

typedef struct keeper {
    process process;
    bool ready; /* it holds the program */
    lsp_known known;
} keeper;

typedef enum keeper_event {
    KEEPER_NOTHING,
    KEEPER_READY,
    KEEPER_MOVED,  /* what it holds is out of date */
    KEEPER_FAILED, /* there is nothing to hold; it has ended */
} keeper_event;

bool keeper_start(keeper *k, const lsp_service *s, const char *root, bool settled);
/* To be called when its socket is readable. `trouble`: why it failed. */
keeper_event keeper_read(keeper *k, ll_err *trouble);
/* Begins an analysis and gives where its report can be read; an earlier one ends. The end of the report is that of
 * the analysis, and what is no whole report is one line of trouble. -1: none could be begun. */
int keeper_analyse(keeper *k, const char *file, const lsp_buffer *buffers, size_t n);
/* Ends the analysis, if one runs. */
void keeper_quiet(keeper *k);
void keeper_stop(keeper *k);

#endif
