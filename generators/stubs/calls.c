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

bool route_is_plain(const char *name) {
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
        uint32_t sym = finder_symbol(x, (symbol){.origin = SYM_OUT, .type = t && t->elem ? t->elem : NULL});
        finder_require(x, st, sym, IR_GT, f->rule->is_integer ? 2 : 0);
        finder_write(x, st, obj, path_add_index(x, path, i), value_sym(x, sym));
    }
}

static bool is_given_pointer(const rule_effect *f) {
    return f->kind == EFF_ACQUIRE && f->where.kind == WHERE_RET && !f->rule->is_integer;
}

static const value *result_value(finder *x, path_state *st, call_event *e) {
    const ir_type *t = e->decl ? e->decl->ret : NULL;
    if (!t || t->kind == IR_T_VOID) return value_unknown();
    symbol s = {.origin = SYM_RESULT, .type = t, .call = e->index, .prefer_set = t->kind == IR_T_PTR};
    for (uint32_t i = 0; e->model && i < e->model->neffects; i++) {
        const rule_effect *f = &e->model->effects[i];
        uint32_t from = f->where.arg;
        if (f->kind == EFF_ALIAS && f->where.kind == WHERE_ARG && from <= e->nargs) return e->args[from - 1];
        if ((is_given_pointer(f) || (f->kind == EFF_REALLOC && f->where.kind == WHERE_RET)) &&
            route_is_plain(e->name)) {
            object heap = {.kind = OBJ_HEAP, .zeroed = f->zeroed};
            uint32_t obj;
            const char *path;
            if (strstr(e->name, "dup") && pointee(x, st, e, 1, &obj, &path) && !*path) heap.copy_of = obj + 1;
            s.obj = finder_object(x, heap) + 1;
        }
    }
    uint32_t sym = finder_symbol(x, s);
    e->sym = sym + 1;
    return value_sym(x, sym);
}

bool finder_call_outside(finder *x, path_state *st, const ir_inst *in, const char *name, const char *usr) {
    call_event *e = LL_NEW(x->a, call_event);
    *e = (call_event){.prev = st->calls, .name = name, .nth = 1, .index = 0};
    e->decl = usr ? route_decl(x->program, usr) : NULL;
    e->model = name ? rule_set_model(x->program->rules, name) : NULL;
    for (const call_event *p = st->calls; p; p = p->prev) {
        e->index++;
        if (name && p->name && strcmp(p->name, name) == 0) e->nth++;
    }
    for (uint32_t i = 0; i < in->nargs && i < sizeof e->args / sizeof *e->args; i++)
        e->args[e->nargs++] = finder_operand(x, st, &in->args[i]);
    if (e->decl && e->decl->is_noreturn) return false;
    const value *result = value_int(x, 0); /* a callback of ours gives 0 */
    if (name) {
        for (uint32_t i = 0; e->model && i < e->model->neffects; i++)
            write_through(x, st, e, &e->model->effects[i], route_is_plain(name));
        result = result_value(x, st, e);
        st->calls = e;
    }
    uint32_t obj;
    const char *path;
    if (in->dst.var != IR_NOVAR && finder_locate(x, st, &in->dst, &obj, &path)) finder_write(x, st, obj, path, result);
    return true;
}
