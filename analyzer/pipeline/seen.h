/* Files and directories as this run sees them: each is looked at once, and read only when its stat is not the one it
 * had when it was read last.
 *
 * A file is its bytes; a directory is the names in it that an #include may name, so that a new header changes it and
 * an object file does not. As git's index does, a file written to within the very tick of the clock in which it was
 * looked at is not trusted to be the same the next time (Documentation/technical/racy-git.txt). */
#ifndef LL_PIPELINE_SEEN_H
#define LL_PIPELINE_SEEN_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"

/* Lies over the disk: editor buffers, the index, a revision. */
typedef enum seen_answer { SEEN_ON_DISK, SEEN_IN_MEMORY, SEEN_ABSENT } seen_answer;
typedef struct seen_view {
    void *ctx;
    seen_answer (*look)(void *ctx, const char *path, const char **bytes, size_t *n);
    /* Names in a directory that `look` does not answer SEEN_ON_DISK for, and of directories that only lie over it;
     * without them a header that appears only here would not be missed by what was read elsewhere. May be NULL. */
    const char *const *(*names)(void *ctx, const char *dir, uint32_t *n);
} seen_view;

typedef struct seen seen;

seen *seen_new(const seen_view *view); /* NULL: the disk as it is; borrowed */
void seen_free(seen *s);

/* Hash of what is at the absolute path; none when there is nothing, or nothing readable. */
ll_hash seen_hash(seen *s, const char *path);
bool seen_is_dir(seen *s, const char *path);
/* Whether the directory has such a file, answered from its listing. */
bool seen_in_dir(seen *s, const char *dir, const char *name);
/* What the file asks for with __has_include, as spelled between the brackets. */
const char *const *seen_probes(seen *s, const char *path, uint32_t *n);
/* Whether it is known to be a file whose text has no suppression (finding/suppress.h). */
bool seen_is_plain(seen *s, const char *path);
/* Whether it is a file on the disk whose text may have suppressions. */
bool seen_suppresses(seen *s, const char *path);
/* False when the file, or the directory's listing, may have changed since `clock_ns` (ll_file_clock_ns), or since it
 * was looked at: what was read in between may not be what is known of it. Looks at the disk again, once per `round`. */
bool seen_unchanged_since(seen *s, const char *path, int64_t clock_ns, uint32_t round);

/* From and to the cache. Damaged bytes are nothing known. */
void seen_load(seen *s, const void *bytes, size_t n);
bool seen_learnt(const seen *s); /* something that was not loaded: worth saving */
void seen_save(seen *s, ll_strbuf *out);

#endif
