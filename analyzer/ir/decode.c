/* Reading facts back. The bytes come from a cache or from a worker that parsed hostile sources, so nothing in them is
 * believed: a count is checked against the bytes that are left before anything is allocated for it, an index
 * against its table, and every function by ir_verify. The first problem makes the rest of the input empty. */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ir/codec.h"

typedef struct reader {
    ll_arena *arena;
    ll_intern *names;
    const unsigned char *p, *end;
    bool bad;
    const char **strings;
    const ir_type **types;
    uint8_t *depth; /* of types[i] */
    uint32_t nstrings, ntypes;
} reader;

static void damage(reader *r) {
    r->bad = true;
    r->p = r->end;
}

static uint64_t get_uint(reader *r) {
    uint64_t v = 0;
    for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
        unsigned char c = *r->p++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) return v;
    }
    damage(r);
    return 0;
}

static int64_t get_int(reader *r) {
    uint64_t v = get_uint(r);
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

static uint32_t get_below(reader *r, uint64_t limit) {
    uint64_t v = get_uint(r);
    if (v < limit) return (uint32_t)v;
    damage(r);
    return 0;
}

static int32_t get_int32(reader *r) {
    int64_t v = get_int(r);
    if (v >= INT32_MIN && v <= INT32_MAX) return (int32_t)v;
    damage(r);
    return 0;
}

/* Number of things that take at least `least` bytes each. */
static uint32_t get_count(reader *r, size_t least) {
    uint64_t v = get_uint(r);
    if (v <= (uint64_t)(r->end - r->p) / least && v < UINT32_MAX) return (uint32_t)v;
    damage(r);
    return 0;
}

static uint64_t get_u64(const unsigned char *p) {
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--) v = v << 8 | p[i];
    return v;
}

static uint64_t get_fixed(reader *r) {
    if (r->end - r->p < 8) {
        damage(r);
        return 0;
    }
    r->p += 8;
    return get_u64(r->p - 8);
}

static const char *get_string(reader *r) {
    uint32_t id = get_below(r, (uint64_t)r->nstrings + 1);
    return id ? r->strings[id - 1] : NULL;
}

static const ir_type *get_type(reader *r) {
    uint32_t id = get_below(r, (uint64_t)r->ntypes + 1);
    return id ? r->types[id - 1] : NULL;
}

static bool flag(uint64_t *bits) {
    bool set = *bits & 1;
    *bits >>= 1;
    return set;
}

static void read_strings(reader *r) {
    uint32_t n = get_count(r, 1);
    r->strings = LL_NEWN(r->arena, const char *, n);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        uint32_t len = get_count(r, 1);
        if (memchr(r->p, 0, len)) damage(r);
        if (r->bad) break;
        r->strings[i] = ll_intern_strn(r->names, (const char *)r->p, len);
        r->p += len;
    }
    r->nstrings = r->bad ? 0 : n;
}

static void read_types(reader *r) {
    uint32_t n = get_count(r, 6);
    r->types = LL_NEWN(r->arena, const ir_type *, n);
    r->depth = LL_NEWN(r->arena, uint8_t, n);
    for (uint32_t i = 0; i < n && !r->bad; i++) {
        ir_type *t = LL_NEW(r->arena, ir_type);
        t->kind = (ir_tkind)get_below(r, IR_T_COUNT);
        uint64_t bits = get_uint(r);
        t->is_unsigned = flag(&bits);
        t->is_const = flag(&bits);
        t->bits = (uint16_t)get_below(r, 0x10000);
        t->name = get_string(r);
        uint32_t elem = get_below(r, (uint64_t)i + 1);
        t->count = get_int(r);
        if (elem) {
            t->elem = r->types[elem - 1];
            r->depth[i] = (uint8_t)(r->depth[elem - 1] + 1);
            if (r->depth[i] >= IR_MAX_TYPE_DEPTH) damage(r);
        }
        r->types[i] = t;
        r->ntypes = i + 1;
    }
}

static ir_place read_place(reader *r) {
    ir_place p = {.var = get_below(r, UINT32_MAX) - 1u};
    p.npath = get_count(r, 1);
    if (p.npath > IR_MAX_PATH) damage(r);
    if (r->bad) return ir_place_var(IR_NOVAR);
    p.path = p.npath ? LL_NEWN(r->arena, ir_step, p.npath) : NULL;
    for (uint32_t i = 0; i < p.npath; i++) {
        ir_step *s = &p.path[i];
        s->kind = (ir_skind)get_below(r, IR_S_DEREF + 1);
        s->index_var = IR_NOVAR;
        if (s->kind == IR_S_FIELD && !(s->field = get_string(r))) damage(r);
        if (s->kind != IR_S_INDEX) continue;
        s->index_var = get_below(r, UINT32_MAX) - 1u;
        if (s->index_var == IR_NOVAR) s->index = get_int(r);
    }
    return p;
}

