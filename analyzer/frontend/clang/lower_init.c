/* Initialisers. libclang shows the list as written, not as the compiler understands it: which scalar an element
 * initialises (braces left out, designators, ranges) is worked out here, once for locals and globals. */
#include "frontend/clang/lower.h"

typedef struct walk {
    fe_unit *u;
    fe_sink *sink;
    fe_kids items;
    uint32_t at;
} walk;

static ir_place elem_place(fe_unit *u, ir_place p, int64_t i, const ir_type *elem) {
    if (i == 0 && !(elem && elem->kind == IR_T_ARRAY)) return p;
    return ir_place_index(u->scratch, p, i, IR_NOVAR);
}

static ir_place field_place(fe_unit *u, ir_place p, const fe_field *f) {
    return f->name ? ir_place_field(u->scratch, p, f->name) : p;
}

static bool is_designated(CXCursor c) {
    return c.kind == CXCursor_UnexposedExpr && clang_getCursorType(c).kind == CXType_Void;
}

static bool is_array(CXType t) {
    return t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray || t.kind == CXType_VariableArray;
}

/* `e` initialises an object of aggregate type t as a whole. */
static bool is_whole(fe_unit *u, CXCursor e, CXType t) {
    CXCursor s = fe_strip(u, e);
    if (is_array(t)) return s.kind == CXCursor_StringLiteral;
    CXType et = clang_getCanonicalType(clang_getCursorType(e));
    return et.kind == CXType_Record;
}

static void walk_elem(walk *w, ir_place p, CXType t);

static void walk_record(walk *w, ir_place p, CXType t, bool braced);
static void walk_array(walk *w, ir_place p, CXType t, bool braced);

static void walk_aggregate(walk *w, ir_place p, CXType t, bool braced) {
    if (is_array(t))
        walk_array(w, p, t, braced);
    else
        walk_record(w, p, t, braced);
}

static bool is_aggregate(CXType t) {
    return t.kind == CXType_Record || is_array(t);
}

/* One element for the object at p. */
static void walk_elem(walk *w, ir_place p, CXType t) {
    t = clang_getCanonicalType(t);
    CXCursor e = w->items.v[w->at];
    if (e.kind != CXCursor_InitListExpr && is_aggregate(t) && !is_whole(w->u, e, t) && !fe_cxx_is_class(w->u, t)) {
        uint32_t before = w->at;
        walk_aggregate(w, p, t, false);
        if (w->at == before) w->at++; /* an empty record takes nothing: do not stay */
        return;
    }
    w->at++;
    fe_init_walk(w->u, p, t, e, w->sink);
}

/* ---- designators: `.in.q = 2`, `[3] = x`, `[4 ... 9].a = 0` ---- */

static void designated(walk *w, ir_place p, CXType t, fe_kids k, uint32_t i, uint32_t *index) {
    if (w->sink->stop) return;
    t = clang_getCanonicalType(t);
    if (i + 1 >= k.n) {
        if (k.n) fe_init_walk(w->u, p, t, k.v[k.n - 1], w->sink);
        return;
    }
    if (k.v[i].kind == CXCursor_MemberRef) {
        CXCursor field = clang_getCursorReferenced(k.v[i]);
        if (field.kind != CXCursor_FieldDecl) return;
        const fe_field *f = fe_field_of(w->u, field);
        designated(w, field_place(w->u, p, f), f->type, k, i + 1, NULL);
        return;
    }
    CXType elem = clang_getArrayElementType(t);
    int64_t lo = 0, hi;
    if (!fe_eval_int(w->u, k.v[i], &lo)) return;
    hi = lo;
    bool elem_is_array = is_array(clang_getCanonicalType(elem));
    bool range = i + 2 < k.n && fe_is_expr(k.v[i + 1]) && !elem_is_array && fe_eval_int(w->u, k.v[i + 1], &hi);
    for (int64_t n = lo; n <= hi && !w->sink->stop; n++)
        designated(w, elem_place(w->u, p, n, fe_type(w->u, elem)), elem, k, i + 1 + range, NULL);
    if (index) *index = (uint32_t)hi + 1;
}

static uint32_t field_after(const fe_record *r, CXCursor designated_elem, fe_unit *u) {
    fe_kids k = fe_children(u, designated_elem);
    if (!k.n || k.v[0].kind != CXCursor_MemberRef) return r->n;
    const void *key = fe_key(clang_getCursorReferenced(k.v[0]));
    for (uint32_t i = 0; i < r->n; i++)
        if (fe_key(r->fields[i].cursor) == key) return i + 1;
    return r->n;
}

