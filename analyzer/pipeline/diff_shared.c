/* Facts that both sides of a comparison share: a unit is read once where it would be read the same. */
#include <string.h>

#include <uthash.h>

#include "pipeline/diff_sides.h"
#include "pipeline/inputs.h"

typedef struct sharer {
    diff_run *d;
    bool one_sided; /* there are files that one view alone has */
    seen *head, *base;
} sharer;

static bool any_one_sided(const diff_run *d) {
    const src_overlay *views[] = {d->base.view, d->head.view};
    for (int v = 0; v < 2; v++)
        for (uint32_t i = 0; i < src_overlay_count(views[v]); i++) {
            const char *path = src_overlay_path(views[v], i);
            if (src_overlay_is_file(views[0], path) != src_overlay_is_file(views[1], path)) return true;
        }
    return false;
}

/* Not only files that were read count: one that the base alone has may stand before them on the include path, or be
 * the one whose lack was an error. */
static bool is_same(const sharer *s, const fe_request *rq, const ir_unit *u) {
    const diff_run *d = s->d;
    for (uint32_t i = 0; i < u->files.n; i++)
        if (!src_overlay_same(d->base.view, d->head.view, u->files.v[i])) return false;
    if (!s->one_sided) return true;
    ll_arena *tmp = ll_arena_new("inputs");
    inputs in;
    bool moved, same = inputs_gather(s->head, tmp, rq, u, NULL, &in) && inputs_hold(s->base, tmp, rq, &in, &moved);
    ll_arena_free(tmp);
    return same;
}

typedef struct head_row {
    const char *file;
    uint32_t index;
    UT_hash_handle hh;
} head_row;

static bool same_command(const fe_request *x, const fe_request *y) {
    if (x->nargs != y->nargs || strcmp(x->dir, y->dir) != 0) return false;
    for (int i = 0; i < x->nargs; i++)
        if (strcmp(x->args[i], y->args[i]) != 0) return false;
    return true;
}

static void share(const sharer *s, head_row *by_file, facts_unit *known) {
    const plan *base = &s->d->base.units, *head = &s->d->head.units;
    for (uint32_t i = 0; i < base->requests.n; i++) {
        const fe_request *rq = &base->requests.v[i];
        head_row *hit;
        HASH_FIND_STR(by_file, rq->file, hit);
        if (!hit || !same_command(rq, &head->requests.v[hit->index])) continue;
        const facts_unit *u = &s->d->head.analysis->units[hit->index];
        if (u->unit && is_same(s, rq, u->unit)) known[i] = *u;
    }
}

facts_unit *diff_shared_facts(diff_run *d) {
    const plan *head = &d->head.units;
    facts_unit *known = LL_NEWN(d->a, facts_unit, d->base.units.requests.n);
    head_row *rows = LL_NEWN(d->a, head_row, head->requests.n), *by_file = NULL;
    for (uint32_t i = 0; i < head->requests.n; i++) {
        rows[i] = (head_row){.file = head->requests.v[i].file, .index = i};
        HASH_ADD_KEYPTR(hh, by_file, rows[i].file, (unsigned)strlen(rows[i].file), &rows[i]);
    }
    seen_view head_view = check_seen_view(d->head.view), base_view = check_seen_view(d->base.view);
    sharer s = {.d = d, .one_sided = any_one_sided(d)};
    s.head = seen_new(d->head.view ? &head_view : NULL);
    s.base = seen_new(&base_view);
    share(&s, by_file, known);
    seen_free(s.head);
    seen_free(s.base);
    HASH_CLEAR(hh, by_file);
    return known;
}
