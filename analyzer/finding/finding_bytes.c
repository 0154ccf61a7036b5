#include "finding/finding_bytes.h"

#include <string.h>

/* A member added or dropped changes the size: write and read it below, then correct the number. */
_Static_assert(sizeof(finding) == 240, "finding_write and finding_read know every member");
_Static_assert(sizeof(finding_step) == 56, "finding_write and finding_read know every member");
_Static_assert(sizeof(finding_edit) == 32, "finding_write and finding_read know every member");
_Static_assert(sizeof(suppression) == 120, "suppression_write and suppression_read know every member");

enum { MAX_STEPS = 4096, MAX_EDITS = 4096 };

static void put_string(ll_strtab *t, ll_strbuf *out, const char *s) {
    ll_put_uint(out, ll_strtab_add(t, s));
}

static void put_loc(ll_strtab *t, ll_strbuf *out, const finding_loc *l) {
    put_string(t, out, l->file);
    ll_put_int(out, l->line);
    ll_put_int(out, l->col);
    ll_put_int(out, l->end_col);
}

static void put_edit(ll_strtab *t, ll_strbuf *out, const finding_edit *e) {
    put_string(t, out, e->file);
    ll_put_int(out, e->line);
    ll_put_int(out, e->col);
    ll_put_int(out, e->end_line);
    ll_put_int(out, e->end_col);
    put_string(t, out, e->text);
}

void finding_write(const finding *f, ll_strtab *t, ll_strbuf *out) {
    const char *const texts[] = {f->rule_id, f->family_id, f->resource, f->message,      f->why,       f->fix,
                                 f->link,    f->function,  f->usr,      f->role_acquire, f->role_exit, f->role_place};
    uint64_t security;
    memcpy(&security, &f->security_severity, sizeof security);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) put_string(t, out, texts[i]);
    ll_put_uint(out, f->severity);
    ll_put_uint(out, f->confidence);
    ll_put_uint(out, f->category);
    ll_put_uint(out, f->cwe);
    ll_put_u64(out, security);
    put_loc(t, out, &f->loc);
    put_loc(t, out, &f->function_loc);
    ll_put_uint(out, f->nsteps);
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        ll_put_uint(out, s->kind);
        put_loc(t, out, &s->loc);
        put_string(t, out, s->text);
        put_string(t, out, s->function);
        ll_put_uint(out, s->depth);
    }
    ll_put_uint(out, f->nedits);
    for (uint32_t i = 0; i < f->nedits; i++) put_edit(t, out, &f->edits[i]);
}

static finding_loc get_loc(ll_reader *r, const ll_strings *t) {
    finding_loc l = {.file = ll_get_string(r, t)};
    l.line = ll_get_int32(r);
    l.col = ll_get_int32(r);
    l.end_col = ll_get_int32(r);
    return l;
}

static finding_edit get_edit(ll_reader *r, const ll_strings *t) {
    finding_edit e = {.file = ll_get_string(r, t)};
    e.line = ll_get_int32(r);
    e.col = ll_get_int32(r);
    e.end_line = ll_get_int32(r);
    e.end_col = ll_get_int32(r);
    e.text = ll_get_string(r, t);
    return e;
}

static void get_steps(ll_reader *r, const ll_strings *t, ll_arena *a, finding *f) {
    f->nsteps = ll_get_below(r, MAX_STEPS);
    f->steps = LL_NEWN(a, finding_step, f->nsteps);
    for (uint32_t i = 0; i < f->nsteps && !r->bad; i++) {
        finding_step *s = &f->steps[i];
        s->kind = (step_kind)ll_get_below(r, STEP_NOTE + 1);
        s->loc = get_loc(r, t);
        s->text = ll_get_string(r, t);
        s->function = ll_get_string(r, t);
        s->depth = ll_get_u32(r);
    }
}

bool finding_same(const finding *x, const finding *y) {
    ll_strtab *strings = ll_strtab_new();
    ll_strbuf a = {0}, b = {0};
    finding_write(x, strings, &a);
    finding_write(y, strings, &b);
    bool same = a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
    ll_sb_free(&a);
    ll_sb_free(&b);
    ll_strtab_free(strings);
    return same;
}

finding finding_read(ll_reader *r, const ll_strings *t, ll_arena *a) {
    finding f = {0};
    const char **const texts[] = {&f.rule_id, &f.family_id, &f.resource, &f.message,      &f.why,       &f.fix,
                                  &f.link,    &f.function,  &f.usr,      &f.role_acquire, &f.role_exit, &f.role_place};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = ll_get_string(r, t);
    f.severity = (finding_severity)ll_get_below(r, FINDING_ERROR + 1);
    f.confidence = (finding_confidence)ll_get_below(r, CONFIDENCE_HIGH + 1);
    f.category = (finding_category)ll_get_below(r, CAT_COUNT);
    f.cwe = ll_get_u32(r);
    uint64_t security = ll_get_u64(r);
    memcpy(&f.security_severity, &security, sizeof security);
    f.loc = get_loc(r, t);
    f.function_loc = get_loc(r, t);
    get_steps(r, t, a, &f);
    f.nedits = ll_get_below(r, MAX_EDITS);
    f.edits = LL_NEWN(a, finding_edit, f.nedits);
    for (uint32_t i = 0; i < f.nedits && !r->bad; i++) f.edits[i] = get_edit(r, t);
    if (!f.rule_id || !f.message || !f.loc.file) ll_reader_fail(r);
    return f;
}

void suppression_write(const suppression *s, ll_strtab *t, ll_strbuf *out) {
    put_string(t, out, s->file);
    ll_put_int(out, s->line);
    ll_put_int(out, s->col);
    ll_put_int(out, s->end_col);
    put_edit(t, out, &s->removal);
    ll_put_int(out, s->target);
    ll_put_uint(out, s->nrules);
    for (uint32_t i = 0; i < s->nrules; i++) put_string(t, out, s->rules[i]);
    put_string(t, out, s->rule_text);
    put_string(t, out, s->until);
    put_string(t, out, s->reason);
    ll_put_uint(out, s->state);
}

suppression suppression_read(ll_reader *r, const ll_strings *t, ll_arena *a) {
    suppression s = {.file = ll_get_string(r, t)};
    s.line = ll_get_int32(r);
    s.col = ll_get_int32(r);
    s.end_col = ll_get_int32(r);
    s.removal = get_edit(r, t);
    s.target = ll_get_int32(r);
    s.nrules = ll_get_count(r, 1);
    s.rules = LL_NEWN(a, const char *, s.nrules);
    for (uint32_t i = 0; i < s.nrules && !r->bad; i++)
        if (!(s.rules[i] = ll_get_string(r, t))) ll_reader_fail(r);
    s.rule_text = ll_get_string(r, t);
    s.until = ll_get_string(r, t);
    s.reason = ll_get_string(r, t);
    s.state = (suppression_state)ll_get_below(r, SUPPRESSION_MALFORMED + 1);
    if (!s.file) ll_reader_fail(r);
    return s;
}
