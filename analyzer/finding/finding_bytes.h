/* Findings and suppressions as bytes, for the cache: everything but what is set later (fingerprint, ordinal, whether a
 * comment suppresses it). Not for exchange: JSON is (finding_json.h). */
#ifndef LL_FINDING_BYTES_H
#define LL_FINDING_BYTES_H

#include "base/bytes.h"
#include "finding/finding.h"
#include "finding/suppress.h"

/* Strings go to the table, which the caller writes in front. */
void finding_write(const finding *f, ll_strtab *strings, ll_strbuf *out);
/* Whether both are written alike. */
bool finding_same(const finding *x, const finding *y);
/* Steps lie in the arena. What makes no sense turns the reader bad. */
finding finding_read(ll_reader *r, const ll_strings *strings, ll_arena *a);

void suppression_write(const suppression *s, ll_strtab *strings, ll_strbuf *out);
suppression suppression_read(ll_reader *r, const ll_strings *strings, ll_arena *a);

#endif
