#define _GNU_SOURCE
#include "pipeline/mend.h"

#include <ctype.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "finding/edits.h"
#include "pipeline/pipeline.h"

#define MAX_TEXT_BYTES ((size_t)64 << 20)

/* ---- the text, as far as it takes to place a statement ---- */

typedef struct text {
    const char *s;
    size_t n;
} text;

/* t.n: there is no such place. */
static size_t offset_of(text t, int32_t line, int32_t col) {
    size_t at;
    return finding_edits_offset(t.s, t.n, line, col, &at) ? at : t.n;
}

static bool is_word_char(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static size_t skip_quoted(text t, size_t at) {
    char quote = t.s[at++];
    while (at < t.n && t.s[at] != quote && t.s[at] != '\n') at += t.s[at] == '\\' ? 2 : 1;
    return at < t.n ? at + 1 : t.n;
}

static size_t line_end(text t, size_t at) {
    while (at < t.n && !(t.s[at] == '\n' && t.s[at - 1] != '\\')) at++;
    return at;
}

/* The next token at or after `at`, its end in *end; t.n: none. Comments are skipped, a directive is one token. */
static size_t next_token(text t, size_t at, size_t *end) {
    for (;;) {
        while (at < t.n && isspace((unsigned char)t.s[at])) at++;
        if (at + 1 >= t.n || t.s[at] != '/' || (t.s[at + 1] != '*' && t.s[at + 1] != '/')) break;
        const char *close = t.s[at + 1] == '*' ? memmem(t.s + at + 2, t.n - at - 2, "*/", 2) : NULL;
        at = t.s[at + 1] == '/' ? line_end(t, at) : close ? (size_t)(close - t.s) + 2 : t.n;
    }
    *end = at + 1;
    if (at >= t.n) return *end = t.n;
    if (t.s[at] == '"' || t.s[at] == '\'') *end = skip_quoted(t, at);
    if (t.s[at] == '#') *end = line_end(t, at);
    if (is_word_char(t.s[at]))
        while (*end < t.n && is_word_char(t.s[*end])) ++*end;
    return at;
}

static bool token_is(text t, size_t at, size_t end, const char *word) {
    return end - at == strlen(word) && memcmp(t.s + at, word, end - at) == 0;
}

static bool token_is_one_of(text t, size_t at, size_t end, const char *const *words) {
    for (; *words; words++)
        if (token_is(t, at, end, *words)) return true;
    return false;
}

/* ---- from the head of the function to the loss ---- */

typedef struct place { /* the statement that loses the last reference */
    size_t at, before; /* where it begins; where the token before it ends */
    bool controlled;   /* it is all that an `if` or a loop controls: braces are needed */
    size_t control;    /* then: where that keyword stands */
    bool sound;
} place;

typedef struct scan {
    text t;
    const char *name;
    size_t acquired; /* where the acquiring call stands */
    int depth, parens;
    int held_depth; /* braces around the acquisition; -1: not yet there */
    size_t last, last_end;
    bool begun; /* the statement at hand; what an `if` controls is one of its own */
    size_t first, first_end, before, control;
    bool controlled, choice, assigns;
} scan;

static const char *const controls[] = {"if", "else", "for", "while", "do", "switch", NULL};

static void begin_statement(scan *s, bool controlled) {
    s->begun = s->choice = s->assigns = false;
    s->controlled = controlled;
}

/* Whether the acquisition, which begins here, happens whenever the block around it is run. */
static bool is_unconditional(const scan *s) {
    static const char *const loops[] = {"for", "while", NULL};
    return !s->choice && !s->controlled && !token_is_one_of(s->t, s->first, s->first_end, loops);
}

/* A label, or a value put into the variable: other ways lead here, or it has something else. Or what it has may be
 * another's now. */
static bool is_disturbed(const scan *s, size_t at, size_t end) {
    size_t next_end, next = next_token(s->t, end, &next_end);
    if (next >= s->t.n) return true;
    bool doubled = next_end < s->t.n && s->t.s[next_end] == s->t.s[next];
    bool assigned = s->t.s[next] == '=' && !doubled;
    bool stepped = strchr("+-*/%&|^<>", s->t.s[next]) && next_end < s->t.n &&
                   (s->t.s[next_end] == '=' || (doubled && strchr("+-", s->t.s[next])));
    if (token_is(s->t, at, end, s->name)) {
        bool address = s->t.s[s->last] == '&' && (!s->last || s->t.s[s->last - 1] != '&');
        bool member = s->t.s[s->last] == '.' || s->t.s[s->last] == '>';
        bool made_of = s->assigns && s->t.s[s->last] == '(' && s->t.s[next] == ')'; /* x = f(it): x may have it now */
        return !member && (assigned || stepped || address || made_of);
    }
    if (token_is(s->t, at, end, "case") || token_is(s->t, at, end, "default")) return s->depth <= s->held_depth;
    return s->first == at && s->t.s[next] == ':' && !doubled;
}

static void take_first(scan *s, size_t at, size_t end) {
    s->begun = true;
    s->first = at;
    s->first_end = end;
    s->before = s->last_end;
}

static bool take_token(scan *s, size_t at, size_t end) {
    char c = s->t.s[at];
    if (!s->begun) take_first(s, at, end);
    if (s->held_depth < 0 && at >= s->acquired) {
        if (!is_unconditional(s)) return false;
        s->held_depth = s->depth;
    }
    if (c == '#') return s->held_depth < 0; /* what is compiled between is not known */
    bool control = is_word_char(c) && token_is_one_of(s->t, at, end, controls);
    if (control) s->control = at;
    if (is_word_char(c) && s->held_depth >= 0 && is_disturbed(s, at, end)) return false;
    s->parens += (c == '(') - (c == ')');
    s->depth += (c == '{') - (c == '}');
    s->assigns |= c == '=';
    s->choice |= c == '?' || ((c == '&' || c == '|') && end < s->t.n && s->t.s[end] == c);
    s->last = at;
    s->last_end = end;
    if (!s->parens && (c == ';' || c == '{' || c == '}' || (c == ':' && !s->choice)))
        begin_statement(s, false);
    else if (!s->parens && c == ')' && token_is_one_of(s->t, s->first, s->first_end, controls))
        begin_statement(s, true);
    else if (control && (token_is(s->t, at, end, "else") || token_is(s->t, at, end, "do")))
        begin_statement(s, true);
    return s->held_depth < 0 || s->depth >= s->held_depth;
}

static place find_place(text t, const finding *f, const finding_loc *loss) {
    place p = {.at = offset_of(t, loss->line, loss->col)};
    scan s = {.t = t, .name = f->role_place, .acquired = offset_of(t, f->loc.line, f->loc.col), .held_depth = -1};
    size_t end, at = next_token(t, offset_of(t, f->function_loc.line, 1), &end);
    while (at < p.at) {
        if (!take_token(&s, at, end)) return p;
        at = next_token(t, end, &end);
    }
    if (at != p.at || at >= t.n || s.held_depth < 0 || t.s[s.last] == '#') return p;
    if (!s.begun) take_first(&s, at, end);
    return (place){s.first, s.before, s.controlled, s.control, s.first > s.acquired};
}

/* Where the statement ends that begins here; 0: it speaks of the variable, or is none that can be put into braces. */
static size_t end_of_statement(text t, const place *p, const char *name) {
    size_t end, at = next_token(t, p->at, &end);
    bool compound = token_is_one_of(t, at, end, controls);
    if (t.s[at] == '}') return p->controlled ? 0 : end;
    for (; at < t.n; at = next_token(t, end, &end)) {
        if (token_is(t, at, end, name) || t.s[at] == '#') return 0;
        if (t.s[at] == '{') return p->controlled ? 0 : end;
        if (t.s[at] == ';') return p->controlled && compound ? 0 : end;
    }
    return 0;
}

/* ---- what is called ---- */

/* A function of one argument that releases what the rule is about, whatever else: the one the file calls. */
static const rule_effect *plain_release(const rule_model *m, const rule *r) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *e = &m->effects[i];
        if (e->kind == EFF_RELEASE && e->rule == r && !e->nconds && e->where.kind == WHERE_ARG && e->where.arg == 1 &&
            !e->where.field)
            return e;
    }
    return NULL;
}

