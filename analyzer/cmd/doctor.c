#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/run_options.h"

int cmd_doctor(ll_arena *a, const cmd_line *line) {
    const check_options opt = cmd_check_options(line);
    doctor_report report = {0};
    bool blocked = false;
    pipeline_doctor(a, &opt, &report);
    for (uint32_t i = 0; i < report.checks.n; i++) {
        const doctor_check *c = &report.checks.v[i];
        printf("%-5s %-11s %s\n", c->mend ? c->blocks ? "MEND" : "note" : "ok", c->what, c->found);
        if (c->mend) printf("      %-11s -> %s\n", "", c->mend);
        blocked |= c->blocks;
    }
    return blocked ? EXIT_USAGE : EXIT_CLEAN;
}
