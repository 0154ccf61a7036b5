#include "base/sys.h"
#include "finding/dedupe.h"
#include "pipeline/guard.h"
#include "pipeline/pipeline.h"

/* Units go in by the order of the plan, whatever order they were read in. */
static void solve(pipeline_analysis *p, const rule_set *rules, const engine_options *opt) {
    p->engine = engine_new(rules, p->names, *opt);
    for (uint32_t i = 0; i < p->nunits; i++)
        if (p->units[i].unit) engine_add_unit(p->engine, p->units[i].unit);
    engine_run(p->engine, p->arena, &p->findings);
    p->stats = engine_get_stats(p->engine);
    finding_dedupe(&p->findings);
}

bool pipeline_analyse(const fe_request *rq, uint32_t n, const rule_set *rules, const facts_options *facts,
                      const engine_options *opt, pipeline_analysis *out, ll_err *err) {
    *out = (pipeline_analysis){.names = ll_intern_new(), .arena = ll_arena_new("program"), .nunits = n};
    out->units = LL_NEWN(out->arena, facts_unit, n);
    workers_allow_deep_stack();
    int64_t start = ll_now_ms();
    if (!facts_collect(out->arena, out->names, rq, n, facts, out->units, &out->stopped_by, err)) return false;
    for (uint32_t i = 0; i < n; i++) {
        out->ncached += out->units[i].cached;
        out->nparsed += !out->units[i].cached && (out->units[i].unit || out->units[i].error.code);
    }
    out->parse_ms = ll_now_ms() - start;
    bool guarded = rules && !facts->in_process;
    if (guarded) guard_begin("solving", facts->solve_limit_s);
    if (rules) solve(out, rules, opt);
    if (guarded) guard_end();
    out->solve_ms = ll_now_ms() - start - out->parse_ms;
    return true;
}

void pipeline_analysis_free(pipeline_analysis *p) {
    if (p->engine) engine_free(p->engine);
    if (p->arena) ll_arena_free(p->arena);
    if (p->names) ll_intern_free(p->names);
    *p = (pipeline_analysis){0};
}
