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

enum { MIN_UNITS = 3, MAX_STEPS = 64, MAX_SOURCE_BYTES = 16 << 20 };

typedef struct planner {
    ll_arena *a;
    search_dirs *dirs;
    reach *reach;
    behind *behind;
    struct place_name *places;
    prefix_plan *plan;
    LL_ARRAY(plan_unit *) units; /* by family */
} planner;

/* ---- units and their steps ---- */

typedef struct place_name {
    UT_hash_handle hh;
    const char *text;
} place_name;

static const char *one_place(planner *p, const char *text) {
    place_name *n;
    HASH_FIND_STR(p->places, text, n);
    if (n) return n->text;
    n = LL_NEW(p->a, place_name);
    *n = (place_name){.text = ll_strdup(p->a, text)};
    HASH_ADD_KEYPTR(hh, p->places, n->text, strlen(n->text), n);
    return n->text;
}

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
    u->place = one_place(p, ll_sb_str(&place));
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

/* ---- what comes behind the first own header ---- */

/* The name in "#include <name>\n", when the step is only that. */
static const char *name_in(ll_arena *a, const char *text) {
    static const char before[] = "#include ";
    size_t n = strlen(text), skip = sizeof before - 1;
    if (strncmp(text, before, skip) != 0 || strchr(text, '\n') != text + n - 1 || n < skip + 4) return NULL;
    return ll_strndup(a, text + skip + 1, n - skip - 3);
}

/* What the unit has before steps[u->own]. */
static void describe(planner *p, plan_unit *u, ll_arena *scratch) {
    behind_unit *d = &u->behind;
    ll_strbuf before = {0}, setting = {0};
    bool placed = false;
    for (uint32_t i = 0; i < u->own; i++) {
        plan_step s = step_of(p, scratch, u, &u->own_steps[i]);
        const char *name = name_in(p->a, s.text);
        placed |= *s.place || *s.folder;
        if (!s.moves) ll_sb_add(&before, s.text);
        if (name && s.moves) LL_PUSH(p->a, &d->includes, name);
        if (name && !s.moves) LL_PUSH(p->a, &d->own, name);
    }
    ll_sb_printf(&setting, "%s\n%s\n%s\n%s", u->family, ll_sb_str(&before), placed ? u->place : "",
                 placed ? u->folder : "");
    d->before = ll_strdup(p->a, ll_sb_str(&before));
    d->setting = ll_strdup(p->a, ll_sb_str(&setting));
    d->rq = &u->rq;
    d->search = &u->search;
    d->place = u->place;
    d->family = u->family;
    ll_sb_free(&before);
    ll_sb_free(&setting);
}

static void read_steps(planner *p, plan_unit *u) {
    char *source;
    size_t n;
    ll_arena *scratch = ll_arena_new("source");
    if (ll_read_file(scratch, u->rq.file, MAX_SOURCE_BYTES, &source, &n, NULL)) {
        u->nown_steps = fe_prefix_steps(p->a, source, n, &u->own_steps);
        if (u->nown_steps > MAX_STEPS) u->nown_steps = MAX_STEPS;
        u->own = fe_prefix_first_own(u->own_steps, u->nown_steps);
        if (u->own < u->nown_steps) {
            describe(p, u, scratch);
            u->behind.source = source + u->own_steps[u->own].from;
            u->behind.n = n - u->own_steps[u->own].from;
            behind_add(p->behind, &u->behind);
        }
    }
    ll_arena_free(scratch);
}

static void add_steps(planner *p, plan_unit *u) {
    ll_arena *scratch = ll_arena_new("steps");
    behind_moved moved = {0};
    if (u->own < u->nown_steps) behind_find(p->behind, &u->behind, p->a, &moved);
    u->early = moved.steps.v;
    u->nearly = moved.steps.n;
    u->guards = moved.guards.v;
    u->nguards = moved.guards.n;
    u->steps = LL_NEWN(p->a, plan_step, u->nown_steps + u->nearly + 1);
    for (uint32_t i = 0; i < u->nown_steps; i++) {
        for (uint32_t k = 0; k < u->nearly && i == u->own; k++)
            u->steps[u->nsteps++] =
                (plan_step){.text = u->early[k], .place = "", .folder = "", .weight = 1, .moves = true};
        u->steps[u->nsteps++] = step_of(p, scratch, u, &u->own_steps[i]);
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
    if (a->common != b->common) return a->common ? -1 : 1;
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
    return units >= MIN_UNITS && (uint64_t)units * (weight - above) > 2 * weight + PLAN_BUILD_COST;
}

static uint32_t without(const prefix_plan *p, plan_unit *const *u, uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) k += !p->of[u[i]->t];
    return k;
}

static void add_guards(ll_arena *a, prefix_plan *p, const plan_unit *u) {
    for (uint32_t i = 0; i < u->nguards; i++) {
        uint32_t k = 0;
        while (k < p->guards[p->n].n && strcmp(p->guards[p->n].v[k], u->guards[i]) != 0) k++;
        if (k == p->guards[p->n].n) LL_PUSH(a, &p->guards[p->n], u->guards[i]);
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
    for (uint32_t i = 0; i < n; i++) add_steps(p, u[i]);
    prefixes_sets(u, n);
    for (uint32_t i = 0; i < n; i++) count_headers(p->a, &all, u[i]);
    for (uint32_t i = 0; i < n; i++) order_steps(all, u[i]);
    HASH_CLEAR(hh, all);
    qsort(u, n, sizeof *u, by_steps);
    choose(p->a, p->plan, u, n, 0, 0);
}

static uint32_t family_end(const planner *p, uint32_t i) {
    uint32_t end = i + 1;
    while (end < p->units.n && strcmp(p->units.v[end]->family, p->units.v[i]->family) == 0) end++;
    return end;
}

static void plan_all(planner *p, const workers_options *opt) {
    for (uint32_t i = 0, end; i < p->units.n; i = end) {
        end = family_end(p, i);
        for (uint32_t k = i; k < end && end - i >= MIN_UNITS; k++) read_steps(p, p->units.v[k]);
    }
    behind_ask(p->behind, opt);
    for (uint32_t i = 0, end; i < p->units.n; i = end) {
        end = family_end(p, i);
        if (end - i >= MIN_UNITS) plan_family(p, p->units.v + i, end - i);
    }
}

prefix_plan *prefixes_plan(ll_arena *a, search_dirs *dirs, const fe_request *rq, const uint32_t *todo, uint32_t n,
                           const workers_options *opt) {
    planner p = {.a = a, .dirs = dirs, .reach = reach_new(a, dirs), .plan = LL_NEW(a, prefix_plan)};
    p.behind = behind_new(a, dirs);
    *p.plan = (prefix_plan){.units = LL_NEWN(a, plan_unit *, n + 1), .of = LL_NEWN(a, uint32_t, n + 1)};
    for (uint32_t t = 0; t < n && n >= MIN_UNITS; t++) {
        if (!fe_prefix_allowed(&rq[todo[t]])) continue;
        p.plan->units[t] = unit_of(&p, t, &rq[todo[t]]);
        LL_PUSH(a, &p.units, p.plan->units[t]);
    }
    if (p.units.n) qsort(p.units.v, p.units.n, sizeof *p.units.v, by_family);
    plan_all(&p, opt);
    HASH_CLEAR(hh, p.places);
    behind_free(p.behind);
    reach_free(p.reach);
    return p.plan;
}
