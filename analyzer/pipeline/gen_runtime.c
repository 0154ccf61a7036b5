/* `gen runtime`: asks the headers of each pack what its functions take and give, and has the interposer written. */
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "base/sys.h"
#include "generators/runtime/runtime.h"
#include "pipeline/gen.h"

static bool has_word(pipeline_words words, const char *word) {
    for (uint32_t i = 0; i < words.n; i++)
        if (strcmp(words.v[i], word) == 0) return true;
    return false;
}

static bool wants_rule(const gen_runtime_options *opt, const rule *r) {
    if (!opt->only_rules.n && !opt->only_packs.n) return true;
    return has_word(opt->only_rules, r->id) || has_word(opt->only_packs, r->pack) ||
           (r->extends && has_word(opt->only_rules, r->extends->id));
}

/* The model with the wanted rules' effects only; NULL: nothing is left to watch. */
static const rule_model *chosen_model(ll_arena *a, const gen_runtime_options *opt, const rule_model *m) {
    rule_model *chosen = ll_memdup(a, m, sizeof *m);
    chosen->effects = LL_NEWN(a, rule_effect, m->neffects);
    chosen->neffects = 0;
    for (uint32_t i = 0; i < m->neffects; i++)
        if (m->effects[i].rule && wants_rule(opt, m->effects[i].rule))
            chosen->effects[chosen->neffects++] = m->effects[i];
    return runtime_watches(chosen, false) ? chosen : NULL;
}

