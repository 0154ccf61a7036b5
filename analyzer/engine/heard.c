/* A mark is eight bytes: of a USR's hash four, then what is said of it. It stands where the hash says, in a table a
 * quarter larger than need be, or in the next free place behind. */
#include "engine/heard.h"

#include <stdlib.h>
#include <string.h>

#include "engine/program.h"

enum { FORMAT = 1, MARK_BYTES = 8 };
#define NAMED UINT32_MAX
#define LOOKED_INTO (UINT32_MAX - 1)

typedef struct marker {
    ll_arena *a;
    name_map *named; /* USRs that have their mark: most are named many times */
    LL_ARRAY(uint64_t) marks;
} marker;

static uint64_t mark_of(const char *usr, uint32_t what) {
    return ll_hash64(usr, strlen(usr)) << 32 | what;
}

static uint32_t place_of(uint64_t mark, uint32_t n) {
    return (uint32_t)((mark >> 32) * n >> 32);
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
        uint32_t k = 0;
        while (k < u->funcs.n && u->funcs.v[k]->usr != u->decls.v[i].usr) k++;
        if (k == u->funcs.n) put_named(m, u->decls.v[i].usr);
    }
}

static void put_program(const engine *e, marker *m, ll_strtab *units) {
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        const func_node *n = &e->nodes.v[i];
        put(m, n->usr, (uint32_t)ll_strtab_add(units, n->unit));
        if (n->looked_into) put(m, n->usr, LOOKED_INTO);
        put_outline(m, n->outline);
    }
    for (uint32_t i = 0; i < e->units.n; i++) put_decls(m, e->units.v[i]);
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
    ll_strtab_write(units, &body);
    put_table(&m, &body);
    ll_put_sealed(out, FORMAT, &body);
    ll_sb_free(&body);
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

bool heard_looked_into(const heard *h, const char *usr) {
    return is_marked(h, usr, LOOKED_INTO);
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
