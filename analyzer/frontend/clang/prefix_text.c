/* See frontend/prefix_text.h. What opens a brace decides what a word between braces can be: in the body of a record,
 * and between the parentheses of a declaration, a word behind a type or a star names a member or a parameter. A branch
 * of a condition begins with the braces that its #if had, and all branches must end with as many. */
#include "frontend/prefix_text.h"

#include <ctype.h>
#include <string.h>

#include "base/strbuf.h"

enum { MAX_BRACES = 256, MAX_CONDITIONS = 64 };

typedef struct nesting {
    uint32_t braces, parens;
    bool open; /* a declaration or statement has begun and not ended */
} nesting;

typedef struct condition {
    nesting at;
    bool cplusplus; /* this branch is for C++ alone */
} condition;

typedef struct scan {
    const char *s, *p, *end;
    fe_text_sink *sink;
    void *ctx;
    ll_strbuf line; /* a directive without comments */
    nesting now;
    bool record[MAX_BRACES + 1];   /* whether brace i opened a record's body */
    uint32_t base[MAX_BRACES + 1]; /* parentheses that were open at brace i */
    condition conditions[MAX_CONDITIONS + 1];
    uint32_t depth, skipping; /* skipping: the number of the condition that is for C++ alone; 0: none */
    bool stopped, go_on;
    /* what a record's head has had so far */
    bool head, head_tag, attribute;
    uint32_t head_parens;
    bool is_typedef;
    char star_behind; /* what stands before the last stars */
    char before; /* the last character that means something: 'a' is a word, 't' a word behind which a type goes on */
    const char *word; /* the last word */
    size_t nword;
} scan;

static void tell(scan *c, fe_text_kind kind, const char *s, size_t n) {
    if (!c->skipping && (c->go_on || !c->stopped)) c->sink(c->ctx, &(fe_text_token){.kind = kind, .s = s, .n = n});
}

static void stop(scan *c) {
    c->skipping = 0;
    if (!c->stopped) tell(c, FE_TEXT_STOP, c->p, 0);
    c->stopped = true;
}

static bool is(const char *s, size_t n, const char *word) {
    return strlen(word) == n && memcmp(s, word, n) == 0;
}

static bool one_of(const char *s, size_t n, const char *const *words) {
    for (; *words; words++)
        if (is(s, n, *words)) return true;
    return false;
}

static size_t word_length(const char *p, const char *end) {
    size_t n = 0;
    while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_' || p[n] == '$' || (unsigned char)p[n] >= 0x80))
        n++;
    return n;
}

/* Behind a comment, a continued line or a blank other than a line's end; p itself when there is none. */
static const char *behind_blank(const char *p, const char *end) {
    if (p >= end) return p;
    if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\v' || *p == '\f') return p + 1;
    if (*p == '\\') {
        const char *q = p + 1;
        if (q < end && *q == '\r') q++;
        return q < end && *q == '\n' ? q + 1 : p;
    }
    if (*p != '/' || end - p < 2) return p;
    if (p[1] == '/') {
        while (p < end && *p != '\n') {
            const char *q = *p == '\\' ? behind_blank(p, end) : p;
            p = q == p ? p + 1 : q;
        }
        return p;
    }
    if (p[1] != '*') return p;
    for (p += 2; end - p >= 2; p++)
        if (p[0] == '*' && p[1] == '/') return p + 2;
    return end;
}

static const char *skip_blank(const char *p, const char *end) {
    for (const char *q; (q = behind_blank(p, end)) != p; p = q) continue;
    return p;
}

/* Behind a string or character constant that ends on its line. */
static const char *behind_constant(const char *p, const char *end) {
    char close = *p++;
    while (p < end && *p != '\n' && *p != close) p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p < end && *p == close ? p + 1 : p;
}

static const char *const counters[] = {"__COUNTER__", "__INCLUDE_LEVEL__", NULL};

static bool harmless_pragma(const char *rest, size_t n) {
    static const char *const known[] = {"once", "GCC diagnostic ", "clang diagnostic ", "GCC system_header"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= strlen(known[i]) && memcmp(rest, known[i], strlen(known[i])) == 0) return true;
    return false;
}

