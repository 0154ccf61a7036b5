/* What a function does with the pointers that records hold, read off its body without following paths: what they are
 * given, where they go, which calls get them. What a callee does with them is not asked here: it depends on the program
 * and on rules. */
#include <string.h>

#include "ir/outline.h"

enum { DEFS = 8, LOOK_BACK = 32, MOST_ARGS = 1 << 16 };

typedef struct scan {
    ll_arena *out, *a; /* a: of lists while they grow */
    const ir_func *f;
    const ir_outline *o;
    const ir_inst **inst; /* all, by number */
    uint32_t ninsts;
    uint32_t *first; /* per variable: number of the first instruction that gives it a value, + 1 */
    uint32_t *next;  /* per instruction: of the next one that gives the same variable one, + 1 */
    uint32_t *kept;  /* per variable: in how many places it is stored */
    uint32_t *ref;   /* per variable that is a function: number of its ref */
    uint32_t at;
    LL_ARRAY(ir_field_event) events;
    LL_ARRAY(const char *) pointers;
} scan;

const char *ir_record_pointed_to(const ir_func *f, uint32_t var) {
    const ir_type *ty = f->vars[var].type;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD ? ty->elem->name : NULL;
}

/* `v->a.b` with v a pointer to a record, or a record itself: its name. */
static const char *base_record(const ir_func *f, const ir_place *p) {
    uint32_t from = p->path[0].kind == IR_S_DEREF;
    for (uint32_t i = from; i < p->npath; i++)
        if (p->path[i].kind != IR_S_FIELD) return NULL;
    if (from) return ir_record_pointed_to(f, p->var);
    const ir_type *ty = f->vars[p->var].type;
    return ty && ty->kind == IR_T_RECORD ? ty->name : NULL;
}

static bool is_global(const scan *s, uint32_t var) {
    return s->f->vars[var].kind == IR_V_GLOBAL;
}

/* ---- which instructions give a variable its values ---- */

static bool is_whole(const ir_operand *o) {
    return o->kind == IR_O_PLACE && !o->place.npath;
}

static bool defines(const ir_inst *x) {
    return x->dst.var != IR_NOVAR && !x->dst.npath && x->op != IR_DECL && x->op != IR_SCOPE_END;
}

static void index_body(scan *s) {
    const ir_func *f = s->f;
    for (uint32_t b = 0; b < f->nblocks; b++) s->ninsts += f->blocks[b].ninsts;
    s->inst = LL_NEWN(s->a, const ir_inst *, s->ninsts);
    s->next = LL_NEWN(s->a, uint32_t, s->ninsts);
    s->first = LL_NEWN(s->a, uint32_t, f->nvars);
    s->kept = LL_NEWN(s->a, uint32_t, f->nvars);
    s->ref = LL_NEWN(s->a, uint32_t, f->nvars);
    for (uint32_t v = 0, n = 0; v < f->nvars; v++)
        if (f->vars[v].kind == IR_V_FUNC) s->ref[v] = n++;
    for (uint32_t b = 0, n = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) s->inst[n++] = &f->blocks[b].insts[i];
    for (uint32_t n = s->ninsts; n-- > 0;) {
        const ir_inst *x = s->inst[n];
        if (x->op == IR_COPY && is_whole(&x->a)) s->kept[x->a.place.var] += x->dst.npath || is_global(s, x->dst.var);
        if (!defines(x)) continue;
        s->next[n] = s->first[x->dst.var];
        s->first[x->dst.var] = n + 1;
    }
}

/* ---- events ---- */

static bool says_the_same(const ir_field_event *x, const ir_field_event *y) {
    return x->what == y->what && x->type == y->type && x->field == y->field;
}

static ir_field_event *add(scan *s, ir_field_event x) {
    x.inst = s->at;
    x.loc = s->inst[s->at]->loc;
    LL_PUSH(s->a, &s->events, x);
    return &s->events.v[s->events.n - 1];
}

/* Once is enough. */
static void state(scan *s, ir_field_what what, const char *type, const char *field) {
    const ir_field_event x = {.what = what, .type = type, .field = field, .callee = IR_NO_CALLEE};
    uint32_t least = s->events.n > LOOK_BACK ? s->events.n - LOOK_BACK : 0;
    for (uint32_t i = s->events.n; i > least; i--)
        if (says_the_same(&s->events.v[i - 1], &x)) return;
    add(s, x);
}

static uint32_t callee_of(scan *s, const ir_inst *call) {
    const ir_place *p = &call->a.place;
    if (call->a.kind == IR_O_FUNC) return s->ref[p->var];
    if (!is_whole(&call->a) || !is_global(s, p->var)) return IR_NO_CALLEE;
    const char *usr = s->f->vars[p->var].usr;
    uint32_t i = 0;
    while (i < s->pointers.n && s->pointers.v[i] != usr) i++;
    if (i == s->pointers.n) LL_PUSH(s->a, &s->pointers, usr);
    return s->o->nrefs + i;
}

