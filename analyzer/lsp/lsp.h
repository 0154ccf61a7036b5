/* The editor service: the Language Server Protocol 3.17 over a pair of file descriptors.
 *
 * Diagnostics only: it announces nothing of what clangd does (no hover, completion or definition), so that both can
 * serve one buffer. What is open is analysed as it stands in the editor, saved or not. Three kinds of processes do it:
 *
 *     service          talks to the client; reads no source
 *       keeper         one a root: holds the whole program, forks for each analysis, takes over what it learnt
 *         analysis     of the newest text; the next keystroke ends it, and a crash costs nothing else
 *       index          at low priority: reads and solves what the keeper has found to be missing in the store
 *
 *   rpc.h       messages in and out
 *   text.h      one document, its edits and positions
 *   process.h   a process of the service's own
 *   keeper.h    the keeper and its analyses
 *   program.h   one root: when to open a keeper, when to index
 *   diagnose.h  from a report to diagnostics and code actions
 *   server.c    who asks what
 *
 * Specification: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/ */
#ifndef LL_LSP_H
#define LL_LSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"

typedef struct lsp_buffer {
    const char *path; /* absolute */
    const char *text;
    size_t n;
} lsp_buffer;

typedef struct lsp_known {
    uint32_t units, missing; /* missing: what an index would add */
} lsp_known;

/* All run in processes of their own, in the root as their working directory. */
typedef struct lsp_service {
    void *ctx;
    const char *version;
    /* In the keeper: what is held. `settled`: what is missing stays so. NULL: err says why. */
    void *(*open)(void *ctx, const char *root, bool settled, lsp_known *known, ll_err *err);
    /* In the keeper, before each fork. */
    void (*prepare)(void *held);
    /* In the fork: analyses `file` with the buffers over the disk and writes what --format json gives. covered[i]: the
     * report is about that buffer's text. */
    bool (*analyse)(void *held, const char *file, const lsp_buffer *buffers, size_t n, bool *covered, FILE *report,
                    ll_err *err);
    /* In the fork, once the report is out: what the keeper is to learn. */
    void (*learnt)(void *held, ll_strbuf *out);
    /* In the keeper. True: what it holds is out of date. */
    bool (*learn)(void *held, const void *bytes, size_t n);
    /* Reads and solves the whole program into the store. `progress` says what was done. */
    bool (*index)(void *ctx, const char *root, void (*progress)(void *to, uint32_t done, uint32_t n, const char *file),
                  void *to, ll_err *err);
} lsp_service;

/* Serves until the client says exit or closes its end. True: after a shutdown, as the protocol wants it. */
bool lsp_serve(const lsp_service *s, int in, int out);

#endif
