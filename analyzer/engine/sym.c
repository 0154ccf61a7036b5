#include "engine/sym.h"

#include <string.h>

/* Deeper structures (list->next->next…) are cut: the deep cell becomes an unrelated value. */
#define SYM_MAX_DEPTH 24

typedef struct sym_slot {
    uint32_t hash;
    sym s; /* 0: free */
} sym_slot;

symtab *symtab_new(ll_arena *a) {
    symtab *t = LL_NEW(a, symtab);
    t->arena = a;
    t->cap = 256;
    t->rec = LL_NEWN(a, symrec, t->cap);
    t->kind = LL_NEWN(a, uint8_t, t->cap);
    t->object = LL_NEWN(a, sym, t->cap);
    t->region = LL_NEWN(a, sym, t->cap);
    t->bounds = LL_NEWN(a, sym_bounds, t->cap);
    t->in_element = LL_NEWN(a, bool, t->cap);
    t->var = LL_NEWN(a, uint32_t, t->cap);
    t->input = LL_NEWN(a, bool, t->cap);
    t->var[0] = IR_NOVAR;
    t->n = 1;
    t->nslot = 512;
    t->slot = LL_NEWN(a, sym_slot, t->nslot);
    return t;
}

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 32;
}

static uint32_t rec_hash(const symrec *r) {
    uint64_t h = mix((uint64_t)r->kind | (uint64_t)r->op << 8, (uint64_t)r->a << 32 | r->b);
    return (uint32_t)mix(h + (uint64_t)r->k, (uint64_t)(uintptr_t)r->p);
}

static bool rec_same(const symrec *x, const symrec *y) {
    return x->kind == y->kind && x->op == y->op && x->a == y->a && x->b == y->b && x->k == y->k && x->p == y->p;
}

static void grow_slots(symtab *t) {
    const sym_slot *old = t->slot;
    uint32_t n = t->nslot, mask = n * 2 - 1;
    t->nslot = n * 2;
    t->slot = LL_NEWN(t->arena, sym_slot, t->nslot);
    for (uint32_t k = 0; k < n; k++) {
        if (!old[k].s) continue;
        uint32_t i = old[k].hash & mask;
        while (t->slot[i].s) i = (i + 1) & mask;
        t->slot[i] = old[k];
    }
}

static void *grown(symtab *t, const void *v, size_t size) {
    void *bigger = ll_alloc(t->arena, (size_t)t->cap * 2 * size);
    return memcpy(bigger, v, t->n * size);
}

static void grow_records(symtab *t) {
    t->rec = grown(t, t->rec, sizeof *t->rec);
    t->kind = grown(t, t->kind, sizeof *t->kind);
    t->object = grown(t, t->object, sizeof *t->object);
    t->region = grown(t, t->region, sizeof *t->region);
    t->var = grown(t, t->var, sizeof *t->var);
    t->bounds = grown(t, t->bounds, sizeof *t->bounds);
    t->in_element = grown(t, t->in_element, sizeof *t->in_element);
    t->input = grown(t, t->input, sizeof *t->input);
    t->cap *= 2;
}

static sym_bounds bounds_of_type(const ir_type *ty) {
    sym_bounds b = {.lo = INT64_MIN, .hi = INT64_MAX};
    if (!ty) return b;
    if (ty->kind == IR_T_BOOL) return (sym_bounds){.lo = 0, .hi = 1};
    if (ty->kind != IR_T_INT) return b;
    if (ty->is_unsigned) {
        bool wide = !ty->bits || ty->bits >= 63;
        b.lo = wide ? -1 /* (size_t)-1 */ : 0;
        if (!wide) b.hi = ((int64_t)1 << ty->bits) - 1;
    } else if (ty->bits && ty->bits < 64) {
        b.lo = -((int64_t)1 << (ty->bits - 1));
        b.hi = ((int64_t)1 << (ty->bits - 1)) - 1;
    }
    return b;
}

static sym_bounds bounds_of(const symrec *r) {
    switch ((sym_kind)r->kind) {
        case SY_CONST:
            return (sym_bounds){.lo = r->k, .hi = r->k, .nonzero = r->k != 0};
        case SY_STR:
        case SY_FUNC:
        case SY_ADDR:
            return (sym_bounds){.lo = INT64_MIN, .hi = INT64_MAX, .nonzero = true};
        case SY_SUB:
            return (sym_bounds){
                .lo = INT64_MIN, .hi = INT64_MAX, .nonzero = r->op == SUB_INDEX, .by_parts = r->op != SUB_INDEX};
        default: {
            sym_bounds b = bounds_of_type(r->type);
            if (r->kind != SY_TERM) return b;
            if (r->op == IR_EQ || r->op == IR_LT || r->op == IR_NOT) {
                if (b.lo < 0) b.lo = 0;
                if (b.hi > 1) b.hi = 1;
            }
            b.by_parts = r->op == IR_AND || r->op == IR_OR || r->op == IR_NEG || r->op == IR_ADD || r->op == IR_SUB ||
                         r->op == IR_MUL || r->op == IR_SHL || r->op == IR_DIV || r->op == IR_REM || r->op == IR_TRUNC;
            return b;
        }
    }
}

