/* A field that goes with its record, when no one path shows it:
 *
 *     void conn_name(conn *c, char *n) { free(c->name); c->name = strdup(n); }     c->name is the record's own,
 *     void conn_free(conn *c)          { free(c->addr); free(c); }                 and this forgets it.
 *
 * That a field owns what it points to is what other code believes of it: it releases the old value where it puts a new
 * one, or releases it just before the record; or the very function that releases this record releases a sibling which
 * is filled by the same call; or it is given blocks that somebody must release, and nobody could (Engler, Chen, Hallem,
 * Chou, Chelf: "Bugs as deviant behavior", SOSP 2001). It is not asked where the field may have been seen to: where the
 * releasing function, a callee of it, or a function it is called from names the field in a release, where it hands the
 * record to somebody else, or where the record was just made and may be empty still. */
#include <string.h>

#include "engine/body_answers.h"
#include "engine/evidence.h"
#include "engine/field_index.h"

enum { CALLEES_DOWN = 3, CALLERS_UP = 2, MOST_ASKED = 400 };

typedef enum belief { BELIEF_NONE, BELIEF_REPLACED, BELIEF_WITH_RECORD, BELIEF_SIBLING, BELIEF_NOBODY } belief;

typedef struct question {
    field_index *x;
    const record_release *end;
    const record_field *field;
    belief why;
    const release_call *witness; /* the release that says so; NULL: nobody releases it */
    const rule *rule;            /* of what the field holds; NULL: unknown */
} question;

static bool names_field(const ir_place *p, const char *field) {
    const char *last = ir_place_last_field(p);
    return last && strcmp(last, field) == 0;
}

static bool operand_names(const ir_operand *o, const char *field) {
    return (o->kind == IR_O_PLACE || o->kind == IR_O_ADDR) && names_field(&o->place, field);
}

/* The function has to do with the field: it knows of it, whatever it does. */
static bool mentions(const ir_func *f, const char *field) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (names_field(&in->dst, field) || operand_names(&in->a, field) || operand_names(&in->b, field))
                return true;
            for (uint32_t k = 0; k < in->nargs; k++)
                if (operand_names(&in->args[k], field)) return true;
        }
    return false;
}

static bool is_variable(const ir_operand *o, uint32_t var) {
    return o->kind == IR_O_PLACE && !o->place.npath && o->place.var == var;
}

/* *v as a whole, or a part of it that is a record: a copy may carry the field away. */
static bool copies_record(const ir_inst *in, uint32_t var) {
    return in->op == IR_COPY && in->type && in->type->kind == IR_T_RECORD && in->a.kind == IR_O_PLACE &&
           in->a.place.var == var;
}

/* A call, other than the release, that gets the record and may see to its fields: one through a pointer, or of unknown
 * body with such a name. */
static bool may_see_to(field_index *x, const func_node *n, const ir_inst *in, const release_call *end) {
    uint32_t var = end->at->var;
    if (in->op != IR_CALL || in == ir_inst_at(n->f, end->at->inst)) return false;
    bool given = false;
    for (uint32_t k = 0; k < in->nargs && !given; k++) {
        const ir_operand *o = &in->args[k];
        given = is_variable(o, var) || (o->kind == IR_O_ADDR && o->place.var == var);
    }
    if (!given) return false;
    if (in->a.kind != IR_O_FUNC) return true;
    const ir_var *v = &n->f->vars[in->a.place.var];
    return !program_find_node(x->e, v->usr, n->unit) && v->name && name_releases(x->e, v->name);
}

/* Such a record is made here: what it holds is known on the path, and no question for the whole program. */
static bool made_here(const ir_func *f, const char *type) {
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            bool call = in->op == IR_CALL && in->dst.var != IR_NOVAR && !in->dst.npath;
            const ir_inst *to = call ? in : NULL;
            for (uint32_t k = i + 1; to && f->vars[in->dst.var].kind == IR_V_TEMP && k < f->blocks[b].ninsts; k++) {
                const ir_inst *copy = &f->blocks[b].insts[k];
                if (copy->op == IR_COPY && is_variable(&copy->a, in->dst.var) && !copy->dst.npath) to = copy;
            }
            const char *record = to ? ir_record_pointed_to(f, to->dst.var) : NULL;
            if (!record || strcmp(record, type) != 0) continue;
            const char *name = in->a.place.var != IR_NOVAR ? f->vars[in->a.place.var].name : NULL;
            if (!name || !name_borrows(name)) return true;
        }
    return false;
}

