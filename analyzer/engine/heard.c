/* A mark is eight bytes: of a USR's hash four, then what is said of it. It stands where the hash says, in a table a
 * quarter larger than need be, or in the next free place behind. */
#include "engine/heard.h"

#include <stdlib.h>
#include <string.h>

#include "engine/evidence.h"
#include "engine/field_index.h"
#include "ir/codec.h"

enum { FORMAT = 2, MARK_BYTES = 8 };
#define NAMED UINT32_MAX
#define LOOKED_INTO (UINT32_MAX - 1)
#define ASKED_AROUND (UINT32_MAX - 2)
#define ASKED_ROOTS (UINT32_MAX - 3)
/* In the upper bits, above what is said with them; numbers of units have none of these. */
#define DECLARED 0x80000000u
#define FOLLOWED 0xa0000000u
#define REACH 0xc0000000u
#define TAGS 0xe0000000u
/* Marks of names that are not functions'; no USR begins so. */
#define ENDED_TYPE "\ntype "
#define ENDED_FIELD "\nfield "
#define ASKED_WAYS "\nways"
#define NEEDED "\nneeded "

typedef struct marker {
    ll_arena *a;
    name_map *named; /* USRs that have their mark: most are named many times */
    LL_ARRAY(uint64_t) marks;
    ll_strbuf name; /* that is made at the moment */
} marker;

static uint64_t mark_of(const char *usr, uint32_t what) {
    return ll_hash64(usr, strlen(usr)) << 32 | what;
}

static uint32_t place_of(uint64_t mark, uint32_t n) {
    return (uint32_t)((mark >> 32) * n >> 32);
}

/* What is said of names that are not functions', or of functions of one name. */
static const char *named(ll_strbuf *b, const char *what, const char *name) {
    ll_sb_clear(b);
    ll_sb_add(b, what);
    ll_sb_add(b, name);
    return ll_sb_str(b);
}

/* ---- writing ---- */

static void put(marker *m, const char *usr, uint32_t what) {
    LL_PUSH(m->a, &m->marks, mark_of(usr, what));
}

static void put_named(marker *m, const char *usr) {
    if (!usr || name_map_get(m->named, usr)) return;
    name_map_put(m->named, usr, (void *)usr);
    put(m, usr, NAMED);
}

static void put_outline(marker *m, const ir_outline *o) {
    for (uint32_t i = 0; i < o->nrefs; i++) put_named(m, o->refs[i].usr);
    for (uint32_t i = 0; i < o->nfills; i++) put_named(m, o->fills[i].usr);
    for (uint32_t i = 0; i < o->ntaken; i++) put_named(m, o->taken[i]);
}

/* Every function that a unit names has a declaration there, and so has every one that it defines. */
static void put_decls(marker *m, const ir_unit *u) {
    for (uint32_t i = 0; i < u->decls.n; i++) {
        if (name_map_get(m->named, u->decls.v[i].usr)) continue;
        if (!ir_unit_func(u, u->decls.v[i].usr)) put_named(m, u->decls.v[i].usr);
    }
}

uint32_t heard_forbid_bit(const rule_set *rules, const rule *r) {
    uint32_t bit = HEARD_REACHES_WATCHED;
    for (uint32_t i = 0; i <= r->index; i++)
        if (rule_set_at(rules, i)->kind == RULE_FORBID && bit < HEARD_REACHES_MORE) bit <<= 1;
    return bit;
}

static bool only_watched(const watched_call *w, const void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < w->model->neffects; i++)
        if (rule_effect_watches(w->model->effects[i].kind) && w->model->effects[i].kind != EFF_FORBID) return true;
    return false;
}

static void add_reach(const engine *e, const reach_step *way, uint32_t bit, uint32_t *masks) {
    for (uint32_t i = 0; way && i < e->nodes.n; i++)
        if (way[i].call) masks[i] |= bit;
}

static void put_reach(engine *e, marker *m) {
    uint32_t *masks = LL_NEWN(m->a, uint32_t, e->nodes.n);
    add_reach(e, call_reach(e, e->calls, only_watched, NULL), HEARD_REACHES_WATCHED, masks);
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++)
        add_reach(e, e->calls->reach[i], heard_forbid_bit(e->rules, rule_set_at(e->rules, i)), masks);
    for (uint32_t i = 0; i < e->nodes.n; i++)
        if (masks[i]) put(m, e->nodes.v[i].usr, REACH | masks[i]);
}

static void put_ways(engine *e, marker *m) {
    if (e->calls) put_reach(e, m);
    for (uint32_t i = 0; i < e->norder; i++) put(m, e->nodes.v[e->order[i]].usr, FOLLOWED | i);
    if (e->asked_ways) put(m, ASKED_WAYS, NAMED);
}

