/* Conversions and constant arithmetic. */
#include "frontend/clang/lower.h"
#include "ir/fold.h"

static int64_t wrap(int64_t v, bool uns, unsigned bits) {
    if (bits >= 64 || bits == 0) return v;
    uint64_t mask = (UINT64_C(1) << bits) - 1, u = (uint64_t)v & mask;
    if (!uns && (u >> (bits - 1)) & 1) u |= ~mask;
    return (int64_t)u;
}

bool fe_fold(ir_arith op, int64_t a, int64_t b, bool uns, unsigned bits, int64_t *out) {
    int64_t r;
    if (!ir_fold(op, a, b, uns, &r)) return false;
    bool truth = op == IR_EQ || op == IR_NE || op == IR_LT || op == IR_LE || op == IR_GT || op == IR_GE;
    *out = truth ? r : wrap(r, uns, bits);
    return true;
}

static ir_operand convert_int_constant(ir_operand a, const ir_type *to) {
    switch (to->kind) {
        case IR_T_BOOL:
            return ir_int(a.i != 0, to);
        case IR_T_INT:
            return ir_int(wrap(a.i, to->is_unsigned, to->bits), to);
        case IR_T_FLOAT: {
            ir_operand f = {.kind = IR_O_FLOAT, .type = to};
            f.place.var = IR_NOVAR;
            return f;
        }
        default:
            a.type = to;
            return a;
    }
}

static ir_operand to_bool(fe_fn *fn, ir_operand a, const ir_type *to) {
    if (a.kind == IR_O_ADDR || a.kind == IR_O_STR) return ir_int(1, to);
    return fe_bin(fn, IR_NE, a, ir_int(0, a.type), to);
}

ir_operand fe_convert(fe_fn *fn, ir_operand a, const ir_type *to) {
    const ir_type *from = a.type;
    if (!to || to->kind == IR_T_VOID || to == from) return a;
    if (a.kind == IR_O_INT) return convert_int_constant(a, to);
    if (a.kind == IR_O_UNKNOWN || a.kind == IR_O_NONE) return fe_unknown(to);
    bool record = to->kind == IR_T_RECORD || to->kind == IR_T_UNION;
    if (record && from && from->kind != to->kind) return fe_unknown(to); /* GNU cast to union */
    if (to->kind == IR_T_BOOL) return from && from->kind == IR_T_BOOL ? a : to_bool(fn, a, to);
    bool from_float = from && from->kind == IR_T_FLOAT;
    if (a.kind == IR_O_FLOAT || (from_float && to->kind != IR_T_FLOAT)) {
        if (to->kind != IR_T_FLOAT) return fe_havoc(fn, to);
        a.type = to;
        return a;
    }
    bool from_wide = from && (from->kind == IR_T_INT || from->kind == IR_T_PTR) && from->bits > to->bits;
    if (to->kind == IR_T_INT && from_wide) return fe_un(fn, IR_TRUNC, a, to);
    a.type = to;
    return a;
}
