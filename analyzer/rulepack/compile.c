/* Packs and rules: everything but the calls, which compile_calls.c reads. */
#include "rulepack/compile.h"

#include <stdlib.h>
#include <string.h>

#include "rulepack/expect.h"

void compile_problem(compiler *c, const ynode *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *text = ll_vprintf(c->tmp, fmt, ap);
    va_end(ap);
    problem_add(c->problems, c->file, at->line, at->col, "%s", text);
}

const char *get_text(compiler *c, const ynode *n, const char *key) {
    const ynode *v = ytree_get(n, key);
    if (!v) return NULL;
    size_t len = strlen(v->text);
    while (len && (v->text[len - 1] == '\n' || v->text[len - 1] == ' ')) len--;
    return ll_strndup(c->set->arena, v->text, len);
}

bool get_bool(const ynode *n, const char *key, bool absent) {
    const ynode *v = ytree_get(n, key);
    return v ? strcmp(v->text, "true") == 0 : absent;
}

int64_t get_int(const ynode *n, const char *key, int64_t absent) {
    const ynode *v = ytree_get(n, key);
    int64_t i;
    return v && rp_parse_int(v->text, &i) ? i : absent;
}

uint32_t count_of(const ynode *n) {
    return !n ? 0 : n->kind == Y_LIST ? n->items.n : 1;
}
const ynode *item_of(const ynode *n, uint32_t i) {
    return n->kind == Y_LIST ? n->items.v[i] : n;
}

/* Index of a key's word among its choices; `absent` when there is no such key. */
static int get_choice(const ynode *n, unsigned object, const char *key, int absent) {
    const ynode *v = ytree_get(n, key);
    return v ? rp_choice(rp_key_find(object, key)->choices, v->text) : absent;
}

static bool names_this_rule(const char *expected, const char *id) {
    size_t n = strlen(id);
    return strncmp(expected, id, n) == 0 && (expected[n] == 0 || expected[n] == '-');
}

/* A bad example must mark a line with the rule it shows; a good one must mark none. */
static void check_marks(compiler *c, const ynode *at, const rule_example *e) {
    expect_list marks;
    ll_err err;
    if (!expect_parse(c->tmp, e->code, &marks, &err)) {
        compile_problem(c, at, "example: %s", err.msg);
        return;
    }
    bool own = false;
    const char *id = c->rule->extends ? c->rule->extends->id : c->rule->id;
    for (uint32_t i = 0; i < marks.n; i++) own |= names_this_rule(marks.v[i].rule, id);
    if (e->is_bad && !own)
        compile_problem(c, at,
                        "a bad example without a line marked // expect: %s...; put the mark on the line to report", id);
    if (!e->is_bad && marks.n)
        compile_problem(c, at, "a good example with a line marked // expect:; what is reported belongs under 'bad'");
}

static void add_examples(compiler *c, const ynode *list, bool is_bad, rule_example *out) {
    for (uint32_t i = 0; i < count_of(list); i++) {
        const ynode *item = item_of(list, i);
        const ynode *code = item->kind == Y_MAP ? ytree_get(item, "code") : item;
        const ynode *lang = ytree_get(item, "lang");
        out[i] = (rule_example){.code = ll_strdup(c->set->arena, code->text),
                                .lang = lang ? ll_strdup(c->set->arena, lang->text) : "c",
                                .line = code->line + (code->block ? 1 : 0),
                                .is_bad = is_bad};
        check_marks(c, code, &out[i]);
    }
}

static void compile_examples(compiler *c, const ynode *n) {
    const ynode *bad = ytree_get(n, "bad"), *good = ytree_get(n, "good");
    rule *r = c->rule;
    r->nexamples = count_of(bad) + count_of(good);
    r->examples = LL_NEWN(c->set->arena, rule_example, r->nexamples);
    add_examples(c, bad, true, r->examples);
    add_examples(c, good, false, r->examples + count_of(bad));
}

static void compile_states(compiler *c, const ynode *n) {
    const ynode *states = ytree_get(n, "states");
    rule *r = c->rule;
    if (count_of(states) > 32) {
        compile_problem(c, states, "%u states, at most 32 are allowed", count_of(states));
        return;
    }
    r->states = LL_NEWN(c->set->arena, const char *, count_of(states));
    for (uint32_t i = 0; i < count_of(states); i++) {
        const ynode *s = item_of(states, i);
        for (uint32_t j = 0; j < r->nstates; j++)
            if (strcmp(r->states[j], s->text) == 0)
                compile_problem(c, s, "state '%s' is listed twice; remove one", s->text);
        r->states[r->nstates++] = ll_strdup(c->set->arena, s->text);
    }
}

