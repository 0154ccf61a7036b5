#include <string.h>

#include "ir/ir.h"

ir_place ir_place_var(uint32_t var) {
    return (ir_place){.var = var};
}

static ir_place extend(ll_arena *a, ir_place p, ir_step step) {
    ir_step *path = LL_NEWN(a, ir_step, p.npath + 1);
    if (p.npath) memcpy(path, p.path, p.npath * sizeof *path);
    path[p.npath] = step;
    return (ir_place){p.var, p.npath + 1, path};
}

ir_place ir_place_field(ll_arena *a, ir_place p, const char *field) {
    return extend(a, p, (ir_step){.kind = IR_S_FIELD, .field = field, .index_var = IR_NOVAR});
}

const char *ir_place_last_field(const ir_place *p) {
    return p->npath && p->path[p->npath - 1].kind == IR_S_FIELD ? p->path[p->npath - 1].field : NULL;
}

ir_place ir_place_deref(ll_arena *a, ir_place p) {
    return extend(a, p, (ir_step){.kind = IR_S_DEREF, .index_var = IR_NOVAR});
}

ir_place ir_place_index(ll_arena *a, ir_place p, int64_t index, uint32_t index_var) {
    if (index_var != IR_NOVAR) index = 0;
    return extend(a, p, (ir_step){.kind = IR_S_INDEX, .index = index, .index_var = index_var});
}

static ir_operand operand(ir_okind kind, ir_place p, const ir_type *type) {
    return (ir_operand){.kind = kind, .type = type, .place = p};
}

ir_operand ir_int(int64_t v, const ir_type *type) {
    ir_operand o = operand(IR_O_INT, ir_place_var(IR_NOVAR), type);
    o.i = v;
    return o;
}

ir_operand ir_load(ir_place p, const ir_type *type) {
    return operand(IR_O_PLACE, p, type);
}
ir_operand ir_addr(ir_place p, const ir_type *type) {
    return operand(IR_O_ADDR, p, type);
}

bool ir_place_equal(const ir_place *a, const ir_place *b) {
    if (a->var != b->var || a->npath != b->npath) return false;
    for (uint32_t i = 0; i < a->npath; i++) {
        const ir_step *x = &a->path[i], *y = &b->path[i];
        if (x->kind != y->kind) return false;
        if (x->kind == IR_S_FIELD && x->field != y->field && strcmp(x->field, y->field) != 0) return false;
        if (x->kind == IR_S_INDEX && (x->index_var != y->index_var || x->index != y->index)) return false;
    }
    return true;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool ir_type_equal(const ir_type *a, const ir_type *b) {
    for (; a != b; a = a->elem, b = b->elem) {
        if (!a || !b || a->kind != b->kind || a->is_const != b->is_const || !same_text(a->name, b->name)) return false;
        switch (a->kind) {
            case IR_T_INT:
                if (a->is_unsigned != b->is_unsigned) return false;
                if (a->bits != b->bits) return false;
                break;
            case IR_T_BOOL:
            case IR_T_FLOAT:
                if (a->bits != b->bits) return false;
                break;
            case IR_T_ARRAY:
                if (a->count != b->count) return false;
                break;
            default:
                break;
        }
        if (a->kind != IR_T_PTR && a->kind != IR_T_ARRAY && a->kind != IR_T_FUNC) return true;
    }
    return true;
}
