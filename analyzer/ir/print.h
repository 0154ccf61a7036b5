/* Inside ir/: parts of the text form used by print.c and print_unit.c. All append. */
#ifndef LL_IR_PRINT_H
#define LL_IR_PRINT_H

#include "base/strbuf.h"
#include "ir/ir.h"

void ir_print_string(ll_strbuf *out, const char *s); /* quoted and escaped; NULL gives `?` */
void ir_print_name(ll_strbuf *out, const char *s);   /* bare when an identifier, else quoted; NULL gives `_` */
void ir_print_type(ll_strbuf *out, const ir_type *t);
/* The USR with a space before, unless it is the one that follows from the name. */
void ir_print_usr(ll_strbuf *out, bool func, const char *name, const char *usr);

#endif
