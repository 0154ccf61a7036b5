/* Facts about libclang 19 that the rest of the front end would otherwise have to know.
 *
 * - A cursor's data[0] is the declaration's address, data[1] the statement's: the only cheap identity.
 * - Absent parts of `for` are missing children, so the source is read to see which are there; the start of
 *   a statement that comes from a macro is spelled in the macro's definition, where the text still reads `for (`.
 * - `a ?: b`, __atomic builtins, va_arg, offsetof and __builtin_choose_expr are all "unexposed"; children
 *   and the first word of the source tell them apart. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/clang/lower.h"

const void *fe_key(CXCursor c) {
    return clang_isDeclaration(c.kind) ? c.data[0] : c.data[1];
}

const char *fe_intern_cx(fe_unit *u, CXString s) {
    const char *t = clang_getCString(s);
    const char *r = t && *t ? ll_intern_str(u->names, t) : NULL;
    clang_disposeString(s);
    return r;
}

const char *fe_name(fe_unit *u, CXCursor c) {
    return fe_intern_cx(u, clang_getCursorSpelling(c));
}

bool fe_is_expr(CXCursor c) {
    return c.kind >= CXCursor_FirstExpr && c.kind <= CXCursor_LastExpr;
}

static enum CXChildVisitResult collect_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    fe_unit *u = data;
    LL_PUSH(u->a, &u->visited, c);
    return CXChildVisit_Continue;
}

static fe_kids visit_children(fe_unit *u, CXCursor c) {
    u->visited.n = 0;
    clang_visitChildren(c, collect_visit, u);
    return (fe_kids){ll_memdup(u->scratch, u->visited.v, u->visited.n * sizeof *u->visited.v), u->visited.n};
}

/* The lowering asks an expression several times in a row: as a condition, a place, a value. */
fe_kids fe_children(fe_unit *u, CXCursor c) {
    const void *key = clang_isDeclaration(c.kind) ? NULL : c.data[1];
    if (!key) return visit_children(u, c);
    fe_cached_kids *slot = &u->kids[((uintptr_t)key >> 4) % FE_KID_CACHE];
    if (slot->key != key) {
        slot->all = visit_children(u, c);
        slot->key = key;
        slot->has_exprs = false;
    }
    return slot->all;
}

static fe_kids only_exprs(fe_unit *u, fe_kids all) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < all.n; i++) n += fe_is_expr(all.v[i]);
    if (n == all.n) return all;
    fe_kids k = {LL_NEWN(u->scratch, CXCursor, n + 1), 0};
    for (uint32_t i = 0; i < all.n; i++)
        if (fe_is_expr(all.v[i])) k.v[k.n++] = all.v[i];
    return k;
}

fe_kids fe_exprs(fe_unit *u, CXCursor c) {
    fe_kids all = fe_children(u, c);
    const void *key = clang_isDeclaration(c.kind) ? NULL : c.data[1];
    if (!key) return only_exprs(u, all);
    fe_cached_kids *slot = &u->kids[((uintptr_t)key >> 4) % FE_KID_CACHE];
    if (!slot->has_exprs) slot->exprs = only_exprs(u, all);
    slot->has_exprs = true;
    return slot->exprs;
}

CXCursor fe_last_expr(fe_unit *u, CXCursor c) {
    fe_kids k = fe_exprs(u, c);
    return k.n ? k.v[k.n - 1] : clang_getNullCursor();
}

void fe_reset_scratch(fe_unit *u) {
    ll_arena_reset(u->scratch);
    memset(u->kids, 0, sizeof u->kids);
}

CXCursor fe_strip(fe_unit *u, CXCursor c) {
    while (c.kind == CXCursor_ParenExpr || c.kind == CXCursor_UnexposedExpr) {
        fe_kids k = fe_exprs(u, c);
        if (k.n != 1) break;
        c = k.v[0];
    }
    return c;
}

/* `p->name` of a record that is not there: libclang shows p alone. */
bool fe_is_broken(CXCursor c) {
    return c.kind == CXCursor_UnexposedExpr && clang_getCursorType(c).kind == CXType_Dependent;
}

