/* Inside of the Clang front end. Only files of this folder include it.
 *
 * tu.c parses and walks the top level; decl.c, type.c turn declarations and types into facts, once each
 * (libclang answers by building strings, so every answer is kept, keyed by the declaration's address);
 * lower_*.c turn one function body into instructions. Each lower_ function appends to fn->b and
 * leaves the builder in the block where control continues. */
#ifndef LL_FRONTEND_CLANG_LOWER_H
#define LL_FRONTEND_CLANG_LOWER_H

#include <clang-c/Index.h>

#include "base/array.h"
#include "frontend/frontend.h"

enum {
    FE_KID_CACHE = 256,          /* expressions whose children are remembered */
    FE_MAX_DEPTH = 2000,         /* nesting of expressions and statements followed */
    FE_MAX_LOCAL_COPIES = 64,    /* scalars of one local initialiser; more becomes HAVOC */
    FE_MAX_STRING = 256,         /* bytes kept of a string literal */
    FE_MAX_GLOBAL_SCALARS = 4096 /* scalars kept of one global initialiser */
};

/* ---- tu.c ---- */

/* Parses u->rq; uses u->scratch. NULL: *code says why. */
struct fe_unit;
CXTranslationUnit fe_parse(struct fe_unit *u, CXIndex index, enum CXErrorCode *code);

/* ---- map.c: address -> pointer ---- */

typedef struct fe_slot fe_slot;
typedef struct fe_map {
    fe_slot *head;
    ll_arena *a; /* slots live here */
} fe_map;
void *fe_map_get(const fe_map *m, const void *key);
void fe_map_put(fe_map *m, const void *key, void *val);
void fe_map_clear(fe_map *m); /* required before the arena goes: the table itself is on the heap */

/* ---- what is known of declarations ---- */

typedef struct fe_func { /* a function, all its redeclarations */
    uint32_t decl;       /* index into ir_unit.decls; UINT32_MAX until something refers to it (builtins) */
    ir_fdecl *pending;   /* what goes there */
    const char *builtin; /* the compiler's own name, when it is a builtin */
    CXCursor cursor;     /* definition when there is one */
    bool has_body, queued, lowered;
} fe_func;

typedef struct fe_field {
    const char *name; /* path step; NULL: anonymous record, no step of its own */
    CXType type;
    bool is_ref, is_bitfield;
    CXCursor cursor;
} fe_field;

typedef struct fe_record {
    fe_field *fields; /* in order, unnamed bit-fields left out; anonymous records are one field */
    uint32_t n;
    bool is_union;
    /* C++: written by the user, NULL when the compiler makes them */
    fe_func *dtor, *ctor, *copy, *move;
    CXType *bases;
    uint32_t nbases;
    bool of_template; /* made from a template: functions and bases are the template's, which knows no arguments */
    bool virtual_dtor, is_system, written_ctor;
    bool unseen_base; /* some base hangs on the template's arguments: its functions are not seen at all */
    bool destruction_known, needs_destruction;
    bool class_known, is_class;
} fe_record;

typedef struct fe_file {
    const char *path; /* absolute, interned */
    bool is_main;
} fe_file;

typedef struct fe_kids {
    CXCursor *v;
    uint32_t n;
} fe_kids;

typedef struct fe_cached_kids {
    const void *key;
    fe_kids all, exprs;
    bool has_exprs;
} fe_cached_kids;

struct fe_prefix;
typedef LL_ARRAY(const char *) fe_flags;

typedef struct fe_unit {
    ll_arena *a, *scratch; /* scratch is reset after every function */
    ll_intern *names;
    const fe_request *rq;
    ir_unit *out;
    CXTranslationUnit tu;
    CXFile main_file;
    CXPrintingPolicy policy;
    bool cxx;
    const struct fe_prefix *prefix; /* what the unit is read on top of, or NULL */
    bool sees_all;                  /* declarations of the prefix, too */
    bool needs_all;                 /* asked for a declaration that libclang does not show behind a prefix */
    fe_map names_to_funcs;          /* interned name -> CXCursor *; filled on first use */
    int names_known;                /* 0: none, 1: the project's, 2: the system's too */
    fe_cached_kids kids[FE_KID_CACHE];
    LL_ARRAY(CXCursor) visited; /* while the children of one cursor are collected */
    fe_map types, funcs, globals, fields, records, files, macros, stds;
    LL_ARRAY(fe_func *) queue;
} fe_unit;

