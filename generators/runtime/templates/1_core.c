/* Runtime check of resources, written by lifelint @VERSION@ from its rule packs. Do not edit: generate it again.
 *
 * As a library to preload:
 *     cc -O2 -fPIC -shared -o liblifelint_runtime.so @FILE@.c -ldl -lpthread
 *     LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=./liblifelint_runtime.so program
 * Linked into the program, only its own calls:
 *     cc -O2 -DLIFELINT_WRAP -c @FILE@.c
 *     cc -o program ... @FILE@.o @@FILE@.wrap -ldl -lpthread
 * (add -DLIFELINT_STRONG for libraries that are linked statically: every function of the list must then be there.)
 *
 * Environment: LIFELINT_RUNTIME_REPORT   where the report goes, "%p" is the process id; none: no report
 *              LIFELINT_RUNTIME_SIGNAL   the signal that writes a report at once, a number (default SIGUSR1; 0: none)
 *              LIFELINT_RUNTIME_DEPTH    frames kept of a stack, 1 to @DEPTH@ (default @DEPTH@)
 *              LIFELINT_RUNTIME_FAIL     calls to fail, "malloc:3,open:1": the third malloc() and the first open()
 *              LIFELINT_RUNTIME_INHERIT  set: a forked child reports what it inherited too */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#if defined __GLIBC__ && __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define LLR_ONE_THREAD __libc_single_threaded
#else
#define LLR_ONE_THREAD 0
#endif

#include "@FILE@.h"

#ifdef __cplusplus
#error "this file is C"
#endif

#define LLR_EXPORT __attribute__((visibility("default"), noinline))
#define LLR_UNUSED __attribute__((unused))
#ifdef LIFELINT_WRAP
#define LLR_NAME(symbol) __asm__("__wrap_" symbol)
#define LLR_IN_PRELOAD false
#else
#define LLR_NAME(symbol) __asm__(symbol)
#define LLR_IN_PRELOAD true
#endif
#ifdef LIFELINT_STRONG
#define LLR_WEAK
#else
#define LLR_WEAK __attribute__((weak))
#endif
#define LLR_HERE __builtin_return_address(0), __builtin_frame_address(0)

enum { LLR_DEPTH = @DEPTH@, LLR_SHARDS = 64, LLR_RECENT = 64, LLR_CACHE = 128, LLR_KNOWN = 256, LLR_MAX_MISUSES = 4096, LLR_STEPS = 1 << 14, LLR_SLOTS = 8 };

/* ---- what the rules say ---- */

typedef struct llr_rule {
    const char *id, *resource;
    bool is_integer, counted, idempotent, no_leak, keeps_memory;
    bool by_handle; /* a pointer it gives names one resource; objects set up in place may lie inside others */
    bool is_heap;
} llr_rule;

typedef enum llr_where { LLR_NONE, LLR_RET, LLR_ARG, LLR_DEREF } llr_where;
typedef enum llr_cmp { LLR_EQ, LLR_NE, LLR_LT, LLR_LE, LLR_GT, LLR_GE, LLR_BITS_SET, LLR_BITS_CLEAR } llr_cmp;

typedef struct llr_cond {
    uint8_t where, arg, cmp;
    int64_t value;
} llr_cond;

typedef enum llr_kind { LLR_ACQUIRE, LLR_RELEASE, LLR_REALLOC, LLR_RETAIN, LLR_MOVE, LLR_CONSUME, LLR_STATE } llr_kind;

typedef struct llr_effect {
    uint8_t kind;
    int16_t rule;
    uint8_t where, arg, count, size; /* size: of one element of *argument */
    uint8_t from, from_arg;          /* REALLOC; RETAIN of what becomes the result */
    uint8_t nconds;
    uint16_t cond; /* index into llr_conds */
    uint32_t from_states;
    uint8_t to_state;
} llr_effect;

typedef struct llr_plan llr_plan;

typedef struct llr_function {
    const char *name;
    uint16_t effect;
    uint8_t neffects, nargs;
    uint8_t way;           /* llr_short: most calls are of such functions */
    bool simulated;       /* stubs: answers for itself instead of calling the real function */
    bool gives_pointer;
    uint32_t pointer_args; /* bit n: argument n + 1 is a pointer */
    void *real;
    llr_plan *plan;
    unsigned calls; /* counted only while there is a plan */
} llr_function;

/* LLR_GIVES: one effect, the result is new unless it is null. LLR_TAKES: one effect, argument 1 ends. */
enum llr_short { LLR_LONG, LLR_GIVES, LLR_TAKES };

