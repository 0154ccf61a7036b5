/* Examples of an inferred rule: its first two functions, declared with their own shapes, used wrongly and rightly. */
#include <string.h>

#include "pipeline/infer_write.h"

typedef struct example {
    ll_arena *a;
    const infer_rule_text *t;
    const inferred_call *get, *end;
    const char *object; /* type of the variable that holds it, "struct node *" */
    const char *head;   /* declarations */
} example;

static bool is_integer(const example *x) {
    return strcmp(x->object, "int ") == 0;
}

static const char *object_type(ll_arena *a, const inferred_call *get) {
    const ir_type *ty = get->arg ? get->decl->params[get->arg - 1]->elem : get->decl->ret;
    if (ty->kind == IR_T_INT) return "int ";
    const ir_type *to = ty->kind == IR_T_PTR ? ty->elem : NULL;
    bool record = to && (to->kind == IR_T_RECORD || to->kind == IR_T_UNION) && to->name && to->name[0];
    return record ? ll_printf(a, "%s %s *", to->kind == IR_T_UNION ? "union" : "struct", to->name) : "void *";
}

/* Any type of the same shape does. */
static const char *shape(const ir_type *ty) {
    switch (ty ? ty->kind : IR_T_INT) {
        case IR_T_FLOAT:
            return "double ";
        case IR_T_RECORD:
        case IR_T_UNION:
            return "struct by_value ";
        case IR_T_PTR:
        case IR_T_ARRAY:
            return "void *";
        default:
            return ty && ty->bits > 32 ? "long " : "int ";
    }
}

/* The type a parameter is declared with: the object, its address, or something of the same shape. */
static const char *param(const example *x, const inferred_call *c, uint32_t i) {
    if (c == x->get && i + 1 == c->arg) return ll_printf(x->a, "%s*", x->object);
    if (c == x->end && i + 1 == c->arg) return c->through ? ll_printf(x->a, "%s*", x->object) : x->object;
    return shape(c->decl->params[i]);
}

