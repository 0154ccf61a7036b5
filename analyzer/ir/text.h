/* Inside ir/: what the printer and the reader of the text form must agree on.
 *
 * The text form leaves out what can be derived: the type of an instruction that equals the declared type
 * of its destination, the type of an operand that equals the declared type of its variable, a USR that follows
 * from the name. Both sides compute the same default; the printer writes only what differs from it. */
#ifndef LL_IR_TEXT_H
#define LL_IR_TEXT_H

#include "ir/ir.h"

/* Words that mean something where a variable may stand; a variable so named is written with its index. */
bool ir_text_keyword(const char *s, size_t n);
/* True for t0, t17: the names the printer gives temporaries. */
bool ir_text_temp_name(const char *s);
bool ir_text_ident(const char *s);

/* The variables a place or operand refers to. */
typedef struct ir_scope {
    const ir_var *vars;
    uint32_t nvars;
} ir_scope;

/* Declared type at the place; NULL where a field step hides it. */
const ir_type *ir_text_place_type(ir_scope s, const ir_place *p, uint32_t nsteps);
/* Index 0 of the array at the place, or of the array it points to, is dropped, as ir.h demands. */
bool ir_text_index_zero_dropped(ir_scope s, const ir_place *p, uint32_t nsteps);
/* The type an operand has when none is written. `expected` (may be NULL) is what the instruction suggests for
 * constants. The result may be *scratch. */
const ir_type *ir_text_operand_default(ir_scope s, const ir_operand *o, const ir_type *expected, ir_type *scratch);
/* The type an instruction has when none is written: needs dst, and a of COPY and CALL, to be filled in. */
const ir_type *ir_text_inst_default(ir_scope s, const ir_inst *i);

/* The USR of a C function or global with external linkage. */
const char *ir_text_usr(ll_arena *a, bool func, const char *name);

#endif
