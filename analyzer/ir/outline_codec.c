/* Outlines of many units: tables of strings and types as in facts; then declarations, globals and functions, each there
 * once however many units have it; then the units, as lists of their numbers. */
#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/bytes.h"
#include "ir/codec.h"
#include "ir/outline.h"

static const char magic[] = "LLOL";
enum { MAX_PARAMS = 1 << 16, MAX_ARGS = 1 << 16 };

/* ---- writing ---- */

typedef struct item {
    uint32_t number;
    UT_hash_handle hh;
} item;

typedef struct item_table {
    item *rows;
    uint32_t n;
    ll_strbuf bytes;
} item_table;

typedef struct encoder {
    ll_arena *arena, *scratch;
    ir_tables *tables;
    item_table decls, globals, funcs;
} encoder;

static uint32_t item_number(encoder *e, item_table *t, ll_strbuf *b) {
    item *x = NULL;
    HASH_FIND(hh, t->rows, ll_sb_str(b), (unsigned)b->n, x);
    if (!x) {
        const void *key = ll_memdup(e->arena, b->s, b->n);
        x = LL_NEW(e->arena, item);
        x->number = t->n++;
        HASH_ADD_KEYPTR(hh, t->rows, key, (unsigned)b->n, x);
        ll_sb_addn(&t->bytes, b->s, b->n);
    }
    ll_sb_free(b);
    return x->number;
}

static void write_strings(ir_writer *w, const char *const *v, uint32_t n) {
    ll_put_uint(w->out, n);
    for (uint32_t i = 0; i < n; i++) w->string(w, v[i]);
}

static void write_call(ir_writer *w, const ir_outcall *c) {
    ll_put_uint(w->out, (uint64_t)c->ref << 1 | c->through);
    ll_put_uint(w->out, c->inst);
    ll_put_int(w->out, c->loc.line);
    ll_put_int(w->out, c->loc.col);
    w->string(w, c->callback ? c->callback->field : NULL);
    if (c->callback) write_strings(w, c->callback->usr, c->callback->nusr);
}

/* Which parts an event has, besides type and field. */
static bool has_callee(ir_field_what what) {
    return what == IR_FIELD_GIVEN || what == IR_FIELD_VALUE || what == IR_FIELD_ADDRESS;
}

static void write_event(ir_writer *w, const ir_outline *o, const ir_field_event *e) {
    ll_put_uint(w->out, (uint64_t)e->what << 1 | e->direct);
    w->string(w, e->type);
    w->string(w, e->field);
    if (!has_callee(e->what)) return;
    ll_put_uint(w->out, e->callee == IR_NO_CALLEE ? o->nrefs + o->npointers : e->callee);
    ll_put_uint(w->out, e->inst);
    ll_put_int(w->out, e->loc.line);
    ll_put_int(w->out, e->loc.col);
    if (e->what == IR_FIELD_GIVEN) {
        write_strings(w, e->givers, e->ngivers);
        return;
    }
    ll_put_uint(w->out, e->arg - 1);
    if (e->what != IR_FIELD_VALUE) return;
    ll_put_uint(w->out, e->var);
    w->string(w, e->name);
    w->string(w, e->macro);
}

void ir_write_outline(ir_writer *w, const ir_outline *o) {
    ll_put_uint(w->out, o->nrefs);
    for (uint32_t i = 0; i < o->nrefs; i++) {
        w->string(w, o->refs[i].usr);
        w->string(w, o->refs[i].name);
    }
    ll_put_uint(w->out, o->ncalls);
    for (uint32_t i = 0; i < o->ncalls; i++) write_call(w, &o->calls[i]);
    ll_put_uint(w->out, o->nfills);
    for (uint32_t i = 0; i < o->nfills; i++) {
        w->string(w, o->fills[i].field);
        w->string(w, o->fills[i].usr);
    }
    ll_put_uint(w->out, o->nthrough);
    for (uint32_t i = 0; i < o->nthrough; i++) {
        w->string(w, o->through[i].field);
        ll_put_uint(w->out, o->through[i].nargs);
    }
    write_strings(w, o->taken, o->ntaken);
    write_strings(w, o->written, o->nwritten);
    write_strings(w, o->takes, o->ntakes);
    write_strings(w, o->pointers, o->npointers);
    ll_put_uint(w->out, o->nevents);
    for (uint32_t i = 0; i < o->nevents; i++) write_event(w, o, &o->events[i]);
    ll_put_uint(w->out, (uint64_t)o->leaves | (uint64_t)o->by_value << 1);
}

