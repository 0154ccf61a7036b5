/* Who gives, and who ends what was given: pairs, their rules, and how sure they are. */
#include "engine/infer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/evidence.h"
#include "engine/infer_parts.h"

enum {
    FEW_SITES = 3, /* so many callers make a habit */
    BY_LOCAL = 4,  /* weights of what speaks for a pair */
    BY_FIELD = 3,
    BY_NAME = 6,
    BY_TYPE = 4,
    BY_BODY = 5,
    MOST_COUNTED = 5, /* more of the same says nothing new */
};

static void add_function(inference *x, const ir_fdecl *d) {
    if (!d->usr || !d->name || name_map_get(x->by_usr, d->usr)) return;
    known_function *f = LL_NEW(x->a, known_function);
    *f = (known_function){.usr = d->usr, .name = d->name, .decl = d};
    f->node = program_find_node(x->e, d->usr, NULL);
    f->model = d->owner ? NULL : rule_set_model(x->e->rules, d->name);
    name_map_put(x->by_usr, d->usr, f);
    LL_PUSH(x->a, &x->all, f);
}

static int by_usr(const void *a, const void *b) {
    const known_function *x = *(known_function *const *)a, *y = *(known_function *const *)b;
    int d = strcmp(x->name, y->name);
    return d ? d : strcmp(x->usr, y->usr);
}

static void gather(inference *x) {
    engine *e = x->e;
    for (uint32_t u = 0; u < e->units.n; u++)
        for (uint32_t i = 0; i < e->units.v[u]->decls.n; i++) {
            const ir_fdecl *d = program_find_decl(e, e->units.v[u]->decls.v[i].usr);
            if (d) add_function(x, d);
        }
    for (uint32_t i = 0; i < e->nodes.n; i++) program_summary(e, &e->nodes.v[i]);
    if (x->all.n) qsort(x->all.v, x->all.n, sizeof *x->all.v, by_usr);
    for (uint32_t i = 0; i < x->all.n; i++) infer_facts(x, x->all.v[i]);
}

/* ---- pairs ---- */

typedef struct pair {
    give *g;
    const partner *p;
    const ender *n;
    bool same_type, own; /* own: the ender is no function of a rule */
    int names;           /* infer_stems_agree */
    uint32_t score;
} pair;

static uint32_t capped(uint32_t n) {
    return n < MOST_COUNTED ? n : MOST_COUNTED;
}

/* A rule speaks of functions that other files can see. */
static bool is_static(const known_function *f) {
    return f->node ? f->node->f->is_static : f->decl->is_static;
}

static bool eligible(const known_function *f) {
    if (is_static(f) || f->decl->owner || infer_is_modelled(f) || strcmp(f->name, "main") == 0) return false;
    return strncmp(f->name, "__", 2) != 0 && !(f->node && f->node->f->in_system_header);
}

static const rule *family(const rule *r) {
    return r && r->extends ? r->extends : r;
}

static bool weigh(inference *x, give *g, const partner *p, const ender *n, pair *out) {
    *out = (pair){.g = g, .p = p, .n = n, .own = !infer_is_modelled(p->f)};
    out->same_type = g->type && n->type && strcmp(g->type, n->type) == 0;
    if (g->type && n->type && !out->same_type) return false;
    if (g->rule && n->rule && family(g->rule) != family(n->rule)) return false;
    if (out->own && !eligible(p->f)) return false;
    if (!out->own && !n->rule) return false;
    if (out->own && !p->f->sounds_releasing && (n->proof != PROOF_BODY || (n->in_part && !n->counts_down)))
        return false;
    if (out->own && n->proof != PROOF_BODY && infer_sounds_emptying(p->f->name)) return false;
    out->names = out->own ? infer_stems_agree(infer_stem(x->a, g->f->name), infer_stem(x->a, p->f->name)) : 0;
    uint32_t seen = p->sites + p->fields;
    if (!out->same_type && !p->sites && !(g->rule && n->rule && p->fields)) return false;
    if (!seen && !(out->same_type && out->names == 2)) return false;
    /* what is known to end it may stand anywhere; what may be anything had better be the last */
    out->score = capped(n->proof == PROOF_BODY ? p->sites : p->last) * BY_LOCAL + capped(p->fields) * BY_FIELD +
                 (out->names == 2 ? BY_NAME : 0) + (out->names == 1 ? BY_NAME / 2 : 0) +
                 (out->same_type ? BY_TYPE : 0) + (uint32_t)n->proof * BY_BODY;
    return true;
}

static const ender *ender_at(const known_function *f, uint32_t arg, bool through) {
    for (uint32_t i = 0; i < f->ends.n; i++)
        if (f->ends.v[i].arg == arg && f->ends.v[i].through == through) return &f->ends.v[i];
    return NULL;
}

