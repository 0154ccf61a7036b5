#include "rulepack/expect.h"

#include <ctype.h>
#include <string.h>

static const char *skip_blanks(const char *p) {
    while (*p == ' ' || *p == '\t') p++;
    return p;
}

/* A mark begins with its word right after the start of a comment, or after a mark before it. */
static const char *comment_start(const char *p) {
    for (; *p && *p != '\n'; p++)
        if (p[0] == '/' && (p[1] == '/' || p[1] == '*')) return p + 2;
    return NULL;
}

static bool begins_mark(const char *p, expect_kind *kind, const char **after) {
    static const char *const words[] = {[EXPECT_FOUND] = "expect:", [EXPECT_GAP] = "gap:", [EXPECT_NOISE] = "noise:"};
    for (expect_kind k = EXPECT_FOUND; k <= EXPECT_NOISE; k++) {
        size_t n = strlen(words[k]);
        if (strncmp(p, words[k], n) != 0) continue;
        *kind = k;
        *after = p + n;
        return true;
    }
    return false;
}

static bool parse_mark(ll_arena *a, const char **p, expect_mark *m, ll_err *err) {
    const char *s = skip_blanks(*p), *id = s;
    while (isalnum((unsigned char)*s) || *s == '-' || *s == '_') s++;
    if (s == id) return ll_fail(err, LL_E_INPUT, "line %d: 'expect:' without a rule id", m->line);
    m->rule = ll_strndup(a, id, (size_t)(s - id));
    s = skip_blanks(s);
    if (*s == '"') {
        size_t n = strcspn(s + 1, "\"\n");
        if (s[1 + n] != '"')
            return ll_fail(err, LL_E_INPUT, "line %d: the message after 'expect:' has no closing quote", m->line);
        m->message = ll_strndup(a, s + 1, n);
        s = skip_blanks(s + n + 2);
    }
    *p = s;
    return true;
}

static bool parse_line(ll_arena *a, const char *line, int32_t number, expect_list *out, ll_err *err) {
    for (const char *p = comment_start(line); p; p = comment_start(p)) {
        expect_kind kind;
        p = skip_blanks(p);
        while (begins_mark(p, &kind, &p)) {
            expect_mark m = {.line = number, .kind = kind};
            if (!parse_mark(a, &p, &m, err)) return false;
            LL_PUSH(a, out, m);
        }
    }
    return true;
}

bool expect_parse(ll_arena *a, const char *text, expect_list *out, ll_err *err) {
    *out = (expect_list){0};
    int32_t number = 1;
    for (const char *line = text; line; number++) {
        if (!parse_line(a, line, number, out, err)) return false;
        line = strchr(line, '\n');
        if (line) line++;
    }
    return true;
}

static bool matches(const expect_mark *m, const expect_actual *f) {
    return m->line == f->line && strcmp(m->rule, f->rule) == 0 &&
           (!m->message || (f->message && strstr(f->message, m->message)));
}

static bool take(const expect_mark *m, const expect_actual *actual, uint32_t n, bool *taken) {
    for (uint32_t i = 0; i < n; i++)
        if (!taken[i] && matches(m, &actual[i])) return taken[i] = true;
    return false;
}

/* Marks that name a message choose first: one without would take any finding of its line. */
static bool *find_all(ll_arena *a, const expect_list *marks, const expect_actual *actual, uint32_t n, bool *taken) {
    bool *found = LL_NEWN(a, bool, marks->n);
    for (int with_message = 1; with_message >= 0; with_message--)
        for (uint32_t i = 0; i < marks->n; i++)
            if ((marks->v[i].message != NULL) == with_message) found[i] = take(&marks->v[i], actual, n, taken);
    return found;
}

void expect_compare(ll_arena *a, const expect_list *marks, const expect_actual *actual, uint32_t n,
                    expect_result *out) {
    *out = (expect_result){0};
    bool *taken = LL_NEWN(a, bool, n);
    const bool *found = find_all(a, marks, actual, n, taken);
    for (uint32_t i = 0; i < marks->n; i++) {
        const expect_mark *m = &marks->v[i];
        if (m->kind != EXPECT_FOUND && found[i] == (m->kind == EXPECT_GAP))
            LL_PUSH(a, &out->outdated, m);
        else if (m->kind != EXPECT_FOUND)
            out->gaps++;
        else if (found[i])
            out->met++;
        else
            LL_PUSH(a, &out->missing, m);
    }
    for (uint32_t i = 0; i < n; i++)
        if (!taken[i]) LL_PUSH(a, &out->unexpected, &actual[i]);
}

bool expect_is_met(const expect_result *r) {
    return !r->missing.n && !r->unexpected.n && !r->outdated.n;
}

void expect_describe(const expect_result *r, const char *file, int32_t line_offset, ll_strbuf *out) {
    for (uint32_t i = 0; i < r->missing.n; i++) {
        const expect_mark *m = r->missing.v[i];
        ll_sb_printf(out, "%s:%d: missing: %s", file, m->line + line_offset, m->rule);
        if (m->message) ll_sb_printf(out, " \"%s\"", m->message);
        ll_sb_addc(out, '\n');
    }
    for (uint32_t i = 0; i < r->unexpected.n; i++) {
        const expect_actual *f = r->unexpected.v[i];
        ll_sb_printf(out, "%s:%d: unexpected: %s: %s\n", file, f->line + line_offset, f->rule,
                     f->message ? f->message : "");
    }
    for (uint32_t i = 0; i < r->outdated.n; i++) {
        const expect_mark *m = r->outdated.v[i];
        ll_sb_printf(out, "%s:%d: %s: %s\n", file, m->line + line_offset,
                     m->kind == EXPECT_GAP ? "no longer a gap, change 'gap:' to 'expect:'"
                                           : "no longer falsely reported, remove the noise mark",
                     m->rule);
    }
}
