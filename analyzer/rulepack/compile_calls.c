/* The entries under acquire, release, … : one entry names one or more functions and says what a call of
 * them does; each becomes one effect of each function's model. */
#include "rulepack/compile.h"

#include <string.h>

#include "base/nearest.h"

typedef struct cond_list {
    LL_ARRAY(rule_cond) items;
} cond_list;

static rule_cmp opposite(rule_cmp c) {
    static const rule_cmp of[] = {CMP_NE, CMP_EQ, CMP_GE, CMP_GT, CMP_LE, CMP_LT, CMP_BITS_CLEAR, CMP_BITS_SET};
    return of[c];
}

static rule_where where_of(rule_where_kind kind, int64_t arg) {
    return (rule_where){.kind = kind, .arg = (uint8_t)arg, .count = 1};
}

/* Gives a constant's name its value. Constants are few: looked up in order. */
static bool resolve(compiler *c, const ynode *at, rp_predicate *p) {
    if (!p->name) return true;
    const rulepack_pack *pack = c->pack;
    const char **names = LL_NEWN(c->tmp, const char *, pack->nconstants);
    for (uint32_t i = 0; i < pack->nconstants; i++) {
        names[i] = pack->constants[i].name;
        if (strcmp(names[i], p->name) != 0) continue;
        p->value = pack->constants[i].value;
        return true;
    }
    const char *guess = ll_nearest(p->name, names, pack->nconstants);
    if (guess)
        compile_problem(c, at, "constant '%s' is not known; did you mean '%s'?", p->name, guess);
    else
        compile_problem(c, at, "constant '%s' is not known, expected a number or a name from the pack's 'constants'",
                        p->name);
    return false;
}

static void add_predicate(compiler *c, const ynode *at, rule_where where, bool negated, cond_list *out) {
    rp_predicate p;
    if (!rp_parse_predicate(c->tmp, at->text, &p) || !resolve(c, at, &p)) return;
    rule_cond cond = {.where = where, .cmp = negated ? opposite(p.cmp) : p.cmp, .value = p.value};
    LL_PUSH(c->set->arena, &out->items, cond);
}

static rule_where read_where(const ynode *v) {
    int64_t arg;
    if (!v || !rp_parse_int(v->text, &arg)) return where_of(WHERE_RET, 0);
    return where_of(WHERE_ARG, arg);
}

/* `fails` and `when` as conditions under which the entry holds. */
static void read_conds(compiler *c, const ynode *entry, const char *default_fails, rule_effect *e) {
    cond_list list = {0};
    const ynode *fails = ytree_get(entry, "fails"), *when = ytree_get(entry, "when");
    if (fails && strcmp(fails->kind == Y_SCALAR ? fails->text : "", "never") == 0) {
        default_fails = NULL;
        fails = NULL;
    } else if (fails) {
        default_fails = NULL;
    }
    for (uint32_t i = 0; i < count_of(fails); i++)
        add_predicate(c, item_of(fails, i), where_of(WHERE_RET, 0), true, &list);
    if (default_fails) {
        ynode text = {.text = default_fails};
        add_predicate(c, &text, where_of(WHERE_RET, 0), true, &list);
    }
    for (uint32_t i = 0; i < count_of(when); i++) {
        const ynode *cond = item_of(when, i);
        add_predicate(c, ytree_get(cond, "is"), read_where(ytree_get(cond, "arg")), false, &list);
    }
    e->conds = list.items.v;
    e->nconds = list.items.n;
}

