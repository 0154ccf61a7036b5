/* A prefix pays when enough units share it.
 *
 * Units with the same flags are sorted by their leading directives; what begins alike stands together then, and the
 * directives form a tree:
 *
 *     <stdlib.h>                   90 units      built: read by 12 units
 *     |   <errno.h>                75            built: read by 35
 *     |   |   "server.h"           40            built: read by 32
 *     |   |   |   "bio.h"           4
 *     |   |   |   "cluster.h"       8            built: read by 8
 *     <math.h>                      2            not worth it
 *
 * Headers of the C library that follow each other may change places (frontend/prefix.h). They are put into one order
 * first, those that more units include before others, so that sets with much in common begin with it: the FP-tree of
 * Han, Pei and Yin, Mining Frequent Patterns without Candidate Generation, SIGMOD 2000.
 *
 * What a directive means depends on more than its text: "server.h" is looked for beside the file and then where -I
 * says. Such a step is the same for units of one folder with the same -I only. <stdlib.h> does not care, unless one of
 * those folders has a file of this name; that headers included by it do not either is seen when it has been read.
 *
 * From the leaves up, a node is built when the units below that have no prefix yet would gain more by it, compared with
 * the prefix of a node above, than it costs: parsing it once more and writing it. What headers cost is guessed before
 * any is read (fe_step.weight), which is good enough to tell the one from the other. */
#include "pipeline/prefixes_plan.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/sys.h"
#include "frontend/prefix.h"
#include "pipeline/reach.h"

enum {
    MIN_UNITS = 3,
    BUILD_COST = 9, /* of a process and of writing, in units of fe_step.weight */
    MAX_STEPS = 64,
    MAX_DEPTH = 8, /* of headers whose first directive includes the next */
    MAX_SOURCE_BYTES = 16 << 20
};

typedef struct planner {
    ll_arena *a;
    search_dirs *dirs;
    reach *reach;
    struct own_header *headers;
    prefix_plan *plan;
} planner;

/* ---- units and their steps ---- */

static plan_unit *unit_of(planner *p, uint32_t t, const fe_request *rq) {
    ll_strbuf family = {0}, place = {0};
    plan_unit *u = LL_NEW(p->a, plan_unit);
    *u = (plan_unit){.t = t, .rq = *rq};
    ll_sb_printf(&family, "%s\n%s\n", rq->dir ? rq->dir : "", rq->root ? rq->root : "");
    search_dirs_of(p->dirs, rq, &u->search, &family);
    reach_prune(p->reach, rq, &u->search);
    u->rq.args = search_dirs_args(p->dirs, rq, &u->search, &u->rq.nargs);
    for (int i = 0; i < u->rq.nargs; i++) ll_sb_printf(&place, "%s\n", u->rq.args[i]);
    u->family = ll_strdup(p->a, ll_sb_str(&family));
    u->place = ll_strdup(p->a, ll_sb_str(&place));
    u->folder = ll_path_dir(p->a, rq->file);
    ll_sb_free(&family);
    ll_sb_free(&place);
    return u;
}

/* The header that a line includes, when it does so in angle brackets. */
static const char *bracketed(ll_arena *a, const char *line) {
    static const char before[] = "#include <";
    if (strncmp(line, before, sizeof before - 1) != 0) return NULL;
    const char *name = line + sizeof before - 1;
    size_t n = strcspn(name, ">\n");
    return name[n] == '>' && name[n + 1] == '\n' ? ll_strndup(a, name, n) : NULL;
}

/* Whether it means the same for all units of the family. */
static bool anywhere(ll_arena *scratch, search_dirs *dirs, const plan_unit *u, const char *text) {
    if (strchr(text, '"') || strstr(text, "__has_include")) return false;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "#include", 8) != 0) continue;
        const char *name = bracketed(scratch, line);
        if (!name || strstr(name, "..") || search_dirs_have(dirs, &u->search, name)) return false;
    }
    return true;
}

