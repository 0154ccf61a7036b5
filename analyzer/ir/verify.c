/* The promises of ir.h, checked one by one; the first that is broken is reported with where it is. */
#include <stdlib.h>
#include <string.h>

#include "ir/ir.h"

typedef struct check {
    const ir_func *f;
    uint32_t block, inst;
    ll_err *err;
} check;

static bool fail(const check *c, const char *what) {
    const char *name = c->f->name ? c->f->name : "?";
    if (c->block == UINT32_MAX) return ll_fail(c->err, LL_E_INTERNAL, "ir: function %s: %s", name, what);
    return ll_fail(c->err, LL_E_INTERNAL, "ir: function %s, block %u, instruction %u (%s): %s", name, c->block, c->inst,
                   ir_op_name(c->f->blocks[c->block].insts[c->inst].op), what);
}

static bool verify_vars(const check *c) {
    const ir_func *f = c->f;
    if (!f->name || !f->usr || !f->file) return fail(c, "name, USR and file must be set");
    if (f->nparams > f->nvars) return fail(c, "more parameters than variables");
    for (uint32_t i = 0; i < f->nvars; i++) {
        const ir_var *v = &f->vars[i];
        if ((unsigned)v->kind > IR_V_FUNC) return fail(c, "variable of no known kind");
        if ((v->kind == IR_V_PARAM) != (i < f->nparams)) return fail(c, "parameters must be the first variables");
        if (v->kind == IR_V_TEMP && v->name) return fail(c, "a temporary has no name");
        if ((v->kind == IR_V_GLOBAL || v->kind == IR_V_FUNC) && (!v->usr || !v->name))
            return fail(c, "a global and a function have a name and a USR");
        if (!v->type && v->kind != IR_V_FUNC) return fail(c, "variable without type");
    }
    return true;
}

static bool verify_place(const check *c, const ir_place *p) {
    if (p->var >= c->f->nvars) return fail(c, "place of a variable that does not exist");
    if (c->f->vars[p->var].kind == IR_V_FUNC) return fail(c, "a function is not a place");
    if (p->npath > IR_MAX_PATH) return fail(c, "path too long");
    for (uint32_t i = 0; i < p->npath; i++) {
        const ir_step *s = &p->path[i];
        if ((unsigned)s->kind > IR_S_DEREF) return fail(c, "path step of no known kind");
        if (s->kind == IR_S_FIELD && !s->field) return fail(c, "field step without a name");
        if (s->kind != IR_S_INDEX || s->index_var == IR_NOVAR) continue;
        if (s->index_var >= c->f->nvars) return fail(c, "index by a variable that does not exist");
        if (c->f->vars[s->index_var].kind == IR_V_FUNC) return fail(c, "index by a function");
    }
    return true;
}

static bool verify_operand(const check *c, const ir_operand *o) {
    switch (o->kind) {
        case IR_O_INT:
        case IR_O_FLOAT:
        case IR_O_UNKNOWN:
            return true;
        case IR_O_STR:
            return o->str || fail(c, "string operand without text");
        case IR_O_PLACE:
        case IR_O_ADDR:
            return verify_place(c, &o->place);
        case IR_O_FUNC:
            if (o->place.var >= c->f->nvars || c->f->vars[o->place.var].kind != IR_V_FUNC || o->place.npath)
                return fail(c, "function operand that is not a function");
            return true;
        case IR_O_NONE:
            break;
    }
    return fail(c, "operand missing");
}

static bool verify_dst(const check *c, const ir_inst *i) {
    bool absent = i->dst.var == IR_NOVAR;
    if (absent && i->op == IR_CALL) return true;
    if (absent) return fail(c, "destination missing");
    if (!verify_place(c, &i->dst)) return false;
    ir_vkind kind = c->f->vars[i->dst.var].kind;
    if (i->op == IR_DECL && (kind != IR_V_LOCAL || i->dst.npath)) return fail(c, "only a local can be declared");
    if (i->op == IR_SCOPE_END && ((kind != IR_V_LOCAL && kind != IR_V_PARAM) || i->dst.npath))
        return fail(c, "only a local or a parameter has a scope");
    return true;
}

