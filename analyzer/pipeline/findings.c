#define _GNU_SOURCE
#include "pipeline/findings.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)ll_hash64((k), (n))
#include <uthash.h>

#include "base/hash.h"
#include "base/sys.h"
#include "finding/fingerprint.h"
#include "finding/suppress.h"
#include "source/source.h"

enum { MAX_SOURCE_BYTES = 64 << 20 };

/* Paths from one root. Those that are not below it as they are written cost a realpath: directories are resolved once.
 */
typedef struct rooted {
    ll_arena *a;
    const char *root, *real; /* real: NULL until it is needed */
    ll_real_paths *known;
} rooted;

static const char *relative(rooted *r, const char *path) {
    if (!path || path[0] != '/') return path;
    const char *below = ll_path_under(r->root, path);
    if (below != path) return below;
    if (!r->known) {
        r->known = ll_real_paths_new();
        r->real = ll_path_real(r->a, r->root);
    }
    const char *real = ll_real_paths_of(r->known, r->a, path);
    below = ll_path_under(r->real, real);
    return below != real ? below : path;
}

static void rooted_free(rooted *r) {
    if (r->known) ll_real_paths_free(r->known);
}

const char *pipeline_relative(ll_arena *a, const char *root, const char *path) {
    rooted r = {.a = a, .root = root};
    const char *found = relative(&r, path);
    rooted_free(&r);
    return found;
}

void pipeline_relative_findings(ll_arena *a, const char *root, finding *v, uint32_t n) {
    rooted r = {.a = a, .root = root};
    for (uint32_t i = 0; i < n; i++) {
        finding *f = &v[i];
        f->loc.file = relative(&r, f->loc.file);
        f->function_loc.file = relative(&r, f->function_loc.file);
        for (uint32_t k = 0; k < f->nsteps; k++) f->steps[k].loc.file = relative(&r, f->steps[k].loc.file);
    }
    rooted_free(&r);
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static uint32_t sort_unique(const char **v, uint32_t n) {
    uint32_t kept = 0;
    if (n) qsort(v, n, sizeof *v, by_text);
    for (uint32_t i = 0; i < n; i++)
        if (!i || strcmp(v[i], v[i - 1]) != 0) v[kept++] = v[i];
    return kept;
}

typedef struct file_row {
    const char *path;
    UT_hash_handle hh;
} file_row;

/* Duplicates go first: hundreds of units read the same system headers, and each path costs a realpath. Paths are
 * interned: the same one is the same pointer. */
static void list_files(ll_arena *a, const pipeline_analysis *p, const char *root, finished *out) {
    file_row *rows = NULL, *row;
    rooted r = {.a = a, .root = root};
    for (uint32_t i = 0; i < p->nunits; i++) {
        const ir_unit *u = p->units[i].unit;
        for (uint32_t k = 0; u && k < u->files.n; k++) {
            HASH_FIND_PTR(rows, &u->files.v[k], row);
            if (row) continue;
            row = LL_NEW(a, file_row);
            row->path = u->files.v[k];
            HASH_ADD_PTR(rows, path, row);
        }
    }
    for (row = rows; row; row = row->hh.next) {
        const char *file = relative(&r, row->path);
        if (file[0] != '/') LL_PUSH(a, &out->files, file);
    }
    rooted_free(&r);
    HASH_CLEAR(hh, rows);
    out->files.n = sort_unique(out->files.v, out->files.n);
}

/* Most files have no suppression, so the text is searched before it is scanned. */
void pipeline_scan_suppressions(ll_arena *a, const char *root, const src_overlay *view, facts_cache *cache,
                                finished *out) {
    out->suppressions = (suppress_set){0};
    ll_arena *texts = ll_arena_new("texts");
    for (uint32_t i = 0; i < out->files.n; i++) {
        char *text;
        size_t n;
        const char *path = ll_path_join(texts, root, out->files.v[i]);
        bool plain = cache && facts_cache_is_plain(cache, path);
        if (!plain && src_overlay_read(view, texts, path, MAX_SOURCE_BYTES, &text, &n, NULL) &&
            memmem(text, n, SUPPRESS_WORD, sizeof SUPPRESS_WORD - 1))
            suppress_scan(a, out->files.v[i], text, n, &out->suppressions);
        ll_arena_reset(texts);
    }
    ll_arena_free(texts);
}

static const char *today(ll_arena *a) {
    time_t now = time(NULL);
    struct tm day;
    localtime_r(&now, &day);
    char text[16];
    strftime(text, sizeof text, "%Y-%m-%d", &day);
    return ll_strdup(a, text);
}

static void drop_unwanted(const rule_set *rules, const finish_options *opt, finding_list *l) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (f->confidence < opt->confidence || !pipeline_wants(opt->rules, rules, f)) continue;
        if (src_excluded(opt->excludes.v, opt->excludes.n, f->loc.file)) continue;
        l->items.v[kept++] = *f;
    }
    l->items.n = kept;
}

static bool in_path(const char *glob, const char *path) {
    return src_excluded(&glob, 1, path);
}

/* After the fingerprints, which entries name; what is reported about entries gets its own. The files of entries were
 * read whole, so that the store takes what is no longer reported in them for gone. */
static void apply_entries(ll_arena *a, const rule_set *rules, const finish_options *opt, const suppress_options *how,
                          finished *out) {
    for (uint32_t i = 0; i < opt->entries->items.n; i++) {
        suppress_entry *e = &opt->entries->items.v[i];
        e->file = pipeline_relative(a, opt->root, e->file);
        if (how->report_unused) LL_PUSH(a, &out->files, e->file);
    }
    out->files.n = sort_unique(out->files.v, out->files.n);
    suppress_outside(a, opt->entries, in_path, how, &out->findings);
    drop_unwanted(rules, opt, &out->findings);
    finding_fingerprints(a, &out->findings);
}

void pipeline_gather_known(ll_arena *a, pipeline_analysis *p, const char *root, const suppress_set *suppressions,
                           finished *out) {
    *out = (finished){.findings = p->findings, .suppressions = *suppressions};
    pipeline_relative_findings(a, root, out->findings.items.v, out->findings.items.n);
    list_files(a, p, root, out);
}

void pipeline_gather(ll_arena *a, pipeline_analysis *p, const char *root, const src_overlay *view, facts_cache *cache,
                     finished *out) {
    pipeline_gather_known(a, p, root, &(suppress_set){0}, out);
    pipeline_scan_suppressions(a, root, view, cache, out);
}

void pipeline_finish(ll_arena *a, const rule_set *rules, const finish_options *opt, finished *out) {
    const suppress_options how = {.today = today(a), .report_unused = opt->report_unused};
    suppress_options comments = how;
    comments.report_unused |= opt->report_unused_comments;
    suppress_apply(a, &out->suppressions, &comments, &out->findings);
    drop_unwanted(rules, opt, &out->findings);
    finding_fingerprints(a, &out->findings);
    if (opt->entries && opt->entries->items.n) apply_entries(a, rules, opt, &how, out);
}
