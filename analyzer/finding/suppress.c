#include "finding/suppress.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "finding/comments.h"

static const char marker[] = SUPPRESS_WORD "ignore";

/* A piece of comment text being read; the body has no NUL of its own. */
struct cursor {
    const char *p, *end;
};

static void skip_blanks(struct cursor *c) {
    while (c->p < c->end && isspace((unsigned char)*c->p)) c->p++;
}

static bool take_char(struct cursor *c, char want) {
    skip_blanks(c);
    if (c->p == c->end || *c->p != want) return false;
    c->p++;
    return true;
}

static const char *take_word(ll_arena *a, struct cursor *c) {
    skip_blanks(c);
    const char *from = c->p;
    while (c->p < c->end && (isalnum((unsigned char)*c->p) || (*c->p && strchr("-_./", *c->p)))) c->p++;
    return c->p == from ? NULL : ll_strndup(a, from, (size_t)(c->p - from));
}

bool suppress_is_date(const char *s) {
    if (!s || strlen(s) != 10 || s[4] != '-' || s[7] != '-') return false;
    for (int i = 0; i < 10; i++)
        if (i != 4 && i != 7 && !isdigit((unsigned char)s[i])) return false;
    int month = (s[5] - '0') * 10 + (s[6] - '0'), day = (s[8] - '0') * 10 + (s[9] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static void take_rules(ll_arena *a, struct cursor *c, suppression *s) {
    LL_ARRAY(const char *) rules = {0};
    skip_blanks(c);
    const char *from = c->p, *to = c->p;
    do {
        const char *rule = take_word(a, c);
        if (!rule) break;
        to = c->p;
        LL_PUSH(a, &rules, rule);
    } while (take_char(c, ','));
    s->rules = rules.v;
    s->nrules = rules.n;
    s->rule_text = ll_strndup(a, from, (size_t)(to - from));
}

/* The rest of the comment on one line: a reason may run on over several. */
static const char *take_reason(ll_arena *a, struct cursor *c) {
    char *out = ll_alloc(a, (size_t)(c->end - c->p) + 1);
    size_t n = 0;
    bool fresh_line = false;
    for (; c->p < c->end; c->p++) {
        unsigned char ch = (unsigned char)*c->p;
        if (ch == '\n') fresh_line = true;
        if (fresh_line && (ch == '*' || ch == '\\')) continue; /* the frame of a block comment */
        if (isspace(ch)) {
            if (n && out[n - 1] != ' ') out[n++] = ' ';
            continue;
        }
        fresh_line = false;
        out[n++] = (char)ch;
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = 0;
    return n ? out : NULL;
}

/* What follows the marker. */
static void parse_directive(ll_arena *a, struct cursor *c, suppression *s) {
    take_rules(a, c, s);
    struct cursor before = *c;
    const char *word = take_word(a, c);
    bool bad_date = false;
    if (word && strcmp(word, "until") == 0) {
        s->until = take_word(a, c);
        bad_date = !suppress_is_date(s->until);
    } else {
        *c = before;
    }
    bool colon = take_char(c, ':');
    if (colon) s->reason = take_reason(a, c);
    skip_blanks(c);
    if (!s->nrules || bad_date || (!colon && c->p < c->end)) {
        s->state = SUPPRESSION_MALFORMED;
    } else if (!s->reason) {
        s->state = SUPPRESSION_NO_REASON;
    }
}

static bool find_directive(const char *text, const comment *cm, struct cursor *c) {
    *c = (struct cursor){text + cm->begin, text + cm->end};
    while (c->p < c->end && (isspace((unsigned char)*c->p) || strchr("*/!<", *c->p))) c->p++;
    size_t n = sizeof marker - 1;
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, marker, n) != 0) return false;
    c->p += n;
    return c->p == c->end || isspace((unsigned char)*c->p) || *c->p == ':';
}

static bool blank(const char *from, const char *to) {
    for (; from < to; from++)
        if (!isspace((unsigned char)*from)) return false;
    return true;
}

/* Code in front: the line where the comment starts. Code behind: the line where it ends. Neither: the next code. */
static int32_t target_line(const char *text, const comment_list *all, const comment *c) {
    const char *first = text + c->begin - 2;
    const char *line = first - (c->col - 1);
    if (all->line_flags[c->line] & LINE_CODE && !blank(line, first)) return c->line;
    if (all->line_flags[c->end_line] & LINE_CODE) return c->end_line;
    for (int32_t l = c->end_line + 1; l <= all->lines; l++) {
        if (all->line_flags[l] & LINE_CODE) return l;
        if (!(all->line_flags[l] & LINE_COMMENT)) break;
    }
    return 0;
}

/* With its lines when nothing else stands on them, else with the blanks in front. */
static finding_edit removal(const char *file, const char *text, size_t n, const comment *c) {
    const char *first = text + c->begin - 2, *line = first - (c->col - 1);
    const char *eol = text + c->end, *end = text + n;
    finding_edit e = {file, c->line, c->col, c->end_line, c->end_col, ""};
    if (first[1] == '*' && end - eol >= 2) eol += 2;
    while (eol < end && (*eol == ' ' || *eol == '\t' || *eol == '\r')) eol++;
    if (blank(line, first) && eol < end && *eol == '\n') {
        e.col = e.end_col = 1;
        e.end_line++;
        return e;
    }
    while (first > line && (first[-1] == ' ' || first[-1] == '\t')) first--;
    if (first > line) e.col = (int32_t)(first - line) + 1;
    return e;
}

void suppress_scan(ll_arena *a, const char *file, const char *text, size_t n, suppress_set *out) {
    ll_arena *scratch = ll_arena_new("comments");
    comment_list all = comments_scan(scratch, text, n);
    for (uint32_t i = 0; i < all.items.n; i++) {
        const comment *cm = &all.items.v[i];
        struct cursor c;
        if (!find_directive(text, cm, &c)) continue;
        suppression s = {.file = file, .line = cm->line, .col = cm->col};
        s.end_col = cm->end_line == cm->line ? cm->end_col : 0;
        s.target = target_line(text, &all, cm);
        s.removal = removal(file, text, n, cm);
        parse_directive(a, &c, &s);
        LL_PUSH(a, &out->items, s);
    }
    ll_arena_free(scratch);
}

static bool names_rule(const suppression *s, const finding *f) {
    for (uint32_t i = 0; i < s->nrules; i++) {
        const char *r = s->rules[i];
        if (strcmp(r, "all") == 0) return true;
        if (f->rule_id && strcmp(r, f->rule_id) == 0) return true;
        if (f->family_id && strcmp(r, f->family_id) == 0) return true;
    }
    return false;
}

static int by_target(const void *pa, const void *pb) {
    const suppression *a = *(suppression *const *)pa, *b = *(suppression *const *)pb;
    int c = strcmp(a->file, b->file);
    if (!c) c = (a->target > b->target) - (a->target < b->target);
    if (!c) c = (a->line > b->line) - (a->line < b->line);
    if (!c) c = (a->col > b->col) - (a->col < b->col);
    return c;
}

/* First suppression for this file and line, by binary search in the sorted index. */
static uint32_t first_for(suppression *const *v, uint32_t n, const char *file, int32_t line) {
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = strcmp(v[mid]->file, file);
        if (c < 0 || (c == 0 && v[mid]->target < line)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void hide_findings(suppression *const *v, uint32_t n, finding_list *l) {
    for (uint32_t i = 0; i < l->items.n; i++) {
        finding *f = &l->items.v[i];
        if (!f->loc.file || f->loc.line <= 0) continue;
        for (uint32_t k = first_for(v, n, f->loc.file, f->loc.line); k < n; k++) {
            suppression *s = v[k];
            if (s->target != f->loc.line || strcmp(s->file, f->loc.file) != 0) break;
            if (s->state != SUPPRESSION_OK || s->expired || !names_rule(s, f)) continue;
            s->used++;
            f->suppressed = true;
            if (!f->suppress_reason) f->suppress_reason = s->reason;
        }
    }
}

static finding about(ll_arena *a, const suppression *s, const char *rule, finding_severity severity) {
    finding f = {0};
    f.rule_id = rule;
    f.family_id = "lifelint-suppression";
    f.severity = severity;
    f.confidence = CONFIDENCE_HIGH;
    f.category = CAT_LIFECYCLE;
    f.resource = "suppression comment";
    f.loc = (finding_loc){s->file, s->line, s->col, s->end_col};
    f.role_acquire = "comment";
    f.role_exit = "suppression";
    f.role_place = ll_strdup(a, s->rule_text);
    return f;
}

static void report_one(ll_arena *a, const suppression *s, const suppress_options *opt, finding_list *l) {
    finding f;
    if (s->state == SUPPRESSION_MALFORMED) {
        f = about(a, s, "lifelint-suppression-malformed", FINDING_WARNING);
        f.message = "this suppression is not understood and suppresses nothing";
        f.fix = "write lifelint:ignore RULE[,RULE] [until YYYY-MM-DD]: reason";
        f.why = "A suppression that is not understood may hide nothing, or not what was meant.";
    } else if (s->state == SUPPRESSION_NO_REASON) {
        f = about(a, s, "lifelint-suppression-without-reason", FINDING_WARNING);
        f.message = ll_printf(a, "the suppression of %s gives no reason and suppresses nothing", s->rule_text);
        f.fix = ll_printf(a, "add `: reason` after `%s`", s->until ? s->until : s->rule_text);
        f.why = "The next reader cannot tell a considered exception from a hidden defect.";
    } else if (s->expired) {
        f = about(a, s, "lifelint-suppression-expired", FINDING_WARNING);
        f.message = ll_printf(a, "the suppression of %s expired on %s", s->rule_text, s->until);
        f.fix = "fix the finding, or set a new date with a fresh reason";
        f.why = "The date was a promise to come back to this code.";
    } else if (!s->used && opt->report_unused) {
        f = about(a, s, "lifelint-suppression-unused", FINDING_NOTE);
        f.message = ll_printf(a, "the suppression of %s matches no finding", s->rule_text);
        f.fix = "remove the comment";
        f.edits = ll_memdup(a, &s->removal, sizeof s->removal);
        f.nedits = 1;
        f.why = "A suppression without its finding would silently hide the next one on this line.";
    } else {
        return;
    }
    LL_PUSH(a, &l->items, f);
}

void suppress_apply(ll_arena *a, suppress_set *set, const suppress_options *opt, finding_list *l) {
    uint32_t n = set->items.n;
    suppression **v = ll_xcalloc(n, sizeof *v);
    for (uint32_t i = 0; i < n; i++) {
        suppression *s = &set->items.v[i];
        s->used = 0;
        s->expired = s->until && suppress_is_date(s->until) && opt->today && strcmp(s->until, opt->today) < 0;
        v[i] = s;
    }
    qsort(v, n, sizeof *v, by_target);
    hide_findings(v, n, l);
    for (uint32_t i = 0; i < n; i++) report_one(a, v[i], opt, l);
    free(v);
}