/* Destructors of the type that nobody was seen to call on it: their name and their body may be enough. */
static void add_namesakes(inference *x, give *g) {
    if (!g->type) return;
    const char *stem = infer_stem(x->a, g->f->name);
    for (uint32_t i = 0; i < x->all.n; i++) {
        known_function *f = x->all.v[i];
        for (uint32_t k = 0; k < f->ends.n; k++) {
            const ender *n = &f->ends.v[k];
            if (f == g->f || !n->type || strcmp(n->type, g->type) != 0 || !eligible(f)) continue;
            if (infer_stems_agree(stem, infer_stem(x->a, f->name)) != 2) continue;
            bool known = false;
            for (uint32_t j = 0; j < g->partners.n; j++)
                known |=
                    g->partners.v[j].f == f && g->partners.v[j].arg == n->arg && g->partners.v[j].through == n->through;
            if (!known) LL_PUSH(x->a, &g->partners, (partner){.f = f, .arg = n->arg, .through = n->through});
        }
    }
}

static bool best_pair(inference *x, give *g, pair *best) {
    bool any = false;
    *best = (pair){0};
    add_namesakes(x, g);
    for (uint32_t i = 0; i < g->partners.n; i++) {
        const partner *p = &g->partners.v[i];
        const ender *n = ender_at(p->f, p->arg, p->through);
        pair one;
        if (!n || !weigh(x, g, p, n, &one)) continue;
        if (any &&
            (one.score < best->score || (one.score == best->score && strcmp(one.p->f->name, best->p->f->name) >= 0)))
            continue;
        *best = one;
        any = true;
    }
    return any;
}

/* ---- how sure ---- */

static bool is_clean(const give *g) {
    return !g->shared && !g->handed && !g->other && g->fails != FAILS_UNKNOWN && !(g->from && g->arg);
}

/* No outcome that is told gives nothing, and hardly a caller asks: xmalloc() ends the program first. */
static bool never_fails(const give *g) {
    return g->fails == FAILS_DEFAULT && !g->arg && g->proof != PROOF_NONE && !g->none && g->sites >= FEW_SITES &&
           10 * g->tested <= g->sites;
}

static inferred_class judge(const pair *p) {
    const give *g = p->g;
    uint32_t seen = p->p->sites + p->p->fields;
    bool habit = p->p->sites >= FEW_SITES && 2 * p->p->sites >= g->sites;
    bool clean = is_clean(g), bodies = g->proof == PROOF_BODY && p->n->proof == PROOF_BODY;
    bool some_bodies = g->proof != PROOF_NONE && p->n->proof != PROOF_NONE;
    if (!p->own) { /* ended by the functions of a rule: an acquirer like theirs */
        bool often = p->p->sites && (!g->type || 2 * p->p->sites >= g->sites);
        if (bodies && clean && often) return INFERRED_STRONG;
        return (bodies || habit) && clean ? INFERRED_LIKELY : INFERRED_WEAK;
    }
    if (clean && bodies && p->same_type && (seen >= 2 || p->names == 2 || (seen && p->names))) return INFERRED_STRONG;
    if (clean && some_bodies && p->same_type && p->names && seen >= 2) return INFERRED_STRONG;
    if (clean && bodies && !p->n->type && (p->p->sites || (p->names == 2 && p->p->fields))) return INFERRED_STRONG;
    bool told = !g->shared && !g->other && g->fails != FAILS_UNKNOWN && some_bodies;
    if (told && p->same_type && p->names == 2 && seen) return INFERRED_STRONG;
    bool declared = g->proof == PROOF_NONE && p->n->proof == PROOF_NONE;
    if (declared && p->same_type && p->names == 2 && p->p->last >= FEW_SITES && 2 * p->p->last >= g->sites)
        return INFERRED_STRONG;
    if (p->same_type && (p->names == 2 || (seen >= 2 && p->names))) return INFERRED_LIKELY;
    return clean && habit ? INFERRED_LIKELY : INFERRED_WEAK;
}

static bool worth_telling(const pair *p, inferred_class c) {
    const give *g = p->g;
    if (g->other && g->fresh <= g->other) return false;
    if (g->proof != PROOF_BODY && name_borrows(g->f->name)) return false;
    if (g->shared) return false;
    if (c != INFERRED_WEAK) return true;
    if (g->fails == FAILS_UNKNOWN && g->proof != PROOF_NONE) return false;
    return p->p->sites + p->p->fields >= FEW_SITES && 3 * (p->p->sites + p->p->fields) >= g->sites;
}

/* ---- rules ---- */

static inferred_call call_of(const known_function *f, uint32_t arg, inferred_proof proof) {
    inferred_call c = {.name = f->name, .decl = f->decl, .arg = arg, .proof = proof, .keeps = f->keeps};
    if (f->node) {
        c.file = f->node->f->file;
        c.line = f->node->f->first_line;
    }
    if (arg && arg <= 32) c.keeps &= ~(1u << (arg - 1));
    return c;
}

