/* Which parameters are lent for the call: whatever path is taken, nobody has them afterwards who did not before.
 *
 *     static int check(struct url *u, char *host) {      u is read and written to, on forty ways, of which ten are
 * told: …  u->zone = strdup(host);  …                  none of them can store u itself, hand it on or release it
 *     }
 *
 * Outcomes that are not told (of a loop's further turns, of states that were dropped) may do anything that the body
 * does. What no instruction of the body does, none of them does: so instructions are looked at without regard to paths,
 * until nothing changes. A variable may hold a parameter's value itself, an address within its block included, or
 * something read from there (`inside`). Either is kept when it is stored to memory that is not the parameter's own
 * block, returned, or given to a callee that is not known to be lent it. */
#include "engine/flow.h"

typedef struct origin { /* bit sets of parameters */
    uint64_t itself, inside;
} origin;

typedef struct lending {
    fctx *c;
    origin *of; /* per variable */
    origin kept;
    bool changed;
} lending;

static origin both(origin a, origin b) {
    return (origin){a.itself | b.itself, a.inside | b.inside};
}

static void add(lending *l, origin *to, origin o) {
    l->changed |= (o.itself & ~to->itself) || (o.inside & ~to->inside);
    *to = both(*to, o);
}

static void keep(lending *l, origin o) {
    add(l, &l->kept, (origin){o.itself, o.itself | o.inside}); /* who has the block has what lies in it */
}

static uint32_t derefs(const ir_place *p) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->npath; i++) n += p->path[i].kind == IR_S_DEREF;
    return n;
}

/* Can a value of the type be, or have in it, a pointer or a handle? */
static bool holds_handle(const ir_type *ty) {
    if (!ty) return true;
    if (ty->kind == IR_T_BOOL || ty->kind == IR_T_FLOAT || ty->kind == IR_T_VOID) return false;
    return ty->kind != IR_T_INT || (ty->bits == 32 && !ty->is_unsigned);
}

/* Where it came from that is reached by n dereferences. */
static origin behind(origin o, uint32_t n) {
    return n ? (origin){0, o.itself | o.inside} : o;
}

static origin origin_of(const lending *l, const ir_operand *o) {
    if ((o->kind != IR_O_PLACE && o->kind != IR_O_ADDR) || o->place.var >= l->c->f->nvars) return (origin){0};
    uint32_t n = derefs(&o->place);
    if (o->kind == IR_O_ADDR) return n ? behind(l->of[o->place.var], n - 1) : (origin){0};
    return n && !holds_handle(o->type) ? (origin){0} : behind(l->of[o->place.var], n);
}

static bool one_bit(uint64_t x) {
    return x && !(x & (x - 1));
}

static void store(lending *l, const ir_place *dst, origin o) {
    if (dst->var >= l->c->f->nvars || !(o.itself | o.inside)) return;
    const ir_var *v = &l->c->f->vars[dst->var];
    uint32_t n = derefs(dst);
    if (!n) {
        bool own = (v->kind == IR_V_LOCAL || v->kind == IR_V_TEMP || v->kind == IR_V_PARAM) && !v->address_taken;
        if (own)
            add(l, &l->of[dst->var], o);
        else
            keep(l, o);
        return;
    }
    origin to = l->of[dst->var];
    uint64_t back = n == 1 && one_bit(to.itself) && !to.inside ? to.itself : 0; /* into the parameter's own block */
    keep(l, (origin){o.itself & ~back, 0});
    add(l, &l->kept, (origin){0, o.inside & ~back});
}

/* What rules say of the argument: it is used, at most. */
static bool model_lends(const rule_model *m, uint32_t arg) {
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        rule_effect_kind k = ef->kind;
        if (ef->where.arg != arg && ef->from.arg != arg) continue;
        if (k != EFF_BORROW && k != EFF_READ && k != EFF_ALIAS && k != EFF_WRITE && k != EFF_ZERO) return false;
    }
    return true;
}

typedef struct callee {
    const summary *sum;
    const rule_model *model;
    const ir_fdecl *decl;
} callee;