static uint32_t decl_mark(const ir_fdecl *d) {
    ll_strbuf b = {0};
    ir_writer w = ir_full_writer(&b);
    ir_write_decl(&w, d);
    uint32_t mark = DECLARED | (uint32_t)(ll_hash64(b.s, b.n) >> 35);
    ll_sb_free(&b);
    return mark;
}

static void put_fields(const engine *e, marker *m) {
    const field_index *x = e->fields;
    for (uint32_t i = 0; x && i < x->records.n; i++) {
        const record_release *r = &x->records.v[i];
        put(m, named(&m->name, ENDED_TYPE, r->type), NAMED);
        for (uint32_t k = 0; k < r->of->fields.n; k++)
            put(m, named(&m->name, ENDED_FIELD, r->of->fields.v[k]->field), NAMED);
    }
}

static void put_needs(engine *e, marker *m) {
    for (uint32_t i = 0; i < e->deferred.n; i++)
        for (uint32_t k = 0; k < e->deferred.v[i].nneeds; k++) {
            const escape_class *x = &e->deferred.v[i].needs[k];
            put(m, named(&m->name, NEEDED, borrow_key(e, x->callee, x->arg & ~ARG_ITSELF)), NAMED);
            put(m, named(&m->name, NEEDED, borrow_key(e, x->callee, x->arg | ARG_ITSELF)), NAMED);
        }
}

static void put_known_decls(const engine *e, marker *m) {
    name_map *seen = name_map_new(m->a);
    for (uint32_t i = 0; i < e->units.n; i++)
        for (uint32_t k = 0; k < e->units.v[i]->decls.n; k++) {
            const char *usr = e->units.v[i]->decls.v[k].usr;
            if (name_map_get(seen, usr)) continue;
            name_map_put(seen, usr, m);
            put(m, usr, decl_mark(program_find_decl(e, usr)));
        }
}

static void put_program(const engine *e, marker *m, ll_strtab *units) {
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        const func_node *n = &e->nodes.v[i];
        put(m, n->usr, (uint32_t)ll_strtab_add(units, n->unit));
        if (n->looked_into) put(m, named(&m->name, n->usr, n->unit), LOOKED_INTO);
        if (n->asked_around) put(m, named(&m->name, n->usr, n->unit), ASKED_AROUND);
        if (n->asked_roots) put(m, named(&m->name, n->usr, n->unit), ASKED_ROOTS);
        put_outline(m, n->outline);
    }
    for (uint32_t i = 0; i < e->units.n; i++) {
        const ir_unit *u = e->units.v[i];
        put_decls(m, u);
        for (uint32_t k = 0; k < u->globals.n; k++)
            if (u->globals.v[k].has_definition) put(m, u->globals.v[k].usr, (uint32_t)ll_strtab_add(units, u->file));
    }
    for (uint32_t i = 0; i < e->globals_list.n; i++)
        for (uint32_t k = 0; k < e->globals_list.v[i]->g->ninits; k++)
            put_named(m, e->globals_list.v[i]->g->inits[k].usr);
}

static void put_table(const marker *m, ll_strbuf *out) {
    uint32_t n = m->marks.n + m->marks.n / 4 + 1; /* one at least is free */
    uint64_t *table = LL_NEWN(m->a, uint64_t, n);
    for (uint32_t i = 0; i < m->marks.n; i++) {
        uint32_t k = place_of(m->marks.v[i], n);
        while (table[k] && table[k] != m->marks.v[i]) k = k + 1 < n ? k + 1 : 0;
        table[k] = m->marks.v[i];
    }
    for (uint32_t i = 0; i < n; i++) ll_put_u64(out, table[i]);
}

void heard_write(const engine *e, ll_strbuf *out) {
    marker m = {.a = ll_arena_new("heard")};
    ll_strtab *units = ll_strtab_new();
    ll_strbuf body = {0};
    m.named = name_map_new(m.a);
    put_program(e, &m, units);
    put_ways((engine *)e, &m);
    put_fields(e, &m);
    put_needs((engine *)e, &m);
    put_known_decls(e, &m);
    ll_strtab_write(units, &body);
    put_table(&m, &body);
    ll_put_sealed(out, FORMAT, &body);
    ll_sb_free(&body);
    ll_sb_free(&m.name);
    ll_strtab_free(units);
    ll_arena_free(m.a);
}

/* ---- reading ---- */

bool heard_read(ll_arena *a, const void *bytes, size_t n, heard *out) {
    ll_reader r = ll_reader_of(bytes, n);
    if (!ll_open_sealed(&r, FORMAT)) return false;
    out->units = ll_get_strings(&r, a, NULL);
    out->marks = r.p;
    size_t left = (size_t)(r.end - r.p);
    out->nmarks = (uint32_t)(left / MARK_BYTES);
    return !r.bad && left % MARK_BYTES == 0;
}

