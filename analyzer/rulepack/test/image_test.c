/* The built-in packs as the binary carries them, compiled: the same rules and models as compiling them now gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rulepack/image.h"

static rule_set *compiled, *ready;

static rule_set *load(bool solve_only) {
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load(&(rulepack_options){.solve_only = solve_only}, bad);
    if (!s) rulepack_print_problems(bad, stderr);
    rulepack_problems_free(bad);
    return s;
}

static int set_up(void **state) {
    (void)state;
    compiled = load(false);
    ready = load(true);
    return compiled && ready ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    rule_set_free(compiled);
    rule_set_free(ready);
    return 0;
}

static void nothing_was_compiled(void **state) {
    (void)state;
    assert_true(rule_set_pack_count(compiled) > 0);
    assert_int_equal(rule_set_pack_count(ready), 0); /* else the image was not taken */
}

static void all_the_engine_sees_is_the_same(void **state) {
    (void)state;
    assert_int_equal(rule_set_count(ready), rule_set_count(compiled));
    assert_int_equal(rule_set_model_count(ready), rule_set_model_count(compiled));
    assert_true(rule_set_hash(ready) == rule_set_hash(compiled));
}

static void rules_say_the_same(void **state) {
    (void)state;
    for (uint32_t i = 0; i < rule_set_count(compiled); i++) {
        const rule *x = rule_set_at(compiled, i), *y = rule_set_at(ready, i);
        assert_string_equal(x->id, y->id);
        assert_string_equal(x->pack, y->pack);
        assert_string_equal(x->file, y->file);
        assert_int_equal(x->line, y->line);
        assert_int_equal(x->index, y->index);
        assert_int_equal(x->contexts, y->contexts);
        for (rule_defect d = 0; d < DEFECT_COUNT; d++)
            assert_string_equal(rule_set_reported_id(compiled, x, d), rule_set_reported_id(ready, y, d));
        assert_ptr_equal(rule_set_find(ready, x->id), y);
    }
}

static void models_say_the_same(void **state) {
    (void)state;
    for (uint32_t i = 0; i < rule_set_model_count(compiled); i++) {
        const rule_model *x = rule_set_model_at(compiled, i), *y = rule_set_model_at(ready, i);
        ll_strbuf a = {0}, b = {0};
        rulepack_show_model(x, &a);
        rulepack_show_model(y, &b);
        assert_string_equal(ll_sb_str(&a), ll_sb_str(&b));
        ll_sb_free(&a);
        ll_sb_free(&b);
        assert_ptr_equal(rule_set_model(ready, x->name), y);
        assert_int_equal(x->returns_nonnull | x->may_return_null << 1 | x->gives_errno << 2 | x->from_library << 3 |
                             x->from_facts_only << 4 | x->watches << 5 | x->watches_only << 6 | x->has_states << 7,
                         y->returns_nonnull | y->may_return_null << 1 | y->gives_errno << 2 | y->from_library << 3 |
                             y->from_facts_only << 4 | y->watches << 5 | y->watches_only << 6 | y->has_states << 7);
    }
}

static void other_choices_are_compiled(void **state) {
    (void)state;
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load(&(rulepack_options){.solve_only = true, .experimental = true}, bad);
    assert_non_null(s);
    assert_true(rule_set_pack_count(s) > 0);
    assert_true(rule_set_hash(s) != rule_set_hash(ready));
    rule_set_free(s);
    rulepack_problems_free(bad);
}

static void what_is_cut_off_is_no_set(void **state) {
    (void)state;
    const char **files = calloc(rulepack_embedded_count, sizeof *files);
    for (size_t i = 0; i < rulepack_embedded_count; i++) files[i] = "x";
    const rulepack_file *image = &rulepack_embedded_image;
    for (size_t n = 0; n < image->ntree; n += 1 + n / 3) {
        unsigned char *copy = malloc(n ? n : 1); /* exact, so that reading past the end is seen */
        memcpy(copy, image->tree, n);
        assert_null(image_restore(copy, n, files, (uint32_t)rulepack_embedded_count));
        free(copy);
    }
    free(files);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_was_compiled),       cmocka_unit_test(all_the_engine_sees_is_the_same),
        cmocka_unit_test(rules_say_the_same),         cmocka_unit_test(models_say_the_same),
        cmocka_unit_test(other_choices_are_compiled), cmocka_unit_test(what_is_cut_off_is_no_set),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
