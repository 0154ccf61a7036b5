/* `init`: what a project needs to be checked, written once and left to its people. */
#include <string.h>

#include "base/sys.h"
#include "pipeline/plan.h"
#include "source/overlay_git.h"

#define CONFIG ".lifelint.yml"
#define HOOK_MARK "# Written by `lifelint init --hook`"

typedef struct initiator {
    const check_options *opt;
    ll_arena *a;
    src_git *git; /* NULL: none */
    const char *top;
    ll_strbuf *out;
    ll_err *err;
} initiator;

/* ---- what is there ---- */

static const char *found_database(initiator *in) {
    check_options quiet = *in->opt;
    plan units;
    ll_err none = {0};
    quiet.quiet = true;
    if (!plan_check(in->a, &quiet, &units, &none) || !units.db_path) return NULL;
    const char *db = ll_path_under(in->top, units.db_path);
    return ll_printf(in->a, "%s, %u unit%s", db, units.requests.n, units.requests.n == 1 ? "" : "s");
}

/* Directories that by custom hold other people's sources, and submodules. */
static void found_excludes(initiator *in, src_git_paths *out) {
    static const char *const customs[] = {"third_party", "third-party", "thirdparty",  "3rdparty", "vendor",
                                          "vendored",    "external",    "subprojects", NULL};
    src_git_paths modules = {0};
    if (in->git) src_git_submodules(in->git, in->a, &modules);
    for (const char *const *c = customs; *c; c++)
        if (ll_is_dir(ll_path_join(in->a, in->top, *c))) LL_PUSH(in->a, &out->items, ll_printf(in->a, "/%s/", *c));
    for (uint32_t i = 0; i < modules.items.n; i++) {
        const char *path = ll_printf(in->a, "/%s/", modules.items.v[i]);
        bool below = false;
        for (uint32_t k = 0; k < out->items.n; k++)
            below |= strncmp(out->items.v[k], path, strlen(out->items.v[k])) == 0;
        if (!below) LL_PUSH(in->a, &out->items, path);
    }
}

/* A scalar of YAML for any name. */
static void add_quoted(ll_strbuf *b, const char *text) {
    ll_sb_addc(b, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') ll_sb_addc(b, '\\');
        if ((unsigned char)*text < ' ')
            ll_sb_printf(b, "\\x%02x", (unsigned)*text);
        else
            ll_sb_addc(b, *text);
    }
    ll_sb_addc(b, '"');
}

/* ---- the configuration ---- */

static void write_text(const char *database, const src_git_paths *excludes, ll_strbuf *b) {
    ll_sb_add(b,
              "# What every run of lifelint does in this project; found from the directories below, too.\n"
              "# `lifelint help check` has all about these keys, `lifelint rules list` the rules.\n\n");
    if (database)
        ll_sb_printf(b, "# Compile database found: %s.\n\n", database);
    else
        ll_sb_add(
            b,
            "# No compile_commands.json was found. CMake writes one with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, Meson\n"
            "# always does, for anything else there is: bear -- make\n\n");
    ll_sb_add(b, "# Sources that are somebody else's, as in .gitignore.\n");
    ll_sb_add(b, excludes->items.n ? "exclude:\n" : "# exclude: [third_party/, \"*.pb.c\"]\n");
    for (uint32_t i = 0; i < excludes->items.n; i++) {
        ll_sb_add(b, "  - ");
        add_quoted(b, excludes->items.v[i]);
        ll_sb_addc(b, '\n');
    }
    ll_sb_add(b,
              "\n# Rules to switch off, or on where they are off by default.\n"
              "# disable: [stdio-stream]\n"
              "# enable: []\n\n"
              "# Rule packs of your own, relative to this file.\n"
              "# rules: [ci/our-pool.yml]\n\n"
              "# low, medium or high: what is reported at all.\n"
              "# confidence: medium\n\n"
              "# error, warning, note, any, new or never: what makes a run fail.\n"
              "# fail-on: warning\n");
}

static bool write_config(initiator *in) {
    const char *path = ll_path_join(in->a, in->top, CONFIG), *database = found_database(in);
    src_git_paths excludes = {0};
    ll_strbuf text = {0};
    if (ll_is_file(path)) {
        ll_sb_printf(in->out, "%s is there already, and is kept\n", CONFIG);
        return true;
    }
    found_excludes(in, &excludes);
    write_text(database, &excludes, &text);
    bool ok = ll_write_file(path, text.s, text.n, in->err);
    ll_sb_free(&text);
    if (!ok) return false;
    ll_sb_printf(in->out, "wrote %s", CONFIG);
    ll_sb_printf(in->out, database ? " (compile database: %s" : " (no compile database yet%s",
                 database ? database : "");
    ll_sb_printf(in->out, excludes.items.n ? "; %u excluded)\n" : ")\n", excludes.items.n);
    return true;
}

/* ---- the hook ---- */

static const char hook_text[] = "#!/bin/sh\n" HOOK_MARK
                                ": checks what is staged. `git commit --no-verify` goes past it.\n"
                                "command -v lifelint >/dev/null || {\n"
                                "    echo 'lifelint is not installed; the commit is not checked' >&2\n"
                                "    exit 0\n"
                                "}\n"
                                "exec lifelint check --staged --no-db=skip\n";

static bool write_hook(initiator *in) {
    if (!in->git) return ll_fail(in->err, LL_E_USAGE, "init --hook: %s: not in a git repository", in->top);
    const char *dir = src_git_hooks(in->git, in->a), *path = ll_path_join(in->a, dir, "pre-commit");
    char *text;
    size_t n;
    if (ll_is_file(path)) {
        bool ours = ll_read_file(in->a, path, 1 << 20, &text, &n, NULL) && strstr(text, HOOK_MARK);
        if (ours)
            ll_sb_printf(in->out, "%s is there already\n", path);
        else
            ll_sb_printf(in->out, "%s is there already, and is kept; add to it: lifelint check --staged --no-db=skip\n",
                         path);
        return true;
    }
    if (!ll_make_dirs(dir, in->err) || !ll_write_file(path, hook_text, sizeof hook_text - 1, in->err) ||
        !ll_make_executable(path, in->err))
        return false;
    ll_sb_printf(in->out, "wrote %s\n", path);
    return true;
}

bool pipeline_init(const check_options *opt, bool hook, ll_strbuf *out, ll_err *err) {
    initiator in = {.opt = opt, .a = ll_arena_new("init"), .out = out, .err = err};
    in.top = ll_path_abs(in.a, NULL, ".");
    if (src_git_open(in.top, &in.git, NULL)) {
        in.top = src_git_top(in.git);
    } else {
        src_git_free(in.git);
        in.git = NULL;
    }
    bool ok = write_config(&in) && (!hook || write_hook(&in));
    src_git_free(in.git);
    ll_arena_free(in.a);
    return ok;
}
