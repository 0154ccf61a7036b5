/* The property list that clang's analyzer writes and CodeChecker stores.
 *
 * CodeChecker identifies a report by issue_hash_content_of_line_in_context and takes ours, so that a finding keeps its
 * identity there across line shifts. Paths are relative: CodeChecker resolves them against the folder of the report,
 * and `CodeChecker store --trim-path-prefix` has nothing left to do. Suppressed findings are left out, the format has
 * no word for them. XML 1.0 cannot hold control characters at all, so they are shown as visible escapes. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "output/snippet.h"
#include "output/writers.h"

struct file_index {
    const char *name;
    uint32_t at;
    UT_hash_handle hh;
};

struct plist {
    const report *r;
    struct file_index *files;
    ll_arena *a;
};

static void add_escaped(ll_strbuf *out, const char *s) {
    for (; *s; s++) {
        switch (*s) {
            case '&':
                ll_sb_add(out, "&amp;");
                break;
            case '<':
                ll_sb_add(out, "&lt;");
                break;
            case '>':
                ll_sb_add(out, "&gt;");
                break;
            default:
                ll_sb_addc(out, *s);
        }
    }
}

static void string_element(const struct plist *p, const char *s) {
    ll_strbuf visible = {0}, escaped = {0};
    snippet_escape(&visible, s ? s : "");
    add_escaped(&escaped, ll_sb_str(&visible));
    fprintf(p->r->f, "<string>%s</string>\n", ll_sb_str(&escaped));
    ll_sb_free(&visible);
    ll_sb_free(&escaped);
}

static void entry(const struct plist *p, const char *key, const char *value) {
    fprintf(p->r->f, "<key>%s</key>", key);
    string_element(p, value);
}

static const char *name_of(const finding_loc *l) {
    return l->file ? l->file : "";
}

static void know_file(struct plist *p, const finding_loc *l) {
    struct file_index *e;
    HASH_FIND_STR(p->files, name_of(l), e);
    if (e) return;
    e = LL_NEW(p->a, struct file_index);
    e->name = name_of(l);
    e->at = HASH_COUNT(p->files);
    HASH_ADD_KEYPTR(hh, p->files, e->name, strlen(e->name), e);
}

static void position(const struct plist *p, const finding_loc *l, int32_t col) {
    struct file_index *e;
    HASH_FIND_STR(p->files, name_of(l), e);
    fprintf(p->r->f,
            "<dict><key>line</key><integer>%d</integer><key>col</key><integer>%d</integer>"
            "<key>file</key><integer>%u</integer></dict>",
            l->line > 0 ? l->line : 1, col > 0 ? col : 1, e ? e->at : 0);
}

/* `end_col` is exclusive with us, inclusive here. */
static void location(const struct plist *p, const finding_loc *l, bool with_range) {
    fputs("<key>location</key>", p->r->f);
    position(p, l, l->col);
    fputc('\n', p->r->f);
    if (!with_range || l->end_col <= l->col + 1) return;
    fputs("<key>ranges</key><array><array>", p->r->f);
    position(p, l, l->col);
    position(p, l, l->end_col - 1);
    fputs("</array></array>\n", p->r->f);
}

static void event(const struct plist *p, const finding_loc *l, uint32_t depth, const char *text) {
    fputs("<dict><key>kind</key><string>event</string>\n", p->r->f);
    location(p, l, true);
    fprintf(p->r->f, "<key>depth</key><integer>%u</integer>\n", depth);
    entry(p, "extended_message", text);
    entry(p, "message", text);
    fputs("</dict>\n", p->r->f);
}

/* CodeChecker shows the last event as the report's own. */
static void path(const struct plist *p, const finding *f) {
    fputs("<key>path</key><array>\n", p->r->f);
    for (uint32_t i = 0; i < f->nsteps; i++) event(p, &f->steps[i].loc, f->steps[i].depth, f->steps[i].text);
    event(p, &f->loc, 0, f->message);
    fputs("</array>\n", p->r->f);
}

static void diagnostic(const struct plist *p, const finding *f, uint32_t ordinal) {
    ll_strbuf text = {0};
    report_message(f, &text);
    fputs("<dict>\n", p->r->f);
    path(p, f);
    entry(p, "description", ll_sb_str(&text));
    entry(p, "category", finding_category_name(f->category));
    entry(p, "type", f->resource ? f->resource : f->rule_id);
    entry(p, "check_name", f->rule_id);
    ll_sb_clear(&text);
    ll_sb_add(&text, f->fingerprint ? f->fingerprint : "");
    if (ordinal) ll_sb_printf(&text, "-%u", ordinal + 1);
    entry(p, "issue_hash_content_of_line_in_context", ll_sb_str(&text));
    if (f->function) {
        entry(p, "issue_context_kind", "function");
        entry(p, "issue_context", f->function);
    }
    location(p, &f->loc, false);
    fputs("</dict>\n", p->r->f);
    ll_sb_free(&text);
}

static void files(struct plist *p) {
    const finding_list *l = p->r->list;
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (f->suppressed) continue;
        know_file(p, &f->loc);
        for (uint32_t k = 0; k < f->nsteps; k++) know_file(p, &f->steps[k].loc);
    }
    fputs("<key>files</key><array>\n", p->r->f);
    for (const struct file_index *e = p->files; e; e = e->hh.next) string_element(p, e->name);
    fputs("</array>\n", p->r->f);
}

void plist_write(const report *r) {
    struct plist p = {.r = r, .a = source_cache_arena(r->sources)};
    uint32_t *ordinal = report_ordinals(r->list);
    fputs(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
        "<plist version=\"1.0\"><dict>\n",
        r->f);
    fputs("<key>metadata</key><dict><key>generated_by</key><dict><key>name</key><string>lifelint</string>", r->f);
    entry(&p, "version", report_version(r));
    fputs("</dict><key>analyzer</key><dict><key>name</key><string>lifelint</string></dict></dict>\n", r->f);
    files(&p);
    fputs("<key>diagnostics</key><array>\n", r->f);
    for (uint32_t i = 0; i < r->list->items.n; i++)
        if (!r->list->items.v[i].suppressed) diagnostic(&p, &r->list->items.v[i], ordinal[i]);
    fputs("</array>\n</dict></plist>\n", r->f);
    HASH_CLEAR(hh, p.files);
    free(ordinal);
}
