#include "finding/edits.h"

#include <stdlib.h>
#include <string.h>

typedef struct span {
    size_t from, to;
    const char *text;
} span;

static int compare(int32_t line, int32_t col, int32_t other_line, int32_t other_col) {
    if (line != other_line) return line < other_line ? -1 : 1;
    return col < other_col ? -1 : col > other_col;
}

bool finding_edits_overlap(const finding_edit *x, const finding_edit *y) {
    if (strcmp(x->file, y->file) != 0) return false;
    if (compare(x->line, x->col, y->line, y->col) == 0) return true;
    return compare(x->line, x->col, y->end_line, y->end_col) < 0 &&
           compare(y->line, y->col, x->end_line, x->end_col) < 0;
}

bool finding_edits_offset(const char *text, size_t n, int32_t line, int32_t col, size_t *out) {
    const char *p = text, *end = text + n;
    for (; line > 1; line--) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline) return false;
        p = newline + 1;
    }
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    if (line < 1 || col < 1 || col - 1 > (stop ? stop : end) - p) return false;
    *out = (size_t)(p - text) + (size_t)col - 1;
    return true;
}

static int by_place(const void *x, const void *y) {
    const span *a = x, *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

bool finding_edits_apply(ll_arena *a, const char *text, size_t n, const finding_edit *const *edits, uint32_t nedits,
                         ll_strbuf *out) {
    span *spans = LL_NEWN(a, span, nedits + 1);
    size_t done = 0;
    for (uint32_t i = 0; i < nedits; i++) {
        const finding_edit *e = edits[i];
        spans[i].text = e->text;
        if (!finding_edits_offset(text, n, e->line, e->col, &spans[i].from)) return false;
        if (!finding_edits_offset(text, n, e->end_line, e->end_col, &spans[i].to) || spans[i].to < spans[i].from)
            return false;
    }
    qsort(spans, nedits, sizeof *spans, by_place);
    for (uint32_t i = 1; i < nedits; i++)
        if (spans[i].from < spans[i - 1].to) return false;
    for (uint32_t i = 0; i < nedits; i++) {
        ll_sb_addn(out, text + done, spans[i].from - done);
        ll_sb_add(out, spans[i].text);
        done = spans[i].to;
    }
    ll_sb_addn(out, text + done, n - done);
    return true;
}
