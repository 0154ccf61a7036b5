/* Types at the level of the binary interface: what a wrapper must hand through. */
#ifndef LL_GENERATORS_ABI_H
#define LL_GENERATORS_ABI_H

#include "base/arena.h"
#include "ir/ir.h"

typedef enum abi_class { ABI_NONE, ABI_VOID, ABI_POINTER, ABI_INTEGER, ABI_FLOAT } abi_class;

typedef struct abi_type {
    abi_class of;  /* NONE: cannot be handed through without its declaration (records by value) */
    const char *c; /* "void *", "int32_t" */
    uint32_t bytes;
} abi_type;

abi_type abi_of(const ir_type *t);
/* Bytes of what a pointer parameter points to; 0: unknown. */
uint32_t abi_pointee_size(const ir_type *t);

#endif
