/* Who asks what. One thread waits for the client, the programs and the running analysis:
 *
 *   edit -> the document is marked, the running analysis ended, and begun anew after a quiet moment
 *   report -> diagnostics pushed, or the requests that wait for them answered
 *   a program was opened -> all documents under it are marked
 *
 * The document edited last is analysed first; its report is about all open documents that it covers. A client that asks
 * for diagnostics is not sent any. */
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
#include "finding/finding_json.h"
#include "lsp/diagnose.h"
#include "lsp/program.h"
#include "lsp/rpc.h"

/* Quiet: what one keystroke makes a client send arrives together. */
enum { QUIET_MS = 10, READ_BYTES = 1 << 16, PROGRESS_MS = 100 };
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
    program *programs;
    document *analysing;
    program *busy;   /* whose keeper analyses */
    int report;      /* where the report comes from; -1: no analysis runs */
    ll_strbuf got;   /* of it */
    bool progress;   /* the client shows some */
    uint32_t tokens; /* handed out for it */
    int64_t told_at; /* when it was last told */
    bool refresh;    /* the client can be told to ask again */
    ll_strbuf disk;  /* the text of a file that is not open */
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

static program *program_of(server *s, const char *root) {
    program *p = s->programs;
    while (p && strcmp(p->root, root) != 0) p = p->following;
    if (p) return p;
    p = program_new(root);
    p->following = s->programs;
    s->programs = p;
    return p;
}