/* What is meant by a name of the pack: itself, or f in each record that stands for the one before "::f". */
static uint32_t meant_by(compiler *c, const char *name, const char ***meant) {
    const char *colons = strstr(name, "::");
    const ynode *records =
        c->records && colons ? ytree_get(c->records, ll_strndup(c->tmp, name, (size_t)(colons - name))) : NULL;
    uint32_t n = records ? count_of(records) : 1;
    *meant = LL_NEWN(c->tmp, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        (*meant)[i] = records ? ll_printf(c->set->arena, "%s%s", item_of(records, i)->text, colons)
                              : ll_strdup(c->set->arena, name);
    return n;
}

static void add_effect_for(compiler *c, const ynode *at, const char *name, const rule_effect *e) {
    LL_PUSH(c->tmp, &c->functions, name);
    if (c->rule && c->rule->experimental && !c->opt->experimental) return;
    switch (set_add_effect(c->set, name, e)) {
        case SET_ADDED:
            break;
        case SET_TWICE:
            compile_problem(c, at, "'%s' is listed twice in the same way (%s); remove one", name,
                            rule_effect_name(e->kind));
            break;
        case SET_FULL:
            compile_problem(c, at, "more than %u entries for the function '%s'", SET_MAX_EFFECTS, name);
            break;
    }
}

/* The entry is a name, or a map whose 'call' is a name or a list of names. */
static void add_effect(compiler *c, const ynode *entry, const rule_effect *e) {
    const ynode *names = entry->kind == Y_MAP ? ytree_get(entry, "call") : entry;
    for (uint32_t i = 0; i < count_of(names); i++) {
        const char **meant;
        uint32_t n = meant_by(c, item_of(names, i)->text, &meant);
        for (uint32_t k = 0; k < n; k++) add_effect_for(c, item_of(names, i), meant[k], e);
    }
}

static rule_effect new_effect(compiler *c, rule_effect_kind kind) {
    const rule *r = c->rule && c->rule->extends ? c->rule->extends : c->rule;
    return (rule_effect){
        .kind = kind, .rule = r, .null_safe = true, .of_library = c->pack->npackages > 0 || c->pack->inferred};
}

/* At most one of the keys that say where the resource is; the first given one wins, the other is a problem. */
static void exclusive(compiler *c, const ynode *entry, const char *a, const char *b) {
    const ynode *second = ytree_get(entry, b);
    if (second && ytree_get(entry, a))
        compile_problem(c, second, "'%s' and '%s' in one entry: the resource is in one place, keep one of them", a, b);
}

static void needs(compiler *c, const ynode *entry, const char *key, const char *other) {
    const ynode *v = ytree_get(entry, key);
    if (v && !ytree_get(entry, other))
        compile_problem(c, v, "'%s' has no meaning without '%s'; add that or take this out", key, other);
}

/* Where the resource is, from into/through, arg, field. */
static rule_where place_of(compiler *c, const ynode *entry, const char *indirect, rule_where absent) {
    const ynode *deref = ytree_get(entry, indirect), *arg = ytree_get(entry, "arg");
    rule_where w = absent;
    exclusive(c, entry, "arg", indirect);
    if (deref)
        w = where_of(WHERE_ARG_DEREF, get_int(entry, indirect, 1));
    else if (arg)
        w = where_of(WHERE_ARG, get_int(entry, "arg", 1));
    w.field = get_text(c, entry, "field");
    return w;
}

static void compile_acquire(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_ACQUIRE);
    e.where = place_of(c, entry, "into", where_of(WHERE_RET, 0));
    needs(c, entry, "count", "into");
    e.where.count = (uint8_t)get_int(entry, "count", 1);
    e.zeroed = get_bool(entry, "zeroed", false);
    e.if_used = get_bool(entry, "if_used", false);
    const char *fails = c->rule->is_integer ? "< 0" : "== 0";
    read_conds(c, entry, e.where.kind == WHERE_RET ? fails : NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_release(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_RELEASE);
    e.where = place_of(c, entry, "through", where_of(WHERE_ARG, 1));
    needs(c, entry, "clears", "through");
    e.null_safe = get_bool(entry, "null_safe", true);
    e.clears = get_bool(entry, "clears", false);
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

/* A zero size: the old resource is gone and the result is null. */
static void compile_zero_release(compiler *c, const ynode *entry, const rule_effect *realloc) {
    rule_effect e = new_effect(c, EFF_RELEASE);
    e.where = realloc->from;
    cond_list list = {0};
    rule_cond is_zero = {.where = where_of(WHERE_ARG, get_int(entry, "frees_on_zero", 1)), .cmp = CMP_EQ};
    rule_cond is_null = {.where = where_of(WHERE_RET, 0), .cmp = CMP_EQ};
    LL_PUSH(c->set->arena, &list.items, is_null);
    LL_PUSH(c->set->arena, &list.items, is_zero);
    e.conds = list.items.v;
    e.nconds = list.items.n;
    add_effect(c, entry, &e);
}

static void compile_realloc(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_REALLOC);
    bool in_place = ytree_get(entry, "through") != NULL;
    exclusive(c, entry, "from", "through");
    e.from = in_place ? where_of(WHERE_ARG_DEREF, get_int(entry, "through", 1))
                      : where_of(WHERE_ARG, get_int(entry, "from", 1));
    e.where = in_place ? e.from : where_of(WHERE_RET, 0);
    read_conds(c, entry, in_place ? NULL : "== 0", &e);
    add_effect(c, entry, &e);
    if (ytree_get(entry, "frees_on_zero")) compile_zero_release(c, entry, &e);
}

static void compile_retain(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_RETAIN);
    e.where = where_of(WHERE_ARG, get_int(entry, "arg", 1));
    if (get_bool(entry, "returns_it", false)) e.from = where_of(WHERE_RET, 0);
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_use(compiler *c, const ynode *entry, rule_effect_kind kind) {
    rule_effect e = new_effect(c, kind);
    e.where = place_of(c, entry, "through", where_of(WHERE_ARG, 1));
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_consume(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_CONSUME);
}
static void compile_borrow(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_BORROW);
}
static void compile_invalidate(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_INVALIDATE);
    e.where = place_of(c, entry, "through", where_of(WHERE_ARG, 1));
    e.same_question = get_bool(entry, "same", false);
    e.itself = get_bool(entry, "itself", false);
    if (c->rule->shared && !e.same_question) e.where = where_of(WHERE_NONE, 0); /* whoever asks, for whatever */
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_move(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_MOVE);
    e.from = where_of(WHERE_ARG, get_int(entry, "from", 1));
    e.where = read_where(ytree_get(entry, "to"));
    read_conds(c, entry, e.where.kind == WHERE_RET ? "== 0" : NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_derive(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_DERIVE);
    if (!c->rule->shared) e.from = where_of(WHERE_ARG, get_int(entry, "from", 1));
    e.where = ytree_get(entry, "into") ? where_of(WHERE_ARG_DEREF, get_int(entry, "into", 1)) : where_of(WHERE_RET, 0);
    read_conds(c, entry, e.where.kind == WHERE_RET ? "== 0" : NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_keep(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_KEEP);
    e.where = where_of(WHERE_ARG, get_int(entry, "arg", 1));
    e.where.field = get_text(c, entry, "field");
    exclusive(c, entry, "handle", "handle_into");
    if (ytree_get(entry, "handle_into")) e.from = where_of(WHERE_ARG_DEREF, get_int(entry, "handle_into", 1));
    if (ytree_get(entry, "handle")) e.from = read_where(ytree_get(entry, "handle"));
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_until(compiler *c, const ynode *entry) {
    rule_effect e = new_effect(c, EFF_END);
    if (!get_bool(entry, "all", false)) e.where = place_of(c, entry, "through", where_of(WHERE_ARG, 1));
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_callback(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_CALLBACK);
}
static void compile_run(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_RUN);
}
static void compile_wait(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_WAIT);
}
static void compile_task_end(compiler *c, const ynode *entry) {
    compile_use(c, entry, EFF_TASK_END);
}

