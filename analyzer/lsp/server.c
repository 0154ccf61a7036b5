/* Who asks what. One thread waits for the client and for the running analysis:
 *
 *   edit -> the document is marked, its analysis ended if one runs, and begun anew after a quiet moment
 *   report -> diagnostics pushed, or the requests that wait for them answered
 *
 * The document edited last is analysed first. A client that asks for diagnostics is not sent any. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/arena.h"
#include "base/sys.h"
#include "lsp/diagnose.h"
#include "lsp/job.h"
#include "lsp/rpc.h"

enum { QUIET_MS = 80, READ_BYTES = 1 << 16 };
#define MAX_TEXT ((size_t)64 << 20)

typedef struct document {
    char *path, *uri;
    ll_strbuf text;
    json_int_t version;
    bool stale;          /* changed since its diagnostics were made */
    int64_t edited_at;   /* for the order and the quiet moment */
    json_t *diagnostics; /* NULL: none yet */
    json_t *waiting;     /* ids of requests for them */
    UT_hash_handle hh;
} document;

typedef struct server {
    const lsp_service *service;
    int out;
    client client;
    bool initialized, shut_down, done, ok;
    LL_ARRAY(const char *) roots;
    document *docs;
    job job;
    document *analysing;
    ll_strbuf disk; /* the text of a file that is not open */
    char *disk_path;
    ll_arena *a;
} server;

/* ---- documents ---- */

static document *find(server *s, const char *uri) {
    document *d = NULL;
    if (uri) HASH_FIND_STR(s->docs, uri, d);
    return d;
}

static document *find_path(server *s, const char *path) {
    for (document *d = s->docs; d; d = d->hh.next)
        if (strcmp(d->path, path) == 0) return d;
    return NULL;
}

static void mark(document *d) {
    d->stale = true;
    d->edited_at = ll_now_ms();
}

static const char *root_of(server *s, const document *d, ll_arena *a) {
    const char *best = NULL;
    for (uint32_t i = 0; i < s->roots.n; i++)
        if (ll_path_under(s->roots.v[i], d->path) && (!best || strlen(s->roots.v[i]) > strlen(best)))
            best = s->roots.v[i];
    return best ? best : ll_path_dir(a, d->path);
}

static bool text_at(void *ctx, const char *path, const char **text, size_t *n) {
    server *s = ctx;
    document *d = find_path(s, path);
    if (!d && (!s->disk_path || strcmp(s->disk_path, path) != 0)) {
        ll_arena *a = ll_arena_new("file");
        char *bytes;
        size_t k;
        free(s->disk_path);
        s->disk_path = NULL;
        ll_sb_clear(&s->disk);
        if (ll_read_file(a, path, MAX_TEXT, &bytes, &k, NULL)) {
            ll_sb_addn(&s->disk, bytes, k);
            s->disk_path = ll_xstrdup(path);
        }
        ll_arena_free(a);
        if (!s->disk_path) return false;
    }
    *text = d ? ll_sb_str(&d->text) : ll_sb_str(&s->disk);
    *n = d ? d->text.n : s->disk.n;
    return true;
}

/* ---- telling ---- */

static json_t *full_report(const document *d) {
    return json_pack("{sssO}", "kind", "full", "items", d->diagnostics);
}

static void answer_waiting(server *s, document *d) {
    json_t *id;
    size_t i;
    json_array_foreach(d->waiting, i, id) rpc_reply(s->out, id, full_report(d));
    json_array_clear(d->waiting);
}

static void tell(server *s, document *d) {
    if (s->client.pull) {
        answer_waiting(s, d);
        return;
    }
    json_t *params = json_pack("{sssOsI}", "uri", d->uri, "diagnostics", d->diagnostics, "version", d->version);
    rpc_notify(s->out, "textDocument/publishDiagnostics", params);
}

static void log_trouble(server *s, const document *d, const char *text) {
    char line[600];
    snprintf(line, sizeof line, "%s: %.400s", d->path, *text ? text : "the analysis failed");
    rpc_notify(s->out, "window/logMessage", json_pack("{siss}", "type", 2, "message", line));
}

/* ---- analysing ---- */

static document *next_stale(server *s) {
    document *best = NULL;
    for (document *d = s->docs; d; d = d->hh.next)
        if (d->stale && (!best || d->edited_at > best->edited_at)) best = d;
    return best;
}

