#include "engine/remember.h"

#include <string.h>

#include "engine/call_index.h"
#include "engine/heard.h"
#include "engine/summary_codec.h"
#include "finding/finding_bytes.h"
#include "finding/lines.h"

enum { FORMAT = 8, MAX_PARTS = 8, MAX_STEPS = 16 };

/* A question with its answer that was read: where it is, and what came of asking it again. Components of one unit ask
 * much the same, so each stands once in a table. */
typedef enum verdict { NOT_ASKED, SAME_ANSWER, OTHER_ANSWER } verdict;
typedef struct question {
    uint32_t at;
    uint8_t verdict;
} question;

/* One component's conclusions, as bytes that refer to the strings of their part. */
typedef struct conclusion {
    ll_hash key;
    const void *bytes;
    size_t n;
    uint32_t part;
    bool used;
} conclusion;

/* What one run added to a unit. A part is copied from run to run as it is, without what no longer holds, until there
 * are so many that one has to go. Its summaries are most of it and few of them are looked at: they are bytes of their
 * own, under the unit's name and their hash, which are read when the first of them is asked for. */
typedef struct part {
    ll_strings strings;
    const void *bytes; /* strings and questions, as they were read */
    size_t n;
    ll_reader packed; /* the questions */
    question *questions;
    uint32_t nquestions;
    bool listed; /* the questions, once somebody asks */
    ll_hash summaries;
    const unsigned char *unpacked; /* NULL: not read yet */
    size_t nunpacked;
} part;

struct packed_summary {
    struct unit_memory *unit;
    uint32_t part;
    uint64_t at, n; /* in the part's summaries */
    const char **releases;
    uint32_t nreleases;
};

typedef struct unit_memory {
    const char *unit;
    LL_ARRAY(part) parts;
    LL_ARRAY(conclusion) known; /* from earlier runs */
    LL_ARRAY(conclusion) fresh;
    ll_strtab *strings;   /* of the fresh ones; NULL: none */
    ll_strtab *questions; /* of the fresh ones; there when strings are */
    ll_strbuf summaries;  /* of the fresh ones */
} unit_memory;

struct memory {
    name_map *units; /* unit -> unit_memory */
    LL_ARRAY(unit_memory *) list;
    uint64_t steps;          /* as the options bound them: part of every key */
    ll_strbuf key;           /* of the component that is asked for */
    LL_ARRAY(asked) answers; /* of the whole program: remember_unit */
    bool damaged;
    bool blank; /* what earlier runs left is not looked at */
};

memory *memory_new(engine *e) {
    if (!e->opt.cache.get) return NULL;
    memory *m = LL_NEW(e->arena, memory);
    m->units = name_map_new(e->arena);
    m->steps = e->opt.max_steps;
    return m;
}

bool memory_is_damaged(const memory *m) {
    return m && m->damaged;
}

memory *memory_begin_anew(engine *e) {
    memory_free(e->memory);
    memory *m = memory_new(e);
    m->blank = true;
    return m;
}

/* ---- a unit's conclusions ---- */

static void load_part(engine *e, unit_memory *u, ll_reader *r) {
    part p = {.bytes = r->p};
    size_t n;
    p.strings = ll_get_strings(r, e->arena, e->names);
    const void *questions = ll_get_bytes(r, &n);
    p.packed = ll_reader_of(questions, n);
    p.n = (size_t)(r->p - (const unsigned char *)p.bytes);
    p.summaries = ll_get_hash(r);
    for (uint32_t i = ll_get_count(r, LL_HASH_BYTES + 1); i && !r->bad; i--) {
        conclusion c = {.key = ll_get_hash(r), .part = u->parts.n};
        c.bytes = ll_get_bytes(r, &c.n);
        LL_PUSH(e->arena, &u->known, c);
    }
    LL_PUSH(e->arena, &u->parts, p);
}

static void load(engine *e, unit_memory *u) {
    const void *bytes;
    size_t n;
    if (e->memory->blank || !e->opt.cache.get(e->opt.cache.ctx, u->unit, &bytes, &n)) return;
    ll_reader r = ll_reader_of(bytes, n);
    if (!ll_open_sealed(&r, FORMAT)) return;
    for (uint32_t i = ll_get_below(&r, MAX_PARTS + 1); i && !r.bad; i--) load_part(e, u, &r);
    if (r.bad) u->known.n = u->parts.n = 0;
}

static unit_memory *memory_of(engine *e, const char *unit) {
    unit_memory *u = name_map_get(e->memory->units, unit);
    if (u) return u;
    u = LL_NEW(e->arena, unit_memory);
    u->unit = unit;
    load(e, u);
    name_map_put(e->memory->units, unit, u);
    LL_PUSH(e->arena, &e->memory->list, u);
    return u;
}

