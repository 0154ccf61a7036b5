/* What a pack compiles to, and where packs come from. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "rulepack/rulepack.h"
#include "rulepack/ytree_bytes.h"

static rule_set *load(const char *yaml) {
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load_text("test.yml", yaml, strlen(yaml), NULL, bad);
    rulepack_print_problems(bad, stderr);
    rulepack_problems_free(bad);
    assert_non_null(s);
    return s;
}

static const rule_effect *only_effect(const rule_set *s, const char *function) {
    const rule_model *m = rule_set_model(s, function);
    assert_non_null(m);
    assert_int_equal(m->neffects, 1);
    return &m->effects[0];
}

static void five_lines_are_enough(void **state) {
    (void)state;
    rule_set *s = load(
        "rules:\n"
        "  - id: my-pool\n"
        "    resource: pool block\n"
        "    acquire: pool_get\n"
        "    release: pool_put\n");
    const rule *r = rule_set_find(s, "my-pool");
    assert_non_null(r);
    assert_int_equal(r->kind, RULE_PAIR);
    assert_int_equal(r->severity, RULE_WARNING);
    assert_string_equal(r->pack, "test");
    assert_int_equal(r->line, 2);
    assert_string_equal(r->acquired, "acquired");
    const rule_effect *get = only_effect(s, "pool_get"), *put = only_effect(s, "pool_put");
    assert_int_equal(get->kind, EFF_ACQUIRE);
    assert_ptr_equal(get->rule, r);
    assert_int_equal(get->where.kind, WHERE_RET);
    assert_int_equal(get->nconds, 1);
    assert_int_equal(get->conds[0].where.kind, WHERE_RET);
    assert_int_equal(get->conds[0].cmp, CMP_NE);
    assert_int_equal(get->conds[0].value, 0);
    assert_int_equal(put->kind, EFF_RELEASE);
    assert_int_equal(put->where.kind, WHERE_ARG);
    assert_int_equal(put->where.arg, 1);
    assert_true(put->null_safe);
    assert_true(rule_set_model(s, "pool_get")->may_return_null);
    assert_false(rule_set_model(s, "pool_get")->from_facts_only);
    assert_null(rule_set_model(s, "pool_ge"));
    assert_string_equal(rule_set_reported_id(s, r, DEFECT_LEAK), "my-pool-leak");
    assert_string_equal(rule_set_reported_id(s, r, DEFECT_USE_AFTER), "my-pool-use-after-release");
    rule_set_free(s);
}

static void every_key_of_a_pair_arrives(void **state) {
    (void)state;
    rule_set *s = load(
        "constants: {KEEP: 0x10}\n"
        "rules:\n"
        "  - id: h\n"
        "    resource: handle\n"
        "    integer: true\n"
        "    counted: true\n"
        "    keeps_memory: true\n"
        "    no_leak: true\n"
        "    idempotent: true\n"
        "    scope_bound: true\n"
        "    process_wide: true\n"
        "    severity: error\n"
        "    cwe: 772\n"
        "    acquire:\n"
        "      - {call: [h_two], into: 1, count: 2, fails: ['!= 0', '== 7'], when: {arg: 3, is: '& KEEP'}}\n"
        "      - {call: h_init, arg: 2, fails: never, field: raw, zeroed: true}\n"
        "    release:\n"
        "      - {call: h_clear, through: 1, clears: true, null_safe: false}\n"
        "    realloc: {call: h_more, from: 2, frees_on_zero: 3}\n"
        "    retain: {call: h_ref, returns_it: true}\n"
        "    consume: {call: h_give, arg: 3}\n"
        "    move: {call: h_wrap, from: 1, to: 2}\n"
        "    borrow: h_look\n");
    const rule *r = rule_set_find(s, "h");
    assert_true(r->is_integer && r->counted && r->keeps_memory && r->no_leak && r->idempotent && r->scope_bound &&
                r->process_wide);
    assert_int_equal(r->severity, RULE_ERROR);
    const rule_effect *e = only_effect(s, "h_two");
    assert_int_equal(e->where.kind, WHERE_ARG_DEREF);
    assert_int_equal(e->where.count, 2);
    assert_int_equal(e->nconds, 3);
    assert_int_equal(e->conds[0].cmp, CMP_EQ);
    assert_int_equal(e->conds[1].cmp, CMP_NE);
    assert_int_equal(e->conds[1].value, 7);
    assert_int_equal(e->conds[2].where.kind, WHERE_ARG);
    assert_int_equal(e->conds[2].cmp, CMP_BITS_SET);
    assert_int_equal(e->conds[2].value, 16);
    e = only_effect(s, "h_init");
    assert_int_equal(e->where.kind, WHERE_ARG);
    assert_int_equal(e->nconds, 0);
    assert_string_equal(e->where.field, "raw");
    assert_true(e->zeroed);
    assert_false(only_effect(s, "h_two")->zeroed);
    e = only_effect(s, "h_clear");
    assert_true(e->clears && !e->null_safe);
    assert_int_equal(e->where.kind, WHERE_ARG_DEREF);
    e = only_effect(s, "h_ref");
    assert_int_equal(e->kind, EFF_RETAIN);
    assert_int_equal(e->from.kind, WHERE_RET);
    e = only_effect(s, "h_wrap");
    assert_int_equal(e->kind, EFF_MOVE);
    assert_int_equal(e->where.kind, WHERE_ARG);
    assert_int_equal(e->where.arg, 2);
    assert_int_equal(only_effect(s, "h_give")->kind, EFF_CONSUME);
    assert_int_equal(only_effect(s, "h_look")->kind, EFF_BORROW);
    const rule_model *more = rule_set_model(s, "h_more");
    assert_int_equal(more->neffects, 2);
    assert_int_equal(more->effects[0].kind, EFF_RELEASE);
    assert_int_equal(more->effects[0].nconds, 2);
    assert_int_equal(more->effects[1].kind, EFF_REALLOC);
    assert_int_equal(more->effects[1].from.arg, 2);
    rule_set_free(s);
}

static void a_rule_extends_one_of_another_pack(void **state) {
    (void)state;
    rulepack_problems *bad = rulepack_problems_new();
    const char *yaml =
        "rules:\n"
        "  - id: text\n"
        "    resource: text\n"
        "    extends: block\n"
        "    acquire: text_new\n"
        "    bad: 'void f(void) { text_new(); } // expect: block-leak'\n"
        "  - {id: block, resource: block, acquire: get, release: put}\n";
    rule_set *s = rulepack_load_text("test.yml", yaml, strlen(yaml), NULL, bad);
    rulepack_print_problems(bad, stderr);
    assert_non_null(s);
    assert_ptr_equal(only_effect(s, "text_new")->rule, rule_set_find(s, "block"));
    assert_ptr_equal(rule_set_find(s, "text")->extends, rule_set_find(s, "block"));
    assert_int_equal(rule_set_pack_at(s, 0)->nfunctions, 3);
    rule_set_free(s);
    yaml = "rules:\n  - {id: text, resource: text, extends: blok, acquire: text_new}\n";
    assert_null(rulepack_load_text("test.yml", yaml, strlen(yaml), NULL, bad));
    assert_non_null(strstr(rulepack_problems_at(bad, 0)->text, "'blok' for 'extends'"));
    rulepack_problems_free(bad);
}

static void one_name_stands_for_several_records(void **state) {
    (void)state;
    rule_set *s = load(
        "records: {Table: [table_calls, Table_], Other: other_calls}\n"
        "rules:\n"
        "  - id: t\n"
        "    resource: t\n"
        "    loops_only: true\n"
        "    within: [u, v]\n"
        "    acquire: 'Table::get'\n"
        "    release: {call: ['Table::put', 'Unlisted::put'], arg: 2}\n"
        "  - {id: k, kind: keepalive, resource: k, watch: [locals, globals], derive: 'Other::look',\n"
        "     entries: Java_, lent: [jobject, jclass]}\n"
        "functions:\n"
        "  - {call: 'Table::see', borrows: 1, returns_nonnull: true}\n");
    const rule *r = rule_set_find(s, "t");
    assert_true(r->loops_only);
    assert_int_equal(r->nwithin, 2);
    assert_string_equal(r->within[1], "v");
    assert_ptr_equal(only_effect(s, "table_calls::get")->rule, r);
    assert_ptr_equal(only_effect(s, "Table_::get")->rule, r);
    assert_null(rule_set_model(s, "Table::get"));
    assert_int_equal(only_effect(s, "Table_::put")->where.arg, 2);
    assert_non_null(rule_set_model(s, "Unlisted::put"));
    assert_non_null(rule_set_model(s, "other_calls::look"));
    assert_true(rule_set_model(s, "table_calls::see")->returns_nonnull);
    r = rule_set_find(s, "k");
    assert_int_equal(r->watch, RULE_WATCH_LOCALS | RULE_WATCH_GLOBALS);
    assert_string_equal(r->entries, "Java_");
    assert_string_equal(r->lent[1], "jclass");
    rule_set_free(s);
}

static void a_library_is_known_by_its_packages(void **state) {
    (void)state;
    const char *pair = "rules:\n  - {id: x, resource: thing, acquire: x_get, release: x_put}\n";
    char *of_library = NULL;
    assert_true(asprintf(&of_library, "packages: [libx-dev]\n%s", pair) > 0);
    rule_set *own = load(pair), *library = load(of_library);
    assert_false(rule_set_model(own, "x_get")->from_library);
    assert_true(rule_set_model(library, "x_get")->from_library);
    rule_set_free(own);
    rule_set_free(library);
    free(of_library);
}

static void order_becomes_state_bits(void **state) {
    (void)state;
    rule_set *s = load(
        "rules:\n"
        "  - id: dev-order\n"
        "    kind: order\n"
        "    message: device is used before it is ready\n"
        "    states: [new, ready, dead]\n"
        "    transitions:\n"
        "      - {call: dev_start, from: [new, dead], to: ready, fails: '< 0'}\n"
        "      - {call: dev_stop, to: dead}\n");
    const rule *r = rule_set_find(s, "dev-order");
    assert_int_equal(r->nstates, 3);
    assert_string_equal(r->states[2], "dead");
    const rule_effect *e = only_effect(s, "dev_start");
    assert_int_equal(e->from_states, 5);
    assert_int_equal(e->to_state, 1);
    assert_int_equal(e->nconds, 1);
    assert_int_equal(only_effect(s, "dev_stop")->from_states, 7);
    assert_string_equal(rule_set_reported_id(s, r, DEFECT_ORDER), "dev-order");
    rule_set_free(s);
}

static void the_other_kinds_compile(void **state) {
    (void)state;
    rule_set *s = load(
        "rules:\n"
        "  - {id: text, kind: keepalive, resource: view, derive: {call: s_view, from: 2, into: 3}, invalidate: "
        "s_free}\n"
        "  - {id: arm, kind: keepalive, resource: timer, keeps: {call: t_add, arg: 2, field: u.ptr, handle: ret}, "
        "until: [t_del, {call: t_run, all: true}]}\n"
        "  - {id: loop, kind: task, resource: thread, runs: {call: t_new, arg: 3}, waits: t_join, ends: t_exit}\n"
        "  - {id: job, kind: task, resource: job, start: {call: job_new, into: 1, fails: '!= 0'}, stop: job_end}\n"
        "  - {id: calm, kind: forbid, message: no, calls: [malloc, {call: printf}], in: [signal-handler, after-fork]}\n"
        "functions:\n"
        "  - {call: [die, die2], noreturn: true}\n"
        "  - {call: onsig, handler: 2, handler_field: [h, act]}\n"
        "  - {call: split, forks: true}\n"
        "  - {call: dup_it, returns_nonnull: true}\n"
        "  - {call: size_of, reads: 1}\n"
        "  - {call: wipe, zeroes: 1, when: {arg: 2, is: '== 0'}}\n"
        "  - {call: fill, writes: [1, 3], consumes: 2, borrows: 4, alias: 1}\n");
    assert_int_equal(only_effect(s, "s_view")->kind, EFF_DERIVE);
    assert_int_equal(only_effect(s, "s_view")->from.arg, 2);
    assert_int_equal(only_effect(s, "s_view")->where.arg, 3);
    assert_int_equal(only_effect(s, "s_free")->kind, EFF_INVALIDATE);
    assert_int_equal(only_effect(s, "t_add")->kind, EFF_KEEP);
    assert_string_equal(only_effect(s, "t_add")->where.field, "u.ptr");
    assert_int_equal(only_effect(s, "t_add")->from.kind, WHERE_RET);
    assert_int_equal(only_effect(s, "t_del")->where.arg, 1);
    assert_int_equal(only_effect(s, "t_run")->where.kind, WHERE_NONE);
    assert_true(rule_set_model(s, "t_run")->watches_only);
    assert_int_equal(only_effect(s, "t_new")->kind, EFF_RUN);
    assert_int_equal(rule_set_model(s, "onsig")->neffects, 2);
    assert_int_equal(only_effect(s, "size_of")->kind, EFF_READ);
    assert_int_equal(only_effect(s, "split")->kind, EFF_FORK);
    assert_int_equal(only_effect(s, "job_new")->kind, EFF_ACQUIRE);
    assert_int_equal(rule_set_model(s, "printf")->neffects, 2);
    assert_int_equal(rule_set_model(s, "printf")->effects[1].context, IN_FORK);
    assert_int_equal(only_effect(s, "die2")->kind, EFF_NORETURN);
    assert_true(rule_set_model(s, "dup_it")->returns_nonnull);
    assert_true(rule_set_model(s, "dup_it")->from_facts_only);
    assert_int_equal(only_effect(s, "wipe")->kind, EFF_ZERO);
    assert_int_equal(only_effect(s, "wipe")->where.kind, WHERE_ARG_DEREF);
    assert_int_equal(only_effect(s, "wipe")->nconds, 1);
    const rule_model *fill = rule_set_model(s, "fill");
    assert_int_equal(fill->neffects, 5);
    assert_true(fill->from_facts_only);
    rule_set_free(s);
}

static void experimental_rules_wait_to_be_asked_for(void **state) {
    (void)state;
    const char *yaml =
        "rules:\n  - {id: x, level: experimental, reason: not measured, resource: thing, acquire: x_get, release: "
        "x_put}\n";
    rule_set *s = load(yaml);
    assert_non_null(rule_set_find(s, "x"));
    assert_null(rule_set_model(s, "x_get"));
    uint64_t without = rule_set_hash(s);
    rule_set_free(s);
    rulepack_problems *bad = rulepack_problems_new();
    s = rulepack_load_text("test.yml", yaml, strlen(yaml), &(rulepack_options){.experimental = true}, bad);
    assert_non_null(s);
    assert_non_null(rule_set_model(s, "x_get"));
    assert_true(rule_set_hash(s) != without);
    rule_set_free(s);
    rulepack_problems_free(bad);
}

static void the_hash_follows_what_the_engine_sees(void **state) {
    (void)state;
    const char *a = "rules:\n  - {id: x, resource: thing, acquire: x_get, release: x_put}\n";
    const char *commented = "# words\nrules:\n  - {id: x, resource: thing, acquire: [x_get], release: x_put}\n";
    const char *argument = "rules:\n  - {id: x, resource: thing, acquire: x_get, release: {call: x_put, arg: 2}}\n";
    rule_set *s = load(a), *same = load(commented), *other = load(argument);
    assert_true(rule_set_hash(s) == rule_set_hash(same));
    assert_true(rule_set_hash(s) != rule_set_hash(other));
    rule_set_free(s);
    rule_set_free(same);
    rule_set_free(other);
}

static void effects_of_several_packs_gather(void **state) {
    (void)state;
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load(&(rulepack_options){.strict = true}, bad);
    rulepack_print_problems(bad, stderr);
    assert_non_null(s);
    const rule_model *m = rule_set_model(s, "fdopen");
    assert_int_equal(m->neffects, 2);
    assert_int_equal(m->effects[0].kind, EFF_ACQUIRE);
    assert_string_equal(m->effects[0].rule->id, "stdio-stream");
    assert_int_equal(m->effects[1].kind, EFF_MOVE);
    assert_string_equal(m->effects[1].rule->id, "posix-fd");
    assert_string_equal(m->effects[1].rule->file, "builtin:posix.yml");
    for (uint32_t i = 1; i < rule_set_model_count(s); i++)
        assert_true(strcmp(rule_set_model_at(s, i - 1)->name, rule_set_model_at(s, i)->name) < 0);
    rule_set_free(s);
    rulepack_problems_free(bad);
}

static void a_given_pack_adds_or_replaces(void **state) {
    (void)state;
    char dir[] = "/tmp/rulepack-load-XXXXXX";
    assert_non_null(mkdtemp(dir));
    ll_arena *a = ll_arena_new("test");
    ll_err err;
    const char *own = "rules:\n  - {id: pool, resource: block, acquire: pool_get, release: pool_put}\n";
    const char *heap = "rules:\n  - {id: my-heap, resource: block, acquire: my_alloc, release: my_free}\n";
    char *own_path = ll_path_join(a, dir, "pool.yml"), *heap_path = ll_path_join(a, dir, "libc.yaml");
    assert_true(ll_write_file(own_path, own, strlen(own), &err));
    assert_true(ll_write_file(heap_path, heap, strlen(heap), &err));
    rulepack_problems *bad = rulepack_problems_new();
    const char *paths[] = {own_path};
    rule_set *s = rulepack_load(&(rulepack_options){.paths = paths, .npaths = 1}, bad);
    assert_non_null(s);
    assert_non_null(rule_set_find(s, "pool"));
    assert_non_null(rule_set_find(s, "libc-heap"));
    rule_set_free(s);
    paths[0] = dir;
    s = rulepack_load(&(rulepack_options){.paths = paths, .npaths = 1}, bad);
    assert_non_null(s);
    assert_non_null(rule_set_find(s, "pool"));
    assert_non_null(rule_set_find(s, "my-heap"));
    assert_null(rule_set_find(s, "libc-heap"));
    rule_set_free(s);
    s = rulepack_load(&(rulepack_options){.installed_dir = dir}, bad);
    assert_non_null(s);
    assert_int_equal(rule_set_count(s), 2);
    rule_set_free(s);
    s = rulepack_load(&(rulepack_options){.paths = paths, .npaths = 1, .installed_dir = dir, .no_base = true}, bad);
    assert_non_null(s);
    assert_int_equal(rule_set_count(s), 2);
    rule_set_free(s);
    assert_int_equal(rulepack_problems_count(bad), 0);
    rulepack_problems_free(bad);
    unlink(own_path);
    unlink(heap_path);
    rmdir(dir);
    ll_arena_free(a);
}

static void a_rule_can_be_shown(void **state) {
    (void)state;
    rule_set *s =
        load("rules:\n  - {id: my-pool, resource: pool block, acquire: pool_get, release: pool_put, why: because}\n");
    ll_strbuf out = {0};
    rulepack_show(s, rule_set_find(s, "my-pool"), &out);
    assert_non_null(strstr(out.s, "my-pool-double-release (CWE-415)\n"));
    assert_non_null(strstr(out.s, "pool_get                     acquire result if result != 0\n"));
    assert_non_null(strstr(out.s, "why       because\n"));
    ll_sb_clear(&out);
    rulepack_list(s, &out);
    assert_non_null(strstr(out.s, "my-pool"));
    assert_string_equal(rulepack_nearest_rule(s, "my-pol"), "my-pool");
    assert_null(rulepack_nearest_rule(s, "descriptor"));
    ll_sb_free(&out);
    rule_set_free(s);
}

/* What rules/README.md shows to pack authors is true: every yaml block with rules in it loads. */
static void the_readme_loads(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("test");
    ll_err err;
    char *text;
    size_t n;
    uint32_t loaded = 0;
    assert_true(ll_read_file(a, RULES_DIR "/README.md", 0, &text, &n, &err));
    for (char *block = strstr(text, "```yaml\n"); block; block = strstr(block, "```yaml\n")) {
        block += strlen("```yaml\n");
        char *end = strstr(block, "\n```");
        assert_non_null(end);
        char *yaml = ll_strndup(a, block, (size_t)(end + 1 - block));
        block = end + 4;
        if (!strstr(yaml, "rules:\n")) continue;
        rule_set_free(load(yaml));
        loaded++;
    }
    assert_int_equal(loaded, 7);
    ll_arena_free(a);
}