static uint64_t mark_at(const heard *h, uint32_t i) {
    ll_reader r = ll_reader_of((const unsigned char *)h->marks + (size_t)i * MARK_BYTES, MARK_BYTES);
    return ll_get_u64(&r);
}

/* Calls visit for each mark of the hash, until it says that it has seen enough. */
static bool each_mark(const heard *h, const char *usr, bool (*visit)(void *ctx, uint32_t what), void *ctx) {
    uint64_t wanted = mark_of(usr, 0);
    uint32_t k = place_of(wanted, h->nmarks);
    for (uint32_t i = 0; i < h->nmarks; i++, k = k + 1 < h->nmarks ? k + 1 : 0) {
        uint64_t mark = mark_at(h, k);
        if (!mark) return false;
        if (mark >> 32 == wanted >> 32 && visit(ctx, (uint32_t)mark)) return true;
    }
    return false;
}

static bool is_what(void *ctx, uint32_t what) {
    return what == *(const uint32_t *)ctx;
}

static bool is_marked(const heard *h, const char *usr, uint32_t what) {
    return each_mark(h, usr, is_what, &what);
}

bool heard_named(const heard *h, const char *usr) {
    return is_marked(h, usr, NAMED);
}

static bool is_said_of(const heard *h, const char *name, const char *more, uint32_t what) {
    ll_strbuf b = {0};
    bool yes = is_marked(h, named(&b, name, more), what);
    ll_sb_free(&b);
    return yes;
}

bool heard_looked_into(const heard *h, const char *usr, const char *unit) {
    return is_said_of(h, usr, unit, LOOKED_INTO);
}

bool heard_asked_roots(const heard *h, const char *usr, const char *unit) {
    return is_said_of(h, usr, unit, ASKED_ROOTS);
}

bool heard_asked_around(const heard *h, const char *usr, const char *unit) {
    return is_said_of(h, usr, unit, ASKED_AROUND);
}

bool heard_asked_ways(const heard *h) {
    return is_marked(h, ASKED_WAYS, NAMED);
}

typedef struct tagged { /* the numbers said with a tag: one mark may have several, of names whose hashes fall together
                         */
    uint32_t tag, all, most, least, n;
} tagged;

static bool see_tagged(void *ctx, uint32_t what) {
    tagged *t = ctx;
    if ((what & TAGS) != t->tag || what >= ASKED_ROOTS) return false;
    uint32_t v = what & ~TAGS;
    t->all |= v;
    if (!t->n || v > t->most) t->most = v;
    if (!t->n || v < t->least) t->least = v;
    t->n++;
    return false;
}

static tagged tagged_of(const heard *h, const char *usr, uint32_t tag) {
    tagged t = {.tag = tag};
    each_mark(h, usr, see_tagged, &t);
    return t;
}

bool heard_follows(const heard *h, const char *from, const char *to) {
    tagged x = tagged_of(h, from, FOLLOWED), y = tagged_of(h, to, FOLLOWED);
    return x.n && y.n && x.most < y.least;
}

uint32_t heard_reach(const heard *h, const char *usr) {
    return tagged_of(h, usr, REACH).all;
}

bool heard_declared(const heard *h, const ir_fdecl *d) {
    return is_marked(h, d->usr, decl_mark(d));
}

bool heard_needs_borrow(const heard *h, const char *key) {
    return is_said_of(h, NEEDED, key, NAMED);
}

bool heard_ended_type(const heard *h, const char *type) {
    return is_said_of(h, ENDED_TYPE, type, NAMED);
}

bool heard_ended_field(const heard *h, const char *field) {
    return is_said_of(h, ENDED_FIELD, field, NAMED);
}

typedef struct home_visit {
    const heard *h;
    void (*visit)(void *ctx, const char *unit);
    void *ctx;
} home_visit;

static bool visit_home(void *ctx, uint32_t unit) {
    const home_visit *v = ctx;
    if (unit < v->h->units.n && v->h->units.v[unit]) v->visit(v->ctx, v->h->units.v[unit]);
    return false;
}

void heard_homes(const heard *h, const char *usr, void (*visit)(void *ctx, const char *unit), void *ctx) {
    home_visit v = {h, visit, ctx};
    each_mark(h, usr, visit_home, &v);
}

typedef struct homes {
    const engine *e;
    bool away;
} homes;

static void see_home(void *ctx, const char *unit) {
    homes *s = ctx;
    for (uint32_t i = 0; i < s->e->units.n; i++)
        if (strcmp(s->e->units.v[i]->file, unit) == 0) return;
    s->away = true;
}

bool heard_away(const heard *h, const engine *e, const char *usr) {
    homes at = {.e = e};
    heard_homes(h, usr, see_home, &at);
    return at.away;
}
