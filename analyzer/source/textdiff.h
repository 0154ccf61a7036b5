/* Two texts of one file as a patch that git and patch(1) apply. */
#ifndef LL_SOURCE_TEXTDIFF_H
#define LL_SOURCE_TEXTDIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends the patch; nothing when the texts are equal. `path` is relative to where the patch is to be applied. */
bool src_text_diff(const char *path, const char *before, size_t nbefore, const char *after, size_t nafter,
                   ll_strbuf *out, ll_err *err);

#endif