static void walk_record(walk *w, ir_place p, CXType t, bool braced) {
    const fe_record *r = fe_record_of(w->u, t);
    uint32_t next = 0;
    if (!r) return;
    while (w->at < w->items.n && !w->sink->stop) {
        CXCursor e = w->items.v[w->at];
        if (is_designated(e)) {
            if (!braced) return;
            w->at++;
            designated(w, p, t, fe_children(w->u, e), 0, NULL);
            next = field_after(r, e, w->u);
        } else {
            if (next >= r->n || (r->is_union && next > 0)) return;
            const fe_field *f = &r->fields[next++];
            walk_elem(w, field_place(w->u, p, f), f->type);
        }
    }
}

static void walk_array(walk *w, ir_place p, CXType t, bool braced) {
    CXType elem = clang_getArrayElementType(t);
    const ir_type *et = fe_type(w->u, elem);
    int64_t count = t.kind == CXType_ConstantArray ? clang_getArraySize(t) : INT64_MAX;
    uint32_t next = 0;
    while (w->at < w->items.n && !w->sink->stop) {
        CXCursor e = w->items.v[w->at];
        if (is_designated(e)) {
            if (!braced) return;
            w->at++;
            designated(w, p, t, fe_children(w->u, e), 0, &next);
        } else {
            if (next >= count) return;
            walk_elem(w, elem_place(w->u, p, next, et), elem);
            next++;
        }
    }
}

void fe_init_walk(fe_unit *u, ir_place p, CXType t, CXCursor init, fe_sink *sink) {
    if (sink->stop) return;
    t = clang_getCanonicalType(t);
    while (init.kind == CXCursor_ParenExpr) init = fe_last_expr(u, init);
    if (init.kind != CXCursor_InitListExpr) {
        sink->scalar(sink->ctx, p, t, init);
        return;
    }
    walk w = {.u = u, .sink = sink, .items = fe_exprs(u, init)};
    if (!w.items.n) return;
    bool string = is_array(t) && w.items.n == 1 && is_whole(u, w.items.v[0], t); /* char s[] = {"x"} */
    if (is_aggregate(t) && !string)
        walk_aggregate(&w, p, t, true);
    else
        fe_init_walk(u, p, t, w.items.v[0], sink);
}

/* ---- locals ---- */

/* Every scalar of t is listed, so nothing is left to be zero. Errs on the side of false. */
static bool is_full(fe_unit *u, CXType t, CXCursor list) {
    t = clang_getCanonicalType(t);
    fe_kids k = fe_exprs(u, list);
    const fe_record *r = t.kind == CXType_Record ? fe_record_of(u, t) : NULL;
    if (r && (r->is_union || k.n != r->n)) return false;
    if (is_array(t) && (t.kind != CXType_ConstantArray || (long long)k.n != clang_getArraySize(t))) return false;
    for (uint32_t i = 0; i < k.n; i++) {
        CXCursor e = k.v[i];
        CXType et = r ? r->fields[i].type : is_array(t) ? clang_getArrayElementType(t) : t;
        if (is_designated(e)) {
            fe_kids d = fe_children(u, e);
            if (d.n != 2 || d.v[0].kind != CXCursor_MemberRef || !r) return false;
            et = clang_getCursorType(clang_getCursorReferenced(d.v[0]));
            e = d.v[1];
        }
        et = clang_getCanonicalType(et);
        if (!is_aggregate(et)) continue;
        if (e.kind == CXCursor_InitListExpr ? !is_full(u, et, e) : !is_whole(u, e, et) || is_array(et)) return false;
    }
    return true;
}

typedef struct local_sink {
    fe_fn *fn;
    fe_sink *sink;
    bool zeroed;
    bool large; /* too many to tell all: of those only that point to variables */
    uint32_t copies;
} local_sink;

static bool is_address(fe_unit *u, CXCursor value) {
    CXCursor s = fe_strip(u, value);
    return s.kind == CXCursor_UnaryOperator && clang_getCursorUnaryOperatorKind(s) == CXUnaryOperator_AddrOf;
}

static void local_array(fe_fn *fn, ir_place p, const ir_type *t, CXCursor value, bool zeroed) {
    CXCursor s = fe_strip(fn->u, value);
    if (fn->u->cxx && s.kind == CXCursor_CallExpr) { /* constructors of the elements */
        fe_into(fn, s, p, t);
        return;
    }
    fe_at(fn, value);
    if (s.kind == CXCursor_StringLiteral && !*fe_string_text(fn->u, s)) {
        if (!zeroed) fe_simple(fn, IR_ZERO, p, t);
        return;
    }
    if (s.kind != CXCursor_StringLiteral) fe_effect(fn, value);
    fe_simple(fn, IR_HAVOC, p, t);
}

