/* The project's own allocators as a pack to review: what engine/infer.h found, each rule under the evidence for it. */
#include "pipeline/infer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "pipeline/check.h"
#include "pipeline/findings.h"
#include "pipeline/infer_write.h"

#define FIRST_LINE "# Written by lifelint rules infer; edited when this is not the hash of the rest: "
enum { MOST_EVIDENCE = 12, LONGEST_ID = 56 };

typedef struct writer {
    ll_arena *a;
    const rule_set *rules;
    const char *root;
    ll_strbuf *out;
    LL_ARRAY(infer_rule_text) written;
    LL_ARRAY(const char *) kept; /* functions of which it is said what they keep */
    ll_err *err;
} writer;

static const char *const class_text[] = {
    [INFERRED_STRONG] = "Bodies, callers and names agree.",
    [INFERRED_LIKELY] = "Likely: one of bodies, callers and names has nothing to say, or less than the others.",
    [INFERRED_WEAK] = "Guesses from what callers do; off until the level is taken out.",
};

/* ---- names ---- */

static bool taken(const writer *w, const char *id) {
    if (rule_set_find(w->rules, id)) return true;
    for (uint32_t i = 0; i < w->written.n; i++)
        if (strcmp(w->written.v[i].id, id) == 0) return true;
    return false;
}

/* Lower-case words joined by one '-'. */
static const char *as_id(ll_arena *a, const char *text) {
    char *id = ll_alloc(a, LONGEST_ID + 1);
    size_t n = 0;
    for (; *text && n < LONGEST_ID; text++) {
        if (isalnum((unsigned char)*text))
            id[n++] = (char)tolower((unsigned char)*text);
        else if (n && id[n - 1] != '-')
            id[n++] = '-';
    }
    while (n && id[n - 1] == '-') n--;
    id[n] = 0;
    return islower((unsigned char)id[0]) ? id : n ? ll_printf(a, "own-%s", id) : "own";
}

static const char *new_id(writer *w, const inferred_rule *r, const char *extends) {
    const char *base = extends ? ll_printf(w->a, "own-%s", extends) : r->stem;
    if (strlen(base) < 2) base = r->type ? r->type : r->acquire.v[0].name;
    const char *id = base = as_id(w->a, base);
    for (uint32_t n = 2; taken(w, id); n++) id = ll_printf(w->a, "%s-%u", base, n);
    return id;
}

/* The rule above that has this one's destructor already: what these functions give is of that rule. */
static const infer_rule_text *above(const writer *w, const inferred_rule *r) {
    for (uint32_t i = 0; !r->extends && i < w->written.n; i++) {
        const inferred_rule *o = w->written.v[i].r;
        for (uint32_t k = 0; k < o->release.n; k++)
            if (o->release.v[k].name == r->release.v[0].name) return &w->written.v[i];
    }
    return NULL;
}

static const char *in_words(ll_arena *a, const char *id) {
    char *text = ll_strdup(a, id);
    for (char *p = text; *p; p++)
        if (*p == '-') *p = ' ';
    return text;
}

/* ---- evidence ---- */

static const char *place(const writer *w, const inferred_call *c) {
    if (!c->file) return "no body here";
    return ll_printf(w->a, "%s:%d", pipeline_relative(w->a, w->root, c->file), c->line);
}

static const char *const get_text[] = {
    [PROOF_NONE] = "declared only",
    [PROOF_LIKELY] = "its body gives a new one, from where is not followed",
    [PROOF_BODY] = "its body acquires one that nobody else has",
};
static const char *const end_text[] = {
    [PROOF_NONE] = "declared only",
    [PROOF_LIKELY] = "its body hands it to functions that sound like it",
    [PROOF_BODY] = "its body ends it",
};

