/* The rules array of a SARIF run, made from the findings alone: one entry for each rule that reported. */
#ifndef LL_OUTPUT_SARIF_RULES_H
#define LL_OUTPUT_SARIF_RULES_H

#include <jansson.h>

#include "finding/finding.h"

typedef struct sarif_rules sarif_rules;

/* Sorted by id. The findings are borrowed; `gone` may be NULL. */
sarif_rules *sarif_rules_new(const finding_list *l, const finding_list *gone);
void sarif_rules_free(sarif_rules *r);
int sarif_rules_index(const sarif_rules *r, const char *rule_id);
json_t *sarif_rules_to_json(const sarif_rules *r);

#endif