static void put_key(ll_strbuf *b, const char *usr, const char *unit, bool recursive, ll_hash facts) {
    ll_put_str(b, usr);
    ll_put_str(b, unit);
    ll_put_uint(b, recursive);
    ll_put_hash(b, facts);
}

/* The functions' own facts, in the order in which they are followed. */
static ll_hash key_of(const engine *e, const uint32_t *nodes, uint32_t n) {
    ll_strbuf *b = &e->memory->key;
    ll_sb_clear(b);
    ll_put_uint(b, e->memory->steps);
    for (uint32_t i = 0; i < n; i++) {
        const func_node *x = &e->nodes.v[nodes[i]];
        put_key(b, x->usr, x->unit, x->recursive, program_facts_hash(x));
    }
    return ll_hash_of(b->s, b->n);
}

/* ---- findings, relative to functions ---- */

/* A place is kept as the USR of the function around it, that function's unit, and the line from its first. */
typedef struct places {
    engine *e;
    ll_arena *a;
    const ir_unit *before; /* read as of this unit, where it was before it was edited; or NULL */
    bool lost;             /* a place that no function holds: such conclusions are not kept */
} places;

static void make_relative(places *p, finding_loc *l, const char *function) {
    const func_node *n = l->file ? program_function_at(p->e, l->file, l->line, function) : NULL;
    if (!n) {
        p->lost = true;
        return;
    }
    l->file = ll_printf(p->a, "%s\n%s", n->usr, n->unit);
    l->line -= n->f->first_line;
}

/* Where the function stood. NULL: it was not there. */
static const ir_func *stood(const places *p, const func_node *n) {
    if (!p->before || n->unit != p->before->file) return n->f;
    return ir_unit_func(p->before, n->usr);
}

static void make_absolute(places *p, finding_loc *l) {
    const char *end = l->file ? strchr(l->file, '\n') : NULL;
    const char *usr = end ? ll_intern_strn(p->e->names, l->file, (size_t)(end - l->file)) : NULL;
    const char *unit = end ? ll_intern_str(p->e->names, end + 1) : NULL;
    const func_node *n = usr ? program_find_node(p->e, usr, unit) : NULL;
    const ir_func *f = n && n->unit == unit ? stood(p, n) : NULL;
    if (!f) {
        p->lost = true;
        return;
    }
    l->file = f->file;
    l->line += f->first_line;
}

static void put_finding(places *p, const finding *f, ll_strtab *strings, ll_strbuf *out) {
    finding g = *f;
    int32_t first = f->function_loc.line;
    const func_node *own = program_function_at(p->e, f->function_loc.file, first, f->function);
    g.steps = ll_memdup(p->a, f->steps, f->nsteps * sizeof *f->steps);
    make_relative(p, &g.loc, f->function);
    make_relative(p, &g.function_loc, f->function);
    for (uint32_t i = 0; i < g.nsteps; i++) make_relative(p, &g.steps[i].loc, g.steps[i].function);
    if (g.nedits || !own)
        p->lost = true;
    else
        g.message = finding_shift_lines(p->a, g.message, -first, first, own->f->last_line, &p->lost);
    finding_write(&g, strings, out);
}

static finding get_finding(places *p, ll_reader *r, const ll_strings *strings) {
    finding f = finding_read(r, strings, p->e->out_arena);
    if (r->bad) return f;
    make_absolute(p, &f.loc);
    make_absolute(p, &f.function_loc);
    for (uint32_t i = 0; i < f.nsteps; i++) make_absolute(p, &f.steps[i].loc);
    /* compared by address within a run */
    const rule *own = f.family_id ? rule_set_find(p->e->rules, f.family_id) : NULL;
    if (own) f.family_id = own->id;
    f.message = finding_shift_lines(p->e->out_arena, f.message, f.function_loc.line, 0, INT32_MAX, &(bool){0});
    return f;
}

/* ---- taking what is known ---- */

/* The table: each question behind the number of its bytes. */
static void list_questions(engine *e, part *p) {
    ll_reader r = p->packed;
    size_t n;
    p->listed = true;
    p->nquestions = ll_get_count(&r, 1);
    p->questions = LL_NEWN(e->arena, question, p->nquestions);
    for (uint32_t i = 0; i < p->nquestions && !r.bad; i++) {
        const unsigned char *bytes = ll_get_bytes(&r, &n);
        p->questions[i].at = (uint32_t)(bytes - p->packed.p);
    }
    if (r.bad || r.p != r.end) p->nquestions = 0;
}

