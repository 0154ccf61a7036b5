/* libclang types -> ir_type, one object per qualified type of the unit. */
#include <string.h>

#include "frontend/clang/lower.h"

/* The typedef name the source uses, looking through `struct`/attribute sugar. */
static const char *typedef_name(fe_unit *u, CXType t) {
    for (int i = 0; i < 8; i++) {
        if (t.kind == CXType_Elaborated)
            t = clang_Type_getNamedType(t);
        else if (t.kind == CXType_Attributed)
            t = clang_Type_getModifiedType(t);
        else
            break;
    }
    return t.kind == CXType_Typedef ? fe_intern_cx(u, clang_getTypedefName(t)) : NULL;
}

static void fill_record(fe_unit *u, CXType c, CXType as_written, ir_type *r) {
    CXCursor d = clang_getTypeDeclaration(c);
    r->kind = clang_getCursorKind(d) == CXCursor_UnionDecl ? IR_T_UNION : IR_T_RECORD;
    r->name = fe_name(u, d);
    /* "struct (unnamed at …)" is libclang's invention, and would carry a line number into the facts */
    if (r->name && strchr(r->name, '(')) r->name = typedef_name(u, as_written);
}

static void fill_int(CXType c, ir_type *r, bool is_unsigned) {
    long long size = clang_Type_getSizeOf(c);
    r->kind = IR_T_INT;
    r->is_unsigned = is_unsigned;
    r->bits = (uint16_t)(size > 0 && size <= 16 ? size * 8 : 32);
}

static void fill_scalar(CXType c, ir_type *r) {
    switch (c.kind) {
        case CXType_Void:
            r->kind = IR_T_VOID;
            return;
        case CXType_Bool:
            r->kind = IR_T_BOOL;
            r->bits = 8;
            return;
        case CXType_Char_U:
        case CXType_UChar:
        case CXType_Char16:
        case CXType_Char32:
        case CXType_UShort:
        case CXType_UInt:
        case CXType_ULong:
        case CXType_ULongLong:
        case CXType_UInt128:
            fill_int(c, r, true);
            return;
        case CXType_Char_S:
        case CXType_SChar:
        case CXType_WChar:
        case CXType_Short:
        case CXType_Int:
        case CXType_Long:
        case CXType_LongLong:
        case CXType_Int128:
            fill_int(c, r, false);
            return;
        case CXType_Float:
        case CXType_Double:
        case CXType_LongDouble:
        case CXType_Float128:
        case CXType_Half:
        case CXType_Float16:
        case CXType_BFloat16:
        case CXType_Ibm128:
            fill_int(c, r, false);
            r->kind = IR_T_FLOAT;
            return;
        default:
            r->kind = IR_T_OTHER;
            return;
    }
}

static void fill_derived(fe_unit *u, CXType c, CXType t, ir_type *r) {
    switch (c.kind) {
        case CXType_Pointer:
        case CXType_LValueReference:
        case CXType_RValueReference:
        case CXType_BlockPointer:
            r->kind = IR_T_PTR;
            r->bits = 64;
            r->elem = fe_type(u, clang_getPointeeType(c));
            return;
        case CXType_NullPtr:
            r->kind = IR_T_PTR;
            r->bits = 64;
            return;
        case CXType_Record:
            if (fe_std_kind(u, c) == FE_STD_VIEW) {
                r->kind = IR_T_PTR;
                r->bits = 64;
                r->elem = fe_std_pointee(u, c);
                return;
            }
            fill_record(u, c, t, r);
            return;
        case CXType_Enum: {
            CXType base = clang_getCanonicalType(clang_getEnumDeclIntegerType(clang_getTypeDeclaration(c)));
            fill_scalar(base, r);
            return;
        }
        case CXType_FunctionProto:
        case CXType_FunctionNoProto:
            r->kind = IR_T_FUNC;
            r->elem = fe_type(u, clang_getResultType(c));
            return;
        case CXType_ConstantArray:
        case CXType_IncompleteArray:
        case CXType_VariableArray:
        case CXType_DependentSizedArray:
            r->kind = IR_T_ARRAY;
            r->elem = fe_type(u, clang_getArrayElementType(c));
            r->count = c.kind == CXType_ConstantArray ? clang_getArraySize(c) : -1;
            return;
        default:
            fill_scalar(c, r);
            return;
    }
}

