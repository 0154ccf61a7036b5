/* Does the program end by itself right after a function lost something?
 *
 *     static int save(struct conf *c) { char *s = text_of(c); return put(s); }
 *     int main(void) { … if (save(&c) < 0) return EXIT_FAILURE; … }
 *
 * What save() loses goes back with everything else a moment later: nobody mends that, and nobody wants to
 * be told. So a leak waits until the whole program is known. It is no finding when from every call of the function that
 * gives the result it gave on the losing path, every path gets to the end of main(), or to a function that does not
 * return, without coming by the call again and without calling what may take long (`blocks` in packs: input, time,
 * another process) or is not known. Callers are asked the same about what they return then.
 *
 * Only static functions whose address nobody takes are main()'s own in this way: others are there for anyone to call. A
 * function that releases the thing on another path means to, so it is told all the same (report.c). */
#ifndef LL_ENGINE_PROGRAM_END_H
#define LL_ENGINE_PROGRAM_END_H

#include "engine/program.h"

typedef struct program_ends program_ends;

/* After kinds_prepare; lives as long as the engine. NULL without a call index: then no leak is left out. */
program_ends *program_ends_new(engine *e);
/* After what d says that its function lost. */
bool program_ends_after(program_ends *p, const deferred *d);

#endif