/* ---- one function being lowered ---- */

/* A live local that must be ended: a tree whose path to the root is what leaving the function ends. */
typedef struct fe_live {
    struct fe_live *outer;
    uint32_t depth;
    uint32_t var;
    fe_func *cleanup; /* cleanup attribute: called with the address */
    bool object;      /* C++: destroyed at the end */
    bool members;     /* var is `this` of a destructor: what it points to is taken apart */
    CXType type;      /* of the object */
} fe_live;

typedef struct fe_jumps { /* where break and continue go */
    struct fe_jumps *outer;
    uint32_t brk, cont; /* IR_NOVAR: not here */
    fe_live *live;
} fe_jumps;

typedef struct fe_label {
    const void *key;
    uint32_t block;
    fe_live *live;
    bool placed, address_taken;
} fe_label;

typedef struct fe_goto { /* a stub block that ends the scopes once the label's place is known */
    uint32_t stub;
    fe_live *live;
    fe_label *label;
    ir_loc loc;
} fe_goto;

typedef struct fe_switch {
    struct fe_switch *outer;
    LL_ARRAY(ir_case) cases;
    LL_ARRAY(uint32_t) targets; /* 0 is the default */
} fe_switch;

typedef struct fe_ijump {
    uint32_t block;
    ir_operand to;
    ir_loc loc;
} fe_ijump;

typedef struct fe_try { /* where a throw goes */
    struct fe_try *outer;
    uint32_t handler;
    fe_live *live;
} fe_try;

typedef struct fe_fn {
    fe_unit *u;
    fe_func *self;
    ir_func *f;
    ir_builder *b;
    ir_loc loc;
    bool loc_pinned; /* what is lowered now is written elsewhere: it stays located here */
    int32_t first_line;
    uint32_t depth;
    fe_map vars;    /* declaration -> index + 1 */
    fe_map labels;  /* label statement -> fe_label */
    fe_map statics; /* name -> count, for USRs of static locals */
    LL_ARRAY(bool) taken;
    LL_ARRAY(bool) ended;  /* needs SCOPE_END whether or not its address is taken */
    LL_ARRAY(bool) is_ref; /* C++ reference: its place is one DEREF further */
    LL_ARRAY(fe_label *) all_labels;
    LL_ARRAY(fe_goto) gotos;
    LL_ARRAY(fe_ijump) ijumps;
    fe_live *live;
    fe_jumps *jumps;
    fe_switch *sw;
    fe_try *tries;
    uint32_t perhaps; /* C++: above 0, what is lowered now runs on some paths of its full expression, or again */
    uint32_t this_var, returned; /* variables; IR_NOVAR: none */
    bool too_deep;               /* noted */
    bool is_partial;
} fe_fn;

/* ---- type.c ---- */
const ir_type *fe_type(fe_unit *u, CXType t); /* NULL for an invalid type */
const ir_type *fe_type_of(fe_unit *u, CXCursor c);
const ir_type *fe_decayed(fe_unit *u, const ir_type *t); /* arrays and functions as the pointers they become */
const ir_type *fe_int_type(fe_unit *u);                  /* int */
const ir_type *fe_size_type(fe_unit *u);                 /* unsigned, 64 bits */
const ir_type *fe_ptr_to(fe_unit *u, const ir_type *elem);
bool fe_is_agg(const ir_type *t); /* record, union or array */
bool fe_is_reference(CXType t);   /* C++, typedefs seen through */

/* ---- tu.c ---- */
bool fe_is_cxx(const fe_request *rq);
void fe_init_maps(fe_unit *u);
void fe_clear_maps(fe_unit *u);
void fe_common_args(fe_unit *u, fe_flags *args); /* in scratch */
void fe_add_file(fe_unit *u, CXFile file);       /* to those the unit read */
void fe_sort_files(fe_unit *u, uint32_t first);  /* of those, from the first on: by name, each once */
bool fe_run(void (*job)(void *), void *data,
            ll_err *err); /* libclang is called inside only: on a thread with stack enough */

