/* Functions of the text form: variables, blocks, instructions. */
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "ir/read.h"

typedef struct handle {
    const char *name; /* interned */
    int64_t suffix;
} handle;

struct var_row {
    handle key;
    uint32_t var;
    UT_hash_handle hh;
};

struct label_row {
    const char *name; /* interned */
    uint32_t block;
    bool defined;
    const char *used_at;
    UT_hash_handle hh;
};

static struct var_row *find_row(const ir_reader *r, const token *t) {
    handle key = {t->text, t->suffix};
    struct var_row *row = NULL;
    HASH_FIND(hh, r->vars, &key, sizeof key, row);
    return row;
}

uint32_t ir_rd_new_var(ir_reader *r, const token *t, ir_var var) {
    if (find_row(r, t))
        ir_rd_fail(r, t->start, "'%s' is declared twice; tell them apart by a number: %s#2", t->text, t->text);
    if (r->failed) return IR_NOVAR;
    struct var_row *row = LL_NEW(r->arena, struct var_row);
    row->key = (handle){t->text, t->suffix};
    row->var = ir_build_var(r->build, var);
    HASH_ADD(hh, r->vars, key, sizeof row->key, row);
    return row->var;
}

static uint32_t new_func_var(ir_reader *r, const token *t, const char *usr, const ir_type *ret) {
    ir_type *type = LL_NEW(r->arena, ir_type);
    *type = (ir_type){.kind = IR_T_FUNC, .elem = ret};
    return ir_rd_new_var(r, t, (ir_var){.kind = IR_V_FUNC, .name = t->text, .usr = usr, .type = type});
}

uint32_t ir_rd_find_var(ir_reader *r, const token *t, bool callee) {
    struct var_row *row = find_row(r, t);
    if (row) return row->var;
    if (t->suffix >= 0 || r->failed) return IR_NOVAR;
    const ir_unit *u = r->unit;
    for (uint32_t i = 0; i < u->globals.n; i++) {
        const ir_global *g = &u->globals.v[i];
        if (g->name == t->text)
            return ir_rd_new_var(r, t, (ir_var){.kind = IR_V_GLOBAL, .name = g->name, .usr = g->usr, .type = g->type});
    }
    for (uint32_t i = 0; i < u->decls.n; i++)
        if (u->decls.v[i].name == t->text) return new_func_var(r, t, u->decls.v[i].usr, u->decls.v[i].ret);
    for (uint32_t i = 0; i < u->funcs.n; i++)
        if (u->funcs.v[i]->name == t->text) return new_func_var(r, t, u->funcs.v[i]->usr, u->funcs.v[i]->ret);
    if (!callee) return IR_NOVAR;
    const char *usr = ll_intern_str(r->names, ir_text_usr(r->arena, true, t->text));
    return ir_rd_new_var(r, t, (ir_var){.kind = IR_V_FUNC, .name = t->text, .usr = usr});
}

/* ---- variables ---- */

static bool var_kind(const ir_reader *r, ir_vkind *kind) {
    static const char *const words[] = {"param", "local", "temp", "global", "fn"};
    for (int i = 0; i < 5; i++)
        if (ir_rd_is_word(r, words[i])) {
            *kind = (ir_vkind)i;
            return true;
        }
    return false;
}

static void read_var(ir_reader *r, ir_vkind kind) {
    ir_var v = {.kind = kind};
    ir_rd_next(r);
    token t = r->tok;
    const char *name = ir_rd_name(r);
    if (kind != IR_V_TEMP) v.name = name;
    if (kind == IR_V_GLOBAL || kind == IR_V_FUNC) {
        if (r->tok.kind == TOK_STRING)
            v.usr = ir_rd_string(r);
        else if (name)
            v.usr = ll_intern_str(r->names, ir_text_usr(r->arena, kind == IR_V_FUNC, name));
    }
    if (kind != IR_V_FUNC || ir_rd_is(r, ":")) {
        ir_rd_want(r, ":");
        v.type = ir_rd_type(r);
    }
    for (bool more = true; more;) {
        more = false;
        if (ir_rd_take_word(r, "volatile")) more = v.is_volatile = true;
        if (ir_rd_take_word(r, "addressed")) more = v.address_taken = true;
        if (ir_rd_take_word(r, "thread_local")) more = v.is_thread_local = true;
    }
    v.loc = ir_rd_loc(r);
    ir_rd_new_var(r, &t, v);
}

/* ---- blocks ---- */

