#define _POSIX_C_SOURCE 200809L
#include "cmd/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "cmd/run_options.h"

static uint32_t report_count(const cmd_line *line) {
    uint32_t formats = line->opts[OPT_FORMAT].n, outputs = line->opts[OPT_OUTPUT].n;
    uint32_t most = formats > outputs ? formats : outputs;
    return most ? most : 1;
}

/* NULL: standard output. */
static const char *path_of(const cmd_line *line, uint32_t i) {
    const char *path = i < line->opts[OPT_OUTPUT].n ? line->opts[OPT_OUTPUT].v[i] : "-";
    return strcmp(path, "-") == 0 ? NULL : path;
}

static output_format format_of(const cmd_line *line, uint32_t i) {
    output_format f = OUTPUT_TEXT;
    if (i < line->opts[OPT_FORMAT].n) output_format_parse(line->opts[OPT_FORMAT].v[i], &f);
    return f;
}

bool cmd_report_options(const cmd_line *line, ll_err *err) {
    const char *verb = cmd_verbs[line->verb].name;
    uint32_t formats = line->opts[OPT_FORMAT].n, outputs = line->opts[OPT_OUTPUT].n, to_stdout = 0;
    if (outputs > 1 && outputs > formats)
        return ll_fail(err, LL_E_USAGE, "%s: %u times --output and %u times --format; each --output needs its --format",
                       verb, outputs, formats);
    for (uint32_t i = 0; i < report_count(line); i++) {
        const char *path = path_of(line, i);
        if (!path && to_stdout++)
            return ll_fail(err, LL_E_USAGE,
                           "%s: two reports cannot both go to standard output; give --format %s an --output", verb,
                           output_format_name(format_of(line, i)));
        for (uint32_t k = 0; path && k < i; k++)
            if (path_of(line, k) && strcmp(path, path_of(line, k)) == 0)
                return ll_fail(err, LL_E_USAGE, "%s: two reports cannot both go to %s", verb, path);
    }
    return true;
}

/* To a file the report goes as a whole or not at all. */
static bool write_file(const char *path, output_format format, const check_result *r, const output_options *opt,
                       ll_err *err) {
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to) return ll_fail(err, LL_E_SYS, "cannot write %s: %s", path, strerror(errno));
    bool ok = pipeline_report(to, format, r, opt, err);
    if (fclose(to) != 0 && ok) ok = ll_fail(err, LL_E_SYS, "cannot write %s: %s", path, strerror(errno));
    ok = ok && ll_write_file(path, text, n, err);
    free(text);
    return ok;
}

bool cmd_report(const cmd_line *line, const check_result *r, ll_err *err) {
    output_options opt = {.show_suppressed = cmd_has(line, OPT_VERBOSE), .only_new = r->compared};
    bool color_files = cmd_choice(line, OPT_COLOR, 0) == 1; /* a file gets colours only when they are asked for */
    bool ok = true;
    for (uint32_t i = 0; i < report_count(line); i++) { /* one that fails does not cost the others */
        const char *path = path_of(line, i);
        opt.color = path ? color_files : cmd_want_color(line, stdout);
        opt.absent = r->compared && (line->verb == VERB_DIFF || format_of(line, i) == OUTPUT_JSON);
        ll_err *first = ok ? err : NULL;
        bool done = path ? write_file(path, format_of(line, i), r, &opt, first)
                         : pipeline_report(stdout, format_of(line, i), r, &opt, first);
        ok = ok && done;
    }
    return ok;
}
