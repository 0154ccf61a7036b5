/* The text of one document as the editor has it: lines, positions, edits.
 *
 * Positions of the protocol count lines from 0 and columns in UTF-16 code units, or in bytes when the client agreed to
 * UTF-8; positions beyond a line are its end. Columns of findings count bytes from 1. */
#ifndef LL_LSP_TEXT_H
#define LL_LSP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

typedef enum text_units { TEXT_UTF16, TEXT_UTF8 } text_units;

/* Byte offset of a position; past the end: the end. */
size_t text_offset(const char *s, size_t n, text_units units, uint32_t line, uint32_t column);
/* Column of the protocol for the byte column (from 1) in a line (from 1). */
uint32_t text_column(const char *s, size_t n, text_units units, int32_t line, int32_t byte_column);
/* The line (from 1) without its end; false when there is none. */
bool text_line(const char *s, size_t n, int32_t line, const char **out, size_t *len);
/* Replaces bytes [from, to) by `with`. */
void text_replace(ll_strbuf *b, size_t from, size_t to, const char *with, size_t n);

#endif