static void begin(server *s, document *d) {
    ll_arena *a = ll_arena_new("buffers");
    LL_ARRAY(lsp_buffer) buffers = {0};
    for (document *o = s->docs; o; o = o->hh.next)
        LL_PUSH(a, &buffers, (lsp_buffer){o->path, ll_sb_str(&o->text), o->text.n});
    d->stale = false;
    if (job_start(&s->job, s->service, root_of(s, d, a), d->path, buffers.v, buffers.n)) s->analysing = d;
    ll_arena_free(a);
}

static void stop(server *s) {
    if (s->analysing) s->analysing->stale = true;
    s->analysing = NULL;
    job_stop(&s->job);
}

static void finish(server *s, bool ok) {
    document *d = s->analysing;
    ll_arena *a = ll_arena_new("root");
    json_t *report = ok ? json_loadb(ll_sb_str(&s->job.got), s->job.got.n, 0, NULL) : NULL;
    s->analysing = NULL;
    if (!report) log_trouble(s, d, ll_sb_str(&s->job.got));
    const text_source texts = {s, text_at};
    json_decref(d->diagnostics);
    d->diagnostics = report ? diagnose(report, root_of(s, d, a), d->path, &s->client, &texts) : json_array();
    free(s->disk_path); /* it may have changed when it is asked for again */
    s->disk_path = NULL;
    if (!d->stale) tell(s, d);
    json_decref(report);
    job_stop(&s->job);
    ll_arena_free(a);
}

/* Milliseconds until something is to do; -1: nothing. */
static int pause_of(server *s) {
    document *d = s->job.pid ? NULL : next_stale(s);
    if (!d) return -1;
    int64_t left = d->edited_at + QUIET_MS - ll_now_ms();
    return left > 0 ? (int)left : 0;
}

/* ---- requests ---- */

static const json_t *at(const json_t *o, const char *x, const char *y, const char *z) {
    const char *keys[] = {x, y, z};
    for (int i = 0; i < 3 && keys[i]; i++) o = json_object_get(o, keys[i]);
    return o;
}

static const char *string_at(const json_t *o, const char *x, const char *y) {
    return json_string_value(at(o, x, y, NULL));
}

static void add_root(server *s, const char *uri) {
    char *path = uri_to_path(uri);
    if (path) LL_PUSH(s->a, &s->roots, ll_strdup(s->a, path));
    free(path);
}

static void read_client(server *s, const json_t *params) {
    const json_t *doc = at(params, "capabilities", "textDocument", NULL), *e;
    size_t i;
    s->client.related = json_is_true(at(doc, "publishDiagnostics", "relatedInformation", NULL));
    s->client.describe = json_is_true(at(doc, "publishDiagnostics", "codeDescriptionSupport", NULL));
    s->client.literals = at(doc, "codeAction", "codeActionLiteralSupport", NULL) != NULL;
    s->client.pull = json_is_object(json_object_get(doc, "diagnostic"));
    json_array_foreach(at(params, "capabilities", "general", "positionEncodings"), i, e) {
        if (strcmp(json_string_value(e) ? json_string_value(e) : "", "utf-8") == 0) s->client.units = TEXT_UTF8;
    }
    json_array_foreach(json_object_get(params, "workspaceFolders"), i, e) add_root(s, string_at(e, "uri", NULL));
    if (!s->roots.n) add_root(s, string_at(params, "rootUri", NULL));
}

static json_t *initialize(server *s, const json_t *params) {
    read_client(s, params);
    s->initialized = true;
    json_t *sync = json_pack("{sbsis{sb}}", "openClose", 1, "change", 2, "save", "includeText", 0);
    json_t *folders = json_pack("{s{sbsb}}", "workspaceFolders", "supported", 1, "changeNotifications", 1);
    json_t *can = json_pack("{sosssos{s[s]}}", "textDocumentSync", sync, "positionEncoding",
                            s->client.units == TEXT_UTF8 ? "utf-8" : "utf-16", "workspace", folders,
                            "codeActionProvider", "codeActionKinds", "quickfix");
    if (s->client.pull)
        json_object_set_new(
            can, "diagnosticProvider",
            json_pack("{sssbsb}", "identifier", "lifelint", "interFileDependencies", 1, "workspaceDiagnostics", 0));
    return json_pack("{sos{ssss}}", "capabilities", can, "serverInfo", "name", "lifelint", "version",
                     s->service->version);
}

