#include "output/snippet.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "finding/utf8.h"

#define TAB_WIDTH 8u
#define LONGEST_LINE ((size_t)1 << 20) /* what is beyond is not looked at */

/* One printed character: where its bytes are in the rendered text and which byte it came from. */
struct cell {
    size_t out;
    size_t source;
};

struct rendering {
    ll_strbuf text;
    struct cell *cells;
    size_t n, cap;
};

static void add_cell(struct rendering *r, size_t source) {
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 256;
        r->cells = ll_xrealloc(r->cells, r->cap * sizeof *r->cells);
    }
    r->cells[r->n++] = (struct cell){r->text.n, source};
}

/* Controls, non-characters (XML has no way to hold them), and the characters of Unicode that change direction or hide
 * (CVE-2021-42574). */
static bool is_hostile(uint32_t cp) {
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C || (cp >= 0x200B && cp <= 0x200F) ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF ||
           (cp >= 0xFFF9 && cp <= 0xFFFB) || (cp & 0xFFFE) == 0xFFFE || (cp >= 0xE0000 && cp <= 0xE007F);
}

/* The escape of one character into buf; returns false when it can be printed as it is. */
static bool escape(const char *s, uint32_t cp, char *buf, size_t size) {
    if (cp == UTF8_BAD) {
        snprintf(buf, size, "<%02X>", (unsigned char)*s);
    } else if (is_hostile(cp)) {
        snprintf(buf, size, "<U+%04X>", (unsigned)cp);
    } else {
        return false;
    }
    return true;
}

void snippet_escape(ll_strbuf *out, const char *s) {
    char buf[16];
    for (size_t n = s ? strlen(s) : 0; n;) {
        size_t plain = 0;
        while (plain < n && s[plain] >= 0x20 && s[plain] < 0x7F) plain++;
        if (plain) {
            ll_sb_addn(out, s, plain);
            s += plain;
            n -= plain;
            continue;
        }
        uint32_t cp;
        size_t k = utf8_decode(s, n, &cp);
        if (escape(s, cp, buf, sizeof buf)) {
            ll_sb_add(out, buf);
        } else {
            ll_sb_addn(out, s, k);
        }
        s += k;
        n -= k;
    }
}

static void render(struct rendering *r, const char *line, size_t n) {
    char buf[16];
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t k = utf8_decode(line + i, n - i, &cp);
        if (line[i] == '\t') {
            do {
                add_cell(r, i);
                ll_sb_addc(&r->text, ' ');
            } while (r->n % TAB_WIDTH);
        } else if (escape(line + i, cp, buf, sizeof buf)) {
            for (const char *p = buf; *p; p++) {
                add_cell(r, i);
                ll_sb_addc(&r->text, *p);
            }
        } else {
            add_cell(r, i);
            ll_sb_addn(&r->text, line + i, k);
        }
        i += k;
    }
    while (r->n && ll_sb_str(&r->text)[r->cells[r->n - 1].out] == ' ') r->n--;
}

/* First cell at or after a source byte. */
static size_t cell_of(const struct rendering *r, size_t source) {
    size_t lo = 0, hi = r->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->cells[mid].source < source) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void add_cells(ll_strbuf *out, const struct rendering *r, size_t from, size_t to) {
    if (from >= to) return;
    size_t end = to < r->n ? r->cells[to].out : r->text.n;
    if (to == r->n) { /* trailing blanks were cut from the cells only */
        while (end > r->cells[to - 1].out && r->text.s[end - 1] == ' ') end--;
    }
    ll_sb_addn(out, r->text.s + r->cells[from].out, end - r->cells[from].out);
}

void snippet_make(snippet *out, const char *line, size_t n, int32_t col, int32_t end_col, uint32_t width) {
    *out = (snippet){0};
    struct rendering r = {0};
    if (n > LONGEST_LINE) n = LONGEST_LINE;
    if (width < 20) width = 20;
    render(&r, line, n);
    size_t first = 0, last = 0;
    if (col > 0) {
        first = cell_of(&r, (size_t)col - 1);
        last = end_col > col ? cell_of(&r, (size_t)end_col - 1) : first + 1;
        if (last <= first) last = first + 1;
        if (last > r.n && first < r.n) last = r.n;
    }
    size_t from = 0, to = r.n;
    if (r.n > width) { /* a third of the window in front of the mark */
        size_t room = width - 6;
        from = first > room / 3 ? first - room / 3 : 0;
        if (from + room > r.n) from = r.n - room;
        to = from + room;
        if (last > to) last = to;
    }
    if (from) ll_sb_add(&out->line, "...");
    add_cells(&out->line, &r, from, to);
    if (to < r.n) ll_sb_add(&out->line, "...");
    if (col > 0) {
        out->mark = (uint32_t)(first - from + (from ? 3 : 0));
        out->mark_width = (uint32_t)(last > first ? last - first : 1);
    }
    ll_sb_free(&r.text);
    free(r.cells);
}

void snippet_free(snippet *s) {
    ll_sb_free(&s->line);
}