static asked get_question(ll_reader *r, const ll_strings *strings, ir_step path[MAX_STEPS]) {
    asked q = {.kind = (asked_kind)ll_get_below(r, ASKED_KINDS), .path = path};
    q.name = ll_get_string(r, strings);
    q.unit = ll_get_string(r, strings);
    q.nargs = ll_get_u32(r);
    q.npath = ll_get_below(r, MAX_STEPS);
    for (uint32_t i = 0; i < q.npath; i++) {
        path[i] = (ir_step){.kind = (ir_skind)ll_get_below(r, IR_S_DEREF + 1), .index_var = IR_NOVAR};
        path[i].field = ll_get_string(r, strings);
        path[i].index = ll_get_int(r);
    }
    q.answer = ll_get_u64(r);
    if (!q.name) ll_reader_fail(r);
    return q;
}

/* Whether the program answers it as before. What it says of a function that is still to be followed it may not say
 * later; all other answers are the same throughout a run, and asked for once. */
static bool holds(engine *e, part *p, uint32_t number) {
    question *known = &p->questions[number];
    ir_step path[MAX_STEPS];
    if (known->verdict != NOT_ASKED) return known->verdict == SAME_ANSWER;
    ll_reader r = p->packed;
    r.p += known->at;
    const asked q = get_question(&r, &p->strings, path);
    bool final = false, same = !r.bad && trace_answer(e, &q, &final) == q.answer;
    if (final) known->verdict = same ? SAME_ANSWER : OTHER_ANSWER;
    return same;
}

static bool get_asked(engine *e, ll_reader *r, part *p) {
    if (!p->listed) list_questions(e, p);
    for (uint32_t n = ll_get_count(r, 1); n && !r->bad; n--) {
        uint32_t number = ll_get_below(r, p->nquestions);
        if (r->bad || !holds(e, p, number)) return false;
    }
    return !r->bad;
}

static void get_releases(engine *e, ll_reader *r, const ll_strings *strings, struct packed_summary *out) {
    out->nreleases = ll_get_count(r, 1);
    out->releases = LL_NEWN(e->arena, const char *, out->nreleases);
    for (uint32_t i = 0; i < out->nreleases && !r->bad; i++) {
        out->releases[i] = ll_get_string(r, strings);
        if (!out->releases[i]) ll_reader_fail(r);
    }
}

static void get_summaries(engine *e, ll_reader *r, const ll_strings *strings, struct packed_summary *out,
                          uint64_t *hash, uint32_t n) {
    if (ll_get_uint(r) != n) ll_reader_fail(r);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        out[i].at = ll_get_uint(r);
        out[i].n = ll_get_uint(r);
        hash[i] = ll_get_u64(r);
        get_releases(e, r, strings, &out[i]);
    }
}

static void get_borrows(engine *e, ll_reader *r, const ll_strings *strings) {
    for (uint32_t n = ll_get_count(r, 2); n && !r->bad; n--) {
        const char *key = ll_get_string(r, strings);
        uint32_t results = ll_get_below(r, 8);
        if (!key) ll_reader_fail(r);
        uintptr_t bits = key ? (uintptr_t)name_map_get(e->borrows, key) : 0;
        if (key) name_map_put(e->borrows, key, (void *)(bits | results));
    }
}

static void get_deferred(places *p, ll_reader *r, const ll_strings *strings) {
    engine *e = p->e;
    for (uint32_t n = ll_get_count(r, 32); n && !r->bad; n--) {
        deferred d = {.f = get_finding(p, r, strings), .nneeds = ll_get_count(r, 3)};
        escape_class *needs = LL_NEWN(e->arena, escape_class, d.nneeds);
        for (uint32_t i = 0; i < d.nneeds && !r->bad; i++) {
            needs[i] = (escape_class){.callee = ll_get_string(r, strings), .arg = ll_get_u32(r)};
            needs[i].ret = (uint8_t)ll_get_below(r, 8);
            if (!needs[i].callee) ll_reader_fail(r);
        }
        d.needs = needs;
        LL_PUSH(e->arena, &e->deferred, d);
    }
}

static void attach(engine *e, unit_memory *u, uint32_t part, const uint32_t *nodes, uint32_t n,
                   struct packed_summary *sums, const uint64_t *hash) {
    for (uint32_t i = 0; i < n; i++) {
        func_node *x = &e->nodes.v[nodes[i]];
        sums[i].unit = u;
        sums[i].part = part;
        x->packed = &sums[i];
        x->releases = sums[i].releases;
        x->nreleases = sums[i].nreleases;
        x->sum_hash = hash[i];
    }
}