/* One call of a wrapped function on its way. */
typedef struct llr_entry {
    uint64_t value, epoch;
    uint32_t stack, count;
    uint16_t rule; /* + 1; 0: an empty slot */
    uint16_t function;
    uint32_t state;
} llr_entry;

typedef struct llr_call {
    llr_function *f;
    const uint64_t *args;
    uint64_t result, epoch;
    const void *ra, *frame;
    uint32_t stack; /* 0: not asked for yet */
    bool nested, idle; /* idle: nothing to do at its end */
    bool ruinous;      /* the heap would not survive the real call: it is not made */
    uint8_t ntaken;
    struct {
        llr_entry e;
        uint8_t effect;
    } taken[LLR_SLOTS]; /* entries that its releases took out of the table */
} llr_call;

typedef enum llr_way { LLR_CALL, LLR_ANSWER } llr_way; /* call the real function, or answer with llr_call.result */

/* ---- tables made from the rules ---- */

@TABLES@

/* ---- state ---- */

typedef struct llr_cached {
    const void *ra;
    uintptr_t frame;
    uint32_t id;
    uint16_t n;
    uint32_t offset[LLR_DEPTH]; /* of the slot that holds the return address, from `frame` */
    const void *pc[LLR_DEPTH];
} llr_cached;

typedef struct llr_thread {
    int busy, inside;
    llr_cached cache[LLR_CACHE];
    struct {
        uint64_t hash;
        uint32_t id;
    } known[LLR_KNOWN];
} llr_thread;

static __thread llr_thread llr_me __attribute__((tls_model("initial-exec")));

typedef struct llr_recent {
    uint64_t value, epoch;
    const void *by;    /* the release's return address: a stack for each would double the cost */
    uint32_t acquired;
    uint16_t rule;     /* + 1 */
} llr_recent;

typedef struct llr_shard {
    int lock;
    uint32_t cap, n;
    llr_entry *v;
    llr_recent recent[LLR_RECENT];
} __attribute__((aligned(64))) llr_shard;

typedef struct llr_misuse {
    const char *kind;
    uint64_t value, epoch;
    uint16_t rule, function;
    uint32_t stack, acquired;
    const void *released;
} llr_misuse;

typedef struct llr_stack { /* followed by its frames */
    uint32_t next, n;      /* next of its chain, in units of 8 bytes */
} llr_stack;

enum { LLR_STACK_BUCKETS = 1 << 16, LLR_STACK_BYTES = 64 << 20, LLR_MAX_TRIES = 64 };

static inline uint64_t llr_hash(uint64_t value) {
    return (value ^ value >> 29) * 0x9E3779B97F4A7C15u;
}

/* In memory of its own: a search for pointers in the program's variables must not meet this. */
typedef struct llr_globals {
    llr_shard shards[LLR_SHARDS];
    uint64_t epoch; /* grows at each mark and at each call that is not about the heap: what came before what */
    int stacks_lock, misuse_lock, report_lock;
    uint32_t buckets[LLR_STACK_BUCKETS];
    uint64_t steps[LLR_STEPS], functions[LLR_STEPS];
    uint64_t *stacks;
    uint32_t stacks_used;
    uint32_t nmisuses, dropped;
    llr_misuse misuses[LLR_MAX_MISUSES];
    uint64_t base_epoch; /* what a forked child begins with is not its own */
    int depth, signal, pid;
    bool want_report, is_child;
    char path[4096];
} llr_globals;

static llr_globals *llr_g;

static void *llr_map(size_t n) {
    long r = syscall(SYS_mmap, (void *)0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0L);
    return r == -1 ? NULL : (void *)r;
}

/* With one thread there is nobody to keep out, and an atomic exchange costs as much as all the rest. */
static inline void llr_lock(int *lock) {
    if (LLR_ONE_THREAD) {
        *(volatile int *)lock = 1;
        return;
    }
    for (unsigned spins = 0; __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE); spins++)
        if (spins > 64) sched_yield();
}