static ir_operand read_operand(reader *r) {
    ir_operand o = {.kind = (ir_okind)get_below(r, IR_O_UNKNOWN + 1), .place.var = IR_NOVAR};
    if (o.kind == IR_O_NONE) return o;
    o.type = get_type(r);
    if (o.kind == IR_O_INT) o.i = get_int(r);
    if (o.kind == IR_O_STR && !(o.str = get_string(r))) damage(r);
    if (o.kind == IR_O_PLACE || o.kind == IR_O_ADDR || o.kind == IR_O_FUNC) o.place = read_place(r);
    return o;
}

static ir_loc read_loc(reader *r) {
    ir_loc loc = {.line = get_int32(r)};
    loc.col = get_int32(r);
    return loc;
}

static void read_args(reader *r, ir_inst *i) {
    i->nargs = get_count(r, 1);
    i->args = LL_NEWN(r->arena, ir_operand, i->nargs);
    for (uint32_t k = 0; k < i->nargs; k++) i->args[k] = read_operand(r);
}

static void read_targets(reader *r, ir_inst *i) {
    i->ntargets = get_count(r, 1);
    i->targets = LL_NEWN(r->arena, uint32_t, i->ntargets);
    for (uint32_t k = 0; k < i->ntargets; k++) i->targets[k] = get_below(r, UINT32_MAX);
}

static void read_cases(reader *r, ir_inst *i) {
    i->is_unsigned = get_below(r, 2);
    i->ncases = get_count(r, 3);
    i->cases = LL_NEWN(r->arena, ir_case, i->ncases);
    for (uint32_t k = 0; k < i->ncases; k++) {
        i->cases[k].lo = get_int(r);
        i->cases[k].hi = get_int(r);
        i->cases[k].target = get_below(r, UINT32_MAX);
    }
}

