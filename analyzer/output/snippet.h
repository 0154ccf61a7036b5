/* One source line made fit for a terminal: tabs become spaces, what could steer the terminal or
 * reverse the reading direction becomes a visible escape, and a long line is cut around the marked
 * part. One code point counts as one column; wide characters put the caret off by their excess. */
#ifndef LL_OUTPUT_SNIPPET_H
#define LL_OUTPUT_SNIPPET_H

#include <stdint.h>

#include "base/strbuf.h"

typedef struct snippet {
    ll_strbuf line;            /* the text to print */
    uint32_t mark, mark_width; /* columns before the mark, columns of the mark (0: no mark) */
} snippet;

/* `col` and `end_col` as in finding_loc; width: most columns to use. Release with snippet_free. */
void snippet_make(snippet *out, const char *line, size_t n, int32_t col, int32_t end_col, uint32_t width);
void snippet_free(snippet *s);

/* Appends untrusted text with the same escapes; newlines are escaped too. */
void snippet_escape(ll_strbuf *out, const char *s);

#endif
