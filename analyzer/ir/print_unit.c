/* The text form of types, declarations and globals, and of a place for messages. */
#include <stdio.h>
#include <string.h>

#include "ir/print.h"
#include "ir/text.h"

void ir_print_string(ll_strbuf *out, const char *s) {
    if (!s) {
        ll_sb_addc(out, '?');
        return;
    }
    ll_sb_addc(out, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '\n')
            ll_sb_add(out, "\\n");
        else if (c == '\t')
            ll_sb_add(out, "\\t");
        else if (c == '"' || c == '\\')
            ll_sb_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            ll_sb_printf(out, "\\x%02x", c);
        else
            ll_sb_addc(out, (char)c);
    }
    ll_sb_addc(out, '"');
}

void ir_print_name(ll_strbuf *out, const char *s) {
    if (!s)
        ll_sb_addc(out, '_');
    else if (ir_text_ident(s) && strcmp(s, "_") != 0)
        ll_sb_add(out, s);
    else
        ir_print_string(out, s);
}

void ir_print_usr(ll_strbuf *out, bool func, const char *name, const char *usr) {
    const char *prefix = func ? "c:@F@" : "c:@";
    size_t n = strlen(prefix);
    if (usr && name && strncmp(usr, prefix, n) == 0 && strcmp(usr + n, name) == 0) return;
    ll_sb_addc(out, ' ');
    ir_print_string(out, usr);
}

static void print_type_name(ll_strbuf *out, const ir_type *t) {
    if (!t->name || t->kind == IR_T_RECORD || t->kind == IR_T_UNION) return;
    ll_sb_addc(out, ':');
    ir_print_name(out, t->name);
}

void ir_print_type(ll_strbuf *out, const ir_type *t) {
    if (!t) {
        ll_sb_addc(out, '?');
        return;
    }
    if (t->is_const) ll_sb_add(out, "const ");
    switch (t->kind) {
        case IR_T_VOID:
            ll_sb_add(out, "void");
            break;
        case IR_T_BOOL:
            ll_sb_printf(out, "bool%u", t->bits);
            break;
        case IR_T_INT:
            ll_sb_printf(out, "int%u%s", t->bits, t->is_unsigned ? "u" : "");
            break;
        case IR_T_FLOAT:
            ll_sb_printf(out, "float%u", t->bits);
            break;
        case IR_T_PTR:
        case IR_T_FUNC:
        case IR_T_ARRAY:
            ll_sb_add(out, t->kind == IR_T_PTR ? "ptr(" : t->kind == IR_T_FUNC ? "func(" : "array(");
            ir_print_type(out, t->elem);
            if (t->kind == IR_T_ARRAY && t->count >= 0) ll_sb_printf(out, ", %lld", (long long)t->count);
            ll_sb_addc(out, ')');
            break;
        case IR_T_RECORD:
        case IR_T_UNION:
            ll_sb_add(out, t->kind == IR_T_RECORD ? "struct " : "union ");
            ir_print_name(out, t->name);
            break;
        default:
            ll_sb_add(out, "other");
            break;
    }
    print_type_name(out, t);
}

static void print_decl(ll_strbuf *out, const ir_fdecl *d) {
    ll_sb_add(out, "decl ");
    ir_print_name(out, d->name);
    ir_print_usr(out, true, d->name, d->usr);
    ll_sb_add(out, " : ");
    ir_print_type(out, d->ret);
    ll_sb_add(out, " (");
    for (uint32_t i = 0; i < d->nparams; i++) {
        if (i) ll_sb_add(out, ", ");
        ir_print_type(out, d->params[i]);
    }
    if (d->variadic) ll_sb_add(out, d->nparams ? ", ..." : "...");
    ll_sb_addc(out, ')');
    if (d->is_static) ll_sb_add(out, " static");
    if (d->is_noreturn) ll_sb_add(out, " noreturn");
    if (d->in_system_header) ll_sb_add(out, " system");
    if (d->is_pure) ll_sb_add(out, " pure");
    if (d->returns_nonnull) ll_sb_add(out, " nonnull");
    if (d->nonnull_args) ll_sb_printf(out, " wants %u", d->nonnull_args);
    if (d->attr_malloc) ll_sb_add(out, " malloc");
    if (d->dealloc || d->dealloc_arg) {
        ll_sb_add(out, " dealloc ");
        ir_print_string(out, d->dealloc);
        ll_sb_printf(out, " %u", d->dealloc_arg);
    }
    if (d->owner) {
        ll_sb_add(out, " owner ");
        ir_print_string(out, d->owner);
    }
    ll_sb_addc(out, '\n');
}

/* The path of an initialiser, from the global: `.ops[2].open`. */
static void print_path(ll_strbuf *out, const ir_place *p) {
    for (uint32_t i = 0; i < p->npath; i++) {
        const ir_step *s = &p->path[i];
        if (s->kind == IR_S_DEREF) {
            ll_sb_add(out, ".*");
        } else if (s->kind == IR_S_INDEX) {
            ll_sb_printf(out, "[%lld]", (long long)s->index);
        } else {
            ll_sb_addc(out, '.');
            ir_print_name(out, s->field);
        }
    }
}

