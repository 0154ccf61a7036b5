/* The rule reference in Markdown: what `explain` says at the terminal, one page a rule, and an index by pack. */
#define _GNU_SOURCE
#include <string.h>

#include "rulepack/rulepack.h"

const char *rule_defect_meaning(rule_defect d) {
    switch (d) {
        case DEFECT_LEAK:
            return "On the path shown, the last reference to it is gone while it is still held.";
        case DEFECT_DOUBLE:
            return "On the path shown, it is released a second time.";
        case DEFECT_USE_AFTER:
            return "On the path shown, it is used after it was released.";
        case DEFECT_WRONG_RELEASE:
            return "It is released by the function of another kind of resource.";
        case DEFECT_BAD_RELEASE:
            return "Something is released that was never acquired.";
        case DEFECT_ORDER:
            return "The call is not allowed in the state the object is in.";
        case DEFECT_OTHER:
        case DEFECT_COUNT:
            break;
    }
    return NULL;
}

void rulepack_put_example(const char *code, ll_strbuf *out) {
    static const char mark[] = "expect:", shown[] = "reported:";
    for (const char *at; (at = strstr(code, mark)); code = at + sizeof mark - 1) {
        ll_sb_addn(out, code, (size_t)(at - code));
        ll_sb_add(out, shown);
    }
    ll_sb_add(out, code);
    if (out->n && out->s[out->n - 1] != '\n') ll_sb_addc(out, '\n');
}

/* In a paragraph or a table cell: what YAML folded is one line, and nothing in it is markup. */
static void put_text(const char *s, ll_strbuf *out) {
    for (; *s; s++) {
        if (*s == '\n') {
            if (s[1]) ll_sb_addc(out, ' ');
        } else {
            if (strchr("\\`*_[]<>|#", *s)) ll_sb_addc(out, '\\');
            ll_sb_addc(out, *s);
        }
    }
}

static void put_section(const char *title, const char *text, ll_strbuf *out) {
    if (!text || !*text) return;
    ll_sb_printf(out, "\n## %s\n\n", title);
    put_text(text, out);
    ll_sb_addc(out, '\n');
}

static const char *title_of(const rule *r) {
    return r->message ? r->message : r->resource ? r->resource : r->id;
}

/* The rule under whose ids this one's findings are reported. */
static const rule *family_of(const rule *r) {
    return r->extends ? r->extends : r;
}

static bool is_reported(const rule *r, rule_defect d) {
    if (r->kind == RULE_PAIR || r->kind == RULE_TASK) return d < DEFECT_ORDER && !(d == DEFECT_LEAK && r->no_leak);
    return d == (r->kind == RULE_ORDER ? DEFECT_ORDER : DEFECT_OTHER);
}

static void put_reported(const rule_set *s, const rule *r, ll_strbuf *out) {
    const rule *family = family_of(r);
    ll_sb_add(out, "\n| reported as | weakness | |\n|---|---|---|\n");
    for (rule_defect d = 0; d < DEFECT_COUNT; d++) {
        if (!is_reported(family, d)) continue;
        ll_sb_printf(out, "| `%s` | ", rule_set_reported_id(s, family, d));
        uint32_t cwe = rule_defect_cwe(r, d);
        if (cwe) ll_sb_printf(out, "[CWE-%u](https://cwe.mitre.org/data/definitions/%u.html)", cwe, cwe);
        const char *meaning = rule_defect_meaning(d);
        ll_sb_printf(out, " | %s |\n", meaning ? meaning : "");
    }
}

static void put_examples(const rule *r, bool bad, ll_strbuf *out) {
    bool any = false;
    for (uint32_t i = 0; i < r->nexamples; i++) {
        const rule_example *e = &r->examples[i];
        if (e->is_bad != bad) continue;
        if (!any) ll_sb_printf(out, "\n## %s\n", bad ? "Wrong" : "Right");
        any = true;
        ll_sb_printf(out, "\n```%s\n", strcmp(e->lang, "c++") == 0 ? "cpp" : e->lang);
        rulepack_put_example(e->code, out);
        ll_sb_add(out, "```\n");
    }
}

static void put_functions(const rule_set *s, const rule *r, ll_strbuf *out) {
    bool any = false;
    for (uint32_t i = 0; i < rule_set_model_count(s); i++) {
        const rule_model *m = rule_set_model_at(s, i);
        for (uint32_t j = 0; j < m->neffects; j++) {
            if (m->effects[j].rule != r) continue; /* those of a rule that extends one name that one */
            if (!any) ll_sb_add(out, "\n## Functions\n\n| function | what it does |\n|---|---|\n");
            any = true;
            ll_strbuf words = {0};
            rulepack_put_effect(&m->effects[j], &words);
            ll_sb_printf(out, "| `%s` | ", m->name);
            put_text(ll_sb_str(&words), out);
            ll_sb_add(out, " |\n");
            ll_sb_free(&words);
        }
    }
}

void rulepack_doc_page(const rule_set *s, const rule *r, ll_strbuf *out) {
    rule_defect first = 0;
    while (first < DEFECT_OTHER && !is_reported(family_of(r), first)) first++;
    ll_sb_printf(out, "# %s\n\n", r->id);
    put_text(title_of(r), out);
    ll_sb_printf(out, ". Kind `%s`, severity %s, pack [%s](index.md#%s).", rule_kind_name(r->kind),
                 rule_severity_name(r->severity), r->pack, r->pack);
    if (r->experimental)
        ll_sb_printf(out, " Experimental: off unless `--enable %s` or `--experimental` asks for it. %s", r->id,
                     r->reason);
    if (r->extends)
        ll_sb_printf(out, " What it gives is ended by the functions of [%s](%s.md), and reported so.", r->extends->id,
                     r->extends->id);
    ll_sb_addc(out, '\n');
    put_reported(s, r, out);
    put_section("Why it matters", r->why, out);
    put_examples(r, true, out);
    put_examples(r, false, out);
    put_section("How to fix it", r->fix, out);
    put_functions(s, r, out);
    ll_sb_printf(out,
                 "\n## To accept a finding\n\nOn its line or above it, with the reason:\n\n"
                 "```c\n// lifelint:ignore %s: reason\n```\n",
                 rule_set_reported_id(s, family_of(r), first));
    if (r->link) ll_sb_printf(out, "\n## More\n\n<%s>\n", r->link);
}

static void put_pack(const rule_set *s, const rulepack_pack *p, ll_strbuf *out) {
    bool any = false;
    for (uint32_t i = 0; i < rule_set_count(s); i++) {
        const rule *r = rule_set_at(s, i);
        if (strcmp(r->pack, p->name) != 0) continue;
        if (!any) {
            ll_sb_printf(out, "\n## %s\n\n", p->name);
            put_text(p->about ? p->about : "", out);
            ll_sb_add(out, "\n\n| rule | kind | severity | about |\n|---|---|---|---|\n");
        }
        any = true;
        ll_sb_printf(out, "| [%s](%s.md) | %s | %s | ", r->id, r->id, rule_kind_name(r->kind),
                     rule_severity_name(r->severity));
        put_text(title_of(r), out);
        ll_sb_printf(out, "%s |\n", r->experimental ? " (experimental)" : "");
    }
}

void rulepack_doc_index(const rule_set *s, ll_strbuf *out) {
    ll_sb_printf(out, "# Rules\n\n%u rules in %u packs. `lifelint explain RULE` shows a page at the terminal.\n",
                 rule_set_count(s), rule_set_pack_count(s));
    for (uint32_t i = 0; i < rule_set_pack_count(s); i++) put_pack(s, rule_set_pack_at(s, i), out);
}
