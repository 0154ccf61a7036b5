/* The editor service: the Language Server Protocol 3.17 over a pair of file descriptors.
 *
 * Diagnostics only: it announces nothing of what clangd does (no hover, completion or definition), so that both can
 * serve one buffer. What is open is analysed as it stands in the editor, saved or not, in a child process: a crash
 * costs one analysis, and a new keystroke ends the analysis that it makes useless.
 *
 *   rpc.h       messages in and out
 *   text.h      one document, its edits and positions
 *   job.h       one analysis in a child process
 *   diagnose.h  from a report to diagnostics and code actions
 *   server.c    who asks what
 *
 * Specification: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/ */
#ifndef LL_LSP_H
#define LL_LSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct lsp_buffer {
    const char *path; /* absolute */
    const char *text;
    size_t n;
} lsp_buffer;

typedef struct lsp_service {
    void *ctx;
    const char *version;
    /* Runs in a child process, in the root as its working directory: analyses `file` with the buffers over the disk and
     * writes the findings as the report `--format json`. False: a line that says why is written instead. */
    bool (*analyse)(void *ctx, const char *root, const char *file, const lsp_buffer *buffers, size_t n, FILE *report);
} lsp_service;

/* Serves until the client says exit or closes its end. True: after a shutdown, as the protocol wants it. */
bool lsp_serve(const lsp_service *s, int in, int out);

#endif
