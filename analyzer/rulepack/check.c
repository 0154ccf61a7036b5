/* Checks a pack's tree against the key table. Everything that can be said from the table alone is
 * said here, with position and nearest word, so that compile.c reads values it may trust. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "base/strbuf.h"
#include "rulepack/keys.h"

#define CHOICES_MAX 16u

typedef struct checker {
    ll_arena *arena;
    const char *file;
    rulepack_problems *problems;
    bool ok;
} checker;

static void bad(checker *c, const ynode *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void bad(checker *c, const ynode *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *text = ll_vprintf(c->arena, fmt, ap);
    va_end(ap);
    problem_add(c->problems, c->file, at->line, at->col, "%s", text);
    c->ok = false;
}

static void check_object(checker *c, const ynode *n, unsigned object);

/* A scalar of the pack, shortened so that a message stays one readable line. */
static const char *shown(checker *c, const ynode *n) {
    if (n->kind != Y_SCALAR) return ytree_kind_name(n);
    size_t len = strlen(n->text);
    return len <= 40 ? ll_printf(c->arena, "'%s'", n->text) : ll_printf(c->arena, "'%.37s...'", n->text);
}

static bool want_scalar(checker *c, const rp_key *k, const ynode *n, const char *what) {
    if (n->kind == Y_SCALAR) return true;
    bad(c, n, "%s for '%s', expected %s", ytree_kind_name(n), k->name, what);
    return false;
}

static void check_text(checker *c, const rp_key *k, const ynode *n) {
    if (!want_scalar(c, k, n, "text")) return;
    size_t len = strlen(n->text);
    if (len == 0 && k->min > 0)
        bad(c, n, "'%s' is empty, expected text", k->name);
    else if (len < (size_t)k->min)
        bad(c, n, "'%s' is too short, expected at least %d characters", k->name, k->min);
    else if (len > (size_t)k->max)
        bad(c, n, "'%s' has %zu characters, at most %d are allowed", k->name, len, k->max);
}

static void check_word(checker *c, const rp_key *k, const ynode *n) {
    if (!want_scalar(c, k, n, "a word")) return;
    if (!rp_is_word(n->text))
        bad(c, n, "%s for '%s', expected lower-case words joined by '-', such as my-pool", shown(c, n), k->name);
    else
        check_text(c, k, n);
}

static void check_name(checker *c, const rp_key *k, const ynode *n) {
    if (!want_scalar(c, k, n, "a name")) return;
    if (!rp_is_name(n->text))
        bad(c, n, "%s for '%s', expected the exact name of one function or field (no wildcards, no parentheses)",
            shown(c, n), k->name);
    else
        check_text(c, k, n);
}

static void check_bool(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_SCALAR && !n->quoted && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0)) return;
    bad(c, n, "%s for '%s', expected true or false", shown(c, n), k->name);
}

static void check_int(checker *c, const rp_key *k, const ynode *n) {
    int64_t v;
    if (n->kind != Y_SCALAR || n->quoted || !rp_parse_int(n->text, &v))
        bad(c, n, "%s for '%s', expected a number from %d to %d", shown(c, n), k->name, k->min, k->max);
    else if (v < k->min || v > k->max)
        bad(c, n, "%" PRId64 " for '%s', expected a number from %d to %d%s", v, k->name, k->min, k->max,
            v == 0 && k->type != KT_INT ? " (arguments count from 1)" : "");
}

static void check_where(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_SCALAR && strcmp(n->text, "ret") == 0) return;
    int64_t v;
    if (n->kind == Y_SCALAR && rp_parse_int(n->text, &v) && !n->quoted)
        check_int(c, k, n);
    else
        bad(c, n, "%s for '%s', expected an argument number or ret (the result)", shown(c, n), k->name);
}

/* The choice that was meant, or NULL. */
static const char *nearest_choice(checker *c, const char *word, const char *choices) {
    char *copy = ll_strdup(c->arena, choices), *save = NULL;
    const char *words[CHOICES_MAX];
    size_t n = 0;
    for (char *w = strtok_r(copy, "|", &save); w && n < CHOICES_MAX; w = strtok_r(NULL, "|", &save)) words[n++] = w;
    return ll_nearest(word, words, n);
}

static const char *with_commas(checker *c, const char *choices) {
    char *list = ll_alloc(c->arena, strlen(choices) * 2 + 1), *out = list;
    for (const char *p = choices; *p; p++) {
        *out++ = *p == '|' ? ',' : *p;
        if (*p == '|') *out++ = ' ';
    }
    return list;
}

