/* _Generic: libclang lists the controlling expression and every association's expression, neither their types nor
 * which one is selected. The types are read from the source and compared with the controlling expression's. */
#include <ctype.h>
#include <string.h>

#include "frontend/clang/lower.h"

enum { MAX_TYPE = 96, MAX_ASSOCIATIONS = 64 };

typedef struct scan {
    const char *s, *end;
} scan;

/* Copies up to one of `stop` outside brackets, without the spaces that do not separate words. False: it does not come.
 */
static bool read_until(scan *in, const char *stop, char *out) {
    int depth = 0;
    size_t n = 0;
    for (; in->s < in->end; in->s++) {
        char ch = *in->s;
        if (depth == 0 && strchr(stop, ch)) {
            out[n] = 0;
            return true;
        }
        if (strchr("([{", ch)) depth++;
        if (strchr(")]}", ch) && --depth < 0) return false;
        bool space = isspace((unsigned char)ch) || ch == '\\';
        if (space && (n == 0 || out[n - 1] == ' ' || out[n - 1] == '*')) continue;
        if (ch == '*' && n && out[n - 1] == ' ') n--;
        if (n + 1 < MAX_TYPE) out[n++] = space ? ' ' : ch;
    }
    return false;
}

static void trim(char *s) {
    size_t n = strlen(s);
    while (n && s[n - 1] == ' ') s[--n] = 0;
}

static void type_name(CXType t, char *out) {
    CXString cx = clang_getTypeSpelling(clang_getUnqualifiedType(t));
    const char *name = clang_getCString(cx);
    scan in = {name, name + strlen(name)};
    char buf[MAX_TYPE] = "";
    /* the terminating NUL stops the scan: strchr finds it in every string */
    in.end++;
    read_until(&in, "", buf);
    trim(buf);
    memcpy(out, buf, MAX_TYPE);
    clang_disposeString(cx);
}

/* The selected association (0: the first), or -1 when the source does not tell. */
static int selected(fe_unit *u, CXCursor c, CXCursor control, uint32_t count) {
    char as_written[MAX_TYPE], canonical[MAX_TYPE], text[MAX_TYPE];
    int fallback = -1;
    scan in = {0};
    in.s = fe_spelled_text(u, c, &in.end);
    if (!in.s || in.end - in.s < 9 || strncmp(in.s, "_Generic", 8) != 0) return -1;
    while (in.s < in.end && *in.s != '(') in.s++;
    in.s++;
    if (!read_until(&in, ",", text)) return -1;
    type_name(clang_getCursorType(control), as_written);
    type_name(clang_getCanonicalType(clang_getCursorType(control)), canonical);
    for (uint32_t i = 0; i < count && i < MAX_ASSOCIATIONS; i++) {
        in.s++;
        if (!read_until(&in, ":", text)) return -1;
        trim(text);
        if (strcmp(text, as_written) == 0 || strcmp(text, canonical) == 0) return (int)i;
        if (strcmp(text, "default") == 0) fallback = (int)i;
        in.s++;
        if (i + 1 < count && !read_until(&in, ",", text)) return -1;
    }
    return fallback;
}

CXCursor fe_generic_choice(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    if (k.n < 2) return k.n ? k.v[0] : clang_getNullCursor();
    int hit = selected(fn->u, c, k.v[0], k.n - 1);
    CXType t = clang_getCanonicalType(clang_getCursorType(c));
    if (hit >= 0) return k.v[hit + 1];
    for (uint32_t i = 1; i < k.n; i++)
        if (clang_equalTypes(t, clang_getCanonicalType(clang_getCursorType(k.v[i])))) return k.v[i];
    return k.v[k.n - 1];
}
