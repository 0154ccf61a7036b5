#include "rulepack/set.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

rule_set *set_new(void) {
    rule_set *s = ll_xcalloc(1, sizeof *s);
    s->arena = ll_arena_new("rules");
    return s;
}

void rule_set_free(rule_set *s) {
    if (!s) return;
    HASH_CLEAR(hh, s->models);
    ll_arena_free(s->arena);
    free(s);
}

const char *rule_kind_name(rule_kind k) {
    static const char *const names[] = {"pair", "order", "keepalive", "task", "forbid"};
    return k < RULE_KIND_COUNT ? names[k] : "?";
}

const char *rule_severity_name(rule_severity s) {
    static const char *const names[] = {"note", "warning", "error"};
    return s <= RULE_ERROR ? names[s] : "?";
}

const char *rule_defect_name(rule_defect d) {
    static const char *const names[] = {"leak",  "double-release", "use-after-release", "wrong-release", "bad-release",
                                        "order", "other"};
    return d < DEFECT_COUNT ? names[d] : "?";
}

const char *rule_effect_name(rule_effect_kind k) {
    static const char *const names[] = {[EFF_ACQUIRE] = "acquire",
                                        [EFF_RELEASE] = "release",
                                        [EFF_REALLOC] = "realloc",
                                        [EFF_RETAIN] = "retain",
                                        [EFF_MOVE] = "move",
                                        [EFF_CONSUME] = "consume",
                                        [EFF_BORROW] = "borrow",
                                        [EFF_READ] = "read",
                                        [EFF_ALIAS] = "alias",
                                        [EFF_ADVANCE] = "advance",
                                        [EFF_DERIVE] = "derive",
                                        [EFF_INVALIDATE] = "invalidate",
                                        [EFF_TRANSITION] = "transition",
                                        [EFF_NORETURN] = "noreturn",
                                        [EFF_NONNULL] = "not null",
                                        [EFF_TELLS] = "tells of failure",
                                        [EFF_WRITE] = "write",
                                        [EFF_ZERO] = "zero",
                                        [EFF_FORBID] = "forbid",
                                        [EFF_KEEP] = "keep",
                                        [EFF_CALLBACK] = "callback",
                                        [EFF_RUN] = "run",
                                        [EFF_WAIT] = "wait",
                                        [EFF_TASK_END] = "end of a task",
                                        [EFF_HANDLER] = "handler",
                                        [EFF_FORK] = "fork",
                                        [EFF_EXEC] = "exec",
                                        [EFF_END] = "end"};
    return k <= EFF_END ? names[k] : "?";
}

uint32_t rule_defect_cwe(const rule *r, rule_defect d) {
    switch (d) {
        case DEFECT_DOUBLE:
            return r->is_integer ? 1341 : 415;
        case DEFECT_USE_AFTER:
            return r->is_integer ? 672 : 416;
        case DEFECT_WRONG_RELEASE:
            return 762;
        case DEFECT_BAD_RELEASE:
            return r->is_integer ? 763 : 590;
        default:
            return r->cwe;
    }
}

const char *rule_context_name(rule_context c) {
    switch (c) {
        case IN_HANDLER:
            return "signal-handler";
        case IN_LOOP:
            return "loop";
        case IN_LOCK:
            return "lock-held";
        case IN_CALLBACK:
            return "callback";
        case IN_FORK:
            return "after-fork";
        case IN_FINALIZER:
            return "finalizer";
        case IN_DESTRUCTOR:
            return "destructor";
    }
    return "?";
}

static const char *joined(ll_arena *a, const char *id, const char *defect) {
    size_t n = strlen(id), m = strlen(defect);
    char *s = ll_alloc(a, n + m + 2);
    memcpy(s, id, n);
    s[n] = '-';
    memcpy(s + n + 1, defect, m);
    return s;
}

void set_add_rule(rule_set *s, rule *r) {
    const char **ids = LL_NEWN(s->arena, const char *, DEFECT_COUNT);
    for (rule_defect d = 0; d < DEFECT_COUNT; d++) {
        bool appended = (r->kind == RULE_PAIR || r->kind == RULE_TASK) && d < DEFECT_ORDER;
        ids[d] = appended ? joined(s->arena, r->id, rule_defect_name(d)) : r->id;
    }
    r->index = s->rules.n;
    LL_PUSH(s->arena, &s->rules, r);
    LL_PUSH(s->arena, &s->reported, ids);
}

static model_entry *find_model(const rule_set *s, const char *function) {
    model_entry *m = NULL;
    HASH_FIND_STR(s->models, function, m);
    return m;
}

void set_add_model(rule_set *s, model_entry *m) {
    HASH_ADD_KEYPTR(hh, s->models, m->model.name, strlen(m->model.name), m);
}

