/* Instructions, temporaries and the small simplifications made while appending them. */
#include "frontend/clang/lower.h"

ir_inst fe_inst(ir_opcode op) {
    ir_inst in = {.op = op};
    in.dst.var = in.a.place.var = in.b.place.var = IR_NOVAR;
    return in;
}

void fe_emit(fe_fn *fn, ir_inst in) {
    in.loc = fn->loc;
    ir_build_inst(fn->b, in);
}

void fe_at(fe_fn *fn, CXCursor c) {
    unsigned line = 0, col = 0;
    if (fn->loc_pinned) return;
    clang_getExpansionLocation(clang_getCursorLocation(c), NULL, &line, &col, NULL);
    if (line) fn->loc = (ir_loc){(int32_t)line - fn->first_line, (int32_t)col};
}

void fe_at_end(fe_fn *fn, CXCursor c) {
    unsigned line = 0, col = 0;
    clang_getExpansionLocation(clang_getRangeEnd(clang_getCursorExtent(c)), NULL, &line, &col, NULL);
    if (line) fn->loc = (ir_loc){(int32_t)line - fn->first_line, col > 1 ? (int32_t)col - 1 : (int32_t)col};
}

uint32_t fe_new_var(fe_fn *fn, ir_var v) {
    LL_PUSH(fn->u->scratch, &fn->taken, false);
    LL_PUSH(fn->u->scratch, &fn->ended, false);
    LL_PUSH(fn->u->scratch, &fn->is_ref, false);
    return ir_build_var(fn->b, v);
}

uint32_t fe_new_temp(fe_fn *fn, const ir_type *t) {
    if (!t || t->kind == IR_T_VOID) t = fe_int_type(fn->u);
    return fe_new_var(fn, (ir_var){.kind = IR_V_TEMP, .type = t});
}

uint32_t fe_new_block(fe_fn *fn) {
    return ir_build_block(fn->b);
}

bool fe_open(const fe_fn *fn) {
    return !ir_build_terminated(fn->b);
}

void fe_jump(fe_fn *fn, uint32_t block) {
    if (!fe_open(fn)) return;
    ir_inst in = fe_inst(IR_JUMP);
    in.targets = LL_NEW(fn->u->scratch, uint32_t);
    in.targets[0] = block;
    in.ntargets = 1;
    fe_emit(fn, in);
}

/* Falls through into `block` and goes on there. */
void fe_start(fe_fn *fn, uint32_t block) {
    fe_jump(fn, block);
    ir_build_at(fn->b, block);
}

void fe_unreachable(fe_fn *fn) {
    if (fe_open(fn)) fe_emit(fn, fe_inst(IR_UNREACHABLE));
}

void fe_copy(fe_fn *fn, ir_place dst, ir_operand a, const ir_type *t) {
    if (a.kind == IR_O_UNKNOWN || a.kind == IR_O_NONE) {
        fe_simple(fn, IR_HAVOC, dst, t);
        return;
    }
    ir_inst in = fe_inst(IR_COPY);
    in.dst = dst;
    in.a = a;
    in.type = t;
    fe_emit(fn, in);
}

void fe_simple(fe_fn *fn, ir_opcode op, ir_place p, const ir_type *t) {
    ir_inst in = fe_inst(op);
    in.dst = p;
    in.type = t;
    fe_emit(fn, in);
}

ir_operand fe_havoc(fe_fn *fn, const ir_type *t) {
    ir_place p = ir_place_var(fe_new_temp(fn, t));
    fe_simple(fn, IR_HAVOC, p, t);
    return ir_load(p, t);
}

ir_operand fe_unknown(const ir_type *t) {
    ir_operand o = {.kind = IR_O_UNKNOWN, .type = t};
    o.place.var = IR_NOVAR;
    return o;
}

static bool is_unsigned(const ir_type *t) {
    return t && (t->kind == IR_T_PTR || t->kind == IR_T_BOOL || (t->kind == IR_T_INT && t->is_unsigned));
}

static bool foldable(ir_operand o) {
    return o.kind == IR_O_INT && (!o.type || o.type->kind == IR_T_INT || o.type->kind == IR_T_BOOL);
}

void fe_bin_into(fe_fn *fn, ir_place dst, ir_arith op, ir_operand a, ir_operand b, const ir_type *t) {
    ir_inst in = fe_inst(IR_BIN);
    in.dst = dst;
    in.arith = op;
    in.a = a;
    in.b = b;
    in.type = t;
    in.is_unsigned = is_unsigned(a.type);
    fe_emit(fn, in);
}

ir_operand fe_bin(fe_fn *fn, ir_arith op, ir_operand a, ir_operand b, const ir_type *t) {
    int64_t v;
    unsigned bits = t && t->kind == IR_T_INT ? t->bits : 64;
    if (foldable(a) && foldable(b) && op != IR_PTRADD && (!t || t->kind != IR_T_PTR) &&
        fe_fold(op, a.i, b.i, is_unsigned(a.type), bits, &v))
        return ir_int(v, t);
    ir_place dst = ir_place_var(fe_new_temp(fn, t));
    fe_bin_into(fn, dst, op, a, b, t);
    return ir_load(dst, t);
}

