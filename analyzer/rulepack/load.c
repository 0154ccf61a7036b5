/* Finding packs, reading them, and putting them together. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/sys.h"
#include "rulepack/compile.h"
#include "rulepack/image.h"
#include "rulepack/ytree_bytes.h"

/* A pack to read: from a file, or from bytes when `bytes` is set. */
typedef struct source {
    const char *name; /* "libc" */
    const char *file; /* for messages */
    const char *bytes;
    size_t n;
    bool is_base;
    compiler *compiler; /* NULL when it could not be read */
    const ynode *root;
} source;

typedef struct loader {
    ll_arena *tmp;
    const rulepack_options *opt;
    rulepack_problems *problems;
    LL_ARRAY(source) sources;
} loader;

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *extension(const char *file) {
    const char *dot = strrchr(base_name(file), '.');
    return dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0) ? dot : NULL;
}

static const char *pack_name(ll_arena *a, const char *file) {
    const char *base = base_name(file), *dot = extension(file);
    return dot ? ll_strndup(a, base, (size_t)(dot - base)) : ll_strdup(a, base);
}

/* `from_base`: packs found before this index are the base, which a pack of the same name replaces. */
static void add_source(loader *l, source s, uint32_t nbase) {
    for (uint32_t i = 0; i < l->sources.n; i++) {
        if (strcmp(l->sources.v[i].name, s.name) != 0) continue;
        if (i < nbase)
            l->sources.v[i] = s;
        else
            problem_add(l->problems, s.file, 0, 0, "a second pack named '%s', the first is %s", s.name,
                        l->sources.v[i].file);
        return;
    }
    LL_PUSH(l->tmp, &l->sources, s);
}

static void add_file(loader *l, const char *path, uint32_t nbase) {
    add_source(l, (source){.name = pack_name(l->tmp, path), .file = path}, nbase);
}

static int by_file_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_dir(loader *l, const char *path, uint32_t nbase) {
    DIR *d = opendir(path);
    if (!d) {
        problem_add(l->problems, path, 0, 0, "cannot read the directory: %s", strerror(errno));
        return;
    }
    LL_ARRAY(const char *) names = {0};
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        if (e->d_name[0] != '.' && extension(e->d_name)) LL_PUSH(l->tmp, &names, ll_path_join(l->tmp, path, e->d_name));
    closedir(d);
    if (!names.n) problem_add(l->problems, path, 0, 0, "no rule packs (*.yml) in this directory");
    if (names.n) qsort(names.v, names.n, sizeof *names.v, by_file_name);
    for (uint32_t i = 0; i < names.n; i++) add_file(l, names.v[i], nbase);
}

static void add_embedded(loader *l) {
    for (size_t i = 0; i < rulepack_embedded_count; i++) {
        const rulepack_file *e = &rulepack_embedded[i];
        source s = {.name = pack_name(l->tmp, e->file),
                    .file = ll_printf(l->tmp, "builtin:%s", e->file),
                    .bytes = (const char *)e->bytes,
                    .n = e->n};
        add_source(l, s, 0);
    }
}

static void collect(loader *l) {
    const rulepack_options *o = l->opt;
    if (!o->no_base && o->installed_dir && ll_is_dir(o->installed_dir))
        add_dir(l, o->installed_dir, 0);
    else if (!o->no_base)
        add_embedded(l);
    uint32_t nbase = l->sources.n;
    for (uint32_t i = 0; i < nbase; i++) l->sources.v[i].is_base = true;
    for (uint32_t i = 0; i < o->npaths; i++) {
        if (ll_is_dir(o->paths[i]))
            add_dir(l, o->paths[i], nbase);
        else
            add_file(l, o->paths[i], nbase);
    }
}

static bool read_source(loader *l, source *s) {
    if (s->bytes) return true;
    ll_err err;
    char *text;
    if (ll_read_file(l->tmp, s->file, YTREE_MAX_BYTES, &text, &s->n, &err)) {
        s->bytes = text;
        return true;
    }
    size_t n = strlen(s->file); /* the message names the file itself */
    bool named = strncmp(err.msg, s->file, n) == 0 && err.msg[n] == ':';
    problem_add(l->problems, s->file, 0, 0, "%s", named ? err.msg + n + 2 : err.msg);
    return false;
}

/* A tree that was checked. An installed pack is most often the built-in one, whose tree is there, checked when it was
 * made.
 */
