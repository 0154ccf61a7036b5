/* A summary for a pull request's comment or a workflow step: GitHub's Markdown, which GitLab and Gitea read too.
 *
 * What is new (everything, when nothing was compared) comes with its path, folded; the rest is one line each. A comment
 * holds 65,536 characters on GitHub; pieces are added whole while they fit into LIMIT bytes, then counted.
 *
 * Texts come out of the sources: every character that means something in Markdown or HTML is written as a character
 * reference, and what would become a mention or a reference to an issue is broken by an invisible space. What stands
 * between backticks in a message is shown as code. */
#include <string.h>

#include "output/snippet.h"
#include "output/writers.h"

#define LIMIT 60000u
#define MOST_WITH_PATH 50u
#define MOST_LINES 200u
#define MOST_FAILURES 10u
#define RESERVE 400u /* for the lines that say what was left out */

struct page {
    const report *r;
    size_t used;
    bool full;
};

static void add_char(ll_strbuf *out, char c) {
    if (c == '@' || c == '#')
        ll_sb_printf(out, "&#%d;&#8203;", c);
    else if (strchr("\\`*_{}[]<>|~!&$\"'", c))
        ll_sb_printf(out, "&#%d;", c);
    else
        ll_sb_addc(out, c);
}

static void add_text(ll_strbuf *out, const char *s) {
    ll_strbuf visible = {0};
    snippet_escape(&visible, s ? s : "");
    const char *v = ll_sb_str(&visible);
    bool code = false;
    for (; *v; v++) {
        if (*v != '`') {
            add_char(out, *v);
        } else if (code || strchr(v + 1, '`')) {
            ll_sb_add(out, code ? "</code>" : "<code>");
            code = !code;
        } else {
            add_char(out, *v);
        }
    }
    ll_sb_free(&visible);
}

static void add_place(ll_strbuf *out, const finding_loc *l) {
    ll_strbuf b = {0};
    ll_sb_add(&b, l->file ? l->file : "?");
    for (char *p = b.s; *p; p++)
        if (*p == '`') *p = '\''; /* or it would end the code */
    if (l->line > 0) ll_sb_printf(&b, ":%d", l->line);
    ll_sb_add(out, "<code>");
    add_text(out, ll_sb_str(&b));
    ll_sb_add(out, "</code>");
    ll_sb_free(&b);
}

static void add_headline(ll_strbuf *out, const finding *f) {
    ll_sb_printf(out, "<b>%s</b> ", finding_severity_name(f->severity));
    add_place(out, &f->loc);
    ll_sb_addc(out, ' ');
    add_text(out, f->message);
    ll_sb_add(out, " [");
    add_text(out, f->rule_id);
    ll_sb_addc(out, ']');
}

static void add_with_path(ll_strbuf *out, const finding *f) {
    ll_sb_add(out, "<details><summary>");
    add_headline(out, f);
    ll_sb_add(out, "</summary>\n\n");
    for (uint32_t i = 0; i < f->nsteps; i++) {
        ll_sb_printf(out, "%u. ", i + 1);
        add_place(out, &f->steps[i].loc);
        ll_sb_addc(out, ' ');
        add_text(out, f->steps[i].text);
        ll_sb_addc(out, '\n');
    }
    if (f->fix) {
        ll_sb_add(out, "\n**Fix:** ");
        add_text(out, f->fix);
        ll_sb_addc(out, '\n');
    }
    if (f->fingerprint) ll_sb_printf(out, "\n<sub>%.12s</sub>\n", f->fingerprint);
    ll_sb_add(out, "\n</details>\n\n");
}

/* False when the piece does not fit any more; it is dropped then. Clears the piece. */
static bool put(struct page *p, ll_strbuf *piece) {
    if (p->used + piece->n > LIMIT - RESERVE) p->full = true;
    if (!p->full) {
        fwrite(ll_sb_str(piece), 1, piece->n, p->r->f);
        p->used += piece->n;
    }
    ll_sb_clear(piece);
    return !p->full;
}

static void put_rest(struct page *p, uint32_t rest) {
    if (rest) p->used += (size_t)fprintf(p->r->f, "\n%u more in the full report.\n\n", rest);
}

