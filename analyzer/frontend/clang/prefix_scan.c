/* The directives that a source begins with. Anything that is not surely harmless ends them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "frontend/clang/prefix_order.h"
#include "frontend/prefix.h"

enum { WEIGHT_SYSTEM = 1, WEIGHT_OWN = 8 };

/* A condition that is open where the scan is. */
typedef struct condition {
    const char *from, *to; /* its directive in the source */
    size_t text;           /* the end of its line in the step */
    bool other;            /* past an #else or #elif */
} condition;

typedef struct scan {
    const char *s, *p, *end;
    ll_arena *a;
    ll_strbuf line, step; /* the directive being read; the step it belongs to */
    uint32_t depth, weight;
    const char *hash; /* where the directive begins */
    LL_ARRAY(condition) open;
    LL_ARRAY(fe_step) out;
} scan;

static bool starts(const char *p, const char *end, const char *with) {
    size_t n = strlen(with);
    return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* One past a backslash and the end of its line; p itself when there is none. */
static const char *behind_continuation(const char *p, const char *end) {
    if (p < end && *p == '\\') {
        const char *q = p + 1;
        if (q < end && *q == '\r') q++;
        if (q < end && *q == '\n') return q + 1;
    }
    return p;
}

/* One past the comment at p, p itself when there is none; NULL: it has no end. */
static const char *behind_comment(const char *p, const char *end) {
    if (starts(p, end, "//")) {
        while (p < end && *p != '\n') {
            const char *q = behind_continuation(p, end);
            p = q == p ? p + 1 : q;
        }
        return p;
    }
    if (!starts(p, end, "/*")) return p;
    for (p += 2; end - p >= 2; p++)
        if (p[0] == '*' && p[1] == '/') return p + 2;
    return NULL;
}

/* To the next character that means something. False: the source ends there, or is broken. */
static bool skip_blank(scan *c) {
    while (c->p < c->end) {
        const char *q = isspace((unsigned char)*c->p) ? c->p + 1 : behind_comment(c->p, c->end);
        if (q == c->p) return true;
        if (!q) return false;
        c->p = q;
    }
    return false;
}

static void add_char(ll_strbuf *line, char ch) {
    bool blank = ch == ' ' || ch == '\t' || ch == '\r' || ch == '\v' || ch == '\f';
    if (!blank)
        ll_sb_addc(line, ch);
    else if (line->n && line->s[line->n - 1] != ' ')
        ll_sb_addc(line, ' ');
}

static const char *behind_quoted(scan *c, const char *p) {
    char close = *p == '<' ? '>' : *p;
    ll_sb_addc(&c->line, *p);
    for (p++; p < c->end && *p != '\n'; p++) {
        ll_sb_addc(&c->line, *p);
        if (*p == '\\' && p + 1 < c->end && p[1] != '\n')
            ll_sb_addc(&c->line, *++p);
        else if (*p == close)
            return p + 1;
    }
    return NULL;
}

/* The words of one directive, behind its #, into c->line. */
static bool read_line(scan *c) {
    const char *p = c->p + 1;
    c->hash = c->p;
    ll_sb_clear(&c->line);
    while (p < c->end && *p != '\n') {
        bool opens_name = *p == '<' && strcmp(ll_sb_str(&c->line), "include ") == 0;
        const char *q = behind_continuation(p, c->end);
        if (q == p && (*p == '"' || *p == '\'' || opens_name))
            q = behind_quoted(c, p);
        else if (q == p && (q = behind_comment(p, c->end)) != p)
            add_char(&c->line, ' ');
        if (!q) return false;
        if (q == p) add_char(&c->line, *q++);
        p = q;
    }
    while (c->line.n && c->line.s[c->line.n - 1] == ' ') c->line.s[--c->line.n] = 0;
    c->p = p;
    return true;
}

/* Behind "define": a name alone, or a name and a number. */
static bool defines_flag(const char *s) {
    s += strspn(s, " ");
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$");
    if (!n || isdigit((unsigned char)*s)) return false;
    s += n;
    if (*s == ' ' && isdigit((unsigned char)s[1])) s += 1 + strspn(s + 1, "0123456789abcdefxABCDEFXuUlL");
    return !*s;
}

/* What a condition may not ask: it is not the same in every unit. */
static bool asks_where(const char *s) {
    static const char *const words[] = {"__LINE__", "__FILE", "__BASE_FILE__", "__COUNTER__", "__TIME"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(s, words[i])) return true;
    return false;
}

typedef enum directive { OTHER, OPEN, MIDDLE, CLOSE, PLAIN } directive;

static directive kind_of(scan *c) {
    static const struct {
        const char *word;
        directive kind;
    } table[] = {{"if", OPEN},     {"ifdef", OPEN},  {"ifndef", OPEN},   {"elif", MIDDLE},
                 {"else", MIDDLE}, {"endif", CLOSE}, {"include", PLAIN}, {"define", PLAIN}};
    const char *s = ll_sb_str(&c->line);
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz_");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strlen(table[i].word) != n || memcmp(s, table[i].word, n) != 0) continue;
        if (strcmp(table[i].word, "define") == 0 && !defines_flag(s + n)) return OTHER;
        if (strcmp(table[i].word, "include") == 0) c->weight += strchr(s, '<') ? WEIGHT_SYSTEM : WEIGHT_OWN;
        return asks_where(s) ? OTHER : table[i].kind;
    }
    return OTHER;
}

