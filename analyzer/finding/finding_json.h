/* A finding as JSON: the element of `--format json` (output/findings.schema.json) and what the store
 * keeps of a finding. Text that is not UTF-8 gets U+FFFD for each bad byte. Columns are bytes. */
#ifndef LL_FINDING_JSON_H
#define LL_FINDING_JSON_H

#include <jansson.h>

#include "base/err.h"
#include "finding/finding.h"

#define FINDING_JSON_VERSION 1

/* A new reference; the caller releases it with json_decref. */
json_t *finding_to_json(const finding *f);

/* Fills *f with strings in the arena. Unknown members are ignored, absent ones stay zero. Fails when
 * the value is no finding (no object, wrong types, no rule, too many steps). */
bool finding_from_json(ll_arena *a, const json_t *j, finding *f, ll_err *err);

/* A JSON string of any bytes; NULL gives JSON null. */
json_t *finding_json_text(const char *s);

const char *finding_step_name(step_kind k); /* "acquire", "branch", … */

#endif
