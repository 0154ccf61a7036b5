/* Candidates of one function to findings; those that rest on other callees borrowing wait (engine.deferred). */
#ifndef LL_ENGINE_REPORT_H
#define LL_ENGINE_REPORT_H

#include "engine/fctx.h"

void report_function(fctx *c);

#endif
