/* Which headers of those that change places go together into one prefix.
 *
 * Before its first own header a unit can have a set of them from a prefix, in any order. Units with the same sets are
 * one group; the two groups whose union would save most go together, and have in common what both have; and so on for
 * as long as anything is saved (agglomerative clustering, with what is saved as the measure). The tree of
 * prefixes_plan.c then finds what a group has in common first in all of its units. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "pipeline/prefixes_plan.h"

enum { MAX_HEADERS = 256, WORDS = MAX_HEADERS / 64, MAX_GROUPS = 1024, BUILD_COST = 30 };

typedef struct header {
    UT_hash_handle hh;
    const char *text;
    uint32_t number;
} header;

typedef struct group {
    uint64_t v[WORDS];
    uint32_t units;
    uint32_t into; /* the group that has taken it in, its own number when none has */
    uint32_t best; /* of those behind it, the one to go with; its own number: none */
    int64_t gain;
} group;

typedef struct member {
    plan_unit *u;
    const char *before; /* all steps before the set */
    uint32_t from, end, group;
} member;

static uint32_t size_of(const uint64_t *v, const uint64_t *w) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < WORDS; i++) n += (uint32_t)__builtin_popcountll(v[i] & w[i]);
    return n;
}

/* By a prefix of what they have in common, were it made; less than nothing for few units, which is what makes two single
 * ones go together before there is a third. */
static int64_t saved(const group *g, const uint64_t *common, uint32_t units) {
    return ((int64_t)units - 2) * size_of(g->v, common) - BUILD_COST;
}

static int64_t gain_of(const group *a, const group *b) {
    return saved(a, b->v, a->units + b->units) - saved(a, a->v, a->units) - saved(b, b->v, b->units);
}

static bool pays(const group *g) {
    return saved(g, g->v, g->units) > 0;
}

static void find_best(group *g, uint32_t n, uint32_t i) {
    g[i].best = i;
    g[i].gain = 0;
    for (uint32_t k = i + 1; k < n; k++) {
        if (g[k].into != k) continue;
        int64_t gain = gain_of(&g[i], &g[k]);
        if (gain > g[i].gain) {
            g[i].gain = gain;
            g[i].best = k;
        }
    }
}

/* Takes b into a, and looks again where that makes a difference. */
static void merge(group *g, uint32_t n, uint32_t a, uint32_t b) {
    for (uint32_t i = 0; i < WORDS; i++) g[a].v[i] &= g[b].v[i];
    g[a].units += g[b].units;
    g[b].into = a;
    find_best(g, n, a);
    for (uint32_t i = 0; i < n; i++) {
        if (g[i].into != i || i == a) continue;
        if (g[i].best == a || g[i].best == b)
            find_best(g, n, i);
        else if (i < a) {
            int64_t gain = gain_of(&g[i], &g[a]);
            if (gain > g[i].gain) {
                g[i].gain = gain;
                g[i].best = a;
            }
        }
    }
}

static void merge_all(group *g, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) find_best(g, n, i);
    for (;;) {
        uint32_t a = n;
        for (uint32_t i = 0; i < n; i++)
            if (g[i].into == i && g[i].gain > 0 && (a == n || g[i].gain > g[a].gain)) a = i;
        if (a == n) return;
        merge(g, n, a, g[a].best);
    }
}

static uint32_t number_of(ll_arena *a, header **all, const char *text) {
    header *h;
    HASH_FIND_STR(*all, text, h);
    if (h) return h->number;
    if (HASH_COUNT(*all) == MAX_HEADERS) return MAX_HEADERS;
    h = LL_NEW(a, header);
    *h = (header){.text = text, .number = HASH_COUNT(*all)};
    HASH_ADD_KEYPTR(hh, *all, h->text, strlen(h->text), h);
    return h->number;
}

static bool has(const group *g, uint32_t number) {
    return number < MAX_HEADERS && g->v[number / 64] >> (number % 64) & 1;
}

/* A group that is worth no prefix of its own goes to the one whose set it has, and has most of. */
static void join_others(group *g, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (g[i].into != i || pays(&g[i])) continue;
        uint32_t best = i, most = 0;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t size = size_of(g[k].v, g[k].v);
            bool there = g[k].into == k && size > most && size_of(g[k].v, g[i].v) == size;
            if (!there || !pays(&g[k])) continue;
            best = k;
            most = size;
        }
        g[i].into = best;
    }
}

/* m[0..n) have the same before their sets. */
static void group_units(ll_arena *scratch, member *m, uint32_t n) {
    header *all = NULL;
    group *g = LL_NEWN(scratch, group, n);
    uint32_t ng = 0;
    for (uint32_t i = 0; i < n; i++) {
        group one = {.units = 1, .into = ng};
        for (uint32_t k = m[i].from; k < m[i].end; k++) {
            uint32_t number = number_of(scratch, &all, m[i].u->steps[k].text);
            if (number < MAX_HEADERS) one.v[number / 64] |= 1ULL << (number % 64);
        }
        uint32_t same = 0;
        while (same < ng && memcmp(g[same].v, one.v, sizeof one.v) != 0) same++;
        if (same == ng)
            g[ng++] = one;
        else
            g[same].units++;
        m[i].group = same;
    }
    if (ng <= MAX_GROUPS) {
        merge_all(g, ng);
        join_others(g, ng);
    }
    for (uint32_t i = 0; i < n && ng <= MAX_GROUPS; i++) {
        uint32_t at = m[i].group;
        while (g[at].into != at) at = g[at].into;
        for (uint32_t k = m[i].from; k < m[i].end; k++)
            m[i].u->steps[k].common = has(&g[at], number_of(scratch, &all, m[i].u->steps[k].text));
    }
    HASH_CLEAR(hh, all);
}

static int by_before(const void *x, const void *y) {
    const member *a = x, *b = y;
    int c = strcmp(a->before, b->before);
    return c ? c : a->u->t < b->u->t ? -1 : a->u->t > b->u->t;
}

static member member_of(ll_arena *scratch, plan_unit *u) {
    ll_strbuf before = {0};
    member m = {.u = u, .end = u->own < u->nown_steps ? u->own + u->nearly : u->nsteps};
    m.from = m.end;
    while (m.from > 0 && u->steps[m.from - 1].moves) m.from--;
    for (uint32_t i = 0; i < m.from; i++)
        ll_sb_printf(&before, "%s\n%s\n%s\n", u->steps[i].text, u->steps[i].place, u->steps[i].folder);
    m.before = ll_strdup(scratch, ll_sb_str(&before));
    ll_sb_free(&before);
    return m;
}

void prefixes_sets(plan_unit *const *u, uint32_t n) {
    ll_arena *scratch = ll_arena_new("sets of headers");
    member *m = LL_NEWN(scratch, member, n + 1);
    for (uint32_t i = 0; i < n; i++) m[i] = member_of(scratch, u[i]);
    qsort(m, n, sizeof *m, by_before);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcmp(m[end].before, m[i].before) == 0; end++) continue;
        group_units(scratch, m + i, end - i);
    }
    ll_arena_free(scratch);
}
