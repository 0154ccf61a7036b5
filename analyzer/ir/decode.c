/* Reading facts back. The bytes come from a cache or from a worker that parsed hostile sources, so nothing in them is
 * believed: a count is checked against the bytes that are left before anything is allocated for it, an index
 * against its table, and every function by ir_verify. The first problem makes the rest of the input empty. */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "base/strbuf.h"
#include "ir/codec.h"

const char *ir_get_string(ir_reader *r) {
    return ll_get_string(&r->in, &r->strings);
}

static const ir_type *get_type(ir_reader *r) {
    uint32_t id = ll_get_below(&r->in, (uint64_t)r->ntypes + 1);
    return id ? r->types[id - 1] : NULL;
}

static bool flag(uint64_t *bits) {
    bool set = *bits & 1;
    *bits >>= 1;
    return set;
}

static void read_types(ir_reader *r) {
    uint32_t n = ll_get_count(&r->in, 6);
    r->types = LL_NEWN(r->arena, const ir_type *, n);
    r->depth = LL_NEWN(r->arena, uint8_t, n);
    for (uint32_t i = 0; i < n && !r->in.bad; i++) {
        ir_type *t = LL_NEW(r->arena, ir_type);
        t->kind = (ir_tkind)ll_get_below(&r->in, IR_T_COUNT);
        uint64_t bits = ll_get_uint(&r->in);
        t->is_unsigned = flag(&bits);
        t->is_const = flag(&bits);
        t->bits = (uint16_t)ll_get_below(&r->in, 0x10000);
        t->name = ir_get_string(r);
        uint32_t elem = ll_get_below(&r->in, (uint64_t)i + 1);
        t->count = ll_get_int(&r->in);
        if (elem) {
            t->elem = r->types[elem - 1];
            r->depth[i] = (uint8_t)(r->depth[elem - 1] + 1);
            if (r->depth[i] >= IR_MAX_TYPE_DEPTH) ll_reader_fail(&r->in);
        }
        r->types[i] = t;
        r->ntypes = i + 1;
    }
}

static ir_place read_place(ir_reader *r) {
    ir_place p = {.var = ll_get_below(&r->in, UINT32_MAX) - 1u};
    p.npath = ll_get_count(&r->in, 1);
    if (p.npath > IR_MAX_PATH) ll_reader_fail(&r->in);
    if (r->in.bad) return ir_place_var(IR_NOVAR);
    p.path = p.npath ? LL_NEWN(r->arena, ir_step, p.npath) : NULL;
    for (uint32_t i = 0; i < p.npath; i++) {
        ir_step *s = &p.path[i];
        s->kind = (ir_skind)ll_get_below(&r->in, IR_S_DEREF + 1);
        s->index_var = IR_NOVAR;
        if (s->kind == IR_S_FIELD && !(s->field = ir_get_string(r))) ll_reader_fail(&r->in);
        if (s->kind != IR_S_INDEX) continue;
        s->index_var = ll_get_below(&r->in, UINT32_MAX) - 1u;
        if (s->index_var == IR_NOVAR) s->index = ll_get_int(&r->in);
    }
    return p;
}

static ir_operand read_operand(ir_reader *r) {
    ir_operand o = {.kind = (ir_okind)ll_get_below(&r->in, IR_O_UNKNOWN + 1), .place.var = IR_NOVAR};
    if (o.kind == IR_O_NONE) return o;
    o.type = get_type(r);
    if (o.kind == IR_O_INT) o.i = ll_get_int(&r->in);
    if (o.kind == IR_O_STR && !(o.str = ir_get_string(r))) ll_reader_fail(&r->in);
    if (o.kind == IR_O_PLACE || o.kind == IR_O_ADDR || o.kind == IR_O_FUNC) o.place = read_place(r);
    return o;
}

static ir_loc read_loc(ir_reader *r) {
    ir_loc loc = {.line = ll_get_int32(&r->in)};
    loc.col = ll_get_int32(&r->in);
    return loc;
}

static void read_args(ir_reader *r, ir_inst *i) {
    i->nargs = ll_get_count(&r->in, 1);
    i->args = LL_NEWN(r->arena, ir_operand, i->nargs);
    for (uint32_t k = 0; k < i->nargs; k++) i->args[k] = read_operand(r);
}

static void read_targets(ir_reader *r, ir_inst *i) {
    i->ntargets = ll_get_count(&r->in, 1);
    i->targets = LL_NEWN(r->arena, uint32_t, i->ntargets);
    for (uint32_t k = 0; k < i->ntargets; k++) i->targets[k] = ll_get_below(&r->in, UINT32_MAX);
}

static void read_cases(ir_reader *r, ir_inst *i) {
    i->is_unsigned = ll_get_below(&r->in, 2);
    i->ncases = ll_get_count(&r->in, 3);
    i->cases = LL_NEWN(r->arena, ir_case, i->ncases);
    for (uint32_t k = 0; k < i->ncases; k++) {
        i->cases[k].lo = ll_get_int(&r->in);
        i->cases[k].hi = ll_get_int(&r->in);
        i->cases[k].target = ll_get_below(&r->in, UINT32_MAX);
    }
}

