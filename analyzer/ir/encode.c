/* Facts as bytes: magic, version, checksum; then the table of strings, the table of types, and the unit, which refer
 * to strings and types by number (0: NULL). Integers are varints, signed ones zigzag. Every string and every type is
 * there once, whatever the number of its uses; a type refers to types before it only. */
#include <stdlib.h>
#include <string.h>

#define HASH_FUNCTION(k, n, h) (h) = (unsigned)XXH3_64bits((k), (n))
#define XXH_INLINE_ALL
#include <uthash.h>
#include <xxhash.h>

#include "base/bytes.h"
#include "ir/codec.h"

typedef struct type_key {
    int64_t count;
    uint32_t kind, flags, bits, name, elem;
    uint32_t pad;
} type_key;

typedef struct type_row {
    type_key key;
    uint32_t id;
    UT_hash_handle hh;
} type_row;

typedef struct type_alias { /* a type by address: most uses share the object */
    const ir_type *type;
    uint32_t id;
    UT_hash_handle hh;
} type_alias;

struct ir_tables {
    ll_arena *arena;
    ll_strtab *strings;
    type_row *types;
    type_alias *aliases;
    uint32_t ntypes;
    ll_strbuf type_bytes;
    const char *root; /* NULL: strings are written as they are */
};

static uint32_t string_id(ir_tables *t, const char *s) {
    ll_strbuf b = {0};
    if (t->root && s && ir_leave_root(&b, t->root, s)) s = ll_sb_str(&b);
    uint32_t id = (uint32_t)ll_strtab_add(t->strings, s);
    ll_sb_free(&b);
    return id;
}

static uint32_t new_type(ir_tables *t, const type_key *key) {
    type_row *row = NULL;
    HASH_FIND(hh, t->types, key, sizeof *key, row);
    if (row) return row->id;
    row = LL_NEW(t->arena, type_row);
    row->key = *key;
    row->id = ++t->ntypes;
    HASH_ADD(hh, t->types, key, sizeof row->key, row);
    ll_strbuf *b = &t->type_bytes;
    ll_put_uint(b, key->kind);
    ll_put_uint(b, key->flags);
    ll_put_uint(b, key->bits);
    ll_put_uint(b, key->name);
    ll_put_uint(b, key->elem);
    ll_put_int(b, key->count);
    return row->id;
}

static uint32_t type_id(ir_tables *t, const ir_type *type) {
    if (!type) return 0;
    type_alias *alias = NULL;
    HASH_FIND_PTR(t->aliases, &type, alias);
    if (alias) return alias->id;
    type_key key = {.kind = type->kind,
                    .flags = (uint32_t)type->is_unsigned | (uint32_t)type->is_const << 1,
                    .bits = type->bits,
                    .name = string_id(t, type->name),
                    .elem = type_id(t, type->elem),
                    .count = type->count};
    alias = LL_NEW(t->arena, type_alias);
    alias->type = type;
    alias->id = new_type(t, &key);
    HASH_ADD_PTR(t->aliases, type, alias);
    return alias->id;
}

static void table_string(ir_writer *w, const char *s) {
    ll_put_uint(w->out, string_id(w->tables, s));
}
static void table_type(ir_writer *w, const ir_type *t) {
    ll_put_uint(w->out, type_id(w->tables, t));
}

static uint64_t flags(const bool *set, unsigned n) {
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++) v |= (uint64_t)set[i] << i;
    return v;
}

#define WRITE_FLAGS(out, ...) \
    ll_put_uint((out), flags((const bool[]){__VA_ARGS__}, sizeof((const bool[]){__VA_ARGS__}) / sizeof(bool)))

static void write_place(ir_writer *w, const ir_place *p) {
    ll_put_uint(w->out, p->var == IR_NOVAR ? 0 : (uint64_t)p->var + 1);
    ll_put_uint(w->out, p->npath);
    for (uint32_t i = 0; i < p->npath; i++) {
        const ir_step *s = &p->path[i];
        ll_put_uint(w->out, s->kind);
        if (s->kind == IR_S_FIELD) w->string(w, s->field);
        if (s->kind != IR_S_INDEX) continue;
        ll_put_uint(w->out, s->index_var == IR_NOVAR ? 0 : (uint64_t)s->index_var + 1);
        if (s->index_var == IR_NOVAR) ll_put_int(w->out, s->index);
    }
}

