/* Answers about bodies from run to run: what is kept, what is dropped, what is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/body_answers.h"

static ll_arena *arena;
static ll_intern *names;
static ll_strbuf kept;
static uint32_t puts_seen;

static bool get(void *ctx, const char *name, const void **bytes, size_t *n) {
    (void)ctx;
    (void)name;
    *bytes = kept.s;
    *n = kept.n;
    return kept.n > 0;
}

static void put(void *ctx, const char *name, const void *bytes, size_t n) {
    (void)ctx;
    (void)name;
    puts_seen++;
    ll_sb_clear(&kept);
    ll_sb_addn(&kept, bytes, n);
}

static engine *begin(void) {
    engine *e = engine_new(NULL, names, (engine_options){.cache = {.get = get, .put = put}});
    e->answers = body_answers_new(e);
    return e;
}

static ll_strbuf question(uint64_t function, const char *kind) {
    ir_func *f = LL_NEW(arena, ir_func);
    f->hash = (ll_hash){function, 1};
    return body_question(&(engine){0}, &(func_node){.f = f}, kind);
}

static void keep(engine *e, uint64_t function, const char *kind, bool yes) {
    ll_strbuf q = question(function, kind);
    body_answer_keep(e->answers, &q, yes);
    ll_sb_free(&q);
}

static bool known(engine *e, uint64_t function, const char *kind, bool *yes) {
    ll_strbuf q = question(function, kind);
    bool found = body_answer_known(e->answers, &q, yes);
    ll_sb_free(&q);
    return found;
}

static int set_up(void **state) {
    (void)state;
    arena = ll_arena_new("test");
    names = ll_intern_new();
    puts_seen = 0;
    engine *e = begin();
    keep(e, 1, "a", true);
    keep(e, 2, "a", false);
    body_answers_save(e->answers);
    engine_free(e);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ll_sb_free(&kept);
    ll_intern_free(names);
    ll_arena_free(arena);
    return 0;
}

static void what_was_answered_is_known(void **state) {
    (void)state;
    bool yes = false;
    engine *e = begin();
    assert_true(known(e, 1, "a", &yes));
    assert_true(yes);
    assert_true(known(e, 2, "a", &yes));
    assert_false(yes);
    assert_false(known(e, 1, "b", &yes)); /* another question */
    assert_false(known(e, 3, "a", &yes)); /* another function */
    body_answers_save(e->answers);
    assert_int_equal(puts_seen, 1); /* nothing new */
    engine_free(e);
}

static void what_nobody_asks_for_is_dropped(void **state) {
    (void)state;
    bool yes;
    engine *e = begin();
    assert_true(known(e, 2, "a", &yes));
    keep(e, 3, "a", true);
    body_answers_save(e->answers);
    engine_free(e);
    e = begin();
    assert_false(known(e, 1, "a", &yes));
    assert_true(known(e, 2, "a", &yes));
    assert_true(known(e, 3, "a", &yes));
    engine_free(e);
}

static void damage_is_not_believed(void **state) {
    (void)state;
    bool yes;
    for (size_t i = 0; i < kept.n; i++) {
        kept.s[i] = (char)(kept.s[i] ^ 0x11);
        engine *e = begin();
        assert_false(known(e, 1, "a", &yes));
        engine_free(e);
        kept.s[i] = (char)(kept.s[i] ^ 0x11);
    }
    for (size_t n = kept.n; n-- > 0;) {
        kept.n = n;
        engine *e = begin();
        assert_false(known(e, 1, "a", &yes));
        engine_free(e);
    }
}

static void without_a_cache_nothing_is_known(void **state) {
    (void)state;
    bool yes;
    engine *e = engine_new(NULL, names, (engine_options){0});
    assert_null(body_answers_new(e));
    keep(e, 1, "a", true);
    assert_false(known(e, 1, "a", &yes));
    body_answers_save(e->answers);
    engine_free(e);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(what_was_answered_is_known), T(what_nobody_asks_for_is_dropped),
                                       T(damage_is_not_believed), T(without_a_cache_nothing_is_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
