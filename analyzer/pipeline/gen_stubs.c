/* `gen stubs`: finds the finding or the function, a way through it, and has the stub and its runtime written. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "frontend/signature.h"
#include "generators/runtime/runtime.h"
#include "generators/stubs/stubs.h"
#include "pipeline/findings.h"
#include "pipeline/gen.h"
#include "pipeline/gen_evidence.h"
#include "pipeline/plan.h"
#include "source/source.h"

enum { MAX_STUB_BYTES = 1 << 22, MAX_UNITS = 16 };

typedef struct stub_job {
    ll_arena *a;
    const gen_stubs_options *opt;
    rule_set *rules;
    plan units;
    pipeline_analysis analysis;
    finding_list findings; /* of the project; absolute paths */
    route_program program; /* units the test is made of; the function's own first */
    uint32_t unit_numbers[MAX_UNITS];
} stub_job;

/* ---- which finding, which function ---- */

static bool is_fingerprint(const char *word) {
    size_t n = strspn(word, "0123456789abcdef");
    return n >= 6 && !word[n];
}

/* "file.c:12" -> file and line. */
static bool is_place(ll_arena *a, const char *word, const char **file, int32_t *line) {
    const char *colon = strrchr(word, ':');
    if (!colon || !isdigit((unsigned char)colon[1])) return false;
    *line = (int32_t)strtol(colon + 1, NULL, 10);
    *file = ll_strndup(a, word, (size_t)(colon - word));
    return true;
}

/* `path` as facts and findings name it, absolute or relative to the root; `word` as somebody typed it, or the same. */
static bool same_file(const stub_job *j, const char *path, const char *word) {
    const char *full = ll_path_abs(j->a, j->units.root, path);
    return strcmp(full, ll_path_abs(j->a, NULL, word)) == 0 ||
           strcmp(full, ll_path_abs(j->a, j->units.root, word)) == 0;
}

static bool matches(const stub_job *j, const finding *f, const char *word) {
    const char *file;
    int32_t line;
    if (is_fingerprint(word)) return f->fingerprint && strncmp(f->fingerprint, word, strlen(word)) == 0;
    if (!is_place(j->a, word, &file, &line)) return false;
    if (!same_file(j, f->loc.file, file)) return false;
    if (f->loc.line == line) return true;
    for (uint32_t i = 0; i < f->nsteps; i++)
        if (f->steps[i].loc.line == line && f->steps[i].depth == 0) return true;
    return false;
}

/* The named line itself beats a line on the way. */
static const finding *find_finding(const stub_job *j, const char *word) {
    const finding *on_the_way = NULL;
    const char *file;
    int32_t line = 0;
    bool place = is_place(j->a, word, &file, &line);
    for (uint32_t i = 0; i < j->findings.items.n; i++) {
        const finding *f = &j->findings.items.v[i];
        if (!matches(j, f, word)) continue;
        if (!place || f->loc.line == line) return f;
        if (!on_the_way) on_the_way = f;
    }
    return on_the_way;
}

static bool find_function(const stub_job *j, const char *usr, const char *name, const char *file, uint32_t *unit,
                          const ir_func **out) {
    for (uint32_t u = 0; u < j->analysis.nunits; u++) {
        const ir_unit *one = j->analysis.units[u].unit;
        for (uint32_t i = 0; one && i < one->funcs.n; i++) {
            const ir_func *f = one->funcs.v[i];
            if (usr ? !f->usr || strcmp(f->usr, usr) != 0 : !f->name || strcmp(f->name, name) != 0) continue;
            if (file && !same_file(j, f->file, file)) continue;
            *unit = u;
            *out = f;
            return true;
        }
    }
    return false;
}

/* ---- which units the test needs ---- */

static bool has_unit(const stub_job *j, uint32_t unit) {
    for (uint32_t i = 0; i < j->program.nunits; i++)
        if (j->unit_numbers[i] == unit) return true;
    return false;
}

