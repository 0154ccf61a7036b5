/* From functions and their models to the source of the interposer: tables, then one wrapper each. */
#include "generators/runtime/runtime.h"

#include <inttypes.h>
#include <string.h>

#include "generators/runtime/abi.h"
#include "generators/template.h"

enum { MAX_PARAMS = 16, STACK_DEPTH = 16, MAX_EFFECTS = 32 };

/* ---- which functions ---- */

/* `closed`: a closed world also follows what only it can tell: borrowed values, kept addresses, calls out of place. */
static bool is_watched(const rule_effect *e, bool closed) {
    if (!e->rule) return closed && e->kind == EFF_CONSUME && e->nconds;
    switch (e->kind) {
        case EFF_ACQUIRE:
        case EFF_RELEASE:
        case EFF_REALLOC:
        case EFF_RETAIN:
        case EFF_MOVE:
        case EFF_CONSUME:
            return e->rule->kind == RULE_PAIR || e->rule->kind == RULE_TASK;
        case EFF_TRANSITION:
            return e->rule->kind == RULE_ORDER;
        case EFF_DERIVE:
        case EFF_INVALIDATE:
        case EFF_KEEP:
        case EFF_END:
        case EFF_FORBID:
            return closed;
        default:
            return false;
    }
}

bool runtime_watches(const rule_model *m, bool closed) {
    for (uint32_t i = 0; i < m->neffects; i++)
        if (is_watched(&m->effects[i], closed)) return true;
    return false;
}

static const struct {
    const char *name, *symbol;
} other_symbols[] = {
    {"operator new", "_Znwm"},
    {"operator new", "_ZnwmRKSt9nothrow_t"},
    {"operator new", "_ZnwmSt11align_val_t"},
    {"operator new[]", "_Znam"},
    {"operator new[]", "_ZnamRKSt9nothrow_t"},
    {"operator new[]", "_ZnamSt11align_val_t"},
    {"operator delete", "_ZdlPv"},
    {"operator delete", "_ZdlPvm"},
    {"operator delete", "_ZdlPvSt11align_val_t"},
    {"operator delete", "_ZdlPvmSt11align_val_t"},
    {"operator delete[]", "_ZdaPv"},
    {"operator delete[]", "_ZdaPvm"},
    {"operator delete[]", "_ZdaPvSt11align_val_t"},
    {"operator delete[]", "_ZdaPvmSt11align_val_t"},
    /* what fortified programs call instead */
    {"open", "__open_2"},
    {"open64", "__open64_2"},
    {"openat", "__openat_2"},
    {"openat64", "__openat64_2"},
};

static const ir_type word = {.kind = IR_T_INT, .is_unsigned = true, .bits = 64}, nothing = {.kind = IR_T_VOID},
                     pointer = {.kind = IR_T_PTR, .elem = &nothing};

/* C++ declares its operators without a header. */
static const ir_fdecl *operator_decl(ll_arena *a, const char *name, const char *symbol) {
    bool gives = strstr(name, " new") != NULL;
    ir_fdecl *d = LL_NEW(a, ir_fdecl);
    d->name = name;
    d->ret = gives ? &pointer : &nothing;
    d->params = LL_NEWN(a, const ir_type *, 3);
    d->params[d->nparams++] = gives ? &word : &pointer;
    if (strstr(symbol, "nothrow")) d->params[d->nparams++] = &pointer;
    if (strstr(symbol, "Pvm")) d->params[d->nparams++] = &word;
    if (strstr(symbol, "align_val")) d->params[d->nparams++] = &word;
    return d;
}

static const ir_fdecl *without_dots(ll_arena *a, const ir_fdecl *of) {
    ir_fdecl *d = ll_memdup(a, of, sizeof *of);
    d->variadic = false;
    return d;
}

void runtime_add(ll_arena *a, runtime_spec *spec, runtime_function f) {
    bool is_operator = strncmp(f.name, "operator ", 9) == 0;
    if (!is_operator && f.decl) LL_PUSH(a, &spec->functions, f);
    for (size_t i = 0; i < sizeof other_symbols / sizeof *other_symbols; i++) {
        if (strcmp(other_symbols[i].name, f.name) != 0) continue;
        runtime_function other = f;
        other.symbol = other_symbols[i].symbol;
        if (is_operator)
            other.decl = operator_decl(a, f.name, other.symbol);
        else if (!f.decl || spec->closed)
            continue;
        else
            other.decl = without_dots(a, f.decl);
        LL_PUSH(a, &spec->functions, other);
    }
}