/* Behind _Pragma. */
static bool harmless_operator(const char *p, const char *end) {
    p = skip_blank(p, end);
    if (p < end && *p == '(') p = skip_blank(p + 1, end);
    return p < end && *p == '"' && harmless_pragma(p + 1, (size_t)(end - p - 1));
}

static void tell_word(scan *c, const char *p, size_t n, const char *end, bool member) {
    fe_text_kind kind = one_of(p, n, counters) ? FE_TEXT_DEFINE : member ? FE_TEXT_MEMBER : FE_TEXT_WORD;
    if (!c->skipping && (c->go_on || !c->stopped))
        c->sink(c->ctx, &(fe_text_token){.kind = kind, .s = p, .n = n, .undef = kind == FE_TEXT_DEFINE});
    if (is(p, n, "__pragma") || (is(p, n, "_Pragma") && !harmless_operator(p + n, end))) stop(c);
}

/* ---- directives ---- */

static void words_of(scan *c, const char *p, const char *end) {
    while (p < end) {
        size_t n = word_length(p, end);
        if (n && !isdigit((unsigned char)*p)) tell_word(c, p, n, end, false);
        p = n ? p + n : *p == '"' || *p == '\'' ? behind_constant(p, end) : p + 1;
    }
}

/* The directive at c->p, behind its #, as one line into c->line: words as they are, one blank between them. */
static void read_line(scan *c) {
    const char *p = c->p;
    ll_sb_clear(&c->line);
    while (p < c->end && *p != '\n') {
        const char *q = behind_blank(p, c->end);
        if (q != p) {
            if (c->line.n && c->line.s[c->line.n - 1] != ' ') ll_sb_addc(&c->line, ' ');
        } else {
            bool name = *p == '<' && c->line.n >= 7 && memcmp(c->line.s, "include", 7) == 0;
            const char *close = p;
            while (name && close < c->end && *close != '\n' && *close != '>') close++;
            if (!name || close == c->end || *close != '>') close = NULL;
            q = close ? close + 1 : *p == '"' || *p == '\'' ? behind_constant(p, c->end) : p + 1;
            ll_sb_addn(&c->line, p, (size_t)(q - p));
        }
        p = q;
    }
    while (c->line.n && c->line.s[c->line.n - 1] == ' ') c->line.s[--c->line.n] = 0;
    ll_sb_addc(&c->line, 0);
    c->line.n--;
    c->p = p;
}

static void include(scan *c, const char *rest) {
    if (c->skipping) return;
    char close = *rest == '<' ? '>' : '"';
    const char *end = *rest == '<' || *rest == '"' ? strchr(rest + 1, close) : NULL;
    bool spliced = end && memchr(rest, '\n', (size_t)(end - rest)); /* a name goes on in the next line: nobody's */
    if (!end || end == rest + 1 || end[1] || spliced) {
        stop(c);
        return;
    }
    c->sink(c->ctx, &(fe_text_token){.kind = FE_TEXT_INCLUDE,
                                     .s = rest + 1,
                                     .n = (size_t)(end - rest - 1),
                                     .quoted = close == '"',
                                     .inside = c->now.open || c->now.braces || c->now.parens});
}

static bool asks_cplusplus(const char *line) {
    static const char *const forms[] = {"ifdef __cplusplus", "if defined(__cplusplus)", "if defined (__cplusplus)",
                                        "if defined __cplusplus", NULL};
    for (const char *const *f = forms; *f; f++)
        if (strncmp(line, *f, strlen(*f)) == 0) return !strstr(line, "||");
    return false;
}

static void open_condition(scan *c, const char *words) {
    if (c->depth == MAX_CONDITIONS) {
        stop(c);
        return;
    }
    if (!c->skipping) words_of(c, words, c->line.s + c->line.n);
    condition *o = &c->conditions[++c->depth];
    *o = (condition){.at = c->now, .cplusplus = asks_cplusplus(c->line.s)};
    tell(c, FE_TEXT_IF, c->line.s, c->line.n);
    if (o->cplusplus && !c->skipping) c->skipping = c->depth;
}

