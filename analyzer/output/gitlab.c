/* GitLab's Code Quality report: an array of the part of Code Climate issues that GitLab reads. Entries with one
 * fingerprint collapse there, so the second finding of a fingerprint gets a suffix. A suppressed finding is none. */
#include <stdlib.h>

#include "finding/finding_json.h"
#include "output/writers.h"

static const char *severity(const finding *f) {
    if (f->severity == FINDING_NOTE) return "info";
    if (f->severity == FINDING_WARNING) return f->confidence == CONFIDENCE_LOW ? "minor" : "major";
    return f->security_severity >= 9 ? "blocker" : "critical";
}

static json_t *issue(const finding *f, uint32_t ordinal) {
    ll_strbuf b = {0};
    report_message(f, &b);
    json_t *o = json_pack("{so}", "description", finding_json_text(ll_sb_str(&b)));
    json_object_set_new(o, "check_name", finding_json_text(f->rule_id ? f->rule_id : ""));
    ll_sb_clear(&b);
    ll_sb_add(&b, f->fingerprint ? f->fingerprint : "");
    if (ordinal) ll_sb_printf(&b, "-%u", ordinal + 1);
    json_object_set_new(o, "fingerprint", finding_json_text(ll_sb_str(&b)));
    json_object_set_new(o, "severity", json_string(severity(f)));
    json_object_set_new(o, "location",
                        json_pack("{sos{si}}", "path", finding_json_text(f->loc.file ? f->loc.file : ""), "lines",
                                  "begin", f->loc.line > 0 ? (int)f->loc.line : 1));
    ll_sb_free(&b);
    return o;
}

void gitlab_write(const report *r) {
    uint32_t *ordinal = report_ordinals(r->list);
    bool first = true;
    fputc('[', r->f);
    for (uint32_t i = 0; i < r->list->items.n; i++) {
        if (r->list->items.v[i].suppressed) continue;
        fputs(first ? "\n" : ",\n", r->f);
        report_dump(r, issue(&r->list->items.v[i], ordinal[i]), 0);
        first = false;
    }
    fputs("\n]\n", r->f);
    free(ordinal);
}
