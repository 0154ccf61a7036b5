#include "finding/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strbuf.h"

static const char recipe[] = "lifelint-finding/1";

static const char *base_name(const char *path) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "";
}

static void add_field(ll_strbuf *b, const char *s) {
    if (!s) s = "";
    ll_sb_printf(b, "%zu:", strlen(s));
    ll_sb_add(b, s);
}

static const char *home_file(const finding *f) {
    if (f->function_loc.file) return base_name(f->function_loc.file);
    return base_name(f->loc.file);
}

/* Everything but the ordinal; equal keys in one file are counted. */
static void add_roles(ll_strbuf *b, const finding *f) {
    bool has_function = f->usr && *f->usr;
    bool shared_name = !has_function || strcmp(f->usr, "c:@F@main") == 0 || strncmp(f->usr, "c:@F@main#", 10) == 0;
    add_field(b, recipe);
    add_field(b, f->rule_id);
    add_field(b, has_function ? f->usr : "");
    add_field(b, shared_name ? home_file(f) : "");
    add_field(b, f->role_acquire);
    add_field(b, f->role_exit);
    add_field(b, f->role_place);
}

static const char *hex128(ll_arena *a, const void *p, size_t n) {
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, XXH3_128bits(p, n));
    char *s = ll_alloc(a, FINDING_FINGERPRINT_LEN + 1);
    for (size_t i = 0; i < sizeof c.digest; i++) {
        s[2 * i] = "0123456789abcdef"[c.digest[i] >> 4];
        s[2 * i + 1] = "0123456789abcdef"[c.digest[i] & 15];
    }
    return s;
}

struct keyed {
    const char *key, *file;
    uint32_t index;
};

static int by_key(const void *pa, const void *pb) {
    const struct keyed *a = pa, *b = pb;
    int c = strcmp(a->key, b->key);
    if (!c) c = strcmp(a->file, b->file);
    if (!c) c = (a->index > b->index) - (a->index < b->index);
    return c;
}

/* The ordinal starts again in each file: what a file's findings are called must not depend on
 * which other files were analysed in the same run. */
void finding_fingerprints(ll_arena *a, finding_list *l) {
    finding_sort(l);
    uint32_t n = l->items.n;
    struct keyed *k = ll_xcalloc(n, sizeof *k);
    ll_arena *scratch = ll_arena_new("fingerprint");
    ll_strbuf b = {0};
    for (uint32_t i = 0; i < n; i++) {
        finding *f = &l->items.v[i];
        ll_sb_clear(&b);
        add_roles(&b, f);
        k[i] = (struct keyed){ll_strndup(scratch, b.s, b.n), f->loc.file ? f->loc.file : "", i};
    }
    qsort(k, n, sizeof *k, by_key);
    for (uint32_t i = 0; i < n; i++) {
        bool same = i && strcmp(k[i].key, k[i - 1].key) == 0 && strcmp(k[i].file, k[i - 1].file) == 0;
        finding *f = &l->items.v[k[i].index];
        f->ordinal = same ? l->items.v[k[i - 1].index].ordinal + 1 : 0;
        ll_sb_clear(&b);
        ll_sb_printf(&b, "%s%u", k[i].key, f->ordinal);
        f->fingerprint = hex128(a, b.s, b.n);
    }
    ll_sb_free(&b);
    ll_arena_free(scratch);
    free(k);
}

const char *finding_fingerprint_rename(ll_arena *a, const char *usr, const char *old_base) {
    if (!usr || strncmp(usr, "c:", 2) != 0) return usr;
    const char *at = strchr(usr + 2, '@');
    if (!at || at == usr + 2) return usr;
    return ll_printf(a, "c:%s%s", old_base, at);
}
