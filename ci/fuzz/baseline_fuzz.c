/* A report from outside, as --baseline gets it: it is read, or there are words about it; and what it holds is compared
 * with itself, in which nothing is new. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>

#include "finding/fingerprint.h"
#include "finding/match.h"
#include "finding/match_report.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ll_arena *a = ll_arena_new("fuzz");
    const char *path = scratch_write("report.json", data, size);
    finding_list before, now;
    ll_err err = {0};
    bool ok = match_read_report(a, path, &before, &err);
    scratch_must_have_words(ok, &err);
    if (ok && match_read_report(a, path, &now, &err)) {
        const match_texts none = {0};
        match_result r = finding_match(a, &before, &now, &none);
        if (r.n_new || r.n_fixed) abort();
    }
    ll_arena_free(a);
    return 0;
}
