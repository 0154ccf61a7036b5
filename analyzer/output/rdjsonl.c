/* reviewdog's rdjsonl: one Diagnostic of its rdf.proto a line. Positions are 1-based and count bytes, as ours do; an
 * end is exclusive. A suppressed finding is none. The steps are related locations; edits are suggestions, which a
 * review shows as a change to accept, so only those of the finding's own file are given. */
#include <string.h>

#include "finding/finding_json.h"
#include "output/snippet.h"
#include "output/writers.h"

static const char *const severities[] = {
    [FINDING_NOTE] = "INFO", [FINDING_WARNING] = "WARNING", [FINDING_ERROR] = "ERROR"};

static json_t *position(int32_t line, int32_t col) {
    json_t *o = json_pack("{si}", "line", (int)line);
    if (col > 0) json_object_set_new(o, "column", json_integer(col));
    return o;
}

static json_t *range(int32_t line, int32_t col, int32_t end_line, int32_t end_col) {
    json_t *o = json_pack("{so}", "start", position(line, col));
    if (end_col > 0) json_object_set_new(o, "end", position(end_line, end_col));
    return o;
}

static json_t *location(const finding_loc *l) {
    json_t *o = json_pack("{so}", "path", finding_json_text(l->file ? l->file : ""));
    if (l->line > 0) json_object_set_new(o, "range", range(l->line, l->col, l->line, l->end_col));
    return o;
}

static json_t *steps(const finding *f) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        json_array_append_new(all, json_pack("{soso}", "message", finding_json_text(s->text ? s->text : ""), "location",
                                             location(&s->loc)));
    }
    return all;
}

static json_t *suggestions(const finding *f) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < f->nedits; i++) {
        const finding_edit *e = &f->edits[i];
        if (!f->loc.file || strcmp(e->file, f->loc.file) != 0) continue;
        json_array_append_new(all, json_pack("{soso}", "range", range(e->line, e->col, e->end_line, e->end_col), "text",
                                             finding_json_text(e->text)));
    }
    return all;
}

/* What reviewdog prints at a terminal. */
static const char *one_line(const finding *f, ll_strbuf *b) {
    ll_sb_clear(b);
    snippet_escape(b, f->loc.file);
    ll_sb_printf(b, ":%d:%d: %s: ", f->loc.line, f->loc.col, finding_severity_name(f->severity));
    snippet_escape(b, f->message);
    ll_sb_add(b, " [");
    snippet_escape(b, f->rule_id);
    ll_sb_addc(b, ']');
    return ll_sb_str(b);
}

static json_t *diagnostic(const finding *f) {
    ll_strbuf text = {0};
    report_message(f, &text);
    json_t *code = json_pack("{so}", "value", finding_json_text(f->rule_id ? f->rule_id : ""));
    if (f->link) json_object_set_new(code, "url", finding_json_text(f->link));
    json_t *o = json_pack("{soso}", "message", finding_json_text(ll_sb_str(&text)), "location", location(&f->loc));
    json_object_set_new(o, "severity", json_string(severities[f->severity]));
    json_object_set_new(o, "source", json_pack("{ss}", "name", "lifelint"));
    json_object_set_new(o, "code", code);
    json_object_set_new(o, "original_output", finding_json_text(one_line(f, &text)));
    if (f->nsteps) json_object_set_new(o, "related_locations", steps(f));
    if (f->nedits) json_object_set_new(o, "suggestions", suggestions(f));
    ll_sb_free(&text);
    return o;
}

void rdjsonl_write(const report *r) {
    for (uint32_t i = 0; i < r->list->items.n; i++) {
        if (!report_shows(r, i)) continue;
        report_dump(r, diagnostic(&r->list->items.v[i]), 0);
        fputc('\n', r->f);
    }
}
