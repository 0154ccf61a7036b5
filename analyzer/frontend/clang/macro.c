/* Library calls behind macros. Projects put their own allocator or stream under the library's names:
 *
 *     #define free(p) Curl_cfree(p)
 *     #define fopen git_fopen
 *
 * The parser sees the replacement only, rules know the name that was replaced. A macro counts as another name of its
 * callee when its definition is that call and nothing else: the callee comes first (behind parentheses and casts), the
 * parameters are its first arguments in their order, and no other call follows; or when it is the callee's bare name.
 * So `do { trace(p); my_free(p); } while (0)` and `pool_free(pool, p)` name nothing.
 *
 * libclang tells where the callee's first token is spelled; the definition is read from there, once. That sees through
 * macros that use such macros: in `#define FREE_AND_NULL(p) do { free(p); (p) = NULL; } while (0)` the name is free.
 * Where no definition can be read (-D, pasted tokens), the word at the place of the expansion stands for it. */
#include <ctype.h>
#include <string.h>

#include "frontend/clang/lower.h"

typedef struct text {
    const char *p, *end;
} text;

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static bool at(const text *t, char c) {
    return t->p < t->end && *t->p == c;
}

/* Spaces, comments and continued lines, not the end of the logical line. */
static void skip_blanks(text *t) {
    while (t->p < t->end) {
        const char *p = t->p;
        if (*p == '\\') {
            if (++p < t->end && *p == '\r') p++;
            if (p >= t->end || *p != '\n') return;
            t->p = p + 1;
        } else if (*p == '/' && t->end - p > 1 && p[1] == '/') {
            t->p = t->end;
        } else if (*p == '/' && t->end - p > 1 && p[1] == '*') {
            const char *close = p + 2;
            while (t->end - close >= 2 && !(close[0] == '*' && close[1] == '/')) close++;
            t->p = t->end - close >= 2 ? close + 2 : t->end;
        } else if (*p == ' ' || *p == '\t' || *p == '\r') {
            t->p++;
        } else {
            return;
        }
    }
}

static text take_word(text *t) {
    skip_blanks(t);
    text w = {t->p, t->p};
    if (t->p < t->end && isdigit((unsigned char)*t->p)) return w;
    while (t->p < t->end && is_word(*t->p)) t->p++;
    w.end = t->p;
    return w;
}

static bool same(text w, text v) {
    return w.end - w.p == v.end - v.p && memcmp(w.p, v.p, (size_t)(w.end - w.p)) == 0;
}

static bool word_is(text w, const char *s) {
    return same(w, (text){s, s + strlen(s)});
}

/* The logical line around s, when it is a definition: from behind `define` to its end. */
static bool definition_around(const char *file, const char *end, const char *s, text *line) {
    const char *from = s, *to = s;
    while (from > file && !(from[-1] == '\n' && !(from - file > 1 && from[-2] == '\\') &&
                            !(from - file > 2 && from[-2] == '\r' && from[-3] == '\\')))
        from--;
    while (to < end && !(*to == '\n' && to[-1] != '\\' && !(to[-1] == '\r' && to[-2] == '\\'))) to++;
    text t = {from, to};
    skip_blanks(&t);
    if (!at(&t, '#')) return false;
    t.p++;
    if (!word_is(take_word(&t), "define")) return false;
    *line = t;
    return true;
}

/* Before the callee: parentheses, and casts inside them. */
static bool only_casts(text t, const char *callee) {
    int depth = 0;
    for (; t.p < callee; t.p++) {
        skip_blanks(&t);
        if (t.p >= callee) break;
        if (*t.p == '(')
            depth++;
        else if (*t.p == ')')
            depth--;
        else if (!(depth > 0 && (is_word(*t.p) || *t.p == '*')))
            return false;
    }
    return true;
}

/* Behind `name`, `(name)`, `(*name)`, `hooks.name`, `hooks->name`, `ns::name`. */
static void skip_callee(text *t) {
    int depth = 0;
    bool seen = false;
    for (; t->p < t->end; t->p++) {
        char c = *t->p;
        if (c == '(' && seen && depth == 0) return;
        if (c == '(')
            depth++;
        else if (c == ')' && depth-- == 0)
            return;
        else if (is_word(c))
            seen = true;
        else if (!memchr(" \t*.->):", c, 8))
            return;
    }
}

static uint32_t skip_open(text *t) {
    uint32_t n = 0;
    for (skip_blanks(t); at(t, '('); skip_blanks(t), n++) t->p++;
    return n;
}

