#include "rulepack/ytree.h"

#include <string.h>
#include <yaml.h>

typedef struct reader {
    ll_arena *arena;
    const char *file;
    rulepack_problems *problems;
    yaml_parser_t parser;
    uint32_t nodes, depth;
} reader;

static int32_t line_of(yaml_mark_t m) {
    return (int32_t)m.line + 1;
}
static int32_t col_of(yaml_mark_t m) {
    return (int32_t)m.column + 1;
}

static void fail_at(reader *r, yaml_mark_t m, const char *what) {
    problem_add(r->problems, r->file, line_of(m), col_of(m), "%s", what);
}

/* What libyaml says and authors mean. `fails: > 0`, `& 4`, `!= 0` and `* 2` without quotes begin something else in
 * YAML. */
static const char *hint(const char *problem, const char *context) {
    bool comparison = strstr(context, "block scalar") || strstr(context, "anchor") || strstr(context, "tag");
    if (comparison) return "; a comparison needs quotes: \"> 0\"";
    if (strstr(problem, "cannot start any token"))
        return "; indent with blanks, not tabs, and quote text that begins with % @ or `";
    if (strstr(context, "flow")) return "; a [list] or {map} is not closed";
    if (strstr(problem, "mapping values")) return "; text with ': ' in it needs quotes";
    if (strstr(context, "block")) return "; keys of one map and entries of one list stand in one column";
    return "";
}

static bool next(reader *r, yaml_event_t *e) {
    if (yaml_parser_parse(&r->parser, e)) return true;
    const yaml_parser_t *p = &r->parser;
    const char *context = p->context ? p->context : "";
    if (p->error == YAML_READER_ERROR)
        problem_add(r->problems, r->file, 0, 0, "not readable as YAML: %s at byte %zu", p->problem, p->problem_offset);
    else
        problem_add(r->problems, r->file, line_of(p->problem_mark), col_of(p->problem_mark), "not valid YAML: %s%s%s%s",
                    p->problem ? p->problem : "cannot be parsed", *context ? ", " : "", context,
                    hint(p->problem ? p->problem : "", context));
    return false;
}

static ynode *new_node(reader *r, ykind kind, yaml_mark_t m) {
    if (++r->nodes > YTREE_MAX_NODES) {
        fail_at(r, m, "more nodes than the limit of 100000");
        return NULL;
    }
    ynode *n = LL_NEW(r->arena, ynode);
    n->kind = kind;
    n->line = line_of(m);
    n->col = col_of(m);
    return n;
}

static ynode *read_node(reader *r, yaml_event_t *e);

static ynode *read_scalar(reader *r, const yaml_event_t *e) {
    ynode *n = new_node(r, Y_SCALAR, e->start_mark);
    if (!n) return NULL;
    if (memchr(e->data.scalar.value, 0, e->data.scalar.length)) {
        fail_at(r, e->start_mark, "text holds a NUL byte");
        return NULL;
    }
    yaml_scalar_style_t style = e->data.scalar.style;
    n->text = ll_strndup(r->arena, (const char *)e->data.scalar.value, e->data.scalar.length);
    n->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    n->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    return n;
}

static ynode *read_list(reader *r, const yaml_event_t *start) {
    ynode *n = new_node(r, Y_LIST, start->start_mark);
    while (n) {
        yaml_event_t e;
        if (!next(r, &e)) return NULL;
        bool end = e.type == YAML_SEQUENCE_END_EVENT;
        ynode *item = end ? NULL : read_node(r, &e);
        yaml_event_delete(&e);
        if (end) break;
        if (!item) return NULL;
        LL_PUSH(r->arena, &n->items, item);
    }
    return n;
}

/* Keys must be scalars and occur once. */
static bool add_pair(reader *r, ynode *map, ynode *key, ynode *value) {
    if (key->kind != Y_SCALAR) {
        problem_add(r->problems, r->file, key->line, key->col, "%s as a key, expected a word", ytree_kind_name(key));
        return false;
    }
    ynode *before = ytree_get(map, key->text);
    if (before)
        problem_add(r->problems, r->file, key->line, key->col,
                    "key '%s' occurs twice in one map (first value at line %d); keep one, a list if there are several",
                    key->text, before->line);
    if (map->pairs.n == YTREE_MAX_KEYS) {
        problem_add(r->problems, r->file, key->line, key->col, "more than %u keys in one map", YTREE_MAX_KEYS);
        return false;
    }
    LL_PUSH(r->arena, &map->pairs, (ypair){key, value});
    return true;
}

