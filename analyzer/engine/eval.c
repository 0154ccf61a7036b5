/* Operands to symbols, and memory: what a cell holds, what a store changes. */
#include <assert.h>
#include <string.h>

#include "base/strbuf.h"
#include "engine/fctx.h"
#include "ir/fold.h"

uint32_t turn_of(const fctx *c, const state *st) {
    uint32_t turn = 0;
    for (const uint32_t *l = c->enclosing[c->cur_block]; *l != UINT32_MAX; l++)
        turn = turn * (LIM_LOOP_TURNS + 2) + st->turns[*l % STATE_LOOPS];
    return turn;
}

sym fresh(fctx *c, const state *st, uint32_t tag, const ir_type *type) {
    return sym_conj(c->t, c->cur_uid, (turn_of(c, st) & 0xffff) << 16 | (tag & 0xffff), type);
}

static sym rebase(fctx *c, sym addr, sym from, sym to) {
    if (addr == from) return to;
    symrec r = symtab_get(c->t, addr);
    assert(r.kind == SY_SUB);
    sym base = rebase(c, r.a, from, to);
    return r.op == SUB_FIELD ? sym_field(c->t, base, r.p) : sym_index(c->t, base, r.b);
}

/* The entry value of a global that nothing writes is its initialiser. */
static sym global_value(fctx *c, sym addr) {
    ir_step path[8];
    uint32_t n = 0;
    if (sym_local_var(c->t, addr) != IR_NOVAR || symtab_kind(c->t, c->t->region[addr]) != SY_ADDR) return 0;
    symrec r = symtab_get(c->t, addr);
    while (r.kind == SY_SUB && n < 8) {
        int64_t k = 0;
        if (r.op == SUB_INDEX && !sym_is_const(c->t, r.b, &k)) return 0;
        path[n++] = (ir_step){r.op == SUB_FIELD ? IR_S_FIELD : IR_S_INDEX, r.p, k, IR_NOVAR};
        r = symtab_get(c->t, r.a);
    }
    if (r.kind != SY_ADDR || !r.p) return 0;
    for (uint32_t i = 0; i < n / 2; i++) {
        ir_step tmp = path[i];
        path[i] = path[n - 1 - i];
        path[n - 1 - i] = tmp;
    }
    ir_operand v;
    const char *usr;
    if (!program_global_value(c->e, &r, path, n, &v, &usr)) return 0;
    if (v.kind == IR_O_INT) return sym_const(c->t, v.i);
    if (v.kind == IR_O_STR) return sym_str(c->t, v.str);
    if (v.kind == IR_O_FUNC && usr) {
        const ir_fdecl *d = program_decl(c->e, usr);
        return sym_func(c->t, usr, d ? d->name : usr);
    }
    return 0;
}

static bool of_param(const fctx *c, sym addr) {
    uint32_t v = sym_local_var(c->t, addr);
    return v != IR_NOVAR && v < c->f->nparams;
}

/* ---- arrays: an element whose index is unknown may be any ---- */

/* addr lies in an element of unknown index: of which array (the innermost such). */
static bool unknown_element(const fctx *c, sym addr, sym *array) {
    if (!sym_in_element(c->t, addr)) return false;
    for (const symrec *r = symtab_at(c->t, addr); r->kind == SY_SUB; r = symtab_at(c->t, r->a)) {
        int64_t k;
        *array = r->a;
        if (r->op == SUB_INDEX && !sym_is_const(c->t, r->b, &k)) return true;
    }
    return false;
}

enum { MOST_STEPS = 8 };

/* The steps from `from` down to addr, the last one first; more than MOST_STEPS: more than there is room for. */
static uint32_t steps_below(const fctx *c, sym addr, sym from, const symrec *out[MOST_STEPS]) {
    uint32_t n = 0;
    for (; addr != from && symtab_kind(c->t, addr) == SY_SUB; addr = symtab_at(c->t, addr)->a, n++)
        if (n < MOST_STEPS) out[n] = symtab_at(c->t, addr);
    return n;
}

/* c[n] and c[n + 1]. */
static bool other_index(const fctx *c, sym i, sym k) {
    sym from[2] = {i, k};
    int64_t off[2] = {0, 0};
    for (int x = 0; x < 2; x++) {
        const symrec *r = symtab_at(c->t, from[x]);
        if (r->kind == SY_TERM && r->op == IR_ADD && sym_is_const(c->t, r->b, &off[x])) from[x] = r->a;
    }
    return from[0] == from[1] && off[0] != off[1];
}

