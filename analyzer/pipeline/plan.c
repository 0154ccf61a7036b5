#include "pipeline/plan.h"

#include "base/sys.h"

static bool plan_single(ll_arena *a, const check_options *opt, plan *out, ll_err *err) {
    const char *dir = ll_path_abs(a, NULL, ".");
    for (uint32_t i = 0; i < opt->files.n; i++) {
        const char *file = ll_path_abs(a, NULL, opt->files.v[i]);
        if (!ll_is_file(file)) return ll_fail(err, LL_E_INPUT, "%s: no such file", opt->files.v[i]);
        LL_PUSH(a, &out->requests,
                (fe_request){.file = file, .dir = dir, .args = opt->flags.v, .nargs = (int)opt->flags.n});
    }
    return true;
}

bool plan_check(ll_arena *a, const check_options *opt, const char *root, plan *out, ll_err *err) {
    (void)root;
    if (opt->files.n) return plan_single(a, opt, out, err);
    return ll_fail(err, LL_E_USAGE, "name a file and its flags: lifelint check FILE -- FLAGS");
}
