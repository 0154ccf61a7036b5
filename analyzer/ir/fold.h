/* What the IR's binary operations come to for two known numbers: the front end folds with it, the engine, and who plans
 * the arguments of a test. */
#ifndef LL_IR_FOLD_H
#define LL_IR_FOLD_H

#include "ir/ir.h"

/* In 64 bits, wrapping around; narrower results are the caller's to wrap. False: no binary operation on numbers, or one
 * without a value (division by zero or past the range, a shift by more than 63). */
bool ir_fold(ir_arith op, int64_t a, int64_t b, bool is_unsigned, int64_t *out);

#endif
