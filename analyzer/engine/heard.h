/* What is to be known of a whole program to tell what an edit of one unit cannot touch: whom it names, where each
 * function is, and into which bodies questions to the program as a whole looked. Made once the program was analysed,
 * kept beside what it came to, and read without the program.
 *
 * Names are short hashes of USRs: that two fall together is only taken for being named, or for one place more to look.
 */
#ifndef LL_ENGINE_HEARD_H
#define LL_ENGINE_HEARD_H

#include "base/bytes.h"

typedef struct heard {
    ll_strings units; /* main files; v[0] is none */
    const void *marks;
    uint32_t nmarks;
} heard;

struct engine;
/* After engine_run. */
void heard_write(const struct engine *e, ll_strbuf *out);
/* False: damaged, or foreign. The bytes stay as long as it is used; units are in the arena. */
bool heard_read(ll_arena *a, const void *bytes, size_t n, heard *out);

/* Anybody names it, or declares what it does not define. */
bool heard_named(const heard *h, const char *usr);
/* A question that no path answers looked into its body, or a caller's following did. */
bool heard_looked_into(const heard *h, const char *usr);
/* The units in which the program has its definitions: calls visit for each. */
void heard_homes(const heard *h, const char *usr, void (*visit)(void *ctx, const char *unit), void *ctx);

#endif