static ir_inst read_inst(reader *r) {
    ir_inst i = {.op = (ir_opcode)get_below(r, IR_OPCODE_COUNT)};
    i.dst.var = i.a.place.var = i.b.place.var = IR_NOVAR;
    i.loc = read_loc(r);
    for (const char *u = ir_op_operands(i.op); *u && !r->bad; u++) switch (*u) {
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
                uint32_t v = get_below(r, IR_ARITH_COUNT * 2);
                i.arith = (ir_arith)(v >> 1);
                i.is_unsigned = v & 1;
                break;
            }
            case 'v':
                read_args(r, &i);
                i.macro = get_string(r);
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

static void read_var(reader *r, ir_var *v) {
    v->kind = (ir_vkind)get_below(r, IR_V_FUNC + 1);
    v->name = get_string(r);
    v->usr = get_string(r);
    v->type = get_type(r);
    v->loc = read_loc(r);
    uint64_t bits = get_uint(r);
    v->is_volatile = flag(&bits);
    v->address_taken = flag(&bits);
    v->is_thread_local = flag(&bits);
}

static void read_func_flags(reader *r, ir_func *f) {
    uint64_t bits = get_uint(r);
    f->is_static = flag(&bits);
    f->is_inline = flag(&bits);
    f->is_variadic = flag(&bits);
    f->is_noreturn = flag(&bits);
    f->in_system_header = flag(&bits);
    f->in_main_file = flag(&bits);
    f->is_ctor_attr = flag(&bits);
    f->is_partial = flag(&bits);
}

static ir_func *read_func(reader *r) {
    ir_func *f = LL_NEW(r->arena, ir_func);
    f->file = get_string(r);
    f->first_line = get_int32(r);
    f->last_line = get_int32(r);
    f->hash.lo = get_fixed(r);
    f->hash.hi = get_fixed(r);
    f->usr = get_string(r);
    f->name = get_string(r);
    f->owner = get_string(r);
    f->ret = get_type(r);
    read_func_flags(r, f);
    f->nparams = get_below(r, UINT32_MAX);
    f->nvars = get_count(r, 7);
    f->vars = LL_NEWN(r->arena, ir_var, f->nvars);
    for (uint32_t i = 0; i < f->nvars; i++) read_var(r, &f->vars[i]);
    f->nblocks = get_count(r, 4);
    f->blocks = LL_NEWN(r->arena, ir_block, f->nblocks);
    for (uint32_t b = 0; b < f->nblocks && !r->bad; b++) {
        ir_block *k = &f->blocks[b];
        k->ninsts = get_count(r, 3);
        k->insts = LL_NEWN(r->arena, ir_inst, k->ninsts);
        for (uint32_t i = 0; i < k->ninsts && !r->bad; i++) k->insts[i] = read_inst(r);
    }
    return f;
}

static ir_fdecl read_decl(reader *r) {
    ir_fdecl d = {.usr = get_string(r)};
    d.name = get_string(r);
    d.dealloc = get_string(r);
    d.owner = get_string(r);
    d.dealloc_arg = get_below(r, UINT32_MAX);
    d.ret = get_type(r);
    uint64_t bits = get_uint(r);
    d.variadic = flag(&bits);
    d.is_static = flag(&bits);
    d.is_noreturn = flag(&bits);
    d.in_system_header = flag(&bits);
    d.is_pure = flag(&bits);
    d.returns_nonnull = flag(&bits);
    d.attr_malloc = flag(&bits);
    d.nparams = get_count(r, 1);
    d.params = LL_NEWN(r->arena, const ir_type *, d.nparams);
    for (uint32_t i = 0; i < d.nparams; i++) d.params[i] = get_type(r);
    if (!d.usr || !d.name) damage(r);
    return d;
}

static ir_global read_global(reader *r) {
    ir_global g = {.usr = get_string(r)};
    g.name = get_string(r);
    g.file = get_string(r);
    g.type = get_type(r);
    uint64_t bits = get_uint(r);
    g.is_static = flag(&bits);
    g.is_const = flag(&bits);
    g.has_definition = flag(&bits);
    g.init_complete = flag(&bits);
    g.ninits = get_count(r, 4);
    g.inits = LL_NEWN(r->arena, ir_init, g.ninits);
    for (uint32_t i = 0; i < g.ninits && !r->bad; i++) {
        g.inits[i].place = read_place(r);
        g.inits[i].value = read_operand(r);
        g.inits[i].usr = get_string(r);
    }
    if (!g.usr || !g.name) damage(r);
    return g;
}

static ir_note read_note(reader *r) {
    ir_note n = {.kind = (ir_note_kind)get_below(r, IR_NOTE_NOT_LOWERED + 1)};
    n.file = get_string(r);
    ir_loc loc = read_loc(r);
    n.line = loc.line;
    n.col = loc.col;
    n.text = get_string(r);
    return n;
}

static bool read_unit(reader *r, ir_unit *u, ll_err *err) {
    *u = (ir_unit){.file = get_string(r)};
    for (uint32_t i = get_count(r, 1); i && !r->bad; i--) LL_PUSH(r->arena, &u->files, get_string(r));
    for (uint32_t i = get_count(r, 5); i && !r->bad; i--) LL_PUSH(r->arena, &u->notes, read_note(r));
    for (uint32_t i = get_count(r, 8); i && !r->bad; i--) LL_PUSH(r->arena, &u->decls, read_decl(r));
    for (uint32_t i = get_count(r, 6); i && !r->bad; i--) LL_PUSH(r->arena, &u->globals, read_global(r));
    for (uint32_t i = get_count(r, 11); i && !r->bad; i--) {
        ir_func *f = read_func(r);
        if (!r->bad && !ir_verify(f, err)) return false;
        LL_PUSH(r->arena, &u->funcs, f);
    }
    return (!r->bad && r->p == r->end) || ll_fail(err, LL_E_INTERNAL, "damaged facts");
}

bool ir_decode(ll_arena *a, ll_intern *names, const void *bytes, size_t n, ir_unit *out, ll_err *err) {
    const unsigned char *p = bytes;
    if (n < IR_CODEC_HEADER || memcmp(p, IR_CODEC_MAGIC, 4) != 0) return ll_fail(err, LL_E_INTERNAL, "not facts");
    if (p[4] != IR_VERSION) return ll_fail(err, LL_E_INTERNAL, "facts of version %d, wanted %d", p[4], IR_VERSION);
    reader r = {.arena = a, .names = names, .p = p + IR_CODEC_HEADER, .end = p + n};
    if (get_u64(p + 5) != XXH3_64bits(r.p, n - IR_CODEC_HEADER))
        return ll_fail(err, LL_E_INTERNAL, "damaged facts: wrong checksum");
    read_strings(&r);
    read_types(&r);
    if (r.bad) return ll_fail(err, LL_E_INTERNAL, "damaged facts");
    return read_unit(&r, out, err);
}
