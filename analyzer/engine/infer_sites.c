/* What the callers of a function do with what it gives: which functions get it, by way of locals, and by way of fields.
 *
 * Instructions are read in the order of their blocks; no path is followed and nothing is ever overwritten. One function
 * read wrongly is one vote among many. */
#include <string.h>

#include "engine/infer_parts.h"

known_function *infer_function(inference *x, const char *usr) {
    return usr ? name_map_get(x->by_usr, usr) : NULL;
}

known_function *infer_callee(inference *x, const ir_func *f, const ir_inst *call) {
    const ir_place *p = &call->a.place;
    if (call->a.kind == IR_O_FUNC) return infer_function(x, f->vars[p->var].usr);
    if (call->a.kind != IR_O_PLACE || p->npath || f->vars[p->var].kind != IR_V_GLOBAL) return NULL;
    return infer_function(x, program_find_target(x->e, f->vars[p->var].usr));
}

/* One call of a function that gives something, while the rest of its caller is read. */
typedef struct site {
    inference *x;
    const ir_func *f;
    give *g;
    uint8_t *has; /* per variable: it may hold the value */
    ll_arena *scratch;
    LL_ARRAY(uint32_t) seen; /* numbers of the partners that get it */
    uint32_t last;           /* the number + 1 of the last one */
    bool passed, tested;
} site;

static uint32_t partner_of(inference *x, give *g, known_function *f, uint32_t arg, bool through) {
    for (uint32_t i = 0; i < g->partners.n; i++) {
        const partner *p = &g->partners.v[i];
        if (p->f == f && p->arg == arg && p->through == through) return i;
    }
    LL_PUSH(x->a, &g->partners, (partner){.f = f, .arg = arg, .through = through});
    return g->partners.n - 1;
}

static bool may_end(const known_function *f, uint32_t arg, bool through) {
    for (uint32_t i = 0; i < f->ends.n; i++)
        if (f->ends.v[i].arg == arg && f->ends.v[i].through == through) return true;
    return false;
}

static const char *last_field(const ir_place *p) {
    for (uint32_t i = p->npath; i-- > 0;)
        if (p->path[i].kind == IR_S_FIELD) return p->path[i].field;
    return NULL;
}

static void store(site *s, const ir_place *dst) {
    const char *field = last_field(dst);
    s->passed = true;
    for (uint32_t i = 0; field && i < s->g->fields.n; i++)
        if (s->g->fields.v[i] == field) return;
    if (field) LL_PUSH(s->x->a, &s->g->fields, field);
}

static void reaches(site *s, known_function *to, uint32_t arg, bool through) {
    if (!to || to == s->g->f || !may_end(to, arg, through)) return;
    uint32_t p = partner_of(s->x, s->g, to, arg, through);
    s->last = p + 1;
    for (uint32_t i = 0; i < s->seen.n; i++)
        if (s->seen.v[i] == p) return;
    LL_PUSH(s->scratch, &s->seen, p);
    s->g->partners.v[p].sites++;
}

static void read_call(site *s, const ir_inst *in) {
    known_function *to = infer_callee(s->x, s->f, in);
    for (uint32_t i = 0; i < in->nargs; i++) {
        const ir_operand *o = &in->args[i];
        if ((o->kind != IR_O_PLACE && o->kind != IR_O_ADDR) || o->place.npath || !s->has[o->place.var]) continue;
        reaches(s, to, i + 1, o->kind == IR_O_ADDR);
    }
}

static void read_inst(site *s, const ir_inst *in) {
    bool carries = (in->op == IR_COPY || in->op == IR_RET) && in->a.kind == IR_O_PLACE && !in->a.place.npath &&
                   s->has[in->a.place.var];
    if (in->op == IR_CALL) read_call(s, in);
    if (in->op == IR_BRANCH && in->a.kind == IR_O_PLACE && !in->a.place.npath) s->tested |= s->has[in->a.place.var];
    if (!carries) return;
    if (in->op == IR_RET) {
        s->passed = true;
    } else if (in->dst.npath || s->f->vars[in->dst.var].kind == IR_V_GLOBAL) {
        store(s, &in->dst);
    } else {
        s->has[in->dst.var] = 1;
    }
}

static void read_rest(site *s, uint32_t block, uint32_t inst) {
    for (uint32_t b = block; b < s->f->nblocks; b++)
        for (uint32_t i = b == block ? inst + 1 : 0; i < s->f->blocks[b].ninsts; i++)
            read_inst(s, &s->f->blocks[b].insts[i]);
}