static uint32_t func_number(encoder *e, const ir_func *f) {
    ll_strbuf b = {0};
    ir_writer w = ir_tables_writer(e->tables, &b);
    ir_write_position(&w, f, ll_hash_is_none(f->hash) ? ir_func_hash(f) : f->hash);
    ir_write_head(&w, f);
    ir_write_outline(&w, f->outline ? f->outline : ir_outline_make(e->scratch, e->scratch, f));
    ll_arena_reset(e->scratch);
    return item_number(e, &e->funcs, &b);
}

static void write_unit(encoder *e, const ir_unit *u, ll_strbuf *out) {
    ir_writer w = ir_tables_writer(e->tables, out);
    ir_write_origin(&w, u);
    ll_put_uint(out, u->decls.n);
    for (uint32_t i = 0; i < u->decls.n; i++) {
        ll_strbuf b = {0};
        ir_writer one = ir_tables_writer(e->tables, &b);
        ir_write_decl(&one, &u->decls.v[i]);
        ll_put_uint(out, item_number(e, &e->decls, &b));
    }
    ll_put_uint(out, u->globals.n);
    for (uint32_t i = 0; i < u->globals.n; i++) {
        ll_strbuf b = {0};
        ir_writer one = ir_tables_writer(e->tables, &b);
        ir_write_global(&one, &u->globals.v[i]);
        ll_put_uint(out, item_number(e, &e->globals, &b));
    }
    ll_put_uint(out, u->funcs.n);
    for (uint32_t i = 0; i < u->funcs.n; i++) ll_put_uint(out, func_number(e, u->funcs.v[i]));
}

static void put_items(item_table *t, ll_strbuf *out) {
    ll_put_uint(out, t->n);
    ll_sb_addn(out, ll_sb_str(&t->bytes), t->bytes.n);
    HASH_CLEAR(hh, t->rows);
    ll_sb_free(&t->bytes);
}

void ir_outlines_encode(ll_strbuf *out, const ir_outlined *units, uint32_t n) {
    encoder e = {.arena = ll_arena_new("outlines"), .scratch = ll_arena_new("outline"), .tables = ir_tables_new(NULL)};
    ll_strbuf body = {0}, lists = {0}, one = {0};
    for (uint32_t i = 0; i < n; i++) {
        ll_sb_clear(&one);
        write_unit(&e, units[i].unit, &one);
        ll_put_hash(&lists, units[i].key);
        ll_put_bytes(&lists, ll_sb_str(&one), one.n);
    }
    put_items(&e.decls, &body);
    put_items(&e.globals, &body);
    put_items(&e.funcs, &body);
    ll_put_uint(&body, n);
    ll_sb_addn(&body, ll_sb_str(&lists), lists.n);
    ir_tables_seal(e.tables, magic, &body, out);
    ll_sb_free(&one);
    ll_sb_free(&lists);
    ll_sb_free(&body);
    ll_arena_free(e.scratch);
    ll_arena_free(e.arena);
}

/* ---- reading ---- */

static const char *need_string(ir_reader *r) {
    const char *s = ir_get_string(r);
    if (!s) ll_reader_fail(&r->in);
    return s;
}

static const char **read_strings(ir_reader *r, uint32_t *n) {
    *n = ll_get_count(&r->in, 1);
    const char **v = LL_NEWN(r->arena, const char *, *n);
    for (uint32_t i = 0; i < *n && !r->in.bad; i++) v[i] = need_string(r);
    return v;
}

static const ir_callback *read_callback(ir_reader *r) {
    const char *field = ir_get_string(r);
    if (!field) return NULL;
    ir_callback *c = LL_NEW(r->arena, ir_callback);
    c->field = field;
    c->usr = read_strings(r, &c->nusr);
    return c;
}

static void read_calls(ir_reader *r, ir_outline *o) {
    o->ncalls = ll_get_count(&r->in, 5);
    o->calls = LL_NEWN(r->arena, ir_outcall, o->ncalls);
    for (uint32_t i = 0; i < o->ncalls && !r->in.bad; i++) {
        ir_outcall *c = &o->calls[i];
        uint32_t ref = ll_get_below(&r->in, o->nrefs * 2);
        c->ref = ref >> 1;
        c->through = ref & 1;
        c->inst = ll_get_u32(&r->in);
        c->loc.line = ll_get_int32(&r->in);
        c->loc.col = ll_get_int32(&r->in);
        c->callback = read_callback(r);
    }
}

static void read_fields(ir_reader *r, ir_outline *o) {
    o->nfills = ll_get_count(&r->in, 2);
    o->fills = LL_NEWN(r->arena, ir_fill, o->nfills);
    for (uint32_t i = 0; i < o->nfills && !r->in.bad; i++) {
        o->fills[i].field = need_string(r);
        o->fills[i].usr = ir_get_string(r);
    }
    o->nthrough = ll_get_count(&r->in, 2);
    o->through = LL_NEWN(r->arena, ir_through, o->nthrough);
    for (uint32_t i = 0; i < o->nthrough && !r->in.bad; i++) {
        o->through[i].field = need_string(r);
        o->through[i].nargs = ll_get_u32(&r->in);
    }
}

