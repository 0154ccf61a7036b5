#include "generators/stubs/keep.h"

#include <stdbool.h>
#include <string.h>

#define BEGIN "/* lifelint:begin "
#define END "/* lifelint:end "

typedef struct part {
    const char *name, *body; /* body: from the line after the begin mark to the line of the end mark */
    size_t name_len, len;
    const char *after; /* behind the line of the end mark */
} part;

/* The next marked part at or after `s`; false: none that is whole. */
static bool next_part(const char *s, part *out) {
    while ((s = strstr(s, BEGIN))) {
        out->name = s + strlen(BEGIN);
        out->name_len = strcspn(out->name, "*\n");
        const char *line = strchr(out->name, '\n');
        if (!line) return false;
        out->body = line + 1;
        for (const char *e = out->body; (e = strstr(e, END)); e += strlen(END)) {
            if (strncmp(e + strlen(END), out->name, out->name_len) != 0) continue;
            while (e > out->body && e[-1] != '\n') e--;
            out->len = (size_t)(e - out->body);
            const char *rest = strchr(e, '\n');
            out->after = rest ? rest + 1 : e + strlen(e);
            return true;
        }
        s = out->body;
    }
    return false;
}

static bool find_part(const char *text, const part *like, part *out) {
    for (const char *s = text; next_part(s, out); s = out->after)
        if (out->name_len == like->name_len && strncmp(out->name, like->name, like->name_len) == 0) return true;
    return false;
}

void keep_users_parts(ll_arena *a, const char *before, const char *fresh, ll_strbuf *out) {
    part mine, theirs;
    const char *s = fresh;
    (void)a;
    for (; before && next_part(s, &mine); s = mine.after) {
        bool had = find_part(before, &mine, &theirs);
        ll_sb_addn(out, s, (size_t)(mine.body - s));
        ll_sb_addn(out, had ? theirs.body : mine.body, had ? theirs.len : mine.len);
        ll_sb_addn(out, mine.body + mine.len, (size_t)(mine.after - mine.body) - mine.len);
    }
    ll_sb_add(out, s);
    for (s = before; s && next_part(s, &theirs); s = theirs.after) {
        if (find_part(fresh, &theirs, &mine)) continue;
        ll_sb_printf(out, "\n#if 0 /* kept from an earlier version of this stub */\n" BEGIN "%.*s*/\n",
                     (int)theirs.name_len, theirs.name);
        ll_sb_addn(out, theirs.body, theirs.len);
        ll_sb_printf(out, END "%.*s*/\n#endif\n", (int)theirs.name_len, theirs.name);
    }
}
