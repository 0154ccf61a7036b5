#include "lsp/diagnose.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sys.h"

enum { SEVERITY_ERROR = 1, SEVERITY_WARNING = 2, SEVERITY_INFORMATION = 3 };

/* ---- uris ---- */

char *uri_to_path(const char *uri) {
    static const char scheme[] = "file://";
    ll_strbuf b = {0};
    if (!uri || strncmp(uri, scheme, sizeof scheme - 1) != 0) return NULL;
    const char *p = strchr(uri + sizeof scheme - 1, '/');
    for (; p && *p; p++) {
        char hex[3] = {0};
        if (*p == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
            memcpy(hex, p + 1, 2);
            ll_sb_addc(&b, (char)strtol(hex, NULL, 16));
            p += 2;
        } else {
            ll_sb_addc(&b, *p);
        }
    }
    return b.s;
}

char *uri_of_path(const char *path) {
    ll_strbuf b = {0};
    ll_sb_add(&b, "file://");
    for (const char *p = path; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("/-._~", *p))
            ll_sb_addc(&b, *p);
        else
            ll_sb_printf(&b, "%%%02X", (unsigned char)*p);
    }
    return b.s;
}

/* ---- diagnostics ---- */

typedef struct making {
    const char *root;
    const client *client;
    const text_source *texts;
    ll_arena *a;
} making;

