/* Bytes from an editor: messages out of a stream, the positions and edits in them, and actions for the diagnostics that
 * a client sends back. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lsp/diagnose.h"
#include "lsp/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t number_at(const json_t *o, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(o, key));
}

static void edit(ll_strbuf *text, const json_t *change) {
    const json_t *range = json_object_get(change, "range"), *with = json_object_get(change, "text");
    size_t at[2];
    static const char *const ends[] = {"start", "end"};
    for (int i = 0; i < 2; i++) {
        const json_t *p = json_object_get(range, ends[i]);
        at[i] = text_offset(ll_sb_str(text), text->n, TEXT_UTF16, number_at(p, "line"), number_at(p, "character"));
        if (at[i] > text->n) abort();
    }
    size_t from = at[0], to = at[1];
    if (with) text_replace(text, from, to, json_string_value(with), json_string_length(with));
}

static void use(ll_strbuf *text, const json_t *message) {
    const json_t *params = json_object_get(message, "params"), *change;
    const json_t *diagnostics = json_object_get(json_object_get(params, "context"), "diagnostics");
    size_t i;
    json_array_foreach(json_object_get(params, "contentChanges"), i, change) edit(text, change);
    const char *uri = json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
    char *path = uri_to_path(uri), *again = path ? uri_of_path(path) : NULL, *twice = again ? uri_to_path(again) : NULL;
    if (path && (!twice || strcmp(path, twice) != 0)) abort();
    json_decref(diagnose_actions(diagnostics, diagnostics, uri ? uri : "file:///a.c", ll_sb_str(text), text->n));
    free(path);
    free(again);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ll_strbuf in = {0}, text = {0};
    json_t *m;
    rpc_state got;
    ll_sb_add(&text, "int f(void) {\n    char *p = \"\xc3\xa4\xf0\x9f\x98\x80\";\r\n    return 0;\n}\n");
    ll_sb_addn(&in, data, size);
    while ((got = rpc_take(&in, &m)) == RPC_MESSAGE) {
        use(&text, m);
        json_decref(m);
    }
    if (got == RPC_MORE && in.n > size) abort();
    ll_sb_free(&text);
    ll_sb_free(&in);
    return 0;
}
