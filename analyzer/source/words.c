#include <string.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "source/source.h"

#define MAX_RESPONSE_BYTES ((size_t)1 << 20)
#define MAX_RESPONSE_DEPTH 8u
#define MAX_WORDS 65536u

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The part of a word that begins at a quote or a backslash; moves *p behind it. */
static bool quoted(const char **p, const char *end, ll_strbuf *word) {
    const char *s = *p;
    char q = *s++;
    if (q == '\\') {
        if (s < end && *s != '\n') ll_sb_addc(word, *s);
        *p = s < end ? s + 1 : end;
        return true;
    }
    for (; s < end && *s != q; s++) {
        if (q == '"' && *s == '\\' && s + 1 < end && strchr("$`\"\\\n", s[1])) {
            s++;
            if (*s == '\n') continue;
        }
        ll_sb_addc(word, *s);
    }
    *p = s < end ? s + 1 : end;
    return s < end;
}

bool src_split(ll_arena *a, const char *text, size_t n, src_words *out) {
    const char *p = text, *end = text + n;
    ll_strbuf word = {0};
    bool ok = true;
    while (ok) {
        while (p < end && blank(*p)) p++;
        if (p >= end) break;
        ll_sb_clear(&word);
        while (ok && p < end && !blank(*p)) {
            if (*p == '\'' || *p == '"' || *p == '\\')
                ok = quoted(&p, end, &word);
            else
                ll_sb_addc(&word, *p++);
        }
        LL_PUSH(a, out, ll_strndup(a, ll_sb_str(&word), word.n));
    }
    ll_sb_free(&word);
    return ok;
}

static bool inside(const char *dir, const char *path) {
    return dir && (strcmp(dir, path) == 0 || ll_path_under(dir, path) != path);
}

bool src_trusted(ll_arena *a, const src_trust *trust, const char *path, bool system) {
    static const char *const system_dirs[] = {
        "/usr/include", "/usr/local/include", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt", "/usr/share"};
    const char *real = src_look_real(trust->looks, a, path);
    if (inside(src_look_real(trust->looks, a, trust->root), real)) return true;
    if (trust->build && inside(src_look_real(trust->looks, a, trust->build), real)) return true;
    for (size_t i = 0; system && i < sizeof system_dirs / sizeof *system_dirs; i++)
        if (inside(system_dirs[i], real)) return true;
    return false;
}

typedef struct expansion {
    ll_arena *arena;
    const src_trust *trust;
    const char *dir;
    src_notes *notes;
    src_words out;
} expansion;

static void expand(expansion *x, const src_words *words, uint32_t depth);

static bool expand_file(expansion *x, const char *name, uint32_t depth) {
    const char *path = ll_path_abs(x->arena, x->dir, name);
    char *text;
    size_t n;
    src_words words = {0};
    if (depth >= MAX_RESPONSE_DEPTH || !src_trusted(x->arena, x->trust, path, false)) return false;
    src_looks_lose(x->trust->looks);
    if (!ll_read_file(x->arena, path, MAX_RESPONSE_BYTES, &text, &n, NULL)) return false;
    if (!src_split(x->arena, text, n, &words)) return false;
    expand(x, &words, depth + 1);
    return true;
}

static void expand(expansion *x, const src_words *words, uint32_t depth) {
    for (uint32_t i = 0; i < words->n && x->out.n < MAX_WORDS; i++) {
        const char *w = words->v[i];
        if (w[0] != '@' || !w[1])
            LL_PUSH(x->arena, &x->out, w);
        else if (!expand_file(x, w + 1, depth))
            src_note(x->notes, SRC_NOTE_RESPONSE_FILE, w + 1);
    }
}

void src_expand_response(ll_arena *a, const src_trust *trust, const char *dir, src_words *words, src_notes *notes) {
    expansion x = {.arena = a, .trust = trust, .dir = dir, .notes = notes};
    expand(&x, words, 0);
    *words = x.out;
}