static bool take(engine *e, unit_memory *u, const conclusion *c, const uint32_t *nodes, uint32_t n) {
    ll_reader r = ll_reader_of(c->bytes, c->n);
    places p = {.e = e, .a = e->arena};
    const ll_strings *strings = &u->parts.v[c->part].strings;
    struct packed_summary *sums = LL_NEWN(e->arena, struct packed_summary, n);
    uint64_t *hash = LL_NEWN(e->arena, uint64_t, n);
    uint32_t findings = e->out->items.n, waiting = e->deferred.n;
    if (!get_asked(e, &r, &u->parts.v[c->part])) return false;
    get_summaries(e, &r, strings, sums, hash, n);
    for (uint32_t k = ll_get_count(&r, 32); k && !r.bad; k--)
        LL_PUSH(e->out_arena, &e->out->items, get_finding(&p, &r, strings));
    get_deferred(&p, &r, strings);
    get_borrows(e, &r, strings);
    if (r.bad || r.p != r.end || p.lost) {
        e->out->items.n = findings;
        e->deferred.n = waiting;
        return false;
    }
    attach(e, u, c->part, nodes, n, sums, hash);
    return true;
}

bool remember_component(engine *e, const uint32_t *nodes, uint32_t n) {
    if (!e->memory || e->memory->damaged) return false;
    unit_memory *u = memory_of(e, e->nodes.v[nodes[0]].unit);
    if (!u->known.n) return false;
    ll_hash key = key_of(e, nodes, n);
    for (uint32_t i = 0; i < u->known.n; i++) {
        conclusion *c = &u->known.v[i];
        if (c->used || !ll_hash_equal(c->key, key)) continue;
        c->used = take(e, u, c, nodes, n);
        if (c->used) return true;
    }
    return false;
}

static const char *name_of_summaries(ll_arena *a, const char *unit, ll_hash h) {
    return ll_printf(a, "%s\n%016llx%016llx", unit, (unsigned long long)h.hi, (unsigned long long)h.lo);
}

uint32_t engine_cache_needs(ll_arena *a, const char *unit, const void *bytes, size_t n, const char ***names) {
    ll_reader r = ll_reader_of(bytes, n);
    uint32_t found = 0;
    *names = LL_NEWN(a, const char *, MAX_PARTS);
    if (ll_get_uint(&r) != FORMAT) return 0;
    ll_get_u64(&r);
    for (uint32_t i = ll_get_below(&r, MAX_PARTS + 1); i && !r.bad; i--) {
        size_t skipped;
        ll_get_strings(&r, a, NULL);
        ll_get_bytes(&r, &skipped);
        (*names)[found++] = name_of_summaries(a, unit, ll_get_hash(&r));
        for (uint32_t k = ll_get_count(&r, LL_HASH_BYTES + 1); k && !r.bad; k--) {
            ll_get_hash(&r);
            ll_get_bytes(&r, &skipped);
        }
    }
    return r.bad ? 0 : found;
}

/* False: they are gone, or not what they were. */
static bool read_summaries(engine *e, unit_memory *u, part *p) {
    const void *bytes;
    if (p->unpacked) return true;
    if (!e->opt.cache.get(e->opt.cache.ctx, name_of_summaries(e->arena, u->unit, p->summaries), &bytes,
                          &p->nunpacked) ||
        !ll_hash_equal(ll_hash_of(bytes, p->nunpacked), p->summaries))
        return false;
    p->unpacked = bytes;
    return true;
}

void remember_unpack(engine *e, func_node *n) {
    const struct packed_summary *s = n->packed;
    part *p = &s->unit->parts.v[s->part];
    if (read_summaries(e, s->unit, p) && s->at <= p->nunpacked && s->n <= p->nunpacked - s->at)
        n->sum = summary_decode(e, n, e->arena, p->unpacked + s->at, s->n);
    if (n->sum) return;
    e->memory->damaged = true;
    n->sum = LL_NEW(e->arena, summary);
    n->sum->name = "";
    n->sum->incomplete = true;
}

/* ---- keeping ---- */

static void put_question(const asked *q, ll_strtab *strings, ll_strbuf *out) {
    ll_put_uint(out, q->kind);
    ll_put_uint(out, ll_strtab_add(strings, q->name));
    ll_put_uint(out, ll_strtab_add(strings, q->unit));
    ll_put_uint(out, q->nargs);
    ll_put_uint(out, q->npath);
    for (uint32_t k = 0; k < q->npath; k++) {
        ll_put_uint(out, q->path[k].kind);
        ll_put_uint(out, ll_strtab_add(strings, q->path[k].kind == IR_S_FIELD ? q->path[k].field : NULL));
        ll_put_int(out, q->path[k].kind == IR_S_INDEX ? q->path[k].index : 0);
    }
    ll_put_u64(out, q->answer);
}

static void put_asked(const unit_memory *u, const trace *t, ll_strbuf *out) {
    ll_strbuf b = {0};
    ll_put_uint(out, t->asked.n);
    for (uint32_t i = 0; i < t->asked.n; i++) {
        ll_sb_clear(&b);
        put_question(&t->asked.v[i], u->strings, &b);
        ll_put_uint(out, ll_strtab_add_bytes(u->questions, b.s, b.n) - 1);
    }
    ll_sb_free(&b);
}