/* ---- prefix.c ---- */
/* The unit's source with its prefix blanked out, in `a`; NULL: it does not begin with it (any more). */
#define FE_PREFIX_FILE ".lifelint-prefix.h"
/* Parses text as if it stood in a header at `path`, with the unit's flags; NULL: it cannot be. */
CXTranslationUnit fe_prefix_parse(fe_unit *u, CXIndex index, const char *path, const char *text, unsigned options);
char *fe_prefix_blanked(ll_arena *a, const fe_request *rq, size_t *n);

/* ---- decl.c ---- */
const char *fe_usr_of(fe_unit *u, CXCursor c);      /* libclang's, but files are told apart by their path */
fe_func *fe_func_of(fe_unit *u, CXCursor decl);     /* any declaration; queues the body when it is ours to lower */
const ir_fdecl *fe_decl_of(fe_unit *u, fe_func *f); /* borrowed until the next declaration is made */
fe_func *fe_func_named(fe_unit *u, const char *usr, const char *name, const ir_type *ret);
fe_func *fe_virtual_of(fe_unit *u, fe_func *f);                 /* called through a pointer: it, or what overrides it */
fe_func *fe_named_of(fe_unit *u, fe_func *f, const char *name); /* the same, but rules tell it from f by the name */
CXCursor fe_find_function(fe_unit *u, const char *name);        /* by interned name; null cursor when unknown */
uint32_t fe_global_of(fe_unit *u, CXCursor decl, fe_fn *fn);    /* index into ir_unit.globals; fn for static locals */
const fe_field *fe_field_of(fe_unit *u, CXCursor field);
const fe_record *fe_record_of(fe_unit *u, CXType t); /* NULL when it has no definition */
const fe_file *fe_file_of(fe_unit *u, CXFile f);
char *fe_pretty(fe_unit *u, CXCursor decl); /* in scratch; slow, for attributes only */
bool fe_has_unexposed_attr(fe_unit *u, CXCursor decl);
const char *fe_attr_argument(fe_unit *u, const char *pretty, const char *attr); /* "cleanup" -> "fn", or NULL */

/* ---- global_init.c ---- */
void fe_global_init(fe_unit *u, uint32_t global, CXType t, CXCursor init, fe_fn *fn);

/* ---- quirks.c: facts about libclang ---- */
fe_kids fe_children(fe_unit *u, CXCursor c); /* all direct children, in scratch */
void fe_reset_scratch(fe_unit *u);           /* forgets everything in scratch */
fe_kids fe_exprs(fe_unit *u, CXCursor c);    /* direct children that are expressions */
bool fe_is_expr(CXCursor c);
CXCursor fe_last_expr(fe_unit *u, CXCursor c); /* the operand of a cast; null cursor when there is none */
const char *fe_name(fe_unit *u, CXCursor c);   /* interned spelling, NULL when empty */
const char *fe_intern_cx(fe_unit *u, CXString s);
const void *fe_key(CXCursor decl); /* identity of a declaration */
bool fe_eval_int(fe_unit *u, CXCursor c, int64_t *v);
/* The source text from where the cursor's first token is spelled to the end of that file, or NULL. */
const char *fe_spelled_text(fe_unit *u, CXCursor c, const char **end);
/* The source word the expression starts with ("__builtin_va_arg"), macros seen through. "" when unknown. */
void fe_first_word(fe_unit *u, CXCursor c, char *buf, size_t size);
bool fe_new_is_array(fe_unit *u, CXCursor c, bool *has_placement); /* of a CXXNewExpr, from the source */
bool fe_delete_is_array(fe_unit *u, CXCursor c);
bool fe_is_qualified_call(fe_unit *u, CXCursor c);
bool fe_is_assertion(fe_unit *u, CXCursor c);
/* Which of init, condition, increment a `for` has. */
void fe_for_parts(fe_unit *u, CXCursor c, bool has[3]);
/* Code that does not compile. */
bool fe_is_broken(CXCursor c);
CXCursor fe_strip(fe_unit *u, CXCursor c); /* through parentheses and implicit casts */

/* ---- lower_func.c ---- */
void fe_lower_func(fe_unit *u, fe_func *fd);
void fe_note(fe_unit *u, ir_note_kind kind, CXCursor at, const char *text);

/* ---- keep.c ---- */
ir_place fe_keep_place(ll_arena *a, ir_place p);
ir_func *fe_keep_func(ll_arena *a, const ir_func *f); /* deep copy; types and strings are shared */