/* Why a function cannot be wrapped; NULL: it can. */
static const char *obstacle(const runtime_function *f) {
    const ir_fdecl *d = f->decl;
    if (d->nparams > MAX_PARAMS) return "too many parameters";
    if (abi_of(d->ret).of == ABI_NONE) return "its result is a record";
    for (uint32_t i = 0; i < d->nparams; i++)
        if (abi_of(d->params[i]).of == ABI_NONE) return "it takes a record by value";
    return NULL;
}

/* ---- tables ---- */

typedef struct emitter {
    ll_arena *a;
    const runtime_spec *spec;
    runtime_output *out;
    LL_ARRAY(runtime_function) functions; /* those that can be wrapped */
    LL_ARRAY(const rule *) rules;
    ll_strbuf effects, conds, table, wrappers;
    uint32_t neffects, nconds;
} emitter;

static uint32_t rule_index(emitter *m, const rule *r) {
    for (uint32_t i = 0; i < m->rules.n; i++)
        if (m->rules.v[i] == r) return i;
    LL_PUSH(m->a, &m->rules, r);
    return m->rules.n - 1;
}

static const char *where_name(const rule_where *w) {
    static const char *const names[] = {"LLR_NONE", "LLR_RET", "LLR_ARG", "LLR_DEREF"};
    return names[w->kind];
}

static void put_cond(emitter *m, const rule_cond *k) {
    static const char *const cmps[] = {"EQ", "NE", "LT", "LE", "GT", "GE", "BITS_SET", "BITS_CLEAR"};
    ll_sb_printf(&m->conds, "    {%s, %u, LLR_%s, %" PRId64 "},\n", where_name(&k->where), (unsigned)k->where.arg,
                 cmps[k->cmp], k->value);
    m->nconds++;
}

static bool is_argument(const runtime_function *f, const rule_where *w) {
    return w->arg && w->arg <= f->decl->nparams + f->ndots;
}

/* False: the place is not one that a call shows. */
static bool size_at(const runtime_function *f, const rule_effect *e, const rule_where *w, uint32_t *size) {
    const ir_fdecl *d = f->decl;
    *size = 8;
    if (w->field) return false;
    if (w->kind == WHERE_RET) return true;
    if (w->kind == WHERE_NONE || !is_argument(f, w)) return false;
    if (w->kind != WHERE_ARG_DEREF) return true;
    *size = w->arg <= d->nparams ? abi_pointee_size(d->params[w->arg - 1]) : e->rule && e->rule->is_integer ? 4 : 8;
    return *size != 0;
}

static bool conds_visible(const runtime_function *f, const rule_effect *e) {
    for (uint32_t i = 0; i < e->nconds; i++) {
        const rule_where *w = &e->conds[i].where;
        bool ok = !w->field && (w->kind == WHERE_RET || (w->kind == WHERE_ARG && is_argument(f, w)));
        if (!ok) return false;
    }
    return true;
}

static void leave_out(emitter *m, const char *name, const char *why) {
    LL_PUSH(m->a, &m->out->left_out, ll_printf(m->a, "%s: %s", name, why));
}

