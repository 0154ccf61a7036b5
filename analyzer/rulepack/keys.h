/* The key table of rule packs (keys.def) and the checks that need nothing but the table. */
#ifndef LL_RULEPACK_KEYS_H
#define LL_RULEPACK_KEYS_H

#include "rulepack/ytree.h"

typedef enum rp_object {
    OBJ_PACK = 1 << 0,
    OBJ_PAIR = 1 << 1, /* one object for each rule kind, in the order of rule_kind */
    OBJ_ORDER = 1 << 2,
    OBJ_KEEPALIVE = 1 << 3,
    OBJ_TASK = 1 << 4,
    OBJ_FORBID = 1 << 5,
    OBJ_ACQUIRE = 1 << 6,
    OBJ_RELEASE = 1 << 7,
    OBJ_REALLOC = 1 << 8,
    OBJ_RETAIN = 1 << 9,
    OBJ_USE = 1 << 10,
    OBJ_MOVE = 1 << 11,
    OBJ_DERIVE = 1 << 12,
    OBJ_TRANSITION = 1 << 13,
    OBJ_BANNED = 1 << 14,
    OBJ_FACT = 1 << 15,
    OBJ_CONDITION = 1 << 16,
    OBJ_EXAMPLE = 1 << 17,
    OBJ_KEEP = 1 << 18,
    OBJ_UNTIL = 1 << 19,
    OBJ_END = 1 << 20,
    OBJ_RULES = OBJ_PAIR | OBJ_ORDER | OBJ_KEEPALIVE | OBJ_TASK | OBJ_FORBID,
    OBJ_CALLS = OBJ_ACQUIRE | OBJ_RELEASE | OBJ_REALLOC | OBJ_RETAIN | OBJ_USE | OBJ_MOVE | OBJ_DERIVE |
                OBJ_TRANSITION | OBJ_BANNED | OBJ_FACT | OBJ_KEEP | OBJ_UNTIL,
} rp_object;

typedef enum rp_type {
    KT_TEXT,  /* any text */
    KT_TEXTS, /* text, or a list of texts */
    KT_WORD,  /* lower-case words joined by '-' */
    KT_WORDS,
    KT_PATH, /* fields joined by '.' */
    KT_NAME, /* identifier, qualified in C++ */
    KT_NAMES,
    KT_BOOL,
    KT_INT,
    KT_ARG, /* argument number */
    KT_ARGS,
    KT_WHERE, /* argument number or ret */
    KT_ENUM,
    KT_ENUMS,
    KT_PREDICATE,  /* "== 0" */
    KT_PREDICATES, /* one, a list, or never */
    KT_CONDITIONS, /* a map, or a list of maps */
    KT_LIST,       /* list of maps */
    KT_ENTRIES,    /* name, map, or list of names and maps */
    KT_EXAMPLES,   /* list of code blocks and maps */
    KT_CODE,
    KT_CONSTANTS, /* map of name: integer */
    KT_RECORDS,   /* map of name: names */
} rp_type;

typedef struct rp_key {
    unsigned objects;
    const char *name;
    rp_type type;
    unsigned child;
    const char *choices;
    int32_t min, max;
    bool required;
    const char *text;
} rp_key;

extern const rp_key rp_keys[];
extern const size_t rp_nkeys;

const rp_key *rp_key_find(unsigned object, const char *name);
/* "an acquire entry", "a pair rule": for messages. One object bit. */
const char *rp_object_name(unsigned object);

/* The parsed form of a comparison; `name` is set when the value is a constant's name. */
typedef struct rp_predicate {
    rule_cmp cmp;
    int64_t value;
    const char *name; /* in `arena` */
} rp_predicate;

bool rp_parse_predicate(ll_arena *a, const char *text, rp_predicate *out);
bool rp_parse_int(const char *text, int64_t *out);
/* Index of `word` among choices separated by |, or -1. */
int rp_choice(const char *choices, const char *word);
bool rp_is_word(const char *s);
bool rp_is_name(const char *s);
bool rp_is_path(const char *s);

/* Checks everything below `node`, an `object`, against the table: keys known, no required one
 * missing, every value of its type. False after adding at least one problem. */
bool rp_check(ll_arena *a, const char *file, const ynode *node, unsigned object, rulepack_problems *problems);

#endif
