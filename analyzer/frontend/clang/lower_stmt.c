/* Statements. */
#include <string.h>

#include "frontend/clang/lower.h"

static void compound(fe_fn *fn, CXCursor c) {
    fe_live *outer = fn->live;
    fe_kids k = fe_children(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++) fe_stmt(fn, k.v[i]);
    if (fn->live == outer) return;
    if (fe_open(fn)) fe_at_end(fn, c);
    fe_unwind(fn, outer);
    fn->live = outer;
}

/* The value of `({ …; e; })` goes to dst before the block's locals end. */
void fe_stmt_expr(fe_fn *fn, CXCursor c, const ir_place *dst, const ir_type *t) {
    fe_kids body = fe_children(fn->u, c);
    fe_kids k = body.n ? fe_children(fn->u, body.v[0]) : body;
    fe_live *outer = fn->live;
    uint32_t perhaps = fn->perhaps;
    fn->perhaps = 0;
    bool done = false;
    for (uint32_t i = 0; i < k.n; i++) {
        CXCursor s = k.v[i];
        bool last = i + 1 == k.n;
        while (last && s.kind == CXCursor_LabelStmt) s = fe_place_label(fn, s);
        done = last && dst && fe_is_expr(s);
        if (done)
            fe_into(fn, s, *dst, t);
        else
            fe_stmt(fn, s);
    }
    fn->perhaps = perhaps;
    if (dst && !done) fe_simple(fn, IR_HAVOC, *dst, t);
    fe_unwind(fn, outer);
    fn->live = outer;
}

/* ---- declarations ---- */

static uint32_t declare(fe_fn *fn, CXCursor var, CXType t) {
    const ir_type *it = fe_type(fn->u, t);
    fe_at(fn, var);
    uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_LOCAL,
                                         .name = fe_name(fn->u, var),
                                         .type = it ? it : fe_int_type(fn->u),
                                         .loc = fn->loc,
                                         .is_volatile = clang_isVolatileQualifiedType(t) != 0});
    fe_map_put(&fn->vars, fe_key(var), (void *)((uintptr_t)v + 1));
    fe_simple(fn, IR_DECL, ir_place_var(v), NULL);
    return v;
}

/* Declared, live, nothing stored: catch parameters, range-for elements. */
void fe_local_bare(fe_fn *fn, CXCursor var, uint32_t *v) {
    CXType t = clang_getCursorType(var);
    *v = declare(fn, var, t);
    if (fe_is_reference(t))
        fn->is_ref.v[*v] = true;
    else
        fe_live_push(fn, *v, clang_getNullCursor());
}

void fe_local(fe_fn *fn, CXCursor var) {
    CXType t = clang_getCursorType(var);
    if (clang_Cursor_hasVarDeclGlobalStorage(var) == 1) {
        if (clang_Cursor_hasVarDeclExternalStorage(var) != 1)
            fe_var_place(fn, var); /* static: its initialiser counts */
        return;
    }
    uint32_t v = declare(fn, var, t);
    CXCursor init = clang_Cursor_getVarDeclInitializer(var);
    if (t.kind == CXType_LValueReference || t.kind == CXType_RValueReference) {
        fn->is_ref.v[v] = true;
        if (clang_Cursor_isNull(init)) return;
        ir_place target = fe_place(fn, init);
        const ir_type *ptr = fe_type(fn->u, t);
        ir_operand a = fe_addr(fn, target, ptr);
        fe_at(fn, var);
        fe_copy(fn, ir_place_var(v), a, ptr);
        return;
    }
    fe_live *outer = fn->live;
    if (!clang_Cursor_isNull(init)) fe_init_local(fn, ir_place_var(v), t, init);
    if (fn->u->cxx && fn->live != outer) { /* temporaries of the initialiser */
        fe_unwind(fn, outer);
        fn->live = outer;
    }
    fe_live_push(fn, v, var);
}

static void decl_stmt(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++)
        if (k.v[i].kind == CXCursor_VarDecl) fe_local(fn, k.v[i]);
}

/* ---- if, return, asm ---- */