static ir_field_event read_event(ir_reader *r, const ir_outline *o) {
    uint32_t mark = ll_get_below(&r->in, IR_FIELD_WHATS * 2);
    ir_field_event e = {.what = (ir_field_what)(mark >> 1), .direct = mark & 1, .callee = IR_NO_CALLEE};
    e.type = ir_get_string(r);
    e.field = ir_get_string(r);
    bool may_lack_type = e.what == IR_FIELD_HANDED || e.what == IR_FIELD_VALUE || e.what == IR_FIELD_ADDRESS;
    bool may_lack_field = e.what == IR_FIELD_COPIED || (e.what == IR_FIELD_VALUE && !e.direct);
    if ((!e.type && !may_lack_type) || (!e.field && !may_lack_field)) ll_reader_fail(&r->in);
    if (!has_callee(e.what)) return e;
    uint32_t none = o->nrefs + o->npointers, callee = ll_get_below(&r->in, (uint64_t)none + 1);
    if (callee != none) e.callee = callee;
    if (callee == none && e.what == IR_FIELD_VALUE) ll_reader_fail(&r->in);
    e.inst = ll_get_u32(&r->in);
    e.loc.line = ll_get_int32(&r->in);
    e.loc.col = ll_get_int32(&r->in);
    if (e.what == IR_FIELD_GIVEN) {
        e.givers = read_strings(r, &e.ngivers);
        return e;
    }
    e.arg = ll_get_below(&r->in, MAX_ARGS) + 1;
    if (e.what != IR_FIELD_VALUE) return e;
    e.var = ll_get_u32(&r->in);
    e.name = ir_get_string(r);
    e.macro = ir_get_string(r);
    return e;
}

static void read_events(ir_reader *r, ir_outline *o) {
    o->takes = read_strings(r, &o->ntakes);
    o->pointers = read_strings(r, &o->npointers);
    o->nevents = ll_get_count(&r->in, 3);
    o->events = LL_NEWN(r->arena, ir_field_event, o->nevents);
    for (uint32_t i = 0; i < o->nevents && !r->in.bad; i++) o->events[i] = read_event(r, o);
}

static const ir_outline *read_outline(ir_reader *r) {
    ir_outline *o = LL_NEW(r->arena, ir_outline);
    o->nrefs = ll_get_count(&r->in, 2);
    o->refs = LL_NEWN(r->arena, ir_ref, o->nrefs);
    for (uint32_t i = 0; i < o->nrefs && !r->in.bad; i++) {
        o->refs[i].usr = need_string(r);
        o->refs[i].name = ir_get_string(r);
    }
    read_calls(r, o);
    read_fields(r, o);
    o->taken = read_strings(r, &o->ntaken);
    o->written = read_strings(r, &o->nwritten);
    read_events(r, o);
    uint64_t flags = ll_get_below(&r->in, 4);
    o->leaves = flags & 1;
    o->by_value = flags >> 1 & 1;
    return o;
}

typedef struct tables {
    ir_fdecl *decls;
    ir_global *globals;
    ir_func **funcs;
    uint32_t ndecls, nglobals, nfuncs;
    bool *had_file, *had_decl, *had_global; /* NULL: every unit has all of its own */
} tables;

static void read_items(ir_reader *r, tables *t) {
    t->ndecls = ll_get_count(&r->in, 8);
    t->decls = LL_NEWN(r->arena, ir_fdecl, t->ndecls);
    for (uint32_t i = 0; i < t->ndecls && !r->in.bad; i++) t->decls[i] = ir_read_decl(r);
    t->nglobals = ll_get_count(&r->in, 6);
    t->globals = LL_NEWN(r->arena, ir_global, t->nglobals);
    for (uint32_t i = 0; i < t->nglobals && !r->in.bad; i++) t->globals[i] = ir_read_global(r);
    t->nfuncs = ll_get_count(&r->in, 11);
    t->funcs = LL_NEWN(r->arena, ir_func *, t->nfuncs);
    for (uint32_t i = 0; i < t->nfuncs && !r->in.bad; i++) {
        ir_func *f = t->funcs[i] = ir_read_head(r);
        if (!f->usr || !f->name || !f->file || f->nparams > MAX_PARAMS) ll_reader_fail(&r->in);
        f->bare = true;
        f->outline = read_outline(r);
    }
}