static ynode *read_map(reader *r, const yaml_event_t *start) {
    ynode *n = new_node(r, Y_MAP, start->start_mark);
    while (n) {
        yaml_event_t e;
        if (!next(r, &e)) return NULL;
        bool end = e.type == YAML_MAPPING_END_EVENT;
        ynode *key = end ? NULL : read_node(r, &e);
        yaml_event_delete(&e);
        if (end) break;
        if (!key || !next(r, &e)) return NULL;
        ynode *value = read_node(r, &e);
        yaml_event_delete(&e);
        if (!value || !add_pair(r, n, key, value)) return NULL;
    }
    return n;
}

static const unsigned char *anchor_of(const yaml_event_t *e) {
    switch (e->type) {
        case YAML_SCALAR_EVENT:
            return e->data.scalar.anchor;
        case YAML_SEQUENCE_START_EVENT:
            return e->data.sequence_start.anchor;
        case YAML_MAPPING_START_EVENT:
            return e->data.mapping_start.anchor;
        default:
            return NULL;
    }
}

static const unsigned char *tag_of(const yaml_event_t *e) {
    switch (e->type) {
        case YAML_SCALAR_EVENT:
            return e->data.scalar.tag;
        case YAML_SEQUENCE_START_EVENT:
            return e->data.sequence_start.tag;
        case YAML_MAPPING_START_EVENT:
            return e->data.mapping_start.tag;
        default:
            return NULL;
    }
}

/* What YAML makes of an unquoted `& 4` and `!= 0` besides its real uses, none of which a pack needs. */
static const char *unwanted(const yaml_event_t *e) {
    if (e->type == YAML_ALIAS_EVENT || anchor_of(e))
        return "anchors (&) and aliases (*) are not allowed in a rule pack; quote the text if it is one";
    if (tag_of(e)) return "tags (!) are not allowed in a rule pack; a comparison needs quotes: \"!= 0\"";
    return NULL;
}

/* The node that begins with event e; e stays the caller's. */
static ynode *read_node(reader *r, yaml_event_t *e) {
    ynode *n = NULL;
    const char *why_not = unwanted(e);
    if (why_not) {
        fail_at(r, e->start_mark, why_not);
        return NULL;
    }
    if (++r->depth > YTREE_MAX_DEPTH) {
        fail_at(r, e->start_mark, "nested deeper than the limit of 24 levels");
        return NULL;
    }
    switch (e->type) {
        case YAML_SCALAR_EVENT:
            n = read_scalar(r, e);
            break;
        case YAML_SEQUENCE_START_EVENT:
            n = read_list(r, e);
            break;
        case YAML_MAPPING_START_EVENT:
            n = read_map(r, e);
            break;
        default:
            fail_at(r, e->start_mark, "unexpected end of the document");
            break;
    }
    r->depth--;
    return n;
}

static ynode *read_document(reader *r) {
    ynode *root = NULL;
    bool ok = true, end = false;
    while (ok && !end) {
        yaml_event_t e;
        if (!next(r, &e)) return NULL;
        switch (e.type) {
            case YAML_STREAM_END_EVENT:
                end = true;
                break;
            case YAML_STREAM_START_EVENT:
            case YAML_DOCUMENT_START_EVENT:
            case YAML_DOCUMENT_END_EVENT:
                break;
            default:
                if (root) fail_at(r, e.start_mark, "a second document; a rule pack is one document");
                ok = !root && (root = read_node(r, &e)) != NULL;
        }
        yaml_event_delete(&e);
    }
    if (ok && !root)
        problem_add(r->problems, r->file, 0, 0, "empty, expected a map with the key 'rules' or 'functions'");
    return ok ? root : NULL;
}

ynode *ytree_read(ll_arena *a, const char *file, const char *text, size_t n, rulepack_problems *problems) {
    if (n > YTREE_MAX_BYTES) {
        problem_add(problems, file, 0, 0, "larger than the limit of 1 MiB for a rule pack");
        return NULL;
    }
    reader r = {.arena = a, .file = file, .problems = problems};
    if (!yaml_parser_initialize(&r.parser)) {
        problem_add(problems, file, 0, 0, "out of memory while reading");
        return NULL;
    }
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
    uint32_t before = rulepack_problems_count(problems);
    ynode *root = read_document(&r);
    yaml_parser_delete(&r.parser);
    return rulepack_problems_count(problems) == before ? root : NULL;
}

ynode *ytree_get(const ynode *map, const char *key) {
    if (!map || map->kind != Y_MAP) return NULL;
    for (uint32_t i = 0; i < map->pairs.n; i++)
        if (strcmp(map->pairs.v[i].key->text, key) == 0) return map->pairs.v[i].value;
    return NULL;
}

const char *ytree_kind_name(const ynode *n) {
    switch (n->kind) {
        case Y_LIST:
            return "a list";
        case Y_MAP:
            return "a map";
        default:
            return "text";
    }
}

bool ytree_says_nothing(const char *text) {
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        text += strspn(text, " \t\r");
        if (*text && *text != '\n' && *text != '#') return false;
    }
    return true;
}