/* Addresses in one array: fields of different names are never one, whatever the elements they are in; nor are elements
 * a known number apart. */
static bool never_one(const fctx *c, sym a, sym b, sym array) {
    const symrec *x[MOST_STEPS], *y[MOST_STEPS];
    uint32_t i = steps_below(c, a, array, x), k = steps_below(c, b, array, y);
    if (i > MOST_STEPS || k > MOST_STEPS) return false;
    while (i && k) {
        const symrec *p = x[i - 1], *q = y[k - 1];
        bool fields = p->op == SUB_FIELD && q->op == SUB_FIELD;
        if (fields && p->p != q->p) return true;
        if (p->op == SUB_INDEX && q->op == SUB_INDEX && other_index(c, p->b, q->b)) return true;
        i -= fields || p->op == SUB_INDEX; /* element 0 is the array itself */
        k -= fields || q->op == SUB_INDEX;
    }
    return false;
}

/* A store to one element may be a store to another whose index is not known to differ. What holds a resource
 * stays: in the common loop each turn fills an element of its own. */
static void forget_elements(fctx *c, state *st, sym addr) {
    if (!c->t->has_elements) return;
    const symrec *r = symtab_at(c->t, addr);
    sym array;
    bool unknown = unknown_element(c, addr, &array);
    if (!unknown) array = r->kind == SY_SUB && r->op == SUB_INDEX ? r->a : addr;
    if (!unknown && array == addr && r->kind == SY_SUB) return; /* a field: no elements beside it */
    uint32_t event = fresh(c, st, 201, NULL);
    for (uint32_t i = state_first_cell(st, array); i < st->ncells; i++) {
        sym a = st->cells[i].addr;
        bool alias = a != addr && (unknown || sym_in_element(c->t, a)) && addr_lies_in(c->t, a, array);
        if (!alias || never_one(c, a, addr, array)) continue;
        if (!state_any_track(st, sym_object(c->t, st->cells[i].val))) st->cells[i].val = sym_dflt(c->t, a, event, NULL);
    }
}

/* The values in the cells that lie below `array` (0: in any element of unknown index), but not at `but`. */
static void give_away_cells(fctx *c, state *st, sym array, sym but) {
    LL_ARRAY(sym) gone = {0};
    for (uint32_t i = array ? state_first_cell(st, array) : 0; i < st->ncells; i++) {
        const cell *x = &st->cells[i];
        if (x->addr == but || symtab_kind(c->t, x->val) == SY_CONST) continue;
        if (array ? addr_lies_in(c->t, x->addr, array) : sym_in_element(c->t, x->addr))
            LL_PUSH(c->arena, &gone, x->val);
    }
    give_away_all(c, st, gone.v, gone.n);
}

/* What is read through an unknown index may be any element: what the others hold is no longer ours to judge. */
static void read_elements(fctx *c, state *st, sym addr) {
    sym array;
    if (st->ntracks && unknown_element(c, addr, &array)) give_away_cells(c, st, array, addr);
}

void give_away_elements(fctx *c, state *st) {
    if (st->ntracks && c->t->has_elements) give_away_cells(c, st, 0, 0);
}

/* A released value found again in memory that others own, after stores through pointers we cannot place (list
 * removal: *elm->prev = elm->next), is more likely the successor than a dangling pointer. */
static bool stale(const fctx *c, const state *st, sym addr, sym v) {
    uint32_t v_in = sym_local_var(c->t, addr);
    bool by_address = v_in < c->f->nvars && c->f->vars[v_in].address_taken; /* a head that the removal is given, too */
    if (v_in != IR_NOVAR && !by_address) return false;
    for (uint32_t i = 0; i < st->ntracks; i++) /* the node itself, or the record around it */
        if (st->tracks[i].state == TR_RELEASED && (st->tracks[i].s == v || sym_object(c->t, st->tracks[i].s) == v))
            return true;
    return false;
}

