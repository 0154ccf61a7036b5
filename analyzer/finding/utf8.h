/* Decoding of text that should be UTF-8 and may be anything: sources are untrusted bytes. */
#ifndef LL_FINDING_UTF8_H
#define LL_FINDING_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Length of the character at s (n > 0 bytes are there) and its code point; a byte that starts no
 * valid character has length 1 and code point UTF8_BAD. Overlong forms, surrogates and values over
 * U+10FFFF are not valid. */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);

#endif
