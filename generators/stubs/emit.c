/* From a route to the text of a stub. */
#include <string.h>

#include "generators/stubs/keep.h"
#include "generators/stubs/stubs.h"
#include "generators/template.h"

/* ---- comments ---- */

static void put_comment(ll_strbuf *out, const char *text) {
    for (const char *s = text; *s; s++)
        if (s[0] == '*' && s[1] == '/')
            ll_sb_add(out, "*"), s++;
        else
            ll_sb_addc(out, *s == '\n' || *s == '\r' ? ' ' : *s);
}

static const char *reason_text(ll_arena *a, const stub_spec *spec) {
    ll_strbuf b = {0};
    if (!spec->finding) {
        ll_sb_printf(&b, " * Whatever %s() acquires must be released or still be held by somebody when it returns.\n",
                     spec->func->name);
    } else {
        ll_sb_add(&b, " * ");
        put_comment(&b, spec->finding->message);
        ll_sb_printf(&b, " [%s]\n", spec->finding->rule_id);
        for (uint32_t i = 0; i < spec->finding->nsteps; i++) {
            const finding_step *s = &spec->finding->steps[i];
            ll_sb_printf(&b, " *   line %d: ", s->loc.line);
            put_comment(&b, s->text);
            ll_sb_addc(&b, '\n');
        }
        if (!spec->route->found)
            ll_sb_add(&b,
                      " * No arguments were found that lead along these steps: what is set below is a beginning.\n");
    }
    const char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

/* ---- arguments ---- */

/* The C name of an argument: parameters are named as in the source, an unnamed one by its place. */
static const char *argument_name(ll_arena *a, const fe_param *p, uint32_t i) {
    return p->name && *p->name ? p->name : ll_printf(a, "argument_%u", i + 1);
}

static const route_input *input_named(const route *r, const char *lvalue) {
    for (uint32_t i = 0; i < r->inputs.n; i++)
        if (strcmp(r->inputs.v[i].lvalue, lvalue) == 0) return &r->inputs.v[i];
    return NULL;
}

static bool is_text(const char *type) {
    return strcmp(type, "char *") == 0 || strcmp(type, "const char *") == 0;
}

static void put_pointer_argument(const stub_spec *spec, const fe_param *p, const char *name, ll_strbuf *out) {
    const route_input *in = input_named(spec->route, name);
    if (in && !in->is_pointer) {
        ll_sb_printf(out, "    %s = 0;\n", name);
    } else if (p->is_function) {
        ll_sb_printf(out, "    %s = (__typeof__(%s))lifelint_callback;\n", name, name);
    } else if (is_text(p->type)) {
        ll_sb_printf(out, "    %s = strcpy((char *)lifelint_runtime_block(64), \"text\");\n", name);
    } else if (p->is_opaque) {
        ll_sb_printf(out, "    %s = (__typeof__(%s))lifelint_runtime_object();\n", name, name);
    } else {
        ll_sb_printf(out, "    %s = (__typeof__(%s))lifelint_runtime_block(sizeof(*%s) * 16);\n", name, name, name);
    }
}

static void put_declarations(ll_arena *a, const stub_spec *spec, ll_strbuf *out) {
    (void)a;
    if (strcmp(spec->signature->result, "void") != 0)
        ll_sb_printf(out, "static __typeof__(%s) lifelint_result;\n", spec->signature->result);
}

static bool is_root(const stub_spec *spec, ll_arena *a, const char *lvalue) {
    for (uint32_t i = 0; i < spec->signature->n; i++)
        if (strcmp(argument_name(a, &spec->signature->params[i], i), lvalue) == 0) return true;
    return false;
}

/* One field, element or global on the way. */
static void put_input(ll_strbuf *out, const route_input *in, const char *lvalue) {
    if (in->is_function) {
        ll_sb_printf(out, "    lifelint_runtime_put((void *)&%s, sizeof %s, (long long)(intptr_t)lifelint_callback);\n",
                     lvalue, lvalue);
    } else if (in->is_pointer) {
        ll_sb_printf(
            out, "    lifelint_runtime_put((void *)&%s, sizeof %s, (long long)(intptr_t)lifelint_runtime_object());\n",
            lvalue, lvalue);
    } else if (in->is_const) {
        ll_sb_printf(out, "    lifelint_runtime_put((void *)&%s, sizeof %s, %lldLL);\n", lvalue, lvalue,
                     (long long)in->value);
    } else {
        ll_sb_printf(out, "    %s = (__typeof__(%s))%lldLL;\n", lvalue, lvalue, (long long)in->value);
    }
}

static void put_arguments(ll_arena *a, const stub_spec *spec, ll_strbuf *out) {
    const fe_signature *s = spec->signature;
    for (uint32_t i = 0; i < s->n; i++)
        ll_sb_printf(out, "    __typeof__(%s) %s;\n", s->params[i].type, argument_name(a, &s->params[i], i));
    for (uint32_t i = 0; i < s->n; i++) {
        const fe_param *p = &s->params[i];
        const char *name = argument_name(a, p, i);
        const route_input *in = input_named(spec->route, name);
        if (p->is_pointer)
            put_pointer_argument(spec, p, name, out);
        else if (p->is_record)
            ll_sb_printf(out, "    memset((void *)&%s, 0, sizeof %s);\n", name, name);
        else
            ll_sb_printf(out, "    %s = (__typeof__(%s))%lldLL;\n", name, name, in ? (long long)in->value : 1LL);
    }
    for (uint32_t i = 0; i < spec->route->inputs.n; i++) {
        const route_input *in = &spec->route->inputs.v[i];
        if (!is_root(spec, a, in->lvalue)) put_input(out, in, in->lvalue);
    }
    if (spec->kept)
        ll_sb_printf(out, "    lifelint_runtime_keep(\"%s\", (void *)&%s, sizeof %s);\n", spec->finding->family_id,
                     spec->kept, spec->kept);
}

/* ---- what the functions outside answer ---- */

static const char *replace_word(ll_arena *a, const char *text, const char *word, const char *by) {
    ll_strbuf b = {0};
    for (const char *s = text; *s;) {
        if (strncmp(s, word, strlen(word)) == 0) {
            ll_sb_add(&b, by);
            s += strlen(word);
        } else {
            ll_sb_addc(&b, *s++);
        }
    }
    const char *r = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return r;
}

const fe_outside *stub_outside(const fe_signature *s, const char *name) {
    for (uint32_t i = 0; i < s->noutside; i++)
        if (strcmp(s->outside[i].name, name) == 0) return &s->outside[i];
    return NULL;
}

static const char *parameter_type(const stub_spec *spec, const char *function, uint32_t arg) {
    const fe_outside *o = stub_outside(spec->signature, function);
    return o && arg && arg <= o->nparams ? o->params[arg - 1] : NULL;
}

/* An object with fields that the path needs. */
static void put_given_object(ll_arena *a, const stub_spec *spec, const route_answer *r, uint32_t n, ll_strbuf *out) {
    const fe_outside *o = stub_outside(spec->signature, r->function);
    const char *type = r->arg ? parameter_type(spec, r->function, r->arg) : o && !o->gives_opaque ? o->result : NULL;
    const char *name = ll_printf(a, "given_%u", n);
    if (!type) {
        if (!r->arg) ll_sb_printf(out, "    lifelint_runtime_give(\"%s\", %u);\n", r->function, r->call);
        return;
    }
    if (r->arg)
        ll_sb_printf(
            out,
            "    __typeof__(*(__typeof__(%s))0) %s = (__typeof__(%s))lifelint_runtime_give_through(\"%s\", %u, %u);\n",
            type, name, name, r->function, r->call, r->arg);
    else
        ll_sb_printf(out, "    __typeof__(%s) %s = (__typeof__(%s))lifelint_runtime_give(\"%s\", %u);\n", type, name,
                     name, r->function, r->call);
    for (uint32_t i = 0; i < r->fields.n; i++) {
        route_input in = r->fields.v[i];
        in.is_const = true; /* for all that is known here */
        put_input(out, &in, replace_word(a, in.lvalue, "GIVEN", name));
    }
}

static void put_write(const stub_spec *spec, const route_write *w, ll_strbuf *out) {
    const char *type = parameter_type(spec, w->function, w->arg);
    if (w->is_pointer && !*w->path) {
        ll_sb_printf(out, "    lifelint_runtime_give_through(\"%s\", %u, %u);\n", w->function, w->call, w->arg);
        return;
    }
    if (!type) return;
    ll_sb_printf(out, "    LIFELINT_WRITE(\"%s\", %u, %u, ", w->function, w->call, w->arg);
    if (!*w->path)
        ll_sb_printf(out, "*(__typeof__(%s))0", type);
    else
        ll_sb_printf(out, "((__typeof__(%s))0)%s%s", type, *w->path == '.' ? "->" : "", w->path + (*w->path == '.'));
    if (w->is_pointer)
        ll_sb_add(out, ", (long long)(intptr_t)lifelint_runtime_object());\n");
    else
        ll_sb_printf(out, ", %lldLL);\n", (long long)w->value);
}

static void put_answer(ll_arena *a, const stub_spec *spec, const route_answer *r, uint32_t n, ll_strbuf *out) {
    if (!r->gives) {
        ll_sb_printf(out, "    lifelint_runtime_answer(\"%s\", %u, %lldLL);\n", r->function, r->call,
                     (long long)r->value);
        return;
    }
    if (!r->fields.n) {
        ll_sb_printf(out, "    lifelint_runtime_give(\"%s\", %u);\n", r->function, r->call);
        return;
    }
    put_given_object(a, spec, r, n, out);
}

static void put_call(ll_arena *a, const stub_spec *spec, ll_strbuf *out) {
    const fe_signature *s = spec->signature;
    ll_sb_printf(out, "    %s%s(", strcmp(s->result, "void") != 0 ? "lifelint_result = " : "", spec->func->name);
    for (uint32_t i = 0; i < s->n; i++) ll_sb_printf(out, "%s%s", i ? ", " : "", argument_name(a, &s->params[i], i));
    ll_sb_add(out, ");\n");
    if (spec->func->ret && spec->func->ret->kind == IR_T_PTR && strcmp(s->result, "void") != 0)
        ll_sb_add(out, "    lifelint_runtime_returned((const void *)lifelint_result);\n");
}

/* ---- how it is built ---- */

static bool needs_quotes(const char *s) {
    return !*s || s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-=./,:@%")];
}

static void put_quoted(ll_strbuf *out, const char *s) {
    if (!needs_quotes(s)) {
        ll_sb_add(out, s);
        return;
    }
    ll_sb_addc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            ll_sb_add(out, "'\\''");
        else
            ll_sb_addc(out, *s);
    ll_sb_addc(out, '\'');
}

static const char *joined(ll_arena *a, const char *const *words, uint32_t n) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < n; i++) {
        if (i) ll_sb_addc(&b, ' ');
        put_quoted(&b, words[i]);
    }
    const char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static const char *quoted(ll_arena *a, const char *s) {
    return joined(a, &s, 1);
}

