/* Rules as plain data: what the engine may see of a rule pack. Built by rulepack/, read-only after.
 *
 * A *rule* belongs to one kind and says what is reported. A *family* of resources (heap blocks,
 * descriptors) is a `pair` rule: what its functions acquire and release. A *model* gathers, per
 * function name, everything that all packs say about that function: a list of effects, each under
 * conditions on the result and the arguments. The engine interprets models; a function that has a
 * model is known even when its body is not; a body in the program wins only when the model says
 * nothing about resources (see rule_model.from_facts_only). */
#ifndef LL_RULEPACK_RULE_H
#define LL_RULEPACK_RULE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum rule_kind { RULE_PAIR, RULE_ORDER, RULE_KEEPALIVE, RULE_TASK, RULE_FORBID, RULE_KIND_COUNT } rule_kind;
typedef enum rule_severity { RULE_NOTE, RULE_WARNING, RULE_ERROR } rule_severity;

/* What a finding of a pair rule says went wrong; each has its own derived rule id, e.g. "heap-leak",
 * "heap-double-release", "heap-use-after-release", "heap-wrong-release", "heap-bad-release". */
typedef enum rule_defect {
    DEFECT_LEAK,          /* held, and the last reference is gone */
    DEFECT_DOUBLE,        /* released twice */
    DEFECT_USE_AFTER,     /* used after release */
    DEFECT_WRONG_RELEASE, /* released by another family's function */
    DEFECT_BAD_RELEASE,   /* release of what was never acquired (a local's address, a literal, an interior pointer) */
    DEFECT_ORDER,         /* RULE_ORDER: call not allowed in this state */
    DEFECT_OTHER,         /* keepalive, task, forbid: the rule's own message */
    DEFECT_COUNT
} rule_defect;

/* rule.watch */
enum {
    RULE_WATCH_LOCALS = 1 << 0,  /* the address of a local is returned or stored where it outlives the function */
    RULE_WATCH_GLOBALS = 1 << 1, /* a borrowed value is in a global when the function returns */
};

typedef struct rule rule;

typedef struct rule_example {
    const char *code; /* a self-contained C (or C++) unit; expected diagnostics as in fixtures */
    const char *lang; /* "c", "c++" */
    int32_t line;     /* of the code's first line in the pack file */
    bool is_bad;
} rule_example;

struct rule {
    const char *id;   /* family id for pairs: "libc-heap"; reported ids append the defect */
    const char *pack; /* pack name */
    const char *file; /* pack file, for messages; "builtin:libc.yml" when embedded */
    int32_t line;
    rule_kind kind;
    rule_severity severity;
    uint32_t index;                  /* position in rule_set.rules */
    const char *resource;            /* in words, lower case, singular: "heap block", "file descriptor" */
    const char *acquired, *released; /* participles for messages: "opened"/"closed"; default "acquired"/"released" */
    const char *message;             /* keepalive, order, task, forbid; NULL for pairs */
    const char *why, *fix, *link;
    const rule *extends; /* pair: the rule its entries belong to, or NULL; effects name that one, never this */
    uint32_t cwe;        /* 0: none; pairs: CWE of the leak */
    bool experimental;   /* off unless asked for */
    const char *reason;  /* why it is, or NULL */
    bool scope_bound;    /* pair: must be released in the function that acquires it, although reachable (mutex) */
    bool is_integer;     /* the resource is an integer handle, not a pointer */
    bool counted;        /* reference counts: each retain is one more obligation, a release never proves death */
    bool keeps_memory;   /* release ends the resource but leaves the object's memory usable (mutex_destroy, strbuf) */
    bool deep;           /* release ends what the object's fields hold, too */
    bool idempotent;     /* releasing again does nothing (inflateEnd): no double release */
    bool no_leak;        /* only misuse is reported, losing it is fine */
    bool loops_only; /* it ends by itself when the program's caller goes on: reported is what a loop loses every turn */
    bool shared;     /* keepalive: what is derived lies in one buffer of the library, whoever asked for it */
    bool armed;      /* keepalive: what is kept stays so until it is stopped, whichever function armed it */
    uint32_t watch;  /* keepalive, task: RULE_WATCH_ bits, what is watched without a call that names it */
    bool process_wide; /* losing it in main or right before exit is not reported even as a note */
    rule_example *examples;
    uint32_t nexamples;
    uint32_t contexts;  /* RULE_FORBID: bits of rule_context */
    const char **locks; /* RULE_FORBID: ids of the locks that `lock-held` means; none: all */
    uint32_t nlocks;
    const char **accepts; /* pair: ids of the rules whose resources its release functions may end, too */
    uint32_t naccepts;
    const char **within; /* pair: ids of rules; losing it while one of those is held is fine, it ends with that */
    uint32_t nwithin;
    const char *entries; /* keepalive: what the names of functions begin with that others call with borrowed values */
    const char **lent;   /* types of the parameters that are */
    uint32_t nlent;
    const char **states; /* RULE_ORDER: names; state 0 is the initial one */
    uint32_t nstates;
};

