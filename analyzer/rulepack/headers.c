/* Where a pack's headers are: what its examples are compiled with. */
#include <glob.h>
#include <string.h>

#include "base/array.h"
#include "rulepack/rulepack.h"

const rulepack_pack *rulepack_pack_of(const rule_set *s, const rule *r) {
    for (uint32_t i = 0; i < rule_set_pack_count(s); i++) {
        const rulepack_pack *p = rule_set_pack_at(s, i);
        if (strcmp(p->name, r->pack) == 0) return p;
    }
    return NULL;
}

const char **rulepack_header_flags(const rulepack_pack *p, ll_arena *a, uint32_t *n) {
    LL_ARRAY(const char *) flags = {0};
    for (uint32_t i = 0; i < p->ninclude_dirs; i++) {
        glob_t found;
        if (glob(p->include_dirs[i], 0, NULL, &found) != 0) continue;
        for (size_t k = 0; k < found.gl_pathc; k++) LL_PUSH(a, &flags, ll_printf(a, "-I%s", found.gl_pathv[k]));
        globfree(&found);
    }
    for (uint32_t i = 0; i < p->ndefines; i++) LL_PUSH(a, &flags, ll_printf(a, "-D%s", p->defines[i]));
    *n = flags.n;
    return flags.v;
}