static bool put_effect(emitter *m, const runtime_function *f, const rule_effect *e) {
    static const char *const kinds[] = {
        [EFF_ACQUIRE] = "ACQUIRE",       [EFF_RELEASE] = "RELEASE", [EFF_REALLOC] = "REALLOC",
        [EFF_RETAIN] = "RETAIN",         [EFF_MOVE] = "MOVE",       [EFF_CONSUME] = "CONSUME",
        [EFF_TRANSITION] = "STATE",      [EFF_DERIVE] = "DERIVE",   [EFF_KEEP] = "KEEP",
        [EFF_INVALIDATE] = "INVALIDATE", [EFF_END] = "END",         [EFF_FORBID] = "FORBID"};
    uint32_t size = 8, from_size;
    bool moves = e->kind == EFF_REALLOC || e->kind == EFF_MOVE || e->kind == EFF_DERIVE || e->kind == EFF_KEEP;
    bool nowhere = e->where.kind == WHERE_NONE && (e->kind >= EFF_FORBID || e->kind == EFF_INVALIDATE);
    if ((!nowhere && !size_at(f, e, &e->where, &size)) ||
        (moves && e->from.kind != WHERE_NONE && !size_at(f, e, &e->from, &from_size)) || !conds_visible(f, e)) {
        leave_out(m, f->name, "a call does not show where the resource is");
        return false;
    }
    uint32_t rule_at = e->rule ? rule_index(m, e->rule) : 0;
    ll_sb_printf(&m->effects,
                 "    {.kind = LLR_%s, .rule = %u, .where = %s, .arg = %u, .count = %u, .size = %u, .from = %s, "
                 ".from_arg = %u, .nconds = %u, .cond = %u, .from_states = %uu, .to_state = %u%s},\n",
                 e->rule ? kinds[e->kind] : "HOLD", rule_at, where_name(&e->where), (unsigned)e->where.arg,
                 e->where.count ? (unsigned)e->where.count : 1u, size, where_name(&e->from), (unsigned)e->from.arg,
                 e->nconds, m->nconds, e->kind == EFF_FORBID ? (uint32_t)e->context : e->from_states, e->to_state,
                 e->same_question ? ", .same_question = true" : "");
    for (uint32_t i = 0; i < e->nconds; i++) put_cond(m, &e->conds[i]);
    m->neffects++;
    return true;
}

/* Closed: the heap is ours. */
static const struct {
    const char *symbol, *answer;
} arena[] = {
    {"malloc", "llr_arena_alloc(a1, 16, false)"},
    {"calloc", "llr_arena_array(a1, a2)"},
    {"reallocarray", "llr_arena_grow(a1, a2 * a3)"},
    {"realloc", "llr_arena_grow(a1, a2)"},
    {"free", "llr_arena_free(a1)"},
    {"memalign", "llr_arena_alloc(a2, a1, false)"},
    {"aligned_alloc", "llr_arena_alloc(a2, a1, false)"},
    {"valloc", "llr_arena_alloc(a1, 4096, false)"},
    {"pvalloc", "llr_arena_alloc(a1, 4096, false)"},
    {"posix_memalign", "llr_arena_align(a1, a2, a3)"},
    {"malloc_usable_size", "llr_arena_size(a1)"},
    {"_Znwm", "llr_arena_alloc(a1, 16, false)"},
    {"_Znam", "llr_arena_alloc(a1, 16, false)"},
    {"_ZnwmRKSt9nothrow_t", "llr_arena_alloc(a1, 16, false)"},
    {"_ZnamRKSt9nothrow_t", "llr_arena_alloc(a1, 16, false)"},
    {"_ZnwmSt11align_val_t", "llr_arena_alloc(a1, a2, false)"},
    {"_ZnamSt11align_val_t", "llr_arena_alloc(a1, a2, false)"},
    {"_ZdlPv", "llr_arena_free(a1)"},
    {"_ZdlPvm", "llr_arena_free(a1)"},
    {"_ZdlPvSt11align_val_t", "llr_arena_free(a1)"},
    {"_ZdlPvmSt11align_val_t", "llr_arena_free(a1)"},
    {"_ZdaPv", "llr_arena_free(a1)"},
    {"_ZdaPvm", "llr_arena_free(a1)"},
    {"_ZdaPvSt11align_val_t", "llr_arena_free(a1)"},
    {"_ZdaPvmSt11align_val_t", "llr_arena_free(a1)"},
};

static const char *arena_answer(const emitter *m, const char *symbol) {
    for (size_t i = 0; m->spec->closed && i < sizeof arena / sizeof *arena; i++)
        if (strcmp(arena[i].symbol, symbol) == 0) return arena[i].answer;
    return NULL;
}

static const char *word_of(bool b) {
    return b ? "true" : "false";
}