static void add_unit(stub_job *j, uint32_t unit) {
    if (has_unit(j, unit) || j->program.nunits == MAX_UNITS) return;
    const ir_unit **units = LL_NEWN(j->a, const ir_unit *, MAX_UNITS);
    if (j->program.nunits) memcpy(units, j->program.units, j->program.nunits * sizeof *units);
    units[j->program.nunits] = j->analysis.units[unit].unit;
    j->unit_numbers[j->program.nunits++] = unit;
    j->program.units = units;
}

/* The units in which the finding's steps are: those of a callee that gives the resource, for one. */
static void add_units_of_steps(stub_job *j, const finding *f) {
    for (uint32_t i = 0; f && i < f->nsteps; i++) {
        uint32_t unit;
        const ir_func *func;
        const char *name = f->steps[i].function;
        if (name && f->steps[i].depth && find_function(j, NULL, name, f->steps[i].loc.file, &unit, &func))
            add_unit(j, unit);
    }
}

/* ---- the closed world ---- */

static bool has_body(const stub_job *j, const char *usr) {
    return route_body(&j->program, usr) != NULL;
}

/* What C calls it is what the linker calls it: C++ functions have signatures in their USR. */
static bool has_c_name(const ir_fdecl *d) {
    if (!d->name || d->owner || !d->usr) return false;
    const char *f = strstr(d->usr, "@F@");
    return f && !strchr(f, '#') && strncmp(d->name, "__builtin", 9) != 0;
}

static bool answered(const route *r, const char *name) {
    for (uint32_t i = 0; i < r->answers.n; i++)
        if (strcmp(r->answers.v[i].function, name) == 0) return true;
    return false;
}

static bool wrapped(const runtime_spec *spec, const char *symbol) {
    for (uint32_t i = 0; i < spec->functions.n; i++)
        if (strcmp(spec->functions.v[i].symbol, symbol) == 0) return true;
    return false;
}

/* The next direct call of a function in a unit, from function *f, block *b, instruction *k on; NULL: none. */
static const ir_inst *next_call(const ir_unit *u, const char *usr, uint32_t *f, uint32_t *b, uint32_t *k) {
    for (; *f < u->funcs.n; ++*f, *b = 0)
        for (const ir_func *in = u->funcs.v[*f]; *b < in->nblocks; ++*b, *k = 0)
            while (*k < in->blocks[*b].ninsts) {
                const ir_inst *call = &in->blocks[*b].insts[(*k)++];
                if (call->op != IR_CALL || call->a.kind != IR_O_FUNC) continue;
                const char *callee = in->vars[call->a.place.var].usr;
                if (callee && usr && strcmp(callee, usr) == 0) return call;
            }
    return NULL;
}

static const rule_model *model_of(const stub_job *j, const ir_unit *u, const ir_fdecl *d) {
    const rule_model *m = rule_set_model(j->rules, d->name);
    uint32_t f = 0, b = 0, k = 0;
    for (const ir_inst *call; !m && (call = next_call(u, d->usr, &f, &b, &k));)
        if (call->macro) m = rule_set_model(j->rules, call->macro);
    return m;
}

/* The further arguments that every call of a variadic function has, in these units. */
static void set_dots(const stub_job *j, runtime_function *f) {
    bool any = false;
    for (uint32_t u = 0; f->decl->variadic && u < j->program.nunits; u++) {
        uint32_t in = 0, b = 0, k = 0;
        for (const ir_inst *call; (call = next_call(j->program.units[u], f->decl->usr, &in, &b, &k)); any = true) {
            uint32_t n = call->nargs > f->decl->nparams ? call->nargs - f->decl->nparams : 0;
            if (!any || n < f->ndots) f->ndots = n < RUNTIME_MAX_DOTS ? n : RUNTIME_MAX_DOTS;
            for (uint32_t d = 0; d < f->ndots && !any; d++) {
                const ir_operand *o = &call->args[f->decl->nparams + d];
                const ir_func *at = j->program.units[u]->funcs.v[in];
                f->dots[d] = o->type ? o->type : o->kind == IR_O_PLACE ? ir_place_type(at, &o->place) : NULL;
            }
        }
    }
}

/* A helper in a header that is given no memory computes something, and nobody's rule speaks of it. */
static bool stays_inline(const ir_fdecl *d, const fe_signature *s) {
    const fe_outside *o = stub_outside(s, d->name);
    bool inlined = o && o->has_body;
    for (uint32_t i = 0; i < d->nparams; i++) inlined &= !d->params[i] || d->params[i]->kind != IR_T_PTR;
    return inlined;
}

