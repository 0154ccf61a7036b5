/* The report for people, in the shape of a good compiler's:
 *
 *     src/conf.c:12:14: warning: file descriptor `fd` is never closed [posix-fd-leak]
 *        12 |     int fd = open(path, O_RDONLY);
 *           |              ^~~~~~~~~~~~~~~~~~~~
 *       1. src/conf.c:12: opened here
 *       2. src/conf.c:14: taking the branch where `n < 0` is true
 *        14 |     if (n < 0) return -1;
 *       fix: call close(fd) before returning
 *       why: the process runs out of descriptors (https://…)
 *       id: 9fefc10ff562
 *
 * Steps on a line that was just shown do not show it again. */
#include "output/snippet.h"
#include "output/writers.h"

#include <string.h>

#define DEFAULT_WIDTH 120u
#define SHORT_ID 12u /* of a fingerprint: enough to name it */

typedef enum paint { PAINT_OFF, PAINT_BOLD, PAINT_ERROR, PAINT_WARNING, PAINT_NOTE, PAINT_MARK, PAINT_DIM } paint;

static const char *const paints[] = {
    [PAINT_OFF] = "\033[0m",        [PAINT_BOLD] = "\033[1m",    [PAINT_ERROR] = "\033[1;31m",
    [PAINT_WARNING] = "\033[1;35m", [PAINT_NOTE] = "\033[1;36m", [PAINT_MARK] = "\033[1;32m",
    [PAINT_DIM] = "\033[2m",
};

struct printer {
    const report *r;
    ll_strbuf out;
    const char *shown_file; /* the source line printed last */
    int32_t shown_line;
};

static void set_paint(struct printer *p, paint c) {
    if (p->r->opt->color) ll_sb_add(&p->out, paints[c]);
}

static void add_safe(struct printer *p, const char *s) {
    snippet_escape(&p->out, s);
}

static void add_place(struct printer *p, const finding_loc *l, bool with_column) {
    set_paint(p, PAINT_BOLD);
    add_safe(p, l->file ? l->file : "<unknown>");
    if (l->line > 0) ll_sb_printf(&p->out, ":%d", l->line);
    if (with_column && l->line > 0 && l->col > 0) ll_sb_printf(&p->out, ":%d", l->col);
    ll_sb_addc(&p->out, ':');
    set_paint(p, PAINT_OFF);
}

static paint severity_paint(finding_severity s) {
    return s == FINDING_ERROR ? PAINT_ERROR : s == FINDING_WARNING ? PAINT_WARNING : PAINT_NOTE;
}

/* `compact` leaves the indentation and the caret out. */
static void add_source(struct printer *p, const finding_loc *l, bool compact) {
    const char *s;
    size_t n;
    if (!l->file || !source_line(source_cache_get(p->r->sources, l->file), l->line, &s, &n)) return;
    p->shown_file = l->file;
    p->shown_line = l->line;
    size_t indent = 0;
    while (compact && indent < n && (s[indent] == ' ' || s[indent] == '\t')) indent++;
    int32_t col = l->col > (int32_t)indent ? l->col - (int32_t)indent : 0;
    int32_t end_col = l->end_col > (int32_t)indent ? l->end_col - (int32_t)indent : 0;
    snippet sn;
    snippet_make(&sn, s + indent, n - indent, col, end_col, p->r->opt->width ? p->r->opt->width : DEFAULT_WIDTH);
    ll_sb_printf(&p->out, compact ? "     %5d | " : "%5d | ", l->line);
    if (compact) set_paint(p, PAINT_DIM);
    ll_sb_add(&p->out, ll_sb_str(&sn.line));
    if (compact) set_paint(p, PAINT_OFF);
    ll_sb_addc(&p->out, '\n');
    if (!compact && sn.mark_width) {
        ll_sb_printf(&p->out, "%5s | %*s", "", (int)sn.mark, "");
        set_paint(p, PAINT_MARK);
        ll_sb_addc(&p->out, '^');
        for (uint32_t i = 1; i < sn.mark_width; i++) ll_sb_addc(&p->out, '~');
        set_paint(p, PAINT_OFF);
        ll_sb_addc(&p->out, '\n');
    }
    snippet_free(&sn);
}

