/* Summaries in words, against fixtures/engine/summaries.txt; UPDATE_GOLDEN=1 writes it anew. */
#include <stdlib.h>

#include "harness.h"

static void print_all(const program *p, ll_strbuf *out) {
    for (uint32_t i = 0; i < p->units[0].funcs.n; i++) {
        if (i) ll_sb_addc(out, '\n');
        engine_print_summary(p->e, p->units[0].funcs.v[i]->name, out);
    }
}

/* The first line that differs, as a whole text is too long to read. */
static void assert_same_text(const char *got, const char *want) {
    int line = 1;
    const char *g = got, *w = want;
    for (; *got && *got == *want; got++, want++)
        if (*got == '\n') {
            line++;
            g = got + 1;
            w = want + 1;
        }
    if (*got == *want) return;
    fail_msg("line %d: got  %.*s\n         want %.*s", line, (int)strcspn(g, "\n"), g, (int)strcspn(w, "\n"), w);
}

static void test_summaries(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("text");
    program p;
    harness_parse(&p, "summaries.ir", harness_read(a, "summaries.ir"));
    harness_run(&p, (engine_options){0}, NULL);
    ll_strbuf got = {0};
    print_all(&p, &got);
    if (getenv("UPDATE_GOLDEN")) {
        ll_err err = {0};
        assert_true(ll_write_file(FIXTURES_DIR "/engine/summaries.txt", got.s, got.n, &err));
    }
    assert_same_text(ll_sb_str(&got), harness_read(a, "summaries.txt"));
    ll_sb_free(&got);
    harness_free(&p);
    ll_arena_free(a);
}

static void test_no_such_function(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("text");
    program p;
    harness_parse(&p, "summaries.ir", harness_read(a, "summaries.ir"));
    harness_run(&p, (engine_options){0}, NULL);
    ll_strbuf got = {0};
    engine_print_summary(p.e, "nobody", &got);
    engine_print_summary(p.e, "malloc", &got);
    assert_string_equal(ll_sb_str(&got), "");
    ll_sb_free(&got);
    harness_free(&p);
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summaries),
        cmocka_unit_test(test_no_such_function),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
