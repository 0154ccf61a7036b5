#include "engine/outline_edit.h"

#include <string.h>

#include "engine/call_index.h"
#include "engine/evidence.h"

/* One side of the edit. */
typedef struct side {
    engine *e;
    const heard *h;
    const func_node *n;
    const ir_outline *o;
    ll_strbuf bytes;  /* what must be the same on both, in this order */
    uint32_t forbids; /* bit set of rules that ban a call in it */
    bool *through;    /* per ref: a call goes through it, that is, it is a field */
} side;

static void put_text(side *s, const char *text) {
    ll_put_str(&s->bytes, text);
}

static void put_texts(side *s, const char **v, uint32_t n) {
    ll_put_uint(&s->bytes, n);
    for (uint32_t i = 0; i < n; i++) put_text(s, v[i]);
}

/* ---- calls ---- */

static void put_watched(side *s, const ir_ref *callee, const rule_model *m) {
    bool banned_only = true;
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *ef = &m->effects[i];
        uint32_t bit = ef->kind == EFF_FORBID ? heard_forbid_bit(s->e->rules, ef->rule) : 0;
        banned_only &= bit ? bit != HEARD_REACHES_MORE : !rule_effect_watches(ef->kind);
        s->forbids |= bit & ~(uint32_t)HEARD_REACHES_MORE;
    }
    if (!banned_only) put_text(s, callee->usr);
}

static void put_calls(side *s) {
    const ir_outline *o = s->o;
    for (uint32_t i = 0; i < o->ncalls; i++) {
        const ir_outcall *c = &o->calls[i];
        const ir_ref *callee = &o->refs[c->ref];
        const func_node *to = c->through ? NULL : program_find_node(s->e, callee->usr, s->n->unit);
        s->through[c->ref] |= c->through;
        if (c->callback) put_text(s, c->callback->field);
        if (c->callback) put_texts(s, c->callback->usr, c->callback->nusr);
        const rule_model *m = to && !to->f->in_system_header ? NULL : call_watched(s->e, c, callee);
        if (m) put_watched(s, callee, m);
    }
}

static void put_rest(side *s) {
    const ir_outline *o = s->o;
    ll_put_uint(&s->bytes, o->nfills);
    for (uint32_t i = 0; i < o->nfills; i++) {
        put_text(s, o->fills[i].field);
        put_text(s, o->fills[i].usr);
    }
    ll_put_uint(&s->bytes, o->nthrough);
    for (uint32_t i = 0; i < o->nthrough; i++) {
        put_text(s, o->through[i].field);
        ll_put_uint(&s->bytes, o->through[i].nargs);
    }
    put_texts(s, o->taken, o->ntaken);
    put_texts(s, o->written, o->nwritten);
    put_texts(s, o->takes, o->ntakes);
    put_texts(s, o->pointers, o->npointers);
    ll_put_uint(&s->bytes, o->leaves);
    ll_put_uint(&s->bytes, o->by_value);
}

/* ---- fields ---- */

static bool may_end(const side *s, const ir_field_event *ev) {
    if (name_releases(s->e, s->n->f->name) || ev->callee >= s->o->nrefs) return true;
    const char *name = s->o->refs[ev->callee].name;
    const rule_model *m = name ? rule_set_model(s->e->rules, name) : NULL;
    return !name || (m && rule_model_releases(m)) || name_releases(s->e, name);
}

static bool event_matters(const side *s, const ir_field_event *ev) {
    if (ev->type && heard_ended_type(s->h, ev->type)) return true;
    if (ev->field) return heard_ended_field(s->h, ev->field); /* whatever the record */
    if (ev->what == IR_FIELD_COPIED) return !ev->type;
    return ev->what != IR_FIELD_VALUE || may_end(s, ev);
}

/* The same variable gets the same number, wherever it is declared. */
static uint32_t number_of_var(const ir_field_event *const *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (v[i]->what == IR_FIELD_VALUE && v[i]->var == v[n]->var) return i;
    return n;
}