static bool state_index(compiler *c, const ynode *word, uint32_t *out) {
    for (uint32_t i = 0; i < c->rule->nstates; i++)
        if (strcmp(c->rule->states[i], word->text) == 0) {
            *out = i;
            return true;
        }
    const char *guess = ll_nearest(word->text, c->rule->states, c->rule->nstates);
    compile_problem(c, word, "'%s' is not one of the rule's states%s%s%s", word->text, guess ? "; did you mean '" : "",
                    guess ? guess : "", guess ? "'?" : "");
    return false;
}

static void compile_transition(compiler *c, const ynode *entry) {
    if (entry->kind != Y_MAP) {
        compile_problem(c, entry, "'%s' as a transition, expected a map with 'call', 'from' and 'to'", entry->text);
        return;
    }
    rule_effect e = new_effect(c, EFF_TRANSITION);
    if (!get_bool(entry, "all", false)) e.where = place_of(c, entry, "through", where_of(WHERE_ARG, 1));
    const ynode *from = ytree_get(entry, "from");
    uint32_t state;
    for (uint32_t i = 0; i < count_of(from); i++)
        if (state_index(c, item_of(from, i), &state)) e.from_states |= 1u << state;
    if (!from) e.from_states = c->rule->nstates == 32 ? UINT32_MAX : (1u << c->rule->nstates) - 1;
    if (state_index(c, ytree_get(entry, "to"), &state)) e.to_state = state;
    read_conds(c, entry, NULL, &e);
    add_effect(c, entry, &e);
}

static void compile_banned(compiler *c, const ynode *rule_node, const ynode *entry) {
    const ynode *contexts = ytree_get(rule_node, "in");
    rule_effect e = new_effect(c, EFF_FORBID);
    read_conds(c, entry, NULL, &e);
    for (uint32_t i = 0; i < count_of(contexts); i++) {
        e.context = (rule_context)(1u << rp_choice(rp_key_find(OBJ_FORBID, "in")->choices, item_of(contexts, i)->text));
        c->rule->contexts |= e.context;
        add_effect(c, entry, &e);
    }
}