/* ---- who else sees to the field ---- */

static bool is_ender(const field_enders *n, uint32_t node) {
    for (uint32_t i = 0; n && i < n->nodes.n; i++)
        if (n->nodes.v[i] == node) return true;
    return false;
}

static bool gets_to_ender(engine *e, const field_enders *n, uint32_t node, uint32_t down, uint32_t *asked) {
    if (is_ender(n, node)) return true;
    if (!down || ++*asked > MOST_ASKED) return *asked > MOST_ASKED;
    func_node *f = &e->nodes.v[node];
    f->asked_around = true;
    for (uint32_t i = 0; i < f->ncallees; i++)
        if (gets_to_ender(e, n, f->callees[i], down - 1, asked)) return true;
    return false;
}

/* Some function that this one is called from, directly or nearly, releases such a field or calls one that does. */
static bool callers_see_to(engine *e, const field_enders *n, uint32_t node, uint32_t up, uint32_t *asked) {
    const call_index *x = e->calls;
    e->nodes.v[node].asked_around = true;
    for (uint32_t i = call_first_edge(x, node); i < x->edges.n && x->edges.v[i].to == node; i++) {
        uint32_t from = x->edges.v[i].from;
        if (gets_to_ender(e, n, from, 1, asked)) return true;
        if (up > 1 && callers_see_to(e, n, from, up - 1, asked)) return true;
        if (*asked > MOST_ASKED) return true;
    }
    return false;
}

/* The releasing function itself does, or may. */
static bool find_seen_to_here(const question *q) {
    const release_call *end = &q->end->call;
    const func_node *n = &q->x->e->nodes.v[end->node];
    const ir_func *f = program_body(q->x->e, n);
    if (mentions(f, q->field->field)) return true;
    for (uint32_t b = 0; b < f->nblocks; b++)
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            const ir_inst *in = &f->blocks[b].insts[i];
            if (copies_record(in, end->at->var) || may_see_to(q->x, n, in, end)) return true;
        }
    return false;
}

/* Nothing is to be said where the record is released. */
static bool settled_here(const question *q) {
    engine *e = q->x->e;
    const release_call *end = &q->end->call;
    const func_node *n = &e->nodes.v[end->node];
    bool yes;
    ll_strbuf b = body_question(e, n, "settled where the record is released");
    ll_put_str(&b, q->end->type);
    ll_put_str(&b, q->field->field);
    ll_put_uint(&b, end->at->inst);
    ll_put_uint(&b, end->at->var);
    for (uint32_t i = 0; i < n->outline->nrefs; i++)
        ll_put_uint(&b, program_find_node(e, n->outline->refs[i].usr, n->unit) != NULL); /* as may_see_to asks */
    if (!body_answer_known(e->answers, &b, &yes)) {
        yes = find_seen_to_here(q) || made_here(program_body(e, n), q->end->type);
        body_answer_keep(e->answers, &b, yes);
    }
    ll_sb_free(&b);
    return yes;
}

/* A callee or a caller of it does. */
static bool seen_to_around(const question *q) {
    engine *e = q->x->e;
    const field_enders *enders = name_map_get(q->x->enders, q->field->field);
    uint32_t node = q->end->call.node, asked = 0;
    return enders && (gets_to_ender(e, enders, node, CALLEES_DOWN, &asked) ||
                      callers_see_to(e, enders, node, CALLERS_UP, &asked));
}

/* ---- records of one name ---- */

static bool has_record(const func_node *n, const char *type) {
    for (uint32_t i = 0; i < n->outline->ntakes; i++)
        if (strcmp(n->outline->takes[i], type) == 0) return true;
    const ir_type *ty = n->f->ret;
    return ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD && ty->elem->name &&
           strcmp(ty->elem->name, type) == 0;
}

/* Records of one name in two files may be two types, unless functions of other files are given such records there. */
static bool passed_between_files(const engine *e, const char *type, const char *file) {
    const call_index *x = e->calls;
    for (uint32_t i = 0; i < x->edges.n; i++) {
        const func_node *node = &e->nodes.v[x->edges.v[i].to];
        const ir_func *from = e->nodes.v[x->edges.v[i].from].f, *to = node->f;
        if (strcmp(from->file, to->file) == 0 || !has_record(node, type)) continue;
        if (strcmp(from->file, file) == 0 || strcmp(to->file, file) == 0) return true;
    }
    return false;
}

