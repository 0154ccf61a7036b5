/* `ir`: stop the flow after the facts, or after the summaries, and show what is there. */
#include "pipeline/findings.h"
#include "pipeline/pipeline.h"
#include "pipeline/plan.h"

static void print_summary(pipeline_analysis *p, const char *function, const char *file, ll_strbuf *out, ll_err *err) {
    size_t before = out->n;
    engine_print_summary(p->engine, function, out);
    if (out->n == before) ll_fail(err, LL_E_USAGE, "ir: %s has no function '%s' with a summary", file, function);
}

bool pipeline_print_ir(const check_options *opt, const char *summary_of, ll_strbuf *out, ll_err *err) {
    ll_arena *a = ll_arena_new("ir");
    plan units = {0};
    rule_set *rules = NULL;
    pipeline_analysis p = {0};
    const engine_options engine = {0};
    if ((!summary_of || pipeline_load_rules(&opt->rules, opt->log, &rules, err)) && plan_check(a, opt, &units, err) &&
        pipeline_analyse(units.requests.v, units.requests.n, rules, &opt->facts, &engine, &p, err)) {
        for (uint32_t i = 0; i < p.nunits && !err->code; i++) {
            const char *file = pipeline_relative(a, units.root, units.requests.v[i].file);
            if (!p.units[i].unit)
                ll_fail(err, p.units[i].error.code, "%s: %s", file, p.units[i].error.msg);
            else if (summary_of)
                print_summary(&p, summary_of, file, out, err);
            else
                ir_print_unit(out, p.units[i].unit);
        }
    }
    pipeline_analysis_free(&p);
    rule_set_free(rules);
    ll_arena_free(a);
    return err->code == LL_OK;
}
