#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/run_options.h"

static bool take_shard(const char *word, facts_job *job, ll_err *err) {
    int end = 0;
    if (sscanf(word, "%4u/%4u%n", &job->shard, &job->shards, &end) == 2 && !word[end] && job->shard &&
        job->shard <= job->shards)
        return true;
    return ll_fail(err, LL_E_USAGE, "facts: --shard needs K/N, as 1/4 to 4/4, not '%s'", word);
}

int cmd_facts(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    progress bar;
    int stopped_by = 0;
    facts_job job = {.output = cmd_str(line, OPT_OUTPUT, NULL),
                     .depfile = cmd_str(line, OPT_DEPFILE, NULL),
                     .config = line->config,
                     .if_changed = cmd_has(line, OPT_IF_CHANGED)};
    const char *shard = cmd_str(line, OPT_SHARD, NULL);
    if (!job.output || line->opts[OPT_OUTPUT].n > 1) {
        ll_fail(&err, LL_E_USAGE, "facts: say once where to: -o FILE");
        return cmd_fail(&err);
    }
    if (shard && !take_shard(shard, &job, &err)) return cmd_fail(&err);
    check_options opt = cmd_check_options(line);
    workers_catch_signals();
    opt.facts.watch = progress_start(&bar, line);
    bool ok = pipeline_facts(&opt, &job, &stopped_by, &err);
    progress_end(&bar);
    if (!ok) return cmd_fail(&err);
    return stopped_by ? EXIT_SIGNAL + stopped_by : EXIT_CLEAN;
}