/* The store goes through a pointer that itself lay in memory of others. */
static bool is_wild(const fctx *c, sym addr) {
    const symrec *o = symtab_at(c->t, sym_object(c->t, addr));
    if (o->kind == SY_DFLT) return true;
    if (o->kind != SY_INIT) return false;
    return sym_local_var(c->t, o->a) == IR_NOVAR;
}

sym mem_load(fctx *c, state *st, sym addr, const ir_type *type) {
    read_elements(c, st, addr);
    sym v = state_find_cell(st, addr);
    if (v) return v;
    const dflt *d = state_find_default(st, c->t, addr);
    if (d && d->from) return sym_init(c->t, rebase(c, addr, d->base, d->from), type, of_param(c, d->from));
    if (d && !d->event) return sym_const(c->t, 0);
    v = d ? 0 : global_value(c, addr);
    if (v) return v;
    v = d ? sym_dflt(c->t, addr, d->event, type) : sym_init(c->t, addr, type, of_param(c, addr));
    for (int i = 0; i < 6 && (st->wild || st->relinked) && stale(c, st, addr, v); i++)
        v = sym_dflt(c->t, addr, v, type);
    return v;
}

/* Writing an element of unknown index again is not known to overwrite what an earlier turn or call put there. */
void spare_elements(fctx *c, state *st, sym addr) {
    if (sym_in_element(c->t, addr)) give_away_cells(c, st, addr, 0);
}

/* The value now lives in an array element; whether it is lost there, only constant indexes can tell. */
void note_element(fctx *c, state *st, sym addr, sym val, sym *noted) {
    const symrec *r = symtab_at(c->t, addr);
    sym array = r->a;
    if (!unknown_element(c, addr, &array) && !(r->kind == SY_SUB && r->op == SUB_INDEX)) return;
    uint32_t others = 0;
    for (uint32_t i = 0; i < st->ntracks; i++) { /* also a pointer behind its header */
        if (st->tracks[i].s == sym_object(c->t, val)) st->tracks[i].in_array = true;
        others += !st->tracks[i].in_array;
    }
    if (!others || *noted == array) return;
    *noted = array;
    uint32_t stamp = new_stamp(c);
    for (uint32_t k = state_first_cell(st, array); k < st->ncells; k++) /* element 0 among them */
        if (addr_lies_in(c->t, st->cells[k].addr, array)) c->mark[sym_object(c->t, st->cells[k].val)] = stamp;
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (c->mark[st->tracks[i].s] == stamp) st->tracks[i].in_array = true;
}

void mem_store(fctx *c, state *st, sym addr, sym val) {
    forget_elements(c, st, addr);
    sym old = state_find_cell(st, addr);
    st->wild |= is_wild(c, addr);
    if (st->ntracks) {
        spare_elements(c, st, addr);
        note_element(c, st, addr, val, &(sym){0});
    }
    state_set_cell(c->pool, st, addr, val);
    if (old && old != val && st->ntracks) {
        const symrec *o = symtab_at(c->t, old);
        if (o->kind != SY_CONST) check_lost(c, st, "overwrite");
    }
}

void mem_put(fctx *c, state *st, sym addr, sym val) {
    st->wild |= is_wild(c, addr);
    state_set_cell(c->pool, st, addr, val);
}

/* Whoever has the copy of a record has what was initialised inside it: a mutex of an object that is returned,
 * attributes that a member keeps. */
record_copy mem_copy_take(fctx *c, state *st, sym dst, sym src) {
    LL_ARRAY(cell) moved = {0};
    if (st->ntracks) give_away_inside(c, st, src);
    for (uint32_t i = state_first_cell(st, src); i < st->ncells; i++)
        if (addr_lies_in(c->t, st->cells[i].addr, src))
            LL_PUSH(c->arena, &moved, (cell){rebase(c, st->cells[i].addr, src, dst), st->cells[i].val});
    const dflt *d = state_find_default(st, c->t, src);
    record_copy k = {{.base = dst, .event = d ? d->event : 0, .from = d ? 0 : src}, moved.v, moved.n};
    if (d && d->from) k.rest.from = rebase(c, src, d->base, d->from);
    return k;
}

void mem_copy_put(fctx *c, state *st, const record_copy *k) {
    if (st->ntracks) spare_elements(c, st, k->rest.base);
    state_default(c->pool, st, c->t, k->rest);
    for (uint32_t i = 0; i < k->n; i++) state_set_cell(c->pool, st, k->cells[i].addr, k->cells[i].val);
    if (st->ntracks) check_lost(c, st, "overwrite");
}

