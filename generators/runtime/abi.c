#include "generators/runtime/abi.h"

#include <string.h>

/* Unions and records that a platform passes as one pointer: sockets' transparent union, and va_list where it is no
 * array. */
static bool is_pointer_inside(const char *name) {
    return name && (strncmp(name, "__SOCKADDR", 10) == 0 || strncmp(name, "__CONST_SOCKADDR", 16) == 0 ||
                    strncmp(name, "__va_list", 9) == 0);
}

static abi_type integer(uint32_t bits, bool is_unsigned) {
    static const char *const names[2][4] = {{"int8_t", "int16_t", "int32_t", "int64_t"},
                                            {"uint8_t", "uint16_t", "uint32_t", "uint64_t"}};
    for (uint32_t i = 0; i < 4; i++)
        if (bits == 8u << i) return (abi_type){ABI_INTEGER, names[is_unsigned][i], 1u << i};
    return (abi_type){ABI_NONE, NULL, 0};
}

abi_type abi_of(const ir_type *t) {
    static const abi_type none = {ABI_NONE, NULL, 0}, pointer = {ABI_POINTER, "void *", 8};
    if (!t) return none;
    switch (t->kind) {
        case IR_T_VOID:
            return (abi_type){ABI_VOID, "void", 0};
        case IR_T_BOOL:
            return (abi_type){ABI_INTEGER, "_Bool", 1};
        case IR_T_INT:
            return integer(t->bits, t->is_unsigned);
        case IR_T_FLOAT:
            if (t->bits == 32) return (abi_type){ABI_FLOAT, "float", 4};
            return t->bits == 64 ? (abi_type){ABI_FLOAT, "double", 8} : none;
        case IR_T_PTR:
        case IR_T_ARRAY:
        case IR_T_FUNC:
            return pointer;
        case IR_T_RECORD:
        case IR_T_UNION:
            return is_pointer_inside(t->name) ? pointer : none;
        case IR_T_OTHER:
        case IR_T_COUNT:
            break;
    }
    return none;
}

uint32_t abi_pointee_size(const ir_type *t) {
    if (!t || (t->kind != IR_T_PTR && t->kind != IR_T_ARRAY) || !t->elem) return 0;
    const ir_type *e = t->elem;
    if (e->kind == IR_T_ARRAY && e->elem) return abi_of(e->elem).bytes;
    if (e->kind == IR_T_VOID) return 8; /* a void * that is an out-parameter holds a pointer */
    return abi_of(e).bytes;
}
