#include "ir/outline.h"

#include <string.h>

typedef struct scan {
    ll_arena *out, *a; /* a: of lists while they grow */
    const ir_func *f;
    uint32_t inst;
    uint32_t nfuncs;  /* of refs */
    uint32_t *ref_of; /* per variable: number of its ref + 1 */
    LL_ARRAY(ir_ref) refs;
    LL_ARRAY(ir_outcall) calls;
    LL_ARRAY(ir_fill) fills;
    LL_ARRAY(ir_through) through;
    LL_ARRAY(const char *) taken;
    LL_ARRAY(const char *) written;
} scan;

/* At its exact size. */
#define keep(arena, list) ll_memdup((arena), (list).v, (list).n * sizeof *(list).v)

static const char *usr_of(const scan *s, const ir_operand *o) {
    return s->f->vars[o->place.var].usr;
}

/* ---- globals ---- */

static void note_written(scan *s, const ir_place *p) {
    if (p->var == IR_NOVAR || s->f->vars[p->var].kind != IR_V_GLOBAL) return;
    for (uint32_t i = 0; i < p->npath; i++)
        if (p->path[i].kind == IR_S_DEREF) return; /* what the global points to, not the global */
    const char *usr = s->f->vars[p->var].usr;
    for (uint32_t i = s->written.n; i-- > 0;)
        if (s->written.v[i] == usr) return;
    LL_PUSH(s->a, &s->written, usr);
}

static void note_operand(scan *s, const ir_operand *o) {
    if (o->kind == IR_O_ADDR) note_written(s, &o->place);
}

/* ---- functions in fields ---- */

static bool is_callable(const ir_type *ty) {
    return ty && (ty->kind == IR_T_FUNC || (ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_FUNC));
}

/* Types are known of variables, not of fields: the record is when there is one field only. */
const char *ir_filled_name(ll_arena *a, const ir_type *t, const ir_place *p) {
    const char *field = ir_place_last_field(p);
    for (uint32_t i = 0; field && t && i < p->npath; i++) {
        bool record = t->kind == IR_T_RECORD || t->kind == IR_T_UNION;
        if (p->path[i].kind != IR_S_FIELD)
            t = t->elem;
        else
            return record && t->name && i + 1 == p->npath ? ll_printf(a, "%s::%s", t->name, field) : field;
    }
    return field;
}

static void note_fill(scan *s, const ir_inst *x) {
    if (!ir_place_last_field(&x->dst) || x->dst.var == IR_NOVAR || (x->op != IR_COPY && x->op != IR_CALL)) return;
    bool known = x->op == IR_COPY && x->a.kind == IR_O_FUNC;
    if (!known && (!is_callable(x->type) || (x->op == IR_COPY && x->a.kind == IR_O_INT))) return;
    const char *name = ir_filled_name(s->out, s->f->vars[x->dst.var].type, &x->dst);
    LL_PUSH(s->a, &s->fills, (ir_fill){name, known ? usr_of(s, &x->a) : NULL});
}

static const char *called_field(const ir_place *callee) {
    if (!callee->npath || callee->path[callee->npath - 1].kind == IR_S_INDEX) return NULL;
    const ir_step *last = &callee->path[callee->npath - 1];
    if (last->kind == IR_S_DEREF && callee->npath > 1) last--;
    return last->kind == IR_S_FIELD ? last->field : NULL;
}

const char *ir_called_name(const ir_inst *call) {
    const char *field = call->a.kind == IR_O_PLACE ? called_field(&call->a.place) : NULL;
    return field && call->table ? call->table : field;
}

static void take(scan *s, const ir_operand *o) {
    const char *usr = o->kind == IR_O_FUNC ? usr_of(s, o) : NULL;
    for (uint32_t i = 0; usr && i < s->taken.n; i++)
        if (s->taken.v[i] == usr) usr = NULL;
    if (usr) LL_PUSH(s->a, &s->taken, usr);
}

static void note_taken(scan *s, const ir_inst *x) {
    if (x->op == IR_COPY) take(s, &x->a);
    for (uint32_t k = 0; k < x->nargs; k++) take(s, &x->args[k]);
}

/* ---- calls ---- */

