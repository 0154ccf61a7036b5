/* Part of the build: reads packs and writes their trees, which the binary carries.
 *   pack_trees OUT PACK...      writes OUT/libc.yml.tree for rules/libc.yml, and so on; and OUT/image of all together
 */
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "rulepack/image.h"
#include "rulepack/keys.h"
#include "rulepack/ytree_bytes.h"

static bool write_tree(ll_arena *a, const char *out, const char *pack, ll_err *err) {
    rulepack_problems *problems = rulepack_problems_new();
    ll_strbuf bytes = {0};
    char *text;
    size_t n;
    const char *slash = strrchr(pack, '/');
    bool ok = ll_read_file(a, pack, YTREE_MAX_BYTES, &text, &n, err);
    const ynode *root = ok ? ytree_read(a, pack, text, n, problems) : NULL;
    if (root && rp_check(a, pack, root, OBJ_PACK, problems)) ytree_write(root, &bytes);
    /* a pack that is not right has no tree: lifelint itself will say what is wrong with it */
    ok =
        ok && ll_write_file(ll_printf(a, "%s/%s.tree", out, slash ? slash + 1 : pack), ll_sb_str(&bytes), bytes.n, err);
    ll_sb_free(&bytes);
    rulepack_problems_free(problems);
    return ok;
}

/* This program carries no packs. */
const rulepack_file rulepack_embedded[] = {{0}};
const rulepack_file rulepack_embedded_image = {0};
const size_t rulepack_embedded_count = 0;

static bool write_image(const char *out, const char *const *packs, uint32_t n, ll_arena *a, ll_err *err) {
    rulepack_problems *problems = rulepack_problems_new();
    rule_set *set = rulepack_load(&(rulepack_options){.paths = packs, .npaths = n, .no_base = true}, problems);
    ll_strbuf bytes = {0};
    if (set) image_write(set, packs, n, &bytes); /* packs that are not right have none */
    bool ok = ll_write_file(ll_printf(a, "%s/image", out), ll_sb_str(&bytes), bytes.n, err);
    ll_sb_free(&bytes);
    rule_set_free(set);
    rulepack_problems_free(problems);
    return ok;
}

int main(int argc, char **argv) {
    ll_arena *a = ll_arena_new("trees");
    ll_err err = {0};
    bool ok = argc > 2 && ll_make_dirs(argv[1], &err);
    for (int i = 2; ok && i < argc; i++) ok = write_tree(a, argv[1], argv[i], &err);
    ok = ok && write_image(argv[1], (const char *const *)argv + 2, (uint32_t)argc - 2, a, &err);
    if (!ok) fprintf(stderr, "pack_trees: %s\n", err.msg);
    ll_arena_free(a);
    return ok ? 0 : 1;
}
