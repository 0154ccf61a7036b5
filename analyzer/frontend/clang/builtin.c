/* Compiler builtins that are not calls: hints, atomics, overflow arithmetic. All others are calls of the
 * function of their plain name (see plain_name in decl.c). */
#include <string.h>

#include "frontend/clang/lower.h"

typedef enum bkind {
    B_FIRST,       /* value of the first argument */
    B_UNREACHABLE, /* control stops */
    B_CONSTANT,    /* what the compiler says, else 0; arguments are not evaluated */
    B_OVERFLOW_ADD,
    B_OVERFLOW_SUB,
    B_OVERFLOW_MUL,
    B_LOAD,
    B_STORE,
    B_LOAD_TO,     /* the generic forms give and take values by pointers to them */
    B_STORE_FROM,
    B_EXCHANGE,
    B_EXCHANGE_TO,
    B_CAS,
    B_CAS_FROM,
    B_FENCE, /* arguments are evaluated, nothing happens */
    B_FETCH_ADD,
    B_FETCH_SUB,
    B_FETCH_OR,
    B_FETCH_AND,
    B_FETCH_XOR, /* result: the old value */
    B_ADD_FETCH,
    B_SUB_FETCH,
    B_OR_FETCH,
    B_AND_FETCH,
    B_XOR_FETCH /* result: the new value */
} bkind;

typedef struct bname {
    const char *name; /* a prefix when it ends in '*' */
    bkind kind;
} bname;

static const bname builtins[] = {
    {"__builtin_expect*", B_FIRST},
    {"__builtin_assume_aligned", B_FIRST},
    {"__builtin_launder", B_FIRST},
    {"__builtin_unreachable", B_UNREACHABLE},
    {"__builtin_trap", B_UNREACHABLE},
    {"__builtin_debugtrap", B_FENCE},
    {"__builtin_prefetch", B_FENCE},
    {"__builtin_assume", B_CONSTANT},
    {"__builtin_constant_p", B_CONSTANT},
    {"__builtin_object_size", B_CONSTANT},
    {"__builtin_dynamic_object_size", B_CONSTANT},
    {"__builtin_classify_type", B_CONSTANT},
    {"__builtin_add_overflow", B_OVERFLOW_ADD},
    {"__builtin_sub_overflow", B_OVERFLOW_SUB},
    {"__builtin_mul_overflow", B_OVERFLOW_MUL},
    {"__builtin_sadd*", B_OVERFLOW_ADD},
    {"__builtin_uadd*", B_OVERFLOW_ADD},
    {"__builtin_ssub*", B_OVERFLOW_SUB},
    {"__builtin_usub*", B_OVERFLOW_SUB},
    {"__builtin_smul*", B_OVERFLOW_MUL},
    {"__builtin_umul*", B_OVERFLOW_MUL},
    {"__sync_synchronize", B_FENCE},
    {"__sync_fetch_and_add*", B_FETCH_ADD},
    {"__sync_fetch_and_sub*", B_FETCH_SUB},
    {"__sync_fetch_and_or*", B_FETCH_OR},
    {"__sync_fetch_and_and*", B_FETCH_AND},
    {"__sync_fetch_and_xor*", B_FETCH_XOR},
    {"__sync_add_and_fetch*", B_ADD_FETCH},
    {"__sync_sub_and_fetch*", B_SUB_FETCH},
    {"__sync_or_and_fetch*", B_OR_FETCH},
    {"__sync_and_and_fetch*", B_AND_FETCH},
    {"__sync_xor_and_fetch*", B_XOR_FETCH},
    {"__sync_lock_test_and_set*", B_EXCHANGE},
    {"__sync_lock_release*", B_STORE},
    {"__sync_bool_compare_and_swap*", B_CAS},
    {"__sync_val_compare_and_swap*", B_CAS},
    {"__atomic_load_n", B_LOAD},
    {"__c11_atomic_load", B_LOAD},
    {"__atomic_load", B_LOAD_TO},
    {"__atomic_store_n", B_STORE},
    {"__atomic_store", B_STORE_FROM},
    {"__c11_atomic_store", B_STORE},
    {"__c11_atomic_init", B_STORE},
    {"__atomic_exchange_n", B_EXCHANGE},
    {"__atomic_exchange", B_EXCHANGE_TO},
    {"__c11_atomic_exchange", B_EXCHANGE},
    {"__atomic_compare_exchange_n", B_CAS},
    {"__atomic_compare_exchange", B_CAS_FROM},
    {"__c11_atomic_compare_exchange*", B_CAS},
    {"__atomic_fetch_add", B_FETCH_ADD},
    {"__atomic_fetch_sub", B_FETCH_SUB},
    {"__atomic_fetch_or", B_FETCH_OR},
    {"__atomic_fetch_and", B_FETCH_AND},
    {"__atomic_fetch_xor", B_FETCH_XOR},
    {"__c11_atomic_fetch_add", B_FETCH_ADD},
    {"__c11_atomic_fetch_sub", B_FETCH_SUB},
    {"__c11_atomic_fetch_or", B_FETCH_OR},
    {"__c11_atomic_fetch_and", B_FETCH_AND},
    {"__c11_atomic_fetch_xor", B_FETCH_XOR},
    {"__atomic_add_fetch", B_ADD_FETCH},
    {"__atomic_sub_fetch", B_SUB_FETCH},
    {"__atomic_or_fetch", B_OR_FETCH},
    {"__atomic_and_fetch", B_AND_FETCH},
    {"__atomic_xor_fetch", B_XOR_FETCH},
    {"__atomic_thread_fence", B_FENCE},
    {"__atomic_signal_fence", B_FENCE},
    {"__c11_atomic_thread_fence", B_FENCE},
    {"__c11_atomic_signal_fence", B_FENCE},
};