static struct label_row *label(ir_reader *r, const char *name, bool entry) {
    struct label_row *row = NULL;
    HASH_FIND(hh, r->labels, &name, sizeof name, row);
    if (row) return row;
    row = LL_NEW(r->arena, struct label_row);
    row->name = name;
    row->used_at = r->tok.start;
    row->block = entry ? 0 : ir_build_block(r->build);
    HASH_ADD(hh, r->labels, name, sizeof row->name, row);
    return row;
}

static uint32_t read_target(ir_reader *r) {
    if (r->tok.kind != TOK_WORD || r->tok.suffix >= 0) {
        ir_rd_fail(r, r->tok.start, "expected a block");
        return 0;
    }
    uint32_t block = label(r, r->tok.text, false)->block;
    ir_rd_next(r);
    return block;
}

static void set_targets(ir_reader *r, ir_inst *i, const uint32_t *v, uint32_t n) {
    i->targets = ll_memdup(r->arena, v, n * sizeof *v);
    i->ntargets = n;
}

/* `name:` alone on a line. A block that is not terminated before it falls through. */
static void define_label(ir_reader *r) {
    struct label_row *l = label(r, r->tok.text, !r->started);
    r->started = true;
    if (l->defined) ir_rd_fail(r, r->tok.start, "block '%s' is there twice", l->name);
    l->defined = true;
    ir_rd_next(r);
    ir_rd_want(r, ":");
    if (r->failed) return;
    if (l->block != ir_build_here(r->build) && !ir_build_terminated(r->build)) {
        ir_inst jump = {.op = IR_JUMP, .dst.var = IR_NOVAR};
        set_targets(r, &jump, &l->block, 1);
        ir_build_inst(r->build, jump);
    }
    ir_build_at(r->build, l->block);
}

static bool at_label(const ir_reader *r) {
    if (r->tok.kind != TOK_WORD || r->tok.suffix >= 0) return false;
    const char *p = r->p + strspn(r->p, " \t");
    if (*p != ':') return false;
    p++;
    p += strspn(p, " \t\r");
    return *p == '\n' || !*p || (p[0] == '/' && p[1] == '/');
}

/* ---- instructions ---- */

static void read_call(ir_reader *r, ir_inst *i, bool with_dst) {
    i->op = IR_CALL;
    bool typed = !with_dst && ir_rd_take(r, ":");
    if (typed) i->type = ir_rd_type(r);
    bool callee_typed = false;
    i->a = ir_rd_operand(r, true, &callee_typed);
    ir_rd_settle(r, &i->a, callee_typed, NULL);
    LL_ARRAY(ir_operand) args = {0};
    ir_rd_want(r, "(");
    while (!r->failed && !ir_rd_is(r, ")")) {
        if (args.n) ir_rd_want(r, ",");
        bool arg_typed = false;
        ir_operand o = ir_rd_operand(r, false, &arg_typed);
        ir_rd_settle(r, &o, arg_typed, NULL);
        LL_PUSH(r->arena, &args, o);
    }
    ir_rd_want(r, ")");
    i->args = args.v;
    i->nargs = args.n;
    if (ir_rd_take_word(r, "macro") && !(i->macro = ir_rd_name(r)))
        ir_rd_fail(r, r->tok.start, "expected the name of a macro");
    if (ir_rd_take_word(r, "table") && !(i->table = ir_rd_name(r)))
        ir_rd_fail(r, r->tok.start, "expected a record and a field of it, joined by ::");
    if (!with_dst && !typed && !r->failed) i->type = ir_text_inst_default(ir_rd_scope(r), i);
}

static bool take_arith(ir_reader *r, bool unary, ir_arith *arith) {
    if (r->tok.kind != TOK_PUNCT && (r->tok.kind != TOK_WORD || r->tok.suffix >= 0)) return false;
    for (int k = 0; k < IR_ARITH_COUNT; k++) {
        if (ir_arith_is_unary((ir_arith)k) != unary || strcmp(ir_arith_name((ir_arith)k), r->tok.text) != 0) continue;
        *arith = (ir_arith)k;
        ir_rd_next(r);
        return true;
    }
    return false;
}

