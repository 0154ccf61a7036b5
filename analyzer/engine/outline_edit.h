/* Whether it matters to the rest of the program that a function's outline says something else since it was edited: that
 * it calls more or others than before, or does something else with the fields of records.
 *
 * What asks outlines are the call graph (who gets to what is banned, to what starts or ends tasks, to what ends what is
 * kept), the order in which functions are followed, and the fields that go with their records (kind_forgotten.c). It
 * matters to none of them
 *   - that a function calls another one more or less where nothing that rules watch is got to by that which it does not
 *     call itself, where the other was followed before it (so that no circle comes about), and where no question went
 *     on from either to whom they call or are called by;
 *   - what happens to fields that no record has that is released anywhere, and what is handed to whom does not end it.
 * Whatever is not known to be so matters. Of the function's body, too, it is asked whom it registers as a handler. */
#ifndef LL_ENGINE_OUTLINE_EDIT_H
#define LL_ENGINE_OUTLINE_EDIT_H

#include "engine/heard.h"
#include "engine/program.h"

/* n: the function as it is now, in a program that holds its unit and those in which its callees of before and now are.
 */
bool outline_edit_matters(engine *e, const heard *h, const func_node *n, const ir_changed *c);

#endif