static const ir_callback *callback_of(const scan *s, const ir_inst *x) {
    const char *field = NULL;
    for (uint32_t k = 0; k < x->nargs && !field; k++)
        if (x->args[k].kind == IR_O_ADDR) field = ir_place_last_field(&x->args[k].place);
    if (!field) return NULL;
    LL_ARRAY(const char *) usr = {0};
    for (uint32_t k = 0; k < x->nargs; k++)
        if (x->args[k].kind == IR_O_FUNC) LL_PUSH(s->a, &usr, usr_of(s, &x->args[k]));
    if (!usr.n) return NULL;
    ir_callback *kept = LL_NEW(s->out, ir_callback);
    *kept = (ir_callback){field, keep(s->out, usr), usr.n};
    return kept;
}

/* "ops::open" as something that is called: behind the functions. */
static uint32_t table_ref(scan *s, const char *table) {
    for (uint32_t i = s->nfuncs; i < s->refs.n; i++)
        if (s->refs.v[i].usr == table) return i;
    LL_PUSH(s->a, &s->refs, (ir_ref){table, strstr(table, "::") + 2});
    return s->refs.n - 1;
}

static void note_call(scan *s, const ir_inst *x) {
    if (x->op != IR_CALL) return;
    const char *field = ir_called_name(x);
    if (field) LL_PUSH(s->a, &s->through, (ir_through){field, x->nargs});
    if (x->a.kind != IR_O_FUNC && !x->table) return;
    ir_outcall c = {.through = x->table != NULL,
                    .ref = x->table ? table_ref(s, x->table) : s->ref_of[x->a.place.var] - 1,
                    .inst = s->inst,
                    .loc = x->loc,
                    .callback = x->table ? NULL : callback_of(s, x)};
    LL_PUSH(s->a, &s->calls, c);
}

static void note_refs(scan *s) {
    for (uint32_t v = 0; v < s->f->nvars; v++) {
        if (s->f->vars[v].kind != IR_V_FUNC) continue;
        LL_PUSH(s->a, &s->refs, (ir_ref){s->f->vars[v].usr, s->f->vars[v].name});
        s->ref_of[v] = s->refs.n;
    }
    s->nfuncs = s->refs.n;
}

static bool takes_record(const ir_func *f) {
    for (uint32_t i = 0; i < f->nparams; i++)
        if (f->vars[i].type && f->vars[i].type->kind == IR_T_RECORD) return true;
    return false;
}

static bool leaves(const ir_func *f) {
    for (uint32_t b = 0; b < f->nblocks; b++) {
        if (!f->blocks[b].ninsts) return true;
        const ir_inst *t = &f->blocks[b].insts[f->blocks[b].ninsts - 1];
        if (t->op == IR_RET || t->op == IR_THROW || t->op == IR_IJUMP) return true;
    }
    return false;
}

const ir_outline *ir_outline_make(ll_arena *a, ll_arena *scratch, const ir_func *f) {
    scan s = {.out = a, .a = scratch, .f = f, .ref_of = LL_NEWN(scratch, uint32_t, f->nvars)};
    note_refs(&s);
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++, s.inst++) {
            const ir_inst *x = &f->blocks[b].insts[i];
            if (x->op != IR_DECL && x->op != IR_SCOPE_END) note_written(&s, &x->dst);
            note_operand(&s, &x->a);
            note_operand(&s, &x->b);
            for (uint32_t k = 0; k < x->nargs; k++) note_operand(&s, &x->args[k]);
            note_fill(&s, x);
            note_taken(&s, x);
            note_call(&s, x);
        }
    ir_outline *o = LL_NEW(a, ir_outline);
    *o = (ir_outline){.refs = keep(a, s.refs),
                      .calls = keep(a, s.calls),
                      .fills = keep(a, s.fills),
                      .through = keep(a, s.through),
                      .taken = keep(a, s.taken),
                      .written = keep(a, s.written),
                      .nrefs = s.refs.n,
                      .ncalls = s.calls.n,
                      .nfills = s.fills.n,
                      .nthrough = s.through.n,
                      .ntaken = s.taken.n,
                      .nwritten = s.written.n,
                      .leaves = leaves(f),
                      .by_value = takes_record(f)};
    ir_outline_fields(a, scratch, f, o);
    return o;
}

uint32_t ir_block_of(const ir_func *f, const ir_inst *in) {
    uint32_t b = 0;
    while (b < f->nblocks && !(in >= f->blocks[b].insts && in < f->blocks[b].insts + f->blocks[b].ninsts)) b++;
    return b;
}

const ir_inst *ir_inst_at(const ir_func *f, uint32_t n) {
    for (uint32_t b = 0; b < f->nblocks; n -= f->blocks[b++].ninsts)
        if (n < f->blocks[b].ninsts) return &f->blocks[b].insts[n];
    return NULL;
}