/* Where in a call something is. */
typedef enum rule_where_kind {
    WHERE_NONE,
    WHERE_RET,       /* the result */
    WHERE_ARG,       /* the value of argument n (pointer or handle) */
    WHERE_ARG_DEREF, /* what argument n points to: *arg (out-parameter, or a release through &var) */
} rule_where_kind;

typedef struct rule_where {
    rule_where_kind kind;
    uint8_t arg;       /* 1-based */
    uint8_t count;     /* ARG_DEREF: number of array elements (pipe: 2), else 1 */
    const char *field; /* a field of the record there (RET/ARG: through the pointer), or NULL */
} rule_where;

typedef enum rule_cmp {
    CMP_EQ,
    CMP_NE,
    CMP_LT,
    CMP_LE,
    CMP_GT,
    CMP_GE,
    CMP_BITS_SET /* (x & k) != 0 */,
    CMP_BITS_CLEAR
} rule_cmp;

/* A condition on the value at `where` (RET or ARG). */
typedef struct rule_cond {
    rule_where where;
    rule_cmp cmp;
    int64_t value;
} rule_cond;

typedef enum rule_effect_kind {
    EFF_ACQUIRE,    /* `where` holds a new resource of `rule` */
    EFF_RELEASE,    /* the resource at `where` is released; ARG_DEREF with clears: *arg becomes null */
    EFF_REALLOC,    /* resource at `from` ends and the result is a new one; when it fails, `from` stays held */
    EFF_RETAIN,     /* one more reference to the resource at `where`; ret is the same value when `from` is RET */
    EFF_MOVE,       /* resource at `from` now lives inside the one at `where` and dies with it (fdopen) */
    EFF_CONSUME,    /* ownership of `where` goes to the callee: no longer the caller's duty (putenv) */
    EFF_BORROW,     /* the callee uses `where` and keeps nothing; the default for modelled functions */
    EFF_READ,       /* the same, and what is at `where` stays as it is */
    EFF_ALIAS,      /* the result is the value at `where` (strcpy), or points into it */
    EFF_ADVANCE,    /* the result is what *arg held; *arg points further into it, or becomes null (strsep) */
    EFF_DERIVE,     /* keepalive: `where` (RET or ARG_DEREF) is borrowed from the owner at `from` */
    EFF_INVALIDATE, /* keepalive: values derived from the owner at `where` die */
    EFF_TRANSITION, /* order: from_state (bit set) -> to_state for the object at `where` */
    EFF_NORETURN,
    EFF_NONNULL,  /* the result is not null */
    EFF_TELLS,    /* a result that is not 0 says that the call right before has failed */
    EFF_WRITE,    /* *arg gets a value nothing is known of */
    EFF_ZERO,     /* what arg points to becomes zero bytes (bzero) */
    EFF_FORBID,   /* forbid: the call itself, in `context` */
    EFF_KEEP,     /* keepalive: the address at `where` is kept; `from`: the handle that ends it, or NONE */
    EFF_CALLBACK, /* forbid: the function at `where` is called back */
    EFF_RUN,      /* task: the function at `where` runs as a thread of control; `from`: its handle, or NONE */
    EFF_WAIT,     /* task: waits for the end of the thread at `where` */
    EFF_TASK_END, /* task: a routine that gets here ends, or another thread is ended */
    EFF_HANDLER,  /* the function at `where`, or in its fields of this name, handles signals */
    EFF_FORK,
    EFF_EXEC,
    EFF_END, /* keepalive: what is kept under the address or handle at `where` (NONE: all) is kept no more */
} rule_effect_kind;

