#include "finding/suppress_outside.h"

#include <string.h>

static bool names_rule(const char *rule, const finding *f) {
    return strcmp(rule, "all") == 0 || (f->rule_id && strcmp(rule, f->rule_id) == 0) ||
           (f->family_id && strcmp(rule, f->family_id) == 0);
}

static bool names(const suppress_entry *e, const finding *f, suppress_path_fn in_path) {
    if (e->fingerprint && (!f->fingerprint || strcmp(e->fingerprint, f->fingerprint) != 0)) return false;
    if (e->rule && !names_rule(e->rule, f)) return false;
    return !e->path || (f->loc.file && in_path(e->path, f->loc.file));
}

/* Its own words for the entry: what it names. */
static const char *entry_name(ll_arena *a, const suppress_entry *e) {
    if (e->fingerprint) return ll_printf(a, "finding %.12s", e->fingerprint);
    if (e->rule && e->path) return ll_printf(a, "%s in %s", e->rule, e->path);
    return e->rule ? e->rule : e->path;
}

static finding about(ll_arena *a, const suppress_entry *e, const char *rule, finding_severity severity) {
    return (finding){.rule_id = rule,
                     .family_id = "lifelint-suppression",
                     .severity = severity,
                     .confidence = CONFIDENCE_HIGH,
                     .category = CAT_LIFECYCLE,
                     .resource = "suppression",
                     .loc = {.file = e->file, .line = e->line, .col = e->col},
                     .role_acquire = "entry",
                     .role_exit = "suppression",
                     .role_place = ll_strdup(a, entry_name(a, e))};
}

static void report(ll_arena *a, const suppress_entry *e, const suppress_options *opt, finding_list *l) {
    finding f;
    if (e->expired) {
        f = about(a, e, "lifelint-suppression-expired", FINDING_WARNING);
        f.message = ll_printf(a, "the suppression of %s expired on %s", entry_name(a, e), e->until);
        f.fix = "fix the finding, or set a new date with a fresh reason";
        f.why = "The date was a promise to come back to this code.";
    } else if (!e->used && opt->report_unused) {
        f = about(a, e, "lifelint-suppression-unused", FINDING_NOTE);
        f.message = ll_printf(a, "the suppression of %s matches no finding", entry_name(a, e));
        f.fix = "remove the entry";
        f.why = "A suppression without its finding would silently hide the next one it names.";
    } else {
        return;
    }
    LL_PUSH(a, &l->items, f);
}

void suppress_outside(ll_arena *a, suppress_entries *entries, suppress_path_fn in_path, const suppress_options *opt,
                      finding_list *l) {
    uint32_t findings = l->items.n;
    for (uint32_t i = 0; i < entries->items.n; i++) {
        suppress_entry *e = &entries->items.v[i];
        e->used = 0;
        e->expired = e->until && opt->today && strcmp(e->until, opt->today) < 0;
        for (uint32_t k = 0; k < findings && !e->expired; k++) {
            finding *f = &l->items.v[k];
            if (!names(e, f, in_path)) continue;
            e->used++;
            if (f->suppressed) continue;
            f->suppressed = true;
            f->suppress_origin = SUPPRESSED_OUTSIDE;
            f->suppress_reason = e->reason;
        }
    }
    for (uint32_t i = 0; i < entries->items.n; i++) report(a, &entries->items.v[i], opt, l);
}