static void say_evidence(const writer *w, const inferred_rule *r) {
    for (uint32_t i = 0; i < r->acquire.n && i < MOST_EVIDENCE; i++) {
        const inferred_call *c = &r->acquire.v[i];
        ll_sb_printf(w->out, "  # %s: ", c->name);
        if (c->sites)
            ll_sb_printf(w->out, "%u call%s, ended by the same function in %u, returned or stored in %u; ", c->sites,
                         c->sites == 1 ? "" : "s", c->released, c->passed);
        else
            ll_sb_add(w->out, "not called here; ");
        ll_sb_printf(w->out, "%s (%s)\n", get_text[c->proof], place(w, c));
    }
    if (r->acquire.n > MOST_EVIDENCE)
        ll_sb_printf(w->out, "  # and %u more like these\n", r->acquire.n - MOST_EVIDENCE);
    for (uint32_t i = 0; i < r->release.n; i++) {
        const inferred_call *c = &r->release.v[i];
        ll_sb_printf(w->out, "  # %s: %s%s (%s)\n", c->name, end_text[c->proof],
                     c->in_part ? ", in some of its outcomes" : "", place(w, c));
    }
    for (uint32_t i = 0; i < r->retain.n; i++)
        ll_sb_printf(w->out, "  # %s: its body counts one more (%s)\n", r->retain.v[i].name, place(w, &r->retain.v[i]));
    for (uint32_t i = 0; i < r->realloc.n; i++)
        ll_sb_printf(w->out, "  # %s: its body ends one and acquires another (%s)\n", r->realloc.v[i].name,
                     place(w, &r->realloc.v[i]));
    if (r->extends) ll_sb_printf(w->out, "  # callers end what they give by %s()\n", r->ended_by.name);
}

/* ---- rules ---- */

static void pair_text(ywriter *y, const char *key, const char *value) {
    ywrite_key(y, key);
    ywrite_plain(y, value);
}

static void number(ll_arena *a, ywriter *y, const char *key, uint32_t n) {
    pair_text(y, key, ll_printf(a, "%u", n));
}

static void write_acquire(const writer *w, ywriter *y, const inferred_call *c) {
    static const char *const fails[] = {
        [FAILS_NEVER] = "never", [FAILS_NONZERO] = "!= 0", [FAILS_NEGATIVE] = "< 0", [FAILS_ZERO] = "== 0"};
    const char *f = c->fails >= FAILS_NEVER ? fails[c->fails] : NULL;
    if (!c->arg && !f) {
        ywrite_plain(y, c->name);
        return;
    }
    ywrite_map(y, true);
    pair_text(y, "call", c->name);
    if (c->arg) number(w->a, y, "into", c->arg);
    if (f) {
        ywrite_key(y, "fails");
        if (c->fails == FAILS_NEVER)
            ywrite_plain(y, f);
        else
            ywrite_quoted(y, f);
    }
    ywrite_close(y);
}

static void write_release(const writer *w, ywriter *y, const inferred_call *c) {
    if (c->arg == 1 && !c->through) {
        ywrite_plain(y, c->name);
        return;
    }
    ywrite_map(y, true);
    pair_text(y, "call", c->name);
    number(w->a, y, c->through ? "through" : "arg", c->arg);
    ywrite_close(y);
}

static void write_retain(const writer *w, ywriter *y, const inferred_call *c) {
    ywrite_map(y, true);
    pair_text(y, "call", c->name);
    if (c->arg != 1) number(w->a, y, "arg", c->arg);
    if (c->returns) pair_text(y, "returns_it", "true");
    ywrite_close(y);
}

static void write_realloc(const writer *w, ywriter *y, const inferred_call *c) {
    ywrite_map(y, true);
    pair_text(y, "call", c->name);
    number(w->a, y, "from", c->arg);
    if (c->fails == FAILS_NEVER) pair_text(y, "fails", "never");
    ywrite_close(y);
}