typedef enum wanted { WANT_NEW, WANT_OLD } wanted;

static bool is_wanted(const struct page *p, uint32_t i, wanted w) {
    if (p->r->list->items.v[i].suppressed) return false;
    return (!p->r->run->is_new || p->r->run->is_new[i]) == (w == WANT_NEW);
}

static uint32_t count(const struct page *p, wanted w) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->r->list->items.n; i++) n += is_wanted(p, i, w);
    return n;
}

/* Errors first: what is cut off is what matters least. */
static void put_new(struct page *p) {
    ll_strbuf b = {0};
    uint32_t shown = 0, all = count(p, WANT_NEW);
    for (int severity = FINDING_ERROR; severity >= FINDING_NOTE; severity--) {
        for (uint32_t i = 0; i < p->r->list->items.n && shown < MOST_WITH_PATH && !p->full; i++) {
            const finding *f = &p->r->list->items.v[i];
            if ((int)f->severity != severity || !is_wanted(p, i, WANT_NEW)) continue;
            add_with_path(&b, f);
            shown += put(p, &b);
        }
    }
    put_rest(p, all - shown);
    ll_sb_free(&b);
}

static void put_line(struct page *p, ll_strbuf *b, const finding *f, uint32_t *shown) {
    if (p->full || *shown >= MOST_LINES) return;
    ll_sb_add(b, "- ");
    add_headline(b, f);
    ll_sb_addc(b, '\n');
    *shown += put(p, b);
}

static void put_folded(struct page *p, const char *title, const finding_list *l, bool all_of_them) {
    ll_strbuf b = {0};
    uint32_t shown = 0, total = all_of_them ? l->items.n : count(p, WANT_OLD);
    if (!total) return;
    ll_sb_printf(&b, "<details><summary>%u %s</summary>\n\n", total, title);
    if (put(p, &b)) {
        for (uint32_t i = 0; i < l->items.n; i++)
            if (all_of_them || is_wanted(p, i, WANT_OLD)) put_line(p, &b, &l->items.v[i], &shown);
        put_rest(p, total - shown);
        fputs("\n</details>\n\n", p->r->f);
    }
    ll_sb_free(&b);
}

static void put_failures(struct page *p) {
    const output_run *run = p->r->run;
    ll_strbuf b = {0};
    uint32_t shown = 0;
    if (!run->nfailures) return;
    ll_sb_printf(&b, "**%u unit%s could not be analysed, or only in part:**\n\n", run->nfailures,
                 run->nfailures == 1 ? "" : "s");
    for (put(p, &b); shown < run->nfailures && shown < MOST_FAILURES && !p->full; shown++) {
        ll_sb_add(&b, "- ");
        add_place(&b, &(finding_loc){.file = run->failures[shown].file});
        ll_sb_addc(&b, ' ');
        add_text(&b, run->failures[shown].message);
        ll_sb_addc(&b, '\n');
        put(p, &b);
    }
    put_rest(p, run->nfailures - shown);
    ll_sb_addc(&b, '\n');
    put(p, &b);
    ll_sb_free(&b);
}

static void put_title(struct page *p) {
    uint32_t n = count(p, WANT_NEW), old = count(p, WANT_OLD);
    ll_strbuf b = {0};
    if (!p->r->run->is_new) {
        ll_sb_printf(&b, n ? "### lifelint: %u finding%s\n\n" : "### lifelint: no findings\n\n", n, n == 1 ? "" : "s");
    } else {
        ll_sb_printf(&b, n ? "### lifelint: %u new finding%s" : "### lifelint: no new findings", n, n == 1 ? "" : "s");
        ll_sb_printf(&b, ", %u gone, %u unchanged\n\n", p->r->run->n_gone, old);
    }
    put(p, &b);
    ll_sb_free(&b);
}

void markdown_write(const report *r) {
    struct page p = {.r = r};
    put_title(&p);
    put_new(&p);
    put_failures(&p);
    if (r->run->gone) put_folded(&p, "gone", r->run->gone, true);
    put_folded(&p, "unchanged", r->list, false);
}