static void put_event(side *s, const ir_field_event *const *all, uint32_t n) {
    const ir_field_event *ev = all[n];
    const ir_outline *o = s->o;
    ll_put_uint(&s->bytes, ev->what);
    ll_put_uint(&s->bytes, ev->direct);
    put_text(s, ev->type);
    put_text(s, ev->field);
    ll_put_uint(&s->bytes, ev->arg);
    if (ev->callee < o->nrefs)
        put_text(s, o->refs[ev->callee].usr);
    else
        put_text(s, ev->callee - o->nrefs < o->npointers ? o->pointers[ev->callee - o->nrefs] : NULL);
    if (ev->what == IR_FIELD_GIVEN) put_texts(s, ev->givers, ev->ngivers);
    if (ev->what != IR_FIELD_VALUE) return;
    put_text(s, ev->name);
    put_text(s, ev->macro);
    ll_put_uint(&s->bytes, ev->type || !ev->field ? number_of_var(all, n) : 0);
}

static void put_events(side *s) {
    LL_ARRAY(const ir_field_event *) all = {0};
    for (uint32_t i = 0; i < s->o->nevents; i++) {
        if (!event_matters(s, &s->o->events[i])) continue;
        LL_PUSH(s->e->arena, &all, &s->o->events[i]);
        put_event(s, all.v, all.n - 1);
    }
}

/* ---- whom it calls ---- */

/* Records of one name in two files are taken for one where functions of the other are given them. */
static bool is_given_records(const func_node *n) {
    const ir_type *ty = n->f->ret;
    return n->outline->ntakes || (ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD);
}

/* One side alone names it. */
static bool callee_matters(const side *has, const side *lacks, uint32_t ref, bool is_new) {
    const engine *e = has->e;
    const char *usr = has->o->refs[ref].usr;
    if (has->through[ref] || heard_asked_ways(has->h) || heard_asked_around(has->h, has->n->usr, has->n->unit))
        return true;
    const func_node *to = program_find_node(e, usr, has->n->unit);
    if (heard_away(has->h, e, usr)) return true;
    if (!to) return false;
    if (heard_asked_around(has->h, usr, to->unit)) return true;
    if (heard_reach(has->h, usr) & ~(has->forbids & lacks->forbids)) return true;
    if (is_new && !heard_follows(has->h, usr, has->n->usr)) return true;
    return is_given_records(to) && strcmp(to->f->file, has->n->f->file) != 0;
}

static bool callees_matter(const side *has, const side *lacks, bool is_new) {
    for (uint32_t i = 0; i < has->o->nrefs; i++)
        if (!ir_outline_names(lacks->o, has->o->refs[i].usr) && callee_matters(has, lacks, i, is_new)) return true;
    return false;
}

/* ---- all of it ---- */

static side make_side(engine *e, const heard *h, const func_node *n, const ir_outline *o) {
    side s = {.e = e, .h = h, .n = n, .o = o, .through = LL_NEWN(e->arena, bool, o->nrefs)};
    put_calls(&s);
    put_rest(&s);
    put_events(&s);
    return s;
}

static bool registers_others(const engine *e, const ir_changed *c) {
    ll_strbuf was = {0}, is = {0};
    call_put_roots(e, c->before, &was);
    call_put_roots(e, c->now, &is);
    bool same = was.n == is.n && memcmp(ll_sb_str(&was), ll_sb_str(&is), is.n) == 0;
    ll_sb_free(&was);
    ll_sb_free(&is);
    return !same;
}

bool outline_edit_matters(engine *e, const heard *h, const func_node *n, const ir_changed *c) {
    if (c->before && heard_asked_roots(h, n->usr, n->unit) && registers_others(e, c)) return true;
    if (!c->is) return false;
    side was = make_side(e, h, n, c->was), is = make_side(e, h, n, c->is);
    bool same = was.forbids == is.forbids && was.bytes.n == is.bytes.n &&
                memcmp(ll_sb_str(&was.bytes), ll_sb_str(&is.bytes), is.bytes.n) == 0;
    bool matters = !same || callees_matter(&was, &is, false) || callees_matter(&is, &was, true);
    ll_sb_free(&was.bytes);
    ll_sb_free(&is.bytes);
    return matters;
}
