#include "rulepack/ywrite.h"

#include <string.h>
#include <yaml.h>

static int append(void *out, unsigned char *text, size_t n) {
    ll_sb_addn(out, text, n);
    return 1;
}

static bool emit(yaml_emitter_t *e, int made, yaml_event_t *event) {
    return made && yaml_emitter_emit(e, event);
}

static bool scalar(yaml_emitter_t *e, const char *s, bool plain) {
    yaml_event_t v;
    yaml_scalar_style_t style = plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return emit(
        e, yaml_scalar_event_initialize(&v, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s), plain, !plain, style),
        &v);
}

static bool write_all(yaml_emitter_t *e, const ywrite_pair *pairs, uint32_t n) {
    yaml_event_t v;
    bool ok = emit(e, yaml_stream_start_event_initialize(&v, YAML_UTF8_ENCODING), &v) &&
              emit(e, yaml_document_start_event_initialize(&v, NULL, NULL, NULL, 1), &v) &&
              emit(e, yaml_sequence_start_event_initialize(&v, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE), &v) &&
              emit(e, yaml_mapping_start_event_initialize(&v, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE), &v);
    for (uint32_t i = 0; ok && i < n; i++)
        if (pairs[i].value) ok = scalar(e, pairs[i].key, true) && scalar(e, pairs[i].value, pairs[i].plain);
    return ok && emit(e, yaml_mapping_end_event_initialize(&v), &v) &&
           emit(e, yaml_sequence_end_event_initialize(&v), &v) &&
           emit(e, yaml_document_end_event_initialize(&v, 1), &v) && emit(e, yaml_stream_end_event_initialize(&v), &v);
}

bool ywrite_item(const ywrite_pair *pairs, uint32_t n, ll_strbuf *out, ll_err *err) {
    yaml_emitter_t e;
    if (!yaml_emitter_initialize(&e)) return ll_fail(err, LL_E_SYS, "out of memory while writing YAML");
    yaml_emitter_set_output(&e, append, out);
    yaml_emitter_set_width(&e, -1);
    yaml_emitter_set_unicode(&e, 1);
    bool ok = write_all(&e, pairs, n);
    if (!ok) ll_fail(err, LL_E_INTERNAL, "cannot write YAML: %s", e.problem ? e.problem : "unknown reason");
    yaml_emitter_delete(&e);
    return ok;
}