/* Most calls are of functions whose whole effect is one of two; see llr_short. */
static const char *way_of(const runtime_function *f, bool closed) {
    const rule_effect *only = NULL;
    for (uint32_t i = 0; f->model && i < f->model->neffects; i++) {
        if (!is_watched(&f->model->effects[i], closed)) continue;
        if (only) return "LLR_LONG";
        only = &f->model->effects[i];
    }
    if (!only || only->where.field || !only->rule || only->rule->is_integer) return "LLR_LONG";
    bool gives = only->kind == EFF_ACQUIRE && only->where.kind == WHERE_RET && only->nconds == 1 &&
                 only->conds[0].where.kind == WHERE_RET && only->conds[0].cmp == CMP_NE && only->conds[0].value == 0;
    bool takes = only->kind == EFF_RELEASE && only->where.kind == WHERE_ARG && only->where.arg == 1 && !only->nconds;
    return gives ? "LLR_GIVES" : takes ? "LLR_TAKES" : "LLR_LONG";
}

/* What may be kept beyond the call: what a rule says, and what nobody knows a reason against. */
static uint32_t kept_args(const emitter *m, const runtime_function *f) {
    uint32_t kept = 0;
    for (uint32_t i = 0; m->spec->closed && i < f->decl->nparams; i++) {
        const ir_type *t = f->decl->params[i];
        if (!t || t->kind != IR_T_PTR || !t->elem || t->elem->is_const || t->elem->kind == IR_T_FUNC) continue;
        if ((!f->model || f->model->watches_only) && (!f->decl->in_system_header || t->elem->kind == IR_T_VOID))
            kept |= 1u << i;
    }
    for (uint32_t i = 0; m->spec->closed && f->model && i < f->model->neffects; i++) {
        const rule_effect *e = &f->model->effects[i];
        if (e->kind == EFF_CONSUME && !e->rule && !e->nconds && is_argument(f, &e->where))
            kept |= 1u << (e->where.arg - 1);
    }
    return kept;
}

/* The argument that the result is; 0: none. */
static uint32_t alias_of(const runtime_function *f) {
    for (uint32_t i = 0; f->model && i < f->model->neffects; i++) {
        const rule_effect *e = &f->model->effects[i];
        bool same = e->kind == EFF_ALIAS || (e->kind == EFF_RETAIN && e->from.kind == WHERE_RET);
        if (same && !e->nconds && e->where.kind == WHERE_ARG && !e->where.field && is_argument(f, &e->where))
            return e->where.arg;
    }
    return 0;
}