/* ---- the whole ---- */

static const char *const framework_names[] = {"main", "cmocka", "check", "gtest"};

static const char *expand(ll_arena *a, const char *name, const template_word *words, uint32_t n) {
    ll_strbuf b = {0};
    template_expand(&b, name, words, n);
    const char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static const char *text_of(ll_arena *a, const stub_spec *spec,
                           void (*put)(ll_arena *, const stub_spec *, ll_strbuf *)) {
    ll_strbuf b = {0};
    put(a, spec, &b);
    const char *text = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static void put_answers(ll_arena *a, const stub_spec *spec, ll_strbuf *out) {
    for (uint32_t i = 0; i < spec->route->answers.n; i++) put_answer(a, spec, &spec->route->answers.v[i], i + 1, out);
    for (uint32_t i = 0; i < spec->route->writes.n; i++) put_write(spec, &spec->route->writes.v[i], out);
}

static void put_globals(ll_arena *a, const stub_spec *spec, ll_strbuf *out) {
    (void)a;
    for (uint32_t i = 0; i < spec->globals.n; i++)
        ll_sb_printf(out, "__typeof__(%s) %s;\n", spec->globals.v[i], spec->globals.v[i]);
    for (uint32_t i = 0; i < spec->pointers.n; i++) {
        const char *name = spec->pointers.v[i];
        ll_sb_printf(out,
                     "%svoid lifelint_through_%s(void);\n__typeof__(%s) %s = (__typeof__(%s))lifelint_through_%s;\n",
                     spec->cxx ? "extern \"C\" " : "", name, name, name, name, name);
    }
    for (uint32_t i = 0; i < spec->replaced.n; i++)
        ll_sb_printf(out, "%s__asm__(\".weak %s\");\n",
                     i ? "" : "/* defined in a header: the runtime's definition takes its place */\n",
                     spec->replaced.v[i]);
}

static const char *identifier(ll_arena *a, const char *name) {
    char *s = ll_strdup(a, name);
    for (char *p = s; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'))) *p = '_';
    return s;
}

bool stub_emit(ll_arena *a, const stub_spec *spec, stub_output *out, ll_err *err) {
    bool split = spec->framework == STUB_GTEST && !spec->cxx;
    const char *framework = framework_names[spec->framework];
    *out = (stub_output){.source_ending = spec->cxx ? ".cpp" : ".c"};
    if (spec->signature->is_member)
        return ll_fail(err, LL_E_USAGE, "gen stubs: %s is a member function: the test would need an object",
                       spec->func->name);
    const template_word words[] = {
        {"VERSION", spec->version},
        {"STEM", spec->stem},
        {"FUNCTION", spec->func->name},
        {"NAME", identifier(a, spec->func->name)},
        {"SOURCE", spec->source},
        {"QSOURCE", quoted(a, spec->source)},
        {"DIR", quoted(a, spec->dir)},
        {"FLAGS", joined(a, spec->flags, spec->nflags)},
        {"OTHERS", joined(a, spec->others.v, spec->others.n)},
        {"ENDING", out->source_ending},
        {"COMPILER", spec->cxx ? "CXX" : "CC"},
        {"DEFAULT", spec->cxx ? "c++" : "cc"},
        {"REASON", reason_text(a, spec)},
        {"BEFORE_SOURCE", spec->has_main ? "#define main main_of_the_program\n" : ""},
        {"AFTER_SOURCE", spec->has_main ? "#undef main\n" : ""},
        {"GLOBALS", text_of(a, spec, put_globals)},
        {"DECLARATIONS", text_of(a, spec, put_declarations)},
        {"ARGUMENTS", text_of(a, spec, put_arguments)},
        {"ANSWERS", text_of(a, spec, put_answers)},
        {"CALL", text_of(a, spec, put_call)},
        {"RULE", spec->finding ? ll_printf(a, "\"%s\"", spec->finding->family_id) : "NULL"},
        {"KIND", spec->kind ? ll_printf(a, "\"%s\"", spec->kind) : "NULL"},
        {"LINKAGE", split ? "" : "static "},
        {"LIBRARIES", spec->framework == STUB_CMOCKA  ? "-lcmocka"
                      : spec->framework == STUB_CHECK ? "-lcheck -lsubunit -lm -lrt"
                      : spec->framework == STUB_GTEST ? "-lgtest -lgtest_main"
                                                      : ""},
    };
    uint32_t n = sizeof words / sizeof *words;
    const char *main_part = expand(a, ll_printf(a, "stubs/%s.c.in", framework), words, n);
    template_word all[sizeof words / sizeof *words + 1];
    memcpy(all, words, sizeof words);
    all[n] = (template_word){"RUN", split ? "" : main_part};
    ll_strbuf fresh = {0};
    template_expand(&fresh, "stubs/stub.c.in", all, n + 1);
    keep_users_parts(a, spec->before, ll_sb_str(&fresh), &out->source);
    ll_sb_free(&fresh);
    if (split) template_expand(&out->runner, "stubs/gtest_runner.cpp.in", all, n + 1);
    if (split) ll_sb_add(&out->runner, main_part);
    template_expand(&out->script, split ? "stubs/build_split.sh.in" : "stubs/build.sh.in", all, n + 1);
    return true;
}

void stub_output_free(stub_output *out) {
    ll_sb_free(&out->source);
    ll_sb_free(&out->runner);
    ll_sb_free(&out->script);
}
