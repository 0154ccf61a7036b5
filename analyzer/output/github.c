/* Annotations of a GitHub workflow, by workflow commands on standard output:
 *
 *     ::warning title=posix-fd-leak,file=src/a.c,line=12,endLine=12,col=5,endColumn=9::message
 *
 * In the message `%`, CR and LF are written as %25, %0D, %0A, in a property also `:` and `,` as %3A and %2C; nothing
 * that came out of a source can end the command or start another. GitHub shows ten of each level a step, so the new
 * ones come first and a notice counts the rest. Columns count UTF-16 there; bytes are close enough to find the place.
 */
#include <stdlib.h>
#include <string.h>

#include "output/snippet.h"
#include "output/writers.h"

#define LEVEL_LIMIT 10u

static const char *const commands[] = {
    [FINDING_NOTE] = "notice", [FINDING_WARNING] = "warning", [FINDING_ERROR] = "error"};

static void add_data(ll_strbuf *out, const char *s, bool property) {
    for (; *s; s++) {
        if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ','))) {
            ll_sb_printf(out, "%%%02X", (unsigned char)*s);
        } else {
            ll_sb_addc(out, *s);
        }
    }
}

/* Untrusted text on one line of its own. */
static void add_safe(ll_strbuf *out, const char *s, bool property) {
    ll_strbuf visible = {0};
    snippet_escape(&visible, s ? s : "");
    add_data(out, ll_sb_str(&visible), property);
    ll_sb_free(&visible);
}

static void add_properties(ll_strbuf *out, const finding *f) {
    ll_sb_add(out, " title=");
    add_safe(out, f->rule_id, true);
    ll_sb_add(out, ",file=");
    add_safe(out, f->loc.file, true);
    if (f->loc.line <= 0) return;
    ll_sb_printf(out, ",line=%d,endLine=%d", f->loc.line, f->loc.line);
    if (f->loc.col <= 0) return;
    ll_sb_printf(out, ",col=%d", f->loc.col);
    if (f->loc.end_col > f->loc.col) ll_sb_printf(out, ",endColumn=%d", f->loc.end_col);
}

static void annotate(const report *r, const finding *f) {
    ll_strbuf out = {0}, text = {0};
    ll_sb_printf(&out, "::%s", commands[f->severity]);
    add_properties(&out, f);
    ll_sb_add(&out, "::");
    report_message(f, &text);
    add_safe(&out, ll_sb_str(&text), false);
    for (uint32_t i = 0; i < f->nsteps; i++) {
        const finding_step *s = &f->steps[i];
        ll_sb_printf(&out, "%%0A%u. ", i + 1);
        add_safe(&out, s->loc.file, false);
        ll_sb_printf(&out, ":%d: ", s->loc.line);
        add_safe(&out, s->text, false);
    }
    fprintf(r->f, "%s\n", ll_sb_str(&out));
    ll_sb_free(&out);
    ll_sb_free(&text);
}

void github_write(const report *r) {
    uint32_t shown[FINDING_ERROR + 1] = {0}, rest = 0;
    for (int want_new = 1; want_new >= r->opt->only_new; want_new--) {
        for (uint32_t i = 0; i < r->list->items.n; i++) {
            const finding *f = &r->list->items.v[i];
            bool is_new = !r->run->is_new || r->run->is_new[i];
            if (!report_shows(r, i) || is_new != want_new) continue;
            uint32_t room = LEVEL_LIMIT - (f->severity == FINDING_NOTE); /* the last line below is a notice too */
            if (shown[f->severity]++ < room)
                annotate(r, f);
            else
                rest++;
        }
    }
    if (rest)
        fprintf(r->f, "::notice title=lifelint::%u more finding%s not annotated here; the report lists them all\n",
                rest, rest == 1 ? " is" : "s are");
}
