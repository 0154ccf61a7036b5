#include "frontend/signature.h"

#include <string.h>

#include "frontend/clang/lower.h"

typedef struct search {
    ll_arena *a;
    const char *name;
    int32_t line;
    fe_signature *out;
    bool found;
} search;

static const char *text_of(ll_arena *a, CXString s) {
    const char *text = clang_getCString(s);
    char *copy = ll_strdup(a, text ? text : "");
    clang_disposeString(s);
    return copy;
}

/* A type without a name has no spelling that a compiler would take. */
static const char *spelling(ll_arena *a, CXType t, const char *otherwise) {
    const char *text = text_of(a, clang_getTypeSpelling(clang_getUnqualifiedType(t)));
    return strstr(text, "(unnamed") || strstr(text, "(anonymous") ? otherwise : text;
}

static bool is_opaque(CXType pointee) {
    CXType t = clang_getCanonicalType(pointee);
    if (t.kind == CXType_Void) return true;
    if (t.kind != CXType_Record) return false;
    CXCursor decl = clang_getTypeDeclaration(t);
    return clang_Type_getSizeOf(t) < 0 || clang_Location_isInSystemHeader(clang_getCursorLocation(decl));
}

static void read_param(ll_arena *a, CXCursor c, fe_param *out) {
    CXType t = clang_getCursorType(c), plain = clang_getCanonicalType(t);
    if (plain.kind == CXType_LValueReference || plain.kind == CXType_RValueReference) {
        t = clang_getPointeeType(plain);
        plain = clang_getCanonicalType(t);
    }
    bool is_array = plain.kind == CXType_ConstantArray || plain.kind == CXType_IncompleteArray;
    if (is_array) {
        CXType of = clang_getArrayElementType(plain);
        *out = (fe_param){.name = text_of(a, clang_getCursorSpelling(c)), .is_pointer = true};
        out->type = ll_printf(a, "__typeof__(%s) *", spelling(a, of, "void *"));
        return;
    }
    *out = (fe_param){.name = text_of(a, clang_getCursorSpelling(c))};
    out->is_pointer = plain.kind == CXType_Pointer;
    out->is_record = plain.kind == CXType_Record;
    if (out->is_pointer) {
        CXType to = clang_getCanonicalType(clang_getPointeeType(plain));
        out->is_function = to.kind == CXType_FunctionProto || to.kind == CXType_FunctionNoProto;
        out->is_opaque = is_opaque(to);
    }
    out->type = spelling(a, t, out->is_pointer ? "void *" : "int");
}

static void read_signature(search *s, CXCursor c) {
    CXType t = clang_getCursorType(c);
    int n = clang_Cursor_getNumArguments(c);
    s->found = true;
    s->out->result = spelling(s->a, clang_getResultType(t), "void");
    s->out->is_member = c.kind == CXCursor_CXXMethod && !clang_CXXMethod_isStatic(c);
    s->out->is_member |= c.kind == CXCursor_Constructor || c.kind == CXCursor_Destructor;
    s->out->n = n > 0 ? (uint32_t)n : 0;
    s->out->params = LL_NEWN(s->a, fe_param, s->out->n);
    for (uint32_t i = 0; i < s->out->n; i++) read_param(s->a, clang_Cursor_getArgument(c, i), &s->out->params[i]);
}

static void read_outside(search *s, CXCursor c, const char *name) {
    if (c.kind != CXCursor_FunctionDecl) return;
    for (uint32_t i = 0; i < s->out->noutside; i++) {
        fe_outside *o = &s->out->outside[i];
        if (strcmp(o->name, name) != 0) continue;
        int n = clang_Cursor_getNumArguments(c);
        o->has_body |= clang_isCursorDefinition(c) != 0;
        o->result = spelling(s->a, clang_getCursorResultType(c), NULL);
        CXType result = clang_getCanonicalType(clang_getCursorResultType(c));
        o->gives_opaque = result.kind == CXType_Pointer && clang_Type_getSizeOf(clang_getPointeeType(result)) < 0;
        o->nparams = n > 0 ? (uint32_t)n : 0;
        o->params = LL_NEWN(s->a, const char *, o->nparams + 1);
        o->sizes = LL_NEWN(s->a, uint32_t, o->nparams + 1);
        for (uint32_t k = 0; k < o->nparams; k++) {
            CXType t = clang_getCursorType(clang_Cursor_getArgument(c, k)), plain = clang_getCanonicalType(t);
            long long size = plain.kind == CXType_Pointer ? clang_Type_getSizeOf(clang_getPointeeType(plain)) : 0;
            o->params[k] = spelling(s->a, t, NULL);
            o->sizes[k] = size > 0 && size < UINT32_MAX ? (uint32_t)size : 0;
        }
        return;
    }
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    search *s = data;
    if (c.kind == CXCursor_Namespace || c.kind == CXCursor_LinkageSpec || c.kind == CXCursor_ClassDecl ||
        c.kind == CXCursor_StructDecl)
        return CXChildVisit_Recurse;
    bool is_function = c.kind == CXCursor_FunctionDecl || c.kind == CXCursor_CXXMethod ||
                       c.kind == CXCursor_Constructor || c.kind == CXCursor_Destructor;
    if (!is_function) return CXChildVisit_Continue;
    const char *name = text_of(s->a, clang_getCursorSpelling(c));
    read_outside(s, c, name);
    if (!clang_isCursorDefinition(c) || strcmp(name, s->name) != 0) return CXChildVisit_Continue;
    unsigned first, last;
    CXSourceRange range = clang_getCursorExtent(c);
    clang_getExpansionLocation(clang_getRangeStart(range), NULL, &first, NULL, NULL);
    clang_getExpansionLocation(clang_getRangeEnd(range), NULL, &last, NULL, NULL);
    if (s->line < (int32_t)first || s->line > (int32_t)last) return CXChildVisit_Continue;
    read_signature(s, c);
    return CXChildVisit_Break;
}

bool fe_clang_signature(ll_arena *a, const fe_request *rq, const char *name, int32_t line, fe_signature *out,
                        ll_err *err) {
    fe_unit u = {.a = a, .rq = rq, .scratch = a};
    search s = {.a = a, .name = name, .line = line, .out = out};
    enum CXErrorCode code;
    *out = (fe_signature){.outside = out->outside, .noutside = out->noutside};
    CXIndex index = clang_createIndex(0, 0);
    CXTranslationUnit tu = fe_parse(&u, index, &code);
    if (tu) {
        clang_visitChildren(clang_getTranslationUnitCursor(tu), visit, &s);
        clang_disposeTranslationUnit(tu);
    }
    clang_disposeIndex(index);
    if (!tu) return ll_fail(err, LL_E_INPUT, "%s: cannot be read again", rq->file);
    if (!s.found) return ll_fail(err, LL_E_INPUT, "%s:%d: %s is not defined there", rq->file, line, name);
    return true;
}
