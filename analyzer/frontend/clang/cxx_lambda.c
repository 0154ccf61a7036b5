/* Lambdas: their bodies are not followed. What one mentions it may use and keep; where it refers to a local of its
 * maker, the object that holds it says so in its field `closure`. */
#include <ctype.h>
#include <string.h>

#include "frontend/clang/lower.h"

typedef struct captures {
    fe_fn *fn;
    LL_ARRAY(ir_operand) args;
    const char *list;        /* of the lambda: `[` to `]`, copied */
    ir_operand by_reference; /* the first such local; kind NONE: there is none */
} captures;

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Does `[&, a]`, `[&a]`, `[=, &a]` capture `name` by reference? */
static bool captures_reference(const char *list, const char *name) {
    const char *s = list + 1;
    size_t n = strlen(name);
    while (*s == ' ') s++;
    bool all = *s == '&' && !is_word(s[1]);
    for (const char *p = strstr(list, name); p; p = strstr(p + 1, name))
        if (!is_word(p[-1]) && !is_word(p[n])) return p[-1] == '&';
    return all;
}

static char *capture_list(fe_fn *fn, CXCursor c) {
    const char *end = NULL, *s = fe_spelled_text(fn->u, c, &end);
    size_t n = 0;
    while (s && s + n < end && s[n] != ']') n++;
    if (!s || *s != '[' || memchr(s, '(', n) || memchr(s, '{', n)) return NULL; /* `[x = f(y)]` */
    return ll_printf(fn->u->scratch, "%.*s]", (int)n, s);
}

/* A variable whose storage is this function's, by reference. */
static void note_reference(captures *k, CXCursor d, ir_place p, ir_operand address) {
    const char *name = fe_name(k->fn->u, d);
    if (!k->list || !name || p.npath || k->by_reference.kind != IR_O_NONE) return;
    uint32_t n;
    ir_vkind kind = ir_build_vars(k->fn->b, &n)[p.var].kind;
    if ((kind == IR_V_LOCAL || kind == IR_V_PARAM) && captures_reference(k->list, name)) k->by_reference = address;
}

static enum CXChildVisitResult capture_visit(CXCursor c, CXCursor parent, CXClientData data) {
    (void)parent;
    captures *k = data;
    if (c.kind != CXCursor_DeclRefExpr && c.kind != CXCursor_VariableRef) return CXChildVisit_Recurse;
    CXCursor d = clang_getCursorReferenced(c);
    if (!fe_map_get(&k->fn->vars, fe_key(d)) || k->args.n >= FE_MAX_LOCAL_COPIES) return CXChildVisit_Recurse;
    const ir_type *t = fe_type_of(k->fn->u, d);
    ir_place p = fe_var_place(k->fn, d);
    ir_operand address = fe_addr(k->fn, p, fe_ptr_to(k->fn->u, t));
    note_reference(k, d, p, address);
    LL_PUSH(k->fn->u->scratch, &k->args, address);
    if (t && t->kind == IR_T_PTR) LL_PUSH(k->fn->u->scratch, &k->args, ir_load(p, t));
    return CXChildVisit_Recurse;
}

/* A lambda keeps what it mentions: nothing is known of it afterwards. */
ir_operand fe_cxx_lambda(fe_fn *fn, CXCursor c, const ir_place *dst) {
    captures k = {.fn = fn};
    clang_visitChildren(c, capture_visit, &k);
    fe_at(fn, c);
    fe_func *f = fe_func_named(fn->u, "cxx:lambda", "lambda", NULL);
    fn->u->out->decls.v[f->decl].in_system_header = false;
    ir_operand callee = fe_func_operand(fn, f);
    fe_call_emit(fn, callee, k.args.v, k.args.n, NULL, ir_place_var(IR_NOVAR), false);
    if (!dst) return fe_unknown(fe_type_of(fn->u, c));
    fe_simple(fn, IR_HAVOC, *dst, fe_type_of(fn->u, c));
    fe_cxx_wrap_lambda(fn, c, *dst);
    return ir_load(*dst, fe_type_of(fn->u, c));
}

void fe_cxx_wrap_lambda(fe_fn *fn, CXCursor e, ir_place object) {
    e = fe_strip(fn->u, e);
    if (e.kind != CXCursor_LambdaExpr) return;
    captures k = {.fn = fn, .list = capture_list(fn, e)};
    k.by_reference.kind = IR_O_NONE;
    clang_visitChildren(e, capture_visit, &k);
    if (k.by_reference.kind == IR_O_NONE) return;
    ir_place at = ir_place_field(fn->u->scratch, object, ll_intern_str(fn->u->names, "closure"));
    fe_copy(fn, at, k.by_reference, k.by_reference.type);
}
