/* Units of the text form: files, notes, declarations, globals. */
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "ir/read.h"

static const char *read_usr(ir_reader *r, bool func, const char *name) {
    if (r->tok.kind == TOK_STRING) return ir_rd_string(r);
    if (!name) ir_rd_fail(r, r->tok.start, "expected a name");
    return r->failed ? NULL : ll_intern_str(r->names, ir_text_usr(r->arena, func, name));
}

static void read_params(ir_reader *r, ir_fdecl *d) {
    LL_ARRAY(const ir_type *) params = {0};
    ir_rd_want(r, "(");
    while (!r->failed && !ir_rd_is(r, ")")) {
        if (ir_rd_take(r, "...")) {
            d->variadic = true;
            break;
        }
        LL_PUSH(r->arena, &params, ir_rd_type(r));
        if (!ir_rd_is(r, ")")) ir_rd_want(r, ",");
    }
    ir_rd_want(r, ")");
    d->params = params.v;
    d->nparams = params.n;
}

static void read_decl(ir_reader *r) {
    ir_fdecl d = {.name = ir_rd_name(r)};
    d.usr = read_usr(r, true, d.name);
    ir_rd_want(r, ":");
    d.ret = ir_rd_type(r);
    read_params(r, &d);
    const struct {
        const char *word;
        bool *set;
    } flags[] = {{"static", &d.is_static}, {"noreturn", &d.is_noreturn},    {"system", &d.in_system_header},
                 {"pure", &d.is_pure},     {"nonnull", &d.returns_nonnull}, {"malloc", &d.attr_malloc}};
    while (r->tok.kind == TOK_WORD) {
        size_t k = 0, n = sizeof flags / sizeof *flags;
        while (k < n && !ir_rd_take_word(r, flags[k].word)) k++;
        if (k < n) {
            *flags[k].set = true;
        } else if (ir_rd_take_word(r, "dealloc")) {
            d.dealloc = ir_rd_string(r);
            d.dealloc_arg = ir_rd_uint31(r, "an argument's number is 1 or more, 0 for none");
        } else if (ir_rd_take_word(r, "wants")) {
            d.nonnull_args = ir_rd_uint31(r, "a set of arguments is 0 or more");
        } else if (ir_rd_take_word(r, "owner")) {
            d.owner = ir_rd_string(r);
        } else {
            ir_rd_fail(r, r->tok.start, "unknown property '%s' of a declaration", r->tok.text);
        }
    }
    ir_rd_end_line(r);
    if (!r->failed) LL_PUSH(r->arena, &r->unit->decls, d);
}

static ir_place read_path(ir_reader *r) {
    ir_place p = {0};
    while (!r->failed && p.npath <= IR_MAX_PATH) {
        if (ir_rd_take(r, "[")) {
            p = ir_place_index(r->arena, p, ir_rd_int(r), IR_NOVAR);
            ir_rd_want(r, "]");
        } else if (ir_rd_take(r, ".")) {
            if (ir_rd_take(r, "*")) {
                p = ir_place_deref(r->arena, p);
                continue;
            }
            const char *field = ir_rd_name(r);
            if (!field) ir_rd_fail(r, r->tok.start, "expected a field");
            p = ir_place_field(r->arena, p, field);
        } else {
            break;
        }
    }
    if (p.npath > IR_MAX_PATH) ir_rd_fail(r, r->tok.start, "path too long");
    return p;
}

static void read_init_value(ir_reader *r, ir_init *i) {
    ir_operand *o = &i->value;
    o->place.var = IR_NOVAR;
    bool func = ir_rd_take_word(r, "fn");
    if (func || ir_rd_take(r, "&")) {
        o->kind = func ? IR_O_FUNC : IR_O_ADDR;
        i->usr = ir_rd_string(r);
        o->place = read_path(r);
        o->place.var = IR_NOVAR;
    } else if (r->tok.kind == TOK_STRING) {
        o->kind = IR_O_STR;
        o->str = ir_rd_string(r);
    } else if (ir_rd_take(r, "<")) {
        o->kind = ir_rd_is_word(r, "float") ? IR_O_FLOAT : IR_O_UNKNOWN;
        ir_rd_next(r);
        ir_rd_want(r, ">");
    } else {
        o->kind = IR_O_INT;
        o->i = ir_rd_int(r);
    }
    bool typed = ir_rd_take(r, ":");
    if (typed) o->type = ir_rd_type(r);
    ir_rd_settle(r, o, typed, NULL);
}

static void read_init(ir_reader *r) {
    if (!r->unit->globals.n) {
        ir_rd_fail(r, r->tok.start, "init stands below its global");
        return;
    }
    ir_global *g = &r->unit->globals.v[r->unit->globals.n - 1];
    ir_init i = {.place = read_path(r)};
    ir_rd_want(r, "=");
    read_init_value(r, &i);
    ir_rd_end_line(r);
    if (r->failed) return;
    LL_ARRAY(ir_init) grown = {g->inits, g->ninits, g->ninits};
    /* room doubles when the count is a power of two, as nothing else remembers the capacity */
    if (g->ninits & (g->ninits - 1)) grown.cap = g->ninits + 1;
    LL_PUSH(r->arena, &grown, i);
    g->inits = grown.v;
    g->ninits = grown.n;
}

