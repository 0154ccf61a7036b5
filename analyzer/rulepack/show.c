/* Rules as text, for `rules list` and `rules show`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/nearest.h"
#include "rulepack/rulepack.h"

#define WIDTH 96u /* of wrapped text */

static const char *cmp_text(rule_cmp c) {
    static const char *const texts[] = {"==", "!=", "<", "<=", ">", ">=", "has any of", "has none of"};
    return c <= CMP_BITS_CLEAR ? texts[c] : "?";
}

void rulepack_put_where(const rule_where *w, ll_strbuf *out) {
    switch (w->kind) {
        case WHERE_NONE:
            return;
        case WHERE_RET:
            ll_sb_add(out, "result");
            break;
        case WHERE_ARG:
            ll_sb_printf(out, "argument %d", w->arg);
            break;
        case WHERE_ARG_DEREF:
            if (w->count > 1)
                ll_sb_printf(out, "%d elements of *argument %d", w->count, w->arg);
            else
                ll_sb_printf(out, "*argument %d", w->arg);
            break;
    }
    if (w->field) ll_sb_printf(out, ", field %s", w->field);
}

void rulepack_put_cond(const rule_cond *c, ll_strbuf *out) {
    rulepack_put_where(&c->where, out);
    ll_sb_printf(out, " %s %" PRId64, cmp_text(c->cmp), c->value);
}

static void put_conds(const rule_effect *e, ll_strbuf *out) {
    for (uint32_t i = 0; i < e->nconds; i++) {
        ll_sb_add(out, i ? " and " : " if ");
        rulepack_put_cond(&e->conds[i], out);
    }
}

static void put_states(const rule_effect *e, ll_strbuf *out) {
    if (!e->rule || !e->rule->nstates) return;
    ll_sb_add(out, ": ");
    bool any = false;
    for (uint32_t i = 0; i < e->rule->nstates; i++) {
        if (!(e->from_states & 1u << i)) continue;
        ll_sb_printf(out, "%s%s", any ? ", " : "", e->rule->states[i]);
        any = true;
    }
    ll_sb_printf(out, " -> %s", e->rule->states[e->to_state]);
}

void rulepack_put_effect(const rule_effect *e, ll_strbuf *out) {
    ll_sb_add(out, rule_effect_name(e->kind));
    if (e->from.kind != WHERE_NONE && e->kind != EFF_RETAIN) {
        ll_sb_addc(out, ' ');
        rulepack_put_where(&e->from, out);
        ll_sb_add(out, e->kind == EFF_MOVE ? " into" : " as");
    }
    if (e->where.kind != WHERE_NONE) {
        ll_sb_addc(out, ' ');
        rulepack_put_where(&e->where, out);
    }
    if (e->kind == EFF_RETAIN && e->from.kind == WHERE_RET) ll_sb_add(out, ", which is also the result");
    if (e->kind == EFF_RELEASE && !e->null_safe) ll_sb_add(out, ", not null");
    if (e->zeroed) ll_sb_add(out, ", zero bytes");
    if (e->if_used) ll_sb_add(out, ", where it is used");
    if (e->clears) ll_sb_add(out, ", set to null");
    if (e->kind == EFF_TRANSITION) put_states(e, out);
    if (e->context) ll_sb_printf(out, " in %s", rule_context_name(e->context));
    put_conds(e, out);
}

void rulepack_show_model(const rule_model *m, ll_strbuf *out) {
    ll_sb_printf(out, "%s()\n", m->name);
    for (uint32_t i = 0; i < m->neffects; i++) {
        const rule_effect *e = &m->effects[i];
        ll_sb_add(out, "  ");
        rulepack_put_effect(e, out);
        if (e->rule) ll_sb_printf(out, "  [%s]", e->rule->id);
        ll_sb_addc(out, '\n');
    }
    if (m->returns_nonnull) ll_sb_add(out, "  the result is never null\n");
    if (m->never_negative) ll_sb_add(out, "  the result is never negative\n");
    if (m->gives_errno) ll_sb_add(out, "  the result points to the number of the last error\n");
    if (m->may_return_null) ll_sb_add(out, "  the result may be null\n");
}

/* `label: text`, wrapped, continuation lines under the text. */
static void put_wrapped(const char *label, const char *text, ll_strbuf *out) {
    if (!text) return;
    ll_sb_printf(out, "%-10s", label);
    size_t col = 10;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " \n");
        if (col > 10 && col + 1 + n > WIDTH) {
            ll_sb_printf(out, "\n%10s", "");
            col = 10;
        } else if (col > 10) {
            ll_sb_addc(out, ' ');
            col++;
        }
        ll_sb_addn(out, p, n);
        col += n;
        p += n + strspn(p + n, " \n");
    }
    ll_sb_addc(out, '\n');
}