/* Kinds of effects that say nothing of what the call itself does to resources and memory. */
static inline bool rule_effect_watches(rule_effect_kind k) {
    return k == EFF_DERIVE || k == EFF_INVALIDATE || k >= EFF_FORBID;
}

/* Bits: a call may be banned in several, one effect each. */
typedef enum rule_context {
    IN_HANDLER = 1 << 0, /* of a signal */
    IN_LOOP = 1 << 1,
    IN_LOCK = 1 << 2,
    IN_CALLBACK = 1 << 3,
    IN_FORK = 1 << 4, /* between fork and exec, in the child */
    IN_FINALIZER = 1 << 5,
    IN_DESTRUCTOR = 1 << 6
} rule_context;
const char *rule_context_name(rule_context c);

typedef struct rule_effect {
    rule_effect_kind kind;
    const rule *rule; /* the rule it belongs to; NULL for plain facts */
    rule_where where, from;
    rule_cond *conds; /* all must hold for the effect; 0: unconditional */
    uint32_t nconds;
    bool null_safe;       /* RELEASE: null (integer: negative) is a no-op */
    bool clears;          /* RELEASE of ARG_DEREF: *arg is null after */
    bool zeroed;          /* ACQUIRE: memory that is all zero bytes (calloc) */
    bool if_used;         /* ACQUIRE: not where nobody looks at the result: it was there to be had before */
    bool same_question;   /* INVALIDATE of a shared rule: only what was derived with the same first argument */
    bool itself;          /* INVALIDATE: the borrowed value at `where` dies, not what was borrowed from it */
    uint32_t from_states; /* TRANSITION: bit set of states allowed */
    uint32_t to_state;
    bool of_library; /* the pack that says it is about a library (it names packages), or was inferred from bodies */
    rule_context context; /* FORBID */
} rule_effect;

/* All effects of one function. Effects that share a condition on the result partition the outcome:
 * the engine forks once per distinct set of conditions on RET and refines the result by it. */
typedef struct rule_model {
    const char *name; /* function name; C++: qualified "ns::f" or "Class::f" */
    rule_effect *effects;
    uint32_t neffects;
    bool returns_nonnull; /* never null on return (xmalloc by declaration) */
    bool may_return_null;
    bool gives_errno;     /* the result points to the number of the last error */
    bool never_negative;  /* the result is 0 or above */
    bool from_library;    /* all effects are said by packs about libraries: a program that has such a function
                           * itself is that library, or means another one, and its body knows better */
    bool from_facts_only; /* no effect with a rule: only aliasing, writes, borrow */
    bool watches;         /* some effect is of keepalive, task or forbid: says nothing of what the call does itself */
    bool watches_only;    /* all are, or of order rules */
    bool has_states;      /* some are of order rules */
} rule_model;

/* Some call of it ends something. */
static inline bool rule_model_releases(const rule_model *m) {
    for (uint32_t i = 0; i < m->neffects; i++)
        if (m->effects[i].kind == EFF_RELEASE) return true;
    return false;
}

typedef struct rule_set rule_set;

uint32_t rule_set_count(const rule_set *s);
const rule *rule_set_at(const rule_set *s, uint32_t index);
/* The rule with this id, or NULL. */
const rule *rule_set_find(const rule_set *s, const char *id);
/* The model of a function name, or NULL; hashed, cheap. */
const rule_model *rule_set_model(const rule_set *s, const char *function);
/* Name to report, e.g. "libc-heap" + DEFECT_LEAK -> "libc-heap-leak"; interned in the set. */
const char *rule_set_reported_id(const rule_set *s, const rule *r, rule_defect d);
/* XXH3-64 of everything the engine sees; part of summary keys. */
uint64_t rule_set_hash(const rule_set *s);
const char *rule_defect_name(rule_defect d); /* "leak", "double-release", … */
uint32_t rule_defect_cwe(const rule *r, rule_defect d);

#endif