static void add_outside(stub_job *j, const ir_unit *u, const stub_spec *stub, runtime_spec *spec) {
    for (uint32_t i = 0; i < u->decls.n; i++) {
        const ir_fdecl *d = &u->decls.v[i];
        if (!has_c_name(d) || has_body(j, d->usr) || wrapped(spec, d->name)) continue;
        const rule_model *m = gen_evidence_model(j->a, stub->finding, stub->func, d->name, model_of(j, u, d));
        bool plain = route_is_plain(d->name, m), watched = m && runtime_watches(m, true);
        if (!watched && !answered(stub->route, d->name) && (plain || stays_inline(d, stub->signature))) continue;
        runtime_function f = {.symbol = d->name, .name = d->name, .decl = d, .model = m, .simulated = !plain};
        set_dots(j, &f);
        const fe_outside *o = stub_outside(stub->signature, d->name);
        for (uint32_t k = 0; o && k < o->nparams && k < sizeof f.sizes / sizeof *f.sizes; k++) f.sizes[k] = o->sizes[k];
        runtime_add(j->a, spec, f);
    }
}

/* What rules say of functions that are called through a variable of the library: a wrapper for the variable to hold. */
static void add_through(stub_job *j, const stub_spec *stub, runtime_spec *spec) {
    static const ir_type nothing = {.kind = IR_T_VOID}, pointer = {.kind = IR_T_PTR, .elem = &nothing};
    for (uint32_t i = 0; i < stub->pointers.n; i++) {
        const char *name = stub->pointers.v[i];
        const rule_model *m = rule_set_model(j->rules, name);
        ir_fdecl *d = LL_NEW(j->a, ir_fdecl);
        d->name = ll_printf(j->a, "lifelint_through_%s", name);
        d->ret = &nothing;
        d->params = LL_NEWN(j->a, const ir_type *, 6);
        for (uint32_t k = 0; k < m->neffects; k++) {
            if (m->effects[k].where.kind == WHERE_RET) d->ret = &pointer;
            if (m->effects[k].where.arg > d->nparams && m->effects[k].where.arg <= 6)
                d->nparams = m->effects[k].where.arg;
        }
        for (uint32_t k = 0; k < d->nparams; k++) d->params[k] = &pointer;
        runtime_add(j->a, spec,
                    (runtime_function){.symbol = d->name, .name = d->name, .decl = d, .model = m, .simulated = true});
    }
}

static bool is_cxx(const stub_job *j, uint32_t unit) {
    return src_kind_of(j->units.requests.v[unit].file) == SRC_CXX;
}

static void add_operators(stub_job *j, runtime_spec *spec) {
    static const char *const names[] = {"operator new", "operator new[]", "operator delete", "operator delete[]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        runtime_add(
            j->a, spec,
            (runtime_function){.symbol = names[i], .name = names[i], .model = rule_set_model(j->rules, names[i])});
}

/* Globals that only another part of the program, or a library that is not there, defines. */
static void gather_globals(stub_job *j, stub_spec *spec) {
    static const char *const of_libc[] = {"stdin",
                                          "stdout",
                                          "stderr",
                                          "environ",
                                          "__environ",
                                          "optarg",
                                          "optind",
                                          "opterr",
                                          "optopt",
                                          "timezone",
                                          "tzname",
                                          "daylight",
                                          "program_invocation_name",
                                          "program_invocation_short_name",
                                          "signgam",
                                          "sys_siglist",
                                          "in6addr_any",
                                          "in6addr_loopback"};
    const ir_unit *own = j->program.units[0];
    for (uint32_t i = 0; i < own->globals.n; i++) {
        const ir_global *g = &own->globals.v[i];
        bool known = g->has_definition || g->is_static || !g->name || !g->usr || strncmp(g->usr, "c:@", 3) != 0 ||
                     strchr(g->usr + 3, '@') != NULL;
        for (size_t k = 0; k < sizeof of_libc / sizeof *of_libc; k++)
            known |= g->name && strcmp(g->name, of_libc[k]) == 0;
        for (uint32_t u = 1; u < j->program.nunits && !known; u++)
            for (uint32_t k = 0; k < j->program.units[u]->globals.n; k++) {
                const ir_global *other = &j->program.units[u]->globals.v[k];
                known |= other->has_definition && other->usr && strcmp(other->usr, g->usr) == 0;
            }
        if (known) continue;
        const rule_model *m = g->type && g->type->kind == IR_T_PTR && g->type->elem && g->type->elem->kind == IR_T_FUNC
                                  ? rule_set_model(j->rules, g->name)
                                  : NULL;
        if (m && runtime_watches(m, true))
            LL_PUSH(j->a, &spec->pointers, g->name);
        else
            LL_PUSH(j->a, &spec->globals, g->name);
    }
}