/* ---- stores ---- */

typedef enum given_kind { GIVEN_NOTHING, GIVEN_CALL, GIVEN_PARAM, GIVEN_OTHER } given_kind;

typedef struct givers {
    LL_ARRAY(const char *) names;
    const ir_inst *last;
} givers;

/* What a call gives is somebody's own: not a view of a constant. */
static given_kind call_gives(scan *s, const ir_inst *call, givers *by) {
    bool named = call->a.kind == IR_O_FUNC || is_whole(&call->a);
    const char *name = named ? s->f->vars[call->a.place.var].name : NULL;
    if (!name || ir_points_to_const(call->type)) return GIVEN_OTHER;
    LL_PUSH(s->a, &by->names, name);
    by->last = call;
    return GIVEN_CALL;
}

/* All that a variable was ever given, as one answer. */
static given_kind variable_given(scan *s, uint32_t var, givers *by, uint32_t depth) {
    given_kind k = var < s->f->nparams ? GIVEN_PARAM : GIVEN_NOTHING;
    if (is_global(s, var) || depth > DEFS) return GIVEN_OTHER;
    for (uint32_t n = s->first[var]; n; n = s->next[n - 1]) {
        const ir_inst *x = s->inst[n - 1];
        if (x->op == IR_COPY && x->a.kind == IR_O_INT && !x->a.i) continue;
        bool temp = x->op == IR_COPY && is_whole(&x->a) && s->f->vars[x->a.place.var].kind == IR_V_TEMP;
        given_kind one = temp               ? variable_given(s, x->a.place.var, by, depth + 1)
                         : x->op == IR_CALL ? call_gives(s, x, by)
                                            : GIVEN_OTHER;
        if (one == GIVEN_NOTHING) continue;
        if (one == GIVEN_OTHER || (k != GIVEN_NOTHING && k != one)) return GIVEN_OTHER;
        k = one;
    }
    return k;
}

static given_kind given(scan *s, const ir_inst *x, givers *by) {
    if (x->op == IR_CALL) return call_gives(s, x, by);
    if (x->op != IR_COPY) return GIVEN_OTHER;
    if (x->a.kind == IR_O_INT && !x->a.i) return GIVEN_NOTHING;
    if (!is_whole(&x->a)) return GIVEN_OTHER;
    /* the value goes to more than one place: which of them owns it? */
    return s->kept[x->a.place.var] > 1 ? GIVEN_OTHER : variable_given(s, x->a.place.var, by, 0);
}

static void note_store(scan *s, const ir_inst *x) {
    const char *field = ir_place_last_field(&x->dst);
    if (!field || x->op == IR_DECL || x->op == IR_SCOPE_END || x->op == IR_ZERO) return;
    const char *type = base_record(s->f, &x->dst);
    if (!type || !x->type || x->type->kind != IR_T_PTR) return;
    givers by = {0};
    given_kind k = given(s, x, &by);
    if (k == GIVEN_NOTHING || k == GIVEN_OTHER) {
        state(s, k == GIVEN_NOTHING ? IR_FIELD_MET : IR_FIELD_SHARED, type, field);
        return;
    }
    ir_field_event *e = add(s, (ir_field_event){IR_FIELD_GIVEN, .type = type, .field = field, .callee = IR_NO_CALLEE});
    if (k == GIVEN_PARAM) return;
    e->loc = by.last->loc;
    if (by.last->a.kind == IR_O_FUNC) e->callee = s->ref[by.last->a.place.var];
    e->givers = ll_memdup(s->out, by.names.v, by.names.n * sizeof *by.names.v);
    e->ngivers = by.names.n;
}

/* q->list = p->list: whose is it now? */
static void note_move(scan *s, const ir_inst *x) {
    if (x->op != IR_COPY || x->a.kind != IR_O_PLACE || !ir_place_last_field(&x->a.place)) return;
    const char *type = x->dst.npath || is_global(s, x->dst.var) ? base_record(s->f, &x->a.place) : NULL;
    if (type) state(s, IR_FIELD_SHARED, type, ir_place_last_field(&x->a.place));
}

/* ---- where a field's value goes: to variables that could release it? ---- */

static void hand(scan *s, const ir_operand *o) {
    const char *field = o->kind == IR_O_PLACE ? ir_place_last_field(&o->place) : NULL;
    if (field) state(s, IR_FIELD_HANDED, base_record(s->f, &o->place), field);
}

static void note_handed(scan *s, const ir_inst *x) {
    if (x->op == IR_RET && !ir_points_to_const(s->f->ret)) hand(s, &x->a);
    if (x->op == IR_COPY && (x->dst.npath || !ir_points_to_const(s->f->vars[x->dst.var].type))) hand(s, &x->a);
}