void fe_un_into(fe_fn *fn, ir_place dst, ir_arith op, ir_operand a, const ir_type *t) {
    ir_inst in = fe_inst(IR_UN);
    in.dst = dst;
    in.arith = op;
    in.a = a;
    in.type = t;
    in.is_unsigned = is_unsigned(a.type);
    fe_emit(fn, in);
}

ir_operand fe_un(fe_fn *fn, ir_arith op, ir_operand a, const ir_type *t) {
    if (foldable(a) && op == IR_NOT) return ir_int(a.i == 0, t);
    if (foldable(a) && op == IR_NEG) return fe_convert(fn, ir_int((int64_t)(0 - (uint64_t)a.i), NULL), t);
    if (foldable(a) && op == IR_BNOT) return fe_convert(fn, ir_int(~a.i, NULL), t);
    ir_place dst = ir_place_var(fe_new_temp(fn, t));
    fe_un_into(fn, dst, op, a, t);
    return ir_load(dst, t);
}

ir_operand fe_un_constant(fe_fn *fn, ir_arith op, ir_operand a, const ir_type *t) {
    bool address = a.kind == IR_O_ADDR || a.kind == IR_O_STR;
    if (a.kind == IR_O_INT) return fe_un(fn, op, a, t);
    return address && op == IR_NOT ? ir_int(0, t) : fe_havoc(fn, t);
}

void fe_branch(fe_fn *fn, ir_operand a, uint32_t t, uint32_t f) {
    if (!fe_open(fn)) return;
    if (a.kind == IR_O_INT) {
        fe_jump(fn, a.i ? t : f);
        return;
    }
    if (a.kind == IR_O_ADDR || a.kind == IR_O_STR) {
        fe_jump(fn, t);
        return;
    }
    /* a weak function's address may be null, so FUNC is as open as UNKNOWN */
    if (a.kind != IR_O_PLACE) a = fe_havoc(fn, a.type ? a.type : fe_int_type(fn->u));
    ir_inst in = fe_inst(IR_BRANCH);
    in.a = a;
    in.targets = LL_NEWN(fn->u->scratch, uint32_t, 2);
    in.targets[0] = t;
    in.targets[1] = f;
    in.ntargets = 2;
    fe_emit(fn, in);
}

ir_operand fe_addr(fe_fn *fn, ir_place p, const ir_type *ptr) {
    if (p.npath && p.path[p.npath - 1].kind == IR_S_DEREF) { /* &*q is q */
        p.npath--;
        return ir_load(p, ptr);
    }
    bool own = true;
    for (uint32_t i = 0; i < p.npath; i++) own = own && p.path[i].kind != IR_S_DEREF;
    if (own && p.var < fn->taken.n) fn->taken.v[p.var] = true;
    return ir_addr(p, ptr);
}

ir_place fe_materialize(fe_fn *fn, ir_operand a, const ir_type *t) {
    if (a.kind == IR_O_PLACE) return a.place;
    ir_place p = ir_place_var(fe_new_temp(fn, t));
    fe_copy(fn, p, a, t);
    return p;
}

ir_operand fe_freeze(fe_fn *fn, ir_operand a, const ir_type *t) {
    uint32_t n;
    if (a.kind != IR_O_PLACE) return a;
    if (!a.place.npath && ir_build_vars(fn->b, &n)[a.place.var].kind == IR_V_TEMP) return a;
    ir_place p = ir_place_var(fe_new_temp(fn, t));
    fe_copy(fn, p, a, t);
    return ir_load(p, t);
}

ir_place fe_deref(fe_fn *fn, ir_operand ptr) {
    if (ptr.kind == IR_O_ADDR) return ptr.place;
    if (ptr.kind == IR_O_PLACE && ptr.place.npath > IR_MAX_PATH / 2) ptr = fe_freeze(fn, ptr, ptr.type);
    return ir_place_deref(fn->u->scratch, fe_materialize(fn, ptr, ptr.type));
}

ir_place fe_index(fe_fn *fn, ir_place base, ir_operand i, const ir_type *elem) {
    if (i.kind == IR_O_INT) {
        if (i.i == 0 && !(elem && elem->kind == IR_T_ARRAY)) return base;
        return ir_place_index(fn->u->scratch, base, i.i, IR_NOVAR);
    }
    const ir_type *t = i.type ? i.type : fe_int_type(fn->u);
    if (i.kind != IR_O_PLACE || i.place.npath) {
        ir_place p = ir_place_var(fe_new_temp(fn, t));
        fe_copy(fn, p, i, t);
        return ir_place_index(fn->u->scratch, base, 0, p.var);
    }
    return ir_place_index(fn->u->scratch, base, 0, i.place.var);
}

uint32_t fe_func_var(fe_fn *fn, fe_func *f) {
    uintptr_t got = (uintptr_t)fe_map_get(&fn->vars, f);
    if (got) return (uint32_t)got - 1;
    const ir_fdecl *d = fe_decl_of(fn->u, f);
    uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_FUNC, .name = d->name, .usr = d->usr});
    fe_map_put(&fn->vars, f, (void *)((uintptr_t)v + 1));
    return v;
}

ir_operand fe_func_operand(fe_fn *fn, fe_func *f) {
    ir_operand o = {.kind = IR_O_FUNC};
    o.place = ir_place_var(fe_func_var(fn, f));
    return o;
}
