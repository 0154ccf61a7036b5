#include "rulepack/image.h"

#include <string.h>

#include "base/bytes.h"

/* Flags of rules, models and effects as bits: the same list serves writing and reading. */
#define RULE_FLAGS(_) \
    _(experimental)   \
    _(scope_bound)    \
    _(is_integer)     \
    _(counted) _(keeps_memory) _(deep) _(idempotent) _(no_leak) _(loops_only) _(shared) _(armed) _(process_wide)
#define MODEL_FLAGS(_) \
    _(returns_nonnull) \
    _(may_return_null) \
    _(gives_errno) _(never_negative) _(from_library) _(from_facts_only) _(watches) _(watches_only) _(has_states)
#define EFFECT_FLAGS(_) _(null_safe) _(clears) _(zeroed) _(if_used) _(same_question) _(itself) _(of_library)
#define RULE_TEXTS(_) \
    _(id) _(pack) _(resource) _(acquired) _(released) _(message) _(why) _(fix) _(link) _(reason) _(entries)
#define RULE_LISTS(_) _(locks, nlocks) _(accepts, naccepts) _(within, nwithin) _(lent, nlent) _(states, nstates)
#define WRITE_FLAG(name) bits = bits << 1 | x->name;
#define READ_FLAG(name) x->name = (bits & bit) != 0, bit >>= 1;
#define COUNT_FLAG(name) +1

/* ---- writing ---- */

typedef struct writer {
    ll_strbuf out, texts;
    ll_strtab *strings; /* numbers of texts */
    uint64_t n;         /* of texts */
} writer;

static void put_text(writer *w, const char *s) {
    uint64_t number = ll_strtab_add(w->strings, s);
    if (number > w->n) {
        ll_sb_addn(&w->texts, s, strlen(s) + 1);
        w->n = number;
    }
    ll_put_uint(&w->out, number);
}

static void put_list(writer *w, const char *const *v, uint32_t n) {
    ll_put_uint(&w->out, n);
    for (uint32_t i = 0; i < n; i++) put_text(w, v[i]);
}

static void put_rule(writer *w, const rule *x, const char *const *files, uint32_t nfiles) {
    uint64_t bits = 0;
    uint32_t file = 0;
    while (file + 1 < nfiles && strcmp(files[file], x->file) != 0) file++;
    RULE_FLAGS(WRITE_FLAG)
#define WRITE_TEXT(name) put_text(w, x->name);
#define WRITE_LIST(name, n) put_list(w, x->name, x->n);
    RULE_TEXTS(WRITE_TEXT)
    RULE_LISTS(WRITE_LIST)
    const uint64_t numbers[] = {
        file,   (uint32_t)x->line, x->kind,     x->severity, x->extends ? x->extends->index + 1 : 0,
        x->cwe, x->watch,          x->contexts, bits};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) ll_put_uint(&w->out, numbers[i]);
}

static void put_where(writer *w, const rule_where *x) {
    ll_put_uint(&w->out, x->kind);
    ll_put_uint(&w->out, x->arg);
    ll_put_uint(&w->out, x->count);
    put_text(w, x->field);
}

static void put_effect(writer *w, const rule_effect *x) {
    uint64_t bits = 0;
    EFFECT_FLAGS(WRITE_FLAG)
    const uint64_t numbers[] = {
        x->kind, x->rule ? x->rule->index + 1 : 0, bits, x->from_states, x->to_state, x->context, x->nconds};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) ll_put_uint(&w->out, numbers[i]);
    put_where(w, &x->where);
    put_where(w, &x->from);
    for (uint32_t i = 0; i < x->nconds; i++) {
        put_where(w, &x->conds[i].where);
        ll_put_uint(&w->out, x->conds[i].cmp);
        ll_put_int(&w->out, x->conds[i].value);
    }
}