/* ---- emit.c ---- */
ir_inst fe_inst(ir_opcode op);
void fe_emit(fe_fn *fn, ir_inst in);
void fe_at(fe_fn *fn, CXCursor c);     /* further instructions are located there */
void fe_at_end(fe_fn *fn, CXCursor c); /* at its closing brace */
uint32_t fe_new_var(fe_fn *fn, ir_var v);
uint32_t fe_new_temp(fe_fn *fn, const ir_type *t);
void fe_copy(fe_fn *fn, ir_place dst, ir_operand a, const ir_type *t);
void fe_simple(fe_fn *fn, ir_opcode op, ir_place p, const ir_type *t); /* DECL, ZERO, HAVOC, SCOPE_END */
ir_operand fe_havoc(fe_fn *fn, const ir_type *t);
ir_operand fe_unknown(const ir_type *t);
ir_operand fe_bin(fe_fn *fn, ir_arith op, ir_operand a, ir_operand b, const ir_type *t);
void fe_bin_into(fe_fn *fn, ir_place dst, ir_arith op, ir_operand a, ir_operand b, const ir_type *t);
void fe_un_into(fe_fn *fn, ir_place dst, ir_arith op, ir_operand a, const ir_type *t);
ir_operand fe_un_constant(fe_fn *fn, ir_arith op, ir_operand a, const ir_type *t); /* a is not a place */
ir_operand fe_un(fe_fn *fn, ir_arith op, ir_operand a, const ir_type *t);
void fe_jump(fe_fn *fn, uint32_t block);
void fe_branch(fe_fn *fn, ir_operand a, uint32_t t, uint32_t f);
void fe_unreachable(fe_fn *fn);
ir_operand fe_addr(fe_fn *fn, ir_place p, const ir_type *ptr);
ir_place fe_deref(fe_fn *fn, ir_operand ptr);
ir_place fe_materialize(fe_fn *fn, ir_operand a, const ir_type *t); /* a place that holds the value */
ir_operand fe_freeze(fe_fn *fn, ir_operand a, const ir_type *t);    /* its value now, whatever is written later */
ir_place fe_index(fe_fn *fn, ir_place base, ir_operand i, const ir_type *elem);
ir_operand fe_func_operand(fe_fn *fn, fe_func *f);
uint32_t fe_func_var(fe_fn *fn, fe_func *f);
ir_operand fe_convert(fe_fn *fn, ir_operand a, const ir_type *to);
bool fe_fold(ir_arith op, int64_t a, int64_t b, bool uns, unsigned bits, int64_t *out);

/* ---- lower_expr.c, lower_place.c, lower_into.c ---- */
ir_operand fe_value(fe_fn *fn, CXCursor c);
ir_place fe_place(fe_fn *fn, CXCursor c);
ir_place fe_pointee(fe_fn *fn, CXCursor ptr); /* what a pointer expression points to; `&x`, arrays: x itself */
void fe_into(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t);
void fe_effect(fe_fn *fn, CXCursor c);
bool fe_enter(fe_fn *fn, CXCursor c); /* one level deeper; false: too deep, noted once */
void fe_leave(fe_fn *fn);
ir_operand fe_load(fe_fn *fn, ir_place p, const ir_type *t); /* arrays and functions decay */
ir_place fe_var_place(fe_fn *fn, CXCursor decl);
bool fe_simple_place(fe_unit *u, CXCursor c, int depth);
bool fe_is_load_of(ir_operand o, const ir_place *p);
bool fe_is_va_list(const ir_type *t);
ir_operand fe_cast(fe_fn *fn, CXCursor operand, const ir_type *to);
CXCursor fe_generic_choice(fe_fn *fn, CXCursor c);  /* generic.c: the selected expression */
const char *fe_string_text(fe_unit *u, CXCursor c); /* interned, at most 256 bytes */

/* ---- lower_ops.c ---- */
ir_operand fe_binary(fe_fn *fn, CXCursor c, const ir_place *dst);
ir_operand fe_unary(fe_fn *fn, CXCursor c, bool used);
ir_operand fe_compound_assign(fe_fn *fn, CXCursor c);
bool fe_arith_of(enum CXBinaryOperatorKind k, ir_arith *op);
bool fe_is_boolean(fe_unit *u, CXCursor c);