static void put_questions(const ll_strtab *t, ll_strbuf *out) {
    ll_strbuf all = {0};
    ll_strtab_write(t, &all);
    ll_put_bytes(out, all.s, all.n);
    ll_sb_free(&all);
}

static void put_releases(engine *e, unit_memory *u, const func_node *x, ll_strbuf *out) {
    uint32_t n;
    const char **types = armed_releases(e, x, &n);
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) ll_put_uint(out, ll_strtab_add(u->strings, types[i]));
}

static void put_summaries(engine *e, unit_memory *u, const uint32_t *nodes, uint32_t n, ll_strbuf *out) {
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) {
        ll_strbuf b = {0};
        func_node *x = &e->nodes.v[nodes[i]];
        size_t shown = summary_encode(e, x, x->sum, &b);
        x->sum_hash = ll_hash64(b.s, shown);
        ll_put_uint(out, u->summaries.n);
        ll_put_uint(out, b.n);
        ll_put_u64(out, x->sum_hash);
        put_releases(e, u, x, out);
        ll_sb_addn(&u->summaries, b.s, b.n);
        ll_sb_free(&b);
    }
}

static void put_found(places *p, const finding_list *l, uint32_t from, ll_strtab *strings, ll_strbuf *out) {
    ll_put_uint(out, l->items.n - from);
    for (uint32_t i = from; i < l->items.n; i++) put_finding(p, &l->items.v[i], strings, out);
}

static void put_deferred(places *p, uint32_t from, ll_strtab *strings, ll_strbuf *out) {
    const engine *e = p->e;
    ll_put_uint(out, e->deferred.n - from);
    for (uint32_t i = from; i < e->deferred.n; i++) {
        const deferred *d = &e->deferred.v[i];
        put_finding(p, &d->f, strings, out);
        ll_put_uint(out, d->nneeds);
        for (uint32_t k = 0; k < d->nneeds; k++) {
            ll_put_uint(out, ll_strtab_add(strings, d->needs[k].callee));
            ll_put_uint(out, d->needs[k].arg);
            ll_put_uint(out, d->needs[k].ret);
        }
    }
}

void memorise_component(engine *e, const uint32_t *nodes, uint32_t n, trace *t, uint32_t findings, uint32_t deferred) {
    unit_memory *u = memory_of(e, e->nodes.v[nodes[0]].unit);
    places p = {.e = e, .a = e->arena};
    ll_strbuf b = {0};
    if (!u->strings) {
        u->strings = ll_strtab_new();
        u->questions = ll_strtab_new();
    }
    put_asked(u, t, &b);
    put_summaries(e, u, nodes, n, &b);
    put_found(&p, e->out, findings, u->strings, &b);
    put_deferred(&p, deferred, u->strings, &b);
    ll_put_uint(&b, t->borrows.n);
    for (uint32_t i = 0; i < t->borrows.n; i++) {
        ll_put_uint(&b, ll_strtab_add(u->strings, t->borrows.v[i].key));
        ll_put_uint(&b, t->borrows.v[i].results);
    }
    conclusion c = {.key = key_of(e, nodes, n), .bytes = ll_memdup(e->arena, b.s, b.n), .n = b.n};
    if (!p.lost) LL_PUSH(e->arena, &u->fresh, c);
    ll_sb_free(&b);
}

/* ---- one unit edited ---- */

/* The only conclusion under the key. NULL: there is none, or no telling which. */
static conclusion *only_one(const unit_memory *u, ll_hash key) {
    conclusion *found = NULL;
    for (uint32_t i = 0; i < u->known.n; i++) {
        if (!ll_hash_equal(u->known.v[i].key, key)) continue;
        if (found) return NULL;
        found = &u->known.v[i];
    }
    return found;
}

static ll_hash key_of_one(const engine *e, const ir_func *f, const char *unit, bool recursive) {
    ll_strbuf *b = &e->memory->key;
    ll_sb_clear(b);
    ll_put_uint(b, e->memory->steps);
    put_key(b, f->usr, unit, recursive, program_facts_hash(&(func_node){.f = f}));
    return ll_hash_of(b->s, b->n);
}

/* `verdict` says that the question is among the answers. */
static void note_answers(engine *e, part *p, const conclusion *c) {
    ll_reader r = ll_reader_of(c->bytes, c->n);
    if (!p->listed) list_questions(e, p);
    for (uint32_t n = ll_get_count(&r, 1); n && !r.bad; n--) {
        uint32_t number = ll_get_below(&r, p->nquestions);
        if (r.bad || p->questions[number].verdict != NOT_ASKED) continue;
        p->questions[number].verdict = SAME_ANSWER;
        ir_step path[MAX_STEPS];
        ll_reader one = p->packed;
        one.p += p->questions[number].at;
        asked q = get_question(&one, &p->strings, path);
        q.path = ll_memdup(e->arena, path, q.npath * sizeof *path);
        if (one.bad) continue;
        LL_PUSH(e->arena, &e->memory->answers, q);
        if (q.kind == ASKED_THREADS && e->calls) e->calls->threads = q.answer;
    }
}