static void built_in_packs_come_with_their_trees(void **state) {
    (void)state;
    rulepack_problems *none = rulepack_problems_new();
    for (size_t i = 0; i < rulepack_embedded_count; i++) {
        const rulepack_file *f = &rulepack_embedded[i];
        ll_arena *a = ll_arena_new("test");
        ll_strbuf read = {0}, again = {0};
        ytree_write(ytree_read(a, f->file, (const char *)f->bytes, f->n, none), &read);
        assert_int_equal(read.n, f->ntree);
        assert_memory_equal(read.s, f->tree, read.n);
        ytree_write(ytree_restore(a, f->tree, f->ntree), &again);
        assert_int_equal(again.n, read.n);
        assert_memory_equal(again.s, read.s, read.n);
        for (size_t n = 0; n < f->ntree; n += 97) assert_null(ytree_restore(a, f->tree, n));
        ll_sb_free(&read);
        ll_sb_free(&again);
        ll_arena_free(a);
    }
    assert_int_equal(rulepack_problems_count(none), 0);
    rulepack_problems_free(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_lines_are_enough),
        cmocka_unit_test(every_key_of_a_pair_arrives),
        cmocka_unit_test(a_rule_extends_one_of_another_pack),
        cmocka_unit_test(one_name_stands_for_several_records),
        cmocka_unit_test(a_library_is_known_by_its_packages),
        cmocka_unit_test(order_becomes_state_bits),
        cmocka_unit_test(the_other_kinds_compile),
        cmocka_unit_test(experimental_rules_wait_to_be_asked_for),
        cmocka_unit_test(the_hash_follows_what_the_engine_sees),
        cmocka_unit_test(effects_of_several_packs_gather),
        cmocka_unit_test(a_given_pack_adds_or_replaces),
        cmocka_unit_test(built_in_packs_come_with_their_trees),
        cmocka_unit_test(a_rule_can_be_shown),
        cmocka_unit_test(the_readme_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