static void forget(server *s, document *d) {
    if (s->analysing == d) stop(s);
    HASH_DEL(s->docs, d);
    json_decref(d->diagnostics);
    json_decref(d->waiting);
    ll_sb_free(&d->text);
    free(d->path);
    free(d->uri);
    free(d);
}

static void did_open(server *s, const json_t *params) {
    const json_t *item = json_object_get(params, "textDocument"), *text = json_object_get(item, "text");
    const char *uri = string_at(item, "uri", NULL);
    char *path = uri_to_path(uri);
    if (!path || !text) {
        free(path);
        return;
    }
    document *d = find(s, uri);
    if (d) forget(s, d);
    d = ll_xcalloc(1, sizeof *d);
    d->path = path;
    d->uri = ll_xstrdup(uri);
    d->version = json_integer_value(json_object_get(item, "version"));
    d->waiting = json_array();
    ll_sb_addn(&d->text, json_string_value(text), json_string_length(text));
    HASH_ADD_KEYPTR(hh, s->docs, d->uri, (unsigned)strlen(d->uri), d);
    mark(d);
}

static size_t offset_of(const server *s, const document *d, const json_t *position) {
    return text_offset(ll_sb_str(&d->text), d->text.n, s->client.units,
                       (uint32_t)json_integer_value(json_object_get(position, "line")),
                       (uint32_t)json_integer_value(json_object_get(position, "character")));
}

/* What includes it may be open, too: everything open is looked at again, this one first. */
static void mark_all(server *s, document *first) {
    for (document *d = s->docs; d; d = d->hh.next) mark(d);
    if (first) first->edited_at++;
    stop(s);
}

static void did_change(server *s, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    json_t *change;
    size_t i;
    if (!d) return;
    d->version = json_integer_value(at(params, "textDocument", "version", NULL));
    json_array_foreach(json_object_get(params, "contentChanges"), i, change) {
        const json_t *range = json_object_get(change, "range"), *text = json_object_get(change, "text");
        size_t from = range ? offset_of(s, d, json_object_get(range, "start")) : 0;
        size_t to = range ? offset_of(s, d, json_object_get(range, "end")) : d->text.n;
        if (text) text_replace(&d->text, from, to, json_string_value(text), json_string_length(text));
    }
    mark(d);
    stop(s);
    mark(d);
}

static void did_close(server *s, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    if (!d) return;
    json_decref(d->diagnostics);
    d->diagnostics = json_array();
    tell(s, d);
    forget(s, d);
}

static void folders_changed(server *s, const json_t *params) {
    const json_t *event = json_object_get(params, "event");
    json_t *e;
    size_t i;
    json_array_foreach(json_object_get(event, "removed"), i, e) {
        char *path = uri_to_path(string_at(e, "uri", NULL));
        for (uint32_t k = 0; path && k < s->roots.n; k++)
            if (strcmp(s->roots.v[k], path) == 0) s->roots.v[k] = s->roots.v[--s->roots.n];
        free(path);
    }
    json_array_foreach(json_object_get(event, "added"), i, e) add_root(s, string_at(e, "uri", NULL));
    mark_all(s, NULL);
}

static void pull(server *s, const json_t *id, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    if (!d) {
        rpc_reply(s->out, id, json_pack("{sss[]}", "kind", "full", "items"));
    } else if (d->diagnostics && !d->stale && s->analysing != d) {
        rpc_reply(s->out, id, full_report(d));
    } else {
        json_array_append(d->waiting, (json_t *)id);
    }
}

static void actions(server *s, const json_t *id, const json_t *params) {
    const char *uri = string_at(params, "textDocument", "uri");
    document *d = find(s, uri);
    const json_t *diagnostics = at(params, "context", "diagnostics", NULL);
    if (d && s->client.literals)
        rpc_reply(s->out, id, diagnose_actions(diagnostics, uri, ll_sb_str(&d->text), d->text.n));
    else
        rpc_reply(s->out, id, json_array());
}

static void cancel(server *s, const json_t *params) {
    const json_t *id = json_object_get(params, "id");
    for (document *d = s->docs; d; d = d->hh.next)
        for (size_t i = json_array_size(d->waiting); i-- > 0;)
            if (json_equal(json_array_get(d->waiting, i), id)) {
                rpc_error(s->out, id, RPC_CANCELLED, "cancelled");
                json_array_remove(d->waiting, i);
            }
}