static void read_site(inference *x, const ir_func *f, give *g, uint32_t block, uint32_t inst, ll_arena *scratch) {
    const ir_inst *in = &f->blocks[block].insts[inst];
    const ir_place *to = &in->dst;
    if (g->arg) {
        if (g->arg > in->nargs || in->args[g->arg - 1].kind != IR_O_ADDR) return;
        to = &in->args[g->arg - 1].place;
    }
    g->sites++;
    if (to->var == IR_NOVAR) return;
    site s = {.x = x, .f = f, .g = g, .scratch = scratch, .has = ll_alloc(scratch, f->nvars)};
    if (to->npath || f->vars[to->var].kind == IR_V_GLOBAL) {
        store(&s, to);
    } else {
        s.has[to->var] = 1;
        read_rest(&s, block, inst);
    }
    if (s.last) g->partners.v[s.last - 1].last++;
    g->released += s.last != 0;
    g->passed += s.passed;
    g->tested += s.tested;
}

/* ---- fields ---- */

typedef struct field_end {
    LL_ARRAY(partner) by;
} field_end;

static void note_field(inference *x, const char *field, known_function *to, uint32_t arg, bool through) {
    if (!field || !to || !may_end(to, arg, through)) return;
    field_end *fe = name_map_get(x->fields, field);
    if (!fe) {
        fe = LL_NEW(x->a, field_end);
        name_map_put(x->fields, field, fe);
    }
    for (uint32_t i = 0; i < fe->by.n; i++)
        if (fe->by.v[i].f == to && fe->by.v[i].arg == arg && fe->by.v[i].through == through) return;
    LL_PUSH(x->a, &fe->by, (partner){.f = to, .arg = arg, .through = through});
}

/* Which fields' values reach ends: f(p->x), f(&p->x), and t = p->x; f(t). */
static void read_fields(inference *x, const ir_func *f, ll_arena *scratch) {
    const char **from = LL_NEWN(scratch, const char *, f->nvars);
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (in->op == IR_COPY && in->a.kind == IR_O_PLACE && in->a.place.npath && !in->dst.npath)
                from[in->dst.var] = last_field(&in->a.place);
            if (in->op != IR_CALL) continue;
            known_function *to = infer_callee(x, f, in);
            for (uint32_t k = 0; to && to->ends.n && k < in->nargs; k++) {
                const ir_operand *o = &in->args[k];
                if (o->kind != IR_O_PLACE && o->kind != IR_O_ADDR) continue;
                const char *field = o->place.npath          ? last_field(&o->place)
                                    : o->kind == IR_O_PLACE ? from[o->place.var]
                                                            : NULL;
                note_field(x, field, to, k + 1, o->kind == IR_O_ADDR);
            }
        }
}

static void read_function(inference *x, const ir_func *f, ll_arena *scratch) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            known_function *from = in->op == IR_CALL ? infer_callee(x, f, in) : NULL;
            for (uint32_t k = 0; from && k < from->gives.n; k++) read_site(x, f, &from->gives.v[k], b, i, scratch);
        }
    read_fields(x, f, scratch);
    ll_arena_reset(scratch);
}

/* A field that one function fills and another ends is a witness for the two. */
static void meet_in_fields(inference *x, give *g) {
    for (uint32_t i = 0; i < g->fields.n; i++) {
        const field_end *fe = name_map_get(x->fields, g->fields.v[i]);
        for (uint32_t k = 0; fe && k < fe->by.n; k++)
            if (fe->by.v[k].f != g->f) {
                uint32_t p = partner_of(x, g, fe->by.v[k].f, fe->by.v[k].arg, fe->by.v[k].through);
                g->partners.v[p].fields++;
            }
    }
}

void infer_sites(inference *x) {
    ll_arena *scratch = ll_arena_new("call sites");
    for (uint32_t i = 0; i < x->e->nodes.n; i++)
        if (!x->e->nodes.v[i].f->in_system_header) read_function(x, x->e->nodes.v[i].f, scratch);
    for (uint32_t i = 0; i < x->all.n; i++)
        for (uint32_t k = 0; k < x->all.v[i]->gives.n; k++) meet_in_fields(x, &x->all.v[i]->gives.v[k]);
    ll_arena_free(scratch);
}
