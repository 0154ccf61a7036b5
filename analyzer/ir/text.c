#include "ir/text.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const ir_type int32_type = {.kind = IR_T_INT, .bits = 32};
static const ir_type float64_type = {.kind = IR_T_FLOAT, .bits = 64};
static const ir_type char_type = {.kind = IR_T_INT, .bits = 8};
static const ir_type string_type = {.kind = IR_T_PTR, .elem = &char_type};

bool ir_text_temp_name(const char *s) {
    if (s[0] != 't' || !s[1]) return false;
    return s[1 + strspn(s + 1, "0123456789")] == 0;
}

bool ir_text_ident(const char *s) {
    if (!*s || isdigit((unsigned char)*s)) return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_' && *s != '$') return false;
    return true;
}

const ir_type *ir_text_place_type(ir_scope s, const ir_place *p, uint32_t nsteps) {
    const ir_type *t = p->var < s.nvars ? s.vars[p->var].type : NULL;
    bool behind_pointer = false; /* elements of what the pointer points to lie side by side */
    for (uint32_t i = 0; t && i < nsteps; i++) {
        ir_skind k = p->path[i].kind;
        if (k == IR_S_DEREF && t->kind == IR_T_PTR)
            t = t->elem;
        else if (k == IR_S_INDEX && t->kind == IR_T_ARRAY && !behind_pointer)
            t = t->elem;
        else if (k != IR_S_INDEX || !behind_pointer)
            t = NULL;
        behind_pointer = k == IR_S_DEREF;
    }
    return t;
}

bool ir_text_index_zero_dropped(ir_scope s, const ir_place *p, uint32_t nsteps) {
    const ir_type *t = ir_text_place_type(s, p, nsteps);
    bool array = t && (t->kind == IR_T_PTR || t->kind == IR_T_ARRAY);
    return array && t->elem && t->elem->kind != IR_T_ARRAY;
}

const ir_type *ir_place_type(const ir_func *f, const ir_place *p) {
    return ir_text_place_type((ir_scope){f->vars, f->nvars}, p, p->npath);
}

static const ir_type *pointer_to(const ir_type *t, ir_type *scratch) {
    if (!t) return NULL;
    *scratch = (ir_type){.kind = IR_T_PTR, .elem = t->kind == IR_T_ARRAY ? t->elem : t};
    return scratch;
}

const ir_type *ir_text_operand_default(ir_scope s, const ir_operand *o, const ir_type *expected, ir_type *scratch) {
    switch (o->kind) {
        case IR_O_INT:
            return expected ? expected : &int32_type;
        case IR_O_UNKNOWN:
            return expected ? expected : &int32_type;
        case IR_O_STR:
            return &string_type;
        case IR_O_FLOAT:
            return &float64_type;
        case IR_O_PLACE:
            return ir_text_place_type(s, &o->place, o->place.npath);
        case IR_O_ADDR:
        case IR_O_FUNC:
            return pointer_to(ir_text_place_type(s, &o->place, o->place.npath), scratch);
        case IR_O_NONE:
            break;
    }
    return NULL;
}

const ir_type *ir_text_inst_default(ir_scope s, const ir_inst *i) {
    if (i->dst.var != IR_NOVAR) {
        const ir_type *t = ir_text_place_type(s, &i->dst, i->dst.npath);
        /* a constant takes its type from what it is stored to, not the other way round */
        bool constant = i->a.kind == IR_O_INT || i->a.kind == IR_O_UNKNOWN;
        return t || i->op != IR_COPY || constant ? t : i->a.type;
    }
    if (i->op != IR_CALL) return NULL;
    const ir_type *t = i->a.type;
    if (t && t->kind == IR_T_PTR) t = t->elem;
    return t && t->kind == IR_T_FUNC ? t->elem : NULL;
}

const char *ir_text_usr(ll_arena *a, bool func, const char *name) {
    return ll_printf(a, func ? "c:@F@%s" : "c:@%s", name);
}