static void request(server *s, const char *method, const json_t *id, const json_t *params) {
    if (strcmp(method, "initialize") == 0) {
        rpc_reply(s->out, id, initialize(s, params));
    } else if (!s->initialized) {
        rpc_error(s->out, id, RPC_NOT_INITIALIZED, "initialize comes first");
    } else if (s->shut_down) {
        rpc_error(s->out, id, RPC_INVALID_REQUEST, "the server was shut down");
    } else if (strcmp(method, "shutdown") == 0) {
        s->shut_down = true;
        stop(s);
        rpc_reply(s->out, id, json_null());
    } else if (strcmp(method, "textDocument/diagnostic") == 0) {
        pull(s, id, params);
    } else if (strcmp(method, "textDocument/codeAction") == 0) {
        actions(s, id, params);
    } else {
        rpc_error(s->out, id, RPC_METHOD_NOT_FOUND, method);
    }
}

/* A saved header changes what includes it; a configuration or a pack changes everything. */
static void notification(server *s, const char *method, const json_t *params) {
    if (strcmp(method, "exit") == 0) {
        s->done = true;
        s->ok = s->shut_down;
    } else if (!s->initialized || s->shut_down) {
        return;
    } else if (strcmp(method, "textDocument/didOpen") == 0) {
        did_open(s, params);
    } else if (strcmp(method, "textDocument/didChange") == 0) {
        did_change(s, params);
    } else if (strcmp(method, "textDocument/didClose") == 0) {
        did_close(s, params);
    } else if (strcmp(method, "textDocument/didSave") == 0) {
        mark_all(s, find(s, string_at(params, "textDocument", "uri")));
    } else if (strcmp(method, "workspace/didChangeWatchedFiles") == 0 ||
               strcmp(method, "workspace/didChangeConfiguration") == 0) {
        mark_all(s, NULL);
    } else if (strcmp(method, "workspace/didChangeWorkspaceFolders") == 0) {
        folders_changed(s, params);
    } else if (strcmp(method, "$/cancelRequest") == 0) {
        cancel(s, params);
    }
}

static void message(server *s, const json_t *m) {
    const char *method = json_string_value(json_object_get(m, "method"));
    const json_t *id = json_object_get(m, "id"), *params = json_object_get(m, "params");
    if (!m) {
        rpc_error(s->out, json_null(), RPC_PARSE_ERROR, "the message is no JSON");
    } else if (!method) {
        if (id && !json_object_get(m, "result") && !json_object_get(m, "error"))
            rpc_error(s->out, id, RPC_INVALID_REQUEST, "no method");
    } else if (id) {
        request(s, method, id, params);
    } else {
        notification(s, method, params);
    }
}

/* ---- waiting ---- */

static void take_messages(server *s, ll_strbuf *in) {
    json_t *m;
    rpc_state got;
    while (!s->done && (got = rpc_take(in, &m)) != RPC_MORE) {
        if (got == RPC_BROKEN) {
            rpc_error(s->out, json_null(), RPC_PARSE_ERROR, "a message has no Content-Length");
            s->done = true;
            return;
        }
        message(s, m);
        json_decref(m);
    }
}

static void read_client_bytes(server *s, int in, ll_strbuf *buffer) {
    char bytes[READ_BYTES];
    ssize_t k = read(in, bytes, sizeof bytes);
    if (k < 0 && errno == EINTR) return;
    if (k <= 0) {
        s->done = true;
        return;
    }
    ll_sb_addn(buffer, bytes, (size_t)k);
    take_messages(s, buffer);
}

static void serve(server *s, int in) {
    ll_strbuf buffer = {0};
    while (!s->done) {
        struct pollfd fds[] = {{.fd = in, .events = POLLIN}, {.fd = s->job.pid ? s->job.fd : -1, .events = POLLIN}};
        if (poll(fds, 2, pause_of(s)) < 0 && errno != EINTR) break;
        bool ok;
        if (fds[1].revents && job_read(&s->job, &ok)) finish(s, ok);
        if (fds[0].revents) read_client_bytes(s, in, &buffer);
        if (!s->done && !s->job.pid && pause_of(s) == 0) begin(s, next_stale(s));
    }
    ll_sb_free(&buffer);
}

bool lsp_serve(const lsp_service *service, int in, int out) {
    server s = {.service = service, .out = out, .a = ll_arena_new("lsp")};
    signal(SIGPIPE, SIG_IGN);
    serve(&s, in);
    stop(&s);
    while (s.docs) forget(&s, s.docs);
    ll_sb_free(&s.disk);
    free(s.disk_path);
    ll_arena_free(s.a);
    return s.ok;
}
