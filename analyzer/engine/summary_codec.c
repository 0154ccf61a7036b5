#include "engine/summary_codec.h"

#include <string.h>

#include "engine/limits.h"

enum { MAX_CHAIN = 64 };
/* In the function whose summary it is, or in one that it calls. */
enum { NO_PLACE, OWN_PLACE, OTHERS_PLACE, PLACE_KINDS };

/* A member added or dropped changes a size: write and read it below, then correct the number. */
_Static_assert(sizeof(sum_sym) == 56, "the codec knows every member");
_Static_assert(sizeof(sum_cell) == 12, "the codec knows every member");
_Static_assert(sizeof(sum_dflt) == 12, "the codec knows every member");
_Static_assert(sizeof(sum_range) == 32, "the codec knows every member");
_Static_assert(sizeof(sum_track) == 72, "the codec knows every member");
_Static_assert(sizeof(sum_escape) == 24, "the codec knows every member");
_Static_assert(sizeof(sum_bond) == 48, "the codec knows every member");
_Static_assert(sizeof(disjunct) == 136, "the codec knows every member");
_Static_assert(sizeof(summary) == 104, "the codec knows every member");
_Static_assert(sizeof(acquisition) == 72, "the codec knows every member");

/* ---- writing ---- */

typedef struct writer {
    const engine *e;
    const ir_func *f; /* whose summary it is */
    ll_strbuf *out;
    ll_strbuf *places; /* behind the rest, where they can be told from it */
    ll_strtab *strings;
} writer;

static void put_string(writer *w, const char *s) {
    ll_put_uint(w->out, ll_strtab_add(w->strings, s));
}

static void put_flags(writer *w, const bool *v, size_t n) {
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) bits |= (uint64_t)v[i] << i;
    ll_put_uint(w->out, bits);
}

static void put_type(writer *w, const ir_type *t) {
    for (; t; t = t->elem) {
        ll_put_uint(w->out, (uint64_t)t->kind + 1);
        ll_put_uint(w->out, (uint64_t)t->is_unsigned | (uint64_t)t->is_const << 1);
        ll_put_uint(w->out, t->bits);
        ll_put_int(w->out, t->count);
        put_string(w, t->name);
    }
    ll_put_uint(w->out, 0);
}

static void put_rule(writer *w, const rule *r) {
    ll_put_uint(w->out, r ? (uint64_t)r->index + 1 : 0);
}

static void put_place(writer *w, const ir_func *f, const ir_inst *in, uint32_t site) {
    uint32_t b = ir_block_of(f, in);
    if (b == f->nblocks) {
        ll_put_uint(w->places, NO_PLACE);
        return;
    }
    ll_put_uint(w->places, f == w->f ? OWN_PLACE : OTHERS_PLACE);
    if (f != w->f) ll_put_uint(w->places, ll_strtab_add(w->strings, f->usr));
    ll_put_uint(w->places, b);
    ll_put_uint(w->places, (uint64_t)(in - f->blocks[b].insts));
    ll_put_uint(w->places, site);
    ll_put_int(w->places, in->loc.line);
    ll_put_int(w->places, in->loc.col);
}

/* The chain from the call in the function itself down to the call that a rule names. */
static void put_acquisition(writer *w, const acquisition *a) {
    uint32_t n = 0;
    for (const acquisition *x = a; x && n < MAX_CHAIN; x = x->inner) n++;
    ll_put_uint(w->out, n);
    for (; n; n--, a = a->inner) {
        const func_node *home = program_home(w->e, a->func);
        put_rule(w, a->rule);
        put_string(w, a->func->usr);
        put_string(w, home ? home->unit : NULL);
        put_place(w, a->func, a->inst, a->site);
        put_string(w, a->callee);
        put_string(w, a->place);
        ll_put_uint(w->out, a->arg);
        ll_put_uint(w->out, a->by_address);
    }
}

static void put_sym(writer *w, const sum_sym *s) {
    ll_put_uint(w->out, s->kind);
    ll_put_uint(w->out, s->op);
    ll_put_uint(w->out, s->a);
    ll_put_uint(w->out, s->b);
    ll_put_int(w->out, s->k);
    put_string(w, s->p);
    put_string(w, s->q);
    put_type(w, s->type);
    ll_put_uint(w->out, s->used);
}

