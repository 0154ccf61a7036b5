/* The whole program: functions by USR, call graph, strongly connected components, facts of globals. */
#include "engine/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/remember.h"
#include "engine/trace.h"

/* ---- map from interned names ---- */

struct name_map {
    ll_arena *arena;
    struct {
        const char *key;
        void *value;
    } *slot;
    uint32_t cap, used;
};

static uint32_t hash_ptr(const void *p) {
    uint64_t h = (uint64_t)(uintptr_t)p * 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32);
}

name_map *name_map_new(ll_arena *a) {
    name_map *m = LL_NEW(a, name_map);
    m->arena = a;
    m->cap = 256;
    m->slot = ll_alloc(a, m->cap * sizeof *m->slot);
    return m;
}

static uint32_t find_slot(const name_map *m, const char *key) {
    uint32_t i = hash_ptr(key) & (m->cap - 1);
    while (m->slot[i].key && m->slot[i].key != key) i = (i + 1) & (m->cap - 1);
    return i;
}

void *name_map_get(const name_map *m, const char *key) {
    return m->slot[find_slot(m, key)].value;
}

static void grow(name_map *m, uint32_t cap) {
    name_map old = *m;
    m->cap = cap;
    m->slot = ll_alloc(m->arena, m->cap * sizeof *m->slot);
    for (uint32_t i = 0; i < old.cap; i++)
        if (old.slot[i].key)
            m->slot[find_slot(m, old.slot[i].key)] = (__typeof__(*m->slot)){old.slot[i].key, old.slot[i].value};
}

void name_map_reserve(name_map *m, uint32_t n) {
    uint32_t cap = m->cap;
    while (cap < UINT32_MAX / 2 && cap / 2 < m->used + n) cap *= 2;
    if (cap > m->cap) grow(m, cap);
}

void name_map_put(name_map *m, const char *key, void *value) {
    if (m->used * 2 >= m->cap) grow(m, m->cap * 2);
    uint32_t i = find_slot(m, key);
    if (!m->slot[i].key) m->used++;
    m->slot[i].key = key;
    m->slot[i].value = value;
}

/* ---- lookups ---- */

/* How many folders two files are in together; they are the same: more. */
static uint32_t nearness(const char *a, const char *b) {
    uint32_t n = 0;
    for (; *a && *a == *b; a++, b++) n += *a == '/';
    return *a == *b ? UINT16_MAX : n;
}

static uint32_t claim(const func_node *n, const char *unit) {
    return (uint32_t)!n->f->is_weak << 16 | (unit && n->unit ? nearness(n->unit, unit) : 0);
}

func_node *program_find_node(const engine *e, const char *usr, const char *unit) {
    func_node *best = NULL;
    for (uint32_t i = (uint32_t)(uintptr_t)name_map_get(e->by_usr, usr); i; i = e->nodes.v[i - 1].next_same) {
        func_node *n = &e->nodes.v[i - 1];
        if (!best || claim(n, unit) > claim(best, unit)) best = n;
    }
    return best;
}

func_node *program_node(engine *e, const char *usr, const char *unit) {
    func_node *n = program_find_node(e, usr, unit);
    if (n && e->circle && n->scc == e->circle->scc) LL_PUSH(e->arena, &e->circle->met, (uint32_t)(n - e->nodes.v));
    if (!e->trace) return n;
    if (n && n->scc == e->trace->scc) return n;
    trace_ask(e, (asked){.kind = ASKED_NODE, .name = usr, .unit = unit});
    if (n) program_summary(e, n);
    return n;
}

const summary *program_summary(engine *e, func_node *n) {
    program_look_into(e, n);
    if (n->packed && !n->sum) remember_unpack(e, n);
    return n->sum;
}

const ir_fdecl *program_find_decl(const engine *e, const char *usr) {
    const known_decl *known = name_map_get(e->decls, usr);
    return known ? known->d : NULL;
}

const ir_fdecl *program_decl(const engine *e, const char *usr) {
    trace_ask(e, (asked){.kind = ASKED_DECL, .name = usr});
    return program_find_decl(e, usr);
}

const func_node *program_home(const engine *e, const ir_func *f) {
    uint32_t i = (uint32_t)(uintptr_t)name_map_get(e->by_usr, f->usr);
    while (i && e->nodes.v[i - 1].f != f) i = e->nodes.v[i - 1].next_same;
    return i ? &e->nodes.v[i - 1] : NULL;
}

static int position(const func_node *n, const char *file, int32_t line) {
    int d = strcmp(n->f->file, file);
    return d ? d : n->f->first_line < line ? -1 : n->f->first_line > line;
}

