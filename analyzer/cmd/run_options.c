#define _POSIX_C_SOURCE 200809L
#include "cmd/run_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

enum { TIME_LIMIT_S = 120, SOLVE_LIMIT_S = 3600, MEMORY_LIMIT_MB = 4096 };
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER }; /* as in options.def */

pipeline_words cmd_words(const cmd_line *l, cmd_opt o) {
    return (pipeline_words){.v = l->opts[o].v, .where = l->opts[o].where, .n = l->opts[o].n};
}

pipeline_rules cmd_rule_options(const cmd_line *l) {
    return (pipeline_rules){.paths = cmd_words(l, OPT_RULES),
                            .enable = cmd_words(l, OPT_ENABLE),
                            .disable = cmd_words(l, OPT_DISABLE),
                            .experimental = cmd_has(l, OPT_EXPERIMENTAL)};
}

static workers_options worker_options(const cmd_line *l) {
    return (workers_options){.jobs = (uint32_t)cmd_num(l, OPT_JOBS, ll_cpu_count()),
                             .time_limit_s = (uint32_t)cmd_num(l, OPT_TIME_LIMIT, TIME_LIMIT_S),
                             .memory_limit_mb = (uint32_t)cmd_num(l, OPT_MEMORY_LIMIT, MEMORY_LIMIT_MB),
                             .keep_stderr = cmd_has(l, OPT_VERBOSE)};
}

check_options cmd_check_options(const cmd_line *l) {
    return (check_options){
        .tool_version = LIFELINT_VERSION,
        .build_dir = cmd_str(l, OPT_BUILD_DIR, NULL),
        .root = cmd_str(l, OPT_ROOT, NULL),
        .files = {.v = l->args, .n = l->nargs},
        .excludes = cmd_words(l, OPT_EXCLUDE),
        .flags = {.v = l->flags, .n = l->nflags},
        .has_flags = l->has_flags,
        .rules = cmd_rule_options(l),
        .suppress = l->suppress,
        .confidence = (finding_confidence)cmd_choice(l, OPT_CONFIDENCE, CONFIDENCE_MEDIUM),
        .facts = {.workers = worker_options(l), .solve_limit_s = (uint32_t)cmd_num(l, OPT_SOLVE_LIMIT, SOLVE_LIMIT_S)},
        .no_store = cmd_has(l, OPT_NO_STORE),
        .store_path = cmd_str(l, OPT_STORE, NULL),
        .quiet = cmd_has(l, OPT_QUIET),
        .verbose = cmd_has(l, OPT_VERBOSE),
        .log = stderr};
}

/* Set and not empty; `unless`: nor this value. */
static bool is_set(const char *name, const char *unless) {
    const char *value = getenv(name);
    return value && *value && !(unless && strcmp(value, unless) == 0);
}

bool cmd_want_color(const cmd_line *l, FILE *f) {
    int when = cmd_choice(l, OPT_COLOR, COLOR_AUTO);
    if (when != COLOR_AUTO) return when == COLOR_ALWAYS;
    if (is_set("NO_COLOR", NULL)) return false;
    if (is_set("CLICOLOR_FORCE", "0")) return true;
    const char *term = getenv("TERM");
    return isatty(fileno(f)) && !(term && strcmp(term, "dumb") == 0);
}
