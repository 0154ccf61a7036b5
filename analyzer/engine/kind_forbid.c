/* Forbid: a call that is banned where it is made.
 *
 * Handlers, callbacks and destructors are questions to the call graph: the finding shows the shortest chain of direct
 * calls. Loops are a question to the block. Locks held and the child of a fork are questions to the state; what a
 * callee does there is again the call graph's answer. A child is only blamed once its path comes to exec, and only in a
 * program that runs threads: without them everything may be called between the two. */
#include <string.h>

#include "engine/call_index.h"
#include "engine/trace.h"

/* ---- findings without a path ---- */

finding kinds_finding(engine *e, const rule *r, const ir_func *f, const ir_inst *at, const char *message) {
    finding x = {.rule_id = rule_set_reported_id(e->rules, r, DEFECT_OTHER),
                 .family_id = r->id,
                 .severity = (finding_severity)r->severity,
                 .confidence = CONFIDENCE_HIGH,
                 .category = CAT_LIFECYCLE,
                 .resource = r->resource ? r->resource : "",
                 .message = message,
                 .why = r->why ? r->why : "",
                 .fix = r->fix ? r->fix : "",
                 .link = r->link,
                 .cwe = r->cwe,
                 .function = f->name,
                 .usr = f->usr,
                 .loc = {.file = f->file, .line = f->first_line + (at ? at->loc.line : 0), .col = at ? at->loc.col : 0},
                 .function_loc = {.file = f->file, .line = f->first_line},
                 .role_acquire = "",
                 .role_exit = "",
                 .role_place = ""};
    return x;
}

/* Follows the chain from `node`, saying each call; returns where the banned call stands. */
static watched_call chain_steps(fctx *c, step_list *l, const reach_step *reach, uint32_t node, uint32_t depth) {
    for (uint32_t n = 0; n < LIM_PATH_SHOWN; n++, depth++) {
        const reach_step *s = &reach[node];
        const ir_inst *call = call_inst(c->e, node, s->call);
        const ir_func *f = c->e->nodes.v[node].f;
        const char *callee = call_name(c->e, node, s->call);
        if (s->node == NO_NODE) {
            report_step(c, l, STEP_USE, f, call, depth, report_words(c, "%s() is called here", callee));
            return (watched_call){node, s->call, NULL};
        }
        report_step(c, l, STEP_CALL, f, call, depth, report_words(c, "calls %s()", callee));
        node = s->node;
    }
    return (watched_call){node, reach[node].call, NULL};
}

static bool reported(const engine *e, const rule *r, finding_loc loc) {
    for (uint32_t i = 0; i < e->out->items.n; i++) {
        const finding *f = &e->out->items.v[i];
        if (f->family_id == r->id && f->loc.line == loc.line && f->loc.col == loc.col && f->loc.file == loc.file)
            return true;
    }
    return false;
}

static void report_root(engine *e, const rule *r, func_node *root, const char *as, const watched_call *registered) {
    const reach_step *reach = e->calls->reach[r->index];
    uint32_t node = (uint32_t)(root - e->nodes.v);
    if (!reach || !reach[node].call || root->f->in_system_header) return;
    fctx c = {.e = e, .f = root->f};
    step_list l = {0};
    if (registered) {
        const ir_func *f = e->nodes.v[registered->node].f;
        report_step(&c, &l, STEP_NOTE, f, call_inst(e, registered->node, registered->call), 0,
                    report_words(&c, "%s() is registered here as a %s", root->f->name, as));
    }
    watched_call at = chain_steps(&c, &l, reach, node, 0);
    const ir_func *f = e->nodes.v[at.node].f;
    if (f->in_system_header) return;
    const char *what = call_name(e, at.node, at.call);
    const char *via = at.node == node ? "" : report_words(&c, ", through %s()", call_name(e, node, reach[node].call));
    finding x = kinds_finding(e, r, f, call_inst(e, at.node, at.call),
                              report_words(&c, "%s() is called in the %s %s()%s", what, as, root->f->name, via));
    x.role_acquire = root->f->name;
    x.role_exit = what;
    x.steps = l.v;
    x.nsteps = l.n;
    if (!reported(e, r, x.loc)) LL_PUSH(e->out_arena, &e->out->items, x);
}

/* ---- roots ---- */