static void note_copy(scan *s, const ir_inst *x) {
    const char *type = NULL;
    if (x->op == IR_COPY && x->type && x->type->kind == IR_T_RECORD && x->a.kind == IR_O_PLACE) type = x->type->name;
    bool direct = x->op == IR_CALL && x->a.kind == IR_O_FUNC && x->nargs >= 2 && is_whole(&x->args[1]);
    const char *name = direct ? s->f->vars[x->a.place.var].name : NULL;
    if (name && (strstr(name, "memcpy") || strstr(name, "memmove") || strstr(name, "memdup")))
        type = ir_record_pointed_to(s->f, x->args[1].place.var);
    if (type) state(s, IR_FIELD_COPIED, type, NULL);
}

/* ---- calls ---- */

/* The one operand that a local is ever given; NULL: there are several, or none. */
static const ir_operand *only_value(const scan *s, uint32_t var) {
    if (is_global(s, var) || var < s->f->nparams || !s->first[var]) return NULL;
    const ir_inst *x = s->inst[s->first[var] - 1];
    return s->next[s->first[var] - 1] || x->op != IR_COPY ? NULL : &x->a;
}

/* `char *s = p->name; … free(s);`: the field that a local was read from, and only from there. Also by its address, as
 * macros do: `char **at = &p->name; char *s = *at; *at = NULL;`. */
static const ir_place *source_of(const scan *s, const ir_operand *o) {
    const ir_operand *from = o->place.npath ? NULL : only_value(s, o->place.var);
    if (!from || from->kind != IR_O_PLACE) return &o->place;
    const ir_place *p = &from->place;
    const ir_operand *at = p->npath == 1 && p->path[0].kind == IR_S_DEREF ? only_value(s, p->var) : NULL;
    if (at && at->kind == IR_O_ADDR) p = &at->place;
    return ir_place_last_field(p) ? p : &o->place;
}

static void note_address(scan *s, const ir_inst *x, uint32_t k) {
    const ir_place *p = &x->args[k].place;
    const char *field = ir_place_last_field(p);
    if (!field) return;
    ir_field_event e = {.what = IR_FIELD_ADDRESS, .type = base_record(s->f, p), .field = field, .arg = k + 1};
    e.callee = callee_of(s, x);
    add(s, e);
}

static void note_value(scan *s, const ir_inst *x, uint32_t k) {
    const ir_operand *o = &x->args[k];
    const ir_place *p = source_of(s, o);
    const char *field = ir_place_last_field(p);
    const char *type = p->npath ? field ? base_record(s->f, p) : NULL : ir_record_pointed_to(s->f, p->var);
    bool passed_on = !p->npath && p->var < s->f->nparams;
    ir_field_event e = {.what = IR_FIELD_VALUE, .type = type, .field = field, .arg = k + 1, .var = p->var};
    e.callee = callee_of(s, x);
    e.direct = field && p == &o->place;
    e.macro = x->macro;
    e.name = s->f->vars[p->var].name;
    if (e.callee == IR_NO_CALLEE)
        hand(s, o);
    else if (field || type || passed_on)
        add(s, e);
}

static void note_call(scan *s, const ir_inst *x) {
    if (x->op == IR_CALL) callee_of(s, x); /* a pointer that is called counts, whatever it is given */
    for (uint32_t k = 0; x->op == IR_CALL && k < x->nargs && k < MOST_ARGS; k++) {
        if (x->args[k].kind == IR_O_ADDR) note_address(s, x, k);
        if (x->args[k].kind == IR_O_PLACE) note_value(s, x, k);
    }
}

static void note_parameters(const scan *s, ir_outline *o) {
    o->takes = LL_NEWN(s->out, const char *, s->f->nparams);
    for (uint32_t v = 0; v < s->f->nparams; v++) {
        const char *type = ir_record_pointed_to(s->f, v);
        if (type) o->takes[o->ntakes++] = type;
    }
}

void ir_outline_fields(ll_arena *a, ll_arena *scratch, const ir_func *f, ir_outline *o) {
    scan s = {.out = a, .a = scratch, .f = f, .o = o};
    index_body(&s);
    for (s.at = 0; s.at < s.ninsts; s.at++) {
        const ir_inst *x = s.inst[s.at];
        note_store(&s, x);
        note_move(&s, x);
        note_handed(&s, x);
        note_copy(&s, x);
        note_call(&s, x);
    }
    note_parameters(&s, o);
    o->events = ll_memdup(a, s.events.v, s.events.n * sizeof *s.events.v);
    o->nevents = s.events.n;
    o->pointers = ll_memdup(a, s.pointers.v, s.pointers.n * sizeof *s.pointers.v);
    o->npointers = s.pointers.n;
}
