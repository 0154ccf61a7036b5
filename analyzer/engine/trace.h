/* What the conclusions about one component (a function, or functions that call each other) rest on besides their own
 * facts: every question that following it put to the program, with the answer it got.
 *
 * A later run that gets the same answers to the same questions would conclude the same, so it need not follow the
 * component again ("verifying traces" of Mokhov, Mitchell, Peyton Jones: "Build systems à la carte", ICFP 2018).
 * Questions are noted where they are answered, in program.c, so none is forgotten; what the program comes to only at
 * its end (who borrows) is never asked on the way. */
#ifndef LL_ENGINE_TRACE_H
#define LL_ENGINE_TRACE_H

#include "engine/program.h"

typedef enum asked_kind {
    ASKED_NODE,    /* which definition, and what it does */
    ASKED_DECL,    /* what is declared of a function */
    ASKED_VALUE,   /* the constant value of a global's cell */
    ASKED_TARGET,  /* what a global function pointer is initialised with */
    ASKED_SLOT,    /* what a call through a field may reach */
    ASKED_WAYS,    /* by which calls a function gets to what is banned somewhere, or to exec */
    ASKED_BODY,    /* the facts of a function that is followed once more for its caller */
    ASKED_THREADS, /* whether something in the program runs threads */
    ASKED_KINDS
} asked_kind;

typedef struct asked {
    asked_kind kind;
    const char *name; /* USR; SLOT: as ir_called_name gives it; interned as all names here. THREADS: of whoever asks */
    const char *unit; /* NODE, SLOT: whose code asks; WAYS, BODY: where the function is */
    uint32_t nargs;   /* SLOT */
    const ir_step *path;
    uint32_t npath; /* VALUE */
    uint64_t answer;
} asked;

/* A call that was seen to borrow: see evidence.h. */
typedef struct borrow {
    const char *key;
    uint8_t results;
} borrow;

typedef struct trace {
    LL_ARRAY(asked) asked;
    LL_ARRAY(borrow) borrows;
    uint32_t *set, cap; /* of asked, by its question; number + 1 */
    uint32_t scc;       /* questions about its own functions are none */
} trace;

/* Begins a new trace: engine->trace is not NULL from here until it is set so. */
void trace_begin(engine *e, trace *t, uint32_t scc);
/* Notes the question, once; called by program.c. q.answer is not used. */
void trace_ask(const engine *e, asked q);
void trace_borrow(engine *e, const char *key, uint8_t results);
bool trace_same_question(const asked *a, const asked *b);
/* Fills in the answers. */
void trace_end(engine *e, trace *t);
/* What the program answers now. *final: it will answer the same to the end of the run; all but what it says of a
 * function that is still to be followed is. NULL: nobody wants to know. */
uint64_t trace_answer(const engine *e, const asked *q, bool *final);

#endif