static void check_strict(compiler *c, const ynode *n) {
    static const char *const wanted[] = {"why", "fix", "link", "cwe"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!ytree_get(n, wanted[i]))
            compile_problem(c, n, "rule '%s' has no '%s': %s", c->rule->id, wanted[i],
                            rp_key_find(OBJ_PAIR, wanted[i])->text);
    uint32_t bad = count_of(ytree_get(n, "bad")), good = count_of(ytree_get(n, "good"));
    if (bad < 2 || good < 2)
        compile_problem(c, n, "rule '%s' has %u bad and %u good examples, expected at least 2 of each", c->rule->id,
                        bad, good);
}

static void check_rule(compiler *c, const ynode *n) {
    const rule *r = c->rule;
    bool own_words = r->kind == RULE_PAIR || r->kind == RULE_TASK || r->kind == RULE_KEEPALIVE;
    if (r->kind == RULE_PAIR && !ytree_get(n, "acquire") && !ytree_get(n, "realloc"))
        compile_problem(c, n, "pair rule '%s' without 'acquire': name the functions that give the resource", r->id);
    if (r->kind == RULE_PAIR && !ytree_get(n, "release") && !ytree_get(n, "extends"))
        compile_problem(c, n, "pair rule '%s' without 'release': name the functions that end the resource", r->id);
    if (own_words && !r->resource)
        compile_problem(c, n, "rule '%s' without 'resource': say in words what is acquired, such as file descriptor",
                        r->id);
    if (r->kind == RULE_KEEPALIVE && !ytree_get(n, "derive") && !ytree_get(n, "keeps") && !r->watch)
        compile_problem(c, n,
                        "keepalive rule '%s' without 'derive' and without 'keeps': name the functions whose result is "
                        "borrowed, or that keep an address",
                        r->id);
    if (!ytree_get(n, "entries") != !ytree_get(n, "lent"))
        compile_problem(c, n,
                        "rule '%s' has one of 'entries' and 'lent', expected both: functions, and types of parameters",
                        r->id);
    if (r->kind == RULE_ORDER && !r->message)
        compile_problem(c, n, "%s rule '%s' without 'message': only pairs make their own", rule_kind_name(r->kind),
                        r->id);
    if (r->link && strncmp(r->link, "https://", 8) != 0 && strncmp(r->link, "http://", 7) != 0)
        compile_problem(c, ytree_get(n, "link"), "'%s' for 'link', expected an address that begins with https://",
                        r->link);
    if (r->experimental && !r->reason)
        compile_problem(c, ytree_get(n, "level"), "experimental rule '%s' without 'reason': say why it is off", r->id);
    if (c->opt->strict) check_strict(c, n);
}

static void read_flags(rule *r, const ynode *n) {
    r->is_integer = get_bool(n, "integer", false);
    r->scope_bound = get_bool(n, "scope_bound", false);
    r->counted = get_bool(n, "counted", false);
    r->keeps_memory = get_bool(n, "keeps_memory", false);
    r->deep = get_bool(n, "deep", false);
    r->idempotent = get_bool(n, "idempotent", false);
    r->no_leak = get_bool(n, "no_leak", false);
    r->loops_only = get_bool(n, "loops_only", false);
    r->process_wide = get_bool(n, "process_wide", false);
    r->shared = get_bool(n, "shared", false);
    r->armed = get_bool(n, "armed", false);
    const ynode *watch = ytree_get(n, "watch");
    for (uint32_t i = 0; i < count_of(watch); i++)
        r->watch |= 1u << rp_choice("locals|globals", item_of(watch, i)->text);
}

static const char *text_or(compiler *c, const ynode *n, const char *key, const char *absent) {
    const char *s = get_text(c, n, key);
    return s ? s : absent;
}

static void find_extended(compiler *c, const ynode *n) {
    const ynode *id = ytree_get(n, "extends");
    if (!id) return;
    const rule *target = rule_set_find(c->set, id->text);
    if (target && target->kind == RULE_PAIR && !target->extends && target != c->rule) {
        c->rule->extends = target;
        return;
    }
    const char *guess = target ? NULL : rulepack_nearest_rule(c->set, id->text);
    compile_problem(c, id, "'%s' for 'extends', expected the id of a pair rule%s%s%s", id->text,
                    guess ? "; did you mean '" : "", guess ? guess : "", guess ? "'?" : "");
}

static const char **get_texts(compiler *c, const ynode *n, const char *key, uint32_t *count) {
    const ynode *list = ytree_get(n, key);
    *count = count_of(list);
    const char **texts = LL_NEWN(c->set->arena, const char *, *count);
    for (uint32_t i = 0; i < *count; i++) texts[i] = ll_strdup(c->set->arena, item_of(list, i)->text);
    return texts;
}

