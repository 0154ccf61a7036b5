/* YAML out: one entry of a list, to be appended to a file that is a list. */
#ifndef LL_RULEPACK_YWRITE_H
#define LL_RULEPACK_YWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

typedef struct ywrite_pair {
    const char *key, *value; /* a pair without value is left out */
    bool plain;              /* written as it is: a boolean, a number */
} ywrite_pair;

/* Appends "- key: value\n  key: value\n". Any text is written so that it is read back the same. */
bool ywrite_item(const ywrite_pair *pairs, uint32_t n, ll_strbuf *out, ll_err *err);

#endif
