#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "ir/read.h"

void ir_rd_fail(ir_reader *r, const char *at, const char *fmt, ...) {
    if (r->failed) return;
    r->failed = true;
    r->tok.kind = TOK_END;
    uint32_t line = 1;
    const char *start = r->text;
    for (const char *p = r->text; p < at; p++) {
        if (*p != '\n') continue;
        line++;
        start = p + 1;
    }
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    ll_fail(r->err, LL_E_INPUT, "%s:%u:%u: %s", r->name, line, (unsigned)(at - start) + 1, what);
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The byte after a backslash; moves past it. */
static char escape(ir_reader *r) {
    char c = *r->p++;
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    if (c == '"' || c == '\\') return c;
    if (c == 'x' && hex(r->p[0]) >= 0 && hex(r->p[1]) >= 0) {
        int v = hex(r->p[0]) * 16 + hex(r->p[1]);
        r->p += 2;
        if (v) return (char)v;
    }
    r->p--;
    ir_rd_fail(r, r->p, "unknown escape; known are \\n \\t \\\" \\\\ \\xHH");
    return ' ';
}

static void lex_string(ir_reader *r) {
    ll_strbuf s = {0};
    r->p++;
    while (!r->failed && *r->p != '"') {
        if (!*r->p || *r->p == '\n') {
            ir_rd_fail(r, r->tok.start, "string without end");
            break;
        }
        char c = *r->p++;
        ll_sb_addc(&s, c == '\\' ? escape(r) : c);
    }
    if (!r->failed) {
        r->p++;
        r->tok.kind = TOK_STRING;
        r->tok.text = ll_intern_strn(r->names, ll_sb_str(&s), s.n);
    }
    ll_sb_free(&s);
}

static bool digits(ir_reader *r, uint64_t *value) {
    uint64_t v = 0;
    for (; isdigit((unsigned char)*r->p); r->p++) {
        uint64_t d = (uint64_t)(*r->p - '0');
        if (v > (UINT64_MAX - d) / 10) {
            ir_rd_fail(r, r->tok.start, "number too large");
            return false;
        }
        v = v * 10 + d;
    }
    *value = v;
    return true;
}

static void lex_suffix(ir_reader *r) {
    r->tok.suffix = -1;
    if (*r->p != '#' || !isdigit((unsigned char)r->p[1])) return;
    r->p++;
    uint64_t v = 0;
    if (digits(r, &v) && v < IR_NOVAR)
        r->tok.suffix = (int64_t)v;
    else
        ir_rd_fail(r, r->tok.start, "number too large");
}

static bool word_char(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static void lex_punct(ir_reader *r) {
    static const char *const known[] = {"...", "->", "..", "<<", ">>", "==", "!=", "<=", ">=", "(", ")",
                                        "{",   "}",  "[",  "]",  ",",  ":",  "?",  "=",  ".",  "*", "&",
                                        "+",   "-",  "/",  "%",  "|",  "^",  "<",  ">",  "@"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i]);
        if (strncmp(r->p, known[i], n) != 0) continue;
        r->p += n;
        r->tok.kind = TOK_PUNCT;
        r->tok.text = known[i];
        return;
    }
    ir_rd_fail(r, r->p, "unexpected character");
}

void ir_rd_next(ir_reader *r) {
    if (r->failed) return;
    while (*r->p == ' ' || *r->p == '\t' || *r->p == '\r') r->p++;
    if (r->p[0] == '/' && r->p[1] == '/') r->p += strcspn(r->p, "\n");
    r->tok = (token){.start = r->p, .suffix = -1};
    if (!*r->p) return;
    if (*r->p == '\n') {
        r->p++;
        r->tok.kind = TOK_LINE;
    } else if (*r->p == '"') {
        lex_string(r);
        lex_suffix(r);
    } else if (isdigit((unsigned char)*r->p)) {
        if (digits(r, &r->tok.value)) r->tok.kind = TOK_INT;
    } else if (word_char(*r->p)) {
        while (word_char(*r->p)) r->p++;
        r->tok.kind = TOK_WORD;
        r->tok.text = ll_intern_strn(r->names, r->tok.start, (size_t)(r->p - r->tok.start));
        lex_suffix(r);
    } else {
        lex_punct(r);
    }
    if (r->failed) r->tok.kind = TOK_END;
}

bool ir_rd_is(const ir_reader *r, const char *punct) {
    return r->tok.kind == TOK_PUNCT && strcmp(r->tok.text, punct) == 0;
}

bool ir_rd_is_word(const ir_reader *r, const char *word) {
    return r->tok.kind == TOK_WORD && r->tok.suffix < 0 && strcmp(r->tok.text, word) == 0;
}

bool ir_rd_take(ir_reader *r, const char *punct) {
    if (!ir_rd_is(r, punct)) return false;
    ir_rd_next(r);
    return true;
}

bool ir_rd_take_word(ir_reader *r, const char *word) {
    if (!ir_rd_is_word(r, word)) return false;
    ir_rd_next(r);
    return true;
}

void ir_rd_want(ir_reader *r, const char *punct) {
    if (!ir_rd_take(r, punct)) ir_rd_fail(r, r->tok.start, "expected '%s'", punct);
}

void ir_rd_end_line(ir_reader *r) {
    if (r->tok.kind == TOK_LINE)
        ir_rd_next(r);
    else if (r->tok.kind != TOK_END)
        ir_rd_fail(r, r->tok.start, "expected the end of the line");
}

int64_t ir_rd_int(ir_reader *r) {
    bool minus = ir_rd_take(r, "-");
    uint64_t v = r->tok.value;
    if (r->tok.kind != TOK_INT) {
        ir_rd_fail(r, r->tok.start, "expected a number");
        return 0;
    }
    if (v > (uint64_t)INT64_MAX + minus) {
        ir_rd_fail(r, r->tok.start, "number too large");
        return 0;
    }
    ir_rd_next(r);
    return (int64_t)(minus ? 0 - v : v);
}

int32_t ir_rd_int32(ir_reader *r) {
    const char *at = r->tok.start;
    int64_t v = ir_rd_int(r);
    if (v >= INT32_MIN && v <= INT32_MAX) return (int32_t)v;
    ir_rd_fail(r, at, "number too large");
    return 0;
}

uint32_t ir_rd_uint31(ir_reader *r, const char *complaint) {
    const char *at = r->tok.start;
    int32_t v = ir_rd_int32(r);
    if (v >= 0) return (uint32_t)v;
    ir_rd_fail(r, at, "%s", complaint);
    return 0;
}

const char *ir_rd_name(ir_reader *r) {
    const char *text = r->tok.text;
    if (r->tok.kind != TOK_WORD && r->tok.kind != TOK_STRING) {
        ir_rd_fail(r, r->tok.start, "expected a name");
        return NULL;
    }
    if (r->tok.kind == TOK_WORD && strcmp(text, "_") == 0) text = NULL;
    ir_rd_next(r);
    return text;
}

const char *ir_rd_string(ir_reader *r) {
    if (ir_rd_take(r, "?")) return NULL;
    const char *text = r->tok.text;
    if (r->tok.kind != TOK_STRING) {
        ir_rd_fail(r, r->tok.start, "expected a string");
        return NULL;
    }
    ir_rd_next(r);
    return text;
}

ir_loc ir_rd_loc(ir_reader *r) {
    ir_loc loc = {0};
    if (!ir_rd_take(r, "@")) return loc;
    loc.line = ir_rd_int32(r);
    if (ir_rd_take(r, ":")) loc.col = ir_rd_int32(r);
    return loc;
}