static void write_operand(ir_writer *w, const ir_operand *o) {
    ll_put_uint(w->out, o->kind);
    if (o->kind == IR_O_NONE) return;
    w->type(w, o->type);
    if (o->kind == IR_O_INT) ll_put_int(w->out, o->i);
    if (o->kind == IR_O_STR) w->string(w, o->str);
    if (o->kind == IR_O_PLACE || o->kind == IR_O_ADDR || o->kind == IR_O_FUNC) write_place(w, &o->place);
}

static void write_loc(ir_writer *w, ir_loc loc) {
    ll_put_int(w->out, loc.line);
    ll_put_int(w->out, loc.col);
}

static void write_inst(ir_writer *w, const ir_inst *i) {
    ll_put_uint(w->out, i->op);
    write_loc(w, i->loc);
    for (const char *u = ir_op_operands(i->op); *u; u++) switch (*u) {
            case 'd':
            case 'p':
                write_place(w, &i->dst);
                w->type(w, i->type);
                break;
            case 'a':
            case 'f':
                write_operand(w, &i->a);
                break;
            case 'b':
                write_operand(w, &i->b);
                break;
            case 'o':
                ll_put_uint(w->out, (uint64_t)i->arith << 1 | i->is_unsigned);
                break;
            case 'v':
                ll_put_uint(w->out, i->nargs);
                for (uint32_t k = 0; k < i->nargs; k++) write_operand(w, &i->args[k]);
                w->string(w, i->macro);
                w->string(w, i->table);
                break;
            case 't':
                ll_put_uint(w->out, i->ntargets);
                for (uint32_t k = 0; k < i->ntargets; k++) ll_put_uint(w->out, i->targets[k]);
                break;
            case 'c':
                ll_put_uint(w->out, i->is_unsigned);
                ll_put_uint(w->out, i->ncases);
                for (uint32_t k = 0; k < i->ncases; k++) {
                    ll_put_int(w->out, i->cases[k].lo);
                    ll_put_int(w->out, i->cases[k].hi);
                    ll_put_uint(w->out, i->cases[k].target);
                }
                break;
            default:
                break;
        }
}

static void write_var(ir_writer *w, const ir_var *v) {
    ll_put_uint(w->out, v->kind);
    w->string(w, v->name);
    w->string(w, v->usr);
    w->type(w, v->type);
    write_loc(w, v->loc);
    WRITE_FLAGS(w->out, v->is_volatile, v->address_taken, v->is_thread_local);
}

void ir_write_head(ir_writer *w, const ir_func *f) {
    w->string(w, f->usr);
    w->string(w, f->name);
    w->string(w, f->owner);
    w->type(w, f->ret);
    WRITE_FLAGS(w->out, f->is_static, f->is_inline, f->is_variadic, f->is_noreturn, f->in_system_header,
                f->in_main_file, f->is_ctor_attr, f->is_partial, f->is_weak);
    ll_put_uint(w->out, f->nparams);
}

void ir_write_func(ir_writer *w, const ir_func *f) {
    ir_write_head(w, f);
    ll_put_uint(w->out, f->nvars);
    for (uint32_t i = 0; i < f->nvars; i++) write_var(w, &f->vars[i]);
    ll_put_uint(w->out, f->nblocks);
    for (uint32_t b = 0; b < f->nblocks; b++) {
        ll_put_uint(w->out, f->blocks[b].ninsts);
        for (uint32_t i = 0; i < f->blocks[b].ninsts; i++) write_inst(w, &f->blocks[b].insts[i]);
    }
}

void ir_write_decl(ir_writer *w, const ir_fdecl *d) {
    w->string(w, d->usr);
    w->string(w, d->name);
    w->string(w, d->dealloc);
    w->string(w, d->owner);
    ll_put_uint(w->out, d->dealloc_arg);
    w->type(w, d->ret);
    WRITE_FLAGS(w->out, d->variadic, d->is_static, d->is_noreturn, d->in_system_header, d->is_pure, d->returns_nonnull,
                d->attr_malloc);
    ll_put_uint(w->out, d->nonnull_args);
    ll_put_uint(w->out, d->nparams);
    for (uint32_t i = 0; i < d->nparams; i++) w->type(w, d->params[i]);
}

