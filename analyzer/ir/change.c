#include "ir/change.h"

#include <string.h>

#include "ir/codec.h"
#include "ir/outline.h"

typedef struct comparison {
    ll_arena *a, *scratch;
    ir_change *out;
    ll_strbuf x, y; /* of what is compared */
} comparison;

static ir_writer writer(ll_strbuf *b) {
    ll_sb_clear(b);
    return ir_full_writer(b);
}

static bool same_bytes(const comparison *c) {
    return c->x.n == c->y.n && memcmp(ll_sb_str(&c->x), ll_sb_str(&c->y), c->x.n) == 0;
}

/* ---- one function ---- */

/* The outline as if all of it stood in one place. */
static const ir_outline *placeless(ll_arena *a, const ir_outline *o) {
    ir_outline *p = ll_memdup(a, o, sizeof *o);
    p->calls = ll_memdup(a, o->calls, o->ncalls * sizeof *o->calls);
    p->events = ll_memdup(a, o->events, o->nevents * sizeof *o->events);
    for (uint32_t i = 0; i < p->ncalls; i++) {
        p->calls[i].inst = 0;
        p->calls[i].loc = (ir_loc){0};
    }
    for (uint32_t i = 0; i < p->nevents; i++) {
        p->events[i].inst = 0;
        p->events[i].loc = (ir_loc){0};
    }
    return p;
}

static bool same_outline(comparison *c, const ir_outline *before, const ir_outline *now) {
    ir_writer x = writer(&c->x), y = writer(&c->y);
    ir_write_outline(&x, before);
    ir_write_outline(&y, now);
    return same_bytes(c);
}

static bool same_place(const ir_func *before, const ir_func *now) {
    return before->first_line == now->first_line && before->last_line == now->last_line;
}

static bool is_silent(const ir_func *f, const ir_outline *o) {
    bool plain = f->in_main_file && !f->is_weak && !f->is_ctor_attr && !f->owner;
    return plain && !o->nrefs && !o->ncalls && !o->nfills && !o->nthrough && !o->ntaken && !o->nwritten &&
           !o->nevents && !o->ntakes && !o->npointers && !o->by_value;
}

/* In both units. False: it offers something else. */
static bool compare_function(comparison *c, const ir_func *before, const ir_func *now) {
    if (strcmp(before->file, now->file) != 0) return false;
    if (ll_hash_equal(before->hash, now->hash) && !ll_hash_is_none(now->hash)) {
        if (!same_place(before, now)) LL_PUSH(c->a, &c->out->moved, (ir_moved){before, now});
        return true;
    }
    ir_writer x = writer(&c->x), y = writer(&c->y);
    ir_write_head(&x, before);
    ir_write_head(&y, now);
    if (!same_bytes(c)) return false;
    const ir_outline *was = ir_outline_make(c->a, c->scratch, before);
    const ir_outline *is = ir_outline_make(c->a, c->scratch, now);
    ir_changed f = {before, now, .alone = is_silent(before, was) && is_silent(now, is)};
    if (!same_outline(c, placeless(c->scratch, was), placeless(c->scratch, is))) {
        f.was = was;
        f.is = is;
    }
    LL_PUSH(c->a, &c->out->funcs, f);
    return true;
}

/* Both lists in the order of the source: a function that changed its place among the others is no case of this. */
static bool compare_functions(comparison *c, const ir_unit *before, const ir_unit *now) {
    uint32_t i = 0, k = 0;
    while (i < before->funcs.n || k < now->funcs.n) {
        const ir_func *x = i < before->funcs.n ? before->funcs.v[i] : NULL;
        const ir_func *y = k < now->funcs.n ? now->funcs.v[k] : NULL;
        bool ok;
        ll_arena_reset(c->scratch);
        if (x && y && strcmp(x->usr, y->usr) == 0) {
            ok = compare_function(c, x, y);
            i++;
            k++;
        } else if (y && !ir_unit_func(before, y->usr)) {
            ok = is_silent(y, ir_outline_make(c->scratch, c->scratch, y));
            LL_PUSH(c->a, &c->out->funcs, (ir_changed){.now = y, .alone = true});
            k++;
        } else {
            ok = x && !ir_unit_func(now, x->usr) && is_silent(x, ir_outline_make(c->scratch, c->scratch, x));
            LL_PUSH(c->a, &c->out->funcs, (ir_changed){.before = x, .alone = true});
            i++;
        }
        if (!ok) return false;
    }
    return true;
}

/* ---- the rest of the unit ---- */

static bool is_one_sided(const comparison *c, const char *usr) {
    for (uint32_t i = 0; i < c->out->funcs.n; i++) {
        const ir_changed *f = &c->out->funcs.v[i];
        if (!f->before != !f->now && strcmp((f->now ? f->now : f->before)->usr, usr) == 0) return true;
    }
    return false;
}

/* One that is new may have been declared before: then somebody may have named it. */
static bool goes_with_function(const comparison *c, const ir_unit *u, const ir_fdecl *d) {
    return is_one_sided(c, d->usr) && ir_unit_func(u, d->usr) != NULL;
}

/* Functions are known by now. In what order declarations come tells nobody anything. False: one is gone, or another. */
static bool compare_decls(comparison *c, const ir_unit *before, const ir_unit *now) {
    for (uint32_t i = 0; i < before->decls.n; i++) {
        const ir_fdecl *d = &before->decls.v[i], *same = ir_unit_decl(now, d->usr);
        if (goes_with_function(c, before, d)) continue;
        if (!same || goes_with_function(c, now, same)) return false;
        ir_writer x = writer(&c->x), y = writer(&c->y);
        ir_write_decl(&x, d);
        ir_write_decl(&y, same);
        if (!same_bytes(c)) return false;
    }
    for (uint32_t i = 0; i < now->decls.n; i++) {
        const ir_fdecl *d = &now->decls.v[i];
        if (!goes_with_function(c, now, d) && !ir_unit_decl(before, d->usr)) LL_PUSH(c->a, &c->out->declared, d);
    }
    return true;
}

static void write_rest(const ir_unit *u, ll_strbuf *out) {
    ir_writer w = writer(out);
    ir_write_origin(&w, u);
    ll_put_uint(out, u->globals.n);
    for (uint32_t i = 0; i < u->globals.n; i++) ir_write_global(&w, &u->globals.v[i]);
}

bool ir_change_find(ll_arena *a, const ir_unit *before, const ir_unit *now, ir_change *out) {
    *out = (ir_change){0};
    comparison c = {.a = a, .scratch = ll_arena_new("change"), .out = out};
    bool same = compare_functions(&c, before, now) && compare_decls(&c, before, now);
    if (same) {
        write_rest(before, &c.x);
        write_rest(now, &c.y);
        same = same_bytes(&c);
    }
    ll_sb_free(&c.x);
    ll_sb_free(&c.y);
    ll_arena_free(c.scratch);
    return same;
}
