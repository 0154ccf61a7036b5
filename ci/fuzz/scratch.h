/* A file of the fuzz target's own, for what reads files. */
#ifndef LL_FUZZ_SCRATCH_H
#define LL_FUZZ_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sys.h"

static char scratch_dir[64], scratch_path[128];

static void scratch_remove(void) {
    unlink(scratch_path);
    rmdir(scratch_dir);
}

/* Its path: the same each time. */
static const char *scratch_write(const char *name, const void *bytes, size_t n) {
    if (!*scratch_dir) {
        snprintf(scratch_dir, sizeof scratch_dir, "/tmp/lifelint-fuzz-XXXXXX");
        if (!mkdtemp(scratch_dir)) abort();
        snprintf(scratch_path, sizeof scratch_path, "%s/%s", scratch_dir, name);
        atexit(scratch_remove);
    }
    if (!ll_write_file(scratch_path, bytes, n, NULL)) abort();
    return scratch_path;
}

static void scratch_must_have_words(bool ok, const ll_err *err) {
    if (!ok && (!err->code || !err->msg[0])) abort();
}

#endif
