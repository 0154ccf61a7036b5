/* lifelint rules new ID | doc DIR | schema: what is written for authors and readers of rules. */
#include "cmd/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "pipeline/install.h"

const char *cmd_schema_place(ll_arena *a) {
    char dir[PIPELINE_PATH_MAX];
    const char *installed = pipeline_installed_rules(dir);
    const char *path = installed ? ll_path_join(a, installed, "schema.json") : NULL;
    return path && ll_is_file(path) ? path : "schema.json";
}

static bool write_new(ll_arena *a, const cmd_line *line, const rule_set *rules, const char **file, ll_err *err) {
    const char *id = line->args[1];
    rule_kind kind = (rule_kind)cmd_choice(line, OPT_KIND, RULE_PAIR);
    const rule *before = rule_set_find(rules, id);
    ll_strbuf text = {0};
    *file = cmd_str(line, OPT_OUTPUT, ll_printf(a, "%s.yml", id));
    if (before) return ll_fail(err, LL_E_USAGE, "rules new: a rule '%s' exists already, in %s", id, before->file);
    bool to_stdout = strcmp(*file, "-") == 0;
    if (!to_stdout && ll_is_file(*file))
        return ll_fail(err, LL_E_USAGE, "rules new: %s exists already; name another file with --output", *file);
    const char *shown = to_stdout ? ll_printf(a, "%s.yml", id) : *file;
    bool ok = rulepack_new(id, kind, shown, cmd_schema_place(a), &text, err);
    if (ok && to_stdout) fputs(ll_sb_str(&text), stdout);
    ok = ok && (to_stdout || ll_write_file(*file, ll_sb_str(&text), text.n, err));
    ll_sb_free(&text);
    return ok;
}

int rules_new(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    ll_err err = {0};
    if (line->nargs != 2) {
        ll_fail(&err, LL_E_USAGE, "rules new: name one rule, for example 'lifelint rules new my-pool'");
        return cmd_fail(&err);
    }
    ll_arena *a = ll_arena_new("new rule");
    const char *file = NULL;
    bool ok = write_new(a, line, rules, &file, &err);
    if (ok && strcmp(file, "-") != 0)
        printf("%s is written; fill it in, then: lifelint rules check %s && lifelint rules test %s\n", file, file,
               file);
    ll_arena_free(a);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}

static bool write_page(ll_arena *a, const char *dir, const char *name, ll_strbuf *text, ll_err *err) {
    bool ok = ll_write_file(ll_path_join(a, dir, ll_printf(a, "%s.md", name)), ll_sb_str(text), text->n, err);
    ll_sb_free(text);
    return ok;
}

static bool write_reference(ll_arena *a, const char *dir, const rule_set *rules, ll_err *err) {
    ll_strbuf text = {0};
    if (!ll_make_dirs(dir, err)) return false;
    for (uint32_t i = 0; i < rule_set_count(rules); i++) {
        const rule *r = rule_set_at(rules, i);
        rulepack_doc_page(rules, r, &text);
        if (!write_page(a, dir, r->id, &text, err)) return false;
    }
    rulepack_doc_index(rules, &text);
    return write_page(a, dir, "index", &text, err);
}

int rules_doc(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    ll_err err = {0};
    if (line->nargs != 2) {
        ll_fail(&err, LL_E_USAGE, "rules doc: name the directory to write the pages to");
        return cmd_fail(&err);
    }
    ll_arena *a = ll_arena_new("rule reference");
    bool ok = write_reference(a, line->args[1], rules, &err);
    ll_arena_free(a);
    if (!ok) return cmd_fail(&err);
    printf("%u pages and index.md in %s\n", rule_set_count(rules), line->args[1]);
    return EXIT_CLEAN;
}

int rules_schema(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)line;
    (void)opt;
    (void)rules;
    ll_strbuf text = {0};
    rulepack_write_schema(&text);
    fputs(ll_sb_str(&text), stdout);
    ll_sb_free(&text);
    return EXIT_CLEAN;
}
