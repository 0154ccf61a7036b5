#include "rulepack/ywrite.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"

enum { DEEPEST = 16 };

struct ywriter {
    yaml_emitter_t e;
    bool failed, list[DEEPEST];
    uint32_t depth;
};

static int append(void *out, unsigned char *text, size_t n) {
    ll_sb_addn(out, text, n);
    return 1;
}

/* The emitter owns what it is given, whatever comes of it. */
static void emit(ywriter *w, int made, yaml_event_t *event) {
    if (!w->failed)
        w->failed = !made || !yaml_emitter_emit(&w->e, event);
    else if (made)
        yaml_event_delete(event);
}

ywriter *ywrite_new(ll_strbuf *out) {
    ywriter *w = ll_xcalloc(1, sizeof *w);
    yaml_event_t v;
    w->failed = !yaml_emitter_initialize(&w->e);
    if (w->failed) return w;
    yaml_emitter_set_output(&w->e, append, out);
    yaml_emitter_set_width(&w->e, -1);
    yaml_emitter_set_unicode(&w->e, 1);
    emit(w, yaml_stream_start_event_initialize(&v, YAML_UTF8_ENCODING), &v);
    emit(w, yaml_document_start_event_initialize(&v, NULL, NULL, NULL, 1), &v);
    return w;
}

static void deeper(ywriter *w, bool list) {
    w->failed |= w->depth == DEEPEST;
    if (!w->failed) w->list[w->depth++] = list;
}

void ywrite_list(ywriter *w, bool in_line) {
    yaml_event_t v;
    emit(w,
         yaml_sequence_start_event_initialize(&v, NULL, NULL, 1,
                                              in_line ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE),
         &v);
    deeper(w, true);
}

void ywrite_map(ywriter *w, bool in_line) {
    yaml_event_t v;
    emit(w,
         yaml_mapping_start_event_initialize(&v, NULL, NULL, 1,
                                             in_line ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE),
         &v);
    deeper(w, false);
}

void ywrite_close(ywriter *w) {
    yaml_event_t v;
    w->failed |= !w->depth;
    if (w->failed) return;
    if (w->list[--w->depth])
        emit(w, yaml_sequence_end_event_initialize(&v), &v);
    else
        emit(w, yaml_mapping_end_event_initialize(&v), &v);
}

static void scalar(ywriter *w, const char *s, yaml_scalar_style_t style) {
    yaml_event_t v;
    bool plain = style == YAML_PLAIN_SCALAR_STYLE;
    emit(w, yaml_scalar_event_initialize(&v, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s), plain, !plain, style),
         &v);
}

void ywrite_key(ywriter *w, const char *key) {
    scalar(w, key, YAML_PLAIN_SCALAR_STYLE);
}

void ywrite_plain(ywriter *w, const char *text) {
    scalar(w, text, YAML_PLAIN_SCALAR_STYLE);
}

void ywrite_quoted(ywriter *w, const char *text) {
    scalar(w, text, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void ywrite_block(ywriter *w, const char *text) {
    scalar(w, text, YAML_LITERAL_SCALAR_STYLE);
}

bool ywrite_end(ywriter *w, ll_err *err) {
    yaml_event_t v;
    emit(w, yaml_document_end_event_initialize(&v, 1), &v);
    emit(w, yaml_stream_end_event_initialize(&v), &v);
    bool ok = !w->failed && !w->depth;
    if (!ok) ll_fail(err, LL_E_INTERNAL, "cannot write YAML: %s", w->e.problem ? w->e.problem : "unknown reason");
    yaml_emitter_delete(&w->e);
    free(w);
    return ok;
}

bool ywrite_item(const ywrite_pair *pairs, uint32_t n, ll_strbuf *out, ll_err *err) {
    ywriter *w = ywrite_new(out);
    ywrite_list(w, false);
    ywrite_map(w, false);
    for (uint32_t i = 0; i < n; i++) {
        if (!pairs[i].value) continue;
        ywrite_key(w, pairs[i].key);
        if (pairs[i].plain)
            ywrite_plain(w, pairs[i].value);
        else
            ywrite_quoted(w, pairs[i].value);
    }
    ywrite_close(w);
    ywrite_close(w);
    return ywrite_end(w, err);
}