/* ---- lower_call.c, builtin.c ---- */
ir_operand fe_call(fe_fn *fn, CXCursor c, const ir_place *dst);
void fe_call_emit(fe_fn *fn, ir_operand callee, ir_operand *args, uint32_t n, const ir_type *ret, ir_place dst,
                  bool is_noreturn);
/* At a call expression whose first child is the callee. */
void fe_call_written(fe_fn *fn, CXCursor c, ir_operand callee, ir_operand *args, uint32_t n, const ir_type *ret,
                     ir_place dst, bool is_noreturn);
void fe_call_func(fe_fn *fn, fe_func *f, ir_operand arg);
bool fe_is_inline_builtin(const char *name); /* lowered to instructions, never a call */
bool fe_is_expect(fe_fn *fn, CXCursor c);    /* __builtin_expect(x, ..) */
ir_operand *fe_args(fe_fn *fn, fe_kids k, uint32_t first, CXType callee, ir_operand *lead, uint32_t *n);
ir_place fe_result_place(fe_fn *fn, const ir_type *ret, const ir_place *dst);
bool fe_builtin(fe_fn *fn, CXCursor c, const char *name, fe_kids kids, ir_operand *out);
ir_operand fe_unexposed_multi(fe_fn *fn, CXCursor c, fe_kids kids); /* ?:, atomics, __builtin_choose_expr */

/* ---- macro.c ---- */
/* The name the source calls the callee by when a macro puts the callee in its place; interned, NULL: its own. */
const char *fe_macro_name(fe_unit *u, CXCursor callee);

/* ---- lower_cond.c ---- */
void fe_cond(fe_fn *fn, CXCursor c, uint32_t t, uint32_t f);
bool fe_is_zero_literal(fe_unit *u, CXCursor c); /* 0, NULL, nullptr, '\0', false, behind casts */
void fe_logical_into(fe_fn *fn, CXCursor c, ir_place dst, const ir_type *t);
void fe_ternary(fe_fn *fn, CXCursor c, const ir_place *dst, const ir_type *t);
void fe_elvis_into(fe_fn *fn, fe_kids kids, ir_place dst, const ir_type *t);

/* ---- lower_stmt.c, lower_jump.c ---- */
void fe_stmt(fe_fn *fn, CXCursor c);
void fe_stmt_expr(fe_fn *fn, CXCursor c, const ir_place *dst, const ir_type *t);
void fe_local(fe_fn *fn, CXCursor var);
void fe_local_bare(fe_fn *fn, CXCursor var, uint32_t *v);
void fe_while(fe_fn *fn, CXCursor c);
void fe_do(fe_fn *fn, CXCursor c);
void fe_break(fe_fn *fn, bool is_continue);
void fe_for(fe_fn *fn, CXCursor c);
void fe_switch_stmt(fe_fn *fn, CXCursor c);
void fe_case(fe_fn *fn, CXCursor c);
CXCursor fe_place_label(fe_fn *fn, CXCursor c);
void fe_goto_stmt(fe_fn *fn, CXCursor c);
void fe_ijump_stmt(fe_fn *fn, CXCursor c);
void fe_label_address(fe_fn *fn, CXCursor addr_label);
void fe_finish_jumps(fe_fn *fn);
uint32_t fe_new_block(fe_fn *fn);
void fe_start(fe_fn *fn, uint32_t block);
bool fe_open(const fe_fn *fn); /* current block is not terminated */

/* ---- lower_init.c ---- */
typedef struct fe_sink { /* where the scalars of an initialiser go */
    void (*scalar)(void *ctx, ir_place p, CXType t, CXCursor value);
    void *ctx;
    uint32_t seen; /* a callback's own */
    bool stop;     /* set by a callback: enough */
} fe_sink;
void fe_init_walk(fe_unit *u, ir_place p, CXType t, CXCursor init, fe_sink *sink);
ir_place fe_compound_literal(fe_fn *fn, CXCursor c);
void fe_init_local(fe_fn *fn, ir_place p, CXType t, CXCursor init);

/* ---- lower_cleanup.c ---- */
void fe_live_push(fe_fn *fn, uint32_t var, CXCursor decl);   /* decl null: nothing to call */
void fe_live_push_object(fe_fn *fn, uint32_t var, CXType t); /* C++ temporary */
void fe_live_push_members(fe_fn *fn, CXType self);           /* in a destructor */
void fe_unwind(fe_fn *fn, fe_live *to);                      /* emits, does not change fn->live */
void fe_tidy(fe_fn *fn);

