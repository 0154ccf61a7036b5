#include "pipeline/result.h"

#include <stdlib.h>

#include "finding/finding_bytes.h"
#include "pipeline/versions.h"

enum { FORMAT = 2, FEW = 16 }; /* few units were read: after an edit, and another is more likely than none */

/* ---- keys ---- */

static int by_hash(const void *x, const void *y) {
    const ll_hash *a = x, *b = y;
    if (a->hi != b->hi) return a->hi < b->hi ? -1 : 1;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/* Of a set: the order in which the plan names units changes nothing. */
static ll_hash key_of(const result_query *q, ll_hash *units) {
    ll_strbuf b = {0};
    ll_put_uint(&b, FORMAT);
    ll_put_uint(&b, LL_ENGINE_VERSION);
    ll_put_u64(&b, q->rules);
    ll_put_str(&b, q->root);
    qsort(units, q->n, sizeof *units, by_hash);
    for (uint32_t i = 0; i < q->n; i++) ll_put_hash(&b, units[i]);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

static ll_hash key_of_requests(const result_query *q, ll_arena *a) {
    ll_hash *units = LL_NEWN(a, ll_hash, q->n);
    for (uint32_t i = 0; i < q->n; i++) units[i] = facts_cache_key_of(q->cache, &q->rq[i]);
    return key_of(q, units);
}

ll_hash result_key(const result_query *q, ll_arena *a, const ll_hash *facts) {
    ll_hash *units = LL_NEWN(a, ll_hash, q->n);
    for (uint32_t i = 0; i < q->n; i++) {
        if (ll_hash_is_none(facts[i])) return (ll_hash){0};
        units[i] = ll_hash_join(facts_cache_key_of(q->cache, &q->rq[i]), facts[i]);
    }
    return key_of(q, units);
}

/* None unless the facts of every unit are known. */
static ll_hash key_of_facts(const result_query *q, ll_arena *a) {
    ll_hash *facts = LL_NEWN(a, ll_hash, q->n);
    for (uint32_t i = 0; i < q->n; i++) {
        facts[i] = facts_cache_find(q->cache, &q->rq[i]);
        if (ll_hash_is_none(facts[i])) return (ll_hash){0};
    }
    return result_key(q, a, facts);
}

ll_hash result_scope(const result_query *q, bool whole) {
    ll_strbuf b = {0};
    ll_put_uint(&b, LL_ENGINE_VERSION);
    ll_put_u64(&b, q->rules);
    ll_put_str(&b, q->root);
    ll_put_uint(&b, whole);
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

bool result_remembers(const result_query *q) {
    return q->cache && q->rules && q->n;
}

/* ---- bytes ---- */

static void write_notes(const pipeline_analysis *p, const result_query *q, ll_strbuf *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nunits; i++) n += p->units[i].unit && p->units[i].unit->notes.n;
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < p->nunits; i++) {
        const ir_unit *u = p->units[i].unit;
        if (!u || !u->notes.n) continue;
        ir_unit shell = {.file = u->file};
        ll_strbuf b = {0};
        shell.notes.v = u->notes.v;
        shell.notes.n = u->notes.n;
        ir_encode(&b, &shell);
        ll_put_hash(out, facts_cache_key_of(q->cache, &q->rq[i]));
        ll_put_bytes(out, b.s, b.n);
        ll_sb_free(&b);
    }
}

typedef struct keyed_unit {
    ll_hash key; /* first: by_hash compares these */
    uint32_t index;
} keyed_unit;

static keyed_unit *units_by_key(const result_query *q, ll_arena *a) {
    keyed_unit *units = LL_NEWN(a, keyed_unit, q->n);
    for (uint32_t i = 0; i < q->n; i++) units[i] = (keyed_unit){facts_cache_key_of(q->cache, &q->rq[i]), i};
    qsort(units, q->n, sizeof *units, by_hash);
    return units;
}

static void read_notes(ll_reader *r, const result_query *q, pipeline_analysis *p) {
    ir_unit *plain = LL_NEWN(p->arena, ir_unit, q->n);
    p->units = LL_NEWN(p->arena, facts_unit, q->n);
    p->nunits = p->ncached = q->n;
    for (uint32_t i = 0; i < q->n; i++) {
        plain[i].file = ll_intern_str(p->names, q->rq[i].file);
        p->units[i] = (facts_unit){.unit = &plain[i], .cached = true};
    }
    uint32_t k = ll_get_count(r, LL_HASH_BYTES + 1);
    const keyed_unit *units = k ? units_by_key(q, p->arena) : NULL;
    for (; k && !r->bad; k--) {
        size_t n;
        const keyed_unit wanted = {.key = ll_get_hash(r)};
        const void *bytes = ll_get_bytes(r, &n);
        const keyed_unit *u = bsearch(&wanted, units, q->n, sizeof *units, by_hash);
        while (u && u > units && ll_hash_equal(u[-1].key, u->key)) u--; /* the same request may stand there twice */
        for (; u && u < units + q->n && ll_hash_equal(u->key, wanted.key); u++)
            if (!ir_decode(p->arena, p->names, bytes, n, &plain[u->index], NULL)) ll_reader_fail(r);
    }
}

void result_write(const result_query *q, const pipeline_analysis *p, const finished *f, ll_strbuf *out) {
    ll_strtab *strings = ll_strtab_new();
    ll_strbuf body = {0};
    ll_put_uint(&body, f->findings.items.n);
    for (uint32_t i = 0; i < f->findings.items.n; i++) finding_write(&f->findings.items.v[i], strings, &body);
    ll_put_uint(&body, f->files.n);
    for (uint32_t i = 0; i < f->files.n; i++) ll_put_uint(&body, ll_strtab_add(strings, f->files.v[i]));
    write_notes(p, q, &body);
    ll_put_uint(out, FORMAT);
    ll_strtab_write(strings, out);
    ll_sb_addn(out, body.s, body.n);
    ll_strtab_free(strings);
    ll_sb_free(&body);
}

bool result_read(const void *bytes, size_t n, const result_query *q, ll_arena *a, pipeline_analysis *p, finished *f) {
    ll_reader r = ll_reader_of(bytes, n);
    pipeline_analysis got = {.own_names = ll_intern_new(), .arena = ll_arena_new("result")};
    got.names = got.own_names;
    *f = (finished){0};
    if (ll_get_uint(&r) != FORMAT) ll_reader_fail(&r);
    ll_strings strings = ll_get_strings(&r, a, NULL);
    for (uint32_t i = ll_get_count(&r, 32); i && !r.bad; i--)
        LL_PUSH(a, &f->findings.items, finding_read(&r, &strings, a));
    for (uint32_t i = ll_get_count(&r, 1); i && !r.bad; i--) {
        const char *file = ll_get_string(&r, &strings);
        if (file)
            LL_PUSH(a, &f->files, file);
        else
            ll_reader_fail(&r);
    }
    read_notes(&r, q, &got);
    if (r.bad || r.p != r.end) {
        pipeline_analysis_free(&got);
        return false;
    }
    pipeline_analysis_free(p);
    *p = got;
    return true;
}

/* ---- the two keys ---- */

static void write_suppressions(const suppress_set *set, ll_strbuf *out) {
    ll_strtab *strings = ll_strtab_new();
    ll_strbuf body = {0};
    ll_put_uint(&body, set->items.n);
    for (uint32_t i = 0; i < set->items.n; i++) suppression_write(&set->items.v[i], strings, &body);
    ll_strtab_write(strings, out);
    ll_put_bytes(out, ll_sb_str(&body), body.n);
    ll_strtab_free(strings);
    ll_sb_free(&body);
}

static void read_suppressions(ll_reader *r, ll_arena *a, suppress_set *out) {
    ll_strings strings = ll_get_strings(r, a, NULL);
    size_t n;
    const void *bytes = ll_get_bytes(r, &n);
    ll_reader body = ll_reader_of(bytes, n);
    *out = (suppress_set){0};
    for (uint32_t i = ll_get_count(&body, 8); i && !body.bad; i--)
        LL_PUSH(a, &out->items, suppression_read(&body, &strings, a));
    if (body.bad || body.p != body.end) ll_reader_fail(r);
}

/* Under the first key: the second one, the suppressions, then the inputs. */
static void point(const result_query *q, ll_arena *a, ll_hash result, const suppress_set *suppressions) {
    const ll_strbuf *inputs = facts_cache_inputs(q->cache, a);
    ll_strbuf b = {0};
    if (!inputs) return;
    ll_put_hash(&b, result);
    write_suppressions(suppressions, &b);
    ll_sb_addn(&b, inputs->s, inputs->n);
    facts_cache_put_result(q->cache, key_of_requests(q, a), b.s, b.n);
    ll_sb_free(&b);
}

bool result_recall(const result_query *q, ll_arena *a, pipeline_analysis *p, finished *out) {
    const void *bytes;
    size_t n;
    suppress_set suppressions;
    if (!result_remembers(q) || !facts_cache_get_result(q->cache, a, key_of_requests(q, a), &bytes, &n)) return false;
    ll_reader r = ll_reader_of(bytes, n);
    ll_hash result = ll_get_hash(&r);
    read_suppressions(&r, a, &suppressions);
    if (r.bad || !facts_cache_inputs_hold(q->cache, r.p, (size_t)(r.end - r.p))) return false;
    if (!facts_cache_get_result(q->cache, a, result, &bytes, &n) || !result_read(bytes, n, q, a, p, out)) return false;
    out->suppressions = suppressions;
    return true;
}

bool result_recall_by_facts(const result_query *q, ll_arena *a, pipeline_analysis *p, finished *out) {
    const void *bytes;
    size_t n;
    if (!result_remembers(q)) return false;
    ll_hash key = key_of_facts(q, a);
    if (ll_hash_is_none(key) || !facts_cache_get_result(q->cache, a, key, &bytes, &n)) return false;
    uint32_t parsed = p->nparsed;
    int64_t parse_ms = p->parse_ms;
    if (!result_read(bytes, n, q, a, p, out)) return false;
    p->nparsed = parsed;
    p->ncached = q->n - parsed;
    p->parse_ms = parse_ms;
    pipeline_scan_suppressions(a, q->root, q->view, q->cache, out);
    point(q, a, key, &out->suppressions);
    return true;
}

void result_remember(const result_query *q, ll_arena *a, const pipeline_analysis *p, const finished *f) {
    if (!result_remembers(q) || p->stopped_by) return;
    ll_hash key = key_of_facts(q, a);
    ll_strbuf b = {0};
    if (ll_hash_is_none(key)) return;
    result_write(q, p, f, &b);
    facts_cache_put_result(q->cache, key, b.s, b.n);
    ll_sb_free(&b);
    if (!p->nparsed || p->nparsed > q->n / FEW) point(q, a, key, &f->suppressions);
}