/* A chain of else-ifs nests in the tree; here it is a loop, generated code has thousands. */
static void if_stmt(fe_fn *fn, CXCursor c) {
    fe_live *outer = fn->live;
    uint32_t join = fe_new_block(fn);
    for (bool more = true; more;) {
        more = false;
        fe_kids k = fe_children(fn->u, c);
        uint32_t i = 0;
        while (i < k.n && !fe_is_expr(k.v[i])) fe_stmt(fn, k.v[i++]); /* C++: if (init; T *p = f()) */
        if (i >= k.n) break;
        bool has_else = i + 2 < k.n;
        uint32_t yes = fe_new_block(fn), no = has_else ? fe_new_block(fn) : join;
        fe_cond(fn, k.v[i], yes, no);
        ir_build_at(fn->b, yes);
        if (i + 1 < k.n) fe_stmt(fn, k.v[i + 1]);
        fe_jump(fn, join);
        if (!has_else) break;
        ir_build_at(fn->b, no);
        c = k.v[i + 2];
        more = c.kind == CXCursor_IfStmt;
        if (!more) fe_stmt(fn, c);
    }
    fe_start(fn, join);
    fe_unwind(fn, outer);
    fn->live = outer;
}

static ir_operand return_value(fe_fn *fn, CXCursor e) {
    CXType ret = clang_getCursorResultType(fn->self->cursor);
    const ir_type *t = fe_type(fn->u, ret);
    if (fe_is_reference(ret)) return fe_addr(fn, fe_place(fn, e), t);
    if (!t || t->kind == IR_T_VOID) {
        fe_effect(fn, e);
        return (ir_operand){.kind = IR_O_NONE, .place = {.var = IR_NOVAR}};
    }
    if (fn->u->cxx && t->kind == IR_T_RECORD) { /* built where the caller wants it: nothing is destroyed here */
        ir_place p = ir_place_var(fe_new_temp(fn, t));
        fn->returned = fe_returned_local(fn, e);
        if (fn->returned != IR_NOVAR) {
            fe_at(fn, e);
            fe_copy(fn, p, ir_load(ir_place_var(fn->returned), t), t);
        } else {
            fe_into(fn, e, p, t);
        }
        fe_cxx_hand_out(fn, fn->returned != IR_NOVAR ? ir_place_var(fn->returned) : p, ret);
        return ir_load(p, t);
    }
    ir_operand v = fe_value(fn, e);
    if (v.kind == IR_O_NONE) v = fe_unknown(t);
    fe_at(fn, e);
    return fn->live ? fe_freeze(fn, v, v.type ? v.type : t) : v;
}

static void return_stmt(fe_fn *fn, CXCursor c) {
    CXCursor e = fe_last_expr(fn->u, c);
    fe_live *outer = fn->live;
    ir_inst in = fe_inst(IR_RET);
    if (!clang_Cursor_isNull(e)) in.a = return_value(fn, e);
    fe_at(fn, c);
    if (fn->u->cxx && fe_is_assertion(fn->u, c)) fe_unreachable(fn);
    fe_unwind(fn, NULL);
    fn->live = outer; /* temporaries of the value */
    fn->returned = IR_NOVAR;
    if (fe_open(fn)) fe_emit(fn, in);
}

/* What stands before the first parenthesis of an asm statement, and the beginning of what stands behind it. */
static char *asm_head(fe_fn *fn, CXCursor c, const char **inside) {
    char head[64];
    const char *end = NULL, *s = fe_spelled_text(fn->u, c, &end);
    size_t n = s ? (size_t)(end - s) : 0;
    if (n >= sizeof head) n = sizeof head - 1;
    memcpy(head, s ? s : "", n);
    head[n] = 0;
    char *copy = ll_strdup(fn->u->scratch, head);
    size_t open = strcspn(copy, "(");
    *inside = copy + open + (copy[open] != 0);
    *inside += strspn(*inside, " \t\r\n");
    copy[open] = 0;
    return copy;
}

/* The labels of `asm goto` are not exposed at all: what only they lead to is lost, and said to be. */
static void note_asm_goto(fe_fn *fn, CXCursor c, const char *head) {
    if (!strstr(head, "goto")) return;
    fn->is_partial = true;
    fe_note(fn->u, IR_NOTE_NOT_LOWERED, c, "asm goto: the labels it may go to are not known");
}

/* Does something, and is more than a barrier for the compiler: `asm("" : : "r"(p) : "memory")`. */
static bool asm_has_code(const char *inside) {
    return inside[0] != '"' || inside[1] != '"';
}

static bool is_asm_place(CXCursor e) {
    if (e.kind == CXCursor_MemberRefExpr || e.kind == CXCursor_ArraySubscriptExpr) return true;
    if (clang_getCursorUnaryOperatorKind(e) == CXUnaryOperator_Deref) return true;
    if (e.kind != CXCursor_DeclRefExpr) return false;
    enum CXCursorKind ref = clang_getCursorReferenced(e).kind;
    return ref == CXCursor_VarDecl || ref == CXCursor_ParmDecl;
}