static bool one_type(const question *q) {
    const engine *e = q->x->e;
    uint32_t other = q->witness ? q->witness->node : q->field->given.v[0].node;
    const char *a = e->nodes.v[q->end->call.node].f->file, *b = e->nodes.v[other].f->file;
    return strcmp(a, b) == 0 ||
           (passed_between_files(e, q->field->type, a) && passed_between_files(e, q->field->type, b));
}

/* ---- why the field should be its record's own ---- */

/* The function puts something else into the field afterwards. What it gave before, it takes back: the field held it for
 * the time of the call. */
static bool refills(const record_field *r, const release_call *c) {
    for (uint32_t i = 0; i < r->given.n; i++)
        if (r->given.v[i].node == c->node && r->given.v[i].at->inst > c->at->inst) return true;
    return false;
}

static bool ends_record(const field_index *x, uint32_t node, const ir_inst *in, const char *type) {
    const ir_func *f = x->e->nodes.v[node].f;
    for (uint32_t i = 0; i < x->records.n; i++) {
        const record_release *r = &x->records.v[i];
        if (r->call.node == node && r->type == type && ir_inst_at(f, r->call.at->inst) == in) return true;
    }
    return false;
}

typedef struct walk {
    const field_index *x;
    const char *type;
    uint32_t node;
    bool *seen;
    bool ends; /* some way comes to the end of a record */
} walk;

/* Some way from instruction `i` of block `b` leaves the function with the record alive. */
static bool leaves_record(walk *w, uint32_t b, uint32_t i) {
    const ir_func *f = w->x->e->nodes.v[w->node].f;
    for (; i < f->blocks[b].ninsts; i++) {
        const ir_inst *in = &f->blocks[b].insts[i];
        if (in->op == IR_CALL && ends_record(w->x, w->node, in, w->type)) {
            w->ends = true;
            return false;
        }
        if (in->op == IR_RET || in->op == IR_THROW || in->op == IR_IJUMP) return true;
        for (uint32_t k = 0; k < in->ntargets; k++) {
            if (w->seen[in->targets[k]]) continue;
            w->seen[in->targets[k]] = true;
            if (leaves_record(w, in->targets[k], 0)) return true;
        }
    }
    return false;
}

/* Wherever the field is released, the record is, too. */
static bool find_goes_with_record(const field_index *x, const release_call *r, const char *type) {
    const ir_func *f = program_body(x->e, &x->e->nodes.v[r->node]);
    const ir_inst *at = ir_inst_at(f, r->at->inst);
    walk w = {.x = x, .type = type, .node = r->node, .seen = LL_NEWN(x->e->arena, bool, f->nblocks)};
    uint32_t b = ir_block_of(f, at);
    return b < f->nblocks && !leaves_record(&w, b, (uint32_t)(at - f->blocks[b].insts) + 1) && w.ends;
}

static bool goes_with_record(const field_index *x, const release_call *r, const char *type) {
    engine *e = x->e;
    bool yes;
    ll_strbuf b = body_question(e, &e->nodes.v[r->node], "goes with its record");
    ll_put_uint(&b, r->at->inst);
    for (uint32_t i = 0; i < x->records.n; i++)
        if (x->records.v[i].call.node == r->node && x->records.v[i].type == type)
            ll_put_uint(&b, x->records.v[i].call.at->inst);
    if (!body_answer_known(e->answers, &b, &yes)) {
        yes = find_goes_with_record(x, r, type);
        body_answer_keep(e->answers, &b, yes);
    }
    ll_sb_free(&b);
    return yes;
}

/* One that is neither replaced nor ends with the record may be what the record's end relies on. */
static void ask_other_releases(question *q) {
    const record_field *r = q->field;
    for (uint32_t i = 0; i < r->released.n; i++) {
        const release_call *c = &r->released.v[i];
        belief why = refills(r, c)                        ? BELIEF_REPLACED
                     : goes_with_record(q->x, c, r->type) ? BELIEF_WITH_RECORD
                                                          : BELIEF_NONE;
        if (why == BELIEF_NONE) {
            q->why = why;
            q->witness = NULL;
            return;
        }
        if (q->witness && q->why <= why) continue;
        q->why = why;
        q->witness = c;
    }
}

