/* Any bytes as a rule pack: either a set or at least one problem, and nothing else happens. */
#include <stdlib.h>

#include "rulepack/rulepack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rulepack_problems *problems = rulepack_problems_new();
    rulepack_options opt = {.strict = size % 2 != 0, .experimental = size % 3 != 0};
    rule_set *s = rulepack_load_text("fuzz.yml", (const char *)data, size, &opt, problems);
    if (!s != (rulepack_problems_count(problems) > 0)) abort();
    for (uint32_t i = 0; s && i < rule_set_count(s); i++) {
        ll_strbuf text = {0};
        rulepack_show(s, rule_set_at(s, i), &text);
        ll_sb_free(&text);
    }
    rule_set_free(s);
    rulepack_problems_free(problems);
    return 0;
}