/* The next argument is this parameter, in parentheses or behind casts at most. */
static bool takes_param(text *t, text param) {
    uint32_t open = 0;
    for (int casts = 0; casts < 3; casts++) {
        open += skip_open(t);
        if (same(take_word(t), param)) {
            for (skip_blanks(t); open && at(t, ')'); skip_blanks(t), open--) t->p++;
            return !open && (at(t, ',') || at(t, ')'));
        }
        const char *close = open ? memchr(t->p, ')', (size_t)(t->end - t->p)) : NULL;
        if (!close) return false;
        t->p = close + 1;
        open--;
    }
    return false;
}

/* A word and an opening parenthesis. */
static bool calls_again(text t) {
    while (t.p < t.end) {
        text w = take_word(&t);
        skip_blanks(&t);
        if (w.p != w.end && at(&t, '(')) return true;
        if (w.p == w.end && t.p < t.end) t.p++;
    }
    return false;
}

/* `params`: behind the opening parenthesis of the macro's parameters. `args`: that of the call's arguments. */
static bool passes_params(text params, text args) {
    static const char rest[] = "__VA_ARGS__";
    for (uint32_t n = 0;; n++) {
        text param = take_word(&params);
        skip_blanks(&params);
        if (param.p == param.end && !at(&params, '.')) break; /* no parameters */
        if (n && !at(&args, ',')) return false;
        if (n) args.p++;
        bool variadic = at(&params, '.');
        if (param.p == param.end) param = (text){rest, rest + sizeof rest - 1};
        for (skip_blanks(&args); variadic && at(&args, '#');) args.p++;
        if (!takes_param(&args, param)) return false;
        if (!at(&params, ',')) break;
        params.p++;
    }
    return !calls_again(args);
}

/* The name that a definition gives its callee, which begins at s; empty: none. */
static text defined_name(text line, const char *s) {
    static const text none = {0};
    text name = take_word(&line), after = {s, line.end};
    if (line.p > s || name.p == name.end) return none;
    skip_callee(&after);
    if (!at(&line, '(') || line.p == s) { /* a macro without parameters */
        skip_blanks(&after);
        return only_casts(line, s) && after.p == line.end ? name : none;
    }
    text params = {line.p + 1, line.end};
    const char *close = memchr(line.p, ')', (size_t)(s - line.p));
    if (!close) return none; /* the callee stands among the parameters: not C */
    line.p = close + 1;
    if (!only_casts(line, s) || !at(&after, '(')) return none;
    after.p++;
    return passes_params(params, after) ? name : none;
}

static const char *text_of(fe_unit *u, CXFile file, unsigned off, text *whole) {
    size_t n = 0;
    const char *s = file ? clang_getFileContents(u->tu, file, &n) : NULL;
    if (!s || off >= n) return NULL;
    *whole = (text){s, s + n};
    return s + off;
}

/* The word in the source where the outermost expansion, or the macro argument, stands. */
static text expanded_word(fe_unit *u, CXSourceLocation loc) {
    CXFile file = NULL;
    unsigned off = 0;
    text whole;
    clang_getFileLocation(loc, &file, NULL, NULL, &off);
    const char *s = text_of(u, file, off, &whole);
    if (!s) return (text){0};
    text t = {s, whole.end}, w = take_word(&t);
    skip_blanks(&t);
    return at(&t, '(') ? w : (text){0};
}

const char *fe_macro_name(fe_unit *u, CXCursor callee) {
    CXSourceLocation loc = clang_getRangeStart(clang_getCursorExtent(callee));
    CXFile spelled = NULL, expanded = NULL;
    unsigned off = 0, expanded_off = 0;
    clang_getExpansionLocation(loc, &expanded, NULL, NULL, &expanded_off);
    clang_getSpellingLocation(loc, &spelled, NULL, NULL, &off);
    if (off == expanded_off && spelled == expanded) return NULL;
    text whole, line, name = {0};
    const char *s = text_of(u, spelled, off, &whole);
    const char *known = s ? fe_map_get(&u->macros, s) : NULL;
    if (!known) {
        if (!s)
            name = expanded_word(u, loc);
        else if (definition_around(whole.p, whole.end, s, &line))
            name = defined_name(line, s);
        known = ll_intern_strn(u->names, name.p ? name.p : "", (size_t)(name.end - name.p));
        if (s) fe_map_put(&u->macros, s, (void *)known);
    }
    return *known && known != fe_name(u, fe_strip(u, callee)) ? known : NULL;
}
