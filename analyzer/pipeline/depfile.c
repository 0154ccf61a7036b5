#include "pipeline/depfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/sys.h"

/* As make and Ninja read it: a backslash stays itself unless a blank or # follows, before which it is doubled. */
static void put_path(ll_strbuf *out, const char *path) {
    size_t backslashes = 0;
    for (const char *p = path; *p; p++) {
        if (*p == ' ' || *p == '\t' || *p == '#') {
            while (backslashes--) ll_sb_addc(out, '\\');
            ll_sb_addc(out, '\\');
        }
        if (*p == '$') ll_sb_addc(out, '$');
        ll_sb_addc(out, *p);
        backslashes = *p == '\\' ? backslashes + 1 : 0;
    }
}

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void depfile_print(ll_strbuf *out, ll_arena *a, const char *cwd, const char *target, const char **files, uint32_t n) {
    const char **all = LL_NEWN(a, const char *, n);
    for (uint32_t i = 0; i < n; i++) all[i] = ll_path_under(cwd, ll_path_abs(a, cwd, files[i]));
    if (n) qsort(all, n, sizeof *all, by_name);
    put_path(out, target);
    ll_sb_addc(out, ':');
    for (uint32_t i = 0; i < n; i++) {
        if ((i && strcmp(all[i], all[i - 1]) == 0) || strpbrk(all[i], "\n\r")) continue;
        ll_sb_add(out, " \\\n ");
        put_path(out, all[i]);
    }
    ll_sb_addc(out, '\n');
}

bool depfile_write(const char *path, const char *target, const char **files, uint32_t n, ll_err *err) {
    ll_arena *a = ll_arena_new("depfile");
    ll_strbuf text = {0};
    depfile_print(&text, a, ll_path_abs(a, NULL, "."), target, files, n);
    bool ok = ll_write_file(path, text.s, text.n, err);
    ll_sb_free(&text);
    ll_arena_free(a);
    return ok;
}