bool fe_is_reference(CXType t) {
    if (t.kind != CXType_LValueReference && t.kind != CXType_RValueReference) t = clang_getCanonicalType(t);
    return t.kind == CXType_LValueReference || t.kind == CXType_RValueReference;
}

const ir_type *fe_type(fe_unit *u, CXType t) {
    if (t.kind == CXType_Invalid || !t.data[0]) return NULL;
    ir_type *r = fe_map_get(&u->types, t.data[0]);
    if (r) return r;
    r = LL_NEW(u->a, ir_type);
    fe_map_put(&u->types, t.data[0], r);
    CXType c = clang_getCanonicalType(t);
    if (c.kind == CXType_Atomic) c = clang_getCanonicalType(clang_Type_getValueType(c));
    fill_derived(u, c, t, r);
    r->is_const = clang_isConstQualifiedType(c) != 0;
    if (r->kind == IR_T_PTR || r->kind == IR_T_INT || r->kind == IR_T_BOOL) r->name = typedef_name(u, t);
    return r;
}

static const ir_type *made(fe_unit *u, const void *key, ir_type t);

/* libclang shows a parameter `int a[3]` as an array, and with it every expression built from it, though all of them are
 * pointers. Only what denotes a real object of array type is an array; the same for functions. */
static bool denotes_object(fe_unit *u, CXCursor c) {
    for (;;) {
        switch (c.kind) {
            case CXCursor_ParenExpr:
            case CXCursor_UnexposedExpr: {
                fe_kids k = fe_exprs(u, c);
                if (k.n != 1) return false;
                c = k.v[0];
                continue;
            }
            case CXCursor_DeclRefExpr:
                return clang_getCursorReferenced(c).kind != CXCursor_ParmDecl;
            case CXCursor_UnaryOperator: {
                enum CXUnaryOperatorKind k = clang_getCursorUnaryOperatorKind(c);
                return k == CXUnaryOperator_Deref || k == CXUnaryOperator_Extension;
            }
            case CXCursor_ParmDecl:
            case CXCursor_BinaryOperator:
            case CXCursor_CompoundAssignOperator:
            case CXCursor_ConditionalOperator:
            case CXCursor_CStyleCastExpr:
            case CXCursor_StmtExpr:
            case CXCursor_CallExpr:
                return false;
            default:
                return true;
        }
    }
}

const ir_type *fe_decayed(fe_unit *u, const ir_type *t) {
    if (t && t->kind == IR_T_ARRAY) return fe_ptr_to(u, t->elem);
    return t && t->kind == IR_T_FUNC ? fe_ptr_to(u, t) : t;
}

const ir_type *fe_type_of(fe_unit *u, CXCursor c) {
    const ir_type *t = fe_type(u, clang_getCursorType(c));
    bool doubtful = t && (t->kind == IR_T_ARRAY || t->kind == IR_T_FUNC);
    return doubtful && !denotes_object(u, c) ? fe_decayed(u, t) : t;
}

static const ir_type *made(fe_unit *u, const void *key, ir_type t) {
    ir_type *r = fe_map_get(&u->types, key);
    if (!r) {
        r = ll_memdup(u->a, &t, sizeof t);
        fe_map_put(&u->types, key, r);
    }
    return r;
}

const ir_type *fe_int_type(fe_unit *u) {
    static const char key;
    return made(u, &key, (ir_type){.kind = IR_T_INT, .bits = 32});
}

const ir_type *fe_size_type(fe_unit *u) {
    static const char key;
    return made(u, &key, (ir_type){.kind = IR_T_INT, .bits = 64, .is_unsigned = true});
}

const ir_type *fe_ptr_to(fe_unit *u, const ir_type *elem) {
    /* Keyed by the address one past the start of elem, which no qualified type's address can be. */
    const void *key = elem ? (const char *)elem + 1 : (const char *)u;
    return made(u, key, (ir_type){.kind = IR_T_PTR, .bits = 64, .elem = elem});
}

bool fe_is_agg(const ir_type *t) {
    return t && (t->kind == IR_T_RECORD || t->kind == IR_T_UNION || t->kind == IR_T_ARRAY);
}