/* Whether #include "name" in it may lead to a file of the unit's folder. */
static bool looks_beside(ll_arena *scratch, const planner *p, const plan_unit *u, const char *text) {
    if (strstr(text, "..") || strstr(text, "__has_include")) return true;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "#include", 8) != 0 || bracketed(scratch, line)) continue;
        const char *end = strchr(line, '\n');
        if (line[8] != ' ' || line[9] != '"' || end[-1] != '"' || end - line < 12) return true;
        const char *name = ll_strndup(scratch, line + 10, (size_t)(end - line) - 11);
        if (search_dirs_find(p->dirs, &u->rq, &(search_list){0}, u->folder, name)) return true;
    }
    return false;
}

static plan_step step_of(const planner *p, ll_arena *scratch, const plan_unit *u, const fe_step *step) {
    bool same = anywhere(scratch, p->dirs, u, step->text);
    return (plan_step){.text = step->text,
                       .place = same ? "" : u->place,
                       .folder = !same && looks_beside(scratch, p, u, step->text) ? u->folder : "",
                       .weight = step->weight,
                       .moves = same && step->commutes};
}

/* ---- what the first own header begins with ---- */

typedef struct own_header {
    UT_hash_handle hh;
    const char *path, *guard;
    fe_step *steps;
    uint32_t nsteps;
} own_header;

static const own_header *header_at(planner *p, ll_arena *scratch, const char *path) {
    own_header *h;
    char *source;
    size_t n;
    HASH_FIND_STR(p->headers, path, h);
    if (h) return h;
    h = LL_NEW(p->a, own_header);
    *h = (own_header){.path = ll_strdup(p->a, path)};
    if (ll_read_file(scratch, path, MAX_SOURCE_BYTES, &source, &n, NULL))
        h->nsteps = fe_prefix_header_steps(p->a, source, n, &h->steps, &h->guard);
    HASH_ADD_KEYPTR(hh, p->headers, h->path, strlen(h->path), h);
    return h;
}

/* The header that a step includes, when it does only that. */
static const own_header *included(planner *p, ll_arena *scratch, const plan_unit *u, const char *folder,
                                  const char *text) {
    static const char before[] = "#include ";
    size_t n = strlen(text), skip = sizeof before - 1;
    if (strncmp(text, before, skip) != 0 || strchr(text, '\n') != text + n - 1 || n < skip + 4) return NULL;
    bool quoted = text[skip] == '"' && text[n - 2] == '"';
    if (!quoted && (text[skip] != '<' || text[n - 2] != '>')) return NULL;
    const char *name = ll_strndup(scratch, text + skip + 1, n - skip - 3);
    const char *path = search_dirs_find(p->dirs, &u->rq, &u->search, quoted ? folder : NULL, name);
    return path ? header_at(p, scratch, path) : NULL;
}

static bool looks_elsewhere(const fe_request *rq) {
    for (int i = 0; i < rq->nargs; i++)
        if (strncmp(rq->args[i], "-iquote", 7) == 0 || strcmp(rq->args[i], "-I-") == 0) return true;
    return false;
}

/* Until anything but headers that change places comes, into the header that this one includes next, and so on. */
static void find_early(planner *p, ll_arena *scratch, plan_unit *u, const char *text) {
    const char *folder = u->folder;
    for (uint32_t depth = 0; text && depth < MAX_DEPTH && !looks_elsewhere(&u->rq); depth++) {
        const own_header *h = included(p, scratch, u, folder, text);
        uint32_t i = 0;
        if (!h || (h->guard && strstr(u->family, h->guard))) return;
        for (; i < h->nsteps && step_of(p, scratch, u, &h->steps[i]).moves; i++)
            LL_PUSH(p->a, &u->early, h->steps[i].text);
        if (h->guard) LL_PUSH(p->a, &u->guards, h->guard);
        text = i < h->nsteps ? h->steps[i].text : NULL;
        folder = ll_path_dir(scratch, h->path);
    }
}