static void put_track(writer *w, const sum_track *t) {
    ll_put_uint(w->out, t->s);
    ll_put_uint(w->out, t->guard_s);
    ll_put_uint(w->out, t->state);
    put_rule(w, t->rule);
    put_acquisition(w, t->acq);
    ll_put_uint(w->out, t->when.s != 0); /* the caller asks whether there is a condition; its symbol is guard_s */
    ll_put_uint(w->out, t->when.cmp);
    ll_put_int(w->out, t->when.k);
    put_string(w, t->released_by);
    ll_put_int(w->out, t->count);
    ll_put_uint(w->out, t->moved);
}

static void put_bond(writer *w, const sum_bond *b) {
    ll_put_uint(w->out, b->kind);
    ll_put_uint(w->out, b->s);
    ll_put_uint(w->out, b->owner);
    ll_put_uint(w->out, b->guard_s);
    put_rule(w, b->rule);
    put_acquisition(w, b->made);
    ll_put_uint(w->out, b->when.s != 0);
    ll_put_uint(w->out, b->when.cmp);
    ll_put_int(w->out, b->when.k);
}

static void put_ranges(writer *w, const disjunct *d) {
    ll_put_uint(w->out, d->nranges);
    for (uint32_t i = 0; i < d->nranges; i++) {
        const sum_range *r = &d->ranges[i];
        bool below = r->lo != INT64_MIN, above = r->hi != INT64_MAX; /* most are open, to one side at least */
        ll_put_uint(w->out, r->s);
        put_flags(w, (bool[]){r->nonzero, r->has_ne, below, above}, 4);
        if (below) ll_put_int(w->out, r->lo);
        if (above) ll_put_int(w->out, r->hi);
        if (r->has_ne) ll_put_int(w->out, r->ne);
    }
}

static void put_disjunct(writer *w, const disjunct *d) {
    ll_put_uint(w->out, d->nsyms);
    for (uint32_t i = 0; i < d->nsyms; i++) put_sym(w, &d->syms[i]);
    ll_put_uint(w->out, d->ncells);
    for (uint32_t i = 0; i < d->ncells; i++) {
        ll_put_uint(w->out, d->cells[i].addr);
        ll_put_uint(w->out, d->cells[i].val);
        ll_put_uint(w->out, d->cells[i].maybe);
    }
    ll_put_uint(w->out, d->ndflts);
    for (uint32_t i = 0; i < d->ndflts; i++) {
        ll_put_uint(w->out, d->dflts[i].base);
        ll_put_uint(w->out, d->dflts[i].from);
        ll_put_uint(w->out, d->dflts[i].zero);
    }
    put_ranges(w, d);
    ll_put_uint(w->out, d->ntracks);
    for (uint32_t i = 0; i < d->ntracks; i++) put_track(w, &d->tracks[i]);
    ll_put_uint(w->out, d->nescapes);
    for (uint32_t i = 0; i < d->nescapes; i++) {
        ll_put_uint(w->out, d->escapes[i].s);
        put_string(w, d->escapes[i].callee);
        ll_put_uint(w->out, d->escapes[i].arg);
        ll_put_uint(w->out, d->escapes[i].lent);
    }
    ll_put_uint(w->out, d->nbonds);
    for (uint32_t i = 0; i < d->nbonds; i++) put_bond(w, &d->bonds[i]);
    ll_put_uint(w->out, d->ret);
    ll_put_uint(w->out, d->wild);
    ll_put_uint(w->out, d->loose);
    ll_put_uint(w->out, d->copied);
    ll_put_uint(w->out, d->found);
}

/* Where releases stand is asked of the function alone, when all is over: it may move without any caller's noticing. */
static void put_releases(writer *w, const summary *s) {
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->d[i].ntracks; k++) put_place(w, w->f, s->d[i].tracks[k].ended, 0);
}

size_t summary_encode(const engine *e, const func_node *of, const summary *s, ll_strbuf *out) {
    ll_strbuf body = {0}, places = {0};
    writer w = {.e = e, .f = of->f, .out = &body, .places = &places, .strings = ll_strtab_new()};
    put_string(&w, s->name);
    put_flags(&w, (bool[]){s->incomplete, s->lossy, s->walks, s->never_returns, s->has_effects, s->hands_out}, 6);
    ll_put_uint(&body, s->keeps);
    ll_put_uint(&body, s->lends);
    ll_put_uint(&body, s->lends_all);
    ll_put_uint(&body, s->asks);
    ll_put_uint(&body, s->nulls);
    ll_put_uint(&body, s->inside);
    ll_put_uint(&body, s->nreads);
    for (uint32_t i = 0; i < s->nreads; i++) put_string(&w, s->reads[i]);
    ll_put_uint(&body, s->n);
    for (uint32_t i = 0; i < s->n; i++) put_disjunct(&w, &s->d[i]);
    size_t before = out->n;
    ll_strtab_write(w.strings, out);
    ll_put_bytes(out, body.s, body.n);
    ll_sb_addn(out, ll_sb_str(&places), places.n);
    size_t shown = out->n - before;
    w.places = out;
    put_releases(&w, s);
    ll_strtab_free(w.strings);
    ll_sb_free(&body);
    ll_sb_free(&places);
    return shown;
}