bool fe_eval_int(fe_unit *u, CXCursor c, int64_t *v) {
    (void)u;
    CXEvalResult r = clang_Cursor_Evaluate(c);
    if (!r) return false;
    bool ok = clang_EvalResult_getKind(r) == CXEval_Int;
    if (ok)
        *v = clang_EvalResult_isUnsignedInt(r) ? (int64_t)clang_EvalResult_getAsUnsigned(r)
                                               : (int64_t)clang_EvalResult_getAsLongLong(r);
    clang_EvalResult_dispose(r);
    return ok;
}

static char escaped(const char **s) {
    static const char from[] = "abfnrtve", to[] = "\a\b\f\n\r\t\v\033";
    const char *hit = strchr(from, **s);
    if (**s >= '0' && **s <= '7') {
        unsigned v = 0;
        for (int i = 0; i < 3 && **s >= '0' && **s <= '7'; i++) v = v * 8 + (unsigned)(*(*s)++ - '0');
        return (char)v;
    }
    if (**s == 'x') {
        char *end;
        unsigned long v = strtoul(*s + 1, &end, 16);
        *s = end;
        return (char)v;
    }
    return hit && **s ? to[(*s)++, hit - from] : *(*s)++;
}

/* The spelling of a literal is its text, quoted and escaped again; wide ones start with their prefix. */
const char *fe_string_text(fe_unit *u, CXCursor c) {
    CXString cx = clang_getCursorSpelling(c);
    const char *s = clang_getCString(cx);
    s = s ? strchr(s, '"') : NULL;
    char buf[FE_MAX_STRING];
    size_t n = 0;
    if (s) s++;
    while (s && *s && *s != '"' && n < sizeof buf) {
        if (*s == '\\' && s[1]) {
            s++;
            buf[n++] = escaped(&s);
        } else {
            buf[n++] = *s++;
        }
    }
    clang_disposeString(cx);
    return ll_intern_strn(u->names, buf, n);
}

const char *fe_spelled_text(fe_unit *u, CXCursor c, const char **end) {
    CXFile file = NULL;
    unsigned off = 0;
    size_t n = 0;
    clang_getSpellingLocation(clang_getRangeStart(clang_getCursorExtent(c)), &file, NULL, NULL, &off);
    if (!file) return NULL;
    const char *text = clang_getFileContents(u->tu, file, &n);
    if (!text || off >= n) return NULL;
    *end = text + n;
    return text + off;
}

void fe_first_word(fe_unit *u, CXCursor c, char *buf, size_t size) {
    const char *end = NULL, *s = fe_spelled_text(u, c, &end);
    size_t n = 0;
    while (s && s + n < end && n + 1 < size && (isalnum((unsigned char)s[n]) || s[n] == '_')) {
        buf[n] = s[n];
        n++;
    }
    buf[n] = 0;
}

/* One past the comment, string or character literal that starts at s; s itself when none does. */
static const char *skip_opaque(const char *s, const char *end) {
    if (end - s >= 2 && s[0] == '/' && s[1] == '/') {
        while (s < end && *s != '\n') s++;
        return s;
    }
    if (end - s >= 2 && s[0] == '/' && s[1] == '*') {
        for (s += 2; end - s >= 2 && !(s[0] == '*' && s[1] == '/'); s++) continue;
        return end - s >= 2 ? s + 2 : end;
    }
    if (*s == '"' || *s == '\'') {
        char q = *s++;
        while (s < end && *s != q && *s != '\n') s += *s == '\\' && s + 1 < end ? 2 : 1;
        return s < end ? s + 1 : end;
    }
    return s;
}

/* Reads `for (a; b; c)`: has[i] says whether part i holds anything. */
static bool read_for_header(const char *s, const char *end, bool has[3]) {
    int part = 0, depth = 0;
    has[0] = has[1] = has[2] = false;
    if (end - s < 3 || strncmp(s, "for", 3) != 0) return false;
    for (s += 3; s < end;) {
        bool literal = *s == '"' || *s == '\'';
        const char *next = skip_opaque(s, end);
        if (next != s) {
            if (literal && depth > 0 && part < 3) has[part] = true;
            s = next;
            continue;
        }
        char ch = *s++;
        if (isspace((unsigned char)ch) || ch == '\\') continue;
        if (ch == '(' || ch == '[' || ch == '{') {
            if (depth++ == 0) continue;
        } else if (ch == ')' || ch == ']' || ch == '}') {
            if (--depth == 0) return part == 2;
        } else if (ch == ';' && depth == 1) {
            if (++part > 2) return false;
            continue;
        }
        if (depth == 0) return false;
        has[part] = true;
    }
    return false;
}

