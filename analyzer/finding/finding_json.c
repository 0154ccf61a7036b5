#include "finding/finding_json.h"

#include <string.h>

#include "base/strbuf.h"
#include "finding/utf8.h"

#define MAX_STEPS 10000
#define MAX_EDITS 1000

static const char *const origin_names[] = {[SUPPRESSED_IN_SOURCE] = "source", [SUPPRESSED_OUTSIDE] = "outside"};
#define ORIGINS (sizeof origin_names / sizeof *origin_names)

static const char *const step_names[] = {
    [STEP_ACQUIRE] = "acquire", [STEP_BRANCH] = "branch", [STEP_CALL] = "call", [STEP_RELEASE] = "release",
    [STEP_ESCAPE] = "escape",   [STEP_USE] = "use",       [STEP_LOST] = "lost", [STEP_NOTE] = "note",
};
#define STEP_KINDS (sizeof step_names / sizeof *step_names)

const char *finding_step_name(step_kind k) {
    return (unsigned)k < STEP_KINDS ? step_names[k] : "note";
}

json_t *finding_json_text(const char *s) {
    if (!s) return json_null();
    json_t *j = json_string(s);
    if (j) return j;
    ll_strbuf b = {0};
    for (size_t n = strlen(s); n;) {
        uint32_t cp;
        size_t k = utf8_decode(s, n, &cp);
        if (cp == UTF8_BAD) {
            ll_sb_add(&b, "\xEF\xBF\xBD");
        } else {
            ll_sb_addn(&b, s, k);
        }
        s += k;
        n -= k;
    }
    j = json_stringn(ll_sb_str(&b), b.n);
    ll_sb_free(&b);
    return j;
}

static void set_text(json_t *o, const char *key, const char *s) {
    if (s) json_object_set_new(o, key, finding_json_text(s));
}

static void set_int(json_t *o, const char *key, json_int_t v) {
    if (v) json_object_set_new(o, key, json_integer(v));
}

static json_t *loc_to_json(const finding_loc *l) {
    json_t *o = json_object();
    set_text(o, "file", l->file);
    set_int(o, "line", l->line);
    set_int(o, "column", l->col);
    set_int(o, "end_column", l->end_col);
    return o;
}

static json_t *steps_to_json(const finding *f) {
    json_t *path = json_array();
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        json_t *o = json_object();
        json_object_set_new(o, "kind", json_string(finding_step_name(s->kind)));
        json_object_set_new(o, "location", loc_to_json(&s->loc));
        set_text(o, "text", s->text);
        set_text(o, "function", s->function);
        json_object_set_new(o, "depth", json_integer(s->depth));
        json_array_append_new(path, o);
    }
    return path;
}

static json_t *roles_to_json(const finding *f) {
    json_t *o = json_object();
    set_text(o, "acquire", f->role_acquire);
    set_text(o, "exit", f->role_exit);
    set_text(o, "place", f->role_place);
    json_object_set_new(o, "ordinal", json_integer(f->ordinal));
    return o;
}

static json_t *edits_to_json(const finding *f) {
    json_t *edits = json_array();
    for (uint32_t i = 0; i < f->nedits; i++) {
        const finding_edit *e = &f->edits[i];
        json_t *o = json_object();
        set_text(o, "file", e->file);
        set_int(o, "line", e->line);
        set_int(o, "column", e->col);
        set_int(o, "end_line", e->end_line);
        set_int(o, "end_column", e->end_col);
        set_text(o, "text", e->text);
        json_array_append_new(edits, o);
    }
    return edits;
}

json_t *finding_to_json(const finding *f) {
    json_t *o = json_object();
    set_text(o, "fingerprint", f->fingerprint);
    set_text(o, "rule", f->rule_id);
    set_text(o, "family", f->family_id);
    json_object_set_new(o, "severity", json_string(finding_severity_name(f->severity)));
    json_object_set_new(o, "confidence", json_string(finding_confidence_name(f->confidence)));
    json_object_set_new(o, "category", json_string(finding_category_name(f->category)));
    set_text(o, "message", f->message);
    set_text(o, "resource", f->resource);
    json_object_set_new(o, "location", loc_to_json(&f->loc));
    set_text(o, "function", f->function);
    set_text(o, "usr", f->usr);
    if (f->function_loc.file) json_object_set_new(o, "function_location", loc_to_json(&f->function_loc));
    json_object_set_new(o, "path", steps_to_json(f));
    set_text(o, "fix", f->fix);
    set_text(o, "why", f->why);
    set_text(o, "link", f->link);
    set_int(o, "cwe", f->cwe);
    if (f->security_severity > 0) json_object_set_new(o, "security_severity", json_real(f->security_severity));
    json_object_set_new(o, "roles", roles_to_json(f));
    json_object_set_new(o, "suppressed", json_boolean(f->suppressed));
    if (f->suppressed) set_text(o, "suppressed_in", origin_names[f->suppress_origin]);
    set_text(o, "suppress_reason", f->suppress_reason);
    if (f->nedits) json_object_set_new(o, "edits", edits_to_json(f));
    return o;
}

/* Reading. `ok` gathers type errors, so that one check at the end is enough. */
struct reader {
    ll_arena *arena;
    bool ok;
};

static const char *get_text(struct reader *r, const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    if (!v || json_is_null(v)) return NULL;
    if (!json_is_string(v)) {
        r->ok = false;
        return NULL;
    }
    return ll_strdup(r->arena, json_string_value(v));
}