static bool verify_targets(const check *c, const ir_inst *i) {
    if (i->op == IR_JUMP && i->ntargets != 1) return fail(c, "jump has one target");
    if (i->op == IR_BRANCH && i->ntargets != 2) return fail(c, "branch has two targets");
    if (!i->ntargets) return fail(c, "target missing");
    for (uint32_t k = 0; k < i->ntargets; k++)
        if (i->targets[k] >= c->f->nblocks) return fail(c, "target is not a block");
    return true;
}

static bool verify_cases(const check *c, const ir_inst *i) {
    for (uint32_t k = 0; k < i->ncases; k++) {
        const ir_case *s = &i->cases[k];
        if (s->target >= i->ntargets) return fail(c, "case without target");
        if (i->is_unsigned ? (uint64_t)s->lo > (uint64_t)s->hi : s->lo > s->hi) return fail(c, "empty case range");
    }
    return true;
}

static bool verify_arith(const check *c, const ir_inst *i) {
    if ((unsigned)i->arith >= IR_ARITH_COUNT) return fail(c, "operator unknown");
    if (ir_arith_is_unary(i->arith) != (i->op == IR_UN)) return fail(c, "operator takes another number of operands");
    return true;
}

static bool verify_inst(const check *c, const ir_inst *i) {
    bool returns_nothing = i->op == IR_RET && i->a.kind == IR_O_NONE;
    if (i->macro && i->op != IR_CALL) return fail(c, "only a call has a macro name");
    if (i->macro && !*i->macro) return fail(c, "empty macro name");
    if (i->table && i->op != IR_CALL) return fail(c, "only a call has a table");
    if (i->table && (i->a.kind != IR_O_PLACE || !strstr(i->table, "::"))) return fail(c, "a table without a field");
    for (const char *u = ir_op_operands(i->op); *u; u++) {
        bool ok = true;
        switch (*u) {
            case 'd':
            case 'p':
                ok = verify_dst(c, i);
                break;
            case 'a':
                ok = returns_nothing || verify_operand(c, &i->a);
                break;
            case 'f':
                ok = verify_operand(c, &i->a);
                break;
            case 'b':
                ok = verify_operand(c, &i->b);
                break;
            case 'o':
                ok = verify_arith(c, i);
                break;
            case 't':
                ok = verify_targets(c, i);
                break;
            case 'c':
                ok = verify_cases(c, i);
                break;
            case 'v':
                for (uint32_t k = 0; ok && k < i->nargs; k++) ok = verify_operand(c, &i->args[k]);
                break;
            default:
                break;
        }
        if (!ok) return false;
    }
    return true;
}

/* In a reverse postorder every block but the entry is entered from a block with a smaller number. */
static bool verify_order(const check *c) {
    const ir_func *f = c->f;
    bool *entered = ll_xcalloc(f->nblocks, sizeof *entered);
    entered[0] = true;
    uint32_t k = 0;
    for (; k < f->nblocks && entered[k]; k++) {
        const ir_inst *t = &f->blocks[k].insts[f->blocks[k].ninsts - 1];
        for (uint32_t j = 0; j < t->ntargets; j++) entered[t->targets[j]] = true;
    }
    free(entered);
    return k == f->nblocks || fail(c, "blocks are not in reverse postorder, or one is unreachable");
}

bool ir_verify(const ir_func *f, ll_err *err) {
    check c = {.f = f, .block = UINT32_MAX, .err = err};
    if (!verify_vars(&c)) return false;
    if (!f->nblocks) return fail(&c, "no blocks");
    for (uint32_t b = 0; b < f->nblocks; b++) {
        const ir_block *k = &f->blocks[b];
        if (!k->ninsts) return fail(&c, "empty block");
        for (uint32_t i = 0; i < k->ninsts; i++) {
            c.block = b;
            c.inst = i;
            if ((unsigned)k->insts[i].op >= IR_OPCODE_COUNT) return fail(&c, "operation unknown");
            if (ir_op_terminates(k->insts[i].op) != (i + 1 == k->ninsts))
                return fail(&c, "a block ends in its only terminator");
            if (!verify_inst(&c, &k->insts[i])) return false;
        }
        c.block = UINT32_MAX;
    }
    return verify_order(&c);
}