static model_entry *model_of(rule_set *s, const char *function) {
    model_entry *m = find_model(s, function);
    if (m) return m;
    m = LL_NEW(s->arena, model_entry);
    m->model.name = ll_strdup(s->arena, function);
    set_add_model(s, m);
    return m;
}

rule_model *set_model(rule_set *s, const char *function) {
    return &model_of(s, function)->model;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_where(const rule_where *a, const rule_where *b) {
    return a->kind == b->kind && a->arg == b->arg && same_text(a->field, b->field);
}

static bool same_conds(const rule_effect *a, const rule_effect *b) {
    if (a->nconds != b->nconds) return false;
    for (uint32_t i = 0; i < a->nconds; i++) {
        const rule_cond *x = &a->conds[i], *y = &b->conds[i];
        if (!same_where(&x->where, &y->where) || x->cmp != y->cmp || x->value != y->value) return false;
    }
    return true;
}

/* Most of thousands of models have one effect: room for more would cost megabytes on every run. */
static void reserve_one(ll_arena *a, model_entry *m) {
    m->effects.v = LL_NEW(a, rule_effect);
    m->effects.cap = 1;
}

set_added set_add_effect(rule_set *s, const char *function, const rule_effect *e) {
    model_entry *m = model_of(s, function);
    for (uint32_t i = 0; i < m->effects.n; i++) {
        const rule_effect *x = &m->effects.v[i];
        if (x->kind == e->kind && x->rule == e->rule && same_where(&x->where, &e->where) &&
            same_where(&x->from, &e->from) && x->context == e->context && same_conds(x, e))
            return SET_TWICE;
    }
    if (m->effects.n == SET_MAX_EFFECTS) return SET_FULL;
    if (!m->effects.cap) reserve_one(s->arena, m);
    LL_PUSH(s->arena, &m->effects, *e);
    return SET_ADDED;
}

static bool binds_result_null(const rule_effect *e) {
    for (uint32_t i = 0; i < e->nconds; i++)
        if (e->conds[i].where.kind == WHERE_RET && e->conds[i].cmp == CMP_NE && e->conds[i].value == 0) return true;
    return false;
}

/* What a resource starts as must be known before it is moved or aliased, so effects go in the order of
 * their kinds; among equals the order of the packs stays. Only what a call ends comes before what it
 * gives: the result is none of the things that die with the old object. */
static int rank(const rule_effect *e) {
    return e->kind == EFF_RELEASE ? -1 : (int)e->kind;
}

static void sort_effects(model_entry *m) {
    for (uint32_t i = 1; i < m->effects.n; i++)
        for (uint32_t j = i; j > 0 && rank(&m->effects.v[j - 1]) > rank(&m->effects.v[j]); j--) {
            rule_effect t = m->effects.v[j];
            m->effects.v[j] = m->effects.v[j - 1];
            m->effects.v[j - 1] = t;
        }
}

static void finish_model(model_entry *m) {
    sort_effects(m);
    m->model.effects = m->effects.v;
    m->model.neffects = m->effects.n;
    m->model.from_facts_only = true;
    m->model.from_library = m->effects.n > 0;
    m->model.watches_only = m->effects.n > 0 && !m->model.returns_nonnull && !m->model.may_return_null &&
                            !m->model.gives_errno && !m->model.never_negative;
    for (uint32_t i = 0; i < m->effects.n; i++) {
        const rule_effect *e = &m->effects.v[i];
        if (rule_effect_watches(e->kind)) {
            m->model.watches = true;
            continue;
        }
        if (e->kind == EFF_TRANSITION)
            m->model.has_states = true;
        else
            m->model.watches_only = false;
        if (e->rule) m->model.from_facts_only = false;
        if (!e->of_library) m->model.from_library = false;
        bool gives =
            e->kind == EFF_ALIAS || (e->kind == EFF_ACQUIRE && e->where.kind == WHERE_RET && !e->rule->is_integer);
        if (gives && binds_result_null(e)) m->model.may_return_null = true;
    }
}

static void hash_int(XXH3_state_t *h, int64_t v) {
    XXH3_64bits_update(h, &v, sizeof v);
}

static void hash_text(XXH3_state_t *h, const char *s) {
    hash_int(h, s ? (int64_t)strlen(s) : -1);
    if (s) XXH3_64bits_update(h, s, strlen(s));
}

static void hash_where(XXH3_state_t *h, const rule_where *w) {
    hash_int(h, w->kind);
    hash_int(h, w->arg);
    hash_int(h, w->count);
    hash_text(h, w->field);
}

static void hash_rule(XXH3_state_t *h, const rule *r) {
    const char *const texts[] = {r->extends ? r->extends->id : NULL,
                                 r->id,
                                 r->resource,
                                 r->acquired,
                                 r->released,
                                 r->message,
                                 r->why,
                                 r->fix,
                                 r->link,
                                 r->reason};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) hash_text(h, texts[i]);
    const int64_t numbers[] = {r->kind,    r->severity,     r->cwe,     r->experimental, r->scope_bound, r->is_integer,
                               r->counted, r->keeps_memory, r->no_leak, r->process_wide, r->nstates,     r->idempotent,
                               r->shared,  r->armed,        r->watch,   r->deep,         r->loops_only};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) hash_int(h, numbers[i]);
    for (uint32_t i = 0; i < r->nstates; i++) hash_text(h, r->states[i]);
    for (uint32_t i = 0; i < r->nlocks; i++) hash_text(h, r->locks[i]);
    for (uint32_t i = 0; i < r->naccepts; i++) hash_text(h, r->accepts[i]);
    hash_text(h, r->entries);
    for (uint32_t i = 0; i < r->nlent; i++) hash_text(h, r->lent[i]);
    hash_int(h, r->nwithin);
    for (uint32_t i = 0; i < r->nwithin; i++) hash_text(h, r->within[i]);
}

