/* Everything the interpretation of one function shares, and what its parts offer each other. */
#ifndef LL_ENGINE_FCTX_H
#define LL_ENGINE_FCTX_H

#include "engine/limits.h"
#include "engine/program.h"
#include "engine/state.h"
#include "engine/summary.h"

typedef LL_ARRAY(state *) state_list;

/* A defect seen on one path; becomes a finding in report.c unless evidence is asked for and lacking. */
typedef struct candidate {
    rule_defect defect;
    const rule *rule;       /* NULL: evidence */
    const acquisition *acq; /* NULL: the caller's resource */
    const ir_inst *at;      /* offending call, or where the last reference went */
    const char *exit_role;  /* "return", "overwrite", "scope", callee name */
    const char *place;      /* in words */
    const char *released_by;
    const path_step *path, *ended;
    const struct escape_class *needs; /* callees that must be borrowers */
    uint32_t nneeds;
    bool sure_nonnull;
    const ir_inst *left_at;  /* USE_AFTER: not used here, but left behind at this return; see kind_dangling.c */
    bool by_contrast;        /* of those: stands only where another path refills the place; of leaks: where another
                              * path releases or keeps what this one leaves */
    const struct bond *bond; /* DEFECT_OTHER of a keepalive rule */
    const rule *other;       /* WRONG_RELEASE: the family the function belongs to */
    sym subject;
    uint32_t subject_elem; /* tells apart what one call acquires (pipe: two) */
    uint8_t acq_result;    /* class of the acquiring call's result on this path */
    uint32_t undecided;    /* state.decided + 1 when it was lost, if the next branch may end the program; else 0 */
    uint32_t hits;         /* paths on which it was seen */
    bool stands;           /* became a finding */
} candidate;

/* An acquisition of this function that some path of it releases. */
typedef struct release_site {
    uint32_t site;
    sym subject;
    uint32_t arg;
    bool known; /* by a function that a rule names */
    const char *by;
    uint8_t acq_result; /* class of the acquiring call's result on that path */
} release_site;

/* Some path releases something here after it stopped `what`: a flag, perhaps, tells whether it has to. */
typedef struct calm_release {
    const ir_inst *at;
    const rule *rule;
    sym what;
} calm_release;

typedef struct loop_info {
    uint32_t head;
    uint32_t *induction; /* variables stepped in the loop */
    bool *rises;         /* per induction variable: every step adds a positive constant */
    uint32_t ninduction;
    uint32_t *written; /* scalar variables assigned in the loop */
    uint32_t nwritten;
    const char **fields; /* names of fields assigned in the loop */
    uint32_t nfields;
    bool few;          /* its counter stops at a small constant */
    uint8_t max_turns; /* back edges followed into the body */
} loop_info;

/* The blocks at whose entry a variable is live. */
typedef struct live_range {
    uint32_t first, n; /* none before and behind these */
    uint64_t *bits;    /* bit set of them, from the first */
    bool everywhere;   /* its address is taken */
} live_range;

/* summary_apply.c: what symbols of a callee's summary came to in the state before this one at the same call. */
typedef struct call_value {
    sym a, b, v; /* the parts', its own */
    uint32_t stamp;
} call_value;

typedef struct call_memo {
    const ir_inst *in;
    const sum_shared *shared;
    uint32_t first, turn, stamp, size;
    call_value *v; /* per shared entry + 1; holds where the stamp is this one's */
} call_memo;

/* summary_apply.c: what is known of them before the call, of one callee of one state. */
typedef struct call_range {
    range r;
    uint32_t stamp;
} call_range;

typedef struct call_ranges {
    uint32_t stamp, size;
    call_range *v; /* as in call_memo */
} call_ranges;