/* What only few functions have. */
static const char *more_of(emitter *m, const runtime_function *f) {
    uint32_t alias = m->spec->closed ? alias_of(f) : 0, kept = m->spec->closed ? kept_args(m, f) : 0, last = 0;
    ll_strbuf b = {0};
    if (alias) ll_sb_printf(&b, ", .alias = %u", alias);
    for (uint32_t i = 0; i < 8; i++)
        if (kept >> i & 1 && f->sizes[i]) last = i + 1;
    for (uint32_t i = 0; i < last; i++)
        ll_sb_printf(&b, "%s%u", i ? ", " : ", .sizes = {",
                     kept >> i & 1 && f->sizes[i] <= UINT16_MAX ? f->sizes[i] : 0);
    if (last) ll_sb_add(&b, "}");
    const char *text = ll_strdup(m->a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static void put_function_row(emitter *m, const runtime_function *f) {
    uint32_t first = m->neffects, pointers = 0;
    for (uint32_t i = 0; f->model && i < f->model->neffects && m->neffects - first < MAX_EFFECTS; i++) {
        const rule_effect *e = &f->model->effects[i];
        /* what is kept of an order between calls must not outlive the object: only a closed world can tell */
        if (is_watched(e, m->spec->closed) && (e->kind != EFF_TRANSITION || m->spec->closed)) put_effect(m, f, e);
    }
    for (uint32_t i = 0; i < f->decl->nparams; i++)
        if (abi_of(f->decl->params[i]).of == ABI_POINTER) pointers |= 1u << i;
    for (uint32_t i = 0; i < f->ndots; i++)
        if (abi_of(f->dots[i]).of == ABI_POINTER) pointers |= 1u << (f->decl->nparams + i);
    ll_sb_printf(&m->table,
                 "    {.name = \"%s\", .effect = %u, .neffects = %u, .nargs = %u, .way = %s, .simulated = %s, "
                 ".gives_pointer = %s, "
                 ".pointer_args = %uu, .keeps_args = %uu, .is_memory = %s%s},\n",
                 f->symbol, first, m->neffects - first, f->decl->nparams + f->ndots,
                 m->neffects - first == 1 ? way_of(f, m->spec->closed) : "LLR_LONG", f->simulated ? "true" : "false",
                 abi_of(f->decl->ret).of == ABI_POINTER ? "true" : "false", pointers, kept_args(m, f),
                 word_of(arena_answer(m, f->symbol) != NULL), more_of(m, f));
}

/* Whether each value of the rule names one resource: objects set up in place share their address with others. */
static bool is_by_handle(const emitter *m, const rule *r) {
    for (uint32_t i = 0; i < m->functions.n; i++) {
        const rule_model *model = m->functions.v[i].model;
        for (uint32_t k = 0; model && k < model->neffects; k++) {
            const rule_effect *e = &model->effects[k];
            if (e->rule == r && e->kind == EFF_ACQUIRE && e->where.kind == WHERE_ARG) return false;
        }
    }
    return r->kind != RULE_ORDER;
}

/* Held while a call is made that must not be made under it. */
static bool is_lock(const emitter *m, const rule *r) {
    bool any = false; /* a rule that names no locks means them all */
    for (uint32_t i = 0; i < m->rules.n; i++) {
        const rule *f = m->rules.v[i];
        any |= f->kind == RULE_FORBID && f->contexts & IN_LOCK && !f->nlocks;
        for (uint32_t k = 0; k < f->nlocks; k++)
            if (strcmp(f->locks[k], r->id) == 0) return true;
    }
    return any && r->scope_bound;
}

static void put_rules(emitter *m, ll_strbuf *out) {
    ll_sb_add(out, "static const llr_rule llr_rules[] = {\n");
    for (uint32_t i = 0; i < m->rules.n; i++) {
        const rule *r = m->rules.v[i];
        ll_sb_printf(
            out,
            "    {.id = \"%s\", .resource = \"%s\", .is_integer = %s, .counted = %s, .idempotent = %s, .no_leak = %s, "
            ".keeps_memory = %s, .by_handle = %s, .is_heap = %s%s%s%s%s},\n",
            r->id, r->resource ? r->resource : r->id, word_of(r->is_integer), word_of(r->counted),
            word_of(r->idempotent), word_of(r->no_leak || r->kind == RULE_ORDER), word_of(r->keeps_memory),
            word_of(is_by_handle(m, r)), word_of(strcmp(r->id, "libc-heap") == 0), r->shared ? ", .shared = true" : "",
            r->kind == RULE_PAIR ? "" : ", .stands_alone = true", is_lock(m, r) ? ", .is_lock = true" : "",
            r->scope_bound ? ", .in_scope = true" : "");
    }
    ll_sb_add(out, "    {.id = \"\"},\n};\n\n");
}

static void put_tables(emitter *m, ll_strbuf *out) {
    put_rules(m, out);
    ll_sb_printf(out, "static const llr_cond llr_conds[] = {\n%s    {LLR_NONE, 0, LLR_EQ, 0},\n};\n\n",
                 ll_sb_str(&m->conds));
    ll_sb_printf(out, "static const llr_effect llr_effects[] = {\n%s    {.kind = LLR_RELEASE},\n};\n\n",
                 ll_sb_str(&m->effects));
    ll_sb_printf(out, "enum { LLR_FUNCTIONS = %u };\n\n", m->functions.n);
    ll_sb_printf(out, "static llr_function llr_functions[LLR_FUNCTIONS] = {\n%s};\n", ll_sb_str(&m->table));
}

/* ---- wrappers ---- */

static const char *params_text(ll_arena *a, const ir_fdecl *d, bool names) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < d->nparams; i++) {
        const char *type = abi_of(d->params[i]).c;
        bool star = type[strlen(type) - 1] == '*';
        ll_sb_printf(&b, "%s%s", i ? ", " : "", type);
        if (names) ll_sb_printf(&b, "%sa%u", star ? "" : " ", i + 1);
    }
    if (d->variadic)
        ll_sb_add(&b, d->nparams ? ", ..." : "...");
    else if (!d->nparams)
        ll_sb_add(&b, "void");
    const char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static const char *as_word(abi_class of) {
    return of == ABI_POINTER ? "LLR_POINTER" : of == ABI_INTEGER ? "LLR_INTEGER" : "LLR_OTHER";
}

/* The dots: registers that nothing has used yet, then the stack, each read as what it is and put back. */
static void put_dots(emitter *m, const ir_fdecl *d) {
    uint32_t words = 0, floats = 0;
    for (uint32_t i = 0; i < d->nparams; i++) *(abi_of(d->params[i]).of == ABI_FLOAT ? &floats : &words) += 1;
    ll_sb_printf(&m->wrappers, "    llr_dots dots;\n    va_list list;\n    va_start(list, a%u);\n", d->nparams);
    ll_sb_printf(&m->wrappers, "    LLR_READ_DOTS(dots, list, %u, %u);\n    va_end(list);\n", words, floats);
}

static void put_dot_arguments(emitter *m, const ir_fdecl *d) {
    uint32_t words = 0, floats = 0;
    for (uint32_t i = 0; i < d->nparams; i++) *(abi_of(d->params[i]).of == ABI_FLOAT ? &floats : &words) += 1;
    for (uint32_t i = words; i < 6; i++) ll_sb_printf(&m->wrappers, ", dots.word[%u]", i);
    ll_sb_add(&m->wrappers, " LLR_MORE_DOTS");
    for (uint32_t i = floats; i < 8; i++) ll_sb_printf(&m->wrappers, ", dots.real[%u]", i);
    for (uint32_t i = 0; i < 8; i++) ll_sb_printf(&m->wrappers, ", dots.stack[%u]", i);
}

/* The further arguments that somebody knows of, as far as they come in registers. */
static void put_known_dots(emitter *m, const runtime_function *f) {
    uint32_t words = 0, put = f->decl->nparams;
    for (uint32_t i = 0; i < f->decl->nparams; i++) words += abi_of(f->decl->params[i]).of != ABI_FLOAT;
    for (uint32_t i = 0; i < f->ndots; i++, put++) {
        bool is_float = abi_of(f->dots[i]).of == ABI_FLOAT;
        if (is_float || words >= 6)
            ll_sb_add(&m->wrappers, put ? ", 0" : "0");
        else
            ll_sb_printf(&m->wrappers, "%sdots.word[%u]", put ? ", " : "", words);
        words += !is_float;
    }
}

/* Calls that dlsym() makes while it looks for the function itself. */
static const char *boot_answer(const char *symbol) {
    static const struct {
        const char *symbol, *answer;
    } answers[] = {
        {"malloc", "llr_boot_alloc(a1)"},   {"calloc", "llr_boot_alloc(a1 * a2)"},   {"realloc", "llr_boot_alloc(a2)"},
        {"memalign", "llr_boot_alloc(a2)"}, {"aligned_alloc", "llr_boot_alloc(a2)"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(answers[i].symbol, symbol) == 0) return answers[i].answer;
    return "0";
}

static void put_boot_check(emitter *m, const char *symbol) {
    if (m->spec->closed) return;
    if (strcmp(symbol, "free") == 0) {
        ll_sb_add(&m->wrappers, "    if (llr_is_boot(a1)) return;\n");
    } else if (strcmp(symbol, "realloc") == 0) {
        ll_sb_add(&m->wrappers, "    if (llr_is_boot(a1)) return llr_leave_boot(malloc(a2), a1, a2);\n");
    }
}

static void put_call(emitter *m, const runtime_function *f, uint32_t index) {
    const ir_fdecl *d = f->decl;
    abi_type ret = abi_of(d->ret);
    ll_strbuf *w = &m->wrappers;
    bool gives = ret.of != ABI_VOID, star = ret.of == ABI_POINTER;
    const char *own = arena_answer(m, f->symbol);
    if (own && gives) {
        ll_sb_printf(w, "        r = %s;\n        c.result = %s(r);\n", own, as_word(ret.of));
    } else if (own) {
        ll_sb_printf(w, "        %s;\n", own);
    } else {
        ll_sb_printf(w,
                     "        %s%s(*real)(%s) = (%s%s(*)(%s))llr_resolve(&llr_functions[%u], LLR_LINKED(llr_r_%s));\n",
                     ret.c, star ? "" : " ", params_text(m->a, d, false), ret.c, star ? "" : " ",
                     params_text(m->a, d, false), index, f->symbol);
        const char *boot = boot_answer(f->symbol);
        if (gives)
            ll_sb_printf(w, "        r = real ? real(");
        else
            ll_sb_printf(w, "        if (real) real(");
        for (uint32_t i = 0; i < d->nparams; i++) ll_sb_printf(w, "%sa%u", i ? ", " : "", i + 1);
        if (d->variadic) put_dot_arguments(m, d);
        if (gives)
            ll_sb_printf(w, ") : %s;\n        c.result = %s(r);\n", boot, as_word(ret.of));
        else
            ll_sb_add(w, ");\n");
    }
}

static void put_wrapper(emitter *m, const runtime_function *f, uint32_t index) {
    const ir_fdecl *d = f->decl;
    abi_type ret = abi_of(d->ret);
    const char *params = params_text(m->a, d, true), *space = ret.of == ABI_POINTER ? "" : " ";
    ll_strbuf *w = &m->wrappers;
    bool gives = ret.of != ABI_VOID, dots = d->variadic, links = !arena_answer(m, f->symbol);
    if (d->variadic) ll_sb_add(w, "\n#ifdef LLR_READ_DOTS");
    ll_sb_printf(w, "\nLLR_EXPORT %s%sllr_w_%s(%s) LLR_NAME(\"%s\");\n", ret.c, space, f->symbol, params, f->symbol);
    if (links) ll_sb_printf(w, "LLR_LINK(%s, llr_r_%s, (%s), \"%s\");\n", ret.c, f->symbol, params, f->symbol);
    ll_sb_printf(w, "%s%sllr_w_%s(%s) {\n", ret.c, space, f->symbol, params);
    put_boot_check(m, f->symbol);
    if (dots) put_dots(m, d);
    ll_sb_add(w, "    const uint64_t a[] = {");
    for (uint32_t i = 0; i < d->nparams; i++)
        ll_sb_printf(w, "%s%s(a%u)", i ? ", " : "", as_word(abi_of(d->params[i]).of), i + 1);
    put_known_dots(m, f);
    ll_sb_printf(w, "%s};\n    llr_call c;\n", d->nparams + f->ndots ? "" : "0");
    if (gives) ll_sb_printf(w, "    %s%sr;\n", ret.c, space);
    const char *answer = ret.of == ABI_POINTER ? "(void *)(uintptr_t)c.result" : ll_printf(m->a, "(%s)c.result", ret.c);
    if (m->spec->closed && d->is_noreturn) ll_sb_add(w, "    llr_left();\n");
    ll_sb_printf(w, "    if (llr_enter(&llr_functions[%u], &c, a, LLR_HERE) == LLR_CALL) {\n", index);
    put_call(m, f, index);
    ll_sb_add(w, "    }");
    if (gives) ll_sb_printf(w, " else {\n        r = %s;\n    }", answer);
    ll_sb_add(w, "\n");
    ll_sb_printf(w, "    llr_leave(&c);\n%s}\n", gives ? "    return r;\n" : "");
    if (d->variadic) ll_sb_add(w, "#endif\n");
    ll_sb_printf(&m->out->wrap, "-Wl,--wrap=%s\n", f->symbol);
}

/* ---- the whole ---- */

static void put_source(emitter *m) {
    bool closed = m->spec->closed;
    const char *const parts[] = {"runtime/1_core.c.in",
                                 "runtime/2_stack.c.in",
                                 "runtime/3_table.c.in",
                                 "runtime/4_effects.c.in",
                                 "runtime/5_plan.c.in",
                                 closed ? "runtime/5_closed.c.in" : "runtime/5_open.c.in",
                                 closed ? "runtime/5_bonds.c.in" : NULL,
                                 "runtime/6_report.c.in",
                                 "runtime/7_start.c.in"};
    ll_strbuf tables = {0}, more = {0};
    put_tables(m, &tables);
    if (m->spec->closed) template_expand(&more, "runtime/closed.h.in", NULL, 0);
    const template_word words[] = {{"VERSION", m->spec->version},
                                   {"FILE", m->spec->stem},
                                   {"DEPTH", ll_printf(m->a, "%d", STACK_DEPTH)},
                                   {"CLOSED", word_of(m->spec->closed)},
                                   {"TABLES", ll_sb_str(&tables)},
                                   {"MORE", ll_sb_str(&more)},
                                   {"WRAPPERS", ll_sb_str(&m->wrappers)}};
    uint32_t n = sizeof words / sizeof *words;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]) template_expand(&m->out->source, parts[i], words, n);
    template_expand(&m->out->header, "runtime/runtime.h.in", words, n);
    ll_sb_free(&tables);
    ll_sb_free(&more);
}

