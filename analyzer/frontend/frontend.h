/* Front ends: one translation unit in, its lifecycle IR out.
 *
 * A front end knows nothing of rules. What it cannot read it says in ir_unit.notes and goes on: a unit
 * with errors is analysed as far as it parses. */
#ifndef LL_FRONTEND_H
#define LL_FRONTEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "ir/ir.h"
#include "source/overlay.h"

/* A file whose bytes come from memory (an example, an editor's buffer), not from the disk. */
typedef struct fe_overlay {
    const char *path; /* absolute */
    const char *bytes;
    size_t n;
} fe_overlay;

/* CPU time spent, in nanoseconds, and what it was spent on; may lie in memory that processes share. */
typedef struct fe_cost {
    _Atomic uint64_t parsing, lowering;
    _Atomic uint32_t needed;                  /* units that asked for what a prefix does not show at first */
    _Atomic uint32_t units, prefixed, reread; /* read; of these on a shared prefix; read on one, and again */
} fe_cost;

struct fe_prefix; /* frontend/prefix.h */

typedef struct fe_request {
    const char *file;        /* absolute path of the main file */
    const char *dir;         /* working directory of the compile command, absolute */
    const char *root;        /* paths under it are named relative to it in USRs of internal functions; NULL: dir */
    const char *const *args; /* compiler arguments without compiler, file, -c and -o */
    int nargs;
    const fe_overlay *overlay;
    size_t noverlay;
    const src_overlay *view;        /* where other files come from, deployed; NULL: the disk */
    const struct fe_prefix *prefix; /* NULL: none */
    const char *const
        *early; /* with it: steps that may come before its first own header, of which the prefix may hold some */
    uint32_t nearly;
    fe_cost *cost;    /* what it takes is added there; NULL: nobody asks */
    bool all_headers; /* also bodies and globals of project headers that the unit does not reference */
} fe_request;

/* Parses and lowers one C or C++ unit. `out` is filled; everything in it lives in `a`, its strings in `names`.
 * False (LL_E_INPUT): libclang gave no translation unit at all, the message says why. Thread-safe for
 * distinct `a` and `names`. */
bool fe_clang_unit(ll_arena *a, ll_intern *names, const fe_request *rq, ir_unit *out, ll_err *err);

/* libclang is loaded when it is first needed; called before worker processes are forked, this is done once for all of
 * them. False: it is not installed, or too old. */
bool fe_clang_load(ll_err *err);

/* "19.1.7", "" when it cannot be loaded, and whether this libclang has what the lowering needs (operator kinds, release
 * 17 and later). */
const char *fe_clang_version(void);
/* Tells this libclang from any other, for keys of caches; loads it only when it is not where it was when lifelint was
 * built. */
const char *fe_clang_identity(void);

#endif
