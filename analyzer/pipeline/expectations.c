/* Sources that carry their own expected findings: the examples of rules and the fixtures.
 *
 * Both go through the same flow as `check`, without worker processes: a fixture that crashes the
 * analysis should crash its test. A unit that does not compile cleanly fails, because a missing
 * header would turn every expectation of silence into a pass. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"
#include "rulepack/expect.h"
#include "source/source.h"

enum { MAX_FIXTURE_BYTES = 1 << 22 };

/* One source of the case: its text, its marks, how findings and differences name it. */
typedef struct source {
    const char *path; /* absolute, as findings name it */
    const char *shown;
    const char *text;
    int32_t line_offset;
    bool is_unit; /* else a header of the case */
    expect_list marks;
} source;

typedef struct test_case {
    ll_arena *a;
    const rule_set *rules;
    LL_ARRAY(source) sources;
    const char *const *args;
    int nargs;
    const char *dir;
    bool in_memory;
    bool may_lack_headers; /* a header that is not there skips the case */
} test_case;

static bool is_unit(const char *path) {
    src_kind kind = src_kind_of(path);
    return kind == SRC_C || kind == SRC_CXX;
}

static void fail_line(pipeline_verdict *v, ll_strbuf *out, const source *s, const char *text) {
    v->failed++;
    ll_sb_printf(out, "%s: %s\n", s->shown, text);
}

static bool lacks_header(const test_case *c, const ir_unit *u) {
    for (uint32_t i = 0; c->may_lack_headers && i < u->notes.n; i++)
        if (u->notes.v[i].kind == IR_NOTE_PARSE_ERROR && strstr(u->notes.v[i].text, "file not found")) return true;
    return false;
}

static void report_notes(const ir_unit *u, const source *s, pipeline_verdict *v, ll_strbuf *out) {
    for (uint32_t i = 0; i < u->notes.n; i++) {
        const ir_note *note = &u->notes.v[i];
        if (note->kind != IR_NOTE_PARSE_ERROR) continue;
        v->failed++;
        ll_sb_printf(out, "%s:%d: does not compile: %s\n", s->shown, note->line + s->line_offset, note->text);
    }
}

static void compare_source(const test_case *c, const finding_list *l, source *s, pipeline_verdict *v, ll_strbuf *out) {
    LL_ARRAY(expect_actual) actual = {0};
    for (uint32_t i = 0; i < l->items.n; i++) {
        const finding *f = &l->items.v[i];
        if (f->confidence < CONFIDENCE_MEDIUM || strcmp(f->loc.file, s->path) != 0) continue;
        LL_PUSH(c->a, &actual, (expect_actual){f->loc.line, f->rule_id, f->message});
    }
    expect_result r;
    expect_compare(c->a, &s->marks, actual.v, actual.n, &r);
    v->met += r.met;
    v->gaps += r.gaps;
    v->failed += r.missing.n + r.unexpected.n + r.outdated.n;
    expect_describe(&r, s->shown, s->line_offset, out);
}

