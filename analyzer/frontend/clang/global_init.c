/* Initialisers of globals and static locals: constants, functions and addresses, kept as data. */
#include "frontend/clang/lower.h"

typedef struct global_sink {
    fe_unit *u;
    fe_fn *fn; /* for labels in a static table; NULL at file scope */
    fe_sink *sink;
    LL_ARRAY(ir_init) inits;
} global_sink;

/* The path of a constant place from its variable: `tab[2].name`. */
static bool constant_place(fe_unit *u, CXCursor c, ir_place *p, CXCursor *var) {
    c = fe_strip(u, c);
    if (c.kind == CXCursor_DeclRefExpr) {
        *var = clang_getCursorReferenced(c);
        *p = ir_place_var(IR_NOVAR);
        return var->kind == CXCursor_VarDecl;
    }
    if (c.kind == CXCursor_MemberRefExpr) {
        CXCursor field = clang_getCursorReferenced(c), base = fe_last_expr(u, c);
        const ir_type *bt = clang_Cursor_isNull(base) ? NULL : fe_type_of(u, base);
        if (field.kind != CXCursor_FieldDecl || !bt || bt->kind == IR_T_PTR) return false;
        if (!constant_place(u, base, p, var)) return false;
        const fe_field *f = fe_field_of(u, field);
        if (f->name) *p = ir_place_field(u->a, *p, f->name);
        return true;
    }
    if (c.kind == CXCursor_ArraySubscriptExpr) {
        fe_kids k = fe_exprs(u, c);
        int64_t i;
        const ir_type *t = fe_type_of(u, c), *bt = k.n == 2 ? fe_type_of(u, fe_strip(u, k.v[0])) : NULL;
        if (!bt || bt->kind != IR_T_ARRAY || !fe_eval_int(u, k.v[1], &i)) return false;
        if (!constant_place(u, k.v[0], p, var)) return false;
        if (i != 0 || (t && t->kind == IR_T_ARRAY)) *p = ir_place_index(u->a, *p, i, IR_NOVAR);
        return true;
    }
    return false;
}

static ir_operand reference(global_sink *g, CXCursor decl, ir_place p, const ir_type *t, const char **usr) {
    fe_unit *u = g->u;
    if (decl.kind == CXCursor_FunctionDecl || decl.kind == CXCursor_CXXMethod) {
        ir_operand o = {.kind = IR_O_FUNC, .type = t, .place = ir_place_var(IR_NOVAR)};
        *usr = fe_decl_of(u, fe_func_of(u, decl))->usr;
        return o;
    }
    uint32_t index = fe_global_of(u, decl, g->fn);
    *usr = u->out->globals.v[index].usr;
    return (ir_operand){.kind = IR_O_ADDR, .type = t, .place = p};
}

static CXCursor strip_casts(fe_unit *u, CXCursor c) {
    for (int depth = 0; depth < 32; depth++) {
        bool cast = c.kind == CXCursor_ParenExpr || c.kind == CXCursor_UnexposedExpr ||
                    c.kind == CXCursor_CStyleCastExpr || c.kind == CXCursor_CXXStaticCastExpr ||
                    c.kind == CXCursor_CXXReinterpretCastExpr ||
                    clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Extension;
        if (!cast) break;
        fe_kids k = fe_exprs(u, c);
        if (!k.n || (k.n > 1 && c.kind == CXCursor_UnexposedExpr)) break;
        c = k.v[k.n - 1];
    }
    return c;
}

static void register_labels(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_exprs(fn->u, c);
    if (c.kind == CXCursor_AddrLabelExpr) fe_label_address(fn, c);
    for (uint32_t i = 0; i < k.n; i++) register_labels(fn, k.v[i]);
}

static ir_operand value(global_sink *g, CXCursor c, const ir_type *t, const char **usr) {
    fe_unit *u = g->u;
    CXCursor s = strip_casts(u, c), var;
    ir_place p;
    int64_t v;
    switch (s.kind) {
        case CXCursor_StringLiteral: {
            ir_operand o = {.kind = IR_O_STR, .type = t, .str = fe_string_text(u, s), .place = ir_place_var(IR_NOVAR)};
            return o;
        }
        case CXCursor_FloatingLiteral:
            return (ir_operand){.kind = IR_O_FLOAT, .type = t, .place = ir_place_var(IR_NOVAR)};
        case CXCursor_DeclRefExpr: {
            CXCursor d = clang_getCursorReferenced(s);
            const ir_type *st = fe_type_of(u, s);
            if (d.kind == CXCursor_FunctionDecl || (d.kind == CXCursor_VarDecl && st && st->kind == IR_T_ARRAY))
                return reference(g, d, ir_place_var(IR_NOVAR), t, usr);
            break;
        }
        case CXCursor_UnaryOperator: {
            if (clang_getCursorUnaryOperatorKind(s) != CXUnaryOperator_AddrOf) break;
            CXCursor e = fe_strip(u, fe_last_expr(u, s));
            CXCursor d = clang_getCursorReferenced(e);
            if (e.kind == CXCursor_DeclRefExpr && d.kind == CXCursor_FunctionDecl)
                return reference(g, d, ir_place_var(IR_NOVAR), t, usr);
            if (constant_place(u, e, &p, &var)) return reference(g, var, p, t, usr);
            break;
        }
        case CXCursor_MemberRefExpr:
        case CXCursor_ArraySubscriptExpr:
            if (fe_is_agg(fe_type_of(u, s)) && constant_place(u, s, &p, &var)) return reference(g, var, p, t, usr);
            break;
        default:
            if (g->fn) register_labels(g->fn, s);
            break;
    }
    bool integral = t && (t->kind == IR_T_INT || t->kind == IR_T_BOOL || t->kind == IR_T_PTR);
    if (integral && fe_eval_int(u, t->kind == IR_T_PTR ? s : c, &v)) return ir_int(v, t);
    return fe_unknown(t);
}

static void global_scalar(void *ctx, ir_place p, CXType t, CXCursor c) {
    global_sink *g = ctx;
    if (g->inits.n >= FE_MAX_GLOBAL_SCALARS) {
        g->sink->stop = true;
        return;
    }
    CXCursor s = strip_casts(g->u, c);
    if (s.kind == CXCursor_CompoundLiteralExpr && clang_getCanonicalType(t).kind == CXType_Record) {
        fe_init_walk(g->u, p, t, fe_last_expr(g->u, s), g->sink);
        return;
    }
    if (fe_cxx_is_class(g->u, t)) return; /* made by a constructor */
    ir_init in = {.place = fe_keep_place(g->u->a, p)};
    in.value = value(g, c, fe_type(g->u, t), &in.usr);
    in.place.var = 0;
    if (in.value.kind == IR_O_INT && in.value.i == 0) return; /* what is not listed is zero */
    LL_PUSH(g->u->a, &g->inits, in);
}

void fe_global_init(fe_unit *u, uint32_t global, CXType t, CXCursor init, fe_fn *fn) {
    fe_sink sink = {.scalar = global_scalar};
    global_sink g = {.u = u, .fn = fn, .sink = &sink};
    sink.ctx = &g;
    fe_init_walk(u, ir_place_var(0), t, init, &sink);
    ir_global *out = &u->out->globals.v[global]; /* references may have made the array move */
    out->inits = g.inits.v;
    out->ninits = g.inits.n;
    out->init_complete = !sink.stop;
}
