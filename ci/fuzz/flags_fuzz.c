/* Compiler commands and exclude patterns from outside, one word a line. Whatever comes in, nothing that loads code or
 * writes a file comes out, and cleaning what is clean changes nothing that matters. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const src_words *args) {
    static const char *const never[] = {"-fplugin", "-Xclang",     "-load",        "-mllvm",   "-M",
                                        "-o",       "-save-temps", "-specs",       "-wrapper", "-B",
                                        "@",        "-fmodules",   "-fpass-plugin"};
    for (uint32_t i = 0; i < args->n; i++) {
        const char *w = args->v[i];
        bool value = i && (strcmp(args->v[i - 1], "-include") == 0 || strcmp(args->v[i - 1], "-imacros") == 0);
        for (size_t k = 0; !value && k < sizeof never / sizeof *never; k++)
            if (strncmp(w, never[k], strlen(never[k])) == 0) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ll_arena *a = ll_arena_new("fuzz");
    src_notes notes = {.arena = a};
    src_trust trust = {.root = "/nonexistent"};
    src_words argv = {0};
    char *text = ll_strndup(a, (const char *)data, size);
    for (char *p = strtok(text, "\n"); p; p = strtok(NULL, "\n")) LL_PUSH(a, &argv, p);
    if (argv.n) {
        src_flags first, second;
        src_words words = {0};
        src_flags_clean(a, &trust, "/nonexistent/dir", "a.c", &argv, &first, &notes);
        check(&first.args);
        LL_PUSH(a, &words, "cc");
        for (uint32_t i = 0; i < first.args.n; i++) LL_PUSH(a, &words, first.args.v[i]);
        src_flags_clean(a, &trust, "/nonexistent/dir", "a.c", &words, &second, NULL);
        check(&second.args);
        src_words essential = {0};
        src_flags_essential(a, first.args.v, first.args.n, &essential);
        check(&essential);
        src_excluded(argv.v, argv.n, argv.v[argv.n - 1]);
    }
    ll_arena_free(a);
    return 0;
}