/* ---- reading ---- */

typedef struct reader {
    engine *e;
    const ir_func *f; /* whose summary it is */
    ll_arena *a;
    ll_reader r, places;
    ll_strings strings;
    uint32_t nsyms; /* of the disjunct that is read */
} reader;

static const char *get_string(reader *r) {
    return ll_get_string(&r->r, &r->strings);
}

static uint32_t get_sym(reader *r) {
    return ll_get_below(&r->r, (uint64_t)r->nsyms + 1);
}

static uint32_t get_real_sym(reader *r) {
    uint32_t s = get_sym(r);
    if (!s) ll_reader_fail(&r->r);
    return s;
}

static bool get_bool(reader *r) {
    return ll_get_below(&r->r, 2);
}

static const ir_type *get_type(reader *r) {
    ir_type *first = NULL, **next = &first;
    for (uint32_t depth = 0; !r->r.bad; depth++) {
        uint32_t kind = ll_get_below(&r->r, IR_T_COUNT + 1);
        if (!kind) return first;
        if (depth == IR_MAX_TYPE_DEPTH) ll_reader_fail(&r->r);
        ir_type *t = LL_NEW(r->a, ir_type);
        t->kind = (ir_tkind)(kind - 1);
        uint32_t flags = ll_get_below(&r->r, 4);
        t->is_unsigned = flags & 1;
        t->is_const = flags >> 1;
        t->bits = (uint16_t)ll_get_below(&r->r, 0x10000);
        t->count = ll_get_int(&r->r);
        t->name = get_string(r);
        *next = t;
        next = (ir_type **)&t->elem;
    }
    return NULL;
}

static const rule *get_rule(reader *r) {
    uint32_t i = ll_get_below(&r->r, (uint64_t)rule_set_count(r->e->rules) + 1);
    return i ? rule_set_at(r->e->rules, i - 1) : NULL;
}

typedef struct place {
    uint32_t kind, block, inst, site;
    const char *usr; /* OTHERS_PLACE */
    int32_t line, col;
} place;

static place read_place(ll_reader *r, const ll_strings *strings) {
    place p = {.kind = ll_get_below(r, PLACE_KINDS)};
    if (p.kind == NO_PLACE) return p;
    if (p.kind == OTHERS_PLACE) p.usr = ll_get_string(r, strings);
    p.block = ll_get_u32(r);
    p.inst = ll_get_u32(r);
    p.site = ll_get_u32(r);
    p.line = ll_get_int32(r);
    p.col = ll_get_int32(r);
    return p;
}

/* NULL: none, or no such. */
static const ir_inst *get_place(reader *r, const func_node *of, uint32_t *site) {
    const place p = read_place(&r->places, &r->strings);
    *site = p.site;
    if (p.kind == NO_PLACE || r->places.bad) return NULL;
    const ir_func *f = program_body(r->e, of);
    const ir_inst *in =
        p.block < f->nblocks && p.inst < f->blocks[p.block].ninsts ? &f->blocks[p.block].insts[p.inst] : NULL;
    if (!in || in->loc.line != p.line || in->loc.col != p.col) ll_reader_fail(&r->places);
    return in;
}

static const acquisition *get_acquisition(reader *r) {
    const acquisition *first = NULL, **next = &first;
    for (uint32_t n = ll_get_below(&r->r, MAX_CHAIN + 1); n && !r->r.bad; n--) {
        acquisition *a = LL_NEW(r->a, acquisition);
        a->rule = get_rule(r);
        const char *usr = get_string(r), *unit = get_string(r);
        const func_node *home = usr ? program_find_node(r->e, usr, unit) : NULL;
        if (!home || home->unit != unit) {
            if (unit) LL_PUSH(r->e->arena, &r->e->away, unit);
            ll_reader_fail(&r->r);
            return NULL;
        }
        a->func = home->f;
        a->inst = get_place(r, home, &a->site);
        a->callee = get_string(r);
        a->place = get_string(r);
        a->arg = ll_get_u32(&r->r);
        a->by_address = get_bool(r);
        if (!a->callee || !a->inst) ll_reader_fail(&r->r);
        *next = a;
        next = &a->inner;
    }
    return first;
}

