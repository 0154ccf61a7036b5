/* A file of facts from outside, as link gets it: packed and with a right checksum, or nothing behind those would ever
 * be reached. Each must end with a program or an error that has words. The input may be read twice, as two files. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "pipeline/facts_file.h"
#include "pipeline/versions.h"
#include "store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/lifelint-facts-fuzz-XXXXXX";

static void remove_it(void) {
    unlink(path);
}

static void write_sealed(const uint8_t *data, size_t size) {
    static bool made;
    ll_strbuf b = {0}, packed = {0};
    if (!made) {
        int fd = mkstemp(path);
        if (fd < 0) abort();
        close(fd);
        atexit(remove_it);
        made = true;
    }
    pack_bytes(&packed, data, size, 1);
    ll_sb_add(&b, "LLFACTS\n");
    ll_put_u64(&b, LL_FACTS_VERSION + 1);
    ll_put_u64(&b, ll_hash64(packed.s, packed.n));
    ll_sb_addn(&b, packed.s, packed.n);
    if (!ll_write_file(path, b.s, b.n, NULL)) abort();
    ll_sb_free(&packed);
    ll_sb_free(&b);
}

static void must_have_words(bool ok, const ll_err *err) {
    if (!ok && (err->code != LL_E_USAGE || !err->msg[0])) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    ll_arena *a = ll_arena_new("fuzz");
    pipeline_analysis p = {.own_names = ll_intern_new(), .arena = ll_arena_new("analysis")};
    p.names = p.own_names;
    facts_program *g = facts_program_new(a, &p, "/root");
    ll_err err = {0};
    write_sealed(data + 1, size - 1);
    bool ok = facts_program_add(g, path, &err);
    must_have_words(ok, &err);
    if (ok && data[0] & 1) {
        ok = facts_program_add(g, path, &err);
        must_have_words(ok, &err);
    }
    if (ok) must_have_words(facts_program_close(g, &err), &err);
    for (uint32_t i = 0; i < p.nunits; i++)
        if (!p.units[i].unit && !p.units[i].error.msg[0]) abort();
    pipeline_analysis_free(&p);
    ll_arena_free(a);
    return 0;
}