static void check_enum(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_SCALAR && rp_choice(k->choices, n->text) >= 0) return;
    const char *guess = n->kind == Y_SCALAR ? nearest_choice(c, n->text, k->choices) : NULL;
    bad(c, n, "%s for '%s', expected one of %s%s%s%s", shown(c, n), k->name, with_commas(c, k->choices),
        guess ? "; did you mean '" : "", guess ? guess : "", guess ? "'?" : "");
}

static void check_predicate(checker *c, const rp_key *k, const ynode *n) {
    rp_predicate p;
    if (n->kind == Y_SCALAR && rp_parse_predicate(c->arena, n->text, &p)) return;
    bad(c, n,
        "%s for '%s', expected a comparison with a constant such as \"== 0\", \"< 0\" or \"& 64\" "
        "(operators: == != < <= > >= & !&)",
        shown(c, n), k->name);
}

static void check_one(checker *c, const rp_key *k, const ynode *n);

/* One value, or a list of at least one. */
static void check_many(checker *c, const rp_key *k, const ynode *n,
                       void (*one)(checker *, const rp_key *, const ynode *)) {
    if (n->kind != Y_LIST) {
        one(c, k, n);
        return;
    }
    if (n->items.n == 0) bad(c, n, "'%s' is an empty list, expected at least one element", k->name);
    for (uint32_t i = 0; i < n->items.n; i++) one(c, k, n->items.v[i]);
}

static void check_predicates(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_SCALAR && strcmp(n->text, "never") == 0) return;
    check_many(c, k, n, check_predicate);
}

static void check_condition(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_MAP)
        check_object(c, n, k->child);
    else
        bad(c, n, "%s for '%s', expected a condition such as {arg: 2, is: \"== 0\"}", shown(c, n), k->name);
}

static void check_entry(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_MAP)
        check_object(c, n, k->child);
    else
        check_name(c, rp_key_find(k->child, "call"), n);
}

/* The object a rule is, by its kind; PAIR when that is missing or wrong (and reported elsewhere). */
static unsigned rule_object(const ynode *n) {
    const ynode *kind = ytree_get(n, "kind");
    int i = kind && kind->kind == Y_SCALAR ? rp_choice(rp_key_find(OBJ_PAIR, "kind")->choices, kind->text) : 0;
    return (unsigned)OBJ_PAIR << (i < 0 ? 0 : i);
}

static void check_list(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind != Y_LIST) {
        bad(c, n, "%s for '%s', expected a list (lines that begin with '- ')", shown(c, n), k->name);
        return;
    }
    for (uint32_t i = 0; i < n->items.n; i++) {
        const ynode *item = n->items.v[i];
        check_object(c, item, k->child == OBJ_RULES ? rule_object(item) : k->child);
    }
}

static void check_example(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind == Y_MAP)
        check_object(c, n, k->child);
    else
        check_text(c, rp_key_find(OBJ_EXAMPLE, "code"), n);
}

static void check_constants(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind != Y_MAP) {
        bad(c, n, "%s for '%s', expected a map of names to numbers", shown(c, n), k->name);
        return;
    }
    for (uint32_t i = 0; i < n->pairs.n; i++) {
        const ypair *p = &n->pairs.v[i];
        int64_t v;
        if (!rp_is_name(p->key->text) || strchr(p->key->text, ':'))
            bad(c, p->key, "%s is not a name for a constant", shown(c, p->key));
        if (p->value->kind != Y_SCALAR || p->value->quoted || !rp_parse_int(p->value->text, &v))
            bad(c, p->value, "%s for constant '%s', expected an integer", shown(c, p->value), p->key->text);
    }
}

static void check_records(checker *c, const rp_key *k, const ynode *n) {
    if (n->kind != Y_MAP) {
        bad(c, n, "%s for '%s', expected a map of names to names of records", shown(c, n), k->name);
        return;
    }
    for (uint32_t i = 0; i < n->pairs.n; i++) {
        const ynode *key = n->pairs.v[i].key;
        if (!rp_is_name(key->text) || strchr(key->text, ':'))
            bad(c, key, "%s is not a name for records", shown(c, key));
        check_many(c, k, n->pairs.v[i].value, check_name);
    }
}

