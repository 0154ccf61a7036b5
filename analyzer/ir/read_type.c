/* Types, places and operands of the text form. */
#include <stdlib.h>
#include <string.h>

#include "ir/read.h"

#define MAX_STARS 64u

static ir_type *new_type(ir_reader *r, ir_type t) {
    return ll_memdup(r->arena, &t, sizeof t);
}

/* Words with a number in them: int32u, bool8, float64. */
static bool sized_word(const char *w, const char *prefix, ir_type *t) {
    size_t n = strlen(prefix);
    if (strncmp(w, prefix, n) != 0 || w[n] < '0' || w[n] > '9') return false;
    char *end;
    unsigned long bits = strtoul(w + n, &end, 10);
    if (t->kind == IR_T_INT && *end == 'u') {
        t->is_unsigned = true;
        end++;
    }
    if (*end || bits > UINT16_MAX) return false;
    t->bits = (uint16_t)bits;
    return true;
}

static bool word_type(const char *w, ir_type *t) {
    static const struct {
        const char *word;
        ir_type type;
    } plain[] = {
        {"void", {.kind = IR_T_VOID}},
        {"other", {.kind = IR_T_OTHER}},
        {"bool", {.kind = IR_T_BOOL, .bits = 8}},
        {"char", {.kind = IR_T_INT, .bits = 8}},
        {"int", {.kind = IR_T_INT, .bits = 32}},
        {"unsigned", {.kind = IR_T_INT, .bits = 32, .is_unsigned = true}},
        {"long", {.kind = IR_T_INT, .bits = 64}},
        {"double", {.kind = IR_T_FLOAT, .bits = 64}},
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(w, plain[i].word) == 0) {
            *t = plain[i].type;
            return true;
        }
    *t = (ir_type){.kind = IR_T_INT};
    if (sized_word(w, "int", t)) return true;
    *t = (ir_type){.kind = IR_T_BOOL};
    if (sized_word(w, "bool", t)) return true;
    *t = (ir_type){.kind = IR_T_FLOAT};
    return sized_word(w, "float", t);
}

static const ir_type *read_type(ir_reader *r, uint32_t depth);

static ir_type read_derived(ir_reader *r, ir_tkind kind, uint32_t depth) {
    ir_type t = {.kind = kind};
    ir_rd_want(r, "(");
    t.elem = read_type(r, depth + 1);
    if (kind == IR_T_ARRAY) {
        t.count = -1;
        if (ir_rd_take(r, ",")) t.count = ir_rd_int(r);
    }
    ir_rd_want(r, ")");
    return t;
}

static const ir_type *read_type(ir_reader *r, uint32_t depth) {
    static const struct {
        const char *word;
        ir_tkind kind;
    } words[] = {
        {"ptr", IR_T_PTR}, {"array", IR_T_ARRAY}, {"func", IR_T_FUNC}, {"struct", IR_T_RECORD}, {"union", IR_T_UNION}};
    if (ir_rd_take(r, "?")) return NULL;
    if (depth >= IR_MAX_TYPE_DEPTH) ir_rd_fail(r, r->tok.start, "type nested too deeply");
    bool is_const = ir_rd_take_word(r, "const");
    ir_type t = {0};
    size_t i = 0;
    while (i < 5 && !ir_rd_is_word(r, words[i].word)) i++;
    if (i < 5) {
        ir_rd_next(r);
        if (i < 3)
            t = read_derived(r, words[i].kind, depth);
        else
            t = (ir_type){.kind = words[i].kind, .name = ir_rd_name(r)};
    } else if (r->tok.kind == TOK_WORD && r->tok.suffix < 0 && word_type(r->tok.text, &t)) {
        ir_rd_next(r);
    } else {
        ir_rd_fail(r, r->tok.start,
                   "expected a type: void bool intN[u] floatN ptr() array() func() struct union other ?");
    }
    t.is_const = is_const;
    if (i != 3 && i != 4 && ir_rd_take(r, ":")) t.name = ir_rd_name(r);
    return new_type(r, t);
}

const ir_type *ir_rd_type(ir_reader *r) {
    return read_type(r, 0);
}

ir_scope ir_rd_scope(const ir_reader *r) {
    ir_scope s = {0};
    if (r->build) s.vars = ir_build_vars(r->build, &s.nvars);
    return s;
}

uint32_t ir_rd_var(ir_reader *r, bool callee) {
    token t = r->tok;
    if (t.kind != TOK_WORD && (t.kind != TOK_STRING || t.suffix < 0)) {
        ir_rd_fail(r, t.start, "expected a variable");
        return IR_NOVAR;
    }
    uint32_t var = ir_rd_find_var(r, &t, callee);
    if (var == IR_NOVAR) ir_rd_fail(r, t.start, "no variable '%s' here", t.text);
    ir_rd_next(r);
    return var;
}

static ir_place add_step(ir_reader *r, ir_place p, const char *at, ir_step step) {
    if (p.npath >= IR_MAX_PATH) ir_rd_fail(r, at, "path too long");
    if (r->failed) return p;
    if (step.kind == IR_S_FIELD) return ir_place_field(r->arena, p, step.field);
    if (step.kind == IR_S_DEREF) return ir_place_deref(r->arena, p);
    return ir_place_index(r->arena, p, step.index, step.index_var);
}