/* What stands right of `=`. Knows of the destination's type only whether it is written. */
static void read_value(ir_reader *r, ir_inst *i, bool typed) {
    bool a_typed = false, b_typed = false;
    const ir_type *implied = typed ? i->type : ir_text_place_type(ir_rd_scope(r), &i->dst, i->dst.npath);
    i->is_unsigned = ir_rd_take_word(r, "unsigned");
    if (take_arith(r, true, &i->arith)) {
        i->op = IR_UN;
        i->a = ir_rd_operand(r, false, &a_typed);
        ir_rd_settle(r, &i->a, a_typed, NULL);
        return;
    }
    i->a = ir_rd_operand(r, false, &a_typed);
    if (take_arith(r, false, &i->arith)) {
        i->op = IR_BIN;
        ir_rd_settle(r, &i->a, a_typed, NULL);
        i->b = ir_rd_operand(r, false, &b_typed);
        ir_rd_settle(r, &i->b, b_typed, i->a.type);
        return;
    }
    i->op = IR_COPY;
    ir_rd_settle(r, &i->a, a_typed, implied);
}

static void read_assignment(ir_reader *r, ir_inst *i) {
    i->dst = ir_rd_place(r);
    bool typed = ir_rd_take(r, ":");
    if (typed) i->type = ir_rd_type(r);
    ir_rd_want(r, "=");
    if (ir_rd_take_word(r, "call"))
        read_call(r, i, true);
    else
        read_value(r, i, typed);
    if (!typed && !r->failed) i->type = ir_text_inst_default(ir_rd_scope(r), i);
}

static void read_on_place(ir_reader *r, ir_inst *i) {
    i->dst = ir_rd_place(r);
    if (ir_rd_take(r, ":"))
        i->type = ir_rd_type(r);
    else if (!r->failed)
        i->type = ir_text_inst_default(ir_rd_scope(r), i);
}

static void read_cases(ir_reader *r, ir_inst *i, uint32_t other) {
    LL_ARRAY(ir_case) cases = {0};
    LL_ARRAY(uint32_t) targets = {0};
    LL_PUSH(r->arena, &targets, other);
    while (!r->failed && ir_rd_take(r, ",")) {
        ir_case c = {.lo = ir_rd_int(r), .target = targets.n};
        c.hi = ir_rd_take(r, "..") ? ir_rd_int(r) : c.lo;
        LL_PUSH(r->arena, &targets, read_target(r));
        LL_PUSH(r->arena, &cases, c);
    }
    i->cases = cases.v;
    i->ncases = cases.n;
    i->targets = targets.v;
    i->ntargets = targets.n;
}

static void read_operand_a(ir_reader *r, ir_inst *i) {
    bool typed = false;
    i->a = ir_rd_operand(r, false, &typed);
    ir_rd_settle(r, &i->a, typed, NULL);
}

static void read_terminator(ir_reader *r, ir_inst *i) {
    if (i->op == IR_UNREACHABLE || i->op == IR_THROW) return;
    if (i->op == IR_RET) {
        if (r->tok.kind != TOK_LINE && r->tok.kind != TOK_END && !ir_rd_is(r, "@")) read_operand_a(r, i);
        return;
    }
    if (i->op != IR_JUMP) {
        read_operand_a(r, i);
        ir_rd_want(r, ",");
    }
    if (i->op == IR_SWITCH) {
        read_cases(r, i, read_target(r));
        return;
    }
    LL_ARRAY(uint32_t) targets = {0};
    LL_PUSH(r->arena, &targets, read_target(r));
    while (!r->failed && ir_rd_take(r, ",")) LL_PUSH(r->arena, &targets, read_target(r));
    uint32_t want = i->op == IR_JUMP ? 1 : i->op == IR_BRANCH ? 2 : targets.n;
    if (targets.n != want) ir_rd_fail(r, r->tok.start, "%s takes %u target(s)", ir_op_name(i->op), want);
    i->targets = targets.v;
    i->ntargets = targets.n;
}

static bool statement_word(const ir_reader *r, ir_opcode *op) {
    for (int k = 0; k < IR_OPCODE_COUNT; k++) {
        if (k == IR_COPY || k == IR_UN || k == IR_BIN || !ir_rd_is_word(r, ir_op_name((ir_opcode)k))) continue;
        *op = (ir_opcode)k;
        return true;
    }
    return false;
}