void remember_unit(engine *e, const ir_unit *before) {
    unit_memory *u = memory_of(e, before->file);
    for (uint32_t i = 0; i < before->funcs.n * 2; i++) {
        conclusion *c = only_one(u, key_of_one(e, before->funcs.v[i / 2], u->unit, i % 2));
        if (c) note_answers(e, &u->parts.v[c->part], c);
    }
    for (uint32_t k = 0; k < u->known.n; k++) u->known.v[k].used = true;
}

void remember_replaced(engine *e, const char *unit, const ir_func *before) {
    unit_memory *u = memory_of(e, unit);
    ll_hash key = key_of_one(e, before, u->unit, false);
    for (uint32_t k = 0; k < u->known.n; k++)
        if (ll_hash_equal(u->known.v[k].key, key)) u->known.v[k].used = false;
}

static void skip_asked(ll_reader *r) {
    for (uint32_t n = ll_get_count(r, 1); n && !r->bad; n--) ll_get_uint(r);
}

void remember_as_it_is(engine *e, const uint32_t *nodes, uint32_t n) {
    unit_memory *u = memory_of(e, e->nodes.v[nodes[0]].unit);
    const func_node *first = &e->nodes.v[nodes[0]];
    const conclusion *c = only_one(u, key_of(e, nodes, n));
    /* by way of what is not here it may call itself */
    if (!c && n == 1) c = only_one(u, key_of_one(e, first->f, u->unit, true));
    if (!c) return;
    ll_reader r = ll_reader_of(c->bytes, c->n);
    struct packed_summary *sums = LL_NEWN(e->arena, struct packed_summary, n);
    uint64_t *hash = LL_NEWN(e->arena, uint64_t, n);
    skip_asked(&r);
    get_summaries(e, &r, &u->parts.v[c->part].strings, sums, hash, n);
    if (!r.bad) attach(e, u, c->part, nodes, n, sums, hash);
}

/* Several components may have asked it; they were all told the same. Who asks about threads makes no difference. */
static bool was_answered(const memory *m, const asked *q) {
    bool found = false;
    for (uint32_t i = 0; i < m->answers.n; i++) {
        const asked *known = &m->answers.v[i];
        bool same = q->kind == ASKED_THREADS ? known->kind == q->kind : trace_same_question(known, q);
        if (same && known->answer != q->answer) return false;
        found |= same;
    }
    return found;
}

/* All that the program says of it is at hand: every definition is, or the one declaration. What was followed again
 * before says now what it would say in the whole program. */
static bool is_at_hand(const engine *e, const heard *h, const asked *q) {
    if (q->kind == ASKED_DECL) {
        const ir_fdecl *d = program_find_decl(e, q->name);
        return d && heard_declared(h, d);
    }
    if (q->kind != ASKED_NODE && q->kind != ASKED_TARGET) return false;
    const func_node *n = q->kind == ASKED_NODE ? program_find_node(e, q->name, q->unit) : NULL;
    return !heard_away(h, e, q->name) && (!n || n->sum || n->packed);
}

/* `own`: it is silent, and named by nobody: what there is to say of it, its unit says. */
static bool are_answered(const engine *e, const heard *h, const char *own, const trace *t) {
    for (uint32_t i = 0; i < t->asked.n; i++) {
        const asked *q = &t->asked.v[i];
        bool asks_itself = own && q->name == own && q->kind != ASKED_THREADS;
        if (!asks_itself && !is_at_hand(e, h, q) && !was_answered(e->memory, q)) return false;
    }
    return true;
}

typedef struct pairing {
    engine_edit *edit;
    const ir_changed *of;
    ll_arena *a;
    bool apart; /* what was in one place is in two, or elsewhere where nothing was changed */
} pairing;

/* Where the place of a function that was followed again is now. NULL: nobody said. */
static const engine_moved *moved_from(const engine_edit *edit, const char *usr, int32_t line, int32_t col) {
    for (uint32_t i = 0; i < edit->moved.n; i++) {
        const engine_moved *x = &edit->moved.v[i];
        if (x->of->usr == usr && x->line == line && x->col == col) return x;
    }
    return NULL;
}

static void pair_places(void *ctx, const char *usr, const summary_place *before, const summary_place *now) {
    pairing *p = ctx;
    const engine_moved *known = moved_from(p->edit, usr ? usr : p->of->before->usr, before->line, before->col);
    if (known)
        p->apart |= known->to_line != now->line || known->to_col != now->col;
    else if (usr)
        p->apart |= before->line != now->line || before->col != now->col;
    else
        LL_PUSH(p->a, &p->edit->moved, (engine_moved){p->of->before, before->line, before->col, now->line, now->col});
}