static void print_init(ll_strbuf *out, const ir_init *i) {
    ll_sb_add(out, "  init ");
    print_path(out, &i->place);
    ll_sb_add(out, i->place.npath ? " = " : "= ");
    switch (i->value.kind) {
        case IR_O_INT:
            ll_sb_printf(out, "%lld", (long long)i->value.i);
            break;
        case IR_O_STR:
            ir_print_string(out, i->value.str);
            break;
        case IR_O_FLOAT:
            ll_sb_add(out, "<float>");
            break;
        case IR_O_FUNC:
            ll_sb_add(out, "fn ");
            break;
        case IR_O_ADDR:
            ll_sb_addc(out, '&');
            break;
        default:
            ll_sb_add(out, "<unknown>");
            break;
    }
    if (i->value.kind == IR_O_FUNC || i->value.kind == IR_O_ADDR) {
        ir_print_string(out, i->usr);
        print_path(out, &i->value.place);
    }
    ir_type scratch;
    const ir_type *implied = ir_text_operand_default((ir_scope){0}, &i->value, NULL, &scratch);
    if (!ir_type_equal(i->value.type, implied)) {
        ll_sb_add(out, " : ");
        ir_print_type(out, i->value.type);
    }
    ll_sb_addc(out, '\n');
}

static void print_global(ll_strbuf *out, const ir_global *g) {
    ll_sb_add(out, "global ");
    ir_print_name(out, g->name);
    ir_print_usr(out, false, g->name, g->usr);
    ll_sb_add(out, " at ");
    ir_print_string(out, g->file);
    ll_sb_add(out, " : ");
    ir_print_type(out, g->type);
    if (g->is_static) ll_sb_add(out, " static");
    if (g->is_const) ll_sb_add(out, " const");
    if (!g->has_definition) ll_sb_add(out, " extern");
    if (!g->init_complete) ll_sb_add(out, " incomplete");
    ll_sb_addc(out, '\n');
    for (uint32_t i = 0; i < g->ninits; i++) print_init(out, &g->inits[i]);
}

static void print_note(ll_strbuf *out, const ir_note *n) {
    ll_sb_add(out, n->kind == IR_NOTE_PARSE_ERROR ? "note parse_error " : "note not_lowered ");
    ir_print_string(out, n->file);
    ll_sb_printf(out, " @%d:%d ", n->line, n->col);
    ir_print_string(out, n->text);
    ll_sb_addc(out, '\n');
}

void ir_print_unit(ll_strbuf *out, const ir_unit *u) {
    ll_sb_add(out, "unit ");
    ir_print_string(out, u->file);
    ll_sb_addc(out, '\n');
    for (uint32_t i = 0; i < u->files.n; i++) {
        ll_sb_add(out, "file ");
        ir_print_string(out, u->files.v[i]);
        ll_sb_addc(out, '\n');
    }
    for (uint32_t i = 0; i < u->notes.n; i++) print_note(out, &u->notes.v[i]);
    for (uint32_t i = 0; i < u->decls.n; i++) print_decl(out, &u->decls.v[i]);
    for (uint32_t i = 0; i < u->globals.n; i++) print_global(out, &u->globals.v[i]);
    for (uint32_t i = 0; i < u->funcs.n; i++) {
        ll_sb_addc(out, '\n');
        ir_print_func(out, u->funcs.v[i]);
    }
}

/* As print_place of print.c, but with source names only. */
static void source_place(ll_strbuf *out, const ir_func *f, const ir_place *p, uint32_t n) {
    if (!n) {
        ll_sb_add(out, f->vars[p->var].name);
        return;
    }
    const ir_step *s = &p->path[n - 1];
    if (s->kind == IR_S_DEREF) {
        ll_sb_addc(out, '*');
        source_place(out, f, p, n - 1);
        return;
    }
    bool deref = n > 1 && p->path[n - 2].kind == IR_S_DEREF;
    uint32_t base = n - 1 - deref;
    bool star = base && p->path[base - 1].kind == IR_S_DEREF;
    if (star) ll_sb_addc(out, '(');
    source_place(out, f, p, base);
    if (star) ll_sb_addc(out, ')');
    if (s->kind == IR_S_FIELD) {
        ll_sb_printf(out, "%s%s", deref ? "->" : ".", s->field);
        return;
    }
    const char *index = s->index_var == IR_NOVAR ? NULL : f->vars[s->index_var].name;
    if (s->index_var == IR_NOVAR)
        ll_sb_printf(out, "[%lld]", (long long)s->index);
    else
        ll_sb_printf(out, "[%s]", index ? index : "...");
}

void ir_print_place(ll_strbuf *out, const ir_func *f, const ir_place *p) {
    if (p->var >= f->nvars || !f->vars[p->var].name) return;
    source_place(out, f, p, p->npath);
}
