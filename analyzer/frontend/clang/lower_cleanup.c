/* Ending scopes. Live locals that need an ending form a tree (fe_live); leaving from one point to another
 * ends what is on the way to their common ancestor, innermost first: the cleanup function or destructor is
 * called with the address, then the lifetime ends. A local whose address is never taken has no SCOPE_END; that is only
 * known at the end of the function, so they are written everywhere and taken out again by fe_tidy. */
#include <string.h>

#include "frontend/clang/lower.h"

/* The cleanup attribute has no reference to its function: the pretty-printed declaration names it. */
static fe_func *cleanup_function(fe_fn *fn, CXCursor decl) {
    fe_unit *u = fn->u;
    const char *text = fe_pretty(u, decl);
    const char *name = fe_attr_argument(u, text, "cleanup");
    if (!name) name = fe_attr_argument(u, text, "__cleanup__");
    if (!name) return NULL;
    CXCursor f = fe_find_function(u, name);
    if (!clang_Cursor_isNull(f)) return fe_func_of(u, f);
    return fe_func_named(u, ll_printf(u->scratch, "c:@F@%s", name), name, NULL);
}

static void set_object(fe_fn *fn, fe_live *l, CXType t) {
    if (!fe_cxx_needs_destruction(fn->u, t)) return;
    l->object = true;
    l->type = t;
    fn->ended.v[l->var] = fn->taken.v[l->var] = true;
}

void fe_live_push(fe_fn *fn, uint32_t var, CXCursor decl) {
    fe_live *l = LL_NEW(fn->u->scratch, fe_live);
    l->outer = fn->live;
    l->depth = fn->live ? fn->live->depth + 1 : 1;
    l->var = var;
    fn->live = l;
    if (clang_Cursor_isNull(decl)) return;
    if (fe_has_unexposed_attr(fn->u, decl)) l->cleanup = cleanup_function(fn, decl);
    if (l->cleanup) fn->ended.v[var] = fn->taken.v[var] = true;
    if (fn->u->cxx) set_object(fn, l, clang_getCursorType(decl));
}

void fe_live_push_object(fe_fn *fn, uint32_t var, CXType t) {
    fe_live_push(fn, var, clang_getNullCursor());
    set_object(fn, fn->live, t);
}

void fe_live_push_members(fe_fn *fn, CXType self) {
    fe_live_push(fn, fn->this_var, clang_getNullCursor());
    fn->live->members = true;
    fn->live->type = self;
}

static void end_one(fe_fn *fn, const fe_live *l) {
    if (l->cleanup) {
        uint32_t n;
        const ir_type *t = ir_build_vars(fn->b, &n)[l->var].type;
        fe_call_func(fn, l->cleanup, ir_addr(ir_place_var(l->var), fe_ptr_to(fn->u, t)));
    }
    if (l->object && l->var != fn->returned) fe_cxx_destroy(fn, ir_place_var(l->var), l->type);
    if (l->members) fe_cxx_destroy_members(fn, ir_place_deref(fn->u->scratch, ir_place_var(l->var)), l->type);
    fe_simple(fn, IR_SCOPE_END, ir_place_var(l->var), NULL);
}

void fe_unwind(fe_fn *fn, fe_live *to) {
    if (!fe_open(fn)) return;
    fe_live *from = fn->live, *stop = to;
    while (stop && (!from || stop->depth > from->depth)) stop = stop->outer;
    for (; from && from != stop; from = from->outer) {
        while (stop && stop->depth > from->depth) stop = stop->outer; /* a jump into a sibling scope */
        if (from == stop) break;
        end_one(fn, from);
        if (!fe_open(fn)) return;
    }
}

/* ---- taking out what turned out not to be needed ---- */

static bool unneeded(const fe_fn *fn, const ir_inst *in) {
    return in->op == IR_SCOPE_END && !fn->taken.v[in->dst.var] && !fn->ended.v[in->dst.var];
}

/* `t = x; ret t` with nothing left between is `ret x`. */
static void shorten_return(ir_func *f, ir_block *k) {
    if (k->ninsts < 2) return;
    ir_inst *ret = &k->insts[k->ninsts - 1], *copy = ret - 1;
    if (ret->op != IR_RET || copy->op != IR_COPY || ret->a.kind != IR_O_PLACE || ret->a.place.npath) return;
    if (copy->dst.var != ret->a.place.var || copy->dst.npath || f->vars[copy->dst.var].kind != IR_V_TEMP) return;
    ir_type const *t = ret->a.type;
    ret->a = copy->a;
    ret->a.type = t;
    *copy = *ret;
    k->ninsts--;
}

static bool strip_scope_ends(fe_fn *fn, ir_func *f) {
    bool hollow = false;
    for (uint32_t b = 0; b < f->nblocks; b++) {
        ir_block *k = &f->blocks[b];
        uint32_t kept = 0;
        for (uint32_t i = 0; i < k->ninsts; i++)
            if (!unneeded(fn, &k->insts[i])) k->insts[kept++] = k->insts[i];
        bool changed = kept != k->ninsts;
        k->ninsts = kept;
        shorten_return(f, k);
        hollow = hollow || (changed && k->ninsts == 1);
    }
    return hollow;
}

/* Building once more threads the jumps through blocks that have become empty. */
static void rebuild(fe_fn *fn, ir_func *f) {
    ir_builder *b = ir_build_new(fn->u->scratch, fn->u->names);
    for (uint32_t i = 0; i < f->nvars; i++) ir_build_var(b, f->vars[i]);
    for (uint32_t k = 1; k < f->nblocks; k++) ir_build_block(b);
    for (uint32_t k = 0; k < f->nblocks; k++) {
        ir_build_at(b, k);
        for (uint32_t i = 0; i < f->blocks[k].ninsts; i++) ir_build_inst(b, f->blocks[k].insts[i]);
    }
    ir_build_finish(b, f);
}

void fe_tidy(fe_fn *fn) {
    ir_func *f = fn->f;
    for (uint32_t i = 0; i < f->nvars; i++) f->vars[i].address_taken = fn->taken.v[i];
    if (strip_scope_ends(fn, f)) rebuild(fn, f);
}
