/* A damaged or hostile database: the input patches a real one (offset, length, bytes; again), so that
 * most inputs get past the header. Every call must end with an answer or an error that has words. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "finding/fingerprint.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/lifelint-store-fuzz-XXXXXX";
static char *template;
static size_t template_size;

static finding_list some_findings(ll_arena *a, int32_t n) {
    finding_list l = {0};
    for (int32_t i = 0; i < n; i++) {
        finding f = {.rule_id = "posix-fd-leak", .message = "leak", .usr = "c:@F@f", .loc = {"a.c", i + 1, 1, 0}};
        LL_PUSH(a, &l.items, f);
    }
    finding_fingerprints(a, &l);
    return l;
}

static bool save(store *s, ll_arena *a, int32_t n, ll_err *err) {
    finding_list l = some_findings(a, n);
    store_run run = {.started = "2026-01-01T00:00:00Z", .units = 1, .whole = true};
    store_change change;
    const char *file = "a.c";
    return store_save_run(s, a, &run, &file, 1, &l, NULL, &change, err);
}

static void remove_all(void) {
    static const char *const names[] = {"/.lifelint/.gitignore", "/.lifelint/lifelint.db", "/.lifelint/lifelint.db-wal",
                                        "/.lifelint/lifelint.db-shm", "/.lifelint/lifelint.db-journal"};
    ll_arena *a = ll_arena_new("cleanup");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(ll_printf(a, "%s%s", root, names[i]));
    rmdir(ll_printf(a, "%s/.lifelint", root));
    rmdir(root);
    ll_arena_free(a);
}

static void make_template(void) {
    ll_arena *a = ll_arena_new("template");
    store *s;
    char *text;
    store_entry fact = {STORE_FACTS, {1}, "fact", 4, false};
    if (!mkdtemp(root) || !store_open(root, &s, NULL)) abort();
    if (!save(s, a, 3, NULL) || !save(s, a, 5, NULL) || !store_cache_put(s, &fact, 1, NULL)) abort();
    store_close(s);
    if (!ll_read_file(a, ll_printf(a, "%s/" STORE_FILE, root), 0, &text, &template_size, NULL)) abort();
    template = malloc(template_size);
    memcpy(template, text, template_size);
    atexit(remove_all);
    ll_arena_free(a);
}

static void patch(char *db, const uint8_t *data, size_t size) {
    for (size_t i = 0; i + 4 <= size;) {
        size_t at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % template_size, n = data[i + 3];
        i += 4;
        if (n > size - i) n = size - i;
        if (n > template_size - at) n = template_size - at;
        memcpy(db + at, data + i, n);
        i += n;
    }
}

static void must_have_words(bool ok, const ll_err *err) {
    if (!ok && (!err->code || !err->msg[0])) abort();
}

static void use(store *s, ll_arena *a) {
    ll_err err = {0};
    finding_list l;
    store_runs runs;
    const void *bytes;
    size_t n;
    bool found;
    const unsigned char key[16] = {1};
    must_have_words(store_list_runs(s, a, 0, &runs, &err), &err);
    must_have_words(store_findings(s, a, 0, &l, &err), &err);
    must_have_words(store_findings(s, a, 1, &l, &err), &err);
    must_have_words(store_cache_get(s, a, STORE_FACTS, key, &bytes, &n, &found, &err), &err);
    must_have_words(save(s, a, 4, &err), &err);
    must_have_words(store_cache_trim(s, 0, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!template) make_template();
    ll_arena *a = ll_arena_new("fuzz");
    const char *path = ll_printf(a, "%s/" STORE_FILE, root);
    char *db = ll_memdup(a, template, template_size);
    ll_err err = {0};
    store *s = NULL;
    patch(db, data, size);
    unlink(ll_printf(a, "%s-wal", path));
    unlink(ll_printf(a, "%s-shm", path));
    unlink(ll_printf(a, "%s-journal", path));
    if (!ll_write_file(path, db, template_size, NULL)) abort();
    bool ok = store_open(root, &s, &err);
    must_have_words(ok, &err);
    if (ok) use(s, a);
    store_close(s);
    ll_arena_free(a);
    return 0;
}