typedef struct fctx {
    struct engine *e;
    const ir_func *f;
    const char *unit; /* that f came with */
    ll_arena *arena;  /* function lifetime */
    symtab *t;
    state_pool *pool;
    state_list *pending;                 /* per block: states waiting at its entry */
    uint32_t first_pending, end_pending; /* no block before and behind these has any */
    state_list *seen;                    /* per block: states already run, for loops */
    uint32_t *block_uid;                 /* number of a block's first instruction */
    loop_info *loops;
    uint32_t nloops;
    int32_t *loop_of;           /* per block: loop whose head it is, -1 none */
    uint32_t **enclosing;       /* per block: loops that contain it; terminated by UINT32_MAX */
    bool *var_read;             /* per variable: anything reads it */
    live_range *live;           /* per variable */
    bool *returns;              /* per block: some path from it returns to the caller */
    bool *asserts;              /* per block: an assertion has failed there; NULL: nowhere */
    struct name_map *read_bits; /* name of a field or global that is read -> bit number + 1 */
    uint32_t nread_bits;
    uint64_t **reads; /* per block: bit set of those read from there on */
    state_list exits;
    LL_ARRAY(candidate) found;
    uint32_t steps, max_steps, translated;
    call_memo memo;
    call_ranges ranges;
    sym *room; /* summary_apply.c */
    uint32_t room_size;
    uint32_t cur_block, cur_uid;
    uint32_t lost_at; /* block on whose way something is lost: cur_block, or the one that is entered */
    const ir_inst *cur;
    bool dead;           /* set while an instruction runs: the path cannot go on */
    bool lossy;          /* outcomes were dropped, by limits of states or steps; a loop's further turns do not count */
    bool hurry;          /* the steps are used up: what is pending goes the shortest way to its end, one state a kind */
    uint64_t cut_nulls;  /* bit set of parameters that are null in a state that was dropped */
    uint64_t cut_keeps;  /* bit set of parameters that a state released or kept that was dropped then */
    uint64_t cut_inside; /* and those with records of which it had released, kept or copied contents */
    bool cut;            /* some bound was hit: the summary is incomplete */
    uint64_t lends, lends_all;    /* see summary */
    uint32_t *mark, nmark, stamp; /* reachability: marked when mark[s] == stamp */
    uint32_t *fate;               /* track.c */
    cell *hidden;                 /* track.c */
    uint32_t nhidden;
    const state *marked_of; /* join.c: whose live values are marked, NULL: of none */
    bool by_outcome;        /* what is assumed is what an outcome of a callee asks for */
    bool quiet_lost;        /* between the effects of one summary: look for losses at its end */
    uint32_t deep;          /* special.c: 0: for itself; else for the constants in given_value, */
    uint64_t given;         /* which are those of the parameters in this bit set */
    const int64_t *given_value;
    name_map *specials;
    uint32_t nspecials;
    int8_t clears_errno;  /* the function stores to errno: 1 yes, -1 no, 0 not looked */
    bool walks_arrays;    /* pointers are read from elements of unknown index, or by a moving pointer */
    bool *ended_vars;     /* call.c */
    struct call **sites;  /* call.c: per instruction, who is called where that is always the same */
    uint8_t *asked_again; /* library.c: per instruction */
    bool wants_evidence;  /* an unknown callee with a releasing name is called somewhere */
    LL_ARRAY(release_site) released;
    LL_ARRAY(calm_release) calm;
    LL_ARRAY(sym) nulled;   /* places of the caller that some path leaves null */
    LL_ARRAY(sym) refilled; /* those whose block some path releases and puts another in its place */
    LL_ARRAY(sym) pure;     /* questions asked of pure functions: name, arguments and what they point to, 0, … */
    LL_ARRAY(sym) used;     /* parameters' values that are dereferenced */
} fctx;

/* The block of the instruction ends in one of this kind. */
static inline bool block_ends_in(const ir_func *f, const ir_inst *in, ir_opcode op) {
    uint32_t b = ir_block_of(f, in);
    return b < f->nblocks && f->blocks[b].insts[f->blocks[b].ninsts - 1].op == op;
}

static inline bool is_record_type(const ir_type *ty) {
    return ty && (ty->kind == IR_T_RECORD || ty->kind == IR_T_UNION);
}

/* The parameter whose value at entry s is; IR_NOVAR: none. */
static inline uint32_t entry_param(const fctx *c, sym s) {
    const symrec *r = symtab_at(c->t, s);
    if (r->kind != SY_INIT || symtab_kind(c->t, r->a) != SY_ADDR) return IR_NOVAR;
    uint32_t v = sym_local_var(c->t, r->a);
    return v != IR_NOVAR && v < c->f->nparams ? v : IR_NOVAR;
}
/* As a bit; 0: it is no parameter's, or one of those that are not counted. */
static inline uint64_t param_bit(const fctx *c, sym s) {
    uint32_t v = entry_param(c, s);
    return v < 64 ? (uint64_t)1 << v : 0;
}

/* Answers of pure functions that are asked more than once: above the numbers of instructions. */
#define PURE_ANSWER 0x60000000u
static inline bool is_pure_answer(const symrec *conj) {
    return conj->a >= PURE_ANSWER && conj->a < 2 * PURE_ANSWER;
}

/* ---- eval.c: operands and memory ---- */
sym eval_operand(fctx *c, state *st, const ir_operand *o);
sym eval_place_addr(fctx *c, state *st, const ir_place *p); /* reports uses of released memory */
sym mem_load(fctx *c, state *st, sym addr, const ir_type *type);
sym known_value(fctx *c, const state *st, sym v); /* the constant that v is known to be, or v */
void mem_store(fctx *c, state *st, sym addr, sym val);
void mem_put(fctx *c, state *st, sym addr,
             sym val); /* one of several stores at once: nothing else is forgotten, nothing looked for */
