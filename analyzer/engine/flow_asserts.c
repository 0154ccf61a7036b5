/* Blocks where an assertion has failed that returns instead of ending the program.
 *
 *     #define ASSERT(expr) do { if (!(expr)) { set_error("broken: '%s'", #expr); return -1; } } while (0)
 *     ASSERT(read <= size);  ASSERT(cache && cache->ready);
 *
 * Whoever wrote that knows it to hold, and often builds it as assert(): what is lost where it does not is as little a
 * finding as behind abort(). Told from a check of what may well fail by three things: it is all one macro (everything
 * is where the branch is), it gives a function the text of what it asks, and then it returns. A value that is held
 * against a constant, or null, must not be what a call gives (`ret == 0`, `p`): two values that the program has, or two
 * results, are compared because they belong together. */
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

/* An expression: no word next to another; without calls: none before a parenthesis. */
static bool is_expression(const char *text, bool calls) {
    bool word = false;
    for (const char *p = text; *p;) {
        const char *from = p;
        while (is_word(*p)) p++;
        bool here = p > from;
        if (word && (here || (*p == '(' && !calls))) return false;
        word = here || (word && isspace((unsigned char)*p));
        if (!here) p++;
    }
    return true;
}

/* What a condition asks about: the places, and the results of calls, that its own macro computes it of. */
typedef struct asked {
    const ir_place *of[4];
    const char *name[4]; /* how its text has them */
    uint32_t n, calls;   /* all; of them calls */
    bool opaque;         /* and something else */
} asked;

static const char *name_of(const ir_func *f, const ir_place *p) {
    if (p->var >= f->nvars) return NULL;
    const char *field = ir_place_last_field(p);
    return field ? field : f->vars[p->var].name;
}

static const ir_inst *computed_here(const ir_block *b, const ir_inst *before, const ir_place *p) {
    for (const ir_inst *in = before; in-- > b->insts;) {
        if (!same_loc(in, before)) break;
        if (in->dst.var == p->var && !in->dst.npath && in->op != IR_DECL) return in;
    }
    return NULL;
}

static void find_asked(const ir_func *f, const ir_block *b, const ir_inst *before, const ir_operand *o, asked *q) {
    if (o->kind == IR_O_NONE || o->kind == IR_O_INT) return;
    const ir_inst *in = o->kind == IR_O_PLACE && !o->place.npath ? computed_here(b, before, &o->place) : NULL;
    if (in && (in->op == IR_BIN || in->op == IR_UN || in->op == IR_COPY)) {
        find_asked(f, b, in, &in->a, q);
        if (in->op == IR_BIN) find_asked(f, b, in, &in->b, q);
        return;
    }
    bool call = in && in->op == IR_CALL && in->a.kind == IR_O_FUNC;
    const ir_place *p = call ? &in->a.place : o->kind == IR_O_PLACE && !in ? &o->place : NULL;
    const char *name = call && in->macro ? in->macro : p ? name_of(f, p) : NULL;
    q->opaque |= !name || q->n == sizeof q->of / sizeof *q->of;
    if (q->opaque) return;
    q->calls += call;
    q->name[q->n] = name;
    q->of[q->n++] = p;
}

static bool comes_before(const ir_inst *x, const ir_inst *y) {
    return x->loc.line != y->loc.line ? x->loc.line < y->loc.line : x->loc.col < y->loc.col;
}

/* The call's result is stored there, or the call could store there. */
static bool may_give(const ir_func *f, const ir_inst *call, const ir_place *p) {
    const char *field = ir_place_last_field(p), *given = ir_place_last_field(&call->dst);
    if (call->dst.var != IR_NOVAR && (field ? given == field : call->dst.var == p->var && !call->dst.npath))
        return true;
    for (uint32_t i = 0; i < call->nargs; i++) {
        const ir_operand *o = &call->args[i];
        if (o->kind != IR_O_ADDR && (o->kind != IR_O_PLACE || !p->npath)) continue;
        if (o->place.var < f->nvars && o->place.var == p->var) return true;
    }
    return false;
}

static bool given_before(const ir_func *f, const ir_inst *asking, const ir_place *p) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->op == IR_CALL && comes_before(in, asking) && may_give(f, in, p)) return true;
        }
    return false;
}

static bool gives_text_of(const ir_inst *call, const asked *q) {
    for (uint32_t i = 0; call->op == IR_CALL && i < call->nargs; i++) {
        const char *text = call->args[i].kind == IR_O_STR ? call->args[i].str : NULL;
        uint32_t named = 0;
        for (uint32_t k = 0; text && k < q->n; k++) named += has_name(text, q->name[k]);
        if (text && named == q->n && is_expression(text, q->calls != 0)) return true;
    }
    return false;
}

static bool says_what_failed(const ir_block *b, const ir_inst *asking, const asked *q) {
    if (!b->ninsts || b->insts[b->ninsts - 1].op != IR_RET) return false;
    bool said = false;
    for (uint32_t i = 0; i < b->ninsts; i++) {
        if (!same_loc(&b->insts[i], asking)) return false;
        said |= gives_text_of(&b->insts[i], q);
    }
    return said;
}

/* Two things that belong together, or one that no call has just given. */
static bool known_to_hold(const ir_func *f, const ir_inst *asking, const asked *q) {
    if (q->opaque || !q->n || (q->calls && q->calls != q->n)) return false;
    return q->n > 1 || (!q->calls && !given_before(f, asking, q->of[0]));
}

void flow_find_asserts(fctx *c) {
    const ir_func *f = c->f;
    for (uint32_t b = 0; b < f->nblocks; b++) {
        const ir_inst *t = flow_terminator(f, b);
        if (!t || t->op != IR_BRANCH) continue;
        const ir_block *to[] = {&f->blocks[t->targets[0]], &f->blocks[t->targets[1]]};
        asked q = {0};
        for (uint32_t i = 0; i < 2; i++) {
            if (!to[i]->ninsts || !same_loc(to[i]->insts, t)) continue;
            if (!q.n) find_asked(f, &f->blocks[b], t, &t->a, &q);
            if (!known_to_hold(f, t, &q) || !says_what_failed(to[i], t, &q)) continue;
            if (!c->asserts) c->asserts = LL_NEWN(c->arena, bool, f->nblocks);
            c->asserts[t->targets[i]] = true;
        }
    }
}