/* Signals that end the process anyway: a handler that writes a last report has nothing to lose. */
static bool crash_signal(engine *e, const watched_call *w) {
    const ir_inst *call = call_registering(e, w->node, w->call);
    if (!call || !call->nargs || call->args[0].kind != IR_O_INT) return false;
    int64_t s = call->args[0].i;
    return s == 4 || s == 6 || s == 7 || s == 8 || s == 11;
}

static void visit_handler(engine *e, const rule *unused, const watched_call *w, func_node *root) {
    (void)unused;
    if (crash_signal(e, w)) return;
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        const rule *r = rule_set_at(e->rules, i);
        if (r->kind == RULE_FORBID && (r->contexts & IN_HANDLER)) report_root(e, r, root, "signal handler", w);
    }
}

static void visit_callback(engine *e, const rule *r, const watched_call *w, func_node *root) {
    if (r->contexts & IN_CALLBACK) report_root(e, r, root, "callback", w);
}

static void destructors(engine *e) {
    for (uint32_t i = 0; i < rule_set_count(e->rules); i++) {
        const rule *r = rule_set_at(e->rules, i);
        if (r->kind != RULE_FORBID || !(r->contexts & IN_DESTRUCTOR)) continue;
        for (uint32_t n = 0; n < e->nodes.n; n++)
            if (e->nodes.v[n].f->name && e->nodes.v[n].f->name[0] == '~')
                report_root(e, r, &e->nodes.v[n], "destructor", NULL);
    }
}

void kinds_report_program(engine *e) {
    values_report(e);
    if (!e->calls) return;
    call_each_root(e, EFF_HANDLER, visit_handler);
    call_each_root(e, EFF_CALLBACK, visit_callback);
    destructors(e);
    task_report(e);
    armed_report(e);
    forgotten_report(e);
}

/* ---- on a path ---- */

static bool lock_counts(const rule *r, const track *tr) {
    if (tr->state != TR_HELD || !tr->acq || !tr->rule) return false;
    for (uint32_t i = 0; i < r->nlocks; i++)
        if (strcmp(r->locks[i], tr->rule->id) == 0) return true;
    return !r->nlocks && tr->rule->scope_bound;
}

static const track *lock_held(fctx *c, const state *st, const rule *r) {
    for (uint32_t i = 0; i < st->ntracks; i++)
        if (lock_counts(r, &st->tracks[i]) && guard_holds(c, st, st->tracks[i].when)) return &st->tracks[i];
    return NULL;
}

static const bond *in_child(fctx *c, const state *st) {
    for (uint32_t i = 0; i < st->nbonds; i++)
        if (st->bonds[i].kind == BOND_CHILD && decide_cmp(c, st, CMP_EQ, st->bonds[i].s, 0) == 1) return &st->bonds[i];
    return NULL;
}

static void banned(fctx *c, const state *st, const rule *r, rule_context in, const acquisition *since, const char *what,
                   const ir_inst *at, const func_node *callee) {
    bond *b = LL_NEW(c->arena, bond);
    *b = (bond){.kind = BOND_BANNED, .rule = r, .made = since, .ended_by = rule_context_name(in)};
    b->owner = callee ? (sym)(callee - c->e->nodes.v) + 1 : 0; /* where the chain begins */
    candidate cand = {.defect = DEFECT_OTHER,
                      .rule = r,
                      .acq = since,
                      .at = at,
                      .exit_role = what,
                      .path = st->path,
                      .bond = b,
                      .sure_nonnull = true,
                      .place = in == IN_LOCK && since && since->place ? since->place : ""};
    add_candidate(c, cand);
}

static void note_banned(fctx *c, state *st, const rule *r, const char *what, const func_node *callee) {
    bond like = {.kind = BOND_BANNED, .rule = r, .made = make_acquisition(c, st, r, what, NULL)};
    like.owner = callee ? (sym)(callee - c->e->nodes.v) + 1 : 0;
    bond_add(c, st, like);
}

static void in_context(fctx *c, state *st, const rule *r, const char *what, const func_node *callee) {
    if (r->contexts & IN_LOCK) {
        const track *lock = lock_held(c, st, r);
        if (lock) banned(c, st, r, IN_LOCK, lock->acq, what, c->cur, callee);
    }
    if (!(r->contexts & IN_FORK)) return;
    trace_ask(c->e, (asked){.kind = ASKED_THREADS, .name = c->f->usr});
    if (c->e->calls->threads && in_child(c, st)) note_banned(c, st, r, what, callee);
}

