/* `history`: what the store keeps of earlier runs, as a table or as JSON. */
#include <string.h>

#include "base/sys.h"
#include "output/history.h"
#include "pipeline/pipeline.h"
#include "source/overlay_git.h"
#include "store/store.h"

/* A run may have been started further up, but in the same project. */
static const char *find_store(ll_arena *a, const check_options *opt) {
    if (opt->store_path) return opt->store_path;
    if (opt->root) return ll_path_join(a, opt->root, STORE_FILE);
    src_git *git = NULL;
    const char *dir = ll_path_abs(a, NULL, ".");
    const char *top = src_git_open(dir, &git, NULL) ? ll_strdup(a, src_git_top(git)) : dir;
    src_git_free(git);
    for (;; dir = ll_path_dir(a, dir)) {
        const char *path = ll_path_join(a, dir, STORE_FILE);
        if (ll_is_file(path)) return path;
        if (strcmp(dir, top) == 0 || strcmp(dir, "/") == 0) return STORE_FILE;
    }
}

/* One of an older lifelint has to be brought up to date first. */
static bool open_any(const char *path, bool is_named, store **out, ll_err *err) {
    if (!store_open_file(path, true, out, err)) {
        *err = (ll_err){0};
        if (!store_open_file(path, false, out, err)) return false;
    }
    return is_named || store_check_home(*out, err);
}

static output_past_run shown(const store_run *r) {
    return (output_past_run){.id = r->id,
                             .started = r->started,
                             .commit = r->commit,
                             .tool_version = r->tool_version,
                             .options = r->options,
                             .units = r->units,
                             .failed_units = r->failed_units,
                             .findings = r->findings,
                             .suppressed = r->suppressed,
                             .n_new = r->n_new,
                             .n_gone = r->n_gone,
                             .n_unchanged = r->n_unchanged,
                             .whole = r->whole};
}

bool pipeline_history(const check_options *opt, const history_options *how, ll_strbuf *out, ll_err *err) {
    ll_arena *a = ll_arena_new("history");
    store *s = NULL;
    store_runs runs;
    const char *path = find_store(a, opt);
    bool ok = ll_is_file(path) || ll_fail(err, LL_E_USAGE, "%s: no such store; 'lifelint check' makes one", path);
    ok = ok && open_any(path, opt->store_path, &s, err) && store_list_runs(s, a, how->limit, &runs, err);
    if (ok) {
        output_past_run *v = LL_NEWN(a, output_past_run, runs.items.n);
        for (uint32_t i = 0; i < runs.items.n; i++) v[i] = shown(&runs.items.v[i]);
        (how->json ? output_history_json : output_history_text)(v, runs.items.n, out);
    }
    if (s) store_close(s);
    ll_arena_free(a);
    return ok;
}