/* ---- writing ---- */

/* NULL: whatever goes wrong with this rule. */
static const char *kind_of(const stub_job *j, const finding *f) {
    rule_defect defect = DEFECT_COUNT;
    const rule *r = pipeline_find_rule(j->rules, f->rule_id, &defect);
    if (defect <= DEFECT_ORDER) return defect == DEFECT_ORDER ? "order" : rule_defect_name(defect);
    return r && r->watch & RULE_WATCH_LOCALS ? "local" : NULL;
}

/* An object that is released while a field of it may be armed: the parameter that is such an object, and the field. */
static const char *armed_field(const stub_job *j, const ir_func *func, const finding *f) {
    rule_defect defect;
    const rule *r = f ? pipeline_find_rule(j->rules, f->rule_id, &defect) : NULL;
    if (!r || r->kind != RULE_KEEPALIVE || !r->armed || !f->role_acquire || !f->role_place || !*f->role_place)
        return NULL;
    for (uint32_t i = 0; i < func->nparams; i++) {
        const ir_type *t = func->vars[i].type, *to = t && t->kind == IR_T_PTR ? t->elem : NULL;
        if (!to || !to->name || !func->vars[i].name) continue;
        const char *tag = strrchr(to->name, ' ');
        if (strcmp(tag ? tag + 1 : to->name, f->role_acquire) == 0)
            return ll_printf(j->a, "%s->%s", func->vars[i].name, f->role_place);
    }
    return NULL;
}

static const char *stem_of(const stub_job *j, const ir_func *f, const finding *found) {
    if (j->opt->stem) return j->opt->stem;
    const char *name = f->name ? f->name : "function";
    if (!found || !found->fingerprint) return ll_printf(j->a, "%s_test", name);
    return ll_printf(j->a, "%s_%.6s_test", name, found->fingerprint);
}

static const char *absolute_flag(ll_arena *a, const char *dir, const char *flag) {
    static const char *const with_path[] = {"-I", "-iquote", "-isystem", "-include", "-idirafter"};
    for (size_t i = 0; i < sizeof with_path / sizeof *with_path; i++) {
        size_t n = strlen(with_path[i]);
        if (strncmp(flag, with_path[i], n) != 0 || !flag[n] || flag[n] == '/') continue;
        return ll_printf(a, "%s%s", with_path[i], ll_path_abs(a, dir, flag + n));
    }
    return flag;
}

/* Flags that only concern diagnostics: some are clang's alone, and a stub must not fail for the source's warnings. */
static bool is_about_diagnostics(const char *flag) {
    static const char *const begins[] = {"-W",      "-pedantic",  "-ferror-limit", "-fdiagnostics",
                                         "-fcolor", "-fno-color", "-fmax-errors"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(flag, begins[i], strlen(begins[i])) == 0) return true;
    return false;
}

static void set_flags(stub_job *j, const fe_request *rq, stub_spec *spec) {
    const char **flags = LL_NEWN(j->a, const char *, (uint32_t)rq->nargs + 1);
    for (int i = 0; i < rq->nargs; i++)
        if (!is_about_diagnostics(rq->args[i])) flags[spec->nflags++] = absolute_flag(j->a, rq->dir, rq->args[i]);
    spec->flags = flags;
}