void compile_rule_calls(compiler *c, const ynode *n) {
    static const struct {
        const char *key;
        void (*compile)(compiler *, const ynode *);
    } kinds[] = {
        {"acquire", compile_acquire},
        {"release", compile_release},
        {"realloc", compile_realloc},
        {"retain", compile_retain},
        {"consume", compile_consume},
        {"move", compile_move},
        {"borrow", compile_borrow},
        {"start", compile_acquire},
        {"stop", compile_release},
        {"derive", compile_derive},
        {"invalidate", compile_invalidate},
        {"transitions", compile_transition},
        {"keeps", compile_keep},
        {"until", compile_until},
        {"callbacks", compile_callback},
        {"runs", compile_run},
        {"waits", compile_wait},
        {"ends", compile_task_end},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const ynode *list = ytree_get(n, kinds[k].key);
        for (uint32_t i = 0; i < count_of(list); i++) kinds[k].compile(c, item_of(list, i));
    }
    const ynode *banned = ytree_get(n, "calls");
    for (uint32_t i = 0; i < count_of(banned); i++) compile_banned(c, n, item_of(banned, i));
}

static void fact_args(compiler *c, const ynode *n, const char *key, rule_effect_kind kind, rule_where_kind where) {
    const ynode *args = ytree_get(n, key);
    for (uint32_t i = 0; i < count_of(args); i++) {
        rule_effect e = new_effect(c, kind);
        int64_t arg;
        if (!rp_parse_int(item_of(args, i)->text, &arg)) continue;
        e.where = where_of(where, arg);
        read_conds(c, n, NULL, &e);
        add_effect(c, n, &e);
    }
}

static void flag_fact(compiler *c, const ynode *n, const char *key, rule_effect_kind kind) {
    if (!get_bool(n, key, false)) return;
    rule_effect e = new_effect(c, kind);
    read_conds(c, n, NULL, &e);
    add_effect(c, n, &e);
}

static void compile_handler(compiler *c, const ynode *n) {
    needs(c, n, "handler_field", "handler");
    if (!ytree_get(n, "handler")) return;
    rule_effect e = new_effect(c, EFF_HANDLER);
    e.where = where_of(WHERE_ARG, get_int(n, "handler", 1));
    const ynode *fields = ytree_get(n, "handler_field");
    if (!fields) add_effect(c, n, &e);
    for (uint32_t i = 0; i < count_of(fields); i++) {
        e.where.field = ll_strdup(c->set->arena, item_of(fields, i)->text);
        add_effect(c, n, &e);
    }
}

void compile_fact(compiler *c, const ynode *n) {
    if (n->pairs.n < 2)
        compile_problem(c, n, "a function fact that says nothing, expected one more key besides 'call'");
    fact_args(c, n, "alias", EFF_ALIAS, WHERE_ARG);
    fact_args(c, n, "advances", EFF_ADVANCE, WHERE_ARG_DEREF);
    fact_args(c, n, "writes", EFF_WRITE, WHERE_ARG_DEREF);
    fact_args(c, n, "zeroes", EFF_ZERO, WHERE_ARG_DEREF);
    fact_args(c, n, "borrows", EFF_BORROW, WHERE_ARG);
    fact_args(c, n, "reads", EFF_READ, WHERE_ARG);
    fact_args(c, n, "consumes", EFF_CONSUME, WHERE_ARG);
    compile_handler(c, n);
    flag_fact(c, n, "noreturn", EFF_NORETURN);
    flag_fact(c, n, "tells_failure", EFF_TELLS);
    bool now_and_then = ytree_get(n, "when") != NULL;
    if (now_and_then) flag_fact(c, n, "returns_nonnull", EFF_NONNULL);
    flag_fact(c, n, "forks", EFF_FORK);
    flag_fact(c, n, "execs", EFF_EXEC);
    const ynode *names = ytree_get(n, "call");
    for (uint32_t i = 0; i < count_of(names); i++) {
        const char **meant;
        uint32_t count = meant_by(c, item_of(names, i)->text, &meant);
        for (uint32_t k = 0; k < count; k++) {
            LL_PUSH(c->tmp, &c->functions, meant[k]);
            rule_model *m = set_model(c->set, meant[k]);
            m->returns_nonnull |= !now_and_then && get_bool(n, "returns_nonnull", false);
            m->gives_errno |= get_bool(n, "gives_errno", false);
            m->never_negative |= get_bool(n, "never_negative", false);
            m->may_return_null |= get_bool(n, "may_return_null", false);
        }
    }
}
