/* Facts name files by absolute paths, also inside strings: in __FILE__, in types without a name, in the compiler's
 * messages. For other machines the root is written as MARK and ROOT, and a MARK that was there before as twice MARK. */
#include <ctype.h>
#include <string.h>

#include "ir/codec.h"

enum { MARK = 1, ROOT = 'r' };

static bool continues_path(char c) {
    return isalnum((unsigned char)c) || strchr("/._-", c);
}

/* The next "ROOT/" that is no tail of a longer path. */
static const char *find_root(const char *text, const char *from, const char *root, size_t n) {
    for (const char *at = from; (at = strstr(at, root)); at++)
        if (at[n] == '/' && (at == text || !continues_path(at[-1]))) return at;
    return NULL;
}

bool ir_leave_root(ll_strbuf *out, const char *root, const char *s) {
    size_t n = strlen(root);
    const char *at = n > 1 ? find_root(s, s, root, n) : NULL;
    if (!at && !strchr(s, MARK)) return false;
    for (const char *p = s; *p; p++) {
        if (p == at) {
            ll_sb_addc(out, MARK);
            ll_sb_addc(out, ROOT);
            p += n; /* the slash goes as well */
            at = find_root(s, p + 1, root, n);
            continue;
        }
        if (*p == MARK) ll_sb_addc(out, MARK);
        ll_sb_addc(out, *p);
    }
    return true;
}

bool ir_enter_root(ll_strbuf *out, const char *root, const char *s) {
    if (!strchr(s, MARK)) return false;
    for (const char *p = s; *p; p++) {
        if (*p != MARK) {
            ll_sb_addc(out, *p);
            continue;
        }
        if (*++p == ROOT) {
            ll_sb_add(out, strcmp(root, "/") == 0 ? "" : root);
            ll_sb_addc(out, '/');
        } else if (*p == MARK) {
            ll_sb_addc(out, MARK);
        } else {
            p--; /* no mark of ours: damaged, and shown as it is */
        }
    }
    return true;
}