static const char *declare(const example *x, const inferred_call *c) {
    ll_strbuf b = {0};
    const ir_type *ret = c->decl->ret;
    bool gives = c == x->get && !c->arg;
    ll_sb_printf(&b, "%s%s(", gives ? x->object : !ret || ret->kind == IR_T_VOID ? "void " : shape(ret), c->name);
    for (uint32_t i = 0; i < c->decl->nparams; i++) ll_sb_printf(&b, "%s%s", i ? ", " : "", param(x, c, i));
    ll_sb_add(&b, !c->decl->nparams ? "void);\n" : c->decl->variadic ? ", ...);\n" : ");\n");
    const char *text = ll_strdup(x->a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static bool is_record(const ir_type *ty) {
    return ty && (ty->kind == IR_T_RECORD || ty->kind == IR_T_UNION);
}

static bool by_value(const inferred_call *c) {
    bool any = is_record(c->decl->ret);
    for (uint32_t i = 0; i < c->decl->nparams; i++) any |= is_record(c->decl->params[i]);
    return any;
}

/* "f(a, &x, b)": the object where it belongs, zero elsewhere. */
static const char *call(const example *x, const inferred_call *c, const char *object) {
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%s(", c->name);
    for (uint32_t i = 0; i < c->decl->nparams; i++)
        ll_sb_printf(&b, "%s%s", i ? ", " : "", i + 1 == c->arg ? object : ll_printf(x->a, "p%u", i + 1));
    ll_sb_addc(&b, ')');
    const char *text = ll_strdup(x->a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

/* Parameters of the example, handed on to the two functions. */
static const char *parameters(const example *x) {
    ll_strbuf b = {0};
    const ir_fdecl *d = x->get->decl;
    for (uint32_t i = 0; i < d->nparams; i++)
        if (i + 1 != x->get->arg) ll_sb_printf(&b, "%sp%u, ", param(x, x->get, i), i + 1);
    const char *text = ll_strdup(x->a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static const char *failure(const example *x, const char *got) {
    switch (x->get->fails) {
        case FAILS_NONZERO:
            return ll_printf(x->a, "%s != 0", got);
        case FAILS_NEGATIVE:
            return ll_printf(x->a, "%s < 0", got);
        case FAILS_ZERO:
            return ll_printf(x->a, "%s == 0", got);
        default:
            return is_integer(x) ? ll_printf(x->a, "%s < 0", got) : ll_printf(x->a, "!%s", got);
    }
}

/* The lines that get one; `mark` goes on the line of the call. */
static const char *acquire(const example *x, const char *mark) {
    if (!x->get->arg)
        return ll_printf(x->a, "    %sx = %s;%s\n    if (%s) return -1;\n", x->object, call(x, x->get, ""), mark,
                         failure(x, "x"));
    if (x->get->fails == FAILS_NEVER || x->get->fails == FAILS_UNKNOWN)
        return ll_printf(x->a, "    %sx;\n    %s;%s\n", x->object, call(x, x->get, "&x"), mark);
    return ll_printf(x->a, "    %sx;\n    if (%s) return -1;%s\n", x->object, failure(x, call(x, x->get, "&x")), mark);
}

static const char *release(const example *x) {
    /* what the destructor wants besides comes from nowhere: zeros */
    ll_strbuf b = {0};
    ll_sb_printf(&b, "%s(", x->end->name);
    for (uint32_t i = 0; i < x->end->decl->nparams; i++)
        ll_sb_printf(&b, "%s%s", i ? ", " : "", i + 1 != x->end->arg ? "0" : x->end->through ? "&x" : "x");
    ll_sb_add(&b, ");");
    const char *text = ll_strdup(x->a, ll_sb_str(&b));
    ll_sb_free(&b);
    return text;
}

static void put(const example *x, ywriter *w, const char *signature, const char *mark, const char *body) {
    ywrite_block(w, ll_printf(x->a, "%s%s {\n%s%s}\n", x->head, signature, acquire(x, mark), body));
}

static void put_all(const example *x, ywriter *w) {
    ll_arena *a = x->a;
    const char *with = parameters(x), *end = release(x);
    const char *leak = ll_printf(a, " // expect: %s-leak", x->t->reported);
    ywrite_key(w, "bad");
    ywrite_list(w, false);
    put(x, w, ll_printf(a, "int early(%sint stop)", with), leak,
        ll_printf(a, "    if (stop) return 1;\n    %s\n    return 0;\n", end));
    put(x, w, ll_printf(a, "int lost(%sint n)", with), leak, "    return n;\n");
    ywrite_close(w);
    ywrite_key(w, "good");
    ywrite_list(w, false);
    put(x, w, ll_printf(a, "int always(%sint stop)", with), "",
        ll_printf(a, "    int r = stop ? 1 : 0;\n    %s\n    return r;\n", end));
    put(x, w, ll_printf(a, "int kept(%s%s*to)", with, x->object), "", "    *to = x;\n    return 0;\n");
    ywrite_close(w);
}

void infer_write_examples(ll_arena *a, ywriter *w, const infer_rule_text *t) {
    example x = {.a = a, .t = t};
    x.get = &t->r->acquire.v[0];
    x.end = t->r->extends ? &t->r->ended_by : &t->r->release.v[0];
    if (!x.get->decl || !x.end->decl || by_value(x.end)) return;
    x.object = object_type(a, x.get);
    bool void_pointer = strcmp(x.object, "void *") == 0 || is_integer(&x);
    const char *declared = void_pointer ? "" : ll_printf(a, "%.*s;\n", (int)(strlen(x.object) - 2), x.object);
    x.head = ll_printf(a, "%s%s%s%s", by_value(x.get) ? "struct by_value { int n; };\n" : "", declared,
                       declare(&x, x.get), declare(&x, x.end));
    put_all(&x, w);
}
