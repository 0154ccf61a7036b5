/* Inside source/: what flags.c asks compiler.c. */
#ifndef LL_SOURCE_FLAGS_H
#define LL_SOURCE_FLAGS_H

#include "source/source.h"

/* The compiler library has that architecture; others make it refuse the unit. */
bool src_target_known(const char *triple);
bool src_target_is_x86(const char *triple); /* NULL: this machine */

#endif
