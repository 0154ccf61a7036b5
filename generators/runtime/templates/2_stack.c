
/* ---- stacks ----
 *
 * Unwinding costs microseconds a frame. Two memories spare it. A thread remembers, for a call site at one stack depth,
 * where on its stack the return addresses were found: as long as the same addresses are still there, it is the same
 * stack. And for each return address all threads remember how far above it the next one lies, which is the same each
 * time unless the function makes room of changing size (alloca): what was seen to change is unwound for good. A guess
 * that does not lead to an address seen before is unwound too. */

enum { LLR_STEP_END = 0, LLR_STEP_VARIES = 0xffff };

/* Its place in the table, or where it can go: one of four. */
static inline uint64_t *llr_step_of(llr_globals *g, const void *pc) {
    uint64_t *four = &g->steps[llr_hash((uintptr_t)pc) >> 40 & (LLR_STEPS - 4)];
    if (__builtin_expect(__atomic_load_n(four, __ATOMIC_RELAXED) >> 16 == (uintptr_t)pc, 1)) return four;
    for (int i = 1; i < 4; i++) {
        uint64_t known = __atomic_load_n(&four[i], __ATOMIC_RELAXED) >> 16;
        if (known == (uintptr_t)pc || !known) return &four[i];
    }
    return four;
}

/* In units of 8 bytes; -1: not known. */
static inline long llr_step(llr_globals *g, const void *pc) {
    uint64_t step = __atomic_load_n(llr_step_of(g, pc), __ATOMIC_RELAXED);
    return step >> 16 == (uintptr_t)pc ? (long)(step & 0xffff) : -1;
}

static void llr_learn(llr_globals *g, const void *pc, uintptr_t distance) {
    uint64_t units = distance % 8 || distance / 8 >= LLR_STEP_VARIES ? LLR_STEP_VARIES : distance / 8;
    long known = llr_step(g, pc);
    if (known >= 0 && (uint64_t)known != units) units = LLR_STEP_VARIES;
    uint64_t *step = llr_step_of(g, pc);
    if (known < 0) g->functions[step - g->steps] = (uintptr_t)_Unwind_FindEnclosingFunction((void *)pc);
    __atomic_store_n(step, (uint64_t)(uintptr_t)pc << 16 | units, __ATOMIC_RELAXED);
}

/* Where the function begins that the address lies in; the address itself when that was never asked. */
static uint64_t llr_function_of(llr_globals *g, const void *pc) {
    const uint64_t *step = llr_step_of(g, pc);
    uint64_t function = g->functions[step - g->steps];
    return llr_step(g, pc) >= 0 && function ? function : (uintptr_t)pc;
}

typedef struct llr_walk {
    llr_cached *c;
    int depth;
    bool begun, sound;
} llr_walk;

/* Recursion makes ever new stacks of the same functions: each function is kept once, with its innermost call. */
static uint32_t llr_distinct(llr_globals *g, const llr_cached *c, const void **pcs) {
    uint64_t functions[LLR_DEPTH];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        uint64_t function = llr_function_of(g, c->pc[i]);
        uint32_t k = 0;
        while (k < n && functions[k] != function) k++;
        if (k < n) continue;
        functions[n] = function;
        pcs[n++] = c->pc[i];
    }
    return n;
}

static uint32_t llr_intern_stack(llr_globals *g, const llr_cached *c) {
    const void *pcs[LLR_DEPTH];
    uint32_t n = llr_distinct(g, c, pcs), id, tries = 0;
    uint64_t h = 1469598103934665603u;
    for (uint32_t i = 0; i < n; i++) h = (h ^ (uintptr_t)pcs[i]) * 1099511628211u;
    uint32_t *bucket = &g->buckets[(h >> 20) % LLR_STACK_BUCKETS];
    llr_lock(&g->stacks_lock);
    for (id = *bucket; id && tries < LLR_MAX_TRIES; tries++) {
        const llr_stack *s = (const llr_stack *)&g->stacks[id];
        if (s->n == n && memcmp(s + 1, pcs, n * sizeof *pcs) == 0) break;
        id = s->next;
    }
    if (!id && (uint64_t)(g->stacks_used + 1 + n) * 8 < LLR_STACK_BYTES) {
        id = g->stacks_used;
        g->stacks_used += 1 + n;
        llr_stack *s = (llr_stack *)&g->stacks[id];
        *s = (llr_stack){*bucket, n};
        memcpy(s + 1, pcs, n * sizeof *pcs);
        *bucket = id;
    }
    llr_unlock(&g->stacks_lock);
    return id;
}

