/* From a checked tree to rules and effects. Private to rulepack/. */
#ifndef LL_RULEPACK_COMPILE_H
#define LL_RULEPACK_COMPILE_H

#include "rulepack/keys.h"
#include "rulepack/set.h"

typedef struct compiler {
    rule_set *set;
    rulepack_problems *problems;
    const rulepack_options *opt;
    ll_arena *tmp;
    const char *file; /* in the set's arena */
    rulepack_pack *pack;
    const ynode *records; /* what the pack calls several records by one name, or NULL */
    rule *rule;           /* being compiled, NULL for facts */
    bool is_base;         /* a pack that comes with lifelint: a rule it extends may have been replaced */
    bool extensions;      /* second pass: only rules that extend one */
    LL_ARRAY(const char *) functions;
} compiler;

void compile_problem(compiler *c, const ynode *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The whole pack but the rules that extend another; `root` was accepted by rp_check. False after adding problems. */
bool compile_pack(compiler *c, const ynode *root);
/* Those rules, when all packs were read. */
void compile_extensions(compiler *c, const ynode *root);

/* compile_calls.c: the entries of one rule; functions: facts. */
void compile_rule_calls(compiler *c, const ynode *n);
void compile_fact(compiler *c, const ynode *n);

/* Values of a checked map; the default when the key is absent. */
const char *get_text(compiler *c, const ynode *n, const char *key);
bool get_bool(const ynode *n, const char *key, bool absent);
int64_t get_int(const ynode *n, const char *key, int64_t absent);
/* Elements of a value that is one or a list; a missing node has none. */
uint32_t count_of(const ynode *n);
const ynode *item_of(const ynode *n, uint32_t i);

#endif
