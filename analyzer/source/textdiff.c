#include "source/textdiff.h"

#include "source/overlay_repo.h"

static int add_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line, void *to) {
    (void)delta;
    (void)hunk;
    if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
        line->origin == GIT_DIFF_LINE_DELETION)
        ll_sb_addc(to, line->origin);
    ll_sb_addn(to, line->content, line->content_len);
    return 0;
}

bool src_text_diff(const char *path, const char *before, size_t nbefore, const char *after, size_t nafter,
                   ll_strbuf *out, ll_err *err) {
    git_diff_options opt;
    git_patch *patch = NULL;
    if (!src_git_start(err)) return false;
    git_diff_options_init(&opt, GIT_DIFF_OPTIONS_VERSION);
    opt.flags = GIT_DIFF_FORCE_TEXT;
    bool ok = git_patch_from_buffers(&patch, before, nbefore, path, after, nafter, path, &opt) == 0 &&
              git_patch_print(patch, add_line, out) == 0;
    if (!ok) ll_fail(err, LL_E_INTERNAL, "%s: no patch can be made", path);
    git_patch_free(patch);
    git_libgit2_shutdown();
    return ok;
}
