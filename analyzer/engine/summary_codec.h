/* Summaries as bytes, for runs to come. The bytes stand alone, and equal summaries give equal bytes: their hash is what
 * callers' conclusions depend on. Absolute lines and files are not in them; acquisitions name their function and
 * the number of the instruction. */
#ifndef LL_ENGINE_SUMMARY_CODEC_H
#define LL_ENGINE_SUMMARY_CODEC_H

#include "base/bytes.h"
#include "engine/program.h"

/* Appends to `out`; gives how many of the bytes, from the first, callers depend on. */
size_t summary_encode(const engine *e, const func_node *of, const summary *s, ll_strbuf *out);
/* Allocated in `a`, strings in the engine's pool. NULL: the bytes are damaged, or name what the program does not have.
 */
summary *summary_decode(engine *e, const func_node *of, ll_arena *a, const void *bytes, size_t n);

typedef struct summary_place {
    int32_t line, col; /* the line from the function's first */
} summary_place;
/* Of what is said the same of a function before and now: where. usr: in that other function; NULL: in this one. */
typedef void (*summary_pair)(void *ctx, const char *usr, const summary_place *before, const summary_place *now);
/* Whether two encodings of summaries of one function say the same, if not of the same places: those are passed to
 * `pair`, two by two, and some more than once. */
bool summary_pair_places(engine *e, const void *before, size_t nbefore, const void *now, size_t nnow, summary_pair pair,
                         void *ctx);

#endif