void fe_for_parts(fe_unit *u, CXCursor c, bool has[3]) {
    fe_kids k = fe_children(u, c);
    uint32_t n = k.n ? k.n - 1 : 0; /* the body is always there */
    const char *end = NULL, *s = n == 0 || n >= 3 ? NULL : fe_spelled_text(u, c, &end);
    if (s && read_for_header(s, end, has) && (uint32_t)(has[0] + has[1] + has[2]) == n) return;
    /* All or none, or a header made of macros: a declaration is the initialiser, an assignment too. */
    has[0] = n >= 3 || (n > 0 && (k.v[0].kind == CXCursor_DeclStmt ||
                                  clang_getCursorBinaryOperatorKind(k.v[0]) == CXBinaryOperator_Assign));
    has[1] = n >= 3 || (n > (uint32_t)has[0]);
    has[2] = n >= 3 || (n > (uint32_t)has[0] + has[1]);
}

static const char *skip_space(const char *s, const char *end) {
    for (const char *next; s < end; s = next) {
        next = isspace((unsigned char)*s) ? s + 1 : *s == '/' ? skip_opaque(s, end) : s;
        if (next == s) break;
    }
    return s;
}

static const char *skip_parens(const char *s, const char *end) {
    int depth = 0;
    for (; s < end; s++) {
        if (*s == '(') depth++;
        if (*s == ')' && --depth == 0) return s + 1;
    }
    return end;
}

/* `new (where) T[n]`: libclang has no word for either the placement or the brackets. */
bool fe_new_is_array(fe_unit *u, CXCursor c, bool *has_placement) {
    const char *end = NULL, *s = fe_spelled_text(u, c, &end);
    *has_placement = false;
    if (!s) return false;
    if (end - s > 2 && strncmp(s, "::", 2) == 0) s += 2;
    if (end - s < 4 || strncmp(s, "new", 3) != 0) return false;
    s = skip_space(s + 3, end);
    if (s < end && *s == '(') {
        const char *after = skip_space(skip_parens(s, end), end);
        *has_placement = after < end && (isalpha((unsigned char)*after) || *after == '_' || *after == ':');
        if (*has_placement) s = after;
    }
    for (int angle = 0; s < end; s++) {
        if (*s == '<') angle++;
        if (*s == '>') angle--;
        if (angle == 0 && strchr("[({;,)", *s)) return *s == '[';
    }
    return false;
}

/* Written by a macro like googletest's ASSERT_EQ(): the test has failed, and what it leaves behind is of no interest.
 */
bool fe_is_assertion(fe_unit *u, CXCursor c) {
    static const char *const macros[] = {"ASSERT_", "GTEST_FAIL", "GTEST_SKIP", "FAIL()"};
    CXFile file = NULL;
    unsigned off = 0, spelled = 0;
    size_t n = 0;
    clang_getExpansionLocation(clang_getCursorLocation(c), &file, NULL, NULL, &off);
    clang_getSpellingLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &spelled);
    const char *text = file && off != spelled ? clang_getFileContents(u->tu, file, &n) : NULL;
    for (size_t i = 0; text && off < n && i < sizeof macros / sizeof *macros; i++)
        if (strncmp(text + off, macros[i], strlen(macros[i])) == 0) return true;
    return false;
}

/* `Base::f()`: calls that very function, virtual or not. */
bool fe_is_qualified_call(fe_unit *u, CXCursor c) {
    fe_kids k = fe_children(u, c);
    CXCursor callee = k.n ? fe_strip(u, k.v[0]) : c;
    if (callee.kind != CXCursor_MemberRefExpr) return false;
    fe_kids parts = fe_children(u, callee);
    for (uint32_t i = 0; i < parts.n; i++)
        if (parts.v[i].kind == CXCursor_TypeRef || parts.v[i].kind == CXCursor_NamespaceRef) return true;
    return false;
}

bool fe_delete_is_array(fe_unit *u, CXCursor c) {
    const char *end = NULL, *s = fe_spelled_text(u, c, &end);
    if (!s) return false;
    if (end - s > 2 && strncmp(s, "::", 2) == 0) s += 2;
    if (end - s < 7 || strncmp(s, "delete", 6) != 0) return false;
    s = skip_space(s + 6, end);
    return s < end && *s == '[';
}
