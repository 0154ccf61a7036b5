#include <string.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"

enum { MAX_TEXT_BYTES = 64 << 20 };

typedef struct texts {
    ll_arena *a;
    const char *root;
    const src_overlay *view;
} texts;

static bool text_of(void *ctx, const char *file, const char **text, size_t *n) {
    texts *t = ctx;
    char *got;
    if (!src_overlay_read(t->view, t->a, ll_path_abs(t->a, t->root, file), MAX_TEXT_BYTES, &got, n, NULL)) return false;
    *text = got;
    return true;
}

bool pipeline_report(FILE *to, output_format format, const check_result *r, const output_options *opt, ll_err *err) {
    texts t = {.a = ll_arena_new("texts"), .root = r->root, .view = r->view};
    const output_source source = {.text = text_of, .ctx = &t};
    bool ok = output_write(to, format, &r->findings, &r->run, &source, opt, err);
    ll_arena_free(t.a);
    return ok;
}

uint32_t check_result_count(const check_result *r, finding_severity severity, bool only_new) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->findings.items.n; i++) {
        const finding *f = &r->findings.items.v[i];
        bool wanted = !only_new || (r->run.is_new && r->run.is_new[i]);
        n += !f->suppressed && f->severity >= severity && wanted;
    }
    return n;
}
