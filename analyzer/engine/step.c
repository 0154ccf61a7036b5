/* One instruction that is neither a call nor a terminator, on one state. */
#include <string.h>

#include "engine/bond.h"
#include "engine/fctx.h"

static sym truncate_to(fctx *c, const state *st, sym v, const ir_type *ty) {
    if (!ty || ty->kind != IR_T_INT || !ty->bits || ty->bits >= 64) return v;
    int64_t lo = ty->is_unsigned ? 0 : -((int64_t)1 << (ty->bits - 1));
    int64_t hi = ty->is_unsigned ? ((int64_t)1 << ty->bits) - 1 : ((int64_t)1 << (ty->bits - 1)) - 1;
    range r = state_range(st, c->t, v);
    if (r.lo >= lo && r.hi <= hi) return v;
    int64_t k;
    if (sym_is_const(c->t, v, &k)) {
        uint64_t m = (uint64_t)k & (((uint64_t)1 << ty->bits) - 1);
        if (!ty->is_unsigned && (m >> (ty->bits - 1))) m |= ~(((uint64_t)1 << ty->bits) - 1);
        return sym_const(c->t, (int64_t)m);
    }
    /* a handle that went through a narrower type keeps its name: narrowing a live handle is an idiom */
    return state_any_track((state *)st, v) ? v : sym_term(c->t, IR_TRUNC, v, 0, ty);
}

static sym unary(fctx *c, state *st, const ir_inst *in) {
    sym a = eval_operand(c, st, &in->a);
    int64_t k;
    bool konst = sym_is_const(c->t, a, &k);
    switch (in->arith) {
        case IR_NOT:
            return eval_not(c, a);
        case IR_NEG:
            return konst && k != INT64_MIN ? sym_const(c->t, -k) : sym_term(c->t, IR_NEG, a, 0, in->type);
        case IR_BNOT:
            return konst ? sym_const(c->t, ~k) : sym_term(c->t, IR_BNOT, a, 0, in->type);
        case IR_TRUNC:
            return truncate_to(c, st, a, in->type);
        default:
            return fresh(c, st, 101, in->type);
    }
}

static void copy(fctx *c, state *st, const ir_inst *in) {
    sym v = eval_operand(c, st, &in->a);
    sym dst = eval_place_addr(c, st, &in->dst);
    if (c->dead) return;
    if (is_record_type(in->type) && in->a.kind == IR_O_PLACE)
        mem_copy_record(c, st, dst, v);
    else
        mem_store(c, st, dst, v);
}

static void declare(fctx *c, state *st, const ir_inst *in) {
    sym addr = eval_place_addr(c, st, &in->dst);
    if (st->nbonds) bond_declared(c, st, addr);
    for (uint32_t i = state_first_cell(st, addr); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, addr)) {
            scope_end(c, st, addr);
            return;
        }
}

static bool is_size(const ir_type *ty) {
    return ty && ty->name && strcmp(ty->name, "size_t") == 0;
}

/* __builtin_add_overflow(n, more, &size) comes as the sum and a flag of which nothing is told. Sizes of what is in
 * memory, or soon is, do not add up to more than one holds: who checks that follows a way that is never taken, and what
 * is lost on it is as little a finding as what a failed assertion loses. */
static bool is_size_overflow(const fctx *c, const ir_inst *in) {
    const ir_type *flag = in->dst.var < c->f->nvars && !in->dst.npath ? c->f->vars[in->dst.var].type : NULL;
    if (in == c->f->blocks[c->cur_block].insts || !flag || flag->kind != IR_T_BOOL) return false;
    const ir_inst *sum = in - 1;
    if (sum->op != IR_BIN || (sum->arith != IR_ADD && sum->arith != IR_MUL)) return false;
    if (sum->loc.line != in->loc.line || sum->loc.col != in->loc.col) return false;
    const ir_type *out = sum->dst.var < c->f->nvars && !sum->dst.npath ? c->f->vars[sum->dst.var].type : NULL;
    return is_size(out) || is_size(sum->a.type) || is_size(sum->b.type);
}

void step_inst(fctx *c, state *st, const ir_inst *in, state_list *out) {
    switch (in->op) {
        case IR_COPY:
            copy(c, st, in);
            break;
        case IR_UN: {
            sym v = unary(c, st, in);
            mem_store(c, st, eval_place_addr(c, st, &in->dst), v);
            break;
        }
        case IR_BIN: {
            sym a = eval_operand(c, st, &in->a), b = eval_operand(c, st, &in->b);
            bool order = in->arith == IR_LT || in->arith == IR_LE || in->arith == IR_GT || in->arith == IR_GE;
            const ir_type *compared = order && in->is_unsigned ? (in->a.type ? in->a.type : in->b.type) : NULL;
            sym v = eval_bin(c, st, in->arith, a, b, order ? compared : in->type);
            mem_store(c, st, eval_place_addr(c, st, &in->dst), v);
            break;
        }
        case IR_CALL:
            step_call(c, st, in, out);
            return;
        case IR_ZERO: {
            sym dst = eval_place_addr(c, st, &in->dst);
            state_default(c->pool, st, c->t, (dflt){dst, 0, 0});
            if (st->ntracks) check_lost(c, st, "overwrite");
            break;
        }
        case IR_HAVOC:
            if (is_size_overflow(c, in))
                mem_store(c, st, eval_place_addr(c, st, &in->dst), sym_const(c->t, 0));
            else
                mem_havoc(c, st, eval_place_addr(c, st, &in->dst));
            if (st->ntracks) check_lost(c, st, "overwrite");
            break;
        case IR_DECL:
            declare(c, st, in);
            break;
        case IR_SCOPE_END:
            scope_end(c, st, eval_place_addr(c, st, &in->dst));
            break;
        default:
            break;
    }
    if (c->dead)
        state_drop(c->pool, st);
    else
        LL_PUSH(c->arena, out, st);
}