void mem_copy_record(fctx *c, state *st, sym dst, sym src) {
    if (dst == src) return;
    record_copy k = mem_copy_take(c, st, dst, src);
    mem_copy_put(c, st, &k);
}

void mem_havoc(fctx *c, state *st, sym base) {
    uint32_t event = fresh(c, st, 200, NULL); /* a number of its own for this instruction and turn */
    state_default(c->pool, st, c->t, (dflt){base, event, 0});
}

/* The written cells that stay hold what is owned and what tells states apart; that a place still holds the empty string
 * it began with is neither. */
static void forget_static(fctx *c, state *st, sym base) {
    uint32_t n = state_first_cell(st, base);
    for (uint32_t i = n; i < st->ncells; i++) {
        const symrec *v = symtab_at(c->t, st->cells[i].val);
        bool is_static = v->kind == SY_STR || (v->kind == SY_ADDR && v->p);
        if (!is_static || !addr_lies_in(c->t, st->cells[i].addr, base)) st->cells[n++] = st->cells[i];
    }
    st->ncells = n;
}

void mem_havoc_unwritten(fctx *c, state *st, sym base, uint32_t event) {
    forget_static(c, st, base);
    state_default_unwritten(c->pool, st, c->t, (dflt){base, event, 0});
}

static sym var_addr(fctx *c, uint32_t v) {
    const ir_var *x = &c->f->vars[v];
    if (x->kind == IR_V_GLOBAL) return sym_addr_global(c->t, x->usr, x->name, x->type);
    if (x->kind == IR_V_FUNC) return sym_func(c->t, x->usr, x->name);
    return sym_addr_local(c->t, v, x->type);
}

void note_use(fctx *c, sym v) {
    if (!sym_is_input(c->t, v) || symtab_at(c->t, v)->depth > 2) return;
    for (uint32_t i = 0; i < c->used.n; i++)
        if (c->used.v[i] == v) return;
    LL_PUSH(c->arena, &c->used, v);
}

static sym deref(fctx *c, state *st, sym addr, const ir_type *type) {
    sym v = mem_load(c, st, addr, type);
    if (use_value(c, st, v, NULL)) c->dead = true; /* reported; what follows from it is not news */
    note_use(c, v);
    if (!assume(c, st, v, true)) c->dead = true; /* a null dereference ends the path */
    return v;
}

/* Rows of an array lie one behind the other: c[1] of int c[2][3] is where c[0][3] would be. How many elements a row
 * has. */
static int64_t row_size(const ir_type *array) {
    int64_t n = 1;
    const ir_type *row = array && array->kind == IR_T_ARRAY ? array->elem : NULL;
    for (; row && row->kind == IR_T_ARRAY && row->count > 0 && n < INT32_MAX; row = row->elem) n *= row->count;
    return n;
}

sym eval_place_addr(fctx *c, state *st, const ir_place *p) {
    sym addr = var_addr(c, p->var);
    const ir_type *ty = c->f->vars[p->var].type;
    for (uint32_t i = 0; i < p->npath; i++) {
        const ir_step *s = &p->path[i];
        switch (s->kind) {
            case IR_S_FIELD:
                addr = sym_field(c->t, addr, s->field);
                ty = NULL;
                break;
            case IR_S_INDEX: {
                sym ix = sym_const(c->t, s->index);
                if (s->index_var != IR_NOVAR) {
                    ix = mem_load(c, st, var_addr(c, s->index_var), c->f->vars[s->index_var].type);
                    range r = state_range(st, c->t, ix);
                    if (r.lo == r.hi) ix = sym_const(c->t, r.lo);
                }
                int64_t k, row = row_size(ty), at;
                if (row > 1 && sym_is_const(c->t, ix, &k) && !__builtin_mul_overflow(k, row, &at))
                    ix = sym_const(c->t, at);
                addr = sym_index(c->t, addr, ix);
                ty = ty && ty->kind == IR_T_ARRAY ? ty->elem : NULL;
                break;
            }
            case IR_S_DEREF:
                addr = deref(c, st, addr, ty);
                ty = ty && ty->kind == IR_T_PTR ? ty->elem : NULL;
                break;
        }
    }
    return addr;
}

