/* Lines named in the text of a finding, "… on the path that loses it at line 12": always lines of its own function. */
#ifndef LL_FINDING_LINES_H
#define LL_FINDING_LINES_H

#include <stdbool.h>

#include "base/arena.h"

/* The text with every line in it `by` more; itself when there is none. Sets *outside when one is not in first … last,
 * and leaves it alone otherwise. */
const char *finding_shift_lines(ll_arena *a, const char *text, int32_t by, int32_t first, int32_t last, bool *outside);

#endif