/* `{host, port}` where the field is a class: one of its constructors makes it of the value. The library's copy it. */
static void local_class(fe_fn *fn, ir_place p, CXType t, const ir_type *it, CXCursor value) {
    ir_operand args[2] = {fe_addr(fn, p, fe_ptr_to(fn->u, it)), fe_value(fn, value)};
    fe_at(fn, value);
    fe_simple(fn, IR_HAVOC, p, it);
    if (!fe_record_of(fn->u, t)->is_system) fe_cxx_unseen(fn, "(constructor)", args, 2);
}

static void local_scalar(void *ctx, ir_place p, CXType t, CXCursor value) {
    local_sink *l = ctx;
    fe_fn *fn = l->fn;
    const ir_type *it = fe_type(fn->u, t);
    if (l->large && !is_address(fn->u, value)) {
        fe_effect(fn, value);
        return;
    }
    if (++l->copies > FE_MAX_LOCAL_COPIES) {
        l->sink->stop = true;
        return;
    }
    if (it && it->kind == IR_T_ARRAY) {
        local_array(fn, p, it, value, l->zeroed);
        return;
    }
    if (fe_cxx_is_class(fn->u, t) && !is_whole(fn->u, value, clang_getCanonicalType(t))) {
        local_class(fn, p, t, it, value);
        return;
    }
    if (l->zeroed && fe_is_zero_literal(fn->u, value)) return;
    fe_into(fn, value, p, it);
}

static void count_scalar(void *ctx, ir_place p, CXType t, CXCursor value) {
    fe_sink *sink = ctx;
    (void)p;
    (void)t;
    (void)value;
    sink->stop = ++sink->seen > FE_MAX_LOCAL_COPIES;
}

/* Or one more than may be told. */
static uint32_t count_scalars(fe_unit *u, ir_place p, CXType t, CXCursor list) {
    fe_sink sink = {.scalar = count_scalar};
    sink.ctx = &sink;
    fe_init_walk(u, p, t, list, &sink);
    return sink.seen;
}

void fe_init_local(fe_fn *fn, ir_place p, CXType t, CXCursor init) {
    fe_unit *u = fn->u;
    CXType c = clang_getCanonicalType(t);
    const ir_type *it = fe_type(u, t);
    CXCursor s = init;
    while (s.kind == CXCursor_ParenExpr) s = fe_last_expr(u, s);
    if (s.kind == CXCursor_UnexposedExpr && c.kind == CXType_Record) { /* struct s x = (struct s){…} */
        CXCursor inner = fe_strip(u, s);
        if (inner.kind == CXCursor_CompoundLiteralExpr) s = fe_last_expr(u, inner);
    }
    if (u->cxx && s.kind == CXCursor_InitListExpr && c.kind == CXType_Record) { /* T x{f()}: what f gives, itself */
        fe_kids k = fe_exprs(u, s);
        if (k.n == 1 && clang_equalTypes(clang_getCanonicalType(clang_getCursorType(k.v[0])), c)) s = k.v[0];
    }
    fe_sink sink = {.scalar = local_scalar};
    local_sink l = {.fn = fn, .sink = &sink};
    sink.ctx = &l;
    if (s.kind == CXCursor_InitListExpr && is_aggregate(c)) {
        fe_at(fn, s);
        if (is_array(c) && fe_exprs(u, s).n > FE_MAX_LOCAL_COPIES) {
            fe_simple(fn, IR_HAVOC, p, it);
            return;
        }
        l.large = count_scalars(u, p, c, s) > FE_MAX_LOCAL_COPIES;
        if (l.large) {
            fe_simple(fn, IR_HAVOC, p, it);
        } else if (!is_full(u, c, s)) {
            l.zeroed = true;
            fe_simple(fn, IR_ZERO, p, it);
        }
    }
    fe_init_walk(u, p, c, s, &sink);
    if (sink.stop) fe_simple(fn, IR_HAVOC, p, it);
}

ir_place fe_compound_literal(fe_fn *fn, CXCursor c) {
    const ir_type *t = fe_type_of(fn->u, c);
    fe_at(fn, c);
    uint32_t v = fe_new_var(fn, (ir_var){.kind = IR_V_LOCAL, .type = t ? t : fe_int_type(fn->u), .loc = fn->loc});
    fe_simple(fn, IR_DECL, ir_place_var(v), NULL);
    CXCursor list = fe_last_expr(fn->u, c);
    if (!clang_Cursor_isNull(list)) fe_init_local(fn, ir_place_var(v), clang_getCursorType(c), list);
    fe_live_push(fn, v, clang_getNullCursor());
    return ir_place_var(v);
}
