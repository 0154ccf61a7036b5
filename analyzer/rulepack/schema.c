/* rules/schema.json from the key table: what the loader accepts, said to editors. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "rulepack/keys.h"
#include "rulepack/rulepack.h"

#define WORD_PATTERN "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
#define PATH_PATTERN "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$"
#define NAME_PATTERN "^(([A-Za-z_$][A-Za-z0-9_$]*::)*~?[A-Za-z_$][A-Za-z0-9_$]*|(.*::)?operator.+)$"
#define PREDICATE_PATTERN "^(==|!=|<|<=|>|>=|&|!&) *(-?[0-9]+|-?0[xX][0-9a-fA-F]+|null|NULL|[A-Za-z_][A-Za-z0-9_]*)$"

static json_t *ref(const char *definition) {
    return json_pack("{s:s+}", "$ref", "#/$defs/", definition);
}

/* The words of an object's name without the article, joined: "pair-rule". */
static const char *definition_name(unsigned object, char *buf, size_t size) {
    const char *name = strchr(rp_object_name(object), ' ') + 1;
    size_t n = 0;
    for (; name[n] && n + 1 < size; n++) buf[n] = name[n] == ' ' ? '-' : name[n];
    buf[n] = 0;
    return buf;
}

static json_t *object_ref(unsigned object) {
    char buf[40];
    return ref(definition_name(object, buf, sizeof buf));
}

static json_t *pattern(const char *p) {
    return json_pack("{s:s, s:s}", "type", "string", "pattern", p);
}

static json_t *text(const rp_key *k) {
    return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", k->min, "maxLength", k->max);
}

static json_t *integer(const rp_key *k) {
    return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", k->min, "maximum", k->max);
}

static json_t *choices(const rp_key *k) {
    json_t *words = json_array();
    for (const char *p = k->choices; p;) {
        const char *bar = strchr(p, '|');
        json_array_append_new(words, json_stringn(p, bar ? (size_t)(bar - p) : strlen(p)));
        p = bar ? bar + 1 : NULL;
    }
    return json_pack("{s:o}", "enum", words);
}

static json_t *either(json_t *a, json_t *b) {
    return json_pack("{s:[o, o]}", "anyOf", a, b);
}

static json_t *list_of(json_t *item) {
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", item, "minItems", 1);
}

/* One value, or a list of them. */
static json_t *one_or_list(json_t *item) {
    return either(item, list_of(json_deep_copy(item)));
}

static json_t *rule_ref(void) {
    json_t *cases = json_array();
    const rp_key *kind = rp_key_find(OBJ_PAIR, "kind");
    for (int i = 1; i < RULE_KIND_COUNT; i++) {
        json_t *test = json_pack("{s:{s:{s:s}}, s:[s]}", "properties", kind->name, "const",
                                 rule_kind_name((rule_kind)i), "required", kind->name);
        json_array_append_new(cases, json_pack("{s:o, s:o}", "if", test, "then", object_ref((unsigned)OBJ_PAIR << i)));
    }
    json_t *pair = json_pack("{s:{s:{s:[s]}}}", "properties", kind->name, "enum", "pair");
    json_array_append_new(cases, json_pack("{s:o, s:o}", "if", pair, "then", object_ref(OBJ_PAIR)));
    return json_pack("{s:s, s:o}", "type", "object", "allOf", cases);
}

static json_t *constants(void) {
    return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "integer");
}

static json_t *records(void) {
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", one_or_list(pattern(NAME_PATTERN)));
}

static json_t *type_schema(const rp_key *k) {
    switch (k->type) {
        case KT_CODE:
        case KT_TEXT:
            return text(k);
        case KT_TEXTS:
            return one_or_list(text(k));
        case KT_WORD:
            return pattern(WORD_PATTERN);
        case KT_WORDS:
            return one_or_list(pattern(WORD_PATTERN));
        case KT_PATH:
            return pattern(PATH_PATTERN);
        case KT_NAME:
            return pattern(NAME_PATTERN);
        case KT_NAMES:
            return one_or_list(pattern(NAME_PATTERN));
        case KT_BOOL:
            return json_pack("{s:s}", "type", "boolean");
        case KT_ARG:
        case KT_INT:
            return integer(k);
        case KT_ARGS:
            return one_or_list(integer(k));
        case KT_WHERE:
            return either(json_pack("{s:s}", "const", "ret"), integer(k));
        case KT_ENUM:
            return choices(k);
        case KT_ENUMS:
            return one_or_list(choices(k));
        case KT_PREDICATE:
            return pattern(PREDICATE_PATTERN);
        case KT_PREDICATES:
            return either(json_pack("{s:s}", "const", "never"), one_or_list(pattern(PREDICATE_PATTERN)));
        case KT_CONDITIONS:
            return one_or_list(object_ref(k->child));
        case KT_LIST:
            return json_pack("{s:s, s:o}", "type", "array", "items",
                             k->child == OBJ_RULES ? rule_ref() : object_ref(k->child));
        case KT_ENTRIES:
            return one_or_list(either(pattern(NAME_PATTERN), object_ref(k->child)));
        case KT_EXAMPLES:
            return one_or_list(either(json_pack("{s:s}", "type", "string"), object_ref(k->child)));
        case KT_CONSTANTS:
            return constants();
        case KT_RECORDS:
            return records();
    }
    return json_object();
}

static json_t *object_schema(unsigned object) {
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < rp_nkeys; i++) {
        const rp_key *k = &rp_keys[i];
        if (!(k->objects & object)) continue;
        json_t *s = type_schema(k);
        json_object_set_new(s, "description", json_string(k->text));
        json_object_set_new(properties, k->name, s);
        if (k->required) json_array_append_new(required, json_string(k->name));
    }
    json_t *schema =
        json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
    if (json_array_size(required))
        json_object_set_new(schema, "required", required);
    else
        json_decref(required);
    return schema;
}

void rulepack_write_schema(ll_strbuf *out) {
    json_t *root = object_schema(OBJ_PACK), *defs = json_object();
    json_object_set_new(root, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(root, "title", json_string("lifelint rule pack"));
    for (unsigned object = OBJ_PACK << 1; object < OBJ_END; object <<= 1) {
        char buf[40];
        json_object_set_new(defs, definition_name(object, buf, sizeof buf), object_schema(object));
    }
    json_object_set_new(root, "$defs", defs);
    char *json = json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(root);
    if (!json) return;
    ll_sb_add(out, json);
    ll_sb_addc(out, '\n');
    free(json);
}