static uint32_t count_calls(text t, const char *name) {
    uint32_t n = 0;
    size_t len = strlen(name);
    for (const char *p = t.s; (p = memmem(p, t.n - (size_t)(p - t.s), name, len)); p += len) {
        if ((p > t.s && (is_word_char(p[-1]) || p[-1] == '.' || p[-1] == '>')) || p[len] != '(') continue;
        const char *close = memchr(p, ')', t.n - (size_t)(p - t.s));
        if (!close || memchr(p, ',', (size_t)(close - p))) return 0;
        n++;
    }
    return n;
}

static const rule_model *release_of(const rule_set *rules, const rule *r, text t) {
    const rule_model *best = NULL;
    uint32_t most = 0;
    for (uint32_t i = 0; i < rule_set_model_count(rules); i++) {
        const rule_model *m = rule_set_model_at(rules, i);
        uint32_t n = plain_release(m, r) ? count_calls(t, m->name) : 0;
        if (n <= most) continue;
        best = m;
        most = n;
    }
    return best;
}

/* zmalloc() has its zfree(), xstrdup() perhaps its xfree(): what the project's own allocator goes with, when the file
 * calls one. */
static const char *own_release(ll_arena *a, const char *acquire, text t) {
    static const char *const endings[] = {"malloc", "calloc", "realloc", "zalloc", "strdup", "strndup", "memdup"};
    size_t n = strlen(acquire);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t m = strlen(endings[i]);
        if (n <= m || strcmp(acquire + n - m, endings[i]) != 0) continue;
        const char *name = ll_printf(a, "%.*sfree", (int)(n - m), acquire);
        if (count_calls(t, name)) return name;
    }
    return NULL;
}

