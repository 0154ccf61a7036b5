/* Conditions that ask which macros are defined, and numbers; of anything else it says that it may hold. */
#include <ctype.h>
#include <string.h>

#include "pipeline/behind_inside.h"

enum { MAX_NESTING = 32 };

typedef struct question {
    behind *b;
    const behind_setting *s;
    const file_set *seen;
    uint32_t unit;
    const char *p;
    uint32_t nested;
    bool strange;
} question;

static truth is_defined(const question *q, const char *name, size_t n) {
    given_macro *g = NULL;
    const word *w = behind_word(q->b, name, n, false);
    if (!w || w->undefined_by == q->unit || w->undefined) return MAYBE;
    if (w->defined_by == q->unit) return w->surely_by == q->unit ? YES : MAYBE;
    HASH_FIND_PTR(q->s->given, &w, g);
    if (!g && !w->macros.n && !w->defines.n) return NOT;
    if (g) return YES;
    return file_set_has_any(q->seen, &w->defines) ? YES : MAYBE;
}

static void blank(question *q) {
    while (*q->p == ' ') q->p++;
}

static bool takes(question *q, const char *what) {
    size_t n = strlen(what);
    blank(q);
    if (strncmp(q->p, what, n) != 0) return false;
    q->p += n;
    return true;
}

static truth any(question *q);

static truth defined(question *q) {
    bool parens = takes(q, "(");
    blank(q);
    size_t n = behind_word_length(q->p);
    truth t = n ? is_defined(q, q->p, n) : MAYBE;
    q->p += n;
    if (!n || (parens && !takes(q, ")"))) q->strange = true;
    return t;
}

/* One operand and what is done with it until the next && or ||. */
static truth one(question *q) {
    truth t = MAYBE;
    blank(q);
    if (*q->p == '!' && q->p[1] != '=') {
        q->p++;
        return ++q->nested > MAX_NESTING ? MAYBE : (truth)(YES - one(q));
    }
    size_t n = behind_word_length(q->p);
    if (takes(q, "(")) {
        if (++q->nested > MAX_NESTING) q->strange = true;
        t = q->strange ? MAYBE : any(q);
        q->strange |= !takes(q, ")");
    } else if (n == 7 && memcmp(q->p, "defined", 7) == 0) {
        q->p += n;
        t = defined(q);
    } else if (n && isdigit((unsigned char)*q->p)) {
        t = n == 1 && (*q->p == '0' || *q->p == '1') ? (*q->p == '1' ? YES : NOT) : MAYBE;
        q->p += n;
    } else {
        q->p += n;
        q->strange |= !n;
    }
    blank(q);
    if (*q->p && *q->p != ')' && strncmp(q->p, "&&", 2) != 0 && strncmp(q->p, "||", 2) != 0) q->strange = true;
    return t;
}

static truth all(question *q) {
    truth t = one(q);
    while (!q->strange && takes(q, "&&")) {
        truth next = one(q);
        if (next < t) t = next;
    }
    return t;
}

static truth any(question *q) {
    truth t = all(q);
    while (!q->strange && takes(q, "||")) {
        truth next = all(q);
        if (next > t) t = next;
    }
    return t;
}

truth behind_holds(behind *b, const behind_setting *s, const file_set *seen, uint32_t unit, const char *condition) {
    question q = {.b = b, .s = s, .seen = seen, .unit = unit, .p = condition};
    if (takes(&q, "ifdef ") || takes(&q, "ifndef ")) {
        size_t n = behind_word_length(q.p);
        truth t = is_defined(&q, q.p, n);
        return condition[2] == 'n' ? (truth)(YES - t) : t;
    }
    if (!takes(&q, "if ") && !takes(&q, "elif ")) return MAYBE;
    truth t = any(&q);
    blank(&q);
    return q.strange || *q.p ? MAYBE : t;
}