/* What is asked of it when all is over. `silent`: nothing at all. */
static bool same_releases(engine *e, const struct packed_summary *old, const func_node *x, bool silent) {
    uint32_t n;
    const char **types = armed_releases(e, x, &n);
    bool same = n == old->nreleases && !(silent && n);
    for (uint32_t i = 0; i < n && same; i++) same = strcmp(types[i], old->releases[i]) == 0;
    return same;
}

/* What callers see; where in the function it is seen may differ. */
static remember_verdict compare_summary(engine *e, unit_memory *u, part *p, ll_reader *r, const func_node *x,
                                        const ir_changed *changed, engine_edit *edit) {
    struct packed_summary old = {0};
    uint64_t hash = 0;
    ll_strbuf b = {0};
    pairing places = {edit, changed, e->out_arena, false};
    get_summaries(e, r, &p->strings, &old, &hash, 1);
    if (r->bad || !read_summaries(e, u, p) || old.at > p->nunpacked || old.n > p->nunpacked - old.at)
        return REMEMBER_LOST;
    summary_encode(e, x, x->sum, &b);
    bool same = summary_pair_places(e, p->unpacked + old.at, old.n, b.s, b.n, pair_places, &places) && !places.apart;
    ll_sb_free(&b);
    if (changed->alone) return REMEMBER_SAME;
    if (!same_releases(e, &old, x, !same)) return REMEMBER_LOST;
    return same ? REMEMBER_SAME : REMEMBER_OTHER;
}

/* What is reported now instead of what was, one by one as far as there are both. */
static void read_swaps(places *p, ll_reader *r, const ll_strings *strings, uint32_t from, engine_edit *edit) {
    const finding_list *l = p->e->out;
    uint32_t nwas = ll_get_count(r, 32), nis = l->items.n - from;
    for (uint32_t i = 0; (i < nwas || i < nis) && !r->bad; i++) {
        engine_swap s = {.had = i < nwas, .has = i < nis};
        if (s.had) s.was = get_finding(p, r, strings);
        if (s.has) s.is = l->items.v[from + i];
        if (!(s.had && s.has && finding_same(&s.was, &s.is))) LL_PUSH(p->e->out_arena, &edit->swaps, s);
    }
}

static bool same_needs(ll_reader *r, const ll_strings *strings, const deferred *d) {
    bool same = ll_get_count(r, 3) == d->nneeds;
    for (uint32_t i = 0; i < d->nneeds && same; i++) {
        const char *callee = ll_get_string(r, strings);
        uint32_t arg = ll_get_u32(r), ret = ll_get_below(r, 8);
        same = !r->bad && callee == d->needs[i].callee && arg == d->needs[i].arg && ret == d->needs[i].ret;
    }
    return same;
}

/* What waits for evidence waits for the same: it is reported where what waited before was. */
static bool same_deferred(places *p, ll_reader *r, const ll_strings *strings, uint32_t from, engine_edit *edit) {
    const engine *e = p->e;
    bool same = ll_get_count(r, 32) == e->deferred.n - from;
    for (uint32_t i = from; i < e->deferred.n && same && !r->bad; i++) {
        const engine_swap s = {
            .was = get_finding(p, r, strings), .is = e->deferred.v[i].f, .had = true, .has = true, .perhaps = true};
        same = !r->bad && same_needs(r, strings, &e->deferred.v[i]);
        if (same && !finding_same(&s.was, &s.is)) LL_PUSH(p->e->out_arena, &edit->swaps, s);
    }
    return same && !r->bad;
}

static uint32_t results_of(const borrow *v, uint32_t n, const char *key) {
    for (uint32_t i = 0; i < n; i++)
        if (v[i].key == key) return v[i].results;
    return 0;
}

/* It bears witness to what it did before, as far as anything waits for that. */
static bool same_borrows(engine *e, const heard *h, ll_reader *r, const ll_strings *strings, const trace *t) {
    LL_ARRAY(borrow) was = {0};
    bool same = true;
    for (uint32_t n = ll_get_count(r, 2); n && !r->bad; n--) {
        borrow b = {.key = ll_get_string(r, strings)};
        b.results = (uint8_t)ll_get_below(r, 8);
        if (!r->bad && b.key) LL_PUSH(e->arena, &was, b);
    }
    for (uint32_t i = 0; i < was.n && same; i++)
        same = results_of(t->borrows.v, t->borrows.n, was.v[i].key) == was.v[i].results ||
               !heard_needs_borrow(h, was.v[i].key);
    for (uint32_t i = 0; i < t->borrows.n && same; i++)
        same = results_of(was.v, was.n, t->borrows.v[i].key) || !heard_needs_borrow(h, t->borrows.v[i].key);
    return same && !r->bad && r->p == r->end;
}

