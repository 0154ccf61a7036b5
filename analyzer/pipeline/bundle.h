/* Many small entries of the cache as one: what is asked of every unit on every run costs one read. The bundle is
 * written anew when too many entries are newer than it; until then those are entries of their own, and a list tells
 * which they are. Whoever reads an entry judges it: an old one, or none, is only a miss. */
#ifndef LL_PIPELINE_BUNDLE_H
#define LL_PIPELINE_BUNDLE_H

#include "base/bytes.h"

typedef struct bundle bundle;

/* `bytes`: the bundle, `newer`: the list, as bundle_write made them; n 0: there is none. Bytes and arena stay
 * until bundle_free. */
bundle *bundle_new(ll_arena *a, const void *bytes, size_t n, const void *newer, size_t nnewer);
void bundle_free(bundle *b);
/* False: it is not in the bundle, or an entry of its own is newer. */
bool bundle_find(bundle *b, ll_hash key, const void **bytes, size_t *n);
/* The entry as it was read by itself (`fresh` false), or as it is from now on. The bytes stay. */
void bundle_note(bundle *b, ll_hash key, const void *bytes, size_t n, bool fresh);

typedef struct bundle_entry {
    ll_hash key;
    const void *bytes;
    size_t n;
} bundle_entry;
/* What is to be kept of all this. True: `out` is the new bundle, and the list is to be empty. False: `out` is the list,
 * and entries [0..*n) are to be kept by themselves; *n 0: nothing changed. */
bool bundle_write(bundle *b, ll_arena *a, ll_strbuf *out, bundle_entry **entries, uint32_t *n);

#endif
