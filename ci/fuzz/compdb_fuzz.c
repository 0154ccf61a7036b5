/* The database reader and the shell's words on bytes from outside. */
#include <stdint.h>
#include <stdlib.h>

#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ll_arena *a = ll_arena_new("fuzz");
    src_notes notes = {.arena = a};
    src_words words = {0}, lines = {0};
    src_db db;
    ll_err err = {0};
    char *text = malloc(size + 1); /* of the exact size but for the NUL that a file has behind it */
    for (size_t i = 0; i < size; i++) text[i] = (char)data[i];
    text[size] = 0;
    bool ok = src_db_parse(a, "/nonexistent/compile_commands.json", text, size, NULL, &db, &notes, &err);
    if (ok != (err.code == LL_OK)) abort();
    for (uint32_t i = 0; ok && i < db.entries.n; i++) {
        const src_entry *e = &db.entries.v[i];
        if (e->file[0] != '/' || e->dir[0] != '/' || !e->argv.n) abort();
    }
    src_notes_lines(a, &notes, &lines);
    src_split(a, text, size, &words);
    free(text);
    ll_arena_free(a);
    return 0;
}