static sym cons(symtab *t, symrec r) {
    uint32_t hash = rec_hash(&r), i = hash & (t->nslot - 1);
    for (; t->slot[i].s; i = (i + 1) & (t->nslot - 1)) {
        if (t->slot[i].hash != hash) continue;
        symrec *known = &t->rec[t->slot[i].s];
        if (!rec_same(known, &r)) continue;
        if (!known->type && r.type) {
            known->type = r.type;
            t->bounds[t->slot[i].s] = bounds_of(known);
        }
        return t->slot[i].s;
    }
    if (t->n == t->cap) grow_records(t);
    sym s = t->n++;
    bool inside = r.kind == SY_SUB || (r.kind == SY_TERM && (r.op == TERM_ALIAS || r.op == IR_PTRADD));
    t->rec[s] = r;
    t->kind[s] = r.kind;
    t->bounds[s] = bounds_of(&r);
    t->object[s] = inside ? t->object[r.a] : s;
    t->region[s] = r.kind == SY_SUB ? t->region[r.a] : s;
    t->var[s] = r.kind == SY_SUB ? t->var[r.a] : r.kind == SY_ADDR && !r.p ? r.a - 1 : IR_NOVAR;
    t->input[s] = r.input;
    t->in_element[s] = r.kind == SY_SUB && (t->in_element[r.a] || (r.op == SUB_INDEX && t->kind[r.b] != SY_CONST));
    t->has_elements |= t->in_element[s];
    t->slot[i] = (sym_slot){hash, s};
    if (t->n * 2 > t->nslot) grow_slots(t);
    return s;
}

static void grow_locals(symtab *t, uint32_t var) {
    uint32_t n = var + var / 2 + 32;
    sym *local = LL_NEWN(t->arena, sym, n);
    if (t->nlocal) memcpy(local, t->local, t->nlocal * sizeof *local);
    t->local = local;
    t->nlocal = n;
}

static uint8_t deeper(const symtab *t, sym a, sym b) {
    uint8_t d = t->rec[a].depth;
    if (b && t->rec[b].depth > d) d = t->rec[b].depth;
    return d < 255 ? (uint8_t)(d + 1) : d;
}

sym sym_const(symtab *t, int64_t k) {
    return cons(t, (symrec){.kind = SY_CONST, .k = k, .input = true});
}
sym sym_str(symtab *t, const char *text) {
    return cons(t, (symrec){.kind = SY_STR, .p = text, .input = true});
}

sym sym_func(symtab *t, const char *usr, const char *name) {
    return cons(t, (symrec){.kind = SY_FUNC, .p = usr, .q = name, .input = true});
}

sym sym_addr_local(symtab *t, uint32_t var, const ir_type *type) {
    if (var >= t->nlocal) grow_locals(t, var);
    sym s = t->local[var];
    if (s && (t->rec[s].type || !type)) return s;
    return t->local[var] = cons(t, (symrec){.kind = SY_ADDR, .a = var + 1, .type = type});
}

sym sym_addr_global(symtab *t, const char *usr, const char *name, const ir_type *type) {
    return cons(t, (symrec){.kind = SY_ADDR, .p = usr, .q = name, .type = type, .input = true});
}

sym sym_field(symtab *t, sym base, const char *field) {
    uint8_t d = deeper(t, base, 0);
    if (d > SYM_MAX_DEPTH) return sym_conj(t, UINT32_MAX, base, NULL);
    return cons(
        t, (symrec){.kind = SY_SUB, .op = SUB_FIELD, .a = base, .p = field, .input = t->rec[base].input, .depth = d});
}

sym sym_index(symtab *t, sym base, sym index) {
    int64_t k, k0;
    bool konst = sym_is_const(t, index, &k);
    if (konst && k == 0) return base;
    const symrec *b = &t->rec[base];
    if (b->kind == SY_SUB && b->op == SUB_INDEX) {
        if (konst && sym_is_const(t, b->b, &k0)) return sym_index(t, b->a, sym_const(t, k0 + k));
        /* p + i + 1 in a loop: one unknown element stands for the sum */
        sym sum = sym_term(t, IR_ADD, b->b, index, NULL);
        base = t->rec[base].a;
        index = sum;
    }
    uint8_t d = deeper(t, base, index);
    if (d > SYM_MAX_DEPTH) return sym_conj(t, UINT32_MAX, base, NULL);
    bool input = t->rec[base].input && t->rec[index].input;
    return cons(t, (symrec){.kind = SY_SUB, .op = SUB_INDEX, .a = base, .b = index, .input = input, .depth = d});
}

sym sym_init(symtab *t, sym addr, const ir_type *type, bool of_param) {
    sym s = t->rec[addr].init;
    if (s && (t->rec[s].type || !type)) return s;
    uint8_t d = deeper(t, addr, 0);
    if (d > SYM_MAX_DEPTH) return sym_conj(t, UINT32_MAX, addr, type);
    bool input = of_param || t->rec[addr].input;
    s = cons(t, (symrec){.kind = SY_INIT, .a = addr, .input = input, .type = type, .depth = d});
    t->rec[addr].init = s;
    return s;
}

sym sym_dflt(symtab *t, sym addr, uint32_t event, const ir_type *type) {
    return cons(t, (symrec){.kind = SY_DFLT, .a = addr, .b = event, .type = type, .depth = deeper(t, addr, 0)});
}

sym sym_conj(symtab *t, uint32_t inst, uint32_t tag, const ir_type *type) {
    return cons(t, (symrec){.kind = SY_CONJ, .a = inst, .b = tag, .type = type});
}

sym sym_term(symtab *t, int op, sym a, sym b, const ir_type *type) {
    uint8_t d = deeper(t, a, b);
    if (d > SYM_MAX_DEPTH) return sym_conj(t, UINT32_MAX - 1, a, type);
    bool input = t->rec[a].input && (!b || t->rec[b].input);
    return cons(t,
                (symrec){.kind = SY_TERM, .op = (uint8_t)op, .a = a, .b = b, .input = input, .type = type, .depth = d});
}

sym sym_shifted(const symtab *t, sym s) {
    while (t->kind[s] == SY_TERM && t->rec[s].op == IR_ADD && t->kind[t->rec[s].b] == SY_CONST) s = t->rec[s].a;
    return s;
}