static const bname *find(const char *name) {
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        const char *n = builtins[i].name;
        size_t len = strlen(n);
        bool prefix = n[len - 1] == '*';
        if (prefix ? strncmp(n, name, len - 1) == 0 : strcmp(n, name) == 0) return &builtins[i];
    }
    return NULL;
}

bool fe_is_inline_builtin(const char *name) {
    return find(name) != NULL;
}

static ir_arith arith_of(bkind k) {
    switch (k) {
        case B_OVERFLOW_SUB:
        case B_FETCH_SUB:
        case B_SUB_FETCH:
            return IR_SUB;
        case B_OVERFLOW_MUL:
            return IR_MUL;
        case B_FETCH_OR:
        case B_OR_FETCH:
            return IR_OR;
        case B_FETCH_AND:
        case B_AND_FETCH:
            return IR_AND;
        case B_FETCH_XOR:
        case B_XOR_FETCH:
            return IR_XOR;
        default:
            return IR_ADD;
    }
}

static void evaluate(fe_fn *fn, const CXCursor *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) fe_effect(fn, v[i]);
}

static const ir_type *pointee(fe_unit *u, CXCursor c) {
    const ir_type *t = fe_type_of(u, c);
    return t && t->kind == IR_T_PTR && t->elem && t->elem->kind != IR_T_VOID ? t->elem : fe_int_type(u);
}

/* *v[0] op= v[1] */
static ir_operand read_modify_write(fe_fn *fn, CXCursor c, bkind k, const CXCursor *v, bool old) {
    const ir_type *t = pointee(fn->u, v[0]);
    ir_operand b = fe_value(fn, v[1]);
    ir_place p = fe_pointee(fn, v[0]);
    fe_at(fn, c);
    ir_operand before = old ? fe_freeze(fn, ir_load(p, t), t) : ir_load(p, t);
    ir_arith op = arith_of(k);
    if (t->kind == IR_T_PTR && op == IR_SUB) b = fe_un(fn, IR_NEG, b, b.type);
    fe_bin_into(fn, p, t->kind == IR_T_PTR ? IR_PTRADD : op, ir_load(p, t), b, t);
    return before;
}

