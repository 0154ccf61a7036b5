/* Summaries in words, for people and tests. */
#include <string.h>

#include "base/strbuf.h"
#include "engine/program.h"

static void print_sym(ll_strbuf *b, const ir_func *f, const disjunct *d, uint32_t i) {
    if (!i) {
        ll_sb_add(b, "-");
        return;
    }
    const sum_sym *s = &d->syms[i - 1];
    switch ((sym_kind)s->kind) {
        case SY_CONST:
            ll_sb_printf(b, "%lld", (long long)s->k);
            break;
        case SY_STR:
            ll_sb_add(b, "\"…\"");
            break;
        case SY_FUNC:
            ll_sb_add(b, s->q ? s->q : "func");
            break;
        case SY_ADDR:
            if (s->p)
                ll_sb_printf(b, "&%s", s->q ? s->q : s->p);
            else if (s->a == UINT32_MAX)
                ll_sb_add(b, "&result");
            else
                ll_sb_printf(b, "&%s", s->a < f->nvars && f->vars[s->a].name ? f->vars[s->a].name : "arg");
            break;
        case SY_SUB:
            print_sym(b, f, d, s->a);
            if (s->op == SUB_FIELD) {
                ll_sb_printf(b, "->%s", s->p);
            } else {
                ll_sb_addc(b, '[');
                print_sym(b, f, d, s->b);
                ll_sb_addc(b, ']');
            }
            break;
        case SY_INIT:
            if (d->syms[s->a - 1].kind == SY_ADDR && !d->syms[s->a - 1].p && d->syms[s->a - 1].a < f->nparams) {
                ll_sb_add(b, f->vars[d->syms[s->a - 1].a].name ? f->vars[d->syms[s->a - 1].a].name : "arg");
            } else {
                ll_sb_add(b, "old(");
                print_sym(b, f, d, s->a);
                ll_sb_addc(b, ')');
            }
            break;
        case SY_TERM:
            ll_sb_printf(b, "%s(", s->op < IR_ARITH_COUNT ? ir_arith_name((ir_arith)s->op) : "into");
            print_sym(b, f, d, s->a);
            if (s->b) {
                ll_sb_add(b, ", ");
                print_sym(b, f, d, s->b);
            }
            ll_sb_addc(b, ')');
            break;
        default:
            ll_sb_printf(b, "new%u", i);
            break;
    }
}

static void print_range(ll_strbuf *b, const ir_func *f, const disjunct *d, const sum_range *r) {
    ll_sb_add(b, "    when ");
    print_sym(b, f, d, r->s);
    if (r->lo == r->hi)
        ll_sb_printf(b, " == %lld", (long long)r->lo);
    else {
        if (r->lo != INT64_MIN) ll_sb_printf(b, " >= %lld", (long long)r->lo);
        if (r->hi != INT64_MAX) ll_sb_printf(b, " <= %lld", (long long)r->hi);
        if (r->nonzero) ll_sb_add(b, " != 0");
        if (r->has_ne) ll_sb_printf(b, " != %lld", (long long)r->ne);
    }
    ll_sb_addc(b, '\n');
}

static void print_disjunct(ll_strbuf *b, const ir_func *f, const disjunct *d) {
    static const char *const state_word[] = {
        [TR_HELD] = "acquires", [TR_RELEASED] = "releases", [TR_GONE] = "takes", [TR_STATE] = "changes the state of"};
    for (uint32_t i = 0; i < d->nranges; i++) print_range(b, f, d, &d->ranges[i]);
    for (uint32_t i = 0; i < d->ntracks; i++) {
        ll_sb_printf(b, "    %s ", d->tracks[i].moved ? "moves" : state_word[d->tracks[i].state]);
        print_sym(b, f, d, d->tracks[i].s);
        ll_sb_printf(b, " (%s)\n", d->tracks[i].rule ? d->tracks[i].rule->id : "?");
    }
    static const char *const bond_word[] = {[BOND_DERIVED] = "borrows",
                                            [BOND_KEPT] = "has kept",
                                            [BOND_CHANGED] = "changes the owner",
                                            [BOND_STOPPED] = "stops"};
    for (uint32_t i = 0; i < d->nbonds; i++) {
        ll_sb_printf(b, "    %s ", bond_word[d->bonds[i].kind]);
        print_sym(b, f, d, d->bonds[i].s);
        ll_sb_printf(b, " (%s)\n", d->bonds[i].rule->id);
    }
    for (uint32_t i = 0; i < d->nescapes; i++) {
        ll_sb_add(b, d->escapes[i].lent ? "    lends " : "    hands ");
        print_sym(b, f, d, d->escapes[i].s);
        ll_sb_printf(b, " to %s\n", d->escapes[i].callee);
    }
    for (uint32_t i = 0; i < d->ncells; i++) {
        ll_sb_add(b, "    stores ");
        print_sym(b, f, d, d->cells[i].addr);
        ll_sb_add(b, " := ");
        print_sym(b, f, d, d->cells[i].val);
        ll_sb_addc(b, '\n');
    }
    for (uint32_t i = 0; i < d->ndflts; i++) {
        ll_sb_printf(b, "    %s ", d->dflts[i].from ? "copies to" : d->dflts[i].zero ? "zeroes" : "changes");
        print_sym(b, f, d, d->dflts[i].base);
        ll_sb_addc(b, '\n');
    }
    for (uint32_t i = 0; i < f->nparams; i++)
        if (i < 64 && d->copied >> i & 1) ll_sb_printf(b, "    copies of what %s holds\n", f->vars[i].name);
    for (uint32_t i = 0; i < f->nparams; i++)
        if (i < 64 && d->found >> i & 1) ll_sb_printf(b, "    has found %s elsewhere\n", f->vars[i].name);
    ll_sb_add(b, "    returns ");
    print_sym(b, f, d, d->ret);
    ll_sb_addc(b, '\n');
}

void engine_print_summary(const engine *e, const char *function_name, ll_strbuf *out) {
    for (uint32_t i = 0; i < e->nodes.n; i++) {
        const func_node *n = &e->nodes.v[i];
        if (!n->f->name || strcmp(n->f->name, function_name) != 0 || !n->sum) continue;
        ll_sb_printf(out, "%s: %u outcome%s%s%s\n", n->f->name, n->sum->n, n->sum->n == 1 ? "" : "s",
                     n->sum->incomplete ? ", others were cut" : "", n->sum->never_returns ? ", never returns" : "");
        for (uint32_t k = 0; k < n->sum->n; k++) {
            ll_sb_printf(out, "  %u:\n", k + 1);
            print_disjunct(out, n->f, &n->sum->d[k]);
        }
    }
}