sym known_value(fctx *c, const state *st, sym v) {
    if (symtab_kind(c->t, v) == SY_CONST) return v;
    range r = state_range(st, c->t, v);
    return r.lo == r.hi ? sym_const(c->t, r.lo) : v;
}

sym eval_operand(fctx *c, state *st, const ir_operand *o) {
    switch (o->kind) {
        case IR_O_INT:
            return sym_const(c->t, o->i);
        case IR_O_STR:
            return sym_str(c->t, o->str ? o->str : "");
        case IR_O_FUNC:
            return sym_func(c->t, c->f->vars[o->place.var].usr, c->f->vars[o->place.var].name);
        case IR_O_ADDR:
            return eval_place_addr(c, st, &o->place);
        case IR_O_PLACE: {
            sym addr = eval_place_addr(c, st, &o->place);
            if (is_record_type(o->type)) return addr; /* a record's value is handled by its place */
            return known_value(c, st, mem_load(c, st, addr, o->type));
        }
        case IR_O_NONE:
            return 0;
        case IR_O_FLOAT:
        case IR_O_UNKNOWN:
            break;
    }
    return fresh(c, st, 100, o->type);
}

/* ---- arithmetic ---- */

sym eval_not(fctx *c, sym a) {
    symrec r = symtab_get(c->t, a);
    if (r.kind == SY_CONST) return sym_const(c->t, r.k == 0);
    if (r.kind == SY_TERM && r.op == IR_NOT) {
        const symrec *in = symtab_at(c->t, r.a);
        if (in->kind == SY_TERM && (in->op == IR_EQ || in->op == IR_LT || in->op == IR_NOT)) return r.a;
    }
    return sym_term(c->t, IR_NOT, a, 0, NULL);
}

/* Of two unknown values, what the path found out earlier: a < b, a == b. */
static bool found_out(fctx *c, const state *st, int op, sym a, sym b) {
    if (!st->nranges || symtab_kind(c->t, a) == SY_CONST || symtab_kind(c->t, b) == SY_CONST) return false;
    range r = state_range(st, c->t, sym_term(c->t, op, a, b, NULL));
    return r.lo == 1 && r.hi == 1;
}

static sym make_eq(fctx *c, const state *st, sym a, sym b) {
    int d = decide_eq(c, st, a, b);
    if (d >= 0) return sym_const(c->t, d);
    if (found_out(c, st, IR_LT, a, b) || found_out(c, st, IR_LT, b, a)) return sym_const(c->t, 0);
    int64_t k;
    if (sym_is_const(c->t, a, &k) || (!sym_is_const(c->t, b, &k) && a > b)) {
        sym x = a;
        a = b;
        b = x;
    }
    return sym_term(c->t, IR_EQ, a, b, NULL);
}

static bool is_size(const ir_type *ty) {
    return ty && ty->kind == IR_T_INT && ty->is_unsigned && ty->bits == 64;
}

/* A constant below 0 compared with a 64-bit unsigned value is a huge one (SIZE_MAX). */
static bool beyond_signed(const fctx *c, sym constant, sym value) {
    int64_t k;
    return sym_is_const(c->t, constant, &k) && k < 0 && is_size(symtab_at(c->t, value)->type);
}

/* SIZE_MAX - n */
static bool is_from_the_top(const fctx *c, sym s) {
    const symrec *r = symtab_at(c->t, s);
    int64_t k;
    return r->kind == SY_TERM && r->op == IR_SUB && is_size(r->type) && sym_is_const(c->t, r->a, &k) && k < 0;
}

bool order_is_open(const fctx *c, sym a, sym b) {
    return beyond_signed(c, a, b) || beyond_signed(c, b, a) || is_from_the_top(c, a) || is_from_the_top(c, b);
}

/* 0 < v, where the unsigned v is known not to be 0. */
static bool is_above_zero(const fctx *c, const state *st, sym a, sym b) {
    int64_t k;
    const ir_type *ty = symtab_at(c->t, b)->type;
    bool is_unsigned = ty && ty->kind == IR_T_INT && ty->is_unsigned;
    return is_unsigned && sym_is_const(c->t, a, &k) && k == 0 && state_range(st, c->t, b).nonzero;
}

