/* Loops, switch, labels and every kind of goto. */
#include "frontend/clang/lower.h"

static void push_jumps(fe_fn *fn, fe_jumps *j, uint32_t brk, uint32_t cont) {
    *j = (fe_jumps){fn->jumps, brk, cont, fn->live};
    fn->jumps = j;
}

static void pop_jumps(fe_fn *fn) {
    fn->jumps = fn->jumps->outer;
}

void fe_break(fe_fn *fn, bool is_continue) {
    fe_jumps *j = fn->jumps;
    while (j && is_continue && j->cont == IR_NOVAR) j = j->outer;
    if (!j) return; /* only after a parse error */
    fe_unwind(fn, j->live);
    fe_jump(fn, is_continue ? j->cont : j->brk);
}

/* The scope of what a loop's or switch's head declares ends here. */
static void end_scope(fe_fn *fn, fe_live *outer) {
    fe_unwind(fn, outer);
    fn->live = outer;
}

void fe_while(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    if (k.n < 2) return;
    fe_live *outer = fn->live;
    uint32_t head = fe_new_block(fn), body = fe_new_block(fn), out = fe_new_block(fn), again = head;
    fe_start(fn, head);
    uint32_t exit_block = out;
    for (uint32_t i = 0; i + 2 < k.n; i++) fe_stmt(fn, k.v[i]); /* while (T *p = next()) */
    if (fn->live != outer) exit_block = fe_new_block(fn);
    fn->perhaps++;
    fe_cond(fn, k.v[k.n - 2], body, exit_block);
    fn->perhaps--;
    ir_build_at(fn->b, body);
    fe_jumps j;
    push_jumps(fn, &j, out, head);
    j.live = outer;
    fe_stmt(fn, k.v[k.n - 1]);
    pop_jumps(fn);
    fe_unwind(fn, outer);
    fe_jump(fn, again);
    if (exit_block != out) {
        ir_build_at(fn->b, exit_block);
        fe_unwind(fn, outer);
        fe_jump(fn, out);
    }
    fn->live = outer;
    ir_build_at(fn->b, out);
}

void fe_do(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    if (k.n < 2) return;
    uint32_t body = fe_new_block(fn), test = fe_new_block(fn), out = fe_new_block(fn);
    fe_start(fn, body);
    fe_jumps j;
    push_jumps(fn, &j, out, test);
    fe_stmt(fn, k.v[0]);
    pop_jumps(fn);
    fe_start(fn, test);
    fn->perhaps++;
    fe_cond(fn, k.v[1], body, out);
    fn->perhaps--;
    ir_build_at(fn->b, out);
}

void fe_for(fe_fn *fn, CXCursor c) {
    bool has[3];
    fe_kids k = fe_children(fn->u, c);
    if (!k.n) return;
    fe_for_parts(fn->u, c, has);
    fe_live *outer = fn->live;
    uint32_t at = 0, last = k.n - 1;
    if (has[0] && at < last) fe_stmt(fn, k.v[at++]);
    uint32_t head = fe_new_block(fn), body = fe_new_block(fn), next = fe_new_block(fn), out = fe_new_block(fn);
    fe_start(fn, head);
    if (at < last && clang_isDeclaration(k.v[at].kind)) fe_stmt(fn, k.v[at++]); /* C++ condition variable */
    fn->perhaps++;
    if (has[1] && at < last)
        fe_cond(fn, k.v[at++], body, out);
    else
        fe_jump(fn, body);
    fn->perhaps--;
    ir_build_at(fn->b, body);
    fe_jumps j;
    push_jumps(fn, &j, out, next);
    fe_stmt(fn, k.v[last]);
    pop_jumps(fn);
    fe_start(fn, next);
    fn->perhaps++;
    if (has[2] && at < last) fe_effect(fn, k.v[at]);
    fn->perhaps--;
    fe_jump(fn, head);
    ir_build_at(fn->b, out);
    end_scope(fn, outer);
}

/* ---- switch ---- */