static uint32_t get_number(struct reader *r, const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    if (!v) return 0;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || n > INT32_MAX) {
        r->ok = false;
        return 0;
    }
    return (uint32_t)n;
}

static finding_loc get_loc(struct reader *r, const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    finding_loc l = {0};
    if (!v) return l;
    if (!json_is_object(v)) r->ok = false;
    l.file = get_text(r, v, "file");
    l.line = (int32_t)get_number(r, v, "line");
    l.col = (int32_t)get_number(r, v, "column");
    l.end_col = (int32_t)get_number(r, v, "end_column");
    return l;
}

static unsigned get_name(struct reader *r, const json_t *o, const char *key, const char *(*name)(unsigned),
                         unsigned n) {
    const char *s = json_string_value(json_object_get(o, key));
    for (unsigned i = 0; s && i < n; i++)
        if (strcmp(s, name(i)) == 0) return i;
    r->ok = false;
    return 0;
}

static const char *severity_at(unsigned i) {
    return finding_severity_name((finding_severity)i);
}
static const char *confidence_at(unsigned i) {
    return finding_confidence_name((finding_confidence)i);
}
static const char *category_at(unsigned i) {
    return finding_category_name((finding_category)i);
}
static const char *origin_at(unsigned i) {
    return origin_names[i];
}
static const char *step_at(unsigned i) {
    return finding_step_name((step_kind)i);
}

static void get_steps(struct reader *r, const json_t *o, finding *f) {
    const json_t *path = json_object_get(o, "path");
    size_t n = json_array_size(path);
    if ((path && !json_is_array(path)) || n > MAX_STEPS) {
        r->ok = false;
        return;
    }
    f->steps = LL_NEWN(r->arena, finding_step, n);
    f->nsteps = (uint32_t)n;
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const json_t *s = json_array_get(path, i);
        f->steps[i].kind = (step_kind)get_name(r, s, "kind", step_at, STEP_KINDS);
        f->steps[i].loc = get_loc(r, s, "location");
        f->steps[i].text = get_text(r, s, "text");
        f->steps[i].function = get_text(r, s, "function");
        f->steps[i].depth = get_number(r, s, "depth");
    }
}

static void get_edits(struct reader *r, const json_t *o, finding *f) {
    const json_t *edits = json_object_get(o, "edits");
    size_t n = json_array_size(edits);
    if ((edits && !json_is_array(edits)) || n > MAX_EDITS) {
        r->ok = false;
        return;
    }
    f->edits = LL_NEWN(r->arena, finding_edit, n);
    f->nedits = (uint32_t)n;
    for (uint32_t i = 0; i < f->nedits; i++) {
        const json_t *e = json_array_get(edits, i);
        f->edits[i] = (finding_edit){.file = get_text(r, e, "file"),
                                     .line = (int32_t)get_number(r, e, "line"),
                                     .col = (int32_t)get_number(r, e, "column"),
                                     .end_line = (int32_t)get_number(r, e, "end_line"),
                                     .end_col = (int32_t)get_number(r, e, "end_column"),
                                     .text = get_text(r, e, "text")};
        r->ok = r->ok && f->edits[i].file && f->edits[i].text;
    }
}

static void get_rule_part(struct reader *r, const json_t *j, finding *f) {
    f->fingerprint = get_text(r, j, "fingerprint");
    f->rule_id = get_text(r, j, "rule");
    f->family_id = get_text(r, j, "family");
    f->severity = (finding_severity)get_name(r, j, "severity", severity_at, FINDING_ERROR + 1);
    f->confidence = (finding_confidence)get_name(r, j, "confidence", confidence_at, CONFIDENCE_HIGH + 1);
    f->category = (finding_category)get_name(r, j, "category", category_at, CAT_COUNT);
    f->message = get_text(r, j, "message");
    f->resource = get_text(r, j, "resource");
    f->fix = get_text(r, j, "fix");
    f->why = get_text(r, j, "why");
    f->link = get_text(r, j, "link");
    f->cwe = get_number(r, j, "cwe");
    f->security_severity = json_number_value(json_object_get(j, "security_severity"));
    if (!(f->security_severity >= 0 && f->security_severity <= 10)) r->ok = false;
}

bool finding_from_json(ll_arena *a, const json_t *j, finding *f, ll_err *err) {
    struct reader r = {a, json_is_object(j)};
    *f = (finding){0};
    get_rule_part(&r, j, f);
    f->loc = get_loc(&r, j, "location");
    f->function = get_text(&r, j, "function");
    f->usr = get_text(&r, j, "usr");
    f->function_loc = get_loc(&r, j, "function_location");
    get_steps(&r, j, f);
    const json_t *roles = json_object_get(j, "roles");
    f->role_acquire = get_text(&r, roles, "acquire");
    f->role_exit = get_text(&r, roles, "exit");
    f->role_place = get_text(&r, roles, "place");
    f->ordinal = get_number(&r, roles, "ordinal");
    f->suppressed = json_is_true(json_object_get(j, "suppressed"));
    if (json_object_get(j, "suppressed_in"))
        f->suppress_origin = (suppress_origin)get_name(&r, j, "suppressed_in", origin_at, ORIGINS);
    f->suppress_reason = get_text(&r, j, "suppress_reason");
    get_edits(&r, j, f);
    if (!r.ok || !f->rule_id || !f->message)
        return ll_fail(err, LL_E_INPUT, "not a finding of this version of lifelint");
    return true;
}