static bool write_text(stub_job *j, const char *name, const ll_strbuf *text, ll_err *err) {
    if (!text->n) return true;
    const char *dir = j->opt->dir ? j->opt->dir : ".";
    return ll_make_dirs(dir, err) && pipeline_write_generated(ll_path_join(j->a, dir, name), text, err);
}

static const char *read_before(stub_job *j, const char *name) {
    char *text;
    size_t n;
    const char *path = ll_path_join(j->a, j->opt->dir ? j->opt->dir : ".", name);
    return ll_is_file(path) && ll_read_file(j->a, path, MAX_STUB_BYTES, &text, &n, NULL) ? text : NULL;
}

/* What the test calls outside, and which of it a header defines. */
static void gather_runtime(stub_job *j, stub_spec *stub, runtime_spec *spec) {
    *spec = (runtime_spec){
        .version = j->opt->check.tool_version, .stem = ll_printf(j->a, "%s_runtime", stub->stem), .closed = true};
    for (uint32_t i = 0; i < j->program.nunits; i++) add_outside(j, j->program.units[i], stub, spec);
    add_through(j, stub, spec);
    if (stub->cxx) add_operators(j, spec);
    for (uint32_t i = 0; i < stub->signature->noutside; i++) {
        const fe_outside *o = &stub->signature->outside[i];
        if (o->has_body && wrapped(spec, o->name)) LL_PUSH(j->a, &stub->replaced, o->name);
    }
}

static bool write_runtime(stub_job *j, const runtime_spec *spec, ll_err *err) {
    runtime_output text;
    runtime_emit(j->a, spec, &text);
    bool ok = pipeline_write_runtime(&text, j->opt->dir ? j->opt->dir : ".", spec->stem, err);
    runtime_output_free(&text);
    return ok;
}

static void ask_outside(stub_job *j, fe_signature *s) {
    const ir_unit *u = j->program.units[0];
    s->outside = LL_NEWN(j->a, fe_outside, u->decls.n + 1);
    for (uint32_t i = 0; i < u->decls.n; i++)
        if (has_c_name(&u->decls.v[i]) && !has_body(j, u->decls.v[i].usr))
            s->outside[s->noutside++].name = u->decls.v[i].name;
}

static bool write_stub(stub_job *j, const ir_func *func, const finding *f, gen_stubs_result *out, ll_err *err) {
    const fe_request *rq = &j->units.requests.v[j->unit_numbers[0]];
    fe_signature signature = {0};
    runtime_spec runtime;
    route way;
    stub_output text = {0};
    stub_spec spec = {.version = j->opt->check.tool_version,
                      .stem = stem_of(j, func, f),
                      .source = rq->file,
                      .dir = rq->dir,
                      .cxx = is_cxx(j, j->unit_numbers[0]),
                      .framework = (stub_framework)j->opt->framework,
                      .program = &j->program,
                      .func = func,
                      .signature = &signature,
                      .route = &way,
                      .finding = f,
                      .kind = f ? kind_of(j, f) : NULL,
                      .kept = armed_field(j, func, f)};
    ask_outside(j, &signature);
    if (!fe_clang_signature(j->a, rq, func->name, func->first_line, &signature, err)) return false;
    route_find(j->a, &j->program, func, f, &way);
    set_flags(j, rq, &spec);
    gather_globals(j, &spec);
    gather_runtime(j, &spec, &runtime);
    spec.has_main = route_function(&j->program, NULL, "main") != NULL;
    for (uint32_t i = 1; i < j->program.nunits; i++)
        LL_PUSH(j->a, &spec.others, j->units.requests.v[j->unit_numbers[i]].file);
    const char *source_name = ll_printf(j->a, "%s%s", spec.stem, spec.cxx ? ".cpp" : ".c");
    spec.before = read_before(j, source_name);
    bool ok = stub_emit(j->a, &spec, &text, err) && write_text(j, source_name, &text.source, err) &&
              write_text(j, ll_printf(j->a, "%s_run.cpp", spec.stem), &text.runner, err) &&
              write_text(j, ll_printf(j->a, "%s.sh", spec.stem), &text.script, err) && write_runtime(j, &runtime, err);
    stub_output_free(&text);
    if (!ok) return false;
    out->stubs++;
    if (f && !way.found) out->unguided++;
    if (!j->opt->check.quiet)
        fprintf(j->opt->check.log, "%s/%s: sh %s.sh builds and runs it%s\n", j->opt->dir ? j->opt->dir : ".",
                source_name, spec.stem, f && !way.found ? "; no arguments were found that lead along the path" : "");
    return true;
}