static ir_inst read_inst(ir_reader *r) {
    ir_inst i = {.op = (ir_opcode)ll_get_below(&r->in, IR_OPCODE_COUNT)};
    i.dst.var = i.a.place.var = i.b.place.var = IR_NOVAR;
    i.loc = read_loc(r);
    for (const char *u = ir_op_operands(i.op); *u && !r->in.bad; u++) switch (*u) {
            case 'd':
            case 'p':
                i.dst = read_place(r);
                i.type = get_type(r);
                break;
            case 'a':
            case 'f':
                i.a = read_operand(r);
                break;
            case 'b':
                i.b = read_operand(r);
                break;
            case 'o': {
                uint32_t v = ll_get_below(&r->in, IR_ARITH_COUNT * 2);
                i.arith = (ir_arith)(v >> 1);
                i.is_unsigned = v & 1;
                break;
            }
            case 'v':
                read_args(r, &i);
                i.macro = ir_get_string(r);
                i.table = ir_get_string(r);
                break;
            case 't':
                read_targets(r, &i);
                break;
            case 'c':
                read_cases(r, &i);
                break;
            default:
                break;
        }
    return i;
}

static void read_var(ir_reader *r, ir_var *v) {
    v->kind = (ir_vkind)ll_get_below(&r->in, IR_V_FUNC + 1);
    v->name = ir_get_string(r);
    v->usr = ir_get_string(r);
    v->type = get_type(r);
    v->loc = read_loc(r);
    uint64_t bits = ll_get_uint(&r->in);
    v->is_volatile = flag(&bits);
    v->address_taken = flag(&bits);
    v->is_thread_local = flag(&bits);
}

static void read_func_flags(ir_reader *r, ir_func *f) {
    uint64_t bits = ll_get_uint(&r->in);
    f->is_static = flag(&bits);
    f->is_inline = flag(&bits);
    f->is_variadic = flag(&bits);
    f->is_noreturn = flag(&bits);
    f->in_system_header = flag(&bits);
    f->in_main_file = flag(&bits);
    f->is_ctor_attr = flag(&bits);
    f->is_partial = flag(&bits);
    f->is_weak = flag(&bits);
}

ir_func *ir_read_head(ir_reader *r) {
    ir_func *f = LL_NEW(r->arena, ir_func);
    f->file = ir_get_string(r);
    f->first_line = ll_get_int32(&r->in);
    f->last_line = ll_get_int32(&r->in);
    f->hash = ll_get_hash(&r->in);
    f->usr = ir_get_string(r);
    f->name = ir_get_string(r);
    f->owner = ir_get_string(r);
    f->ret = get_type(r);
    read_func_flags(r, f);
    f->nparams = ll_get_below(&r->in, UINT32_MAX);
    return f;
}

static ir_func *read_func(ir_reader *r) {
    ir_func *f = ir_read_head(r);
    f->nvars = ll_get_count(&r->in, 7);
    f->vars = LL_NEWN(r->arena, ir_var, f->nvars);
    for (uint32_t i = 0; i < f->nvars; i++) read_var(r, &f->vars[i]);
    f->nblocks = ll_get_count(&r->in, 4);
    f->blocks = LL_NEWN(r->arena, ir_block, f->nblocks);
    for (uint32_t b = 0; b < f->nblocks && !r->in.bad; b++) {
        ir_block *k = &f->blocks[b];
        k->ninsts = ll_get_count(&r->in, 3);
        k->insts = LL_NEWN(r->arena, ir_inst, k->ninsts);
        for (uint32_t i = 0; i < k->ninsts && !r->in.bad; i++) k->insts[i] = read_inst(r);
    }
    return f;
}

ir_fdecl ir_read_decl(ir_reader *r) {
    ir_fdecl d = {.usr = ir_get_string(r)};
    d.name = ir_get_string(r);
    d.dealloc = ir_get_string(r);
    d.owner = ir_get_string(r);
    d.dealloc_arg = ll_get_below(&r->in, UINT32_MAX);
    d.ret = get_type(r);
    uint64_t bits = ll_get_uint(&r->in);
    d.variadic = flag(&bits);
    d.is_static = flag(&bits);
    d.is_noreturn = flag(&bits);
    d.in_system_header = flag(&bits);
    d.is_pure = flag(&bits);
    d.returns_nonnull = flag(&bits);
    d.attr_malloc = flag(&bits);
    d.nonnull_args = ll_get_below(&r->in, UINT32_MAX);
    d.nparams = ll_get_count(&r->in, 1);
    d.params = LL_NEWN(r->arena, const ir_type *, d.nparams);
    for (uint32_t i = 0; i < d.nparams; i++) d.params[i] = get_type(r);
    if (!d.usr || !d.name) ll_reader_fail(&r->in);
    return d;
}

