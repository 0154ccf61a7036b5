#include "pipeline/gen_evidence.h"

#include <stdio.h>
#include <string.h>

static const rule evidence = {.id = "evidence", .resource = "value", .kind = RULE_PAIR};

/* The finding's advice names what the other path calls: "Call NAME() on this path too". */
static bool releaser_of(const finding *f, char *name, size_t n) {
    const char *end = f->fix && strncmp(f->fix, "Call ", 5) == 0 ? strchr(f->fix, '(') : NULL;
    if (end) snprintf(name, n, "%.*s", (int)(end - f->fix - 5), f->fix + 5);
    return end != NULL;
}

static bool is_root(const ir_func *func, const ir_place *p, const char *place) {
    size_t n = strcspn(place, ".-[");
    const char *name = p->var != IR_NOVAR ? func->vars[p->var].name : NULL;
    return name && strncmp(name, place, n) == 0 && !name[n];
}

/* Where in the call the value is. */
static rule_where where_in(const ir_func *func, const ir_inst *call, const char *place, rule_where otherwise) {
    for (uint32_t i = 0; i < call->nargs; i++) {
        const ir_operand *o = &call->args[i];
        bool is_place = (o->kind == IR_O_PLACE || o->kind == IR_O_ADDR) && is_root(func, &o->place, place);
        if (!is_place) continue;
        const ir_type *t = ir_place_type(func, &o->place);
        bool through = o->kind == IR_O_ADDR && t && t->kind == IR_T_PTR;
        return (rule_where){through ? WHERE_ARG_DEREF : WHERE_ARG, (uint8_t)(i + 1), 1, NULL};
    }
    return otherwise;
}

static const ir_inst *call_of(const ir_func *func, const char *name, int32_t line) {
    for (uint32_t b = 0; b < func->nblocks; b++)
        for (uint32_t i = 0; i < func->blocks[b].ninsts; i++) {
            const ir_inst *in = &func->blocks[b].insts[i];
            const char *callee = in->op == IR_CALL && in->a.kind == IR_O_FUNC ? func->vars[in->a.place.var].name : NULL;
            if (callee && strcmp(callee, name) == 0 && (!line || func->first_line + in->loc.line == line)) return in;
        }
    return NULL;
}

static rule_model *with_effect(ll_arena *a, const char *name, const rule_model *m, rule_effect e) {
    rule_model *more = LL_NEW(a, rule_model);
    if (m) *more = *m;
    more->name = name;
    more->effects = LL_NEWN(a, rule_effect, (m ? m->neffects : 0) + 1);
    if (m && m->neffects) memcpy(more->effects, m->effects, m->neffects * sizeof *m->effects);
    more->effects[more->neffects++] = e;
    return more;
}

const rule_model *gen_evidence_model(ll_arena *a, const finding *f, const ir_func *func, const char *name,
                                     const rule_model *m) {
    static const rule_cond given = {{WHERE_RET, 0, 1, NULL}, CMP_NE, 0};
    const rule_where result = {WHERE_RET, 0, 1, NULL}, first = {WHERE_ARG, 1, 1, NULL};
    char releaser[256];
    if (!f || strcmp(f->family_id, evidence.id) != 0 || !f->role_acquire || !f->role_place) return m;
    if (strcmp(name, f->role_acquire) == 0) {
        const ir_inst *call = call_of(func, name, f->loc.line);
        rule_effect e = {.kind = EFF_ACQUIRE, .rule = &evidence, .where = result};
        if (call && call->dst.var != IR_NOVAR && is_root(func, &call->dst, f->role_place)) call = NULL;
        if (call) e.where = where_in(func, call, f->role_place, result);
        if (e.where.kind == WHERE_RET) {
            e.conds = ll_memdup(a, &given, sizeof given);
            e.nconds = 1;
        }
        return with_effect(a, name, m, e);
    }
    if (!releaser_of(f, releaser, sizeof releaser) || strcmp(name, releaser) != 0) return m;
    const ir_inst *call = call_of(func, name, 0);
    const rule_effect e = {
        .kind = EFF_RELEASE, .rule = &evidence, .where = call ? where_in(func, call, f->role_place, first) : first};
    return with_effect(a, name, m, e);
}
