/* The examples of the built-in packs: each bad one reported where it says so, each good one silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/pipeline.h"

static const char pack_text[] =
    "rules:\n"
    "  - id: t-pool\n"
    "    resource: pool\n"
    "    acquire: pool_new\n"
    "    release: pool_free\n";

static void built_in_examples_hold(void **state) {
    (void)state;
    const pipeline_rules opt = {.strict = true, .experimental = true};
    rule_set *rules = NULL;
    ll_err err = {0};
    if (!pipeline_load_rules(&opt, stderr, &rules, &err)) fail_msg("%s", err.msg);
    ll_strbuf out = {0};
    pipeline_verdict v = pipeline_test_rules(rules, opt.paths, &out);
    fputs(ll_sb_str(&out), stderr);
    ll_sb_free(&out);
    rule_set_free(rules);
    assert_int_equal(v.failed, 0);
    assert_true(v.met > 0);
}

static void unknown_rules_are_refused(void **state) {
    (void)state;
    const char *ids[] = {"libc-haep"};
    const pipeline_rules opt = {.disable = {.v = ids, .n = 1}};
    rule_set *rules = NULL;
    ll_err err = {0};
    assert_false(pipeline_load_rules(&opt, stderr, &rules, &err));
    assert_int_equal(err.code, LL_E_USAGE);
    assert_non_null(strstr(err.msg, "did you mean 'libc-heap'"));
}

static void reported_ids_lead_to_their_rule(void **state) {
    (void)state;
    rulepack_problems *problems = rulepack_problems_new();
    const rulepack_options opt = {.no_base = true};
    rule_set *rules = rulepack_load_text("t", pack_text, sizeof pack_text - 1, &opt, problems);
    assert_non_null(rules);
    rule_defect defect;
    const rule *r = pipeline_find_rule(rules, "t-pool-double-release", &defect);
    assert_non_null(r);
    assert_string_equal(r->id, "t-pool");
    assert_int_equal(defect, DEFECT_DOUBLE);
    assert_ptr_equal(pipeline_find_rule(rules, "t-pool", &defect), r);
    assert_int_equal(defect, DEFECT_COUNT);
    assert_null(pipeline_find_rule(rules, "t-pool-nonsense", &defect));
    rule_set_free(rules);
    rulepack_problems_free(problems);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_examples_hold),
        cmocka_unit_test(unknown_rules_are_refused),
        cmocka_unit_test(reported_ids_lead_to_their_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