static void child_execs(fctx *c, state *st) {
    const bond *child = in_child(c, st);
    if (!child) return;
    for (uint32_t i = 0; i < st->nbonds; i++) {
        const bond *b = &st->bonds[i];
        if (b->kind != BOND_BANNED) continue;
        const func_node *callee = b->owner ? &c->e->nodes.v[b->owner - 1] : NULL;
        banned(c, st, b->rule, IN_FORK, child->made, b->made->callee, b->made->inst, callee);
    }
}

void forbid_call(fctx *c, state *st, const bond_call *k) {
    for (uint32_t i = 0; i < k->model->neffects; i++) {
        const rule_effect *ef = &k->model->effects[i];
        if (ef->kind == EFF_EXEC && st->nbonds) child_execs(c, st);
        if (ef->kind == EFF_FORK && k->ret && c->e->calls && c->e->calls->in_fork)
            bond_add(c, st,
                     (bond){.kind = BOND_CHILD,
                            .s = k->ret,
                            .rule = NULL,
                            .made = make_acquisition(c, st, NULL, k->name, NULL)});
        if (ef->kind != EFF_FORBID || !bond_allowed(c, st, k, ef)) continue;
        if (ef->context == IN_LOOP && c->enclosing[c->cur_block][0] != UINT32_MAX)
            banned(c, st, ef->rule, IN_LOOP, NULL, k->name, c->cur, NULL);
        if (ef->context == IN_LOCK || ef->context == IN_FORK) in_context(c, st, ef->rule, k->name, NULL);
    }
}

void forbid_callee(fctx *c, state *st, const func_node *callee) {
    const call_index *x = c->e->calls;
    if (!x->in_lock && !st->nbonds) return;
    uint32_t n = (uint32_t)(callee - c->e->nodes.v);
    bool lock = false;
    for (uint32_t i = 0; x->in_lock && i < x->on_path.n && st->ntracks && !lock; i++)
        lock = (x->on_path.v[i]->contexts & IN_LOCK) && lock_held(c, st, x->on_path.v[i]);
    if (!lock && !st->nbonds) return;
    trace_ask(c->e, (asked){.kind = ASKED_WAYS, .name = callee->usr, .unit = callee->unit});
    for (uint32_t i = 0; i < x->on_path.n; i++) {
        const rule *r = x->on_path.v[i];
        const reach_step *way = &x->reach[r->index][n];
        if (way->call && way->far <= LIM_BANNED_FAR) in_context(c, st, r, callee->f->name, callee);
    }
    if (st->nbonds && x->execs[n].call) child_execs(c, st);
}

/* ---- words ---- */

static const char *banned_name(const engine *e, const candidate *k) {
    if (!k->bond->owner) return k->exit_role;
    const reach_step *reach = e->calls->reach[k->rule->index];
    uint32_t n = k->bond->owner - 1;
    while (reach[n].node != NO_NODE) n = reach[n].node;
    return call_name(e, n, reach[n].call);
}

const char *forbid_message(fctx *c, const candidate *k) {
    const char *what = banned_name(c->e, k), *in = k->bond->ended_by;
    const char *via = k->bond->owner ? report_words(c, ", through %s()", k->exit_role) : "";
    if (strcmp(in, "loop") == 0) return report_words(c, "%s() is called in a loop", what);
    if (strcmp(in, "after-fork") == 0)
        return report_words(c, "%s() is called between fork and exec in a program with threads%s", what, via);
    return report_words(c, "%s() is called while %s%s%s is held%s", what, *k->place ? "`" : "a lock", k->place,
                        *k->place ? "`" : "", via);
}

void forbid_steps(fctx *c, const candidate *k, step_list *l) {
    if (k->acq) {
        const char *text = strcmp(k->bond->ended_by, "after-fork") == 0
                               ? report_words(c, "%s() makes a child here", k->acq->callee)
                               : report_words(c, "locked here by %s()", k->acq->callee);
        report_step(c, l, STEP_ACQUIRE, k->acq->func, k->acq->inst, 0, text);
        report_inner_steps(c, l, k->acq);
        report_steps_between(c, l, k->acq->step, k->path, k);
    }
    if (!k->bond->owner) {
        report_step(c, l, STEP_USE, c->f, k->at, 0, report_words(c, "%s() is called here", k->exit_role));
        return;
    }
    report_step(c, l, STEP_CALL, c->f, k->at, 0, report_words(c, "calls %s()", k->exit_role));
    chain_steps(c, l, c->e->calls->reach[k->rule->index], k->bond->owner - 1, 1);
}