static callee callee_of(lending *l, const ir_inst *in) {
    fctx *c = l->c;
    if (in->a.kind != IR_O_FUNC) return (callee){0};
    const ir_var *v = &c->f->vars[in->a.place.var];
    const func_node *n = program_node(c->e, v->usr, c->unit);
    callee k = {.sum = n ? n->sum : NULL, .decl = program_decl(c->e, v->usr)};
    k.model = program_model(c->e, v->usr, v->name, k.decl);
    if (!k.model && in->macro) k.model = rule_set_model(c->e->rules, in->macro);
    return k;
}

static void give(lending *l, const ir_inst *in, const callee *k, uint32_t i) {
    origin o = origin_of(l, &in->args[i]);
    if (!(o.itself | o.inside)) return;
    const ir_type *ty = k->decl && i < k->decl->nparams ? k->decl->params[i] : in->args[i].type;
    bool bytes = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_VOID;
    bool constant = ir_points_to_const(ty), library = k->decl && k->decl->in_system_header;
    bool variable = k->decl && k->decl->variadic && i >= k->decl->nparams;
    origin contents = {0, bytes ? o.itself | o.inside : 0};
    if (k->model && !model_lends(k->model, i + 1)) {
        keep(l, o);
    } else if (k->sum && i < 64 && !variable) {
        bool lent = k->sum->lends >> i & 1, all = k->sum->lends_all >> i & 1;
        if (!lent) keep(l, o);
        if (!all) add(l, &l->kept, (origin){0, o.itself | o.inside});
    } else if (variable || constant || (k->model && library) || (library && !bytes && !is_record_type(ty))) {
        add(l, &l->kept, contents); /* memcpy() and its like */
    } else {
        keep(l, o);
    }
}

static void call(lending *l, const ir_inst *in) {
    origin given = {0};
    for (uint32_t i = 0; i < in->nargs; i++) given = both(given, origin_of(l, &in->args[i]));
    if (!(given.itself | given.inside)) return;
    const callee k = callee_of(l, in);
    for (uint32_t i = 0; i < in->nargs; i++) give(l, in, &k, i);
    if (!k.sum && in->type && in->type->kind == IR_T_PTR && in->dst.var != IR_NOVAR) store(l, &in->dst, given);
}

static void compute(lending *l, const ir_inst *in) {
    switch (in->arith) {
        case IR_PTRADD:
        case IR_ADD:
        case IR_SUB:
        case IR_AND:
        case IR_OR:
        case IR_XOR:
        case IR_TRUNC: {
            bool distance = in->arith == IR_SUB && in->a.type && in->b.type && in->a.type->kind == IR_T_PTR &&
                            in->b.type->kind == IR_T_PTR;
            origin b = in->op == IR_BIN && in->arith != IR_PTRADD ? origin_of(l, &in->b) : (origin){0};
            if (!distance) store(l, &in->dst, both(origin_of(l, &in->a), b));
            break;
        }
        default:
            break;
    }
}

static void look_at(lending *l, const ir_inst *in) {
    switch (in->op) {
        case IR_COPY:
            store(l, &in->dst, origin_of(l, &in->a));
            break;
        case IR_UN:
        case IR_BIN:
            compute(l, in);
            break;
        case IR_CALL:
            call(l, in);
            break;
        case IR_RET:
            keep(l, origin_of(l, &in->a));
            break;
        default:
            break;
    }
}

void flow_find_lent(fctx *c) {
    const ir_func *f = c->f;
    uint32_t n = f->nparams < 64 ? f->nparams : 64;
    bool pointers = false;
    for (uint32_t p = 0; p < n; p++) pointers |= holds_handle(f->vars[p].type);
    if (f->is_partial || !pointers) return;
    lending l = {.c = c, .of = LL_NEWN(c->arena, origin, f->nvars + 1)};
    for (uint32_t p = 0; p < n; p++) {
        l.of[p].itself = (uint64_t)1 << p;
        if (f->vars[p].address_taken || is_record_type(f->vars[p].type)) keep(&l, l.of[p]);
    }
    do {
        l.changed = false;
        for (uint32_t b = 0; b < f->nblocks; b++)
            for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) look_at(&l, &f->blocks[b].insts[i]);
    } while (l.changed);
    uint64_t all = n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
    c->lends = all & ~l.kept.itself;
    c->lends_all = c->lends & ~l.kept.inside;
}
