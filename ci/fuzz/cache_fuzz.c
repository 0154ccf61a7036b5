/* Rows of the cache as bytes from outside: what all units were read from, what one was, files seen, findings, bundles.
 * The first byte chooses. The manifest gets a right checksum, or nothing behind it would ever be reached. What is
 * accepted must survive the way out and back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "finding/finding_bytes.h"
#include "pipeline/bundle.h"
#include "pipeline/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok) abort();
}

static bool same(const ll_strbuf *x, const ll_strbuf *y) {
    return x->n == y->n && (!x->n || memcmp(x->s, y->s, x->n) == 0);
}

/* Every file is there, and empty: a seed can know its hash, and some rows hold. */
static seen_answer empty_file(void *ctx, const char *path, const char **bytes, size_t *n) {
    (void)ctx, (void)path;
    *bytes = "";
    *n = 0;
    return SEEN_IN_MEMORY;
}

/* ---- the manifest: format and checksum go in front ---- */

/* A request may stand anywhere in the bytes. */
static uint32_t find_all(manifest *m, seen *s, const uint8_t *data, size_t size) {
    uint32_t found = 0;
    for (size_t i = 0; i + LL_HASH_BYTES <= size; i++) {
        ll_reader r = ll_reader_of(data + i, LL_HASH_BYTES);
        found += !ll_hash_is_none(manifest_find(m, s, ll_get_hash(&r)));
    }
    return found;
}

static void visit(void *ctx, const char *path, ll_hash hash) {
    (void)hash;
    *(size_t *)ctx += strlen(path);
}

static manifest *read_sealed(ll_arena *a, const uint8_t *data, size_t size) {
    ll_strbuf b = {0};
    ll_put_uint(&b, 1);
    ll_put_u64(&b, ll_hash64(data, size));
    ll_sb_addn(&b, data, size);
    manifest *m = manifest_read(a, ll_memdup(a, b.s, b.n), b.n);
    ll_sb_free(&b);
    return m;
}

static void write_found(const manifest *m, ll_strbuf *out) {
    manifest_writer *w = manifest_writer_new();
    manifest_add_found(w, m);
    manifest_write(w, out);
    manifest_writer_free(w);
}

static void check_manifest(ll_arena *a, seen *s, const uint8_t *data, size_t size) {
    manifest *m = read_sealed(a, data, size);
    if (!m) return;
    size_t length = 0;
    uint32_t found = find_all(m, s, data, size);
    manifest_each_path(m, visit, &length);
    must(!found || length);
    ll_strbuf first = {0}, second = {0};
    write_found(m, &first);
    manifest *again = manifest_read(a, first.s, first.n);
    must(again != NULL);
    find_all(again, s, data, size);
    write_found(again, &second);
    must(same(&first, &second));
    ll_sb_free(&first);
    ll_sb_free(&second);
}

/* ---- the others ---- */

static void check_inputs(ll_arena *a, const uint8_t *data, size_t size) {
    ll_reader r = ll_reader_of(data, size);
    inputs in, again;
    inputs_read(&r, a, &in);
    if (r.bad) return;
    ll_strbuf first = {0}, second = {0};
    inputs_write(&in, &first);
    r = ll_reader_of(first.s, first.n);
    inputs_read(&r, a, &again);
    must(!r.bad && r.p == r.end);
    inputs_write(&again, &second);
    must(same(&first, &second));
    ll_sb_free(&first);
    ll_sb_free(&second);
}

static void check_seen(const uint8_t *data, size_t size) {
    ll_strbuf first = {0}, second = {0};
    seen *s = seen_new(NULL);
    seen_load(s, data, size);
    seen_save(s, &first);
    seen_free(s);
    s = seen_new(NULL);
    seen_load(s, first.s, first.n);
    seen_save(s, &second);
    seen_free(s);
    must(same(&first, &second));
    ll_sb_free(&first);
    ll_sb_free(&second);
}

/* The first half is the bundle, the second the list of what is newer. What is asked for and made anew is there the next
 * time. */
static void check_bundle(ll_arena *a, const uint8_t *data, size_t size) {
    size_t half = size / 2, n;
    const ll_hash mine = {7, 7};
    const void *bytes;
    bundle *b = bundle_new(a, data, half, data + half, size - half);
    if (bundle_find(b, mine, &bytes, &n)) must(n <= size);
    bundle_note(b, mine, "new", 3, true);
    ll_strbuf out = {0};
    bundle_entry *entries;
    uint32_t count;
    bool whole = bundle_write(b, a, &out, &entries, &count);
    must(whole || count == 1);
    bundle *again = bundle_new(a, whole ? out.s : (const void *)data, whole ? out.n : half, whole ? NULL : out.s,
                               whole ? 0 : out.n);
    bool found = bundle_find(again, mine, &bytes, &n);
    must(found == whole && (!found || (n == 3 && memcmp(bytes, "new", 3) == 0)));
    bundle_free(again);
    bundle_free(b);
    ll_sb_free(&out);
}

static void check_findings(ll_arena *a, const uint8_t *data, size_t size) {
    ll_reader r = ll_reader_of(data, size);
    ll_strings strings = ll_get_strings(&r, a, NULL);
    ll_strtab *tab = ll_strtab_new();
    ll_strbuf out = {0};
    for (uint32_t n = ll_get_count(&r, 1); n && !r.bad; n--) {
        finding f = finding_read(&r, &strings, a);
        if (!r.bad) finding_write(&f, tab, &out);
    }
    for (uint32_t n = ll_get_count(&r, 1); n && !r.bad; n--) {
        suppression s = suppression_read(&r, &strings, a);
        if (!r.bad) suppression_write(&s, tab, &out);
    }
    ll_strtab_free(tab);
    ll_sb_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size || size > 1 << 14) return 0;
    const seen_view view = {.look = empty_file};
    ll_arena *a = ll_arena_new("fuzz");
    seen *s = seen_new(&view);
    switch (data[0] % 5) {
        case 0:
            check_manifest(a, s, data + 1, size - 1);
            break;
        case 1:
            check_inputs(a, data + 1, size - 1);
            break;
        case 2:
            check_seen(data + 1, size - 1);
            break;
        case 3:
            check_findings(a, data + 1, size - 1);
            break;
        default:
            check_bundle(a, data + 1, size - 1);
            break;
    }
    seen_free(s);
    ll_arena_free(a);
    return 0;
}