static void check_one(checker *c, const rp_key *k, const ynode *n) {
    switch (k->type) {
        case KT_CODE:
        case KT_TEXT:
            check_text(c, k, n);
            break;
        case KT_TEXTS:
            check_many(c, k, n, check_text);
            break;
        case KT_WORD:
            check_word(c, k, n);
            break;
        case KT_WORDS:
            check_many(c, k, n, check_word);
            break;
        case KT_NAME:
            check_name(c, k, n);
            break;
        case KT_PATH:
            if (want_scalar(c, k, n, "a field") && !rp_is_path(n->text))
                bad(c, n, "%s for '%s', expected a field, or fields joined by '.'", shown(c, n), k->name);
            break;
        case KT_NAMES:
            check_many(c, k, n, check_name);
            break;
        case KT_BOOL:
            check_bool(c, k, n);
            break;
        case KT_ARG:
        case KT_INT:
            check_int(c, k, n);
            break;
        case KT_ARGS:
            check_many(c, k, n, check_int);
            break;
        case KT_WHERE:
            check_where(c, k, n);
            break;
        case KT_ENUM:
            check_enum(c, k, n);
            break;
        case KT_ENUMS:
            check_many(c, k, n, check_enum);
            break;
        case KT_PREDICATE:
            check_predicate(c, k, n);
            break;
        case KT_PREDICATES:
            check_predicates(c, k, n);
            break;
        case KT_CONDITIONS:
            check_many(c, k, n, check_condition);
            break;
        case KT_LIST:
            check_list(c, k, n);
            break;
        case KT_ENTRIES:
            check_many(c, k, n, check_entry);
            break;
        case KT_EXAMPLES:
            check_many(c, k, n, check_example);
            break;
        case KT_CONSTANTS:
            check_constants(c, k, n);
            break;
        case KT_RECORDS:
            check_records(c, k, n);
            break;
    }
}

/* Where a key that is not allowed here would be: the first object that has it, 0 for none. */
static unsigned owner_of(const char *key) {
    for (size_t i = 0; i < rp_nkeys; i++)
        if (strcmp(rp_keys[i].name, key) == 0) return rp_keys[i].objects & (~rp_keys[i].objects + 1);
    return 0;
}

static void unknown_key(checker *c, const ynode *key, unsigned object) {
    const char **names = LL_NEWN(c->arena, const char *, rp_nkeys);
    ll_strbuf all = {0};
    size_t n = 0;
    for (size_t i = 0; i < rp_nkeys; i++) {
        if (!(rp_keys[i].objects & object)) continue;
        names[n++] = rp_keys[i].name;
        ll_sb_printf(&all, "%s%s", all.n ? ", " : "", rp_keys[i].name);
    }
    const char *guess = ll_nearest(key->text, names, n);
    unsigned owner = owner_of(key->text);
    if (owner && object == OBJ_PACK && owner & OBJ_RULES)
        bad(c, key, "'%s' belongs to a rule, not to the pack; rules are a list under 'rules:'", key->text);
    else if (owner && owner & (OBJ_PACK | OBJ_RULES))
        bad(c, key, "'%s' belongs to %s, not to %s", key->text, rp_object_name(owner), rp_object_name(object));
    else if (guess)
        bad(c, key, "unknown key %s in %s; did you mean '%s'?", shown(c, key), rp_object_name(object), guess);
    else
        bad(c, key, "unknown key %s in %s, expected one of %s", shown(c, key), rp_object_name(object), ll_sb_str(&all));
    ll_sb_free(&all);
}

static void check_object(checker *c, const ynode *n, unsigned object) {
    if (n->kind != Y_MAP) {
        bad(c, n, "%s, expected %s (a map of keys)", shown(c, n), rp_object_name(object));
        return;
    }
    for (uint32_t i = 0; i < n->pairs.n; i++) {
        const rp_key *k = rp_key_find(object, n->pairs.v[i].key->text);
        if (k)
            check_one(c, k, n->pairs.v[i].value);
        else
            unknown_key(c, n->pairs.v[i].key, object);
    }
    for (size_t i = 0; i < rp_nkeys; i++)
        if ((rp_keys[i].objects & object) && rp_keys[i].required && !ytree_get(n, rp_keys[i].name))
            bad(c, n, "%s without '%s': %s", rp_object_name(object), rp_keys[i].name, rp_keys[i].text);
}

bool rp_check(ll_arena *a, const char *file, const ynode *node, unsigned object, rulepack_problems *problems) {
    checker c = {a, file, problems, true};
    check_object(&c, node, object);
    return c.ok;
}