void ir_write_global(ir_writer *w, const ir_global *g) {
    w->string(w, g->usr);
    w->string(w, g->name);
    w->string(w, g->file);
    w->type(w, g->type);
    WRITE_FLAGS(w->out, g->is_static, g->is_const, g->has_definition, g->init_complete);
    ll_put_uint(w->out, g->ninits);
    for (uint32_t i = 0; i < g->ninits; i++) {
        write_place(w, &g->inits[i].place);
        write_operand(w, &g->inits[i].value);
        w->string(w, g->inits[i].usr);
    }
}

void ir_write_position(ir_writer *w, const ir_func *f, ll_hash hash) {
    w->string(w, f->file);
    ll_put_int(w->out, f->first_line);
    ll_put_int(w->out, f->last_line);
    ll_put_hash(w->out, hash);
}

static void write_note(ir_writer *w, const ir_note *n) {
    ll_put_uint(w->out, n->kind);
    w->string(w, n->file);
    write_loc(w, (ir_loc){n->line, n->col});
    w->string(w, n->text);
}

void ir_write_origin(ir_writer *w, const ir_unit *u) {
    w->string(w, u->file);
    ll_put_uint(w->out, u->files.n);
    for (uint32_t i = 0; i < u->files.n; i++) w->string(w, u->files.v[i]);
    ll_put_uint(w->out, u->notes.n);
    for (uint32_t i = 0; i < u->notes.n; i++) write_note(w, &u->notes.v[i]);
}

static void write_unit(ir_writer *w, const ir_unit *u) {
    ir_write_origin(w, u);
    ll_put_uint(w->out, u->decls.n);
    for (uint32_t i = 0; i < u->decls.n; i++) ir_write_decl(w, &u->decls.v[i]);
    ll_put_uint(w->out, u->globals.n);
    for (uint32_t i = 0; i < u->globals.n; i++) ir_write_global(w, &u->globals.v[i]);
    ll_put_uint(w->out, u->funcs.n);
    for (uint32_t i = 0; i < u->funcs.n; i++) {
        const ir_func *f = u->funcs.v[i];
        /* the hash is of strings as they are here */
        ir_write_position(w, f, ((const ir_tables *)w->tables)->root ? (ll_hash){0} : ir_func_hash(f));
        ir_write_func(w, f);
    }
}

void ir_encode(ll_strbuf *out, const ir_unit *u) {
    ir_encode_under(out, u, NULL);
}

ir_tables *ir_tables_new(const char *root) {
    ir_tables *t = ll_xcalloc(1, sizeof *t);
    t->arena = ll_arena_new("ir encode");
    t->strings = ll_strtab_new();
    t->root = root;
    return t;
}

ir_writer ir_tables_writer(ir_tables *t, ll_strbuf *out) {
    return (ir_writer){out, table_string, table_type, t};
}

void ir_tables_seal(ir_tables *t, const char *magic, const ll_strbuf *body, ll_strbuf *out) {
    ll_strbuf payload = {0};
    ll_strtab_write(t->strings, &payload);
    ll_put_uint(&payload, t->ntypes);
    ll_sb_addn(&payload, ll_sb_str(&t->type_bytes), t->type_bytes.n);
    ll_sb_addn(&payload, ll_sb_str(body), body->n);
    ll_sb_addn(out, magic, 4);
    ll_sb_addc(out, IR_VERSION);
    ll_put_u64(out, XXH3_64bits(payload.s, payload.n));
    ll_sb_addn(out, payload.s, payload.n);
    ll_sb_free(&payload);
    HASH_CLEAR(hh, t->types);
    HASH_CLEAR(hh, t->aliases);
    ll_strtab_free(t->strings);
    ll_sb_free(&t->type_bytes);
    ll_arena_free(t->arena);
    free(t);
}

void ir_encode_under(ll_strbuf *out, const ir_unit *u, const char *root) {
    ll_strbuf body = {0};
    ir_tables *t = ir_tables_new(root);
    ir_writer w = ir_tables_writer(t, &body);
    write_unit(&w, u);
    ir_tables_seal(t, IR_CODEC_MAGIC, &body, out);
    ll_sb_free(&body);
}
