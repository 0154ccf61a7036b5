/* Programs in IR text for engine tests: no compiler, no headers.
 *
 * The text of one program may hold several units, each from a line `unit "name"` on. Every instruction stands
 * at its own line of the text: the reader appends `@line:1` to it, so that marks work as in sources:
 *
 *     p = call malloc(10)   // expect: libc-heap-leak "p"
 *     ret 0                 // gap: posix-fd-leak       true, and known to be missed
 *     call free(p)          // noise: libc-heap-leak    false, and known to be reported
 */
#ifndef LL_ENGINE_TEST_HARNESS_H
#define LL_ENGINE_TEST_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/sys.h"
#include "engine/engine.h"
#include "rulepack/expect.h"
#include "rulepack/rulepack.h"

enum { HARNESS_UNITS = 8 };

typedef struct program {
    ll_arena *arena;
    ll_intern *names;
    ir_unit units[HARNESS_UNITS];
    uint32_t nunits;
    engine *e;
    finding_list found;
} program;

static rule_set *harness_rules;

static inline int harness_setup(void **state) {
    (void)state;
    static const char *const paths[] = {RULES_DIR};
    rulepack_problems *bad = rulepack_problems_new();
    harness_rules = rulepack_load(&(rulepack_options){.paths = paths, .npaths = 1, .no_base = true}, bad);
    if (!harness_rules) rulepack_print_problems(bad, stderr);
    rulepack_problems_free(bad);
    return harness_rules ? 0 : -1;
}

static inline int harness_teardown(void **state) {
    (void)state;
    rule_set_free(harness_rules);
    return 0;
}

static inline const char *harness_read(ll_arena *a, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/engine/%s", FIXTURES_DIR, name);
    char *text;
    size_t n;
    ll_err err = {0};
    if (!ll_read_file(a, path, 0, &text, &n, &err)) fail_msg("%s", err.msg);
    return text;
}

/* Length of the line without its comment and the blanks before that. */
static inline size_t harness_code_length(const char *line, size_t n) {
    size_t end = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (line[i] == '"') quoted = !quoted;
        if (!quoted && line[i] == '/' && i + 1 < n && line[i + 1] == '/') break;
        if (line[i] != ' ' && line[i] != '\t') end = i + 1;
    }
    return end;
}

/* Copies one line, with its place if it is an instruction. */
static inline void harness_number_line(ll_strbuf *out, const char *line, size_t n, int number, bool *in_func) {
    size_t code = harness_code_length(line, n);
    bool head = strncmp(line, "func ", 5) == 0, close = code && line[0] == '}';
    if (close) *in_func = false;
    bool inst = *in_func && code && line[code - 1] != ':';
    ll_sb_printf(out, "%.*s", (int)code, line);
    if (inst) ll_sb_printf(out, " @%d:1", number - 1);
    ll_sb_addc(out, '\n');
    if (head) *in_func = true;
}

/* The text of the unit that begins at *p, line number *number; both move behind it. NULL at the end. */
static inline const char *harness_next_unit(ll_arena *a, const char **p, int *number) {
    if (!**p) return NULL;
    ll_strbuf b = {0};
    bool in_func = false;
    for (bool first = true; **p && (first || strncmp(*p, "unit ", 5) != 0);) {
        size_t n = strcspn(*p, "\n");
        first = first && strncmp(*p, "unit ", 5) != 0;
        harness_number_line(&b, *p, n, (*number)++, &in_func);
        *p += n + ((*p)[n] == '\n');
    }
    const char *text = ll_strndup(a, ll_sb_str(&b), strlen(ll_sb_str(&b)));
    ll_sb_free(&b);
    return text;
}

static inline void harness_parse(program *p, const char *name, const char *text) {
    *p = (program){.arena = ll_arena_new("test"), .names = ll_intern_new()};
    int number = 1;
    const char *unit;
    while ((unit = harness_next_unit(p->arena, &text, &number))) {
        assert_true(p->nunits < HARNESS_UNITS);
        ll_err err = {0};
        if (!ir_read_unit(p->arena, p->names, name, unit, &p->units[p->nunits], &err)) fail_msg("%s", err.msg);
        p->nunits++;
    }
}

/* Runs the units in the order given (NULL: as written). */
static inline void harness_run(program *p, engine_options opt, const uint32_t *order) {
    p->e = engine_new(harness_rules, p->names, opt);
    for (uint32_t i = 0; i < p->nunits; i++) engine_add_unit(p->e, &p->units[order ? order[i] : i]);
    engine_run(p->e, p->arena, &p->found);
}

static inline void harness_free(program *p) {
    engine_free(p->e);
    ll_intern_free(p->names);
    ll_arena_free(p->arena);
}

static inline void harness_print(const program *p, ll_strbuf *out) {
    for (uint32_t i = 0; i < p->found.items.n; i++) {
        const finding *f = &p->found.items.v[i];
        ll_sb_printf(out, "%d:%d %s %s %s: %s\n", f->loc.line, f->loc.col, f->rule_id,
                     finding_confidence_name(f->confidence), f->function, f->message);
        for (uint32_t k = 0; k < f->nsteps; k++)
            ll_sb_printf(out, "  %d %u %s\n", f->steps[k].loc.line, f->steps[k].depth, f->steps[k].text);
    }
}

/* How often the text reports this rule in this function. */
static inline uint32_t harness_count(const program *p, const char *function, const char *rule_id) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->found.items.n; i++) {
        const finding *f = &p->found.items.v[i];
        n += strcmp(f->function, function) == 0 && strcmp(f->rule_id, rule_id) == 0;
    }
    return n;
}

#endif