/* val was stored there: if in an array, its track says so. *noted: the array that was last looked through since
 * something was stored, 0 none. */
void note_element(fctx *c, state *st, sym addr, sym val, sym *noted);
void spare_elements(fctx *c, state *st, sym addr); /* before storing to an element of unknown index */
void mem_copy_record(fctx *c, state *st, sym dst, sym src);
/* The same in two steps, for copies that happen at once: what they read is taken before any is put. */
typedef struct record_copy {
    dflt rest; /* of what no cell tells */
    const cell *cells;
    uint32_t n;
} record_copy;
record_copy mem_copy_take(fctx *c, state *st, sym dst, sym src);
void mem_copy_put(fctx *c, state *st, const record_copy *k);
void note_use(fctx *c, sym v);                                          /* a parameter's value is dereferenced */
void give_away_elements(fctx *c, state *st);                            /* resources in elements of unknown index */
void mem_havoc(fctx *c, state *st, sym base);                           /* everything below becomes unknown */
void mem_havoc_unwritten(fctx *c, state *st, sym base, uint32_t event); /* the same, but written cells stay */
sym fresh(fctx *c, const state *st, uint32_t tag, const ir_type *type); /* value born at the current instruction */
uint32_t turn_of(const fctx *c, const state *st); /* of the loops around the instruction; fresh() asks for no more */
sym eval_not(fctx *c, sym a);
/* type: of the result; of a comparison what is compared, where that is unsigned, else NULL */
sym eval_bin(fctx *c, state *st, ir_arith op, sym a, sym b, const ir_type *type);
/* Sizes so near to the top that numbers with a sign say nothing of their order. */
bool order_is_open(const fctx *c, sym a, sym b);
const char *place_words(fctx *c, const state *st, sym s); /* how source names what s is, or "" */

/* ---- summary_merge.c ---- */
/* Of the record that src lies in some contents are copied, nothing tells which, to where they outlive the call. */
void note_copied(fctx *c, state *st, sym src);
/* The parameter in whose record s lies, as a bit; 0: none. */
uint64_t record_bit(const fctx *c, sym s);
/* A copy from src to dst that nobody is told of as it is: the same, if dst outlives the call. */
void note_copy(fctx *c, state *st, sym dst, sym src);

/* ---- constraint.c ---- */
bool assume(fctx *c, state *st, sym s, bool truth); /* false: infeasible, the state is to be dropped */
bool assume_cmp(fctx *c, state *st, rule_cmp op, sym a, int64_t k);
int decide_cmp(fctx *c, const state *st, rule_cmp op, sym a, int64_t k); /* 1 holds, 0 fails, -1 open */
int decide_eq(fctx *c, const state *st, sym a, sym b);
bool guard_holds(fctx *c, const state *st, guard g); /* not refuted */

/* ---- track.c: resources ---- */
void acquire(fctx *c, state *st, track tr);
void release(fctx *c, state *st, const rule *r, sym s, const char *by, bool in_callee);
/* The object at s goes from one of the states in the set `from` to `to`; from another it is a defect. */
void check_state(fctx *c, state *st, const rule *r, sym s, uint32_t from, const char *by); /* that alone */
void transition(fctx *c, state *st, const rule *r, sym s, uint32_t from, uint32_t to, const char *by);
void forget_states(fctx *c, state *st, sym s);             /* order rules: what s leads to may be in any state now */
bool use_value(fctx *c, state *st, sym s, const char *by); /* s is dereferenced or handed on; true: it was dead */
sym released_block(fctx *c, state *st, sym s);
void end_track(fctx *c, state *st, track *tr, const char *by);
void give_away(fctx *c, state *st, sym s);             /* s and all it reaches: no longer our duty */
void give_away_fields(fctx *c, state *st, sym s);      /* what the object at s holds, not the object itself */
void give_away_inside(fctx *c, state *st, sym object); /* what is known by its address in a local object */
void give_away_all(fctx *c, state *st, const sym *s, uint32_t n);
void hand_over(fctx *c, state *st, sym s, const char *callee, uint32_t arg, sym ret); /* to an unknown callee */
void hand_over_alike(fctx *c, state *st, sym s, const char *callee, uint32_t arg);    /* see escape */
void hand_over_contents(fctx *c, state *st, sym s, const char *callee, uint32_t arg, sym ret); /* what lies there */
void lose(fctx *c, state *st, const track *tr, const char *exit_role); /* the track's last reference is gone */
void check_lost(fctx *c, state *st, const char *exit_role);
void check_lost_at_return(fctx *c, state *st);
/* What counts as a place that keeps a value: live locals too; what outlives the function, memory of unknown
 * owners included; only what the caller can name. */
