/* SARIF 2.1.0: what GitHub code scanning reads, plus what other readers can use.
 *
 * GitHub takes the first location only, wants all four corners of its region, builds the alert's
 * title from the first sentence of the message, follows alerts by primaryLocationLineHash, and treats a
 * rule as a security rule by its tag `security`. Our own fingerprint goes beside theirs under a key of
 * its own. Results are written one by one: a large run is never held as one JSON tree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "finding/finding_json.h"
#include "finding/utf8.h"
#include "output/linehash.h"
#include "output/sarif_rules.h"
#include "output/writers.h"

#define SCHEMA_URI "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define ROOT_ID "SRCROOT"

static json_t *text_object(const char *s) {
    return json_pack("{so}", "text", finding_json_text(s ? s : ""));
}

/* Every byte outside the unreserved set is encoded, so that any file name gives a valid URI. */
static void add_uri_path(ll_strbuf *b, const char *path) {
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c);
        if (plain) {
            ll_sb_addc(b, (char)c);
        } else {
            ll_sb_printf(b, "%%%02X", c);
        }
    }
}

static json_t *artifact_location(const char *file) {
    bool absolute = file[0] == '/';
    ll_strbuf b = {0};
    if (absolute) ll_sb_add(&b, "file://");
    add_uri_path(&b, file);
    json_t *o = json_pack("{ss}", "uri", ll_sb_str(&b));
    if (!absolute) json_object_set_new(o, "uriBaseId", json_string(ROOT_ID));
    ll_sb_free(&b);
    return o;
}

/* Columns of findings count bytes, those of SARIF UTF-16 code units. */
static json_int_t utf16_column(const char *line, size_t n, int32_t byte_col) {
    json_int_t col = 1;
    size_t end = byte_col > 1 ? (size_t)byte_col - 1 : 0;
    if (end > n) end = n;
    for (size_t i = 0; i < end;) {
        uint32_t cp;
        i += utf8_decode(line + i, n - i, &cp);
        col += cp != UTF8_BAD && cp > 0xFFFF ? 2 : 1;
    }
    return col;
}

static json_t *region(const report *r, const finding_loc *l) {
    const char *line;
    size_t n;
    json_int_t start = l->col > 0 ? l->col : 1, end = l->end_col > l->col ? l->end_col : start + 1;
    if (source_line(source_cache_get(r->sources, l->file), l->line, &line, &n)) {
        int32_t last = l->end_col > l->col ? l->end_col
                       : l->col > 0        ? l->col + 1
                                           : (int32_t)(n > INT32_MAX - 1 ? 1 : n + 1);
        start = utf16_column(line, n, l->col);
        end = utf16_column(line, n, last);
        if (end <= start) end = start + 1;
    }
    return json_pack("{sisIsisI}", "startLine", (int)l->line, "startColumn", start, "endLine", (int)l->line,
                     "endColumn", end);
}

static json_t *physical_location(const report *r, const finding_loc *l) {
    json_t *o = json_pack("{so}", "artifactLocation", artifact_location(l->file ? l->file : ""));
    if (l->line > 0) json_object_set_new(o, "region", region(r, l));
    return o;
}

static json_t *location(const report *r, const finding_loc *l, const char *function, const char *message) {
    json_t *o = json_pack("{so}", "physicalLocation", physical_location(r, l));
    if (function)
        json_object_set_new(
            o, "logicalLocations",
            json_pack("[{soss}]", "fullyQualifiedName", finding_json_text(function), "kind", "function"));
    if (message) json_object_set_new(o, "message", text_object(message));
    return o;
}

static const char *importance(step_kind k) {
    switch (k) {
        case STEP_ACQUIRE:
        case STEP_RELEASE:
        case STEP_USE:
        case STEP_LOST:
            return "essential";
        case STEP_NOTE:
            return "unimportant";
        default:
            return "important";
    }
}

static json_t *code_flows(const report *r, const finding *f) {
    json_t *steps = json_array();
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        json_t *o = json_pack("{soss}", "location", location(r, &s->loc, s->function, s->text ? s->text : ""),
                              "importance", importance(s->kind));
        json_object_set_new(o, "nestingLevel", json_integer(s->depth));
        json_object_set_new(o, "executionOrder", json_integer((json_int_t)i + 1));
        json_object_set_new(o, "kinds", json_pack("[s]", finding_step_name(s->kind)));
        json_array_append_new(steps, o);
    }
    return json_pack("[{s[{so}]}]", "threadFlows", "locations", steps);
}

static const char *line_hash(const report *r, const finding_loc *l) {
    source_file *f = source_cache_get(r->sources, l->file);
    if (!f->text || l->line < 1 || l->line > f->nlines) return NULL;
    if (!f->line_hash &&
        linehash_all(source_cache_arena(r->sources), f->text, f->n, &f->line_hash) < (size_t)f->nlines) {
        /* Lone CRs make more lines of theirs than of ours, never fewer. */
        return NULL;
    }
    return f->line_hash[l->line];
}

