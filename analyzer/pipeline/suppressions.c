#include "pipeline/suppressions.h"

#include <string.h>

#include "base/nearest.h"
#include "base/sys.h"

static const char *const keys[] = {"rule", "path", "fingerprint", "reason", "until", "false", "file", "message"};
enum { KEYS = sizeof keys / sizeof *keys };

typedef struct reading {
    ll_arena *a;
    const char *shown;
    rulepack_problems *problems;
} reading;

/* False: no key of a suppression. */
static bool check_key(reading *r, const ypair *p) {
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i], p->key->text) == 0) {
            if (p->value->kind == Y_SCALAR && p->value->text[0]) return true;
            problem_add(r->problems, r->shown, p->value->line, p->value->col, "'%s' of a suppression needs a text",
                        keys[i]);
            return true;
        }
    const char *near = ll_nearest(p->key->text, keys, KEYS);
    if (near)
        problem_add(r->problems, r->shown, p->key->line, p->key->col,
                    "unknown key '%s' in a suppression; did you mean '%s'?", p->key->text, near);
    else
        problem_add(r->problems, r->shown, p->key->line, p->key->col,
                    "unknown key '%s' in a suppression; known are rule, path, fingerprint, reason and until",
                    p->key->text);
    return false;
}

static const char *text_of(reading *r, const ynode *map, const char *key) {
    const ynode *v = ytree_get(map, key);
    return v && v->kind == Y_SCALAR ? ll_strdup(r->a, v->text) : NULL;
}

static bool is_fingerprint(const char *s) {
    return strlen(s) == 32 && strspn(s, "0123456789abcdef") == 32;
}

/* What makes an entry sound; one complaint each. */
static void check_entry(reading *r, const ynode *n, const suppress_entry *e) {
    const ynode *until = ytree_get(n, "until"), *fingerprint = ytree_get(n, "fingerprint");
    if (!e->rule && !e->path && !e->fingerprint)
        problem_add(r->problems, r->shown, n->line, n->col,
                    "a suppression of everything; name a rule, a path or a fingerprint");
    if (!e->reason)
        problem_add(r->problems, r->shown, n->line, n->col, "a suppression without a reason; add 'reason: …'");
    if (e->until && !suppress_is_date(e->until))
        problem_add(r->problems, r->shown, until->line, until->col, "'%s' for 'until', expected a day as YYYY-MM-DD",
                    e->until);
    if (e->fingerprint && !is_fingerprint(e->fingerprint))
        problem_add(r->problems, r->shown, fingerprint->line, fingerprint->col,
                    "'%s' for 'fingerprint', expected its 32 digits; 'lifelint suppress' takes the beginning alone",
                    e->fingerprint);
}

static void read_entry(reading *r, const char *file, const ynode *n, suppress_entries *out) {
    if (n->kind != Y_MAP) {
        problem_add(r->problems, r->shown, n->line, n->col,
                    "%s as a suppression, expected a map such as {rule: libc-heap, path: test/, reason: …}",
                    ytree_kind_name(n));
        return;
    }
    bool known = true;
    for (uint32_t i = 0; i < n->pairs.n; i++) known &= check_key(r, &n->pairs.v[i]);
    if (!known) return; /* what seems to be missing may be what was misspelt */
    const ynode *is_false = ytree_get(n, "false");
    suppress_entry e = {.file = file,
                        .line = n->line,
                        .col = n->col,
                        .rule = text_of(r, n, "rule"),
                        .path = text_of(r, n, "path"),
                        .fingerprint = text_of(r, n, "fingerprint"),
                        .reason = text_of(r, n, "reason"),
                        .until = text_of(r, n, "until"),
                        .is_false = is_false && is_false->kind == Y_SCALAR && strcmp(is_false->text, "true") == 0};
    check_entry(r, n, &e);
    LL_PUSH(r->a, &out->items, e);
}

void suppressions_read(ll_arena *a, const char *file, const char *shown, const ynode *list, rulepack_problems *problems,
                       suppress_entries *out) {
    reading r = {a, shown, problems};
    if (list->kind != Y_LIST) {
        problem_add(problems, shown, list->line, list->col, "%s, expected a list of suppressions",
                    ytree_kind_name(list));
        return;
    }
    for (uint32_t i = 0; i < list->items.n; i++) read_entry(&r, file, list->items.v[i], out);
}

static bool rules_known(const rule_set *rules, const suppress_entries *entries, ll_err *err) {
    for (uint32_t i = 0; i < entries->items.n; i++) {
        const suppress_entry *e = &entries->items.v[i];
        rule_defect defect;
        /* that of one finding is a remark for the reader, and may outlive the rule */
        if (!e->rule || e->fingerprint || strcmp(e->rule, "all") == 0) continue;
        if (strncmp(e->rule, "lifelint-", 9) == 0 || pipeline_find_rule(rules, e->rule, &defect)) continue;
        const char *near = rulepack_nearest_rule(rules, e->rule);
        return ll_fail(err, LL_E_USAGE, "%s:%d:%d: no rule '%s'%s%s%s", e->file, e->line, e->col, e->rule,
                       near ? "; did you mean '" : "; 'lifelint rules list' shows them", near ? near : "",
                       near ? "'?" : "");
    }
    return true;
}

bool suppressions_load(ll_arena *a, const char *root, const src_overlay *view, const rule_set *rules,
                       suppress_entries *out, ll_err *err) {
    const char *path = ll_path_join(a, root, SUPPRESSIONS_FILE);
    char *text;
    size_t n;
    bool ok = true;
    if (src_overlay_is_file(view, path)) {
        if (!src_overlay_read(view, a, path, YTREE_MAX_BYTES, &text, &n, err)) {
            err->code = LL_E_USAGE;
            return false;
        }
        rulepack_problems *problems = rulepack_problems_new();
        const ynode *list = ytree_says_nothing(text) ? NULL : ytree_read(a, SUPPRESSIONS_FILE, text, n, problems);
        if (list) suppressions_read(a, SUPPRESSIONS_FILE, SUPPRESSIONS_FILE, list, problems, out);
        ok = rulepack_first_problem(problems, err);
        rulepack_problems_free(problems);
    }
    return ok && (!rules || rules_known(rules, out, err));
}
