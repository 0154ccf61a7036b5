#include <stdio.h>

#include "cmd/cmd.h"
#include "pipeline/pipeline.h"

int cmd_version(ll_arena *a, const cmd_line *line) {
    (void)a;
    (void)line;
    printf("lifelint %s\nlibclang %s\n", LIFELINT_VERSION, fe_clang_version());
    return EXIT_CLEAN;
}
