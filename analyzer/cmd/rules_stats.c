/* lifelint rules stats: how the rules fare in this project. */
#include <stdio.h>

#include "cmd/rules.h"
#include "pipeline/suppressions.h"

enum { RETIRE_AFTER = 180 };

static bool says_something(const rule_statistics *s) {
    return s->hits || s->judged_false || s->judged_true || s->proposal;
}

static void print_row(const rule_statistics *s) {
    char days[16] = "never";
    if (s->days >= 0) snprintf(days, sizeof days, "%d", s->days);
    printf("%-30s %6u %6u %10u %6u %10u %10s%s%s\n", s->rule, s->hits, s->present, s->suppressed, s->judged_false,
           s->judged_true, days, s->proposal ? "  " : "", s->proposal ? s->proposal : "");
}

int rules_stats(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules) {
    (void)opt;
    ll_err err = {0};
    ll_arena *a = ll_arena_new("rule statistics");
    const known_findings known = {.root = cmd_str(line, OPT_ROOT, NULL), .store_path = cmd_str(line, OPT_STORE, NULL)};
    rule_statistics_list l;
    uint32_t silent = 0;
    bool ok =
        pipeline_rule_statistics(a, &known, rules, (uint32_t)cmd_num(line, OPT_RETIRE_AFTER, RETIRE_AFTER), &l, &err);
    if (ok) {
        printf("%-30s %6s %6s %10s %6s %10s %10s\n", "rule", "hits", "now", "suppressed", "false", "confirmed",
               "days since");
        for (uint32_t i = 0; i < l.items.n; i++) {
            if (says_something(&l.items.v[i]) || cmd_has(line, OPT_VERBOSE))
                print_row(&l.items.v[i]);
            else
                silent++;
        }
        if (silent) printf("and %u rules without a finding so far (--verbose lists them)\n", silent);
        printf("%u run%s in %d days\n", l.runs, l.runs == 1 ? "" : "s", l.days < 0 ? 0 : l.days);
    }
    ll_arena_free(a);
    return ok ? EXIT_CLEAN : cmd_fail(&err);
}
