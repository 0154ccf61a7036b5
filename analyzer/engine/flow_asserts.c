/* Blocks where an assertion has failed that returns instead of ending the program.
 *
 *     #define ASSERT(expr) do { if (!(expr)) { set_error("broken: '%s'", #expr); return -1; } } while (0)
 *     ASSERT(read <= size);
 *
 * Whoever wrote that knows it to hold, and often builds it as assert(): what is lost where it does not is as little a
 * finding as behind abort(). Told from a check of what may well fail by four things: it is all one macro (everything is
 * where the branch is), it gives a function the text of what it compares, two values that the program has, neither a
 * constant (`ret == 0`) nor just called for, and then it returns. */
#include <ctype.h>
#include <string.h>

#include "engine/flow.h"

static bool same_loc(const ir_inst *x, const ir_inst *y) {
    return x->loc.line == y->loc.line && x->loc.col == y->loc.col;
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_name(const char *text, const char *name) {
    size_t n = strlen(name);
    for (const char *p = strstr(text, name); p; p = strstr(p + 1, name))
        if ((p == text || !is_word(p[-1])) && !is_word(p[n])) return true;
    return false;
}

/* An expression without calls: no word next to another, none before a parenthesis. */
static bool is_plain_expression(const char *text) {
    bool word = false;
    for (const char *p = text; *p;) {
        const char *from = p;
        while (is_word(*p)) p++;
        bool here = p > from;
        if (word && (here || *p == '(')) return false;
        word = here || (word && isspace((unsigned char)*p));
        if (!here) p++;
    }
    return true;
}

static const char *name_of(const ir_func *f, const ir_operand *o) {
    if (o->kind != IR_O_PLACE || o->place.var >= f->nvars) return NULL;
    const char *field = ir_place_last_field(&o->place);
    return field ? field : f->vars[o->place.var].name;
}

static bool gives_text_of(const ir_func *f, const ir_inst *call, const ir_inst *compared) {
    const char *a = name_of(f, &compared->a), *b = name_of(f, &compared->b);
    for (uint32_t i = 0; a && b && call->op == IR_CALL && i < call->nargs; i++) {
        const char *text = call->args[i].kind == IR_O_STR ? call->args[i].str : NULL;
        if (text && has_name(text, a) && has_name(text, b) && is_plain_expression(text)) return true;
    }
    return false;
}

static bool says_what_failed(const ir_func *f, const ir_block *b, const ir_inst *compared) {
    if (!b->ninsts || b->insts[b->ninsts - 1].op != IR_RET) return false;
    bool said = false;
    for (uint32_t i = 0; i < b->ninsts; i++) {
        if (!same_loc(&b->insts[i], compared)) return false;
        said |= gives_text_of(f, &b->insts[i], compared);
    }
    return said;
}

void flow_find_asserts(fctx *c) {
    const ir_func *f = c->f;
    for (uint32_t b = 0; b < f->nblocks; b++) {
        const ir_inst *t = flow_terminator(f, b), *in = t ? t - 1 : NULL;
        if (!t || t->op != IR_BRANCH || f->blocks[b].ninsts < 2 || in->op != IR_BIN || !same_loc(in, t)) continue;
        bool compares = in->arith >= IR_EQ && in->arith <= IR_GE && t->a.kind == IR_O_PLACE && !t->a.place.npath;
        if (!compares || in->dst.npath || in->dst.var != t->a.place.var) continue;
        for (uint32_t i = 0; i < 2; i++) {
            if (!says_what_failed(f, &f->blocks[t->targets[i]], in)) continue;
            if (!c->asserts) c->asserts = LL_NEWN(c->arena, bool, f->nblocks);
            c->asserts[t->targets[i]] = true;
        }
    }
}