static void compile_rule(compiler *c, const ynode *n) {
    const ynode *extends = ytree_get(n, "extends");
    if ((extends != NULL) != c->extensions) return;
    if (extends && c->is_base && !rule_set_find(c->set, extends->text)) return;
    rule *r = LL_NEW(c->set->arena, rule);
    c->rule = r;
    r->id = get_text(c, n, "id");
    r->pack = c->pack->name;
    r->file = c->file;
    r->line = n->line;
    r->kind = (rule_kind)get_choice(n, OBJ_PAIR, "kind", RULE_PAIR);
    r->severity = (rule_severity)get_choice(n, OBJ_PAIR, "severity", RULE_WARNING);
    r->cwe = (uint32_t)get_int(n, "cwe", 0);
    r->resource = get_text(c, n, "resource");
    r->acquired = text_or(c, n, "acquired", "acquired");
    r->released = text_or(c, n, "released", "released");
    r->message = get_text(c, n, "message");
    r->why = get_text(c, n, "why");
    r->fix = get_text(c, n, "fix");
    r->link = get_text(c, n, "link");
    r->experimental = get_choice(n, OBJ_PAIR, "level", 0) == 1;
    r->reason = get_text(c, n, "reason");
    read_flags(r, n);
    const rule *before = rule_set_find(c->set, r->id);
    if (before)
        compile_problem(c, ytree_get(n, "id"), "rule '%s' exists already at %s:%d; choose another id", r->id,
                        before->file, before->line);
    find_extended(c, n);
    set_add_rule(c->set, r);
    check_rule(c, n);
    if (r->kind == RULE_ORDER) compile_states(c, n);
    if (r->kind == RULE_FORBID) r->locks = get_texts(c, n, "lock", &r->nlocks);
    if (r->kind == RULE_PAIR) r->accepts = get_texts(c, n, "accepts", &r->naccepts);
    if (r->kind == RULE_PAIR) r->within = get_texts(c, n, "within", &r->nwithin);
    if (r->kind == RULE_KEEPALIVE) {
        r->entries = get_text(c, n, "entries");
        r->lent = get_texts(c, n, "lent", &r->nlent);
    }
    compile_rule_calls(c, n);
    compile_examples(c, n);
    c->rule = NULL;
}

static void compile_header(compiler *c, const ynode *root) {
    rulepack_pack *p = c->pack;
    p->about = get_text(c, root, "about");
    const ynode *constants = ytree_get(root, "constants");
    c->records = ytree_get(root, "records");
    p->headers = get_texts(c, root, "headers", &p->nheaders);
    p->include_dirs = get_texts(c, root, "include_dirs", &p->ninclude_dirs);
    p->defines = get_texts(c, root, "defines", &p->ndefines);
    p->inferred = get_bool(root, "inferred", false);
    p->packages = get_texts(c, root, "packages", &p->npackages);
    p->constants = LL_NEWN(c->set->arena, rulepack_constant, constants ? constants->pairs.n : 0);
    for (uint32_t i = 0; constants && i < constants->pairs.n; i++) {
        rulepack_constant *k = &p->constants[p->nconstants++];
        k->name = ll_strdup(c->set->arena, constants->pairs.v[i].key->text);
        if (!rp_parse_int(constants->pairs.v[i].value->text, &k->value)) k->value = 0;
    }
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void keep_functions(compiler *c) {
    if (!c->functions.n) return;
    qsort(c->functions.v, c->functions.n, sizeof *c->functions.v, by_text);
    rulepack_pack *p = c->pack;
    p->functions = LL_NEWN(c->set->arena, const char *, c->functions.n);
    for (uint32_t i = 0; i < c->functions.n; i++)
        if (i == 0 || strcmp(c->functions.v[i], c->functions.v[i - 1]) != 0)
            p->functions[p->nfunctions++] = c->functions.v[i];
}

bool compile_pack(compiler *c, const ynode *root) {
    uint32_t before = rulepack_problems_count(c->problems);
    compile_header(c, root);
    const ynode *rules = ytree_get(root, "rules"), *functions = ytree_get(root, "functions");
    if (!rules && !functions)
        compile_problem(c, root, "a pack without 'rules' and without 'functions', expected one of them");
    for (uint32_t i = 0; i < count_of(rules); i++) compile_rule(c, item_of(rules, i));
    for (uint32_t i = 0; i < count_of(functions); i++) compile_fact(c, item_of(functions, i));
    LL_PUSH(c->set->arena, &c->set->packs, c->pack);
    return rulepack_problems_count(c->problems) == before;
}

void compile_extensions(compiler *c, const ynode *root) {
    const ynode *rules = ytree_get(root, "rules");
    c->extensions = true;
    for (uint32_t i = 0; i < count_of(rules); i++) compile_rule(c, item_of(rules, i));
    keep_functions(c);
}
