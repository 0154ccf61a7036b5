/* Whom a program names, and where its functions are. */
#include "harness.h"

#include "engine/heard.h"

static const char text[] =
    "unit \"/p/a.c\"\n"
    "decl make : ptr(void) ()\n"
    "decl on : void ()\n"
    "decl alone : void ()\n"
    "decl outside : void ()\n"
    "global table \"c:@table\" at \"/p/a.c\" : const struct ops const\n"
    "  init .end = fn \"c:@F@on\" : ptr(func(void))\n"
    "func make at \"/p/a.c\" 1..2 : ptr(void) {\n"
    "b0:\n"
    "  ret 0\n"
    "}\n"
    "func alone at \"/p/a.c\" 3..4 : void {\n"
    "b0:\n"
    "  ret\n"
    "}\n"
    "func on at \"/p/a.c\" 5..6 : void {\n"
    "b0:\n"
    "  ret\n"
    "}\n"
    "unit \"/p/b.c\"\n"
    "decl make : ptr(void) ()\n"
    "decl main : int32 ()\n"
    "func main at \"/p/b.c\" 1..9 : int32 {\n"
    "  temp t1 : ptr(void)\n"
    "  fn make : func(ptr(void))\n"
    "b0:\n"
    "  t1 = call make()\n"
    "  ret 0\n"
    "}\n";

typedef struct homes {
    char units[64];
} homes;

static void note(void *ctx, const char *unit) {
    homes *h = ctx;
    strncat(h->units, unit, sizeof h->units - strlen(h->units) - 1);
}

static const char *homes_of(const heard *h, homes *out, const char *usr) {
    *out = (homes){0};
    heard_homes(h, usr, note, out);
    return out->units;
}

static void the_program_is_heard(void **state) {
    (void)state;
    program p;
    heard h;
    homes at;
    ll_strbuf b = {0};
    harness_parse(&p, "heard", text);
    harness_run(&p, (engine_options){0}, NULL);
    heard_write(p.e, &b);
    assert_true(heard_read(p.arena, b.s, b.n, &h));
    assert_true(heard_named(&h, "c:@F@make"));
    assert_true(heard_named(&h, "c:@F@on"));
    assert_true(heard_named(&h, "c:@F@outside")); /* declared, and not here */
    assert_false(heard_named(&h, "c:@F@alone"));
    assert_false(heard_named(&h, "c:@F@nobody"));
    assert_false(heard_looked_into(&h, "c:@F@alone", "/p/a.c"));
    assert_true(heard_follows(&h, "c:@F@make", "c:@F@main"));
    assert_false(heard_follows(&h, "c:@F@main", "c:@F@make"));
    assert_false(heard_follows(&h, "c:@F@nobody", "c:@F@make"));
    assert_int_equal(heard_reach(&h, "c:@F@alone"), 0);
    assert_false(heard_asked_ways(&h));
    assert_false(heard_ended_type(&h, "box"));
    assert_false(heard_needs_borrow(&h, "outside#1"));
    assert_string_equal(homes_of(&h, &at, "c:@F@make"), "/p/a.c");
    assert_string_equal(homes_of(&h, &at, "c:@F@main"), "/p/b.c");
    assert_string_equal(homes_of(&h, &at, "c:@F@nobody"), "");
    ll_sb_free(&b);
    harness_free(&p);
}

static void damage_is_seen(void **state) {
    (void)state;
    program p;
    heard h;
    ll_strbuf b = {0};
    harness_parse(&p, "heard", text);
    harness_run(&p, (engine_options){0}, NULL);
    heard_write(p.e, &b);
    for (size_t i = 0; i < b.n; i++) {
        b.s[i] ^= 1;
        assert_false(heard_read(p.arena, b.s, b.n, &h));
        b.s[i] ^= 1;
        assert_false(heard_read(p.arena, b.s, i, &h));
    }
    ll_sb_free(&b);
    harness_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_is_heard),
        cmocka_unit_test(damage_is_seen),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