/* ---- cxx_object.c ---- */
void fe_cxx_record(fe_unit *u, CXCursor decl, fe_record *r);
bool fe_cxx_is_implicit(CXCursor method);
bool fe_cxx_needs_destruction(fe_unit *u, CXType t);
bool fe_cxx_is_class(fe_unit *u, CXType t); /* has constructors, or bases: a list gives its fields no values */
bool fe_cxx_has_virtual_dtor(fe_unit *u, CXType t);
void fe_cxx_destroy(fe_fn *fn, ir_place p, CXType t);
void fe_cxx_destroy_members(fe_fn *fn, ir_place p, CXType t);
void fe_cxx_default_construct(fe_fn *fn, ir_place p, CXType t);
void fe_cxx_default_members(fe_fn *fn, ir_place p, CXType t);
void fe_cxx_ctor_inits(fe_fn *fn, CXCursor ctor);

void fe_cxx_copy(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns); /* by no function */

/* ---- cxx_std.c: classes of the standard library ---- */
typedef enum fe_std { FE_STD_NONE, FE_STD_UNIQUE, FE_STD_SHARED, FE_STD_VIEW } fe_std;
typedef struct fe_std_call {
    CXCursor c, d; /* call and method */
    const char *name;
    ir_place self;
    fe_kids args;
    uint32_t first; /* of the arguments that are not the object */
} fe_std_call;
fe_std fe_std_kind(fe_unit *u, CXType t);
bool fe_std_owns(fe_unit *u, CXCursor decl);         /* a class, or its template, that is a unique_ptr or shared_ptr */
const ir_type *fe_std_pointee(fe_unit *u, CXType t); /* of a view */
bool fe_std_construct(fe_fn *fn, CXCursor c, CXCursor ctor, fe_kids args, ir_place p);
void fe_std_default(fe_fn *fn, ir_place p, CXType t); /* of an owner */
void fe_std_copy(fe_fn *fn, ir_place dst, ir_place src, CXType t, bool moves, bool assigns);
void fe_std_destroy(fe_fn *fn, ir_place p, CXType t);                             /* of a unique_ptr */
bool fe_std_method(fe_fn *fn, const fe_std_call *k, ir_operand *out);             /* out of a reference: its address */
void fe_std_give(fe_fn *fn, CXCursor callee, const ir_operand *args, uint32_t n); /* before a call of the library */
bool fe_std_has_plain_body(fe_unit *u, CXCursor d);        /* make_unique: new and a constructor */
bool fe_std_is_cast(fe_unit *u, CXCursor d, fe_kids args); /* move(x), forward(x): x itself */
bool fe_std_function(fe_fn *fn, CXCursor c, CXCursor d, fe_kids args, ir_operand *out);
void fe_cxx_unseen(fe_fn *fn, const char *name, ir_operand *args, uint32_t n); /* a callee that may keep them */

/* ---- cxx_lambda.c ---- */
ir_operand fe_cxx_lambda(fe_fn *fn, CXCursor c, const ir_place *dst);
void fe_cxx_wrap_lambda(fe_fn *fn, CXCursor e, ir_place object); /* an object made from e, which may be a lambda */

/* ---- cxx.c ---- */
void fe_cxx_delete(fe_fn *fn, ir_operand p, CXType object, bool array); /* p is not null */
bool fe_cxx_is_default_arg(fe_unit *u, CXCursor arg);
bool fe_cxx_temporary(fe_fn *fn, CXCursor c, ir_place *out); /* an object that a call gives and nothing names */
void fe_cxx_hand_out(fe_fn *fn, ir_place p, CXType t);       /* returned to the caller */
bool fe_cxx_by_address(fe_unit *u, CXType param);            /* a class whose copies are objects of their own */
bool fe_cxx_call(fe_fn *fn, CXCursor c, const ir_place *dst, ir_operand *out);
ir_operand fe_cxx_value(fe_fn *fn, CXCursor c, const ir_place *dst);
bool fe_cxx_place(fe_fn *fn, CXCursor c, ir_place *out);
bool fe_cxx_stmt(fe_fn *fn, CXCursor c);
uint32_t fe_returned_local(fe_fn *fn, CXCursor e);
const char *fe_cxx_owner(fe_unit *u, CXCursor decl);

#endif