/* Nodes are sorted by file and first line: the last one that begins no later, or one before it that ends later. */
const func_node *program_function_at(const engine *e, const char *file, int32_t line, const char *name) {
    uint32_t lo = 0, hi = e->nodes.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (position(&e->nodes.v[mid], file, line) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo-- > 0) {
        const func_node *n = &e->nodes.v[lo];
        if (strcmp(n->f->file, file) != 0) return NULL;
        if (n->f->last_line >= line && (!name || n->f->name == name || (n->f->name && strcmp(n->f->name, name) == 0)))
            return n;
    }
    return NULL;
}

static bool same_path(const ir_place *p, const ir_step *path, uint32_t n) {
    if (p->npath != n) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (p->path[i].kind != path[i].kind) return false;
        if (path[i].kind == IR_S_FIELD ? p->path[i].field != path[i].field : p->path[i].index != path[i].index)
            return false;
    }
    return true;
}

bool program_find_value(const engine *e, const char *global_usr, const ir_step *path, uint32_t npath, ir_operand *value,
                        const char **usr) {
    const global_fact *gf = name_map_get(e->globals, global_usr);
    *usr = NULL;
    if (!gf || !gf->g->has_definition) return false;
    if (!(gf->g->is_const || (gf->g->is_static && !gf->written))) return false;
    for (uint32_t i = 0; i < gf->g->ninits; i++)
        if (same_path(&gf->g->inits[i].place, path, npath)) {
            *value = gf->g->inits[i].value;
            *usr = gf->g->inits[i].usr;
            return value->kind == IR_O_INT || value->kind == IR_O_STR || value->kind == IR_O_FUNC;
        }
    if (!gf->g->init_complete) return false;
    if (gf->g->type && (gf->g->type->kind == IR_T_FLOAT)) return false;
    *value = (ir_operand){.kind = IR_O_INT};
    return true;
}

bool program_global_value(const engine *e, const symrec *global, const ir_step *path, uint32_t npath, ir_operand *value,
                          const char **usr) {
    trace_ask(e, (asked){.kind = ASKED_VALUE, .name = global->p, .path = path, .npath = npath});
    return program_find_value(e, global->p, path, npath, value, usr);
}

const char *program_find_target(const engine *e, const char *global_usr) {
    const global_fact *gf = name_map_get(e->globals, global_usr);
    if (!gf || !gf->g->has_definition || gf->g->ninits != 1) return NULL;
    const ir_init *in = &gf->g->inits[0];
    return !in->place.npath && in->value.kind == IR_O_FUNC ? in->usr : NULL;
}

const char *program_default_target(const engine *e, const char *global_usr) {
    trace_ask(e, (asked){.kind = ASKED_TARGET, .name = global_usr});
    return program_find_target(e, global_usr);
}

/* ---- rules ---- */

bool program_is_std(const char *usr) {
    static const char std[] = "c:@N@std@", gnu[] = "c:@N@__gnu_cxx@";
    return strncmp(usr, std, sizeof std - 1) == 0 || strncmp(usr, gnu, sizeof gnu - 1) == 0;
}

/* "ns::inner::f" of a function in namespaces; false: it is in none. */
static bool namespaced_name(const char *usr, const char *name, char *out, size_t size) {
    static const char prefix[] = "c:@N@";
    size_t at = 0;
    if (strncmp(usr, prefix, sizeof prefix - 1) != 0) return false;
    for (usr += 2; strncmp(usr, "@N@", 3) == 0 && at < size;) {
        size_t n = strcspn(usr += 3, "@");
        at += (size_t)snprintf(out + at, size - at, "%.*s::", (int)n, usr);
        usr += n;
    }
    if (at < size) snprintf(out + at, size - at, "%s", name);
    return true;
}

const rule_model *program_model(const engine *e, const char *usr, const char *name, const ir_fdecl *decl) {
    static const char builtin[] = "__builtin_";
    char all[512];
    if (decl && decl->owner)
        snprintf(all, sizeof all, "%s%s::%s", program_is_std(usr) ? "std::" : "", decl->owner, name);
    else if (!namespaced_name(usr, name, all, sizeof all))
        return rule_set_model(e->rules,
                              strncmp(name, builtin, sizeof builtin - 1) == 0 ? name + sizeof builtin - 1 : name);
    return rule_set_model(e->rules, all);
}

/* ---- linking ---- */

static void note_written(engine *e, const ir_outline *o) {
    for (uint32_t i = 0; i < o->nwritten; i++) {
        global_fact *g = name_map_get(e->globals, o->written[i]);
        if (g) g->written = true;
    }
}