static void hash_effect(XXH3_state_t *h, const rule_effect *e) {
    hash_int(h, e->kind);
    hash_text(h, e->rule ? e->rule->id : NULL);
    hash_where(h, &e->where);
    hash_where(h, &e->from);
    hash_int(h, e->nconds);
    for (uint32_t i = 0; i < e->nconds; i++) {
        hash_where(h, &e->conds[i].where);
        hash_int(h, e->conds[i].cmp);
        hash_int(h, e->conds[i].value);
    }
    hash_int(h, e->null_safe | e->clears << 1 | e->zeroed << 2 | e->of_library << 3 | e->same_question << 4 |
                    e->itself << 5 | e->if_used << 6);
    hash_int(h, e->from_states);
    hash_int(h, e->to_state);
    hash_int(h, e->context);
}

uint64_t rule_set_hash(const rule_set *s) {
    XXH3_state_t *h = XXH3_createState();
    if (!h) return 0;
    XXH3_64bits_reset(h);
    for (uint32_t i = 0; i < s->rules.n; i++) hash_rule(h, s->rules.v[i]);
    for (uint32_t i = 0; i < rule_set_model_count(s); i++) {
        const rule_model *m = s->by_name[i];
        hash_text(h, m->name);
        hash_int(h, m->returns_nonnull | m->may_return_null << 1 | m->gives_errno << 2 | m->never_negative << 3);
        for (uint32_t j = 0; j < m->neffects; j++) hash_effect(h, &m->effects[j]);
    }
    uint64_t v = XXH3_64bits_digest(h);
    XXH3_freeState(h);
    return v;
}

static int by_model_name(const model_entry *a, const model_entry *b) {
    return strcmp(a->model.name, b->model.name);
}

void set_finish(rule_set *s) {
    HASH_SORT(s->models, by_model_name);
    s->by_name = LL_NEWN(s->arena, rule_model *, rule_set_model_count(s));
    uint32_t n = 0;
    for (model_entry *m = s->models; m; m = m->hh.next) {
        finish_model(m);
        s->by_name[n++] = &m->model;
    }
}

uint32_t rule_set_count(const rule_set *s) {
    return s->rules.n;
}
const rule *rule_set_at(const rule_set *s, uint32_t index) {
    return index < s->rules.n ? s->rules.v[index] : NULL;
}

const rule *rule_set_find(const rule_set *s, const char *id) {
    for (uint32_t i = 0; i < s->rules.n; i++)
        if (strcmp(s->rules.v[i]->id, id) == 0) return s->rules.v[i];
    return NULL;
}

const rule_model *rule_set_model(const rule_set *s, const char *function) {
    const model_entry *m = function ? find_model(s, function) : NULL;
    return m ? &m->model : NULL;
}

const char *rule_set_reported_id(const rule_set *s, const rule *r, rule_defect d) {
    return d < DEFECT_COUNT ? s->reported.v[r->index][d] : r->id;
}

uint32_t rule_set_model_count(const rule_set *s) {
    return HASH_COUNT(s->models);
}
const rule_model *rule_set_model_at(const rule_set *s, uint32_t i) {
    return i < rule_set_model_count(s) ? s->by_name[i] : NULL;
}

uint32_t rule_set_pack_count(const rule_set *s) {
    return s->packs.n;
}
const rulepack_pack *rule_set_pack_at(const rule_set *s, uint32_t i) {
    return i < s->packs.n ? s->packs.v[i] : NULL;
}
