/* Everything made from the two tables: help pages, the man page, shell completions. Each appends text. */
#ifndef LL_CMD_PAGES_H
#define LL_CMD_PAGES_H

#include "base/strbuf.h"
#include "cmd/options.h"

void cmd_help_overview(ll_strbuf *out);
void cmd_help_verb(ll_strbuf *out, cmd_verb verb);
void cmd_man_page(ll_strbuf *out);
/* shell: "bash", "zsh" or "fish". */
void cmd_completions(ll_strbuf *out, const char *shell);

#endif
