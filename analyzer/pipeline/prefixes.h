/* Which units are read on a shared prefix (frontend/prefix.h), and the making of those. */
#ifndef LL_PIPELINE_PREFIXES_H
#define LL_PIPELINE_PREFIXES_H

#include "base/arena.h"
#include "frontend/frontend.h"
#include "pipeline/workers.h"

typedef struct prefixes prefixes;

/* Plans and builds, in worker processes of their own, the prefixes that pay for the requests rq[todo[0..n)]. Nothing
 * here is a failure: units without a prefix are read as they are. Lives in `a`, but holds files until prefixes_close.
 */
prefixes *prefixes_make(ll_arena *a, const fe_request *rq, const uint32_t *todo, uint32_t n,
                        const workers_options *opt);
/* One prefix of this text for a request, into the file `fd`. Appends what fe_prefix_describe reads. */
bool prefixes_make_one(const fe_request *rq, const char *text, int fd, ll_strbuf *described);
/* rq, a copy of rq[todo[t]], is to be read on its prefix, if it has one. */
void prefixes_give(const prefixes *p, uint32_t t, fe_request *rq);
uint32_t prefixes_count(const prefixes *p);
void prefixes_close(prefixes *p);

#endif