static bool same_givers(const record_field *a, const record_field *b) {
    for (uint32_t i = 0; i < a->given.n; i++) {
        bool found = false;
        for (uint32_t k = 0; k < b->given.n && !found; k++)
            found =
                a->given.v[i].callee && b->given.v[k].callee && strcmp(a->given.v[i].callee, b->given.v[k].callee) == 0;
        if (!found) return false;
    }
    return a->given.n > 0;
}

static void ask_siblings(question *q) {
    const record_type *of = q->end->of;
    for (uint32_t i = 0; i < of->fields.n && !q->witness; i++) {
        const record_field *r = of->fields.v[i];
        if (r == q->field || !r->released.n || !same_givers(q->field, r)) continue;
        for (uint32_t k = 0; k < r->released.n && !q->witness; k++)
            if (r->released.v[k].node == q->end->call.node && r->released.v[k].at->var == q->end->call.at->var) {
                q->why = BELIEF_SIBLING;
                q->witness = &r->released.v[k];
            }
    }
}

/* Every outcome that gives something gives a block of the caller's own; its rule. */
static const rule *summary_gives(const summary *s) {
    const rule *of = NULL;
    if (!s || s->lossy || s->hands_out) return NULL;
    for (uint32_t i = 0; i < s->n; i++) {
        const disjunct *d = &s->d[i];
        const rule *one = NULL;
        if (!d->ret) return NULL;
        if (d->syms[d->ret - 1].kind == SY_CONST && !d->syms[d->ret - 1].k) continue;
        for (uint32_t k = 0; k < d->ntracks && !one; k++)
            if (d->tracks[k].s == d->ret && d->tracks[k].state == TR_HELD && d->tracks[k].acq) one = d->tracks[k].rule;
        for (uint32_t k = 0; k < d->ncells; k++)
            if (d->cells[k].val == d->ret) return NULL; /* somebody else refers to it, too */
        if (!one || one->counted) return NULL;
        of = one;
    }
    return of;
}

/* The rule of the block that this call gives to its caller; NULL: it may be no block of its own. */
static const rule *given_rule(engine *e, const field_store *g) {
    const func_node *n = &e->nodes.v[g->node];
    const rule_model *m = rule_set_model(e->rules, g->callee);
    for (uint32_t i = 0; m && i < m->neffects; i++)
        if (m->effects[i].kind == EFF_ACQUIRE && m->effects[i].rule && !m->effects[i].rule->counted)
            return m->effects[i].rule;
    if (m || g->at->callee >= n->outline->nrefs) return NULL;
    func_node *to = program_find_node(e, n->outline->refs[g->at->callee].usr, n->unit);
    return to ? summary_gives(program_summary(e, to)) : NULL;
}

/* Functions of unknown body are given such records, too. */
static bool known_outside(const engine *e, const char *type) {
    for (uint32_t i = 0; i < e->units.n; i++)
        for (uint32_t k = 0; k < e->units.v[i]->decls.n; k++) {
            const ir_fdecl *d = &e->units.v[i]->decls.v[k];
            if (program_find_node(e, d->usr, NULL)) continue;
            for (uint32_t p = 0; p < d->nparams; p++) {
                const ir_type *ty = d->params[p];
                bool record = ty && ty->kind == IR_T_PTR && ty->elem && ty->elem->kind == IR_T_RECORD && ty->elem->name;
                if (record && !ty->elem->is_const && strcmp(ty->elem->name, type) == 0) return true;
            }
        }
    return false;
}

static void ask_nobody(question *q) {
    const record_field *r = q->field;
    if (q->witness || r->handed || name_map_get(q->x->handed, r->field) || name_map_get(q->x->enders, r->field)) return;
    for (uint32_t i = 0; i < r->given.n; i++) {
        const rule *of = r->given.v[i].callee ? given_rule(q->x->e, &r->given.v[i]) : NULL;
        if (!of) return;
        q->rule = of;
    }
    if (!known_outside(q->x->e, r->type)) q->why = BELIEF_NOBODY;
}

/* ---- words ---- */

static const char *belief_words(fctx *c, const question *q) {
    if (q->why == BELIEF_NOBODY) return "nothing in the program releases it";
    const char *who = c->e->nodes.v[q->witness->node].f->name;
    if (q->why == BELIEF_REPLACED) return report_words(c, "%s() releases what it held before it is replaced", who);
    if (q->why == BELIEF_WITH_RECORD) return report_words(c, "%s() releases it before the record", who);
    return "another field that the same function fills is released here";
}

