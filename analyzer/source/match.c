#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "source/source.h"

#define MAX_PATTERN 4096u

typedef struct glob {
    const char *pattern, *text;
    size_t plen, tlen;
    unsigned char *failed; /* bit per (pattern, text) position: no match from here */
} glob;

/* [a-z], [!a-z], []x]; the length of the class at p, 0 when it is not closed and '[' stands for itself. */
static size_t class_match(const char *p, char c, bool *match) {
    size_t i = 1;
    bool negated = p[i] == '!' || p[i] == '^';
    if (negated) i++;
    *match = false;
    for (bool first = true; p[i] && (first || p[i] != ']'); first = false) {
        if (p[i] == '\\' && p[i + 1]) i++;
        unsigned char lo = (unsigned char)p[i++], hi = lo;
        if (p[i] == '-' && p[i + 1] && p[i + 1] != ']') {
            hi = (unsigned char)p[i + 1];
            i += 2;
        }
        if ((unsigned char)c >= lo && (unsigned char)c <= hi) *match = true;
    }
    if (!p[i]) return 0;
    if (negated) *match = !*match;
    if (c == '/') *match = false;
    return i + 1;
}

static bool match_at(glob *g, size_t p, size_t t);

static bool star(glob *g, size_t p, size_t t) {
    const char *pat = g->pattern;
    bool deep = pat[p + 1] == '*';
    size_t rest = p + 1;
    while (pat[rest] == '*') rest++;
    bool whole = deep && (p == 0 || pat[p - 1] == '/') && (!pat[rest] || pat[rest] == '/');
    if (whole && pat[rest] == '/' && match_at(g, rest + 1, t)) return true; /* "**" + slash: no directory at all */
    for (;; t++) {
        if (match_at(g, rest, t)) return true;
        if (!g->text[t] || (!whole && g->text[t] == '/')) return false;
    }
}

static bool match_one(glob *g, size_t p, size_t t) {
    char c = g->text[t];
    switch (g->pattern[p]) {
        case 0:
            return !c;
        case '*':
            return star(g, p, t);
        case '?':
            return c && c != '/' && match_at(g, p + 1, t + 1);
        case '[': {
            bool in = false;
            size_t n = class_match(g->pattern + p, c, &in);
            if (n) return c && in && match_at(g, p + n, t + 1);
            break;
        }
        case '\\':
            if (g->pattern[p + 1]) p++;
            break;
        default:
            break;
    }
    return c == g->pattern[p] && match_at(g, p + 1, t + 1);
}

/* Every pair of positions is tried once, so that no pattern takes exponential time. */
static bool match_at(glob *g, size_t p, size_t t) {
    size_t bit = p * (g->tlen + 1) + t;
    if (g->failed[bit / 8] >> (bit % 8) & 1) return false;
    if (match_one(g, p, t)) return true;
    g->failed[bit / 8] |= (unsigned char)(1u << (bit % 8));
    return false;
}

bool src_glob(const char *pattern, const char *text) {
    glob g = {pattern, text, strlen(pattern), strlen(text), NULL};
    if (g.plen > MAX_PATTERN || g.tlen > MAX_PATTERN) return false;
    g.failed = ll_xcalloc((g.plen + 1) * (g.tlen + 1) / 8 + 1, 1);
    bool ok = match_at(&g, 0, 0);
    free(g.failed);
    return ok;
}

/* One pattern against one path without a slash at its end. */
static bool pattern_matches(const char *pattern, const char *path, bool is_dir) {
    char buf[MAX_PATTERN];
    size_t n = strlen(pattern);
    if (!n || n >= sizeof buf) return false;
    memcpy(buf, pattern, n + 1);
    if (buf[n - 1] == '/') {
        if (!is_dir) return false;
        buf[--n] = 0;
    }
    const char *p = buf;
    bool anchored = strchr(p, '/') != NULL;
    if (p[0] == '.' && p[1] == '/') p += 2;
    if (*p == '/') p++;
    const char *slash = strrchr(path, '/');
    return src_glob(p, anchored || !slash ? path : slash + 1);
}

static bool last_word(const char *const *patterns, uint32_t n, const char *path, bool is_dir) {
    bool excluded = false;
    for (uint32_t i = 0; i < n; i++) {
        bool back = patterns[i][0] == '!';
        if (pattern_matches(patterns[i] + back, path, is_dir)) excluded = !back;
    }
    return excluded;
}

bool src_excluded(const char *const *patterns, uint32_t n, const char *path) {
    char prefix[MAX_PATTERN];
    size_t len = strlen(path);
    if (!n || len >= sizeof prefix) return false;
    for (size_t i = 1; i < len; i++) {
        if (path[i] != '/') continue;
        memcpy(prefix, path, i);
        prefix[i] = 0;
        if (last_word(patterns, n, prefix, true)) return true;
    }
    return last_word(patterns, n, path, false);
}
