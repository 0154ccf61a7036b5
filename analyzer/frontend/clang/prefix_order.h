/* Which directives of a prefix change places. */
#ifndef LL_FRONTEND_CLANG_PREFIX_ORDER_H
#define LL_FRONTEND_CLANG_PREFIX_ORDER_H

#include <stdbool.h>

/* A step's text: includes headers of the C library and does nothing else, under conditions on the configuration alone.
 */
bool fe_prefix_commutes(const char *text);

#endif
