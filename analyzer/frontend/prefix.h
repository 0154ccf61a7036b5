/* Shared prefixes: what units include first, parsed once for all of them.
 *
 *     #include "config.h"            the same lines, leading to the same files, with the same flags: everything up to
 *     #include <stdio.h>             here is the same for all units that begin so, and costs most of their parsing
 *     #include "server.h"
 *     int main(void) { …             here they part
 *
 * The prefix is parsed as a header of its own and kept as a precompiled header in memory. A unit that begins with it is
 * read with those bytes blanked out, on top of the precompiled header; so directives have their effect once, in the
 * same order and with the same macros as in the unit itself, and every line and column stays where it was. (Including
 * the prefix and reading the unit as it is would rely on include guards, and would run #define twice.)
 *
 * Headers of the C library may come in any order (C17 7.1.2p4, POSIX.1-2017 XSH 2.2.1). So of such headers that follow
 * each other, with no other directive between them, a prefix may hold some, in an order of its own; the unit includes
 * the rest behind them:
 *
 *     #include <unistd.h>            on the prefix of <stdio.h> and <unistd.h>
 *     #include <mntent.h>            stays
 *     #include <stdio.h>
 *     #include "server.h"            includes <errno.h>: the prefix may hold that too (pipeline/behind.h)
 *
 * And since including one of them again changes nothing, the unit may include such a header once more where it did. A
 * condition that asks for macros like HAVE_ERR_H alone, which no such header defines, and holds nothing else, is like
 * one of them.
 *
 * Facts are the same with and without. What could make them differ has no prefix: C++; a directive other than
 * #include, conditions, and #define of a flag or number; conditions that ask for the line or the file; headers that
 * mention __BASE_FILE__; headers with errors. A unit that turns out to need more of its headers than is shown of a
 * precompiled one at first is read again with all of it, one that does not parse without its prefix. */
#ifndef LL_FRONTEND_PREFIX_H
#define LL_FRONTEND_PREFIX_H

#include "base/strbuf.h"
#include "frontend/frontend.h"

/* A leading directive, or a whole #if … #endif of them. */
typedef struct fe_step {
    const char *text; /* in one spelling: comments gone, one space between words; lines end in \n */
    size_t from, end; /* in the source: from the end of the step before to the end of its last line */
    uint32_t weight;  /* a guess at what parsing it costs: 1 for <stdio.h>, 8 for "server.h" */
    bool commutes;    /* includes one header of the C library, and changes places with others that do */
    bool taken;       /* set by fe_prefix_matches */
} fe_step;

/* The steps at the start of a source, as far as they can be part of a prefix. In `a`. */
uint32_t fe_prefix_steps(ll_arena *a, const char *source, size_t n, fe_step **out);
/* The first of the steps that includes a header which does not change places; n: none. */
uint32_t fe_prefix_first_own(const fe_step *v, uint32_t n);
/* Whether a unit that begins with v[0..n) can be read on the prefix of this text (of such steps); then those that it
 * holds are taken: all before the last run of headers that change places, and some of that run. What may come before
 * its first own header although it is included behind it (early) counts as part of the run before that. */
bool fe_prefix_matches(ll_arena *a, fe_step *v, uint32_t n, const char *const *early, uint32_t nearly,
                       const char *text);

/* The longest prefix of one source, which no other may share: a condition around the whole file does not end it. In it
 * an open condition is closed and leaves a mark, and in *blanked, the source without the prefix, the condition asks for
 * that mark. "": none; *blanked is the source then. In `a`. */
const char *fe_prefix_longest(ll_arena *a, const char *source, size_t n, char **blanked);
void fe_prefix_blank(char *s, size_t n); /* all but the ends of lines */

/* Whether a unit with this request can have a prefix at all. */
bool fe_prefix_allowed(const fe_request *rq);
/* The longest prefix of this unit, in `a`: fe_prefix.text. "": it has none. */
const char *fe_prefix_text(ll_arena *a, const fe_request *rq);

typedef struct fe_prefix {
    const char *text;         /* of its steps */
    int fd;                   /* holds the precompiled header */
    const char *const *files; /* absolute, sorted */
    uint32_t nfiles;
    bool any_search; /* no header of the project's asks for files in a way that its list of files does not show */
} fe_prefix;

/* Parses `text` as units like `like` see it, writes the precompiled header to standard output, and describes it in
 * `described`. No header of the system may mention one of the guards: those of the headers whose steps are early. The
 * library holds back part of what it writes until the process ends, and then writes it: to be called in a process that
 * does only this and ends through exit(3). False: there is no such prefix, err says why. */
bool fe_prefix_build(const fe_request *like, const char *text, const char *const *guards, uint32_t nguards,
                     ll_strbuf *described, ll_err *err);
/* Reads a description; false when it is none. What it points to lives in `a`; text and fd are the caller's. */
bool fe_prefix_describe(ll_arena *a, const void *described, size_t n, fe_prefix *out);

/* What including headers of the system brings. */
typedef struct fe_probed_file {
    const char *path;
    bool is_system;
    bool guarded;     /* including it again does nothing */
    uint32_t *brings; /* what it included, and so on, when it came first */
    uint32_t nbrings;
    const char **names;  /* of what it declares, tags and constants included */
    const char **macros; /* that it defines; another file may undefine them */
    uint32_t nnames, nmacros;
} fe_probed_file;

typedef struct fe_probed_header {
    const char *name; /* as it was asked for */
    uint32_t *files;  /* of fe_probed.files: the header, and all that it includes when nothing was included before */
    uint32_t nfiles;
} fe_probed_header;

typedef struct fe_probed {
    fe_probed_file *files;
    uint32_t nfiles;
    fe_probed_header *headers; /* each time one is included by the text itself */
    uint32_t nheaders;
    const char **given; /* macros of the flags and of the compiler */
    uint32_t ngiven;
} fe_probed;

/* Parses `text` as units like `like` see it and appends what fe_prefix_probed reads. */
bool fe_prefix_probe(const fe_request *like, const char *text, ll_strbuf *out, ll_err *err);
/* In `a`; false when it is none. */
bool fe_prefix_probed(ll_arena *a, const void *bytes, size_t n, fe_probed *out);

#endif