static ynode *tree_of(loader *l, const source *s) {
    for (size_t i = 0; i < rulepack_embedded_count; i++) {
        const rulepack_file *e = &rulepack_embedded[i];
        if (!e->ntree || e->n != s->n || memcmp(e->bytes, s->bytes, s->n) != 0) continue;
        ynode *root = ytree_restore(l->tmp, e->tree, e->ntree);
        if (root) return root;
    }
    ynode *root = ytree_read(l->tmp, s->file, s->bytes, s->n, l->problems);
    return root && rp_check(l->tmp, s->file, root, OBJ_PACK, l->problems) ? root : NULL;
}

static void compile_source(loader *l, rule_set *set, source *s) {
    ynode *root = tree_of(l, s);
    if (!root) return;
    compiler *c = LL_NEW(l->tmp, compiler);
    *c = (compiler){.set = set, .problems = l->problems, .opt = l->opt, .tmp = l->tmp};
    c->file = ll_strdup(set->arena, s->file);
    c->is_base = s->is_base;
    c->pack = LL_NEW(set->arena, rulepack_pack);
    c->pack->name = ll_strdup(set->arena, s->name);
    c->pack->file = c->file;
    compile_pack(c, root);
    s->compiler = c;
    s->root = root;
}

static rule_set *build(loader *l) {
    rule_set *set = set_new();
    uint32_t before = rulepack_problems_count(l->problems);
    for (uint32_t i = 0; i < l->sources.n; i++)
        if (read_source(l, &l->sources.v[i])) compile_source(l, set, &l->sources.v[i]);
    for (uint32_t i = 0; i < l->sources.n; i++)
        if (l->sources.v[i].compiler) compile_extensions(l->sources.v[i].compiler, l->sources.v[i].root);
    if (rulepack_problems_count(l->problems) == before) {
        set_finish(set);
        return set;
    }
    rule_set_free(set);
    return NULL;
}

/* The packs are those that the binary carries, and no others: they were compiled when it was built. */
static rule_set *ready_made(loader *l) {
    const rulepack_options *o = l->opt;
    uint32_t n = l->sources.n;
    if (!o->solve_only || o->experimental || o->strict || n != rulepack_embedded_count) return NULL;
    const char **files = LL_NEWN(l->tmp, const char *, n);
    for (uint32_t i = 0; i < n; i++) {
        source *s = &l->sources.v[i];
        const rulepack_file *e = &rulepack_embedded[i];
        if (strcmp(s->name, pack_name(l->tmp, e->file)) != 0) return NULL;
        if (!read_source(l, s) || s->n != e->n || memcmp(s->bytes, e->bytes, e->n) != 0) return NULL;
        files[i] = s->file;
    }
    return image_restore(rulepack_embedded_image.tree, rulepack_embedded_image.ntree, files, n);
}

rule_set *rulepack_load(const rulepack_options *opt, rulepack_problems *problems) {
    loader l = {.tmp = ll_arena_new("rule pack loader"), .opt = opt, .problems = problems};
    uint32_t before = rulepack_problems_count(problems);
    collect(&l);
    rule_set *set = ready_made(&l);
    if (!set) set = build(&l);
    if (set && rulepack_problems_count(problems) != before) {
        rule_set_free(set);
        set = NULL;
    }
    ll_arena_free(l.tmp);
    return set;
}

uint64_t rulepack_sources_hash(const rulepack_options *opt) {
    rulepack_problems *problems = rulepack_problems_new();
    loader l = {.tmp = ll_arena_new("rule pack sources"), .opt = opt, .problems = problems};
    ll_strbuf b = {0};
    collect(&l);
    ll_put_uint(&b, opt->experimental);
    ll_put_uint(&b, opt->strict);
    for (uint32_t i = 0; i < l.sources.n && read_source(&l, &l.sources.v[i]); i++) {
        const source *s = &l.sources.v[i];
        ll_put_str(&b, s->name);
        ll_put_uint(&b, s->is_base);
        ll_put_u64(&b, ll_hash64(s->bytes, s->n));
    }
    uint64_t h = rulepack_problems_count(problems) ? 0 : ll_hash64(b.s, b.n);
    ll_sb_free(&b);
    rulepack_problems_free(problems);
    ll_arena_free(l.tmp);
    return h;
}

rule_set *rulepack_load_text(const char *name, const char *text, size_t n, const rulepack_options *opt,
                             rulepack_problems *problems) {
    static const rulepack_options defaults = {0};
    loader l = {.tmp = ll_arena_new("rule pack loader"), .opt = opt ? opt : &defaults, .problems = problems};
    add_source(&l, (source){.name = pack_name(l.tmp, name), .file = name, .bytes = text, .n = n}, 0);
    rule_set *set = build(&l);
    ll_arena_free(l.tmp);
    return set;
}