static void put_models(writer *w, const rule_set *s) {
    uint32_t n = rule_set_model_count(s), neffects = 0, nconds = 0;
    for (uint32_t i = 0; i < n; i++) {
        neffects += s->by_name[i]->neffects;
        for (uint32_t k = 0; k < s->by_name[i]->neffects; k++) nconds += s->by_name[i]->effects[k].nconds;
    }
    ll_put_uint(&w->out, n);
    ll_put_uint(&w->out, neffects);
    ll_put_uint(&w->out, nconds);
    for (uint32_t i = 0; i < n; i++) {
        const rule_model *x = s->by_name[i];
        uint64_t bits = 0;
        MODEL_FLAGS(WRITE_FLAG)
        put_text(w, x->name);
        ll_put_uint(&w->out, bits);
        ll_put_uint(&w->out, x->neffects);
        for (uint32_t k = 0; k < x->neffects; k++) put_effect(w, &x->effects[k]);
    }
}

void image_write(const rule_set *s, const char *const *files, uint32_t nfiles, ll_strbuf *out) {
    writer w = {.strings = ll_strtab_new()};
    ll_put_uint(&w.out, s->rules.n);
    for (uint32_t i = 0; i < s->rules.n; i++) put_rule(&w, s->rules.v[i], files, nfiles);
    put_models(&w, s);
    ll_put_uint(out, w.n);
    ll_put_bytes(out, ll_sb_str(&w.texts), w.texts.n);
    ll_sb_addn(out, ll_sb_str(&w.out), w.out.n);
    ll_strtab_free(w.strings);
    ll_sb_free(&w.texts);
    ll_sb_free(&w.out);
}

/* ---- reading ---- */

typedef struct reader {
    ll_reader in;
    rule_set *set;
    const char **texts; /* texts[0] is NULL */
    uint32_t ntexts;
    rule *rules;
    rule_effect *effects; /* of all models, one after the other */
    rule_cond *conds;
    uint32_t nrules, neffects, nconds;
} reader;

static void get_texts(reader *r) {
    size_t n, at = 0;
    r->ntexts = ll_get_count(&r->in, 1) + 1;
    const char *all = ll_get_bytes(&r->in, &n);
    r->texts = LL_NEWN(r->set->arena, const char *, r->ntexts);
    if (!n || all[n - 1]) ll_reader_fail(&r->in);
    for (uint32_t i = 1; i < r->ntexts && !r->in.bad; i++) {
        if (at >= n) ll_reader_fail(&r->in);
        r->texts[i] = all + at;
        if (at < n) at += strlen(all + at) + 1;
    }
}

static const char *get_text_at(reader *r) {
    return r->texts[ll_get_below(&r->in, r->ntexts)];
}

static const char **get_list(reader *r, uint32_t *n) {
    *n = ll_get_count(&r->in, 1);
    const char **v = LL_NEWN(r->set->arena, const char *, *n);
    for (uint32_t i = 0; i < *n; i++) v[i] = get_text_at(r);
    return v;
}

static void get_rule(reader *r, rule *x, const char *const *files, uint32_t nfiles) {
#define READ_TEXT(name) x->name = get_text_at(r);
#define READ_LIST(name, n) x->name = get_list(r, &x->n);
    RULE_TEXTS(READ_TEXT)
    RULE_LISTS(READ_LIST)
    x->file = files[ll_get_below(&r->in, nfiles)];
    x->line = (int32_t)ll_get_below(&r->in, INT32_MAX);
    x->kind = (rule_kind)ll_get_below(&r->in, RULE_KIND_COUNT);
    x->severity = (rule_severity)ll_get_below(&r->in, RULE_ERROR + 1);
    uint32_t extends = ll_get_below(&r->in, r->nrules + 1);
    x->extends = extends ? &r->rules[extends - 1] : NULL;
    x->cwe = ll_get_u32(&r->in);
    x->watch = ll_get_u32(&r->in);
    x->contexts = ll_get_u32(&r->in);
    uint64_t bits = ll_get_uint(&r->in), bit = (uint64_t)1 << (0 RULE_FLAGS(COUNT_FLAG)) >> 1;
    RULE_FLAGS(READ_FLAG)
    if (!x->id || !x->pack) ll_reader_fail(&r->in);
}