static finding_category category_of(const rule *r) {
    return !r ? CAT_HANDLE_LEAK : r->counted ? CAT_REFCOUNT : strstr(r->id, "heap") ? CAT_LEAK : CAT_HANDLE_LEAK;
}

static finding describe(fctx *c, const question *q) {
    const release_call *end = &q->end->call;
    const rule *r = q->rule;
    const char *var = end->at->name ? end->at->name : q->field->type;
    const char *words = report_words(c, "%s() releases `%s`, but not what its field `%s` holds: %s", end->by, var,
                                     q->field->field, belief_words(c, q));
    finding x = {.rule_id = r ? rule_set_reported_id(c->e->rules, r, DEFECT_LEAK) : "evidence-leak",
                 .family_id = r ? r->id : "evidence",
                 .severity = r ? (finding_severity)r->severity : FINDING_WARNING,
                 .confidence = CONFIDENCE_MEDIUM,
                 .category = category_of(r),
                 .resource = report_words(c, "field %s", q->field->field),
                 .message = words,
                 .why = "Once the record is gone nobody can release what only its fields referred to.",
                 .fix = report_words(c, "Call %s() for `%s->%s` before %s() ends the record.",
                                     q->witness ? q->witness->by : end->by, var, q->field->field, end->by),
                 .link = r ? r->link : NULL,
                 .cwe = r ? rule_defect_cwe(r, DEFECT_LEAK) : 772,
                 .security_severity = 3.5,
                 .function = c->f->name,
                 .usr = c->f->usr,
                 .loc = {c->f->file, c->f->first_line + end->at->loc.line, end->at->loc.col, 0},
                 .function_loc = {.file = c->f->file, .line = c->f->first_line},
                 .role_acquire = q->field->type,
                 .role_exit = end->by,
                 .role_place = q->field->field};
    return x;
}

static void field_step(fctx *c, step_list *l, step_kind k, uint32_t node, const ir_field_event *at, const char *words) {
    const ir_inst there = {.loc = at->loc};
    report_step(c, l, k, c->e->nodes.v[node].f, &there, 0, words);
}

static void report(const question *q) {
    engine *e = q->x->e;
    const release_call *end = &q->end->call;
    fctx c = {.e = e, .f = e->nodes.v[end->node].f};
    finding x = describe(&c, q);
    step_list l = {0};
    const field_store *g = &q->field->given.v[0];
    field_step(&c, &l, STEP_ACQUIRE, g->node, g->at,
               g->callee ? report_words(&c, "%s() gives what `%s` holds", g->callee, q->field->field)
                         : report_words(&c, "`%s` is given what the caller hands over", q->field->field));
    if (q->witness) field_step(&c, &l, STEP_NOTE, q->witness->node, q->witness->at, belief_words(&c, q));
    field_step(&c, &l, STEP_LOST, end->node, end->at,
               "the record is released here, and the last reference goes with it");
    x.steps = l.v;
    x.nsteps = l.n;
    LL_PUSH(e->out_arena, &e->out->items, x);
}

/* ---- the question ---- */

static bool first_of_function(const field_index *x, uint32_t i) {
    const record_release *r = &x->records.v[i];
    for (uint32_t k = i; k-- > 0 && x->records.v[k].call.node == r->call.node;)
        if (strcmp(x->records.v[k].type, r->type) == 0) return false;
    return true;
}

/* What bodies are needed for comes last: they may have to be fetched. */
static void ask(field_index *x, const record_release *end, const record_field *r) {
    question q = {.x = x, .end = end, .field = r};
    if (r->borrows || !r->ngiven) return;
    if (!r->released.n) {
        ask_siblings(&q);
        ask_nobody(&q);
        if (q.why == BELIEF_NONE) return;
    }
    if (seen_to_around(&q)) return;
    if (r->released.n) ask_other_releases(&q);
    if (q.witness) q.rule = q.witness->rule;
    if (q.why != BELIEF_NONE && one_type(&q) && !settled_here(&q)) report(&q);
}

void forgotten_report(engine *e) {
    if (!e->answers) e->answers = body_answers_new(e);
    field_index *x = e->fields = field_index_new(e);
    for (uint32_t i = 0; i < x->records.n; i++) {
        const record_release *end = &x->records.v[i];
        if (end->of->copied || e->nodes.v[end->call.node].f->in_system_header || !first_of_function(x, i)) continue;
        for (uint32_t k = 0; k < end->of->fields.n; k++) ask(x, end, end->of->fields.v[k]);
    }
}