static json_t *fingerprints(const report *r, const finding *f, bool absent) {
    json_t *o = json_object();
    const char *hash = absent ? NULL : line_hash(r, &f->loc);
    if (hash) json_object_set_new(o, "primaryLocationLineHash", json_string(hash));
    if (f->fingerprint) json_object_set_new(o, "lifecycleFinding/v1", finding_json_text(f->fingerprint));
    return o;
}

static json_t *message(const finding *f) {
    ll_strbuf b = {0};
    report_message(f, &b);
    json_t *o = text_object(ll_sb_str(&b));
    ll_sb_free(&b);
    return o;
}

static json_int_t edit_column(const report *r, const char *file, int32_t line, int32_t col) {
    const char *s;
    size_t n;
    return source_line(source_cache_get(r->sources, file), line, &s, &n) ? utf16_column(s, n, col) : col;
}

static json_t *replacement(const report *r, const finding_edit *e) {
    json_t *deleted =
        json_pack("{sisIsisI}", "startLine", (int)e->line, "startColumn", edit_column(r, e->file, e->line, e->col),
                  "endLine", (int)e->end_line, "endColumn", edit_column(r, e->file, e->end_line, e->end_col));
    return json_pack("{soso}", "deletedRegion", deleted, "insertedContent", text_object(e->text));
}

/* One fix: the edits of one file are one change, in the order of the finding. */
static json_t *fixes(const report *r, const finding *f) {
    json_t *changes = json_array();
    for (uint32_t i = 0; i < f->nedits; i++) {
        const finding_edit *e = &f->edits[i];
        bool same = i && strcmp(e->file, f->edits[i - 1].file) == 0;
        if (!same)
            json_array_append_new(changes,
                                  json_pack("{sos[]}", "artifactLocation", artifact_location(e->file), "replacements"));
        json_t *change = json_array_get(changes, json_array_size(changes) - 1);
        json_array_append_new(json_object_get(change, "replacements"), replacement(r, e));
    }
    return json_pack("[{soso}]", "description", text_object(f->fix ? f->fix : "the edit that mends it"),
                     "artifactChanges", changes);
}

static json_t *properties(const finding *f) {
    json_t *o = json_pack("{ssss}", "category", finding_category_name(f->category), "confidence",
                          finding_confidence_name(f->confidence));
    if (f->family_id) json_object_set_new(o, "family", finding_json_text(f->family_id));
    if (f->resource) json_object_set_new(o, "resource", finding_json_text(f->resource));
    if (f->fix) json_object_set_new(o, "fix", finding_json_text(f->fix));
    return o;
}

static json_t *suppressions(const finding *f) {
    json_t *list = json_array();
    if (!f->suppressed) return list;
    json_t *o = json_pack("{ssss}", "kind", f->suppress_origin == SUPPRESSED_IN_SOURCE ? "inSource" : "external",
                          "status", "accepted");
    if (f->suppress_reason) json_object_set_new(o, "justification", finding_json_text(f->suppress_reason));
    json_array_append_new(list, o);
    return list;
}

/* `state`: of the baseline, or NULL. What is absent has no line in today's text that could be hashed. */
static json_t *result(const report *r, const sarif_rules *rules, const finding *f, const char *state,
                      bool with_suppressions) {
    bool absent = state && strcmp(state, "absent") == 0;
    json_t *o = json_object();
    json_object_set_new(o, "ruleId", finding_json_text(f->rule_id ? f->rule_id : ""));
    json_object_set_new(o, "ruleIndex", json_integer(sarif_rules_index(rules, f->rule_id)));
    json_object_set_new(o, "level", json_string(finding_severity_name(f->severity)));
    if (state) json_object_set_new(o, "baselineState", json_string(state));
    json_object_set_new(o, "message", message(f));
    json_object_set_new(o, "locations", json_pack("[o]", location(r, &f->loc, f->function, NULL)));
    if (f->nsteps) json_object_set_new(o, "codeFlows", code_flows(r, f));
    json_object_set_new(o, "partialFingerprints", fingerprints(r, f, absent));
    if (with_suppressions) json_object_set_new(o, "suppressions", suppressions(f));
    if (f->nedits && !absent) json_object_set_new(o, "fixes", fixes(r, f));
    json_object_set_new(o, "properties", properties(f));
    return o;
}