static void add_steps(planner *p, ll_arena *scratch, plan_unit *u, const fe_step *steps, uint32_t n) {
    uint32_t own = fe_prefix_first_own(steps, n);
    if (own < n) find_early(p, scratch, u, steps[own].text);
    u->steps = LL_NEWN(p->a, plan_step, n + u->early.n + 1);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < u->early.n && i == own; k++)
            u->steps[u->nsteps++] =
                (plan_step){.text = u->early.v[k], .place = "", .folder = "", .weight = 1, .moves = true};
        u->steps[u->nsteps++] = step_of(p, scratch, u, &steps[i]);
    }
}

static void read_steps(planner *p, plan_unit *u) {
    char *source;
    size_t n;
    fe_step *steps;
    ll_arena *scratch = ll_arena_new("source");
    if (ll_read_file(scratch, u->rq.file, MAX_SOURCE_BYTES, &source, &n, NULL)) {
        uint32_t nsteps = fe_prefix_steps(p->a, source, n, &steps);
        add_steps(p, scratch, u, steps, nsteps < MAX_STEPS ? nsteps : MAX_STEPS);
    }
    ll_arena_free(scratch);
}

/* ---- one order ---- */

typedef struct header {
    UT_hash_handle hh;
    const char *text;
    uint32_t units;
} header;

static void count_headers(ll_arena *a, header **all, const plan_unit *u) {
    for (uint32_t i = 0; i < u->nsteps; i++) {
        header *h;
        if (!u->steps[i].moves) continue;
        HASH_FIND_STR(*all, u->steps[i].text, h);
        if (!h) {
            h = LL_NEW(a, header);
            *h = (header){.text = u->steps[i].text};
            HASH_ADD_KEYPTR(hh, *all, h->text, strlen(h->text), h);
        }
        h->units++;
    }
}

static int by_units(const void *x, const void *y) {
    const plan_step *a = x, *b = y;
    if (a->units != b->units) return a->units > b->units ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* Sorts every run of headers that change places; each stays once in it. */
static void order_steps(header *all, plan_unit *u) {
    uint32_t n = 0;
    for (uint32_t i = 0, end; i < u->nsteps; i = end) {
        plan_step *run = u->steps + i;
        for (end = i; end < u->nsteps && u->steps[end].moves; end++) {
            header *h;
            HASH_FIND_STR(all, u->steps[end].text, h);
            u->steps[end].units = h ? h->units : 0;
        }
        if (end == i) end++;
        qsort(run, end - i, sizeof *run, by_units);
        for (uint32_t k = i; k < end; k++)
            if (k == i || strcmp(u->steps[k].text, u->steps[n - 1].text) != 0) u->steps[n++] = u->steps[k];
    }
    u->nsteps = n;
}

/* ---- the tree ---- */

static int by_family(const void *x, const void *y) {
    const plan_unit *a = *(plan_unit *const *)x, *b = *(plan_unit *const *)y;
    int c = strcmp(a->family, b->family);
    return c ? c : a->t < b->t ? -1 : a->t > b->t;
}

static int compare_step(const plan_step *a, const plan_step *b) {
    int c = strcmp(a->text, b->text);
    if (!c && a->place != b->place) c = strcmp(a->place, b->place);
    return c ? c : a->folder == b->folder ? 0 : strcmp(a->folder, b->folder);
}

static int by_steps(const void *x, const void *y) {
    const plan_unit *a = *(plan_unit *const *)x, *b = *(plan_unit *const *)y;
    for (uint32_t i = 0; i < a->nsteps && i < b->nsteps; i++) {
        int c = compare_step(&a->steps[i], &b->steps[i]);
        if (c) return c;
    }
    if (a->nsteps != b->nsteps) return a->nsteps < b->nsteps ? -1 : 1;
    return a->t < b->t ? -1 : a->t > b->t;
}

static uint32_t weight_of(const plan_unit *u, uint32_t depth) {
    uint32_t w = 0;
    for (uint32_t i = 0; i < depth; i++) w += u->steps[i].weight;
    return w;
}

static const char *text_of(ll_arena *a, const plan_unit *u, uint32_t depth) {
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < depth; i++) ll_sb_add(&b, u->steps[i].text);
    const char *s = ll_strdup(a, ll_sb_str(&b));
    ll_sb_free(&b);
    return s;
}