/* The number of the function's node + 1; 0: it has no body. */
static uint32_t add_callee(engine *e, func_node *n, uint32_t *cap, const char *usr) {
    const func_node *to = program_find_node(e, usr, n->unit);
    if (!to) return 0;
    uint32_t number = (uint32_t)(to - e->nodes.v);
    for (uint32_t k = 0; k < n->ncallees; k++)
        if (n->callees[k] == number) return number + 1;
    if (n->ncallees == *cap) ll_array_grow(e->arena, (void **)&n->callees, n->ncallees, cap, sizeof *n->callees);
    n->callees[n->ncallees++] = number;
    return number + 1;
}

/* ---- calls through fields ---- */

/* e->slots has a slot for each field's name, "close", of all records; one for each field of a record, "ops::close"; and
 * one for what is put into fields of records whose names are not known, "::close". */

static const char *field_of(const engine *e, const char *name) { /* interned */
    const char *colon = strrchr(name, ':');
    return colon ? ll_intern_str(e->names, colon + 1) : name;
}

static void add_to_slot(engine *e, const char *name, const char *usr) {
    slot *s = name_map_get(e->slots, name);
    if (!s) {
        s = LL_NEW(e->arena, slot);
        name_map_put(e->slots, name, s);
    }
    if (!usr || !program_find_node(e, usr, NULL)) {
        s->many = true;
        return;
    }
    for (uint32_t i = 0; i < s->n; i++)
        if (s->usr[i] == usr) return;
    if (s->n == MAX_SLOT)
        s->many = true;
    else
        s->usr[s->n++] = usr;
}

static void fill_slot(engine *e, const ir_fill *fill) {
    const char *name = ll_intern_str(e->names, fill->field), *field = field_of(e, name);
    add_to_slot(e, field, fill->usr);
    add_to_slot(e, field == name ? ll_intern_str(e->names, ll_printf(e->arena, "::%s", field)) : name, fill->usr);
}

static bool has(const slot *s, const char *usr) {
    for (uint32_t i = 0; i < s->n; i++)
        if (s->usr[i] == usr) return true;
    return false;
}

/* False: more than there is room for, or one that is not known. */
static bool join_slots(const engine *e, const slot *s, uint32_t nargs, const char *unit, slot *out) {
    for (uint32_t i = 0; s && i < s->n; i++) {
        if (program_find_node(e, s->usr[i], unit)->f->nparams != nargs || has(out, s->usr[i])) continue;
        if (out->n == MAX_SLOT) return false;
        out->usr[out->n++] = s->usr[i];
    }
    return !s || !s->many;
}

bool program_find_slot(const engine *e, const char *name, uint32_t nargs, const char *unit, slot *out) {
    const char *field = field_of(e, name);
    const slot *typed = field != name ? name_map_get(e->slots, name) : NULL;
    *out = (slot){0};
    /* records of other types may have a field of this name: the number of arguments tells most of them apart */
    if (!typed) return join_slots(e, name_map_get(e->slots, field), nargs, unit, out) && out->n;
    const slot *loose = name_map_get(e->slots, ll_intern_str(e->names, name + strlen(name) - strlen(field) - 2));
    return join_slots(e, typed, nargs, unit, out) && join_slots(e, loose, nargs, unit, out) && out->n;
}

bool program_slot(const engine *e, const ir_inst *call, uint32_t nargs, const char *unit, slot *out) {
    const char *name = ir_called_name(call);
    if (!name) return false;
    trace_ask(e, (asked){.kind = ASKED_SLOT, .name = name, .unit = unit, .nargs = nargs});
    return program_find_slot(e, name, nargs, unit, out);
}

static void link_function(engine *e, func_node *n) {
    const ir_outline *o = n->outline;
    uint32_t cap = 0;
    note_written(e, o);
    for (uint32_t i = 0; i < o->nthrough; i++) {
        slot s;
        bool few = program_find_slot(e, o->through[i].field, o->through[i].nargs, n->unit, &s);
        for (uint32_t k = 0; few && k < s.n; k++) add_callee(e, n, &cap, s.usr[k]);
    }
    for (uint32_t i = 0; i < o->npointers; i++) {
        const char *usr = program_find_target(e, o->pointers[i]);
        if (usr) add_callee(e, n, &cap, usr);
    }
    n->refs = LL_NEWN(e->arena, uint32_t, o->nrefs);
    for (uint32_t i = 0; i < o->nrefs; i++) n->refs[i] = add_callee(e, n, &cap, o->refs[i].usr);
}

