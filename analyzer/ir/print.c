/* The text form of functions.
 *
 *     func main "c:@F@main" at "/x/a.c" 10..20 : int32 {
 *       param argc : int32
 *       local p : ptr(struct foo) @1:9
 *       temp t2 : int32
 *       fn malloc : func(ptr(void))
 *     b0:
 *       p = call malloc(10)                  @2:9
 *       branch p, b1, b2                     @3:7
 *     ...
 *     }
 *
 * Places read as C does: `*p`, `p->f`, `p[i]`, `s.f`; a bare function name is the function's address. `x:TYPE` gives
 * the type of a value where it is not the declared one. A name that is not unique, not an identifier or a keyword
 * carries the number of its variable: `p#7`, `"operator new"#4`, `_#5` for a variable without a name. */
#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "base/strbuf.h"
#include "ir/ir.h"
#include "ir/print.h"
#include "ir/text.h"

#define LOC_COLUMN 39

typedef struct seen_name {
    const char *name;
    UT_hash_handle hh;
} seen_name;

typedef struct printer {
    ll_strbuf *out;
    const ir_func *f;
    ir_scope scope;
    bool *plain; /* the variable's name alone denotes it */
} printer;

static const char *var_name(const ir_func *f, uint32_t var) {
    return var < f->nvars && f->vars[var].name ? f->vars[var].name : NULL;
}

static bool can_be_plain(const ir_var *v) {
    return v->name && ir_text_ident(v->name) && !ir_text_temp_name(v->name) && strcmp(v->name, "_") != 0 &&
           !ir_text_keyword(v->name, strlen(v->name));
}

/* The first variable of a name has it to itself; the others carry their number. */
static bool *plain_names(const ir_func *f) {
    bool *plain = ll_xcalloc(f->nvars, sizeof *plain);
    seen_name *rows = ll_xcalloc(f->nvars, sizeof *rows), *table = NULL;
    for (uint32_t i = 0; i < f->nvars; i++) {
        if (!can_be_plain(&f->vars[i])) continue;
        seen_name *old = NULL;
        const char *name = f->vars[i].name;
        HASH_FIND(hh, table, name, (unsigned)strlen(name), old);
        if (old) continue;
        plain[i] = true;
        rows[i].name = name;
        HASH_ADD_KEYPTR(hh, table, name, (unsigned)strlen(name), &rows[i]);
    }
    HASH_CLEAR(hh, table);
    free(rows);
    return plain;
}

static void print_var(const printer *p, uint32_t var) {
    const char *name = var_name(p->f, var);
    if (var < p->f->nvars && p->plain[var])
        ll_sb_add(p->out, name);
    else if (var < p->f->nvars && p->f->vars[var].kind == IR_V_TEMP)
        ll_sb_printf(p->out, "t%u", var);
    else {
        ir_print_name(p->out, name);
        ll_sb_printf(p->out, "#%u", var);
    }
}

static void print_place(const printer *p, const ir_place *place, uint32_t n);

/* Base of a postfix step: a place that ends in a dereference is written with a star and needs parentheses. */
static void print_base(const printer *p, const ir_place *place, uint32_t n) {
    bool star = n && place->path[n - 1].kind == IR_S_DEREF;
    if (star) ll_sb_addc(p->out, '(');
    print_place(p, place, n);
    if (star) ll_sb_addc(p->out, ')');
}

static void print_index(const printer *p, const ir_step *s) {
    ll_sb_addc(p->out, '[');
    if (s->index_var == IR_NOVAR)
        ll_sb_printf(p->out, "%lld", (long long)s->index);
    else
        print_var(p, s->index_var);
    ll_sb_addc(p->out, ']');
}

/* `p[i]` stands for an element of the array p, or, where p is declared a pointer, of the array it points to; the
 * reverse cases, and an index 0 that is there though it need not, are written `.[i]` and `->[i]`. */
static const char *index_mark(const printer *p, const ir_place *place, uint32_t base, bool deref) {
    const ir_type *t = ir_text_place_type(p->scope, place, base);
    const ir_step *s = &place->path[base + deref];
    bool pointer = t && t->kind == IR_T_PTR;
    bool zero = s->index_var == IR_NOVAR && s->index == 0;
    if (pointer == deref && !(zero && ir_text_index_zero_dropped(p->scope, place, base))) return "";
    return deref ? "->" : ".";
}

