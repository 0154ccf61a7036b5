/* The set under construction and in use: rules, models by name, packs. Private to rulepack/. */
#ifndef LL_RULEPACK_SET_H
#define LL_RULEPACK_SET_H

#include <uthash.h>

#include "base/arena.h"
#include "base/array.h"
#include "rulepack/rulepack.h"

#define SET_MAX_EFFECTS 256u /* of one function: adding compares with all of them */

typedef struct model_entry {
    rule_model model;
    LL_ARRAY(rule_effect) effects; /* becomes model.effects in set_finish */
    UT_hash_handle hh;
} model_entry;

struct rule_set {
    ll_arena *arena;
    LL_ARRAY(rule *) rules;
    LL_ARRAY(const char **) reported; /* by rule index: DEFECT_COUNT names */
    LL_ARRAY(rulepack_pack *) packs;
    model_entry *models; /* uthash, sorted by name in set_finish */
    rule_model **by_name;
};

rule_set *set_new(void);
/* Gives the rule its index and the ids it reports under. */
void set_add_rule(rule_set *s, rule *r);
void set_add_model(rule_set *s, model_entry *m); /* its name is no other's */
rule_model *set_model(rule_set *s, const char *function);
typedef enum set_added { SET_ADDED, SET_TWICE /* the model has this very effect already */, SET_FULL } set_added;

set_added set_add_effect(rule_set *s, const char *function, const rule_effect *e);
/* Sorts, derives what follows from the effects. Nothing may be added after. */
void set_finish(rule_set *s);

#endif