/* A closed world has the whole heap, whether the source names its functions or only a library does. */
static void add_heap(emitter *m) {
    static const struct {
        const char *symbol;
        const ir_type *ret, *params[3];
        uint32_t nparams;
    } heap[] = {
        {"malloc", &pointer, {&word}, 1},
        {"calloc", &pointer, {&word, &word}, 2},
        {"realloc", &pointer, {&pointer, &word}, 2},
        {"free", &nothing, {&pointer}, 1},
        {"memalign", &pointer, {&word, &word}, 2},
        {"aligned_alloc", &pointer, {&word, &word}, 2},
        {"malloc_usable_size", &word, {&pointer}, 1},
    };
    for (size_t i = 0; i < sizeof heap / sizeof *heap; i++) {
        bool there = false;
        for (uint32_t k = 0; k < m->functions.n; k++) there |= strcmp(m->functions.v[k].symbol, heap[i].symbol) == 0;
        if (there) continue;
        ir_fdecl *d = LL_NEW(m->a, ir_fdecl);
        *d = (ir_fdecl){.name = heap[i].symbol, .ret = heap[i].ret, .nparams = heap[i].nparams};
        d->params = ll_memdup(m->a, heap[i].params, sizeof heap[i].params);
        LL_PUSH(m->a, &m->functions, (runtime_function){.symbol = heap[i].symbol, .name = heap[i].symbol, .decl = d});
    }
}

