/* lifelint lsp: the editor service over standard input and output. */
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/run_options.h"
#include "lsp/lsp.h"
#include "pipeline/live.h"

/* Of one process of the service, for as long as that is there. */
typedef struct session {
    ll_arena *a;
    const cmd_line *line;
    check_options opt;
    live *live;
} session;

/* The workspace's configuration, as it is now. */
static bool read_options(session *s, const char *root, ll_err *err) {
    cmd_line *line = ll_memdup(s->a, s->line, sizeof *s->line);
    if (!cmd_config(s->a, line, err)) return false;
    s->opt = cmd_check_options(line);
    s->opt.quiet = true;
    s->opt.no_history = true;
    if (!s->opt.root) s->opt.root = ll_strdup(s->a, root);
    return true;
}

static void *open_program(void *ctx, const char *root, bool settled, lsp_known *known, ll_err *err) {
    session *s = ctx;
    if (!read_options(s, root, err) || !live_open(&s->opt, settled, &s->live, err)) return NULL;
    live_state state = live_get_state(s->live);
    *known = (lsp_known){state.units, s->opt.no_store ? 0 : state.missing};
    return s;
}

static void prepare(void *held) {
    live_prepare(((session *)held)->live);
}

static bool analyse(void *held, const char *file, const lsp_buffer *buffers, size_t n, bool *covered, FILE *report,
                    ll_err *err) {
    session *s = held;
    fe_overlay *open = LL_NEWN(s->a, fe_overlay, n + 1);
    for (size_t i = 0; i < n; i++) open[i] = (fe_overlay){buffers[i].path, buffers[i].text, buffers[i].n};
    const live_query q = {.file = file, .buffers = open, .nbuffers = (uint32_t)n};
    const output_options plain = {0};
    live_answer answer;
    workers_limit_self(&s->opt.facts.workers);
    if (!live_check(s->live, &q, &answer, err)) return false;
    for (size_t i = 0; i < n; i++) covered[i] = answer.covered[i];
    return pipeline_report(report, OUTPUT_JSON, &answer.result, &plain, err);
}

static void learnt(void *held, ll_strbuf *out) {
    live_learnt(((session *)held)->live, out);
}

static bool learn(void *held, const void *bytes, size_t n) {
    return live_learn(((session *)held)->live, bytes, n);
}

static bool index_program(void *ctx, const char *root,
                          void (*progress)(void *to, uint32_t done, uint32_t n, const char *file), void *to,
                          ll_err *err) {
    session *s = ctx;
    check_result r = {0};
    if (!read_options(s, root, err)) return false;
    s->opt.facts.watch = (facts_watch){.ctx = to, .progress = progress};
    bool ok = pipeline_check(&s->opt, &r, err);
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
    const lsp_service service = {.ctx = &s,
                                 .version = LIFELINT_VERSION,
                                 .open = open_program,
                                 .prepare = prepare,
                                 .analyse = analyse,
                                 .learnt = learnt,
                                 .learn = learn,
                                 .index = index_program};
    return lsp_serve(&service, STDIN_FILENO, STDOUT_FILENO) ? EXIT_CLEAN : EXIT_FINDINGS;
}
