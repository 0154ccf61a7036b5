#define _GNU_SOURCE
#include "pipeline/prefixes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "frontend/prefix.h"
#include "pipeline/prefixes_plan.h"
#include "pipeline/search_dirs.h"

struct prefixes {
    ll_arena *a;
    prefix_plan *plan;
    fe_prefix *v; /* as many as planned */
    uint32_t n;
};

static bool build_one(void *ctx, uint32_t i, ll_strbuf *result, ll_err *err) {
    const prefixes *p = ctx;
    const prefix_plan *plan = p->plan;
    return dup2(p->v[i].fd, STDOUT_FILENO) >= 0 &&
           fe_prefix_build(&plan->like[i]->rq, p->v[i].text, plan->guards[i].v, plan->guards[i].n, result, err);
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

/* ---- for whom ---- */

/* Whether a unit whose -I are not those of the request that the prefix was made with would read the same files. */
static bool fits(search_dirs *dirs, const fe_prefix *f, const plan_unit *made_for, const plan_unit *u) {
    if (strcmp(made_for->place, u->place) == 0) return true;
    return f->any_search && !search_dirs_shadow(dirs, &u->search, &u->rq, f->files, f->nfiles) &&
           !search_dirs_shadow(dirs, &made_for->search, &u->rq, f->files, f->nfiles);
}

typedef struct answer {
    uint32_t prefix;
    const char *place;
    bool fits;
} answer;

static void leave_out_others(prefixes *p, search_dirs *dirs, uint32_t n) {
    prefix_plan *plan = p->plan;
    LL_ARRAY(answer) known = {0};
    for (uint32_t t = 0; t < n; t++) {
        const plan_unit *u = plan->units[t];
        uint32_t i = plan->of[t], k = 0;
        if (!i || p->v[i - 1].fd < 0) continue;
        while (k < known.n && (known.v[k].prefix != i || strcmp(known.v[k].place, u->place) != 0)) k++;
        if (k == known.n) LL_PUSH(p->a, &known, (answer){i, u->place, fits(dirs, &p->v[i - 1], plan->like[i - 1], u)});
        if (!known.v[k].fits) plan->of[t] = 0;
    }
}

static void make(prefixes *p, search_dirs *dirs, uint32_t n, const workers_options *opt) {
    const workers_job job = {.ctx = p, .work = build_one, .done = built, .end_by_exit = true};
    int stopped_by;
    ll_err err = {0};
    open_all(p);
    if (!workers_run(&job, p->n, opt, &stopped_by, &err) || stopped_by) prefixes_close(p);
    leave_out_others(p, dirs, n);
}

prefixes *prefixes_make(ll_arena *a, const fe_request *rq, const uint32_t *todo, uint32_t n,
                        const workers_options *opt) {
    prefixes *p = LL_NEW(a, prefixes);
    search_dirs *dirs = search_dirs_new(a);
    *p = (prefixes){.a = a, .plan = prefixes_plan(a, dirs, rq, todo, n, opt)};
    p->n = p->plan->n;
    p->v = LL_NEWN(a, fe_prefix, p->n + 1);
    for (uint32_t i = 0; i < p->n; i++) p->v[i] = (fe_prefix){.text = p->plan->texts[i], .fd = -1};
    if (p->n) make(p, dirs, n, opt);
    search_dirs_free(dirs);
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
    return dup2(o->fd, STDOUT_FILENO) >= 0 && fe_prefix_build(o->rq, o->text, NULL, 0, result, err);
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

void prefixes_give(const prefixes *p, uint32_t t, fe_request *rq) {
    const plan_unit *u = p->plan->units[t];
    uint32_t i = p->plan->of[t];
    if (!u) return;
    rq->args = u->rq.args;
    rq->nargs = u->rq.nargs;
    if (!i || p->v[i - 1].fd < 0) return;
    rq->prefix = &p->v[i - 1];
    rq->early = u->early;
    rq->nearly = u->nearly;
}

uint32_t prefixes_count(const prefixes *p) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < p->n; i++) k += p->v[i].fd >= 0;
    return k;
}

void prefixes_close(prefixes *p) {
    for (uint32_t i = 0; i < p->n; i++) drop(&p->v[i]);
}
