#include "ir/fold.h"

static bool compare(ir_arith op, int64_t a, int64_t b, bool is_unsigned, int64_t *out) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (op) {
        case IR_EQ:
            *out = a == b;
            return true;
        case IR_NE:
            *out = a != b;
            return true;
        case IR_LT:
            *out = is_unsigned ? x < y : a < b;
            return true;
        case IR_LE:
            *out = is_unsigned ? x <= y : a <= b;
            return true;
        case IR_GT:
            *out = is_unsigned ? x > y : a > b;
            return true;
        case IR_GE:
            *out = is_unsigned ? x >= y : a >= b;
            return true;
        default:
            return false;
    }
}

/* Of the whole number, rounding towards zero. */
static bool divide(bool rest, int64_t a, int64_t b, bool is_unsigned, uint64_t *out) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    if (b == 0 || (!is_unsigned && a == INT64_MIN && b == -1)) return false;
    if (is_unsigned)
        *out = rest ? x % y : x / y;
    else
        *out = (uint64_t)(rest ? a % b : a / b);
    return true;
}

bool ir_fold(ir_arith op, int64_t a, int64_t b, bool is_unsigned, int64_t *out) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b, r = 0;
    switch (op) {
        case IR_ADD:
            r = x + y;
            break;
        case IR_SUB:
            r = x - y;
            break;
        case IR_MUL:
            r = x * y;
            break;
        case IR_AND:
            r = x & y;
            break;
        case IR_OR:
            r = x | y;
            break;
        case IR_XOR:
            r = x ^ y;
            break;
        case IR_SHL:
            if (y > 63) return false;
            r = x << y;
            break;
        case IR_SHR:
            if (y > 63) return false;
            r = is_unsigned || a >= 0 ? x >> y : ~(~x >> y);
            break;
        case IR_DIV:
        case IR_REM:
            if (!divide(op == IR_REM, a, b, is_unsigned, &r)) return false;
            break;
        default:
            return compare(op, a, b, is_unsigned, out);
    }
    *out = (int64_t)r;
    return true;
}