static bool stub_for(stub_job *j, const finding *f, gen_stubs_result *out, ll_err *err) {
    const gen_stubs_options *opt = j->opt;
    const ir_func *func;
    uint32_t unit;
    j->program.nunits = 0;
    if (f && !f->usr && !f->function)
        return ll_fail(err, LL_E_USAGE, "gen stubs: the finding of %s in %s:%d is about no function", f->rule_id,
                       f->loc.file, f->loc.line);
    if (f && !find_function(j, f->usr, f->function, NULL, &unit, &func))
        return ll_fail(err, LL_E_INTERNAL, "gen stubs: the function of the finding is gone");
    if (!f && !find_function(j, NULL, opt->function, opt->file, &unit, &func))
        return ll_fail(err, LL_E_USAGE, "gen stubs: no function '%s' with a body%s%s", opt->function,
                       opt->file ? " in " : "", opt->file ? opt->file : " was read");
    add_unit(j, unit);
    add_units_of_steps(j, f);
    return write_stub(j, func, f, out, err);
}

/* One stub a finding of the file. One that cannot be made is said and passed over. */
static bool stubs_for_file(stub_job *j, gen_stubs_result *out, ll_err *err) {
    bool any = false;
    for (uint32_t i = 0; i < j->findings.items.n; i++) {
        const finding *f = &j->findings.items.v[i];
        ll_err one = {0};
        if (f->suppressed || (!f->usr && !f->function) || f->confidence < j->opt->check.confidence ||
            !same_file(j, f->loc.file, j->opt->what))
            continue;
        any = true;
        if (!stub_for(j, f, out, &one)) fprintf(j->opt->check.log, "lifelint: %s\n", one.msg);
    }
    return any || ll_fail(err, LL_E_USAGE, "gen stubs: no finding in %s", j->opt->what);
}

static bool analyse(stub_job *j, ll_err *err) {
    const engine_options engine = {0};
    const check_options *opt = &j->opt->check;
    if (!pipeline_load_rules(&opt->rules, opt->log, &j->rules, err) || !plan_check(j->a, opt, &j->units, err))
        return false;
    j->program.rules = j->rules;
    if (!pipeline_analyse(j->units.requests.v, j->units.requests.n, j->rules, &opt->facts, &engine, &j->analysis, err))
        return false;
    if (j->analysis.stopped_by)
        return ll_fail(err, LL_E_SYS, "gen stubs: stopped by signal %d", j->analysis.stopped_by);
    const finish_options finish = {.root = j->units.root, .rules = &opt->rules, .confidence = CONFIDENCE_LOW};
    finished f;
    pipeline_gather(j->a, &j->analysis, j->units.root, NULL, NULL, &f);
    pipeline_finish(j->a, j->rules, &finish, &f);
    j->findings = f.findings;
    return true;
}

static bool make(stub_job *j, gen_stubs_result *out, ll_err *err) {
    const char *what = j->opt->what, *file;
    int32_t line;
    if (j->opt->function) return stub_for(j, NULL, out, err);
    if (!is_fingerprint(what) && !is_place(j->a, what, &file, &line)) return stubs_for_file(j, out, err);
    const finding *f = find_finding(j, what);
    if (!f) return ll_fail(err, LL_E_USAGE, "gen stubs: no finding at '%s'; 'lifelint check' lists them", what);
    return stub_for(j, f, out, err);
}

bool pipeline_gen_stubs(const gen_stubs_options *opt, gen_stubs_result *out, ll_err *err) {
    stub_job j = {.a = ll_arena_new("stubs"), .opt = opt};
    *out = (gen_stubs_result){0};
    bool ok = analyse(&j, err) && make(&j, out, err);
    pipeline_analysis_free(&j.analysis);
    rule_set_free(j.rules);
    ll_arena_free(j.a);
    return ok;
}
