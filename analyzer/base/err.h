/* Errors as values that travel up and gather context.
 *
 *     if (!compdb_load(&db, dir, err)) return ll_err_context(err, "loading %s", dir);
 *
 * A function that can fail takes `ll_err *err` last and returns bool (true: done). The message
 * is one line: what, where, what to do. Whose fault it is, the code says: their bad input, the
 * machine's trouble, or our bug; main() derives the exit class from it. */
#ifndef LL_BASE_ERR_H
#define LL_BASE_ERR_H

#include <stdbool.h>

typedef enum ll_code {
    LL_OK = 0,
    LL_E_USAGE,    /* arguments, configuration, rule packs: exit 2 */
    LL_E_INPUT,    /* a source, unit or database cannot be read or parsed: exit 3 */
    LL_E_SYS,      /* disk, memory, processes: exit 4 */
    LL_E_INTERNAL, /* our bug: exit 4 */
} ll_code;

typedef struct ll_err {
    ll_code code;
    char msg[1024];
} ll_err;

/* Sets code and message; returns false, so that callers write `return ll_fail(err, …)`. err may be NULL. */
bool ll_fail(ll_err *err, ll_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "context: " in front of the message already there; returns false. */
bool ll_err_context(ll_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
