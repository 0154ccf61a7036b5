#include "rulepack/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const rp_key rp_keys[] = {
#define KEY(objects, name, type, child, choices, min, max, required, text) \
    {objects, name, KT_##type, child, choices, min, max, required, text},
#include "rulepack/keys.def"
#undef KEY
};
const size_t rp_nkeys = sizeof rp_keys / sizeof *rp_keys;

const rp_key *rp_key_find(unsigned object, const char *name) {
    for (size_t i = 0; i < rp_nkeys; i++)
        if ((rp_keys[i].objects & object) && strcmp(rp_keys[i].name, name) == 0) return &rp_keys[i];
    return NULL;
}

const char *rp_object_name(unsigned object) {
    static const char *const names[] = {
        "a pack",          "a pair rule",      "an order rule",   "a keepalive rule", "a task rule",
        "a forbid rule",   "an acquire entry", "a release entry", "a realloc entry",  "a retain entry",
        "a call entry",    "a move entry",     "a derive entry",  "a transition",     "a banned call",
        "a function fact", "a condition",      "an example",      "a keeps entry",    "an until entry",
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (object == 1u << i) return names[i];
    return "an object";
}

bool rp_parse_int(const char *text, int64_t *out) {
    const char *digits = text + (*text == '-');
    if (!isdigit((unsigned char)*digits)) return false;
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, hex ? 16 : 10);
    if (errno || *end) return false;
    *out = v;
    return true;
}

static bool is_ident(const char *s, const char *end) {
    if (s == end || !(isalpha((unsigned char)*s) || *s == '_')) return false;
    for (; s < end; s++)
        if (!isalnum((unsigned char)*s) && *s != '_' && *s != '$') return false;
    return true;
}

bool rp_is_name(const char *s) {
    for (;;) {
        const char *colons = strstr(s, "::");
        if (!colons) break;
        if (!is_ident(s, colons)) return false;
        s = colons + 2;
    }
    if (*s == '~') s++;
    if (strncmp(s, "operator", 8) == 0 && s[8] && !isalnum((unsigned char)s[8]) && s[8] != '_') return strlen(s) < 40;
    return is_ident(s, s + strlen(s));
}

bool rp_is_path(const char *s) {
    for (const char *dot; (dot = strchr(s, '.')); s = dot + 1)
        if (!is_ident(s, dot)) return false;
    return is_ident(s, s + strlen(s));
}

bool rp_is_word(const char *s) {
    if (!islower((unsigned char)*s)) return false;
    for (; *s; s++) {
        if (islower((unsigned char)*s) || isdigit((unsigned char)*s)) continue;
        if (*s != '-' || !(islower((unsigned char)s[1]) || isdigit((unsigned char)s[1]))) return false;
    }
    return true;
}

int rp_choice(const char *choices, const char *word) {
    size_t n = strlen(word);
    int index = 0;
    for (const char *p = choices; p; index++) {
        const char *bar = strchr(p, '|');
        size_t len = bar ? (size_t)(bar - p) : strlen(p);
        if (len == n && strncmp(p, word, n) == 0) return index;
        p = bar ? bar + 1 : NULL;
    }
    return -1;
}

bool rp_parse_predicate(ll_arena *a, const char *text, rp_predicate *out) {
    static const struct {
        const char *text;
        rule_cmp cmp;
    } ops[] = {{"==", CMP_EQ}, {"!=", CMP_NE},         {"<=", CMP_LE}, {">=", CMP_GE},
               {"<", CMP_LT},  {"!&", CMP_BITS_CLEAR}, {">", CMP_GT},  {"&", CMP_BITS_SET}};
    *out = (rp_predicate){0};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof ops / sizeof *ops && !value; i++) {
        size_t n = strlen(ops[i].text);
        if (strncmp(text, ops[i].text, n) != 0) continue;
        out->cmp = ops[i].cmp;
        value = text + n;
    }
    if (!value) return false;
    value += strspn(value, " ");
    if (strcmp(value, "null") == 0 || strcmp(value, "NULL") == 0) return true;
    if (rp_parse_int(value, &out->value)) return true;
    if (!is_ident(value, value + strlen(value))) return false;
    out->name = ll_strdup(a, value);
    return true;
}
