/* C files of any content: what is told lies in the file or its directives, conditions close no more than were opened,
 * nothing follows a stop, and who goes on is told at least as much. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/prefix_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct told {
    size_t tokens, bytes;
    uint32_t open;
    bool stopped, may_go_on;
} told;

static void take(void *ctx, const fe_text_token *t) {
    told *c = ctx;
    if (c->stopped && !c->may_go_on) abort();
    if (t->kind == FE_TEXT_STOP) c->stopped = true;
    if (t->kind == FE_TEXT_IF) c->open++;
    if (t->kind == FE_TEXT_ENDIF && !c->open-- && !c->stopped) abort();
    if (t->kind == FE_TEXT_INCLUDE && (!t->n || memchr(t->s, '\n', t->n))) abort();
    for (size_t i = 0; i < t->n; i++) c->bytes += (unsigned char)t->s[i] > ' ';
    c->tokens++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    told first = {0}, all = {.may_go_on = true};
    fe_text_scan(text, size, false, take, &first);
    fe_text_scan(text, size, true, take, &all);
    if (all.tokens < first.tokens) abort();
    return 0;
}