/* `of`: the type of what is compared, where that is unsigned. */
static sym make_lt(fctx *c, const state *st, sym a, sym b, const ir_type *of) {
    int64_t m = 0, n = 0;
    if (a == b) return sym_const(c->t, 0);
    bool both = sym_is_const(c->t, a, &m) && sym_is_const(c->t, b, &n);
    if (is_above_zero(c, st, a, b)) return sym_const(c->t, 1);
    if (of && of->is_unsigned && sym_is_const(c->t, b, &n) && !n) return sym_const(c->t, 0);
    if (both && is_size(of)) return sym_const(c->t, (uint64_t)m < (uint64_t)n);
    if (beyond_signed(c, a, b) && sym_is_const(c->t, a, &m) && m == -1) return sym_const(c->t, 0);
    if (order_is_open(c, a, b)) return sym_term(c->t, IR_LT, a, b, of);
    range x = state_range(st, c->t, a), y = state_range(st, c->t, b);
    if (x.hi < y.lo) return sym_const(c->t, 1);
    bool equal = found_out(c, st, IR_EQ, a < b ? a : b, a < b ? b : a); /* in the order of make_eq() */
    if (x.lo >= y.hi || equal || found_out(c, st, IR_LT, b, a)) return sym_const(c->t, 0);
    return sym_term(c->t, IR_LT, a, b, of);
}

/* Bits shifted into or past the sign say nothing here: whether the value is signed is not asked. */
static bool fold(ir_arith op, int64_t a, int64_t b, int64_t *r) {
    if ((op == IR_SHL || op == IR_SHR) && (b < 0 || b > 62)) return false;
    return ir_fold(op, a, b, false, r);
}

/* (x | set) & mask and (x & keep) & mask, also of ~x, where the bits alone tell. */
static bool masked(const fctx *c, sym a, int64_t mask, int64_t *r) {
    const symrec *x = symtab_at(c->t, a);
    int64_t k;
    if (x->kind == SY_TERM && x->op == IR_BNOT && masked(c, x->a, mask, r)) {
        *r = mask & ~*r;
        return true;
    }
    if (x->kind != SY_TERM || !x->b || !sym_is_const(c->t, x->b, &k)) return false;
    if (x->op == IR_OR && !(mask & ~k)) {
        *r = mask;
        return true;
    }
    if (x->op == IR_AND && !(mask & k)) {
        *r = 0;
        return true;
    }
    return x->op == IR_OR && !(mask & k) ? masked(c, x->a, mask, r) : false;
}

/* Going back from a member reaches the record around it (container_of). */
static sym pointer_add(fctx *c, sym a, sym b) {
    int64_t k;
    const symrec *r = symtab_at(c->t, a);
    if (r->kind == SY_SUB && r->op == SUB_FIELD && sym_is_const(c->t, b, &k) && k < 0) return sym_object(c->t, a);
    return sym_index(c->t, a, b);
}

sym eval_bin(fctx *c, state *st, ir_arith op, sym a, sym b, const ir_type *type) {
    int64_t x = 0, y = 0, r;
    switch (op) {
        case IR_EQ:
            return make_eq(c, st, a, b);
        case IR_NE:
            return eval_not(c, make_eq(c, st, a, b));
        case IR_LT:
            return make_lt(c, st, a, b, type);
        case IR_GT:
            return make_lt(c, st, b, a, type);
        case IR_GE:
            return eval_not(c, make_lt(c, st, a, b, type));
        case IR_LE:
            return eval_not(c, make_lt(c, st, b, a, type));
        case IR_PTRADD:
            return pointer_add(c, a, b);
        default:
            break;
    }
    bool kx = sym_is_const(c->t, a, &x), ky = sym_is_const(c->t, b, &y);
    bool wide = (op == IR_DIV || op == IR_REM) && kx && ky && x < 0 && y > 0 && type && type->kind == IR_T_INT &&
                type->is_unsigned;
    if (wide) { /* (size_t)-1 / n */
        uint64_t z = op == IR_DIV ? (uint64_t)x / (uint64_t)y : (uint64_t)x % (uint64_t)y;
        return sym_const(c->t, (int64_t)z);
    } else if (kx && ky && fold(op, x, y, &r)) {
        return sym_const(c->t, r);
    }
    if (ky && y == 0 && (op == IR_ADD || op == IR_SUB || op == IR_OR || op == IR_XOR || op == IR_SHL || op == IR_SHR))
        return a;
    if (ky && y == 0 && (op == IR_AND || op == IR_MUL)) return sym_const(c->t, 0);
    if (ky && y == 1 && (op == IR_MUL || op == IR_DIV)) return a;
    if (kx && x == 1 && op == IR_MUL) return b;
    if (ky && op == IR_AND && masked(c, a, y, &r)) return sym_const(c->t, r);
    if (op == IR_SUB && symtab_at(c->t, a)->kind == SY_SUB && symtab_at(c->t, a)->op == SUB_INDEX &&
        symtab_at(c->t, a)->a == b)
        return symtab_at(c->t, a)->b; /* &p[i] - p */
    if (op == IR_SUB && a == b) return sym_const(c->t, 0);
    if (ky && op == IR_SUB && y != INT64_MIN) return sym_term(c->t, IR_ADD, a, sym_const(c->t, -y), type);
    if (kx && op == IR_ADD) return sym_term(c->t, IR_ADD, b, a, type);
    return sym_term(c->t, (int)op, a, b, type);
}

