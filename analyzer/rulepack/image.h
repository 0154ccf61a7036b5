/* A finished set as bytes that the binary carries, so that runs which only solve need not compile the built-in packs:
 * rules and models, but neither examples nor what packs say of themselves. Made when lifelint is built
 * (embed/pack_trees.c); bytes from elsewhere are not read. */
#ifndef LL_RULEPACK_IMAGE_H
#define LL_RULEPACK_IMAGE_H

#include "rulepack/set.h"

/* `files`: those of the packs, as their rules name them, in the order in which they were compiled. */
void image_write(const rule_set *s, const char *const *files, uint32_t nfiles, ll_strbuf *out);
/* Strings of the set lie in the bytes, which must stay. NULL: these are no such bytes. */
rule_set *image_restore(const void *bytes, size_t n, const char *const *files, uint32_t nfiles);

#endif
