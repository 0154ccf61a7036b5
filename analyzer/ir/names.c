#include <string.h>

#include "ir/ir.h"
#include "ir/text.h"

static const struct op_row {
    const char *text, *operands;
    bool terminator;
} op_rows[IR_OPCODE_COUNT] = {
#define IR_OP(NAME, text, operands, terminator, meaning) {text, operands, terminator},
#include "ir/ops.def"
#undef IR_OP
};

static const char *const arith_names[IR_ARITH_COUNT] = {
    [IR_ADD] = "+",       [IR_SUB] = "-",   [IR_MUL] = "*",   [IR_DIV] = "/",     [IR_REM] = "%",
    [IR_AND] = "&",       [IR_OR] = "|",    [IR_XOR] = "^",   [IR_SHL] = "<<",    [IR_SHR] = ">>",
    [IR_EQ] = "==",       [IR_NE] = "!=",   [IR_LT] = "<",    [IR_LE] = "<=",     [IR_GT] = ">",
    [IR_GE] = ">=",       [IR_NEG] = "neg", [IR_NOT] = "not", [IR_BNOT] = "bnot", [IR_PTRADD] = "ptradd",
    [IR_TRUNC] = "trunc",
};

const char *ir_op_name(ir_opcode op) {
    return (unsigned)op < IR_OPCODE_COUNT ? op_rows[op].text : "?";
}
const char *ir_op_operands(ir_opcode op) {
    return (unsigned)op < IR_OPCODE_COUNT ? op_rows[op].operands : "";
}
bool ir_op_terminates(ir_opcode op) {
    return (unsigned)op < IR_OPCODE_COUNT && op_rows[op].terminator;
}
const char *ir_arith_name(ir_arith op) {
    return (unsigned)op < IR_ARITH_COUNT ? arith_names[op] : "?";
}

bool ir_arith_is_unary(ir_arith op) {
    return op == IR_NEG || op == IR_NOT || op == IR_BNOT || op == IR_TRUNC;
}

bool ir_text_keyword(const char *s, size_t n) {
    static const char *const other[] = {"neg",   "not",  "bnot",   "ptradd", "trunc",   "unsigned", "param",
                                        "local", "temp", "global", "fn",     "default", "init"};
    for (int i = 0; i < IR_OPCODE_COUNT; i++)
        if (strlen(op_rows[i].text) == n && memcmp(op_rows[i].text, s, n) == 0) return true;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strlen(other[i]) == n && memcmp(other[i], s, n) == 0) return true;
    return false;
}
