/* lifelint suppress FINGERPRINT --reason TEXT [--until DAY] [--false], lifelint confirm FINGERPRINT */
#include <stdio.h>

#include "cmd/cmd.h"
#include "pipeline/suppressions.h"

static known_findings known_of(const cmd_line *line) {
    return (known_findings){.root = cmd_str(line, OPT_ROOT, NULL), .store_path = cmd_str(line, OPT_STORE, NULL)};
}

static bool one_fingerprint(const cmd_line *line, ll_err *err) {
    if (line->nargs == 1 && line->args[0][0]) return true;
    return ll_fail(err, LL_E_USAGE, "%s: name one finding by its fingerprint or the beginning of it",
                   cmd_verbs[line->verb].name);
}

int cmd_suppress(ll_arena *a, const cmd_line *line) {
    ll_err err = {0};
    finding f;
    const known_findings known = known_of(line);
    const suppress_request rq = {.fingerprint = line->nargs ? line->args[0] : NULL,
                                 .reason = cmd_str(line, OPT_REASON, NULL),
                                 .until = cmd_str(line, OPT_UNTIL, NULL),
                                 .is_false = cmd_has(line, OPT_FALSE)};
    bool ok = one_fingerprint(line, &err);
    if (ok && !rq.reason)
        ok = ll_fail(&err, LL_E_USAGE, "suppress: say why, for those who read it later: --reason TEXT");
    if (!ok || !suppressions_add(a, &known, &rq, &f, &err)) return cmd_fail(&err);
    printf("%.12s %s:%d %s is suppressed%s%s; the entry is in " SUPPRESSIONS_FILE ", to be committed\n", f.fingerprint,
           f.loc.file, f.loc.line, f.rule_id, rq.until ? " until " : "", rq.until ? rq.until : "");
    return EXIT_CLEAN;
}

int cmd_confirm(ll_arena *a, const cmd_line *line) {
    ll_err err = {0};
    finding f;
    const known_findings known = known_of(line);
    if (!one_fingerprint(line, &err) || !suppressions_confirm(a, &known, line->args[0], &f, &err))
        return cmd_fail(&err);
    printf("%.12s %s:%d %s is confirmed\n", f.fingerprint, f.loc.file, f.loc.line, f.rule_id);
    return EXIT_CLEAN;
}
