#include "cmd/config.h"

#include <string.h>

#include "base/nearest.h"
#include "base/sys.h"
#include "pipeline/suppressions.h"
#include "rulepack/rulepack.h"
#include "rulepack/ytree.h"

/* The options a project may set: what concerns one machine or one run is not among them. */
static const struct config_key {
    cmd_opt option;
    bool list, path;
} keys[] = {
    {.option = OPT_EXCLUDE, .list = true},
    {.option = OPT_RULES, .list = true, .path = true},
    {.option = OPT_ENABLE, .list = true},
    {.option = OPT_DISABLE, .list = true},
    {.option = OPT_CONFIDENCE},
    {.option = OPT_FAIL_ON},
    {.option = OPT_RETIRE_AFTER},
};
enum { KEYS = sizeof keys / sizeof *keys };
#define SUPPRESS_KEY "suppress" /* no option: too much for one word */

typedef struct config {
    ll_arena *a;
    const char *dir, *file; /* absolute; as shown in messages */
    cmd_line *line;
    rulepack_problems *problems;
} config;

static const char *find(ll_arena *a, const char **dir) {
    const char *shown = CONFIG_FILE;
    for (*dir = ll_path_abs(a, NULL, ".");; *dir = ll_path_dir(a, *dir)) {
        if (ll_is_file(ll_path_join(a, *dir, CONFIG_FILE))) return shown;
        if (strcmp(*dir, "/") == 0) return NULL;
        shown = ll_path_join(a, "..", shown);
    }
}

static const struct config_key *find_key(config *c, const ynode *key) {
    const char *names[KEYS + 1] = {[KEYS] = SUPPRESS_KEY};
    for (size_t i = 0; i < KEYS; i++) {
        names[i] = cmd_opts[keys[i].option].name;
        if (strcmp(names[i], key->text) == 0) return &keys[i];
    }
    const char *near = ll_nearest(key->text, names, KEYS + 1);
    if (near)
        problem_add(c->problems, c->file, key->line, key->col, "unknown key '%s'; did you mean '%s'?", key->text, near);
    else
        problem_add(c->problems, c->file, key->line, key->col,
                    "unknown key '%s'; known are exclude, rules, enable, disable, confidence, fail-on, retire-after "
                    "and " SUPPRESS_KEY,
                    key->text);
    return NULL;
}

static void add(config *c, const struct config_key *key, const ynode *value, struct cmd_values *out) {
    const cmd_opt_row *row = &cmd_opts[key->option];
    if (value->kind != Y_SCALAR || !value->text[0]) {
        problem_add(c->problems, c->file, value->line, value->col, "%s needs %s, not %s", row->name,
                    key->list ? "a list of words" : "one word",
                    value->kind == Y_SCALAR ? "an empty one" : ytree_kind_name(value));
        return;
    }
    if (row->choices && row->choices[0] == '#' && !cmd_is_number(value->text)) {
        problem_add(c->problems, c->file, value->line, value->col, "%s needs a number, not '%s'", row->name,
                    value->text);
        return;
    }
    if (row->choices && !strchr("#@", row->choices[0]) && !cmd_choice_known(row->choices, value->text)) {
        problem_add(c->problems, c->file, value->line, value->col, "%s cannot be '%s'; use one of %s", row->name,
                    value->text, row->choices);
        return;
    }
    const char *text = key->path ? ll_path_abs(c->a, c->dir, value->text) : value->text;
    out->v[out->n] = text;
    out->where[out->n++] = ll_printf(c->a, "%s:%d:%d", c->file, value->line, value->col);
}

static void take(config *c, const struct config_key *key, const ynode *value) {
    struct cmd_values *typed = &c->line->opts[key->option], all = {0};
    uint32_t most = typed->n + (value->kind == Y_LIST ? value->items.n : 1);
    all.v = LL_NEWN(c->a, const char *, most);
    all.where = LL_NEWN(c->a, const char *, most);
    if (key->list && value->kind == Y_LIST)
        for (uint32_t i = 0; i < value->items.n; i++) add(c, key, value->items.v[i], &all);
    else
        add(c, key, value, &all);
    if (!(cmd_opts[key->option].verbs >> c->line->verb & 1) || (!key->list && typed->n)) return;
    if (typed->n) memcpy(all.v + all.n, typed->v, typed->n * sizeof *all.v);
    all.n += typed->n;
    *typed = all;
}

static void take_suppressions(config *c, const ynode *list) {
    suppress_entries *entries = LL_NEW(c->a, suppress_entries);
    suppressions_read(c->a, ll_path_join(c->a, c->dir, CONFIG_FILE), c->file, list, c->problems, entries);
    c->line->suppress = entries;
}

static void apply(config *c, const ynode *root) {
    if (root->kind != Y_MAP) {
        problem_add(c->problems, c->file, root->line, root->col, "expected a map of options, not %s",
                    ytree_kind_name(root));
        return;
    }
    for (uint32_t i = 0; i < root->pairs.n; i++) {
        const ypair *p = &root->pairs.v[i];
        if (strcmp(p->key->text, SUPPRESS_KEY) == 0) {
            take_suppressions(c, p->value);
            continue;
        }
        const struct config_key *key = find_key(c, p->key);
        if (key) take(c, key, p->value);
    }
}

/* The folder of the configuration is what the run is about, wherever below it was started. */
static void set_root(config *c) {
    struct cmd_values *root = &c->line->opts[OPT_ROOT];
    if (!(cmd_opts[OPT_ROOT].verbs >> c->line->verb & 1) || root->n) return;
    root->v = LL_NEW(c->a, const char *);
    root->v[root->n++] = c->dir;
}

bool cmd_config(ll_arena *a, cmd_line *line, ll_err *err) {
    config c = {.a = a, .line = line};
    char *text;
    size_t n;
    if (!(cmd_opts[OPT_NO_CONFIG].verbs >> line->verb & 1) || cmd_has(line, OPT_NO_CONFIG)) return true;
    c.file = find(a, &c.dir);
    if (!c.file) return true;
    line->config = ll_path_join(a, c.dir, CONFIG_FILE);
    if (!ll_read_file(a, c.file, YTREE_MAX_BYTES, &text, &n, err)) {
        err->code = LL_E_USAGE;
        return false;
    }
    c.problems = rulepack_problems_new();
    const ynode *root = ytree_says_nothing(text) ? NULL : ytree_read(a, c.file, text, n, c.problems);
    if (root) apply(&c, root);
    bool ok = rulepack_first_problem(c.problems, err);
    rulepack_problems_free(c.problems);
    if (ok) set_root(&c);
    return ok;
}