static void emit_switch(fe_fn *fn, fe_switch *sw, uint32_t block, ir_operand v, ir_loc loc) {
    fe_unit *u = fn->u;
    ir_inst in = fe_inst(IR_SWITCH);
    in.a = v;
    in.is_unsigned = v.type && v.type->kind == IR_T_INT && v.type->is_unsigned;
    in.targets = ll_memdup(u->scratch, sw->targets.v, sw->targets.n * sizeof *sw->targets.v);
    in.ntargets = sw->targets.n;
    in.cases = ll_memdup(u->scratch, sw->cases.v, sw->cases.n * sizeof *sw->cases.v);
    in.ncases = sw->cases.n;
    uint32_t here = ir_build_here(fn->b);
    ir_loc saved = fn->loc;
    fn->loc = loc;
    ir_build_at(fn->b, block);
    fe_emit(fn, in);
    fn->loc = saved;
    ir_build_at(fn->b, here);
}

void fe_switch_stmt(fe_fn *fn, CXCursor c) {
    fe_kids k = fe_children(fn->u, c);
    if (k.n < 2) return;
    fe_live *outer = fn->live;
    for (uint32_t i = 0; i + 2 < k.n; i++) fe_stmt(fn, k.v[i]);
    ir_operand v = fe_value(fn, k.v[k.n - 2]);
    fe_at(fn, c);
    if (v.kind != IR_O_PLACE && v.kind != IR_O_INT) v = fe_havoc(fn, v.type);
    if (v.kind == IR_O_INT) v = ir_load(fe_materialize(fn, v, v.type), v.type);
    ir_loc loc = fn->loc;
    bool dead = !fe_open(fn);
    uint32_t head = dead ? fe_new_block(fn) : ir_build_here(fn->b), out = fe_new_block(fn);
    fe_switch sw = {.outer = fn->sw};
    LL_PUSH(fn->u->scratch, &sw.targets, out);
    fn->sw = &sw;
    fe_jumps j;
    push_jumps(fn, &j, out, IR_NOVAR);
    ir_build_at(fn->b, fe_new_block(fn)); /* statements before the first case are dead */
    fe_stmt(fn, k.v[k.n - 1]);
    pop_jumps(fn);
    fn->sw = sw.outer;
    fe_jump(fn, out);
    ir_build_at(fn->b, out);
    emit_switch(fn, &sw, head, v, loc);
    end_scope(fn, outer);
}

static bool case_value(fe_fn *fn, CXCursor c, int64_t *v) {
    CXCursor d = clang_getCursorReferenced(c);
    if (d.kind == CXCursor_EnumConstantDecl) {
        *v = clang_getEnumConstantDeclValue(d);
        return true;
    }
    return fe_eval_int(fn->u, c, v);
}

static void add_case(fe_fn *fn, fe_kids k, uint32_t block) {
    int64_t lo = 0, hi;
    bool ok = case_value(fn, k.v[0], &lo);
    hi = lo;
    if (k.n > 2) ok = case_value(fn, k.v[1], &hi) && ok; /* a range has two values and a statement */
    if (!ok || lo > hi) return;
    LL_PUSH(fn->u->scratch, &fn->sw->cases, (ir_case){lo, hi, fn->sw->targets.n});
    LL_PUSH(fn->u->scratch, &fn->sw->targets, block);
}

/* `case a:` or `case a ... b:`; falls through into the block of the case, then lowers the statement.
 * `case 1: case 2: …` nests in the tree; generated code nests thousands. */
void fe_case(fe_fn *fn, CXCursor c) {
    uint32_t block = fe_new_block(fn);
    fe_start(fn, block); /* labels in a row share it */
    while (fn->sw && (c.kind == CXCursor_CaseStmt || c.kind == CXCursor_DefaultStmt)) {
        fe_kids k = fe_children(fn->u, c);
        bool is_default = c.kind == CXCursor_DefaultStmt;
        if (!k.n) return;
        if (is_default)
            fn->sw->targets.v[0] = block;
        else
            add_case(fn, k, block);
        if (k.n < (is_default ? 1u : 2u)) return;
        c = k.v[k.n - 1];
    }
    fe_stmt(fn, c);
}

/* ---- labels ---- */

static fe_label *label_of(fe_fn *fn, CXCursor stmt) {
    const void *key = stmt.data[1];
    fe_label *l = fe_map_get(&fn->labels, key);
    if (l) return l;
    l = LL_NEW(fn->u->scratch, fe_label);
    l->key = key;
    l->block = fe_new_block(fn);
    fe_map_put(&fn->labels, key, l);
    LL_PUSH(fn->u->scratch, &fn->all_labels, l);
    return l;
}

