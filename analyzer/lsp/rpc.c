#define _GNU_SOURCE
#include "lsp/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/sys.h"

enum { MAX_HEADER = 4096 };
#define MAX_BODY ((size_t)256 << 20)

static bool body_length(const char *header, size_t n, size_t *out) {
    static const char name[] = "Content-Length:";
    for (const char *line = header; line < header + n;) {
        const char *end = memmem(line, (size_t)(header + n - line), "\r\n", 2);
        if (!end) end = header + n;
        if ((size_t)(end - line) > sizeof name - 1 && strncasecmp(line, name, sizeof name - 1) == 0) {
            char *stop;
            unsigned long long value = strtoull(line + sizeof name - 1, &stop, 10);
            *out = (size_t)value;
            return stop > line + sizeof name - 1 && value <= MAX_BODY;
        }
        line = end + 2;
    }
    return false;
}

rpc_state rpc_take(ll_strbuf *in, json_t **out) {
    size_t length;
    const char *end = in->n ? memmem(in->s, in->n, "\r\n\r\n", 4) : NULL;
    if (!end) return in->n > MAX_HEADER ? RPC_BROKEN : RPC_MORE;
    size_t header = (size_t)(end - in->s) + 4;
    if (!body_length(in->s, header, &length)) return RPC_BROKEN;
    if (in->n - header < length) return RPC_MORE;
    *out = json_loadb(in->s + header, length, JSON_ALLOW_NUL, NULL);
    in->n -= header + length;
    memmove(in->s, in->s + header + length, in->n + 1);
    return RPC_MESSAGE;
}

bool rpc_send(int fd, json_t *message) {
    ll_strbuf b = {0};
    json_object_set_new(message, "jsonrpc", json_string("2.0"));
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (!text) return true; /* not valid text; nothing a client could read */
    ll_sb_printf(&b, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    bool ok = ll_write_all(fd, b.s, b.n);
    ll_sb_free(&b);
    free(text);
    return ok;
}

bool rpc_reply(int fd, const json_t *id, json_t *result) {
    return rpc_send(fd, json_pack("{sOso}", "id", id, "result", result));
}

bool rpc_error(int fd, const json_t *id, int code, const char *text) {
    json_t *e = json_pack("{siss}", "code", code, "message", text);
    return rpc_send(fd, json_pack("{sOso}", "id", id, "error", e));
}

bool rpc_notify(int fd, const char *method, json_t *params) {
    return rpc_send(fd, json_pack("{ssso}", "method", method, "params", params));
}
