/* Templates: the files under generators/NAME/templates, which the binary carries. In a template, @WORD@ stands for a
 * text that the generator gives. */
#ifndef LL_GENERATORS_TEMPLATE_H
#define LL_GENERATORS_TEMPLATE_H

#include <stdint.h>

#include "base/strbuf.h"

typedef struct template_file {
    const char *name; /* "runtime/1_core.c.in"; NULL ends the list */
    const char *text;
} template_file;
extern const template_file template_files[];

typedef struct template_word {
    const char *name; /* "FILE", for @FILE@ */
    const char *text;
} template_word;

/* Appends the template `name` with its words put in. A word that is not given, like an unknown template, is a mistake
 * of ours: it stays visible in the output as it is. */
void template_expand(ll_strbuf *out, const char *name, const template_word *words, uint32_t nwords);

#endif