ir_global ir_read_global(ir_reader *r) {
    ir_global g = {.usr = ir_get_string(r)};
    g.name = ir_get_string(r);
    g.file = ir_get_string(r);
    g.type = get_type(r);
    uint64_t bits = ll_get_uint(&r->in);
    g.is_static = flag(&bits);
    g.is_const = flag(&bits);
    g.has_definition = flag(&bits);
    g.init_complete = flag(&bits);
    g.ninits = ll_get_count(&r->in, 4);
    g.inits = LL_NEWN(r->arena, ir_init, g.ninits);
    for (uint32_t i = 0; i < g.ninits && !r->in.bad; i++) {
        g.inits[i].place = read_place(r);
        g.inits[i].value = read_operand(r);
        g.inits[i].usr = ir_get_string(r);
    }
    if (!g.usr || !g.name) ll_reader_fail(&r->in);
    return g;
}

static ir_note read_note(ir_reader *r) {
    ir_note n = {.kind = (ir_note_kind)ll_get_below(&r->in, IR_NOTE_NOT_LOWERED + 1)};
    n.file = ir_get_string(r);
    ir_loc loc = read_loc(r);
    n.line = loc.line;
    n.col = loc.col;
    n.text = ir_get_string(r);
    return n;
}

void ir_read_origin(ir_reader *r, bool *once, ir_unit *u) {
    *u = (ir_unit){.file = ir_get_string(r)};
    for (uint32_t i = ll_get_count(&r->in, 1); i && !r->in.bad; i--) {
        uint32_t number = ll_get_below(&r->in, r->strings.n);
        if (once && once[number]) continue;
        if (once) once[number] = true;
        LL_PUSH(r->arena, &u->files, r->strings.v[number]);
    }
    for (uint32_t i = ll_get_count(&r->in, 5); i && !r->in.bad; i--) LL_PUSH(r->arena, &u->notes, read_note(r));
}

static bool read_unit(ir_reader *r, ir_unit *u, ll_err *err) {
    ir_read_origin(r, NULL, u);
    for (uint32_t i = ll_get_count(&r->in, 8); i && !r->in.bad; i--) LL_PUSH(r->arena, &u->decls, ir_read_decl(r));
    for (uint32_t i = ll_get_count(&r->in, 6); i && !r->in.bad; i--) LL_PUSH(r->arena, &u->globals, ir_read_global(r));
    for (uint32_t i = ll_get_count(&r->in, 11); i && !r->in.bad; i--) {
        ir_func *f = read_func(r);
        if (!r->in.bad && !ir_verify(f, err)) return false;
        LL_PUSH(r->arena, &u->funcs, f);
    }
    return (!r->in.bad && r->in.p == r->in.end) || ll_fail(err, LL_E_INTERNAL, "damaged facts");
}

bool ir_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, ir_unit *out, ll_err *err) {
    return ir_decode_under(a, names, bytes, n, NULL, out, err);
}

static void enter_root(ir_reader *r, ll_intern *names, const char *root) {
    ll_strbuf b = {0};
    for (uint32_t i = 1; i < r->strings.n; i++) {
        ll_sb_clear(&b);
        if (ir_enter_root(&b, root, r->strings.v[i])) r->strings.v[i] = ll_intern_strn(names, ll_sb_str(&b), b.n);
    }
    ll_sb_free(&b);
}

bool ir_read_tables(ll_arena *a, ll_intern *names, const char *magic, const void *bytes, size_t n, const char *root,
                    ir_reader *r, ll_err *err) {
    const unsigned char *p = bytes;
    if (n < IR_CODEC_HEADER || memcmp(p, magic, 4) != 0) return ll_fail(err, LL_E_INTERNAL, "not facts");
    if (p[4] != IR_VERSION) return ll_fail(err, LL_E_INTERNAL, "facts of version %d, wanted %d", p[4], IR_VERSION);
    *r = (ir_reader){.arena = a, .in = ll_reader_of(p + 5, n - 5)};
    uint64_t checksum = ll_get_u64(&r->in);
    if (checksum != XXH3_64bits(r->in.p, n - IR_CODEC_HEADER))
        return ll_fail(err, LL_E_INTERNAL, "damaged facts: wrong checksum");
    r->strings = ll_get_strings(&r->in, a, names);
    if (root) enter_root(r, names, root);
    read_types(r);
    return !r->in.bad || ll_fail(err, LL_E_INTERNAL, "damaged facts");
}

bool ir_decode_under(ll_arena *a, ll_intern *names, const void *bytes, size_t n, const char *root, ir_unit *out,
                     ll_err *err) {
    ir_reader r;
    return ir_read_tables(a, names, IR_CODEC_MAGIC, bytes, n, root, &r, err) && read_unit(&r, out, err);
}
