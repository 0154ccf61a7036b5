/* Comments of a C or C++ text: just enough of its lexical grammar to tell comments from strings. */
#ifndef LL_FINDING_COMMENTS_H
#define LL_FINDING_COMMENTS_H

#include <stdbool.h>

#include "base/array.h"

typedef struct comment {
    size_t begin, end;      /* body, without the comment signs */
    int32_t line, end_line; /* 1-based */
    int32_t col, end_col;   /* 1-based bytes; end_col exclusive, on end_line */
} comment;

typedef struct comment_list {
    LL_ARRAY(comment) items;
    /* One flag set a line, index 1 … lines: is there code, is there a comment. */
    unsigned char *line_flags;
    int32_t lines;
} comment_list;

enum { LINE_CODE = 1, LINE_COMMENT = 2 };

comment_list comments_scan(ll_arena *a, const char *text, size_t n);

#endif
