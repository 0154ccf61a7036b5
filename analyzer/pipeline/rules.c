#include <string.h>

#include "pipeline/install.h"
#include "pipeline/pipeline.h"

const rule *pipeline_find_rule(const rule_set *rules, const char *id, rule_defect *defect) {
    *defect = DEFECT_COUNT;
    const rule *found = rule_set_find(rules, id);
    for (uint32_t i = 0; !found && i < rule_set_count(rules); i++) {
        const rule *r = rule_set_at(rules, i);
        if (strncmp(r->id, id, strlen(r->id)) != 0) continue;
        for (rule_defect d = 0; d < DEFECT_COUNT; d++) {
            const char *reported = rule_set_reported_id(rules, r, d);
            if (!reported || strcmp(reported, id) != 0) continue;
            *defect = d;
            found = r;
            break;
        }
    }
    return found;
}

static bool known(const rule_set *rules, pipeline_words ids, const char *option, ll_err *err) {
    for (uint32_t i = 0; i < ids.n; i++) {
        rule_defect defect;
        if (pipeline_find_rule(rules, ids.v[i], &defect)) continue;
        if (ids.where && ids.where[i]) option = ids.where[i];
        const char *near = rulepack_nearest_rule(rules, ids.v[i]);
        if (near) return ll_fail(err, LL_E_USAGE, "%s: no rule '%s'; did you mean '%s'?", option, ids.v[i], near);
        return ll_fail(err, LL_E_USAGE, "%s: no rule '%s'; 'lifelint rules list' shows them", option, ids.v[i]);
    }
    return true;
}

static rulepack_options load_options(const pipeline_rules *opt, char installed[PIPELINE_PATH_MAX]) {
    return (rulepack_options){.paths = opt->paths.v,
                              .npaths = opt->paths.n,
                              .installed_dir = pipeline_installed_rules(installed),
                              .experimental = opt->experimental || opt->enable.n > 0,
                              .solve_only = opt->solve_only,
                              .strict = opt->strict};
}

uint64_t pipeline_rules_hash(const pipeline_rules *opt) {
    char installed[PIPELINE_PATH_MAX];
    const rulepack_options load = load_options(opt, installed);
    return rulepack_sources_hash(&load);
}

bool pipeline_load_rules(const pipeline_rules *opt, FILE *to, rule_set **out, ll_err *err) {
    char installed[PIPELINE_PATH_MAX];
    rulepack_problems *problems = rulepack_problems_new();
    const rulepack_options load = load_options(opt, installed);
    *out = rulepack_load(&load, problems);
    uint32_t n = rulepack_problems_count(problems);
    if (!*out) {
        rulepack_print_problems(problems, to);
        ll_fail(err, LL_E_USAGE, "%u problem%s in the rule packs", n, n == 1 ? "" : "s");
    }
    rulepack_problems_free(problems);
    if (!*out) return false;
    if (known(*out, opt->enable, "--enable", err) && known(*out, opt->disable, "--disable", err)) return true;
    rule_set_free(*out);
    *out = NULL;
    return false;
}

static bool names(pipeline_words ids, const finding *f) {
    for (uint32_t i = 0; i < ids.n; i++)
        if (strcmp(ids.v[i], f->rule_id) == 0 || (f->family_id && strcmp(ids.v[i], f->family_id) == 0)) return true;
    return false;
}

bool pipeline_wants(const pipeline_rules *opt, const rule_set *rules, const finding *f) {
    if (names(opt->disable, f)) return false;
    const rule *r = rules && f->family_id ? rule_set_find(rules, f->family_id) : NULL;
    return !r || !r->experimental || opt->experimental || names(opt->enable, f);
}