/* A hash of all frames stands for them: 64 bits meet by chance too rarely to care. */
static uint32_t llr_stack_id(llr_globals *g, const llr_cached *c) {
    uint64_t h = 1469598103934665603u;
    for (unsigned i = 0; i < c->n; i++) h = (h ^ (uintptr_t)c->pc[i]) * 0x9E3779B97F4A7C15u;
    unsigned slot = h >> 40 & (LLR_KNOWN - 1);
    if (llr_me.known[slot].id && llr_me.known[slot].hash == h) return llr_me.known[slot].id;
    uint32_t id = llr_intern_stack(g, c);
    llr_me.known[slot].hash = h;
    llr_me.known[slot].id = id;
    return id;
}

static inline void llr_push_frame(llr_walk *w, const void *pc, uintptr_t slot) {
    llr_cached *c = w->c;
    if (slot < c->frame || slot - c->frame > UINT32_MAX || *(const void **)slot != pc) w->sound = false;
    c->offset[c->n] = w->sound ? (uint32_t)(slot - c->frame) : 0;
    c->pc[c->n++] = pc;
}

/* The return address of a wrapper stands above its saved frame pointer. */
static bool llr_guess(llr_globals *g, llr_walk *w) {
    llr_cached *c = w->c;
    uintptr_t slot = c->frame + sizeof(void *);
    if (*(const void **)slot != c->ra) return false;
    for (const void *pc = c->ra;; pc = *(const void **)slot) {
        long step = llr_step(g, pc);
        if (step < 0 || step == LLR_STEP_VARIES) return false;
        llr_push_frame(w, pc, slot);
        if (c->n >= w->depth || step == LLR_STEP_END) return w->sound;
        slot += (uintptr_t)step * 8;
    }
}

static void llr_learn_all(llr_globals *g, const llr_walk *w) {
    const llr_cached *c = w->c;
    for (unsigned i = 0; i + 1 < c->n; i++) llr_learn(g, c->pc[i], c->offset[i + 1] - c->offset[i]);
    if (c->n < w->depth) llr_learn(g, c->pc[c->n - 1], LLR_STEP_END);
}

#if defined __x86_64__
static _Unwind_Reason_Code llr_frame(struct _Unwind_Context *context, void *data) {
    llr_walk *w = data;
    const void *pc = (const void *)_Unwind_GetIP(context);
    if (!pc) return _URC_END_OF_STACK;
    if (!w->begun && pc != w->c->ra) return _URC_NO_REASON;
    w->begun = true;
    llr_push_frame(w, pc, (uintptr_t)_Unwind_GetCFA(context) - sizeof(void *));
    return w->c->n >= w->depth ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void llr_unwind(llr_walk *w) {
    _Unwind_Backtrace(llr_frame, w);
}
#elif defined __aarch64__
/* Frame pointers are the rule here. */
static void llr_unwind(llr_walk *w) {
    const uintptr_t *fp = (const uintptr_t *)w->c->frame;
    while (w->c->n < w->depth) {
        llr_push_frame(w, (const void *)fp[1], (uintptr_t)&fp[1]);
        const uintptr_t *up = (const uintptr_t *)fp[0];
        if (up <= fp || (uintptr_t)up - (uintptr_t)fp > (1u << 20) || !up[1]) break;
        fp = up;
    }
}
#else
static void llr_unwind(llr_walk *w) {
    w->sound = false;
}
#endif

/* The stack of the caller, as a number; 0: none kept. */
static uint32_t llr_here(llr_globals *g, const void *ra, const void *frame) {
    uintptr_t at = (uintptr_t)frame;
    uint32_t slot = (uint32_t)((((uintptr_t)ra ^ at >> 4) * 0x9E3779B97F4A7C15u) >> 57) % LLR_CACHE;
    llr_cached *c = &llr_me.cache[slot];
    if (c->id && c->ra == ra && c->frame == at) {
        unsigned i = 1;
        while (i < c->n && *(const void **)(at + c->offset[i]) == c->pc[i]) i++;
        if (i >= c->n) return c->id;
    }
    c->id = 0;
    c->ra = ra;
    c->frame = at;
    c->n = 0;
    llr_walk w = {.c = c, .depth = g->depth, .sound = true};
    if (!llr_guess(g, &w)) {
        w.sound = true;
        c->n = 0;
        llr_unwind(&w);
        if (w.sound && c->n) llr_learn_all(g, &w);
    }
    if (!c->n) c->pc[c->n++] = ra;
    uint32_t id = llr_stack_id(g, c);
    if (w.sound) c->id = id;
    return id;
}