static void write_calls(const writer *w, ywriter *y, const char *key, const inferred_calls *l,
                        void (*one)(const writer *, ywriter *, const inferred_call *)) {
    if (!l->n) return;
    ywrite_key(y, key);
    ywrite_list(y, false);
    for (uint32_t i = 0; i < l->n; i++) one(w, y, &l->v[i]);
    ywrite_close(y);
}

static void write_reasons(const writer *w, ywriter *y, const inferred_rule *r, const char *resource) {
    const char *end = r->extends ? r->ended_by.name : r->release.v[0].name;
    pair_text(y, "cwe", r->extends ? ll_printf(w->a, "%u", r->extends->cwe ? r->extends->cwe : 772) : "772");
    ywrite_key(y, "why");
    ywrite_quoted(y, ll_printf(w->a, "A %s that is not given to %s() is lost, with all it holds.", resource, end));
    ywrite_key(y, "fix");
    ywrite_quoted(
        y, ll_printf(w->a, "Call %s() on every path on which nobody else took it over, error paths included.", end));
    pair_text(y, "link", "https://cwe.mitre.org/data/definitions/772.html");
}

static bool write_rule(writer *w, const inferred_rule *r) {
    const infer_rule_text *of = above(w, r);
    const char *extends = of ? of->reported : r->extends ? r->extends->id : NULL;
    const char *id = new_id(w, r, extends);
    const char *words = of ? of->resource : r->extends ? r->extends->resource : in_words(w->a, id);
    const infer_rule_text t = {r, id, extends ? extends : id, words};
    LL_PUSH(w->a, &w->written, t);
    ll_strbuf text = {0};
    ll_sb_addc(w->out, '\n');
    say_evidence(w, r);
    ywriter *y = ywrite_new(&text);
    ywrite_list(y, false);
    ywrite_map(y, false);
    pair_text(y, "id", id);
    pair_text(y, "resource", words);
    if (extends) pair_text(y, "extends", extends);
    if (r->confidence == INFERRED_WEAK) {
        pair_text(y, "level", "experimental");
        pair_text(y, "reason", "Guessed from what callers do; not reviewed.");
    }
    if (r->extends && r->extends->is_integer) pair_text(y, "integer", "true");
    if (r->counted && !extends) pair_text(y, "counted", "true");
    if (!extends && r->type) pair_text(y, "deep", "true");
    write_reasons(w, y, r, words);
    write_calls(w, y, "acquire", &r->acquire, write_acquire);
    if (!of) write_calls(w, y, "release", &r->release, write_release);
    write_calls(w, y, "realloc", &r->realloc, write_realloc);
    if (!of) write_calls(w, y, "retain", &r->retain, write_retain);
    infer_write_examples(w->a, y, &t);
    ywrite_close(y);
    ywrite_close(y);
    bool ok = ywrite_end(y, w->err);
    for (const char *line = ll_sb_str(&text); ok && *line;) {
        size_t n = strcspn(line, "\n");
        if (n) ll_sb_add(w->out, "  ");
        ll_sb_addn(w->out, line, n);
        ll_sb_addc(w->out, '\n');
        line += n + (line[n] == '\n');
    }
    ll_sb_free(&text);
    return ok;
}

static bool is_said(const writer *w, const char *name) {
    for (uint32_t i = 0; i < w->kept.n; i++)
        if (w->kept.v[i] == name) return true;
    return false;
}

/* What the functions keep of their other arguments; said of each once. */
static void write_kept(writer *w, const inferred_rules *rules) {
    bool any = false;
    for (uint32_t i = 0; i < rules->n; i++)
        for (uint32_t k = 0; k < rules->v[i].acquire.n; k++) {
            const inferred_call *c = &rules->v[i].acquire.v[k];
            if (!c->keeps || is_said(w, c->name)) continue;
            LL_PUSH(w->a, &w->kept, c->name);
            ll_sb_add(w->out, any ? "" : "\n# They may keep what they are given here.\nfunctions:\n");
            any = true;
            ll_sb_printf(w->out, "  - {call: %s, consumes: [", c->name);
            const char *comma = "";
            for (uint32_t p = 0; p < 32; p++)
                if (c->keeps >> p & 1) {
                    ll_sb_printf(w->out, "%s%u", comma, p + 1);
                    comma = ", ";
                }
            ll_sb_add(w->out, "]}\n");
        }
}

