/* lifelint gen runtime | stubs */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cmd/cmd.h"
#include "cmd/run_options.h"
#include "pipeline/gen.h"

static int runtime(const cmd_line *line, const check_options *opt) {
    ll_err err = {0};
    gen_runtime_result r;
    const gen_runtime_options how = {.tool_version = opt->tool_version,
                                     .rules = opt->rules,
                                     .only_rules = cmd_words(line, OPT_RULE),
                                     .only_packs = cmd_words(line, OPT_FAMILY),
                                     .facts = opt->facts,
                                     .dir = cmd_str(line, OPT_DIR, NULL),
                                     .stem = cmd_str(line, OPT_NAME, NULL),
                                     .verbose = opt->verbose,
                                     .quiet = opt->quiet,
                                     .log = stderr};
    if (line->nargs > 1) {
        ll_fail(&err, LL_E_USAGE, "gen runtime: takes no further argument, '%s' is one", line->args[1]);
        return cmd_fail(&err);
    }
    if (!pipeline_gen_runtime(&how, &r, &err)) return cmd_fail(&err);
    if (!opt->quiet)
        fprintf(stderr, "%s/%s.c: watches %u functions, %u left out\n", how.dir ? how.dir : ".",
                how.stem ? how.stem : "lifelint_runtime", r.functions, r.left_out);
    return EXIT_CLEAN;
}

static int stubs(const cmd_line *line, const check_options *opt) {
    ll_err err = {0};
    gen_stubs_result r;
    gen_stubs_options how = {.check = *opt,
                             .what = line->nargs > 1 ? line->args[1] : NULL,
                             .function = cmd_str(line, OPT_FUNCTION, NULL),
                             .file = cmd_str(line, OPT_FILE, NULL),
                             .framework = cmd_choice(line, OPT_FRAMEWORK, 0),
                             .dir = cmd_str(line, OPT_DIR, NULL),
                             .stem = cmd_str(line, OPT_NAME, NULL)};
    if (line->nargs > 2 || (!how.what == !how.function)) {
        ll_fail(&err, LL_E_USAGE,
                "gen stubs: name one finding (its fingerprint or FILE:LINE), a FILE, or --function F");
        return cmd_fail(&err);
    }
    /* with flags of its own there is one file, and it stands in what was asked for */
    const char *named = how.file ? how.file : how.what;
    const char *colon = named ? strrchr(named, ':') : NULL;
    char file[4096];
    const char *files[] = {file};
    snprintf(file, sizeof file, "%.*s",
             colon && !how.file ? (int)(colon - named)
             : named            ? (int)strlen(named)
                                : 0,
             named ? named : "");
    how.check.files = (pipeline_words){.v = files, .n = opt->has_flags};
    return pipeline_gen_stubs(&how, &r, &err) ? EXIT_CLEAN : cmd_fail(&err);
}

static const struct {
    const char *name;
    int (*run)(const cmd_line *line, const check_options *opt);
} generators[] = {{"runtime", runtime}, {"stubs", stubs}};

enum { GENERATORS = sizeof generators / sizeof *generators };

int cmd_gen(ll_arena *a, const cmd_line *line) {
    (void)a;
    ll_err err = {0};
    const char *names[GENERATORS];
    check_options opt = cmd_check_options(line);
    for (int i = 0; i < GENERATORS; i++) {
        names[i] = generators[i].name;
        if (line->nargs && strcmp(names[i], line->args[0]) == 0) return generators[i].run(line, &opt);
    }
    const char *near = line->nargs ? ll_nearest(line->args[0], names, GENERATORS) : NULL;
    if (!line->nargs)
        ll_fail(&err, LL_E_USAGE, "gen: say what: runtime or stubs");
    else
        ll_fail(&err, LL_E_USAGE, "gen: unknown word '%s'; %s%s%s", line->args[0], near ? "did you mean '" : "use ",
                near ? near : "runtime or stubs", near ? "'?" : "");
    return cmd_fail(&err);
}
