/* Runtime check of resources: see @FILE@.c, which lifelint @VERSION@ wrote. */
#ifndef LIFELINT_RUNTIME_H
#define LIFELINT_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* This moment. */
uint64_t lifelint_runtime_mark(void);
/* How many resources acquired since the mark are held; of one rule ("posix-fd"), or of all when it is null. */
size_t lifelint_runtime_leaked(uint64_t mark, const char *rule);
/* How many misuses happened since the mark; kind: "double-release", "wrong-release", "bad-release", "order",
 * "use-after-release"; null: any. */
size_t lifelint_runtime_misused(uint64_t mark, const char *rule, const char *kind);
/* Writes the report of what is held and was misused since the mark. */
void lifelint_runtime_report(int fd, uint64_t mark);
/* The n-th call of the function from now on (from 1) fails. */
void lifelint_runtime_fail(const char *function, unsigned call);
@MORE@
#ifdef __cplusplus
}
#endif

#endif