static void put_reported(const rule_set *s, const rule *r, ll_strbuf *out) {
    if (r->kind != RULE_PAIR || r->extends) return;
    ll_sb_printf(out, "%-10s", "reports");
    bool first = true;
    for (rule_defect d = r->no_leak ? DEFECT_DOUBLE : DEFECT_LEAK; d < DEFECT_ORDER; d++) {
        ll_sb_printf(out, "%s%s", first ? "" : "\n          ", rule_set_reported_id(s, r, d));
        uint32_t cwe = rule_defect_cwe(r, d);
        if (cwe) ll_sb_printf(out, " (CWE-%u)", cwe);
        first = false;
    }
    ll_sb_addc(out, '\n');
}

static void put_calls(const rule_set *s, const rule *r, ll_strbuf *out) {
    ll_sb_add(out, "\nfunctions\n");
    for (uint32_t i = 0; i < rule_set_model_count(s); i++) {
        const rule_model *m = rule_set_model_at(s, i);
        for (uint32_t j = 0; j < m->neffects; j++) {
            if (m->effects[j].rule != r) continue;
            ll_sb_printf(out, "  %-28s ", m->name);
            rulepack_put_effect(&m->effects[j], out);
            ll_sb_addc(out, '\n');
        }
    }
}

static void put_code(const char *code, ll_strbuf *out) {
    for (const char *line = code; *line;) {
        size_t n = strcspn(line, "\n");
        ll_sb_add(out, "    ");
        ll_sb_addn(out, line, n);
        ll_sb_addc(out, '\n');
        line += n + (line[n] == '\n');
    }
}

static void put_examples(const rule *r, ll_strbuf *out) {
    for (uint32_t i = 0; i < r->nexamples; i++) {
        const rule_example *e = &r->examples[i];
        ll_sb_printf(out, "\n%s example (%s, line %d)\n", e->is_bad ? "bad" : "good", e->lang, e->line);
        put_code(e->code, out);
    }
}

static void put_flags(const rule *r, ll_strbuf *out) {
    const struct {
        bool on;
        const char *text;
    } flags[] = {
        {r->deep, "release ends what its fields hold, too"},
        {r->scope_bound, "must be released in the function that acquires it"},
        {r->is_integer, "an integer handle"},
        {r->counted, "reference-counted"},
        {r->keeps_memory, "release leaves the object's memory usable"},
        {r->idempotent, "releasing it again does nothing"},
        {r->no_leak, "losing it is not reported"},
        {r->loops_only, "losing it is reported where a loop loses one every turn"},
        {r->process_wide, "losing it right before the process ends is not reported"},
    };
    const char *label = "notes";
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!flags[i].on) continue;
        put_wrapped(label, flags[i].text, out);
        label = "";
    }
}

void rulepack_show(const rule_set *s, const rule *r, ll_strbuf *out) {
    ll_sb_printf(out, "%s\n\n", r->id);
    put_wrapped("kind", rule_kind_name(r->kind), out);
    put_wrapped("severity", rule_severity_name(r->severity), out);
    put_wrapped("resource", r->resource, out);
    put_wrapped("message", r->message, out);
    put_wrapped("extends", r->extends ? r->extends->id : NULL, out);
    if (r->experimental) {
        put_wrapped("level", "experimental: off unless --experimental or --enable asks for it", out);
        put_wrapped("reason", r->reason, out);
    }
    put_reported(s, r, out);
    put_flags(r, out);
    for (uint32_t i = 0; i < r->naccepts; i++) put_wrapped(i ? "" : "accepts", r->accepts[i], out);
    for (uint32_t i = 0; i < r->nwithin; i++) put_wrapped(i ? "" : "within", r->within[i], out);
    put_wrapped("why", r->why, out);
    put_wrapped("fix", r->fix, out);
    put_wrapped("link", r->link, out);
    ll_sb_printf(out, "%-10s%s:%d\n", "from", r->file, r->line);
    put_calls(s, r, out);
    put_examples(r, out);
}

void rulepack_list(const rule_set *s, ll_strbuf *out) {
    for (uint32_t i = 0; i < rule_set_count(s); i++) {
        const rule *r = rule_set_at(s, i);
        ll_sb_printf(out, "%-30s %-9s %-8s %-10s %s%s\n", r->id, rule_kind_name(r->kind),
                     rule_severity_name(r->severity), r->pack, r->resource ? r->resource : r->message,
                     r->experimental ? " (experimental)" : "");
    }
}

const char *rulepack_nearest_rule(const rule_set *s, const char *id) {
    uint32_t n = rule_set_count(s);
    const char **ids = ll_xcalloc(n, sizeof *ids);
    for (uint32_t i = 0; i < n; i++) ids[i] = rule_set_at(s, i)->id;
    const char *best = ll_nearest(id, ids, n);
    free(ids);
    return best;
}
