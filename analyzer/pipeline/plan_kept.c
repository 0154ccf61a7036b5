/* Bytes: checksum, what the disk was asked, strings, notes, then the distinct lists of flags and the units. */
#include "pipeline/plan_kept.h"

#include <string.h>

#include "base/bytes.h"
#include "pipeline/versions.h"

enum { FORMAT = 2 };

static void put_words(ll_strbuf *out, const char *const *v, uint32_t n) {
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) ll_put_str(out, v[i]);
}

ll_hash plan_kept_key(facts_cache *c, const src_options *how, const char *db, const src_notes *found) {
    if (!c || !db || how->has_flags || how->nfiles || how->view || how->nstand_ins || how->all_configurations)
        return (ll_hash){0};
    ll_hash text = facts_cache_file(c, db);
    if (ll_hash_is_none(text)) return text;
    ll_strbuf b = {0};
    ll_put_uint(&b, FORMAT);
    ll_put_uint(&b, LL_PLAN_VERSION);
    ll_put_str(&b, db);
    ll_put_hash(&b, text);
    ll_put_str(&b, how->cwd);
    ll_put_str(&b, how->root);
    ll_put_str(&b, how->build_dir);
    put_words(&b, how->excludes, how->nexcludes);
    for (int k = 0; k < SRC_NOTE_COUNT; k++) {
        ll_put_uint(&b, found->v[k].count);
        put_words(&b, found->v[k].examples.v, found->v[k].examples.n);
    }
    ll_hash h = ll_hash_of(b.s, b.n);
    ll_sb_free(&b);
    return h;
}

/* ---- writing ---- */

typedef struct writer {
    ll_strtab *strings;
    ll_strtab *lists; /* of flags, as bytes */
} writer;

static void write_strings(writer *w, const char *const *v, uint32_t n, ll_strbuf *out) {
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < n; i++) ll_put_uint(out, ll_strtab_add(w->strings, v[i]));
}

static void write_notes(writer *w, const src_notes *notes, ll_strbuf *out) {
    for (int k = 0; k < SRC_NOTE_COUNT; k++) {
        ll_put_uint(out, notes->v[k].count);
        write_strings(w, notes->v[k].examples.v, notes->v[k].examples.n, out);
    }
}

/* Units of one directory have the same flags, mostly. */
static uint64_t list_number(writer *w, const src_unit *u) {
    ll_strbuf b = {0};
    write_strings(w, u->args, u->nargs, &b);
    uint64_t number = ll_strtab_add_bytes(w->lists, b.s, b.n) - 1;
    ll_sb_free(&b);
    return number;
}

static void write_units(writer *w, const src_plan *p, ll_strbuf *out) {
    ll_strbuf units = {0};
    for (uint32_t i = 0; i < p->units.n; i++) {
        const src_unit *u = &p->units.v[i];
        ll_put_uint(&units, ll_strtab_add(w->strings, u->file));
        ll_put_uint(&units, ll_strtab_add(w->strings, u->dir));
        ll_put_uint(&units, list_number(w, u));
    }
    ll_strtab_write(w->lists, out);
    ll_put_uint(out, p->units.n);
    ll_sb_addn(out, ll_sb_str(&units), units.n);
    ll_sb_free(&units);
}

void plan_keep(facts_cache *c, ll_hash key, const src_plan *p, const src_looks *looks) {
    ll_strbuf body = {0}, rest = {0}, out = {0};
    bool all = src_looks_write(looks, &body);
    writer w = {.strings = ll_strtab_new(), .lists = ll_strtab_new()};
    ll_put_uint(&rest, ll_strtab_add(w.strings, p->db_path));
    ll_put_uint(&rest, p->whole);
    write_notes(&w, &p->notes, &rest);
    write_units(&w, p, &rest);
    ll_strtab_write(w.strings, &body);
    ll_sb_addn(&body, rest.s, rest.n);
    ll_put_u64(&out, ll_hash64(body.s, body.n));
    ll_sb_addn(&out, body.s, body.n);
    if (all) facts_cache_put_plan(c, key, out.s, out.n);
    ll_strtab_free(w.strings);
    ll_strtab_free(w.lists);
    ll_sb_free(&body);
    ll_sb_free(&rest);
    ll_sb_free(&out);
}

/* ---- reading ---- */

static const char *need_string(ll_reader *r, const ll_strings *strings) {
    const char *s = ll_get_string(r, strings);
    if (s) return s;
    ll_reader_fail(r);
    return "";
}

static src_words read_strings(ll_reader *r, ll_arena *a, const ll_strings *strings) {
    src_words w = {.n = ll_get_count(r, 1)};
    w.cap = w.n;
    w.v = LL_NEWN(a, const char *, w.n);
    for (uint32_t i = 0; i < w.n && !r->bad; i++) w.v[i] = need_string(r, strings);
    return w;
}

static void read_units(ll_reader *r, ll_arena *a, const ll_strings *strings, src_plan *out) {
    uint32_t nlists = ll_get_count(r, 1);
    src_words *lists = LL_NEWN(a, src_words, nlists);
    for (uint32_t i = 0; i < nlists && !r->bad; i++) {
        size_t n;
        const void *bytes = ll_get_bytes(r, &n);
        ll_reader one = ll_reader_of(bytes, n);
        lists[i] = read_strings(&one, a, strings);
        if (one.bad || one.p != one.end || !src_flags_are_clean(lists[i].v, lists[i].n)) ll_reader_fail(r);
    }
    for (uint32_t i = ll_get_count(r, 3); i && !r->bad; i--) {
        src_unit u = {.file = need_string(r, strings), .dir = need_string(r, strings)};
        uint32_t list = ll_get_below(r, nlists);
        if (r->bad) return;
        u.args = lists[list].v;
        u.nargs = lists[list].n;
        LL_PUSH(a, &out->units, u);
    }
}

bool plan_recall(facts_cache *c, ll_arena *a, ll_hash key, src_plan *out) {
    const void *bytes;
    size_t n;
    if (!facts_cache_get_plan(c, a, key, &bytes, &n)) return false;
    ll_reader r = ll_reader_of(bytes, n);
    if (ll_get_u64(&r) != ll_hash64(r.p, (size_t)(r.end - r.p)) || !src_looks_hold(&r)) return false;
    ll_strings strings = ll_get_strings(&r, a, NULL);
    *out = (src_plan){.notes.arena = a, .db_path = need_string(&r, &strings), .whole = ll_get_below(&r, 2)};
    for (int k = 0; k < SRC_NOTE_COUNT; k++) {
        out->notes.v[k].count = ll_get_u32(&r);
        out->notes.v[k].examples = read_strings(&r, a, &strings);
    }
    read_units(&r, a, &strings, out);
    return !r.bad && r.p == r.end && out->units.n;
}