static rule_where get_where(reader *r) {
    rule_where x = {.kind = (rule_where_kind)ll_get_below(&r->in, WHERE_ARG_DEREF + 1)};
    x.arg = (uint8_t)ll_get_below(&r->in, UINT8_MAX + 1);
    x.count = (uint8_t)ll_get_below(&r->in, UINT8_MAX + 1);
    x.field = get_text_at(r);
    return x;
}

static void get_conds(reader *r, rule_effect *x) {
    if (x->nconds > r->nconds) ll_reader_fail(&r->in);
    if (r->in.bad) x->nconds = 0;
    x->conds = r->conds;
    r->conds += x->nconds;
    r->nconds -= x->nconds;
    for (uint32_t i = 0; i < x->nconds; i++) {
        x->conds[i].where = get_where(r);
        x->conds[i].cmp = (rule_cmp)ll_get_below(&r->in, CMP_BITS_CLEAR + 1);
        x->conds[i].value = ll_get_int(&r->in);
    }
}

static void get_effect(reader *r, rule_effect *x) {
    x->kind = (rule_effect_kind)ll_get_below(&r->in, EFF_END + 1);
    uint32_t of = ll_get_below(&r->in, r->nrules + 1);
    x->rule = of ? &r->rules[of - 1] : NULL;
    uint64_t bits = ll_get_uint(&r->in), bit = (uint64_t)1 << (0 EFFECT_FLAGS(COUNT_FLAG)) >> 1;
    EFFECT_FLAGS(READ_FLAG)
    x->from_states = ll_get_u32(&r->in);
    x->to_state = ll_get_u32(&r->in);
    x->context = (rule_context)ll_get_u32(&r->in);
    x->nconds = ll_get_u32(&r->in);
    x->where = get_where(r);
    x->from = get_where(r);
    get_conds(r, x);
}

static void get_model(reader *r, model_entry *m) {
    rule_model *x = &m->model;
    x->name = get_text_at(r);
    uint64_t bits = ll_get_uint(&r->in), bit = (uint64_t)1 << (0 MODEL_FLAGS(COUNT_FLAG)) >> 1;
    MODEL_FLAGS(READ_FLAG)
    x->neffects = ll_get_u32(&r->in);
    if (!x->name || x->neffects > r->neffects) ll_reader_fail(&r->in);
    if (r->in.bad) return;
    x->effects = r->effects;
    r->effects += x->neffects;
    r->neffects -= x->neffects;
    for (uint32_t i = 0; i < x->neffects; i++) get_effect(r, &x->effects[i]);
    set_add_model(r->set, m);
}

static void get_models(reader *r) {
    uint32_t n = ll_get_count(&r->in, 3);
    r->neffects = ll_get_count(&r->in, 15);
    r->nconds = ll_get_count(&r->in, 6);
    model_entry *models = LL_NEWN(r->set->arena, model_entry, n);
    r->effects = LL_NEWN(r->set->arena, rule_effect, r->neffects);
    r->conds = LL_NEWN(r->set->arena, rule_cond, r->nconds);
    r->set->by_name = LL_NEWN(r->set->arena, rule_model *, n);
    for (uint32_t i = 0; i < n && !r->in.bad; i++) {
        get_model(r, &models[i]);
        r->set->by_name[i] = &models[i].model;
    }
}

rule_set *image_restore(const void *bytes, size_t n, const char *const *files, uint32_t nfiles) {
    reader r = {.in = ll_reader_of(bytes, n), .set = set_new()};
    const char **kept = LL_NEWN(r.set->arena, const char *, nfiles);
    for (uint32_t i = 0; i < nfiles; i++) kept[i] = ll_strdup(r.set->arena, files[i]);
    get_texts(&r);
    r.nrules = ll_get_count(&r.in, 20);
    r.rules = LL_NEWN(r.set->arena, rule, r.nrules);
    for (uint32_t i = 0; i < r.nrules && !r.in.bad; i++) {
        get_rule(&r, &r.rules[i], kept, nfiles);
        if (!r.in.bad) set_add_rule(r.set, &r.rules[i]);
    }
    get_models(&r);
    if (!r.in.bad && r.in.p == r.in.end) return r.set;
    rule_set_free(r.set);
    return NULL;
}
