/* Answers to yes-or-no questions about bodies, kept from run to run: bodies that did not change need not be fetched to
 * give the same answer again. A question is known by a hash of all that its answer depends on, the function's facts
 * among them. Like all that is remembered, the answers may be missing, foreign or damaged: then they are given anew. */
#ifndef LL_ENGINE_BODY_ANSWERS_H
#define LL_ENGINE_BODY_ANSWERS_H

#include "base/bytes.h"
#include "engine/program.h"

typedef struct body_answers body_answers;

/* NULL when the options name no cache; the functions below take that as knowing nothing. */
body_answers *body_answers_new(engine *e);
/* Begins a question of this kind about a function; what else it depends on is put behind. Free with ll_sb_free. */
ll_strbuf body_question(const engine *e, const func_node *n, const char *kind);
bool body_answer_known(body_answers *a, const ll_strbuf *question, bool *yes);
void body_answer_keep(body_answers *a, const ll_strbuf *question, bool yes);
/* Hands them to the cache when one is new; those that nobody asked for stay behind. */
void body_answers_save(body_answers *a);

#endif
