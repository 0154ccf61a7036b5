/* A YAML document as a tree with positions, read under limits.
 *
 * Packs come from repositories nobody vetted: size, depth and the number of nodes are bounded and
 * anchors are refused, so a small file cannot become a large tree. One document a file. */
#ifndef LL_RULEPACK_YTREE_H
#define LL_RULEPACK_YTREE_H

#include "rulepack/problems.h"

#define YTREE_MAX_BYTES ((size_t)1 << 20)
#define YTREE_MAX_DEPTH 24u
#define YTREE_MAX_NODES 100000u
#define YTREE_MAX_KEYS 512u /* of one map: finding a repeated key is quadratic */

typedef enum ykind { Y_SCALAR, Y_LIST, Y_MAP } ykind;

typedef struct ynode ynode;

typedef struct ypair {
    ynode *key, *value; /* the key is always a scalar */
} ypair;

struct ynode {
    ykind kind;
    int32_t line, col;
    bool quoted; /* SCALAR: in quotes or a block, so never a number or a boolean */
    bool block;  /* SCALAR: literal or folded block; its text begins on the next line */
    const char *text;
    LL_ARRAY(ynode *) items;
    LL_ARRAY(ypair) pairs;
};

/* The root, or NULL with at least one problem added. Everything is allocated in `a`. */
ynode *ytree_read(ll_arena *a, const char *file, const char *text, size_t n, rulepack_problems *problems);
/* Whether a text is blank lines and comments only: to YAML that is no document. */
bool ytree_says_nothing(const char *text);
/* Value of a key in a map, or NULL; `map` may be NULL. */
ynode *ytree_get(const ynode *map, const char *key);
/* "a list", "a map", "text", for messages. */
const char *ytree_kind_name(const ynode *n);

#endif