static void run_case(test_case *c, pipeline_verdict *v, ll_strbuf *out) {
    LL_ARRAY(fe_request) units = {0};
    fe_overlay *overlay = LL_NEWN(c->a, fe_overlay, c->sources.n);
    uint32_t *unit_source = LL_NEWN(c->a, uint32_t, c->sources.n);
    ll_err err = {0};
    for (uint32_t i = 0; i < c->sources.n; i++) {
        source *s = &c->sources.v[i];
        if (!expect_parse(c->a, s->text, &s->marks, &err)) {
            fail_line(v, out, s, err.msg);
            return;
        }
        overlay[i] = (fe_overlay){s->path, s->text, strlen(s->text)};
        if (!s->is_unit) continue;
        unit_source[units.n] = i;
        LL_PUSH(c->a, &units,
                (fe_request){.file = s->path,
                             .dir = c->dir,
                             .root = c->dir,
                             .args = c->args,
                             .nargs = c->nargs,
                             .overlay = c->in_memory ? &overlay[i] : NULL,
                             .noverlay = c->in_memory});
    }
    const facts_options facts = {.in_process = true};
    const engine_options opt = {0};
    pipeline_analysis p;
    if (!pipeline_analyse(units.v, units.n, c->rules, &facts, &opt, &p, &err)) {
        fail_line(v, out, &c->sources.v[0], err.msg);
    } else if (p.units[0].unit && lacks_header(c, p.units[0].unit)) {
        v->skipped++;
    } else {
        for (uint32_t i = 0; i < units.n; i++) {
            const source *s = &c->sources.v[unit_source[i]];
            if (p.units[i].unit)
                report_notes(p.units[i].unit, s, v, out);
            else
                fail_line(v, out, s, p.units[i].error.msg);
        }
        for (uint32_t i = 0; i < c->sources.n; i++) compare_source(c, &p.findings, &c->sources.v[i], v, out);
    }
    pipeline_analysis_free(&p);
}

/* ---- examples of rules ---- */

static void add_flags(test_case *c, const char *const *flags, uint32_t n) {
    const char **all = LL_NEWN(c->a, const char *, (uint32_t)c->nargs + n);
    if (c->nargs) memcpy(all, c->args, sizeof *all * (size_t)c->nargs);
    if (n) memcpy(all + c->nargs, flags, sizeof *all * n);
    c->args = all;
    c->nargs += (int)n;
}

static void run_example(const rule_set *rules, const rule *r, uint32_t number, pipeline_verdict *v, ll_strbuf *out) {
    static const char *const c_args[] = {"-std=gnu17"}, *const cxx_args[] = {"-xc++", "-std=gnu++17"};
    const rule_example *e = &r->examples[number];
    bool cxx = e->lang && strcmp(e->lang, "c++") == 0;
    ll_arena *a = ll_arena_new("example");
    test_case c = {.a = a, .rules = rules, .dir = "/", .in_memory = true};
    add_flags(&c, cxx ? cxx_args : c_args, cxx ? 2 : 1);
    const rulepack_pack *pack = rulepack_pack_of(rules, r);
    if (pack) {
        uint32_t n;
        const char **include = rulepack_header_flags(pack, a, &n);
        add_flags(&c, include, n);
        c.may_lack_headers = pack->npackages > 0;
    }
    source s = {.path = ll_printf(a, "/example/%s-%u.%s", r->id, number + 1, cxx ? "cpp" : "c"),
                .shown = r->file,
                .text = e->code,
                .line_offset = e->line - 1,
                .is_unit = true};
    LL_PUSH(a, &c.sources, s);
    pipeline_verdict one = {0};
    run_case(&c, &one, out);
    if (one.skipped) {
        v->skipped++;
    } else if (e->is_bad && one.failed == 0 && one.met + one.gaps == 0) {
        one.failed = 1;
        ll_sb_printf(out, "%s:%d: a bad example of %s without an `expect:` mark\n", r->file, e->line, r->id);
    } else if (!e->is_bad && one.failed == 0) {
        one.met++; /* silence is what it promised */
    }
    v->met += one.met;
    v->gaps += one.gaps;
    v->failed += one.failed;
    ll_arena_free(a);
}

static bool of_paths(const rule *r, pipeline_words paths) {
    for (uint32_t i = 0; i < paths.n; i++) {
        size_t n = strlen(paths.v[i]);
        if (strncmp(r->file, paths.v[i], n) == 0 && (!r->file[n] || r->file[n] == '/' || r->file[n - 1] == '/'))
            return true;
    }
    return paths.n == 0;
}

pipeline_verdict pipeline_test_rules(const rule_set *rules, pipeline_words paths, ll_strbuf *out) {
    pipeline_verdict v = {0};
    for (uint32_t i = 0; i < rule_set_count(rules); i++) {
        const rule *r = rule_set_at(rules, i);
        if (!of_paths(r, paths)) continue;
        for (uint32_t k = 0; k < r->nexamples; k++) run_example(rules, r, k, &v, out);
    }
    return v;
}