static inline void llr_unlock(int *lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

/* Made at the first call, which may come long before the constructors. */
static llr_globals *llr_state(void) {
    llr_globals *g = __atomic_load_n(&llr_g, __ATOMIC_ACQUIRE), *none = NULL;
    if (__builtin_expect(g != NULL, 1)) return g;
    g = llr_map(sizeof *g);
    if (!g) return NULL;
    g->stacks = llr_map(LLR_STACK_BYTES);
    if (!g->stacks) return NULL;
    g->stacks_used = 1;
    g->epoch = 1;
    g->depth = LLR_DEPTH;
    g->pid = (int)syscall(SYS_getpid);
    if (__atomic_compare_exchange_n(&llr_g, &none, g, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return g;
    syscall(SYS_munmap, g->stacks, (size_t)LLR_STACK_BYTES);
    syscall(SYS_munmap, g, sizeof *g);
    return none;
}

static const bool llr_closed = @CLOSED@; /* nothing but the functions below gives or ends resources */
static int llr_wanted;                   /* a signal came while its thread was in here */
static void llr_serve_signal(void);
static llr_way llr_answer(llr_globals *g, llr_call *c);

/* ---- the real functions ---- */

static __thread int llr_resolving __attribute__((tls_model("initial-exec")));
static char llr_boot[1 << 16] __attribute__((aligned(16)));
static size_t llr_boot_used;

static bool llr_is_boot(const void *p) {
    return (const char *)p >= llr_boot && (const char *)p < llr_boot + sizeof llr_boot;
}

/* What dlsym() itself asks for while it looks for malloc(). Never given back. */
static LLR_UNUSED void *llr_boot_alloc(size_t n) {
    size_t size = (n + 31) & ~(size_t)15; /* the block's size stands in front of it */
    size_t at = __atomic_fetch_add(&llr_boot_used, size, __ATOMIC_RELAXED);
    if (at + size > sizeof llr_boot) return NULL;
    memcpy(llr_boot + at, &n, sizeof n);
    return llr_boot + at + 16;
}

static LLR_UNUSED size_t llr_boot_size(const void *p) {
    size_t n;
    memcpy(&n, (const char *)p - 16, sizeof n);
    return n;
}

static void llr_die(const char *what, const char *name) {
    const char *parts[] = {"lifelint runtime: ", what, name, "\n"};
    for (unsigned i = 0; i < 4; i++) syscall(SYS_write, 2, parts[i], strlen(parts[i]));
    abort();
}

/* NULL: asked for while it is being looked for. */
static void *llr_resolve(llr_function *f, void *linked) {
    void *real = __atomic_load_n(&f->real, __ATOMIC_RELAXED);
    if (__builtin_expect(real != NULL, 1)) return real;
    if (llr_resolving) return NULL;
    llr_resolving = 1;
    llr_me.busy++;
    real = linked ? linked : dlsym(LLR_IN_PRELOAD ? RTLD_NEXT : RTLD_DEFAULT, f->name);
    llr_me.busy--;
    llr_resolving = 0;
    if (!real) llr_die("no library has ", f->name);
    __atomic_store_n(&f->real, real, __ATOMIC_RELAXED);
    return real;
}

/* ---- what wrappers are made of ---- */

#define LLR_POINTER(v) ((uint64_t)(uintptr_t)(v))
#define LLR_INTEGER(v) ((uint64_t)(int64_t)(v))
#define LLR_OTHER(v) ((void)(v), (uint64_t)0)

#ifdef LIFELINT_WRAP
#define LLR_LINK(type, name, params, symbol) extern type name params __asm__("__real_" symbol) LLR_WEAK
#define LLR_LINKED(name) ((void *)name)
#else
#define LLR_LINK(type, name, params, symbol) struct llr_thread
#define LLR_LINKED(name) NULL
#endif

/* Further arguments of a variadic function: what is left in the registers, and eight words of the stack behind them. */
typedef struct llr_dots {
    uint64_t word[8], stack[8];
    double real[8];
} llr_dots;

#if defined __x86_64__
#define LLR_MORE_DOTS
enum { LLR_WORDS = 6 };
#elif defined __aarch64__
#define LLR_MORE_DOTS , dots.word[6], dots.word[7]
enum { LLR_WORDS = 8 };
#endif
#ifdef LLR_MORE_DOTS
#define LLR_READ_DOTS(dots, list, words, reals)                                             \
    for (int at = (words); at < LLR_WORDS; at++) (dots).word[at] = va_arg(list, uint64_t);  \
    for (int at = (reals); at < 8; at++) (dots).real[at] = va_arg(list, double);            \
    for (int at = 0; at < 8; at++) (dots).stack[at] = va_arg(list, uint64_t)
#endif

static LLR_UNUSED void *llr_leave_boot(void *to, const void *from, size_t n) {
    size_t had = llr_boot_size(from);
    return to ? memcpy(to, from, had < n ? had : n) : to;
}
