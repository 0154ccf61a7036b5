/* What headers and packs say of a library's functions beyond what they give and end: which arguments must not be null,
 * whose answers depend on memory alone, where the number of the last error lies. */
#include <string.h>

#include "engine/fctx.h"

enum { MAX_ASKED = 4, ASKED = 2 + 2 * MAX_ASKED }; /* arguments of a question, and what is kept of it */
enum { SIZE_BITS = 64 };                           /* of a size_t */

/* ---- pure functions ---- */

static bool is_pointer(const ir_fdecl *decl, uint32_t i) {
    return i < decl->nparams && decl->params[i] && decl->params[i]->kind == IR_T_PTR;
}

static bool same_operand(const ir_operand *a, const ir_operand *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == IR_O_STR) return a->str && b->str && strcmp(a->str, b->str) == 0;
    if (a->kind == IR_O_INT) return a->i == b->i;
    return (a->kind == IR_O_PLACE || a->kind == IR_O_ADDR || a->kind == IR_O_FUNC) &&
           ir_place_equal(&a->place, &b->place);
}

/* Some other call in the function looks like this one. */
static bool looks_asked_again(const fctx *c, const ir_inst *call) {
    for (uint32_t b = 0; b < c->f->nblocks; b++)
        for (uint32_t i = 0; i < c->f->blocks[b].ninsts; i++) {
            const ir_inst *x = &c->f->blocks[b].insts[i];
            if (x == call || x->op != IR_CALL || x->nargs != call->nargs || !same_operand(&x->a, &call->a)) continue;
            uint32_t k = 0;
            while (k < x->nargs && same_operand(&x->args[k], &call->args[k])) k++;
            if (k == x->nargs) return true;
        }
    return false;
}

static bool asked_again(fctx *c, const ir_inst *call) {
    enum { YES = 1, NO };
    uint8_t *known = &c->asked_again[c->cur_uid];
    if (!*known) *known = looks_asked_again(c, call) ? YES : NO;
    return *known == YES;
}

/* A pure function of the library that is asked the same of the same memory gives the same answer. */
sym library_result(fctx *c, state *st, const ir_inst *in, const ir_fdecl *decl, const sym *args, uint32_t nargs) {
    bool pure = decl && decl->is_pure && decl->in_system_header && nargs && nargs <= MAX_ASKED;
    if (!pure || !asked_again(c, in)) return fresh(c, st, 0, in->type);
    sym q[ASKED] = {sym_func(c->t, decl->usr, decl->name)};
    uint32_t n = 1;
    for (uint32_t i = 0; i < nargs; i++) {
        q[n++] = args[i];
        sym_kind kind = symtab_kind(c->t, args[i]);
        bool memory = is_pointer(decl, i) && kind != SY_STR && kind != SY_CONST && kind != SY_FUNC;
        if (memory) q[n++] = mem_load(c, st, args[i], NULL);
    }
    uint32_t at = 0;
    for (; at < c->pure.n; at += ASKED)
        if (memcmp(c->pure.v + at, q, sizeof q) == 0) break;
    bool known = at < c->pure.n;
    for (uint32_t i = 0; !known && i < ASKED; i++) LL_PUSH(c->arena, &c->pure, q[i]);
    return sym_conj(c->t, PURE_ANSWER + at, 0, in->type);
}

/* ---- errno ---- */

/* What in the block comes after the call stores through its result, or takes what that points to. */
static bool stored_through(const ir_block *b, const ir_inst *call) {
    for (const ir_inst *x = call + 1; x < b->insts + b->ninsts; x++)
        if (x->dst.var == call->dst.var && x->dst.npath) return true;
    return false;
}

static bool taken_as_it_is(const ir_block *b, const ir_inst *call) {
    const ir_inst *x = call + 1;
    if (x >= b->insts + b->ninsts || x->a.kind != IR_O_PLACE || x->a.place.var != call->dst.var) return false;
    return x->op == IR_COPY || x->op == IR_RET || (x->op == IR_UN && x->arith == IR_NEG);
}

/* `rc = -errno`: not 0 in a function that never sets errno to 0 itself. */
void errno_is_set(fctx *c, state *st, const ir_inst *call, sym ret) {
    if (!taken_as_it_is(&c->f->blocks[c->cur_block], call)) return;
    if (!c->clears_errno) {
        c->clears_errno = -1;
        for (uint32_t b = 0; b < c->f->nblocks; b++)
            for (uint32_t i = 0; i < c->f->blocks[b].ninsts; i++) {
                const ir_inst *x = &c->f->blocks[b].insts[i];
                bool same = x->op == IR_CALL && x->a.kind == IR_O_FUNC && x->a.place.var == call->a.place.var;
                if (same && stored_through(&c->f->blocks[b], x)) c->clears_errno = 1;
            }
    }
    if (c->clears_errno < 0) assume_cmp(c, st, CMP_GT, mem_load(c, st, ret, NULL), 0);
}

/* ---- null ---- */

/* What a call gave that has failed: a literal null is more often a relation that got lost. */
static bool from_failed_call(fctx *c, state *st, const ir_operand *o) {
    if (o->kind != IR_O_PLACE) return false;
    sym v = state_find_cell(st, eval_place_addr(c, st, &o->place));
    return v && symtab_kind(c->t, v) == SY_CONJ && decide_cmp(c, st, CMP_EQ, v, 0) == 1;
}

/* One that is told a size may be told 0, and then takes null. */
bool null_refused(fctx *c, state *st, const ir_inst *call, const ir_fdecl *decl) {
    if (!decl || !decl->in_system_header || !decl->nonnull_args) return false;
    for (uint32_t i = 0; i < decl->nparams; i++) {
        const ir_type *ty = decl->params[i];
        if (ty && ty->kind == IR_T_INT && ty->is_unsigned) return false;
    }
    for (uint32_t i = 0; i < call->nargs && i < 31; i++)
        if (is_pointer(decl, i) && decl->nonnull_args >> i & 1 && from_failed_call(c, st, &call->args[i])) return true;
    return false;
}

/* ---- sizes ---- */

/* A signed number that is handed over as a size (`memcpy(to, from, n)`) is not negative. */
void sizes_are_told(fctx *c, state *st, const ir_inst *call, const ir_fdecl *decl, const sym *args, uint32_t nargs) {
    if (!decl || !decl->in_system_header) return;
    for (uint32_t i = 0; i < decl->nparams && i < nargs; i++) {
        const ir_type *ty = decl->params[i];
        const ir_operand *o = &call->args[i];
        if (!ty || ty->kind != IR_T_INT || !ty->is_unsigned || ty->bits < SIZE_BITS) continue;
        const ir_type *was = o->kind == IR_O_PLACE && !o->place.npath ? c->f->vars[o->place.var].type : NULL;
        bool is_signed = was && was->kind == IR_T_INT && !was->is_unsigned;
        if (is_signed && decide_cmp(c, st, CMP_LT, args[i], 0) < 0) assume_cmp(c, st, CMP_GE, args[i], 0);
    }
}
