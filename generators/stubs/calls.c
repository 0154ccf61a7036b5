/* Calls of functions without a body: what the route finder knows of them. */
#include <string.h>

#include "generators/stubs/finder.h"

/* Public functions of the C library that compute on what they are given, and nothing else. A `*` stands for any ending.
 */
static const char *const plain[] = {
    "str*",
    "mem*",
    "wcs*",
    "wmem*",
    "stp*",
    "is*",
    "to*",
    "__errno_location",
    "__ctype_*",
    "abs",
    "labs",
    "llabs",
    "div",
    "ldiv",
    "ato*",
    "qsort*",
    "bsearch",
    "snprintf",
    "sprintf",
    "vsnprintf",
    "vsprintf",
    "sscanf",
    "vsscanf",
    "swprintf",
    "printf",
    "puts",
    "putchar",
    "perror",
    "rand",
    "srand",
    "rand_r",
    "random",
    "setjmp",
    "_setjmp",
    "__sigset*",
    "longjmp",
    "siglong*",
    "hton*",
    "ntoh*",
    "__builtin_*",
    "__atomic_*",
    "__sync_*",
    "bcmp",
    "bcopy",
    "bzero",
    "explicit_b*",
    "ffs*",
    "index",
    "rindex",
    "basename",
    "dirname",
    "__xpg_*",
    "__isoc99_s*",
    "__isoc23_s*",
    "va_*",
    "alloca",
    "floor*",
    "ceil*",
    "sqrt*",
    "pow*",
    "fabs*",
    "sin*",
    "cos*",
    "exp",
    "exp2",
    "log",
    "log2",
    "log10",
    "round*",
    "lround*",
    "fmod*",
    "mk*time",
    "gmtime*",
    "localtime*",
    "difftime",
    "mempcpy",
    "swab",
    "dlsym",
    "dladdr",
    "syscall",
    "sigaction",
    "signal",
    "sigemptyset",
    "sigfillset",
    "sigaddset",
    "sigdelset",
    "sigismember",
    /* the heap: real blocks, in pages of their own */
    "malloc",
    "calloc",
    "realloc",
    "free",
    "reallocarray",
    "aligned_alloc",
    "memalign",
    "posix_memalign",
    "valloc",
    "pvalloc",
    "malloc_usable_size",
    "asprintf",
    "vasprintf",
};

/* A borrowed value that is real has an address that another call may give again. */
static bool borrows(const rule_model *m) {
    for (uint32_t i = 0; m && i < m->neffects; i++)
        if (m->effects[i].kind == EFF_DERIVE) return true;
    return false;
}

bool route_is_plain(const char *name, const rule_model *m) {
    if (borrows(m)) return false;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        size_t n = strlen(plain[i]);
        bool any = plain[i][n - 1] == '*';
        if (any ? strncmp(plain[i], name, n - 1) == 0 : strcmp(plain[i], name) == 0) return true;
    }
    return false;
}

static const ir_type *param_type(const ir_fdecl *d, uint32_t arg) {
    return d && arg && arg <= d->nparams ? d->params[arg - 1] : NULL;
}

static bool pointee(finder *x, path_state *st, const call_event *e, uint32_t arg, uint32_t *obj, const char **path) {
    const ir_type *t = param_type(e->decl, arg);
    return arg && arg <= e->nargs && finder_deref(x, st, e->args[arg - 1], t ? t->elem : NULL, obj, path);
}

/* What the call leaves in memory that the caller sees. A simulated function writes what it gives and nothing else. */
static void write_through(finder *x, path_state *st, const call_event *e, const rule_effect *f, bool is_plain) {
    uint32_t obj;
    const char *path;
    if (f->where.kind != WHERE_ARG_DEREF) return;
    if (f->kind != EFF_ACQUIRE && f->kind != EFF_REALLOC && f->kind != EFF_ZERO && !(f->kind == EFF_WRITE && is_plain))
        return;
    if (!pointee(x, st, e, f->where.arg, &obj, &path)) return;
    if (f->kind == EFF_ZERO || f->kind == EFF_WRITE) {
        finder_mark(x, st, obj, path, f->kind == EFF_ZERO ? CELL_ZERO : CELL_HAVOC);
        return;
    }
    const ir_type *t = param_type(e->decl, f->where.arg);
    for (uint32_t i = 0; i < f->where.count; i++) {
        uint32_t sym = finder_symbol(
            x,
            (symbol){.origin = SYM_OUT, .type = t && t->elem ? t->elem : NULL, .call = e->index, .arg = f->where.arg});
        finder_require(x, st, sym, IR_GT, f->rule->is_integer ? 2 : 0);
        finder_write(x, st, obj, path_add_index(x, path, i), value_sym(x, sym));
    }
}