static bool pays(uint32_t units, uint32_t weight, uint32_t above) {
    return units >= MIN_UNITS && (uint64_t)units * (weight - above) > 2 * weight + BUILD_COST;
}

static uint32_t without(const prefix_plan *p, plan_unit *const *u, uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) k += !p->of[u[i]->t];
    return k;
}

static void add_guards(ll_arena *a, prefix_plan *p, const plan_unit *u) {
    for (uint32_t i = 0; i < u->guards.n; i++) {
        uint32_t k = 0;
        while (k < p->guards[p->n].n && strcmp(p->guards[p->n].v[k], u->guards.v[i]) != 0) k++;
        if (k == p->guards[p->n].n) LL_PUSH(a, &p->guards[p->n], u->guards.v[i]);
    }
}

/* u[0..n) begin with the same `depth` steps; `above`: the weight of the nearest node above that would pay. */
static void choose(ll_arena *a, prefix_plan *p, plan_unit *const *u, uint32_t n, uint32_t depth, uint32_t above) {
    if (n < MIN_UNITS) return;
    uint32_t weight = weight_of(u[0], depth), next = pays(n, weight, above) ? weight : above;
    for (uint32_t i = 0, end; i < n; i = end) {
        end = i + 1;
        if (u[i]->nsteps == depth) continue;
        while (end < n && compare_step(&u[end]->steps[depth], &u[i]->steps[depth]) == 0) end++;
        choose(a, p, u + i, end - i, depth + 1, next);
    }
    if (!depth || p->n == PLAN_MAX_PREFIXES || !pays(without(p, u, n), weight, above)) return;
    for (uint32_t i = 0; i < n; i++) {
        if (p->of[u[i]->t]) continue;
        p->of[u[i]->t] = p->n + 1;
        add_guards(a, p, u[i]);
    }
    p->like[p->n] = u[0];
    p->texts[p->n++] = text_of(a, u[0], depth);
}

static void plan_family(planner *p, plan_unit **u, uint32_t n) {
    header *all = NULL;
    for (uint32_t i = 0; i < n; i++) read_steps(p, u[i]);
    for (uint32_t i = 0; i < n; i++) count_headers(p->a, &all, u[i]);
    for (uint32_t i = 0; i < n; i++) order_steps(all, u[i]);
    HASH_CLEAR(hh, all);
    qsort(u, n, sizeof *u, by_steps);
    choose(p->a, p->plan, u, n, 0, 0);
}

prefix_plan *prefixes_plan(ll_arena *a, search_dirs *dirs, const fe_request *rq, const uint32_t *todo, uint32_t n) {
    planner p = {.a = a, .dirs = dirs, .reach = reach_new(a, dirs), .plan = LL_NEW(a, prefix_plan)};
    LL_ARRAY(plan_unit *) u = {0};
    *p.plan = (prefix_plan){.units = LL_NEWN(a, plan_unit *, n + 1), .of = LL_NEWN(a, uint32_t, n + 1)};
    for (uint32_t t = 0; t < n && n >= MIN_UNITS; t++) {
        if (!fe_prefix_allowed(&rq[todo[t]])) continue;
        p.plan->units[t] = unit_of(&p, t, &rq[todo[t]]);
        LL_PUSH(a, &u, p.plan->units[t]);
    }
    if (u.n) qsort(u.v, u.n, sizeof *u.v, by_family);
    for (uint32_t i = 0, end; i < u.n; i = end) {
        for (end = i + 1; end < u.n && strcmp(u.v[end]->family, u.v[i]->family) == 0; end++) continue;
        if (end - i >= MIN_UNITS) plan_family(&p, u.v + i, end - i);
    }
    HASH_CLEAR(hh, p.headers);
    reach_free(p.reach);
    return p.plan;
}