/* Built from earlier ones only; what applying takes for granted is checked here. */
static void get_sum_sym(reader *r, sum_sym *s, uint32_t i) {
    s->kind = (uint8_t)ll_get_below(&r->r, SY_TERM + 1);
    s->op = (uint8_t)ll_get_below(&r->r, 256);
    s->a = ll_get_u32(&r->r);
    s->b = ll_get_u32(&r->r);
    s->k = ll_get_int(&r->r);
    s->p = get_string(r);
    s->q = get_string(r);
    s->type = get_type(r);
    s->used = get_bool(r);
    bool built = s->kind != SY_ADDR && (s->a > i || s->b > i);
    bool needs_base = (s->kind == SY_SUB || s->kind == SY_INIT) && !s->a;
    bool needs_text = (s->kind == SY_STR || s->kind == SY_FUNC || (s->kind == SY_SUB && s->op == SUB_FIELD)) && !s->p;
    if (built || needs_base || needs_text) ll_reader_fail(&r->r);
}

static void get_track(reader *r, sum_track *t) {
    t->s = get_real_sym(r);
    t->guard_s = get_sym(r);
    t->state = (track_state)ll_get_below(&r->r, TR_STATE + 1);
    t->rule = get_rule(r);
    t->acq = get_acquisition(r);
    t->when.s = get_bool(r);
    t->when.cmp = (rule_cmp)ll_get_below(&r->r, CMP_BITS_CLEAR + 1);
    t->when.k = ll_get_int(&r->r);
    t->released_by = get_string(r);
    t->count = ll_get_int32(&r->r);
    t->moved = get_bool(r);
}

static void get_bond(reader *r, sum_bond *b) {
    b->kind = (bond_kind)ll_get_below(&r->r, BOND_BANNED + 1);
    b->s = get_sym(r);
    b->owner = get_sym(r);
    b->guard_s = get_sym(r);
    b->rule = get_rule(r);
    b->made = get_acquisition(r);
    b->when.s = get_bool(r);
    b->when.cmp = (rule_cmp)ll_get_below(&r->r, CMP_BITS_CLEAR + 1);
    b->when.k = ll_get_int(&r->r);
    bool stays = b->kind == BOND_DERIVED || b->kind == BOND_KEPT;
    if (!b->rule || (stays && !b->s)) ll_reader_fail(&r->r);
}

static void get_ranges(reader *r, disjunct *d) {
    d->nranges = ll_get_count(&r->r, 2);
    d->ranges = LL_NEWN(r->a, sum_range, d->nranges);
    for (uint32_t i = 0; i < d->nranges && !r->r.bad; i++) {
        sum_range *x = &d->ranges[i];
        x->s = get_sym(r);
        uint32_t flags = ll_get_below(&r->r, 16);
        x->nonzero = flags & 1;
        x->has_ne = flags >> 1 & 1;
        x->lo = flags >> 2 & 1 ? ll_get_int(&r->r) : INT64_MIN;
        x->hi = flags >> 3 ? ll_get_int(&r->r) : INT64_MAX;
        x->ne = x->has_ne ? ll_get_int(&r->r) : 0;
    }
}

static void get_memory(reader *r, disjunct *d) {
    d->ncells = ll_get_count(&r->r, 3);
    d->cells = LL_NEWN(r->a, sum_cell, d->ncells);
    for (uint32_t i = 0; i < d->ncells && !r->r.bad; i++) {
        d->cells[i].addr = get_real_sym(r);
        d->cells[i].val = get_sym(r);
        d->cells[i].maybe = get_bool(r);
    }
    d->ndflts = ll_get_count(&r->r, 3);
    d->dflts = LL_NEWN(r->a, sum_dflt, d->ndflts);
    for (uint32_t i = 0; i < d->ndflts && !r->r.bad; i++) {
        d->dflts[i].base = get_real_sym(r);
        d->dflts[i].from = get_sym(r);
        d->dflts[i].zero = get_bool(r);
    }
}