static bool write_pack(writer *w, const inferred_rules *rules, const char *schema, infer_counts *counts) {
    ll_sb_printf(w->out,
                 "# yaml-language-server: $schema=%s\n"
                 "# The project's own allocators, as its code shows them: read each rule, take out what is wrong, "
                 "commit the rest.\n"
                 "#   lifelint rules test FILE        runs the examples\n"
                 "#   lifelint check --rules FILE     uses it\n"
                 "about: Allocators of this project, inferred from its code.\n"
                 "# Functions whose bodies are read go by their bodies; this is for where they are not (an editor, a "
                 "single file).\n"
                 "inferred: true\n",
                 schema);
    inferred_class last = INFERRED_CLASSES;
    if (rules->n) ll_sb_add(w->out, "\nrules:\n");
    for (uint32_t i = 0; i < rules->n; i++) {
        const inferred_rule *r = &rules->v[i];
        if (r->confidence != last) ll_sb_printf(w->out, "%s  # ---- %s\n", i ? "\n" : "", class_text[r->confidence]);
        last = r->confidence;
        counts->rules[r->confidence]++;
        counts->functions += r->acquire.n + r->release.n + r->retain.n;
        if (!write_rule(w, r)) return false;
    }
    write_kept(w, rules);
    return true;
}

static bool infer(const check_options *opt, const rule_set *rules, const plan *units, const facts_options *facts,
                  const char *schema, ll_arena *a, ll_strbuf *out, infer_counts *counts, ll_err *err) {
    pipeline_analysis p = {0};
    const engine_options engine = {0};
    ll_strbuf pack = {0};
    (void)opt;
    bool ok = pipeline_analyse(units->requests.v, units->requests.n, rules, facts, &engine, &p, err);
    if (ok) {
        inferred_rules found = {0};
        writer w = {.a = a, .rules = rules, .root = units->root, .out = &pack, .err = err};
        engine_infer(p.engine, a, &found);
        ok = write_pack(&w, &found, schema, counts);
        ll_sb_printf(out, FIRST_LINE "%016llx\n", (unsigned long long)ll_hash64(ll_sb_str(&pack), pack.n));
        ll_sb_addn(out, ll_sb_str(&pack), pack.n);
    }
    ll_sb_free(&pack);
    pipeline_analysis_free(&p);
    return ok;
}

bool pipeline_infer(const check_options *opt, const char *schema, ll_strbuf *out, infer_counts *counts, ll_err *err) {
    ll_arena *a = ll_arena_new("infer");
    plan units = {0};
    rule_set *rules = NULL;
    *counts = (infer_counts){0};
    bool ok = pipeline_load_rules(&opt->rules, opt->log, &rules, err) && plan_check(a, opt, &units, err);
    if (ok) {
        check_database db;
        const check_result here = {.arena = a, .root = units.root};
        check_open_database(opt, &here, &db);
        check_open_cache(&db, NULL);
        facts_options facts = opt->facts;
        facts.cache = db.cache;
        ok = infer(opt, rules, &units, &facts, schema, a, out, counts, err);
        check_close_database(opt, &db);
    }
    rule_set_free(rules);
    ll_arena_free(a);
    return ok;
}

bool pipeline_infer_untouched(const char *text, size_t n) {
    const size_t head = sizeof FIRST_LINE - 1;
    if (n < head + 17 || strncmp(text, FIRST_LINE, head) != 0 || text[head + 16] != '\n') return false;
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)ll_hash64(text + head + 17, n - head - 17));
    return strncmp(text + head, hash, 16) == 0;
}
