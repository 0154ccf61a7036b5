/* The `primaryLocationLineHash` of SARIF uploads to GitHub.
 *
 * Code scanning follows an alert by a hash of the text that begins at its line. Its upload action
 * computes the hash where the tool did not and warns where the tool sent another, so ours must be equal
 * to theirs: over the UTF-16 code units of the text without spaces and tabs, with CR and CRLF as LF and
 * 0xFFFF after the last, take the 100 units from the line's first on (zeros after the end) as the digits
 * of a number in base 37, modulo 2^64; write it in hexadecimal, a colon, and which line of the file this
 * is among those with the same number. */
#ifndef LL_OUTPUT_LINEHASH_H
#define LL_OUTPUT_LINEHASH_H

#include "base/arena.h"

/* One string for each line, index 1 … count; lines are those of the algorithm (a final newline opens a
 * last, empty line). Returns the count. */
size_t linehash_all(ll_arena *a, const char *text, size_t n, char ***out);

#endif