/* Places the label; what it labels is returned, a null cursor when nothing is there. */
CXCursor fe_place_label(fe_fn *fn, CXCursor c) {
    fe_label *l = label_of(fn, c);
    l->live = fn->live;
    l->placed = true;
    fe_start(fn, l->block);
    fe_kids k = fe_children(fn->u, c);
    return k.n ? k.v[k.n - 1] : clang_getNullCursor();
}

static CXCursor referenced_label(fe_fn *fn, CXCursor c) {
    CXCursor r = clang_getCursorReferenced(c);
    if (r.kind == CXCursor_LabelStmt) return r;
    fe_kids k = fe_children(fn->u, c);
    for (uint32_t i = 0; i < k.n; i++)
        if (k.v[i].kind == CXCursor_LabelRef) return clang_getCursorReferenced(k.v[i]);
    return clang_getNullCursor();
}

void fe_goto_stmt(fe_fn *fn, CXCursor c) {
    CXCursor target = referenced_label(fn, c);
    fe_at(fn, c);
    if (target.kind != CXCursor_LabelStmt) {
        fe_unreachable(fn);
        return;
    }
    fe_label *l = label_of(fn, target);
    if (l->placed) {
        fe_unwind(fn, l->live);
        fe_jump(fn, l->block);
        return;
    }
    uint32_t stub = fe_new_block(fn);
    fe_jump(fn, stub);
    LL_PUSH(fn->u->scratch, &fn->gotos, (fe_goto){stub, fn->live, l, fn->loc});
}

void fe_label_address(fe_fn *fn, CXCursor c) {
    CXCursor target = referenced_label(fn, c);
    if (target.kind == CXCursor_LabelStmt) label_of(fn, target)->address_taken = true;
}

void fe_ijump_stmt(fe_fn *fn, CXCursor c) {
    CXCursor e = fe_last_expr(fn->u, c);
    ir_operand to = clang_Cursor_isNull(e) ? fe_unknown(NULL) : fe_value(fn, e);
    fe_at(fn, c);
    if (to.kind != IR_O_PLACE) to = fe_havoc(fn, fe_ptr_to(fn->u, NULL));
    if (!fe_open(fn)) return;
    uint32_t block = fe_new_block(fn);
    fe_jump(fn, block);
    LL_PUSH(fn->u->scratch, &fn->ijumps, (fe_ijump){block, to, fn->loc});
}

static void finish_goto(fe_fn *fn, const fe_goto *g) {
    fn->loc = g->loc;
    fn->live = g->live;
    ir_build_at(fn->b, g->stub);
    if (!g->label->placed) {
        fe_unreachable(fn);
        return;
    }
    fe_unwind(fn, g->label->live);
    fe_jump(fn, g->label->block);
}

static void finish_ijump(fe_fn *fn, const fe_ijump *g) {
    ir_inst in = fe_inst(IR_IJUMP);
    in.a = g->to;
    in.targets = LL_NEWN(fn->u->scratch, uint32_t, fn->all_labels.n + 1);
    for (uint32_t i = 0; i < fn->all_labels.n; i++) {
        const fe_label *l = fn->all_labels.v[i];
        if (l->address_taken && l->placed) in.targets[in.ntargets++] = l->block;
    }
    fn->loc = g->loc;
    ir_build_at(fn->b, g->block);
    if (in.ntargets)
        fe_emit(fn, in);
    else
        fe_unreachable(fn);
}

void fe_finish_jumps(fe_fn *fn) {
    for (uint32_t i = 0; i < fn->gotos.n; i++) finish_goto(fn, &fn->gotos.v[i]);
    for (uint32_t i = 0; i < fn->ijumps.n; i++) finish_ijump(fn, &fn->ijumps.v[i]);
    /* a label that nothing placed (parse error) has an empty block: it must not look like a return */
    for (uint32_t i = 0; i < fn->all_labels.n; i++) {
        if (fn->all_labels.v[i]->placed) continue;
        ir_build_at(fn->b, fn->all_labels.v[i]->block);
        fe_unreachable(fn);
    }
}