/* ---- fixtures ---- */

static bool add_source(test_case *c, const char *path, ll_err *err) {
    source s = {.path = path, .is_unit = is_unit(path)};
    char *text;
    size_t n;
    if (!ll_read_file(c->a, path, MAX_FIXTURE_BYTES, &text, &n, err)) return false;
    s.text = text;
    const char *fixtures = strstr(path, "/fixtures/");
    s.shown = fixtures ? fixtures + 1 : path;
    LL_PUSH(c->a, &c->sources, s);
    return true;
}

static int by_name(const struct dirent **x, const struct dirent **y) {
    return strcmp((*x)->d_name, (*y)->d_name);
}

static bool add_folder(test_case *c, const char *path, ll_err *err) {
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, by_name);
    if (n < 0) return ll_fail(err, LL_E_INPUT, "%s: cannot list", path);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        bool wanted = is_unit(entries[i]->d_name) || src_kind_of(entries[i]->d_name) == SRC_HEADER;
        if (ok && wanted) ok = add_source(c, ll_path_join(c->a, path, entries[i]->d_name), err);
        free(entries[i]);
    }
    free(entries);
    if (ok && !c->sources.n) return ll_fail(err, LL_E_INPUT, "%s: no sources", path);
    return ok;
}

/* The words after `// key:` in the first line; NULL when it does not carry the key. */
static const char *header_value(ll_arena *a, const char *text, const char *key) {
    const char *line = ll_strndup(a, text, strcspn(text, "\n"));
    if (strncmp(line, "//", 2) != 0) return NULL;
    const char *found = strstr(line, key);
    if (!found) return NULL;
    found += strlen(key);
    const char *other = strstr(found, "// ");
    return ll_strndup(a, found, other ? (size_t)(other - found) : strlen(found));
}

static rule_set *own_rules(const test_case *c, const char *name, ll_err *err) {
    const char *word = ll_strndup(c->a, name + strspn(name, " "), strcspn(name + strspn(name, " "), " \t"));
    const char *beside = ll_path_join(c->a, c->dir, word);
    const char *paths[] = {ll_is_file(beside) ? beside : word};
    const pipeline_rules opt = {.paths = {.v = paths, .n = 1}};
    rule_set *rules = NULL;
    pipeline_load_rules(&opt, stderr, &rules, err);
    return rules;
}

pipeline_verdict pipeline_test_fixture(const rule_set *rules, const char *path, ll_strbuf *out) {
    pipeline_verdict v = {0};
    ll_arena *a = ll_arena_new("fixture");
    test_case c = {.a = a, .rules = rules};
    ll_err err = {0};
    const char *full = ll_path_abs(a, NULL, path);
    bool folder = ll_is_dir(full);
    c.dir = folder ? full : ll_path_dir(a, full);
    if (!(folder ? add_folder(&c, full, &err) : add_source(&c, full, &err))) {
        v.failed++;
        ll_sb_printf(out, "%s\n", err.msg);
        ll_arena_free(a);
        return v;
    }
    const source *first = &c.sources.v[0];
    const char *flags = header_value(a, first->text, "flags:"), *pack = header_value(a, first->text, "rules:");
    src_words words = {0};
    if (!flags) flags = src_kind_of(first->path) == SRC_CXX ? "-std=gnu++17" : "-std=gnu17";
    src_split(a, flags, strlen(flags), &words);
    c.args = words.v;
    c.nargs = (int)words.n;
    rule_set *own = pack ? own_rules(&c, pack, &err) : NULL;
    if (own) c.rules = own;
    if (pack && !own)
        fail_line(&v, out, first, err.msg);
    else
        run_case(&c, &v, out);
    rule_set_free(own);
    ll_arena_free(a);
    return v;
}