/* Outputs are the operands that are not read through a conversion: they get values nothing is known of. Pointers that
 * code is given it may put anywhere: an atomic exchange stores one, an atomic increment counts another holder of the
 * object in which the counter lies. */
static void asm_stmt(fe_fn *fn, CXCursor c) {
    const char *inside;
    note_asm_goto(fn, c, asm_head(fn, c, &inside));
    bool code = asm_has_code(inside);
    LL_ARRAY(ir_operand) given = {0};
    fe_kids k = fe_exprs(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++) {
        CXCursor e = k.v[i];
        while (e.kind == CXCursor_ParenExpr) e = fe_last_expr(fn->u, e);
        const ir_type *t = fe_type_of(fn->u, e);
        bool place = is_asm_place(e), pointer = t && t->kind == IR_T_PTR;
        ir_operand v = place ? fe_unknown(t) : pointer && code ? fe_freeze(fn, fe_value(fn, e), t) : fe_unknown(t);
        if (!place && !(pointer && code)) fe_effect(fn, e);
        ir_place p = place ? fe_place(fn, e) : ir_place_var(IR_NOVAR);
        if (place && code && pointer) v = fe_freeze(fn, ir_load(p, t), t);
        if (code && pointer) LL_PUSH(fn->u->scratch, &given, v);
        if (place && code && p.npath) LL_PUSH(fn->u->scratch, &given, fe_addr(fn, p, fe_ptr_to(fn->u, t)));
        fe_at(fn, c);
        if (place) fe_simple(fn, IR_HAVOC, p, t);
    }
    if (given.n) fe_cxx_unseen(fn, "(asm)", given.v, given.n);
}

/* Attributed statements and OpenMP directives: what matters is the statement inside. */
static void inner_stmt(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    for (uint32_t i = k.n; i-- > 0;) {
        if (clang_isStatement(k.v[i].kind) || fe_is_expr(k.v[i])) {
            fe_stmt(fn, k.v[i]);
            return;
        }
    }
}

static void stmt(fe_fn *fn, CXCursor c) {
    switch (c.kind) {
        case CXCursor_CompoundStmt:
            compound(fn, c);
            return;
        case CXCursor_DeclStmt:
            decl_stmt(fn, c);
            return;
        case CXCursor_VarDecl:
            fe_local(fn, c);
            return;
        case CXCursor_IfStmt:
            if_stmt(fn, c);
            return;
        case CXCursor_WhileStmt:
            fe_while(fn, c);
            return;
        case CXCursor_DoStmt:
            fe_do(fn, c);
            return;
        case CXCursor_ForStmt:
            fe_for(fn, c);
            return;
        case CXCursor_SwitchStmt:
            fe_switch_stmt(fn, c);
            return;
        case CXCursor_CaseStmt:
        case CXCursor_DefaultStmt:
            fe_case(fn, c);
            return;
        case CXCursor_LabelStmt: {
            CXCursor labelled = fe_place_label(fn, c);
            if (!clang_Cursor_isNull(labelled)) fe_stmt(fn, labelled);
            return;
        }
        case CXCursor_GotoStmt:
            fe_goto_stmt(fn, c);
            return;
        case CXCursor_IndirectGotoStmt:
            fe_ijump_stmt(fn, c);
            return;
        case CXCursor_BreakStmt:
        case CXCursor_ContinueStmt:
            fe_at(fn, c);
            fe_break(fn, c.kind == CXCursor_ContinueStmt);
            return;
        case CXCursor_ReturnStmt:
            return_stmt(fn, c);
            return;
        case CXCursor_GCCAsmStmt:
        case CXCursor_MSAsmStmt:
            asm_stmt(fn, c);
            return;
        case CXCursor_NullStmt:
            return;
        default:
            break;
    }
    if (fe_is_expr(c)) {
        fe_live *outer = fn->live;
        fe_effect(fn, c);
        if (fn->u->cxx) { /* temporaries of a full expression end with it */
            fe_unwind(fn, outer);
            fn->live = outer;
        }
    } else if (!fn->u->cxx || !fe_cxx_stmt(fn, c)) {
        inner_stmt(fn, c);
    }
}

void fe_stmt(fe_fn *fn, CXCursor c) {
    if (!fe_enter(fn, c)) return;
    stmt(fn, c);
    fe_leave(fn);
}