static void read_inst(ir_reader *r) {
    ir_inst i = {.dst.var = IR_NOVAR, .a.place.var = IR_NOVAR, .b.place.var = IR_NOVAR};
    const char *at = r->tok.start;
    bool is_unsigned = ir_rd_take_word(r, "unsigned");
    if (!statement_word(r, &i.op)) {
        read_assignment(r, &i);
    } else {
        ir_rd_next(r);
        if (i.op == IR_CALL)
            read_call(r, &i, false);
        else if (ir_op_terminates(i.op))
            read_terminator(r, &i);
        else
            read_on_place(r, &i);
    }
    if (is_unsigned && i.op != IR_SWITCH) ir_rd_fail(r, at, "'unsigned' stands before switch or right of '='");
    if (is_unsigned) i.is_unsigned = true;
    i.loc = ir_rd_loc(r);
    r->started = true;
    if (!r->failed) ir_build_inst(r->build, i);
}

/* ---- functions ---- */

static void read_line(ir_reader *r, bool *in_body) {
    ir_vkind kind = IR_V_PARAM;
    uint32_t n = 0;
    ir_build_vars(r->build, &n);
    if (var_kind(r, &kind)) {
        if (kind == IR_V_PARAM && n && ir_build_vars(r->build, &n)[n - 1].kind != IR_V_PARAM)
            ir_rd_fail(r, r->tok.start, "parameters come first");
        if (*in_body) ir_rd_fail(r, r->tok.start, "variables come before the blocks");
        read_var(r, kind);
    } else {
        *in_body = true;
        if (at_label(r))
            define_label(r);
        else
            read_inst(r);
    }
}

static void read_body(ir_reader *r) {
    bool in_body = false;
    ir_rd_want(r, "{");
    while (!r->failed && !ir_rd_is(r, "}")) {
        if (r->tok.kind == TOK_END) ir_rd_fail(r, r->tok.start, "function without '}'");
        if (r->tok.kind != TOK_LINE) read_line(r, &in_body);
        if (!ir_rd_is(r, "}")) ir_rd_end_line(r);
    }
    ir_rd_want(r, "}");
    for (struct label_row *l = r->labels; l; l = l->hh.next)
        if (!l->defined) ir_rd_fail(r, l->used_at, "no block '%s' in this function", l->name);
}

static void read_header(ir_reader *r, ir_func *f) {
    f->name = ir_rd_name(r);
    if (!f->name) ir_rd_fail(r, r->tok.start, "a function needs a name");
    if (r->failed) return;
    f->usr =
        r->tok.kind == TOK_STRING ? ir_rd_string(r) : ll_intern_str(r->names, ir_text_usr(r->arena, true, f->name));
    f->file = ir_rd_take_word(r, "at") ? ir_rd_string(r) : r->unit->file;
    f->first_line = f->last_line = 1;
    if (r->tok.kind == TOK_INT) {
        f->first_line = ir_rd_int32(r);
        ir_rd_want(r, "..");
        f->last_line = ir_rd_int32(r);
    }
    ir_rd_want(r, ":");
    f->ret = ir_rd_type(r);
    f->in_main_file = true;
    const struct {
        const char *word;
        bool *set;
        bool value;
    } flags[] = {
        {"static", &f->is_static, true},
        {"inline", &f->is_inline, true},
        {"variadic", &f->is_variadic, true},
        {"noreturn", &f->is_noreturn, true},
        {"system", &f->in_system_header, true},
        {"header", &f->in_main_file, false},
        {"automatic", &f->is_ctor_attr, true},
        {"partial", &f->is_partial, true},
        {"weak", &f->is_weak, true},
    };
    while (r->tok.kind == TOK_WORD) {
        size_t k = 0, n = sizeof flags / sizeof *flags;
        while (k < n && !ir_rd_take_word(r, flags[k].word)) k++;
        if (k < n)
            *flags[k].set = flags[k].value;
        else if (ir_rd_take_word(r, "owner"))
            f->owner = ir_rd_string(r);
        else
            ir_rd_fail(r, r->tok.start, "unknown property '%s' of a function", r->tok.text);
    }
}

void ir_rd_func(ir_reader *r) {
    const char *at = r->tok.start;
    ir_func *f = LL_NEW(r->arena, ir_func);
    read_header(r, f);
    r->build = ir_build_new(r->arena, r->names);
    r->vars = NULL;
    r->labels = NULL;
    r->started = false;
    read_body(r);
    if (!r->failed) {
        ll_err err = {0};
        ir_build_finish(r->build, f);
        if (ir_verify(f, &err))
            LL_PUSH(r->arena, &r->unit->funcs, f);
        else
            ir_rd_fail(r, at, "%s", err.msg);
    }
    HASH_CLEAR(hh, r->vars);
    HASH_CLEAR(hh, r->labels);
    r->build = NULL;
}
