/* lifelint rules infer [-p DIR] [-o PACK.yml]: the project's own allocators as a pack to review and commit. */
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "cmd/rules.h"
#include "cmd/run_options.h"
#include "pipeline/infer.h"

enum { LARGEST_PACK = 64 << 20 };

/* A pack by the name of a built-in one takes its place. */
static bool own_name(ll_arena *a, const char *path, ll_err *err) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < rulepack_embedded_count; i++)
        if (strcmp(rulepack_embedded[i].file, name) == 0)
            return ll_fail(err, LL_E_USAGE,
                           "rules infer: a pack called %s would take the place of the one that comes with lifelint; "
                           "name it %s",
                           name, ll_printf(a, "own-%s", name));
    return true;
}

/* Nothing somebody wrote by hand is lost. */
static bool may_write(ll_arena *a, const cmd_line *line, const char *path, ll_err *err) {
    char *text;
    size_t n;
    if (!ll_is_file(path) || cmd_has(line, OPT_FORCE)) return true;
    if (!ll_read_file(a, path, LARGEST_PACK, &text, &n, err)) return false;
    if (pipeline_infer_untouched(text, n)) return true;
    return ll_fail(err, LL_E_USAGE, "rules infer: %s was edited; --force writes over it, --output names another file",
                   path);
}

static bool run(ll_arena *a, const cmd_line *line, ll_err *err) {
    const char *path = cmd_str(line, OPT_OUTPUT, "-");
    bool to_stdout = path[0] == '-' && !path[1];
    check_options opt = cmd_check_options(line);
    ll_strbuf pack = {0};
    infer_counts n;
    opt.files = (pipeline_words){.v = line->args + 1, .n = line->nargs - 1};
    bool ok = (to_stdout || (own_name(a, path, err) && may_write(a, line, path, err))) &&
              pipeline_infer(&opt, cmd_schema_place(a), &pack, &n, err) &&
              (to_stdout || ll_write_file(path, ll_sb_str(&pack), pack.n, err));
    if (ok && to_stdout) fputs(ll_sb_str(&pack), stdout);
    if (ok)
        fprintf(stderr, "lifelint: %u functions in %u strong, %u likely and %u weak rules\n", n.functions,
                n.rules[INFERRED_STRONG], n.rules[INFERRED_LIKELY], n.rules[INFERRED_WEAK]);
    ll_sb_free(&pack);
    return ok;
}

int rules_infer(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    (void)rules;
    ll_err err = {0};
    ll_arena *a = ll_arena_new("inferred pack");
    bool ok = run(a, line, &err);
    ll_arena_free(a);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}