static void init_addresses(engine *e, const ir_global *g) {
    for (uint32_t i = 0; i < g->ninits; i++) {
        const ir_init *in = &g->inits[i];
        if (in->value.kind != IR_O_FUNC || !ir_place_last_field(&in->place)) continue;
        fill_slot(e, &(ir_fill){ir_filled_name(e->arena, g->type, &in->place), in->usr});
    }
    for (uint32_t i = 0; i < g->ninits; i++)
        if (g->inits[i].value.kind == IR_O_ADDR && g->inits[i].usr) {
            global_fact *t = name_map_get(e->globals, g->inits[i].usr);
            if (t) t->written = true;
        }
}

/* Order of file, line, USR, unit: what is found does not depend on the order in which units were added. */
static int by_position(const void *x, const void *y) {
    const func_node *a = x, *b = y;
    int d = a->f->file == b->f->file ? 0 : strcmp(a->f->file, b->f->file);
    if (!d) d = a->f->first_line < b->f->first_line ? -1 : a->f->first_line > b->f->first_line;
    if (!d) d = strcmp(a->usr, b->usr);
    return d ? d : strcmp(a->unit, b->unit);
}

/* A header's function comes with many units: one body is enough. Definitions in different places under one USR
 * belong to different programs: all are kept. */
static void index_functions(engine *e) {
    if (!e->nodes.n) return;
    qsort(e->nodes.v, e->nodes.n, sizeof *e->nodes.v, by_position);
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        const func_node *x = &e->nodes.v[i], *last = n ? &e->nodes.v[n - 1] : NULL;
        if (last && last->usr == x->usr && last->f->file == x->f->file && last->f->first_line == x->f->first_line)
            continue;
        e->nodes.v[n++] = *x;
    }
    e->nodes.n = n;
    name_map_reserve(e->by_usr, n);
    for (uint32_t i = n; i-- > 0;) {
        e->nodes.v[i].next_same = (uint32_t)(uintptr_t)name_map_get(e->by_usr, e->nodes.v[i].usr);
        name_map_put(e->by_usr, e->nodes.v[i].usr, (void *)(uintptr_t)(i + 1));
    }
}

static void outline_functions(engine *e) {
    ll_arena *scratch = ll_arena_new("outlines");
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        func_node *n = &e->nodes.v[i];
        n->outline = n->f->outline ? n->f->outline : ir_outline_make(e->arena, scratch, n->f);
        ll_arena_reset(scratch);
    }
    ll_arena_free(scratch);
}

void program_link(engine *e) {
    index_functions(e);
    outline_functions(e);
    for (uint32_t i = 0; i < e->globals_list.n; i++) init_addresses(e, e->globals_list.v[i]->g);
    for (uint32_t i = 0; i < e->nodes.n; i++)
        for (uint32_t k = 0; k < e->nodes.v[i].outline->nfills; k++) fill_slot(e, &e->nodes.v[i].outline->fills[k]);
    for (uint32_t i = 0; i < e->nodes.n; i++) link_function(e, &e->nodes.v[i]);
}

/* ---- bodies ---- */

static bool load_body(const engine *e, const func_node *n) {
    if (!e->opt.bodies.load) return false;
    for (uint32_t i = 0; i < e->units.n; i++)
        if (e->units.v[i]->file == n->unit)
            return e->opt.bodies.load(e->opt.bodies.ctx, e->units.v[i], (ir_func *)n->f) && !n->f->bare;
    return false;
}

static void make_empty(const engine *e, ir_func *f) {
    f->nvars = f->nparams;
    f->vars = LL_NEWN(e->arena, ir_var, f->nvars);
    f->nblocks = 1;
    f->blocks = LL_NEW(e->arena, ir_block);
    f->blocks->ninsts = 1;
    f->blocks->insts = LL_NEW(e->arena, ir_inst);
    *f->blocks->insts = (ir_inst){.op = IR_RET};
    f->blocks->insts->dst.var = f->blocks->insts->a.place.var = f->blocks->insts->b.place.var = IR_NOVAR;
    f->bare = false;
}

void program_look_into(const engine *e, const func_node *n) {
    if (e->over_all && e->over_calls)
        ((func_node *)n)->asked_roots = true;
    else if (e->over_all)
        ((func_node *)n)->looked_into = true;
}

const ir_func *program_body(const engine *e, const func_node *n) {
    program_look_into(e, n);
    if (!n->f->bare || load_body(e, n)) return n->f;
    ((engine *)e)->lost_bodies = true;
    make_empty(e, (ir_func *)n->f);
    return n->f;
}

ll_hash program_facts_hash(const func_node *n) {
    return ll_hash_is_none(n->f->hash) ? ir_func_hash(n->f) : n->f->hash;
}