static bool is_given_pointer(const rule_effect *f) {
    return f->kind == EFF_ACQUIRE && f->where.kind == WHERE_RET && !f->rule->is_integer;
}

/* Conditions on arguments must be known to be true. */
static bool arguments_hold(const path_state *st, const call_event *e, const rule_effect *f) {
    static const ir_arith ops[] = {IR_EQ, IR_NE, IR_LT, IR_LE, IR_GT, IR_GE, IR_AND, IR_OR};
    for (uint32_t i = 0; i < f->nconds; i++) {
        const rule_cond *k = &f->conds[i];
        int64_t v, r;
        if (k->where.kind != WHERE_ARG) continue;
        if (!k->where.arg || k->where.arg > e->nargs) return false;
        const value *a = e->args[k->where.arg - 1];
        bool address = a->kind == VAL_ADDR || a->kind == VAL_FUNC;
        if (address && k->cmp == CMP_NE && k->value == 0) continue;
        if (!value_eval(a, st->conds, &v) ||
            !arith(ops[k->cmp == CMP_BITS_CLEAR ? CMP_BITS_SET : k->cmp], v, k->value, false, &r))
            return false;
        if ((r != 0) == (k->cmp == CMP_BITS_CLEAR)) return false;
    }
    return true;
}

/* Where a finding is about what a call keeps, the call succeeds. */
static void keeps_something(finder *x, path_state *st, const call_event *e) {
    static const ir_arith ops[] = {IR_EQ, IR_NE, IR_LT, IR_LE, IR_GT, IR_GE};
    for (uint32_t i = 0; x->family && e->model && i < e->model->neffects; i++) {
        const rule_effect *f = &e->model->effects[i];
        const cond_node *before = st->conds;
        bool holds = f->kind == EFF_KEEP && strcmp(f->rule->id, x->family) == 0;
        for (uint32_t k = 0; holds && k < f->nconds; k++)
            if (f->conds[k].where.kind == WHERE_RET && f->conds[k].cmp <= CMP_GE)
                holds = finder_require(x, st, e->sym - 1, ops[f->conds[k].cmp], f->conds[k].value);
        if (!holds) st->conds = before;
    }
}

static const value *result_value(finder *x, path_state *st, call_event *e) {
    const ir_type *t = e->decl ? e->decl->ret : NULL;
    if (!t || t->kind == IR_T_VOID) return value_unknown();
    symbol s = {.origin = SYM_RESULT, .type = t, .call = e->index, .prefer_set = t->kind == IR_T_PTR};
    for (uint32_t i = 0; e->model && i < e->model->neffects; i++) {
        const rule_effect *f = &e->model->effects[i];
        uint32_t from = f->where.arg;
        bool same = f->kind == EFF_ALIAS || (f->kind == EFF_RETAIN && f->from.kind == WHERE_RET);
        if (same && f->where.kind == WHERE_ARG && from <= e->nargs && arguments_hold(st, e, f))
            return e->args[from - 1];
        if ((is_given_pointer(f) || (f->kind == EFF_REALLOC && f->where.kind == WHERE_RET)) &&
            route_is_plain(e->name, e->model)) {
            object heap = {.kind = OBJ_HEAP, .zeroed = f->zeroed};
            uint32_t obj;
            const char *path;
            if (strstr(e->name, "dup") && pointee(x, st, e, 1, &obj, &path) && !*path) heap.copy_of = obj + 1;
            s.obj = finder_object(x, heap) + 1;
        }
    }
    uint32_t sym = finder_symbol(x, s);
    e->sym = sym + 1;
    keeps_something(x, st, e);
    return value_sym(x, sym);
}

