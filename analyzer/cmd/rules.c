/* lifelint rules WORD …: see verbs.def */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cmd/rules.h"
#include "cmd/run_options.h"

typedef int (*rules_action)(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);

static void print(ll_strbuf *out, FILE *to) {
    fputs(ll_sb_str(out), to);
    ll_sb_free(out);
}

static int list(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    (void)line;
    ll_strbuf out = {0};
    rulepack_list(rules, &out);
    print(&out, stdout);
    return EXIT_CLEAN;
}

static int show(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    ll_err err = {0};
    ll_strbuf out = {0};
    if (line->nargs < 2) {
        ll_fail(&err, LL_E_USAGE, "rules show: name a rule or a function");
        return cmd_fail(&err);
    }
    for (uint32_t i = 1; i < line->nargs; i++) {
        const char *id = line->args[i];
        rule_defect defect;
        const rule *r = pipeline_find_rule(rules, id, &defect);
        const rule_model *m = r ? NULL : rule_set_model(rules, id);
        const char *near = r || m ? NULL : rulepack_nearest_rule(rules, id);
        if (r)
            rulepack_show(rules, r, &out);
        else if (m)
            rulepack_show_model(m, &out);
        else
            ll_fail(&err, LL_E_USAGE, "rules show: no rule or function '%s'%s%s%s", id, near ? "; did you mean '" : "",
                    near ? near : "; 'lifelint rules list' shows the rules", near ? "'?" : "");
    }
    print(&out, stdout);
    return err.code ? cmd_fail(&err) : EXIT_CLEAN;
}

/* The packs were read to get here: what is left is to say so. */
static int check(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    (void)line;
    printf("%u rules in %u packs, %u functions: no problem\n", rule_set_count(rules), rule_set_pack_count(rules),
           rule_set_model_count(rules));
    return EXIT_CLEAN;
}

static int test(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)line;
    ll_strbuf out = {0};
    pipeline_verdict v = pipeline_test_rules(rules, opt->paths, &out);
    print(&out, stdout);
    printf("%u expectations met, %u failed, %u known gaps", v.met, v.failed, v.gaps);
    if (v.skipped) printf(", %u examples skipped: the headers of their library are not installed", v.skipped);
    putchar('\n');
    return v.failed ? EXIT_FINDINGS : EXIT_CLEAN;
}

static const struct {
    const char *name;
    rules_action action;
    bool takes_paths; /* further arguments are packs, as with --rules */
} actions[] = {
    {"list", list, false},           {"show", show, false},
    {"check", check, true},          {"test", test, true},
    {"new", rules_new, false},       {"doc", rules_doc, false},
    {"schema", rules_schema, false}, {"stats", rules_stats, false},
    {"infer", rules_infer, false},
};

#define WORDS "list, show RULE, check, test, new ID, infer, doc DIR, schema or stats"

enum { ACTIONS = sizeof actions / sizeof *actions };

static int find_action(const cmd_line *line, ll_err *err) {
    const char *names[ACTIONS];
    if (!line->nargs) {
        ll_fail(err, LL_E_USAGE, "rules: say what: " WORDS);
        return -1;
    }
    for (int i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(names[i], line->args[0]) == 0) return i;
    }
    const char *near = ll_nearest(line->args[0], names, ACTIONS);
    ll_fail(err, LL_E_USAGE, "rules: unknown word '%s'; %s%s%s", line->args[0], near ? "did you mean '" : "use ",
            near ? near : WORDS, near ? "'?" : "");
    return -1;
}

int cmd_rules(ll_arena *a, const cmd_line *line) {
    ll_err err = {0};
    int which = find_action(line, &err);
    if (which < 0) return cmd_fail(&err);
    pipeline_rules opt = cmd_rule_options(line);
    opt.strict = cmd_has(line, OPT_STRICT);
    /* their examples hold too, and readers look them up */
    opt.experimental |= actions[which].action == test || actions[which].action == rules_doc;
    if (actions[which].takes_paths && line->nargs > 1) {
        uint32_t n = opt.paths.n + line->nargs - 1;
        const char **paths = LL_NEWN(a, const char *, n);
        if (opt.paths.n) memcpy(paths, opt.paths.v, sizeof *paths * opt.paths.n);
        memcpy(paths + opt.paths.n, line->args + 1, sizeof *paths * (line->nargs - 1));
        opt.paths = (pipeline_words){.v = paths, .n = n};
    }
    rule_set *rules;
    if (!pipeline_load_rules(&opt, stderr, &rules, &err)) return cmd_fail(&err);
    int exit_class = actions[which].action(line, &opt, rules);
    rule_set_free(rules);
    return exit_class;
}
