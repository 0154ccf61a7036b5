/* From a report of findings (--format json) to diagnostics, and from a diagnostic to code actions. */
#ifndef LL_LSP_DIAGNOSE_H
#define LL_LSP_DIAGNOSE_H

#include <jansson.h>

#include "lsp/text.h"

typedef struct client {
    text_units units;
    bool related;  /* shows relatedInformation; else the steps become part of the message */
    bool describe; /* shows codeDescription */
    bool pull;     /* asks for diagnostics */
    bool literals; /* takes code actions as literals */
} client;

/* Where texts come from: what is open, else the disk. Borrowed until the next call. */
typedef struct text_source {
    void *ctx;
    bool (*text)(void *ctx, const char *path, const char **text, size_t *n);
} text_source;

/* The diagnostics of `path` (absolute) in a report whose paths are relative to `root`; a new array. */
json_t *diagnose(const json_t *report, const char *root, const char *path, const client *c, const text_source *texts);

/* What can be done about the diagnostics a client sends with a request: the edits that mend the finding, and a comment
 * that accepts it, with the place for a reason. `known`: the diagnostics of the document as it is now, NULL: not known;
 * only edits in them count. `uri` and the text of the document they are in. A new array. */
json_t *diagnose_actions(const json_t *diagnostics, const json_t *known, const char *uri, const char *text, size_t n);

/* file:// and back; the result is the caller's. NULL: no file. */
char *uri_to_path(const char *uri);
char *uri_of_path(const char *path);

#endif