/* A rule that speaks of a further argument of a variadic function knows that it is there. */
static void add_dots(runtime_function *f) {
    for (uint32_t i = 0; f->decl->variadic && f->model && i < f->model->neffects; i++) {
        const rule_effect *e = &f->model->effects[i];
        if (!e->rule || e->where.kind < WHERE_ARG || e->where.arg <= f->decl->nparams) continue;
        uint32_t n = e->where.arg - f->decl->nparams;
        if (n > f->ndots && n <= RUNTIME_MAX_DOTS) f->ndots = n;
    }
}

void runtime_emit(ll_arena *a, const runtime_spec *spec, runtime_output *out) {
    emitter m = {.a = a, .spec = spec, .out = out};
    *out = (runtime_output){0};
    for (uint32_t i = 0; i < spec->functions.n; i++) {
        const runtime_function *f = &spec->functions.v[i];
        const char *why = obstacle(f);
        if (why) {
            leave_out(&m, f->name, why);
            continue;
        }
        LL_PUSH(a, &m.functions, *f);
        add_dots(&m.functions.v[m.functions.n - 1]);
    }
    if (spec->closed) add_heap(&m);
    for (uint32_t i = 0; i < m.functions.n; i++) {
        put_function_row(&m, &m.functions.v[i]);
        put_wrapper(&m, &m.functions.v[i], i);
    }
    put_source(&m);
    ll_sb_free(&m.effects);
    ll_sb_free(&m.conds);
    ll_sb_free(&m.table);
    ll_sb_free(&m.wrappers);
}

void runtime_output_free(runtime_output *out) {
    ll_sb_free(&out->source);
    ll_sb_free(&out->header);
    ll_sb_free(&out->wrap);
}