static json_t *invocation(const output_run *run) {
    json_t *notes = json_array();
    for (uint32_t i = 0; i < run->nfailures; i++) {
        const output_failure *u = &run->failures[i];
        json_t *place =
            json_pack("{s{so}}", "physicalLocation", "artifactLocation", artifact_location(u->file ? u->file : ""));
        json_array_append_new(
            notes, json_pack("{s{ss}sss[o]so}", "descriptor", "id",
                             u->partial ? "unit-partly-analysed" : "unit-not-analysed", "level",
                             u->partial ? "warning" : "error", "locations", place, "message", text_object(u->message)));
    }
    return json_pack("{sbsiso}", "executionSuccessful", !run->incomplete, "exitCode", run->exit_code,
                     "toolExecutionNotifications", notes);
}

static json_t *base_ids(const output_run *run) {
    json_t *root = json_object();
    if (run->root) {
        ll_strbuf b = {0};
        ll_sb_add(&b, "file://");
        add_uri_path(&b, run->root);
        if (b.s[b.n - 1] != '/') ll_sb_addc(&b, '/');
        json_object_set_new(root, "uri", json_string(ll_sb_str(&b)));
        ll_sb_free(&b);
    }
    json_object_set_new(root, "description", text_object("The root of the analysed source tree."));
    return json_pack("{so}", ROOT_ID, root);
}

/* A name of the run over one state that is the same wherever and whenever it is made (RFC 9562, version 5's layout), so
 * that a run over the base bears the name that a comparison with it gives as its baseline. */
static json_t *guid_of(const output_run *run, const char *state) {
    ll_strbuf b = {0};
    char text[40];
    ll_sb_printf(&b, "lifelint run\n%s\n%s", run->category ? run->category : "lifelint", state);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    snprintf(text, sizeof text, "%08x-%04x-5%03x-%04x-%012llx", (unsigned)(h.hi >> 32), (unsigned)(h.hi >> 16) & 0xFFFF,
             (unsigned)h.hi & 0xFFF, (unsigned)(h.lo >> 48 & 0x3FFF) | 0x8000,
             (unsigned long long)h.lo & 0xFFFFFFFFFFFFull);
    return json_string(text);
}

/* Everything of the run but its results. */
static json_t *run_head(const report *r, const sarif_rules *rules) {
    const output_run *run = r->run;
    json_t *driver = json_pack("{ss}", "name", "lifelint");
    json_object_set_new(driver, "version", finding_json_text(report_version(r)));
    json_object_set_new(driver, "rules", sarif_rules_to_json(rules));
    ll_strbuf id = {0};
    ll_sb_printf(&id, "%s/", run->category ? run->category : "lifelint");
    json_t *o = json_pack("{s{so}}", "tool", "driver", driver);
    json_object_set_new(o, "automationDetails", json_pack("{so}", "id", finding_json_text(ll_sb_str(&id))));
    if (run->commit) json_object_set_new(json_object_get(o, "automationDetails"), "guid", guid_of(run, run->commit));
    if (run->base && run->is_new) json_object_set_new(o, "baselineGuid", guid_of(run, run->base));
    json_object_set_new(o, "columnKind", json_string("utf16CodeUnits"));
    json_object_set_new(o, "originalUriBaseIds", base_ids(run));
    json_object_set_new(o, "invocations", json_pack("[o]", invocation(run)));
    if (run->commit) json_object_set_new(o, "properties", json_pack("{so}", "commit", finding_json_text(run->commit)));
    ll_sb_free(&id);
    return o;
}

/* On every result or on none; a suppressed one is never new. */
static const char *state_of(const report *r, uint32_t i) {
    if (!r->run->is_new) return NULL;
    return r->run->is_new[i] ? "new" : "unchanged";
}

/* The standard wants `suppressions` on every result or on none. */
static bool any_suppressed(const finding_list *l) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (l->items.v[i].suppressed) return true;
    return false;
}

void sarif_write(const report *r) {
    const finding_list *l = r->list, *gone = r->opt->absent ? r->run->gone : NULL;
    sarif_rules *rules = sarif_rules_new(l, gone);
    bool with_suppressions = any_suppressed(l), first = true;
    report_dump(r, json_pack("{ssss}", "version", "2.1.0", "$schema", SCHEMA_URI), 1);
    fputs(",\"runs\":[", r->f);
    report_dump(r, run_head(r, rules), 1);
    fputs(",\"results\":[", r->f);
    for (uint32_t i = 0; i < l->items.n; i++, first = false) {
        fputs(first ? "\n" : ",\n", r->f);
        report_dump(r, result(r, rules, &l->items.v[i], state_of(r, i), with_suppressions), 0);
    }
    for (uint32_t i = 0; gone && i < gone->items.n; i++, first = false) {
        fputs(first ? "\n" : ",\n", r->f);
        report_dump(r, result(r, rules, &gone->items.v[i], "absent", with_suppressions), 0);
    }
    fputs("\n]}]}\n", r->f);
    sarif_rules_free(rules);
}