remember_verdict remember_same(engine *e, uint32_t node, const remembered *was, engine_edit *edit) {
    const func_node *x = &e->nodes.v[node];
    const ir_changed *changed = was->changed;
    unit_memory *u = memory_of(e, x->unit);
    if (!are_answered(e, was->heard, changed->alone ? x->usr : NULL, was->asked)) return REMEMBER_LOST;
    if (!changed->before) {
        bool silent = e->out->items.n == was->findings && e->deferred.n == was->deferred && !was->asked->borrows.n;
        return silent ? REMEMBER_SAME : REMEMBER_LOST;
    }
    const conclusion *c = only_one(u, key_of_one(e, changed->before, u->unit, false));
    if (!c) return REMEMBER_LOST;
    part *from = &u->parts.v[c->part];
    places p = {.e = e, .a = e->arena, .before = was->before};
    ll_reader r = ll_reader_of(c->bytes, c->n);
    skip_asked(&r);
    remember_verdict v = compare_summary(e, u, from, &r, x, changed, edit);
    if (v == REMEMBER_LOST) return v;
    read_swaps(&p, &r, &from->strings, was->findings, edit);
    bool same = same_deferred(&p, &r, &from->strings, was->deferred, edit) &&
                same_borrows(e, was->heard, &r, &from->strings, was->asked) && !p.lost;
    return same ? v : REMEMBER_LOST;
}

/* ---- writing ---- */

static void put_conclusion(const conclusion *c, ll_strbuf *out) {
    ll_put_hash(out, c->key);
    ll_put_bytes(out, c->bytes, c->n);
}

static uint32_t count_used(const unit_memory *u, uint32_t part) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->known.n; i++) n += u->known.v[i].part == part && u->known.v[i].used;
    return n;
}

static void put_part(const unit_memory *u, uint32_t part, ll_strbuf *out) {
    ll_sb_addn(out, u->parts.v[part].bytes, u->parts.v[part].n);
    ll_put_hash(out, u->parts.v[part].summaries);
    ll_put_uint(out, count_used(u, part));
    for (uint32_t i = 0; i < u->known.n; i++)
        if (u->known.v[i].part == part && u->known.v[i].used) put_conclusion(&u->known.v[i], out);
}

static void put_fresh(engine *e, const unit_memory *u, ll_strbuf *out) {
    ll_hash summaries = ll_hash_of(ll_sb_str(&u->summaries), u->summaries.n);
    e->opt.cache.put(e->opt.cache.ctx, name_of_summaries(e->arena, u->unit, summaries), ll_sb_str(&u->summaries),
                     u->summaries.n);
    ll_strtab_write(u->strings, out);
    put_questions(u->questions, out);
    ll_put_hash(out, summaries);
    ll_put_uint(out, u->fresh.n);
    for (uint32_t i = 0; i < u->fresh.n; i++) put_conclusion(&u->fresh.v[i], out);
}

/* There is one too many: the one of which least is still of use goes. */
static void drop_least(const unit_memory *u, uint32_t *parts, uint32_t *n) {
    uint32_t least = 0;
    for (uint32_t i = 1; i < *n; i++)
        if (count_used(u, parts[i]) <= count_used(u, parts[least])) least = i;
    memmove(parts + least, parts + least + 1, (--*n - least) * sizeof *parts);
}

/* The newest part first. */
static void write_unit(engine *e, const unit_memory *u) {
    ll_strbuf body = {0}, out = {0};
    uint32_t parts[MAX_PARTS], n = 0;
    for (uint32_t i = 0; i < u->parts.n; i++)
        if (count_used(u, i)) parts[n++] = i;
    if (n == MAX_PARTS) drop_least(u, parts, &n);
    ll_put_uint(&body, (uint64_t)n + 1);
    put_fresh(e, u, &body);
    for (uint32_t i = 0; i < n; i++) put_part(u, parts[i], &body);
    ll_put_sealed(&out, FORMAT, &body);
    e->opt.cache.put(e->opt.cache.ctx, u->unit, out.s, out.n);
    ll_sb_free(&body);
    ll_sb_free(&out);
}

void memory_save(engine *e) {
    memory *m = e->memory;
    for (uint32_t i = 0; m && i < m->list.n; i++)
        if (m->list.v[i]->fresh.n && e->opt.cache.put) write_unit(e, m->list.v[i]);
}

void memory_free(memory *m) {
    if (m) ll_sb_free(&m->key);
    for (uint32_t i = 0; m && i < m->list.n; i++) {
        if (m->list.v[i]->strings) ll_strtab_free(m->list.v[i]->strings);
        if (m->list.v[i]->questions) ll_strtab_free(m->list.v[i]->questions);
        ll_sb_free(&m->list.v[i]->summaries);
    }
}