/* That a test before has excluded null on every way here, the text does not show: asking again does no harm. */
static const char *call_words(ll_arena *a, const rule_set *rules, const rule *r, const finding *f, text t) {
    const char *own = own_release(a, f->role_acquire, t), *place = f->role_place;
    const rule_model *m = own ? NULL : release_of(rules, r, t);
    if (!own && !m) return NULL;
    const char *call = ll_printf(a, "%s(%s);", own ? own : m->name, place);
    if (m && plain_release(m, r)->null_safe) return call;
    return ll_printf(a, r->is_integer ? "if (%s >= 0) %s" : "if (%s) %s", place, call);
}

/* ---- the edits ---- */

static const char *indent_at(ll_arena *a, text t, size_t at) {
    while (at && t.s[at - 1] != '\n') at--;
    size_t n = 0;
    while (at + n < t.n && (t.s[at + n] == ' ' || t.s[at + n] == '\t')) n++;
    return ll_strndup(a, t.s + at, n);
}

static bool begins_its_line(text t, size_t at) {
    while (at && (t.s[at - 1] == ' ' || t.s[at - 1] == '\t')) at--;
    return !at || t.s[at - 1] == '\n';
}

static finding_edit replacement(const char *file, text t, size_t from, size_t to, const char *by) {
    finding_edit e = {.file = file, .line = 1, .end_line = 1, .col = 1, .end_col = 1, .text = by};
    for (size_t i = 0; i < to; i++) {
        bool nl = t.s[i] == '\n';
        e.end_line += nl;
        e.end_col = nl ? 1 : e.end_col + 1;
        if (i >= from) continue;
        e.line += nl;
        e.col = nl ? 1 : e.col + 1;
    }
    return e;
}

/* Behind a comment that ends the line. */
static size_t after_remark(text t, size_t at) {
    size_t end, next = next_token(t, at, &end), nl = line_end(t, at);
    return next > nl ? nl : at;
}

static void write_edits(ll_arena *a, text t, const place *p, size_t end, const char *call, finding *f) {
    const char *file = f->loc.file, *in = indent_at(a, t, p->at);
    bool own_line = begins_its_line(t, p->at);
    f->edits = LL_NEWN(a, finding_edit, 2);
    f->nedits = 1;
    if (!p->controlled) {
        bool at_end = own_line && t.s[p->at] == '}'; /* of the function: the call is a statement like the acquisition */
        size_t from = at_end ? p->at - strlen(in) : p->at;
        const char *shown = at_end ? indent_at(a, t, offset_of(t, f->loc.line, f->loc.col)) : "";
        const char *by = own_line ? ll_printf(a, "%s%s\n%s", shown, call, at_end ? "" : in) : ll_printf(a, "%s ", call);
        f->edits[0] = replacement(file, t, from, from, by);
        return;
    }
    const char *out = indent_at(a, t, p->control);
    if (!own_line) in = ll_printf(a, "%s%s", out, strchr(out, '\t') ? "\t" : "    ");
    size_t close = after_remark(t, end);
    f->edits[0] = replacement(file, t, p->before, p->at, ll_printf(a, " {\n%s%s\n%s", in, call, in));
    f->edits[1] = replacement(file, t, close, close, ll_printf(a, "\n%s}", out));
    f->nedits = 2;
}

static bool is_identifier(const char *s) {
    if (!s || !*s || isdigit((unsigned char)*s)) return false;
    while (is_word_char(*s)) s++;
    return !*s;
}

static void mend(ll_arena *a, const rule_set *rules, text t, finding *f) {
    const finding_step *last = &f->steps[f->nsteps - 1];
    rule_defect defect;
    const rule *r = pipeline_find_rule(rules, f->rule_id, &defect);
    if (!r || defect != DEFECT_LEAK || r->scope_bound || r->counted || r->keeps_memory) return;
    place p = find_place(t, f, &last->loc);
    if (!p.sound) return;
    size_t end = end_of_statement(t, &p, f->role_place);
    const char *call = end ? call_words(a, rules, r, f, t) : NULL;
    if (call) write_edits(a, t, &p, end, call, f);
}

void mend_leaks(ll_arena *a, const char *root, const src_overlay *view, const rule_set *rules, finding_list *l) {
    const char *file = NULL;
    char *s = NULL;
    size_t n = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        finding *f = &l->items.v[i];
        bool returns = f->nsteps && strcmp(f->role_exit, "return") == 0 && f->steps[f->nsteps - 1].kind == STEP_LOST;
        if (!returns || f->nedits || f->suppressed || !is_identifier(f->role_place)) continue;
        const finding_loc *loss = &f->steps[f->nsteps - 1].loc;
        if (!loss->file || strcmp(loss->file, f->loc.file) != 0 || f->function_loc.line > f->loc.line) continue;
        if (!file || strcmp(file, f->loc.file) != 0) { /* sorted by file */
            file = f->loc.file;
            if (!src_overlay_read(view, a, ll_path_abs(a, root, file), MAX_TEXT_BYTES, &s, &n, NULL)) s = NULL;
        }
        if (s) mend(a, rules, (text){s, n}, f);
    }
}
