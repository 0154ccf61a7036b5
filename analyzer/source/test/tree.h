/* A small project on disk for one test. */
#ifndef LL_SOURCE_TEST_TREE_H
#define LL_SOURCE_TEST_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

static char tree_root[64];

static inline void tree_new(void) {
    strcpy(tree_root, "/tmp/lifelint-test-XXXXXX");
    if (!mkdtemp(tree_root)) abort();
}

static inline int tree_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void tree_free(void) {
    nftw(tree_root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *tree_path(ll_arena *a, const char *name) {
    return ll_path_abs(a, tree_root, name);
}

/* Writes a file, its directories too; `$R` in the text becomes the root. */
static inline void tree_write(ll_arena *a, const char *name, const char *text) {
    const char *path = tree_path(a, name);
    char *out = ll_alloc(a, strlen(text) * 16 + 1), *p = out;
    for (; *text; text++)
        if (text[0] == '$' && text[1] == 'R') {
            p += snprintf(p, sizeof tree_root, "%s", tree_root);
            text++;
        } else {
            *p++ = *text;
        }
    if (!ll_make_dirs(ll_path_dir(a, path), NULL) || !ll_write_file(path, out, (size_t)(p - out), NULL)) abort();
}

/* Words joined by blanks, the root taken for $R. */
static inline const char *tree_show(ll_arena *a, const char *const *v, uint32_t n) {
    const char *s = "";
    for (uint32_t i = 0; i < n; i++) s = ll_printf(a, "%s%s%s", s, i ? " " : "", v[i]);
    for (char *at; (at = strstr(s, tree_root));) s = ll_printf(a, "%.*s$R%s", (int)(at - s), s, at + strlen(tree_root));
    return s;
}

#endif
