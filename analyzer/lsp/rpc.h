/* JSON-RPC messages framed by Content-Length headers. */
#ifndef LL_LSP_RPC_H
#define LL_LSP_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

typedef enum rpc_state { RPC_MORE, RPC_MESSAGE, RPC_BROKEN } rpc_state;

/* Takes the first whole message off `in`. RPC_MESSAGE: *out is the caller's, NULL when its body was no JSON.
 * RPC_BROKEN: what is there can never become a message. */
rpc_state rpc_take(ll_strbuf *in, json_t **out);

/* All of these take the JSON values over and write one whole message. False: the client is gone. */
bool rpc_send(int fd, json_t *message);
bool rpc_reply(int fd, const json_t *id, json_t *result);
bool rpc_error(int fd, const json_t *id, int code, const char *text);
bool rpc_notify(int fd, const char *method, json_t *params);

enum {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_NOT_INITIALIZED = -32002,
    RPC_CANCELLED = -32800
};

#endif
