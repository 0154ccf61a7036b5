#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "source/source.h"

#define MAX_EXAMPLES 5u

void src_note(src_notes *notes, src_note_kind kind, const char *example) {
    if (!notes) return;
    src_words *known = &notes->v[kind].examples;
    notes->v[kind].count++;
    for (uint32_t i = 0; i < known->n; i++)
        if (strcmp(known->v[i], example) == 0) return;
    if (known->n <= MAX_EXAMPLES) LL_PUSH(notes->arena, known, ll_strdup(notes->arena, example));
}

/* The examples, one more than shown being kept so that "..." is truthful. */
static char *join(ll_arena *a, const src_words *w) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < w->n && i < MAX_EXAMPLES; i++) {
        if (i) ll_sb_add(&b, ", ");
        ll_sb_add(&b, w->v[i]);
    }
    if (w->n > MAX_EXAMPLES) ll_sb_add(&b, ", ...");
    char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

void src_notes_lines(ll_arena *a, const src_notes *notes, src_words *lines) {
    for (int k = 0; k < SRC_NOTE_COUNT; k++) {
        uint32_t count = notes->v[k].count;
        if (!count) continue;
        const char *examples = join(a, &notes->v[k].examples);
        const char *line = NULL;
        switch ((src_note_kind)k) {
#define SRC_NOTE(NAME, one, many)                                                              \
    case SRC_NOTE_##NAME:                                                                      \
        line = count == 1 ? ll_printf(a, one, examples) : ll_printf(a, many, count, examples); \
        break;
#include "source/notes.def"
#undef SRC_NOTE
            case SRC_NOTE_COUNT:
                break;
        }
        LL_PUSH(a, lines, line);
    }
}
