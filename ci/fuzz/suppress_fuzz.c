/* Any bytes as a source with suppressions: what is found lies inside the text, and applying it to
 * findings on every line neither crashes nor hides what no comment names. */
#include <stdlib.h>
#include <string.h>

#include "finding/fingerprint.h"
#include "finding/suppress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok) abort();
}

static void check_one(const suppression *s, int32_t lines) {
    must(s->line >= 1 && s->line <= lines && s->target >= 0 && s->target <= lines);
    must(s->target == 0 || s->target >= s->line);
    must(s->col >= 1 && s->rule_text != NULL);
    must(s->state != SUPPRESSION_OK || (s->nrules && s->reason));
    must(!s->reason || !strchr(s->reason, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ll_arena *a = ll_arena_new("fuzz");
    suppress_set set = {0};
    int32_t lines = 1;
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    suppress_scan(a, "f.c", (const char *)data, size, &set);
    for (uint32_t i = 0; i < set.items.n; i++) check_one(&set.items.v[i], lines);
    finding_list l = {0};
    for (int32_t line = 1; line <= lines && line < 100; line++) {
        finding f = {.rule_id = "posix-fd-leak", .family_id = "posix-fd", .message = "m", .loc = {"f.c", line, 1, 0}};
        LL_PUSH(a, &l.items, f);
    }
    uint32_t before = l.items.n;
    suppress_apply(a, &set, &(suppress_options){"2026-01-01", true}, &l);
    must(l.items.n <= before + set.items.n);
    if (!set.items.n)
        for (uint32_t i = 0; i < l.items.n; i++) must(!l.items.v[i].suppressed);
    finding_fingerprints(a, &l);
    ll_arena_free(a);
    return 0;
}
