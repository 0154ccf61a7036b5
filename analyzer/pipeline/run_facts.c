/* The verb `facts`: the first half of `check`, as an action of a build system or as one job's share of the work. */
#include <string.h>

#include "base/sys.h"
#include "pipeline/check.h"
#include "pipeline/depfile.h"
#include "pipeline/facts_file.h"

/* One part of the units in their order: neighbours begin with the same headers, and share them when they are read. */
static void keep_shard(plan *units, const facts_job *job) {
    uint64_t n = units->requests.n, begin = n * (job->shard - 1) / job->shards, end = n * job->shard / job->shards;
    units->requests.v += begin;
    units->requests.n = (uint32_t)(end - begin);
}

static bool write_depfile(const facts_job *job, const plan *units, const pipeline_analysis *p, ll_arena *a,
                          ll_err *err) {
    LL_ARRAY(const char *) all = {0};
    for (uint32_t i = 0; i < p->nunits; i++) {
        const ir_unit *u = p->units[i].unit;
        LL_PUSH(a, &all, units->requests.v[i].file);
        for (uint32_t k = 0; u && k < u->files.n; k++) LL_PUSH(a, &all, u->files.v[k]);
    }
    if (job->config) LL_PUSH(a, &all, job->config);
    return !job->depfile || depfile_write(job->depfile, job->output, all.v, all.n, err);
}

/* With `if_changed`, what is there already stays as it is, its time included. */
static bool write_facts(const facts_job *job, const ll_strbuf *bytes, ll_arena *a, ll_err *err) {
    char *old;
    size_t n;
    if (job->if_changed && ll_read_file(a, job->output, 0, &old, &n, NULL) && n == bytes->n &&
        memcmp(old, bytes->s, n) == 0)
        return true;
    return ll_write_file(job->output, bytes->s, bytes->n, err);
}

/* Files named and excluded are units of nobody: `check` leaves them out, whoever else asks for them. */
static bool all_excluded(const check_options *opt, ll_arena *a, plan *units) {
    bool has_commands;
    units->root = plan_root(a, opt, &has_commands);
    for (uint32_t i = 0; i < opt->files.n; i++) {
        const char *file = pipeline_relative(a, units->root, ll_path_abs(a, NULL, opt->files.v[i]));
        if (!src_excluded(opt->excludes.v, opt->excludes.n, file)) return false;
    }
    return opt->files.n != 0;
}

static bool make(const check_options *opt, const facts_job *job, check_result *r, ll_err *err) {
    plan units = {0};
    ll_strbuf bytes = {0};
    finished f;
    if (!all_excluded(opt, r->arena, &units) && !plan_check(r->arena, opt, &units, err)) return false;
    r->root = units.root;
    if (job->shards) keep_shard(&units, job);
    if (!pipeline_read(units.requests.v, units.requests.n, &opt->facts, NULL, NULL, &r->analysis, err)) return false;
    if (r->analysis.stopped_by) return true;
    check_gather_failures(opt, &units, r);
    pipeline_gather(r->arena, &r->analysis, r->root, NULL, NULL, &f);
    facts_file_write(&bytes, &r->analysis, units.requests.v, &f, r->root, (facts_shard){job->shard, job->shards});
    bool ok = write_facts(job, &bytes, r->arena, err) && write_depfile(job, &units, &r->analysis, r->arena, err);
    ll_sb_free(&bytes);
    return ok;
}

bool pipeline_facts(const check_options *opt, const facts_job *job, int *stopped_by, ll_err *err) {
    check_result r = {.arena = ll_arena_new("facts")};
    bool ok = make(opt, job, &r, err);
    *stopped_by = r.analysis.stopped_by;
    check_result_free(&r);
    return ok;
}
