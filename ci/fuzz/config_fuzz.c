/* A configuration that came with the analysed tree: it is taken, or there is one line about it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "cmd/config.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int here = open(".", O_PATH | O_CLOEXEC); /* the fuzzer writes what it finds to folders relative to this one */
    ll_arena *a = ll_arena_new("fuzz");
    char *argv[] = {"lifelint", "check", "--disable", "libc-heap", NULL};
    cmd_line line;
    ll_err err = {0};
    scratch_write(CONFIG_FILE, data, size);
    if (here < 0 || chdir(scratch_dir) != 0) abort();
    if (!cmd_parse(a, 4, argv, &line, &err)) abort();
    bool ok = cmd_config(a, &line, &err);
    scratch_must_have_words(ok, &err);
    if (!ok && strchr(err.msg, '\n')) abort();
    for (uint32_t i = 0; ok && i < line.opts[OPT_DISABLE].n; i++)
        if (!line.opts[OPT_DISABLE].v[i]) abort();
    if (fchdir(here) != 0) abort();
    close(here);
    ll_arena_free(a);
    return 0;
}