static void get_disjunct(reader *r, disjunct *d) {
    d->nsyms = ll_get_count(&r->r, 9);
    d->syms = LL_NEWN(r->a, sum_sym, d->nsyms);
    for (uint32_t i = 0; i < d->nsyms && !r->r.bad; i++) get_sum_sym(r, &d->syms[i], i);
    r->nsyms = r->r.bad ? 0 : d->nsyms;
    get_memory(r, d);
    get_ranges(r, d);
    d->ntracks = ll_get_count(&r->r, 10);
    d->tracks = LL_NEWN(r->a, sum_track, d->ntracks);
    for (uint32_t i = 0; i < d->ntracks && !r->r.bad; i++) get_track(r, &d->tracks[i]);
    d->nescapes = ll_get_count(&r->r, 4);
    d->escapes = LL_NEWN(r->a, sum_escape, d->nescapes);
    for (uint32_t i = 0; i < d->nescapes && !r->r.bad; i++) {
        d->escapes[i].s = get_real_sym(r);
        d->escapes[i].callee = get_string(r);
        d->escapes[i].arg = ll_get_u32(&r->r);
        d->escapes[i].lent = get_bool(r);
        if (!d->escapes[i].callee) ll_reader_fail(&r->r);
    }
    d->nbonds = ll_get_count(&r->r, 9);
    d->bonds = LL_NEWN(r->a, sum_bond, d->nbonds);
    for (uint32_t i = 0; i < d->nbonds && !r->r.bad; i++) get_bond(r, &d->bonds[i]);
    d->ret = get_sym(r);
    d->wild = get_bool(r);
    d->loose = get_bool(r);
    d->copied = ll_get_uint(&r->r);
    d->found = ll_get_uint(&r->r);
}

summary *summary_decode(engine *e, const func_node *of, ll_arena *a, const void *bytes, size_t n) {
    reader r = {.e = e, .a = a, .places = ll_reader_of(bytes, n)};
    summary *s = LL_NEW(a, summary);
    size_t nbody;
    r.strings = ll_get_strings(&r.places, a, e->names);
    const void *body = ll_get_bytes(&r.places, &nbody);
    r.r = ll_reader_of(body, nbody);
    s->name = get_string(&r);
    uint32_t flags = ll_get_below(&r.r, 64);
    bool *const targets[] = {&s->incomplete, &s->lossy, &s->walks, &s->never_returns, &s->has_effects, &s->hands_out};
    for (uint32_t i = 0; i < sizeof targets / sizeof *targets; i++) *targets[i] = flags >> i & 1;
    s->keeps = ll_get_uint(&r.r);
    s->lends = ll_get_uint(&r.r);
    s->lends_all = ll_get_uint(&r.r);
    s->asks = ll_get_uint(&r.r);
    s->nulls = ll_get_uint(&r.r);
    s->inside = ll_get_uint(&r.r);
    s->nreads = ll_get_count(&r.r, 1);
    s->reads = LL_NEWN(a, const char *, s->nreads);
    for (uint32_t i = 0; i < s->nreads && !r.r.bad; i++)
        if (!(s->reads[i] = get_string(&r))) ll_reader_fail(&r.r);
    s->n = ll_get_below(&r.r, LIM_SUMMARY + 1);
    s->d = LL_NEWN(a, disjunct, s->n);
    for (uint32_t i = 0; i < s->n && !r.r.bad; i++) get_disjunct(&r, &s->d[i]);
    for (uint32_t i = 0; i < s->n && !r.r.bad; i++)
        for (uint32_t k = 0; k < s->d[i].ntracks; k++) s->d[i].tracks[k].ended = get_place(&r, of, &(uint32_t){0});
    bool whole = !r.r.bad && r.r.p == r.r.end && !r.places.bad && r.places.p == r.places.end;
    return s->name && whole ? s : NULL;
}

/* ---- comparing ---- */

bool summary_pair_places(engine *e, const void *before, size_t nbefore, const void *now, size_t nnow, summary_pair pair,
                         void *ctx) {
    ll_reader x = ll_reader_of(before, nbefore), y = ll_reader_of(now, nnow);
    size_t nbody;
    const ll_strings strings = ll_get_strings(&y, e->arena, e->names);
    ll_get_bytes(&y, &nbody);
    size_t n = (size_t)(y.p - (const unsigned char *)now);
    if (y.bad || nbefore < n || memcmp(before, now, n) != 0) return false;
    x.p += n;
    while (x.p < x.end || y.p < y.end) {
        const place a = read_place(&x, &strings), b = read_place(&y, &strings);
        if (x.bad || y.bad || a.kind != b.kind || a.usr != b.usr) return false;
        if (a.kind != NO_PLACE) pair(ctx, a.usr, &(summary_place){a.line, a.col}, &(summary_place){b.line, b.col});
    }
    return true;
}
