/* The words of a C file, for prefixes that reach behind a project's own headers (pipeline/behind.h).
 *
 * Nothing is preprocessed: words of all branches of conditions are told, but for those that ask for __cplusplus. Where
 * the text does what a scan of words cannot follow, it says so (FE_TEXT_STOP). */
#ifndef LL_FRONTEND_PREFIX_TEXT_H
#define LL_FRONTEND_PREFIX_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum fe_text_kind {
    FE_TEXT_WORD,    /* an identifier, in code or in a directive */
    FE_TEXT_MEMBER,  /* one that stands where a member or a parameter is named: only a macro can be meant there */
    FE_TEXT_DEFINE,  /* the name that #define or #undef has; __COUNTER__ and the like, which change when they are asked
                      */
    FE_TEXT_TYPEDEF, /* what a typedef names last; comes as a word before */
    FE_TEXT_INCLUDE, /* the name without its quotes */
    FE_TEXT_IF,      /* "if …", "ifdef …", "ifndef …" in one spelling, for as long as the call lasts; words before it */
    FE_TEXT_ELSE,
    FE_TEXT_ELIF, /* "elif …" likewise */
    FE_TEXT_ENDIF,
    FE_TEXT_ONCE, /* #pragma once */
    FE_TEXT_STOP, /* from here on nothing is certain: a pragma, #include_next, a name made by a macro, … */
} fe_text_kind;

typedef struct fe_text_token {
    fe_text_kind kind;
    const char *s;
    size_t n;
    bool undef;  /* FE_TEXT_DEFINE: it is no definition */
    bool quoted; /* an include: "name" */
    bool inside; /* an include in the middle of a declaration, or between braces */
} fe_text_token;

typedef void fe_text_sink(void *ctx, const fe_text_token *t);

/* Tells the sink what stands in s[0..n), in order; behind FE_TEXT_STOP only when asked to go on. */
void fe_text_scan(const char *s, size_t n, bool go_on, fe_text_sink *sink, void *ctx);

#endif
