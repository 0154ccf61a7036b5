/* A prefix pays when enough units share it.
 *
 * Units of one folder with the same flags are sorted by their leading directives; what begins alike stands together
 * then, and the directives form a tree:
 *
 *     "server.h"                   40 units      built: read by 33 units
 *     |   "bio.h"                   4
 *     |   "cluster.h"               8            built: read by 8
 *     <stdio.h>                     2            not worth it
 *
 * From the leaves up, a node is built when the units below that have no prefix yet would gain more by it, compared with
 * the prefix of a node above, than it costs: parsing it once more and writing it. What headers cost is guessed before
 * any is read (fe_step.weight), which is good enough to tell the one from the other. */
#define _GNU_SOURCE
#include "pipeline/prefixes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "base/sys.h"
#include "frontend/prefix.h"

enum {
    MIN_UNITS = 3,
    BUILD_COST = 4, /* of a process and of writing, in units of fe_step.weight */
    MAX_PREFIXES = 128,
    MAX_STEPS = 64,
    MAX_SOURCE_BYTES = 16 << 20
};

typedef struct member {
    uint32_t t; /* which of todo */
    const fe_request *rq;
    const char *where; /* folder, flags: what must be the same */
    const fe_step *steps;
    uint32_t nsteps;
} member;

struct prefixes {
    ll_arena *a;
    const fe_request **like;
    fe_prefix *v;
    uint32_t n;
    uint32_t *of; /* per todo: number of its prefix + 1, 0: none */
    uint32_t ntodo;
};

/* ---- which ---- */

static const char *where_of(ll_arena *a, const fe_request *rq) {
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%s\n%s\n%s", ll_path_dir(a, rq->file), rq->dir ? rq->dir : "", rq->root ? rq->root : "");
    for (int i = 0; i < rq->nargs; i++) ll_sb_printf(&b, "\n%s", rq->args[i]);
    const char *s = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return s;
}

static int by_where(const void *x, const void *y) {
    const member *a = x, *b = y;
    int c = strcmp(a->where, b->where);
    return c ? c : a->t < b->t ? -1 : a->t > b->t;
}

static int by_steps(const void *x, const void *y) {
    const member *a = x, *b = y;
    for (uint32_t i = 0; i < a->nsteps && i < b->nsteps; i++) {
        int c = strcmp(a->steps[i].text, b->steps[i].text);
        if (c) return c;
    }
    if (a->nsteps != b->nsteps) return a->nsteps < b->nsteps ? -1 : 1;
    return a->t < b->t ? -1 : a->t > b->t;
}

static void read_steps(ll_arena *a, member *m) {
    char *source;
    size_t n;
    fe_step *steps;
    ll_arena *scratch = ll_arena_new("source");
    if (ll_read_file(scratch, m->rq->file, MAX_SOURCE_BYTES, &source, &n, NULL)) {
        m->nsteps = fe_prefix_steps(a, source, n, &steps);
        if (m->nsteps > MAX_STEPS) m->nsteps = MAX_STEPS;
        m->steps = steps;
    }
    ll_arena_free(scratch);
}

static uint32_t weight_of(const member *m, uint32_t depth) {
    uint32_t w = 0;
    for (uint32_t i = 0; i < depth; i++) w += m->steps[i].weight;
    return w;
}

static const char *text_of(ll_arena *a, const member *m, uint32_t depth) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < depth; i++) ll_sb_add(&b, m->steps[i].text);
    const char *s = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return s;
}

static bool pays(uint32_t units, uint32_t weight, uint32_t above) {
    return units >= MIN_UNITS && (uint64_t)units * (weight - above) > weight + weight / 2 + BUILD_COST;
}

static uint32_t without(const prefixes *p, const member *m, uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) k += !p->of[m[i].t];
    return k;
}

/* m[0..n) begin with the same `depth` steps; `above`: the weight of the nearest node above that would pay. */
static void choose(prefixes *p, const member *m, uint32_t n, uint32_t depth, uint32_t above) {
    uint32_t weight = weight_of(m, depth), next = above;
    if (n < MIN_UNITS) return;
    if (pays(n, weight, above)) next = weight;
    for (uint32_t i = 0, end; i < n; i = end) {
        end = i + 1;
        if (m[i].nsteps == depth) continue;
        while (end < n && strcmp(m[end].steps[depth].text, m[i].steps[depth].text) == 0) end++;
        choose(p, m + i, end - i, depth + 1, next);
    }
    if (!depth || p->n == MAX_PREFIXES || !pays(without(p, m, n), weight, above)) return;
    p->like[p->n] = m->rq;
    p->v[p->n++] = (fe_prefix){.text = text_of(p->a, m, depth), .fd = -1};
    for (uint32_t i = 0; i < n; i++)
        if (!p->of[m[i].t]) p->of[m[i].t] = p->n;
}

