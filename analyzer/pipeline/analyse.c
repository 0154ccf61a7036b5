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

static void count_unit(pipeline_analysis *p, const facts_unit *u) {
    p->ncached += u->cached;
    p->nparsed += !u->cached && (u->unit || u->error.code);
}

/* Reads the units that are not known and puts the two kinds together in the order of rq. */
static bool read_missing(const fe_request *rq, const facts_options *facts, const facts_unit *known,
                         pipeline_analysis *out, ll_err *err) {
    LL_ARRAY(fe_request) missing = {0};
    for (uint32_t i = 0; i < out->nunits; i++)
        if (!known[i].unit) LL_PUSH(out->arena, &missing, rq[i]);
    facts_unit *got = LL_NEWN(out->arena, facts_unit, missing.n);
    if (!facts_collect(out->arena, out->names, missing.v, missing.n, facts, got, &out->stopped_by, err)) return false;
    for (uint32_t i = 0; i < missing.n; i++) count_unit(out, &got[i]);
    for (uint32_t i = 0; i < out->nunits; i++) out->units[i] = known[i].unit ? known[i] : *got++;
    return true;
}

bool pipeline_read(const fe_request *rq, uint32_t n, const facts_options *facts, const pipeline_analysis *with,
                   const facts_unit *known, pipeline_analysis *out, ll_err *err) {
    ll_intern *own = with ? NULL : ll_intern_new();
    *out = (pipeline_analysis){
        .names = with ? with->names : own, .own_names = own, .arena = ll_arena_new("program"), .nunits = n};
    out->units = LL_NEWN(out->arena, facts_unit, n);
    workers_allow_deep_stack();
    int64_t start = ll_now_ms();
    facts_options counted = *facts;
    counted.costs = &out->costs;
    bool ok = known ? read_missing(rq, &counted, known, out, err)
                    : facts_collect(out->arena, out->names, rq, n, &counted, out->units, &out->stopped_by, err);
    for (uint32_t i = 0; i < n && !known; i++) count_unit(out, &out->units[i]);
    out->parse_ms = ll_now_ms() - start;
    return ok;
}

bool pipeline_read_rest(const fe_request *rq, const facts_options *facts, pipeline_analysis *p, ll_err *err) {
    facts_options rest = *facts;
    facts_costs costs; /* told already */
    int64_t start = ll_now_ms();
    rest.only_new = false;
    rest.meanwhile = NULL;
    rest.costs = &costs;
    bool ok = facts_collect(p->arena, p->names, rq, p->nunits, &rest, p->units, &p->stopped_by, err);
    p->nparsed = p->ncached = 0;
    for (uint32_t i = 0; i < p->nunits; i++) count_unit(p, &p->units[i]);
    p->parse_ms += ll_now_ms() - start;
    return ok;
}

void pipeline_solve(pipeline_analysis *p, const rule_set *rules, const facts_options *facts,
                    const engine_options *opt) {
    int64_t start = ll_now_ms();
    if (!facts->in_process) guard_begin("solving", facts->solve_limit_s);
    solve(p, rules, opt);
    if (!facts->in_process) guard_end();
    p->solve_ms = ll_now_ms() - start;
}

bool pipeline_analyse(const fe_request *rq, uint32_t n, const rule_set *rules, const facts_options *facts,
                      const engine_options *opt, pipeline_analysis *out, ll_err *err) {
    if (!pipeline_read(rq, n, facts, NULL, NULL, out, err)) return false;
    if (rules) pipeline_solve(out, rules, facts, opt);
    return true;
}

void pipeline_analysis_free(pipeline_analysis *p) {
    if (p->engine) engine_free(p->engine);
    if (p->arena) ll_arena_free(p->arena);
    if (p->own_names) ll_intern_free(p->own_names);
    *p = (pipeline_analysis){0};
}