/* After `[`. A plain index of a declared pointer goes through it; a plain [0] is dropped where it should be. */
static ir_place read_index(ir_reader *r, ir_place p, bool plain) {
    const char *at = r->tok.start;
    const ir_type *t = ir_text_place_type(ir_rd_scope(r), &p, p.npath);
    bool drops_zero = plain && ir_text_index_zero_dropped(ir_rd_scope(r), &p, p.npath);
    if (plain && t && t->kind == IR_T_PTR) p = add_step(r, p, at, (ir_step){.kind = IR_S_DEREF});
    ir_step s = {.kind = IR_S_INDEX, .index_var = IR_NOVAR};
    if (r->tok.kind == TOK_WORD || r->tok.kind == TOK_STRING)
        s.index_var = ir_rd_var(r, false);
    else
        s.index = ir_rd_int(r);
    ir_rd_want(r, "]");
    if (drops_zero && s.index_var == IR_NOVAR && s.index == 0) return p;
    return add_step(r, p, at, s);
}

static ir_place read_field(ir_reader *r, ir_place p) {
    const char *at = r->tok.start;
    const char *field = ir_rd_name(r);
    if (!field) ir_rd_fail(r, at, "expected a field");
    return add_step(r, p, at, (ir_step){.kind = IR_S_FIELD, .field = field});
}

static ir_place read_place(ir_reader *r, uint32_t depth);

static ir_place read_postfix(ir_reader *r, uint32_t depth) {
    ir_place p;
    if (ir_rd_take(r, "(")) {
        p = read_place(r, depth + 1);
        ir_rd_want(r, ")");
    } else {
        p = ir_place_var(ir_rd_var(r, false));
    }
    while (!r->failed) {
        const char *at = r->tok.start;
        if (ir_rd_take(r, "[")) {
            p = read_index(r, p, true);
        } else if (ir_rd_take(r, ".")) {
            p = ir_rd_take(r, "[") ? read_index(r, p, false) : read_field(r, p);
        } else if (ir_rd_take(r, "->")) {
            p = add_step(r, p, at, (ir_step){.kind = IR_S_DEREF});
            p = ir_rd_take(r, "[") ? read_index(r, p, false) : read_field(r, p);
        } else {
            break;
        }
    }
    return p;
}

static ir_place read_place(ir_reader *r, uint32_t depth) {
    const char *at = r->tok.start;
    if (depth > MAX_STARS) ir_rd_fail(r, at, "parentheses nested too deeply");
    uint32_t stars = 0;
    while (ir_rd_take(r, "*")) stars++;
    if (stars > IR_MAX_PATH) ir_rd_fail(r, at, "path too long");
    if (r->failed) return ir_place_var(IR_NOVAR);
    ir_place p = read_postfix(r, depth);
    for (; stars && !r->failed; stars--) p = add_step(r, p, at, (ir_step){.kind = IR_S_DEREF});
    return p;
}

ir_place ir_rd_place(ir_reader *r) {
    return read_place(r, 0);
}

static bool is_func(const ir_reader *r, uint32_t var) {
    ir_scope s = ir_rd_scope(r);
    return var < s.nvars && s.vars[var].kind == IR_V_FUNC;
}

/* <float> and <unknown> */
static ir_okind read_angle(ir_reader *r) {
    ir_okind kind = IR_O_UNKNOWN;
    if (ir_rd_take_word(r, "float"))
        kind = IR_O_FLOAT;
    else if (!ir_rd_take_word(r, "unknown"))
        ir_rd_fail(r, r->tok.start, "expected 'float' or 'unknown'");
    ir_rd_want(r, ">");
    return kind;
}

ir_operand ir_rd_operand(ir_reader *r, bool callee, bool *typed) {
    ir_operand o = {.place.var = IR_NOVAR};
    if (r->tok.kind == TOK_INT || ir_rd_is(r, "-")) {
        o.kind = IR_O_INT;
        o.i = ir_rd_int(r);
    } else if (r->tok.kind == TOK_STRING && r->tok.suffix < 0) {
        o.kind = IR_O_STR;
        o.str = ir_rd_string(r);
    } else if (ir_rd_take(r, "<")) {
        o.kind = read_angle(r);
    } else if (ir_rd_take(r, "&")) {
        o.kind = IR_O_ADDR;
        o.place = ir_rd_place(r);
    } else {
        if (callee && (r->tok.kind == TOK_WORD || r->tok.kind == TOK_STRING)) ir_rd_find_var(r, &r->tok, true);
        o.kind = IR_O_PLACE;
        o.place = ir_rd_place(r);
        if (!o.place.npath && is_func(r, o.place.var)) o.kind = IR_O_FUNC;
    }
    *typed = ir_rd_take(r, ":");
    if (*typed) o.type = ir_rd_type(r);
    return o;
}

void ir_rd_settle(ir_reader *r, ir_operand *o, bool typed, const ir_type *expected) {
    if (typed || r->failed) return;
    ir_type scratch;
    o->type = ir_text_operand_default(ir_rd_scope(r), o, expected, &scratch);
    if (o->type == &scratch) o->type = new_type(r, scratch);
}