/* Success and failure both happen: on success *v[0] = desired; the expected value read back is unknown. */
static ir_operand compare_and_swap(fe_fn *fn, CXCursor c, const CXCursor *v, uint32_t n, const char *name,
                                   ir_operand desired) {
    const ir_type *t = pointee(fn->u, v[0]), *ret = fe_type_of(fn->u, c);
    bool is_sync = strncmp(name, "__sync", 6) == 0, gives_old = strncmp(name, "__sync_val", 10) == 0;
    ir_place p = fe_pointee(fn, v[0]);
    ir_operand expected = n > 1 ? fe_value(fn, v[1]) : fe_unknown(t);
    fe_at(fn, c);
    ir_operand old = gives_old ? fe_freeze(fn, ir_load(p, t), t) : fe_unknown(t);
    ir_operand ok = gives_old ? fe_bin(fn, IR_EQ, old, expected, ret) : fe_havoc(fn, ret);
    uint32_t yes = fe_new_block(fn), no = fe_new_block(fn), join = fe_new_block(fn);
    fe_branch(fn, ok, yes, no);
    ir_build_at(fn->b, yes);
    fe_copy(fn, p, desired, t);
    fe_jump(fn, join);
    ir_build_at(fn->b, no);
    if (!is_sync && expected.type && expected.type->kind == IR_T_PTR)
        fe_copy(fn, fe_deref(fn, expected), ir_load(p, t), t);
    fe_start(fn, join);
    return gives_old ? old : ok;
}

static ir_operand overflow(fe_fn *fn, CXCursor c, bkind k, const CXCursor *v, uint32_t n) {
    const ir_type *ret = fe_type_of(fn->u, c);
    if (n != 3) return fe_havoc(fn, ret);
    const ir_type *t = pointee(fn->u, v[2]);
    ir_operand a = fe_value(fn, v[0]), b = fe_value(fn, v[1]);
    ir_place p = fe_pointee(fn, v[2]);
    fe_at(fn, c);
    fe_bin_into(fn, p, arith_of(k), a, b, t);
    return fe_havoc(fn, ret);
}

/* The value at v[i], which is a pointer to it. */
static ir_operand value_at(fe_fn *fn, CXCursor v, const ir_type *t) {
    return fe_freeze(fn, ir_load(fe_pointee(fn, v), t), t);
}

/* Loads, stores and exchanges at v[0]. What goes in is in v[1], or there; the generic load and exchange put what was
 * there where their last argument points. */
static ir_operand memory(fe_fn *fn, CXCursor c, bkind k, const CXCursor *v, uint32_t n) {
    const ir_type *t = pointee(fn->u, v[0]);
    bool loads = k == B_LOAD || k == B_LOAD_TO, by_pointer = k == B_STORE_FROM || k == B_EXCHANGE_TO;
    ir_operand b = ir_int(0, t);
    if (by_pointer)
        b = value_at(fn, v[1], t);
    else if (n > 1 && !loads)
        b = fe_value(fn, v[1]);
    ir_place p = fe_pointee(fn, v[0]);
    fe_at(fn, c);
    if (k == B_LOAD) return fe_load(fn, p, t);
    if (k == B_LOAD_TO) {
        fe_copy(fn, fe_pointee(fn, v[1]), ir_load(p, t), t);
        return fe_unknown(NULL);
    }
    bool exchanges = k == B_EXCHANGE || k == B_EXCHANGE_TO;
    ir_operand old = exchanges ? fe_freeze(fn, ir_load(p, t), t) : fe_unknown(NULL);
    fe_copy(fn, p, b, t);
    if (k != B_EXCHANGE_TO) return old;
    fe_copy(fn, fe_pointee(fn, v[2]), old, t);
    return fe_unknown(NULL);
}

static ir_operand constant(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    int64_t v;
    return ir_int(fe_eval_int(fn->u, c, &v) ? v : 0, t);
}

static uint32_t least_arguments(bkind k) {
    return k == B_EXCHANGE_TO ? 3 : k == B_LOAD_TO || k == B_STORE_FROM ? 2 : 1;
}