static bool add_line(scan *c) {
    directive kind = kind_of(c);
    if (kind == OTHER || (kind == MIDDLE && !c->depth) || (kind == CLOSE && !c->depth)) return false;
    if (kind == OPEN) c->depth++;
    if (kind == CLOSE) c->depth--;
    if (kind == MIDDLE) c->open.v[c->depth - 1].other = true;
    ll_sb_printf(&c->step, "#%s\n", ll_sb_str(&c->line));
    c->open.n = c->depth;
    if (kind == OPEN) {
        c->open.n--;
        LL_PUSH(c->a, &c->open, (condition){c->hash, c->p, c->step.n, false});
    }
    if (c->depth) return true;
    fe_step step = {.text = ll_strdup(c->a, c->step.s), .end = (size_t)(c->p - c->s), .weight = c->weight};
    step.from = c->out.n ? c->out.v[c->out.n - 1].end : 0;
    step.commutes = fe_prefix_commutes(step.text);
    LL_PUSH(c->a, &c->out, step);
    ll_sb_clear(&c->step);
    c->weight = 0;
    return true;
}

/* ---- the longest one ---- */

#define MARK "__LIFELINT%u"

/* What is left of an open condition in the unit: the same question, as the prefix answered it. */
static bool leave_question(const scan *c, uint32_t i, char *blanked) {
    char ask[48];
    int n = snprintf(ask, sizeof ask, "#ifdef " MARK, i);
    const condition *o = &c->open.v[i];
    if (o->other || o->to - o->from < n || memchr(o->from, '\n', (size_t)n)) return false;
    memcpy(blanked + (o->from - c->s), ask, (size_t)n);
    return true;
}

/* The open conditions, each with a mark that says that it holds, and closed. */
static void add_open(const scan *c, ll_strbuf *text) {
    size_t done = 0;
    for (uint32_t i = 0; i < c->open.n; i++) {
        ll_sb_addn(text, c->step.s + done, c->open.v[i].text - done);
        ll_sb_printf(text, "#define " MARK "\n", i);
        done = c->open.v[i].text;
    }
    ll_sb_add(text, c->step.s + done);
    for (uint32_t i = 0; i < c->open.n; i++) ll_sb_add(text, "#endif\n");
}

void fe_prefix_blank(char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (s[i] != '\n' && s[i] != '\r') s[i] = ' ';
}

const char *fe_prefix_longest(ll_arena *a, const char *source, size_t n, char **blanked) {
    scan c = {.s = source, .p = source, .end = source + n, .a = a};
    ll_strbuf text = {0};
    const char *end = source;
    while (skip_blank(&c) && *c.p == '#' && read_line(&c) && add_line(&c)) end = c.p;
    size_t closed = c.out.n ? c.out.v[c.out.n - 1].end : 0;
    *blanked = ll_strndup(a, source, n);
    fe_prefix_blank(*blanked, (size_t)(end - source));
    bool open = c.depth > 0 && c.weight > 0;
    for (uint32_t i = 0; i < c.open.n && open; i++) open = leave_question(&c, i, *blanked);
    for (uint32_t i = 0; i < c.out.n; i++) ll_sb_add(&text, c.out.v[i].text);
    if (open) add_open(&c, &text);
    if (!open) {
        memcpy(*blanked, source, n);
        fe_prefix_blank(*blanked, closed);
    }
    const char *out = ll_strdup(a, ll_sb_str(&text));
    ll_sb_free(&c.line);
    ll_sb_free(&c.step);
    ll_sb_free(&text);
    return out;
}

uint32_t fe_prefix_steps(ll_arena *a, const char *source, size_t n, fe_step **out) {
    scan c = {.s = source, .p = source, .end = source + n, .a = a};
    while (skip_blank(&c) && *c.p == '#' && read_line(&c) && add_line(&c)) continue;
    ll_sb_free(&c.line);
    ll_sb_free(&c.step);
    *out = c.out.v;
    return c.out.n;
}
