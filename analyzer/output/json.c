/* `--format json`, described by findings.schema.json: one object, one finding a line. */
#include "finding/finding_json.h"
#include "output/writers.h"

static json_t *failures_to_json(const output_run *run) {
    json_t *out = json_array();
    for (uint32_t i = 0; i < run->nfailures; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "file", finding_json_text(run->failures[i].file));
        json_object_set_new(o, "message", finding_json_text(run->failures[i].message));
        json_object_set_new(o, "partial", json_boolean(run->failures[i].partial));
        json_array_append_new(out, o);
    }
    return out;
}

static json_t *head(const report *r) {
    const output_run *run = r->run;
    json_t *o = json_object(), *tool = json_object();
    json_object_set_new(tool, "name", json_string("lifelint"));
    json_object_set_new(tool, "version", finding_json_text(report_version(r)));
    json_object_set_new(o, "version", json_integer(FINDING_JSON_VERSION));
    json_object_set_new(o, "tool", tool);
    if (run->root) json_object_set_new(o, "root", finding_json_text(run->root));
    if (run->commit) json_object_set_new(o, "commit", finding_json_text(run->commit));
    json_object_set_new(o, "units", json_integer(run->units));
    json_object_set_new(o, "failures", failures_to_json(run));
    json_object_set_new(o, "complete", json_boolean(!run->incomplete));
    if (run->is_new) json_object_set_new(o, "gone", json_integer(run->n_gone));
    return o;
}

void json_write(const report *r) {
    report_dump(r, head(r), 1);
    fputs(",\"findings\":[", r->f);
    for (uint32_t i = 0; i < r->list->items.n; i++) {
        const finding *f = &r->list->items.v[i];
        fputs(i ? ",\n" : "\n", r->f);
        json_t *o = finding_to_json(f);
        if (r->run->is_new && !f->suppressed) json_object_set_new(o, "state", json_string(report_state(r, i)));
        report_dump(r, o, 0);
    }
    fputs("\n]", r->f);
    const finding_list *gone = r->opt->absent ? r->run->gone : NULL;
    for (uint32_t i = 0; gone && i < gone->items.n; i++) {
        fputs(i ? ",\n" : ",\"fixed\":[\n", r->f);
        report_dump(r, finding_to_json(&gone->items.v[i]), 0);
    }
    fputs(gone && gone->items.n ? "\n]}\n" : "}\n", r->f);
}
