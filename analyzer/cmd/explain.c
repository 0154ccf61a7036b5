#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"

static void paragraph(const char *title, const char *text) {
    if (text && *text) printf("\n%s\n  %s\n", title, text);
}

/* The first bad or good example, but rather one whose marks name the id that was asked for. */
static void print_example(const rule *r, bool bad, const char *id) {
    const rule_example *chosen = NULL;
    for (uint32_t i = 0; i < r->nexamples; i++) {
        const rule_example *e = &r->examples[i];
        if (e->is_bad != bad) continue;
        if (!chosen || (!strstr(chosen->code, id) && strstr(e->code, id))) chosen = e;
    }
    if (!chosen) return;
    ll_strbuf code = {0};
    rulepack_put_example(chosen->code, &code);
    printf("\n%s\n%s", bad ? "Wrong" : "Right", ll_sb_str(&code));
    ll_sb_free(&code);
}

static void print_rule(const char *id, const rule *r, rule_defect d) {
    printf("%s: %s (%s, pack %s)\n", id,
           r->resource  ? r->resource
           : r->message ? r->message
                        : r->id,
           rule_severity_name(r->severity), r->pack);
    paragraph("What it means", rule_defect_meaning(d));
    paragraph("Why it matters", r->why);
    paragraph("How to fix it", r->fix);
    uint32_t cwe = d == DEFECT_COUNT ? r->cwe : rule_defect_cwe(r, d);
    if (cwe) printf("\nCWE-%u  https://cwe.mitre.org/data/definitions/%u.html\n", cwe, cwe);
    if (r->link) printf("%s  %s\n", cwe ? "More  " : "\nMore", r->link);
    print_example(r, true, id);
    print_example(r, false, id);
    printf("\nTo accept one finding, with its reason, on or above its line:\n  // lifelint:ignore %s: reason\n", id);
}

int cmd_explain(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    if (line->nargs != 1) {
        ll_fail(&err, LL_E_USAGE, "explain: name one rule, for example 'lifelint explain libc-heap-leak'");
        return cmd_fail(&err);
    }
    const pipeline_rules opt = cmd_rule_options(line);
    rule_set *rules;
    if (!pipeline_load_rules(&opt, stderr, &rules, &err)) return cmd_fail(&err);
    rule_defect defect;
    const rule *r = pipeline_find_rule(rules, line->args[0], &defect);
    if (r) {
        print_rule(line->args[0], r, defect);
    } else {
        const char *near = rulepack_nearest_rule(rules, line->args[0]);
        ll_fail(&err, LL_E_USAGE, "explain: no rule '%s'%s%s%s", line->args[0], near ? "; did you mean '" : "",
                near ? near : "; 'lifelint rules list' shows them", near ? "'?" : "");
    }
    rule_set_free(rules);
    return r ? EXIT_CLEAN : cmd_fail(&err);
}