static const char *text_of(const json_t *o, const char *key) {
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int32_t number_of(const json_t *o, const char *key) {
    return (int32_t)json_integer_value(json_object_get(o, key));
}

static const char *path_of(const making *m, const json_t *location) {
    return ll_path_abs(m->a, m->root, text_of(location, "file"));
}

/* To the end of what was marked, or of the word, or of the line: a range of no width is invisible in some editors. */
static int32_t end_column(const char *line, size_t n, int32_t column, int32_t given) {
    if (given > column) return given;
    size_t at = column > 0 ? (size_t)column - 1 : 0;
    while (at < n && (isalnum((unsigned char)line[at]) || line[at] == '_')) at++;
    if (at + 1 <= (size_t)column) at = n;
    return (int32_t)at + 1;
}

static json_t *range_of(const making *m, const json_t *location) {
    const char *text = "", *line = "";
    size_t n = 0, len = 0;
    int32_t at = number_of(location, "line"), from = number_of(location, "column");
    bool known = m->texts->text(m->texts->ctx, path_of(m, location), &text, &n) && text_line(text, n, at, &line, &len);
    int32_t to = known ? end_column(line, len, from, number_of(location, "end_column")) : from;
    uint32_t first = known ? text_column(text, n, m->client->units, at, from) : (uint32_t)(from > 0 ? from - 1 : 0);
    uint32_t last = known ? text_column(text, n, m->client->units, at, to) : first;
    int32_t row = at > 0 ? at - 1 : 0;
    return json_pack("{s{sisI}s{sisI}}", "start", "line", (int)row, "character", (json_int_t)first, "end", "line",
                     (int)row, "character", (json_int_t)last);
}

static json_t *related(const making *m, const json_t *finding) {
    json_t *out = json_array(), *step;
    size_t i;
    json_array_foreach(json_object_get(finding, "path"), i, step) {
        const json_t *where = json_object_get(step, "location");
        char *uri = uri_of_path(path_of(m, where));
        json_array_append_new(out, json_pack("{s{ssso}ss}", "location", "uri", uri, "range", range_of(m, where),
                                             "message", text_of(step, "text")));
        free(uri);
    }
    return out;
}

static void add_steps(const json_t *finding, ll_strbuf *out) {
    json_t *step;
    size_t i;
    json_array_foreach(json_object_get(finding, "path"), i, step) {
        const json_t *where = json_object_get(step, "location");
        ll_sb_printf(out, "\n%zu. %s:%d: %s", i + 1, text_of(where, "file"), number_of(where, "line"),
                     text_of(step, "text"));
    }
}

static int severity_of(const json_t *finding) {
    const char *s = text_of(finding, "severity");
    return strcmp(s, "error") == 0     ? SEVERITY_ERROR
           : strcmp(s, "warning") == 0 ? SEVERITY_WARNING
                                       : SEVERITY_INFORMATION;
}

static json_t *position_of(const making *m, const char *path, int32_t line, int32_t column) {
    const char *text = "";
    size_t n = 0;
    bool known = m->texts->text(m->texts->ctx, path, &text, &n);
    uint32_t at =
        known ? text_column(text, n, m->client->units, line, column) : (uint32_t)(column > 0 ? column - 1 : 0);
    return json_pack("{sisI}", "line", (int)(line > 0 ? line - 1 : 0), "character", (json_int_t)at);
}

/* The edits that mend it, by document. */
static json_t *changes_of(const making *m, const json_t *finding) {
    json_t *changes = json_object(), *e;
    size_t i;
    json_array_foreach(json_object_get(finding, "edits"), i, e) {
        const char *path = path_of(m, e);
        char *uri = uri_of_path(path);
        if (!json_object_get(changes, uri)) json_object_set_new(changes, uri, json_array());
        json_array_append_new(json_object_get(changes, uri),
                              json_pack("{s{soso}ss}", "range", "start",
                                        position_of(m, path, number_of(e, "line"), number_of(e, "column")), "end",
                                        position_of(m, path, number_of(e, "end_line"), number_of(e, "end_column")),
                                        "newText", text_of(e, "text")));
        free(uri);
    }
    return changes;
}

static json_t *data_of(const making *m, const json_t *finding) {
    json_t *data = json_pack("{ss}", "fingerprint", text_of(finding, "fingerprint"));
    if (json_array_size(json_object_get(finding, "edits")))
        json_object_set_new(data, "fix",
                            json_pack("{ssso}", "title", text_of(finding, "fix"), "changes", changes_of(m, finding)));
    return data;
}

static json_t *diagnostic(const making *m, const json_t *finding) {
    ll_strbuf message = {0};
    ll_sb_add(&message, text_of(finding, "message"));
    if (*text_of(finding, "fix")) ll_sb_printf(&message, "\nfix: %s", text_of(finding, "fix"));
    if (!m->client->related) add_steps(finding, &message);
    json_t *d = json_pack("{sosissssss}", "range", range_of(m, json_object_get(finding, "location")), "severity",
                          severity_of(finding), "code", text_of(finding, "rule"), "source", "lifelint", "message",
                          ll_sb_str(&message));
    if (m->client->related) json_object_set_new(d, "relatedInformation", related(m, finding));
    if (m->client->describe && *text_of(finding, "link"))
        json_object_set_new(d, "codeDescription", json_pack("{ss}", "href", text_of(finding, "link")));
    json_object_set_new(d, "data", data_of(m, finding));
    ll_sb_free(&message);
    return d;
}

json_t *diagnose(const json_t *report, const char *root, const char *path, const client *c, const text_source *texts) {
    making m = {.root = root, .client = c, .texts = texts, .a = ll_arena_new("diagnostics")};
    json_t *out = json_array(), *finding;
    size_t i;
    json_array_foreach(json_object_get(report, "findings"), i, finding) {
        const char *file = path_of(&m, json_object_get(finding, "location"));
        if (json_is_true(json_object_get(finding, "suppressed")) || strcmp(file, path) != 0) continue;
        json_array_append_new(out, diagnostic(&m, finding));
    }
    ll_arena_free(m.a);
    return out;
}

/* ---- actions ---- */

static json_t *suppress_edit(const char *rule, int32_t row, const char *text, size_t n) {
    const char *line = "";
    size_t len = 0, indent = 0;
    ll_strbuf b = {0};
    text_line(text, n, row + 1, &line, &len);
    while (indent < len && (line[indent] == ' ' || line[indent] == '\t')) indent++;
    ll_sb_addn(&b, line, indent);
    ll_sb_printf(&b, "// lifelint:ignore %s: reason\n", rule);
    json_t *edit = json_pack("{s{s{sisi}s{sisi}}ss}", "range", "start", "line", (int)row, "character", 0, "end", "line",
                             (int)row, "character", 0, "newText", ll_sb_str(&b));
    ll_sb_free(&b);
    return edit;
}

/* Not every client gives back what was in `data`. */
static const json_t *fix_of(const json_t *known, const json_t *d) {
    const json_t *k;
    size_t i;
    json_array_foreach(known, i, k) {
        if (json_equal(json_object_get(k, "range"), json_object_get(d, "range")) &&
            strcmp(text_of(k, "code"), text_of(d, "code")) == 0 &&
            strcmp(text_of(k, "message"), text_of(d, "message")) == 0)
            return json_object_get(json_object_get(k, "data"), "fix");
    }
    return NULL;
}

static json_t *action(const char *title, json_t *d, json_t *changes, bool preferred) {
    return json_pack("{sssss[O]s{so}sb}", "title", title, "kind", "quickfix", "diagnostics", d, "edit", "changes",
                     changes, "isPreferred", preferred);
}

static void add_mend(json_t *out, const json_t *known, json_t *d) {
    const json_t *fix = fix_of(known, d);
    if (!fix) return;
    ll_strbuf title = {0};
    ll_sb_printf(&title, "Mend: %s", text_of(fix, "title"));
    json_array_append_new(out, action(title.s, d, json_incref(json_object_get(fix, "changes")), true));
    ll_sb_free(&title);
}

/* What is said about a suppression is not accepted by another one. */
static void add_accept(json_t *out, json_t *d, const char *uri, const char *text, size_t n) {
    const char *rule = text_of(d, "code");
    if (strncmp(rule, "lifelint-", 9) == 0) return;
    ll_strbuf title = {0};
    int32_t row = number_of(json_object_get(json_object_get(d, "range"), "start"), "line");
    ll_sb_printf(&title, "Accept this finding of %s with a comment", rule);
    json_array_append_new(out, action(title.s, d, json_pack("{s[o]}", uri, suppress_edit(rule, row, text, n)), false));
    ll_sb_free(&title);
}

json_t *diagnose_actions(const json_t *diagnostics, const json_t *known, const char *uri, const char *text, size_t n) {
    json_t *out = json_array(), *d;
    size_t i;
    json_array_foreach(diagnostics, i, d) {
        if (strcmp(text_of(d, "source"), "lifelint") != 0 || !*text_of(d, "code")) continue;
        add_mend(out, known, d);
        add_accept(out, d, uri, text, n);
    }
    return out;
}