static void next_branch(scan *c, fe_text_kind kind, const char *words) {
    if (!c->depth) {
        stop(c);
        return;
    }
    if (c->skipping == c->depth) c->skipping = 0;
    c->now = c->conditions[c->depth].at;
    if (!c->skipping) words_of(c, words, c->line.s + c->line.n);
    tell(c, kind, c->line.s, c->line.n);
}

static void close_condition(scan *c) {
    if (!c->depth) {
        stop(c);
        return;
    }
    const condition *o = &c->conditions[c->depth];
    if (c->skipping == c->depth) {
        c->skipping = 0;
        c->now = o->at;
    }
    if (c->now.braces != o->at.braces || c->now.parens != o->at.parens) stop(c);
    c->depth--;
    tell(c, FE_TEXT_ENDIF, c->p, 0);
}

static void define(scan *c, const char *rest, bool undef) {
    size_t n = word_length(rest, c->line.s + c->line.n);
    if (!n || c->skipping) return;
    c->sink(c->ctx, &(fe_text_token){.kind = FE_TEXT_DEFINE, .s = rest, .n = n, .undef = undef});
    words_of(c, rest + n, c->line.s + c->line.n);
}

static void directive(scan *c) {
    static const char *const nothing[] = {"error", "warning", "ident", "", NULL};
    read_line(c);
    const char *line = c->line.s + strspn(c->line.s, " ");
    if (line != c->line.s) {
        memmove(c->line.s, line, strlen(line) + 1);
        c->line.n = strlen(c->line.s);
        line = c->line.s;
    }
    size_t n = word_length(line, line + c->line.n);
    const char *rest = line + n + strspn(line + n, " ");
    if (is(line, n, "if") || is(line, n, "ifdef") || is(line, n, "ifndef"))
        open_condition(c, rest);
    else if (is(line, n, "else"))
        next_branch(c, FE_TEXT_ELSE, line + c->line.n);
    else if (strncmp(line, "elif", 4) == 0)
        next_branch(c, FE_TEXT_ELIF, rest);
    else if (is(line, n, "endif"))
        close_condition(c);
    else if (is(line, n, "define") || is(line, n, "undef"))
        define(c, rest, *line == 'u');
    else if (is(line, n, "include"))
        include(c, rest);
    else if (is(line, n, "pragma") && strcmp(rest, "once") == 0)
        tell(c, FE_TEXT_ONCE, rest, 0);
    else if (!one_of(line, n, nothing) && !(is(line, n, "pragma") && harmless_pragma(rest, strlen(rest))) &&
             !c->skipping)
        stop(c);
}

/* ---- code ---- */

static bool in_record(const scan *c) {
    return c->now.braces && c->record[c->now.braces];
}

/* Between the parentheses of a declaration that is in no function and no value. */
static bool in_params(const scan *c) {
    return c->now.parens > c->base[c->now.braces] && (!c->now.braces || in_record(c));
}

static bool names_member(const scan *c, const char *behind) {
    if (c->before == '.' || c->before == '>') return true;
    bool params = in_params(c), record = in_record(c) && !params;
    if (!params && !record) return false;
    if (params && !in_record(c) && c->before == '*' && c->star_behind == '(')
        return false; /* it may be what is declared */
    if (c->before != '*' && c->before != 'a' && !(record && (c->before == ',' || c->before == '}'))) return false;
    const char *next = skip_blank(behind, c->end);
    return next < c->end && strchr(record ? ",;[:)" : ",)[", *next) && *next;
}

static void head_word(scan *c, const char *p, size_t n) {
    static const char *const attributes[] = {"__attribute__", "__attribute", "_Alignas", "alignas", "__declspec", NULL};
    if (is(p, n, "struct") || is(p, n, "union")) {
        c->head = true;
        c->head_tag = c->attribute = false;
        c->head_parens = c->now.parens;
    } else if (c->head && c->now.parens == c->head_parens) {
        c->attribute = one_of(p, n, attributes);
        if (!c->attribute && c->head_tag) c->head = false;
        if (!c->attribute) c->head_tag = true;
    }
}

