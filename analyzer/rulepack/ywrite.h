/* YAML out, an event at a time. Any text is written so that it is read back the same.
 *
 *     ywriter *w = ywrite_new(&out);
 *     ywrite_list(w, false);
 *     ywrite_map(w, false);
 *     ywrite_key(w, "id"), ywrite_plain(w, "my-pool");
 *     ywrite_close(w), ywrite_close(w);
 *     bool ok = ywrite_end(w, err);                        "- id: my-pool\n" */
#ifndef LL_RULEPACK_YWRITE_H
#define LL_RULEPACK_YWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

typedef struct ywriter ywriter;

/* One document, appended to `out`. Mistakes and lack of memory show at its end. */
ywriter *ywrite_new(ll_strbuf *out);
/* Begin a list or a map; in_line: [a, b], {a: b}. */
void ywrite_list(ywriter *w, bool in_line);
void ywrite_map(ywriter *w, bool in_line);
void ywrite_close(ywriter *w); /* the innermost list or map */
void ywrite_key(ywriter *w, const char *key);
void ywrite_plain(ywriter *w, const char *text);  /* as it is where that is possible: words, numbers */
void ywrite_quoted(ywriter *w, const char *text); /* in double quotes */
void ywrite_block(ywriter *w, const char *text);  /* line by line after | */
/* Frees w either way. */
bool ywrite_end(ywriter *w, ll_err *err);

typedef struct ywrite_pair {
    const char *key, *value; /* a pair without value is left out */
    bool plain;              /* written as it is: a boolean, a number */
} ywrite_pair;

/* Appends "- key: value\n  key: value\n", one entry of a list. */
bool ywrite_item(const ywrite_pair *pairs, uint32_t n, ll_strbuf *out, ll_err *err);

#endif