static void print_place(const printer *p, const ir_place *place, uint32_t n) {
    if (!n) {
        print_var(p, place->var);
        return;
    }
    const ir_step *s = &place->path[n - 1];
    if (s->kind == IR_S_DEREF) {
        ll_sb_addc(p->out, '*');
        print_place(p, place, n - 1);
        return;
    }
    bool deref = n > 1 && place->path[n - 2].kind == IR_S_DEREF;
    uint32_t base = deref ? n - 2 : n - 1;
    print_base(p, place, base);
    if (s->kind == IR_S_FIELD) {
        ll_sb_add(p->out, deref ? "->" : ".");
        ir_print_name(p->out, s->field);
    } else {
        ll_sb_add(p->out, index_mark(p, place, base, deref));
        print_index(p, s);
    }
}

static void print_type_unless(const printer *p, const ir_type *t, const ir_type *implied) {
    if (ir_type_equal(t, implied)) return;
    ll_sb_addc(p->out, ':');
    ir_print_type(p->out, t);
}

static void print_operand(const printer *p, const ir_operand *o, const ir_type *expected) {
    switch (o->kind) {
        case IR_O_NONE:
            ll_sb_add(p->out, "<none>");
            return;
        case IR_O_INT:
            ll_sb_printf(p->out, "%lld", (long long)o->i);
            break;
        case IR_O_STR:
            ir_print_string(p->out, o->str);
            break;
        case IR_O_FLOAT:
            ll_sb_add(p->out, "<float>");
            break;
        case IR_O_UNKNOWN:
            ll_sb_add(p->out, "<unknown>");
            break;
        case IR_O_PLACE:
            print_place(p, &o->place, o->place.npath);
            break;
        case IR_O_ADDR:
            ll_sb_addc(p->out, '&');
            print_place(p, &o->place, o->place.npath);
            break;
        case IR_O_FUNC:
            print_var(p, o->place.var);
            break;
    }
    ir_type scratch;
    print_type_unless(p, o->type, ir_text_operand_default(p->scope, o, expected, &scratch));
}

static void print_call(const printer *p, const ir_inst *i) {
    ll_sb_add(p->out, "call");
    if (i->dst.var == IR_NOVAR) print_type_unless(p, i->type, ir_text_inst_default(p->scope, i));
    ll_sb_addc(p->out, ' ');
    print_operand(p, &i->a, NULL);
    ll_sb_addc(p->out, '(');
    for (uint32_t k = 0; k < i->nargs; k++) {
        if (k) ll_sb_add(p->out, ", ");
        print_operand(p, &i->args[k], NULL);
    }
    ll_sb_addc(p->out, ')');
    if (i->macro) {
        ll_sb_add(p->out, " macro ");
        ir_print_name(p->out, i->macro);
    }
    if (i->table) {
        ll_sb_add(p->out, " table ");
        ir_print_name(p->out, i->table);
    }
}

/* The right-hand side of an assignment. */
static void print_value(const printer *p, const ir_inst *i) {
    if (i->is_unsigned && (i->op == IR_UN || i->op == IR_BIN)) ll_sb_add(p->out, "unsigned ");
    switch (i->op) {
        case IR_COPY: {
            const ir_type *implied = ir_place_type(p->f, &i->dst);
            bool written = !ir_type_equal(i->type, ir_text_inst_default(p->scope, i));
            print_operand(p, &i->a, written ? i->type : implied);
            break;
        }
        case IR_UN:
            ll_sb_printf(p->out, "%s ", ir_arith_name(i->arith));
            print_operand(p, &i->a, NULL);
            break;
        case IR_BIN:
            print_operand(p, &i->a, NULL);
            ll_sb_printf(p->out, " %s ", ir_arith_name(i->arith));
            print_operand(p, &i->b, i->a.type);
            break;
        default:
            print_call(p, i);
            break;
    }
}

static void print_dst(const printer *p, const ir_inst *i) {
    print_place(p, &i->dst, i->dst.npath);
    print_type_unless(p, i->type, ir_text_inst_default(p->scope, i));
}

static void print_cases(const printer *p, const ir_inst *i) {
    for (uint32_t k = 0; k < i->ncases; k++) {
        const ir_case *c = &i->cases[k];
        ll_sb_printf(p->out, ", %lld", (long long)c->lo);
        if (c->hi != c->lo) ll_sb_printf(p->out, "..%lld", (long long)c->hi);
        ll_sb_printf(p->out, " b%u", i->targets[c->target]);
    }
}