/* The numbers of a list that no unit had before, in the scratch. */
static uint32_t read_numbers(ir_reader *r, ll_arena *scratch, uint32_t limit, bool *had, uint32_t **out) {
    uint32_t n = ll_get_count(&r->in, 1), kept = 0;
    *out = LL_NEWN(scratch, uint32_t, n);
    for (uint32_t i = 0; i < n && !r->in.bad; i++) {
        uint32_t k = ll_get_below(&r->in, limit);
        if (r->in.bad || (had && had[k])) continue;
        if (had) had[k] = true;
        (*out)[kept++] = k;
    }
    return r->in.bad ? 0 : kept;
}

static const ir_unit *read_unit(ir_reader *r, ll_arena *scratch, const tables *t) {
    ir_unit *u = LL_NEW(r->arena, ir_unit);
    uint32_t *numbers, n;
    ir_read_origin(r, t->had_file, u);
    if (!u->file) ll_reader_fail(&r->in);
    n = u->decls.n = u->decls.cap = read_numbers(r, scratch, t->ndecls, t->had_decl, &numbers);
    u->decls.v = LL_NEWN(r->arena, ir_fdecl, n);
    for (uint32_t i = 0; i < n; i++) u->decls.v[i] = t->decls[numbers[i]];
    n = u->globals.n = u->globals.cap = read_numbers(r, scratch, t->nglobals, t->had_global, &numbers);
    u->globals.v = LL_NEWN(r->arena, ir_global, n);
    for (uint32_t i = 0; i < n; i++) u->globals.v[i] = t->globals[numbers[i]];
    n = u->funcs.n = u->funcs.cap = ll_get_count(&r->in, 1);
    u->funcs.v = LL_NEWN(r->arena, ir_func *, n);
    for (uint32_t i = 0, k; i < n && !r->in.bad; i++)
        if ((k = ll_get_below(&r->in, t->nfuncs)), !r->in.bad) u->funcs.v[i] = t->funcs[k];
    if (r->in.p != r->in.end) ll_reader_fail(&r->in);
    return u;
}

typedef struct listed {
    ll_hash key;
    ll_reader in;
    const char *file;
    uint32_t place;
} listed;

static int by_file(const void *x, const void *y) {
    const listed *a = x, *b = y;
    int d = strcmp(a->file, b->file);
    return d ? d : (a->place > b->place) - (a->place < b->place);
}

/* The units that are wanted, by name. */
static listed *list_units(ir_reader *r, ll_arena *scratch, const ir_outlines_sink *sink, uint32_t *n) {
    uint32_t all = ll_get_count(&r->in, LL_HASH_BYTES + 1);
    listed *v = LL_NEWN(scratch, listed, all);
    *n = 0;
    for (uint32_t i = 0; i < all && !r->in.bad; i++) {
        size_t len;
        listed x = {.key = ll_get_hash(&r->in), .place = i};
        const void *one = ll_get_bytes(&r->in, &len);
        if (r->in.bad || !sink->wants(sink->ctx, x.key)) continue;
        ir_reader unit = *r;
        unit.in = x.in = ll_reader_of(one, len);
        x.file = need_string(&unit);
        if (unit.in.bad)
            ll_reader_fail(&r->in);
        else
            v[(*n)++] = x;
    }
    if (*n) qsort(v, *n, sizeof *v, by_file);
    return v;
}

static bool read_units(ir_reader *r, ll_arena *scratch, const ir_outlines_sink *sink) {
    tables t = {0};
    uint32_t n;
    read_items(r, &t);
    if (sink->once) {
        t.had_file = LL_NEWN(scratch, bool, r->strings.n);
        t.had_decl = LL_NEWN(scratch, bool, t.ndecls);
        t.had_global = LL_NEWN(scratch, bool, t.nglobals);
    }
    const listed *v = list_units(r, scratch, sink, &n);
    for (uint32_t i = 0; i < n && !r->in.bad; i++) {
        ir_reader unit = *r;
        unit.in = v[i].in;
        const ir_unit *u = read_unit(&unit, scratch, &t);
        if (unit.in.bad)
            ll_reader_fail(&r->in);
        else
            sink->take(sink->ctx, v[i].key, u);
    }
    return !r->in.bad && r->in.p == r->in.end;
}

bool ir_outlines_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, const ir_outlines_sink *sink,
                        ll_err *err) {
    ir_reader r;
    if (!ir_read_tables(a, names, magic, bytes, n, NULL, &r, err)) return false;
    ll_arena *scratch = ll_arena_new("outlines");
    bool ok = read_units(&r, scratch, sink);
    ll_arena_free(scratch);
    return ok || ll_fail(err, LL_E_INTERNAL, "damaged outlines");
}
