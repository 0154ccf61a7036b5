#include "output/sarif_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "finding/finding_json.h"

#define TEXT_LIMIT ((size_t)1024) /* GitHub's for descriptions */

/* What the findings of one rule agree on, or the strongest of it. */
struct rule_entry {
    const char *id, *why, *fix, *link;
    bool fixes_differ;
    finding_category category;
    finding_severity severity;
    finding_confidence confidence;
    uint32_t cwe;
    double security_severity;
};

struct sarif_rules {
    struct rule_entry *v;
    uint32_t n;
};

static const char *id_of(const finding *f) {
    return f->rule_id ? f->rule_id : "";
}

struct ordered {
    const finding *f;
    uint32_t at;
};

static int by_rule(const void *pa, const void *pb) {
    const struct ordered *a = pa, *b = pb;
    int c = strcmp(id_of(a->f), id_of(b->f));
    return c ? c : (a->at > b->at) - (a->at < b->at);
}

static void merge(struct rule_entry *e, const finding *f) {
    if (f->severity > e->severity) e->severity = f->severity;
    if (f->confidence > e->confidence) e->confidence = f->confidence;
    if (f->security_severity > e->security_severity) e->security_severity = f->security_severity;
    if (!e->cwe) e->cwe = f->cwe;
    if (!e->why) e->why = f->why;
    if (!e->link) e->link = f->link;
    if (!e->fix) e->fix = f->fix;
    if (e->fix && f->fix && strcmp(e->fix, f->fix) != 0) e->fixes_differ = true;
}

sarif_rules *sarif_rules_new(const finding_list *l, const finding_list *gone) {
    uint32_t now = l->items.n, n = now + (gone ? gone->items.n : 0);
    sarif_rules *r = ll_xcalloc(1, sizeof *r);
    struct ordered *sorted = ll_xcalloc(n, sizeof *sorted);
    r->v = ll_xcalloc(n, sizeof *r->v);
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = (struct ordered){i < now ? &l->items.v[i] : &gone->items.v[i - now], i};
    qsort(sorted, n, sizeof *sorted, by_rule);
    for (uint32_t i = 0; i < n; i++) {
        if (!i || strcmp(id_of(sorted[i].f), id_of(sorted[i - 1].f)) != 0)
            r->v[r->n++] = (struct rule_entry){.id = id_of(sorted[i].f), .category = sorted[i].f->category};
        merge(&r->v[r->n - 1], sorted[i].f);
    }
    free(sorted);
    return r;
}

void sarif_rules_free(sarif_rules *r) {
    if (!r) return;
    free(r->v);
    free(r);
}

static int by_id(const void *key, const void *entry) {
    return strcmp(key, ((const struct rule_entry *)entry)->id);
}

int sarif_rules_index(const sarif_rules *r, const char *rule_id) {
    const struct rule_entry *e = bsearch(rule_id ? rule_id : "", r->v, r->n, sizeof *r->v, by_id);
    return e ? (int)(e - r->v) : -1;
}

static json_t *limited(const char *s, size_t limit) {
    size_t n = strlen(s);
    if (n <= limit) return json_pack("{so}", "text", finding_json_text(s));
    while (limit && ((unsigned char)s[limit] & 0xC0) == 0x80) limit--;
    ll_strbuf b = {0};
    ll_sb_addn(&b, s, limit);
    json_t *o = json_pack("{so}", "text", finding_json_text(b.s));
    ll_sb_free(&b);
    return o;
}

static json_t *short_description(const struct rule_entry *e) {
    if (!e->why) return limited(e->id, TEXT_LIMIT);
    const char *stop = strstr(e->why, ". ");
    return limited(e->why, stop && (size_t)(stop - e->why) < TEXT_LIMIT ? (size_t)(stop - e->why) + 1 : TEXT_LIMIT);
}

/* A fix that names the variables of one finding is no help for the rule. */
static json_t *help(const struct rule_entry *e) {
    const char *fix = e->fixes_differ ? NULL : e->fix;
    ll_strbuf text = {0}, md = {0};
    ll_sb_printf(&md, "### %s\n", e->id);
    if (e->why) {
        ll_sb_add(&text, e->why);
        ll_sb_printf(&md, "\n%s\n", e->why);
    }
    if (fix) {
        ll_sb_printf(&text, "%sFix: %s", text.n ? "\n" : "", fix);
        ll_sb_printf(&md, "\n**Fix:** %s\n", fix);
    }
    if (e->link) {
        ll_sb_printf(&text, "%sSee %s", text.n ? "\n" : "", e->link);
        ll_sb_printf(&md, "\n[More about this](%s)\n", e->link);
    }
    if (!text.n) ll_sb_add(&text, e->id);
    json_t *o = json_pack("{soso}", "text", finding_json_text(text.s), "markdown", finding_json_text(md.s));
    ll_sb_free(&text);
    ll_sb_free(&md);
    return o;
}

static json_t *tags(const struct rule_entry *e) {
    const char *category = finding_category_name(e->category);
    json_t *t = json_pack("[ss]", "lifecycle", category);
    if (strcmp(category, "lifecycle") == 0) json_array_remove(t, 1);
    if (e->security_severity > 0) json_array_append_new(t, json_string("security"));
    if (e->cwe) json_array_append_new(t, json_sprintf("external/cwe/cwe-%03u", (unsigned)e->cwe));
    return t;
}

/* Not by %.1f: the decimal sign would be the locale's. */
static json_t *severity_text(double d) {
    unsigned tenths = (unsigned)(d * 10 + 0.5);
    return json_sprintf("%u.%u", tenths / 10, tenths % 10);
}

static json_t *rule_properties(const struct rule_entry *e) {
    const char *problem = e->severity == FINDING_NOTE ? "recommendation" : finding_severity_name(e->severity);
    json_t *o = json_pack("{sossss}", "tags", tags(e), "precision", finding_confidence_name(e->confidence),
                          "problem.severity", problem);
    if (e->security_severity > 0) json_object_set_new(o, "security-severity", severity_text(e->security_severity));
    json_object_set_new(o, "category", json_string(finding_category_name(e->category)));
    return o;
}

static bool is_web_address(const char *s) {
    return strncmp(s, "https://", 8) == 0 || strncmp(s, "http://", 7) == 0;
}

static json_t *rule_to_json(const struct rule_entry *e) {
    json_t *o = json_object();
    json_object_set_new(o, "id", finding_json_text(e->id));
    json_object_set_new(o, "name", finding_json_text(e->id));
    json_object_set_new(o, "shortDescription", short_description(e));
    json_object_set_new(o, "fullDescription", limited(e->why ? e->why : e->id, TEXT_LIMIT));
    if (e->link && is_web_address(e->link)) json_object_set_new(o, "helpUri", finding_json_text(e->link));
    json_object_set_new(o, "help", help(e));
    json_object_set_new(o, "defaultConfiguration", json_pack("{ss}", "level", finding_severity_name(e->severity)));
    json_object_set_new(o, "properties", rule_properties(e));
    return o;
}

json_t *sarif_rules_to_json(const sarif_rules *r) {
    json_t *a = json_array();
    for (uint32_t i = 0; i < r->n; i++) json_array_append_new(a, rule_to_json(&r->v[i]));
    return a;
}