static void print_inst(const printer *p, const ir_inst *i) {
    switch (i->op) {
        case IR_COPY:
        case IR_UN:
        case IR_BIN:
            print_dst(p, i);
            ll_sb_add(p->out, " = ");
            print_value(p, i);
            return;
        case IR_CALL:
            if (i->dst.var != IR_NOVAR) {
                print_dst(p, i);
                ll_sb_add(p->out, " = ");
            }
            print_call(p, i);
            return;
        case IR_SWITCH:
            if (i->is_unsigned) ll_sb_add(p->out, "unsigned ");
            break;
        default:
            break;
    }
    ll_sb_add(p->out, ir_op_name(i->op));
    if (i->op == IR_ZERO || i->op == IR_HAVOC || i->op == IR_DECL || i->op == IR_SCOPE_END) {
        ll_sb_addc(p->out, ' ');
        print_dst(p, i);
        return;
    }
    const char *comma = " ";
    if (i->a.kind != IR_O_NONE) {
        ll_sb_addc(p->out, ' ');
        print_operand(p, &i->a, NULL);
        comma = ", ";
    }
    if (i->op == IR_SWITCH) {
        ll_sb_printf(p->out, ", b%u", i->targets[0]);
        print_cases(p, i);
        return;
    }
    for (uint32_t k = 0; k < i->ntargets; k++, comma = ", ") ll_sb_printf(p->out, "%sb%u", comma, i->targets[k]);
}

static void print_loc(ll_strbuf *out, ir_loc loc, size_t line_start) {
    if (!loc.line && !loc.col) return;
    for (ll_sb_addc(out, ' '); out->n - line_start < LOC_COLUMN;) ll_sb_addc(out, ' ');
    ll_sb_printf(out, "@%d", loc.line);
    if (loc.col) ll_sb_printf(out, ":%d", loc.col);
}

static void print_var_line(const printer *p, uint32_t var) {
    static const char *const kinds[] = {"param", "local", "temp", "global", "fn"};
    const ir_var *v = &p->f->vars[var];
    size_t start = p->out->n;
    bool func = v->kind == IR_V_FUNC;
    ll_sb_printf(p->out, "  %s ", kinds[v->kind]);
    print_var(p, var);
    if (func || v->kind == IR_V_GLOBAL) ir_print_usr(p->out, func, v->name, v->usr);
    ll_sb_add(p->out, " : ");
    ir_print_type(p->out, v->type);
    if (v->is_volatile) ll_sb_add(p->out, " volatile");
    if (v->address_taken) ll_sb_add(p->out, " addressed");
    if (v->is_thread_local) ll_sb_add(p->out, " thread_local");
    print_loc(p->out, v->loc, start);
    ll_sb_addc(p->out, '\n');
}

static void print_header(const printer *p) {
    const ir_func *f = p->f;
    const struct {
        bool set;
        const char *word;
    } flags[] = {
        {f->is_static, "static"},       {f->is_inline, "inline"},        {f->is_variadic, "variadic"},
        {f->is_noreturn, "noreturn"},   {f->in_system_header, "system"}, {!f->in_main_file, "header"},
        {f->is_ctor_attr, "automatic"}, {f->is_partial, "partial"},      {f->is_weak, "weak"},
    };
    ll_sb_add(p->out, "func ");
    ir_print_name(p->out, f->name);
    ir_print_usr(p->out, true, f->name, f->usr);
    ll_sb_add(p->out, " at ");
    ir_print_string(p->out, f->file);
    ll_sb_printf(p->out, " %d..%d : ", f->first_line, f->last_line);
    ir_print_type(p->out, f->ret);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].set) ll_sb_printf(p->out, " %s", flags[i].word);
    if (f->owner) {
        ll_sb_add(p->out, " owner ");
        ir_print_string(p->out, f->owner);
    }
    ll_sb_add(p->out, " {\n");
}

void ir_print_func(ll_strbuf *out, const ir_func *f) {
    printer p = {out, f, {f->vars, f->nvars}, plain_names(f)};
    print_header(&p);
    for (uint32_t i = 0; i < f->nvars; i++) print_var_line(&p, i);
    for (uint32_t b = 0; b < f->nblocks; b++) {
        ll_sb_printf(out, "b%u:\n", b);
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) {
            size_t start = out->n;
            ll_sb_add(out, "  ");
            print_inst(&p, &f->blocks[b].insts[i]);
            print_loc(out, f->blocks[b].insts[i].loc, start);
            ll_sb_addc(out, '\n');
        }
    }
    ll_sb_add(out, "}\n");
    free(p.plain);
}