static const char *root_of(server *s, const document *d, ll_arena *a) {
    const char *best = NULL;
    for (uint32_t i = 0; i < s->roots.n; i++) {
        const char *root = s->roots.v[i];
        bool below = ll_path_under(root, d->path) != d->path || strcmp(root, "/") == 0;
        if (below && (!best || strlen(root) > strlen(best))) best = root;
    }
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

static void stop(server *s);

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

static void log_line(server *s, const char *what, const char *text) {
    ll_strbuf line = {0};
    ll_sb_printf(&line, "%s: %s", what, *text ? text : "the analysis failed");
    rpc_notify(s->out, "window/logMessage", json_pack("{siso}", "type", 2, "message", finding_json_text(line.s)));
    ll_sb_free(&line);
}

static json_t *server_token(const program *p, char *text, size_t n) {
    snprintf(text, n, "lifelint/%u", p->token);
    return json_string(text);
}

static void tell_progress(server *s, const program *p, json_t *value) {
    char text[32];
    rpc_notify(s->out, "$/progress", json_pack("{soso}", "token", server_token(p, text, sizeof text), "value", value));
}

/* ---- programs ---- */

static program *program_at(server *s, const document *d) {
    ll_arena *a = ll_arena_new("root");
    program *p = program_of(s, root_of(s, d, a));
    ll_arena_free(a);
    return p;
}

static void mark_under(server *s, const program *p) {
    for (document *d = s->docs; d; d = d->hh.next)
        if (program_at(s, d) == p) d->stale = true; /* since when it waits stays as it was */
}

static void program_opened(void *ctx, program *p) {
    server *s = ctx;
    if (s->busy == p) stop(s);
    mark_under(s, p);
}

static void program_failed(void *ctx, program *p, const char *trouble) {
    server *s = ctx;
    if (s->busy == p) stop(s);
    log_line(s, p->root, trouble);
    mark_under(s, p);
}

static void begin_progress(server *s, program *p) {
    char text[32];
    p->token = ++s->tokens;
    json_t *params = json_pack("{so}", "token", server_token(p, text, sizeof text));
    rpc_send(s->out, json_pack("{ssssssso}", "jsonrpc", "2.0", "id", text, "method", "window/workDoneProgress/create",
                               "params", params));
    tell_progress(s, p,
                  json_pack("{sssssbsi}", "kind", "begin", "title", "lifelint: reading the program", "cancellable", 1,
                            "percentage", 0));
}

static void program_indexing(void *ctx, program *p, uint32_t done, uint32_t n, const char *file) {
    server *s = ctx;
    if (!s->progress || (p->token && ll_now_ms() - s->told_at < PROGRESS_MS)) return;
    const char *name = strrchr(file, '/');
    uint32_t percent = n ? (uint32_t)((uint64_t)done * 100 / n) : 0;
    if (!p->token) begin_progress(s, p);
    s->told_at = ll_now_ms();
    json_t *message = finding_json_text(done < n && name ? name + 1 : "");
    tell_progress(s, p, json_pack("{sssosi}", "kind", "report", "message", message, "percentage", (int)percent));
}

static void end_progress(server *s, program *p) {
    if (p->token) tell_progress(s, p, json_pack("{ss}", "kind", "end"));
    p->token = 0;
}

static void program_indexed(void *ctx, program *p, const char *trouble) {
    server *s = ctx;
    if (trouble) log_line(s, p->root, trouble);
    end_progress(s, p);
}

/* ---- analysing ---- */

static void stop(server *s) {
    if (s->report >= 0) close(s->report);
    if (s->analysing) {
        keeper_quiet(&s->busy->now);
        s->analysing->stale = true;
    }
    s->report = -1;
    s->analysing = NULL;
    s->busy = NULL;
    ll_sb_clear(&s->got);
}

static document *next_stale(server *s) {
    document *best = NULL;
    for (document *d = s->docs; d; d = d->hh.next) {
        const program *p = d->stale ? program_at(s, d) : NULL;
        if (p && (p->now.ready || p->failed) && (!best || d->edited_at > best->edited_at)) best = d;
    }
    return best;
}

static void show(server *s, document *d, json_t *diagnostics) {
    json_decref(d->diagnostics);
    d->diagnostics = diagnostics;
    d->stale = false;
    tell(s, d);
}

static void begin(server *s, document *d) {
    program *p = program_at(s, d);
    ll_arena *a = ll_arena_new("buffers");
    LL_ARRAY(lsp_buffer) buffers = {0};
    for (document *o = s->docs; o; o = o->hh.next)
        LL_PUSH(a, &buffers, (lsp_buffer){o->path, ll_sb_str(&o->text), o->text.n});
    if (p->failed) {
        show(s, d, json_array());
    } else if ((s->report = keeper_analyse(&p->now, d->path, buffers.v, buffers.n)) >= 0) {
        s->analysing = d;
        s->busy = p;
        d->stale = false;
    } else {
        log_line(s, d->path, "no analysis can be begun");
        show(s, d, json_array());
    }
    ll_arena_free(a);
}

static bool covers(const json_t *answer, const document *d) {
    json_t *path;
    size_t i;
    json_array_foreach(json_object_get(answer, "covered"), i, path) {
        if (strcmp(json_string_value(path) ? json_string_value(path) : "", d->path) == 0) return true;
    }
    return false;
}

/* Of the other open documents, too, what the edit changed in them. */
static void take_report(server *s, document *edited, const json_t *answer) {
    const text_source texts = {s, text_at};
    bool others = false;
    for (document *d = s->docs; d; d = d->hh.next) {
        if (d != edited && !(covers(answer, d) && d->diagnostics)) continue;
        const char *root = s->busy->root;
        json_t *now = diagnose(json_object_get(answer, "report"), root, d->path, &s->client, &texts);
        bool news = d == edited || d->stale || !json_equal(now, d->diagnostics);
        if (news)
            show(s, d, now);
        else
            json_decref(now);
        others |= news && d != edited;
    }
    if (others && s->client.pull && s->refresh)
        rpc_send(s->out, json_pack("{ssssss}", "jsonrpc", "2.0", "id", "lifelint/refresh", "method",
                                   "workspace/diagnostic/refresh"));
}

static void finish(server *s) {
    document *d = s->analysing;
    json_t *answer = json_loadb(ll_sb_str(&s->got), s->got.n, 0, NULL);
    if (!answer) {
        log_line(s, d->path, ll_sb_str(&s->got));
        show(s, d, json_array());
    } else {
        take_report(s, d, answer);
    }
    json_decref(answer);
    free(s->disk_path); /* it may have changed when it is asked for again */
    s->disk_path = NULL;
    close(s->report);
    s->report = -1;
    s->analysing = NULL;
    s->busy = NULL;
    ll_sb_clear(&s->got);
}

static void read_report(server *s) {
    char bytes[READ_BYTES];
    ssize_t k = read(s->report, bytes, sizeof bytes);
    if (k > 0)
        ll_sb_addn(&s->got, bytes, (size_t)k);
    else if (k == 0 || errno != EINTR)
        finish(s);
}

/* Milliseconds until an analysis is to begin; -1: none. */
static int pause_of(server *s) {
    document *d = s->analysing ? NULL : next_stale(s);
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

/* The caller's; NULL: no folder. */
static char *root_path(const char *uri) {
    char *path = uri_to_path(uri);
    size_t n = path ? strlen(path) : 0;
    while (n > 1 && path[n - 1] == '/') path[--n] = 0;
    return path;
}

static void add_root(server *s, const char *uri) {
    char *path = root_path(uri);
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
    s->progress = json_is_true(at(params, "capabilities", "window", "workDoneProgress"));
    const json_t *workspace = at(params, "capabilities", "workspace", "diagnostics");
    s->refresh = json_is_true(json_object_get(workspace, "refreshSupport"));
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
    json_t *waiting = d ? d->waiting : json_array(); /* opened twice: they want the newest text */
    if (d) {
        d->waiting = NULL;
        forget(s, d);
    }
    d = ll_xcalloc(1, sizeof *d);
    d->path = path;
    d->uri = ll_xstrdup(uri);
    d->version = json_integer_value(json_object_get(item, "version"));
    d->waiting = waiting;
    ll_sb_addn(&d->text, json_string_value(text), json_string_length(text));
    HASH_ADD_KEYPTR(hh, s->docs, d->uri, (unsigned)strlen(d->uri), d);
    program_at(s, d); /* opened now when it was not */
    stop(s);
    mark(d);
}

static size_t offset_of(const server *s, const document *d, const json_t *position) {
    return text_offset(ll_sb_str(&d->text), d->text.n, s->client.units,
                       (uint32_t)json_integer_value(json_object_get(position, "line")),
                       (uint32_t)json_integer_value(json_object_get(position, "character")));
}

static void mark_all(server *s) {
    stop(s);
    for (document *d = s->docs; d; d = d->hh.next) mark(d);
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
    stop(s);
    mark(d);
}

/* A folder that is no root of the workspace is of interest as long as something in it is open. */
static void drop_unused(server *s) {
    for (program **at = &s->programs; *at;) {
        program *p = *at;
        bool used = false;
        for (uint32_t i = 0; i < s->roots.n; i++) used |= strcmp(s->roots.v[i], p->root) == 0;
        for (document *d = s->docs; d; d = d->hh.next) used |= program_at(s, d) == p;
        if (used) {
            at = &p->following;
            continue;
        }
        if (s->busy == p) stop(s);
        end_progress(s, p);
        *at = p->following;
        program_free(p);
    }
}

static void did_close(server *s, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    if (!d) return;
    json_decref(d->diagnostics);
    d->diagnostics = json_array();
    tell(s, d);
    forget(s, d);
    drop_unused(s);
}

static void folders_changed(server *s, const json_t *params) {
    const json_t *event = json_object_get(params, "event");
    json_t *e;
    size_t i;
    json_array_foreach(json_object_get(event, "removed"), i, e) {
        char *path = root_path(string_at(e, "uri", NULL));
        for (uint32_t k = 0; path && k < s->roots.n; k++)
            if (strcmp(s->roots.v[k], path) == 0) s->roots.v[k] = s->roots.v[--s->roots.n];
        free(path);
    }
    json_array_foreach(json_object_get(event, "added"), i, e) add_root(s, string_at(e, "uri", NULL));
    mark_all(s);
    for (document *d = s->docs; d; d = d->hh.next) program_at(s, d);
    drop_unused(s);
}

/* A source or a header that was written, and nothing that says how the program is read. */
static bool is_source(const json_t *change) {
    static const char *const suffixes[] = {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".inc", ".inl"};
    const char *uri = json_string_value(json_object_get(change, "uri")), *dot = uri ? strrchr(uri, '.') : NULL;
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcmp(dot, suffixes[i]) == 0) return true;
    return false;
}

static void files_written(server *s, const json_t *params) {
    json_t *change;
    size_t i;
    const json_t *changes = json_object_get(params, "changes");
    bool sources = json_array_size(changes) > 0;
    json_array_foreach(changes, i, change) sources &= is_source(change);
    for (program *p = s->programs; p; p = p->following) {
        if (!sources && s->busy == p) stop(s);
        if (sources)
            program_files_changed(p);
        else
            program_setup_changed(p);
        if (!sources) end_progress(s, p);
    }
    mark_all(s);
}

static void did_save(server *s, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    const char *name = d ? strrchr(d->path, '/') + 1 : "";
    if (strcmp(name, ".lifelint.yml") == 0)
        files_written(s, NULL);
    else if (d)
        program_files_changed(program_at(s, d));
}

static void stop_index(server *s, const json_t *params) {
    const char *token = json_string_value(json_object_get(params, "token"));
    for (program *p = s->programs; p && token; p = p->following) {
        char text[32];
        json_decref(server_token(p, text, sizeof text));
        if (!p->token || strcmp(text, token) != 0) continue;
        program_stop_index(p);
        end_progress(s, p);
    }
}

/* Its diagnostics are those of its text. */
static bool is_fresh(const server *s, const document *d) {
    return d->diagnostics && !d->stale && s->analysing != d;
}

static void pull(server *s, const json_t *id, const json_t *params) {
    document *d = find(s, string_at(params, "textDocument", "uri"));
    if (!d) {
        rpc_reply(s->out, id, json_pack("{sss[]}", "kind", "full", "items"));
    } else if (is_fresh(s, d)) {
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
        rpc_reply(
            s->out, id,
            diagnose_actions(diagnostics, is_fresh(s, d) ? d->diagnostics : NULL, uri, ll_sb_str(&d->text), d->text.n));
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
        did_save(s, params);
    } else if (strcmp(method, "workspace/didChangeWatchedFiles") == 0 ||
               strcmp(method, "workspace/didChangeConfiguration") == 0) {
        files_written(s, params);
    } else if (strcmp(method, "window/workDoneProgress/cancel") == 0) {
        stop_index(s, params);
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

enum { MAX_FDS = 2 + 64 * PROGRAM_FDS };

/* Of as many programs as there is room for; nobody has that many folders open. */
static nfds_t list_fds(server *s, int in, struct pollfd *fds) {
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = in, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = s->report, .events = POLLIN};
    for (program *p = s->programs; p && n + PROGRAM_FDS <= MAX_FDS; p = p->following) {
        int v[PROGRAM_FDS];
        program_fds(p, v);
        for (int i = 0; i < PROGRAM_FDS; i++) fds[n++] = (struct pollfd){.fd = v[i], .events = POLLIN};
    }
    return n;
}

static int wait_of(server *s) {
    int wait = pause_of(s);
    for (program *p = s->programs; p; p = p->following) {
        int k = program_step(p, s->service);
        if (k >= 0 && (wait < 0 || k < wait)) wait = k;
    }
    return wait;
}

static void read_programs(server *s, const struct pollfd *fds, nfds_t n) {
    const program_watch w = {s, program_opened, program_failed, program_indexing, program_indexed};
    nfds_t at = 2;
    for (program *p = s->programs; p && at < n; p = p->following, at += PROGRAM_FDS) {
        bool readable[PROGRAM_FDS];
        for (int i = 0; i < PROGRAM_FDS; i++) readable[i] = fds[at + (nfds_t)i].revents != 0;
        program_read(p, readable, &w);
    }
}

static void serve(server *s, int in) {
    ll_strbuf buffer = {0};
    while (!s->done) {
        struct pollfd fds[MAX_FDS];
        int wait = wait_of(s);
        nfds_t n = list_fds(s, in, fds);
        if (poll(fds, n, wait) < 0) {
            if (errno != EINTR) break;
            continue;
        }
        if (fds[1].revents) read_report(s);
        read_programs(s, fds, n);
        if (fds[0].revents) read_client_bytes(s, in, &buffer);
        if (!s->done && pause_of(s) == 0) begin(s, next_stale(s));
    }
    ll_sb_free(&buffer);
}

bool lsp_serve(const lsp_service *service, int in, int out) {
    server s = {.service = service, .out = out, .report = -1, .a = ll_arena_new("lsp")};
    signal(SIGPIPE, SIG_IGN);
    serve(&s, in);
    stop(&s);
    for (program *p; (p = s.programs);) {
        s.programs = p->following;
        program_free(p);
    }
    while (s.docs) forget(&s, s.docs);
    ll_sb_free(&s.disk);
    ll_sb_free(&s.got);
    free(s.disk_path);
    ll_arena_free(s.a);
    return s.ok;
}