static void plan(prefixes *p, member *m, uint32_t n) {
    qsort(m, n, sizeof *m, by_where);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcmp(m[end].where, m[i].where) == 0; end++) continue;
        if (end - i < MIN_UNITS) continue;
        for (uint32_t k = i; k < end; k++) read_steps(p->a, &m[k]);
        qsort(m + i, end - i, sizeof *m, by_steps);
        choose(p, m + i, end - i, 0, 0);
    }
}

/* ---- making them ---- */

static bool build_one(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    const prefixes *p = ctx;
    return dup2(p->v[i].fd, STDOUT_FILENO) >= 0 && fe_prefix_build(p->like[i], p->v[i].text, result, err);
}

static void drop(fe_prefix *f) {
    if (f->fd >= 0) close(f->fd);
    f->fd = -1;
}

static void built(void *ctx, uint32_t i, const void *bytes, size_t n, const ll_err *err) {
    prefixes *p = ctx;
    if (err || !fe_prefix_describe(p->a, bytes, n, &p->v[i])) drop(&p->v[i]);
}

/* Memory that has no name on any disk: it goes away with the last process that holds it, however that ends. */
static void open_all(prefixes *p) {
    for (uint32_t i = 0; i < p->n; i++) p->v[i].fd = memfd_create("lifelint prefix", MFD_CLOEXEC);
}

prefixes *prefixes_make(ll_arena *a, const fe_request *rq, const uint32_t *todo, uint32_t n,
                        const workers_options *opt) {
    prefixes *p = LL_NEW(a, prefixes);
    LL_ARRAY(member) members = {0};
    *p = (prefixes){.a = a,
                    .like = LL_NEWN(a, const fe_request *, MAX_PREFIXES),
                    .v = LL_NEWN(a, fe_prefix, MAX_PREFIXES),
                    .of = LL_NEWN(a, uint32_t, n + 1),
                    .ntodo = n};
    for (uint32_t t = 0; t < n; t++)
        if (fe_prefix_allowed(&rq[todo[t]]))
            LL_PUSH(a, &members, (member){.t = t, .rq = &rq[todo[t]], .where = where_of(a, &rq[todo[t]])});
    if (members.n >= MIN_UNITS) plan(p, members.v, members.n);
    if (!p->n) return p;
    open_all(p);
    const workers_job job = {.ctx = p, .work = build_one, .done = built, .end_by_exit = true};
    int stopped_by;
    ll_err err = {0};
    if (!workers_run(&job, p->n, opt, &stopped_by, &err) || stopped_by) prefixes_close(p);
    return p;
}

typedef struct one {
    const fe_request *rq;
    const char *text;
    int fd;
    ll_strbuf *described;
    bool ok;
} one;

static bool build_alone(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    const one *o = ctx;
    (void)i;
    return dup2(o->fd, STDOUT_FILENO) >= 0 && fe_prefix_build(o->rq, o->text, result, err);
}

static void built_alone(void *ctx, uint32_t i, const void *bytes, size_t n, const ll_err *err) {
    one *o = ctx;
    (void)i;
    o->ok = !err;
    if (o->ok) ll_sb_addn(o->described, bytes, n);
}

bool prefixes_make_one(const fe_request *rq, const char *text, int fd, ll_strbuf *described) {
    one o = {rq, text, fd, described, false};
    const workers_job job = {.ctx = &o, .work = build_alone, .done = built_alone, .end_by_exit = true};
    const workers_options opt = {.jobs = 1};
    int stopped_by;
    return fd >= 0 && workers_run(&job, 1, &opt, &stopped_by, NULL) && o.ok;
}

const fe_prefix *prefixes_of(const prefixes *p, uint32_t t) {
    uint32_t i = p->of[t];
    return i && p->v[i - 1].fd >= 0 ? &p->v[i - 1] : NULL;
}

uint32_t prefixes_count(const prefixes *p) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < p->n; i++) k += p->v[i].fd >= 0;
    return k;
}

void prefixes_close(prefixes *p) {
    for (uint32_t i = 0; i < p->n; i++) drop(&p->v[i]);
}
