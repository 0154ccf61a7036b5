/* What a unit was read from: its facts are those of today as long as these inputs are the same.
 *
 *   files     everything the parser read, with the hash of its bytes
 *   dirs      where a header could appear that would be found instead of one that was, or for one that was missing;
 *             with the hash of the names in them
 *   shadows   which of those places are taken. A directory that changed is no reason to parse again unless this does
 *
 * The places are over-estimated: every relative name by which an included file may have been asked for, in
 * every directory of the command line and every directory of the project that a file was included from. */
#ifndef LL_PIPELINE_INPUTS_H
#define LL_PIPELINE_INPUTS_H

#include "frontend/frontend.h"
#include "pipeline/seen.h"

typedef struct input {
    const char *path;
    ll_hash hash;
} input;
typedef LL_ARRAY(input) input_list;

typedef struct inputs {
    input_list files, dirs;
    LL_ARRAY(const char *) missing; /* names that were asked for and not found, or asked after with __has_include */
    uint64_t shadows;
} inputs;

/* False: what the parser read is not known. `like`: what the same request was read from before, or NULL; its bytes
 * stay. With the same names in the same directories, places need not be looked for again. */
bool inputs_gather(seen *s, ll_arena *a, const fe_request *rq, const ir_unit *unit, const inputs *like, inputs *out);
/* False: something may have been written since `clock_ns`. */
bool inputs_unchanged_since(seen *s, const inputs *in, int64_t clock_ns, uint32_t round);
/* Whether the unit would be read from the same bytes now. *moved: a directory changed without consequence, and
 * `in` was brought up to date. */
bool inputs_hold(seen *s, ll_arena *a, const fe_request *rq, inputs *in, bool *moved);

void inputs_write(const inputs *in, ll_strbuf *out);
/* Paths lie in the reader's bytes. */
void inputs_read(ll_reader *r, ll_arena *a, inputs *out);

#endif
