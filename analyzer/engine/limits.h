/* Every bound of the engine, named. Each cut is counted (engine_stats) and marks the summary incomplete. */
#ifndef LL_ENGINE_LIMITS_H
#define LL_ENGINE_LIMITS_H

enum {
    LIM_STEPS = 10000,      /* instructions interpreted per function */
    LIM_STEPS_LEAST = 2000, /* of a small function, */
    LIM_STEPS_EACH = 32,    /* and so many more for each instruction it has: what few lines cost is bounded */
    LIM_HURRY = 4,          /* of them, one in so many more to bring what is pending to its end */
    LIM_SYMS_PER_STEP = 8,  /* symbols of a summary translated for the price of one instruction */
    LIM_DISJUNCTS = 12,     /* states kept at one block entry where none holds a resource */
    LIM_HELD_TIMES = 2,     /* where one does, so many times as many */
    LIM_STEPS_CLOSE = 300,  /* steps of a function after which it is half of both, */
    LIM_STEPS_MAIN = 1500,  /* and a third */
    LIM_PER_PROPERTY = 3,   /* of them with the same resources in the same states, when there are too many */
    LIM_LOOP_TURNS =
        2, /* back edges of one loop on one path, then only its condition; of long and inner loops one less */
    LIM_FEW_TURNS = 16,       /* turns of a loop of which losing one thing each is not reported */
    LIM_LOOP_SHORT = 10,      /* instructions of a loop that is not long */
    LIM_SUMMARY = 10,         /* disjuncts of a summary */
    LIM_SUMMARY_EXACT = 4,    /* of them with their conditions told exactly */
    LIM_RENAMED = 8,          /* outcomes with which one is compared under other names */
    LIM_SUMMARY_CELLS = 48,   /* stores kept in a disjunct */
    LIM_CONDITION_DEPTH = 10, /* of a symbol in a condition of a summary */
    LIM_KEPT_DEPTH = 7,       /* of a symbol that a summary tells to be kept: p->a->b->c */
    LIM_SEEN = 64,            /* states remembered at a loop head */
    LIM_DIFFER = 8,           /* values known to differ that are taken over from a state in which they are not there */
    LIM_BONDS = 24,           /* borrowed values and kept addresses watched on one path */
    LIM_BANNED_FAR = 2,       /* calls down to a banned one: further, nobody knows whether the way is taken */
    LIM_HANDLE_DEPTH = 3,     /* callees between a record returned by value and the block in it */
    LIM_SPECIALS = 8,         /* callees that one function has followed again for the constants it gives them, */
    LIM_SPECIAL_INSTS = 200,  /* of no more instructions, */
    LIM_SPECIAL_STEPS = 40,   /* in no more steps, */
    LIM_SPECIAL_DEPTH = 3,    /* one within the other */
    LIM_PATH_SHOWN = 14,      /* steps shown to the reader */
};

#endif