/* v: the arguments, n of them. */
static bool lower(fe_fn *fn, CXCursor c, const bname *b, const CXCursor *v, uint32_t n, ir_operand *out) {
    const ir_type *t = fe_type_of(fn->u, c);
    *out = fe_unknown(t);
    switch (b->kind) {
        case B_UNREACHABLE:
            fe_at(fn, c);
            fe_unreachable(fn);
            return true;
        case B_CONSTANT:
            *out = constant(fn, c);
            return true;
        case B_FENCE:
            evaluate(fn, v, n);
            if (t && t->kind != IR_T_VOID) *out = fe_havoc(fn, t);
            return true;
        default:
            break;
    }
    if (!n) return false;
    switch (b->kind) {
        case B_FIRST:
            *out = fe_convert(fn, fe_value(fn, v[0]), t);
            evaluate(fn, v + 1, n - 1);
            return true;
        case B_OVERFLOW_ADD:
        case B_OVERFLOW_SUB:
        case B_OVERFLOW_MUL:
            *out = overflow(fn, c, b->kind, v, n);
            return true;
        case B_LOAD:
        case B_STORE:
        case B_LOAD_TO:
        case B_STORE_FROM:
        case B_EXCHANGE:
        case B_EXCHANGE_TO:
            if (n < least_arguments(b->kind)) return false;
            *out = memory(fn, c, b->kind, v, n);
            return true;
        case B_CAS:
        case B_CAS_FROM: {
            ir_operand desired = fe_unknown(NULL);
            if (n > 2) desired = b->kind == B_CAS ? fe_value(fn, v[2]) : value_at(fn, v[2], pointee(fn->u, v[0]));
            *out = compare_and_swap(fn, c, v, n, b->name, desired);
            return true;
        }
        default:
            if (n < 2) return false;
            *out = read_modify_write(fn, c, b->kind, v, b->kind < B_ADD_FETCH);
            return true;
    }
}

bool fe_builtin(fe_fn *fn, CXCursor c, const char *name, fe_kids k, ir_operand *out) {
    const bname *b = find(name);
    return b && k.n && lower(fn, c, b, k.v + 1, k.n - 1, out);
}

/* An atomic expression's children are pointer, order, value, order, value; the source's order is by argument. */
static void atomic_arguments(const char *name, fe_kids k, CXCursor *v, uint32_t *n) {
    *n = 0;
    v[(*n)++] = k.v[0];
    bool cas = strstr(name, "compare_exchange") != NULL;
    if (k.n > 2) v[(*n)++] = k.v[2];
    if (cas && k.n > 4) v[(*n)++] = k.v[4];
    if (!cas && k.n > 3) v[(*n)++] = k.v[3]; /* where the old value goes */
    if (!cas && k.n == 2 && (strstr(name, "_init") || strstr(name, "store"))) v[(*n)++] = k.v[1];
}

ir_operand fe_unexposed_multi(fe_fn *fn, CXCursor c, fe_kids k) {
    const ir_type *t = fe_type_of(fn->u, c);
    char word[64];
    ir_operand out;
    if (k.n == 4 && clang_equalCursors(k.v[0], k.v[1])) {
        ir_place p = ir_place_var(fe_new_temp(fn, t));
        fe_elvis_into(fn, k, p, t);
        return ir_load(p, t);
    }
    fe_first_word(fn->u, c, word, sizeof word);
    if (strcmp(word, "__builtin_choose_expr") == 0 && k.n == 3) {
        int64_t v = 1;
        fe_eval_int(fn->u, k.v[0], &v);
        return fe_convert(fn, fe_value(fn, v ? k.v[1] : k.v[2]), t);
    }
    const bname *b = find(word);
    CXCursor v[3];
    uint32_t n = 0;
    if (b) atomic_arguments(word, k, v, &n);
    if (b && lower(fn, c, b, v, n, &out)) return out;
    evaluate(fn, k.v, k.n);
    return t && t->kind != IR_T_VOID ? fe_havoc(fn, t) : fe_unknown(t);
}
