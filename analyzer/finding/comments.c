#include "finding/comments.h"

#include <ctype.h>
#include <string.h>

struct lexer {
    ll_arena *arena;
    const char *s;
    size_t n, i;
    size_t line_start;
    int32_t line;
    comment_list *out;
};

static char at(const struct lexer *x, size_t i) {
    return i < x->n ? x->s[i] : 0;
}
static void mark(struct lexer *x, unsigned char flag) {
    x->out->line_flags[x->line] |= flag;
}
static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* One byte on, keeping count of lines. */
static void step(struct lexer *x) {
    if (at(x, x->i) == '\n') {
        x->line++;
        x->line_start = x->i + 1;
    }
    x->i++;
}

static void take_comment(struct lexer *x, bool block) {
    comment c = {.begin = x->i + 2, .line = x->line, .col = (int32_t)(x->i - x->line_start) + 1};
    mark(x, LINE_COMMENT);
    x->i += 2;
    while (x->i < x->n) {
        if (block && at(x, x->i) == '*' && at(x, x->i + 1) == '/') break;
        if (!block && at(x, x->i) == '\n') {
            size_t back = x->i > 0 && x->s[x->i - 1] == '\r' ? 2 : 1;
            if (x->i < back || x->s[x->i - back] != '\\') break;
        }
        step(x);
        mark(x, LINE_COMMENT);
    }
    c.end = x->i < c.begin ? c.begin : x->i;
    if (block && x->i < x->n) x->i += 2;
    c.end_line = x->line;
    c.end_col = (int32_t)(x->i - x->line_start) + 1;
    LL_PUSH(x->arena, &x->out->items, c);
}

/* A quoted literal ends at its quote or, unfinished, at the end of the line. */
static void take_quoted(struct lexer *x, char quote) {
    x->i++;
    while (x->i < x->n && x->s[x->i] != quote && x->s[x->i] != '\n') {
        if (x->s[x->i] == '\\' && x->i + 1 < x->n) step(x);
        step(x);
        if (x->i < x->n) mark(x, LINE_CODE);
    }
    if (at(x, x->i) == quote) x->i++;
}

/* R"tag( … )tag": x->i is at the quote. */
static void take_raw(struct lexer *x) {
    size_t open = x->i + 1, paren = open;
    while (paren < x->n && paren - open <= 16 && x->s[paren] != '(' && x->s[paren] != '"' && x->s[paren] != '\n')
        paren++;
    if (at(x, paren) != '(') {
        take_quoted(x, '"');
        return;
    }
    size_t tag = paren - open;
    while (x->i < x->n) {
        bool closes = x->i > paren && x->s[x->i] == ')' && x->n - x->i > tag + 1 &&
                      memcmp(x->s + x->i + 1, x->s + open, tag) == 0 && x->s[x->i + 1 + tag] == '"';
        if (closes) {
            x->i += tag + 2;
            return;
        }
        step(x);
        if (x->i < x->n) mark(x, LINE_CODE);
    }
}

/* R, LR, uR, UR, u8R in front of the quote, and nothing of a longer name before it. */
static bool is_raw_prefix(const struct lexer *x) {
    if (x->i == 0 || x->s[x->i - 1] != 'R') return false;
    size_t j = x->i - 1;
    if (j >= 2 && x->s[j - 1] == '8' && x->s[j - 2] == 'u') {
        j -= 2;
    } else if (j >= 1 && strchr("LuU", x->s[j - 1])) {
        j -= 1;
    }
    return j == 0 || !is_word(x->s[j - 1]);
}

/* 1'000'000 is a number: a quote after a digit that belongs to a number starts no literal. */
static bool is_separator(const struct lexer *x) {
    size_t j = x->i;
    while (j > 0 && (is_word(x->s[j - 1]) || x->s[j - 1] == '\'')) j--;
    return j < x->i && isdigit((unsigned char)x->s[j]);
}

static void take_one(struct lexer *x) {
    char c = x->s[x->i];
    if (c == '/' && (at(x, x->i + 1) == '/' || at(x, x->i + 1) == '*')) {
        take_comment(x, at(x, x->i + 1) == '*');
        return;
    }
    if (!isspace((unsigned char)c)) mark(x, LINE_CODE);
    if (c == '"' && is_raw_prefix(x)) {
        take_raw(x);
    } else if (c == '"') {
        take_quoted(x, c);
    } else if (c == '\'' && !is_separator(x)) {
        take_quoted(x, c);
    } else {
        step(x);
    }
}

comment_list comments_scan(ll_arena *a, const char *text, size_t n) {
    comment_list out = {0};
    int32_t lines = 1;
    if (n > INT32_MAX / 2) n = INT32_MAX / 2;
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    out.lines = lines;
    out.line_flags = LL_NEWN(a, unsigned char, lines + 2);
    struct lexer x = {.arena = a, .s = text, .n = n, .line = 1, .out = &out};
    while (x.i < x.n) take_one(&x);
    return out;
}