/* ---- words ---- */

/* The local variable that holds v, by name. */
static const char *variable_with(const fctx *c, const state *st, sym v) {
    for (uint32_t i = 0; i < st->ncells; i++) {
        const symrec *r = symtab_at(c->t, st->cells[i].addr);
        if (st->cells[i].val == v && r->kind == SY_ADDR && !r->p && r->a - 1 < c->f->nvars && c->f->vars[r->a - 1].name)
            return c->f->vars[r->a - 1].name;
    }
    return NULL;
}

static void element_words(ll_strbuf *out, int64_t k, const ir_type *array) {
    int64_t row = k < 0 ? 1 : row_size(array);
    for (; row > 1; row = row_size(array)) {
        ll_sb_printf(out, "[%lld]", (long long)(k / row));
        k %= row;
        array = array->elem;
    }
    ll_sb_printf(out, "[%lld]", (long long)k);
}

static void index_words(const fctx *c, ll_strbuf *out, sym index, const ir_type *array) {
    int64_t k;
    if (sym_is_const(c->t, index, &k))
        element_words(out, k, array);
    else
        ll_sb_add(out, "[]");
}

static void words(fctx *c, const state *st, ll_strbuf *out, sym addr, bool value, int depth) {
    symrec r = symtab_get(c->t, addr);
    if (depth > 6) return;
    if (r.kind == SY_ADDR) {
        const char *n = r.p ? r.q : (r.a - 1 < c->f->nvars ? c->f->vars[r.a - 1].name : NULL);
        if (n) ll_sb_add(out, n);
        if (n && !value && r.type && r.type->kind == IR_T_ARRAY) element_words(out, 0, r.type);
    } else if (r.kind == SY_SUB) {
        symrec base = symtab_get(c->t, r.a);
        bool through = base.kind == SY_INIT || base.kind == SY_DFLT || base.kind == SY_CONJ;
        words(c, st, out, base.kind == SY_INIT || base.kind == SY_DFLT ? base.a : r.a, true, depth + 1);
        if (!out->n) return;
        if (r.op == SUB_FIELD)
            ll_sb_printf(out, "%s%s", through ? "->" : ".", r.p);
        else
            index_words(c, out, r.b, base.kind == SY_ADDR ? base.type : NULL);
    } else if (r.kind == SY_CONJ && depth) {
        const char *name = variable_with(c, st, addr);
        if (name) ll_sb_add(out, name);
    } else if (r.kind == SY_INIT || r.kind == SY_DFLT) {
        if (!value) ll_sb_addc(out, '*');
        words(c, st, out, r.a, true, depth + 1);
    }
}

const char *place_words(fctx *c, const state *st, sym s) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < st->ncells && !b.n; i++)
        if (st->cells[i].val == s) {
            words(c, st, &b, st->cells[i].addr, false, 0);
            if (b.n && b.s[0] == '*') ll_sb_clear(&b);
        }
    if (!b.n) words(c, st, &b, s, true, 0);
    const char *r = ll_intern_str(c->e->names, ll_sb_str(&b));
    ll_sb_free(&b);
    return r;
}
