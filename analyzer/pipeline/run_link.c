/* The verb `link`: the second half of `check`, from facts that others made. */
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "pipeline/check.h"
#include "pipeline/depfile.h"
#include "pipeline/diff.h"
#include "pipeline/facts_file.h"
#include "pipeline/suppressions.h"

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool add_files(const check_options *opt, facts_program *g, ll_err *err) {
    const char **paths = ll_memdup(g->arena, opt->link.v, opt->link.n * sizeof *opt->link.v);
    qsort(paths, opt->link.n, sizeof *paths, by_name);
    for (uint32_t i = 0; i < opt->link.n; i++)
        if (!facts_program_add(g, paths[i], err)) return false;
    if (!facts_program_close(g, err)) return false;
    return g->units.n || ll_fail(err, LL_E_USAGE, "link: there are no units in these facts");
}

/* ---- sources that are not those the facts were made of ---- */

static bool is_shown(const finding_list *l, const char *path) {
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (strcmp(f->loc.file, path) == 0) return true;
        for (uint32_t k = 0; k < f->nsteps; k++)
            if (strcmp(f->steps[k].loc.file, path) == 0) return true;
    }
    return false;
}

static void log_sources(const check_options *opt, const check_result *r, const facts_program *g) {
    for (uint32_t i = 0; i < g->mixed.n; i++)
        check_log(opt, "facts were made of different states of a file, make them again", NULL, g->mixed.v[i]);
    uint32_t missing = 0;
    ll_arena *a = ll_arena_new("sources");
    for (uint32_t i = 0; i < g->sources.items.n; i++) {
        const facts_source *s = &g->sources.items.v[i];
        char *text;
        size_t n;
        if (!is_shown(&r->findings, s->path)) continue;
        if (!ll_read_file(a, ll_path_join(a, r->root, s->path), 0, &text, &n, NULL))
            missing++;
        else if (!ll_hash_equal(ll_hash_of(text, n), s->hash))
            check_log(opt, "changed since its facts were made", NULL, s->path);
    }
    ll_arena_free(a);
    if (missing && !opt->quiet)
        fprintf(opt->log, "lifelint: reports go without source lines: %u files are not under %s\n", missing, r->root);
}

bool link_parts(const check_options *opt, check_result *r, ll_err *err) {
    const check_database none = {0};
    const engine_options engine = {0};
    plan units = {.whole = true};
    finished f;
    r->root = units.root = ll_path_abs(r->arena, NULL, opt->root ? opt->root : ".");
    if (!check_load_entries(opt, NULL, r, err)) return false;
    r->analysis = (pipeline_analysis){.own_names = ll_intern_new(), .arena = ll_arena_new("program")};
    r->analysis.names = r->analysis.own_names;
    facts_program *g = facts_program_new(r->arena, &r->analysis, r->root);
    if (!add_files(opt, g, err)) return false;
    for (uint32_t i = 0; i < g->units.n; i++)
        LL_PUSH(r->arena, &units.requests, (fe_request){.file = g->files.v[i], .root = r->root});
    workers_allow_deep_stack();
    pipeline_solve(&r->analysis, r->rules, &opt->facts, &engine);
    pipeline_gather_known(r->arena, &r->analysis, r->root, &g->suppressions, &f);
    check_conclude(opt, &units, &none, NULL, &f, r);
    log_sources(opt, r, g);
    return !opt->against.baseline || diff_with_report(opt, r, err);
}

/* ---- depfile ---- */

typedef LL_ARRAY(const char *) path_list;

static void add_rules(ll_arena *a, const char *path, path_list *out) {
    ll_names names = {0};
    const bool *is_dir;
    if (!ll_list_dir(a, path, &names, &is_dir)) {
        LL_PUSH(a, out, path);
        return;
    }
    for (uint32_t i = 0; i < names.n; i++)
        if (!is_dir[i]) LL_PUSH(a, out, ll_path_join(a, path, names.v[i]));
}

bool pipeline_link_depfile(const check_options *opt, const check_result *r, const char *config, const char *target,
                           const char *path, ll_err *err) {
    ll_arena *a = ll_arena_new("depfile");
    path_list all = {0};
    for (uint32_t i = 0; i < opt->link.n; i++) LL_PUSH(a, &all, opt->link.v[i]);
    for (uint32_t i = 0; i < opt->rules.paths.n; i++) add_rules(a, opt->rules.paths.v[i], &all);
    for (uint32_t i = 0; i < r->findings.items.n; i++) {
        const finding *f = &r->findings.items.v[i];
        LL_PUSH(a, &all, ll_path_join(a, r->root, f->loc.file));
        for (uint32_t k = 0; k < f->nsteps; k++) LL_PUSH(a, &all, ll_path_join(a, r->root, f->steps[k].loc.file));
    }
    const char *accepted = ll_path_join(a, r->root, SUPPRESSIONS_FILE);
    if (ll_is_file(accepted)) LL_PUSH(a, &all, accepted);
    if (config) LL_PUSH(a, &all, config);
    bool ok = depfile_write(path, target, all.v, all.n, err);
    ll_arena_free(a);
    return ok;
}