/* Behind these a function that answers for itself writes what the test wants. */
static void may_write(finder *x, path_state *st, const call_event *e) {
    uint32_t obj;
    const char *path;
    for (uint32_t i = 1; i <= e->nargs && i <= (e->decl ? e->decl->nparams : 0); i++) {
        const ir_type *t = param_type(e->decl, i), *to = t && t->kind == IR_T_PTR ? t->elem : NULL;
        if (!to || to->is_const || to->kind == IR_T_VOID || to->kind == IR_T_FUNC) continue;
        const value *v = e->args[i - 1];
        bool known = v->kind == VAL_ADDR || (v->kind == VAL_SYM && x->syms.v[v->sym].obj);
        if (known && finder_deref(x, st, v, to, &obj, &path)) finder_mark_call(x, st, obj, path, e->index, i);
    }
}

const rule_model *finder_model(const finder *x, const ir_inst *in, const char *name) {
    const rule_model *m = name ? rule_set_model(x->program->rules, name) : NULL;
    return m || !name || !in->macro ? m : rule_set_model(x->program->rules, in->macro);
}

/* Where a finding is about what is released, there is something to release. */
static void is_there(finder *x, path_state *st, const call_event *e) {
    for (uint32_t i = 0; e->model && x->wants.n && i < e->model->neffects; i++) {
        const rule_effect *f = &e->model->effects[i];
        if (f->kind != EFF_RELEASE || f->where.kind != WHERE_ARG || !f->where.arg || f->where.arg > e->nargs) continue;
        const value *v = e->args[f->where.arg - 1];
        const cond_node *before = st->conds;
        bool given = v->kind == VAL_SYM && x->syms.v[v->sym].lvalue && !f->rule->is_integer;
        if (given && !finder_require(x, st, v->sym, IR_NE, 0)) st->conds = before;
    }
}

/* A real function of the C library takes no null pointer, unless it ends what it is given. */
static void may_read(finder *x, path_state *st, const call_event *e) {
    for (uint32_t i = 0; e->model && i < e->model->neffects; i++)
        if (e->model->effects[i].kind == EFF_RELEASE || e->model->effects[i].kind == EFF_REALLOC) return;
    for (uint32_t i = 1; i <= e->nargs && i <= (e->decl ? e->decl->nparams : 0); i++) {
        const value *v = e->args[i - 1];
        const ir_type *t = param_type(e->decl, i);
        const cond_node *before = st->conds;
        bool given = v->kind == VAL_SYM && x->syms.v[v->sym].lvalue && t && t->kind == IR_T_PTR;
        if (given && !finder_require(x, st, v->sym, IR_NE, 0)) st->conds = before;
    }
}

bool finder_call_outside(finder *x, path_state *st, const ir_inst *in, const char *name, const char *usr) {
    call_event *e = LL_NEW(x->a, call_event);
    *e = (call_event){.prev = st->calls, .name = name, .nth = 1, .index = 0};
    e->decl = usr ? route_decl(x->program, usr) : NULL;
    e->model = finder_model(x, in, name);
    for (const call_event *p = st->calls; p; p = p->prev) {
        e->index++;
        if (name && p->name && strcmp(p->name, name) == 0) e->nth++;
    }
    for (uint32_t i = 0; i < in->nargs && i < sizeof e->args / sizeof *e->args; i++)
        e->args[e->nargs++] = finder_operand(x, st, &in->args[i]);
    if (e->decl && e->decl->is_noreturn) return false;
    const value *result = value_int(x, 0); /* a callback of ours gives 0 */
    if (name) {
        bool plain = route_is_plain(name, e->model);
        is_there(x, st, e);
        if (plain)
            may_read(x, st, e);
        else
            may_write(x, st, e);
        for (uint32_t i = 0; e->model && i < e->model->neffects; i++)
            write_through(x, st, e, &e->model->effects[i], plain);
        result = result_value(x, st, e);
        st->calls = e;
    }
    uint32_t obj;
    const char *path;
    if (in->dst.var != IR_NOVAR && finder_locate(x, st, &in->dst, &obj, &path)) finder_write(x, st, obj, path, result);
    return true;
}
