/* lifelint lsp: the editor service over standard input and output. */
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/run_options.h"
#include "lsp/lsp.h"

typedef struct session {
    ll_arena *a;
    const cmd_line *line;
} session;

static check_options options(const cmd_line *line) {
    check_options opt = cmd_check_options(line);
    opt.quiet = true;
    opt.no_history = true;
    opt.facts.workers.jobs = 1;
    return opt;
}

static bool analyse(void *ctx, const char *root, const char *file, const lsp_buffer *buffers, size_t n, FILE *report) {
    const session *s = ctx;
    ll_err err = {0};
    cmd_line line = *s->line;
    check_options opt;
    check_result r = {0};
    if (!cmd_config(s->a, &line, &err)) { /* the workspace's, as it is now */
        fputs(err.msg, report);
        return false;
    }
    opt = options(&line);
    if (!opt.root) opt.root = root;
    opt.files = (pipeline_words){.v = &file, .n = 1};
    opt.view = src_overlay_new();
    for (size_t i = 0; i < n; i++) src_overlay_put(opt.view, buffers[i].path, buffers[i].text, buffers[i].n);
    src_overlay_settle(opt.view);
    bool ok = pipeline_check(&opt, &r, &err);
    const output_options plain = {0};
    ok = ok && pipeline_report(report, OUTPUT_JSON, &r, &plain, &err);
    if (!ok) fputs(err.msg, report);
    check_result_free(&r);
    return ok;
}

int cmd_lsp(ll_arena *a, const cmd_line *line) {
    session s = {.a = a, .line = line};
    ll_err err = {0};
    if (line->nargs) {
        ll_fail(&err, LL_E_USAGE, "lsp: takes no arguments; the editor names the files");
        return cmd_fail(&err);
    }
    const lsp_service service = {.ctx = &s, .version = LIFELINT_VERSION, .analyse = analyse};
    return lsp_serve(&service, STDIN_FILENO, STDOUT_FILENO) ? EXIT_CLEAN : EXIT_FINDINGS;
}