static bool has_call(const inferred_calls *l, const char *name) {
    for (uint32_t i = 0; i < l->n; i++)
        if (l->v[i].name == name) return true;
    return false;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Those of one class whose objects the same function ends are one rule. */
static inferred_rule *rule_for(inference *x, inferred_rules *out, const pair *p, inferred_class c) {
    const rule *extends = p->own ? NULL : family(p->n->rule);
    const char *type = extends || !p->n->type ? NULL : p->g->type;
    for (uint32_t i = 0; i < out->n; i++) {
        inferred_rule *r = &out->v[i];
        if (r->confidence != c || r->extends != extends) continue;
        if (extends || (same_text(r->type, type) && r->release.v[0].name == p->p->f->name)) return r;
    }
    LL_PUSH(x->a, out, (inferred_rule){.type = type, .extends = extends, .confidence = c});
    inferred_rule *r = &out->v[out->n - 1];
    r->stem = extends ? extends->id : infer_stem(x->a, p->p->f->name);
    if (extends) r->ended_by = call_of(p->p->f, p->p->arg, p->n->proof);
    return r;
}

static void add_release(inference *x, inferred_rule *r, const partner *p, const ender *n) {
    if (has_call(&r->release, p->f->name)) return;
    inferred_call c = call_of(p->f, p->arg, n->proof);
    c.through = p->through;
    c.in_part = n->in_part;
    r->counted |= n->in_part; /* a release proves no death */
    LL_PUSH(x->a, &r->release, c);
}

static void take(inference *x, inferred_rules *out, const pair *p) {
    inferred_class c = judge(p);
    const give *g = p->g;
    if (!worth_telling(p, c)) return;
    inferred_rule *r = rule_for(x, out, p, c);
    if (p->own) add_release(x, r, p->p, p->n);
    inferred_call a = call_of(g->f, g->arg, g->proof);
    a.fails = never_fails(g) ? FAILS_NEVER : g->fails;
    a.sites = g->sites;
    a.released = g->released;
    a.passed = g->passed;
    if (g->from) {
        a.arg = g->from;
        LL_PUSH(x->a, &r->realloc, a);
    } else if (!has_call(&r->acquire, a.name)) {
        LL_PUSH(x->a, &r->acquire, a);
    }
    /* other functions that end it, too */
    for (uint32_t i = 0; p->own && i < g->partners.n; i++) {
        const partner *q = &g->partners.v[i];
        const ender *n = ender_at(q->f, q->arg, q->through);
        pair other;
        bool more = n && n->proof == PROOF_BODY && !n->in_part && weigh(x, (give *)g, q, n, &other) && other.own &&
                    other.same_type && (q->sites >= 2 || other.names == 2);
        if (more) add_release(x, r, q, n);
    }
}

static void find_retains(inference *x, inferred_rule *r) {
    for (uint32_t i = 0; r->type && i < x->all.n; i++) {
        const known_function *f = x->all.v[i];
        if (!f->retains || !eligible(f) || !infer_sounds_retaining(f->name)) continue;
        const ir_type *ty = f->node->f->vars[f->retains - 1].type;
        const char *type = infer_type_key(ty);
        if (!type || strcmp(type, r->type) != 0) continue;
        inferred_call c = call_of(f, f->retains, PROOF_BODY);
        c.returns = f->returns_it;
        LL_PUSH(x->a, &r->retain, c);
    }
    if (!r->counted) r->retain.n = 0;
}

static int by_sites(const void *a, const void *b) {
    const inferred_call *x = a, *y = b;
    if (x->sites != y->sites) return x->sites < y->sites ? 1 : -1;
    return strcmp(x->name, y->name);
}

static uint32_t sites_of(const inferred_rule *r) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->acquire.n; i++) n += r->acquire.v[i].sites;
    return n;
}

static int by_confidence(const void *a, const void *b) {
    const inferred_rule *x = a, *y = b;
    if (x->confidence != y->confidence) return x->confidence < y->confidence ? -1 : 1;
    uint32_t nx = sites_of(x), ny = sites_of(y);
    if (nx != ny) return nx < ny ? 1 : -1;
    int d = strcmp(x->stem, y->stem);
    return d ? d : strcmp(x->acquire.v[0].name, y->acquire.v[0].name);
}

void engine_infer(engine *e, ll_arena *a, inferred_rules *out) {
    inference x = {.e = e, .a = a, .by_usr = name_map_new(a), .fields = name_map_new(a)};
    gather(&x);
    infer_sites(&x);
    for (uint32_t i = 0; i < x.all.n; i++)
        for (uint32_t k = 0; eligible(x.all.v[i]) && k < x.all.v[i]->gives.n; k++) {
            pair best;
            if (best_pair(&x, &x.all.v[i]->gives.v[k], &best)) take(&x, out, &best);
        }
    for (uint32_t i = 0; i < out->n; i++) {
        inferred_rule *r = &out->v[i];
        if (r->acquire.n) qsort(r->acquire.v, r->acquire.n, sizeof *r->acquire.v, by_sites);
        if (r->realloc.n) qsort(r->realloc.v, r->realloc.n, sizeof *r->realloc.v, by_sites);
        find_retains(&x, r);
    }
    uint32_t n = 0; /* without an acquirer a rule says nothing */
    for (uint32_t i = 0; i < out->n; i++)
        if (out->v[i].acquire.n) out->v[n++] = out->v[i];
    out->n = n;
    if (n) qsort(out->v, n, sizeof *out->v, by_confidence);
}
