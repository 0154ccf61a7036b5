/* What a build system is told of what a command read: one rule in the words of make, as `cc -MD` writes it. */
#ifndef LL_PIPELINE_DEPFILE_H
#define LL_PIPELINE_DEPFILE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

/* Appends "target: file file…". Files are sorted, each once, relative to `cwd` where they lie under it. Blanks, # and $
 * are escaped; a path with a line break cannot be said and is left out. */
void depfile_print(ll_strbuf *out, ll_arena *a, const char *cwd, const char *target, const char **files, uint32_t n);
/* The same to a file, from the working directory. */
bool depfile_write(const char *path, const char *target, const char **files, uint32_t n, ll_err *err);

#endif
