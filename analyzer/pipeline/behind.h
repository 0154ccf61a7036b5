/* Headers of the C library that a unit includes behind its own headers, and that may as well come before these.
 *
 *     #include <unistd.h>
 *     #include "server.h"     defines MAX_CLIENTS, declares struct client, includes <errno.h>
 *     #include "aof.h"        uses pid_t, includes <sys/wait.h>
 *
 * Moved in front of "server.h", a header means the same, and so does the text T that it is moved over, when
 *
 * - T neither defines nor undefines a word that stands anywhere in the header or in what that includes;
 * - T nowhere mentions a macro that they define (in conditions that are false, either), and mentions no function,
 *   variable, type, tag or constant that they declare, but for what files that were surely included before have
 *   given: so T cannot tell whether the header has been there. C keeps members apart from all these (C17 6.2.3), and a
 *   parameter or a member hides none of them from what comes later (6.2.1), so of words that name one only macros
 *   matter;
 * - T leaves nothing open where the header is included: no declaration, no brace, no pragma but for diagnostics;
 * - it is included where no condition asks for anything but macros like HAVE_ERR_H that T does not define; the
 *   condition is moved along. What stands between is an include guard, or branches for C++.
 *
 * What T declares and the header declares again behind it would be such a mention, too. Where it comes in the unit the
 * header is included once more, which changes nothing (frontend/prefix.h).
 *
 * T is all own text up to there, in whatever branch, and that of other headers of the system. What a header includes,
 * and declares, is told by the compiler: one parse of all of them for units with the same flags. Where that is not
 * worth it, T may hold include guards and nothing else. */
#ifndef LL_PIPELINE_BEHIND_H
#define LL_PIPELINE_BEHIND_H

#include "pipeline/search_dirs.h"
#include "pipeline/workers.h"

typedef struct behind behind;

/* A unit up to some own header. Filled by the caller, but for the last members. */
typedef struct behind_unit {
    const fe_request *rq;
    const search_list *search;
    const char *place;  /* the same pointer for units with the same flags */
    const char *family; /* flags but -I */
    const char *source; /* the file's text, from that header on; until behind_add returns */
    size_t n;
    const char *before;              /* directives that come before that header, headers of the C library left out */
    const char *setting;             /* the same for units to which the system's headers mean the same */
    LL_ARRAY(const char *) includes; /* names of headers of the C library that surely come before it */
    LL_ARRAY(const char *) own;      /* and of others */

    search_list quoted, others;
    struct behind_text *text;
    struct behind_setting *known;
    uint32_t number;
} behind_unit;

/* What may be moved. */
typedef struct behind_moved {
    LL_ARRAY(const char *) steps;  /* texts of fe_steps */
    LL_ARRAY(const char *) guards; /* include guards of own headers that no header of the system may know */
} behind_moved;

behind *behind_new(ll_arena *a, search_dirs *dirs);
void behind_free(behind *b);
/* First all units are added, then the compiler is asked, then each is looked at. The unit stays the caller's. */
void behind_add(behind *b, behind_unit *u);
void behind_ask(behind *b, const workers_options *opt);
void behind_find(behind *b, behind_unit *u, ll_arena *a, behind_moved *out);

#endif
