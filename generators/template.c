#include "generators/template.h"

#include <string.h>

static const char *template_text(const char *name) {
    for (const template_file *f = template_files; f->name; f++)
        if (strcmp(f->name, name) == 0) return f->text;
    return NULL;
}

static const template_word *find_word(const template_word *words, uint32_t n, const char *s, size_t len) {
    for (uint32_t i = 0; i < n; i++)
        if (strncmp(words[i].name, s, len) == 0 && !words[i].name[len]) return &words[i];
    return NULL;
}

void template_expand(ll_strbuf *out, const char *name, const template_word *words, uint32_t nwords) {
    const char *s = template_text(name);
    if (!s) ll_sb_printf(out, "@%s@\n", name);
    while (s && *s) {
        size_t plain = strcspn(s, "@");
        ll_sb_addn(out, s, plain);
        s += plain;
        if (!*s) break;
        size_t len = strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        const template_word *w = len && s[1 + len] == '@' ? find_word(words, nwords, s + 1, len) : NULL;
        if (w) {
            ll_sb_add(out, w->text);
            s += len + 2;
        } else {
            ll_sb_addc(out, *s++);
        }
    }
}