typedef enum viewpoint { SEEN_INSIDE, SEEN_AT_RETURN, SEEN_BY_CALLER } viewpoint;
uint32_t new_stamp(fctx *c);                                   /* c->mark has room for every symbol, none marked */
void mark_reachable(fctx *c, const state *st, viewpoint from); /* into c->mark */
void scope_end(fctx *c, state *st, sym addr);

/* ---- step.c, call.c, summary_apply.c: one instruction on one state; results are pushed ---- */
void step_inst(fctx *c, state *st, const ir_inst *in, state_list *out);
void step_call(fctx *c, state *st, const ir_inst *in, state_list *out);
/* A call of one of the functions summarised in s[0..ns), nothing tells which. False: what it does is not told, and
 * nothing was done. */
bool apply_summaries(fctx *c, state *st, const ir_inst *in, const summary *const *s, uint32_t ns, const sym *args,
                     uint32_t nargs, state_list *out);
/* Which results the outcome can have, by what is told of it alone. */
uint8_t class_by_itself(const disjunct *d);
/* What it does here, to give one of these results, is not told: what those of its outcomes release or keep that are
 * told for elsewhere is nobody's to claim. */
void doubt_untold(fctx *c, state *st, const ir_inst *in, const summary *s, const sym *args, uint32_t nargs,
                  uint8_t results);
void add_step(fctx *c, state *st, step_kind kind, const char *text);
const acquisition *make_acquisition(fctx *c, const state *st, const rule *r, const char *callee,
                                    const acquisition *inner);
guard ret_guard(const rule_effect *ef, sym ret);

/* ---- library.c: what is said of a library's functions ---- */
sym library_result(fctx *c, state *st, const ir_inst *in, const ir_fdecl *decl, const sym *args, uint32_t nargs);
void errno_is_set(fctx *c, state *st, const ir_inst *call, sym ret); /* ret points to it */
/* The path ends in the call: it is given null where it takes none. */
bool null_refused(fctx *c, state *st, const ir_inst *call, const ir_fdecl *decl);
/* What the sizes that a library's function is given say of the numbers they were made of. */
void sizes_are_told(fctx *c, state *st, const ir_inst *call, const ir_fdecl *decl, const sym *args, uint32_t nargs);

/* ---- flow.c: static facts of the graph; join.c; run.c ---- */
void flow_prepare(fctx *c);
/* The call's result goes somewhere that something reads. */
bool result_used(const fctx *c, const ir_inst *call);
static inline bool var_live_in(const fctx *c, uint32_t block, uint32_t var) {
    if (var >= c->f->nvars) return true;
    const live_range *l = &c->live[var];
    uint32_t at = block - l->first;
    return l->everywhere || (at < l->n && (l->bits[at / 64] >> at % 64 & 1));
}
/* Does the field, or the global, of this name decide anything from the block on? */
bool read_from(const fctx *c, uint32_t block, const char *name);
void join_into(fctx *c, uint32_t block, state *st);
/* Those of a, and those of b to whom a does not hand it. */
const escape *escapes_of_both(fctx *c, const escape *a, const escape *b);
/* Of which of its arguments the function cannot say that it leaves them alone, as what becomes of st is not told. */
void note_cut_keeps(fctx *c, const state *st);
void note_cut_nulls(fctx *c, const state *st); /* and which of them are null then */
void squeeze(fctx *c, uint32_t block, state_list *l);
void squeeze_before(fctx *c, uint32_t block, state_list *l, uint32_t n); /* a call gave n for the first of l */
void run_function(fctx *c);

/* ---- engine.c ---- */
/* Follows the body of n, of which c says for what and how far; the arena is c's own. No finding comes of it. NULL: the
 * way is longer. */
summary *engine_follow(fctx *c, const func_node *n);

/* ---- kind_keepalive.c: what is watched without a call that a rule names ---- */
bool flow_called_before(const fctx *c, const acquisition *a); /* by the call right before the present one */
bool flow_from_a_call(const ir_func *f, const ir_place *p);   /* a call gives the variable its value */
void watch_lent(fctx *c, state *st);                          /* parameters lent for the call that a global keeps */
void watch_return(fctx *c, state *st);                        /* addresses of locals that outlive the function */
void dangling_at_return(fctx *c, state *st); /* kind_dangling.c: released blocks that outliving places still hold */

/* ---- report.c ---- */
void add_candidate(fctx *c, candidate cand);
void add_losses(fctx *c, const state *st);     /* the path returns: what it lost is lost */
void add_old_losses(fctx *c, const state *st); /* it is not followed to its end */

#endif