static bool is_identifier(const char *name) {
    for (const char *s = name; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_') return false;
    return *name && !isdigit((unsigned char)*name);
}

/* One unit a pack: its headers, and a mention of each of its functions. */
typedef struct probe {
    const rulepack_pack *pack;
    LL_ARRAY(const rule_model *) models;
    fe_overlay overlay;
} probe;

static void make_probe(ll_arena *a, const gen_runtime_options *opt, const rule_set *rules, const rulepack_pack *pack,
                       probe *out) {
    *out = (probe){.pack = pack};
    ll_strbuf text = {0};
    ll_sb_add(&text, "#ifndef _GNU_SOURCE\n#define _GNU_SOURCE\n#endif\n");
    for (uint32_t i = 0; i < pack->nheaders; i++)
        ll_sb_printf(&text, "#if __has_include(<%s>)\n#include <%s>\n#endif\n", pack->headers[i], pack->headers[i]);
    for (uint32_t i = 0; i < pack->nfunctions; i++) {
        const char *name = pack->functions[i];
        if (i && strcmp(name, pack->functions[i - 1]) == 0) continue;
        const rule_model *all = rule_set_model(rules, name), *m = all ? chosen_model(a, opt, all) : NULL;
        if (!m) continue;
        LL_PUSH(a, &out->models, m);
        if (is_identifier(name)) ll_sb_printf(&text, "void probe_%s(void) { (void)&%s; }\n", name, name);
    }
    out->overlay = (fe_overlay){
        .path = ll_printf(a, "/gen/%s.c", pack->name), .bytes = ll_strdup(a, ll_sb_str(&text)), .n = text.n};
    ll_sb_free(&text);
}

static fe_request request_of(ll_arena *a, const probe *p) {
    uint32_t n;
    const char **flags = rulepack_header_flags(p->pack, a, &n);
    const char **args = LL_NEWN(a, const char *, n + 2);
    args[0] = "-std=gnu17";
    args[1] = "-ferror-limit=0";
    if (n) memcpy(args + 2, flags, n * sizeof *args);
    return (fe_request){
        .file = p->overlay.path, .dir = "/", .args = args, .nargs = (int)n + 2, .overlay = &p->overlay, .noverlay = 1};
}

static const ir_fdecl *find_decl(const ir_unit *u, const char *name) {
    for (uint32_t i = 0; u && i < u->decls.n; i++)
        if (u->decls.v[i].name && strcmp(u->decls.v[i].name, name) == 0) return &u->decls.v[i];
    return NULL;
}

/* A function whose name is a macro for another one has that one's symbol. */
static const ir_fdecl *mentioned_decl(ll_arena *a, const ir_unit *u, const char *name) {
    const ir_fdecl *direct = find_decl(u, name);
    const char *probe_name = ll_printf(a, "probe_%s", name);
    for (uint32_t i = 0; !direct && u && i < u->funcs.n; i++) {
        const ir_func *f = u->funcs.v[i];
        if (!f->name || strcmp(f->name, probe_name) != 0) continue;
        for (uint32_t k = 0; k < f->nvars; k++)
            if (f->vars[k].kind == IR_V_FUNC && f->vars[k].name) return find_decl(u, f->vars[k].name);
    }
    return direct;
}

typedef struct gathering {
    ll_arena *a;
    const gen_runtime_options *opt;
    runtime_spec spec;
    uint32_t left_out;
} gathering;

static bool has_symbol(const runtime_spec *spec, const char *symbol) {
    for (uint32_t i = 0; i < spec->functions.n; i++)
        if (strcmp(spec->functions.v[i].symbol, symbol) == 0) return true;
    return false;
}

static void gather(gathering *g, const probe *p, const ir_unit *unit) {
    ll_strbuf missing = {0};
    uint32_t nmissing = 0;
    for (uint32_t i = 0; i < p->models.n; i++) {
        const rule_model *m = p->models.v[i];
        const ir_fdecl *d = is_identifier(m->name) ? mentioned_decl(g->a, unit, m->name) : NULL;
        bool is_operator = strncmp(m->name, "operator ", 9) == 0;
        if (!d && !is_operator) {
            nmissing++;
            if (nmissing <= 3 || g->opt->verbose) ll_sb_printf(&missing, "%s%s", missing.n ? ", " : "", m->name);
            continue;
        }
        const char *symbol = d ? d->name : m->name;
        if (!has_symbol(&g->spec, symbol))
            runtime_add(g->a, &g->spec, (runtime_function){.symbol = symbol, .name = m->name, .decl = d, .model = m});
    }
    if (nmissing && !g->opt->quiet)
        fprintf(g->opt->log, "lifelint: %s: %u function%s left out, no installed header declares %s: %s%s\n",
                p->pack->name, nmissing, nmissing == 1 ? "" : "s", nmissing == 1 ? "it" : "them", ll_sb_str(&missing),
                nmissing > 3 && !g->opt->verbose ? ", …" : "");
    g->left_out += nmissing;
    ll_sb_free(&missing);
}

bool pipeline_write_generated(const char *path, const ll_strbuf *text, ll_err *err) {
    ll_arena *a = ll_arena_new("before");
    char *before = NULL;
    size_t n = 0;
    bool there = ll_is_file(path), read = !there || ll_read_file(a, path, 0, &before, &n, err);
    bool ours =
        !there || !read || !n || strstr(before, "written by lifelint") || strncmp(before, "-Wl,--wrap=", 11) == 0;
    ll_arena_free(a);
    if (!read) return false; /* whose it is cannot be told */
    if (!ours)
        return ll_fail(err, LL_E_USAGE, "%s is there and is not generated; choose another --name or --dir", path);
    return ll_write_file(path, text->s, text->n, err);
}

bool pipeline_write_runtime(const runtime_output *text, const char *dir, const char *stem, ll_err *err) {
    const struct {
        const char *ending;
        const ll_strbuf *text;
    } files[] = {{".c", &text->source}, {".h", &text->header}, {".wrap", &text->wrap}};
    ll_arena *a = ll_arena_new("paths");
    bool ok = ll_make_dirs(dir, err);
    for (size_t i = 0; ok && i < sizeof files / sizeof *files; i++)
        ok = pipeline_write_generated(ll_printf(a, "%s/%s%s", dir, stem, files[i].ending), files[i].text, err);
    ll_arena_free(a);
    return ok;
}

static bool check_words(const rule_set *rules, const gen_runtime_options *opt, ll_err *err) {
    for (uint32_t i = 0; i < opt->only_rules.n; i++) {
        const char *id = opt->only_rules.v[i], *near = rulepack_nearest_rule(rules, id);
        if (rule_set_find(rules, id)) continue;
        return ll_fail(err, LL_E_USAGE, "gen runtime: no rule '%s'%s%s%s", id,
                       near ? "; did you mean '" : "; 'lifelint rules list' shows them", near ? near : "",
                       near ? "'?" : "");
    }
    for (uint32_t i = 0; i < opt->only_packs.n; i++) {
        bool known = false;
        for (uint32_t k = 0; k < rule_set_pack_count(rules); k++)
            known |= strcmp(rule_set_pack_at(rules, k)->name, opt->only_packs.v[i]) == 0;
        if (!known)
            return ll_fail(err, LL_E_USAGE, "gen runtime: no rule pack '%s'; 'lifelint rules list' shows them",
                           opt->only_packs.v[i]);
    }
    return true;
}

static bool write_all(gathering *g, gen_runtime_result *out, ll_err *err) {
    const gen_runtime_options *opt = g->opt;
    runtime_output text;
    runtime_emit(g->a, &g->spec, &text);
    for (uint32_t i = 0; i < text.left_out.n && !opt->quiet; i++)
        fprintf(opt->log, "lifelint: left out: %s\n", text.left_out.v[i]);
    *out = (gen_runtime_result){.functions = g->spec.functions.n, .left_out = g->left_out + text.left_out.n};
    bool ok = pipeline_write_runtime(&text, opt->dir ? opt->dir : ".", g->spec.stem, err);
    runtime_output_free(&text);
    return ok;
}

bool pipeline_gen_runtime(const gen_runtime_options *opt, gen_runtime_result *out, ll_err *err) {
    ll_arena *a = ll_arena_new("gen");
    ll_intern *names = ll_intern_new();
    rule_set *rules = NULL;
    LL_ARRAY(probe) probes = {0};
    LL_ARRAY(fe_request) requests = {0};
    int stopped_by = 0;
    bool ok = pipeline_load_rules(&opt->rules, opt->log, &rules, err) && check_words(rules, opt, err);
    for (uint32_t i = 0; ok && i < rule_set_pack_count(rules); i++) {
        probe p;
        make_probe(a, opt, rules, rule_set_pack_at(rules, i), &p);
        if (p.models.n) LL_PUSH(a, &probes, p);
    }
    for (uint32_t i = 0; ok && i < probes.n; i++) LL_PUSH(a, &requests, request_of(a, &probes.v[i]));
    facts_unit *units = LL_NEWN(a, facts_unit, probes.n);
    ok = ok && facts_collect(a, names, requests.v, requests.n, &opt->facts, units, &stopped_by, err);
    if (ok && stopped_by) ok = ll_fail(err, LL_E_SYS, "gen runtime: stopped by signal %d", stopped_by);
    gathering g = {.a = a, .opt = opt};
    g.spec = (runtime_spec){.version = opt->tool_version, .stem = opt->stem ? opt->stem : "lifelint_runtime"};
    for (uint32_t i = 0; ok && i < probes.n; i++) gather(&g, &probes.v[i], units[i].unit);
    ok = ok && write_all(&g, out, err);
    rule_set_free(rules);
    ll_intern_free(names);
    ll_arena_free(a);
    return ok;
}