static void word(scan *c, size_t n) {
    static const char *const unfinished[] = {
        "const",     "volatile", "restrict",     "__restrict", "__restrict__",  "struct",   "union",
        "enum",      "static",   "extern",       "register",   "inline",        "__inline", "__inline__",
        "_Atomic",   "typedef",  "sizeof",       "return",     "__extension__", "typeof",   "__typeof__",
        "_Noreturn", "__const",  "__volatile__", "else",       "goto",          "case",     NULL};
    const char *p = c->p;
    if (isdigit((unsigned char)*p)) {
        c->before = '0';
        return;
    }
    tell_word(c, p, n, c->end, names_member(c, p + n));
    head_word(c, p, n);
    if (is(p, n, "typedef") && !c->now.braces && !c->now.parens) c->is_typedef = true;
    c->before = one_of(p, n, unfinished) ? 't' : 'a';
    c->word = p;
    c->nword = n;
    c->now.open = true;
}

static void open_brace(scan *c) {
    if (c->now.braces == MAX_BRACES) {
        stop(c);
        return;
    }
    c->now.braces++;
    c->record[c->now.braces] = c->head && c->now.parens == c->head_parens;
    c->base[c->now.braces] = c->now.parens;
    c->head = c->now.open = false;
}

static void close_brace(scan *c) {
    if (!c->now.braces) {
        stop(c);
        return;
    }
    if (c->now.parens != c->base[c->now.braces]) stop(c);
    bool record = c->record[c->now.braces];
    c->now.parens = c->base[c->now.braces--];
    c->head = false;
    c->now.open = record || c->is_typedef || c->now.parens; /* a declarator, or a semicolon, follows */
}

static void punctuation(scan *c) {
    char ch = *c->p;
    c->now.open |= ch != ';' && ch != '{' && ch != '}';
    if (ch == '(' && c->head && c->now.parens == c->head_parens && !c->attribute) c->head = false;
    if (ch == '(') c->now.parens++;
    if (ch == ')' && c->now.parens == c->base[c->now.braces]) stop(c);
    if (ch == ')' && c->now.parens > c->base[c->now.braces]) c->now.parens--;
    if (c->head && (strchr("*=,;", ch) ? c->now.parens <= c->head_parens : c->now.parens < c->head_parens))
        c->head = false;
    if (ch == '{') open_brace(c);
    if (ch == '}') close_brace(c);
    if (ch == ';') {
        if (c->is_typedef && !c->now.braces && c->before == 'a') tell(c, FE_TEXT_TYPEDEF, c->word, c->nword);
        if (!c->now.braces) c->is_typedef = false;
        c->now.open = c->now.parens > 0;
    }
    if (ch == '*' && c->before != '*') c->star_behind = c->before;
    c->before = ch == '>' && c->before != '-' ? ')' : ch;
}

/* A # or a brace in other letters. */
static bool spells_otherwise(const char *p, const char *end) {
    if (end - p < 2) return false;
    if ((*p == '%' || *p == '<') && (p[1] == ':' || p[1] == '%')) return true;
    if (*p == '%' && p[1] == '>') return true;
    return end - p > 2 && p[0] == '?' && p[1] == '?' && strchr("=/'()!<>-", p[2]) && p[2];
}

static void code(scan *c) {
    const char *p = c->p;
    size_t n = word_length(p, c->end);
    if (n) {
        if (!c->skipping) word(c, n);
        c->p += n;
    } else if (*p == '"' || *p == '\'') {
        c->p = behind_constant(p, c->end);
        c->before = '"';
        c->now.open |= !c->skipping;
    } else {
        if (!c->skipping) punctuation(c);
        if (spells_otherwise(p, c->end)) stop(c);
        c->p++;
    }
}

void fe_text_scan(const char *s, size_t n, bool go_on, fe_text_sink *sink, void *ctx) {
    scan c = {.s = s, .p = s, .end = s + n, .sink = sink, .ctx = ctx, .go_on = go_on, .before = ';'};
    bool line_start = true;
    while (c.p < c.end && (c.go_on || !c.stopped)) {
        const char *q = behind_blank(c.p, c.end);
        if (q != c.p) {
            c.p = q;
        } else if (*c.p == '\n') {
            line_start = true;
            c.p++;
        } else if (line_start && *c.p == '#') {
            c.p++;
            directive(&c);
        } else {
            line_start = false;
            code(&c);
        }
    }
    if (c.now.braces || c.now.parens || c.depth) stop(&c);
    ll_sb_free(&c.line);
}