static void read_global(ir_reader *r) {
    ir_global g = {.name = ir_rd_name(r), .has_definition = true, .init_complete = true};
    g.usr = read_usr(r, false, g.name);
    g.file = ir_rd_take_word(r, "at") ? ir_rd_string(r) : r->unit->file;
    ir_rd_want(r, ":");
    g.type = ir_rd_type(r);
    while (r->tok.kind == TOK_WORD) {
        if (ir_rd_take_word(r, "static"))
            g.is_static = true;
        else if (ir_rd_take_word(r, "const"))
            g.is_const = true;
        else if (ir_rd_take_word(r, "extern"))
            g.has_definition = false;
        else if (ir_rd_take_word(r, "incomplete"))
            g.init_complete = false;
        else
            ir_rd_fail(r, r->tok.start, "unknown property '%s' of a global", r->tok.text);
    }
    ir_rd_end_line(r);
    if (!r->failed) LL_PUSH(r->arena, &r->unit->globals, g);
}

static void read_note(ir_reader *r) {
    ir_note n = {.kind = IR_NOTE_PARSE_ERROR};
    if (ir_rd_take_word(r, "not_lowered"))
        n.kind = IR_NOTE_NOT_LOWERED;
    else if (!ir_rd_take_word(r, "parse_error"))
        ir_rd_fail(r, r->tok.start, "expected parse_error or not_lowered");
    n.file = ir_rd_string(r);
    ir_loc loc = ir_rd_loc(r);
    n.line = loc.line;
    n.col = loc.col;
    n.text = ir_rd_string(r);
    ir_rd_end_line(r);
    if (!r->failed) LL_PUSH(r->arena, &r->unit->notes, n);
}

static void read_item(ir_reader *r) {
    if (ir_rd_take_word(r, "func")) {
        ir_rd_func(r);
    } else if (ir_rd_take_word(r, "decl")) {
        read_decl(r);
    } else if (ir_rd_take_word(r, "global")) {
        read_global(r);
    } else if (ir_rd_take_word(r, "init")) {
        read_init(r);
    } else if (ir_rd_take_word(r, "note")) {
        read_note(r);
    } else if (ir_rd_take_word(r, "file")) {
        const char *file = ir_rd_string(r);
        ir_rd_end_line(r);
        LL_PUSH(r->arena, &r->unit->files, file);
    } else if (ir_rd_take_word(r, "unit")) {
        r->unit->file = ir_rd_string(r);
        ir_rd_end_line(r);
    } else {
        ir_rd_fail(r, r->tok.start, "expected unit, file, note, decl, global, init or func");
    }
}

/* ---- what a hand-written unit may leave out ---- */

typedef struct usr_row {
    const char *usr;
    UT_hash_handle hh;
} usr_row;

/* True the first time a USR comes by. */
static bool add_usr(ir_reader *r, usr_row **table, const char *usr) {
    usr_row *row = NULL;
    HASH_FIND(hh, *table, usr, (unsigned)strlen(usr), row);
    if (row) return false;
    row = LL_NEW(r->arena, usr_row);
    row->usr = usr;
    HASH_ADD_KEYPTR(hh, *table, usr, (unsigned)strlen(usr), row);
    return true;
}

static ir_fdecl decl_of(ir_reader *r, const ir_func *f) {
    ir_fdecl d = {.usr = f->usr, .name = f->name, .ret = f->ret, .owner = f->owner};
    d.nparams = f->nparams;
    d.params = LL_NEWN(r->arena, const ir_type *, f->nparams);
    for (uint32_t i = 0; i < f->nparams; i++) d.params[i] = f->vars[i].type;
    d.variadic = f->is_variadic;
    d.is_static = f->is_static;
    d.is_noreturn = f->is_noreturn;
    d.in_system_header = f->in_system_header;
    return d;
}

static void declare_vars(ir_reader *r, const ir_func *f, usr_row **table) {
    for (uint32_t i = 0; i < f->nvars; i++) {
        const ir_var *v = &f->vars[i];
        const ir_type *t = v->type;
        if (v->kind == IR_V_FUNC && add_usr(r, table, v->usr)) {
            ir_fdecl d = {
                .usr = v->usr, .name = v->name, .ret = t && t->kind == IR_T_FUNC ? t->elem : NULL, .variadic = true};
            LL_PUSH(r->arena, &r->unit->decls, d);
        } else if (v->kind == IR_V_GLOBAL && add_usr(r, table, v->usr)) {
            ir_global g = {.usr = v->usr, .name = v->name, .file = r->unit->file, .type = t};
            LL_PUSH(r->arena, &r->unit->globals, g);
        }
    }
}

/* Every function and global that is used has a declaration, and the main file is a file of the unit. */
static void complete(ir_reader *r) {
    ir_unit *u = r->unit;
    usr_row *table = NULL;
    if (!u->files.n) LL_PUSH(r->arena, &u->files, u->file);
    for (uint32_t i = 0; i < u->decls.n; i++) add_usr(r, &table, u->decls.v[i].usr);
    for (uint32_t i = 0; i < u->globals.n; i++) add_usr(r, &table, u->globals.v[i].usr);
    for (uint32_t i = 0; i < u->funcs.n; i++)
        if (add_usr(r, &table, u->funcs.v[i]->usr)) {
            ir_fdecl d = decl_of(r, u->funcs.v[i]);
            LL_PUSH(r->arena, &u->decls, d);
        }
    for (uint32_t i = 0; i < u->funcs.n; i++) declare_vars(r, u->funcs.v[i], &table);
    HASH_CLEAR(hh, table);
}

bool ir_read_unit(ll_arena *a, ll_intern *names, const char *name, const char *text, ir_unit *out, ll_err *err) {
    *out = (ir_unit){.file = ll_intern_str(names, name)};
    ir_reader r = {.arena = a, .names = names, .name = name, .text = text, .p = text, .err = err, .unit = out};
    ir_rd_next(&r);
    while (!r.failed && r.tok.kind != TOK_END)
        if (r.tok.kind == TOK_LINE)
            ir_rd_next(&r);
        else
            read_item(&r);
    if (!r.failed) complete(&r);
    return !r.failed;
}