static void add_headline(struct printer *p, const finding *f, uint32_t index) {
    add_place(p, &f->loc, true);
    ll_sb_addc(&p->out, ' ');
    set_paint(p, severity_paint(f->severity));
    ll_sb_printf(&p->out, "%s:", finding_severity_name(f->severity));
    set_paint(p, PAINT_OFF);
    ll_sb_addc(&p->out, ' ');
    set_paint(p, PAINT_BOLD);
    add_safe(p, f->message);
    set_paint(p, PAINT_OFF);
    ll_sb_add(&p->out, " [");
    add_safe(p, f->rule_id);
    ll_sb_addc(&p->out, ']');
    if (f->suppressed) {
        ll_sb_add(&p->out, " (suppressed");
        if (f->suppress_reason) ll_sb_add(&p->out, ": ");
        add_safe(p, f->suppress_reason);
        ll_sb_addc(&p->out, ')');
    } else if (p->r->run->is_new && p->r->run->is_new[index]) {
        ll_sb_printf(&p->out, " (%s)", report_state(p->r, index));
    }
    ll_sb_addc(&p->out, '\n');
}

static void add_step(struct printer *p, const finding *f, uint32_t i) {
    const finding_step *s = &f->steps[i];
    ll_sb_printf(&p->out, "%3u. ", i + 1);
    for (uint32_t d = 0; d < s->depth && d < 8; d++) ll_sb_add(&p->out, "  ");
    add_place(p, &s->loc, false);
    ll_sb_addc(&p->out, ' ');
    if (s->depth && s->function) {
        ll_sb_add(&p->out, "in ");
        add_safe(p, s->function);
        ll_sb_add(&p->out, ": ");
    }
    add_safe(p, s->text);
    ll_sb_addc(&p->out, '\n');
    bool shown =
        p->shown_file && s->loc.file && p->shown_line == s->loc.line && strcmp(p->shown_file, s->loc.file) == 0;
    if (!shown) add_source(p, &s->loc, true);
}

static void add_advice(struct printer *p, const char *label, const char *text, const char *link) {
    if (!text && !link) return;
    ll_sb_add(&p->out, "  ");
    set_paint(p, PAINT_NOTE);
    ll_sb_printf(&p->out, "%s:", label);
    set_paint(p, PAINT_OFF);
    ll_sb_addc(&p->out, ' ');
    add_safe(p, text ? text : link);
    if (text && link) {
        ll_sb_add(&p->out, " (");
        add_safe(p, link);
        ll_sb_addc(&p->out, ')');
    }
    ll_sb_addc(&p->out, '\n');
}

static void add_finding(struct printer *p, const finding *f, uint32_t index) {
    add_headline(p, f, index);
    if (p->r->opt->brief) return;
    p->shown_file = NULL;
    add_source(p, &f->loc, false);
    for (uint32_t i = 0; i < f->nsteps; i++) add_step(p, f, i);
    if (f->confidence == CONFIDENCE_LOW)
        add_advice(p, "confidence", "low: other paths suggest this, no single path proves it", NULL);
    add_advice(p, "fix", f->fix, NULL);
    add_advice(p, "why", f->why, f->link);
    if (f->fingerprint)
        add_advice(p, "id", ll_strndup(source_cache_arena(p->r->sources), f->fingerprint, SHORT_ID), NULL);
    ll_sb_addc(&p->out, '\n');
}

/* Its lines are those of the state it was in, so none is shown. */
static void add_fixed(struct printer *p, const finding *f) {
    add_place(p, &f->loc, true);
    ll_sb_addc(&p->out, ' ');
    set_paint(p, PAINT_MARK);
    ll_sb_add(&p->out, "fixed:");
    set_paint(p, PAINT_OFF);
    ll_sb_addc(&p->out, ' ');
    add_safe(p, f->message);
    ll_sb_add(&p->out, " [");
    add_safe(p, f->rule_id);
    ll_sb_add(&p->out, "]\n");
}

void text_write(const report *r) {
    struct printer p = {.r = r};
    for (uint32_t i = 0; i < r->list->items.n; i++) {
        const finding *f = &r->list->items.v[i];
        if (f->suppressed && !r->opt->show_suppressed) continue;
        if (r->opt->only_new && r->run->is_new && !r->run->is_new[i]) continue;
        ll_sb_clear(&p.out);
        add_finding(&p, f, i);
        fwrite(ll_sb_str(&p.out), 1, p.out.n, r->f);
    }
    const finding_list *gone = r->opt->absent ? r->run->gone : NULL;
    for (uint32_t i = 0; gone && i < gone->items.n; i++) {
        ll_sb_clear(&p.out);
        add_fixed(&p, &gone->items.v[i]);
        fwrite(ll_sb_str(&p.out), 1, p.out.n, r->f);
    }
    ll_sb_free(&p.out);
}