const ir_inst *program_call(const engine *e, const func_node *n, const ir_outcall *c) {
    const ir_func *f = program_body(e, n);
    const ir_inst *in = ir_inst_at(f, c->inst);
    if (in && in->op == IR_CALL && (c->through ? in->table != NULL : in->a.kind == IR_O_FUNC)) return in;
    ((engine *)e)->lost_bodies = true;
    return NULL;
}

/* ---- order: Tarjan's strongly connected components, iterative; callees come first ---- */

typedef struct tarjan {
    uint32_t *index, *low, *stack, nstack, next, *order, norder, nscc;
    bool *on, *seen;
} tarjan;

typedef struct frame {
    uint32_t node, child;
} frame;

static int by_number(const void *x, const void *y) {
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

/* Callees first, as far as there is a first in a circle: depth first from the function that stands first. Which one the
 * walk over the whole program came in by is an accident of the rest of the program, and must not show. */
static void order_component(engine *e, tarjan *t, uint32_t first) {
    uint32_t n = t->norder - first, *v = t->order + first, done = 0, depth = 0;
    if (n < 2) return;
    qsort(v, n, sizeof *v, by_number);
    uint32_t *out = LL_NEWN(e->arena, uint32_t, n);
    frame *stack = LL_NEWN(e->arena, frame, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!t->seen[v[i]]) stack[depth++] = (frame){v[i], 0};
        t->seen[v[i]] = true;
        while (depth) {
            frame *fr = &stack[depth - 1];
            const func_node *node = &e->nodes.v[fr->node];
            if (fr->child == node->ncallees) {
                out[done++] = fr->node;
                depth--;
                continue;
            }
            uint32_t w = node->callees[fr->child++];
            if (e->nodes.v[w].scc != t->nscc || t->seen[w]) continue;
            t->seen[w] = true;
            stack[depth++] = (frame){w, 0};
        }
    }
    memcpy(v, out, n * sizeof *v);
}

static void pop_component(engine *e, tarjan *t, uint32_t v) {
    uint32_t first = t->norder, w;
    do {
        w = t->stack[--t->nstack];
        t->on[w] = false;
        e->nodes.v[w].scc = t->nscc;
        t->order[t->norder++] = w;
    } while (w != v);
    order_component(e, t, first);
    bool many = t->norder - first > 1;
    for (uint32_t i = first; i < t->norder; i++) {
        func_node *n = &e->nodes.v[t->order[i]];
        n->recursive = many;
        for (uint32_t k = 0; k < n->ncallees; k++) n->recursive |= n->callees[k] == t->order[i];
    }
    t->nscc++;
}

static void enter(tarjan *t, frame *stack, uint32_t *depth, uint32_t v) {
    t->index[v] = t->low[v] = ++t->next;
    t->stack[t->nstack++] = v;
    t->on[v] = true;
    stack[(*depth)++] = (frame){v, 0};
}

static void visit(engine *e, tarjan *t, frame *stack, uint32_t root) {
    uint32_t depth = 0;
    enter(t, stack, &depth, root);
    while (depth) {
        frame *fr = &stack[depth - 1];
        func_node *n = &e->nodes.v[fr->node];
        if (fr->child < n->ncallees) {
            uint32_t w = n->callees[fr->child++];
            if (!t->index[w])
                enter(t, stack, &depth, w);
            else if (t->on[w] && t->index[w] < t->low[fr->node])
                t->low[fr->node] = t->index[w];
            continue;
        }
        uint32_t v = fr->node;
        depth--;
        if (depth && t->low[v] < t->low[stack[depth - 1].node]) t->low[stack[depth - 1].node] = t->low[v];
        if (t->low[v] == t->index[v]) pop_component(e, t, v);
    }
}

uint32_t *program_order(engine *e, uint32_t *n) {
    uint32_t count = e->nodes.n;
    tarjan t = {.index = LL_NEWN(e->arena, uint32_t, count),
                .low = LL_NEWN(e->arena, uint32_t, count),
                .stack = LL_NEWN(e->arena, uint32_t, count),
                .order = LL_NEWN(e->arena, uint32_t, count),
                .on = LL_NEWN(e->arena, bool, count),
                .seen = LL_NEWN(e->arena, bool, count)};
    frame *stack = LL_NEWN(e->arena, frame, count + 1);
    for (uint32_t v = 0; v < count; v++) e->nodes.v[v].scc = UINT32_MAX;
    for (uint32_t v = 0; v < count; v++)
        if (!t.index[v]) visit(e, &t, stack, v);
    *n = t.norder;
    return t.order;
}
